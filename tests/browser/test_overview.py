"""The search of the top bar and the facets of the overview, with keyboard and mouse, and Back as undo."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.pages import settle, single
from tests.browser.test_app import DAY, READY, visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def box(page):
    return page.get_by_role("combobox", name="Find a brand, site or company")


def type_in(page, text: str):
    box(page).fill("")
    box(page).press_sequentially(text)
    return page.get_by_role("option")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_search_by_keyboard(new_page, app, theme, width):
    page = new_page(theme, width)
    visit(page, app, "", f"{DAY}&evidence=documented+only&coverage=stated")
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
    expect(box(page)).to_have_attribute("aria-expanded", "false")
    page.keyboard.type("northf")
    first = page.get_by_role("option").first
    expect(first).to_contain_text("Northfold")
    expect(box(page)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    assert box(page).get_attribute("aria-activedescendant") == first.get_attribute("id")
    shown = page.get_by_role("listbox").bounding_box()
    assert shown
    assert shown["x"] >= 0
    assert shown["x"] + shown["width"] <= width
    page.keyboard.press("Escape")
    expect(box(page)).to_have_attribute("aria-expanded", "false")
    expect(box(page)).to_have_value("northf")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    settle(page, READY["brand"])
    assert urlsplit(page.url).path == "/brand"
    assert single(page) == {"asof": "2021-06-30", "evidence": "documented only", "brand": "B1"}
    expect(box(page)).to_have_value("")
    page.go_back()
    settle(page, READY[""])
    assert single(page)["coverage"] == "stated"


def test_search_finds_other_scripts_identifiers_and_typos_on_every_page(new_page, app):
    page = new_page()
    visit(page, app, "explore", f"{DAY}&brand=B1")
    expect(type_in(page, "орская").first).to_contain_text("Orsk Spinning Mill")
    expect(page.get_by_role("option").first).to_contain_text("alias: Орская прядильная фабрика")
    expect(page.get_by_role("option").first).to_contain_text("finding on this day: forced labour")
    expect(type_in(page, "f1").first).to_contain_text("Orsk Spinning Mill")
    expect(type_in(page, "cleerwater").first).to_contain_text("similar spelling")
    expect(type_in(page, "qqqqqqqq")).to_have_count(0)
    expect(page.locator(".panel")).to_contain_text("Nothing is called so")
    link = type_in(page, "орская").first
    assert parse_qs(urlsplit(link.get_attribute("href")).query) == {"asof": ["2021-06-30"], "site": ["F1"]}
    assert urlsplit(link.get_attribute("href")).path == "/site"


def test_a_name_is_never_markup_in_the_search(new_page, app):
    page = new_page()
    visit(page, app, "")
    expect(type_in(page, "<img src=x").first).to_contain_text('<img src=x onerror="window.hacked=1">')
    assert page.evaluate("window.hacked") is None


def test_each_choice_of_a_facet_is_a_step_that_back_undoes(new_page, app):
    page = new_page()
    visit(page, app, "")
    rows = page.locator("tbody tr.brand")
    everyone = rows.count()
    page.get_by_text("Filter", exact=True).click()
    page.get_by_role("group", name="Coverage").get_by_role("checkbox", name="not stated").click()
    page.wait_for_url("**coverage=not*stated*")
    expect(rows).not_to_have_count(everyone)
    some = rows.count()
    chosen = page.get_by_role("group", name="Coverage").get_by_role("checkbox", name="not stated")
    expect(chosen).to_have_attribute("aria-checked", "true")
    told = int(chosen.get_attribute("aria-label").split(", ")[1].split()[0])
    assert told == some
    page.get_by_role("group", name="Evidence class present").get_by_role("checkbox", name="Named entity").focus()
    page.keyboard.press("Space")
    page.wait_for_url("**flag=Named*entity*")
    expect(page.get_by_role("link", name="Remove the filter")).to_have_count(2)
    page.go_back()
    expect(page.get_by_role("link", name="Remove the filter")).to_have_count(1)
    expect(rows).to_have_count(some)
    page.go_back()
    expect(rows).to_have_count(everyone)
    page.go_forward()
    expect(rows).to_have_count(some)
    page.get_by_role("link", name="Clear all").click()
    expect(rows).to_have_count(everyone)
    assert single(page) == {"asof": "2021-06-30"}


def test_filters_of_an_address_hold_in_a_new_window(new_page, app):
    page = new_page()
    visit(page, app, "", f"{DAY}&coverage=stated&coverage=not+stated&flag=Named+entity")
    expect(page.get_by_role("link", name="Remove the filter")).to_have_count(3)
    page.goto(f"{app}/?{DAY}&country=Nowhere")
    page.get_by_text("passes these filters").wait_for()
    page.get_by_role("link", name="Clear all").click()
    page.locator("tbody tr.brand").first.wait_for()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_figure_opens_its_formula_and_the_row_still_leads_to_the_brand(new_page, app, width):
    page = new_page(width=width)
    visit(page, app, "")
    row = page.locator("tbody tr.brand", has_text="Northfold")
    figure = row.get_by_role("button", name="what this figure is computed from")
    figure.click()
    expect(figure).to_have_attribute("aria-expanded", "true")
    formula = page.locator("tr.formula")
    expect(formula).to_contain_text("disclosed suppliers flagged directly")
    expect(formula).to_contain_text("Run ")
    assert urlsplit(page.url).path == "/"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    row.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.shadowRoot?.activeElement?.className") == "brand"
    figure.click()
    expect(formula).to_have_count(0)
    row.get_by_role("link").click()
    settle(page, READY["brand"])

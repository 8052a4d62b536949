"""The pages in a real browser: quiet, offline, safe with any name, and with a URL that says what is shown."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.browser.pages import settle, single

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

DAY = "asof=2021-06-30"
#: Something that is on each page once it is complete.
READY = {"": "table tbody tr", "brand": "details summary", "explore": "[data-drawn=yes]"}


def visit(page, app: str, path: str, parameters: str = DAY) -> None:
    page.goto(f"{app}/{path}?{parameters}")
    settle(page, READY[path])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_each_page_is_quiet_and_fits(new_page, app, theme, width):
    page = new_page(theme, width)
    for path in READY:
        visit(page, app, path, f"{DAY}&brand=B1")
        assert page.get_by_text("Fictional sample network").is_visible()
        assert page.get_by_text("as of 2021-06-30", exact=False).first.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("[data-testid=stException]").count() == 0


@pytest.mark.parametrize("brand", ["B1", "B2"])
def test_hostile_names_stay_text(new_page, app, brand):
    page = new_page()
    visit(page, app, "")
    page.get_by_role("link", name='<img src=x onerror="window.hacked=1">').wait_for()
    visit(page, app, "brand", f"{DAY}&brand={brand}")
    for summary in page.locator("summary").all():
        summary.click()
    page.get_by_text("![i](http://evil.example/x.png)").first.wait_for()
    visit(page, app, "explore", f"{DAY}&brand={brand}&site=W1")
    page.get_by_role("heading", name="![i](http://evil.example/x.png)").wait_for()
    page.locator(".st-key-brand_choice [data-testid=stSelectbox]").click()
    page.get_by_text('<img src=x onerror="window.hacked=1">').first.wait_for()
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src=x]").count() == 0


def test_addresses_of_findings_are_links_only_to_the_web(new_page, app):
    page = new_page()
    visit(page, app, "explore", f"{DAY}&brand=B1&site=F1")
    link = page.get_by_role("link", name="Order 7 <b>of</b> 2020")
    assert link.get_attribute("href") == "https://example.org/order/7"
    assert "noopener" in (link.get_attribute("rel") or "")
    visit(page, app, "explore", f"{DAY}&brand=B1&site=F2")
    page.get_by_text("Order 8 of 2020 (javascript:alert(1))").wait_for()
    assert page.get_by_role("link", name="Order 8").count() == 0


def test_row_leads_to_the_brand_and_back(new_page, app):
    page = new_page()
    visit(page, app, "", f"{DAY}&evidence=documented+only")
    page.locator("tbody tr", has_text="Northfold").click()
    settle(page, READY["brand"])
    assert urlsplit(page.url).path == "/brand"
    page.wait_for_url("**evidence=documented*")
    assert single(page) == {"asof": "2021-06-30", "evidence": "documented only", "brand": "B1"}
    page.get_by_role("heading", name="Northfold").wait_for()
    page.go_back()
    settle(page, READY[""])
    assert urlsplit(page.url).path == "/"
    page.go_forward()
    settle(page, READY["brand"])
    assert single(page)["brand"] == "B1"


def test_choices_hold_over_pages_and_in_a_new_window(new_page, app):
    page = new_page()
    visit(page, app, "brand", f"{DAY}&brand=B1")
    page.get_by_text("documented only", exact=True).click()
    page.wait_for_url("**evidence=documented*")
    page.get_by_role("link", name="Explore").first.click()
    settle(page, READY["explore"])
    page.wait_for_url("**brand=B1*")
    assert single(page) == {"asof": "2021-06-30", "evidence": "documented only", "brand": "B1"}
    other = new_page()
    other.goto(page.url)
    settle(other, READY["explore"])
    other.get_by_text("documented links only", exact=False).first.wait_for()


def test_sort_search_and_keyboard(new_page, app):
    page = new_page()
    visit(page, app, "")
    names = page.locator("tbody td:first-child")
    page.get_by_role("button", name="Brand").click()
    first = names.first.inner_text()
    page.get_by_role("button", name="Brand").click()
    assert names.first.inner_text() > first
    page.locator("tbody tr").first.focus()
    page.keyboard.press("ArrowDown")
    page.get_by_label("Filter by name").fill("clear")
    page.keyboard.press("Enter")
    page.locator("tbody tr", has_text="Northfold").wait_for(state="detached")
    assert names.all_inner_texts() == ["Clearwater"]


def test_click_in_the_sankey_shows_the_site(new_page, app):
    page = new_page()
    visit(page, app, "brand", f"{DAY}&brand=B1")
    label = page.locator("svg text", has_text="Orsk Spinning Mill").first.bounding_box()
    assert label
    middle = label["y"] + label["height"] / 2
    drawn = [one.bounding_box() for one in page.locator("svg path[fill='#8C1436']").all()]
    nodes = [box for box in drawn if box and box["width"] < 14 and box["y"] <= middle <= box["y"] + box["height"]]
    node = min(nodes, key=lambda box: abs(box["x"] - label["x"]))
    page.mouse.click(node["x"] + node["width"] / 2, middle)
    page.get_by_role("heading", name="Orsk Spinning Mill").wait_for()
    page.get_by_role("link", name="Open in Explore").click()
    settle(page, READY["explore"])
    assert single(page)["site"] == "F1"


def test_network_file_runs_offline_and_hostile_names_stay_text(new_page, app, watch, tmp_path):
    page = new_page()
    visit(page, app, "explore", f"{DAY}&brand=B2")
    with page.expect_download() as download:
        page.get_by_role("button", name="Picture as HTML").click()
    saved = tmp_path / "network.html"
    download.value.save_as(saved)
    alone = new_page()
    alone.unroute("**/*")
    asked: list[str] = []
    alone.on("request", lambda request: asked.append(request.url))
    alone.goto(saved.as_uri())
    alone.locator("#network canvas").wait_for()
    alone.get_by_text('<img src=x onerror="window.hacked=1">').first.wait_for()
    canvas = alone.locator("#network canvas").bounding_box()
    assert canvas
    for step in range(1, 12):
        alone.mouse.move(canvas["x"] + canvas["width"] * step / 12, canvas["y"] + canvas["height"] / 2)
    assert asked == [saved.as_uri()]
    assert alone.evaluate("window.hacked") is None


def test_unknown_brand_and_day_without_lists(new_page, app):
    page = new_page()
    page.goto(f"{app}/brand?{DAY}&brand=nobody")
    page.get_by_text("This brand is not known").wait_for()
    page.goto(f"{app}/?asof=2001-01-01")
    page.get_by_text("no list in force on this day").first.wait_for()

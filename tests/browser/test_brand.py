"""The brand page in a real browser: its pictures, what is taken of them, and clicks that lead on."""

from __future__ import annotations

import csv
import io
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import expect

from graph_core.day import Day, Parameters
from graph_core.viz.exposure_bar import PAGE, ROW, bar_svg
from graph_core.viz.scene import HATCH
from tests.browser.pages import query, settle
from tests.ui.conftest import NETWORK, read_network

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

DAY = "2021-06-30"
SVG = "{http://www.w3.org/2000/svg}"
#: Places of what a drawing has, as the browser drew them: name of the element, and its box within the drawing.
PLACES = """svg => [...svg.querySelectorAll("rect, line")].filter(one => !one.closest("defs")).map(one => {
  const {x, y, width, height} = one.getBBox(); return [one.tagName, x, y, width, height]; })"""


@pytest.fixture(scope="module")
def exposures():
    day = Day(read_network(NETWORK), Parameters(DAY))
    return {row["brand"]["id"]: row for row in day.exposures()}


def visit(page, app: str, brand: str = "B1", more: str = "") -> None:
    page.goto(f"{app}/brand?asof={DAY}&brand={brand}{more}")
    page.get_by_role("heading", name="What the figure does not say").wait_for()
    settle(page)


def places(svg: str) -> list[list[str | float]]:
    """The same of a file, by its attributes."""
    found: list[list[str | float]] = []
    for one in ET.fromstring(svg):
        value = {name: float(text) for name, text in one.attrib.items() if text.replace(".", "").isdigit()}
        if one.tag == f"{SVG}rect":
            found.append(["rect", *(value[name] for name in ("x", "y", "width", "height"))])
        if one.tag == f"{SVG}line":
            x, y = sorted((value["x1"], value["x2"])), sorted((value["y1"], value["y2"]))
            found.append(["line", x[0], y[0], x[1] - x[0], y[1] - y[0]])
    return found


def same(drawn: list[list[str | float]], filed: list[list[str | float]]) -> None:
    assert [one[0] for one in drawn] == [one[0] for one in filed]
    for left, right in zip(drawn, filed, strict=True):
        assert left[1:] == pytest.approx(right[1:], abs=0.1)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("brand", ["B1", "B4"])
def test_the_bar_of_the_page_is_the_bar_of_the_file(new_page, app, exposures, brand, width):
    page = new_page("light", width)
    visit(page, app, brand)
    drawing = page.locator("[class*=st-key-exposure_bar] svg.bar")
    across = drawing.evaluate("svg => svg.getBoundingClientRect().width")
    same(drawing.evaluate(PLACES), places(bar_svg(exposures[brand], width=across, size=PAGE)))


def test_the_bars_of_the_table_are_the_bars_of_the_file(new_page, app, exposures):
    page = new_page()
    page.goto(f"{app}/?asof={DAY}")
    page.locator("tbody tr").first.wait_for()
    for brand in ("Northfold", "Clearwater"):
        drawing = page.locator("tbody tr", has_text=brand).locator("svg.bar")
        across = drawing.evaluate("svg => svg.getBoundingClientRect().width")
        (shown,) = (row for row in exposures.values() if row["brand"]["name"] == brand)
        same(drawing.evaluate(PLACES), places(bar_svg(shown, width=across, size=ROW)))
    hatch = page.locator("pattern#hatch").first
    assert (hatch.get_attribute("width"), hatch.locator("line").evaluate("line => line.style.strokeWidth")) == (
        str(HATCH[0]),
        str(HATCH[1]),
    )


def menu(page, section: str) -> None:
    """Open the menu of copies of a section, and close the one that was open."""
    page.keyboard.press("Escape")
    page.locator(f".st-key-copy_{section} button").first.click()


def test_the_link_says_the_day_that_is_meant(new_page, app):
    page = new_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{app}/brand?brand=B1")  # as of today, which no address says
    page.get_by_role("heading", name="What the figure does not say").wait_for()
    menu(page, "bar")
    page.get_by_role("button", name="Link to this view").click()
    page.get_by_text("The link is copied.").wait_for()
    copied = parse_qs(urlsplit(page.evaluate("navigator.clipboard.readText()")).query)
    assert copied["brand"] == ["B1"]
    expect(page.locator("[data-testid=stDateInput] input").first).to_have_value(*copied["asof"])


def test_without_a_clipboard_the_link_is_copied_all_the_same(new_page, app):
    page = new_page()
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    visit(page, app)
    menu(page, "bar")
    page.get_by_role("button", name="Link to this view").click()
    page.get_by_text("The link is copied.").wait_for()


def taken(page, section: str, kind: str) -> bytes:
    menu(page, section)
    with page.expect_download() as download:
        page.get_by_role("button", name=kind).click()
    saved: bytes = download.value.path().read_bytes()
    return saved


def test_pictures_are_taken_with_what_they_show(new_page, app):
    page = new_page("dark")
    visit(page, app)
    page.locator(".st-key-section_flows svg").first.wait_for()
    for section in ("bar", "flows", "tiers", "goods_and_countries"):
        image = ET.fromstring(taken(page, section, "Picture as SVG"))
        lines = " ".join(text.text or "" for text in image.findall(f"{SVG}text"))
        assert any((text.text or "").startswith("Northfold: ") for text in image.findall(f"{SVG}text"))
        assert f"As of {DAY}, documented and inferred links. Run " in lines
        assert float(image.get("height") or 0) > 60
        text = ET.tostring(image, encoding="unicode")
        assert "var(--" not in text
        assert "url(#hatch" not in text.replace("&quot;", "") or list(image.iter(f"{SVG}pattern"))
        addresses = [
            value for one in image.iter() for name, value in one.attrib.items() if name.endswith(("href", "src"))
        ]
        assert not addresses
        assert taken(page, section, "Picture as PNG").startswith(b"\x89PNG")


def test_tables_are_taken_without_formulas(new_page, app):
    page = new_page()
    visit(page, app)
    menu(page, "paths")
    with page.expect_download() as download:
        page.get_by_role("button", name="Table as CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8"))))
    assert {row["supplier"] for row in rows} >= {"F1", "W1", "G1"}
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    page.get_by_text(":param brand_id => 'B1';").wait_for()


def test_a_day_on_which_the_figure_changed_leads_there_and_back(new_page, app):
    page = new_page()
    visit(page, app)
    page.locator(".st-key-section_change_over_time").scroll_into_view_if_needed()
    days = page.locator(".st-key-section_change_over_time [data-pick]")
    page.locator(".st-key-section_change_over_time [data-pick='2022-06-01']").wait_for()
    page.locator("progress").wait_for(state="detached")
    assert "finding ends: Order 7" in (days.last.get_attribute("aria-label") or "")
    days.last.focus()
    page.keyboard.press("Enter")
    page.get_by_text("Northfold, as of 2022-06-01", exact=False).wait_for()
    assert query(page)["asof"] == ["2022-06-01"]
    page.go_back()
    page.get_by_text(f"Northfold, as of {DAY}", exact=False).wait_for()


def test_paths_lead_to_sites_and_are_filtered_by_the_address(new_page, app):
    page = new_page()
    visit(page, app)
    strips = page.locator(".st-key-paths summary")
    number = strips.count()
    strips.first.click()
    leads = page.locator(".st-key-paths details[open] a").first.get_attribute("href") or ""
    assert (urlsplit(leads).path, parse_qs(urlsplit(leads).query)["site"]) == ("/site", ["F1"])
    visit(page, app, more="&through=G2")
    assert 0 < strips.count() < number
    visit(page, app, more="&avoiding=G1&avoiding=G2")
    assert strips.count() == 1
    visit(page, app, more="&through=nobody")
    page.get_by_text("no organization or facility has the id 'nobody'", exact=False).wait_for()


def test_without_a_flow_the_columns_stand_below_each_other(new_page, app):
    page = new_page()
    visit(page, app, "B4")
    left = [page.get_by_role("heading", name=name).bounding_box() for name in ("In plain words", "Evidence classes")]
    assert left[0]
    assert left[1]
    assert left[0]["x"] == pytest.approx(left[1]["x"], abs=1)

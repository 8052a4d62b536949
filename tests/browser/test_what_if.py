"""What-if and snapshots in a real browser: one click, Back, another browser, and files that are taken away."""

from __future__ import annotations

import io
import zipfile

import pytest
from playwright.sync_api import expect

from tests.browser.pages import query, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

DAY = "asof=2021-06-30"


def changes(page) -> dict[str, list[str]]:
    said = query(page)
    return {kind: said[kind] for kind in ("clean", "flag", "drop") if kind in said}


def figures(page) -> list[str]:
    row = page.get_by_role("table", name="before and after").get_by_role("row", name="Flagged", exact=False).first
    return list(row.get_by_role("cell").all_inner_texts())


def test_one_click_back_keep_and_another_browser(new_page, app):
    page = new_page()
    page.goto(f"{app}/what-if?{DAY}&brand=B1")
    page.get_by_text("Nothing is changed yet").wait_for()
    buttons = page.get_by_role("button", name="Suppose clean:")
    buttons.first.wait_for()
    before = page.url
    buttons.first.click()
    page.get_by_role("heading", name="Before and after").wait_for()
    page.wait_for_url("**clean=*")
    settle(page)
    (one,) = changes(page)["clean"]
    page.get_by_role("button", name="Suppose clean:").first.click()
    page.wait_for_url(f"**clean={one}&clean=*")
    expect(page.get_by_role("button", name="Take out:")).to_have_count(2)
    settle(page)
    page.go_back()
    page.wait_for_url(lambda url: changes(page) == {"clean": [one]})
    expect(page.get_by_role("button", name="Take out:")).to_have_count(1)
    settle(page)
    shown = figures(page)
    assert shown[0] != shown[1]
    assert shown[2].endswith("points")
    page.get_by_role("button", name="Keep under a name").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("<b>Remedy</b>")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_text("Kept.", exact=True).wait_for()
    other = new_page()
    other.goto(page.url)
    other.get_by_role("heading", name="Before and after").wait_for()
    settle(other)
    assert figures(other) == shown
    other.goto(f"{app}/what-if?{DAY}&brand=B1&part=kept+scenarios")
    other.get_by_role("button", name="Open: <b>Remedy</b>").click()
    other.get_by_role("heading", name="Before and after").wait_for()
    settle(other)
    assert changes(other) == {"clean": [one]}
    assert figures(other) == shown
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Take all out").click()
    page.get_by_text("Nothing is changed yet").wait_for()
    assert page.url.split("&part")[0] == before.split("&part")[0]


def test_leaving_a_supplier_is_never_shown_without_its_warning(new_page, app):
    page = new_page()
    page.goto(f"{app}/what-if?{DAY}&brand=B1&part=change+by+hand")
    page.get_by_text("A buyer leaves a supplier").click()
    page.get_by_text("Leaving a supplier can harm its workers").wait_for()
    settle(page)
    page.get_by_role("combobox", name="Supplier").click()
    page.get_by_role("option").first.click()
    settle(page)
    page.get_by_role("button", name="Suppose this").click()
    page.wait_for_url("**drop=*")
    page.get_by_role("heading", name="Before and after").wait_for()
    settle(page)
    assert page.get_by_text("Leaving a supplier can harm its workers").count() >= 1
    with page.expect_download() as download:
        page.get_by_role("button", name="Copy").first.click()
        page.get_by_role("button", name="Picture as SVG").click()
    drawn = download.value.path().read_text()
    assert drawn.count("<svg") >= 3  # both bars, in one drawing
    assert "As it would be" in drawn


def test_hostile_names_stay_text(new_page, app):
    page = new_page()
    for part in ("leverage", "whom+to+engage", "change+by+hand", "flows"):
        page.goto(f"{app}/what-if?{DAY}&brand=B2&part={part}&clean=W1&clean=F1&site=W1")
        page.get_by_text("What would be different").wait_for()
        settle(page)
        assert page.evaluate("window.hacked") is None
        assert page.locator("img[src=x]").count() == 0


def test_build_a_snapshot_open_it_and_take_it_away(new_page, app):
    page = new_page()
    page.goto(f"{app}/snapshots?{DAY}")
    page.get_by_role("button", name="Build").click()
    page.get_by_role("heading", name="Exposure snapshot, as of 2021-06-30").wait_for(timeout=120_000)
    page.wait_for_url("**snapshot=*")
    settle(page)
    (identity,) = query(page)["snapshot"]
    assert page.get_by_text(identity).first.is_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="All files").click()
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as packed:
        assert any(name.endswith("/index.html") for name in packed.namelist())
    other = new_page()
    other.goto(page.url)
    other.get_by_text(identity).first.wait_for()
    other.get_by_role("button", name="Compare: Figures of now").click()
    other.get_by_text("Both rest on the same data.").wait_for()
    settle(other)
    assert other.evaluate("window.hacked") is None
    assert other.locator("iframe").count() == 0


@pytest.mark.parametrize("width", [1280, 390])
def test_pages_fit(new_page, app, width):
    page = new_page("dark", width)
    for path in ("what-if?brand=B1&clean=F1", "what-if?brand=B1&part=actions", "snapshots?"):
        page.goto(f"{app}/{path}&{DAY}")
        page.get_by_role("heading", level=2).first.wait_for()
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

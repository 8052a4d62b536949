"""No cell of a table leaves the page as a formula, and what has no picture of its own can be taken as one."""

from __future__ import annotations

import csv
import io

import pytest

from tests.browser.pages import settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

FORMULA = '=HYPERLINK("http://evil.example","click")'


def test_a_table_leaves_the_page_by_our_menu_alone(new_page, app):
    page = new_page()
    page.goto(f"{app}/cypher?ask=own+statement")
    page.get_by_label("One reading statement").fill(f"RETURN '{FORMULA}' AS cell")
    page.get_by_role("button", name="Run").click()
    table = page.locator(".st-key-answer_table")
    table.wait_for()
    settle(page)
    table.hover()
    toolbar = table.locator("[data-testid=stElementToolbarButton]")
    toolbar.get_by_role("button", name="Search").wait_for()
    assert toolbar.get_by_role("button", name="CSV").count() == 0
    page.locator(".st-key-copy_answer button").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Table as CSV").click()
    rows = list(csv.reader(io.StringIO(download.value.path().read_text("utf-8"))))
    assert rows == [["cell"], [f"'{FORMULA}"]]


def test_the_overview_is_taken_as_png(new_page, app):
    page = new_page()
    page.goto(f"{app}/?asof=2021-06-30")
    settle(page, "table tbody tr")
    page.locator(".st-key-copy_overview button").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Picture as PNG").click()
    saved = download.value.path().read_bytes()
    assert saved.startswith(b"\x89PNG")
    width, height = (int.from_bytes(saved[at : at + 4], "big") for at in (16, 20))
    assert width == 2 * 960
    assert height > 300

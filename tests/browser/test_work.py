"""Work in a real browser: files in, figures as the command line gives them, a match rejected and taken back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.pages import settle
from tests.browser.serving import ROOT, served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
DATA = ROOT.parent / "shared" / "data"
DAY = "2021-06-30"
#: Reading and loading on a busy machine, in milliseconds.
LONG = 400_000


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def empty_app(browser, home: Path) -> Iterator[str]:
    """The app on a store of its own, in which nothing is loaded."""
    with served(home) as address:
        yield address


def asked(home: Path, *arguments: str) -> Any:
    """What the command line says, as JSON."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TIERTRACE_")}
    environment["TIERTRACE_HOME"] = str(home)
    command = [sys.executable, "-c", "from graph_core.cli import main; main()", *arguments, "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


@pytest.mark.data
@pytest.mark.slow
def test_a_day_of_work_on_palm_oil(empty_app, new_page, home):
    """Files in, a brand, a path to a mill and its order, the order lifted, a what-if, and its link elsewhere."""
    if not DATA.is_dir():
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail(f"the real data sets are required and {DATA} is absent")
        pytest.skip(f"no {DATA}")
    page = new_page()
    page.goto(f"{empty_app}/data?asof={DAY}")
    files = [
        DATA / "palm_oil" / name for name in ("brand_mill_disclosures.csv", "mills.csv", "disclosure_sources.xlsx")
    ]
    page.locator("input[type=file]").set_input_files([*files, DATA / "findings" / "palm_oil_orders.csv"])
    page.get_by_role("button", name="Dry run").click(timeout=LONG)
    page.get_by_text("59,351 rows read = 52,173 loaded + 7,178 merged").wait_for(timeout=LONG)
    assert asked(home, "sources") == []
    page.get_by_role("button", name="Load", exact=True).click()
    page.get_by_role("button", name="Cancel").first.wait_for()
    page.get_by_role("heading", name="Loaded").wait_for(timeout=LONG)
    figures = {row["brand"]["name"]: row["score"] for row in asked(home, "exposure", "--as-of", DAY)}
    page.goto(f"{empty_app}/?asof={DAY}")
    row = page.locator("tbody tr", has_text="Nestle")
    row.wait_for(timeout=LONG)
    assert f"{100 * figures['Nestle']:.1f}" in row.inner_text()
    a_path_leads_to_a_mill_and_its_order(page, row)
    no_flag_is_left_once_the_orders_are_lifted(page)
    a_scenario_is_the_same_in_another_browser(page, new_page, empty_app)


def a_path_leads_to_a_mill_and_its_order(page, row) -> None:
    row.get_by_role("link").first.click()
    page.wait_for_url("**/brand?**")
    path = page.locator("details[data-key]").first
    path.locator("summary").click(timeout=LONG)
    path.locator("a[href*='site=']").first.click()
    page.wait_for_url("**/site?**")
    page.get_by_text("US Customs and Border Protection").first.wait_for()
    page.get_by_text(f"Counts on {DAY}").first.wait_for()
    page.go_back()
    path.wait_for()
    settle(page)


def no_flag_is_left_once_the_orders_are_lifted(page) -> None:
    page.get_by_role("spinbutton", name="year, As-of day").click()
    page.keyboard.type("2026", delay=50)
    for _ in range(4):  # past month, day and the calendar: the date counts once it is left
        page.keyboard.press("Tab")
    page.get_by_text("No flagged site is upstream of this brand on this day.").wait_for(timeout=LONG)
    page.wait_for_url("**asof=2026-06-30**")


def a_scenario_is_the_same_in_another_browser(page, new_page, address: str) -> None:
    page.goto(f"{address}/what-if?asof={DAY}&brand=brand:Nestle")
    page.get_by_role("button", name="Suppose clean").first.click(timeout=LONG)
    page.wait_for_url("**clean=**")
    here = figures_of_the_scenario(page)
    assert here[2].endswith("points")
    other = new_page()
    other.goto(page.url)
    assert figures_of_the_scenario(other) == here


def figures_of_the_scenario(page) -> list[str]:
    """What is flagged before and after, and the difference."""
    page.get_by_role("heading", name="Before and after").wait_for(timeout=LONG)
    settle(page)
    table = page.get_by_role("table", name="before and after")
    cells: list[str] = table.get_by_role("row", name="Flagged", exact=False).first.get_by_role("cell").all_inner_texts()
    return cells


def shown_pair(page) -> list[str]:
    """Ids of both sides."""
    ids: list[str] = page.locator("thead th .id").all_inner_texts()
    return ids


def test_a_match_is_rejected_by_a_key_and_taken_back(new_page, app):
    page = new_page()
    page.goto(f"{app}/review?asof=2025-06-30")
    page.locator("thead th .id").nth(1).wait_for()
    settle(page)
    first = shown_pair(page)
    why = page.get_by_placeholder("Why? Kept with the decision")
    why.fill("raw notes a r u z")
    why.press("r")  # a key in a field is text
    why.blur()
    settle(page)
    assert shown_pair(page) == first
    page.keyboard.press("r")
    gone = page.locator("thead th .id", has_text=first[1])
    gone.wait_for(state="detached")
    page.get_by_text("Writing decisions").first.wait_for(state="detached", timeout=LONG)
    settle(page)
    page.reload()
    page.locator("thead th .id").nth(1).wait_for()
    settle(page)
    assert shown_pair(page) != first
    page.keyboard.press("z")
    gone.wait_for()
    page.goto(f"{app}/review?asof=2025-06-30&kind=judged")
    page.get_by_text("0 decisions stand").wait_for(timeout=LONG)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_review_and_data_fit_and_are_quiet(new_page, app, theme, width):
    page = new_page(theme, width)
    for path, ready in (("review", "thead th .name"), ("data", "input[type=file]")):
        page.goto(f"{app}/{path}?asof=2025-06-30")
        page.locator(ready).first.wait_for(state="attached")
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("[data-testid=stException]").count() == 0


def test_hostile_files_and_cells_stay_text(new_page, app, tmp_path):
    hostile = tmp_path / "facilities.<img src=x onerror=window.hacked=1>.csv"
    hostile.write_text('id,name,country\n=cmd,"<img src=x onerror=""window.hacked=1"">",ZZ\nH2,Quellan,MY\n')
    page = new_page()
    page.goto(f"{app}/data")
    page.locator("input[type=file]").set_input_files([hostile])
    page.get_by_role("button", name="Dry run").click(timeout=LONG)
    page.get_by_text("2 rows read = 1 loaded").wait_for(timeout=LONG)
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("button", name="Dry run").wait_for(state="detached")
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src=x]").count() == 0

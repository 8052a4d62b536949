"""Every page for people who do not see it or use no mouse: checked with axe-core, in both themes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from graph_core.ui import frame
from tests.browser.serving import ROOT
from tests.browser.test_app import DAY, visit
from tests.browser.test_overview import type_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

_AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async () => {
  const found = await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]});
  return found.violations.map(({id, impact, help, nodes}) =>
    ({id, impact, help, nodes: nodes.map(({target, failureSummary}) => `${target}: ${failureSummary}`)}));
}"""
#: What a reader of one page has in the address.
_QUERY = "asof=2021-06-30&brand=B1"
_MORE = {"site": "&site=F1", "explore": "&site=F1", "what-if": "&clean=F1"}


@pytest.fixture(scope="module")
def axe() -> Path:
    """The script of axe-core; npm installs it where it is not there yet."""
    if not _AXE.exists() and shutil.which("npm"):
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=ROOT, check=False, timeout=200)
    if not _AXE.exists():
        if os.environ.get("TIERTRACE_TEST_BROWSER") == "required":
            pytest.fail("TIERTRACE_TEST_BROWSER=required, but npm gave no axe-core")
        pytest.skip("no axe-core: it needs Node.js with npm")
    return _AXE


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", list(frame.PAGES))
def test_no_serious_barrier(new_page, app, axe, name, theme):
    page = new_page(theme)
    path = "" if name == "overview" else name
    page.goto(f"{app}/{path}?{_QUERY}{_MORE.get(name, '')}")
    page.locator("[data-testid=stMain] [data-testid=stElementContainer]").first.wait_for()
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for()
    page.wait_for_timeout(1500)  # what is drawn after the script ended
    told = serious_barriers(page, axe)
    assert not told, "\n".join(told)


def serious_barriers(page, axe: Path) -> list[str]:
    """Serious violations of what is shown, each with the element that has it."""
    page.evaluate(axe.read_text(encoding="utf-8"))  # a script tag would break the content security policy
    barriers = [one for one in page.evaluate(_RUN) if one["impact"] in ("serious", "critical")]
    return [f"{one['id']} ({one['help']}): {node}" for one in barriers for node in one["nodes"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_barrier_where_the_overview_is_opened(new_page, app, axe, theme):
    page = new_page(theme)
    visit(page, app, "", f"{DAY}&coverage=stated")
    page.get_by_text("Filter", exact=False).first.click()
    page.get_by_role("button", name="what this figure is computed from").first.click()
    type_in(page, "or").first.wait_for()
    page.keyboard.press("ArrowDown")
    assert serious_barriers(page, axe) == []

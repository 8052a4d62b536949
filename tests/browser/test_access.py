"""Every page for people who do not see it or use no mouse: checked with axe-core, in both themes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from graph_core.ui import frame
from tests.browser.serving import ROOT

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
    page.add_script_tag(path=axe)
    barriers = [one for one in page.evaluate(_RUN) if one["impact"] in ("serious", "critical")]
    told = [f"{one['id']} ({one['help']}): {node}" for one in barriers for node in one["nodes"]]
    assert not told, "\n".join(told)

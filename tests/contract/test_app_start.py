"""`tiertrace app` started by a user for whom nothing of it was ever run: it serves, and asks nothing."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.browser.serving import ROOT, free_port, wait_until_served

pytestmark = pytest.mark.slow


@pytest.fixture
def opened(tmp_path: Path) -> Path:
    """Where the user's browser notes what it is told to open."""
    return tmp_path / "opened"


@pytest.fixture
def environment(tmp_path: Path, opened: Path) -> dict[str, str]:
    """A user at a screen, with an empty home directory."""
    (tmp_path / "user").mkdir()
    others = {name: value for name, value in os.environ.items() if not name.startswith(("TIERTRACE_", "STREAMLIT_"))}
    return others | {
        "HOME": str(tmp_path / "user"),
        "DISPLAY": ":0",
        "BROWSER": f"sh -c 'echo $0 > {opened}.part && mv {opened}.part {opened}' %s",
    }


@pytest.mark.parametrize("attached", ["terminal", "nothing"])
def test_a_first_start_serves_and_opens_the_browser(attached: str, environment: dict[str, str], opened: Path) -> None:
    port = free_port()
    command = [sys.executable, "-c", "from graph_core.cli import main; main()", "app", "--port", str(port)]
    keyboard, terminal = pty.openpty()
    end = terminal if attached == "terminal" else subprocess.DEVNULL
    app = subprocess.Popen(
        command, cwd=ROOT, env=environment, start_new_session=True, stdin=end, stdout=end, stderr=end
    )
    try:
        wait_until_served(app, port)
        patience = time.monotonic() + 30
        while not opened.exists() and time.monotonic() < patience:
            time.sleep(0.1)
        assert opened.read_text().strip() == f"http://localhost:{port}"
    finally:
        app.terminate()
        assert app.wait(30) == 0
        os.close(terminal)
        os.close(keyboard)

"""The app served for a browser: a store of its own with some tables loaded, started and stopped by the program."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Where Debian puts its browser.
CHROMIUM = Path("/usr/bin/chromium")
_START_SECONDS = 90.0


@contextmanager
def served(home: Path, *folders: Path, port: int | None = None, log: Path | None = None) -> Iterator[str]:
    """Load folders of tables into a home and serve the app on it; gives its address. What it says goes to a log."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TIERTRACE_")}
    environment["TIERTRACE_HOME"] = str(home)
    command = [sys.executable, "-c", "from graph_core.cli import main; main()"]

    def run(*arguments: str) -> None:
        subprocess.run([*command, *arguments], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)

    port = port or free_port()
    try:
        for folder in folders:
            run("load", "tables", str(folder))
        arguments = [*command, "app", "--no-browser", "--port", str(port)]
        with (log or Path(os.devnull)).open("wb") as said:
            errors = None if log is None else said
            app = subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=said, stderr=errors)
        try:
            wait_until_served(app, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            app.terminate()
            app.wait(30)
    finally:
        run("stop")


def free_port() -> int:
    """Port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_served(app: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the app answers on its port; fail when it ends before, or takes too long."""
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if app.poll() is not None:
            raise RuntimeError(f"the app ended with {app.returncode} before it answered")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the app did not answer within {_START_SECONDS:.0f} seconds")

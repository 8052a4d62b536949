"""Serving the app: Streamlit as a child process with this program's settings."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from contextlib import suppress
from types import FrameType

from graph_core.bundle import bundled
from graph_core.errors import UsageError
from graph_core.settings import Settings

_DEFAULT_PORT = 8501


def serve_app(settings: Settings, *, host: str, port: int | None, browser: bool) -> int:
    """Serve the app until it is told to end.

    Parameters
    ----------
    settings : Settings
        Home and store that the app uses.
    host : str
        Address to listen on; anything but loopback lets others in, without a sign-in.
    port : int, optional
        Port; without one the first free port from 8501 on.
    browser : bool
        Whether to open a browser window.

    Returns
    -------
    int
        Exit code: 0 after Ctrl-C or SIGTERM.

    Raises
    ------
    UsageError
        The port is taken.
    """
    chosen = _port(host, port)
    command = [
        sys.executable, "-m", "streamlit", "run", str(bundled("app.py")),
        f"--server.address={host}", f"--server.port={chosen}",
        # Else it asks its user for an email address before it serves.
        "--server.headless=true",
    ]  # fmt: skip
    address = f"http://{'localhost' if host == '127.0.0.1' else host}:{chosen}"
    environment = os.environ | {"TIERTRACE_HOME": str(settings.home)}
    if host not in ("127.0.0.1", "localhost", "::1"):
        print("Warning: anyone who reaches this address can read the store; there is no sign-in.", file=sys.stderr)
    # Streamlit reads its settings and static files beside the entry point.
    child = subprocess.Popen(command, cwd=bundled(), env=environment, start_new_session=True)

    def end(_number: int, _frame: FrameType | None) -> None:
        child.terminate()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    print(f"tiertrace is at {address} - Ctrl-C ends it", flush=True)
    if browser:
        threading.Thread(target=_show, args=(address, host, chosen, child), daemon=True).start()
    try:
        code = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if child.poll() is None:
            child.kill()
    return 0 if code in (0, -signal.SIGTERM, 128 + signal.SIGTERM) else code


def _show(address: str, host: str, port: int, child: subprocess.Popen[bytes]) -> None:
    """Open the user's browser once the app answers."""
    while child.poll() is None:
        with suppress(OSError), socket.create_connection((host, port), timeout=1):
            webbrowser.open(address)
            return
        time.sleep(0.2)


def _port(host: str, wanted: int | None) -> int:
    for port in [wanted] if wanted else range(_DEFAULT_PORT, _DEFAULT_PORT + 100):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if wanted:
                    raise UsageError(
                        f"cannot listen on {host}:{port}: {error.strerror}; choose another --port"
                    ) from None
                continue
            return port
    raise UsageError(f"no free port from {_DEFAULT_PORT} on; name one with --port")

"""Serving the app: Streamlit as a child process with this program's settings."""

from __future__ import annotations

import ipaddress
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
from typing import Any
from urllib.parse import urlsplit

import psutil

from graph_core.bundle import bundled
from graph_core.errors import UsageError
from graph_core.roles import PEOPLE, SECRETS, SignIn, sign_in
from graph_core.settings import Settings

_DEFAULT_PORT = 8501


def serve_app(settings: Settings, *, host: str, port: int | None, browser: bool, without_sign_in: bool = False) -> int:
    """Serve the app until it is told to end.

    Parameters
    ----------
    settings : Settings
        Home and store that the app uses.
    host : str
        Address to listen on; anything but loopback lets others in, and asks for a sign-in (`graph_core.roles`).
    port : int, optional
        Port; without one the first free port from 8501 on.
    browser : bool
        Whether to open a browser window.
    without_sign_in : bool
        Let others in without one; everyone may then look and nobody may change.

    Returns
    -------
    int
        Exit code: 0 after Ctrl-C or SIGTERM.

    Raises
    ------
    UsageError
        The port is taken, or others could reach the app and there is no sign-in.
    InputError
        The sign-in cannot be used as it is configured.
    """
    signing_in = None if without_sign_in else sign_in(settings.home)
    outside = not loopback(host)
    if outside and signing_in is None and not without_sign_in:
        raise UsageError(
            f"--host {host} lets others reach the app, and there is no sign-in: {settings.home / SECRETS} and {PEOPLE} "
            "beside it configure one (docs/people.md). To let everyone look and nobody change, add --without-sign-in"
        )
    chosen = _port(host, port)
    secrets = settings.home / SECRETS if signing_in else settings.home / "no-sign-in.toml"
    command = [
        sys.executable, "-m", "streamlit", "run", str(bundled("served.py")),
        f"--server.address={host}", f"--server.port={chosen}", f"--secrets.files={secrets}",
        *(f"--server.allowedHosts={name}" for name in _names(host, signing_in)),
        # Else it asks its user for an email address before it serves.
        "--server.headless=true",
    ]  # fmt: skip
    address = f"http://{'localhost' if host == '127.0.0.1' else host}:{chosen}"
    environment = os.environ | {"TIERTRACE_HOME": str(settings.home)}
    if without_sign_in:
        environment["TIERTRACE_READ_ONLY"] = "1"
    print(_who(outside=outside, signing_in=signing_in, without=without_sign_in), file=sys.stderr)
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


def _who(*, outside: bool, signing_in: SignIn | None, without: bool) -> str:
    """Say who gets in and what they may do."""
    if signing_in is not None:
        plain = outside and urlsplit(signing_in.redirect_uri).scheme == "http"
        secure = " Warning: its address is http, so that others on the way can read along; use https." if plain else ""
        return f"People sign in; {PEOPLE} says what they may do.{secure}"
    if outside:
        return "Warning: there is no sign-in. Anyone who reaches this address can read the store; nobody can change it."
    if without:
        return "Everyone may look and nobody may change."
    return "There is no sign-in: only this machine reaches the app, and whoever sits here may do all."


def _names(host: str, signing_in: SignIn | None) -> list[str]:
    """Names by which the app may be asked for; any other is refused, since a page elsewhere could have made it up."""
    names = ["localhost", "127.0.0.1", "::1", host]
    if signing_in is not None:
        names.append(urlsplit(signing_in.redirect_uri).hostname or "")
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        names += [socket.gethostname(), socket.getfqdn()]
        names += [a.address.partition("%")[0] for found in psutil.net_if_addrs().values() for a in found if _is_ip(a)]
    return list(dict.fromkeys(filter(None, names)))


def _is_ip(address: Any) -> bool:
    return address.family in (socket.AF_INET, socket.AF_INET6)


def loopback(host: str) -> bool:
    """Whether an address reaches this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


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

"""The embedded engine from outside: find it, start it on demand, stop it.

One engine serves all commands and the app of one home. A file in the home says where it listens; a launcher lock
keeps two commands from starting two of them.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from graph_core.errors import StoreError
from graph_core.settings import Settings
from graph_core.store.engine import CONNECTION_FILE, DATABASE
from graph_core.store.process import ProcessId, file_lock

_START_SECONDS = 90.0
_STOP_SECONDS = 60.0


@dataclass(frozen=True)
class Connection:
    """Where a store answers, and the logins to it.

    Attributes
    ----------
    uri : str
        Bolt address.
    admin, reader : tuple of str
        User and password that may write, and that may only read.
    database : str
        Database to use.
    process : ProcessId or None
        The engine's process; None for a server that is not ours.
    """

    uri: str
    admin: tuple[str, str] = field(repr=False)
    reader: tuple[str, str] = field(repr=False)
    database: str = DATABASE
    process: ProcessId | None = None


@dataclass(frozen=True)
class Status:
    """What is known about the engine of a home."""

    running: bool
    pid: int | None = None
    uri: str = ""
    started: float | None = None
    data: Path | None = None
    bytes_on_disk: int = 0


def _read(home: Path) -> Connection | None:
    """Read the connection file; None where there is none or its process is gone."""
    try:
        said: dict[str, Any] = json.loads((home / CONNECTION_FILE).read_text(encoding="utf-8"))
        process = ProcessId(int(said["pid"]), float(said["started"]))
        found = Connection(
            f"bolt://127.0.0.1:{int(said['port'])}",
            ("root", str(said["admin"])),
            ("reader", str(said["reader"])),
            process=process,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if process.alive else None


def _supported() -> None:
    if importlib.util.find_spec("arcadedb_embedded") is None:
        raise StoreError(
            f"The embedded store does not exist for this machine ({sys.platform}, {platform.machine()}). "
            "Use a Neo4j server: set TIERTRACE_NEO4J_URI, TIERTRACE_NEO4J_USER and TIERTRACE_NEO4J_PASSWORD."
        )


def private_folder(folder: Path) -> None:
    """Make a folder that only its user can look into.

    Raises
    ------
    StoreError
        It cannot be made there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.name == "posix":
            folder.chmod(0o700)
    except OSError as error:
        raise StoreError(
            f"The folder {folder} cannot be used: {error.strerror}. Choose another with TIERTRACE_HOME or --home."
        ) from error


def _launch(settings: Settings, log: Path) -> subprocess.Popen[bytes]:
    """Start the engine as a process that outlives this one."""
    package_root = Path(__file__).resolve().parents[2]
    paths = [str(package_root), *filter(None, [os.environ.get("PYTHONPATH")])]
    # -P: the folder it runs in is no place to import from
    command = [sys.executable, "-P", "-m", "graph_core.store.engine", "--home", str(settings.home.resolve())]
    command += ["--heap", settings.heap, "--idle-minutes", str(settings.idle_minutes)]
    command += ["--query-timeout", str(settings.query_timeout)]
    detached: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        detached = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
        return subprocess.Popen(
            command,
            cwd=settings.home,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            **detached,
        )


def _tail(log: Path, lines: int = 15) -> str:
    try:
        text = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(text[-lines:])


def _wait(settings: Settings, child: subprocess.Popen[bytes], log: Path) -> Connection:
    """Wait until the engine has said where it listens."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        found = _read(settings.home)
        if found:
            # it may end before us, and nobody else can take its exit status
            threading.Thread(target=child.wait, name="embedded store", daemon=True).start()
            return found
        if child.poll() is not None:
            raise StoreError(
                f"The embedded store did not start (exit {child.returncode}). Is the disk full, or the memory "
                f"TIERTRACE_HEAP={settings.heap} not there? The end of {log}:\n{_tail(log)}"
            )
        time.sleep(0.05)
    child.kill()
    raise StoreError(
        f"The embedded store did not answer within {_START_SECONDS:.0f} s. The end of {log}:\n{_tail(log)}"
    )


def ensure_running(settings: Settings) -> Connection:
    """Give the connection to the engine of a home, started if it was not running.

    Parameters
    ----------
    settings : Settings
        Home, heap, idle time and time limit of the engine.

    Returns
    -------
    Connection
        Address and logins.

    Raises
    ------
    StoreError
        The engine does not exist for this machine or did not start; the message holds the end of its log.
    StoreBusyError
        Another process has been starting it for too long.
    """
    found = _read(settings.home)
    if found:
        return found
    _supported()
    private_folder(settings.home)
    private_folder(settings.home / "store")
    log = settings.home / "store" / "engine.log"
    with file_lock(settings.home / "launcher.lock", timeout=_START_SECONDS):
        found = _read(settings.home)  # another command may have been faster
        if found:
            return found
        (settings.home / CONNECTION_FILE).unlink(missing_ok=True)  # left by a killed engine
        try:
            child = _launch(settings, log)
        except OSError as error:
            raise StoreError(f"The embedded store cannot be started: {error}.") from error
        try:
            return _wait(settings, child, log)
        except KeyboardInterrupt:  # nobody waits for it any more, and `stop` could not find it yet
            child.kill()
            raise


def stop(settings: Settings) -> bool:
    """Stop the engine of a home and wait until its process is gone.

    Returns
    -------
    bool
        Whether one was running.
    """
    if not settings.home.is_dir():
        return False
    with file_lock(settings.home / "launcher.lock", timeout=_START_SECONDS):
        found = _read(settings.home)
        process = found.process.find() if found and found.process else None
        if process is None:
            return False
        _end(process)
        (settings.home / CONNECTION_FILE).unlink(missing_ok=True)
    return True


def _end(process: psutil.Process) -> None:
    """Ask a process to end, and make it end if it does not."""
    try:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except psutil.TimeoutExpired:
            process.kill()  # committed batches are in its log; the next start recovers them
            process.wait(_STOP_SECONDS)
    except psutil.NoSuchProcess:
        pass
    except psutil.Error as error:
        raise StoreError(f"The embedded store (process {process.pid}) could not be stopped: {error}.") from error


def status(settings: Settings) -> Status:
    """Tell whether the engine of a home runs, without starting it."""
    data = settings.home / "store"
    size = sum(f.stat().st_size for f in data.rglob("*") if f.is_file()) if data.is_dir() else 0
    found = _read(settings.home)
    if not found or not found.process:
        return Status(running=False, data=data, bytes_on_disk=size)
    return Status(True, found.process.pid, found.uri, found.process.started, data, size)

"""A first walk through the program on the fictional sample network: ``python -m graph_core.demo`` (``make demo``).

Loads the sample into a home of its own (``.demo`` in the working folder, emptied first), prints the exposure of every
brand as of the sample's own day, serves the app until Ctrl-C, and leaves no process behind. Settings of the user are
not looked at: a Neo4j server that they may name is never written to.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import psutil

from graph_core.bundle import sample

_LOCK = "demo.lock"
_START_SECONDS = 60.0
_STEP_SECONDS = 30.0
_STOP_SECONDS = 15.0


def _environment(home: Path) -> dict[str, str]:
    """Environment of the commands: every ``TIERTRACE_*`` setting of the user off, the demo's home on."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("TIERTRACE_")}
    return kept | {"TIERTRACE_HOME": str(home)}


def _command() -> str:
    """Find the ``tiertrace`` that belongs to this Python."""
    found = shutil.which("tiertrace", path=str(Path(sys.executable).parent)) or shutil.which("tiertrace")
    if found is None:
        sys.exit("The command tiertrace is not installed beside this Python; `make set-up` does it.")
    return found


def _ignore_signals() -> None:
    """Let nothing cut the stopping short: a second Ctrl-C would leave the store running."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the app; what does not end in time is killed with all that it started."""
    if process.poll() is not None:
        return
    app = psutil.Process(process.pid)
    started = [app, *app.children(recursive=True)]
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        for each in started:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        process.wait()


def _run(arguments: list[str], environment: dict[str, str]) -> None:
    """Run one command of the program; a failure ends the demo with its exit code.

    Ctrl-C takes effect once the command has ended: a store that it is just starting would otherwise be left behind,
    not yet known to ``tiertrace stop``.
    """
    process = subprocess.Popen([_command(), *arguments], env=environment, start_new_session=True)
    try:
        code = process.wait()
    except (KeyboardInterrupt, SystemExit):
        _ignore_signals()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STEP_SECONDS)
        _end(process)
        raise
    if code:
        sys.exit(code)


def _clear(home: Path) -> None:
    """Empty the demo's home, so that nothing of an older sample is left in the figures."""
    for entry in home.iterdir():
        if entry.name == _LOCK:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Keep a second demo out of the same home; the lock ends with the process, however that ends."""
    with (home / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"Another demo is running in {home}; end it first.")
        yield


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer:
            return int(answer.status) == 200
    except (urllib.error.URLError, OSError):
        return False


def _serve(environment: dict[str, str], as_of: str) -> None:
    """Serve the app, say where, and wait for its end or for Ctrl-C."""
    port = _free_port()
    # A session of its own: Ctrl-C in the terminal then reaches the demo alone, which ends the app in its own order.
    process = subprocess.Popen(
        [_command(), "app", "--no-browser", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,  # the address is printed once it answers
        start_new_session=True,
    )
    try:
        give_up = time.monotonic() + _START_SECONDS
        while process.poll() is None and not _answers(port):
            if time.monotonic() > give_up:
                sys.exit(f"The app did not answer within {_START_SECONDS:.0f} seconds.")
            time.sleep(0.2)
        if process.poll() is None:
            print(f"\nThe sample network is at http://localhost:{port}/?asof={as_of} until Ctrl-C.", flush=True)
        parent = os.getppid()
        while process.poll() is None and os.getppid() == parent:  # a killed make takes the demo with it
            time.sleep(0.2)
        if process.returncode:
            sys.exit(process.returncode)
    except KeyboardInterrupt:
        print("\nEnding the demo.", flush=True)
    finally:
        _end(process)


def _stop(environment: dict[str, str]) -> None:
    """Stop the store of the demo's home, with words only where that fails."""
    try:
        done = subprocess.run(
            [_command(), "stop"],
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            start_new_session=True,
            timeout=_STOP_SECONDS * 4,
        )
    except subprocess.TimeoutExpired:
        sys.exit("The store of the demo did not stop in time.")
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
        sys.exit(done.returncode)


def _terminated(number: int, _frame: FrameType | None) -> None:
    """Turn a request to end into an exit that runs every ``finally``."""
    sys.exit(128 + number)


def demo(home: Path, *, serve: bool) -> None:
    """Load the sample, print its exposure table, and serve the app if asked.

    Parameters
    ----------
    home : Path
        Home of the demo. Emptied first.
    serve : bool
        Whether to serve the app until Ctrl-C.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = _environment(home)
    folder = sample()
    as_of = str(tomllib.loads((folder / "sample.toml").read_text(encoding="utf-8"))["as_of"])
    with _alone(home):
        try:
            _stop(environment)
            _clear(home)
            _run(["load", "tables", str(folder)], environment)
            print(f"\nA fictional network, as of {as_of}:\n", flush=True)
            _run(["exposure", "--as-of", as_of, "--format", "table"], environment)
            if serve:
                _serve(environment, as_of)
        except KeyboardInterrupt:
            sys.exit(128 + signal.SIGINT)
        finally:
            _ignore_signals()
            _stop(environment)


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m graph_core.demo", description="The sample network, step by step.")
    parser.add_argument("--no-serve", action="store_true", help="end after the table")
    arguments = parser.parse_args()
    # A script that starts the demo in the background has Ctrl-C ignored in it: taken back, so that it can be ended.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _terminated)
    demo(Path.cwd() / ".demo", serve=not arguments.no_serve)


if __name__ == "__main__":
    main()

"""``python -m graph_core.start_up``: let the embedded engine start sooner; part of set-up.

Loads the sample network into a home that is thrown away, with an engine whose Java machine records what it can begin
with next time (`graph_core.store.java_options`). Without that, or where the Java machine does not accept it, the
engine starts as it always did.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from contextlib import suppress
from pathlib import Path

from graph_core.bundle import sample
from graph_core.errors import TiertraceError
from graph_core.store import java_options
from graph_core.store.process import file_lock

_SECONDS = 180
_DRAFT = ".recording-"
#: What a Java machine reads as something else in the name of such a file.
_MEANS_MORE = '":,%'


def record() -> Path:
    """Record it, in place of what was recorded with engines that were installed before.

    Returns
    -------
    Path
        The file, which may be another process's.

    Raises
    ------
    RuntimeError
        It cannot be done on this machine or in this folder, a command failed, or nothing was recorded.
    StoreBusyError
        Another process has been recording for too long.
    OSError
        The folder of the installation cannot be written to.
    """
    path = _place()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o755)  # all who use the installation may read it
    with file_lock(path.parent / "recording.lock", timeout=_SECONDS):
        if java_options.recorded() is not None:  # by another process, meanwhile
            return path
        for left in path.parent.glob(f"{_DRAFT}*"):  # by a recording that was killed
            shutil.rmtree(left, ignore_errors=True)
        # Beside its place, so that it is moved there in one step.
        with tempfile.TemporaryDirectory(prefix=_DRAFT, dir=path.parent) as name:
            made = Path(name) / path.name
            _run_recorded(Path(name) / "home", made)
            if not made.is_file():
                raise RuntimeError("the engine's Java machine recorded nothing")
            made.chmod(0o644)  # it belongs to the installation, and holds nothing of a user
            made.replace(path)
        for old in path.parent.glob("engine-*.aot"):
            if old != path:
                old.unlink()
    return path


def _place() -> Path:
    """Where it will be kept; refused where a recording would come to nothing."""
    if sys.platform == "win32":
        raise RuntimeError("on Windows an engine is ended in a way that leaves no time to record")
    path = java_options.place()
    if path is None:
        raise RuntimeError("the embedded engine does not exist for this machine")
    if found := [sign for sign in _MEANS_MORE if sign in str(path)]:
        raise RuntimeError(f"the folder {path.parent} has {' and '.join(found)} in its name")
    return path


def _run_recorded(home: Path, file: Path) -> None:
    """Load the sample network and read it, with an engine whose Java machine writes ``file`` at its end."""
    ours = {name: value for name, value in os.environ.items() if not name.upper().startswith("TIERTRACE_")}
    environment = {name: value for name, value in ours.items() if name not in java_options.GIVEN} | {
        "TIERTRACE_HOME": str(home),
        "TIERTRACE_IDLE_MINUTES": "2",  # were this killed, the engine would soon end by itself
        "PYTHONIOENCODING": "utf-8",
        java_options.GIVEN[0]: f'-XX:AOTCacheOutput="{file}"',
    }
    as_of = tomllib.loads((sample() / "sample.toml").read_text(encoding="utf-8"))["as_of"]
    try:
        _run(["load", "tables", str(sample())], environment)
        _run(["exposure", "--as-of", str(as_of)], environment)
    except BaseException:
        with suppress(RuntimeError, subprocess.TimeoutExpired):  # the first error counts
            _run(["stop"], environment)
        raise
    _run(["stop"], environment)  # returns when the file is written


def _run(command: list[str], environment: dict[str, str]) -> None:
    """Run one command of this Python's own ``tiertrace``, wherever its script is."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", "from graph_core.cli import main; main()", *command],
        env=environment,
        capture_output=True,
        check=False,
        encoding="utf-8",
        errors="replace",
        timeout=_SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"tiertrace {command[0]} failed: {done.stderr.strip()}")


def main() -> int:
    """Record where nothing is recorded yet, and say what came of it."""
    if (path := java_options.recorded()) is not None:
        sys.stdout.write(f"The engine starts with {path}, which was recorded before.\n")
        return 0
    try:
        path = record()
    except (RuntimeError, TiertraceError, OSError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"Nothing was recorded for a faster start of the engine, which works without it: {error}\n")
        return 1
    sys.stdout.write(f"The engine will start sooner with {path} ({path.stat().st_size / 1e6:.0f} MB).\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

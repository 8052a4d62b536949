"""``python -m graph_core.store.start_up``: let the embedded engine start sooner; part of set-up.

The Java machine of the engine can keep from one run to the next which classes it read, checked and linked, and which
methods ran often (JEP 483, 514 and 515). That is recorded once, while the sample network is loaded into a home that is
thrown away, and used by every engine of this installation. The file belongs to the installation and goes with it.
Without it, or where the Java machine does not accept it, the engine starts as fast as before.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from graph_core.bundle import sample
from graph_core.errors import StoreBusyError
from graph_core.store.process import file_lock

_FOLDER = Path(sys.prefix) / "share" / "tiertrace"
#: Variables by which a Java machine is given options.
_JAVA_OPTIONS = "JAVA_TOOL_OPTIONS"
_GIVEN = (_JAVA_OPTIONS, "_JAVA_OPTIONS", "ARCADEDB_JVM_ARGS")
_SECONDS = 180
_DRAFT = ".recording-"


def recorded() -> Path | None:
    """File with what the engine's Java machine kept, if it was recorded with the engine that is installed."""
    path = _path()
    return path if path is not None and os.access(path, os.R_OK) else None


def options() -> list[str]:
    """Options by which the engine's Java machine begins with what was recorded.

    None where nothing was, nor where the environment gives it any: some do not go with ours, and it would not start.
    """
    file = recorded()
    if file is None or any(os.environ.get(name) for name in _GIVEN):
        return []
    return [f"-XX:AOTCache={file}", "-XX:+VerifySharedSpaces"]  # a damaged file would end the engine


def record() -> Path:
    """Record it, in place of what was recorded with engines that were installed before.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    RuntimeError
        There is no engine for this machine, one of the commands failed, or the Java machine recorded nothing.
    StoreBusyError
        Another process has been recording for too long.
    OSError
        The folder of the installation cannot be written to.
    """
    path = _path()
    if path is None:
        raise RuntimeError("the embedded engine does not exist for this machine")
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with file_lock(_FOLDER / "recording.lock", timeout=_SECONDS):
        for left in _FOLDER.glob(f"{_DRAFT}*"):  # by a recording that was killed
            shutil.rmtree(left, ignore_errors=True)
        # Beside its place, so that it is moved there in one step.
        with tempfile.TemporaryDirectory(prefix=_DRAFT, dir=_FOLDER) as name:
            made = Path(name) / path.name
            _run_recorded(Path(name) / "home", made)
            if not made.is_file():
                raise RuntimeError("the engine's Java machine recorded nothing")
            made.chmod(0o644)  # it belongs to the installation, and holds nothing of a user
            for old in _FOLDER.glob("engine-*.aot"):
                old.unlink()
            made.replace(path)
    return path


def _path() -> Path | None:
    """Where it is kept, by what the Java machine compares it with: the engine's archives and the machine itself."""
    found = importlib.util.find_spec("arcadedb_embedded")
    if found is None or found.origin is None:
        return None
    package = Path(found.origin).parent
    files = [*package.glob("jars/*.jar"), *package.glob("jre/release")]
    states = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in sorted(files)]
    return _FOLDER / f"engine-{hashlib.sha256(repr(states).encode()).hexdigest()[:16]}.aot"


def _run_recorded(home: Path, file: Path) -> None:
    """Load the sample network and read it, with an engine whose Java machine writes ``file`` at its end."""
    kept = {n: v for n, v in os.environ.items() if not n.upper().startswith("TIERTRACE_") and n not in _GIVEN}
    environment = kept | {
        "TIERTRACE_HOME": str(home),
        "TIERTRACE_IDLE_MINUTES": "2",  # were this killed, the engine would soon end by itself
        _JAVA_OPTIONS: f'-XX:AOTCacheOutput="{file}"',
    }
    as_of = tomllib.loads((sample() / "sample.toml").read_text(encoding="utf-8"))["as_of"]
    try:
        _run(["load", "tables", str(sample())], environment)
        _run(["exposure", "--as-of", str(as_of)], environment)
    finally:
        _run(["stop"], environment)  # returns when the file is written


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        [_program(), *command], env=environment, capture_output=True, check=False, text=True, timeout=_SECONDS
    )
    if done.returncode:
        raise RuntimeError(f"tiertrace {command[0]} failed: {done.stderr.strip()}")


def _program() -> str:
    """Find the ``tiertrace`` that belongs to this Python."""
    found = shutil.which("tiertrace", path=str(Path(sys.executable).parent))
    if found is None:
        raise RuntimeError("the command tiertrace is not installed beside this Python")
    return found


def main() -> None:
    """Record where nothing is recorded yet; a machine on which that fails goes without it."""
    if recorded() is not None:
        return
    try:
        record()
    except (RuntimeError, StoreBusyError, OSError, subprocess.TimeoutExpired) as error:
        sys.stdout.write(f"Nothing was recorded for a faster start of the engine, which works without, too: {error}\n")


if __name__ == "__main__":
    main()

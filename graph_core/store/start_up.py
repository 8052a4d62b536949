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

_FOLDER = Path(sys.prefix) / "share" / "tiertrace"
#: Options for any Java machine that is started, given by the environment.
_JAVA_OPTIONS = "JAVA_TOOL_OPTIONS"
_SECONDS = 180


def recorded() -> Path | None:
    """File with what the engine's Java machine kept, if it was recorded with the engine that is installed."""
    path = _path()
    return path if path is not None and path.is_file() else None


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
    OSError
        The folder of the installation cannot be written to.
    """
    path = _path()
    if path is None:
        raise RuntimeError("the embedded engine does not exist for this machine")
    _FOLDER.mkdir(parents=True, exist_ok=True)
    # Beside its place, so that it is moved there in one step.
    with tempfile.TemporaryDirectory(prefix=".recording-", dir=_FOLDER) as name:
        made = Path(name) / path.name
        _run_recorded(Path(name) / "home", made)
        if not made.is_file():
            raise RuntimeError("the engine's Java machine recorded nothing")
        made.chmod(0o644)  # of the installation, and of the sample network at most
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
    settings = {name: value for name, value in os.environ.items() if not name.upper().startswith("TIERTRACE_")}
    options = " ".join(filter(None, [settings.get(_JAVA_OPTIONS), f'-XX:AOTCacheOutput="{file}"']))
    environment = settings | {"TIERTRACE_HOME": str(home), _JAVA_OPTIONS: options}
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
    except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
        sys.stdout.write(f"Nothing was recorded for a faster start of the engine, which works without, too: {error}\n")


if __name__ == "__main__":
    main()

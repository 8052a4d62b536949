"""With what the engine's Java machine begins: what it kept of an earlier run, where `graph_core.start_up` recorded one.

It keeps which classes it read, checked and linked, and which methods ran often (an AOT cache, JEP 483, 514 and 515).
The file stands in the environment of the installation and counts for the engine and the place for which it was made.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from pathlib import Path

FOLDER = Path(sys.prefix) / "share" / "tiertrace"
#: Variables by which a Java machine is given options.
GIVEN = ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "ARCADEDB_JVM_ARGS")


def options() -> list[str]:
    """Options by which the engine's Java machine begins with what was recorded.

    None where nothing was, nor where the environment gives it any: some do not go with ours, and it would not start.
    """
    file = recorded()
    if file is None or any(os.environ.get(name) for name in GIVEN):
        return []
    return [f"-XX:AOTCache={file}", "-XX:+VerifySharedSpaces"]  # a damaged file would end the engine


def recorded() -> Path | None:
    """File with what was recorded, if that was done with the engine that is installed."""
    path = place()
    return path if path is not None and os.access(path, os.R_OK) else None


def place() -> Path | None:
    """Where it is kept, by what the Java machine compares: the engine's archives in their order, and itself.

    Returns
    -------
    Path or None
        None where there is no engine, or it is just being replaced.
    """
    try:
        found = importlib.util.find_spec("arcadedb_embedded")
        if found is None or found.origin is None:
            return None
        package = Path(found.origin).parent.resolve()
        # Not sorted: they are on the class path as the folder lists them.
        files = [*package.glob("jars/*.jar"), package / "jre" / "release"]
        states = [(str(file), file.stat().st_size, int(file.stat().st_mtime)) for file in files]
    except OSError:
        return None
    return FOLDER.resolve() / f"engine-{hashlib.sha256(repr(states).encode()).hexdigest()[:16]}.aot"

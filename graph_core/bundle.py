"""Where the files that are no Python code are found: Cypher, the app's entry point, its static files and settings.

They stand in the root of the source tree, and under ``graph_core/_bundle`` in an installed wheel (the build moves
them there, see ``tool.hatch.build`` in pyproject.toml). Nothing else needs to know which of the two it is.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def bundled(*parts: str) -> Path:
    """Path of a file or folder that belongs to the program.

    Parameters
    ----------
    *parts : str
        Its place in the source tree, such as ``"cypher"``, ``"app.py"``, ``"static"`` or ``".streamlit"``;
        none for the folder that holds them all.

    Returns
    -------
    Path
        Absolute path. Whether it exists is not checked.
    """
    installed = _PACKAGE / "_bundle"
    return (installed if installed.is_dir() else _PACKAGE.parent).joinpath(*parts)


def sample() -> Path:
    """Folder of the fictional sample network, in the form of ``tiertrace load tables``."""
    return _PACKAGE.parent / "loaders" / "sample"

"""The believed graph as files beside the store: many times faster to read than the store is.

A folder holds the graph of one version of one store. It counts for that version only, and can be deleted at any time.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from graph_core.graph import Graph
from graph_core.schema import COLUMNS, TYPES, Type
from graph_core.store.base import StoreVersion

_META = "meta.json"


def encode(graph: Graph) -> dict[str, bytes]:
    """Make the files of a graph.

    Parameters
    ----------
    graph : Graph
        What is believed.

    Returns
    -------
    dict of str to bytes
        File name -> content: a table each, and what tells whether they can be read.
    """
    files = {f"{name}.parquet": _parquet(graph[name]) for name in COLUMNS}
    return {**files, _META: json.dumps({"hash": graph.hash, "columns": COLUMNS}).encode()}


def _parquet(frame: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    frame.to_parquet(sink, compression="zstd", index=False)
    return sink.getvalue()


def write(files: Mapping[str, bytes], home: Path, version: StoreVersion) -> None:
    """Keep the files of a graph in place of those of earlier versions.

    Parameters
    ----------
    files : mapping of str to bytes
        From `encode`.
    home : Path
        The user's home. Where nothing can be written there, nothing is kept: readers ask the store.
    version : StoreVersion
        What the store holds. Nothing is kept where its nodes and relationships are not of its records.
    """
    if version.records != version.derived:
        return
    folder = _folder(home, version)
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".draft-"))
    except OSError:
        return
    try:
        for name, content in files.items():
            (draft / name).write_bytes(content)
        for other in folder.parent.glob(f"{version.uuid}-*"):
            shutil.rmtree(other, ignore_errors=True)
        draft.replace(folder)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)


def read(home: Path, version: StoreVersion) -> Graph | None:
    """Give the graph of a version; None where its files are not there, or were made by a program of another schema."""
    folder = _folder(home, version)
    try:
        meta = json.loads((folder / _META).read_text(encoding="utf-8"))
        if meta["columns"] != COLUMNS:
            return None
        tables = {name: _table(name, folder) for name in COLUMNS}
    except (OSError, ValueError, KeyError):
        return None
    graph = Graph(tables, version.derived)
    graph.__dict__["hash"] = meta["hash"]
    return graph


def stay(before: StoreVersion, after: StoreVersion, home: Path) -> None:
    """Let the files of a version count for a later one whose graph is the same."""
    with contextlib.suppress(OSError):  # then they are read from the store again
        _folder(home, before).rename(_folder(home, after))


def _folder(home: Path, version: StoreVersion) -> Path:
    return home / "cache" / f"{version.uuid}-{version.derived}"


def _table(name: str, folder: Path) -> pd.DataFrame:
    frame = pd.read_parquet(folder / f"{name}.parquet")
    for column, kind in TYPES[name].items():
        if kind is Type.STRINGS:  # Parquet gives arrays
            frame[column] = pd.Series([list(values) for values in frame[column]], index=frame.index, dtype=object)
    return frame

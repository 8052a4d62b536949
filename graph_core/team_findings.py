"""The team's own findings: each is a source of its own, loaded as any other table, and can be taken back alone."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from graph_core import audit
from graph_core.belief import Writing
from graph_core.day import Day, Parameters
from graph_core.errors import InputError, UsageError
from graph_core.explain import explain
from graph_core.exposure.changes import changed_brands
from graph_core.graph import Graph, rows
from graph_core.workspace import Workspace
from loaders import pipeline
from loaders.base import Options, Reading, Report, source_row
from loaders.files.rawtable import RawTable
from loaders.formats.tables import LOADER

#: What the ids of such sources begin with, and their `format`, by which a flag policy can name them.
PREFIX, FORMAT = "team-findings:", "team"
#: Folder of the home that keeps what was written.
FOLDER = "team_findings"
_KIND = "team"
#: What a finding that is not there yet needs, and the option that says it.
_NEEDED = {"category": "--category", "valid_from": "--from"}
Row = dict[str, Any]


class TeamFindings:
    """Loader of one finding that was written by hand: format ``tables``, with a source that names its author.

    Parameters
    ----------
    source : mapping
        As of `loaders.base.source_row`.
    """

    name = "tables"
    title = "The team's own findings"
    summary = "one row of findings.csv"

    def __init__(self, source: Mapping[str, str | None]) -> None:
        self.source = source

    def read(self, path: Path, options: Options, report: Report) -> Iterator[Reading]:
        """Read the file that was just written."""
        for reading in LOADER.read(path, options, report):
            yield replace(reading, source={**self.source, "sha256": reading.source["sha256"]})

    def transform(self, raw: RawTable, options: Options) -> Iterator[Reading]:
        """Say what a corrected row means, as the format ``tables`` does."""
        yield from LOADER.transform(raw, options)


def add(workspace: Workspace, said: Row, today: str, as_of: str | None, writing: Writing | None = None) -> Row:
    """Keep a finding, and say which brands' figures it changed.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    said : dict
        A row of `graph_core.model.FINDINGS`; ``authority`` is the author. ``None``: not said.
    today : str
        Day of writing, ISO.
    as_of : str or None
        Day whose figures are compared; by default today, or the last or first day on which the finding stands.
    writing : callable, optional
        Opens the store for writing; by default as the workspace does.

    Returns
    -------
    dict
        ``finding`` and ``source`` (ids), ``changed`` (false: it says nothing new), ``as_of``, ``summary`` (what it
        flags that day), ``notes``, and ``brands`` (`graph_core.exposure.changes.changed_brands`).

    Raises
    ------
    UsageError
        Something that a new finding needs was not said.
    InputError
        A value cannot be used.
    """
    before = workspace.graph()
    row = _complete(said, before)
    source = _source(row, str(said["authority"]), today, [str(held.source["id"]) for held in workspace.store.held()])
    if _is_believed(row, before):
        return {"finding": row["id"], "source": None, "changed": False, "as_of": None, "brands": []}
    _load(workspace, row, source, writing or workspace.writing)
    after = workspace.graph()
    parameters = Parameters(as_of or _telling_day(row["id"], after, today))
    tables = [Day(graph, parameters).table for graph in (before, after)]
    return {
        "finding": row["id"],
        "source": source["id"],
        "changed": True,
        "as_of": parameters.as_of,
        **_reaches(row["id"], after, parameters),
        "brands": changed_brands(*tables),
    }


def _complete(said: Row, graph: Graph) -> Row:
    """The row with its id; refuses a new finding of which too little is said."""
    row = {key: value for key, value in said.items() if value is not None}
    known = graph["Finding"][graph["Finding"]["id"] == row.get("id", "")]
    if len(known):
        if not any(source.startswith(PREFIX) for source in known["sources"].iloc[0]):
            raise InputError(
                f"{row['id']!r} is a finding of a list, not of the team; reject its match (`tiertrace review reject`), "
                "or leave the list out by a flag policy"
            )
        # Who found it stays; who corrects it is the publisher of the new source.
        return {key: value for key, value in row.items() if key != "authority"}
    if "id" in row and row.get("status") == "retracted":
        raise UsageError(
            f"there is no finding {row['id']!r} to retract; `tiertrace statements ID` shows what a party has"
        )
    missing = [option for column, option in _NEEDED.items() if column not in row]
    missing += [] if "subject_id" in row or "subject_name" in row else ["--subject or --name"]
    missing += [] if "source_title" in row or "source_url" in row else ["--source"]
    if missing:
        raise UsageError(f"a new finding needs {', '.join(missing)} (or the --id of one that is to be corrected)")
    if "subject_id" in row and "subject_name" in row:
        raise UsageError("say --subject or --name, not both: an id says who it is, a name is matched")
    row.setdefault("kind", _KIND)
    row.setdefault("status", "standing")
    return {"id": row.get("id") or _id(row), **row}


def _id(row: Row) -> str:
    """Id of a finding by what it says, so that saying it twice makes one."""
    about = ("subject_id", "subject_name", "subject_country", "category", "valid_from", "authority", "source_title")
    said = "\x1f".join(str(row.get(key, "")) for key in (*about, "source_url", "scope_commodity", "scope_country"))
    return f"team:{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def _is_believed(row: Row, graph: Graph) -> bool:
    """Whether the graph holds all that is said already."""
    known = rows(graph["Finding"][graph["Finding"]["id"] == row["id"]])
    return bool(known) and all(known[0].get(key) == value for key, value in row.items())


def _source(row: Row, author: str, today: str, held: list[str]) -> dict[str, str | None]:
    """The source of one finding; its number keeps a repeated statement apart from the first one."""
    number = sum(identity.startswith(PREFIX) for identity in held)
    mark = hashlib.sha256(f"{number}\n{_text(row)}".encode()).hexdigest()[:12]
    title, url = f"Team findings: {row['id']}", row.get("source_url")
    return source_row(PREFIX + mark, title, FORMAT, "", publisher=author, url=url, retrieved_at=today)


def _text(row: Row) -> str:
    """The finding as a file of the format ``tables``."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(row), lineterminator="\n")
    writer.writeheader()
    writer.writerow(row)
    return file.getvalue()


def _load(workspace: Workspace, row: Row, source: Mapping[str, str | None], writing: Writing) -> None:
    folder = workspace.settings.home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"findings.{str(source['id']).removeprefix(PREFIX)}.csv"
    path.write_text(_text(row), encoding="utf-8")
    try:
        with writing() as store, audit.about(row["id"], what="team finding"):
            pipeline.load(store, TeamFindings(source), [path], home=workspace.settings.home)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _telling_day(finding: str, graph: Graph, today: str) -> str:
    """Today, or the day nearest to it on which the finding stands."""
    one = graph["Finding"][graph["Finding"]["id"] == finding]
    begin, end = (one[column].dropna().tolist() for column in ("valid_from", "valid_to"))
    if end and end[0] <= today:
        return (date.fromisoformat(end[0]) - timedelta(days=1)).isoformat()
    return begin[0] if begin and begin[0] > today else today


def _reaches(finding: str, graph: Graph, parameters: Parameters) -> Row:
    """What it flags, and what a reader should know where it reaches nobody."""
    found = explain(graph, parameters, finding)
    notes = []
    if not found["findings"]:
        notes.append(
            "It is about no party that is loaded: no id and no distinctive name fits. It waits until one is loaded; "
            "`tiertrace match` shows what is near."
        )
    return {"summary": found["summary"], "notes": notes}

"""Who said what: every value of a party, link, holding or finding with its sources, original text and dates.

What sources said is never thrown away when they contradict each other. What is *shown* of conflicting values follows
one rule, in this order:

1. Of a property, the latest statement that is not empty. Deliveries of one list that is published again and again
   count by their own days, all else by when it was loaded.
2. Of a link, between sources the latest statement that has figures; within one source figures add up.
3. Names that are not shown stay as aliases; several values in one cell (sectors, identifiers) all stand.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

from graph_core.derive import Said
from graph_core.errors import NotFoundError
from graph_core.graph import Graph
from graph_core.model import TABLES, Kind

#: Columns of the result.
COLUMNS = [
    "table", "subject", "property", "value", "original", "sources", "lines", "first_seen", "last_seen", "shown",
]  # fmt: skip
#: Which columns of a record table may hold the id that is asked for.
_ABOUT = {
    "organizations": ("id",),
    "facilities": ("id", "operator_id"),
    "ownership": ("owner_id", "owned_id"),
    "links": ("supplier_id", "buyer_id"),
    "findings": ("id", "subject_id"),
    "coverage": ("buyer_id",),
    "lists": ("buyer_id", "id"),
}
_NODES = {"organizations": "Organization", "facilities": "Facility", "findings": "Finding"}
_NOT_SAID = {"line", "original", "first_seen", "last_seen", "records", "origin", "source", "list_id"}


def statements(record_sets: Sequence[Said], graph: Graph, party: str) -> pd.DataFrame:
    """All that any source said about a party or finding.

    Parameters
    ----------
    record_sets : sequence
        What sources said.
    graph : Graph
        What is believed of it.
    party : str
        Id of an organization, facility or finding. Of a party with several ids all of them are looked for; what a
        statement is about is named as its source names it.

    Returns
    -------
    DataFrame
        One row a distinct statement, columns `COLUMNS`: record table; what it is about (an id, or two joined by an
        arrow for links and holdings); property; value; the text that was read where it differs from the value; ids of
        the sources that say so; lines of their files; first and last date on which a source says so (absent: no source
        has a date); and whether the graph shows this value.

    Raises
    ------
    NotFoundError
        No source says anything about this id.
    """
    days = _list_days(record_sets)
    one = graph.merged.get(party, party)
    ids = {one, *(other for other, shown in graph.merged.items() if shown == one)}
    found: list[dict[str, Any]] = []
    for record_set in record_sets:
        for table, columns in _ABOUT.items():
            frame = record_set.frames.get(table)
            if frame is None or not len(frame):
                continue
            about = pd.concat([frame[column].isin(ids) for column in columns if column in frame], axis=1).any(axis=1)
            for row in frame[about].to_dict("records"):
                found += _said(table, {str(k): v for k, v in row.items()}, record_set, days)
    if not found:
        raise NotFoundError(f"no source says anything about {party!r}; is it the id as it is shown everywhere?")
    return _merged(pd.DataFrame(found), graph)


def _list_days(record_sets: Sequence[Said]) -> dict[str, str]:
    """First day of every dated list."""
    frames = [s.frames["lists"] for s in record_sets if "lists" in s.frames]
    return {} if not frames else dict(pd.concat(frames)[["id", "date"]].itertuples(index=False, name=None))


def _said(table: str, row: dict[str, Any], record_set: Said, days: dict[str, str]) -> list[dict[str, Any]]:
    """Statements of one record, one a value."""
    known = {key: value for key, value in row.items() if not _absent(value)}
    original = json.loads(known.get("original", "{}"))
    source = str(known.get("source", record_set.source["id"]))
    day = days.get(str(known.get("list_id"))) or record_set.source.get("retrieved_at")
    base = {
        "table": table,
        "subject": _subject(table, known),
        "sources": source,
        "lines": int(known.get("line", 0)),
        "first_seen": known.get("first_seen", day),
        "last_seen": known.get("last_seen", day),
    }
    columns = [c for c in TABLES[table].columns if c.name in known and c.name not in _NOT_SAID]
    told = [c for c in columns if c.name not in TABLES[table].key or c.name in ("product", "hs", "valid_from", "kind")]
    found: list[dict[str, Any]] = []
    for column in told:
        values = str(known[column.name]).split("|") if column.kind is Kind.TEXTS else [known[column.name]]
        text = original.get(column.name)
        found += [base | {"property": column.name, "value": value, "original": text} for value in values]
    return found or [base | {"property": "", "value": "", "original": None}]


def _absent(value: object) -> bool:
    return value is None or value is pd.NA or value != value  # noqa: PLR0124 - not a number


def _subject(table: str, row: dict[str, Any]) -> str:
    if table == "links":
        return f"{row['supplier_id']} -> {row['buyer_id']}"
    if table == "ownership":
        return f"{row['owner_id']} -> {row['owned_id']}"
    return str(row.get("id", row.get("buyer_id")))


def _merged(said: pd.DataFrame, graph: Graph) -> pd.DataFrame:
    """Equal statements of several records as one, and whether each is shown."""
    said["text"] = said["value"].astype("str")
    keys = ["table", "subject", "property", "text"]
    groups = said.groupby(keys, sort=True, dropna=False)
    out = groups.agg(
        value=("value", "first"),
        original=("original", lambda texts: next((text for text in texts if not _absent(text)), None)),
        sources=("sources", lambda ids: sorted(set(ids))),
        lines=("lines", lambda numbers: sorted(set(numbers))),
        first_seen=("first_seen", lambda dates: min((d for d in dates if not _absent(d)), default=None)),
        last_seen=("last_seen", lambda dates: max((d for d in dates if not _absent(d)), default=None)),
    ).reset_index()
    shown = _Shown(graph)
    rows = zip(out["table"], out["subject"], out["property"], out["value"], strict=True)
    out["shown"] = [shown.has(*row) for row in rows]
    return out[COLUMNS]


class _Shown:
    """What the graph shows of a thing."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._known: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def has(self, table: str, subject: str, name: str, value: object) -> bool:
        """Whether the graph holds this value of a property, as it is or as one of several."""
        things = self._things(table, subject)
        if not name:
            return bool(things)
        for thing in things:
            held = thing.get("valid_from" if name == "date" else name)
            if isinstance(held, list):
                if value in held:
                    return True
            elif held == value or (name == "operator_id" and value in thing.get("operators", ())):
                return True
        return False

    def _things(self, table: str, subject: str) -> list[dict[str, Any]]:
        key = (table, subject)
        if key not in self._known:
            self._known[key] = self._rows(table, subject)
        return self._known[key]

    def _rows(self, table: str, subject: str) -> list[dict[str, Any]]:
        graph = self._graph
        subject = graph.merged.get(subject, subject)
        if table in ("links", "ownership"):
            start, end = (graph.merged.get(one, one) for one in subject.split(" -> ", 1))
            frame = graph["SUPPLIES" if table == "links" else "OWNS"]
            frame = frame[(frame["start"] == start) & (frame["end"] == end)]
        elif table in _NODES:
            labels = ("Facility", "Organization") if table != "findings" else ("Finding",)
            frame = pd.concat([graph[label][graph[label]["id"] == subject] for label in labels])
        elif table == "coverage":
            frame = graph["CoverageStatement"][graph["CoverageStatement"]["buyer_id"] == subject]
        else:
            frame = graph["DisclosureList"][graph["DisclosureList"]["id"] == subject]
        rows = [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]
        if table == "facilities":
            operators = graph["OPERATES"].loc[graph["OPERATES"]["end"] == subject, "start"].tolist()
            rows = [row | {"operators": operators} for row in rows]
        return rows

"""Answers to Cypher as tables and as parties to go to: what the Cypher page shows, without Streamlit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from graph_core.graph import Graph
from graph_core.queries import NamedQuery
from graph_core.viz.answer import name_of

#: Families of the catalogue, as people call them.
FAMILIES = {"explore": "Explore", "exposure": "Exposure and findings", "quality": "Quality of the data"}


def matching(catalogue: dict[str, NamedQuery], text: str) -> dict[str, list[NamedQuery]]:
    """Queries by family in which all words of a text occur, in title, summary, name, parameters or columns."""
    words = text.casefold().split()
    found: dict[str, list[NamedQuery]] = {}
    for query in catalogue.values():
        names = [p.name for p in query.parameters] + [c.name for c in query.returns]
        said = " ".join([query.title, query.summary, query.name, *names]).casefold()
        if all(word in said for word in words):
            found.setdefault(query.family, []).append(query)
    return {family: sorted(found[family], key=lambda q: q.title) for family in FAMILIES if family in found}


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """An answer as a table: numbers, yes and no and texts as they are, anything else in words.

    A column of several types becomes text, since a table shows one type a column.
    """
    frame = pd.DataFrame([[_cell(value) for value in row] for row in rows], columns=_unlike(columns), dtype=object)
    for name in frame.columns:
        kinds = {type(value) for value in frame[name] if value is not None}
        if len(kinds) > 1 and not kinds <= {int, float}:
            frame[name] = [None if value is None else str(value) for value in frame[name]]
    return frame.infer_objects()


def _unlike(columns: Sequence[str]) -> list[str]:
    """Names of columns, made different where a statement gave one twice."""
    seen: dict[str, int] = {}
    names = []
    for column in columns:
        seen[column] = seen.get(column, 0) + 1
        names.append(column if seen[column] == 1 else f"{column} ({seen[column]})")
    return names


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value if not isinstance(value, int) or abs(value) < 2**63 else str(value)
    return words(value)


def words(value: Any) -> str:
    """A value of an answer in words: a node by its name and id, a relationship by its ends, a path step by step."""
    if isinstance(value, list):
        return ", ".join(words(item) for item in value)
    if not isinstance(value, dict):
        return "" if value is None else str(value)
    if value.keys() == {"labels", "properties"}:
        identity = value["properties"].get("id")
        name = name_of(value["properties"]) or "/".join(value["labels"])
        return name if identity in (None, name) else f"{name} ({identity})"
    if value.keys() == {"type", "start", "end", "properties"}:
        return f"{value['start'] or '?'} -{value['type']}-> {value['end'] or '?'}"
    if value.keys() == {"nodes", "relationships"}:
        return " - ".join(words(node) for node in value["nodes"])
    return json.dumps(value, ensure_ascii=False)


def ids_in(row: Sequence[Any]) -> Iterator[str]:
    """Every text of a row that could be an id, wherever it stands; each once, in order."""
    seen: set[str] = set()
    waiting = list(reversed(row))
    while waiting:
        value = waiting.pop()
        if isinstance(value, str) and value not in seen:
            seen.add(value)
            yield value
        elif isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            waiting.extend(reversed(list(value.values())))


def parties_in(graph: Graph, row: Sequence[Any], most: int = 12) -> list[dict[str, str]]:
    """Organizations and facilities that a row names by id.

    Returns
    -------
    list of dict
        ``id``, ``name`` and ``page``: ``brand`` for a brand, else ``site``; in the order of the row.
    """
    wanted = list(ids_in(row))
    found: dict[str, dict[str, str]] = {}
    for label in ("Organization", "Facility"):
        parties = graph[label]
        for one in parties[parties["id"].isin(wanted)].to_dict("records"):
            page = "brand" if label == "Organization" and one["brand"] is True else "site"
            found.setdefault(one["id"], {"id": one["id"], "name": one["name"] or one["id"], "page": page})
    return [found[identity] for identity in wanted if identity in found][:most]

"""Two sides of a pair that waits, beside each other: which parts agree, which differ, and which nobody knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from anyascii import anyascii

from graph_core.candidates import FINDING
from graph_core.derive import site_countries
from graph_core.graph import Graph, rows
from graph_core.resolve.alike import parties_of, subjects_of
from graph_core.resolve.compare import PARTS, compare, model
from graph_core.resolve.names import fold
from graph_core.ui.words import CATEGORY
from graph_core.viz.text import clean

Token = dict[str, Any]

#: How a part of a pair is marked, and the word that says so.
SAME, PARTLY, DIFFERS, UNKNOWN = "same", "partly", "differs", "unknown"
WORDS = {SAME: "agree", PARTLY: "agree in part", DIFFERS: "differ", UNKNOWN: "not known on both sides"}
#: Parts of the comparison (`graph_core.resolve.compare.PARTS`) -> their levels that agree, and that agree in part.
_AGREE = {
    "name": (("equal", "spelling", "sound"), ("close", "stem", "held", "word", "alike")),
    "country": (("same",), ()),
    "address": (("same",), ("close", "partly")),
    "identifiers": (("equal",), ()),
    "distance": (("same", "near"), ()),
}
_WORD = re.compile(r"\w+|\W+")


def sides(graph: Graph, left: str, right: str, kind: str) -> dict[str, Any]:
    """Give the data of the view of a pair.

    Parameters
    ----------
    graph : Graph
        What is believed.
    left, right : str
        A finding and a party, or two parties.
    kind : str
        Which of the two.

    Returns
    -------
    dict
        ``heads``: what the two sides are. ``rows``: parts with ``label``, ``mark`` (`WORDS`; empty where a part is not
        compared), ``words`` (what the comparison says of it), and the two sides ``left`` and ``right``, each a list of
        values; a value is a list of tokens ``{text, same}`` (``same`` ``None``: not compared) or ``{url, text}``.
    """
    first = _finding(graph, left) if kind == FINDING else _party(graph, left)
    second = _party(graph, right)
    levels = _levels(graph, left, right, kind)
    compared = [
        _compared("Names", first["names"], second["names"], levels, "name", ("form", "number", "telling")),
        _compared("Country", first["country"], second["country"], levels, "country"),
        _compared("Address", first["address"], second["address"], levels, "address", ("house",)),
        _compared("Identifiers", first["identifiers"], second["identifiers"], levels, "identifiers", whole=True),
        _compared("Point", first["point"], second["point"], levels, "distance", whole=True),
    ]
    labels = [*dict.fromkeys([*first["facts"], *second["facts"]])]
    told = [
        {
            "label": label,
            "mark": "",
            "words": "",
            "left": first["facts"].get(label, []),
            "right": second["facts"].get(label, []),
        }
        for label in labels
    ]
    shown = [row for row in [*compared, *told] if row["left"] or row["right"]]
    return {"heads": [first["head"], second["head"]], "rows": shown, "words": WORDS}


# --- what each side is -----------------------------------------------------------------------------------------


def _finding(graph: Graph, identity: str) -> dict[str, Any]:
    row = _row(graph, ("Finding",), identity)
    scope = [row[name] for name in ("scope_commodity", "scope_country", "scope_region") if row.get(name)]
    title = row["source_title"] or identity
    source = [{"url": row["source_url"], "text": clean(title)}] if row["source_url"] else [{"text": clean(title)}]
    return {
        "head": {"kind": "Finding", "name": clean(row["subject_name"] or "no name stated"), "id": identity},
        "names": _names(row["subject_name"], row["subject_aliases"]),
        "country": _one(row["subject_country"]),
        "address": [],
        "identifiers": [],
        "point": [],
        "facts": {
            "What it is": _plain(CATEGORY.get(row["category"], row["category"]), row["kind"], row["status"]),
            "Authority": _plain(row["authority"]),
            "Stands": _plain(_period(row["valid_from"], row["valid_to"])),
            "Limited to": _plain(*scope),
            "Said in": [source],
            "Note": _plain(row["note"]),
            "Sources": _sources(graph, row["sources"]),
        },
    }


def _party(graph: Graph, identity: str) -> dict[str, Any]:
    labels = {"Facility": "Site", "Organization": "Company"}
    row = _row(graph, tuple(labels), identity)
    numbers = [
        *([f"LEI:{row['lei']}"] if row.get("lei") else []),
        *([f"OS-ID:{row['os_id']}"] if row.get("os_id") else []),
        *row["identifiers"],
    ]
    point = f"{row['lat']:.3f}, {row['lon']:.3f}" if row.get("lat") is not None and row.get("lon") is not None else ""
    precision = f" ({row['precision']})" if point and row.get("precision") else ""
    return {
        "head": {"kind": labels[row["label"]], "name": clean(row["name"]), "id": identity},
        "names": _names(row["name"], row["aliases"]),
        "country": _one(row["country"]),
        "address": _one(row["address"]),
        "identifiers": list(dict.fromkeys(numbers)),
        "point": _one(point + precision),
        "facts": {
            "Product": _plain(row.get("product")),
            "Kind of site": _plain(*(row.get("facility_type") or []), *(row.get("sector") or [])),
            "Run by": _plain(*_named(graph, _ends(graph["OPERATES"], "end", identity, "start"))),
            "Delivers to": _plain(*_few(_named(graph, _ends(graph["SUPPLIES"], "start", identity, "end")))),
            "Note": _plain(row.get("note")),
            "Sources": _sources(graph, row["sources"]),
        },
    }


def _row(graph: Graph, labels: Sequence[str], identity: str) -> dict[str, Any]:
    for label in labels:
        found = graph[label][graph[label]["id"] == identity]
        if len(found):
            return {**rows(found)[0], "label": label}
    return {"label": labels[-1], "name": identity, "subject_name": identity, **_EMPTY}


#: Of a party that another decision made one with another one meanwhile only the id is left.
_EMPTY: dict[str, Any] = {
    **dict.fromkeys(("country", "address", "subject_country", "source_title", "source_url", "category", "kind")),
    **dict.fromkeys(("status", "authority", "valid_from", "valid_to", "note")),
    "aliases": [],
    "subject_aliases": [],
    "identifiers": [],
    "sources": [],
}


def _ends(links: pd.DataFrame, side: str, identity: str, other: str) -> list[str]:
    return list(dict.fromkeys(links.loc[links[side] == identity, other]))


def _named(graph: Graph, ids: Sequence[str]) -> list[str]:
    found = [graph[label][graph[label]["id"].isin(ids)] for label in ("Organization", "Facility")]
    return [clean(name) for frame in found for name in frame["name"]]


def _few(names: list[str], most: int = 6) -> list[str]:
    return names if len(names) <= most else [*names[:most], f"and {len(names) - most:,} more"]


def _sources(graph: Graph, ids: Iterable[str]) -> list[list[Token]]:
    """Titles of sources with the day on which each was retrieved."""
    known = graph["Source"][graph["Source"]["id"].isin(list(ids))]
    return [
        [{"text": clean(row["title"] or row["id"]) + (f", of {row['retrieved_at']}" if row["retrieved_at"] else "")}]
        for row in rows(known)
    ]


def _period(begin: str | None, end: str | None) -> str:
    return f"from {begin or 'not dated'}" + (f" until {end}" if end else ", not ended")


def _one(text: str | None) -> list[str]:
    return [text] if text else []


def _names(name: str | None, others: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for text in (name, *others) if text))


def _plain(*values: str | None) -> list[list[Token]]:
    return [[{"text": clean(str(value))}] for value in values if value]


# --- what agrees -----------------------------------------------------------------------------------------------


def _levels(graph: Graph, left: str, right: str, kind: str) -> dict[str, str]:
    """Level of every part of the pair, as the scoring sees it; empty where a side is not known."""
    sites = site_countries(graph.tables)

    def party(identity: str) -> pd.DataFrame:
        some = [graph[label][graph[label]["id"] == identity] for label in ("Organization", "Facility")]
        return parties_of(some[0], some[1], sites)

    one = subjects_of(graph["Finding"][graph["Finding"]["id"] == left]) if kind == FINDING else party(left)
    other = party(right)
    if len(one) != 1 or len(other) != 1:
        return {}
    found = compare(one, other).iloc[0]
    return {part: model()[part].levels[int(found[part])] for part in PARTS}


def _compared(
    label: str,
    left: Sequence[str],
    right: Sequence[str],
    levels: Mapping[str, str],
    part: str,
    beside: Sequence[str] = (),
    *,
    whole: bool = False,
) -> dict[str, Any]:
    level = levels.get(part, "absent")
    same, partly = _AGREE[part]
    mark = SAME if level in same else PARTLY if level in partly else UNKNOWN if level == "absent" else DIFFERS
    said = [_said(one, levels[one]) for one in (part, *beside) if one in levels]
    split = _whole if whole else _words
    return {
        "label": label,
        "mark": mark,
        "words": "; ".join(filter(None, said)),
        "left": [_tokens(text, right, split) for text in left],
        "right": [_tokens(text, left, split) for text in right],
    }


def _said(part: str, level: str) -> str:
    return model()[part].words[model()[part].levels.index(level)]


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _whole(text: str) -> list[str]:
    return [text]


def _tokens(text: str, others: Sequence[str], split: Any) -> list[Token]:
    """A value as tokens, each with whether the other side has it, in its own script or read in Latin letters."""
    text = clean(text)
    if not others:
        return [{"text": text}, *_reading(text)]
    known = {key for other in others for word in split(clean(other)) for key in _keys(word)}
    found: list[Token] = []
    for word in split(text):
        keys = _keys(word)
        found.append({"text": word, "same": bool(keys & known) if keys else None})
    return [*found, *_reading(text)]


def _keys(word: str) -> set[str]:
    return {key for key in (fold(word), fold(anyascii(word))) if key}


def _reading(text: str) -> list[Token]:
    """How a name in another script reads in Latin letters."""
    letters = [letter for letter in text if letter.isalpha()]
    foreign = [letter for letter in letters if not anyascii(letter).isascii() or ord(letter) > 0x24F]
    if not letters or len(foreign) < len(letters) / 2:
        return []
    return [{"text": f" (reads {anyascii(text)})", "muted": True}]

"""The search of the top bar: brands, companies and sites by any name, alias or identifier, from every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import streamlit as st

from graph_core.errors import TiertraceError
from graph_core.graph import Graph
from graph_core.search import Grade, Hit, findings_on, index_of
from graph_core.ui import components, people, state
from graph_core.ui.words import CATEGORY
from graph_core.viz.text import clean, listing, shorten

#: Parties that are listed.
_MOST = 10
#: Seconds that a run waits for the index of a small graph; a large one is asked for again.
_PATIENCE = 0.3
#: Findings that count as forced labour wherever nothing else is chosen.
_FORCED = {"forced_labour", "forced_child_labour"}
_KEY = "search"
#: Findings that stand, by day.
_FINDINGS: WeakKeyDictionary[Graph, dict[str, dict[str, tuple[str, ...]]]] = WeakKeyDictionary()


@st.fragment
def search_box() -> None:
    """Show the search box; typing runs this alone again."""
    typed = str((st.session_state.get(_KEY) or {}).get("typed") or "")
    try:
        people.stay()
        data = _answer(typed)
    except TiertraceError as error:
        data = {"typed": typed, "hits": [], "note": str(error), "building": False}
    components.search_box(data, key=_KEY)


def _answer(typed: str) -> dict[str, Any]:
    graph = state.workspace().held()
    # Asked for at once, so that it is there when somebody types.
    index = index_of(graph, _PATIENCE if typed else 0.0)
    if not typed:
        return {"typed": "", "hits": [], "note": "", "building": False}
    if index is None:
        return {"typed": typed, "hits": [], "note": "Names are being read ...", "building": True}
    findings = _findings(graph, state.view().as_of)
    found = index.find(typed, _MOST)
    return {
        "typed": typed,
        "hits": [hit_data(hit, findings) for hit in found],
        "note": _note(found),
        "building": False,
    }


def _findings(graph: Graph, day: str) -> dict[str, tuple[str, ...]]:
    known = _FINDINGS.setdefault(graph, {})
    if day not in known:
        known[day] = findings_on(graph, day)
    return known[day]


def _note(found: Sequence[Hit]) -> str:
    if not found:
        return "Nothing is called so. Try fewer letters, or another spelling or identifier."
    if len(found) == _MOST:
        return f"The nearest {_MOST}. Type more to narrow."
    return ""


def hit_data(hit: Hit, findings: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Give the data of one line of the list.

    Parameters
    ----------
    hit : Hit
        What was found.
    findings : mapping
        Categories of the findings that stand on the day, by party (`graph_core.search.findings_on`).
    """
    categories = [CATEGORY.get(one, one.replace("_", " ")) for one in findings.get(hit.id, ())]
    brand = hit.kind == "brand"
    return {
        "name": shorten(clean(hit.name), 60),
        "facts": ", ".join(part for part in (hit.kind, hit.country) if part),
        "matched": _matched(hit),
        "finding": f"finding on this day: {listing(categories)}" if categories else "",
        "flagged": bool(_FORCED & set(findings.get(hit.id, ()))),
        "page": "brand" if brand else "site",
        "set": {"brand" if brand else "site": hit.id},
    }


def _matched(hit: Hit) -> str:
    """What agreed, where it is not the name that is shown, or not letter by letter."""
    alike = hit.grade is Grade.TYPO
    if hit.what == "name":
        return "similar spelling" if alike else ""
    return f"{'similar ' if alike else ''}{hit.what}: {shorten(clean(hit.matched), 60)}"

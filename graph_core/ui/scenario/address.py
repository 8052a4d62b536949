"""A scenario in the address: a key for each kind of change, once for each change, so that a link holds all of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from graph_core.errors import TiertraceError
from graph_core.graph import Graph
from graph_core.scenario import Change, Scenario
from graph_core.scenario_text import FORMS, read_change, written


@dataclass(frozen=True)
class Said:
    """One change as the address says it.

    Attributes
    ----------
    kind, text : str
        Key and value in the address.
    change : Change or None
        What that means; ``None`` where it means nothing.
    fault : str
        Why it means nothing; empty where it does.
    """

    kind: str
    text: str
    change: Change | None
    fault: str = ""


def texts() -> tuple[tuple[str, str], ...]:
    """Kinds and values that stand in the address, in its order within a kind."""
    return tuple((kind, text) for kind in FORMS for text in dict.fromkeys(st.query_params.get_all(kind)) if text)


def read(said: Iterable[tuple[str, str]], graph: Graph) -> list[Said]:
    """Read what stands in the address; what cannot be read is kept with its reason."""
    return [_read(kind, text, graph) for kind, text in said]


def _read(kind: str, text: str, graph: Graph) -> Said:
    try:
        return Said(kind, text, read_change(kind, text, graph, escaped=True))
    except TiertraceError as error:
        return Said(kind, text, None, str(error))


def put(pairs: Iterable[tuple[str, str]]) -> None:
    """Let the address say these changes and no other, as one entry of the history."""
    by_kind: dict[str, list[str]] = {kind: [] for kind in FORMS}
    for kind, text in dict.fromkeys(pairs):
        by_kind[kind].append(text)
    st.query_params.update(by_kind)


def pairs_of(changes: Iterable[Change]) -> list[tuple[str, str]]:
    """Changes as pairs of kind and value."""
    return [(change.kind, written(change)) for change in changes]


def add(changes: Iterable[Change], there: Iterable[Said]) -> None:
    """Put more changes into the address; of those that are there, one about the same thing gives way."""
    new = list(changes)
    about = {change.about for change in new}
    left = [(one.kind, one.text) for one in there if one.change is None or one.change.about not in about]
    put([*left, *pairs_of(new)])


def open_scenario(scenario: Scenario, *, more: bool = False) -> None:
    """Put a scenario into the address, instead of what is there or beside it."""
    put([*(texts() if more else ()), *pairs_of(scenario.changes)])

"""The queue of pairs that wait for a person, kept from one run of the page to the next.

After a decision on a finding and a party all links are as they were, so that only the pairs are looked at again: how
likely and how weighty the others are was known before. So the next pair is there at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from graph_core import candidates
from graph_core.day import Day, Parameters
from graph_core.graph import Graph
from graph_core.model import Verdict
from graph_core.ui import deciding, jobs, state

#: The job that looks for parties that may be one.
KEY = "duplicates"
_LOCK = threading.RLock()
#: Tables on which probabilities and stakes rest.
_GROUND = ("SUPPLIES", "OPERATES", "OWNS", "Organization", "Facility", "Finding", "CoverageStatement")


@dataclass
class _Kept:
    """What is known of the pairs of one ground."""

    graph: Graph
    pairs: dict[str, pd.DataFrame] = field(default_factory=dict)
    of: dict[str, Graph] = field(default_factory=dict)
    stakes: dict[Parameters, dict[str, float]] = field(default_factory=dict)
    seen: dict[str, pd.DataFrame] = field(default_factory=dict)


_KEPT: list[_Kept] = []


def _kept(graph: Graph) -> _Kept:
    """What is kept of a graph, or of one that differs in decisions on findings only."""
    if not (_KEPT and all(graph[name] is _KEPT[0].graph[name] for name in _GROUND)):
        fresh = _Kept(graph)
        if _KEPT and candidates.PARTY in _KEPT[0].pairs:  # shown until they were looked for again
            fresh.pairs[candidates.PARTY] = _still(_KEPT[0].pairs[candidates.PARTY], graph)
        _KEPT[:] = [fresh]
    return _KEPT[0]


def _still(pairs: pd.DataFrame, graph: Graph) -> pd.DataFrame:
    """Pairs of parties that are still two, and that nobody decided on."""
    ids = {*graph["Organization"]["id"], *graph["Facility"]["id"]}
    judged = deciding.judged()
    judged = judged[judged["verdict"] != Verdict.UNSURE]
    decided = {frozenset(pair) for pair in zip(judged["left"], judged["right"], strict=True)}
    sides = zip(pairs["left"], pairs["right"], strict=True)
    return pairs[[{*pair} <= ids and frozenset(pair) not in decided for pair in sides]].reset_index(drop=True)


def day_of(view: state.View) -> Day:
    """The day of a view; while decisions are being written the one that is held, so that nobody waits for them."""
    if deciding.deciding().waiting():
        return state.workspace().day(view.parameters, held=True)
    return view.day()


def findings(view: state.View) -> pd.DataFrame:
    """Findings and parties that wait, as `queue` gives them."""
    graph = day_of(view).graph
    with _LOCK:
        kept = _kept(graph)
        if kept.of.get(candidates.FINDING) is not graph:
            kept.of[candidates.FINDING] = graph
            kept.pairs[candidates.FINDING] = candidates.findings_waiting(graph)
        return _queue(kept, view, candidates.FINDING)


def parties(view: state.View) -> pd.DataFrame | None:
    """Parties that may be one, as `queue` gives them; ``None`` while they are looked for in the background."""
    graph = day_of(view).graph
    with _LOCK:
        kept = _kept(graph)
        done = jobs.take(KEY)
        if done is not None and done.result is not None and all(done.result[0][n] is graph[n] for n in _GROUND):
            kept.of[candidates.PARTY], kept.pairs[candidates.PARTY] = done.result
        found = _queue(kept, view, candidates.PARTY) if candidates.PARTY in kept.pairs else None
        current = candidates.PARTY in kept.of
    if not current:
        jobs.start(KEY, "Looking for parties that may be one", _look(graph, deciding.judged()))
    return found


def _look(graph: Graph, judged: pd.DataFrame) -> Callable[[jobs.Report], tuple[Graph, pd.DataFrame]]:
    def work(report: jobs.Report) -> tuple[Graph, pd.DataFrame]:
        report("comparing names, addresses and places", 0, 0)
        return graph, candidates.parties_waiting(graph, judged)

    return work


def _queue(kept: _Kept, view: state.View, kind: str) -> pd.DataFrame:
    """Pairs of a kind in the order of what they could change, without those that are decided already.

    Returns
    -------
    DataFrame
        Columns `graph_core.candidates.COLUMNS`, ``stake``, and ``unsure``: whether somebody looked and could not tell.
    """
    pairs = kept.pairs[kind]
    seen = kept.seen.get(kind)
    kept.seen[kind] = pairs if seen is None else pd.concat([pairs, seen]).drop_duplicates("item", ignore_index=True)
    pairs = _as_decided(pairs, kept.seen[kind])
    known = kept.stakes.setdefault(view.parameters, {})
    absent = kept.seen[kind][~kept.seen[kind]["item"].isin(list(known))]
    if len(absent):
        known |= dict(zip(absent["item"], candidates.stakes(day_of(view).table, absent), strict=True))
    pairs = pairs.assign(stake=pairs["item"].map(known), unsure=pairs["judged_by"] != "rule")
    return pairs.sort_values(
        ["unsure", "stake", "probability", "left", "right"],
        ascending=[True, False, False, True, True],
        kind="stable",
        ignore_index=True,
    )


def _as_decided(pairs: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """Pairs as they will stand once all that was decided is written."""
    waiting = deciding.deciding().waiting()
    if not waiting:
        return pairs
    verdicts = [waiting.get(frozenset(pair)) for pair in zip(pairs["left"], pairs["right"], strict=True)]
    unsure = pd.Series([verdict is Verdict.UNSURE for verdict in verdicts], index=pairs.index)
    pairs = pairs.assign(judged_by=pairs["judged_by"].mask(unsure, "you"))
    gone = [verdict in (Verdict.POSITIVE, Verdict.NEGATIVE) for verdict in verdicts]
    back = [waiting.get(frozenset(pair)) is Verdict.UNDONE for pair in zip(seen["left"], seen["right"], strict=True)]
    both = pd.concat([pairs[[not one for one in gone]], seen[back].assign(judged_by="rule")])
    return both.drop_duplicates("item", ignore_index=True)

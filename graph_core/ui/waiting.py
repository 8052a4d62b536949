"""The queue of pairs that wait for a person, kept from one run of the page to the next.

After a decision on a finding and a party all links are as they were, so that only the pairs are looked at again: how
likely and how weighty the others are was known before. So the next pair is there at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from graph_core import candidates
from graph_core.day import Day, Parameters
from graph_core.graph import Graph
from graph_core.model import Verdict
from graph_core.ui import deciding, jobs, kept, state

#: The job that looks for parties that may be one.
KEY = "duplicates"
_LOCK = threading.RLock()
#: Tables on which probabilities and stakes rest.
_GROUND = ("SUPPLIES", "OPERATES", "OWNS", "Organization", "Facility", "Finding", "CoverageStatement")


@dataclass
class _Kept:
    """What is known of the pairs of one ground.

    Attributes
    ----------
    graph : Graph
        The ground.
    pairs, of : dict
        Pairs of each kind, and the graph of which they are.
    stakes : dict
        How much each pair could change, by day and filters.
    seen : dict
        All pairs that ever waited, of each kind.
    queues : dict
        The queue of each kind, with what it was made of.
    asked : str
        Token of the job that looks for parties that may be one.
    ended : Job or None
        That job, where it gave none: it is not begun again before a person asks for it.
    """

    graph: Graph
    pairs: dict[str, pd.DataFrame] = field(default_factory=dict)
    of: dict[str, Graph] = field(default_factory=dict)
    stakes: dict[Parameters, dict[str, float]] = field(default_factory=dict)
    seen: dict[str, pd.DataFrame] = field(default_factory=dict)
    queues: dict[str, tuple[tuple[object, ...], pd.DataFrame]] = field(default_factory=dict)
    asked: str = ""
    ended: jobs.Job | None = None


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
    judged = kept.judgements()
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
    """Findings and parties that wait, as `_ordered` gives them."""
    graph = day_of(view).graph
    with _LOCK:
        known = _kept(graph)
        if known.of.get(candidates.FINDING) is not graph:
            known.of[candidates.FINDING] = graph
            known.pairs[candidates.FINDING] = candidates.findings_waiting(graph)
        return _queue(known, view, candidates.FINDING)


def parties(view: state.View) -> pd.DataFrame | None:
    """Parties that may be one, as `_ordered` gives them; ``None`` while they are looked for in the background."""
    graph = day_of(view).graph
    with _LOCK:
        known = _kept(graph)
        _take(known)
        if candidates.PARTY not in known.of and known.ended is None:
            known.asked = jobs.start(KEY, "Looking for parties that may be one", _look(graph)) or known.asked
        return _queue(known, view, candidates.PARTY) if candidates.PARTY in known.pairs else None


def _take(known: _Kept) -> None:
    """Keep what the job came to, where it was begun for this ground."""
    done = jobs.take(KEY)
    if done is None or done.token != known.asked:
        return
    if done.state is jobs.State.DONE:
        known.of[candidates.PARTY], known.pairs[candidates.PARTY] = done.result
    else:
        known.ended = done


def ended(view: state.View) -> jobs.Job | None:
    """The job that looked for parties that may be one, where it failed or was cancelled."""
    with _LOCK:
        return _kept(day_of(view).graph).ended


def again(view: state.View) -> None:
    """Let parties that may be one be looked for again."""
    with _LOCK:
        _kept(day_of(view).graph).ended = None


def _look(graph: Graph) -> Callable[[jobs.Report], tuple[Graph, pd.DataFrame]]:
    def work(report: jobs.Report) -> tuple[Graph, pd.DataFrame]:
        report("comparing names, addresses and places", 0, 0)
        return graph, candidates.parties_waiting(graph, kept.judgements())

    return work


def _queue(known: _Kept, view: state.View, kind: str) -> pd.DataFrame:
    """The queue of a kind; made again only where pairs, decisions, or the day changed."""
    decided = deciding.deciding().waiting()
    made_of = (known.pairs[kind], view.parameters, decided)
    before, queue = known.queues.get(kind, ((None,), pd.DataFrame()))
    if before[0] is not made_of[0] or before[1:] != made_of[1:]:
        queue = _ordered(known, view, kind, decided)
        known.queues[kind] = made_of, queue
    return queue


def _ordered(known: _Kept, view: state.View, kind: str, decided: Mapping[frozenset[str], Verdict]) -> pd.DataFrame:
    """Pairs of a kind in the order of what they could change, without those that are decided already.

    Returns
    -------
    DataFrame
        Columns `graph_core.candidates.COLUMNS`, ``stake``, and ``unsure``: whether somebody looked and could not tell.
    """
    pairs = known.pairs[kind]
    seen = known.seen.get(kind)
    known.seen[kind] = pairs if seen is None else pd.concat([pairs, seen]).drop_duplicates("item", ignore_index=True)
    pairs = _as_decided(pairs, known.seen[kind], decided)
    stakes = known.stakes.setdefault(view.parameters, {})
    absent = known.seen[kind][~known.seen[kind]["item"].isin(list(stakes))]
    if len(absent):
        stakes |= dict(zip(absent["item"], candidates.stakes(day_of(view).table, absent), strict=True))
    pairs = pairs.assign(stake=pairs["item"].map(stakes), unsure=pairs["judged_by"] != "rule")
    return pairs.sort_values(
        ["unsure", "stake", "probability", "left", "right"],
        ascending=[True, False, False, True, True],
        kind="stable",
        ignore_index=True,
    )


def _as_decided(pairs: pd.DataFrame, seen: pd.DataFrame, waiting: Mapping[frozenset[str], Verdict]) -> pd.DataFrame:
    """Pairs as they will stand once all that was decided is written."""
    if not waiting:
        return pairs
    verdicts = [waiting.get(frozenset(pair)) for pair in zip(pairs["left"], pairs["right"], strict=True)]
    unsure = pd.Series([verdict is Verdict.UNSURE for verdict in verdicts], index=pairs.index)
    pairs = pairs.assign(judged_by=pairs["judged_by"].mask(unsure, "you"))
    gone = [verdict in (Verdict.POSITIVE, Verdict.NEGATIVE) for verdict in verdicts]
    back = [waiting.get(frozenset(pair)) is Verdict.UNDONE for pair in zip(seen["left"], seen["right"], strict=True)]
    both = pd.concat([pairs[[not one for one in gone]], seen[back].assign(judged_by="rule")])
    return both.drop_duplicates("item", ignore_index=True)

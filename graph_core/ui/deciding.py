"""Decisions of people, taken at once and written one after the other in the background.

Whoever decides sees the next pair without waiting for the store. A decision waits here until it is written; meanwhile
its pair is not asked about again. What cannot be written comes back, with the reason.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pandas as pd
import streamlit as st

from graph_core import audit, review
from graph_core.day import Parameters
from graph_core.errors import StoreBusyError, TiertraceError
from graph_core.exposure.changes import changed_brands
from graph_core.graph import Graph
from graph_core.model import Verdict
from graph_core.resolve.judgements import SOURCE_ID, Judgement, frame, standing
from graph_core.ui import jobs, people, state
from graph_core.workspace import Store

#: The job that writes.
KEY = "review"
#: What is done, in the words of the audit trail and of the page.
DONE_WORDS = {
    Verdict.POSITIVE: "match accepted",
    Verdict.NEGATIVE: "match rejected",
    Verdict.UNSURE: "match left unsure",
    Verdict.UNDONE: "decision taken back",
}
#: Decisions that are told about.
_TOLD = 5
#: Seconds between two attempts while somebody else writes.
_PATIENCE = 1.0
_INSTANT = 0.005
_LOG = logging.getLogger(__name__)


class Fate(StrEnum):
    """What became of a decision."""

    WAITS = "waits"
    WRITTEN = "written"
    FAILED = "failed"


@dataclass
class Decision:
    """One or several judgements that a person made together.

    Attributes
    ----------
    judgements : sequence of Judgement
        In their order.
    title : str
        The pair, for people.
    parameters : Parameters
        Day whose figures are compared before and after.
    act : context manager
        Opens the store for writing, in the name of who decided.
    fate : Fate
        What became of it.
    changed : list of dict
        Brands whose figures it changed.
    fault : str
        Why it was not written.
    """

    judgements: Sequence[Judgement]
    title: str
    parameters: Parameters
    act: AbstractContextManager[Store] = field(repr=False)
    fate: Fate = Fate.WAITS
    changed: list[dict[str, Any]] = field(default_factory=list)
    fault: str = ""

    @property
    def verdict(self) -> Verdict:
        """What was decided."""
        return self.judgements[0].verdict

    @property
    def pairs(self) -> set[frozenset[str]]:
        """The pairs that it is about."""
        return {frozenset((one.left, one.right)) for one in self.judgements}


class Deciding:
    """Decisions of everybody on this server, in their order; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Decision] = deque()
        self._told: deque[Decision] = deque(maxlen=_TOLD)
        self._written = False

    def add(self, decision: Decision) -> bool:
        """Take a decision; it is written after those before it.

        Returns
        -------
        bool
            Whether nobody writes, so that a job has to begin.
        """
        with self._lock:
            self._waiting.append(decision)
            self._told.append(decision)
            begin, self._written = not self._written, True
            return begin

    def first(self) -> Decision | None:
        """The decision that is to be written next; with ``None`` whoever writes has ended."""
        with self._lock:
            self._written = bool(self._waiting)
            return self._waiting[0] if self._waiting else None

    def over(self, fate: Fate, fault: str = "") -> None:
        """End the first decision: it is written, or cannot be."""
        with self._lock:
            decision = self._waiting.popleft()
            decision.fate, decision.fault = fate, fault

    def waiting(self) -> dict[frozenset[str], Verdict]:
        """Pairs of which something is decided that is not written yet, with what was decided last."""
        with self._lock:
            return {pair: one.verdict for one in self._waiting for pair in one.pairs}

    def told(self) -> list[Decision]:
        """The latest decisions, newest first."""
        with self._lock:
            return list(reversed(self._told))

    def in_turn(self) -> list[Decision]:
        """Decisions that wait to be written, in their order."""
        with self._lock:
            return list(self._waiting)

    def titles(self) -> dict[frozenset[str], str]:
        """The pairs of the latest decisions, with what they were called."""
        with self._lock:
            return {pair: one.title for one in self._told for pair in one.pairs}


@st.cache_resource(show_spinner=False)
def deciding() -> Deciding:
    """The decisions of this server."""
    return Deciding()


def decide(pairs: Iterable[tuple[str, str]], verdict: Verdict, title: str, why: str | None = None) -> None:
    """Take a decision of the person of this session, and have it written.

    Parameters
    ----------
    pairs : iterable of (str, str)
        A finding and a party each, or two parties.
    verdict : Verdict
        What is decided.
    title : str
        The pair, or how many, for people.
    why : str, optional
        The reason.
    """
    batch, by, at = review.new_batch(), people.me().name, audit.moment()
    judgements = [Judgement(left, right, verdict, by, at, why or None, batch) for left, right in pairs]
    if judgements:
        subject = f"{judgements[0].left} {judgements[0].right}" if len(judgements) == 1 else title
        act = people.writing(DONE_WORDS[verdict], subject, why or "")
        begin = deciding().add(Decision(judgements, title, state.view().parameters, act))
        while begin and not jobs.start(KEY, "Writing decisions", write):
            time.sleep(_INSTANT)  # the last one has written all and is about to end


def undo_last() -> str | None:
    """Take back the last decision of this person that stands, also one of an earlier session.

    What somebody else decided on a pair since then is theirs, and stays.

    Returns
    -------
    str or None
        What was taken back; ``None`` where nothing of theirs stands.
    """
    rows = _stands()
    own = rows[rows["judged_by"] == people.me().name]
    if own.empty:
        return None
    batch = own[(own["batch"] == own["batch"].iloc[-1]) | (own.index == own.index[-1])]
    pairs = list(zip(batch["left"], batch["right"], strict=True))
    title = deciding().titles().get(frozenset(pairs[0])) or " and ".join(pairs[0])
    decide(pairs, Verdict.UNDONE, title)
    return title


def _stands() -> pd.DataFrame:
    """Decisions of everybody that will stand once those that wait are written, in their order."""
    waiting = frame([one for decision in deciding().in_turn() for one in decision.judgements])  # before what is written
    made = pd.concat([review.history(state.workspace().store.read_records(SOURCE_ID)), waiting], ignore_index=True)
    made["line"] = range(1, len(made) + 1)
    return standing(made).sort_values("line", kind="stable", ignore_index=True)


# --- writing ---------------------------------------------------------------------------------------------------


def write(report: jobs.Report) -> int:
    """Write all decisions that wait, in their order; run in the background, one at a time.

    Returns
    -------
    int
        How many were written.
    """
    done, queue = 0, deciding()
    while (decision := queue.first()) is not None:
        try:
            decision.changed = _written(decision, report)
            queue.over(Fate.WRITTEN)
            done += 1
        except TiertraceError as error:
            queue.over(Fate.FAILED, str(error))
        except Exception:  # noqa: BLE001 - told to the reader, and whole to the log
            _LOG.exception("a decision was not written")
            queue.over(Fate.FAILED, "a fault of the program; its log tells more")
    return done


def _written(decision: Decision, report: jobs.Report) -> list[dict[str, Any]]:
    """Keep a decision, bring the workspace to what follows, and say which brands' figures changed."""
    space = state.workspace()
    while (load := jobs.of(jobs.LOAD)) is not None and load.running:
        _wait(report, load.title)
    before = space.day(decision.parameters)
    with decision.act as store:
        done = _decided(store, decision, before.graph, report)
    space.take(done.graph)
    return changed_brands(before.table, space.day(decision.parameters).table)


def _decided(store: Store, decision: Decision, graph: Graph, report: jobs.Report) -> review.Decided:
    """Decide as soon as no other process writes."""
    while True:
        try:
            return review.decide(store, decision.judgements, graph=graph)
        except StoreBusyError as error:
            _wait(report, str(error))


def _wait(report: jobs.Report, what: str) -> None:
    report(f"waiting: {what}", 0, 0)
    time.sleep(_PATIENCE)

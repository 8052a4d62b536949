"""A decision on a match of palm oil, kept and its figures recomputed, against deriving everything again.

The decision is made and taken back in turns; what is timed ends with the brands whose figures changed, and the store
and the files beside it hold the new state.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from statistics import median

from benchmarks.common import DATA, Row, own_home, palm_oil, seconds
from graph_core import review
from graph_core.belief import rebuild
from graph_core.day import Parameters
from graph_core.exposure.changes import changed_brands
from graph_core.model import Verdict
from graph_core.resolve.judgements import Judgement
from graph_core.settings import Settings
from graph_core.workspace import Workspace
from loaders.base import Options
from loaders.pipeline import load
from loaders.registry import get

#: Most seconds of one decision.
GOAL = 1.0
_DAY = Parameters("2021-06-30")
_UFLPA = "us_lists/uflpa_entity_list_2026-07-09.html"


def _decide(space: Workspace, verdict: Verdict) -> None:
    graph = space.graph()
    finding, party = str(graph["Finding"]["id"].iloc[0]), str(graph["SUPPLIES"]["start"].iloc[0])
    before = space.day(_DAY).table
    decision = Judgement(finding, party, verdict, "benchmark", "2026-01-01T00:00:00+00:00", None, "b")
    with space.writing() as store:
        space.take(review.decide(store, [decision], graph=graph).graph)
    changed_brands(before, space.day(_DAY).table)


def measure(settings: Settings, repeat: int) -> tuple[float, float]:
    """Seconds of one decision, and of deriving everything."""
    with closing(Workspace(settings)) as space:
        with space.writing() as store:
            load(store, get("palm-oil"), [DATA / "palm_oil"], home=settings.home)
            load(store, get("uflpa"), [DATA / _UFLPA], Options(), home=settings.home)
        space.day(_DAY).table  # noqa: B018 - what a user has open before deciding
        verdicts = [Verdict.POSITIVE, Verdict.UNDONE] * repeat
        taken = [seconds(lambda verdict=verdict: _decide(space, verdict)) for verdict in verdicts]  # type: ignore[misc]
        with space.writing() as store, store.writer():
            whole = median(seconds(lambda: rebuild(store)) for _ in range(repeat))
    return median(taken), whole


def rows(repeat: int = 3) -> Iterator[Row]:
    """Rows of this benchmark."""
    if palm_oil() is None:
        yield Row("palm oil: a decision and its figures", "skipped: the data sets are not beside the checkout")
        return
    with own_home() as settings:
        taken, whole = measure(settings, repeat)
    what = f"palm oil: a decision on a match, kept, with its figures, against deriving everything ({whole:.2f} s)"
    yield Row(what, f"{taken:.2f} s", f"{whole / taken:.1f}x", f"<= {GOAL:g} s", taken <= GOAL)

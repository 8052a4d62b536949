"""What the benchmarks share: rows of the table, timing, homes that are thrown away, and the data."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from graph_core.settings import Settings
from graph_core.store.embedded import stop

#: Data sets that are not in the checkout.
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
#: Gives the settings of an empty store, and takes its server away afterwards.
Server = Callable[[], AbstractContextManager[Settings]]


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    what : str
        What was measured.
    figure : str
        What came out, with its unit.
    ratio : str
        Against the plain way in the same run; above 1 is faster than the plain way.
    goal : str
        What was wanted; empty: stated for information.
    reached : bool or None
        Whether the goal was reached; None without one.
    """

    what: str
    figure: str
    ratio: str = ""
    goal: str = ""
    reached: bool | None = None


def at_least(what: str, figure: str, ratio: float, goal: float) -> Row:
    """Make a row whose goal is a ratio."""
    return Row(what, figure, f"{ratio:.2f}x", f">= {goal:g}x", ratio >= goal)


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def interleaved(*works: Callable[[], object], repeat: int) -> list[float]:
    """Median wall time of each of several calls, taken in turn so that a busy machine slows all of them alike."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(repeat):
        for taken, work in zip(times, works, strict=True):
            taken.append(seconds(work))
    return [median(taken) for taken in times]


@contextmanager
def own_home() -> Iterator[Settings]:
    """Settings of a fresh embedded store that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="tiertrace-bench-") as folder:
        settings = Settings(home=Path(folder) / "home", neo4j_uri="")
        try:
            yield settings
        finally:
            stop(settings)


def palm_oil() -> Path | None:
    """Folder of the palm-oil disclosures, where it is there."""
    folder = DATA / "palm_oil"
    return folder if folder.is_dir() else None

"""Figures over time, a few days at a time: each day is computed once for all readers, and kept with the graph."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakKeyDictionary

from graph_core.change_days import ChangeDay, Course
from graph_core.day import Parameters
from graph_core.graph import Graph
from graph_core.ui import state

_LOCK = threading.Lock()
_KNOWN: WeakKeyDictionary[Graph, dict[tuple[str, Parameters], Progress]] = WeakKeyDictionary()


@dataclass
class Progress:
    """How far the figures of a brand are known.

    Attributes
    ----------
    course : Course
        What computes them.
    days : list of ChangeDay
        All days that are to be known.
    left_out : int
        Days that are not.
    figures : dict
        What `Course.figure` gave, by day. The newest days come first, so that the known ones reach to the end.
    """

    course: Course
    days: list[ChangeDay]
    left_out: int
    figures: dict[str, dict[str, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def known(self) -> list[ChangeDay]:
        """Days whose figures are known, in their order; no gap between them."""
        return [one for one in self.days if one.day in self.figures]

    @property
    def complete(self) -> bool:
        """Whether there is nothing left to compute."""
        return len(self.figures) == len(self.days)

    def go_on(self, seconds: float) -> None:
        """Compute the next figures, at least one, until the time is over."""
        end = time.monotonic() + seconds
        with self._lock:
            for one in reversed(self.days):
                if one.day not in self.figures:
                    self.figures[one.day] = self.course.figure(one.day)
                    if time.monotonic() > end:
                        return


def progress(view: state.View, brand: str, *, begin: bool) -> Progress | None:
    """What is known of a brand's figure over time, by the filters of a view; its day does not matter.

    Parameters
    ----------
    view : View
        What the top bar says.
    brand : str
        Id of the brand.
    begin : bool
        Whether to look for its days where nobody did yet; else ``None`` is given then.
    """
    day = view.day()
    # The day enters no figure of another day: one course serves all.
    key = brand, replace(view.parameters, as_of="0001-01-01")
    with _LOCK:
        known = _KNOWN.setdefault(day.graph, {})
        if key not in known and begin:
            course = day.course(brand)
            known[key] = Progress(course, *course.days())
        return known.get(key)

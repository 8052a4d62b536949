"""What was computed of a day, kept as long as the day is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from graph_core.day import Day

T = TypeVar("T")
#: Answers that are kept of a day.
_MOST = 128
_LOCK = threading.RLock()
_KEPT: WeakKeyDictionary[Day, dict[Hashable, Any]] = WeakKeyDictionary()


def of_day(day: Day, what: Hashable, make: Callable[[], T]) -> T:
    """Give what was made of a day before; else make it. The oldest answers go first."""
    with _LOCK:
        known = _KEPT.setdefault(day, {})
        if what in known:
            found: T = known[what]
            return found
    made = make()
    with _LOCK:
        while len(known) >= _MOST:
            known.pop(next(iter(known)))
        known[what] = made
    return made


def forget(day: Day, what: Hashable) -> None:
    """Keep something that was made of a day no longer."""
    with _LOCK:
        _KEPT.get(day, {}).pop(what, None)


def has(day: Day, what: Hashable) -> bool:
    """Whether something was made of a day before, and is still kept."""
    with _LOCK:
        return what in _KEPT.get(day, {})

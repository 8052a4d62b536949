"""What was computed of a day, kept as long as the day is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from graph_core.day import Day

T = TypeVar("T")
#: Answers that are kept of a day.
_MOST = 256
_LOCK = threading.Lock()


@dataclass
class _Kept:
    """Answers of a day, those used last at the end, and whose turn it is to make one."""

    answers: dict[Hashable, Any] = field(default_factory=dict)
    turns: dict[Hashable, threading.RLock] = field(default_factory=dict)

    def used(self, what: Hashable) -> Any:
        """Give an answer, which is the last used now."""
        found = self.answers[what] = self.answers.pop(what)
        return found


_KEPT: WeakKeyDictionary[Day, _Kept] = WeakKeyDictionary()


def of_day(day: Day, what: Hashable, make: Callable[[], T]) -> T:
    """Give what was made of a day before; else make it, once, however many ask. The longest unused answers go first."""
    with _LOCK:
        kept = _KEPT.setdefault(day, _Kept())
        if what in kept.answers:
            return cast("T", kept.used(what))
        turn = kept.turns.setdefault(what, threading.RLock())
    with turn:
        with _LOCK:
            if what in kept.answers:
                return cast("T", kept.used(what))
        try:
            made = make()
            with _LOCK:
                while len(kept.answers) >= _MOST:
                    kept.answers.pop(next(iter(kept.answers)))
                kept.answers[what] = made
        finally:
            kept.turns.pop(what, None)
    return made


def forget(day: Day, what: Hashable) -> None:
    """Keep something that was made of a day no longer."""
    with _LOCK:
        if day in _KEPT:
            _KEPT[day].answers.pop(what, None)


def has(day: Day, what: Hashable) -> bool:
    """Whether something was made of a day before, and is still kept."""
    with _LOCK:
        return day in _KEPT and what in _KEPT[day].answers

"""A reading statement of a person, run beside the page: it can be cancelled, and never freezes anything.

Other than a job of the server (long work that everyone sees), a question belongs to the session that asked it: nobody
else sees it or its answer, and a new one ends the one before.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from graph_core.errors import RefusedError, TiertraceError
from graph_core.workspace import Rows, Store

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
#: Statements of all people that run at once; others wait for their turn within their time.
AT_ONCE = 4
_TURNS = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes
    ----------
    name : str
        Name of a query of the catalogue; empty for a statement of one's own.
    statement : str
        Text that is run.
    parameters : mapping
        Its parameters.
    timeout : float
        Longest time in seconds.
    max_rows : int
        Most rows.
    plan : bool
        Whether only the plan is wanted; nothing is run then.
    """

    name: str
    statement: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    timeout: float = 10.0
    max_rows: int = 1000
    plan: bool = False


class Asked:
    """A question on its way, and what came of it; safe to look at from any thread."""

    def __init__(self, question: Question, store: Store) -> None:
        self.question = question
        self.rows: Rows | None = None
        self.plan: str | None = None
        self.fault: TiertraceError | None = None
        self.seconds = 0.0
        self._made: dict[Hashable, Any] = {}
        self._began = time.monotonic()
        self._cancel = threading.Event()
        self._over = threading.Event()
        threading.Thread(target=self._run, args=(store,), name="question", daemon=True).start()

    @property
    def running(self) -> bool:
        """Whether there is no answer yet."""
        return not self._over.is_set()

    @property
    def waited(self) -> float:
        """Seconds since it was asked."""
        return self.seconds or time.monotonic() - self._began

    def cancel(self) -> None:
        """Ask the server to end it."""
        self._cancel.set()

    def wait(self, seconds: float) -> bool:
        """Wait a little; whether it is over."""
        return self._over.wait(seconds)

    def once(self, what: Hashable, make: Callable[[], T]) -> T:
        """Give what was made of the answer before, which stays as it is; else make it."""
        if what not in self._made:
            self._made[what] = make()
        found: T = self._made[what]
        return found

    def _run(self, store: Store) -> None:
        try:
            self._answer(store)
        except TiertraceError as error:
            self.fault = error
        except Exception:  # noqa: BLE001 - nobody stands above this thread
            _LOG.exception("a question failed")
            self.fault = TiertraceError("This failed by a fault of the program; its log tells more.")
        self.seconds = time.monotonic() - self._began
        self._over.set()

    def _answer(self, store: Store) -> None:
        asked, parameters = self.question, dict(self.question.parameters)
        if not _TURNS.acquire(timeout=asked.timeout):
            raise RefusedError("Other people's statements took all of the time; run it again in a moment.")
        try:
            if self._cancel.is_set():
                raise RefusedError("The statement was cancelled.")
            if asked.plan:
                self.plan = store.plan(asked.statement, parameters, timeout=asked.timeout)
            else:
                self.rows = store.read(
                    asked.statement,
                    parameters,
                    timeout=asked.timeout,
                    max_rows=asked.max_rows,
                    cancelled=self._cancel,
                )
        finally:
            _TURNS.release()

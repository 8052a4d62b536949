"""Work in threads that nobody has to wait for: Ctrl-C ends a program at once, whatever they are at."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def settle(future: Future[R], work: Callable[[], R]) -> None:
    """Do what somebody waits for, unless nobody does any more."""
    if future.set_running_or_notify_cancel():
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised again where the result is wanted
            future.set_exception(error)


def each(work: Callable[[T], R], items: Iterable[T], lanes: int) -> Generator[R, None, None]:
    """Results of some work for every item, in order, of which so many are under way at once.

    Who leaves before the end, or is told of an error by the work, waits for nothing: what is under way is finished by
    itself, and nothing more is begun.

    Parameters
    ----------
    work : callable
        Gets an item. What it raises is raised where its result is wanted.
    items : iterable
        Taken at once.
    lanes : int
        Threads.
    """
    waiting: queue.SimpleQueue[tuple[Future[R], T] | None] = queue.SimpleQueue()
    results = []
    for item in items:
        results.append(Future[R]())
        waiting.put((results[-1], item))

    def lane() -> None:
        while (one := waiting.get()) is not None:
            future, item = one
            settle(future, partial(work, item))

    for _ in range(lanes):
        waiting.put(None)
        threading.Thread(target=lane, name="side by side", daemon=True).start()
    try:
        for result in results:
            yield result.result()
    finally:
        for result in results:
            result.cancel()

"""Work in threads that nobody has to wait for: Ctrl-C ends a program at once, whatever they are at."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import Generic, TypeVar

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
        Each is taken when a lane is free, in its thread. What it raises is raised after the results before it.
    lanes : int
        Threads.
    """
    left, taking, over = iter(items), threading.Lock(), threading.Event()
    results: queue.SimpleQueue[Future[R] | None] = queue.SimpleQueue()

    def take() -> tuple[Future[R], T] | None:
        """The next item and the place of its result; None where there is nothing more to do."""
        with taking:
            if over.is_set():
                return None
            result = Future[R]()
            end: Future[R] | None = result
            try:
                item = next(left)
            except StopIteration:
                end = None
            except BaseException as error:  # noqa: BLE001 - raised again where the result is wanted
                result.set_exception(error)
            else:
                if over.is_set():  # who wanted it has left meanwhile
                    return None
                results.put(result)
                return result, item
            over.set()
            results.put(end)
            return None

    def lane() -> None:
        while (one := take()) is not None:
            future, item = one
            settle(future, partial(work, item))
            if future.exception() is not None:
                over.set()

    for _ in range(lanes):
        threading.Thread(target=lane, name="side by side", daemon=True).start()
    try:
        while (result := results.get()) is not None:
            yield result.result()
    finally:
        over.set()


class _Ahead(Generic[T]):
    def __init__(self, pieces: Generator[T, None, None], most: int) -> None:
        self._pieces = pieces
        self._made: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()
        self._room = threading.Semaphore(most)
        self._left = False

    def make(self) -> None:
        """Make pieces to the end, or until nobody wants more."""
        try:
            while self._room.acquire() and not self._left:
                piece = next(self._pieces, None)
                self._made.put((piece, None))
                if piece is None:
                    return
        except BaseException as error:  # noqa: BLE001 - raised again where the piece is wanted
            self._made.put((None, error))
        finally:
            self._pieces.close()

    def leave(self) -> None:
        """Want no more."""
        self._left = True
        self._room.release()
        self._made.put((None, None))  # for who waits for a piece in another thread

    def __iter__(self) -> Iterator[T]:
        while True:
            piece, error = self._made.get()
            if error is not None:
                raise error
            if piece is None:
                return
            self._room.release()
            yield piece


@contextmanager
def ahead(pieces: Generator[T, None, None], most: int = 1) -> Iterator[Iterator[T]]:
    """Make pieces in a thread of their own, from now on, ahead of who takes them.

    Parameters
    ----------
    pieces : generator
        None of them is None. What it raises is raised where the piece after the last good one is wanted. It is closed
        when all are made, or when the caller leaves before that.
    most : int
        Pieces that wait to be taken.
    """
    maker = _Ahead(pieces, most)
    threading.Thread(target=maker.make, name="ahead", daemon=True).start()
    try:
        yield iter(maker)
    finally:
        maker.leave()

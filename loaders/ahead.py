"""Reading ahead: one piece of a file is read while the piece before it is checked and kept."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class _Ahead(Generic[T]):
    def __init__(self, pieces: Generator[T, None, None]) -> None:
        self._pieces = pieces
        self._read: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()
        self._room = threading.Semaphore(1)
        self._left = False

    def read(self) -> None:
        """Read to the end, or until nobody wants more."""
        try:
            while self._room.acquire() and not self._left:
                piece = next(self._pieces, None)
                self._read.put((piece, None))
                if piece is None:
                    return
        except BaseException as error:  # noqa: BLE001 - raised again where the piece is wanted
            self._read.put((None, error))
        finally:
            self._pieces.close()

    def leave(self) -> None:
        """Want no more."""
        self._left = True
        self._room.release()

    def __iter__(self) -> Iterator[T]:
        while True:
            piece, error = self._read.get()
            if error is not None:
                raise error
            if piece is None:
                return
            self._room.release()
            yield piece


@contextmanager
def ahead(pieces: Generator[T, None, None]) -> Iterator[Iterator[T]]:
    """Read pieces in a thread of their own, from now on, one ahead of who takes them.

    Parameters
    ----------
    pieces : generator
        None of them is None. What it raises is raised where the piece after the last good one is wanted. It is closed
        when all is read, or when the caller leaves before that.
    """
    reader = _Ahead(pieces)
    # As a daemon: Ctrl-C ends a program at once, even in the middle of a large piece.
    threading.Thread(target=reader.read, name="reading", daemon=True).start()
    try:
        yield iter(reader)
    finally:
        reader.leave()

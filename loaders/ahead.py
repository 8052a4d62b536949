"""Reading ahead: one piece of a file is read while the piece before it is checked and kept."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")

#: Seconds after which a reader that waits to hand over its piece looks whether anybody still wants it.
_LOOK = 0.1


class _Ahead(Generic[T]):
    def __init__(self, pieces: Generator[T, None, None]) -> None:
        self._pieces = pieces
        self._read: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(maxsize=1)
        self.unwanted = threading.Event()

    def read(self) -> None:
        """Read to the end, or until nobody wants more."""
        failed: BaseException | None = None
        try:
            for piece in self._pieces:
                if not self._hand_over(piece, None):
                    return
        except BaseException as error:  # noqa: BLE001 - raised again where the pieces are wanted
            failed = error
        finally:
            self._pieces.close()
        self._hand_over(None, failed)

    def _hand_over(self, piece: T | None, error: BaseException | None) -> bool:
        while not self.unwanted.is_set():
            try:
                self._read.put((piece, error), timeout=_LOOK)
            except queue.Full:
                continue
            return True
        return False

    def __iter__(self) -> Iterator[T]:
        while True:
            piece, error = self._read.get()
            if error is not None:
                raise error
            if piece is None:
                return
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
        reader.unwanted.set()

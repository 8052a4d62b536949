"""Python's search for cyclic garbage, held back while much is made that is no garbage.

A load makes millions of lists and texts and hardly any cycles. Each time their number has grown by a quarter Python
looks through all of them, and through every module that is loaded: a fifth of the time of reading.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: Objects made before the youngest are looked through, and how often until older ones are; Python's own: 700, 10, 10.
_SELDOM = (20_000, 20, 100)
_LOCK = threading.Lock()
_before: list[tuple[int, int, int]] = []


@contextmanager
def collected_seldom() -> Iterator[None]:
    """Look for cycles seldom, and never among what is there already; may be nested, and used by several threads."""
    with _LOCK:
        _before.append(gc.get_threshold())
        if len(_before) == 1:
            gc.freeze()
            gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        with _LOCK:
            before = _before.pop()
            if not _before:
                gc.set_threshold(*before)
                gc.unfreeze()

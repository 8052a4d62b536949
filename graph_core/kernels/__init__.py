"""Compiled kernels: loops over links at the speed of the machine, where the extra ``fast`` (numba) is installed.

Nothing needs them. Every caller has a way by numpy, scipy or networkx with the same results, and asks `usable` which
of the two it takes. Compiling takes seconds the first time and is kept on disk beside the modules; set-up does it
(``python -m graph_core.kernels``), so that a first call only reads it. A Python call waits for that; the app calls
`load_in_background` and is answered by scipy until it is done.

A module of kernels imports numba at its top and is therefore imported through `load` only::

    from graph_core import kernels

    if kernels.usable(links, "tracing"):
        scores = kernels.load("tracing").solve(...)
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

#: Modules of kernels in this package.
MODULES: tuple[str, ...] = ("dominators", "tracing", "worlds")
#: Below so many links the plain way is done before numba is imported.
WORTHWHILE = 200_000


class _State:
    """Which modules are loaded, and whether a call waits for those that are not."""

    def __init__(self) -> None:
        self.loaded: dict[str, Any] = {}
        self.waits = True
        self.lock = threading.Lock()


_state = _State()


def installed() -> bool:
    """Whether numba is there."""
    return find_spec("numba") is not None


def usable(links: int, module: str) -> bool:
    """Whether a call over so many links should take the kernels of a module.

    Parameters
    ----------
    links : int
        Size of the work.
    module : str
        One of `MODULES`.

    Returns
    -------
    bool
        True where they are loaded, or where they are worth loading and the caller may wait for that.
    """
    return module in _state.loaded or (_state.waits and links >= WORTHWHILE and installed())


def load(module: str) -> Any:
    """A module of kernels, compiled or read from the disk; waits for that."""
    with _state.lock:
        if module not in _state.loaded:
            _state.loaded[module] = import_module(f"graph_core.kernels.{module}")
        return _state.loaded[module]


def load_in_background() -> threading.Thread | None:
    """Load all kernels in a thread; until each is there `usable` says no. For a program that must answer at once.

    Returns
    -------
    Thread or None
        What loads them; None without numba.
    """
    if not installed():
        return None
    _state.waits = False
    thread = threading.Thread(target=lambda: [load(module) for module in MODULES], daemon=True)
    thread.start()
    return thread


def kernel(signature: Any) -> Callable[[F], F]:
    """Compile a function for one signature of numba types, as a text or built of them; kept on disk.

    It runs without the interpreter's lock. The arithmetic is that of the source text: no reordering of sums, so that
    results agree with the plain way.
    """
    import numba  # noqa: PLC0415  only modules of kernels come here

    return numba.njit(signature, cache=True, nogil=True, fastmath=False)  # type: ignore[no-any-return]

"""A user's store with everything that is read of it, opened on first use and kept as long as it does not change."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, closing
from functools import cached_property
from typing import Any

from graph_core.belief import keep_files, load_graph
from graph_core.day import Day, Parameters
from graph_core.errors import StoreBusyError
from graph_core.graph import Graph, rows
from graph_core.settings import Settings
from graph_core.store.base import Report, Store, silent
from graph_core.store.open import open_store

__all__ = ["Report", "Store", "Workspace"]

#: Days that are kept with their figures.
_KEEP_DAYS = 16


class Workspace:
    """What a command or the app reads of a store.

    Parameters
    ----------
    settings : Settings
        Home and store.
    report : callable
        Told about progress of long work.
    """

    def __init__(self, settings: Settings, report: Report = silent) -> None:
        self.settings = settings
        self._report = report
        self._graph: Graph | None = None
        self._days: dict[Parameters, Day] = {}
        self._lock = threading.RLock()
        self._reading = threading.Lock()
        #: Whether the graph that was given last is older than the store, because that is being written to just now.
        self.behind = False

    @cached_property
    def store(self) -> Store:
        """The store, connected on first use, by the login that can only read."""
        return open_store(self.settings, write=False)

    def writing(self) -> AbstractContextManager[Store]:
        """Open the store for writing, for as long as a ``with`` block."""
        return closing(open_store(self.settings, write=True))

    def graph(self) -> Graph:
        """The believed graph of now; read again only when records changed.

        While the store is written to, or the new graph is read by another thread, the one that was read before is
        given once more, and `behind` says so.

        Raises
        ------
        StoreBusyError
            The store is being written to, and no graph was read before.
        """
        version = self.store.version()
        known = self._graph
        if known is not None and known.version == version.derived == version.records:
            self.behind = False
            return known
        if known is None:
            self._reading.acquire()
        elif not self._reading.acquire(blocking=False):
            self.behind = True
            return known
        try:
            fresh = load_graph(self.store, self.settings.home, self.writing, self._report)
        except StoreBusyError:
            if known is None:
                raise
            self.behind = True
            return known
        finally:
            self._reading.release()
        self._hold(fresh)
        return fresh

    def _hold(self, graph: Graph) -> None:
        with self._lock:
            self._graph, self.behind = graph, False
            self._days.clear()

    def take(self, graph: Graph) -> None:
        """Take over a graph that the store was just brought to, so that nobody has to read it back."""
        self._hold(graph)
        keep_files(graph, self.store, self.settings.home)

    def day(self, parameters: Parameters) -> Day:
        """The graph as of a day, with figures kept while the store does not change."""
        graph = self.graph()
        with self._lock:
            known = self._days.get(parameters)
            if known is None or known.graph is not graph:
                while len(self._days) >= _KEEP_DAYS:
                    self._days.pop(next(iter(self._days)))
                known = self._days[parameters] = Day(graph, parameters)
            return known

    def sources(self) -> list[dict[str, Any]]:
        """All sources that the graph rests on, by id."""
        return rows(self.graph()["Source"])

    def close(self) -> None:
        """Give up the connection."""
        if "store" in self.__dict__:
            self.store.close()
            del self.__dict__["store"]

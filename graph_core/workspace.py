"""A user's store with everything that is read of it, opened on first use and kept as long as it does not change."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, closing
from functools import cached_property
from typing import Any

from graph_core.belief import keep_files, load_graph
from graph_core.day import Day, Parameters
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

    @cached_property
    def store(self) -> Store:
        """The store, connected on first use, by the login that can only read."""
        return open_store(self.settings, write=False)

    def writing(self) -> AbstractContextManager[Store]:
        """Open the store for writing, for as long as a ``with`` block."""
        return closing(open_store(self.settings, write=True))

    def graph(self) -> Graph:
        """The believed graph of now; read again only when records changed."""
        with self._lock:
            version = self.store.version()
            if self._graph is None or self._graph.version != version.derived or version.records != version.derived:
                self._graph = load_graph(self.store, self.settings.home, self.writing, self._report)
                self._days.clear()
            return self._graph

    def take(self, graph: Graph) -> None:
        """Take over a graph that the store was just brought to, so that nobody has to read it back."""
        with self._lock:
            self._graph = graph
            self._days.clear()
            keep_files(graph, self.store, self.settings.home)

    def day(self, parameters: Parameters) -> Day:
        """The graph as of a day, with figures kept while the store does not change."""
        with self._lock:
            graph = self.graph()
            if parameters not in self._days:
                while len(self._days) >= _KEEP_DAYS:
                    self._days.pop(next(iter(self._days)))
                self._days[parameters] = Day(graph, parameters)
            return self._days[parameters]

    def sources(self) -> list[dict[str, Any]]:
        """All sources that the graph rests on, by id."""
        return rows(self.graph()["Source"])

    def close(self) -> None:
        """Give up the connection."""
        if "store" in self.__dict__:
            self.store.close()
            del self.__dict__["store"]

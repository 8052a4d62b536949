"""A user's store with everything that is read of it, opened on first use and kept as long as it does not change."""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager, closing
from functools import cached_property
from typing import Any

from graph_core import graph_files
from graph_core.belief import load_graph
from graph_core.day import Day, Parameters
from graph_core.errors import StoreBusyError
from graph_core.graph import Graph
from graph_core.settings import Settings
from graph_core.store.base import RecordSet, Report, Rows, Store, StoreVersion, silent
from graph_core.store.open import open_store

__all__ = ["RecordSet", "Report", "Rows", "Store", "Workspace"]

#: Days that are kept with their figures.
_KEEP_DAYS = 16
#: Seconds between two attempts while somebody else writes.
_PAUSE = 1.0
#: Of them, those that are computed again before a newer graph takes the place of an older one.
_RENEWED = 2


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

    def held(self) -> Graph:
        """The graph that is held, without asking the store for a newer one; read where none is."""
        return self._graph or self.graph()

    def take(self, graph: Graph) -> None:
        """Take over a graph that the store was just brought to, so that nobody has to read it back."""
        with self._lock:
            self._graph = graph
            self._days.clear()
        version = self.store.version()
        if graph.version == version.derived:
            graph_files.write(graph_files.encode(graph), self.settings.home, version)

    def stays(self, before: StoreVersion, after: StoreVersion) -> None:
        """Let what was read count for a later version of the store whose graph is the same; figures are kept too.

        Parameters
        ----------
        before, after : StoreVersion
            Versions between which nothing was done that a graph rests on.
        """
        with self._lock:
            if self._graph is not None and self._graph.version == before.derived == before.records:
                self._graph = self._graph.as_of_version(after.derived)
                graph_files.stay(before, after, self.settings.home)

    def behind(self) -> bool:
        """Whether the store holds other content than the graph that is held here; false before one is held."""
        if self._graph is None:
            return False
        version = self.store.version()
        return self._graph.version != version.derived or version.records != version.derived

    def renew(self, report: Report = silent) -> None:
        """Read the graph of now while readers go on with the one that is held, then change over.

        The days that were asked for last are computed before, so that nobody waits for them afterwards. While somebody
        else writes, this waits.
        """
        while self.behind():
            try:
                self._renew(report)
            except StoreBusyError as error:
                report(f"waiting: {error}", 0, 0)
                time.sleep(_PAUSE)

    def _renew(self, report: Report) -> None:
        graph = load_graph(self.store, self.settings.home, self.writing, report)
        days = {parameters: Day(graph, parameters) for parameters in list(self._days)[-_RENEWED:]}
        for number, day in enumerate(days.values()):
            report("computing figures", number, len(days))
            day.exposures()
        with self._lock:
            self._graph, self._days = graph, days

    def day(self, parameters: Parameters, *, held: bool = False) -> Day:
        """The graph as of a day, with figures kept while the store does not change.

        Parameters
        ----------
        parameters : Parameters
            Day and filters.
        held : bool
            Use the graph that is held, where there is one, without asking the store for a newer one.
        """
        with self._lock:
            graph = self.held() if held else self.graph()
            if parameters in self._days:
                self._days[parameters] = self._days.pop(parameters)  # the last used one
                return self._days[parameters]
        made = self._made(graph, parameters)
        with self._lock:
            if graph is not self._graph:  # changed over meanwhile
                return made
            while len(self._days) >= _KEEP_DAYS:
                self._days.pop(next(iter(self._days)))
            return self._days.setdefault(parameters, made)

    def _made(self, graph: Graph, parameters: Parameters) -> Day:
        """A day of a graph; computing it may take a while, and nobody else waits for that."""
        if parameters == parameters.unfiltered:
            return Day(graph, parameters)
        whole = self.day(parameters.unfiltered, held=True)
        if whole.documented is not whole and whole.documented.parameters == parameters:
            return whole.documented
        return Day(whole.graph, parameters, whole.table.day.under(parameters))

    def sources(self) -> list[dict[str, Any]]:
        """All sources that the graph rests on, by id."""
        return self.held().sources

    def records(self, source: str | None = None) -> list[RecordSet]:
        """All that sources said, or all that one said; reads all of it, which takes seconds in a large store."""
        return self.store.read_records(source)

    def close(self) -> None:
        """Give up the connection."""
        if "store" in self.__dict__:
            self.store.close()
            del self.__dict__["store"]

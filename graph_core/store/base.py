"""What a store can do, without saying how: the Protocol that the rest of the program sees."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from graph_core.audit import State, Trail
from graph_core.errors import Cancelled

if TYPE_CHECKING:
    import pandas as pd

    from graph_core.graph import Graph

#: Told about progress: what is being done, how many are done, how many there are.
Report = Callable[[str, int, int], None]

#: `StoreVersion.derived` while nodes and relationships are being written, and after a load that was killed meanwhile.
DERIVING = -1


def silent(stage: str, done: int, total: int) -> None:
    """Report nothing."""


def finishing(report: Report) -> Report:
    """Pass progress on, but no wish to cancel: for steps after which the store must be whole."""

    def told(stage: str, done: int, total: int) -> None:
        with suppress(Cancelled):
            report(stage, done, total)

    return told


@dataclass(frozen=True)
class StoreVersion:
    """Which content a store holds.

    Attributes
    ----------
    uuid : str
        Identity of the store; empty where nothing was ever written.
    records : int
        Rises with every change of records, judgements or policy, never with results.
    derived : int
        Value of ``records`` that the nodes and relationships were derived from; 0 before the first ones are written,
        ``DERIVING`` while they are.
    """

    uuid: str
    records: int
    derived: int


@dataclass(frozen=True)
class RecordSet:
    """Everything that one source said.

    Attributes
    ----------
    source : dict
        Row of `graph_core.model.SOURCES`, and ``format``.
    seq : int
        Load counter of the store; where two sets say different things, the later one counts.
    frames : dict of str to DataFrame
        Record tables, by name.
    """

    source: dict[str, Any]
    seq: int
    frames: dict[str, pd.DataFrame]


@dataclass(frozen=True)
class SyncCounts:
    """Nodes and relationships that a sync wrote."""

    created: int = 0
    updated: int = 0
    deleted: int = 0

    def __add__(self, other: SyncCounts) -> SyncCounts:
        created, updated, deleted = (
            self.created + other.created,
            self.updated + other.updated,
            self.deleted + other.deleted,
        )
        return SyncCounts(created, updated, deleted)

    @property
    def total(self) -> int:
        """All writes."""
        return self.created + self.updated + self.deleted


@dataclass(frozen=True)
class Rows:
    """Answer to a statement.

    Attributes
    ----------
    columns : list of str
        Names in the order of the statement.
    rows : list of list
        Values that JSON can hold.
    truncated : bool
        Whether there were more rows than asked for.
    """

    columns: list[str]
    rows: list[list[Any]] = field(default_factory=list)
    truncated: bool = False


class Draft(Protocol):
    """What one source said, on its way into the store.

    Attributes
    ----------
    source : dict
        Row of `graph_core.model.SOURCES`, and what else derivation needs to know of it.
    """

    source: dict[str, Any]

    def add(self, frames: dict[str, pd.DataFrame]) -> None:
        """Add rows of record tables."""


class Drafts(Protocol):
    """Record sets that one load writes; all of them count from one moment on, or none."""

    def open(self, source: dict[str, Any], *, replace: bool) -> Draft:
        """Begin a record set; with ``replace`` it takes the place of what the same source said before."""

    def said(self) -> list[RecordSet] | None:
        """Give all record sets as they count once these are kept; None where the store holds just that already."""

    def keep(self, log: dict[str, Any] | None = None) -> bool:
        """Make everything count, in one transaction; False where the store held just that already."""

    def drop(self) -> None:
        """Give up: nothing of it stays."""


@dataclass(frozen=True)
class Held:
    """What is held of one source.

    Attributes
    ----------
    source : dict
        Row of `graph_core.model.SOURCES`, and ``format``.
    seq : int
        Load counter of the store.
    rows : dict of str to int
        Record table -> number of records.
    """

    source: dict[str, Any]
    seq: int
    rows: dict[str, int]


@dataclass(frozen=True)
class Load:
    """An entry of the load log.

    Attributes
    ----------
    id : str
        Fingerprint of the bytes that were read, the format, what the user said, and the code that read them.
    format : str
        Format that read them.
    loaded_at : str
        When, by the clock of the machine that loaded (ISO, UTC).
    paths : list of str
        What the user named.
    sources : list of str
        Ids of the sources that it holds.
    report : str
        What the load printed, as JSON.
    current : bool
        Whether all that it said still stands and counts.
    """

    id: str
    format: str
    loaded_at: str
    paths: list[str]
    sources: list[str]
    report: str
    current: bool


class Store(Protocol):
    """A graph store."""

    def version(self) -> StoreVersion:
        """Tell which content the store holds."""

    def put_records(
        self,
        source: dict[str, Any],
        frames: dict[str, pd.DataFrame],
        replace: bool,
        report: Report = silent,
    ) -> bool:
        """Keep what a source said; False where the store already held just that and nothing was written."""

    def drafts(self, report: Report = silent) -> Drafts:
        """Begin to write record sets that count together; the caller holds the right to write."""

    def forget(self, source_id: str) -> bool:
        """Remove all that a source said from the records; False where it said nothing."""

    def held(self) -> list[Held]:
        """Tell what is held of each source, in the order of loading, without reading it."""

    def loads(self) -> list[Load]:
        """Give the load log, oldest first."""

    def read_records(self, source: str | None = None) -> list[RecordSet]:
        """Give back everything that was said, or all that one source said, in the order in which it was loaded."""

    def read_graph(self, report: Report = silent) -> Graph:
        """Read all nodes and relationships."""

    def sync(self, parts: Iterable[Mapping[str, pd.DataFrame]], version: int, report: Report = silent) -> SyncCounts:
        """Bring nodes and relationships to the given tables of a graph, writing only differences.

        Tables may come in several parts, relationships with the nodes at their ends or after them; what no part
        names, the store is known to hold as it should. ``version`` is that of the records they were derived from.
        """

    def write_run(self, run: dict[str, Any], rows: list[dict[str, Any]]) -> None:
        """Keep the result of an exposure run; the version stays."""

    def read(
        self,
        statement: str,
        parameters: dict[str, Any],
        *,
        timeout: float,
        max_rows: int,
        cancelled: threading.Event | None = None,
    ) -> Rows:
        """Run a reading statement for a user; it is ended when its time is up, or when ``cancelled`` is set."""

    def plan(self, statement: str, parameters: dict[str, Any], *, timeout: float) -> str:
        """Give the plan of a reading statement, as the server writes it, without running it."""

    def writer(self) -> AbstractContextManager[None]:
        """Hold the right to write; one holder at a time."""

    def trail(self) -> Trail:
        """Give the audit trail."""

    def trail_head(self) -> str:
        """Hash of the last entry of the audit trail, as the store remembers it."""

    def note(self, state: State = State.DONE) -> None:
        """Note what is being done (`graph_core.audit.acting`), where nothing that was written has noted it."""

    def noted(self) -> AbstractContextManager[None]:
        """Note the beginning and the end of what happens outside the store."""

    def close(self) -> None:
        """Give up the connection."""

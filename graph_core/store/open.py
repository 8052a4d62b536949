"""Opens the store that the settings name."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Self

from graph_core.audit import State, Trail
from graph_core.settings import Settings
from graph_core.store import analyst, records, results, sync, trail
from graph_core.store.base import Held, Load, RecordSet, Report, Rows, StoreVersion, SyncCounts, silent
from graph_core.store.bolt import Bolt
from graph_core.store.embedded import Connection, ensure_running, private_folder
from graph_core.store.lease import Lease
from graph_core.store.migrations import files, migrate, pending

if TYPE_CHECKING:
    import pandas as pd

    from graph_core.graph import Graph


class BoltStore:
    """The store behind `graph_core.store.base.Store`, on either server."""

    def __init__(self, connection: Connection, *, write: bool) -> None:
        self._bolt = Bolt(connection, write=write)
        self._lease = Lease(self._bolt)
        try:
            self._prepare(write=write)
        except BaseException:
            self._bolt.close()
            raise

    def _prepare(self, *, write: bool) -> None:
        if not write:
            pending(self._bolt, files())  # a store of a newer version is refused for reading too
            return
        migrate(self._bolt)
        if not self._bolt.read("store/read_lease"):
            self._bolt.write("store/create_state", uuid=uuid.uuid4().hex)

    def version(self) -> StoreVersion:
        """Tell which content the store holds."""
        return sync.read_version(self._bolt)

    def put_records(
        self,
        source: dict[str, Any],
        frames: dict[str, pd.DataFrame],
        replace: bool,
        report: Report = silent,
    ) -> bool:
        """Keep what a source said; False where the store already held just that and nothing was written."""
        with self._lease.held():
            drafts = self.drafts(report)
            drafts.open(source, replace=replace).add(frames)
            return drafts.keep()

    def drafts(self, report: Report = silent) -> records.Drafts:
        """Begin to write record sets that count together; the caller holds the right to write."""
        return records.Drafts(self._bolt, self._lease, report)

    def forget(self, source_id: str) -> bool:
        """Remove all that a source said from the records; False where it said nothing."""
        with self._lease.held():
            return records.forget(self._bolt, self._lease, source_id)

    def held(self) -> list[Held]:
        """Tell what is held of each source, in the order of loading, without reading it."""
        return records.held(self._bolt)

    def loads(self) -> list[Load]:
        """Give the load log, oldest first."""
        return records.loads(self._bolt)

    def read_records(self, source: str | None = None) -> list[RecordSet]:
        """Give back everything that was said, or all that one source said, in the order in which it was loaded."""
        return records.read(self._bolt, source)

    def read_graph(self, report: Report = silent) -> Graph:
        """Read all nodes and relationships."""
        return sync.read_graph(self._bolt, report)

    def sync(self, parts: Iterable[Mapping[str, pd.DataFrame]], version: int, report: Report = silent) -> SyncCounts:
        """Bring nodes and relationships to the given tables of a graph, writing only differences."""
        with self._lease.held():
            return sync.Sync(self._bolt, self._lease, self.version(), report).run(parts, version)

    def write_run(self, run: dict[str, Any], rows: list[dict[str, Any]]) -> None:
        """Keep the result of an exposure run; the version stays."""
        results.write_run(self._lease, run, rows)

    def read(
        self,
        statement: str,
        parameters: dict[str, Any],
        *,
        timeout: float,
        max_rows: int,
        cancelled: threading.Event | None = None,
    ) -> Rows:
        """Run a reading statement for a user."""
        return analyst.read(self._bolt, statement, parameters, timeout=timeout, max_rows=max_rows, cancelled=cancelled)

    def plan(self, statement: str, parameters: dict[str, Any], *, timeout: float) -> str:
        """Give the plan of a reading statement, as the server writes it, without running it."""
        return analyst.plan(self._bolt, statement, parameters, timeout=timeout)

    def writer(self) -> AbstractContextManager[None]:
        """Hold the right to write; one holder at a time."""
        return self._lease.held()

    def trail(self) -> Trail:
        """Give the audit trail."""
        return trail.read(self._bolt)

    def trail_head(self) -> str:
        """Hash of the last entry of the audit trail, as the store remembers it."""
        return trail.head(self._bolt)

    def note(self, state: State = State.DONE) -> None:
        """Note what is being done (`graph_core.audit.acting`), where nothing that was written has noted it."""
        trail.note(self._lease, state)

    def noted(self) -> AbstractContextManager[None]:
        """Note the beginning and the end of what happens outside the store."""
        return trail.noted(self._lease)

    def close(self) -> None:
        """Give up the connection."""
        self._bolt.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connection(settings: Settings) -> Connection:
    """Where the store of these settings answers; starts the embedded engine where it is the store."""
    if settings.embedded:
        return ensure_running(settings)
    private_folder(settings.home)
    login = (settings.neo4j_user, settings.neo4j_password.get_secret_value())
    return Connection(settings.neo4j_uri, login, login, settings.neo4j_database)


def open_store(settings: Settings, *, write: bool) -> BoltStore:
    """Open the store that the settings name.

    Parameters
    ----------
    settings : Settings
        Names a server, or the home of the embedded engine.
    write : bool
        Whether it will be written to; a fresh store is then prepared.

    Returns
    -------
    BoltStore
        Close it after use.

    Raises
    ------
    StoreError
        No store answers, it does not start, or it was written by a newer version.
    StoreAuthError
        The login is refused.
    """
    return BoltStore(connection(settings), write=write)

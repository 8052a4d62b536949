"""The right to write: one writer a store, on whatever machine it runs.

The lease stands in the store itself and runs out by the server's clock. Every writing transaction renews it last,
so that what a writer wrote that had lost it (a suspended laptop) is rolled back. Until then it holds no lock on the
lease, and two transactions of one writer can be under way at once.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from neo4j import ManagedTransaction, Record

from graph_core.errors import RefusedError, StoreBusyError, StoreError
from graph_core.queries import statement
from graph_core.store.bolt import Bolt
from graph_core.store.process import ProcessId, machine, own

T = TypeVar("T")

#: Leases that this process holds just now; one of its own that is not among them was lost with a store that died.
_HELD: set[str] = set()
#: Time in seconds for which a lease is taken and renewed.
SECONDS = 120
_LOST = (
    "Another process took over writing while this one was not running. Nothing more was written; run the command again."
)


class Lease:
    """The right of one process to write to one store; taking it again while it is held is free."""

    def __init__(self, bolt: Bolt) -> None:
        self._bolt = bolt
        #: Another one each time it is taken, so that a transaction which an earlier holding left behind ends with it.
        self._owner = uuid.uuid4().hex
        self._depth = 0
        self._renewed = 0.0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lease.

        Raises
        ------
        StoreBusyError
            Another process writes; the message names it.
        """
        if not self._depth:
            self._take()
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                self._drop()

    def transaction(self, work: Callable[[ManagedTransaction], T]) -> T:
        """Write in one transaction, provided that the lease is still ours.

        Raises
        ------
        StoreBusyError
            The lease ran out and another process took it; nothing was written.
        """
        owner = self._owner

        def guarded(tx: ManagedTransaction) -> T:
            done = work(tx)
            parameters = {"owner": owner, "milliseconds": SECONDS * 1000}
            if tx.run(statement("store/renew_lease"), parameters).single() is None:
                raise StoreBusyError(_LOST)
            return done

        begun = time.monotonic()
        try:
            done = self._bolt.transaction(guarded)
        except StoreError as error:
            # The server may have refused it because who took over wrote the same before.
            if isinstance(error.__cause__, RefusedError) and self._is_lost(owner):
                raise StoreBusyError(_LOST) from error
            raise
        self._renewed = begun
        return done

    def _is_lost(self, owner: str) -> bool:
        return [row["owner"] for row in self._bolt.read("store/read_lease")] != [owner]

    def renew(self) -> None:
        """Keep the lease through long work that writes nothing; free while most of its time is left."""
        if time.monotonic() - self._renewed > SECONDS / 4:
            self.transaction(lambda _: None)

    def write(self, name: str, /, **parameters: Any) -> list[Record]:
        """Run one writing statement of the catalogue, provided that the lease is still ours."""
        return self.transaction(lambda tx: list(tx.run(statement(name), parameters)))

    def _take(self) -> None:
        found = self._bolt.read("store/read_lease")
        if not found:
            raise StoreError("The store was not prepared for writing. Open it with write=True.")
        process = own()
        self._owner = uuid.uuid4().hex
        begun = time.monotonic()
        taken = self._bolt.write(
            "store/take_lease",
            owner=self._owner,
            dead=_dead(found[0]),
            host=machine(),
            pid=process.pid,
            started=process.started,
            milliseconds=SECONDS * 1000,
        )
        if not taken:
            raise StoreBusyError(_busy(self._bolt.read("store/read_lease")[0]))
        self._renewed = begun
        _HELD.add(self._owner)

    def _drop(self) -> None:
        _HELD.discard(self._owner)
        with suppress(StoreError):  # the store is gone, or we are ending because of that; the lease runs out
            self._bolt.write("store/drop_lease", owner=self._owner)


def _dead(holder: Record) -> str:
    """Owner of a lease whose process on this machine is gone; a name that no one has where it may live."""
    owner = str(holder["owner"])
    if not owner or holder["host"] != machine():
        return "-"
    process = ProcessId(holder["pid"], holder["started"])
    alive = owner in _HELD if process.pid == own().pid and process.alive else process.alive
    return "-" if alive else owner


def _busy(holder: Record) -> str:
    where = "this machine" if holder["host"] == machine() else f"machine {str(holder['host']).split('/')[0]}"
    return (
        f"Another process is writing to the store: process {holder['pid']} on {where}. Wait until it is done. "
        f"If it died, its claim ends in {max(0, holder['remaining']) / 1000:.0f} s."
    )

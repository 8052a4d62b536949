"""The audit trail in the store: written in the transaction of what it tells of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict

from neo4j import ManagedTransaction

from graph_core.audit import COLUMNS, Entry, State, Trail, current, entry
from graph_core.errors import StoreError
from graph_core.queries import statement
from graph_core.store.bolt import Bolt
from graph_core.store.lease import Lease


def put(tx: ManagedTransaction, subject: str = "", state: State = State.DONE) -> None:
    """Note what is being done as part of a transaction; ``subject`` where the act names none."""
    noting = current()
    head = tx.run(statement("store/read_trail_head")).single()
    if head is None:
        raise StoreError("The store lost its state. Stop tiertrace and check the data folder.")
    made = entry(
        noting.act, state, seq=head["last"] + 1, records=head["records"], previous=head["head"], subject=subject
    )
    tx.run(statement("store/put_audit_entry"), asdict(made) | {"id": f"{made.seq:09d}"}).consume()
    noting.entries += 1


def note(lease: Lease, state: State) -> None:
    """Note what is being done in a transaction of its own."""
    with lease.held():
        lease.transaction(lambda tx: put(tx, state=state))


@contextmanager
def noted(lease: Lease) -> Iterator[None]:
    """Note the beginning and the end of what happens outside the store."""
    note(lease, State.BEGUN)
    try:
        yield
    except BaseException:
        with suppress(StoreError):  # what went wrong is told; a beginning without an end says as much
            note(lease, State.FAILED)
        raise
    note(lease, State.DONE)


def head(bolt: Bolt) -> str:
    """Give the hash of the last entry, as the store remembers it; see `graph_core.store.base.Store.trail_head`."""
    rows = bolt.read("store/read_trail_head")
    return str(rows[0]["head"]) if rows else ""


def read(bolt: Bolt) -> Trail:
    """Give the whole trail; see `graph_core.store.base.Store.trail`."""

    def work(tx: ManagedTransaction) -> Trail:
        head = tx.run(statement("store/read_trail_head")).single()
        if head is None:
            return Trail("", 0, "", [])
        rows = list(tx.run(statement("store/read_audit_entries")))
        entries = [Entry(**{name: row[name] for name in COLUMNS}) for row in rows]
        return Trail(head["store"], head["last"], head["head"], entries)

    return bolt.reading(work)

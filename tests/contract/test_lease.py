"""One writer at a time, and no dead one in the way."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from neo4j import ManagedTransaction, Record

from graph_core.errors import StoreBusyError, StoreError
from graph_core.graph import digest
from graph_core.settings import Settings
from graph_core.store import columns, lease, process, sync
from graph_core.store.base import DERIVING
from graph_core.store.lease import Lease
from graph_core.store.open import BoltStore, open_store
from graph_core.store.process import ProcessId
from tests.contract.graphs import PALM, graph, records


def test_a_second_writer_is_refused_and_told_who_writes(store: BoltStore, store_settings: Settings) -> None:
    with open_store(store_settings, write=True) as other, store.writer():
        with pytest.raises(StoreBusyError, match=f"process {os.getpid()} on this machine"):
            other.put_records(PALM, records(), True)
        with pytest.raises(StoreBusyError), other.writer():
            pass
        assert store.put_records(PALM, records(), True)
    with open_store(store_settings, write=True) as other:
        assert other.put_records(PALM, records(5), True)


def test_reading_needs_no_lease(store: BoltStore, store_settings: Settings) -> None:
    store.sync([graph().tables], 1)
    with open_store(store_settings, write=False) as reader, store.writer():
        assert reader.read_graph().hash == graph().hash


def test_holding_it_twice_is_free(store: BoltStore) -> None:
    with store.writer(), store.writer():
        store.put_records(PALM, records(), True)
    assert store._bolt.read("store/read_lease")[0]["owner"] == ""


def test_a_dead_holder_of_this_machine_is_no_hindrance(store: BoltStore) -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    _hold(store, process.machine(), ProcessId(child.pid, 1.0))
    assert store.put_records(PALM, records(), True)


def test_a_number_that_another_process_has_now_is_a_dead_holder(store: BoltStore) -> None:
    _hold(store, process.machine(), ProcessId(os.getpid(), process.own().started - 1000))
    assert store.put_records(PALM, records(), True)


def test_a_holder_elsewhere_is_waited_for_until_its_time_is_up(store: BoltStore) -> None:
    _hold(store, "elsewhere/00", ProcessId(1, 1.0))
    with pytest.raises(StoreBusyError, match="machine elsewhere"):
        store.put_records(PALM, records(), True)
    _hold(store, "elsewhere/00", ProcessId(1, 1.0), milliseconds=-1)
    assert store.put_records(PALM, records(), True)


def test_a_writer_that_lost_it_cannot_write(store: BoltStore, store_settings: Settings) -> None:
    with store.writer():
        _hold(store, "elsewhere/00", ProcessId(1, 1.0))
        with pytest.raises(StoreBusyError, match="took over"):
            store.sync([graph().tables], 1)
    assert store.version().derived == 0
    assert store._bolt.read("store/read_lease")[0]["owner"] == "other", "what is not ours is not dropped"


def test_what_an_earlier_holding_left_behind_ends_with_it(store: BoltStore) -> None:
    """Such as a batch that is under way when Ctrl-C ends a load."""
    open_, go_on, ends = threading.Event(), threading.Event(), list[object]()

    def left_behind(tx: ManagedTransaction) -> None:
        tx.run("CREATE (:Party {id: 'late'})").consume()
        open_.set()
        assert go_on.wait(20)

    def write() -> None:
        try:
            ends.append(store._lease.transaction(left_behind))
        except StoreBusyError as error:
            ends.append(error)

    late = threading.Thread(target=write)
    with store.writer():
        late.start()
        assert open_.wait(20)
    with store.writer():
        go_on.set()
        late.join(20)
        assert isinstance(ends[0], StoreBusyError)
    assert _parties(store) == 0


@pytest.mark.parametrize("lost_in", range(1, 6))
def test_what_a_writer_wrote_that_lost_it_meanwhile_is_rolled_back(
    store: BoltStore, monkeypatch: pytest.MonkeyPatch, lost_in: int
) -> None:
    """Lost behind the statements of any transaction and before its commit, also of one of two that are under way."""
    monkeypatch.setattr(sync, "_LANE_ROWS", 3)
    monkeypatch.setattr(sync, "_FEW", 3)
    monkeypatch.setattr(columns, "MAX_ROWS", 3)
    counting = threading.Lock()
    begun: list[int] = []
    written: list[int] = []
    run = Lease.transaction

    def losing(self: Lease, work: Callable[[ManagedTransaction], object]) -> object:
        with counting:
            begun.append(len(begun) + 1)
            number = begun[-1]

        def losing_it(tx: ManagedTransaction) -> object:
            done = work(tx)
            if number == lost_in:
                store._bolt.transaction(_take)
                written.append(_parties(store))
            return done

        return run(self, losing_it)

    monkeypatch.setattr(Lease, "transaction", losing)
    with store.writer(), pytest.raises(StoreBusyError, match="took over"):
        store.sync([graph().tables], 1)
    assert [_parties(store)] == written, "what was complete before the loss may stand, and nothing else"
    assert store._bolt.read("store/read_lease")[0]["owner"] == "other"


def test_a_row_that_the_new_holder_wrote_is_told_as_what_it_is(
    store: BoltStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server refuses a second node of one id before the lease is looked at."""
    run = Lease.transaction

    def losing(self: Lease, work: Callable[[ManagedTransaction], object]) -> object:
        store._bolt.transaction(_take)
        store._bolt.transaction(lambda tx: tx.run("MERGE (:Facility:Party {id: 'F00000'})").consume())
        return run(self, work)

    with store.writer():
        store._lease.write("store/set_derived", derived=DERIVING)
        monkeypatch.setattr(Lease, "transaction", losing)
        with pytest.raises(StoreBusyError, match="took over"):
            store._lease.write("store/create_facility", rows=columns.rows(*_first_site()))


def _parties(store: BoltStore) -> int:
    counts = {row["name"]: row["number"] for row in store._bolt.read("store/counts")}
    return int(counts["Organization"] + counts["Facility"])


def _first_site() -> tuple[str, pd.DataFrame, np.ndarray]:
    sites = graph()["Facility"].head(1)
    return "Facility", sites, digest(sites)


def _take(tx: ManagedTransaction) -> None:
    tx.run(
        "MATCH (l:Lease {id: 'writer'}) SET l.owner = 'other', l.host = 'elsewhere/00', l.expires = timestamp() + 99999"
    ).consume()


def _hold(store: BoltStore, host: str, holder: ProcessId, milliseconds: int = lease.SECONDS * 1000) -> None:
    store._bolt.transaction(
        lambda tx: tx.run(
            "MATCH (l:Lease {id: 'writer'}) SET l.owner = 'other', l.host = $host, l.pid = $pid, "
            "l.started = $started, l.expires = timestamp() + $milliseconds",
            host=host,
            pid=holder.pid,
            started=holder.started,
            milliseconds=milliseconds,
        ).consume()
    )


def test_a_lease_that_was_lost_with_a_dead_store_does_not_block_its_own_process(
    store: BoltStore, store_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = store._bolt.write

    def dead(name: str, /, **parameters: object) -> list[Record]:
        if name == "store/drop_lease":
            raise StoreError("gone")
        return drop(name, **parameters)

    monkeypatch.setattr(store._bolt, "write", dead)
    with store.writer():
        pass
    assert store._bolt.read("store/read_lease")[0]["owner"]
    with open_store(store_settings, write=True) as again:
        assert again.put_records(PALM, records(), True)

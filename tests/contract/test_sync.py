"""Nodes and relationships: exactly the graph that was given, on both servers, whatever was there before."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest
from neo4j import ManagedTransaction

from graph_core.errors import StoreBusyError, StoreError
from graph_core.graph import Graph
from graph_core.store import columns, sync
from graph_core.store.base import DERIVING, SyncCounts
from graph_core.store.lease import Lease
from graph_core.store.open import BoltStore
from tests.contract.graphs import changed, graph


def ask(store: BoltStore, statement: str) -> list[list[Any]]:
    return store.read(statement, {}, timeout=30, max_rows=1000).rows


def size(some: Graph) -> int:
    return sum(len(frame) for frame in some.tables.values())


def _at_work() -> set[str]:
    """Threads of a sync, some moments after it."""
    found = {"ahead", "side by side"}
    for _ in range(200):
        found = {thread.name for thread in threading.enumerate()} & {"ahead", "side by side"}
        if not found:
            break
        time.sleep(0.02)
    return found


def test_both_servers_hold_the_same_graph(both_stores: tuple[BoltStore, BoltStore]) -> None:
    wanted = graph()
    for store in both_stores:
        assert store.sync([wanted.tables], 3) == SyncCounts(created=size(wanted))
    embedded, neo4j = (store.read_graph() for store in both_stores)
    assert embedded.hash == neo4j.hash == wanted.hash
    assert embedded.version == 3


def test_values_come_back_with_their_types(store: BoltStore) -> None:
    wanted = graph()
    store.sync([wanted.tables], 1)
    found = store.read_graph()
    for name, frame in wanted.tables.items():
        pd.testing.assert_frame_equal(found[name], frame, check_exact=True, obj=name)


def test_the_same_graph_again_writes_nothing(store: BoltStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.sync([graph().tables], 1)
    monkeypatch.setattr(Lease, "transaction", lambda *_: pytest.fail("something was written"))
    assert store.sync([graph().tables], 1).total == 0


def test_only_differences_are_counted(store: BoltStore) -> None:
    before = graph()
    store.sync([before.tables], 1)
    sites = before["Facility"].copy()
    sites.loc[7, "name"] = "other"
    links = before["SUPPLIES"].iloc[5:].copy()
    links.loc[links.index[0], "volume"] = 99.0
    after = changed(before, Facility=sites, SUPPLIES=links)
    assert store.sync([after.tables], 2) == SyncCounts(created=0, updated=2, deleted=5)
    assert store.read_graph().hash == after.hash


def test_a_value_that_is_gone_leaves_the_node(store: BoltStore) -> None:
    before = graph()
    store.sync([before.tables], 1)
    sites = before["Facility"].copy()
    sites["country"] = None
    after = changed(before, Facility=sites)
    store.sync([after.tables], 2)
    assert store.read_graph().hash == after.hash
    assert ask(store, "MATCH (n:Facility) WHERE n.country IS NOT NULL RETURN count(n)") == [[0]]


def test_a_relationship_can_move_to_other_ends(store: BoltStore) -> None:
    before = graph()
    store.sync([before.tables], 1)
    links = before["SUPPLIES"].copy()
    links["start"], links["end"] = links["end"].to_numpy(), links["start"].to_numpy()
    after = changed(before, SUPPLIES=links)
    store.sync([after.tables], 2)
    assert store.read_graph().hash == after.hash


def test_a_site_that_turns_out_to_be_a_company_keeps_its_links(store: BoltStore) -> None:
    before = graph()
    store.sync([before.tables], 1)
    mover = before["Facility"]["id"].iloc[3]
    firms = pd.concat([before["Organization"], pd.DataFrame({"id": [mover], "name": ["now a firm"]})])
    after = changed(before, Facility=before["Facility"].query("id != @mover"), Organization=firms)
    store.sync([after.tables], 2)
    assert store.read_graph().hash == after.hash
    linked = (after["SUPPLIES"][["start", "end"]] == mover).any(axis=1).sum()
    assert ask(store, f"MATCH (:Organization {{id: '{mover}'}})-[r:SUPPLIES]-() RETURN count(DISTINCT r)") == [[linked]]


def test_a_brand_has_its_label_as_long_as_the_role(store: BoltStore) -> None:
    before = graph()
    store.sync([before.tables], 1)
    brands = "MATCH (n:Brand) RETURN n.id ORDER BY n.id"
    assert ask(store, brands) == [["O00000"], ["O00001"], ["O00002"]]
    firms = before["Organization"].copy()
    firms["brand"] = [i in (1, 5) for i in range(len(firms))]
    after = changed(before, Organization=firms)
    store.sync([after.tables], 2)
    assert ask(store, brands) == [["O00001"], ["O00005"]]
    assert store.read_graph().hash == after.hash, "links survive the change of a label"


@pytest.mark.parametrize(("step", "bare"), [(0, False), (5, False), (11, False), (0, True), (5, True), (9, True)])
def test_a_sync_cut_short_anywhere_is_ended_by_the_next(
    store: BoltStore, monkeypatch: pytest.MonkeyPatch, step: int, bare: bool
) -> None:
    monkeypatch.setattr(columns, "MAX_ROWS", 40)
    monkeypatch.setattr(sync, "_LANE_ROWS", 10)
    monkeypatch.setattr(sync, "_FEW", 10)
    before, after = graph(seed=1), graph(facilities=50, links=150, seed=2)
    if not bare:
        store.sync([before.tables], 1)
    write: Callable[..., Any] = Lease.transaction
    calls = []

    def dying(self: Lease, work: Any) -> Any:
        calls.append(1)
        if len(calls) > step + 1:
            raise KeyboardInterrupt
        return write(self, work)

    with monkeypatch.context() as patch:
        patch.setattr(Lease, "transaction", dying)
        with pytest.raises(KeyboardInterrupt):
            store.sync([after.tables], 2)
    assert store.version().derived == DERIVING
    assert not _at_work(), "threads that nobody waits for"
    with pytest.raises(StoreBusyError, match="cut short"):
        store.read_graph()
    store.sync([after.tables], 2)
    assert store.read_graph().hash == after.hash
    assert ask(store, "MATCH (n:Brand) RETURN count(n)") == [[3]]


def test_batches_side_by_side_write_each_row_once(store: BoltStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a server the first two batches are written before either is committed: each waits for the other there."""
    monkeypatch.setattr(sync, "_LANE_ROWS", 7)
    monkeypatch.setattr(sync, "_FEW", 7)
    counting, both = threading.Lock(), threading.Barrier(2, timeout=20)
    begun: list[int] = []
    run = Lease.transaction

    def meeting(self: Lease, work: Callable[..., Any]) -> Any:
        with counting:
            begun.append(len(begun) + 1)
            number = begun[-1]

        def work_and_meet(tx: Any) -> Any:
            done = work(tx)
            if not store._bolt.embedded and number in (2, 3):  # the first marks the graph
                both.wait()
            return done

        return run(self, work_and_meet)

    monkeypatch.setattr(Lease, "transaction", meeting)
    wanted, told = graph(facilities=500), list[tuple[str, int, int]]()
    assert store.sync([wanted.tables], 1, lambda *step: told.append(step)) == SyncCounts(created=size(wanted))
    assert store.read_graph().hash == wanted.hash
    sites = [done for what, done, _ in told if what == "write Facility"]
    assert sites == sorted(sites)
    assert sites[-1] == 500


def test_lanes_get_as_many_rows_each(store: BoltStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "_LANE_ROWS", 7)
    monkeypatch.setattr(sync, "_FEW", 7)
    monkeypatch.setattr(columns, "MAX_ROWS", 26)
    sizes: list[int] = []
    execute = sync._execute

    def counted(tx: ManagedTransaction, step: Any) -> None:
        if step.statement == "store/create_facility":
            sizes.append(len(step.rows))
        execute(tx, step)

    monkeypatch.setattr(sync, "_execute", counted)
    wanted = graph(facilities=41)
    store.sync([wanted.tables], 1)
    assert sizes == [26, 15] if store._bolt.embedded else sorted(sizes) == [6, 7, 7, 7, 7, 7]
    assert store.read_graph().hash == wanted.hash


def test_statements_of_relationships_take_turns_and_begin_before_the_commit_of_those_before(
    store: BoltStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a server each of the first transactions stays open until the statements of the next have begun."""
    monkeypatch.setattr(sync, "_LANE_ROWS", 20)
    monkeypatch.setattr(sync, "_FEW", 0)
    begun = {done: threading.Event() for done in range(20, 201, 20)}
    under_way, mine, written = threading.Lock(), threading.local(), set[int]()
    execute, run = sync._execute, Lease.transaction

    def turning(tx: ManagedTransaction, step: Any) -> None:
        mine.done = step.done if step.name == "SUPPLIES" else None
        if mine.done is None:
            execute(tx, step)
            return
        begun.get(mine.done, threading.Event()).set()
        assert under_way.acquire(blocking=False), "statements of two at once"
        try:
            execute(tx, step)
        finally:
            under_way.release()

    def staying(self: Lease, work: Callable[..., Any]) -> Any:
        def work_and_stay(tx: ManagedTransaction) -> Any:
            mine.done = None
            work(tx)
            if mine.done is not None:
                written.add(mine.done)
                assert store._bolt.embedded or mine.done == 200 or begun[mine.done + 20].wait(20)

        return run(self, work_and_stay)

    monkeypatch.setattr(sync, "_execute", turning)
    monkeypatch.setattr(Lease, "transaction", staying)
    wanted = graph(links=200)
    store.sync([wanted.tables], 1)
    assert store.read_graph().hash == wanted.hash
    assert written == ({200} if store._bolt.embedded else set(begun))


def test_few_rows_of_several_tables_go_in_one_transaction(store: BoltStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the labels of brands: the embedded engine changes none of a node that the same transaction made."""
    wrote: list[list[str]] = []
    mine, run, execute = threading.local(), Lease.transaction, sync._execute

    def named(tx: ManagedTransaction, step: Any) -> None:
        mine.names.append(step.statement.removeprefix("store/"))
        execute(tx, step)

    def counted(self: Lease, work: Callable[..., Any]) -> Any:
        mine.names = []
        done = run(self, work)
        wrote.append(mine.names)
        return done

    monkeypatch.setattr(sync, "_execute", named)
    monkeypatch.setattr(Lease, "transaction", counted)
    wanted = graph(links=600)
    small = {"ABOUT": wanted["ABOUT"], "DISCLOSED": wanted["DISCLOSED"]}
    store.sync([{name: frame for name, frame in wanted.tables.items() if name not in small}, small], 1)
    found = [names for names in wrote if names]
    assert found[:3] == [
        ["create_organization"],
        ["mark_brands"],
        ["create_facility", "create_finding", "create_disclosure_list"],
    ]
    # On a server two transactions of relationships are under way at once, and either may end first.
    assert sorted(found[3:]) == [["create_about", "create_disclosed"], ["create_supplies"]]
    assert store.read_graph().hash == wanted.hash
    gone = wanted["Facility"]["id"][0]
    links = wanted["SUPPLIES"]
    left = links[(links["start"] != gone) & (links["end"] != gone)]
    fewer = changed(wanted, Facility=wanted["Facility"].iloc[1:], SUPPLIES=left, ABOUT=wanted["ABOUT"].iloc[:0])
    store.sync([fewer.tables], 2)
    wrote.clear()
    store.sync([wanted.tables], 3)
    assert [names for names in wrote if names] == [["create_facility", "create_supplies", "create_about"]]
    assert store.read_graph().hash == wanted.hash


def test_a_relationship_without_an_end_is_no_silent_loss(store: BoltStore) -> None:
    before = graph()
    links = before["SUPPLIES"].copy()
    links.loc[0, "end"] = "nobody"
    with pytest.raises(StoreError, match="1 of 200 SUPPLIES"):
        store.sync([changed(before, SUPPLIES=links).tables], 1)


def test_one_id_for_a_site_and_a_company_is_refused(store: BoltStore) -> None:
    """The embedded engine would take both."""
    before = graph()
    firms = before["Organization"].copy()
    firms.loc[0, "id"] = before["Facility"]["id"].iloc[0]
    with pytest.raises(StoreError, match="two Party with the id 'F00000'"):
        store.sync([changed(before, Organization=firms).tables], 1)
    assert store.version().derived == 0


def test_long_texts_go_in_messages_below_the_limit(store: BoltStore) -> None:
    """18 MB in one message would hang or be refused."""
    findings = pd.DataFrame({"id": [f"X{i}" for i in range(20)], "note": ["纺" * 300_000] * 20})
    wanted = changed(Graph(), Finding=findings)
    store.sync([wanted.tables], 1)
    assert store.read_graph().hash == wanted.hash


def test_reading_in_slices_and_pages_gives_each_row_once(store: BoltStore, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = graph()
    store.sync([wanted.tables], 1)
    monkeypatch.setattr(sync, "SLICE", 70)
    monkeypatch.setattr(sync, "PAGE", 10)
    assert store.read_graph().hash == wanted.hash
    assert store.sync([wanted.tables], 1).total == 0


def test_a_graph_that_changes_while_it_is_read_is_read_again(store: BoltStore, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = graph(), graph(seed=5)
    store.sync([before.tables], 1)
    counts, calls = sync._counts, []

    def meanwhile(bolt: Any) -> dict[str, int]:
        calls.append(1)
        if len(calls) == 1:
            found = counts(bolt)
            monkeypatch.setattr(sync, "_counts", counts)
            store.sync([after.tables], 2)
            return found
        return counts(bolt)

    monkeypatch.setattr(sync, "_counts", meanwhile)
    found = store.read_graph()
    assert (found.hash, found.version) == (after.hash, 2)


def test_nodes_that_a_user_made_are_left_alone(store: BoltStore) -> None:
    store._bolt.transaction(lambda tx: tx.run("CREATE (:Note {text: 'mine'}), (:Facility {name: 'no id'})").consume())
    store.sync([graph().tables], 1)
    assert store.read_graph().hash == graph().hash
    assert ask(store, "MATCH (n:Note) RETURN n.text") == [["mine"]]


def test_tables_come_in_parts_and_the_graph_is_whole_after_the_last(store: BoltStore) -> None:
    before = graph()
    store.sync([before.tables], 1)
    gone = before["ABOUT"]["end"][0]  # takes along its relationships, those of the later part too
    kinds = ("SUPPLIES", "OPERATES", "OWNS", "ABOUT", "LOCATED_IN", "PRODUCES")
    left = {kind: before[kind][(before[kind]["start"] != gone) & (before[kind]["end"] != gone)] for kind in kinds}
    sites = before["Facility"]
    wanted = changed(before, Facility=sites[sites["id"] != gone], **left)
    seen: list[int] = []

    def parts() -> Iterator[dict[str, pd.DataFrame]]:
        yield {name: frame for name, frame in wanted.tables.items() if name != "ABOUT"}
        seen.append(store.version().derived)
        yield {"ABOUT": wanted["ABOUT"]}

    counts = store.sync(parts(), 2)
    assert seen == [DERIVING]
    gone_too = sum(len(before[kind]) - len(wanted[kind]) for kind in kinds)
    assert counts == SyncCounts(deleted=1 + gone_too), "those that went along with the site are counted"
    assert (store.read_graph().hash, store.version().derived) == (wanted.hash, 2)


def test_what_no_part_names_stays(store: BoltStore) -> None:
    before = graph()
    store.sync([before.tables], 1)
    none = before["ABOUT"].iloc[:0]
    assert store.sync([{"ABOUT": none}], 2) == SyncCounts(deleted=len(before["ABOUT"]))
    assert store.read_graph().hash == changed(before, ABOUT=none).hash
    assert store.sync([], 3) == SyncCounts()
    assert store.version().derived == 3


def test_a_part_that_cannot_be_worked_out_leaves_a_graph_that_the_next_sync_ends(store: BoltStore) -> None:
    wanted = graph()

    def parts() -> Iterator[dict[str, pd.DataFrame]]:
        yield {name: frame for name, frame in wanted.tables.items() if name != "ABOUT"}
        raise ValueError("no memory")

    with pytest.raises(ValueError, match="no memory"):
        store.sync(parts(), 1)
    assert store.version().derived == DERIVING
    assert store.sync([wanted.tables], 1).total == len(wanted["ABOUT"])
    assert store.read_graph().hash == wanted.hash


def test_results_hang_on_the_run_and_do_not_change_the_version(store: BoltStore) -> None:
    store.sync([graph().tables], 1)
    before = store.version()
    run = {
        "id": "r1",
        "as_of": "2021-06-30",
        "score_name": "traced_share",
        "parameters": {"documented_only": False},
        "input_hash": "ab",
        "code_version": "0.1",
    }
    rows: list[dict[str, Any]] = [
        {"brand": "O00000", "score": 1, "lower": 0.25, "attribution_ids": ["F00001"], "attribution_shares": [1]},
        {"brand": "O00001", "score": None},
    ]
    store.write_run(run, rows)
    store.write_run(run, rows)
    assert store.version() == before
    found = ask(
        store,
        "MATCH (x:ExposureRun)-[f:FOUND]->(o) RETURN x.as_of, x.parameters, o.id, f.score, f.lower, "
        "f.attribution_shares ORDER BY o.id",
    )
    assert found == [
        ["2021-06-30", '{"documented_only": false}', "O00000", 1.0, 0.25, [1.0]],
        ["2021-06-30", '{"documented_only": false}', "O00001", None, None, []],
    ]
    assert isinstance(found[0][3], float)
    assert store.sync([graph().tables], 1).total == 0

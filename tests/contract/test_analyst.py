"""Statements of users: they read, in time, so many rows, and nothing else."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from graph_core.errors import RefusedError, StoreError
from graph_core.store.open import BoltStore
from tests.contract.graphs import graph

WRITES = {
    "create": "CREATE (:X {id: '1'})",
    "create_relationship": "MATCH (a:Facility {id: 'F00001'}), (b:Facility {id: 'F00002'}) CREATE (a)-[:SUPPLIES]->(b)",
    "set": "MATCH (n:Facility {id: 'F00001'}) SET n.name = 'x'",
    "set_label": "MATCH (n:Facility {id: 'F00001'}) SET n:X",
    "remove": "MATCH (n:Facility {id: 'F00001'}) REMOVE n.name",
    "merge": "MERGE (:X {id: '1'})",
    "delete": "MATCH (n:Finding) DETACH DELETE n",
    "delete_relationship": "MATCH ()-[r:SUPPLIES]->() DELETE r",
    "foreach": "FOREACH (i IN [1] | CREATE (:X {id: '1'}))",
    "subquery": "UNWIND [1] AS i CALL (i) { CREATE (n:X {id: toString(i)}) RETURN n } RETURN n.id",
    "in_transactions": "UNWIND [1] AS i CALL (i) { CREATE (:X {id: toString(i)}) } IN TRANSACTIONS",
    "create_index": "CREATE INDEX x_name FOR (n:X) ON (n.name)",
    "drop_index": "DROP INDEX facility_name",
    "create_constraint": "CREATE CONSTRAINT x_id FOR (n:X) REQUIRE n.id IS UNIQUE",
    "drop_constraint": "DROP CONSTRAINT supplies_id",
    "create_user": "CREATE USER mallory SET PASSWORD 'mallory-12345' CHANGE NOT REQUIRED",
    "create_database": "CREATE DATABASE other",
}


@pytest.fixture
def filled(store: BoltStore) -> BoltStore:
    store.sync([graph().tables], 1)
    return store


def test_a_reader_cannot_write(filled: BoltStore) -> None:
    went_through = []
    for name, statement in WRITES.items():
        try:
            filled.read(statement, {}, timeout=20, max_rows=10)
            went_through.append(name)
        except RefusedError:
            pass
    assert went_through == []
    assert filled.read_graph().hash == graph().hash
    names = [r["name"] for r in filled._bolt.transaction(lambda tx: list(tx.run("SHOW INDEXES YIELD name")))]
    assert {"x_name", "x_id"} & set(names) == set()
    assert "facility_name" in names or "Facility[name]" in names
    assert filled.read("MATCH (n:X) RETURN count(n)", {}, timeout=20, max_rows=1).rows == [[0]]


def test_the_login_itself_cannot_write(filled: BoltStore) -> None:
    """Not even past our own checks: the server refuses."""
    with pytest.raises(RefusedError):
        filled._bolt.reading(lambda tx: list(tx.run("CREATE (n:X {id: '1'}) RETURN n")))


def test_files_are_not_read(filled: BoltStore, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n")
    with pytest.raises(RefusedError):
        filled.read(f"LOAD CSV FROM 'file://{secret}' AS line RETURN line", {}, timeout=20, max_rows=10)


def test_files_are_not_read_by_the_writing_login_of_the_embedded_engine(
    both_stores: tuple[BoltStore, BoltStore], tmp_path: Path
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n")
    with pytest.raises(StoreError):
        both_stores[0]._bolt.transaction(
            lambda tx: list(tx.run(f"LOAD CSV FROM 'file://{secret}' AS line RETURN line"))
        )


def test_the_cap_on_rows_is_told(filled: BoltStore) -> None:
    some = filled.read("MATCH (n:Facility) RETURN n.id AS id ORDER BY id", {}, timeout=20, max_rows=2)
    assert (some.columns, some.rows, some.truncated) == (["id"], [["F00000"], ["F00001"]], True)
    exact = filled.read("MATCH (n:Finding) RETURN n.id", {}, timeout=20, max_rows=2)
    assert (len(exact.rows), exact.truncated) == (2, False)
    none = filled.read("MATCH (n:Finding) RETURN n.id", {}, timeout=20, max_rows=0)
    assert (none.columns, none.rows, none.truncated) == (["n.id"], [], True)


def test_a_statement_that_takes_too_long_is_ended(filled: BoltStore) -> None:
    slow = (
        "MATCH (a:SUPPLIES|Facility), (b:Facility), (c:Facility), (d:Facility), (e:Facility) "
        "WHERE a.lat + b.lat + c.lat + d.lat + e.lat < -1 RETURN count(*)"
    ).replace("SUPPLIES|", "")
    begun = time.monotonic()
    with pytest.raises(RefusedError, match="longer than 1 s"):
        filled.read(slow, {}, timeout=1, max_rows=10)
    assert time.monotonic() - begun < 15
    time.sleep(1)
    running = filled._bolt.write("store/list_running")
    assert not [r for r in running if "e.lat" in r["statement"]], "it goes on inside the server"


def test_answers_fit_json(filled: BoltStore) -> None:
    statement = """
        MATCH p = (a:Organization {id: 'O00000'})-[r:DISCLOSED]->(b)
        RETURN a, r, p, date('2021-06-30') AS day, datetime('2021-06-30T10:00:00Z') AS time, duration('P1D') AS span,
          [1, 2.5, null, 'ü'] AS list, {k: [true]} AS map, $given AS given
    """
    found = filled.read(statement, {"given": "x"}, timeout=20, max_rows=10)
    (row,) = json.loads(json.dumps(found.rows))
    value = dict(zip(found.columns, row, strict=True))
    assert value["a"]["labels"] == ["Brand", "Organization", "Party"]
    assert value["a"]["properties"]["id"] == "O00000"
    assert value["r"]["type"] == "DISCLOSED"
    assert [n["properties"]["id"] for n in value["p"]["nodes"]] == ["O00000", "D1"]
    assert [r["properties"]["id"] for r in value["p"]["relationships"]] == ["C1"]
    assert value["day"] == "2021-06-30"
    assert value["time"].startswith("2021-06-30T10:00:00")
    assert value["span"] == "P1D"
    assert value["list"] == [1, 2.5, None, "ü"]
    assert value["map"] == {"k": [True]}
    assert value["given"] == "x"


@pytest.mark.parametrize("statement", ["MATCH (n RETURN n", "", "hello"])
def test_what_is_no_statement_is_refused_with_the_servers_words(filled: BoltStore, statement: str) -> None:
    with pytest.raises(RefusedError, match=r"(?i)statement"):
        filled.read(statement, {}, timeout=20, max_rows=10)


def test_a_missing_parameter_is_refused_or_null(filled: BoltStore) -> None:
    try:
        found = filled.read("MATCH (n:Facility) WHERE n.id = $id RETURN n.id", {}, timeout=20, max_rows=10)
    except RefusedError:
        return
    assert found.rows == []


_ENDLESS = "MATCH (a:Facility), (b:Facility), (c:Facility), (d:Facility) WHERE a.name + b.name + c.name + d.name = 'x' "


def test_a_statement_is_ended_when_somebody_cancels_it(filled: BoltStore) -> None:
    cancelled = threading.Event()
    begun = time.monotonic()
    timer = threading.Timer(0.5, cancelled.set)
    timer.start()
    with pytest.raises(RefusedError, match="was cancelled"):
        filled.read(_ENDLESS + "RETURN count(*)", {}, timeout=60, max_rows=1, cancelled=cancelled)
    assert time.monotonic() - begun < 30
    running = filled._bolt.write("store/list_running")
    assert not [r for r in running if "a.name + b.name" in str(r["statement"])]


def test_one_that_can_be_cancelled_answers_and_is_ended_in_time_as_any_other(filled: BoltStore) -> None:
    found = filled.read("RETURN 1 AS n", {}, timeout=20, max_rows=1, cancelled=threading.Event())
    assert found.rows == [[1]]
    with pytest.raises(RefusedError, match=r"ran longer than 0\.5 s"):
        filled.read(_ENDLESS + "RETURN count(*)", {}, timeout=0.5, max_rows=1, cancelled=threading.Event())


def test_a_plan_is_told_and_nothing_is_run(filled: BoltStore) -> None:
    plan = filled.plan(_ENDLESS + "AND a.id = $id RETURN count(*)", {"id": "F00000"}, timeout=5)
    assert len(plan.splitlines()) > 2
    assert "Facility" in plan
    with pytest.raises(RefusedError):
        filled.plan("CREATE (:X {id: '1'}) RETURN", {}, timeout=5)
    assert filled.read("MATCH (n:X) RETURN count(n)", {}, timeout=20, max_rows=1).rows == [[0]]

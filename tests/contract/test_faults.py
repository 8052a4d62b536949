"""No store, a wrong login, a server that goes away: a message that says what to do."""

from __future__ import annotations

import ast
import time
from pathlib import Path

import pytest
from pydantic import SecretStr

import graph_core
from graph_core.errors import StoreAuthError, StoreError
from graph_core.settings import Settings
from graph_core.store import bolt
from graph_core.store.embedded import Connection, ensure_running
from graph_core.store.open import BoltStore, open_store
from tests import servers
from tests.contract.graphs import graph


def test_no_server_there(tmp_path: Path) -> None:
    uri = f"bolt://127.0.0.1:{servers.free_port()}"
    begun = time.monotonic()
    with pytest.raises(StoreError, match=f"No store answers at {uri}"):
        open_store(Settings(home=tmp_path, neo4j_uri=uri), write=False)
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize("uri", ["http://localhost:7474", "localhost:7687", "nonsense"])
def test_no_address(tmp_path: Path, uri: str) -> None:
    with pytest.raises(StoreError, match="is no address of a store"):
        open_store(Settings(home=tmp_path, neo4j_uri=uri), write=False)


def test_wrong_password(store_settings: Settings) -> None:
    connection = _connection(store_settings)
    wrong = Connection(connection.uri, ("neo4j", "wrong"), ("neo4j", "wrong"), connection.database, connection.process)
    with pytest.raises(StoreAuthError, match="refused the user name or password") as caught:
        BoltStore(wrong, write=True)
    assert "wrong" not in str(caught.value)


def _connection(settings: Settings) -> Connection:
    if settings.embedded:
        return ensure_running(settings)
    login = (settings.neo4j_user, settings.neo4j_password.get_secret_value())
    return Connection(settings.neo4j_uri, login, login, settings.neo4j_database)


@pytest.mark.neo4j
def test_no_such_database(neo4j_settings: Settings) -> None:
    other = neo4j_settings.model_copy(update={"neo4j_database": "other"})
    with pytest.raises(StoreError, match="TIERTRACE_NEO4J_DATABASE"):
        open_store(other, write=False)


def test_secrets_are_not_shown(store_settings: Settings) -> None:
    connection = _connection(store_settings)
    assert connection.admin[1] not in repr(connection)
    assert connection.reader[1] not in repr(connection)


def test_an_unprepared_store_reads_as_empty(store: BoltStore, store_settings: Settings) -> None:
    servers.empty(store._bolt.admin, store._bolt.database)
    with open_store(store_settings, write=False) as reader:
        assert (reader.version().uuid, reader.version().records) == ("", 0)
        assert reader.read_records() == []
        assert all(frame.empty for frame in reader.read_graph().tables.values())


@pytest.mark.neo4j
@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_neo4j_that_is_killed_during_a_load(
    neo4j_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if servers.named_server(tmp_path):
        pytest.skip("the named server is not ours to kill")
    monkeypatch.setitem(bolt.DRIVER_OPTIONS, "max_transaction_retry_time", 1.0)
    server = servers.Neo4jServer(tmp_path / "server").start()
    settings = Settings(home=tmp_path, neo4j_uri=server.uri, neo4j_password=SecretStr(servers.PASSWORD))
    wanted = graph(facilities=4_000, links=12_000)
    try:

        def kill(stage: str, done: int, _: int) -> None:
            if stage == "write SUPPLIES" and done >= 5_000:
                server.kill()

        with open_store(settings, write=True) as store, pytest.raises(StoreError, match="No store answers"):
            store.sync([wanted.tables], 1, kill)
        server.start()
        with open_store(settings, write=True) as store:
            assert store.sync([wanted.tables], 1).created < 12_000
            assert store.read_graph().hash == wanted.hash
    finally:
        server.stop()


def test_no_statement_is_run_outside_a_managed_transaction() -> None:
    """A first autocommit statement on the embedded engine failed half-written, silently."""
    found: list[tuple[str, str]] = []
    for path in (Path(graph_core.__file__).parent / "store").glob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        runs = (n for n in nodes if isinstance(n, ast.Attribute) and n.attr == "run")
        found += [(path.name, n.value.id) for n in runs if isinstance(n.value, ast.Name)]
    assert {owner for _, owner in found} <= {"tx"}, found


def test_statements_are_files() -> None:
    """No Cypher inside Python."""
    words = ("MATCH (", "MERGE (", "CREATE (", "UNWIND $", "RETURN n")
    for path in Path(graph_core.__file__).parent.rglob("store/*.py"):
        text = path.read_text(encoding="utf-8")
        assert not [w for w in words if w in text], path

"""Fixtures for all tests: stores on both servers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from pydantic import SecretStr

from graph_core.settings import Settings
from graph_core.store import bolt
from graph_core.store.embedded import stop
from graph_core.store.open import BoltStore, connection, open_store
from tests import servers

STORES = ("embedded", "neo4j")
# A busy machine fails no test: what takes how long is measured in benchmarks/.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: side by side, the other worker then has enough to do meanwhile."""
    longest = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in longest)


@pytest.fixture(autouse=True, scope="session")
def _own_environment() -> Iterator[None]:
    """No test reads the user's own settings; what a server calls deprecated fails the test."""
    others = ["GENERIC", "HINT", "PERFORMANCE", "SECURITY", "TOPOLOGY", "UNRECOGNIZED", "UNSUPPORTED"]
    with servers.environment_without_store(), pytest.MonkeyPatch.context() as patch:
        patch.delitem(bolt.DRIVER_OPTIONS, "notifications_min_severity", raising=False)
        patch.setitem(bolt.DRIVER_OPTIONS, "notifications_disabled_classifications", others)
        patch.setitem(bolt.DRIVER_OPTIONS, "warn_notification_severity", "INFORMATION")
        yield


@pytest.fixture(scope="session")
def embedded_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """An embedded engine that all tests share."""
    settings = Settings(home=tmp_path_factory.mktemp("embedded") / "home", heap="512m")
    yield settings
    stop(settings)


@pytest.fixture(scope="session")
def neo4j_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A real Neo4j that all tests share; skipped, or failed where it is required, when there is none."""
    home = tmp_path_factory.mktemp("neo4j")
    named = servers.named_server(home)
    if named is not None:
        yield named
        return
    server = servers.Neo4jServer(home / "server")
    try:
        server.start()
    except servers.Unavailable as error:
        if servers.required():
            pytest.fail(f"TIERTRACE_TEST_NEO4J=required, but {error}")
        pytest.skip(f"no Neo4j: {error}")
    try:
        yield Settings(home=home / "home", neo4j_uri=server.uri, neo4j_password=SecretStr(servers.PASSWORD))
    finally:
        server.stop()


@pytest.fixture(params=[pytest.param("embedded"), pytest.param("neo4j", marks=pytest.mark.neo4j)])
def store_settings(request: pytest.FixtureRequest) -> Settings:
    """Settings of an empty store, on each server in turn."""
    return emptied(request.getfixturevalue(f"{request.param}_settings"))


@pytest.fixture
def store(store_settings: Settings) -> Iterator[BoltStore]:
    """An empty store open for writing, on each server in turn."""
    with open_store(store_settings, write=True) as opened:
        yield opened


@pytest.fixture
def both_stores(embedded_settings: Settings, neo4j_settings: Settings) -> Iterator[tuple[BoltStore, BoltStore]]:
    """An empty store on each server at once."""
    with (
        open_store(emptied(embedded_settings), write=True) as embedded,
        open_store(emptied(neo4j_settings), write=True) as neo4j,
    ):
        yield embedded, neo4j


@pytest.fixture
def own_engine(tmp_path: Path) -> Iterator[Settings]:
    """Settings of an embedded engine of one's own, not yet started; stopped after the test."""
    settings = Settings(home=tmp_path / "home", heap="256m", idle_minutes=3)
    yield settings
    stop(settings)


def emptied(settings: Settings) -> Settings:
    """Delete everything in a store, and the snapshots that earlier tests left beside it."""
    with_store = bolt.Bolt(connection(settings))
    servers.empty(with_store.admin, with_store.database)
    with_store.close()
    shutil.rmtree(settings.home / "snapshots", ignore_errors=True)
    return settings

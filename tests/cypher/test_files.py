"""Every query for people, run on both servers: against answers worked out by hand, and on the sample network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import networkx as nx
import pandas as pd
import pytest

from graph_core import queries
from graph_core.bundle import sample
from graph_core.derive import derive
from graph_core.flags import flags_on
from graph_core.graph import Graph, in_force
from graph_core.store.open import BoltStore, open_store
from loaders import registry
from loaders.base import Options
from tests.conftest import STORES, emptied
from tests.cypher.answers import ANSWERS
from tests.cypher.small_network import RUNS, Said
from tests.cypher.small_network import graph as small_graph

pytestmark = pytest.mark.timeout(300)  # two servers start and are filled
DAYS = ("2021-06-30", "2025-06-30")
_SERVERS = [pytest.param(name, marks=[pytest.mark.neo4j] if name == "neo4j" else []) for name in STORES]
_PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {
    "STRING": str,
    "DATE": str,
    "INTEGER": int,
    "FLOAT": float,
    "BOOLEAN": bool,
    "LIST<STRING>": list,
}


def filled(request: pytest.FixtureRequest, server: str, graph: Graph) -> Iterator[BoltStore]:
    with open_store(emptied(request.getfixturevalue(f"{server}_settings")), write=True) as store:
        store.sync([graph.tables], 1)
        yield store


@pytest.fixture(scope="module", params=_SERVERS)
def small_store(request: pytest.FixtureRequest) -> Iterator[BoltStore]:
    for store in filled(request, request.param, small_graph()):
        for run, rows in RUNS:
            store.write_run(run, rows)
        yield store


@pytest.fixture(scope="module")
def sample_graph() -> Graph:
    readings = registry.get("tables").read(sample(), Options(), lambda *_: None)
    return derive([Said(reading.source, seq, reading.records) for seq, reading in enumerate(readings, 1)])


def ask(store: BoltStore, name: str, raw: dict[str, str]) -> list[list[Any]]:
    query = queries.find(name)
    found = store.read(query.text, query.bind(raw), timeout=60, max_rows=100_000)
    assert not found.truncated
    if found.rows:  # the embedded engine names no columns where there is no row
        assert found.columns == [column.name for column in query.returns]
    for row in found.rows:
        for value, column in zip(row, query.returns, strict=True):
            assert value is None or isinstance(value, _PYTHON_TYPES[column.type]), (column, value)
    return found.rows


@pytest.mark.parametrize(("name", "raw", "rows"), ANSWERS)
def test_answers_are_those_worked_out_by_hand(
    small_store: BoltStore, name: str, raw: dict[str, str], rows: list[list[Any]]
) -> None:
    assert ask(small_store, name, raw) == rows


def test_every_query_for_people_has_an_answer_worked_out_by_hand() -> None:
    assert {name for name, _, rows in ANSWERS if rows} == set(queries.analyst_catalogue())


def test_files_run_as_they_stand(small_store: BoltStore) -> None:
    """Header, comments and semicolon included, as in Neo4j Browser."""
    driver, database = small_store._bolt.admin, small_store._bolt.database
    for name, raw, rows in ANSWERS:
        query = queries.find(name)
        found = driver.execute_query(query.source, dict(query.bind(raw)), database_=database, routing_="r")
        assert [list(record.values()) for record in found.records] == rows


@pytest.fixture(scope="module")
def sample_answers(request: pytest.FixtureRequest, sample_graph: Graph) -> dict[str, dict[str, list[list[Any]]]]:
    """Rows by server, then by question, for all queries on the sample network."""
    answers: dict[str, dict[str, list[list[Any]]]] = {}
    for server in STORES:
        for store in filled(request, server, sample_graph):
            answers[server] = {f"{name} {raw}": ask(store, name, raw) for name, raw in questions(sample_graph)}
    return answers


def questions(graph: Graph) -> Iterator[tuple[str, dict[str, str]]]:
    """All queries, with parameters taken from the network."""
    companies = graph["Organization"]
    brands = companies.loc[companies["brand"].fillna(False), "id"].tolist()[:4]
    subjects = set(graph["ABOUT"]["end"])
    owners = sorted(subjects & {*graph["OWNS"]["start"], *graph["OPERATES"]["start"]})
    sites = sorted(subjects & set(graph["SUPPLIES"]["start"]))[:4]
    values = {
        "as_of": list(DAYS),
        "brand_id": brands,
        "buyer_id": [*brands, *sites],
        "organization_id": owners,
        "party_id": sites,
        "party_ids": ["|".join(sorted({*graph["SUPPLIES"]["start"], *graph["SUPPLIES"]["end"], *owners}))],
        "run_id": ["none"],
        "since": ["2020-01-01"],
        "until": ["2026-01-01"],
        "text": ["a", "工", "mill"],
    }
    for name, query in queries.analyst_catalogue().items():
        combinations: list[dict[str, str]] = [{}]
        for parameter in query.parameters:
            if parameter.required:
                combinations = [c | {parameter.name: v} for c in combinations for v in values[parameter.name]]
        for raw in combinations:
            yield name, raw


@pytest.mark.neo4j
def test_both_servers_answer_alike_on_the_sample_network(
    sample_answers: dict[str, dict[str, list[list[Any]]]],
) -> None:
    embedded, neo4j = (sample_answers[server] for server in STORES)
    assert embedded.keys() == neo4j.keys()
    for question, rows in embedded.items():
        assert rows == neo4j[question], question
    with_rows = {question.split()[0] for question, rows in embedded.items() if rows}
    # The sample has no lists, no runs here, and nothing undefined; the small network has.
    absent = {"last_runs", "run_attribution", "links_ended_by_list", "stale_lists", "placeholders"}
    assert set(queries.analyst_catalogue()) - with_rows <= {*absent, "sites_without_country"}


@pytest.mark.neo4j
@pytest.mark.parametrize("server", STORES)
@pytest.mark.parametrize("day", DAYS)
def test_flagged_sites_are_those_of_the_engine(
    sample_answers: dict[str, dict[str, list[list[Any]]]], sample_graph: Graph, server: str, day: str
) -> None:
    rows = sample_answers[server][f"flagged_sites { {'as_of': day} }"]
    found = {(row[0], row[3], row[4]) for row in rows if row[9] is None}
    links = in_force(sample_graph["SUPPLIES"], day)
    flags = flags_on(sample_graph, day, 0.0, links)
    sure = flags[flags["class"].isin(["named", "ownership"]) & ~flags["waiting"] & flags["commodity"].isna()]
    assert found == set(sure[["node", "class", "finding"]].itertuples(index=False, name=None))
    assert found or day < "2022"


@pytest.mark.neo4j
@pytest.mark.parametrize("server", STORES)
@pytest.mark.parametrize("day", DAYS)
def test_tiers_are_the_shortest_ways_of_networkx(
    sample_answers: dict[str, dict[str, list[list[Any]]]], sample_graph: Graph, server: str, day: str
) -> None:
    links = in_force(sample_graph["SUPPLIES"], day)
    everything, direct = (_upstream(part) for part in (links, links[links["disclosure"] == "direct"]))
    companies = sample_graph["Organization"]
    for brand in companies.loc[companies["brand"].fillna(False), "id"].tolist()[:4]:
        rows = sample_answers[server][f"suppliers_by_tier { {'brand_id': brand, 'as_of': day} }"]
        hops = nx.single_source_shortest_path_length(everything, brand, cutoff=6) if brand in everything else {}
        sure = nx.single_source_shortest_path_length(direct, brand, cutoff=6) if brand in direct else {}
        wanted = {
            node: (n, str(n) if sure.get(node) == n else f"at least {n}") for node, n in hops.items() if node != brand
        }
        assert {row[0]: (row[3], row[4]) for row in rows} == wanted


def _upstream(links: pd.DataFrame) -> nx.DiGraph[str]:
    return nx.DiGraph(zip(links["end"], links["start"], strict=True))

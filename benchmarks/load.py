"""Palm oil from files to the graph, against a bare driver loop that writes the same graph to the same kind of server.

The plain way has its rows ready in memory and only writes them: ``UNWIND $rows``, 5,000 rows a transaction, once with
``MERGE`` by key as a plain loader that may run again has to (the goal), once with ``CREATE`` (stated beside it).
tiertrace reads and checks the files, keeps the records, derives the graph, compares it with what is there, and writes
it. Both begin with a running server, an empty store, and constraints and indexes in place.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from neo4j import GraphDatabase
from pydantic import SecretStr

import loaders.sample
from benchmarks import plain
from benchmarks.common import Row, Server, at_least, own_home, palm_oil, seconds
from graph_core.belief import load_graph
from graph_core.day import Day, Parameters
from graph_core.graph import Graph
from graph_core.settings import Settings
from graph_core.store.open import BoltStore, connection, open_store
from loaders.base import Options
from loaders.pipeline import LoadReport, load
from loaders.registry import get
from tests import servers

#: The network that comes with the program.
SAMPLE = Path(loaders.sample.__file__).parent
REPEAT = 3


@dataclass(frozen=True)
class Input:
    """What one load reads.

    Attributes
    ----------
    format : str
        Name of the format.
    paths : list of Path
        Files or folders.
    options : Options
        What the user says about them.
    """

    format: str
    paths: list[Path]
    options: Options = field(default_factory=Options)


@contextmanager
def neo4j() -> Iterator[Settings]:
    """An empty Neo4j that has been in use: the one that the environment names, or a fresh one of our own.

    A server runs for weeks, and plans each statement once. So both ways of writing were used on it before.
    """
    with tempfile.TemporaryDirectory(prefix="tiertrace-bench-") as folder:
        named = servers.named_server(Path(folder))
        if named is not None:
            _use(named)
            yield named
            return
        server = servers.Neo4jServer(Path(folder) / "server").start()
        try:
            settings = Settings(
                home=Path(folder) / "home", neo4j_uri=server.uri, neo4j_password=SecretStr(servers.PASSWORD)
            )
            _use(settings)
            yield settings
        finally:
            server.stop()


def _use(settings: Settings) -> None:
    """Write the sample network both ways, and take it away again."""
    where = connection(settings)
    with GraphDatabase.driver(where.uri, auth=where.admin) as driver:
        servers.empty(driver, where.database)
        with open_store(settings, write=True) as store:
            load(store, get("tables"), [SAMPLE], home=settings.home)
            graph = graph_of(store, settings)
        for verb in ("MERGE", "CREATE"):
            servers.empty(driver, where.database)
            plain.write(driver, where.database, plain.statements(verb, embedded=False), plain.rows_of(graph))
        servers.empty(driver, where.database)


def timed_load(settings: Settings, what: Input) -> tuple[float, LoadReport]:
    """Seconds from files to graph, and what was loaded; server, constraints and indexes are there before."""
    done: list[LoadReport] = []
    loader = get(what.format)
    with open_store(settings, write=True) as store:
        taken = seconds(lambda: done.append(load(store, loader, what.paths, what.options, home=settings.home)))
    return taken, done[0]


def graph_of(store: BoltStore, settings: Settings) -> Graph:
    """The graph that a load left."""
    return load_graph(store, settings.home, lambda: open_store(settings, write=True))


def _load(server: Server, data: Path) -> tuple[float, float, Graph]:
    """Seconds from files to graph, seconds on to the exposure table, and the graph."""
    with server() as settings:
        taken, _ = timed_load(settings, Input("palm-oil", [data]))
        with open_store(settings, write=False) as store:
            graphs: list[Graph] = []

            def table() -> None:
                graphs.append(graph_of(store, settings))
                Day(graphs[0], Parameters("2021-06-30")).exposures()

            onward = seconds(table)
    return taken, onward, graphs[0]


# --- the table -------------------------------------------------------------------------------------------------


def measure(name: str, server: Server, data: Path, repeat: int = REPEAT) -> list[Row]:
    """Rows of one kind of server."""
    loads, onwards, merges, creates, extended = [], [], [], [], []
    things = 0
    for _ in range(repeat):
        taken, onward, graph = _load(server, data)
        things = sum(len(table) for table in graph.tables.values())
        loads.append(taken)
        onwards.append(onward)
        merges.append(plain.loop(server, graph, "MERGE"))
        creates.append(plain.loop(server, graph, "CREATE"))
        extended.append(plain.loop(server, graph, "MERGE", extension=True))
    load_s, merge_s, create_s, extended_s = (median(taken) for taken in (loads, merges, creates, extended))
    what = f"{name}: palm oil, files to graph"
    rate = f"{load_s:.2f} s, {things / load_s:,.0f} of {things:,} nodes and relationships a second"
    return [
        at_least(f"{what}, against MERGE loop ({merge_s:.2f} s)", rate, merge_s / load_s, 0.8),
        Row(f"{what}, against CREATE loop ({create_s:.2f} s)", rate, f"{create_s / load_s:.2f}x"),
        Row(
            f"{what}, against MERGE loop with the driver's extension ({extended_s:.2f} s)",
            rate,
            f"{extended_s / load_s:.2f}x",
        ),
        Row(f"{name}: palm oil, graph read from the store to exposure table", f"{median(onwards):.2f} s"),
    ]


def rows(repeat: int = REPEAT) -> Iterator[Row]:
    """All rows of this benchmark."""
    data = palm_oil()
    if data is None:
        yield Row("palm oil, files to graph", "skipped: the data sets are not beside the checkout")
        return
    yield from measure("embedded", own_home, data, repeat)
    try:
        yield from measure("Neo4j", neo4j, data, repeat)
    except servers.Unavailable as error:
        yield Row("Neo4j: palm oil, files to graph", f"skipped: {error}")

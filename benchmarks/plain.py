"""The plain way: a loop that writes a graph which it has ready in memory, with the driver and nothing else.

The driver is measured as its own package brings it, in a process of its own; and, for comparison, with the compiled
extension that tiertrace is installed with.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, cast

from benchmarks.common import Server, seconds
from graph_core.schema import NODES, RELATIONSHIPS

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction

    from graph_core.graph import Graph

_BATCH = 5_000
#: What the driver's package asks for, and goes on without.
_EXTENSION = "neo4j._rust"

Rows = dict[str, list[dict[str, Any]]]
Statements = dict[str, list[str]]


def loop(server: Server, graph: Graph, verb: str, *, extension: bool = False) -> float:
    """Seconds in which a plain loop writes a graph: ``UNWIND $rows``, 5,000 rows a transaction.

    Parameters
    ----------
    server : callable
        The kind of server; the loop gets a fresh one.
    graph : Graph
        What to write.
    verb : str
        ``MERGE`` by key, as a plain loader that may run again has to; or ``CREATE``.
    extension : bool
        Whether the driver has its compiled extension.

    Raises
    ------
    RuntimeError
        The server then holds another number of relationships, or the loop failed.
    """
    from neo4j import GraphDatabase  # noqa: PLC0415 - the process without the extension imports this module first

    from graph_core.store.open import connection, open_store  # noqa: PLC0415

    rows = rows_of(graph)
    with server() as settings:
        open_store(settings, write=True).close()  # constraints and indexes, as tiertrace has them
        where = connection(settings)
        told = {
            "uri": where.uri,
            "auth": where.admin,
            "database": where.database,
            "statements": statements(verb, embedded=settings.embedded),
            "rows": rows,
        }
        taken = _in_a_process(json.dumps(told), extension=extension)
        with GraphDatabase.driver(where.uri, auth=where.admin) as driver, driver.session(database=where.database) as s:
            found = s.execute_read(_count)
    wanted = sum(len(graph[link.type]) for link in RELATIONSHIPS)
    if found != wanted:
        raise RuntimeError(f"the plain loop wrote {found} relationships, not {wanted}")
    return taken


def _in_a_process(told: str, *, extension: bool) -> float:
    command = [sys.executable, "-m", "benchmarks.plain", "with" if extension else "without"]
    done = subprocess.run(command, input=told, capture_output=True, check=False, text=True)
    if done.returncode:
        raise RuntimeError(f"the plain loop failed: {done.stderr}")
    return float(done.stdout)


def _main(how: str) -> None:
    """Write what stands on stdin, and print the seconds."""
    if how == "without":
        if "neo4j" in sys.modules:
            raise RuntimeError("the driver was imported before its extension could be kept from it")
        sys.modules[_EXTENSION] = cast("Any", None)  # its import fails then, as where it is not installed
    from neo4j import GraphDatabase  # noqa: PLC0415

    if how == "with" and _EXTENSION not in sys.modules:
        raise RuntimeError("the driver's extension is not installed: make set-up")
    told = json.load(sys.stdin)
    with GraphDatabase.driver(told["uri"], auth=told["auth"] and tuple(told["auth"])) as driver:
        driver.verify_connectivity()
        taken = seconds(lambda: write(driver, told["database"], told["statements"], told["rows"]))
    sys.stdout.write(f"{taken}")


def write(driver: Driver, database: str, statements: Statements, rows: Rows) -> None:
    """Write the rows of each label and relationship type with its statements."""
    with driver.session(database=database) as session:
        for name, texts in statements.items():
            for begin in range(0, len(rows[name]), _BATCH):
                batch = rows[name][begin : begin + _BATCH]

                def work(tx: ManagedTransaction, texts: list[str] = texts, batch: Any = batch) -> None:
                    for text in texts:
                        tx.run(text, rows=batch).consume()

                session.execute_write(work)


def rows_of(graph: Graph) -> Rows:
    """Rows of a graph by label and relationship type, without what is absent."""
    rows = {name: _rows(graph, name) for name in graph.tables}
    return rows | {link.type: _for_links(rows[link.type]) for link in RELATIONSHIPS}


def _rows(graph: Graph, name: str) -> list[dict[str, Any]]:
    frame = graph[name]
    rows = cast("list[dict[str, Any]]", frame.astype(object).where(frame.notna(), None).to_dict("records"))
    return [{key: value for key, value in row.items() if value is not None} for row in rows]


def statements(verb: str, *, embedded: bool) -> Statements:
    """What writes a label or relationship type."""
    out = {}
    for node in NODES:
        labels = ":".join([node.label, *node.extra])
        if verb == "CREATE":
            out[node.label] = [f"UNWIND $rows AS row CREATE (n:{labels}) SET n = row"]
        elif embedded and node.extra:
            out[node.label] = _by_hand(node.label, labels)
        else:
            out[node.label] = [f"UNWIND $rows AS row MERGE (n:{labels} {{id: row.id}}) SET n += row"]
    for link in RELATIONSHIPS:
        ends = f"MATCH (a:{link.start} {{id: row.start}}) MATCH (b:{link.end} {{id: row.end}})"
        key = "{id: row.id}" if verb == "MERGE" else ""
        out[link.type] = [f"UNWIND $rows AS row {ends} {verb} (a)-[r:{link.type} {key}]->(b) SET r += row.properties"]
    return out


def _by_hand(label: str, labels: str) -> list[str]:
    """What ``MERGE`` does, for nodes of two labels on the embedded engine.

    There ``MERGE`` of two labels uses no index: each row reads all nodes before it, and 10,000 take minutes. Nobody
    would keep such a loop, and to be faster than it says nothing.
    """
    return [
        f"UNWIND $rows AS row MATCH (n:{label} {{id: row.id}}) SET n += row",
        f"UNWIND $rows AS row OPTIONAL MATCH (old:{label} {{id: row.id}}) WITH row, old WHERE old IS NULL "
        f"CREATE (n:{labels}) SET n = row",
    ]


def _for_links(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ends = ("start", "end")
    return [
        {"id": r["id"], **{e: r[e] for e in ends}, "properties": {k: v for k, v in r.items() if k not in ends}}
        for r in rows
    ]


def _count(tx: ManagedTransaction) -> int:
    return int(tx.run("MATCH ()-[r]->() RETURN count(r) AS n").single(strict=True)["n"])


if __name__ == "__main__":
    _main(sys.argv[1])

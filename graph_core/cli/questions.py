"""`tiertrace query` and `tiertrace cypher`: what analysts ask the store."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from graph_core.cli import common
from graph_core.cli.common import Format, FormatOption, HomeOption

if TYPE_CHECKING:
    from graph_core.store.base import Rows

TimeoutOption = Annotated[float, typer.Option("--timeout", metavar="S", min=0.01, help="Longest time in seconds.")]
RowsOption = Annotated[int, typer.Option("--max-rows", metavar="N", min=1, help="Most rows.")]


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("query")(query)
    app.command("cypher")(cypher)


def query(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Query; without it, the catalogue.")] = None,
    parameters: Annotated[
        list[str] | None, typer.Option("-p", "--param", metavar="KEY=VALUE", help="Parameter of the query.")
    ] = None,
    timeout: TimeoutOption = 60.0,
    max_rows: RowsOption = 1000,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Run a named query, or list them all."""
    from graph_core import queries
    from graph_core.errors import UsageError

    if name is None:
        columns = ["name", "title", "parameters"]
        rows = [
            [q.name, q.title, " ".join(p.name if p.required else f"[{p.name}]" for p in q.parameters)]
            for q in queries.analyst_catalogue().values()
        ]
        common.print_rows(columns, rows, output)
        return
    raw = {}
    for pair in parameters or []:
        key, mark, value = pair.partition("=")
        if not mark:
            raise UsageError(f"-p {pair!r}: write it as KEY=VALUE")
        raw[key.strip()] = value
    named = queries.find(name)
    bound = named.bind(raw)
    _run(named.text, bound, timeout, max_rows, output, home)


def cypher(
    statement: Annotated[str, typer.Argument(metavar="STATEMENT", help="One reading Cypher statement.")],
    timeout: TimeoutOption = 60.0,
    max_rows: RowsOption = 1000,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Run your own Cypher, one statement, read-only."""
    from graph_core import guard
    from graph_core.tokens import without_semicolon

    guard.check(statement)
    _run(without_semicolon(statement), {}, timeout, max_rows, output, home)


def _run(
    statement: str, bound: Mapping[str, object], timeout: float, max_rows: int, output: Format, home: HomeOption
) -> None:
    from graph_core.store.open import open_store

    with closing(open_store(common.settings(home), write=False)) as store:
        found: Rows = store.read(statement, dict(bound), timeout=timeout, max_rows=max_rows)
    common.print_rows(found.columns, found.rows, output)
    if found.truncated:
        common.say(f"more than {max_rows:,} rows: only the first {max_rows:,} are shown; raise --max-rows for more")

"""`tiertrace sources`, `statements` and `forget`: what was loaded, who said what, and taking it back."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated, Any

import typer

from graph_core.cli import common
from graph_core.cli.changes import tell
from graph_core.cli.common import Format, FormatOption, HomeOption


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("sources")(sources)
    app.command("statements")(statements)
    app.command("forget")(forget)


def sources(output: FormatOption = Format.TABLE, home: HomeOption = None) -> None:
    """List what was loaded: from where, when, how old it is, and what became of its rows."""
    from graph_core.sources import listed
    from graph_core.store.open import open_store

    with closing(open_store(common.settings(home), write=False)) as store:
        rows = listed(store, common.today())
    if output is Format.JSON:
        common.print_json(rows)
        return
    columns = ["source", "format", "retrieved", "days old", "loaded at", "records", "read", "rejected", "from"]
    shown = [
        [
            row["id"], row["format"], row["retrieved_at"], row["age_days"], row["load"] and row["load"]["loaded_at"],
            sum(row["records"].values()), *_counts(row["load"]), row["load"] and ", ".join(row["load"]["paths"]),
        ]
        for row in rows
    ]  # fmt: skip
    common.print_rows(columns, shown, output)
    if rows:
        common.say("read and rejected count the whole load, which may hold several sources")


def _counts(load: dict[str, Any] | None) -> list[int | None]:
    if load is None:
        return [None, None]
    return [sum(table[key] for table in load["tables"]) for key in ("read", "rejected")]


def statements(
    party: Annotated[str, typer.Argument(metavar="ID", help="Organization, facility or finding.")],
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Show all that sources said about an ID: values, original texts, sources, lines, dates, and what is shown."""
    from graph_core.graph import rows
    from graph_core.provenance import COLUMNS
    from graph_core.provenance import statements as said
    from graph_core.workspace import Workspace

    space = Workspace(common.settings(home))
    try:
        found = said(space.store.read_records(), space.graph(), party)
    finally:
        space.close()
    if output is Format.JSON:
        common.print_json(rows(found))
    else:
        plain = found.astype(object).where(found.notna(), None)
        common.print_rows(COLUMNS, [[_cell(value) for value in row] for row in plain.to_numpy().tolist()], output)


def _cell(value: Any) -> Any:
    return ("yes" if value else "no") if isinstance(value, bool) else value


def forget(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Id of the source, as `tiertrace sources` shows it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and remove nothing.")] = False,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Remove a SOURCE and all that rests on it alone; loading it again brings it back."""
    from graph_core.belief import forget as remove
    from graph_core.changes import watch
    from graph_core.store.open import open_store

    settings = common.settings(home)
    with closing(open_store(settings, write=True)) as store, common.progress() as report:
        after = watch(store, settings, common.today(), findings=False)
        done = remove(store, source, dry_run=dry_run, report=report)
        changed = None if dry_run else after(done.records > 0)
    columns = ["source", "records", "nodes and links removed", "changed"]
    row = [source, done.records, done.counts.deleted, done.counts.updated + done.counts.created]
    common.print_rows(columns, [row], output)
    tell(changed)
    if dry_run:
        common.say("dry run: nothing was removed")

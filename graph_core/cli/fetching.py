"""`tiertrace fetch`: public lists from where they are published, loaded at once."""

from __future__ import annotations

import tempfile
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graph_core.cli import common
from graph_core.cli.changes import tell
from graph_core.cli.common import Format, FormatOption, HomeOption, Report

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from graph_core.changes import Changes
    from graph_core.errors import InputError
    from graph_core.settings import Settings
    from graph_core.store.base import Store
    from loaders.fetch.lists import Fetched, Mirror, PublicList


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("fetch")(fetch)


@dataclass(frozen=True)
class _Asked:
    """What the user said about all of the lists."""

    settings: Settings
    mirror: Mirror | None
    list_date: str | None
    max_rejects: str | None
    load: bool
    dry_run: bool


def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="Lists, or `all` for those small and free to use.")
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="List what can be fetched and when it last was.")] = False,
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="DIR|URL", help="Take them from a folder, or from a mirror of your own."),
    ] = None,
    list_date: Annotated[
        str | None, typer.Option("--list-date", metavar="DATE", help="Day of the copies there; with --from.")
    ] = None,
    load: Annotated[bool, typer.Option("--load/--no-load", help="Load what was fetched, or only keep it.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Fetch, read and report; keep and load nothing.")] = False,
    max_rejects: Annotated[
        str | None, typer.Option("--max-rejects", metavar="N|P%", help="Load nothing if more rows are rejected.")
    ] = None,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Fetch public lists from where they are published and load them; what did not change costs nothing."""
    from graph_core.errors import UsageError
    from loaders.fetch import lists as fetching

    settings = common.settings(home)
    if show:
        _print_lists(settings, output)
        return
    if not names:
        raise UsageError("name a list, such as `tiertrace fetch uflpa`, or `all`; --list shows them")
    if list_date is not None and source is None:
        raise UsageError("--list-date is for copies on a mirror (--from); what is fetched anew has today's date")
    lists = fetching.chosen(names)
    mirror = fetching.Mirror.parse(source) if source is not None else None
    asked = _Asked(settings, mirror, _day(list_date), max_rejects, load, dry_run)
    rows, failed, changed = _run(asked, lists)
    _print(rows, output, dry_run=dry_run)
    if any(row["loaded"] for row in rows):
        tell(changed)
    _fail(failed, len(lists))


def _day(text: str | None) -> str | None:
    from loaders.base import Options

    return Options(list_date=text).list_date


def _run(asked: _Asked, lists: list[PublicList]) -> tuple[list[dict[str, Any]], list[InputError], Changes | None]:
    """Fetch all of the lists, then load those that came; a fault of one does not keep the others."""
    from graph_core.changes import watch
    from graph_core.errors import InputError
    from loaders.fetch.lists import fetch as fetch_one

    rows: list[dict[str, Any]] = []
    failed: list[InputError] = []
    scratch: AbstractContextManager[str | None] = tempfile.TemporaryDirectory() if asked.dry_run else nullcontext()
    with scratch as folder, common.progress() as report:
        came: list[tuple[PublicList, Fetched]] = []
        for one in lists:
            try:
                done = fetch_one(
                    one, asked.settings.home, asked.mirror, list_date=asked.list_date,
                    scratch=Path(folder) / one.name if folder else None, report=report,
                )  # fmt: skip
            except InputError as error:
                failed.append(error)
                continue
            came.append((one, done))
            _tell(one, done)
        opened = _store(asked.settings) if asked.load and came and not asked.dry_run else nullcontext()
        with opened as store:
            after = None if store is None else watch(store, asked.settings, common.today(), findings=True)
            for one, done in came:
                try:
                    loaded = _load(asked, one, done, store, report) if asked.load else False
                except InputError as error:
                    failed.append(_unloaded(asked, one, done, error))
                    loaded = False
                rows.append(_row(asked, one, done, loaded=loaded))
            changed = None if after is None else after(any(row["loaded"] for row in rows))
    return rows, failed, changed


def _store(settings: Settings) -> AbstractContextManager[Store]:
    from graph_core.store.open import open_store

    return closing(open_store(settings, write=True))


def _tell(one: PublicList, done: Fetched) -> None:
    for note in done.notes:
        common.say(f"note: {note}")
    if done.changed and "NC" in one.licence:
        common.say(f"note: {one.name}: {one.licence}")


def _load(asked: _Asked, one: PublicList, done: Fetched, store: Store | None, report: Report) -> bool:
    """Load a file; whether that changed the store. One that was loaded before is not even read."""
    from graph_core import audit
    from loaders import pipeline, registry
    from loaders.fetch.lists import options_for

    with audit.about("", f"{one.name}, {done.kept.path.name}"):
        told = pipeline.load(
            store, registry.get(one.format), [done.kept.path], options_for(one, done.kept), dry_run=asked.dry_run,
            max_rejects=asked.max_rejects, home=asked.settings.home, report=report,
        )  # fmt: skip
    if told.changed or told.dry_run:
        for table in told.tables:
            common.say(
                f"{one.name}: {table.table}: {table.read:,} read, {table.loaded:,} loaded, {table.merged:,} merged, "
                f"{table.rejected:,} rejected"
            )
        for note in told.notes:
            common.say(f"note: {note}")
        if told.rejects:
            common.say(f"rejected rows with their reasons: {told.rejects}")
    return told.changed


def _unloaded(asked: _Asked, one: PublicList, done: Fetched, error: InputError) -> InputError:
    """What is wrong with a file that came and is not the list, which then is not taken for it again."""
    from loaders.fetch.lists import set_aside

    if asked.dry_run:
        return type(error)(f"{one.name}: {error}")
    set_aside(done.kept, str(error))
    return type(error)(f"{one.name}: {error}\nTo look at, it stays at {done.kept.path}, but it counts no longer.")


def _row(asked: _Asked, one: PublicList, done: Fetched, *, loaded: bool) -> dict[str, Any]:
    kept = done.kept
    gone = asked.dry_run and done.changed
    return {
        "name": one.name,
        "path": None if gone else str(kept.path),
        "url": kept.url,
        "retrieved_at": kept.retrieved_at,
        "sha256": kept.sha256,
        "bytes": kept.bytes,
        "changed": done.changed,
        "loaded": loaded,
    }


def _print(rows: list[dict[str, Any]], output: Format, *, dry_run: bool) -> None:
    if output is Format.JSON:
        common.print_json(rows)
    elif output is Format.CSV:
        common.print_csv(_COLUMNS, [[row[column] for column in _COLUMNS] for row in rows])
    elif rows:
        shown = ["name", "retrieved", "bytes", "changed", "loaded", "file"]
        common.print_rows(
            shown,
            [
                [r["name"], r["retrieved_at"][:16], r["bytes"], _yes(r["changed"]), _yes(r["loaded"]), r["path"]]
                for r in rows
            ],
            output,
        )
    if dry_run:
        common.say("dry run: nothing was kept or loaded")
    elif rows and not any(row["changed"] or row["loaded"] for row in rows):
        common.say("nothing new: the lists are as they were")


_COLUMNS = ("name", "path", "url", "retrieved_at", "sha256", "bytes", "changed", "loaded")


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _fail(failed: list[InputError], asked: int) -> None:
    if not failed:
        return
    if asked == 1:
        raise failed[0]
    from graph_core.errors import InputError

    raise InputError(f"{len(failed)} of {asked} lists failed, the others are done:\n" + "\n".join(map(str, failed)))


def _print_lists(settings: Settings, output: Format) -> None:
    from datetime import UTC, datetime

    from loaders.fetch.lists import latest, public_lists

    now = datetime.now(UTC)
    rows = []
    for one in public_lists().values():
        kept = latest(settings.home, one.name, whole=False)
        age = None if kept is None else max((now - datetime.fromisoformat(kept.checked_at)).days, 0)
        rows.append(
            [
                one.name, one.title, one.format, one.url, kept and kept.retrieved_at, kept and kept.checked_at, age,
                one.licence, _yes(one.in_all),
            ]
        )  # fmt: skip
    columns = ["name", "title", "format", "url", "retrieved_at", "checked_at", "age_days", "licence", "in_all"]
    if output is Format.TABLE:
        columns, rows = [columns[i] for i in (0, 1, 2, 3, 4, 6)], [[row[i] for i in (0, 1, 2, 3, 4, 6)] for row in rows]
    common.print_rows(columns, rows, output)

"""`tiertrace load`: files in."""

from __future__ import annotations

from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graph_core.cli import common
from graph_core.cli.changes import tell
from graph_core.cli.common import Format, FormatOption, HomeOption

if TYPE_CHECKING:
    from graph_core.changes import Changes
    from graph_core.settings import Settings
    from graph_core.store.base import Store
    from loaders.pipeline import LoadReport


#: Rejected rows that a dry run shows.
_SHOWN = 10


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("load")(load)


def load(
    form: Annotated[str | None, typer.Argument(metavar="FORMAT", help="What the files are; --list shows them.")] = None,
    paths: Annotated[list[Path] | None, typer.Argument(metavar="PATH...", help="Files or folders.")] = None,
    show: Annotated[bool, typer.Option("--list", help="List the formats.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and report, write nothing.")] = False,
    max_rejects: Annotated[
        str | None, typer.Option("--max-rejects", metavar="N|P%", help="Load nothing if more rows are rejected.")
    ] = None,
    brand: Annotated[str | None, typer.Option("--brand", help="Buyer whose list it is.")] = None,
    list_date: Annotated[str | None, typer.Option("--list-date", help="First day of the list.")] = None,
    series: Annotated[str | None, typer.Option("--series", help="Lists of one series replace each other.")] = None,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", metavar="YAML", help="What the columns mean (format mapping).")
    ] = None,
    suggest: Annotated[
        Path | None, typer.Option("--suggest", metavar="FILE", help="Draft a mapping of FILE, to be edited (mapping).")
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option("--rejects", metavar="FILE", help="Load rejected rows that were corrected in FILE.")
    ] = None,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Load files of a FORMAT into the store; every row read is loaded, merged or rejected with its reason."""
    from graph_core import audit
    from graph_core.changes import watch
    from graph_core.errors import UsageError
    from loaders import pipeline, registry
    from loaders.base import Options

    if show:
        rows = [[loader.name, loader.title, loader.summary] for loader in registry.all()]
        common.print_rows(["format", "title", "reads"], rows, output)
        return
    if suggest is not None:
        _suggest(form, suggest)
        return
    settings = common.settings(home)
    if rejects is not None:
        if form is not None:
            raise UsageError("--rejects names its formats and files itself; leave out FORMAT and PATH")
        with common.progress() as report, nullcontext() if dry_run else _writing(settings) as store:
            after = watch(store, settings, common.today(), findings=True) if store is not None else None
            several = pipeline.load_corrected(
                store, rejects, dry_run=dry_run, max_rejects=max_rejects, home=settings.home, report=report
            )
            changed = after(any(done.changed for done in several)) if after is not None else None
        for done in several:
            _print(done, output, changed)
        if output is not Format.JSON:
            tell(changed)
        return
    if form is None:
        raise UsageError("name a FORMAT and a PATH, such as `tiertrace load tables DIR`; --list shows the formats")
    loader = registry.get(form)
    named, mapping = _mapping(form, paths or [], mapping)
    options = Options(brand=brand, list_date=list_date, series=series, mapping=mapping)
    changed = None
    with common.progress() as report:
        if dry_run:
            done = pipeline.load(
                None, loader, named, options, dry_run=True, max_rejects=max_rejects, home=settings.home, report=report
            )
        else:
            told = ", ".join([form, *(path.name for path in named)])
            with _writing(settings) as store, audit.about("", told):
                after = watch(store, settings, common.today(), findings=True)
                done = pipeline.load(
                    store, loader, named, options, max_rejects=max_rejects, home=settings.home, report=report
                )
                changed = after(done.changed)
    _print(done, output, changed)
    if output is not Format.JSON:
        tell(changed)


def _writing(settings: Settings) -> AbstractContextManager[Store]:
    from graph_core.store.open import open_store

    return closing(open_store(settings, write=True))


def _mapping(form: str, paths: list[Path], mapping: Path | None) -> tuple[list[Path], Path | None]:
    """Take the mapping file out of the paths, where data files stand beside it; alone it names them itself."""
    if form != "mapping":
        return paths, mapping
    written = [path for path in paths if path.suffix.casefold() in (".yaml", ".yml")]
    data = [path for path in paths if path not in written]
    if mapping is None and len(written) == 1:
        mapping = written[0]
    elif written or mapping is None:
        return paths, mapping
    if not data:
        from loaders.formats.mapping.loader import data_files

        data = data_files(mapping)
    return data, mapping.resolve()


def _suggest(form: str | None, file: Path) -> None:
    from graph_core.errors import UsageError
    from loaders.formats.mapping.suggest import suggest

    if form not in (None, "mapping"):
        raise UsageError(f"--suggest drafts a mapping; write `tiertrace load mapping --suggest {file}`")
    print(suggest(file), end="")
    common.say(f"Read the draft, correct it, and load it: tiertrace load mapping draft.yaml {file}")


def _print(done: LoadReport, output: Format, changed: Changes | None) -> None:
    if output is Format.JSON:
        common.print_json({**done.to_json(), "brands": changed})
    else:
        rows = [[t.table, t.read, t.loaded, t.merged, t.rejected] for t in done.tables]
        common.print_rows(["table", "read", "loaded", "merged", "rejected"], rows, output)
    for note in done.notes:
        common.say(f"note: {note}")
    if done.rejects:
        common.say(f"rejected rows with their reasons: {done.rejects}")
    if done.dry_run:
        for row in done.reject_rows.head(_SHOWN).astype("str").to_dict("records"):
            common.say(f"rejected: {row['file']} line {row['line']}: {row['column']} {row['value']!r} {row['reason']}")
        if len(done.reject_rows) > _SHOWN:
            common.say("... and more; a load keeps all of them in a file")
        common.say("dry run: nothing was written")
    elif not done.changed:
        common.say("nothing new: the store already holds this")

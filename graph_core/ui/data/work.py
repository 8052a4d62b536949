"""What the page Data does in the background: it reads, loads, corrects, forgets and fetches as the command line does.

Every function gives work for `graph_core.ui.jobs`; who does it is settled when the function is called.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from graph_core import belief
from graph_core.changes import Changes, watch
from graph_core.errors import Cancelled, InputError
from graph_core.ui import people, state
from graph_core.ui.jobs import Report
from graph_core.workspace import Store
from loaders import pipeline, quarantine, recognise, registry, uploads
from loaders.base import Options
from loaders.fetch import lists
from loaders.formats.mapping.suggest import suggest


@dataclass(frozen=True)
class Group:
    """Files of one upload that are of one format.

    Attributes
    ----------
    format : str
        The format; ``mapping`` where none of the others can read them.
    files : list of Path
        The files.
    draft : str
        Draft of a mapping; empty where none is needed or could be made.
    fault : str
        Why no mapping could be drafted.
    """

    format: str
    files: list[Path]
    draft: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Seen:
    """An upload that was looked at."""

    upload: uploads.Upload
    groups: list[Group]


@dataclass(frozen=True)
class Order:
    """Files of one format with what a person said about them, and the text of the mapping where there is one."""

    format: str
    files: list[Path]
    options: Options
    mapping: str = ""


@dataclass
class Done:
    """What came of loading.

    Attributes
    ----------
    reports : list of LoadReport
        One an order, or more for corrected rows.
    changed : list of dict or None
        Brands whose figures changed; ``None`` where there was nothing to compare with.
    faults : list of str
        What could not be loaded, and why; the others are loaded.
    """

    reports: list[pipeline.LoadReport] = field(default_factory=list)
    changed: Changes | None = None
    faults: list[str] = field(default_factory=list)


def look(home: Path, given: Sequence[tuple[str, BinaryIO]]) -> Callable[[Report], Seen]:
    """Keep files and tell what they are."""

    def work(report: Report) -> Seen:
        report("keeping the files", 0, 0)
        upload = uploads.keep(home, given)
        try:
            report("telling what they are", 0, 0)
            found, unknown = recognise.together(upload.files)
            return Seen(upload, [*(Group(*one) for one in found.items()), *map(_drafted, unknown)])
        except BaseException:
            upload.drop()
            raise

    return work


def _drafted(file: Path) -> Group:
    try:
        return Group("mapping", [file], suggest(file))
    except InputError as error:
        return Group("mapping", [file], fault=str(error))


def dry(home: Path, orders: Sequence[Order]) -> Callable[[Report], Done]:
    """Read and count, and write nothing."""

    def work(report: Report) -> Done:
        done = Done()
        for order in orders:
            try:
                done.reports.append(_load(None, order, home, report, dry_run=True))
            except InputError as error:
                done.faults.append(f"{order.format}: {error}")
        return done

    return work


def load(orders: Sequence[Order]) -> Callable[[Report], Done]:
    """Load files into the store, and say which brands' figures of today changed."""
    names = ", ".join(file.name for order in orders for file in order.files)
    act = people.writing("load", names, ", ".join(order.format for order in orders))

    def work(report: Report) -> Done:
        with _changing(report, act) as (store, done):
            for order in orders:
                try:
                    done.reports.append(_load(store, order, _home(), report))
                except InputError as error:
                    done.faults.append(f"{order.format}: {error}")
        return done

    return work


def _home() -> Path:
    return state.workspace().settings.home


def _load(
    store: Store | None, order: Order, home: Path, report: Report, *, dry_run: bool = False
) -> pipeline.LoadReport:
    loader = registry.get(order.format)
    return pipeline.load(store, loader, order.files, order.options, dry_run=dry_run, home=home, report=report)


def correct(rejects: Path, rows: pd.DataFrame) -> Callable[[Report], Done]:
    """Load rejected rows that a person corrected, and only those.

    Parameters
    ----------
    rejects : Path
        File of rejected rows of which they are.
    rows : DataFrame
        The corrected ones, columns as in the file.
    """
    act = people.writing("load corrected rows", rejects.name, f"{len(rows)} rows")

    def work(report: Report) -> Done:
        with _changing(report, act) as (store, done):
            path = rejects.with_name(f"{rejects.stem}-corrected.csv")
            told = rows.assign(value=rows["value"].map(quarantine.neutralise))
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                told.to_csv(file, index=False, lineterminator="\n")
            done.reports.extend(pipeline.load_corrected(store, path, home=_home(), report=report))
        return done

    return work


def rejected(path: Path) -> pd.DataFrame:
    """Rows of a file of rejects as text; the value as it was read, without what keeps a spreadsheet from running it."""
    rows = pd.read_csv(path, dtype="str", keep_default_na=False)
    return rows.assign(value=rows["value"].map(quarantine.plain))


def fetch(one: lists.PublicList) -> Callable[[Report], Done]:
    """Fetch a public list from where it is published, and load it."""
    act = people.writing("fetch and load", one.name, one.url)

    def work(report: Report) -> Done:
        came = lists.fetch(one, _home(), None, report=report)
        order = Order(one.format, [came.kept.path], lists.options_for(one, came.kept))
        with _changing(report, act) as (store, done):
            try:
                done.reports.append(_load(store, order, _home(), report))
            except InputError as error:
                lists.set_aside(came.kept, str(error))
                raise
        return done

    return work


def forget(source: str, *, dry_run: bool) -> Callable[[Report], tuple[belief.Forgotten, Changes | None]]:
    """Remove all that a source said, or say what would go."""
    act = None if dry_run else people.writing("forget source", source)

    def work(report: Report) -> tuple[belief.Forgotten, Changes | None]:
        if act is None:
            return belief.forget(state.workspace().store, source, dry_run=True, report=report), None
        space = state.workspace()
        with act as store:
            after = watch(store, space.settings, state.default_day().isoformat(), findings=False)
            gone = belief.forget(store, source, report=report)
            changed = after(gone.records > 0)
        with suppress(Cancelled):
            space.renew(report)
        return gone, changed

    return work


# --- before and after ------------------------------------------------------------------------------------------


@contextmanager
def _changing(report: Report, act: AbstractContextManager[Store]) -> Iterator[tuple[Store, Done]]:
    """Open the store for an act of a person, look at the figures before and after, and let the app read anew."""
    space, done = state.workspace(), Done()
    with act as store:
        after = watch(store, space.settings, state.default_day().isoformat(), findings=True)
        yield store, done
        done.changed = after(any(report.changed for report in done.reports))
    with suppress(Cancelled):  # what was loaded counts
        space.renew(report)  # here, so that nobody waits for it

"""Loading: read -> validate -> transform -> put records -> derive again -> clean up.

Everything is read and checked before anything is written, so that a limit on rejects, a dry run and a bad file leave
the store as it was. Records of a source are then put in one transaction each, and the graph is derived once. A load
that was killed is mended by the next one, which finds the derived graph older than the records and derives it again.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from graph_core.belief import rebuild, refuse_contradictions
from graph_core.errors import InputError, TooManyRejectsError, UsageError
from graph_core.store.base import RecordSet
from loaders import quarantine
from loaders.base import REJECT_COLUMNS, Loader, Options, Reading, Report, Tally, combined_sha256, no_rejects, silent

if TYPE_CHECKING:
    from graph_core.store.base import Store


@dataclass(frozen=True)
class Limit:
    """How many rejected rows a user allows.

    Attributes
    ----------
    value : float
        Rows, or percent of the rows read.
    percent : bool
        Which of the two.
    """

    value: float
    percent: bool

    @classmethod
    def parse(cls, text: str) -> Limit:
        """Read ``--max-rejects``.

        Parameters
        ----------
        text : str
            ``"20"`` for rows, ``"2.5%"`` for percent of the rows read.

        Raises
        ------
        UsageError
            It is neither.
        """
        match = re.fullmatch(r"\s*([0-9]+)\s*|\s*([0-9]+(?:\.[0-9]+)?)\s*%\s*", text)
        if match is None or (match[2] and float(match[2]) > 100):
            raise UsageError(f"--max-rejects {text!r}: write a number of rows such as 20, or a percentage such as 2.5%")
        return cls(float(match[1] or match[2]), match[1] is None)

    def exceeded(self, rejected: int, read: int) -> bool:
        """Whether so many rejects of so many rows are too many."""
        return rejected * 100 > self.value * read if self.percent else rejected > self.value

    def __str__(self) -> str:
        return f"{self.value:g}%" if self.percent else f"{self.value:g}"


@dataclass(frozen=True)
class LoadReport:
    """What a load did.

    Attributes
    ----------
    format : str
        Name of the format.
    sources : list of str
        Ids of the sources that were read.
    tables : list of Tally
        What became of the rows, table by table.
    rejects : Path or None
        File of rejected rows.
    records : dict of str to int
        Records said by the sources, made ones such as lists included, table by table.
    changed : bool
        Whether the store was changed; False too in a dry run.
    dry_run : bool
        Whether nothing was to be written.
    notes : list of str
        What a user should know and that cost no row.
    reject_rows : DataFrame
        The rejected rows themselves.
    """

    format: str
    sources: list[str]
    tables: list[Tally]
    rejects: Path | None
    records: dict[str, int]
    changed: bool
    dry_run: bool
    notes: list[str]
    reject_rows: pd.DataFrame = field(default_factory=no_rejects, repr=False)

    def to_json(self) -> dict[str, object]:
        """Make what ``load --format json`` prints.

        Returns
        -------
        dict
            ``format``, ``source``, ``tables`` and ``rejects`` as documented; beyond them ``sources``, ``records``,
            ``changed``, ``dry_run`` and ``notes``.
        """
        return {
            "format": self.format,
            "source": ", ".join(self.sources),
            "tables": [
                {"table": t.table, "read": t.read, "loaded": t.loaded, "merged": t.merged, "rejected": t.rejected}
                for t in self.tables
            ],
            "rejects": None if self.rejects is None else str(self.rejects),
            "sources": self.sources,
            "records": self.records,
            "changed": self.changed,
            "dry_run": self.dry_run,
            "notes": self.notes,
        }


def load(
    store: Store | None,
    loader: Loader,
    paths: Iterable[Path],
    options: Options | None = None,
    *,
    dry_run: bool = False,
    max_rejects: str | None = None,
    home: Path,
    report: Report = silent,
) -> LoadReport:
    """Load files of one format into the store.

    Parameters
    ----------
    store : Store or None
        Where to; ``None`` only in a dry run.
    loader : Loader
        The format.
    paths : iterable of Path
        Files or folders that the user named.
    options : Options, optional
        What the user said about them.
    dry_run : bool
        Read, check and count; write nothing, neither to the store nor to the home.
    max_rejects : str, optional
        Rows, or percent of the rows read, such as ``"20"`` or ``"2.5%"``.
    home : Path
        The user's home, for the file of rejected rows.
    report : callable
        Told of the progress.

    Returns
    -------
    LoadReport
        What was done.

    Raises
    ------
    UsageError
        No path, or a limit that is none.
    InputError
        A file cannot be used, or not one of the rows could be.
    TooManyRejectsError
        More rejects than allowed; the store is as it was.
    StoreError
        The store cannot be written to.
    """
    limit = Limit.parse(max_rejects) if max_rejects is not None else None
    readings = _read(loader, list(paths), options or Options(), report)
    rows = _concat([reading.rejects for reading in readings])
    tables = _tallies(readings)
    file = None
    if len(rows) and not dry_run:
        file = quarantine.write(rows, home, f"{loader.name}-{_fingerprint(readings)}")
    _refuse(tables, rows, limit, file)
    changed, placeholders = False, 0
    if not dry_run:
        if store is None:
            raise UsageError("a load that is no dry run needs a store")
        changed, placeholders = _write(store, readings, report)
    notes = [note for reading in readings for note in reading.notes]
    if placeholders:
        notes.append(
            f"{placeholders:,} parties in the store are named by a record and defined by none; they stand in as "
            "placeholders (`tiertrace query placeholders` lists them)"
        )
    records: dict[str, int] = {}
    for reading in readings:
        for name, frame in reading.records.items():
            records[name] = records.get(name, 0) + len(frame)
    return LoadReport(
        format=loader.name,
        sources=list(dict.fromkeys(str(reading.source["id"]) for reading in readings if reading.records)),
        tables=tables,
        rejects=file,
        records=records,
        changed=changed,
        dry_run=dry_run,
        notes=list(dict.fromkeys(notes)),
        reject_rows=rows,
    )


def _read(loader: Loader, paths: list[Path], options: Options, report: Report) -> list[Reading]:
    if not paths:
        raise UsageError(f"load {loader.name} needs a path: {loader.summary}")
    return [reading for path in paths for reading in loader.read(path, options, report)]


def _concat(frames: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True)[REJECT_COLUMNS] if filled else no_rejects()


def _tallies(readings: list[Reading]) -> list[Tally]:
    """Add up the counts of each table over all files."""
    total: dict[str, Tally] = {}
    for tally in (tally for reading in readings for tally in reading.tallies):
        sum_ = total.setdefault(tally.table, Tally(tally.table))
        sum_.read += tally.read
        sum_.loaded += tally.loaded
        sum_.merged += tally.merged
        sum_.rejected += tally.rejected
    for tally in total.values():
        tally.check()
    return list(total.values())


def _fingerprint(readings: list[Reading]) -> str:
    return combined_sha256(str(reading.source["sha256"]) for reading in readings)[:12]


def _refuse(tables: list[Tally], rows: pd.DataFrame, limit: Limit | None, file: Path | None) -> None:
    """Refuse a load of which nothing is usable, or with too many rejects."""
    read, rejected = sum(t.read for t in tables), sum(t.rejected for t in tables)
    if not rejected:
        return
    first = "; ".join(_described(row) for row in rows.head(3).astype(str).to_dict("records"))
    more = f" ... and {len(rows) - 3} more" if len(rows) > 3 else ""
    where = f"; all of them are in {file}" if file else ""
    if limit is not None and limit.exceeded(rejected, read):
        raise TooManyRejectsError(
            f"{rejected:,} of {read:,} rows are rejected, more than --max-rejects {limit}; nothing was loaded: "
            f"{first}{more}{where}"
        )
    if rejected == read:
        raise InputError(f"none of the {read:,} rows can be used: {first}{more}{where}")


def _described(row: Mapping[Hashable, str]) -> str:
    cell = f" {row['column']} {row['value']!r}" if row["column"] else ""
    return f"{row['file']} line {row['line']}:{cell} {row['reason']}"


def _states_shares(reading: Reading) -> bool:
    """Whether a reading says anything that can contradict stated shares."""
    links = reading.records.get("links")
    return bool(len(reading.records.get("coverage", ()))) or (links is not None and bool(links["share"].notna().any()))


def _write(store: Store, readings: list[Reading], report: Report) -> tuple[bool, int]:
    """Put the records and derive the graph again where it is older than they are; counts placeholders then."""
    changed, placeholders = False, 0
    with store.writer():
        if any(_states_shares(reading) for reading in readings):
            newest = 1 << 62  # what is loaded now corrects what was loaded before
            refuse_contradictions(store, [RecordSet(r.source, newest + i, r.records) for i, r in enumerate(readings)])
        for reading in readings:
            if any(len(frame) for frame in reading.records.values()) or reading.replace:
                changed |= store.put_records(reading.source, reading.records, reading.replace, report)
        version = store.version()
        if changed or version.derived != version.records:
            placeholders = rebuild(store, report).placeholders
    return changed, placeholders

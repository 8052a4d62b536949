"""The contract of all loaders: one class a format, which turns files into records.

A loader only reads. What it yields is checked, counted and free of exact duplicates; `loaders.pipeline` puts it into
the store. Every row read is accounted for: ``read = loaded + merged + rejected``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pandas as pd

from graph_core.errors import InputError
from loaders.files.rawtable import RawTable

#: Progress: what is being done, how much of it is done, how much there is (0 where unknown).
Report = Callable[[str, int, int], None]


def silent(what: str, done: int, total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Options:
    """What a user can say about a file where the file does not say it.

    Attributes
    ----------
    brand : str or None
        Name of the buyer whose list it is.
    list_date : str or None
        First day on which the list stands, or the day on which a public list was retrieved, YYYY-MM-DD.
    series : str or None
        Name of the series in which lists replace each other.
    mapping : Path or None
        File that says what the columns of a table mean (format ``mapping``).

    Raises
    ------
    InputError
        The date is none.
    """

    brand: str | None = None
    list_date: str | None = None
    series: str | None = None
    mapping: Path | None = None

    def __post_init__(self) -> None:
        if self.list_date is None:
            return
        try:
            if dt.date.fromisoformat(self.list_date).isoformat() == self.list_date:
                return
        except ValueError:
            pass
        raise InputError(f"--list-date {self.list_date!r} is no date; write YYYY-MM-DD")


@dataclass
class Tally:
    """What became of the rows of one table.

    Attributes
    ----------
    table : str
        Record table that the rows are for.
    read, loaded, merged, rejected : int
        Rows; ``read = loaded + merged + rejected``. ``merged`` rows repeat another row exactly.
    """

    table: str
    read: int = 0
    loaded: int = 0
    merged: int = 0
    rejected: int = 0

    def check(self) -> None:
        """Prove that no row was lost.

        Raises
        ------
        AssertionError
            A loader lost or invented a row: our fault, never the file's.
        """
        if self.read != self.loaded + self.merged + self.rejected or min(self.loaded, self.merged, self.rejected) < 0:
            raise AssertionError(f"rows do not add up: {self}")


@dataclass(frozen=True)
class Reading:
    """What one source said, or a part of it; the parts of one source follow each other.

    Attributes
    ----------
    source : dict
        A row of `graph_core.model.SOURCES` (id, title, publisher, url, retrieved_at, licence, sha256) and ``format``.
        Holds no local path, so that the same bytes are the same source everywhere. With ``series`` it is one of
        several dated deliveries of one list: what a later delivery lacks has ended (see `graph_core.derive`).
    replace : bool
        True: earlier records of this source are replaced as a whole. False: it adds and corrects, and ends nothing.
    records : dict of str to DataFrame
        Record table -> its columns as in `graph_core.model.TABLES` and of `graph_core.model.RECORD`; valid rows only.
    rejects : DataFrame
        Rows that are not used, with `REJECT_COLUMNS`; one entry a row.
    tallies : list of Tally
        What became of the rows read.
    notes : list of str
        What a user should know and that cost no row.
    rows : RawTable or None
        The rows that were read, so that a rejected one can be kept whole, corrected and loaded alone.
    """

    source: dict[str, str | None]
    replace: bool
    records: dict[str, pd.DataFrame]
    rejects: pd.DataFrame
    tallies: list[Tally]
    notes: list[str] = field(default_factory=list)
    rows: RawTable | None = None

    def __post_init__(self) -> None:
        for tally in self.tallies:
            tally.check()
        if sum(tally.rejected for tally in self.tallies) != len(self.rejects):
            raise AssertionError("every rejected row has exactly one entry in the rejects")


class Loader(Protocol):
    """Reads one format.

    Attributes
    ----------
    name : str
        Name of the format on the command line.
    title, summary : str
        What it is, for ``load --list``.

    A loader has two parts. `read` finds the rows of a file, whatever it looks like, as a `RawTable`; `transform` says
    what rows mean. So a rejected row that a person corrected goes through `transform` alone, with the same rules.
    """

    name: str
    title: str
    summary: str

    def read(self, path: Path, options: Options, report: Report) -> Iterator[Reading]:
        """Read a file or folder.

        Parameters
        ----------
        path : Path
            What the user named.
        options : Options
            What the user said about it.
        report : callable
            Told of the progress.

        Yields
        ------
        Reading
            One a source, or several parts of one in a row.

        Raises
        ------
        InputError
            The file as a whole cannot be used.
        """
        ...

    def transform(self, raw: RawTable, options: Options) -> Iterator[Reading]:
        """Say what rows of a file mean.

        Parameters
        ----------
        raw : RawTable
            Rows of one file as `read` found them: all, a part, or some that were corrected.
        options : Options
            What the user said about the file.

        Yields
        ------
        Reading
            With ``rows``.
        """
        ...


def source_row(
    source_id: str,
    title: str,
    format_name: str,
    sha256: str,
    publisher: str | None = None,
    url: str | None = None,
    licence: str | None = None,
    retrieved_at: str | None = None,
    **more: str,
) -> dict[str, str | None]:
    """Make the `Reading.source` of a dataset or file.

    Parameters
    ----------
    source_id, title, format_name, sha256, publisher, url, licence, retrieved_at : str
        Columns of `graph_core.model.SOURCES`, and the format.
    **more : str
        ``series``: the list of which this is the delivery of ``retrieved_at``. ``amends``: id of the source of which
        this delivers changes; those it takes back stand in the record table ``withdrawn``. ``adds``: id that the rows
        name as their source, of which this tells a part: it corrects nothing of the other parts, and figures add up.
        ``corrects``: id of the source of which this holds rows that a person corrected. ``rejected``: rows of it that
        could not be read, added by the pipeline; a delivery with such rows ends nothing.

    Returns
    -------
    dict
        What was given.
    """
    return {
        "id": source_id,
        "title": title,
        "publisher": publisher,
        "url": url,
        "retrieved_at": retrieved_at,
        "licence": licence,
        "sha256": sha256,
        "format": format_name,
        **more,
    }


def combined_sha256(checksums: Iterable[str]) -> str:
    """Checksum of several files, in the given order.

    Returns
    -------
    str
        The checksum itself for one file, else the SHA-256 of the checksums, one a line.
    """
    parts = list(checksums)
    return parts[0] if len(parts) == 1 else hashlib.sha256("\n".join(parts).encode()).hexdigest()


#: Terms of what the United States government publishes.
US_WORK = "US government work, public domain"


def delivery(
    series: str,
    title: str,
    format_name: str,
    raw: RawTable,
    options: Options,
    publisher: str | None = None,
    url: str | None = None,
    licence: str | None = None,
) -> dict[str, str | None]:
    """Make the `Reading.source` of a public list that is published again and again.

    The day on which it was retrieved is what the user says (``--list-date``), else a date in the name of the file.
    Where it is known, each delivery is a source of its own, and what a later one lacks has ended by then; where it is
    not, a delivery takes the place of the one before.

    Parameters
    ----------
    series : str
        Id of the list.
    title, format_name, publisher, url, licence : str
        As in `source_row`.
    raw : RawTable
        The file.
    options : Options
        What the user said.

    Returns
    -------
    dict
        Id ``<series>:<day>`` and ``series``, or id ``<series>``.
    """
    day = options.list_date or date_in(raw.file)
    checksum = raw.sha256
    if day is None:
        return source_row(series, title, format_name, checksum, publisher, url, licence)
    dated = f"{title}, as of {day}"
    return source_row(f"{series}:{day}", dated, format_name, checksum, publisher, url, licence, day, series=series)


def date_in(name: str) -> str | None:
    """A day in the name of a file, such as ``list_2026-07-09.html``.

    Returns
    -------
    str or None
        YYYY-MM-DD; ``None`` where no day, or more than one, is in it.
    """
    found = set()
    for year, month, day in re.findall(r"(?<!\d)((?:19|20)\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)(?!\d)", name):
        try:
            found.add(dt.date(int(year), int(month), int(day)).isoformat())
        except ValueError:
            continue
    return found.pop() if len(found) == 1 else None

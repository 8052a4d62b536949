"""The contract of all loaders: one class a format, which turns files into records.

A loader only reads. What it yields is checked, counted and free of exact duplicates; `loaders.pipeline` puts it into
the store. Every row read is accounted for: ``read = loaded + merged + rejected``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pandas as pd

#: Progress: what is being done, how much of it is done, how much there is (0 where unknown).
Report = Callable[[str, int, int], None]

#: Columns of a frame of rejected rows; ``line`` is the line of the file on which the row begins.
REJECT_COLUMNS = ["table", "file", "line", "column", "value", "reason"]


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
        First day on which the list stands, YYYY-MM-DD.
    series : str or None
        Name of the series in which lists replace each other.
    """

    brand: str | None = None
    list_date: str | None = None
    series: str | None = None


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


def no_rejects() -> pd.DataFrame:
    """Make a frame of rejected rows that is empty."""
    return pd.DataFrame({name: pd.Series(dtype="int64" if name == "line" else "str") for name in REJECT_COLUMNS})


@dataclass(frozen=True)
class Reading:
    """What one source said.

    Attributes
    ----------
    source : dict
        A row of `graph_core.model.SOURCES` (id, title, publisher, url, retrieved_at, licence, sha256) and ``format``.
        Holds no local path, so that the same bytes are the same source everywhere.
    replace : bool
        True: earlier records of this source are replaced as a whole. False: it adds and corrects, and ends nothing.
    records : dict of str to DataFrame
        Record table -> its columns as in `graph_core.model.TABLES` and ``line``; valid rows only.
    rejects : DataFrame
        Rows that are not used, with `REJECT_COLUMNS`; one entry a row.
    tallies : list of Tally
        What became of the rows read.
    notes : list of str
        What a user should know and that cost no row.
    """

    source: dict[str, str | None]
    replace: bool
    records: dict[str, pd.DataFrame]
    rejects: pd.DataFrame
    tallies: list[Tally]
    notes: list[str] = field(default_factory=list)

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
            One a source.

        Raises
        ------
        InputError
            The file as a whole cannot be used.
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
) -> dict[str, str | None]:
    """Make the `Reading.source` of a dataset or file.

    Returns
    -------
    dict
        Columns of `graph_core.model.SOURCES` and ``format``.
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

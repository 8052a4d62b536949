"""Telling what a file is: by letting every format read a sample of it.

No second list of headers can then contradict what a format really reads. Of several formats that can read a file the
one that can use most of its rows comes first. Where none can, a mapping says what the columns mean
(`loaders.formats.mapping.suggest`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graph_core.errors import InputError
from loaders import registry
from loaders.base import Loader, Options, silent
from loaders.files.opening import FileKind, is_gzip, kind_of, open_file

#: What a person can say about files of a format (fields of `loaders.base.Options`); the others say it themselves.
ASKS: Final[dict[str, tuple[str, ...]]] = {
    "tables": (),
    "mapping": ("brand", "list_date", "series"),
    "palm-oil": (),
    "nike": ("brand", "list_date", "series"),
    "os-hub": ("brand", "list_date", "series"),
    "bills-of-lading": ("brand", "list_date"),
    "wikirate": ("list_date", "series"),
    "uflpa": ("list_date",),
    "cbp-orders": ("list_date",),
    "bis": ("list_date",),
    "opensanctions": ("list_date", "series"),
    "dol-goods": ("list_date",),
    "bods": ("list_date", "series"),
    "gleif": ("list_date", "series"),
    "countries": (),
}
#: Files that a format reads beside others of one folder, and that say nothing alone.
BESIDE: Final = {"disclosure_sources.xlsx": "palm-oil"}
#: Any day: some formats read no file of which they do not know the day.
_SOME_DAY = Options(list_date="2000-01-01")
#: Kinds of files of which the first lines tell as much as all.
_LINES = (FileKind.TEXT, FileKind.JSON_LINES)
_SAMPLE_LINES, _SAMPLE_BYTES = 2_000, 4 << 20


@dataclass(frozen=True)
class Fit:
    """A format that can read a file.

    Attributes
    ----------
    format, title : str
        The format.
    read, usable : int
        Rows of the sample, and how many of them the format can use.
    """

    format: str
    title: str
    read: int
    usable: int

    @property
    def share(self) -> float:
        """Part of the rows that the format can use, 0..1."""
        return self.usable / self.read


def recognise(path: Path) -> list[Fit]:
    """Tell which formats can read a file.

    Parameters
    ----------
    path : Path
        A file as somebody uploaded it.

    Returns
    -------
    list of Fit
        The one that can use most of its rows first; empty where no format can use a row.

    Raises
    ------
    InputError
        It cannot be read at all, such as a picture or a damaged archive.
    """
    with _sample(path) as sample:
        tried = [_try(loader, sample) for loader in registry.all() if loader.name != "mapping"]
    return sorted(filter(None, tried), key=lambda fit: -fit.share)


def together(files: Sequence[Path]) -> tuple[dict[str, list[Path]], list[Path]]:
    """Sort files of one upload by their format.

    Returns
    -------
    dict of str to list of Path
        Format -> its files. What is only read beside others stands with none.
    list of Path
        Files that no format can read.
    """
    found: dict[str, list[Path]] = {}
    unknown = []
    for file in files:
        if fits := recognise(file):
            found.setdefault(fits[0].format, []).append(file)
        else:
            unknown.append(file)
    return found, [file for file in unknown if BESIDE.get(file.name) not in found]


def _try(loader: Loader, path: Path) -> Fit | None:
    try:
        reading = next(iter(loader.read(path, _SOME_DAY, silent)), None)
    except InputError:
        return None
    if reading is None:
        return None
    read = sum(tally.read for tally in reading.tallies)
    usable = read - sum(tally.rejected for tally in reading.tallies)
    return Fit(loader.name, loader.title, read, usable) if usable else None


@contextmanager
def _sample(path: Path) -> Iterator[Path]:
    """The first lines of a file that has lines, else the file."""
    if kind_of(path) not in _LINES or path.stat().st_size <= _SAMPLE_BYTES // 8:
        yield path
        return
    with open_file(path) as stream:
        head = stream.read(_SAMPLE_BYTES)
    if b"\0" in head:  # of two bytes a letter: no place to cut it is safe
        yield path
        return
    lines = head.splitlines(keepends=True)
    whole = lines[: min(_SAMPLE_LINES, max(1, len(lines) - 1))]
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / (path.name.removesuffix(".gz") if is_gzip(path) else path.name)
        sample.write_bytes(b"".join(whole))
        yield sample

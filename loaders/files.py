"""Reading delimited text as users have it: any of the usual encodings and separators, nothing lost.

The standard ``csv`` module is used because it can say on which line of the file a row begins, which no data-frame
reader can once a cell holds a line break or a row has too many cells (57,253 rows of 3 columns: 0.24 s of CPU).

* Encoding: UTF-8 and UTF-16 with or without a byte order mark. Lines that are not UTF-8 are read as Windows-1252
  (Latin-1 where that has no character), one by one, and said so: a file may hold both.
* Separator: comma, semicolon or tab, whichever makes the header fit best.
* A row with a cell too many or too few, a quote that is never closed and a NUL byte are rejects with a reason.
  Cells beyond the header that are all empty, and rows without any content, are left out.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import hashlib
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from graph_core.errors import InputError
from loaders.base import REJECT_COLUMNS

#: Largest file that is read into memory, in bytes.
MAX_BYTES = 1 << 30
#: A quoted cell with more lines than this is taken for a quote that was never closed.
MAX_CELL_LINES = 100
#: Rows above the header that may be a banner.
MAX_BANNER = 15
SEPARATORS = (",", ";", "\t")

_MAGIC = (
    (b"PK\x03\x04", "an Excel workbook or zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"PAR1", "a Parquet file"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"SQLite format 3", "a database"),
)
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1f]")

csv.field_size_limit(1 << 27)


@dataclass(frozen=True)
class RawTable:
    """The rows of a delimited file as text.

    Attributes
    ----------
    file : str
        Name of the file, without its folder.
    frame : DataFrame
        One column a header, named by `header_key`; text without outer white space, empty where the cell is empty.
        And ``line``: the line of the file on which the row begins.
    headers : dict of str to str
        Column of `frame` -> header as the file writes it.
    rejects : list of tuple
        Rows that could not be read: ``(line, value, reason)``.
    sha256 : str
        Checksum of the bytes.
    notes : list of str
        What a user should know and that cost no row.
    """

    file: str
    frame: pd.DataFrame
    headers: dict[str, str]
    rejects: list[tuple[int, str, str]]
    sha256: str
    notes: list[str] = field(default_factory=list)

    @property
    def read(self) -> int:
        """Rows in the file, those that could not be read included."""
        return len(self.frame) + len(self.rejects)


def header_key(header: str) -> str:
    """Fold a header so that case, spaces, hyphens and underscores do not matter.

    Returns
    -------
    str
        ``"UML ID"``, ``"uml_id"`` and ``"Uml-Id"`` all give ``"uml_id"``.
    """
    return re.sub(r"[\s_\-]+", "_", header.replace("﻿", "").strip().casefold()).strip("_")


def read_bytes(path: Path) -> bytes:
    """Read a file whole, with a clear message where that cannot be done.

    Raises
    ------
    InputError
        Missing, a folder, not a regular file, not readable, empty or too large.
    """
    try:
        info = path.stat()
        if stat.S_ISDIR(info.st_mode):
            raise InputError(f"{path} is a folder, not a file; name the file itself")
        if not stat.S_ISREG(info.st_mode):
            raise InputError(f"{path} is not a regular file")
        if info.st_size > MAX_BYTES:
            raise InputError(f"{path} has {info.st_size:,} bytes, more than {MAX_BYTES:,}; split it into parts")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist{_near(path)}") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path} cannot be read: {reason}") from error
    if not data.strip(b"\x00\t\n\r \xef\xbb\xbf\xff\xfe"):
        raise InputError(f"{path} is empty")
    return data


def _near(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f"; there is no folder {path.parent}"
    close = difflib.get_close_matches(path.name, names, n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


def sha256(data: bytes) -> str:
    """SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def refuse_other_formats(data: bytes, name: str) -> None:
    """Refuse what is plainly not delimited text.

    Raises
    ------
    InputError
        Names what the file seems to be.
    """
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise InputError(f"{name} is not a CSV file: it looks like {what}; save it as CSV (UTF-8)")
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in (b"<", b"{", b"["):
        what = "HTML or XML" if start[:1] == b"<" else "JSON"
        raise InputError(f"{name} is not a CSV file: it looks like {what}")


def decode(data: bytes) -> tuple[list[str], list[int]]:
    r"""Turn bytes into lines of text.

    Returns
    -------
    lines : list of str
        Without line ends; ``\r\n``, ``\n`` and ``\r`` all end a line.
    odd : list of int
        Lines, counted from 1, that are not in the encoding of the rest and were read with a stand-in.
    """
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            return _wide(data[2:], encoding)
    if guess := _wide_guess(data):
        return _wide(data, guess)
    data = data.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        return data.decode().split("\n"), []
    except UnicodeDecodeError:
        pass
    lines, odd = [], []
    for number, raw in enumerate(data.split(b"\n"), start=1):
        try:
            lines.append(raw.decode())
        except UnicodeDecodeError:
            odd.append(number)
            try:
                lines.append(raw.decode("cp1252"))
            except UnicodeDecodeError:
                lines.append(raw.decode("latin-1"))
    return lines, odd


def _wide_guess(data: bytes) -> str:
    """Name the UTF-16 that has no byte order mark, or nothing: every other byte of its ASCII part is NUL."""
    start = data[:2000]
    if len(start) < 4 or start.count(0) < len(start) * 0.3:
        return ""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if odd > 9 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 9 * odd else ""


def _wide(data: bytes, encoding: str) -> tuple[list[str], list[int]]:
    text = data.decode(encoding, errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    return lines, [number for number, line in enumerate(lines, start=1) if "�" in line]


class _Row(NamedTuple):
    line: int
    cells: list[str]
    fault: str = ""
    span: int = 1


class _Runaway(Exception):
    """A quoted cell does not end."""


def _parse(lines: list[str], start: int, separator: str) -> Iterator[_Row]:
    """Split lines into rows; a row that cannot be split costs its first line only.

    After a fault the lines that the broken row had swallowed are read again, so that one stray quote never hides the
    rows below it.
    """
    total = len(lines)
    begun = position = start

    def feed() -> Iterator[str]:
        nonlocal position
        while position < total:
            if position - begun > MAX_CELL_LINES:
                raise _Runaway
            position += 1
            yield lines[position - 1] + "\n"

    while begun < total:
        position = begun
        try:
            for cells in csv.reader(feed(), delimiter=separator, strict=True):
                yield _Row(begun + 1, cells, span=position - begun)
                begun = position
        except (csv.Error, _Runaway) as error:
            too_long = "field larger" in str(error)
            reason = "a cell is too long" if too_long else "a quote is opened and not closed, or stands inside a cell"
            yield _Row(begun + 1, [lines[begun]], reason)
            begun += 1


def _rows(lines: list[str], start: int, separator: str, width: int) -> Iterator[_Row]:
    """Rows as `_parse`, but a row of several lines and of the wrong width is taken for a stray quote."""
    while True:
        for row in _parse(lines, start, separator):
            if row.span > 1 and not row.fault and len(row.cells) != width and _ragged(row.cells, width):
                yield _Row(row.line, [lines[row.line - 1]], "a quote is opened and not closed on this line")
                start = row.line
                break
            yield row
        else:
            return


def _header(lines: list[str], required: Iterable[str], rank: Callable[[list[str]], int]) -> tuple[int, str, list[str]]:
    """Find the header: the first of the top rows that has every required column, else the first row with content.

    Returns
    -------
    tuple
        Index of the line after it, separator, headers as written.
    """
    needed = set(required)
    best: tuple[tuple[int, int, int], int, str, list[str]] | None = None
    for separator in SEPARATORS:
        seen = 0
        for row in _parse(lines[: MAX_BANNER * 4], 0, separator):
            if not any(cell.strip() for cell in row.cells):
                continue
            if len(row.cells) == 1 and re.fullmatch(r'"?sep=."?', row.cells[0].strip()):
                continue
            keys = [header_key(cell) for cell in row.cells]
            complete = bool(needed) and needed <= set(keys)
            merit = (int(complete), rank(keys), len(keys)) if not seen or complete else (0, -1, 0)
            if best is None or merit > best[0]:
                best = (merit, row.line - 1 + row.span, separator, row.cells)
            seen += 1
            if complete or seen >= MAX_BANNER:
                break
    if best is None:
        raise InputError("no header was found")
    return best[1], best[2], best[3]


def read_table(
    path: Path,
    required: Iterable[str] = (),
    known: Iterable[str] = (),
    data: bytes | None = None,
) -> RawTable:
    """Read a delimited file into columns of text.

    Parameters
    ----------
    path : Path
        The file.
    required, known : iterable of str
        Folded headers (`header_key`) that must and may occur; they help to find the header and the separator.
        Whether they do occur is checked by `loaders.validate`.
    data : bytes, optional
        Content of the file, where it was read already.

    Returns
    -------
    RawTable
        Rows that cannot be read are in its rejects.

    Raises
    ------
    InputError
        The file cannot be read, is empty, is not delimited text, or names a column twice.
    """
    data = read_bytes(path) if data is None else data
    refuse_other_formats(data, path.name)
    lines, odd = decode(data)
    if sum(len(_CONTROL.findall(line)) for line in lines[:200]) > 8 + sum(map(len, lines[:200])) // 50:
        raise InputError(f"{path.name} is not a CSV file: it holds binary data")
    while lines and not lines[-1].strip():
        lines.pop()
    expected = {*required, *known}
    try:
        start, separator, header = _header(lines, required, lambda keys: len(expected & set(keys)))
    except InputError as error:
        raise InputError(f"{path.name} is not a CSV file: {error}") from error
    return _collect(path.name, lines, odd, start, separator, header, sha256(data))


def _collect(
    file: str, lines: list[str], odd: list[int], start: int, separator: str, header: list[str], checksum: str
) -> RawTable:
    while header and not header[-1].strip():
        header = header[:-1]
    keys = [header_key(name) or f"column_{i + 1}" for i, name in enumerate(header)]
    if twice := [key for key, count in Counter(keys).items() if count > 1]:
        raise InputError(f"{file}: the header names the column {twice[0]!r} twice; remove one of them")
    width = len(keys)
    good: list[list[str]] = []
    numbers: list[int] = []
    rejects: list[tuple[int, str, str]] = []
    notes: list[str] = []
    blank = 0
    for line, cells, fault, span in _rows(lines, start, separator, width):
        if not (cells and cells[0].strip()) and not any(cell.strip() for cell in cells):
            blank += bool(cells)
        elif fault or (len(cells) != width and _ragged(cells, width)):
            reason = fault or f"has {len(cells)} cells where the header has {width}"
            rejects.append((line, separator.join(cells)[:200], reason))
        else:
            good.append(cells if len(cells) == width else cells[:width])
            numbers.append(line)
            if span > 1 and (inside := _rows_inside(cells, separator, width)):
                notes.append(
                    f"{file}: a cell on line {line} holds {inside} lines that look like rows; is a quote missing?"
                )
    frame = _columns(keys, good).assign(line=pd.Series(numbers, dtype="int64"))
    frame, nul = _take_nul(frame, any("\x00" in line for line in lines))
    notes += _notes(file, odd, blank, wide=any("�" in lines[number - 1] for number in odd[:1]))
    return RawTable(file, frame, dict(zip(keys, header, strict=True)), sorted(rejects + nul), checksum, notes)


def _columns(keys: list[str], rows: list[list[str]]) -> pd.DataFrame:
    """Columns of text without outer white space."""
    columns = zip(*rows, strict=True) if rows else ((),) * len(keys)
    return pd.DataFrame(
        {key: pd.Series(list(map(str.strip, cells)), dtype="str") for key, cells in zip(keys, columns, strict=True)}
    )


def _take_nul(frame: pd.DataFrame, present: bool) -> tuple[pd.DataFrame, list[tuple[int, str, str]]]:
    """Take out the rows that hold a NUL byte, which no store can keep."""
    if not present:
        return frame, []
    text = frame.drop(columns="line")
    bad = text.apply(lambda column: column.str.contains("\x00", regex=False)).any(axis=1).astype(bool)
    rejects = [
        (int(line), " ".join(cells)[:200].replace("\x00", "\\x00"), "holds a NUL byte")
        for line, cells in zip(frame.loc[bad, "line"], text[bad].to_numpy().tolist(), strict=True)
    ]
    return frame[~bad].reset_index(drop=True), rejects


def _ragged(cells: list[str], width: int) -> bool:
    """Whether cells are missing, or stand beyond the header."""
    return len(cells) < width or any(cell.strip() for cell in cells[width:])


def _rows_inside(cells: list[str], separator: str, width: int) -> int:
    """Lines after the first inside the cells that would split into a whole row."""
    inner = [line for cell in cells for line in cell.split("\n")[1:]]
    return sum(line.count(separator) == width - 1 for line in inner) if width > 1 else 0


def _notes(file: str, odd: list[int], blank: int, *, wide: bool) -> list[str]:
    notes = []
    if odd:
        shown = ", ".join(map(str, odd[:5])) + (", ..." if len(odd) > 5 else "")
        how = "hold bytes that are no text, shown as �" if wide else "are not UTF-8 and were read as Windows-1252"
        notes.append(f"{file}: {len(odd)} lines {how} (lines {shown})")
    if blank:
        notes.append(f"{file}: {blank} rows without content were left out")
    return notes


def rejects_frame(table: str, file: str, rows: Iterable[tuple[int, str, str, str]]) -> pd.DataFrame:
    """Frame of rejected rows.

    Parameters
    ----------
    table, file : str
        Record table and name of the file.
    rows : iterable of tuple
        ``(line, column, value, reason)``.

    Returns
    -------
    DataFrame
        Columns as in `loaders.base.REJECT_COLUMNS`, ordered by line.
    """
    data = sorted((table, file, line, column, value, reason) for line, column, value, reason in rows)
    frame = pd.DataFrame(data, columns=REJECT_COLUMNS)
    return frame.astype({name: "int64" if name == "line" else "str" for name in REJECT_COLUMNS})

"""Delimited text as users have it: any of the usual encodings and separators, nothing lost, in pieces of bounded size.

The standard ``csv`` module is used because it can say on which line of the file a row begins, which no data-frame
reader can once a cell holds a line break or a row has too many cells. A block of lines of which each is one row for
certain, as most are, is split by Arrow instead (`loaders.files.plain_lines`): a million rows of 17 columns take 4 s,
not 20.

* Encoding: UTF-8 and UTF-16 with or without a byte order mark. Lines that are not UTF-8 are read as Windows-1252
  (Latin-1 where that has no character), one by one, and said so: a file may hold both.
* Separator: comma, semicolon, tab or vertical bar, whichever makes the header fit best.
* A row with a cell too many or too few, a quote that is never closed and a NUL byte are rejects with a reason.
  Cells beyond the header that are all empty, and rows without any content, are left out.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from graph_core.errors import InputError
from loaders.files.plain_lines import plain_columns
from loaders.files.rawtable import RawTable, Unread, columns_of, header_key, stripped

#: A quoted cell with more lines than this is taken for a quote that was never closed.
MAX_CELL_LINES = 100
#: A line with more bytes than this is no row.
MAX_LINE = 16 << 20
#: Rows above the header that may be a banner.
MAX_BANNER = 15
SEPARATORS = (",", ";", "\t", "|")
#: Bytes that are read at a time.
_BLOCK = 1 << 20
_TOO_LONG = "\x1e\x1etoo long"
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1d\x1f]")

csv.field_size_limit(MAX_LINE)


# --- bytes to lines --------------------------------------------------------------------------------------------


class _Lines:
    """The lines of a stream, a block at a time; remembers which are in another encoding than the rest."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.odd: list[int] = []
        self.wide = ""
        self._number = 0

    def blocks(self) -> Iterator[list[str]]:
        r"""Lines without their ends; ``\r\n``, ``\n`` and ``\r`` all end a line."""
        start = self._stream.read(_BLOCK)
        self.wide = _wide_encoding(start)
        carry = b""
        decoder = codecs.getincrementaldecoder(self.wide)(errors="replace") if self.wide else None
        block = start.removeprefix(codecs.BOM_UTF8)
        if decoder is not None and start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            block = start[2:]
        while True:
            after = self._stream.read(_BLOCK)
            if decoder is not None:
                block = decoder.decode(block, final=not after).encode("utf-8", errors="replace")
            data = carry + block
            whole, carry = (data, b"") if not after else _cut(data)
            if whole or not after:
                yield self._decoded(whole, final=not after)
            if not after:
                return
            if len(carry) > MAX_LINE:
                if decoder is not None:
                    raise InputError(f"line {self._number + 1} has more than {MAX_LINE:,} bytes; is it a table?")
                carry = carry[:200] + _TOO_LONG.encode()
                after = _skip_line(after, self._stream)
            block = after

    def _decoded(self, data: bytes, *, final: bool) -> list[str]:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if data.endswith(b"\n") and not final:
            data = data[:-1]
        try:
            lines = data.decode().split("\n")
            odd = [i for i, line in enumerate(lines) if "�" in line] if self.wide else []
        except UnicodeDecodeError:
            lines, odd = _line_by_line(data)
        self.odd += [self._number + i + 1 for i in odd]
        self._number += len(lines)
        return lines


def _cut(data: bytes) -> tuple[bytes, bytes]:
    """Whole lines, and the beginning of the next."""
    place = data.rfind(b"\n") + 1
    if not place:  # lines of an old Macintosh; the last byte may be the first half of \r\n
        place = data.rfind(b"\r", 0, len(data) - 1) + 1
    return data[:place], data[place:]


def _skip_line(block: bytes, stream: BinaryIO) -> bytes:
    """Leave out the rest of a line that is too long; what follows it begins with its end."""
    while block:
        place = block.find(b"\n")
        if place >= 0:
            return block[place:]
        block = stream.read(_BLOCK)
    return b"\n"


def _line_by_line(data: bytes) -> tuple[list[str], list[int]]:
    lines, odd = [], []
    for number, raw in enumerate(data.split(b"\n")):
        try:
            lines.append(raw.decode())
        except UnicodeDecodeError:
            odd.append(number)
            try:
                lines.append(raw.decode("cp1252"))
            except UnicodeDecodeError:
                lines.append(raw.decode("latin-1"))
    return lines, odd


def _wide_encoding(start: bytes) -> str:
    """Name the UTF-16 of some bytes, or nothing: without a mark every other byte of its ASCII part is NUL."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if start.startswith(mark):
            return encoding
    start = start[:2000]
    if len(start) < 4 or start.count(0) < len(start) * 0.3:
        return ""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if odd > 9 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 9 * odd else ""


# --- lines to rows ---------------------------------------------------------------------------------------------


class _Row(NamedTuple):
    line: int
    cells: list[str]
    fault: str = ""
    span: int = 1


#: A row as the plain tuple that it is: naming its parts costs more than splitting the line.
_Cells = tuple[int, list[str], str, int]


@dataclass(frozen=True)
class _Columns:
    """Rows of plain lines: the line of each, and their cells column by column."""

    lines: np.ndarray
    cells: list[pa.Array]


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
            if _TOO_LONG in lines[row.line - 1]:
                yield _Row(row.line, [lines[row.line - 1].split(_TOO_LONG)[0]], f"has more than {MAX_LINE:,} bytes")
                start = row.line
                break
            yield row
        else:
            return


def _ragged(cells: list[str], width: int) -> bool:
    """Whether cells are missing, or stand beyond the header."""
    return len(cells) < width or any(cell.strip() for cell in cells[width:])


# --- header ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Header:
    after: int
    separator: str
    names: list[str]
    banner: tuple[str, ...]


def _header(lines: list[str], required: Iterable[str], rank: Callable[[list[str]], int]) -> _Header:
    """Find the header: the top row that has all required columns, else the one that has most known ones.

    Where no top row has a known column, it is the first row with content.
    """
    needed = set(required)
    best: tuple[tuple[int, int, int, int], int, str, list[str]] | None = None
    for separator in SEPARATORS:
        seen = 0
        for row in _parse(lines[: MAX_BANNER * 4], 0, separator):
            if not any(cell.strip() for cell in row.cells):
                continue
            if len(row.cells) == 1 and re.fullmatch(r'"?sep=."?', row.cells[0].strip()):
                continue
            keys = [header_key(cell) for cell in row.cells]
            complete = bool(needed) and needed <= set(keys)
            known = rank(keys)
            merit = (int(complete), known, int(not seen), len(keys))
            if (not seen or complete or known > 1) and (best is None or merit > best[0]):
                best = (merit, row.line - 1 + row.span, separator, row.cells)
            seen += 1
            if complete or seen >= MAX_BANNER:
                break
    if best is None:
        raise InputError("no header was found")
    above = [line for line in lines[: best[1] - 1] if line.strip()]
    return _Header(best[1], best[2], best[3], tuple(above))


# --- rows to tables --------------------------------------------------------------------------------------------


@dataclass
class _Assembly:
    """Turns rows into tables, a chunk at a time."""

    file: str
    headers: dict[str, str]
    separator: str
    banner: tuple[str, ...]
    sha256: str
    blank: int = 0
    notes: list[str] = field(default_factory=list)

    def piece(self, rows: list[_Cells] | _Columns, nul: bool) -> RawTable:
        """One table of some rows."""
        return self.table(rows, nul) if isinstance(rows, list) else self.whole(rows)

    def whole(self, rows: _Columns) -> RawTable:
        """Table of rows that are all as wide as the header."""
        frame = pd.DataFrame({key: stripped(cells) for key, cells in zip(self.headers, rows.cells, strict=True)})
        frame["line"] = rows.lines
        if (maybe := (frame.iloc[:, 0] == "").to_numpy(bool)).any():
            blank = maybe & (frame[list(self.headers)] == "").all(axis=1).to_numpy(bool)
            self.blank += int(blank.sum())
            frame = frame[~blank].reset_index(drop=True)
        return RawTable(self.file, frame, self.headers, [], self.sha256, banner=self.banner)

    def table(self, rows: list[_Cells], nul: bool) -> RawTable:
        keys, width = list(self.headers), len(self.headers)
        good: list[list[str]] = []
        numbers: list[int] = []
        unread: list[Unread] = []
        for line, cells, fault, span in rows:
            if not (cells and cells[0].strip()) and not any(cell.strip() for cell in cells):
                self.blank += bool(cells)
            elif fault or (len(cells) != width and _ragged(cells, width)):
                reason = fault or f"has {len(cells)} cells where the header has {width}"
                unread.append((line, self.separator.join(cells)[:2000], reason))
            else:
                good.append(cells if len(cells) == width else cells[:width])
                numbers.append(line)
                if span > 1 and (inside := _rows_inside(cells, self.separator, width)):
                    text = f"a cell on line {line} holds {inside} lines that look like rows; is a quote missing?"
                    self.notes.append(f"{self.file}: {text}")
        frame = columns_of(keys, good).assign(line=pd.Series(numbers, dtype="int64"))
        frame, bad = _take_nul(frame, nul)
        unread = sorted(unread + bad)
        return RawTable(self.file, frame, self.headers, unread, self.sha256, banner=self.banner)


def _take_nul(frame: pd.DataFrame, present: bool) -> tuple[pd.DataFrame, list[Unread]]:
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


def _rows_inside(cells: list[str], separator: str, width: int) -> int:
    """Lines after the first inside the cells that would split into a whole row."""
    inner = [line for cell in cells for line in cell.split("\n")[1:]]
    return sum(line.count(separator) == width - 1 for line in inner) if width > 1 else 0


def _headers(file: str, header: list[str]) -> dict[str, str]:
    while header and not header[-1].strip():
        header = header[:-1]
    keys = [header_key(name) or f"column_{i + 1}" for i, name in enumerate(header)]
    if twice := [key for key, count in Counter(keys).items() if count > 1]:
        raise InputError(f"{file}: the header names the column {twice[0]!r} twice; remove one of them")
    return dict(zip(keys, header, strict=True))


def read_delimited(
    stream: BinaryIO, file: str, required: Iterable[str], known: Iterable[str], size: int, checksum: str
) -> Iterator[RawTable]:
    """Read delimited text in pieces of about ``size`` rows; memory does not depend on the length of the file.

    Parameters
    ----------
    stream : binary file
        Its bytes, unpacked.
    file : str
        Its name, for messages and rejects.
    required, known : iterable of str
        Folded headers that must and may occur; they help to find the header and the separator.
    size : int
        Rows of a piece.
    checksum : str
        SHA-256 of the file.

    Yields
    ------
    RawTable
        At least one; what a user should know stands in the notes of the last one.

    Raises
    ------
    InputError
        It is not delimited text, or names a column twice.
    """
    source = _Lines(stream)
    blocks = source.blocks()
    lines = next(blocks)
    if sum(len(_CONTROL.findall(line)) for line in lines[:200]) > 8 + sum(map(len, lines[:200])) // 50:
        raise InputError(f"{file} is not a CSV file: it holds binary data")
    expected = {*required, *known}
    try:
        header = _header(lines, required, lambda keys: len(expected & set(keys)))
    except InputError as error:
        raise InputError(f"{file} is not a CSV file: {error}") from error
    assembly = _Assembly(file, _headers(file, header.names), header.separator, header.banner, checksum)
    held: RawTable | None = None  # the notes stand in the last piece
    for rows, nul in _pieces(lines, blocks, header, len(assembly.headers), size):
        if held is not None:
            yield held
        held = assembly.piece(rows, nul)
    if held is None:
        held = assembly.table([], False)
    held.notes.extend(assembly.notes + _notes(file, source, assembly.blank))
    yield held


def _pieces(
    lines: list[str], blocks: Iterator[list[str]], header: _Header, width: int, size: int
) -> Iterator[tuple[list[_Cells] | _Columns, bool]]:
    """Rows with the lines on which they begin, about ``size`` at a time, and whether a NUL byte is among them."""
    base, start, rows, nul, split = 0, header.after, list[_Cells](), False, list[_Columns]()
    while True:
        after = next(blocks, None)
        if after is None:
            while lines and not lines[-1].strip():
                lines.pop()
        text = "\n".join(lines[start:])
        odd, long = "\x00" in text, _TOO_LONG in text
        plain = None if odd or long else plain_columns(text, header.separator, width)
        if plain is not None:
            if rows:
                yield rows, nul
                rows, nul = [], False
            split.append(_Columns(np.arange(base + start + 1, base + len(lines) + 1), plain))
            start = len(lines)
        else:
            yield from _cut_off(split, size, rest=True)
            nul = nul or odd
            # A row that begins so far above the end is whole, whatever follows.
            limit = len(lines) if after is None else len(lines) - MAX_CELL_LINES - 2
            found, start = _careful(lines, start, header.separator, width, limit, quick=not long)
            rows += [(base + line, cells, fault, span) for line, cells, fault, span in found]
        yield from _cut_off(split, size, rest=False)
        while len(rows) >= size:
            yield rows[:size], nul
            rows = rows[size:]
        if after is None:
            yield from _cut_off(split, size, rest=True)
            if rows:
                yield rows, nul
            return
        base, lines, start = base + start, lines[start:] + after, 0


def _cut_off(split: list[_Columns], size: int, *, rest: bool) -> Iterator[tuple[_Columns, bool]]:
    """Take ``size`` rows at a time off what is split already, and the rest of it too where that is wanted."""
    count = sum(len(part.lines) for part in split)
    if not count or (count < size and not rest):
        return
    lines = np.concatenate([part.lines for part in split])
    cells = [pa.concat_arrays(parts) for parts in zip(*(part.cells for part in split), strict=True)]
    split.clear()
    for begin in range(0, count, size):
        part = _Columns(lines[begin : begin + size], [column.slice(begin, size) for column in cells])
        if len(part.lines) == size or rest:
            yield part, False
        else:
            split.append(part)


def _careful(
    lines: list[str], start: int, separator: str, width: int, limit: int, *, quick: bool
) -> tuple[list[_Cells], int]:
    """Rows that begin down to a line, by way of `csv`; and where the next one begins."""
    rows = _plain_rows(lines, start, separator, width) if quick else []
    start = rows[-1][0] - 1 + rows[-1][3] if rows else start
    for row in _rows(lines, start, separator, width):
        if row.line > limit:
            return rows, row.line - 1
        rows.append(row)
        start = row.line - 1 + row.span
    return rows, start


def _plain_rows(lines: list[str], start: int, separator: str, width: int) -> list[_Cells]:
    """Rows as `_rows` gives them, down to the first at which it has to look with care, and twice as fast."""
    found: list[_Cells] = []
    begun = start
    reader = csv.reader([line + "\n" for line in lines[start:]], delimiter=separator, strict=True)
    try:
        for cells in reader:
            span = start + reader.line_num - begun
            if span > 1 and (span > MAX_CELL_LINES or (len(cells) != width and _ragged(cells, width))):
                break
            found.append((begun + 1, cells, "", span))
            begun += span
    except csv.Error:
        pass
    return found


def _notes(file: str, source: _Lines, blank: int) -> list[str]:
    notes = []
    if odd := source.odd:
        shown = ", ".join(map(str, odd[:5])) + (", ..." if len(odd) > 5 else "")
        marked = bool(source.wide)
        how = "hold bytes that are no text, shown as �" if marked else "are not UTF-8 and were read as Windows-1252"
        notes.append(f"{file}: {len(odd)} lines {how} (lines {shown})")
    if blank:
        notes.append(f"{file}: {blank} rows without content were left out")
    return notes

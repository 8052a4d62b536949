"""Any file that holds a table, as text: delimited text, Excel, JSON, JSON lines or Parquet, each also as gzip.

`read_chunks` gives it in pieces, so that delimited text, JSON lines and Parquet take the same memory whatever their
length; a workbook and a JSON document are read whole.

Cells of every kind come as the text that a CSV file of the same table would hold: whole numbers without a decimal
point, dates as YYYY-MM-DD, several values split by ``|``.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from graph_core.errors import InputError
from loaders.files.delimited import read_delimited
from loaders.files.json_text import decoded
from loaders.files.opening import FileKind, is_gzip, kind_of, open_file, read_bytes, sha256_of
from loaders.files.rawtable import RawTable, Unread, cell_text, columns_of, distinct_headers, header_key

#: Rows of a piece.
CHUNK = 50_000
#: Largest JSON document that is read whole, in bytes.
MAX_JSON = 512 << 20
#: Largest line of a file of JSON lines, in bytes.
_MAX_RECORD = 16 << 20
#: Deepest nesting of a JSON record that becomes columns.
_DEPTH = 4
#: Ends of file names that hold a table.
SUFFIXES = (".csv", ".tsv", ".txt", ".xls", ".xlsx", ".json", ".jsonl", ".ndjson", ".parquet")


def read_chunks(
    path: Path,
    required: Iterable[str] = (),
    known: Iterable[str] = (),
    size: int = CHUNK,
    checksum: str | None = None,
) -> Iterator[RawTable]:
    """Read a table in pieces of about ``size`` rows.

    Parameters
    ----------
    path : Path
        The file.
    required, known : iterable of str
        Folded headers (`loaders.files.rawtable.header_key`) that must and may occur; they help to find the header
        below a banner, the sheet and the separator. Whether they do occur is checked by `loaders.validate`.
    size : int
        Rows of a piece.
    checksum : str, optional
        SHA-256 of the file, where it is known already.

    Yields
    ------
    RawTable
        At least one, with the same headers throughout. Rows that cannot be read are in its rejects.

    Raises
    ------
    InputError
        The file cannot be read, is empty, holds no table, or names a column twice.
    """
    kind = kind_of(path)
    checksum = checksum or sha256_of(path)
    required, known = list(required), list(known)
    if kind is FileKind.TEXT:
        with open_file(path) as stream:
            yield from read_delimited(stream, path.name, required, known, size, checksum)
    elif kind in (FileKind.EXCEL, FileKind.OLD_EXCEL):
        from loaders.files.workbook import read_workbook  # noqa: PLC0415 - only for workbooks

        yield read_workbook(path, kind, required, known, checksum)
    elif kind is FileKind.JSON:
        yield _records(path.name, enumerate(json_records(path), start=1), [], checksum)
    elif kind is FileKind.JSON_LINES:
        yield from _json_lines(path, size, checksum)
    elif kind is FileKind.PARQUET:
        yield from _parquet(path, size, checksum)
    else:
        raise InputError(f"{path.name} is no table: it looks like {kind}")


def read_table(path: Path, required: Iterable[str] = (), known: Iterable[str] = ()) -> RawTable:
    """Read a table whole; see `read_chunks`."""
    return joined(list(read_chunks(path, required, known)))


def joined(chunks: Sequence[RawTable]) -> RawTable:
    """One table of pieces of a file."""
    if len(chunks) == 1:
        return chunks[0]
    headers = {key: header for chunk in chunks for key, header in chunk.headers.items()}
    frame = pd.concat([chunk.frame for chunk in chunks], ignore_index=True)
    text = [key for key in headers if key in frame]
    frame[text] = frame[text].fillna("")
    rejects = [row for chunk in chunks for row in chunk.rejects]
    notes = [note for chunk in chunks for note in chunk.notes]
    return replace(chunks[0], frame=frame, headers=headers, rejects=rejects, notes=notes)


# --- JSON ------------------------------------------------------------------------------------------------------


def json_value(path: Path) -> Any:
    """Value of a JSON document.

    Raises
    ------
    InputError
        It is too large, nested too deeply, or no JSON.
    """
    data = read_bytes(path, MAX_JSON)
    try:
        return decoded(data)
    except json.JSONDecodeError as error:
        raise InputError(f"{path.name} line {error.lineno}: is no valid JSON: {error.msg}") from error
    except (UnicodeDecodeError, ValueError) as error:
        raise InputError(f"{path.name} is no valid JSON: {error}") from error
    except RecursionError as error:
        raise InputError(f"{path.name} is nested too deeply") from error


def json_records(path: Path) -> list[Any]:
    """Records of a JSON document: its list, or the longest list of objects that its outer object holds.

    Raises
    ------
    InputError
        There is no such list.
    """
    value = json_value(path)
    if isinstance(value, dict):
        lists = [v for v in value.values() if isinstance(v, list) and v and isinstance(v[0], dict)]
        value = max(lists, key=len, default=[value] if value else [])
    if not isinstance(value, list):
        raise InputError(f"{path.name} holds no list of records")
    return value


def _json_lines(path: Path, size: int, checksum: str) -> Iterator[RawTable]:
    for lines, unread in json_line_chunks(path, size):
        yield _records(path.name, lines, unread, checksum)


def json_line_chunks(path: Path, size: int = CHUNK) -> Iterator[tuple[list[tuple[int, Any]], list[Unread]]]:
    """Objects of a file of JSON lines with the line of each, and the lines that are none, ``size`` at a time.

    Yields
    ------
    tuple
        At least one, perhaps of two empty lists.
    """
    found: list[tuple[int, Any]] = []
    unread: list[Unread] = []
    given = False
    with open_file(path) as stream:
        number = 0
        while raw := stream.readline(_MAX_RECORD):
            number += 1
            if len(raw) == _MAX_RECORD:
                unread.append((number, _shown(raw), f"has more than {_MAX_RECORD:,} bytes"))
                while raw and not raw.endswith(b"\n"):
                    raw = stream.readline(_MAX_RECORD)
            elif raw.strip(b" \t\r\n\xef\xbb\xbf"):
                _take_line(number, raw.removeprefix(b"\xef\xbb\xbf"), found, unread)
            if len(found) + len(unread) >= size:
                yield found, unread
                found, unread, given = [], [], True
    if found or unread or not given:
        yield found, unread


def _take_line(number: int, raw: bytes, found: list[tuple[int, Any]], unread: list[Unread]) -> None:
    try:
        value = decoded(raw)
    except (ValueError, RecursionError) as error:
        reason = "is nested too deeply" if isinstance(error, RecursionError) else f"is no valid JSON: {error}"
        unread.append((number, _shown(raw), reason))
        return
    if b"\\u0000" in raw or b"\x00" in raw:
        unread.append((number, _shown(raw), "holds a NUL byte"))
    elif isinstance(value, dict):
        found.append((number, value))
    else:
        unread.append((number, _shown(raw), "is no JSON object"))


def _shown(raw: bytes) -> str:
    return raw[:2000].decode("utf-8", errors="replace").replace("\x00", "\\x00").strip()


def _records(file: str, records: Iterable[tuple[int, Any]], unread: list[Unread], checksum: str) -> RawTable:
    """Table of JSON objects; an object inside one becomes columns named ``outer.inner``."""
    rows: list[dict[str, str]] = []
    lines: list[int] = []
    headers: dict[str, str] = {}
    unread = list(unread)
    for number, record in records:
        if not isinstance(record, dict):
            unread.append((number, cell_text(record)[:200], "is no JSON object"))
            continue
        flat = {name: cell_text(value).strip() for name, value in _flat(record, "", 0)}
        if fault := unfit([*flat, *flat.values()]):
            unread.append((number, json.dumps(record)[:200], fault))
            continue
        rows.append({header_key(name): cell for name, cell in flat.items()})
        lines.append(number)
        headers |= {header_key(name): name for name in flat if header_key(name) not in headers}
    columns = {key: pd.Series([row.get(key, "") for row in rows], dtype="str") for key in headers}
    frame = pd.DataFrame(columns, index=range(len(rows))).assign(line=pd.Series(lines, dtype="int64"))
    return RawTable(file, frame, headers, sorted(unread), checksum)


def unfit(cells: Iterable[str]) -> str:
    """Why no store could keep these cells; empty where it can."""
    text = "".join(cells)
    if "\x00" in text:
        return "holds a NUL byte"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds half a Unicode character"
    return ""


def _flat(record: dict[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, dict) and depth < _DEPTH:
            yield from _flat(value, f"{prefix}{name}.", depth + 1)
        else:
            yield prefix + name, value


# --- Parquet ---------------------------------------------------------------------------------------------------


def _parquet(path: Path, size: int, checksum: str) -> Iterator[RawTable]:
    import pyarrow as pa  # noqa: PLC0415 - only for Parquet
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        with pq.ParquetFile(io.BytesIO(read_bytes(path)) if is_gzip(path) else path) as file:
            headers = distinct_headers(path.name, file.schema_arrow.names)
            done = 0
            for batch in file.iter_batches(batch_size=size):
                rows = [[cell_text(cell) for cell in column.to_pylist()] for column in batch.columns]
                frame = columns_of(list(headers), [list(row) for row in zip(*rows, strict=True)])
                yield RawTable(
                    path.name, frame.assign(line=range(done + 1, done + len(frame) + 1)), headers, [], checksum
                )
                done += len(frame)
            if not done:
                yield RawTable(path.name, columns_of(list(headers), []).assign(line=[]), headers, [], checksum)
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path.name} cannot be read as a Parquet file: {error}") from error

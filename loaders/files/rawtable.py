"""The rows of a file as text, whatever kind of file it is: what every loader begins with."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from graph_core.errors import InputError

#: Columns of a frame of rejected rows; ``line`` is the line of the file on which the row begins.
REJECT_COLUMNS = ["table", "file", "line", "column", "value", "reason"]
#: Characters of a rejected value that are shown.
SHOWN_VALUE = 500
#: A row that could not be read: its line, its text and the reason.
Unread = tuple[int, str, str]


@dataclass(frozen=True)
class RawTable:
    """The rows of a file, or some of them, as text.

    Attributes
    ----------
    file : str
        Name of the file, without its folder.
    frame : DataFrame
        One column a header, named by `header_key`; text without outer white space, empty where the cell is empty.
        And ``line``: the line of the file on which the row begins, or the number of the row or record where the file
        has no lines (workbooks, JSON, Parquet).
    headers : dict of str to str
        Column of `frame` -> header as the file writes it.
    rejects : list of tuple
        Rows that could not be read: ``(line, value, reason)``.
    sha256 : str
        Checksum of the bytes of the whole file.
    notes : list of str
        What a user should know and that cost no row.
    banner : tuple of str
        Lines above the header that hold text.
    """

    file: str
    frame: pd.DataFrame
    headers: dict[str, str]
    rejects: list[Unread]
    sha256: str
    notes: list[str] = field(default_factory=list)
    banner: tuple[str, ...] = ()

    @property
    def read(self) -> int:
        """Rows in the file, those that could not be read included."""
        return len(self.frame) + len(self.rejects)

    def renamed(self, names: dict[str, str]) -> RawTable:
        """The same rows with other column names; a name that is taken already is left alone."""
        taken = set(self.headers)
        names = {old: new for old, new in names.items() if old in taken and new not in taken}
        headers = {names.get(key, key): header for key, header in self.headers.items()}
        return replace(self, frame=self.frame.rename(columns=names), headers=headers)

    def column(self, *names: str) -> pd.Series:
        """The first of some columns that is there; empty text where none is."""
        for name in names:
            if name in self.headers:
                return self.frame[name]
        return pd.Series("", index=self.frame.index, dtype="str")


def plain(text: str) -> str:
    """The text with single plain spaces."""
    return " ".join(text.split())


@lru_cache(maxsize=4096)  # records of JSON name their columns anew in every row
def header_key(header: str) -> str:
    """Fold a header so that case, spaces, hyphens and underscores do not matter.

    Returns
    -------
    str
        ``"UML ID"``, ``"uml_id"`` and ``"Uml-Id"`` all give ``"uml_id"``. ``"line"`` gives ``"line_"``, since the
        column ``line`` of a `RawTable` is the place of the row.
    """
    key = re.sub(r"[\s_\-]+", "_", header.replace("﻿", "").strip().casefold()).strip("_")
    return "line_" if key == "line" else key


def cell_text(value: Any) -> str:
    """A cell as the text that a CSV file would hold.

    Returns
    -------
    str
        Whole numbers without decimal point, dates as YYYY-MM-DD (a time of day only where there is one), true and
        false, several values split by ``|``; empty for nothing.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value != value:  # noqa: PLR0124 - not a number
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    if isinstance(value, (list, tuple)):
        return "|".join(text.replace("|", "/") for text in map(cell_text, value) if text)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return str(value)


def distinct_headers(file: str, header: Sequence[str]) -> dict[str, str]:
    """Columns of a header row, by `header_key`, with the headers as they are written.

    Raises
    ------
    InputError
        Two of them are one column.
    """
    while header and not header[-1]:
        header = header[:-1]
    keys: dict[str, str] = {}
    for number, name in enumerate(header, start=1):
        key = header_key(name) or f"column_{number}"
        if key in keys:
            raise InputError(f"{file}: the header names the column {key!r} twice; remove one of them")
        keys[key] = name
    return keys


def columns_of(keys: list[str], rows: list[list[str]]) -> pd.DataFrame:
    """Columns of text without outer white space."""
    columns = zip(*rows, strict=True) if rows else ((),) * len(keys)
    texts = (pa.array(cells, type=pa.large_string()) for cells in columns)
    return pd.DataFrame({key: stripped(text) for key, text in zip(keys, texts, strict=True)})


def stripped(cells: pa.Array) -> pd.Series:
    """A column of text without the white space that `str.strip` would take off too."""
    return pd.Series(pc.utf8_trim_whitespace(cells), dtype="str")


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
        Columns as in `REJECT_COLUMNS`, ordered by line.
    """
    data = sorted((table, file, line, column, value, reason) for line, column, value, reason in rows)
    frame = pd.DataFrame(data, columns=REJECT_COLUMNS)
    return frame.astype({name: "int64" if name == "line" else "str" for name in REJECT_COLUMNS})

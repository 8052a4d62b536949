"""Checking text rows against a record table: every value is parsed, or its row is rejected with a reason.

Works column by column: columns of any text all cells at once, others on distinct values, so that a million rows cost
about as much as their distinct values.

What is accepted, beyond what `graph_core.model` says of each column:

* White space around a cell is no part of its value, in ids as elsewhere; all else in an id is kept as it is.
* A date is ``YYYY-MM-DD``, or a date-time of which the day counts. A year or month alone is refused: as an end it
  could mean its first or its last day.
* A number has a decimal point and no thousands separator, percent sign or unit.
* Several values in one cell are split by ``|`` and kept so, without empty and repeated ones.
* A flag is true/false, yes/no, y/n, t/f or 1/0. A choice may be written in any case, with spaces or hyphens.
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graph_core.errors import InputError
from graph_core.model import RECORD, Column, Kind, Table
from loaders.base import Tally
from loaders.countries import alpha2
from loaders.files.rawtable import SHOWN_VALUE, RawTable, rejects_frame

#: Tables in which one key may have several rows: their figures add up.
ADDITIVE = ("links",)

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DATE = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9:]{4,6})?)?"
)
_FLAGS = {
    **dict.fromkeys(("true", "yes", "y", "t", "1"), True),
    **dict.fromkeys(("false", "no", "n", "f", "0"), False),
}
#: A parser returns the value, or raises `_Wrong` with a reason.
_Parser = Callable[[Column, str], object]


#: What a loader may say of a record beside the columns of its table.
_RECORD = tuple(column for column in RECORD if column.name not in ("line", "original"))


class Seen:
    """What earlier pieces of the same file said, as 64-bit fingerprints: 16 bytes a row and 24 a key."""

    def __init__(self) -> None:
        self._rows = np.empty(0, dtype=np.uint64)
        self._keys = np.empty(0, dtype=np.uint64)
        self._lines = np.empty(0, dtype=np.int64)

    def repeats(self, frame: pd.DataFrame) -> np.ndarray:
        """Which rows say exactly what an earlier row says; from now on they all count as said."""
        return self.repeated(pd.util.hash_pandas_object(frame, index=False).to_numpy())

    def repeated(self, prints: np.ndarray) -> np.ndarray:
        """Which fingerprints of rows were there before, in an earlier piece or above; from now on they all were."""
        fresh, first = np.unique(prints, return_index=True)
        known = _among(self._rows, fresh)
        merged = np.concatenate([self._rows, fresh[~known]])
        merged.sort(kind="stable")  # joins two sorted parts in one go; `np.union1d` would sort all anew for each piece
        self._rows = merged
        again = np.ones(len(prints), dtype=bool)
        again[first[~known]] = False
        return again

    def first_lines(self, keys: pd.DataFrame, lines: pd.Series) -> np.ndarray:
        """Line on which each key was said first in an earlier piece, 0 where it was not; notes the new ones."""
        prints = pd.util.hash_pandas_object(keys, index=False).to_numpy()
        place = np.searchsorted(self._keys, prints)
        known = _among(self._keys, prints)
        firsts = np.where(known, self._lines[np.minimum(place, len(self._lines) - 1)] if len(self._lines) else 0, 0)
        fresh = pd.Series(lines.to_numpy(), index=prints)[~known]
        fresh = fresh[~fresh.index.duplicated()]
        merged = np.concatenate([self._keys, fresh.index.to_numpy(dtype=np.uint64)])
        order = np.argsort(merged, kind="stable")
        self._keys, self._lines = merged[order], np.concatenate([self._lines, fresh.to_numpy(np.int64)])[order]
        return firsts


def _among(ordered: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Which values are in an array in order."""
    if not len(ordered):
        return np.zeros(len(values), dtype=bool)
    place = np.searchsorted(ordered, values)
    place[place == len(ordered)] = 0
    found: np.ndarray = ordered[place] == values
    return found


class _Wrong(Exception):
    """The reason why a value is not usable."""


@dataclass(frozen=True)
class Checked:
    """Rows of one table after checking.

    Attributes
    ----------
    frame : DataFrame
        Valid, distinct rows: the columns of the table, and ``line``.
    rejects : DataFrame
        One entry a rejected row.
    tally : Tally
        What became of the rows.
    notes : list of str
        What a user should know and that cost no row.
    """

    frame: pd.DataFrame
    rejects: pd.DataFrame
    tally: Tally
    notes: list[str]


def missing_columns(raw: RawTable, table: Table) -> list[str]:
    """Describe each required column that the file lacks, with the nearest header that it has.

    Returns
    -------
    list of str
        One sentence a column; empty where nothing is missing.
    """
    spare = [key for key in raw.headers if key not in table.names]
    messages = []
    for column in table.columns:
        if column.required and column.name not in raw.headers:
            close = difflib.get_close_matches(column.name, spare, n=1, cutoff=0.5)
            close = close or difflib.get_close_matches(column.name, list(raw.headers), n=1, cutoff=0.5)
            hint = f"the nearest header is {raw.headers[close[0]]!r}" if close else _headers(raw)
            messages.append(f"{raw.file}: the column {column.name!r} of {table.name} is missing; {hint}")
    return messages


def _headers(raw: RawTable) -> str:
    names = [repr(name) for name in raw.headers.values()]
    return "its headers are " + ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")


def check(raw: RawTable, table: Table, seen: Seen | None = None, hidden: Iterable[str] = ()) -> Checked:
    """Check the rows of a file.

    Parameters
    ----------
    raw : RawTable
        Rows as text; columns are found by name, in any order.
    table : Table
        What they have to be.
    seen : Seen, optional
        What earlier pieces of the same file said.
    hidden : iterable of str
        Columns of the table that this file may not fill.

    Returns
    -------
    Checked
        ``tally.read`` is the number of rows in the file.

    Raises
    ------
    InputError
        A required column is missing.
    """
    if problems := missing_columns(raw, table):
        raise InputError("; ".join(problems))
    notes = list(raw.notes)
    unread = {key for key in raw.headers if key not in table.names} | set(hidden)
    unknown = [header for key, header in raw.headers.items() if key in unread]
    if unknown := [name for name in unknown if name.strip()]:
        notes.append(f"{raw.file}: columns that {table.name} does not have were not read: {', '.join(unknown)}")
    text = raw.frame.drop(columns=[key for key in unread if key in raw.frame])
    return check_frame(text, table, raw.file, raw.rejects, notes, raw.headers, seen)


def check_frame(
    text: pd.DataFrame,
    table: Table,
    file: str,
    unread: Iterable[tuple[int, str, str]] = (),
    notes: Iterable[str] = (),
    headers: Mapping[str, str] | None = None,
    seen: Seen | None = None,
) -> Checked:
    """Check rows of text that a loader has brought to the columns of a table.

    Parameters
    ----------
    text : DataFrame
        Text, empty where there is no value; columns that are missing are empty. And ``line``, and what else the
        loader says of its records (`graph_core.model.RECORD`).
    table : Table
        What the rows have to be.
    file : str
        Name of the file, for the rejects.
    unread : iterable of tuple
        Rows that could not even be read: ``(line, value, reason)``.
    notes : iterable of str
        Passed through.
    headers : mapping of str to str, optional
        Column of the table -> header of the file that it came from, for the rejects.
    seen : Seen, optional
        What earlier pieces of the same file said, where it is read in pieces.

    Returns
    -------
    Checked
        Valid rows, rejects, counts. Where a value differs from the text that was read (``Burma``, kept as ``MM``),
        the text stands in the column ``original``.
    """
    text = text.reset_index(drop=True)
    seen = seen or Seen()
    faults: dict[int, list[tuple[str, str, str]]] = {}
    columns: dict[str, pd.Series] = {}
    for column in table.columns:
        if column.name in text.columns:
            columns[column.name] = _column(column, text[column.name].fillna(""), faults)
        elif column.required:
            columns[column.name] = _column(column, pd.Series("", index=text.index), faults)
        else:  # a file that lacks a column says nothing about it, not even its default
            columns[column.name] = pd.Series(None, index=text.index, dtype=_dtype(column))
    columns["line"] = text["line"].astype("int64")
    for column in _RECORD:
        if column.name in text.columns:
            columns[column.name] = _column(column, text[column.name].fillna(""), faults)
    frame = pd.DataFrame(columns, index=text.index)
    _check_intervals(frame, faults)
    kept = frame.drop(index=list(faults))
    distinct = kept[~seen.repeats(kept.drop(columns="line"))]
    merged = len(kept) - len(distinct)
    distinct = _check_keys(distinct, table, faults, seen)
    distinct = distinct.assign(original=_originals(distinct, text.loc[distinct.index], table))
    bad = [(line, "", value, reason) for line, value, reason in unread]
    lines = frame["line"].tolist()
    bad += [(lines[row], *_joined(problems, headers or {})) for row, problems in faults.items()]
    rejects = rejects_frame(table.name, file, bad)
    tally = Tally(table.name, read=len(text) + len(bad) - len(faults), merged=merged, rejected=len(bad))
    tally.loaded = len(distinct)
    tally.check()
    return Checked(distinct.reset_index(drop=True), rejects, tally, list(notes))


def made(checked: Checked) -> pd.DataFrame:
    """Rows that a loader made from rows already checked: nothing may be wrong with them.

    Raises
    ------
    AssertionError
        Something is: our fault, never the file's.
    """
    if len(checked.rejects):
        raise AssertionError(f"made a row that is not valid: {checked.rejects.iloc[0].to_dict()}")
    return checked.frame


def _joined(problems: list[tuple[str, str, str]], headers: Mapping[str, str]) -> tuple[str, str, str]:
    """One entry for a row with several problems: column and value of the first, and all reasons."""
    column, value, reason = problems[0]
    more = "".join(f"; also {headers.get(name, name)}: {why}" for name, _, why in problems[1:])
    return headers.get(column, column), value[:SHOWN_VALUE], reason + more


def _column(column: Column, cells: pd.Series, faults: dict[int, list[tuple[str, str, str]]]) -> pd.Series:
    """Parse a column, by its distinct values where they are not any text, and note the rows that do not parse."""
    if _is_plain(column):
        return _plain(column, cells.astype("str"), faults)
    codes, distinct = pd.factorize(cells)
    values: list[object] = []
    wrong: dict[int, tuple[str, str, str]] = {}
    for code, cell in enumerate(distinct.tolist()):
        try:
            values.append(_parse(column, cell))
        except _Wrong as reason:
            values.append(None)
            wrong[code] = (column.name, cell, str(reason))
    if wrong:
        for row in np.flatnonzero(np.isin(codes, list(wrong))).tolist():
            faults.setdefault(row, []).append(wrong[int(codes[row])])
    parsed = pd.Series(values, dtype=_dtype(column))
    return parsed.take(codes).set_axis(cells.index) if len(parsed) else parsed.reindex(cells.index)


def _is_plain(column: Column) -> bool:
    """Whether a column holds any text: all that can be wrong with a cell is that it is empty, or holds a NUL byte."""
    return column.kind in (Kind.TEXT, Kind.ID) and not column.choices


def _plain(column: Column, cells: pd.Series, faults: dict[int, list[tuple[str, str, str]]]) -> pd.Series:
    """Parse a column of any text, all cells at once."""
    stripped = cells.str.strip()
    empty = stripped == ""
    wrong = stripped.str.contains("\x00", regex=False)
    if column.required:
        wrong |= empty
    places = np.flatnonzero(wrong.to_numpy(dtype=bool))
    for row, cell in zip(places.tolist(), cells.iloc[places].tolist(), strict=True):
        try:
            _parse(column, cell)
        except _Wrong as reason:
            faults.setdefault(row, []).append((column.name, cell, str(reason)))
    return stripped.mask(empty | wrong, None if column.required else column.default)


def _dtype(column: Column) -> str:
    return {Kind.NUMBER: "float64", Kind.FLAG: "boolean"}.get(column.kind, "str")


def _parse(column: Column, cell: str) -> object:
    cell = cell.strip()
    if cell:
        return _PARSERS[column.kind](column, cell)
    if column.required:
        raise _Wrong("is empty, and has to be given")
    return column.default


def _text(column: Column, cell: str) -> object:
    if "\x00" in cell:
        raise _Wrong("holds a NUL byte")
    if not column.choices:
        return cell
    folded = re.sub(r"[\s\-]+", "_", cell.casefold()).replace("labor", "labour")
    if folded in column.choices:
        return folded
    close = difflib.get_close_matches(folded, column.choices, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    raise _Wrong(f"is none of {', '.join(column.choices)}{hint}")


def _texts(column: Column, cell: str) -> object:
    _text(column, cell)
    return "|".join(dict.fromkeys(part.strip() for part in cell.split("|") if part.strip())) or None


def _country(_column: Column, cell: str) -> object:
    code = alpha2(cell)
    if code is None:
        raise _Wrong("is no country; write an ISO code (MY or MYS) or one country's name, or leave it empty")
    return code


def _date(_column: Column, cell: str) -> object:
    match = _DATE.fullmatch(cell)
    if match is None:
        if re.fullmatch(r"[0-9]{4}(-[0-9]{2})?", cell):
            raise _Wrong("is no full date; write the day too, such as " + (cell + "-01-01")[:10])
        raise _Wrong("is no date; write YYYY-MM-DD, such as 2021-06-30")
    try:
        return dt.date.fromisoformat(match[1]).isoformat()
    except ValueError as error:
        raise _Wrong(f"is no date: {_calendar(match[1], error)}") from error


def _calendar(text: str, error: ValueError) -> str:
    year, month, day = (int(part) for part in text.split("-"))
    if not 1 <= month <= 12:
        return f"there is no month {month:02d}"
    if year < 1:
        return "there is no year 0"
    return f"{year}-{month:02d} has no day {day:02d}" if "day" in str(error) else str(error)


def _number(column: Column, cell: str) -> object:
    if not _NUMBER.fullmatch(cell):
        raise _Wrong(_why_no_number(column, cell))
    value = float(cell)
    if not math.isfinite(value):
        raise _Wrong("is too large for a number")
    low, high = column.low, column.high
    if (low is not None and value < low) or (high is not None and value > high):
        span = f"{low:g} to {high:g}" if low is not None and high is not None else f"{low:g} or more"
        raise _Wrong(f"is out of range: {span}" + (f" ({column.unit})" if column.unit else ""))
    return value + 0.0


def _why_no_number(column: Column, cell: str) -> str:
    if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?\s*%", cell):
        number = float(cell.rstrip("% "))
        if column.high == 1:
            return f"has a percent sign; write {number / 100:g}"
        return f"has a percent sign; write {number:g}"
    if re.fullmatch(r"[+-]?[0-9]+,[0-9]+", cell):
        dot, none = cell.replace(",", "."), cell.replace(",", "")
        return f"has a decimal comma or a thousands separator; write {dot} or {none}"
    if re.fullmatch(r"[+-]?[0-9][0-9.,'\s ]*", cell):
        return "has a thousands separator or a decimal comma; write digits and one decimal point"
    return "is no number"


def _flag(_column: Column, cell: str) -> object:
    if cell.casefold() not in _FLAGS:
        raise _Wrong("is neither true nor false")
    return _FLAGS[cell.casefold()]


_PARSERS: dict[Kind, _Parser] = {
    Kind.TEXT: _text,
    Kind.ID: _text,
    Kind.TEXTS: _texts,
    Kind.COUNTRY: _country,
    Kind.DATE: _date,
    Kind.NUMBER: _number,
    Kind.FLAG: _flag,
}


def _check_intervals(frame: pd.DataFrame, faults: dict[int, list[tuple[str, str, str]]]) -> None:
    """Reject intervals that end before or when they begin."""
    if "valid_to" not in frame.columns:
        return
    start, end = frame["valid_from"], frame["valid_to"]
    wrong = np.flatnonzero((start.notna() & end.notna() & (end <= start)).to_numpy(dtype=bool)).tolist()
    for row in wrong:
        reason = f"ends on or before the day it begins, {start.iloc[row]} (valid_to is the first day after it)"
        faults.setdefault(row, []).append(("valid_to", str(end.iloc[row]), reason))


def _originals(frame: pd.DataFrame, text: pd.DataFrame, table: Table) -> pd.Series:
    """JSON of the cells whose value differs from their text, a row; absent where all are as they were read."""
    parts = {}
    for column in table.columns:
        if column.name in text.columns and not _is_plain(column):
            cells = text[column.name].fillna("").astype("str").str.strip()
            if not (cells != "").any():
                continue
            values = frame[column.name]
            plain = values.map("{:.15g}".format, na_action="ignore") if column.kind is Kind.NUMBER else values
            parts[column.name] = cells.where(cells != plain.astype("str").fillna(""), "")
    said = pd.DataFrame(parts, index=frame.index)
    said = said.loc[(said != "").any(axis=1), (said != "").any()]
    if said.empty:
        return pd.Series(None, index=frame.index, dtype="str")
    codes = said.groupby(list(said.columns), sort=False).ngroup()
    distinct = said.assign(code=codes).drop_duplicates("code").set_index("code")
    written = {
        code: json.dumps({k: v for k, v in row.items() if v}, ensure_ascii=False)
        for code, row in zip(distinct.index, distinct.to_dict("records"), strict=True)
    }
    return codes.map(written).astype("str").reindex(frame.index)


def _check_keys(
    frame: pd.DataFrame, table: Table, faults: dict[int, list[tuple[str, str, str]]], seen: Seen
) -> pd.DataFrame:
    """Reject a row that says something else of what an earlier row is about; one file cannot correct itself."""
    if table.name in ADDITIVE or not len(frame):
        return frame
    key = list(table.key)
    before = seen.first_lines(frame[key], frame["line"])
    here = frame.duplicated(key)
    again = here | (before > 0)
    if again.any():
        firsts = frame[~here].set_index(key)["line"].to_dict()
        rows = zip(frame.index[again], frame.loc[again, key].itertuples(index=False), before[again], strict=True)
        for row, values, earlier in rows:
            first = earlier or firsts.get(values[0] if len(key) == 1 else tuple(values), "above")
            shown = ", ".join(str(v) for v in values if not pd.isna(v))
            reason = f"line {first} already says something else of the same {', '.join(key)}; keep one of the two rows"
            faults.setdefault(int(row), []).append((key[0], shown, reason))
    return frame[~again]

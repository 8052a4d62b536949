"""From the cells of a file to the text of one column of a record table, as a field of a mapping says."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, DecimalException

import pandas as pd

from graph_core.model import Column, Kind
from loaders.sites import by_value, folded

#: What parts thousands, where a mapping says which sign begins the decimals.
_GROUPS = {".": ",", ",": "."}
_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?")
#: A date that is put where one cannot be read, while the other cells of its row are looked at.
_FIRST_DAY, _LAST_DAY = "0001-01-01", "9999-12-31"


@dataclass(frozen=True)
class Field:
    """Where the values of one column of a record table come from.

    Attributes
    ----------
    line : int
        Line of the mapping that says so.
    columns : tuple of str
        Columns of the file, as `loaders.files.rawtable.header_key` folds them.
    value : str or None
        One value for all rows.
    id_of : str or None
        Label of the party whose id it is.
    join : str
        What stands between the cells of several columns.
    prefix : str
        What is put before every value.
    split : str or None
        What stands between several values in one cell.
    translations : mapping of str to str
        Folded cell -> what is read for it.
    format : str or None
        How dates are written, as in `datetime.strptime`.
    decimal : str or None
        Sign that begins the decimals of a number.
    scale : str or None
        By what numbers are multiplied.
    hashed : bool
        An id is made from the cells.
    parts : tuple of Field
        Fields that each give some of several values.
    """

    line: int
    columns: tuple[str, ...] = ()
    value: str | None = None
    id_of: str | None = None
    join: str = " "
    prefix: str = ""
    split: str | None = None
    translations: Mapping[str, str] = field(default_factory=dict)
    format: str | None = None
    decimal: str | None = None
    scale: str | None = None
    hashed: bool = False
    parts: tuple[Field, ...] = ()

    @property
    def all_columns(self) -> tuple[str, ...]:
        """Columns of the file that it reads, those of its parts included."""
        return self.columns + tuple(column for part in self.parts for column in part.all_columns)


@dataclass(frozen=True)
class Cells:
    """Text for one column of a record table, a row each.

    Attributes
    ----------
    text : Series
        What is handed on to be checked; a stand-in where the cell cannot be read.
    wrong : Series or None
        Why a cell cannot be read, empty where it can; ``None`` where all can.
    raw : Series or None
        Cells of the file, where they were translated or rewritten one by one.
    """

    text: pd.Series
    wrong: pd.Series | None = None
    raw: pd.Series | None = None


def fold(cell: str) -> str:
    """A cell without what makes no difference to a translation: case and repeated white space."""
    return " ".join(cell.casefold().split())


def read_field(how: Field, column: Column, rows: pd.DataFrame) -> Cells:
    """Text of one column of a record table.

    Parameters
    ----------
    how : Field
        What the mapping says; no reference to another party.
    column : Column
        The column of the record table.
    rows : DataFrame
        Rows of the file as text, columns as `loaders.files.rawtable.header_key` folds them.

    Returns
    -------
    Cells
        A row each.
    """
    if how.parts:
        return Cells(joined([read_field(part, column, rows).text for part in how.parts], "|"))
    if how.value is not None:
        cells = pd.Series(how.value, index=rows.index, dtype="str")
    else:
        cells = joined([rows[key] for key in how.columns], "\x1f" if how.hashed else how.join)
    raw = cells if len(how.columns) == 1 else None
    if how.translations:
        cells = by_value(cells, lambda cell: how.translations.get(fold(cell), cell))
    wrong = None
    if column.kind is Kind.DATE:
        cells, wrong = _rewritten(cells, lambda cell: iso_date(cell, how.format), _stand_in(column))
    elif column.kind is Kind.NUMBER:
        cells, wrong = _rewritten(cells, lambda cell: plain_number(cell, how, column), _stand_in(column))
    if how.split is not None:
        mark = how.split
        cells = by_value(cells, lambda cell: "|".join(filter(None, map(str.strip, cell.split(mark)))))
    if how.hashed:
        cells = by_value(cells, fingerprint)
    if how.prefix:
        cells = (how.prefix + cells).where(cells != "", "")
    return Cells(cells, wrong, raw)


def joined(columns: list[pd.Series], mark: str) -> pd.Series:
    """Cells of several columns in one, without the empty ones."""
    first, *others = columns
    for other in others:
        first = (first + mark + other).where((first != "") & (other != ""), first + other)
    return first


def fingerprint(text: str) -> str:
    """Sixteen characters that stand for texts in which case, accents, white space and punctuation do not matter."""
    words = "\x1f".join(map(folded, text.split("\x1f")))
    return hashlib.sha256(words.encode()).hexdigest()[:16] if words.strip("\x1f") else ""


# --- dates and numbers -----------------------------------------------------------------------------------------


class Unreadable(Exception):
    """A cell cannot be read; the message says why."""


def _stand_in(column: Column) -> str:
    """A value that is valid in a column, for a cell that is rejected anyway."""
    if column.kind is Kind.DATE:
        return _LAST_DAY if column.name == "valid_to" else _FIRST_DAY
    return f"{column.low or 0:g}"


def _rewritten(cells: pd.Series, change: Callable[[str], str], stand_in: str) -> tuple[pd.Series, pd.Series | None]:
    """Rewrite cells by their distinct values and say which cannot be read."""
    codes, distinct = pd.factorize(cells)
    texts, reasons = [], []
    for cell in distinct:
        try:
            texts.append(change(str(cell)) if cell else "")
            reasons.append("")
        except Unreadable as reason:
            texts.append(stand_in)
            reasons.append(str(reason))
    if not texts:
        return cells, None
    text = pd.Series(texts, dtype="str").take(codes).set_axis(cells.index)
    if not any(reasons):
        return text, None
    return text, pd.Series(reasons, dtype="str").take(codes).set_axis(cells.index)


def iso_date(cell: str, form: str | None) -> str:
    """A date as YYYY-MM-DD; one that is written so already is taken as it is."""
    if _ISO.fullmatch(cell):
        return cell
    if form is None:
        raise Unreadable('is no date as YYYY-MM-DD; say in the mapping how it is written, such as format: "%d/%m/%Y"')
    try:
        return dt.datetime.strptime(cell, form).date().isoformat()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise Unreadable(f"is no date as the mapping says it is written ({form})") from None


def year_later(cell: str) -> str:
    """The same day of the next year; empty where the text begins with no day."""
    try:
        day = dt.date.fromisoformat(cell[:10])
        return day.replace(year=day.year + 1, day=min(day.day, 28) if day.month == 2 else day.day).isoformat()
    except ValueError:
        return ""


def plain_number(cell: str, how: Field, column: Column) -> str:
    """A number with digits and a decimal point; a percent sign is understood where a share is wanted."""
    text = cell.rstrip("% \u00a0\u202f") if cell.endswith("%") else cell
    percent = text != cell
    text = digits(text, how.decimal)
    if how.scale is not None:
        return _times(text, how.scale)
    if percent and column.unit != "percent":
        if column.high != 1:
            raise Unreadable("has a percent sign, and is no share; use `scale` in the mapping to say what it means")
        return _times(text, "0.01")
    return text


def digits(text: str, decimal: str | None) -> str:
    """A number as people write it, with a decimal point and without signs between the thousands.

    Parameters
    ----------
    text : str
        The number.
    decimal : str or None
        The sign that begins its decimals; ``None``: it is written plainly.

    Raises
    ------
    Unreadable
        It is not written so.
    """
    if decimal is None:
        if _PLAIN.fullmatch(text):
            return text
        if re.fullmatch(r"[+-]?[0-9][0-9.,'’\s]*", text):
            raise Unreadable(
                'is no plain number; say in the mapping what begins its decimals: decimal: "," or decimal: "."'
            )
        raise Unreadable("is no number")
    group = re.escape(_GROUPS[decimal])
    match = re.fullmatch(
        rf"([+-]?)([0-9]{{1,3}}(?:[{group}'’\s][0-9]{{3}})+|[0-9]+)?(?:{re.escape(decimal)}([0-9]*))?", text
    )
    if match is None or not (match[2] or match[3]):
        raise Unreadable(f"is no number whose decimals begin with {decimal!r}, as the mapping says")
    return match[1] + re.sub("[^0-9]", "", match[2] or "0") + (f".{match[3]}" if match[3] else "")


def _times(text: str, scale: str) -> str:
    try:
        product = Decimal(text) * Decimal(scale)
    except DecimalException:
        raise Unreadable("is too large for a number") from None
    return str(product)

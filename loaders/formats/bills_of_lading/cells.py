"""Cells of bills of lading as exporters of several countries write them: days, amounts, units, codes and goods.

Every function takes a column as text and works on its distinct values where a Python function has to look at them.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from graph_core.network import Floats
from loaders.data import table_rows

#: What is wrong with cells: row -> reason.
Faults = dict[int, str]
Ints = np.ndarray
#: Day that is none.
NO_DAY = np.iinfo(np.int32).min
#: Factor of fingerprints: odd, with ones and zeros all over.
_MIX = np.uint64(0x9E3779B97F4A7C15)
#: Years in which a shipment can have arrived.
YEARS = range(1980, 2100)
#: More than this no ship carries: kilograms, and US dollars.
MOST_WEIGHT = 1e9
MOST_VALUE = 1e11

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = r"(?:[T ]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[APap][Mm])?(?:Z|[+-][0-9:]{4,6})?)?"
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.]?)([0-9]{1,2})\2([0-9]{1,2})" + _TIME)
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})" + _TIME)
_DAY_MONTH = re.compile(r"([0-9]{1,2})[-/. ]?([A-Za-z]{3,9})[-/., ]*([0-9]{4})" + _TIME)
_MONTH_DAY = re.compile(r"([A-Za-z]{3,9})[-/. ]+([0-9]{1,2})(?:[-/. ]|, ?)([0-9]{4})" + _TIME)
_SHORT_YEAR = re.compile(r"[0-9]{1,2}([-/. ])(?:[0-9]{1,2}|[A-Za-z]{3,9})\1[0-9]{2}" + _TIME)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_HS = re.compile(r"\s*(?:HT?S(?:\s*CODES?)?\s*:?\s*)?([0-9][0-9.]*)", re.IGNORECASE)


class Order(StrEnum):
    """What a column shows about dates such as 03/04/2021."""

    MONTH_FIRST = "the month first"
    DAY_FIRST = "the day first"
    MIXED = "both"
    UNKNOWN = "nothing"


_WHY = {
    Order.MIXED: "day and month cannot be told apart, since the column has dates of both orders; write YYYY-MM-DD",
    Order.UNKNOWN: "day and month cannot be told apart, since no date here has a day after the 12th; write YYYY-MM-DD",
}


# --- days ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Day:
    """Days since 1970 of one cell, with the month first and with the day first; `NO_DAY` where that is no date."""

    month_first: int
    day_first: int
    reason: str = ""
    tells: Order = Order.UNKNOWN

    @property
    def ambiguous(self) -> bool:
        return not self.reason and self.month_first != self.day_first and self.tells is Order.UNKNOWN


def _number_of(year: str, month: str | int, day: str) -> int:
    try:
        return (dt.date(int(year), int(month), int(day)) - dt.date(1970, 1, 1)).days
    except ValueError:
        return NO_DAY


def _day(cell: str) -> _Day:
    if not cell:
        return _Day(NO_DAY, NO_DAY, "is empty, and has to be given")
    year = ""
    one = other = NO_DAY
    if match := _YEAR_FIRST.fullmatch(cell):
        year = match[1]
        if match[2] or len(match[3] + match[4]) == 4:
            one = other = _number_of(year, match[3], match[4])
    elif match := _YEAR_LAST.fullmatch(cell):
        year = match[4]
        one, other = _number_of(year, match[1], match[3]), _number_of(year, match[3], match[1])
    elif match := _DAY_MONTH.fullmatch(cell):
        year = match[3]
        one = other = _number_of(year, _month(match[2]), match[1])
    elif match := _MONTH_DAY.fullmatch(cell):
        year = match[3]
        one = other = _number_of(year, _month(match[1]), match[2])
    elif _SHORT_YEAR.fullmatch(cell):
        return _Day(NO_DAY, NO_DAY, "has a year of two digits; write YYYY-MM-DD")
    if one == other == NO_DAY:
        return _Day(NO_DAY, NO_DAY, "is no date; write YYYY-MM-DD, such as 2021-06-30")
    if int(year) not in YEARS:
        return _Day(NO_DAY, NO_DAY, f"is not between {YEARS[0]} and {YEARS[-1]}")
    if one == NO_DAY:
        return _Day(other, other, tells=Order.DAY_FIRST)
    return _Day(one, one, tells=Order.MONTH_FIRST) if other == NO_DAY else _Day(one, other)


def _month(name: str) -> int:
    short = name[:3].casefold()
    return _MONTHS.index(short) + 1 if short in _MONTHS else 0


class Days:
    """Reads the days of a file, piece by piece.

    Parameters
    ----------
    order : callable
        Says what the whole column shows about the order of day and month; asked once, and only where a cell leaves it
        open.
    """

    def __init__(self, order: Callable[[], Order]) -> None:
        self._ask = order
        self.order: Order | None = None

    def read(self, cells: pd.Series) -> tuple[Ints, Faults, Ints]:
        """Read a column.

        Parameters
        ----------
        cells : Series of str
            Days as text; none is empty where a day is needed.

        Returns
        -------
        days : array of int32
            Days since 1970-01-01; `NO_DAY` where there is none.
        faults : dict
            Cells that are no day, or not for certain.
        turned : array of bool
            Cells that mean a day only by the order of the whole column.
        """
        codes, distinct = values_of(cells)
        read = [_day(cell) for cell in distinct]
        open_ = np.array([day.ambiguous for day in read], dtype=bool)
        if open_.any() and self.order is None:
            self.order = self._ask()
        first = [day.day_first if self.order is Order.DAY_FIRST else day.month_first for day in read]
        reasons = {i: day.reason for i, day in enumerate(read) if day.reason}
        if self.order in _WHY:
            reasons |= dict.fromkeys(np.flatnonzero(open_).tolist(), _WHY[self.order])
        return _taken(first, codes, np.int32, NO_DAY), spread(codes, reasons), _taken(open_, codes, bool, False)


def order_of(columns: Iterable[pd.Series]) -> Order:
    """Say what a column shows about the order of day and month.

    Parameters
    ----------
    columns : iterable of Series
        The column in pieces; read no further than to the first two dates that contradict each other.

    Returns
    -------
    Order
        The order that a date with a day after the 12th shows.
    """
    told: set[Order] = set()
    for cells in columns:
        told |= {_day(cell).tells for cell in values_of(cells)[1]}
        if {Order.MONTH_FIRST, Order.DAY_FIRST} <= told:
            return Order.MIXED
    told.discard(Order.UNKNOWN)
    return told.pop() if told else Order.UNKNOWN


def iso(days: Ints) -> list[str]:
    """Days as YYYY-MM-DD."""
    text: list[str] = np.datetime_as_string(days.astype("datetime64[D]")).tolist()
    return text


# --- amounts, units --------------------------------------------------------------------------------------------


def amounts(cells: pd.Series, most: float, what: str) -> tuple[Floats, Faults]:
    """Read a column of amounts.

    Parameters
    ----------
    cells : Series of str
        Digits with a decimal point, perhaps with commas between thousands and a dollar sign.
    most : float
        Above this an amount is absurd.
    what : str
        Unit of ``most``, for the reason.

    Returns
    -------
    amounts : array of float
        NaN where nothing, or 0, is stated: nothing weighs 0.
    faults : dict
        Cells that are no amount, negative or absurd.
    """
    values = _plain_amounts(cells)
    faults: Faults = {}
    for row in np.flatnonzero(np.isnan(values) & (cells != "").to_numpy(bool)).tolist():
        read = _amount(cells.iloc[row])
        if isinstance(read, str):
            faults[row] = read
        else:
            values[row] = read
    for row in np.flatnonzero(values < 0).tolist():
        faults[row] = "is negative; write what was delivered, or leave it empty"
    for row in np.flatnonzero(values > most).tolist():
        faults[row] = f"is more than any ship carries ({most:,.0f} {what}); correct it or leave it empty"
    values[~(values > 0)] = np.nan
    return values, faults


def _plain_amounts(cells: pd.Series) -> Floats:
    """Amounts of digits and a point; NaN for empty cells and, where there is any, for cells that are something else."""
    text = pc.if_else(pc.equal(stated := _arrow(cells), ""), None, stated)
    try:
        values: Floats = pc.cast(text, pa.float64()).to_numpy(zero_copy_only=False).copy()
    except pa.ArrowInvalid:
        values = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64, na_value=np.nan).copy()
    return values


@lru_cache(maxsize=10_000)
def _amount(cell: str) -> float | str:
    text = re.sub(r"^\s*(?:US\$|USD|\$)\s*|\s*(?:USD|KGS?)\s*$", "", cell, flags=re.IGNORECASE).strip()
    if re.fullmatch(r"\(.+\)|-\s*[$0-9].*", text):
        return "is negative; write what was delivered, or leave it empty"
    if _GROUPED.fullmatch(text):
        return float(text.replace(",", ""))
    if re.fullmatch(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+", text):
        return float(text)
    if re.fullmatch(r"[0-9][0-9.,'\s]*", text):
        return "has a decimal comma or separators that are not clear; write digits and one decimal point"
    return "is no number; correct it or leave it empty"


@cache
def _kilograms() -> dict[str, float]:
    return {row["unit"]: float(row["kilograms"]) for row in table_rows("bol_units")}


def kilograms(unit: str) -> float | None:
    """Kilograms in one of a unit of weight; ``None`` for a unit that is not known as one."""
    return _kilograms().get(" ".join(unit.casefold().replace(".", " ").split()))


# --- goods -----------------------------------------------------------------------------------------------------


def hs_codes(cell: str) -> str:
    """Harmonized System codes in a cell.

    Parameters
    ----------
    cell : str
        Such as ``6109.10``, ``6109.10; 6110.20`` or ``6109.10 T-shirts``.

    Returns
    -------
    str
        Digits without dots, distinct and sorted, several split by ``|``. A code of an odd number of digits has lost
        its leading zero, as spreadsheets do (``80111`` is ``080111``). Empty where there is no code.
    """
    found = set()
    for part in re.split(r"[;|\n]", cell):
        match = _HS.match(part)
        if match is None:
            continue
        # Behind a comma stands another code, or a text that may well begin with a number.
        others = [text.strip() for text in part[match.end() :].split(",")[1:]]
        found |= {_code(text) for text in (match[1], *others) if re.fullmatch(r"[0-9][0-9.]*", text)}
    return "|".join(sorted(found - {""}))


def _code(text: str) -> str:
    digits = text.replace(".", "")
    digits = "0" * (len(digits) % 2) + digits
    return digits if 4 <= len(digits) <= 10 and len(text) > 3 and digits[:2] != "00" and digits[2:4] != "00" else ""


def goods(texts: pd.Series) -> tuple[Ints, list[str]]:
    """Names of goods, where a description of goods is just that.

    Freight texts count cartons and quote orders: as the name of a good, each would be a good of its own, and a finding
    about a good (cotton) would be taken not to be about it (100 CTNS COTTON T-SHIRTS). Without one, it waits.

    Returns
    -------
    rows : array of int
        Rows that name a good that is known.
    names : list of str
        Its name on each of them, in lower case.
    """
    text = pc.utf8_lower(_arrow(texts))
    rows = np.flatnonzero(pc.is_in(text, value_set=_goods()).to_numpy(zero_copy_only=False))
    names: list[str] = text.take(pa.array(rows)).to_pylist()
    return rows, names


@cache
def _goods() -> pa.Array:
    """Names under which `graph_core.commodities` knows goods."""
    text = resources.files("graph_core").joinpath("commodities.csv").read_text("utf-8")
    names = {" ".join(row["alias"].lower().split()) for row in csv.DictReader(text.splitlines())}
    return pa.array(sorted(names), type=pa.large_string())


# --- distinct values -------------------------------------------------------------------------------------------


def values_of(cells: pd.Series) -> tuple[Ints, list[str]]:
    """Place of each cell among the distinct values of a column, and these, the first first."""
    encoded = _arrow(cells).dictionary_encode()
    return encoded.indices.to_numpy(), encoded.dictionary.to_pylist()


def prints_of(*columns: np.ndarray) -> np.ndarray:
    """A fingerprint of each row of some columns of numbers and text."""
    total = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        total = (total ^ pd.util.hash_array(column, categorize=False)) * _MIX
    return total


def text_prints(columns: list[pd.Series]) -> np.ndarray:
    """A fingerprint of each row of columns of text."""
    joined = pc.binary_join_element_wise(*map(_arrow, columns), pa.scalar("\x1f", pa.large_string()))
    return prints_of(joined.to_numpy(zero_copy_only=False))


def _arrow(cells: pd.Series) -> pa.Array:
    """A column of text as one Arrow array, without a copy where it is one already."""
    array = pa.array(cells, type=pa.large_string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def spread(codes: Ints, reasons: dict[int, str]) -> Faults:
    """Reasons by distinct value as reasons by row."""
    if not reasons:
        return {}
    rows = np.flatnonzero(np.isin(codes, list(reasons))).tolist()
    return {row: reasons[int(codes[row])] for row in rows}


def _taken(values: list[int] | Ints, codes: Ints, dtype: type, none: object) -> Ints:
    array: Ints = np.asarray(values, dtype=dtype)
    return array[codes] if len(array) else np.full(len(codes), none, dtype=dtype)

"""What the columns of a table that nobody described hold: by their headers, checked against their cells."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from loaders.countries import alpha2
from loaders.files.rawtable import RawTable
from loaders.formats.mapping.fields import Unreadable, digits, iso_date
from loaders.formats.mapping.words import is_placeholder, role_of

#: Rows whose cells are looked at.
SAMPLE = 20_000
#: Distinct cells of a column that are tried.
_TRIED = 500
#: Ways to write a date that are tried; the first that reads all cells is taken.
_FORMATS = (
    *("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"),
    *("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%d-%b-%Y", "%d-%b-%y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y"),
    *("%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"),
    *("%Y-%m", "%m/%Y", "%m.%Y", "%B %Y", "%b %Y", "%b-%y", "%Y"),
)
_NUMERIC = ("lat", "lon", "percent", "share", "volume", "value")
_DATED = ("date", "valid_from", "valid_to", "list_date")
_OS_ID = re.compile(r"[A-Z]{2}\d{7}[0-9A-Z]{6}")
_FLAGS = frozenset({"true", "false", "yes", "no", "y", "n", "1", "0"})


@dataclass(frozen=True)
class SampledColumn:
    """A column of the table.

    Attributes
    ----------
    key, header : str
        Its folded name, and the name by which a mapping calls it.
    cells, nothing : tuple of str
        Its distinct cells: those that say something, and those that do not, such as ``n/a``.
    full : bool
        No cell is empty or says nothing.
    """

    key: str
    header: str
    cells: tuple[str, ...]
    nothing: tuple[str, ...]
    full: bool

    def passing(self, test: Callable[[str], bool]) -> float:
        """Share of the first distinct cells that pass a test."""
        tried = self.cells[:_TRIED]
        return sum(map(test, tried)) / len(tried) if tried else 0.0

    @property
    def decimal(self) -> str | None:
        """Sign that begins the decimals of its numbers; ``None`` where they are written plainly."""
        cells = [cell.rstrip("% ") for cell in self.cells]
        if all(re.fullmatch(r"[+-]?\d+(\.\d+)?", cell) for cell in cells):
            return None
        comma = any(re.search(r",\d{1,2}$|,\d{4,}$|\d\.\d{3}[.,]", cell) for cell in cells)
        return "," if comma else "."

    @property
    def numbers(self) -> list[float]:
        """Its distinct cells that are numbers, without percent signs."""
        found, decimal = [], self.decimal
        for cell in self.cells:
            try:
                found.append(float(digits(cell.rstrip("% \u00a0"), decimal)))
            except Unreadable:
                continue
        return found

    @property
    def date_format(self) -> str | None:
        """How its dates are written; empty where as YYYY-MM-DD, ``None`` where most are no dates."""
        for form in ("", *_FORMATS):
            if self.passing(lambda cell, form=form: _reads(cell, form)) >= 0.9:  # type: ignore[misc]
                return form
        return None

    @property
    def order_unsure(self) -> bool:
        """Whether its dates could have day and month the other way round."""
        form = self.date_format or ""
        turned = form.translate(str.maketrans("dm", "md"))
        return form[:5] in ("%d/%m", "%m/%d", "%d-%m") and self.passing(lambda cell: _reads(cell, turned)) >= 0.9


def _reads(cell: str, form: str) -> bool:
    try:
        iso_date(cell, form or None)
    except Unreadable:
        return False
    return True


class SampledTable:
    """The columns of a table by what they are.

    Parameters
    ----------
    raw : RawTable
        The table or its first rows.
    """

    def __init__(self, raw: RawTable) -> None:
        self.raw = raw
        rows = raw.frame.head(SAMPLE)
        self.columns = [_sampled(key, header, rows[key]) for key, header in raw.headers.items()]
        self.sniffed: set[str] = set()
        self._used: set[str] = set()
        self._roles: dict[str, list[SampledColumn]] = {}
        guesses = [(guess, n) for n, column in enumerate(self.columns) if (guess := role_of(column.header))]
        for guess, number in sorted(guesses, key=lambda pair: (-pair[0].score, pair[1])):
            if self.columns[number].cells and _fits(guess.role, self.columns[number]):
                self._roles.setdefault(guess.role, []).append(self.columns[number])
        self._sniff()

    def peek(self, role: str) -> SampledColumn | None:
        """The column that best is that."""
        return self._roles[role][0] if role in self._roles else None

    def has(self, *roles: str) -> bool:
        """Whether some column is one of that."""
        return any(role in self._roles for role in roles)

    def take(self, role: str) -> SampledColumn | None:
        """The column that best is that; from now on it is used."""
        column = self.peek(role)
        if column is not None:
            self._used.add(column.key)
        return column

    def take_all(self, *roles: str) -> list[SampledColumn]:
        """All columns that are one of that, by role and place; from now on they are used."""
        found = [column for role in roles for column in sorted(self._roles.get(role, []), key=self.columns.index)]
        self._used.update(column.key for column in found)
        return found

    @property
    def unused(self) -> list[str]:
        """Headers of the columns that were not taken."""
        return [column.header for column in self.columns if column.key not in self._used]

    def _sniff(self) -> None:
        """Tell by the cells what the headers do not say."""
        taken = {column.key for columns in self._roles.values() for column in columns}
        spare = [column for column in self.columns if column.key not in taken and column.cells]
        if not self.has("country"):
            self._found("country", spare, lambda column: column.passing(_is_country) >= 0.8, lambda _: 1)
        if not self.has("lat", "lon"):
            self._sniff_point(spare)
        if not self.has("name", "company", "owner"):
            self._found("name", spare, lambda column: column.passing(_is_name) >= 0.8, lambda c: len(c.cells))
        if not self.has("address", "address_more", "city", "state", "district", "owner", "buyer"):
            self._found("address", spare, lambda c: c.passing(_is_address) >= 0.6, lambda c: sum(map(len, c.cells)))

    def _found(
        self,
        role: str,
        spare: list[SampledColumn],
        test: Callable[[SampledColumn], bool],
        merit: Callable[[SampledColumn], int],
    ) -> None:
        best = max(filter(test, spare), key=merit, default=None)
        if best is not None:
            self._roles[role] = [best]
            self.sniffed.add(best.key)
            spare.remove(best)

    def _sniff_point(self, spare: list[SampledColumn]) -> None:
        """Two columns beside each other that hold decimal degrees."""
        for first, second in itertools.pairwise(spare):
            beside = self.columns.index(second) == self.columns.index(first) + 1
            if beside and all(column.passing(_is_degrees) > 0.8 for column in (first, second)):
                if _fits("lat", first) and _fits("lon", second):
                    self._found("lat", spare, lambda column: column is first, lambda _: 1)  # noqa: B023
                    self._found("lon", spare, lambda column: column is second, lambda _: 1)  # noqa: B023
                return


def _sampled(key: str, header: str, cells: pd.Series) -> SampledColumn:
    distinct = [str(cell) for cell in cells.unique() if cell]
    nothing = tuple(cell for cell in distinct if is_placeholder(cell))
    kept = tuple(cell for cell in distinct if not is_placeholder(cell))
    name = " ".join(header.replace("\ufeff", "").split()) or key
    return SampledColumn(key, name, kept, nothing, bool((cells != "").all()) and not nothing)


def _is_country(cell: str) -> bool:
    return alpha2(cell) is not None


def _is_name(cell: str) -> bool:
    return 3 <= len(cell) <= 120 and sum(map(str.isalpha, cell)) > len(cell) / 2


def _is_address(cell: str) -> bool:
    letters = sum(map(str.isalpha, cell))
    return len(cell) > 10 and letters >= 5 and bool(re.search(r"\d", cell)) and bool(re.search(r"[,\s]", cell))


def _is_degrees(cell: str) -> bool:
    return re.fullmatch(r"-?\d{1,3}[.,]\d{3,}", cell) is not None


def _fits(role: str, column: SampledColumn) -> bool:
    """Whether the cells of a column can be what its header says."""
    if role == "country":
        return column.passing(_is_country) >= 0.5
    if role in _NUMERIC:
        limit = {"lat": 90.0, "lon": 180.0}.get(role, float("inf"))
        numbers = column.numbers
        return len(numbers) >= 0.9 * len(column.cells) and all(abs(number) <= limit for number in numbers)
    if role in _DATED:
        return column.date_format is not None
    if role == "year":
        return column.passing(lambda cell: re.fullmatch(r"(19|20)\d\d", cell) is not None) == 1
    if role == "os_id":
        return column.passing(lambda cell: _OS_ID.fullmatch(cell) is not None) >= 0.8
    if role == "tier":
        return len(column.cells) <= 30
    if role == "closed":
        return column.passing(lambda cell: cell.casefold() in _FLAGS) == 1
    return True

"""Format ``bills-of-lading``: shipments by sea, as Panjiva exports them or as US customs (AMS) publishes them.

One row is a bill of lading, or one line of it: a container or a good. Its columns are found by their headers, of which
``loaders/data/bol_headers.csv`` holds the usual spellings. All bills of one shipper, consignee and good add up to one
dated link, ``company:<shipper>`` to ``company:<consignee>``, with weight in kilograms, value in US dollars, the number
of bills, and the first and last arrival. What makes it a link for a time and not for ever stands in ``shipments``
beside this.

* **The shipper is often a freight forwarder.** It does not make the goods, and who does is not named. It becomes an
  organization with the role ``forwarder``; the bill is a reject that a person can correct. So is one to a forwarder.
  The columns ``Shipper Trade Roles`` and ``Consignee Trade Roles`` overrule what the name looks like.
* Freight remaining on board (FROB) and deleted bills are no imports: rejects. So are bills to order, without a shipper
  or consignee, and from a party to itself.
* 03/04/2021 is a day only by what the whole column shows; without that it is a reject. Where a date was read so, the
  row that a reject keeps holds it as YYYY-MM-DD, since corrected rows alone show nothing.
* ``Weight (kg)`` and ``Value of Goods (USD)`` are of the bill: where it has several rows, they count once.
  ``harmonized_weight`` and ``harmonized_value`` are of the line: each counts. A weight in a unit that is none of weight
  stays apart; one without a unit is not used.
* Rows that repeat another row of the same bill in everything but the day of publication are merged.
* Several codes in one cell are one good, ``610910|611020``: what each weighs is not said.
* A text of goods is the ``product`` only where it is the name of a known good (``cells.goods``).
* Spellings of one company are companies of their own here; who is who is decided later, by everything that is loaded.

A file is a source of its own, and figures of several files add up.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from graph_core.errors import InputError
from graph_core.model import LINKS, ORGANIZATIONS, OWNERSHIP, SOURCES
from graph_core.network import Floats
from loaders.base import Options, Reading, Report, Tally, source_row
from loaders.countries import alpha2
from loaders.data import table_rows
from loaders.files.opening import sha256_of
from loaders.files.rawtable import RawTable, header_key, rejects_frame
from loaders.files.tablefile import read_chunks
from loaders.formats.bills_of_lading.cells import (
    MOST_VALUE,
    MOST_WEIGHT,
    NO_DAY,
    Days,
    Faults,
    Ints,
    Order,
    amounts,
    goods,
    hs_codes,
    iso,
    kilograms,
    order_of,
    prints_of,
    spread,
    text_prints,
    values_of,
)
from loaders.formats.bills_of_lading.parties import Standing, is_forwarder
from loaders.formats.bills_of_lading.shipments import STANDS, Rows, Shipments
from loaders.validate import Seen, check_frame, made

#: Source under which the figures of all files add up.
TOGETHER = "bills-of-lading"
#: Rows of a piece: small enough that memory does not depend on whether a file has ten thousand rows or a million.
PIECE = 6_000
#: Links of a piece on the way out.
_OUT = 50_000
_TRUE = ("true", "t", "yes", "y", "1", "frob")
_FALSE = ("", "false", "f", "no", "n", "0")
_DELETED = ("deleted", "delete", "cancelled", "canceled", "void")
_SHOWN = 5


class BillsOfLading:
    """Loader of the format ``bills-of-lading``."""

    name = "bills-of-lading"
    title = "Bills of lading: Panjiva or US customs (AMS)"
    summary = "a table of shipments; --brand NAME says which consignee, or whose ultimate parent, is a brand"

    def read(self, path: Path, options: Options, report: Report) -> Iterator[Reading]:
        """Read a table of shipments.

        Yields
        ------
        Reading
            ``bills-of-lading:<checksum>``, in parts; the last ones have the records.

        Raises
        ------
        InputError
            It is no table, or has no column for shippers, consignees or arrivals.
        """
        checksum = sha256_of(path)

        def pieces() -> Iterator[RawTable]:
            return read_chunks(path, known=_keys(), size=PIECE, checksum=checksum)

        def order() -> Order:
            report(f"reading {path.name} for the order of day and month", 0, 0)
            columns = (_Columns(raw) for raw in pieces())
            return order_of(cells[name] for cells in columns for name in ("arrival", "estimated"))

        bills = _Bills(options, order)
        done = 0
        held: Reading | None = None
        for raw in pieces():
            report("reading " + path.name, done, 0)
            if held is not None:
                yield held
            held = bills.take(raw)
            done += raw.read
        if held is not None:
            yield from bills.finish(held)
        report("reading " + path.name, done, done)

    def transform(self, raw: RawTable, options: Options) -> Iterator[Reading]:
        """Say what rows mean; a day that only the whole column of the file can tell is refused.

        Yields
        ------
        Reading
            As `read`.
        """
        bills = _Bills(options, lambda: Order.UNKNOWN)
        yield from bills.finish(bills.take(raw))


LOADER = BillsOfLading()


# --- columns ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Header:
    column: str
    key: str
    unit: str
    per: str


@cache
def _headers() -> list[_Header]:
    known = table_rows("bol_headers")
    return [_Header(row["column"], header_key(row["header"]), row["unit"], row["per"]) for row in known]


def _keys() -> list[str]:
    return [header.key for header in _headers()]


class _Columns:
    """The columns of a piece by what they mean; of several headers for one the first of the list."""

    def __init__(self, raw: RawTable) -> None:
        self.raw = raw
        self.found: dict[str, _Header] = {}
        for header in _headers():
            if header.key in raw.headers:
                self.found.setdefault(header.column, header)
        self._empty = pd.Series("", index=raw.frame.index, dtype="str")
        self._cells = {name: raw.frame[header.key] for name, header in self.found.items()}

    def __contains__(self, name: str) -> bool:
        return name in self.found

    def __getitem__(self, name: str) -> pd.Series:
        return self._cells.get(name, self._empty)

    def header(self, name: str) -> str:
        """Header as the file writes it."""
        return self.raw.headers[self.found[name].key] if name in self.found else ""

    def check(self) -> None:
        """Refuse a table that lacks a column without which no row means anything."""
        lacking = {"shipper", "consignee", "arrival"} - set(self.found)
        if "estimated" in self:
            lacking.discard("arrival")
        if lacking:
            raise InputError("; ".join(self._lack(name) for name in sorted(lacking)))

    def _lack(self, name: str) -> str:
        known = [header.key for header in _headers() if header.column == name]
        scored = [
            (difflib.SequenceMatcher(None, key, other).ratio(), header)
            for key, header in self.raw.headers.items()
            for other in known
        ]
        ratio, nearest = max(scored, default=(0.0, ""))
        close = f"the nearest header is {nearest!r}" if ratio > 0.6 else _listed(list(self.raw.headers.values()))
        usual = [header for header in _usual() if header.column == name]
        words = " or ".join(repr(header.key) for header in usual)
        what = {"arrival": "the day of arrival"}.get(name, f"the {name}")
        return f"{self.raw.file}: no column holds {what} (such as {words}); {close}"

    def prints(self) -> np.ndarray:
        """Fingerprints of what the rows say, but for the day on which it was published."""
        dates = {header.key for header in _headers() if header.column == "published"}
        return text_prints([self.raw.frame[key] for key in self.raw.headers if key not in dates])


def _usual() -> list[_Header]:
    """The first two headers of each column: those of Panjiva and of US customs."""
    seen: dict[str, list[_Header]] = {}
    for header in _headers():
        seen.setdefault(header.column, []).append(header)
    return [header for headers in seen.values() for header in headers[:2]]


def _listed(names: list[str]) -> str:
    return "its headers are " + ", ".join(map(repr, names[:12])) + (", ..." if len(names) > 12 else "")


# --- rows ------------------------------------------------------------------------------------------------------


class _Faults:
    """Why rows cannot be used."""

    def __init__(self, columns: _Columns) -> None:
        self._columns = columns
        self._found: dict[int, list[tuple[str, str, str]]] = {}

    def add(self, name: str, faults: Faults) -> None:
        """Note a reason for rows, with the cell of the column."""
        if faults:
            header, cells = self._columns.header(name), self._columns[name].to_numpy(object)
            for row, reason in faults.items():
                self._found.setdefault(row, []).append((header, cells[row], reason))

    @property
    def rows(self) -> Ints:
        """Rows that have one, in order."""
        return np.asarray(sorted(self._found), dtype=np.int64)

    def entries(self, lines: Ints) -> list[tuple[int, str, str, str]]:
        """One entry a row, as for `rejects_frame`."""
        out = []
        for row, problems in self._found.items():
            header, value, reason = problems[0]
            more = "".join(f"; also {name}: {why}" for name, _, why in problems[1:])
            out.append((int(lines[row]), header, value, reason + more))
        return out


@dataclass
class _Counts:
    """Rows of which a user should know, beside the rejects."""

    forwarder: int = 0
    frob: int = 0
    again: int = 0
    unitless: int = 0
    unnumbered: int = 0
    turned: int = 0


class _Bills:
    """The bills of one file, piece by piece."""

    def __init__(self, options: Options, order: Callable[[], Order]) -> None:
        self._options = options
        self._days = Days(order)
        self._shipments = Shipments()
        self._rows, self._figures, self._numbers = Seen(), Seen(), Seen()
        self._counts = _Counts()
        self._no_countries: dict[str, None] = {}
        self._file = ""
        self._source: dict[str, str | None] = {}

    # -- a piece in

    def take(self, raw: RawTable) -> Reading:
        """Add up the rows of a piece.

        Parameters
        ----------
        raw : RawTable
            Rows of the file.

        Returns
        -------
        Reading
            What became of them, without records.
        """
        columns = _Columns(raw)
        if not self._source:
            columns.check()
            self._begin(raw)
        lines = raw.frame["line"].to_numpy(np.int64)
        faults = _Faults(columns)
        self._check_imports(columns, faults)
        shipper, consignee = self._check_parties(columns, faults, lines)
        days, turned = self._check_days(columns, faults)
        rows = self._check_figures(columns, faults)
        rows |= {"shipper": shipper, "consignee": consignee, "day": days, "line": lines}
        bad = faults.rows
        used = np.ones(len(lines), dtype=bool)
        used[bad] = False
        again = self._repeated(columns, used)
        kept = used.copy()
        kept[used] = ~again
        self._add(columns, rows, kept)
        unread = [(line, "", value, why) for line, value, why in raw.rejects]
        rejects = rejects_frame(LINKS.name, raw.file, [*unread, *faults.entries(lines)])
        tally = Tally(LINKS.name, read=raw.read, loaded=int(kept.sum()), merged=int(again.sum()), rejected=len(rejects))
        rejected = _as_read(columns, bad, turned, days)
        return Reading(self._source, True, {}, rejects, [tally], list(raw.notes), rejected)

    def _begin(self, raw: RawTable) -> None:
        self._file = raw.file
        short = raw.sha256[:12]
        self._source = source_row(
            f"{TOGETHER}:{short}",
            f"Bills of lading, file {short}",
            BillsOfLading.name,
            raw.sha256,
            retrieved_at=self._options.list_date,
            adds=TOGETHER,
        )

    def _check_imports(self, columns: _Columns, faults: _Faults) -> None:
        """Leave out what was not imported."""
        for name, words, reason in (
            ("frob", _TRUE, "is freight remaining on board: the goods went on to another country"),
            ("status", _DELETED, "is a bill that was taken back"),
        ):
            if name in columns:
                codes, distinct = values_of(columns[name])
                folded = [cell.casefold() for cell in distinct]
                found = {i: reason for i, cell in enumerate(folded) if cell in words}
                left_out = spread(codes, found)
                faults.add(name, left_out)
                if name == "frob":
                    self._counts.frob += len(left_out)
                    odd = {i: "is neither true nor false" for i, c in enumerate(folded) if c not in (*_TRUE, *_FALSE)}
                    faults.add(name, spread(codes, odd))

    def _check_parties(self, columns: _Columns, faults: _Faults, lines: Ints) -> tuple[Ints, Ints]:
        parties = self._shipments.parties
        found = {}
        usable = np.ones(len(lines), dtype=bool)
        for name in ("shipper", "consignee"):
            numbers = found[name] = parties.numbers(columns[name], lines)
            standing = parties.standing[numbers].copy()
            self._apply_roles(columns[f"{name}_role"], standing)
            rows = np.flatnonzero(standing != Standing.PARTY).tolist()
            faults.add(name, {row: _why(name, Standing(standing[row]), columns) for row in rows})
            forwards = standing == Standing.FORWARDER
            parties.forwarder[numbers[forwards]] = True
            self._counts.forwarder += int(forwards.sum()) if name == "shipper" else 0
            usable &= standing == Standing.PARTY
        own = usable & (parties.key[found["shipper"]] == parties.key[found["consignee"]])
        why = "ships to itself: who made the goods is not named; write the maker, or load its sites as facilities"
        faults.add("shipper", dict.fromkeys(np.flatnonzero(own).tolist(), why))
        return found["shipper"], found["consignee"]

    @staticmethod
    def _apply_roles(roles: pd.Series, standing: Ints) -> None:
        """Overrule the look of a name by the trade roles that the file states."""
        codes, distinct = values_of(roles)
        said = np.asarray([{True: 1, False: 0, None: -1}[is_forwarder(cell)] for cell in distinct], dtype=np.int64)
        if len(distinct) and (said >= 0).any():
            role = said[codes]
            standing[(role == 1) & (standing == Standing.PARTY)] = Standing.FORWARDER
            standing[(role == 0) & (standing == Standing.FORWARDER)] = Standing.PARTY

    def _check_days(self, columns: _Columns, faults: _Faults) -> tuple[Ints, Ints]:
        """Actual arrivals, and estimated ones where there is none."""
        days, wrong, turned = self._days.read(_arrivals(columns))
        guessed = ((columns["arrival"] == "") & (columns["estimated"] != "")).to_numpy(bool)
        for name, rows in (("arrival", ~guessed), ("estimated", guessed)):
            faults.add(name if name in columns else "estimated", {n: why for n, why in wrong.items() if rows[n]})
        self._counts.turned += int(turned.sum())
        return days, turned & (days != NO_DAY)

    def _check_figures(self, columns: _Columns, faults: _Faults) -> Rows:
        """Weight with the number of its unit, and value; NaN where none is stated."""
        weight, wrong = amounts(columns["weight"], MOST_WEIGHT, "kg")
        value, odd = amounts(columns["value"], MOST_VALUE, "USD")
        faults.add("weight", wrong)
        faults.add("value", odd)
        weight, unit = self._in_units(columns, weight)
        return {"weight": weight, "value": value, "unit": unit}

    def _in_units(self, columns: _Columns, weight: Floats) -> tuple[Floats, Ints]:
        units = self._shipments.units
        if "weight" not in columns:
            return weight, np.zeros(len(weight), dtype=np.int64)
        fixed = columns.found["weight"].unit
        codes, distinct = (np.zeros(len(weight), np.intp), [fixed]) if fixed else values_of(columns["weight_unit"])
        factors = [kilograms(unit) for unit in distinct]
        numbers = [
            0 if factor is not None or not unit else units.number(" ".join(unit.split()))
            for unit, factor in zip(distinct, factors, strict=True)
        ]
        # Without a unit an amount says nothing; with one that is none of weight it stays what it is.
        one = [1.0 if unit else np.nan for unit in distinct]
        known = [own if factor is None else factor for own, factor in zip(one, factors, strict=True)]
        stated = int((~np.isnan(weight)).sum())
        weight = weight * np.asarray(known)[codes]
        self._counts.unitless += stated - int((~np.isnan(weight)).sum())
        return weight, np.where(np.isnan(weight), 0, np.asarray(numbers, dtype=np.int64)[codes])

    def _repeated(self, columns: _Columns, used: np.ndarray) -> np.ndarray:
        """Which of the usable rows say what an earlier row of the same bill says."""
        numbered = (columns["bill"] != "").to_numpy(bool)[used]
        self._counts.unnumbered += int((~numbered).sum())
        again = np.zeros(len(numbered), dtype=bool)
        again[numbered] = self._rows.repeated(columns.prints()[used][numbered])
        return again

    def _add(self, columns: _Columns, rows: Rows, kept: np.ndarray) -> None:
        """Add the rows that are kept to the shipments."""
        if not kept.any():
            return
        bill, text, code = (columns[name].to_numpy(object) for name in ("bill", "goods", "hs"))
        self._describe(columns, rows, kept)
        rows |= {"good": self._goods(columns), "bill": prints_of(bill), "text": text, "code": code}
        rows = {name: column[kept] for name, column in rows.items()}
        numbered = (bill != "")[kept]
        self._once_a_bill(columns, rows, numbered)
        key = prints_of(*(rows[name] for name in ("bill", "shipper", "consignee", "good", "unit", "day")))
        rows["bills"] = (~self._numbers.repeated(key) | ~numbered).astype(np.int64)
        self._shipments.add(rows)

    def _goods(self, columns: _Columns) -> Ints:
        """Number of each row's good."""
        number = self._shipments.goods.number
        codes, cells = values_of(columns["hs"])
        hs = [hs_codes(cell) for cell in cells]
        found: Ints = np.asarray([number(f"{code}\t") for code in hs], dtype=np.int64)[codes]
        rows, names = goods(columns["goods"])
        found[rows] = [number(f"{hs[codes[row]]}\t{name}") for row, name in zip(rows.tolist(), names, strict=True)]
        return found

    def _once_a_bill(self, columns: _Columns, rows: Rows, numbered: np.ndarray) -> None:
        """Take figures of a whole bill from all its rows but the first."""
        whole = [name for name in ("weight", "value") if name in columns and columns.found[name].per == "bill"]
        if not whole:
            return
        stated = np.flatnonzero(numbered & ~np.all([np.isnan(rows[name]) for name in whole], axis=0))
        key = prints_of(*(rows[name] for name in ("bill", "day", "unit", *whole)))
        again = stated[self._figures.repeated(key[stated])]
        for name in whole:
            rows[name][again] = np.nan
        self._counts.again += len(again)

    def _describe(self, columns: _Columns, rows: Rows, kept: np.ndarray) -> None:
        """Note what the rows that are kept say of their parties."""
        parties = self._shipments.parties
        for name in ("shipper", "consignee"):
            numbers = rows[name]
            parties.used[numbers[kept]] = True
            parties.locate(numbers, columns[f"{name}_address"], kept)
            codes, distinct = values_of(columns[f"{name}_country"])
            parties.settle(numbers[kept], self._countries(distinct), codes[kept])
        if "parent" in columns:
            lines = rows["line"]
            parents = parties.numbers(columns["parent"], lines)
            company = kept & (parties.standing[parents] <= Standing.FORWARDER)
            self._shipments.own(parents[company], rows["consignee"][company], lines[company])

    def _countries(self, cells: list[str]) -> list[str]:
        codes = [alpha2(cell) or "" if cell else "" for cell in cells]
        self._no_countries |= {cell: None for cell, code in zip(cells, codes, strict=True) if cell and not code}
        return codes

    # -- all out

    def finish(self, last: Reading) -> Iterator[Reading]:
        """What the bills come to.

        Parameters
        ----------
        last : Reading
            Of the last piece.

        Yields
        ------
        Reading
            The last piece with the records, and more of the same source where there are many.
        """
        shipments = self._shipments
        found = shipments.links(_OUT)
        first = next(found, None)
        brands = shipments.brands(self._options.brand)
        organizations = shipments.parties.frame(brands)
        ownership = shipments.ownership()
        records = {"organizations": made(check_frame(organizations, ORGANIZATIONS, self._file))}
        if len(ownership):
            owners = self._owners(organizations, ownership)
            records["organizations"] = pd.concat([records["organizations"], owners], ignore_index=True)
            records["ownership"] = made(check_frame(ownership, OWNERSHIP, self._file))
        if first is not None:
            together = pd.DataFrame({"id": [TOGETHER], "title": ["Bills of lading"], "line": [0]})
            records |= {"sources": made(check_frame(together, SOURCES, self._file)), "links": self._links(*first)}
        notes = [*last.notes, *self._notes(brands)]
        yield replace(last, records={k: v for k, v in records.items() if len(v)}, notes=notes)
        for rows, originals in found:
            yield Reading(self._source, True, {"links": self._links(rows, originals)}, last.rejects.iloc[:0], [])

    def _owners(self, organizations: pd.DataFrame, ownership: pd.DataFrame) -> pd.DataFrame:
        """Ultimate parents that are on no bill themselves."""
        owners = ownership.drop_duplicates("owner_id").rename(columns={"owner_id": "id"})[["id", "line"]]
        owners = owners[~owners["id"].isin(organizations["id"])]
        return made(
            check_frame(owners.assign(name=owners["id"].str.removeprefix("company:")), ORGANIZATIONS, self._file)
        )

    def _links(self, rows: pd.DataFrame, originals: pd.Series) -> pd.DataFrame:
        frame = made(check_frame(rows.assign(source=TOGETHER), LINKS, self._file))
        return frame.assign(original=originals)

    def _notes(self, brands: set[int]) -> list[str]:
        counts, parties = self._counts, self._shipments.parties
        notes = [
            f"{self._file}: {count:,} {text}"
            for count, text in (
                (counts.forwarder, "rows have a freight forwarder as shipper and make no link"),
                (counts.frob, "rows are freight remaining on board and make no link"),
                (counts.again, "rows repeat the weight and value of their bill, which count once"),
                (counts.unitless, "rows give a weight without a unit, which is not used"),
                (counts.unnumbered, "rows have no bill number: rows that are alike count each"),
            )
            if count
        ]
        if counts.turned and self._days.order in (Order.MONTH_FIRST, Order.DAY_FIRST):
            notes.append(f"{self._file}: dates such as 03/04/2021 were read with {self._days.order}, as others show")
        if self._no_countries:
            notes.append(f"{self._file}: these are no countries and were left out: {_some(list(self._no_countries))}")
        if several := parties.in_several_countries():
            text = "companies stand with several countries and are kept without one"
            notes.append(f"{self._file}: {len(several)} {text}: {_some(several)}")
        if self._options.brand is not None and not brands:
            near = difflib.get_close_matches(self._options.brand, [parties.names[n] for n in _used(parties.used)], n=3)
            hint = f"; near it are {_some(near)}" if near else ""
            notes.append(f"{self._file}: no consignee, and no ultimate parent, is called {self._options.brand!r}{hint}")
        notes.append(f"a shipment counts as a link for {STANDS} days after its arrival")
        return notes


def _as_read(columns: _Columns, bad: Ints, turned: Ints, days: Ints) -> RawTable | None:
    """The rejected rows, with days that only the whole column tells as YYYY-MM-DD."""
    if not len(bad):
        return None
    frame = columns.raw.frame.iloc[bad]
    clear = turned[bad]
    if clear.any():
        actual = (columns["arrival"] != "").to_numpy(bool)[bad]
        for name, rows in (("arrival", clear & actual), ("estimated", clear & ~actual)):
            if rows.any():
                key = columns.found[name].key
                frame[key] = frame[key].mask(rows, pd.Series(_texts(days[bad], rows), index=frame.index))
    return replace(columns.raw, frame=frame, rejects=[], notes=[])


def _used(used: np.ndarray) -> list[int]:
    numbers: list[int] = np.flatnonzero(used).tolist()
    return numbers


def _arrivals(columns: _Columns) -> pd.Series:
    actual = columns["arrival"]
    return actual.where(actual != "", columns["estimated"]) if "estimated" in columns else actual


def _texts(days: Ints, rows: np.ndarray) -> list[str]:
    return iso(np.where(rows, days, 0))


def _some(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")


def _why(name: str, standing: Standing, columns: _Columns) -> str:
    """Why a bill with such a shipper or consignee makes no link, and what to do."""
    missing = "who made the goods" if name == "shipper" else "who buys the goods"
    right = "the maker" if name == "shipper" else "the buyer"
    if standing is Standing.FORWARDER:
        role = f"{name.capitalize()} Trade Roles" if f"{name}_role" not in columns else columns.header(f"{name}_role")
        return (
            f"the {name} is a freight forwarder: {missing} is not named; write {right}, or, if it is no forwarder, "
            f"write Manufacturer as {role!r}"
        )
    if standing is Standing.ORDER:
        return f"the {name} is left to order: {missing} is not named; write {right}"
    return f"the {name} is not named; write {right}"

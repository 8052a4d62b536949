"""Shipments added up to dated links, piece by piece, in memory that grows with the links and not with the rows.

Each piece is reduced to one row a shipper, consignee, good, unit and calendar month before it is kept. `Shipments` then
cuts the months of a link into intervals:

**A shipment documents trade when it arrives and for `STANDS` days after, not for ever.** An interval begins with an
arrival and ends `STANDS` days after the last one. An arrival within that time continues it, a later one begins a new
interval. So a supplier that stopped delivering is no supplier a year later, and no list has to say so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from graph_core.model import Disclosure, Evidence, Holding
from graph_core.network import Floats
from graph_core.resolve.names import normalise
from loaders.formats.bills_of_lading.cells import Ints, iso, values_of
from loaders.formats.bills_of_lading.parties import named

#: Days for which an arrival documents that the supplier delivers to the buyer.
STANDS = 365
#: Unit and currency in which figures are added up.
KILOGRAM, DOLLAR = "kg", "USD"
FORWARDER = "forwarder"
BRAND = "brand"
#: Columns of the same length, by name.
Rows = dict[str, np.ndarray]
#: Rows that are kept at least before they are added up again.
_BUFFER = 20_000
_KEY = ["link", "unit", "month"]
_ADDED = ("unit", "weight", "value", "bills", "line")
#: Country of a party that no bill names, and of one of which bills name several.
_NONE, _SEVERAL = -1, -2
#: Longest text of goods that is kept beside a link.
_LONGEST = 300


class Vocabulary:
    """Texts, each with a number."""

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self._numbers = {text: number for number, text in enumerate(texts)}

    def find(self, text: str) -> int | None:
        """Number of a text, if it has one."""
        return self._numbers.get(text)

    def number(self, text: str) -> int:
        """Number of a text; a new one gets the next."""
        number = self._numbers.setdefault(text, len(self.texts))
        if number == len(self.texts):
            self.texts.append(text)
        return number


class Pairs:
    """Pairs of numbers, each with a number."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def numbers(self, ones: Ints, others: Ints) -> Ints:
        """Number of each pair; new ones get the next."""
        known = self._numbers
        packed, places = np.unique((ones.astype(np.int64) << 32) | others.astype(np.int64), return_inverse=True)
        numbers: Ints = np.asarray([known.setdefault(pair, len(known)) for pair in packed.tolist()], dtype=np.int64)
        return numbers[places]

    @property
    def ends(self) -> tuple[Ints, Ints]:
        """Both numbers of the pairs, by number of the pair."""
        packed = np.fromiter(self._numbers, dtype=np.int64, count=len(self._numbers))
        return packed >> 32, packed & 0xFFFFFFFF


# --- parties ---------------------------------------------------------------------------------------------------


class Parties:
    """What the bills of a file say of the names on them.

    Attributes
    ----------
    names, addresses : list of str
        By number of the party: its name, and the first address that is given.
    standing, key, line, country : array of int
        `loaders.formats.bills_of_lading.parties.Standing`, what spellings of one name have in common, the line that
        names it first, and the number of its country.
    used, forwarder : array of bool
        Whether a link names it, and whether a bill shows it as a forwarder.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.addresses: list[str] = []
        self.standing: Ints = np.empty(0, dtype=np.int8)
        self.key: Ints = np.empty(0, dtype=np.int64)
        self.line: Ints = np.empty(0, dtype=np.int64)
        self.country: Ints = np.empty(0, dtype=np.int16)
        self.used = np.empty(0, dtype=bool)
        self.forwarder = np.empty(0, dtype=bool)
        self._addressed = np.empty(0, dtype=bool)
        self._cells: dict[str, int] = {}
        self._names: dict[str, int] = {}
        self._keys = Vocabulary()
        self._countries = Vocabulary()

    def numbers(self, cells: pd.Series, lines: Ints) -> Ints:
        """Number of the party in each cell.

        Parameters
        ----------
        cells : Series of str
            Shippers or consignees as bills have them.
        lines : array of int
            Line of each.

        Returns
        -------
        array of int
            Places in the attributes.
        """
        codes, distinct = values_of(cells)
        fresh = [(code, cell) for code, cell in enumerate(distinct) if cell not in self._cells]
        if fresh:
            first = np.zeros(len(distinct), dtype=np.int64)
            first[codes[::-1]] = lines[::-1]
            self._learn([cell for _, cell in fresh], first[[code for code, _ in fresh]])
        numbers: Ints = np.asarray([self._cells[cell] for cell in distinct], dtype=np.int64)[codes]
        return numbers

    def _learn(self, cells: list[str], lines: Ints) -> None:
        kinds, keys, places = [], [], []
        for cell, line in zip(cells, lines.tolist(), strict=True):
            read = named(cell)
            number = self._cells[cell] = self._names.setdefault(read.name, len(self.names))
            if number == len(self.names):
                self.names.append(read.name)
                self.addresses.append("")
                kinds.append(int(read.standing))
                keys.append(self._keys.number(read.key))
                places.append(line)
        none = np.zeros(len(kinds), dtype=bool)
        self.standing = np.concatenate([self.standing, np.asarray(kinds, dtype=np.int8)])
        self.key = np.concatenate([self.key, np.asarray(keys, dtype=np.int64)])
        self.line = np.concatenate([self.line, np.asarray(places, dtype=np.int64)])
        self.country = np.concatenate([self.country, np.full(len(kinds), _NONE, dtype=np.int16)])
        self.used = np.concatenate([self.used, none])
        self._addressed = np.concatenate([self._addressed, none])
        self.forwarder = np.concatenate([self.forwarder, none])

    def locate(self, parties: Ints, addresses: pd.Series, kept: np.ndarray) -> None:
        """Note addresses.

        Parameters
        ----------
        parties : array of int
            Numbers of the parties.
        addresses : Series of str
            Their addresses, empty where none is given; the first of a party stays.
        kept : array of bool
            Rows that count.
        """
        told = np.flatnonzero(kept & ~self._addressed[parties])
        if not len(told):
            return
        text = addresses.to_numpy(object)
        told = told[text[told] != ""]
        for number, row in zip(*np.unique(parties[told], return_index=True), strict=True):
            self.addresses[number] = " ".join(text[told[row]].split())
        self._addressed[parties[told]] = True

    def settle(self, parties: Ints, countries: list[str], codes: Ints) -> None:
        """Note countries; a party that stands with several has none.

        Parameters
        ----------
        parties : array of int
            Numbers of the parties.
        countries : list of str
            Distinct ISO alpha-2 codes, empty for none.
        codes : array of int
            For each party its place in ``countries``.
        """
        known = np.asarray([self._countries.number(code) if code else _NONE for code in countries], dtype=np.int64)
        said = known[codes] if len(known) else codes
        news = (said != _NONE) & (self.country[parties] != said) & (self.country[parties] != _SEVERAL)
        new = Pairs()
        new.numbers(parties[news], said[news])
        for number, country in zip(*(end.tolist() for end in new.ends), strict=True):
            now = self.country[number]
            if now != country:
                self.country[number] = country if now == _NONE else _SEVERAL

    def frame(self, brands: set[int]) -> pd.DataFrame:
        """Parties that a link names, and forwarders, as text of `graph_core.model.ORGANIZATIONS`."""
        kept = np.flatnonzero(self.used | self.forwarder)
        kept = kept[np.argsort(self.line[kept], kind="stable")]
        numbers = kept.tolist()
        countries = np.asarray([*self._countries.texts, "", ""], dtype=object)  # the last two for -2 and -1
        roles = [
            "|".join(role for role, has in ((BRAND, n in brands), (FORWARDER, self.forwarder[n])) if has)
            for n in numbers
        ]
        return pd.DataFrame(
            {
                "id": [company_id(self.names[n]) for n in numbers],
                "name": [self.names[n] for n in numbers],
                "country": countries[self.country[kept]],
                "roles": roles,
                "address": [self.addresses[n] for n in numbers],
                "line": self.line[kept],
            }
        )

    def called(self, name: str) -> set[int]:
        """Parties with this name, however it is spelt."""
        key = self._keys.find(normalise(name) or name)
        return set() if key is None else set(np.flatnonzero(self.key == key).tolist())

    def in_several_countries(self) -> list[str]:
        """Names that stand with more than one country."""
        return [self.names[n] for n in np.flatnonzero((self.country == _SEVERAL) & self.used)]


def company_id(name: str) -> str:
    """Id of the company with this name."""
    return f"company:{name}"


# --- shipments -------------------------------------------------------------------------------------------------


class Shipments:
    """The shipments of a file, added up as they come.

    Attributes
    ----------
    parties : Parties
        Who stands on the bills.
    units : Vocabulary
        Units of weight; number 0 is the kilogram.
    goods : Vocabulary
        Goods, each as Harmonized System codes and name with a tab between.
    """

    def __init__(self) -> None:
        self.parties = Parties()
        self.units = Vocabulary(KILOGRAM)
        self.goods = Vocabulary()
        self._pairs, self._links, self._parents = Pairs(), Pairs(), Pairs()
        # By number of the link or of the parent and consignee: the first row that names it.
        self._firsts: list[_First] = []
        self._parent_lines: list[int] = []
        self._sums = pd.DataFrame()
        self._new: list[Rows] = []

    def add(self, rows: Rows) -> None:
        """Add shipments.

        Parameters
        ----------
        rows : dict of str to array
            ``shipper``, ``consignee``: parties; ``good``, ``unit``: numbers; ``day``: days since 1970; ``weight`` in
            the unit and ``value`` in US dollars, NaN where not stated; ``bills``: 1 for the first row of a bill and
            good, else 0; ``line``; ``text``, ``code``: goods and Harmonized System codes as the file writes them.
        """
        known = len(self._links)
        link = self._links.numbers(self._pairs.numbers(rows["shipper"], rows["consignee"]), rows["good"])
        for row in _first_rows(link, known):
            self._firsts.append(_First(int(rows["line"][row]), rows["text"][row][:_LONGEST], rows["code"][row]))
        month = rows["day"].astype("datetime64[D]").astype("datetime64[M]").astype(np.int32)
        added = {"link": link, "first": rows["day"], "last": rows["day"], "month": month}
        self._new.append(added | {name: rows[name] for name in _ADDED})
        if sum(len(piece["link"]) for piece in self._new) > max(_BUFFER, len(self._sums)):
            self._add_up()

    def _add_up(self) -> None:
        """Add what came last to the sums."""
        if not self._new:
            return
        new = pd.DataFrame({name: np.concatenate([piece[name] for piece in self._new]) for name in self._new[0]})
        self._new = []
        self._sums = _added_up(pd.concat([self._sums, new], ignore_index=True) if len(self._sums) else new)

    def own(self, parents: Ints, consignees: Ints, lines: Ints) -> None:
        """Note which parents consignees have; a party is no parent of itself."""
        other = self.parties.key[parents] != self.parties.key[consignees]
        known = len(self._parents)
        pair = self._parents.numbers(parents[other], consignees[other])
        self._parent_lines += lines[other][_first_rows(pair, known)].tolist()

    def brands(self, name: str | None) -> set[int]:
        """Consignees that are called so, or whose ultimate parent is."""
        if name is None:
            return set()
        called = self.parties.called(name)
        receiving = set(self._pairs.ends[1].tolist())
        owned = zip(*(end.tolist() for end in self._parents.ends), strict=True)
        return (receiving & called) | {own for parent, own in owned if parent in called}

    def ownership(self) -> pd.DataFrame:
        """Parents of consignees as text of `graph_core.model.OWNERSHIP`."""
        parents, owned = (end.tolist() for end in self._parents.ends)
        rows = sorted(zip(self._parent_lines, parents, owned, strict=True))
        names = self.parties.names
        return pd.DataFrame(
            {
                "owner_id": [company_id(names[parent]) for _, parent, _ in rows],
                "owned_id": [company_id(names[own]) for _, _, own in rows],
                "kind": str(Holding.CONTROL),
                "line": pd.Series([line for line, _, _ in rows], dtype="int64"),
            }
        )

    def links(self, size: int) -> Iterator[tuple[pd.DataFrame, pd.Series]]:
        """Dated links in the order of the file, ``size`` at a time.

        Yields
        ------
        rows : DataFrame
            Text of `graph_core.model.LINKS`, and first_seen, last_seen and records.
        originals : Series of str
            JSON of goods and codes as the first bill of a link writes them, where they are not kept so.
        """
        self._add_up()
        if not len(self._sums):
            return
        found = _intervals(self._sums)
        for begin in range(0, len(found), size):
            part = found.iloc[begin : begin + size].reset_index(drop=True)
            rows = self._text(part)
            yield rows, self._originals(part["link"].tolist(), rows)

    def _text(self, rows: pd.DataFrame) -> pd.DataFrame:
        ids = np.asarray([company_id(name) for name in self.parties.names], dtype=object)
        goods = np.asarray([text.split("\t") for text in self.goods.texts], dtype=object).reshape(-1, 2)
        units = np.asarray(self.units.texts, dtype=object)
        pair, good = (end[rows["link"]] for end in self._links.ends)
        shipper, consignee = (end[pair] for end in self._pairs.ends)
        weighed, valued = rows["weight"].notna().to_numpy(), rows["value"].notna().to_numpy()
        last = rows["until"].to_numpy()
        return pd.DataFrame(
            {
                "supplier_id": ids[shipper],
                "buyer_id": ids[consignee],
                "product": goods[good, 1],
                "hs": goods[good, 0],
                "volume": _digits(rows["weight"].to_numpy()),
                "unit": np.where(weighed, units[rows["unit"]], ""),
                "value": _digits(rows["value"].to_numpy()),
                "currency": np.where(valued, DOLLAR, ""),
                "disclosure": str(Disclosure.DIRECT),
                "evidence": str(Evidence.DOCUMENTED),
                "confidence": "1",
                "valid_from": iso(rows["since"].to_numpy()),
                "valid_to": iso(last + STANDS),
                "first_seen": iso(rows["first"].to_numpy()),
                "last_seen": iso(rows["last"].to_numpy()),
                "records": rows["bills"].astype("str"),
                "line": rows["line"],
            }
        )

    def _originals(self, links: list[int], kept: pd.DataFrame) -> pd.Series:
        """Cells of the first bill of each link, on the row that begins on its line."""
        said: list[str | None] = []
        rows = zip(links, kept["line"].tolist(), kept["product"], kept["hs"], strict=True)
        for link, line, product, hs in rows:
            first = self._firsts[link]
            cells = {
                "product": first.text if first.text != product else "",
                "hs": first.code if first.code != hs else "",
            }
            cells = {name: cell for name, cell in cells.items() if cell}
            said.append(json.dumps(cells, ensure_ascii=False) if cells and line == first.line else None)
        return pd.Series(said, dtype="str")


class _First(NamedTuple):
    """The first row of a link: its line, its goods and its codes."""

    line: int
    text: str
    code: str


def _first_rows(numbers: Ints, known: int) -> list[int]:
    """Rows on which the numbers from ``known`` on stand first, in the order of the numbers."""
    distinct, rows = np.unique(numbers, return_index=True)
    found: list[int] = rows[distinct >= known].tolist()
    return found


def _added_up(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a link, unit and month, on the first line that it has."""
    groups = rows.groupby(_KEY, sort=False, as_index=False)
    sums = groups[["weight", "value"]].sum(min_count=1)
    ends = groups.agg(bills=("bills", "sum"), first=("first", "min"), last=("last", "max"), line=("line", "min"))
    return sums.assign(**{name: ends[name] for name in ("bills", "first", "last", "line")})


def _intervals(months: pd.DataFrame) -> pd.DataFrame:
    """One row an unbroken interval and unit; `since` and `until` are its first and last arrival in any unit."""
    rows = months.sort_values(["link", "first", "line"], kind="stable", ignore_index=True)
    same = rows["link"] == rows["link"].shift(1)
    before = rows.groupby("link")["last"].cummax().shift(1)
    # From here on the months are intervals. A bill without a weight stands with the others, whatever their unit.
    rows["month"] = (~same | (rows["first"] - before > STANDS)).cumsum()
    ends = rows.groupby("month").agg(since=("first", "min"), until=("last", "max"))
    return _added_up(rows).join(ends, on="month").sort_values(["line", "unit"], kind="stable", ignore_index=True)


def _digits(amounts: Floats) -> list[str]:
    """Amounts as text, exact to a millionth; empty where there is none."""
    return ["" if amount != amount else f"{round(amount, 6):.15g}" for amount in amounts.tolist()]  # noqa: PLR0124

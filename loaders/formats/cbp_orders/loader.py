"""Format ``cbp-orders``: Withhold Release Orders and Findings of US Customs and Border Protection.

The table that the authority publishes (CSV or workbook, one order a row), or the same as JSON with the fields name,
aliases, country, status, effective_date and notes ("WRO; Industry: ..; Merchandise: ..; Remarks: ..").

An order becomes one finding a party and good, of kind ``order`` (a WRO) or ``finding`` (a Finding), so that a WRO and a
Finding on one party are two dated findings on one subject. What decides the traps:

* Several parties in one cell, named subsidiaries among them, are parties of their own (module ``text`` beside this).
* "and its subsidiaries" sets ``includes_subsidiaries``; where they are counted and named, no other is meant.
* The order's country is that of its parties and of the goods it bars, so it limits the finding too. Where a party is in
  another country, or in one that is not known, the finding is not limited by country.
* "Fishing Vessels" is no country. A vessel is a party without one; "vessels owned by X" are an order on X.
* A whole country or region is no party: it becomes a finding of kind ``good_country`` or ``good_region``, without a
  subject, one a good.
* ``Partially Modified``: the parties or goods that the remarks take out end on the day given there; the others stand.
  Producers that are taken out of an order on a whole country are named in the note only.
* ``Inactive`` orders end on the day of their modification, else on the day that the remarks give. Where neither is
  known, the row is rejected: what an earlier list of the series said then ends with the first list that says so.
  One that a court decides (``contested``) stands by its dates.
* "superseded by UFLPA" is a status; the order is still on the list and stands.
* A text that names goods and that nobody has read yet is rejected, not guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from graph_core.errors import InputError
from graph_core.model import FINDINGS, GOOD_COUNTRY, GOOD_REGION, Category, Column, Kind, Status, Table
from loaders.base import US_WORK, Options, Reading, Report, delivery
from loaders.countries import alpha2
from loaders.data import columns, table_rows
from loaders.files.rawtable import SHOWN_VALUE, RawTable, Unread, plain
from loaders.files.tablefile import read_table
from loaders.formats.cbp_orders.text import (
    PARTY,
    UNKNOWN,
    Removal,
    Subject,
    ended_on,
    goods,
    parties_in,
    removals,
    subjects,
    us_day,
)
from loaders.validate import Checked, check_frame, made

AUTHORITY = "US Customs and Border Protection"
TITLE = "Withhold Release Orders and Findings"
URL = "https://www.cbp.gov/document/stats/withhold-release-orders-findings"
#: What stands in the column of countries for orders on vessels.
VESSELS = "fishing vessels"

_HEADERS = "cbp_columns"
_ORDER, _FINDING = ("withhold_release_order", "wro"), ("finding",)
_NOTES = re.compile(
    r"^(?P<type>[^;]*)(?:; Industry: (?P<industry>.*?))?(?:; Merchandise: (?P<merchandise>.*?))?"
    r"(?:; Remarks: (?P<remarks>.*))?$",
    re.DOTALL,
)


def _folded(text: str) -> str:
    return re.sub(r"[\s\-]+", "_", text.casefold())


@cache
def _statuses() -> dict[str, dict[str, str]]:
    return {_folded(row["text"]): row for row in table_rows("cbp_statuses")}


@cache
def _table() -> Table:
    """A row of the list; rejects are reported for the findings that it would have become."""
    return Table(
        FINDINGS.name,
        ("entity", "date", "type", "merchandise"),
        (
            Column("entity", Kind.TEXT, "Who or what it is about, aliases behind a/k/a.", required=True),
            Column("date", Kind.DATE, "First day.", required=True),
            Column("type", Kind.TEXT, "WRO or Finding.", required=True, choices=(*_ORDER, *_FINDING)),
            Column("country", Kind.COUNTRY, "Country of the parties and goods."),
            Column("merchandise", Kind.TEXT, "Goods."),
            Column("industry", Kind.TEXT, "Industry."),
            Column("status", Kind.TEXT, "Status.", choices=tuple(_statuses()), default="active"),
            Column("modified", Kind.DATE, "Day of the last modification."),
            Column("release", Kind.TEXT, "Address of the press release."),
            Column("register", Kind.TEXT, "Citation."),
            Column("remarks", Kind.TEXT, "Remarks."),
        ),
        "An order.",
    )


class CbpOrders:
    """Loader of the format ``cbp-orders``."""

    name = "cbp-orders"
    title = "CBP Withhold Release Orders and Findings"
    summary = "the CSV, workbook or JSON of the list; --list-date says on which day it was retrieved"

    def read(self, path: Path, options: Options, report: Report) -> Iterator[Reading]:
        """Read the list.

        Yields
        ------
        Reading
            ``cbp-orders:<day>`` where the day of retrieval is known, else ``cbp-orders``.

        Raises
        ------
        InputError
            It is no such list.
        """
        report("reading " + path.name, 0, 1)
        yield from self.transform(read_table(path, known=[row["header"] for row in table_rows(_HEADERS)]), options)
        report("reading", 1, 1)

    def transform(self, raw: RawTable, options: Options) -> Iterator[Reading]:
        """Say what rows of the list mean.

        Yields
        ------
        Reading
            One.

        Raises
        ------
        InputError
            A column is missing.
        """
        source = delivery(self.name, TITLE, self.name, raw, options, publisher=AUTHORITY, url=URL, licence=US_WORK)
        text, notes = _text(raw)
        headers = {column: raw.headers[header] for header, column in columns(_HEADERS, raw.headers).items()}
        checked, orders = _orders(raw, text, [*raw.notes, *notes], headers)
        found, told = _distinct([finding for order in orders for finding in order.findings()])
        records = {"findings": made(check_frame(found, FINDINGS, raw.file))}
        told = [note for order in orders for note in order.told()] + told
        notes = [*checked.notes, *(f"{raw.file}: {note}" for note in told)]
        yield Reading(source, True, records, checked.rejects, [checked.tally], notes, raw)


LOADER = CbpOrders()


def _orders(
    raw: RawTable, text: pd.DataFrame, notes: list[str], headers: dict[str, str]
) -> tuple[Checked, list[_Order]]:
    """Orders that can be used, and what became of all rows."""
    unread: list[Unread] = list(raw.rejects)
    while True:
        checked = check_frame(text, _table(), raw.file, unread, notes, headers)
        orders = [_Order.of(row) for row in checked.frame.to_dict("records")]
        bad = [order for order in orders if order.fault]
        if not bad:
            return checked, orders
        # Without these rows all is counted anew: a row that repeats one of them is then rejected like it.
        unread += [(order.line, order.entity[:SHOWN_VALUE], order.fault) for order in bad]
        text = text[~text["line"].isin([order.line for order in bad])]


def _text(raw: RawTable) -> tuple[pd.DataFrame, list[str]]:
    """Rows of the list as text in the columns of `_table`, and notes."""
    meant = columns(_HEADERS, raw.headers)
    raw = raw.renamed(meant)
    missing = [name for name in ("entity", "date") if name not in raw.headers]
    missing += [] if {"type", "notes"} & set(raw.headers) else ["type"]
    if missing:
        known = [row["header"] for row in table_rows(_HEADERS) if row["column"] == missing[0]]
        raise InputError(
            f"{raw.file}: no column holds the {missing[0]} of the orders (such as {known[0]!r}); "
            f"its headers are {', '.join(map(repr, raw.headers.values()))}"
        )
    frame = raw.frame.copy()
    if "type" not in raw.headers:
        said = frame["notes"].str.extract(_NOTES)
        frame = frame.assign(**{name: said[name].fillna("").str.strip() for name in said.columns})
    aliases = raw.column("aliases").str.replace("|", ", a/k/a ", regex=False)
    frame["entity"] = (frame["entity"] + ", a/k/a " + aliases).where(aliases != "", frame["entity"]).map(plain)
    country, code = raw.column("country"), raw.column("country_code")
    country = country.where(country != "", code)
    frame["country"] = country.where(country.str.casefold() != VESSELS, "")
    frame["date"] = frame["date"].map(us_day)
    frame["modified"] = raw.column("modified").map(us_day)
    for name in _table().names:
        frame[name] = frame.get(name, "")
    unread = [header for key, header in raw.headers.items() if key not in meant.values()]
    notes = [f"{raw.file}: columns that were not read: {', '.join(unread)}"] if unread else []
    return frame[[*_table().names, "line"]], notes


@dataclass(frozen=True)
class _Order:
    """One order.

    Attributes
    ----------
    line : int
        Its line.
    entity, date, kind, country, merchandise, status : str
        What the row says; ``kind`` is that of a finding, ``country`` an ISO code or empty.
    cells : dict
        The row.
    about : list of Subject
        Parties, or the country or region.
    limits : tuple of str
        Goods; empty where it has no limit.
    removed : list of Removal
        What was taken out of it.
    end : str
        First day on which all of it no longer holds; empty while it does.
    fault : str
        Why it cannot be used; empty where it can.
    """

    line: int
    entity: str
    date: str
    kind: str
    country: str
    merchandise: str
    status: str
    cells: dict[Any, Any]
    about: list[Subject]
    limits: tuple[str, ...]
    removed: list[Removal]
    end: str
    fault: str

    @classmethod
    def of(cls, row: dict[Any, Any]) -> _Order:
        """Read a valid row."""
        cells = {key: "" if pd.isna(value) else value for key, value in row.items()}
        remarks, merchandise = cells["remarks"], cells["merchandise"]
        status = _statuses()[cells["status"]]
        end = (cells["modified"] or ended_on(remarks)) if status["ended"] == "yes" else ""
        known = goods(merchandise)
        about = subjects(cells["entity"])
        removed = removals(remarks)
        fault = ""
        if not about:
            fault = (
                "names no party that can be told (goods of a place are read only where a table says how); "
                "write the parties, divided by semicolons"
            )
        elif status["ended"] == "yes" and not end:
            fault = (
                "is inactive, and since when is not said; write the day into the remarks, such as 'inactive 7/23/2021'"
            )
        elif wrong := [day for day in (end, *(one.day for one in removed)) if day and day <= cells["date"]]:
            fault = f"ends on {wrong[0]}, on or before the day {cells['date']} on which it begins"
        elif any(one.kind != PARTY and not (cells["country"] and merchandise) for one in about):
            fault = "is on a good of a country, and the good or the country is missing"
        return cls(
            line=int(cells["line"]),
            entity=cells["entity"],
            date=cells["date"],
            kind="finding" if cells["type"] in _FINDING else "order",
            country=cells["country"],
            merchandise=merchandise,
            status=status["status"],
            cells=cells,
            about=about,
            limits=(plain(merchandise),) if known is None else known,
            removed=removed,
            end=end,
            fault=fault,
        )

    def told(self) -> list[str]:
        """What a user should know of this order."""
        found = []
        if goods(self.merchandise) is None:
            found.append(f"line {self.line}: the merchandise {self.merchandise!r} is in no table of goods; kept as one")
        if self.status == Status.MODIFIED and self._parties() and not self._attributed():
            found.append(
                f"line {self.line}: what was taken out of the order on {self.entity!r} cannot be told; see note"
            )
        return found

    def findings(self) -> list[dict[str, str]]:
        """Findings as text, one a subject and good."""
        found = []
        for subject in self.about:
            gone = {good: one.day for one in self.removed for good in self._goods(one)} if subject.kind == PARTY else {}
            # Without a limit there is no finding on a good that could end alone: the note says what was taken out.
            wanted = [*self.limits, *(good for good in gone if good not in self.limits)] if self.limits else [""]
            found += [self._finding(subject, good, gone.get(good, "")) for good in wanted]
        return found

    def _parties(self) -> list[Subject]:
        return [one for one in self.about if one.kind == PARTY]

    def _named(self, removal: Removal) -> list[Subject]:
        """Parties that were taken out."""
        return parties_in(removal.what, self._parties())

    def _goods(self, removal: Removal) -> tuple[str, ...]:
        """Goods that were taken out; none where parties were."""
        if self._named(removal):
            return ()
        return goods(removal.what) or ()

    def _attributed(self) -> bool:
        """Whether something was taken out of which it is known what ends by it."""
        return any(bool(self.limits and self._goods(one)) or bool(self._named(one)) for one in self.removed)

    def _finding(self, subject: Subject, good: str, gone: str) -> dict[str, str]:
        party = subject.kind == PARTY
        own = [one.day for one in self.removed if party and subject in self._named(one)]
        end = min(day for day in (self.end, gone, *own, "9999") if day)
        end = "" if end == "9999" else end
        country = self._country(subject)
        part = subject.name or subject.region if subject.kind != GOOD_COUNTRY else self.country
        kind = self.kind if party else subject.kind
        return {
            "id": ":".join(filter(None, ("cbp", self.date, self._type(), part, good))),
            "subject_name": subject.name,
            "subject_aliases": "|".join(alias.replace("|", "/") for alias in subject.aliases),
            "subject_country": country if party else "",
            "kind": kind,
            "category": str(Category.FORCED_LABOUR),
            "authority": AUTHORITY,
            "status": self._status(end),
            "valid_from": self.date,
            "valid_to": end,
            "scope_commodity": good,
            "scope_country": self.country if not party or country == self.country else "",
            "scope_region": subject.region if subject.kind == GOOD_REGION else "",
            "includes_subsidiaries": str(subject.subsidiaries),
            "source_title": f"{self._title()} of {self.date}",
            "source_url": self._url(),
            "note": self._note(subject, gone or (own[0] if own else "")),
            "line": str(self.line),
        }

    def _type(self) -> str:
        return "finding" if self.kind == "finding" else "wro"

    def _title(self) -> str:
        return "Finding" if self.kind == "finding" else "Withhold Release Order"

    def _url(self) -> str:
        release = self.cells["release"]
        if release.startswith("/"):
            return "https://www.cbp.gov" + str(release)
        return str(release) if release.startswith(("http://", "https://")) else URL

    def _country(self, subject: Subject) -> str:
        if subject.country == UNKNOWN:
            return ""
        return alpha2(subject.country) or "" if subject.country else self.country

    def _status(self, end: str) -> str:
        if end:
            return Status.LIFTED
        if self.status == Status.MODIFIED:
            # The finding itself stands as it was where something else of the order is known to have ended.
            return Status.STANDING if self._attributed() else Status.MODIFIED
        superseded = re.search(r"\bsuperseded\b", self.cells["remarks"], re.IGNORECASE)
        return Status.SUPERSEDED if superseded and self.status == Status.STANDING else self.status

    def _note(self, subject: Subject, gone: str) -> str:
        said = [
            "an indicator about a good, not about any party" if subject.kind != PARTY else "",
            f"listed as: {self.entity}" if subject.name != self.entity else "",
            subject.note,
            f"taken out of the order on {gone}" if gone else "",
            f"merchandise: {self.merchandise}" if self.merchandise else "",
            f"industry: {self.cells['industry']}" if self.cells["industry"] else "",
            f"Federal Register: {self.cells['register']}" if self.cells["register"] else "",
            f"remarks: {plain(self.cells['remarks'])}" if self.cells["remarks"] else "",
        ]
        return "; ".join(filter(None, said))


def _distinct(found: list[dict[str, str]]) -> tuple[pd.DataFrame, list[str]]:
    """Findings by id: of orders that name one party, day, type and good twice, what stands longest counts."""
    names = [column.name for column in FINDINGS.columns if column.name in (found[0] if found else {})]
    frame = pd.DataFrame(found, columns=[*names, "line"] if found else [*FINDINGS.names, "line"], dtype="str")
    frame["line"] = frame["line"].astype("int64")
    again = frame["id"].duplicated(keep=False)
    notes = [
        f"lines {', '.join(map(str, same['line']))} are all about {identity}; what stands longest is kept"
        for identity, same in frame[again].groupby("id", sort=True)
    ]
    until = frame["valid_to"].where(frame["valid_to"] != "", "9999")
    kept = frame.assign(until=until).sort_values("until", ascending=False, kind="stable").drop_duplicates("id")
    return kept.sort_index().drop(columns="until").reset_index(drop=True), notes

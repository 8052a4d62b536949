"""Format ``wikirate``: who supplies whom and which brands belong to whom, as people researched it on Wikirate.

Three kinds of file, told by what is in them: the CSV export of relationships (``Relationship Link, Metric, Subject
Company, Object Company, Year, Value``), a page of relationships of the interface as JSON, and a group of companies as
JSON. One row is one answer: the subject has this relationship to the object in this year.

* **Direction**: "Supplied By" says that the object supplies the subject, "Supplier of" the opposite. A page that was
  asked for by one of them holds answers of the other; the name of each answer says which it is.
* **Lists**: the answers about one buyer and year are its list of that year, from 1 January until its next list. A
  year of which somebody entered a part is a list with that part.
* **Tiers** stand in the value. From tier 2 on somebody stands in between, so that the link is ``indirect``. Where an
  answer names several tiers the lowest counts; where it names none, nothing is assumed.
* **Brands**: the subject controls the object, which gets the role ``brand``; how much it owns is not said. Answers of
  several years about one pair are one holding from the first year on. A company that is its own brand holds nothing.
* **Groups** of companies say that a company is of interest to somebody. They give no role, whatever they are called.
* **Ids**: the interface gives numbers of companies, the export names alone. Neither gives countries, so that a finding
  on an equal name waits for a person.
* **Pages**: an answer of the interface that says that there are more is only a part, and is reported as such.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from graph_core.errors import InputError
from graph_core.model import LINKS, LISTS, ORGANIZATIONS, OWNERSHIP, Column, Holding, Kind, Table
from loaders.base import Options, Reading, Report, Tally, date_in, source_row
from loaders.data import table_rows
from loaders.files.opening import FileKind, kind_of, sha256_of
from loaders.files.rawtable import SHOWN_VALUE, RawTable, cell_text, rejects_frame
from loaders.files.tablefile import json_records, json_value, read_chunks, unfit
from loaders.validate import Seen, check_frame, made

PUBLISHER = "Wikirate"
URL = "https://wikirate.org"
LICENCE = "CC BY-SA 4.0"
SERIES = "wikirate"

#: Columns of the export.
EXPORT = ("metric", "subject_company", "object_company", "year", "value")
_ANSWER = {
    name: name
    for name in (
        *("id", "name", "url", "year", "value", "metric_id", "comments"),
        *("subject_company", "subject_company_id", "object_company", "object_company_id"),
    )
}
_COMPANY = {name: name for name in ("id", "name", "url")}
_TIER = re.compile(r"\btier\s*(\d+)", re.IGNORECASE)
#: An answer about a brand; rejects are reported for the holding that it would have become.
_BRANDS = Table(
    OWNERSHIP.name,
    ("owner", "brand", "year"),
    (
        Column("owner", Kind.ID, "Company that sells under it.", required=True),
        Column("brand", Kind.ID, "Brand.", required=True),
        Column("year", Kind.DATE, "First day of the year of the answer.", required=True),
        Column("owner_name", Kind.TEXT, "Name."),
        Column("brand_name", Kind.TEXT, "Name."),
    ),
    "A brand of a company.",
)


@dataclass(frozen=True)
class Metric:
    """A relationship that is asked for.

    Attributes
    ----------
    record : str
        ``link`` or ``brand``.
    roles : tuple of str
        What subject and object are: ``buyer`` and ``supplier``, or ``owner`` and ``brand``, in either order.
    """

    record: str
    roles: tuple[str, str]


@dataclass(frozen=True)
class _File:
    """What a file says of itself."""

    id: str = "wikirate"
    title: str = "Wikirate relationships"
    url: str = URL
    licence: str = LICENCE
    day: str | None = None
    notes: list[str] = field(default_factory=list)


class Wikirate:
    """Loader of the format ``wikirate``."""

    name = "wikirate"
    title = "Wikirate: suppliers and brands of companies"
    summary = "an export of relationships as CSV, or relationships or a group of companies as JSON"

    def read(self, path: Path, options: Options, report: Report) -> Iterator[Reading]:
        """Read an export, a page of relationships, or a group of companies.

        Yields
        ------
        Reading
            ``wikirate:<what>:<checksum>``, in pieces.

        Raises
        ------
        InputError
            It is none of these.
        """
        report("reading " + path.name, 0, 1)
        checksum = sha256_of(path)
        if kind_of(path) is FileKind.JSON:
            raw, file = _page(path, checksum)
            pieces: Iterator[RawTable] = iter([raw])
        else:
            file = _File(f"wikirate:export:{checksum[:12]}", "Wikirate: exported relationships")
            pieces = _export(path, checksum)
        file = replace(file, day=options.list_date or date_in(path.name) or file.day)
        yield from _Answers(self.name, file, options).readings(pieces)
        report("reading", 1, 1)

    def transform(self, raw: RawTable, options: Options) -> Iterator[Reading]:
        """Say what rows of a file mean; the columns tell of which kind they are.

        Yields
        ------
        Reading
            With ``rows``, and one without that holds the notes.
        """
        yield from _Answers(self.name, _File(day=options.list_date), options).readings(iter([raw]))


LOADER = Wikirate()


# --- files -----------------------------------------------------------------------------------------------------


def _export(path: Path, checksum: str) -> Iterator[RawTable]:
    for chunk in read_chunks(path, EXPORT, checksum=checksum):
        raw = chunk.renamed({"subject": "subject_company", "object": "object_company"})
        missing = [name for name in EXPORT if name not in raw.headers]
        if missing:
            raise InputError(
                f"{raw.file} is no export of relationships: the columns {', '.join(missing)} are missing; it has "
                + ", ".join(raw.headers.values())
            )
        yield raw


def _page(path: Path, checksum: str) -> tuple[RawTable, _File]:
    """Rows of a JSON document, and what it says of itself."""
    value = json_value(path)
    about = value if isinstance(value, dict) else {}
    items = about["items"] if isinstance(about.get("items"), list) else json_records(path)
    objects = [item for item in items if isinstance(item, dict)]
    answers = any("subject_company" in item for item in objects)
    companies = any(map(_is_company, objects)) and not any("year" in item for item in objects)
    if not objects or not (answers or companies):
        raise InputError(f"{path.name} holds no relationships and no companies of Wikirate")
    headers = _ANSWER if answers else _COMPANY
    found = [(number, item) for number, item in enumerate(items, start=1) if isinstance(item, dict)]
    others = [(n, cell_text(item)[:200], "is no JSON object") for n, item in enumerate(items, 1) if item not in objects]
    cells = {name: [_cell(item, name) for _, item in found] for name in headers}
    faults = {row: unfit(text) for row, text in enumerate(zip(*cells.values(), strict=True))}
    bad = {row: fault for row, fault in faults.items() if fault}
    others += [(found[row][0], ascii(cells["name"][row])[1:-1], fault) for row, fault in bad.items()]
    cells = {name: ["" if row in bad else text for row, text in enumerate(texts)] for name, texts in cells.items()}
    frame = pd.DataFrame({name: pd.Series(texts, dtype="str") for name, texts in cells.items()})
    frame["line"] = pd.Series([number for number, _ in found], dtype="int64")
    raw = RawTable(path.name, frame.drop(index=list(bad)).reset_index(drop=True), headers, sorted(others), checksum)
    return raw, _about(about, answers=answers, file=path.name, checksum=checksum)


def _is_company(item: dict[str, Any]) -> bool:
    """Whether an object is a company of Wikirate: other lists of names are JSON objects with a name too."""
    return "name" in item and (item.get("type") == "Company" or "wikirate.org" in cell_text(item.get("url")))


def _cell(item: dict[str, Any], name: str) -> str:
    """Text of a field; of a company that is an object its name or number."""
    value = item.get(name)
    company = item.get(name.removesuffix("_id"))
    if isinstance(company, dict):
        value = company.get("id" if name.endswith("_id") else "name")
    return " ".join(cell_text(value).split())


def _about(about: dict[str, Any], *, answers: bool, file: str, checksum: str) -> _File:
    """What a page says of itself: title, address, terms, day, and whether there are more pages."""
    # A page that does not say its own name in whole characters is still a page.
    about = {key: "" if isinstance(value, str) and unfit([value]) else value for key, value in about.items()}
    name = " ".join(html.unescape(cell_text(about.get("name"))).split())
    url = cell_text(about.get("html_url")) or cell_text(about.get("url"))
    licence = re.sub(r".*?licensed under (?:a )?([^.(]*\d\.\d).*", r"\1", cell_text(about.get("license"))).strip()
    day = re.match(r"\d{4}-\d\d-\d\d", cell_text(about.get("requested_at")), re.ASCII)
    paging = about.get("paging")
    notes = []
    if isinstance(paging, dict) and paging.get("next"):
        notes.append(f"{file} is one page of several: what it lacks may stand on the next ones; load all of them")
    if not answers:
        notes.append(f"{file} is a group of companies: being on it makes no company a brand or a buyer")
    return _File(
        id=f"wikirate:{'page' if answers else 'group'}:{checksum[:12]}",
        title=f"Wikirate: {name or file}",
        url=url if url.startswith("http") else URL,
        licence=licence[:60] or LICENCE,
        day=day[0] if day else None,
        notes=notes,
    )


# --- metrics ---------------------------------------------------------------------------------------------------


@cache
def metrics() -> dict[str, Metric]:
    """Metrics that are known, by folded name and by number."""
    found: dict[str, Metric] = {}
    for row in table_rows("wikirate_metrics"):
        metric = Metric(row["record"], (row["first"], row["second"]))
        found |= {_folded(row["metric"]): metric, row["id"]: metric}
    return found


def _folded(name: str) -> str:
    return " ".join(name.replace("_", " ").replace("+", " + ").casefold().split())


def _metric(name: str, answer: str, number: str) -> Metric | None:
    """The metric of a row: what it says, else what the name of the answer begins with, else its number."""
    said = name or "+".join(answer.split("+")[:2])
    return metrics().get(_folded(said)) or metrics().get(number)


def tier(value: str) -> int | None:
    """The lowest tier that a value names."""
    return min((int(number) for number in _TIER.findall(value)), default=None)


# --- records ---------------------------------------------------------------------------------------------------


class _Answers:
    """Turns pieces of one file into readings."""

    def __init__(self, format_name: str, file: _File, options: Options) -> None:
        self._format, self._file = format_name, file
        self._series = options.series or SERIES
        self._companies, self._links, self._lists, self._answers = Seen(), Seen(), Seen(), Seen()
        self._brands: list[pd.DataFrame] = []
        self._values: Counter[str] = Counter()

    def readings(self, pieces: Iterator[RawTable]) -> Iterator[Reading]:
        raw = None
        for raw in pieces:
            rejects: list[pd.DataFrame] = []
            tallies: list[Tally] = []
            if "subject_company" in raw.headers:
                records = self._relationships(raw, rejects, tallies)
            else:
                records = self._group(raw, rejects, tallies)
            yield self._reading(raw, records, rejects, tallies, list(raw.notes), raw)
        if raw is not None:
            yield self._reading(raw, self._holdings(raw.file), [], [], self._notes(raw.file), None)

    def _reading(
        self,
        raw: RawTable,
        records: dict[str, pd.DataFrame],
        rejects: list[pd.DataFrame],
        tallies: list[Tally],
        notes: list[str],
        rows: RawTable | None,
    ) -> Reading:
        file = self._file
        source = source_row(file.id, file.title, self._format, raw.sha256, PUBLISHER, file.url, file.licence, file.day)
        bad = pd.concat(rejects, ignore_index=True) if rejects else rejects_frame("", raw.file, [])
        return Reading(source, True, records, bad, tallies, notes, rows)

    def _notes(self, file: str) -> list[str]:
        tiers = ", ".join(f"{number:,} {value or 'no value'}" for value, number in self._values.most_common(6))
        return [*self._file.notes, *([f"{file}: links by value: {tiers}"] if tiers else [])]

    # --- groups ------------------------------------------------------------------------------------------------

    def _group(self, raw: RawTable, rejects: list[pd.DataFrame], tallies: list[Tally]) -> dict[str, pd.DataFrame]:
        missing = [name for name in ("name",) if name not in raw.headers]
        if missing:
            raise InputError(f"{raw.file} has neither relationships nor names of companies")
        names = raw.frame["name"].map(html.unescape)
        text = pd.DataFrame(
            {"id": _ids(raw.column("id"), names), "name": names, "line": raw.frame["line"]}, index=raw.frame.index
        )
        checked = check_frame(text, ORGANIZATIONS, raw.file, raw.rejects, headers=raw.headers, seen=self._companies)
        rejects.append(checked.rejects)
        tallies.append(checked.tally)
        return {ORGANIZATIONS.name: checked.frame}

    # --- relationships -----------------------------------------------------------------------------------------

    def _relationships(
        self, raw: RawTable, rejects: list[pd.DataFrame], tallies: list[Tally]
    ) -> dict[str, pd.DataFrame]:
        rows, known = _rows(raw)
        bad = [(line, "", value, reason) for line, value, reason in raw.rejects]
        of_metric = raw.headers.get("metric", raw.headers.get("name", "metric"))
        unknown = rows[[metric is None for metric in known]]
        bad += _bad(unknown, "said", of_metric, f"is no relationship that is read: {_read_ones()}")
        rest = rows[[metric is not None for metric in known]]
        no_year = ~rest["year"].str.fullmatch("(19|20)[0-9]{2}")
        bad += _bad(rest[no_year], "year", raw.headers.get("year", "year"), "is no year such as 2019")
        if bad:
            rejects.append(rejects_frame(LINKS.name, raw.file, bad))
            tallies.append(Tally(LINKS.name, read=len(bad), rejected=len(bad)))
        good = rest[~no_year]
        records: dict[str, pd.DataFrame] = {}
        for (record, subject), part in good.groupby(["record", "subject"], sort=False):
            other = next(m for m in metrics().values() if m.record == record and m.roles[0] == subject).roles[1]
            headers = {str(subject): raw.headers["subject_company"], other: raw.headers["object_company"]}
            if record == "link":
                for name, frame in self._supply(part, raw, headers, rejects, tallies).items():
                    before = [records[name]] if name in records else []
                    records[name] = pd.concat([*before, frame], ignore_index=True)
            else:
                self._take_brands(part, raw, headers, rejects, tallies)
        return records

    def _supply(
        self,
        rows: pd.DataFrame,
        raw: RawTable,
        headers: dict[str, str],
        rejects: list[pd.DataFrame],
        tallies: list[Tally],
    ) -> dict[str, pd.DataFrame]:
        same = rows["supplier"] == rows["buyer"]
        if same.any():
            bad = _bad(rows[same & (rows["buyer"] != "")], "buyer_name", headers["supplier"], _ITSELF)
            rejects.append(rejects_frame(LINKS.name, raw.file, bad))
            tallies.append(Tally(LINKS.name, read=len(bad), rejected=len(bad)))
            rows = rows[~same | (rows["buyer"] == "")]
        tiers = rows["value"].map({value: tier(value) or 1 for value in rows["value"].unique()})
        lists = "wikirate:" + rows["buyer"] + ":" + self._series + ":" + rows["year"]
        text = rows.assign(
            supplier_id=rows["supplier"],
            buyer_id=rows["buyer"],
            disclosure=tiers.gt(1).map({True: "indirect", False: "direct"}),
            evidence="documented",
            list_id=lists.where(rows["buyer"] != "", ""),
        )[["supplier_id", "buyer_id", "disclosure", "evidence", "list_id", "line"]]
        named = {"supplier_id": headers["supplier"], "buyer_id": headers["buyer"]}
        checked = check_frame(text, LINKS, raw.file, headers=named, seen=self._links)
        rejects.append(checked.rejects)
        tallies.append(checked.tally)
        used = rows[rows["line"].isin(checked.frame["line"])]
        self._values.update(used["value"])
        return {
            ORGANIZATIONS.name: _named(used, ("supplier", "buyer"), raw.file, self._companies),
            LISTS.name: self._dated(used, raw.file),
            LINKS.name: checked.frame,
        }

    def _dated(self, rows: pd.DataFrame, file: str) -> pd.DataFrame:
        """Lists of the buyers and years of some rows."""
        firsts = rows.drop_duplicates(["buyer", "year"])
        text = pd.DataFrame(
            {
                "id": "wikirate:" + firsts["buyer"] + ":" + self._series + ":" + firsts["year"],
                "buyer_id": firsts["buyer"],
                "series": self._series,
                "date": firsts["year"] + "-01-01",
                "title": "list of " + firsts["year"],
                "line": firsts["line"],
            }
        )
        return made(check_frame(text, LISTS, file, seen=self._lists))

    # --- brands ------------------------------------------------------------------------------------------------

    def _take_brands(
        self,
        rows: pd.DataFrame,
        raw: RawTable,
        headers: dict[str, str],
        rejects: list[pd.DataFrame],
        tallies: list[Tally],
    ) -> None:
        columns = ["owner", "brand", "owner_name", "brand_name", "line"]
        text = rows[columns].assign(year=rows["year"] + "-01-01")
        checked = check_frame(text, _BRANDS, raw.file, headers=headers, seen=self._answers)
        rejects.append(checked.rejects)
        tallies.append(checked.tally)
        self._brands.append(checked.frame)

    def _holdings(self, file: str) -> dict[str, pd.DataFrame]:
        """Brands of the whole file: a holding a pair from its first year on, and the brands as such."""
        if not self._brands or not sum(map(len, self._brands)):
            return {}
        rows = pd.concat(self._brands, ignore_index=True).sort_values(["year", "line"], kind="stable")
        brands = _named(rows, ("brand",), file, Seen(), "brand")
        owners = _named(rows[~rows["owner"].isin(brands["id"])], ("owner",), file, Seen())
        pairs = rows[rows["owner"] != rows["brand"]].groupby(["owner", "brand"], sort=False)
        held = pairs.agg(
            valid_from=("year", "first"), last=("year", "last"), line=("line", "first"), n=("line", "size")
        )
        text = held.reset_index().rename(columns={"owner": "owner_id", "brand": "owned_id", "last": "last_seen"})
        text = text.assign(kind=str(Holding.CONTROL), first_seen=text["valid_from"], records=text["n"].astype("str"))
        if alone := len(rows) - int(text["n"].sum()):
            self._file.notes.append(
                f"{file}: {alone} answers name a company as its own brand: no holding is made of it"
            )
        return {
            ORGANIZATIONS.name: pd.concat([owners, brands], ignore_index=True),
            OWNERSHIP.name: made(check_frame(text.drop(columns="n"), OWNERSHIP, file)),
        }


def _named(rows: pd.DataFrame, roles: tuple[str, ...], file: str, seen: Seen, role: str = "") -> pd.DataFrame:
    """One organization a company, at the row that names it first; the first name that a file gives counts."""
    parts = [rows[[who, f"{who}_name", "line"]].set_axis(["id", "name", "line"], axis=1) for who in roles]
    text = pd.concat(parts).sort_values("line", kind="stable").drop_duplicates("id").assign(roles=role)
    return check_frame(text, ORGANIZATIONS, file, seen=seen).frame


_ITSELF = "supplies itself; name two companies"


def _read_ones() -> str:
    return ", ".join(row["metric"] for row in table_rows("wikirate_metrics"))


def _bad(rows: pd.DataFrame, column: str, header: str, reason: str) -> list[tuple[int, str, str, str]]:
    found = zip(rows["line"], rows[column], strict=True)
    return [(int(line), header, str(value)[:SHOWN_VALUE], reason) for line, value in found]


def _ids(numbers: pd.Series, names: pd.Series) -> pd.Series:
    """Ids of companies: by number where there is one, else by name; empty without a name."""
    by_number = "wikirate:" + numbers
    return by_number.where(numbers != "", "company:" + names).where(names != "", "")


def _rows(raw: RawTable) -> tuple[pd.DataFrame, list[Metric | None]]:
    """Rows of answers with what is who: supplier, buyer, owner, brand and their names, and the metric of each."""
    subject, other = (raw.column(name).map(html.unescape) for name in ("subject_company", "object_company"))
    numbers = [raw.column(f"{name}_company_id") for name in ("subject", "object")]
    names = {"subject": subject, "object": other}
    ids = {"subject": _ids(numbers[0], subject), "object": _ids(numbers[1], other)}
    said = [raw.column("metric"), raw.column("name"), raw.column("metric_id")]
    known = [_metric(*cells) for cells in zip(*(column.tolist() for column in said), strict=True)]
    rows = pd.DataFrame({"line": raw.frame["line"], "year": raw.column("year"), "value": raw.column("value")})
    rows["said"] = said[0].where(said[0] != "", said[1])
    rows["record"] = [metric.record if metric else "" for metric in known]
    rows["subject"] = [metric.roles[0] if metric else "" for metric in known]
    for role in ("supplier", "buyer", "owner", "brand"):
        places = [_place(metric, role) for metric in known]
        for suffix, cells in (("", ids), ("_name", names)):
            both = zip(places, cells["subject"].tolist(), cells["object"].tolist(), strict=True)
            rows[role + suffix] = [(one, two)[place] if place is not None else "" for place, one, two in both]
    return rows, known


def _place(metric: Metric | None, role: str) -> int | None:
    return metric.roles.index(role) if metric and role in metric.roles else None

"""Format ``bis``: the Entity List of the US Bureau of Industry and Security, an export-control list.

It says to whom goods may not be exported without a licence. It is **no** finding of forced labour: every entry has the
category ``export_control``, which is shown as context and never starts or raises an exposure.

The list as JSON (name, aliases, country, address, federal_register, notes), or the Consolidated Screening List as CSV,
of which only the rows of the Entity List are read. What decides the traps:

* An entry stands from the earliest day among its Federal Register citations, which are written in many ways
  ("76 FR 71869, 11/21/11", without comma, over several lines, several in one cell); without a dated one it is open.
* The list has some parties of one country twice, with another address or citation: they are one finding.
* "Crimea Region of Ukraine" is a heading of the list and no country: Ukraine, limited to that region.
* In the Consolidated Screening List the country stands behind each address; where they differ, none is kept.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from graph_core.errors import InputError
from graph_core.model import FINDINGS, Category, Column, Kind, Table
from loaders.base import US_WORK, Options, Reading, Report, delivery
from loaders.data import columns, table_rows
from loaders.files.rawtable import RawTable, plain
from loaders.files.tablefile import read_table
from loaders.validate import check_frame, made

AUTHORITY = "US Department of Commerce, Bureau of Industry and Security"
TITLE = "Entity List (EAR, supplement no. 4 to part 744)"
URL = "https://www.ecfr.gov/current/title-15/subtitle-B/chapter-VII/subchapter-C/part-744"
#: How the Consolidated Screening List calls the Entity List.
LIST = "entity list"

_HEADERS = "bis_columns"
#: Two-digit years from here on are of the last century; the list began in 1997.
_CENTURY = 90
_DAY = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?!\d)")
#: A row of the list; rejects are reported for the findings that it would have become.
_ROWS = Table(
    FINDINGS.name,
    ("name", "country", "region", "aliases", "address", "cited", "terms", "policy", "date", "ended"),
    (
        Column("name", Kind.TEXT, "Party.", required=True),
        Column("country", Kind.COUNTRY, "Country under which it is listed."),
        Column("region", Kind.TEXT, "Part of that country."),
        Column("aliases", Kind.TEXTS, "Other names."),
        Column("address", Kind.TEXT, "Addresses."),
        Column("cited", Kind.TEXT, "Federal Register citations."),
        Column("terms", Kind.TEXT, "Licence requirement."),
        Column("policy", Kind.TEXT, "Licence review policy."),
        Column("date", Kind.DATE, "First day."),
        Column("ended", Kind.DATE, "First day without it."),
    ),
    "A party in a country.",
)


class Bis:
    """Loader of the format ``bis``."""

    name = "bis"
    title = "BIS Entity List (export control: context only)"
    summary = "the list as JSON, or the Consolidated Screening List as CSV; --list-date says when it was retrieved"

    def read(self, path: Path, options: Options, report: Report) -> Iterator[Reading]:
        """Read the list.

        Yields
        ------
        Reading
            ``bis:<day>`` where the day of retrieval is known, else ``bis``.

        Raises
        ------
        InputError
            It is no such list.
        """
        report("reading " + path.name, 0, 1)
        raw = read_table(path, known=[row["header"] for row in table_rows(_HEADERS)])
        _check_list(raw)
        yield from self.transform(raw, options)
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
        meant = columns(_HEADERS, raw.headers)
        headers = {column: raw.headers[header] for header, column in meant.items()}
        checked = check_frame(text, _ROWS, raw.file, raw.rejects, [*raw.notes, *notes], headers)
        findings = made(check_frame(_findings(checked.frame), FINDINGS, raw.file))
        twice = checked.tally.loaded - len(findings)
        notes = (
            [f"{raw.file}: rows that name a party of the same country again, joined to it: {twice}"] if twice else []
        )
        yield Reading(
            source, True, {"findings": findings}, checked.rejects, [checked.tally], [*checked.notes, *notes], raw
        )


LOADER = Bis()


def _check_columns(raw: RawTable) -> None:
    """Refuse a table that is another list: names and days are in many of them."""
    if "name" not in raw.headers or not {"cited", "list"} & set(raw.headers):
        raise InputError(
            f"{raw.file} is not the Entity List: it needs the columns 'name' and 'federal_register', or else 'source' "
            f"as the Consolidated Screening List has it; its headers are {', '.join(map(repr, raw.headers.values()))}"
        )


def _check_list(raw: RawTable) -> None:
    """Refuse a file that has the columns of the list and cites nothing at all: then it is another one."""
    raw = raw.renamed(columns(_HEADERS, raw.headers))
    _check_columns(raw)
    if "list" not in raw.headers and len(raw.frame) and not raw.column("cited").any():
        raise InputError(
            f"{raw.file} is not the Entity List: its column {raw.headers['cited']!r} is empty in every row, and it has "
            "no column 'source' as the Consolidated Screening List has it"
        )


def _text(raw: RawTable) -> tuple[pd.DataFrame, list[str]]:
    """Rows of the list as text in the columns of `_ROWS`, and notes."""
    meant = columns(_HEADERS, raw.headers)
    unread = [header for key, header in raw.headers.items() if key not in meant]
    raw = raw.renamed(meant)
    _check_columns(raw)
    notes = [f"{raw.file}: columns that were not read: {', '.join(unread)}"] if unread else []
    frame = pd.DataFrame({column.name: raw.column(column.name) for column in _ROWS.columns}).assign(
        line=raw.frame["line"]
    )
    if "list" in raw.headers:
        ours = raw.column("list").str.casefold().str.startswith(LIST)
        if (~ours).any():
            notes.append(f"{raw.file}: rows of other lists than the Entity List, left out: {int((~ours).sum())}")
        frame = _screening(frame[ours])
    regions = {row["text"].casefold(): row for row in table_rows("bis_countries")}
    written = frame["country"].str.casefold().map(lambda text: regions.get(text, {}))
    frame["region"] = written.map(lambda row: row.get("region", "")).astype("str")
    frame["country"] = frame["country"].where(written.map(len) == 0, written.map(lambda row: row.get("country", "")))
    # What is left of a list in words: "A; and" and "and B".
    frame["aliases"] = frame["aliases"].str.replace(
        r"\s*;\s*(?:and\s*)?(?=\||$)|(?:(?<=\|)|^)\s*and\s+", "", regex=True
    )
    frame["date"] = _listed(frame["cited"]).where(lambda day: day != "", frame["date"])
    return frame.assign(**{name: frame[name].map(plain) for name in ("cited", "terms", "policy", "address")}), notes


def _screening(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of the Consolidated Screening List: several values in a cell, the country's code behind each address."""
    address = frame["address"].map(plain)
    codes = address.map(lambda text: {part.rsplit(",", 1)[-1].strip() for part in text.split(";") if part.strip()})
    country = codes.map(lambda found: next(iter(found)) if len(found) == 1 else "")
    return frame.assign(
        name=frame["name"].map(plain),
        aliases=frame["aliases"].str.replace("|", "/", regex=False).str.replace(";", "|", regex=False),
        country=country.where(country.str.fullmatch("[A-Z]{2}"), ""),
    )


def _listed(cited: pd.Series) -> pd.Series:
    """Earliest day among the citations of each row, ISO; empty where none is dated."""
    return cited.map({text: min(_days(text), default="") for text in cited.unique()}).astype("str")


def _days(text: str) -> list[str]:
    found = []
    for month, day, year in _DAY.findall(text):
        number = int(year)
        if len(year) == 2:
            number += 1900 if number >= _CENTURY else 2000
        try:
            found.append(dt.date(number, int(month), int(day)).isoformat())
        except ValueError:
            continue
    return found


def _findings(listed: pd.DataFrame) -> pd.DataFrame:
    """Findings of valid rows, as text: one a party, country and region."""
    empty = listed.drop(columns=["line", "original"]).astype("object").fillna("").astype("str")
    frame = empty.assign(line=listed["line"], note=_notes(empty))
    parts = [frame["country"], frame["region"], frame["name"]]
    frame["id"] = "bis:" + parts[0] + (":" + parts[1]).where(parts[1] != "", "") + ":" + parts[2]
    again = frame["id"].duplicated(keep=False)
    joined = frame[again].groupby("id", sort=False, as_index=False).agg(_together)
    frame = pd.concat([frame[~again], joined]).sort_values("line", kind="stable")
    return pd.DataFrame(
        {
            "id": frame["id"],
            "subject_name": frame["name"],
            "subject_aliases": frame["aliases"],
            "subject_country": frame["country"],
            "kind": "listing",
            "category": str(Category.EXPORT_CONTROL),
            "authority": AUTHORITY,
            "valid_from": frame["date"],
            "valid_to": frame["ended"],
            "scope_country": frame["country"].where(frame["region"] != "", ""),
            "scope_region": frame["region"],
            "source_title": TITLE,
            "source_url": URL,
            "note": frame["note"],
            "line": frame["line"],
        }
    )


def _together(values: pd.Series) -> object:
    """One value of those of rows about one party: the first line and day, the last end, all that is said."""
    if values.name == "line":
        return values.min()
    said = list(dict.fromkeys(value for value in values if value))
    if values.name == "date":
        return min(said, default="")
    if values.name == "ended":
        return max(said) if len(values[values != ""]) == len(values) else ""
    if values.name == "note":
        return " || ".join(said)
    return "|".join(said) if values.name == "aliases" else next(iter(said), "")


def _notes(text: pd.DataFrame) -> pd.Series:
    note = pd.Series("export control, no finding of forced labour", index=text.index, dtype="str")
    words = {
        "cited": "Federal Register",
        "terms": "licence requirement",
        "policy": "licence review policy",
        "address": "address",
    }
    for column, word in words.items():
        note += (f"; {word}: " + text[column]).where(text[column] != "", "")
    return note

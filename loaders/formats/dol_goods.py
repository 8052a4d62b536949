"""Format ``dol-goods``: the US Department of Labor's list of goods made with child or forced labour, as XML.

One row is a good in a country. It becomes one finding of kind ``good_country`` for each category that applies, so that
categories stay apart: ``forced_labour`` where forced labour is Yes, ``forced_child_labour`` where only forced child
labour is, ``child_labour`` where child labour is (beside forced labour too, under the id with ``:child_labour``). A row
that only says that an input was made so (derived goods) is kept as ``other``, which is never scored. The file names
the country of that input and not the input; `loaders/data/dol_derived.csv` names it, and the note says both.

The list does not say which edition it is. `loaders/data/dol_editions.csv` has the editions' days of publication, and
for each a row that only it and later ones hold. An edition stands until the next one of that table, whichever files
are loaded, so that the result does not depend on them. Severity and confidence are 1: the list states no degrees.

Names of goods are kept as the edition writes them; `graph_core.commodities` says which of them are one good.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

import pandas as pd
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, parse

from graph_core.errors import InputError
from graph_core.model import FINDINGS, GOOD_COUNTRY, Category, Column, Kind, Table
from loaders.base import Options, Reading, Report, source_row
from loaders.countries import alpha2
from loaders.data import table_rows
from loaders.files.opening import read_bytes, sha256_of
from loaders.files.rawtable import RawTable, columns_of, header_key, plain
from loaders.validate import check_frame, made

PUBLISHER = "US Department of Labor, Bureau of International Labor Affairs"
TITLE = "List of Goods Produced by Child Labor or Forced Labor"
URL = "https://www.dol.gov/agencies/ilab/reports/child-labor/list-of-goods"

_TAGS = {
    "good": "Good_Name",
    "country": "Country_Name",
    "child": "Child_Labor",
    "forced": "Forced_Labor",
    "forced_child": "Forced_Child_Labor",
    "derived": "Derived_Labor_Exploitation",
    "origin": "Derived_Country",
}
#: Beside the cells of a row, so that a few rows alone still tell of which edition they are: its day of publication.
_PUBLISHED = "Published"
#: A row of the list; rejects are reported for the findings that it would have become.
_ROWS = Table(
    FINDINGS.name,
    ("good", "country"),
    (
        Column("good", Kind.TEXT, "Good, as the edition writes it.", required=True),
        Column("country", Kind.COUNTRY, "Country, in the department's own words.", required=True),
        Column("child", Kind.FLAG, "Child labour.", required=True),
        Column("forced", Kind.FLAG, "Forced labour.", required=True),
        Column("forced_child", Kind.FLAG, "Forced child labour.", required=True),
        Column("derived", Kind.FLAG, "Made from an input that was made so.", default=False),
        Column("origin", Kind.TEXT, "Country of that input."),
    ),
    "A good in a country.",
)


@dataclass(frozen=True)
class Edition:
    """One edition of the list.

    Attributes
    ----------
    name : str
        Year of the edition, or the day that the user gave.
    valid_from, valid_to : str or None
        First day on which it stands, and first day of the next known edition.
    """

    name: str
    valid_from: str
    valid_to: str | None


class DolGoods:
    """Loader of the format ``dol-goods``."""

    name = "dol-goods"
    title = "US Department of Labor: list of goods"
    summary = "one edition as XML; --list-date says when it was published if the file is of an unknown edition"

    def read(self, path: Path, options: Options, report: Report) -> Iterator[Reading]:
        """Read one edition.

        Yields
        ------
        Reading
            ``dol-goods:<edition>``.

        Raises
        ------
        InputError
            It is no such XML, or it cannot be told which edition it is.
        """
        report("reading " + path.name, 0, 1)
        root = _tree(read_bytes(path), path.name)
        empty = [good.findtext("Good_Name") for good in root.findall("Good") if good.find("Countries/Country") is None]
        notes = [f"{path.name}: the good {name!r} names no country" for name in empty]
        rows = _rows(root, path.name)
        edition = _edition(rows["good_name"], rows["country_name"], path.name, options.list_date)
        rows[header_key(_PUBLISHED)] = pd.Series(edition.valid_from, index=rows.index, dtype="str")
        headers = {header_key(header): header for header in (*_TAGS.values(), _PUBLISHED)}
        yield from self.transform(RawTable(path.name, rows, headers, [], sha256_of(path), notes), options)
        report("reading", 1, 1)

    def transform(self, raw: RawTable, options: Options) -> Iterator[Reading]:
        """Say what rows of an edition mean, one row a good in a country.

        Yields
        ------
        Reading
            ``dol-goods:<edition>``.
        """
        text = _text(raw)
        edition = _edition(text["good"], text["country"], raw.file, options.list_date or _published(raw))
        checked = check_frame(text, _ROWS, raw.file, headers=_TAGS)
        findings = made(check_frame(_findings(checked.frame, edition), FINDINGS, raw.file))
        source = source_row(
            f"dol-goods:{edition.name}",
            f"{TITLE}, {edition.name} edition",
            self.name,
            raw.sha256,
            publisher=PUBLISHER,
            url=URL,
            licence="US government work, public domain",
        )
        until = f" until {edition.valid_to}" if edition.valid_to else ""
        notes = [*raw.notes, f"{raw.file} is the {edition.name} edition: it stands from {edition.valid_from}{until}"]
        yield Reading(source, True, {"findings": findings}, checked.rejects, [checked.tally], notes, raw)


LOADER = DolGoods()


class _Numbered(TreeBuilder):
    """Notes on every element the line on which it begins."""

    parser: Any = None

    def start(self, tag: Any, attrs: Any) -> Element:
        element = super().start(tag, attrs)
        element.set("line", str(self.parser.parser.CurrentLineNumber))
        return element


def _tree(data: bytes, name: str) -> Element:
    builder = _Numbered()
    parser = builder.parser = DefusedXMLParser(target=builder)
    try:
        root = parse(io.BytesIO(data), parser=parser).getroot()
    except ParseError as error:
        raise InputError(f"{name} is no valid XML: {error}") from error
    except DefusedXmlException as error:
        raise InputError(f"{name} declares entities or an outside document type, which are not read") from error
    except (ValueError, LookupError) as error:
        raise InputError(f"{name} is no XML that can be read: {error}") from error
    if root is None or root.tag != "Goods":
        raise InputError(f"{name} is not a list of goods: its root is {getattr(root, 'tag', None)!r}, not 'Goods'")
    return root


def _rows(root: Element, name: str) -> pd.DataFrame:
    """One row a country of a good, as text."""
    rows, lines = list[list[str]](), list[int]()
    for good in root.findall("Good"):
        title = plain(good.findtext("Good_Name") or "")
        for country in good.findall("Countries/Country"):
            cells = [plain(country.findtext(tag) or "") for key, tag in _TAGS.items() if key != "good"]
            rows.append([title, *cells])
            lines.append(int(country.get("line", 0)))
    if not rows:
        raise InputError(f"{name} holds no good")
    if len(set(lines)) < len(lines):  # several on one line, which then says nothing: a row is told by its number
        lines = list(range(1, len(lines) + 1))
    return columns_of([header_key(tag) for tag in _TAGS.values()], rows).assign(line=lines)


def _text(raw: RawTable) -> pd.DataFrame:
    """Rows in the columns of `_ROWS`."""
    text = pd.DataFrame({column: raw.column(header_key(tag)) for column, tag in _TAGS.items()})
    text["derived"] = text["derived"].where(text["derived"] != "", "No")
    text["origin"] = text["origin"].where(text["origin"] != "No", "")
    return text.assign(line=raw.frame["line"])


def _published(raw: RawTable) -> str | None:
    """Day of publication that the rows carry, if it is one of a known edition."""
    said = set(raw.column(header_key(_PUBLISHED)))
    return next((row["published"] for row in _editions() if row["published"] in said), None)


@cache
def _editions() -> list[dict[str, str]]:
    """Editions that are known, oldest first."""
    return sorted(table_rows("dol_editions"), key=lambda row: row["published"])


def _standing(name: str, start: str) -> Edition:
    later = [row["published"] for row in _editions() if row["published"] > start]
    return Edition(name, start, later[0] if later else None)


def _edition(goods: pd.Series, countries: pd.Series, file: str, list_date: str | None) -> Edition:
    """Tell which edition a file holds: what the user says, what only that edition holds, the year in its name."""
    if list_date is not None:
        known = {row["published"]: row["edition"] for row in _editions()}
        return _standing(known.get(list_date, list_date), list_date)
    held = set(zip(goods, countries, strict=True))
    marked = [row for row in _editions() if (row["good"], row["country"]) in held]
    year = re.search(r"(?:19|20)[0-9]{2}", file)
    named = [row for row in _editions() if year is not None and row["edition"] >= year[0]]
    if not marked and not named:
        raise InputError(f"{file}: which edition it is cannot be told; say when it was published with --list-date")
    row = marked[-1] if marked else named[0]
    return _standing(row["edition"], row["published"])


def _findings(rows: pd.DataFrame, edition: Edition) -> pd.DataFrame:
    """Findings of valid rows, as text: one for each category that applies to a row."""
    child, forced, forced_child = (rows[name].astype(bool) for name in ("child", "forced", "forced_child"))
    only_derived = ~(child | forced | forced_child)
    parts = [
        _category(rows[forced], Category.FORCED_LABOUR),
        _category(rows[forced_child & ~forced], Category.FORCED_CHILD_LABOUR),
        _category(rows[child & ~forced & ~forced_child], Category.CHILD_LABOUR),
        _category(rows[child & (forced | forced_child)], Category.CHILD_LABOUR, ":" + Category.CHILD_LABOUR),
        _category(rows[only_derived], Category.OTHER),
    ]
    found = pd.concat(parts)
    found["id"] = f"dol:{edition.name}:" + found["scope_commodity"] + ":" + found["scope_country"] + found["suffix"]
    found = found.assign(
        kind=GOOD_COUNTRY,
        authority=PUBLISHER,
        valid_from=edition.valid_from,
        valid_to=edition.valid_to or "",
        source_title=f"{TITLE}, {edition.name} edition",
        source_url=URL,
    )
    return found.sort_values(["line", "id"], kind="stable")


def _category(rows: pd.DataFrame, category: Category, suffix: str = "") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "scope_commodity": rows["good"],
            "scope_country": rows["country"],
            "category": str(category),
            "suffix": suffix,
            "note": _notes(rows),
            "line": rows["line"],
        }
    )


def _notes(rows: pd.DataFrame) -> pd.Series:
    note = pd.Series("an indicator about a good in a country, not about any site", index=rows.index, dtype="str")
    note += rows["forced_child"].astype(bool).map({True: "; forced child labour: Yes", False: ""})
    made_of = [
        _input(good, country, origin) if derived else ""
        for good, country, origin, derived in zip(
            rows["good"], rows["country"], rows["origin"].fillna(""), rows["derived"].astype(bool), strict=True
        )
    ]
    return note + pd.Series(made_of, index=rows.index, dtype="str")


def _input(good: str, country: str, origin: str) -> str:
    """Say what a derived good is made of; only what the table knows is named."""
    named = _inputs().get((good, country, alpha2(origin) or ""), "an input")
    return f"; derived good: made of {named} that was made with child or forced labour" + (
        f" in {origin}" if origin else ""
    )


@cache
def _inputs() -> dict[tuple[str, str, str], str]:
    """What derived goods are made of, by good, country, and country of the input."""
    return {
        (row["good"], row["country"], row["upstream_country"]): row["upstream_good"]
        for row in table_rows("dol_derived")
    }

"""Format ``uflpa``: the Entity List under the Uyghur Forced Labor Prevention Act, as the HTML page that is published.

The page has one table a statutory section. Each row becomes one finding of kind ``listing`` about one party: aliases,
former names and the subsidiaries that a row names are other names of that party. A party under two sections has two
findings, each with its own day. The page names no country; all parties are in China (basis: the Act).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import lxml.html
import pandas as pd
from lxml.etree import LxmlError

from graph_core.errors import InputError
from graph_core.model import FINDINGS, Category, Column, Kind, Table
from loaders.base import US_WORK, Options, Reading, Report, delivery
from loaders.files.opening import read_bytes, sha256_of
from loaders.files.rawtable import RawTable, columns_of, header_key
from loaders.validate import check_frame, made

AUTHORITY = "US Department of Homeland Security, Forced Labor Enforcement Task Force"
TITLE = "UFLPA Entity List"
URL = "https://www.dhs.gov/uflpa-entity-list"

_MONTHS = (
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)
#: A row of the page; rejects are reported for the finding that it would have become.
_ROWS = Table(
    FINDINGS.name,
    ("section", "name"),
    (
        Column("section", Kind.TEXT, "Statutory section.", required=True),
        Column("name", Kind.TEXT, "Cell with the name, aliases and subsidiaries.", required=True),
        Column("date", Kind.DATE, "Day from which it is listed.", required=True),
    ),
    "A party under a section.",
)
#: Column -> header of the rows that are kept. The section stands above a table and in none of its columns.
_HEADERS = {"section": "section", "name": "Name of Entity", "date": "Effective Date"}

_ALIAS_WORDS = (
    r"(?:and|including)?\s*(?:an|one|two|three|four|five|six|seven|eight|nine|ten|\d+)\s+alias(?:es)?\s*:"
    r"|(?:and\s+)?(?:also|formerly|previously)\s+known\s+as|a\.?k\.?a\.?|f\.?k\.?a\.?|including\s+alias(?:es)?\s*:?"
)
_ALIASES = re.compile(rf"\(\s*(?:{_ALIAS_WORDS})", re.IGNORECASE)
_LEAD = re.compile(rf"^(?:and\s+)?(?:{_ALIAS_WORDS})\s*", re.IGNORECASE)
_SUBSIDIARIES = re.compile(
    r",?\s+and\s+(?:its\s+)?(?:[\w-]+\s+){0,3}?(?:subsidiaries|subordinate\s+and\s+affiliated\s+entities)\b"
    r"(?:,?\s*(?:which\s+include|including|namely)s?:?\s*(?P<names>.*))?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_ACRONYM = re.compile(r"^(?P<name>.+\S)\s+\((?P<short>[A-Z][A-Z&.]{2,9})\)$")
#: Ends of a company name after which "and" or a comma begins the next name.
_LEGAL_END = r"(?:Ltd|Limited|Inc|Corp|Corporation|LLC|Co|Company|Group)\.?"
_NEXT_NAME = re.compile(rf"(?<=\b)({_LEGAL_END})(?:,?\s+and\s+|,\s+(?!(?:{_LEGAL_END})(?:\W|$)))(?=[A-Z0-9])")


@dataclass(frozen=True)
class Names:
    """What one cell of the page names.

    Attributes
    ----------
    name : str
        The party, as written, without what follows.
    aliases : tuple of str
        Aliases, former names and named subsidiaries.
    subsidiaries : bool
        Whether the listing extends to its subsidiaries.
    """

    name: str
    aliases: tuple[str, ...]
    subsidiaries: bool


class Uflpa:
    """Loader of the format ``uflpa``."""

    name = "uflpa"
    title = "UFLPA Entity List"
    summary = "the HTML page as published; --list-date says on which day it was retrieved"

    def read(self, path: Path, options: Options, report: Report) -> Iterator[Reading]:
        """Read the page.

        Yields
        ------
        Reading
            ``uflpa``.

        Raises
        ------
        InputError
            It is no such page.
        """
        report("reading " + path.name, 0, 1)
        rows = _rows(read_bytes(path), path.name)
        headers = {header_key(header): header for header in _HEADERS.values()}
        yield from self.transform(RawTable(path.name, rows, headers, [], sha256_of(path)), options)
        report("reading", 1, 1)

    def transform(self, raw: RawTable, options: Options) -> Iterator[Reading]:
        """Say what rows of the page mean.

        Yields
        ------
        Reading
            ``uflpa:<day>`` where the day of retrieval is known, else ``uflpa``.
        """
        text = pd.DataFrame({column: raw.column(header_key(header)) for column, header in _HEADERS.items()})
        text = text.assign(date=text["date"].map(iso_day), line=raw.frame["line"])
        checked = check_frame(text, _ROWS, raw.file, headers=_HEADERS)
        findings = made(check_frame(_findings(checked.frame), FINDINGS, raw.file))
        source = delivery("uflpa", TITLE, self.name, raw, options, publisher=AUTHORITY, url=URL, licence=US_WORK)
        yield Reading(source, True, {"findings": findings}, checked.rejects, [checked.tally], raw.notes, raw)


LOADER = Uflpa()


def _rows(data: bytes, file: str) -> pd.DataFrame:
    """Rows of all tables that have the columns of the list, as text; ``line`` counts them over all tables.

    (The page has all its tables on one line, so that a line of the file would say nothing.)
    """
    try:
        page = lxml.html.document_fromstring(data)
    except (LxmlError, ValueError, AssertionError) as error:
        raise InputError(f"{file} is no HTML page that can be read: {error}") from error
    rows: list[list[str]] = []
    for number, table in enumerate(page.iter("table"), start=1):
        lines = [[_text(cell) for cell in row.iter("th", "td")] for row in table.iter("tr")]
        header = next((i for i, cells in enumerate(lines) if _columns(cells)), None)
        if header is None:
            continue
        name, date = _columns(lines[header]) or (0, 1)
        section = _section(table) or f"table {number}"
        for cells in lines[header + 1 :]:
            if any(cells):
                padded = [*cells, *[""] * (max(name, date) + 1)]
                rows.append([section, padded[name], padded[date]])
    if not rows:
        raise InputError(
            f"{file} is not the UFLPA Entity List: no table has the columns 'Name of Entity' (or 'Entity Name') "
            "and 'Effective Date'"
        )
    frame = columns_of([header_key(header) for header in _HEADERS.values()], rows)
    return frame.assign(line=range(1, len(rows) + 1))


def _text(cell: lxml.html.HtmlElement) -> str:
    return " ".join(str(cell.text_content()).split())


def _columns(cells: list[str]) -> tuple[int, int] | None:
    """Places of name and date in a header row."""
    folded = [cell.casefold() for cell in cells]
    name = next((i for i, cell in enumerate(folded) if cell in ("name of entity", "entity name")), None)
    date = next((i for i, cell in enumerate(folded) if cell == "effective date"), None)
    return None if name is None or date is None else (name, date)


def _section(table: lxml.html.HtmlElement) -> str:
    """Statutory section in the text just above a table."""
    for element in table.itersiblings(preceding=True):
        if element.tag == "table":
            return ""
        found = re.findall(r"2\(d\)\(2\)\(B\)\(([ivx]+)\)", str(element.text_content()))
        if found:
            return f"2(d)(2)(B)({found[-1]})"
    return ""


def iso_day(text: str) -> str:
    """Day of a date such as ``June 21, 2022``, whatever the language of the machine.

    Returns
    -------
    str
        ``YYYY-MM-DD``; the text itself where it is no such date, so that validation can say so.
    """
    match = re.fullmatch(r"([A-Za-z]+)\.?\s+([0-9]{1,2}),?\s+([0-9]{4})", text.strip())
    if match is None or len(match[1]) < 3:
        return text
    months = [i for i, name in enumerate(_MONTHS, start=1) if name.startswith(match[1].casefold())]
    return f"{match[3]}-{months[0]:02d}-{int(match[2]):02d}" if months else text


def parse_names(cell: str) -> Names:
    """Take a cell apart into the party and its other names.

    Parameters
    ----------
    cell : str
        Such as ``X Co., Ltd. (including two aliases: A; and B) and subsidiaries``.

    Returns
    -------
    Names
        Every name as written.
    """
    rest, aliases = cell.strip(), list[str]()
    while opened := _ALIASES.search(rest):
        closed = _closing(rest, opened.start())
        aliases += split_names(rest[opened.start() + 1 : closed])
        rest = f"{rest[: opened.start()].rstrip()} {rest[closed + 1 :].lstrip()}".strip()
    extends = _SUBSIDIARIES.search(rest)
    if extends:
        aliases += split_names(extends["names"] or "")
        rest = rest[: extends.start()].rstrip(" ,")
    if acronym := _ACRONYM.match(rest):
        rest = acronym["name"]
        aliases.append(acronym["short"])
    others = [name for name in dict.fromkeys(aliases) if name and name != rest]
    return Names(rest, tuple(others), extends is not None)


def _closing(text: str, start: int) -> int:
    """Place of the bracket that closes the one at ``start``; the end of the text where none does."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] == "(") - (text[place] == ")")
        if depth == 0:
            return place
    return len(text)


def split_names(text: str) -> list[str]:
    """Split a list of names.

    Names are divided by semicolons; "and" or a comma divides two names only after a legal form, since both also
    occur inside names ("Baosteel Group Xinjiang Bayi Iron and Steel Co., Ltd.").

    Returns
    -------
    list of str
        Names as written.
    """
    again = rf"\s+and\s+(?=(?:{_ALIAS_WORDS}))"
    names = []
    for part in re.split(rf";|{again}", text, flags=re.IGNORECASE):
        whole = _LEAD.sub("", re.sub(r"^and\s+", "", part.strip(), flags=re.IGNORECASE))
        names += [name.strip(" ,;") for name in _NEXT_NAME.sub("\\1\x1f", whole).split("\x1f")]
    return [name for name in names if name]


def _findings(rows: pd.DataFrame) -> pd.DataFrame:
    """Findings of valid rows, as text."""
    parsed = [parse_names(cell) for cell in rows["name"]]
    plain = [cell if names.name != cell else "" for cell, names in zip(rows["name"], parsed, strict=True)]
    return pd.DataFrame(
        {
            "id": "uflpa:" + rows["section"] + ":" + rows["name"],
            "subject_name": [names.name for names in parsed],
            "subject_aliases": ["|".join(name.replace("|", "/") for name in names.aliases) for names in parsed],
            "subject_country": "CN",
            "kind": "listing",
            "category": str(Category.FORCED_LABOUR),
            "authority": AUTHORITY,
            "valid_from": rows["date"],
            "includes_subsidiaries": [str(names.subsidiaries) for names in parsed],
            "source_title": TITLE + ", section " + rows["section"],
            "source_url": URL,
            "note": [f"listed as: {cell}" if cell else "" for cell in plain],
            "line": rows["line"],
        }
    )

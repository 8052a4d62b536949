"""Entities of OpenSanctions as rows of text, and what their cells say.

A property has several values. In a cell they stand one after another with ``;`` between them, a value that holds a
``;`` or a quotation mark in quotation marks: the way in which ``targets.simple.csv`` writes them.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from stdnum import lei
from stdnum.cn import uscc

from graph_core.errors import InputError
from loaders.countries import alpha2
from loaders.formats.opensanctions.keys import schemata, schemes

#: Headers that an entity has beside its properties, by the column of a row.
HEADERS = {
    "id": "id",
    "schema": "schema",
    "caption": "caption",
    "datasets": "datasets",
    "first_seen": "first_seen",
    "last_seen": "last_seen",
    "last_change": "last_change",
}
_NAMES = ("name", "alias", "previousName")
_LISTING = ("authority", "program", "programUrl", "sourceUrl", "reason", "provisions", "status", "listingDate")
#: What a person has and nobody needs here.
_PRIVATE = frozenset({"address", "website"})
#: Ends of an order or list that take in the subsidiaries, as the whole of a note.
_SUBSIDIARIES = re.compile(
    r"\W*(and|including)?\s*(its|their|all)?\s*(subsidiaries|subordinates|subordinate and affiliated entities)"
    r"(\s+and\s+(joint ventures|affiliates|subsidiaries))?\W*",
    re.IGNORECASE,
)
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ].*)?)?)?", re.ASCII)
_DATES_AT_END = re.compile(r"(?:^| - )(\d{4}(?:-\d\d){0,2})(?: - (\d{4}(?:-\d\d){0,2}))?$", re.ASCII)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%?")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*%?\s*(?:-|–|to)\s*(\d+(?:\.\d+)?)\s*%?")
_LEAST = re.compile(r"(?:>=?|more than|over|at least|from)\s*(\d+(?:\.\d+)?)\s*%?", re.IGNORECASE)
_IMO = re.compile(r"(?:IMO\s*)?(\d{7})")


def column(prop: str) -> str:
    """Column of a property in a row."""
    return "properties." + prop.casefold()


def properties() -> dict[str, str]:
    """Properties that are read, by name: the column of each.

    Returns
    -------
    dict
        In the order in which the columns stand.
    """
    ends = [end for schema in schemata().values() for end in (schema.start, schema.end) if end]
    names = (*_NAMES, "jurisdiction", "mainCountry", "country", "flag", "address", "website", "topics", "programId")
    rest = ("notes", *schemes(), *ends, "percentage", "startDate", "endDate", *_LISTING)
    return {name: column(name) for name in (*names, *rest)}


# --- cells -----------------------------------------------------------------------------------------------------


def cell(values: Iterable[str]) -> str:
    """One cell of several values."""
    texts = [text for value in values if (text := " ".join(value.split()))]
    if not texts:
        return ""
    if len(texts) == 1 and ";" not in texts[0] and '"' not in texts[0]:
        return texts[0]
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="").writerow(texts)
    return out.getvalue()


def values(text: str) -> list[str]:
    """The values of a cell, without empty and repeated ones."""
    if ";" not in text and '"' not in text:
        return [text] if text else []
    try:
        parts = [part for line in csv.reader([text], delimiter=";") for part in line]
    except csv.Error:
        parts = text.split(";")
    return list(dict.fromkeys(part for part in map(str.strip, parts) if part))


def joined(parts: Iterable[str]) -> str:
    """Several values as the record tables hold them."""
    return "|".join(part.replace("|", "/") for part in parts)


def flat(entity: dict[str, Any], wanted: dict[str, str], file: str) -> dict[str, str]:
    """A row of an entity.

    Parameters
    ----------
    entity : dict
        As the file writes it.
    wanted : dict
        `properties`.
    file : str
        Name of the file, for messages.

    Returns
    -------
    dict
        Cells by column; those that are empty are left out. Of persons neither address, web site nor any number is
        taken, so that no record and no rejected row can hold them.

    Raises
    ------
    InputError
        It holds other entities inside it (``targets.nested.json``).
    """
    row = {}
    for name in HEADERS:
        value = entity.get(name)
        if isinstance(value, list):
            row[name] = cell(map(str, value))
        elif value is not None:
            row[name] = " ".join(str(value).split())
    person = (schema := schemata().get(row.get("schema", ""))) is not None and schema.role == "person"
    props = entity.get("properties")
    for name, given in props.items() if isinstance(props, dict) else ():
        said = given if isinstance(given, list) else [given]
        if any(isinstance(value, dict) for value in said):
            raise InputError(
                f"{file} holds entities inside entities ({entity.get('id')!r}, {name}); load entities.ftm.json of the "
                "same dataset instead of targets.nested.json"
            )
        place = wanted.get(name)
        if place is None or (person and (name in _PRIVATE or name in schemes())):
            continue
        texts = [str(value) for value in said if value is not None]
        if name == "notes":  # long, and only one kind of them has a meaning here
            texts = [text for text in texts if _SUBSIDIARIES.fullmatch(text)]
        if text := cell(texts):
            row[place] = text
    return row


# --- what they say ---------------------------------------------------------------------------------------------


def takes_in_subsidiaries(notes: str) -> bool:
    """Whether the notes say that the listing takes in the subsidiaries."""
    return any(_SUBSIDIARIES.fullmatch(note) for note in values(notes))


class Named(NamedTuple):
    """Name of a party, and its other names."""

    name: str
    aliases: list[str]


def named(caption: str, schema: str, name: str, *others: str) -> Named:
    """Choose the name that is shown.

    Parameters
    ----------
    caption, schema : str
        Of the entity. A caption that is the word for the schema stands where there is no name, and is none.
    name : str
        Cell of its names.
    *others : str
        Cells of its other names. Weak aliases and abbreviations are not among them: OpenSanctions says of them that
        they should not be used for matching.
    """
    said = values(name)
    has_name = bool(said) or any(others) or caption != schema
    chosen = caption if caption and has_name else next(iter(said), "")
    return Named(chosen, [text for text in dict.fromkeys([*said, *map_values(others)]) if text != chosen])


def map_values(cells: Iterable[str]) -> list[str]:
    """The values of several cells."""
    return [value for text in cells for value in values(text)]


@lru_cache(maxsize=100_000)
def country(*levels: str) -> str:
    """Country of a party: of the first of some cells that names one.

    Parameters
    ----------
    *levels : str
        Cells, the most exact statement first.

    Returns
    -------
    str
        ISO alpha-2 code; empty where none is named, and ``"?"`` where the first cell that names any names several.
    """
    for text in levels:
        # Territories are written as the code of a country and more, such as gb-sct; some codes are of no country.
        codes = {code for value in values(text) if (code := alpha2(value) or alpha2(value.partition("-")[0]))}
        if codes:
            return codes.pop() if len(codes) == 1 else "?"
    return ""


def first_day(cells: Iterable[str]) -> str:
    """First day that some dates may mean: the earliest; of a year or month its first day.

    Returns
    -------
    str
        ISO day; the text itself where it is no date.
    """
    texts = list(map_values(cells))
    days = [_span(text) for text in texts]
    known = [span[0] for span in days if span]
    return min(known) if known else next(iter(texts), "")


def day_after(cells: Iterable[str]) -> str:
    """First day after the last of some dates, each of which is the last day on which something held.

    Returns
    -------
    str
        ISO day; the text itself where it is no date.
    """
    texts = list(map_values(cells))
    days = [_span(text) for text in texts]
    known = [span[1] for span in days if span]
    return max(known) if known else next(iter(texts), "")


@lru_cache(maxsize=50_000)
def _span(text: str) -> tuple[str, str] | None:
    """First day of a date, month or year, and the first day after it."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
    try:
        first = dt.date(year, month, day)
        if match[3]:
            after = first + dt.timedelta(days=1)
        elif match[2]:
            after = dt.date(year + month // 12, month % 12 + 1, 1)
        else:
            after = dt.date(year + 1, 1, 1)
    except (ValueError, OverflowError):
        return None
    return first.isoformat(), after.isoformat()


def partial(cells: Iterable[str]) -> bool:
    """Whether one of some dates is a year or month alone."""
    return any(len(text) < 10 for text in map_values(cells))


def dates_at_end(text: str) -> tuple[str, str]:
    """Dates at the end of the text of a sanction: first day, and first day after the last; empty where not given.

    Two dates are a beginning and an end, as the file writes them.
    """
    match = _DATES_AT_END.search(text)
    if match is None or _span(match[1]) is None:
        return "", ""
    return first_day([match[1]]), day_after([match[2]]) if match[2] and _span(match[2]) else ""


def only_dates(text: str) -> bool:
    """Whether the text of a sanction names no program and no reason."""
    match = _DATES_AT_END.search(text)
    return match is not None and match.start() == 0


def percent(text: str) -> str:
    """Share that a holding has at least.

    Parameters
    ----------
    text : str
        Cell of percentages such as ``51``, ``51.5 %`` or ``25-50``.

    Returns
    -------
    str
        A number: of several the largest, of a range its lower end. The text itself where it is none, so that
        validation can say so: without a share a holding would count as control.
    """
    known = [share for share in map(_share, values(text)) if share is not None]
    return f"{max(known):.15g}" if known else text


@lru_cache(maxsize=20_000)
def _share(text: str) -> float | None:
    text = re.sub(r"^(\d{1,3}),(\d{1,2})(?!\d)", r"\1.\2", text)
    match = _PERCENT.fullmatch(text) or _SPAN.fullmatch(text) or _LEAST.fullmatch(text)
    return float(match[1]) if match else None


def identifiers(cells: dict[str, str]) -> tuple[str, list[str]]:
    """Numbers of a party.

    Parameters
    ----------
    cells : dict
        Scheme -> cell.

    Returns
    -------
    lei : str
        The first valid Legal Entity Identifier.
    others : list of str
        All other numbers as ``SCHEME:number``.
    """
    found = ""
    others = []
    for scheme, text in cells.items():
        for number in values(text):
            if scheme == "LEI" and not found and lei.is_valid(number):
                found = lei.compact(number)
            else:
                others.append(f"{scheme}:{number.upper().removeprefix('IMO') if scheme == 'IMO' else number}")
    return found, others


@lru_cache(maxsize=100_000)
def scheme_of(number: str) -> str:
    """Scheme of a number that stands alone; ``ID`` where its form does not tell."""
    if lei.is_valid(number):
        return "LEI"
    if uscc.is_valid(number):
        return "USCC"
    return "IMO" if _IMO.fullmatch(number) and number.upper().startswith("IMO") else "ID"


def distinct(parts: Sequence[str]) -> list[str]:
    """Without empty and repeated ones."""
    return list(dict.fromkeys(part for part in parts if part))

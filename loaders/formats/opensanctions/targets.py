"""Rows of ``targets.simple.csv``: a party each, with its listings as text.

The file has no topics, no ties between parties and no listing as a record of its own. What a row is listed for is told
by its programs, by the names of programs in the texts of its sanctions, and by the titles of its datasets; dates are
those at the end of the texts. A row that names none of them is a party without a finding: politically exposed persons
stand in such files too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from graph_core.model import FINDINGS, ORGANIZATIONS, Category, Column, Kind
from loaders.base import Reading, Tally
from loaders.files.rawtable import RawTable
from loaders.formats.opensanctions.cells import (
    cell,
    country,
    dates_at_end,
    distinct,
    identifiers,
    joined,
    only_dates,
    scheme_of,
    values,
)
from loaders.formats.opensanctions.findings import UNDATED
from loaders.formats.opensanctions.keys import ALWAYS, Key, keys, listing_key, schemata, titles
from loaders.formats.opensanctions.survey import OTHERS, PUBLISHER, Origin, left_out
from loaders.validate import Seen, check_frame, made

#: Columns of the file that are read.
COLUMNS = (
    *("id", "schema", "name", "aliases", "countries", "addresses", "identifiers", "sanctions", "program_ids"),
    *("dataset", "first_seen", "last_seen", "last_change"),
)
REQUIRED = ("id", "schema", "name")
#: Columns that are about persons and that nothing here needs.
PRIVATE = ("birth_date", "phones", "emails")
_UNCLEAR = "whether their order stands this file does not say"
_EXTRA = ("sanctions", "program_ids", "dataset")
_ROWS = replace(
    ORGANIZATIONS,
    columns=(
        *ORGANIZATIONS.columns,
        Column("schema", Kind.TEXT, "What it is.", required=True),
        *(Column(name, Kind.TEXT, "As in the file.") for name in _EXTRA),
    ),
)


def without_private(raw: RawTable) -> RawTable:
    """The rows without what is about persons: dates of birth, phones, mail; and persons without addresses, numbers."""
    taken = [name for name in PRIVATE if name in raw.headers]
    frame = raw.frame.drop(columns=taken)
    persons = raw.column("schema").map(lambda name: name in schemata() and schemata()[name].role == "person")
    for name in ("addresses", "identifiers"):
        if name in raw.headers:
            frame[name] = frame[name].where(~persons.astype(bool), "")
    headers = {key: header for key, header in raw.headers.items() if key not in taken}
    return replace(raw, frame=frame, headers=headers)


def _is_party(schema: str) -> bool:
    return schema in schemata() and schemata()[schema].record == "party"


def dataset_names(cells: pd.Series) -> set[str]:
    """Names of the datasets that some cells of titles name; a title that is not known stands as it is."""
    return {name_of(title) for text in cells.unique() for title in values(text)}


def name_of(title: str) -> str:
    """Name of the dataset with this title; of one that is not known a name made of the title."""
    known = titles().get(title.casefold())
    return known or "_".join("".join(c if c.isalnum() else " " for c in title.casefold()).split())


@dataclass
class Rows:
    """Turns pieces of one file of targets into readings.

    Parameters
    ----------
    origin : Origin
        Of what the file is a delivery.
    format_name : str
        Name of the format.
    """

    origin: Origin
    format_name: str

    def __post_init__(self) -> None:
        self._seen = Seen()
        self._counts: Counter[str] = Counter()
        self._left: Counter[str] = Counter()

    def reading(self, raw: RawTable) -> Reading:
        """Say what a piece of the file means."""
        kept = raw.column("schema").map(lambda name: not name or _is_party(name)).astype(bool)
        rows = {name: raw.column(name)[kept] for name in COLUMNS}
        places = [country(text) for text in rows["countries"]]
        numbers = [_numbers(text) for text in rows["identifiers"]]
        text = pd.DataFrame(
            {
                "id": rows["id"],
                "name": rows["name"],
                "aliases": [joined(values(text)) for text in rows["aliases"]],
                "country": [place.replace("?", "") for place in places],
                "lei": [number for number, _ in numbers],
                "roles": rows["schema"].map({name: schema.role for name, schema in schemata().items()}).fillna(""),
                "address": ["; ".join(values(text)) for text in rows["addresses"]],
                "identifiers": [joined(others) for _, others in numbers],
                "schema": rows["schema"],
                **{name: rows[name] for name in _EXTRA},
                "line": raw.frame.loc[kept, "line"],
                "origin": rows["id"],
                "first_seen": rows["first_seen"].str[:10],
                "last_seen": rows["last_seen"].str[:10],
            }
        )
        headers = {**raw.headers, "country": raw.headers.get("countries", "countries")}
        checked = check_frame(text, _ROWS, raw.file, raw.rejects, headers=headers, seen=self._seen)
        if several := sum(place == "?" for place in places):
            self._counts[
                "parties that name several countries, of which none was taken, so that matches by name wait"
            ] += several
        records = {ORGANIZATIONS.name: checked.frame.drop(columns=["schema", *_EXTRA])}
        said: list[dict[str, Any]] = checked.frame.fillna("").to_dict("records")  # type: ignore[assignment]
        found = [row for party in said for row in self._findings(party)]
        if found:
            records[FINDINGS.name] = made(check_frame(pd.DataFrame(found), FINDINGS, raw.file))
        tallies = [checked.tally]
        if others := int((~kept).sum()):
            tallies.append(Tally(OTHERS, read=others, merged=others))
            self._left.update(raw.column("schema")[~kept])
        source = self.origin.source(self.format_name, raw.sha256)
        return Reading(source, True, records, checked.rejects, tallies, list(raw.notes), raw)

    def notes(self, file: str) -> list[str]:
        """What a user should know of the whole file."""
        found = [f"{file}: read as the dataset {self.origin.dataset!r} ({self.origin.why})"] if self.origin.why else []
        found.append(f"{file}: this file has no ties between parties and no topics; entities.ftm.json has them")
        found += [f"{file}: {text}: {number:,}" for text, number in sorted(self._counts.items())]
        return [*found, *left_out(file, self._left)]

    def _findings(self, party: dict[str, Any]) -> list[dict[str, object]]:
        texts, unclear = by_category(party)
        if unclear:
            self._counts[f"parties in a list that keeps orders which have ended; {_UNCLEAR}"] += 1
            texts.setdefault(str(Category.OTHER), [f"in {title}; {_UNCLEAR}" for title in unclear])
        if not texts:
            self._counts["parties that name no sanction and no program, without a finding"] += 1
        return [_finding(party, category, said) for category, said in texts.items()]


def _numbers(text: str) -> tuple[str, list[str]]:
    by_scheme: dict[str, list[str]] = {}
    for number in values(text):
        by_scheme.setdefault(scheme_of(number), []).append(number)
    return identifiers({scheme: cell(numbers) for scheme, numbers in by_scheme.items()})


def by_category(party: dict[str, Any]) -> tuple[dict[str, list[str]], list[str]]:
    """What a row is listed for, and the texts of its sanctions that say so.

    Parameters
    ----------
    party : dict
        Cells ``sanctions``, ``program_ids`` and ``dataset``.

    Returns
    -------
    texts : dict
        Category -> texts, perhaps none.
    unclear : list of str
        Titles of datasets of the row that hold listings and listings that have ended, where nothing says which of them
        this is.
    """
    known = keys()["program"]
    programs = [known.get(program.casefold()) for program in values(party["program_ids"])]
    lists = [keys()["dataset"].get(name_of(title)) for title in values(party["dataset"])]
    found = [key for key in (*programs, *lists) if key is not None and key.listed == ALWAYS]
    texts: dict[str, list[str]] = {key.category: [] for key in found}
    for text in values(party["sanctions"]):
        texts.setdefault(_category(text, programs, lists), []).append(text)
    if None in programs:
        texts.setdefault(str(Category.SANCTION), [])
    open_ = [key.title for key in lists if key is not None and key.listed != ALWAYS and key.category not in texts]
    return texts, open_


def _category(text: str, programs: list[Key | None], lists: list[Key | None]) -> str:
    """What the text of one sanction is about.

    A text that names no program that is known belongs to the programs of its row, or to its lists, only where all of
    them are known and of one category. One of dates alone can only be of a list whose listings name no program.
    """
    if key := listing_key([], [text], []):
        return key.category
    of_lists = {key.category if key else "" for key in lists if key is None or key.plain or not only_dates(text)}
    if only_dates(text) and len(of_lists) == 1 and "" not in of_lists:
        return of_lists.pop()
    known = {key.category if key else "" for key in (programs or lists)}
    return known.pop() if len(known) == 1 and "" not in known else str(Category.SANCTION)


def _finding(party: dict[str, Any], category: str, texts: list[str]) -> dict[str, object]:
    dates = [dates_at_end(text) for text in texts]
    starts = [start for start, _ in dates if start]
    ends = [end for _, end in dates if end]
    after = max(ends) if ends and len(ends) == len(dates) else ""
    first, note = (min(starts), "") if starts else (party["first_seen"], UNDATED if party["first_seen"] else "")
    if after and first and first >= after:
        first = ""
    programs = party["program_ids"]
    notes = [*texts, f"program: {', '.join(values(programs))}" if programs else "", note]
    return {
        "id": f"opensanctions:{party['id']}:{category}",
        "subject_id": party["id"],
        "subject_name": party["name"],
        "subject_aliases": party["aliases"],
        "subject_country": party["country"],
        "kind": "listing",
        "category": category,
        "authority": PUBLISHER,
        "valid_from": first,
        "valid_to": after,
        "source_title": "; ".join(values(party["dataset"])),
        "source_url": f"https://www.opensanctions.org/entities/{party['id']}/",
        "note": "; ".join(distinct(notes)),
        "origin": f"{party['id']}#{category}",
        **{name: party[name] for name in ("line", "first_seen", "last_seen")},
    }

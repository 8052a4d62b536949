"""What has to be known of a whole file of OpenSanctions before the first of its rows can be understood.

Entities come in any order: a listing may stand before or after its party, and what a party's topics mean depends on
whether it has a listing. So a file is read twice: first for the listings and the names of their parties, of which this
keeps a few hundred bytes each, then for the records.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph_core.errors import InputError
from loaders.base import Options, date_in, source_row
from loaders.files.json_text import decoded
from loaders.files.opening import open_file
from loaders.files.rawtable import Unread
from loaders.files.tablefile import json_line_chunks, json_records
from loaders.formats.opensanctions.cells import country, named, takes_in_subsidiaries, values
from loaders.formats.opensanctions.keys import category_by_subject, collections, listing_key, schemata

PUBLISHER = "OpenSanctions"
LICENCE = "CC BY-NC 4.0 (https://www.opensanctions.org/licensing/)"
#: Dataset of a file that does not say of which it is.
UNNAMED = "default"
#: Tally of entities that the records hold nothing of.
OTHERS = "other entities"
#: Kinds of them at most in a note.
_SHOWN = 8
#: Folders above a file in whose names the dataset is looked for.
_FOLDERS = 3
#: Largest line that is looked into, in bytes.
_MAX_LINE = 16 << 20
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
Row = dict[str, str]


@dataclass(frozen=True)
class Party:
    """What a listing needs to know of its party.

    Attributes
    ----------
    name, country : str
        Country as `loaders.formats.opensanctions.cells.country` gives it.
    aliases : list of str
        Other names.
    subsidiaries : bool
        Its notes say that the listing takes in the subsidiaries.
    topics, datasets : list of str
        As the file gives them.
    """

    name: str
    aliases: list[str]
    country: str
    subsidiaries: bool
    topics: list[str]
    datasets: list[str]

    @classmethod
    def of(cls, row: Row) -> Party:
        """Read from a row of an entity."""
        name = named(*(row.get(c, "") for c in ("caption", "schema", *_NAMES)))
        place = country(*(row.get(c, "") for c in COUNTRIES))
        return cls(
            name.name,
            name.aliases,
            place,
            takes_in_subsidiaries(row.get("properties.notes", "")),
            values(row.get("properties.topics", "")),
            values(row.get("datasets", "")),
        )


_NAMES = ("properties.name", "properties.alias", "properties.previousname")
#: Columns that name the country of a party, the most exact statement first.
COUNTRIES = ("properties.jurisdiction", "properties.maincountry", "properties.flag", "properties.country")


@dataclass
class Survey:
    """What a file holds as a whole.

    Attributes
    ----------
    delta : bool
        Its rows are changes of another file.
    datasets : set of str
        Datasets, or titles of datasets, of all rows.
    last_seen : str
        Latest day on which OpenSanctions saw a row; empty where no row says.
    parties : dict of str to Party
        Those with a listing in the file, by id.
    """

    delta: bool = False
    datasets: set[str] = field(default_factory=set)
    last_seen: str = ""
    parties: dict[str, Party] = field(default_factory=dict)
    _listings: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)

    def note(self, datasets: Iterable[str], last_seen: str) -> None:
        """Take note of a row."""
        self.datasets.update(datasets)
        if _DAY.fullmatch(last_seen[:10]):
            self.last_seen = max(self.last_seen, last_seen[:10])

    def add_listing(self, row: Row) -> None:
        """Take note of a listing and of the parties that it is about."""
        datasets = values(row.get("datasets", ""))
        key = listing_key(values(row.get("properties.programid", "")), texts_of(row), datasets)
        said = (key.category,) if key else ("", *datasets)
        for party in values(row.get("properties.entity", "")):
            self._listings.setdefault(party, set()).add(said)

    def add_party(self, row: Row) -> None:
        """Take note of a party, where it has a listing."""
        if row.get("id") in self._listings:
            self.parties[row["id"]] = Party.of(row)

    def is_listed(self, party: str) -> bool:
        """Whether a party has a listing in this file."""
        return party in self._listings

    def categories(self, party: str) -> set[str] | None:
        """Categories of the listings of a party; ``None`` where it has none in this file."""
        if party not in self._listings:
            return None
        return {said[0] or self.by_party(party, said[1:]) for said in self._listings[party]}

    def by_party(self, party: str, datasets: Iterable[str]) -> str:
        """Category of a listing that does not say itself what it is about."""
        known = self.parties.get(party)
        return category_by_subject(tuple(datasets), known.topics if known else None, known.datasets if known else ())


def texts_of(row: Row) -> list[str]:
    """Names of the programs of a listing, and of who lists."""
    return [*values(row.get("properties.program", "")), *values(row.get("properties.authority", ""))]


# --- entities of a file ----------------------------------------------------------------------------------------


def is_json_lines(path: Path) -> bool:
    """Whether the first line of a file is an entity or change by itself, however long."""
    with open_file(path) as stream:
        line = stream.readline(_MAX_LINE).removeprefix(b"\xef\xbb\xbf")
        while line and not line.strip():
            line = stream.readline(_MAX_LINE)
    value = _value(line)
    return isinstance(value, dict) and not any(
        isinstance(v, list) and v and isinstance(v[0], dict) for v in value.values()
    )


def _value(line: bytes) -> Any:
    try:
        return decoded(line)
    except (ValueError, RecursionError):
        return None


def pieces(path: Path, size: int) -> Iterator[tuple[list[tuple[int, Any]], list[Unread]]]:
    """Objects of a file with their lines, and lines that are none, ``size`` at a time."""
    if is_json_lines(path):
        yield from json_line_chunks(path, size)
        return
    found: list[tuple[int, Any]] = []
    unread: list[Unread] = []
    for number, record in enumerate(json_records(path), start=1):
        text = json.dumps(record, ensure_ascii=False)
        if not isinstance(record, dict):
            unread.append((number, text[:200], "is no JSON object"))
        elif "\\u0000" in text:
            unread.append((number, text[:200], "holds a NUL byte"))
        else:
            found.append((number, record))
    yield found, unread


def listings_of(path: Path) -> Iterator[dict[str, Any]]:
    """Changes and entities that are listings, in short: only lines that name the schema are looked into."""
    if not is_json_lines(path):
        for found, _ in pieces(path, 1):
            yield from (record for _, record in found if entity_of(record).get("schema") in _listing_schemata())
        return
    marks = [f'"{name}"'.encode() for name in _listing_schemata()]
    with open_file(path) as stream:
        while line := stream.readline(_MAX_LINE):
            if any(mark in line for mark in marks):
                record = _value(line.removeprefix(b"\xef\xbb\xbf"))
                if isinstance(record, dict) and entity_of(record).get("schema") in _listing_schemata():
                    yield record


def _listing_schemata() -> list[str]:
    return [name for name, schema in schemata().items() if schema.record == "listing"]


def entity_of(record: dict[str, Any]) -> dict[str, Any]:
    """The entity of a line: itself, or what a line of changes is about."""
    inner = record.get("entity") if "op" in record else record
    return inner if isinstance(inner, dict) else {}


# --- of which dataset it is ------------------------------------------------------------------------------------


def dataset_of(survey: Survey, path: Path | None, options: Options) -> tuple[str, str]:
    """Name of the dataset of which a file is.

    What the user says (``--series``); else what the data says: the one dataset of all rows of a full file, the name of
    a folder above the file where it is that of a collection or of a dataset in the file; else ``default``. A file of
    changes may hold changes of one dataset of a large collection alone, so that its rows decide last. No other name
    of a folder counts: the same bytes have to be the same source on every machine.

    Parameters
    ----------
    survey : Survey
        Of the file.
    path : Path or None
        The file.
    options : Options
        What the user said.

    Returns
    -------
    name : str
        As in the addresses of OpenSanctions.
    why : str
        How it was found, for a note.

    Raises
    ------
    InputError
        The name that the user gave is none, or it cannot be told what a file of changes changes.
    """
    if options.series is not None:
        name = options.series.strip()
        if not name or any(c.isspace() or c == ":" for c in name):
            raise InputError(f"--series {options.series!r} is no name of a dataset; write one such as us_dhs_uflpa")
        return name, "as --series says"
    sole = next(iter(survey.datasets)) if len(survey.datasets) == 1 else ""
    folder = ""
    if path is not None:
        known = collections() | survey.datasets
        folder = next((p.name for p in list(path.absolute().parents)[:_FOLDERS] if p.name in known), "")
    found = [(sole, "the only one that its rows name"), (folder, "after its folder")]
    for name, why in reversed(found) if survey.delta else found:
        if name:
            return name, why
    if survey.delta:
        raise InputError(
            "which dataset the changes are of cannot be told: their rows name none or several, and no folder above the "
            "file does; say it with --series, such as --series default"
        )
    return UNNAMED, "since it does not say; --series names another"


@dataclass(frozen=True)
class Origin:
    """Of what a file is a delivery.

    Attributes
    ----------
    dataset : str
        Name of the dataset.
    day : str or None
        Day of the data: the user's, that in the name of the file, or the latest on which a row was seen.
    delta : bool
        Whether it is a file of changes.
    why : str
        How the dataset was found.
    """

    dataset: str
    day: str | None
    delta: bool
    why: str = ""

    @classmethod
    def of(cls, survey: Survey, path: Path | None, file: str, options: Options) -> Origin:
        """Find out for a file."""
        name, why = dataset_of(survey, path, options)
        return cls(name, options.list_date or date_in(file) or survey.last_seen or None, survey.delta, why)

    @property
    def id(self) -> str:
        """Id of the source of the full file."""
        return source_id(self.dataset)

    def source(self, format_name: str, sha256: str) -> dict[str, str | None]:
        """Row of the source."""
        title = f"OpenSanctions: {self.dataset}"
        url = dataset_url(self.dataset)
        if not self.delta:
            return source_row(self.id, title, format_name, sha256, PUBLISHER, url, LICENCE, self.day)
        changes = f"{self.id}:delta:{sha256[:12]}"
        title += ", changes"
        return source_row(changes, title, format_name, sha256, PUBLISHER, url, LICENCE, self.day, amends=self.id)


def source_id(dataset: str) -> str:
    """Id of the source of a dataset."""
    return f"opensanctions:{dataset}"


def dataset_url(dataset: str) -> str:
    """Address of the page about a dataset."""
    return f"https://www.opensanctions.org/datasets/{dataset}/"


def left_out(file: str, schemas: Counter[str]) -> list[str]:
    """Say how many entities of which schema were not kept."""
    if not schemas:
        return []
    names = [f"{number:,} {name}" for name, number in schemas.most_common(_SHOWN)]
    more = ", ..." if len(schemas) > _SHOWN else ""
    return [f"{file}: kept nothing of {', '.join(names)}{more}; no record table holds what they say"]

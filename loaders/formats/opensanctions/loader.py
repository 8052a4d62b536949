"""Format ``opensanctions``: sanctions, watchlists and the companies around them, as OpenSanctions publishes them.

Three kinds of file, told by what is in them: ``entities.ftm.json`` (one entity a line), ``entities.delta.json`` (one
change of an entity a line) and ``targets.simple.csv`` (one listed party a row). An entity becomes an organization, a
holding or another tie, or a finding; which of them is data (`loaders.formats.opensanctions.keys`).

The traps and how each is decided:

* **What is forced labour**: only a program, dataset or topic that is known to be about it. Entries of the UFLPA list
  and active orders of CBP carry the topic ``sanction`` alone, and orders that have ended stand beside them without one.
  A BIS listing is export control. To be near a sanctioned party or politically exposed is no forced labour.
* **Listings and topics**: a Sanction entity has dates, a topic has none. What a topic says becomes a finding only where
  no listing of the party says it, so that a listing that ended does not live on in a topic.
* **Order**: entities come in any order; a file is read twice (`loaders.formats.opensanctions.survey`).
* **Ties that are no control**: directors, members, agents and links of a kind that is not known are kept as ``other``.
  A share that is written as a range counts with its lower end; one that is no number rejects its row, since a holding
  without a share would count as control.
* **Persons** are kept with their names and countries. Dates of birth, documents, addresses and numbers are not read.
* **Weak aliases and abbreviations** are no names here: OpenSanctions itself does not match by them.
* **Several countries**: none is taken, so that no match by name is accepted that only one of them would bear out.
* **Changes**: a file of changes is a source of its own that amends the full file. It takes back what changed or went
  and says what is new; the next full file takes the place of both.
* **Entities of no use here** (addresses, passports, positions, relatives, ...) are counted as ``other entities``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from graph_core.errors import InputError
from loaders.base import Options, Reading, Report
from loaders.files.opening import FileKind, kind_of, sha256_of
from loaders.files.rawtable import RawTable, Unread, header_key, rejects_frame
from loaders.files.tablefile import read_chunks
from loaders.formats.opensanctions.cells import HEADERS, column, flat, properties, values
from loaders.formats.opensanctions.keys import schemata
from loaders.formats.opensanctions.records import Pieces
from loaders.formats.opensanctions.survey import Origin, Row, Survey, entity_of, listings_of, pieces
from loaders.formats.opensanctions.targets import COLUMNS, REQUIRED, Rows, dataset_names, without_private

#: Lines of a piece.
SIZE = 20_000
#: Column of a row that says of which dataset its file is, and its header, so that a corrected row still says so.
_DATASET, _DATASET_HEADER = "file_dataset", "file dataset"
_PRIVATE_NOTE = "of persons names and countries are kept; dates of birth, documents, addresses and numbers are not read"


class OpenSanctions:
    """Loader of the format ``opensanctions``."""

    name = "opensanctions"
    title = "OpenSanctions: sanctions, watchlists and owners"
    summary = "entities.ftm.json, its changes entities.delta.json, or targets.simple.csv; --series names the dataset"

    def read(self, path: Path, options: Options, report: Report) -> Iterator[Reading]:
        """Read a file of entities, of changes, or of targets.

        Yields
        ------
        Reading
            ``opensanctions:<dataset>``, or ``opensanctions:<dataset>:delta:<checksum>``, in pieces.

        Raises
        ------
        InputError
            It is none of the three.
        """
        kind = kind_of(path)
        if kind in (FileKind.JSON, FileKind.JSON_LINES):
            yield from self._entities(path, options, report)
        elif kind is FileKind.MARKUP:
            raise InputError(f"{path.name} is {kind}; load entities.ftm.json or targets.simple.csv of a dataset")
        else:
            yield from self._targets(path, options, report)

    def transform(self, raw: RawTable, options: Options) -> Iterator[Reading]:
        """Say what rows of a file mean; the columns tell of which kind they are.

        Yields
        ------
        Reading
            One, and one without rows that holds the notes.
        """
        named = [name for name in raw.column(_DATASET).unique() if name]
        if named and options.series is None:
            options = replace(options, series=named[0])
        if column("name") in raw.headers or column("entity") in raw.headers:
            survey = _survey_of(raw)
            whole: Pieces | Rows = Pieces(survey, Origin.of(survey, None, raw.file, options), self.name)
        else:
            survey = Survey(datasets=dataset_names(raw.column("dataset")))
            survey.note((), max(raw.column("last_seen"), default=""))
            whole = Rows(Origin.of(survey, None, raw.file, options), self.name)
        yield whole.reading(raw)
        yield _closing(whole, self.name, raw, [])

    # --- entities ----------------------------------------------------------------------------------------------

    def _entities(self, path: Path, options: Options, report: Report) -> Iterator[Reading]:
        checksum, wanted = sha256_of(path), properties()
        report(f"looking through {path.name}", 0, 2)
        survey = _look_through(path, wanted)
        origin = Origin.of(survey, path, path.name, options)
        whole = Pieces(survey, origin, self.name)
        headers = _headers(delta=survey.delta)
        raw = RawTable(path.name, pd.DataFrame(), headers, [], checksum)
        report(f"reading {path.name}", 1, 2)
        for found, unread in pieces(path, SIZE):
            raw = _raw(path.name, found, unread, headers, origin.dataset, checksum, wanted)
            yield whole.reading(raw)
        yield _closing(whole, self.name, raw, [f"{path.name}: {_PRIVATE_NOTE}"])
        report("reading", 2, 2)

    # --- targets -----------------------------------------------------------------------------------------------

    def _targets(self, path: Path, options: Options, report: Report) -> Iterator[Reading]:
        checksum = sha256_of(path)
        report(f"looking through {path.name}", 0, 2)
        survey = Survey()
        for raw in read_chunks(path, REQUIRED, COLUMNS, checksum=checksum):
            _check_targets(raw)
            survey.note(dataset_names(raw.column("dataset")), max(raw.column("last_seen"), default=""))
        whole = Rows(Origin.of(survey, path, path.name, options), self.name)
        raw = RawTable(path.name, pd.DataFrame(), {}, [], checksum)
        report(f"reading {path.name}", 1, 2)
        for chunk in read_chunks(path, REQUIRED, COLUMNS, checksum=checksum):
            raw = without_private(chunk)
            headers = {**raw.headers, _DATASET: _DATASET_HEADER}
            raw = replace(raw, frame=raw.frame.assign(**{_DATASET: whole.origin.dataset}), headers=headers)
            yield whole.reading(raw)
        yield _closing(whole, self.name, raw, [f"{path.name}: {_PRIVATE_NOTE}"])
        report("reading", 2, 2)


LOADER = OpenSanctions()


def _closing(whole: Pieces | Rows, format_name: str, raw: RawTable, notes: list[str]) -> Reading:
    """A last reading without rows, with what concerns the whole file."""
    source = whole.origin.source(format_name, raw.sha256)
    none = rejects_frame("", raw.file, [])
    return Reading(source, not whole.origin.delta, {}, none, [], [*whole.notes(raw.file), *notes])


def _check_targets(raw: RawTable) -> None:
    missing = [name for name in REQUIRED if name not in raw.headers]
    if missing:
        raise InputError(
            f"{raw.file} is no targets.simple.csv: the columns {', '.join(missing)} are missing; it has "
            + ", ".join(raw.headers.values())
        )


def _headers(*, delta: bool) -> dict[str, str]:
    """Columns of a row and the headers that name them in messages."""
    names = [*(["op"] if delta else []), *HEADERS.values(), *(f"properties.{name}" for name in properties())]
    return {**{header_key(name): name for name in names}, _DATASET: _DATASET_HEADER}


def _look_through(path: Path, wanted: dict[str, str]) -> Survey:
    """Survey a file: its listings first, then the parties that they are about.

    Raises
    ------
    InputError
        It holds no entity.
    """
    survey = Survey()
    for record in listings_of(path):
        survey.add_listing(flat(entity_of(record), wanted, path.name))
    known = 0
    for found, _unread in pieces(path, SIZE):
        for _, record in found:
            entity = entity_of(record)
            survey.delta = survey.delta or "op" in record
            known += "schema" in entity or "op" in record
            _note(survey, entity, wanted, path.name)
    if not known:
        raise InputError(
            f"{path.name} holds no entity of OpenSanctions (an object with id, schema and properties a line)"
        )
    return survey


def _note(survey: Survey, entity: dict[str, Any], wanted: dict[str, str], file: str) -> None:
    datasets = entity.get("datasets")
    survey.note(map(str, datasets) if isinstance(datasets, list) else (), str(entity.get("last_seen") or ""))
    if survey.is_listed(str(entity.get("id"))):
        survey.add_party(flat(entity, wanted, file))


def _survey_of(raw: RawTable) -> Survey:
    """Survey of rows that were read before."""
    survey = Survey(delta="op" in raw.headers)
    rows: list[Row] = raw.frame.drop(columns="line").to_dict("records")  # type: ignore[assignment]
    kinds = schemata()
    for row in rows:
        if row.get("schema") in kinds and kinds[row["schema"]].record == "listing":
            survey.add_listing(row)
    for row in rows:
        survey.note(values(row.get("datasets", "")), row.get("last_seen", ""))
        survey.add_party(row)
    return survey


def _raw(
    file: str,
    found: list[tuple[int, Any]],
    unread: list[Unread],
    headers: dict[str, str],
    dataset: str,
    checksum: str,
    wanted: dict[str, str],
) -> RawTable:
    """A piece of a file as rows of text."""
    cells: dict[str, list[str]] = {name: [""] * len(found) for name in headers}
    for place, (_, record) in enumerate(found):
        if "op" in cells:
            cells["op"][place] = str(record.get("op", ""))
        for name, text in flat(entity_of(record), wanted, file).items():
            cells[name][place] = text
    cells[_DATASET] = [dataset] * len(found)
    frame = pd.DataFrame({name: pd.Series(texts, dtype="str") for name, texts in cells.items()})
    frame["line"] = pd.Series([line for line, _ in found], dtype="int64")
    return RawTable(file, frame, headers, unread, checksum)

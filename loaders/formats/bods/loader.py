"""Format ``bods``: beneficial ownership statements in the Beneficial Ownership Data Standard (BODS) 0.4.

A JSON list of statements, a single one, or one a line. A row is one statement about one record:

* Entities become organizations, persons organizations with the role ``person``. What the last statement about a record
  says counts; earlier and other names of an entity are aliases.
* Relationships become holdings, one an interest, over the days on which they hold (`loaders.formats.bods.holdings`).

Traps, and how each is decided:

* **Ids.** A record id is only unique among the records of one publisher, so the id of a party is
  ``bods:<publisher>:<record id>``; ``--series`` names the publisher where it changes its name. A record id that is an
  LEI (the register of GLEIF as BODS) is that LEI, so that both are one company. An LEI among the identifiers stands in
  ``lei`` and does not become the id: a relationship alone could not know it, and would point at nobody.
* **Control.** `loaders/data/bods_interests.csv` says what each type of interest is. A board member, a nominee, a
  trustee or a beneficiary is ``other`` and never controls. An interest of a type that is not said, and without a
  share, is ``other`` too. GLEIF's fund managers come as ``otherInfluenceOrControl``; their details say what they are.
* **Ranges.** "25 to 50 %" is 25: see `loaders.formats.bods.holdings.percent_of`.
* **Indirect holdings** whose steps are in the file too are kept beside their steps: control is a question of whether
  there is a way down, and one way more changes nothing. Shares are never added up.
* **Nobody.** An interested party that is only a reason (``noBeneficialOwners``) owns nothing; a note counts them.
  Persons and entities that are anonymous or unknown are named by their reason.
* **Privacy.** Of a person only the name is kept. Birth dates, addresses, nationalities, tax and passport numbers never
  leave the file, not even into the list of rejected rows; nor do the names of those who made a statement.
* **Several files.** A later delivery corrects an earlier one holding by holding, whichever is loaded first. A file in
  which a relationship begins with an update lacks its beginning: what earlier loads said of it is taken back, so that
  a share that changed does not stand beside the new one.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from graph_core.errors import InputError
from graph_core.graph import among
from graph_core.model import ORGANIZATIONS, OWNERSHIP, WITHDRAWN, Column, Kind, Table
from loaders.base import Options, Reading, Report, source_row
from loaders.files.json_text import encoded
from loaders.files.opening import FileKind, is_gzip, kind_of, sha256_of
from loaders.files.rawtable import RawTable, Unread, cell_text
from loaders.files.tablefile import json_line_chunks, json_value
from loaders.formats.bods.holdings import Version, holdings, spans
from loaders.formats.bods.statements import (
    Party,
    Relation,
    Unusable,
    as_object,
    as_text,
    day_or_none,
    details_of,
    lei_in,
    party_id,
    statement_in,
    without_private,
)
from loaders.validate import Checked, Seen, check_frame, made

#: Columns of a row, by `loaders.files.rawtable.header_key`. The last four are found by reading the file as a whole.
_HEADERS = {
    name.casefold(): name
    for name in (
        *("statementId", "statementDate", "recordId", "recordType", "recordStatus", "statement"),
        *("nextStatement", "publisher", "licence", "delivered"),
    )
}
#: What is kept of a statement: who said it stays in the file.
_KEPT = ("statementId", "statementDate", "recordId", "recordType", "recordStatus", "recordDetails")
_STATUSES = ("new", "updated", "closed")
#: Unpacked bytes of JSON lines that are worked on at a time.
_PART = 64 << 20
#: How many times its size a gzip file is taken to be.
_PACKED = 10

_COLUMNS = (
    Column("statementid", Kind.ID, "Id of the statement.", required=True),
    Column("recordid", Kind.ID, "Id of the record that it is about.", required=True),
    Column("recordtype", Kind.TEXT, "What it is about.", required=True, choices=("entity", "person", "relationship")),
    Column("recordstatus", Kind.TEXT, "Whether the record begins or ends.", choices=_STATUSES, default="new"),
    Column("statementdate", Kind.DATE, "Day of the statement.", required=True),
    Column("said", Kind.TEXT, "The same day, with its time where there is one.", required=True),
    Column("statement", Kind.TEXT, "The statement as JSON.", required=True),
    Column("nextstatement", Kind.DATE, "Day of the next statement about the same record."),
    Column("publisher", Kind.TEXT, "Who published the file.", required=True),
)
#: A statement about an entity or a person, and one about a relationship; rejects are reported for what it becomes.
_PARTIES = Table(ORGANIZATIONS.name, ("statementid",), _COLUMNS, "A statement about an entity or a person.")
_RELATIONS = Table(OWNERSHIP.name, ("statementid",), _COLUMNS, "A statement about a relationship.")

#: What statements say, by what they are about and their text; a text says why one cannot be used.
_Meanings = dict[tuple[str, str], Any]


class Bods:
    """Loader of the format ``bods``."""

    name = "bods"
    title = "Beneficial ownership statements (BODS 0.4)"
    summary = "a file of statements, as JSON or JSON lines; --series names the publisher"

    def read(self, path: Path, options: Options, report: Report) -> Iterator[Reading]:
        """Read a file; JSON lines in several passes where there are too many for the memory.

        Yields
        ------
        Reading
            Parts of ``bods:<publisher>:<checksum>``.

        Raises
        ------
        InputError
            It holds no such statements, or those of an older version.
        """
        file = _File(path)
        facts = _facts(file, options)
        seen = {table.name: Seen() for table in (_PARTIES, _RELATIONS)}
        for part in range(file.parts):
            report("reading " + path.name, part, file.parts)
            # Not given names here: they would stay while the next part is read.
            yield _reading(*_raw(file, facts, part), options, seen, whole=True)
        report("reading", file.parts, file.parts)

    def transform(self, raw: RawTable, options: Options) -> Iterator[Reading]:
        """Say what statements mean, one row a statement.

        Yields
        ------
        Reading
            One.
        """
        cells = (raw.frame[name].tolist() for name in ("recordtype", "statement"))
        meanings: _Meanings = {_key(*pair): _meaning_of_text(*pair) for pair in zip(*cells, strict=True)}
        yield _reading(raw, meanings, options, {}, whole=False)


LOADER = Bods()


# --- finding statements ----------------------------------------------------------------------------------------


class _File:
    """The statements of a file, as often as they are asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        kind = kind_of(path)
        if kind not in (FileKind.JSON, FileKind.JSON_LINES):
            raise InputError(f"{path.name} is no file of BODS statements: it looks like {kind}, not like JSON")
        self.parts = 1
        self._held: list[tuple[list[tuple[int, Any]], list[Unread]]] | None = None
        if kind is FileKind.JSON:
            self._held = [(list(enumerate(_statements(path), start=1)), [])]
        else:
            size = path.stat().st_size * (_PACKED if is_gzip(path) else 1)
            self.parts = 1 + size // _PART
        if self.parts == 1 and self._held is None:
            self._held = list(json_line_chunks(path))

    def chunks(self) -> Iterable[tuple[list[tuple[int, Any]], list[Unread]]]:
        """Statements with the number or line of each, and what is none."""
        return json_line_chunks(self.path) if self._held is None else self._held


def _statements(path: Path) -> list[Any]:
    """Statements of a JSON document: its list, the list that its outer object holds, or the object itself."""
    value = json_value(path)
    if isinstance(value, dict):
        one = {"recordType", "statementType"} & set(value)
        inside = [] if one else [v for v in value.values() if isinstance(v, list) and v]
        value = max(inside, key=len, default=[value])
    if not isinstance(value, list) or not value:
        raise InputError(f"{path.name} holds no statements")
    return value


@dataclass
class _Facts:
    """What only the whole file tells."""

    publisher: str = ""
    licence: str = ""
    delivered: str = ""
    sha256: str = ""
    publishers: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)


def _facts(file: _File, options: Options) -> _Facts:
    facts = _Facts(sha256=sha256_of(file.path))
    kinds: Counter[str] = Counter()
    for statements, _ in file.chunks():
        for _, statement in statements:
            if isinstance(statement, dict):
                kinds["new" if "recordType" in statement else "old" if "statementType" in statement else ""] += 1
                _note_publication(statement, facts)
    if not kinds["new"]:
        older = "statements of BODS 0.1 to 0.3; convert them to BODS 0.4 first"
        reason = older if kinds["old"] else "no BODS statements: none has a recordType"
        raise InputError(f"{file.path.name} holds {reason}")
    facts.publisher = options.series or _most(facts.publishers) or "unnamed publisher"
    facts.licence = _most(facts.licences)
    facts.delivered = options.list_date or facts.delivered
    return facts


def _note_publication(statement: dict[str, Any], facts: _Facts) -> None:
    details = as_object(statement.get("publicationDetails"))
    publisher = as_object(details.get("publisher"))
    facts.publishers[as_text(publisher.get("name")).strip("\x00") or as_text(publisher.get("url"))] += 1
    facts.licences[as_text(details.get("license"))] += 1
    days = statement.get("statementDate"), details.get("publicationDate")
    facts.delivered = max(facts.delivered, *(day_or_none(day) or "" for day in days))


def _most(counted: Counter[str]) -> str:
    """The text that is there most often, without what no store can keep; empty where there is none."""
    counts: Counter[str] = Counter()
    for text, number in counted.items():
        counts[text.replace("\x00", "").encode(errors="replace").decode()] += number
    del counts[""]
    return min(counts, key=lambda text: (-counts[text], text), default="")


def _said_day(statement: dict[str, Any]) -> str:
    """Day of a statement, else of its publication, else nothing."""
    details = as_object(statement.get("publicationDetails"))
    return day_or_none(statement.get("statementDate")) or day_or_none(details.get("publicationDate")) or ""


def _raw(file: _File, facts: _Facts, part: int) -> tuple[RawTable, _Meanings]:
    """Rows of one part and what they say: a part has all statements of a record and all relationships of a subject."""
    rows: list[dict[str, Any]] = []
    meanings: _Meanings = {}
    unread: list[Unread] = []
    for statements, bad in file.chunks():
        # Without their text, which may be about a person.
        unread += [(line, "", reason) for line, _, reason in bad] if part == 0 else []
        for line, statement in statements:
            if not isinstance(statement, dict):
                unread += [(line, "", "is no JSON object")] if part == 0 else []
            elif file.parts == 1 or _place(statement) % file.parts == part:
                kept = _kept(statement)
                row, fault = _row(statement, kept)
                if fault:
                    unread.append((line, "", fault))
                else:
                    rows.append({**row, "line": line})
                    meanings[_key(row["recordtype"], row["statement"])] = _meaning(row["recordtype"], kept)
    frame = pd.DataFrame(rows, columns=[*_HEADERS, "order", "line"])
    frame = frame.assign(publisher=facts.publisher, licence=facts.licence, delivered=facts.delivered)
    frame["nextstatement"] = _next_days(frame)
    text = frame.drop(columns=["order", "line"]).astype("str")
    text = text.assign(line=frame["line"].astype("int64"))
    return RawTable(file.path.name, text, _HEADERS, unread, facts.sha256), meanings


def _place(statement: dict[str, Any]) -> int:
    subject = as_object(statement.get("recordDetails")).get("subject")
    key = as_text(subject) or as_text(statement.get("recordId"))
    return zlib.crc32(key.encode(errors="replace"))


def _kept(statement: dict[str, Any]) -> dict[str, Any]:
    """What may be kept of a statement."""
    details = without_private(as_text(statement.get("recordType")), statement.get("recordDetails"))
    return {name: statement[name] for name in _KEPT if name in statement} | {"recordDetails": details}


def _row(statement: dict[str, Any], kept: dict[str, Any]) -> tuple[dict[str, str], str]:
    """Cells of a statement, and why it cannot be kept."""
    cells = {name.casefold(): cell_text(statement.get(name)).strip() for name in _KEPT[:-1]}
    try:
        cells["statement"] = encoded(kept)
    except RecursionError:
        return cells, "is nested too deeply"
    cells["order"] = _said_day(statement)
    cells["statementdate"] = cells["statementdate"] or cells["order"]
    whole = "".join(cells.values())
    if "\\u0000" in cells["statement"] or "\x00" in whole:
        return cells, "holds a NUL byte"
    try:
        whole.encode()
    except UnicodeEncodeError:
        return cells, "holds half a character (a lone surrogate)"
    return cells, ""


def _key(kind: str, text: str) -> tuple[str, str]:
    return kind.strip().casefold(), text


def _meaning(kind: str, statement: Any) -> Party | Relation | str | None:
    """What a statement says, or why it cannot be used."""
    try:
        return details_of(kind.strip().casefold(), statement)
    except Unusable as reason:
        return str(reason)
    except RecursionError:
        return "is nested too deeply"


def _meaning_of_text(kind: str, text: str) -> Party | Relation | str | None:
    """What the text of a statement says, or why it cannot be used."""
    try:
        return _meaning(kind, statement_in(text))
    except Unusable as reason:
        return str(reason)


def _is_relationship(rows: pd.DataFrame) -> pd.Series:
    return rows["recordtype"].str.strip().str.casefold() == "relationship"


def _next_days(frame: pd.DataFrame) -> pd.Series:
    """Day of the next statement about the same relationship, whether or not it can be used."""
    rows = frame[_is_relationship(frame)].drop_duplicates("statementid")
    rows = rows.assign(rank=rows["recordstatus"].map(_rank))
    rows = rows.sort_values(["recordid", "order", "statementdate", "rank", "line"], kind="stable")
    return rows.groupby("recordid")["order"].shift(-1).reindex(frame.index).fillna("")


def _rank(status: str) -> int:
    """Place of statements of one moment: a record begins before it changes, and changes before it ends."""
    return _STATUSES.index(status) if status in _STATUSES else 0


# --- records ---------------------------------------------------------------------------------------------------


def _reading(raw: RawTable, meanings: _Meanings, options: Options, seen: dict[str, Seen], *, whole: bool) -> Reading:
    related = _is_relationship(raw.frame)
    parties = _checked(raw, raw.frame[~related], meanings, _PARTIES, raw.rejects, seen)
    relations = _checked(raw, raw.frame[related], meanings, _RELATIONS, [], seen)
    found, ties = (_of_rows(rows.frame, meanings) for rows in (parties, relations))
    notes = Counter(note for item in [*found, *ties] for note in item.notes)
    told = [f"{raw.file}: in {count:,} statements {note}" for note, count in sorted(notes.items())]
    relations.frame["origin"] = relations.frame["publisher"] + ":" + relations.frame["recordid"]
    records = {
        ORGANIZATIONS.name: _organizations(parties.frame.assign(said_of=found), raw.file),
        OWNERSHIP.name: _ownership(relations.frame.assign(said_of=ties), raw.file),
    }
    begun = _without_beginning(raw.frame[related], relations.frame["origin"])
    if whole and len(begun):
        records[WITHDRAWN.name] = made(check_frame(begun, WITHDRAWN, raw.file))
        told.append(
            f"{raw.file}: {len(begun):,} relationships begin with an update: what earlier loads said of them no longer "
            "counts, and what held before is not known"
        )
    rejects = pd.concat([parties.rejects, relations.rejects], ignore_index=True)
    tallies = [parties.tally, relations.tally]
    return Reading(_source(raw, options), True, records, rejects, tallies, [*raw.notes, *told], raw)


def _of_rows(rows: pd.DataFrame, meanings: _Meanings) -> list[Any]:
    cells = (rows[name].tolist() for name in ("recordtype", "statement"))
    return [meanings[_key(*pair)] for pair in zip(*cells, strict=True)]


def _checked(
    raw: RawTable, rows: pd.DataFrame, meanings: _Meanings, table: Table, unread: list[Unread], seen: dict[str, Seen]
) -> Checked:
    """Valid rows of one table."""
    said = _of_rows(rows, meanings)
    bad = np.fromiter((isinstance(one, str) for one in said), dtype=bool, count=len(rows))
    cells = (rows.loc[bad, name].tolist() for name in ("line", "statementid"))
    unread = [*unread, *zip(*cells, [said[row] for row in np.flatnonzero(bad)], strict=True)]
    kept = rows[~bad]
    kept = kept.assign(said=kept["statementdate"])
    headers = {**_HEADERS, "said": _HEADERS["statementdate"]}
    return check_frame(kept, table, raw.file, unread, headers=headers, seen=seen.get(table.name))


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Statements as they were made."""
    return rows.assign(rank=rows["recordstatus"].map(_rank)).sort_values(["said", "rank", "line"], kind="stable")


def _grouped(rows: pd.DataFrame, key: str, *columns: str) -> Iterable[list[Any]]:
    """Named tuples of some columns by a key, in the order of the rows; a group-by is slow where a key has few."""
    groups: dict[str, list[Any]] = {}
    cells = rows[[*columns]].astype(object).itertuples(index=False)
    for name, row in zip(rows[key].tolist(), cells, strict=True):
        groups.setdefault(name, []).append(row)
    return groups.values()


def _organizations(rows: pd.DataFrame, file: str) -> pd.DataFrame:
    """One organization a record: what the last statement says, and all names of an entity."""
    ids = [party_id(*key) for key in zip(rows["publisher"].tolist(), rows["recordid"].tolist(), strict=True)]
    made_of: list[dict[str, Any]] = []
    for statements in _grouped(_in_order(rows.assign(id=ids)), "id", "id", "recordid", "said_of", "line"):
        id_, record, last, line = statements[-1]
        names = {name: None for row in statements for name in (row.said_of.name, *row.said_of.aliases)}
        others = [name.replace("|", "/") for name in names if name != last.name and last.role != "person"]
        made_of.append(
            {
                "id": id_,
                "name": last.name,
                "aliases": "|".join(others),
                "country": last.country,
                "lei": last.lei or lei_in(record) or "",
                "roles": last.role,
                "address": last.address,
                "identifiers": "|".join(number.replace("|", "/") for number in last.identifiers),
                "line": line,
            }
        )
    said = [name for name in ORGANIZATIONS.names if name != "website"]
    text = pd.DataFrame(made_of, columns=[*said, "line"])
    return made(check_frame(text.sort_values("line"), ORGANIZATIONS, file))


def _ownership(rows: pd.DataFrame, file: str) -> pd.DataFrame:
    """One holding an interest and the days on which it holds."""
    columns = ("origin", "publisher", "statementdate", "recordstatus", "nextstatement", "line", "said_of")
    grouped = _grouped(_in_order(rows), "origin", *columns)
    found = [span for statements in grouped for span in spans(map(_version, statements))]
    text = pd.DataFrame(
        [
            {
                "owner_id": row.owner_id,
                "owned_id": row.owned_id,
                "percent": "" if row.percent is None else repr(row.percent),
                "valid_from": row.valid_from,
                "valid_to": row.valid_to or "",
                "kind": row.kind,
                "origin": row.record,
                "line": row.line,
            }
            for row in holdings(found)
        ],
        columns=[*(name for name in OWNERSHIP.names if name != "source"), "origin", "line"],
    )
    return made(check_frame(text.sort_values("line", kind="stable"), OWNERSHIP, file))


def _version(row: Any) -> Version:
    relation: Relation = row.said_of
    owner, owned = (party_id(row.publisher, record) for record in relation.parties or ("", ""))
    return Version(
        record=row.origin,
        day=row.statementdate,
        closed=row.recordstatus == "closed",
        until=None if pd.isna(row.nextstatement) else row.nextstatement,
        line=row.line,
        owner=owner,
        owned=owned,
        interests=relation.interests,
    )


def _without_beginning(rows: pd.DataFrame, used: pd.Series) -> pd.DataFrame:
    """Relationships of which the file does not hold the first statement."""
    rows = rows.assign(origin=rows["publisher"] + ":" + rows["recordid"], said=rows["statementdate"])
    first = _in_order(rows).drop_duplicates("origin")
    begun = (first["recordstatus"] == "new") | (first["recordstatus"] == "") | ~among(first["origin"], used)
    return first.loc[~begun, ["origin", "line"]]


def _source(raw: RawTable, options: Options) -> dict[str, str | None]:
    publisher, licence, day = (
        str(raw.frame[name].iloc[0]) if len(raw.frame) else "" for name in ("publisher", "licence", "delivered")
    )
    series = f"bods:{publisher}"
    dated = {"series": series} if day else {}
    return source_row(
        f"{series}:{raw.sha256[:12]}",
        f"{publisher}: beneficial ownership statements" + (f", as of {day}" if day else ""),
        "bods",
        raw.sha256,
        publisher=publisher if publisher != options.series else None,
        licence=licence or None,
        retrieved_at=day or None,
        amends=series,
        **dated,
    )

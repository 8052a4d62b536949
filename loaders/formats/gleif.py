"""Format ``gleif``: who is who and who owns whom, as CSV from the Global Legal Entity Identifier Foundation.

A Level 1 file, a Level 2 file of relationships, or a folder with both; their columns tell which is which. A row of
Level 1 is an organization with its LEI as id. A row of Level 2 says that the start node is a part of the end node: it
becomes a holding with the *end* node as owner.

* The consolidation of accounts is control (kind ``consolidation``). A fund and its manager, a sub-fund and its
  umbrella, a feeder and its master (kind ``fund_management``) never are: who manages a fund does not run what it holds.
  A branch is a part of its head office (kind ``control``).
* The direct and the ultimate parent may be the same company. Each type of relationship is a source of its own, so that
  neither corrects the other, and the holding shows which of them say so.
* Of the periods of a row only the ``RELATIONSHIP_PERIOD`` says when it holds; an accounting period is a financial year.
  Without a first day the day counts on which it was registered. An inactive relationship without a last day ended at
  the latest when its record was last changed.
* Records that were annulled, or whose status is the word ``NULL``, are rejected: they do not say that anything holds.
  A lapsed record was not renewed, and stands.
* "Consolidated to 100 %" is no share held: the percentage stays unknown. A smaller one is the share that is
  consolidated. One of 1 or less is not used: some issuers write fractions there.
* An LEI with wrong check digits and a node that is no LEI (an ISIN) are rejected.
* The address is that of the headquarters: many thousand companies share the legal address of an agent.
* A Level 2 file replaces the one before, whichever is newer; several parts belong into one folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from stdnum import lei

from graph_core.errors import InputError
from graph_core.model import ORGANIZATIONS, OWNERSHIP, SOURCES, Column, Kind, Table
from loaders.base import Options, Reading, Report, Tally, date_in, source_row
from loaders.countries import alpha2
from loaders.data import table_rows
from loaders.files.rawtable import SHOWN_VALUE, RawTable, rejects_frame
from loaders.files.tablefile import SUFFIXES, read_chunks
from loaders.validate import Checked, Seen, check_frame, made

PUBLISHER = "Global Legal Entity Identifier Foundation (GLEIF)"
URL = "https://www.gleif.org/en/lei-data/gleif-golden-copy"
LICENCE = "CC0 1.0"
#: Rows of a piece: a row of Level 1 has more than 300 cells.
_PIECE = 20_000

_ENTITY = ("lei", "entity.legalname")
_RELATION = (
    "relationship.startnode.nodeid",
    "relationship.endnode.nodeid",
    "relationship.relationshiptype",
    "relationship.relationshipstatus",
)
_EXCEPTION = "exception.category"
_OTHER_NAME = re.compile(
    r"entity\.(?:otherentitynames\.otherentityname|transliteratedotherentitynames\.transliteratedotherentityname)\.\d+"
)
_ADDRESS = ("firstaddressline", *(f"additionaladdressline.{n}" for n in (1, 2, 3)), "postalcode", "city", "region")
#: Registration authorities that stand for none.
_NO_AUTHORITY = ("RA888888", "RA999999")
_LEI = re.compile(r"[0-9A-Z]{18}[0-9]{2}")
_WRONG_LEI = "is no LEI: 20 characters of which the last two are check digits"
#: A stated percentage up to this may be a fraction.
_FRACTION = 1.0


class Gleif:
    """Loader of the format ``gleif``."""

    name = "gleif"
    title = "GLEIF: legal entities and their parents"
    summary = "a Level 1 or Level 2 relationship file (CSV, unpacked), or a folder with both; --list-date says its day"

    def read(self, path: Path, options: Options, report: Report) -> Iterator[Reading]:
        """Read a file piece by piece, or the files of a folder, entities first.

        Yields
        ------
        Reading
            Parts of ``gleif-entities`` and ``gleif-relationships``.

        Raises
        ------
        InputError
            No such file is there.
        """
        files = _find(path)
        seen: dict[str, Seen] = {}
        for done, (file, level) in enumerate(files):
            for raw in read_chunks(file, _RELATION if level == "ownership" else _ENTITY, size=_PIECE):
                report(f"reading {file.name}, line {int(raw.frame['line'].max()) if len(raw.frame) else 0:,}", done, 0)
                yield _reading(raw, options, seen.setdefault(level, Seen()))
        report("reading", len(files), len(files))

    def transform(self, raw: RawTable, options: Options) -> Iterator[Reading]:
        """Say what rows of a file mean; the columns tell which one it is.

        Yields
        ------
        Reading
            One.
        """
        yield _reading(raw, options, Seen())


LOADER = Gleif()


# --- files -----------------------------------------------------------------------------------------------------


def _find(path: Path) -> list[tuple[Path, str]]:
    """Files and the record table of each, those of one table together."""
    if not path.is_dir():
        return [(path, _level(_top(path)))]
    try:
        entries = sorted(path.iterdir())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    files = []
    for entry in entries:
        if entry.name.casefold().removesuffix(".gz").endswith(SUFFIXES):
            first = _top(entry)
            if _EXCEPTION not in first.headers:  # reporting exceptions: parents that are not named
                files.append((entry, _level(first)))
    if not files:
        raise InputError(f"{path} holds no GLEIF file (CSV)")
    return sorted(files, key=lambda file: file[1])


def _top(path: Path) -> RawTable:
    """The first rows of a file; without its checksum, since a file may have gigabytes."""
    return next(read_chunks(path, size=100, checksum="-"))


def _level(raw: RawTable) -> str:
    if set(_RELATION[:3]) <= set(raw.headers):
        return OWNERSHIP.name
    if set(_ENTITY) <= set(raw.headers):
        return ORGANIZATIONS.name
    if _EXCEPTION in raw.headers:
        raise InputError(f"{raw.file} holds reporting exceptions, which name no parent; there is nothing to load")
    raise InputError(
        f"{raw.file} is no GLEIF file: it has neither the columns LEI and Entity.LegalName (Level 1) nor "
        "Relationship.StartNode.NodeID, Relationship.EndNode.NodeID and Relationship.RelationshipType (Level 2)"
    )


def _reading(raw: RawTable, options: Options, seen: Seen) -> Reading:
    level = _level(raw)
    day = options.list_date or date_in(raw.file)
    title = "GLEIF Level 1: legal entities" if level == ORGANIZATIONS.name else "GLEIF Level 2: relationships"
    source = source_row(
        ("gleif-entities" if level == ORGANIZATIONS.name else "gleif-relationships")
        + (f":{options.series}" if options.series else ""),
        title + (f", as of {day}" if day else ""),
        "gleif",
        raw.sha256,
        publisher=PUBLISHER,
        url=URL,
        licence=LICENCE,
        retrieved_at=day,
    )
    if level == ORGANIZATIONS.name:
        return _entities(raw, source, seen)
    return _relationships(raw, source, seen)


def relationship_kinds() -> dict[str, str]:
    """Kind of holding (`graph_core.model.Holding`) of every type of relationship that GLEIF publishes."""
    return {row["type"]: row["kind"] for row in table_rows("gleif_relationships")}


# --- rejects ---------------------------------------------------------------------------------------------------


class _Faults:
    """Rows that are not used: the first fault of each, by the column it is in."""

    def __init__(self, raw: RawTable) -> None:
        self._raw = raw
        self._found = pd.DataFrame({"column": "", "reason": ""}, index=raw.frame.index, dtype="str")

    def add(self, wrong: pd.Series, column: str, reason: str | pd.Series) -> None:
        """Note rows with a fault, unless they have one already."""
        rows = wrong & (self._found["column"] == "")
        if rows.any():
            self._found.loc[rows, "column"] = column
            self._found.loc[rows, "reason"] = reason if isinstance(reason, str) else reason[rows]

    @property
    def good(self) -> pd.Series:
        """Which rows have none."""
        return self._found["column"] == ""

    def counted(self, checked: Checked) -> Checked:
        """The checked good rows, with the others among the rejects."""
        bad = self._found[~self.good]
        if bad.empty:
            return checked
        headers, tally = self._raw.headers, checked.tally
        lines = self._raw.frame.loc[bad.index, "line"].tolist()
        cells = [str(self._raw.frame[column][row])[:SHOWN_VALUE] for row, column in bad["column"].items()]
        names = [headers[column] for column in bad["column"]]
        rows = list(zip(lines, names, cells, bad["reason"].tolist(), strict=True))
        rejects = pd.concat([checked.rejects, rejects_frame(tally.table, self._raw.file, rows)])
        total = Tally(tally.table, tally.read + len(rows), tally.loaded, tally.merged, tally.rejected + len(rows))
        return Checked(checked.frame, rejects.sort_values("line", ignore_index=True), total, checked.notes)


def _is_lei(column: pd.Series) -> pd.Series:
    """Which cells are an LEI whose check digits fit."""
    distinct = {cell: bool(_LEI.fullmatch(cell)) and lei.is_valid(cell) for cell in column.unique()}
    return column.map(distinct).astype(bool)


# --- Level 1 ---------------------------------------------------------------------------------------------------


def _entities(raw: RawTable, source: dict[str, str | None], seen: Seen) -> Reading:
    ids = raw.frame["lei"].str.upper()
    faults = _Faults(raw)
    faults.add(~_is_lei(ids), "lei", _WRONG_LEI)
    text = pd.DataFrame(
        {
            "id": ids,
            "name": raw.frame["entity.legalname"],
            "aliases": _aliases(raw),
            "country": _country(raw),
            "lei": ids,
            "roles": _roles(raw.column("entity.entitycategory")),
            "address": _address(raw),
            "identifiers": _register(raw),
            "line": raw.frame["line"],
        }
    )
    headers = {"id": "LEI", "lei": "LEI", "name": "Entity.LegalName", "country": "Entity.LegalJurisdiction"}
    checked = check_frame(text[faults.good], ORGANIZATIONS, raw.file, raw.rejects, raw.notes, headers, seen)
    checked = faults.counted(checked)
    records = {ORGANIZATIONS.name: checked.frame}
    return Reading(source, True, records, checked.rejects, [checked.tally], checked.notes, raw)


def _joined(parts: list[pd.Series], separator: str) -> pd.Series:
    """Cells side by side, empty ones left out."""
    joined = parts[0]
    for part in parts[1:]:
        gap = pd.Series(separator, index=part.index).where((joined != "") & (part != ""), "")
        joined = joined + gap + part
    return joined


def _aliases(raw: RawTable) -> pd.Series:
    names = [raw.frame[key].str.replace("|", "/", regex=False) for key in raw.headers if _OTHER_NAME.fullmatch(key)]
    return _joined([raw.column(""), *names], "|")


def _country(raw: RawTable) -> pd.Series:
    """Country of the jurisdiction (``US-DE`` is in the US); where it is none (``EU``), that of the legal address."""
    stated = raw.column("entity.legaljurisdiction").str.replace(r"-.*", "", regex=True)
    legal = raw.column("entity.legaladdress.country")
    return stated.where(stated.map(alpha2).notna() | (legal == ""), legal)


def _roles(categories: pd.Series) -> pd.Series:
    return categories.map({row["category"]: row["role"] for row in table_rows("gleif_categories")}).fillna("")


def _address(raw: RawTable) -> pd.Series:
    places = ("headquartersaddress", "legaladdress")
    head, legal = (
        _joined([raw.column(f"entity.{place}.{part}") for part in (*_ADDRESS, "country")], ", ") for place in places
    )
    return head.where(head != "", legal)


def _register(raw: RawTable) -> pd.Series:
    authority = raw.column("entity.registrationauthority.registrationauthorityid")
    number = raw.column("entity.registrationauthority.registrationauthorityentityid").str.replace("|", "/", regex=False)
    known = (authority != "") & (number != "") & ~authority.isin(_NO_AUTHORITY)
    return (authority + ":" + number).where(known, "")


# --- Level 2 ---------------------------------------------------------------------------------------------------

#: A row of Level 2; rejects are reported for the holding that it would have become.
_ROWS = Table(
    OWNERSHIP.name,
    ("owned_id", "owner_id", "type", "valid_from"),
    (
        Column("owned_id", Kind.ID, "LEI of the start node.", required=True),
        Column("owner_id", Kind.ID, "LEI of the end node.", required=True),
        Column("type", Kind.TEXT, "Type of relationship.", required=True),
        Column("percent", Kind.NUMBER, "Share that is consolidated.", low=0, high=100),
        Column("valid_from", Kind.DATE, "First day of the relationship."),
        Column("valid_to", Kind.DATE, "Last day of the relationship."),
    ),
    "A relationship.",
)


def _relationships(raw: RawTable, source: dict[str, str | None], seen: Seen) -> Reading:
    faults = _Faults(raw)
    owned, owner, kind = (raw.frame[column].str.upper() for column in _RELATION[:3])
    _check_nodes(raw, owned, owner, faults)
    faults.add(~kind.isin(list(relationship_kinds())), _RELATION[2], "is no type of relationship that is known")
    ended = _ended(raw, faults)
    first, last = _period(raw, faults)
    changed = raw.column("registration.lastupdatedate")
    when = "says that it ended, and neither a RELATIONSHIP_PERIOD nor Registration.LastUpdateDate says when"
    faults.add(ended & (last == "") & (changed == ""), _RELATION[3], when)
    percent, notes = _percent(raw, faults)
    text = pd.DataFrame(
        {
            "owned_id": owned,
            "owner_id": owner,
            "type": kind,
            "percent": percent,
            "valid_from": first.where(first != "", raw.column("registration.initialregistrationdate")),
            "valid_to": last.where((last != "") | ~ended, changed),
            "line": raw.frame["line"],
        }
    )[faults.good]
    headers = {"owned_id": raw.headers[_RELATION[0]], "owner_id": raw.headers[_RELATION[1]]}
    notes = [*raw.notes, *notes]
    checked = faults.counted(check_frame(text, _ROWS, raw.file, raw.rejects, notes, headers, seen))
    records = _holdings(checked.frame, source, raw.file)
    return Reading(source, True, records, checked.rejects, [checked.tally], checked.notes, raw)


def _check_nodes(raw: RawTable, owned: pd.Series, owner: pd.Series, faults: _Faults) -> None:
    for node, ids in (("startnode", owned), ("endnode", owner)):
        kind = f"relationship.{node}.nodeidtype"
        faults.add(~raw.column(kind).str.upper().isin(["LEI", ""]), kind, "is no LEI; only nodes with an LEI are used")
        faults.add(~_is_lei(ids), f"relationship.{node}.nodeid", _WRONG_LEI)
    faults.add(owned == owner, _RELATION[1], "is the start node as well; a company is no part of itself")


def _ended(raw: RawTable, faults: _Faults) -> pd.Series:
    """Which rows say that the relationship is over; those that do not say that it ever held become faults."""
    ended = pd.Series(data=False, index=raw.frame.index)
    for name, column in (("registration", "registration.registrationstatus"), ("relationship", _RELATION[3])):
        status = raw.column(column).str.upper()
        known = {row["status"]: row for row in table_rows("gleif_statuses") if row["column"] == name}
        if name == "registration":
            known[""] = {"use": "yes"}
        for text in status.unique():
            row = known.get(text, {"use": "no", "reason": "is no status that is known"})
            if row["use"] == "no":
                faults.add(status == text, column, row["reason"])
            ended |= (status == text) & (row["use"] == "ended")
    return ended


def _repeated(raw: RawTable, group: str, *parts: str) -> Iterator[tuple[str, list[pd.Series]]]:
    """Columns that repeat under a number: how their names begin (``relationship.period.2.``), and the columns."""
    number = 1
    while (start := f"relationship.{group}.{number}.") + parts[0] in raw.headers:
        yield start, [raw.column(start + part) for part in parts]
        number += 1


def _period(raw: RawTable, faults: _Faults) -> tuple[pd.Series, pd.Series]:
    """First and last day of the relationship itself, empty where they are not stated."""
    first, last = raw.column(""), raw.column("")
    several = pd.Series(0, index=raw.frame.index)
    for start, (kind, begin, end) in _repeated(raw, "period", "periodtype", "startdate", "enddate"):
        own = kind.str.upper() == "RELATIONSHIP_PERIOD"
        several += own
        for part, days in (("startdate", begin), ("enddate", end)):
            faults.add(own & (days != "") & ~_is_day(days), start + part, "is no date; write YYYY-MM-DD")
        faults.add(several > 1, start + "periodtype", "stands twice; the row has to have one RELATIONSHIP_PERIOD")
        first, last = begin.where(own, first), end.where(own, last)
    return first, last


def _is_day(days: pd.Series) -> pd.Series:
    """Which cells begin with a day."""
    return pd.to_datetime(days.str[:10], format="%Y-%m-%d", errors="coerce").notna()


def _percent(raw: RawTable, faults: _Faults) -> tuple[pd.Series, list[str]]:
    """Share that is consolidated, as text, empty where it is not stated; and what a user should know of it."""
    percent, notes = raw.column(""), []
    for start, (method, amount, unit) in _repeated(
        raw, "quantifiers", "measurementmethod", "quantifieramount", "quantifierunits"
    ):
        number = pd.to_numeric(amount, errors="coerce")
        stated = (amount != "") & unit.str.upper().isin(["PERCENTAGE", ""])
        faults.add(stated & ~number.between(0, 100), start + "quantifieramount", "is no percentage from 0 to 100")
        in_full = (number == 100) & method.str.upper().str.startswith("ACCOUNTING_CONSOLIDATION")
        unclear = stated & (number <= _FRACTION)
        if unclear.any():
            notes.append(f"{raw.file}: percentages of 1 or less were not used: they may be fractions")
        if (~stated & (amount != "")).any():
            notes.append(f"{raw.file}: amounts in another unit than PERCENTAGE were not used")
        percent = percent.where((percent != "") | ~stated | unclear | in_full, amount)
    return percent, notes


def _holdings(rows: pd.DataFrame, source: dict[str, str | None], file: str) -> dict[str, pd.DataFrame]:
    """Holdings of valid rows, and the sources that the types of relationship are."""
    types = rows["type"].drop_duplicates()
    prefix = f"{source['id']}:"
    titles = {row["type"]: row["title"] for row in table_rows("gleif_relationships")}
    sources = pd.DataFrame(
        {
            "id": prefix + types,
            "title": f"{source['title']}: " + types.map(titles),
            "line": rows.loc[types.index, "line"],
        }
    ).assign(**{name: source[name] or "" for name in ("publisher", "url", "licence", "retrieved_at")})
    held = rows.assign(kind=rows["type"].map(relationship_kinds()), source=prefix + rows["type"])
    percent = rows["percent"].map("{:.15g}".format, na_action="ignore").astype("str")
    return {
        SOURCES.name: made(check_frame(sources, SOURCES, file)),
        OWNERSHIP.name: made(check_frame(held.assign(percent=percent), OWNERSHIP, file)),
    }

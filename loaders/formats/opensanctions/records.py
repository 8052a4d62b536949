"""From entities of OpenSanctions to records: parties, holdings and other ties, findings, and what changes take back.

What a row is called by (record column ``origin``) is the id of its entity; a finding that was concluded from a party's
own topics, programs or datasets is called ``<id>#<category>``, so that a change of the party takes it back only where
the party no longer says so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from graph_core.model import FINDINGS, ORGANIZATIONS, OWNERSHIP, SOURCES, WITHDRAWN, Category, Column, Kind
from loaders.base import Reading, Tally
from loaders.files.rawtable import RawTable, rejects_frame
from loaders.formats.opensanctions.cells import (
    column,
    country,
    day_after,
    distinct,
    first_day,
    identifiers,
    joined,
    named,
    percent,
    values,
)
from loaders.formats.opensanctions.findings import CELLS, by_party, categories, conclusion, listed_days, of_listing
from loaders.formats.opensanctions.keys import NO, Key, Schema, implied, keys, schemata, schemes
from loaders.formats.opensanctions.survey import (
    COUNTRIES,
    LICENCE,
    OTHERS,
    PUBLISHER,
    Origin,
    Survey,
    dataset_url,
    left_out,
    source_id,
)
from loaders.validate import Checked, Seen, check_frame, made

ADD, CHANGE, REMOVE = "ADD", "MOD", "DEL"
#: Tally of rows that are no entity.
UNCLEAR = "entities"


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, Kind.TEXT, "As in the file.") for name in names)


#: An entity that becomes an organization, with what findings and changes need of it.
PARTIES = replace(
    ORGANIZATIONS,
    columns=(*ORGANIZATIONS.columns, *_text("op", "topics", "programs", "datasets", "notes")),
)
_PARTY_HEADERS = {
    "id": "id",
    "name": "properties.name",
    "aliases": "properties.alias",
    "country": "properties.country",
    "website": "properties.website",
    "address": "properties.address",
    "first_seen": "first_seen",
    "last_seen": "last_seen",
}
_EDGES = replace(
    OWNERSHIP,
    key=("id",),
    columns=(
        Column("id", Kind.ID, "Id of the entity.", required=True),
        Column("start", Kind.TEXT, "Ids at its beginning.", required=True),
        Column("end", Kind.TEXT, "Ids at its end.", required=True),
        *(c for c in OWNERSHIP.columns if c.name in ("percent", "valid_from", "valid_to", "kind")),
        *_text("op", "datasets"),
    ),
)
_DATES = {"valid_from": "properties.startDate", "valid_to": "properties.endDate"}
#: Two entities that state one holding are two rows, so that the end of one does not end the other.
_HOLDINGS = replace(OWNERSHIP, key=(*OWNERSHIP.key, "origin"))
_LISTINGS = replace(
    FINDINGS,
    key=("id",),
    columns=(
        Column("id", Kind.ID, "Id of the entity.", required=True),
        Column("entity", Kind.TEXT, "Ids of the parties.", required=True),
        Column("valid_from", Kind.DATE, "First day."),
        Column("valid_to", Kind.DATE, "First day after the last."),
        *_text("op", "datasets", "programid", "dated", *CELLS),
    ),
)


@dataclass
class Pieces:
    """Turns pieces of one file of entities into readings, and remembers what concerns all of them.

    Parameters
    ----------
    survey : Survey
        Of the whole file.
    origin : Origin
        Of what the file is a delivery.
    format_name : str
        Name of the format.
    """

    survey: Survey
    origin: Origin
    format_name: str
    _seen: dict[str, Seen] = field(default_factory=dict)
    _left: Counter[str] = field(default_factory=Counter)
    _counts: Counter[str] = field(default_factory=Counter)

    def reading(self, raw: RawTable) -> Reading:
        """Say what a piece of the file means."""
        piece = _Piece(self, raw)
        return piece.reading()

    def seen(self, name: str) -> Seen:
        """What earlier pieces said of one kind of row."""
        return self._seen.setdefault(name, Seen())

    def count(self, what: str, number: int = 1) -> None:
        """Count something that the user should know."""
        self._counts[what] += number

    def leave(self, schemas: Iterable[str]) -> None:
        """Count entities that are not kept."""
        self._left.update(schemas)

    def notes(self, file: str) -> list[str]:
        """What a user should know of the whole file."""
        what = "changes of the dataset" if self.origin.delta else "the dataset"
        found = [f"{file}: read as {what} {self.origin.dataset!r} ({self.origin.why})"] if self.origin.why else []
        found += [f"{file}: {text}: {number:,}" for text, number in sorted(self._counts.items())]
        return [*found, *left_out(file, self._left)]


class _Piece:
    """One piece of a file on its way to a reading."""

    def __init__(self, whole: Pieces, raw: RawTable) -> None:
        self.whole, self.raw, self.file = whole, raw, raw.file
        self.records: dict[str, pd.DataFrame] = {}
        self.rejects: list[pd.DataFrame] = []
        self.tallies: list[Tally] = []
        self.withdrawn: list[tuple[str, int]] = []

    def reading(self) -> Reading:
        rows = self._clear()
        kinds = rows["schema"].map({name: schema.record for name, schema in schemata().items()}).fillna("")
        removed = rows["op"] == REMOVE
        self._removed(rows[removed])
        kept = ~removed
        self._parties(rows[kept & (kinds == "party")])
        edges = rows[kept & (kinds == "edge")]
        for name, part in edges.groupby("schema", sort=False):
            self._edges(part, str(name), schemata()[str(name)])
        self._listings(rows[kept & (kinds == "listing")])
        self._left(rows[kept & (kinds == "")])
        self._take_back()
        origin = self.whole.origin
        source = origin.source(self.whole.format_name, self.raw.sha256)
        rejects = pd.concat(self.rejects, ignore_index=True) if self.rejects else rejects_frame("", self.file, [])
        return Reading(source, not origin.delta, self.records, rejects, self.tallies, list(self.raw.notes), self.raw)

    # --- rows --------------------------------------------------------------------------------------------------

    def _clear(self) -> pd.DataFrame:
        """Rows that say what they are; the others are rejected."""
        rows = self.raw.frame
        names = ["id", "schema", "datasets", "caption", "first_seen", "last_seen", "last_change"]
        wanted = {name: self.raw.column(name) for name in names}
        rows = rows.assign(**wanted, op=self.raw.column("op") if self.whole.origin.delta else ADD)
        bad = []
        unknown = ~rows["op"].isin([ADD, CHANGE, REMOVE])
        nameless = ~unknown & (rows["id"] == "")
        formless = ~unknown & ~nameless & (rows["schema"] == "") & (rows["op"] != REMOVE)
        for mask, name, reason in (
            (unknown, "op", "is no change; write ADD, MOD or DEL"),
            (nameless, "id", "is empty, and has to be given"),
            (formless, "schema", "is empty; write what the entity is, such as Company"),
        ):
            found = rows.loc[mask, ["line", name]].itertuples(index=False)
            bad += [(int(line), name, str(value), reason) for line, value in found]
        bad += [(line, "", value, reason) for line, value, reason in self.raw.rejects]
        if bad:
            self.rejects.append(rejects_frame(UNCLEAR, self.file, bad))
            self.tallies.append(Tally(UNCLEAR, read=len(bad), rejected=len(bad)))
        return rows[~(unknown | nameless | formless)]

    def _cells(self, rows: pd.DataFrame, prop: str) -> pd.Series:
        """Cells of a property; empty where the file has no such column."""
        name = column(prop)
        return rows[name] if name in rows else pd.Series("", index=rows.index, dtype="str")

    def _take(self, checked: Checked) -> pd.DataFrame:
        self.rejects.append(checked.rejects)
        self.tallies.append(checked.tally)
        return checked.frame

    def _keep(self, table: str, frame: pd.DataFrame) -> None:
        before = self.records.get(table)
        self.records[table] = frame if before is None else pd.concat([before, frame], ignore_index=True)

    def _left(self, rows: pd.DataFrame) -> None:
        if len(rows):
            self.tallies.append(Tally(OTHERS, read=len(rows), merged=len(rows)))
            self.whole.leave(rows["schema"])
            self._changed(rows)

    # --- changes -----------------------------------------------------------------------------------------------

    def _changed(self, rows: pd.DataFrame) -> None:
        """What a changed entity said before no longer holds."""
        changed = rows[rows["op"] == CHANGE]
        self.withdrawn += zip(changed["id"], changed["line"], strict=True)

    def _removed(self, rows: pd.DataFrame) -> None:
        if rows.empty:
            return
        text = pd.DataFrame({"origin": rows["id"], "line": rows["line"]})
        frame = self._take(check_frame(text, WITHDRAWN, self.file, headers={"origin": "id"}, seen=self.whole.seen("")))
        for name, line in zip(frame["origin"], frame["line"], strict=True):
            self.withdrawn += [(name, line), (by_party(name), line)]
            self.withdrawn += [(f"{name}#{category}", line) for category in categories()]

    def _take_back(self) -> None:
        if self.withdrawn:
            text = pd.DataFrame(self.withdrawn, columns=["origin", "line"]).drop_duplicates("origin")
            self._keep(WITHDRAWN.name, made(check_frame(text, WITHDRAWN, self.file)))

    # --- parties -----------------------------------------------------------------------------------------------

    def _parties(self, rows: pd.DataFrame) -> None:
        if rows.empty:
            return
        names = [
            named(*cells)
            for cells in zip(
                rows["caption"],
                rows["schema"],
                *(self._cells(rows, prop) for prop in ("name", "alias", "previousName")),
                strict=True,
            )
        ]
        places = [country(*cells) for cells in zip(*(self._column(rows, name) for name in COUNTRIES), strict=True)]
        if several := sum(place == "?" for place in places):
            self.whole.count(
                "parties that name several countries, of which none was taken, so that matches by name wait", several
            )
        numbers = self._numbers(rows)
        text = pd.DataFrame(
            {
                "id": rows["id"],
                "name": [name.name for name in names],
                "aliases": [joined(name.aliases) for name in names],
                "country": [place.replace("?", "") for place in places],
                "lei": [number for number, _ in numbers],
                "roles": rows["schema"].map({name: schema.role for name, schema in schemata().items()}),
                "website": [next(iter(values(cell)), "") for cell in self._cells(rows, "website")],
                "address": ["; ".join(values(cell)) for cell in self._cells(rows, "address")],
                "identifiers": [joined(others) for _, others in numbers],
                "topics": self._cells(rows, "topics"),
                "programs": self._cells(rows, "programId"),
                "notes": self._cells(rows, "notes"),
                **_of_entity(rows),
            },
            index=rows.index,
        )
        checked = check_frame(text, PARTIES, self.file, headers=_PARTY_HEADERS, seen=self.whole.seen("party"))
        frame = self._take(checked)
        extra = [c.name for c in PARTIES.columns if c.name not in ORGANIZATIONS.names]
        self._keep(ORGANIZATIONS.name, frame.drop(columns=extra))
        self._changed(frame)
        self._concluded(frame.fillna(""))

    def _column(self, rows: pd.DataFrame, name: str) -> pd.Series:
        return rows[name] if name in rows else pd.Series("", index=rows.index, dtype="str")

    def _numbers(self, rows: pd.DataFrame) -> list[tuple[str, list[str]]]:
        cells = {scheme: self._cells(rows, prop) for prop, scheme in schemes().items()}
        used = {scheme: texts for scheme, texts in cells.items() if (texts != "").any()}
        if not used:
            return [("", [])] * len(rows)
        return [identifiers(dict(zip(used, row, strict=True))) for row in zip(*used.values(), strict=True)]

    def _concluded(self, rows: pd.DataFrame) -> None:
        """Findings from what parties say of themselves, where no listing says it."""
        found: list[dict[str, object]] = []
        listed = "|".join(map(re.escape, keys()["dataset"]))
        wanted = (rows["op"] == CHANGE) | (rows["topics"] != "") | (rows["programs"] != "")
        wanted |= rows["datasets"].str.contains(listed)
        parties: list[dict[str, Any]] = rows[wanted].astype(object).to_dict("records")  # type: ignore[assignment]
        for party in parties:
            changed = party["op"] == CHANGE
            said = implied(values(party["topics"]), values(party["programs"]), values(party["datasets"]))
            lists = {d.category for name in values(party["datasets"]) if (d := keys()["dataset"].get(name))}
            new = [c for c in said if self._not_listed(party["id"], c, said, lists, changed=changed)]
            if changed:
                gone = [c for c in categories() if c not in said or c in new]
                self.withdrawn += [(f"{party['id']}#{category}", party["line"]) for category in gone]
            found += [conclusion(party, category, said[category]) for category in new]
        if found:
            findings = made(check_frame(pd.DataFrame(found), FINDINGS, self.file))
            self._keep(FINDINGS.name, findings)
            self.whole.count(
                "findings concluded from topics, programs or datasets of a party, as no listing of it is in the file",
                len(findings),
            )

    def _not_listed(
        self, party: str, category: str, said: dict[str, list[Key]], lists: set[str], *, changed: bool
    ) -> bool:
        """Whether something that a party says of itself has to become a finding of its own.

        Of a changed party the listings, which did not change, stand in the full file alone: only what no list says can
        be new. Else a listing that ended would come back with the next change of its party.
        """
        listed = self.whole.survey.categories(party)
        forced = category == Category.FORCED_LABOUR
        if changed:
            by_list = category in lists or any(key.listed != NO for key in said[category])
            return forced and category not in (listed or ()) and not by_list
        return listed is None or (forced and category not in listed)

    # --- edges -------------------------------------------------------------------------------------------------

    def _edges(self, rows: pd.DataFrame, name: str, schema: Schema) -> None:
        shares = self._cells(rows, "percentage")
        text = pd.DataFrame(
            {
                "id": rows["id"],
                "start": self._cells(rows, schema.start),
                "end": self._cells(rows, schema.end),
                "percent": [percent(cell) for cell in shares],
                "kind": schema.kind,
                **self._interval(rows),
                **_of_entity(rows),
            },
            index=rows.index,
        )
        headers = {
            **_DATES,
            "start": f"properties.{schema.start}",
            "end": f"properties.{schema.end}",
            "percent": "properties.percentage",
        }
        frame = self._take(check_frame(text, _EDGES, self.file, headers=headers, seen=self.whole.seen("edge")))
        if frame.empty:
            return
        self._changed(frame)
        if name == "UnknownLink":
            self.whole.count("links of a kind that is not known, kept as ties that are no control", len(frame))
        self._hold(frame.fillna({"datasets": ""}))

    def _interval(self, rows: pd.DataFrame) -> dict[str, list[str]]:
        starts, ends = self._cells(rows, "startDate"), self._cells(rows, "endDate")
        return {"valid_from": [first_day([c]) for c in starts], "valid_to": [day_after([c]) for c in ends]}

    def _hold(self, frame: pd.DataFrame) -> None:
        datasets = [next(iter(values(cell)), "") for cell in frame["datasets"]]
        own = self.whole.origin.dataset
        says = [source_id(name) if name and name != own else "" for name in datasets]
        held = frame.assign(owner_id=frame["start"].map(values), owned_id=frame["end"].map(values), source=says)
        held = held.explode("owner_id").explode("owned_id")
        text = held[[*OWNERSHIP.names, "line", "origin", "first_seen", "last_seen"]].astype("str")
        text["percent"] = [f"{v:.15g}" if pd.notna(v) else "" for v in held["percent"]]
        text["line"] = held["line"]
        self._keep(OWNERSHIP.name, made(check_frame(text.fillna(""), _HOLDINGS, self.file)))
        self._sources(name for name in distinct(datasets) if name != own)

    def _sources(self, datasets: Iterable[str]) -> None:
        """Datasets that say something in a collection of several."""
        rows = [
            {
                "id": source_id(name),
                "title": f"OpenSanctions: {name}",
                "publisher": PUBLISHER,
                "url": dataset_url(name),
                "licence": LICENCE,
                "line": 0,
            }
            for name in datasets
        ]
        if rows:
            frame = made(check_frame(pd.DataFrame(rows), SOURCES, self.file, seen=self.whole.seen("source")))
            self._keep(SOURCES.name, frame)

    # --- listings ----------------------------------------------------------------------------------------------

    def _listings(self, rows: pd.DataFrame) -> None:
        if rows.empty:
            return
        cells = {name: self._cells(rows, name) for name in (*CELLS, "programId")}
        dates = [
            listed_days(*row)
            for row in zip(
                *(self._cells(rows, name) for name in ("startDate", "listingDate", "endDate")),
                *(rows[name].str[:10] for name in ("first_seen", "last_change", "last_seen")),
                cells["status"],
                strict=True,
            )
        ]
        text = pd.DataFrame(
            {
                "id": rows["id"],
                "entity": self._cells(rows, "entity"),
                "valid_from": [start for start, _, _ in dates],
                "valid_to": [end for _, end, _ in dates],
                "dated": [how for _, _, how in dates],
                **{name.casefold(): series for name, series in cells.items()},
                **_of_entity(rows),
            },
            index=rows.index,
        )
        headers = {"entity": "properties.entity", **_DATES}
        frame = self._take(check_frame(text, _LISTINGS, self.file, headers=headers, seen=self.whole.seen("listing")))
        if frame.empty:
            return
        self._changed(frame)
        survey = self.whole.survey
        said: list[dict[str, Any]] = frame.fillna("").astype(object).to_dict("records")  # type: ignore[assignment]
        found: dict[tuple[str, ...], list[dict[str, object]]] = {}
        for part in (part for listing in said for part in of_listing(listing, survey)):
            found.setdefault(tuple(part), []).append(part)
        for parts in found.values():  # a part says nothing of what it lacks, not even what an empty cell means
            self._keep(FINDINGS.name, made(check_frame(pd.DataFrame(parts), FINDINGS, self.file)))
        if survey.delta:
            changes = zip(frame["id"], frame["entity"], frame["op"], frame["line"], strict=True)
            known = [(i, n) for i, e, op, n in changes if op == CHANGE and any(p in survey.parties for p in values(e))]
            self.withdrawn += [(by_party(identity), line) for identity, line in known]


def _of_entity(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """What every row says of its entity."""
    return {
        "op": rows["op"],
        "datasets": rows["datasets"],
        "line": rows["line"],
        "origin": rows["id"],
        "first_seen": rows["first_seen"].str[:10],
        "last_seen": rows["last_seen"].str[:10],
    }

"""From the rows of a file to records, as a mapping says: text first, then checks, then records."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from graph_core.model import LISTS, ORGANIZATIONS, SOURCES, Column, Kind, Table
from loaders.base import Options, Reading, Tally, date_in, source_row
from loaders.countries import alpha2
from loaders.files.rawtable import REJECT_COLUMNS, SHOWN_VALUE, RawTable
from loaders.formats.mapping.fields import Cells, Field, fingerprint, joined, read_field, year_later
from loaders.formats.mapping.file import BRAND, DELIVERED, PARTIES, Block, Mapping
from loaders.sites import by_value, site_id
from loaders.validate import ADDITIVE, Checked, Seen, check_frame, made

#: Name of the format.
FORMAT = "mapping"
#: Measures of a link that add up.
_FIGURES = ("volume", "value", "share")
#: Line -> header of the column, cell and reason, for each thing that is wrong with the row.
_Problems = dict[int, list[tuple[str, str, str]]]
_LIST_COLUMNS = (
    Column("list.brand", Kind.TEXT, "Buyer.", required=True),
    Column("list.series", Kind.TEXT, "Series.", required=True),
    Column("list.date", Kind.DATE, "First day."),
)


@dataclass
class _Part:
    """What one block of the mapping makes of the rows of a piece.

    Attributes
    ----------
    block : Block
        What the mapping says.
    text : DataFrame
        Columns of its record table as text, and ``line``.
    present : Series
        Whether the row makes such a record.
    cells : dict of str to Cells
        Where the text of a column was rewritten or could not be read.
    lost : DataFrame or None
        Cells of rows that make no such record.
    """

    block: Block
    text: pd.DataFrame
    present: pd.Series
    cells: dict[str, Cells]
    lost: pd.DataFrame | None = None


class Transformation:
    """Turns the rows of one file into records, piece by piece.

    Parameters
    ----------
    mapping : Mapping
        What the columns mean.
    options : Options
        What the user said.
    file : str
        Name of the file.
    """

    def __init__(self, mapping: Mapping, options: Options, file: str) -> None:
        self._notes: list[str] = []
        self._mapping = self._dated(mapping, file)
        self._options, self._file = options, file
        self._blocks = mapping.blocks
        self._main = mapping.blocks[0]
        delivers = any(DELIVERED.name in block.fields for block in mapping.blocks)
        #: Source under which the figures of all files of deliveries add up.
        self._together = f"{FORMAT}:{mapping.title}" if delivers else None
        self._seen: dict[str, Seen] = defaultdict(Seen)
        self._unused: dict[tuple[str, str], int] = {}
        self._headers: dict[str, str] = {}
        self._first = True

    def _dated(self, mapping: Mapping, file: str) -> Mapping:
        """A list without a day has the one in the name of its file."""
        if mapping.listing is None or mapping.listing.date is not None:
            return mapping
        day = date_in(file)
        if day is None:
            self._notes.append(f"{mapping.file}: the list has no day, so that its links have no dates (--list-date)")
            return mapping
        if any("valid_" in name for name in mapping.blocks[0].fields):
            return mapping
        self._notes.append(f"{mapping.file}: the list is of {day}, as the name of the file {file} says")
        return replace(mapping, listing=replace(mapping.listing, date=Field(1, value=day)))

    def _count_lost(self, part: _Part, kept: pd.Series) -> None:
        """Count the cells that are not used because what they are about has no name."""
        if part.lost is None:
            return
        cells = part.lost[part.lost["line"].isin(kept)].drop(columns="line")
        cells = cells[(cells != "").any(axis=1)]
        if len(cells):
            used = [str(name) for name in cells.columns if (cells[name] != "").any()]
            shown = ", ".join(dict.fromkeys(self._shown(part.block, name) for name in used))
            key = (part.block.label, shown)
            self._unused[key] = self._unused.get(key, 0) + len(cells)

    def notes(self) -> list[str]:
        """What is to be said when all rows are read."""
        unused = [
            f"{self._file}: on {rows:,} rows {label} has no name or id and was left out, with what stands in {columns}"
            for (label, columns), rows in self._unused.items()
        ]
        return self._notes + unused

    def piece(self, raw: RawTable) -> Reading:
        """Turn rows into records.

        Parameters
        ----------
        raw : RawTable
            A piece of the file, each line once, with all columns that the mapping reads.
        """
        self._headers = raw.headers
        lists = self._lists(raw)
        parts = self._parts(raw, lists)
        checked = self._checked(self._combined(parts, lists, raw), self._problems(parts, raw), raw)
        kept = checked.frame["line"]
        said: dict[str, list[pd.DataFrame]] = defaultdict(list)
        for name, frame in self._of_list(lists, kept).items():
            said[name].append(frame)
        for part in parts.values():
            self._count_lost(part, kept)
            said[part.block.table.name].append(self._records(part, raw, kept))
        records = {name: _stacked(frames) for name, frames in said.items()}
        if self._together is not None and len(kept):
            records["sources"] = self._source_of_deliveries(int(kept.iloc[0]))
        notes = list(checked.notes)
        if self._first:
            notes += self._unread_columns(raw)
            self._first = False
        return Reading(self._source(raw), True, records, checked.rejects, [checked.tally], notes, raw)

    # --- text -----------------------------------------------------------------------------------------------

    def _lists(self, raw: RawTable) -> pd.DataFrame | None:
        """Brand, series and day of each row, and the id of the list; ``None`` where the table is no list."""
        listing = self._mapping.listing
        if listing is None:
            return None
        fields = {"brand": listing.brand, "series": listing.series, "date": listing.date}
        text = pd.DataFrame(index=raw.frame.index)
        for name, how in fields.items():
            column = next(column for column in _LIST_COLUMNS if column.name == f"list.{name}")
            text[name] = read_field(how, column, raw.frame).text.str.strip() if how is not None else ""
        text["date"] = text["date"].str[:10]
        text["buyer_id"] = ("brand:" + text["brand"]).where(text["brand"] != "", "")
        ids = "list:" + text["brand"] + ":" + text["series"] + ":" + text["date"]
        text["id"] = ids.where((text["date"] != "") & (text["brand"] != ""), "")
        return text.assign(line=raw.frame["line"])

    def _parts(self, raw: RawTable, lists: pd.DataFrame | None) -> dict[str, _Part]:
        """Text of all blocks; ids of parties first, since other blocks name them."""
        parts = {}
        for block in self._blocks:
            cells = {
                column.name: read_field(block.fields[column.name], column, raw.frame)
                for column in block.columns
                if block.fields[column.name].id_of is None
            }
            text = pd.DataFrame({name: cell.text for name, cell in cells.items()}, index=raw.frame.index)
            parts[block.label] = _Part(block, text.assign(line=raw.frame["line"]), pd.Series(True, text.index), cells)
        for part in parts.values():
            if part.block.table.name in PARTIES and "id" not in part.block.fields:
                part.text["id"] = self._made_id(part, lists)
        ids = {label: part.text["id"] for label, part in parts.items() if part.block.table.name in PARTIES}
        if lists is not None:
            ids[BRAND] = lists["buyer_id"]
        for part in parts.values():
            for name, how in part.block.fields.items():
                if how.id_of is not None:
                    part.text[name] = ids[how.id_of]
            self._complete(part, raw, lists)
        return parts

    def _made_id(self, part: _Part, lists: pd.DataFrame | None) -> pd.Series:
        """Id of a party for which the mapping names none."""
        text, none = part.text, pd.Series("", index=part.text.index)
        name = text["name"].str.strip()
        country = by_value(text.get("country", none), lambda cell: alpha2(cell) or cell.strip())
        if part.block.table.name == "organizations":
            roles = part.block.fields.get("roles")
            if roles is not None and "brand" in (roles.value or "").split("|"):
                return ("brand:" + name).where(name != "", "")
            return ("company:" + joined([name, country], ":")).where(name != "", "")
        address = text.get("address", none)
        # Without an address, an equal name is no equal site: neither in another list nor at another place.
        owner = lists["brand"] if lists is not None else pd.Series(self._mapping.title, index=text.index)
        point = text.get("lat", none) + " " + text.get("lon", none)
        rows = pd.DataFrame({"country": country, "name": name, "address": address, "owner": owner, "point": point})
        rows.loc[address != "", ["owner", "point"]] = ""
        distinct = rows.drop_duplicates()
        made_ids = [
            site_id(c, n, a, *((f"{o} {p}",) if o else ())) or (n and f"site:{c}:{n}")
            for c, n, a, o, p in distinct.to_numpy().tolist()
        ]
        ids = pd.Series(made_ids, index=pd.MultiIndex.from_frame(distinct), dtype="str")
        return pd.Series(ids.reindex(pd.MultiIndex.from_frame(rows)).to_numpy(), index=text.index, dtype="str")

    def _complete(self, part: _Part, raw: RawTable, lists: pd.DataFrame | None) -> None:
        """Add what the mapping need not say, and leave out the records that a row does not make."""
        block, text = part.block, part.text
        if block.table.name == "links":
            if lists is not None and block is self._main:
                text["list_id"] = lists["id"]
            if DELIVERED.name in text:
                day = text.pop(DELIVERED.name)
                end = by_value(day, year_later)
                told = {"valid_from": day, "valid_to": end, "first_seen": day, "last_seen": day}
                part.text = text = text.assign(**told, source=self._together)
            if any(name in text for name in _FIGURES):
                text["origin"] = "row:" + _row_prints(raw)
        if block.table.name == "findings" and "id" not in text:
            whole = self._mapping.title + text.drop(columns="line").agg("\x1f".join, axis=1)
            text["id"] = "finding:" + by_value(whole, fingerprint)
        if block is self._main:
            return
        needed = [text[column.name].str.strip() != "" for column in block.table.columns if column.required]
        part.present = pd.concat(needed, axis=1).all(axis=1)
        if block.table.name == "findings":
            part.present &= self._found(part)
        own = [name for name, how in block.fields.items() if how.all_columns and name in text]
        part.lost = text.loc[~part.present, ["line", *own]]
        text.loc[~part.present, text.columns != "line"] = ""

    def _found(self, part: _Part) -> pd.Series:
        """Whether a row beside which a finding may stand holds one: by its category or kind, else by any cell of it."""
        read = [name for name, how in part.block.fields.items() if how.all_columns and name in part.text]
        told = [name for name in ("category", "kind") if name in read][:1] or read
        return (part.text[told] != "").any(axis=1)

    # --- checks ---------------------------------------------------------------------------------------------

    def _combined(self, parts: dict[str, _Part], lists: pd.DataFrame | None, raw: RawTable) -> _Rows:
        """All text of a row side by side, so that it is checked, counted and rejected as one."""
        columns: list[Column] = []
        text: dict[str, pd.Series] = {}
        shown: dict[str, str] = {}
        for label, part in parts.items():
            main = part.block is self._main
            for column in part.block.table.columns:
                name = column.name if main else f"{label}.{column.name}"
                if column.name in part.text or main:
                    made_up = column.name == "id" and "id" not in part.block.fields
                    columns.append(replace(column, name=name, required=column.required and main and not made_up))
                if column.name in part.text:
                    text[name] = part.text[column.name]
                    shown[name] = self._shown(part.block, column.name)
            if "origin" in part.text:
                columns.append(Column("origin" if main else f"{label}.origin", Kind.ID, "The row."))
                text[columns[-1].name] = part.text["origin"]
        listing = self._mapping.listing
        if lists is not None and listing is not None:
            for column in _LIST_COLUMNS:
                name = column.name.removeprefix("list.")
                dated = name == "date" and listing.date is not None
                columns.append(replace(column, required=column.required or dated))
                text[column.name] = lists[name]
                shown[column.name] = self._header(getattr(listing, name), column.name)
        frame = pd.DataFrame(text, index=raw.frame.index).assign(line=raw.frame["line"])
        return _Rows(frame, _additive(Table(self._main.table.name, (), tuple(columns), "A row.")), shown)

    def _problems(self, parts: dict[str, _Part], raw: RawTable) -> _Problems:
        """What is wrong with rows beside what a record table itself can tell."""
        problems: _Problems = defaultdict(list)
        listing = self._mapping.listing
        if listing is not None and listing.date is not None:
            cells = read_field(listing.date, _LIST_COLUMNS[2], raw.frame)
            self._unreadable("list.date", listing.date, cells, raw, problems)
        for part in parts.values():
            for name, cells in part.cells.items():
                where = f"{part.block.label}.{name}"
                self._unreadable(where, part.block.fields[name], cells, raw, problems, part.present)
            if part.block is not self._main:
                self._intervals(part, problems)
        for part in parts.values():
            self._contradictions(part, problems)
        return problems

    def _unreadable(
        self, where: str, how: Field, cells: Cells, raw: RawTable, problems: _Problems, present: pd.Series | None = None
    ) -> None:
        if cells.wrong is None:
            return
        header = self._header(how, where)
        wrong = cells.wrong[cells.wrong != ""]
        for row, reason in wrong.items():
            place = int(str(row))
            if present is None or present.iloc[place]:
                said = how.join.join(filter(None, (str(raw.frame[key].iloc[place]) for key in how.columns)))
                problems[int(raw.frame["line"].iloc[place])].append((header, said, str(reason)))

    def _intervals(self, part: _Part, problems: _Problems) -> None:
        """The checks of a record table see the interval of the counted one only."""
        if not {"valid_from", "valid_to"} <= set(part.text):
            return
        start, end = part.text["valid_from"].str[:10], part.text["valid_to"].str[:10]
        for row in np.flatnonzero(((start != "") & (end != "") & (end <= start)).to_numpy()).tolist():
            reason = f"ends on or before the day it begins, {start.iloc[row]} (valid_to is the first day after it)"
            header = self._shown(part.block, "valid_to")
            problems[int(part.text["line"].iloc[row])].append((header, end.iloc[row], reason))

    def _contradictions(self, part: _Part, problems: _Problems) -> None:
        """Rows that say something else of the thing that an earlier row is about."""
        block, text = part.block, part.text
        good = text[part.present & ~text["line"].isin(list(problems))]
        table, seen = block.table, self._seen["said:" + block.label]
        if table.name in PARTIES and "country" in text:
            said = pd.DataFrame({"id": good["id"], "country": by_value(good["country"], _code), "line": good["line"]})
            said = said[(said["id"] != "") & (said["country"] != "")]
            for line, shown, reason in _against_earlier(said, ("id",), seen, self._file):
                text_of = reason.replace("something else of the same id", f"another country of {shown}")
                problems[line].append((self._shown(block, "country"), _cell(good, line, "country"), text_of))
        if block is self._main and table.name not in ADDITIVE and (table.name == "ownership" or "id" in block.fields):
            key = tuple(name for name in table.key if name in text)
            whole = pd.DataFrame({name: good[name] for name in text.columns})
            strict = self._seen["key:" + block.label]
            for line, shown, reason in _against_earlier(whole, key, strict, self._file):
                if line not in problems:
                    problems[line].append((self._shown(block, key[0]), shown, reason))

    def _checked(self, rows: _Rows, problems: _Problems, raw: RawTable) -> Checked:
        """Check rows as a whole: each is loaded, merged or rejected, once."""
        bad = rows.text["line"].isin(list(problems))
        good = check_frame(
            rows.text[~bad], rows.table, raw.file, raw.rejects, raw.notes, rows.shown, self._seen["rows"]
        )
        more = check_frame(rows.text[bad], rows.table, raw.file, headers=rows.shown).rejects
        others = {
            int(line): "; also " + (f"{column}: " if column else "") + reason
            for line, column, reason in zip(more["line"], more["column"], more["reason"], strict=True)
        }
        entries = []
        for line, found in problems.items():
            column, value, reason = found[0]
            also = "".join(f"; also {name}: {why}" for name, _, why in found[1:])
            entries.append((line, column, value[:SHOWN_VALUE], reason + also + others.get(line, "")))
        own = pd.DataFrame([(self._main.table.name, raw.file, *entry) for entry in entries], columns=REJECT_COLUMNS)
        rejects = pd.concat([good.rejects, own]) if len(own) else good.rejects
        rejects = rejects.assign(table=self._main.table.name).sort_values("line", kind="stable", ignore_index=True)
        rejects = _as_written(rejects.astype({"line": "int64"}), raw)
        tally = Tally(self._main.table.name, good.tally.read + len(own), good.tally.loaded, good.tally.merged)
        tally.rejected = len(rejects)
        return Checked(good.frame, rejects, tally, good.notes)

    # --- records --------------------------------------------------------------------------------------------

    def _records(self, part: _Part, raw: RawTable, kept: pd.Series) -> pd.DataFrame:
        """Records that the accepted rows make."""
        table = part.block.table
        text = part.text[part.present & part.text["line"].isin(kept)]
        frame = made(check_frame(text, _additive(table), raw.file, seen=self._seen[table.name]))
        rewritten = {}
        for column in part.block.columns:
            cells = part.cells.get(column.name)
            if cells is not None and cells.raw is not None and _rewrites(part.block.fields[column.name], column):
                rewritten["valid_from" if column is DELIVERED else column.name] = cells.raw
        return _with_originals(frame, rewritten, raw.frame["line"])

    def _of_list(self, lists: pd.DataFrame | None, kept: pd.Series) -> dict[str, pd.DataFrame]:
        """The brand and the list themselves."""
        if lists is None:
            return {}
        used = lists[lists["line"].isin(kept)]
        brands = used.drop_duplicates("buyer_id")
        brands = brands[["line"]].assign(id=brands["buyer_id"], name=brands["brand"], roles="brand")
        dated = used[used["id"] != ""].drop_duplicates("id")
        dated = dated.assign(title="list of " + dated["date"])
        seen = self._seen
        return {
            "organizations": made(check_frame(brands, _additive(ORGANIZATIONS), self._file, seen=seen["brands"])),
            "lists": made(check_frame(dated.drop(columns="brand"), _additive(LISTS), self._file, seen=seen["lists"])),
        }

    def _source(self, raw: RawTable) -> dict[str, str | None]:
        mapping, listing = self._mapping, self._mapping.listing
        stem = re.sub(r"(?i)(\.(csv|tsv|txt|xlsx?|json|jsonl|ndjson|parquet))?(\.gz)?$", "", raw.file)
        said = [listing.brand.value, listing.date.value if listing.date else None] if listing else []
        about = dict(mapping.about)
        retrieved = about.pop("retrieved", None) or (self._options.list_date if listing is None else None)
        if listing is not None and listing.brand.value:
            about.setdefault("publisher", listing.brand.value)
        title = mapping.title if mapping.title == stem else f"{mapping.title} ({raw.file})"
        source_id = ":".join(filter(None, ["mapping", mapping.title, stem, *said]))
        more = {"mapping": mapping.sha256, **({"adds": self._together} if self._together else {})}
        return source_row(source_id, title, FORMAT, raw.sha256, retrieved_at=retrieved, **about, **more)

    def _source_of_deliveries(self, line: int) -> pd.DataFrame:
        about = {key: cell for key, cell in self._mapping.about.items() if key != "retrieved"}
        text = pd.DataFrame([{"id": self._together, "title": self._mapping.title, **about, "line": line}])
        return made(check_frame(text, SOURCES, self._file))

    def _unread_columns(self, raw: RawTable) -> list[str]:
        read = set(self._mapping.columns)
        names = [header for key, header in raw.headers.items() if key not in read and header.strip()]
        return [f"{raw.file}: columns that the mapping does not use: {', '.join(names)}"] if names else []

    # --- names for people -----------------------------------------------------------------------------------

    def _shown(self, block: Block, name: str) -> str:
        """What a message calls a column of a record table: the header of the file that it comes from."""
        how = block.fields.get(name)
        if how is None and name == "id":
            how = block.fields.get("name")
        return self._header(how, f"{block.label}.{name}")

    def _header(self, how: Field | None, name: str) -> str:
        if how is None:
            return name
        if how.id_of is not None:
            block = next((block for block in self._blocks if block.label == how.id_of), None)
            if block is None and self._mapping.listing is not None:
                return self._header(self._mapping.listing.brand, name)
            return self._shown(block, "id") if block else name
        return " + ".join(self._headers.get(key) or key for key in how.all_columns) or name


@dataclass(frozen=True)
class _Rows:
    """Rows with all their text, the table that they are checked by, and the header of each column."""

    text: pd.DataFrame
    table: Table
    shown: dict[str, str]


def _stacked(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Records of one table that several blocks make."""
    full = [frame for frame in frames if len(frame)] or frames[:1]
    return full[0] if len(full) == 1 else pd.concat(full, ignore_index=True)


def _additive(table: Table) -> Table:
    """The table without its key: what several rows say of one party is all kept, for the derivation to put together."""
    return replace(table, name=ADDITIVE[0])


def _code(cell: str) -> str:
    """A country as its code; empty where it is none, which is another fault."""
    return alpha2(cell) or ""


def _cell(rows: pd.DataFrame, line: int, name: str) -> str:
    """A cell of the row of a line."""
    return str(rows.loc[rows["line"] == line, name].iloc[0])


def _against_earlier(rows: pd.DataFrame, key: tuple[str, ...], seen: Seen, file: str) -> Iterator[tuple[int, str, str]]:
    """Line, key and reason of rows that differ from an earlier row of the same key."""
    columns = tuple(Column(str(name), Kind.TEXT, "") for name in rows.columns if name not in ("line", "origin"))
    rejects = check_frame(
        rows.drop(columns="origin", errors="ignore"), Table("", key, columns, "A row."), file, seen=seen
    ).rejects
    for line, value, reason in zip(rejects["line"], rejects["value"], rejects["reason"], strict=True):
        if "already says something else" in str(reason):  # what else is wrong is found when the row is checked
            yield int(line), str(value), str(reason)


def _row_prints(raw: RawTable) -> pd.Series:
    """Fingerprint of each row of the file, all its columns counted."""
    prints = pd.util.hash_pandas_object(raw.frame[sorted(raw.headers)], index=False)
    return prints.map("{:016x}".format)


def _as_written(rejects: pd.DataFrame, raw: RawTable) -> pd.DataFrame:
    """Rejects with the cell as the file has it: it is what a person corrects and loads again."""
    keys = {header: key for key, header in raw.headers.items()}
    cells = raw.frame.set_index("line")
    values = [
        str(cells.at[line, keys[column]])[:SHOWN_VALUE] if column in keys and line in cells.index else value
        for line, column, value in zip(rejects["line"], rejects["column"], rejects["value"], strict=True)
    ]
    return rejects.assign(value=pd.Series(values, index=rejects.index, dtype="str"))


def _rewrites(how: Field, column: Column) -> bool:
    """Whether a field can change the text of a cell."""
    return bool(how.translations or how.split) or column.kind in (Kind.DATE, Kind.NUMBER)


def _with_originals(frame: pd.DataFrame, said: dict[str, pd.Series], lines: pd.Series) -> pd.DataFrame:
    """Put the cells of the file into ``original`` where the mapping rewrote them."""
    if not said or frame.empty:
        return frame
    texts = {}
    for name, cells in said.items():
        written = frame["line"].map(pd.Series(cells.to_numpy(), index=lines)).astype("str").fillna("")
        values = frame[name].map(_plain, na_action="ignore").astype("str").fillna("")
        texts[name] = written.where(written != values, "")
    changed = pd.DataFrame(texts)
    originals = frame["original"].astype(object).where(frame["original"].notna(), "")
    known: dict[tuple[str, ...], str | None] = {}
    merged = [
        known.setdefault(key, _merged(key, list(texts)))
        for key in zip(originals, *(changed[name] for name in texts), strict=True)
    ]
    return frame.assign(original=pd.Series(merged, index=frame.index, dtype="str"))


def _merged(key: tuple[str, ...], names: list[str]) -> str | None:
    before, *cells = key
    known = json.loads(before) if before else {}
    for name, cell in zip(names, cells, strict=True):
        known.pop(name, None)
        if cell:
            known[name] = cell
    return json.dumps(known, ensure_ascii=False) if known else None


def _plain(value: object) -> object:
    return f"{value:.15g}" if isinstance(value, float) else value

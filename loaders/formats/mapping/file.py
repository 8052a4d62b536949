"""A mapping: the YAML file in which a user says what the columns of a table mean.

All of it is checked before a row is read, and every message names the line, the key, the value and what is allowed:

1. The text and its form (`loaders.formats.mapping.yaml`, `loaders/data/mapping_schema.json`).
2. The sense: parties that are meant by ``id_of`` are there, constants are of the kind of their column, days exist.

Whether the columns are in the file is checked when its headers are known (`Mapping.check_columns`).
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from graph_core.errors import InputError
from graph_core.model import TABLES, Column, Kind, Table
from loaders.base import Options
from loaders.files.opening import check_file, read_bytes, sha256
from loaders.files.rawtable import RawTable, header_key
from loaders.formats.mapping.fields import Field, fold, read_field
from loaders.formats.mapping.yaml import MAX_BYTES, Document, KeyPath, raise_faults, read_document, where_text
from loaders.validate import check_frame

#: Lists of one brand and one series take each other's place.
SERIES = "supplier list"
#: Label of the brand of a list.
BRAND = "brand"

#: Record tables of which a mapping may make rows; a row of the file is counted in the first of them that it makes.
BLOCKS = ("links", "findings", "coverage", "facilities", "ownership", "organizations")
#: Record tables that hold parties, and what one of them is called where the mapping says nothing else.
PARTIES = {"organizations": "organization", "facilities": "facility"}
#: Day of a delivery: a key of links beside the columns of that table.
DELIVERED = Column("delivered", Kind.DATE, "Day of a delivery: the link is documented from then on for one year.")
#: Keys that say where the table comes from.
_ABOUT = ("publisher", "url", "licence", "retrieved")
#: Columns that get a value where the mapping gives none.
_MADE = {("organizations", "id"), ("facilities", "id"), ("findings", "id")}


@dataclass(frozen=True)
class Block:
    """One kind of record that a row of the file makes.

    Attributes
    ----------
    table : Table
        Record table.
    label : str
        By what other parts of the mapping mean it, and what messages call it.
    fields : mapping of str to Field
        Column of the record table -> where its values come from.
    line : int
        Line of the mapping.
    """

    table: Table
    label: str
    fields: AnyMapping[str, Field]
    line: int

    @property
    def columns(self) -> list[Column]:
        """Columns that it fills, in the order of the record table."""
        return [column for column in (*self.table.columns, DELIVERED) if column.name in self.fields]


@dataclass(frozen=True)
class Listing:
    """The table is what a buyer disclosed.

    Attributes
    ----------
    brand, series : Field
        Name of the buyer, and of the series of lists.
    date : Field or None
        First day on which the list stands.
    """

    brand: Field
    series: Field
    date: Field | None


@dataclass(frozen=True)
class Mapping:
    """A mapping that was checked.

    Attributes
    ----------
    file : str
        Name of the YAML file.
    title : str
        What a reader calls the table.
    about : mapping of str to str
        ``publisher``, ``url``, ``licence``, ``retrieved``, where given.
    files : tuple of str
        Names of the tables, in the folder of the mapping.
    listing : Listing or None
        Where the table is a disclosure list.
    blocks : tuple of Block
        What a row makes; the first one counts the rows.
    sha256 : str
        Checksum of the YAML file.
    """

    file: str
    title: str
    about: AnyMapping[str, str]
    files: tuple[str, ...]
    listing: Listing | None
    blocks: tuple[Block, ...]
    sha256: str

    def fields(self) -> Iterator[tuple[str, Field]]:
        """All fields, with the names by which messages call them."""
        if self.listing is not None:
            yield "list.brand", self.listing.brand
            yield "list.series", self.listing.series
            if self.listing.date is not None:
                yield "list.date", self.listing.date
        for block in self.blocks:
            for name, how in block.fields.items():
                yield f"{block.label}.{name}", how

    @property
    def columns(self) -> list[str]:
        """Columns of the file that it reads, as `loaders.files.rawtable.header_key` folds them."""
        return list(dict.fromkeys(key for _, how in self.fields() for key in how.all_columns))

    def check_columns(self, raw: RawTable) -> None:
        """Check that the file has the columns.

        Raises
        ------
        InputError
            It lacks one; the nearest header is named.
        """
        faults = []
        for name, how in self.fields():
            for key in how.all_columns:
                if key not in raw.headers:
                    text = f"{name}: {raw.file} has no column {key!r}; {_nearest_header(key, raw)}"
                    faults.append((how.line, text))
        raise_faults(self.file, faults)

    def data_files(self, folder: Path) -> list[Path]:
        """The tables that it names.

        Parameters
        ----------
        folder : Path
            Folder of the mapping.

        Raises
        ------
        InputError
            It names none, or one outside of that folder: a mapping that somebody else wrote must not read this
            machine's other files.
        """
        if not self.files:
            raise InputError(
                f"{self.file} names no file; write `file: NAME` in it, or name the table on the command line"
            )
        found = []
        for name in self.files:
            plain = name.replace("\\", "/")
            path = folder / plain
            outside = plain.startswith("/") or ".." in plain.split("/") or re.match(r"[A-Za-z]:", plain)
            if "\x00" in name or outside or not path.resolve().is_relative_to(folder.resolve()):
                raise InputError(
                    f"{self.file}: file: {name!r} is outside of the folder of the mapping; put the table beside the "
                    "mapping, or name it on the command line"
                )
            check_file(path)
            found.append(path)
        return found


def _nearest_header(key: str, raw: RawTable) -> str:
    close = difflib.get_close_matches(key, list(raw.headers), n=1, cutoff=0.5)
    if close:
        return f"the nearest is {raw.headers[close[0]]!r}"
    names = [repr(header or key) for key, header in raw.headers.items()]
    return "its columns are " + ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")


# --- from bytes to a mapping -----------------------------------------------------------------------------------


def read_mapping(path: Path, options: Options | None = None) -> Mapping:
    """Read and check a mapping.

    Parameters
    ----------
    path : Path
        The YAML file.
    options : Options, optional
        What the user said on the command line; brand, day and series take the place of what the mapping says.

    Raises
    ------
    InputError
        It cannot be read or used; all faults are named.
    """
    if check_file(path) > MAX_BYTES:
        raise InputError(f"{path.name} has more than {MAX_BYTES:,} bytes; is it a mapping?")
    data = read_bytes(path, MAX_BYTES)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8 (byte {error.start + 1}); save it as UTF-8") from error
    return parse_mapping(text, path.name, options)


def parse_mapping(text: str, file: str, options: Options | None = None) -> Mapping:
    """Check the text of a mapping; see `read_mapping`."""
    document = read_document(text, file)
    mapping = _Builder(document, options or Options()).mapping(sha256(text.encode()))
    raise_faults(file, _constant_faults(mapping))
    return mapping


# --- the sense -------------------------------------------------------------------------------------------------


class _Builder:
    """Makes a `Mapping` of a document whose form is right, and collects what makes no sense."""

    def __init__(self, document: Document, options: Options) -> None:
        self._document, self._options = document, options
        self._content: dict[str, Any] = document.content
        self._faults: list[tuple[int, str]] = []
        self._labels: set[str] = set()

    def mapping(self, checksum: str) -> Mapping:
        content = self._content
        listing = self._listing()
        blocks = [block for name in BLOCKS for block in self._blocks(name)]
        if listing is not None:
            self._labels.add(BRAND)
            blocks = self._with_links(blocks, dated=listing.date is not None or self._options.list_date is not None)
        elif self._options.brand is not None and any(block.table.name == "links" for block in blocks):
            self._faults.append((1, "its links name their buyers, so that --brand says nothing; leave --brand out"))
        if not blocks:
            self._faults.append((1, f"says nothing of what a row is; add at least one of {', '.join(BLOCKS)}"))
        for block in blocks:
            self._check_block(block)
        if retrieved := content.get("retrieved"):
            self._check_day(retrieved, ("retrieved",))
        raise_faults(self._document.file, self._faults)
        about = {str(key): str(content[key]) for key in _ABOUT if key in content}
        files = content.get("file", [])
        stem = re.sub(r"\.ya?ml$", "", self._document.file, flags=re.IGNORECASE)
        return Mapping(
            self._document.file,
            str(content.get("title", stem)),
            about,
            tuple(files) if isinstance(files, list) else (files,),
            listing,
            tuple(blocks),
            checksum,
        )

    def _listing(self) -> Listing | None:
        said = self._content.get("list", {})
        options = self._options
        if not said and (options.brand is None or "links" in self._content):
            return None
        brand = Field(1, value=options.brand) if options.brand else self._constant(said["brand"], ("list", "brand"))
        series = Field(1, value=options.series or str(said.get("series", SERIES)))
        if options.list_date is not None:
            return Listing(brand, series, Field(1, value=options.list_date))
        if "date" not in said:
            return Listing(brand, series, None)
        if isinstance(said["date"], str):
            self._check_day(said["date"], ("list", "date"))
        return Listing(brand, series, self._constant(said["date"], ("list", "date")))

    def _constant(self, said: Any, path: KeyPath) -> Field:
        """A field in which a plain text is the value itself, not a column."""
        return self._field(said, path) if isinstance(said, dict) else Field(self._document.line(path), value=said)

    def _check_day(self, day: str, path: KeyPath) -> None:
        try:
            dt.date.fromisoformat(day)
        except ValueError:
            self._faults.append((self._document.line(path), f"{'.'.join(map(str, path))}: {day!r} is no day"))

    def _blocks(self, name: str) -> Iterator[Block]:
        said = self._content.get(name)
        if said is None:
            return
        several = isinstance(said, list)
        for number, one in enumerate(said if several else [said]):
            path: KeyPath = (name, number) if several else (name,)
            fields = {key: self._field(value, (*path, key)) for key, value in one.items() if key != "as"}
            label = self._label(name, one.get("as"), several and len(said) > 1, number, path)
            yield Block(TABLES[name], label, fields, self._document.line(path))

    def _label(self, table: str, given: str | None, several: bool, number: int, path: KeyPath) -> str:
        line = self._document.line(path)
        if table not in PARTIES:
            return f"{table}[{number + 1}]" if several else table
        if given is None and several:
            self._faults.append((line, f"{table}[{number + 1}]: of several {table} each needs a name: add `as: NAME`"))
        label = given or (f"{table}[{number + 1}]" if several else PARTIES[table])
        if label in self._labels or label in (BRAND, *TABLES, "list"):
            self._faults.append((line, f"{table}: the name {label!r} is taken; choose another one with `as`"))
        self._labels.add(label)
        return label

    def _field(self, said: Any, path: KeyPath) -> Field:
        line = self._document.line(path)
        if isinstance(said, list):
            return Field(line, parts=tuple(self._field(part, (*path, n)) for n, part in enumerate(said)))
        if not isinstance(said, dict):
            said = {"column": said}
        columns = said.get("columns", [said["column"]] if "column" in said else [])
        keys = tuple(header_key(column) for column in columns)
        where = where_text(path)
        if not all(keys):
            self._faults.append((line, f"{where}a column without a name is called column_1, column_2 and so on"))
        if len(set(keys)) < len(keys):
            self._faults.append((line, f"{where}names the same column twice: {', '.join(columns)}"))
        values = {fold(cell): text for cell, text in said.get("values", {}).items()}
        if len(values) < len(said.get("values", {})):
            self._faults.append((line, f"{where}values: two entries differ in case or spaces only"))
        return Field(
            line,
            keys,
            said.get("value"),
            said.get("id_of"),
            said.get("join", " "),
            said.get("prefix", ""),
            said.get("split"),
            values,
            said.get("format"),
            said.get("decimal"),
            said.get("scale"),
            said.get("make") == "hash",
        )

    def _with_links(self, blocks: list[Block], *, dated: bool) -> list[Block]:
        """The links of a list: from the site of each row, or else its company, to the brand."""
        line = self._document.line(("list",))
        links = next((block for block in blocks if block.table.name == "links"), None)
        own = dict(links.fields) if links else {}
        if "supplier_id" not in own:
            sites = [block.label for block in blocks if block.table.name == "facilities"]
            companies = [block.label for block in blocks if block.table.name == "organizations"]
            suppliers = sites or companies
            if len(suppliers) != 1:
                named = "several parties; say in links: supplier_id: {id_of: ...} which one supplies"
                missing = "no facilities and no organizations"
                self._faults.append((line, f"list: a row makes {named if suppliers else missing} the brand"))
                return blocks
            own["supplier_id"] = Field(line, id_of=suppliers[0])
        own.setdefault("buyer_id", Field(line, id_of=BRAND))
        for name in ("valid_from", "valid_to", DELIVERED.name):
            if dated and name in own:
                text = f"links.{name}: the links of a dated list stand from its day to the next list; leave it out"
                self._faults.append((own[name].line, text))
        made = Block(TABLES["links"], links.label if links else "links", own, links.line if links else line)
        return [made, *(block for block in blocks if block is not links)]

    def _check_block(self, block: Block) -> None:
        for column in block.table.columns:
            made = (block.table.name, column.name) in _MADE
            if column.required and not made and column.name not in block.fields:
                self._faults.append((block.line, f"{block.label}: the key {column.name!r} is missing"))
        if block.table.name == "findings" and not {"subject_id", "subject_name"} & set(block.fields):
            self._faults.append((block.line, f"{block.label}: subject_id or subject_name has to say whom it is about"))
        if DELIVERED.name in block.fields and {"valid_from", "valid_to"} & set(block.fields):
            text = f"{block.label}: leave out either `delivered`, which is for a year, or valid_from and valid_to"
            self._faults.append((block.fields[DELIVERED.name].line, text))
        for name, how in block.fields.items():
            if how.id_of is None:
                continue
            if (block.table.name, name) in _MADE:
                self._faults.append((how.line, f"{block.label}.{name}: a party cannot have the id of another one"))
            elif how.id_of not in self._labels:
                known = ", ".join(sorted(self._labels)) or "none"
                text = f"{block.label}.{name}: id_of: {how.id_of!r} is no party of a row (parties: {known})"
                self._faults.append((how.line, text))


def _constant_faults(mapping: Mapping) -> Iterator[tuple[int, str]]:
    """Values that the mapping itself states and that do not fit their column."""
    for block in mapping.blocks:
        for column in block.columns:
            how = block.fields[column.name]
            for part in how.parts or (how,):
                for text in (part.value, *part.translations.values()):
                    if text and (reason := _constant_fault(text, part, column)):
                        yield part.line, f"{block.label}.{column.name}: {text!r} {reason}"


def _constant_fault(text: str, how: Field, column: Column) -> str:
    cells = read_field(replace(how, columns=(), value=text, translations={}), column, pd.DataFrame(index=[0]))
    if cells.wrong is not None:
        return str(cells.wrong.iloc[0])
    alone = Table("mapping", (column.name,), (replace(column, required=False),), "A value.")
    checked = check_frame(pd.DataFrame({column.name: cells.text, "line": [1]}), alone, "")
    if len(checked.rejects):
        return str(checked.rejects["reason"].iloc[0])
    if column.kind is Kind.ID and not how.prefix and how.hashed:
        return "is one value for all rows, so that `make: hash` makes one id for all of them"
    return ""

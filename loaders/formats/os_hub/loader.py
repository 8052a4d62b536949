"""Format ``os-hub``: facilities of Open Supply Hub, and lists in its upload template.

Which of these a file is, is told by what it holds; one row is one facility in all of them:

1. the download CSV: one row an OS ID (older ones: one a contribution, which are one facility here);
2. the upload template, or any list with country, name and address: no OS ID, so the id is made of the three
   (`loaders.sites.site_id`), and a site written otherwise elsewhere is another until identities are resolved;
3. answers of ``/api/facilities/`` (GeoJSON), one file or a folder of pages;
4. answers of ``/api/v1/production-locations/``.

Traps, and how each is decided:

* **A contributor is not a buyer.** A link is made where a contributor is an object whose type says brand or retailer
  and whose name is given (3), or where the user names the brand (``--brand``): then every facility of the file
  supplies it. Names in the column ``contributor (list)``, and contributors of which only the type is shown ("18 Brands
  / Retailers"), make none.
* **The tier is not stated**; at most the name of a list hints at it. So links are ``indirect``: at least tier 1. They
  name no product, since what a site makes need not be what it makes for that brand.
* ``--brand`` with ``--list-date`` is a dated list: it ends the brand's earlier lists of the same ``--series``. Pages
  of the interface without ``--brand`` are parts of the registry, so they never end anything.
* An OS ID whose check character does not fit is a reject. OS IDs that were merged into one are its identifiers.
* A parent company is the owner of an unknown share; the hub means the company with the majority.
* The point 0,0 and half a point are left out and the row is kept. The country is what the file says, even where the
  address names another: that is not decided here, only noted. An address of a city and a state has precision `city`.
* A closed site is loaded and marked. Columns of claims and of partners are not read.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial, reduce
from pathlib import Path

import pandas as pd

from graph_core.countries import country_names
from graph_core.errors import InputError
from graph_core.model import (
    FACILITIES,
    LINKS,
    LISTS,
    ORGANIZATIONS,
    OWNERSHIP,
    Column,
    Disclosure,
    Kind,
    Precision,
    Table,
)
from graph_core.resolve.identifiers import os_id_fault, plain_os_id
from loaders.base import Options, Reading, Report, Tally, source_row
from loaders.countries import alpha2
from loaders.data import table_rows
from loaders.files.rawtable import RawTable, rejects_frame
from loaders.files.tablefile import SUFFIXES, read_chunks
from loaders.formats.os_hub import api as os_hub_api
from loaders.sites import by_value, distinct, folded, one_row_a_site, site_id
from loaders.validate import Checked, Seen, check_frame, made

SERIES = "os-hub"
PUBLISHER = "Open Supply Hub"
URL = "https://opensupplyhub.org"
#: Types of contributors that buy from the facilities they name, in lower case without spaces.
BUYERS = frozenset({"brand/retailer", "brands/retailers", "brand", "retailer"})

#: Fields of which a cell, or several columns, hold several values.
_GATHERED = ("alias", "sector", "product", "facility_type", "workers", "parent", "parent_os_id", "history")
#: Columns of a facility that keep all values of its rows.
_JOINED = ("aliases", "identifiers", "sector", "facility_type", "product", "parent", "parent_os_id", "note")
_CLOSED = ("true", "yes", "1", "t", "y")


class OsHub:
    """Loader of the format ``os-hub``."""

    name = "os-hub"
    title = "Open Supply Hub"
    summary = (
        "a download, a list in the upload template, or pages of the interface (a folder); --brand whose list it is"
    )

    def read(self, path: Path, options: Options, report: Report) -> Iterator[Reading]:
        """Read a file, or a folder: all pages of JSON in it are one source, every table is one of its own.

        Yields
        ------
        Reading
            One a page or piece of a table.

        Raises
        ------
        InputError
            A file is none of the four kinds.
        """
        yield from self.read_all([path], options, report)

    def read_all(self, paths: Sequence[Path], options: Options, report: Report) -> Iterator[Reading]:
        """Read several files and folders as `read` does one, so that pages named one by one are one source too.

        Yields
        ------
        Reading
            One a page or piece of a table.

        Raises
        ------
        InputError
            A file is none of the four kinds.
        """
        files = list(dict.fromkeys(file for path in paths for file in _files(path)))
        pages = [file for file in files if os_hub_api.is_json(file)]
        tables = [file for file in files if file not in pages]
        for done, file in enumerate(tables):
            report("reading " + file.name, done, len(files))
            seen = Seen()
            for raw in read_chunks(file, ["name"], os_hub_api.known_headers()):
                yield _reading(_noting_columns(raw), options, seen)
        if pages:
            checksum = os_hub_api.content_sha256(pages)
            seen = Seen()
            for done, file in enumerate(pages, start=len(tables)):
                report("reading " + file.name, done, len(files))
                for raw in os_hub_api.read_pages(file, checksum):
                    if len(raw.frame) or raw.rejects or len(pages) == 1:
                        yield _reading(raw, options, seen)
        report("reading", len(files), len(files))

    def transform(self, raw: RawTable, options: Options) -> Iterator[Reading]:
        """Say what rows of any of the four kinds mean.

        Yields
        ------
        Reading
            One.
        """
        yield _reading(raw, options, Seen())


LOADER = OsHub()


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    try:
        found = sorted(
            e for e in path.iterdir() if e.name.casefold().removesuffix(".gz").endswith((*SUFFIXES, ".geojson"))
        )
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    if not found:
        raise InputError(f"{path} holds no file of Open Supply Hub: no table and no JSON")
    return found


def _noting_columns(raw: RawTable) -> RawTable:
    """Leave out the columns that are not read, and say so; they never reach a file of rejects either."""
    left = {key: header for key, header in raw.headers.items() if key not in os_hub_api.known_headers() and header}
    if not left:
        return raw
    claims = [key for key in left if key.startswith("claim")]
    names = [header for key, header in left.items() if key not in claims]
    shown = [f"{len(claims)} columns of claims"] if claims else []
    shown += [*names[:12], *([f"{len(names) - 12} more"] if len(names) > 12 else [])]
    notes = [*raw.notes, f"{raw.file}: columns that were not read: {', '.join(shown)}"]
    headers = {key: header for key, header in raw.headers.items() if key not in left}
    return replace(raw, frame=raw.frame.drop(columns=list(left)), headers=headers, notes=notes)


# --- rows ------------------------------------------------------------------------------------------------------


@dataclass
class _Rows:
    """Rows of a file by field.

    Attributes
    ----------
    text : DataFrame
        A column a field, and ``line``.
    headers : dict of str to str
        Column of `FACILITIES` -> header of the file that it comes from.
    listed : bool
        The rows have no OS IDs.
    notes : list of str
        What was seen in the rows.
    """

    text: pd.DataFrame
    headers: dict[str, str]
    listed: bool
    notes: list[str] = field(default_factory=list)


def _fields(raw: RawTable) -> _Rows:
    """Bring the columns of a file together by what they mean."""
    text = pd.DataFrame({"line": raw.frame["line"].astype("int64")})
    headers = {}
    for name, keys in os_hub_api.columns().items():
        found = [key for key in keys if key in raw.headers]
        if found:
            headers[name] = raw.headers[found[0]]
            # Who contributed is read whole, by its objects.
            whole = name == "contributors"
            text[name] = raw.frame[found[0]] if whole else _together(raw.frame, found, gathered=name in _GATHERED)
    _check_columns(raw, headers)
    return _Rows(text, headers, "os_id" not in headers)


def _together(frame: pd.DataFrame, keys: list[str], *, gathered: bool) -> pd.Series:
    """One column of several: all their values, or the first that is not empty."""
    cells = [by_value(frame[key].fillna(""), os_hub_api.values if gathered else _single) for key in keys]
    found = cells[0]
    for more in cells[1:]:
        found = found + "|" + more if gathered else found.where(found != "", more)
    return by_value(found, distinct) if gathered else found


def _single(cell: str) -> str:
    """The first value of a cell that holds contributions, else the cell."""
    return os_hub_api.values(cell).split("|", maxsplit=1)[0] if cell[:2] == "[{" else cell


def _check_columns(raw: RawTable, headers: dict[str, str]) -> None:
    if not len(raw.frame) and not raw.headers:
        return
    needed = ["name"] if "os_id" in headers else ["country", "name", "address"]
    missing = [name for name in needed if name not in headers]
    if missing:
        close = difflib.get_close_matches(missing[0], list(raw.headers), n=1, cutoff=0.5)
        hint = (
            f"the nearest header is {raw.headers[close[0]]!r}"
            if close
            else "its headers are " + ", ".join(map(repr, list(raw.headers.values())[:12]))
        )
        raise InputError(
            f"{raw.file} is no file of Open Supply Hub: a column for {' and '.join(missing)} is missing ({hint}); a "
            "download has os_id and name, a list country, name and address"
        )


def _reading(raw: RawTable, options: Options, seen: Seen) -> Reading:
    """Make records of rows."""
    rows = _fields(raw)
    text = _described(rows, raw.file)
    faults = _bad_ids(text, rows)
    table = _row_table(rows)
    checked = check_frame(
        text[~text["line"].isin(faults)],
        table,
        raw.file,
        raw.rejects,
        [*raw.notes, *rows.notes],
        {column: rows.headers.get(_SOURCE_FIELDS.get(column, column), column) for column in table.names},
        seen,
    )
    checked = _with_faults(checked, faults, raw.file, rows.headers.get("os_id", "os_id"))
    used = text[text["line"].isin(checked.frame["line"])]
    sites = one_row_a_site(used, _JOINED)
    records = _records(sites, used, options, raw)
    tally = Tally(checked.tally.table, checked.tally.read, len(sites), 0, checked.tally.rejected)
    tally.merged = tally.read - tally.loaded - tally.rejected
    notes = checked.notes + _notes(sites, used, rows, options, raw.file)
    if len(used) > len(sites):
        more = len(used) - len(sites)
        notes.append(f"{raw.file}: {more} rows are about a site of an earlier row; their names are other names of it")
    return Reading(
        _source(raw, options, rows), _list_id(options) is not None, records, checked.rejects, [tally], notes, raw
    )


#: Column of a facility -> field that it comes from.
_SOURCE_FIELDS = {"aliases": "alias", "id": "os_id"}


def _row_table(rows: _Rows) -> Table:
    """What a row has to be; a list has to say of each site what its id is made of."""
    required = {"name", "country", "address"} if rows.listed else {"id", "name"}
    columns = [replace(column, required=column.name in required) for column in FACILITIES.columns]
    more = [Column(name, Kind.TEXT, "") for name in ("parent", "parent_os_id", "contributors", "contributor")]
    return Table(FACILITIES.name, tuple(c.name for c in (*columns, *more)), (*columns, *more), "A row.")


def _described(rows: _Rows, file: str) -> pd.DataFrame:
    """Text of the columns of facilities, and of what else is needed of a row."""
    text = rows.text

    def said(name: str) -> pd.Series:
        return text[name] if name in text else pd.Series("", index=text.index, dtype="str")

    lat, lon, left_out = _points(said("lat"), said("lon"), said("point"))
    if left_out.any():
        lines = _lines(text.loc[left_out, "line"])
        rows.notes.append(f"{file}: {int(left_out.sum())} points 0,0 or half points were left out ({lines})")
    workers = said("workers")
    if "fewest" in text or "most" in text:
        bands = [os_hub_api.band(low, high) for low, high in zip(said("fewest"), said("most"), strict=True)]
        workers = workers.where(workers != "", pd.Series(bands, index=text.index, dtype="str"))
    kinds = said("facility_type")
    described = pd.DataFrame(
        {
            "id": by_value(said("os_id"), plain_os_id) if not rows.listed else "",
            "name": said("name"),
            "aliases": said("alias"),
            "address": said("address"),
            "country": said("country"),
            "lat": lat,
            "lon": lon,
            "product": said("product"),
            "identifiers": _identifiers(said),
            "sector": said("sector"),
            "facility_type": kinds.where(kinds != "", by_value(said("raw_type"), distinct)),
            "workers": workers,
            "closed": said("closed"),
            "note": _site_notes(left_out, said("moved")),
            "parent": by_value(said("parent"), _companies),
            "parent_os_id": said("parent_os_id"),
            "contributors": said("contributors"),
            "contributor": said("contributor"),
            "line": text["line"],
        }
    )
    codes = by_value(described["country"], lambda name: alpha2(name) or "")
    if rows.listed:
        described["id"] = _made_ids(described, codes)
    else:
        described["os_id"] = described["id"]
    described["precision"] = _precisions(described["address"], codes)
    foreign = _foreign(described["address"], codes)
    if foreign.any():
        rows.notes.append(
            f"{file}: the address of {int(foreign.sum())} rows ends in the name of another country than the column "
            f"says ({_lines(described.loc[foreign, 'line'])}); it is kept as the file says, and not decided here"
        )
    return described


def _lines(lines: pd.Series) -> str:
    shown = ", ".join(map(str, lines.head(5)))
    return ("line " if len(lines) == 1 else "lines ") + shown + (", ..." if len(lines) > 5 else "")


def _points(lat: pd.Series, lon: pd.Series, point: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Coordinates, empty where they are 0,0 or one of them is missing, and where that is so."""
    none = (lat == "") & (lon == "")
    lat = lat.where(~none, by_value(point, lambda pair: [*pair.split("|"), ""][1]))
    lon = lon.where(~none, by_value(point, lambda pair: pair.split("|")[0]))
    zero = (pd.to_numeric(lat, errors="coerce") == 0) & (pd.to_numeric(lon, errors="coerce") == 0)
    left_out = zero | ((lat == "") != (lon == ""))
    return lat.where(~left_out, ""), lon.where(~left_out, ""), left_out


def _identifiers(said: Callable[[str], pd.Series]) -> pd.Series:
    """Numbers in registers, each with its scheme."""
    schemes = (("duns", "DUNS"), ("lei", "LEI"), ("rba", "RBA"), ("history", "OSID"))
    cells = [by_value(said(name), partial(_numbers, scheme)) for name, scheme in schemes]
    return by_value(reduce(lambda left, right: left + "|" + right, cells), distinct)


def _numbers(scheme: str, cell: str) -> str:
    numbers = (plain_os_id(part) if scheme == "OSID" else part.strip() for part in cell.split("|"))
    return "|".join(f"{scheme}:{number}" for number in numbers if number)


def _site_notes(left_out: pd.Series, moved: pd.Series) -> pd.Series:
    without = pd.Series("", index=moved.index, dtype="str").mask(left_out, "the point given is 0,0 or incomplete")
    new = by_value(moved, lambda os_id: f"production moved to OS ID {plain_os_id(os_id)}" if os_id else "")
    return (without + "|" + new).map(lambda cell: distinct(cell).replace("|", "; ")).astype("str")


@cache
def _no_company() -> frozenset[str]:
    return frozenset(row["name"] for row in table_rows("os_hub_no_company"))


@cache
def _site_words() -> frozenset[str]:
    return frozenset(row["word"] for row in table_rows("os_hub_site_words"))


def _companies(cell: str) -> str:
    """Names of companies in a cell; not what stands where none is known."""
    return "|".join(name for name in distinct(cell).split("|") if name.casefold() not in _no_company())


def _made_ids(rows: pd.DataFrame, codes: pd.Series) -> pd.Series:
    """Ids of sites without one; empty where something of what it is made of is missing."""
    parts = zip(codes.tolist(), rows["name"].tolist(), rows["address"].tolist(), strict=True)
    return pd.Series([site_id(*p) if all(p) else "" for p in parts], index=rows.index, dtype="str")


@cache
def _countries_by_name() -> dict[str, str]:
    return {folded(name): code for code, name in country_names().items()}


def _parts(address: str) -> list[str]:
    return [part.strip() for part in re.split("[,;]", address) if part.strip()]


def _precisions(address: pd.Series, codes: pd.Series) -> pd.Series:
    """``city`` for an address that holds no more than a city and a state."""
    pairs = list(zip(address.tolist(), codes.tolist(), strict=True))
    known = {pair: _city_only(*pair) for pair in set(pairs)}
    found = [str(Precision.CITY) if known[pair] else "" for pair in pairs]
    return pd.Series(found, index=address.index, dtype="str")


def _city_only(address: str, country: str) -> bool:
    """Whether an address is a city, or a city and a state, and perhaps the country: no number, street or site."""
    if re.search(r"\d", address):
        return False
    parts = _parts(address)
    if len(parts) > 1 and country and _countries_by_name().get(folded(parts[-1])) == country:
        parts = parts[:-1]
    words = [folded(part).split() for part in parts]
    short = len(parts) in (1, 2) and all(0 < len(part) <= 4 for part in words)
    return short and not any(word in _site_words() for part in words for word in part)


def _foreign(address: pd.Series, codes: pd.Series) -> pd.Series:
    """Where the last part of an address is the name of another country."""
    named = by_value(address, lambda text: _countries_by_name().get(folded((_parts(text) or [""])[-1]), ""))
    return (named != "") & (codes != "") & (named != codes)


def _bad_ids(text: pd.DataFrame, rows: _Rows) -> dict[int, tuple[str, str]]:
    """Line -> OS ID and reason, of rows whose OS ID is none; an empty one is for the check of the rows."""
    if rows.listed:
        return {}
    reasons = {os_id: fault for os_id in text["id"].unique() if os_id and (fault := os_id_fault(os_id))}
    bad = text["id"].isin(list(reasons))
    return {
        int(line): (said, reasons[os_id])
        for line, said, os_id in zip(
            text.loc[bad, "line"], rows.text.loc[bad, "os_id"], text.loc[bad, "id"], strict=True
        )
    }


def _with_faults(checked: Checked, faults: dict[int, tuple[str, str]], file: str, header: str) -> Checked:
    """Count the rows with a bad OS ID among the rejects."""
    if not faults:
        return checked
    fresh = rejects_frame(FACILITIES.name, file, [(line, header, said, why) for line, (said, why) in faults.items()])
    rejects = pd.concat([checked.rejects, fresh]).sort_values("line", kind="stable", ignore_index=True)
    tally = replace(checked.tally, read=checked.tally.read + len(faults), rejected=checked.tally.rejected + len(faults))
    return replace(checked, rejects=rejects, tally=tally)


# --- records ---------------------------------------------------------------------------------------------------


def _list_id(options: Options) -> str | None:
    """Id of the dated list that the user says it is."""
    if not options.brand or not options.list_date:
        return None
    return f"{options.series or SERIES}:{options.brand}:{options.list_date}"


def _source(raw: RawTable, options: Options, rows: _Rows) -> dict[str, str | None]:
    """The list that the user says it is; else what the file holds, whatever its name."""
    title = f"{options.brand}: facility list" if options.brand else "Open Supply Hub: facilities"
    publisher = options.brand or (None if rows.listed else PUBLISHER)
    url = None if rows.listed else URL
    day = options.list_date
    if (list_id := _list_id(options)) is not None:
        series = f"{options.series or SERIES}:{options.brand}"
        dated = f"{title} of {day}"
        return source_row(list_id, dated, OsHub.name, raw.sha256, publisher, url, retrieved_at=day, series=series)
    whose = f"{options.brand}:" if options.brand else ""
    source_id = f"os-hub:{whose}{raw.sha256[:12]}"
    return source_row(source_id, title, OsHub.name, raw.sha256, publisher, url, retrieved_at=day)


def _records(sites: pd.DataFrame, used: pd.DataFrame, options: Options, raw: RawTable) -> dict[str, pd.DataFrame]:
    parents = _pairs(sites, "parent")
    links, brands = _links(sites, used, options)
    companies = _parents(parents, sites)
    buyers = brands.assign(id="brand:" + brands["name"], roles="brand")
    records = {
        "organizations": made(check_frame(pd.concat([companies, buyers]).fillna(""), ORGANIZATIONS, raw.file)),
        "facilities": made(check_frame(sites, FACILITIES, raw.file)),
        "ownership": made(
            check_frame(
                pd.DataFrame(
                    {"owner_id": "company:" + parents["parent"], "owned_id": parents["id"], "line": parents["line"]}
                ),
                OWNERSHIP,
                raw.file,
            )
        ),
        "links": made(check_frame(links, LINKS, raw.file)),
    }
    if (list_id := _list_id(options)) is not None and len(sites):
        row = {
            "id": list_id,
            "buyer_id": f"brand:{options.brand}",
            "series": options.series or SERIES,
            "date": options.list_date,
            "title": f"list of {options.list_date}",
            "source": list_id,
            "line": 0,
        }
        records["lists"] = made(check_frame(pd.DataFrame([row]), LISTS, raw.file))
    return records


def _pairs(sites: pd.DataFrame, column: str) -> pd.DataFrame:
    """A row for each value of a column that holds several: id, value and line."""
    rows = sites[["id", column, "line"]].assign(**{column: sites[column].str.split("|")}).explode(column)
    return rows[rows[column].fillna("") != ""].drop_duplicates(["id", column]).reset_index(drop=True)


def _parents(parents: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Parent companies, with the OS ID of a parent where one parent and one OS ID stand in a row."""
    numbers = sites.set_index("id")["parent_os_id"]
    alone = ~parents.duplicated("id", keep=False)
    own = parents["id"].map(numbers).where(alone, "").fillna("")
    one = (own != "") & ~own.str.contains("|", regex=False)
    found = by_value(own.where(one, ""), lambda os_id: f"OSID:{plain_os_id(os_id)}" if os_id else "")
    companies = pd.DataFrame({"name": parents["parent"], "identifiers": found, "line": parents["line"]})
    groups = companies.groupby("name", sort=False)
    text = groups["identifiers"].agg("|".join).map(distinct) if len(companies) else pd.Series(dtype="str")
    firsts = companies.drop_duplicates("name").set_index("name")["line"]
    frame = pd.DataFrame({"name": text.index, "identifiers": text.to_numpy(), "line": firsts.to_numpy()})
    return frame.assign(id="company:" + frame["name"].astype("str"), roles="")


def _links(sites: pd.DataFrame, used: pd.DataFrame, options: Options) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Links to brands, and the brands."""
    known = {cell: os_hub_api.brands(cell, BUYERS)[0] for cell in used["contributors"].unique()}
    rows = used[["id", "line"]].assign(brand=used["contributors"].map(known))
    rows = rows.explode("brand").dropna(subset=["brand"])
    if options.brand:
        # What the user says of this brand, its date above all, stands for what the contributors say of it.
        rows = rows[rows["brand"].str.casefold() != options.brand.casefold()]
        rows = pd.concat([sites[["id", "line"]].assign(brand=options.brand, list_id=_list_id(options) or ""), rows])
    rows = rows.drop_duplicates(["id", "brand"]).fillna("")
    links = pd.DataFrame(
        {
            "supplier_id": rows["id"],
            "buyer_id": "brand:" + rows["brand"].astype("str"),
            "disclosure": str(Disclosure.INDIRECT),
            "evidence": "documented",
            "list_id": rows.get("list_id", ""),
            "line": rows["line"],
        }
    )
    brands = rows.rename(columns={"brand": "name"})[["name", "line"]].drop_duplicates("name")
    return links, brands


def _notes(sites: pd.DataFrame, used: pd.DataFrame, rows: _Rows, options: Options, file: str) -> list[str]:
    """What a user should know of the rows that were used."""
    notes = []
    if rows.listed and len(sites):
        notes.append(
            f"{file}: the list has no OS IDs; the id of a site is made of its country, name and address, so a site "
            "that is written otherwise elsewhere is another one until their identity is resolved"
        )
    closed = int(sites["closed"].str.casefold().isin(_CLOSED).sum())
    if closed:
        notes.append(f"{file}: {closed} sites are closed; they are loaded and marked")
    if not options.brand:
        named = int(((used["contributor"] != "") | (used["contributors"] != "")).sum())
        found = [os_hub_api.brands(cell, BUYERS) for cell in used["contributors"]]
        linked, masked = sum(bool(names) for names, _ in found), sum(count for _, count in found)
        if named > linked:
            notes.append(
                f"{file}: {named - linked} of {len(used)} rows name contributors, and no brand or retailer by name: a "
                "contributor is not a buyer, so no link was made of them (--brand says whose list a file is)"
            )
        if masked:
            notes.append(f"{file}: {masked} brands and retailers are counted and not named; no link was made of them")
    return notes

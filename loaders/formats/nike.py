"""Format ``nike``: the list of factories that NIKE, Inc. publishes, a workbook (or CSV) with a banner above its header.

One row is a factory. It becomes a facility, a link to NIKE, Inc. on the dated list of the file, and, where a supplier
group is named, a holding of that group in the factory (how large is not said). Headers drift from year to year;
``data/nike_columns.csv`` knows them.

Traps, and how each is decided:

* **The day** is in the banner ("Data As Of AUG 2023"): the first day of the month, unless ``--list-date`` says another.
* **Id**: the list has none. It is made of country, name and city (`loaders.sites.site_id`), and of the address too
  where one file has several addresses for them. Name and country alone would take two factories of one company for
  one; with the address every year would be another factory. Nothing is matched by likeness: a factory whose name or
  city is spelled otherwise in the next list is another one until identities are resolved.
* **Tier**: ``FINISHED GOODS`` is delivered to the brand, so the link is direct. ``MATERIALS`` and ``FINISHED GOODS -
  COMPONENTS`` reach it through factories that the row does not name: indirect. What those deliver is "Materials" and
  "Footwear components", not footwear, whatever the column of the product type says.
* **Supplier group**: "NO GROUP (AP)" and "NO SUPPLIER GROUP" name none.
* **Subcons**: names of subcontractors, parted by commas that also stand inside names. A name that exactly one other
  factory of the file has is that factory; another is a company known by its name only; the factory's own name is none.
  The link (subcontractor to factory) is on a list of its own, since later files lack the column, and a column that is
  missing ends nothing.
* **Brands of NIKE, Inc.** ("NIKE, Converse"): the buyer is NIKE, Inc., the brand stands in the note. A list filtered
  on one brand is no list of another, so no list of Converse can be made of these files.
* **Filters**: a banner that names another filter than a brand of the company is a part of the list: it becomes a
  series of its own, and ends nothing of the whole list.
* **Contacts** (name, phone, fax, e-mail) are personal data: they are dropped as they are read.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd

from graph_core.errors import InputError
from graph_core.model import FACILITIES, LINKS, LISTS, ORGANIZATIONS, OWNERSHIP, Column, Disclosure, Kind, Table
from loaders.base import Options, Reading, Report, Tally, source_row
from loaders.countries import alpha2
from loaders.data import grouped, table_rows
from loaders.files.rawtable import RawTable
from loaders.files.tablefile import SUFFIXES, read_table
from loaders.sites import by_value, distinct, folded, one_row_a_site, site_id
from loaders.validate import check_frame, made

BUYER = "NIKE, Inc."
SERIES = "nike"
TITLE = "NIKE, Inc. manufacturing map"
URL = "https://manufacturingmap.nikeinc.com"
#: What a filter of the banner may name without making a part of the list of it.
_WHOLE = ("", "none", "nike", "nike, inc.", "all")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905
_AS_OF = re.compile(
    r"data\s+as\s+of:?\s+(?:([0-9]{1,2})\s+)?([a-z]{3,9})\.?\s+(?:([0-9]{1,2}),?\s+)?([0-9]{4})", re.IGNORECASE
)
_FILTERS = re.compile(r"filters\s+applied:?\s*\(([^)]*)\)", re.IGNORECASE)
_NO_GROUP = re.compile(r"no\s+(?:supplier\s+)?group\b.*", re.IGNORECASE)
#: Columns with personal data, and one that repeats what the country says.
_CONTACT = re.compile(r"contact.*")
_REPEATED = ("region",)
#: What stands in a cell of the postal code where there is none.
_NO_CODE = ("0", "n/a", "na")
_JOINED = ("aliases", "product", "facility_type", "note", "group", "subcons")

_ROWS = Table(
    FACILITIES.name,
    ("id", "product", "facility_type", "workers", "note", "group", "subcons", "country", "name", "address"),
    (
        *(replace(c, required=c.name in ("name", "country")) for c in FACILITIES.columns),
        Column("group", Kind.TEXT, "Supplier group."),
        Column("subcons", Kind.TEXT, "Subcontractors."),
    ),
    "A factory.",
)


class Nike:
    """Loader of the format ``nike``."""

    name = "nike"
    title = "NIKE, Inc. factory list"
    summary = "the workbook as published, of any year, or a folder of them"

    def read(self, path: Path, options: Options, report: Report) -> Iterator[Reading]:
        """Read one list, or all lists of a folder.

        Yields
        ------
        Reading
            ``nike:<day>`` a file; ``nike`` where no day is known.

        Raises
        ------
        InputError
            It is no such list.
        """
        files = _files(path)
        for done, file in enumerate(files):
            report("reading " + file.name, done, len(files))
            yield from self.transform(_prepared(read_table(file, ["factory_name"], _known())), options)
        report("reading", len(files), len(files))

    def transform(self, raw: RawTable, options: Options) -> Iterator[Reading]:
        """Say what rows of the list mean.

        Yields
        ------
        Reading
            One.
        """
        yield _reading(raw, options)


LOADER = Nike()


# --- the file --------------------------------------------------------------------------------------------------


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    try:
        found = sorted(
            entry for entry in path.iterdir() if entry.name.casefold().removesuffix(".gz").endswith(SUFFIXES)
        )
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    if not found:
        raise InputError(f"{path} holds no list: neither a workbook nor a CSV file")
    return found


def _columns() -> dict[str, list[str]]:
    """Field -> headers in which it stands, folded."""
    return grouped("nike_columns", "field", "header")


def _known() -> list[str]:
    return [header for headers in _columns().values() for header in headers]


def _prepared(raw: RawTable) -> RawTable:
    """Bring to every row what only the whole file says, so that a row can be understood alone; drop what is not read.

    The columns added are the day and the filters of the banner, and the address where it takes one to tell a factory
    from another of the same name and city.
    """
    left = {key: header for key, header in raw.headers.items() if key not in _known()}
    contacts = [header for key, header in left.items() if _CONTACT.fullmatch(key)]
    others = [h for key, h in left.items() if not _CONTACT.fullmatch(key) and key not in _REPEATED and h]
    notes = list(raw.notes)
    if contacts:
        notes.append(f"{raw.file}: {', '.join(contacts)} are personal data and were not read")
    if others:
        notes.append(f"{raw.file}: columns that were not read: {', '.join(others)}")
    frame = raw.frame.drop(columns=list(left))
    headers = {key: header for key, header in raw.headers.items() if key not in left}
    banner = " ".join(raw.banner)
    filters = found[1].strip() if (found := _FILTERS.search(banner)) else ""
    bare = replace(raw, frame=frame, headers=headers, notes=notes)
    _check_columns(bare)
    frame = frame.assign(data_as_of=as_of(banner) or "", filters_applied=filters, told_apart_by=_told_apart(bare))
    added = {"data_as_of": "Data As Of", "filters_applied": "Filters applied", "told_apart_by": "Told apart by"}
    return replace(bare, frame=frame, headers=headers | added)


def as_of(banner: str) -> str | None:
    """Day of a banner such as ``Data As Of AUG 2023``: the first of the month, where it names no day.

    Returns
    -------
    str or None
        YYYY-MM-DD; ``None`` where there is no such day.
    """
    found = _AS_OF.search(banner)
    if found is None or (month := found[2][:3].casefold()) not in _MONTHS:
        return None
    try:
        return dt.date(int(found[4]), _MONTHS.index(month) + 1, int(found[1] or found[3] or 1)).isoformat()
    except ValueError:
        return None


def _cells(raw: RawTable, field: str) -> pd.Series:
    return raw.column(*_columns()[field])


def _header(raw: RawTable, field: str) -> str:
    return next((raw.headers[key] for key in _columns()[field] if key in raw.headers), field)


def _check_columns(raw: RawTable) -> None:
    wanted = {"factory": "Factory Name", "country": "Country / Region"}
    missing = [name for field, name in wanted.items() if not any(key in raw.headers for key in _columns()[field])]
    if missing:
        has = ", ".join(list(raw.headers.values())[:12])
        raise InputError(
            f"{raw.file} is no factory list of NIKE: it lacks {' and '.join(missing)}; its columns are {has}"
        )


def _told_apart(raw: RawTable) -> pd.Series:
    """Address of the factories of which another address has the same name, city and country in the file."""
    place = pd.DataFrame({"country": by_value(_cells(raw, "country"), lambda name: alpha2(name) or "")})
    for field in ("factory", "city", "address"):
        place[field] = by_value(_cells(raw, field), folded)
    several = place.groupby(["country", "factory", "city"])["address"].transform("nunique") > 1
    return _cells(raw, "address").where(several, "")


# --- rows ------------------------------------------------------------------------------------------------------


def _reading(raw: RawTable, options: Options) -> Reading:
    _check_columns(raw)
    text = _described(raw)
    headers = {"name": _header(raw, "factory"), "country": _header(raw, "country")}
    checked = check_frame(text, _ROWS, raw.file, raw.rejects, raw.notes, headers)
    used = text[text["line"].isin(checked.frame["line"])]
    sites = one_row_a_site(used, _JOINED)
    day, series, notes = _standing(raw, options)
    buyer = options.brand or BUYER
    list_id = None if day is None else ":".join([series, *([buyer] if options.brand else []), day])
    subcontractors, more = _subcontractors(sites, raw.file)
    records = _records(used, sites, subcontractors, buyer, raw.file)
    title = TITLE if day is None else f"{TITLE}, as of {day}"
    source = source_row(list_id or series, title, Nike.name, raw.sha256, publisher=buyer, url=URL, retrieved_at=day)
    if list_id is not None and day is not None:
        source["series"] = list_id.removesuffix(f":{day}")
        _date(records, list_id, series, day, buyer, raw.file)
    tally = Tally(FACILITIES.name, checked.tally.read, len(sites), 0, checked.tally.rejected)
    tally.merged = tally.read - tally.loaded - tally.rejected
    return Reading(source, True, records, checked.rejects, [tally], [*checked.notes, *notes, *more], raw)


def _standing(raw: RawTable, options: Options) -> tuple[str | None, str, list[str]]:
    """First day of the list, its series, and what a user should know of both."""
    said = _cells(raw, "day")
    day = options.list_date or (said.iloc[0] or None if len(said) else None)
    filters = next(iter(_cells(raw, "filters")), "")
    notes = []
    series = options.series or SERIES
    if day is None:
        notes.append(f"{raw.file}: no banner says its day; name it with --list-date, or the links have no beginning")
    if filters.casefold() not in _WHOLE:
        if options.series is None:
            series = f"{SERIES} ({filters})"
        notes.append(
            f"{raw.file} is filtered ({filters}): it is read as the series {series!r}, a part of the whole list"
        )
    elif filters.casefold() not in ("", "none", "all"):
        notes.append(f"{raw.file} is filtered on the brand ({filters}): factories of other brands alone are not in it")
    return day, series, notes


def _described(raw: RawTable) -> pd.DataFrame:
    """Text of the columns of facilities, and the groups and subcontractors."""
    kinds = _cells(raw, "type")
    codes = by_value(_cells(raw, "country"), lambda name: alpha2(name) or "")
    parts = zip(codes, _cells(raw, "factory"), _cells(raw, "city"), _cells(raw, "apart"), strict=True)
    postal = _cells(raw, "postal")
    address = [_cells(raw, "address"), _cells(raw, "city"), _cells(raw, "state")]
    address.append(postal.where(~postal.str.casefold().isin(_NO_CODE), ""))
    groups = _cells(raw, "group")
    return pd.DataFrame(
        {
            "id": [site_id(code, name, city, *filter(None, [apart])) for code, name, city, apart in parts],
            "name": _cells(raw, "factory"),
            "aliases": "",
            "address": [", ".join(filter(None, cells)) for cells in zip(*address, strict=True)],
            "country": _cells(raw, "country"),
            "product": _products(kinds, _cells(raw, "product")),
            "facility_type": kinds,
            "workers": _cells(raw, "workers"),
            "note": _notes(raw, kinds),
            "group": groups.mask(groups.str.fullmatch(_NO_GROUP.pattern, flags=_NO_GROUP.flags), ""),
            "subcons": _cells(raw, "subcons").str.replace("|", "/", regex=False),
            "line": raw.frame["line"],
        }
    )


def _products(kinds: pd.Series, products: pd.Series) -> pd.Series:
    """What is delivered; written in one way in all years, so that a link that goes on is one link."""
    pairs = list(zip(kinds.str.casefold(), products, strict=True))
    known = {pair: _product(*pair) for pair in set(pairs)}
    return pd.Series([known[pair] for pair in pairs], index=kinds.index, dtype="str")


def _product(kind: str, product: str) -> str:
    if "material" in kind:
        return "Materials"
    suffix = " components" if "component" in kind else ""
    names = (part.strip().capitalize() for part in re.split("[,|]", product))
    return "|".join(dict.fromkeys(f"{name}{suffix}" for name in names if name))


def _notes(raw: RawTable, kinds: pd.Series) -> pd.Series:
    """What the row says of the workforce and of the brands, in words."""
    parts = [
        by_value(_cells(raw, "line_workers"), lambda cell: f"{cell} line workers" if cell else ""),
        by_value(_cells(raw, "female"), lambda cell: f"{_percent(cell)} female" if cell else ""),
        by_value(_cells(raw, "migrant"), lambda cell: f"{_percent(cell)} migrant workers" if cell else ""),
        by_value(_cells(raw, "brands"), _other_brands),
        by_value(_cells(raw, "events"), lambda cell: f"events: {cell}" if cell else ""),
        by_value(_cells(raw, "product"), lambda cell: f"for {cell.casefold()}" if cell else "").where(
            kinds.str.casefold().str.contains("material") & (_cells(raw, "product").str.casefold() != "materials"), ""
        ),
    ]
    rows = [", ".join(filter(None, cells)) for cells in zip(*parts, strict=True)]
    return pd.Series(rows, index=kinds.index, dtype="str").str.replace("|", "/", regex=False)


def _percent(cell: str) -> str:
    """A percentage as one writes it, whether the cell is ``71.0%``, ``71.0`` or ``71``."""
    number = cell.removesuffix("%").strip()
    return f"{float(number):g}%" if re.fullmatch(r"[0-9]+(\.[0-9]+)?", number) else cell


def _other_brands(cell: str) -> str:
    names = [name.strip() for name in cell.split(",") if name.strip()]
    return "" if [name.casefold() for name in names] in ([], ["nike"]) else f"brands: {', '.join(names)}"


# --- subcontractors --------------------------------------------------------------------------------------------


@cache
def _tails() -> re.Pattern[str]:
    """A comma that parts two names: none that is followed by the end of one, such as ``Ltd.`` or ``Branch 70``."""
    words = "|".join(re.escape(row["word"]) for row in table_rows("nike_name_tails"))
    return re.compile(rf"\||,(?!\s*(?:{words})\b)", re.IGNORECASE)


def split_names(cell: str) -> list[str]:
    """Split the names of a cell.

    Parameters
    ----------
    cell : str
        Such as ``Son Kha Screen Printing Co., Ltd, TTG Co. Ltd.``

    Returns
    -------
    list of str
        Names as written.
    """
    return [name for part in _tails().split(cell) if (name := part.strip(" ,;"))]


def _subcontractors(sites: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[str]]:
    """Links of subcontractors (supplier_id, buyer_id, line), with the name of a company that is no factory here."""
    rows = sites.loc[sites["subcons"] != "", ["id", "name", "subcons", "line"]]
    rows = rows.assign(named=rows["subcons"].map(split_names)).explode("named").dropna(subset=["named"])
    if rows.empty:
        return pd.DataFrame(columns=["supplier_id", "buyer_id", "name", "line"], dtype="str"), []
    rows["key"] = by_value(rows["named"].astype("str"), folded)
    own = rows["key"] == by_value(rows["name"], folded)
    keys = by_value(sites["name"], folded)
    alone = pd.Series(sites["id"].to_numpy(), index=keys)[~keys.duplicated(keep=False).to_numpy()]
    rows["supplier_id"] = rows["key"].map(alone).fillna("")
    others = rows[~own & (rows["key"] != "")]
    company = others["supplier_id"] == ""
    found = pd.DataFrame(
        {
            "supplier_id": others["supplier_id"].where(~company, "company:" + others["named"]),
            "buyer_id": others["id"],
            "name": others["named"].where(company, ""),
            "line": others["line"],
        }
    ).drop_duplicates(["supplier_id", "buyer_id"])
    notes = [
        f"{file}: {rows['line'].nunique()} factories name subcontractors: {len(found)} links, of which "
        f"{int((found['name'] == '').sum())} to a factory of the file; {int(own.sum())} name themselves, which is none"
    ]
    return found.reset_index(drop=True), notes


# --- records ---------------------------------------------------------------------------------------------------


def _records(
    used: pd.DataFrame, sites: pd.DataFrame, subcontractors: pd.DataFrame, buyer: str, file: str
) -> dict[str, pd.DataFrame]:
    groups = sites.assign(group=sites["group"].map(distinct).str.split("|")).explode("group")
    groups = groups.loc[groups["group"].fillna("") != "", ["id", "group", "line"]]
    holdings = pd.DataFrame(
        {"owner_id": "company:" + groups["group"], "owned_id": groups["id"], "line": groups["line"]}
    )
    brand = pd.DataFrame({"id": [f"brand:{buyer}"], "name": [buyer], "roles": "brand", "line": 0})
    companies = pd.concat(
        [
            groups.assign(name=groups["group"], roles=""),
            subcontractors[subcontractors["name"] != ""].assign(roles="subcontractor"),
        ]
    )[["name", "roles", "line"]]
    roles = companies.groupby("name", sort=False)["roles"].agg("|".join).map(distinct)
    companies = companies.drop_duplicates("name").assign(roles=roles.to_numpy())
    companies["id"] = "company:" + companies["name"].astype("str")
    deliveries = pd.DataFrame(
        {
            "supplier_id": used["id"],
            "buyer_id": f"brand:{buyer}",
            "product": used["product"],
            "disclosure": _disclosures(used["facility_type"]),
            "line": used["line"],
        }
    ).drop_duplicates(["supplier_id", "product", "disclosure"])
    inner = subcontractors.assign(product="", disclosure=str(Disclosure.DIRECT)).drop(columns="name")
    links = pd.concat([deliveries, inner]).assign(evidence="documented")
    return {
        "organizations": made(check_frame(pd.concat([brand, companies]), ORGANIZATIONS, file)),
        "facilities": made(check_frame(sites, FACILITIES, file)),
        "ownership": made(check_frame(holdings, OWNERSHIP, file)),
        "links": made(check_frame(links, LINKS, file)),
    }


def _disclosures(kinds: pd.Series) -> pd.Series:
    """Indirect where what the factory makes goes to another factory first."""
    inputs = kinds.str.casefold().str.contains("material|component")
    return pd.Series(str(Disclosure.DIRECT), index=kinds.index, dtype="str").mask(inputs, str(Disclosure.INDIRECT))


def _date(records: dict[str, pd.DataFrame], list_id: str, series: str, day: str, buyer: str, file: str) -> None:
    """Put the links on the list of the file; those of subcontractors on one that a file without any leaves alone."""
    links = records["links"]
    to_brand = links["buyer_id"] == f"brand:{buyer}"
    inner = f"{list_id}:subcontractors"
    records["links"] = links.assign(list_id=pd.Series(list_id, index=links.index, dtype="str").where(to_brand, inner))
    month = dt.date.fromisoformat(day).strftime("%Y-%m")
    rows = [{"id": list_id, "series": series, "title": f"list of {month}"}]
    if not to_brand.all():
        rows.append({"id": inner, "series": f"{series}: subcontractors", "title": f"subcontractors named in {month}"})
    frame = pd.DataFrame(rows).assign(buyer_id=f"brand:{buyer}", date=day, source=list_id, line=0)
    records["lists"] = made(check_frame(frame, LISTS, file))

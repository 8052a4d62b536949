"""Format ``palm-oil``: brands' disclosures of palm oil mills, and the list of mills with group and parent company.

A folder with ``brand_mill_disclosures.csv`` (consumer_brand, report_year, UML ID), ``mills.csv`` (UML ID, Group Name,
Parent Company, Mill Name, coordinates, ISO) and, where present, ``disclosure_sources.xlsx`` (where each list was
published); or the first two alone.

* A brand's list of a report year stands from 1 January of that year until the brand's next list.
* Refiners and traders between mill and brand are not disclosed: every link is ``indirect``.
* A company is one organization for each distinct name, whether it stands as a group or as a parent. ``UNKNOWN`` names
  none. The parent operates the mill; the group owns it (how much of it is not stated).
* Mills that the mill list lacks are left to the derivation as placeholders.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from graph_core.errors import InputError
from graph_core.model import FACILITIES, LINKS, LISTS, ORGANIZATIONS, OWNERSHIP, SOURCES
from loaders.base import Options, Reading, Report, combined_sha256, source_row
from loaders.files.opening import read_bytes, sha256
from loaders.files.rawtable import RawTable, header_key
from loaders.files.tablefile import read_chunks, read_table
from loaders.validate import check_frame, made

DISCLOSURES = "brand_mill_disclosures.csv"
MILLS = "mills.csv"
PRODUCT = "palm oil"
SERIES = "palm-oil"
#: What stands where no company is known.
UNKNOWN = "UNKNOWN"

_DISCLOSURE_COLUMNS = ("consumer_brand", "report_year", "uml_id")
_MILL_COLUMNS = ("uml_id", "group_name", "parent_company", "mill_name", "latitude", "longitude", "iso")


class PalmOil:
    """Loader of the format ``palm-oil``."""

    name = "palm-oil"
    title = "Palm oil mills disclosed by brands"
    summary = "a folder with brand_mill_disclosures.csv and mills.csv"

    def read(self, path: Path, options: Options, report: Report) -> Iterator[Reading]:  # noqa: ARG002
        """Read the folder, or one of its two files.

        Yields
        ------
        Reading
            ``palm-oil:mills`` and ``palm-oil:disclosures``.

        Raises
        ------
        InputError
            Neither file is there, or one lacks a column.
        """
        files = _find(path)
        for done, (kind, file) in enumerate(files.items()):
            report("reading " + file.name, done, len(files))
            if kind == MILLS:
                yield _mills(_raw(file, _MILL_COLUMNS))
            else:
                yield _disclosures(_raw(file, _DISCLOSURE_COLUMNS), file.parent / "disclosure_sources.xlsx")
        report("reading", len(files), len(files))

    def transform(self, raw: RawTable, options: Options) -> Iterator[Reading]:  # noqa: ARG002
        """Say what rows of either file mean; the columns tell which one it is.

        Yields
        ------
        Reading
            One.
        """
        yield _mills(raw) if set(_MILL_COLUMNS) <= set(raw.headers) else _disclosures(raw, None)


LOADER = PalmOil()


def _find(path: Path) -> dict[str, Path]:
    if not path.is_dir():
        columns = set(next(read_chunks(path, size=100)).headers)
        if set(_DISCLOSURE_COLUMNS) <= columns:
            return {DISCLOSURES: path}
        if set(_MILL_COLUMNS) <= columns:
            return {MILLS: path}
        raise InputError(f"{path} is neither {DISCLOSURES} nor {MILLS}: their columns are missing")
    found = {name: path / name for name in (MILLS, DISCLOSURES) if (path / name).exists()}
    if not found:
        raise InputError(f"{path} holds neither {DISCLOSURES} nor {MILLS}")
    return found


def _raw(path: Path, required: tuple[str, ...]) -> RawTable:
    raw = read_table(path, required)
    missing = [name for name in required if name not in raw.headers]
    if missing:
        raise InputError(f"{raw.file}: missing columns {', '.join(missing)}; it has {', '.join(raw.headers.values())}")
    return raw


def company_id(name: str) -> str:
    """Id of the company with this name."""
    return f"company:{name}"


def brand_id(name: str) -> str:
    """Id of the brand with this name."""
    return f"brand:{name}"


def _known(names: pd.Series) -> pd.Series:
    """Keep names of companies; empty where none is named."""
    return names.where(names.str.upper() != UNKNOWN, "")


def _prefixed(prefix: str, names: pd.Series) -> pd.Series:
    return (prefix + names).where(names != "", "")


def _companies(names: pd.DataFrame, prefix: str, role: str, file: str) -> pd.DataFrame:
    """One organization a distinct name, at the line that names it first."""
    first = names[names["name"] != ""].sort_values("line", kind="stable").drop_duplicates("name")
    text = first.assign(id=prefix + first["name"], roles=role)
    return made(check_frame(text, ORGANIZATIONS, file))


def _mills(raw: RawTable) -> Reading:
    rows = raw.frame
    alias = rows["alternative_name"] if "alternative_name" in rows else pd.Series("", index=rows.index)
    parent, group = _known(rows["parent_company"]), _known(rows["group_name"])
    mills = check_frame(
        pd.DataFrame(
            {
                "id": rows["uml_id"],
                "name": rows["mill_name"],
                "aliases": alias.str.replace("|", "/", regex=False),
                "country": rows["iso"],
                "lat": rows["latitude"],
                "lon": rows["longitude"],
                "operator_id": _prefixed("company:", parent),
                "product": PRODUCT,
                "line": rows["line"],
            }
        ),
        FACILITIES,
        raw.file,
        raw.rejects,
        raw.notes,
        {"id": "UML ID", "name": "Mill Name", "country": "ISO", "lat": "Latitude", "lon": "Longitude"},
    )
    used = rows["line"].isin(mills.frame["line"])
    owners = pd.DataFrame({"name": group, "owned_id": rows["uml_id"], "line": rows["line"]})[used]
    operators = pd.DataFrame({"name": parent, "line": rows["line"]})[used]
    held = owners[owners["name"] != ""]
    records = {
        "organizations": _companies(pd.concat([operators, owners[["name", "line"]]]), "company:", "", raw.file),
        "facilities": mills.frame,
        "ownership": made(check_frame(held.assign(owner_id="company:" + held["name"]), OWNERSHIP, raw.file)),
    }
    source = source_row("palm-oil:mills", "Palm oil mill list (UML)", "palm-oil", raw.sha256)
    return Reading(source, True, records, mills.rejects, [mills.tally], mills.notes, raw)


def _disclosures(raw: RawTable, publications: Path | None) -> Reading:
    rows, bad = _split_years(raw)
    list_id = "palm-oil:" + rows["consumer_brand"] + ":" + rows["report_year"]
    links = check_frame(
        pd.DataFrame(
            {
                "supplier_id": rows["uml_id"],
                "buyer_id": _prefixed("brand:", rows["consumer_brand"]),
                "product": PRODUCT,
                "disclosure": "indirect",
                "evidence": "documented",
                "list_id": list_id,
                "line": rows["line"],
            }
        ),
        LINKS,
        raw.file,
        [*raw.rejects, *bad],
        raw.notes,
        {"supplier_id": "UML ID", "buyer_id": "consumer_brand"},
    )
    used = rows[rows["line"].isin(links.frame["line"])]
    brands = used.rename(columns={"consumer_brand": "name"})[["name", "line"]]
    sources, checksums = _publications(publications, used)
    firsts = used.drop_duplicates(["consumer_brand", "report_year"])
    ids = "palm-oil:" + firsts["consumer_brand"] + ":" + firsts["report_year"]
    lists = firsts.assign(
        id=ids,
        buyer_id="brand:" + firsts["consumer_brand"],
        series=SERIES,
        date=firsts["report_year"] + "-01-01",
        title="list of " + firsts["report_year"],
        source=ids.where(ids.isin(sources["id"]), ""),
    )
    records = {
        "sources": sources,
        "organizations": _companies(brands, "brand:", "brand", raw.file),
        "lists": made(check_frame(lists, LISTS, raw.file)),
        "links": links.frame,
    }
    checksum = combined_sha256([raw.sha256, *checksums])
    source = source_row("palm-oil:disclosures", "Palm oil mills disclosed by brands", "palm-oil", checksum)
    return Reading(source, True, records, links.rejects, [links.tally], links.notes, raw)


def _split_years(raw: RawTable) -> tuple[pd.DataFrame, list[tuple[int, str, str]]]:
    """Take out the rows whose report year is none."""
    valid = raw.frame["report_year"].str.fullmatch("(19|20)[0-9]{2}")
    bad = raw.frame[~valid]
    reason = "report_year is no year between 1900 and 2099"
    return raw.frame[valid], [(int(n), v, reason) for n, v in zip(bad["line"], bad["report_year"], strict=True)]


def _publications(path: Path | None, used: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Where each list was published: the last address given for a brand and year, under the id of the list.

    Returns
    -------
    frame : DataFrame
        Rows of `graph_core.model.SOURCES`; empty where the workbook is absent or cannot be read.
    checksums : list of str
        Checksum of the workbook, if it was used.
    """
    addresses: dict[tuple[str, str], str] = {}
    checksums = []
    if path is not None and path.is_file():
        data = read_bytes(path)
        addresses = _addresses(data, path.name)
        checksums = [sha256(data)] if addresses else []
    lists = set(zip(used["consumer_brand"], used["report_year"], strict=True))
    rows = [
        {
            "id": f"palm-oil:{brand}:{year}",
            "title": f"{brand}: palm oil mill list of {year}",
            "publisher": brand,
            "url": url,
            "line": 0,
        }
        for (brand, year), url in sorted(addresses.items())
        if (brand, year) in lists
    ]
    text = pd.DataFrame(rows, columns=["id", "title", "publisher", "url", "line"])
    return made(check_frame(text, SOURCES, "disclosure_sources.xlsx")), checksums


def _addresses(data: bytes, name: str) -> dict[tuple[str, str], str]:
    """Read (brand, year) -> address from the workbook; the addresses are the links behind its cells."""
    from loaders.files.workbook import open_workbook  # noqa: PLC0415 - only for this file

    try:
        sheet = open_workbook(data, name).worksheets[0]
    except Exception:  # noqa: BLE001 - a broken workbook costs the addresses, not the load
        return {}
    found: dict[tuple[str, str], str] = {}
    columns: dict[str, int] = {}
    for cells in sheet.iter_rows():
        named = {header_key(str(cell.value)): i for i, cell in enumerate(cells) if cell.value is not None}
        if {"consumer_brand", "direct_link"} <= set(named):
            columns = named
        elif columns:
            brand = cells[columns["consumer_brand"]].value
            year = str(cells[columns.get("lists_mills_as_of", 0)].value or "")[:4]
            link = cells[columns["direct_link"]].hyperlink
            if brand and year.isdigit() and link is not None and str(link.target or "").startswith("http"):
                found[str(brand).strip(), year] = str(link.target).strip()
    return found

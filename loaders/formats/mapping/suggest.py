"""Drafting a mapping for a table that nobody described yet: from its headers, its cells, its banner and its name.

A draft is valid and loads as it stands. What it is not sure of stands in a comment, ``# check: ...``; columns that it
does not use are listed in one. Without a hint to the contrary a table is a disclosure list: every row is a site that
supplies the brand. A table with suppliers and buyers is one of links, one with owners and owned one of holdings.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from graph_core.errors import InputError
from loaders.base import Options
from loaders.countries import alpha2
from loaders.files.rawtable import RawTable
from loaders.files.tablefile import read_chunks
from loaders.formats.mapping.draft import Draft, one_line
from loaders.formats.mapping.file import SERIES, parse_mapping
from loaders.formats.mapping.guess import SampledColumn, SampledTable
from loaders.formats.mapping.rows import Transformation
from loaders.formats.mapping.words import (
    Day,
    day_in,
    is_direct,
    is_indirect,
    known_headers,
    name_in,
    without_days,
)

#: Most kinds of site that are told apart.
_KINDS = 30
#: Most translations of cells that a draft writes out.
_MOST = 100
_ADDRESS = ("address", "address_more", "city", "district", "state", "postcode")


def suggest(path: Path) -> str:
    """Draft a mapping for a table.

    Parameters
    ----------
    path : Path
        A table of any kind that can be read.

    Returns
    -------
    str
        YAML, which names the table by its file name: it belongs beside it.

    Raises
    ------
    InputError
        It is no table, has no rows, or no column looks like names.
    """
    raw = next(read_chunks(path, known=known_headers()))
    if raw.frame.empty:
        raise InputError(f"{path.name} has no rows; a draft needs some to look at")
    table = SampledTable(raw)
    listed = table.has("brand") and table.has("os_id", "facility_id")
    if not table.has("name", "company") and not listed and not (table.has("owner") and table.has("owned")):
        names = ", ".join(column.header for column in table.columns[:12])
        raise InputError(
            f"{path.name}: no column looks like names of sites or companies (columns: {names}); write the mapping by "
            "hand, as docs/formats/mapping.md shows"
        )
    draft = Draft(path.name)
    if table.has("owner") and table.has("owned"):
        _holdings(table, draft)
    elif table.has("buyer") and table.has("company", "name"):
        _deliveries(table, draft)
    else:
        _disclosures(table, draft)
    text = draft.text(table.unused)
    return _outcome(text, raw) + text


def _outcome(text: str, raw: RawTable) -> str:
    """First lines of a draft: what it is, and what becomes of the rows with it."""
    reading = Transformation(parse_mapping(text, "draft"), Options(), raw.file).piece(raw)
    tally = reading.tallies[0]
    lines = [
        f"Draft of a mapping, made from the headers and cells of {raw.file}.",
        "Read it before you load it: what stands behind `check:` is a guess.",
        f"Of {'the first ' if tally.read >= 50_000 else ''}{tally.read:,} rows {tally.loaded:,} load, "
        f"{tally.merged:,} repeat another row, and {tally.rejected:,} are rejected.",
    ]
    lines += [
        f"  line {row['line']}: {row['column']} {str(row['value'])[:60]!r} {row['reason']}"
        for row in reading.rejects.head(3).to_dict("records")
    ]
    return "".join(f"# {one_line(line)}\n" for line in lines)


# --- what kind of table it is ----------------------------------------------------------------------------------


def _disclosures(table: SampledTable, draft: Draft) -> None:
    """A list of sites that supply a brand."""
    name = table.take("name") or table.take("company")
    if any(re.match(r"contributor", column.header, re.IGNORECASE) for column in table.columns):
        # Whoever contributed a row to Open Supply Hub need not buy from the site.
        draft.remark("it names contributors: if it is a download of Open Supply Hub, load it as format os-hub")
        draft.top["title"] = f"Sites of {draft.stem}"
    else:
        dated = _listing(table, draft)
        if not dated and table.has("valid_from", "valid_to"):
            _period(table, draft, "links")
        _figures(table, draft)
        _tier(table, draft)
    if name is None:
        number = table.take("os_id") or table.take("facility_id")
        assert number is not None
        draft.put("links", "supplier_id", number.header)
        draft.check("links", "supplier_id", "the sites are known by these ids only; another table has to name them")
        return
    _site(table, draft, name)
    if parent := table.take("parent"):
        draft.add_party("organizations", "parent", {"name": _text(parent)})
        draft.put("ownership", "owner_id", {"id_of": "parent"})
        draft.put("ownership", "owned_id", {"id_of": "facility"})


def _deliveries(table: SampledTable, draft: Draft) -> None:
    """A table of links: who delivers to whom."""
    draft.top["title"] = draft.stem
    buyer = table.take("buyer")
    name = table.take("name") or table.take("company")
    assert buyer is not None
    assert name is not None
    chained = bool({*buyer.cells} & {*name.cells})
    site = not chained and table.has("address", "address_more", "lat")
    said = {"name": _text(buyer)}
    if chained:
        # One company on both sides has one id: its name alone.
        said["id"] = {"column": buyer.header, "prefix": "company:"}
    else:
        said["roles"] = {"value": "brand"}
        draft.check("buyer", "roles", "buyers are shown as brands; leave this line out if they are not")
    if country := table.take("buyer_country"):
        said["country"] = _country(country, draft, "buyer")
    draft.add_party("organizations", "buyer", said)
    if site:
        _site(table, draft, name)
    else:
        supplier: dict[str, Any] = {"name": _text(name)}
        if chained:
            supplier["id"] = {"column": name.header, "prefix": "company:"}
        if country := table.take("country"):
            supplier["country"] = _country(country, draft, "supplier")
        if address := table.take_all(*_ADDRESS):
            supplier["address"] = _join(address)
        draft.add_party("organizations", "supplier", supplier)
    draft.put("links", "supplier_id", {"id_of": "facility" if site else "supplier"})
    draft.put("links", "buyer_id", {"id_of": "buyer"})
    _figures(table, draft)
    if not table.has("date", "year") or table.has("valid_from"):
        _period(table, draft, "links")
    elif date := table.take("date") or table.take("year"):
        _date(date, draft, "links", "delivered")


def _holdings(table: SampledTable, draft: Draft) -> None:
    """A table of holdings: who owns whom."""
    draft.top["title"] = draft.stem
    for label in ("owner", "owned"):
        column = table.take(label)
        assert column is not None
        # One company on both sides has one id: its name alone.
        draft.add_party(
            "organizations", label, {"id": {"column": column.header, "prefix": "company:"}, "name": _text(column)}
        )
        draft.put("ownership", f"{label}_id", {"id_of": label})
    if percent := table.take("percent"):
        how = _number(percent)
        signs = any("%" in cell for cell in percent.cells)
        if (
            not signs
            and all(0 <= number <= 1 for number in percent.numbers)
            and any(0 < n < 1 for n in percent.numbers)
        ):
            how = {**(how if isinstance(how, dict) else {"column": percent.header}), "scale": 100}
            draft.check("ownership", "percent", "read as shares of one, so that 0.5 is 50 percent")
        draft.put("ownership", "percent", how)
    _period(table, draft, "ownership")


# --- parts of a table ------------------------------------------------------------------------------------------


def _listing(table: SampledTable, draft: Draft) -> bool:
    """Whose list it is, and from when; whether its day is known."""
    brand = table.peek("brand")
    several = brand is not None and 1 < len(brand.cells) <= len(table.raw.frame) / 2
    if brand is not None and (several or len(brand.cells) == 1):
        table.take("brand")
        draft.put("list", "brand", {"column": brand.header} if several else brand.cells[0])
        draft.top["title"] = f"Supplier lists of {draft.stem}" if several else f"Supplier list of {brand.cells[0]}"
    else:
        name, source = _brand(table, draft.stem)
        draft.put("list", "brand", name)
        draft.check("list", "brand", f"taken from {source}; write the name of the buyer whose list it is")
        draft.top["title"] = f"Supplier list of {name}"
    dated = _list_day(table, draft)
    draft.put("list", "series", SERIES)
    return dated


def _brand(table: SampledTable, stem: str) -> tuple[str, str]:
    """Name of the buyer, and where it was found."""
    banner = "\n".join(table.raw.banner)
    if name := name_in(banner, capitals=True):
        return name, "the lines above the header"
    plain = re.sub(r"[_\-]+", " ", without_days(stem))
    if name := name_in(plain, capitals=False):
        return " ".join(word[:1].upper() + word[1:] for word in name.split()), "the name of the file"
    for column in table.columns:
        if match := re.fullmatch(r"(.*\w\.?),?\s+brands?(\s?\(s\))?", column.header, re.IGNORECASE):
            return match[1], f"the header {column.header!r}"
    if name := name_in(banner, capitals=False):
        return name, "the lines above the header"
    return stem, "the name of the file"


def _list_day(table: SampledTable, draft: Draft) -> bool:
    """First day of the list: of a column, of the lines above the header, of the name of the file."""
    for role in ("list_date", "year"):
        column = table.peek(role)
        if column is None or (len(column.cells) > 1 and not (role == "year" and table.has("brand"))):
            continue
        table.take(role)
        form = "%Y" if role == "year" else column.date_format
        draft.put("list", "date", {"column": column.header, **({"format": form} if form else {})})
        if form and "%d" not in form:
            draft.check("list", "date", "the column gives no day; the first one of its time is taken")
        return True
    places = (("\n".join(table.raw.banner), "lines above the header say"), (draft.stem, "name of the file says"))
    found = [(day, where) for text, where in places if (day := day_in(text)) is not None]
    best: tuple[Day, str] | None = max(found, key=lambda pair: pair[0].exact, default=None)
    if best is None:
        draft.check("list", "brand", "no day was found; add `date: YYYY-MM-DD`, the first day on which the list stands")
        return False
    day, where = best
    draft.put("list", "date", day.day)
    if day.exact < 3:
        how = "the day may be the month" if day.exact > 2 else "the first day of that time is taken"
        draft.check("list", "date", f"the {where} {day.written!r}; {how}")
    return True


def _site(table: SampledTable, draft: Draft, name: SampledColumn) -> None:
    """The site of a row, and the company that runs it."""
    said: dict[str, Any] = {}
    os_id = table.take("os_id")
    if os_id is not None and os_id.full:
        said["id"] = os_id.header
    said["name"] = _text(name)
    _sniffed(table, draft, "name", name, "look like names")
    if aliases := table.take("aliases"):
        said["aliases"] = _text(aliases)
    said |= _place(table, draft)
    if os_id is not None:
        said["os_id"] = os_id.header
    if (company := table.peek("company")) is not None and company is not name:
        table.take("company")
        draft.add_party("organizations", "company", {"name": _text(company)})
        said["operator_id"] = {"id_of": "company"}
        draft.check("facility", "operator_id", "the company is taken for the one that runs the site")
    if product := table.take("product"):
        said["product"] = _text(product)
    if numbers := _identifiers(table, draft):
        said["identifiers"] = numbers
    for role in ("sector", "facility_type", "workers", "closed", "note"):
        if column := table.take(role):
            said[role] = _text(column)
    draft.add_party("facilities", "facility", said)


def _sniffed(table: SampledTable, draft: Draft, key: str, column: SampledColumn, text: str) -> None:
    """Ask a person to look at a column that was told by its cells."""
    if column.key in table.sniffed:
        draft.check("facility", key, f"the header says nothing; its cells {text}")


def _place(table: SampledTable, draft: Draft) -> dict[str, Any]:
    """Where the site is."""
    said: dict[str, Any] = {}
    if country := table.take("country"):
        said["country"] = _country(country, draft, "facility")
        _sniffed(table, draft, "country", country, "are countries")
    if address := table.take_all(*_ADDRESS):
        said["address"] = _join(address)
        _sniffed(table, draft, "address", address[0], "look like addresses")
    if table.has("lat") and table.has("lon"):
        said |= _point(table, draft)
    return said


def _tier(table: SampledTable, draft: Draft) -> None:
    """Sites behind others are no direct suppliers: by the tier, else by the kind of site."""
    column = table.take("tier")
    if column is not None:
        values = {cell: "direct" if is_direct(cell) else "indirect" for cell in column.cells}
    else:
        column = table.peek("facility_type")
        if column is None or len(column.cells) > _KINDS or not any(map(is_indirect, column.cells)):
            return
        values = {cell: "indirect" if is_indirect(cell) else "direct" for cell in column.cells}
    draft.put("links", "disclosure", {"column": column.header, "values": values | dict.fromkeys(column.nothing, "")})
    draft.check("links", "disclosure", "who is `direct` delivers to the brand itself, `indirect` stands behind others")


def _point(table: SampledTable, draft: Draft) -> dict[str, Any]:
    """Latitude and longitude; 0, 0 is where nobody looked."""
    lat, lon = table.take("lat"), table.take("lon")
    assert lat is not None
    assert lon is not None
    zero = {cell for cell in lat.cells if not cell.strip("0.,")} & {cell for cell in lon.cells if not cell.strip("0.,")}
    said = {}
    for name, column in (("lat", lat), ("lon", lon)):
        how = _number(column)
        if zero:
            how = how if isinstance(how, dict) else {"column": column.header}
            how = {**how, "values": {**how.get("values", {}), **dict.fromkeys(sorted(zero), "")}}
            draft.check("facility", name, "0 is read as not known")
        _sniffed(table, draft, name, column, "look like degrees")
        said[name] = how
    return said


def _identifiers(table: SampledTable, draft: Draft) -> list[Any]:
    """Numbers in registers, each with the name of its register."""
    found = []
    brand = draft.top.get("list", {}).get("brand", "")
    owner = re.sub(r"\W+", "_", brand.upper()).strip("_") if isinstance(brand, str) else ""
    for role, scheme in (("facility_id", owner or "ID"), ("duns", "DUNS"), ("lei", "LEI")):
        if column := table.take(role):
            found.append({"column": column.header, "prefix": f"{scheme}:"} | _blanks(column))
    return found


def _figures(table: SampledTable, draft: Draft) -> None:
    """Product, amounts and shares of the links."""
    if product := table.take("product"):
        draft.put("links", "product", _text(product))
    if hs := table.take("hs"):
        draft.put("links", "hs", _text(hs))
    if volume := table.take("volume"):
        draft.put("links", "volume", _number(volume))
        if unit := table.take("unit"):
            draft.put("links", "unit", _text(unit))
        elif match := re.search(
            r"\b(kg|tonnes|tons|t|pcs|pieces|units|m2|m|lbs|st(?:ü|u)ck)\b", volume.header, re.IGNORECASE
        ):
            draft.put("links", "unit", {"value": match[1]})
    if value := table.take("value"):
        draft.put("links", "value", _number(value))
        if currency := table.take("currency"):
            draft.put("links", "currency", _text(currency))
        elif match := re.search(
            r"\b(USD|EUR|GBP|CHF|CNY|RMB|JPY|INR|SEK|DKK|US\$|\$|€|£)", value.header, re.IGNORECASE
        ):
            signs = {"$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "RMB": "CNY"}
            draft.put("links", "currency", {"value": signs.get(match[1].upper(), match[1].upper())})
    if share := table.take("share"):
        how = _number(share)
        if not any("%" in cell for cell in share.cells) and max(share.numbers, default=0) > 1:
            how = {**(how if isinstance(how, dict) else {"column": share.header}), "scale": 0.01}
        draft.put("links", "share", how)
        draft.check("links", "share", "read as the part of all that the buyer buys which comes from this supplier")


def _period(table: SampledTable, draft: Draft, block: str) -> None:
    """From when to when it holds."""
    for name in ("valid_from", "valid_to"):
        if column := table.take(name):
            _date(column, draft, block, name)


def _date(column: SampledColumn, draft: Draft, block: str, key: str) -> None:
    form = column.date_format
    how = {"column": column.header, **({"format": form} if form else {}), **_blanks(column)}
    draft.put(block, key, how if len(how) > 1 else column.header)
    if column.order_unsure:
        draft.check(block, key, "day and month may be the other way round")
    elif form and "%d" not in form:
        draft.check(block, key, "the column gives no day; the first one of its time is taken")


# --- one column ------------------------------------------------------------------------------------------------


def _blanks(column: SampledColumn) -> dict[str, Any]:
    """Cells that say nothing are read as empty."""
    return {"values": dict.fromkeys(column.nothing[:_MOST], "")} if column.nothing else {}


def _text(column: SampledColumn) -> Any:
    blanks = _blanks(column)
    return {"column": column.header, **blanks} if blanks else column.header


def _number(column: SampledColumn) -> Any:
    said = {"column": column.header, **({"decimal": column.decimal} if column.decimal else {}), **_blanks(column)}
    return said if len(said) > 1 else column.header


def _join(columns: list[SampledColumn]) -> Any:
    if len(columns) == 1:
        return _text(columns[0])
    return {"columns": [column.header for column in columns], "join": ", "}


def _country(column: SampledColumn, draft: Draft, label: str) -> Any:
    if unknown := [cell for cell in column.cells if alpha2(cell) is None]:
        shown = ", ".join(unknown[:5]) + (", ..." if len(unknown) > 5 else "")
        draft.check(
            label, "country", f"no country is known as: {shown}; add them to `values`, such as {unknown[0]}: XX"
        )
    return _text(column)

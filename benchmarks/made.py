"""Files of every format as large as one likes, over companies and sites that are made up.

No real list of some formats may stand in the checkout, and those that may are small. What is made here has the headers
of the real files and about their proportions: most sites in a few countries, a few large buyers and many small ones,
several sites a company, few points that are wrong. The same number of rows and the same seed give the same bytes.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any
from xml.sax.saxutils import escape

from benchmarks import bills
from graph_core.countries import country_names
from loaders.data import table_rows
from loaders.files.workbook import Workbook

Cells = dict[str, Any]

#: Country, its name, and how many of a hundred sites stand there.
_COUNTRIES = (
    ("CN", "China", 34), ("IN", "India", 12), ("VN", "Vietnam", 10), ("BD", "Bangladesh", 9), ("TR", "Turkey", 7),
    ("ID", "Indonesia", 6), ("PK", "Pakistan", 5), ("KH", "Cambodia", 4), ("LK", "Sri Lanka", 3), ("IT", "Italy", 3),
    ("PT", "Portugal", 2), ("MX", "Mexico", 2), ("TH", "Thailand", 2), ("US", "United States", 1),
)  # fmt: skip
#: Latitude and longitude of a place inland in each, half a degree or more from its borders.
_INLAND = {
    "CN": (33.0, 108.0), "IN": (22.0, 79.0), "VN": (21.5, 105.0), "BD": (24.0, 90.0), "TR": (39.0, 35.0),
    "ID": (-1.0, 113.5), "PK": (30.0, 70.0), "KH": (12.7, 105.0), "LK": (7.5, 80.7), "IT": (43.0, 12.5),
    "PT": (39.8, -7.9), "MX": (23.0, -102.0), "TH": (15.8, 102.0), "US": (39.8, -98.6),
}  # fmt: skip
#: Of so many sites one has latitude and longitude in each other's place.
_SWAPPED = 50
_CITIES = ("North", "South", "East", "West", "Port", "New", "Old", "Upper", "Lower", "Great", "Little", "Mount")
_BEGIN = ("ka", "zor", "ven", "tal", "mi", "hu", "shen", "dra", "pol", "ri", "gan", "bes", "lo", "fen", "qi", "sta")
_MIDDLE = ("ra", "vi", "lo", "nde", "xi", "mo", "te", "gu", "pa", "shi", "bo", "ne", "ku", "dri", "wa", "ly")
_END = ("x", "n", "ra", "tex", "lan", "mar", "ton", "vik", "sha", "del", "rus", "mex", "gor", "pin", "tia", "wei")
_TRADES = (
    "Garments",
    "Textile",
    "Knitting",
    "Spinning",
    "Footwear",
    "Dyeing",
    "Denim",
    "Leather",
    "Apparel",
    "Fabrics",
)
_FORMS = ("Co., Ltd.", "Ltd", "Pvt. Ltd.", "Limited", "Inc.", "S.A.", "Group")
_PRODUCTS = ("cotton", "garments", "footwear", "fabric", "yarn", "leather")
_HS = ("520100", "610910", "640399", "520811", "520511", "410411")
_CRC = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_YES = ("No", "Yes")


@dataclass(frozen=True)
class Party:
    """A company, or a site of one.

    Attributes
    ----------
    number : int
        Which one; of a site also in its address.
    name : str
        As lists write it.
    code, country : str
        Country as alpha-2 code and by name.
    city : str
        Where it is.
    owner : int
        Number of the company that runs the site.
    product : int
        Which good it makes.
    """

    number: int
    name: str
    code: str
    country: str
    city: str
    owner: int
    product: int

    @property
    def address(self) -> str:
        """Street and city."""
        return f"Plot {self.number % 997 + 1}, Road {self.number % 61 + 1}, {self.city}"

    @property
    def point(self) -> tuple[float, float]:
        """Latitude and longitude: in the country, but for a few."""
        lat, lon = _INLAND[self.code]
        lat, lon = round(lat + self.number % 89 / 100 - 0.44, 2), round(lon + self.number % 83 / 100 - 0.41, 2)
        return (lon, lat) if self.number % _SWAPPED == 0 else (lat, lon)


class World:
    """Companies, their sites and brands, drawn as they are needed.

    Parameters
    ----------
    companies, sites : int
        How many.
    seed : int
        The same seed gives the same world.
    """

    def __init__(self, companies: int, sites: int, seed: int) -> None:
        self.random = Random(seed)
        self.companies = [self._party(number) for number in range(companies)]
        self.sites = [self._site(number) for number in range(sites)]

    def _party(self, number: int) -> Party:
        random = self.random
        (code, country, _), *_ = random.choices(_COUNTRIES, [share for *_, share in _COUNTRIES])
        word = "".join(random.choice(part) for part in (_BEGIN, _MIDDLE, _MIDDLE, _END)).capitalize()
        name = f"{word} {random.choice(_TRADES)} {random.choice(_FORMS)}"
        city = f"{random.choice(_CITIES)} {random.choice(_BEGIN).capitalize()}{random.choice(_END)}"
        return Party(number, name, code, country, city, number, random.randrange(len(_PRODUCTS)))

    def _site(self, number: int) -> Party:
        """A site; one in three is run by a company that has its name, the others by a group of several sites."""
        drawn = self._party(number)
        owner = self.companies[self.few(len(self.companies))]
        if number % 3:
            return Party(**{**vars(drawn), "owner": owner.number})
        return Party(**{**vars(drawn), "name": owner.name, "code": owner.code, "country": owner.country,
                        "owner": owner.number})  # fmt: skip

    def few(self, size: int) -> int:
        """A number below the size; small ones come much more often, as large buyers do in every list."""
        return int(size * self.random.random() ** 3)

    def day(self, first_year: int = 2018, years: int = 6) -> str:
        """A day."""
        return (date(first_year, 1, 1) + timedelta(days=self.random.randrange(365 * years))).isoformat()


def brand(number: int) -> str:
    """Name of a brand."""
    return f"{_BEGIN[number % 16].capitalize()}{_END[number // 16 % 16]} Fashion {number}"


def lei(number: int) -> str:
    """A Legal Entity Identifier with the check digits of ISO 17442."""
    base = f"5493{number:014d}"
    return f"{base}{98 - int(base + '00') % 97:02d}"


def os_id(code: str, number: int) -> str:
    """An OS ID with its check character."""
    digits = "".join(_CRC[number // 32**place % 32] for place in range(4, -1, -1))
    text = f"{code}{2019 + number % 5}{number % 365 + 1:03d}{digits}"
    return text + _CRC[(sum(map(ord, code)) + sum(map(_CRC.index, text[2:]))) % 32]


def _table(path: Path, rows: Iterable[Cells], header: list[str] | None = None) -> Path:
    """A CSV file; without a header that of the first row."""
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header or list(rows[0]), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def _lines(path: Path, entries: Iterable[Cells]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
    return path


def _part(count: int, share: float) -> int:
    return max(1, round(count * share))


# --- lists of suppliers ----------------------------------------------------------------------------------------


def tables(folder: Path, count: int, seed: int = 1) -> Path:
    """The project's own tables: one row in ten a company, three a site, one a holding, five a link.

    Parameters
    ----------
    folder : Path
        Where to write; it is there already.
    count : int
        Rows of all files together, as of every other function here.
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    Path
        What to load.
    """
    world = World(_part(count, 0.1), _part(count, 0.3), seed)
    return _tables(folder, world, _part(count, 0.1), _part(count, 0.5))


def flagged_network(folder: Path, nodes: int, links: int, seed: int = 1) -> Path:
    """The project's own tables with findings on every five hundredth site: one node in five a company, the rest sites.

    Parameters
    ----------
    folder : Path
        Where to write; it is there already.
    nodes, links : int
        How many there are.
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    Path
        What to load.
    """
    world = World(_part(nodes, 0.2), _part(nodes, 0.8), seed)
    target = _tables(folder, world, _part(nodes, 0.02), links)
    _table(target / "findings.csv", map(_finding, world.sites[::500]))
    return target


def _tables(folder: Path, world: World, holdings: int, links: int) -> Path:
    target = folder / "tables"
    target.mkdir()
    _table(target / "organizations.csv", map(_organization, world.companies))
    _table(target / "facilities.csv", map(_facility, world.sites))
    _table(target / "ownership.csv", (_holding(world) for _ in range(holdings)))
    _table(target / "links.csv", (_link(world, number) for number in range(links)))
    return target


def _finding(site: Party) -> Cells:
    return {
        "id": f"x{site.number}",
        "subject_id": f"f{site.number}",
        "kind": "finding",
        "category": "forced_labour",
        "authority": "A made authority",
        "status": "standing",
        "valid_from": "2019-01-01",
        "source_title": f"Order {site.number}",
    }


def _organization(company: Party) -> Cells:
    roles = "brand" if company.number % 50 == 0 else "manufacturer"
    return {"id": f"o{company.number}", "name": company.name, "country": company.code, "roles": roles}


def _facility(site: Party) -> Cells:
    return {
        "id": f"f{site.number}",
        "name": site.name,
        "address": site.address,
        "country": site.code,
        "lat": site.point[0],
        "lon": site.point[1],
        "operator_id": f"o{site.owner}",
        "product": _PRODUCTS[site.product],
    }


def _holding(world: World) -> Cells:
    owner, owned = world.few(len(world.companies)), world.random.randrange(len(world.companies))
    percent = world.random.choice(("", "100", "51", "30"))
    return {"owner_id": f"o{owner}", "owned_id": f"o{owned}", "percent": percent, "valid_from": world.day()}


def _link(world: World, number: int) -> Cells:
    """Four of five go from a site to a brand, the others from site to site."""
    site = world.random.choice(world.sites)
    buyer = f"f{world.few(len(world.sites))}" if number % 5 == 0 else f"o{world.few(_part(len(world.companies), 0.1))}"
    return {
        "supplier_id": f"f{site.number}",
        "buyer_id": buyer,
        "product": _PRODUCTS[site.product],
        "hs": _HS[site.product],
        "volume": world.random.randrange(1, 10_000),
        "unit": "kg",
        "valid_from": world.day(),
    }


_MAPPING = """\
version: 1
title: Supplier lists
publisher: A collection
file: suppliers.csv
list: {brand: {column: Brand}, date: {column: List date}, series: supplier list}
organizations:
  as: parent
  name: Parent Company
facilities:
  name: Factory Name
  country: Country
  address: {columns: [Address, City], join: ", "}
  workers: Workers
ownership:
  owner_id: {id_of: parent}
  owned_id: {id_of: facility}
links:
  product: Product Type
"""


def mapping(folder: Path, count: int, seed: int = 1) -> Path:
    """Lists of forty brands in one table, and the mapping that says what its columns mean; see `tables`."""
    world = World(_part(count, 0.1), _part(count, 0.4), seed)
    _table(folder / "suppliers.csv", (_listed(world) for _ in range(count)))
    target = folder / "suppliers.yaml"
    target.write_text(_MAPPING, encoding="utf-8")
    return target


def _listed(world: World) -> Cells:
    site = world.random.choice(world.sites)
    return {
        "Brand": brand(world.few(40)),
        "List date": f"{2021 + world.random.randrange(3)}-01-01",
        "Factory Name": site.name,
        "Address": site.address,
        "City": site.city,
        "Country": site.country,
        "Parent Company": world.companies[site.owner].name,
        "Workers": site.number % 40 * 50 + 10,
        "Product Type": _PRODUCTS[site.product],
    }


_NIKE_BANNER = "Data Export - Filters applied:    (none) Data As Of AUG 2023"


def nike(folder: Path, count: int, seed: int = 1) -> Path:
    """A factory list with its banner, as a workbook, which is what the page exports; see `tables`."""
    world = World(_part(count, 0.2), count, seed)
    rows = [_factory(site, world.companies[site.owner]) for site in world.sites]
    book = Workbook()
    sheet = book.create_sheet("Export", 0)
    for cells in ([_NIKE_BANNER], list(rows[0]), *(list(row.values()) for row in rows)):
        sheet.append(cells)
    target = folder / "nike.xlsx"
    book.save(target)
    return target


def _factory(site: Party, group: Party) -> Cells:
    return {
        "Factory Name": site.name,
        "Factory Type": "MATERIALS" if site.number % 4 == 0 else "FINISHED GOODS",
        "Product Type": ("Apparel", "Footwear", "Equipment")[site.number % 3],
        "Nike, Inc. Brand(s)": "Nike",
        "Events": "Collegiate" if site.number % 9 == 0 else "",
        "Supplier Group": group.name.upper() if site.number % 3 else "NO GROUP (AP)",
        "Address": site.address,
        "City": site.city,
        "State": "",
        "Postal Code": site.number % 90_000 + 10_000,
        "Country / Region": site.country,
        "Region": "ASIA",
        "Total Workers": site.number % 40 * 50 + 10,
        "Line Workers": site.number % 40 * 40 + 8,
        "% Female Workers": site.number % 100,
        "% Migrant Workers": site.number % 7,
    }


def os_hub(folder: Path, count: int, seed: int = 1) -> Path:
    """A download with its contributors; one site in three has a parent company; see `tables`."""
    world = World(_part(count, 0.2), count, seed)
    return _table(folder / "os_hub.csv", (_registered(world, site) for site in world.sites))


def _registered(world: World, site: Party) -> Cells:
    named = {brand(world.few(200)): None for _ in range(1 + world.few(6))}
    return {
        "os_id": os_id(site.code, site.number),
        "contribution_date": world.day(),
        "name": site.name,
        "address": f"{site.address}, {site.country}",
        "country_code": site.code,
        "country_name": site.country,
        "lat": site.point[0],
        "lng": site.point[1],
        "sector": "Apparel|Home" if site.number % 5 == 0 else "Apparel",
        "contributor (list)": "|".join(f"{name} ({name} list 2023)" for name in named),
        "number_of_workers": "101-500" if site.number % 2 else "",
        "parent_company": world.companies[site.owner].name if site.number % 3 == 0 else "",
        "processing_type_facility_type_raw": "Sewing",
        "facility_type": "Final Product Assembly",
        "processing_type": "Sewing",
        "product_type": _PRODUCTS[site.product],
        "is_closed": "True" if site.number % 60 == 0 else "False",
    }


def bills_of_lading(folder: Path, count: int, seed: int = 1) -> Path:
    """Bills of `benchmarks.bills`: 4,000 pairs of companies, however many bills; see `tables`."""
    return bills.write(folder / "bills.csv", count, seed)


def wikirate(folder: Path, count: int, seed: int = 1) -> Path:
    """An export of relationships: nine of ten say who supplies whom, one whose brand one is; see `tables`."""
    world = World(_part(count, 0.4), 0, seed)
    return _table(folder / "wikirate.csv", (_answer(world, number) for number in range(count)))


def _answer(world: World, number: int) -> Cells:
    brands = number % 10 == 9
    return {
        "Relationship Link": f"https://wikirate.org/~{number}",
        "Metric": "Commons+Has Brands" if brands else "Commons+Supplied By",
        "Subject Company": brand(world.few(300)),
        "Object Company": brand(1_000 + number) if brands else world.random.choice(world.companies).name,
        "Year": 2017 + world.random.randrange(6),
        "Value": "Textiles" if brands else f"Tier {1 + number % 5 // 4} Supplier",
    }


# --- lists of parties and owners -------------------------------------------------------------------------------

#: Program and dataset of a listing; the first is about forced labour.
_LISTINGS = (
    ("US-UFLPA", "us_dhs_uflpa", "US UFLPA Entity List"),
    ("US-BIS-EL", "us_trade_csl", "US Trade CSL"),
    ("US-RUSHAR", "us_ofac_sdn", "US OFAC SDN List"),
    ("EU-UKR", "eu_fsf", "EU Financial Sanctions"),
)
_SEEN = {"first_seen": "2023-10-11T06:12:05", "last_seen": "2026-07-09T06:00:11"}


def opensanctions_lines(folder: Path, count: int, seed: int = 1) -> Path:
    """Entities as lines: of ten five parties, one a person, three listings and a holding; see `tables`."""
    world = World(_part(count, 0.6), 0, seed)
    target = folder / "sanctions"
    target.mkdir()
    return _lines(target / "entities.ftm.json", (_entity(world, number) for number in range(count)))


def _entity(world: World, number: int) -> Cells:
    parties, kind = len(world.companies), number % 10
    program, dataset, _ = _LISTINGS[number // 10 % 4]
    if kind < 6:
        company = world.companies[(number // 10 * 6 + kind) % parties]
        properties = {
            "name": [company.name, f"{company.name} {company.city}"],
            "country": [company.code.lower()],
            "topics": ["sanction"],
            "registrationNumber": [f"{number:09d}"],
        }
        schema, caption = "Person" if kind == 5 else "Company", company.name
        return _ftm(f"os-{company.number}", schema, caption, properties, dataset)
    subject = f"os-{world.random.randrange(parties)}"
    if kind < 9:
        properties = {
            "entity": [subject],
            "programId": [program],
            "authority": ["An Office"],
            "startDate": [world.day()],
        }
        return _ftm(f"os-s{number}", "Sanction", program, properties, dataset)
    owner = f"os-{world.few(parties)}"
    properties = {"owner": [owner], "asset": [subject], "percentage": [str(world.random.randrange(1, 101))]}
    return _ftm(f"os-o{number}", "Ownership", "", properties, dataset)


def _ftm(key: str, schema: str, caption: str, properties: dict[str, list[str]], dataset: str) -> Cells:
    return {"id": key, "caption": caption, "schema": schema, "properties": properties, "datasets": [dataset], **_SEEN}


def opensanctions_table(folder: Path, count: int, seed: int = 1) -> Path:
    """Listed parties, one a row; see `tables`."""
    world = World(count, 0, seed)
    return _table(folder / "targets.simple.csv", (_target(world, company) for company in world.companies))


def _target(world: World, company: Party) -> Cells:
    program, _, dataset = _LISTINGS[company.number % 4]
    return {
        "id": f"os-{company.number}",
        "schema": "Person" if company.number % 5 == 0 else "Company",
        "name": company.name,
        "aliases": f"{company.name} {company.city};{company.name.split()[0]} {company.city}",
        "birth_date": "",
        "countries": company.code.lower(),
        "addresses": f'"{company.address}"',
        "identifiers": f"{company.number:09d}",
        "sanctions": f"{program} - {world.day()}",
        "phones": "",
        "emails": "",
        "program_ids": program,
        "dataset": dataset,
        "first_seen": "2023-10-11",
        "last_seen": "2026-07-09",
        "last_change": "2023-10-11",
    }


def bis(folder: Path, count: int, seed: int = 1) -> Path:
    """Entries of an export control list, as long as those of the real one; see `tables`."""
    world = World(count, 0, seed)
    path = folder / "entity_list_2026-07-09.json"
    path.write_text(json.dumps({"entities": [_controlled(world, company) for company in world.companies]}), "utf-8")
    return path


def _controlled(world: World, company: Party) -> Cells:
    other, _, _ = company.address.partition(", ")
    known = [f"{company.name} {company.city}", company.name.split()[0]] if company.number % 3 == 0 else []
    day = date.fromisoformat(world.day(2008, 18))
    return {
        "name": company.name,
        "aliases": known,
        "country": company.country,
        "address": f"{company.address}, {company.country}; and {other}, {company.city}, {company.country}.",
        "status": None,
        "effective_date": None,
        "federal_register": f"{day.year - 1935} FR {world.random.randrange(1_000, 90_000)}, {day:%m/%d/%y}",
        "notes": "For all items subject to the EAR. (See § 744.11 of the EAR)",
    }


def uflpa(folder: Path, count: int, seed: int = 1) -> Path:
    """The page of the UFLPA Entity List: a third with other names, one in twelve under two sections; see `tables`."""
    companies, twice = (world := World(count, 0, seed)).companies, 12
    parties = [companies[number - 1 if number % twice == 1 else number] for number in range(count)]
    days = sorted({world.day(2022, 4) for _ in range(14)})
    path = folder / "uflpa_2026-07-09.html"
    tables = [
        f"<p>Section 2(d)(2)(B)({section})</p><table><tr><th>Name of Entity</th><th>Effective Date</th></tr>"
        f"{''.join(_listing(world, days, party) for party in parties[number::3])}</table>"
        for number, section in enumerate(("i", "ii", "v"))
    ]
    path.write_text(f"<html><body>{''.join(tables)}</body></html>", "utf-8")
    return path


def _listing(world: World, days: list[str], company: Party) -> str:
    name, other = f"{company.city} {company.name}", f"{company.city} {_TRADES[company.product + 1]} {_FORMS[0]}"
    told = {
        0: f" (including two aliases: {other}; and {company.name.split()[0]} {company.city})",
        1: f" (including one alias: {other})",
        2: f" (formerly known as {other})",
    }.get(company.number % 8, " and its subsidiaries" if company.number % 33 == 3 else "")
    day = date.fromisoformat(world.random.choice(days))
    return f"<tr><td>{name}{told}</td><td>{day:%B} {day.day}, {day.year}</td></tr>"


def cbp_orders(folder: Path, count: int, seed: int = 1) -> Path:
    """Orders that bar goods, of parties with other names, several parties, vessels; some modified or ended.

    Orders on a whole country are left out: few of their texts are known, and the others are rejected. See `tables`.
    """
    world = World(2 * count, 0, seed)
    pairs = zip(world.companies[:count], world.companies[count:], strict=True)
    goods = [row["merchandise"] for row in table_rows("cbp_goods")]
    return _table(folder / "orders-2026-06-23.csv", (_order(world, goods, one, other) for one, other in pairs))


def _order(world: World, goods: list[str], company: Party, other: Party) -> Cells:
    day, modified = date.fromisoformat(world.day(1991, 34)), date.fromisoformat(world.day(2025, 1))
    name, second, kind = f"{company.city} {company.name}", f"{other.city} {other.name}", company.number % 12
    changed = f"{modified.month}/{modified.day}/{modified.year}"
    vessel = kind == 11
    entity = {
        0: f"{name} a/k/a {second}",
        1: f"{name} a/k/a {second}",
        2: f"{name}; {second}",
        3: f"{name}; {second}",
        4: f"{name} and its subsidiaries",
        11: f"Fishing Vessel: {company.city} {company.number}",
    }.get(kind, name)
    status = {3: "Partially Modified", 5: "Inactive"}.get(kind, "Active")
    return {
        "Effective Date": f"{day.month}/{day.day}/{day.year}",
        "Calendar Year": day.year,
        "Country Code": "" if vessel else company.code,
        "Country": "Fishing Vessels" if vessel else company.country,
        "Merchandise": "Seafood" if vessel else world.random.choice(goods),
        "WRO/Finding": "Finding" if company.number % 7 == 0 else "WRO",
        "Industry": "Other",
        "Status": status,
        "Modified Date": "" if status == "Active" else changed,
        "Press Release": "N/A",
        "Entity": entity,
        "Remarks": f"{second} removed from the order, {changed}" if kind == 3 else "",
    }


def dol_goods(folder: Path, count: int, seed: int = 1) -> Path:
    """One edition of the list of goods, each in one to five countries; see `tables`."""
    random, countries = Random(seed), sorted(set(country_names().values()))
    path = folder / "goods_2022.xml"
    with path.open("w", encoding="utf-8") as file:
        file.write("<Goods>\n")
        while count:
            made_in = random.sample(countries, min(count, random.randint(1, 5)))
            count -= len(made_in)
            good = f"{random.choice(_BEGIN).capitalize()}{random.choice(_END)} ware {count}"
            file.write(f"<Good>\n<Good_Name>{good}</Good_Name>\n<Good_Sector>Manufacturing</Good_Sector>\n")
            file.writelines(["<Countries>\n", *(_made_in(random, one) for one in made_in), "</Countries>\n</Good>\n"])
        file.write("</Goods>\n")
    return path


def _made_in(random: Random, country: str) -> str:
    """A country of a good: one in four with forced labour, some of that of children, few derived."""
    child, forced, derived = random.random() < 0.9, random.random() < 0.25, random.random() < 0.02
    cells = {
        "Country_Name": country,
        "Country_Region": "Elsewhere",
        "Child_Labor": _YES[child and not derived],
        "Forced_Labor": _YES[(forced or not child) and not derived],
        "Forced_Child_Labor": _YES[forced and random.random() < 0.4 and not derived],
        "Derived_Labor_Exploitation": _YES[derived],
        "Derived_Country": "China" if derived else "No",
    }
    lines = [f"<{tag}>{escape(text)}</{tag}>\n" for tag, text in cells.items()]
    return "".join(["<Country>\n", *lines, "</Country>\n"])


def bods(folder: Path, count: int, seed: int = 1) -> Path:
    """Statements as lines: of five two are about companies, one about a person, two about holdings; see `tables`."""
    world = World(_part(count, 0.4), 0, seed)
    return _lines(folder / "bods.jsonl", (_statement(world, number) for number in range(count)))


def _statement(world: World, number: int) -> Cells:
    group, kind = divmod(number, 5)
    first = group * 2
    if kind < 2:
        company = world.companies[(first + kind) % len(world.companies)]
        return _said(number, "entity", f"ent-{first + kind}", {
            "entityType": {"type": "registeredEntity"},
            "name": company.name,
            "jurisdiction": {"name": company.country, "code": company.code},
            "identifiers": [{"id": f"{number:08d}", "scheme": "GB-COH", "schemeName": "Companies House"}],
            "addresses": [{"type": "registered", "address": company.address}],
        })  # fmt: skip
    if kind == 2:
        name = f"{_BEGIN[group % 16].capitalize()} {_MIDDLE[group // 16 % 16].capitalize()}{group}"
        names = [{"type": "legal", "fullName": name}]
        return _said(number, "person", f"per-{group}", {"personType": "knownPerson", "names": names})
    owner = f"per-{group}" if kind == 3 else f"ent-{world.random.randrange(first + 2)}"
    owned = f"ent-{first}" if kind == 3 else f"ent-{first + 1}"
    share = world.random.choice(({"exact": 100}, {"minimum": 25, "maximum": 50}, {"minimum": 50, "maximum": 75}))
    interests = [{"type": "shareholding", "share": share, "startDate": world.day()}]
    return _said(number, "relationship", f"rel-{number}",
                 {"subject": owned, "interestedParty": owner, "interests": interests})  # fmt: skip


def _said(number: int, kind: str, record: str, details: Cells) -> Cells:
    return {
        "statementId": f"{number:032x}",
        "statementDate": "2024-09-11",
        "publicationDetails": {
            "publicationDate": "2024-09-11",
            "bodsVersion": "0.4",
            "publisher": {"name": "Example Register"},
        },
        "recordId": record,
        "recordType": kind,
        "recordStatus": "new",
        "declarationSubject": record,
        "recordDetails": {"isComponent": False, **details},
    }


_PLACE = (
    "lang", "FirstAddressLine", "AddressNumber", "AddressNumberWithinBuilding", "MailRouting",
    *(f"AdditionalAddressLine.{n}" for n in (1, 2, 3)), "City", "Region", "Country", "PostalCode",
)  # fmt: skip
#: The header of Level 1: most of its columns repeat, and most of their cells are empty.
_LEVEL_1 = [
    "LEI", "Entity.LegalName", "Entity.LegalName.xmllang",
    *(f"Entity.OtherEntityNames.OtherEntityName.{n}{end}" for n in range(1, 6) for end in ("", ".xmllang", ".type")),
    *(f"Entity.TransliteratedOtherEntityNames.TransliteratedOtherEntityName.{n}{end}"
      for n in range(1, 6) for end in ("", ".xmllang", ".type")),
    *(f"Entity.{place}.{part}" for place in ("LegalAddress", "HeadquartersAddress") for part in _PLACE),
    *(f"Entity.OtherAddresses.OtherAddress.{n}.{part}" for n in range(1, 6) for part in ("type", *_PLACE)),
    *(f"Entity.TransliteratedOtherAddresses.TransliteratedOtherAddress.{n}.{part}"
      for n in range(1, 6) for part in ("type", *_PLACE)),
    *(f"Entity.RegistrationAuthority.{part}"
      for part in ("RegistrationAuthorityID", "OtherRegistrationAuthorityID", "RegistrationAuthorityEntityID")),
    "Entity.LegalJurisdiction", "Entity.EntityCategory", "Entity.LegalForm.EntityLegalFormCode", "Entity.EntityStatus",
    "Entity.EntityCreationDate",
    *(f"Registration.{part}" for part in ("InitialRegistrationDate", "LastUpdateDate", "RegistrationStatus",
                                          "NextRenewalDate", "ManagingLOU", "ValidationSources")),
]  # fmt: skip
#: The header of Level 2.
_LEVEL_2 = [
    *(f"Relationship.{node}.{part}" for node in ("StartNode", "EndNode") for part in ("NodeID", "NodeIDType")),
    "Relationship.RelationshipType", "Relationship.RelationshipStatus",
    *(f"Relationship.Period.{n}.{part}" for n in range(1, 6) for part in ("startDate", "endDate", "periodType")),
    *(f"Relationship.Qualifiers.{n}.Qualifier{part}" for n in range(1, 6) for part in ("Dimension", "Category")),
    *(f"Relationship.Quantifiers.{n}.{part}"
      for n in range(1, 6) for part in ("MeasurementMethod", "QuantifierAmount", "QuantifierUnits")),
    *(f"Registration.{part}" for part in ("InitialRegistrationDate", "LastUpdateDate", "RegistrationStatus",
                                          "NextRenewalDate", "ManagingLOU", "ValidationSources")),
]  # fmt: skip
#: Seven of ten relationships are about who consolidates whom, twice where the parent is the ultimate one too.
_KINDS = (*("IS_DIRECTLY_CONSOLIDATED_BY", "IS_ULTIMATELY_CONSOLIDATED_BY") * 3, "IS_DIRECTLY_CONSOLIDATED_BY",
          "IS_FUND-MANAGED_BY", "IS_FUND-MANAGED_BY", "IS_INTERNATIONAL_BRANCH_OF")  # fmt: skip


def gleif(folder: Path, count: int, seed: int = 1) -> Path:
    """Both levels, with all columns of the real files: seven rows in ten are entities; see `tables`."""
    world = World(_part(count, 0.7), 0, seed)
    target = folder / "gleif"
    target.mkdir()
    _table(target / "lei2.csv", map(_legal_entity, world.companies), _LEVEL_1)
    relations = (_relation(world, number) for number in range(_part(count, 0.3)))
    _table(target / "rr.csv", relations, _LEVEL_2)
    return target


def _legal_entity(company: Party) -> Cells:
    row: Cells = {
        "LEI": lei(company.number),
        "Entity.LegalName": company.name,
        "Entity.LegalName.xmllang": "en",
        "Entity.RegistrationAuthority.RegistrationAuthorityID": "RA000602",
        "Entity.RegistrationAuthority.RegistrationAuthorityEntityID": f"{company.number:08d}",
        "Entity.LegalJurisdiction": company.code,
        "Entity.EntityCategory": "FUND" if company.number % 8 == 0 else "GENERAL",
        "Entity.EntityStatus": "ACTIVE",
        "Registration.RegistrationStatus": "ISSUED",
    }
    for place in ("LegalAddress", "HeadquartersAddress"):
        row[f"Entity.{place}.FirstAddressLine"] = company.address
        row[f"Entity.{place}.City"] = company.city
        row[f"Entity.{place}.Country"] = company.code
    if company.number % 4 == 0:
        row["Entity.OtherEntityNames.OtherEntityName.1"] = f"{company.name.split()[0]} Trading"
    return row


def _relation(world: World, number: int) -> Cells:
    """A child and its parent; the direct and the ultimate one follow each other."""
    size = len(world.companies)
    child, parent = (number // 2 * 3 + 1) % size, number // 2 % _part(size, 0.2)
    return {
        "Relationship.StartNode.NodeID": lei(child),
        "Relationship.StartNode.NodeIDType": "LEI",
        "Relationship.EndNode.NodeID": lei(parent if parent != child else child - 1),
        "Relationship.EndNode.NodeIDType": "LEI",
        "Relationship.RelationshipType": _KINDS[number % len(_KINDS)],
        "Relationship.RelationshipStatus": "ACTIVE",
        "Relationship.Period.1.startDate": f"{world.day()}T00:00:00.000Z",
        "Relationship.Period.1.periodType": "RELATIONSHIP_PERIOD",
        "Registration.InitialRegistrationDate": "2017-05-05T09:00:00Z",
        "Registration.LastUpdateDate": "2024-02-02T09:00:00Z",
        "Registration.RegistrationStatus": "PUBLISHED",
    }


#: Format, and what the files are called where a format has several -> what writes them.
WRITERS: dict[tuple[str, str], Callable[[Path, int], Path]] = {
    ("tables", ""): tables,
    ("mapping", ""): mapping,
    ("nike", "workbook"): nike,
    ("os-hub", "download"): os_hub,
    ("bills-of-lading", ""): bills_of_lading,
    ("wikirate", "export"): wikirate,
    ("opensanctions", "entities.ftm.json"): opensanctions_lines,
    ("opensanctions", "targets.simple.csv"): opensanctions_table,
    ("uflpa", "page"): uflpa,
    ("cbp-orders", "table"): cbp_orders,
    ("bis", "list"): bis,
    ("dol-goods", "edition"): dol_goods,
    ("bods", "lines"): bods,
    ("gleif", "levels 1 and 2"): gleif,
}

# ruff: noqa: E501 - mappings and their messages stand on one line, as a user sees them
"""Any table with a mapping: what fields mean, what becomes of rows, and what a hostile or wrong mapping is told."""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from jsonschema import Draft202012Validator

from graph_core.day import Day, Parameters
from graph_core.derive import derive
from graph_core.errors import InputError
from graph_core.graph import Graph
from graph_core.model import TABLES
from graph_core.store.base import RecordSet
from loaders import quarantine
from loaders.base import Options, Reading, silent
from loaders.files.rawtable import header_key
from loaders.files.tablefile import read_table
from loaders.formats.mapping.fields import Field, Unreadable, iso_date, plain_number, year_later
from loaders.formats.mapping.file import BLOCKS, parse_mapping, read_mapping
from loaders.formats.mapping.loader import LOADER, data_files
from loaders.formats.mapping.rows import Transformation
from loaders.formats.mapping.yaml import MAX_BYTES, schema

DATA = Path(__file__).parents[2].parent / "shared" / "data"


def real(*parts: str) -> Path:
    path = DATA.joinpath(*parts)
    if not path.exists():
        message = f"the real data set {'/'.join(parts)} is not beside the checkout"
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail(message)
        pytest.skip(message)
    return path


def read(tmp_path: Path, mapping: str, table: str, name: str = "t.csv", **options: str) -> Reading:
    """The only reading of a table through a mapping."""
    (tmp_path / "m.yaml").write_text(mapping, encoding="utf-8")
    (tmp_path / name).write_text(table, encoding="utf-8")
    (reading,) = LOADER.read(tmp_path / name, Options(mapping=tmp_path / "m.yaml", **options), silent)
    return reading


def counts(reading: Reading) -> tuple[str, int, int, int, int]:
    return (reading.tallies[0].table, *rows(reading))


def rows(*readings: Reading) -> tuple[int, int, int, int]:
    """Rows read, loaded, merged and rejected."""
    found = [tally for reading in readings for tally in reading.tallies]
    return (
        sum(t.read for t in found),
        sum(t.loaded for t in found),
        sum(t.merged for t in found),
        sum(t.rejected for t in found),
    )


def cells(reading: Reading, table: str, *columns: str) -> list[list[Any]]:
    frame = reading.records[table][list(columns)].astype(object)
    return frame.where(frame.notna(), None).to_numpy().tolist()


def believed(*readings: Reading) -> Graph:
    return derive([RecordSet(r.source, n, r.records) for n, r in enumerate(readings, start=1)])


def exposure(day: str, brand: str, *readings: Reading) -> dict[str, Any]:
    return Day(believed(*readings), Parameters(day)).exposures([brand])[0]


# --- a disclosure list -----------------------------------------------------------------------------------------

LIST = """
version: 1
title: Supplier list of ACME
publisher: ACME
url: https://example.com/suppliers
licence: as stated
list: {brand: ACME, date: 2024-03-01}
organizations: {as: parent, name: Parent Company}
facilities:
  name: Factory Name
  country: Country
  address: {columns: [Address, City], join: ", "}
  workers: Workers
  product: Product
ownership: {owner_id: {id_of: parent}, owned_id: {id_of: facility}}
links: {product: Product, share: Share}
"""
SITES = """Factory Name,Address,City,Country,Parent Company,Workers,Product,Share
A Garments,1 Road,Dhaka,Bangladesh,AG Holding,101-500,Shirts,45 %
A Garments,1 Road,Dhaka,Bangladesh,AG Holding,101-500,Shirts,45 %
A Garments,1 Road,Dhaka,Bangladesh,AG Holding,101-500,Socks,
B Garments,2 Road,Dhaka,Atlantis,,1,Shirts,x
,2 Road,Dhaka,China,,1,Shirts,
D,9 Street,,CN,,,Shirts,
"""
HEAD = SITES.split("\n", maxsplit=1)[0]


def test_a_list_becomes_sites_links_holdings_and_a_dated_list(tmp_path: Path) -> None:
    reading = read(tmp_path, LIST, SITES)
    assert counts(reading) == ("links", 6, 3, 1, 2)
    a, d = cells(reading, "facilities", "id")[0][0], cells(reading, "facilities", "id")[-1][0]
    listed = "list:ACME:supplier list:2024-03-01"
    assert cells(reading, "links", "supplier_id", "buyer_id", "product", "share", "list_id", "line") == [
        [a, "brand:ACME", "Shirts", 0.45, listed, 2],
        [a, "brand:ACME", "Socks", None, listed, 4],
        [d, "brand:ACME", "Shirts", None, listed, 7],
    ]
    assert cells(reading, "lists", "id", "buyer_id", "series", "date", "title") == [
        [listed, "brand:ACME", "supplier list", "2024-03-01", "list of 2024-03-01"]
    ]
    assert cells(reading, "organizations", "id", "name", "roles") == [
        ["brand:ACME", "ACME", "brand"],
        ["company:AG Holding", "AG Holding", None],
    ]
    assert cells(reading, "facilities", "name", "country", "address", "product")[0] == [
        *("A Garments", "BD", "1 Road, Dhaka", "Shirts")
    ]
    assert cells(reading, "ownership", "owner_id", "owned_id") == [["company:AG Holding", a]]
    assert json.loads(reading.records["links"]["original"].iloc[0]) == {"share": "45 %"}
    assert json.loads(reading.records["facilities"]["original"].iloc[0]) == {"country": "Bangladesh"}
    assert reading.replace
    assert reading.source["id"] == "mapping:Supplier list of ACME:t:ACME:2024-03-01"
    assert reading.source["url"] == "https://example.com/suppliers"
    assert (reading.source["publisher"], reading.source["licence"]) == ("ACME", "as stated")


def test_a_row_is_rejected_once_with_all_reasons_and_makes_nothing(tmp_path: Path) -> None:
    reading = read(tmp_path, LIST, SITES)
    first, second = reading.rejects.to_dict("records")
    assert (first["table"], first["line"], first["column"], first["value"]) == ("links", 5, "Share", "x")
    assert first["reason"].startswith("is no number; also Country: is no country")
    assert (second["line"], second["column"], second["value"]) == (6, "Factory Name", "")
    assert "is empty, and has to be given" in second["reason"]
    assert not {5, 6} & {line for frame in reading.records.values() for line in frame["line"]}


def test_the_brand_has_suppliers_on_the_day_of_the_list_and_a_later_list_ends_it(tmp_path: Path) -> None:
    first = read(tmp_path, LIST, SITES)
    later = read(
        tmp_path, LIST, SITES.split("\n", maxsplit=1)[0] + "\nD,9 Street,,CN,,,Shirts,\n", list_date="2025-01-01"
    )
    assert first.source["id"] != later.source["id"]
    found = [
        exposure(day, "brand:ACME", first, later)["suppliers"] for day in ("2024-02-29", "2024-03-01", "2025-01-01")
    ]
    assert found == [0, 2, 1]


def test_another_series_ends_nothing(tmp_path: Path) -> None:
    other = read(
        tmp_path,
        LIST,
        SITES.split("\n", maxsplit=1)[0] + "\nE,1 Way,,CN,,,Oil,\n",
        list_date="2025-01-01",
        series="palm",
    )
    assert exposure("2025-02-01", "brand:ACME", read(tmp_path, LIST, SITES), other)["suppliers"] == 3


def test_the_command_line_says_whose_list_it_is(tmp_path: Path) -> None:
    reading = read(tmp_path, LIST, SITES, brand="Other", list_date="2023-01-01", series="shoes")
    assert cells(reading, "lists", "buyer_id", "series", "date") == [["brand:Other", "shoes", "2023-01-01"]]
    assert reading.source["id"] == "mapping:Supplier list of ACME:t:Other:2023-01-01"
    bare = "version: 1\nfacilities: {name: Factory Name, country: Country, address: Address}\n"
    assert counts(read(tmp_path, bare, SITES))[0] == "facilities"
    named = read(tmp_path, bare, SITES, brand="Other", list_date="2023-01-01")
    assert counts(named)[0] == "links"
    assert exposure("2023-01-01", "brand:Other", named)["suppliers"] == 2


def test_a_list_without_a_day_has_open_links_or_the_day_of_the_file(tmp_path: Path) -> None:
    undated = LIST.replace(", date: 2024-03-01", "")
    reading = read(tmp_path, undated, SITES)
    assert reading.records["links"][["list_id", "valid_from", "valid_to"]].isna().all(axis=None)
    assert not len(reading.records["lists"])
    assert any("has no day" in note for note in reading.notes)
    assert exposure("1990-01-01", "brand:ACME", reading)["suppliers"] == 2
    dated = read(tmp_path, undated, SITES, name="acme_2024-05-06.csv")
    assert cells(dated, "lists", "date") == [["2024-05-06"]]
    assert any("as the name of the file" in note for note in dated.notes)


def test_brand_and_year_may_stand_in_columns(tmp_path: Path) -> None:
    mapping = """
version: 1
list: {brand: {column: Brand}, date: {column: Year, format: "%Y"}, series: mills}
links: {supplier_id: Mill ID, disclosure: {value: indirect}}
"""
    table = "Brand,Year,Mill ID\nAcme,2020,M1\nAcme,2021,M2\nBeta,2020,M1\nBeta,20x0,M1\n,2020,M1\nAcme,,M1\n"
    reading = read(tmp_path, mapping, table)
    assert counts(reading) == ("links", 6, 3, 0, 3)
    assert cells(reading, "lists", "id", "date") == [
        ["list:Acme:mills:2020-01-01", "2020-01-01"],
        ["list:Acme:mills:2021-01-01", "2021-01-01"],
        ["list:Beta:mills:2020-01-01", "2020-01-01"],
    ]
    assert set(reading.records["links"]["disclosure"]) == {"indirect"}
    assert reading.rejects["column"].tolist() == ["Year", "Brand", "Year"]
    assert exposure("2021-06-30", "brand:Acme", reading)["suppliers"] == 1


# --- ids and what rows say of one party ------------------------------------------------------------------------


def ids_of(tmp_path: Path, rows: str, mapping: str = "") -> list[str]:
    text = mapping or "version: 1\ntitle: T\nfacilities: {name: Name, country: Land, address: Street}\n"
    frame = read(tmp_path, text, "Name,Land,Street\n" + rows).records["facilities"]
    return frame["id"].tolist()


def test_the_id_of_a_site_is_its_name_address_and_country(tmp_path: Path) -> None:
    one, two, three = ids_of(tmp_path, "A & B Co.,CN,1 Road\nA AND B CO,China,1  road.\nA & B Co.,CN,2 Road\n")
    assert one == two != three


def test_without_an_address_a_name_is_no_site_of_another_list(tmp_path: Path) -> None:
    rows = "Golden Garment,CN,\n"
    text = "version: 1\ntitle: {}\nfacilities: {{name: Name, country: Land, address: Street}}\n"
    assert ids_of(tmp_path, rows, text.format("T")) != ids_of(tmp_path, rows, text.format("U"))
    listed = text.format("T") + "list: {brand: ACME}\n"
    assert ids_of(tmp_path, rows, listed) == ids_of(tmp_path, rows, listed.replace("title: T", "title: U"))
    assert ids_of(tmp_path, "☺,CN,\n") == ["site:CN:☺"]


def test_companies_of_one_name_in_two_countries_are_two(tmp_path: Path) -> None:
    text = "version: 1\norganizations: {name: Name, country: Land}\n"
    reading = read(tmp_path, text, "Name,Land\nX Ltd,CN\nX Ltd,Viet Nam\nX Ltd,\n")
    assert cells(reading, "organizations", "id") == [["company:X Ltd:CN"], ["company:X Ltd:VN"], ["company:X Ltd"]]
    assert cells(read(tmp_path, text + "  # roles\n", "Name,Land\nX,\n"), "organizations", "id") == [["company:X"]]
    brands = "version: 1\norganizations: {name: Name, roles: {value: brand}}\n"
    assert cells(read(tmp_path, brands, "Name\nX\n"), "organizations", "id", "roles") == [["brand:X", "brand"]]


DELIVERIES = """
version: 1
organizations:
  - {as: supplier, id: Supplier ID, name: Supplier, country: Land}
  - {as: buyer, name: Buyer, roles: {value: brand}}
links:
  supplier_id: {id_of: supplier}
  buyer_id: {id_of: buyer}
  volume: {column: Kilos, decimal: ","}
  unit: {value: kg}
  delivered: {column: Day, format: "%d.%m.%Y"}
"""


def test_two_countries_of_one_id_contradict_each_other(tmp_path: Path) -> None:
    table = "Supplier ID;Supplier;Land;Buyer;Kilos;Day\n"
    table += "S1;One;CN;B;1,5;01.02.2021\nS1;ONE LTD;China;B;2;02.02.2021\nS1;One;Vietnam;B;2;03.02.2021\n"
    reading = read(tmp_path, DELIVERIES, table)
    assert counts(reading) == ("links", 3, 2, 0, 1)
    reject = reading.rejects.iloc[0]
    assert (reject["line"], reject["column"], reject["value"]) == (4, "Land", "Vietnam")
    assert "line 2 already says another country of S1" in reject["reason"]
    graph = believed(reading)
    company = graph["Organization"].set_index("id").loc["S1"]
    assert company["country"] == "CN"
    assert {company["name"], *company["aliases"]} == {"One", "ONE LTD"}


def test_a_table_about_parties_has_one_row_for_each_of_its_ids(tmp_path: Path) -> None:
    text = "version: 1\nfacilities: {id: ID, name: Name, workers: Workers}\n"
    reading = read(tmp_path, text, "ID,Name,Workers\nF1,A,10\nF1,A,10\nF1,A,20\nF2,B,\n")
    assert counts(reading) == ("facilities", 4, 2, 1, 1)
    assert "line 2 already says something else of the same id" in reading.rejects["reason"].iloc[0]
    made = "version: 1\nfacilities: {name: Name, country: Land, address: Street, product: Product}\n"
    goods = read(tmp_path, made, "Name,Land,Street,Product\nA,CN,1 Road,Shirts\nA,CN,1 Road,Socks\n")
    assert counts(goods) == ("facilities", 2, 2, 0, 0)
    assert len(set(goods.records["facilities"]["id"])) == 1


# --- deliveries, holdings, findings, coverage ------------------------------------------------------------------


def test_deliveries_that_differ_anywhere_add_up(tmp_path: Path) -> None:
    table = "No;Supplier ID;Supplier;Land;Buyer;Kilos;Day\n" + "".join(
        f"{number};S1;One;CN;B;1.000,5;01.02.2021\n" for number in (1, 2, 2)
    )
    reading = read(tmp_path, DELIVERIES, table)
    assert counts(reading) == ("links", 3, 2, 1, 0)
    link = believed(reading)["SUPPLIES"].iloc[0]
    assert (link["volume"], link["records"]) == (2001.0, 2)
    assert (link["valid_from"], link["valid_to"], link["first_seen"]) == ("2021-02-01", "2022-02-01", "2021-02-01")
    original = {"volume": "1.000,5", "valid_from": "01.02.2021"}
    assert json.loads(reading.records["links"]["original"].iloc[0]) == original
    assert [exposure(day, "brand:B", reading)["suppliers"] for day in ("2021-01-31", "2021-02-01", "2022-02-01")] == [
        *(0, 1, 0)
    ]


def test_files_of_deliveries_add_up_and_a_file_that_comes_again_takes_its_own_place(tmp_path: Path) -> None:
    head = "Supplier ID;Supplier;Land;Buyer;Kilos;Day\n"
    one = read(tmp_path, DELIVERIES, head + "S1;One;CN;B;1;01.02.2021\n", name="jan.csv")
    two = read(tmp_path, DELIVERIES, head + "S1;One;CN;B;2;01.02.2021\nS1;One;CN;B;4;01.03.2021\n", name="feb.csv")
    assert one.source["id"] != two.source["id"]
    assert one.source["adds"] == two.source["adds"] == "mapping:m"
    for order in ((one, two), (two, one)):
        links = believed(*order)["SUPPLIES"].set_index("valid_from")["volume"]
        assert links.to_dict() == {"2021-02-01": 3.0, "2021-03-01": 7.0, "2022-02-01": 4.0}
    assert set(believed(one, two)["Source"]["id"]) >= {"mapping:m", "mapping:m:jan", "mapping:m:feb"}


def test_one_row_can_make_a_chain(tmp_path: Path) -> None:
    text = """
version: 1
organizations:
  - {as: mill, name: Mill}
  - {as: trader, name: Trader}
  - {as: brand owner, name: Brand, roles: {value: brand}}
links:
  - {supplier_id: {id_of: mill}, buyer_id: {id_of: trader}}
  - {supplier_id: {id_of: trader}, buyer_id: {id_of: brand owner}}
"""
    reading = read(tmp_path, text, "Mill,Trader,Brand\nM,T,B\nM,T,\n")
    assert counts(reading) == ("links", 2, 2, 0, 0)
    assert cells(reading, "links", "supplier_id", "buyer_id") == [
        ["company:M", "company:T"],
        ["company:T", "brand:B"],
    ]


def test_holdings(tmp_path: Path) -> None:
    text = """
version: 1
organizations:
  - {as: owner, name: Owner}
  - {as: owned, name: Owned}
ownership:
  owner_id: {id_of: owner}
  owned_id: {id_of: owned}
  percent: Share
  kind: {column: Kind, values: {Stock: shareholding, Votes: voting rights}}
  valid_from: From
  valid_to: To
"""
    table = "Owner,Owned,Share,Kind,From,To\nO,A,60 %,Stock,2020-01-01,\nO,A,60%,Votes,2020-01-01,\n"
    table += "O,B,60%,,2020-01-01,2019-01-01\nO,,60%,,,\nO,A,70%,Stock,2020-01-01,\nO,C,120%,,,\n"
    reading = read(tmp_path, text, table)
    assert counts(reading) == ("ownership", 6, 2, 0, 4)
    assert cells(reading, "ownership", "percent", "kind") == [[60.0, "shareholding"], [60.0, "voting_rights"]]
    assert reading.rejects["line"].tolist() == [4, 5, 6, 7]
    assert "ends on or before the day it begins" in reading.rejects["reason"].iloc[0]
    assert reading.rejects["column"].tolist() == ["To", "Owned", "Owner", "Share"]


def test_an_interval_beside_the_counted_record_is_checked_too(tmp_path: Path) -> None:
    text = LIST.replace("owned_id: {id_of: facility}}", "owned_id: {id_of: facility}, valid_from: From, valid_to: To}")
    table = SITES.split("\n", maxsplit=1)[0] + ",From,To\nA,1 Road,Dhaka,CN,P,,Shirts,,2020-01-01,2020-01-01\n"
    reading = read(tmp_path, text, table + "A,1 Road,Dhaka,CN,,,Shirts,,2020-01-01,2020-01-01\n")
    assert counts(reading) == ("links", 2, 1, 0, 1)
    assert reading.rejects.iloc[0]["column"] == "To"


FINDINGS = """
version: 1
title: Audits
facilities: {name: Site, country: Land, address: Street}
findings:
  subject_id: {id_of: facility}
  category: {column: Result, values: {Forced labour found: forced_labour, Other: other}}
  authority: {value: Example Audits}
  valid_from: {column: Day, format: "%d/%m/%Y"}
  note: Remark
"""


def test_findings(tmp_path: Path) -> None:
    table = "Site,Land,Street,Result,Day,Remark\nA,CN,1 Road,forced labour  found,31/01/2020,seen\n"
    table += "A,CN,1 Road,bonded,31/01/2020,\nA,CN,1 Road,Other,32/01/2020,\n"
    reading = read(tmp_path, FINDINGS, table)
    assert counts(reading) == ("findings", 3, 1, 0, 2)
    (finding,) = reading.records["findings"].to_dict("records")
    assert (finding["category"], finding["valid_from"]) == ("forced_labour", "2020-01-31")
    assert finding["id"].startswith("finding:")
    assert finding["subject_id"] == reading.records["facilities"]["id"].iloc[0]
    assert json.loads(finding["original"]) == {"category": "forced labour  found", "valid_from": "31/01/2020"}
    assert reading.rejects["value"].tolist() == ["bonded", "32/01/2020"]
    assert "as the mapping says it is written (%d/%m/%Y)" in reading.rejects["reason"].iloc[1]


def test_a_site_without_a_finding_is_not_accused(tmp_path: Path) -> None:
    """What an audit says stands beside a supplier; a row without it, or with a clean one, makes no finding."""
    text = (
        LIST
        + "findings: {subject_id: {id_of: facility}, kind: Audit, category: {value: forced_labour}, valid_from: Day}\n"
    )
    clean = text.replace("kind: Audit", 'kind: {column: Audit, values: {Passed: ""}}')
    head = SITES.split("\n", maxsplit=1)[0] + ",Audit,Day\n"
    table = head + "A,1 Road,Dhaka,CN,,,Shirts,,,2020-01-01\nB,2 Road,Dhaka,CN,,,Shirts,,Passed,2020-01-01\n"
    table += "C,3 Road,Dhaka,CN,,,Shirts,,Failed,2020-01-01\n"
    reading = read(tmp_path, clean, table)
    assert counts(reading) == ("links", 3, 3, 0, 0)
    accused = reading.records["findings"]["subject_id"].tolist()
    assert accused == [cells(reading, "facilities", "id")[2][0]]
    assert len(read(tmp_path, text, table).records["findings"]) == 2


def test_coverage(tmp_path: Path) -> None:
    text = (
        'version: 1\ncoverage: {buyer_id: {column: Buyer, prefix: "brand:"}, coverage: {column: Mapped, scale: 0.01}}\n'
    )
    reading = read(tmp_path, text, "Buyer,Mapped\nX,80\nY,x\nZ,180\n")
    assert cells(reading, "coverage", "buyer_id", "coverage") == [["brand:X", 0.8]]
    assert reading.rejects["value"].tolist() == ["x", "180"]


def test_what_stands_beside_an_empty_name_is_told(tmp_path: Path) -> None:
    text = LIST.replace("name: Parent Company}", "name: Parent Company, country: City}")
    reading = read(tmp_path, text.replace("[Address, City]", "[Address, Workers]"), SITES.replace("Dhaka", "China"))
    assert any("on 1 rows parent has no name or id" in note and "City" in note for note in reading.notes) is False
    table = SITES.split("\n", maxsplit=1)[0] + "\nA,1 Road,China,CN,,,Shirts,\n"
    reading = read(tmp_path, text, table)
    assert any("on 1 rows parent has no name or id" in note and "City" in note for note in reading.notes)


# --- fields ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "row", "expected"),
    [
        ("Alias", "a|b", "a|b"),
        ("{value: x}", "a", "x"),
        ('{column: Alias, split: ";"}', "a; b;;c", "a|b|c"),
        ("{columns: [Alias, Other]}", "a,b", "a b"),
        ('{columns: [Alias, Other], join: ""}', "a,b", "ab"),
        ('{columns: [Alias, Other], join: "; "}', "a,", "a"),
        ("[Alias, Other]", "a,b", "a|b"),
        ('[Alias, {column: Other, prefix: "DUNS:"}]', "a,b", "a|DUNS:b"),
        ('{column: Alias, values: {"No": none, x: ""}}', "NO", "none"),
        ('{column: Alias, values: {"No": none, x: ""}}', "X", None),
        ('{column: Alias, values: {"No": none, x: ""}}', "other", "other"),
        ('{column: Alias, prefix: "P-"}', "", None),
    ],
)
def test_text(tmp_path: Path, field: str, row: str, expected: str | None) -> None:
    text = f"version: 1\nfacilities: {{id: ID, name: ID, aliases: {field}}}\n"
    reading = read(tmp_path, text, "ID,Alias,Other\nF," + (row if "," in row else row + ",") + "\n")
    assert cells(reading, "facilities", "aliases") == [[expected]]


def test_made_ids(tmp_path: Path) -> None:
    text = 'version: 1\nfacilities: {id: {columns: [No, Name], make: hash, prefix: "x:"}, name: Name}\n'
    reading = read(tmp_path, text, "No,Name\n1,A\n1,a\n2,A\n,☺\n")
    one, two = reading.records["facilities"]["id"]
    assert one != two
    assert re.fullmatch("x:[0-9a-f]{16}", one)
    assert reading.rejects["reason"].tolist() == [
        "line 2 already says something else of the same id; keep one of the two rows",
        "is empty, and has to be given",
    ]


@pytest.mark.parametrize(
    ("cell", "how", "column", "expected"),
    [
        ("1.5", {}, "volume", "1.5"),
        ("1.234.567,8", {"decimal": ","}, "volume", "1234567.8"),
        ("1 234,5", {"decimal": ","}, "volume", "1234.5"),
        ("1'234.5", {"decimal": "."}, "volume", "1234.5"),
        ("1,234", {"decimal": "."}, "volume", "1234"),
        (",5", {"decimal": ","}, "volume", "0.5"),
        ("-12,5", {"decimal": ","}, "volume", "-12.5"),
        ("45 %", {}, "share", "0.45"),
        ("45", {"scale": "0.01"}, "share", "0.45"),
        ("45%", {"scale": "0.01"}, "share", "0.45"),
        ("0,1 %", {"decimal": ","}, "share", "0.001"),
        ("2", {"scale": "1000"}, "volume", "2000"),
    ],
)
def test_numbers(cell: str, how: dict[str, str], column: str, expected: str) -> None:
    (found,) = [c for c in TABLES["links"].columns if c.name == column]
    assert float(plain_number(cell, Field(1, **how), found)) == float(expected)


@pytest.mark.parametrize(
    ("cell", "how", "column", "reason"),
    [
        ("1,5", {}, "volume", "say in the mapping what begins its decimals"),
        ("x", {}, "volume", "is no number"),
        ("1.5", {"decimal": ","}, "volume", "whose decimals begin with ','"),
        ("1.23.456", {"decimal": ","}, "volume", "whose decimals begin with ','"),
        (",", {"decimal": ","}, "volume", "whose decimals begin"),
        ("", {"decimal": ","}, "volume", "whose decimals begin"),
        ("45 %", {}, "volume", "has a percent sign, and is no share"),
        ("1e999999999", {"scale": "1e99"}, "volume", "is too large"),
    ],
)
def test_numbers_that_cannot_be_read(cell: str, how: dict[str, str], column: str, reason: str) -> None:
    (found,) = [c for c in TABLES["links"].columns if c.name == column]
    with pytest.raises(Unreadable, match=reason):
        plain_number(cell, Field(1, **how), found)


def test_percent_of_a_holding_is_percent() -> None:
    percent = TABLES["ownership"].columns[2]
    assert plain_number("60 %", Field(1), percent) == "60"


def test_days() -> None:
    assert iso_date("31/01/2020", "%d/%m/%Y") == "2020-01-31"
    assert iso_date("2020-01-31", "%d/%m/%Y") == "2020-01-31"
    assert iso_date("March 2020", "%B %Y") == "2020-03-01"
    assert year_later("2020-02-29") == "2021-02-28"
    assert year_later("2020-02-30") == year_later("") == year_later("9999-12-31") == ""
    with pytest.raises(Unreadable, match="say in the mapping how it is written"):
        iso_date("31/01/2020", None)


def test_a_day_of_the_calendar_that_is_none_is_a_reject(tmp_path: Path) -> None:
    reading = read(tmp_path, DELIVERIES, "Supplier ID;Supplier;Land;Buyer;Kilos;Day\nS1;One;CN;B;1;2021-02-30\n")
    assert counts(reading) == ("links", 1, 0, 0, 1)
    assert "2021-02 has no day 30" in reading.rejects["reason"].iloc[0]


# --- any kind of file, in pieces, and again --------------------------------------------------------------------

SHORT = "version: 1\nfacilities: {name: Site Name, country: Land, workers: Staff}\n"
ROWS = [{"Site Name": "Ä Werk", "Land": "Germany", "Staff": "12"}, {"Site Name": "B", "Land": "FR", "Staff": ""}]


def _delimited(path: Path, mark: str) -> str:
    return "\n".join(mark.join(row) for row in [list(ROWS[0]), *(row.values() for row in ROWS)]) + "\n"


@pytest.mark.parametrize(
    "name", ["t.csv", "t.tsv", "t.txt", "t.csv.gz", "t16.csv", "t1.csv", "t.xlsx", "t.json", "t.jsonl", "t.parquet"]
)
def test_any_kind_of_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    match name:
        case "t.xlsx":
            pd.DataFrame(ROWS).to_excel(path, index=False, startrow=2)
        case "t.json":
            path.write_text(json.dumps({"sites": ROWS}))
        case "t.jsonl":
            path.write_text("\n".join(map(json.dumps, ROWS)))
        case "t.parquet":
            pd.DataFrame(ROWS).to_parquet(path)
        case "t.csv.gz":
            path.write_bytes(gzip.compress(_delimited(path, ",").encode()))
        case "t16.csv":
            path.write_bytes(_delimited(path, ";").encode("utf-16"))
        case "t1.csv":
            path.write_bytes(("a banner\n" + _delimited(path, "|")).encode("latin-1"))
        case _:
            path.write_text(_delimited(path, "\t" if name == "t.tsv" else ";"), encoding="utf-8-sig")
    (tmp_path / "m.yaml").write_text(SHORT)
    (reading,) = LOADER.read(path, Options(mapping=tmp_path / "m.yaml"), silent)
    assert cells(reading, "facilities", "name", "country", "workers") == [["Ä Werk", "DE", "12"], ["B", "FR", None]]


def test_the_mapping_names_its_files(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("a.csv", "sub/b.csv"):
        (tmp_path / name).write_text(_delimited(tmp_path, ","), encoding="utf-8")
    (tmp_path / "m.yaml").write_text(SHORT + "title: T\nfile: [a.csv, sub/b.csv]\n")
    readings = list(LOADER.read(tmp_path / "m.yaml", Options(), silent))
    assert [r.source["id"] for r in readings] == ["mapping:T:a", "mapping:T:b"]
    assert [r.source["title"] for r in readings] == ["T (a.csv)", "T (b.csv)"]
    assert data_files(tmp_path / "m.yaml") == [tmp_path / "a.csv", tmp_path / "sub" / "b.csv"]
    again = list(LOADER.read(tmp_path / "m.yaml", Options(mapping=tmp_path / "m.yaml"), silent))
    assert [r.source for r in again] == [r.source for r in readings]


def test_a_new_version_of_a_table_is_the_same_source_and_its_next_list_another(tmp_path: Path) -> None:
    one, two = read(tmp_path, LIST, SITES), read(tmp_path, LIST, SITES + "E,1 Way,,CN,,,Shirts,\n")
    assert one.source["id"] == two.source["id"]
    assert one.source["sha256"] != two.source["sha256"]
    edited = read(tmp_path, LIST + "# a remark\n", SITES)
    assert edited.source["id"] == one.source["id"]
    assert edited.source["mapping"] != one.source["mapping"]
    assert read(tmp_path, LIST.replace("2024-03-01", "2024-04-01"), SITES).source["id"] != one.source["id"]


def pieces(tmp_path: Path, mapping: str, table: str, size: int) -> Iterator[Reading]:
    (tmp_path / "m.yaml").write_text(mapping)
    (tmp_path / "t.csv").write_text(table)
    raw = read_table(tmp_path / "t.csv")
    through = Transformation(read_mapping(tmp_path / "m.yaml"), Options(), raw.file)
    for start in range(0, len(raw.frame), size):
        yield through.piece(replace(raw, frame=raw.frame.iloc[start : start + size].reset_index(drop=True)))


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize(
    "mapping",
    [LIST, "version: 1\nfacilities: {id: Factory Name, name: Factory Name, workers: Workers, product: Product}\n"],
)
def test_pieces_say_what_the_whole_says(tmp_path: Path, mapping: str, size: int) -> None:
    whole = read(tmp_path, mapping, SITES)
    parts = list(pieces(tmp_path, mapping, SITES, size))
    assert rows(*parts) == rows(whole)
    assert [r for p in parts for r in p.rejects.to_dict("records")] == whole.rejects.to_dict("records")
    for name, frame in whole.records.items():
        together = pd.concat([p.records[name] for p in parts if len(p.records[name])] or [frame], ignore_index=True)
        assert (
            together.sort_values("line").astype(str).to_numpy().tolist()
            == frame.sort_values("line").astype(str).to_numpy().tolist()
        )


def test_later_pieces_of_json_lines_may_lack_a_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from loaders.files import tablefile
    from loaders.formats.mapping import loader as mapping

    monkeypatch.setattr(mapping, "read_chunks", lambda path, needed: tablefile.read_chunks(path, needed, size=1))
    (tmp_path / "m.yaml").write_text(SHORT)
    (tmp_path / "t.jsonl").write_text('{"Site Name": "A", "Land": "CN", "Staff": 1}\n{"Site Name": "B"}\n')
    one, two = LOADER.read(tmp_path / "t.jsonl", Options(mapping=tmp_path / "m.yaml"), silent)
    assert cells(one, "facilities", "workers") == [["1"]]
    assert cells(two, "facilities", "name", "country") == [["B", None]]


@pytest.mark.parametrize("rows", ["", "x,CN\n"])
def test_a_table_without_rows_or_with_unreadable_ones(tmp_path: Path, rows: str) -> None:
    reading = read(tmp_path, SHORT, "Site Name,Land,Staff\n" + rows)
    assert counts(reading) == ("facilities", len(rows.split()), 0, 0, len(rows.split()))
    assert reading.records["facilities"].empty


def test_a_corrected_row_goes_through_alone(tmp_path: Path) -> None:
    """The cell that a reject shows is the cell of the file: what was rewritten once is not rewritten twice."""
    text = """
version: 1
list: {brand: ACME, date: 2024-03-01}
facilities: {name: Name, country: Land}
links: {share: {column: Share, scale: 0.01}, product: Goods}
"""
    reading = read(tmp_path, text, "Name,Land,Share,Goods\nA,CN,450,Shirts\nB,Atlantis,45,Socks\n")
    options = Options(mapping=tmp_path / "m.yaml")
    assert reading.rejects[["column", "value"]].to_numpy().tolist() == [["Share", "450"], ["Land", "Atlantis"]]
    writer = quarantine.Writer(tmp_path / "home", "mapping", options)
    writer.add(reading.rejects, reading.rows)
    file = writer.finish("rejects")
    assert file is not None
    corrected = file.read_text().replace("450,", "40,").replace("Atlantis,", "China,")
    file.write_text(corrected)
    (rows,) = quarantine.read(file, read_table(file, map(header_key, quarantine.FILE_COLUMNS)))
    (again,) = LOADER.transform(rows.raw, rows.options)
    assert cells(again, "links", "share", "product", "line") == [[0.4, "Shirts", 2], [0.45, "Socks", 3]]
    assert cells(again, "facilities", "country") == [["CN"], ["CN"]]
    with pytest.raises(InputError, match="name the mapping"):
        list(LOADER.transform(rows.raw, Options()))
    headers = {key: header for key, header in rows.raw.headers.items() if key != "goods"}
    lacking = replace(rows.raw, frame=rows.raw.frame.drop(columns="goods"), headers=headers)
    with pytest.raises(InputError, match=r"m\.yaml line 5: links\.product: t\.csv has no column 'goods'"):
        list(LOADER.transform(lacking, options))


def test_lines_that_repeat_go_through_one_after_the_other(tmp_path: Path) -> None:
    reading = read(tmp_path, SHORT, "Site Name,Land,Staff\nA,CN,1\nB,CN,1\n")
    raw = reading.rows
    assert raw is not None
    twice = replace(raw, frame=raw.frame.assign(line=2))
    parts = list(LOADER.transform(twice, Options(mapping=tmp_path / "m.yaml")))
    assert [cells(part, "facilities", "name") for part in parts] == [[["A"]], [["B"]]]


# --- wrong and hostile mappings --------------------------------------------------------------------------------


def fault(text: str) -> str:
    with pytest.raises(InputError) as error:
        parse_mapping(text, "m.yaml")
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "m.yaml is no mapping"),
        ("- a\n", "is no mapping: it has to begin with a key"),
        ("version: 1\n", "line 1: says nothing of what a row is; add at least one of links, findings"),
        ("title: x\nfacilities: {name: A}\n", "the key 'version' is missing"),
        ("version: 2\nfacilities: {name: A}\n", "line 1: version: '2' is none of 1"),
        ("version: 1\nfacilites: {name: A}\n", "line 2: facilites: there is no such key; did you mean 'facilities'?"),
        (
            "version: 1\nfacilities:\n  name: A\n  adress: B\n",
            "line 4: facilities.adress: there is no such key; did you mean 'address'?",
        ),
        ("version: 1\nfacilities: {country: A}\n", "line 2: facility: the key 'name' is missing"),
        ("version: 1\nfacilities: [a]\n", "facilities[1]: 'a' has to be a group of keys"),
        ("version: 1\nfacilities: []\n", "facilities: [] cannot be used|facilities: is empty"),
        ("version: 1\nfacilities:\n  name:\n", "line 3: facilities.name: is empty: Header of a column"),
        ("version: 1\nfacilities: {name: {colum: A}}\n", "did you mean 'column'?"),
        (
            "version: 1\nfacilities: {name: {column: A, value: B}}\n",
            "needs one of the keys column, columns, value, and only one",
        ),
        ("version: 1\nfacilities: {name: {column: A, join: B}}\n", "'join' is only of use with 'columns'"),
        ("version: 1\nfacilities: {name: {columns: [A]}}\n", "facilities.name.columns: has too few entries"),
        ("version: 1\nfacilities: {name: {columns: [A, A]}}\n", "has the same entry twice"),
        (
            "version: 1\nfacilities: {name: {columns: [Site Name, site_name]}}\n",
            "facilities.name: names the same column twice",
        ),
        ("version: 1\nfacilities: {name: '-'}\n", "a column without a name is called column_1"),
        (
            "version: 1\nfacilities: {name: A, lat: {column: B, decimal: ';'}}\n",
            "facilities.lat.decimal: ';' is none of ., ,",
        ),
        (
            "version: 1\nfacilities: {name: A, lat: {column: B, scale: x}}\n",
            "facilities.lat.scale: 'x' cannot be used: By what",
        ),
        (
            "version: 1\nfacilities: {name: A, lat: {column: B, format: '%Y'}}\n",
            "facilities.lat.format: there is no such key",
        ),
        ("version: 1\nfacilities: {name: A, lat: {value: 95}}\n", "facility.lat: '95' is out of range: -90 to 90"),
        (
            "version: 1\nfacilities: {name: A, closed: {column: B, values: {zu: ja}}}\n",
            "facility.closed: 'ja' is neither true nor false",
        ),
        (
            "version: 1\nfacilities: {name: A, country: {value: Atlantis}}\n",
            "facility.country: 'Atlantis' is no country",
        ),
        ("version: 1\nfacilities: {name: A, name: B}\n", "line 2: the key 'name' stands on line 2 already"),
        ("version: 1\nfacilities: {name: A, note: {column: B, values: {x: 1, X: 2}}}\n", "two entries differ in case"),
        (
            "version: 1\nfacilities: {name: A, operator_id: {id_of: nobody}}\n",
            "id_of: 'nobody' is no party of a row (parties: facility)",
        ),
        ("version: 1\nfacilities: {name: A, id: {id_of: facility}}\n", "a party cannot have the id of another one"),
        ("version: 1\nfacilities: {id: {value: F, make: hash}, name: A}\n", "makes one id for all of them"),
        ("version: 1\nfacilities: [{name: A}, {name: B}]\n", "facilities[1]: of several facilities each needs a name"),
        ("version: 1\nfacilities: [{as: a, name: A}, {as: a, name: B}]\n", "the name 'a' is taken"),
        ("version: 1\nfacilities: {as: brand, name: A}\n", "the name 'brand' is taken"),
        ("version: 1\nlinks: {supplier_id: A}\n", "links: the key 'buyer_id' is missing"),
        (
            "version: 1\nlinks: {supplier_id: A, buyer_id: {id_of: brand}}\n",
            "id_of: 'brand' is no party of a row (parties: none)",
        ),
        ("version: 1\nlinks: {supplier_id: A, buyer_id: B, share: {value: 2}}\n", "links.share: '2' is out of range"),
        (
            "version: 1\nlinks: {supplier_id: A, buyer_id: B, delivered: C, valid_to: D}\n",
            "leave out either `delivered`",
        ),
        (
            "version: 1\nlinks: {supplier_id: A, buyer_id: B, delivered: {column: C, format: '%d'}}\n",
            "links.delivered.format: '%d' cannot be used: How the date is written",
        ),
        ("version: 1\nlinks: {supplier_id: A, buyer_id: B, list_id: C}\n", "links.list_id: there is no such key"),
        (
            "version: 1\nlist: {brand: A}\nownership: {owner_id: A, owned_id: B}\n",
            "a row makes no facilities and no organizations",
        ),
        (
            "version: 1\nlist: {brand: A}\nfacilities: [{as: a, name: A}, {as: b, name: B}]\n",
            "a row makes several parties",
        ),
        ("version: 1\nlist: {date: 2024-01-01}\nfacilities: {name: A}\n", "list: the key 'brand' is missing"),
        (
            "version: 1\nlist: {brand: A, date: 2024-02-30}\nfacilities: {name: A}\n",
            "line 2: list.date: '2024-02-30' is no day",
        ),
        (
            "version: 1\nlist: {brand: A, date: 1.2.2024}\nfacilities: {name: A}\n",
            "list.date: '1.2.2024' cannot be used",
        ),
        ("version: 1\nretrieved: 2024-13-01\nfacilities: {name: A}\n", "retrieved: '2024-13-01' is no day"),
        (
            "version: 1\nlist: {brand: A, date: 2024-01-01}\nfacilities: {name: A}\nlinks: {valid_from: B}\n",
            "links.valid_from: the links of a dated list",
        ),
        ("version: 1\nfindings: {category: A}\n", "subject_id or subject_name has to say whom it is about"),
        (
            "version: 1\nfindings: {subject_name: A, category: {value: bad}}\n",
            "findings.category: 'bad' is none of forced_labour",
        ),
        (
            "version: 1\nurl: 'javascript:alert(1)'\nfacilities: {name: A}\n",
            "url: 'javascript:alert(1)' cannot be used",
        ),
        ("version: 1\nfacilities: {name: % Name}\n", "line 2: is no valid YAML: .*put texts that begin with a sign"),
        ("version: 1\nfacilities:\n\tname: A\n", "line 3: is no valid YAML: .*indent with spaces"),
        ("version: 1\nfacilities: {name: A\n", "is no valid YAML"),
    ],
)
def test_a_wrong_mapping_is_told_the_line_the_key_and_what_is_allowed(text: str, message: str) -> None:
    found = fault(text)
    pattern = (
        "|".join(map(re.escape, message.split("|"))) if "|" in message else re.escape(message).replace(r"\.\*", ".*")
    )
    assert re.search(pattern, found), found


def test_all_faults_are_told_at_once() -> None:
    found = fault("version: 1\nfacilities:\n  nam: A\n  adress: B\n  lat: {column: C, decimal: x}\n").splitlines()
    assert [line.split(":")[0] for line in found] == ["m.yaml line 3", "m.yaml line 4", "m.yaml line 5"]
    many = "version: 1\nfacilities:\n  name: A\n" + "".join(f"  x{n}: A\n" for n in range(30))
    assert fault(many).splitlines()[-1] == "... and 20 more"


BOMB = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "line 1: anchors (&) and aliases (*) are not allowed"),
        ("version: 1\nfacilities: {name: *x}\n", "line 2: anchors (&) and aliases (*) are not allowed"),
        ("version: !!python/object/apply:os.system ['true']\n", "line 1: tags such as"),
        ("version: !!int 1\n", "tags such as 'tag:yaml.org,2002:int' are not allowed"),
        ("!!map {version: 1}\n", "tags such as"),
        ("? [a, b]\n: c\nversion: 1\n", "line 1: a key has to be a plain text"),
        ("version: 1\nfacilities: {{a: b}: c}\n", "line 2: a key has to be a plain text"),
        ("version: 1\n---\nversion: 1\n", "a second document begins"),
        ("a: " + "[" * 5_000, "is nested more than 8 deep"),
        ("- " * 5_000, "is nested more than 8 deep"),
        (
            "version: 1\nfacilities: {" + ", ".join(f"k{n}: x" for n in range(20_000)) + "}\n",
            "there are more than 20,000 keys",
        ),
        ("version: 1\x00\n", "is no valid YAML"),
        ("version: \x85\x86 1\n", "is no valid YAML"),
        ("version: '" + "x" * 100_000 + "'\n", "version: 'xxx"),
    ],
)
def test_a_hostile_mapping_is_refused(text: str, message: str) -> None:
    assert message in fault(text)


def test_plain_values_are_texts(tmp_path: Path) -> None:
    """``No``, a year and a number with a trailing zero are headers like any other."""
    text = 'version: 1\nfacilities: {id: No, name: 2021, note: 1.10, product: {column: "null", values: {Yes: on, 1: off}}}\n'
    reading = read(tmp_path, text, "No,2021,1.10,null\n7,A,x,yes\n8,B,y,1\n")
    assert cells(reading, "facilities", "id", "name", "note", "product") == [
        ["7", "A", "x", "on"],
        ["8", "B", "y", "off"],
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"version: 1\n" + b"# x\n" * (10 << 20 >> 2), "has more than 262,144 bytes; is it a mapping?"),
        (b"version: 1 # \xff\n", "is not UTF-8"),
        (b"", "is empty"),
        (b"\xef\xbb\xbf\xef\xbb\xbf", "is empty|is no mapping"),
        (b"PK\x03\x04" + bytes(range(256)), "is not UTF-8"),
        (gzip.compress(b"#" * (MAX_BYTES + 10)), "has more than 262,144 bytes"),
    ],
)
def test_a_file_that_is_no_mapping(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "m.yaml").write_bytes(data)
    with pytest.raises(InputError, match="|".join(map(re.escape, message.split("|")))):
        read_mapping(tmp_path / "m.yaml")


def test_a_mapping_reads_nothing_outside_of_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "secret.csv").write_text("Site Name,Land,Staff\nA,CN,1\n")
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    absolute = str(tmp_path / "secret.csv")
    for name in (
        "../secret.csv",
        absolute,
        "a/../../secret.csv",
        "link.csv",
        "..\\secret.csv",
        "C:\\x.csv",
        "x\x01/../../y",
    ):
        (folder / "m.yaml").write_text(SHORT + f"file: {json.dumps(name)}\n")
        with pytest.raises(InputError, match="is outside of the folder of the mapping"):
            list(LOADER.read(folder / "m.yaml", Options(), silent))
    (folder / "m.yaml").write_text(SHORT + "file: no.csv\n")
    with pytest.raises(InputError, match="does not exist"):
        list(LOADER.read(folder / "m.yaml", Options(), silent))
    (folder / "m.yaml").write_text(SHORT)
    with pytest.raises(InputError, match=r"m\.yaml names no file; write `file: NAME` in it"):
        list(LOADER.read(folder / "m.yaml", Options(), silent))


def test_columns_are_checked_before_a_row_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path, SHORT.replace("Land", "Lnd"), "Site Name,Land,Staff\n")
    assert str(error.value) == "m.yaml line 2: facility.country: t.csv has no column 'lnd'; the nearest is 'Land'"
    with pytest.raises(InputError, match="its columns are 'a', 'b'"):
        read(tmp_path, SHORT, "a,b\n1,2\n")
    with pytest.raises(InputError, match="names the column 'land' twice"):
        read(tmp_path, SHORT, "Site Name,Land,land,Staff\nA,CN,CN,1\n")
    read(tmp_path, SHORT.replace("Site Name", "SITE_name"), "site-name,Land,Staff\nA,CN,1\n")
    read(tmp_path, SHORT.replace("Staff", "column_3"), "Site Name,Land,,x\nA,CN,1,2\n")


def test_a_table_is_no_mapping_and_a_brand_needs_a_list(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"t.csv is a table, not a mapping; .*--suggest t.csv"):
        list(LOADER.read(tmp_path / "t.csv", Options(), silent))
    with pytest.raises(InputError, match="its links name their buyers"):
        read(tmp_path, DELIVERIES, "Supplier ID,Supplier,Land,Buyer,Kilos,Day\n", brand="X")


def test_columns_that_are_not_used_are_told(tmp_path: Path) -> None:
    reading = read(tmp_path, SHORT, "Site Name,Land,Staff,Phone,\nA,CN,1,2,\n")
    assert "t.csv: columns that the mapping does not use: Phone" in reading.notes


# --- the form --------------------------------------------------------------------------------------------------


def test_the_schema_is_one_and_describes_every_key() -> None:
    Draft202012Validator.check_schema(schema())
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"

    def undescribed(part: Any, path: str) -> Iterator[str]:
        for key, value in part.get("properties", {}).items():
            if not value.get("description") and "$ref" not in value:
                yield f"{path}.{key}"
            yield from undescribed(value, f"{path}.{key}")

    parts = [("", schema()), *schema()["$defs"].items()]
    assert [path for name, part in parts for path in undescribed(part, name)] == []


@pytest.mark.parametrize("name", BLOCKS)
def test_the_schema_knows_the_columns_of_the_model(name: str) -> None:
    own = schema()["$defs"][name]["properties"]
    columns = {c.name: c for c in TABLES[name].columns if c.name not in ("source", "list_id")}
    assert set(own) - {"as", "delivered"} == set(columns)
    for key, column in columns.items():
        assert own[key]["$ref"] == f"#/$defs/{column.kind}"
        assert own[key]["description"].startswith(column.description)
        assert all(choice in own[key]["description"] for choice in column.choices)


def test_the_form_is_that_of_editors_too() -> None:
    """An editor reads numbers and booleans where we read texts."""
    import yaml

    content = yaml.safe_load(
        LIST.replace("2024-03-01", '"2024-03-01"') + "findings: {subject_name: 2021, severity: {value: 0.5}}"
    )
    assert list(Draft202012Validator(schema()).iter_errors(content)) == []


# --- real data -------------------------------------------------------------------------------------------------


@pytest.mark.data
def test_palm_oil_lists_through_a_mapping(tmp_path: Path) -> None:
    """A table of 57,253 rows in two pieces, against counts that do not come from the code."""
    file = real("palm_oil", "brand_mill_disclosures.csv")
    (tmp_path / "m.yaml").write_text(
        "version: 1\ntitle: Mills\n"
        'list: {brand: {column: consumer_brand}, date: {column: report_year, format: "%Y"}, series: palm-oil}\n'
        "links: {supplier_id: UML ID, product: {value: palm oil}, disclosure: {value: indirect}}\n"
    )
    readings = list(LOADER.read(file, Options(mapping=tmp_path / "m.yaml"), silent))
    assert len(readings) == 2
    assert rows(*readings) == (57_253, 50_075, 7_178, 0)
    assert sum(len(r.records["lists"]) for r in readings) == 46
    with file.open(encoding="utf-8-sig", newline="") as stream:
        stated = {(row["consumer_brand"], row["report_year"], row["UML ID"]) for row in csv.DictReader(stream)}
    links = pd.concat([r.records["links"] for r in readings])
    pairs = links[["buyer_id", "supplier_id"]].drop_duplicates()
    assert set(zip(pairs["buyer_id"], pairs["supplier_id"], strict=True)) == {
        (f"brand:{brand}", mill) for brand, _, mill in stated
    }
    assert len(links) == len(stated)


@pytest.mark.data
def test_a_list_of_the_open_supply_hub_through_a_mapping(tmp_path: Path) -> None:
    text = (
        LIST.split("list:", maxsplit=1)[0]
        + "list: {brand: X, date: 2024-01-01}\nfacilities: {name: name, country: country, address: address, lat: lat, lon: lng}\n"
    )
    (tmp_path / "m.yaml").write_text(text)
    for number, rows in {2: 75, 4: 77, 10: 54, 14: 46, 15: 351}.items():
        (reading,) = LOADER.read(
            real("open_supply_hub", f"oar_list_{number}.csv"), Options(mapping=tmp_path / "m.yaml"), silent
        )
        assert counts(reading)[1] == rows
        assert counts(reading)[4] == 0
        assert (
            exposure("2024-01-01", "brand:X", reading)["suppliers"] == reading.records["links"]["supplier_id"].nunique()
        )


@pytest.mark.parametrize(("figures", "merged"), [("", 2), ("  volume: Kilos\n  unit: {value: kg}\n", 1)])
def test_a_column_that_is_not_read_makes_two_deliveries_only_where_figures_add_up(
    tmp_path: Path, figures: str, merged: int
) -> None:
    mapping = (
        "version: 1\ntitle: T\norganizations:\n  - {as: a, name: From}\n  - {as: b, name: To}\n"
        "links:\n  supplier_id: {id_of: a}\n  buyer_id: {id_of: b}\n" + figures
    )
    table = "No,From,To,Kilos\n1,A,X,5\n2,A,X,5\n2,A,X,5\n"
    assert rows(read(tmp_path, mapping, table)) == (3, 3 - merged, merged, 0)

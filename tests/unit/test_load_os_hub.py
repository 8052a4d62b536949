"""Open Supply Hub: downloads, lists in the upload template, and answers of its interface."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from graph_core.day import Day, Parameters
from graph_core.derive import derive
from graph_core.errors import InputError
from graph_core.resolve.identifiers import os_id_fault, plain_os_id
from graph_core.store.base import RecordSet
from loaders import pipeline, schemas
from loaders.base import Options, Reading, silent
from loaders.files.rawtable import header_key
from loaders.formats.os_hub.api import brands, values
from loaders.formats.os_hub.loader import LOADER
from loaders.sites import folded, one_row_a_site, site_id

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "open_supply_hub"
#: OS IDs whose check characters fit.
A, B, C, OLD = "BD2020021QK28YZ", "BD2021113R7R87P", "CN2021250D1DTN7", "BD2019086HB8VVT"
DOWNLOAD = (
    "os_id,contribution_date,name,address,country_code,country_name,lat,lng,sector,contributor (list),"
    "number_of_workers,parent_company,processing_type_facility_type_raw,facility_type,processing_type,product_type,claim_name,is_closed,"
    "wage_indicator_link\n"
)


def real(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        message = f"the real data set open_supply_hub/{name} is not beside the checkout"
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail(message)
        pytest.skip(message)
    return path


def read(*paths: Path, **options: str) -> list[Reading]:
    readings = list(LOADER.read_all(paths, Options(**options), silent))
    for reading in readings:
        schemas.check(reading.records)
    return readings


def one(path: Path, text: str | list[Any] | dict[str, Any], **options: str) -> Reading:
    """Reading of one file with this content."""
    path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    (reading,) = read(path, **options)
    return reading


def table(reading: Reading, name: str, *columns: str) -> list[list[Any]]:
    frame = reading.records[name][list(columns)]
    return frame.astype(object).where(frame.notna(), None).to_numpy().tolist()


def counts(reading: Reading) -> tuple[int, int, int, int]:
    (tally,) = reading.tallies
    return tally.read, tally.loaded, tally.merged, tally.rejected


def feature(os_id: str, name: str = "Site", **properties: Any) -> dict[str, Any]:
    more = {"os_id": os_id, "name": name, "address": "1 Road, Dhaka", "country_code": os_id[:2], "is_closed": None}
    return {
        "id": os_id,
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [90.5, 23.5]},
        "properties": more | properties,
    }


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "count": 99, "next": None, "previous": None, "features": list(features)}


def exposures(readings: list[Reading], day: str, *more: RecordSet) -> list[dict[str, Any]]:
    sets = [RecordSet(reading.source, number, reading.records) for number, reading in enumerate(readings, start=1)]
    return [dict(row) for row in Day(derive([*sets, *more]), Parameters(day)).exposures()]


# --- OS IDs and made ids


@pytest.mark.parametrize("os_id", [A, B, C, OLD, "CN202031463D4MB", "ID2024331V7D4T9", "IN20223053NJQAG"])
def test_os_ids_in_use_have_no_fault(os_id: str) -> None:
    assert os_id_fault(os_id) is None
    assert os_id_fault(plain_os_id(f" {os_id[:2].lower()}-{os_id[2:9]}-{os_id[9:14]} {os_id[14]}")) is None


@pytest.mark.parametrize(
    ("os_id", "reason"),
    [
        ("BD2020021QK28Y", "14 characters"),
        ("BD2020021QK28YA", "last character"),
        ("BD2020021QK2Y8Z", None),  # a sum does not see two characters in the wrong order: documented
        ("BD202002IQK28YZ", "country code, a year"),
        ("BD2020021QK2UYZ", "country code, a year"),
        ("1D2020021QK28YZ", "country code, a year"),
    ],
)
def test_an_os_id_that_is_none_is_told_why(os_id: str, reason: str | None) -> None:
    fault = os_id_fault(os_id)
    assert (reason is None and fault is None) or (reason is not None and reason in str(fault))


def test_ids_of_sites_depend_on_what_is_written_and_not_on_how() -> None:
    one_way = site_id("VN", "Dòng & Co., Ltd", "12 Ha Noi Rd.")
    assert one_way == site_id("VN", "DONG AND CO LTD", "12,  HÀ NỘI rd")
    assert (
        len({one_way, site_id("CN", "Dong & Co Ltd", "12 Ha Noi Rd"), site_id("VN", "Dong & Co Ltd", "13 Ha Noi Rd")})
        == 3
    )
    assert site_id("CN", "有限公司") != site_id("CN", "有限责任公司")
    assert site_id("CN", "...") == ""
    assert folded("Straße_№ 1") == "strasse no 1"


def test_an_id_never_changes() -> None:
    """Judgements and links hang on it: a change here breaks every store that exists."""
    digest = hashlib.sha256(b"VN\x1fdong and co ltd\x1f12 ha noi rd").hexdigest()
    assert digest.startswith("5fcf42fd22")
    assert site_id("VN", "Dòng & Co., Ltd", "12 Ha Noi Rd.") == "site:VN:dong-and-co-ltd:5fcf42fd22"


def test_rows_of_one_site_become_one() -> None:
    rows = pd.DataFrame(
        {
            "id": ["a", "b", "a"],
            "name": ["One", "Two", "Uno|1"],
            "aliases": ["Eins", "", "One"],
            "sector": ["x", "y", "x|z"],
            "workers": ["", "5", "7"],
            "line": [2, 3, 4],
        }
    )
    merged = one_row_a_site(rows, ["sector"]).set_index("id")
    assert merged.loc["a"].to_dict() == {
        "name": "One",
        "aliases": "Eins|Uno/1",
        "sector": "x|z",
        "workers": "7",
        "line": 2,
    }
    assert len(merged) == 2


# --- the download


def test_download(tmp_path: Path) -> None:
    reading = one(
        tmp_path / "facilities.csv",
        DOWNLOAD
        + f'{A},2020-01-21,Dekko,"1 Road, Dhaka",BD,Bangladesh,24.2,90.4,Apparel|Home|Apparel,Levi (List),5300|101-500,'
        "Dekkoisho Group|Other Ltd,Sewing|Cutting,Final Product Assembly,Cutting,Shirts|Trousers,x,False,y\n"
        f"{B},2021-04-23,Zaber,,BD,Bangladesh,23.9,90.4,,A Brand / Retailer [Masked],,n/a,sewing | Sewing,,,,,True,\n",
    )
    assert reading.source["publisher"] == "Open Supply Hub"
    assert not reading.replace
    assert counts(reading) == (2, 2, 0, 0)
    names = ("id", "os_id", "name", "country", "lat", "lon", "sector", "facility_type", "product", "workers", "closed")
    assert table(reading, "facilities", *names) == [
        [
            A,
            A,
            "Dekko",
            "BD",
            24.2,
            90.4,
            "Apparel|Home",
            "Final Product Assembly|Cutting",
            "Shirts|Trousers",
            "5300|101-500",
            False,
        ],
        [B, B, "Zaber", "BD", 23.9, 90.4, None, "sewing|Sewing", None, None, True],
    ]
    assert table(reading, "organizations", "id", "roles") == [
        ["company:Dekkoisho Group", None],
        ["company:Other Ltd", None],
    ]
    assert table(reading, "ownership", "owner_id", "owned_id", "percent", "kind") == [
        ["company:Dekkoisho Group", A, None, None],
        ["company:Other Ltd", A, None, None],
    ]
    assert any("1 columns of claims, wage_indicator_link" in note for note in reading.notes)
    assert any("1 sites are closed" in note for note in reading.notes)


def test_a_contributor_is_not_a_buyer(tmp_path: Path) -> None:
    """Neither a name nor a type alone makes a link; only both as an object, or the user, do."""
    rows = [f"{A},,S,x,BD,,,,,Levi Strauss & Co. (Suppliers 2023)", f"{B},,S,x,BD,,,,,A Brand / Retailer [Q1 list]"]
    reading = one(tmp_path / "d.csv", DOWNLOAD + "".join(f"{row},,,,,,,,,\n" for row in rows))
    assert len(reading.records["links"]) == 0
    assert len(reading.records["organizations"]) == 0
    assert any("2 of 2 rows name contributors" in note and "--brand" in note for note in reading.notes)


def test_a_bad_os_id_costs_its_row_and_says_why(tmp_path: Path) -> None:
    rows = f"BD2020021QK28YA,,Bad,x,BD\n{A},,Good,x,BD\n,,None,x,BD\nBD1,,Short,x,XX\n{B},,,x,Atlantis\n"
    reading = one(tmp_path / "d.csv", "os_id,contribution_date,name,address,country_code\n" + rows)
    assert counts(reading) == (5, 1, 0, 4)
    assert reading.rejects[["line", "column", "value"]].to_numpy().tolist() == [
        [2, "os_id", "BD2020021QK28YA"],
        [4, "os_id", ""],
        [5, "os_id", "BD1"],
        [6, "name", ""],
    ]
    assert "last character" in reading.rejects["reason"].iloc[0]
    assert "also country_code: is no country" in reading.rejects["reason"].iloc[3]


def test_rows_of_contributions_are_one_facility(tmp_path: Path) -> None:
    """Older downloads have a row a contribution, each with the name and address that it gave."""
    head = "oar_id,contribution_date,name,address,country_code,country_name,lat,lng,contributor (list),sector\n"
    row = f"{A},2020-01-21,Dekko Ltd,1 Road,BD,Bangladesh,24.2,90.4,X,Apparel\n"
    other = f"{A},2021-01-21,DEKKO GARMENTS,2 Road,BD,Bangladesh,24.2,90.4,Y,Home\n"
    reading = one(tmp_path / "d.csv", head + row + other + other)
    assert counts(reading) == (3, 1, 2, 0)
    assert table(reading, "facilities", "id", "name", "aliases", "address", "sector") == [
        [A, "Dekko Ltd", "DEKKO GARMENTS", "1 Road", "Apparel|Home"]
    ]
    assert any("1 rows are about a site of an earlier row" in note for note in reading.notes)


@pytest.mark.parametrize(("lat", "lng"), [("0", "0"), ("0.0", "-0.0"), ("23.5", ""), ("", "90.1")])
def test_a_point_that_is_none_is_left_out_and_the_row_kept(tmp_path: Path, lat: str, lng: str) -> None:
    reading = one(tmp_path / "d.csv", f"os_id,name,country_code,lat,lng\n{A},S,BD,{lat},{lng}\n{B},T,BD,0,90.5\n")
    assert table(reading, "facilities", "id", "lat", "lon") == [[A, None, None], [B, 0.0, 90.5]]
    assert reading.records["facilities"]["note"].tolist()[0] == "the point given is 0,0 or incomplete"
    assert any("1 points 0,0 or half points were left out (line 2)" in note for note in reading.notes)


def test_a_point_off_the_earth_is_a_reject(tmp_path: Path) -> None:
    reading = one(tmp_path / "d.csv", f"os_id,name,country_code,lat,lng\n{A},S,BD,123.5,90.1\n{B},T,BD,1,2\n")
    assert counts(reading) == (2, 1, 0, 1)
    assert reading.rejects["column"].tolist() == ["lat"]


@pytest.mark.parametrize(
    ("address", "precision"),
    [
        ("NINGBO, ZHEJIANG", "city"),
        ("Dongguan", "city"),
        ("Ho Chi Minh City, Viet Nam", "city"),
        ("GAZIPUR, Dhaka, Bangladesh;", "city"),
        ("1 Road, Ningbo", None),
        ("Royal Road, Riviere", None),
        ("Baoshan Industrial Zone, Jiaxing", None),
        ("Nayapara, Kashimpur, Gazipur", None),
        ("", None),
    ],
)
def test_an_address_of_city_and_state_has_the_precision_of_a_city(
    tmp_path: Path, address: str, precision: str | None
) -> None:
    reading = one(tmp_path / "d.csv", f'os_id,name,country_code,address\n{A},S,BD,"{address}"\n')
    assert table(reading, "facilities", "precision") == [[precision]]


def test_a_country_is_kept_as_the_file_says(tmp_path: Path) -> None:
    """An address in China with the country India: noted, and decided elsewhere."""
    rows = 'India,Ningbo Knitting Co,"9 Yinxian Avenue, Ningbo, China"\nIndia,Plain,"5 Road, Chennai, India"\n'
    reading = one(tmp_path / "l.csv", "country,name,address\n" + rows)
    assert table(reading, "facilities", "country") == [["IN"], ["IN"]]
    (note,) = [note for note in reading.notes if "another country" in note]
    assert "1 rows" in note
    assert "(line 2)" in note
    assert "not decided here" in note


def test_merged_os_ids_and_register_numbers_are_identifiers(tmp_path: Path) -> None:
    head = "os_id,name,country_code,duns_id,lei_id,rba_id,historical_os_id,parent_company,parent_company_os_id\n"
    rows = (
        f"{A},S,BD,123456789,2UZHAXXGYP0WQQCV9X72,R-1,{OLD}|BD2024197QKS136,P Ltd,{C}\n{B},T,BD,,,,,P Ltd|Q Ltd,{C}\n"
    )
    reading = one(tmp_path / "d.csv", head + rows)
    assert table(reading, "facilities", "identifiers") == [
        [f"DUNS:123456789|LEI:2UZHAXXGYP0WQQCV9X72|RBA:R-1|OSID:{OLD}|OSID:BD2024197QKS136"],
        [None],
    ]
    # Which of two parents the number is of, is not said.
    assert table(reading, "organizations", "id", "identifiers") == [
        ["company:P Ltd", f"OSID:{C}"],
        ["company:Q Ltd", None],
    ]


# --- lists in the upload template


def test_upload_template(tmp_path: Path) -> None:
    head = (
        "country,name,address,sector_product_type,facility_type_processing_type,number_of_workers,parent_company,lat,lng,"
        "my own column\n"
    )
    reading = one(
        tmp_path / "list.csv",
        head + "China,A Co,1 Road,Apparel|Jeans,Sewing,101-500,P,30.5,120.5,x\n"
        "CHINA,A CO,1 ROAD.,Apparel|Jeans,Sewing,101-500,P,30.5,120.5,x\nChina,,1 Road,,,,,,,\nUtopia,B,2 Road,,,,,,,\n"
        "China,C,,,,,,,,\n",
    )
    assert counts(reading) == (5, 1, 1, 3)
    assert reading.rejects[["line", "column"]].to_numpy().tolist() == [[4, "name"], [5, "country"], [6, "address"]]
    assert table(reading, "facilities", "id", "os_id", "product", "facility_type", "workers") == [
        [site_id("CN", "A Co", "1 Road"), None, "Apparel|Jeans", "Sewing", "101-500"]
    ]
    assert reading.source["publisher"] is None
    assert any("the id of a site is made of its country, name and address" in note for note in reading.notes)
    assert any("were not read: my own column" in note for note in reading.notes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("country,name\nCN,A\n", "a column for address is missing"),
        ("name,site address,land\nA,b,c\n", "country and address"),
        ("a,b\n1,2\n", "a column for country and name and address is missing"),
        ('{"detail": "Not found."}', "no answer of Open Supply Hub"),
        ('"text"', None),
        ("[1, 2]", None),
        ("{", "is no valid JSON"),
    ],
)
def test_other_files_are_refused_in_words(tmp_path: Path, text: str, message: str | None) -> None:
    path = tmp_path / "x.dat"
    path.write_text(text)
    try:
        readings = read(path)
    except InputError as error:
        assert "x.dat" in str(error)  # noqa: PT017 - raising is allowed here, not required
        assert message is None or message in str(error)  # noqa: PT017
    else:
        assert message is None
        assert sum(reading.tallies[0].loaded for reading in readings) == 0


# --- links


def test_the_user_names_the_brand(tmp_path: Path) -> None:
    text = f"os_id,name,country_code,contributor (list)\n{A},S,BD,Someone\n{B},T,BD,\n"
    reading = one(tmp_path / "d.csv", text, brand="Acme")
    assert table(reading, "links", "supplier_id", "buyer_id", "disclosure", "evidence", "list_id", "product") == [
        [A, "brand:Acme", "indirect", "documented", None, None],
        [B, "brand:Acme", "indirect", "documented", None, None],
    ]
    assert "lists" not in reading.records
    assert table(reading, "organizations", "id", "name", "roles") == [["brand:Acme", "Acme", "brand"]]
    assert not reading.replace
    assert reading.source["id"] != one(tmp_path / "d.csv", text, brand="Beta").source["id"]


def test_a_dated_list_ends_the_one_before(tmp_path: Path) -> None:
    head = "country,name,address\n"
    old = one(tmp_path / "a.csv", head + "CN,A,1 Road\nCN,B,2 Road\n", brand="Acme", list_date="2021-01-01")
    new = one(tmp_path / "b.csv", head + "CN,A,1 Road\nCN,C,3 Road\n", brand="Acme", list_date="2022-06-01")
    assert old.replace
    assert (old.source["id"], old.source["series"]) == ("os-hub:Acme:2021-01-01", "os-hub:Acme")
    assert table(old, "lists", "id", "buyer_id", "series", "date", "source") == [
        ["os-hub:Acme:2021-01-01", "brand:Acme", "os-hub", "2021-01-01", "os-hub:Acme:2021-01-01"]
    ]
    graph = derive([RecordSet(r.source, n, r.records) for n, r in enumerate([new, old], start=1)])
    links = graph["SUPPLIES"]
    spans = {
        start: (begin, None if pd.isna(end) else end)
        for start, begin, end in zip(links["start"], links["valid_from"], links["valid_to"], strict=True)
    }
    assert spans == {
        site_id("CN", "A", "1 Road"): ("2021-01-01", None),
        site_id("CN", "B", "2 Road"): ("2021-01-01", "2022-06-01"),
        site_id("CN", "C", "3 Road"): ("2022-06-01", None),
    }
    for day, number in [("2020-12-31", 0), ("2021-06-01", 2), ("2022-06-01", 2)]:
        (row,) = exposures([old, new], day)
        assert row["suppliers"] == number


def test_another_series_ends_nothing(tmp_path: Path) -> None:
    head = "country,name,address\n"
    first = one(tmp_path / "a.csv", head + "CN,A,1 Road\n", brand="Acme", list_date="2021-01-01")
    other = one(tmp_path / "b.csv", head + "CN,B,2 Road\n", brand="Acme", list_date="2022-01-01", series="mills")
    assert other.source["id"] == "mills:Acme:2022-01-01"
    (row,) = exposures([first, other], "2023-01-01")
    assert row["suppliers"] == 2


CONTRIBUTORS = [
    {
        "id": 26,
        "name": "Levi (List)",
        "contributor_name": "Levi",
        "contributor_type": "Brand / Retailer",
        "list_name": "Tier 2",
    },
    {
        "id": 26,
        "name": "Levi (List 2)",
        "contributor_name": "Levi",
        "contributor_type": "Brand / Retailer",
        "list_name": None,
    },
    {"id": 27, "name": "Shop", "contributor_name": "Shop [Public List]", "contributor_type": "Brand/Retailer"},
    {"id": 97, "name": "FFC", "contributor_name": "FFC", "contributor_type": "Multi-Stakeholder Initiative"},
    {"id": 98, "name": "Untyped", "contributor_name": "Untyped"},
    {"id": 99, "name": "x", "contributor_name": "[Unknown Contributor]", "contributor_type": "Brand / Retailer"},
    {"name": "18 Brands / Retailers", "contributor_type": "Brand / Retailer", "count": 18},
    {"name": "A Brand / Retailer"},
]


def test_brands_among_contributors_are_those_with_type_and_name(tmp_path: Path) -> None:
    reading = one(tmp_path / "f.json", collection(feature(A, contributors=CONTRIBUTORS), feature(B, contributors=[])))
    assert table(reading, "links", "supplier_id", "buyer_id", "disclosure", "evidence", "valid_from", "list_id") == [
        [A, "brand:Levi", "indirect", "documented", None, None],
        [A, "brand:Shop", "indirect", "documented", None, None],
    ]
    assert table(reading, "organizations", "id", "roles") == [["brand:Levi", "brand"], ["brand:Shop", "brand"]]
    assert any("19 brands and retailers are counted and not named" in note for note in reading.notes)


def test_the_named_brand_stands_for_its_own_contribution(tmp_path: Path) -> None:
    page = collection(feature(A, contributors=CONTRIBUTORS))
    reading = one(tmp_path / "f.json", page, brand="LEVI", list_date="2023-01-01")
    assert table(reading, "links", "buyer_id", "list_id") == [
        ["brand:LEVI", "os-hub:LEVI:2023-01-01"],
        ["brand:Shop", None],
    ]


def test_masked_contributors_in_text_make_no_link() -> None:
    assert brands("A Brand / Retailer|Levi", frozenset({"brand/retailer"})) == ([], 0)
    assert brands('[{"contributor_type": ["x"], "contributor_name": {"a": 1}}]', frozenset({'["x"]', "x"})) == ([], 1)
    assert brands("[{broken", frozenset()) == ([], 0)


# --- answers of the interface


def test_facilities_in_detail(tmp_path: Path) -> None:
    """The answer for one facility, with the values that each contributor gave."""
    properties = {
        "other_names": ["DEKKO LTD", "Dekko | Garments"],
        "other_addresses": ["2 Road"],
        "claim_info": {"contact": {"name": "A Person", "email": "person@example.org"}},
        "is_closed": True,
        "new_os_id": B,
        "sector": [{"values": ["Apparel"], "contributor_name": "x"}, {"values": ["Apparel", "Home"]}],
        "extended_fields": {
            "number_of_workers": [{"value": {"min": 101, "max": 500}}, {"value": {"min": 300, "max": 300}}],
            "parent_company": [
                {"value": {"raw_value": "dekko grp", "name": "Dekko Group", "contributor_name": None}},
                {"value": {"name": "x", "contributor_name": "Dekko ISHO"}},
            ],
            "product_type": [{"value": {"raw_values": ["Shirts", "Jeans"]}}, {"value": {"raw_values": "Shirts|Coats"}}],
            "facility_type": [
                {
                    "value": {
                        "raw_values": "sewing",
                        "matched_values": [["PROCESSING_TYPE", "EXACT", "Assembly", "Sewing"]],
                    }
                }
            ],
            "processing_type": [{"value": {"raw_values": ["Sewing"], "matched_values": [["x", "y", None, "Sewing"]]}}],
            "duns_id": [{"value": {"raw_value": "123456789"}}],
            "native_language_name": [{"value": "ডেক্কো"}],
            "isic_4": [],
        },
    }
    reading = one(tmp_path / "f.json", feature(A, "Dekko", **properties))
    assert counts(reading) == (1, 1, 0, 0)
    (row,) = reading.records["facilities"].to_dict("records")
    assert {
        key: row[key] for key in ("aliases", "sector", "workers", "product", "facility_type", "identifiers", "closed")
    } == {
        "aliases": "DEKKO LTD|Dekko / Garments|ডেক্কো",
        "sector": "Apparel|Home",
        "workers": "101-500|300",
        "product": "Shirts|Jeans|Coats",
        "facility_type": "Assembly|Sewing",
        "identifiers": "DUNS:123456789",
        "closed": True,
    }
    assert row["note"] == f"production moved to OS ID {B}"
    assert (row["lat"], row["lon"]) == (23.5, 90.5)
    assert reading.records["ownership"]["owner_id"].tolist() == ["company:Dekko Group", "company:Dekko ISHO"]
    everything = str(reading.rows.frame.to_dict() if reading.rows else "") + str(reading.records)
    assert "Person" not in everything
    assert any("properties.claim_info" in note and "properties.other_addresses" in note for note in reading.notes)


def location(os_id: str, **more: Any) -> dict[str, Any]:
    return {
        "os_id": os_id,
        "name": "Site",
        "address": "1 Road, Dhaka",
        "country": {"name": "Bangladesh", "alpha_2": "BD", "alpha_3": "BGD", "numeric": "050"},
        "coordinates": {"lat": 24.2, "lng": 90.4},
        "claim_status": "claimed",
        **more,
    }


@pytest.mark.parametrize("shape", ["data", "results", "list", "single", "lines", "gzip"])
def test_production_locations(tmp_path: Path, shape: str) -> None:
    record = location(
        A,
        sector=["Apparel"],
        parent_company="Dekkoisho Group",
        product_type=["Tops", "Bottoms"],
        location_type=["Final Product Assembly"],
        processing_type=["Cut & Sew"],
        number_of_workers={"min": 5000, "max": 5300},
        historical_os_id=[OLD],
        local_name="ডেক্কো",
        is_closed=False,
        rba_id="R9",
    )
    forms: dict[str, Any] = {
        "data": {"count": 1, "data": [record]},
        "results": {"count": 1, "results": [record]},
        "list": [record],
        "single": record,
    }
    path = tmp_path / "p.json"
    text = json.dumps(forms.get(shape, record))
    if shape == "lines":
        path = tmp_path / "p.jsonl"
        text += "\n" + json.dumps({"data": [record, record]}) + "\n[1]\n"
    path.write_bytes(gzip.compress(text.encode()) if shape == "gzip" else text.encode())
    (reading,) = read(path)
    names = ("id", "country", "lat", "lon", "sector", "facility_type", "product", "workers", "aliases", "identifiers")
    assert table(reading, "facilities", *names, "closed") == [
        [A, "BD", 24.2, 90.4, "Apparel", "Final Product Assembly|Cut & Sew", "Tops|Bottoms", "5000-5300", "ডেক্কো",
         f"RBA:R9|OSID:{OLD}", False]
    ]  # fmt: skip
    assert len(reading.records["links"]) == 0
    if shape == "lines":
        assert reading.rejects["line"].tolist() == [2, 3]


def test_the_download_of_the_interface(tmp_path: Path) -> None:
    answer = {
        "count": 1,
        "results": {"headers": ["os_id", "name", "country_code", "is_closed"], "rows": [[A, "S", "BD", None]]},
    }
    assert table(one(tmp_path / "d.json", answer), "facilities", "id", "name", "country") == [[A, "S", "BD"]]


def test_pages_are_one_source_however_they_are_cut(tmp_path: Path) -> None:
    sites = [feature(A, "One", contributors=CONTRIBUTORS), feature(B, "Two"), feature(C, "Three", country_code="CN")]
    cuts = {
        "whole": [sites],
        "cut": [sites[:1], sites[1:]],
        "overlapping": [sites[2:], sites[:2], sites[1:], []],
    }
    sources, graphs = set(), []
    for name, pages in cuts.items():
        folder = tmp_path / name
        folder.mkdir()
        for number, page in enumerate(pages):
            (folder / f"page{number}.json").write_text(json.dumps(collection(*page)))
        readings = read(folder)
        assert readings == [] or [r.tallies[0].table for r in readings] == ["facilities"] * len(readings)
        assert sum(r.tallies[0].loaded for r in readings) == 3
        assert sum(r.tallies[0].merged for r in readings) == sum(map(len, pages)) - 3
        sources |= {json.dumps(reading.source) for reading in readings}
        # Consecutive readings of one source are one record set.
        tables = {table for reading in readings for table in reading.records}
        frames = {t: pd.concat([r.records[t] for r in readings if t in r.records]) for t in tables}
        graphs.append(derive([RecordSet(readings[0].source, 1, frames)]).hash)
        by_name = read(*sorted(folder.iterdir()))
        assert {json.dumps(reading.source) for reading in by_name} == {json.dumps(readings[0].source)}
    assert len(sources) == 1
    assert len(set(graphs)) == 1


def test_pages_named_in_one_command_are_one_source(tmp_path: Path) -> None:
    paths = [tmp_path / "1.json", tmp_path / "2.json"]
    paths[0].write_text(json.dumps(collection(feature(A), feature(B))))
    paths[1].write_text(json.dumps(collection(feature(B))))
    done = pipeline.load(None, LOADER, paths, dry_run=True, home=tmp_path / "home")
    assert len(done.sources) == 1
    assert [(t.read, t.loaded, t.merged, t.rejected) for t in done.tables] == [(3, 2, 1, 0)]


def test_a_folder_may_hold_tables_and_pages(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("country,name,address\nCN,A,1 Road\n")
    (tmp_path / "b.json").write_text(json.dumps(collection(feature(A))))
    (tmp_path / "c.geojson").write_text(json.dumps(collection(feature(B))))
    readings = read(tmp_path)
    assert [counts(reading)[1] for reading in readings] == [1, 1, 1]
    assert len({reading.source["id"] for reading in readings}) == 2
    (tmp_path / "d.json").write_text('{"detail": "throttled"}')
    with pytest.raises(InputError, match=r"d\.json is no answer"):
        read(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no file of Open Supply Hub"):
        read(tmp_path / "empty")


def test_an_empty_answer_is_no_fault(tmp_path: Path) -> None:
    assert counts(one(tmp_path / "f.json", collection())) == (0, 0, 0, 0)
    assert counts(one(tmp_path / "d.csv", DOWNLOAD)) == (0, 0, 0, 0)


def test_what_is_no_facility_on_a_page_is_a_reject(tmp_path: Path) -> None:
    bad = {"type": "Feature", "id": "XX", "properties": {"name": "half \ud800 a character"}, "geometry": None}
    buyer = [{"contributor_type": "Brand / Retailer", "contributor_name": "nul \x00 byte"}]
    page = {
        "features": [
            feature(A),
            5,
            bad,
            feature(B, "nul \x00 byte"),
            {"properties": []},
            feature(C, contributors=buyer),
        ]
    }
    reading = one(tmp_path / "f.json", page)
    assert counts(reading) == (6, 1, 0, 5)
    assert reading.rejects["line"].tolist() == [2, 3, 4, 5, 6]


def test_a_corrected_row_is_read_alone(tmp_path: Path) -> None:
    """A reject kept as header and cell means the same as in its file."""
    page = collection(feature("BD2020021QK28YA", contributors=CONTRIBUTORS), feature(B))
    reading = one(tmp_path / "f.json", page)
    assert reading.rows is not None
    assert reading.rejects["column"].tolist() == ["properties.os_id"]
    row = reading.rows.frame[reading.rows.frame["line"] == 1]
    fixed = row.assign(**{header_key("properties.os_id"): A})
    (again,) = LOADER.transform(replace(reading.rows, frame=fixed, rejects=[], notes=[]), Options())
    assert table(again, "links", "supplier_id", "buyer_id") == [[A, "brand:Levi"], [A, "brand:Shop"]]


@pytest.mark.parametrize(
    "cell", ["", "a|b", "[1, 2]", '[{"value": null}]', '{"value": {}}', '[{"values": {"max": 5}}]', "[{"]
)
def test_cells_of_any_kind_give_text(cell: str) -> None:
    assert isinstance(values(cell), str)


# --- real files


@pytest.mark.data
def test_real_download() -> None:
    path = real("oshub_export_wilmar_2024.csv")
    (reading,) = read(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert counts(reading) == (51, 51, 0, 0) == (len(rows), len({row["os_id"] for row in rows}), 0, 0)
    stated = {(row["os_id"], name) for row in rows for name in row["parent_company"].split("|") if name}
    owners = reading.records["ownership"]
    assert set(zip(owners["owned_id"], owners["owner_id"].str.removeprefix("company:"), strict=True)) == stated
    assert len(owners) == len(stated) == 53
    assert len(reading.records["organizations"]) == 4
    assert len(reading.records["links"]) == 0
    sites = reading.records["facilities"].set_index("id")
    assert {row["os_id"]: row["country_code"] for row in rows} == sites["country"].to_dict()
    assert sites["facility_type"].notna().sum() == sum(bool(row["processing_type"]) for row in rows)
    assert set(sites["sector"].dropna()) == {
        "|".join(dict.fromkeys(row["sector"].split("|"))) for row in rows if row["sector"]
    }
    (linked,) = read(path, brand="Buyer", list_date="2024-01-01")
    (row,) = exposures([linked], "2024-06-01")
    assert (row["suppliers"], row["brand"]["id"]) == (51, "brand:Buyer")


@pytest.mark.data
@pytest.mark.parametrize(
    ("number", "rows", "sites"), [(2, 75, 72), (4, 77, 77), (10, 54, 54), (14, 46, 46), (15, 351, 351)]
)
def test_real_lists(number: int, rows: int, sites: int) -> None:
    """List 2 names two factories twice, and one a second time with a box for a letter."""
    path = real(f"oar_list_{number}.csv")
    (reading,) = read(path, brand="Acme")
    assert counts(reading) == (rows, sites, rows - sites, 0)
    with path.open(encoding="utf-8-sig", newline="") as file:
        said = [(row["name"].strip(), row["address"].strip()) for row in csv.DictReader(file)]
    assert len(said) == rows
    names = Counter(folded(name) for name, _ in {(folded(n), folded(a)): (n, a) for n, a in said}.values())
    assert Counter(map(folded, reading.records["facilities"]["name"])) == names
    assert len(reading.records["links"]) == sites
    assert reading.records["facilities"][["lat", "lon", "country"]].notna().all(axis=None)

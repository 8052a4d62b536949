"""Orders of US Customs: what one row becomes, every trap, the real list, and what it does to figures."""

from __future__ import annotations

import csv
import json
import os
import re
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from graph_core.day import Day, Parameters
from graph_core.derive import derive
from graph_core.errors import InputError
from graph_core.store.base import RecordSet
from loaders import registry
from loaders.base import Options, Reading, silent
from loaders.countries import alpha2
from loaders.files.rawtable import RawTable
from loaders.formats.cbp_orders.loader import LOADER
from loaders.formats.cbp_orders.text import Subject, ended_on, goods, parties_in, removals, subjects

LIST = Path(__file__).parents[2].parent / "shared" / "data" / "us_lists" / "cbp_wro.json"
#: The header of the table as it is published.
HEADER = [
    "Effective Date",
    "Calendar Year",
    "Country Code",
    "Country",
    "Merchandise",
    "WRO/Finding",
    "Industry",
    "Status",
    "Press Release",
    "Entity",
    "Remarks",
]


def real() -> list[dict[str, Any]]:
    """Orders of the real list, or the test is skipped."""
    if not LIST.exists():
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail("the real list of orders is not beside the checkout")
        pytest.skip("the real list of orders is not beside the checkout")
    entities: list[dict[str, Any]] = json.loads(LIST.read_text("utf-8"))["entities"]
    return entities


def order(entity: str, **more: str) -> dict[str, str]:
    return {
        "Entity": entity,
        "Effective Date": "4/10/2019",
        "Country": "China",
        "Merchandise": "Tea",
        "WRO/Finding": "WRO",
        "Status": "Active",
        **more,
    }


def write(path: Path, *orders: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER + [name for row in orders for name in row if name not in HEADER][:1])
        writer.writeheader()
        writer.writerows(orders)
    return path


def read(path: Path, **options: str) -> Reading:
    (reading,) = LOADER.read(path, Options(**options), silent)
    return reading


def findings(path: Path, *orders: dict[str, str]) -> dict[str, dict[str, Any]]:
    frame = read(write(path / "orders.csv", *orders)).records["findings"].set_index("id")
    rows = frame.astype("object").where(frame.notna(), None).to_dict("index")
    return {str(key): {str(name): cell for name, cell in row.items()} for key, row in rows.items()}


# --- what a text names


@pytest.mark.parametrize(
    ("entity", "expected"),
    [
        ("Miao Chi Tea Farm", [Subject("party", "Miao Chi Tea Farm")]),
        (
            "Fuchu Prison; Union Kogyo Co., Ltd.",
            [Subject("party", "Fuchu Prison"), Subject("party", "Union Kogyo Co., Ltd.")],
        ),
        (
            "Yili Garment Co., Ltd. and Baoding Trade and Business Co., Ltd.",
            [Subject("party", "Yili Garment Co., Ltd."), Subject("party", "Baoding Trade and Business Co., Ltd.")],
        ),
        (
            "Hengzheng Agriculture, Industry, and Trade Co., Ltd.",
            [Subject("party", "Hengzheng Agriculture, Industry, and Trade Co., Ltd.")],
        ),
        (
            "State Penitentiary, Ciudad Victoria, Mexico",
            [Subject("party", "State Penitentiary, Ciudad Victoria, Mexico")],
        ),
        ("Xuzhou Forging and Pressing Works", [Subject("party", "Xuzhou Forging and Pressing Works")]),
        ("Serbia Copper D.O.O..", [Subject("party", "Serbia Copper D.O.O.")]),
        ("Sanyou Group and its Subsidiaries", [Subject("party", "Sanyou Group", subsidiaries=True)]),
        ("Hoshine Co. Ltd. and Subsidiaries", [Subject("party", "Hoshine Co. Ltd.", subsidiaries=True)]),
        (
            "FGV Holdings Berhad and its subsidiaries and joint ventures",
            [Subject("party", "FGV Holdings Berhad", subsidiaries=True)],
        ),
        (
            "Agro Tom S.A. de C.V. and Horti Tom S.A. de C.V. and their subsidiaries",
            [
                Subject("party", "Agro Tom S.A. de C.V.", subsidiaries=True),
                Subject("party", "Horti Tom S.A. de C.V.", subsidiaries=True),
            ],
        ),
        (
            "Xinjiang Production and Construction Corporation (XPCC) and its subordinates",
            [Subject("party", "Xinjiang Production and Construction Corporation", ("XPCC",), subsidiaries=True)],
        ),
        (  # a general word, and no name of this centre
            "No. 4 Skills Education Training Center (SETC)",
            [
                Subject(
                    "party",
                    "No. 4 Skills Education Training Center",
                    ("No. 4 Skills Education Training Center (SETC)",),
                )
            ],
        ),
        (  # counted and named: no other subsidiary is meant
            "Select Company, Limited and its two subsidiaries from China, A (Nantong) Co. Limited and B (HK) Limited.",
            [
                Subject("party", "Select Company, Limited"),
                Subject("party", "A (Nantong) Co. Limited", note="named as a subsidiary of Select Company, Limited"),
                Subject("party", "B (HK) Limited", note="named as a subsidiary of Select Company, Limited"),
            ],
        ),
        (
            "Mother Co., Ltd. and its subsidiaries, including Daughter Co., Ltd.",
            [
                Subject("party", "Mother Co., Ltd.", subsidiaries=True),
                Subject("party", "Daughter Co., Ltd.", note="named as a subsidiary of Mother Co., Ltd."),
            ],
        ),
        (
            "One Sdn Bhd, Two (M) Sdn Bhd, and Three (M) Sdn Bhd (collectively, One Group)",
            [
                Subject("party", "One Sdn Bhd"),
                Subject("party", "Two (M) Sdn Bhd"),
                Subject("party", "Three (M) Sdn Bhd"),
                Subject("party", "One Group", note="a name of the other parties of the order together"),
            ],
        ),
        (
            "Camp No. 1, a/k/a First Camp; Kwong Company",
            [Subject("party", "Camp No. 1", ("First Camp",)), Subject("party", "Kwong Company")],
        ),
        (
            "A Farm, a/k/a B Farm, a/k/a C Farm; D Farm, a/k/a E Farm",
            [Subject("party", "A Farm", ("B Farm", "C Farm")), Subject("party", "D Farm", ("E Farm",))],
        ),
        (
            "Tea Co., Ltd. (of Nagoya, Japan)",
            [Subject("party", "Tea Co., Ltd.", country="JP", note="of Nagoya, Japan")],
        ),
        ("Tea Co. (of Nowhere)", [Subject("party", "Tea Co.", country="unknown", note="of Nowhere")]),
        (
            "Wulin (or Wuling) Works",
            [Subject("party", "Wulin (or Wuling) Works", ("Wulin Works", "Wuling Works"))],
        ),
        (
            "Sichuan (Szechuan) Works",
            [Subject("party", "Sichuan (Szechuan) Works", ("Sichuan Works",))],
        ),
        ("Fishing Vessel: Da Wang", [Subject("party", "Da Wang", country="unknown", note="a fishing vessel")]),
        (
            "Fishing Vessels owned by Dalian Ocean Fishing Co. Ltd.",
            [
                Subject(
                    "party",
                    "Dalian Ocean Fishing Co. Ltd.",
                    country="unknown",
                    subsidiaries=True,
                    note="the order is on the fishing vessels that it owns",
                )
            ],
        ),
        ("All Utopian Rice", []),
        ("Rice produced in Utopia", []),
        ("Artisanal  Small Mines", [Subject("good_country", note="only what artisanal small mines produce is meant")]),
        ("", []),
    ],
)
def test_subjects(entity: str, expected: list[Subject]) -> None:
    assert subjects(entity) == expected


def test_goods() -> None:
    assert goods("All Products") == goods("ALL") == goods("") == ()
    assert goods("Cotton,  Tomatoes and Downstream Products") == ("Cotton", "Tomatoes")
    assert goods("Unheard-of things") is None


def test_remarks() -> None:
    said = (
        "CBP has removed Carpets produced in Nepal from the Order that are produced by the following: A Carpet removed "
        "from the order, 7/23/2021B Carpet, C; and D Pvt., Ltd. removed from the order, 10/6/1998"
    )
    assert [(one.what, one.day) for one in removals(said)] == [
        ("A Carpet", "2021-07-23"),
        ("B Carpet, C; and D Pvt., Ltd", "1998-10-06"),
    ]
    (removal,) = removals("Viscose/Rayon Fiber removed from the order, by Commissioner Memorandum, 10/12/2016")
    assert (removal.what, removal.day) == ("Viscose/Rayon Fiber", "2016-10-12")
    assert removals("Federal Register: 85 FR 66574 of 10/20/2020") == []
    assert removals("A removed from the order, 13/45/2020") == []
    assert ended_on("revoked 2/30/2020") == ""
    assert ended_on("WRO modified 9/9/2021; revoked on 2/13/2022. 87 FR 4634, 1/28/2023") == "2022-02-13"
    assert ended_on("Federal Register: 1/28/2023") == ""


# --- what a row becomes


def test_a_row_with_every_column(tmp_path: Path) -> None:
    row = order(
        "Yunnan Machinery, a/k/a Golden Horse, a/k/a Yunnan 1st Prison",
        **{"Press Release": "/newsroom/x", "Remarks": "See China\nFinding.", "Industry": "Machinery"},
    )
    assert findings(tmp_path, row) == {
        "cbp:2019-04-10:wro:Yunnan Machinery:Tea": {
            "subject_id": None,
            "subject_name": "Yunnan Machinery",
            "subject_aliases": "Golden Horse|Yunnan 1st Prison",
            "subject_country": "CN",
            "kind": "order",
            "category": "forced_labour",
            "severity": None,
            "confidence": None,
            "authority": "US Customs and Border Protection",
            "status": "standing",
            "valid_from": "2019-04-10",
            "valid_to": None,
            "scope_commodity": "Tea",
            "scope_country": "CN",
            "includes_subsidiaries": False,
            "scope_region": None,
            "source_title": "Withhold Release Order of 2019-04-10",
            "source_url": "https://www.cbp.gov/newsroom/x",
            "note": "listed as: Yunnan Machinery, a/k/a Golden Horse, a/k/a Yunnan 1st Prison; merchandise: Tea; "
            "industry: Machinery; remarks: See China Finding.",
            "line": 2,
            "original": None,
        }
    }


def test_one_finding_a_good_and_the_text_of_the_order(tmp_path: Path) -> None:
    found = findings(
        tmp_path, order("A", Merchandise="Electric Fans and Zinc-Coated Wire"), order("B", Merchandise="All")
    )
    assert [(row["subject_name"], row["scope_commodity"]) for row in found.values()] == [
        ("A", "Electric Fans"),
        ("A", "Zinc-Coated Wire"),
        ("B", None),
    ]
    assert all("Electric Fans and Zinc-Coated Wire" in row["note"] for key, row in found.items() if ":A:" in key)


def test_goods_that_no_table_has_are_kept_as_one_and_told(tmp_path: Path) -> None:
    reading = read(write(tmp_path / "o.csv", order("A", Merchandise="Left and Right Shoes")))
    assert reading.records["findings"]["scope_commodity"].tolist() == ["Left and Right Shoes"]
    assert any("'Left and Right Shoes' is in no table of goods" in note for note in reading.notes)


def test_a_party_elsewhere_is_not_limited_to_the_country_of_the_order(tmp_path: Path) -> None:
    found = findings(tmp_path, order("A Co., Ltd.; B Co., Ltd. (of Nagoya, Japan)"), order("Fishing Vessel: Da Wang"))
    assert [(row["subject_name"], row["subject_country"], row["scope_country"]) for row in found.values()] == [
        ("A Co., Ltd.", "CN", "CN"),
        ("B Co., Ltd.", "JP", None),
        ("Da Wang", None, None),
    ]


def test_vessels_are_no_country(tmp_path: Path) -> None:
    row = order("Fishing Vessel: Da Wang", Country="Fishing Vessels", **{"Country Code": "FV"})
    (found,) = findings(tmp_path, row).values()
    assert (found["subject_name"], found["subject_country"], found["kind"]) == ("Da Wang", None, "order")


def test_a_country_and_a_region_have_no_subject(tmp_path: Path) -> None:
    found = findings(
        tmp_path,
        order("Tobacco produced in Malawi and products containing tobacco produced in Malawi", Country="Malawi"),
        order("Xinjiang Uyghur Autonomous Region (XUAR)", Merchandise="Cotton, Tomatoes and Downstream Products"),
    )
    columns = ("kind", "subject_name", "subject_country", "scope_country", "scope_region", "scope_commodity")
    region = "Xinjiang Uyghur Autonomous Region (XUAR)"
    assert {key: tuple(row[name] for name in columns) for key, row in found.items()} == {
        "cbp:2019-04-10:wro:MW:Tea": ("good_country", None, None, "MW", None, "Tea"),
        f"cbp:2019-04-10:wro:{region}:Cotton": ("good_region", None, None, "CN", region, "Cotton"),
        f"cbp:2019-04-10:wro:{region}:Tomatoes": ("good_region", None, None, "CN", region, "Tomatoes"),
    }


def test_an_order_and_a_finding_on_one_party(tmp_path: Path) -> None:
    found = findings(tmp_path, order("A"), order("A", **{"WRO/Finding": "Finding", "Effective Date": "5/1/2020"}))
    assert [(row["kind"], row["valid_from"], row["subject_name"]) for row in found.values()] == [
        ("order", "2019-04-10", "A"),
        ("finding", "2020-05-01", "A"),
    ]


@pytest.mark.parametrize(
    ("status", "remarks", "expected"),
    [
        ("Active", "", ("standing", None)),
        ("Active", "Enforcement of WRO superseded by enforcement of UFLPA", ("superseded", None)),
        ("Inactive-Pending Litigation", "", ("contested", None)),
        ("Inactive", "WRO revoked, 7/23/2021", ("lifted", "2021-07-23")),
        ("Partially Modified", "", ("modified", None)),
        ("Partially Modified", "A removed from the order, 7/23/2021", ("lifted", "2021-07-23")),
        ("Partially Modified", "Another removed from the order, 7/23/2021", ("modified", None)),
        ("", "", ("standing", None)),
    ],
)
def test_status(tmp_path: Path, status: str, remarks: str, expected: tuple[str, str | None]) -> None:
    (found,) = findings(tmp_path, order("A", Status=status, Remarks=remarks)).values()
    assert (found["status"], found["valid_to"]) == expected


def test_a_modification_that_cannot_be_told_is_told(tmp_path: Path) -> None:
    row = order("A", Status="Partially Modified", Remarks="B removed from the order, 7/23/2021")
    assert any("what was taken out" in note for note in read(write(tmp_path / "o.csv", row)).notes)


@pytest.mark.parametrize(
    ("what", "named"),
    [
        ("Hero Vast Group", ["Hero Vast Group"]),
        ("Hero Vast", ["Hero Vast"]),
        ("Hero Vast and Hero Vast Group", ["Hero Vast", "Hero Vast Group"]),
        ("HERO VAST GROUP; Nilit", ["Hero Vast Group", "Nilit Ltd."]),
        ("Hero Vastness", []),
        ("Hero Vast Hero Vast Group", ["Hero Vast", "Hero Vast Group"]),
        ("Works of Tea Hero", ["Tea Hero Works"]),
    ],
)
def test_of_names_at_one_place_the_longest_is_meant(what: str, named: list[str]) -> None:
    parties = [
        Subject("party", "Hero Vast"),
        Subject("party", "Hero Vast Group"),
        Subject("party", "Nilit Ltd.", ("Nilit",)),
        Subject("party", "Tea Hero Works", ("Works of Tea Hero", "Hero Works")),
        Subject("party", "Tea Hero"),
    ]
    assert [one.name for one in parties_in(what, parties)] == named


def test_a_longer_name_that_was_taken_out_leaves_the_shorter_one(tmp_path: Path) -> None:
    row = order(
        "Hero Vast; Hero Vast Group",
        Status="Partially Modified",
        Remarks="Hero Vast Group removed from the order, 7/23/2021",
    )
    found = findings(tmp_path, row)
    assert {one["subject_name"]: one["valid_to"] for one in found.values()} == {
        "Hero Vast": None,
        "Hero Vast Group": "2021-07-23",
    }


def test_a_good_that_was_taken_out_stood_until_then(tmp_path: Path) -> None:
    remarks = "Viscose/Rayon Fiber removed from the order, by Commissioner Memorandum, 10/12/2021"
    found = findings(tmp_path, order("A and its Subsidiaries", Status="Partially Modified", Remarks=remarks))
    assert [(row["scope_commodity"], row["status"], row["valid_to"]) for row in found.values()] == [
        ("Tea", "standing", None),
        ("Viscose", "lifted", "2021-10-12"),
    ]
    # An order on all goods goes on without that good, which no finding can say: the remarks do.
    (whole,) = findings(tmp_path, order("A", Status="Partially Modified", Remarks=remarks, Merchandise="All")).values()
    assert (whole["scope_commodity"], whole["status"], whole["valid_to"]) == (None, "modified", None)
    assert remarks in whole["note"]


def test_long_cells_take_no_time(tmp_path: Path) -> None:
    """No rule looks at a text again and again."""
    for text in ("a" * 50_000, "and " * 10_000, "a, " * 10_000, "(or " * 10_000, "removed from " * 4_000):
        row = order(text, Remarks=text, Merchandise=text, Status="Partially Modified")
        started = time.perf_counter()
        read(write(tmp_path / "o.csv", row))
        assert time.perf_counter() - started < 10


def test_when_an_order_became_inactive(tmp_path: Path) -> None:
    row = order("A", Status="Inactive")
    reading = read(write(tmp_path / "o.csv", row, {**row, "Modified Date": "7/23/2021", "Entity": "B"}))
    assert reading.records["findings"][["subject_name", "valid_to"]].to_numpy().tolist() == [["B", "2021-07-23"]]
    assert reading.rejects["line"].tolist() == [2]
    assert "since when is not said" in reading.rejects["reason"].iloc[0]


def test_rows_that_cannot_be_used(tmp_path: Path) -> None:
    path = write(
        tmp_path / "o.csv",
        order("A"),
        order("A"),
        order("All Utopian Rice"),
        order("All Utopian Rice"),
        order(""),
        order("B", Country="Atlantis"),
        order("B", **{"WRO/Finding": "Decree"}),
        order("B", Status="Asleep"),
        order("B", **{"Effective Date": "13/45/2020"}),
        order("B", Status="Partially Modified", Remarks="B removed from the order, 1/1/2019"),
        order("Artisanal Small Mines", Merchandise=""),
        order("A", Industry="Another"),
    )
    reading = read(path)
    (tally,) = reading.tallies
    assert (tally.read, tally.loaded, tally.merged, tally.rejected) == (12, 1, 1, 10)
    told = list(reading.rejects[["line", "column"]].itertuples(index=False, name=None))
    assert told == [
        (4, ""),
        (5, ""),
        (6, "Entity"),
        (7, "Country"),
        (8, "WRO/Finding"),
        (9, "Status"),
        (10, "Effective Date"),
        (11, ""),
        (12, ""),
        (13, "Entity"),
    ]


def test_orders_that_say_one_thing_twice_are_one(tmp_path: Path) -> None:
    reading = read(
        write(
            tmp_path / "o.csv",
            order("A; B", Status="Partially Modified", Remarks="A removed from the order, 1/1/2020"),
            order("A"),
        )
    )
    frame = reading.records["findings"]
    assert frame[["subject_name", "valid_to"]].fillna("").to_numpy().tolist() == [["B", ""], ["A", ""]]
    assert any("lines 2, 3 are all about cbp:2019-04-10:wro:A:Tea" in note for note in reading.notes)


def test_a_corrected_row_goes_the_same_way(tmp_path: Path) -> None:
    raw = read(write(tmp_path / "o.csv", order("All Utopian Rice"))).rows
    assert raw is not None
    frame = raw.frame.assign(entity="Utopian Rice Co., Ltd.")
    (again,) = LOADER.transform(RawTable(raw.file, frame, raw.headers, [], raw.sha256), Options())
    assert again.records["findings"]["subject_name"].tolist() == ["Utopian Rice Co., Ltd."]


def test_deliveries_have_their_day(tmp_path: Path) -> None:
    path = write(tmp_path / "withhold-release-orders-findings-fy26-2026-06-23.csv", order("A"))
    source = read(path).source
    assert (source["id"], source["series"]) == ("cbp-orders:2026-06-23", "cbp-orders")
    assert read(path, list_date="2026-07-01").source["id"] == "cbp-orders:2026-07-01"
    assert read(write(tmp_path / "o.csv", order("A"))).source["id"] == "cbp-orders"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"x,y\n1,2\n", "no column holds the entity"),
        ("a.csv", b"Entity,Effective Date\nA,1/1/2020\n", "no column holds the type"),
        ("a.csv", b"", "empty"),
        ("a.json", b'{"entities": ["A"]}', "no column holds|no list"),
        ("a.json", b"{", "no valid JSON"),
        ("a.html", b"<html><table></table></html>", "a.html"),
        ("a.xlsx", b"PK\x03\x04", "a.xlsx"),
    ],
)
def test_other_files(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        read(tmp_path / name)


def test_json_notes(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"name": "A", "aliases": ["B", "C; D"], "country": "China", "effective_date": "2020-01-01", "status": "Active"},
        {"name": "E", "aliases": [], "country": "China", "effective_date": "2020-01-01", "status": None, "notes": "Hm"},
    ]
    rows[0]["notes"] = "Finding; Industry: I, J; Merchandise: Tea; Remarks: One; two: three"
    (tmp_path / "o.json").write_text(json.dumps({"entities": rows}))
    reading = read(tmp_path / "o.json")
    frame = reading.records["findings"]
    assert frame["subject_name"].tolist() == ["A", "D"]
    assert frame["subject_aliases"].fillna("").tolist() == ["B|C", ""]
    assert "industry: I, J; remarks: One; two: three" in frame["note"].iloc[0]
    assert reading.rejects[["line", "value"]].to_numpy().tolist() == [[2, "Hm"]]


# --- the real list

#: Orders that name more than one party, by the beginning of their text: how many.
PARTIES = {
    "Fuchu Prison": 2,
    "Guangzhou No. 1": 2,
    "Nanhu Tree Farm": 3,
    "Kumar Carpet": 7,
    "Yili Zhuowan": 2,
    "Agropecuarios": 2,
    "Shanghai Select": 3,
}
#: Orders on more than one good, by the beginning of their text: how many, those taken out later included.
GOODS = {
    "Qinghai Hide": 2,
    "Ya An": 2,
    "Sichuan (Szechuan) Xinsheng": 2,
    "Shenyang New Life": 4,
    "Fuchu Prison": 2,
    "Mangalore": 2,
    "Tangshan": 4,
    "Xinjiang Junggar": 2,
    "Xinjiang Production": 2,
    "Xinjiang Uyghur": 2,
    "Asli Maydi": 2,
    "Kingtom": 2,
    "Giant": 2,
    "Firemount": 3,
    "Serbia Zijin": 2,
}
NO_PARTY = ("All Turkmenistan", "Tobacco produced", "Artisanal", "Marange", "Xinjiang Uyghur")


def count(known: dict[str, int], name: str) -> int:
    return next((number for start, number in known.items() if name.startswith(start)), 1)


@pytest.mark.data
def test_the_real_list_is_read_whole() -> None:
    orders = real()
    reading = read(LIST)
    frame = reading.records["findings"]
    (tally,) = reading.tallies
    assert len(orders) == 67
    assert (tally.read, tally.loaded, tally.merged, tally.rejected) == (67, 67, 0, 0)
    expected = {
        line: count(PARTIES, row["name"]) * count(GOODS, row["name"]) for line, row in enumerate(orders, start=1)
    }
    assert frame.groupby("line").size().to_dict() == expected
    assert len(frame) == 103
    # Seven parties have an order and a finding, or two findings.
    mentions = sum(count(PARTIES, row["name"]) for row in orders if not row["name"].startswith(NO_PARTY))
    assert mentions == 76
    assert frame["subject_name"].nunique() == 76 - 7
    assert not reading.notes
    assert not any("in no table" in note for note in reading.notes)


@pytest.mark.data
def test_the_real_list_says_what_its_rows_say() -> None:
    orders = real()
    frame = read(LIST).records["findings"]
    by_line = frame.groupby("line")
    for line, row in enumerate(orders, start=1):
        found = by_line.get_group(line)
        assert set(found["valid_from"]) == {row["effective_date"]}
        kinds = set(found["kind"])
        if row["name"].startswith(NO_PARTY):
            assert kinds <= {"good_country", "good_region"}
            assert found["subject_name"].isna().all()
            assert set(found["scope_country"]) == {alpha2(row["country"])}
        else:
            assert kinds == {"finding" if row["notes"].startswith("Finding") else "order"}
            assert found["subject_name"].notna().all()
            for alias in ";".join(row["aliases"]).split(";"):
                assert alias.strip() in "|".join([*found["subject_name"], *found["subject_aliases"].fillna("")])
        merchandise = re.search(r"Merchandise: (.*?)(?:; Remarks:|$)", row["notes"], re.DOTALL)
        assert merchandise is not None
        assert found["note"].str.contains(merchandise[1], regex=False).all()
        superseded = "superseded" in row["notes"]
        assert (found["status"] == "superseded").all() == superseded
    assert frame["scope_commodity"].isna().sum() == sum(row["notes"].endswith("All Products") for row in orders) + 1
    assert frame.loc[frame["status"] == "contested", "subject_name"].unique().tolist() == ["Kingtom Aluminio S.R.L."]
    assert set(frame.loc[frame["includes_subsidiaries"].astype(bool), "subject_name"]) == {
        "Tangshan Sanyou Group",
        "Xinjiang Production and Construction Corporation",
        "Dalian Ocean Fishing Co. Ltd.",
        "Hoshine Silicon Industry Co. Ltd.",
        "Agropecuarios Tom S.A. de C.V.",
        "Horticola Tom S.A. de C.V.",
    }
    nowhere = frame[frame["subject_name"].notna() & frame["subject_country"].isna()]["subject_name"]
    assert set(nowhere) == {
        "Da Wang",
        "Lien Yi Hsing No. 12",
        "Dalian Ocean Fishing Co. Ltd.",
        "Hangton No. 112",
        "Zhen Fa 7",
        "Select Protective Technology (HK) Limited",
    }


@pytest.mark.data
def test_partially_modified_orders_of_the_real_list() -> None:
    real()
    frame = read(LIST).records["findings"]
    ends = frame.dropna(subset="valid_to").set_index("subject_name")["valid_to"].to_dict()
    assert ends == {
        "Annapurna Carpet": "2021-07-23",
        "Everest Carpet": "1998-10-06",
        "K.K. Carpet Industries": "1998-10-06",
        "Norsang Carpet Industries Pvt., Ltd.": "1998-10-06",
        "Tangshan Sanyou Group": "2016-10-12",
    }
    assert set(frame.loc[frame["valid_to"].notna(), "status"]) == {"lifted"}
    stand = frame[frame["subject_name"].isin(["Kumar Carpet Pvt.", "Singhe Carpet Pvt., Ltd.", "Valley Carpet"])]
    assert stand["status"].tolist() == ["standing"] * 3
    sanyou = frame[frame["subject_name"] == "Tangshan Sanyou Group"].set_index("scope_commodity")["status"].to_dict()
    assert sanyou == {
        "Soda Ash": "standing",
        "Calcium Chloride": "standing",
        "Caustic Soda": "standing",
        "Viscose": "lifted",
    }
    modified = frame[frame["status"] == "modified"]
    assert modified["id"].tolist() == ["cbp:2019-09-30:wro:CD:Gold", "cbp:2019-11-01:wro:MW:Tobacco"]
    assert "Limbe Leaf" in modified["note"].iloc[1]
    assert not frame["subject_name"].fillna("").str.contains("Limbe|Premium Tobacco|Alliance One").any()


@pytest.mark.data
def test_the_published_table_gives_the_same_findings(tmp_path: Path) -> None:
    """The same orders, written as the authority publishes them: another header, other dates, aliases in the name."""
    rows = []
    for said in real():
        kind, _, rest = said["notes"].partition(";")
        parts = dict(
            re.findall(r"(Industry|Merchandise|Remarks): (.*?)(?=; (?:Merchandise|Remarks): |$)", rest, re.DOTALL)
        )
        year, month, day = said["effective_date"].split("-")
        rows.append(
            {
                "Entity": ", a/k/a ".join([said["name"], *said["aliases"]]),
                "Effective Date": f"{int(month)}/{int(day)}/{year}",
                "Country": said["country"],
                "Status": said["status"],
                "WRO/Finding": kind,
                "Press Release": "N/A",
                **parts,
            }
        )
    ours, theirs = (
        read(path).records["findings"].drop(columns=["line", "original"])
        for path in (LIST, write(tmp_path / "withhold-release-orders-findings.csv", *rows))
    )
    pd.testing.assert_frame_equal(ours, theirs)


# --- what it does to figures

TABLES = {
    "organizations.csv": "id,name,roles,country\nX,Brand,brand,\nG,Tangshan Sanyou Group,,CN\n",
    "facilities.csv": (
        "id,name,country,product,operator_id\nK,Kumar Carpet Pvt.,NP,carpets,\nE,Everest Carpet,NP,carpets,\n"
        "C,Cotton Mill,CN,cotton,\nT,Turkmen Mill,TM,cotton,\nV,Da Wang,CN,seafood,\nS,Soda Works,CN,soda ash,\n"
        "J,Imaizumi Tea Manufacturing & Trading Co. Ltd,JP,tea,\n"
        "P,State Penitentiary,MX,furniture,\n"
    ),
    "ownership.csv": "owner_id,owned_id,percent\nG,S,100\n",
    "links.csv": "supplier_id,buyer_id\n" + "".join(f"{site},X\n" for site in "KECTVSJP"),
}


def flags(tmp_path: Path, day: str) -> set[tuple[str, str, bool]]:
    """Flags of the day with the real list: node, class, waiting."""
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text)
    readings = [*registry.get("tables").read(tmp_path, Options(), silent), read(LIST)]
    sets = [RecordSet(reading.source, number, reading.records) for number, reading in enumerate(readings, start=1)]
    found = Day(derive(sets), Parameters(day)).table.day.flags
    return {(row["node"], row["class"], bool(row["waiting"])) for row in found.to_dict("records")} - {
        ("G", "named", False)
    }


@pytest.mark.data
def test_who_is_flagged(tmp_path: Path) -> None:
    real()
    now = flags(tmp_path, "2024-06-30")
    assert now >= {
        ("K", "named", False),
        ("J", "named", False),
        ("S", "ownership", False),
        ("T", "good_country", False),
        ("V", "named", True),  # a vessel has no country: a person decides
    }
    # No site is matched to a region, to an order that no longer names it, or to a name without its place.
    assert not {node for node, _, _ in now} & {"C", "E", "P"}
    (tmp_path / "then").mkdir()
    then = flags(tmp_path / "then", "1998-09-01")
    assert {node for node, _, _ in then} == {"K", "E", "J"}

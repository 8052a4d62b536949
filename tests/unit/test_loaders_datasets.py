"""The three data sets: tiny hand-made files, and the real ones where they are."""

from __future__ import annotations

import csv
import json
import os
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from graph_core.derive import derive
from graph_core.errors import InputError
from graph_core.store.base import RecordSet
from loaders.base import Loader, Options, Reading, silent
from loaders.data import table_rows
from loaders.formats.dol_goods import LOADER as DOL
from loaders.formats.palm_oil import LOADER as PALM
from loaders.formats.uflpa import LOADER as UFLPA
from loaders.formats.uflpa import iso_day, parse_names

DATA = Path(__file__).parents[2].parent / "shared" / "data"
SMALL = Path(__file__).parents[1] / "data"


def real(*parts: str) -> Path:
    path = DATA.joinpath(*parts)
    if not path.exists():
        message = f"the real data set {'/'.join(parts)} is not beside the checkout"
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail(message)
        pytest.skip(message)
    return path


def read(loader: Loader, path: Path, **options: str) -> list[Reading]:
    return list(loader.read(path, Options(**options), silent))


# --- palm oil


def palm(tmp_path: Path, disclosures: str, mills: str | None = None) -> dict[str | None, Reading]:
    (tmp_path / "brand_mill_disclosures.csv").write_text("consumer_brand,report_year,UML ID\n" + disclosures)
    if mills is not None:
        head = "UML ID,Group Name,Parent Company,Mill Name,Latitude,Longitude,ISO,Alternative name\n"
        (tmp_path / "mills.csv").write_text(head + mills)
    return {reading.source["id"]: reading for reading in read(PALM, tmp_path)}


def test_palm_oil_small(tmp_path: Path) -> None:
    readings = palm(
        tmp_path,
        "Acme,2020,PO1\nAcme,2020,PO1\nAcme,2021,PO9\nBeta,20x1,PO1\n,2021,PO1\n",
        "PO1,G SDN BHD,P SDN BHD,ONE,1.5,103.5,MYS,UNO\nPO2,UNKNOWN,G SDN BHD,TWO,1,1,IDN,\n"
        "PO3,UNKNOWN,,THREE,1,1,XYZ,\n",
    )
    mills, links = readings["palm-oil:mills"], readings["palm-oil:disclosures"]
    assert mills.replace
    assert links.replace
    assert mills.records["organizations"]["id"].tolist() == ["company:P SDN BHD", "company:G SDN BHD"]
    assert mills.records["facilities"][["id", "country", "aliases", "operator_id", "product"]].to_numpy().tolist()[
        0
    ] == [
        "PO1",
        "MY",
        "UNO",
        "company:P SDN BHD",
        "palm oil",
    ]
    assert mills.records["ownership"][["owner_id", "owned_id"]].to_numpy().tolist() == [["company:G SDN BHD", "PO1"]]
    assert mills.records["ownership"]["percent"].isna().all()
    assert mills.rejects[["line", "column", "value"]].to_numpy().tolist() == [[4, "ISO", "XYZ"]]
    assert links.records["links"][["supplier_id", "buyer_id", "list_id", "disclosure"]].to_numpy().tolist() == [
        ["PO1", "brand:Acme", "palm-oil:Acme:2020", "indirect"],
        ["PO9", "brand:Acme", "palm-oil:Acme:2021", "indirect"],
    ]
    assert links.records["lists"][["id", "buyer_id", "series", "date", "title"]].to_numpy().tolist() == [
        ["palm-oil:Acme:2020", "brand:Acme", "palm-oil", "2020-01-01", "list of 2020"],
        ["palm-oil:Acme:2021", "brand:Acme", "palm-oil", "2021-01-01", "list of 2021"],
    ]
    assert links.records["organizations"][["id", "roles"]].to_numpy().tolist() == [["brand:Acme", "brand"]]
    tally = links.tallies[0]
    assert (tally.read, tally.loaded, tally.merged, tally.rejected) == (5, 2, 1, 2)
    assert links.rejects["line"].tolist() == [5, 6]
    assert links.rejects["column"].tolist() == ["", "consumer_brand"]


def test_palm_oil_single_file_and_wrong_places(tmp_path: Path) -> None:
    palm(tmp_path, "Acme,2020,PO1\n")
    assert len(read(PALM, tmp_path / "brand_mill_disclosures.csv")) == 1
    (tmp_path / "x.csv").write_text("a,b\n")
    with pytest.raises(InputError, match="is neither"):
        read(PALM, tmp_path / "x.csv")
    (tmp_path / "sub").mkdir()
    with pytest.raises(InputError, match="holds neither"):
        read(PALM, tmp_path / "sub")
    (tmp_path / "mills.csv").write_text("UML ID,Mill\nPO1,x\n")
    with pytest.raises(InputError, match="missing columns group_name"):
        read(PALM, tmp_path)


@pytest.mark.data
def test_palm_oil_counts() -> None:
    folder = real("palm_oil")
    mills, links = read(PALM, folder)
    with (folder / "mills.csv").open(encoding="utf-8-sig", newline="") as file:
        listed = list(csv.DictReader(file))
    with (folder / "brand_mill_disclosures.csv").open(encoding="utf-8-sig", newline="") as file:
        stated = list(csv.DictReader(file))
    tally = links.tallies[0]
    assert (tally.read, tally.loaded, tally.merged, tally.rejected) == (57_253, 50_075, 7_178, 0)
    assert len(mills.records["facilities"]) == mills.tallies[0].read == 2_095
    frame = links.records["links"]
    triples = {(row["consumer_brand"], row["report_year"], row["UML ID"]) for row in stated}
    assert len(triples) == len(frame)
    assert len(frame.drop_duplicates(["supplier_id", "buyer_id"])) == 22_418
    assert len(links.records["organizations"]) == 15
    unknown = set(frame["supplier_id"]) - set(mills.records["facilities"]["id"])
    assert len(unknown) == 49
    assert sum(row["UML ID"] in unknown for row in stated) == 987
    names = {row["Group Name"].strip() for row in listed} | {row["Parent Company"].strip() for row in listed}
    assert set(mills.records["organizations"]["name"]) == names - {"UNKNOWN", ""}
    grouped = sum(row["Group Name"] != "UNKNOWN" for row in listed)
    assert len(mills.records["ownership"]) == grouped == 2_095 - 604
    run = mills.records["facilities"]["operator_id"]
    assert run.isna().sum() == sum(row["Parent Company"] in ("UNKNOWN", "") for row in listed)
    assert Counter(run)["company:SIME DARBY PLANTATION BHD"] >= 38
    assert mills.records["facilities"]["country"].notna().all()
    assert len(links.records["lists"]) == 46
    assert links.records["lists"]["source"].notna().sum() == len(links.records["sources"]) == 41


# --- US Department of Labor


def test_dol_small() -> None:
    (reading,) = read(DOL, SMALL / "goods_tiny.xml", list_date="2020-09-30")
    assert reading.source["id"] == "dol-goods:2020"
    frame = reading.records["findings"].set_index("id")
    assert frame[["category", "scope_country", "valid_from", "valid_to"]].agg(" ".join, axis=1).to_dict() == {
        "dol:2020:Oil (Palm):MY": "forced_labour MY 2020-09-30 2022-09-28",
        "dol:2020:Oil (Palm):MY:child_labour": "child_labour MY 2020-09-30 2022-09-28",
        "dol:2020:Oil (Palm):MM": "child_labour MM 2020-09-30 2022-09-28",
        "dol:2020:Cotton:CD": "forced_child_labour CD 2020-09-30 2022-09-28",
        "dol:2020:Cloth:KR": "other KR 2020-09-30 2022-09-28",
    }
    assert (frame["kind"] == "good_country").all()
    assert frame["subject_name"].isna().all()
    assert "in Uzbekistan" in str(frame.loc["dol:2020:Cloth:KR", "note"])
    tally = reading.tallies[0]
    assert (tally.read, tally.loaded, tally.merged, tally.rejected) == (6, 4, 1, 1)
    assert reading.rejects[["line", "column", "value"]].to_numpy().tolist() == [[50, "Country_Name", "Atlantis"]]
    assert any("'Tin' names no country" in note for note in reading.notes)


def test_dol_edition_has_to_be_known(tmp_path: Path) -> None:
    content = (SMALL / "goods_tiny.xml").read_bytes()
    (tmp_path / "goods.xml").write_bytes(content)
    with pytest.raises(InputError, match="--list-date"):
        read(DOL, tmp_path / "goods.xml")
    (tmp_path / "goods_2021.xml").write_bytes(content)
    assert read(DOL, tmp_path / "goods_2021.xml")[0].source["id"] == "dol-goods:2022"
    (late,) = read(DOL, tmp_path / "goods.xml", list_date="2024-09-05")
    assert late.source["id"] == "dol-goods:2024-09-05"
    assert late.records["findings"]["valid_to"].isna().all()
    with pytest.raises(InputError, match="is no date"):
        read(DOL, tmp_path / "goods.xml", list_date="2024")


def test_dol_a_row_alone_is_of_the_edition_of_its_file(tmp_path: Path) -> None:
    """What tells an edition is one of its rows, and need not be the row that somebody corrects."""
    mark = next(row for row in table_rows("dol_editions") if row["edition"] == "2018")
    content = (SMALL / "goods_tiny.xml").read_text("utf-8")
    content = content.replace("Oil (Palm)", mark["good"]).replace("Malaysia", mark["country"])
    (tmp_path / "list.xml").write_text(content, "utf-8")
    (reading,) = read(DOL, tmp_path / "list.xml")
    assert reading.source["id"] == "dol-goods:2018"
    assert reading.rows is not None
    frame = reading.rows.frame
    alone = replace(reading.rows, frame=frame[frame["country_name"] == "Atlantis"].assign(country_name="Chad"))
    (again,) = DOL.transform(alone, Options())
    assert again.source["id"] == "dol-goods:2018"
    assert again.records["findings"]["scope_country"].unique().tolist() == ["TD"]


def test_dol_rows_on_one_line_are_told_by_their_number(tmp_path: Path) -> None:
    content = "".join(line.strip() for line in (SMALL / "goods_tiny.xml").read_text("utf-8").splitlines())
    (tmp_path / "goods.xml").write_text(content, "utf-8")
    (reading,) = read(DOL, tmp_path / "goods.xml", list_date="2020-09-30")
    assert reading.rows is not None
    assert reading.rows.frame["line"].tolist() == [1, 2, 3, 4, 5, 6]
    (line,) = reading.rejects["line"]
    assert reading.rows.frame["country_name"].iloc[line - 1] == "Atlantis"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<Goods><Good>", "is no valid XML"),
        (b"<Things/>", "its root is 'Things'"),
        (b"<Goods/>", "holds no good"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><Goods>&x;</Goods>', "declares entities"),
        (b'<?xml version="1.0" encoding="no-such"?><Goods/>', "XML"),
        (b"id,name\n", "is no valid XML"),
    ],
)
def test_dol_bad_files(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "x.xml").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read(DOL, tmp_path / "x.xml", list_date="2020-09-30")


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "edition", "start", "end", "rows"),
    [
        ("goods_2016.xml", "2016", "2016-09-30", "2018-09-20", 379),
        ("goods_2019.xml", "2020", "2020-09-30", "2022-09-28", 438),
        ("goods_2021.xml", "2022", "2022-09-28", None, 467),
    ],
)
def test_dol_editions(file: str, edition: str, start: str, end: str | None, rows: int) -> None:
    path = real("dol_goods", file)
    (reading,) = read(DOL, path)
    countries = list(ET.parse(path).getroot().iter("Country"))
    frame = reading.records["findings"]
    assert reading.source["id"] == f"dol-goods:{edition}"
    assert set(frame["valid_from"]) == {start}
    assert set(frame["valid_to"].dropna()) == ({end} if end else set())
    tally = reading.tallies[0]
    assert (tally.read, tally.loaded, tally.merged, tally.rejected) == (rows, rows, 0, 0)
    said = Counter(tag for row in countries for tag in ("Child_Labor", "Forced_Labor") if row.findtext(tag) == "Yes")
    found = Counter(frame["category"])
    assert (found["child_labour"], found["forced_labour"]) == (said["Child_Labor"], said["Forced_Labor"])
    palm = frame[frame["scope_commodity"].isin(["Oil (Palm)", "Palm Fruit"]) & (frame["category"] == "forced_labour")]
    assert set(palm["scope_country"]) == {"2016": {"MY"}, "2020": {"MY", "ID"}, "2022": {"MY"}}[edition]


@pytest.mark.data
def test_dol_2022_has_the_stated_counts() -> None:
    (reading,) = read(DOL, real("dol_goods", "goods_2021.xml"))
    frame = reading.records["findings"]
    assert frame["scope_commodity"].nunique() == 169
    assert (frame["category"] == "forced_labour").sum() == 121
    assert (frame["category"] == "other").sum() == 10


DERIVED = {
    ("Crude Palm Kernel Oil", "ID"): ("Palm Fruit", "Indonesia"),
    ("Crude Palm Oil", "ID"): ("Palm Fruit", "Indonesia"),
    ("Lithium-Ion Batteries", "CN"): ("Cobalt ore (heterogenite)", "Congo, Democratic Republic of the"),
    ("Oleochemicals", "ID"): ("Palm Fruit", "Indonesia"),
    ("Photovoltaic Ingots", "CN"): ("Polysilicon", "China"),
    ("Photovoltaic Wafers", "CN"): ("Polysilicon", "China"),
    ("Refined Palm Kernel Oil", "ID"): ("Palm Fruit", "Indonesia"),
    ("Refined Palm Oil", "ID"): ("Palm Fruit", "Indonesia"),
    ("Solar Cells", "CN"): ("Polysilicon", "China"),
    ("Solar Modules", "CN"): ("Polysilicon", "China"),
}


@pytest.mark.data
def test_dol_derived_goods_name_what_they_are_made_of() -> None:
    path = real("dol_goods", "goods_2021.xml")
    (reading,) = read(DOL, path)
    frame = reading.records["findings"]
    derived = frame[frame["note"].str.contains("derived good", regex=False)]
    assert set(derived["category"]) == {"other"}
    assert {
        (row["scope_commodity"], row["scope_country"]): row["note"].split("; derived good: made of ")[1]
        for row in derived.to_dict("records")
    } == {
        good: f"{made_of} that was made with child or forced labour in {origin}"
        for good, (made_of, origin) in DERIVED.items()
    }
    # What they are made of is on the list itself, and the file says of which country it is.
    listed = {
        (good.findtext("Good_Name"), country.findtext("Country_Name"))
        for good in ET.parse(path).getroot().iter("Good")
        for country in good.iter("Country")
    }
    assert set(DERIVED.values()) <= listed


# --- UFLPA


@pytest.mark.parametrize(
    ("cell", "name", "aliases", "extends"),
    [
        ("Camel Group Co., Ltd.", "Camel Group Co., Ltd.", (), False),
        (
            "Hoshine Silicon (Shanshan) Co., Ltd (including one alias: Hesheng (Shanshan) Co.) and subsidiaries",
            "Hoshine Silicon (Shanshan) Co., Ltd",
            ("Hesheng (Shanshan) Co.",),
            True,
        ),
        ("Hoshine Co., Ltd., and Subsidiaries", "Hoshine Co., Ltd.", (), True),
        (
            "Bingtuan Corps (XPCC) and its subordinate and affiliated entities",
            "Bingtuan Corps",
            ("XPCC",),
            True,
        ),
        (
            "Ninestar Corporation and its eight Zhuhai-based subsidiaries, which include Zhuhai Ninestar Co. Ltd., "
            "Zhuhai Apex Co., Ltd., Zhuhai G&G Technology Co., Ltd., and Zhuhai Pu-Tech Industrial Co., Ltd.",
            "Ninestar Corporation",
            (
                "Zhuhai Ninestar Co. Ltd.",
                "Zhuhai Apex Co., Ltd.",
                "Zhuhai G&G Technology Co., Ltd.",
                "Zhuhai Pu-Tech Industrial Co., Ltd.",
            ),
            True,
        ),
        (
            "Jing Co., Ltd. (also known as Mian Co., Ltd. and JWD Technology; and formerly known as Old Co., Ltd.)",
            "Jing Co., Ltd.",
            ("Mian Co., Ltd.", "JWD Technology", "Old Co., Ltd."),
            False,
        ),
        (
            "Meike Ltd. (also known as Meike Co. and formerly known as Gaozhao Co., Ltd.)",
            "Meike Ltd.",
            ("Meike Co.", "Gaozhao Co., Ltd."),
            False,
        ),
        (
            "Bayi (also known as Xinjiang Bayi Iron and Steel Co. Ltd.; and Bayi Iron and Steel)",
            "Bayi",
            ("Xinjiang Bayi Iron and Steel Co. Ltd.", "Bayi Iron and Steel"),
            False,
        ),
        ("Xinjiang Energy (Group) Real Estate Co., Ltd", "Xinjiang Energy (Group) Real Estate Co., Ltd", (), False),
        ("Juye Cotton and Linen Station", "Juye Cotton and Linen Station", (), False),
        ("Broken (also known as A; and B", "Broken", ("A", "B"), False),
    ],
)
def test_uflpa_names(cell: str, name: str, aliases: tuple[str, ...], extends: bool) -> None:
    names = parse_names(cell)
    assert (names.name, names.aliases, names.subsidiaries) == (name, aliases, extends)


def test_uflpa_days() -> None:
    assert iso_day("June 21, 2022") == "2022-06-21"
    assert iso_day("Sept. 3, 2023") == "2023-09-03"
    assert iso_day("soon") == "soon"


def test_uflpa_small(tmp_path: Path) -> None:
    rows = "".join(
        f"<tr><td>{name}</td><td>{day}</td></tr>"
        for name, day in [
            ("A Co.", "June 21, 2022"),
            ("A Co.", "June 21, 2022"),
            ("B", "soon"),
            ("", ""),
            ("", "May 1, 2022"),
        ]
    )
    page = tmp_path / "p.html"
    page.write_text(
        "<html><table><tr><th>Other</th></tr><tr><td>x</td></tr></table><p>Section 2(d)(2)(B)(ii)</p>"
        f"<table><tr><th>Effective Date</th><th>Entity Name</th></tr></table>"
        f"<table><tr><th>Entity Name</th><th>Effective Date</th></tr>{rows}</table></html>"
    )
    (reading,) = read(UFLPA, page, list_date="2026-07-09")
    assert reading.source["retrieved_at"] == "2026-07-09"
    tally = reading.tallies[0]
    assert (tally.read, tally.loaded, tally.merged, tally.rejected) == (4, 1, 1, 2)
    assert reading.rejects["column"].tolist() == ["Effective Date", "Name of Entity"]
    assert reading.rows is not None
    assert set(reading.rows.headers) == {"section", "name_of_entity", "effective_date"}
    mended = reading.rows.frame.replace({"effective_date": {"soon": "July 1, 2022"}})
    (again,) = UFLPA.transform(replace(reading.rows, frame=mended), Options())
    assert again.records["findings"].set_index("subject_name")["valid_from"].to_dict()["B"] == "2022-07-01"
    page.write_text("<html><table><tr><td>x</td></tr></table></html>")
    with pytest.raises(InputError, match="is not the UFLPA Entity List"):
        read(UFLPA, page)


@pytest.mark.data
def test_uflpa_against_the_independent_extraction() -> None:
    (reading,) = read(UFLPA, real("us_lists", "uflpa_entity_list_2026-07-09.html"))
    frame = reading.records["findings"]
    assert Counter(frame["id"].str.extract(r"\(B\)\((\w+)\)")[0]) == {"i": 9, "ii": 43, "v": 108}
    tally = reading.tallies[0]
    assert (tally.read, tally.loaded, tally.merged, tally.rejected) == (160, 160, 0, 0)
    assert set(frame["subject_country"]) == {"CN"}
    assert set(frame["category"]) == {"forced_labour"}
    with real("us_lists", "dhs_uflpa.json").open(encoding="utf-8") as file:
        theirs = json.load(file)["entities"]
    assert len(theirs) == 148

    def bare(name: str) -> str:
        return name.rstrip(".")

    # They keep "and subsidiaries" and a short form in the name; we keep these as includes_subsidiaries and alias. So
    # their two entries of one company are one, and 148 are 147; one company is on their list in two spellings.
    hoshine = "Hoshine Silicon Industry (Shanshan) Co., Ltd"
    center, corps = "No. 4 Vocation Skills Education Training Center", "Xinjiang Production and Construction Corps"
    explained = {
        f"{hoshine} and subsidiaries": hoshine,
        f"{hoshine}., and Subsidiaries": hoshine,
        f"{center} (VSETC)": center,
        f"{corps} (XPCC)": corps,
    }
    listed: dict[str, set[tuple[str, str]]] = {}
    others: dict[str, set[str]] = {}
    for entity in theirs:
        name = explained.get(entity["name"], bare(entity["name"]))
        sections = re.findall(r"\(B\)\((\w+)\)", entity["notes"])
        listed.setdefault(name, set()).update((section, iso_day(entity["effective_date"])) for section in sections)
        for alias in entity["aliases"]:
            # Where they left two names in one alias, or the words before a name, we have the names alone.
            parts = alias.replace("Ltd. and ", "Ltd\x1f").replace("Co. and ", "Co\x1f").split("\x1f")
            others.setdefault(name, set()).update(bare(part.removeprefix("formerly known as ")) for part in parts)
    others[center] = {"VSETC"}
    # They give an entity one day, though the page gives this one another day in each section.
    listed["Xinjiang Habahe Ashele Copper Co., Ltd"] = {("ii", "2024-08-09"), ("v", "2025-01-15")}

    ours_listed: dict[str, set[tuple[str, str]]] = {}
    ours_others: dict[str, set[str]] = {}
    for row in frame.fillna({"subject_aliases": ""}).to_dict("records"):
        name = bare(row["subject_name"])
        section = row["id"].split("(B)(")[1].split(")")[0]
        ours_listed.setdefault(name, set()).add((section, row["valid_from"]))
        if row["subject_aliases"]:
            ours_others.setdefault(name, set()).update(bare(alias) for alias in row["subject_aliases"].split("|"))
    assert ours_listed == listed
    assert ours_others == others
    extends = frame[frame["includes_subsidiaries"].astype(bool)]["subject_name"].map(bare)
    assert set(extends) == {hoshine, corps}


def uflpa_page(path: Path, *names: str) -> Reading:
    rows = "".join(f"<tr><td>{name}</td><td>June 21, 2022</td></tr>" for name in names)
    path.write_text(
        "<html><p>Section 2(d)(2)(B)(ii)</p>"
        f"<table><tr><th>Entity Name</th><th>Effective Date</th></tr>{rows}</table></html>"
    )
    return read(UFLPA, path)[0]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_uflpa_an_entry_ends_with_the_first_delivery_that_lacks_it(tmp_path: Path, order: tuple[int, ...]) -> None:
    readings = [
        uflpa_page(tmp_path / "uflpa_2025-01-15.html", "A Co.", "B Co."),
        uflpa_page(tmp_path / "uflpa_2025-08-01.html", "B Co."),
        uflpa_page(tmp_path / "uflpa_2026-07-09.html", "B Co.", "C Co."),
    ]
    assert [reading.source["id"] for reading in readings] == [
        "uflpa:2025-01-15",
        "uflpa:2025-08-01",
        "uflpa:2026-07-09",
    ]
    sets = [RecordSet(readings[place].source, number, readings[place].records) for number, place in enumerate(order, 1)]
    frame = derive(sets)["Finding"].sort_values("subject_name")
    columns = ["subject_name", "status", "valid_from", "valid_to", "first_seen", "last_seen"]
    assert frame[columns].fillna("").to_numpy().tolist() == [
        ["A Co.", "lifted", "2022-06-21", "2025-08-01", "2025-01-15", "2025-01-15"],
        ["B Co.", "standing", "2022-06-21", "", "2025-01-15", "2026-07-09"],
        ["C Co.", "standing", "2022-06-21", "", "2026-07-09", "2026-07-09"],
    ]
    assert "not on the list of 2025-08-01" in frame["note"].iloc[0]


def test_uflpa_a_delivery_without_a_day_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    reading = uflpa_page(tmp_path / "page.html", "A Co.")
    assert reading.replace
    assert reading.source["id"] == "uflpa"
    assert "series" not in reading.source

"""The factory lists of NIKE, Inc.: hand-made ones for each trap, and both real years."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlrd

from graph_core.day import Day, Parameters
from graph_core.derive import derive
from graph_core.errors import InputError
from graph_core.graph import Graph
from graph_core.store.base import RecordSet
from loaders import registry, schemas
from loaders.base import Options, Reading, silent
from loaders.formats.nike import LOADER, as_of, split_names
from loaders.sites import folded, site_id

DATA = Path(__file__).parents[2].parent / "shared" / "data"
NIKE = "brand:NIKE, Inc."
OLD = (
    'Factory Name,Factory Type,Product Type,"Nike, Inc. Brand(s)",Events,Supplier Group,Address,City,State,Postal Code,'
    "Country/Region,Region,Total Workers,Line Workers,% Female Workers,% Migrant Workers,Contact Name,Contact Email,"
    "Subcons"
)
NEW = (
    'Factory Name,Factory Type,Product Type Type,"Nike, Inc. Brand(s)",Events,Supplier Group,Address,City,State,'
    "Postal Code,Country / Region,Region,Total Workers,Line Workers,% Female Workers,% Migrant Workers"
)


def real(*parts: str) -> Path:
    path = DATA.joinpath(*parts)
    if not path.exists():
        message = f"the real data set {'/'.join(parts)} is not beside the checkout"
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail(message)
        pytest.skip(message)
    return path


def row(name: str, **cells: str) -> str:
    """A row of the newer form."""
    said = {
        "kind": "FINISHED GOODS",
        "product": "Apparel",
        "brands": "Nike",
        "events": "",
        "group": "",
        "address": "1 Road",
        "city": "Hue",
        "country": "Vietnam",
        "workers": "100",
        "line_workers": "90",
        "female": "71",
        "migrant": "0",
    } | cells
    before = [name, said["kind"], said["product"], said["brands"], said["events"], said["group"]]
    place = [said["address"], said["city"], "", "0", said["country"], "SE ASIA"]
    return ",".join(
        f'"{cell}"' for cell in [*before, *place, *(said[k] for k in ("workers", "line_workers", "female", "migrant"))]
    )


def old_row(name: str, subcons: str = "", **cells: str) -> str:
    """A row of the older form."""
    return f'{row(name, **cells)},A Person,person@example.org,"{subcons}"'


def one(path: Path, rows: list[str], banner: str | None = "AUG 2023", *, head: str = NEW, **options: str) -> Reading:
    lines = [] if banner is None else [f'"Data Export - Filters applied:  (none) Data As Of {banner}"']
    path.write_text("\n".join([*lines, head, *rows]) + "\n", encoding="utf-8")
    (reading,) = LOADER.read(path, Options(**options), silent)
    schemas.check(reading.records)
    return reading


def table(reading: Reading, name: str, *columns: str) -> list[list[Any]]:
    frame = reading.records[name][list(columns)]
    return frame.astype(object).where(frame.notna(), None).to_numpy().tolist()


def counts(reading: Reading) -> tuple[int, int, int, int]:
    (tally,) = reading.tallies
    return tally.read, tally.loaded, tally.merged, tally.rejected


def graph(*readings: Reading) -> Graph:
    return derive([RecordSet(reading.source, number, reading.records) for number, reading in enumerate(readings, 1)])


def spans(made: Graph, buyer: str = NIKE) -> dict[str, list[tuple[str, str | None]]]:
    """Intervals of the links to a buyer, by supplier."""
    links = made["SUPPLIES"]
    links = links[links["end"] == buyer]
    found: dict[str, list[tuple[str, str | None]]] = {}
    for start, begin, end in zip(links["start"], links["valid_from"], links["valid_to"], strict=True):
        found.setdefault(start, []).append((begin, None if pd.isna(end) else end))
    return {start: sorted(pieces) for start, pieces in found.items()}


# --- day, columns, cells


@pytest.mark.parametrize(
    ("banner", "day"),
    [
        ("Data Export - Filters applied:    (none) Data As Of AUG 2023", "2023-08-01"),
        (
            "Nike Global Manufacturing Data Export - Filters applied: (NIKE)        Data As Of   February 2021",
            "2021-02-01",
        ),
        ("data as of: Sept. 2022", "2022-09-01"),
        ("Data As Of May 15, 2024", "2024-05-15"),
        ("Data As Of 15 May 2024", "2024-05-15"),
        ("Data As Of Feb 30, 2024", None),
        ("Data As Of Soon 2024", None),
        ("Data Export", None),
        ("", None),
    ],
)
def test_day_of_a_banner(banner: str, day: str | None) -> None:
    assert as_of(banner) == day


def test_one_factory(tmp_path: Path) -> None:
    reading = one(
        tmp_path / "n.csv", [row("A & B Co., Ltd.", group="MAS HOLDINGS", events="Collegiate", female="71.0%")]
    )
    assert counts(reading) == (1, 1, 0, 0)
    assert (reading.source["id"], reading.source["series"], reading.source["retrieved_at"]) == (
        "nike:2023-08-01",
        "nike",
        "2023-08-01",
    )
    assert reading.replace
    site = site_id("VN", "A & B Co., Ltd.", "Hue")
    assert table(reading, "facilities", "id", "name", "address", "country", "product", "facility_type", "workers") == [
        [site, "A & B Co., Ltd.", "1 Road, Hue", "VN", "Apparel", "FINISHED GOODS", "100"]
    ]
    assert table(reading, "facilities", "note") == [
        ["90 line workers, 71% female, 0% migrant workers, events: Collegiate"]
    ]
    assert table(reading, "organizations", "id", "name", "roles") == [
        [NIKE, "NIKE, Inc.", "brand"],
        ["company:MAS HOLDINGS", "MAS HOLDINGS", None],
    ]
    assert table(reading, "ownership", "owner_id", "owned_id", "percent", "kind") == [
        ["company:MAS HOLDINGS", site, None, None]
    ]
    assert table(reading, "links", "supplier_id", "buyer_id", "product", "disclosure", "evidence", "list_id") == [
        [site, NIKE, "Apparel", "direct", "documented", "nike:2023-08-01"]
    ]
    assert table(reading, "lists", "id", "buyer_id", "series", "date", "title", "source") == [
        ["nike:2023-08-01", NIKE, "nike", "2023-08-01", "list of 2023-08", "nike:2023-08-01"]
    ]


def test_the_user_knows_the_day_the_buyer_and_the_series(tmp_path: Path) -> None:
    said = one(tmp_path / "n.csv", [row("A")], None, list_date="2022-03-04", brand="Converse", series="shoes")
    assert said.source["id"] == "shoes:Converse:2022-03-04"
    assert table(said, "lists", "buyer_id", "series", "date") == [["brand:Converse", "shoes", "2022-03-04"]]
    assert said.records["links"]["buyer_id"].tolist() == ["brand:Converse"]
    assert one(tmp_path / "n.csv", [row("A")], list_date="2024-01-01").source["id"] == "nike:2024-01-01"


def test_without_a_day_the_links_are_open(tmp_path: Path) -> None:
    reading = one(tmp_path / "n.csv", [row("A")], None)
    assert reading.source["id"] == "nike"
    assert "lists" not in reading.records
    assert table(reading, "links", "valid_from", "list_id") == [[None, None]]
    assert any("name it with --list-date" in note for note in reading.notes)


@pytest.mark.parametrize("group", ["NO GROUP (AP)", "No Group", "NO SUPPLIER GROUP", ""])
def test_no_group_is_no_company(tmp_path: Path, group: str) -> None:
    reading = one(tmp_path / "n.csv", [row("A", group=group), row("B", group="NO GROUPING LTD")])
    assert reading.records["ownership"]["owner_id"].tolist() == ["company:NO GROUPING LTD"]


@pytest.mark.parametrize(
    ("kind", "product", "delivered", "disclosure"),
    [
        ("FINISHED GOODS", "FOOTWEAR", "Footwear", "direct"),
        ("FINISHED GOODS - COMPONENTS", "FOOTWEAR", "Footwear components", "indirect"),
        ("MATERIALS", "Footwear", "Materials", "indirect"),
        ("MATERIALS", "MATERIALS", "Materials", "indirect"),
        ("FINISHED GOODS", "Apparel, Equipment", "Apparel|Equipment", "direct"),
        ("FINISHED GOODS", "", None, "direct"),
    ],
)
def test_what_a_factory_delivers_and_whether_another_stands_between(
    tmp_path: Path, kind: str, product: str, delivered: str | None, disclosure: str
) -> None:
    """A mill whose product type says footwear makes none, and is no tier 1 of the brand."""
    reading = one(tmp_path / "n.csv", [row("A", kind=kind, product=product)])
    assert table(reading, "links", "product", "disclosure") == [[delivered, disclosure]]
    assert table(reading, "facilities", "product", "facility_type") == [[delivered, kind]]


def test_other_brands_of_the_company_stand_in_the_note(tmp_path: Path) -> None:
    reading = one(tmp_path / "n.csv", [row("A", brands="NIKE, Converse"), row("B", brands="Converse"), row("C")])
    notes = reading.records["facilities"]["note"].tolist()
    assert ["brands: NIKE, Converse" in notes[0], "brands: Converse" in notes[1], "brands" in notes[2]] == [
        True,
        True,
        False,
    ]
    assert set(reading.records["links"]["buyer_id"]) == {NIKE}


def test_contacts_are_dropped_as_they_are_read(tmp_path: Path) -> None:
    reading = one(tmp_path / "n.csv", [old_row("A"), old_row("", country="Nowhere")], "February 2021", head=OLD)
    assert reading.rows is not None
    everything = reading.rows.frame.to_csv() + "".join(frame.to_csv() for frame in reading.records.values())
    assert "Person" not in everything + reading.rejects.to_csv()
    assert "person@" not in everything + str(reading.rows.headers)
    assert any("Contact Name, Contact Email are personal data" in note for note in reading.notes)


def test_rejects_name_the_headers_of_the_file(tmp_path: Path) -> None:
    rows = [row(""), row("A", country="Atlantis"), row("B"), row("B")]
    reading = one(tmp_path / "n.csv", rows)
    assert counts(reading) == (4, 1, 1, 2)
    assert reading.rejects[["line", "column", "value"]].to_numpy().tolist() == [
        [3, "Factory Name", ""],
        [4, "Country / Region", "Atlantis"],
    ]


def test_a_corrected_row_is_of_the_same_list(tmp_path: Path) -> None:
    """The banner is gone when a reject is loaded alone: what it said stands in the row."""
    rows = [row("A", address="1 Road", country="Atlantis"), row("A", address="2 Road"), row("A", address="3 Road")]
    reading = one(tmp_path / "n.csv", rows)
    assert reading.rows is not None
    bad = reading.rows.frame["line"] == reading.rejects["line"].iloc[0]
    fixed = reading.rows.frame[bad].assign(**{"country_/_region": "Vietnam"})
    (again,) = LOADER.transform(replace(reading.rows, frame=fixed, rejects=[], notes=[], banner=()), Options())
    assert again.records["links"]["list_id"].tolist() == ["nike:2023-08-01"]
    assert again.records["lists"]["date"].tolist() == ["2023-08-01"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "lacks Factory Name and Country / Region"),
        ("Factory Name,City\nA,B\n", "lacks Country / Region"),
        ("", "is empty"),
        ("%PDF-1.4", "it looks like a PDF"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        list(LOADER.read(path, Options(), silent))
    with pytest.raises(InputError, match="holds no list"):
        list(
            LOADER.read(tmp_path / "..", Options(), silent)
            if text
            else LOADER.read(_empty(tmp_path), Options(), silent)
        )


def _empty(tmp_path: Path) -> Path:
    (tmp_path / "empty").mkdir()
    return tmp_path / "empty"


# --- ids


def test_one_factory_is_one_id_in_both_years(tmp_path: Path) -> None:
    old = one(tmp_path / "a.csv", [old_row("A & B CO., LTD", address="1 ROAD.", city="HUẾ")], "FEB 2021", head=OLD)
    new = one(tmp_path / "b.csv", [row("A & B Co.,Ltd.", address="One Road", city="Hue")])
    assert old.records["facilities"]["id"].tolist() == new.records["facilities"]["id"].tolist()


def test_two_factories_of_one_name_stay_two(tmp_path: Path) -> None:
    rows = [row("A", address="1 Road"), row("A", address="2 Road"), row("A", city="Da Nang"), row("A", country="China")]
    reading = one(tmp_path / "n.csv", rows)
    assert reading.records["facilities"]["id"].tolist() == [
        site_id("VN", "A", "Hue", "1 Road"),
        site_id("VN", "A", "Hue", "2 Road"),
        site_id("VN", "A", "Da Nang"),
        site_id("CN", "A", "Hue"),
    ]


def test_a_factory_with_a_row_a_product_is_one_factory_with_two_links(tmp_path: Path) -> None:
    rows = [
        row("A", product="Apparel", group="G"),
        row("A", product="Footwear", group="G"),
        row("A", product="Footwear"),
    ]
    reading = one(tmp_path / "n.csv", rows)
    assert counts(reading) == (3, 1, 2, 0)
    assert table(reading, "facilities", "product", "facility_type") == [["Apparel|Footwear", "FINISHED GOODS"]]
    assert reading.records["links"]["product"].tolist() == ["Apparel", "Footwear"]
    assert len(reading.records["ownership"]) == 1


# --- lists


def test_a_list_ends_the_one_before(tmp_path: Path) -> None:
    old = one(tmp_path / "a.csv", [old_row("A", product="APPAREL"), old_row("B"), old_row("C")], "FEB 2021", head=OLD)
    new = one(tmp_path / "b.csv", [row("A", workers="7"), row("C", product="Footwear"), row("D")])
    for made in (graph(old, new), graph(new, old)):
        assert spans(made) == {
            site_id("VN", "A", "Hue"): [("2021-02-01", None)],
            site_id("VN", "B", "Hue"): [("2021-02-01", "2023-08-01")],
            site_id("VN", "C", "Hue"): [("2021-02-01", "2023-08-01"), ("2023-08-01", None)],
            site_id("VN", "D", "Hue"): [("2023-08-01", None)],
        }
        sites = made["Facility"].set_index("id")
        assert sites.loc[site_id("VN", "A", "Hue"), "workers"] == "7"


@pytest.mark.parametrize(
    ("filters", "series"), [("(none)", "nike"), ("(NIKE)", "nike"), ("(Footwear)", "nike (Footwear)")]
)
def test_a_part_of_the_list_does_not_end_the_whole(tmp_path: Path, filters: str, series: str) -> None:
    path = tmp_path / "n.csv"
    path.write_text(f'"Filters applied: {filters} Data As Of AUG 2024"\n{NEW}\n{row("A")}\n')
    (part,) = LOADER.read(path, Options(), silent)
    assert part.records["lists"]["series"].tolist() == [series]
    assert any("is filtered" in note for note in part.notes) == (filters != "(none)")
    (said,) = LOADER.read(path, Options(series="x"), silent)
    assert said.records["lists"]["series"].tolist() == ["x"]


# --- subcontractors


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("Son Kha Screen Printing Co. Ltd, TTG Co. Ltd.", ["Son Kha Screen Printing Co. Ltd", "TTG Co. Ltd."]),
        ("Dona Pacific Co., Ltd., Dona Standard Co., Ltd", ["Dona Pacific Co., Ltd.", "Dona Standard Co., Ltd"]),
        ("HI TECH APPAREL CO LTD, BRANCH 70", ["HI TECH APPAREL CO LTD, BRANCH 70"]),
        ("A & K Designs, Inc., Hapco", ["A & K Designs, Inc.", "Hapco"]),
        ("Ningbo Co.,Ltd #3 Factory,Other", ["Ningbo Co.,Ltd #3 Factory", "Other"]),
        ("One|Two", ["One", "Two"]),
        (" , ", []),
    ],
)
def test_names_of_subcontractors(cell: str, names: list[str]) -> None:
    assert split_names(cell) == names


def test_subcontractors(tmp_path: Path) -> None:
    rows = [
        old_row("Maker", "PRINTER CO. LTD, Hapco, Maker, Twin"),
        old_row("Printer Co., Ltd"),
        old_row("Twin", address="1"),
        old_row("Twin", address="2"),
    ]
    old = one(tmp_path / "a.csv", rows, "FEB 2021", head=OLD)
    maker = site_id("VN", "Maker", "Hue")
    inner = old.records["links"]
    inner = inner[inner["buyer_id"] == maker]
    assert inner["supplier_id"].tolist() == [site_id("VN", "Printer Co., Ltd", "Hue"), "company:Hapco", "company:Twin"]
    assert set(inner["list_id"]) == {"nike:2021-02-01:subcontractors"}
    assert set(inner["evidence"]) == {"documented"}
    organizations = old.records["organizations"].set_index("id")["roles"]
    assert organizations["company:Hapco"] == "subcontractor"
    assert any("1 factories name subcontractors: 3 links, of which 1 to a factory" in note for note in old.notes)


def test_a_file_without_the_column_does_not_end_subcontracting(tmp_path: Path) -> None:
    old = one(tmp_path / "a.csv", [old_row("Maker", "Hapco"), old_row("Other", "Inko")], "FEB 2021", head=OLD)
    new = one(tmp_path / "b.csv", [row("Maker"), row("Other")])
    maker, other = site_id("VN", "Maker", "Hue"), site_id("VN", "Other", "Hue")
    assert spans(graph(old, new), maker) == {"company:Hapco": [("2021-02-01", None)]}
    later = one(tmp_path / "c.csv", [old_row("Maker", "Hapco"), old_row("Other")], "MAY 2024", head=OLD)
    made = graph(old, new, later)
    assert spans(made, maker) == {"company:Hapco": [("2021-02-01", None)]}
    assert spans(made, other) == {"company:Inko": [("2021-02-01", "2024-05-01")]}


# --- real files


@pytest.fixture(scope="module")
def years() -> tuple[Reading, Reading]:
    old, new = LOADER.read(real("nike"), Options(), silent)
    return old, new


@pytest.fixture(scope="module")
def both(years: tuple[Reading, Reading]) -> Graph:
    return graph(*years)


def cells(file: str) -> list[dict[str, str]]:
    """Rows of a real workbook, read without the loader."""
    sheet = xlrd.open_workbook(real("nike", file)).sheet_by_index(0)
    rows = [sheet.row_values(number) for number in range(sheet.nrows)]
    place = next(n for n, line in enumerate(rows) if "Factory Name" in line)
    header = [str(cell).strip() for cell in rows[place]]
    return [dict(zip(header, map(str, line), strict=False)) for line in rows[place + 1 :] if any(line)]


@pytest.mark.data
def test_real_counts(years: tuple[Reading, Reading]) -> None:
    old, new = years
    assert counts(old) == (498, 498, 0, 0)
    assert counts(new) == (643, 643, 0, 0)
    assert (old.source["id"], new.source["id"]) == ("nike:2021-02-01", "nike:2023-08-01")
    for reading, rows in ((old, cells("nike_imap_2021-02.xls")), (new, cells("nike_imap_2023-08.xls"))):
        links = reading.records["links"]
        to_nike = links[links["buyer_id"] == NIKE]
        assert len(to_nike) == len(rows) == to_nike["supplier_id"].nunique()
        kinds = Counter(r["Factory Type"] for r in rows)
        assert (to_nike["disclosure"] == "direct").sum() == kinds["FINISHED GOODS"]
        groups = [r["Supplier Group"] for r in rows if not r["Supplier Group"].startswith("NO ")]
        assert len(reading.records["ownership"]) == len(groups)
        assert reading.records["ownership"]["owner_id"].nunique() == len(set(groups))
        assert reading.records["facilities"]["country"].notna().all()
    assert not any("%%" in str(note) or "nan" in str(note) for note in new.records["facilities"]["note"])


@pytest.mark.data
def test_real_subcontractors(years: tuple[Reading, Reading]) -> None:
    old, new = years
    rows = [r for r in cells("nike_imap_2021-02.xls") if r["Subcons"].strip()]
    assert len(rows) == 40
    links = old.records["links"]
    inner = links[links["buyer_id"] != NIKE]
    assert len(inner) == 72
    # All but two subcontractors are factories of the same list, letter for letter.
    listed = inner["supplier_id"].isin(old.records["facilities"]["id"])
    assert (listed.sum(), set(inner.loc[~listed, "supplier_id"])) == (
        61,
        {"company:Hapco Screen Printing", "company:JEONGSAN INTERNATIONAL (KOREA)"},
    )
    names = [name for r in rows for name in split_names(r["Subcons"])]
    own = sum(folded(name) == folded(r["Factory Name"]) for r in rows for name in split_names(r["Subcons"]))
    assert (len(names), own) == (79, 7)
    assert set(new.records["links"]["buyer_id"]) == {NIKE}


@pytest.mark.data
def test_real_links_over_both_years(years: tuple[Reading, Reading], both: Graph) -> None:
    old, new = (set(reading.records["facilities"]["id"]) for reading in years)
    assert (len(old), len(new), len(old & new)) == (498, 643, 279)
    found = spans(both)
    assert set(found) == old | new
    assert {tuple(found[site]) for site in old - new} == {(("2021-02-01", "2023-08-01"),)}
    assert {tuple(found[site]) for site in new - old} == {(("2023-08-01", None),)}
    first, last = (
        {
            r["supplier_id"]: (r["product"], r["disclosure"])
            for r in reading.records["links"].to_dict("records")
            if r["buyer_id"] == NIKE
        }
        for reading in years
    )
    for site in old & new:
        unbroken = [("2021-02-01", None)]
        broken = [("2021-02-01", "2023-08-01"), ("2023-08-01", None)]
        assert found[site] == (unbroken if first[site] == last[site] else broken)
    assert sum(first[site] == last[site] for site in old & new) == 268
    for day, suppliers in [("2021-01-31", 0), ("2021-02-01", 498), ("2023-07-31", 498), ("2023-08-01", 643)]:
        (figures,) = Day(both, Parameters(day)).exposures([NIKE])
        assert figures["suppliers"] == suppliers


@pytest.mark.data
def test_no_factory_matches_the_uflpa_list(years: tuple[Reading, Reading]) -> None:
    page = real("us_lists", "uflpa_entity_list_2026-07-09.html")
    listed = list(registry.get("uflpa").read(page, Options(), silent))
    made = graph(*years, *listed)
    assert len(made["Finding"]) == 160
    assert len(made["ABOUT"]) == 0
    (figures,) = Day(made, Parameters("2026-07-09")).exposures([NIKE])
    assert figures["score"] == 0.0
    assert figures["flagged_suppliers"] == 0
    assert figures["classes"]["named"] == 0.0
    assert figures["waiting_reviews"] == 0

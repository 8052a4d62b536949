"""The Entity List of export control: what one row becomes, and that it never is a finding of forced labour."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from graph_core.day import Day, Parameters
from graph_core.derive import derive
from graph_core.errors import InputError
from graph_core.store.base import RecordSet
from loaders import registry
from loaders.base import Options, Reading, silent
from loaders.formats.bis import LOADER

LIST = Path(__file__).parents[2].parent / "shared" / "data" / "us_lists" / "bis_entity_list.json"


def real() -> list[dict[str, Any]]:
    """Entries of the real list, or the test is skipped."""
    if not LIST.exists():
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail("the real Entity List is not beside the checkout")
        pytest.skip("the real Entity List is not beside the checkout")
    entities: list[dict[str, Any]] = json.loads(LIST.read_text("utf-8"))["entities"]
    return entities


def read(path: Path, **options: str) -> Reading:
    (reading,) = LOADER.read(path, Options(**options), silent)
    return reading


def entry(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "aliases": [], "country": "China", "federal_register": "76 FR 71869, 11/21/11", **more}


def listed(path: Path, *entries: dict[str, Any]) -> Reading:
    (path / "list.json").write_text(json.dumps({"entities": entries}))
    return read(path / "list.json")


def test_an_entry(tmp_path: Path) -> None:
    row = entry("A Co.", aliases=["B; and", "C, Inc."], address="1 Road;\n2 Road", notes="For all items")
    reading = listed(tmp_path, row)
    (found,) = reading.records["findings"].dropna(axis="columns").to_dict("records")
    assert found == {
        "id": "bis:CN:A Co.",
        "subject_name": "A Co.",
        "subject_aliases": "B|C, Inc.",
        "subject_country": "CN",
        "kind": "listing",
        "category": "export_control",
        "authority": "US Department of Commerce, Bureau of Industry and Security",
        "valid_from": "2011-11-21",
        "source_title": "Entity List (EAR, supplement no. 4 to part 744)",
        "source_url": "https://www.ecfr.gov/current/title-15/subtitle-B/chapter-VII/subchapter-C/part-744",
        "note": "export control, no finding of forced labour; Federal Register: 76 FR 71869, 11/21/11; "
        "licence requirement: For all items; address: 1 Road; 2 Road",
        "line": 1,
    }
    assert reading.source["id"] == "bis"
    assert read(tmp_path / "list.json", list_date="2026-07-09").source["id"] == "bis:2026-07-09"


@pytest.mark.parametrize(
    ("cited", "day"),
    [
        ("76 FR 71869, 11/21/11", "2011-11-21"),
        ("76 FR 71869 11/21/11", "2011-11-21"),
        ("76 FR 71869,\n11/21/11.\n85 FR 83769, 12/23/20", "2011-11-21"),
        ("85 FR 83769, 12/23/20. 76 FR 71869, 1/2/11", "2011-01-02"),
        ("87 FR 1, 3/4/2022", "2022-03-04"),
        ("62 FR 35334, 6/30/97", "1997-06-30"),
        ("65 FR 14444, 3/17/00", "2000-03-17"),
        ("80 FR 80646 preview citation details, 12/28/15", "2015-12-28"),
        ("86 FR 67319", None),
        ("86 FR 67319, 2/30/20", None),
        ("", None),
    ],
)
def test_the_first_day(tmp_path: Path, cited: str, day: str | None) -> None:
    frame = listed(tmp_path, entry("A", federal_register=cited), entry("B")).records["findings"]
    assert frame["valid_from"].fillna("").tolist() == [day or "", "2011-11-21"]
    assert " ".join(cited.split()) in frame["note"].iloc[0]


def test_crimea_is_a_region(tmp_path: Path) -> None:
    frame = listed(tmp_path, entry("A", country="Crimea Region of Ukraine"), entry("A", country="Ukraine")).records[
        "findings"
    ]
    columns = ["id", "subject_country", "scope_country", "scope_region"]
    assert frame[columns].fillna("").to_numpy().tolist() == [
        ["bis:UA:Crimea:A", "UA", "UA", "Crimea"],
        ["bis:UA:A", "UA", "", ""],
    ]


def test_a_party_twice_in_one_country(tmp_path: Path) -> None:
    reading = listed(
        tmp_path,
        entry("A", aliases=["B"], federal_register="1 FR 2, 3/4/15"),
        entry("C"),
        entry("A", aliases=["B", "D"], address="Karachi"),
        entry("C"),
        entry("A", country="Pakistan"),
        entry("E", country="Atlantis"),
        entry(""),
    )
    (tally,) = reading.tallies
    assert (tally.read, tally.loaded, tally.merged, tally.rejected) == (7, 4, 1, 2)
    frame = reading.records["findings"]
    assert frame[["id", "subject_aliases", "valid_from"]].fillna("").to_numpy().tolist() == [
        ["bis:CN:A", "B|D", "2011-11-21"],
        ["bis:CN:C", "", "2011-11-21"],
        ["bis:PK:A", "", "2011-11-21"],
    ]
    assert all(text in frame["note"].iloc[0] for text in ("1 FR 2", "76 FR 71869", "Karachi"))
    assert reading.rejects[["line", "column", "value"]].to_numpy().tolist() == [
        [6, "country", "Atlantis"],
        [7, "name", ""],
    ]
    assert any("a party of the same country again, joined to it: 1" in note for note in reading.notes)


def test_the_consolidated_screening_list(tmp_path: Path) -> None:
    ours = "Entity List (EL) - Bureau of Industry and Security"
    (tmp_path / "csl.csv").write_text(
        "_id,source,entity_number,type,name,addresses,federal_register_notice,start_date,end_date,"
        "license_requirement,license_policy,alt_names,remarks\n"
        f'1,{ours},,,A Ltd.,"1 Road, Hong Kong, HK; 2 Road, HK",80 FR 69852,2015-11-12,,All items,'
        "Presumption of denial.,B Ltd; C; and D Ltd.,\n"
        f'2,{ours},,,E Ltd.,"1 Road, Dubai, AE; 2 Road, IR",81 FR 1,2016-06-21,2020-01-01,All,,,\n'
        f'3,{ours},,,F,CN,"66 FR 24266, 77 FR 58006 (no. 182)",2001-05-14,,,,,\n'
        f"4,{ours},,,G,,1 FR 1,,,,,,\n"
        '5,Specially Designated Nationals (SDN) - Treasury Department,1,Entity,H,"1 Road, US",,,,,,,\n'
    )
    reading = read(tmp_path / "csl.csv")
    columns = ["subject_name", "subject_aliases", "subject_country", "valid_from", "valid_to"]
    assert reading.records["findings"][columns].fillna("").to_numpy().tolist() == [
        ["A Ltd.", "B Ltd|C|D Ltd.", "HK", "2015-11-12", ""],
        ["E Ltd.", "", "", "2016-06-21", "2020-01-01"],
        ["F", "", "CN", "2001-05-14", ""],
        ["G", "", "", "", ""],
    ]
    assert "licence review policy: Presumption of denial." in reading.records["findings"]["note"].iloc[0]
    assert reading.tallies[0].read == 4
    assert any("rows of other lists than the Entity List, left out: 1" in note for note in reading.notes)
    assert any("columns that were not read: _id, entity_number, type, remarks" in note for note in reading.notes)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", "x,y\n1,2\n"), ("a.csv", "name,country\nA,CN\n"), ("a.json", '{"entities": []}'), ("a.json", "{")],
)
def test_other_files(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=re.escape(name)):
        read(tmp_path / name)


@pytest.mark.parametrize("more", [{}, {"federal_register": ""}, {"federal_register": None}])
def test_a_list_of_another_authority_is_no_export_control(tmp_path: Path, more: dict[str, Any]) -> None:
    """Orders of US Customs have the same columns, and days; they cite no page of the Federal Register."""
    orders = {
        "name": "A",
        "country": "China",
        "status": "Active",
        "effective_date": "2019-04-10",
        "notes": "WRO",
        **more,
    }
    (tmp_path / "orders.json").write_text(json.dumps({"entities": [orders]}))
    with pytest.raises(InputError, match=r"orders\.json is not the Entity List: .*'federal_register'.*'source'"):
        read(tmp_path / "orders.json")


@pytest.mark.data
def test_the_real_orders_of_customs_are_no_export_control() -> None:
    real()
    with pytest.raises(InputError, match="is not the Entity List"):
        read(LIST.with_name("cbp_wro.json"))


def test_a_list_without_entries(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name,federal_register\n")
    assert read(tmp_path / "a.csv").records["findings"].empty


@pytest.mark.data
def test_the_real_list() -> None:
    entries = real()
    reading = read(LIST)
    frame = reading.records["findings"]
    (tally,) = reading.tallies
    assert (tally.read, tally.loaded, tally.merged, tally.rejected) == (3_409, 3_409, 0, 0)
    assert len(frame) == len({(row["name"], row["country"]) for row in entries}) == 3_406
    assert set(frame["category"]) == {"export_control"}
    assert frame["subject_country"].notna().all()
    # The list names these three again in one country, with another address or another page of the register.
    again = Counter((row["name"], row["country"]) for row in entries)
    assert sorted(name for (name, _), number in again.items() if number > 1) == [
        "People's Steel Mills",
        "Wong Yung Fai",
        "Zurmat General Trading",
    ]
    assert frame["note"].str.contains(" || ", regex=False).sum() == 3
    assert (frame["scope_region"] == "Crimea").sum() == sum("Crimea" in row["country"] for row in entries) == 28
    # Two entries have citations without a day.
    open_ended = frame[frame["valid_from"].isna()]
    assert set(open_ended["subject_name"]) == {
        row["name"] for row in entries if not re.search(r"\d/\d+/\d", row["federal_register"])
    }
    assert len(open_ended) == 2
    assert frame["valid_from"].min() == "1997-06-30"
    said = {alias.removesuffix("; and").strip() for row in entries for alias in row["aliases"]}
    assert {alias for cell in frame["subject_aliases"].dropna() for alias in cell.split("|")} == said
    for row in entries[::50]:
        days = re.findall(r"(\d+)/(\d+)/(\d\d)\b", row["federal_register"])
        first = min(f"{'19' if year > '90' else '20'}{year}-{int(month):02}-{int(day):02}" for month, day, year in days)
        (found,) = frame.loc[frame["line"] == entries.index(row) + 1, "valid_from"]
        assert found == first


@pytest.mark.data
def test_an_entry_raises_no_exposure_and_is_shown(tmp_path: Path) -> None:
    name = real()[1000]["name"]
    files = {
        "organizations.csv": "id,name,roles,country\nX,Brand,brand,\n",
        "facilities.csv": f'id,name,country\nA,"{name}",CN\n',
        "links.csv": "supplier_id,buyer_id\nA,X\n",
    }
    for file, text in files.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    readings = [*registry.get("tables").read(tmp_path, Options(), silent), read(LIST)]
    sets = [RecordSet(reading.source, number, reading.records) for number, reading in enumerate(readings, start=1)]
    day = Day(derive(sets), Parameters("2026-06-30"))
    (figures,) = day.exposures(["X"])
    assert figures["score"] is None
    assert day.table.day.flags.empty
    shown = [found for found in day.party("A")["findings"] if found["rule"] == "equal_name"]
    assert [(found["category"], found["standing"], found["class"]) for found in shown] == [
        ("export_control", True, None)
    ]

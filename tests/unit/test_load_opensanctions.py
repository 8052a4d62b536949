"""OpenSanctions: entities, changes and targets, from small files to figures."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from graph_core.day import Day, Parameters
from graph_core.derive import derive
from graph_core.errors import InputError
from graph_core.store.base import RecordSet
from loaders import registry, schemas
from loaders.base import Options, Reading, silent
from loaders.data import table_rows
from loaders.files.rawtable import RawTable
from loaders.files.tablefile import read_chunks
from loaders.formats.opensanctions import loader as opensanctions
from loaders.formats.opensanctions.cells import country, dates_at_end, day_after, first_day, percent, values
from loaders.formats.opensanctions.keys import keys, schemata
from loaders.formats.opensanctions.loader import LOADER

SECTION = "A list of entities in Xinjiang that mine, produce, or manufacture with forced labor - Section 2(d)(2)(B)(i)"
SEEN = {"first_seen": "2023-10-11T06:12:05", "last_seen": "2026-07-09T06:00:11", "last_change": "2024-05-16T06:00:00"}


def entity(schema: str, identity: str, *datasets: str, **properties: str | list[str]) -> dict[str, Any]:
    """An entity as the exporter writes it."""
    props = {name: [value] if isinstance(value, str) else value for name, value in properties.items()}
    caption = (props.get("name") or props.get("program") or [schema])[0]
    head = {"id": identity, "caption": caption, "schema": schema, "properties": props, "referents": []}
    return {**head, "datasets": list(datasets) or ["us_dhs_uflpa"], **SEEN, "target": "topics" in props}


def sanction(identity: str, subject: str, *datasets: str, **properties: str | list[str]) -> dict[str, Any]:
    return entity("Sanction", identity, *datasets, entity=subject, **properties)


COTTON = entity(
    "Company",
    "us-uflpa-1",
    name=["Xinjiang Tarim Blue Cotton Co., Ltd.", "新疆塔里木蓝棉有限公司"],
    alias="Tarim Blue; Textile | Group",
    weakAlias="TBC",
    country="cn",
    topics="sanction",
    programId="US-UFLPA",
    notes=["and its subordinate and affiliated entities", "a long story about the company"],
    uscCode="91110000600037341L",
    leiCode=["5493001KJTIIGC8Y1R12", "not a lei"],
    address=["1 Cotton Road, Aksu", "2 Cotton Road"],
    website="https://blue.example",
)
LISTED = sanction(
    "us-uflpa-s1",
    "us-uflpa-1",
    program=SECTION,
    programId="US-UFLPA",
    authority="Department of Homeland Security",
    startDate="2022-06-21",
    sourceUrl="https://www.dhs.gov/uflpa-entity-list",
)
MILL = entity("Company", "us-uflpa-2", name="Tarim Spinning Mill Co., Ltd.", jurisdiction="cn", country=["cn", "hk"])
OWNS = entity(
    "Ownership", "own-1", owner="us-uflpa-1", asset="us-uflpa-2", percentage="60 %", startDate="2019", endDate="2030-05"
)
BOSS = entity(
    "Person",
    "us-uflpa-3",
    name="Wang Wei",
    country="cn",
    birthDate="1970-02-03",
    idNumber="650102197002030011",
    innCode="770123456789",
    address="9 Home Street",
    website="https://wang.example",
)
LEADS = entity("Directorship", "dir-1", director="us-uflpa-3", organization="us-uflpa-1", role="chairman")
KNOWS = entity("UnknownLink", "link-1", subject="us-uflpa-1", object="us-uflpa-4")
SHIP = entity("Vessel", "us-uflpa-4", name="BLUE STAR", flag="pa", imoNumber="IMO9811000")
PLACE = entity("Address", "addr-1", full="1 Cotton Road, Aksu")
PASS = entity("Passport", "pass-1", holder="us-uflpa-3", number="E12345678")
FULL = [OWNS, LISTED, LEADS, COTTON, MILL, KNOWS, BOSS, SHIP, PLACE, PASS]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def read(path: Path, **options: str) -> list[Reading]:
    readings = list(LOADER.read(path, Options(**options), silent))
    for reading in readings:
        schemas.check(reading.records)
    return readings


def load(tmp_path: Path, rows: list[dict[str, Any]], **options: str) -> list[Reading]:
    return read(write(tmp_path / "entities.ftm.json", rows), **options)


def table(readings: list[Reading], name: str) -> pd.DataFrame:
    frames = [reading.records[name] for reading in readings if name in reading.records]
    if not frames:
        return pd.DataFrame(columns=["id", "category", "subject_id"])
    found = pd.concat(frames, ignore_index=True)
    return found.groupby("id", sort=False, as_index=False).last() if name == "findings" else found


def counts(readings: list[Reading]) -> dict[str, tuple[int, int, int, int]]:
    found: dict[str, tuple[int, int, int, int]] = {}
    for tally in (tally for reading in readings for tally in reading.tallies):
        tally.check()
        old = found.get(tally.table, (0, 0, 0, 0))
        found[tally.table] = tuple(  # type: ignore[assignment]
            a + b for a, b in zip(old, (tally.read, tally.loaded, tally.merged, tally.rejected), strict=True)
        )
    return found


def rejects(readings: list[Reading]) -> list[list[Any]]:
    frame = pd.concat([reading.rejects for reading in readings], ignore_index=True)
    return frame[["table", "line", "column", "value"]].to_numpy().tolist()


def notes(readings: list[Reading]) -> str:
    return "\n".join(note for reading in readings for note in reading.notes)


def row(frame: pd.DataFrame, identity: str, key: str = "id") -> dict[str, Any]:
    found = frame[frame[key] == identity].astype(object)
    assert len(found) == 1, frame
    return {str(name): value for name, value in found.where(found.notna(), None).iloc[0].items()}


def findings(tmp_path: Path, rows: list[dict[str, Any]], **options: str) -> dict[str, str]:
    frame = table(load(tmp_path, rows, **options), "findings")
    return dict(zip(frame["id"].str.removeprefix("opensanctions:"), frame["category"], strict=True))


# --- entities


def test_every_entity_is_accounted_for(tmp_path: Path) -> None:
    readings = load(tmp_path, FULL)
    assert counts(readings) == {
        "organizations": (4, 4, 0, 0),
        "ownership": (3, 3, 0, 0),
        "findings": (1, 1, 0, 0),
        "other entities": (2, 0, 2, 0),
    }
    assert "kept nothing of 1 Address, 1 Passport" in notes(readings)
    assert all(reading.replace and reading.source["id"] == "opensanctions:us_dhs_uflpa" for reading in readings)
    assert readings[0].source["retrieved_at"] == "2026-07-09"
    assert "CC BY-NC" in str(readings[0].source["licence"])


def test_a_company_keeps_names_country_numbers_and_dates(tmp_path: Path) -> None:
    company = row(table(load(tmp_path, FULL), "organizations"), "us-uflpa-1")
    assert company["name"] == "Xinjiang Tarim Blue Cotton Co., Ltd."
    assert company["aliases"] == "新疆塔里木蓝棉有限公司|Tarim Blue; Textile / Group"  # the weak alias is none
    assert (company["country"], company["lei"], company["roles"]) == ("CN", "5493001KJTIIGC8Y1R12", None)
    assert company["identifiers"] == "LEI:not a lei|USCC:91110000600037341L"
    assert company["address"] == "1 Cotton Road, Aksu; 2 Cotton Road"
    assert (company["first_seen"], company["last_seen"]) == ("2023-10-11", "2026-07-09")
    assert company["origin"] == "us-uflpa-1"
    ship = row(table(load(tmp_path, FULL), "organizations"), "us-uflpa-4")
    assert (ship["roles"], ship["country"], ship["identifiers"]) == ("vessel", "PA", "IMO:9811000")


def test_of_a_person_only_name_and_country_are_read(tmp_path: Path) -> None:
    readings = load(tmp_path, FULL)
    person = row(table(readings, "organizations"), "us-uflpa-3")
    assert (person["name"], person["country"], person["roles"]) == ("Wang Wei", "CN", "person")
    assert [person[name] for name in ("address", "website", "identifiers", "lei")] == [None] * 4
    everything = "\n".join(
        frame.to_csv() for reading in readings for frame in (*reading.records.values(), *_rows(reading))
    )
    for private in ("1970-02-03", "650102", "770123456789", "Home Street", "wang.example", "E12345678"):
        assert private not in everything
    assert "of persons names and countries are kept" in notes(readings)


def _rows(reading: Reading) -> list[pd.DataFrame]:
    return [] if reading.rows is None else [reading.rows.frame]


def test_a_listing_becomes_a_finding_with_the_names_of_its_party(tmp_path: Path) -> None:
    finding = row(table(load(tmp_path, FULL), "findings"), "opensanctions:us-uflpa-s1")
    assert (finding["subject_id"], finding["subject_country"]) == ("us-uflpa-1", "CN")
    assert finding["subject_name"] == "Xinjiang Tarim Blue Cotton Co., Ltd."
    assert finding["subject_aliases"] == "新疆塔里木蓝棉有限公司|Tarim Blue; Textile / Group"
    assert (finding["category"], finding["kind"], finding["status"]) == ("forced_labour", "listing", "standing")
    assert (finding["valid_from"], finding["valid_to"]) == ("2022-06-21", None)
    assert finding["authority"] == "Department of Homeland Security"
    assert finding["source_title"] == SECTION
    assert finding["source_url"] == "https://www.dhs.gov/uflpa-entity-list"
    assert finding["includes_subsidiaries"] is True
    assert finding["origin"] == "us-uflpa-s1#party"  # the names are those of the party, and the rest is the listing's
    assert "program: US-UFLPA" in finding["note"]


def test_ties_keep_what_they_are(tmp_path: Path) -> None:
    held = table(load(tmp_path, FULL), "ownership")
    columns = ["owner_id", "owned_id", "kind", "percent", "valid_from", "valid_to", "origin"]
    assert held[columns].astype(object).where(held[columns].notna(), None).to_numpy().tolist() == [
        ["us-uflpa-1", "us-uflpa-2", "shareholding", 60.0, "2019-01-01", "2030-06-01", "own-1"],
        ["us-uflpa-3", "us-uflpa-1", "other", None, None, None, "dir-1"],
        ["us-uflpa-1", "us-uflpa-4", "other", None, None, None, "link-1"],
    ]
    assert "links of a kind that is not known" in notes(load(tmp_path, FULL))


def test_two_statements_of_one_holding_are_two_rows(tmp_path: Path) -> None:
    rows = [COTTON, MILL, OWNS, {**OWNS, "id": "own-2", "datasets": ["other_list"]}, {**OWNS, "id": "own-3"}]
    readings = load(tmp_path, [*rows, rows[-1]], series="us_dhs_uflpa")
    assert counts(readings)["ownership"] == (4, 3, 1, 0)
    held = table(readings, "ownership").set_index("origin")["source"]
    assert held.fillna("").to_dict() == {"own-1": "", "own-2": "opensanctions:other_list", "own-3": ""}
    assert table(readings, "sources")["id"].tolist() == ["opensanctions:other_list"]


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("51", "51"),
        ("51.5 %", "51.5"),
        ("33,5%", "33.5"),
        ("25-50", "25"),
        ("75 to 100 %", "75"),
        (">50", "50"),
        ("more than 25%", "25"),
        ("10;60", "60"),
        ("majority;60", "60"),
        ("", ""),
        ("<50", "<50"),
        ("minority", "minority"),
    ],
)
def test_percentages(text: str, share: str) -> None:
    assert percent(text) == share


def test_a_share_that_is_no_number_rejects_its_row(tmp_path: Path) -> None:
    """Without a share a holding counts as control; a minority must not become one."""
    rows = [COTTON, MILL, *({**OWNS, "id": name, "properties": {**OWNS["properties"], "percentage": [share]}}
                            for name, share in (("a", "minority"), ("b", "150"), ("c", "<25%")))]  # fmt: skip
    readings = load(tmp_path, rows)
    assert rejects(readings) == [
        ["ownership", 3, "properties.percentage", "minority"],
        ["ownership", 4, "properties.percentage", "150"],
        ["ownership", 5, "properties.percentage", "<25%"],
    ]


def test_rows_that_cannot_be_used_are_rejected_by_their_own_headers(tmp_path: Path) -> None:
    bad = [
        COTTON,
        {**MILL, "caption": "Company", "properties": {}},
        {**MILL, "id": ""},
        {**MILL, "schema": ""},
        {**OWNS, "properties": {"owner": ["us-uflpa-1"]}},
        {**OWNS, "id": "own-9", "properties": {**OWNS["properties"], "endDate": ["2018"]}},
        {**LISTED, "id": "s-9", "properties": {**LISTED["properties"], "startDate": ["soon"]}},
        {**COTTON, "caption": "Another name"},
    ]
    path = write(tmp_path / "entities.ftm.json", bad)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"id": \n[1, 2]\n')
    readings = read(path)
    assert sorted(rejects(readings)) == [
        ["entities", 3, "id", ""],
        ["entities", 4, "schema", ""],
        ["entities", 9, "", '{"id":'],
        ["entities", 10, "", "[1, 2]"],
        ["findings", 7, "properties.startDate", "soon"],
        ["organizations", 2, "properties.name", ""],
        ["organizations", 8, "id", "us-uflpa-1"],
        ["ownership", 5, "properties.asset", ""],
        ["ownership", 6, "properties.endDate", "2019-01-01"],
    ]
    assert sum(read for read, *_ in counts(readings).values()) == 10


def test_a_corrected_row_goes_through_the_same_rules(tmp_path: Path) -> None:
    broken = {**OWNS, "properties": {**OWNS["properties"], "percentage": ["about half"]}}
    first = next(reading for reading in load(tmp_path, [COTTON, broken], series="mine") if len(reading.rejects))
    assert first.rows is not None
    frame = first.rows.frame[first.rows.frame["line"] == 2].assign(**{"properties.percentage": "50"})
    raw = RawTable("entities.ftm.json", frame.reset_index(drop=True), first.rows.headers, [], "abc")
    (again, closing) = LOADER.transform(raw, Options())
    assert again.rejects.empty
    assert again.records["ownership"]["percent"].tolist() == [50.0]
    assert again.source["id"] == closing.source["id"] == "opensanctions:mine"
    corrected = RawTable("e", frame.assign(id="", schema="Company").reset_index(drop=True), first.rows.headers, [], "a")
    assert len(next(LOADER.transform(corrected, Options())).rejects) == 1


# --- what a finding is about


def company(*datasets: str, topics: str | list[str] = "sanction", **properties: str | list[str]) -> dict[str, Any]:
    return entity("Company", "c", *datasets, name="Company Somewhere", topics=topics, **properties)


@pytest.mark.parametrize(
    ("party", "listing", "expected"),
    [
        # the UFLPA list carries the topic sanction alone
        (company("us_dhs_uflpa"), sanction("s", "c", "us_dhs_uflpa", programId="US-UFLPA"), {"s": "forced_labour"}),
        (company("us_dhs_uflpa"), sanction("s", "c", "us_dhs_uflpa"), {"s": "forced_labour"}),
        (company("mirror"), sanction("s", "c", "mirror", program=SECTION), {"s": "forced_labour"}),
        (company("us_dhs_uflpa"), None, {"c:forced_labour": "forced_labour"}),
        (company("mirror", programId="US-UFLPA"), None, {"c:forced_labour": "forced_labour", "c:sanction": "sanction"}),
        # a company near a listed one is in the same dataset, and not listed
        (company("us_dhs_uflpa", topics=[]), None, {}),
        (company("us_dhs_uflpa", topics="sanction.linked"), None, {"c:other": "other"}),
        # CBP: an active order has a Sanction entity and the topic, one that ended has neither
        (company("us_cbp_forced_labor"), sanction("s", "c", "us_cbp_forced_labor"), {"s": "forced_labour"}),
        (company("us_cbp_forced_labor"), None, {"c:forced_labour": "forced_labour"}),
        (company("us_cbp_forced_labor", topics=[]), None, {}),
        (company("us_cbp_forced_labor", "us_ofac_sdn"), sanction("s", "c", "us_ofac_sdn"), {"s": "sanction"}),
        (company("us_cbp_forced_labor", "us_ofac_sdn"), None, {"c:sanction": "sanction"}),
        # export control is never forced labour
        (
            company("us_trade_csl", topics=["export.control"]),
            sanction("s", "c", "us_trade_csl", programId="US-BIS-EL", reason="human rights abuses in Xinjiang"),
            {"s": "export_control"},
        ),
        (
            company("us_trade_csl", "us_dhs_uflpa", topics=["export.control", "sanction"]),
            sanction("s", "c", "us_trade_csl", program="Entity List (EL) - Bureau of Industry and Security"),
            {"s": "export_control", "c:forced_labour": "forced_labour"},
        ),
        (company("us_trade_csl", topics="export.control"), None, {"c:export_control": "export_control"}),
        # sanctions, and all the rest
        (company("eu_fsf"), sanction("s", "c", "eu_fsf", programId="EU-RUS"), {"s": "sanction"}),
        (company("worldbank_debarred", topics="debarment"), sanction("s", "c", "worldbank_debarred"), {"s": "other"}),
        (company("eu_fsf", topics="sanction.counter"), None, {"c:other": "other"}),
        (company("x", topics="crime.traffick.human"), None, {"c:other": "other"}),
        (company("x", topics=["role.pep", "corp.public", "poi"]), None, {}),
        # the topic forced.labor, with and without a listing
        (company("c4ads_xinjiang", topics=["export.risk", "forced.labor"]), None,
         {"c:forced_labour": "forced_labour", "c:other": "other"}),
        (company("br_slavery", topics=["reg.action", "forced.labor"]), sanction("s", "c", "br_slavery"),
         {"s": "forced_labour"}),
        (company("xx_slavery", topics=["reg.action", "forced.labor"]), sanction("s", "c", "xx_slavery"),
         {"s": "forced_labour"}),
        # the topic of one list says nothing about the listing of another
        (
            company("c4ads_xinjiang", "worldbank_debarred", topics=["debarment", "forced.labor"]),
            sanction("s", "c", "worldbank_debarred"),
            {"s": "other", "c:forced_labour": "forced_labour"},
        ),
        (company("c4ads_xinjiang", "us_ofac_sdn", topics=["forced.labor"]), sanction("s", "c", "us_ofac_sdn"),
         {"s": "other", "c:forced_labour": "forced_labour"}),
    ],
)  # fmt: skip
def test_what_a_finding_is_about(
    tmp_path: Path, party: dict[str, Any], listing: dict[str, Any] | None, expected: dict[str, str]
) -> None:
    rows = [party] if listing is None else [party, listing]
    for number, order in enumerate(itertools.permutations(rows)):
        assert findings(tmp_path / str(number), list(order)) == expected


def test_a_listing_whose_party_is_not_in_the_file_stands_by_its_id(tmp_path: Path) -> None:
    readings = load(tmp_path, [{**LISTED, "id": "s", "datasets": ["x"]}, sanction("t", "gone", "x")])
    found = table(readings, "findings").set_index("id")
    assert found["subject_id"].tolist() == ["us-uflpa-1", "gone"]
    assert found["subject_name"].isna().all()
    assert found["category"].tolist() == ["forced_labour", "sanction"]


def test_a_listing_of_two_parties_is_two_findings(tmp_path: Path) -> None:
    both = {**LISTED, "properties": {**LISTED["properties"], "entity": ["us-uflpa-1", "us-uflpa-2"]}}
    found = table(load(tmp_path, [both, COTTON, MILL]), "findings")
    assert found["id"].tolist() == ["opensanctions:us-uflpa-s1", "opensanctions:us-uflpa-s1:2"]
    assert found["subject_id"].tolist() == ["us-uflpa-1", "us-uflpa-2"]
    assert found["includes_subsidiaries"].tolist() == [True, False]


def dated(tmp_path: Path, **properties: str | list[str]) -> dict[str, Any]:
    listing = sanction("s", "c", "br_slavery", **properties)
    party = company("br_slavery", topics=["reg.action", "forced.labor"])
    return row(table(load(tmp_path, [party, listing]), "findings"), "opensanctions:s")


@pytest.mark.parametrize(
    ("properties", "start", "end"),
    [
        ({"startDate": "2022-10-05", "endDate": "2023-01-13"}, "2022-10-05", "2023-01-14"),
        ({"listingDate": "2022-10-05"}, "2022-10-05", None),
        ({"startDate": "2022-11-01", "listingDate": "2022-10-05"}, "2022-11-01", None),
        ({"startDate": ["2022-10-05", "2021-01-01"]}, "2021-01-01", None),
        ({"startDate": "2022", "endDate": "2023-12"}, "2022-01-01", "2024-01-01"),
        ({"startDate": "2022-10-05T00:00:00"}, "2022-10-05", None),
        ({}, "2023-10-11", None),  # the day on which OpenSanctions first saw it
        ({"endDate": "2020-01-31"}, None, "2020-02-01"),
        ({"startDate": "2022-10-05", "status": "Inactive"}, "2022-10-05", "2024-05-17"),  # its last change
        ({"startDate": "2022-10-05", "status": "Active"}, "2022-10-05", None),
    ],
)
def test_days_of_a_listing(tmp_path: Path, properties: dict[str, Any], start: str, end: str | None) -> None:
    finding = dated(tmp_path, **properties)
    assert (finding["valid_from"], finding["valid_to"]) == (start, end)
    assert finding["category"] == "forced_labour"
    assert ("year or month alone" in finding["note"]) == (properties.get("startDate") == "2022")
    assert ("saw it first then" in finding["note"]) == (start == "2023-10-11")
    assert finding["status"] == ("lifted" if properties.get("status") == "Inactive" else "standing")


def test_a_listing_that_ended_does_not_live_on_in_a_topic(tmp_path: Path) -> None:
    rows = [
        company("br_slavery", topics=["reg.action", "forced.labor"]),
        sanction("s", "c", "br_slavery", startDate="2022-10-05", endDate="2023-01-13"),
    ]
    assert findings(tmp_path, rows) == {"s": "forced_labour"}
    said = sets(load(tmp_path, rows))
    assert scores(tmp_path, said, "c", days=("2022-12-01", "2024-01-01")) == [[1.0], [0.0]]


def test_every_key_has_its_reason_and_a_known_category() -> None:
    rows = table_rows("opensanctions_keys")
    assert all(r["comment"] and r["listed"] in ("always", "active", "no") for r in rows)
    assert {r["category"] for r in rows} == {"forced_labour", "export_control", "sanction", "other"}
    forced = {(r["kind"], r["key"]) for r in rows if r["category"] == "forced_labour"}
    assert forced == {
        ("program", "US-UFLPA"),
        ("text", "section 2(d)(2)(b)"),
        ("dataset", "us_dhs_uflpa"),
        ("dataset", "us_cbp_forced_labor"),
        ("dataset", "br_slavery"),
        ("topic", "forced.labor"),
    }
    assert len(rows) == sum(len(words) for words in keys().values())
    controls = {name for name, schema in schemata().items() if schema.kind not in ("", "other")}
    assert controls == {"Ownership", "Control"}


# --- cells


def test_cells_hold_several_values() -> None:
    assert values('A;"B; C";"say ""D"""') == ["A", "B; C", 'say "D"']
    assert values("") == values(";") == []
    assert country("", "cn;hk", "us") == "?"
    assert country("", "gb-sct") == "GB"
    assert country("suhh;zz", "by") == "BY"
    assert (first_day(["2022-02"]), day_after(["2022-02"]), day_after(["2020-02-29"])) == (
        "2022-02-01",
        "2022-03-01",
        "2020-03-01",
    )
    assert first_day(["2022-13-40"]) == "2022-13-40"
    assert dates_at_end("EO 13224 - 2020-01-02 - 2021-03") == ("2020-01-02", "2021-04-01")
    assert dates_at_end("Order 2020") == ("", "")


# --- kinds of file


def test_a_document_an_archive_and_one_line_are_read_alike(tmp_path: Path) -> None:
    plain = load(tmp_path, FULL)
    (tmp_path / "list.json").write_text(json.dumps(FULL, indent=1), encoding="utf-8")
    (tmp_path / "results.json").write_text(json.dumps({"limit": 10, "results": FULL}), encoding="utf-8")
    (tmp_path / "packed.json.gz").write_bytes(gzip.compress((tmp_path / "entities.ftm.json").read_bytes()))
    for name in ("list.json", "results.json", "packed.json.gz"):
        assert counts(read(tmp_path / name)) == counts(plain)
    assert counts(load(tmp_path / "one", [COTTON])) == {"organizations": (1, 1, 0, 0)}


def test_pieces_say_what_the_whole_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [*FULL, COTTON, {**MILL, "caption": "Another"}]
    whole = load(tmp_path, rows)
    monkeypatch.setattr(opensanctions, "SIZE", 1)
    parts = load(tmp_path, rows)
    assert len(parts) == len(rows) + 1
    assert counts(parts) == counts(whole)
    assert counts(parts)["organizations"] == (6, 4, 1, 1)
    assert rejects(parts) == rejects(whole)
    for name in ("organizations", "ownership", "findings"):
        one, two = (table(r, name).sort_values("line", ignore_index=True) for r in (whole, parts))
        pd.testing.assert_frame_equal(one, two, check_dtype=False)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<html></html>", "load entities.ftm.json or targets.simple.csv"),
        ("a,b\n1,2\n", "id, schema, name are missing"),
        ("[]", "holds no entity"),
        ("[1, 2]", "holds no entity"),
        ('{"a": 1}\n{"a": 2}\n', "holds no entity"),
        ('{"a": ', "is no valid JSON"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "x").write_text(content)
    with pytest.raises(InputError, match=message):
        read(tmp_path / "x")


def test_nested_targets_are_refused(tmp_path: Path) -> None:
    """Their listings stand inside the parties; read as plain entities they would be lost without a word."""
    nested = {**COTTON, "properties": {**COTTON["properties"], "sanctions": [LISTED]}}
    with pytest.raises(InputError, match=r"load entities\.ftm\.json"):
        load(tmp_path, [nested])


def test_odd_values_are_no_crash(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"id": 7, "schema": "Company", "properties": {"name": "One text", "country": [None, 5, "cn"]}},
        {"id": "b", "schema": "Company", "properties": None, "datasets": "x", "caption": "B Ltd"},
        {"id": "d", "schema": "Company", "caption": "D\x07 Ltd", "properties": {"topics": ["sanction"]}, "datasets": 5},
    ]
    readings = load(tmp_path, rows)
    assert counts(readings)["organizations"] == (3, 3, 0, 0)
    (tmp_path / "n.json").write_text(json.dumps([{**COTTON, "id": "a\x00b"}, COTTON]), encoding="utf-8")
    assert rejects(read(tmp_path / "n.json"))[0][:2] == ["entities", 1]


# --- which dataset it is


def test_the_dataset_of_a_file(tmp_path: Path) -> None:
    several = [COTTON, {**MILL, "datasets": ["eu_fsf"]}]

    def name(folder: str, rows: list[dict[str, Any]], **options: str) -> Any:
        return load(tmp_path / folder, rows, **options)[0].source["id"]

    assert name("download", [COTTON]) == "opensanctions:us_dhs_uflpa"
    assert name("download", several) == "opensanctions:default"
    assert name("sanctions/20260709", several) == "opensanctions:sanctions"
    assert name("eu_fsf", several) == "opensanctions:eu_fsf"
    assert name("sanctions", several, series="mine") == "opensanctions:mine"
    assert name("sanctions", [COTTON]) == "opensanctions:us_dhs_uflpa"
    with pytest.raises(InputError, match="is no name of a dataset"):
        name("sanctions", several, series="my list")
    # changes of one dataset alone may be those of a collection
    delta = [{"op": "MOD", "entity": COTTON}]
    assert str(name("sanctions", delta)).startswith("opensanctions:sanctions:delta:")
    assert str(name("download", delta)).startswith("opensanctions:us_dhs_uflpa:delta:")
    for rows in ([{"op": "DEL", "entity": {"id": "a"}}], [{"op": "ADD", "entity": row} for row in several]):
        with pytest.raises(InputError, match="say it with --series"):
            name("download", rows)


def test_the_day_of_the_data(tmp_path: Path) -> None:
    assert load(tmp_path, [COTTON], list_date="2026-08-01")[0].source["retrieved_at"] == "2026-08-01"
    path = write(tmp_path / "entities-20260710.json", [COTTON])
    assert read(path)[0].source["retrieved_at"] == "2026-07-10"
    assert load(tmp_path, [{**COTTON, "last_seen": "never"}])[0].source["retrieved_at"] is None


# --- targets

HEADER = [
    *("id", "schema", "name", "aliases", "birth_date", "countries", "addresses", "identifiers", "sanctions", "phones"),
    *("emails", "program_ids", "dataset", "first_seen", "last_seen", "last_change"),
]
UFLPA_TITLE = "US UFLPA Entity List"
CBP_TITLE = "US CBP Withhold Release Orders and Findings"
BR_TITLE = "Brazil Ministry of Labour and Employment slavery prevention list"
SDN_TITLE = "US OFAC Specially Designated Nationals (SDN) List"


def target(**cells: str) -> dict[str, str]:
    base = {"id": "t", "schema": "Company", "name": "Blue Cotton Co., Ltd.", "countries": "cn", "dataset": UFLPA_TITLE}
    return {**base, "first_seen": "2023-10-11T06:12:05", "last_seen": "2026-07-09T06:00:11", **cells}


def targets(tmp_path: Path, *rows: dict[str, str], header: list[str] = HEADER, **options: str) -> list[Reading]:
    out = io.StringIO()
    writer = csv.DictWriter(out, header, restval="", quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    tmp_path.mkdir(parents=True, exist_ok=True)
    (tmp_path / "targets.simple.csv").write_text(out.getvalue(), encoding="utf-8")
    return read(tmp_path / "targets.simple.csv", **options)


def test_a_target_is_a_party_and_its_listing(tmp_path: Path) -> None:
    readings = targets(
        tmp_path,
        target(
            aliases='蓝棉有限公司;"Blue; Cotton";Blue | Cotton',
            addresses="1 Road;2 Road",
            identifiers="91110000600037341L;5493001KJTIIGC8Y1R12;IMO9811000;77-12",
            sanctions=SECTION + " - 2022-06-21",
            program_ids="US-UFLPA",
        ),
    )
    assert counts(readings) == {"organizations": (1, 1, 0, 0)}
    assert readings[0].source["id"] == "opensanctions:us_dhs_uflpa"
    assert readings[0].source["retrieved_at"] == "2026-07-09"
    party = row(table(readings, "organizations"), "t")
    assert party["aliases"] == "蓝棉有限公司|Blue; Cotton|Blue / Cotton"
    assert (party["country"], party["address"], party["lei"]) == ("CN", "1 Road; 2 Road", "5493001KJTIIGC8Y1R12")
    assert party["identifiers"] == "USCC:91110000600037341L|IMO:9811000|ID:77-12"
    finding = row(table(readings, "findings"), "opensanctions:t:forced_labour")
    assert (finding["category"], finding["valid_from"], finding["valid_to"]) == ("forced_labour", "2022-06-21", None)
    assert (finding["subject_id"], finding["subject_name"]) == ("t", "Blue Cotton Co., Ltd.")
    assert finding["source_title"] == UFLPA_TITLE
    assert (finding["origin"], finding["first_seen"]) == ("t#forced_labour", "2023-10-11")
    assert "no ties between parties" in notes(readings)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"dataset": UFLPA_TITLE}, {"forced_labour": ("2023-10-11", None)}),
        ({"dataset": "x", "program_ids": "US-UFLPA"}, {"forced_labour": ("2023-10-11", None)}),
        # an order of CBP is text of dates alone; in a row of several lists it cannot be told from others
        ({"dataset": CBP_TITLE, "sanctions": "2021-06-24"}, {"forced_labour": ("2021-06-24", None)}),
        (
            {"dataset": f"{CBP_TITLE};{SDN_TITLE}", "sanctions": "EO 13224 - 2020-01-02", "program_ids": "US-TERR"},
            {"sanction": ("2020-01-02", None), "other": ("2023-10-11", None)},
        ),
        (
            {"dataset": f"{CBP_TITLE};Some debarments", "sanctions": "2019-01-01"},
            {"sanction": ("2019-01-01", None), "other": ("2023-10-11", None)},
        ),
        (
            {"dataset": f"{CBP_TITLE};{UFLPA_TITLE}", "sanctions": f"2021-06-24;{SECTION} - 2022-06-21",
             "program_ids": "US-UFLPA"},
            {"forced_labour": ("2021-06-24", None)},
        ),
        # a list that a party left, and one that it came back to
        (
            {"dataset": BR_TITLE, "sanctions": "2022-10-05 - 2023-01-13"},
            {"forced_labour": ("2022-10-05", "2023-01-14")},
        ),
        (
            {"dataset": BR_TITLE, "sanctions": "2022-10-05 - 2023-01-13;2024-11-11"},
            {"forced_labour": ("2022-10-05", None)},
        ),
        # export control beside forced labour, each with its own day
        (
            {"dataset": f"{UFLPA_TITLE};US Trade Consolidated Screening List (CSL)",
             "program_ids": "US-BIS-EL;US-UFLPA",
             "sanctions": f"Entity List (EL) - Bureau of Industry and Security - 2019-10-09;{SECTION} - 2022-06-21"},
            {"export_control": ("2019-10-09", None), "forced_labour": ("2022-06-21", None)},
        ),
        ({"dataset": "x", "program_ids": "US-BIS-EL", "sanctions": "EL - 2019-10-09"},
         {"export_control": ("2019-10-09", None)}),
        ({"dataset": "x", "program_ids": "US-BIS-EL;EU-RUS", "sanctions": "Annex I - 2019-10-09"},
         {"export_control": ("2023-10-11", None), "sanction": ("2019-10-09", None)}),
        # politically exposed, of interest: listed nowhere
        ({"dataset": "Wikidata Persons", "schema": "Person"}, {}),
        ({"dataset": CBP_TITLE}, {"other": ("2023-10-11", None)}),
    ],
)  # fmt: skip
def test_what_a_target_is_listed_for(
    tmp_path: Path, cells: dict[str, str], expected: dict[str, tuple[str, str | None]]
) -> None:
    found = table(targets(tmp_path, target(**cells)), "findings")
    said = {
        r["category"]: (r["valid_from"], r["valid_to"] if isinstance(r["valid_to"], str) else None)
        for r in found.to_dict("records")
    }
    assert said == expected


def test_of_persons_in_targets_nothing_private_is_kept(tmp_path: Path) -> None:
    private = {"birth_date": "1970-02-03", "phones": "+860001", "emails": "w@example.org"}
    readings = targets(
        tmp_path,
        target(id="p", schema="Person", name="Wang Wei", identifiers="E1234", addresses="9 Home St", **private),
        target(id="c", addresses="1 Road", identifiers="77-12", **private),
    )
    everything = "\n".join(f.to_csv() for r in readings for f in (*r.records.values(), *_rows(r)))
    for text in (*private.values(), "E1234", "Home St"):
        assert text not in everything
    assert "77-12" in everything
    assert "of persons names and countries are kept" in notes(readings)


def test_targets_that_cannot_be_used(tmp_path: Path) -> None:
    rows = [
        target(id=""),
        target(name=""),
        target(schema=""),
        target(id="w", schema="CryptoWallet"),
        target(id="k", countries="cn;hk"),
        target(id="k", countries="cn;hk"),
        target(id="k", countries="cn"),
        target(id="d", first_seen="last week"),
    ]
    readings = targets(tmp_path, *rows)
    assert counts(readings) == {"organizations": (7, 1, 1, 5), "other entities": (1, 0, 1, 0)}
    assert rejects(readings) == [
        ["organizations", 2, "id", ""],
        ["organizations", 3, "name", ""],
        ["organizations", 4, "schema", ""],
        ["organizations", 8, "id", "k"],
        ["organizations", 9, "first_seen", "last week"],
    ]
    assert "several countries, of which none was taken, so that matches by name wait: 2" in notes(readings)
    assert "kept nothing of 1 CryptoWallet" in notes(readings)


def test_targets_in_pieces_say_what_the_whole_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [target(id=name, sanctions="x - 2022-01-01") for name in ("a", "b", "a")]
    rows.append(target(id="b", name="Another"))
    whole = targets(tmp_path, *rows)

    def in_pieces(*place: Any, **more: Any) -> Iterator[RawTable]:
        for raw in read_chunks(*place, **more):
            for number in range(len(raw.frame)):
                yield replace(raw, frame=raw.frame.iloc[[number]].reset_index(drop=True))

    monkeypatch.setattr(opensanctions, "read_chunks", in_pieces)
    parts = targets(tmp_path, *rows)
    assert len(parts) == len(rows) + 1
    assert counts(parts) == counts(whole) == {"organizations": (4, 2, 1, 1)}
    assert rejects(parts) == rejects(whole)
    for name in ("organizations", "findings"):
        pd.testing.assert_frame_equal(table(whole, name), table(parts, name), check_dtype=False)


def test_an_older_table_of_targets_lacks_columns(tmp_path: Path) -> None:
    header = [name for name in HEADER if name not in ("program_ids", "last_change", "emails")]
    readings = targets(tmp_path, target(sanctions=SECTION + " - 2022-06-21"), header=header)
    assert table(readings, "findings")["category"].tolist() == ["forced_labour"]


def test_a_corrected_target(tmp_path: Path) -> None:
    first = next(reading for reading in targets(tmp_path, target(id=""), series="mine") if len(reading.rejects))
    assert first.rows is not None
    raw = RawTable("t.csv", first.rows.frame.assign(id="now"), first.rows.headers, [], "abc")
    again = next(LOADER.transform(raw, Options()))
    assert again.records["organizations"]["id"].tolist() == ["now"]
    assert again.source["id"] == "opensanctions:mine"


# --- figures


def sets(*loads: list[Reading]) -> list[RecordSet]:
    """Record sets as a store keeps them: the latest full delivery of a source, and every one that adds."""
    found: dict[str, RecordSet] = {}
    for number, readings in enumerate(loads, start=1):
        frames: dict[str, list[pd.DataFrame]] = {}
        for reading in readings:
            for name, frame in reading.records.items():
                frames.setdefault(name, []).append(frame)
        joined = {name: pd.concat(parts, ignore_index=True) for name, parts in frames.items()}
        found[str(readings[0].source["id"])] = RecordSet(readings[0].source, number, joined)
    return list(found.values())


def scores(
    tmp_path: Path, said: list[RecordSet], *suppliers: str, days: tuple[str, ...] = ("2026-07-09",), tables: str = ""
) -> list[list[float]]:
    """Scores of brands that buy all that they buy from one of some suppliers each, a list a day."""
    folder = tmp_path / "tables"
    folder.mkdir(exist_ok=True)
    brands = [f"X{supplier}" for supplier in suppliers]
    head = "id,name,aliases,country,roles\n" + "".join(f"{brand},Brand,,DE,brand\n" for brand in brands)
    (folder / "organizations.csv").write_text(head + tables, encoding="utf-8")
    links = "".join(f"{supplier},X{supplier},1\n" for supplier in suppliers)
    (folder / "links.csv").write_text("supplier_id,buyer_id,share\n" + links, encoding="utf-8")
    tables_read = registry.get("tables").read(folder, Options(), silent)
    own = [RecordSet(reading.source, 1000 + n, reading.records) for n, reading in enumerate(tables_read)]
    graph = derive([*said, *own])
    found = [{e["brand"]["id"]: e["score"] for e in Day(graph, Parameters(day)).exposures(brands)} for day in days]
    return [[float(by_brand[brand] or 0.0) for brand in brands] for by_brand in found]


def score(tmp_path: Path, said: list[RecordSet], supplier: str, tables: str = "") -> float:
    return scores(tmp_path, said, supplier, tables=tables)[0][0]


def change(op: str, said: dict[str, Any], **properties: str | list[str]) -> dict[str, Any]:
    """A line of changes; DEL gives the id alone."""
    if op == "DEL":
        return {"op": op, "entity": {"id": said["id"]}}
    props = {name: [value] if isinstance(value, str) else value for name, value in properties.items()}
    return {"op": op, "entity": {**said, "properties": {**said["properties"], **props}}}


def test_a_listing_reaches_what_its_party_controls_and_nothing_else(tmp_path: Path) -> None:
    said = sets(load(tmp_path, FULL))
    parties = ["us-uflpa-1", "us-uflpa-2", "us-uflpa-4", "us-uflpa-3"]
    # The company, its mill (held with 60 %: the list takes in subsidiaries), a ship linked somehow, its director.
    assert scores(tmp_path, said, *parties, days=("2026-07-09", "2022-06-20", "2031-01-01")) == [
        [1.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0],
        [1.0, 0.0, 0.0, 0.0],
    ]


def test_a_tie_that_is_no_holding_is_never_control(tmp_path: Path) -> None:
    ties = ["Directorship", "Membership", "Employment", "Representation", "Succession", "UnknownLink", "Control"]
    rows, parties = [COTTON, LISTED], []
    for tie, turned in itertools.product(ties, (False, True)):
        schema, other = schemata()[tie], f"{tie}-{turned}"
        ends = dict(
            zip((schema.start, schema.end), (other, COTTON["id"]) if turned else (COTTON["id"], other), strict=True)
        )
        rows += [
            entity("Company", other, name=f"{tie} Works {turned}"),
            entity(tie, f"{other}-tie", **ends),
        ]
        parties.append(other)
    found = scores(tmp_path, sets(load(tmp_path, rows)), *parties)[0]
    assert [party for party, figure in zip(parties, found, strict=True) if figure] == ["Control-False"]


def test_a_listing_names_other_parties_by_their_names(tmp_path: Path) -> None:
    said = sets(load(tmp_path, FULL))
    other = "C,新疆塔里木蓝棉有限公司,,CN,\n"
    assert score(tmp_path, said, "C", tables=other) == 1.0
    assert score(tmp_path, said, "C", tables=other.replace("CN", "VN")) == 0.0
    assert score(tmp_path, said, "C", tables="C,Tarim Something Else,,CN,\n") == 0.0


def test_the_order_of_entities_does_not_matter(tmp_path: Path) -> None:
    orders = [FULL, FULL[::-1], FULL[5:] + FULL[:5]]
    found = [derive(sets(load(tmp_path / str(n), rows))) for n, rows in enumerate(orders)]
    for name in ("Organization", "Finding", "OWNS", "ABOUT"):
        first, *others = (graph[name].sort_values("id", ignore_index=True) for graph in found)
        for other in others:
            pd.testing.assert_frame_equal(first, other)


def changed(tmp_path: Path, base: list[Reading], *deltas: list[dict[str, Any]]) -> list[list[Reading]]:
    name = str(base[0].source["id"]).removeprefix("opensanctions:") if base else "us_dhs_uflpa"
    paths = [write(tmp_path / str(n) / "entities.delta.json", rows) for n, rows in enumerate(deltas)]
    return [base, *(read(path, series=name) for path in paths)]


def test_a_file_of_changes_is_a_source_of_its_own(tmp_path: Path) -> None:
    delta = [change("MOD", COTTON), change("DEL", OWNS), change("ADD", SHIP), change("DEL", OWNS), change("MOD", PLACE)]
    _, readings = changed(tmp_path, [], [*delta, {"op": "XXX", "entity": MILL}, {"op": "ADD"}])
    source = readings[0].source
    assert str(source["id"]).startswith("opensanctions:us_dhs_uflpa:delta:")
    assert source["amends"] == "opensanctions:us_dhs_uflpa"
    assert len(str(source["id"])) == len("opensanctions:us_dhs_uflpa:delta:") + 12
    assert not any(reading.replace for reading in readings)
    assert counts(readings) == {
        "organizations": (2, 2, 0, 0),
        "withdrawn": (2, 1, 1, 0),
        "other entities": (1, 0, 1, 0),
        "entities": (2, 0, 0, 2),
    }
    assert rejects(readings) == [["entities", 6, "op", "XXX"], ["entities", 7, "id", ""]]
    gone = set(table(readings, "withdrawn")["origin"])
    assert {"us-uflpa-1", "own-1", "addr-1"} <= gone
    assert "us-uflpa-4" not in gone
    assert "us-uflpa-1#forced_labour" not in gone  # it still says so
    assert {"us-uflpa-1#other", "own-1#forced_labour"} <= gone


def test_the_end_of_a_holding_ends_its_reach(tmp_path: Path) -> None:
    base = load(tmp_path, FULL)
    for number, delta in enumerate(
        ([change("DEL", OWNS)], [change("MOD", OWNS, percentage="40")], [change("MOD", OWNS, endDate="2024-12-31")])
    ):
        said = sets(*changed(tmp_path / str(number), base, delta))
        assert score(tmp_path, said, "us-uflpa-2") == 0.0
        owns = derive(said)["OWNS"]
        assert (owns["kind"] == "shareholding").sum() == (number > 0)


def test_what_is_added_counts_until_it_goes(tmp_path: Path) -> None:
    base = load(tmp_path, FULL)
    new = entity("Company", "new", name="Tarim Dye Works Co., Ltd.", country="cn")
    owns = entity("Ownership", "own-9", owner="us-uflpa-2", asset="new", percentage="100")
    add = [change("ADD", owns), change("ADD", new)]
    loads = changed(tmp_path, base, add, [change("DEL", owns)], [change("ADD", owns)])
    assert score(tmp_path, sets(*loads[:1]), "new") == 0.0
    assert score(tmp_path, sets(*loads[:2]), "new") == 1.0  # through two holdings
    assert score(tmp_path, sets(*loads[:3]), "new") == 0.0


def test_a_later_full_file_takes_the_place_of_the_changes(tmp_path: Path) -> None:
    base = load(tmp_path, FULL)
    new = entity("Company", "new", name="Tarim Dye Works Co., Ltd.", country="cn", topics="forced.labor")
    loads = changed(tmp_path, base, [change("ADD", new), change("DEL", OWNS)])
    assert scores(tmp_path, sets(*loads), "new", "us-uflpa-2") == [[1.0, 0.0]]
    loads.append(load(tmp_path, FULL))
    assert scores(tmp_path, sets(*loads), "new", "us-uflpa-2") == [[0.0, 1.0]]
    assert "new" not in set(derive(sets(*loads))["Organization"]["id"])


def test_a_delisted_party_is_listed_until_then(tmp_path: Path) -> None:
    base = load(tmp_path, FULL)
    ended = changed(
        tmp_path / "1", base, [change("MOD", LISTED, endDate="2025-01-31"), change("MOD", COTTON, topics=[])]
    )
    assert scores(tmp_path, sets(*ended), "us-uflpa-1", days=("2025-01-31", "2025-02-01")) == [[1.0], [0.0]]
    gone = changed(tmp_path / "2", base, [change("DEL", LISTED), change("DEL", COTTON)])
    assert score(tmp_path, sets(*gone), "us-uflpa-1") == 0.0
    assert derive(sets(*gone))["Finding"].empty


C4ADS = company("c4ads_xinjiang", topics=["forced.labor", "export.risk"])


@pytest.mark.parametrize(
    ("party", "delta", "expected"),
    [
        (C4ADS, change("MOD", C4ADS, name="Company Elsewhere"), 1.0),
        (C4ADS, change("MOD", C4ADS, topics="export.risk"), 0.0),
        (C4ADS, change("DEL", C4ADS), 0.0),
        (company("c4ads_xinjiang", topics=[]), change("MOD", C4ADS), 1.0),
        (company("x", topics=[]), change("ADD", {**C4ADS, "id": "other"}), 0.0),
    ],
)
def test_what_a_party_says_of_itself_follows_its_changes(
    tmp_path: Path, party: dict[str, Any], delta: dict[str, Any], expected: float
) -> None:
    said = sets(*changed(tmp_path, load(tmp_path, [party], series="x"), [delta]))
    assert score(tmp_path, said, "c") == expected


def test_a_changed_party_does_not_bring_an_ended_listing_back(tmp_path: Path) -> None:
    """The file of changes holds the party, which still has the topic, and not the listing, which did not change."""
    party = company("br_slavery", topics=["reg.action", "forced.labor"])
    listing = sanction("s", "c", "br_slavery", startDate="2022-10-05", endDate="2023-01-13")
    base = load(tmp_path, [party, listing])
    said = sets(*changed(tmp_path, base, [change("MOD", party, name="Company Elsewhere")]))
    assert scores(tmp_path, said, "c", days=("2022-12-01", "2024-01-01")) == [[1.0], [0.0]]


@pytest.mark.parametrize(
    "delta",
    [
        change("MOD", LISTED, sourceUrl="https://elsewhere.example"),
        change("MOD", COTTON, website="https://new.example"),
    ],
)
def test_a_change_of_listing_or_party_alone_leaves_what_the_other_says(tmp_path: Path, delta: dict[str, Any]) -> None:
    said = sets(*changed(tmp_path, load(tmp_path, FULL), [delta]))
    other = "C,新疆塔里木蓝棉有限公司,,CN,\n"
    assert scores(tmp_path, said, "us-uflpa-1", "us-uflpa-2", "C", tables=other) == [[1.0, 1.0, 1.0]]


def test_a_changed_listing_keeps_the_category_that_its_party_gives(tmp_path: Path) -> None:
    party = company("xx_slavery", topics=["reg.action", "forced.labor"])
    listing = sanction("s", "c", "xx_slavery", startDate="2022-10-05")
    base = load(tmp_path, [party, listing])
    said = sets(*changed(tmp_path, base, [change("MOD", listing, endDate="2023-01-13")]))
    assert scores(tmp_path, said, "c", days=("2022-12-01", "2024-01-01")) == [[1.0], [0.0]]
    said = sets(*changed(tmp_path, base, [change("MOD", listing), change("MOD", party, name="Renamed Ltd.")]))
    (finding,) = derive(said)["Finding"].to_dict("records")
    assert finding["category"] == "forced_labour"
    assert "Renamed Ltd." in finding["subject_aliases"]


def test_changes_apply_to_targets_too(tmp_path: Path) -> None:
    base = targets(tmp_path, target(id="us-uflpa-1", sanctions=SECTION + " - 2022-06-21", program_ids="US-UFLPA"))
    kept = changed(tmp_path / "1", base, [change("MOD", COTTON, name="Another name")])
    assert score(tmp_path, sets(*kept), "us-uflpa-1") == 1.0
    gone = changed(tmp_path / "2", base, [change("DEL", COTTON)])
    assert score(tmp_path, sets(*gone), "us-uflpa-1") == 0.0
    delisted = change("MOD", COTTON, topics=[], programId=[])
    assert score(tmp_path, sets(*changed(tmp_path / "3", base, [delisted])), "us-uflpa-1") == 0.0


def test_export_control_raises_no_figure(tmp_path: Path) -> None:
    party = company("us_trade_csl", topics="export.control")
    listing = sanction("s", "c", "us_trade_csl", programId="US-BIS-EL", reason="forced labor in Xinjiang")
    assert score(tmp_path, sets(load(tmp_path, [party, listing])), "c") == 0.0

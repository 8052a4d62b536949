"""GLEIF files: who is who, who owns whom, and what never is control."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from graph_core.day import Day, Parameters
from graph_core.derive import derive
from graph_core.errors import InputError
from graph_core.graph import Graph
from graph_core.store.base import RecordSet
from loaders import registry
from loaders.base import Options, Reading, silent
from loaders.files.rawtable import RawTable, header_key
from loaders.formats.gleif import LOADER, relationship_kinds

Row = dict[str, Any]

#: The header of the golden copy of Level 1, shortened where columns only repeat.
ENTITY = [
    "LEI",
    "Entity.LegalName",
    "Entity.LegalName.xmllang",
    *(f"Entity.OtherEntityNames.OtherEntityName.{n}{end}" for n in (1, 2) for end in ("", ".xmllang", ".type")),
    "Entity.TransliteratedOtherEntityNames.TransliteratedOtherEntityName.1",
    "Entity.TransliteratedOtherEntityNames.TransliteratedOtherEntityName.1.type",
    *(
        f"Entity.{place}.{part}"
        for place in ("LegalAddress", "HeadquartersAddress")
        for part in ("FirstAddressLine", "AdditionalAddressLine.1", "City", "Region", "Country", "PostalCode")
    ),
    "Entity.RegistrationAuthority.RegistrationAuthorityID",
    "Entity.RegistrationAuthority.RegistrationAuthorityEntityID",
    "Entity.LegalJurisdiction",
    "Entity.EntityCategory",
    "Entity.EntityStatus",
    "Registration.RegistrationStatus",
]
#: The header of the golden copy of Level 2.
RELATION = [
    *(f"Relationship.{node}.{part}" for node in ("StartNode", "EndNode") for part in ("NodeID", "NodeIDType")),
    "Relationship.RelationshipType",
    "Relationship.RelationshipStatus",
    *(f"Relationship.Period.{n}.{part}" for n in range(1, 6) for part in ("startDate", "endDate", "periodType")),
    *(f"Relationship.Qualifiers.{n}.Qualifier{part}" for n in range(1, 6) for part in ("Dimension", "Category")),
    *(
        f"Relationship.Quantifiers.{n}.{part}"
        for n in range(1, 6)
        for part in ("MeasurementMethod", "QuantifierAmount", "QuantifierUnits")
    ),
    *(
        f"Registration.{part}"
        for part in ("InitialRegistrationDate", "LastUpdateDate", "RegistrationStatus", "NextRenewalDate")
    ),
]


def lei(name: str) -> str:
    """A valid LEI; the check digits by ISO 17442: as a number with A = 10 and so on it is 1 modulo 97."""
    base = name.upper().ljust(18, "0")
    number = int("".join(str(int(character, 36)) for character in base + "00"))
    return f"{base}{98 - number % 97:02d}"


PARENT, CHILD, MIDDLE, FUND = (lei(name) for name in ("PARENT", "CHILD", "MIDDLE", "FUND"))


def written(path: Path, header: list[str], rows: list[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
    return path


def entity(code: str, name: str, **more: str) -> Row:
    return {"LEI": code, "Entity.LegalName": name, "Entity.LegalJurisdiction": "GB"} | {
        f"Entity.{key.replace('__', '.')}": value for key, value in more.items()
    }


def relation(start: str, end: str, kind: str = "IS_DIRECTLY_CONSOLIDATED_BY", **more: str) -> Row:
    row = {
        "Relationship.StartNode.NodeID": start,
        "Relationship.StartNode.NodeIDType": "LEI",
        "Relationship.EndNode.NodeID": end,
        "Relationship.EndNode.NodeIDType": "LEI",
        "Relationship.RelationshipType": kind,
        "Relationship.RelationshipStatus": "ACTIVE",
        "Relationship.Period.1.startDate": "2018-01-01T00:00:00.000Z",
        "Relationship.Period.1.endDate": "2018-12-31T00:00:00.000Z",
        "Relationship.Period.1.periodType": "ACCOUNTING_PERIOD",
        "Relationship.Period.2.startDate": "2015-03-01T00:00:00.000Z",
        "Relationship.Period.2.periodType": "RELATIONSHIP_PERIOD",
        "Registration.InitialRegistrationDate": "2017-05-05T09:00:00Z",
        "Registration.LastUpdateDate": "2022-02-02T09:00:00+02:00",
        "Registration.RegistrationStatus": "PUBLISHED",
    }
    for key, value in more.items():
        group, _, rest = key.partition("__")
        name = f"{group.capitalize()}.{rest.replace('__', '.')}"
        assert name in RELATION, name
        row[name] = value
    return row


def read(path: Path, **options: str) -> list[Reading]:
    return list(LOADER.read(path, Options(**options), silent))


def level2(tmp_path: Path, *rows: Row) -> Reading:
    (reading,) = read(written(tmp_path / "rr.csv", RELATION, list(rows)))
    return reading


def held(reading: Reading) -> list[tuple[Any, ...]]:
    frame = reading.records["ownership"].astype(object)
    frame = frame.where(frame.notna(), None)
    return list(frame[["owner_id", "owned_id", "kind", "percent", "valid_from", "valid_to"]].itertuples(index=False))


def counts(reading: Reading) -> tuple[int, int, int, int]:
    (tally,) = reading.tallies
    return tally.read, tally.loaded, tally.merged, tally.rejected


# --- Level 1


def test_an_entity_becomes_an_organization(tmp_path: Path) -> None:
    row = entity(
        CHILD,
        "Škoda | Textil a.s.",
        LegalJurisdiction="US-DE",
        EntityCategory="GENERAL",
        OtherEntityNames__OtherEntityName__1="Old Name Ltd",
        OtherEntityNames__OtherEntityName__2="Trade|Name",
        TransliteratedOtherEntityNames__TransliteratedOtherEntityName__1="Skoda Textil",
        LegalAddress__FirstAddressLine="c/o Agent",
        LegalAddress__City="Wilmington",
        LegalAddress__Country="US",
        HeadquartersAddress__FirstAddressLine="Mill Lane 1",
        HeadquartersAddress__PostalCode="SW1",
        HeadquartersAddress__City="London",
        HeadquartersAddress__Country="GB",
        RegistrationAuthority__RegistrationAuthorityID="RA000602",
        RegistrationAuthority__RegistrationAuthorityEntityID="0042",
    ) | {"Entity.OtherEntityNames.OtherEntityName.1.type": "PREVIOUS_LEGAL_NAME"}
    (reading,) = read(written(tmp_path / "20240115-0800-gleif-goldencopy-lei2.csv", ENTITY, [row]))
    (found,) = reading.records["organizations"].drop(columns=["original"]).to_dict("records")
    assert {key: value for key, value in found.items() if not pd.isna(value)} == {
        "id": CHILD,
        "lei": CHILD,
        "name": "Škoda | Textil a.s.",
        "aliases": "Old Name Ltd|Trade/Name|Skoda Textil",
        "country": "US",
        "address": "Mill Lane 1, SW1, London, GB",
        "identifiers": "RA000602:0042",
        "line": 2,
    }
    assert reading.source["id"] == "gleif-entities"
    assert reading.source["retrieved_at"] == "2024-01-15"
    assert reading.replace
    assert counts(reading) == (1, 1, 0, 0)


def test_entities_that_lack_something(tmp_path: Path) -> None:
    rows = [
        entity(PARENT, "Legal address only", LegalAddress__City="Oslo", LegalAddress__Country="NO"),
        entity(CHILD, "Fund", EntityCategory="FUND", LegalJurisdiction="EU", LegalAddress__Country="LU"),
        entity(MIDDLE, "No register", RegistrationAuthority__RegistrationAuthorityID="RA999999")
        | {"Entity.RegistrationAuthority.RegistrationAuthorityEntityID": "7"},
        entity(FUND.lower(), "Small letters"),
        entity(lei("NOWHERE"), "No country", LegalJurisdiction=""),
    ]
    (reading,) = read(written(tmp_path / "l1.csv", ENTITY, rows))
    frame = reading.records["organizations"].set_index("id").astype(object)
    assert frame.loc[PARENT, "address"] == "Oslo, NO"
    assert (frame.loc[CHILD, "country"], frame.loc[CHILD, "roles"]) == ("LU", "fund")
    assert pd.isna(frame.loc[MIDDLE, "identifiers"])
    assert frame.loc[FUND, "name"] == "Small letters"
    assert pd.isna(frame.loc[lei("NOWHERE"), "country"])


def test_a_wrong_lei_and_a_missing_name_are_rejected(tmp_path: Path) -> None:
    wrong = PARENT[:-1] + str((int(PARENT[-1]) + 1) % 10)
    rows = [entity(wrong, "A"), entity("short", "B"), entity("", "C"), entity(CHILD, ""), entity(MIDDLE, "ok")]
    (reading,) = read(written(tmp_path / "l1.csv", ENTITY, [*rows, rows[-1], entity(MIDDLE, "other")]))
    assert counts(reading) == (7, 1, 1, 5)
    assert reading.rejects[["line", "column", "value"]].to_numpy().tolist() == [
        [2, "LEI", wrong],
        [3, "LEI", "short"],
        [4, "LEI", ""],
        [5, "Entity.LegalName", ""],
        [8, "LEI", MIDDLE],
    ]
    assert "check digits" in reading.rejects["reason"].iloc[0]
    assert "line 6 already says something else" in reading.rejects["reason"].iloc[-1]


# --- Level 2


def test_the_end_node_owns_the_start_node(tmp_path: Path) -> None:
    reading = level2(tmp_path, relation(CHILD, PARENT))
    assert held(reading) == [(PARENT, CHILD, "consolidation", None, "2015-03-01", None)]
    assert reading.source["id"] == "gleif-relationships"
    assert reading.replace


def test_kinds_of_relationships(tmp_path: Path) -> None:
    reading = level2(tmp_path, *(relation(CHILD, PARENT, kind) for kind in relationship_kinds()))
    assert [row[2] for row in held(reading)] == ["consolidation"] * 2 + ["control"] + ["fund_management"] * 3
    assert reading.records["ownership"]["source"].tolist() == [
        f"gleif-relationships:{kind}" for kind in relationship_kinds()
    ]
    sources = reading.records["sources"].set_index("id")
    assert sources.loc["gleif-relationships:IS_FUND-MANAGED_BY", "title"] == (
        "GLEIF Level 2: relationships: fund and its manager"
    )
    assert sources["publisher"].notna().all()


def test_an_ended_relationship_has_an_end(tmp_path: Path) -> None:
    inactive = {"relationship__RelationshipStatus": "INACTIVE"}
    rows = [
        relation(CHILD, PARENT, **inactive, relationship__Period__2__endDate="2019-07-01T00:00:00Z"),
        relation(CHILD, MIDDLE, **inactive),
        relation(CHILD, FUND, registration__RegistrationStatus="RETIRED"),
        relation(MIDDLE, PARENT, relationship__Period__2__endDate="2030-01-01T00:00:00Z"),
        relation(FUND, PARENT, **inactive, registration__LastUpdateDate=""),
    ]
    reading = level2(tmp_path, *rows)
    assert [row[5] for row in held(reading)] == ["2019-07-01", "2022-02-02", "2022-02-02", "2030-01-01"]
    assert reading.rejects["column"].tolist() == ["Relationship.RelationshipStatus"]
    assert "says when" in reading.rejects["reason"].iloc[0]


def test_without_a_first_day_the_day_of_registration_counts(tmp_path: Path) -> None:
    none = {"relationship__Period__2__periodType": "DOCUMENT_FILING_PERIOD"}
    assert held(level2(tmp_path, relation(CHILD, PARENT, **none)))[0][4:] == ("2017-05-05", None)
    row = relation(CHILD, PARENT, **none, registration__InitialRegistrationDate="")
    assert held(level2(tmp_path, row))[0][4:] == (None, None)


def test_what_does_not_say_that_anything_holds_is_rejected(tmp_path: Path) -> None:
    rows = [
        relation(CHILD, PARENT, relationship__RelationshipStatus="NULL"),
        relation(CHILD, PARENT, relationship__RelationshipStatus=""),
        relation(CHILD, PARENT, registration__RegistrationStatus="ANNULLED"),
        relation(CHILD, PARENT, registration__RegistrationStatus="NEW_WORD"),
        relation(CHILD, PARENT, "IS_FRIEND_OF"),
        relation(CHILD, CHILD),
        relation("US0378331005", PARENT, relationship__StartNode__NodeIDType="ISIN"),
        relation(CHILD, PARENT[:-2] + "00"),
        relation(CHILD, PARENT, relationship__Period__1__periodType="RELATIONSHIP_PERIOD"),
        relation(CHILD, PARENT, relationship__Period__2__startDate="2015"),
        relation(CHILD, PARENT, relationship__Period__2__endDate="2015-03-01T00:00:00Z"),
        relation(CHILD, PARENT, registration__RegistrationStatus="LAPSED"),
    ]
    reading = level2(tmp_path, *rows)
    assert counts(reading) == (12, 1, 0, 11)
    assert reading.rejects["line"].tolist() == list(range(2, 13))
    assert reading.rejects["column"].tolist()[:10] == [
        "Relationship.RelationshipStatus",
        "Relationship.RelationshipStatus",
        "Registration.RegistrationStatus",
        "Registration.RegistrationStatus",
        "Relationship.RelationshipType",
        "Relationship.EndNode.NodeID",
        "Relationship.StartNode.NodeIDType",
        "Relationship.EndNode.NodeID",
        "Relationship.Period.2.periodType",
        "Relationship.Period.2.startDate",
    ]
    assert "withdrawn as wrong" in reading.rejects["reason"].iloc[2]


@pytest.mark.parametrize(
    ("method", "amount", "unit", "percent"),
    [
        ("ACCOUNTING_CONSOLIDATION", "100.00", "PERCENTAGE", None),
        ("ACCOUNTING_CONSOLIDATION", "40.00", "PERCENTAGE", 40.0),
        ("OWNERSHIP_PERCENTAGE", "100", "PERCENTAGE", 100.0),
        ("OWNERSHIP_PERCENTAGE", "75.5", "", 75.5),
        ("ACCOUNTING_CONSOLIDATION", "0.51", "PERCENTAGE", None),
        ("ACCOUNTING_CONSOLIDATION", "60", "SHARES", None),
        ("", "", "", None),
    ],
)
def test_percentages(tmp_path: Path, method: str, amount: str, unit: str, percent: float | None) -> None:
    row = relation(
        CHILD,
        PARENT,
        relationship__Quantifiers__1__MeasurementMethod=method,
        relationship__Quantifiers__1__QuantifierAmount=amount,
        relationship__Quantifiers__1__QuantifierUnits=unit,
    )
    reading = level2(tmp_path, row)
    assert held(reading)[0][3] == percent
    assert bool(reading.notes) == (amount in ("0.51", "60"))


def test_a_percentage_that_is_none_is_rejected(tmp_path: Path) -> None:
    rows = [relation(CHILD, PARENT, relationship__Quantifiers__1__QuantifierAmount=x) for x in ("140", "half")]
    reading = level2(tmp_path, *rows)
    assert reading.rejects["column"].tolist() == ["Relationship.Quantifiers.1.QuantifierAmount"] * 2


def test_repeats_are_merged_also_over_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loaders.formats.gleif._PIECE", 2)
    rows = [relation(CHILD, PARENT), relation(MIDDLE, PARENT), relation(CHILD, PARENT), relation(FUND, PARENT)]
    again = relation(CHILD, PARENT, relationship__Period__2__endDate="2020-01-01T00:00:00Z")
    readings = read(written(tmp_path / "rr.csv", RELATION, [*rows, again]))
    assert [counts(reading) for reading in readings] == [(2, 2, 0, 0), (2, 1, 1, 0), (1, 0, 0, 1)]
    assert "line 2 already says something else" in readings[-1].rejects["reason"].iloc[0]
    assert {reading.source["id"] for reading in readings} == {"gleif-relationships"}


# --- files


def test_a_folder_gives_entities_before_relationships(tmp_path: Path) -> None:
    written(tmp_path / "a.csv", RELATION, [relation(CHILD, PARENT)])
    written(tmp_path / "b.csv", ENTITY, [entity(CHILD, "Child")])
    written(tmp_path / "c.csv", ENTITY, [entity(PARENT, "Parent")])
    written(tmp_path / "d.csv", ["LEI", "Exception.Category", "Exception.Reason.1"], [{"LEI": CHILD}])
    readings = read(tmp_path, series="part", list_date="2024-02-01")
    assert [reading.source["id"] for reading in readings] == [
        *["gleif-entities:part"] * 2,
        "gleif-relationships:part",
    ]
    assert all(reading.source["title"] and "2024-02-01" in reading.source["title"] for reading in readings)


def test_other_files_are_refused(tmp_path: Path) -> None:
    exceptions = written(tmp_path / "d.csv", ["LEI", "Exception.Category"], [{"LEI": CHILD}])
    with pytest.raises(InputError, match="reporting exceptions"):
        read(exceptions)
    with pytest.raises(InputError, match="holds no GLEIF file"):
        read(tmp_path)
    other = tmp_path / "x.csv"
    other.write_text("id,name\n1,x\n")
    with pytest.raises(InputError, match="is no GLEIF file"):
        read(other)
    with pytest.raises(InputError, match="does not exist"):
        read(tmp_path / "absent.csv")


def test_gzip_and_json_of_the_same_table(tmp_path: Path) -> None:
    plain = written(tmp_path / "rr.csv", RELATION, [relation(CHILD, PARENT)])
    (tmp_path / "rr.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    (tmp_path / "rr.jsonl").write_text(json.dumps(relation(CHILD, PARENT)) + "\n")
    expected = held(read(plain)[0])
    assert [held(read(tmp_path / name)[0]) for name in ("rr.csv.gz", "rr.jsonl")] == [expected] * 2


def test_a_corrected_row_is_read_alone(tmp_path: Path) -> None:
    bad = level2(tmp_path, relation(CHILD, PARENT, relationship__RelationshipStatus="ACTVE"))
    assert bad.rows is not None
    frame = bad.rows.frame.assign(**{header_key("Relationship.RelationshipStatus"): "ACTIVE"})
    (good,) = LOADER.transform(RawTable("rr.csv", frame, bad.rows.headers, [], "x"), Options())
    assert held(good) == [(PARENT, CHILD, "consolidation", None, "2015-03-01", None)]


# --- from file to figures


def graph(tmp_path: Path, relations: list[Row], order: str) -> Graph:
    folder = tmp_path / "tables"
    folder.mkdir(exist_ok=True)
    files = {
        "organizations.csv": "id,name,roles\nX,Brand,brand\n",
        "facilities.csv": f"id,name,country,operator_id\nA,Site,GB,{CHILD}\n",
        "links.csv": "supplier_id,buyer_id,share\nA,X,0.5\n",
        "findings.csv": f"id,subject_id,category,includes_subsidiaries\nf,{order},forced_labour,true\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    names = [entity(code, name) for code, name in ((PARENT, "P"), (CHILD, "C"), (MIDDLE, "M"), (FUND, "F"))]
    readings = [
        *registry.get("tables").read(folder, Options(), silent),
        *read(written(tmp_path / "l1.csv", ENTITY, names)),
        *read(written(tmp_path / "rr.csv", RELATION, relations)),
    ]
    return derive([RecordSet(r.source, number, r.records) for number, r in enumerate(readings, start=1)])


def score(found: Graph, day: str) -> dict[str, float]:
    classes: dict[str, float] = Day(found, Parameters(day)).exposures(["X"])[0]["classes"]
    return classes


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["IS_DIRECTLY_CONSOLIDATED_BY", "IS_ULTIMATELY_CONSOLIDATED_BY"], 0.5),
        (["IS_ULTIMATELY_CONSOLIDATED_BY"], 0.5),
        (["IS_INTERNATIONAL_BRANCH_OF"], 0.5),
        (["IS_FUND-MANAGED_BY"], 0.0),
        (["IS_SUBFUND_OF", "IS_FEEDER_TO"], 0.0),
    ],
)
def test_an_order_on_the_parent_reaches_the_site_of_what_it_consolidates(
    tmp_path: Path, kinds: list[str], expected: float
) -> None:
    found = graph(tmp_path, [relation(CHILD, PARENT, kind) for kind in kinds], PARENT)
    assert score(found, "2021-06-30")["ownership"] == expected
    assert score(found, "2021-06-30")["named"] == 0.0
    assert score(found, "2015-02-28")["ownership"] == 0.0  # before the relationship began


def test_an_order_on_the_child_does_not_reach_up(tmp_path: Path) -> None:
    found = graph(tmp_path, [relation(MIDDLE, CHILD)], MIDDLE)
    assert score(found, "2021-06-30")["ownership"] == 0.0


def test_an_order_reaches_down_a_chain_until_the_relationship_ends(tmp_path: Path) -> None:
    ended = {
        "relationship__RelationshipStatus": "INACTIVE",
        "relationship__Period__2__endDate": "2020-01-01T00:00:00Z",
    }
    found = graph(tmp_path, [relation(CHILD, MIDDLE), relation(MIDDLE, PARENT, **ended)], PARENT)
    assert score(found, "2019-12-31")["ownership"] == 0.5
    assert score(found, "2020-01-01")["ownership"] == 0.0


def test_a_direct_parent_that_ended_does_not_end_the_ultimate_one(tmp_path: Path) -> None:
    """Both say the same pair of companies; neither corrects the other."""
    ended = {
        "relationship__RelationshipStatus": "INACTIVE",
        "relationship__Period__2__endDate": "2018-01-01T00:00:00Z",
    }
    rows = [relation(CHILD, PARENT, "IS_ULTIMATELY_CONSOLIDATED_BY"), relation(CHILD, PARENT, **ended)]
    for order in (rows, rows[::-1]):
        assert score(graph(tmp_path, order, PARENT), "2021-06-30")["ownership"] == 0.5


def test_direct_and_ultimate_parent_are_one_holding_with_both_sources(tmp_path: Path) -> None:
    kinds = ["IS_DIRECTLY_CONSOLIDATED_BY", "IS_ULTIMATELY_CONSOLIDATED_BY"]
    owns = graph(tmp_path, [relation(CHILD, PARENT, kind) for kind in kinds], PARENT)["OWNS"]
    assert owns["sources"].tolist() == [[f"gleif-relationships:{kind}" for kind in kinds]]


def test_a_partly_consolidated_company_is_not_controlled(tmp_path: Path) -> None:
    part = {
        "relationship__Quantifiers__1__MeasurementMethod": "ACCOUNTING_CONSOLIDATION",
        "relationship__Quantifiers__1__QuantifierAmount": "40.00",
        "relationship__Quantifiers__1__QuantifierUnits": "PERCENTAGE",
    }
    assert score(graph(tmp_path, [relation(CHILD, PARENT, **part)], PARENT), "2021-06-30")["ownership"] == 0.0

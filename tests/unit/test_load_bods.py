"""Beneficial ownership statements: parties, what is control, and the days on which it holds."""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Iterable
from dataclasses import replace
from importlib import resources
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest

from graph_core.day import Day, Parameters
from graph_core.derive import derive
from graph_core.errors import InputError
from graph_core.graph import Graph
from graph_core.model import Holding
from graph_core.store.base import RecordSet
from loaders import registry
from loaders.base import Options, Reading, silent
from loaders.files.rawtable import RawTable
from loaders.formats.bods.holdings import Interest, Version, percent_of, spans
from loaders.formats.bods.holdings import holdings as rows_of
from loaders.formats.bods.loader import LOADER
from loaders.quarantine import Writer

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "bods"
Statement = dict[str, Any]
P = "bods:Register:"


def real(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        message = f"the real data set bods/{name} is not beside the checkout"
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail(message)
        pytest.skip(message)
    return path


# --- statements by hand


def statement(record: str, kind: str, day: str = "2020-01-01", status: str = "new", **more: Any) -> Statement:
    details = more.pop("details", {})
    return {
        "statementId": f"{record}-{day}-{status}".ljust(32, "0"),
        "statementDate": day,
        "declarationSubject": "C",
        "recordId": record,
        "recordType": kind,
        "recordStatus": status,
        "recordDetails": {"isComponent": False, **details},
        "publicationDetails": {
            "publicationDate": "2024-05-01",
            "bodsVersion": "0.4",
            "publisher": {"name": "Register"},
        },
        **more,
    }


def entity(record: str, name: str = "", day: str = "2020-01-01", status: str = "new", **details: Any) -> Statement:
    given = {"entityType": {"type": "registeredEntity"}, "name": name or f"Company {record}", **details}
    return statement(record, "entity", day, status, details=given)


def person(record: str, name: str = "", **details: Any) -> Statement:
    given = {"personType": "knownPerson", "names": [{"type": "legal", "fullName": name or f"Person {record}"}]}
    return statement(record, "person", details={**given, **details})


def interest(kind: str = "shareholding", percent: float | None = None, **more: Any) -> Statement:
    share = {} if percent is None else {"share": {"exact": percent}}
    return {"type": kind, "directOrIndirect": "direct", **share, **more}


def relation(
    owner: Any, owned: Any, *interests: Any, record: str = "r", day: str = "2020-01-01", status: str = "new"
) -> Statement:
    details = {"subject": owned, "interestedParty": owner, "interests": list(interests)}
    return statement(record, "relationship", day, status, details=details)


def written(path: Path, statements: Iterable[Any]) -> Path:
    path.write_text(json.dumps(list(statements)), encoding="utf-8")
    return path


def read(path: Path, **options: str) -> Reading:
    (reading,) = LOADER.read(path, Options(**options), silent)
    return reading


def given(tmp_path: Path, *statements: Any, **options: str) -> Reading:
    return read(written(tmp_path / "bods.json", statements), **options)


def parties(reading: Reading) -> pd.DataFrame:
    frame = reading.records["organizations"].astype(object)
    return frame.where(frame.notna(), None).set_index("id")


def held(reading: Reading) -> list[tuple[Any, ...]]:
    """Owner, owned, kind, percent and the days of every holding, without the prefix of ids."""
    frame = reading.records["ownership"].astype(object)
    frame = frame.where(frame.notna(), None).sort_values(["owner_id", "kind", "valid_from"])
    rows = frame[["owner_id", "owned_id", "kind", "percent", "valid_from", "valid_to"]].itertuples(index=False)
    return [(row[0].removeprefix(P), row[1].removeprefix(P), *row[2:]) for row in rows]


def counts(reading: Reading) -> list[tuple[str, int, int, int, int]]:
    return [(tally.table, tally.read, tally.loaded, tally.merged, tally.rejected) for tally in reading.tallies]


# --- parties


def test_an_entity_becomes_an_organization(tmp_path: Path) -> None:
    reading = given(
        tmp_path,
        entity(
            "C",
            "Tekstil | Ltd",
            alternateNames=["Textile Ltd"],
            jurisdiction={"name": "Delaware", "code": "US-DE"},
            identifiers=[
                {"scheme": "GB-COH", "id": "01"},
                {"schemeName": "Some register", "id": "2|3"},
                {"scheme": "XI-LEI", "id": "959800M5S8EHVXWG6P95"},
            ],
            addresses=[
                {"type": "service", "address": "Elsewhere"},
                {"type": "registered", "address": "1 Street, ", "postCode": "X1", "country": {"name": "Ireland"}},
            ],
        ),
        entity("D", entityType={"type": "stateBody", "subtype": "stateAgency"}, jurisdiction={"name": "Ireland"}),
        entity("E", entityType={"type": "arrangement"}, jurisdiction={"name": "Atlantis"}),
    )
    found = parties(reading)
    first = found.loc[P + "C"].to_dict()
    assert {key: value for key, value in first.items() if value is not None and key not in ("line", "original")} == {
        "name": "Tekstil | Ltd",
        "aliases": "Textile Ltd",
        "country": "US",
        "lei": "959800M5S8EHVXWG6P95",
        "roles": "registered entity",
        "address": "1 Street, X1, Ireland",
        "identifiers": "GB-COH:01|Some register:2/3",
    }
    assert found.loc[[P + "D", P + "E"], ["country", "roles"]].to_numpy().tolist() == [
        ["IE", "state body"],
        [None, "arrangement"],
    ]
    assert counts(reading)[0] == ("organizations", 3, 3, 0, 0)
    assert any("'Atlantis' is no country" in note for note in reading.notes)


def test_a_wrong_lei_stays_an_identifier(tmp_path: Path) -> None:
    reading = given(tmp_path, entity("C", identifiers=[{"scheme": "XI-LEI", "id": "959800M5S8EHVXWG6P96"}]))
    found = parties(reading).loc[P + "C"]
    assert (found["lei"], found["identifiers"]) == (None, "XI-LEI:959800M5S8EHVXWG6P96")
    assert any("wrong check digits" in note for note in reading.notes)


def test_the_last_statement_about_an_entity_counts_and_old_names_are_aliases(tmp_path: Path) -> None:
    rows = [entity("C", "New", "2022-01-01", "updated"), entity("C", "Old", alternateNames=["Olde"])]
    found = parties(given(tmp_path, *rows))
    assert found[["name", "aliases"]].to_numpy().tolist() == [["New", "Old|Olde"]]


def test_of_a_person_only_the_name_is_kept(tmp_path: Path) -> None:
    private = {
        "birthDate": "1970-02-03",
        "nationalities": [{"name": "Ireland", "code": "IE"}],
        "addresses": [{"type": "residence", "address": "7 Private Road"}],
        "identifiers": [{"scheme": "IRL-TAXID", "id": "SECRET77"}],
        "names": [{"type": "former", "fullName": "Maiden Name"}, {"type": "legal", "fullName": "Ann Example"}],
    }
    asserted = {"source": {"assertedBy": [{"name": "Somebody Else"}]}}
    wrong = {**person("Q", **private), "statementDate": "soon", **asserted}
    mistyped = {**person("S", **private), "recordType": "persn"}
    reading = given(tmp_path, {**person("P", **private), **asserted}, wrong, mistyped)
    (row,) = reading.records["organizations"].to_dict("records")
    assert {str(name): cell for name, cell in row.items() if name != "line" and not pd.isna(cell)} == {
        "id": P + "P",
        "name": "Ann Example",
        "roles": "person",
    }
    assert reading.rejects["column"].tolist() == ["statementDate", "recordType"]
    writer = Writer(tmp_path / "home", "bods", Options())
    writer.add(reading.rejects, reading.rows)
    kept = writer.finish("rejects")
    assert kept is not None
    text = kept.read_text()
    for secret in ("1970", "Ireland", "Private Road", "SECRET77", "Somebody"):
        assert secret not in text
    assert "Ann Example" in text


def test_lines_that_cannot_be_read_are_not_repeated_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps(entity("C")) + '\n{"birthDate": "1970-02-03"\n[1]\n')
    reading = read(path)
    assert reading.rejects["line"].tolist() == [2, 3]
    assert "1970" not in reading.rejects.to_csv()


def test_names_of_persons_and_of_nobody(tmp_path: Path) -> None:
    reason = {"reason": "subjectUnableToConfirmOrIdentify"}
    reading = given(
        tmp_path,
        person("parts", names=[{"givenName": "Ann", "familyName": "Example"}]),
        person("unknown", personType="unknownPerson", names=[], unspecifiedPersonDetails=reason),
        person("hidden", personType="anonymousPerson", names=[]),
        person("none", names=[]),
        entity("trust", name=" ", entityType={"type": "unknownEntity"}, unspecifiedEntityDetails=reason),
        entity("empty", name=" "),
    )
    assert parties(reading)["name"].to_dict() == {
        P + "parts": "Ann Example",
        P + "unknown": "unknown person: subjectUnableToConfirmOrIdentify",
        P + "hidden": "anonymous person",
        P + "trust": "unknown entity: subjectUnableToConfirmOrIdentify",
    }
    assert reading.rejects["line"].tolist() == [4, 6]
    assert reading.rejects["reason"].str.contains("name").all()


# --- ids


def test_ids_are_those_of_the_publisher(tmp_path: Path) -> None:
    assert list(parties(given(tmp_path, entity("1"))).index) == [P + "1"]
    assert list(parties(given(tmp_path, entity("1"), series="gb")).index) == ["bods:gb:1"]
    other = {**entity("1"), "publicationDetails": {"publisher": {"url": "https://register.example"}}}
    assert list(parties(given(tmp_path, other)).index) == ["bods:https://register.example:1"]
    without = {key: value for key, value in entity("1").items() if key != "publicationDetails"}
    assert list(parties(given(tmp_path, without)).index) == ["bods:unnamed publisher:1"]


def test_a_publisher_whose_name_cannot_be_kept(tmp_path: Path) -> None:
    odd = {**entity("1"), "publicationDetails": {"publisher": {"name": "a\x00b\ud800"}, "license": "\x00"}}
    assert list(parties(given(tmp_path, odd)).index) == ["bods:ab?:1"]


def test_a_publisher_that_changes_its_name_keeps_its_ids(tmp_path: Path) -> None:
    renamed = relation("C", "D", interest())
    renamed["publicationDetails"] = {"publisher": {"name": "The Register"}}
    reading = given(tmp_path, entity("C"), entity("D"), renamed)
    assert held(reading)[0][:2] == ("C", "D")


@pytest.mark.parametrize("prefix", ["", "XI-LEI-"])
def test_a_record_id_that_is_an_lei_is_the_lei(tmp_path: Path, prefix: str) -> None:
    first, second, wrong = "959800M5S8EHVXWG6P95", "959800HPB0TYKYATVE75", "959800HPB0TYKYATVE76"
    rows = [entity(prefix + first), entity(prefix + second), entity(wrong), relation(prefix + first, prefix + second)]
    rows[-1]["recordDetails"]["interests"] = [interest("otherInfluenceOrControl")]
    reading = given(tmp_path, *rows)
    assert list(parties(reading).index) == [first, second, P + wrong]
    assert parties(reading)["lei"].tolist() == [first, second, None]
    assert held(reading)[0][:3] == (first, second, "control")


# --- what an interest is


def test_every_interest_type_has_a_kind_of_the_model() -> None:
    text = resources.files("loaders").joinpath("data/bods_interests.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len({row["interest"] for row in rows}) == len(rows) == 23
    assert {row["kind"] for row in rows} - {""} <= set(Holding)
    control = {row["interest"] for row in rows if row["kind"] == "control"}
    assert control == {
        "appointmentOfBoard",
        "otherInfluenceOrControl",
        "controlViaCompanyRulesOrArticles",
        "controlByLegalFramework",
    }


@pytest.mark.parametrize(
    ("stated", "kind"),
    [
        (interest("shareholding", 10), "shareholding"),
        (interest("votingRights", 10), "voting_rights"),
        (interest("appointmentOfBoard"), "control"),
        (interest("voting-rights", 10), "voting_rights"),
        (interest("boardMember"), "other"),
        (interest("boardChair", 90), "other"),
        (interest("nominee", 100), "other"),
        (interest("trustee"), "other"),
        (interest("unknownInterest"), "other"),
        (interest("unknownInterest", 60), None),
        ({"directOrIndirect": "unknown", "beneficialOwnershipOrControl": True}, "other"),
        (interest("somethingNew"), "other"),
        (interest("otherInfluenceOrControl", details="LEI RelationshipType: IS_FUND-MANAGED_BY"), "fund_management"),
        (interest("otherInfluenceOrControl", details="Relationship Type: IS_SUBFUND_OF"), "fund_management"),
        (
            interest("otherInfluenceOrControl", details="Relationship Type: IS_DIRECTLY_CONSOLIDATED_BY"),
            "consolidation",
        ),
    ],
)
def test_kinds(tmp_path: Path, stated: Statement, kind: str | None) -> None:
    assert [row[2] for row in held(given(tmp_path, relation("A", "C", stated)))] == [kind]


@pytest.mark.parametrize(
    ("share", "percent"),
    [
        ({"exact": 76.5}, 76.5),
        ({"exact": 0}, 0.0),
        ({"exact": 30, "minimum": 25, "maximum": 50}, 30.0),
        ({"minimum": 25, "maximum": 50}, 25.0),
        ({"exclusiveMinimum": 25, "maximum": 50}, 25.0),
        ({"minimum": 50, "exclusiveMaximum": 75}, 50.0),
        ({"minimum": 25, "maximum": 50, "exclusiveMinimum": None, "exclusiveMaximum": None}, 25.0),
        ({"minimum": 25, "exclusiveMinimum": True, "maximum": 50, "exclusiveMaximum": False}, 25.0),
        ({"maximum": 25}, 25.0),
        ({"maximum": 50}, None),
        ({"maximum": 100}, None),
        ({"exclusiveMaximum": 50}, math.nextafter(50, 0)),
        ({"exact": "40"}, 40.0),
        ({}, None),
    ],
)
def test_a_range_counts_by_its_lower_end(share: dict[str, Any], percent: float | None) -> None:
    assert percent_of(share) == percent


@pytest.mark.parametrize(
    "share", [{"exact": 101}, {"exact": -1}, {"minimum": "half"}, {"exact": [1]}, {"minimum": 60, "maximum": 40}]
)
def test_a_share_that_is_none_is_rejected(tmp_path: Path, share: dict[str, Any]) -> None:
    reading = given(tmp_path, entity("C"), relation("A", "C", {"type": "shareholding", "share": share}))
    assert counts(reading)[1] == ("ownership", 1, 0, 0, 1)
    assert "the share of the interest 'shareholding' has" in reading.rejects["reason"].iloc[0]


# --- days


def versions(tmp_path: Path, *stated: tuple[str, str, list[Any]]) -> list[tuple[Any, ...]]:
    rows = [relation("A", "C", *interests, day=day, status=status) for day, status, interests in stated]
    return [row[2:] for row in held(given(tmp_path, *rows))]


def test_new_updated_closed(tmp_path: Path) -> None:
    found = versions(
        tmp_path,
        ("2023-03-03", "closed", [interest(percent=30, startDate="2021-09-24")]),
        ("2019-01-20", "new", [interest(percent=100, startDate="2002-03-09")]),
        ("2021-09-25", "updated", [interest(percent=30, startDate="2021-09-24")]),
    )
    assert found == [
        ("shareholding", 100.0, "2002-03-09", "2021-09-24"),
        ("shareholding", 30.0, "2021-09-24", "2023-03-03"),
    ]


def test_a_share_that_changes_under_the_same_first_day_changes_on_the_day_of_the_statement(tmp_path: Path) -> None:
    found = versions(
        tmp_path,
        ("2019-09-11T10:00:00Z", "new", [interest(percent=50, startDate="2019-09-11")]),
        ("2022-01-21T11:56:47Z", "updated", [interest(percent=100, startDate="2019-09-11")]),
    )
    assert found == [
        ("shareholding", 50.0, "2019-09-11", "2022-01-21"),
        ("shareholding", 100.0, "2022-01-21", None),
    ]


def test_without_a_first_day_the_day_of_the_statement_counts(tmp_path: Path) -> None:
    rows = [interest(percent=60)]
    assert versions(tmp_path, ("2019-01-20", "new", rows), ("2020-01-20", "updated", rows)) == [
        ("shareholding", 60.0, "2019-01-20", None)
    ]


def test_a_first_day_that_is_found_out_later(tmp_path: Path) -> None:
    found = versions(
        tmp_path,
        ("2019-01-20", "new", [interest(percent=60)]),
        ("2020-01-20", "updated", [interest(percent=60, startDate="2015-01-01")]),
        ("2021-01-20", "updated", [interest(percent=70, startDate="2015-01-01")]),
        ("2022-01-20", "updated", [interest(percent=70, startDate="2015-01-01")]),
    )
    assert found == [
        ("shareholding", 60.0, "2015-01-01", "2021-01-20"),
        ("shareholding", 70.0, "2021-01-20", None),
    ]


def test_an_end_in_the_closing_statement_is_earlier_than_the_statement(tmp_path: Path) -> None:
    found = versions(
        tmp_path,
        ("2019-09-11", "new", [interest(percent=50, startDate="2019-09-11")]),
        ("2021-09-11", "closed", [interest(percent=50, startDate="2019-09-11", endDate="2021-04-03")]),
    )
    assert found == [("shareholding", 50.0, "2019-09-11", "2021-04-03")]


def test_a_closing_statement_takes_back_no_stated_end(tmp_path: Path) -> None:
    found = versions(
        tmp_path,
        ("2019-01-01", "new", [interest(percent=50, endDate="2020-01-01")]),
        ("2021-01-01", "closed", [interest(percent=50)]),
    )
    assert found == [("shareholding", 50.0, "2019-01-01", "2020-01-01")]


def test_an_interest_that_the_next_statement_lacks_has_ended(tmp_path: Path) -> None:
    found = versions(
        tmp_path,
        ("2019-01-01", "new", [interest("votingRights", 60), interest(percent=60)]),
        ("2020-01-01", "updated", [interest("votingRights", 60)]),
        ("2021-01-01", "updated", []),
    )
    assert found == [
        ("shareholding", 60.0, "2019-01-01", "2020-01-01"),
        ("voting_rights", 60.0, "2019-01-01", "2021-01-01"),
    ]


def test_an_interested_party_that_becomes_unknown_ends_the_holding(tmp_path: Path) -> None:
    rows = [
        relation("A", "C", interest(percent=60)),
        relation({"reason": "unknown"}, "C", interest(percent=60), day="2021-05-05", status="updated"),
    ]
    assert held(given(tmp_path, *rows)) == [("A", "C", "shareholding", 60.0, "2020-01-01", "2021-05-05")]


def test_statements_of_one_day_follow_each_other_by_their_time(tmp_path: Path) -> None:
    found = versions(
        tmp_path,
        ("2021-09-11T16:15:08Z", "updated", [interest(percent=20)]),
        ("2021-09-11T14:02:11Z", "new", [interest(percent=90)]),
    )
    assert found == [("shareholding", 20.0, "2021-09-11", None)]


def test_a_closed_record_alone_ends_on_the_day_of_its_statement(tmp_path: Path) -> None:
    found = versions(tmp_path, ("2021-01-01", "closed", [interest(percent=60, startDate="2019-01-01")]))
    assert found == [("shareholding", 60.0, "2019-01-01", "2021-01-01")]
    assert versions(tmp_path, ("2021-01-01", "closed", [interest(percent=60)])) == []


def test_a_statement_that_cannot_be_used_still_ends_the_one_before(tmp_path: Path) -> None:
    """What it says instead is not known: the old share must not live on."""
    wrong = relation("A", "C", interest(percent=140), day="2021-01-01", status="updated")
    later = relation("A", "C", interest(percent=20), day="2022-01-01", status="updated")
    first = relation("A", "C", interest(percent=60))
    before = ("A", "C", "shareholding", 60.0, "2020-01-01", "2021-01-01")
    assert held(given(tmp_path, first, wrong)) == [before]
    after = ("A", "C", "shareholding", 20.0, "2022-01-01", None)
    assert held(given(tmp_path, first, wrong, later)) == [before, after]


def test_a_repeated_statement_ends_nothing(tmp_path: Path) -> None:
    row = relation("A", "C", interest(percent=60))
    reading = given(tmp_path, row, row, entity("C"), entity("C"))
    assert counts(reading) == [("organizations", 2, 1, 1, 0), ("ownership", 2, 1, 1, 0)]
    assert held(reading) == [("A", "C", "shareholding", 60.0, "2020-01-01", None)]


def test_a_statement_id_is_said_once(tmp_path: Path) -> None:
    row = relation("A", "C", interest(percent=60))
    other = {**relation("A", "C", interest(percent=90)), "statementId": row["statementId"]}
    reading = given(tmp_path, row, other)
    assert held(reading) == [("A", "C", "shareholding", 60.0, "2020-01-01", None)]
    assert reading.rejects[["line", "column"]].to_numpy().tolist() == [[2, "statementId"]]


def test_holdings_that_end_as_they_begin_hold_on_no_day(tmp_path: Path) -> None:
    assert versions(tmp_path, ("2020-01-01", "new", [interest(startDate="2019-01-01", endDate="2019-01-01")])) == []
    wrong = relation("A", "C", interest(startDate="2019-01-02", endDate="2019-01-01"))
    assert "before it begins" in given(tmp_path, entity("C"), wrong).rejects["reason"].iloc[0]


@pytest.mark.parametrize("day", ["2019", "2019-02", "2019-02-30", "soon", 7, ["2019-01-01"]])
def test_a_day_that_is_none_is_rejected(tmp_path: Path, day: Any) -> None:
    reading = given(tmp_path, entity("C"), relation("A", "C", interest(startDate=day)))
    assert "startDate of the interest 'shareholding'" in reading.rejects["reason"].iloc[0]


@pytest.mark.parametrize("seed", range(30))
def test_on_every_day_holds_what_the_last_statement_said(seed: int) -> None:
    """Against a second, day-by-day reading: statements without days of their own, in any number."""
    random = Random(seed)
    days = sorted(random.sample(range(1, 28), random.randint(1, 6)))
    said: list[dict[str, float | None]] = []
    stated = []
    for number, day in enumerate(days):
        closed = number == len(days) - 1 and random.random() < 0.5
        shares = {name: random.choice([None, 20.0, 60.0]) for name in ("shareholding", "votingRights", "settlor")}
        shares = {name: share for name, share in shares.items() if random.random() < 0.7}
        interests = tuple(Interest(name, name, share, None, None) for name, share in shares.items())
        until = f"2020-01-{days[number + 1]:02d}" if number + 1 < len(days) else None
        stated.append(Version("r", f"2020-01-{day:02d}", closed, until, number, "A", "C", interests))
        said.append({} if closed else shares)
    rows = list(rows_of(spans(stated)))
    for day in range(1, 30):
        before = [shares for begun, shares in zip(days, said, strict=True) if begun <= day]
        date = f"2020-01-{day:02d}"
        on_day = [row for row in rows if row.valid_from <= date < (row.valid_to or "9999")]
        assert len({row.kind for row in on_day}) == len(on_day)
        assert {row.kind: row.percent for row in on_day} == (before[-1] if before else {}), date


# --- several interests in one pair


def test_interests_of_one_kind_are_one_holding(tmp_path: Path) -> None:
    rows = [
        relation("A", "C", interest("boardMember"), interest("boardChair"), interest(percent=20), interest(percent=35)),
        relation("A", "C", interest(percent=30), record="second"),
    ]
    assert held(given(tmp_path, *rows)) == [
        ("A", "C", "other", None, "2020-01-01", None),
        ("A", "C", "shareholding", 35.0, "2020-01-01", None),
    ]


def test_the_most_controlling_of_several_ways_of_control_counts(tmp_path: Path) -> None:
    ways = [interest("otherInfluenceOrControl", 10), interest("appointmentOfBoard")]
    assert held(given(tmp_path, relation("A", "C", *ways)))[0][3] is None
    ways[1] = interest("appointmentOfBoard", 60)
    assert held(given(tmp_path, relation("A", "C", *ways)))[0][3] == 60.0


def test_two_records_of_one_pair_that_begin_together_are_cut_where_one_ends(tmp_path: Path) -> None:
    rows = [
        relation("A", "C", interest(percent=60, endDate="2021-01-01")),
        relation("A", "C", interest(percent=30), record="second"),
    ]
    assert held(given(tmp_path, *rows)) == [
        ("A", "C", "shareholding", 60.0, "2020-01-01", "2021-01-01"),
        ("A", "C", "shareholding", 30.0, "2021-01-01", None),
    ]


# --- what is left out


def test_nobody_owns_nothing_and_is_counted(tmp_path: Path) -> None:
    reading = given(
        tmp_path,
        relation({"reason": "noBeneficialOwners"}, "C", interest(percent=60)),
        relation("A", {"reason": "unknown"}, record="r2"),
        relation("A", "C", record="r3"),
        relation(None, "C", interest(percent=60), record="r4"),
    )
    assert held(reading) == []
    assert counts(reading)[1] == ("ownership", 4, 3, 0, 1)
    notes = "\n".join(reading.notes)
    assert "in 1 statements the interestedParty is nobody (noBeneficialOwners)" in notes
    assert "the subject is nobody (unknown)" in notes
    assert "no interest is stated" in notes
    assert "interestedParty names no record" in reading.rejects["reason"].iloc[0]


def test_broken_statements_are_rejected_one_by_one(tmp_path: Path) -> None:
    reading = given(
        tmp_path,
        entity("C"),
        {**entity("D"), "recordType": "entty"},
        {**entity("E"), "recordDetails": None},
        {**entity("F"), "statementId": ""},
        {**entity("G"), "recordStatus": "gone"},
        {**entity("H"), "statementDate": "2020-13-01"},
        {**entity("I", "NUL \x00"), "recordId": "x"},
        entity("J", "half \ud800"),
        "text",
        relation("A", "C", "no object"),
    )
    assert list(parties(reading).index) == [P + "C"]
    assert reading.rejects["line"].tolist() == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert reading.rejects["column"].tolist() == [
        *("recordType", "", "statementId", "recordStatus", "statementDate"),
        *("", "", "", ""),
    ]
    assert "did you mean entity?" in reading.rejects["reason"].iloc[0]


# --- files


def test_a_statement_alone_lines_and_a_list_in_an_object_say_the_same(tmp_path: Path) -> None:
    row = relation("A", "C", interest(percent=60), day="2020-01-01")
    expected = held(given(tmp_path, row))
    for name, text in {
        "one.json": json.dumps(row),
        "indented.json": json.dumps(row, indent=2),
        "lines.jsonl": json.dumps(row) + "\n" + json.dumps(entity("C")) + "\n",
        "wrapped.json": json.dumps({"license": "x", "statements": [row]}),
    }.items():
        (tmp_path / name).write_text(text)
        assert held(read(tmp_path / name)) == expected, name


def test_many_lines_are_read_in_parts_with_the_same_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [entity(f"C{n}") for n in range(20)] + [
        relation(f"A{n}", f"C{n}", interest(percent=share), record=f"r{n}", day=day, status=status)
        for day, status, share in (("2020-01-01", "new", 60), ("2021-01-01", "updated", 20))
        for n in range(20)
    ]
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join(map(json.dumps, [*rows, rows[-1]])) + "\nbroken\n")
    whole = read(path)
    monkeypatch.setattr("loaders.formats.bods.loader._PART", path.stat().st_size // 4)
    parts = list(LOADER.read(path, Options(), silent))
    assert len(parts) == 5
    assert {json.dumps(part.source) for part in parts} == {json.dumps(whole.source)}
    assert sorted(row for part in parts for row in held(part)) == sorted(held(whole))
    total = [tuple(sum(row[i] for row in rows) for i in range(1, 5)) for rows in zip(*map(counts, parts), strict=True)]
    assert total == [row[1:] for row in counts(whole)] == [(21, 20, 0, 1), (41, 40, 1, 0)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "holds no statements"),
        ("{}", "no BODS statements"),
        ("[1, 2]", "no BODS statements"),
        ('[{"id": 1}]', "no BODS statements"),
        ('[{"statementID": "x", "statementType": "entityStatement"}]', "BODS 0.1 to 0.3"),
        ('{"statementID": "x", "statementType": "entityStatement", "identifiers": [{"id": 1}]}', "BODS 0.1 to 0.3"),
        ('[{"recordType": "entity"', "no valid JSON"),
        ("a,b\n1,2\n", "is no file of BODS statements"),
        ("", "is empty"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read(path)


def test_a_folder_and_a_file_that_is_absent_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        read(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        read(tmp_path / "absent.json")


def test_a_corrected_statement_is_read_alone(tmp_path: Path) -> None:
    first = {**relation("A", "C", interest(percent=60)), "statementDate": "soon"}
    bad = given(tmp_path, entity("C"), first, relation("A", "C", interest(percent=20), day="2022-01-01"))
    assert bad.rejects["column"].tolist() == ["statementDate"]
    assert bad.rows is not None
    row = bad.rows.frame[bad.rows.frame["line"] == 2].assign(statementdate="2019-06-01")
    (good,) = LOADER.transform(RawTable("bods.json", row, bad.rows.headers, [], "x"), Options())
    assert held(good)[0][4] == "2019-06-01"
    assert "withdrawn" not in good.records


def test_a_corrected_statement_ends_where_the_next_one_begins(tmp_path: Path) -> None:
    """Alone it does not know the others; when the next one was made is kept with it."""
    first = relation("A", "C", interest(percent=140))
    bad = given(tmp_path, entity("C"), first, relation("A", "C", interest(percent=20), day="2022-01-01"))
    assert bad.rows is not None
    row = bad.rows.frame[bad.rows.frame["line"] == 2]
    mended = row.assign(statement=row["statement"].str.replace("140", "100"))
    (good,) = LOADER.transform(replace(bad.rows, frame=mended, rejects=[]), Options())
    assert held(good) == [("A", "C", "shareholding", 100.0, "2020-01-01", "2022-01-01")]


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ("Relationship", "recordDetails.interestedParty names no record and gives no reason"),
        ("firm", "is none of entity, person, relationship"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_a_corrected_type_counts_whatever_the_text_says(tmp_path: Path, other: str, reason: str, turned: bool) -> None:
    """Two rows may hold one text, each with a type of its own."""
    odd = {**entity("C"), "recordType": "firm"}
    bad = given(tmp_path, entity("A"), odd, {**odd, "statementId": "other"})
    assert bad.rows is not None
    rows = bad.rows.frame[bad.rows.frame["line"] > 1]
    kinds = [" Entity ", f" {other} "]
    rows = rows.assign(recordtype=kinds[::-1] if turned else kinds, statement=rows["statement"].iloc[0])
    (again,) = LOADER.transform(replace(bad.rows, frame=rows, rejects=[]), Options())
    assert list(parties(again)["name"]) == [entity("C")["recordDetails"]["name"]]
    assert again.rejects["reason"].tolist() == [reason]


def test_an_interest_that_is_nested_too_deeply_costs_its_row_alone(tmp_path: Path) -> None:
    deep = relation("A", "C")
    deep["recordDetails"]["interests"] = json.loads("[" * 600 + "]" * 600)
    found = given(tmp_path, entity("C"), deep)
    assert found.rejects["reason"].tolist() == ["is nested too deeply"]
    assert len(found.records["organizations"]) == 1


# --- from file to figures


def graph_of(tmp_path: Path, *files: list[Statement], order: str = "A", tables: bool = True) -> Graph:
    readings: list[Reading] = []
    if tables:
        folder = tmp_path / "tables"
        folder.mkdir(exist_ok=True)
        for name, text in {
            "organizations.csv": "id,name,roles\nX,Brand,brand\n",
            "facilities.csv": f"id,name,country,operator_id\nS,Site,GB,{P}C\n",
            "links.csv": "supplier_id,buyer_id,share\nS,X,0.5\n",
            "findings.csv": f"id,subject_id,category,includes_subsidiaries\nf,{P}{order},forced_labour,true\n",
        }.items():
            (folder / name).write_text(text)
        readings += registry.get("tables").read(folder, Options(), silent)
    for number, statements in enumerate(files):
        readings += LOADER.read(written(tmp_path / f"{number}.json", statements), Options(), silent)
    return derive([RecordSet(r.source, number, r.records) for number, r in enumerate(readings, start=1)])


def reached(graph: Graph, day: str) -> bool:
    classes = Day(graph, Parameters(day)).exposures(["X"])[0]["classes"]
    assert classes["named"] == 0.0
    assert classes["ownership"] in (0.0, 0.5)
    return bool(classes["ownership"])


def chain(*interests: Statement) -> list[Statement]:
    return [entity("A"), entity("C"), relation("A", "C", *interests)]


@pytest.mark.parametrize(
    ("stated", "control"),
    [
        (interest(percent=60), True),
        (interest(percent=40), False),
        (interest(share={"minimum": 25, "maximum": 50}), False),
        (interest(share={"exclusiveMinimum": 25, "maximum": 75}), False),
        (interest(share={"minimum": 50, "maximum": 75}), True),
        (interest(share={"maximum": 25}), False),
        (interest(share={"exclusiveMaximum": 50}), False),
        (interest(), True),
        (interest("appointmentOfBoard"), True),
        (interest("boardMember", 100), False),
        (interest("seniorManagingOfficial"), False),
        (interest("nominee", 100), False),
        (interest("trustee"), False),
        (interest("unknownInterest"), False),
        (interest("otherInfluenceOrControl"), True),
        (interest("otherInfluenceOrControl", details="LEI RelationshipType: IS_FUND-MANAGED_BY"), False),
    ],
)
def test_an_order_reaches_the_sites_of_what_is_controlled(tmp_path: Path, stated: Statement, control: bool) -> None:
    assert reached(graph_of(tmp_path, chain(stated)), "2021-06-30") is control


def test_as_of_before_between_and_after(tmp_path: Path) -> None:
    statements = [
        entity("A"),
        entity("C"),
        relation("A", "C", interest(percent=100, startDate="2018-03-01"), day="2019-01-20"),
        relation("A", "C", interest(percent=30, startDate="2020-09-24"), day="2020-09-25", status="updated"),
        relation("A", "C", interest(percent=70, startDate="2020-09-24"), day="2021-05-01", status="updated"),
        relation("A", "C", interest(percent=70, startDate="2020-09-24"), day="2023-03-03", status="closed"),
    ]
    for order in (statements, statements[::-1]):
        graph = graph_of(tmp_path, order)
        assert {day: reached(graph, day) for day in DAYS} == DAYS


#: Day -> whether the owner controls the company.
DAYS = {
    "2018-02-28": False,
    "2018-03-01": True,
    "2020-09-23": True,
    "2020-09-24": False,
    "2021-04-30": False,
    "2021-05-01": True,
    "2023-03-02": True,
    "2023-03-03": False,
}


def test_an_indirect_holding_beside_its_steps_counts_nothing_twice(tmp_path: Path) -> None:
    steps = [
        *(entity(name) for name in "ABC"),
        relation("A", "B", interest(percent=100), record="r1"),
        relation("B", "C", interest(percent=100), record="r2"),
    ]
    whole = relation("A", "C", interest(percent=100, directOrIndirect="indirect"), record="r3")
    whole["recordDetails"]["componentRecords"] = ["B", "r1", "r2"]
    figures = [
        Day(graph_of(tmp_path, rows), Parameters("2021-06-30")).exposures(["X"]) for rows in (steps, [*steps, whole])
    ]
    assert figures[0][0]["score"] == figures[1][0]["score"] == 0.5
    assert figures[0][0]["attribution"] == figures[1][0]["attribution"]


def holdings(graph: Graph) -> list[tuple[Any, ...]]:
    owns = graph["OWNS"].astype(object)
    rows = owns.where(owns.notna(), None)[["percent", "valid_from", "valid_to"]].itertuples(index=False)
    return sorted(map(tuple, rows))


def test_a_later_file_with_the_whole_history_corrects_whichever_is_loaded_first(tmp_path: Path) -> None:
    old = chain(interest(percent=100))
    new = [*old, relation("A", "C", interest(percent=30, startDate="2022-01-01"), day="2022-02-01", status="updated")]
    for row in new:
        row["publicationDetails"] = {"publicationDate": "2024-06-01", "publisher": {"name": "Register"}}
    old = json.loads(json.dumps(old).replace("2024-06-01", "2024-05-01"))
    for files in ([old, new], [new, old]):
        graph = graph_of(tmp_path, *files)
        assert holdings(graph) == [(30.0, "2022-01-01", None), (100.0, "2020-01-01", "2022-01-01")]
        assert not reached(graph, "2023-01-01")


def test_a_later_file_with_changes_alone_takes_back_what_was_said_before(tmp_path: Path) -> None:
    change = relation("A", "C", interest(percent=30, startDate="2022-01-01"), day="2022-02-01", status="updated")
    other = relation("A", "C", interest("votingRights", 20), record="other")
    graph = graph_of(tmp_path, [*chain(interest(percent=100)), other], [change])
    assert holdings(graph) == [(20.0, "2020-01-01", None), (30.0, "2022-01-01", None)]
    assert not reached(graph, "2023-01-01")
    reading = given(tmp_path, change)
    assert reading.records["withdrawn"]["origin"].tolist() == ["Register:r"]
    assert any("begin with an update" in note for note in reading.notes)


# --- the published examples


@pytest.mark.data
@pytest.mark.parametrize(
    "name", ["bods-package-fi-soe.json", "fermcat.json", "multiple-indirect-ownership.json", "tecido.json"]
)
def test_every_published_statement_is_loaded(name: str) -> None:
    statements = json.loads(real(name).read_text("utf-8"))
    reading = read(real(name))
    kinds = [row["recordType"] for row in statements]
    related = kinds.count("relationship")
    parties_read = len(kinds) - related
    assert counts(reading) == [
        ("organizations", parties_read, parties_read, 0, 0),
        ("ownership", related, related, 0, 0),
    ]
    records = {row["recordId"] for row in statements if row["recordType"] != "relationship"}
    assert {key.rsplit(":", 1)[1] for key in parties(reading).index} == records
    assert reading.source["publisher"] == statements[0]["publicationDetails"]["publisher"]["name"]
    text = " ".join(str(cell) for frame in reading.records.values() for cell in frame.to_numpy().ravel())
    for row in statements:
        assert row["recordDetails"].get("birthDate", "no birth date") not in text or row["recordType"] != "person"


def published(name: str) -> list[tuple[Any, ...]]:
    rows = held(read(real(name)))
    return [(row[0].rsplit(":", 1)[1], *row[2:]) for row in rows if row[2] != "other"]


@pytest.mark.data
def test_tecido_over_time() -> None:
    kinds = ("shareholding", "voting_rights")
    assert published("tecido.json") == [
        *[
            ("018AF6B3EB", kind, *rest)
            for kind in kinds
            for rest in (
                (100.0, "2002-03-09", "2021-09-24"),
                (40.0, "2021-09-24", "2022-09-21"),
                (30.0, "2022-09-21", "2023-03-03"),
            )
        ],
        *[
            ("033E84672B", kind, *rest)
            for kind in kinds
            for rest in (
                (60.0, "2021-09-24", "2022-09-21"),
                (70.0, "2022-09-21", "2023-03-01"),
                (80.0, "2023-03-01", None),
            )
        ],
    ]


@pytest.mark.data
def test_fermcat_over_time() -> None:
    assert published("fermcat.json") == [
        ("per-41c0bb0cef246f7c", "shareholding", 50.0, "2019-09-11", "2022-01-21"),
        ("per-41c0bb0cef246f7c", "shareholding", 100.0, "2022-01-21", None),
        ("per-5faa4103dee78621", "shareholding", 50.0, "2019-09-11", "2021-04-03"),
        ("per-e334cc6258e56467", "shareholding", 50.0, "2021-04-03", "2022-01-21"),
    ]


@pytest.mark.data
def test_the_state_holds_all_of_gasgrid_and_nothing_is_added_up() -> None:
    assert published("bods-package-fi-soe.json") == [
        ("0199c515a699", "shareholding", 76.5, "2020-01-01", None),
        ("05ce06ec97b1", "control", None, "2022-02-14", None),
        ("05ce06ec97b1", "shareholding", 100.0, "2020-01-01", None),
        ("7ff95ba3682c", "shareholding", 100.0, "2020-01-01", None),
        ("7ff95ba3682c", "shareholding", 23.5, "2020-01-01", None),
    ]


@pytest.mark.data
def test_interests_without_a_type_are_no_control() -> None:
    reading = read(real("multiple-indirect-ownership.json"))
    assert [row[2] for row in held(reading)].count("other") == 2
    assert any("in 2 statements neither type nor share" in note for note in reading.notes)

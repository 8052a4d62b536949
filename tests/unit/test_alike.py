"""What looks alike waits for a person, is never accepted, and asks about nobody in vain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

from graph_core.graph import table
from graph_core.resolve.alike import Around, propose
from graph_core.resolve.match import match_findings

NO_SITES = pd.DataFrame({"party": [], "country": []}, dtype="str")
Rows = tuple[Mapping[str, object], ...]


def around(*holds: tuple[str, str, bool], **more: Any) -> Around:
    """`Around` of holdings (owner, owned, whether it owns), of rejected pairs, linked ids and sites' countries."""
    pairs = more.get("rejected", [])
    return Around(
        site_countries=pd.DataFrame(more.get("sites", []), columns=["party", "country"], dtype="str"),
        holds=pd.DataFrame(list(holds), columns=["start", "end", "owns"]).astype({"owns": "bool"}),
        linked=pd.Index(more.get("linked", []), dtype="object"),
        rejected=pd.DataFrame(pairs, columns=["finding", "party"], dtype="str"),
    )


def matches(finding: Mapping[str, object], *parties: Mapping[str, object], known: Around | None = None,
            sites: Rows = ()) -> list[tuple[str, str, str]]:  # fmt: skip
    findings = table("Finding", pd.DataFrame([{"id": "F", "kind": "order", "subject_country": "CN", **finding}]))
    organizations = table("Organization", pd.DataFrame([{"placeholder": False, "country": "CN", **p} for p in parties]))
    facilities = table("Facility", pd.DataFrame([{"placeholder": False, "country": "CN", **s} for s in sites]))
    who = (findings, organizations, facilities)
    found = propose(*who, match_findings(*who, NO_SITES), known or around())
    return list(zip(found["party"], found["outcome"], found["rule"], strict=True))


@pytest.mark.parametrize(
    ("listed", "written"),
    [
        ("Luoqing Mulvari Textile Co., Ltd.", "Luoqing Mulvary Textile Co., Ltd."),
        ("\u6d1b\u6e05\u68c9\u7eba\u6709\u9650\u516c\u53f8", "Luo Qing Mian Fang Co., Ltd."),
        ("Zorvex Mulvari Spinning Co., Ltd.", "Zorvex Bexandro Mulvari Spinning Co., Ltd."),
    ],
)
def test_another_way_to_write_a_name_waits_and_is_never_accepted(listed: str, written: str) -> None:
    assert matches({"subject_name": listed}, {"id": "P", "name": written}) == [("P", "review", "alike")]


def test_the_reason_names_both_the_probability_and_what_speaks_for_it() -> None:
    said = {"subject_name": "Luoqing Mulvari Textile Co., Ltd.", "subject_aliases": ["Old Name Ltd."]}
    findings = table("Finding", pd.DataFrame([{"id": "F", "kind": "order", "subject_country": "CN", **said}]))
    party = {"id": "P", "placeholder": False, "country": "CN", "name": "Luoqing Mulvary Textile Co., Ltd."}
    organizations = table("Organization", pd.DataFrame([party]))
    who = (findings, organizations, table("Facility"))
    found = propose(*who, match_findings(*who, NO_SITES), around())
    (reason,) = found["reason"]
    assert reason.startswith(
        "'Luoqing Mulvari Textile Co., Ltd.' (or its other name) and 'Luoqing Mulvary Textile Co., Ltd.' look alike"
    )
    assert "probability 0." in reason
    assert "differ in a few letters only" in reason


def test_an_equal_name_keeps_its_own_rule() -> None:
    found = matches({"subject_name": "Zorvex Mulvari Co., Ltd."}, {"id": "P", "name": "Zorvex Mulvari Co Ltd"})
    assert found == [("P", "accepted", "equal_name")]


@pytest.mark.parametrize(
    ("listed", "written"),
    [
        ("Lop County Meixin Hair Products Co., Ltd.", "Air Products and Chemicals, Inc."),
        ("Textile Factory", "Textile Factory"),
        ("No. 1 Factory", "No. 1 Factory"),
        ("Xinjiang Cotton Company", "Xinjiang Garment Co., Ltd."),
        ("Shihezi Standard Fiber Co., Ltd.", "Dona Standard Footwear Co., Ltd."),
        ("Feng Bao Trading Hong Kong Ltd.", "Fujian San Feng Footwear Co.,Ltd"),
    ],
)
def test_a_shared_word_asks_nobody(listed: str, written: str) -> None:
    assert matches({"subject_name": listed}, {"id": "P", "name": written}) == []


def test_a_finding_about_a_good_is_about_nobody() -> None:
    about_good = {"subject_name": "Luoqing Mulvari Textile Co., Ltd.", "kind": "good_country"}
    assert matches(about_good, {"id": "P", "name": "Luoqing Mulvary Textile Co., Ltd."}) == []


GROUP = ("P", "Q", True), ("Q", "S", False), ("P", "R", False)
GROUP_SITES = (
    {"id": "R", "name": "Zorvex Mulvari Ginning Mill"},
    {"id": "S", "name": "Zorvex Mulvari Spinning Mill"},
    {"id": "T", "name": "Zorvex Mulvari Weaving Mill"},
)


@pytest.mark.parametrize(
    ("subsidiaries", "rejected", "asked"),
    [(True, [], ["T"]), (False, [], ["S", "T"]), (True, [("F", "P")], ["R", "S", "T"])],
)
def test_nobody_is_asked_about_what_the_finding_reaches_already(
    subsidiaries: bool, rejected: list[tuple[str, str]], asked: list[str]
) -> None:
    found = matches(
        {"subject_name": "Zorvex Mulvari Co., Ltd.", "includes_subsidiaries": subsidiaries},
        {"id": "P", "name": "Zorvex Mulvari Co Ltd"},
        known=around(*GROUP, rejected=rejected),
        sites=GROUP_SITES,
    )
    assert found == [("P", "accepted", "equal_name"), *((site, "review", "alike") for site in asked)]


def test_an_operator_is_asked_about_though_its_site_is_found() -> None:
    found = matches(
        {"subject_name": "Zorvex Mulvari Mills Ltd."},
        {"id": "P", "name": "Zorvex Mulvary Mills Ltd."},
        known=around(("P", "S", False)),
        sites=({"id": "S", "name": "Zorvex Mulvari Mills Ltd."},),
    )
    assert found == [("P", "review", "alike"), ("S", "accepted", "equal_name")]


def test_sites_stand_in_for_the_country_of_a_company() -> None:
    company = {"id": "P", "name": "Zorvex Mulvary Holding Mills", "country": None}
    known = around(sites=[("P", "BD"), ("P", "BD")])
    assert matches({"subject_name": "Zorvex Mulvari Holding Mills"}, company) == [("P", "review", "alike")]
    assert matches({"subject_name": "Zorvex Mulvari Holding Mills"}, company, known=known) == []


def test_a_finding_that_has_only_another_name_is_called_by_it() -> None:
    row = {"id": "F", "kind": "order", "subject_country": "CN", "subject_aliases": ["Quillomar Tindal Mills"]}
    party = {"id": "P", "placeholder": False, "country": "CN", "name": "Quillomar Tindale Mills"}
    who = (table("Finding", pd.DataFrame([row])), table("Organization", pd.DataFrame([party])), table("Facility"))
    (reason,) = propose(*who, match_findings(*who, NO_SITES), around())["reason"]
    assert reason.startswith("'Quillomar Tindal Mills'")


def test_a_finding_on_an_entry_of_another_list_is_about_that_entry_alone() -> None:
    rows = [
        {"id": "F", "subject_id": "P", "subject_name": "Zorvex Mulvari Co., Ltd.", "sources": ["list"]},
        {"id": "T", "subject_id": "P", "subject_name": "Zorvex Mulvari Co., Ltd.", "sources": ["team"]},
    ]
    findings = table("Finding", pd.DataFrame([{"kind": "order", "subject_country": "CN", **row} for row in rows]))
    parties = [{"id": "P", "sources": ["list"]}, {"id": "Q", "sources": ["suppliers"]}]
    both = [{"placeholder": False, "country": "CN", "name": "Zorvex Mulvari Co Ltd", **party} for party in parties]
    who = (findings, table("Organization", pd.DataFrame(both)), table("Facility"))
    found = propose(*who, match_findings(*who, NO_SITES), around())
    pairs = set(zip(found["finding"], found["party"], strict=True))
    assert pairs == {("F", "P"), ("F", "Q"), ("T", "P")}


def test_entries_of_a_list_are_not_held_against_each_other() -> None:
    entry = {"id": "P", "name": "Luoqing Mulvary Textile Co., Ltd.", "sources": ["list"]}
    other = {"id": "F2", "subject_id": "P", "subject_name": "Luoqing Mulvary Textile Co., Ltd.", "sources": ["list"]}
    findings = table("Finding", pd.DataFrame([
        {"id": "F", "kind": "order", "subject_country": "CN", "subject_name": "Luoqing Mulvari Textile Co., Ltd.",
         "sources": ["list"]},
        {"kind": "order", "subject_country": "CN", **other},
    ]))  # fmt: skip
    organizations = table("Organization", pd.DataFrame([{"placeholder": False, "country": "CN", **entry}]))
    who = (findings, organizations, table("Facility"))
    found = propose(*who, match_findings(*who, NO_SITES), around())
    assert list(zip(found["finding"], found["party"], found["rule"], strict=True)) == [("F2", "P", "id")]
    # An entry that delivers to somebody is a supplier too.
    found = propose(*who, match_findings(*who, NO_SITES), around(linked=["P"]))
    assert set(zip(found["finding"], found["party"], strict=True)) == {("F", "P"), ("F2", "P")}

"""What is known of one party for its own page: links, holdings, and what is upstream of it."""

from __future__ import annotations

from typing import Any

import pytest

from graph_core.day import Day, Parameters
from graph_core.party import deliveries, holdings, upstream
from tests import oracles

LINKS = [
    oracles.link("F", "A", 0.5), oracles.link("G", "A", 0.5, evidence="inferred"), oracles.link("A", "X", 0.4),
    oracles.link("F", "X", 0.1, valid_to="2021-01-01"),
]  # fmt: skip
FLAGS = [oracles.finding("F"), oracles.finding("A", 0.5)]


def day(*, documented_only: bool = False, **more: oracles.Rows) -> Day:
    graph = oracles.graph_of(
        **{"organizations": [oracles.brand("X"), {"id": "O", "name": "Owner"}], "links": LINKS, **more}
    )
    return Day(graph, Parameters("2021-06-30", documented_only=documented_only))


def test_a_flag_of_its_own_is_no_input() -> None:
    found = day(findings=FLAGS)
    assert upstream(found.table, "A") == pytest.approx((0.5, 0.5))
    assert upstream(found.table, "F") == (0.0, 1.0)
    assert upstream(found.table, "X") == pytest.approx((0.4 * (0.5 + 0.5 * 0.5), 0.0))


def test_deliveries_are_those_of_the_day_that_the_filters_leave_in() -> None:
    bought = deliveries(day().table, "A", to_buyers=False)
    assert bought["id"].tolist() == ["F", "G"]
    assert bought["share"].tolist() == pytest.approx([0.5, 0.5])
    assert deliveries(day(documented_only=True).table, "A", to_buyers=False)["id"].tolist() == ["F"]
    assert deliveries(day().table, "F", to_buyers=True)["id"].tolist() == ["A"]  # the link to X ended


def test_holdings_say_who_holds_whom_and_whether_it_is_control() -> None:
    ownership = [
        oracles.owns("O", "A", 30.0),
        oracles.owns("P", "O", 60.0, valid_to="2020-01-01"),
        oracles.owns("O", "F", 80.0, kind="fund_management"),
        oracles.owns("O", "G", None),
    ]
    facilities = [{"id": "S", "name": "Site", "operator_id": "O"}]
    found = holdings(day(ownership=ownership, facilities=facilities).table, "O").set_index("id")
    assert found["relation"].to_dict() == {"A": "owned", "F": "owned", "G": "owned", "P": "owner", "S": "operated"}
    assert found["control"].to_dict() == {"A": False, "F": False, "G": True, "P": True, "S": True}
    assert found["in_force"].to_dict() == {"A": True, "F": True, "G": True, "P": False, "S": True}
    of_site = holdings(day(facilities=facilities).table, "S")
    assert of_site[["relation", "id", "name"]].to_numpy().tolist() == [["operator", "O", "Owner"]]


def test_the_place_and_identifiers_of_a_party_are_told() -> None:
    site = {"id": "S", "name": "Site", "country": "MY", "lat": 3.0, "lon": 101.7, "precision": "city", "os_id": "MY1"}
    told = day(facilities=[site]).party("S")
    assert (told["known"], told["os_id"], told["precision"], told["merged_ids"]) == ("town", "MY1", "city", [])
    assert day().party("O")["known"] is None


SITE = [{"id": "S", "name": "Heron Sewing", "country": "CN", "product": "cotton"}]
BY_NAME = {"subject_id": None, "subject_name": "Heron Sewing", "subject_country": None}


def outcomes(*findings: oracles.Row, facilities: oracles.Rows = SITE, **parameters: Any) -> dict[str, str]:
    """What each finding comes to for the site S, by its id."""
    graph = oracles.graph_of(organizations=[oracles.brand("X")], facilities=facilities, findings=list(findings))
    told = Day(graph, Parameters("2021-06-30", **parameters)).party("S")
    return {found["id"]: found["outcome"] for found in told["findings"]}


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ({}, "counts"),
        ({"scope_country": "CN", "scope_commodity": "cotton"}, "counts"),
        ({"category": "sanction"}, "context"),
        ({"category": "export_control"}, "context"),
        ({"confidence": 0.0}, "policy"),
        ({"scope_country": "VN"}, "elsewhere"),
        ({"scope_commodity": "palm oil"}, "elsewhere"),
        ({"valid_to": "2021-06-30"}, "over"),
        ({"status": "retracted"}, "over"),
        (BY_NAME, "unjudged"),
        ({**BY_NAME, "category": "sanction"}, "unjudged"),
        ({**BY_NAME, "valid_to": "2021-06-30"}, "unjudged"),
    ],
)
def test_a_finding_counts_where_a_flag_of_it_does_and_nowhere_else(more: dict[str, Any], outcome: str) -> None:
    row = {**oracles.finding("S", id="f"), **more}
    assert outcomes(row) == {"f": outcome}
    (told,) = party_of(row)["findings"]
    assert told["waiting"] == (outcome == "unjudged")
    assert party_of(row)["class"] == ("named" if outcome == "counts" else None)


def party_of(*findings: oracles.Row) -> dict[str, Any]:
    graph = oracles.graph_of(organizations=[oracles.brand("X")], facilities=SITE, findings=list(findings))
    return Day(graph, Parameters("2021-06-30")).party("S")


def test_a_finding_whose_limits_cannot_be_checked_waits_for_data() -> None:
    bare = [{"id": "S", "name": "Heron Sewing"}]
    row = oracles.finding("S", id="f", scope_country="CN")
    assert outcomes(row, facilities=bare) == {"f": "unknown"}
    assert outcomes(row, facilities=bare, unreviewed="include") == {"f": "counts"}


def test_a_finding_of_a_class_that_is_left_out_does_not_count() -> None:
    assert outcomes(oracles.finding("S", id="f"), classes=("ownership",)) == {"f": "left out"}


def test_an_indicator_about_a_good_counts_nowhere_and_is_no_finding_on_the_site() -> None:
    good = {**oracles.finding("S", id="g"), "subject_id": None, "kind": "good_country"}
    good |= {"scope_commodity": "cotton", "scope_country": "CN"}
    assert outcomes(good) == {"g": "indicator"}
    told = party_of(good, oracles.finding("S", 0.3, id="weak", valid_from="2021-01-01"))
    assert told["class"] == "named"


def test_the_class_of_a_party_is_that_of_its_strongest_flag() -> None:
    graph = oracles.graph_of(
        organizations=[oracles.brand("X"), {"id": "O", "name": "Owner"}],
        facilities=[oracles.operates("O", "S")],
        findings=[
            oracles.finding("O", 0.3, id="old", valid_from="2019-01-01"),
            oracles.finding("S", 0.9, id="new", valid_from="2020-01-01"),
        ],
    )
    told = Day(graph, Parameters("2021-06-30")).party("S")
    assert [found["class"] for found in told["findings"]] == ["ownership", "named"]
    assert told["class"] == "named"

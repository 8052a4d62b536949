"""What is known of one party for its own page: links, holdings, and what is upstream of it."""

from __future__ import annotations

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

"""What contributes to a score, by site, link, country, good and first supplier."""

from __future__ import annotations

from typing import Any

import pytest

from graph_core.day import Day
from graph_core.errors import InputError
from tests.oracles import brand, finding, link, operates
from tests.unit.test_day import A2, FLAGS, day

GOODS = {"F A": "cotton", "F B": "yarn", "G B": None, "A X": "shirts", "B X": "shirts"}
SITES = [{"id": "F", "name": "Ef", "country": "CN"}, {"id": "G", "name": "Gee", "product": "cotton"}]


def a2() -> Day:
    links = [row | {"product": GOODS[f"{row['supplier_id']} {row['buyer_id']}"]} for row in A2]
    return day(links=links, facilities=SITES, findings=FLAGS)


def shares(rows: list[dict[str, Any]]) -> dict[Any, Any]:
    return {row["id"]: pytest.approx(row["share"]) for row in rows}


def test_a2_by_everything() -> None:
    some = a2()
    assert shares(some.attribution("X")) == {"F": 0.32, "G": 0.09}
    assert shares(some.attribution("X", by="country")) == {"CN": 0.32, None: 0.09}
    assert shares(some.attribution("X", by="supplier")) == {"B": 0.21, "A": 0.2}
    # F delivers .2 of X's inputs as cotton and .12 as yarn; what G delivers is not stated, what it makes is.
    assert shares(some.attribution("X", by="good")) == {"cotton": 0.29, "yarn": 0.12}
    assert some.attribution("X", by="country")[0]["name"] == "China"
    assert [row["name"] for row in some.attribution("X", by="site")] == ["Ef", "Gee"]


def test_a2_by_link_is_the_flow_over_each() -> None:
    rows = a2().attribution("X", by="link")
    assert {f"{row['supplier']['id']} {row['buyer']['id']}": pytest.approx(row["share"]) for row in rows} == {
        "B X": 0.21, "A X": 0.2, "F A": 0.2, "F B": 0.12, "G B": 0.09,
    }  # fmt: skip
    assert [row["share"] for row in rows] == sorted((row["share"] for row in rows), reverse=True)


def test_a_good_that_nobody_states_is_not_stated() -> None:
    some = day(links=[link("F", "X", 0.5)], findings=[finding("F")])
    assert some.attribution("X", by="good") == [{"id": None, "name": None, "share": 0.5}]
    assert some.attribution("X", by="country") == [{"id": None, "name": None, "share": 0.5}]


def test_the_brand_s_own_flag_is_a_row_of_its_own() -> None:
    some = day(links=[link("F", "X", 0.5, product="soy")], findings=[finding("F"), finding("X", 0.2)])
    assert shares(some.attribution("X", by="supplier")) == {"X": 0.2, "F": 0.4}
    assert shares(some.attribution("X", by="good")) == {"soy": 0.4, None: 0.2}


def test_a_site_behind_a_company_passes_through_the_company() -> None:
    some = day(
        organizations=[brand("X"), {"id": "C", "name": "C"}],
        facilities=[operates("C", "S", product="palm oil", country="ID")],
        links=[link("C", "X", 0.5)],
        findings=[finding("S")],
    )
    assert shares(some.attribution("X", by="supplier")) == {"C": 0.5}
    assert shares(some.attribution("X", by="good")) == {"palm oil": 0.5}
    assert [row["evidence"] for row in some.attribution("X", by="link")] == ["documented", "inferred"]


def test_without_a_score_nothing_is_attributed() -> None:
    some = day(links=[link("F", "X", 0.5)])
    assert [some.attribution("X", by=kind) for kind in ("site", "link", "country", "good", "supplier")] == [[]] * 5
    assert some.attribution("Y") == []


def test_another_kind_is_refused() -> None:
    with pytest.raises(InputError, match="by 'colour' is not known; there is: site, link, country, good, supplier"):
        a2().attribution("X", by="colour")

"""Inputs by good and country, against sums in plain Python."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given

from graph_core.day import Day, Parameters
from graph_core.errors import InputError
from graph_core.graph import Graph, rows
from graph_core.heat import OF
from tests import oracles
from tests.days import WHOLE_DAYS, days, usable
from tests.oracles import brand, finding, link

Key = tuple[str | None, str | None]


def cells(day: Day, of: str, value: str = "share", who: str = "X") -> dict[Key, float]:
    return {(row["good"], row["country"]): row[value] for row in day.heat(who, of)}


def by_hand(graph: Graph, day: Day, who: str) -> dict[Key, float]:
    """Shares of the brand's links as the exposure network has them, added up link by link."""
    sites = {row["id"]: row for label in ("Organization", "Facility") for row in rows(graph[label])}
    network = day.table.day
    total: dict[Key, float] = defaultdict(float)
    for place, said in enumerate(rows(network.links)):
        if said["end"] != who or not network.kept[place]:
            continue
        supplier = sites[said["start"]]
        good = said["product"] or supplier.get("product")
        total[good, supplier["country"]] += float(network.share[place])
    return {key: share for key, share in total.items() if share > 0}


SITES = [
    {"id": "F", "name": "F", "country": "CN", "product": "cotton"},
    {"id": "A", "name": "A", "country": "VN"},
    {"id": "B", "name": "B"},
]
LINKS = [
    link("F", "A", 0.5),
    link("F", "B", 0.4, product="yarn"),
    link("A", "X", 0.4, product="shirts"),
    link("B", "X", 0.3),
    link("F", "X", 0.1),
]


def small() -> Day:
    graph = oracles.believed(
        organizations=[brand("X")], facilities=SITES, links=LINKS, findings=[finding("F", 0.5)]
    )  # fmt: skip
    return Day(graph, Parameters("2024-01-01"))


def test_by_supplier_what_is_not_known_is_a_cell_of_its_own() -> None:
    assert cells(small(), "supplier") == pytest.approx(
        {("shirts", "VN"): 0.4, (None, None): 0.3, ("cotton", "CN"): 0.1}
    )
    assert cells(small(), "supplier", "traced") == pytest.approx(
        {("shirts", "VN"): 0.4 * 0.25, (None, None): 0.3 * 0.2, ("cotton", "CN"): 0.05}
    )


def test_by_site_the_good_is_the_one_that_it_delivers() -> None:
    assert cells(small(), "site") == pytest.approx(
        {("cotton", "CN"): 0.4 * 0.25 + 0.05, ("yarn", "CN"): 0.3 * 0.4 * 0.5}
    )
    (first, *_) = small().heat("X", "site")
    assert (first["country_name"], first["parties"]) == ("China", 1)


def test_nobody_and_nothing() -> None:
    assert small().heat("nobody") == []
    with pytest.raises(InputError, match="supplier, site"):
        small().heat("X", "colour")


@WHOLE_DAYS
@given(rows_of_a_day=days())
def test_sums_are_the_mapped_inputs_and_the_score(rows_of_a_day: Any) -> None:
    if not usable(rows_of_a_day, "2021-06-30"):
        return
    graph = oracles.believed(**rows_of_a_day)
    day = Day(graph, Parameters("2021-06-30"))
    if "X" not in day.table.number:
        return
    expected = by_hand(graph, day, "X")
    assert cells(day, "supplier") == pytest.approx(expected, abs=1e-12)
    own = float(day.table.day.evidenced[day.table.number["X"]])
    for of in OF:
        traced = sum(row["traced"] for row in day.heat("X", of))
        assert traced == pytest.approx(day.table.traced["X"] - own, abs=1e-9)

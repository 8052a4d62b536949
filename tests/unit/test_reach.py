"""Who buys from a party across tiers: shares and best ways against all paths, counted one by one."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given

from graph_core.day import Day, Parameters
from graph_core.errors import NotFoundError
from tests import oracles
from tests.days import DAYS, PARTIES, WHOLE_DAYS, days, usable

DAY = "2021-06-30"
LINKS = [
    oracles.link("F", "A", 0.5), oracles.link("F", "B", 0.2), oracles.link("A", "X", 0.4), oracles.link("B", "X", 0.6),
    oracles.link("F", "X", 0.0, evidence="inferred"), oracles.link("B", "Y", 0.5, disclosure="indirect"),
]  # fmt: skip


def day(links: Any = LINKS, **more: Any) -> Day:
    organizations = [oracles.brand("X"), oracles.brand("Y"), oracles.brand("Z")]
    return Day(oracles.graph_of(organizations=organizations, links=links, **more), Parameters(DAY))


def test_all_brands_with_the_share_over_all_ways_and_the_best_one() -> None:
    rows = day().reach("F").rows.set_index("id")
    assert rows["share"].to_dict() == pytest.approx({"X": 0.5 * 0.4 + 0.2 * 0.6, "Y": 0.1})
    assert rows["route"].to_dict() == {"X": ["F", "A", "X"], "Y": ["F", "B", "Y"]}
    assert rows["route_share"].to_dict() == pytest.approx({"X": 0.2, "Y": 0.1})
    assert rows["links"].to_dict() == {"X": 2, "Y": 2}
    assert rows["indirect"].to_dict() == {"X": False, "Y": True}
    assert not rows["inferred"].any()


def test_a_flag_on_the_way_does_not_lessen_what_runs_through() -> None:
    flagged = day(findings=[oracles.finding("A"), oracles.finding("F", 0.2)]).reach("F").rows.set_index("id")
    assert flagged["share"].to_dict() == pytest.approx({"X": 0.32, "Y": 0.1})


def test_a_brand_does_not_reach_itself_and_nobody_reaches_nobody() -> None:
    assert day().reach("X").rows.empty
    with pytest.raises(NotFoundError, match="nobody"):
        day().reach("nobody")


def test_the_route_carries_the_evidence_of_every_hop() -> None:
    route = day().reach("F").route("Y")
    assert [node["id"] for node in route["nodes"]] == ["F", "B", "Y"]
    assert [(link["supplier"], link["buyer"], link["disclosure"]) for link in route["links"]] == [
        ("F", "B", "direct"),
        ("B", "Y", "indirect"),
    ]
    assert math.prod(link["share"] for link in route["links"]) == pytest.approx(route["score"])


@WHOLE_DAYS
@given(days())
def test_against_a_linear_system_and_all_simple_paths(tables: dict[str, oracles.Rows]) -> None:
    if not usable(tables, DAYS[1]):
        return
    found = Day(oracles.graph_of(**tables), Parameters(DAYS[1]))
    network = found.table.day
    size = len(network.ids)
    shares = np.zeros((size, size))
    np.add.at(shares, (network.supplier[network.kept], network.buyer[network.kept]), network.share[network.kept])
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(size))
    graph.add_edges_from((int(i), int(j)) for i, j in zip(*np.nonzero(shares), strict=True))
    brand = found.table.number["X"]
    for party in PARTIES:
        begin = (network.owner == party).astype(float)
        rows = found.reach(party).rows
        expected = oracles.traced(shares, begin)[brand] if begin.any() else 0.0
        assert (rows["share"].sum() if len(rows) else 0.0) == pytest.approx(expected, abs=1e-9)
        if len(rows):
            starts = np.flatnonzero(begin)
            ways = [
                math.prod(min(shares[a, b], 1.0) for a, b in pairwise(path))
                for start in starts
                for path in nx.all_simple_paths(graph, int(start), brand)
            ]
            assert rows["route_share"].iloc[0] == pytest.approx(max(ways))

"""Cycles of random networks: which parties, what runs through them, and what comes around, against dense solves."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given

from graph_core import SupplyNetwork, traced_share
from graph_core.exposure.cycles import Cycle, cycles
from tests import oracles
from tests.networks import dense, networks
from tests.unit.test_network import from_links


def components(net: SupplyNetwork, buyer: int) -> set[frozenset[int]]:
    graph = nx.DiGraph([(int(a), int(b)) for a, b in np.argwhere(dense(net) > 0)])
    graph.add_node(buyer)
    upstream = nx.ancestors(graph, buyer) | {buyer}
    return {
        frozenset(nodes)
        for nodes in nx.strongly_connected_components(graph)
        if nodes <= upstream and (len(nodes) > 1 or graph.has_edge(*list(nodes) * 2))
    }


def without(net: SupplyNetwork, buyer: int, nodes: list[int]) -> float:
    """Score of a buyer when the equations of some nodes are ``e = 0``."""
    there = np.ones(len(net))
    there[nodes] = 0.0
    return float(oracles.least_fixpoint(dense(net), net.strength * there, (1 - net.strength) * there)[buyer])


def returning(net: SupplyNetwork, node: int) -> float:
    """Weight of all walks from a node that come back to it for the first time, among nodes with exposure."""
    live = np.flatnonzero(oracles.traced(dense(net), net.strength) > 0)
    onward = (1 - net.strength)[live, None] * dense(net).T[np.ix_(live, live)]
    x = int(np.flatnonzero(live == node)[0])
    rest = np.delete(np.arange(len(live)), x)
    inner = np.linalg.inv(np.eye(len(rest)) - onward[np.ix_(rest, rest)])
    return float(onward[x, x] + onward[x, rest] @ inner @ onward[rest, x])


@given(networks())
def test_what_runs_through_a_cycle_is_what_falls_without_it(net: SupplyNetwork) -> None:
    e = traced_share(net)
    for b, name in enumerate(net.ids):
        found = cycles(e, name)
        assert {frozenset(cycle.nodes.tolist()) for cycle in found} == components(net, b)
        assert [cycle.through for cycle in found] == sorted((cycle.through for cycle in found), reverse=True)
        for cycle in found:
            assert cycle.through == pytest.approx(e[name] - without(net, b, cycle.nodes.tolist()), abs=1e-9)


@given(networks())
def test_what_comes_around_returns_to_where_it_entered(net: SupplyNetwork) -> None:
    e = traced_share(net)
    r = oracles.passing(dense(net), net.strength)
    onward = (1 - net.strength)[:, None] * dense(net).T
    for b, name in enumerate(net.ids):
        for cycle in cycles(e, name):
            inside = cycle.nodes.tolist()
            outside = [j for j in range(len(net)) if j not in inside]
            expected = 0.0
            for x in (x for x in inside if e.scores[x] > 0):
                enters = (1.0 if x == b else 0.0) if b in inside else float(r[b, outside] @ onward[outside, x])
                expected += enters * returning(net, x) * e.scores[x]
            assert cycle.around == pytest.approx(expected, abs=1e-8)


def only(found: list[Cycle]) -> Cycle:
    assert len(found) == 1
    return found[0]


def test_a3_all_runs_through_its_cycle() -> None:
    links = [("F", "A", 0.5), ("B", "A", 0.4), ("A", "B", 0.9), ("B", "X", 1.0)]
    e = traced_share(from_links(links, {"F": 1.0}))
    cycle = only(cycles(e, "X"))
    assert sorted(e.network.ids[node] for node in cycle.nodes) == ["A", "B"]
    assert (cycle.through, cycle.around) == pytest.approx((0.703125, 0.703125 * 0.36))
    assert cycles(e, "F") == []


def test_a_party_that_delivers_to_itself_only_passes_more_of_the_rest_on() -> None:
    """A buys .5 from itself and .25 from F: as if it bought .5 from F."""
    links = [("A", "A", 0.5), ("F", "A", 0.25), ("A", "X", 0.8)]
    e = traced_share(from_links(links, {"F": 1.0}))
    cycle = only(cycles(e, "X"))
    assert (cycle.through, cycle.around) == pytest.approx((0.8 * 0.5, 0.8 * 0.25))
    assert e["X"] == pytest.approx(traced_share(from_links([("F", "A", 0.5), ("A", "X", 0.8)], {"F": 1.0}))["X"])


def test_a_cycle_that_no_flag_feeds_is_listed_with_nothing() -> None:
    e = traced_share(from_links([("A", "B", 1.0), ("B", "A", 1.0), ("B", "X", 0.5), ("F", "X", 0.5)], {"F": 1.0}))
    cycle = only(cycles(e, "X"))
    assert (cycle.through, cycle.around) == (0.0, 0.0)


def test_a_large_cycle_is_listed_without_what_comes_around() -> None:
    size = 2001
    links = [(f"n{i}", f"n{(i + 1) % size}", 0.9) for i in range(size)] + [("F", "n0", 0.1), ("n5", "X", 1.0)]
    cycle = only(cycles(traced_share(from_links(links, {"F": 1.0})), "X"))
    assert (len(cycle.nodes), cycle.around) == (size, None)
    assert cycle.through > 0

"""Dominators, cuts, engagement costs and tiers on random networks with cycles, against removal and enumeration."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_core import SupplyNetwork, chokepoints, dominators, engagement_costs, kernels, minimum_cut, tiers_of
from graph_core import tiers as tiers_module
from graph_core.chokepoints import NOBODY, UNREACHED
from graph_core.tiers import arriving, fewest_links
from tests.networks import dense, networks

SITES = st.lists(st.integers(0, 7), max_size=4, unique=True)
#: Reading compiled kernels and waiting for a busy machine is no fault of an example.
UNHURRIED = settings(deadline=None)
COST = st.sampled_from([0.5, 1.0, 1.0, 2.0, 7.0, 1000.0])


def graph_of(net: SupplyNetwork, *, disclosed: bool = False) -> nx.DiGraph[str]:
    """Plain graph of the links that count: those of share 0 only where asked for."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(net.ids)
    for i, j, share in zip(net.supplier.tolist(), net.buyer.tolist(), net.share.tolist(), strict=True):
        if share > 0 or disclosed:
            graph.add_edge(net.ids[i], net.ids[j])
    return graph


def reached(graph: nx.DiGraph[str], sites: set[str], removed: set[str] = frozenset()) -> set[str]:  # type: ignore[assignment]
    """Nodes with a route from some sites that avoids what is removed."""
    left = graph.subgraph(set(graph) - removed)
    found: set[str] = set()
    for site in sites - removed:
        found |= {site} | nx.descendants(left, site)
    return found


def named(net: SupplyNetwork, numbers: list[int]) -> set[str]:
    return {net.ids[i] for i in numbers if i < len(net)}


@pytest.mark.parametrize("way", ["compiled", "plain"])
@UNHURRIED
@given(net=networks(), numbers=SITES)
def test_a_party_is_in_the_chain_just_where_no_route_avoids_it(
    way: str, net: SupplyNetwork, numbers: list[int]
) -> None:
    if way == "compiled" and not kernels.installed():
        pytest.skip("needs numba")
    graph, sites = graph_of(net), named(net, numbers)
    starts = np.array(sorted(net.number(site) for site in sites), dtype=np.int64)
    found = chokepoints.Dominators(net, getattr(chokepoints, f"_{way}")(net, starts))
    everywhere = reached(graph, sites)
    without = {party: reached(graph, sites, {party}) for party in net.ids}
    for node in net.ids:
        chain = found.chain(node)
        assert found.reaches(node) == (node in everywhere)
        expected = {x for x in net.ids if x != node and node in everywhere and node not in without[x]}
        assert set(chain) == expected
        assert len(chain) == len(expected)
        for earlier, later in combinations(chain, 2):
            assert later not in without[earlier], "from the sites on"


@pytest.mark.skipif(not kernels.installed(), reason="needs numba")
@pytest.mark.parametrize("links_per_node", [1.2, 2.0, 4.0])
@UNHURRIED
@given(seed=st.integers(0, 2**32 - 1))
def test_on_deeper_networks_the_kernels_agree_with_networkx(links_per_node: float, seed: int) -> None:
    """Long ways up the tree, which networks of eight nodes do not have."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 60))
    ends = rng.integers(0, size, (2, int(size * links_per_node)))
    if rng.random() < 0.5:
        ends.sort(axis=0)  # no cycles
    supplier, buyer = ends
    net = SupplyNetwork([str(i) for i in range(size)], supplier, buyer, np.full(len(buyer), 0.01), np.zeros(size))
    starts = np.unique(rng.integers(0, size, int(rng.integers(1, 4))))
    assert chokepoints._compiled(net, starts).tolist() == chokepoints._plain(net, starts).tolist()


@UNHURRIED
@given(networks(), SITES)
def test_the_call_of_users_gives_the_same(net: SupplyNetwork, numbers: list[int]) -> None:
    sites = named(net, numbers)
    found = dominators(net, sites)
    for node in net.ids:
        assert found.reaches(node) == (node in reached(graph_of(net), sites))
    marks = {NOBODY, UNREACHED}
    assert all(number in marks or 0 <= number < len(net) for number in found.nearest.tolist())


def cheapest(graph: nx.DiGraph[str], sites: set[str], buyer: str, costs: dict[str, float], allowed: set[str]) -> float:
    """Cost of the cheapest set by trying all; infinite where none does it."""
    best = np.inf
    for size in range(len(allowed) + 1):
        for chosen in combinations(sorted(allowed), size):
            cost = sum(costs[party] for party in chosen)
            if cost < best and buyer not in reached(graph, sites, set(chosen)):
                best = cost
    return best


@UNHURRIED
@given(networks(), SITES, st.booleans(), st.data())
def test_a_cut_is_as_cheap_as_the_best_of_all_sets(
    net: SupplyNetwork, numbers: list[int], engage_sites: bool, data: st.DataObject
) -> None:
    graph = graph_of(net)
    buyer = data.draw(st.sampled_from(net.ids))
    sites = named(net, numbers) - {buyer}
    costs = {party: data.draw(COST) for party in net.ids}
    cut = minimum_cut(net, named(net, numbers), buyer, costs, engage_sites=engage_sites)
    short = {site for site in sites if graph.has_edge(site, buyer)}
    assert cut.direct == (() if engage_sites else tuple(sorted(short)))
    if not engage_sites:
        graph.remove_edges_from([(site, buyer) for site in short])
    allowed = set(net.ids) - {buyer} - (set() if engage_sites else sites)
    assert set(cut.parties) <= allowed
    assert buyer not in reached(graph, sites, set(cut.parties))
    assert cut.cost == pytest.approx(cheapest(graph, sites, buyer, costs, allowed), rel=1e-8)
    assert cut.parties == {party: costs[party] for party in cut.parties}


@UNHURRIED
@given(networks(), st.data())
def test_costs_are_one_over_the_part_of_the_deliveries_that_ends_at_the_buyer(
    net: SupplyNetwork, data: st.DataObject
) -> None:
    """Absorbing random walk over known buyers, the fundamental matrix of what can get there solved densely."""
    buyer = data.draw(st.integers(0, len(net) - 1))
    graph = graph_of(net)
    step = nx.to_numpy_array(graph, nodelist=net.ids)
    step = step / np.maximum(step.sum(axis=1, keepdims=True), 1)
    able = sorted(net.number(x) for x in nx.ancestors(graph, net.ids[buyer]))
    voice = np.zeros(len(net))
    voice[buyer] = 1.0
    inside = step[np.ix_(able, able)]
    voice[able] = np.linalg.solve(np.eye(len(able)) - inside, step[able, buyer])
    found = engagement_costs(net, net.ids[buyer])
    assert 1 / found == pytest.approx(voice, abs=1e-9)


@pytest.mark.parametrize("circle", [6, 2, 1])
@UNHURRIED
@given(net=networks(), horizon=st.integers(1, 9), data=st.data())
def test_tiers_are_the_lengths_of_all_simple_paths(
    circle: int, net: SupplyNetwork, horizon: int, data: st.DataObject
) -> None:
    buyer = data.draw(st.sampled_from(net.ids))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiers_module, "CIRCLE", circle)
        found = tiers_of(net, buyer, horizon)
    graph = graph_of(net, disclosed=True)
    large = {x for part in nx.strongly_connected_components(graph) if len(part) > circle for x in part}
    upstream = nx.ancestors(graph, buyer) | {buyer}
    fewest = fewest_links(net, buyer)
    for number, node in enumerate(net.ids):
        paths = nx.all_simple_paths(graph, node, buyer, cutoff=horizon) if node != buyer else []
        lengths = {len(path) - 1 for path in paths} | ({0} if node == buyer else set())
        listed = set(found.of(node))
        behind = any(y in large for y in upstream & (nx.descendants(graph, node) | {node}))
        assert found.more[number] == (behind and node in upstream)
        assert listed <= lengths
        if not found.more[number]:
            assert listed == lengths
        assert found.least[number] == min(lengths, default=-1)
        expected = nx.shortest_path_length(graph, node, buyer) if node in upstream else np.inf
        assert fewest[number] == expected
        assert [bool(found.has(k)[number]) for k in range(horizon + 1)] == [k in listed for k in range(horizon + 1)]


@UNHURRIED
@given(networks(), st.data())
def test_what_arrives_are_powers_of_the_shares(net: SupplyNetwork, data: st.DataObject) -> None:
    buyer = data.draw(st.integers(0, len(net) - 1))
    power = np.eye(len(net))
    for front in arriving(net, net.ids[buyer], 5):
        assert front == pytest.approx(power[:, buyer], abs=1e-12)
        power = dense(net) @ power

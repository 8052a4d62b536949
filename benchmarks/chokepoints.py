"""Dominators of generated networks against igraph and networkx, a cheapest cut and tiers against networkx.

Routes begin at all flagged sites, or at one of them as for a single finding. igraph is given its graph ready made, with
the virtual source; ours the network with nothing but its matrices computed, as after a first score. All give the same
dominators, which is checked; the cut has to cost the same, and least tiers have to be the distances of networkx.
"""

from __future__ import annotations

from collections.abc import Iterator

import igraph
import networkx as nx
import numpy as np

from benchmarks.common import Row, at_least, interleaved
from benchmarks.exposure import Arrays, as_networkx, generate, network_of
from graph_core import SupplyNetwork, dominators, minimum_cut, tiers_of
from graph_core.chokepoints import NOBODY, UNREACHED
from graph_core.network import Ints

#: Sizes at which networkx is still bearable.
NETWORKX_UP_TO = 100_000
CUT_NODES = 10_000


def as_igraph(network: SupplyNetwork, sites: Ints) -> igraph.Graph:
    """The links, with a node behind the others that leads to some sites."""
    links = network.inputs.tocoo()
    supplier = np.concatenate([links.col, np.full(len(sites), len(network))])
    buyer = np.concatenate([links.row, sites])
    return igraph.Graph(len(network) + 1, np.column_stack([supplier, buyer]), directed=True)


def of_igraph(found: list[float], size: int) -> Ints:
    """What igraph says, in our numbers: NaN stands for nodes that it does not reach."""
    above = np.array(found[:size], dtype=np.float64)
    unreached = np.isnan(above)
    above[unreached] = UNREACHED
    return np.where(above == size, NOBODY, above).astype(np.int64)


def flagged(network: SupplyNetwork) -> Ints:
    """Numbers of the flagged sites."""
    return np.flatnonzero(network.strength > 0)


def dominators_of(arrays: Arrays, repeat: int) -> Iterator[Row]:
    """Rows about dominators of one network."""
    network = network_of(arrays)
    first = np.flatnonzero(np.diff(network.inputs.indptr) == 0)
    network.outputs.sort_indices()
    for what, sites in (("all flags", flagged(network)), ("from all that buy nothing", first)):
        yield from _against_others(f"dominators, {len(network):,} nodes, {what}", arrays, network, sites, repeat)


def _against_others(what: str, arrays: Arrays, network: SupplyNetwork, sites: Ints, repeat: int) -> Iterator[Row]:
    names, graph = [network.ids[i] for i in sites], as_igraph(network, sites)
    ours = dominators(network, names).nearest
    if not (ours == of_igraph(graph.dominator(len(network), mode="out"), len(network))).all():
        raise RuntimeError("our dominators and those of igraph differ")
    ours_s, igraph_s = interleaved(
        lambda: dominators(network, names), lambda: graph.dominator(len(network), mode="out"), repeat=repeat
    )
    reached = f"{(ours != UNREACHED).sum():,} reached"
    yield at_least(
        f"{what}, {reached}, against igraph ({igraph_s * 1e3:,.1f} ms)", f"{ours_s * 1e3:,.1f} ms", igraph_s / ours_s, 1
    )
    if len(network) <= NETWORKX_UP_TO:
        plain = as_networkx(arrays)
        plain.add_edges_from((NOBODY, site) for site in sites.tolist())
        (plain_s,) = interleaved(lambda: nx.immediate_dominators(plain, NOBODY), repeat=1)
        yield Row(
            f"{what}, {reached}, against networkx ({plain_s * 1e3:,.0f} ms)",
            f"{ours_s * 1e3:,.1f} ms",
            f"{plain_s / ours_s:,.0f}x",
        )


def cut_of(arrays: Arrays, repeat: int) -> Iterator[Row]:
    """Row about a cheapest cut between all flagged sites and the last node, every party at cost 1."""
    network = network_of(arrays)
    sites, buyer = [network.ids[i] for i in flagged(network)], network.ids[-1]
    ones = np.ones(len(network))
    sites = [site for site in sites if not network.inputs[len(network) - 1, network.number(site)]]
    graph = as_networkx(arrays)
    graph.add_edges_from((NOBODY, network.number(site)) for site in sites)
    ours = minimum_cut(network, sites, buyer, ones)
    plain = nx.minimum_node_cut(graph, NOBODY, len(network) - 1)
    if len(ours.parties) != len(plain):
        raise RuntimeError("our cut and that of networkx differ in size")
    ours_s, plain_s = interleaved(
        lambda: minimum_cut(network, sites, buyer, ones),
        lambda: nx.minimum_node_cut(graph, NOBODY, len(network) - 1),
        repeat=repeat,
    )
    yield Row(
        f"cheapest cut, {len(network):,} nodes, all flags to one buyer, against networkx ({plain_s * 1e3:,.0f} ms)",
        f"{ours_s * 1e3:,.1f} ms",
        f"{plain_s / ours_s:,.0f}x",
    )


def tiers_of_one(arrays: Arrays, repeat: int) -> Iterator[Row]:
    """Row about tiers of the last node; networkx gives the least of them alone."""
    network = network_of(arrays)
    buyer = network.ids[-1]
    upstream = as_networkx(arrays).reverse() if len(network) <= NETWORKX_UP_TO else None
    found = tiers_of(network, buyer)
    what = f"all tiers of one buyer up to 10 links, {len(network):,} nodes"
    (cold_s,) = interleaved(lambda: tiers_of(network_of(arrays), buyer), repeat=repeat)
    yield Row(f"{what}, from arrays", f"{cold_s * 1e3:,.1f} ms")
    if upstream is None:
        (ours_s,) = interleaved(lambda: tiers_of(network, buyer), repeat=repeat)
        yield Row(what, f"{ours_s * 1e3:,.1f} ms")
        return
    start = len(network) - 1
    plain = nx.single_source_shortest_path_length(upstream, start)
    if {i: k for i, k in enumerate(found.least.tolist()) if k >= 0} != plain:
        raise RuntimeError("our least tiers and the distances of networkx differ")
    ours_s, plain_s = interleaved(
        lambda: tiers_of(network, buyer),
        lambda: nx.single_source_shortest_path_length(upstream, start),
        repeat=repeat,
    )
    yield Row(
        f"{what}, against least tiers alone by networkx ({plain_s * 1e3:,.1f} ms)",
        f"{ours_s * 1e3:,.1f} ms",
        f"{plain_s / ours_s:,.1f}x",
    )


def rows(largest: int = 1_000_000) -> Iterator[Row]:
    """All rows of this benchmark."""
    yield from cut_of(generate(CUT_NODES), 3)
    for nodes, repeat in ((10_000, 21), (100_000, 9), (1_000_000, 5)):
        if nodes <= largest:
            arrays = generate(nodes)
            yield from dominators_of(arrays, repeat)
            yield from tiers_of_one(arrays, repeat)

"""Exposure of all nodes of generated networks, against a plain scipy fixpoint and against loops over dictionaries.

*Warm*: the links are known and only flags changed, as for every class, filter and scenario of a day. *Cold*: from
arrays. The plain scipy way is ``x = s + (1 - s) (P x)`` from ``s`` until nothing changes by more than 1e-12, P as
compressed sparse rows. All three give the same figures, which is checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse

from benchmarks.common import Row, at_least, interleaved
from graph_core import SupplyNetwork, traced_share

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
TOLERANCE = 1e-12
LINKS_PER_NODE = 5
TIERS = 6
#: Sizes at which a graph of dictionaries is still bearable.
DICTIONARIES_UP_TO = 10_000


@dataclass(frozen=True)
class Arrays:
    """A network as a loader of arrays would have it."""

    ids: list[str]
    supplier: Ints
    buyer: Ints
    share: Floats
    strength: Floats


def generate(nodes: int, seed: int = 1, cyclic: float = 0.01) -> Arrays:
    """Make a network of six tiers in which some subcontract to each other.

    Parameters
    ----------
    nodes : int
        How many, from raw material (number 0 on) to brands.
    seed : int
        The same seed gives the same network.
    cyclic : float
        Part of the nodes that are paired into cycles of two, 0..1.

    Returns
    -------
    Arrays
        About ``LINKS_PER_NODE`` links a node: four of five from the tier before, one from any tier before. Shares of
        a buyer sum to 0.7..1; one node in 200 is flagged.
    """
    rng = np.random.default_rng(seed)
    edges = np.linspace(0, nodes, TIERS + 1).astype(np.int64)
    tier = np.searchsorted(edges, np.arange(nodes), side="right") - 1
    links = nodes * LINKS_PER_NODE
    buyer = rng.integers(edges[1], nodes, links)
    before = tier[buyer]
    near = rng.random(links) < 0.8
    low = np.where(near, edges[before - 1], 0)
    supplier = (low + rng.random(links) * (edges[before] - low)).astype(np.int64)
    pairs = rng.permutation(np.arange(edges[1], nodes))[: int(nodes * cyclic / 2)]
    supplier = np.concatenate([supplier, pairs, pairs - 1])
    buyer = np.concatenate([buyer, pairs - 1, pairs])
    inside = buyer >= edges[1]
    supplier, buyer = supplier[inside], buyer[inside]
    weight = rng.exponential(size=len(buyer))
    total = np.bincount(buyer, weights=weight, minlength=nodes)
    share = weight / total[buyer] * rng.uniform(0.7, 1.0, nodes)[buyer]
    strength = np.where(rng.random(nodes) < 0.005, rng.uniform(0.2, 1.0, nodes), 0.0)
    return Arrays([f"n{i}" for i in range(nodes)], supplier, buyer, share, strength)


def network_of(arrays: Arrays) -> SupplyNetwork:
    """The network with nothing computed yet."""
    return SupplyNetwork(arrays.ids, arrays.supplier, arrays.buyer, arrays.share, arrays.strength)


def matrix_of(arrays: Arrays) -> sparse.csr_array:
    """Shares by buyer as compressed sparse rows."""
    size = len(arrays.ids)
    return sparse.coo_array((arrays.share, (arrays.buyer, arrays.supplier)), shape=(size, size)).tocsr()


def fixpoint(matrix: sparse.csr_array, strength: Floats) -> tuple[Floats, int]:
    """The plain scipy way; scores and sweeps."""
    x, keep, sweeps = strength, 1 - strength, 0
    while True:
        following = strength + keep * (matrix @ x)
        sweeps += 1
        if float(np.abs(following - x).max()) <= TOLERANCE:
            return following, sweeps
        x = following


def dictionaries(graph: nx.DiGraph[int], strength: list[float]) -> dict[int, float]:
    """The way of a first script: a loop over a networkx graph, until nothing changes."""
    x = dict(enumerate(strength))
    while True:
        following = {
            node: strength[node]
            + (1 - strength[node]) * sum(data["share"] * x[supplier] for supplier, data in graph.pred[node].items())
            for node in graph
        }
        if max(abs(following[node] - x[node]) for node in graph) <= TOLERANCE:
            return following
        x = following


def as_networkx(arrays: Arrays) -> nx.DiGraph[int]:
    """The network as a graph of dictionaries, parallel links added up."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(arrays.ids)))
    matrix = matrix_of(arrays)
    matrix.sum_duplicates()
    entries = matrix.tocoo()
    for buyer, supplier, share in zip(entries.row.tolist(), entries.col.tolist(), entries.data.tolist(), strict=True):
        graph.add_edge(supplier, buyer, share=share)
    return graph


def measure(nodes: int, repeat: int) -> Iterator[Row]:
    """Rows of one size."""
    arrays = generate(nodes)
    matrix = matrix_of(arrays)
    warm = network_of(arrays)
    ours = traced_share(warm).scores
    plain, sweeps = fixpoint(matrix, arrays.strength)
    if float(np.abs(ours - plain).max()) > 1e-9:
        raise RuntimeError("traced_share and the plain fixpoint disagree")
    size = f"{nodes:,} nodes, {len(arrays.share):,} links"
    warm_s, plain_s, cold_s, plain_cold_s = interleaved(
        lambda: traced_share(warm.with_strength(arrays.strength)),
        lambda: fixpoint(matrix, arrays.strength),
        lambda: traced_share(network_of(arrays)),
        lambda: fixpoint(matrix_of(arrays), arrays.strength),
        repeat=repeat,
    )
    yield at_least(
        f"exposure, {size}, warm, against scipy fixpoint ({plain_s * 1e3:.1f} ms, {sweeps} sweeps)",
        f"{warm_s * 1e3:.1f} ms",
        plain_s / warm_s,
        2,
    )
    yield Row(
        f"exposure, {size}, cold, against scipy fixpoint from arrays ({plain_cold_s * 1e3:.1f} ms)",
        f"{cold_s * 1e3:.1f} ms",
        f"{plain_cold_s / cold_s:.2f}x",
    )
    if nodes <= DICTIONARIES_UP_TO:
        graph, strength = as_networkx(arrays), arrays.strength.tolist()
        (loops_s,) = interleaved(lambda: dictionaries(graph, strength), repeat=1)
        yield Row(
            f"exposure, {size}, warm, against networkx loops ({loops_s * 1e3:,.0f} ms)",
            f"{warm_s * 1e3:.1f} ms",
            f"{loops_s / warm_s:,.0f}x",
        )


def rows(largest: int = 1_000_000) -> Iterator[Row]:
    """All rows of this benchmark."""
    for nodes, repeat in ((10_000, 21), (100_000, 9), (1_000_000, 5)):
        if nodes <= largest:
            yield from measure(nodes, repeat)

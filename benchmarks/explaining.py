"""What explains a brand's figure on generated networks: split bounds, paths with conditions, cycles, whom to ask.

Half of the buyers have assumed equal shares. The plain way to the bounds is ``x = s + (1 - s) (F x + w max x)`` from 0
until nothing changes by more than 1e-12, with numpy and scipy; both give the same, which is checked. The brand of the
paths buys from 10,000 suppliers.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import sparse

from benchmarks.common import Row, interleaved, seconds
from benchmarks.exposure import TOLERANCE, generate
from graph_core import SupplyNetwork, top_paths, traced_share
from graph_core.exposure.cycles import cycles
from graph_core.exposure.ignorance import Ignorance
from graph_core.paths import strongest

HUB = 10_000
#: A page of a brand has so long for all of its parts.
PAGE = 0.05
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def network_of(nodes: int) -> tuple[SupplyNetwork, Bools]:
    """A network whose last node is a brand with many suppliers, and which links have an assumed equal share."""
    arrays, rng = generate(nodes), np.random.default_rng(2)
    hub = nodes - 1
    kept = arrays.buyer != hub
    many = rng.choice(nodes * 5 // 6, min(HUB, nodes // 10), replace=False)
    supplier = np.concatenate([arrays.supplier[kept], many])
    buyer = np.concatenate([arrays.buyer[kept], np.full(len(many), hub)])
    share = np.concatenate([arrays.share[kept], np.full(len(many), 1 / len(many))])
    assumed = (rng.random(nodes) < 0.5)[buyer]
    total, number = np.bincount(buyer, weights=share, minlength=nodes), np.bincount(buyer, minlength=nodes)
    equal = (total / np.maximum(number, 1))[buyer]
    share = np.where(assumed, equal, share)
    return SupplyNetwork(arrays.ids, supplier, buyer, share, arrays.strength), assumed


def worst_by_sweeps(network: SupplyNetwork, assumed: Bools) -> Floats:
    """The plain way to the worst split."""
    size, fixed = len(network), ~assumed
    order = np.argsort(network.buyer[assumed], kind="stable")
    supplier, buyer = network.supplier[assumed][order], network.buyer[assumed][order]
    pools, starts = np.unique(buyer, return_index=True)
    weight = np.add.reduceat(network.share[assumed][order], starts)
    matrix: sparse.csr_array = sparse.coo_array(
        (network.share[fixed], (network.buyer[fixed], network.supplier[fixed])), shape=(size, size)
    ).tocsr()
    x, keep = np.zeros(size), 1 - network.strength
    while True:
        inputs: Floats = np.asarray(matrix @ x)
        inputs[pools] += weight * np.maximum.reduceat(x[supplier], starts)
        following = network.strength + keep * inputs
        if float(np.abs(following - x).max()) <= TOLERANCE:
            return following
        x = following


def rows(nodes: int = 1_000_000, repeat: int = 3) -> Iterator[Row]:
    """All rows of this benchmark."""
    network, assumed = network_of(nodes)
    traced = traced_share(network)
    size = f"{nodes:,} nodes"
    if float(np.abs(Ignorance(traced, assumed).high - worst_by_sweeps(network, assumed)).max()) > 1e-9:
        raise RuntimeError("the worst split and its plain sweeps disagree")
    ours, plain, best = interleaved(
        lambda: Ignorance(traced, assumed).high,
        lambda: worst_by_sweeps(network, assumed),
        lambda: Ignorance(traced, assumed).low,
        repeat=repeat,
    )
    yield Row(f"worst split, {size}, against sweeps ({plain:.2f} s)", f"{ours:.2f} s", f"{plain / ours:.2f}x")
    yield Row(f"best split, {size}", f"{best:.2f} s")
    yield Row(f"strongest path to every node, {size}, once a day", f"{seconds(lambda: strongest(network)):.2f} s")
    brand = network.ids[-1]
    through = top_paths(network, brand, 20)[10].nodes[-2]
    ignorance = Ignorance(traced, assumed)
    ignorance.widths(brand)
    taken = interleaved(
        lambda: top_paths(network, brand, 20),
        lambda: top_paths(network, brand, 20, through=through),
        lambda: top_paths(network, brand, 20, max_hops=4),
        lambda: cycles(traced, brand),
        lambda: ignorance.widths(brand),
        repeat=repeat,
    )
    names = ("20 paths", "20 paths through a supplier", "20 paths of 4 hops at most", "cycles", "whom to ask first")
    for what, time in zip(names, taken, strict=True):
        goal = f"<= {PAGE * 1e3:.0f} ms" if what == names[0] else ""
        reached = time <= PAGE if goal else None
        yield Row(f"{what} of a brand of {HUB:,} suppliers, {size}", f"{time * 1e3:.1f} ms", "", goal, reached)

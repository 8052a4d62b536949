"""Chances on generated networks, against the plain numpy ways.

The plain noisy-or sweeps over all links from 0 until nothing changes by more than 1e-12. The plain cascade draws one
number a link and a flag for each world and walks the live links with scipy. Links and order of ours are known (*warm*),
as for every class and flag set of a day.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from benchmarks.common import Row, at_least, interleaved
from benchmarks.exposure import Floats, generate, network_of
from graph_core import SupplyNetwork, cascade, hops, kernels, noisy_or, strongest_path, within_hops
from graph_core.exposure import chance

TOLERANCE = 1e-12


def plain_noisy_or(links: sparse.coo_array, strength: Floats) -> Floats:
    """Sweeps over all links."""
    e = np.zeros(len(strength))
    while True:
        missed = np.log1p(-links.data * e[links.col])
        spared = (1 - strength) * np.exp(np.bincount(links.row, weights=missed, minlength=len(e)))
        change, e = float(np.abs(1 - spared - e).max()), 1 - spared
        if change <= TOLERANCE:
            return e


def plain_worlds(links: sparse.coo_array, strength: Floats, worlds: int, seed: int) -> Floats:
    """In how many worlds every node is hit, world by world."""
    rng = np.random.default_rng(seed)
    size, hit = len(strength), np.zeros(len(strength) + 1)
    for _ in range(worlds):
        live = rng.random(links.nnz) < links.data
        flagged = np.flatnonzero(rng.random(size) < strength)
        # One more node delivers to every live flag.
        supplier = np.concatenate([links.col[live], np.full(len(flagged), size)])
        buyer = np.concatenate([links.row[live], flagged])
        onward = sparse.csr_array((np.ones(len(buyer)), (supplier, buyer)), shape=(size + 1, size + 1))
        hit[csgraph.breadth_first_order(onward, size, return_predecessors=False)] += 1
    return hit[:-1]


def measure(nodes: int, repeat: int) -> Iterator[Row]:
    """Rows of one size."""
    arrays = generate(nodes)
    net = network_of(arrays)
    links = net.inputs.tocoo()
    size = f"{nodes:,} nodes, {len(arrays.share):,} links, warm"
    if float(np.abs(noisy_or(net).scores - plain_noisy_or(links, arrays.strength)).max()) > 1e-9:
        raise RuntimeError("noisy_or and the plain sweeps disagree")
    ours, plain = interleaved(lambda: noisy_or(net), lambda: plain_noisy_or(links, arrays.strength), repeat=repeat)
    yield at_least(
        f"noisy_or, {size}, against numpy sweeps ({plain * 1e3:,.0f} ms)", f"{ours * 1e3:,.0f} ms", plain / ours, 2
    )
    yield from _cascades(net, links, size, repeat)
    # The flags are new each time: the strongest path is kept with a network and its flags.
    taken = interleaved(
        lambda: strongest_path(_again(net)), lambda: hops(_again(net)), lambda: within_hops(_again(net)), repeat=repeat
    )
    for name, seconds in zip(("strongest_path", "hops", "within_hops"), taken, strict=True):
        yield Row(f"{name}, {size}", f"{seconds * 1e3:,.0f} ms")


def _again(net: SupplyNetwork) -> SupplyNetwork:
    return net.with_strength(net.strength * np.random.default_rng().uniform(0.5, 1.0))


def _cascades(net: SupplyNetwork, links: sparse.coo_array, size: str, repeat: int) -> Iterator[Row]:
    few, many = 64, 640
    arrays = chance._Sampler.of(net, many, 1).arguments()  # noqa: SLF001  the way without kernels, also where they are
    without, plain = interleaved(
        lambda: chance.hits(*arrays), lambda: plain_worlds(links, net.strength, few, 1), repeat=min(repeat, 3)
    )
    plain *= many / few
    what = f"cascade of {many} worlds, {size}, against numpy worlds ({plain:,.1f} s)"
    yield at_least(f"{what}, without kernels", f"{without:,.2f} s", plain / without, 2)
    if kernels.installed():
        kernels.load("worlds")
        (with_kernels,) = interleaved(lambda: cascade(net, worlds=many), repeat=repeat)
        yield at_least(f"{what}, with kernels", f"{with_kernels:,.2f} s", plain / with_kernels, 10)


def rows(largest: int = 1_000_000) -> Iterator[Row]:
    """All rows of this benchmark."""
    for nodes, repeat in ((10_000, 9), (100_000, 5), (1_000_000, 3)):
        if nodes <= largest:
            yield from measure(nodes, repeat)

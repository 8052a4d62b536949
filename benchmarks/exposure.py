"""Exposure and its explanations on generated networks, against scipy and against loops over dictionaries of networkx.

*Warm*: the links are known and only flags changed, as for every class, filter and scenario of a day. *Cold*: from
arrays. The plain scipy way is ``x = s + (1 - s) (P x)`` from ``s`` until nothing changes by more than 1e-12, P as
compressed sparse rows. All three give the same figures, which is checked.

*Layered*: six tiers, one node in a hundred on a cycle of two. *Tangled*: hubs, and one link in ten from anywhere, so
that one component holds most nodes; there leverage is an interval and attribution leaves out what it states.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import networkx as nx
import numpy as np
import numpy.typing as npt
import psutil
from scipy import sparse

from benchmarks.common import Row, at_least, interleaved, seconds
from graph_core import SupplyNetwork, TracedShare, kernels, top_paths, traced_share
from graph_core.paths import strongest
from graph_core.tiers import tiers_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
TOLERANCE = 1e-12
LINKS_PER_NODE = 5
TIERS = 6
#: Nodes at which the goals against scipy stand.
LARGE = 1_000_000
#: Part of a score that an attribution may leave out.
MISSING = 0.02
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
    return _with_shares(rng, nodes, supplier[inside], buyer[inside])


def tangle(nodes: int, seed: int = 1, astray: float = 0.1) -> Arrays:
    """Make a network of six tiers with hubs, in which some links lead from anywhere to anywhere.

    Parameters
    ----------
    nodes, seed
        As for `generate`.
    astray : float
        Part of the links whose supplier is any node at all, 0..1; from a few hundredths on one component holds most
        nodes.
    """
    rng = np.random.default_rng(seed)
    edges = np.linspace(0, nodes, TIERS + 1).astype(np.int64)
    tier = np.searchsorted(edges, np.arange(nodes), side="right") - 1
    links = nodes * LINKS_PER_NODE
    buyer = rng.integers(edges[1], nodes, links)
    low = edges[tier[buyer] - 1]
    supplier = (low + rng.beta(0.35, 1.0, links) * (edges[tier[buyer]] - low)).astype(np.int64)
    lost = rng.random(links) < astray
    supplier[lost] = rng.integers(0, nodes, int(lost.sum()))
    return _with_shares(rng, nodes, supplier, buyer)


def _with_shares(rng: np.random.Generator, nodes: int, supplier: Ints, buyer: Ints) -> Arrays:
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


def block_neumann(matrix: sparse.csr_array, arrays: Arrays, scores: Floats, buyers: Ints, missing: float) -> Floats:
    """The plain way of attribution: powers of the matrix on a block of brands until so little of each is missing."""
    keep = (1 - arrays.strength)[:, None]
    onward = matrix.T.tocsr()
    front = np.zeros((len(scores), len(buyers)))
    front[buyers, np.arange(len(buyers))] = 1.0
    found = np.zeros_like(front)
    while True:
        found += front * arrays.strength[:, None]
        if (scores[buyers] - found.sum(axis=0) <= missing * scores[buyers]).all():
            return found
        front = onward @ (front * keep)


def measure(kind: str, arrays: Arrays, repeat: int) -> Iterator[Row]:
    """Rows of one network."""
    nodes = len(arrays.ids)
    matrix = matrix_of(arrays)
    warm = network_of(arrays)
    ours = traced_share(warm)
    plain, sweeps = fixpoint(matrix, arrays.strength)
    if float(np.abs(ours.scores - plain).max()) > 1e-9:
        raise RuntimeError("traced_share and the plain fixpoint disagree")
    size = f"{kind}, {nodes:,} nodes, {len(arrays.share):,} links"
    warm_s, plain_s, cold_s, plain_cold_s = interleaved(
        lambda: traced_share(warm.with_strength(arrays.strength)),
        lambda: fixpoint(matrix, arrays.strength),
        lambda: traced_share(network_of(arrays)),
        lambda: fixpoint(matrix_of(arrays), arrays.strength),
        repeat=repeat,
    )
    yield _goal_at_size(
        nodes,
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
        for what, taken, goal in (("warm", warm_s, 500), ("cold", cold_s, 200)):
            yield at_least(
                f"exposure, {size}, {what}, against networkx loops ({loops_s * 1e3:,.0f} ms)",
                f"{taken * 1e3:.1f} ms",
                loops_s / taken,
                goal,
            )
    yield from _attribution(size, arrays, matrix, ours)
    yield from _page(size, ours)


def _goal_at_size(nodes: int, what: str, figure: str, ratio: float, goal: float) -> Row:
    """A row with a goal where the network is as large as the goals are about; smaller ones are for information."""
    return at_least(what, figure, ratio, goal) if nodes >= LARGE else Row(what, figure, f"{ratio:.2f}x")


def _brands(scored: TracedShare, number: int) -> list[str]:
    """The last nodes that have a score: those furthest downstream."""
    found = np.flatnonzero(scored.scores > 0)[-number:]
    return [scored.network.ids[i] for i in found.tolist()]


def _attribution(size: str, arrays: Arrays, matrix: sparse.csr_array, scored: TracedShare) -> Iterator[Row]:
    brands = _brands(scored, 1_000)
    block = np.array([scored.network.number(name) for name in brands[:8]])
    ours = seconds(lambda: scored.attributions(brands, MISSING)) / len(brands)
    plain = seconds(lambda: block_neumann(matrix, arrays, scored.scores, block, MISSING)) / len(block)
    yield _goal_at_size(
        len(scored.network),
        f"attribution, {size}, {len(brands):,} brands x {np.count_nonzero(arrays.strength):,} flags, {MISSING:.0%} "
        f"missing at most, against block Neumann ({plain * 1e3:.0f} ms a brand)",
        f"{ours * 1e3:.3f} ms a brand",
        plain / ours,
        100,
    )


def page_of(scored: TracedShare, pages: int = 20) -> list[tuple[float, dict[str, float]]]:
    """Seconds of what is asked of the network when a brand is opened, in all and by part, of some brands.

    What is kept for all brands was asked for before.
    """
    strongest(scored.network)
    times = []
    for name in _brands(scored, pages + 1):
        works: dict[str, Callable[[], object]] = {
            "attribution": partial(scored.attribution, name, MISSING),
            "100 leverages": partial(scored.leverage, name, 100),
            "20 paths": partial(top_paths, scored.network, name, 20),
            "tiers": partial(tiers_of, scored.network, name),
        }
        parts = {what: seconds(work) for what, work in works.items()}
        times.append((sum(parts.values()), parts))
    return times[1:]


def _page(size: str, scored: TracedShare) -> Iterator[Row]:
    times = page_of(scored)
    total, parts = sorted(times, key=lambda pair: pair[0])[len(times) // 2]
    said = ", ".join(f"{what} {taken * 1e3:.1f}" for what, taken in parts.items())
    yield Row(f"one brand page, {size} (ms: {said})", f"{total * 1e3:.0f} ms", "", "<= 50 ms", total <= 0.05)


def memory(nodes: int) -> Iterator[Row]:
    """Rows about a network on disk, measured in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="tiertrace-bench-") as folder:
        arrays = generate(nodes)
        network_of(arrays).save(Path(folder) / "net")
        told = subprocess.run(
            [sys.executable, "-m", "benchmarks.exposure", str(Path(folder) / "net")],
            check=True, capture_output=True, text=True,
        ).stdout.split()  # fmt: skip
    opened, per_link = float(told[0]), float(told[1])
    size = f"{nodes:,} nodes, {len(arrays.share):,} links"
    yield Row(f"opening a saved network, {size}", f"{opened:.2f} s", "", "< 1 s", opened < 1)
    yield Row(
        f"memory of a network, {size}, opening, solving and one attribution included",
        f"{per_link:.0f} bytes a link", "", "<= 130", per_link <= 130,
    )  # fmt: skip


def _tell_memory(folder: Path) -> None:
    """Print how long opening takes and what memory a network needs at most, bytes a link."""
    kernels.load("tracing")
    before = psutil.Process().memory_info().rss
    opened: list[SupplyNetwork] = []
    taken = seconds(lambda: opened.append(SupplyNetwork.open(folder)))
    scored = traced_share(opened[0])
    scored.attribution(_brands(scored, 1)[0])
    print(taken, (_peak() - before) / len(opened[0].share))


def _peak() -> int:
    """Most memory that this process had at once, bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # what the system reports elsewhere begins with the parent's memory on Linux
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def rows(largest: int = 1_000_000) -> Iterator[Row]:
    """All rows of this benchmark."""
    if kernels.installed():
        kernels.load("tracing")  # warm, as after the first call of a program
    for nodes, repeat in ((10_000, 21), (100_000, 9), (1_000_000, 3)):
        if nodes <= largest:
            yield from measure("layered", generate(nodes), repeat)
            yield from measure("tangled", tangle(nodes), repeat)
    yield from memory(largest)


if __name__ == "__main__":
    _tell_memory(Path(sys.argv[1]))

"""Exposure paths: how a flagged site reaches a buyer, best first."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from graph_core.errors import InputError
from graph_core.network import Floats, SupplyNetwork


@dataclass(frozen=True)
class Path:
    """One simple path from a flagged node to a buyer.

    Attributes
    ----------
    nodes : tuple of str
        Node ids from the flagged node to the buyer.
    score : float
        Strength of the flag times the product of the shares along the path, 0..1.
    contribution : float
        Part of the buyer's traced share that flows along exactly this path: strength times the product over its hops
        of (1 - strength of the receiving node) x share. Contributions of all walks sum to the traced share.
    """

    nodes: tuple[str, ...]
    score: float
    contribution: float


class Paths(list[Path]):
    """Paths, best first; `truncated` says whether more exist than were asked for."""

    truncated: bool = False


def strongest(network: SupplyNetwork) -> Floats:
    """Best score of any path from a flag to every node: ``max s_f * product of shares``.

    Dijkstra on ``-log share`` from a virtual node that delivers ``s_f`` to every flagged node.
    """
    key = "strongest", network.strength.tobytes()
    if network._cache.get("strongest_key") != key:  # noqa: SLF001
        network._cache["strongest"] = _strongest(network)  # noqa: SLF001
        network._cache["strongest_key"] = key  # noqa: SLF001
    best: Floats = network._cache["strongest"]  # noqa: SLF001
    return best


def _strongest(network: SupplyNetwork) -> Floats:
    links = network.inputs.tocoo()
    size = len(network)
    used = links.data > 0
    flagged = np.flatnonzero(network.strength > 0)
    # Lengths of exactly 0 would be read as absent links: a share of 1 gets the smallest length there is.
    length = np.maximum(
        -np.log(np.concatenate([np.minimum(links.data[used], 1.0), network.strength[flagged]])), np.finfo(float).tiny
    )
    rows = np.concatenate([links.col[used], np.full(len(flagged), size)])
    columns = np.concatenate([links.row[used], flagged])
    onward = sparse.csr_array((length, (rows, columns)), shape=(size + 1, size + 1))
    distance = csgraph.dijkstra(onward, directed=True, indices=np.array([size]))[0]
    return np.where(np.isfinite(distance), np.exp(-distance), 0.0)[:size]


def top_paths(network: SupplyNetwork, buyer: str, k: int = 10) -> Paths:
    """The k best simple paths from flagged nodes to a buyer.

    Best-first search upstream from the buyer. What is already walked times the best score still ahead
    (`strongest`) bounds every continuation from above, so paths come out in exact order and nothing else is opened.

    Parameters
    ----------
    network : SupplyNetwork
        Parallel links between two nodes count as one hop with the sum of their shares, 1 at most.
    buyer : str
        Where the paths end. The buyer's own flag is no path.
    k : int
        How many, at least 1.

    Returns
    -------
    Paths
        At most k, by falling score; scores that agree to 12 digits by node ids, read from the buyer upstream.

    Raises
    ------
    InputError
        ``k`` is below 1.
    NotFoundError
        The buyer is not a node of the network.
    """
    if k < 1:
        raise InputError(f"k is {k}; ask for at least 1 path")
    found = Paths()
    for path in _best_first(network, network.number(buyer)):
        if len(found) == k:
            found.truncated = True
            break
        found.append(path)
    return found


def _best_first(network: SupplyNetwork, buyer: int) -> Iterator[Path]:
    ahead = strongest(network)
    ranked: dict[int, tuple[list[int], list[float], list[float]]] = {}

    def suppliers(node: int) -> tuple[list[int], list[float], list[float]]:
        """Suppliers of a node by falling bound: numbers, shares, share x best score ahead."""
        if node not in ranked:
            row = slice(network.inputs.indptr[node], network.inputs.indptr[node + 1])
            numbers, shares = network.inputs.indices[row], np.minimum(network.inputs.data[row], 1.0)
            bound = shares * ahead[numbers]
            order = np.flatnonzero(bound > 0).tolist()
            order.sort(key=lambda i: (_falling(bound[i]), network.ids[numbers[i]]))
            ranked[node] = numbers[order].tolist(), shares[order].tolist(), bound[order].tolist()
        return ranked[node]

    # A state is either a finished path (rank -1) or "walk ends here, try supplier number `rank` next". Equal states
    # come by their nodes from the buyer on, the supplier to be tried included: no path in them comes before that.
    queue: list[tuple[float, tuple[str, ...], tuple[int, ...], float, int]] = []

    def push(walk: tuple[int, ...], product: float, rank: int) -> None:
        numbers, _, bounds = suppliers(walk[0])
        while rank < len(numbers) and numbers[rank] in walk:
            rank += 1
        if rank < len(numbers):
            names = tuple(network.ids[n] for n in (*reversed(walk), numbers[rank]))
            heapq.heappush(queue, (_falling(product * bounds[rank]), names, walk, product, rank))

    push((buyer,), 1.0, 0)
    while queue:
        _, names, walk, product, rank = heapq.heappop(queue)
        if rank < 0:
            yield Path(names[::-1], product, _contribution(network, walk))
            continue
        push(walk, product, rank + 1)
        numbers, shares, _ = suppliers(walk[0])
        supplier, onward = numbers[rank], product * shares[rank]
        longer = (supplier, *walk)
        strength = float(network.strength[supplier])
        if strength > 0:
            ids = tuple(network.ids[n] for n in reversed(longer))
            heapq.heappush(queue, (_falling(onward * strength), ids, longer, onward * strength, -1))
        push(longer, onward, 0)


def _falling(score: float) -> float:
    """Sort key by falling score in which scores that differ by rounding alone are equal."""
    return -round(math.log(score), 12) if score > 0 else math.inf


def _contribution(network: SupplyNetwork, walk: tuple[int, ...]) -> float:
    hops = np.array(walk)
    shares = np.minimum(np.asarray(network.inputs[hops[1:], hops[:-1]]).ravel(), 1.0)
    return float(network.strength[hops[0]] * np.prod(shares * (1 - network.strength[hops[1:]])))

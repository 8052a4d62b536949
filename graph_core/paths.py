"""Exposure paths: how a flagged site reaches a buyer, best first."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from graph_core.errors import InputError
from graph_core.network import Floats, Ints, SupplyNetwork

T = TypeVar("T")


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
    return _last(network, "strongest", (), lambda: _strongest(network, network.strength))


def _last(network: SupplyNetwork, what: str, of: tuple[int, ...], made: Callable[[], T]) -> T:
    """What was made last of the links and flags of a network; made where it was of something else."""
    return network.kept(what, made, (of, network.strength.tobytes()))


def _strongest(network: SupplyNetwork, begin: Floats) -> Floats:
    """Best product of what a path begins with and the shares along it, to every node."""
    return best_ways(network, begin)[0]


def best_ways(network: SupplyNetwork, begin: Floats) -> tuple[Floats, Ints]:
    """Best path to every node from those where paths begin, all found at once.

    Parameters
    ----------
    network : SupplyNetwork
        Its flags are not looked at.
    begin : array of float
        What a path that begins at each node begins with, 0..1; 0: none begins there.

    Returns
    -------
    array of float
        The best product of what a path begins with and the shares along it, 0..1; 0 where no path leads.
    array of int
        The node before each one on its best path, by number; below 0 where a path begins or none leads.
    """
    links = network.inputs.tocoo()
    size = len(network)
    used = links.data > 0
    starts = np.flatnonzero(begin > 0)
    # Lengths of exactly 0 would be read as absent links: a share of 1 gets the smallest length there is.
    length = np.maximum(
        -np.log(np.concatenate([np.minimum(links.data[used], 1.0), begin[starts]])), np.finfo(float).tiny
    )
    rows = np.concatenate([links.col[used], np.full(len(starts), size)])
    columns = np.concatenate([links.row[used], starts])
    onward = sparse.csr_array((length, (rows, columns)), shape=(size + 1, size + 1))
    distance, before = csgraph.dijkstra(onward, directed=True, indices=np.array([size]), return_predecessors=True)
    found = np.where(np.isfinite(distance[0]), np.exp(-distance[0]), 0.0)[:size]
    previous = before[0][:size].astype(np.int64)
    return found, np.where(previous == size, -1, previous)


def top_paths(
    network: SupplyNetwork,
    buyer: str,
    k: int = 10,
    *,
    through: str | Iterable[str] = (),
    avoiding: str | Iterable[str] = (),
    max_hops: int | None = None,
) -> Paths:
    """The k best simple paths from flagged nodes to a buyer.

    Best-first search upstream from the buyer. What is already walked times the best score still ahead
    (`strongest`, by the conditions) bounds every continuation from above, so paths come out in exact order and nothing
    else is opened.

    Parameters
    ----------
    network : SupplyNetwork
        Parallel links between two nodes count as one hop with the sum of their shares, 1 at most.
    buyer : str
        Where the paths end. The buyer's own flag is no path.
    k : int
        How many, at least 1.
    through : str or iterable of str
        Only paths with this node on them, or with one of these: in between, or the flagged node itself.
    avoiding : str or iterable of str
        Only paths without this node, or without any of these.
    max_hops : int, optional
        Only paths of at most so many links, at least 1.

    Returns
    -------
    Paths
        At most k, by falling score; scores that agree to 12 digits by node ids, read from the buyer upstream.

    Raises
    ------
    InputError
        ``k`` or ``max_hops`` is below 1, or the conditions exclude each other.
    NotFoundError
        The buyer, or a node to go through or to avoid, is not a node of the network.
    """
    if k < 1:
        raise InputError(f"k is {k}; ask for at least 1 path")
    if max_hops is not None and max_hops < 1:
        raise InputError(f"max_hops is {max_hops}; a path has at least 1 hop")
    end, passed, avoided = network.number(buyer), _numbers(network, through), _numbers(network, avoiding)
    both = avoided & (passed | {end})
    if both:
        raise InputError(f"{network.ids[min(both)]!r} is to be on the paths and to be avoided")
    if avoided:
        network = _without(network, sorted(avoided))
    ahead = _Ahead(network, [] if end in passed else sorted(passed), max_hops)
    found = Paths()
    for path in _best_first(network, end, ahead):
        if len(found) == k:
            found.truncated = True
            break
        found.append(path)
    return found


def _numbers(network: SupplyNetwork, nodes: str | Iterable[str]) -> set[int]:
    return {network.number(name) for name in ([nodes] if isinstance(nodes, str) else nodes)}


def _without(network: SupplyNetwork, nodes: list[int]) -> SupplyNetwork:
    """The network without the links and flags of some nodes; the last one asked for is kept with the network."""

    def made() -> SupplyNetwork:
        there = np.ones(len(network), dtype=bool)
        there[nodes] = False
        kept = there[network.supplier] & there[network.buyer]
        ends = network.supplier[kept], network.buyer[kept]
        return SupplyNetwork(network.ids, *ends, network.share[kept], np.where(there, network.strength, 0.0))

    result: SupplyNetwork = _last(network, "without", tuple(nodes), made)
    return result


class _Ahead:
    """Best score that is still ahead of a walk upstream, by where it is, the hops left, and what it has to meet.

    Parameters
    ----------
    network : SupplyNetwork
        What is walked.
    through : list of int
        Nodes of which one has to be met; empty where none has to.
    hops : int, optional
        Most links of a path.
    """

    def __init__(self, network: SupplyNetwork, through: list[int], hops: int | None) -> None:
        self.network, self.through, self.hops = network, through, hops
        met = strongest(network) if hops is None else network.strength
        #: For every number of hops left from 0 on, until more of them change nothing: the bound at every node where
        #: nothing has to be met (any more), and where `through` has. One row where hops are not limited.
        self._rows = [(met, self._not_met(met))]
        while len(self._rows) < (hops or 0):
            before = self._rows[-1]
            met = np.maximum(network.strength, self._step(before[0]))
            row = met, self._not_met(met, before[1])
            if all(np.array_equal(new, old) for new, old in zip(row, before, strict=True)):
                break
            self._rows.append(row)

    def _not_met(self, met: Floats, before: Floats | None = None) -> Floats:
        """Bound where a node to be met is still ahead: what that has ahead itself, carried on to its buyers."""
        if not self.through:
            return met
        begin = np.zeros(len(met))
        begin[self.through] = met[self.through]
        if self.hops is None:
            return _strongest(self.network, begin)
        return begin if before is None else np.maximum(begin, self._step(before))

    def _step(self, values: Floats) -> Floats:
        """Largest share x value among the suppliers of every node."""
        inputs = self.network.inputs
        buys = np.flatnonzero(np.diff(inputs.indptr))
        out = np.zeros(len(values))
        if len(buys):
            each = np.minimum(inputs.data, 1.0) * values[inputs.indices]
            out[buys] = np.maximum.reduceat(each, inputs.indptr[buys])
        return out

    def row(self, hops: int) -> int:
        """Row for what lies behind the next hop of a walk of so many hops; below 0 where it may not go on."""
        return 0 if self.hops is None else min(self.hops - hops - 1, len(self._rows) - 1)

    def bound(self, row: int, suppliers: npt.NDArray[np.signedinteger], *, met: bool) -> Floats:
        """Bound at some suppliers, 0..1, each itself included: as a flagged end, and as what has to be met."""
        bounds: Floats = self._rows[row][0 if met else 1][suppliers]
        return bounds


@dataclass(frozen=True)
class _Walk:
    """A walk upstream, its upper end first, and whether it has met what it has to."""

    nodes: tuple[int, ...]
    product: float
    met: bool


class _Ranked:
    """Suppliers of nodes by falling bound, equal ones by id, each list made when it is first needed."""

    def __init__(self, network: SupplyNetwork, ahead: _Ahead) -> None:
        self.network, self.ahead = network, ahead
        self._lists: dict[tuple[int, int, bool], tuple[list[int], list[float], list[float]]] = {}

    def of(self, walk: _Walk) -> tuple[list[int], list[float], list[float]]:
        """Numbers, shares, and share x best score ahead of the suppliers from which a walk can go on."""
        row = self.ahead.row(len(walk.nodes) - 1)
        if row < 0:
            return [], [], []
        key = walk.nodes[0], row, walk.met
        if key not in self._lists:
            self._lists[key] = self._made(*key)
        return self._lists[key]

    def _made(self, node: int, row: int, met: bool) -> tuple[list[int], list[float], list[float]]:
        inputs = self.network.inputs
        own = slice(inputs.indptr[node], inputs.indptr[node + 1])
        numbers, shares = inputs.indices[own], np.minimum(inputs.data[own], 1.0)
        bound = shares * self.ahead.bound(row, numbers, met=met)
        used = np.flatnonzero(bound > 0)
        names = np.array([self.network.ids[n] for n in numbers[used].tolist()], dtype=str)
        used = used[np.lexsort((names, -np.round(np.log(bound[used]), 12)))]
        return numbers[used].tolist(), shares[used].tolist(), bound[used].tolist()


def _best_first(network: SupplyNetwork, buyer: int, ahead: _Ahead) -> Iterator[Path]:
    ranked = _Ranked(network, ahead)
    # A state is either a finished path (rank -1) or "walk ends here, try supplier number `rank` next". Equal states
    # come by their nodes from the buyer on, the supplier to be tried included: no path in them comes before that.
    queue: list[tuple[float, tuple[str, ...], tuple[int, ...], int, _Walk]] = []

    def enter(score: float, nodes: tuple[int, ...], rank: int, walk: _Walk) -> None:
        names = tuple(network.ids[n] for n in reversed(nodes))
        heapq.heappush(queue, (_falling(score), names, nodes, rank, walk))

    def push(walk: _Walk, rank: int) -> None:
        numbers, _, bounds = ranked.of(walk)
        while rank < len(numbers) and numbers[rank] in walk.nodes:
            rank += 1
        if rank < len(numbers):
            enter(walk.product * bounds[rank], (numbers[rank], *walk.nodes), rank, walk)

    push(_Walk((buyer,), 1.0, not ahead.through), 0)
    while queue:
        _, names, nodes, rank, walk = heapq.heappop(queue)
        if rank < 0:
            yield Path(names[::-1], walk.product, _contribution(network, nodes))
            continue
        push(walk, rank + 1)
        _, shares, _ = ranked.of(walk)
        supplier = nodes[0]
        longer = _Walk(nodes, walk.product * shares[rank], walk.met or supplier in ahead.through)
        score = longer.product * float(network.strength[supplier])
        if score > 0 and longer.met:
            enter(score, nodes, -1, _Walk(nodes, score, met=True))
        push(longer, 0)


def _falling(score: float) -> float:
    """Sort key by falling score in which scores that differ by rounding alone are equal."""
    return -round(math.log(score), 12) if score > 0 else math.inf


def _contribution(network: SupplyNetwork, walk: tuple[int, ...]) -> float:
    hops = np.array(walk)
    shares = np.minimum(np.asarray(network.inputs[hops[1:], hops[:-1]]).ravel(), 1.0)
    return float(network.strength[hops[0]] * np.prod(shares * (1 - network.strength[hops[1:]])))

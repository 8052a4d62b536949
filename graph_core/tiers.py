"""Tiers: how many deliveries lie between a party and one named buyer, and what arrives, ends or goes on at each.

A party has several tiers for one buyer and others for another, so a tier is never a property of a party.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from graph_core.errors import InputError
from graph_core.network import Floats, Ints, Marks, SupplyNetwork, reached_from

Bits = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.integer]

#: Tiers are listed up to here unless said otherwise.
HORIZON = 10
#: Bits of a number that hold tiers.
_MOST = 62
#: Circles of up to so many parties are gone through on every way that visits no party twice.
CIRCLE = 6


@dataclass(frozen=True, eq=False)
class Tiers:
    """Tiers of every party for one buyer.

    Attributes
    ----------
    network : SupplyNetwork
        The links.
    buyer : int
        Number of the buyer, the one party of tier 0.
    horizon : int
        Longest routes that were followed.
    bits : array of uint64
        Bit k is set where the party has tier k: a route of k links leads from it to the buyer, no party on it twice.
    """

    network: SupplyNetwork
    buyer: int
    horizon: int
    bits: Bits

    @cached_property
    def more(self) -> Marks:
        """Where tiers up to the horizon beyond those listed are possible.

        So it is for parties in or behind a circle of more than `CIRCLE` parties who supply each other. Of those the
        fewest hops, and the ways out by them, are listed.
        """
        links = disclosed(self.network)
        upstream = reached_from(links, [self.buyer])
        return upstream & reached_from(links, np.flatnonzero(upstream & _circles(self.network).in_large))

    def of(self, node: str) -> tuple[int, ...]:
        """All tiers of a party up to the horizon, the least first; empty where no such route exists."""
        bits = int(self.bits[self.network.number(node)])
        return tuple(k for k in range(self.horizon + 1) if bits >> k & 1)

    def has(self, tier: int) -> Marks:
        """Which parties have a tier."""
        return (self.bits >> np.uint64(tier) & np.uint64(1)).astype(np.bool_)

    @property
    def least(self) -> Ints:
        """Least tier of every party, -1 where none is within the horizon."""
        lowest = self.bits & (~self.bits + np.uint64(1))
        return np.where(self.bits > 0, np.log2(np.maximum(lowest, 1).astype(np.float64)), -1).astype(np.int64)


def disclosed(network: SupplyNetwork) -> sparse.csr_array:
    """Suppliers of every buyer as a matrix of ones, row = buyer.

    A link of share 0 is among them, other than in `SupplyNetwork.inputs`: nothing was delivered in the time that the
    figures are for, and the supplier is disclosed all the same.
    """
    return network.kept("disclosed", lambda: _disclosed(network))


def _disclosed(network: SupplyNetwork) -> sparse.csr_array:
    ends, size = (network.buyer, network.supplier), len(network)
    matrix = sparse.coo_array((np.ones(len(network.buyer), dtype=np.int32), ends), shape=(size, size)).tocsr()
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def fewest_links(network: SupplyNetwork, buyer: str) -> Floats:
    """Fewest links from every party to a buyer, whatever their number; infinite where no route exists."""
    return fewest_steps(disclosed(network), np.array([network.number(buyer)]))


def fewest_steps(links: sparse.csr_array, starts: Ints) -> Floats:
    """Fewest steps along the rows of a matrix from the nearest of some nodes; infinite where none lead."""
    fewest: Floats = csgraph.dijkstra(links, directed=True, indices=starts, unweighted=True, min_only=True)
    return fewest


def tiers_of(network: SupplyNetwork, buyer: str, horizon: int = HORIZON) -> Tiers:
    """Find all tiers of every party for one buyer.

    Walks are followed upstream link by link, as sets of parties. Parties who supply each other in a circle would get
    ever more tiers; so a route visits no party twice. In a circle of up to `CIRCLE` parties every such route is
    followed. In a larger one, of which nobody could list them, each party gets the fewest hops by which it is reached
    in it and those by which it is entered, and `Tiers.more` says so.

    Parameters
    ----------
    network : SupplyNetwork
        All links count, those of share 0 too (`disclosed`).
    buyer : str
        Who counts.
    horizon : int
        Longest routes to follow, 1..62.

    Raises
    ------
    NotFoundError
        The buyer is not a node of the network.
    InputError
        The horizon is out of range.
    """
    if not 1 <= horizon <= _MOST:
        raise InputError(f"horizon is {horizon}; it has to lie in 1..{_MOST}")
    start = network.number(buyer)
    circles = _circles(network)
    bits = np.zeros(len(network), dtype=np.uint64)
    arrived = np.zeros(len(network), dtype=np.bool_)
    entered: list[Ints] = []
    here = np.array([start], dtype=np.int64)
    inside = np.empty(0, dtype=np.int64)
    for tier in range(horizon + 1):
        entered.append(here)
        # Within a small circle: every way from where it was entered so many links ago.
        ways = [way.of(entered[tier - length]) for length, way in enumerate(circles.small, start=1) if length <= tier]
        # Within a large one: whoever was not reached yet.
        reached = np.zeros(len(network), dtype=np.bool_)
        for some in (here, *ways, inside[~arrived[inside]]):
            reached[some] = True
        found = np.flatnonzero(reached)
        bits[found] |= np.uint64(1 << tier)
        inside = circles.large.of(found[~arrived[found]])
        arrived[found] = True
        here = circles.between.of(found)
    return Tiers(network, start, horizon, bits)


def arriving(network: SupplyNetwork, buyer: str, horizon: int = HORIZON) -> Iterator[Floats]:
    """Share of a buyer's inputs that arrives at every node after 0, 1, ... links upstream, up to the horizon.

    ``m[0] = 1`` at the buyer, ``m[k+1] = P m[k]``: walks of exactly k links, also those that go round in a circle, and
    whether a flag stands on the way or not.
    """
    front: Floats = np.zeros(len(network))
    front[network.number(buyer)] = 1.0
    for tier in range(horizon + 1):
        yield front
        if tier < horizon:
            front = np.asarray(network.outputs @ front)


class _Upstream:
    """Links as lists of suppliers: from some buyers to all of their suppliers at once."""

    def __init__(self, indptr: Numbers, indices: Numbers, size: int) -> None:
        self.indptr, self.indices, self.size = indptr, indices, size

    @classmethod
    def of_pairs(cls, buyer: Ints, supplier: Ints, size: int) -> _Upstream:
        """Make it from the ends of links, in any order."""
        links = sparse.coo_array((np.ones(len(buyer), dtype=np.int32), (buyer, supplier)), shape=(size, size)).tocsr()
        return cls(links.indptr, links.indices, size)

    def lists(self, buyers: Ints) -> tuple[Numbers, Numbers]:
        """How many suppliers each of some buyers has, and the suppliers, one list after the other."""
        begin, count = self.indptr[buyers], self.indptr[buyers + 1] - self.indptr[buyers]
        places = np.arange(int(count.sum())) + np.repeat(begin - (np.cumsum(count) - count), count)
        return count, self.indices[places]

    def of(self, buyers: Ints) -> Ints:
        """Numbers of all suppliers of some buyers, each once, in order."""
        found = np.zeros(self.size, dtype=np.bool_)
        found[self.lists(buyers)[1]] = True
        return np.flatnonzero(found)


@dataclass(frozen=True, eq=False)
class _Circles:
    """Links between circles of parties, and ways within them; a party in no circle is a circle of its own.

    Attributes
    ----------
    between : _Upstream
        Links that lead out of their circle.
    small : list of _Upstream
        Ways of 1, 2, ... links within circles of up to `CIRCLE` parties, none of them twice on a way.
    large : _Upstream
        Links within larger circles.
    in_large : array of bool
        Which parties are in a larger circle.
    """

    between: _Upstream
    small: list[_Upstream]
    large: _Upstream
    in_large: Marks


def _circles(network: SupplyNetwork) -> _Circles:
    return network.kept("circles", lambda: _made_circles(disclosed(network)))


def _made_circles(links: sparse.csr_array) -> _Circles:
    size = links.shape[0]
    _, component = csgraph.connected_components(links, directed=True, connection="strong")
    in_large = (np.bincount(component, minlength=size) > CIRCLE)[component]
    buyer = np.repeat(np.arange(size), np.diff(links.indptr))
    between = component[buyer] != component[links.indices]
    within = ~between & (buyer != links.indices)
    long = within & in_large[buyer]
    ends = np.flatnonzero(within & ~long)
    ways = _ways(buyer[ends], links.indices[ends].astype(np.int64), size)
    return _Circles(_part(links, between), ways, _part(links, long), in_large)


def _part(links: sparse.csr_array, kept: Marks) -> _Upstream:
    """Some of the links of a matrix."""
    before = np.concatenate([[0], np.cumsum(kept)])
    return _Upstream(before[links.indptr], links.indices[kept], links.shape[0])


def _ways(buyer: Ints, supplier: Ints, size: int) -> list[_Upstream]:
    """Ends of all ways along some links that visit no party twice, by their number of links."""
    steps = _Upstream.of_pairs(buyer, supplier, size)
    found = []
    walks = np.column_stack([buyer, supplier])
    while len(walks):
        found.append(_Upstream.of_pairs(walks[:, 0], walks[:, -1], size))
        count, following = steps.lists(walks[:, -1])
        longer = np.column_stack([np.repeat(walks, count, axis=0), following])
        walks = longer[(longer[:, :-1] != longer[:, -1:]).all(axis=1)]
    return found

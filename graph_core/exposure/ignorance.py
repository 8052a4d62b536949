"""What follows from not knowing amounts: exposure under the worst and the best split of assumed equal shares.

Where a buyer's links state no amounts, each of its suppliers is assumed to deliver the same (`graph_core.shares`). The
shares that rest on this together are the buyer's *pool*; in truth it may be split among the same suppliers in any way.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from graph_core.errors import ConvergenceError, InputError
from graph_core.exposure.ordering import ordering
from graph_core.exposure.plain import PlainOrdering
from graph_core.exposure.traced import TracedShare, solve
from graph_core.network import Floats, Ints, SupplyNetwork

Bools = npt.NDArray[np.bool_]

#: A supplier has to be better by more than this before a pool moves to it: differences below are rounding.
_STEP = 1e-12
#: Sweeps of a first guess: as many tiers as most networks have.
_SWEEPS = 20
#: Rounds of choosing and solving; a handful is usual.
_ROUNDS = 1000
#: Buyers on cycles whose effect is worked out, for each one asked for: those through which most passes.
_CANDIDATES = 4


@dataclass(frozen=True, eq=False)
class _Pools:
    """Pools of at least two suppliers, one a buyer.

    Attributes
    ----------
    links : array of int
        Their links, those of a pool side by side.
    starts, counts : array of int
        Place of the first link of every pool in ``links``, and how many it has.
    buyer : array of int
        Node number of the buyer of every pool.
    weight : array of float
        Share of the buyer's inputs that is in the pool, 0..1.
    part : array of float
        Part of its pool that every link of ``links`` is assumed to carry; the parts of a pool sum to 1.
    """

    links: Ints
    starts: Ints
    counts: Ints
    buyer: Ints
    weight: Floats
    part: Floats

    @classmethod
    def of(cls, network: SupplyNetwork, assumed: Bools) -> _Pools:
        links = np.flatnonzero(assumed & (network.share > 0))
        links = links[np.argsort(network.buyer[links], kind="stable")]
        buyers, starts, counts = np.unique(network.buyer[links], return_index=True, return_counts=True)
        if len(buyers):
            suppliers = network.supplier[links]
            several = np.minimum.reduceat(suppliers, starts) < np.maximum.reduceat(suppliers, starts)
            links, buyers, counts = links[np.repeat(several, counts)], buyers[several], counts[several]
            starts = np.cumsum(counts) - counts
        share = network.share[links]
        weight = np.add.reduceat(share, starts) if len(buyers) else share
        return cls(links, starts, counts, buyers, weight, share / np.repeat(weight, counts))

    def place(self, pool: int) -> slice:
        """Places of the links of a pool."""
        return slice(int(self.starts[pool]), int(self.starts[pool] + self.counts[pool]))

    def mean(self, each: Floats) -> Floats:
        """Mean of a value of every link over each pool, by the assumed split."""
        result: Floats = np.add.reduceat(each * self.part, self.starts)
        return result


class Ignorance:
    """Exposure of every node under the worst and the best split of the pools.

    Fractional, each buyer for itself::

        high = s + (1 - s) (F^T high + w max over the pool of high)        least fixpoint from 0; low with min

    F are the shares that are not assumed, w the weight of the pool. ``low <= score <= high`` at every node, and no
    split of the pools gives less or more. What is unmapped stays out of both, as it stays out of the score.

    Parameters
    ----------
    traced : TracedShare
        The score by the equal split, without decay.
    assumed : array of bool
        Which links of its network have an assumed equal share.

    Raises
    ------
    InputError
        ``assumed`` is not one value a link, or the score has a decay.

    Notes
    -----
    Howard's policy iteration, from the choice that some sweeps find: each pool goes to one supplier, the network is
    solved exactly, pools move to a supplier that is better by the solution, until none is. The worst and the best are
    extreme splits, because the score is linear-fractional in each of them. For the best split nodes that some split
    keeps free of every flag are found first: on a cycle that keeps all that enters it, moving step by step would not
    find them.

    References
    ----------
    Howard (1960), *Dynamic Programming and Markov Processes*; for reachability from 0, Baier and Katoen (2008),
    *Principles of Model Checking*, section 10.6.
    """

    def __init__(self, traced: TracedShare, assumed: Bools) -> None:
        if len(assumed) != len(traced.network.share):
            raise InputError(f"assumed has {len(assumed)} values for {len(traced.network.share)} links")
        if traced.decay != 1:
            raise InputError(f"decay is {traced.decay}; bounds are defined for 1 only")
        self.traced = traced
        self.network = traced.network
        self._pools = _Pools.of(self.network, assumed)

    @cached_property
    def high(self) -> Floats:
        """Score of every node, 0..1, were each pool split in the worst way."""
        return self._extreme(np.full(len(self._pools.buyer), -1), self.traced.scores, 1.0)

    @cached_property
    def low(self) -> Floats:
        """Score of every node, 0..1, were each pool split in the best way."""
        pools = self._pools
        if not len(pools.buyer):
            return self.traced.scores
        reached = _unavoidable(self.network, pools)
        free = _first(~reached[self.network.supplier[pools.links]], pools)
        choice = np.where(reached[pools.buyer], -1, free)
        return self._extreme(choice, np.where(reached, self.traced.scores, 0.0), -1.0)

    def _extreme(self, choice: Ints, values: Floats, sign: float) -> Floats:
        """Scores by the best choice in the sense of ``sign``; a choice is a link's place, -1 the equal split.

        ``values`` are at most as good as what a sweep with the choice makes of them, so that sweeps only get better.
        """
        choice = self._guessed(choice, values, sign)
        values = self._solved(choice)
        for _ in range(_ROUNDS):
            better = self._improved(choice, sign * values)
            if np.array_equal(better, choice):
                return values
            choice, values = better, self._solved(better)
        raise ConvergenceError(f"no best split was found in {_ROUNDS} rounds", np.inf)

    def _guessed(self, choice: Ints, values: Floats, sign: float) -> Ints:
        """Choice after some sweeps, which cost less than solves and find most of it."""
        pools, net = self._pools, self.network
        fixed = net.share > 0
        fixed[pools.links] = False
        ends = net.buyer[fixed], net.supplier[fixed]
        matrix: sparse.csr_array = sparse.coo_array((net.share[fixed], ends), shape=(len(net), len(net))).tocsr()
        for _ in range(_SWEEPS):
            before, choice = choice, self._improved(choice, sign * values)
            if np.array_equal(before, choice):
                break
            each = values[net.supplier[pools.links]]
            inputs: Floats = np.asarray(matrix @ values)
            inputs[pools.buyer] += pools.weight * np.where(choice < 0, pools.mean(each), each[choice])
            values = net.strength + self.traced.scale * inputs
        return choice

    def _improved(self, choice: Ints, values: Floats) -> Ints:
        """Choices moved where another supplier has a larger value; ties stay, so that no cycle closes for nothing."""
        pools = self._pools
        if not len(choice):
            return choice
        each = values[self.network.supplier[pools.links]]
        best = np.maximum.reduceat(each, pools.starts)
        now = np.where(choice < 0, pools.mean(each), each[choice])
        place = _first(each == np.repeat(best, pools.counts), pools)
        return np.where(best > now + _STEP, place, choice)

    def _solved(self, choice: Ints) -> Floats:
        """Scores where some pools go to one supplier each."""
        moved = choice >= 0
        if not moved.any():
            return self.traced.scores
        pools, net = self._pools, self.network
        share = net.share.copy()
        share[pools.links[np.repeat(moved, pools.counts)]] = 0.0
        share[pools.links[choice[moved]]] = pools.weight[moved]
        chosen = SupplyNetwork(net.ids, net.supplier, net.buyer, share, net.strength)
        return solve(chosen, net.strength, self.traced.scale)

    # --- what to ask first -------------------------------------------------------------------------------------

    def widths(self, buyer: str, k: int = 5) -> dict[str, float]:
        """How far a buyer's score can move by the split of one node alone, all others equal.

        ``R[b, j] (1 - s[j]) w[j] (max e - min e)`` over the pool of j, exact off cycles. On a cycle the split changes
        what comes around; that is worked out (Sherman and Morrison) for the ``4 k`` nodes through which most passes.

        Parameters
        ----------
        buyer : str
            Whose score.
        k : int
            How many nodes, at least 1.

        Returns
        -------
        dict of str to float
            Node to width of the interval, 0..1, largest first, zeros left out. Widths overlap and do not add up to
            ``high - low``, in which all splits move at once.
        """
        if k < 1:
            raise InputError(f"k is {k}; ask for at least 1 node")
        pools = self._pools
        if not len(pools.buyer):
            return {}
        passed = np.zeros(len(self.network))
        passage = self.traced.passage(buyer, self.traced.left_out)
        passed[passage.nodes] = passage.mass
        reach = passed[pools.buyer] * self.traced.scale[pools.buyer] * pools.weight
        least, most = self._span
        width = reach * (most - least)
        cyclic = ordering(self.network).cyclic[pools.buyer]
        found = {int(pool): float(width[pool]) for pool in _largest(np.where(cyclic, 0.0, width), k)}
        for pool in _largest(np.where(cyclic, reach * most, 0.0), _CANDIDATES * k):
            found[int(pool)] = self._around(int(pool), float(reach[pool]))
        named = [(self.network.ids[pools.buyer[pool]], value) for pool, value in found.items() if value > 0]
        return dict(sorted(named, key=lambda pair: (-pair[1], pair[0]))[:k])

    @cached_property
    def _span(self) -> tuple[Floats, Floats]:
        """Least and largest score among the suppliers of every pool."""
        each = self.traced.scores[self.network.supplier[self._pools.links]]
        return np.minimum.reduceat(each, self._pools.starts), np.maximum.reduceat(each, self._pools.starts)

    def _around(self, pool: int, reach: float) -> float:
        """Width by one pool on a cycle; ``reach`` is what passes through the pool on the way to the buyer."""
        pools, scores, scale = self._pools, self.traced.scores, self.traced.scale
        node, part = int(pools.buyer[pool]), pools.part[pools.place(pool)]
        suppliers = self.network.supplier[pools.links[pools.place(pool)]]
        returns = self._returns(node)
        own = float(scale[node] * pools.weight[pool])
        left = 1.0 - own * (returns[suppliers] - part @ returns[suppliers])
        gain = scores[suppliers] - part @ scores[suppliers]
        closed = left <= _STEP * returns[node]  # all that enters stays on the cycle: the node has no exposure
        with np.errstate(divide="ignore", invalid="ignore"):
            moves = np.where(closed, -scores[node] / (own * returns[node]), gain / left)
        return float(reach * (moves.max() - moves.min()))

    def _returns(self, node: int) -> Floats:
        """Column ``R[:, node]`` within the cycles of a node; 0 at nodes outside."""
        order = ordering(self.network)
        members = np.flatnonzero(order.component == order.component[node])
        unit = (members == node).astype(np.float64)
        live = np.where(self.traced.scores[members] > 0, self.traced.scale[members], 0.0)
        column = np.zeros(len(self.network))
        column[members] = PlainOrdering(self.network.inputs[members][:, members]).solve(unit, live)
        return column


def _largest(values: Floats, k: int) -> Ints:
    """Places of the k largest values above 0, largest first."""
    found = np.flatnonzero(values > 0)
    if len(found) > k:
        found = found[values[found] >= np.partition(values[found], -k)[-k]]
    return found[np.argsort(-values[found], kind="stable")][:k]


def _first(wanted: Bools, pools: _Pools) -> Ints:
    """Place of the first wanted link of every pool; that of its last link where none is."""
    last = pools.starts + pools.counts - 1
    places = np.where(wanted, np.arange(len(wanted)), np.repeat(last, pools.counts))
    return np.minimum.reduceat(places, pools.starts).astype(np.int64)


def _unavoidable(network: SupplyNetwork, pools: _Pools) -> Bools:
    """Nodes that have exposure by every split: flagged, or supplied so by a fixed link, or by all of their pool."""
    size, count = len(network), len(pools.buyer)
    fixed = network.share > 0
    fixed[pools.links] = False
    onward = _onward(network.supplier[fixed], network.buyer[fixed], (size, size))
    into = _onward(network.supplier[pools.links], np.repeat(np.arange(count), pools.counts), (size, count))
    missing = pools.counts.copy()
    reached = network.strength > 0
    front = np.flatnonzero(reached)
    while len(front):
        step = into[front]
        np.subtract.at(missing, step.indices, step.data)
        full = step.indices[missing[step.indices] == 0]
        found = np.concatenate([onward[front].indices, pools.buyer[full]])
        front = np.unique(found[~reached[found]])
        reached[front] = True
    return reached


def _onward(rows: Ints, columns: Ints, shape: tuple[int, int]) -> sparse.csr_array:
    """Number of links from every row to every column."""
    return sparse.coo_array((np.ones(len(rows), dtype=np.int64), (rows, columns)), shape=shape).tocsr()

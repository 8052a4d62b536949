"""Shares read as chances: the chance that at least one line of supply carries something from a flagged party.

Each pair of supplier and buyer is one chance. Parallel links between them add up, to 1 at most, as they do in every
score; they are not chances of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse

from graph_core import kernels
from graph_core.errors import ConvergenceError
from graph_core.exposure.components import DENSE
from graph_core.exposure.plain import PlainOrdering, by_levels
from graph_core.exposure.scores import EXACT, Convergence, Kind, NodeScores, score
from graph_core.network import Floats, Ints, SupplyNetwork
from graph_core.score_parameters import ScoreParameters

Words = npt.NDArray[np.uint64]
T = TypeVar("T", np.float64, np.uint64)

#: Worlds in a word: one bit each.
LANES = 64
#: Entries (links or nodes x words) that the plain way holds at a time.
_AT_ONCE = 1 << 20
_ALL = np.uint64(2**64 - 1)


@score(Kind.RISK, "bound on a probability, 0..1")
def noisy_or(network: SupplyNetwork, tolerance: float = 1e-12, max_sweeps: int = 10_000) -> NodeScores:
    """Chance that at least one line carries something from a flagged party, as if all lines were independent.

    Formula
    -------
    e[j] = 1 - (1 - s[j]) product over i of (1 - P[i,j] e[i]), least fixpoint from 0

    Sentence
    --------
    If each link carried something from its supplier with the probability of its share, all independently, the chance
    that something from a flagged site reaches this party over at least one line is at most this.

    Pitfall
    -------
    It is an upper bound, not the chance itself: what two lines have in common upstream is counted for each of them, and
    a cycle feeds itself. Where the chances of a buyer sum to well over 1 it saturates: on large networks almost every
    brand then comes near 1, and the order of brands says little. A share of volume is no measured probability.

    Parameters
    ----------
    network : SupplyNetwork
        Shares of a buyer may sum to more than 1; parallel links add up, to 1 at most.
    tolerance : float
        Largest residual that is accepted; greater than 0.
    max_sweeps : int
        Sweeps of a cycle after which it is given up.

    Returns
    -------
    NodeScores
        0..1 for every node.

    Raises
    ------
    InputError
        A parameter is out of range.
    ConvergenceError
        The residual exceeds the tolerance after ``max_sweeps``.

    References
    ----------
    Pearl (1988), Probabilistic Reasoning in Intelligent Systems (noisy OR); Harris (1960) for why it is an upper bound.
    One pass in elimination order, small cycles by Newton's method.
    """
    parameters = ScoreParameters(tolerance=tolerance, max_sweeps=max_sweeps)
    order = by_levels(network)
    links = order.matrix.copy()
    links.data = np.minimum(links.data, 1.0)
    with np.errstate(divide="ignore"):  # what is certain has the logarithm -inf, which is right
        spared = np.log1p(-network.strength[order.order])
        solution, sweeps = _solved(order, links, spared, tolerance, max_sweeps)
        residual = float(np.abs(solution - _hit(spared + _missed(links, solution))).max(initial=0.0))
    if not residual <= tolerance:
        raise ConvergenceError(
            f"noisy_or has residual {residual:.3g} after {sweeps:,} sweeps of a cycle, above the tolerance "
            f"{tolerance:g}; allow more sweeps or a larger tolerance",
            residual,
        )
    scores = np.empty(len(network))
    scores[order.order] = solution
    return NodeScores(network, "noisy_or", parameters, scores, Convergence(sweeps, residual))


def _solved(
    order: PlainOrdering, links: sparse.csr_array, spared: Floats, tolerance: float, max_sweeps: int
) -> tuple[Floats, int]:
    """Fixpoint of all nodes in elimination order, and the sweeps of the slowest cycle.

    ``spared`` is the logarithm of a node's chance to be spared by what is known outside its own cycle.
    """
    e = np.zeros(order.size)
    most = 0
    for level in order.levels:
        for batch in level.batches:
            outside = spared[batch.rows] + _missed(links[batch.rows], e)
            number, size, _ = batch.inside.shape
            inside = np.minimum(batch.inside, 1.0)
            e[batch.rows], sweeps = _newton(inside, outside.reshape(number, size), tolerance, max_sweeps)
            most = max(most, sweeps)
        for block in level.cycles:
            outside = spared[block] + _missed(links[block], e)
            own = links[block][:, block]
            if len(outside) <= DENSE:
                e[block], sweeps = _newton(own.toarray()[None], outside[None], tolerance, max_sweeps)
            else:
                e[block], sweeps = _swept(own, outside, tolerance, max_sweeps)
            most = max(most, sweeps)
        e[level.rows] = _hit(spared[level.rows] + _missed(links[level.rows], e))
    return e, most


def _hit(spared: Floats) -> Floats:
    """Chance to be hit, of the logarithm of the chance to be spared."""
    return 0.0 - np.expm1(spared)  # no -0.0


def _missed(links: sparse.csr_array, e: Floats) -> Floats:
    """Logarithm of the chance that no link of a row delivers."""
    return _by_row(np.add, links.indptr.astype(np.int64), np.log1p(-links.data * e[links.indices]))


def _by_row(combine: np.ufunc, bounds: Ints, values: npt.NDArray[T]) -> npt.NDArray[T]:
    """Values combined row by row; rows without any have 0."""
    out = np.zeros((len(bounds) - 1, *values.shape[1:]), dtype=values.dtype)
    filled = np.diff(bounds) > 0
    if filled.any():
        out[filled] = combine.reduceat(values, bounds[:-1][filled], axis=0)
    return out


def _swept(inside: sparse.csr_array, outside: Floats, tolerance: float, max_sweeps: int) -> tuple[Floats, int]:
    """Fixpoint within one large cycle, by sweeps that rise from 0."""
    e = np.zeros(len(outside))
    sweeps, change = 0, np.inf
    while change > tolerance and sweeps < max_sweeps:
        following = _hit(outside + _missed(inside, e))
        change = float(np.abs(following - e).max())
        e, sweeps = following, sweeps + 1
    return e, sweeps


def _newton(inside: Floats, outside: Floats, tolerance: float, max_sweeps: int) -> tuple[Floats, int]:
    """Fixpoints within small cycles of one size, side by side, by Newton's method.

    Where something feeds a strongly connected component, the equations have one solution alone: their right side is
    concave along every rising line and positive at 0. From 1 Newton's method falls to it, in a few steps also where
    sweeps would creep. Where nothing feeds it, the least solution is 0.

    Parameters
    ----------
    inside : array, shape (number, size, size)
        Chances within each component; row = buyer.
    outside : array, shape (number, size)
        Logarithm of the chance to be spared by all that is outside.
    """
    fed = (outside < 0).any(axis=1)
    chance, known = inside[fed], outside[fed]
    e = np.ones_like(known)
    sweeps, change = 0, np.inf if fed.any() else 0.0
    while change > tolerance and sweeps < max_sweeps:
        left = 1 - chance * e[:, None, :]
        following = _hit(known + np.log(left).sum(axis=2))
        # A certain delivery leaves no slope to go by: such a node takes one plain step.
        slope = np.divide((1 - following)[:, :, None] * chance, left, out=np.zeros_like(left), where=left > 0)
        try:
            step = np.linalg.solve(np.eye(chance.shape[1]) - slope, (e - following)[:, :, None])[:, :, 0]
        except np.linalg.LinAlgError as error:
            message = f"noisy_or: a cycle of {chance.shape[1]} parties is fed by too little to be told from nothing"
            raise ConvergenceError(message, np.inf) from error
        change = float(np.abs(step).max())
        e, sweeps = np.clip(e - step, 0.0, 1.0), sweeps + 1
    out = np.zeros_like(outside)
    out[fed] = e
    return out.ravel(), sweeps


# --- sampled worlds --------------------------------------------------------------------------------------------


@score(Kind.RISK, "probability, 0..1")
def cascade(network: SupplyNetwork, worlds: int = 10_000, seed: int = 1) -> NodeScores:
    """Chance that at least one line carries something from a flagged party, by sampled worlds.

    In each world a link is live with the probability of its share and a flag with that of its strength, all
    independently; a party is hit where a live flag reaches it over live links.

    Formula
    -------
    q[j] = probability that j is reached from a live flag over live links, estimated by K worlds

    Sentence
    --------
    If each link carried something from its supplier with the probability of its share, all independently, this is the
    chance that something from a flagged site reaches this party over at least one line, give or take its standard
    error.

    Pitfall
    -------
    The standard error is sqrt(q (1 - q) / K), which is 0 where no world or every world was hit: a chance below 3/K may
    not be seen at all. The exact value is #P-hard. A share of volume is no measured probability.

    Parameters
    ----------
    network : SupplyNetwork
        Shares of a buyer may sum to more than 1; parallel links add up, to 1 at most.
    worlds : int
        K, how many are sampled; at least 1.
    seed : int
        The same seed gives the same worlds for the same nodes, with kernels and without, whatever flags and links there
        are: taking one out never raises a value.

    Returns
    -------
    NodeScores
        0..1 for every node, with its standard error.

    Raises
    ------
    InputError
        A parameter is out of range.

    References
    ----------
    Independent cascade: Kempe, Kleinberg and Tardos (2003). Random bits: SplitMix64 of Steele, Lea and Flood (2014),
    numbered by world, link and binary digit.
    """
    parameters = ScoreParameters(worlds=worlds, seed=seed)
    sampler = _Sampler.of(network, worlds, seed)
    # A link in 64 words costs the plain way about what a link costs in other scores.
    work = len(sampler.indices) * len(sampler.lanes) // 64
    way = kernels.load("worlds").hits if kernels.usable(work, "worlds") else hits
    q = way(*sampler.arguments()) / worlds
    return NodeScores(network, "cascade", parameters, q, EXACT, np.sqrt(q * (1 - q) / worlds))


@dataclass(frozen=True)
class _Sampler:
    """A network and worlds to sample, as arrays that both ways read.

    Attributes
    ----------
    order : array of int
        Node numbers in elimination order.
    bounds : array of int, shape (stretches, 3)
        First and last position of every stretch of the order, and whether it has cycles.
    indptr, indices : array of int
        Suppliers of every buyer as compressed sparse rows.
    chances, flags : array of uint64
        Chance of every link, and of every node's flag, as a binary fraction of 64 digits; all ones for 1.
    lanes : array of uint64
        Of every word of 64 worlds those that count.
    key : uint64
        Start of the random sequence.
    """

    order: Ints
    bounds: Ints
    indptr: Ints
    indices: Ints
    chances: Words
    flags: Words
    lanes: Words
    key: np.uint64

    @classmethod
    def of(cls, network: SupplyNetwork, worlds: int, seed: int) -> _Sampler:
        links, order = network.inputs, by_levels(network)
        lanes = np.full(-(-worlds // LANES), _ALL)
        lanes[-1] >>= np.uint64(-worlds % LANES)
        return cls(
            order.order,
            np.array(list(_stretches(order)), dtype=np.int64).reshape(-1, 3),
            links.indptr.astype(np.int64),
            links.indices.astype(np.int64),
            _digits(links.data),
            _digits(network.strength),
            lanes,
            np.random.SeedSequence(seed).generate_state(1, np.uint64)[0],
        )

    def arguments(self) -> tuple[Ints, Ints, Ints, Ints, Words, Words, Words, np.uint64]:
        """All of it, in the order in which both ways take it."""
        return self.order, self.bounds, self.indptr, self.indices, self.chances, self.flags, self.lanes, self.key


def _digits(chances: Floats) -> Words:
    certain = chances >= 1
    return np.where(certain, _ALL, np.where(certain, 0.0, chances * 2.0**64).astype(np.uint64))


def _stretches(order: PlainOrdering) -> Iterator[tuple[int, int, int]]:
    """First and last position of the acyclic part of every level and of the cycles behind it, each with 0 or 1."""
    for level in order.levels:
        yield level.rows.start, level.rows.stop, 0
        cyclic = [*(batch.rows for batch in level.batches), *level.cycles]
        if cyclic:
            yield level.rows.stop, cyclic[-1].stop, 1


def hits(
    order: Ints, bounds: Ints, indptr: Ints, indices: Ints, chances: Words, flags: Words, lanes: Words, key: np.uint64
) -> Ints:
    """In how many worlds every node is hit; the plain way, see `_Sampler` for the arrays."""
    size = len(order)
    flagged = np.flatnonzero(flags)
    stretches = [_Rows.of(order[a:b], indptr, indices, bool(cyclic)) for a, b, cyclic in bounds.tolist()]
    count = np.zeros(size, dtype=np.int64)
    at_once = max(1, _AT_ONCE // max(1, len(indices), size))
    for first in range(0, len(lanes), at_once):
        some = lanes[first : first + at_once]
        draw = _Draw(key, np.arange(first, first + len(some)).astype(np.uint64), size)
        hit = np.zeros((size, len(some)), dtype=np.uint64)
        everywhere = np.broadcast_to(some, (len(flagged), len(some)))
        hit[flagged] = draw.live(flags[flagged], draw.flags(flagged), everywhere)
        for stretch in stretches:
            stretch.spread(hit, chances, draw)
        count += np.bitwise_count(hit).sum(axis=1, dtype=np.int64)
    return count


@dataclass(frozen=True)
class _Rows:
    """Some buyers with their links.

    Attributes
    ----------
    nodes : array of int
        Numbers of the buyers.
    bounds : array of int
        Where the links of every buyer begin and end in the next three.
    links, suppliers, buyers : array of int
        Number of every link and of its ends.
    cyclic : bool
        Whether the buyers feed one another.
    """

    nodes: Ints
    bounds: Ints
    links: Ints
    suppliers: Ints
    buyers: Ints
    cyclic: bool

    @classmethod
    def of(cls, nodes: Ints, indptr: Ints, indices: Ints, cyclic: bool) -> _Rows:
        lengths = np.diff(indptr)[nodes]
        bounds = np.concatenate([[0], np.cumsum(lengths)])
        links = np.repeat(indptr[nodes] - bounds[:-1], lengths) + np.arange(bounds[-1])
        return cls(nodes, bounds, links, indices[links], np.repeat(nodes, lengths), cyclic)

    def spread(self, hit: Words, chances: Words, draw: _Draw) -> None:
        """Let what hits suppliers reach the buyers, until nothing changes."""
        places = draw.links(self.suppliers, self.buyers)
        while True:
            wanted = hit[self.suppliers] & ~hit[self.buyers]
            more = _by_row(np.bitwise_or, self.bounds, draw.live(chances[self.links], places, wanted))
            hit[self.nodes] |= more
            if not self.cyclic or not more.any():
                return


@dataclass(frozen=True)
class _Draw:
    """Random bits of some words of worlds: which links and flags are live in which of them.

    A link has its place in the sequence by its two ends. So the same link is live in the same worlds in every network
    of these nodes, and taking links or flags out never raises a value.
    """

    key: np.uint64
    words: Words
    size: int

    def links(self, suppliers: Ints, buyers: Ints) -> Words:
        """Places of links in the sequence."""
        return (buyers * self.size + suppliers).astype(np.uint64)

    def flags(self, nodes: Ints) -> Words:
        """Places of flags in the sequence."""
        return (self.size * self.size + nodes).astype(np.uint64)

    def live(self, chances: Words, places: Words, wanted: Words) -> Words:
        """Those of the wanted worlds in which some items are live.

        A number is drawn digit by digit for each of 64 worlds at once, and is below the chance as soon as it has 0
        where the chance has 1.

        Parameters
        ----------
        chances, places : array of uint64, shape (items,)
            Digits of the chance, and place in the sequence.
        wanted : array of uint64, shape (items, words)
            Worlds that are asked for.
        """
        live = np.zeros_like(wanted)
        row, column = np.nonzero(wanted)
        open_, digits = wanted[row, column], chances[row]
        sure = digits == _ALL
        live[row[sure], column[sure]] = open_[sure]
        going = np.flatnonzero(~sure)
        where, open_, digits = (row[going], column[going]), open_[going], digits[going]
        world = self.words[where[1]] * np.uint64(self.size * (self.size + 1))
        place = (world + places[where[0]]) * np.uint64(64)
        while len(going):
            bits = _mixed(self.key, place)
            one = np.uint64(0) - (digits >> np.uint64(63))  # all bits as the digit
            live[where] |= open_ & ~bits & one
            open_ &= ~(bits ^ one)
            digits <<= np.uint64(1)
            place += np.uint64(1)
            going = np.flatnonzero((open_ != 0) & (digits != 0))
            where = where[0][going], where[1][going]
            open_, digits, place = open_[going], digits[going], place[going]
        return live


def _mixed(key: np.uint64, place: Words) -> Words:
    """Words of the SplitMix64 sequence at some places."""
    z = (place + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) + key
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))

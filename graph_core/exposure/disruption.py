"""What a stop would cost others: shown on its own, and never part of a risk score.

Both scores need what a network of shares does not say: how much flows over every link. A matrix of flows says it. Where
a `SupplyNetwork` is given its shares are read as flows, which takes every buyer to be of the same size.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from graph_core.errors import ConvergenceError, InputError
from graph_core.exposure.scores import Convergence, Kind, NodeScores, score
from graph_core.network import Floats, Ints, SupplyNetwork
from graph_core.score_parameters import ScoreParameters

Flows = SupplyNetwork | npt.ArrayLike | sparse.sparray

#: Cells (parties x failing parties) that are worked on at a time.
_AT_ONCE = 1 << 22


class Need(IntEnum):
    """What a buyer needs an input for."""

    #: No input to production: without it nothing stops.
    NONE = 0
    #: Output falls by the part of all inputs that is missing.
    PARTIAL = 1
    #: Output falls to the part of this kind of input that is there.
    ESSENTIAL = 2


@dataclass(frozen=True, eq=False, kw_only=True)
class Disruption(NodeScores):
    """What the failure of each party would cost all of them; ``scores`` counts the worse of the two ways.

    Attributes
    ----------
    downstream, upstream : array of float
        Part of all output that is lost by missing inputs alone, and by missing orders alone, by failing party, 0..1.
    """

    downstream: Floats
    upstream: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class Stress(NodeScores):
    """How far stress spreads.

    Attributes
    ----------
    total : float
        Weighted mean of what came on top of the first stress, 0..1: DebtRank in the strict sense, R.
    """

    total: float


@score(Kind.DISRUPTION, "part of all output, 0..1")
def esri(
    flows: Flows,
    sector: Sequence[Hashable],
    need: Need | Mapping[tuple[Hashable, Hashable], Need] | npt.ArrayLike,
    remaining: float = 0.0,
    tolerance: float = 1e-12,
    max_sweeps: int = 10_000,
    ids: Sequence[str] | None = None,
) -> Disruption:
    """Economic systemic risk index: what part of all output is lost if a party fails.

    Formula
    -------
    sigma[i] = min(1, out[i] / sum over k in the sector of i of out[k] hd[k])
    hd[j] = min(psi[j],
                1 - sum over partial inputs i of sigma[i] W[i,j]/in[j] (1 - hd[i]),
                min over sectors k of essential inputs: 1 - sum over i in k of sigma[i] W[i,j]/Pi[j,k] (1 - hd[i]))
    hu[i] = min(psi[i], sum over j of W[i,j]/out[i] hu[j])
    ESRI = sum over i of out[i] (1 - min(hd[i], hu[i])) / sum of out,  psi = 1, but for the party that fails

    Sentence
    --------
    If this party stopped and nobody found other partners, this part of the output of the whole network would be lost.

    Pitfall
    -------
    It is disruption, not complicity: it says what a stop would cost others, not who is tied to forced labour. It is an
    upper end, since in time others step in, and it knows output only as far as flows are known.

    Parameters
    ----------
    flows : SupplyNetwork or array, shape (n, n)
        W: row = supplier, column = buyer, not negative. The shares of a network count as flows.
    sector : sequence, length n
        Sector of every party, anything that can be compared: parties of one sector can stand in for each other.
    need : Need, mapping or array, shape (n, n)
        What inputs are needed for: one answer for all links, by sector of supplier and of buyer (pairs that are not
        named are `Need.PARTIAL`), or by link.
    remaining : float
        Part of its output that the failing party keeps, 0..1.
    tolerance : float
        Largest change in a sweep that is accepted; greater than 0.
    max_sweeps : int
        Sweeps after which it is given up.
    ids : sequence of str, optional
        Names of the parties of a matrix; their numbers by default.

    Returns
    -------
    Disruption
        0..1 for every party as the one that fails. All of them cost parties x links x sweeps.

    Raises
    ------
    InputError
        Flows that are negative, not finite or no square; sectors or needs of another number; a parameter out of range.
    ConvergenceError
        A sweep still changes more than the tolerance after ``max_sweeps``.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz and Thurner (2022), Quantifying firm-level economic systemic risk from nation-wide
    supply networks, Scientific Reports 12:7719; generalised Leontief production function.
    """
    parameters = ScoreParameters(remaining=remaining, tolerance=tolerance, max_sweeps=max_sweeps)
    network, weights = _flows(flows, ids)
    production = _Production.of(weights, sector, need)
    size = len(network)
    down, up, both = np.zeros(size), np.zeros(size), np.zeros(size)
    sweeps, residual = 0, 0.0
    at_once = max(1, _AT_ONCE // max(1, size))
    for first in range(0, size, at_once):
        failing = np.arange(first, min(first + at_once, size))
        limit = np.ones((size, len(failing)))
        limit[failing, failing - first] = remaining
        # What a lack of inputs stops and what a lack of orders stops do not change each other.
        made, by_inputs = _settled("esri", _within(limit, production.made), limit, tolerance, max_sweeps)
        sold, by_orders = _settled("esri", _within(limit, production.sold), limit, tolerance, max_sweeps)
        down[failing], up[failing] = production.lost(made), production.lost(sold)
        both[failing] = production.lost(np.minimum(made, sold))
        sweeps = max(sweeps, by_inputs.sweeps, by_orders.sweeps)
        residual = max(residual, by_inputs.residual, by_orders.residual)
    convergence = Convergence(sweeps, residual)
    return Disruption(network, "esri", parameters, both, convergence, downstream=down, upstream=up)


@score(Kind.DISRUPTION, "stress, 0..1")
def debtrank(
    flows: Flows,
    stress: npt.ArrayLike | None = None,
    variant: str = "linear",
    weights: npt.ArrayLike | None = None,
    tolerance: float = 1e-12,
    max_sweeps: int = 10_000,
    ids: Sequence[str] | None = None,
) -> Stress:
    """How far stress at some parties spreads to those that depend on them.

    Formula
    -------
    2012: h[j] <- min(1, h[j] + sum of W[i,j] h[i] over the i that were hit in the last step); each i passes on once
    linear: h(t+1) = min(1, h(t) + W^T (h(t) - h(t-1))), from h(-1) = 0
    R = sum of v[j] (h[j] - h0[j]),  v the weights, summing to 1

    Sentence
    --------
    If the stressed parties failed to this degree and each buyer passed its losses on in proportion, this party would be
    stressed to this degree.

    Pitfall
    -------
    It is disruption, not complicity. W[i,j] is to be the loss of j where i fails, in units of what j can bear; a share
    of inputs takes every buyer to bear as much as all its inputs, without stock or other supplier. The variant of 2012
    lets each party pass on once, and depends on when it is hit first.

    Parameters
    ----------
    flows : SupplyNetwork or array, shape (n, n)
        W: row = supplier, column = buyer, not negative. The shares of a network count as W.
    stress : array, shape (n,), optional
        First stress h0, 0..1; the flags of a network by default.
    variant : str
        ``linear`` (2015) or ``2012``.
    weights : array, shape (n,), optional
        Economic weight of every party, not negative; all the same by default.
    tolerance : float
        Largest change in a sweep that is accepted; greater than 0.
    max_sweeps : int
        Sweeps after which it is given up.
    ids : sequence of str, optional
        Names of the parties of a matrix; their numbers by default.

    Returns
    -------
    Stress
        0..1 for every party, and R.

    Raises
    ------
    InputError
        Flows that are negative, not finite or no square; stress or weights of another number or out of range; another
        variant.
    ConvergenceError
        A sweep still changes more than the tolerance after ``max_sweeps``.

    References
    ----------
    Battiston, Puliga, Kaushik, Tasca and Caldarelli (2012), DebtRank, Scientific Reports 2:541; Bardoscia, Battiston,
    Caccioli and Caldarelli (2015), DebtRank: a microscopic foundation, PLoS ONE 10(6):e0130406.
    """
    if variant not in ("2012", "linear"):
        raise InputError(f"variant is {variant!r}; it is 2012 or linear")
    parameters = ScoreParameters(variant=variant, tolerance=tolerance, max_sweeps=max_sweeps)
    network, impact = _flows(flows, ids)
    first = _vector("stress", network.strength if stress is None else stress, len(network))
    if (first > 1).any():
        raise InputError(f"stress of {network.ids[int(first.argmax())]!r} is {first.max()}; it has to lie in 0..1")
    value = _vector("weights", np.ones(len(network)) if weights is None else weights, len(network))
    if len(value) and not value.any():
        raise InputError("all weights are 0; give at least one party a weight")
    onward = impact.T.tocsr()
    spread = _once(onward, first) if variant == "2012" else _linear(onward, first, tolerance, max_sweeps)
    stressed, convergence = spread
    total = float(value @ (stressed - first) / max(value.sum(), np.finfo(float).tiny))
    return Stress(network, "debtrank", parameters, stressed, convergence, total=total)


def _once(impact: sparse.csr_array, first: Floats) -> tuple[Floats, Convergence]:
    """The variant of 2012: who is hit passes on in the next step, and never again. It ends by itself."""
    stressed, passed, front, steps = first, np.zeros(len(first), dtype=bool), first > 0, 0
    while front.any():
        stressed = np.minimum(1.0, stressed + impact @ np.where(front, stressed, 0.0))
        passed |= front
        front = (stressed > 0) & ~passed
        steps += 1
    return stressed, Convergence(steps, 0.0)


def _linear(impact: sparse.csr_array, first: Floats, tolerance: float, max_sweeps: int) -> tuple[Floats, Convergence]:
    """The linear variant: every rise is passed on, until none is left."""
    before = np.zeros(len(first))

    def step(stressed: Floats) -> Floats:
        nonlocal before
        rise, before = stressed - before, stressed
        return np.asarray(np.minimum(1.0, stressed + impact @ rise))

    return _settled("debtrank", step, first, tolerance, max_sweeps)


def _within(limit: Floats, step: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    return lambda level: np.minimum(limit, step(level))


# --- production ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Production:
    """What every party needs, delivers, and can stand in for.

    Attributes
    ----------
    out : array, shape (n,)
        What every party delivers.
    sector : array of int, shape (n,)
        Number of its sector.
    sectors : sparse array, shape (sectors, n)
        What every party delivers in the row of its sector.
    partial : sparse array, shape (n, n)
        Part of all inputs of the row's party that a partial input is.
    essential : sparse array, shape (groups, n)
        Part of what a buyer buys of one sector; a row for each buyer and sector, buyer by buyer.
    starts : array of int
        First group of every buyer that has any.
    buyers : array of int
        These buyers.
    orders : sparse array, shape (n, n)
        Part of its deliveries that the row's party delivers to the column's.
    """

    out: Floats
    sector: Ints
    sectors: sparse.csr_array
    partial: sparse.csr_array
    essential: sparse.csr_array
    starts: Ints
    buyers: Ints
    orders: sparse.csr_array

    @classmethod
    def of(
        cls,
        weights: sparse.csr_array,
        sector: Sequence[Hashable],
        need: Need | Mapping[tuple[Hashable, Hashable], Need] | npt.ArrayLike,
    ) -> _Production:
        size = weights.shape[0]
        if len(sector) != size:
            raise InputError(f"sector has {len(sector)} entries for {size} parties")
        names = list(dict.fromkeys(sector))
        numbers = {name: i for i, name in enumerate(names)}
        codes = np.array([numbers[name] for name in sector], dtype=np.int64)
        links = weights.tocoo()
        supplier, buyer, flow = links.row.astype(np.int64), links.col.astype(np.int64), links.data
        needs = _needs(need, names, codes, supplier, buyer, size)
        out, bought = _sums(weights, 1), _sums(weights, 0)
        some = needs == Need.PARTIAL
        partial = _matrix(flow[some] / bought[buyer[some]], buyer[some], supplier[some], (size, size))
        whole = needs == Need.ESSENTIAL
        groups, group = np.unique(buyer[whole] * len(names) + codes[supplier[whole]], return_inverse=True)
        of_group = np.bincount(group, weights=flow[whole], minlength=len(groups))
        essential = _matrix(flow[whole] / of_group[group], group, supplier[whole], (len(groups), size))
        buyers, starts = np.unique(groups // max(1, len(names)), return_index=True)
        orders = _matrix(flow / out[supplier], supplier, buyer, (size, size))
        sectors = _matrix(out, codes, np.arange(size), (len(names), size))
        return cls(out, codes, sectors, partial, essential, starts, buyers, orders)

    def made(self, level: Floats) -> Floats:
        """What inputs allow every party to make, in every case (column), if all produce at some level, 0..1."""
        room = (self.sectors @ level)[self.sector]
        # Where a sector has stopped nobody can stand in.
        share = np.divide(self.out[:, None], room, out=np.ones_like(level), where=room > self.out[:, None])
        missing = share * (1.0 - level)
        lacking = self.partial @ missing
        if len(self.buyers):
            worst = np.maximum.reduceat(self.essential @ missing, self.starts, axis=0)
            lacking[self.buyers] = np.maximum(lacking[self.buyers], worst)
        return np.asarray(np.clip(1.0 - lacking, 0.0, 1.0))

    def sold(self, level: Floats) -> Floats:
        """What orders ask every party to make, in every case; one without buyers here sells as before."""
        return np.asarray(np.clip(self.orders @ level + (self.out == 0)[:, None], 0.0, 1.0))

    def lost(self, level: Floats) -> Floats:
        """Part of all output that is lost in every case, 0..1."""
        total = float(self.out.sum())
        lost = np.asarray(self.out @ (1.0 - level))
        return lost / total if total > 0 else np.zeros_like(lost)


def _needs(
    need: Need | Mapping[tuple[Hashable, Hashable], Need] | npt.ArrayLike,
    names: list[Hashable],
    codes: Ints,
    supplier: Ints,
    buyer: Ints,
    size: int,
) -> Ints:
    """Need of every link."""
    if isinstance(need, Mapping):
        pairs = np.array([[need.get((a, b), Need.PARTIAL) for b in names] for a in names], dtype=np.int64)
        needs: Ints = pairs[codes[supplier], codes[buyer]] if len(names) else np.empty(0, dtype=np.int64)
    else:
        given = np.asarray(need)
        if given.shape not in ((), (size, size)):
            raise InputError(f"need has shape {given.shape}; it is one value, or ({size}, {size}) like the flows")
        needs = np.broadcast_to(given, (size, size))[supplier, buyer].astype(np.int64)
    unknown = set(needs.tolist()) - set(Need)
    if unknown:
        raise InputError(
            f"need {min(unknown)} is not known; it is one of {', '.join(f'{n.value} {n.name}' for n in Need)}"
        )
    return needs


# --- inputs and sweeps -----------------------------------------------------------------------------------------


def _flows(flows: Flows, ids: Sequence[str] | None) -> tuple[SupplyNetwork, sparse.csr_array]:
    """The network of some flows, and the flows themselves, row = supplier."""
    if isinstance(flows, SupplyNetwork):
        return flows, flows.inputs.T.tocsr()
    given: Any = flows if isinstance(flows, sparse.sparray) else np.asarray(flows, dtype=np.float64)
    if given.ndim != 2 or given.shape[0] != given.shape[1]:
        raise InputError(f"flows have shape {given.shape}; they are a square of suppliers by buyers")
    weights: sparse.csr_array = sparse.coo_array(given).astype(np.float64).tocsr()
    weights.eliminate_zeros()
    size = weights.shape[0]
    names = [str(i) for i in range(size)] if ids is None else list(ids)
    if len(names) != size:
        raise InputError(f"ids has {len(names)} entries for {size} parties")
    links = weights.tocoo()
    bad = np.flatnonzero(~(np.isfinite(links.data) & (links.data >= 0)))
    if len(bad):
        supplier, buyer = names[links.row[bad[0]]], names[links.col[bad[0]]]
        raise InputError(
            f"the flow {supplier} -> {buyer} is {links.data[bad[0]]}; it has to be a number and not negative"
        )
    bought = _sums(weights, 0)
    return SupplyNetwork.from_arrays(names, links.row, links.col, links.data / bought[links.col]), weights


def _vector(name: str, values: npt.ArrayLike, size: int) -> Floats:
    """One number a party, not negative."""
    vector = np.asarray(values, dtype=np.float64)
    if vector.shape != (size,):
        raise InputError(f"{name} has shape {vector.shape}; it has one entry for each of {size} parties")
    if not (np.isfinite(vector) & (vector >= 0)).all():
        raise InputError(f"{name} has to be numbers that are not negative")
    return vector


def _matrix(data: Floats, rows: Ints, columns: Ints, shape: tuple[int, int]) -> sparse.csr_array:
    return sparse.coo_array((data, (rows, columns)), shape=shape).tocsr()


def _sums(weights: sparse.csr_array, axis: int) -> Floats:
    return np.asarray(weights.sum(axis=axis), dtype=np.float64)


def _settled(
    name: str, step: Callable[[Floats], Floats], start: Floats, tolerance: float, max_sweeps: int
) -> tuple[Floats, Convergence]:
    """Where sweeps from a start end."""
    level, change = start, np.inf
    for sweep in range(1, max_sweeps + 1):
        following = step(level)
        change = float(np.abs(following - level).max(initial=0.0))
        level = following
        if change <= tolerance:
            return level, Convergence(sweep, change)
    raise ConvergenceError(
        f"{name} still changes by {change:.3g} after {max_sweeps:,} sweeps, above the tolerance {tolerance:g}; allow "
        "more sweeps or a larger tolerance",
        change,
    )

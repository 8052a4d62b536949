"""Which parties to engage with so that a brand's figure comes under a threshold, at the least cost.

Engaging means that a party becomes clean with all that is traced through it (`graph_core.scenario.Clean`). Tracing
upstream is a walk that a flag ends; the fall of the figure is the weight of the walks to a flag that meet an engaged
party. That is a weighted coverage: it rises with more parties, and each adds less the more there are (monotone and
submodular). Choosing by fall per cost is then near the cheapest, and how near is computed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from graph_core.day_network import DayNetwork
from graph_core.errors import InputError
from graph_core.exposure.incremental import what_if
from graph_core.exposure.traced import Leverage, TracedShare

#: Falls and distances below are rounding.
_TINY = 1e-12
#: Parties of which the fall is worked out at most, to choose one.
_TRIED = 100


@dataclass(frozen=True)
class Engagements:
    """Parties to engage with.

    Attributes
    ----------
    threshold, before, after : float
        What the score is to come to, and what it is without and with them, 0..1.
    chosen : list of (str, float)
        Party and score once it and those before it are engaged.
    cost : float
        What they cost together.
    at_least : float or None
        No set that reaches the threshold costs less than this; ``None`` where none reaches it.
    greedy_bound : float
        The cheapest set costs at least ``cost / greedy_bound`` (Wolsey 1982); what ``at_least`` says is mostly closer.
    reached : bool
        Whether the score comes to the threshold; else no set does, and ``after`` is the lowest that any comes to.
    """

    threshold: float
    before: float
    after: float
    chosen: list[tuple[str, float]]
    cost: float
    at_least: float | None
    greedy_bound: float
    reached: bool

    def as_row(self, names: Mapping[str, str]) -> dict[str, Any]:
        """As plain values; of each party ``id``, ``name`` and the score ``after``."""
        chosen = [{"id": party, "name": names.get(party, party), "after": after} for party, after in self.chosen]
        return {**asdict(self), "chosen": chosen}


def falls(day: DayNetwork, traced: TracedShare, brand: str) -> Leverage:
    """Leverage of every party: the fall of a brand's score if all nodes that stand for it became clean.

    Parameters
    ----------
    day : DayNetwork
        Tells which nodes stand for a party.
    traced : TracedShare
        Scores over the network of the day.
    brand : str
        Id of the brand, which is left out.

    Returns
    -------
    Leverage
        Party to fall, 0..1, largest first; those without one are absent.
    """
    bounds = _Bounds.of(day, traced, brand)
    least, most = bounds.least, bounds.most
    for party in bounds.several:
        least[party] = most[party] = traced[brand] - what_if(traced, clean=nodes_of(day, party))[brand]
    ranked = dict(sorted(least.items(), key=lambda pair: (-pair[1], pair[0])))
    return Leverage(ranked, {party: most[party] - fall for party, fall in ranked.items()}, 0.0, 0.0)


def cheapest(
    day: DayNetwork,
    traced: TracedShare,
    brand: str,
    threshold: float,
    cost: Callable[[str], float] = lambda _: 1.0,
) -> Engagements:
    """Choose parties by fall per cost until a brand's score is at or below a threshold.

    Parameters
    ----------
    day : DayNetwork
        Tells which nodes stand for a party.
    traced : TracedShare
        Scores over the network of the day.
    brand : str
        Whose score.
    threshold : float
        0..1.
    cost : callable
        Cost of engaging a party, greater than 0; 1 by default.

    Returns
    -------
    Engagements
        Of equal parties the one with the lower id.

    Raises
    ------
    InputError
        The threshold is out of range, or a cost is not greater than 0.

    References
    ----------
    L. A. Wolsey (1982), An analysis of the greedy algorithm for the submodular set covering problem.
    """
    if not 0 <= threshold <= 1:
        raise InputError(f"the threshold is {threshold:g}; it has to lie in 0..1")
    now, chosen, at_least, last_need, loss = traced, list[tuple[str, float]](), 0.0, 0.0, 1.0
    while (need := now[brand] - threshold) > _TINY:
        bounds = _Bounds.of(day, now, brand)
        costs = {party: _checked(party, cost(party)) for party in bounds.most}
        at_least = max(at_least, _least_cost(bounds.most, costs, need))
        party, lost = _best(day, now, brand, bounds, costs, need)
        if party is None:
            break
        last_need, loss = need, max(loss, lost)
        now = what_if(now, clean=nodes_of(day, party))
        chosen.append((party, now[brand]))
    reached = now[brand] - threshold <= _TINY
    if reached:
        chosen = _needed(day, traced, brand, threshold, [party for party, _ in chosen], cost)
    total = float(sum(cost(party) for party, _ in chosen))
    bound = loss * (1 + math.log((traced[brand] - threshold) / last_need)) if reached and chosen else 1.0
    after = chosen[-1][1] if chosen else traced[brand]
    return Engagements(threshold, traced[brand], after, chosen, total, at_least if reached else None, bound, reached)


def _checked(party: str, cost: float) -> float:
    if not 0 < cost < math.inf:
        raise InputError(f"engaging {party!r} costs {cost:g}; a cost has to be greater than 0")
    return cost


def nodes_of(day: DayNetwork, party: str) -> list[str]:
    """Ids of all nodes that stand for a party."""
    return [day.ids[number] for number in np.flatnonzero(day.owner == party)]


@dataclass(frozen=True)
class _Bounds:
    """What the fall by each party is at least and at most, and the parties for which several nodes stand.

    They differ for those, and where a cycle is so large that leverage is an interval.
    """

    least: dict[str, float]
    most: dict[str, float]
    several: set[str]

    @classmethod
    def of(cls, day: DayNetwork, traced: TracedShare, brand: str) -> _Bounds:
        """Bounds for a brand, itself left out."""
        least, most, several = dict[str, float](), dict[str, float](), set[str]()
        found = traced.leverage(brand, max(1, len(traced.network)), missing=0.0)
        for node, fall in found.items():
            party = str(day.owner[traced.network.number(node)])
            if party != brand and fall + found.gap[node] > _TINY:
                several |= {party} & most.keys()
                least[party] = max(least.get(party, 0.0), fall)
                most[party] = most.get(party, 0.0) + fall + found.gap[node]
        return cls(least, most, several)


def _best(
    day: DayNetwork, traced: TracedShare, brand: str, bounds: _Bounds, costs: Mapping[str, float], need: float
) -> tuple[str | None, float]:
    """Party with the largest fall per cost, where a fall beyond what is needed counts for nothing.

    Of many whose bounds are near each other only some are tried: the second value is how much better another may be at
    most, as a factor; 1 where none is.
    """

    def per_cost(party: str, fall: float) -> float:
        return min(fall, need) / costs[party]

    best, most, tried = None, 0.0, 0
    for party in sorted(bounds.most, key=lambda one: (-per_cost(one, bounds.most[one]), one)):
        fall = bounds.most[party]
        if per_cost(party, fall) <= most * (1 + _TINY):
            break  # no later one can be better than its bound
        if tried == _TRIED and most > 0:
            return best, per_cost(party, fall) / most
        if per_cost(party, fall) - per_cost(party, bounds.least[party]) > _TINY:
            fall, tried = traced[brand] - what_if(traced, clean=nodes_of(day, party))[brand], tried + 1
        if per_cost(party, fall) > most * (1 + _TINY):
            best, most = party, per_cost(party, fall)
    return best, 1.0


def _least_cost(bounds: Mapping[str, float], costs: Mapping[str, float], need: float) -> float:
    """What it costs at least to make up the need, were falls to add up and parties to be had in part."""
    fall = np.array([min(bounds[party], need) for party in bounds])
    cost = np.array([costs[party] for party in bounds])
    if fall.sum() < need - _TINY:
        return math.inf
    order = np.argsort(-fall / cost, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(fall[order])[:-1]])
    parts = np.clip((need - before) / fall[order], 0.0, 1.0)
    least = float(parts @ cost[order])
    whole = bool((cost == np.round(cost)).all())
    return float(math.ceil(least - 1e-9)) if whole else least * (1 - 1e-9)


def _needed(
    day: DayNetwork,
    traced: TracedShare,
    brand: str,
    threshold: float,
    parties: list[str],
    cost: Callable[[str], float],
) -> list[tuple[str, float]]:
    """The parties without those that the others make needless, the most expensive left out first."""
    nodes = {party: nodes_of(day, party) for party in parties}

    def score(some: list[str]) -> float:
        return what_if(traced, clean=[node for party in some for node in nodes[party]])[brand]

    kept = list(parties)
    for party in sorted(parties, key=lambda one: -cost(one)):
        without = [one for one in kept if one != party]
        if score(without) - threshold <= _TINY:
            kept = without
    return [(party, score(kept[: number + 1])) for number, party in enumerate(kept)]

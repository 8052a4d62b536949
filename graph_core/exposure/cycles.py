"""Cycles of a supply network: parties that deliver to each other, and what of a score runs through them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csgraph

from graph_core.exposure.ordering import LARGE, ordering
from graph_core.exposure.traced import TracedShare
from graph_core.network import Floats, Ints, totals

#: Below this a share is rounding.
_NOTHING = 1e-12


@dataclass(frozen=True)
class Cycle:
    """Parties each of which delivers to each other one, directly or through others of them.

    Attributes
    ----------
    nodes : array of int
        Their numbers, rising. A single one delivers to itself.
    through : float
        Part of the buyer's score, 0..1, that passes through or ends at one of them: by so much it falls if all of them
        and all that is traced through them became clean.
    around : float or None
        Part of it that comes back to the party by which it entered; ``None`` where there are too many parties to work
        it out. It ends at the same sites as the rest: a cycle delays, and makes nothing more of it than its shares say.
    """

    nodes: Ints
    through: float
    around: float | None


def cycles(traced: TracedShare, buyer: str) -> list[Cycle]:
    """Cycles upstream of a buyer: strongly connected components of several parties, or of one that buys from itself.

    A walk upstream enters a component once: whoever leaves it never comes back. So what enters over links from outside
    is all that runs through it, ``sum R[b, j] M[j, x] e[x]`` over buyers j outside and parties x inside, and of what
    enters at x the part ``1 - 1 / R[x, x]`` returns there.

    Parameters
    ----------
    traced : TracedShare
        The score.
    buyer : str
        Whose cycles; one that is on a cycle itself has all of its score run through it.

    Returns
    -------
    list of Cycle
        Those through which most runs first; also those through which nothing does.
    """
    network, order = traced.network, ordering(traced.network)
    b = network.number(buyer)
    reached = csgraph.breadth_first_order(network.inputs, b, directed=True, return_predecessors=False)
    members = np.sort(reached[order.cyclic[reached]]).astype(np.int64)
    if not len(members):
        return []
    enters = (order.component[network.supplier] != order.component[network.buyer]) & order.cyclic[network.supplier]
    over = (traced.passing(buyer) * traced.scale)[network.buyer[enters]] * network.share[enters]
    entry = totals(network.supplier[enters], over, len(network)) * traced.scores
    if order.cyclic[b]:
        entry[b] = traced.scores[b]
    groups = _groups(members, order.component[members])
    around = _around(traced, entry, [nodes for nodes in groups if len(nodes) <= LARGE])
    found = [
        Cycle(nodes, float(entry[nodes].sum()), None if len(nodes) > LARGE else float(around[nodes].sum()))
        for nodes in groups
    ]
    return sorted(found, key=lambda cycle: (-cycle.through, network.ids[cycle.nodes[0]]))


def _around(traced: TracedShare, entry: Floats, groups: list[Ints]) -> Floats:
    """What of the entry of every node comes back to it; 0 at nodes of other groups."""
    out = np.zeros(len(entry))
    at = np.concatenate([np.zeros(0, dtype=np.int64), *groups])
    at = at[entry[at] > _NOTHING]
    out[at] = entry[at] * (1 - 1 / traced.upstream.return_factor(at)[0])
    return out


def _groups(members: Ints, component: Ints) -> list[Ints]:
    """Members of every component."""
    ranked = members[np.argsort(component, kind="stable")]
    _, starts = np.unique(np.sort(component), return_index=True)
    return np.split(ranked, starts[1:])

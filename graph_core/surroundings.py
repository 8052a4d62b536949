"""Who delivers to a party and whom it delivers to, at any distance: tiers, and what passes through each, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from graph_core.day_network import DayNetwork
from graph_core.exposure.table import ExposureTable
from graph_core.network import Floats, Ints, Marks, SupplyNetwork, totals
from graph_core.tiers import HORIZON, disclosed, fewest_steps


@dataclass(frozen=True, eq=False)
class Side:
    """Parties on one side of a centre: its suppliers at any tier, or its buyers.

    Attributes
    ----------
    parties : array of int
        Node numbers of the parties, those that carry most first; the centre is not among them.
    tier : array of float
        Fewest links between the centre and every node, whichever of the nodes for its goods; infinite where none lead.
    least : array of bool
        Whether a party's tier is a minimum: a link that hides traders is on every shortest way.
    carried : array of float
        Flagged share, 0..1: of suppliers, the part of the centre's inputs that is flagged and passes through them; of
        buyers, the part of their own inputs that is flagged and comes through the centre.
    inputs : array of float
        The same for all inputs, flagged or not, over up to `graph_core.tiers.HORIZON` links.
    missing : float
        Part of the centre's score that was not followed; above 0 only where one cycle joins thousands of parties.
    """

    parties: Ints
    tier: Floats
    least: Marks
    carried: Floats
    inputs: Floats
    missing: float
    #: The same node by node, as it passes on: what a link takes further is the value at its nearer end times its share.
    _flagged: Floats
    _passed: Floats

    def gathered(self, table: ExposureTable, group: Ints, size: int) -> tuple[Floats, Floats]:
        """What is carried by groups of suppliers, flagged and in all.

        What passes from one member to another counts once: from the sum of the members, what they take from each other
        is left away. A way that leaves a group and comes back to it counts again.

        Parameters
        ----------
        table : ExposureTable
            Figures of the day.
        group : array of int
            Group of every party by its node number, -1 for none.
        size : int
            How many groups there are.

        Returns
        -------
        tuple of arrays
            Flagged share and share of all inputs by group, 0..1.
        """
        network = table.day.network
        parties = self.parties[group[self.parties] >= 0]
        every = group[table.day.home]
        of = every[network.supplier]
        inner = (of >= 0) & (of == every[network.buyer])
        supplier, buyer, share = network.supplier[inner], network.buyer[inner], network.share[inner]
        taken = (self._flagged[buyer] * share * table.traced.scores[supplier], self._passed[buyer] * share)
        carried, inputs = (
            np.clip(totals(group[parties], own[parties], size) - totals(of[inner], less, size), 0.0, 1.0)
            for own, less in zip((self.carried, self.inputs), taken, strict=True)
        )
        return carried, inputs


def suppliers_of(table: ExposureTable, centre: str) -> Side:
    """All parties upstream of a party that is a node of the day's network."""
    day = table.day
    start = np.array([table.number[centre]])
    passage = table.traced.passage(centre, table.traced.left_out)
    flagged = np.zeros(len(day.ids))
    flagged[passage.nodes] = passage.mass
    passed, before = _followed(day.network.outputs, start)
    return _reach(
        day,
        start,
        [fewest_steps(disclosed(network), start) for network in (day.network, day.direct)],
        totals(day.home, flagged * table.traced.scores, len(day.ids)),
        totals(day.home, passed, len(day.ids)),
        passage.missing,
        flagged * table.traced.scale,
        before,
    )


def buyers_of(table: ExposureTable, centre: str) -> Side:
    """All parties downstream of a party that is a node of the day's network."""
    day = table.day
    start = np.flatnonzero(day.home == table.number[centre])
    passed, before = _followed(day.network.inputs, start)
    own = day.home == np.arange(len(day.ids))  # a node for one good of a buyer has the inputs of the buyer
    inputs = np.where(own, passed, 0.0)
    carried = np.where(own, _followed(day.network.inputs, start, table.traced.scores)[0], 0.0)
    steps = [fewest_steps(_sold(network), start) for network in (day.network, day.direct)]
    return _reach(day, start, steps, carried, inputs, 0.0, before, before)


def _sold(network: SupplyNetwork) -> sparse.csr_array:
    """Buyers of every supplier as a matrix of ones, row = supplier."""
    return network.kept("sold", disclosed(network).T.tocsr)


def _followed(links: sparse.csr_array, start: Ints, weights: Floats | None = None) -> tuple[Floats, Floats]:
    """What arrives at every node, summed over walks of up to the horizon, and the same without the last step."""
    front: Floats = np.zeros(links.shape[0])
    front[start] = 1.0 if weights is None else weights[start]
    passed: Floats = np.zeros(links.shape[0])
    for _ in range(HORIZON):
        passed += front
        front = np.asarray(links @ front)
    return passed + front, passed


def _reach(
    day: DayNetwork,
    start: Ints,
    steps: list[Floats],
    carried: Floats,
    inputs: Floats,
    missing: float,
    flagged: Floats,
    passed: Floats,
) -> Side:
    tier, direct = (_nearest(fewest, day.home) for fewest in steps)
    inputs = np.minimum(inputs, 1.0)  # what goes round in a circle passes several times
    reached = np.isfinite(tier) & (day.home == np.arange(len(day.ids)))
    reached[start] = False
    found = np.flatnonzero(reached)
    # Places where several sums are equal keep the order of the nodes.
    order = np.lexsort((-inputs[found], -carried[found]))
    return Side(found[order], tier, tier < direct, carried, inputs, missing, flagged, passed)


def _nearest(fewest: Floats, home: Ints) -> Floats:
    """Hops to every site: the fewest to any of the nodes that stand for its goods."""
    nearest = np.full(len(fewest), np.inf)
    np.minimum.at(nearest, home, fewest)
    return nearest

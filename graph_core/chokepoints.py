"""Chokepoints: the parties on every route from some sites to a buyer, and the cheapest set that stands on every route.

A party through which every known route passes is a *dominator* in a network with a virtual source that leads to the
given sites. Over many sites at once there is seldom one; a *cut* is the answer that is always there: a set of
parties of which every route passes at least one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from graph_core import kernels
from graph_core.errors import InputError
from graph_core.exposure.traced import traced_share
from graph_core.network import Floats, Ints, SupplyNetwork, reached_from

Numbers = npt.NDArray[np.int32]

#: Immediate dominator of a node that no single party stands before, and of one that no route reaches.
NOBODY, UNREACHED = -1, -2
#: Costs are integers to the flow; the cost of a cut that is known beforehand becomes this.
_PRECISION = 2**30


@dataclass(frozen=True, eq=False)
class Dominators:
    """Which party stands last on every route from some sites to each node.

    Attributes
    ----------
    network : SupplyNetwork
        The links; those of share 0 are none.
    nearest : array of int
        Immediate dominator of every node by number: the last party before it that no route avoids. `NOBODY` where
        routes have no party in common, also for the sites themselves; `UNREACHED` where there is no route.
    """

    network: SupplyNetwork
    nearest: Ints

    def reaches(self, node: str) -> bool:
        """Whether a route leads from the sites to a node; the sites themselves are reached."""
        return bool(self.nearest[self.network.number(node)] != UNREACHED)

    def chain(self, node: str) -> tuple[str, ...]:
        """All parties that every route to a node passes, from the sites on; the node itself is left out.

        Empty where routes have no party in common, and where there is no route (`reaches`).
        """
        found = []
        number = int(self.nearest[self.network.number(node)])
        while number >= 0:
            found.append(self.network.ids[number])
            number = int(self.nearest[number])
        return tuple(reversed(found))


@dataclass(frozen=True)
class Cut:
    """A cheapest set of parties of which every route from some sites to a buyer passes at least one.

    Attributes
    ----------
    parties : dict of str to float
        Cost of every party of the set, by falling cost, then by id.
    direct : tuple of str
        Sites that deliver to the buyer themselves: with ``engage_sites=False`` no set stands on those routes, and the
        set is for all other ones.
    """

    parties: dict[str, float]
    direct: tuple[str, ...]

    @property
    def cost(self) -> float:
        """Sum of the costs."""
        return float(sum(self.parties.values()))


def dominators(network: SupplyNetwork, sites: Iterable[str]) -> Dominators:
    """Find the parties that no route from some sites avoids, for every node at once.

    Parameters
    ----------
    network : SupplyNetwork
        Who delivers to whom; a link of share 0 is no link, flags are not looked at.
    sites : iterable of str
        Where routes begin.

    Returns
    -------
    Dominators
        Immediate dominator of every node; unique, and so the same by the compiled way and by networkx.

    Raises
    ------
    NotFoundError
        A site is not a node of the network.

    References
    ----------
    Lengauer and Tarjan (1979); Georgiadis (2005), semi-NCA; the plain way is `networkx.immediate_dominators`, after
    Cooper, Harvey and Kennedy (2001).
    """
    starts = _numbers(network, sites)
    if kernels.usable(network.inputs.nnz, "dominators"):
        return Dominators(network, _compiled(network, starts))
    return Dominators(network, _plain(network, starts))


def _numbers(network: SupplyNetwork, ids: Iterable[str]) -> Ints:
    return np.array(sorted({network.number(name) for name in ids}), dtype=np.int64)


def _compiled(network: SupplyNetwork, starts: Ints) -> Ints:
    compiled = kernels.load("dominators")
    size = len(network)
    into, out = _lists(network)
    number, node, parent = (np.zeros(size + 1, dtype=np.int32) for _ in range(3))
    is_source = np.zeros(size, dtype=np.bool_)
    is_source[starts] = True
    count = compiled.number_nodes(*out, starts.astype(np.int32), number[:size], node, parent)
    dominator = np.empty(count + 1, dtype=np.int32)
    compiled.immediate(*into, number[:size], node, is_source, parent, dominator, count, np.empty(count, dtype=np.int32))
    nearest = np.full(size, UNREACHED, dtype=np.int64)
    above = dominator[1:]
    nearest[node[1 : count + 1]] = np.where(above == 0, NOBODY, node[above])
    return nearest


def _lists(network: SupplyNetwork) -> list[list[Numbers]]:
    """Suppliers of every node, then buyers of every node, as the kernels read them; kept with the network."""
    return network.kept(
        "lists",
        lambda: [
            [part.astype(np.int32, copy=False) for part in (matrix.indptr, matrix.indices)]
            for matrix in (network.inputs, network.outputs)
        ],
    )


def _plain(network: SupplyNetwork, starts: Ints) -> Ints:
    import networkx as nx  # noqa: PLC0415  slow to import, and only needed without the kernels

    links = network.inputs.tocoo()
    kept = reached_from(network.outputs, starts)[links.col]
    graph: nx.DiGraph[int] = nx.DiGraph(zip(links.col[kept].tolist(), links.row[kept].tolist(), strict=True))
    graph.add_edges_from((NOBODY, site) for site in starts.tolist())
    nearest = np.full(len(network), UNREACHED, dtype=np.int64)
    if len(starts):
        for node, above in nx.immediate_dominators(graph, NOBODY).items():
            if node != NOBODY:  # left out by networkx from 3.6 on
                nearest[node] = above
    return nearest


# --- cuts ------------------------------------------------------------------------------------------------------


def engagement_costs(network: SupplyNetwork, buyer: str) -> Floats:
    """What it takes a buyer to engage each party, from what is known of whom the party delivers to.

    ``voice[x] = mean of voice[j] over the known buyers j of x``, voice 1 of the buyer itself, least fixpoint from 0:
    the part of a party's deliveries that ends up at the buyer, directly or through others, were they the same for
    each of its known buyers. ``cost = 1 / voice``: 1 for a party that delivers to this buyer alone, 20 for one of
    whose deliveries a twentieth gets there. Parties with many buyers and parties far away cost more, so that a cheap
    set is not simply all direct suppliers, nor all flagged sites.

    Parameters
    ----------
    network : SupplyNetwork
        All known links of the day.
    buyer : str
        Who engages.

    Returns
    -------
    array of float
        Cost of every node, 1 or more; infinite where nothing that it delivers is known to reach the buyer.
    """
    onward = network.outputs
    upstream = reached_from(network.inputs, [network.number(buyer)])
    buyers = np.diff(onward.indptr)
    rows = np.repeat(np.arange(len(network)), buyers)
    kept = upstream[rows] & upstream[onward.indices]
    # The same question as the traced share, asked downstream: what part of the deliveries ends at the buyer?
    place = np.cumsum(upstream) - 1
    ids = [network.ids[i] for i in np.flatnonzero(upstream)]
    share = 1.0 / buyers[rows[kept]]
    ends = place[onward.indices[kept]], place[rows[kept]]
    voice = traced_share(SupplyNetwork.from_arrays(ids, *ends, share, {buyer: 1.0})).scores
    costs = np.full(len(network), np.inf)
    costs[upstream] = 1.0 / voice
    return costs


def minimum_cut(
    network: SupplyNetwork,
    sites: Iterable[str],
    buyer: str,
    costs: Floats | Mapping[str, float] | None = None,
    *,
    engage_sites: bool = True,
) -> Cut:
    """Find the cheapest set of parties of which every route from some sites to a buyer passes at least one.

    Parameters
    ----------
    network : SupplyNetwork
        Who delivers to whom; a link of share 0 is no link.
    sites : iterable of str
        Where routes begin. The buyer's own place among them is no route.
    buyer : str
        Where routes end; never part of the set.
    costs : array or mapping of str to float, optional
        Cost of every node, greater than 0, or of some by id; `engagement_costs` where none is given.
    engage_sites : bool
        Whether the sites themselves may be part of the set.

    Returns
    -------
    Cut
        Empty where no route exists. Among sets of equal cost the one nearest to the sites. Costs count to one
        billionth of the cost of the sites, or of the last parties before the buyer, whichever is less.

    Raises
    ------
    NotFoundError
        A site, the buyer or an id of ``costs`` is not a node of the network.
    InputError
        A cost is not a number greater than 0.

    References
    ----------
    Menger (1927); Ford and Fulkerson (1956), every party split into a link of its cost.
    """
    target = network.number(buyer)
    starts = _numbers(network, sites)
    starts = starts[starts != target]
    weight = _weights(network, buyer, costs)
    onward = network.outputs
    # Only what lies downstream of a site and upstream of the buyer matters.
    between = reached_from(onward, starts) & reached_from(network.inputs, [target])
    starts = starts[between[starts]]
    links = network.inputs.tocoo()
    kept = between[links.row] & between[links.col] & (links.row != links.col) & (links.col != target)
    supplier, end = links.col[kept].astype(np.int64), links.row[kept].astype(np.int64)
    direct: Ints = np.empty(0, dtype=np.int64)
    engaged = between.copy()
    engaged[target] = False
    if not engage_sites:
        engaged[starts] = False
        short = np.isin(supplier, starts) & (end == target)
        direct = np.unique(supplier[short])
        supplier, end = supplier[~short], end[~short]
    wrong = np.flatnonzero(engaged & ~((weight > 0) & np.isfinite(weight)))
    if len(wrong):
        raise InputError(
            f"the cost of {network.ids[wrong[0]]!r} is {weight[wrong[0]]:g}; it has to be a number greater than 0"
        )
    chosen = _cheapest(supplier, end, starts, target, np.where(engaged, weight, np.inf))
    left = ~(np.isin(supplier, chosen) | np.isin(end, chosen))
    remaining = sparse.csr_array((np.ones(int(left.sum())), (supplier[left], end[left])), shape=onward.shape)
    assert not reached_from(remaining, np.setdiff1d(starts, chosen))[target], "a route avoids the cut"
    ranked = sorted((-float(weight[i]), network.ids[i]) for i in chosen)
    return Cut({name: -cost for cost, name in ranked}, tuple(sorted(network.ids[i] for i in direct)))


def _weights(network: SupplyNetwork, buyer: str, costs: Floats | Mapping[str, float] | None) -> Floats:
    if costs is not None and not isinstance(costs, Mapping):
        return np.asarray(costs, dtype=np.float64)
    weight = engagement_costs(network, buyer)
    for name, cost in (costs or {}).items():
        weight[network.number(name)] = cost
    return weight


def _cheapest(supplier: Ints, buyer: Ints, starts: Ints, target: int, weight: Floats) -> Ints:
    """Numbers of the cheapest nodes that cut all routes over some links; weight infinite: cannot be chosen."""
    nodes = np.unique(np.concatenate([supplier, buyer, starts, [target]]))
    last = np.unique(supplier[buyer == target])
    if not len(last):
        return np.empty(0, dtype=np.int64)
    place = np.full(len(weight), -1)
    place[nodes] = np.arange(len(nodes))
    bound = min(float(weight[starts].sum()), float(weight[last].sum()))
    widest = _PRECISION + len(nodes)  # wider than a known cut, however it is rounded
    room = np.minimum(weight[nodes] * (_PRECISION / bound), widest)
    capacity = np.maximum(np.rint(room), 1).astype(np.int32)
    # Node v is a link from 2 v to 2 v + 1; links between parties and from the source are as wide as can be.
    size = 2 * len(nodes) + 1
    wide = np.full(len(supplier) + len(starts), widest, dtype=np.int32)
    ways = np.arange(len(nodes))
    rows = np.concatenate([2 * ways, 2 * place[supplier] + 1, np.full(len(starts), size - 1)])
    columns = np.concatenate([2 * ways + 1, 2 * place[buyer], 2 * place[starts]])
    graph = sparse.csr_array((np.concatenate([capacity, wide]), (rows, columns)), shape=(size, size))
    flow = csgraph.maximum_flow(graph, size - 1, 2 * int(place[target])).flow
    spare = (graph - flow).tocsr()
    spare.data[spare.data < 0] = 0
    spare.eliminate_zeros()
    reached = reached_from(spare, [size - 1])
    return nodes[reached[2 * ways] & ~reached[2 * ways + 1]].astype(np.int64)

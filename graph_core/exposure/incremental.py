"""Solving again after a small change: only what lies downstream of it can have another figure.

A node's figure depends on what is upstream of it. After a change of some nodes' constants, factors or inputs, the
nodes downstream of them are therefore the only ones to be solved again, with all else as it was; they are whole cycles
or none of a cycle. A change far up in the network reaches much of it: then one solve of everything is cheaper.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from graph_core.errors import ConvergenceError, InputError
from graph_core.exposure.ordering import order_of, ordering
from graph_core.exposure.scores import Convergence
from graph_core.exposure.traced import TracedShare
from graph_core.network import Floats, Ints, SupplyNetwork

#: Part of the nodes above which everything is solved.
WHOLE_ABOVE = 0.1
#: As of `graph_core.exposure.traced.solve`.
_TOLERANCE = 1e-12


def what_if(before: TracedShare, flags: Mapping[str, float] | None = None, clean: Iterable[str] = ()) -> TracedShare:
    """Scores as they would be with other flags; links stay as they are.

    Parameters
    ----------
    before : TracedShare
        Scores as they are.
    flags : mapping of str to float, optional
        Strength, 0..1, of a node's own flag, by id; what is traced through the node stays.
    clean : iterable of str
        Nodes without exposure, their own flag and all that is traced through them: ``e[x] = 0``.

    Returns
    -------
    TracedShare
        Equal to a full solve up to rounding. Attribution and leverage of a clean node are 0. Nodes that are clean stay
        so in a further ``what_if`` on it, unless that flags them.

    Raises
    ------
    NotFoundError
        An id that is not a node.
    InputError
        A strength outside 0..1.
    """
    network = before.network
    flagged = {network.number(node): value for node, value in (flags or {}).items()}
    cleaned = [network.number(node) for node in clean]
    strength = network.strength.copy()
    for number, value in flagged.items():
        if not 0 <= value <= 1:
            raise InputError(f"flag strength of {network.ids[number]!r} is {value}; it has to lie in 0..1")
        strength[number] = value
    strength[cleaned] = 0.0
    changed = np.array(sorted({*flagged, *cleaned}), dtype=np.int64)
    kept = before.clean if isinstance(before, _Supposed) else frozenset[int]()
    clean_now = (kept - flagged.keys()) | frozenset(cleaned)
    after = network.with_strength(strength)
    scale = _Supposed(after, before.parameters, before.scores, before.convergence, clean_now).scale
    scores, residual = solve_again(network, before.scores, strength, scale, changed)
    return _Supposed(after, before.parameters, scores, Convergence(0, residual), clean_now)


@dataclass(frozen=True, eq=False)
class _Supposed(TracedShare):
    """Scores with nodes that are clean: nothing passes them, and a further change leaves them so."""

    clean: frozenset[int]

    @property
    def scale(self) -> Floats:
        """What of its inputs a node passes on; nothing of those of a clean node."""
        scale = super().scale
        scale[list(self.clean)] = 0.0
        return scale


def solve_again(
    network: SupplyNetwork,
    before: Floats,
    constant: Floats,
    scale: Floats,
    changed: Ints,
    inputs: sparse.csr_array | None = None,
    large: float = WHOLE_ABOVE,
) -> tuple[Floats, float]:
    """Least fixpoint of ``x = constant + scale (P^T x)`` where it is known for a problem that differs in a few nodes.

    Parameters
    ----------
    network : SupplyNetwork
        The links before.
    before : array, shape (n,)
        Solution before.
    constant, scale : array, shape (n,)
        As they are now; they differ from those before at the nodes ``changed`` only.
    changed : array of int
        Nodes whose constant, factor or inputs changed.
    inputs : sparse array, shape (len(changed), n), optional
        Shares of the inputs of these nodes as they are now; by default as in ``network``.
    large : float
        Part of the nodes, 0..1, beyond which everything is solved.

    Returns
    -------
    array, shape (n,)
        Solution now, 0..1.
    float
        Its largest residual, among what was solved again.

    Raises
    ------
    ConvergenceError
        The residual of what was solved again exceeds 1e-12.
    """
    if not len(changed):
        return before, 0.0
    nodes = downstream(network, changed, int(large * len(network)))
    if nodes is None:
        return _whole(network, constant, scale, changed, inputs)
    rows = network.inputs[nodes] if inputs is None else _with(network.inputs[nodes], nodes, changed, inputs)
    links = rows.tocoo()
    buyer, supplier = links.row.astype(np.int64), np.searchsorted(nodes, links.col)
    inside = nodes[np.minimum(supplier, len(nodes) - 1)] == links.col
    own, known = constant[nodes], scale[nodes]
    outside = np.bincount(
        buyer[~inside], weights=links.data[~inside] * before[links.col[~inside]], minlength=len(nodes)
    )
    entries = links.data[inside], (buyer[inside], supplier[inside])
    among = sparse.coo_array(entries, shape=(len(nodes), len(nodes))).tocsr()
    found, residual = _checked(*order_of(among).solve_checked(own + known * outside, known))
    after = before.copy()
    after[nodes] = found
    return after, residual


def downstream(network: SupplyNetwork, nodes: Ints, most: int) -> Ints | None:
    """Some nodes and all that they deliver to, directly or through others, in order; None where these are too many.

    Parameters
    ----------
    network : SupplyNetwork
        Links of share 0 are none.
    nodes : array of int
        Where to begin.
    most : int
        How many are too many.
    """
    onward = network.outputs
    seen = np.zeros(len(network), dtype=bool)
    seen[nodes] = True
    front, number = np.unique(nodes), 0
    while len(front):
        number += len(front)
        if number > most:
            return None
        starts, lengths = onward.indptr[front], onward.indptr[front + 1] - onward.indptr[front]
        steps = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        reached = onward.indices[np.repeat(starts, lengths) + steps]
        front = np.unique(reached[~seen[reached]]).astype(np.int64)
        seen[front] = True
    return np.flatnonzero(seen)


def _whole(
    network: SupplyNetwork, constant: Floats, scale: Floats, changed: Ints, inputs: sparse.csr_array | None
) -> tuple[Floats, float]:
    if inputs is None:
        return _checked(*ordering(network).solve_checked(constant, scale))
    links = _with(network.inputs, np.arange(len(network)), changed, inputs)
    return _checked(*order_of(links).solve_checked(constant, scale))


def _with(rows: sparse.csr_array, nodes: Ints, changed: Ints, inputs: sparse.csr_array) -> sparse.csr_array:
    """Rows of some nodes, those of the changed nodes replaced."""
    kept = ~np.isin(nodes, changed)
    stay = sparse.diags_array(kept.astype(np.float64)) @ rows
    where = np.searchsorted(nodes, changed)
    shape = len(nodes), len(changed)
    place = sparse.coo_array((np.ones(len(changed)), (where, np.arange(len(changed)))), shape=shape).tocsr()
    both: sparse.csr_array = sparse.csr_array(stay + place @ inputs)
    both.eliminate_zeros()
    return both


def _checked(solution: Floats, residual: float) -> tuple[Floats, float]:
    if not residual <= _TOLERANCE:
        raise ConvergenceError(f"residual {residual:.3g} is above the tolerance {_TOLERANCE:g}", residual)
    return np.clip(solution, 0.0, 1.0), residual

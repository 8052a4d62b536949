"""The elimination order by numpy and scipy, level by level: what answers where no compiled kernels are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from graph_core.exposure.components import diagonal, solve_batch, solve_component
from graph_core.exposure.ordering import Passage
from graph_core.network import Floats, Ints, SupplyNetwork

#: Components up to this size are solved many at a time: most cycles are a few parties that subcontract to each other.
SMALL = 16


@dataclass(frozen=True)
class Batch:
    """Small components of one size and level, side by side.

    Attributes
    ----------
    rows : slice
        Positions of all their nodes, in elimination order.
    inside : array, shape (number, size, size)
        Shares within each component; row = buyer.
    """

    rows: slice
    inside: Floats

    def solve(self, known: Floats, scale: Floats, *, transposed: bool = False) -> Floats:
        """Least fixpoint of ``x = known + M x`` in every component, M its scaled shares; 0 known gives 0."""
        size = self.inside.shape[1]
        constant = known.reshape(-1, size, 1)
        fed = constant.any(axis=(1, 2))
        matrix = (scale.reshape(-1, size, 1) * self.inside)[fed]
        system = np.eye(size) - (matrix.swapaxes(1, 2) if transposed else matrix)
        out = np.zeros_like(constant)
        out[fed] = solve_batch(system, constant[fed])
        return np.maximum(out, 0.0).ravel()


@dataclass(frozen=True)
class Level:
    """Nodes whose inputs come from earlier levels only, but for cycles among themselves.

    Attributes
    ----------
    rows : slice
        Positions of the acyclic nodes of the level, in elimination order.
    batches : list of Batch
        Small components with a cycle.
    cycles : list of slice
        Positions of each larger one.
    """

    rows: slice
    batches: list[Batch]
    cycles: list[slice]


def by_levels(network: SupplyNetwork) -> PlainOrdering:
    """The order of a network level by level, made once and kept with it."""
    return network.kept("levels", lambda: PlainOrdering(network.inputs))


class PlainOrdering:
    """Elimination order of a network; see `graph_core.exposure.ordering.Ordering`.

    Parameters
    ----------
    inputs : sparse array, shape (n, n)
        Row = buyer, column = supplier, value = share.
    """

    def __init__(self, inputs: sparse.csr_array) -> None:
        self.size = inputs.shape[0]
        count, labels = csgraph.connected_components(inputs, directed=True, connection="strong")
        component: Ints = labels.astype(np.int64)
        members = np.bincount(component, minlength=count)
        depth = _depths(inputs, component, count)
        loops = np.zeros(count, dtype=bool)
        loops[component[inputs.diagonal() != 0]] = True
        cyclic = (members > 1) | loops
        # Elimination order: by level, acyclic nodes first, components by size, members of a component side by side.
        keys = component, members[component], cyclic[component], depth[component]
        self.order: Ints = np.lexsort(keys).astype(np.int64)
        self.matrix = inputs[self.order][:, self.order]
        self.levels = _levels(self.matrix, *(key[self.order].astype(np.int64) for key in keys))
        self.cyclic: npt.NDArray[np.bool_] = cyclic[component]
        self.component = component
        self.largest = int(members[cyclic].max(initial=0))

    def solve(self, constant: Floats, scale: Floats) -> Floats:
        """Least fixpoint of ``x = constant + scale (P x)``."""
        return self.solve_checked(constant, scale)[0]

    def solve_checked(self, constant: Floats, scale: Floats) -> tuple[Floats, float]:
        """Least fixpoint of ``x = constant + scale (P x)``, and its largest residual."""
        b, d = constant[self.order], scale[self.order]
        x = np.zeros(self.size)
        for level in self.levels:
            rows = level.rows
            if rows.stop > rows.start:
                x[rows] = b[rows] + d[rows] * (_rows(self.matrix, rows) @ x)
            for batch in level.batches:
                rows = batch.rows
                x[rows] = batch.solve(b[rows] + d[rows] * (_rows(self.matrix, rows) @ x), d[rows])
            for block in level.cycles:
                known = b[block] + d[block] * (_rows(self.matrix, block) @ x)
                x[block] = solve_component(self._block(block, d), known)
        residual = float(np.abs(x - b - d * (self.matrix @ x)).max(initial=0.0))
        out = np.empty(self.size)
        out[self.order] = x
        return out, residual

    def solve_transposed(self, weights: Floats, scale: Floats) -> Floats:
        """Row vector ``weights (I - diag(scale) P)^-1``."""
        d = scale[self.order]
        r = weights[self.order].astype(np.float64)
        for level in reversed(self.levels):
            for block in level.cycles:
                r[block] = solve_component(self._block(block, d).T.tocsr(), r[block])
                self._push(r, d, block, within=True)
            for batch in level.batches:
                r[batch.rows] = batch.solve(r[batch.rows], d[batch.rows], transposed=True)
                self._push(r, d, batch.rows, within=True)
            if level.rows.stop > level.rows.start:
                self._push(r, d, level.rows, within=False)
        out = np.empty(self.size)
        out[self.order] = r
        return out

    def upstream(self, scale: Floats, score: Floats) -> PlainUpstream:
        """Questions about what reaches one node or another, with the same scores."""
        return PlainUpstream(self, scale, score)

    def return_factor(self, nodes: Ints, scale: Floats) -> Floats:
        """Diagonal ``(I - diag(scale) P)^-1[x, x]`` for some nodes: 1 off cycles, more on them."""
        out = np.ones(len(nodes))
        position = np.empty(self.size, dtype=np.int64)
        position[self.order] = np.arange(self.size)
        d = scale[self.order]
        where = position[nodes]
        wanted = np.flatnonzero(self.cyclic[nodes])
        wanted = wanted[np.argsort(where[wanted])]
        for block in self._components() if len(wanted) else ():
            inside = wanted[slice(*np.searchsorted(where[wanted], [block.start, block.stop]))]
            if len(inside):
                out[inside] = diagonal(self._block(block, d), where[inside] - block.start)
        return out

    def _components(self) -> Iterator[slice]:
        """Positions of every component with a cycle."""
        for level in self.levels:
            for batch in level.batches:
                size = batch.inside.shape[1]
                yield from (slice(p, p + size) for p in range(batch.rows.start, batch.rows.stop, size))
            yield from level.cycles

    def _block(self, block: slice, scale: Floats) -> sparse.csr_array:
        scaled: sparse.csr_array = sparse.diags_array(scale[block]) @ self.matrix[block, block]
        return scaled

    def _push(self, r: Floats, scale: Floats, rows: slice, *, within: bool) -> None:
        passed = _rows(self.matrix, rows).T @ (r[rows] * scale[rows])
        if within:  # what stays in the component is already in its solution
            passed[rows] = 0.0
        r += passed


@dataclass(frozen=True, eq=False)
class PlainUpstream:
    """See `graph_core.exposure.ordering.Upstream`; everything is followed, whatever may be left out."""

    order: PlainOrdering
    scale: Floats
    score: Floats

    def passage(self, node: int, goal: float = 0.0) -> Passage:  # noqa: ARG002  exact is within any goal
        """What of a node's inputs passes through or ends where."""
        weights = np.zeros(self.order.size)
        weights[node] = 1.0
        # Parts of the network that cannot reach a flag carry nothing; cutting them off keeps a closed
        # cycle without a flag (which has no unique solution) out of the solve.
        passed = self.order.solve_transposed(weights, np.where(self.score > 0, self.scale, 0.0))
        nodes = np.flatnonzero((passed > 0) & (self.score > 0))
        return Passage(nodes, passed[nodes], 0.0)

    def passages(self, nodes: Ints, goals: Floats) -> list[Passage]:
        """`passage` of many nodes."""
        return [self.passage(int(node), float(goal)) for node, goal in zip(nodes, goals, strict=True)]

    def return_factor(self, nodes: Ints) -> tuple[Floats, Floats]:
        """Bounds of ``R[x, x]``, which are equal."""
        exact = self.order.return_factor(nodes, np.where(self.score > 0, self.scale, 0.0))
        return exact, exact


def _depths(inputs: sparse.csr_array, component: Ints, count: int) -> Ints:
    """Longest distance of every component from a component without inputs, by peeling the condensed graph."""
    links = inputs.tocoo()
    buyer, supplier = component[links.row], component[links.col]
    between = buyer != supplier
    buyer, supplier = buyer[between], supplier[between]
    onward = sparse.csr_array((np.ones(len(buyer), dtype=np.int64), (supplier, buyer)), shape=(count, count))
    onward.sum_duplicates()
    waiting = np.bincount(onward.indices, minlength=count)
    depth = np.zeros(count, dtype=np.int64)
    front = np.flatnonzero(waiting == 0)
    step = 0
    while len(front):
        depth[front] = step
        reached = _neighbours(onward, front)
        if len(reached) < count // 50:  # few: sorting them costs less than looking at all
            candidates, arrived = np.unique(reached, return_counts=True)
        else:
            arrived = np.bincount(reached, minlength=count)
            candidates = np.flatnonzero(arrived)
            arrived = arrived[candidates]
        waiting[candidates] -= arrived
        front = candidates[waiting[candidates] == 0]
        step += 1
    return depth


def _neighbours(graph: sparse.csr_array, nodes: Ints) -> Ints:
    starts, lengths = graph.indptr[nodes], np.diff(graph.indptr)[nodes]
    total = int(lengths.sum())
    offsets = np.repeat(np.cumsum(lengths) - lengths, lengths)
    picked: Ints = graph.indices[np.repeat(starts, lengths) + np.arange(total) - offsets]
    return picked


def _levels(matrix: sparse.csr_array, component: Ints, size: Ints, cyclic: Ints, depth: Ints) -> list[Level]:
    levels = []
    for level in _runs(depth, 0, len(depth)):
        first = level.start + int(np.count_nonzero(cyclic[level] == 0))
        large = first + int(np.count_nonzero(size[first : level.stop] <= SMALL))
        batches = [_batch(matrix, rows, int(size[rows.start])) for rows in _runs(size, first, large)]
        levels.append(Level(slice(level.start, first), batches, _runs(component, large, level.stop)))
    return levels


def _runs(values: Ints, start: int, stop: int) -> list[slice]:
    """Stretches of equal values between two positions."""
    cuts = (start + np.flatnonzero(np.diff(values[start:stop], prepend=-1))).tolist()
    return [slice(a, b) for a, b in pairwise([*cuts, stop])]


def _batch(matrix: sparse.csr_array, rows: slice, size: int) -> Batch:
    """Components of one size with the shares inside each of them."""
    number = (rows.stop - rows.start) // size
    entries = _rows(matrix, rows).tocoo()
    row, column = entries.row.astype(np.int64), entries.col.astype(np.int64) - rows.start
    own = row // size == column // size
    inside = np.zeros((number, size, size))
    inside[row[own] // size, row[own] % size, column[own] % size] = entries.data[own]
    return Batch(rows, inside)


def _rows(matrix: sparse.csr_array, rows: slice) -> sparse.csr_array:
    """Rows of a matrix without copying their entries."""
    first, last = matrix.indptr[rows.start], matrix.indptr[rows.stop]
    view = sparse.csr_array((rows.stop - rows.start, matrix.shape[1]))
    view.data, view.indices = matrix.data[first:last], matrix.indices[first:last]
    view.indptr = matrix.indptr[rows.start : rows.stop + 1] - first
    return view

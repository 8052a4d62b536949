"""Solving ``x = b + D P x`` exactly: cycles condensed, the rest in one pass from raw material to brand.

The strongly connected components of a supply network, taken in topological order, need no iteration: a node outside
any cycle is known once its suppliers are, and a component with a cycle is one small linear system. Both come from the
links alone, so one ordering serves every flag set, class and scenario of a day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph
from scipy.sparse import linalg as sparse_linalg

from graph_core.errors import ConvergenceError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Components up to this size are solved densely.
DENSE = 400


@dataclass(frozen=True)
class Level:
    """Nodes whose inputs come from earlier levels only, but for cycles among themselves.

    Attributes
    ----------
    rows : slice
        Positions of the acyclic nodes of the level, in elimination order.
    cycles : list of slice
        Positions of each component with a cycle.
    """

    rows: slice
    cycles: list[slice]


class Ordering:
    """Elimination order of a network, and solves along it.

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
        # Elimination order: by level, acyclic nodes first, members of a component side by side.
        self.order: Ints = np.lexsort((component, cyclic[component], depth[component])).astype(np.int64)
        self.matrix = inputs[self.order][:, self.order]
        self.levels = _levels(depth[component][self.order], component[self.order], cyclic[component][self.order])
        self.cyclic: npt.NDArray[np.bool_] = cyclic[component]
        self.component = component

    def solve(self, constant: Floats, scale: Floats) -> Floats:
        """Least fixpoint of ``x = constant + scale * (P x)``, P the shares by buyer.

        Parameters
        ----------
        constant : array, shape (n,)
            Not negative.
        scale : array, shape (n,)
            Factor of every buyer, 0..1.

        Raises
        ------
        ConvergenceError
            A large cyclic component was not solved to the precision asked for.
        """
        b, d = constant[self.order], scale[self.order]
        x = np.zeros(self.size)
        for level in self.levels:
            rows = level.rows
            if rows.stop > rows.start:
                x[rows] = b[rows] + d[rows] * (_rows(self.matrix, rows) @ x)
            for block in level.cycles:
                known = b[block] + d[block] * (_rows(self.matrix, block) @ x)
                x[block] = _solve_cycle(self._block(block, d), known)
        out = np.empty(self.size)
        out[self.order] = x
        return out

    def solve_transposed(self, weights: Floats, scale: Floats) -> Floats:
        """Row vector ``r = weights (I - diag(scale) P)^-1``: what passes through every node on the way to some buyers.

        Cycles that keep everything (gain 1) and are fed by ``weights`` have no finite answer; only what can end
        somewhere is followed, see `graph_core.exposure.traced`.
        """
        d = scale[self.order]
        r = weights[self.order].astype(np.float64)
        for level in reversed(self.levels):
            for block in level.cycles:
                r[block] = _solve_cycle(self._block(block, d).T.tocsr(), r[block])
                self._push(r, d, block, within=True)
            if level.rows.stop > level.rows.start:
                self._push(r, d, level.rows, within=False)
        out = np.empty(self.size)
        out[self.order] = r
        return out

    def return_factor(self, nodes: Ints, scale: Floats) -> Floats:
        """Diagonal ``(I - diag(scale) P)^-1[x, x]`` for some nodes: 1 off cycles, more on them."""
        out = np.ones(len(nodes))
        position = np.empty(self.size, dtype=np.int64)
        position[self.order] = np.arange(self.size)
        d = scale[self.order]
        wanted = {int(position[node]): i for i, node in enumerate(nodes) if self.cyclic[node]}
        for level in self.levels if wanted else []:
            for block in level.cycles:
                inside = [p for p in wanted if block.start <= p < block.stop]
                if inside:
                    local = np.array(inside) - block.start
                    units = np.zeros((block.stop - block.start, len(inside)))
                    units[local, np.arange(len(inside))] = 1.0
                    factors = _solve_cycle(self._block(block, d), units)[local, np.arange(len(inside))]
                    out[[wanted[p] for p in inside]] = factors
        return out

    def _block(self, block: slice, scale: Floats) -> sparse.csr_array:
        scaled: sparse.csr_array = sparse.diags_array(scale[block]) @ self.matrix[block, block]
        return scaled

    def _push(self, r: Floats, scale: Floats, rows: slice, *, within: bool) -> None:
        passed = _rows(self.matrix, rows).T @ (r[rows] * scale[rows])
        if within:  # what stays in the component is already in its solution
            passed[rows] = 0.0
        r += passed


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
        waiting -= np.bincount(reached, minlength=count)
        candidates = np.unique(reached)
        front = candidates[waiting[candidates] == 0]
        step += 1
    return depth


def _neighbours(graph: sparse.csr_array, nodes: Ints) -> Ints:
    starts, lengths = graph.indptr[nodes], np.diff(graph.indptr)[nodes]
    total = int(lengths.sum())
    offsets = np.repeat(np.cumsum(lengths) - lengths, lengths)
    picked: Ints = graph.indices[np.repeat(starts, lengths) + np.arange(total) - offsets]
    return picked


def _levels(depth: Ints, component: Ints, cyclic: npt.NDArray[np.bool_]) -> list[Level]:
    bounds = np.flatnonzero(np.diff(depth, prepend=-1))
    levels = []
    for start, stop in zip(bounds, np.append(bounds[1:], len(depth))[: len(bounds)], strict=True):
        first = int(start + np.count_nonzero(~cyclic[start:stop]))
        cuts = first + np.flatnonzero(np.diff(component[first:stop], prepend=-1))
        ends = np.append(cuts[1:], stop)[: len(cuts)]
        levels.append(Level(slice(int(start), first), [slice(int(a), int(b)) for a, b in zip(cuts, ends, strict=True)]))
    return levels


def _rows(matrix: sparse.csr_array, rows: slice) -> sparse.csr_array:
    """Rows of a matrix without copying their entries."""
    first, last = matrix.indptr[rows.start], matrix.indptr[rows.stop]
    view = sparse.csr_array((rows.stop - rows.start, matrix.shape[1]))
    view.data, view.indices = matrix.data[first:last], matrix.indices[first:last]
    view.indptr = matrix.indptr[rows.start : rows.stop + 1] - first
    return view


def _solve_cycle(matrix: sparse.csr_array, known: Floats) -> Floats:
    """Least fixpoint of ``x = known + M x`` inside one component, one or several at once; 0 known gives 0."""
    if not known.any():
        return np.zeros_like(known)
    size = len(known)
    try:
        if size <= DENSE:
            solution: Floats = np.linalg.solve(np.eye(size) - matrix.toarray(), known)
        else:
            system = sparse.eye_array(size, format="csc") - matrix.tocsc()
            solution = sparse_linalg.splu(system).solve(known)
    except (np.linalg.LinAlgError, RuntimeError) as error:  # what both solvers say of a singular system
        message = f"a cycle of {size} parties keeps all that enters it, and has no finite solution"
        raise ConvergenceError(message, np.inf) from error
    residual = float(np.abs(solution - known - matrix @ solution).max())
    if not residual <= 1e-9 * max(1.0, float(np.abs(solution).max())):
        raise ConvergenceError(f"a cycle of {size} parties was not solved: residual {residual:.3g}", residual)
    return np.maximum(solution, 0.0)

"""Solving one cyclic component: densely, by factors, or by iteration, whichever its size asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse import linalg as sparse_linalg

from graph_core.errors import ConvergenceError
from graph_core.network import Floats, Ints

#: Components up to this size are solved densely.
DENSE = 400
#: Components up to this size are solved by sparse factors; beyond, factors fill up (33 times at a million nodes).
FACTORED = 20_000
#: Unit columns that are solved at a time: all at once would be a dense matrix.
_AT_ONCE = 256


def solve_component(matrix: sparse.csr_array, known: Floats) -> Floats:
    """Least fixpoint of ``x = known + M x`` inside one component, one or several at once; 0 known gives 0.

    Parameters
    ----------
    matrix : sparse array, shape (n, n)
        Scaled shares inside the component.
    known : array, shape (n,) or (n, k)
        Not negative.

    Raises
    ------
    ConvergenceError
        The cycle keeps all that enters it, or was not solved to 1e-9 of its largest value; the residual is given.
    """
    if not known.any():
        return np.zeros_like(known)
    size = len(known)
    if size <= DENSE:
        solution = _solved(_dense, np.eye(size) - matrix.toarray(), known, size)
    else:
        system = sparse.eye_array(size, format="csc") - matrix.tocsc()
        solution = _solved(_factored if size <= FACTORED else _iterated, system, known, size)
    return np.maximum(solution, 0.0)


def diagonal(matrix: sparse.csr_array, nodes: Ints) -> Floats:
    """Some entries on the diagonal of ``(I - M)^-1`` inside one component, see `solve_component`."""
    out = np.empty(len(nodes))
    for first in range(0, len(nodes), _AT_ONCE):
        some = nodes[first : first + _AT_ONCE]
        each = np.arange(len(some))
        units = np.zeros((matrix.shape[0], len(some)))
        units[some, each] = 1.0
        out[first : first + _AT_ONCE] = solve_component(matrix, units)[some, each]
    return out


def solve_batch(systems: Floats, known: Floats) -> Floats:
    """Solutions of many small systems of one size, shapes (k, n, n) and (k, n, 1)."""
    return _solved(_dense, systems, known, systems.shape[1])


def _dense(system: Floats, known: Floats) -> Floats:
    return np.linalg.solve(system, known).astype(np.float64, copy=False)


def _factored(system: sparse.csc_array, known: Floats) -> Floats:
    return np.asarray(sparse_linalg.splu(system).solve(known), dtype=np.float64)


def _iterated(system: sparse.csc_array, known: Floats) -> Floats:
    columns = known.reshape(len(known), -1)
    rows = system.tocsr()
    solved = [sparse_linalg.bicgstab(rows, column, rtol=1e-14, atol=0.0, maxiter=2_000)[0] for column in columns.T]
    return np.stack(solved, axis=1).reshape(known.shape)


def _solved(solver: Callable[[Any, Floats], Floats], system: Any, known: Floats, size: int) -> Floats:
    """Solution of ``system x = known``, checked."""
    try:
        solution = solver(system, known)
    except (np.linalg.LinAlgError, RuntimeError) as error:  # what both solvers say of a singular system
        message = f"a cycle of {size} parties keeps all that enters it, and has no finite solution"
        raise ConvergenceError(message, np.inf) from error
    residual = float(np.abs(system @ solution - known).max(initial=0.0))
    if not residual <= 1e-9 * max(1.0, float(np.abs(solution).max(initial=0.0))):
        raise ConvergenceError(f"a cycle of {size} parties was not solved: residual {residual:.3g}", residual)
    return solution

"""Elimination order of a network: what every solve along it needs, by compiled kernels or by scipy.

The strongly connected components of a supply network, taken in topological order, need no iteration: a node outside
any cycle is known once its suppliers are, and a component with a cycle is one small linear system. Both come from the
links alone, so one ordering serves every flag set, class and scenario of a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import sparse

from graph_core import kernels
from graph_core.network import Floats, Ints, SupplyNetwork

#: In components above this size what is exact would take too long for a page: intervals are given instead.
LARGE = 2_000


@dataclass(frozen=True, eq=False)
class Passage:
    """What of one party's inputs passes through or ends where.

    Attributes
    ----------
    nodes : array of int
        Numbers of the nodes that are reached.
    mass : array of float
        Share of the inputs that passes through or ends at each, at least.
    missing : float
        Score behind what was not followed, 0 where everything was.
    """

    nodes: Ints
    mass: Floats
    missing: float


class Ordering(Protocol):
    """Elimination order of a network, and solves along it.

    Attributes
    ----------
    component : array of int
        Number of the strongly connected component of every node.
    largest : int
        Nodes of the largest component with a cycle; 0 without any.
    """

    component: Ints
    largest: int

    @property
    def cyclic(self) -> npt.NDArray[np.bool_]:
        """Whether a node is on a cycle."""

    def solve(self, constant: Floats, scale: Floats) -> Floats:
        """Least fixpoint of ``x = constant + scale (P x)``, see `solve_checked`."""

    def solve_checked(self, constant: Floats, scale: Floats) -> tuple[Floats, float]:
        """Least fixpoint of ``x = constant + scale (P x)``, and its largest residual.

        Parameters
        ----------
        constant : array, shape (n,)
            Not negative.
        scale : array, shape (n,)
            Factor of every buyer, 0..1.

        Raises
        ------
        ConvergenceError
            A cyclic component was not solved.
        """

    def solve_transposed(self, weights: Floats, scale: Floats) -> Floats:
        """Row vector ``weights (I - diag(scale) P)^-1``: what passes through every node on the way to some buyers.

        Cycles that keep everything and are fed by ``weights`` have no finite answer: give the scale 0 to what cannot
        end anywhere.

        Raises
        ------
        ConvergenceError
            A cyclic component was not solved.
        """

    def upstream(self, scale: Floats, score: Floats) -> Upstream:
        """Questions about what reaches one node or another, with the same scores.

        Parameters
        ----------
        scale, score : array of float, shape (n,)
            Factor and score of every node; the score is the least fixpoint for this scale.
        """


class Upstream(Protocol):
    """What reaches single nodes, for one set of flags."""

    def passage(self, node: int, goal: float = 0.0) -> Passage:
        """Follow the inputs of a node upstream to where there is a score.

        Parameters
        ----------
        node : int
            Where to begin.
        goal : float
            Score that may stay unfollowed; 0 for none.

        Raises
        ------
        ConvergenceError
            A cycle keeps all that enters it.
        """

    def passages(self, nodes: Ints, goals: Floats) -> list[Passage]:
        """`passage` of many nodes, side by side on the processors there are."""

    def return_factor(self, nodes: Ints) -> tuple[Floats, Floats]:
        """Bounds of ``R[x, x]``: 1 off cycles, more on them; equal but in components above `LARGE`."""


def ordering(network: SupplyNetwork) -> Ordering:
    """Elimination order of a network, made once and kept with it."""
    return network.kept("ordering", lambda: _made(network))


def order_of(inputs: sparse.csr_array) -> Ordering:
    """Elimination order of links that belong to no network.

    Parameters
    ----------
    inputs : sparse array, shape (n, n)
        Row = buyer, column = supplier, value = share; no zeros.
    """
    if kernels.usable(inputs.nnz, "tracing"):
        from graph_core.exposure.compiled import CompiledOrdering  # noqa: PLC0415  where numba is

        return CompiledOrdering.of_matrix(inputs)
    from graph_core.exposure.plain import PlainOrdering  # noqa: PLC0415  the two know nothing of each other

    return PlainOrdering(inputs)


def _made(network: SupplyNetwork) -> Ordering:
    if kernels.usable(len(network.share), "tracing"):
        from graph_core.exposure.compiled import CompiledOrdering  # noqa: PLC0415  where numba is

        return CompiledOrdering.of_links(network)
    from graph_core.exposure.plain import by_levels  # noqa: PLC0415  the two know nothing of each other

    return by_levels(network)

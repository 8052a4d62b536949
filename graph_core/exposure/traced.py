"""Traced exposure share: what part of a buyer's inputs ends at flagged sites when traced upstream."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graph_core.errors import ConvergenceError, InputError
from graph_core.exposure.ordering import Ordering
from graph_core.exposure.scores import Convergence, Kind, score
from graph_core.network import Floats, Ints, SupplyNetwork
from graph_core.score_parameters import ScoreParameters


@dataclass(frozen=True, eq=False)
class TracedShare:
    """The score of every node, and the questions that can be asked about it.

    Attributes
    ----------
    network : SupplyNetwork
        What was traced.
    parameters : ScoreParameters
        Decay and tolerance.
    scores : array of float
        Score of every node, 0..1, in the order of ``network.ids``.
    convergence : Convergence
        How exactly the definition was met.
    name, standard_error
        As of every score (`graph_core.exposure.scores.Scored`).
    """

    network: SupplyNetwork
    parameters: ScoreParameters
    scores: Floats
    convergence: Convergence
    name = "traced_share"
    standard_error = None

    def __getitem__(self, node: str) -> float:
        return float(self.scores[self.network.number(node)])

    @property
    def decay(self) -> float:
        """Factor a hop, 0..1; 1 by default."""
        return 1.0 if self.parameters.decay is None else self.parameters.decay

    @property
    def scale(self) -> Floats:
        """What of its inputs a node passes on: decay x (1 - its own flag strength)."""
        return self.decay * (1 - self.network.strength)

    @cached_property
    def _live(self) -> Floats:
        # Parts of the network that cannot reach a flag carry nothing; cutting them off keeps a closed
        # cycle without a flag (which has no unique solution) out of every solve.
        return np.where(self.scores > 0, self.scale, 0.0)

    def passing(self, buyer: str) -> Floats:
        """Share of a buyer's inputs that passes through or ends at every node: row ``R[buyer, :]``.

        Only nodes with a score are followed; others carry no exposure.
        """
        weights = np.zeros(len(self.network))
        weights[self.network.number(buyer)] = 1.0
        passed = ordering(self.network).solve_transposed(weights, self._live)
        return np.where(self.scores > 0, passed, 0.0)

    def attribution(self, buyer: str) -> dict[str, float]:
        """What every flagged node contributes to a buyer's score; the parts sum to the score.

        Returns
        -------
        dict of str to float
            Flagged node to share of the buyer's inputs, largest first, zeros left out: ``a = R[b, f] s[f]``.
        """
        return self._ranked(self.passing(buyer) * self.network.strength)

    def leverage(self, buyer: str, k: int = 100) -> dict[str, float]:
        """By how much a buyer's score falls if a node became clean, its own flag and all traced through it.

        ``L = R[b, x] e[x] / R[x, x]`` (Sherman-Morrison for one row of the system set to zero).

        Parameters
        ----------
        buyer : str
            Whose score.
        k : int
            How many nodes, those with the largest leverage; at least 1.

        Returns
        -------
        dict of str to float
            Node to fall of the score, largest first, the buyer itself left out.

        Raises
        ------
        InputError
            ``k`` is below 1.
        """
        if k < 1:
            raise InputError(f"k is {k}; ask for at least 1 node")
        flow = self.passing(buyer) * self.scores
        flow[self.network.number(buyer)] = 0.0
        nodes: Ints = np.flatnonzero(flow > 0)
        value = flow[nodes] / ordering(self.network).return_factor(nodes, self._live)
        spread = np.zeros(len(self.network))
        spread[nodes] = value
        return dict(list(self._ranked(spread).items())[:k])

    def _ranked(self, values: Floats) -> dict[str, float]:
        found = np.flatnonzero(values > 0)
        names = self.network.ids
        ranked = sorted(((float(values[i]), names[i]) for i in found), key=lambda pair: (-pair[0], pair[1]))
        return {name: value for value, name in ranked}


def ordering(network: SupplyNetwork) -> Ordering:
    """Elimination order of a network, made once and kept with it."""
    if "ordering" not in network._cache:  # noqa: SLF001  the network keeps what belongs to its links
        network._cache["ordering"] = Ordering(network.inputs)  # noqa: SLF001
    result: Ordering = network._cache["ordering"]  # noqa: SLF001
    return result


@score(Kind.RISK, "share of inputs, 0..1")
def traced_share(network: SupplyNetwork, decay: float = 1.0, tolerance: float = 1e-12) -> TracedShare:
    """Trace every buyer's inputs upstream in proportion to known shares.

    Formula
    -------
    e = s + d (1 - s) (P^T e), least fixpoint from 0, that is e = R s

    Sentence
    --------
    Tracing a brand's purchases upstream in proportion to known shares, this part of them is expected to end at a
    flagged site.

    Pitfall
    -------
    A flag absorbs: what is traced to a flagged site stops there, so a flag behind another is not counted twice. (The
    plain Leontief inverse ``(I - P^T)^-1 s`` counts it twice and can exceed 1.) It is a share of inputs by known
    or assumed shares; it is not a probability that a given product was made with forced labour, and 0 is not "clean".

    Parameters
    ----------
    network : SupplyNetwork
        Shares of every buyer sum to at most 1.
    decay : float
        Factor a hop, 0..1. Bounds and composition are defined for 1 only.
    tolerance : float
        Largest residual ``|e - s - d (1 - s) P^T e|`` that is accepted; greater than 0.

    Returns
    -------
    TracedShare
        Scores of all nodes.

    Raises
    ------
    InputError
        Shares of a buyer sum to more than 1, or a parameter is out of range.
    ConvergenceError
        The residual exceeds the tolerance.

    References
    ----------
    Leontief's quantity model with absorbing nodes; leverage after Sherman and Morrison (1950).
    """
    parameters = ScoreParameters(decay=decay, tolerance=tolerance)
    network.require_shares()
    constant, scale = network.strength, decay * (1 - network.strength)
    scores, residual = _checked(network, constant, scale, tolerance)
    return TracedShare(network, parameters, scores, Convergence(0, residual))


def solve(network: SupplyNetwork, constant: Floats, scale: Floats, tolerance: float = 1e-12) -> Floats:
    """Least fixpoint of ``x = constant + scale (P^T x)`` over a network, checked against ``tolerance``."""
    return _checked(network, constant, scale, tolerance)[0]


def _checked(network: SupplyNetwork, constant: Floats, scale: Floats, tolerance: float) -> tuple[Floats, float]:
    """The fixpoint and its residual."""
    solution = ordering(network).solve(constant, scale)
    residual = np.abs(solution - constant - scale * (network.inputs @ solution))
    worst = float(residual.max(initial=0.0))
    if not worst <= tolerance:
        raise ConvergenceError(f"residual {worst:.3g} is above the tolerance {tolerance:g}", worst)
    # Rounding can end above 1 without any residual: a closed cycle with several links from a site to itself.
    return np.clip(solution, 0.0, 1.0, out=solution), worst

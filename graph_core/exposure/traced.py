"""Traced exposure share: what part of a buyer's inputs ends at flagged sites when traced upstream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from graph_core.errors import ConvergenceError, InputError
from graph_core.exposure.ordering import LARGE, Passage, Upstream, ordering
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
    def upstream(self) -> Upstream:
        """What reaches single nodes, for these flags."""
        return ordering(self.network).upstream(self.scale, self.scores)

    @property
    def left_out(self) -> float:
        """Part of a score, 0..1, that need not be followed where people wait: 0 but where one cycle joins thousands."""
        return 0.01 if ordering(self.network).largest > LARGE else 0.0

    def passage(self, buyer: str, missing: float = 0.0) -> Passage:
        """What of a buyer's inputs passes through or ends at every node with a score: row ``R[buyer, :]``.

        Parameters
        ----------
        buyer : str
            Whose inputs.
        missing : float
            Part of the buyer's score, 0..1, that need not be followed; what was not is stated in the result. Following
            all of it takes seconds where a cycle joins hundreds of thousands of parties.

        Raises
        ------
        InputError
            ``missing`` is out of range.
        """
        _check_missing(missing)
        number = self.network.number(buyer)
        goal = missing * float(self.scores[number])
        # Several questions about one buyer come one after the other.
        last = self._last.get("passage")
        if last is None or last[0] != (number, goal):
            last = self._last["passage"] = (number, goal), self.upstream.passage(number, goal)
        return last[1]

    @cached_property
    def _last(self) -> dict[str, tuple[tuple[int, float], Passage]]:
        return {}

    def passing(self, buyer: str) -> Floats:
        """Share of a buyer's inputs that passes through or ends at every node: row ``R[buyer, :]``.

        Only nodes with a score are followed; others carry no exposure.
        """
        passage = self.passage(buyer)
        passed = np.zeros(len(self.network))
        passed[passage.nodes] = passage.mass
        return passed

    def attribution(self, buyer: str, missing: float = 0.0) -> Parts:
        """What every flagged node contributes to a buyer's score; the parts and what is missing sum to the score.

        Parameters
        ----------
        buyer : str
            Whose score.
        missing : float
            Part of the score, 0..1, that need not be attributed, see `passage`.

        Returns
        -------
        Parts
            Flagged node to share of the buyer's inputs, largest first, zeros left out: ``a = R[b, f] s[f]``.
        """
        passage = self.passage(buyer, missing)
        shares = passage.mass * self.network.strength[passage.nodes]
        return Parts(self._ranked(passage.nodes, shares), passage.missing)

    def attributions(self, buyers: Sequence[str], missing: float = 0.02) -> Attributions:
        """Attribution of many buyers at once, each with at most ``missing`` of its score left out.

        Returns
        -------
        Attributions
            One row a buyer.
        """
        _check_missing(missing)
        numbers = np.array([self.network.number(buyer) for buyer in buyers], dtype=np.int64)
        goals = missing * self.scores[numbers]
        found = self.upstream.passages(numbers, goals)
        strength = self.network.strength
        ends = [passage.nodes[strength[passage.nodes] > 0] for passage in found]
        shares = [p.mass[strength[p.nodes] > 0] * strength[end] for p, end in zip(found, ends, strict=True)]
        indptr = np.concatenate([[0], np.cumsum([len(end) for end in ends])])
        matrix = sparse.csr_array(
            (np.concatenate([np.zeros(0), *shares]), np.concatenate([np.zeros(0, np.int64), *ends]), indptr),
            shape=(len(buyers), len(self.network)),
        )
        return Attributions(list(buyers), matrix, np.array([passage.missing for passage in found]))

    def leverage(self, buyer: str, k: int = 100, missing: float | None = None) -> Leverage:
        """By how much a buyer's score falls if a node became clean, its own flag and all traced through it.

        ``L = R[b, x] e[x] / R[x, x]`` (Sherman-Morrison for one row of the system set to zero). Exact, but where a
        cycle joins more than 2,000 parties: there a lower bound is given, and the gap up to the upper one.

        Parameters
        ----------
        buyer : str
            Whose score.
        k : int
            How many nodes, those with the largest leverage; at least 1.
        missing : float, optional
            Part of the score that need not be followed, 0..1; `left_out` by default.

        Returns
        -------
        Leverage
            Node to fall of the score, largest first, the buyer itself left out.

        Raises
        ------
        InputError
            ``k`` is below 1, or ``missing`` out of range.
        """
        if k < 1:
            raise InputError(f"k is {k}; ask for at least 1 node")
        passage = self.passage(buyer, self.left_out if missing is None else missing)
        flow = passage.mass * self.scores[passage.nodes]
        flow[passage.nodes == self.network.number(buyer)] = 0.0
        chosen, low, high, others = self._largest(passage.nodes, flow, k)
        top = min(1.0, self[buyer])
        most = np.maximum(np.minimum(high + passage.missing, top), low)
        kept = dict(list(self._ranked(chosen, low).items())[:k])
        at_most = dict(zip((self.network.ids[i] for i in chosen.tolist()), most.tolist(), strict=True))
        others = max([min(others + passage.missing, top), *(at_most[node] for node in at_most.keys() - kept)])
        return Leverage(kept, {node: at_most[node] - low for node, low in kept.items()}, passage.missing, others)

    def _largest(self, nodes: Ints, flow: Floats, k: int) -> tuple[Ints, Floats, Floats, float]:
        """Nodes that may be among the k with the largest leverage, its bounds in what was followed, and of the rest."""
        order = np.argsort(-flow, kind="stable")
        order = order[flow[order] > 0]
        chosen, low, high = order[:0], np.zeros(0), np.zeros(0)
        for begin in range(0, len(order), k):  # flow is above leverage: the rest is out once it is below the k-th
            if len(low) >= k and flow[order[begin]] < np.partition(low, -k)[-k]:
                break
            more = order[begin : begin + k]
            least, most = self.upstream.return_factor(nodes[more])
            chosen = np.concatenate([chosen, more])
            low, high = np.concatenate([low, flow[more] / most]), np.concatenate([high, flow[more] / least])
        rest = order[len(chosen) :]
        return nodes[chosen], low, high, float(flow[rest].max(initial=0.0))

    def _ranked(self, nodes: Ints, values: Floats) -> dict[str, float]:
        names = self.network.ids
        pairs = ((value, names[i]) for value, i in zip(values.tolist(), nodes.tolist(), strict=True) if value > 0)
        return {name: value for value, name in sorted(pairs, key=lambda pair: (-pair[0], pair[1]))}


class Parts(dict[str, float]):
    """Shares of a score by node, largest first.

    Attributes
    ----------
    missing : float
        Part of the score, on its own scale, that was not followed; 0 where everything was.
    """

    def __init__(self, shares: dict[str, float], missing: float = 0.0) -> None:
        super().__init__(shares)
        self.missing = missing


class Leverage(dict[str, float]):
    """Fall of a score by node, at least; largest first.

    Attributes
    ----------
    gap : dict of str to float
        By how much more it may fall, of each node; 0 where the figure is exact.
    missing : float
        Part of the score that was not followed.
    others : float
        No node that is left out has a leverage above this.
    """

    def __init__(self, falls: dict[str, float], gap: dict[str, float], missing: float, others: float) -> None:
        super().__init__(falls)
        self.gap, self.missing, self.others = gap, missing, others


@dataclass(frozen=True, eq=False)
class Attributions:
    """Attribution of many buyers.

    Attributes
    ----------
    buyers : list of str
        Whose scores.
    shares : sparse array, shape (buyers, nodes)
        Share of the buyer's inputs that ends at every flagged node.
    missing : array of float
        Part of each score that was not followed; a row and its missing part sum to the score.
    """

    buyers: list[str]
    shares: sparse.csr_array
    missing: Floats


def _check_missing(missing: float) -> None:
    if not 0 <= missing <= 1:
        raise InputError(f"missing is {missing}; it is a part of the score and has to lie in 0..1")


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
    solution, worst = ordering(network).solve_checked(constant, scale)
    if not worst <= tolerance:
        raise ConvergenceError(f"residual {worst:.3g} is above the tolerance {tolerance:g}", worst)
    # Rounding can end above 1 without any residual: a closed cycle with several links from a site to itself.
    return np.clip(solution, 0.0, 1.0, out=solution), worst

"""Scores that look at chains, not at volumes: the strongest one, the shortest one, and those up to some length."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csgraph

from graph_core.exposure.scores import Kind, NodeScores, score
from graph_core.network import SupplyNetwork
from graph_core.paths import strongest
from graph_core.score_parameters import ScoreParameters


@score(Kind.RISK, "strength of one chain, 0..1")
def strongest_path(network: SupplyNetwork) -> NodeScores:
    """Score of the best single chain from a flagged party.

    Formula
    -------
    max over simple paths of s[f] x product of P along the path

    Sentence
    --------
    The best evidenced single chain from a flagged site to this party has this score.

    Pitfall
    -------
    It ignores how many other chains there are and how much comes over them: one strong chain beside a hundred without a
    flag scores as high as one among a hundred with flags. It is no probability and no share of inputs.

    Parameters
    ----------
    network : SupplyNetwork
        Shares of a buyer may sum to more than 1; parallel links add up, to 1 at most.

    Returns
    -------
    NodeScores
        0..1 for every node; a flagged node has at least its own strength.

    References
    ----------
    Dijkstra (1959) on ``-log P``, from a virtual party that delivers s[f] to every flagged f.
    """
    return NodeScores(network, "strongest_path", ScoreParameters(), strongest(network).copy())


@score(Kind.DISTANCE, "hops, 0 or more; infinite where no flag is upstream")
def hops(network: SupplyNetwork) -> NodeScores:
    """Hops from the nearest flagged party.

    Formula
    -------
    min over flagged f of the number of links with P > 0 on a path from f; infinite where there is no path

    Sentence
    --------
    The nearest flagged party is this many links upstream of this one.

    Pitfall
    -------
    It says nothing of volume: a crumb over one link is nearer than half of all inputs over two. A link that hides
    traders counts as one, so the true distance is at least this. Infinite means that no chain is known.

    Parameters
    ----------
    network : SupplyNetwork
        Shares of a buyer may sum to more than 1.

    Returns
    -------
    NodeScores
        Hops of every node; 0 for a flagged one, infinite where no flag is upstream.

    References
    ----------
    Breadth-first search from all flagged parties at once.
    """
    flagged = np.flatnonzero(network.strength > 0)
    distance = np.full(len(network), np.inf)
    if len(flagged):
        distance = csgraph.dijkstra(network.inputs.T, indices=flagged, unweighted=True, min_only=True)
    return NodeScores(network, "hops", ScoreParameters(), distance)


@score(Kind.RISK, "share of inputs, 0..1")
def within_hops(network: SupplyNetwork, horizon: int = 3, decay: float = 1.0) -> NodeScores:
    """Traced exposure share of chains of a few hops only.

    Formula
    -------
    sum over k = 0..H of M^k s

    Sentence
    --------
    Tracing purchases upstream in proportion to known shares, this part is expected to end at a flagged site within H
    hops.

    Pitfall
    -------
    What lies further upstream counts as nothing, and where a hop begins depends on who is named: traders between two
    parties push a flag beyond the horizon. It rises to the traced share as H grows.

    Parameters
    ----------
    network : SupplyNetwork
        Shares of every buyer sum to at most 1.
    horizon : int
        H, hops that are followed; 0 leaves a party's own flag.
    decay : float
        Factor a hop, 0..1.

    Returns
    -------
    NodeScores
        0..1 for every node.

    Raises
    ------
    InputError
        Shares of a buyer sum to more than 1, or a parameter is out of range.

    References
    ----------
    The Neumann series of the traced share (Leontief's rounds of purchases), cut after H terms.
    """
    parameters = ScoreParameters(horizon=horizon, decay=decay)
    network.require_shares()
    scale = decay * (1 - network.strength)
    reached = network.strength
    for _ in range(horizon):
        reached = network.strength + scale * (network.inputs @ reached)
    return NodeScores(network, "within_hops", parameters, np.clip(reached, 0.0, 1.0))

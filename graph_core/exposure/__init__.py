"""Scores that propagate along a supply network, and what explains them."""

from graph_core.exposure.chains import hops, strongest_path, within_hops
from graph_core.exposure.chance import cascade, noisy_or
from graph_core.exposure.disruption import Need, debtrank, esri
from graph_core.exposure.scores import SCORES, NodeScores
from graph_core.exposure.traced import TracedShare, traced_share

__all__ = [
    "SCORES",
    "Need",
    "NodeScores",
    "TracedShare",
    "cascade",
    "debtrank",
    "esri",
    "hops",
    "noisy_or",
    "strongest_path",
    "traced_share",
    "within_hops",
]

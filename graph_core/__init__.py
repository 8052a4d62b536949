"""Supplier-network graph explorer for forced-labour and human-rights due diligence."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph_core.chokepoints import Cut, Dominators, dominators, engagement_costs, minimum_cut
    from graph_core.exposure import (
        SCORES,
        Need,
        NodeScores,
        TracedShare,
        cascade,
        debtrank,
        esri,
        hops,
        noisy_or,
        strongest_path,
        traced_share,
        within_hops,
    )
    from graph_core.network import SupplyNetwork
    from graph_core.paths import Path, top_paths
    from graph_core.tiers import Tiers, tiers_of

__all__ = [
    "SCORES",
    "Cut",
    "Dominators",
    "Need",
    "NodeScores",
    "Path",
    "SupplyNetwork",
    "Tiers",
    "TracedShare",
    "cascade",
    "debtrank",
    "dominators",
    "engagement_costs",
    "esri",
    "hops",
    "minimum_cut",
    "noisy_or",
    "strongest_path",
    "tiers_of",
    "top_paths",
    "traced_share",
    "within_hops",
]

#: Where the public names live.
_HOME = {
    "graph_core.chokepoints": (
        "Cut",
        "Dominators",
        "dominators",
        "engagement_costs",
        "minimum_cut",
    ),
    "graph_core.exposure": (
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
    ),
    "graph_core.network": ("SupplyNetwork",),
    "graph_core.paths": (
        "Path",
        "top_paths",
    ),
    "graph_core.tiers": (
        "Tiers",
        "tiers_of",
    ),
}


def __getattr__(name: str) -> Any:
    """Import the public names on first use: ``tiertrace --help`` must not wait for scipy."""
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Supplier-network graph explorer for forced-labour and human-rights due diligence."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph_core.chokepoints import Cut, Dominators, dominators, engagement_costs, minimum_cut
    from graph_core.exposure import TracedShare, traced_share
    from graph_core.network import SupplyNetwork
    from graph_core.paths import Path, top_paths
    from graph_core.tiers import Tiers, tiers_of

__all__ = [
    "Cut",
    "Dominators",
    "Path",
    "SupplyNetwork",
    "Tiers",
    "TracedShare",
    "dominators",
    "engagement_costs",
    "minimum_cut",
    "tiers_of",
    "top_paths",
    "traced_share",
]

_HOME = {
    "SupplyNetwork": "graph_core.network",
    "TracedShare": "graph_core.exposure",
    "traced_share": "graph_core.exposure",
    "Path": "graph_core.paths",
    "top_paths": "graph_core.paths",
    "Cut": "graph_core.chokepoints",
    "Dominators": "graph_core.chokepoints",
    "dominators": "graph_core.chokepoints",
    "engagement_costs": "graph_core.chokepoints",
    "minimum_cut": "graph_core.chokepoints",
    "Tiers": "graph_core.tiers",
    "tiers_of": "graph_core.tiers",
}


def __getattr__(name: str) -> Any:
    """Import the public names on first use: ``tiertrace --help`` must not wait for scipy."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)

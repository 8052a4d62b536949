"""Supplier-network graph explorer for forced-labour and human-rights due diligence."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

__all__ = [
    "SCORES",
    "Need",
    "NodeScores",
    "Path",
    "SupplyNetwork",
    "TracedShare",
    "cascade",
    "debtrank",
    "esri",
    "hops",
    "noisy_or",
    "strongest_path",
    "top_paths",
    "traced_share",
    "within_hops",
]

_HOME = {
    "SupplyNetwork": "graph_core.network",
    "Path": "graph_core.paths",
    "top_paths": "graph_core.paths",
    "SCORES": "graph_core.exposure",
    "Need": "graph_core.exposure",
    "NodeScores": "graph_core.exposure",
    "TracedShare": "graph_core.exposure",
    "cascade": "graph_core.exposure",
    "debtrank": "graph_core.exposure",
    "esri": "graph_core.exposure",
    "hops": "graph_core.exposure",
    "noisy_or": "graph_core.exposure",
    "strongest_path": "graph_core.exposure",
    "traced_share": "graph_core.exposure",
    "within_hops": "graph_core.exposure",
}


def __getattr__(name: str) -> Any:
    """Import the public names on first use: ``tiertrace --help`` must not wait for scipy."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)

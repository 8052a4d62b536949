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

_ELSEWHERE = {
    "SupplyNetwork": "graph_core.network",
    "Path": "graph_core.paths",
    "top_paths": "graph_core.paths",
}


def __getattr__(name: str) -> Any:
    """Import the public names on first use: ``tiertrace --help`` must not wait for scipy."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_ELSEWHERE.get(name, "graph_core.exposure")), name)

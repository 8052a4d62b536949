"""A small fictional network with hostile names, read and derived for real, without a store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from graph_core.day import Day, Parameters
from graph_core.derive import derive
from graph_core.graph import Graph
from loaders.base import Options, silent
from loaders.registry import get

NETWORK = Path(__file__).parent / "network"


@dataclass
class Said:
    """One reading as derive takes it."""

    source: dict[str, Any]
    seq: int
    frames: dict[str, Any]


class GraphWorkspace:
    """What the app reads, over a graph in memory."""

    behind = False

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._days: dict[Parameters, Day] = {}

    def graph(self) -> Graph:
        return self._graph

    def day(self, parameters: Parameters) -> Day:
        return self._days.setdefault(parameters, Day(self._graph, parameters))

    def sources(self) -> list[dict[str, Any]]:
        rows = self._graph["Source"]
        found = rows.astype(object).where(rows.notna(), None).to_dict("records")
        return [{str(key): value for key, value in row.items()} for row in found]

    def close(self) -> None:
        self._days.clear()


def read_network(folder: Path) -> Graph:
    """Load a folder of tables into a graph in memory."""
    readings = get("tables").read(folder, Options(), silent)
    return derive([Said(dict(r.source), seq, r.records) for seq, r in enumerate(readings, start=1)])


@pytest.fixture(scope="session")
def graph() -> Graph:
    return read_network(NETWORK)


@pytest.fixture
def workspace(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> Iterator[GraphWorkspace]:
    """Let the app read the test network."""
    from graph_core.ui import state

    shown = GraphWorkspace(graph)
    monkeypatch.setattr(state, "open_workspace", lambda: shown)
    st.cache_resource.clear()
    yield shown
    st.cache_resource.clear()

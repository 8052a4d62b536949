"""A small fictional network with hostile names, read and derived for real, without a store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st

from graph_core.day import Day, Parameters
from graph_core.derive import derive
from graph_core.graph import Graph
from graph_core.settings import Settings
from loaders.base import Options, silent
from loaders.registry import get

NETWORK = Path(__file__).parent / "network"


@dataclass
class Said:
    """One reading as derive takes it."""

    source: dict[str, Any]
    seq: int
    frames: dict[str, Any]


class Records:
    """A store that holds records of people, and nothing else."""

    def __init__(self) -> None:
        self.sets: dict[str, Said] = {}

    def read_records(self, source: str) -> list[Said]:
        return [self.sets[source]] if source in self.sets else []

    def version(self) -> SimpleNamespace:
        return SimpleNamespace(records=len(self.sets), derived=len(self.sets))


class GraphWorkspace:
    """What the app reads, over a graph in memory."""

    def __init__(self, graph: Graph, home: Path = Path("/nonexistent"), said: Sequence[Any] = ()) -> None:
        self._graph = graph
        self._said = said
        self.settings = Settings(home=home, neo4j_uri="")
        self.store = Records()
        self._days: dict[Parameters, Day] = {}

    def graph(self) -> Graph:
        return self._graph

    def held(self) -> Graph:
        return self._graph

    def behind(self) -> bool:
        return False

    def day(self, parameters: Parameters, *, held: bool = False) -> Day:
        return self._days.setdefault(parameters, Day(self._graph, parameters))

    def sources(self) -> list[dict[str, Any]]:
        rows = self._graph["Source"]
        found = rows.astype(object).where(rows.notna(), None).to_dict("records")
        return [{str(key): value for key, value in row.items()} for row in found]

    def records(self, source: str | None = None) -> list[Any]:
        return [one for one in self._said if source in (None, one.source["id"])]

    def close(self) -> None:
        self._days.clear()


def read_records(folder: Path) -> list[Said]:
    """Read what a folder of tables says."""
    readings = get("tables").read(folder, Options(), silent)
    return [Said(dict(r.source), seq, r.records) for seq, r in enumerate(readings, start=1)]


def read_network(folder: Path) -> Graph:
    """Load a folder of tables into a graph in memory."""
    return derive(read_records(folder))


@pytest.fixture(scope="session")
def records() -> list[Said]:
    return read_records(NETWORK)


@pytest.fixture(scope="session")
def graph(records: list[Said]) -> Graph:
    return derive(records)


@pytest.fixture
def workspace(
    graph: Graph, records: list[Said], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[GraphWorkspace]:
    """Let the app read the test network."""
    from graph_core.ui import state

    shown = GraphWorkspace(graph, tmp_path, records)
    monkeypatch.setattr(state, "open_workspace", lambda: shown)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield shown
    st.cache_resource.clear()

"""What people keep beside the graph, as pages read it: snapshots, plans and decisions, read again only when changed."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import streamlit as st

from graph_core import plans, provenance, review
from graph_core.errors import NotFoundError
from graph_core.graph import Graph
from graph_core.plans import Action
from graph_core.resolve.judgements import SOURCE_ID
from graph_core.snapshot import since as comparing
from graph_core.snapshot import verify
from graph_core.snapshot.since import Since
from graph_core.snapshot.verify import SnapshotManifest
from graph_core.ui import state
from graph_core.workspace import RecordSet

#: Answers that are remembered.
_MOST = 32


def since(view: state.View) -> Since | None:
    """The verified snapshot that the figures of a view are compared with, see `graph_core.snapshot.since.since`."""
    home = Path(state.workspace().settings.home)
    parameters = json.dumps(view.parameters.as_dict(), sort_keys=True)
    return _since(str(home), comparing.fingerprint(home), view.as_of, parameters)


@st.cache_resource(show_spinner=False, max_entries=_MOST)
def _since(home: str, files: tuple[tuple[str, int, int], ...], as_of: str, parameters: str) -> Since | None:
    return comparing.since(_verified(home, files), as_of, json.loads(parameters))


@st.cache_resource(show_spinner=False, max_entries=_MOST)
def _verified(home: str, files: tuple[tuple[str, int, int], ...]) -> list[SnapshotManifest]:  # noqa: ARG001 - a key
    return comparing.verified(Path(home))


def snapshots() -> tuple[list[SnapshotManifest], list[str]]:
    """Snapshots of the home and folders there that are none, see `graph_core.snapshot.verify.snapshots`."""
    home = Path(state.workspace().settings.home)
    return _snapshots(str(home), comparing.fingerprint(home))


@st.cache_resource(show_spinner=False, max_entries=2)
def _snapshots(
    home: str,
    files: tuple[tuple[str, int, int], ...],  # noqa: ARG001 - a key
) -> tuple[list[SnapshotManifest], list[str]]:
    return verify.snapshots(Path(home))


def actions() -> list[Action]:
    """All actions as they were written down last."""
    return plans.actions(recorded())


def recorded() -> RecordSet | None:
    """All plans of the store; ``None`` where there are none."""
    workspace = state.workspace()
    return _recorded(str(workspace.settings.home), workspace.store.version().records)


@st.cache_resource(show_spinner=False, max_entries=_MOST)
def _recorded(home: str, version: int) -> RecordSet | None:  # noqa: ARG001 - keys
    return plans.recorded(state.workspace().store)


def judgements() -> pd.DataFrame:
    """Decisions on who is who that count now (`graph_core.review.decisions`), in the order in which they were made."""
    workspace = state.workspace()
    return _judgements(str(workspace.settings.home), workspace.store.version().records)


@st.cache_resource(show_spinner=False, max_entries=2)
def _judgements(home: str, version: int) -> pd.DataFrame:  # noqa: ARG001 - keys
    made = review.decisions(state.workspace().store.read_records(SOURCE_ID))
    return made.sort_values("line", kind="stable", ignore_index=True)


def statements(graph: Graph, *ids: str) -> list[pd.DataFrame]:
    """All that any source said about each of some parties and findings (`graph_core.provenance.statements`)."""
    workspace = state.workspace()
    return _statements(str(workspace.settings.home), workspace.store.version().records, graph.version, ids, graph)


@st.cache_resource(show_spinner="Reading what every source said", max_entries=_MOST)
def _statements(
    home: str,  # noqa: ARG001 - a key
    version: int,  # noqa: ARG001 - a key
    believed: int,  # noqa: ARG001 - a key
    ids: tuple[str, ...],
    _graph: Graph,
) -> list[pd.DataFrame]:
    said = state.workspace().records()
    return [_statements_of(said, _graph, one) for one in ids]


def _statements_of(said: list[RecordSet], graph: Graph, identity: str) -> pd.DataFrame:
    try:
        return provenance.statements(said, graph, identity)
    except NotFoundError:
        return pd.DataFrame(columns=list(provenance.COLUMNS))

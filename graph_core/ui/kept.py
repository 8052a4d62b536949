"""What people keep beside the graph, as pages read it: snapshots and actions, read again only when they changed."""

from __future__ import annotations

import json
from pathlib import Path

import streamlit as st

from graph_core import plans
from graph_core.plans import Action
from graph_core.snapshot import since as comparing
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

"""Which brands' figures something changed: looked at before and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graph_core.belief import load_graph
from graph_core.day import Day, Parameters
from graph_core.exposure.changes import changed_brands
from graph_core.graph import Graph
from graph_core.settings import Settings
from graph_core.store.base import Store
from graph_core.workspace import Workspace

Changes = list[dict[str, Any]]


def watch(store: Store, settings: Settings, as_of: str, *, findings: bool) -> Callable[[bool], Changes | None]:
    """Look at the figures of a day before something changes.

    Parameters
    ----------
    store : Store
        Open for writing.
    settings : Settings
        Whose store it is.
    as_of : str
        The day, ISO.
    findings : bool
        Whether what comes is, or takes away, findings. Else it is watched only where the store holds findings.

    Returns
    -------
    callable
        To be called afterwards with whether anything changed: the brands whose figures did
        (`graph_core.exposure.changes.changed_brands`); ``None`` where there was nothing to compare with.
    """

    def believed() -> Graph:
        return load_graph(store, settings.home, Workspace(settings).writing)

    held = store.held()
    if not held or not (findings or any(entry.rows.get("findings") for entry in held)):
        return lambda _changed: None
    before = believed()
    if not before["Organization"]["brand"].fillna(False).any():
        return lambda _changed: None

    def after(changed: bool) -> Changes | None:
        if not changed:
            return []
        parameters = Parameters(as_of)
        return changed_brands(Day(before, parameters).table, Day(believed(), parameters).table)

    return after


def from_nothing(row: dict[str, Any]) -> bool:
    """Whether all that changed is that figures which were not known are 0 now: the first list that was loaded."""
    return all(row["before"][figure] is None and not row["after"][figure] for figure in row["before"])

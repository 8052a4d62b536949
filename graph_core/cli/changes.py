"""Which brands' figures a command changed: looked at before and after, and told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from graph_core.cli import common
from graph_core.cli.common import Format

if TYPE_CHECKING:
    from graph_core.settings import Settings
    from graph_core.store.base import Store

Changes = list[dict[str, Any]]
#: Brands that are named beside the table of another command.
_NAMED = 10


def watch(store: Store, settings: Settings, *, findings: bool) -> Callable[[bool], Changes | None]:
    """Look at the figures of today before something changes.

    Parameters
    ----------
    store : Store
        Open for writing.
    settings : Settings
        Whose store it is.
    findings : bool
        Whether what comes is, or takes away, findings. Else it is watched only where the store holds findings.

    Returns
    -------
    callable
        To be called afterwards with whether anything changed: the brands whose figures did
        (`graph_core.exposure.changes.changed_brands`); ``None`` where there was nothing to compare with.
    """
    from graph_core.belief import load_graph
    from graph_core.day import Day, Parameters
    from graph_core.exposure.changes import changed_brands
    from graph_core.graph import Graph
    from graph_core.workspace import Workspace

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
        parameters = Parameters(common.today())
        return changed_brands(Day(before, parameters).table, Day(believed(), parameters).table)

    return after


def tell(found: Changes | None) -> None:
    """Name the brands whose figures changed, beside the table of a command."""
    if found is None:
        return
    known = [row for row in found if not _first_nothing(row)]
    if len(found) > len(known):
        common.say(
            f"{len(found) - len(known):,} brands have figures now; as of today no flag reaches them "
            "(`tiertrace exposure --as-of DATE` shows another day)"
        )
    elif not found:
        common.say("no brand's figures as of today changed")
    if known:
        common.say("figures as of today that changed:")
    for row in known[:_NAMED]:
        told = [
            f"{figure} {_shown(figure, row['before'][figure])} -> {_shown(figure, row['after'][figure])}"
            for figure in row["before"]
        ]
        common.say(f"  {row['brand']['name']}: {', '.join(told)}")
    if len(known) > _NAMED:
        common.say(f"  ... and {len(known) - _NAMED:,} more brands")


def _first_nothing(row: dict[str, Any]) -> bool:
    """Whether all that changed is that figures which were not known are 0 now: the first list that was loaded."""
    return all(row["before"][figure] is None and not row["after"][figure] for figure in row["before"])


def print_changed(found: Sequence[dict[str, Any]], output: Format) -> None:
    """Print which brands changed (`graph_core.exposure.changes.changed_brands`), one row a figure."""
    rows = [
        [row["brand"]["name"], figure, _figure(figure, row["before"][figure]), _figure(figure, row["after"][figure])]
        for row in found
        for figure in row["before"]
    ]
    common.print_rows(["brand", "figure", "before", "after"], rows, output)


def _shown(name: str, value: float | None) -> str:
    return _figure(name, value) or "none"


def _figure(name: str, value: float | None) -> str | None:
    if value is None:
        return None
    return str(value) if name == "waiting_reviews" else common.percent(value)

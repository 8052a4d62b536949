"""Telling which brands' figures a command changed (`graph_core.changes`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from graph_core.cli import common
from graph_core.cli.common import Format

if TYPE_CHECKING:
    from graph_core.changes import Changes

#: Brands that are named beside the table of another command.
_NAMED = 10


def tell(found: Changes | None) -> None:
    """Name the brands whose figures changed, beside the table of a command."""
    from graph_core.changes import from_nothing

    if found is None:
        return
    known = [row for row in found if not from_nothing(row)]
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

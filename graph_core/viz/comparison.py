"""Figures side by side: a brand before and after a scenario, or in two snapshots, as rows that a reader can check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]

#: Figures in the order in which they are shown, with their words.
FIGURES = {
    "score": "Flagged",
    "lower": "Lower bound",
    "upper": "Upper bound",
    "composition.unmapped": "Unmapped",
    "composition.unflagged": "Map ends, no flag",
    "coverage": "Coverage",
    "assumed_share": "Rests on equal split",
    "documented_only": "Flagged, documents alone",
}
#: Figures that are absent where nobody stated a coverage.
UNSTATED = ("lower", "upper", "coverage")


def figure(figures: Row, key: str) -> float | None:
    """One of `FIGURES`, 0..1; ``None`` where it is not known."""
    value: Any = figures
    for part in key.split("."):
        value = None if value is None else value[part]
    return None if value is None else float(value)


def comparison_table(found: Sequence[Row]) -> tuple[list[str], list[list[Any]]]:
    """Every figure before and after some scenarios, as columns and rows.

    Parameters
    ----------
    found : sequence of dict
        Of one brand, as `graph_core.day.Day.what_if` gives them.
    """
    rows = [
        [one["scenario"]["name"], key, *(figure(one[side], key) for side in ("before", "after", "difference"))]
        for one in found
        for key in FIGURES
    ]
    return ["scenario", "figure", "before", "after", "difference"], rows

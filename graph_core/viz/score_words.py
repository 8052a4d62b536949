"""Values of any score in words, each in its own unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph_core.viz.text import count, percent


def value_words(row: Mapping[str, Any], kind: str, value: float | None) -> str:
    """Write a value of a score; why there is none, where there is none.

    Parameters
    ----------
    row : mapping
        One object of ``tiertrace exposure --format json`` by another score than the traced share.
    kind : str
        ``score``, or the evidence class that the value is of.
    value : float or None
        The value.
    """
    if "flag_upstream" not in row:
        return "no list in force"
    if value is None:
        return "not loaded" if row["flag_upstream"][kind] is None else "no flag upstream"
    if row["score_name"] == "hops":
        return count(int(value), "hop")
    # A chance that no sampled world shows is not a chance of 0.
    return "in no world" if not value and "standard_error" in row and row["flag_upstream"][kind] else percent(value)

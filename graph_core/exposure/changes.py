"""Which brands' figures differ between two graphs, such as before and after a retraction or a judgement."""

from __future__ import annotations

from typing import Any

from graph_core.exposure.table import ExposureTable
from graph_core.flags import CLASSES

#: Figures that are compared, in the order in which they are shown.
FIGURES = ("score", *CLASSES, "documented_only", "unmapped", "waiting_reviews")
#: Differences up to this are rounding.
_TOLERANCE = 1e-12


def changed_brands(before: ExposureTable, after: ExposureTable) -> list[dict[str, Any]]:
    """Name the brands whose figures changed.

    Parameters
    ----------
    before, after : ExposureTable
        Figures of the same day with the same parameters (`graph_core.day.Day.table`).

    Returns
    -------
    list of dict
        ``brand`` (id and name), ``before`` and ``after``: of each figure of `FIGURES` that changed its value, 0..1 or a
        number, ``None`` where it is not known. By the change of the score, largest first, then by name.
    """
    brands = {**_brands(before), **_brands(after)}
    found = []
    for brand, name in brands.items():
        old, new = _figures(before, brand), _figures(after, brand)
        differ = [figure for figure in FIGURES if _differs(old[figure], new[figure])]
        if differ:
            figures = {"before": {f: old[f] for f in differ}, "after": {f: new[f] for f in differ}}
            found.append({"brand": {"id": brand, "name": name}, **figures})
    return sorted(found, key=lambda row: (-_change(row), row["brand"]["name"], row["brand"]["id"]))


def _brands(table: ExposureTable) -> dict[str, str]:
    organizations = table.day.graph["Organization"]
    chosen = organizations[organizations["brand"].fillna(False)]
    return dict(zip(chosen["id"], chosen["name"], strict=True))


def _figures(table: ExposureTable, brand: str) -> dict[str, float | None]:
    """Figures of a brand by the vectors of the day, without what takes time for each brand."""
    none: dict[str, float | None] = dict.fromkeys(FIGURES)
    number = table.number.get(brand)
    if number is None or not len(table.day.rows_of(number)):
        return none | {"waiting_reviews": sum(table.waiting(brand))}
    classes = {kind: None if values is None else float(values[number]) for kind, values in table.classes.items()}
    figures = {
        "score": float(table.scored.scores[number]) if table.is_scored else None,
        "documented_only": float(table.documented_only[number]) if table.is_scored else None,
        "unmapped": float(table.unmapped[number]),
        "waiting_reviews": sum(table.waiting(brand)),
    }
    return none | classes | figures


def _differs(before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return before is not after
    return abs(before - after) > _TOLERANCE


def _change(row: dict[str, Any]) -> float:
    """By how much the score changed; a score that came or went counts as whole."""
    if "score" not in row["before"]:
        return 0.0
    before, after = row["before"]["score"], row["after"]["score"]
    return 1.0 if before is None or after is None else abs(after - before)

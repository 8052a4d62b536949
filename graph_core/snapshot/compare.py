"""Two snapshots, or one and the figures of now, side by side: what changed, as far as it can be compared at all.

A figure that was made with other parameters is another question, not a change: such figures stand beside each other
without a difference. What brought a change about is not told here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph_core.day import Day
from graph_core.snapshot.canon import DECIMALS, plain
from graph_core.snapshot.verify import SnapshotManifest
from graph_core.viz.comparison import FIGURES, figure

Row = dict[str, Any]

#: Figures that the parameter ``documented_only`` says nothing about.
_OF_DOCUMENTS = ("documented_only",)


@dataclass(frozen=True)
class Side:
    """Figures of one day, frozen or of now.

    Attributes
    ----------
    title : str
        What a reader calls it.
    as_of : str
        Day, YYYY-MM-DD.
    parameters : dict
        As in a manifest.
    code_version, input_hash : str
        What computed the figures, and what they rest on.
    exposures : list of dict
        Figures of every brand, as in ``exposure.json``.
    """

    title: str
    as_of: str
    parameters: Row
    code_version: str
    input_hash: str
    exposures: Sequence[Row]


def frozen(snapshot: SnapshotManifest) -> Side:
    """A snapshot as a side; its figures are read, not checked (`graph_core.snapshot.verify.verify`)."""
    body = snapshot.body
    rows = snapshot.document("exposure")
    return Side(snapshot.id[:12], snapshot.as_of, body["parameters"], body["code_version"], body["input_hash"], rows)


def now(day: Day, exposures: Sequence[Row]) -> Side:
    """A day of the store as it is now as a side.

    Parameters
    ----------
    day : Day
        The day with its filters.
    exposures : sequence of dict
        Its figures (`graph_core.day.Day.exposures`).
    """
    run = day.table.run
    parameters = plain(run["parameters"])
    return Side("now", day.parameters.as_of, parameters, run["code_version"], run["input_hash"], exposures)


def compare(before: Side, after: Side) -> Row:
    """Set two sides beside each other.

    Returns
    -------
    dict
        ``before`` and ``after`` (title and day), ``differ``: what is different about how they were made, each with
        ``what`` and both values; ``same_input``: whether they rest on the same data, ``same_code``; ``brands``: of
        those on both sides ``brand``, ``suppliers`` (both), and ``figures``: key of `graph_core.viz.comparison.FIGURES`
        to ``before``, ``after`` and ``difference``, 0..1, ``None`` where it is not known, or not comparable;
        ``only_before``, ``only_after``: brands of one side alone; ``comparable``: keys that can be compared.
    """
    differ = differences(before.parameters, after.parameters)
    kept = _comparable([row["what"] for row in differ])
    sides = [{row["brand"]["id"]: row for row in side.exposures} for side in (before, after)]
    both = [brand for brand in sides[1] if brand in sides[0]]
    rows = [_brand(sides[0][brand], sides[1][brand], kept) for brand in both]
    return {
        "before": {"title": before.title, "as_of": before.as_of},
        "after": {"title": after.title, "as_of": after.as_of},
        "differ": differ,
        "same_input": before.input_hash == after.input_hash,
        "same_code": before.code_version == after.code_version,
        "comparable": kept,
        "brands": sorted(rows, key=_largest_change_first),
        "only_before": [row["brand"] for brand, row in sides[0].items() if brand not in sides[1]],
        "only_after": [row["brand"] for brand, row in sides[1].items() if brand not in sides[0]],
    }


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Row]:
    """Parameters other than the day that differ; a policy counts by its content."""
    keys = sorted((before.keys() | after.keys()) - {"as_of"})
    pairs = [(key, before.get(key), after.get(key)) for key in keys]
    return [{"what": key, "before": old, "after": new} for key, old, new in pairs if old != new]


def _comparable(differ: Sequence[str]) -> list[str]:
    if not differ:
        return list(FIGURES)
    return list(_OF_DOCUMENTS) if set(differ) == {"documented_only"} else []


def _brand(before: Row, after: Row, comparable: Sequence[str]) -> Row:
    figures = {}
    for key in FIGURES:
        old, new = figure(before, key), figure(after, key)
        known = key in comparable and old is not None and new is not None
        figures[key] = {"before": old, "after": new, "difference": new - old if known else None}  # type: ignore[operator]
    return {"brand": after["brand"], "suppliers": [before["suppliers"], after["suppliers"]], "figures": figures}


def _largest_change_first(row: Row) -> tuple[float, str, str]:
    change = row["figures"]["score"]["difference"] or row["figures"]["documented_only"]["difference"] or 0.0
    return -round(abs(change), DECIMALS - 2), row["brand"]["name"], row["brand"]["id"]

"""Actions in a snapshot: who does what by when, what it is expected to change, and what the figures did since.

What a snapshot holds of it comes from the store and the day, so that the same store gives the same bytes in any home.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graph_core.day import Day
from graph_core.plans import Action
from graph_core.scenario import Scenario
from graph_core.snapshot.verify import snapshots

Row = dict[str, Any]


def action_rows(day: Day, actions: Sequence[Action], today: str) -> list[Row]:
    """Actions with the figures of their brands: those that are not ended first, by due day.

    Parameters
    ----------
    day : Day
        What the figures of now are of.
    actions : sequence of Action
        As they were written down last.
    today : str
        Day by which an action is overdue, ``YYYY-MM-DD``: today, or that of a snapshot.

    Returns
    -------
    list of dict
        What was written down, ``overdue``, ``warning`` (see `graph_core.scenario.Scenario.warning`), and
        ``figures``: of each brand the score ``recorded`` first, ``expected`` by the scenario, and ``now``, 0..1 or
        ``None`` where it is not known, with ``expected_change`` and ``change``, now less recorded. A change is one of
        the figure; what brought it about is another question. Before the day of the recorded figures there is none.
    """
    ranked = sorted(actions, key=lambda one: (one.ended, one.due or "9999", one.title, one.id))
    return [_row(day, action, today) for action in ranked]


def baseline(home: Path, day: Day, brands: Sequence[str]) -> Row | None:
    """Figures of brands to compare an action with later.

    Parameters
    ----------
    home : Path
        Whose snapshots are looked at.
    day : Day
        The day on which the action is kept.
    brands : sequence of str
        Ids.

    Returns
    -------
    dict or None
        As in `graph_core.plans.Action.baseline`: figures of the newest snapshot up to the day that has the same
        parameters and all of the brands, else those of the day itself; ``None`` without a brand.
    """
    if not brands:
        return None
    parameters = day.table.run["parameters"]
    for snapshot in reversed(snapshots(home)[0]):
        same = {**snapshot.body["parameters"], "as_of": None} == {**parameters, "as_of": None}
        if same and snapshot.as_of <= day.parameters.as_of:
            frozen = {row["brand"]["id"]: row for row in snapshot.document("exposure")}
            if set(brands) <= set(frozen):
                return _first("snapshot", snapshot.id, snapshot.as_of, [frozen[brand] for brand in brands])
    rows = [day.table.exposure(brand) for brand in brands]
    return _first("day", day.table.run["id"], day.parameters.as_of, rows)


def _first(of: str, identity: str, as_of: str, rows: Sequence[Row]) -> Row:
    brands = [{**row["brand"], "score": row["score"]} for row in rows]
    return {"of": of, "id": identity, "as_of": as_of, "brands": brands}


def _row(day: Day, action: Action, today: str) -> Row:
    keys = ("id", "title", "owner", "due", "note", "begun_at", "kept_by", "kept_at")
    said = {key: getattr(action, key) for key in keys}
    recorded = _scores(action.baseline, "score")
    later = day.parameters.as_of >= (action.baseline or {}).get("as_of", "")
    before, expected = _scores(action.expected, "before"), _scores(action.expected, "after")
    return {
        **said,
        "status": str(action.status),
        "overdue": action.overdue(today),
        "scenario": action.scenario,
        "changes": action.changes,
        "warning": Scenario.of_plain(action.changes or []).warning,
        "recorded": {key: (action.baseline or {}).get(key) for key in ("of", "id", "as_of")},
        "expected_as_of": (action.expected or {}).get("as_of"),
        "figures": [
            _figures(day, brand, recorded.get(brand), before.get(brand), expected.get(brand), later=later)
            for brand in action.brands
        ],
    }


def _figures(
    day: Day, brand: str, recorded: float | None, before: float | None, expected: float | None, *, later: bool
) -> Row:
    now = day.table.exposure(day.graph.merged.get(brand, brand))["score"]
    return {
        "brand": {"id": brand, "name": day.table.names.get(brand, brand)},
        "recorded": recorded,
        "expected": expected,
        "now": now,
        "expected_change": _less(expected, before),
        "change": _less(now, recorded) if later else None,
    }


def _scores(figures: Row | None, key: str) -> dict[str, float | None]:
    return {row["id"]: row[key] for row in figures["brands"]} if figures else {}


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other

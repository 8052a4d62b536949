"""What people plan: scenarios under a name, and actions with owner, due date, status and expected change.

Plans are records like judgements: they are kept in the store, outlive every load, and the latest of a name counts.
They say nothing about the world, so nothing is derived from them and no figure changes.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeAlias

import pandas as pd

from graph_core.day import Day
from graph_core.errors import InputError, NotFoundError
from graph_core.exposure.changes import changed_brands
from graph_core.graph import rows
from graph_core.model import ACTIONS, PLANS, SCENARIOS, ActionStatus, Table
from graph_core.scenario import Scenario
from graph_core.store.base import RecordSet, Store, StoreVersion

_SOURCE = {"id": PLANS, "title": "Scenarios and actions", "format": "plans"}
#: Columns of an action that hold JSON.
_JSON = ("changes", "expected", "baseline")
_LONGEST_NAME = 80
Versions: TypeAlias = tuple[StoreVersion, StoreVersion]
#: Shortest part of an id that names an action.
_SHORTEST = 4


@dataclass(frozen=True)
class Action:
    """What somebody is to do.

    Attributes
    ----------
    id, title, owner : str
        What it is called in commands, what is to be done, and who does it.
    due : str or None
        Day by which it is to be done, ISO.
    status : ActionStatus
        How far it is.
    brands : tuple of str
        Ids of the brands whose figures it is about.
    scenario : str or None
        Name of the scenario that it is expected to bring about; ``changes`` is what that said then.
    expected, baseline : dict or None
        Figures before and after the scenario (`expected_change`), and figures when the action was first kept: what
        ``of`` (day or snapshot), its ``id``, ``as_of``, and ``brands``, each with id, name and ``score``.
    note : str or None
        Anything a reader should know.
    kept_by, kept_at : str
        Who wrote this down, and when.
    begun_at : str or None
        When it was first kept; ``None`` before it is.
    """

    id: str
    title: str
    owner: str
    kept_by: str
    kept_at: str
    due: str | None = None
    status: ActionStatus = ActionStatus.OPEN
    brands: tuple[str, ...] = ()
    scenario: str | None = None
    changes: list[dict[str, Any]] | None = None
    expected: dict[str, Any] | None = None
    baseline: dict[str, Any] | None = None
    note: str | None = None
    begun_at: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing is to be done any more."""
        return self.status in (ActionStatus.DONE, ActionStatus.DROPPED)

    def overdue(self, day: str) -> bool:
        """Whether it should have been done before a day."""
        return self.due is not None and self.due < day and not self.ended


@dataclass(frozen=True)
class KeptScenario:
    """A scenario under a name.

    Attributes
    ----------
    scenario : Scenario
        What it changes.
    kept_by, kept_at : str
        Who kept it, and when.
    """

    scenario: Scenario
    kept_by: str
    kept_at: str


def recorded(store: Store) -> RecordSet | None:
    """All plans of a store; None where there are none."""
    return next(iter(store.read_records(PLANS)), None)


# --- scenarios -------------------------------------------------------------------------------------------------


def kept_scenarios(plans: RecordSet | None) -> dict[str, KeptScenario]:
    """Scenarios by name, in the order of their names; the latest of each, with who kept it and when."""
    latest = {row["name"]: row for row in _rows(plans, SCENARIOS)}
    return {
        name: KeptScenario(
            Scenario.of_plain(json.loads(row["changes"]), name), str(row["kept_by"]), str(row["kept_at"])
        )
        for name, row in sorted(latest.items())
    }


def scenarios(plans: RecordSet | None) -> dict[str, Scenario]:
    """Scenarios by name, in the order of their names; the latest of each."""
    return {name: kept.scenario for name, kept in kept_scenarios(plans).items()}


def scenario_named(plans: RecordSet | None, name: str) -> Scenario:
    """The scenario of a name.

    Raises
    ------
    NotFoundError
        None is called so.
    """
    known = scenarios(plans)
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"; did you mean {', '.join(near)}?" if near else "; `tiertrace what-if --list` shows those that are kept"
    raise NotFoundError(f"no scenario is called {name!r}{hint}")


def keep_scenario(store: Store, scenario: Scenario, by: str, at: str) -> Versions:
    """Keep a scenario under its name; an earlier one of that name stays on record and no longer counts.

    Returns
    -------
    tuple of StoreVersion
        Before and after: the graph is the same (`graph_core.workspace.Workspace.stays`).

    Raises
    ------
    InputError
        The name cannot be used, or nothing changes in it.
    """
    name = scenario.name
    if name != name.strip() or not name.isprintable() or not 0 < len(name) <= _LONGEST_NAME:
        raise InputError(f"{name!r} cannot be the name of a scenario; write 1 to {_LONGEST_NAME} printable characters")
    if not scenario.changes:
        raise InputError("a scenario in which nothing changes is not kept; name a change, such as --clean ID")
    changes = json.dumps(scenario.plain(), ensure_ascii=False)
    return _keep(store, SCENARIOS, {"name": name, "changes": changes, "kept_by": by, "kept_at": at})


# --- actions ---------------------------------------------------------------------------------------------------


def actions(plans: RecordSet | None) -> list[Action]:
    """All actions as they were written down last, in the order in which they were first kept."""
    kept = _rows(plans, ACTIONS)
    first = {row["id"]: row["kept_at"] for row in reversed(kept)}
    latest = {row["id"]: row for row in kept}
    return [replace(_action(row), begun_at=first[key]) for key, row in latest.items()]


def action_called(plans: RecordSet | None, text: str) -> Action:
    """The action of an id, or of its beginning.

    Raises
    ------
    NotFoundError, InputError
        No action is called so, or several are.
    """
    found = [action for action in actions(plans) if len(text) >= _SHORTEST and action.id.startswith(text)]
    if not found:
        raise NotFoundError(f"no action is called {text!r}; `tiertrace action list` shows all")
    if len(found) > 1:
        raise InputError(f"{len(found)} actions begin with {text!r}; write more of the id")
    return found[0]


def keep_action(store: Store, action: Action) -> Versions:
    """Keep an action as it is now; how it was before stays on record.

    Returns
    -------
    tuple of StoreVersion
        Before and after: the graph is the same (`graph_core.workspace.Workspace.stays`).

    Raises
    ------
    InputError
        Title or owner is empty.
    """
    if not action.title.strip() or not action.owner.strip():
        raise InputError("an action needs a title and an owner")
    row = {**vars(action), "status": str(action.status), "brands": list(action.brands)}
    return _keep(store, ACTIONS, row | {key: _json(row[key]) for key in _JSON})


def due_day(text: str | None) -> str | None:
    """A day by which something is to be done, checked.

    Raises
    ------
    InputError
        It is no date.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise InputError(f"due day {text!r} is not a date; write it as YYYY-MM-DD") from None


def expecting(action: Action, day: Day, scenario: Scenario) -> Action:
    """The action with what a scenario is expected to change on a day; about the brands it changes where none is named.

    Raises
    ------
    NotFoundError, InputError
        The scenario cannot be applied to this day.
    """
    expected = expected_change(day, scenario, action.brands)
    brands = action.brands or tuple(row["id"] for row in expected["brands"])
    return replace(action, scenario=scenario.name, changes=scenario.plain(), expected=expected, brands=brands)


def _action(row: Mapping[str, Any]) -> Action:
    values = {**row, "status": ActionStatus(row["status"]), "brands": tuple(row["brands"] or ())}
    return Action(**values | {key: json.loads(row[key]) if row[key] else None for key in _JSON})


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)


def expected_change(day: Day, scenario: Scenario, brands: Sequence[str] = ()) -> dict[str, Any]:
    """What a scenario changes on a day, to be kept with an action.

    Parameters
    ----------
    day : Day
        The day as it is.
    scenario : Scenario
        What is expected to come about.
    brands : sequence of str
        Whose figures; by default those of all brands whose score changes.

    Returns
    -------
    dict
        ``as_of``, ``run`` (id), and ``brands``: id, name, and the score ``before`` and ``after``, 0..1 or ``None``.

    Raises
    ------
    NotFoundError, InputError
        The scenario cannot be applied to this day.
    """
    after = day.supposing(scenario)
    changed = changed_brands(day.table, after.table)
    chosen = brands or [row["brand"]["id"] for row in changed if "score" in row["before"]]
    rows_ = [[at.table.exposure(brand) for at in (day, after)] for brand in chosen]
    return {
        "as_of": day.parameters.as_of,
        "run": after.table.run["id"],
        "brands": [{**old["brand"], "before": old["score"], "after": new["score"]} for old, new in rows_],
    }


# --- records ---------------------------------------------------------------------------------------------------


def _rows(plans: RecordSet | None, table: Table) -> list[dict[str, Any]]:
    """Rows of one table in the order in which they were written."""
    if plans is None or table.name not in plans.frames:
        return []
    return [{name: row[name] for name in table.names} for row in rows(plans.frames[table.name])]


def _keep(store: Store, table: Table, row: Mapping[str, Any]) -> Versions:
    """Add a row to a table of the plans; the graph stays what it is."""
    with store.writer():
        before = store.version()
        plans = recorded(store)
        frames = {} if plans is None else dict(plans.frames)
        frames[table.name] = _frame(table, [*_rows(plans, table), row])
        store.put_records(dict(_SOURCE), frames, replace=True)
        if before.records == before.derived:  # what was derived from all else is derived from this too
            store.sync((), store.version().records)
        return before, store.version()


def _frame(table: Table, data: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    listed = list(data)
    frame = pd.DataFrame({name: pd.Series([row[name] for row in listed], dtype="object") for name in table.names})
    plain: Sequence[str] = [name for name in table.names if name != "brands"]
    return frame.astype(dict.fromkeys(plain, "str")).assign(line=range(1, len(frame) + 1))

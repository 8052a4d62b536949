"""What people are to do: a table that is edited in place, and a form for one more."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from graph_core import audit, plans
from graph_core.day import Day, Parameters
from graph_core.errors import TiertraceError
from graph_core.model import ActionStatus
from graph_core.plans import Action
from graph_core.snapshot.actions import action_rows, baseline
from graph_core.ui import components, copying, kept, people, solving, state
from graph_core.ui.scenario import keeping
from graph_core.viz.text import clean, count, percent, points, shorten

Row = Mapping[str, Any]
_EVERYBODY = "Everybody"
_OPEN = (ActionStatus.OPEN, ActionStatus.DOING)
_EDITED = ("title", "owner", "due", "status", "note")
_CAPTION = (
    "Figures are of all links and classes. That of now is as of the day above; what is expected, and what a change"
    " counts from, as of the days beside them. A change is one of the figure, not proof that the action brought it"
    " about. Overdue is by today."
)


@dataclass(frozen=True)
class Wanted:
    """Which actions are shown."""

    owner: str | None
    statuses: Sequence[str]
    brand: str | None

    def fits(self, action: Action) -> bool:
        """Whether an action is among them."""
        return (
            (self.owner is None or action.owner == self.owner)
            and (not self.statuses or action.status in self.statuses)
            and (self.brand is None or self.brand in action.brands)
        )


def show(as_of: str, brand: str | None) -> None:
    """Show the actions, with what they are expected to change and what the figures did since."""
    day = state.workspace().day(Parameters(as_of), held=True)
    actions = kept.actions()
    with components.section("Actions", _CAPTION, "actions"):
        if actions:
            _listed(day, actions, brand)
        else:
            st.info(
                "No action is written down yet. Write one below: who does what by when.", icon=":material/task_alt:"
            )
        if not keeping.read_only():
            _new(day, brand)


# --- the list --------------------------------------------------------------------------------------------------


def _listed(day: Day, actions: Sequence[Action], brand: str | None) -> None:
    chosen = [action for action in actions if _wanted(actions, brand).fits(action)]
    if not chosen:
        st.text(f"None of {count(len(actions), 'action')} fits the choice above.")
        return
    today = state.default_day().isoformat()
    question = ("actions", today, tuple((action.id, action.kept_at) for action in chosen))
    rows = solving.solved(day, question, "Figures of actions", lambda: action_rows(day, chosen, today))
    if rows is None:
        return
    late = sum(row["overdue"] for row in rows)
    shown = f"{len(rows)} of {count(len(actions), 'action')}" + (f", {late} overdue" if late else "") + "."
    st.text(shown)
    frame = table(rows)
    # What was edited belongs to these rows alone: other rows, another table.
    edited = _editor(frame, f"actions_{hash(question)}")
    if warning := next((row["warning"] for row in rows if row["warning"]), None):
        st.warning(warning, icon=":material/warning:")
    with st.container(horizontal=True):
        if people.may_write():
            differ = changes(frame, edited)
            label, icon = "Write down the changes", ":material/save:"
            if st.button(label, disabled=not differ, key="keep_actions", icon=icon):
                _update({action.id: action for action in actions}, [row["id"] for row in rows], differ)
        copying.offer("actions", "actions", rows=lambda: as_rows(rows))


def _wanted(actions: Sequence[Action], brand: str | None) -> Wanted:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        owners = [_EVERYBODY, *sorted({action.owner for action in actions})]
        owner = st.selectbox("Owner", owners, key="owner", bind="query-params", width=200)
        statuses = st.pills(
            "Status",
            list(ActionStatus),
            default=list(_OPEN),
            selection_mode="multi",
            key="status",
            bind="query-params",
        )
        alone = st.toggle("This brand only", key="alone", bind="query-params", disabled=brand is None)
    chosen = [str(one) for one in statuses or ()]
    return Wanted(None if owner == _EVERYBODY else owner, chosen, brand if alone else None)


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """Actions as a table that people edit, in the order of ``rows``."""
    return pd.DataFrame(
        {
            "overdue": ["overdue" if row["overdue"] else "" for row in rows],
            "title": [row["title"] for row in rows],
            "owner": [row["owner"] for row in rows],
            "due": [None if row["due"] is None else dt.date.fromisoformat(row["due"]) for row in rows],
            "status": [row["status"] for row in rows],
            "brands": ["; ".join(shorten(one["brand"]["name"], 24) for one in row["figures"]) for row in rows],
            "expected": [_dated(_each(row, _expected), row["expected_as_of"]) for row in rows],
            "since": [_dated(_each(row, _since), row["recorded"]["as_of"], "since ") for row in rows],
            "scenario": [row["scenario"] or "" for row in rows],
            "note": [row["note"] or "" for row in rows],
        }
    )


def _each(row: Row, words: Callable[[Row], str]) -> str:
    """Something about each brand of an action, by name where there are several."""
    many = len(row["figures"]) > 1
    said = [(f"{shorten(one['brand']['name'], 24)}: " if many else "") + words(one) for one in row["figures"]]
    return "; ".join(said) or "–"


def _expected(one: Row) -> str:
    return points(one["expected_change"], "–")


def _dated(said: str, day: str | None, word: str = "as of ") -> str:
    return f"{said} ({word}{day})" if day else said


def _since(one: Row) -> str:
    return f"{points(one['change'], '–')}, now {percent(one['now'], '–')}"


def _editor(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    fixed = ["overdue", "brands", "expected", "since", "scenario"]
    writes = people.may_write()
    text = st.column_config.TextColumn
    edited: pd.DataFrame = st.data_editor(
        frame,
        key=key,
        hide_index=True,
        disabled=fixed if writes else True,
        column_config={
            "overdue": text("", width=70, help="Past its due day and not ended"),
            "title": text("Action", required=True, width="medium"),
            "owner": text("Owner", required=True, width="small"),
            "due": st.column_config.DateColumn("Due", format="YYYY-MM-DD"),
            "status": st.column_config.SelectboxColumn("Status", options=list(ActionStatus), required=True),
            "brands": text("Brand", width="small"),
            "expected": text("Expected", help="Change of the figure by its scenario, worked out on that day"),
            "since": text("Since it was written", help="Change of the figure, and the figure of the day above"),
            "scenario": text("Scenario"),
            "note": text("Note"),
        },
    )
    return edited


def changes(before: pd.DataFrame, after: pd.DataFrame) -> dict[int, dict[str, Any]]:
    """What a person edited: number of the row to the new values of its columns."""
    found: dict[int, dict[str, Any]] = {}
    for number in range(len(before)):
        for column in _EDITED:
            old, new = (_plain(frame[column].iloc[number]) for frame in (before, after))
            if old != new:
                found.setdefault(number, {})[column] = new
    return found


def _plain(value: Any) -> Any:
    if value is None or value is pd.NaT or value != value:  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, dt.date) else value


def _update(known: Mapping[str, Action], ids: Sequence[str], differ: Mapping[int, Mapping[str, Any]]) -> None:
    by = people.me().name
    try:
        for number, new in differ.items():
            action = replace(known[ids[number]], **_values(new), kept_by=by, kept_at=audit.moment())
            detail = ", ".join(f"{column}: {value}" for column, value in new.items())
            _keep("action changed", action, detail)
    except TiertraceError as error:
        st.text(str(error))
        return
    st.rerun()


def _keep(what: str, action: Action, detail: str) -> None:
    keeping.write(what, action.title, lambda store: plans.keep_action(store, action), detail)


def _values(new: Mapping[str, Any]) -> dict[str, Any]:
    """Edited cells as an action holds them."""
    values = {key: (value or "").strip() if key in ("title", "owner") else value for key, value in new.items()}
    if "status" in values:
        values["status"] = ActionStatus(values["status"])
    if "note" in values:
        values["note"] = values["note"] or None
    return values


def as_rows(rows: Sequence[Row]) -> pd.DataFrame:
    """Actions as a table to be taken elsewhere: a row for each brand of each."""
    keys = ("id", "title", "owner", "due", "status", "overdue", "scenario", "note", "expected_as_of")
    figures = ("expected_change", "recorded", "now", "change")
    found = []
    for row in rows:
        for one in row["figures"] or [None]:
            said = {key: row[key] for key in keys} | {"recorded_as_of": row["recorded"]["as_of"]}
            said |= {"brand": one["brand"]["name"] if one else None}
            found.append(said | {key: one[key] if one else None for key in figures})
    return pd.DataFrame(found)


# --- one more --------------------------------------------------------------------------------------------------


def _new(day: Day, brand: str | None) -> None:
    with st.expander("Write down an action", icon=":material/add_task:"), st.form("new_action", border=False):
        title = st.text_input("What is to be done", key="action_title")
        left, middle, right = st.columns(3)
        owner = left.text_input("Who does it", people.me().name, key="action_new_owner")
        due = middle.date_input("Due", None, format="YYYY-MM-DD", key="action_due")
        known = plans.scenarios(kept.recorded())
        scenario = right.selectbox(
            "Kept scenario that it is to bring about",
            list(known),
            index=None,
            key="action_scenario",
            placeholder="None",
        )
        names = {one["id"]: clean(one["name"]) for one in day.brands}
        brands = st.multiselect(
            "Brands whose figures it is about",
            list(names),
            default=[brand] if brand in names else [],
            format_func=names.__getitem__,
            key="action_brands",
        )
        note = st.text_input("Note", key="action_note")
        asked = st.form_submit_button("Write it down")
    if asked:
        action = Action(
            uuid.uuid4().hex[:12], title.strip(), owner.strip(), people.me().name, audit.moment(),
            due=due.isoformat() if due else None, brands=tuple(brands), note=note.strip() or None,
        )  # fmt: skip
        _write(day, action, scenario)


def _write(day: Day, action: Action, scenario: str | None) -> None:
    try:
        if scenario is not None:
            action = plans.expecting(action, day, plans.scenario_named(kept.recorded(), scenario))
        action = replace(action, baseline=baseline(state.workspace().settings.home, day, action.brands))
        _keep("action added", action, action.owner)
    except TiertraceError as error:
        st.text(str(error))
        return
    st.rerun()

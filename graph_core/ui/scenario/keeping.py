"""Scenarios that people kept: keeping the one shown, opening, combining and comparing them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from graph_core import audit, plans
from graph_core.day import Day
from graph_core.errors import TiertraceError
from graph_core.plans import KeptScenario, Versions
from graph_core.scenario import Scenario
from graph_core.ui import components, copying, kept, people, state
from graph_core.ui.scenario import address
from graph_core.viz.text import clean, count, shorten
from graph_core.workspace import Store

#: Key of the address that names scenarios to be set side by side.
COMPARE = "compare"
_MOST_COMPARED = 2
_READ_ONLY = "You may look at everything here and keep nothing; an admin gives the right to write."


def write(what: str, subject: str, work: Callable[[Store], Versions], detail: str = "") -> None:
    """Write a plan down as an act of the person; figures that were worked out stay.

    Raises
    ------
    RefusedError
        The person may only read.
    """
    with people.writing(what, subject, detail) as store:
        versions = work(store)
    state.workspace().stays(*versions)


def read_only() -> bool:
    """Whether nothing can be written; says so."""
    if people.may_write():
        return False
    st.caption(_READ_ONLY)
    return True


# --- keeping ---------------------------------------------------------------------------------------------------


def keep(scenario: Scenario) -> None:
    """Offer to keep the scenario that is shown under a name."""
    with st.popover("Keep under a name", icon=":material/bookmark_add:", width="content"):
        if read_only():
            return
        with st.form("keep_scenario", border=False):
            name = st.text_input("Name", key="scenario_name", max_chars=80)
            st.caption("An earlier scenario of that name stays on record and no longer counts.")
            asked = st.form_submit_button("Keep")
        if asked:
            _keep(replace(scenario, name=name.strip()))


def _keep(scenario: Scenario) -> None:
    by = people.me().name
    try:
        write(
            "scenario kept",
            scenario.name,
            lambda store: plans.keep_scenario(store, scenario, by, audit.moment()),
            count(len(scenario.changes), "change"),
        )
    except TiertraceError as error:
        st.text(str(error))
        return
    st.toast("Kept.", icon=":material/bookmark_added:")


# --- the list --------------------------------------------------------------------------------------------------


def show(day: Day) -> None:
    """List the kept scenarios, each to be opened, added to what is shown, or compared."""
    known = plans.kept_scenarios(kept.recorded())
    caption = (
        "Opening one puts its changes into the address instead of those there; adding puts them beside. Two can be set"
        " side by side."
    )
    with components.section("Kept scenarios", caption, "kept"):
        if not known:
            st.info("None is kept yet: suppose something, and keep it under a name.", icon=":material/bookmark:")
            return
        picked = compared()
        chosen = components.choices(_table(day, known, picked), key="kept_list")
        copying.offer("kept", "scenarios", rows=lambda: _rows(known))
    if chosen:
        _act(known, *chosen, picked)


def compared() -> list[str]:
    """Names of the scenarios that the address sets side by side."""
    return [name for name in dict.fromkeys(st.query_params.get_all(COMPARE)) if name]


def chosen_two() -> list[Scenario]:
    """The two scenarios that are set side by side; empty where not two are.

    Raises
    ------
    NotFoundError
        None is called so.
    """
    names = compared()[:_MOST_COMPARED]
    return [plans.scenario_named(kept.recorded(), name) for name in names] if len(names) == _MOST_COMPARED else []


def _act(known: Mapping[str, KeptScenario], name: str, action: str, picked: list[str]) -> None:
    if action == "compare":
        left = [one for one in picked if one != name] if name in picked else [*picked, name][-_MOST_COMPARED:]
        st.query_params.update({COMPARE: left})
    elif name in known:
        address.open_scenario(known[name].scenario, more=action == "add")
    st.rerun()


def _table(day: Day, known: Mapping[str, KeptScenario], picked: list[str]) -> dict[str, Any]:
    names = day.table.names
    rows = []
    for name, one in known.items():
        said = "; ".join(change.words(lambda party: clean(names.get(party, party))) for change in one.scenario.changes)
        compare = "Do not compare" if name in picked else "Compare"
        rows.append(
            {
                "key": name,
                "picked": name in picked,
                "cells": [
                    {
                        "text": shorten(name, 40),
                        "title": clean(name),
                        "note": "holds leaving a supplier" * _leaves(one),
                    },
                    {"text": shorten(said, 160), "title": clean(said)},
                    {"text": clean(one.kept_by), "note": one.kept_at[:10]},
                ],
                "actions": [
                    {"name": "open", "label": "Open"},
                    {"name": "add", "label": "Add"},
                    {"name": "compare", "label": compare, "pressed": name in picked},
                ],
            }
        )
    columns = [{"label": "Name"}, {"label": "Changes", "minor": True}, {"label": "Kept by", "minor": True}]
    return {"label": "Kept scenarios", "columns": columns, "rows": rows}


def _leaves(one: KeptScenario) -> bool:
    return one.scenario.warning is not None


def _rows(known: Mapping[str, KeptScenario]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "scenario": name,
                "changes": "; ".join(change.words() for change in one.scenario.changes),
                "kept_by": one.kept_by,
                "kept_at": one.kept_at,
            }
            for name, one in known.items()
        ]
    )

"""What-if: what would change if some things were different, where it pays to act, and what people plan to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from graph_core.day import Day
from graph_core.errors import TiertraceError
from graph_core.scenario import Scenario
from graph_core.ui import chooser, components, state, tables, words
from graph_core.ui.scenario import actions, address, by_hand, effect, keeping, leverage
from graph_core.viz.exposure_bar import missing

LEVERAGE, CHEAPEST, BY_HAND = "leverage", "whom to engage", "change by hand"
FLOWS, KEPT, ACTIONS = "flows", "kept scenarios", "actions"
_PARTS = (LEVERAGE, CHEAPEST, BY_HAND, FLOWS, KEPT, ACTIONS)


def show(view: state.View, day: Day, brand: str) -> None:
    """Show a brand with the scenario of the address, and the chosen part below."""
    exposure = state.exposures(view, brand)[0]
    sentence = words.brand_sentence(exposure, view)
    st.text(sentence)
    if view.score != "traced_share":
        st.caption("What would be different is worked out for the traced share, whatever score is chosen above.")
    figures = not missing(exposure)
    changes: list[address.Said] = []
    scenario = None
    if figures:
        changes = effect.said(day)
        scenario = top(day, brand, exposure, changes, sentence)
    else:
        components.exposure_bar(tables.bar_figures(exposure), key="bar")
        st.info(f"{words.no_figure(exposure)} Without a figure nothing can be supposed.", icon=":material/event_busy:")
    first = LEVERAGE if figures else KEPT
    part = st.segmented_control(
        "Part of the page",
        _PARTS if figures else (KEPT, ACTIONS),
        default=first,
        required=True,
        key="part",
        bind="query-params",
        label_visibility="collapsed",
    )
    below(str(part or first), view, day, exposure, changes, scenario)


def top(
    day: Day, brand: str, exposure: Mapping[str, Any], changes: list[address.Said], sentence: str
) -> Scenario | None:
    """Show what is supposed and what follows; gives the scenario where it can be applied."""
    try:
        two = keeping.chosen_two()
    except TiertraceError as error:
        st.text(str(error))
        two = []
    if two:
        if st.button("Stop comparing", icon=":material/close:", key="stop_comparing"):
            state.choose(keeping.COMPARE, None)
            st.rerun()
        effect.show(day, brand, exposure, two, sentence)
        return None
    if not changes:
        components.exposure_bar(tables.bar_figures(exposure), key="bar")
        st.caption("Nothing is changed yet. Suppose a party clean in the table below, or say a change by hand.")
        return None
    left, right = st.columns([2, 3], gap="large")
    with left:
        effect.show_changes(day, changes)
        scenario = said(changes)
        with st.container(horizontal=True):
            if scenario is not None:
                keeping.keep(scenario)
            if st.button("Take all out", icon=":material/clear_all:", key="take_all_out"):
                address.put([])
                st.rerun()
    with right:
        shown = scenario is not None and effect.show(day, brand, exposure, [scenario], sentence) is not None
    return scenario if shown else None


def said(changes: list[address.Said]) -> Scenario | None:
    """The scenario of the address; ``None`` where it is none, after the page said why."""
    try:
        scenario = effect.scenario_of(changes)
    except TiertraceError as error:
        st.text(str(error))
        return None
    if scenario is None:
        st.text("As long as a change cannot be read, nothing is worked out. Take it out.")
    return scenario


def below(
    part: str,
    view: state.View,
    day: Day,
    exposure: Mapping[str, Any],
    changes: list[address.Said],
    scenario: Scenario | None,
) -> None:
    """Show one part of the page; only that one is worked out."""
    brand = exposure["brand"]["id"]
    if part == LEVERAGE:
        leverage.show(day, brand, exposure, changes)
    elif part == CHEAPEST:
        leverage.show_cheapest(day, brand, exposure, changes)
    elif part == BY_HAND:
        by_hand.show(day, brand, changes)
    elif part == FLOWS:
        if scenario is None:
            st.caption("Suppose something first: the flows before and after then stand side by side here.")
        else:
            effect.show_flows(day, brand, scenario)
    elif part == KEPT:
        keeping.show(day)
    elif part == ACTIONS:
        actions.show(view.as_of, brand)


view = state.view()
day = view.day()
chosen = chooser.brand(view)
if chosen:
    show(view, day, chosen)

"""What a scenario changes: the changes themselves, the figures before and after, and the other brands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from graph_core.day import Day
from graph_core.errors import InputError, TiertraceError
from graph_core.scenario import HARM, Scenario
from graph_core.ui import compared, components, copying, remembered, solving, state, words
from graph_core.ui.scenario import address
from graph_core.viz.sankey import sankey
from graph_core.viz.sentences import figure_sentences
from graph_core.viz.text import clean, count, shorten

Row = Mapping[str, Any]
_LINKS = 400


@dataclass(frozen=True)
class Effect:
    """Figures of a brand in some scenarios.

    Attributes
    ----------
    found : list of dict
        As `graph_core.day.Day.what_if` gives it, of each scenario.
    exposures : list of dict
        Of the brand: as it is, then of each scenario.
    """

    found: list[dict[str, Any]]
    exposures: list[dict[str, Any]]


def effect_of(day: Day, brand: str, exposure: Row, scenarios: Sequence[Scenario]) -> Effect:
    """Work out what some scenarios change for a brand."""
    found = [day.what_if(brand, scenario) for scenario in scenarios]
    return Effect(found, [dict(exposure), *(day.supposing(one).exposures([brand])[0] for one in scenarios)])


def solved(day: Day, brand: str, exposure: Row, scenarios: Sequence[Scenario]) -> Effect | None:
    """The same, worked out beside the page where it takes long; ``None`` until then."""
    question = ("what if", brand, tuple(scenarios))
    title = f"What-if for {shorten(exposure['brand']['name'], 40)}"
    return solving.solved(day, question, title, lambda: effect_of(day, brand, exposure, scenarios))


# --- the scenario of the address -------------------------------------------------------------------------------


def said(day: Day) -> list[address.Said]:
    """The changes that stand in the address."""
    texts = address.texts()
    found: list[address.Said] = remembered.of_day(
        day, ("said", day.graph.version, texts), lambda: address.read(texts, day.graph)
    )
    return found


def scenario_of(changes: Sequence[address.Said]) -> Scenario | None:
    """The scenario of the address; ``None`` where a change cannot be read.

    Raises
    ------
    InputError
        Two changes contradict each other.
    """
    known = [one.change for one in changes if one.change is not None]
    return Scenario(tuple(known)) if len(known) == len(changes) else None


def show_changes(day: Day, changes: Sequence[address.Said]) -> None:
    """List the changes, each with what takes it out again, and what has to stand beside leaving a supplier."""
    caption = count(len(changes), "change") + ", all else as it is. No forecast. Back undoes the last one."
    with components.section("What would be different", caption, "changes"):
        rows = [_change_row(day, number, one) for number, one in enumerate(changes)]
        columns = [{"label": "Change"}]
        chosen = components.choices({"label": "Changes", "columns": columns, "rows": rows}, key="change_list")
    if any(one.change is not None and one.change.leaves for one in changes):
        st.warning(HARM, icon=":material/warning:")
    if chosen:
        left = [(one.kind, one.text) for number, one in enumerate(changes) if str(number) != chosen[0]]
        address.put(left)
        st.rerun()


def _change_row(day: Day, number: int, one: address.Said) -> dict[str, Any]:
    names = day.table.names
    if one.change is None:
        text, note = f"{one.kind} {one.text}", f"This cannot be read: {one.fault}"
    else:
        text, note = one.change.words(lambda party: clean(names.get(party, party))), ", ".join(one.change.about[1:])
    cell = {"text": clean(text), "note": clean(note)}
    return {"key": str(number), "cells": [cell], "actions": [{"name": "out", "label": "Take out"}]}


def show(day: Day, brand: str, exposure: Row, scenarios: Sequence[Scenario], sentence: str) -> Effect | None:
    """Show figures before and after some scenarios, and which other brands change."""
    try:
        effect = solved(day, brand, exposure, scenarios)
    except InputError as error:
        _refused(error)
        return None
    if effect is None:
        return None
    names = [one.name for one in scenarios]
    titles = [name or "As it would be" for name in names]
    caption = "The bars show documented links alone, on one scale; figures that stay are grey. Hold the pointer on a"
    with components.section("Before and after", f"{caption} figure's name for how it comes about.", "effect"):
        components.comparison(compared.scenarios(effect.exposures, effect.found, titles), key="before_after")
    if any(names):
        components.prose([{"tag": "ul", "items": [[_words(day, one)] for one in scenarios]}], key="compared_words")
    warnings = dict.fromkeys(one["warning"] for one in effect.found if one["warning"])
    if warnings and any(names):
        st.warning(HARM, icon=":material/warning:")
    _others(effect, brand, titles)
    with st.container(horizontal=True, vertical_alignment="center"):
        copying.offer(
            "effect",
            "what-if",
            rows=lambda: compared.as_table(effect.found),
            picture="before_after",
            caption=f"{sentence} {'; '.join(_words(day, one) for one in scenarios)}.",
        )
        _formula(day, brand, effect, scenarios)
    return effect


def _refused(error: TiertraceError) -> None:
    st.subheader("This scenario cannot be applied", anchor=False)
    st.text(str(error))
    st.markdown("Take the change out, or change the day or the filters above.")


def _words(day: Day, scenario: Scenario) -> str:
    names = day.table.names
    said_ = "; ".join(change.words(lambda party: clean(names.get(party, party))) for change in scenario.changes)
    return f"{clean(scenario.name)}: {said_}" if scenario.name else f"Supposed: {said_}"


def _others(effect: Effect, brand: str, titles: Sequence[str]) -> None:
    table = compared.others(effect.found, brand, titles)
    if table is None:
        st.caption("No other brand's figure changes.")
        return
    number = count(len(table["rows"]), "other brand changes", "other brands change")
    caption = f"{number}, largest change first. A name opens the same scenario for that brand."
    with components.section("Other brands", caption, "others"):
        components.choices(table, key="other_brands")


def _formula(day: Day, brand: str, effect: Effect, scenarios: Sequence[Scenario]) -> None:
    """Open the figures: what each rests on, in plain words, and the run by which it can be made again."""
    popover = st.popover(
        "How these figures come about",
        icon=":material/function:",
        width="content",
        key="formula_open",
        on_change="rerun",
    )
    if not popover.open:
        return
    with popover:
        blocks: list[dict[str, Any]] = []
        days = [("As it is", day), *((one.name or "As it would be", day.supposing(one)) for one in scenarios)]
        for (title, shown), exposure in zip(days, effect.exposures, strict=True):
            blocks.append({"tag": "h3", "text": [clean(title)]})
            blocks += [{"tag": "p", "text": [line]} for line in _sentences(shown, brand)]
            blocks.append({"tag": "small", "text": [f"Run {exposure['run']['id']}, {exposure['run']['code_version']}"]})
        components.prose(blocks, key="formula")


def _sentences(day: Day, brand: str) -> list[str]:
    return figure_sentences(remembered.of_day(day, ("reasons", brand), lambda: day.reasons(brand)))


# --- the flows -------------------------------------------------------------------------------------------------


def show_flows(day: Day, brand: str, scenario: Scenario) -> None:
    """Show how inputs come from flagged sites to the brand, before and after."""
    sides = st.columns(2, gap="medium")
    for side, title, key, shown in zip(
        sides, ("As it is", "As it would be"), ("before", "after"), (day, day.supposing(scenario)), strict=True
    ):
        with side:
            _flow(shown, brand, title, key)


def _classes(day: Day, brand: str) -> dict[str, str]:
    return {item["id"]: item["class"] for item in day.table.exposure(brand)["attribution"]}


def _flow(day: Day, brand: str, title: str, key: str) -> None:
    flows = remembered.of_day(day, ("flows", brand), lambda: day.flows(brand, _LINKS))
    caption = "Flagged sites left, brand right. " + count(len(flows), "flow") + "."
    with components.section(title, caption, f"flow_{key}"):
        if flows.empty:
            st.text(words.no_flow(day.parameters.as_dict()))
            return
        classes = remembered.of_day(day, ("classes", brand), lambda: _classes(day, brand))
        drawn = sankey(flows, brand, day.table.names, classes, state.theme())
        alt = f"Flow of inputs from flagged sites to the brand, {title.lower()}"
        st.echarts_chart(drawn.spec, height=drawn.height, key=f"flow_{key}_{brand}", renderer="svg", alt=alt)
        copying.offer(f"flow_{key}", f"flows-{key}", rows=lambda: flows, picture=f"section_flow_{key}", caption=title)

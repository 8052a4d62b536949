"""Where a figure can be lowered: the parties, who else buys of them, and the cheapest set to engage with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from graph_core.day import Day
from graph_core.errors import InputError, NotFoundError
from graph_core.scenario import Clean
from graph_core.supposed import known_party
from graph_core.ui import components, copying, solving, state
from graph_core.ui.scenario import address
from graph_core.viz.colours import LABEL
from graph_core.viz.leverage import NOT_KNOWN, all_buyers, between, engagement_sentences, part_words, together_sentence
from graph_core.viz.text import clean, count, percent, shorten

Row = Mapping[str, Any]
_COUNTS = (20, 50, 100)
_COLUMNS = (
    {"label": "Party"},
    {"label": "Lowers the figure by", "numeric": True, "help": "If it became clean with all that is traced through it"},
    {"label": "Own flag", "minor": True},
    {
        "label": "Part of its deliveries",
        "numeric": True,
        "minor": True,
        "help": "Part of its known deliveries that ends at this brand: how much weight the brand has with it",
    },
)
_CAPTION = (
    "Each line is the effect of a remedy there, with all that is traced through it; lines overlap and do not add up."
    " The part of its deliveries is known only where volumes or values are, or where one buyer alone is known."
)


def show(day: Day, brand: str, exposure: Row, changes: Sequence[address.Said]) -> None:
    """Show the parties through which the figure falls most, with those who could act together beside them."""
    left, right = st.columns([5, 2], gap="large")
    with left:
        _parties(day, brand, exposure, changes)
    with right:
        _partners(day, brand)


def _parties(day: Day, brand: str, exposure: Row, changes: Sequence[address.Said]) -> None:
    name = clean(exposure["brand"]["name"])
    with components.section("Leverage: where the figure can be lowered", _CAPTION, "leverage"):
        top = int(
            st.segmented_control(
                "Parties shown",
                _COUNTS,
                default=_COUNTS[0],
                required=True,
                key="top",
                bind="query-params",
            )
            or _COUNTS[0]
        )
        title = f"Leverage of {shorten(name, 40)}"
        rows = solving.solved(day, ("leverage", brand, top), title, lambda: day.leverage(brand, top))
        if rows is None:
            return
        if not rows:
            st.text("Through no party that is known to supply this brand can its figure be lowered.")
            return
        chosen = components.choices(parties(rows, changes, st.query_params.get("site")), key="leverage_table")
        copying.offer("leverage", "leverage", rows=lambda: pd.DataFrame(rows))
    if chosen:
        party, action = chosen
        if action == "suppose":
            address.add([Clean(party)], changes)
        else:
            state.choose("site", party)
        st.rerun()


def parties(rows: Sequence[Row], changes: Sequence[address.Said], picked: str | None) -> dict[str, Any]:
    """Give the data of the table of leverage."""
    supposed = {one.change.party for one in changes if isinstance(one.change, Clean)}
    return {
        "label": "Parties through which the figure falls most",
        "columns": list(_COLUMNS),
        "rows": [
            {
                "key": row["id"],
                "picked": row["id"] == picked,
                "cells": _cells(row),
                "actions": [
                    {
                        "name": "suppose",
                        "label": "Supposed clean" if row["id"] in supposed else "Suppose clean",
                        "disabled": row["id"] in supposed,
                    },
                    {"name": "partners", "label": "Who else buys", "pressed": row["id"] == picked},
                ],
            }
            for row in rows
        ],
    }


def _cells(row: Row) -> list[dict[str, Any]]:
    name, kind = clean(row["name"]), row["class"]
    part = between(row["deliveries"], row["deliveries_at_most"])
    flag = f"{LABEL[kind]}, {row['strength']:g}" if kind else "none"
    return [
        {
            "text": shorten(name, 40),
            "title": f"{name} ({clean(row['id'])})",
            "kind": kind,
            "label": LABEL.get(kind or ""),
        },
        {"text": between(row["leverage"], row["leverage_at_most"])},
        {"text": flag, "muted": not kind},
        {"text": part, "muted": part == NOT_KNOWN, "title": clean(row["reason"] or "")},
    ]


# --- partners --------------------------------------------------------------------------------------------------


def _partners(day: Day, brand: str) -> None:
    picked = st.query_params.get("site")
    if not picked:
        heading = [{"tag": "h2", "text": ["Who else buys"]}]
        components.prose(heading, key="no_partner")
        st.caption("Choose a party on the left to see the other buyers of it: those with whom to engage together.")
        return
    try:
        site = known_party(day.graph, picked)
    except NotFoundError as error:
        st.text(str(error))
        return
    _buyers(day, brand, site)


def _buyers(day: Day, brand: str, site: str) -> None:
    name = clean(day.table.names.get(site, site))
    part = st.session_state.get("together", 50) / 100
    found = solving.solved(day, ("buyers", site, part), "Deliveries", lambda: day.buyers(site, part))
    if found is None:
        return
    caption = (
        f"Brands that buy what it delivers, directly or through others, by {found['with_figures']} of"
        f" {count(found['links'], 'known delivery', 'known deliveries')}. What nobody disclosed is not in it."
    )
    with components.section(f"Who else buys of {shorten(name, 44)}", caption, "partners"):
        if found["reason"]:
            components.prose([{"tag": "p", "text": [f"Parts are not known: {found['reason']}."]}], key="no_parts")
        if rows := partners(found, brand):
            components.share_bars(rows, "Part of its known deliveries that ends at each brand", key="partners")
        else:
            st.text("It reaches no brand that is known.")
        if not found["reason"]:
            st.slider("Part that brands are to buy together, %", 5, 100, 50, 5, key="together")
            components.prose([{"tag": "p", "text": [together_sentence(found)]}], key="together_words")
        leads = [{"page": "site", "set": {"site": site}, "text": "All that is known of it"}]
        components.prose([{"tag": "p", "text": leads}], key="partner_page")
        copying.offer("partners", "buyers", rows=lambda: pd.DataFrame(all_buyers(found)))


def partners(found: Row, brand: str) -> list[dict[str, Any]]:
    """Give the bars of those who buy of a site."""
    few, rows = set(found["together"]["brands"]), []
    for row in all_buyers(found):
        marks = ["this brand"] * (row["id"] == brand) + ["among the fewest"] * (row["id"] in few)
        rows.append(
            {
                "name": shorten(clean(row["name"]), 30),
                "title": clean(row["name"]),
                "sub": ", ".join(marks),
                "below": True,
                "kind": None,
                "part": row["share"],
                "text": part_words(found, row),
                "absent": row["share"] is None,
            }
        )
    rest = (("Not known where it goes", found["untold"]), ("Ends at others", found["elsewhere"]))
    kinds = ("unmapped", "unflagged")
    return rows + [
        {"name": name, "kind": kind, "label": "", "part": share, "text": percent(share), "absent": True}
        for (name, share), kind in zip(rest, kinds, strict=True)
        if share
    ]


# --- the cheapest set ------------------------------------------------------------------------------------------


def show_cheapest(day: Day, brand: str, exposure: Row, changes: Sequence[address.Said]) -> None:
    """Show whom to engage with so that the figure comes under a threshold, with costs that can be edited."""
    caption = (
        "Parties chosen by fall per cost; how far that is from the cheapest set at most is said below. Costs are in"
        " any unit of yours: days, money, calls. Parties that are not in the table cost 1."
    )
    st.session_state["under"] = _threshold(exposure)
    left, right = st.columns(2, gap="large")
    with left, components.section("Whom to engage with", caption, "cheapest"):
        threshold = st.number_input(
            "Bring the figure to, %", 0.0, 100.0, step=0.5, format="%.1f", key="under", on_change=_brought
        )
        costs = _costs(day, brand, exposure)
    with right:
        if costs is not None:
            _engagements(day, exposure, threshold / 100, costs, changes)


def _threshold(exposure: Row) -> float:
    """What the address says, in percent; else half of the figure."""
    try:
        said = float(st.query_params.get("under", ""))
    except ValueError:
        said = math.nan
    return said if 0 <= said <= 100 else round(50 * (exposure["score"] or 0.0), 1)


def _brought() -> None:
    state.choose("under", f"{st.session_state['under']:g}")


def _costs(day: Day, brand: str, exposure: Row) -> tuple[tuple[str, float], ...] | None:
    title = f"Leverage of {shorten(exposure['brand']['name'], 40)}"
    rows = solving.solved(day, ("leverage", brand, 50), title, lambda: day.leverage(brand, 50))
    if rows is None:
        return None
    frame = pd.DataFrame(
        {
            "party": [clean(row["name"]) for row in rows],
            "lowers": [100 * row["leverage"] for row in rows],
            "cost": [1.0 for _ in rows],
        }
    )
    # What was edited belongs to these parties alone: the table keeps it by number of the row.
    parties_shown = tuple(row["id"] for row in rows)
    edited = st.data_editor(
        frame,
        key=f"costs_{hash((brand, parties_shown))}",
        hide_index=True,
        height=320,
        disabled=["party", "lowers"],
        column_config={
            "party": st.column_config.TextColumn("Party"),
            "lowers": st.column_config.NumberColumn("Lowers by, points", format="%.1f"),
            "cost": st.column_config.NumberColumn("Cost", min_value=0.01, required=True, width="small"),
        },
    )
    costs = [1.0 if pd.isna(cost) else float(cost) for cost in edited["cost"]]
    return tuple((row["id"], cost) for row, cost in zip(rows, costs, strict=True) if cost != 1.0)


def _engagements(
    day: Day,
    exposure: Row,
    threshold: float,
    costs: tuple[tuple[str, float], ...],
    changes: Sequence[address.Said],
) -> None:
    brand = exposure["brand"]["id"]
    title = f"Cheapest engagements for {shorten(exposure['brand']['name'], 40)}"
    try:
        found = solving.solved(
            day, ("cheapest", brand, threshold, costs), title, lambda: day.engagements(brand, threshold, dict(costs))
        )
    except InputError as error:
        st.text(str(error))
        return
    if found is None:
        return
    row = {"brand": exposure["brand"], **found.as_row(day.table.names)}
    first, *rest = engagement_sentences(row)
    with components.section("The set", first, "the_set"):
        if not row["chosen"]:
            return
        name = shorten(exposure["brand"]["name"], 24)
        columns = [{"label": "Engage with"}, {"label": f"{name} is then at", "numeric": True}]
        rows = [{"key": one["id"], "cells": [_named(one), {"text": percent(one["after"])}]} for one in row["chosen"]]
        components.prose([{"tag": "small", "text": rest}], key="set_words")
        with st.container(horizontal=True):
            if st.button("Suppose all of these clean", icon=":material/playlist_add_check:", key="suppose_set"):
                address.add([Clean(one["id"]) for one in row["chosen"]], changes)
                st.rerun()
            copying.offer("set", "engagements", rows=lambda: pd.DataFrame(row["chosen"]))
        components.choices({"label": "Whom to engage with", "columns": columns, "rows": rows}, key="chosen_set")


def _named(one: Row) -> dict[str, Any]:
    name = clean(one["name"])
    return {"text": shorten(name, 44), "title": f"{name} ({clean(one['id'])})"}

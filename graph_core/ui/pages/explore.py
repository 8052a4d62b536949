"""Explore: the network around a brand or any party in tier columns, with the details of what is picked beside it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from graph_core.day import Day
from graph_core.errors import NotFoundError, TiertraceError
from graph_core.graph import rows
from graph_core.neighbourhood import BUYERS, GROUP, GROUPED, OWNERS, SUPPLIERS, Neighbourhood
from graph_core.ui import (
    chooser,
    components,
    copying,
    exploring,
    frame,
    named_queries,
    remembered,
    state,
    tables,
    words,
)
from graph_core.ui.columns import PERCENT
from graph_core.ui.exploring import Choices
from graph_core.viz.exposure_bar import no_list
from graph_core.viz.network import group_words, network
from graph_core.viz.network_html import network_html
from graph_core.viz.text import count

_BUDGETS = (30, 60, 150, 300)
#: Members of a group that are listed.
_LISTED = 5_000
#: Key of how many members were picked so far.
_PICKS = "members_picked"


def page() -> None:
    """Show the network around what the URL names."""
    view = state.view()
    day = view.day()
    choices = Choices.of({name: st.query_params.get_all(name) for name in ("site", "group", "open", "pin")})
    if around := state.around():
        centre = _party_in_the_middle(day, around)
        if centre:
            st.text(f"{day.table.names[centre]}, as of {view.as_of}, {view.evidence}. Suppliers left, buyers right.")
            _around(view, day, centre, choices, brand=None)
        return
    chosen = chooser.brand(view)
    if not chosen:
        return
    exposure = state.exposures(view, chosen)[0]
    st.text(words.brand_sentence(exposure, view))
    if no_list(exposure) and not choices.kept:
        st.info(words.no_figure(exposure), icon=":material/event_busy:")
        return
    _around(view, day, chosen, choices, brand=chosen)


def _party_in_the_middle(day: Day, named: str) -> str | None:
    """Show the name of the party that all is around, and a way back to a brand."""
    names = {item["id"]: item["name"] for item in day.brands}
    centre = day.graph.merged.get(named, named)
    known = centre in day.table.names
    st.session_state["brand_instead"] = None
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        title = day.table.names[centre] if known else "This site or company is not known"
        components.prose([{"tag": "h1", "text": [title]}], key="name")
    with right:
        st.selectbox(
            "Brand",
            list(names),
            format_func=names.__getitem__,
            key="brand_instead",
            on_change=_to_brand,
            label_visibility="collapsed",
            placeholder="See it behind a brand",
        )
    if known:
        return centre
    st.text(f"No organization or facility has the id {named!r}.")
    st.markdown("Choose a brand above, or search for a name.")
    return None


def _to_brand() -> None:
    chosen = st.session_state["brand_instead"]
    seen = st.query_params.get("site") or state.around()
    state.choose_together({"brand": chosen, "site": seen, "group": "", "open": "", "around": ""})


def _around(view: state.View, day: Day, centre: str, choices: Choices, brand: str | None) -> None:
    """Draw the picture, and beside it what is picked."""
    left, right = st.columns([3, 1], gap="medium")
    with left:
        shown = _picture(view, day, centre, choices, brand)
    with right:
        if choices.group:
            _group(day, shown, centre, choices, brand)
        elif choices.picked:
            _party(day, shown, choices, brand)
        else:
            _nothing(shown)


def _picture(view: state.View, day: Day, centre: str, choices: Choices, brand: str | None) -> Neighbourhood:
    place, below = st.container(key="network_picture"), st.container(horizontal=True, vertical_alignment="bottom")
    with below:
        chosen = st.segmented_control(
            "Shown at first",
            _BUDGETS,
            default=_BUDGETS[1],
            required=True,
            key="show",
            bind="query-params",
            help="How many parties and groups are shown before anything is opened, those that carry most.",
        )
    budget = int(chosen or _BUDGETS[1])  # none is chosen where the address says an empty one
    answers = named_queries.kept(day, lambda: state.workspace().store, choices.opened)
    expanded = exploring.expansions(choices, answers)
    theme = state.theme()
    asked = (centre, budget, tuple(expanded), tuple(choices.kept), brand is None)
    shown = remembered.of_day(
        day,
        ("neighbourhood", *asked),
        lambda: day.neighbourhood(centre, budget, expanded, choices.kept, with_buyers=brand is None),
    )
    net, layout = remembered.of_day(
        day,
        ("network", *asked, theme, choices.pinned),
        lambda: network(shown, centre, theme, choices.pinned),
    )
    with place:
        data = exploring.picture(shown, net, layout, centre, choices, around=brand is None)
        components.network(data, key="network", height=exploring.height(layout) + 40)
    said = f"{day.table.names.get(centre, centre)}, as of {view.as_of}, {view.evidence}. {exploring.label(shown)}"
    with below:
        if failed := [asked for asked, answer in answers.items() if isinstance(answer, TiertraceError)]:
            st.button("Try again", icon=":material/refresh:", on_click=named_queries.ask_again, args=(day, failed))
        if choices.opened or choices.pinned or choices.kept:
            st.button(
                "Reset",
                icon=":material/restart_alt:",
                help="Close all that was opened, and pin nothing.",
                on_click=lambda: state.choose_together(dict.fromkeys(("site", "group", "open", "pin"), "")),
            )
        st.download_button(
            "Picture as HTML",
            data=lambda: network_html(net, said, theme),
            file_name="network.html",
            mime="text/html",
            icon=":material/download:",
            on_click="ignore",
            help="One file that opens without a network connection.",
        )
        copying.offer(
            "network",
            "network",
            rows=lambda: exploring.csv_nodes(shown, centre),
            cypher=("links_between", {"party_ids": _parties(shown), "as_of": view.as_of}),
            picture="network_picture",
            caption=said,
        )
    lines = [*exploring.opened(shown.added, day.table.names, answers), " ".join(exploring.caption(shown, budget))]
    components.prose([{"tag": "small", "text": [line]} for line in lines], key="network_caption")
    return shown


def _parties(shown: Neighbourhood) -> list[str]:
    return [one for one in shown.nodes["id"] if not one.startswith(GROUP)]


# --- beside the picture ----------------------------------------------------------------------------------------


def _nothing(shown: Neighbourhood) -> None:
    """Say how to pick something."""
    components.prose([{"tag": "h2", "text": ["Nothing picked"]}], key="nothing")
    st.caption("Click a site or a group in the picture, or find one here, to read what is known of it.")
    names = {node["id"]: exploring.name_of(node) for node in rows(shown.nodes)}
    st.session_state["site_choice"] = None
    st.selectbox(
        "Shown in the picture",
        list(names),
        format_func=names.__getitem__,
        key="site_choice",
        placeholder="Find what is shown",
        label_visibility="collapsed",
        on_change=lambda: _pick(st.session_state["site_choice"]),
    )


def _pick(one: str | None) -> None:
    group = bool(one) and str(one).startswith(GROUP)
    keep = {"around": state.around()} if state.around() else {}
    state.choose_together(
        {"group": str(one).removeprefix(GROUP) if group else "", "site": "" if group else one or "", **keep}
    )


def _party(day: Day, shown: Neighbourhood, choices: Choices, brand: str | None) -> None:
    """Show the facts of the picked party, and what can be done with it."""
    picked = day.graph.merged.get(choices.picked, choices.picked)
    node = next((row for row in rows(shown.nodes[shown.nodes["id"] == picked])), None)
    try:
        party = day.party(picked)
    except NotFoundError as error:
        st.text(str(error))
        st.button("Clear", icon=":material/close:", on_click=lambda: _pick(None))
        return
    _actions(day, party, choices)
    components.prose([exploring.ways_on(picked, brand)], key="ways_on")
    blocks = tables.party_blocks(party)
    components.prose([blocks[0], *exploring.place_blocks(node, brand), *blocks[1:]], key="party")


def _actions(day: Day, party: dict[str, Any], choices: Choices) -> None:
    picked = party["id"]
    pinned = picked in choices.pinned
    brands = {item["id"] for item in day.brands}
    kind = "Brand" if picked in brands else party["label"]
    with st.container(horizontal=True, gap="xsmall"):
        st.button(
            "Unpin" if pinned else "Pin",
            icon=":material/keep_off:" if pinned else ":material/keep:",
            help="Kept in the picture whatever is opened, filtered or chosen above.",
            on_click=lambda: state.choose_together({"pin": choices.pinning(picked)}),
        )
        with st.popover("Add", icon=":material/add_circle:", key="add_menu", width="content"):
            ways = {SUPPLIERS: "Its suppliers", BUYERS: "Its buyers", OWNERS: "Its owners and sites"}
            for way, label in {**ways, **named_queries.offered(kind)}.items():
                asked = None if way in ways else f"Query {way} of the catalogue, on the connection that only reads."
                st.button(
                    label,
                    key=f"add_{way}",
                    type="tertiary",
                    icon=asked and ":material/database_search:",
                    help=asked,
                    on_click=lambda way=way: state.choose_together({"open": choices.opening(way, picked)}),
                )
        st.button("Clear", icon=":material/close:", on_click=lambda: _pick(None))


def _group(day: Day, shown: Neighbourhood, centre: str, choices: Choices, brand: str | None) -> None:
    """Show the members of the picked group."""
    node = next((row for row in rows(shown.nodes[shown.nodes["id"] == GROUP + choices.group])), None)
    budget = int(st.session_state.get("show") or _BUDGETS[1])
    found = day.around(centre, with_buyers=brand is None).members(choices.group, budget, _parties(shown))
    title = group_words(node) if node else "This group has no member left"
    components.prose(exploring.group_blocks(title, node, brand is not None), key="group")
    with st.container(horizontal=True, gap="xsmall"):
        st.button(
            "Open",
            icon=":material/unfold_more:",
            help="Show those that carry most by themselves.",
            disabled=node is None,
            on_click=lambda: state.choose_together({"open": choices.opening(GROUPED, choices.group)}),
        )
        st.button("Clear", icon=":material/close:", on_click=lambda: _pick(None))
    if found.empty:
        return
    listed = found.head(_LISTED)
    # Another table after each pick: the browser may still hold the choice when Back brings the table again.
    key = f"members_{choices.group}_{st.session_state.get(_PICKS, 0)}"
    st.dataframe(
        exploring.members(listed),
        key=key,
        hide_index=True,
        height=420,
        on_select=lambda: _pick_member(key, listed["id"].tolist()),
        selection_mode="single-row",
        column_config=dict.fromkeys(("Carries", "Of inputs"), PERCENT),
    )
    copying.offer("members", "members", rows=lambda: exploring.members(found))
    if len(found) > len(listed):
        st.caption(f"The first {len(listed):,} of {count(len(found), 'member')}, those that carry most.")


def _pick_member(key: str, ids: list[str]) -> None:
    """Pick what was just chosen in the table; a choice that still stands from before picks nothing again."""
    if places := st.session_state[key].selection.rows:
        st.session_state[_PICKS] = st.session_state.get(_PICKS, 0) + 1
        _pick(ids[places[0]])


if state.view().day().brands or state.around():
    page()
else:
    frame.empty_store()

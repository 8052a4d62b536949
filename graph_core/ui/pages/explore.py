"""Explore: the network around a brand in tier columns, with the details of a picked site beside it."""

from __future__ import annotations

from typing import Any

import streamlit as st
from pyvis.network import Network

from graph_core.day import Day
from graph_core.errors import NotFoundError
from graph_core.neighbourhood import Neighbourhood
from graph_core.ui import chooser, components, state, tables, words
from graph_core.viz.layout import Layout
from graph_core.viz.network import HEADING, network
from graph_core.viz.network_html import network_html, options
from graph_core.viz.text import count

_BUDGETS = (30, 60, 120)
#: Usual width of the picture in pixels.
_WIDTH = 830


def shown_network(day: Day, brand: str, sentence: str) -> Neighbourhood:
    """Draw the network with what belongs to it; returns the neighbourhood that is shown."""
    picture, below = st.container(), st.container()
    with below, st.container(horizontal=True, vertical_alignment="bottom"):
        budget = st.segmented_control(
            "Sites shown",
            _BUDGETS,
            default=_BUDGETS[0],
            required=True,
            key="show",
            bind="query-params",
            help="How many sites are shown at first, those that carry most.",
        )
        export = st.container(width="content")
    expanded = expanded_sites()
    shown = day.neighbourhood(brand, int(budget), expanded)
    net, layout = network(shown, brand, state.theme())
    with picture:
        react(draw(net, layout, brand), expanded)
        caption(shown, budget)
    export.download_button(
        "Picture as HTML",
        data=network_html(net, sentence, state.theme()),
        file_name="network.html",
        mime="text/html",
        icon=":material/download:",
        on_click="ignore",
        help="One file that opens without a network connection.",
    )
    return shown


def draw(net: Network, layout: Layout, brand: str) -> Any:
    """Mount the picture, as high as its content needs at the usual width."""
    data = {
        "nodes": net.nodes,
        "edges": net.edges,
        "options": options(net),
        "selected": st.query_params.get("site"),
        "focus": brand,
        "fixed": [f"{HEADING}{column.tier}" for column in layout.columns],
    }
    height = max(340, min(760, round(layout.height * _WIDTH / max(layout.width, _WIDTH)) + 60))
    return components.network(data, key="network", height=height)


def react(result: Any, expanded: tuple[str, ...]) -> None:
    """Put what was clicked into the URL and show it."""
    if result.expand and result.expand not in expanded:
        state.choose("open", ",".join([*expanded, result.expand]))
        st.rerun()
    if result.picked is not None and (result.picked or None) != st.query_params.get("site"):
        state.choose("site", result.picked or None)
        st.rerun()


def caption(shown: Neighbourhood, budget: int) -> None:
    """Say what is shown and what is hidden."""
    hidden = f"{count(shown.hidden, 'more is', 'more are')} hidden" if shown.hidden else "none is hidden"
    st.caption(
        f"The {count(len(shown.nodes) - 1, 'supplier')} that carry most, at most {budget - 1} at first; {hidden}. Raw"
        " material left, brand right. Coloured lines carry flagged inputs, dashed lines are inferred. Click a site for"
        " its findings, double-click to add its suppliers, drag and scroll to move."
    )


def beside(day: Day, shown: Neighbourhood) -> None:
    """Show the picked site, or how to pick one."""
    picked = st.query_params.get("site")
    if not picked:
        components.prose([{"tag": "h2", "text": ["Nothing picked"]}], key="nothing")
        st.caption("Click a site in the picture, or find one here, to read its findings and sources.")
        names = dict(zip(shown.nodes["id"], shown.nodes["name"], strict=True))
        st.selectbox(
            "Site",
            list(names),
            index=None,
            format_func=names.__getitem__,
            key="site_choice",
            placeholder="Find a site",
            label_visibility="collapsed",
            on_change=lambda: state.choose("site", st.session_state["site_choice"]),
        )
        return
    rows = shown.nodes[shown.nodes["id"] == picked].to_dict("records")
    node = {str(key): value for key, value in rows[0].items()} if rows else None
    try:
        party = day.party(picked)
    except NotFoundError as error:
        st.text(str(error))
    else:
        components.prose(tables.party_blocks(party, node), key="party")
    with st.container(horizontal=True):
        st.button(
            "Add its suppliers",
            icon=":material/add_circle:",
            on_click=lambda: state.choose("open", ",".join([*expanded_sites(), picked])),
        )
        st.button("Clear", icon=":material/close:", on_click=lambda: state.choose("site", None))


def expanded_sites() -> tuple[str, ...]:
    """Sites whose suppliers are all shown, from the URL."""
    return tuple(part for part in st.query_params.get("open", "").split(",") if part)


view = state.view()
day = view.day()
chosen = chooser.brand(view)
if chosen:
    exposure = state.exposures(view, chosen)[0]
    sentence = words.brand_sentence(exposure, view)
    st.text(sentence)
    if not exposure["suppliers"]:
        st.info("Choose another day above: this brand's first list starts later.", icon=":material/event_busy:")
    else:
        left, right = st.columns([3, 1], gap="medium")
        with left:
            shown = shown_network(day, chosen, sentence)
        with right:
            beside(day, shown)

"""Overview: every brand as a row with its exposure bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from graph_core.ui import components, frame, state, tables, words

_NOTE = (
    "Every figure is a share of disclosed inputs that is traced to sites with a standing forced-labour finding. A part"
    " without a flag is where the map ends, not clean; inferred indicators stay in the thin lanes below a bar and are"
    " never added to it."
)


def show(rows: Sequence[Mapping[str, Any]], view: state.View) -> None:
    """Show the brands that the search leaves."""
    sentence = words.overview_sentence(rows, view)
    st.text(sentence)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        search = st.text_input(
            "Search brands",
            placeholder="Search brands ( / )",
            icon=":material/search:",
            key="q",
            bind="query-params",
            label_visibility="collapsed",
            width=260,
        )
        if waiting := sum(row["waiting_reviews"] for row in rows):
            st.badge(f"{waiting:,} waiting reviews", icon=":material/rule:", color="gray")
    wanted = search.casefold().strip()
    found = [row for row in rows if wanted in f"{row['brand']['name']}\n{row['brand']['id']}".casefold()]
    if found:
        components.exposure_table(tables.overview(found, sentence), key="brands")
        st.caption(_NOTE)
    else:
        st.info("No brand matches. Clear the search to see all brands.", icon=":material/search_off:")


shown = state.view()
brands = state.exposures(shown)
if brands:
    show(brands, shown)
else:
    frame.empty_store()

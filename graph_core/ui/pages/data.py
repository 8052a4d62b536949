"""Data: files in, rejected rows, what is held, public lists, the team's own findings, and who did what."""

from __future__ import annotations

import streamlit as st

from graph_core.ui import state
from graph_core.ui.data import findings, load, public, sources, trail

#: Parts of the page, as they are written in the URL.
_PARTS = {
    "load": ("Load files", load.show),
    "rejects": ("Rejected rows", sources.rejects),
    "sources": ("Sources", sources.show),
    "lists": ("Public lists", public.show),
    "findings": ("Findings of the team", findings.show),
    "log": ("Log of loads", sources.log),
    "audit": ("Who did what", trail.show),
}


def show() -> None:
    """Show the part that the address names."""
    asked = st.query_params.get("part", "load")
    st.session_state["data_part"] = asked if asked in _PARTS else "load"
    part = st.segmented_control(
        "Part",
        list(_PARTS),
        format_func=lambda name: _PARTS[name][0],
        required=True,
        key="data_part",
        on_change=lambda: state.choose("part", st.session_state["data_part"]),
        label_visibility="collapsed",
    )
    sources.forgotten()
    _PARTS[part or "load"][1]()


show()

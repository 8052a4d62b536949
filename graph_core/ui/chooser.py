"""Choosing a brand: the choice lives in the URL."""

from __future__ import annotations

import streamlit as st

from graph_core.ui import components, frame, state

#: Choices that mean nothing for another brand.
_OF_A_BRAND = ("site", "group", "open", "around", "under")


def brand(view: state.View) -> str | None:
    """Let the reader choose a brand.

    Returns
    -------
    str or None
        Id of the brand shown; ``None`` where there is none, after the page said why.
    """
    brands = view.day().brands
    if not brands:
        frame.empty_store()
        return None
    current, reason = state.brand(view)
    names = {item["id"]: item["name"] for item in brands}
    st.session_state["brand_choice"] = current
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        components.prose([{"tag": "h1", "text": [names[current] if current else "Which brand?"]}], key="name")
    with right:
        st.selectbox(
            "Brand",
            list(names),
            format_func=names.__getitem__,
            key="brand_choice",
            on_change=_changed,
            label_visibility="collapsed",
            placeholder="Choose a brand",
        )
    if current:
        st.session_state["brand_seen"] = current
    else:
        st.subheader("This brand is not known", anchor=False)
        st.text(reason)
        st.markdown("Choose another one above, or go to the overview for all brands.")
    return current


def _changed() -> None:
    state.choose_together({"brand": st.session_state["brand_choice"], **dict.fromkeys(_OF_A_BRAND, "")})

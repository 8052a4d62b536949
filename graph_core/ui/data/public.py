"""Public lists: the one place of the app from which a request leaves this machine, and only where somebody asks."""

from __future__ import annotations

from urllib.parse import urlsplit

import pandas as pd
import streamlit as st

from graph_core.ui import jobs, people, state
from graph_core.ui.data import outcome, work
from graph_core.viz.text import clean
from loaders.fetch import lists


def show() -> None:
    """List what can be fetched, and fetch one where somebody asks for it."""
    known = lists.public_lists()
    st.text(
        "Fetching sends a request to the publisher, from this machine, to the address shown and to no other. Nothing"
        " else in this app leaves the machine."
    )
    table = list_table(list(known.values()))
    st.dataframe(table, hide_index=True, height=320, key="public_lists")
    if not people.may_write():
        st.caption("Fetching needs the role of an analyst.")
        return
    name = st.selectbox("List", list(known), format_func=lambda one: known[one].title, key="public_list", width=420)
    one = known[name]
    host = urlsplit(one.url).hostname
    st.text(f"{one.url}, at most {one.max_bytes / 1e6:,.0f} MB. {one.publisher}; {one.licence}.")
    # As code: a bare name of a host would become a link that leaves the machine.
    agreed = st.checkbox(f"Send a request to `{host}`", key=f"agreed_{name}")
    if st.button("Fetch and load", key="fetch", disabled=not agreed):
        if token := jobs.start(jobs.LOAD, f"Fetching {one.name}", work.fetch(one)):
            st.session_state["fetching"] = token
            st.rerun()
        st.warning("Another load runs; wait until it is done.")
    if (done := outcome.ended(jobs.LOAD, st.session_state.get("fetching"), "Nothing was loaded.")) is not None:
        outcome.show(done, "fetched")


def list_table(known: list[lists.PublicList]) -> pd.DataFrame:
    """Lists that can be fetched, with when each last was."""
    home = state.workspace().settings.home
    rows = []
    for one in known:
        kept = lists.latest(home, one.name, whole=False)
        fetched = "never" if kept is None else kept.retrieved_at[:10]
        rows.append([one.title, one.publisher, fetched, one.licence, one.url, clean(one.comment)])
    return pd.DataFrame(rows, columns=["list", "publisher", "fetched", "licence", "address", "note"])

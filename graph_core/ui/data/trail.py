"""Who did what: the audit trail, newest first, with whether its chain is whole."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd
import streamlit as st

from graph_core import audit
from graph_core.errors import VerificationError
from graph_core.roles import Role
from graph_core.ui import components, copying, people, state
from graph_core.viz.text import count

#: Seconds for which a chain that was read and checked is not read again while its end is the same.
_HOLDS = 60
_COLUMNS = {
    "seq": st.column_config.NumberColumn("No.", width="small"),
    "at": st.column_config.TextColumn("When (UTC)"),
    "name": "Who",
    "role": "Role",
    "via": st.column_config.TextColumn("From", help="The command line, or the app: signed in, or with a stated name."),
    "what": "What",
    "subject": "Of what",
    "detail": "Detail",
    "state": st.column_config.TextColumn("State", help="A beginning without an end was cut short."),
    "records": st.column_config.NumberColumn("Version", help="Version of the records after it."),
    "previous": None,
    "hash": st.column_config.TextColumn("Hash", width="small"),
}


def show() -> None:
    """Show the audit trail to admins, and to nobody else."""
    if people.me().role is not Role.ADMIN:
        st.caption("The audit trail is shown to admins.")
        return
    table, fault = _checked(state.workspace().store.trail_head())
    if fault:
        components.prose([{"tag": "p", "text": [f"The chain is broken: {fault}."]}], key="audit_state")
    else:
        st.caption(
            f"{count(len(table), 'entry', 'entries')}, none changed or removed as far as the chain showed within the"
            " last minute. Whoever owns the server could write it anew: note the last hash elsewhere (`tiertrace audit"
            " --verify --hash`)."
        )
    if table.empty:
        st.text("Nothing was changed yet; a load is the first entry.")
        return
    st.dataframe(table, hide_index=True, height=420, key="audit_table", column_config=_COLUMNS)
    copying.offer("audit", "audit-trail", rows=lambda: table)


@st.cache_resource(show_spinner=False, max_entries=2, ttl=_HOLDS)
def _checked(head: str) -> tuple[pd.DataFrame, str]:  # noqa: ARG001 - a key
    """The trail as a table, newest first, columns `graph_core.audit.COLUMNS`; and what is wrong with its chain."""
    trail = state.workspace().store.trail()
    table = pd.DataFrame([asdict(one) for one in reversed(trail.entries)], columns=list(audit.COLUMNS))
    try:
        audit.verify(trail)
    except VerificationError as error:
        return table, str(error)
    return table, ""

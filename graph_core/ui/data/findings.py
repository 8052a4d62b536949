"""The team's own findings: written down by form, each a source of its own, and withdrawn where they no longer hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from graph_core.graph import Graph, rows
from graph_core.model import Category
from graph_core.team_findings import PREFIX, add
from graph_core.ui import copying, jobs, people, progress, remembered, state
from graph_core.ui.words import CATEGORY, changed_words
from graph_core.viz.text import clean

_KEY = "team finding"


def show() -> None:
    """Show the findings of the team, and a form for a new one."""
    day = state.view().day()
    _came()
    own = remembered.of_day(day, "own findings", lambda: own_findings(day.graph))
    if own.empty:
        st.text("The team has written down no finding.")
    else:
        _listed(own)
    if people.may_write():
        _form()


def own_findings(graph: Graph) -> pd.DataFrame:
    """Findings that the team wrote."""
    findings = graph["Finding"].reset_index(drop=True)
    said_by = findings["sources"].explode()
    own = findings.index.isin(said_by.index[said_by.str.startswith(PREFIX).eq(True)])
    columns = ["id", "subject_id", "subject_name", "category", "status", "valid_from", "valid_to", "authority"]
    return findings.loc[own, [*columns, "source_title", "source_url", "note"]].reset_index(drop=True)


def _listed(own: pd.DataFrame) -> None:
    # What was chosen belongs to these rows alone: other rows, another table.
    event = st.dataframe(
        own, hide_index=True, height=min(320, 38 * (len(own) + 1)), on_select="rerun", selection_mode="single-row",
        key=f"own_findings_{hash(tuple(own['id']))}",
    )  # fmt: skip
    copying.offer("own_findings", "findings", rows=lambda: own)
    if not people.may_write():
        return
    chosen = event["selection"]["rows"]
    if not chosen:
        st.caption("Choose a finding to withdraw it: it stays to be read, marked as retracted, and counts no longer.")
        return
    row = rows(own)[chosen[0]]
    st.text(_title(row))
    why = st.text_input("Why it is withdrawn", key=f"withdraw_why_{row['id']}", max_chars=500)
    if st.button("Withdraw", key="withdraw", disabled=not why.strip()):
        said = {"id": row["id"], "status": "retracted", "note": why.strip(), "authority": people.me().name}
        _start("Withdrawing a finding", said)


def _title(row: dict[str, Any]) -> str:
    """Say which finding would be withdrawn."""
    category = CATEGORY.get(row["category"], row["category"])
    return f"To be withdrawn: {category}, {clean(row['subject_name'] or row['subject_id'])}, from {row['valid_from']}."


def _form() -> None:
    with st.form("finding", border=True):
        st.markdown("**New finding**")
        left, right = st.columns(2)
        subject = left.text_input("Id of the site or company", help="As it is shown everywhere; or its name below.")
        name = right.text_input("Name, where no id is known", help="A name is matched as those of public lists are.")
        country = right.text_input("Country of the name", max_chars=60)
        category = left.selectbox("What was found", [str(one) for one in Category], format_func=CATEGORY.__getitem__)
        begin = left.date_input("First day", None, format="YYYY-MM-DD", min_value=dt.date(1990, 1, 1))
        end = right.date_input("First day on which it no longer holds", None, format="YYYY-MM-DD")
        severity = left.slider("Severity", 0.0, 1.0, 1.0, 0.05)
        confidence = right.slider("Confidence", 0.0, 1.0, 1.0, 0.05)
        commodity = left.text_input("Only for this good")
        source = right.text_input("Where it stands (title or address)")
        subsidiaries = left.checkbox("Names the subsidiaries too")
        note = st.text_area("Note", max_chars=2_000, height=80)
        if not st.form_submit_button("Write it down"):
            return
    said = {
        "subject_id": subject, "subject_name": name, "subject_country": country, "category": category,
        "valid_from": begin.isoformat() if begin else None, "valid_to": end.isoformat() if end else None,
        "severity": severity if severity < 1 else None, "confidence": confidence if confidence < 1 else None,
        "scope_commodity": commodity, "includes_subsidiaries": True if subsidiaries else None, "note": note,
        "authority": people.me().name, **_where(source),
    }  # fmt: skip
    said = {key: value.strip() or None if isinstance(value, str) else value for key, value in said.items()}
    if missing := missing_of(said):
        st.error("Something is missing: " + ", ".join(missing), icon=":material/error:")
        return
    _start("Writing a finding", said)


def missing_of(said: dict[str, Any]) -> list[str]:
    """What a new finding needs and was not said."""
    needed = {
        "either the id or the name of whom it is about": bool(said["subject_id"]) != bool(said["subject_name"]),
        "the first day": bool(said["valid_from"]),
        "where it stands": bool(said["source_title"] or said["source_url"]),
    }
    return [words for words, there in needed.items() if not there]


def _where(source: str) -> dict[str, str | None]:
    web = source.strip().casefold().startswith(("http://", "https://"))
    return {"source_title": None if web else source, "source_url": source if web else None}


def _start(title: str, said: dict[str, Any]) -> None:
    if jobs.start(_KEY, title, _work(said, state.default_day().isoformat())):
        st.rerun()
    st.warning("Another finding is being written; wait until it is done.")


def _work(said: dict[str, Any], today: str) -> Callable[[jobs.Report], dict[str, Any]]:
    subject = str(said.get("subject_id") or said.get("subject_name") or said.get("id"))
    act = people.writing("finding withdrawn" if said.get("status") == "retracted" else "finding written", subject)

    def work(report: jobs.Report) -> dict[str, Any]:
        report("writing", 0, 0)
        return add(state.workspace(), said, today, None, lambda: act)

    return work


def _came() -> None:
    job = progress.show(_KEY)
    if job is None or job.running or not jobs.own(job):
        return
    if job.state is not jobs.State.DONE:
        st.error("The finding was not written.", icon=":material/error:")
        st.text(str(job.fault or "Cancelled."))
        return
    done = job.result
    if not done["changed"]:
        st.text(f"Nothing new: {done['finding']} says this already.")
        return
    st.text(clean(f"{done['finding']} is kept. {done['summary']}"))
    for note in done["notes"]:
        st.text(clean(note))
    st.text(f"Figures as of {done['as_of']}: {changed_words(done['brands'])}.")

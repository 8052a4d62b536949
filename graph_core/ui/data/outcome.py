"""What came of reading or loading, as the page Data shows it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from graph_core.changes import from_nothing
from graph_core.ui import components, jobs, progress
from graph_core.ui.data.work import Done
from graph_core.ui.words import changed_words
from graph_core.viz.text import clean, count
from loaders.pipeline import LoadReport

#: Rejected rows that a dry run shows.
_FIRST = 10


def reconciliation(reports: Sequence[LoadReport]) -> pd.DataFrame:
    """One row a format and table: rows read = loaded + merged + rejected."""
    rows = [
        [report.format, t.table, t.read, t.loaded, t.merged, t.rejected] for report in reports for t in report.tables
    ]
    return pd.DataFrame(rows, columns=["format", "table", "read", "loaded", "merged", "rejected"])


def show(done: Done, key: str) -> None:
    """Show what became of every row, what a reader should know, and whose figures changed."""
    for fault in done.faults:
        st.error("This could not be used, and nothing of it was loaded:", icon=":material/error:")
        st.text(fault)
    if done.reports:
        st.text(_sentence(done))
        st.dataframe(reconciliation(done.reports), hide_index=True, key=f"reconciliation_{key}")
        if notes := [clean(note) for report in done.reports for note in report.notes]:
            components.prose([{"tag": "ul", "items": [[note] for note in notes]}], key=f"notes_{key}")
        _rejects(done.reports, key)
    if done.changed is not None:
        components.prose([{"tag": "p", "text": [_changed(done)]}], key=f"changed_{key}")


def _sentence(done: Done) -> str:
    table = reconciliation(done.reports)
    read, rejected = int(table["read"].sum()), int(table["rejected"].sum())
    how = "Dry run, nothing is written: " if any(report.dry_run for report in done.reports) else ""
    new = "" if how or any(report.changed for report in done.reports) else " The store already held all of it."
    loaded, merged = int(table["loaded"].sum()), int(table["merged"].sum())
    return (
        f"{how}{count(read, 'row')} read = {loaded:,} loaded + {merged:,} merged with an equal one"
        f" + {rejected:,} rejected.{new}"
    )


def _rejects(reports: Sequence[LoadReport], key: str) -> None:
    rows = pd.concat([report.reject_rows for report in reports])
    if rows.empty:
        return
    st.text(f"The first {min(_FIRST, len(rows))} rejected rows, with their reasons:")
    st.dataframe(rows.head(_FIRST).astype("str"), hide_index=True, key=f"first_rejects_{key}")


def _changed(done: Done) -> str:
    changed = done.changed or []
    known = [row for row in changed if not from_nothing(row)]
    told = f"Figures as of today: {changed_words(known)}."
    if fresh := len(changed) - len(known):
        told += f" {count(fresh, 'brand has', 'brands have')} figures now; no flag reaches them today."
    return told


def begun(key: str, token: str | None) -> jobs.Job | None:
    """Show how far a job is, and give it once it is over.

    Parameters
    ----------
    key : str
        Of the job.
    token : str or None
        Of the one that is meant (`graph_core.ui.jobs.start`); any other of this key may be somebody else's.
    """
    job = jobs.of(key)
    if job is None or job.token != token:
        return None
    job = progress.show(key)
    return None if job is None or job.running else job


def ended(key: str, token: str | None, again: str) -> Done | None:
    """Show a job that failed or was cancelled, and give what one came to that is done.

    Parameters
    ----------
    key, token : str
        Of the job, as for `begun`.
    again : str
        What to do after a cancel.
    """
    job = begun(key, token)
    if job is None:
        return None
    if job.state is jobs.State.FAILED:
        st.error("This was not done.", icon=":material/error:")
        st.text(str(job.fault))
    elif job.state is jobs.State.CANCELLED:
        st.info(f"Cancelled. {again}", icon=":material/cancel:")
    done: Done | None = job.result
    return done

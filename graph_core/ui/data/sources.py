"""What the store holds: every source with its age and counts, rejected rows to correct, and the log of loads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from graph_core.sources import listed
from graph_core.ui import components, copying, jobs, people, progress, state
from graph_core.ui.data import outcome, work
from graph_core.ui.words import changed_words
from graph_core.viz.text import clean, count

#: Columns of the table of sources, and of the log.
_SOURCES = [
    "title", "publisher", "licence", "retrieved", "days old", "records", "read", "rejected", "format", "id", "sha256",
]  # fmt: skip
_EDITED = ["line", "column", "value", "reason", "row"]
_MOST = 1_000


def show() -> None:
    """List the sources; a chosen one can be forgotten."""
    rows = listed(state.workspace().store, state.default_day().isoformat())
    if not rows:
        st.info("Nothing is loaded yet. Load files above, or a public list.", icon=":material/inbox:")
        return
    table = source_table(rows)
    st.text(
        f"{count(len(rows), 'source')}, in the order of loading. Read and rejected count the whole load, which may hold"
        " several sources."
    )
    # What was chosen belongs to these rows alone: other rows, another table.
    event = st.dataframe(
        table, hide_index=True, height=min(420, 38 * (len(table) + 1)), on_select="rerun", selection_mode="single-row",
        placeholder="not stated", key=f"sources_{hash(tuple(row['id'] for row in rows))}",
    )  # fmt: skip
    copying.offer("sources", "sources", rows=lambda: table)
    if chosen := event["selection"]["rows"]:
        _forget(rows[chosen[0]])
    elif people.may_write():
        st.caption("Choose a source to see what forgetting it would take away.")


def source_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Sources as a table (`graph_core.sources.listed`)."""

    def counted(row: dict[str, Any], what: str) -> int | None:
        return sum(table[what] for table in row["load"]["tables"]) if row["load"] else None

    cells = [
        [
            clean(row["title"] or row["id"]), row["publisher"], row["licence"], row["retrieved_at"], row["age_days"],
            sum(row["records"].values()), counted(row, "read"), counted(row, "rejected"), row["format"], row["id"],
            row["sha256"],
        ]
        for row in rows
    ]  # fmt: skip
    return pd.DataFrame(cells, columns=_SOURCES)


def _forget(row: dict[str, Any]) -> None:
    """Offer to forget a source: first what it would take away, then a typed confirmation."""
    source = str(row["id"])
    with st.container(border=True, key="forget"):
        title = clean(row["title"] or source)
        components.prose([{"tag": "h3", "text": [f"Forget {title}"]}], key="forget_head")
        if not people.may_write():
            st.caption("Forgetting needs the role of an analyst.")
            return
        # What would go is of what the store holds now.
        dry = f"forget dry {source} {state.workspace().store.version().records}"
        if st.button("What would go", key="forget_dry"):
            jobs.start(dry, "What forgetting would take away", work.forget(source, dry_run=True))
            st.rerun()
        job = progress.show(dry)
        if job is not None and not job.running and _gone(job, "would go"):
            typed = st.text_input("To forget it, write its id", key=f"typed_{source}", placeholder=source)
            if st.button("Forget", key="forget_now", disabled=typed.strip() != source):
                if token := jobs.start(jobs.LOAD, f"Forgetting {clean(source)}", work.forget(source, dry_run=False)):
                    jobs.take(dry)
                    st.session_state["forgotten"] = token
                    st.rerun()
                st.warning("A load runs; wait until it is done.")


def forgotten() -> None:
    """Tell what came of forgetting, where this session asked for it."""
    job = outcome.begun(jobs.LOAD, st.session_state.get("forgotten"))
    if job is not None:
        jobs.take(jobs.LOAD)
        _gone(job, "went")


def _gone(job: jobs.Job, word: str) -> bool:
    """Say what a job of forgetting came to; whether it is done."""
    if job.state is not jobs.State.DONE:
        st.error("This was not done.", icon=":material/error:")
        st.text(str(job.fault or "Cancelled."))
        return False
    gone, changed = job.result
    told = f"{count(gone.records, 'record')} {word}; {gone.counts.deleted:,} nodes and links are removed by that, "
    told += f"{gone.counts.updated + gone.counts.created:,} change."
    if changed is not None:
        told += f" Figures as of today: {changed_words(changed)}."
    st.text(told)
    return True


# --- rejected rows ---------------------------------------------------------------------------------------------


def rejects() -> None:
    """Show the rejected rows of a load as a file and as a table to correct; corrected rows are loaded alone."""
    files = reject_files(listed(state.workspace().store, state.default_day().isoformat()))
    if not files:
        st.info("No load has rejected rows.", icon=":material/task_alt:")
        return
    path = st.selectbox("Load", list(files), format_func=files.__getitem__, key="rejects_of", width=520)
    if not path.exists():
        st.text("The file of these rows is no longer there. Load the source again to make it anew.")
        return
    rows = _rejected(path, path.stat().st_mtime_ns)
    st.download_button(
        "All rejected rows as CSV", path.read_bytes, file_name=path.name, mime="text/csv", on_click="ignore",
        icon=":material/csv:", key="rejects_file",
    )  # fmt: skip
    if len(rows) > _MOST:
        st.caption(f"The table shows the first {_MOST:,} of {len(rows):,}; the file holds all.")
    shown = rows.head(_MOST)
    st.caption("Correct the cell of the value, or any cell of the whole row. Only rows that you changed are loaded.")
    edited = st.data_editor(
        shown[_EDITED], hide_index=True, disabled=["line", "column", "reason"], height=320, key=f"editor_{path.name}"
    )
    changed = (edited[_EDITED] != shown[_EDITED]).any(axis=1)
    corrected = shown.assign(**{name: edited[name] for name in ("value", "row")})[changed]
    locked = len(corrected) == 0 or not people.may_write()
    if st.button(f"Load {count(len(corrected), 'corrected row')}", key="load_corrected", disabled=locked):
        if token := jobs.start(jobs.LOAD, "Loading corrected rows", work.correct(path, corrected)):
            st.session_state["correcting"] = token
            st.rerun()
        st.warning("Another load runs; wait until it is done.")
    if (done := outcome.ended(jobs.LOAD, st.session_state.get("correcting"), "Nothing was loaded.")) is not None:
        outcome.show(done, "corrected")


@st.cache_resource(show_spinner=False, max_entries=4)
def _rejected(path: Path, changed: int) -> pd.DataFrame:  # noqa: ARG001 - a key
    return work.rejected(path)


def reject_files(rows: list[dict[str, Any]]) -> dict[Path, str]:
    """Files of rejected rows of what is held, with what they are of."""
    found: dict[Path, str] = {}
    for row in rows:
        if row["load"] and row["load"]["rejects"]:
            number = sum(table["rejected"] for table in row["load"]["tables"])
            title = clean(row["title"] or row["id"])
            found[Path(row["load"]["rejects"])] = f"{title}: {count(number, 'row')}, {row['load']['loaded_at'][:16]}"
    return found


# --- the log ---------------------------------------------------------------------------------------------------


def log() -> None:
    """Show every load that ever changed the store, the newest first."""
    loads = state.workspace().store.loads()
    if not loads:
        st.info("Nothing was ever loaded.", icon=":material/inbox:")
        return
    rows = []
    for entry in reversed(loads):
        tables = json.loads(entry.report)["tables"]
        total = {what: sum(table[what] for table in tables) for what in ("read", "loaded", "merged", "rejected")}
        files = ", ".join(clean(Path(path).name) for path in entry.paths)
        counts = "yes" if entry.current else "replaced or gone"
        rows.append([entry.loaded_at, entry.format, files, *total.values(), counts])
    columns = ["loaded at", "format", "files", "read", "loaded", "merged", "rejected", "counts"]
    table = pd.DataFrame(rows, columns=columns)
    st.text(f"{count(len(loads), 'load')}, the newest first.")
    st.dataframe(table, hide_index=True, height=min(420, 38 * (len(table) + 1)), key="log")
    copying.offer("log", "loads", rows=lambda: table)

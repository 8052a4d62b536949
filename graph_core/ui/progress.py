"""What pages show of long work: how far it is, and a button that ends it for those who may."""

from __future__ import annotations

import streamlit as st

from graph_core.errors import RefusedError
from graph_core.text import printable
from graph_core.ui import jobs, people
from graph_core.viz.text import count

#: Name in the session of the keys of jobs that the page shows.
_ON_PAGE = "jobs_on_page"
#: Seconds between two looks at running jobs.
_POLL = 1.0


def strip() -> None:
    """Show a slim line for every job that runs and that the page did not show itself.

    Nothing is drawn or looked at while there is none; called after the page.
    """
    shown = frozenset(st.session_state.pop(_ON_PAGE, ()))
    if _others(shown):
        _strip(shown)


def _others(shown: frozenset[str]) -> list[jobs.Job]:
    return [job for job in jobs.running() if job.key not in shown]


def show(key: str) -> jobs.Job | None:
    """Show how far the job of a key is, with a button that cancels it.

    Returns
    -------
    Job or None
        The job, for the page to show what came of it once it is over; the page is run again at that moment.
    """
    job = jobs.of(key)
    if job is not None and job.running:
        st.session_state[_ON_PAGE] = {*st.session_state.get(_ON_PAGE, ()), key}
        _watch(key)
    return job


def cancel(job: jobs.Job) -> None:
    """Ask a job to end, as the person of this session.

    Raises
    ------
    RefusedError
        The person may only read, and did not begin it here.
    """
    if not _may_end(job):
        raise RefusedError("only an analyst, or the session that began it, may end this; it goes on")
    jobs.cancel(job)


def _may_end(job: jobs.Job) -> bool:
    return people.may_write() or jobs.own(job)


@st.fragment(run_every=_POLL)
def _strip(shown: frozenset[str]) -> None:
    people.stay()
    running = _others(shown)
    if not running:
        st.rerun()
    for job in running:
        _line(job, "strip")


@st.fragment(run_every=_POLL)
def _watch(key: str) -> None:
    people.stay()
    job = jobs.of(key)
    if job is None or not job.running:
        st.rerun()
    else:
        _line(job, "page")
        st.progress(job.progress.share or 0.0)


def _line(job: jobs.Job, place: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text(words(job))
        if job.cancelling:
            st.text("ends at the next safe moment")
        elif _may_end(job):
            st.button(
                "Cancel",
                key=f"cancel_{place}_{job.key}",
                on_click=_asked,
                args=(job,),
                type="tertiary",
                help="The store stays whole: what already counts is finished first.",
            )


def _asked(job: jobs.Job) -> None:
    try:
        cancel(job)
    except RefusedError:  # the role was taken away since the button was drawn
        st.toast("You may not end this; it goes on.")


def words(job: jobs.Job) -> str:
    """Say in one line what a job does, how far it is, how fast, and how long it will still take."""
    at = job.progress
    parts = [printable(at.stage)] if at.stage else []
    if at.total > 0:
        parts.append(f"{at.done:,} of {at.total:,}")
    elif at.done:
        parts.append(f"{at.done:,}")
    if at.rate is not None and at.rate >= 1:
        parts.append(f"{at.rate:,.0f} a second")
    if at.left is not None and at.done < at.total:
        parts.append(f"{_duration(at.left)} left in this step")
    return f"{printable(job.title)}: {', '.join(parts)}" if parts else f"{printable(job.title)} …"


def _duration(seconds: float) -> str:
    return count(max(1, round(seconds)), "second") if seconds < 90 else count(round(seconds / 60), "minute")

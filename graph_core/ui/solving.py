"""Figures of a day that take time: asked for once, and worked out beside the page where they take long."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

import streamlit as st

from graph_core.day import Day
from graph_core.ui import jobs, progress, remembered
from graph_core.workspace import Report

T = TypeVar("T")
#: Seconds that a page waits before it shows progress instead.
_PATIENCE = 1.0


def solved(day: Day, question: Hashable, title: str, work: Callable[[], T]) -> T | None:
    """What is known of a day; after a second of work the page shows progress, and runs again once it is there.

    Parameters
    ----------
    day : Day
        What is asked.
    question : hashable
        What is asked of it.
    title : str
        What is being done, for people.
    work : callable
        Gives the answer; never ``None``.

    Returns
    -------
    object
        The answer; ``None`` while it is worked out, after the page said so.

    Raises
    ------
    TiertraceError
        As ``work`` raises it.
    """

    def asked(report: Report) -> None:
        report("", 0, 0)
        remembered.of_day(day, question, work)

    key = f"solve {id(day)} {question!r}"
    if not remembered.has(day, question):
        jobs.start(key, title, asked)
        jobs.wait(key, _PATIENCE)
    job = jobs.take(key)
    if job is not None and job.fault is not None:
        raise job.fault
    if remembered.has(day, question):
        return remembered.of_day(day, question, work)
    if job is not None:
        st.caption("This was stopped before it was done.")
        st.button("Go on", icon=":material/refresh:", key=f"again_{key}")  # any click runs the page again
    elif progress.show(key) is None:  # it ended in this very moment, and another session was told
        return remembered.of_day(day, question, work)
    return None

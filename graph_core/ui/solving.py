"""Figures of a day that take time: asked for once, and worked out beside the page where they take long."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any
from weakref import WeakKeyDictionary

import streamlit as st

from graph_core.day import Day
from graph_core.ui import jobs
from graph_core.workspace import Report

#: Seconds that a page waits before it shows progress instead.
_PATIENCE = 1.0
#: Answers that are kept of a day.
_MOST = 64
_KNOWN: WeakKeyDictionary[Day, dict[Hashable, Any]] = WeakKeyDictionary()


def remembered(day: Day, question: Hashable, work: Callable[[], Any]) -> Any:
    """What is known of a day, worked out on first use and kept as long as the day is."""
    known = _KNOWN.setdefault(day, {})
    if question not in known:
        _keep(known, question, work())
    return known[question]


def solved(day: Day, question: Hashable, title: str, work: Callable[[], Any]) -> Any:
    """The same for what may take long: after a second the page shows progress, and runs again once it is there.

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
    known = _KNOWN.setdefault(day, {})
    key = f"solve {id(day)} {question!r}"
    if question not in known:
        jobs.start(key, title, lambda report: _into(known, question, work, report))
        jobs.wait(key, _PATIENCE)
    job = jobs.take(key)
    if job is not None and job.fault is not None:
        raise job.fault
    if question in known:
        return known[question]
    if job is not None:
        st.caption("This was stopped before it was done.")
        st.button("Go on", icon=":material/refresh:", key=f"again_{key}")  # any click runs the page again
    elif jobs.show(key) is None:  # it ended in this very moment, and another session was told
        return remembered(day, question, work)
    return None


def _into(known: dict[Hashable, Any], question: Hashable, work: Callable[[], Any], report: Report) -> None:
    report("", 0, 0)
    _keep(known, question, work())


def _keep(known: dict[Hashable, Any], question: Hashable, answer: Any) -> None:
    known[question] = answer
    for old in list(known)[:-_MOST]:
        known.pop(old, None)

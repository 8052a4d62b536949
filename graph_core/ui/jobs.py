"""Long work of the app: done in a thread of the server, told of on every page, cancelled where that is harmless.

A job belongs to the server, not to a session: it goes on while people change pages or leave, and everyone sees it.
One runs a key; what came of it is kept until a page takes it, or until the next one of that key begins.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

import streamlit as st

from graph_core.errors import Cancelled, TiertraceError
from graph_core.text import printable
from graph_core.viz.text import count

T = TypeVar("T")
#: As `graph_core.store.base.Report`: what is being done, how many are done, how many there are (0: not known).
Report = Callable[[str, int, int], None]

_LOG = logging.getLogger(__name__)
#: Key of the job that changes what the store holds: one runs at a time.
LOAD = "load"
#: Name in the session of the keys of jobs that the page shows.
_ON_PAGE = "jobs_on_page"
#: Seconds between two looks at running jobs.
_POLL = 1.0
#: Seconds that the end of the server waits for jobs to end by themselves.
_GRACE = 5.0
#: Seconds of a stage before a rate says anything.
_SETTLED = 1.0


class State(StrEnum):
    """Where a job stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    Attributes
    ----------
    stage : str
        What is being done; may hold names of files.
    done, total : int
        How many of how many; ``total`` 0 where it is not known.
    seconds : float
        For how long this stage runs.
    """

    stage: str = ""
    done: int = 0
    total: int = 0
    seconds: float = 0.0

    @property
    def share(self) -> float | None:
        """Part that is done, 0..1; ``None`` where the whole is not known."""
        return min(1.0, self.done / self.total) if self.total > 0 else None

    @property
    def rate(self) -> float | None:
        """How many a second; ``None`` while that cannot be told."""
        return self.done / self.seconds if self.done > 0 and self.seconds >= _SETTLED else None

    @property
    def left(self) -> float | None:
        """Seconds until this stage is done; ``None`` while that cannot be told."""
        return None if self.rate is None or self.total <= 0 else max(0.0, (self.total - self.done) / self.rate)


@dataclass(frozen=True)
class Job:
    """A job as it stood when it was asked for.

    Attributes
    ----------
    key : str
        What it is found by.
    title : str
        What it does, for people.
    state : State
        Where it stands.
    progress : Progress
        How far it is.
    result : object
        What the work gave, once it is done.
    fault : TiertraceError or None
        Why it failed.
    cancelling : bool
        Whether a person asked for its end.
    """

    key: str
    title: str
    state: State
    progress: Progress
    result: Any = None
    fault: TiertraceError | None = None
    cancelling: bool = False

    @property
    def running(self) -> bool:
        """Whether it is not done yet."""
        return self.state is State.RUNNING


@dataclass
class _Running:
    """A job on its way; guarded by the lock of `Jobs`."""

    key: str
    title: str
    state: State = State.RUNNING
    result: Any = None
    fault: TiertraceError | None = None
    stage: str = ""
    done: int = 0
    total: int = 0
    began: float = field(default_factory=time.monotonic)
    cancel: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def seen(self) -> Job:
        progress = Progress(self.stage, self.done, self.total, time.monotonic() - self.began)
        return Job(self.key, self.title, self.state, progress, self.result, self.fault, self.cancel.is_set())


class Jobs:
    """All jobs of a server; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, _Running] = {}

    def start(self, key: str, title: str, work: Callable[[Report], Any]) -> bool:
        """Begin work in a thread of its own.

        Parameters
        ----------
        key : str
            What it is found by.
        title : str
            What it does, for people.
        work : callable
            Given the callback that it tells of its progress. Where a person cancelled, the callback raises
            `graph_core.errors.Cancelled`; steps that must not end half-way take
            `graph_core.store.base.finishing` of it.

        Returns
        -------
        bool
            False where a job of this key runs: that one goes on, and nothing was begun.
        """
        with self._lock:
            known = self._jobs.get(key)
            if known is not None and known.state is State.RUNNING:
                return False
            job = self._jobs[key] = _Running(key, title)
            job.thread = threading.Thread(target=self._run, args=(job, work), name=f"job {key}", daemon=True)
            job.thread.start()
        return True

    def of(self, key: str) -> Job | None:
        """The job of a key, running or with what came of it; ``None`` for none."""
        with self._lock:
            job = self._jobs.get(key)
            return None if job is None else job.seen()

    def take(self, key: str) -> Job | None:
        """Give a job that is over and forget it; ``None`` where there is none, or it still runs."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None or job.state is State.RUNNING:
                return None
            return self._jobs.pop(key).seen()

    def wait(self, key: str, seconds: float) -> None:
        """Wait for the end of a job, no longer than some seconds."""
        with self._lock:
            thread = job.thread if (job := self._jobs.get(key)) is not None else None
        if thread is not None:
            thread.join(seconds)

    def cancel(self, key: str) -> None:
        """Ask a job to end; it does at the next word of its progress, or is done before."""
        with self._lock:
            if (job := self._jobs.get(key)) is not None:
                job.cancel.set()

    def running(self) -> list[Job]:
        """All jobs that run, in the order of their begin."""
        with self._lock:
            return [job.seen() for job in self._jobs.values() if job.state is State.RUNNING]

    def close(self) -> None:
        """Ask all jobs to end, and wait a little for them."""
        with self._lock:
            threads = [job.thread for job in self._jobs.values() if job.state is State.RUNNING and job.thread]
            for job in self._jobs.values():
                job.cancel.set()
        end = time.monotonic() + _GRACE
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _run(self, job: _Running, work: Callable[[Report], Any]) -> None:
        result, fault, state = None, None, State.DONE
        try:
            result = work(lambda stage, done, total: self._told(job, stage, done, total))
        except Cancelled:
            state = State.CANCELLED
        except TiertraceError as error:
            fault, state = error, State.FAILED
        except Exception:  # noqa: BLE001 - told to the reader, and whole to the log
            _LOG.exception("job %s failed", job.key)
            fault = TiertraceError(f"{job.title}: this failed by a fault of the program; its log tells more.")
            state = State.FAILED
        with self._lock:
            job.result, job.fault, job.state = result, fault, state

    def _told(self, job: _Running, stage: str, done: int, total: int) -> None:
        with self._lock:
            if stage != job.stage or done < job.done:
                job.began = time.monotonic()
            job.stage, job.done, job.total = stage, done, total
        if job.cancel.is_set():
            raise Cancelled(f"{job.title}: cancelled")


@st.cache_resource(show_spinner=False, on_release=lambda jobs: jobs.close())
def _jobs() -> Jobs:
    """The jobs of this server."""
    return Jobs()


def start(key: str, title: str, work: Callable[[Report], Any]) -> bool:
    """Begin work in the background; see `Jobs.start`."""
    return _jobs().start(key, title, work)


def of(key: str) -> Job | None:
    """The job of a key, running or with what came of it; ``None`` for none."""
    return _jobs().of(key)


def wait(key: str, seconds: float) -> None:
    """Wait for the end of a job, no longer than some seconds."""
    _jobs().wait(key, seconds)


def take(key: str) -> Job | None:
    """Give a job that is over and forget it; ``None`` where there is none, or it still runs."""
    return _jobs().take(key)


def cancel(key: str) -> None:
    """Ask a job to end."""
    _jobs().cancel(key)


# --- what pages show of it -------------------------------------------------------------------------------------


def strip() -> None:
    """Show a slim line for every job that runs and that the page did not show itself.

    Nothing is drawn or looked at while there is none; called after the page.
    """
    shown = frozenset(st.session_state.pop(_ON_PAGE, ()))
    if _others(shown):
        _strip(shown)


def _others(shown: frozenset[str]) -> list[Job]:
    return [job for job in _jobs().running() if job.key not in shown]


def show(key: str) -> Job | None:
    """Show how far the job of a key is, with a button that cancels it.

    Returns
    -------
    Job or None
        The job, for the page to show what came of it once it is over; the page is run again at that moment.
    """
    job = of(key)
    if job is not None and job.running:
        st.session_state[_ON_PAGE] = {*st.session_state.get(_ON_PAGE, ()), key}
        _watch(key)
    return job


@st.fragment(run_every=_POLL)
def _strip(shown: frozenset[str]) -> None:
    running = _others(shown)
    if not running:
        st.rerun()
    for job in running:
        _line(job, "strip")


@st.fragment(run_every=_POLL)
def _watch(key: str) -> None:
    job = of(key)
    if job is None or not job.running:
        st.rerun()
    else:
        _line(job, "page")
        st.progress(job.progress.share or 0.0)


def _line(job: Job, place: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text(words(job))
        if job.cancelling:
            st.text("ends at the next safe moment")
        else:
            st.button(
                "Cancel",
                key=f"cancel_{place}_{job.key}",
                on_click=cancel,
                args=(job.key,),
                type="tertiary",
                help="The store stays whole: what already counts is finished first.",
            )


def words(job: Job) -> str:
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

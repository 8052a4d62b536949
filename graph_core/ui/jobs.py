"""Long work of the app: done in a thread of the server, cancelled where that is harmless.

A job belongs to the server, not to a session: it goes on while people change pages or leave, and everyone sees it
(`graph_core.ui.progress`). One runs a key; what came of it is kept until a page takes it, until the next one of that
key begins, or until many others have ended since. Its token tells whose it is: a session keeps those it began.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import streamlit as st

from graph_core.errors import Cancelled, TiertraceError

#: As `graph_core.store.base.Report`: what is being done, how many are done, how many there are (0: not known).
Report = Callable[[str, int, int], None]

_LOG = logging.getLogger(__name__)
#: Key of the job that changes what the store holds: one runs at a time.
LOAD = "load"
#: Name in the session of the tokens of jobs that it began, by key.
_BEGUN = "jobs_begun"
#: Ended jobs that are kept for a page to take what came of them.
_KEPT = 64
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
    token : str
        Tells it from earlier and later jobs of its key.
    """

    key: str
    title: str
    state: State
    progress: Progress
    result: Any = None
    fault: TiertraceError | None = None
    cancelling: bool = False
    token: str = ""

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
    token: str = field(default_factory=lambda: uuid.uuid4().hex)

    def seen(self) -> Job:
        progress = Progress(self.stage, self.done, self.total, time.monotonic() - self.began)
        cancelling = self.cancel.is_set()
        return Job(self.key, self.title, self.state, progress, self.result, self.fault, cancelling, self.token)


class Jobs:
    """All jobs of a server; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, _Running] = {}

    def start(self, key: str, title: str, work: Callable[[Report], Any]) -> str:
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
        str
            Token of the job; empty where one of this key runs: that one goes on, and nothing was begun.
        """
        with self._lock:
            known = self._jobs.get(key)
            if known is not None and known.state is State.RUNNING:
                return ""
            self._jobs.pop(key, None)  # the new one is the last that began
            job = self._jobs[key] = _Running(key, title)
            self._forget()
            job.thread = threading.Thread(target=self._run, args=(job, work), name=f"job {key}", daemon=True)
            job.thread.start()
        return job.token

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

    def cancel(self, job: Job) -> None:
        """Ask a job to end; it does at the next word of its progress, or is done before."""
        with self._lock:
            known = self._jobs.get(job.key)
            if known is not None and known.token == job.token:
                known.cancel.set()

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

    def _forget(self) -> None:
        """Forget the jobs that began first of those that are over and that nobody took."""
        over = [key for key, job in self._jobs.items() if job.state is not State.RUNNING]
        for key in over[: max(0, len(over) - _KEPT)]:
            del self._jobs[key]

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


def start(key: str, title: str, work: Callable[[Report], Any]) -> str:
    """Begin work in the background; see `Jobs.start`. The session remembers that it did."""
    token = _jobs().start(key, title, work)
    if token:
        st.session_state[_BEGUN] = {**st.session_state.get(_BEGUN, {}), key: token}
    return token


def own(job: Job) -> bool:
    """Whether this session began it."""
    return bool(st.session_state.get(_BEGUN, {}).get(job.key) == job.token)


def running() -> list[Job]:
    """All jobs that run, in the order of their begin."""
    return _jobs().running()


def of(key: str) -> Job | None:
    """The job of a key, running or with what came of it; ``None`` for none."""
    return _jobs().of(key)


def wait(key: str, seconds: float) -> None:
    """Wait for the end of a job, no longer than some seconds."""
    _jobs().wait(key, seconds)


def take(key: str) -> Job | None:
    """Give a job that is over and forget it; ``None`` where there is none, or it still runs."""
    return _jobs().take(key)


def cancel(job: Job) -> None:
    """Ask a job to end; who may is for `graph_core.ui.progress.cancel` to say."""
    _jobs().cancel(job)

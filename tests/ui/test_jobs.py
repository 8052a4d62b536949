"""Work in the background: one job a key, progress, cancel, and what came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from graph_core.errors import InputError, RefusedError
from graph_core.store.base import finishing
from graph_core.ui import jobs, people, progress
from graph_core.ui.jobs import Job, Jobs, Progress, State
from graph_core.ui.progress import words

WAIT = 30.0


class Work:
    """Work that goes on when it is told to."""

    def __init__(self, end: Callable[[], object] = lambda: "done") -> None:
        self.go, self.begun, self.over = threading.Event(), threading.Event(), threading.Event()
        self.report: jobs.Report = lambda stage, done, total: None
        self._end = end

    def __call__(self, report):
        self.report = report
        report("reading <b>x</b>.csv", 1, 4)
        self.begun.set()
        assert self.go.wait(WAIT)
        try:
            report("reading <b>x</b>.csv", 2, 4)
            return self._end()
        finally:
            self.over.set()


def ended(known: Jobs, key: str) -> Job:
    """Wait for the end of a job."""
    thread = known._jobs[key].thread
    assert thread
    thread.join(WAIT)
    job = known.of(key)
    assert job
    assert not job.running
    return job


def job_of(known: Jobs, key: str) -> Job:
    job = known.of(key)
    assert job
    return job


@pytest.fixture
def known() -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.close()


def test_a_job_runs_once_a_key_and_its_result_stays_until_it_is_taken(known):
    work = Work()
    assert known.start("load", "Load", work)
    assert work.begun.wait(WAIT)
    assert not known.start("load", "Load again", lambda report: "second")
    assert [job.title for job in known.running()] == ["Load"]
    assert known.take("load") is None
    work.go.set()
    assert ended(known, "load").result == "done"
    assert known.running() == []
    taken = known.take("load")
    assert taken
    assert taken.state is State.DONE
    assert known.of("load") is None
    assert known.start("load", "Load again", lambda report: "second")
    assert ended(known, "load").result == "second"


def test_two_keys_run_side_by_side(known):
    first, second = Work(), Work()
    known.start("a", "A", first)
    known.start("b", "B", second)
    assert first.begun.wait(WAIT)
    assert second.begun.wait(WAIT)
    assert {job.key for job in known.running()} == {"a", "b"}
    first.go.set()
    second.go.set()


def test_a_cancelled_job_ends_at_the_next_word_of_its_progress(known):
    work = Work()
    known.start("load", "Load", work)
    assert work.begun.wait(WAIT)
    known.cancel(job_of(known, "load"))
    job = known.of("load")
    assert job
    assert job.running
    assert job.cancelling
    work.go.set()
    assert ended(known, "load").state is State.CANCELLED


def test_a_cancel_is_of_the_job_that_was_seen_and_not_of_the_next_of_its_key(known):
    known.start("load", "Load", lambda report: "first")
    seen = ended(known, "load")
    work = Work()
    known.start("load", "Load", work)
    assert work.begun.wait(WAIT)
    known.cancel(seen)
    assert not job_of(known, "load").cancelling
    work.go.set()
    assert ended(known, "load").result == "done"


def test_results_that_nobody_takes_go_when_many_others_came(known):
    work = Work()
    known.start("long", "Long", work)
    for number in range(jobs._KEPT + 5):
        known.start(f"job {number}", "Job", lambda report: "done")
        ended(known, f"job {number}")
    assert known.of("job 0") is None
    assert job_of(known, f"job {jobs._KEPT + 4}").result == "done"
    assert job_of(known, "long").running
    work.go.set()


def test_what_must_be_finished_hears_no_cancel(known):
    work = Work()
    began, go = threading.Event(), threading.Event()

    def whole(report):
        began.set()
        assert go.wait(WAIT)
        finishing(report)("write", 1, 1)
        return "whole"

    known.start("load", "Load", whole)
    assert began.wait(WAIT)
    known.cancel(job_of(known, "load"))
    go.set()
    assert ended(known, "load").result == "whole"
    assert not work.begun.is_set()


@pytest.mark.parametrize(
    ("error", "told"),
    [(InputError("line 4 is wrong"), "line 4 is wrong"), (ZeroDivisionError("secret"), "fault of the program")],
)
def test_a_fault_is_kept_and_told_without_a_traceback(known, error, told, caplog):
    def fail(report):
        raise error

    known.start("load", "Load", fail)
    job = ended(known, "load")
    assert job.state is State.FAILED
    assert told in str(job.fault)
    assert "secret" not in str(job.fault)
    assert bool(caplog.records) == isinstance(error, ZeroDivisionError)


def test_the_end_of_the_server_ends_the_jobs():
    known, work = Jobs(), Work()
    known.start("load", "Load", work)
    assert work.begun.wait(WAIT)
    work.go.set()
    known.close()
    assert work.over.is_set()
    assert known.running() == []


@pytest.mark.parametrize(
    ("progress", "told"),
    [
        (Progress(), "Load …"),
        (Progress("reading", 0, 0, 3.0), "Load: reading"),
        (Progress("reading", 500, 0, 0.5), "Load: reading, 500"),
        (
            Progress("write", 1_000, 5_000, 2.0),
            "Load: write, 1,000 of 5,000, 500 a second, 8 seconds left in this step",
        ),
        (Progress("write", 10, 1_000, 2.0), "Load: write, 10 of 1,000, 5 a second, 3 minutes left in this step"),
        (Progress("write", 5_000, 5_000, 10.0), "Load: write, 5,000 of 5,000, 500 a second"),
    ],
)
def test_progress_in_words(progress, told):
    assert words(Job("load", "Load", State.RUNNING, progress)) == told


def test_a_rate_is_of_its_own_stage(known):
    work = Work()
    known.start("load", "Load", work)
    assert work.begun.wait(WAIT)
    before = known._jobs["load"].began
    work.report("write", 3, 10)
    assert known._jobs["load"].began > before
    work.go.set()


def page() -> None:
    """A page with a job, as the frame and a page show it."""
    import streamlit as st

    from graph_core.ui import jobs, progress

    job = progress.show("load") if st.toggle("shown", value=True) else jobs.of("load")
    st.text("no job" if job is None else f"state {job.state}")
    progress.strip()


@pytest.fixture
def own_jobs() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    jobs._jobs().close()
    st.cache_resource.clear()


@pytest.mark.usefixtures("own_jobs")
def test_every_page_shows_a_job_while_it_runs_and_its_end():
    app = AppTest.from_function(page, default_timeout=30).run()
    assert [text.value for text in app.text] == ["no job"]
    work = Work()
    jobs.start("load", "Load x", work)
    assert work.begun.wait(WAIT)
    app.run()
    told = [text.value for text in app.text]
    assert told[0].startswith("Load x: reading <b>x</b>.csv, 1 of 4")
    assert told[1:] == ["state running"]  # told once: the page shows it itself
    app.toggle[0].set_value(False).run()
    assert app.text[0].value == "state running"
    assert not app.button(key="cancel_strip_load").disabled
    app.toggle[0].set_value(True).run()
    app.button(key="cancel_page_load").click().run()
    assert "ends at the next safe moment" in [text.value for text in app.text]
    work.go.set()
    ended(jobs._jobs(), "load")
    app.run()
    assert [text.value for text in app.text] == ["state cancelled"]
    assert not app.button


def own_page() -> None:
    """A page that begins a job, where a person asks for it, and shows it."""
    import streamlit as st

    from graph_core.ui import jobs, progress

    if st.button("Begin", key="begin"):
        jobs.start("mine", "Mine", st.session_state["work"])
    progress.strip()


@pytest.mark.usefixtures("own_jobs")
def test_a_viewer_ends_what_they_began_and_nothing_else(monkeypatch: pytest.MonkeyPatch):
    theirs, mine = Work(), Work()
    jobs.start("load", "Load x", theirs)
    assert theirs.begun.wait(WAIT)
    monkeypatch.setattr(people, "may_write", lambda: False)
    app = AppTest.from_function(own_page, default_timeout=30)
    app.session_state["work"] = mine
    app.run()
    app.button(key="begin").click().run()
    assert mine.begun.wait(WAIT)
    app.run()
    assert [one.key for one in app.button] == ["begin", "cancel_strip_mine"]
    app.button(key="cancel_strip_mine").click().run()
    job = jobs.of("mine")
    assert job
    assert job.cancelling
    mine.go.set()
    theirs.go.set()


@pytest.mark.usefixtures("own_jobs")
def test_a_cancel_is_refused_on_the_server_whatever_a_page_shows(monkeypatch: pytest.MonkeyPatch):
    work, known = Work(), jobs._jobs()
    known.start("load", "Load x", work)
    assert work.begun.wait(WAIT)
    monkeypatch.setattr(people, "may_write", lambda: False)
    with pytest.raises(RefusedError, match="it goes on"):
        progress.cancel(job_of(known, "load"))
    assert not job_of(known, "load").cancelling
    monkeypatch.setattr(people, "may_write", lambda: True)
    progress.cancel(job_of(known, "load"))
    assert job_of(known, "load").cancelling
    work.go.set()

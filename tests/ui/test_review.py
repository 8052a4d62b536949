"""Review on a real store: what waits, deciding, undoing, what comes back, and what is kept."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
import streamlit as st

from graph_core import candidates, review
from graph_core.errors import Cancelled, InputError, RefusedError, StoreBusyError
from graph_core.model import Verdict
from graph_core.resolve.judgements import SOURCE_ID, Judgement, standing
from graph_core.settings import Settings
from graph_core.ui import deciding, jobs, people, waiting
from graph_core.workspace import Workspace
from tests.conftest import emptied
from tests.ui.conftest import NETWORK
from tests.ui.real_store import app_on, choosing, counting, opened, press, ran, settled
from tests.ui.shown import component, everything

DAY = dt.date(2021, 6, 30)


@pytest.fixture(scope="module")
def loaded(embedded_settings: Settings) -> Iterator[Workspace]:
    with pytest.MonkeyPatch.context() as patch, app_on(emptied(embedded_settings), patch, NETWORK) as shown:
        yield shown


@pytest.fixture
def space(loaded: Workspace) -> Iterator[Workspace]:
    """The store as it was loaded: what a test decided is taken back."""
    yield loaded
    settled()
    deciding.deciding.clear()
    jobs._jobs.clear()
    stands = judged(loaded)
    back = [
        review.taken_back(*pair, "test", "2000-01-01", None)
        for pair in zip(stands["left"], stands["right"], strict=True)
    ]
    if back:
        with loaded.writing() as store:
            loaded.take(review.decide(store, back, graph=loaded.graph()).graph)


def judged(space: Workspace) -> pd.DataFrame:
    return standing(review.history(space.store.read_records(SOURCE_ID)))


def heads(app: Any) -> list[str]:
    return [head["id"] for head in component(app, "sides")["heads"]]


def test_a_pair_is_decided_taken_back_and_decided_again(space: Workspace) -> None:
    app = opened("review", DAY)
    first = heads(app)
    waiting = len(space.graph()["MAY_BE_ABOUT"])
    assert waiting == 2
    assert app.text[0].value.startswith("2 matches wait for a person; ")
    app.text_input(key=next(one.key for one in app.text_input if str(one.key).startswith("why_"))).input("not the same")
    press(app, "decide_r")
    assert heads(app) != first
    (row,) = judged(space).to_dict("records")
    assert [row["left"], row["right"]] == first
    assert (row["verdict"], row["why"], row["judged_by"]) == (Verdict.NEGATIVE, "not the same", people.me().name)
    assert len(space.graph()["MAY_BE_ABOUT"]) == waiting - 1
    press(app, "undo")
    assert judged(space).empty
    assert heads(app) == first
    press(app, "decide_u")
    assert judged(space)["verdict"].tolist() == [Verdict.UNSURE]
    assert len(space.graph()["MAY_BE_ABOUT"]) == waiting


def test_the_last_decision_is_taken_back_after_a_restart_of_the_server(space: Workspace) -> None:
    app = opened("review", DAY)
    first = heads(app)
    press(app, "decide_r")
    deciding.deciding.clear()
    again = opened("review", DAY)
    press(again, "undo")
    assert judged(space).empty
    assert heads(again) == first
    press(again, "undo")
    assert judged(space).empty


def test_the_next_pair_is_there_while_the_decision_is_being_written(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("review", DAY)
    first, free = heads(app), threading.Event()
    decide = review.decide

    def busy(*said: Any, **more: Any) -> review.Decided:
        if not free.is_set():
            raise StoreBusyError("Another process is writing to the store.")
        return decide(*said, **more)

    monkeypatch.setattr(review, "decide", busy)
    app.button(key="decide_r").click().run()
    assert not app.exception
    assert judged(space).empty
    assert "is being written" in everything(app)
    left = [element for element in app.get("bidi_component") if "-sides" in element.proto.id]
    assert not left or heads(app) != first
    free.set()
    settled()
    assert len(judged(space)) == 1


def test_what_cannot_be_written_comes_back(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("review", DAY)
    first = heads(app)

    def refused(*_: Any, **__: Any) -> review.Decided:
        raise InputError("the shares of <b>B</b> contradict each other")

    monkeypatch.setattr(review, "decide", refused)
    press(app, "decide_a")
    assert first in space.graph()["MAY_BE_ABOUT"][["start", "end"]].to_numpy().tolist()
    assert component(app, "pair_heading")["blocks"][0]["text"][0].startswith("2 of 2")
    told = json.dumps(component(app, "latest"))
    assert "NOT WRITTEN. the shares of <b>B</b> contradict each other" in told


def test_who_may_only_read_decides_nothing(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "may_write", lambda: False)
    app = opened("review", DAY)
    assert all(app.button(key=f"decide_{key}").disabled for key in "aru")
    assert app.button(key="undo").disabled
    assert component(app, "keys")["keys"] == ["ArrowRight", "ArrowLeft"]


def test_arrows_and_the_address_choose_the_pair(space: Workspace) -> None:
    app = opened("review", DAY)
    first = component(app, "keys")["shown"]
    app.button(key="next").click().run()
    second = component(app, "keys")["shown"]
    assert second != first
    assert second in app.query_params["item"]
    app.button(key="previous").click().run()
    assert component(app, "keys")["shown"] == first


def by_command(space: Workspace, left: str, right: str, verdict: Verdict, by: str) -> None:
    """Decide as somebody at the command line does."""
    with space.writing() as store:
        review.decide(store, [Judgement(left, right, verdict, by, "2026-01-01T00:00:00+00:00", None, by)])


def test_what_somebody_else_decided_meanwhile_is_not_undone(space: Workspace) -> None:
    app = opened("review", DAY)
    left, right = heads(app)
    press(app, "decide_u")
    by_command(space, left, right, Verdict.POSITIVE, "another person")
    press(app, "undo")
    (row,) = judged(space).to_dict("records")
    assert (row["verdict"], row["judged_by"]) == (Verdict.POSITIVE, "another person")


def test_a_decision_that_still_waits_is_undone_as_one_that_is_written(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("review", DAY)
    free, decide = threading.Event(), review.decide

    def busy(*said: Any, **more: Any) -> review.Decided:
        if not free.is_set():
            raise StoreBusyError("Another process is writing to the store.")
        return decide(*said, **more)

    monkeypatch.setattr(review, "decide", busy)
    app.button(key="decide_r").click().run()
    app.button(key="undo").click().run()
    free.set()
    settled()
    assert judged(space).empty
    assert len(review.history(space.store.read_records(SOURCE_ID)).tail(2)["verdict"].unique()) == 2


def test_a_decision_that_fails_in_a_callback_is_told_and_nothing_is_kept(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("review", DAY)
    first = heads(app)

    def refused(*_: str) -> None:
        raise RefusedError("ana may look at everything here and change nothing")

    monkeypatch.setattr(people, "writing", refused)
    press(app, "decide_a")
    assert [one.value for one in app.error] == []  # told once: the page ran again
    app.button(key="decide_a").click().run()
    assert not app.exception
    assert [one.value for one in app.error] == ["This was not done."]
    assert "ana may look at everything here and change nothing" in [one.value for one in app.text]
    assert heads(app) == first
    assert judged(space).empty


def test_what_accepting_would_change_is_computed_when_asked(space: Workspace) -> None:
    app = opened("review", DAY)
    assert heads(app) == ["N3", "G3"]
    press(app, "suppose")
    (told,) = component(app, "supposed")["blocks"]
    # All that Clearwater buys comes from G3.
    assert told["text"] == ["Clearwater 0.0\u00a0% to 100.0\u00a0%"]
    assert judged(space).empty


def test_what_accepting_would_change_is_of_the_graph_that_is_shown(space: Workspace) -> None:
    app = opened("review", DAY, item=item_of(space, "N3", "G3"))
    press(app, "suppose")
    assert component(app, "supposed")
    with space.writing() as store:
        decided = review.decide(store, [Judgement("N3", "G2", Verdict.NEGATIVE, "b", "2026-01-01", None, "b")])
    space.take(decided.graph)
    app.run()
    assert heads(app) == ["N3", "G3"]
    assert [one for one in app.button if one.key == "suppose"], "it is to be computed again"


def test_what_was_cancelled_can_be_asked_for_again(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go = threading.Event(), threading.Event()

    def slow(*_: Any) -> list[dict[str, Any]]:
        begun.set()
        assert go.wait(30)
        raise Cancelled("as the next word of a progress does")

    app = opened("review", DAY)
    with monkeypatch.context() as patch:
        patch.setattr(candidates, "supposed", slow)
        app.button(key="suppose").click().run()
        assert begun.wait(30)
        assert not [one for one in app.button if one.key == "suppose"]
        go.set()
        settled()
        app.run()
    press(app, "suppose")
    assert component(app, "supposed")["blocks"]


def item_of(space: Workspace, left: str, right: str) -> str:
    about = space.graph()["MAY_BE_ABOUT"]
    return str(about.loc[(about["start"] == left) & (about["end"] == right), "id"].iloc[0])


def test_decisions_are_listed_and_taken_back_there(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    by_command(space, "N3", "G2", Verdict.NEGATIVE, "ana")
    by_command(space, "N3", "G3", Verdict.UNSURE, "ben")
    chosen = choosing(monkeypatch, "judged_rows")
    app = opened("review", DAY, kind="judged")
    (shown,) = [frame.value for frame in app.dataframe]
    assert shown["verdict"].tolist() == ["unsure", "rejected"]
    assert shown["by"].tolist() == ["ben", "ana"]
    assert app.button(key="take_back").disabled
    chosen[:] = [1]
    app.run()
    (named,) = component(app, "to_take_back")["blocks"]
    assert named["items"] == [["rejected: Zorvath Knitwear and Zorvath Knitwear, by ana"]]
    app.button(key="take_back").click()
    monkeypatch.setattr(st, "rerun", chosen.clear)  # as the browser does with another table
    ran(app)
    assert judged(space)[["left", "right", "judged_by"]].to_numpy().tolist() == [["N3", "G3", "ben"]]


def test_rows_that_moved_are_another_table_so_that_no_choice_stays(space: Workspace) -> None:
    by_command(space, "N3", "G2", Verdict.NEGATIVE, "ana")
    app = opened("review", DAY, kind="judged")
    before = app.dataframe[0].proto.id
    app.run()
    assert app.dataframe[0].proto.id == before
    by_command(space, "N3", "G3", Verdict.UNSURE, "ben")
    app.run()
    assert app.dataframe[0].proto.id != before


def two_parties(graph: Any, _judged: pd.DataFrame) -> pd.DataFrame:
    """One pair of parties that may be one: none of the network is that alike."""
    one = candidates.findings_waiting(graph).head(1)
    return one.assign(item="G2G3", kind=candidates.PARTY, left="G2", right="G3", authority=None, category=None)


def test_parties_that_may_be_one(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_KEPT", [])
    app = opened("review", DAY, kind="parties")
    assert app.text[0].value == "No pair of parties waits."
    monkeypatch.setattr(waiting, "_KEPT", [])
    monkeypatch.setattr(candidates, "parties_waiting", two_parties)
    app = opened("review", DAY, kind="parties")
    assert app.text[0].value == (
        "1 pair of parties waits for a person; 0 could change a brand's figures as of 2021-06-30; the most likely"
        " first. Nothing that waits is in any figure."
    )
    assert heads(app) == ["G2", "G3"]


@pytest.mark.parametrize(
    ("error", "told"),
    [(InputError("the names of <b>G2</b> cannot be read"), "error"), (Cancelled("a person asked for it"), "info")],
)
def test_a_search_for_duplicates_that_ends_early_is_told_and_begun_again_when_asked(
    space: Workspace, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    begun: list[int] = []

    def fails(*_: Any) -> pd.DataFrame:
        begun.append(1)
        raise error

    monkeypatch.setattr(waiting, "_KEPT", [])
    with monkeypatch.context() as patch:
        patch.setattr(candidates, "parties_waiting", fails)
        app = opened("review", DAY, kind="parties")
        ran(ran(app))
        assert len(begun) == 1, "the end of the job begins none anew"
        assert len(getattr(app, told)) == 1
        assert (str(error) in [one.value for one in app.text]) == (told == "error")
    press(app, "look_again")
    assert app.text[0].value == "No pair of parties waits."
    assert not app.error
    assert not [one for one in app.button if one.key == "look_again"]


def test_the_queue_is_ordered_and_decisions_are_read_once_while_nothing_changes(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("review", DAY)
    done = counting(monkeypatch, (waiting, "_ordered"), (space.store, "read_records"))
    app.run()
    assert done == []
    press(app, "decide_r")
    assert "_ordered" in done
    app.query_params["kind"] = "judged"
    app.run()
    done.clear()
    app.run()
    assert done == []


def test_statements_of_a_pair_are_read_once(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("review", DAY)
    done = counting(monkeypatch, (space.store, "read_records"))
    app.toggle[0].set_value(True).run()
    app.run()
    assert done == ["read_records"]
    assert {"property", "value", "sources"} <= set(app.dataframe[0].value.columns)
    assert "Zorvath Knitwear" in app.dataframe[1].value["value"].tolist()

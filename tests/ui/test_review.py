"""Review on a real store: what waits, deciding, undoing, what comes back, and what is kept."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from graph_core import review
from graph_core.errors import InputError, StoreBusyError
from graph_core.model import Verdict
from graph_core.resolve.judgements import SOURCE_ID, standing
from graph_core.settings import Settings
from graph_core.ui import deciding, people
from graph_core.workspace import Workspace
from tests.conftest import emptied
from tests.ui.conftest import NETWORK
from tests.ui.real_store import app_on, opened, press, settled
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
    assert f"{waiting} match" in app.text[0].value
    app.text_input(key=next(one.key for one in app.text_input if str(one.key).startswith("why_"))).input("not the same")
    press(app, "decide_r")
    assert heads(app) != first if waiting > 1 else True
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
    if app.text[0].value.startswith("1 "):
        pytest.skip("one pair only")
    app.button(key="next").click().run()
    second = component(app, "keys")["shown"]
    assert second != first
    assert second in app.query_params["item"]
    app.button(key="previous").click().run()
    assert component(app, "keys")["shown"] == first


def test_what_accepting_would_change_is_computed_when_asked(space: Workspace) -> None:
    app = opened("review", DAY)
    press(app, "suppose")
    (told,) = component(app, "supposed")["blocks"]
    assert "change" in told["text"][0] or " to " in told["text"][0]
    assert judged(space).empty


def test_decisions_are_listed_and_taken_back_there(space: Workspace) -> None:
    app = opened("review", DAY)
    press(app, "decide_r")
    listed = opened("review", DAY, kind="judged")
    (shown,) = [frame.value for frame in listed.dataframe]
    assert shown["verdict"].tolist() == ["rejected"]
    assert shown["by"].tolist() == [people.me().name]


def test_parties_that_may_be_one(space: Workspace) -> None:
    app = opened("review", DAY, kind="parties")
    assert "pair" in app.text[0].value
    assert "Nothing that waits is in any figure" in app.text[0].value or "No pair" in app.text[0].value

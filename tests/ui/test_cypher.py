"""The Cypher page without a browser: forms, own statements, what runs and what does not."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from graph_core import queries
from graph_core.errors import RefusedError, StoreError
from graph_core.store.base import Rows
from graph_core.ui import answers
from graph_core.viz import answer

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "graph_core" / "ui" / "pages" / "cypher.py"
DAY = dt.date(2021, 6, 30)
HOSTILE = '<img src=x onerror="window.hacked=1">'


class FakeStore:
    """Notes what it is asked, and answers what the test says."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any], float, int]] = []
        self.answer: Any = Rows(["a"], [["x"]])
        self.slow = False

    def read(self, statement, parameters, *, timeout, max_rows, cancelled) -> Rows:
        self.asked.append((statement, parameters, timeout, max_rows))
        if self.slow and cancelled.wait(20):
            raise RefusedError("The statement was cancelled.")
        if isinstance(self.answer, Exception):
            raise self.answer
        assert isinstance(self.answer, Rows)
        return self.answer

    def version(self) -> None:
        raise StoreError("No store answers.")

    def plan(self, statement, parameters, *, timeout) -> str:
        self.asked.append((f"EXPLAIN {statement}", parameters, timeout, 0))
        return "a plan in *words*"


@pytest.fixture
def store(workspace) -> FakeStore:
    workspace.store = store = FakeStore()
    return store


@pytest.fixture
def open_page(store) -> Callable[..., AppTest]:
    def run(*, own: bool = False, **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        if own:
            app.session_state["ask"] = "own statement"
        app.session_state["asof"] = DAY
        for name, value in query.items():
            app.query_params[name.replace("__", ".")] = value
        app.switch_page(str(PAGE))
        app.run()
        assert not app.exception
        return app

    return run


def button(app: AppTest, label: str) -> Any:
    return next(one for one in app.button if one.label == label)


def said(app: AppTest) -> str:
    parts = [json.dumps(json.loads(one.proto.json), ensure_ascii=False) for one in app.get("bidi_component")]
    return "\n".join([*parts, *(one.value for one in [*app.text, *app.subheader, *app.code, *app.caption])])


def test_the_catalogue_lists_every_query_and_none_runs(open_page, store) -> None:
    app = open_page()
    labels = {one.label for one in app.button}
    assert {query.title for query in queries.analyst_catalogue().values()} <= labels
    assert store.asked == []


def test_the_search_leaves_what_has_the_words(open_page) -> None:
    app = open_page()
    app.text_input(key="query_search").set_value("coverage").run()
    labels = {one.label for one in app.button}
    assert queries.find("brands_without_coverage").title in labels
    assert queries.find("suppliers_by_tier").title not in labels
    app.text_input(key="query_search").set_value("no such words").run()
    assert "No query has these words" in said(app)


@pytest.mark.parametrize("name", sorted(queries.analyst_catalogue()))
def test_every_query_has_a_form_of_its_parameters(open_page, store, name: str) -> None:
    app = open_page(query=name, brand="B1", site="F1")
    named = queries.find(name)
    keys = {one.key for one in [*app.text_input, *app.selectbox, *app.date_input, *app.toggle]}
    assert {f"p_{name}_{p.name}" for p in named.parameters} <= keys
    assert named.source.strip() in [one.value for one in app.code]
    assert store.asked == []


def test_a_form_begins_with_what_is_looked_at(open_page) -> None:
    app = open_page(query="suppliers_by_tier", brand="B1")
    assert app.selectbox(key="p_suppliers_by_tier_brand_id").value == "B1"
    assert app.date_input(key="p_suppliers_by_tier_as_of").value == DAY
    app = open_page(query="buyers_of_party", site="F1")
    assert app.text_input(key="p_buyers_of_party_party_id").value == "F1"


def test_the_address_fills_the_form_and_runs_nothing(open_page, store) -> None:
    app = open_page(query="suppliers_by_tier", p__brand_id="B2", p__as_of="2020-01-02", run="1", statement="RETURN 1")
    assert app.selectbox(key="p_suppliers_by_tier_brand_id").value == "B2"
    assert app.date_input(key="p_suppliers_by_tier_as_of").value == dt.date(2020, 1, 2)
    app.run()
    assert store.asked == []
    assert "RETURN 1" not in said(app)


@pytest.mark.parametrize("day", ["1850-01-01", "9999-01-01", "abc"])
def test_a_day_that_cannot_be_asked_for_is_said(open_page, store, day: str) -> None:
    app = open_page(query="direct_suppliers", p__as_of=day)
    assert app.date_input(key="p_direct_suppliers_as_of").value is None
    assert f"As of: {day} is no day between 1900-01-01 and 2099-12-31." in said(app)


def test_an_answer_is_put_into_a_table_and_a_picture_once(open_page, store, monkeypatch) -> None:
    made: list[str] = []

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def work(*given: Any) -> Any:
            made.append(name)
            return real(*given)

        return work

    for module, name in ((answers, "table"), (answer, "drawn"), (answer, "answer_network")):
        monkeypatch.setattr(module, name, counted(name, getattr(module, name)))
    store.answer = Rows(["supplier_id", "buyer_id"], [["F1", "B1"]])
    app = open_page(query="links_between", p__party_ids="F1|B1", answer="Picture")
    button(app, "Run").click().run()
    for _ in range(2):
        app.run()
    assert sorted(made) == ["answer_network", "drawn", "table"]


def test_the_button_runs_and_the_address_keeps_what_was_asked(open_page, store) -> None:
    store.answer = Rows(["supplier_id", "supplier"], [["F1", HOSTILE]], truncated=True)
    app = open_page(query="suppliers_by_tier", brand="B1")
    app.selectbox(key="rows_suppliers_by_tier").select(100)
    button(app, "Run").click().run()
    assert not app.exception
    query = queries.find("suppliers_by_tier")
    assert store.asked == [(query.text, {"brand_id": "B1", "as_of": "2021-06-30"}, 10.0, 100)]
    assert app.query_params["p.brand_id"] == "B1"
    assert app.dataframe[0].value["supplier"].tolist() == [HOSTILE]
    assert "1 row; there are more: only the first 100 are shown" in said(app)
    assert ":param brand_id => 'B1';" in said(app)
    app.run()
    assert len(store.asked) == 1, "looking again asks nothing again"


def test_a_form_that_lacks_something_says_so(open_page, store) -> None:
    app = open_page(query="buyers_of_party")
    button(app, "Run").click().run()
    assert "Fill in: Site or company (id)." in said(app)
    assert "-p " not in said(app)
    assert store.asked == []


@pytest.mark.parametrize("name", ["no_such", "store/read_state", "'; MATCH (n) DETACH DELETE n", HOSTILE])
def test_a_name_that_is_none_is_told(open_page, store, name: str) -> None:
    app = open_page(query=name)
    assert "There is no such query" in said(app)
    assert store.asked == []


def own(app: AppTest, statement: str, press: str = "Run") -> AppTest:
    app.text_area(key="own_statement").set_value(statement)
    button(app, press).click().run()
    assert not app.exception
    return app


def test_an_own_statement_runs_with_day_and_brand(open_page, store) -> None:
    statement = "MATCH (n {id: $brand_id}) WHERE n.x <= $as_of RETURN n"
    app = own(open_page(own=True, brand="B1"), statement + ";")
    assert store.asked == [(statement, {"brand_id": "B1", "as_of": "2021-06-30"}, 10.0, 1000)]
    assert "1 row, all there is" in said(app)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("MATCH (n) DETACH DELETE n", "'DETACH' at line 1, column 11"),
        ("CREATE (n)", "'CREATE' at line 1, column 1"),
        ("", "empty"),
        ("MATCH (n) RETURN n; MATCH (m) RETURN m", "one statement at a time"),
        ("LOAD CSV FROM 'file:///etc/passwd' AS l RETURN l", "'LOAD'"),
        ("RETURN $password", "$password has no value here"),
    ],
)
def test_what_may_not_run_is_told_in_the_guards_words(open_page, store, statement: str, words: str) -> None:
    app = own(open_page(own=True), statement)
    assert "This statement may not run" in said(app)
    assert words in said(app)
    assert store.asked == []


def test_a_refused_statement_leaves_no_answer_of_another(open_page, store) -> None:
    app = own(open_page(own=True), "RETURN 1")
    assert app.dataframe
    own(app, "CREATE (n)")
    assert not app.dataframe


def test_a_plan_is_shown_as_it_is(open_page, store) -> None:
    app = own(open_page(own=True), "RETURN 1", "Plan")
    assert "a plan in *words*" in [one.value for one in app.code]
    assert store.asked[0][0] == "EXPLAIN RETURN 1"


def test_no_row_is_no_clean_bill(open_page, store) -> None:
    store.answer = Rows([], [])
    app = own(open_page(own=True), "MATCH (n:None) RETURN n.id")
    assert "0 rows, all there is" in said(app)
    assert "what is loaded, not what there is" in said(app)


def test_an_error_of_the_server_is_told_without_a_traceback(open_page, store) -> None:
    store.answer = RefusedError(f"The store does not accept the statement: {HOSTILE}")
    app = own(open_page(own=True), "RETURN x")
    assert json.dumps(HOSTILE)[1:-1] in said(app)
    store.answer = ZeroDivisionError("a secret")
    app = own(app, "RETURN y")
    assert "a fault of the program" in said(app)
    assert "a secret" not in said(app)
    store.answer = StoreError("No store answers.")
    app = own(app, "RETURN z")
    assert "The store does not answer" in said(app)
    app.run()
    assert "The store does not answer" not in said(app)


def test_a_slow_statement_can_be_cancelled(open_page, store) -> None:
    store.slow = True
    app = own(open_page(own=True), "RETURN 1")
    assert "at most 10 s" in said(app)
    button(app, "Cancel").click().run()
    app.session_state["asked"].wait(5)
    app.run()
    assert "The statement was cancelled." in said(app)


def test_another_question_ends_the_one_before(open_page, store) -> None:
    store.slow = True
    app = own(open_page(own=True), "RETURN 1")
    first = app.session_state["asked"]
    store.slow = False
    own(app, "RETURN 2")
    assert first.wait(5)
    assert app.dataframe


def test_a_viewer_has_the_catalogue_alone(open_page, store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIERTRACE_READ_ONLY", "1")
    app = open_page(query="flagged_sites")
    button(app, "Run").click().run()
    assert len(store.asked) == 1
    app = open_page(own=True)
    assert "need the role analyst" in said(app)
    assert not app.text_area


def test_only_so_many_run_at_once(store) -> None:
    from graph_core.ui.asking import AT_ONCE, Asked, Question

    store.slow = True
    before = set(threading.enumerate())
    running = [Asked(Question("", "RETURN 1", timeout=20), store) for _ in range(AT_ONCE)]
    late = Asked(Question("", "RETURN 2", timeout=0.2), store)
    assert late.wait(5)
    assert "Other people's statements" in str(late.fault)
    for one in running:
        one.cancel()
        assert one.wait(5)
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive()

"""Logic of the pages, without a browser: what they say for a day, an evidence choice, a brand in the URL."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from graph_core.day import Day, Parameters
from graph_core.errors import StoreAuthError, StoreError
from graph_core.exposure.scores import SCORES
from graph_core.graph import Graph
from graph_core.ui import copying, courses, frame, state
from graph_core.viz.sentences import figure_sentences
from graph_core.viz.text import percent
from tests.ui.shown import component, everything

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "graph_core" / "ui" / "pages"
DAY = dt.date(2021, 6, 30)
Open = Callable[..., AppTest]


@pytest.fixture
def open_app(workspace) -> Open:
    """Run the app on a page, day and evidence."""

    def run(
        page: str = "overview", *, day: dt.date = DAY, evidence: str = state.WITH_INFERRED, **query: str
    ) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        app.session_state["asof"] = day
        app.session_state["evidence"] = evidence
        for name, value in query.items():
            app.query_params[name] = value
        if page != "overview":
            app.switch_page(str(PAGES / f"{page}.py"))
        app.run()
        assert not app.exception
        return app

    return run


def test_overview_says_what_is_shown(open_app):
    app = open_app()
    assert app.text[0].value == (
        "4 brands, as of 2021-06-30, documented and inferred links; 1 brand has no list in force on this day;"
        " coverage not stated for 2 of 3."
    )
    table = component(app, "brands")
    rows = {row["id"]: row["cells"] for row in table["rows"]}
    assert rows["B1"]["score"]["text"].startswith("26.0")
    assert rows["B1"]["score"]["note"].startswith("36.0")
    assert rows["B4"]["coverage"]["text"] == "not stated"
    assert rows["B3"]["score"] == {"text": "–", "sort": None, "note": "", "absent": True}
    assert [row["bar"]["note"] for row in table["rows"] if row["id"] == "B3"] == ["no list in force on this day"]


def test_evidence_switch_changes_the_figure(open_app):
    cells = component(open_app(evidence=state.DOCUMENTED), "brands")["rows"]
    (own,) = (row["cells"] for row in cells if row["id"] == "B1")
    assert own["score"]["text"].startswith("26.0")
    assert own["score"]["note"] == ""


def test_day_changes_the_figure(open_app):
    later = component(open_app(day=dt.date(2022, 6, 1)), "brands")["rows"]
    (own,) = (row for row in later if row["id"] == "B1")
    assert own["cells"]["score"]["text"].startswith("6.0")  # the order on F1 no longer holds on this day
    early = component(open_app(day=dt.date(2019, 1, 1)), "brands")["rows"]
    assert all(row["bar"]["note"] for row in early)


def test_search_narrows_and_says_when_nothing_matches(open_app):
    app = open_app()
    app.text_input(key="q").input("north").run()
    assert [row["id"] for row in component(app, "brands")["rows"]] == ["B1"]
    app.text_input(key="q").input("no such brand").run()
    assert "None of the 4 brands passes these filters" in app.info[0].value


@pytest.mark.parametrize("page", frame.PAGES)
def test_fictional_data_is_marked_on_every_page(open_app, page):
    app = open_app()  # only then are pages known whose address is not their file's name
    if page != "overview":
        app.switch_page(str(PAGES / f"{page.replace('-', '_')}.py")).run()
    assert any("Fictional sample network" in mark.value for mark in app.markdown)


def test_brand_from_the_url(open_app):
    app = open_app("brand", brand="B1")
    assert app.text[0].value == (
        "Northfold, as of 2021-06-30, 3 disclosed suppliers, newest statement of 2020-01-01, coverage 70.0\u00a0%,"
        " documented and inferred links."
    )
    figures = component(app, "bar")
    assert {item["kind"]: item["text"] for item in figures["evidenced"]}["unmapped"].startswith("68.0")
    assert [item["kind"] for item in figures["inferred"]] == ["with_inferred"]


def test_brand_by_name_and_by_choice(open_app):
    app = open_app("brand", brand="northfold")
    assert app.text[0].value.startswith("Northfold,")
    app.selectbox(key="brand_choice").select("B4").run()
    assert app.text[0].value.startswith("Clearwater,")
    assert "B4" in app.query_params["brand"]


def test_most_exposed_brand_comes_first_without_a_choice(open_app):
    assert open_app("brand").selectbox(key="brand_choice").value == "B2"


@pytest.mark.parametrize("page", ["brand", "explore"])
def test_unknown_brand_in_the_url(open_app, page):
    app = open_app(page, brand="Nortfold")
    assert app.subheader[0].value == "This brand is not known"
    assert "did you mean Northfold?" in app.text[0].value


@pytest.mark.parametrize("page", ["brand", "explore"])
def test_brand_without_a_list_has_no_zero(open_app, page):
    app = open_app(page, brand="B3")
    assert "no list in force on this day" in app.text[0].value
    assert "That is not a zero" in app.text[0].value
    assert app.info


def test_paths_carry_the_evidence_of_every_hop(open_app):
    paths = component(open_app("brand", brand="B1"), "paths")["paths"]
    assert next(node["name"] for node in paths[0]["nodes"]) == "Orsk Spinning Mill"
    hop = paths[0]["hops"][0]
    assert (hop["share"], hop["basis"], hop["evidence"]) == ("50.0\u00a0%", "stated", "documented")
    assert (hop["disclosure"], hop["valid_from"]) == ("direct", "2020-01-01")
    assert hop["sources"] == [{"text": "Fictional test network", "url": "https://example.org/network"}]
    assert hop["ends"][0] == {"text": "Orsk Spinning Mill", "site": "F1"}
    assert any(hop["inferred"] for path in paths for hop in path["hops"])


def test_sentences_take_their_figures_from_the_exposure(open_app, workspace):
    app = open_app("brand", brand="B1")
    said = json.dumps(component(app, "reasons"), ensure_ascii=False)
    assert "36.0\u00a0% of the inputs of Northfold" in said
    assert "26.0\u00a0% over documented links alone" in said
    limits = json.dumps(component(app, "limits"), ensure_ascii=False)
    exposure = workspace.day(Parameters(as_of="2021-06-30")).exposures(["B1"])[0]
    assert f"{100 * exposure['assumed_share']:.1f}\u00a0% of inputs rest on an assumption" in limits


def test_explore_tells_a_picked_site(open_app):
    app = open_app("explore", brand="B1", site="F1")
    told = json.dumps(component(app, "party"), ensure_ascii=False)
    assert "Орская прядильная фабрика, 奥尔斯克纺纱厂" in told
    assert "2020-06-01 to 2022-06-01" in told
    assert "https://example.org/order/7" in told


def test_explore_names_tiers_behind_indirect_links_as_minimums(open_app):
    labels = [node["label"] for node in component(open_app("explore", brand="B2"), "network")["nodes"]]
    assert any(label.startswith("At least tier") for label in labels)


def test_explore_survives_an_unknown_site(open_app):
    app = open_app("explore", brand="B1", site="nobody")
    assert "'nobody'" in app.text[1].value


def test_no_name_is_ever_markdown_or_a_label(open_app):
    hostile = ("<img", "![i]", "<script", "**Bold**")
    for page in ("overview", "brand", "explore"):
        app = open_app(page, **({} if page == "overview" else {"brand": "B2"}))
        shown = [m.value for m in app.markdown] + [s.value for s in app.subheader] + [c.value for c in app.caption]
        assert not [text for text in shown for part in hostile if part in text]
        assert any(part in everything(app) for part in hostile)


def test_empty_store_says_what_to_do(monkeypatch, workspace, open_app):
    workspace._graph = Graph()
    for page in ("overview", "brand", "explore"):
        app = open_app(page)
        assert app.subheader[0].value == "Nothing is loaded yet"
        assert "tiertrace load tables" in app.markdown[-1].value


@pytest.mark.parametrize(
    ("error", "title"),
    [
        (StoreError("nothing answers at bolt://localhost:1"), "The store does not answer"),
        (StoreAuthError("user neo4j was refused"), "The store refused the sign-in"),
    ],
)
def test_store_down_is_a_page_with_advice(monkeypatch, error, title):
    def fail() -> None:
        raise error

    monkeypatch.setattr(state, "open_workspace", fail)
    st.cache_resource.clear()
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not app.exception
    assert app.subheader[0].value == title
    assert app.text[0].value == str(error)
    assert app.button


def test_a_match_that_waits_is_said_to_wait(open_app):
    told = json.dumps(component(open_app("explore", brand="B1", site="G2"), "party"), ensure_ascii=False)
    assert "contested, waits for review: not in the figures" in told


def test_the_app_tells_a_figure_in_the_sentences_of_the_command_line(open_app: Open, graph: Graph) -> None:
    told = figure_sentences(Day(graph, Parameters(DAY.isoformat())).reasons("B1"))
    shown = component(open_app("brand", brand="B1"), "reasons")
    assert [block["text"] for block in shown["blocks"][1:]] == [[sentence] for sentence in told]


def test_classes_left_out_are_said_and_change_the_figure(open_app):
    app = open_app("brand", brand="B1", classes="named")
    assert "without ownership, good × country and region flags" in app.text[0].value
    bars = {row["kind"]: row["text"] for row in component(app, "class_bars")["rows"]}
    assert bars["ownership"] == bars["region"] == "left out"
    documented = open_app("brand", brand="B1", evidence=state.DOCUMENTED)
    whole = {row["kind"]: row["text"] for row in component(documented, "class_bars")["rows"]}
    alone = {figure["kind"]: figure["text"] for figure in component(app, "bar")["evidenced"]}
    assert alone["named"] == whole["named"] != percent(0.0)
    assert alone["ownership"] == percent(0.0)


def test_no_figure_where_no_class_of_the_score_is_asked_for(open_app):
    app = open_app("brand", brand="B1", classes="region")
    assert component(app, "bar")["bar"]["note"] == "named and ownership flags are left out"


def test_a_fault_of_ours_is_a_page_and_goes_nowhere_else(open_app, monkeypatch):
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(Day, "reasons", broken)
    app = open_app("brand", brand="B1")
    assert app.subheader[0].value == "This page failed"
    assert "a secret" not in everything(app)


def test_what_is_left_out_is_said_beside_the_bar(open_app):
    said = [text.value for text in open_app("brand", brand="B1", classes="named").text]
    assert any(text.startswith("Flags of ownership, good × country and region are left out") for text in said)
    assert not any("left out, as if" in text.value for text in open_app("brand", brand="B1").text)


def test_another_score_stands_beside_the_bar_with_its_pitfall(open_app, graph):
    app = open_app("brand", brand="B1", score="hops")
    value, words = component(app, "other_score")["blocks"]
    expected = Day(graph, Parameters(DAY.isoformat(), score_name="hops")).exposures(["B1"])[0]["score"]
    assert value["text"][:2] == ["Hops: ", {"strong": f"{expected:.0f} hop" + ("s" if expected != 1 else "")}]
    assert SCORES["hops"].pitfall in words["text"][0]
    traced = component(app, "bar")["evidenced"]
    assert traced == component(open_app("brand", brand="B1"), "bar")["evidenced"]


@pytest.mark.parametrize("by", ["site", "country", "good", "supplier"])
def test_attribution_by_each_kind_is_the_score(open_app, graph, by):
    app = open_app("brand", brand="B1")
    app.session_state["by"] = by
    app.run()
    rows = component(app, "attribution_bars")["rows"]
    expected = Day(graph, Parameters(DAY.isoformat())).attribution("B1", by)
    assert [row["text"] for row in rows] == [percent(item["share"]) for item in expected]
    assert all(("site" in row) == (by in ("site", "supplier")) for row in rows)


def test_paths_are_filtered_and_paged_by_the_address(open_app):
    everywhere = component(open_app("brand", brand="B1"), "paths")["paths"]
    through = component(open_app("brand", brand="B1", through="G2"), "paths")["paths"]
    assert 0 < len(through) < len(everywhere)
    assert all("Zorvath Knitwear" in [node["name"] for node in path["nodes"]] for path in through)
    around = component(open_app("brand", brand="B1", avoiding=["G1", "G2"]), "paths")["paths"]
    assert [[node["name"] for node in path["nodes"]] for path in around] == [["Orsk Spinning Mill"]]
    nobody = open_app("brand", brand="B1", through="nobody")
    assert any("'nobody'" in text.value for text in nobody.text)
    both = open_app("brand", brand="B1", through="G2", avoiding="G2")
    assert (both.selectbox(key="path_through").value, both.multiselect(key="path_avoiding").value) == ("G2", ["G2"])
    assert not [one for one in both.subheader if one.value == "This could not be shown"]


def test_the_course_waits_until_it_is_seen_and_then_is_drawn(open_app, workspace):
    app = open_app("brand", brand="B1")
    assert "course_waiting" in "".join(element.proto.id for element in app.get("bidi_component"))
    view = state.View(DAY.isoformat(), inferred=True)
    known = courses.progress(view, "B1", begin=True)
    assert known is not None
    known.go_on(60)
    assert known.complete
    app = open_app("brand", brand="B1")
    rows = component(app, "course")["figures"]["rows"]
    assert [row[0] for row in rows] == [one.day for one in reversed(known.days)]
    assert "course_waiting" not in "".join(element.proto.id for element in app.get("bidi_component"))
    later = component(open_app("brand", brand="B1", day=dt.date(2022, 7, 1)), "course")
    assert later["figures"] == component(app, "course")["figures"]


def test_a_cypher_of_a_view_says_every_parameter():
    text = copying.as_cypher("exposure_paths", {"brand_id": "it's", "as_of": "2021-06-30"})
    assert text.splitlines()[:3] == [
        ":param brand_id => 'it\\'s';",
        ":param as_of => '2021-06-30';",
        ":param categories => ['forced_labour', 'forced_child_labour'];",
    ]
    assert text.endswith(";")


def comments_of(code: Any) -> str:
    return " ".join(line[3:] for line in code.value.splitlines() if line.startswith("// "))


def test_a_cypher_says_in_comments_what_of_the_view_it_leaves_out(open_app):
    app = open_app("brand", brand="B1", evidence=state.DOCUMENTED, classes="named", through="G2")
    comments = next(told for told in map(comments_of, app.code) if "paths through" in told)
    assert comments.startswith("Ways of at most five hops")
    assert "paths through Zorvath Knitwear alone" in comments
    assert "documented links only, without ownership" in comments
    overview = comments_of(open_app(classes="named").code[0])
    assert "the day 2021-06-30; documented and inferred links, without ownership" in overview
    assert not [told for told in map(comments_of, open_app("brand", brand="B1").code) if "take into account" in told]


def test_no_name_ends_a_comment():
    text = copying.as_cypher("last_runs", {}, ["paths through A\u2028\r\nMATCH (n) DETACH DELETE n alone"])
    assert not [line for line in text.splitlines() if line.startswith("MATCH (n)")]


@pytest.mark.parametrize(
    ("parts", "name"),
    [(("A/B: C", "2021-06-30"), "A-B-C-2021-06-30"), (("奥尔斯克", "x_y"), "奥尔斯克-x-y"), (("../..",), "tiertrace")],
)
def test_names_of_files(parts, name):
    assert copying.file_name(*parts) == name

"""The pages of a site and of the map, without a browser: what they say, and what they never say."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from graph_core.graph import Graph
from graph_core.ui import state
from tests import oracles
from tests.ui import test_pages
from tests.ui.shown import component, everything, has

open_app = test_pages.open_app


def told(app, name: str) -> str:
    return json.dumps(component(app, name), ensure_ascii=False)


def spec(app, place: int = 0):
    return json.loads(app.get("vega_lite_chart")[place].proto.spec)


# --- site or company ---------------------------------------------------------------------------------------------


def test_a_site_tells_names_findings_place_and_buyers(open_app):
    app = open_app("site", site="F1")
    assert app.text[0].value.startswith(
        "Site in China, as of 2021-06-30, documented and inferred links. Flagged on 2021-06-30: named 1."
    )
    assert "奥尔斯克纺纱厂" in told(app, "names")
    assert told(app, "names").count("facilities.csv") == 3  # each name with who says so
    findings = told(app, "findings")
    assert "Counts on 2021-06-30, strength 1" in findings
    assert "from 2020-06-01 until 2022-06-01" in findings
    assert "No reply is recorded." in findings
    assert "point given" in told(app, "place")
    assert "it reaches 2 of 4 brands" in told(app, "buyers_heading")
    assert app.dataframe[0].value["Brand"].tolist() == ['<img src=x onerror="window.hacked=1">', "Northfold"]


def test_shares_of_the_brands_are_those_of_the_engine(open_app, workspace):
    app = open_app("site", site="F1", evidence=state.DOCUMENTED)
    table = app.dataframe[0].value.set_index("Brand")
    # Of W2's inputs .2 / (1 - .4 x .5) = .25 are F1's, by its cycle with C1; of G1's .5 x .6 + .25 x .3; of G2's .25.
    assert table.loc["Northfold", "Share of its inputs"] == pytest.approx(100 * (0.4 * 0.375 + 0.2 * 0.25))
    assert table.loc["Northfold", "Best route, by way of"].startswith("![i](http://evil.example/x.png) → **Bold**")
    assert table.loc["Northfold", "Share along it"] == pytest.approx(12)


def test_a_finding_that_does_not_count_says_why(open_app):
    app = open_app("site", site="F1", day=dt.date(2022, 6, 1))
    findings = told(app, "findings")
    assert "Does not count on 2022-06-01" in findings
    assert "no longer on 2022-06-01" in findings
    assert "That is not a statement that it is clean" in app.text[0].value


def test_a_waiting_match_stands_apart_and_leads_to_the_review(open_app):
    app = open_app("site", site="G2")
    assert "for what waits" in told(app, "findings")
    waiting = told(app, "waiting")
    assert "1 finding not in the figures" in waiting
    assert '"page": "review"' in waiting
    assert "Waits, counts nowhere" in waiting
    assert "the finding is contested; what was answered is not recorded" in waiting


def test_an_owner_brings_a_finding_and_is_named(open_app):
    app = open_app("site", site="F2")
    assert "Marrow Group" in told(app, "facts")
    findings = told(app, "findings")
    assert "Marrow Group" in findings
    assert "operates" in findings
    assert "strength 0.5" in findings


def test_only_web_addresses_may_become_links(open_app):
    blocks = component(open_app("site", site="F2"), "findings")["blocks"]
    urls = [run["url"] for block in blocks for run in block["text"] if isinstance(run, dict) and "url" in run]
    assert urls == ["javascript:alert(1)"]  # prose shows it as text: the browser tests look


def test_a_country_is_never_drawn_as_a_point(open_app):
    app = open_app("site", site="G3")
    assert "country only" in told(app, "place")
    layers = spec(app)["layer"]
    picks = {one["params"][0]["name"]: one["data"]["values"] for one in layers if one.get("params")}
    assert picks["pick"] == []
    assert [row["key"] for row in picks["pick_country"]] == ["KH"]


def test_a_point_that_contradicts_its_country_is_said_and_not_drawn(open_app):
    app = open_app("site", site="C1")
    place = told(app, "place")
    assert "contradicts" in place
    assert "outside Vietnam" in place
    picks = {one["params"][0]["name"]: one["data"]["values"] for one in spec(app)["layer"] if one.get("params")}
    assert picks["pick"] == []


def test_what_it_buys_says_whether_the_map_ends(open_app):
    heading = told(open_app("site", site="W2"), "upstream_heading")
    assert "3 known suppliers" in heading
    assert "Its own flag" not in heading
    assert "here the map ends" in told(open_app("site", site="F2"), "upstream_heading")


def test_its_own_flag_is_not_among_its_inputs(open_app, workspace):
    links = [oracles.link("F", "A", 0.25), oracles.link("G", "A", 0.75), oracles.link("A", "X", 1.0)]
    findings = [oracles.finding("F"), oracles.finding("A")]
    workspace._graph = oracles.graph_of(organizations=[oracles.brand("X")], links=links, findings=findings)
    app = open_app("site", site="A")
    assert "25.0\u00a0% of its known inputs" in told(app, "upstream_heading")
    assert "Its own flag is not in this figure." in told(app, "upstream_heading")
    assert not has(app, "own_bar")  # it would be of its own flag


def test_statements_are_read_when_somebody_asks(open_app, monkeypatch):
    app = open_app("site", site="F1")
    shown = len(app.dataframe)
    app.session_state["statements"] = True
    app.run()
    assert len(app.dataframe) == shown + 1
    said = app.dataframe[-1].value
    assert "Орская прядильная фабрика" in said["Value"].tolist()
    assert {"First seen", "Last seen", "Sources", "Lines"} <= set(said.columns)


def test_unknown_and_absent_ids_say_what_to_do(open_app):
    app = open_app("site", site="nobody")
    assert app.subheader[0].value == "This site or company is not known"
    assert "'nobody'" in app.text[0].value
    app = open_app("site")
    assert not app.subheader
    assert '"site": "F1"' in told(app, "name")  # where to begin: what is flagged on this day
    assert "No site has a flag" in told(open_app("site", day=dt.date(2019, 1, 1)), "name")


def test_a_merged_id_shows_the_one_that_is_left(open_app, workspace, graph):
    facilities = graph["Facility"].copy()
    facilities["merged_ids"] = [
        ["OLD-1"] if one == "F1" else list(ids)
        for one, ids in zip(facilities["id"], facilities["merged_ids"], strict=True)
    ]
    workspace._graph = Graph({**graph.tables, "Facility": facilities})
    app = open_app("site", site="OLD-1")
    assert "You asked for OLD-1. It was found to be one and the same as F1" in told(app, "name")
    assert "OLD-1" in told(app, "facts")


# --- map ---------------------------------------------------------------------------------------------------------


def test_the_map_accounts_for_every_site(open_app, graph):
    app = open_app("map")
    total = len(graph["Facility"])
    assert app.text[0].value == (
        f"{total} sites, as of 2021-06-30, documented and inferred links; 4 drawn where a source puts them (1 by their"
        " town only); 4 without a point, counted by country."
    )
    drawn = {one["params"][0]["name"]: one["data"]["values"] for one in spec(app)["layer"] if one.get("params")}
    assert sum(row["sites"] for row in drawn["pick"]) == 4
    assert sorted(row["key"] for row in drawn["pick_country"]) == ["BD", "CN", "KH", "VN"]


def test_facets_narrow_and_stand_in_the_address(open_app):
    app = open_app("map", flag="named")
    assert app.text[0].value.startswith("1 site,")
    app.selectbox(key="map_country").select("CN").run()
    assert app.query_params["country"] in ("CN", ["CN"])
    behind = open_app("map", brand="B4", sites="behind")
    assert behind.text[0].value.startswith("1 site behind Clearwater")


def test_a_pick_in_the_address_tells_its_sites(open_app):
    app = open_app("map", pick="VN")
    assert "Cyclone Dyeing" in told(app, "picked")
    app = open_app("map", site="W1")
    assert '"page": "site"' in told(app, "picked")
    app = open_app("map", pick="1:named", at="not,a,window")
    assert has(app, "nothing")


def test_no_name_is_markdown_on_these_pages(open_app):
    for page, more in (("map", {"brand": "B2", "sites": "behind"}), ("site", {"site": "W1"}), ("site", {"site": "G1"})):
        app = open_app(page, **more)
        shown = [m.value for m in app.markdown] + [s.value for s in app.subheader] + [c.value for c in app.caption]
        assert not [text for text in shown for part in ("<img", "![i]", "<script", "**Bold**") if part in text]
        assert any(part in everything(app) for part in ("<img", "![i]", "**Bold**"))


def test_an_empty_store_says_what_to_do(open_app, workspace):
    workspace._graph = Graph()
    for page in ("site", "map"):
        assert open_app(page).subheader[0].value == "Nothing is loaded yet"

"""Logic of the Explore page: what the URL chooses, what the captions count, and what is asked of the catalogue."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graph_core.day import Day, Parameters
from graph_core.errors import RefusedError
from graph_core.neighbourhood import GROUP, Expansion
from graph_core.queries import analyst_catalogue
from graph_core.store.base import Rows
from graph_core.ui import copying, exploring, named_queries
from graph_core.ui.exploring import Choices
from graph_core.viz.network import network
from tests import oracles
from tests.oracles import brand, finding, link
from tests.ui import test_pages
from tests.ui.shown import component, everything

open_app = test_pages.open_app

SAYS = {"site": ["A"], "open": ["suppliers:a:b", "nonsense:A", "sites_of_group:O", "group:2:MY", "owners:"],
        "pin": ["P", "P", "Q"]}  # fmt: skip


@pytest.fixture(scope="module")
def hub() -> Day:
    """A brand with 400 suppliers in three countries; two of them are flagged."""
    links = [link(f"S{i:03}", "X", 0.002, evidence="inferred" if i % 10 == 0 else "documented") for i in range(400)]
    facilities = [
        {"id": f"S{i:03}", "name": "<b>=Evil</b> href" if i == 7 else f"Mill {i}", "country": ("MY", "ID", "BR")[i % 3]}
        for i in range(400)
    ]
    tables: dict[str, Any] = {"links": links, "facilities": facilities, "organizations": [brand("X")]}
    return Day(oracles.graph_of(**tables, findings=[finding("S001"), finding("S399")]), Parameters("2021-06-30"))


def test_choices_are_read_from_the_url_and_written_back():
    choices = Choices.of(SAYS)
    assert choices.opened == (("suppliers", "a:b"), ("sites_of_group", "O"), ("group", "2:MY"))
    assert choices.pinned == ("P", "Q")
    assert choices.kept == ["P", "Q", "A"]
    assert choices.opening("buyers", "A")[-1] == "buyers:A"
    assert choices.opening("group", "2:MY") == ["suppliers:a:b", "sites_of_group:O", "group:2:MY"]
    assert (choices.pinning("P"), choices.pinning("R")) == (["Q"], ["P", "Q", "R"])
    assert Choices.of({}) == Choices()


def pictured(day: Day, budget: int = 30) -> tuple[dict[str, Any], Any]:
    shown = day.neighbourhood("X", budget)
    net, layout = network(shown, "X")
    return exploring.picture(shown, net, layout, "X", Choices(), around=False), shown


def test_the_legend_counts_every_party_and_link_once(hub):
    data, shown = pictured(hub)
    counts = {item["value"]: item["count"] for item in data["legend"]}
    assert counts == {"named": 2, "unflagged": 398, "documented": 360, "inferred": 40, "direct": 400}
    assert set(data["facets"]) == set(shown.nodes["id"])
    assert len(data["edge_facets"]) == len(data["edges"]) == len(data["rows"]["links"])
    assert ["documented", "inferred"] in [facets[0] for facets in data["edge_facets"]]
    assert data["label"].startswith("Network in tier columns, raw material left: 400 suppliers at any tier: ")


def test_the_csv_holds_parties_groups_and_links_and_no_formula(hub):
    shown = hub.neighbourhood("X", 30, kept=["S007"])
    rows = exploring.csv_nodes(shown, "X")
    assert rows["what"].value_counts().to_dict() == {
        "party": sum(not one.startswith(GROUP) for one in shown.nodes["id"]),
        "group": sum(one.startswith(GROUP) for one in shown.nodes["id"]),
        "link": len(shown.links),
    }
    assert rows["parties"].sum() == 401
    text = copying.as_csv(rows)
    assert GROUP not in text
    assert "\x1f" not in text


def test_members_are_listed_with_their_flags():
    suppliers = [f"S{i:02}" for i in range(90)]
    flagged = set(suppliers[:60])
    tables: dict[str, Any] = {
        "links": [link(one, "X", 0.01) for one in suppliers],
        "facilities": [{"id": one, "name": one, "country": "ID"} for one in suppliers],
        "organizations": [brand("X")],
    }
    day = Day(oracles.graph_of(**tables, findings=[finding(one) for one in flagged]), Parameters("2021-06-30"))
    alone = set(day.neighbourhood("X", 30).nodes["id"])
    found = exploring.members(day.around("X").members("1:ID", 30))
    assert set(found["Name"]) == set(suppliers) - alone
    assert set(found.loc[found["Flag"].str.startswith("■"), "Name"]) == flagged - alone != set()
    assert set(found["Country"]) == {"ID"}
    assert found["Carries"].is_monotonic_decreasing


def test_what_was_opened_is_told(hub):
    answer = named_queries.Answer(("S001",), 1000, truncated=True)
    shown = hub.neighbourhood("X", 30, [Expansion("suppliers", "X"), Expansion("sites_of_group", "X", answer.parties)])
    told = exploring.opened(shown.added, {"X": "Brand X"}, {("sites_of_group", "X"): answer})
    assert told[0].startswith("Suppliers of Brand X: 400 parties found, ")
    assert "of them not shown: at most 40 at a time and 300 in all" in told[0]
    assert told[1] == (
        "Query sites_of_group about Brand X: 1 party found, all shown; only the first 1,000 rows were read."
    )


# --- the catalogue ---------------------------------------------------------------------------------------------


class Store:
    """Answers every query with the same rows."""

    def __init__(self, columns: list[str], rows: list[list[Any]], *, truncated: bool = False) -> None:
        self.answer = Rows(columns, rows, truncated)
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def read(self, statement: str, parameters: dict[str, Any], *, timeout: float, max_rows: int) -> Rows:
        assert timeout <= 10
        assert max_rows <= 1000
        self.asked.append((statement, parameters))
        return self.answer


def test_queries_that_are_offered_need_one_party_and_answer_with_parties():
    about = named_queries.about_a_party()
    assert {"buyers_of_party", "direct_suppliers", "sites_of_group", "exposure_paths"} <= set(about)
    assert not {"find_party", "standing_findings", "last_runs", "links_between"} & set(about)
    for name, parameter in about.items():
        required = {one.name for one in analyst_catalogue()[name].parameters if one.required}
        assert required <= {parameter.name, "as_of"}
    assert "suppliers_by_tier" in named_queries.offered("Brand")
    assert "suppliers_by_tier" not in named_queries.offered("Facility")
    assert "sites_of_group" not in named_queries.offered("Facility")


def test_a_query_gets_the_party_and_the_day_and_gives_each_party_once():
    rows = [["B", "", "", 1, ""], [None, "", "", 2, ""], ["B", "", "", 3, ""], ["A", "", "", 3, ""]]
    store = Store(["brand_id", "brand", "country", "hops", "tier"], rows)
    found = named_queries.ask(store, "buyers_of_party", "A", "2021-06-30")
    assert found == named_queries.Answer(("B",), 4, truncated=False)
    assert store.asked[0][1] == {"party_id": "A", "as_of": "2021-06-30"}


def test_an_answer_without_rows_names_no_columns_and_no_party():
    found = named_queries.ask(Store([], []), "buyers_of_party", "A", "2021-06-30")
    assert found == named_queries.Answer((), 0, truncated=False)


def test_lists_of_parties_are_taken_apart():
    columns = ["supplier_id", "supplier", "buyer_id", "buyer", "product", "first_seen", "last_seen", "sources"]
    store = Store(columns, [["S", "", "A", "", None, None, None, ["source-1"]]], truncated=True)
    assert named_queries.ask(store, "hidden_intermediaries", "A", "2021-06-30") == (
        named_queries.Answer(("S",), 1, truncated=True)
    )


# --- the page --------------------------------------------------------------------------------------------------


def ids(app: Any) -> set[str]:
    nodes = component(app, "network")["nodes"]
    return {node["id"] for node in nodes if not node["id"].startswith("tier-heading:")}


def test_the_page_opens_and_pins_what_the_url_names(open_app):
    assert "W1" not in ids(open_app("explore", brand="B4"))
    app = open_app("explore", brand="B4", pin="W1", open=["suppliers:W1", "buyers:G3"])
    assert {"B4", "G3", "W1", "F1"} == ids(app)
    told = json.dumps(component(app, "network_caption"), ensure_ascii=False)
    assert "Suppliers of ![i](http://evil.example/x.png): 1 party found, all shown." in told
    assert "1 supplier at any tier: 1 shown and none hidden." in told


def test_a_site_without_a_brand_stands_in_the_middle(open_app):
    app = open_app("explore", site="W2")
    data = component(app, "network")
    assert data["around"] == data["centre"] == "W2"
    assert {"F1", "F2", "C1", "G1", "B1", "B2"} <= ids(app)
    assert "Suppliers left, buyers right" in app.text[0].value


def test_an_unknown_party_in_the_middle_says_so(open_app):
    app = open_app("explore", around="nobody")
    assert "'nobody'" in app.text[0].value


def test_a_party_that_is_not_traced_says_so(open_app):
    told = json.dumps(component(open_app("explore", brand="B4", site="F1"), "party"))
    assert "Not among the suppliers or buyers that are traced on this day." in told


def test_pages_of_a_picked_party_are_linked(open_app):
    (block,) = component(open_app("explore", brand="B1", site="F1"), "ways_on")["blocks"]
    assert [(run["page"], run["set"]) for run in block["text"] if isinstance(run, dict)] == [
        ("site", {"site": "F1"}),
        ("brand", {"brand": "B1", "through": "F1"}),
        ("what-if", {"brand": "B1", "clean": "F1"}),
        ("explore", {"around": "F1", "site": "F1"}),
    ]


def test_an_answer_of_the_catalogue_is_drawn_and_a_refusal_told(open_app, workspace):
    workspace.store = Store(["site_id", "site", "country", "product", "steps", "through"], [["F2", "", "", "", 1, []]])
    app = open_app("explore", brand="B4", site="O1", open="sites_of_group:O1")
    assert {"O1", "F2"} <= ids(app)
    asked = workspace.store.asked
    app.run()
    assert len(asked) == 1  # kept with the day


def test_a_query_that_fails_is_asked_again_only_where_somebody_says_so(open_app, workspace):
    workspace.store = Store([], [])
    failed = []

    def refuse(*_: Any, **__: Any) -> Rows:
        failed.append(1)
        raise RefusedError("The statement ran longer than 10 s and was ended.")

    workspace.store.read = refuse
    app = open_app("explore", brand="B4", site="O1", open="buyers_of_party:O1")
    app.run()
    assert "ran longer than 10 s" in everything(app)
    assert len(failed) == 1
    again = next(button for button in app.button if button.label == "Try again")
    del workspace.store.read
    again.click().run()
    assert "ran longer than 10 s" not in everything(app)
    assert "buyers_of_party about" in everything(app)
    assert not [button for button in app.button if button.label == "Try again"]


def test_a_group_lists_its_members(open_app, workspace, hub):
    workspace._graph = hub.graph
    app = open_app("explore", brand="X", show="30", group="1:ID")
    names = {f"S{i:03}": f"Mill {i}" if i != 7 else "<b>=Evil</b> href" for i in range(1, 400, 3)}
    alone = ids(app) & set(names)
    assert "S001" in alone  # it is flagged
    assert set(app.dataframe[0].value["Name"]) == {names[one] for one in set(names) - alone}


def test_a_group_that_does_not_exist_says_so(open_app):
    app = open_app("explore", brand="B2", group="9:XX")
    assert "This group has no member left" in json.dumps(component(app, "group"))
    assert not app.dataframe


def test_pin_and_reset_change_the_url_once(open_app):
    app = open_app("explore", brand="B1", site="F1")
    next(button for button in app.button if button.label == "Pin").click().run()
    assert app.query_params["pin"] == "F1"
    next(button for button in app.button if button.label == "Reset").click().run()
    assert not app.query_params.get("pin")
    assert not app.query_params.get("site")

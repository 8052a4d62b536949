"""Answers to Cypher as tables, as parties to go to, and as pictures."""

from __future__ import annotations

from typing import Any

import pandas as pd

from graph_core import queries
from graph_core.graph import Graph
from graph_core.ui import answers
from graph_core.viz.answer import answer_network, drawn

HOSTILE = '<img src=x onerror="window.hacked=1"> href'


def node(identity: str, label: str = "Facility", **said: Any) -> dict[str, Any]:
    party = ["Party"] if label in ("Facility", "Organization") else []
    return {"labels": [label, *party], "properties": {"id": identity, **said}}


def link(start: str | None, end: str | None, kind: str = "SUPPLIES") -> dict[str, Any]:
    return {"type": kind, "start": start, "end": end, "properties": {"share": 0.5}}


def test_a_table_keeps_numbers_and_says_the_rest_in_words() -> None:
    a, b = node("a", name="A mill"), node("b")
    path = {"nodes": [a, b], "relationships": [link("a", "b")]}
    found = answers.table(
        ["n", "share", "node", "link", "path", "list", "map"],
        [[1, 0.5, a, link("a", "b"), path, ["x", None, 2], {"k": "v"}], [2, None, b, link(None, "b"), None, [], None]],
    )
    assert found["n"].tolist() == [1, 2]
    assert found["n"].dtype.kind == "i"
    assert found["share"].dtype.kind == "f"
    assert found["node"].tolist() == ["A mill (a)", "b"]
    assert found["link"].tolist() == ["a -SUPPLIES-> b", "? -SUPPLIES-> b"]
    assert found["path"].iloc[0] == "A mill (a) - b"
    assert found["list"].tolist() == ["x, , 2", ""]
    assert found["map"].iloc[0] == '{"k": "v"}'


def test_columns_of_several_types_and_names_that_stand_twice_can_be_shown() -> None:
    found = answers.table(["a", "a", "big"], [[1, "x", 2**70], ["y", None, 1]])
    assert list(found.columns) == ["a", "a (2)", "big"]
    assert found["a"].tolist() == ["1", "y"]
    assert found["big"].tolist() == [str(2**70), "1"]


def test_an_answer_without_rows_or_columns_is_an_empty_table() -> None:
    assert answers.table(["a"], []).shape == (0, 1)
    assert answers.table([], []).empty


def test_ids_are_found_wherever_they_stand() -> None:
    row = ["a", ["b", {"x": "c"}], node("d", name="e"), 7, None, "a"]
    assert list(answers.ids_in(row)) == ["a", "b", "c", "Facility", "Party", "d", "e"]


def graph(**tables: list[dict[str, Any]]) -> Graph:
    return Graph({name: pd.DataFrame(rows) for name, rows in tables.items()})


def test_a_row_leads_to_the_parties_that_it_names() -> None:
    known = graph(
        Organization=[{"id": "b", "name": "Brand", "brand": True}, {"id": "o", "name": "Owner", "brand": None}],
        Facility=[{"id": "f", "name": HOSTILE, "brand": None}],
    )
    assert answers.parties_in(known, ["x", ["f", "b"], node("o", "Organization")]) == [
        {"id": "f", "name": HOSTILE, "page": "site"},
        {"id": "b", "name": "Brand", "page": "brand"},
        {"id": "o", "name": "Owner", "page": "site"},
    ]
    assert answers.parties_in(known, ["x", 1]) == []


def test_the_catalogue_is_searched_by_all_words() -> None:
    known = queries.analyst_catalogue()
    everything = answers.matching(known, "")
    assert {query.name for listed in everything.values() for query in listed} == set(known)
    assert list(everything) == list(answers.FAMILIES)
    found = answers.matching(known, "TIER brand")
    assert "suppliers_by_tier" in [query.name for listed in found.values() for query in listed]
    assert answers.matching(known, "no such words") == {}


def test_nodes_and_links_are_drawn_from_wherever_they_stand() -> None:
    a, b, c = node("a", name="A"), node("b", "Organization", name="B"), node("c", "Finding", title="C")
    rows = [[[a, b], link("a", "b")], [{"path": {"k": c}}, link("c", "a", "ABOUT")], [link(None, "b"), 1]]
    found = drawn(["x", "y"], rows, 10)
    assert found.nodes[["id", "name", "label", "party"]].to_numpy().tolist() == [
        ["a", "A", "Facility", True],
        ["b", "B", "Organization", True],
        ["c", "C", "Finding", False],
    ]
    assert found.links.to_numpy().tolist() == [["a", "b", "SUPPLIES"], ["c", "a", "ABOUT"]]
    assert (found.hidden, found.loose) == (0, 1)


def test_what_is_over_the_budget_is_counted() -> None:
    rows = [[node(f"n{i}"), link(f"n{i}", f"n{i + 1}")] for i in range(9)]
    found = drawn(["n", "r"], rows, 4)
    assert found.nodes["id"].tolist() == ["n0", "n1", "n2", "n3"]
    assert len(found.links) == 3
    assert (found.hidden, found.loose) == (5, 1), "n9 is in no row"


def test_a_table_of_suppliers_and_buyers_can_be_drawn() -> None:
    found = drawn(["supplier_id", "supplier", "buyer_id"], [["s", "Supplier", "b"], ["s", "Supplier", None]], 9)
    assert found.links.to_numpy().tolist() == [["s", "b", "SUPPLIES"]]
    assert found.nodes["name"].tolist() == ["Supplier", "b"]
    assert found.loose == 1
    tiers = drawn(["supplier_id", "hops"], [["s", 1], ["t", 2]], 9, {"brand_id": "x"})
    assert tiers.links.to_numpy().tolist() == [["s", "x", "SUPPLIES"]]
    assert tiers.loose == 1
    assert drawn(["name"], [["a"]], 9).nodes.empty


def test_the_picture_is_plain_and_its_columns_follow_the_links() -> None:
    rows = [[node("a", name=HOSTILE), link("a", "b"), node("b"), link("b", "c"), node("c"), link("d", "d"), node("d")]]
    net, layout = answer_network(drawn(["a"] * 7, rows, 9))
    x = {identity: place[0] for identity, place in layout.positions.items()}
    assert x["a"] < x["b"] < x["c"]
    titles = [one["title"] for one in net.nodes]
    assert not any("<" in title or "href" in title for title in titles)
    assert len(net.edges) == 3


def test_a_circle_can_be_drawn() -> None:
    net, _ = answer_network(drawn(["x"], [[[node("a"), node("b"), link("a", "b"), link("b", "a")]]], 9))
    assert len(net.nodes) == 2

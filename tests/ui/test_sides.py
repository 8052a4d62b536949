"""Two sides of a pair beside each other: which parts agree, which differ, and which nobody knows."""

from __future__ import annotations

from typing import Any

from graph_core.candidates import FINDING, PARTY
from graph_core.graph import Graph
from graph_core.ui.sides import DIFFERS, PARTLY, SAME, UNKNOWN, sides


def by_label(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["label"]: row for row in found["rows"]}


def marked(values: list[list[dict[str, Any]]], same: bool) -> list[str]:
    return [token["text"] for value in values for token in value if token.get("same") is same]


def test_a_finding_and_a_site(graph: Graph) -> None:
    row = graph["MAY_BE_ABOUT"].iloc[0]
    found = sides(graph, row["start"], row["end"], FINDING)
    assert [head["kind"] for head in found["heads"]] == ["Finding", "Site"]
    names = by_label(found)["Names"]
    assert names["mark"] in (SAME, PARTLY)
    assert marked(names["left"], same=True)
    assert {"Authority", "Stands", "Said in", "Sources"} <= set(by_label(found))


def test_parts_that_agree_and_differ() -> None:
    from graph_core.graph import table

    rows = {
        "id": ["A", "B"],
        "name": ["Zorvex Mulvari Mill Ltd", "ZORVEX Quellan Mill Ltd"],
        "aliases": [["中泰纺织"], []],
        "country": ["MY", "SG"],
        "address": ["12 Mill Road", None],
        "os_id": [None, None],
        "identifiers": [["TAX:1"], ["TAX:2"]],
        "sources": [[], []],
    }
    found = by_label(sides(Graph({"Facility": table("Facility", rows)}), "A", "B", PARTY))
    assert marked(found["Names"]["left"], same=True) == ["Zorvex", "Mill", "Ltd"]
    assert marked(found["Names"]["right"], same=False) == ["Quellan"]
    assert found["Country"]["mark"] == DIFFERS
    assert marked(found["Country"]["left"], same=False) == ["MY"]
    assert found["Address"]["mark"] == UNKNOWN
    assert found["Address"]["left"] == [[{"text": "12 Mill Road"}]]
    assert found["Address"]["right"] == []
    reading = [token for value in found["Names"]["left"] for token in value if token.get("muted")]
    assert [token["text"] for token in reading] == [" (reads ZhongTaiFangZhi)"]


def test_a_name_in_another_script_agrees_with_how_it_reads() -> None:
    from graph_core.graph import table

    rows = {"id": ["A", "B"], "name": ["Орск Mill", "Orsk Mill"], "identifiers": [[], []], "sources": [[], []]}
    names = by_label(sides(Graph({"Facility": table("Facility", rows)}), "A", "B", PARTY))["Names"]
    assert marked(names["left"], same=True) == ["Орск", "Mill"]
    assert names["mark"] == SAME


def test_a_side_that_is_gone_is_named_by_its_id(graph: Graph) -> None:
    found = sides(graph, "nobody", "F1", PARTY)
    assert found["heads"][0] == {"kind": "Company", "name": "nobody", "id": "nobody"}
    assert by_label(found)["Names"]["mark"] == UNKNOWN

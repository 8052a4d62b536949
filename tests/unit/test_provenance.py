"""Deliveries, changes, as-of days, and who said what."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from graph_core.day import Day, Parameters
from graph_core.derive import derive
from graph_core.errors import NotFoundError
from graph_core.graph import Graph, in_force, rows
from graph_core.provenance import COLUMNS, statements
from tests import oracles
from tests.oracles import Said, brand, link, said


def delivery(day: str, seq: int, *findings: str, series: str = "list", **more: Any) -> Said:
    rows = [{"id": name, "subject_name": name, "category": "forced_labour", **more} for name in findings]
    return said(f"{series}:{day}", seq, retrieved_at=day, about={"series": series}, findings=rows)


def finding(graph: Graph, name: str) -> dict[str, Any]:
    (found,) = rows_of(graph, "Finding", name)
    return found


def rows_of(graph: Graph, label: str, key: str) -> list[dict[str, Any]]:
    return rows(graph[label][graph[label]["id"] == key])


# --- lists that are published again and again --------------------------------------------------------------------


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_what_a_later_delivery_lacks_has_ended_whatever_was_loaded_first(order: tuple[int, int, int]) -> None:
    graph = derive(
        [
            delivery("2024-01-10", order[0], "A", "B", valid_from="2022-06-21"),
            delivery("2025-01-10", order[1], "A", "B", "C", valid_from="2022-06-21"),
            delivery("2026-01-10", order[2], "A", "C", valid_from="2022-06-21", status="modified"),
        ]
    )
    held = {name: finding(graph, name) for name in "ABC"}
    assert {name: row["valid_to"] for name, row in held.items()} == {"A": None, "B": "2026-01-10", "C": None}
    assert {name: row["status"] for name, row in held.items()} == {"A": "modified", "B": "lifted", "C": "modified"}
    assert held["B"]["note"] == "not on the list of 2026-01-10"
    assert (held["B"]["first_seen"], held["B"]["last_seen"]) == ("2024-01-10", "2025-01-10")
    assert (held["C"]["first_seen"], held["C"]["last_seen"]) == ("2025-01-10", "2026-01-10")
    standing = {day: set(in_force(graph["Finding"], day)["id"]) for day in ("2022-06-20", "2025-12-31", "2026-01-10")}
    assert standing == {"2022-06-20": set(), "2025-12-31": {"A", "B", "C"}, "2026-01-10": {"A", "C"}}


def test_another_list_and_a_list_without_a_day_end_nothing() -> None:
    graph = derive(
        [
            delivery("2024-01-10", 1, "A"),
            delivery("2025-01-10", 2, "X", series="other"),
            said("list", 3, findings=[{"id": "Y", "category": "forced_labour"}]),
        ]
    )
    assert [finding(graph, name)["valid_to"] for name in "AXY"] == [None, None, None]


def test_an_end_that_the_list_itself_states_stays() -> None:
    graph = derive([delivery("2024-01-10", 1, "A", valid_to="2024-06-01"), delivery("2025-01-10", 2, "B")])
    assert finding(graph, "A")["valid_to"] == "2024-06-01"


# --- sources that are delivered by changes -------------------------------------------------------------------------


def change(seq: int, *gone: str, **tables: Any) -> Said:
    rows = [{"origin": name} for name in gone]
    return said(f"d:delta:{seq}", seq, about={"amends": "d"}, withdrawn=rows, **tables)


def test_changes_add_modify_and_take_back() -> None:
    base = said(
        "d",
        1,
        organizations=[{"id": name, "name": name, "origin": name} for name in "ABC"],
        ownership=[
            {"owner_id": "A", "owned_id": "B", "percent": 60.0, "origin": "o1"},
            {"owner_id": "A", "owned_id": "C", "percent": 60.0, "origin": "o2"},
        ],
    )
    modified = change(2, "B", organizations=[{"id": "B", "name": "B renamed", "origin": "B"}])
    deleted = change(3, "o1", "C")
    graph = derive([deleted, base, modified])
    assert graph["Organization"].set_index("id")["name"].to_dict() == {"A": "A", "B": "B renamed"}
    assert rows_of(graph, "Organization", "B")[0]["aliases"] == [], "what was taken back is no alias"
    assert graph["OWNS"][["start", "end"]].to_numpy().tolist() == [["A", "C"]], "C is a placeholder now"
    again = derive([deleted, modified, said("d", 4, organizations=[{"id": "C", "name": "C", "origin": "C"}])])
    assert "C" in set(again["Organization"]["id"]), "a later full delivery is not touched by earlier changes"


# --- holdings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "percent", "reached"),
    [(None, None, True), ("consolidation", None, True), ("voting_rights", 60.0, True), ("shareholding", 20.0, False),
     ("fund_management", None, False), ("other", None, False), ("other", 100.0, False)],
)  # fmt: skip
def test_only_control_carries_an_order_to_a_site(kind: str | None, percent: float | None, reached: bool) -> None:
    graph = oracles.graph_of(
        organizations=[brand("X"), {"id": "O", "name": "O"}],
        facilities=[{"id": "F", "name": "F"}],
        ownership=[{"owner_id": "O", "owned_id": "F", "percent": percent, "kind": kind}],
        links=[link("F", "X", 0.5)],
        findings=[
            {"id": "f", "subject_id": "O", "category": "forced_labour", "includes_subsidiaries": True},
        ],
    )
    row = Day(graph, Parameters("2024-01-01")).exposures(["X"])[0]
    assert row["classes"]["ownership"] == (0.5 if reached else 0.0)


def test_holdings_of_two_kinds_stand_beside_each_other() -> None:
    rows = [
        {"owner_id": "O", "owned_id": "F", "percent": 20.0, "kind": "shareholding"},
        {"owner_id": "O", "owned_id": "F", "percent": 70.0, "kind": "voting_rights"},
    ]
    owns = oracles.graph_of(ownership=rows)["OWNS"]
    assert sorted(zip(owns["kind"], owns["percent"], strict=True)) == [("shareholding", 20.0), ("voting_rights", 70.0)]


# --- who said what -------------------------------------------------------------------------------------------------


def told(found: Any, **wanted: str) -> list[dict[str, Any]]:
    rows = found.to_dict("records")
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def test_conflicting_values_are_all_kept_and_one_is_shown() -> None:
    first = {
        "id": "F",
        "name": "Old",
        "country": "MM",
        "original": '{"country": "Burma"}',
        "sector": "Food|Feed",
        "line": 7,
    }
    second = {"id": "F", "name": "New", "country": "TH", "line": 9}
    sets = [
        said("a", 1, retrieved_at="2020-05-01", facilities=[first]),
        said("b", 2, retrieved_at="2021-05-01", facilities=[second]),
        said("c", 3, retrieved_at="2022-05-01", facilities=[second]),
    ]
    found = statements(sets, derive(sets), "F")
    assert list(found.columns) == COLUMNS
    old, new = told(found, property="country", value="MM"), told(found, property="country", value="TH")
    assert [(r["original"], r["sources"], r["lines"], r["shown"]) for r in old] == [("Burma", ["a"], [7], False)]
    assert [(r["sources"], r["first_seen"], r["last_seen"], r["shown"]) for r in new] == [
        (["b", "c"], "2021-05-01", "2022-05-01", True)
    ]
    assert [r["shown"] for r in told(found, property="sector")] == [True, True]


def test_statements_of_links_have_the_days_of_their_lists() -> None:
    lists = [{"id": f"L{y}", "buyer_id": "X", "series": "s", "date": f"{y}-01-01"} for y in (2020, 2021)]
    links = [link("F", "X", list_id=f"L{y}", product="cotton") for y in (2020, 2021)]
    sets = [said("a", organizations=[brand("X")], lists=lists, links=links)]
    (row,) = told(statements(sets, derive(sets), "F"), property="product")
    assert (row["subject"], row["first_seen"], row["last_seen"], row["shown"]) == (
        "F -> X", "2020-01-01", "2021-01-01", True
    )  # fmt: skip


def test_an_unknown_id_is_named() -> None:
    with pytest.raises(NotFoundError, match="no source says anything about 'nobody'"):
        statements([said("a", organizations=[brand("X")])], derive([]), "nobody")

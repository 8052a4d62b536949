"""Paths with the evidence of every hop, and flows for a picture."""

from __future__ import annotations

from typing import Any

import networkx as nx
import pytest

from graph_core.day import Day, Parameters
from graph_core.errors import InputError, NotFoundError
from tests import oracles
from tests.oracles import Rows, brand, finding, link, operates
from tests.unit.test_day import A2, FLAGS

NOTHING = {
    "cycle_links": 0, "hidden_links": 0, "shown": 0.0, "own": {}, "rest": {}, "rest_links": 0, "rest_evidence": None,
}  # fmt: skip


def day(**tables: Rows) -> Day:
    return Day(
        oracles.graph_of(**{"organizations": [brand("X"), {"id": "C", "name": "C"}], **tables}),
        Parameters("2021-06-30"),
    )


def edges(some: Day, limit: int = 60) -> dict[tuple[str, str, str], float]:
    found = some.flows("X", limit)
    return {(r["supplier"], r["buyer"], r["class"]): r["value"] for r in found.to_dict("records")}


def test_paths_from_the_flagged_site_to_the_brand() -> None:
    rows = day(links=A2, findings=FLAGS).paths("X", 10)
    assert [(r["rank"], [n["id"] for n in r["nodes"]], r["score"]) for r in rows] == [
        (1, ["F", "A", "X"], pytest.approx(0.2)),
        (2, ["F", "B", "X"], pytest.approx(0.12)),
        (3, ["G", "B", "X"], pytest.approx(0.09)),
    ]
    assert sum(r["contribution"] for r in rows) == pytest.approx(0.41)
    assert [(x["supplier"], x["buyer"], x["share"]) for x in rows[0]["links"]] == [("F", "A", 0.5), ("A", "X", 0.4)]
    assert rows[0]["nodes"][0]["class"] == "named"
    assert not rows[0]["truncated"]
    assert day(links=A2, findings=FLAGS).paths("X", 2)[0]["truncated"]


def test_paths_with_conditions_and_what_is_not_shown() -> None:
    some = day(links=A2, findings=FLAGS)
    assert [r["rank"] for r in some.paths("X", 10, through="B")] == [1, 2]
    assert [r["not_shown"] for r in some.paths("X", 10, through="B")] == pytest.approx([0.2, 0.2])
    assert [r["nodes"][0]["id"] for r in some.paths("X", 10, avoiding=["F", "A"])] == ["G"]
    assert some.paths("X", 10, max_hops=1) == []
    assert some.paths("X", 1)[0]["not_shown"] == pytest.approx(0.21)
    assert some.paths("X", 10)[0]["not_shown"] == pytest.approx(0.0)


def test_a_party_that_is_known_but_delivers_nothing_is_on_no_path() -> None:
    some = day(links=A2, findings=FLAGS)
    assert some.paths("X", 10, through="C") == []
    assert len(some.paths("X", 10, avoiding=["C"])) == 3
    with pytest.raises(NotFoundError, match="'Q'"):
        some.paths("X", 10, through="Q")


def test_a_site_is_met_by_each_of_its_nodes_for_a_good() -> None:
    links = [link("S", "X", 0.4, product="palm oil"), link("S", "X", 0.5, product="rubber"), link("F", "S", 0.5)]
    some = day(links=links, findings=[finding("F"), finding("S", 0.5, scope_commodity="rubber")])
    found = some.paths("X", 10, through="S")
    assert [[n["id"] for n in r["nodes"]] for r in found] == [["S", "X"], ["F", "S", "X"], ["F", "S", "X"]]
    assert some.paths("X", 10, avoiding=["S"]) == []


def test_a_hop_is_open_where_one_of_its_parallel_links_is() -> None:
    links = [link("F", "X", 0.2, valid_to="2022-01-01", product="soy"), link("F", "X", 0.1, product="palm oil")]
    assert day(links=links, findings=[finding("F")]).paths("X", 1)[0]["links"][0]["valid_to"] is None
    both = [row | {"valid_to": end} for row, end in zip(links, ("2022-01-01", "2023-01-01"), strict=True)]
    assert day(links=both, findings=[finding("F")]).paths("X", 1)[0]["links"][0]["valid_to"] == "2023-01-01"


def test_a_cycle_names_its_parties_and_links_once() -> None:
    """S makes rubber and palm oil and buys from T, T buys palm oil from S; a flag about rubber gives S two nodes."""
    links = [
        *(link("S", "T", 0.5, product="palm oil"), link("T", "S", 0.4), link("F", "S", 0.3)),
        *(link("S", "X", 0.5, product="palm oil"), link("S", "X", 0.5, product="rubber")),
    ]
    found = day(links=links, findings=[finding("F"), finding("S", 0.5, scope_commodity="rubber")]).cycles("X")
    assert [[party["id"] for party in row["parties"]] for row in found] == [["S", "T"]]
    assert found[0]["links"] == [
        {"supplier": "S", "buyer": "T", "share": 0.5},
        {"supplier": "T", "buyer": "S", "share": 0.4},
    ]
    assert found[0]["through"] == pytest.approx(0.5 * 0.375 + 0.5 * 0.5 * 0.4 * 0.5 * 0.375)
    assert day(links=A2, findings=FLAGS).cycles("X") == day(links=A2).cycles("Y") == []


def test_every_hop_says_what_it_rests_on() -> None:
    links = [
        link("F", "A", source="p", disclosure="indirect", evidence="inferred", confidence=0.4, valid_from="2020-01-01"),
        link("B", "A"),
        link("A", "X", 0.5, product="soy"),
        link("A", "X", 0.1, product="palm oil"),
    ]
    sources = [{"id": "p", "retrieved_at": "2020-05-01"}]
    first, last = day(links=links, findings=[finding("F")], sources=sources).paths("X", 1)[0]["links"]
    assert {k: first[k] for k in ("share", "share_basis", "disclosure", "evidence", "confidence", "sources")} == {
        "share": 0.5,
        "share_basis": "assumed_equal",
        "disclosure": "indirect",
        "evidence": "inferred",
        "confidence": 0.4,
        "sources": ["p"],
    }
    assert (first["valid_from"], first["last_seen"]) == ("2020-01-01", "2020-05-01")
    assert (last["share"], last["share_basis"], last["product"], last["valid_from"]) == (
        pytest.approx(0.6),
        "stated",
        "palm oil, soy",
        None,
    )


def test_paths_of_a_brand_without_a_flag_or_unknown() -> None:
    assert day(links=A2).paths("X", 5) == []
    assert day(links=A2).paths("nobody", 5) == []
    with pytest.raises(InputError):
        day(links=A2, findings=FLAGS).paths("X", 0)


def test_flows_carry_the_score_into_the_brand() -> None:
    some = day(links=A2, findings=FLAGS)
    assert edges(some) == pytest.approx(
        {
            ("F", "A", "named"): 0.2,
            ("A", "X", "named"): 0.2,
            ("F", "B", "named"): 0.12,
            ("G", "B", "named"): 0.09,
            ("B", "X", "named"): 0.21,
        }
    )
    assert some.flows("X").attrs == {**NOTHING, "shown": pytest.approx(0.41)}


def test_flows_keep_classes_apart_and_add_up() -> None:
    some = day(links=A2, facilities=[operates("C", "G")], findings=[finding("F"), finding("C", 0.5)])
    values = edges(some)
    assert values["G", "B", "ownership"] == pytest.approx(0.09)
    assert (values["B", "X", "named"], values["B", "X", "ownership"]) == pytest.approx((0.12, 0.09))
    assert some.flows("X").attrs["shown"] == pytest.approx(some.exposures(["X"])[0]["score"])


def test_flows_stop_at_a_flag_that_takes_its_part() -> None:
    some = day(links=A2, findings=[*FLAGS, finding("A", 0.5)])
    values = edges(some)
    assert values["F", "A", "named"] == pytest.approx(0.1)
    assert values["A", "X", "named"] == pytest.approx(0.3)


def test_flows_are_the_formula_on_a_cycle_and_drop_what_closes_it() -> None:
    links = [link("F", "A", 0.5), link("B", "A", 0.4), link("A", "B", 0.9), link("B", "X", 1.0)]
    some = day(links=links, findings=[finding("F")])
    found = some.flows("X")
    assert found.attrs["cycle_links"] == 1
    assert found.attrs["shown"] == pytest.approx(0.703125)
    values = edges(some)
    # R[X, j] (1 - s_j) p e_i with R[X, A] = .9 * 1.5625, R[X, B] = 1.5625.
    assert values["F", "A", "named"] == pytest.approx(0.9 * 1.5625 * 0.5)
    assert values["A", "B", "named"] == pytest.approx(1.5625 * 0.9 * 0.78125)
    assert ("B", "A", "named") not in values


def test_flows_keep_the_largest_and_count_the_rest() -> None:
    found = day(links=A2, findings=FLAGS).flows("X", limit=2)
    assert set(zip(found["supplier"], found["buyer"], strict=True)) <= {("A", "X"), ("B", "X"), ("F", "A")}
    assert found.attrs["hidden_links"] == 3


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 60])
def test_flows_given_lead_to_the_brand_and_with_the_rest_are_the_score(limit: int) -> None:
    links = [link("F", "A", 1.0), *(link("A", f"B{i}", 1.0) for i in range(4))]
    links += [link(f"B{i}", "X", 0.1 + i / 100) for i in range(4)]
    some = day(links=links, findings=[finding("F"), finding("X", 0.2)])
    found = some.flows("X", limit)
    drawn: nx.DiGraph[str] = nx.DiGraph(zip(found["supplier"], found["buyer"], strict=True))
    assert all(nx.has_path(drawn, party, "X") for party in drawn)
    assert len(drawn.edges) == min(limit, 9) == 9 - found.attrs["hidden_links"]
    parts = [found.attrs["shown"], *found.attrs["rest"].values(), *found.attrs["own"].values()]
    assert sum(parts) == pytest.approx(some.exposures(["X"])[0]["score"])
    assert found.attrs["rest_links"] == 4 - len(list(drawn.predecessors("X")))


def test_flows_of_nothing_are_empty() -> None:
    for some in (day(links=A2), day()):
        found: Any = some.flows("X")
        assert found.empty
        assert found.attrs == NOTHING


def test_one_site_with_two_goods_is_one_site_to_a_reader() -> None:
    links = [link("S", "X", 0.3, product="palm oil"), link("S", "X", 0.4, product="soy"), link("F", "S", 0.5)]
    some = day(links=links, findings=[finding("S", 0.5, scope_commodity="palm oil"), finding("F")])
    assert {n["id"] for r in some.paths("X", 10) for n in r["nodes"]} == {"S", "F", "X"}
    assert {row[0] for row in edges(some)} == {"S", "F"}
    assert some.flows("X").attrs["shown"] == pytest.approx(some.exposures(["X"])[0]["score"])
    assert sum(r["contribution"] for r in some.paths("X", 10)) == pytest.approx(some.exposures(["X"])[0]["score"])
    nodes = some.neighbourhood("X").nodes.set_index("id")
    assert nodes.loc["S", "carries"] == pytest.approx(some.exposures(["X"])[0]["score"])

"""Chokepoints of a network and of a day: known answers, groups of flags, goods apart, costs, and what is refused."""

from __future__ import annotations

from typing import Any

import networkx as nx
import pytest

from graph_core import SupplyNetwork, dominators, engagement_costs, kernels, minimum_cut
from graph_core.day import Day, Parameters
from graph_core.errors import InputError, NotFoundError
from tests import oracles
from tests.oracles import Row, Rows, brand, finding, link

DAY = "2021-06-30"


def network(*links: tuple[str, str]) -> SupplyNetwork:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_weighted_edges_from([(a, b, 0.25) for a, b in links], weight="share")
    return SupplyNetwork.from_networkx(graph)


E = network(("1", "2"), ("1", "3"), ("2", "5"), ("3", "4"), ("4", "5"))


# --- networks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("worthwhile", [0, 1_000_000])
def test_the_example_of_networkx(worthwhile: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "WORTHWHILE", worthwhile)
    found = dominators(E, ["1"])
    nearest = {E.ids[i]: E.ids[above] for i, above in enumerate(found.nearest.tolist()) if above >= 0}
    assert nearest == {"2": "1", "3": "1", "4": "3", "5": "1"}
    assert (found.chain("4"), found.chain("1"), found.reaches("1")) == (("1", "3"), (), True)


def test_several_sites_share_what_lies_behind_them() -> None:
    net = network(("F", "A"), ("G", "A"), ("A", "T"), ("T", "X"), ("H", "X"))
    found = dominators(net, ["F", "G"])
    assert (found.chain("X"), found.chain("A"), found.reaches("H")) == (("A", "T"), (), False)
    assert dominators(net, ["F", "H"]).chain("X") == ()
    assert not dominators(net, []).reaches("X")
    with pytest.raises(NotFoundError):
        dominators(net, ["nobody"])


def test_a_link_of_share_0_goes_round_nothing() -> None:
    net = SupplyNetwork.from_arrays(["F", "A", "X"], [0, 1, 0], [1, 2, 2], [0.5, 0.5, 0.0])
    assert dominators(net, ["F"]).chain("X") == ("F", "A")


def test_a_long_chain_needs_no_recursion() -> None:
    size = 60_000
    ids = [str(i) for i in range(size)]
    net = SupplyNetwork.from_arrays(ids, range(size - 1), range(1, size), [0.5] * (size - 1))
    assert len(dominators(net, ["0"]).chain(ids[-1])) == size - 1


def test_costs_are_parts_of_the_deliveries_to_known_buyers() -> None:
    """T delivers to X and to three others; A to T alone; F to A and to somebody who delivers nowhere known."""
    net = network(("F", "A"), ("F", "Z"), ("A", "T"), ("T", "X"), ("T", "P"), ("T", "Q"), ("T", "R"))
    costs = dict(zip(net.ids, engagement_costs(net, "X").tolist(), strict=True))
    assert {party: costs[party] for party in "XTAF"} == pytest.approx({"X": 1, "T": 4, "A": 4, "F": 8})
    assert costs["Z"] == float("inf")


def test_a_cut_weighs_many_sites_against_the_few_before_the_buyer() -> None:
    """Five sites behind one mill whose buyers are many: the sites are cheaper while they are few."""
    sites = [f"F{i}" for i in range(5)]
    net = network(*((site, "M") for site in sites), ("M", "X"), *(("M", f"B{i}") for i in range(9)))
    assert minimum_cut(net, sites, "X").parties == pytest.approx({"M": 10.0})
    assert minimum_cut(net, sites, "X", dict.fromkeys(sites, 1.5)).parties == dict.fromkeys(sites, 1.5)
    alone = minimum_cut(net, sites[:1], "X")
    assert alone.parties == pytest.approx({"F0": 10.0}), "of equal sets the one nearest to the sites"
    assert minimum_cut(net, sites, "X", dict.fromkeys(sites, 1.5), engage_sites=False).parties == {"M": 10.0}


def test_sites_that_deliver_to_the_buyer_are_named_apart_where_they_are_not_engaged() -> None:
    net = network(("F", "X"), ("G", "A"), ("A", "X"), ("G", "F"))
    cut = minimum_cut(net, ["F", "G"], "X", engage_sites=False)
    assert (set(cut.parties), cut.direct) == ({"A"}, ("F",))
    only = minimum_cut(net, ["F"], "X", engage_sites=False)
    assert (only.parties, only.cost, only.direct) == ({}, 0.0, ("F",))
    assert minimum_cut(net, ["X"], "X").parties == {}
    assert minimum_cut(net, ["F"], "G").parties == {}


def test_costs_of_many_sizes_are_told_apart() -> None:
    net = network(("F", "A"), ("F", "B"), ("A", "X"), ("B", "X"))
    costs = {"F": 1e9 + 3, "A": 1e9, "B": 2}
    assert set(minimum_cut(net, ["F"], "X", costs).parties) == {"A", "B"}
    assert set(minimum_cut(net, ["F"], "X", costs | {"A": 1e9 + 2}).parties) == {"F"}
    tiny = dict.fromkeys("FAB", 1e-12)
    assert minimum_cut(net, ["F"], "X", tiny).parties == {"F": 1e-12}


@pytest.mark.parametrize("cost", [0.0, -1.0, float("nan"), float("inf")])
def test_a_cost_has_to_be_a_number_above_0(cost: float) -> None:
    with pytest.raises(InputError, match=r"'3' is .* greater than 0"):
        minimum_cut(E, ["1"], "5", {"3": cost})
    with pytest.raises(NotFoundError):
        minimum_cut(E, ["1"], "5", {"nobody": 1.0})


# --- days ------------------------------------------------------------------------------------------------------


def day(filters: dict[str, Any] | None = None, **tables: Rows) -> Day:
    tables = {"organizations": [brand("X"), brand("Y")], **tables}
    return Day(oracles.graph_of(**tables), Parameters(DAY, **(filters or {})))


def said(rows: list[Row]) -> list[tuple[str, str | None, list[str]]]:
    return [(r["brand"]["id"], r["group"]["id"], [party["id"] for party in r["chokepoints"]]) for r in rows]


LINKS = [
    link("F", "M", 0.5, product="cotton"),
    link("G", "M", 0.25, product="cotton"),
    link("M", "X", 0.4),
    link("M", "Y", 0.2),
    link("H", "X", 0.3, product="soap"),
]
SITES = [{"id": i, "name": f"Site {i}", "country": c} for i, c in zip("FGHM", ["UZ", "TM", "CN", "TR"], strict=True)]
FLAGS = [finding("F", source_title="Order on F"), finding("G", 0.5), finding("H")]


def test_a_day_by_finding_good_region_and_all_at_once() -> None:
    some = day(links=LINKS, facilities=SITES, findings=FLAGS)
    assert said(some.chokepoints("X")) == [
        ("X", "f:H", ["H"]),
        ("X", "f:F", ["F", "M"]),
        ("X", "f:G", ["G", "M"]),
    ]
    assert said(some.chokepoints("X", "good")) == [("X", "soap", ["H"]), ("X", "cotton", ["M"])]
    assert said(some.chokepoints("X", "region")) == [
        ("X", "CN", ["H"]),
        ("X", "UZ", ["F", "M"]),
        ("X", "TM", ["G", "M"]),
    ]
    assert said(some.chokepoints(None, "all")) == [("X", None, []), ("Y", None, ["M"])]
    row = some.chokepoints("X", "good")[1]
    assert row["group"] == {"id": "cotton", "name": "cotton"}
    assert (row["flagged_sites"], row["exposure"], row["hidden_traders"], row["cut"]) == (2, 0.25, False, None)
    (mill,) = row["chokepoints"]
    assert mill == {
        "id": "M", "name": "Site M", "country": "TR", "class": None, "flagged_site": False, "brands": 2,
    }  # fmt: skip
    first = some.chokepoints("X")[1]
    assert first["group"] == {"id": "f:F", "name": "Order on F"}
    assert [(p["class"], p["flagged_site"], p["brands"]) for p in first["chokepoints"]] == [
        ("named", True, 2),
        (None, False, 2),
    ]
    assert {r["group"]["name"] for r in some.chokepoints("X", "region")} == {"China", "Uzbekistan", "Turkmenistan"}


def test_exposures_of_findings_sum_to_the_score() -> None:
    some = day(links=LINKS, facilities=SITES, findings=FLAGS)
    for by in ("finding", "good", "region"):
        parts = sum(row["exposure"] for row in some.chokepoints("X", by))
        assert parts == pytest.approx(some.exposures(["X"])[0]["score"])


def test_a_region_that_lists_name_is_a_group_of_its_own() -> None:
    sites = [{"id": "F", "name": "F", "country": "CN", "address": "12 Road, Shihezi"}, {"id": "G", "name": "G"}]
    some = day(
        links=[link("F", "X", 0.3), link("G", "X", 0.2)], facilities=sites, findings=[finding("F"), finding("G")]
    )
    found = {row["group"]["id"]: row["group"]["name"] for row in some.chokepoints("X", "region")}
    assert found == {"CN": "China", "CN/Xinjiang": "Xinjiang (China)", None: "country not stated"}


def test_by_good_routes_begin_with_that_good() -> None:
    """F delivers cotton to A and soap to B: the soap is no route of the cotton."""
    links = [
        link("F", "A", 0.5, product="cotton"),
        link("F", "B", 0.5, product="soap"),
        link("A", "X", 0.4),
        link("B", "Y", 0.4),
    ]
    some = day(links=links, findings=[finding("F")])
    assert said(some.chokepoints(by="good")) == [("X", "cotton", ["F", "A"]), ("Y", "soap", ["F", "B"])]
    assert [row["exposure"] for row in some.chokepoints(by="good")] == pytest.approx([0.2, 0.2])


def test_a_flag_limited_to_one_good_starts_no_route_of_another() -> None:
    """S is flagged for palm oil alone, and its soy reaches X: not from the flag on S, but from F behind it."""
    links = [
        link("S", "Y", 0.4, product="palm oil"),
        link("S", "X", 0.3, product="soy"),
        link("F", "S", 0.5),
    ]
    limited = finding("S", scope_commodity="palm oil")
    alone = day(links=links, findings=[limited])
    assert said(alone.chokepoints()) == [("Y", "f:S", ["S"])]
    both = day(links=links, findings=[limited, finding("F")])
    assert said(both.chokepoints()) == [
        ("X", "f:F", ["F", "S"]),
        ("Y", "f:S", ["S"]),
        ("Y", "f:F", ["F", "S"]),
    ]
    assert both.chokepoints("X")[0]["exposure"] == pytest.approx(both.exposures(["X"])[0]["score"])


def test_the_two_goods_of_a_site_are_one_party_on_every_route() -> None:
    """Both goods of S go to X by other ways: neither alone is on every route, the site is."""
    links = [
        link("S", "A", 0.4, product="palm oil"),
        link("S", "B", 0.3, product="soy"),
        link("A", "X", 0.5),
        link("B", "X", 0.5),
        link("F", "S", 0.5),
    ]
    some = day(links=links, findings=[finding("S", 0.5, scope_commodity="palm oil"), finding("F")])
    assert ("X", "f:F", ["F", "S"]) in said(some.chokepoints("X"))


def test_a_brand_that_is_flagged_itself_is_no_chokepoint_of_its_own() -> None:
    links = [link("F", "A", 0.5), link("A", "X", 0.5), link("X", "Y", 0.5)]
    some = day(links=links, findings=[finding("X", id="group"), finding("F")])
    assert said(some.chokepoints("X", "all")) == [("X", None, ["F", "A"])]
    assert said(some.chokepoints("X")) == [("X", "f:F", ["F", "A"])]
    assert said(some.chokepoints("Y", "all")) == [("Y", None, ["X"])]


def test_no_route_gives_no_row_and_filters_take_routes_out() -> None:
    links = [link("F", "A", 0.5, evidence="inferred"), link("A", "X", 0.5, disclosure="indirect"), link("G", "A", 0.2)]
    tables: dict[str, Rows] = {"links": links, "findings": [finding("F"), finding("G", category="other")]}
    assert said(day(**tables).chokepoints()) == [("X", "f:F", ["F", "A"])]
    assert day(**tables).chokepoints()[0]["hidden_traders"] is True
    assert day({"documented_only": True}, **tables).chokepoints() == []
    assert day(links=links).chokepoints("X") == []
    assert day(**tables).chokepoints("Y") == []
    assert day(**tables).chokepoints("nobody") == []


def test_waiting_flags_count_only_where_they_are_included() -> None:
    limited = finding("F", scope_country="MY")  # the country of F is not known
    tables: dict[str, Rows] = {"links": [link("F", "A", 0.5), link("A", "X", 0.5)], "findings": [limited]}
    assert day(**tables).chokepoints() == []
    assert said(day({"unreviewed": "include"}, **tables).chokepoints()) == [("X", "f:F", ["F", "A"])]


def test_a_cut_of_a_day_with_stated_and_known_costs() -> None:
    some = day(links=LINKS, facilities=SITES, findings=FLAGS)
    (row,) = some.chokepoints("X", "all", cut=True)
    assert row["cut"]["direct"] == []
    # M delivers to two brands, F and G to M alone: all three cost 2, and H delivers to X alone.
    assert [(p["id"], p["cost"], p["cost_basis"]) for p in row["cut"]["parties"]] == [
        ("M", 2.0, "known_buyers"),
        ("H", 1.0, "known_buyers"),
    ]
    assert row["cut"]["cost"] == 3.0
    (row,) = some.chokepoints("X", "all", cut=True, costs={"M": 9.5})
    assert [(p["id"], p["cost"]) for p in row["cut"]["parties"]] == [("F", 2.0), ("G", 2.0), ("H", 1.0)]
    (row,) = some.chokepoints("X", "all", cut=True, costs={"M": 1.5}, engage_sites=False)
    assert [(p["id"], p["cost"], p["cost_basis"]) for p in row["cut"]["parties"]] == [("M", 1.5, "stated")]
    assert row["cut"]["direct"] == [{"id": "H", "name": "Site H"}]


def test_what_is_wrong_is_named() -> None:
    some = day(links=LINKS, facilities=SITES, findings=FLAGS)
    with pytest.raises(InputError, match="by is 'colour'; it is one of finding, good, region, all"):
        some.chokepoints("X", "colour")
    with pytest.raises(NotFoundError, match="'Q', which no party has"):
        some.chokepoints("X", cut=True, costs={"Q": 1.0})
    with pytest.raises(InputError, match="the cost of 'M' is 0"):
        some.chokepoints("X", cut=True, costs={"M": 0.0})


def test_a_company_named_in_place_of_its_sites_is_on_the_way() -> None:
    sites = [{"id": "F", "name": "F", "operator_id": "C"}, {"id": "G", "name": "G", "operator_id": "C"}]
    some = day(
        organizations=[brand("X"), {"id": "C", "name": "C"}],
        links=[link("C", "X", 0.5)],
        facilities=sites,
        findings=[finding("F"), finding("G")],
    )
    assert said(some.chokepoints("X", "all")) == [("X", None, ["C"])]

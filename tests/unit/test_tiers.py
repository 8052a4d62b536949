"""Tiers of a brand: sets and minimums, what is only "at least", and where the inputs arrive, end or are unmapped."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from graph_core import SupplyNetwork, tiers_of
from graph_core.day import Day, Parameters
from graph_core.errors import InputError, NotFoundError
from tests import oracles
from tests.oracles import Row, Rows, brand, finding, link

DAY = "2021-06-30"


def network(links: list[tuple[int, int]], size: int) -> SupplyNetwork:
    supplier, buyer = zip(*links, strict=True)
    return SupplyNetwork.from_arrays([str(i) for i in range(size)], supplier, buyer, [0.1] * len(links))


def test_a_party_has_several_tiers_for_one_buyer_and_others_for_another() -> None:
    net = network([(1, 0), (2, 1), (2, 0), (3, 2), (3, 4)], 5)
    found = tiers_of(net, "0")
    assert [found.of(str(i)) for i in range(5)] == [(0,), (1,), (1, 2), (2, 3), ()]
    assert found.least.tolist() == [0, 1, 1, 2, -1]
    assert tiers_of(net, "4").of("3") == (1,)
    assert tiers_of(net, "0", 2).of("3") == (2,)


def test_a_circle_gives_no_endless_tiers() -> None:
    """1, 2 and 3 supply each other in a circle, 4 supplies 3."""
    net = network([(1, 0), (2, 1), (3, 2), (1, 3), (4, 3), (2, 0)], 5)
    found = tiers_of(net, "0", 20)
    assert [found.of(str(i)) for i in range(5)] == [(0,), (1, 3), (1, 2), (2, 3), (3, 4)]
    assert not found.more.any()


def test_in_a_large_circle_the_fewest_hops_are_listed_and_it_is_said() -> None:
    ring = [(i + 1, i) for i in range(1, 9)] + [(1, 9)]
    net = network([(1, 0), *ring, (10, 9), (11, 0)], 12)
    found = tiers_of(net, "0")
    assert [found.of(str(i)) for i in (1, 5, 9, 10)] == [(1,), (5,), (9,), (10,)]
    assert found.more.tolist() == [False, *[True] * 10, False]


def test_a_horizon_out_of_range_and_an_unknown_buyer_are_refused() -> None:
    net = network([(1, 0)], 2)
    for horizon in (0, 63):
        with pytest.raises(InputError, match=f"horizon is {horizon}"):
            tiers_of(net, "0", horizon)
    with pytest.raises(NotFoundError):
        tiers_of(net, "nobody")
    assert tiers_of(net, "0", 62).of("1") == (1,)


# --- days ------------------------------------------------------------------------------------------------------


def day(filters: dict[str, Any] | None = None, **tables: Rows) -> Day:
    tables = {"organizations": [brand("X")], **tables}
    return Day(oracles.graph_of(**tables), Parameters(DAY, **(filters or {})))


def by_id(found: Row) -> dict[str, Row]:
    return {row["id"]: row for row in found["parties"]}


def adds_up(found: Row) -> None:
    """What arrives at a tier ends there, is unmapped there, or arrives at the next."""
    shares = [row["share"] for row in found["profile"]]
    for row, following in zip(found["profile"], [*shares[1:], 0.0], strict=True):
        assert row["share"] == pytest.approx(row["ends"] + row["unmapped"] + following)


A2 = [link("F", "A", 0.5), link("F", "B", 0.2), link("G", "B", 0.3), link("A", "X", 0.4), link("B", "X", 0.6)]


def test_the_profile_of_a2() -> None:
    some = day(links=A2, findings=[finding("F"), finding("G", 0.5)])
    found = some.tiers("X")
    adds_up(found)
    keys = ("tier", "parties", "at_least", "nearest", "flagged")
    assert [tuple(row[key] for key in keys) for row in found["profile"]] == [
        (0, 1, 0, 1, 0), (1, 2, 0, 2, 0), (2, 2, 0, 2, 2),
    ]  # fmt: skip
    assert [row["share"] for row in found["profile"]] == pytest.approx([1.0, 1.0, 0.5])
    assert [row["unmapped"] for row in found["profile"]] == pytest.approx([0.0, 0.5, 0.0])
    assert [row["ends"] for row in found["profile"]] == pytest.approx([0.0, 0.0, 0.5])
    assert {party: row["ends"] for party, row in by_id(found).items()} == {
        "A": None, "B": None, "F": pytest.approx(0.32), "G": pytest.approx(0.18),
    }  # fmt: skip
    assert [(row["id"], row["tier"], row["tiers"], row["class"]) for row in found["parties"]] == [
        ("A", 1, [1], None), ("B", 1, [1], None), ("F", 2, [2], "named"), ("G", 2, [2], "named"),
    ]  # fmt: skip
    assert found["hidden"] == {"links": 0, "share": 0.0}
    assert (found["brand"], found["as_of"], found["horizon"]) == ({"id": "X", "name": "X"}, DAY, 10)
    assert some.tiers("X", each=False) == {k: v for k, v in found.items() if k not in ("parties", "dead_ends")}


def test_behind_hidden_traders_a_tier_is_at_least() -> None:
    """B is disclosed with traders in between, G behind it; F is reached through A too, without any."""
    links = [*A2[:-1], {**A2[-1], "disclosure": "indirect"}, link("Z", "G", 0.5)]
    found = day(links=links).tiers("X")
    adds_up(found)
    assert {p: (r["tier"], r["tier_is_minimum"], r["tiers"], r["tiers_at_least"]) for p, r in by_id(found).items()} == {
        "A": (1, False, [1], []),
        "B": (1, True, [], [1]),
        "F": (2, False, [2], []),
        "G": (2, True, [], [2]),
        "Z": (3, True, [], [3]),
    }
    assert [(r["parties"], r["at_least"], r["nearest"]) for r in found["profile"]] == [
        (1, 0, 1), (1, 1, 2), (1, 1, 2), (0, 1, 1),
    ]  # fmt: skip
    assert [row["hidden"] for row in found["profile"]] == pytest.approx([0.0, 0.6, 0.3, 0.09])
    assert found["hidden"] == {"links": 1, "share": pytest.approx(0.6)}


def test_a_shorter_way_over_hidden_traders_does_not_claim_its_tier() -> None:
    links = [link("A", "X", 0.4), link("F", "A", 0.5), link("F", "X", 0.3, disclosure="indirect")]
    party = by_id(day(links=links).tiers("X"))["F"]
    assert (party["tier"], party["tier_is_minimum"], party["tiers"], party["tiers_at_least"]) == (1, True, [2], [1])


def test_documented_links_alone_and_what_the_filter_takes_out() -> None:
    links = [link("A", "X", 0.4), link("B", "X", 0.6), link("F", "A", 1.0, evidence="inferred"), link("G", "B")]
    both = day(links=links).tiers("X")
    adds_up(both)
    assert [row["documented"] for row in both["profile"]] == pytest.approx([1.0, 1.0, 0.6])
    alone = day({"documented_only": True}, links=links).tiers("X")
    adds_up(alone)
    assert [row["share"] for row in alone["profile"]] == pytest.approx([1.0, 1.0, 0.6])
    assert alone["profile"][1]["unmapped"] == pytest.approx(0.4), "what a filter takes out is unmapped, no end"
    assert [(kind["kind"], kind["parties"]) for kind in alone["dead_ends"]] == [("placeholder", 1)]
    assert by_id(alone).keys() == {"A", "B", "G"}


def test_coverage_that_nobody_stated_is_told_apart_from_unmapped() -> None:
    found = day(links=[link("A", "X"), link("F", "A", 0.7)]).tiers("X")
    adds_up(found)
    assert [(r["unstated"], r["unmapped"], r["ends"]) for r in found["profile"]] == [
        pytest.approx((1.0, 0.0, 0.0)),
        pytest.approx((0.0, 0.3, 0.0)),
        pytest.approx((0.0, 0.0, 0.7)),
    ]


def test_a_stated_coverage_without_links_is_unmapped_and_no_end() -> None:
    found = day(links=[link("A", "X")], coverage=[{"buyer_id": "A", "coverage": 0.5}]).tiers("X")
    adds_up(found)
    assert found["profile"][1]["unmapped"] == pytest.approx(1.0)
    assert found["dead_ends"] == []


def test_dead_ends_by_kind() -> None:
    organizations = [brand("X"), {"id": "T", "name": "T", "roles": "trader"}, {"id": "C", "name": "C"}]
    links = [link(i, "X", 0.2) for i in ("T", "C", "S", "P")]
    found = day(organizations=organizations, facilities=[{"id": "S", "name": "S"}], links=links).tiers("X")
    adds_up(found)
    assert [(k["kind"], k["parties"], k["share"]) for k in found["dead_ends"]] == [
        (kind, 1, pytest.approx(0.2)) for kind in ("site", "trader", "company", "placeholder")
    ]
    assert {p["id"]: p["kind"] for p in found["parties"]} == {
        "T": "trader", "C": "company", "S": "site", "P": "placeholder",
    }  # fmt: skip


def test_a_circle_of_subcontractors_keeps_its_inputs_for_some_tiers() -> None:
    links = [link("A", "X", 1.0), link("B", "A", 0.5), link("A", "B", 0.5), link("F", "B", 0.5), link("G", "A", 0.5)]
    found = day(links=links).tiers("X")
    assert by_id(found)["A"]["tiers"] == [1]
    assert by_id(found)["F"]["tiers"] == [3]
    assert [row["parties"] for row in found["profile"]] == [1, 1, 2, 1, *[0] * 7]
    assert [row["share"] for row in found["profile"]][:5] == pytest.approx([1.0, 1.0, 1.0, 0.5, 0.25])
    shares = [found["profile"][k]["share"] for k in range(10)]
    ends = [found["profile"][k]["ends"] for k in range(10)]
    assert [a - b for a, b in pairwise(shares)] == pytest.approx(ends[:-1])
    assert [(k["parties"], k["share"]) for k in found["dead_ends"]] == [(2, pytest.approx(1.0))]


def test_a_site_with_goods_apart_is_one_party() -> None:
    links = [link("S", "X", 0.3, product="soy"), link("S", "Y", 0.4, product="palm oil"), link("F", "S", 0.5)]
    some = day(organizations=[brand("X"), brand("Y")], links=links, findings=[finding("S", scope_commodity="palm oil")])
    found = some.tiers("X")
    adds_up(found)
    assert [(p["id"], p["tiers"]) for p in found["parties"]] == [("S", [1]), ("F", [2])]
    assert [row["share"] for row in found["profile"]] == pytest.approx([1.0, 0.3, 0.15])


def test_a_link_of_volume_0_is_a_disclosed_supplier_all_the_same() -> None:
    links = [link("A", "X", volume=5.0, unit="t"), link("B", "X", volume=0.0, unit="t")]
    some = day(links=links)
    found = some.tiers("X")
    assert {p["id"] for p in found["parties"]} == {"A", "B"}
    assert found["profile"][1]["parties"] == some.exposures(["X"])[0]["suppliers"] == 2


def test_a_brand_without_a_list_has_no_tiers() -> None:
    found = day(links=[link("A", "X", 0.4, valid_to="2020-01-01")]).tiers("X")
    assert found["parties"] == []
    assert day().tiers("nobody")["profile"] == []


def test_parties_beyond_the_horizon_are_listed_with_their_distance() -> None:
    links = [link("A", "X", 1.0), link("B", "A", 1.0), link("C", "B", 1.0)]
    found = day(links=links).tiers("X", horizon=2)
    assert [(p["id"], p["tier"], p["tiers"]) for p in found["parties"]] == [("A", 1, [1]), ("B", 2, [2]), ("C", 3, [])]
    assert found["profile"][-1]["tier"] == 2

"""A day as readers use it: every figure of A2 as tables, bounds, assumptions, products, staleness, brands, parties."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graph_core.day import Day, Parameters
from graph_core.errors import InputError, NotFoundError
from graph_core.neighbourhood import GROUP, Counts, Expansion
from tests import oracles
from tests.oracles import Rows, brand, finding, link

DAY = "2021-06-30"
A2 = [link("F", "A", 0.5), link("F", "B", 0.2), link("G", "B", 0.3), link("A", "X", 0.4), link("B", "X", 0.6)]
FLAGS = [finding("F"), finding("G", 0.5)]


def day(as_of: str = DAY, /, filters: dict[str, Any] | None = None, **tables: Rows) -> Day:
    tables = {"organizations": [brand("X"), brand("Y")], **tables}
    return Day(oracles.graph_of(**tables), Parameters(as_of, **(filters or {})))


def exposure(as_of: str = DAY, /, filters: dict[str, Any] | None = None, **tables: Rows) -> dict[str, Any]:
    return day(as_of, filters, **tables).exposures(["X"])[0]


# --- A2 --------------------------------------------------------------------------------------------------------


def test_a2_as_tables_by_explicit_shares() -> None:
    found = exposure(links=A2, findings=FLAGS)
    assert found["score"] == found["classes"]["named"] == pytest.approx(0.41)
    assert found["composition"] == pytest.approx({"named": 0.41, "ownership": 0.0, "unmapped": 0.5, "unflagged": 0.09})
    assert (found["coverage"], found["unmapped"], found["lower"], found["upper"]) == pytest.approx(
        (1.0, 0.5, 0.41, 0.91)
    )
    assert [(p["id"], p["class"], p["share"]) for p in found["attribution"]] == [
        ("F", "named", pytest.approx(0.32)),
        ("G", "named", pytest.approx(0.09)),
    ]
    assert (found["suppliers"], found["flagged_suppliers"], found["unstated_share"], found["assumed_share"]) == (
        2,
        0,
        0,
        0,
    )


def test_a2_as_tables_by_volumes_and_stated_coverage() -> None:
    """The same shares from tons: A's .5 is all of its mapped half, B's split 2 to 3."""
    rows = [("F", "A", 7.0), ("F", "B", 2.0), ("G", "B", 3.0), ("A", "X", 4.0), ("B", "X", 6.0)]
    links = [link(a, b, volume=v, unit="t") for a, b, v in rows]
    coverage = [{"buyer_id": b, "coverage": c} for b, c in (("A", 0.5), ("B", 0.5), ("X", 1.0))]
    found = exposure(links=links, findings=FLAGS, coverage=coverage)
    assert found["composition"] == pytest.approx({"named": 0.41, "ownership": 0.0, "unmapped": 0.5, "unflagged": 0.09})
    assert found["coverage"] == pytest.approx(1.0)


def test_a2_is_what_dense_matrices_say() -> None:
    """R, attribution, unmapped mass and what is not stated, straight from the formulas."""
    names = "FGABX"
    p = oracles.matrix(5, [(names.index(r["supplier_id"]), names.index(r["buyer_id"]), r["share"]) for r in A2])
    s = np.array([1, 0.5, 0, 0, 0])
    r = np.linalg.inv(np.eye(5) - np.diag(1 - s) @ p.T)
    g = np.array([0, 0, 0.5, 0.5, 0])
    u = r @ ((1 - s) * g)
    found = exposure(links=A2, findings=FLAGS)
    assert found["score"] == pytest.approx((r @ s)[4])
    assert found["unmapped"] == pytest.approx(u[4])
    assert [part["share"] for part in found["attribution"]] == pytest.approx((r[4] * s)[:2])


# --- what is not known -----------------------------------------------------------------------------------------


def test_without_a_statement_coverage_and_bounds_are_null() -> None:
    found = exposure(links=[link("A", "X"), link("B", "X")], findings=[finding("A")])
    assert [found[key] for key in ("coverage", "lower", "upper", "unmapped")] == [None] * 4
    assert (found["score"], found["assumed_share"]) == (0.5, 0.5)
    assert found["composition"]["named"] + found["composition"]["ownership"] + found["composition"]["unflagged"] == 1.0


def test_unstated_share_is_what_passes_through_buyers_without_a_statement() -> None:
    # A (no statement) takes .4; B (stated) takes .6 and passes .5 of it to C (no statement).
    links = [link("F", "A"), link("A", "X", 0.4), link("B", "X", 0.6), link("C", "B", 0.5), link("G", "C")]
    found = exposure(links=links, findings=[finding("F")])
    assert found["unstated_share"] == pytest.approx(0.4 + 0.6 * 0.5)
    flagged = exposure(links=links, findings=[finding("C", 0.5)])
    assert flagged["unstated_share"] == pytest.approx(0.4 + 0.6 * 0.5 * 0.5)


def test_the_map_ends_without_a_gap_where_a_buyer_has_no_links() -> None:
    found = exposure(links=[link("A", "X", 1.0)], findings=[finding("F")])
    assert (found["unmapped"], found["composition"]["unflagged"], found["upper"]) == (0.0, 1.0, 0.0)


def test_a_stated_coverage_without_any_link_is_all_gap() -> None:
    found = exposure(
        links=[link("A", "X", 1.0)], coverage=[{"buyer_id": "A", "coverage": 0.6}], findings=[finding("F")]
    )
    assert (found["unmapped"], found["upper"]) == (1.0, 1.0)


def test_assumed_share_is_what_rests_on_assumed_links_at_any_tier() -> None:
    links = [link("F", "A"), link("C", "A"), link("A", "X", 0.4), link("F", "X", 0.1)]
    found = exposure(links=links, findings=[finding("F")])
    assert (found["score"], found["assumed_share"]) == pytest.approx((0.3, 0.2))


def test_the_split_of_assumed_shares_bounds_the_score_and_says_whom_to_ask() -> None:
    """A takes .4 and splits it between F and C; B takes .6, half of it from H with a flag of .5, without a choice."""
    links = [link("F", "A"), link("C", "A"), link("A", "X", 0.4), link("B", "X", 0.6), link("H", "B", 0.5)]
    found = exposure(links=links, findings=[finding("F"), finding("H", 0.5)])
    assert [found[key] for key in ("split_low", "score", "split_high")] == pytest.approx([0.15, 0.35, 0.55])
    assert [(ask["id"], ask["width"]) for ask in found["ask_first"]] == [("A", pytest.approx(0.4))]


def test_a_filter_leaves_its_part_of_a_pool_unmapped_by_every_split() -> None:
    links = [link("F", "X"), link("C", "X"), link("D", "X", evidence="inferred"), link("E", "X", evidence="inferred")]
    found = exposure(links=links, findings=[finding("F")], filters={"documented_only": True})
    assert [found[key] for key in ("split_low", "score", "split_high")] == pytest.approx([0.0, 0.25, 0.5])


def test_the_nodes_of_a_site_for_its_goods_are_asked_once() -> None:
    """S makes rubber and palm oil; its flag is about rubber alone, so palm oil has a node of its own."""
    links = [
        *(link(supplier, "S") for supplier in "FC"),
        link("S", "X", 0.5, product="palm oil"),
        link("S", "X", 0.5, product="rubber"),
    ]
    flags = [finding("F"), finding("S", 0.5, scope_commodity="rubber")]
    found = exposure(links=links, findings=flags)
    assert found["score"] == pytest.approx(0.5 * 0.5 + 0.5 * (0.5 + 0.5 * 0.5))
    assert [(ask["id"], ask["width"]) for ask in found["ask_first"]] == [("S", pytest.approx(0.5 + 0.25))]


def test_without_a_score_there_is_no_split_and_nobody_to_ask() -> None:
    found = exposure(links=[link("A", "X"), link("B", "X")])
    assert (found["split_low"], found["split_high"], found["ask_first"]) == (None, None, [])


# --- filters ---------------------------------------------------------------------------------------------------

INFERRED = [link("A", "X", 0.5, evidence="inferred"), link("B", "X", 0.3), link("F", "B", 0.5, evidence="inferred")]


def test_documented_only_takes_inferred_links_out_after_shares_are_fixed() -> None:
    found = exposure(links=INFERRED, findings=[finding("A"), finding("F")])
    assert (found["score"], found["documented_only"]) == pytest.approx((0.65, 0.0))
    alone = exposure(links=INFERRED, findings=[finding("A"), finding("F")], filters={"documented_only": True})
    assert (alone["score"], alone["documented_only"], alone["coverage"]) == pytest.approx((0.0, 0.0, 0.3))
    # .2 unknown, .5 taken out, and all of B's inputs: its gap .5 and its last link .5.
    assert (alone["unmapped"], alone["upper"]) == pytest.approx((1.0, 1.0))
    assert (alone["suppliers"], alone["composition"]["unflagged"]) == (1, pytest.approx(0.0))
    assert {k: found["documented"][k] for k in ("score", "upper")} == {k: alone[k] for k in ("score", "upper")}


def test_the_last_link_of_a_brand_becomes_unmapped_and_not_nothing() -> None:
    links = [link("A", "X", 0.5, evidence="inferred")]
    alone = exposure(links=links, findings=[finding("A")], filters={"documented_only": True})
    assert (alone["score"], alone["unmapped"], alone["upper"], alone["suppliers"]) == (0.0, 1.0, 1.0, 0)
    assert exposure(links=links, findings=[finding("A")])["documented"]["upper"] == 1.0


def test_equal_splits_are_not_split_again_by_a_filter() -> None:
    links = [link("A", "X", evidence="inferred"), link("B", "X")]
    alone = exposure(links=links, findings=[finding("B")], filters={"documented_only": True})
    assert alone["score"] == 0.5


@pytest.mark.parametrize(
    "bad",
    [
        {"as_of": "2021-6-30"},
        {"as_of": "2021-02-30"},
        {"as_of": "today"},
        {"as_of": DAY, "score_name": "leontief"},
        {"as_of": DAY, "unreviewed": "maybe"},
        {"as_of": DAY, "min_confidence": 1.1},
        {"as_of": DAY, "min_confidence": float("nan")},
    ],
)
def test_parameters_that_are_none_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Parameters(**bad)


# --- products, dates -------------------------------------------------------------------------------------------


def test_products_are_scaled_to_themselves() -> None:
    links = [
        link("A", "X", 0.2, product="palm oil"),
        link("B", "X", 0.2, product="palm oil"),
        link("C", "X", 0.4, product="soy"),
    ]
    found = exposure(links=links, findings=[finding("A"), finding("C", 0.5)])
    assert [(p["product"], p["suppliers"], p["score"]) for p in found["by_product"]] == [
        ("palm oil", 2, pytest.approx(0.5)),
        ("soy", 1, pytest.approx(0.5)),
    ]
    own = exposure(links=links, findings=[finding("A"), finding("X", 0.5)])
    assert [p["score"] for p in own["by_product"]] == pytest.approx([0.5 + 0.5 * 0.5, 0.5])


def test_mixed_products_are_those_that_nothing_compares() -> None:
    mixed = [link("A", "X", product="palm oil"), link("B", "X", product="soy")]
    assert exposure(links=mixed)["mixed_products"]
    assert not exposure(links=[{**row, "volume": 1.0, "unit": "t"} for row in mixed])["mixed_products"]
    assert not exposure(links=[{**row, "share": 0.5} for row in mixed])["mixed_products"]
    assert not exposure(links=[link("A", "X", product="soy"), link("B", "X", product="soy")])["mixed_products"]


def test_a_link_holds_until_the_day_before_it_no_longer_does() -> None:
    links = [link("A", "X", 0.5, valid_from="2020-01-01", valid_to="2021-01-01")]
    assert [exposure(at, links=links, findings=[finding("A")])["score"] for at in ("2020-01-01", "2020-12-31")] == [
        0.5,
        0.5,
    ]
    for at in ("2019-12-31", "2021-01-01"):
        found = exposure(at, links=links, findings=[finding("A")])
        assert (found["score"], found["suppliers"]) == (None, 0)


def test_stale_days_count_from_the_newest_statement_by_that_day() -> None:
    sources = [{"id": "p", "retrieved_at": "2021-06-01"}, {"id": "q", "retrieved_at": "2022-01-01"}]
    links = [link("A", "X", 0.1, source="p", valid_from="2020-01-01"), link("B", "X", 0.1, source="q")]
    assert exposure("2021-06-30", sources=sources, links=links)["stale_days"] == 29
    assert exposure("2022-01-11", sources=sources, links=links)["stale_days"] == 10
    assert exposure("2020-01-31", sources=sources, links=links)["stale_days"] == 30
    assert exposure(links=[link("A", "X", 0.1)])["stale_days"] is None


def test_lists_are_named_and_their_age_shown() -> None:
    lists = [
        {"id": f"l{y}", "buyer_id": "X", "series": "s", "date": f"{y}-01-01", "title": f"list of {y}"}
        for y in (2019, 2020)
    ]
    links = [link("A", "X", list_id="l2019"), link("A", "X", list_id="l2020")]
    found = exposure("2020-12-31", lists=lists, links=links)
    assert (found["lists"], found["stale_days"]) == ([{"title": "list of 2020", "valid_from": "2020-01-01"}], 365)
    assert exposure("2019-12-31", lists=lists, links=links)["stale_days"] == 364


# --- run, brands, parties --------------------------------------------------------------------------------------


def test_a_run_is_named_by_input_parameters_and_code() -> None:
    first = exposure(links=A2, findings=FLAGS)["run"]
    assert exposure(links=A2[::-1], findings=FLAGS)["run"] == first
    assert first["parameters"]["as_of"] == DAY
    others = [
        exposure("2021-07-01", links=A2, findings=FLAGS),
        exposure(links=A2, findings=FLAGS[:1]),
        exposure(links=A2, findings=FLAGS, filters={"documented_only": True}),
    ]
    assert len({first["id"], *(other["run"]["id"] for other in others)}) == 4
    assert others[2]["run"]["input_hash"] == first["input_hash"]


def test_brands_come_by_name_and_are_found_by_id_or_name() -> None:
    companies = [
        {"id": "2", "name": "Alpha", "roles": "brand"},
        {"id": "1", "name": "Beta", "roles": "brand"},
        {"id": "3", "name": "T"},
    ]
    some = day(organizations=companies)
    assert some.brands == [{"id": "2", "name": "Alpha"}, {"id": "1", "name": "Beta"}]
    assert [row["brand"]["id"] for row in some.exposures()] == ["2", "1"]
    assert (some.find_brand("1"), some.find_brand("alpha"), some.find_brand(" BETA ")) == ("1", "2", "1")
    with pytest.raises(NotFoundError, match="Alpha"):
        some.find_brand("Alphq")
    with pytest.raises(NotFoundError):
        some.find_brand("T")
    twice = day(organizations=[brand("A") | {"name": "Same"}, brand("B") | {"name": "same"}])
    with pytest.raises(InputError, match="A, B"):
        twice.find_brand("SAME")
    assert twice.find_brand("B") == "B"


def test_a_party_with_its_findings_and_buyers() -> None:
    rows = [
        finding("F", valid_from="2020-01-01", valid_to="2021-01-01", source_title="Old"),
        finding("F", id="f2", valid_from="2021-01-01", source_title="New"),
    ]
    found = day(links=A2, findings=rows).party("F")
    assert [(f["title"], f["standing"], f["class"]) for f in found["findings"]] == [
        ("Old", False, None),
        ("New", True, "named"),
    ]
    assert [(b["id"], b["share"], b["brand"]) for b in found["buyers"]] == [("A", 0.5, False), ("B", 0.2, False)]
    assert (found["label"], found["placeholder"]) == ("Facility", True)
    with pytest.raises(NotFoundError, match="'Z'"):
        day(links=A2).party("Z")


def test_a_retracted_finding_does_not_stand() -> None:
    found = day(links=A2, findings=[finding("F", status="retracted")]).party("F")
    assert [f["standing"] for f in found["findings"]] == [False]


def test_a_neighbourhood_of_a_site_of_which_only_the_clean_good_is_bought() -> None:
    links = [link("S", "X", 0.3, product="soy"), link("S", "Y", 0.4, product="palm oil"), link("F", "S", 0.5)]
    around = day(links=links, findings=[finding("S", scope_commodity="palm oil"), finding("F")]).neighbourhood("X")
    assert dict(zip(around.nodes["id"], around.nodes["tier"], strict=True)) == {"X": 0, "S": 1, "F": 2}
    assert around.nodes["carries"].tolist() == pytest.approx([0.15, 0.15, 0.15])


def test_a_neighbourhood_has_tiers_and_says_what_is_hidden() -> None:
    links = [*A2[:-1], {**A2[-1], "disclosure": "indirect"}]
    some = day(links=links, findings=FLAGS)
    around = some.neighbourhood("X")
    tiers = dict(
        zip(around.nodes["id"], zip(around.nodes["tier"], around.nodes["tier_is_minimum"], strict=True), strict=True)
    )
    assert tiers == {"X": (0, False), "A": (1, False), "B": (1, True), "F": (2, False), "G": (2, True)}
    carries = dict(zip(around.nodes["id"], around.nodes["carries"], strict=True))
    assert carries == pytest.approx({"X": 0.41, "F": 0.32, "B": 0.21, "A": 0.20, "G": 0.09})
    assert around.suppliers.hidden == 0
    assert len(around.links) == 5
    few = some.neighbourhood("X", budget=2)
    assert few.nodes["id"].tolist() == ["X", "F", GROUP + "1:*"]
    assert few.suppliers == Counts(total=4, shown=1, grouped=2, hidden=1)
    opened = some.neighbourhood("X", budget=2, expanded=[Expansion("suppliers", "X")])
    assert opened.nodes["id"].tolist() == ["X", "F", "B", "A"]
    assert opened.suppliers == Counts(total=4, shown=3, grouped=0, hidden=1)
    assert some.neighbourhood("nobody").nodes.empty


def test_documented_links_alone_are_so_whatever_was_asked_before() -> None:
    network = day(links=[link("F", "A", 0.5, evidence="inferred"), link("A", "X", 0.4)], findings=FLAGS).table.day
    assert (len(network.network.share), len(network.direct.share)) == (2, 2)
    alone = network.over_documented()
    assert (len(alone.network.share), len(alone.direct.share)) == (1, 1)

"""Which findings flag which sites on a day, and what they reach."""

from __future__ import annotations

from typing import Any

import pytest

from graph_core.day import Day, Parameters
from graph_core.resolve.regions import in_region
from tests import oracles
from tests.oracles import Rows, brand, finding, link, operates, owns

DAY = "2021-06-30"


def exposure(
    day: str = DAY, /, brand_id: str = "X", filters: dict[str, Any] | None = None, **tables: Rows
) -> dict[str, Any]:
    tables = {"organizations": [brand("X"), brand("Y")], **tables}
    return Day(oracles.graph_of(**tables), Parameters(day, **(filters or {}))).exposures([brand_id])[0]


def classes(found: dict[str, Any]) -> tuple[float | None, float | None, float | None, float | None]:
    kinds = found["classes"]
    return kinds["named"], kinds["ownership"], kinds["good_country"], found["score"]


HALF = [link("A", "X", 0.5)]


# --- dates, status, categories ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "score"),
    [("2020-12-31", 0.0), ("2021-01-01", 0.5), ("2021-12-31", 0.5), ("2022-01-01", 0.0), ("2022-01-02", 0.0)],
)
def test_a_finding_stands_from_its_first_day_until_the_day_it_no_longer_holds(day: str, score: float) -> None:
    row = finding("A", valid_from="2021-01-01", valid_to="2022-01-01")
    assert exposure(day, links=HALF, findings=[row])["score"] == score


@pytest.mark.parametrize("status", ["standing", "modified", "superseded", "lifted", "contested"])
def test_dates_alone_decide_whatever_the_status(status: str) -> None:
    assert exposure(links=HALF, findings=[finding("A", status=status)])["score"] == 0.5


def test_a_retracted_finding_never_counts() -> None:
    found = exposure(links=HALF, findings=[finding("A", status="retracted")])
    assert classes(found) == (0.0, 0.0, None, 0.0)


@pytest.mark.parametrize("category", ["child_labour", "export_control", "sanction", "other", None])
def test_other_categories_are_not_scored(category: str | None) -> None:
    context = finding("A", id="context", category=category)
    assert exposure(links=HALF, findings=[context])["score"] is None
    assert exposure(links=HALF, findings=[context, finding("B")])["score"] == 0.0


def test_forced_child_labour_is_scored() -> None:
    assert exposure(links=HALF, findings=[finding("A", category="forced_child_labour")])["score"] == 0.5


def test_strength_is_severity_times_confidence_of_the_strongest() -> None:
    rows = [finding("A", 0.8, id="f1", confidence=0.5), finding("A", 0.3, id="f2"), finding("A", 0.0, id="f3")]
    assert exposure(links=HALF, findings=rows)["score"] == pytest.approx(0.5 * 0.4)


def test_min_confidence_leaves_weak_findings_and_links_out() -> None:
    rows = [finding("A", 0.8, id="f1", confidence=0.4)]
    assert exposure(links=HALF, findings=rows, filters={"min_confidence": 0.4})["score"] == pytest.approx(0.16)
    assert exposure(links=HALF, findings=rows, filters={"min_confidence": 0.41})["score"] == 0.0
    weak = [link("A", "X", 0.5, confidence=0.3), link("B", "X", 0.5)]
    found = exposure(links=weak, findings=[finding("A")], filters={"min_confidence": 0.5})
    assert (found["score"], found["coverage"], found["unmapped"], found["upper"]) == (0.0, 0.5, 0.5, 0.5)


# --- classes ---------------------------------------------------------------------------------------------------


def test_classes_are_null_without_a_list_that_could_say_so_and_zero_with_one() -> None:
    assert classes(exposure(links=HALF)) == (None, None, None, None)
    assert classes(exposure(links=HALF, findings=[finding("B")])) == (0.0, 0.0, None, 0.0)
    goods = {
        "id": "g",
        "kind": "good_country",
        "category": "forced_labour",
        "scope_commodity": "Cotton",
        "scope_country": "CN",
    }
    assert classes(exposure(links=HALF, findings=[goods])) == (None, None, 0.0, None)
    assert exposure(links=HALF, findings=[goods])["classes"]["region"] is None


def test_without_a_list_in_force_every_figure_is_null() -> None:
    found = exposure("2019-01-01", links=[link("A", "X", 0.5, valid_from="2020-01-01")], findings=[finding("A")])
    assert set(found["classes"].values()) == {None}
    keys = "score lower upper unmapped coverage assumed_share unstated_share documented_only stale_days composition"
    assert {key: found[key] for key in keys.split()} == dict.fromkeys(keys.split())
    assert (found["suppliers"], found["flagged_suppliers"], found["attribution"]) == (0, 0, [])


def test_good_country_flags_by_good_and_country_and_never_enters_the_score() -> None:
    goods = {
        "id": "g",
        "kind": "good_country",
        "category": "forced_labour",
        "scope_commodity": "Palm Fruit",
        "scope_country": "MY",
    }
    sites = [
        {"id": "A", "name": "A", "country": "MY", "product": "palm oil"},
        {"id": "B", "name": "B", "country": "ID", "product": "palm oil"},
        {"id": "C", "name": "C", "country": "MY", "product": "rubber"},
    ]
    links = [link("A", "X", 0.3), link("B", "X", 0.4), link("C", "X", 0.2)]
    found = exposure(links=links, facilities=sites, findings=[goods, finding("B")])
    assert classes(found) == (pytest.approx(0.4), 0.0, pytest.approx(0.3), pytest.approx(0.4))
    assert [part["id"] for part in found["attribution"]] == ["B"]
    child = {**goods, "category": "child_labour"}
    assert exposure(links=links, facilities=sites, findings=[child])["classes"]["good_country"] == 0.0


XINJIANG = {
    "id": "x",
    "kind": "good_region",
    "category": "forced_labour",
    "scope_commodity": "cotton",
    "scope_country": "CN",
    "scope_region": "Xinjiang Uyghur Autonomous Region (XUAR)",
}


def test_region_flags_by_good_and_address_and_never_enters_the_score() -> None:
    sites = [
        {"id": "A", "name": "A", "country": "CN", "product": "cotton", "address": "3 Beiquan Town, Shihezi"},
        {"id": "B", "name": "B", "country": "CN", "product": "cotton", "address": "9 Xinjiang Road, Shanghai"},
        {"id": "C", "name": "Xinjiang Cotton", "country": "CN", "product": "cotton"},
        {"id": "D", "name": "D", "country": "CN", "product": "tomatoes", "address": "\u65b0\u7586\u548c\u7530"},
        {"id": "E", "name": "E", "country": "TR", "product": "cotton", "address": "Aksu, Antalya"},
    ]
    links = [link(site["id"], "X", 0.1 * number) for number, site in enumerate(sites[:4], start=1)]
    found = exposure(links=links, facilities=sites, findings=[XINJIANG, finding("B")])
    assert found["classes"]["region"] == pytest.approx(0.1)
    assert (found["score"], found["classes"]["good_country"]) == (pytest.approx(0.2), None)
    assert exposure(links=links, facilities=sites, findings=[finding("B")])["classes"]["region"] is None
    tomatoes = {**XINJIANG, "scope_commodity": "tomatoes"}
    assert exposure(links=links, facilities=sites, findings=[tomatoes])["classes"]["region"] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("Hotan Industrial Zone", True),
        ("Cotton gin 3, Yarkant County", True),
        ("\u65b0\u7586\u77f3\u6cb3\u5b50\u5e02", True),
        ("12 Kashi Lu, Nanjing", False),
        ("\u4e0a\u6d77\u5e02\u5f90\u6c47\u533a\u4e4c\u9c81\u6728\u9f50\u4e2d\u8def", False),
        ("\u9752\u5c9b\u5e02\u65b0\u7586\u8def8\u53f7", False),
        ("\u4e4c\u9c81\u6728\u9f50\u5e02\u4e0a\u6d77\u8def", True),
        ("12 Urumqi North Rd., Xuhui, Shanghai", False),
        ("Xinjiang N. Road Tianjin", False),
        ("5 Kashi Dong Lu, Tianjin", False),
        ("Hetian Town, Changting County, Fujian", False),
        ("Xinjiang County, Yuncheng, Shanxi", False),
        ("Shanghai Road, Shihezi", True),
        ("Aksu Prefecture, Xinjiang, care of Shanghai office", True),
        ("Kashiwa City", False),
        ("", False),
    ],
)
def test_addresses_in_a_region(address: str, inside: bool) -> None:
    assert in_region([address], "XUAR", "CN").tolist() == [inside]


def test_a_region_that_is_not_known_is_looked_for_as_it_stands() -> None:
    assert in_region(["Plot 4, Foo-Bar Valley", "Foo", None], "Foo Bar Valley", "IN").tolist() == [True, False, False]
    assert not in_region(["anything", ""], "-", "CN").any()


def test_an_indicator_that_names_a_site_is_still_no_allegation_against_it() -> None:
    row = finding("A", kind="good_country", scope_commodity="palm oil", scope_country="MY")
    sites = [{"id": "A", "name": "A", "country": "MY", "product": "palm oil"}]
    found = exposure(links=HALF, facilities=sites, findings=[row, finding("Z")])
    assert classes(found) == (0.0, 0.0, 0.5, 0.0)


# --- ownership -------------------------------------------------------------------------------------------------


def group(**more: Any) -> dict[str, Rows]:
    """C runs A, owns D (60 %) which runs B, and D owns E (unknown) which runs G; C holds 49 % of H, which runs I."""
    return {
        "organizations": [brand("X"), *({"id": c, "name": c} for c in "CDEH")],
        "facilities": [operates("C", "A"), operates("D", "B"), operates("E", "G"), operates("H", "I")],
        "ownership": [owns("C", "D", 60.0, **more), owns("D", "E"), owns("C", "H", 49.0)],
        "links": [link("A", "X", 0.1), link("B", "X", 0.2), link("G", "X", 0.3), link("I", "X", 0.4)],
    }


def test_without_subsidiaries_only_sites_that_the_company_runs() -> None:
    found = exposure(findings=[finding("C")], **group())
    assert classes(found) == (0.0, pytest.approx(0.1), None, pytest.approx(0.1))
    assert [(p["id"], p["class"]) for p in found["attribution"]] == [("A", "ownership")]


def test_without_subsidiaries_a_site_that_is_owned_but_run_by_another_is_not_reached() -> None:
    tables = group()
    tables["ownership"] += [owns("C", "B", 100.0)]
    assert exposure(findings=[finding("C")], **tables)["score"] == pytest.approx(0.1)


def test_with_subsidiaries_every_controlled_company_at_any_depth() -> None:
    found = exposure(findings=[finding("C", includes_subsidiaries=True)], **group())
    assert classes(found) == (0.0, pytest.approx(0.6), None, pytest.approx(0.6))


@pytest.mark.parametrize(("percent", "score"), [(49.99, 0.1), (50.0, 0.6), (None, 0.6), (0.0, 0.1), (100.0, 0.6)])
def test_control_begins_at_fifty_percent_or_unknown(percent: float | None, score: float) -> None:
    tables = group()
    tables["ownership"][0] = owns("C", "D", percent)
    assert exposure(findings=[finding("C", includes_subsidiaries=True)], **tables)["score"] == pytest.approx(score)


@pytest.mark.parametrize(
    ("day", "score"), [("2020-12-31", 0.1), ("2021-01-01", 0.6), ("2021-12-31", 0.6), ("2022-01-01", 0.1)]
)
def test_a_holding_counts_on_its_days(day: str, score: float) -> None:
    tables = group(valid_from="2021-01-01", valid_to="2022-01-01")
    assert exposure(day, findings=[finding("C", includes_subsidiaries=True)], **tables)["score"] == pytest.approx(score)


def test_holdings_in_a_circle_end() -> None:
    tables = group()
    tables["ownership"] += [owns("E", "C"), owns("E", "E")]
    assert exposure(findings=[finding("C", includes_subsidiaries=True)], **tables)["score"] == pytest.approx(0.6)


def test_a_site_owned_directly_is_reached_with_subsidiaries() -> None:
    tables = group()
    tables["ownership"] = [owns("C", "I", 50.0)]
    found = exposure(findings=[finding("C", includes_subsidiaries=True)], **tables)
    assert found["score"] == pytest.approx(0.5)


def test_named_wins_over_ownership_on_a_tie_and_the_stronger_otherwise() -> None:
    both = [finding("A", 0.5), finding("C", 0.5)]
    found = exposure(findings=both, **group())
    assert [(p["id"], p["class"], p["share"]) for p in found["attribution"]] == [("A", "named", pytest.approx(0.05))]
    assert classes(found)[:2] == (pytest.approx(0.05), pytest.approx(0.05))
    assert found["composition"]["named"] == pytest.approx(0.05)
    stronger = exposure(findings=[finding("A", 0.5), finding("C", 0.6)], **group())
    assert [(p["class"], p["share"]) for p in stronger["attribution"]] == [("ownership", pytest.approx(0.06))]


# --- scope -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scope", "named", "owned"), [("MY", 0.5, 0.0), ("ID", 0.0, 0.3), (None, 0.5, 0.3)])
def test_a_country_limits_named_and_ownership_flags(scope: str | None, named: float, owned: float) -> None:
    sites = [{"id": "A", "name": "A", "country": "MY"}, {**operates("C", "B"), "country": "ID"}]
    rows = [finding("A", scope_country=scope), finding("C", scope_country=scope)]
    tables = {"organizations": [brand("X"), {"id": "C", "name": "C"}]}
    found = exposure(links=[link("A", "X", 0.5), link("B", "X", 0.3)], facilities=sites, findings=rows, **tables)
    assert classes(found)[:2] == (pytest.approx(named), pytest.approx(owned))
    assert found["waiting_reviews"] == 0


@pytest.mark.parametrize(("good", "score"), [("Palm Fruit", 0.5), ("PALM  OIL", 0.5), ("rubber", 0.0), (None, 0.5)])
def test_a_good_limits_a_finding(good: str | None, score: float) -> None:
    found = exposure(links=[link("A", "X", 0.5, product="palm oil")], findings=[finding("A", scope_commodity=good)])
    assert (found["score"], found["waiting_reviews"]) == (score, 0)


@pytest.mark.parametrize("scope", [{"scope_country": "MY"}, {"scope_commodity": "palm oil"}])
def test_what_cannot_be_checked_waits(scope: dict[str, str]) -> None:
    """The site's country and goods are not known: neither flagged nor cleared."""
    rows = [finding("A", **scope)]
    found = exposure(links=HALF, findings=rows)
    assert (found["score"], found["waiting_reviews"], found["waiting_data"]) == (0.0, 1, 1)
    assert exposure(links=HALF, findings=rows, filters={"unreviewed": "include"})["score"] == 0.5
    assert exposure(links=[link("A", "Y", 0.5), link("B", "X", 1.0)], findings=rows)["waiting_reviews"] == 0


def test_a_waiting_match_counts_only_where_it_could_change_the_figure() -> None:
    rows = [{**finding("none"), "subject_id": None, "subject_name": "Meixin Textile Ltd", "subject_country": None}]
    sites = [{"id": "A", "name": "Meixin Textile Ltd", "country": "CN"}]
    links = [link("A", "B", 0.5), link("B", "X", 0.5), link("C", "Y", 0.5)]
    found = exposure(links=links, facilities=sites, findings=rows)
    assert (found["score"], found["waiting_reviews"]) == (0.0, 1)
    assert exposure(brand_id="Y", links=links, facilities=sites, findings=rows)["waiting_reviews"] == 0
    assert exposure(links=links, facilities=sites, findings=rows, filters={"unreviewed": "include"})["score"] == 0.25


def test_matches_are_counted_not_findings() -> None:
    rows = [{**finding("none"), "subject_id": None, "subject_name": "Meixin Textile Ltd", "subject_country": None}]
    sites = [{"id": s, "name": "Meixin Textile Ltd", "country": c} for s, c in (("A", "CN"), ("B", "VN"))]
    found = exposure(links=[link("A", "X", 0.5), link("B", "X", 0.2)], facilities=sites, findings=rows)
    assert (found["waiting_reviews"], found["waiting_data"]) == (2, 0)


# --- a flag on one good of a site ------------------------------------------------------------------------------

BOTH = [link("A", "X", 0.5, product="palm oil"), link("A", "Y", 0.5, product="rubber")]


def test_a_flag_on_one_good_does_not_taint_the_other() -> None:
    rows = [finding("A", scope_commodity="palm oil")]
    assert exposure(links=BOTH, findings=rows)["score"] == 0.5
    assert exposure(brand_id="Y", links=BOTH, findings=rows)["score"] == 0.0


def test_both_goods_at_one_buyer() -> None:
    links = [link("A", "X", 0.5, product="palm oil"), link("A", "X", 0.25, product="rubber"), link("F", "A", 0.5)]
    found = exposure(links=links, findings=[finding("A", 0.5, scope_commodity="palm oil"), finding("F")])
    # palm oil: .5 (.5 + .5 x .5); rubber: .25 x .5
    assert found["score"] == pytest.approx(0.375 + 0.125)
    assert {p["id"]: p["share"] for p in found["attribution"]} == pytest.approx({"A": 0.25, "F": 0.25})
    assert (found["suppliers"], found["flagged_suppliers"]) == (1, 1)
    assert [(p["product"], p["score"]) for p in found["by_product"]] == [
        ("palm oil", pytest.approx(0.75)),
        ("rubber", pytest.approx(0.5)),
    ]


def test_a_site_that_makes_the_good_but_delivers_only_another() -> None:
    sites = [{"id": "A", "name": "A", "country": "MY", "product": "palm oil|rubber"}]
    rows = [finding("A", scope_commodity="palm oil")]
    found = exposure(links=[link("A", "X", 0.5, product="rubber")], facilities=sites, findings=rows)
    assert found["score"] == 0.0


def test_two_goods_with_flags_of_their_own_keep_their_strengths() -> None:
    rows = [
        finding("A", 0.25, id="f1", scope_commodity="palm oil"),
        finding("A", 1.0, id="f2", scope_commodity="rubber"),
    ]
    assert exposure(links=BOTH, findings=rows)["score"] == pytest.approx(0.125)
    assert exposure(brand_id="Y", links=BOTH, findings=rows)["score"] == pytest.approx(0.5)


def test_an_indicator_on_one_good_does_not_open_the_door_for_a_finding_on_another() -> None:
    goods = {
        "id": "g",
        "kind": "good_country",
        "category": "forced_labour",
        "scope_commodity": "rubber",
        "scope_country": "MY",
    }
    sites = [{"id": "A", "name": "A", "country": "MY"}]
    found = exposure(
        brand_id="Y", links=BOTH, facilities=sites, findings=[goods, finding("A", scope_commodity="palm oil")]
    )
    assert classes(found) == (0.0, 0.0, 0.5, 0.0)


def test_many_sites_with_a_flag_on_one_of_two_goods() -> None:
    links = [
        link(f"S{i}", buyer, 0.01, product=good)
        for i in range(50)
        for buyer, good in (("X", "palm oil"), ("Y", "rubber"))
    ]
    rows = [finding(f"S{i}", scope_commodity="palm oil") for i in range(50)]
    links += [link("S0", "S1", 0.5, product="rubber"), link("S2", "S1", 0.5, product="palm oil")]
    assert exposure(links=links, findings=rows)["score"] == pytest.approx(0.5)
    # S1's rubber is made with the flagged palm oil of S2.
    assert exposure(brand_id="Y", links=links, findings=rows)["score"] == pytest.approx(0.01 * 0.5)

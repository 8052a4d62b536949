"""Scenarios: what each change does to a day, by numbers from paper, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_core import SupplyNetwork, traced_share
from graph_core.day import Day, Parameters
from graph_core.errors import InputError, NotFoundError
from graph_core.exposure.incremental import what_if
from graph_core.scenario import HARM, Clean, Cover, Drop, Flag, Replace, Scenario, Verify, combined
from graph_core.supposed import known_party
from tests import oracles

DAY = "2021-06-30"
#: The diamond of docs/exposure.md.
LINKS = [
    oracles.link("F", "A", 0.5),
    oracles.link("F", "B", 0.2),
    oracles.link("G", "B", 0.3),
    oracles.link("A", "X", 0.4),
    oracles.link("B", "X", 0.6),
]
SITES = [{"id": name, "name": f"Mill {name}"} for name in "ABFGH"]
FINDINGS = [oracles.finding("F"), oracles.finding("G", 0.5)]


def diamond(**more: Any) -> dict[str, oracles.Rows]:
    tables = {"organizations": [oracles.brand("X")], "facilities": SITES, "links": LINKS, "findings": FINDINGS}
    return {**tables, **more}


def day_of(tables: dict[str, oracles.Rows], **filters: Any) -> Day:
    return Day(oracles.believed(**tables), Parameters(DAY, **filters))


def supposed(*changes: Any, tables: dict[str, oracles.Rows] | None = None, **filters: Any) -> Any:
    return day_of(tables or diamond(), **filters).supposing(Scenario(changes)).exposures(["X"])[0]


def test_the_day_as_it_is() -> None:
    row = supposed()
    assert (row["score"], row["unmapped"], row["coverage"]) == pytest.approx((0.41, 0.5, 1.0))
    assert row == day_of(diamond()).exposures(["X"])[0] | {"run": row["run"]}


@pytest.mark.parametrize(("party", "score"), [("F", 0.09), ("G", 0.32), ("A", 0.21), ("B", 0.20)])
def test_a_clean_party_takes_its_leverage(party: str, score: float) -> None:
    """What is unmapped stays unmapped: the known is remedied, the unknown is as unknown as before."""
    row = supposed(Clean(party))
    assert row["score"] == pytest.approx(score)
    assert row["unmapped"] == pytest.approx(0.5)
    assert row["composition"]["unflagged"] == pytest.approx(0.5 - score)
    assert row["coverage"] == 1.0
    assert row["suppliers"] == 2


def test_its_own_flag_is_another_question() -> None:
    """With a flag of .5 on A too, taking that flag away lowers X by .10, a remedy at A by .30."""
    tables = diamond(findings=[*FINDINGS, oracles.finding("A", 0.5)])
    assert supposed(tables=tables)["score"] == pytest.approx(0.51)
    assert supposed(Flag("A", 0), tables=tables)["score"] == pytest.approx(0.41)
    assert supposed(Clean("A"), tables=tables)["score"] == pytest.approx(0.21)


def test_a_clean_party_on_a_cycle() -> None:
    links = [
        oracles.link("F", "A", 0.5),
        oracles.link("B", "A", 0.4),
        oracles.link("A", "B", 0.9),
        oracles.link("B", "X", 1.0),
    ]
    tables = diamond(links=links, findings=[oracles.finding("F")])
    assert supposed(tables=tables)["score"] == pytest.approx(0.703125)
    assert supposed(Clean("A"), tables=tables)["score"] == 0


def test_a_dropped_share_becomes_unmapped() -> None:
    row = supposed(Drop("A", "X"))
    assert row["score"] == pytest.approx(0.21)
    assert row["unmapped"] == pytest.approx(0.4 + 0.6 * 0.5)
    assert row["coverage"] == pytest.approx(0.6)
    assert row["upper"] == pytest.approx(0.91)
    assert row["suppliers"] == 1
    last = supposed(Drop("A", "X"), Drop("B", "X"))
    assert (last["score"], last["unmapped"], last["coverage"]) == pytest.approx((0.0, 1.0, 0.0))


def test_a_replaced_supplier_is_left_everywhere() -> None:
    row = supposed(Replace("F", "G"))
    assert row["score"] == pytest.approx(0.4 * 0.5 * 0.5 + 0.6 * 0.5 * 0.5)
    assert row["unmapped"] == pytest.approx(0.5)
    new = supposed(Replace("F", "H"))  # H is nobody's supplier yet
    assert new["score"] == pytest.approx(0.09)
    path = day_of(diamond()).supposing(Scenario((Replace("F", "G"),))).paths("X", 1)[0]
    assert [node["id"] for node in path["nodes"]] == ["G", "B", "X"]


def test_replacements_are_made_at_once_and_nobody_supplies_itself() -> None:
    tables = diamond(links=[*LINKS, oracles.link("A", "G", 0.5)])
    day = day_of(tables).supposing(Scenario((Replace("A", "G"), Replace("G", "F"))))
    links = day.table.day.links
    pairs = sorted(zip(links["start"], links["end"], strict=True))
    assert pairs == [("A", "G"), ("B", "X"), ("F", "A"), ("F", "B"), ("F", "B"), ("G", "X")]


def test_a_verified_share_leaves_the_others_alone() -> None:
    row = supposed(Verify("A", "X", 0.3))
    assert row["score"] == pytest.approx(0.3 * 0.5 + 0.6 * 0.35)
    assert row["coverage"] == pytest.approx(0.9)
    assert row["unmapped"] == pytest.approx(0.1 + 0.3 * 0.5 + 0.6 * 0.5)
    more = supposed(Verify("F", "B", 0.6))  # takes from what was unmapped
    assert more["unmapped"] == pytest.approx(0.4 * 0.5 + 0.6 * 0.1)
    with pytest.raises(InputError, match=r"shares of 'X' sum to 1\.1, more than 1"):
        supposed(Verify("A", "X", 0.5))
    assert supposed(Verify("A", "X", 0.5), Verify("B", "X", 0.5))["score"] == pytest.approx(0.425)
    assert supposed(Verify("A", "X", 0.9), Drop("B", "X"))["coverage"] == pytest.approx(0.9)


def test_verified_links_count_as_documents_and_state_a_coverage() -> None:
    links = [oracles.link("F", "X", evidence="inferred", confidence=0.4), oracles.link("G", "X")]
    tables = diamond(links=links)
    before = supposed(tables=tables)
    assert (before["documented_only"], before["coverage"]) == (0.25, None)
    one = supposed(Verify("F", "X", 0.5), tables=tables)
    assert (one["documented_only"], one["assumed_share"], one["coverage"]) == (0.75, 0.25, None)
    both = supposed(Verify("F", "X", 0.5), Verify("G", "X", 0.25), tables=tables, min_confidence=0.5)
    assert (both["score"], both["coverage"], both["unmapped"]) == (0.625, 0.75, 0.25)


def test_a_stated_coverage_leaves_a_rest() -> None:
    tables = diamond(links=[oracles.link("F", "X"), oracles.link("G", "X")])
    row = supposed(Cover("X", 0.8), tables=tables)
    assert (row["score"], row["coverage"], row["upper"]) == pytest.approx((0.6, 0.8, 0.8))
    stated = diamond(links=[oracles.link("F", "X", 0.5), oracles.link("G", "X", 0.4)])
    with pytest.raises(InputError, match=r"state their shares, 0\.9 together"):
        supposed(Cover("X", 1.0), tables=stated)
    with pytest.raises(InputError, match="more than its stated coverage"):
        supposed(Cover("X", 0.9))


def test_a_supposed_flag_has_the_class_of_the_one_that_is_there() -> None:
    tables = diamond(
        organizations=[oracles.brand("X"), {"id": "C", "name": "C"}],
        facilities=[*[s for s in SITES if s["id"] != "F"], oracles.operates("C", "F")],
        findings=[oracles.finding("C")],
    )
    assert supposed(tables=tables)["classes"]["ownership"] == pytest.approx(0.32)
    assert supposed(Flag("F", 0.5), tables=tables)["classes"]["ownership"] == pytest.approx(0.16)
    assert supposed(Flag("G", 1.0), tables=tables)["classes"]["named"] == pytest.approx(0.18)
    with pytest.raises(NotFoundError, match="'C' has no link on 2021-06-30; sites of it that have one: F"):
        supposed(Clean("C"), tables=tables)


def test_a_flag_can_be_supposed_where_no_finding_was_loaded() -> None:
    tables = diamond(findings=[])
    assert supposed(tables=tables)["score"] is None
    row = supposed(Flag("F", 1.0), tables=tables)
    assert row["score"] == pytest.approx(0.32)
    assert row["classes"]["good_country"] is None


def test_all_nodes_of_a_site_become_clean() -> None:
    """A finding on one good of F gives that good a node of its own."""
    links = [oracles.link("F", "X", 0.5, product="cotton"), oracles.link("F", "Y", 1.0, product="tomatoes")]
    tables = diamond(
        organizations=[oracles.brand("X"), oracles.brand("Y")],
        links=[*links, oracles.link("G", "F", 1.0)],
        findings=[oracles.finding("F", scope_commodity="cotton"), oracles.finding("G", 0.5)],
    )
    day = day_of(tables)
    assert [row["score"] for row in day.exposures(["X", "Y"])] == [0.5, 0.5]
    after = day.supposing(Scenario((Clean("F"),))).exposures(["X", "Y"])
    assert [row["score"] for row in after] == [0.0, 0.0]
    flagged = day.supposing(Scenario((Flag("F", 0.0),))).exposures(["X", "Y"])
    assert [row["score"] for row in flagged] == [0.25, 0.5]


def test_sites_behind_a_company_come_and_go_with_it() -> None:
    tables = diamond(
        organizations=[oracles.brand("X"), {"id": "C", "name": "C"}],
        facilities=[*[s for s in SITES if s["id"] not in "FG"], oracles.operates("C", "F"), oracles.operates("C", "G")],
        links=[oracles.link("C", "X", 0.5), oracles.link("A", "X", 0.5)],
    )
    assert supposed(tables=tables)["score"] == pytest.approx(0.5 * 0.75)
    assert supposed(Replace("A", "C"), tables=tables)["score"] == pytest.approx(0.75)
    assert supposed(Replace("C", "A"), tables=tables)["score"] == 0
    assert supposed(Clean("C"), tables=tables)["score"] == 0
    assert supposed(Clean("G"), tables=tables)["score"] == pytest.approx(0.25)
    with pytest.raises(NotFoundError, match="no source says that 'F' delivers to 'C'"):
        supposed(Drop("F", "C"), tables=tables)
    alone = supposed(Replace("A", "C"), tables=tables, documented_only=True)
    assert (alone["score"], alone["unmapped"]) == (0, 0)


def test_all_brands_that_change_are_named() -> None:
    tables = diamond(
        organizations=[oracles.brand(name) for name in ("X", "Y", "Z")],
        links=[*LINKS, oracles.link("A", "Y", 1.0), oracles.link("G", "Z", 1.0)],
    )
    found = day_of(tables).what_if("X", Scenario((Clean("A"),)))
    assert [row["brand"]["id"] for row in found["changed"]] == ["Y", "X"]
    assert found["difference"]["score"] == pytest.approx(-0.2)
    assert found["before"]["composition"]["unmapped"] == found["after"]["composition"]["unmapped"]
    assert found["warning"] is None
    assert found["run"]["parameters"]["scenario"] == [{"kind": "clean", "party": "A"}]
    assert day_of(tables).what_if("X", Scenario((Drop("A", "X"),)))["warning"] == HARM
    assert day_of(tables).what_if("X", Scenario((Replace("A", "G"),)))["warning"] == HARM


def test_a_supposed_day_can_be_read_like_any_other() -> None:
    day = day_of(diamond()).supposing(Scenario((Clean("A"),)))
    assert [[node["id"] for node in path["nodes"]] for path in day.paths("X")] == [["F", "B", "X"], ["G", "B", "X"]]
    assert day.flows("X")["value"].sum() == pytest.approx(2 * 0.21)
    assert day.documented is day


# --- scenarios as data -----------------------------------------------------------------------------------------

PARTY, SHARE = st.sampled_from("ABCDE"), st.floats(0, 1)
CHANGES = st.one_of(
    st.builds(Clean, PARTY),
    st.builds(Flag, PARTY, SHARE),
    st.builds(Drop, PARTY, PARTY),
    st.tuples(PARTY, PARTY).filter(lambda ends: ends[0] != ends[1]).map(lambda ends: Replace(ends[0], ends[1])),
    st.builds(Verify, PARTY, PARTY, SHARE),
    st.builds(Cover, PARTY, SHARE),
)


@given(st.lists(CHANGES, unique_by=lambda change: change.about))
def test_plain_values_give_the_scenario_back(changes: list[Any]) -> None:
    scenario = Scenario(tuple(changes), "n")
    again = Scenario.of_plain(scenario.plain(), "n")
    assert set(again.changes) == set(scenario.changes)
    assert again.plain() == scenario.plain() == Scenario(tuple(reversed(changes))).plain()
    assert combined([scenario, again]).plain() == scenario.plain()


def test_scenarios_are_composed_or_contradict_each_other() -> None:
    both = Scenario((Clean("A"),), "one") + Scenario((Drop("B", "X"),), "two")
    assert (both.name, len(both.changes)) == ("one + two", 2)
    assert combined([]).changes == ()
    for one, other in (
        (Clean("A"), Flag("A", 0.5)),
        (Flag("A", 0.1), Flag("A", 0.2)),
        (Drop("A", "X"), Verify("A", "X", 0.1)),
        (Replace("A", "B"), Replace("A", "C")),
        (Cover("X", 0.1), Cover("X", 0.2)),
    ):
        with pytest.raises(InputError, match="contradict each other"):
            Scenario((one,)) + Scenario((other,))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"kind": "wish", "party": "A"}], "no change of kind 'wish'"),
        ([{"party": "A"}], "no change of kind None"),
        ([{"kind": "clean"}], "a change of kind clean says party"),
        ([{"kind": "clean", "party": "A", "why": "x"}], "this one says party, why"),
        ([{"kind": "flag", "party": "A", "strength": "much"}], "strength of a change of kind flag is 'much'"),
        ([{"kind": "flag", "party": "A", "strength": True}], "strength of a change of kind flag is True"),
        ([{"kind": "flag", "party": "A", "strength": 1.5}], "strength 1.5 of a change"),
        ([{"kind": "flag", "party": "A", "strength": float("nan")}], "strength nan"),
        ([{"kind": "clean", "party": 3}], "party of a change of kind clean is 3"),
        ([{"kind": "replace", "supplier": "A", "by": "A"}], "cannot be replaced by itself"),
    ],
)
def test_what_is_no_scenario_is_refused(rows: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Scenario.of_plain(rows)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (Clean("Z"), "no organization or facility has the id or name 'Z'"),
        (Clean("Mill AB"), r"did you mean .*A \(Mill A\)"),
        (Clean("H"), "'H' has no link on 2021-06-30"),
        (Drop("F", "X"), r"no source says that 'F' delivers to 'X' .* it has 2 suppliers that day: A, B"),
        (Replace("H", "A"), "'H' delivers nothing to others"),
        (Cover("H", 0.5), "'H' has no link"),
    ],
)
def test_what_is_not_there_is_named(change: Any, message: str) -> None:
    with pytest.raises(NotFoundError, match=message):
        supposed(change)


def test_a_party_is_known_by_its_name_where_one_alone_has_it() -> None:
    graph = oracles.believed(facilities=[*SITES, {"id": "H2", "name": "mill h"}])
    assert known_party(graph, "mill a ") == "A"
    with pytest.raises(InputError, match="2 parties are called 'Mill H'; name one by its id: H, H2"):
        known_party(graph, "Mill H")


def test_what_if_of_arrays_refuses_what_is_not_there() -> None:
    traced = traced_share(SupplyNetwork.from_arrays(["A"], [], [], []))
    with pytest.raises(NotFoundError, match="'B' is not a node"):
        what_if(traced, clean=["B"])
    with pytest.raises(InputError, match="flag strength of 'A' is 2"):
        what_if(traced, {"A": 2})
    assert what_if(traced).scores.tolist() == [0.0]


@pytest.mark.parametrize("change", [Drop("F", "X"), Verify("F", "X", 0.0)])
def test_a_link_that_carries_nothing_can_change(change: Any) -> None:
    links = [oracles.link("F", "X", 0.0, confidence=0.5), oracles.link("A", "X", 0.4), oracles.link("F", "A", 0.5)]
    for least in (0.0, 0.6):
        row = supposed(change, tables=diamond(links=links), min_confidence=least)
        assert (row["score"], row["split_low"], row["split_high"]) == pytest.approx((0.2, 0.2, 0.2))
        assert row["suppliers"] == (1 if change.kind == "drop" else 2)


def test_a_scenario_over_documented_links_has_no_inferred_one() -> None:
    links = [oracles.link("F", "A", 0.5, evidence="inferred"), oracles.link("A", "X", 0.4)]
    day = day_of(diamond(links=links)).supposing(Scenario((Flag("F", 0.5),)))
    assert day.table.exposure("X")["score"] == pytest.approx(0.1)
    for alone in (day.over_documented(), day.documented):
        assert alone.table.exposure("X")["score"] == 0
        assert len(alone.table.day.network.share) == 1

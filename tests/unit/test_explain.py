"""Why something is flagged on a day, or is not."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_core.day import Parameters
from graph_core.errors import NotFoundError
from graph_core.explain import STEPS, explain
from graph_core.flags import flags_on
from graph_core.graph import in_force
from graph_core.model import Verdict
from graph_core.policy import parse_policy
from graph_core.resolve.judgements import Judgement, frame
from tests import oracles
from tests.oracles import Rows, brand, finding, link, operates, owns

DAY = "2021-06-30"
#: C owns D (60 %), which runs S; C holds 49 % of H, which runs I; S and I deliver to X.
GROUP: dict[str, Rows] = {
    "organizations": [brand("X"), brand("Y"), *({"id": n[0], "name": n} for n in ("Cee", "Dee", "H"))],
    "facilities": [operates("D", "S", country="MY", product="palm oil|rubber"), operates("H", "I", country="MY")],
    "ownership": [owns("C", "D", 60.0, valid_from="2020-01-01"), owns("C", "H", 49.0)],
    "links": [link("S", "B", 0.5), link("B", "X", 0.5), link("I", "X", 0.2)],
}  # fmt: skip
ORDER = finding(
    "C", 0.8, id="f", confidence=0.5, includes_subsidiaries=True, valid_from="2020-09-30", valid_to="2026-01-15"
)


def told(identity: str, rows: Rows, day: str = DAY, rules: str = "", **more: Any) -> dict[str, Any]:
    policy = parse_policy(f"form: 1\nversion: test\n{rules}", "p.yaml")
    graph = oracles.graph_of(**{**GROUP, **more}, findings=rows)
    found: dict[str, Any] = explain(graph, Parameters(day, policy=policy), identity)
    return found


def only(found: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any]
    (entry,) = found["findings"]
    return entry


def texts(entry: dict[str, Any], step: str) -> str:
    return " / ".join(one["text"] for one in entry["steps"] if one["step"] == step)


def test_a_site_flagged_through_ownership_tells_every_decision_in_order() -> None:
    found = told("S", [{**ORDER, "scope_country": "MY", "scope_commodity": "Palm Fruit"}])
    entry = only(found)
    assert (found["flagged"], found["waiting"], found["classes"]) == (True, False, {"ownership": pytest.approx(0.4)})
    assert (entry["result"], entry["class"], entry["decided_by"]) == ("flagged", "ownership", None)
    order = [one["step"] for one in entry["steps"]]
    assert order == sorted(order, key=STEPS.index)
    assert set(order) == set(STEPS)
    assert texts(entry, "day") == "from 2020-09-30 until 2026-01-15: it stands on 2021-06-30"
    assert texts(entry, "match") == "Cee (C): accepted: the finding gives this id"
    assert texts(entry, "ownership") == "Cee -- owns 60 %, from 2020-01-01 --> Dee -- operates --> S"
    assert "limited to MY; this party is in MY" in texts(entry, "country")
    assert "limited to Palm Fruit; this party makes or delivers palm oil, rubber" in texts(entry, "good")
    assert "its other goods are not flagged" in texts(entry, "good")
    assert texts(entry, "strength") == "severity 0.8 x confidence 0.5 = 0.4"
    assert [b["id"] for b in found["brands"]] == ["X"]
    assert next(one["sources"] for one in entry["steps"] if one["step"] == "ownership") == ["test"]


@pytest.mark.parametrize(
    ("row", "day", "step", "said"),
    [
        ({}, "2020-09-29", "day", "not yet on 2020-09-29"),
        ({}, "2026-01-15", "day", "no longer on 2026-01-15"),
        ({"status": "retracted"}, DAY, "day", "retracted: it counts on no day"),
        ({"category": "export_control"}, DAY, "policy", "export control is shown as context and not scored"),
        ({"includes_subsidiaries": False}, DAY, "ownership", "only sites that the company operates itself are reached"),
        ({"scope_country": "ID"}, DAY, "country", "limited to ID; this party is in MY"),
        ({"scope_commodity": "cocoa"}, DAY, "good", "limited to cocoa; this party makes or delivers palm oil, rubber"),
        ({"severity": 0.0}, DAY, "strength", "severity 0 x confidence 0.5 = 0"),
    ],
)
def test_what_does_not_count_says_why(row: dict[str, Any], day: str, step: str, said: str) -> None:
    found = told("S", [{**ORDER, **row}], day)
    entry = only(found)
    assert (found["flagged"], entry["result"], entry["decided_by"]) == (False, "not flagged", step)
    assert said in texts(entry, step)
    assert "not a statement that it is clean" in found["summary"]


@pytest.mark.parametrize(
    ("holding", "rules", "said"),
    [
        (owns("C", "D", 49.0), "", "owns 49 %: control begins at 50 %"),
        (owns("C", "D", 60.0), "ownership: {threshold: 75}", "owns 60 %: control begins at 75 %"),
        (owns("C", "D"), "ownership: {unknown_counts: no}", "the policy counts no holding of unknown size"),
        (owns("C", "D", 60.0, valid_to="2021-01-01"), "", "not on 2021-06-30"),
        (owns("C", "D", 60.0, kind="fund_management"), "", "a holding of this kind is no control"),
    ],
)
def test_a_holding_that_is_no_control_is_named(holding: dict[str, Any], rules: str, said: str) -> None:
    entry = only(told("S", [ORDER], rules=rules, ownership=[holding]))
    assert (entry["result"], entry["decided_by"]) == ("not flagged", "ownership")
    assert said in texts(entry, "ownership")


def test_the_policy_line_that_decides_is_named() -> None:
    rules = "lists: [{kinds: [listing]}, {kinds: [order], counts: no, because: not checked}]"
    entry = only(told("S", [ORDER], rules=rules))
    assert entry["decided_by"] == "policy"
    assert "line 2 of lists fits (kinds order (not checked)): its list does not count" in texts(entry, "policy")
    weak = only(told("S", [ORDER], rules="minimum_confidence: 0.6"))
    assert "confidence 0.5, at least 0.6 is asked for" in texts(weak, "policy")
    less = only(told("S", [ORDER], rules="ownership: {decay: 0.5}"))
    assert "x 0.5 for 1 holding in between = 0.2" in texts(less, "strength")


NAMED = {**finding("none", id="n"), "subject_id": None, "subject_name": "Meixin Textile Ltd"}
SITE: dict[str, Rows] = {
    "facilities": [{"id": "M", "name": "Meixin Textile Ltd", "country": "CN"}],
    "links": [link("M", "X", 0.5)],
}


def test_a_match_that_waits_is_told_and_flags_nothing() -> None:
    found = told("M", [NAMED], **SITE)
    assert (found["flagged"], found["waiting"]) == (False, True)
    assert "waits for review: identical name" in texts(only(found), "match")
    assert only(found)["result"] == "waiting"


def test_a_rejected_match_is_told_with_who_and_why() -> None:
    graph = oracles.graph_of(**{**GROUP, **SITE}, findings=[ORDER, NAMED])
    graph.tables["MAY_BE_ABOUT"] = graph["MAY_BE_ABOUT"].iloc[:0]
    judged = frame([Judgement("n", "M", Verdict.NEGATIVE, "Ann", "2025-03-04T10:00:00+00:00", "other address")])
    entry = only(explain(graph, Parameters(DAY), "M", judged))
    assert (entry["result"], entry["decided_by"]) == ("not flagged", "match")
    assert texts(entry, "match").endswith("rejected: Ann decided that it is another party (2025-03-04): other address")
    assert only(explain(graph, Parameters(DAY), "n", judged))["node"] == "M"
    assert explain(graph, Parameters(DAY), "M")["findings"] == []


def test_missing_data_makes_it_wait_and_is_noted() -> None:
    found = told("I", [finding("I", id="f", scope_commodity="palm oil")])
    assert (only(found)["result"], only(found)["decided_by"]) == ("waiting", "good")
    assert any("No good of it is known" in note for note in found["notes"])


def test_a_finding_tells_everybody_that_it_reaches() -> None:
    found = told("f", [ORDER])
    assert {e["node"]: (e["result"], e["class"]) for e in found["findings"]} == {
        "C": ("flagged", "named"), "D": ("flagged", "ownership"), "S": ("flagged", "ownership"),
    }  # fmt: skip
    assert found["summary"] == "It flags 3 parties on 2021-06-30."
    assert told("f", [ORDER], "2026-01-15")["summary"] == "It flags nobody on 2026-01-15."


GOODS = {
    "id": "g",
    "kind": "good_country",
    "category": "forced_labour",
    "scope_commodity": "rubber",
    "scope_country": "MY",
}


def test_an_indicator_is_told_and_is_no_allegation() -> None:
    found = told("S", [GOODS])
    assert (found["flagged"], found["classes"]) == (False, {"good_country": 1.0})
    assert "no allegation" in found["summary"]
    assert "no allegation" in texts(only(found), "result")
    off = told("S", [GOODS], rules="indicators: {good_country: no}")
    assert (only(off)["result"], off["classes"]) == ("not flagged", {})
    assert "no allegation against any" in told("g", [GOODS])["summary"]


def test_an_indicator_about_a_region_is_told_with_its_place() -> None:
    region = {**GOODS, "kind": "good_region", "scope_region": "Kinta Valley"}
    assert told("S", [region])["classes"] == {}
    sites = [{"id": "S", "name": "S", "country": "MY", "product": "rubber", "address": "Lot 4, Kinta Valley"}]
    found = told("S", [region], facilities=sites)
    assert (found["flagged"], found["classes"]) == (False, {"region": 1.0})
    assert texts(only(found), "country") == "the list names rubber of Kinta Valley (MY), and its address is there"
    off = told("S", [region], rules="indicators: {region: no}", facilities=sites)
    assert "no indicators about goods in a region" in texts(only(off), "policy")


def test_without_any_finding_nothing_is_called_clean() -> None:
    found = told("S", [finding("Z")])
    assert found["findings"] == []
    assert found["summary"].endswith("That is not a statement that it is clean.")


def test_an_unknown_id_is_refused_with_the_nearest() -> None:
    with pytest.raises(NotFoundError, match="did you mean"):
        told("SS", [ORDER])


# --- it says what the flags say --------------------------------------------------------------------------------

PARTIES = ["C0", "C1", "C2", "S0", "S1"]


@st.composite
def networks(draw: st.DrawFn) -> dict[str, Rows]:
    pair = st.tuples(st.sampled_from(PARTIES[:3]), st.sampled_from(PARTIES))
    day = st.sampled_from([None, "2021-01-01", "2021-06-30", "2021-07-01"])
    rows = [
        finding(
            draw(st.sampled_from(PARTIES)), draw(st.sampled_from([0.0, 0.5, 1.0])), id=f"f{i}",
            category=draw(st.sampled_from(["forced_labour", "sanction"])),
            status=draw(st.sampled_from(["standing", "retracted"])), valid_from=draw(day),
            includes_subsidiaries=draw(st.booleans()), scope_country=draw(st.sampled_from([None, "MY", "ID"])),
            scope_commodity=draw(st.sampled_from([None, "palm oil", "rubber"])),
        )
        for i in range(draw(st.integers(1, 3)))
    ]  # fmt: skip
    return {
        "organizations": [{"id": c, "name": c} for c in PARTIES[:3]],
        "facilities": [
            operates(draw(st.sampled_from(PARTIES[:3])), s, country=draw(st.sampled_from(["MY", "ID", None])),
                     product=draw(st.sampled_from(["palm oil", "rubber", None])))
            for s in PARTIES[3:]
        ],
        "ownership": [
            owns(a, b, draw(st.sampled_from([None, 40.0, 60.0])), valid_to=draw(day))
            for a, b in draw(st.lists(pair, max_size=5, unique=True))
        ],
        "findings": rows,
    }  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(networks())
def test_the_explanation_agrees_with_the_flags(tables: dict[str, Rows]) -> None:
    graph = oracles.believed(**tables)
    parameters = Parameters(DAY)
    flags = flags_on(graph, DAY, 0.0, in_force(graph["SUPPLIES"], DAY))

    def pairs(rows: pd.DataFrame) -> set[tuple[str, str, str]]:
        return set(zip(rows["finding"], rows["node"], rows["class"], strict=True))

    counted, waiting = pairs(flags[~flags["waiting"]]), pairs(flags[flags["waiting"]])
    by_node = [e for party in PARTIES for e in explain(graph, parameters, party)["findings"]]
    by_finding = [e for row in tables["findings"] for e in explain(graph, parameters, row["id"])["findings"]]
    for entries in (by_node, by_finding):
        for result, expected in (("flagged", counted), ("waiting", waiting)):
            assert {(e["finding"], e["node"], e["class"]) for e in entries if e["result"] == result} == expected
    best = {e["node"]: e["strength"] for e in sorted(by_node, key=lambda e: e["strength"]) if e["result"] == "flagged"}
    assert best == flags[~flags["waiting"]].groupby("node")["strength"].max().to_dict()

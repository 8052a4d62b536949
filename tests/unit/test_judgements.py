"""Decisions of people on who is who: they win over rules, hold, contradict each other openly, and can be undone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_core.derive import derive, identities
from graph_core.graph import Graph
from graph_core.model import Verdict
from graph_core.provenance import statements
from graph_core.resolve.judgements import SOURCE_ID, Judgement, frame, standing
from graph_core.resolve.same import Same, same_parties
from tests import oracles
from tests.oracles import Said, finding, link, said

LEI, OTHER_LEI = "5493001KJTIIGC8Y1R12", "506700GE1G29325QX363"
OS_ID, OTHER_OS_ID = "CN2021250D1DTN7", "BD2019098FQTDSR"


def judged(*decisions: tuple[str, str, str], seq: int = 99) -> Said:
    rows = [
        Judgement(left, right, Verdict(verdict), "Ana", f"2026-01-{n:02d}T00:00:00+00:00", f"reason {n}", "b")
        for n, (left, right, verdict) in enumerate(decisions, start=1)
    ]
    return Said({"id": SOURCE_ID, "format": "review"}, seq, {"judgements": frame(rows)})


def about(graph: Graph) -> dict[tuple[str, str], tuple[str, str, str]]:
    """(finding, party) -> relationship, rule, who."""
    return {
        (row["start"], row["end"]): (kind, row["rule"], row["judged_by"])
        for kind in ("ABOUT", "MAY_BE_ABOUT")
        for row in graph[kind].to_dict("records")
    }


def company(one: str, name: str | None = None, **more: Any) -> oracles.Row:
    return {"id": one, "name": name or one, **more}


def ids(graph: Graph, label: str = "Organization") -> dict[str, list[str]]:
    return dict(zip(graph[label]["id"], graph[label]["merged_ids"], strict=True))


# --- findings --------------------------------------------------------------------------------------------------

NAMED = said(
    "list",
    1,
    organizations=[company("A", "Hetian Haolin Hair Accessories", country="CN"), company("B", "Other", country="CN")],
    findings=[
        {**finding("x"), "subject_id": None, "subject_name": "Hetian Haolin Hair Accessories", "subject_country": "CN"},
        {**finding("y"), "subject_id": None, "subject_name": "Somebody Else", "subject_country": "CN"},
    ],
)


def test_a_decision_wins_over_a_rule_and_adds_what_no_rule_found() -> None:
    assert about(derive([NAMED])) == {("f:x", "A"): ("ABOUT", "equal_name", "rule")}
    assert about(derive([NAMED, judged(("f:x", "A", "NEGATIVE"))])) == {}
    decided = about(derive([NAMED, judged(("f:x", "A", "UNSURE"), ("B", "f:y", "POSITIVE"))]))
    assert decided == {("f:x", "A"): ("MAY_BE_ABOUT", "judged", "Ana")}, "the finding is the left side"
    decided = about(derive([NAMED, judged(("f:y", "B", "POSITIVE"))]))
    assert decided == {("f:x", "A"): ("ABOUT", "equal_name", "rule"), ("f:y", "B"): ("ABOUT", "judged", "Ana")}


def test_the_latest_decision_counts_and_an_undone_one_leaves_nothing() -> None:
    untouched = derive([NAMED]).hash
    rows = judged(("f:x", "A", "NEGATIVE"), ("f:x", "A", "POSITIVE"))
    assert about(derive([NAMED, rows]))["f:x", "A"][:2] == ("ABOUT", "judged")
    rows = judged(("f:x", "A", "NEGATIVE"), ("f:y", "B", "POSITIVE"), ("f:x", "A", "UNDONE"), ("f:y", "B", "UNDONE"))
    assert derive([NAMED, rows]).hash == untouched
    assert standing(rows.frames["judgements"]).empty


def test_a_decision_holds_over_a_new_delivery_and_waits_for_what_is_gone() -> None:
    decision = judged(("f:x", "A", "NEGATIVE"))
    again = Said(NAMED.source, 120, NAMED.frames)
    assert about(derive([decision, again])) == {}
    nobody = said("list", 120, organizations=[company("B")])
    assert about(derive([decision, nobody])) == {}


def test_reasons_name_who_when_and_why() -> None:
    graph = derive([NAMED, judged(("f:y", "B", "POSITIVE"))])
    (reason,) = graph["ABOUT"].loc[graph["ABOUT"]["start"] == "f:y", "reason"]
    assert reason == "Ana decided that it is (2026-01-01): reason 1"


def test_a_site_whose_places_contradict_each_other_waits() -> None:
    """Dhaka is not in India: which of the two is right nobody knows."""
    site = {"id": "F", "name": "Hetian Haolin Hair Accessories", "country": "IN", "lat": 23.7, "lon": 90.4}
    named = {**finding("x"), "subject_id": None, "subject_name": site["name"], "subject_country": "IN"}
    graph = derive([said("s", 1, facilities=[site], findings=[named])])
    (why,) = graph["Facility"]["contradictions"].iloc[0]
    assert "lies in Bangladesh" in why
    row = graph["MAY_BE_ABOUT"].iloc[0]
    assert (row["rule"], why in row["reason"]) == ("equal_name_doubtful", True)
    right = derive([said("s", 1, facilities=[{**site, "lat": 22.57, "lon": 88.36}], findings=[named])])
    assert right["ABOUT"]["rule"].tolist() == ["equal_name"]
    assert right["Facility"]["contradictions"].tolist() == [[]]


# --- parties ---------------------------------------------------------------------------------------------------

TWO = said(
    "s",
    1,
    facilities=[company("A", "Alpha Mill", address="1 Road"), company("B", "Alpha Mill Ltd"), company("C", "Gamma")],
    links=[link("A", "X", volume=1.0, unit="t"), link("B", "X", volume=3.0, unit="t"), link("C", "B")],
    findings=[finding("B")],
)


def test_two_ids_that_are_one_share_names_links_and_findings() -> None:
    graph = derive([TWO, judged(("A", "B", "POSITIVE"))])
    assert ids(graph, "Facility")["A"] == ["B"]
    assert "B" not in ids(graph, "Facility")
    row = graph["Facility"].set_index("id").loc["A"]
    assert (row["name"], row["aliases"], row["address"]) == ("Alpha Mill Ltd", ["Alpha Mill"], "1 Road")
    links = graph["SUPPLIES"].set_index(["start", "end"])["volume"]
    assert links.loc[("A", "X")] == 4.0, "within one source figures add up"
    assert ("C", "A") in links.index
    assert list(about(graph)) == [("f:B", "A")]


def test_undoing_gives_back_every_statement_and_link() -> None:
    before = derive([TWO])
    undone = [TWO, judged(("A", "B", "POSITIVE"), ("B", "A", "UNDONE"))]
    after = derive(undone)
    assert after.hash == before.hash
    for one in ("A", "B", "C"):
        assert statements([TWO], before, one).equals(statements(undone, after, one))


def test_statements_of_one_party_are_found_under_each_of_its_ids() -> None:
    sets = [TWO, judged(("A", "B", "POSITIVE"))]
    graph = derive(sets)
    under_a, under_b = (statements(sets, graph, one) for one in ("A", "B"))
    assert under_a.equals(under_b)
    names = under_a[(under_a["table"] == "facilities") & (under_a["property"] == "name")]
    assert dict(zip(names["subject"], names["value"], strict=True)) == {"A": "Alpha Mill", "B": "Alpha Mill Ltd"}


def test_a_link_between_two_ids_of_one_party_is_none() -> None:
    sets = [said("s", 1, links=[link("A", "B"), link("B", "X")]), judged(("A", "B", "POSITIVE"))]
    assert derive(sets)["SUPPLIES"][["start", "end"]].to_numpy().tolist() == [["A", "X"]]


def test_contradicting_decisions_are_reported_and_nothing_is_put_together() -> None:
    sets = [
        said("s", 1, organizations=[company(one) for one in "ABCD"]),
        judged(("A", "B", "POSITIVE"), ("B", "C", "POSITIVE"), ("A", "C", "NEGATIVE")),
    ]
    assert ids(derive(sets)) == {one: [] for one in "ABCD"}
    (row,) = identities(sets).conflicts.to_dict("records")
    assert (row["left"], row["right"]) == ("A", "C")
    assert row["reason"] == "judged different, and one by other judgements: A = B = C"


def test_a_site_is_no_company() -> None:
    sets = [said("s", 1, organizations=[company("A")], facilities=[company("B")]), judged(("A", "B", "POSITIVE"))]
    graph = derive(sets)
    assert ids(graph) == {"A": []}
    assert ids(graph, "Facility") == {"B": []}
    assert "a site and the second a company" in identities(sets).conflicts["reason"].iloc[0]


@pytest.mark.parametrize(
    ("table", "column", "good", "bad"),
    [("organizations", "lei", LEI, LEI[:-1] + "9"), ("facilities", "os_id", OS_ID, OS_ID[:-1] + "0")],
)
def test_a_shared_identifier_makes_one_unless_it_is_wrong_or_something_speaks_against_it(
    table: str, column: str, good: str, bad: str
) -> None:
    label = {"organizations": "Organization", "facilities": "Facility"}[table]

    def merged(
        number: str, *, country: str = "CN", decisions: tuple[tuple[str, str, str], ...] = ()
    ) -> dict[str, list[str]]:
        first = said("s", 1, **{table: [company("A", country="CN", **{column: number})]})
        second = said("t", 2, **{table: [company("B", country=country, **{column: number.lower()})]})
        return ids(derive([first, second, judged(*decisions)]), label)

    assert merged(good) == {"A": ["B"]}
    assert merged(bad) == {"A": [], "B": []}
    assert merged(good, country="IN") == {"A": [], "B": []}
    assert merged(good, decisions=(("B", "A", "NEGATIVE"),)) == {"A": [], "B": []}
    assert merged(good, decisions=(("B", "A", "NEGATIVE"), ("A", "B", "UNDONE"))) == {"A": ["B"]}


def test_a_former_id_of_the_open_supply_hub_leads_to_the_site() -> None:
    old, new = company(OS_ID, "Old name"), company(OTHER_OS_ID, "New name", identifiers=f"OSID:{OS_ID}")
    graph = derive([said("s", 1, facilities=[old]), said("t", 2, facilities=[new])])
    assert ids(graph, "Facility") == {OTHER_OS_ID: [OS_ID]}


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("ABCDE"), st.sampled_from("ABCDE"), st.sampled_from(list(Verdict))), max_size=8)
)
def test_no_two_ids_that_were_judged_different_are_ever_one(decisions: list[tuple[str, str, str]]) -> None:
    """Plain oracle: the last verdict of every pair, and whether both ids are shown as one."""
    pairs = [(left, right, verdict) for left, right, verdict in decisions if left != right]
    companies = oracles.frame_of("organizations", [company(one) for one in "ABCDE"])
    none = oracles.frame_of("facilities", [])

    def same(*rows: tuple[str, str, str]) -> Same:
        return same_parties(companies, none, standing(judged(*rows).frames["judgements"]))

    found = same(*pairs)
    last = {frozenset((left, right)): verdict for left, right, verdict in pairs}
    for pair, verdict in last.items():
        left, right = (found.kept.get(one, one) for one in sorted(pair))
        if verdict == Verdict.NEGATIVE:
            assert left != right
        if verdict == Verdict.POSITIVE and found.conflicts.empty:
            assert left == right
    assert not same(*pairs, *((*sorted(pair), "UNDONE") for pair in last)).kept

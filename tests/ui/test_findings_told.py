"""What the app says of findings on a party: only what counts is told as counting, and nothing else carries a class."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graph_core.day import Day, Parameters
from graph_core.explain import explain
from graph_core.graph import rows
from graph_core.model import Verdict
from graph_core.resolve.judgements import Judgement, frame
from graph_core.ui import dossier, tables
from tests import oracles

DAY = "2021-06-30"
SITE = [{"id": "S", "name": "Heron Sewing", "country": "CN", "product": "cotton"}]
OWNED = {"organizations": [{"id": "O", "name": "Owner"}], "facilities": [oracles.operates("O", "S")]}
BY_NAME = {"subject_id": None, "subject_name": "Heron Sewing", "subject_country": None}
GOOD = {
    "id": "g", "kind": "good_country", "category": "forced_labour", "scope_commodity": "cotton", "scope_country": "CN",
    "source_title": "List of goods",
}  # fmt: skip


def of_day(*findings: oracles.Row, facilities: oracles.Rows = SITE, **more: oracles.Rows) -> Day:
    return Day(oracles.graph_of(facilities=facilities, findings=list(findings), **more), Parameters(DAY))


def finding(**more: Any) -> oracles.Row:
    return {**oracles.finding("S", id="f"), "source_title": "Order 7", **more}


def texts(blocks: list[dict[str, Any]]) -> str:
    return json.dumps(blocks, ensure_ascii=False)


def headings(blocks: list[dict[str, Any]], tag: str = "h3") -> list[str]:
    return [block["text"][0] for block in blocks if block["tag"] == tag and block["text"] != ["Sources"]]


def kinds(blocks: list[dict[str, Any]]) -> list[str]:
    """Words of all pills that say a class of evidence."""
    pills = [run for block in blocks for run in block.get("text", ()) if isinstance(run, dict) and "pill" in run]
    return [str(pill["pill"][-1]) for pill in pills if pill["pill"][-1] in ("Named entity", "Ownership")]


# --- beside a picture --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "said", "heading"),
    [
        ({}, "counts on this day", "1 finding"),
        ({"category": "sanction"}, "context, not scored", "1 finding"),
        ({"scope_country": "VN"}, "does not apply to it: limited to another country or good", "1 finding"),
        ({"valid_to": DAY}, "does not count on this day", "1 finding"),
        ({**BY_NAME, "category": "sanction"}, "waits for review: not in the figures", "1 finding that may be about it"),
    ],
)
def test_the_side_panel_says_counts_only_of_what_counts(more: dict[str, Any], said: str, heading: str) -> None:
    blocks = tables.party_blocks(of_day(finding(**more)).party("S"))
    assert said in texts(blocks)
    assert headings(blocks) == [heading]
    assert ("counts on this day" in texts(blocks)) == (not more)
    assert kinds(blocks) == ([] if more else ["Named entity"])
    assert ("No flag counted on this day" in texts(blocks)) == bool(more)


def test_an_indicator_stands_apart_and_is_no_finding() -> None:
    blocks = tables.party_blocks(of_day(GOOD).party("S"))
    assert headings(blocks) == ["Indicators about goods"]
    assert "No allegation against it" in texts(blocks)
    assert "counts on this day" not in texts(blocks)
    both = tables.party_blocks(of_day(GOOD, finding(severity=0.1)).party("S"))
    assert headings(both) == ["1 finding", "Indicators about goods"]
    assert kinds(both) == ["Named entity"]  # evidenced before an indicator, however strong


def test_the_pill_is_of_the_strongest_flag_not_of_the_oldest_finding() -> None:
    weak = {**oracles.finding("O", 0.3, id="old"), "valid_from": "2019-01-01"}
    found = of_day(weak, finding(severity=0.9, valid_from="2020-01-01"), **OWNED)
    assert kinds(tables.party_blocks(found.party("S"))) == ["Named entity"]


# --- on its own page ---------------------------------------------------------------------------------------------


def page_of(found: Day, judged: Judgement | None = None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Blocks of the findings and of what waits."""
    graph = found.graph
    if judged is not None:  # as derive takes a refused match out
        graph.tables["MAY_BE_ABOUT"] = graph["MAY_BE_ABOUT"].iloc[:0]
    told = explain(graph, found.parameters, "S", frame([judged] if judged else []))
    details = {row["id"]: row for row in rows(graph["Finding"])}
    return dossier.findings(told, details, {}), dossier.waiting(told, details, {})


REFUSED = Judgement("f", "S", Verdict.NEGATIVE, "Ana", "2025-03-04T10:00:00+00:00", "another town")


def test_a_refused_match_is_no_finding_on_the_site() -> None:
    blocks, waiting = page_of(of_day(finding(**BY_NAME)), REFUSED)
    assert headings(blocks) == ["1 finding about another party, as a person decided"]
    assert texts(blocks).startswith('[{"tag": "h2", "text": ["Findings"]}, {"tag": "p", "text": ["No finding that was')
    assert "Ana decided that it is another party" in texts(blocks)
    assert kinds(blocks) == []
    assert waiting == []


@pytest.mark.parametrize("more", [{"category": "sanction"}, {"valid_to": "2021-01-01"}])
def test_an_open_match_to_what_would_not_count_is_no_finding_on_the_site(more: dict[str, Any]) -> None:
    blocks, waiting = page_of(of_day(finding(**BY_NAME, **more)))
    assert headings(blocks) == ["1 finding that may be about it, and that would not count on 2021-06-30"]
    assert "No finding is known to concern it but for what waits" in texts(blocks)
    assert kinds(blocks) == []
    assert waiting == []


def test_an_accepted_finding_that_does_not_count_is_on_it() -> None:
    blocks, _ = page_of(of_day(finding(category="sanction")))
    assert headings(blocks) == ["1 finding on it or its owners without a flag on 2021-06-30"]
    assert kinds(blocks) == ["Named entity"]
    assert "No finding" not in texts(blocks)


def test_what_waits_says_for_whom() -> None:
    blocks, waiting = page_of(of_day(finding(**BY_NAME)))
    assert "No finding is known to concern it but for what waits" in texts(blocks)
    assert headings(waiting, "h2") == ["Waiting: 1 finding not in the figures"]
    assert "A person has to judge whether the finding is about it" in texts(waiting)
    assert '"page": "review"' in texts(waiting)
    assert kinds(waiting) == []
    bare = [{"id": "S", "name": "Heron Sewing"}]
    _, waiting = page_of(of_day(finding(scope_country="CN"), facilities=bare))
    assert headings(waiting, "h2") == ["Waiting: 1 finding not in the figures"]
    assert "A country or good has to become known" in texts(waiting)
    assert '"page": "review"' not in texts(waiting)  # nobody can judge it
    assert kinds(waiting) == ["Named entity"]

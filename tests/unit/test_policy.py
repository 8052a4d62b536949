"""The flag policy: its file, and what each key does to the figures."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from graph_core.day import Day, Parameters
from graph_core.derive import derive
from graph_core.errors import InputError
from graph_core.exposure.changes import changed_brands
from graph_core.flags import flags_on
from graph_core.graph import Graph, in_force
from graph_core.model import Category, Status
from graph_core.policy import ListRule, Policy, default_policy, default_text, parse_policy, read_policy, schema
from tests import oracles
from tests.oracles import Rows, brand, finding, link, operates, owns

DAY = "2021-06-30"
#: Changes with every change of what the default policy says, and so does the id of every run.
DEFAULT_HASH = "52fa5b3e7c6d85feb6451914f0bbb9e3781f397d2eb98fb4c5b7493ead0e07d9"


def policy(text: str = "") -> Policy:
    return parse_policy(f"form: 1\nversion: test\n{text}", "mine.yaml")


def exposure(rules: str = "", /, filters: dict[str, Any] | None = None, **tables: Rows) -> dict[str, Any]:
    tables = {"organizations": [brand("X")], "links": [link("A", "X", 0.5)], **tables}
    parameters = Parameters(DAY, policy=policy(rules), **(filters or {}))
    return Day(oracles.graph_of(**tables), parameters).exposures(["X"])[0]


# --- the file --------------------------------------------------------------------------------------------------


def test_the_default_has_the_form_and_says_what_was_always_so() -> None:
    Draft202012Validator.check_schema(schema())
    assert parse_policy(default_text(), "policy.yaml") == default_policy()
    found = default_policy()
    assert set(found.scored) == {"forced_labour", "forced_child_labour"}
    assert (found.threshold, found.unknown_counts, found.decay, found.minimum_confidence) == (50, True, 1, 0)
    assert (found.lists, found.good_country, found.region) == ((), True, True)
    assert {name for name, _ in found.severities} == set(Category)
    assert {name for name, _ in found.confidences} == set(Status) - {Status.RETRACTED}
    assert {factor for _, factor in (*found.severities, *found.confidences)} == {1.0}
    assert found.hash == DEFAULT_HASH


def test_what_a_file_leaves_out_is_as_in_the_default() -> None:
    assert replace(policy(), version=default_policy().version) == default_policy()
    assert policy().hash == DEFAULT_HASH
    assert policy("ownership: {threshold: 25}").as_dict()["ownership"] == {
        "threshold": 25, "unknown_counts": True, "decay": 1,
    }  # fmt: skip


def test_the_hash_is_of_what_a_policy_says_not_of_how_it_is_written() -> None:
    first = policy("minimum_confidence: 0.50 # half\nownership:\n  threshold: 60\n")
    other = parse_policy(
        "ownership: {threshold: '60.0'}\nminimum_confidence: .5e0".replace(".5e0", "0.5") + "\nform: 1\nversion: b", "x"
    )
    assert first.hash == other.hash != DEFAULT_HASH
    assert first.version != other.version
    why = policy("lists: [{kinds: [order], because: so}]"), policy("lists: [{kinds: [order]}]")
    assert why[0].hash == why[1].hash != DEFAULT_HASH


def test_plain_yaml_reads_the_same_values() -> None:
    """Another reader of YAML, with its own rules for numbers and yes and no, finds what ours finds."""
    theirs, ours = yaml.safe_load(default_text()), default_policy().as_dict()
    assert json.loads(json.dumps({**theirs, "form": "1"})) == ours


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lists:\n- {counts: no}", "line 4: lists[1]: a line needs at least one of formats"),
        ("lists:\n- {formats: uflpa}", "line 4: lists[1].formats: 'uflpa' has to be a list"),
        ("lists:\n- {formats: []}", "line 4: lists[1].formats: is empty"),
        ("categories:\n  sanction: {scored: yes}", "line 4: categories.sanction.scored: yes cannot be used: export"),
        ("categories:\n  export_control: {scored: on}", "line 4: categories.export_control.scored: yes cannot be used"),
        ("categories:\n  child_labor: {scored: yes}", "line 4: categories.child_labor: there is no such key; did you"),
        ("categories:\n  other: {scored: maybe}", "line 4: categories.other.scored: 'maybe' has to be yes or no"),
        ("ownership: {threshold: half}", "line 3: ownership.threshold: 'half' has to be a number: percent, above 0"),
        ("ownership: {threshold: 0}", "line 3: ownership.threshold: 0.0 cannot be used: percent, above 0"),
        ("ownership: {decay: 1.5}", "line 3: ownership.decay: 1.5 cannot be used: a factor from 0 to 1"),
        ("minimum_confidence: -0.1", "line 3: minimum_confidence: -0.1 cannot be used: a number from 0 to 1"),
        ("statuses: {retracted: {confidence: 1}}", "line 3: statuses.retracted: there is no such key"),
        ("ownership: [", "is no valid YAML"),
        ("indicators: &a {region: no}", "line 3: anchors (&) and aliases (*) are not allowed"),
        ("form: 1", "line 3: the key 'form' stands on line 1 already"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_line_key_and_value(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        policy(text)
    assert said in str(caught.value)
    assert "mine.yaml" in str(caught.value)


@pytest.mark.parametrize(("text", "said"), [("version: a", "'form' is missing"), ("form: 2\nversion: a", "none of 1")])
def test_the_form_has_a_version(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_policy(text, "mine.yaml")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_policy(tmp_path / "none.yaml")
    (tmp_path / "p.yaml").write_bytes("form: 1\nversion: é".encode("latin-1"))
    with pytest.raises(InputError, match="not UTF-8"):
        read_policy(tmp_path / "p.yaml")
    (tmp_path / "p.yaml").write_bytes(b"#" * (300 << 10))
    with pytest.raises(InputError, match="more than 262,144 bytes; is it a flag policy"):
        read_policy(tmp_path / "p.yaml")
    (tmp_path / "p.yaml").write_bytes("\ufeffform: 1\nversion: é".encode())
    assert read_policy(tmp_path / "p.yaml").version == "é"


def test_the_page_shows_a_policy_that_can_be_read_and_what_the_default_scores() -> None:
    page = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert parse_policy(example, "docs/policy.md").threshold == 25
    rows = dict(re.findall(r"^\| `(\w+)` \| (yes|no)[^|]* \| x 1 \|", page, re.MULTILINE))
    assert rows == {category: "yes" if category in default_policy().scored else "no" for category in Category}
    for group, keys in schema()["properties"].items():
        assert f"`{group}" in page, group
        assert all(
            f"`{group}.{key}`" in page for key in keys.get("properties", {}) if group in ("ownership", "indicators")
        )


# --- in a run --------------------------------------------------------------------------------------------------


def test_every_run_holds_version_and_hash() -> None:
    usual = exposure(findings=[finding("A")])["run"]
    assert usual["parameters"]["policy"] == {"version": "test", "hash": DEFAULT_HASH}
    other = exposure("ownership: {threshold: 60}", findings=[finding("A")])["run"]
    assert other["id"] != usual["id"]
    assert other["input_hash"] == usual["input_hash"]


# --- lists -----------------------------------------------------------------------------------------------------

TWO = [finding("A", 0.8, id="f1", authority="US Customs", kind="order"), finding("A", 0.5, id="f2", authority="NGO")]


@pytest.mark.parametrize(
    ("lines", "score"),
    [
        ("[]", 0.4),
        ("[{authorities: ['us  customs'], counts: no}]", 0.25),
        ("[{authorities: ['*customs*'], counts: no}]", 0.25),
        ("[{authorities: [customs], counts: no}]", 0.4),
        ("[{authorities: ['*'], counts: no}]", None),
        ("[{kinds: [order], authorities: [NGO], counts: no}]", 0.25),
        ("[{kinds: [listing, order], severity: 0.5}]", 0.2),
        ("[{authorities: [US Customs]}, {kinds: [order], counts: no}]", 0.4),
        ("[{sources: ['te*'], severity: 0.5, confidence: 0.5}]", 0.1),
        ("[{formats: [uflpa], counts: no}]", 0.4),
    ],
)
def test_the_first_line_that_fits_decides(lines: str, score: float | None) -> None:
    found = exposure(f"lists: {lines}", findings=TWO)
    if "NGO" in lines:  # both are orders: only the one of the NGO is left out
        assert found["score"] == pytest.approx(0.4)
    else:
        assert found["score"] == (None if score is None else pytest.approx(score))


def test_a_list_that_does_not_count_leaves_no_figure_instead_of_zero() -> None:
    """A score of 0 from lists that were all left out would be a false all-clear."""
    found = exposure("lists: [{kinds: [order], counts: no}]", findings=[finding("A")])
    assert (found["score"], found["classes"]["named"], found["documented_only"]) == (None, None, None)
    nothing = "categories: {forced_labour: {scored: no}, forced_child_labour: {scored: no}}"
    assert exposure(nothing, findings=[finding("A")])["score"] is None


@pytest.mark.parametrize("category", [category for category in Category if category not in default_policy().scored])
@pytest.mark.parametrize("score_name", ["traced_share", "noisy_or"])
def test_a_list_of_context_alone_leaves_no_figure_instead_of_zero(category: Category, score_name: str) -> None:
    """Export control cannot say forced labour of anybody; what it does not say must not read as an all-clear."""
    filters = {"score_name": score_name}
    without = exposure(filters=filters, findings=[])
    found = exposure(filters=filters, findings=[finding("A", category=category)])
    assert without.pop("run") != found.pop("run")
    assert found == without
    assert found["score"] is None
    beside = exposure(filters=filters, findings=[finding("A", category=category), finding("B", id="f")])
    assert (beside["score"], beside["classes"]["named"]) == (0.0, 0.0)


def test_a_finding_of_several_sources_counts_by_the_one_that_gives_it_most() -> None:
    row = finding("A", id="f", authority="CBP")
    sets = [
        oracles.said("list-a", 1, about={"format": "cbp-orders"}, findings=[row]),
        oracles.said("list-b", 2, about={"format": "wikirate"}, findings=[row], organizations=[brand("X")]),
        oracles.said("links", 3, links=[link("A", "X", 0.5)]),
    ]
    graph = derive(sets)

    def score(lines: str) -> float | None:
        parameters = Parameters(DAY, policy=policy(f"lists: {lines}"))
        found: float | None = Day(graph, parameters).exposures(["X"])[0]["score"]
        return found

    assert score("[{formats: [wikirate], counts: no}]") == 0.5
    assert score("[{formats: [wikirate], counts: no}, {sources: [list-a], severity: 0.5}]") == 0.25
    assert score("[{formats: [wikirate], severity: 0.2}, {formats: [cbp-orders], severity: 0.4}]") == pytest.approx(0.2)
    assert score("[{formats: [wikirate, cbp-orders], counts: no}]") is None


@pytest.mark.parametrize("text", ["a[b]c", "what?", "(x)", "1+1"])
def test_only_the_star_is_a_wildcard(text: str) -> None:
    said = pd.DataFrame(
        {"format": ["f"] * 3, "source": [text, text.replace("a", "b") + "x", None], "kind": "", "authority": ""}
    )
    assert ListRule(sources=(text,)).fits(said).tolist() == [True, False, False]


# --- categories, statuses, confidence --------------------------------------------------------------------------


def test_a_policy_can_score_child_labour_and_weigh_it() -> None:
    rows = [finding("A", 0.8, category="child_labour")]
    assert exposure(findings=rows)["score"] is None
    rules = "categories: {child_labour: {scored: yes, severity: 0.5}}"
    assert exposure(rules, findings=rows)["score"] == pytest.approx(0.5 * 0.8 * 0.5)


def test_a_contested_finding_weighs_what_the_policy_says_and_a_retracted_one_nothing() -> None:
    rules = "statuses: {contested: {confidence: 0.25}}"
    assert exposure(rules, findings=[finding("A", status="contested", confidence=0.8)])["score"] == pytest.approx(0.1)
    assert exposure(rules, findings=[finding("A", status="retracted")])["score"] == 0.0


def test_the_higher_of_both_least_confidences_counts() -> None:
    rows = [finding("A", confidence=0.6)]
    assert exposure("minimum_confidence: 0.6", findings=rows)["score"] == pytest.approx(0.3)
    assert exposure("minimum_confidence: 0.61", findings=rows)["score"] == 0.0
    assert exposure("minimum_confidence: 0.5", {"min_confidence": 0.7}, findings=rows)["score"] == 0.0
    weak = "minimum_confidence: 0.5\nstatuses: {standing: {confidence: 0.8}}"
    assert exposure(weak, findings=rows)["score"] == 0.0


def test_indicators_can_be_left_out() -> None:
    goods = {
        "id": "g",
        "kind": "good_country",
        "category": "forced_labour",
        "scope_commodity": "rubber",
        "scope_country": "MY",
    }
    tables = {"facilities": [{"id": "A", "name": "A", "country": "MY", "product": "rubber"}], "findings": [goods]}
    assert exposure(**tables)["classes"]["good_country"] == 0.5
    assert exposure("indicators: {good_country: no}", **tables)["classes"]["good_country"] is None


# --- ownership -------------------------------------------------------------------------------------------------

GROUP = {
    "organizations": [brand("X"), *({"id": c, "name": c} for c in "CDE")],
    "facilities": [operates("C", "A"), operates("D", "B"), operates("E", "G")],
    "ownership": [owns("C", "D", 60.0), owns("D", "E")],
    "links": [link("A", "X", 0.1), link("B", "X", 0.2), link("G", "X", 0.4)],
    "findings": [finding("C", includes_subsidiaries=True)],
}


@pytest.mark.parametrize(
    ("rules", "score"),
    [
        ("{}", 0.1 + 0.2 + 0.4),
        ("{threshold: 60}", 0.1 + 0.2 + 0.4),
        ("{threshold: 60.01}", 0.1),
        ("{unknown_counts: no}", 0.1 + 0.2),
        ("{decay: 0.5}", 0.1 + 0.5 * 0.2 + 0.25 * 0.4),
        ("{decay: 0}", 0.1),
    ],
)
def test_how_far_ownership_carries(rules: str, score: float) -> None:
    assert exposure(f"ownership: {rules}", **GROUP)["score"] == pytest.approx(score)


# --- properties ------------------------------------------------------------------------------------------------

COMPANIES, SITES = ["C0", "C1", "C2", "C3"], ["S0", "S1", "S2"]
UNIT = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])


@st.composite
def groups(draw: st.DrawFn) -> dict[str, Rows]:
    pairs = st.tuples(st.sampled_from(COMPANIES), st.sampled_from([*COMPANIES, *SITES]))
    held = draw(st.lists(pairs, max_size=8, unique=True))
    percent = st.none() | st.sampled_from([10.0, 49.0, 50.0, 51.0, 100.0])
    rows = [
        finding(
            draw(st.sampled_from([*COMPANIES, *SITES])), draw(UNIT), id=f"f{i}", confidence=draw(UNIT),
            category=draw(st.sampled_from(["forced_labour", "child_labour", "sanction"])),
            status=draw(st.sampled_from(["standing", "contested", "retracted"])),
            includes_subsidiaries=draw(st.booleans()),
        )
        for i in range(draw(st.integers(1, 4)))
    ]  # fmt: skip
    return {
        "organizations": [{"id": c, "name": c} for c in COMPANIES],
        "facilities": [operates(draw(st.sampled_from(COMPANIES)), site) for site in SITES],
        "ownership": [owns(a, b, draw(percent)) for a, b in held],
        "findings": rows,
    }


POLICIES = st.builds(
    lambda threshold, unknown, decay, least, child, contested: policy(
        f"ownership: {{threshold: {threshold}, unknown_counts: {'yes' if unknown else 'no'}, decay: {decay}}}\n"
        f"minimum_confidence: {least}\nstatuses: {{contested: {{confidence: {contested}}}}}\n"
        f"categories: {{child_labour: {{scored: {'yes' if child else 'no'}}}}}"
    ),
    st.sampled_from([1, 49, 50, 50.5, 100]), st.booleans(), UNIT, UNIT, st.booleans(), UNIT,
)  # fmt: skip


def strengths(graph: Graph, rules: Policy) -> dict[tuple[str, str], float]:
    """Strongest flag by node and class."""
    flags = flags_on(graph, DAY, 0.0, in_force(graph["SUPPLIES"], DAY), rules)
    best: dict[tuple[str, str], float] = {}
    for node, kind, strength in zip(flags["node"], flags["class"], flags["strength"], strict=True):
        best[node, kind] = max(best.get((node, kind), 0.0), strength)
    return best


def by_hand(tables: dict[str, Rows], rules: Policy) -> dict[tuple[str, str], float]:
    """The same, party by party and holding by holding."""
    best: dict[tuple[str, str], float] = {}
    for row in tables["findings"]:
        confidence = row["confidence"] * (dict(rules.confidences).get(row["status"], 1.0))
        if row["status"] == "retracted" or row["category"] not in rules.scored or confidence < rules.minimum_confidence:
            continue
        away = {row["subject_id"]: 0}
        fresh = [row["subject_id"]] if row["includes_subsidiaries"] else []
        while fresh:
            company = fresh.pop(0)
            for held in tables["ownership"]:
                large = rules.unknown_counts if held["percent"] is None else held["percent"] >= rules.threshold
                if held["owner_id"] == company and large and held["owned_id"] not in away:
                    away[held["owned_id"]] = away[company] + 1
                    fresh.append(held["owned_id"])
        for site in tables["facilities"]:
            if (runs := site["operator_id"]) in away:
                away[site["id"]] = min(away.get(site["id"], 99), away[runs])
        for node, steps in away.items():
            kind = "named" if node == row["subject_id"] else "ownership"
            strength = row["severity"] * confidence * rules.decay ** (0 if kind == "named" else steps)
            if strength > 0:
                best[node, kind] = max(best.get((node, kind), 0.0), strength)
    return best


@settings(max_examples=60, deadline=None)
@given(groups(), POLICIES)
def test_flags_are_what_a_plain_walk_finds(tables: dict[str, Rows], rules: Policy) -> None:
    assert strengths(oracles.believed(**tables), rules) == pytest.approx(by_hand(tables, rules))


@settings(max_examples=60, deadline=None)
@given(groups(), POLICIES, POLICIES)
def test_a_stricter_policy_never_flags_more(tables: dict[str, Rows], one: Policy, other: Policy) -> None:
    strict = replace(
        one,
        scored=tuple(sorted({*one.scored} & {*other.scored})),
        confidences=tuple((s, min(a, b)) for (s, a), (_, b) in zip(one.confidences, other.confidences, strict=True)),
        minimum_confidence=max(one.minimum_confidence, other.minimum_confidence),
        threshold=max(one.threshold, other.threshold),
        unknown_counts=one.unknown_counts and other.unknown_counts,
        decay=min(one.decay, other.decay),
    )
    graph = oracles.believed(**tables)
    less, more = strengths(graph, strict), strengths(graph, one)
    for (node, _), strength in less.items():
        assert strength <= max(more.get((node, kind), 0.0) for kind in ("named", "ownership")) + 1e-12


@settings(max_examples=40, deadline=None)
@given(groups())
def test_the_default_is_what_the_oracle_of_exposures_says(tables: dict[str, Rows]) -> None:
    expected: dict[tuple[str, str], float] = {}
    for flag in oracles.flags(tables, DAY):
        key = flag.party, flag.kind
        expected[key] = max(expected.get(key, 0.0), flag.strength)
    assert strengths(oracles.believed(**tables), default_policy()) == pytest.approx(expected)


# --- changed brands --------------------------------------------------------------------------------------------


def test_a_retraction_names_the_brands_that_it_changes_and_no_other() -> None:
    tables: dict[str, Rows] = {
        "organizations": [brand("X"), brand("Y"), brand("Z")],
        "links": [link("A", "X", 0.5), link("A", "Y", 0.25), link("B", "Y", 0.5), link("C", "Z", 1.0)],
    }
    standing = [finding("A"), finding("B")]
    before, after = (
        Day(oracles.graph_of(**tables, findings=rows), Parameters(DAY)).table
        for rows in (standing, [finding("A", status="retracted"), finding("B")])
    )
    found = changed_brands(before, after)
    assert [row["brand"]["id"] for row in found] == ["X", "Y"]
    assert [(row["before"]["score"], row["after"]["score"]) for row in found] == [(0.5, 0.0), (0.75, 0.5)]
    assert changed_brands(after, after) == []
    assert [row["after"]["score"] for row in changed_brands(after, before)] == [0.5, 0.75]


def test_a_brand_whose_figures_come_or_go_is_named() -> None:
    rows = [finding("A")]
    before = Day(oracles.graph_of(organizations=[brand("X")], findings=rows), Parameters(DAY)).table
    after = Day(
        oracles.graph_of(organizations=[brand("X")], findings=rows, links=[link("A", "X", 0.5)]), Parameters(DAY)
    ).table
    (row,) = changed_brands(before, after)
    assert (row["before"]["score"], row["after"]["score"]) == (None, 0.5)

"""Sentences about a brand's figure: every figure in them is one of the exposure, and no word judges."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from graph_core.day import Day, Parameters
from graph_core.viz.sentences import figure_sentences
from graph_core.viz.text import NO_BREAK
from tests import oracles
from tests.days import WHOLE_DAYS, days, usable
from tests.oracles import brand, finding, link, operates

DAY = "2021-06-30"
P = r"(<? ?\d+\.\d %)"
#: Every sentence of the template, with its figures as groups.
TEMPLATE = {
    "no list": rf"X has no list in force on {DAY}: nothing is known of its suppliers, and there is no figure\.",
    "no finding": rf"No finding that counts on a company or site is loaded: there is no figure for X on {DAY}\.",
    "nothing": rf"On {DAY} no known part of the (disclosed )?inputs of X traces(?: over documented links)? to a "
    r"flagged site\.",
    "score": rf"On {DAY}, {P} of the (disclosed )?inputs of X trace to flagged sites, all over documented links\.",
    "inferred": rf"On {DAY}, {P} of the (disclosed )?inputs of X trace to flagged sites, {P} over documented links "
    r"alone; the rest needs links that are inferred\.",
    "suppliers": r"It comes by (.*); the brand has ([\d,]+) disclosed suppliers? on this day\.",
    "sites": r"It ends at (.*)\.",
    "no bounds": r"What part of its inputs the links cover is not stated, so that there are no bounds"
    rf"(?:; {P} pass through suppliers whose own coverage nobody stated)?\.",
    "bounds": rf"Its links cover {P} of its inputs, {P} are unmapped here or further upstream, and by that the figure "
    rf"lies between {P} and {P}(?:, over documented links alone between {P} and {P})?"
    rf"(?:; {P} pass through suppliers whose own coverage nobody stated)?\.",
    "assumed": rf"Where no amounts are known equal shares are assumed, on which {P} rest; by another split the figure "
    rf"lies between {P} and {P}"
    rf"(?:; ask (\S+) first for the volumes of its own suppliers, whose split alone moves it by {P})?\.",
    "cycles": rf"{P} run through (?:a cycle of ([\d,]+) parties|(a party that delivers to itself))"
    r"(?:; there are (\d+) more cycles?)?\.",
    "open": r"(?:(\d+) match(?:es)? waits? for a person to judge and could change this)?(?:; )?"
    r"(?:(\d+) findings? waits? for a country or good to become known and could change this)?(?:; )?"
    r"(?:[Tt]he last statement about its suppliers is ([\d,]+) days? old)?\.",
    "end": r"That is not a statement that (?:it|the rest) is clean\.",
}
#: Words that judge, or that say more than a figure does.
FORBIDDEN = {
    "alarming", "appalling", "bad", "better", "big", "clear", "compliant", "concerning", "considerable", "critical",
    "dangerous", "dirty", "ethical", "excellent", "extreme", "good", "grave", "great", "guilty", "high", "huge",
    "illegal", "important", "large", "likely", "little", "low", "major", "massive", "minor", "moderate", "negligible",
    "poor", "problematic", "responsible", "risky", "safe", "serious", "severe", "shocking", "significant", "slight",
    "small", "strong", "substantial", "suspicious", "tainted", "terrible", "unethical", "unlikely", "very", "weak",
    "worrying", "worse", "worst", "best",
}  # fmt: skip


def shown(share: float) -> str:
    return "< 0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"


def read(day: Day) -> tuple[dict[str, tuple[str | None, ...]], str]:
    """Figures of every sentence by its place in the template, and the whole text."""
    found: dict[str, tuple[str | None, ...]] = {}
    said = [sentence.replace("\u00a0", " ") for sentence in figure_sentences(day.reasons("X"))]
    for sentence in said:
        fits = {name: match.groups() for name, text in TEMPLATE.items() if (match := re.fullmatch(text, sentence))}
        assert len(fits) == 1, f"no sentence of the template, or several: {sentence}"
        assert not found.keys() & fits.keys()
        found |= fits
    assert 2 <= len(said) <= 8
    return found, " ".join(said)


def listed(text: str | None) -> list[tuple[str, str]]:
    """Names and figures of a listing such as ``A (1.0 %), B (2.0 %, by whom) and 2 more sites (3.0 %)``."""
    assert text is not None
    return re.findall(rf"(?:^|, | and )([^(),]+?) \({P}[^()]*\)", text)


def expected_list(rows: list[dict[str, Any]], noun: str) -> list[tuple[str, str]]:
    first = [(row["name"], shown(row["share"])) for row in rows[:3]]
    rest = rows[3:]
    more = f"{len(rest)} more {noun}" + ("s" if len(rest) > 1 else "")
    return first + ([(more, shown(sum(row["share"] for row in rest)))] if rest else [])


def check(day: Day) -> None:
    row = day.exposures(["X"])[0]
    said, text = read(day)
    words = set(re.findall(r"[a-z]+", text.casefold()))
    assert not words & FORBIDDEN
    assert text.endswith("is clean.")
    if row["composition"] is None or row["score"] is None:
        assert set(said) == {"no list" if row["composition"] is None else "no finding", "end"}
        return
    disclosed = "disclosed " if row["coverage"] is None else None
    same = abs(row["score"] - row["documented_only"]) < 5e-5
    if row["score"] == 0:
        assert said["nothing"] == (disclosed,)
        assert not {"score", "inferred", "suppliers", "sites", "cycles"} & set(said)
    else:
        first = (shown(row["score"]), disclosed)
        expected = {"score": first} if same else {"inferred": (*first, shown(row["documented_only"]))}
        assert {name: said[name] for name in ("score", "inferred") if name in said} == expected
        ways = [one for one in day.attribution("X", by="supplier") if one["id"] != "X"]
        own = [one["share"] for one in day.attribution("X", by="supplier") if one["id"] == "X"]
        names = expected_list(ways, "supplier") + [("the brand's own flag", shown(share)) for share in own]
        assert listed(said["suppliers"][0]) == names
        assert said["suppliers"][1] == str(row["suppliers"])
        assert listed(said["sites"][0]) == expected_list(row["attribution"], "site")
    unstated = shown(row["unstated_share"]) if row["unstated_share"] > 0 else None
    if row["coverage"] is None:
        assert said["no bounds"] == (unstated,)
    else:
        keys = ("coverage", "unmapped", "lower", "upper")
        alone = row["documented"]
        apart = max(abs(row[key] - alone[key]) for key in ("lower", "upper")) >= 5e-5
        documented = [shown(alone[key]) if apart else None for key in ("lower", "upper")]
        assert said["bounds"] == (*(shown(row[key]) for key in keys), *documented, unstated)
    if row["ask_first"] or row["split_high"] - row["split_low"] >= 5e-5:
        asked = row["ask_first"][0] if row["ask_first"] else None
        split = [shown(row[key]) for key in ("assumed_share", "split_low", "split_high")]
        assert said["assumed"] == (*split, asked and asked["name"], asked and shown(asked["width"]))
    else:
        assert "assumed" not in said
    through = [one for one in day.cycles("X") if one["through"] > 0]
    if through:
        share, parties, alone, more = said["cycles"]
        number = len(through[0]["parties"])
        assert (share, parties, alone is None) == (
            shown(through[0]["through"]),
            str(number) if number > 1 else None,
            number > 1,
        )
        assert int(more or 0) == len(through) - 1
    waits, data, old = said.get("open", (None, None, None))
    assert (int(waits or 0) + int(data or 0), int(data or 0)) == (row["waiting_reviews"], row["waiting_data"])
    assert (None if old is None else int(old.replace(",", ""))) == row["stale_days"]


@WHOLE_DAYS
@given(days(), st.booleans())
def test_figures_in_the_sentences_are_those_of_the_exposure(
    tables: dict[str, oracles.Rows], documented_only: bool
) -> None:
    assume(usable(tables, DAY))
    check(Day(oracles.believed(**tables), Parameters(DAY, documented_only=documented_only)))


def day(**tables: oracles.Rows) -> Day:
    return Day(oracles.graph_of(**{"organizations": [brand("X"), {"id": "C", "name": "C"}], **tables}), Parameters(DAY))


def test_a_day_with_everything() -> None:
    some = day(
        facilities=[operates("C", "A"), operates("C", "D")],
        links=[
            link("A", "X", valid_from="2021-06-01"),
            link("B", "X", valid_from="2021-06-01"),
            link("F", "B", 0.25),
            link("B", "B", 0.5),
            link("E", "X", evidence="inferred"),
        ],
        findings=[
            finding("C", authority="CBP", valid_from="2020-05-01"),
            finding("F"),
            finding("E", 0.5),
        ],
    )
    check(some)
    assert [sentence.replace("\u00a0", " ") for sentence in figure_sentences(some.reasons("X"))] == [
        "On 2021-06-30, 66.7 % of the disclosed inputs of X trace to flagged sites, 50.0 % over documented links "
        "alone; the rest needs links that are inferred.",
        "It comes by A (33.3 %), B (16.7 %) and E (16.7 %); the brand has 3 disclosed suppliers on this day.",
        "It ends at A (33.3 %, a finding on a company that operates or owns it, by CBP, of 2020-05-01), E (16.7 %, a "
        "finding on the site itself, authority not stated, date not stated) and F (16.7 %, a finding on the site "
        "itself, authority not stated, date not stated).",
        "What part of its inputs the links cover is not stated, so that there are no bounds.",
        "Where no amounts are known equal shares are assumed, on which 66.7 % rest; by another split the figure lies "
        "between 50.0 % and 100.0 %; ask X first for the volumes of its own suppliers, whose split alone moves it by "
        "50.0 %.",
        "16.7 % run through a party that delivers to itself.",
        "The last statement about its suppliers is 29 days old.",
        "That is not a statement that the rest is clean.",
    ]


def test_a_brand_without_a_list_or_a_finding_has_no_figure() -> None:
    check(day())
    check(day(links=[link("A", "X")]))


def test_a_brand_with_a_flag_of_its_own_and_many_suppliers() -> None:
    links = [link(name, "X", 0.1) for name in "ABDEF"]
    check(day(links=links, findings=[*(finding(name) for name in "ABDEF"), finding("X", 0.1)]))


@pytest.mark.parametrize("name", ["\x1b[31mRed", "a\nb", "\u202eturned"])
def test_names_cannot_steer_a_terminal(name: str) -> None:
    some = day(organizations=[brand("X"), {"id": "A", "name": name}], links=[link("A", "X")], findings=[finding("A")])
    assert " ".join(figure_sentences(some.reasons("X"))).replace(NO_BREAK, " ").isprintable()


def test_bounds_over_documented_links_alone_stand_beside_those_over_all() -> None:
    links = [link("T", "X", 0.6), link("E", "X", 0.3), link("F", "T", 0.5), link("G", "T", 0.5, evidence="inferred")]
    some = day(links=links, findings=[finding("F", 0.5)])
    check(some)
    assert "lies between 15.0 % and 25.0 %, over documented links alone between 15.0 % and 55.0 %" in read(some)[1]


def test_what_waits_and_how_old_the_statements_are() -> None:
    reasons = day(links=[link("A", "X", 0.5)], findings=[finding("A")]).reasons("X")

    def said(waiting: int, stale: int | None) -> str:
        exposure = {**reasons["exposure"], "waiting_reviews": waiting, "stale_days": stale}
        return figure_sentences({**reasons, "exposure": exposure})[-2]

    data = figure_sentences({**reasons, "exposure": {**reasons["exposure"], "waiting_reviews": 3, "waiting_data": 2}})
    assert (
        "1 match waits for a person to judge and could change this; 2 findings wait for a country or good" in data[-2]
    )
    assert said(1, None) == "1 match waits for a person to judge and could change this."
    both = "2 matches wait for a person to judge and could change this; the last statement about its suppliers is 1 day"
    assert said(2, 1) == f"{both} old."
    assert said(0, 1200) == "The last statement about its suppliers is 1,200 days old."
    assert "suppliers is" not in said(0, None)

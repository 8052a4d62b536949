"""The exposure bar: one geometry, three drawings."""

from __future__ import annotations

import itertools
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_core.day import Day, Parameters
from graph_core.viz.exposure_bar import FULL, bar, bar_legend, bar_svg, bar_text, lanes_text
from tests import oracles


def exposure(**changes: Any) -> dict[str, Any]:
    """The diamond of the acceptance numbers (A2): flagged .41, unmapped .50, the map ends .09."""
    composition = {"named": 0.32, "ownership": 0.09, "unflagged": 0.09, "unmapped": 0.5}
    documented = {"score": 0.41, "lower": 0.41, "upper": 0.91, "composition": composition}
    return {
        "brand": {"id": "X", "name": "Brand X"},
        "suppliers": 2,
        "score": 0.41,
        "documented_only": 0.41,
        "coverage": 0.5,
        "classes": {"named": 0.32, "ownership": 0.09, "good_country": None, "region": None},
        "documented": documented,
        **documented,
        **changes,
    }


def test_segments_follow_each_other_and_fill_the_bar():
    drawn = bar(exposure())
    assert [segment.kind for segment in drawn.segments] == ["named", "ownership", "unflagged", "unmapped"]
    assert drawn.segments[0].start == 0
    assert drawn.segments[-1].end == pytest.approx(FULL)
    for left, right in itertools.pairwise(drawn.segments):
        assert left.end == pytest.approx(right.start)
    assert [round((s.end - s.start) / FULL, 9) for s in drawn.segments] == pytest.approx(
        [0.32, 0.09, 0.09, 0.5], abs=1e-5
    )
    assert drawn.bracket == pytest.approx((FULL * 0.41, FULL * 0.91))
    assert not drawn.open_end


def test_inferred_indicators_have_lanes_and_never_a_segment():
    shown = exposure(score=0.6, classes={"good_country": 0.2, "region": 0.1})
    drawn = bar(shown)
    assert [(lane.kind, lane.share) for lane in drawn.lanes] == [
        ("with_inferred", 0.6),
        ("good_country", 0.2),
        ("region", 0.1),
    ]
    assert {segment.kind for segment in drawn.segments} == {"named", "ownership", "unflagged", "unmapped"}
    assert sum(segment.share for segment in drawn.segments) == pytest.approx(1)
    assert lanes_text(shown) == "with inferred links 60.0 %, good × country 20.0 %, region 10.0 %"


def test_coverage_not_stated_leaves_the_end_open():
    documented = {**exposure()["documented"], "lower": None, "upper": None}
    shown = exposure(coverage=None, documented=documented)
    assert bar(shown).open_end
    assert bar(shown).bracket is None
    assert bar_text(shown).endswith("?")
    assert "coverage not stated" in bar(shown).words


def test_no_list_in_force_is_said_and_is_no_zero():
    nothing = dict.fromkeys(("score", "lower", "upper", "composition"))
    shown = exposure(
        suppliers=0, score=None, coverage=None, documented=nothing, documented_only=None, classes={}, composition=None
    )
    assert bar(shown).segments == ()
    assert bar(shown).note == "no list in force on this day"
    assert bar_text(shown, 30) == "no list in force on this day  "
    assert "0" not in bar_text(shown)


def test_a_filter_that_took_the_last_link_leaves_a_bar_of_what_is_unmapped():
    links = [oracles.link("F", "X", 0.8, confidence=0.5)]
    graph = oracles.believed(
        organizations=[oracles.brand("X")], facilities=[{"id": "F", "name": "F"}], links=links,
        findings=[oracles.finding("F")],
    )  # fmt: skip
    shown = Day(graph, Parameters("2024-01-01", min_confidence=0.9)).exposures(["X"])[0]
    assert shown["suppliers"] == 0
    drawn = bar(shown)
    assert drawn.note == ""
    assert {segment.kind for segment in drawn.segments if segment.share > 0} == {"unmapped"}


def test_a_trace_is_seen():
    composition = {"named": 1e-6, "ownership": 0.0, "unflagged": 1 - 1e-6, "unmapped": 0.0}
    shown = exposure(documented={**exposure()["documented"], "composition": composition})
    assert bar_text(shown)[0] == "█"
    assert bar(shown).segments[0].end > 0.003


shares = st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(lambda values: sum(values) > 1e-6)


@given(shares=shares, width=st.integers(12, 120), ascii_only=st.booleans())
def test_characters_are_as_many_as_asked_for(shares, width, ascii_only):
    total = sum(shares)
    kinds = ("named", "ownership", "unflagged", "unmapped")
    composition = {kind: share / total for kind, share in zip(kinds, shares, strict=True)}
    shown = exposure(documented={**exposure()["documented"], "composition": composition})
    text = bar_text(shown, width, ascii_only=ascii_only)
    assert len(text) == width
    assert text.isascii() or not ascii_only
    used = "".join(character for character, _ in itertools.groupby(text.rstrip()))
    order = "#%-/" if ascii_only else "█▓─╱"
    assert used == "".join(c for c, share in zip(order, composition.values(), strict=True) if share > 1e-12)


def test_legend_names_every_character():
    for ascii_only in (False, True):
        legend = bar_legend(ascii_only=ascii_only)
        assert all(character in legend for character in bar_text(exposure(), ascii_only=ascii_only).strip())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_svg_is_one_element_with_its_sentence_and_loads_nothing(theme):
    name = '<script>alert(1)</script>" onload="x'
    svg = bar_svg(exposure(brand={"id": "X", "name": name}, score=0.6), theme)
    root = ET.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert name in (root.get("aria-label") or "")
    assert "onload" not in root.attrib
    assert "script" not in {element.tag.rpartition("}")[2] for element in root.iter()}
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")

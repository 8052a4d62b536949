"""A brand's figure over time: every change is a day of its own, and between two nothing moves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_core.change_days import Change, Course
from graph_core.day import Day, Parameters
from graph_core.graph import Graph
from tests import oracles
from tests.days import WHOLE_DAYS, days, usable
from tests.oracles import brand, finding, link

#: On, before and after every day on which the random networks change.
PROBES = ("2019-06-01", "2020-01-01", "2020-12-31", "2021-01-01", "2021-06-30", "2022-01-01", "2025-01-01")


def whole(graph: Graph, parameters: Parameters, day: str, who: str = "X") -> dict[str, Any]:
    """The figure from all of the graph, by the ways of the exposure table."""
    shown = Day(graph, Parameters(day, documented_only=parameters.documented_only)).exposures([who])[0]
    alone = shown["documented"]
    if shown["score"] is None:
        return {"day": day, **dict.fromkeys(("score", "documented", "named", "ownership", "unmapped", "upper"))}
    return {
        "day": day,
        "score": shown["score"],
        "documented": alone["score"],
        "named": alone["composition"]["named"],
        "ownership": alone["composition"]["ownership"],
        "unmapped": None if shown["coverage"] is None else alone["composition"]["unmapped"],
        "upper": alone["upper"],
    }


@WHOLE_DAYS
@given(tables=days(), documented_only=st.booleans())
def test_every_day_has_the_figure_of_the_last_change(tables: Any, documented_only: bool) -> None:
    if not all(usable(tables, day) for day in PROBES):
        return
    graph = oracles.believed(**tables)
    course = Course(graph, Parameters("2024-01-01", documented_only=documented_only), "X")
    changes, left_out = course.days()
    assert left_out == 0
    for day in PROBES:
        expected = whole(graph, course.parameters, day)
        last = max((one.day for one in changes if one.day <= day), default="0001-01-01")
        for found in (course.figure(day), course.figure(last)):
            assert {**found, "day": day} == pytest.approx(expected, abs=1e-9)


LINKS = [
    link("F", "A", 0.5, valid_from="2020-01-01"),
    link("A", "X", 0.4, valid_from="2020-01-01", valid_to="2021-01-01"),
    link("A", "X", 0.6, valid_from="2021-01-01"),
    link("B", "X", 0.2, valid_from="2020-01-01", valid_to="2022-01-01"),
    link("F", "Q", 0.9, valid_from="2020-05-05"),
    link("Q", "Z", 0.9, valid_from="2020-06-06"),
]


def story() -> Graph:
    return oracles.graph_of(
        organizations=[brand("X"), brand("Z"), {"id": "C", "name": "C"}],
        facilities=[{"id": "F", "name": "F", "operator_id": "C"}, *({"id": one, "name": one} for one in "ABQ")],
        links=LINKS,
        findings=[
            finding("C", id="f1", valid_from="2020-03-01", valid_to="2023-01-01", source_title="Order 7"),
            finding("Q", id="f2", valid_from="2020-07-07"),
            finding("F", id="f3", valid_from="2020-08-08", status="retracted"),
            finding("F", id="f4", valid_from="2020-09-09", category="other"),
        ],
    )


def test_what_cannot_reach_the_brand_is_no_change() -> None:
    found, left_out = Course(story(), Parameters("2024-01-01"), "X").days()
    assert left_out == 0
    assert {one.day: one.changes for one in found} == {
        "2020-01-01": (Change("supplier", "begins", 2), Change("upstream", "begins", 1)),
        "2020-03-01": (Change("finding", "begins", 1, ("Order 7",)),),
        "2021-01-01": (Change("supplier", "changes", 1),),
        "2022-01-01": (Change("supplier", "ends", 1),),
        "2023-01-01": (Change("finding", "ends", 1, ("Order 7",)),),
    }


def test_the_figure_over_time() -> None:
    course = Course(story(), Parameters("2024-01-01"), "X")
    scores = {one.day: course.figure(one.day)["score"] for one in course.days()[0]}
    assert scores == pytest.approx(
        {"2020-01-01": 0.0, "2020-03-01": 0.2, "2021-01-01": 0.3, "2022-01-01": 0.3, "2023-01-01": 0.0}
    )
    assert course.figure("2019-12-31")["score"] is None


def test_too_many_days_keep_lists_and_findings_and_say_what_is_left_out() -> None:
    found, left_out = Course(story(), Parameters("2024-01-01"), "X").days(most=3)
    assert [one.day for one in found] == ["2020-01-01", "2020-03-01", "2023-01-01"]
    assert left_out == 2


def test_nobody_has_no_days() -> None:
    assert Course(story(), Parameters("2024-01-01"), "nobody").days() == ([], 0)

"""Scenes and what is drawn in them: tiers, goods by country, figures over time; and both pens' ways with a scene."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from graph_core.change_days import Change, ChangeDay
from graph_core.viz.colours import PALETTE
from graph_core.viz.course_chart import change_words, course_figures, course_scene
from graph_core.viz.heat_chart import NOT_STATED, heat_figures, heat_scene
from graph_core.viz.scene import Box, Line, Scene, Words, svg
from graph_core.viz.tier_chart import tier_figures, tier_scene

HOSTILE = '<img src=x onerror="window.hacked=1">'
SVG = "{http://www.w3.org/2000/svg}"


def boxes(scene: Scene, fill: str | None = None) -> list[Box]:
    """Rectangles but for those of the legend."""
    drawn = (mark for mark in scene.marks if isinstance(mark, Box) and mark.wide != (0, 10))
    return [mark for mark in drawn if fill in (None, mark.fill)]


def texts(scene: Scene) -> list[str]:
    return [mark.text for mark in scene.marks if isinstance(mark, Words)]


def across(x: tuple[float, float], width: float) -> float:
    return x[0] * width + x[1]


def inside(scene: Scene, width: float) -> None:
    """Everything is drawn within the picture."""
    for mark in scene.marks:
        for x in (mark.x, getattr(mark, "to_x", mark.x)):
            assert -1 <= across(x, width) <= width + 1
        if isinstance(mark, Box):
            assert across(mark.x, width) + across(mark.wide, width) <= width + 1
            assert mark.high >= 0
            assert mark.y + mark.high <= scene.height + 1


# --- the pen ---------------------------------------------------------------------------------------------------

SCENE = Scene(
    (
        Box((0.25, 10), 5, (0.5, -20), 12, "named", "background", title=HOSTILE),
        Box((0, 0), 5, (0.1, 0), 12, "unmapped", "hatch", "3 2", 0.5),
        Line((0, 4), 1, (1, -4), 9, "text", 1.25, "2 3"),
        Words((0.5, 3), 20, HOSTILE, "muted", 11, bold=True, anchor="middle"),
    ),
    30,
    f"A picture of {HOSTILE}",
)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_file_has_the_marks_of_the_scene_in_the_colours_of_its_theme(theme):
    root = ET.fromstring(svg(SCENE, theme, 400))
    box, hatched = (rect for rect in root.findall(f"{SVG}rect"))
    assert [float(box.get(name, "nan")) for name in ("x", "y", "width", "height")] == [110, 5, 180, 12]
    assert box.get("fill") == PALETTE[theme]["named"]
    assert (hatched.get("fill"), hatched.get("fill-opacity"), hatched.get("stroke-dasharray")) == (
        f"url(#hatch-{theme})", "0.5", "3 2",
    )  # fmt: skip
    (pattern,) = root.iter(f"{SVG}pattern")
    assert pattern.get("id") == f"hatch-{theme}"
    line = root.findall(f"{SVG}line")[0]
    assert [float(line.get(name, "nan")) for name in ("x1", "x2", "y2")] == [4, 396, 9]
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {
        *("svg", "title", "defs", "pattern", "rect", "line", "text"),
    }
    assert root.findall(f"{SVG}text")[0].text == HOSTILE


def test_a_file_that_leaves_the_page_says_what_it_is_of():
    lines = ("Northfold: exposure. As of 2021-06-30.", "Run 1234.")
    alone, framed = svg(SCENE, width=400), svg(SCENE, width=400, footer=lines)
    root = ET.fromstring(framed)
    assert [text.text for text in root.findall(f"{SVG}text")] == list(lines)
    assert float(root.get("height", "0")) > float(ET.fromstring(alone).get("height", "0"))
    assert root.findall(f"{SVG}rect")[0].get("fill") == PALETTE["light"]["background"]
    for text in root.findall(f"{SVG}text"):
        assert float(text.get("y", "0")) < float(root.get("height", "0"))


def test_the_browser_gets_what_is_not_as_usual():
    first, *_, words = SCENE.data()["marks"]
    assert first == {
        "shape": "box",
        "x": (0.25, 10),
        "y": 5,
        "wide": (0.5, -20),
        "high": 12,
        "fill": "named",
        "line": "background",
        "title": HOSTILE,
    }
    assert words["anchor"] == "middle"
    assert "size" in words
    assert "title" not in words


# --- tiers -----------------------------------------------------------------------------------------------------


def tier(number: int, share: float, ends: float, unmapped: float, **more: Any) -> dict[str, Any]:
    rest = {
        "documented": share,
        "hidden": 0.0,
        "unstated": 0.0,
        "nearest": 1,
        "flagged": 0,
        "parties": 3,
        "at_least": 0,
    }
    return {"tier": number, "share": share, "ends": ends, "unmapped": unmapped, **rest, **more}


def tiers(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"profile": list(rows)}


def test_parts_of_a_tier_are_as_wide_as_its_shares():
    scene = tier_scene(tiers(tier(0, 1.0, 0.0, 0.3), tier(1, 0.7, 0.5, 0.1, at_least=2)))
    full = 1000 - 172 - 64
    widths = {fill: [across(box.wide, 1000) / full for box in boxes(scene, fill)] for fill in ("panel", "hatch")}
    assert widths["panel"] == pytest.approx([0.7, 0.1])
    assert widths["hatch"] == pytest.approx([0.5])
    assert [across(box.wide, 1000) / full for box in boxes(scene, "unmapped")] == pytest.approx([0.3, 0.1])
    assert "5 parties, 2 at least" in texts(scene)
    inside(scene, 1000)
    inside(scene, scene.least_width)


def test_more_tiers_than_are_drawn_stand_in_the_table():
    found = tiers(*(tier(n, 1.0, 0.0, 0.0) for n in range(12)))
    assert "4 further tiers in the table" in texts(tier_scene(found))
    assert len(tier_figures(found).rows) == 12


# --- goods and countries ---------------------------------------------------------------------------------------


def cell(good: str | None, country: str | None, share: float, traced: float = 0.0) -> dict[str, Any]:
    names = {"country": country, "country_name": country}
    return {"good": good, **names, "share": share, "traced": traced, "parties": 1}


def test_what_is_not_stated_has_its_row_and_its_column():
    rows = [cell("cotton", "China", 0.5, 0.2), cell(None, "China", 0.2), cell("cotton", None, 0.1)]
    scene = heat_scene(rows)
    assert texts(scene).count(NOT_STATED) == 2
    assert [mark.anchor for mark in scene.marks if isinstance(mark, Words) and mark.text == NOT_STATED] == [
        "middle",
        "start",
    ]
    assert [re.sub("\u00a0", " ", text) for text in texts(scene) if "%" in text] == [
        *("50.0 %", "20.0 % flagged", "10.0 %", "20.0 %"),
    ]
    # One of four is empty: it is drawn, and it has no figure.
    assert len([box for box in boxes(scene, "") if not box.title]) == 1
    inside(scene, scene.least_width)


def test_small_goods_and_countries_are_added_up_and_never_dropped():
    rows = [cell(f"good {i}", f"country {j}", 0.001 * (1 + i + j)) for i in range(14) for j in range(13)]
    scene = heat_scene(rows)
    assert [text for text in texts(scene) if text in ("4 others", "5 more goods")] == ["4 others", "5 more goods"]
    figures = [float(text.split("\u00a0")[0]) for text in texts(scene) if text.endswith("%")]
    assert sum(figures) == pytest.approx(100 * sum(row["share"] for row in rows), abs=3)
    assert len(heat_figures(rows).rows) == len(rows)


# --- over time -------------------------------------------------------------------------------------------------


def figure(day: str, named: float | None, score: float | None = None) -> dict[str, Any]:
    keys = ("score", "documented", "named", "ownership", "unmapped", "upper")
    if named is None:
        return {"day": day, **dict.fromkeys(keys)}
    values = (score or named, named, named, 0.0, None, None)
    return {"day": day, **dict(zip(keys, values, strict=True))}


DAYS = [
    ChangeDay("2020-01-01", (Change("list", "begins", 1, (HOSTILE,)), Change("supplier", "begins", 1200))),
    ChangeDay("2021-01-01", (Change("finding", "begins", 5, ("a", "b", "c")),)),
    ChangeDay("2022-01-01", (Change("finding", "ends", 1, ("a",)), Change("coverage", "changes", 2))),
]
FIGURES = [figure("2020-01-01", None), figure("2021-01-01", 0.06, 0.08), figure("2022-01-01", 0.02)]


def test_changes_in_words():
    assert change_words(DAYS[0]) == f"list begins: {HOSTILE}; 1,200 links of suppliers begin"
    assert change_words(DAYS[1]) == "findings begin: a, b, c and 2 more"
    assert change_words(DAYS[2]) == "finding ends: a; 2 statements of coverage change"


def test_steps_hold_from_their_day_to_the_next_and_the_last_to_the_end():
    scene = course_scene(DAYS, FIGURES, "2021-06-30", "2022-12-31")
    width = 1000
    steps = [(across(box.x, width), across(box.wide, width), box.high) for box in boxes(scene, "named")]
    assert [round(wide, 0) for _, wide, _ in steps] == pytest.approx([313, 312], abs=2)
    assert steps[0][0] + steps[0][1] == pytest.approx(steps[1][0])
    assert steps[0][2] / steps[1][2] == pytest.approx(3)
    assert steps[1][0] + steps[1][1] == pytest.approx(width - 14)
    inside(scene, width)
    dashed = [mark for mark in scene.marks if isinstance(mark, Line) and mark.dash == "4 3"]
    assert len(dashed) == 1  # only one day has links that are inferred
    assert "shown: 2021-06-30" in texts(scene)


def test_a_time_without_a_figure_is_no_zero():
    scene = course_scene(DAYS, FIGURES, "2021-06-30", "2022-12-31")
    (none,) = (box for box in boxes(scene) if box.title == "from 2020-01-01: no figure")
    assert none.dash
    lines = [mark for mark in scene.marks if isinstance(mark, Line) and mark.line == "text" and not mark.dash]
    assert min(across(line.x, 1000) for line in lines) >= across(none.x, 1000) + across(none.wide, 1000) - 1
    rows = course_figures(DAYS, FIGURES).rows
    assert rows[-1][2] == "no figure"


def test_every_day_can_be_clicked_and_says_what_changed():
    scene = course_scene(DAYS, FIGURES, "2021-06-30", "2022-12-31")
    picks = {box.pick: box.title for box in boxes(scene) if box.pick}
    assert list(picks) == [one.day for one in DAYS]
    assert picks["2022-01-01"].startswith("2022-01-01: 2.0\u00a0% traced to flagged sites. finding ends: a;")
    assert "8.0\u00a0% with inferred links" in picks["2021-01-01"]


@pytest.mark.parametrize(("largest", "top"), [(0.0, 0.0025), (0.003, 0.005), (0.063, 0.08), (0.41, 0.6), (1.0, 1.0)])
def test_the_axis_reaches_over_the_largest_figure_with_few_lines(largest, top):
    scene = course_scene(DAYS[:1], [figure("2020-01-01", largest)], "2020-06-01", "2021-01-01")
    labels = [text for text in texts(scene) if text.endswith("%")]
    assert labels[-1].startswith(f"{100 * top:.1f}")
    assert 2 <= len(labels) <= 5

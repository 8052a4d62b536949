"""A brand's figure over time as a picture: a step on every day on which something behind it changed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from graph_core.change_days import Change, ChangeDay
from graph_core.viz.colours import EVIDENCED, LABEL
from graph_core.viz.scene import LEGEND, Box, Figures, Line, Scene, Words, legend
from graph_core.viz.text import clean, count, listing, percent

_LEFT, _RIGHT, _TOP, _HIGH, _FOOT = 46, 14, LEGEND + 40, 168, 24
_BASE = _TOP + _HIGH
#: Differences that are drawn as one line.
_SAME = 5e-5
#: Width of what can be clicked at a day, in pixels.
_HIT = 16
_YEARS = 7
_LEGEND = (
    *((kind, "", "", LABEL[kind]) for kind in EVIDENCED),
    ("", "text", "4 3", LABEL["with_inferred"]),
    ("", "muted", "2 3", "No figure"),
)
_VERB = {"begins": ("begins", "begin"), "ends": ("ends", "end"), "changes": ("changes", "change")}
_NOUN = {
    "list": ("list", "lists"),
    "finding": ("finding", "findings"),
    "coverage": ("statement of coverage", "statements of coverage"),
    "supplier": ("link of a supplier", "links of suppliers"),
    "holding": ("holding", "holdings"),
    "upstream": ("link further upstream", "links further upstream"),
}
Figure = Mapping[str, Any]


def change_words(day: ChangeDay) -> str:
    """Say what changed on a day."""
    return "; ".join(_said(change) for change in day.changes)


def _said(change: Change) -> str:
    one, many = _NOUN[change.kind]
    verb = _VERB[change.what][0 if change.count == 1 else 1]
    if not change.names:
        return f"{count(change.count, one, many)} {verb}"
    names = [clean(name) for name in change.names]
    if change.count > len(names):
        names.append(f"{change.count - len(names):,} more")
    return f"{one if change.count == 1 else many} {verb}: {listing(names)}"


def course_scene(days: Sequence[ChangeDay], figures: Sequence[Figure], as_of: str, until: str) -> Scene:
    """Draw the figure from each day on.

    Parameters
    ----------
    days : sequence of ChangeDay
        The days that are known, in their order.
    figures : sequence of mapping
        `graph_core.change_days.Course.figure` of each of them.
    as_of : str
        The day that the page shows.
    until : str
        Last day of the picture, if neither a change nor ``as_of`` is later.
    """
    ends = [*(one.day for one in days), as_of, until]
    scale = _Scale(min(ends), max(ends), figures)
    marks = legend(_LEGEND) + scale.axes()
    steps = [*pairwise(figures)] + ([(figures[-1], None)] if figures else [])
    for here, following in steps:
        marks += scale.step(here, following["day"] if following else max(ends))
    marks += scale.risers(figures)
    marks += scale.shown(as_of)
    for day, figure in zip(days, figures, strict=True):
        marks += scale.marker(day, figure)
    return Scene(tuple(marks), _BASE + _FOOT, _words(figures), least_width=340)


class _Scale:
    """Days to places across, shares to places down."""

    def __init__(self, first: str, last: str, figures: Sequence[Figure]) -> None:
        self.first, self.last = (date.fromisoformat(day).toordinal() for day in (first, last))
        self.span = max(1, self.last - self.first)
        drawn = (figure[key] or 0.0 for figure in figures for key in ("documented", "score"))
        self.top, self.tick = _nice(max(drawn, default=0.0))

    def x(self, day: str, pixels: float = 0) -> tuple[float, float]:
        part = (date.fromisoformat(day).toordinal() - self.first) / self.span
        return part, _LEFT + pixels - part * (_LEFT + _RIGHT)

    def wide(self, start: str, end: str) -> tuple[float, float]:
        (a, b), (c, d) = self.x(start), self.x(end)
        return c - a, d - b

    def y(self, share: float) -> float:
        return _BASE - _HIGH * share / self.top

    def axes(self) -> list[Box | Line | Words]:
        marks: list[Box | Line | Words] = []
        for step in range(round(self.top / self.tick) + 1):
            y = self.y(step * self.tick)
            marks.append(Line((0, _LEFT), y, (1, -_RIGHT), y, "line"))
            marks.append(Words((0, _LEFT - 6), y + 4, percent(step * self.tick), "muted", 11, anchor="end"))
        first, last = date.fromordinal(self.first).year, date.fromordinal(self.last).year
        every = max(1, math.ceil((last - first + 1) / _YEARS))
        for year in range(first, last + 1, every):
            day = date(year, 1, 1)
            if self.first <= day.toordinal() <= self.last:
                x = self.x(day.isoformat())
                marks.append(Line(x, _BASE, x, _BASE + 4, "muted"))
                marks.append(Words(x, _BASE + 17, str(year), "muted", 11, anchor="middle"))
        return marks

    def step(self, figure: Figure, end: str) -> list[Box | Line | Words]:
        """What holds from a day on: evidenced classes stacked, as in the bar, and all links as a dashed line."""
        start = figure["day"]
        x, wide = self.x(start), self.wide(start, end)
        if figure["documented"] is None:
            words = f"from {start}: no figure"
            return [Box(x, _BASE - 9, wide, 9, "", "muted", "2 3", title=words)]
        marks: list[Box | Line | Words] = []
        below = 0.0
        for kind in EVIDENCED:
            share = figure[kind]
            if share > 0:
                words = f"from {start}: {LABEL[kind].lower()} {percent(share)}"
                high = _HIGH * share / self.top
                marks.append(Box(x, self.y(below + share), wide, high, kind, title=words))
            below += share
        y = self.y(figure["documented"])
        marks.append(Line(x, y, self.x(end), y, "text", 1.5))
        if _differs(figure):
            y = self.y(figure["score"])
            marks.append(Line(x, y, self.x(end), y, "text", 1.25, "4 3"))
        return marks

    def risers(self, figures: Sequence[Figure]) -> list[Box | Line | Words]:
        marks: list[Box | Line | Words] = []
        for before, here in pairwise(figures):
            if before["documented"] is not None and here["documented"] is not None:
                x = self.x(here["day"])
                marks.append(Line(x, self.y(before["documented"]), x, self.y(here["documented"]), "text", 1.5))
        return marks

    def shown(self, as_of: str) -> list[Box | Line | Words]:
        x = self.x(as_of)
        late = x[0] > 0.5
        label = self.x(as_of, -5 if late else 5)
        return [
            Line(x, LEGEND + 18, x, _BASE, "accent", 1.5, "2 2"),
            Words(label, LEGEND + 15, f"shown: {as_of}", "accent", 11, bold=True, anchor="end" if late else "start"),
        ]

    def marker(self, day: ChangeDay, figure: Figure) -> list[Box | Line | Words]:
        words = f"{day.day}: {figure_words(figure)}. {change_words(day)}."
        x = self.x(day.day)
        return [
            Line(x, _TOP - 8, x, _BASE, "muted", 0.75, "1 3"),
            Box(self.x(day.day, -4), _TOP - 15, (0, 8), 8, "accent", "background", title=words),
            Box(self.x(day.day, -_HIT / 2), _TOP - 19, (0, _HIT), _HIGH + 19, "", title=words, pick=day.day),
        ]


def _differs(figure: Figure) -> bool:
    return bool(abs(figure["score"] - figure["documented"]) > _SAME)


def _nice(largest: float) -> tuple[float, float]:
    """Top of the axis and distance of its lines: round figures, four lines or so, never above 100 %."""
    for tick in (0.0025, 0.005, 0.01, 0.02, 0.025, 0.05, 0.1, 0.2, 0.25):
        steps = math.ceil(largest / tick - 1e-9)
        if steps <= 4:
            return max(1, steps) * tick, tick
    return 1.0, 0.25


def figure_words(figure: Figure) -> str:
    """Say the figure of a day."""
    if figure["documented"] is None:
        return "no figure"
    words = f"{percent(figure['documented'])} traced to flagged sites"
    return f"{words}, {percent(figure['score'])} with inferred links" if _differs(figure) else words


def _words(figures: Sequence[Figure]) -> str:
    said = [f"from {figure['day']} {figure_words(figure)}" for figure in figures]
    return "Exposure over time: " + "; ".join(said[-12:]) + "."


def course_figures(days: Sequence[ChangeDay], figures: Sequence[Figure]) -> Figures:
    """Give the same as a table, the newest day first."""
    heads = ("Day", "What changed", "Traced", "With inferred links", "Not mapped", "Upper bound")
    rows = tuple(
        (
            day.day,
            change_words(day),
            *(percent(figure[key], "no figure") for key in ("documented", "score")),
            *(percent(figure[key], "not stated") for key in ("unmapped", "upper")),
        )
        for day, figure in zip(reversed(days), reversed(figures), strict=True)
    )
    return Figures(heads, rows, (2, 3, 4, 5))

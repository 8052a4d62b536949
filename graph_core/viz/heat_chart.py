"""Inputs of a brand by good and country as a picture. What is not known has a row and a column like any other."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from graph_core.viz.scene import Box, Figures, Line, Scene, Words
from graph_core.viz.text import NO_BREAK, clean, percent, shorten

#: Goods and countries that are drawn by themselves; the smaller ones are added up.
_GOODS, _COUNTRIES = 10, 10
_LEFT, _TOP, _HIGH, _LEAST = 132, 30, 40, 80
#: How much of its colour the fullest cell has: text on it stays readable in both themes.
_FULL = 0.42
NOT_STATED = "Not stated"
Row = Mapping[str, Any]
Cells = dict[tuple[str, str], tuple[float, float]]


def heat_scene(rows: Sequence[Row]) -> Scene:
    """Draw the rows of `graph_core.day.Day.heat`: goods down, countries across, largest first."""
    cells, goods, countries = _folded(rows)
    column = 1 / (len(countries) or 1)
    fullest = max((share for share, _ in cells.values()), default=1.0)
    marks: list[Box | Line | Words] = [
        Words(_middle(place, column), _TOP - 10, shorten(name, 13), "muted", 11, anchor="middle", title=name)
        for place, name in enumerate(countries)
    ]
    for down, good in enumerate(goods):
        y = _TOP + down * _HIGH
        marks.append(Words((0, 0), y + 24, shorten(good, 19), title=good))
        for across, country in enumerate(countries):
            marks += _cell(y, across, column, (good, country), cells, fullest)
    height = _TOP + _HIGH * len(goods) + 2
    return Scene(tuple(marks), height, _words(cells), least_width=_LEFT + _LEAST * len(countries))


def _cell(
    y: float, across: int, column: float, key: tuple[str, str], cells: Cells, fullest: float
) -> list[Box | Line | Words]:
    share, traced = cells.get(key, (0.0, 0.0))
    x, wide = _place(across * column, _LEFT + 1), _place(column, -2)
    if not share:
        return [Box(x, y + 1, wide, _HIGH - 2, "", "line")]
    title = f"{key[0]}, {key[1]}: {percent(share)} of the inputs"
    title += f", {percent(traced)} traced to flagged sites" if traced else ", none traced to a flagged site"
    strength = 0.04 + (_FULL - 0.04) * math.sqrt(share / fullest)
    # What is traced has an edge of its own, so that it does not stand on figures alone.
    edge = "text" if traced else "line"
    middle = _middle(across, column)
    marks: list[Box | Line | Words] = [
        Box(x, y + 1, wide, _HIGH - 2, "accent", strength=strength, title=title),
        Box(x, y + 1, wide, _HIGH - 2, "", edge, title=title),
        Words(middle, y + (17 if traced else 24), percent(share), anchor="middle", title=title),
    ]
    if traced:
        marks.append(
            Words(
                middle,
                y + 31,
                f"{percent(traced)}{NO_BREAK}flagged",
                size=10.5,
                bold=True,
                anchor="middle",
                title=title,
            )
        )
    return marks


def _place(part: float, pixels: float) -> tuple[float, float]:
    return part, pixels - part * _LEFT


def _middle(across: int, column: float) -> tuple[float, float]:
    return _place((across + 0.5) * column, _LEFT)


def _folded(rows: Sequence[Row]) -> tuple[Cells, list[str], list[str]]:
    """Cells with the smaller goods and countries added up, and the names of both in their order."""
    goods = _names([(_good(row), row["share"]) for row in rows], _GOODS, "more goods")
    countries = _names([(_country(row), row["share"]) for row in rows], _COUNTRIES, "others")
    cells: Cells = {}
    for row in rows:
        key = (goods[_good(row)], countries[_country(row)])
        share, traced = cells.get(key, (0.0, 0.0))
        cells[key] = (share + row["share"], traced + row["traced"])
    return cells, list(dict.fromkeys(goods.values())), list(dict.fromkeys(countries.values()))


def _names(shares: Sequence[tuple[str, float]], most: int, others: str) -> dict[str, str]:
    """Name under which each is drawn, largest first, then the added-up ones, then what is not stated."""
    total: dict[str, float] = defaultdict(float)
    for name, share in shares:
        total[name] += share
    unknown = [NOT_STATED] if total.pop(NOT_STATED, None) is not None else []
    ranked = sorted(total, key=lambda name: (-total[name], name))
    alone = ranked if len(ranked) <= most else ranked[: most - 1]
    rest = ranked[len(alone) :]
    return {
        **{name: name for name in alone},
        **dict.fromkeys(rest, f"{len(rest)} {others}"),
        **{name: name for name in unknown},
    }


def _good(row: Row) -> str:
    return clean(row["good"]) if row["good"] else NOT_STATED


def _country(row: Row) -> str:
    return row["country_name"] or NOT_STATED


def _words(cells: Cells) -> str:
    largest = sorted(cells.items(), key=lambda item: (-item[1][0], item[0]))[:3]
    parts = [f"{good} from {country} {percent(share)}" for (good, country), (share, _) in largest]
    return "Inputs by good and country. Largest: " + "; ".join(parts) + "."


def heat_figures(rows: Sequence[Row]) -> Figures:
    """Give the same as a table, nothing added up."""
    heads = ("Good", "Country", "Parties", "Share of inputs", "Of it traced to flagged sites")
    said = tuple(
        (_good(row), _country(row), f"{row['parties']:,}", percent(row["share"]), percent(row["traced"]))
        for row in rows
    )
    return Figures(heads, said, (2, 3, 4))

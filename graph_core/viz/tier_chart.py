"""Tiers behind a brand as a picture: what of its inputs arrives at each, goes on, ends there, or is not mapped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph_core.viz.scene import LEGEND, Box, Figures, Line, Scene, Words, legend
from graph_core.viz.text import count, percent

#: Rows that are drawn; further tiers stand in the table.
_DRAWN = 8
_LEFT, _RIGHT, _ROW, _THICK, _TOP = 172, 64, 38, 16, LEGEND + 8
_HEADS = (
    *("Tier", "Parties", "At least this far", "Flagged", "Inputs that arrive", "Map ends here", "Not mapped here"),
    *("Over documented links", "Over hidden traders", "Coverage not stated"),
)
#: Drawn parts: key of a row of the profile, fill, edge, words.
_PARTS = (
    ("onward", "panel", "muted", "goes on to its suppliers"),
    ("ends", "hatch", "background", "the map ends here"),
    ("unmapped", "unmapped", "hatch", "not mapped here"),
)
_LEGEND = (
    ("panel", "muted", "", "Goes on"),
    ("hatch", "", "", "Map ends here"),
    ("unmapped", "hatch", "", "Not mapped here"),
)
Row = Mapping[str, Any]


def tier_scene(tiers: Row) -> Scene:
    """Draw `graph_core.day.Day.tiers`: a row a tier, 100 % of the brand's inputs wide."""
    profile = tiers["profile"]
    marks = legend(_LEGEND)
    for place, row in enumerate(profile[:_DRAWN]):
        marks += _row(_TOP + place * _ROW, row)
    left_out = len(profile) - _DRAWN
    height = _TOP + _ROW * min(len(profile), _DRAWN)
    if left_out > 0:
        words = f"{count(left_out, 'further tier')} in the table"
        marks.append(Words((0, 0), height + 12, words, "muted"))
        height += 20
    return Scene(tuple(marks), height, _words(profile), least_width=340)


def _row(y: float, row: Row) -> list[Box | Line | Words]:
    name = "The brand" if row["tier"] == 0 else f"Tier {row['tier']}"
    marks: list[Box | Line | Words] = [Words((0, 0), y + 13, name, bold=True)]
    if row["tier"]:
        marks.append(Words((0, 0), y + 27, _parties(row), "muted", 11))
    start = 0.0
    parts = {**row, "onward": onward(row)}
    for key, fill, line, words in _PARTS:
        share = parts[key]
        if share > 0:
            title = f"{name}: {percent(share)} of the brand's inputs {words}"
            inset = 0.5 if line != "background" else 0
            marks.append(
                Box(_across(start, _LEFT), y + inset, _wide(share), _THICK - 2 * inset, fill, line, title=title)
            )
        start += share
    marks.append(Words((1, 0), y + 13, percent(row["share"]), anchor="end"))
    return marks


def onward(row: Row) -> float:
    """Part of what arrives at a tier that its parties get from suppliers that are known."""
    return max(0.0, float(row["share"] - row["ends"] - row["unmapped"]))


def _parties(row: Row) -> str:
    number = row["parties"] + row["at_least"]
    words = count(number, "party", "parties")
    if row["at_least"]:
        words += ", at least this far" if not row["parties"] else f", {row['at_least']:,} at least"
    return words


def _across(part: float, pixels: float) -> tuple[float, float]:
    """A place in the column of bars."""
    return part, pixels - part * (_LEFT + _RIGHT)


def _wide(share: float) -> tuple[float, float]:
    return _across(share, 0)


def _words(profile: list[Row]) -> str:
    parts = [
        f"tier {row['tier']}: {percent(row['share'])} of the inputs arrive, {percent(row['ends'])} end there,"
        f" {percent(row['unmapped'])} are not mapped"
        for row in profile[:_DRAWN]
    ]
    return "Tiers behind the brand. " + "; ".join(parts) + "."


def tier_figures(tiers: Row) -> Figures:
    """Give the same as a table, all tiers."""
    keys = ("share", "ends", "unmapped", "documented", "hidden", "unstated")
    rows = tuple(
        (
            "The brand" if row["tier"] == 0 else str(row["tier"]),
            *(f"{row[key]:,}" for key in ("parties", "at_least", "flagged")),
            *(percent(row[key]) for key in keys),
        )
        for row in tiers["profile"]
    )
    return Figures(_HEADS, rows, tuple(range(1, len(_HEADS))))

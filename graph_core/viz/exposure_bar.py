"""The exposure bar: one drawing for the app, the snapshot page and files, and one in characters.

A bar of 100 % of a brand's disclosed inputs, left to right: traced to flagged sites (named, then ownership), the map
ends without a flag, unmapped (hatched). Where nobody stated the coverage the bar has an open end with a ``?``. A
bracket above spans the bounds. What is only *inferred* has thin dashed lanes of its own below (good x country, region,
the score with inferred links) and is never stacked on the evidenced part.

All functions take an exposure as ``tiertrace exposure --format json`` prints it. The bar is its ``documented`` part:
the composition and bounds over documented links alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph_core.viz.colours import EVIDENCED, INDICATORS, LABEL, Theme
from graph_core.viz.scene import Box, Line, Scene, Words, moved, svg
from graph_core.viz.text import NO_BREAK, clean, percent, shorten

Exposure = Mapping[str, Any]

#: Part of the width that 100 % of the inputs take; the rest is kept for the open end, so that rows compare.
FULL = 0.95
#: A part above zero is drawn at least this wide, so that it is seen.
VISIBLE = 0.004
#: Scores closer than this are one score.
SAME = 5e-5
#: Parts of the bar from left to right.
PARTS = (*EVIDENCED, "unflagged", "unmapped")


@dataclass(frozen=True)
class Segment:
    """One part of the bar. ``start`` and ``end`` are 0..1 of the drawing's width, ``share`` is 0..1 of the inputs."""

    kind: str
    start: float
    end: float
    share: float


@dataclass(frozen=True)
class Lane:
    """One inferred indicator below the bar, from 0 to ``end`` (0..1 of the drawing's width)."""

    kind: str
    end: float
    share: float


@dataclass(frozen=True)
class Bar:
    """Where everything stands.

    Attributes
    ----------
    segments : tuple of Segment
        Evidenced parts from left to right; empty where there is nothing to draw.
    open_end : bool
        Coverage not stated: the bar goes on as unknown.
    bracket : tuple of float or None
        Bounds, 0..1 of the drawing's width; ``None`` where they are not known or coincide.
    lanes : tuple of Lane
        Inferred indicators.
    note : str
        What to show instead of a bar; empty where there is one.
    words : str
        The whole bar as a sentence, for screen readers and tooltips.
    """

    segments: tuple[Segment, ...]
    open_end: bool
    bracket: tuple[float, float] | None
    lanes: tuple[Lane, ...]
    note: str
    words: str


def bar(exposure: Exposure, visible: float = VISIBLE) -> Bar:
    """Compute the geometry of an exposure bar.

    Parameters
    ----------
    exposure : mapping
        One object of ``tiertrace exposure --format json``.
    visible : float
        Least width of a part above zero, 0..1 of the drawing's width.

    Returns
    -------
    Bar
    """
    shown: Exposure = exposure.get("documented") or exposure
    composition: Mapping[str, float | None] | None = shown.get("composition")
    note = missing(exposure)
    shares = [] if note or composition is None else [(kind, composition.get(kind) or 0.0) for kind in PARTS]
    segments = _segments([(kind, share) for kind, share in shares if share > 1e-12], visible)
    lower, upper = shown.get("lower"), shown.get("upper")
    bounded = bool(segments) and lower is not None and upper is not None and upper - lower > SAME
    return Bar(
        segments=segments,
        open_end=bool(segments) and exposure.get("coverage") is None,
        bracket=(FULL * float(lower or 0), FULL * float(upper or 0)) if bounded else None,
        lanes=() if no_list(exposure) else _lanes(exposure, shown, visible),
        note=note,
        words=bar_words(exposure),
    )


def no_list(exposure: Exposure) -> bool:
    """Whether no list is in force; a filter that took a list's last link leaves a figure, all of it unmapped."""
    return not exposure.get("suppliers") and exposure.get("composition") is None


def missing(exposure: Exposure) -> str:
    """Say why an exposure has no figure; empty where it has one."""
    if no_list(exposure):
        return "no list in force on this day"
    if exposure.get("score") is None:
        if unasked(exposure):
            return "named and ownership flags are left out"
        return "no findings that count"
    return ""


def unasked(exposure: Exposure, kinds: Sequence[str] = EVIDENCED) -> bool:
    """Whether none of some classes was asked for, so that they can have no figure: of those that enter the score."""
    chosen = exposure.get("run", {}).get("parameters", {}).get("classes", kinds)
    return not set(chosen) & set(kinds)


def _segments(shares: list[tuple[str, float]], visible: float) -> tuple[Segment, ...]:
    total = max(1.0, sum(share for _, share in shares))
    widths = [max(FULL * share / total, visible) for _, share in shares]
    excess = sum(widths) - max(FULL * sum(share for _, share in shares) / total, visible) if widths else 0.0
    if excess > 0:  # what small parts gained is taken from the largest
        largest = widths.index(max(widths))
        widths[largest] -= excess
    segments, start = [], 0.0
    for (kind, share), wide in zip(shares, widths, strict=True):
        segments.append(Segment(kind, round(start, 6), round(start + wide, 6), share))
        start += wide
    return tuple(segments)


def _lanes(exposure: Exposure, shown: Exposure, visible: float) -> tuple[Lane, ...]:
    classes = exposure.get("classes") or {}
    found = [(kind, classes.get(kind)) for kind in INDICATORS]
    score, base = exposure.get("score"), _documented_score(exposure, shown)
    if score is not None and base is not None and abs(score - base) > SAME:
        found.insert(0, ("with_inferred", score))
    return tuple(Lane(kind, round(max(FULL * share, visible), 6), share) for kind, share in found if share)


def _documented_score(exposure: Exposure, shown: Exposure) -> float | None:
    value = shown.get("score") if shown is not exposure else exposure.get("documented_only")
    return None if value is None else float(value)


def bar_data(drawn: Bar, size: Size | None = None) -> dict[str, Any]:
    """Give the marks of a bar for the browser to draw, or the note that stands in its place; by default in a row."""
    note = "" if drawn.segments else drawn.note or "no figure"
    return {"note": note, "scene": _scene(drawn, size or ROW).data()}


def marks_legend(drawn: Sequence[Bar]) -> list[dict[str, str]]:
    """Explain what is drawn in some bars: the kind of each mark, and its words."""
    kinds = list(PARTS)
    kinds += ["open"] if any(one.open_end for one in drawn) else []
    kinds += ["bounds"] if any(one.bracket for one in drawn) else []
    lanes = {lane.kind for one in drawn for lane in one.lanes}
    kinds += [kind for kind in ("with_inferred", *INDICATORS) if kind in lanes]
    names = {**LABEL, "open": "Coverage not stated", "bounds": "Bounds"}
    names |= {kind: f"{LABEL[kind]} (inferred, apart)" for kind in INDICATORS}
    return [{"kind": kind, "label": names[kind]} for kind in kinds]


def bar_words(exposure: Exposure) -> str:
    """Say in one sentence what the bar shows."""
    name = clean(exposure["brand"]["name"])
    note = missing(exposure)
    if no_list(exposure):
        return f"{name}: {note}."
    parts = []
    shown: Exposure = exposure.get("documented") or exposure
    composition = shown.get("composition")
    if note or composition is None:
        parts.append(note or "no figure")
    else:
        parts.append(
            f"{percent(_sum(composition))} of disclosed inputs traced to flagged sites"
            f" (named {percent(composition['named'] or 0.0)}, ownership {percent(composition['ownership'] or 0.0)})"
        )
        if shown.get("lower") is not None and shown.get("upper") is not None:
            parts.append(f"bounds {percent(shown['lower'])} to {percent(shown['upper'])}")
        parts.append(f"the map ends without a flag {percent(composition['unflagged'] or 0.0)}")
        parts.append(f"unmapped {percent(composition.get('unmapped') or 0.0)}")
        if exposure.get("coverage") is None:
            parts.append("coverage not stated")
    lanes = [f"{LABEL[lane.kind].lower()} {percent(lane.share)}" for lane in _lanes(exposure, shown, 0)]
    parts += ["inferred, kept apart: " + ", ".join(lanes)] if lanes else []
    return f"{name}: {'; '.join(parts)}."


def _sum(composition: Mapping[str, float | None]) -> float:
    return sum(composition.get(kind) or 0.0 for kind in EVIDENCED)


_CELLS = {"named": "█", "ownership": "▓", "unflagged": "─", "unmapped": "╱", "open": "?"}
_ASCII = {"named": "#", "ownership": "%", "unflagged": "-", "unmapped": "/", "open": "?"}


def bar_text(exposure: Exposure, width: int = 40, *, ascii_only: bool = False) -> str:
    """Draw the evidenced part of the bar in characters.

    Parameters
    ----------
    exposure : mapping
        One object of ``tiertrace exposure --format json``.
    width : int
        Characters, at least 10. The last two are kept for the open end, a ``?`` where coverage is not stated.
    ascii_only : bool
        For terminals that show nothing else.

    Returns
    -------
    str
        Exactly ``width`` characters, of one kind for each part (`bar_legend`). A brand without a figure gives the
        reason instead, cut to the width.
    """
    cells = _ASCII if ascii_only else _CELLS
    inner = width - 2
    drawn = bar(exposure, visible=0)
    if not drawn.segments:
        return (drawn.note or "no figure")[:width].ljust(width)
    counts = _cells([segment.share for segment in drawn.segments], inner)
    text = "".join(cells[segment.kind] * n for segment, n in zip(drawn.segments, counts, strict=True))
    return text + (f" {cells['open']}" if drawn.open_end else "  ")


def _cells(shares: list[float], room: int) -> list[int]:
    """Share out whole characters: at least one for each part, rounding by largest remainder."""
    total = sum(shares)
    exact = [share / total * room for share in shares]
    counts = [max(1, int(value)) for value in exact]
    while sum(counts) < room:
        i = max(range(len(exact)), key=lambda k: exact[k] - counts[k])
        counts[i] += 1
    while sum(counts) > room:
        i = max(range(len(exact)), key=lambda k: (counts[k] - exact[k] if counts[k] > 1 else -1e9, counts[k]))
        counts[i] -= 1
    return counts


def bar_legend(*, ascii_only: bool = False) -> str:
    """Explain the characters of `bar_text` in one line."""
    cells = _ASCII if ascii_only else _CELLS
    parts = [f"{cells[kind]} {LABEL[kind].lower()}" for kind in PARTS]
    return "  ".join([*parts, f"{cells['open']} coverage not stated"])


def lanes_text(exposure: Exposure) -> str:
    """Say what stands in the lanes below the bar: inferred, never part of it. Empty where there is none."""
    return ", ".join(f"{LABEL[lane.kind].lower()} {percent(lane.share)}" for lane in bar(exposure).lanes).replace(
        NO_BREAK, " "
    )


@dataclass(frozen=True)
class Size:
    """Pixels above the bar (for the bracket), of the bar, and of each lane below it."""

    top: int
    thick: int
    lane: int


#: Part of the width that names of brands take, and pixels from bar to bar, in a picture of several.
_NAMES, _STEP = 0.25, 44
#: In a row of a table, beside one that it is compared with, and alone on a page.
ROW, SIDE, PAGE = Size(top=9, thick=14, lane=8), Size(top=8, thick=22, lane=9), Size(top=12, thick=26, lane=10)


def bar_scene(exposure: Exposure, size: Size = ROW) -> Scene:
    """Draw the bar as marks, for any pen: no x has pixels, so that it follows the width of its place."""
    return _scene(bar(exposure), size)


def _scene(drawn: Bar, size: Size) -> Scene:
    top, bottom = size.top, size.top + size.thick
    marks: list[Box | Line | Words] = []
    if not drawn.segments:
        marks.append(Words((0, 0), bottom - 2, drawn.note or "no figure", "muted"))
    for segment in drawn.segments:
        inset, line = (0.5, "hatch") if segment.kind == "unmapped" else (0, "background")
        wide = segment.end - segment.start
        marks.append(Box((segment.start, 0), top + inset, (wide, 0), size.thick - 2 * inset, segment.kind, line))
    if drawn.open_end:
        start = drawn.segments[-1].end
        edges = (top + 0.5, bottom - 0.5)
        marks += [Line((start, 0), y, (1, 0), y, "hatch", dash="2 3") for y in edges]
        middle = top + size.thick / 2 + 4.5
        marks.append(Words(((start + 1) / 2, 0), middle, "?", "muted", 12.5, bold=True, anchor="middle"))
    if drawn.bracket:
        lower, upper = ((value, 0.0) for value in drawn.bracket)
        marks.append(Line(lower, top - 5, upper, top - 5, "text", 1.25))
        marks += [Line(x, top - 5.6, x, top - 1, "text", 1.25) for x in (lower, upper)]
    for row, lane in enumerate(drawn.lanes):
        fill = "" if lane.kind == "with_inferred" else lane.kind
        marks.append(Box((0.0005, 0), bottom + 4 + size.lane * row, (lane.end, 0), 5, fill, "muted", "3 2"))
    return Scene(tuple(marks), bottom + 3 + size.lane * max(1, len(drawn.lanes)), drawn.words)


def bar_svg(
    exposure: Exposure, theme: Theme = "light", width: int = 640, size: Size = ROW, footer: Sequence[str] = ()
) -> str:
    """Draw the bar as a stand-alone SVG, see `graph_core.viz.scene.svg`; names are escaped, nothing is loaded."""
    return svg(bar_scene(exposure, size), theme, width, footer)


def bars_svg(exposures: Sequence[Exposure], caption: str, theme: Theme = "light", width: int = 960) -> str:
    """Draw several brands as one stand-alone SVG: names left, bars right, below them what they show.

    Parameters
    ----------
    exposures : sequence of mappings
        Objects of ``tiertrace exposure --format json``, in the order in which they are drawn.
    caption : str
        Entity, day and evidence.
    theme : {"light", "dark"}
        Colours.
    width : int
        Pixels.
    """
    drawn = [(shorten(row["brand"]["name"], 30), bar_scene(row)) for row in exposures]
    marks: list[Box | Line | Words] = []
    for place, (name, scene) in enumerate(drawn):
        marks.append(Words((0, 0), _STEP * place + ROW.top + ROW.thick - 2, name))
        marks += [moved(mark, _NAMES, _STEP * place) for mark in scene.marks]
    words = f"{caption} " + " ".join(scene.words for _, scene in drawn)
    return svg(Scene(tuple(marks), _STEP * len(drawn), words), theme, width, [caption])

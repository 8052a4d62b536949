"""The exposure bar: one geometry, drawn the same way in the app, in reports and in characters.

A bar of 100 % of a brand's disclosed inputs, left to right: traced to flagged sites (named, then ownership), the map
ends without a flag, unmapped (hatched). Where nobody stated the coverage the bar has an open end with a ``?``. A
bracket above spans the bounds. What is only *inferred* has thin dashed lanes of its own below (good x country, region,
the score with inferred links) and is never stacked on the evidenced part.

All functions take an exposure as ``tiertrace exposure --format json`` prints it. The bar is its ``documented`` part:
the composition and bounds over documented links alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from graph_core.viz.colours import EVIDENCED, INDICATORS, LABEL, PALETTE, Theme
from graph_core.viz.text import NO_BREAK, clean, percent, shorten

Exposure = Mapping[str, Any]

#: Part of the width that 100 % of the inputs take; the rest is kept for the open end, so that rows compare.
FULL = 0.95
#: A part above zero is drawn at least this wide, so that it is seen.
VISIBLE = 0.004
#: Scores closer than this are one score.
SAME = 5e-5
_ORDER = (*EVIDENCED, "unflagged", "unmapped")


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
    shares = [] if note or composition is None else [(kind, composition.get(kind) or 0.0) for kind in _ORDER]
    segments = _segments([(kind, share) for kind, share in shares if share > 1e-12], visible)
    lower, upper = shown.get("lower"), shown.get("upper")
    bounded = bool(segments) and lower is not None and upper is not None and upper - lower > SAME
    return Bar(
        segments=segments,
        open_end=bool(segments) and exposure.get("coverage") is None,
        bracket=(FULL * float(lower or 0), FULL * float(upper or 0)) if bounded else None,
        lanes=() if not exposure.get("suppliers") else _lanes(exposure, shown, visible),
        note=note,
        words=bar_words(exposure),
    )


def missing(exposure: Exposure) -> str:
    """Say why an exposure has no figure; empty where it has one."""
    # A filter that took the last link leaves a figure: all of it is unmapped.
    if not exposure.get("suppliers") and exposure.get("composition") is None:
        return "no list in force on this day"
    if exposure.get("score") is None:
        if unasked(exposure):
            return "named and ownership flags are left out"
        return "no findings on companies or sites loaded"
    return ""


def unasked(exposure: Exposure) -> bool:
    """Whether no class that enters the score was asked for, so that there can be none."""
    chosen = exposure.get("run", {}).get("parameters", {}).get("classes", EVIDENCED)
    return not set(chosen) & set(EVIDENCED)


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


def bar_data(exposure: Exposure) -> dict[str, Any]:
    """Give the geometry as plain data, for the browser to draw."""
    return asdict(bar(exposure))


def bar_words(exposure: Exposure) -> str:
    """Say in one sentence what the bar shows."""
    name = clean(exposure["brand"]["name"])
    note = missing(exposure)
    if not exposure.get("suppliers"):
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
    parts = [f"{cells[kind]} {LABEL[kind].lower()}" for kind in _ORDER]
    return "  ".join([*parts, f"{cells['open']} coverage not stated"])


def lanes_text(exposure: Exposure) -> str:
    """Say what stands in the lanes below the bar: inferred, never part of it. Empty where there is none."""
    return ", ".join(f"{LABEL[lane.kind].lower()} {percent(lane.share)}" for lane in bar(exposure).lanes).replace(
        NO_BREAK, " "
    )


_TOP, _THICK, _LANE = 9, 16, 8


def bar_svg(exposure: Exposure, theme: Theme = "light", width: int = 640) -> str:
    """Draw the bar as a stand-alone SVG.

    Parameters
    ----------
    exposure : mapping
        One object of ``tiertrace exposure --format json``.
    theme : {"light", "dark"}
        Colours.
    width : int
        Pixels.

    Returns
    -------
    str
        One ``<svg>`` element with its sentence as ``<title>`` and label; names are escaped, nothing is loaded. All bars
        of a theme define the same hatch under the same id, so that several fit on one page.
    """
    drawn, colour = bar(exposure), PALETTE[theme]
    height = _TOP + _THICK + 4 + _LANE * max(1, len(drawn.lanes))
    hatch = f"hatch-{theme}"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' role="img" aria-label={quoteattr(drawn.words)}><title>{escape(drawn.words)}</title>'
        f'<defs><pattern id="{hatch}" width="5" height="5" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)"><rect width="5" height="5" fill="{colour["hatch_background"]}"/>'
        f'<line x1="0" y1="0" x2="0" y2="5" stroke="{colour["hatch"]}" stroke-width="1.3"/></pattern></defs>'
    )
    out = [head]
    if not drawn.segments:
        out.append(_svg_text(2, _TOP + 12, drawn.note or "no figure", colour["muted"]))
    for segment in drawn.segments:
        x, wide = segment.start * width, (segment.end - segment.start) * width
        if segment.kind == "unmapped":
            out.append(_svg_rect(x, _TOP + 0.5, wide - 0.5, _THICK - 1, f"url(#{hatch})", colour["hatch"]))
        else:
            out.append(_svg_rect(x, _TOP, max(wide - 1, 1), _THICK, colour[segment.kind]))
    if drawn.open_end:
        x, end = drawn.segments[-1].end * width, width - 0.5
        edges = (_TOP + 0.5, _TOP + _THICK - 0.5)
        out += [_svg_line(x, y, end, y, colour["hatch"], "2 3") for y in edges]
        out.append(_svg_text((x + end) / 2 - 4, _TOP + 13, "?", colour["muted"], bold=True))
    if drawn.bracket:
        lower, upper = (value * width for value in drawn.bracket)
        out.append(
            f'<path d="M{lower:.2f} {_TOP - 1}V{_TOP - 5}H{upper:.2f}V{_TOP - 1}" fill="none"'
            f' stroke="{colour["text"]}" stroke-width="1.25"/>'
        )
    for row, lane in enumerate(drawn.lanes):
        y, fill = _TOP + _THICK + 4 + _LANE * row, colour.get(lane.kind, "none")
        out.append(_svg_rect(0.5, y, lane.end * width - 0.5, 5, fill, colour["text"], "3 2"))
    return "".join(out) + "</svg>"


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
    colour, names, high = PALETTE[theme], width // 4, 44
    rows = []
    for place, exposure in enumerate(exposures):
        y = 8 + high * place
        rows.append(_svg_text(12, y + _TOP + 13, shorten(exposure["brand"]["name"], 30), colour["text"]))
        rows.append(f'<g transform="translate({names} {y})">{bar_svg(exposure, theme, width - names - 12)}</g>')
    height = 8 + high * len(exposures) + 24
    rows.append(_svg_text(12, height - 10, caption, colour["muted"]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="{colour["background"]}"/>{"".join(rows)}</svg>'
    )


def _svg_rect(x: float, y: float, wide: float, high: float, fill: str, stroke: str = "", dash: str = "") -> str:
    line = f' stroke="{stroke}" stroke-width="1"' if stroke else ""
    line += f' stroke-dasharray="{dash}"' if dash else ""
    return f'<rect x="{x:.2f}" y="{y}" width="{wide:.2f}" height="{high}" fill="{fill}"{line}/>'


def _svg_line(x1: float, y1: float, x2: float, y2: float, stroke: str, dash: str) -> str:
    return (
        f'<line x1="{x1:.2f}" y1="{y1}" x2="{x2:.2f}" y2="{y2}" stroke="{stroke}" stroke-width="1"'
        f' stroke-dasharray="{dash}"/>'
    )


def _svg_text(x: float, y: float, text: str, fill: str, *, bold: bool = False) -> str:
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text x="{x:.2f}" y="{y}" font-family="Inter, Arial, sans-serif" font-size="12"{weight}'
        f' fill="{fill}">{escape(text)}</text>'
    )

"""A picture as plain marks: what is drawn is decided once; two pens draw it, `svg` here and ``draw`` in the browser.

Every x is a part of the picture's width and some pixels, ``part * width + pixels``, so that one scene fits any width.
Every y is in pixels from the top. Colours are names of `graph_core.viz.colours.PALETTE`: a file has those of one theme,
the app follows its theme live. ``unmapped`` is the hatch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any
from xml.etree import ElementTree as ET

from graph_core.viz.colours import PALETTE, Theme
from graph_core.viz.text import clean

X = tuple[float, float]
#: The hatch of what is unmapped: edge of its tile and width of its line, in pixels.
HATCH = (5, 1.3)
_FONT = "Inter, 'Noto Sans', Arial, sans-serif"
_FOOTER, _MARGIN = 16, 12


@dataclass(frozen=True)
class Box:
    """A rectangle. ``strength`` 0..1 is how much of its colour it has; a ``pick`` can be clicked and says its name."""

    x: X
    y: float
    wide: X
    high: float
    fill: str = ""
    line: str = ""
    dash: str = ""
    strength: float = 1.0
    title: str = ""
    pick: str = ""


@dataclass(frozen=True)
class Line:
    """A straight line."""

    x: X
    y: float
    to_x: X
    to_y: float
    line: str
    thick: float = 1.0
    dash: str = ""


@dataclass(frozen=True)
class Words:
    """One line of text, ``y`` at its foot."""

    x: X
    y: float
    text: str
    fill: str = "text"
    size: float = 12
    bold: bool = False
    anchor: str = "start"
    title: str = ""


@dataclass(frozen=True)
class Scene:
    """Marks from back to front, the height in pixels, the least width, and the whole picture as a sentence."""

    marks: tuple[Box | Line | Words, ...]
    height: float
    words: str
    least_width: int = 0

    def data(self) -> dict[str, Any]:
        """Plain values for the browser; what is as usual is left out."""
        marks = [{"shape": type(mark).__name__.lower(), **_unusual(mark)} for mark in self.marks]
        return {"marks": marks, "height": self.height, "words": self.words, "least_width": self.least_width}


@dataclass(frozen=True)
class Figures:
    """What a picture shows as a table: for who cannot see it, and for who wants the numbers."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...]

    def data(self) -> dict[str, Any]:
        """Plain values for the browser."""
        return {"heads": list(self.heads), "rows": [list(row) for row in self.rows], "numeric": list(self.numeric)}


#: Height of a legend, and about how wide a letter of it is, in pixels.
LEGEND, _LETTER = 22, 6.4


def legend(items: Sequence[tuple[str, str, str, str]]) -> list[Box | Line | Words]:
    """Explain the marks of a scene in one line at its top: of each kind fill, edge, dash and name."""
    marks: list[Box | Line | Words] = []
    x = 0.5
    for fill, line, dash, name in items:
        marks.append(Box((0, x), 2.5, (0, 10), 10, fill, line, dash))
        marks.append(Words((0, x + 16), 12, name, "muted", 11.5))
        x += 34 + _LETTER * len(name)
    return marks


def moved(mark: Box | Line | Words, left: float, down: float) -> Box | Line | Words:
    """A mark in the right of a wider picture: ``left`` is the part of its width before it, ``down`` is in pixels."""

    def at(x: X) -> X:
        return left + (1 - left) * x[0], x[1]

    if isinstance(mark, Box):
        return replace(mark, x=at(mark.x), y=mark.y + down, wide=((1 - left) * mark.wide[0], mark.wide[1]))
    if isinstance(mark, Line):
        return replace(mark, x=at(mark.x), y=mark.y + down, to_x=at(mark.to_x), to_y=mark.to_y + down)
    return replace(mark, x=at(mark.x), y=mark.y + down)


def _unusual(mark: Box | Line | Words) -> dict[str, Any]:
    values = ((one.name, getattr(mark, one.name), one.default) for one in fields(mark))
    return {name: value for name, value, usual in values if usual is MISSING or value != usual}


def svg(scene: Scene, theme: Theme = "light", width: int = 640, footer: Sequence[str] = ()) -> str:
    """Draw a scene as a stand-alone SVG.

    Parameters
    ----------
    scene : Scene
        What to draw.
    theme : {"light", "dark"}
        Colours.
    width : int
        Pixels.
    footer : sequence of str
        Lines below the picture that say what it is of. With a footer the picture has a margin and a background: it is
        meant to leave the page.

    Returns
    -------
    str
        One ``<svg>`` element with the scene's sentence as ``<title>`` and label. Nothing is loaded. All pictures of a
        theme define the same hatch under the same id, so that several fit on one page.
    """
    colour = PALETTE[theme]
    margin = _MARGIN if footer else 0
    foot = _FOOTER * len(footer) + (_MARGIN if footer else 0)
    size = {"width": width, "height": scene.height + 2 * margin + foot}
    root = _element("svg", xmlns="http://www.w3.org/2000/svg", **size, role="img", aria_label=scene.words)
    root.set("viewBox", f"0 0 {width} {_number(size['height'])}")
    ET.SubElement(root, "title").text = scene.words
    root.append(_hatch(theme))
    if footer:
        root.append(_element("rect", **size, fill=colour["background"]))
    inside = _element("g", transform=f"translate({margin} {margin})") if footer else root
    for mark in scene.marks:
        inside.append(_drawn(mark, width - 2 * margin, theme))
    if footer:
        root.append(inside)
    for place, line in enumerate(footer, start=1):
        words = Words((0, margin), scene.height + 2 * margin + _FOOTER * place, clean(line), "muted", 11)
        root.append(_drawn(words, width, theme))
    return ET.tostring(root, encoding="unicode")


def _hatch(theme: Theme) -> ET.Element:
    colour, (edge, thick) = PALETTE[theme], HATCH
    defs = _element("defs")
    tile = {"id": f"hatch-{theme}", "width": edge, "height": edge, "patternTransform": "rotate(45)"}
    pattern = ET.SubElement(defs, "pattern", {**_plain(tile), "patternUnits": "userSpaceOnUse"})
    pattern.append(_element("rect", width=edge, height=edge, fill=colour["hatch_background"]))
    pattern.append(_element("line", x1=0, y1=0, x2=0, y2=edge, stroke=colour["hatch"], stroke_width=thick))
    return defs


def _drawn(mark: Box | Line | Words, width: float, theme: Theme) -> ET.Element:
    def across(x: X) -> float:
        return x[0] * width + x[1]

    def paint(name: str) -> str:
        return f"url(#hatch-{theme})" if name == "unmapped" else PALETTE[theme].get(name, "none")

    if isinstance(mark, Box):
        drawn = _element(
            "rect", x=across(mark.x), y=mark.y, width=max(0.0, across(mark.wide)), height=mark.high,
            fill=paint(mark.fill), fill_opacity=mark.strength, stroke=paint(mark.line) if mark.line else None,
            stroke_dasharray=mark.dash,
        )  # fmt: skip
    elif isinstance(mark, Line):
        drawn = _element(
            "line", x1=across(mark.x), y1=mark.y, x2=across(mark.to_x), y2=mark.to_y, stroke=paint(mark.line),
            stroke_width=mark.thick, stroke_dasharray=mark.dash,
        )  # fmt: skip
    else:
        drawn = _element(
            "text", x=across(mark.x), y=mark.y, fill=paint(mark.fill), font_size=mark.size, font_family=_FONT,
            font_weight=600 if mark.bold else None, text_anchor=mark.anchor,
        )  # fmt: skip
        drawn.text = mark.text
    if getattr(mark, "title", ""):
        ET.SubElement(drawn, "title").text = mark.title  # type: ignore[union-attr]  # lines have none
    return drawn


def _element(tag: str, **attributes: Any) -> ET.Element:
    return ET.Element(tag, _plain({name.replace("_", "-"): value for name, value in attributes.items()}))


def _plain(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Attributes as text, without those that say nothing."""
    said = ((name, value) for name, value in attributes.items() if value not in (None, ""))
    return {name: _number(value) if isinstance(value, float) else str(value) for name, value in said}


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")

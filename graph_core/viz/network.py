"""The neighbourhood of a brand as a pyvis network: own positions, no physics, plain text everywhere.

pyvis treats some text as markup (a title that holds ``href`` becomes inner HTML), so `plain` takes out what could be
one, and nothing here sets a heading or a menu. What is drawn is `graph_core.viz.network_html` for a file of its own,
or the app's network component.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Mapping
from typing import Any

from pyvis.network import Network

from graph_core.neighbourhood import Neighbourhood
from graph_core.viz.colours import MARK, PALETTE, Theme
from graph_core.viz.layout import CELL_HEIGHT, Column, Layout, tier_columns
from graph_core.viz.text import clean, percent, two_lines

_OPTIONS = {
    "physics": {"enabled": False},
    "interaction": {"hover": True, "dragNodes": False, "selectConnectedEdges": True, "keyboard": False},
    "edges": {"smooth": {"enabled": True, "type": "cubicBezier", "forceDirection": "horizontal", "roundness": 0.5}},
}
#: Typeface of labels.
FONT = "Inter, Arial, sans-serif"
#: Prefix of the ids of column headings, which are no parties.
HEADING = "tier-heading:"


def plain(text: str) -> str:
    """Take out of a text everything that pyvis or vis-network could treat as markup."""
    text = clean(text).replace("<", "‹").replace(">", "›")
    return re.sub(r"(?i)(h)(ref)", "\\1\u200b\\2", text)


def network(shown: Neighbourhood, brand: str, theme: Theme = "light") -> tuple[Network, Layout]:
    """Build the pyvis network of a neighbourhood.

    Parameters
    ----------
    shown : Neighbourhood
        Nodes with ``id, name, country, tier, tier_is_minimum, class, carries``; links with ``supplier, buyer, share,
        basis, evidence, class, valid_from``.
    brand : str
        Id of the brand, at the right.
    theme : {"light", "dark"}
        Colours.

    Returns
    -------
    Network
        Options set, positions fixed.
    Layout
        Where everything stands.
    """
    colour = PALETTE[theme]
    layout = tier_columns(shown.nodes, shown.links)
    net = empty_network(theme)
    for column in layout.columns:
        net.add_node(f"{HEADING}{column.tier}", **_heading(column, colour))
    for node in shown.nodes.to_dict("records"):
        net.add_node(str(node["id"]), **_node(_plain(node), brand, layout.positions[str(node["id"])], colour))
    for link in shown.links.to_dict("records"):
        net.add_edge(str(link["supplier"]), str(link["buyer"]), **_edge(_plain(link), colour))
    return net, layout


def empty_network(theme: Theme) -> Network:
    """A network without nodes, with the options that every picture has."""
    background = PALETTE[theme]["background"]
    net = Network(height="100%", width="100%", directed=True, cdn_resources="in_line", bgcolor=background)
    net.set_options(json.dumps(_OPTIONS))
    return net


def _heading(column: Column, colour: dict[str, str]) -> dict[str, Any]:
    words = "Brand" if column.tier == 0 else tier_words(column.tier, minimum=column.minimum).capitalize()
    return {
        "label": words,
        "title": words,
        "x": column.x,
        "y": column.top - CELL_HEIGHT,
        "shape": "text",
        "physics": False,
        "font": {"size": 16, "color": colour["muted"], "face": FONT},
    }


def tier_words(tier: int, *, minimum: bool) -> str:
    """Name a tier: ``tier 2``, or ``at least tier 2`` where an indirect link is on the way."""
    return f"at least tier {tier}" if minimum else f"tier {tier}"


def _plain(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    return {str(key): value for key, value in row.items()}


def _class(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _node(node: dict[str, Any], brand: str, place: tuple[float, float], colour: dict[str, str]) -> dict[str, Any]:
    kind = _class(node["class"])
    mark = kind or _class(node.get("indicator")) or ""
    border = colour["accent"] if node["id"] == brand else colour.get(mark, colour["line"])
    label = two_lines(str(node["name"]), (14 if str(node["name"]).isupper() else 18) - 2 * bool(mark))
    country = _class(node["country"])
    return {
        "label": (MARK[mark] + " " if mark in MARK else "") + label,
        "title": plain(f"{node['name']}{', ' + country if country else ''}; carries {percent(node['carries'])}"),
        "x": place[0],
        "y": place[1],
        "physics": False,
        "shape": "box",
        "margin": 6,
        "borderWidth": 2.4 if kind or node["id"] == brand else 1,
        "borderWidthSelected": 3,
        "shapeProperties": {"borderDashes": [4, 3] if mark == "good_country" else False},
        "widthConstraint": {"minimum": 146, "maximum": 160},
        "font": {"size": 14, "align": "left", "face": FONT, "color": colour["text"]},
        "color": {
            "background": colour["panel"],
            "border": border,
            "highlight": {"background": colour["panel"], "border": colour["text"]},
            "hover": {"background": colour["panel"], "border": colour["text"]},
        },
    }


def _edge(link: dict[str, Any], colour: dict[str, str]) -> dict[str, Any]:
    kind = _class(link["class"])
    share = link["share"]
    since = _class(link["valid_from"])
    words = [percent(share), str(link["basis"]).replace("_", " "), link["evidence"], f"from {since}" if since else ""]
    return {
        "title": plain(", ".join(word for word in words if word)),
        "width": 0.8 + (4.5 if kind else 1.8) * float(share),
        "dashes": [6, 5] if link["evidence"] == "inferred" else False,
        "color": {
            "color": colour.get(kind or "", colour["hatch"]),
            "opacity": 0.8 if kind else 0.35,
            "highlight": colour["accent"],
            "hover": colour["accent"],
        },
        "arrows": {"to": {"enabled": True, "scaleFactor": 0.35}},
    }

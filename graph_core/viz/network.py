"""The neighbourhood of a party as a pyvis network: own positions, no physics, plain text everywhere.

pyvis treats some text as markup (a title that holds ``href`` becomes inner HTML), so `plain` takes out what could be
one, and nothing here sets a heading or a menu. What is drawn is `graph_core.viz.network_html` for a file of its own,
or the app's network component.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Hashable, Mapping
from typing import Any

import pandas as pd
from pyvis.network import Network

from graph_core.neighbourhood import GROUP, MARKS, OTHERS, Neighbourhood
from graph_core.viz.colours import EVIDENCED, MARK, PALETTE, Theme
from graph_core.viz.layout import CELL_HEIGHT, Column, Layout, tier_columns
from graph_core.viz.text import clean, count, percent, two_lines, width

#: Nodes that are drawn with their names, where there are more than fit; groups and what the reader chose come on top.
NAMED, FIT = 60, 100
#: Links from which on they are drawn straight and left away while the picture is moved.
STRAIGHT = 400
#: Typeface of labels.
FONT = "Inter, Arial, sans-serif"
_SHAPE = {"named": "square", "ownership": "diamond", "good_country": "dot", "region": "triangle", "unflagged": "square"}
#: Prefix of the ids of column headings, which are no parties.
HEADING = "tier-heading:"


def plain(text: str) -> str:
    """Take out of a text everything that pyvis or vis-network could treat as markup."""
    text = clean(text).replace("<", "‹").replace(">", "›")
    return re.sub(r"(?i)(h)(ref)", "\\1\u200b\\2", text)


def network(
    shown: Neighbourhood, centre: str, theme: Theme = "light", kept: Collection[str] = ()
) -> tuple[Network, Layout]:
    """Build the pyvis network of a neighbourhood.

    Parameters
    ----------
    shown : Neighbourhood
        What is drawn.
    centre : str
        Id of the party that it is around; a brand stands at the right.
    theme : {"light", "dark"}
        Colours.
    kept : collection of str
        Ids of pinned parties: drawn with a thick border and their names.

    Returns
    -------
    Network
        Options set, positions fixed.
    Layout
        Where everything stands.
    """
    colour = PALETTE[theme]
    marks = _without_names(shown.nodes, {centre, *kept})
    layout = tier_columns(shown.nodes, shown.links, marks=marks)
    net = empty_network(theme, len(shown.links))
    for column in layout.columns:
        net.add_node(f"{HEADING}{column.number}", **_heading(column, shown, centre, colour))
    for row in shown.nodes.to_dict("records"):
        node = _plain(row)
        place = dict(zip("xy", layout.positions[node["id"]], strict=True))
        look = _small(node) if node["id"] in marks else _box(node, centre, kept, colour)
        net.add_node(node["id"], title=plain(node_words(node)), **place, **look)
    for row in shown.links.to_dict("records"):
        link = _plain(row)
        look = _edge(link, colour, many=len(shown.links) > STRAIGHT)
        net.add_edge(link["supplier"], link["buyer"], title=plain(link_words(link)), **look)
    return net, layout


def empty_network(theme: Theme, links: int = 0) -> Network:
    """A network without nodes, with the options that pictures of so many links have."""
    colour = PALETTE[theme]
    net = Network(height="100%", width="100%", directed=True, cdn_resources="in_line", bgcolor=colour["background"])
    net.set_options(json.dumps(_options(links, colour)))
    return net


def _options(links: int, colour: dict[str, str]) -> dict[str, Any]:
    """What holds for the whole picture; looks that many nodes share stand here once."""
    many = links > STRAIGHT
    curved = {"enabled": True, "type": "cubicBezier", "forceDirection": "horizontal", "roundness": 0.5}
    return {
        "physics": {"enabled": False},
        "layout": {"improvedLayout": False},
        "interaction": {
            "hover": not many,
            "dragNodes": False,
            "selectConnectedEdges": True,
            "keyboard": False,
            "hideEdgesOnDrag": many,
            "hideEdgesOnZoom": many,
        },
        "nodes": {
            "physics": False,
            "margin": 6,
            "borderWidthSelected": 3,
            "widthConstraint": {"minimum": 150, "maximum": 166},
            "font": {"face": FONT, "color": colour["text"], "size": 14, "align": "left"},
        },
        "edges": {
            "smooth": {"enabled": False} if many else curved,
            "arrows": {"to": {"enabled": not many, "scaleFactor": 0.35}},
        },
        "groups": {f"small_{mark}": _small_look(mark, colour) for mark in MARKS},
    }


def _small_look(mark: str, colour: dict[str, str]) -> dict[str, Any]:
    """A mark without a name; the name appears below it once it is zoomed into."""
    return {
        "size": 5 if mark == "unflagged" else 8,
        "borderWidth": 1,
        "widthConstraint": False,
        "font": {"size": 8, "vadjust": -4, "align": "center"},
        "scaling": {"label": {"enabled": False, "drawThreshold": 12}},
        "color": {
            "background": colour[mark],
            "border": colour["muted"],
            "highlight": {"background": colour[mark], "border": colour["text"]},
            "hover": {"background": colour[mark], "border": colour["text"]},
        },
    }


def _heading(column: Column, shown: Neighbourhood, centre: str, colour: dict[str, str]) -> dict[str, Any]:
    return {
        "label": column_words(column.number, shown, centre, minimum=column.minimum).capitalize(),
        "x": column.x,
        "y": column.top - CELL_HEIGHT,
        "shape": "text",
        "font": {"size": 16, "color": colour["muted"]},
    }


def column_words(number: int, shown: Neighbourhood, centre: str, *, minimum: bool) -> str:
    """Name a column: a tier of suppliers, the brand or party that all is around, buyers, or what is neither."""
    here = shown.nodes[shown.nodes["column"] == number]
    if number == 0:
        return "Brand" if not shown.buyers.total and centre in set(here["id"]) else "Here"
    if here["tier"].isna().all():
        return "Other buyers" if number < 0 else "Not upstream"
    return tier_words(number, minimum=minimum)


def tier_words(tier: int, *, minimum: bool) -> str:
    """Name a tier: ``tier 2``, ``at least tier 2`` where an indirect link is on the way; buyers are below 0."""
    if tier < 0:
        hops = f"{'at least ' if minimum else ''}{count(-tier, 'link')} on"
        return "buyers" if tier == -1 and not minimum else f"buyers, {hops}"
    return f"at least tier {tier}" if minimum else f"tier {tier}"


def group_words(node: Mapping[str, Any]) -> str:
    """Name a group: ``312 parties, MY``."""
    country = str(node["name"]).partition(":")[2]
    place = "other countries" if country == OTHERS else country or "country not stated"
    return f"{count(int(node['parties']), 'party', 'parties')}, {place}"


def _group_label(node: Mapping[str, Any], limit: int) -> str:
    """Name of a group, and what passes through it where that is known."""
    flagged = f", {percent(node['carries'])} flagged" if node["carries"] > 0 else " of inputs"
    share = "" if pd.isna(node["inputs"]) else f"\n{percent(node['inputs'])}{flagged}"
    if node["carries"] > 0 and node["inputs"] < 0.0005:
        share = f"\n{flagged.lstrip(', ')}"
    words = group_words(node).replace("country not stated", "no country").replace("other countries", "elsewhere")
    return (words if width(words) <= limit else words.replace(" parties", "")) + share


def node_words(node: Mapping[str, Any]) -> str:
    """What a node is and carries, in one line."""
    group = node["id"].startswith(GROUP)
    name = group_words(node) if group else node["name"]
    country = "" if group else _text(node["country"])
    carries = "" if pd.isna(node["carries"]) else f"carries {percent(node['carries'])}"
    words = [name, country or "", carries]
    return ", ".join(word for word in words if word)


def link_words(link: Mapping[str, Any]) -> str:
    """What a link says, in one line."""
    if link["kind"] != "delivers":
        return str(link["kind"])
    since = _text(link["valid_from"])
    words = [
        count(int(link["links"]), "link") if link["links"] > 1 else "",
        percent(link["share"], ""),
        str(link["basis"] or "").replace("_", " "),
        {"both": "documented and inferred"}.get(link["evidence"], link["evidence"]),
        {"indirect": "hides traders", "both": "some hide traders"}.get(link["disclosure"], ""),
        f"from {since}" if since else "",
    ]
    return ", ".join(word for word in words if word)


def mark_of(node: Mapping[str, Any]) -> str:
    """The one mark that a node is drawn with; ``unflagged`` for none."""
    return _text(node["class"]) or _text(node["indicator"]) or MARKS[-1]


def _plain(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    return {str(key): value for key, value in row.items()}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _without_names(nodes: pd.DataFrame, chosen: set[str]) -> set[str]:
    """Parties that are drawn as marks, where not all names have room."""
    if len(nodes) <= FIT:
        return set()
    parties = nodes.loc[nodes["label"].notna(), "id"]
    return set(parties.iloc[NAMED:]) - chosen


def _box(node: dict[str, Any], centre: str, kept: Collection[str], colour: dict[str, str]) -> dict[str, Any]:
    """A party with its name, or a group."""
    group = node["id"].startswith(GROUP)
    mark = mark_of(node)
    border = colour["accent"] if node["id"] == centre else colour["line"] if mark == MARKS[-1] else colour[mark]
    room = (14 if str(node["name"]).isupper() else 18) - 2 * (mark in MARK)
    label = _group_label(node, 22 - 2 * (mark in MARK)) if group else two_lines(str(node["name"]), room)
    strong = not group and (node["id"] == centre or mark in EVIDENCED)
    return {
        "shape": "box",
        **({"font": {"size": 13}} if group else {}),
        "label": (MARK[mark] + " " if mark in MARK else "") + label,
        "borderWidth": 4 if node["id"] in kept else 2.4 if strong else 1,
        "shapeProperties": {
            "borderDashes": [4, 3] if mark in {"good_country", "region"} else False,
            "borderRadius": 0 if group else 6,
        },
        "color": {
            "background": colour["hatch_background"] if group else colour["panel"],
            "border": border,
            "highlight": {"background": colour["panel"], "border": colour["text"]},
            "hover": {"background": colour["panel"], "border": colour["text"]},
        },
    }


def _small(node: dict[str, Any]) -> dict[str, Any]:
    mark = mark_of(node)
    # pyvis writes a shape at every node, which counts more than that of the group.
    return {"group": f"small_{mark}", "shape": _SHAPE[mark], "label": two_lines(str(node["name"]), 12)}


def _edge(link: dict[str, Any], colour: dict[str, str], *, many: bool) -> dict[str, Any]:
    kind = _text(link["class"])
    owned = link["kind"] != "delivers"
    share = 0.2 if pd.isna(link["share"]) else float(link["share"])
    strong = 0.3 if many else 0.8
    return {
        "width": 1.4 if owned else 1 if link["links"] > 1 else 0.8 + (4.5 if kind else 1.8) * share,
        "dashes": [2, 4] if owned else [6, 5] if link["evidence"] == "inferred" else False,
        "color": {
            "color": colour["text"] if owned else colour.get(kind or "", colour["hatch"]),
            "opacity": 0.25 if link["links"] > 1 else strong if kind or owned else 0.3,
            "highlight": colour["accent"],
            "hover": colour["accent"],
        },
    }

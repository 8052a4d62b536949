"""How flagged inputs reach a brand, as a sankey: flagged sites left, tiers between, brand right.

One ribbon a link and class, so that a colour can be followed through to the brand. Labels are names of nodes, which
ECharts draws as plain text; no tooltip template holds data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from graph_core.viz.colours import EVIDENCED, MARK, PALETTE, Theme
from graph_core.viz.text import count, two_lines

_LABEL_COLUMNS, _BRAND_COLUMNS = 24, 14
#: Sites of one column that are drawn by themselves.
_ROWS = 14


@dataclass(frozen=True)
class Sankey:
    """An ECharts option object, the ids of its nodes in their order, and its height in pixels.

    An id that begins with ``more:`` stands for several sites, or for what of the score is not drawn by itself.
    """

    spec: dict[str, Any]
    ids: list[str]
    height: int


def sankey(
    flows: pd.DataFrame, brand: str, names: dict[str, str], classes: dict[str, str], theme: Theme = "light"
) -> Sankey:
    """Draw the flows of `graph_core.day.Day.flows`.

    Parameters
    ----------
    flows : DataFrame
        Columns ``supplier``, ``buyer``, ``class``, ``value`` (share of the brand's inputs, 0..1), ``evidence``;
        without cycles. What its ``attrs`` say of the rest of the score and of the brand's own flag gets a ribbon each,
        so that the ribbons into the brand are the score.
    brand : str
        Id of the brand.
    names : dict
        Name of every id in ``flows``.
    classes : dict
        Class of every flagged id; the rest is drawn as unflagged.
    theme : {"light", "dark"}
        Colours.
    """
    colour = PALETTE[theme]
    notes = flows.attrs
    flows, names, classes = _gathered(flows, brand, names, classes)
    flows, names, classes = _with_rest(flows, notes, brand, names, classes)
    depth = _depths(flows, brand)
    last = max(depth.values(), default=0)
    carried = flows.groupby("supplier")["value"].sum().to_dict()
    ids = sorted(depth, key=lambda node: (-depth[node], -carried.get(node, 0.0), node))
    labels = _unique({node: _name(node, brand, names, classes) for node in ids})
    nodes = [
        {
            "name": labels[node],
            "depth": last - depth[node],
            "itemStyle": {"color": _node_colour(node, brand, classes, colour), "borderWidth": 0},
            **_label(node == brand, first=depth[node] == last),
        }
        for node in ids
    ]
    rows = max((sum(1 for node in ids if depth[node] == level) for level in range(last + 1)), default=1)
    gap = 26 if any("\n" in label for label in labels.values()) else 16
    spec = _spec(nodes, _links(flows, labels, colour, theme), colour, gap)
    return Sankey(spec=spec, ids=ids, height=max(320, min(720, (gap + 20) * rows + 60)))


def _name(node: str, brand: str, names: dict[str, str], classes: dict[str, str]) -> str:
    """Name of a node on two lines, behind the mark of its class: colour is not the only cue."""
    mark = MARK.get(classes.get(node, ""), "")
    words = two_lines(names.get(node, node), _BRAND_COLUMNS if node == brand else _LABEL_COLUMNS)
    return f"{mark} {words}" if mark else words


def _label(brand: bool, *, first: bool) -> dict[str, Any]:
    """The first column has its names before it, where no ribbon runs through them."""
    own = {**({"fontWeight": 600} if brand else {}), **({"position": "left"} if first and not brand else {})}
    return {"label": own} if own else {}


def _spec(nodes: list[dict[str, Any]], links: list[dict[str, Any]], colour: dict[str, str], gap: int) -> dict[str, Any]:
    label = {
        "fontSize": 12,
        "lineHeight": 14,
        "width": 168,
        "overflow": "truncate",
        "color": colour["text"],
        "textBorderColor": colour["background"],
        "textBorderWidth": 3,
    }
    series = {
        "type": "sankey",
        "id": "flow",
        "left": 172,
        "right": 112,
        "top": 12,
        "bottom": 12,
        "nodeWidth": 10,
        "nodeGap": gap,
        "layoutIterations": 48,
        "draggable": False,
        "selectedMode": "single",
        "emphasis": {"focus": "trajectory"},
        "labelLayout": {"hideOverlap": True},
        "select": {"itemStyle": {"borderColor": colour["text"], "borderWidth": 2}},
        "label": label,
        "lineStyle": {"curveness": 0.5},
        "data": nodes,
        "links": links,
    }
    phone = {
        "id": "flow",
        "left": 80,
        "right": 84,
        "nodeWidth": 8,
        "label": {"width": 72, "fontSize": 10, "lineHeight": 12, "overflow": "break"},
    }
    return {
        "animation": False,
        "tooltip": {"trigger": "item", "valueFormatter": "%.2f %%"},
        "series": [series],
        "media": [{"query": {"maxWidth": 520}, "option": {"series": [phone]}}],
    }


def _links(flows: pd.DataFrame, labels: dict[str, str], colour: dict[str, str], theme: Theme) -> list[dict[str, Any]]:
    order = {name: place for place, name in enumerate(EVIDENCED)}
    opacity = 0.5 if theme == "light" else 0.65
    rows = flows.assign(place=flows["class"].map(order)).sort_values(["place", "value"], ascending=[True, False])
    return [
        {
            "source": labels[str(row["supplier"])],
            "target": labels[str(row["buyer"])],
            "value": round(100 * float(row["value"]), 4),
            "lineStyle": {
                "color": colour.get(row["class"], colour["unflagged"]),
                "opacity": opacity * (0.45 if row["evidence"] == "inferred" else 1),
            },
        }
        for row in rows.to_dict("records")
    ]


def _node_colour(node: str, brand: str, classes: dict[str, str], colour: dict[str, str]) -> str:
    if node == brand:
        return colour["accent"]
    return colour.get(classes.get(node, ""), colour["unflagged"])


def _with_rest(
    flows: pd.DataFrame, notes: Mapping[Any, Any], brand: str, names: dict[str, str], classes: dict[str, str]
) -> tuple[pd.DataFrame, dict[str, str], dict[str, str]]:
    """Flows with what enters the brand over links that are not among them, and with the brand's own flag."""
    parts = (
        ("rest", notes.get("rest") or {}, count(notes.get("rest_links", 0), "more supplier")),
        ("own", notes.get("own") or {}, "The brand's own flag"),
    )
    evidence = {"rest": notes.get("rest_evidence"), "own": "documented"}
    added = [
        {"supplier": f"more:{key}", "buyer": brand, "class": kind, "value": value, "evidence": evidence[key]}
        for key, values, _ in parts
        for kind, value in values.items()
    ]
    if not added:
        return flows, names, classes
    names = {**names, **{f"more:{key}": words for key, _, words in parts}}
    classes = {**classes, **{f"more:{key}": next(iter(values)) for key, values, _ in parts if len(values) == 1}}
    columns = ["supplier", "buyer", "class", "value", "evidence"]
    return pd.concat([flows[columns], pd.DataFrame(added)], ignore_index=True), names, classes


def _gathered(
    flows: pd.DataFrame, brand: str, names: dict[str, str], classes: dict[str, str]
) -> tuple[pd.DataFrame, dict[str, str], dict[str, str]]:
    """Draw the smallest sites of a long column, with one buyer and no supplier of their own, as one node a buyer."""
    depth = _depths(flows, brand)
    buyers = flows.groupby("supplier")["buyer"].agg(["nunique", "first"])
    value = flows.groupby("supplier")["value"].sum().sort_values(ascending=False, kind="stable")
    ends = set(flows["supplier"]) - set(flows["buyer"])
    renamed: dict[str, str] = {}
    for level in sorted(set(depth.values())):
        column = [site for site in value.index if depth.get(site) == level]
        small = [site for site in column[_ROWS:] if site in ends and buyers.loc[site, "nunique"] == 1]
        for buyer in {str(buyers.loc[site, "first"]) for site in small}:
            group = [site for site in small if buyers.loc[site, "first"] == buyer]
            if len(group) > 1:
                node = f"more:{buyer}"
                renamed |= dict.fromkeys(group, node)
                names = {**names, node: f"{len(group)} more sites"}
                kinds = {classes.get(site, "") for site in group}
                classes = {**classes, node: kinds.pop() if len(kinds) == 1 else ""}
    if not renamed:
        return flows, names, classes
    keys = ["supplier", "buyer", "class"]
    merged = flows.assign(supplier=flows["supplier"].replace(renamed)).groupby(keys, sort=False)
    return merged.agg(value=("value", "sum"), evidence=("evidence", "max")).reset_index(), names, classes


def _depths(flows: pd.DataFrame, brand: str) -> dict[str, int]:
    """Longest way from each node to the brand; flows have no cycles, so it ends."""
    depth = {brand: 0}
    pairs = sorted({(str(a), str(b)) for a, b in zip(flows["supplier"], flows["buyer"], strict=True)})
    for _ in range(len(pairs) + 1):
        before = dict(depth)
        for supplier, buyer in pairs:
            if buyer in depth:
                depth[supplier] = max(depth.get(supplier, 0), depth[buyer] + 1)
        if depth == before:
            break
    return depth


def _unique(labels: dict[str, str]) -> dict[str, str]:
    """Make labels differ, as ECharts links nodes by name: equal names get their id."""
    seen: set[str] = set()
    result = {}
    for node, label in labels.items():
        result[node] = label if label not in seen else f"{label}\n({node})"
        seen.add(label)
    return result

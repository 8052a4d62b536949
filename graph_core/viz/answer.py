"""The answer to a query as a picture: its nodes and links, in columns along the direction of supply.

It shows what a statement returned, nothing more: no shares, no flags, no tiers of a brand.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pyvis.network import Network

from graph_core.viz.colours import PALETTE, Theme
from graph_core.viz.layout import Layout, tier_columns
from graph_core.viz.network import FONT, empty_network, plain
from graph_core.viz.text import two_lines

#: Properties that name a node, the best first.
_NAMES = ("name", "title", "subject_name", "commodity", "id")
#: Columns of a table that make links of supply.
_SUPPLIER, _BUYER = "supplier_id", "buyer_id"
_LONGEST_LABEL = 18


@dataclass(frozen=True)
class Drawn:
    """What of an answer can be drawn.

    Attributes
    ----------
    nodes : DataFrame
        id, name, label (of the graph), party (whether it is an organization or a facility); those that came first in
        the answer first, as many as the budget allows.
    links : DataFrame
        supplier, buyer (ids of both ends in the direction of the relationship), type; between these nodes.
    hidden : int
        Nodes of the answer that are not among them.
    loose : int
        Relationships of the answer without both ends in it, and rows that name one end alone.
    """

    nodes: pd.DataFrame
    links: pd.DataFrame
    hidden: int
    loose: int


def drawn(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], budget: int, parameters: Mapping[str, Any] | None = None
) -> Drawn:
    """Find what can be drawn of an answer.

    Parameters
    ----------
    columns, rows
        As of `graph_core.store.base.Rows`. Nodes, relationships and paths are drawn wherever they stand in a row; where
        there are none, columns ``supplier_id`` and ``buyer_id``.
    budget : int
        Most nodes.
    parameters : mapping, optional
        Of the query; a ``buyer_id`` or ``brand_id`` is the buyer where no column names one.
    """
    found = _Found()
    for row in rows:
        for value in row:
            found.take(value)
    if not found.nodes:
        found.pairs(columns, rows, parameters or {})
    shown = dict(list(found.nodes.items())[:budget])
    links = {key: kind for key, kind in found.links.items() if key[0] in shown and key[1] in shown}
    loose = found.loose + sum(start not in found.nodes or end not in found.nodes for start, end, _ in found.links)
    return Drawn(
        pd.DataFrame([{"id": key, **node} for key, node in shown.items()], columns=["id", "name", "label", "party"]),
        pd.DataFrame(
            [{"supplier": start, "buyer": end, "type": kind} for start, end, kind in links],
            columns=["supplier", "buyer", "type"],
        ),
        len(found.nodes) - len(shown),
        loose,
    )


class _Found:
    """Nodes and links of an answer, in the order in which they stand there."""

    def __init__(self) -> None:
        self.nodes: dict[str, dict[str, Any]] = {}
        self.links: dict[tuple[str, str, str], None] = {}
        self.loose = 0

    def take(self, value: Any) -> None:
        """Look for nodes, relationships and paths in a value; see `graph_core.store.analyst.plain` for their form."""
        if isinstance(value, list):
            for item in value:
                self.take(item)
        elif isinstance(value, dict):
            keys = value.keys()
            if keys == {"labels", "properties"}:
                self._node(value)
            elif keys == {"type", "start", "end", "properties"}:
                self._link(value)
            else:
                for item in value.values():
                    self.take(item)

    def _node(self, value: dict[str, Any]) -> None:
        said = value["properties"]
        name = name_of(said)
        label = next((one for one in value["labels"] if one not in ("Party", "Brand")), "")
        key = str(said.get("id") or hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16])
        self.nodes.setdefault(key, {"name": name or label, "label": label, "party": "Party" in value["labels"]})

    def _link(self, value: dict[str, Any]) -> None:
        if value["start"] is None or value["end"] is None:
            self.loose += 1
        else:
            self.links.setdefault((str(value["start"]), str(value["end"]), str(value["type"])))

    def pairs(self, columns: Sequence[str], rows: Sequence[Sequence[Any]], parameters: Mapping[str, Any]) -> None:
        """Take the links that the columns of a table name."""
        fixed = parameters.get(_BUYER) or parameters.get("brand_id")
        if _SUPPLIER not in columns or not (_BUYER in columns or fixed):
            return
        for row in rows:
            said = dict(zip(columns, row, strict=True))
            ends = said[_SUPPLIER], said.get(_BUYER) or fixed
            if not all(isinstance(end, str) for end in ends) or (_BUYER not in columns and said.get("hops", 1) != 1):
                self.loose += 1  # a supplier further up: the answer does not say to whom it delivers
                continue
            for end, column in zip(ends, ("supplier", "buyer"), strict=True):
                self.nodes.setdefault(str(end), {"name": str(said.get(column) or end), "label": "", "party": True})
            self.links.setdefault((str(ends[0]), str(ends[1]), "SUPPLIES"))


def name_of(properties: Mapping[str, Any]) -> str:
    """What a node of any label is called; empty where it has neither name nor id."""
    return next((str(properties[key]) for key in _NAMES if properties.get(key)), "")


def answer_network(found: Drawn, theme: Theme = "light") -> tuple[Network, Layout]:
    """Build the pyvis network of an answer.

    Returns
    -------
    Network
        Options set, positions fixed.
    Layout
        Where everything stands.
    """
    colour = PALETTE[theme]
    nodes = found.nodes.assign(column=_columns(found), tier_is_minimum=False)
    layout = tier_columns(nodes, found.links)
    net = empty_network(theme)
    for node in nodes.to_dict("records"):
        x, y = layout.positions[str(node["id"])]
        net.add_node(
            str(node["id"]),
            label=two_lines(str(node["name"]), _LONGEST_LABEL),
            title=plain(f"{node['label']} {node['name']}"),
            x=x,
            y=y,
            physics=False,
            shape="box",
            margin=6,
            borderWidth=1,
            widthConstraint={"minimum": 146, "maximum": 160},
            font={"size": 14, "align": "left", "face": FONT, "color": colour["text"]},
            color={
                "background": colour["panel"],
                "border": colour["line"] if node["party"] else colour["accent"],
                "highlight": {"background": colour["panel"], "border": colour["text"]},
                "hover": {"background": colour["panel"], "border": colour["text"]},
            },
        )
    for link in found.links.to_dict("records"):
        net.add_edge(
            str(link["supplier"]),
            str(link["buyer"]),
            title=plain(str(link["type"])),
            width=1,
            color={"color": colour["hatch"], "opacity": 0.7, "highlight": colour["accent"], "hover": colour["accent"]},
            arrows={"to": {"enabled": True, "scaleFactor": 0.4}},
        )
    return net, layout


def _columns(found: Drawn) -> list[int]:
    """Column of every node: the fewest links to one that nothing leaves; 0 on a circle that ends nowhere."""
    before: dict[str, list[str]] = {}
    leaves: set[str] = set()
    for start, end in zip(found.links["supplier"], found.links["buyer"], strict=True):
        if start != end:
            before.setdefault(end, []).append(start)
            leaves.add(start)
    ids = found.nodes["id"].tolist()
    column = {node: 0 for node in ids if node not in leaves}
    waiting = deque(column)
    while waiting:
        node = waiting.popleft()
        for other in before.get(node, ()):
            if other not in column:
                column[other] = column[node] + 1
                waiting.append(other)
    return [column.get(node, 0) for node in ids]

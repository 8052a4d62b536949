"""The network picture: how long Python takes for what was opened, and a browser until it is drawn and still.

Python: 100,000 parties with 500,000 links and a brand of 50,000 suppliers, in memory. *Opened*: from the choice to the
data of the picture, with all that is kept of a brand known. Browser: from the data in the page until vis-network has
drawn it, our positions and looks against what pyvis sets by default: 1,000 rounds of physics before it draws. Both have
the same nodes and links.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from playwright.sync_api import Page, sync_playwright
from pyvis.network import Network

from benchmarks.common import Row, seconds
from benchmarks.exposure import generate
from graph_core.day import Day, Parameters
from graph_core.graph import Graph, table
from graph_core.neighbourhood import GROUP, Expansion, Neighbourhood
from graph_core.ui import exploring
from graph_core.viz.network import network
from graph_core.viz.network_html import options, vis_network
from tests.browser.serving import CHROMIUM

NODES, HUB = 100_000, 50_000
#: Longest that Python may take for something opened, and a browser for the largest picture.
OPENED, SETTLED = 0.3, 2.0
LARGEST, COMPARED = 2_000, 500
_COUNTRIES = ("CN", "IN", "VN", "BD", "TR", "ID", "PK", "KH", "MY", "BR", None)
_DRAW = """([content, calm]) => new Promise((resolve) => {
  const box = document.getElementById("box");
  const begun = performance.now();
  const data = { nodes: new vis.DataSet(content.nodes), edges: new vis.DataSet(content.edges) };
  const net = new vis.Network(box, data, content.options);
  net.once(calm ? "afterDrawing" : "stabilizationIterationsDone", () => {
    const taken = performance.now() - begun;
    net.destroy();
    resolve(taken / 1000);
  });
})"""


def rows(nodes: int = NODES, hub: int = HUB, repeat: int = 5) -> Iterator[Row]:
    """All rows of this benchmark."""
    yield from _opened(nodes, hub, repeat)
    if not CHROMIUM.exists():
        yield Row("the network picture in a browser", f"skipped: there is no {CHROMIUM}")
        return
    with _page() as page:
        for number in (60, 300, LARGEST):
            ours = _content(network(picture(number), "B")[0])
            taken = median(page.evaluate(_DRAW, [ours, True]) for _ in range(repeat))
            yield Row(
                f"browser: {number:,} nodes until drawn, median of {repeat}",
                f"{taken:.2f} s",
                "",
                f"< {SETTLED:g} s",
                taken < SETTLED,
            )
        shown = picture(COMPARED)
        taken = page.evaluate(_DRAW, [_content(network(shown, "B")[0]), True])
        plain = page.evaluate(_DRAW, [_content(_by_default(shown)), False])
        yield Row(
            f"browser: {COMPARED} nodes until drawn, against pyvis as it is ({plain:.1f} s)",
            f"{taken:.2f} s",
            f"{plain / taken:.0f}x",
        )


def _opened(nodes: int, hub: int, repeat: int) -> Iterator[Row]:
    day, brand = Day(graph_of(nodes, hub), Parameters("2021-06-30")), f"n{nodes - 1}"
    size = f"{nodes:,} parties, a brand of {hub:,} suppliers"
    first = seconds(partial(_whole, day, brand, []))
    shown = day.neighbourhood(brand)
    groups = [one.removeprefix(GROUP) for one in shown.nodes["id"] if one.startswith(GROUP)]
    party = str(shown.nodes["id"].iloc[1])
    acts = {
        "suppliers of a party": [Expansion("suppliers", party)],
        "buyers of a party": [Expansion("buyers", party)],
        "a group": [Expansion("group", groups[0])],
        "the hub, and six groups": [Expansion("suppliers", brand), *(Expansion("group", key) for key in groups[:6])],
    }
    for what, expanded in acts.items():
        taken = median(seconds(partial(_whole, day, brand, expanded)) for _ in range(repeat))
        yield Row(
            f"opened: {what}, {size}, against the first look at the day",
            f"{1000 * taken:.0f} ms",
            f"{first / taken:.0f}x",
            f"< {1000 * OPENED:.0f} ms",
            taken < OPENED,
        )


def _whole(day: Day, brand: str, expanded: list[Expansion]) -> dict[str, Any]:
    shown = day.neighbourhood(brand, expanded=expanded)
    net, layout = network(shown, brand)
    return exploring.picture(shown, net, layout, brand, exploring.Choices(), around=False)


def graph_of(nodes: int, hub: int) -> Graph:
    """A graph as a store would give it, of the generated network; the last party is a brand that buys of many."""
    made, rng = generate(nodes), np.random.default_rng(3)
    last = nodes - 1
    kept = (made.buyer != last) & (made.supplier != last)
    many = rng.choice(nodes * 5 // 6, hub, replace=False)
    ids = np.array(made.ids, dtype=object)
    flagged = np.flatnonzero(made.strength > 0)
    links = pd.DataFrame(
        {
            "start": ids[np.concatenate([made.supplier[kept], many])],
            "end": ids[np.concatenate([made.buyer[kept], np.full(hub, last)])],
            "share": np.concatenate([made.share[kept] * 0.999, np.full(hub, 0.999 / hub)]),
        }
    )
    links["id"] = [f"l{number}" for number in range(len(links))]
    links = links.assign(share_basis="stated", disclosure="direct", evidence="documented", confidence=1.0)
    facilities = {"id": ids[:last], "name": ids[:last], "country": rng.choice(np.array(_COUNTRIES, dtype=object), last)}
    findings = pd.DataFrame({"id": [f"f{number}" for number in flagged], "severity": made.strength[flagged]})
    findings = findings.assign(confidence=1.0, kind="order", category="forced_labour", status="standing", sources=None)
    about = {"id": findings["id"] + "a", "start": findings["id"], "end": ids[flagged], "rule": "id"}
    tables: dict[str, Any] = {
        "Organization": {"id": [ids[last]], "name": ["Brand"], "brand": [True]},
        "Facility": facilities,
        "SUPPLIES": links,
        "Finding": findings,
        "ABOUT": about,
    }
    return Graph({name: table(name, data) for name, data in tables.items()})


# --- a browser -------------------------------------------------------------------------------------------------


@contextmanager
def _page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(600_000)
        page.set_content('<div id="box" style="width:830px;height:700px"></div>')
        page.add_script_tag(content=vis_network())
        yield page
        browser.close()


def picture(number: int, seed: int = 1) -> Neighbourhood:
    """Some nodes in four tiers, each with about 1.5 links to the tier before; the first one is the brand."""
    rng = random.Random(seed)
    tiers = [0, *(1 + place * 4 // number for place in range(number - 1))]
    nodes = pd.DataFrame({"id": ["B", *(f"n{place}" for place in range(1, number))], "tier": [float(t) for t in tiers]})
    nodes = nodes.assign(name=[f"Mill number {place}" for place in range(number)], column=tiers, tier_is_minimum=False)
    nodes = nodes.assign(country="MY", label="Facility", parties=1, indicator=None, carries=0.01, inputs=0.02)
    nodes["class"] = [("named", "ownership", None, None, None)[place % 5] for place in range(number)]
    before = {tier: [place for place, own in enumerate(tiers) if own == tier - 1] for tier in set(tiers)}
    pairs = [
        (nodes["id"][place], nodes["id"][rng.choice(before[tier])])
        for place, tier in enumerate(tiers)
        for _ in range(1 + place % 2)
        if tier
    ]
    links = pd.DataFrame(pairs, columns=["supplier", "buyer"]).drop_duplicates()
    links = links.assign(
        kind="delivers", links=1, share=0.1, basis="stated", evidence="documented", disclosure="direct"
    )
    links["class"], links["valid_from"] = None, None
    return Neighbourhood(nodes, links)


def _content(net: Network) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps({"nodes": net.nodes, "edges": net.edges, "options": options(net)}))
    return found


def _by_default(shown: Neighbourhood) -> Network:
    """The same nodes and links, with nothing set."""
    net = Network(directed=True)
    for node in shown.nodes.to_dict("records"):
        net.add_node(str(node["id"]), label=str(node["name"]))
    for link in shown.links.to_dict("records"):
        net.add_edge(str(link["supplier"]), str(link["buyer"]))
    return net

"""Layout, sankey, network and the words in them."""

from __future__ import annotations

import json
import random
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from graph_core.day import Day, Parameters
from graph_core.neighbourhood import GROUP, Neighbourhood
from graph_core.viz.layout import CELL_HEIGHT, CELL_WIDTH, crossings, tier_columns
from graph_core.viz.network import HEADING, NAMED, network, plain
from graph_core.viz.network_html import network_html
from graph_core.viz.sankey import sankey
from graph_core.viz.text import clean, percent, shorten, two_lines, width
from tests import oracles

HOSTILE = ('<img src=x onerror="window.hacked=1">', '"><a HREF="javascript:x">', "</script><script>x</script>")


def neighbourhood(names=HOSTILE, tiers=(1, 2, 3)) -> Neighbourhood:
    ids = ["B", *[f"n{i}" for i in range(len(names))]]
    nodes = pd.DataFrame(
        {
            "id": ids,
            "name": ["Brand", *names],
            "country": None,
            "label": "Facility",
            "parties": 1,
            "tier": [0.0, *tiers],
            "column": [0, *tiers],
            "tier_is_minimum": [False, *[tier > 1 for tier in tiers]],
            "class": [None, *["named"] * len(names)],
            "indicator": None,
            "carries": 0.1,
            "inputs": 0.2,
        }
    )
    links = pd.DataFrame({"supplier": ids[1:], "buyer": ids[:-1], "share": 0.5, "basis": "stated"})
    links["evidence"] = ["inferred", *["documented"] * (len(links) - 1)]
    links["kind"], links["links"], links["disclosure"] = "delivers", 1, "direct"
    links["class"], links["valid_from"] = "named", HOSTILE[0]
    return Neighbourhood(nodes, links, 0)


def test_columns_stand_by_tier_and_nothing_overlaps():
    tiers = [1 + i % 4 for i in range(60)]
    layout = tier_columns(*table(tiers))
    x = {tier: [layout.positions[f"n{i}"][0] for i, t in enumerate(tiers) if t == tier] for tier in range(1, 5)}
    for tier in range(1, 4):
        assert min(x[tier]) - max(x[tier + 1]) >= CELL_WIDTH
    assert layout.positions["B"][0] - max(x[1]) >= CELL_WIDTH
    places = list(layout.positions.values())
    for i, a in enumerate(places):
        for b in places[i + 1 :]:
            assert abs(a[0] - b[0]) >= CELL_WIDTH - 1 or abs(a[1] - b[1]) >= CELL_HEIGHT - 1


def table(tiers: list[int], seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = random.Random(seed)
    nodes = pd.DataFrame({"id": ["B", *[f"n{i}" for i in range(len(tiers))]], "column": [0, *tiers]})
    nodes["tier_is_minimum"] = False
    links = []
    for i, tier in enumerate(tiers):
        nearer = ["B"] if tier == 1 else [f"n{j}" for j, t in enumerate(tiers) if t == tier - 1]
        links += [(f"n{i}", buyer) for buyer in rng.sample(nearer, min(2, len(nearer)))]
    return nodes, pd.DataFrame(links, columns=["supplier", "buyer"])


def test_order_has_far_fewer_crossings_than_none():
    tiers = [1 + i % 3 for i in range(36)]
    nodes, links = table(tiers)
    layout = tier_columns(nodes, links, aspect=10)
    pairs = list(links.itertuples(index=False, name=None))
    given = {t: [f"n{i}" for i, own in enumerate(tiers) if own == t] for t in range(1, 4)}
    found = {t: sorted(ids, key=lambda node: layout.positions[node][::-1]) for t, ids in given.items()}
    assert crossings(found, pairs) < 0.6 * crossings(given, pairs)
    assert tier_columns(nodes, links, aspect=10) == layout


def test_one_long_tier_is_broken_into_columns():
    layout = tier_columns(*table([1] * 59))
    assert layout.width / layout.height == pytest.approx(1.35, abs=0.6)


def test_marks_stand_left_of_names_and_groups_below_them():
    nodes, links = table([1] * 80)
    nodes.loc[80, "id"] = f"{GROUP}1:MY"
    marks = {f"n{i}" for i in range(40, 79)}
    places = tier_columns(nodes, links, marks=marks).positions
    assert len(set(places.values())) == len(places)
    named = [f"n{i}" for i in range(40)]
    assert max(places[one][0] for one in marks) < min(places[one][0] for one in named)
    assert places[f"{GROUP}1:MY"][1] == max(places[one][1] for one in [*named, f"{GROUP}1:MY"])


def test_crossings_are_counted_pair_by_pair():
    rng = random.Random(3)
    order = {tier: [f"t{tier}n{i}" for i in range(9)] for tier in range(3)}
    links = [(f"t{tier}n{rng.randrange(9)}", f"t{tier - 1}n{rng.randrange(9)}") for tier in (1, 2) for _ in range(30)]
    place = {node: i for ids in order.values() for i, node in enumerate(ids)}
    plain_way = sum(
        (place[a] - place[c]) * (place[b] - place[d]) < 0
        for i, (a, b) in enumerate(links)
        for c, d in links[:i]
        if a[:2] == c[:2] and b[:2] == d[:2]
    )
    assert crossings(order, links) == plain_way > 50


def test_a_large_picture_is_drawn_plainly():
    shown = neighbourhood(names=[f"Site {i}" for i in range(500)], tiers=[1 + i % 4 for i in range(500)])
    net, _ = network(shown, "B", kept=["n499"])
    assert net.options["edges"]["smooth"] == {"enabled": False}
    assert net.options["interaction"]["hideEdgesOnDrag"] is True
    shapes = {node["id"]: node["shape"] for node in net.nodes}
    assert shapes["B"] == shapes["n499"] == shapes["n0"] == "box"
    assert shapes["n300"] == "square"  # the mark of a named party, without a name until it is zoomed into
    assert sum(shape == "box" for shape in shapes.values()) == NAMED + 1


def test_network_holds_no_markup_and_no_physics():
    net, _ = network(neighbourhood(), "B")
    for item in [*net.nodes, *net.edges]:
        assert not re.search(r"[<>]", item.get("title", ""))
        assert "href" not in item.get("title", "").lower()
    assert net.options["physics"] == {"enabled": False}
    assert net.options["nodes"]["physics"] is False
    assert all({"x", "y"} <= node.keys() for node in net.nodes)
    assert [node["label"] for node in net.nodes if node["id"].startswith(HEADING)] == [
        "Brand",
        "Tier 1",
        "At least tier 2",
        "At least tier 3",
    ]
    assert [bool(edge["dashes"]) for edge in net.edges] == [True, False, False]


def test_plain_takes_out_what_pyvis_reads_as_markup():
    assert plain("a <b>HREF</b>\n") == "a ‹b›H\u200bREF‹/b›"


def test_page_of_its_own_forbids_everything_but_its_scripts():
    net, _ = network(neighbourhood(), "B")
    page = network_html(net, HOSTILE[0])
    assert page == network_html(net, HOSTILE[0])
    seen = Elements()
    seen.feed(page)
    assert sorted(seen.tags) == sorted(
        ["html", "head", "meta", "meta", "meta", "title", "style", "body", "p", "div", "script", "script"]
    )
    assert seen.addresses == []
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline" not in policy[1].split(";")[1]
    assert HOSTILE[0] not in page


class Elements(HTMLParser):
    """Elements of a page, and what they would load."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str | None] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in {"src", "href", "srcset"}]


def flows(rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["supplier", "buyer", "class", "value"])
    return frame.assign(evidence="documented")


def test_sankey_stands_in_layers_with_one_ribbon_a_class():
    rows = [
        ("F", "A", "named", 0.3),
        ("G", "A", "ownership", 0.1),
        ("A", "X", "named", 0.3),
        ("A", "X", "ownership", 0.1),
    ]
    drawn = sankey(flows(rows), "X", {"F": "Same name", "G": "Same name", "A": "A", "X": "X"}, {"F": "named"})
    nodes = dict(zip(drawn.ids, drawn.spec["series"][0]["data"], strict=True))
    assert {node: data["depth"] for node, data in nodes.items()} == {"F": 0, "G": 0, "A": 1, "X": 2}
    assert len({data["name"] for data in nodes.values()}) == 4
    assert len(drawn.spec["series"][0]["links"]) == 4
    assert "formatter" not in json.dumps(drawn.spec["tooltip"]).lower().replace("valueformatter", "")


def test_sankey_gathers_the_small_sites_of_a_long_column_and_keeps_the_sum():
    rows = [(f"F{i}", "X", "ownership", 0.001 * (i + 1)) for i in range(50)]
    drawn = sankey(flows(rows), "X", {}, {f"F{i}": "ownership" for i in range(50)})
    names = [node["name"] for node in drawn.spec["series"][0]["data"]]
    assert "◆ 36 more sites" in names
    total = sum(link["value"] for link in drawn.spec["series"][0]["links"])
    assert total == pytest.approx(100 * sum(row[3] for row in rows))


def test_ribbons_into_the_brand_are_the_score():
    links = [oracles.link(f"F{i}", "X", 0.01 + i / 1000) for i in range(12)]
    graph = oracles.believed(
        organizations=[oracles.brand("X")], facilities=[{"id": f"F{i}", "name": f"F{i}"} for i in range(12)],
        links=links, findings=[*(oracles.finding(f"F{i}") for i in range(12)), oracles.finding("X", 0.1)],
    )  # fmt: skip
    day = Day(graph, Parameters("2024-01-01"))
    drawn = sankey(day.flows("X", 4), "X", {}, {})
    names = [node["name"] for node in drawn.spec["series"][0]["data"]]
    assert {"■ 8 more suppliers", "■ The brand's own flag"} <= set(names)
    into = [link["value"] for link in drawn.spec["series"][0]["links"] if link["target"] == "X"]
    assert sum(into) == pytest.approx(100 * day.exposures(["X"])[0]["score"], abs=1e-3)


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0.0 %"), (0.0004, "< 0.1 %"), (0.0005, "0.1 %"), (0.30744, "30.7 %"), (1, "100.0 %"), (None, "not stated")],
)
def test_percent(share, text):
    assert percent(share).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    "name", ["A" * 80, "奥尔斯克纺纱厂" * 6, "PT Wimblecrag Oleochemicals Sdn. Bhd. Number Three", "e\u0301" * 40]
)
def test_long_names_fit_and_keep_both_ends(name):
    short = shorten(name, 24)
    assert width(short) <= 24
    assert short[0] == name[0]
    assert short[-1] == name[-1]
    assert all(width(line) <= 18 for line in two_lines(name, 18).split("\n"))
    assert two_lines(name, 18).count("\n") <= 1


def test_clean_drops_what_turns_text_around_and_keeps_words_whole():
    assert clean("abc\u202edef\nghi") == "abcdef ghi"
    assert clean("می\u200cخواهم") == "می\u200cخواهم"

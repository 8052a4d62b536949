"""What is shown around a party: nobody is lost, groups carry what walks bring into them, and no hub is too large."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import networkx as nx
import pytest

from graph_core.day import Day, Parameters
from graph_core.neighbourhood import GROUP, MOST, STEP, Counts, Expansion, Neighbourhood
from tests import oracles
from tests.oracles import Row, Rows, brand, finding, link, operates, owns

DAY = "2021-06-30"
COUNTRIES = ("MY", "ID", "BR", None)


def day(**tables: Rows) -> Day:
    return Day(oracles.graph_of(**{"organizations": [brand("X"), brand("Y")], **tables}), Parameters(DAY))


def made(seed: int, sites: int = 120, circles: int = 0) -> tuple[list[Row], dict[str, str | None], dict[str, float]]:
    """Links of a network in five tiers with some that leave tiers out, countries and flags."""
    rng = random.Random(seed)
    names = [f"s{i:03}" for i in range(sites)]
    links = []
    for at, name in enumerate(names):
        buyers = rng.sample(names[:at][-40:], min(at, rng.randint(1, 3))) if at >= sites // 4 else ["X"]
        links += [link(name, buyer, rng.uniform(0.01, 0.9) / 30) for buyer in buyers]
    for _ in range(circles):
        one, other = rng.sample(names, 2)
        links.append(link(one, other, 0.001))
    countries = {name: rng.choice(COUNTRIES) for name in names}
    return links, countries, dict.fromkeys(rng.sample(names, 8), 0.5)


def built(links: list[Row], countries: dict[str, str | None], flags: dict[str, float]) -> Day:
    facilities = [{"id": name, "name": name, "country": country} for name, country in countries.items()]
    return day(links=links, facilities=facilities, findings=[finding(name, s) for name, s in flags.items()])


def parties(shown: Neighbourhood) -> set[str]:
    return {one for one in shown.nodes["id"] if not one.startswith(GROUP)}


def members(some: Day, shown: Neighbourhood, budget: int, centre: str = "X") -> dict[str, set[str]]:
    around = some.around(centre)
    keys = [one.removeprefix(GROUP) for one in shown.nodes["id"] if one.startswith(GROUP)]
    return {key: set(around.members(key, budget, sorted(parties(shown)))["id"]) for key in keys}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("budget", [2, 12, 30, 60, 300])
def test_everybody_upstream_is_shown_or_in_one_group_or_counted_as_hidden(seed, budget):
    links, countries, flags = made(seed, circles=6)
    some = built(links, countries, flags)
    graph = nx.DiGraph((row["supplier_id"], row["buyer_id"]) for row in links)
    upstream = nx.ancestors(graph, "X")
    hops = nx.single_source_shortest_path_length(graph.reverse(), "X")
    first = some.neighbourhood("X", budget)
    groups = [one.removeprefix(GROUP) for one in first.nodes["id"] if one.startswith(GROUP)]
    opened = [Expansion("suppliers", "s030"), *(Expansion("group", key) for key in groups[:1])]
    for expanded, kept in ((), ()), (opened, ["s100", "s111"]):
        shown = some.neighbourhood("X", budget, expanded, kept)
        assert set(kept) <= parties(shown)
        own, grouped = parties(shown) & upstream, members(some, shown, budget)
        for key, found in grouped.items():
            tier, _, country = key.partition(":")
            assert {hops[one] for one in found} == {int(tier)}
            if country != "*":
                assert {countries[one] or "" for one in found} == {country}
            assert not found & own
        together = [one for found in grouped.values() for one in found]
        assert len(together) == len(set(together))
        assert set(together) <= upstream
        counts = shown.suppliers
        assert counts == Counts(len(upstream), len(own), len(together), len(upstream) - len(own) - len(together))
        assert shown.nodes.set_index("id")["parties"].sum() == len(parties(shown)) + len(together)
        assert sum(sum(marks.values()) for marks in shown.nodes["marks"]) == len(parties(shown)) + len(together)


@pytest.mark.parametrize("seed", range(4))
def test_a_group_carries_what_walks_bring_into_it(seed):
    links, countries, flags = made(seed, sites=50)
    some = built(links, countries, flags)
    shown = some.neighbourhood("X", 12)
    grouped = members(some, shown, 12)
    assert grouped
    suppliers: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for row in links:
        suppliers[row["buyer_id"]].append((row["supplier_id"], row["share"]))

    def score(one: str) -> float:
        own = flags.get(one, 0.0)
        return own + (1 - own) * sum(share * score(other) for other, share in suppliers[one])

    carried: dict[str, float] = defaultdict(float)
    inputs: dict[str, float] = defaultdict(float)
    group_of = {one: key for key, found in grouped.items() for one in found}

    def walk(one: str, flagged: float, all_of_it: float) -> None:
        for other, share in suppliers[one]:
            passed = flagged * (1 - flags.get(one, 0.0)) * share
            key = group_of.get(other)
            if key and key != group_of.get(one):
                carried[key] += passed * score(other)
                inputs[key] += all_of_it * share
            walk(other, passed, all_of_it * share)

    walk("X", 1.0, 1.0)
    nodes = shown.nodes.set_index("id")
    for key in grouped:
        assert nodes.loc[GROUP + key, "carries"] == pytest.approx(carried[key], abs=1e-9)
        assert nodes.loc[GROUP + key, "inputs"] == pytest.approx(inputs[key], abs=1e-6)


def test_what_members_take_from_each_other_counts_once():
    others = [f"C{i}" for i in range(20)]
    links = [link("Z", "X", 0.5), link("A", "X", 0.3), link("B", "A", 1.0), link("B", "X", 0.1)]
    links += [link(one, "X", 0.001) for one in others]
    facilities = [{"id": one, "name": one, "country": "MY"} for one in ("A", "B", "Z", *others)]
    shown = day(links=links, facilities=facilities, findings=[finding("B"), finding("Z")]).neighbourhood("X", 2)
    assert shown.nodes["id"].tolist() == ["X", "Z", GROUP + "1:MY"]
    group = shown.nodes.iloc[2]
    assert group["carries"] == pytest.approx(0.3 + 0.1)
    assert group["inputs"] == pytest.approx(0.3 + 0.1 + 0.02)


def test_marks_of_a_group_are_those_of_its_members():
    links = [link(f"S{i}", "X", 0.01) for i in range(30)]
    some = day(links=links, findings=[finding(f"S{i}") for i in range(6)])
    shown = some.neighbourhood("X", 6)
    group = shown.nodes[shown.nodes["id"].str.startswith(GROUP)].iloc[0]
    alone = len(parties(shown)) - 1
    assert group["marks"] == {"named": 6 - alone, "unflagged": 24}
    assert (group["class"], group["parties"]) == ("named", 30 - alone)


def test_links_of_a_group_add_up():
    links = [link(f"S{i}", "X", 0.01, evidence="inferred" if i == 29 else "documented") for i in range(30)]
    shown = day(links=links).neighbourhood("X", 6)
    row = shown.links[shown.links["supplier"].str.startswith(GROUP)].iloc[0]
    alone = len(parties(shown)) - 1
    assert (row["buyer"], row["links"], row["evidence"]) == ("X", 30 - alone, "both")
    assert row["share"] == pytest.approx(0.01 * (30 - alone))


def test_a_hub_is_summarised_and_says_so():
    links = [link("H", "X", 0.5), *(link(f"S{i:04}", "H", 0.0001) for i in range(3000)), link("Z", "S0001", 0.1)]
    some = day(links=links)
    shown = some.neighbourhood("X", 60, [Expansion("suppliers", "H")])
    assert len(shown.nodes) <= MOST
    assert (shown.added[0].found, shown.added[0].left) == (3000, 3000 - 38 - STEP)
    assert shown.suppliers == Counts(3002, 39 + STEP + 1, 3002 - 39 - STEP - 1, 0)
    again = some.neighbourhood("X", 60, [Expansion("group", "2:")] * 9)
    assert len(again.nodes) <= MOST
    assert again.added[-1].left == again.added[-1].found - (
        len(parties(again)) - len(parties(some.neighbourhood("X", 60)))
    )


def test_around_a_site_its_buyers_stand_too():
    links = [link("F", "A", 0.5), link("A", "X", 0.4), link("A", "Y", 0.2), link("G", "F", 0.3), link("F", "Y", 0.1)]
    shown = day(links=links, findings=[finding("G")]).neighbourhood("F", with_buyers=True)
    tiers = dict(zip(shown.nodes["id"], shown.nodes["tier"], strict=True))
    assert tiers == {"F": 0, "G": 1, "A": -1, "Y": -1, "X": -2}
    inputs = dict(zip(shown.nodes["id"], shown.nodes["inputs"], strict=True))
    assert inputs == pytest.approx({"F": 1.0, "G": 0.3, "A": 0.5, "X": 0.2, "Y": 0.2})
    carries = dict(zip(shown.nodes["id"], shown.nodes["carries"], strict=True))
    assert carries["X"] == pytest.approx(0.5 * 0.4 * 0.3)
    assert (shown.suppliers, shown.buyers) == (Counts(1, 1), Counts(3, 3))


def test_a_site_of_which_goods_stand_apart_delivers_each_good_once():
    links = [link("S", "X", 0.3, product="soy"), link("S", "Y", 0.4, product="palm oil"), link("F", "S", 0.5)]
    some = day(links=links, findings=[finding("S", scope_commodity="palm oil"), finding("F")])
    shown = some.neighbourhood("F", with_buyers=True)
    inputs = dict(zip(shown.nodes["id"], shown.nodes["inputs"], strict=True))
    assert inputs == pytest.approx({"F": 1.0, "S": 0.5, "X": 0.15, "Y": 0.2})
    assert len(shown.links) == 3


def test_owners_and_sites_of_a_party_stand_beside_the_tiers():
    links = [link("M", "X", 0.5), link("M", "Y", 0.5)]
    some = day(
        organizations=[brand("X"), brand("Y"), {"id": "O", "name": "O"}, {"id": "P", "name": "P"}],
        facilities=[operates("O", "M"), operates("O", "N")],
        ownership=[owns("P", "O", 60)],
        links=links,
        findings=[finding("N")],
    )
    shown = some.neighbourhood(
        "X", expanded=[Expansion("owners", "M"), Expansion("owners", "O"), Expansion("buyers", "M")]
    )
    columns = dict(zip(shown.nodes["id"], shown.nodes["column"], strict=True))
    assert columns == {"X": 0, "M": 1, "O": 2, "N": 2, "P": 2, "Y": -1}
    held = shown.links[shown.links["kind"] != "delivers"]
    assert set(zip(held["supplier"], held["kind"], held["buyer"], strict=True)) == {
        ("O", "operates", "M"), ("O", "operates", "N"), ("P", "owns", "O"),
    }  # fmt: skip
    assert [(one.found, one.left) for one in shown.added] == [(1, 0), (3, 0), (2, 0)]
    # A flag counts for a party that no link names, too.
    assert shown.nodes.set_index("id").loc["N", "class"] == "named"
    assert shown.suppliers == Counts(1, 1)


def test_what_is_pinned_stays_on_a_day_without_it():
    some = day(links=[link("M", "X", 0.5, valid_from="2022-01-01"), link("A", "X", 0.1)])
    shown = some.neighbourhood("X", kept=["M", "nobody"])
    assert parties(shown) == {"X", "A", "M"}
    row: Any = shown.nodes.set_index("id").loc["M"]
    assert str(row["tier"]) == str(row["carries"]) == "nan"
    assert shown.suppliers == Counts(1, 1)


def test_parties_of_a_query_are_added_in_their_order_up_to_a_step():
    links = [link("A", "X", 0.5), *(link(f"S{i:03}", "Y", 0.001) for i in range(100))]
    shown = day(links=links).neighbourhood(
        "X", expanded=[Expansion("some_query", "A", (*(f"S{i:03}" for i in range(100)), "nobody"))]
    )
    assert parties(shown) == {"X", "A", *(f"S{i:03}" for i in range(STEP))}
    assert (shown.added[0].found, shown.added[0].left) == (100, 100 - STEP)
    assert shown.suppliers == Counts(1, 1)


def test_flags_of_classes_left_out_mark_nobody():
    graph = oracles.graph_of(organizations=[brand("X")], links=[link("A", "X", 0.5)], findings=[finding("A")])
    shown = Day(graph, Parameters(DAY, classes=("ownership",))).neighbourhood("X")
    assert shown.nodes.set_index("id").loc["A", "marks"] == {"unflagged": 1}
    assert shown.links["class"].isna().all()

"""Worst and best split of assumed shares, against trying every extreme split densely."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from graph_core import SupplyNetwork, traced_share
from graph_core.errors import InputError
from graph_core.exposure.ignorance import Ignorance
from tests import oracles
from tests.networks import dense, networks
from tests.unit.test_network import from_links

Bools = npt.NDArray[np.bool_]


@st.composite
def partly_assumed(draw: st.DrawFn) -> tuple[SupplyNetwork, Bools]:
    """A random network, and which of its links rest on an assumption."""
    net = draw(networks())
    count = len(net.share)
    return net, np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count)), dtype=bool)


def pools_of(net: SupplyNetwork, assumed: Bools) -> dict[int, list[int]]:
    """Assumed links by buyer; one with a share of 0 delivers nothing by any split."""
    assumed = assumed & (net.share > 0)
    return {int(b): np.flatnonzero(assumed & (net.buyer == b)).tolist() for b in np.unique(net.buyer[assumed])}


def moved(net: SupplyNetwork, pools: dict[int, list[int]], parts: dict[int, list[float]]) -> oracles.Floats:
    """Scores where the pools of some buyers are split in these parts."""
    share = net.share.copy()
    for buyer, part in parts.items():
        share[pools[buyer]] = net.share[pools[buyer]].sum() * np.array(part)
    return oracles.traced(dense(SupplyNetwork(net.ids, net.supplier, net.buyer, share, net.strength)), net.strength)


def corners(number: int) -> list[list[float]]:
    """All splits that give everything to one."""
    return [list(row) for row in np.eye(number)]


@given(partly_assumed())
def test_no_extreme_split_gives_more_or_less_and_one_gives_as_much(case: tuple[SupplyNetwork, Bools]) -> None:
    net, assumed = case
    pools = pools_of(net, assumed)
    assume(np.prod([len(links) for links in pools.values()]) <= 300)
    every = [
        moved(net, pools, dict(zip(pools, choice, strict=True)))
        for choice in product(*(corners(len(links)) for links in pools.values()))
    ]
    found = Ignorance(traced_share(net), assumed)
    assert found.high == pytest.approx(np.max(every, axis=0), abs=1e-9)
    assert found.low == pytest.approx(np.min(every, axis=0), abs=1e-9)


@given(partly_assumed(), st.randoms(use_true_random=False))
def test_any_split_lies_between(case: tuple[SupplyNetwork, Bools], random: object) -> None:
    net, assumed = case
    pools = pools_of(net, assumed)
    rng = np.random.default_rng(random.getrandbits(32))  # type: ignore[attr-defined]
    some = moved(net, pools, {buyer: rng.dirichlet(np.ones(len(links))).tolist() for buyer, links in pools.items()})
    traced = traced_share(net)
    found = Ignorance(traced, assumed)
    for scores in (traced.scores, some):
        assert (found.low <= scores + 1e-9).all()
        assert (scores <= found.high + 1e-9).all()


@given(partly_assumed())
def test_a_width_is_how_far_one_split_moves_the_score(case: tuple[SupplyNetwork, Bools]) -> None:
    net, assumed = case
    pools = pools_of(net, assumed)
    found = Ignorance(traced_share(net), assumed)
    expected = {
        net.ids[buyer]: np.ptp([moved(net, pools, {buyer: part}) for part in corners(len(links))], axis=0)
        for buyer, links in pools.items()
    }
    for b, name in enumerate(net.ids):
        widths = found.widths(name, k=len(net))
        assert list(widths.values()) == sorted(widths.values(), reverse=True)
        for node, width in expected.items():
            assert widths.get(node, 0.0) == pytest.approx(width[b], abs=1e-8)


def between(net: SupplyNetwork, *pairs: str) -> Bools:
    """Which links are among these pairs, such as ``F A``."""
    ends = zip(net.supplier.tolist(), net.buyer.tolist(), strict=True)
    return np.array([f"{net.ids[a]} {net.ids[b]}" in pairs for a, b in ends])


def test_the_worst_and_the_best_of_two_tiers() -> None:
    """X buys .6 of A, B and D together, A buys all of F and G; F is flagged."""
    links = [("C", "X", 0.4), ("F", "C", 0.5), ("F", "A", 0.5), ("G", "A", 0.5)] + [(i, "X", 0.2) for i in "ABD"]
    net = from_links(links, {"F": 1.0})
    found = Ignorance(traced_share(net), between(net, "A X", "B X", "D X", "F A", "G A"))
    x = found.network.number("X")
    assert found.low[x] == pytest.approx(0.2)
    assert found.high[x] == pytest.approx(0.8)
    assert found.widths("X") == pytest.approx({"X": 0.6 * 0.5, "A": 0.2})
    assert list(found.widths("X", k=1)) == ["X"]


def test_a_split_that_closes_a_cycle_leaves_nothing_that_ends_at_a_flag() -> None:
    """B gets all from A; A gets from B and F. By the equal split all ends at F, by the best all stays on the cycle."""
    links = [("B", "A", 0.5), ("F", "A", 0.5), ("A", "B", 1.0), ("B", "X", 1.0)]
    net = from_links(links, {"F": 0.5})
    found = Ignorance(traced_share(net), between(net, "B A", "F A"))
    x = found.network.number("X")
    assert (found.low[x], found.traced.scores[x], found.high[x]) == pytest.approx((0.0, 0.5, 0.5))
    assert found.widths("X") == pytest.approx({"A": 0.5})


def test_the_best_split_keeps_to_a_free_cycle_though_another_supplier_looks_better_by_the_equal_split() -> None:
    links = [("B", "A", 1 / 3), ("F", "A", 1 / 3), ("G", "A", 1 / 3), ("A", "B", 1.0)]
    net = from_links(links, {"F": 0.2, "G": 0.8})
    found = Ignorance(traced_share(net), between(net, "B A", "F A", "G A"))
    assert found.traced["A"] == pytest.approx(0.5)
    assert found.low[net.number("A")] == found.low[net.number("B")] == 0.0
    assert found.high[net.number("A")] == pytest.approx(0.8)


def test_without_a_choice_both_bounds_are_the_score() -> None:
    links = [("F", "X", 0.2), ("F", "X", 0.2), ("A", "X", 0.6)]
    net = from_links(links, {"F": 1.0})
    traced = traced_share(net)
    for assumed in (between(net), between(net, "F X")):
        found = Ignorance(traced, assumed)
        assert np.array_equal(found.low, traced.scores)
        assert np.array_equal(found.high, traced.scores)
        assert found.widths("X") == {}


def test_a_long_chain_is_not_walked_link_by_link_for_ever() -> None:
    size = 3000
    links = [(f"n{i}", f"n{i + 1}", 0.5) for i in range(size)] + [("G", f"n{i + 1}", 0.5) for i in range(size)]
    found = Ignorance(traced_share(from_links(links, {"n0": 1.0})), np.ones(len(links), dtype=bool))
    end = found.network.number(f"n{size}")
    assert (found.low[end], found.high[end]) == (0.0, 1.0)


def test_what_cannot_be_asked() -> None:
    traced = traced_share(from_links([("F", "X", 0.5)], {"F": 1.0}))
    with pytest.raises(InputError, match="2 values for 1 links"):
        Ignorance(traced, np.array([True, False]))
    with pytest.raises(InputError, match=r"decay is 0\.5"):
        Ignorance(traced_share(traced.network, decay=0.5), np.array([True]))
    with pytest.raises(InputError, match="k is 0"):
        Ignorance(traced, np.array([True])).widths("X", k=0)

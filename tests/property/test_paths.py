"""Paths on any small network, against all simple paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_core import top_paths, traced_share
from tests import oracles
from tests.unit.test_network import from_links

NODES = "ABCDEF"
#: Coarse shares make ties likely; 2^-n is exact, so that equal products are equal numbers.
COARSE = st.sampled_from([0.0, 0.25, 0.5, 1.0])
FINE = st.floats(0.001, 1.0)
PAIRS = st.tuples(st.sampled_from(NODES), st.sampled_from(NODES))
FLAGS = st.dictionaries(st.sampled_from(NODES), st.sampled_from([0.0, 0.25, 0.5, 1.0]), max_size=4)


def networks(share: st.SearchStrategy[float]) -> st.SearchStrategy[dict[tuple[str, str], float]]:
    return st.dictionaries(PAIRS, share, max_size=16)


@given(networks(COARSE), FLAGS, st.integers(1, 40))
def test_paths_are_those_of_a_full_search_ties_included(
    pairs: dict[tuple[str, str], float], flags: dict[str, float], k: int
) -> None:
    links = [(a, b, p) for (a, b), p in pairs.items()]
    expected = oracles.all_paths(links, flags, "A")
    found = top_paths(from_links(links, {"A": 0.0, **flags}), "A", k=k)
    assert [path.nodes for path in found] == [nodes for *_, nodes in expected[:k]]
    assert [path.score for path in found] == [score for score, *_ in expected[:k]]
    assert [path.contribution for path in found] == pytest.approx([part for _, part, _ in expected[:k]])
    assert found.truncated == (len(expected) > k)


@given(networks(FINE), FLAGS, st.integers(1, 40))
def test_scores_are_those_of_a_full_search(
    pairs: dict[tuple[str, str], float], flags: dict[str, float], k: int
) -> None:
    links = [(a, b, p) for (a, b), p in pairs.items()]
    expected = oracles.all_paths(links, flags, "A")
    found = top_paths(from_links(links, {"A": 0.0, **flags}), "A", k=k)
    assert [path.score for path in found] == pytest.approx([score for score, *_ in expected[:k]], rel=1e-12)
    by_nodes = {nodes: (score, part) for score, part, nodes in expected}
    for path in found:
        assert (path.score, path.contribution) == pytest.approx(by_nodes[path.nodes], rel=1e-12)
    assert len({path.nodes for path in found}) == len(found)


@given(
    networks(COARSE),
    FLAGS,
    st.sets(st.sampled_from(NODES), max_size=2),
    st.sets(st.sampled_from(NODES[1:]), max_size=2),
    st.one_of(st.none(), st.integers(1, 5)),
    st.integers(1, 40),
)
def test_paths_with_conditions_are_those_of_a_full_search_filtered(
    pairs: dict[tuple[str, str], float],
    flags: dict[str, float],
    through: set[str],
    avoiding: set[str],
    max_hops: int | None,
    k: int,
) -> None:
    links = [(a, b, p) for (a, b), p in pairs.items()]
    avoiding -= through
    expected = [
        (score, nodes)
        for score, _, nodes in oracles.all_paths(links, flags, "A")
        if (not through or through & set(nodes))
        and not avoiding & set(nodes)
        and (max_hops is None or len(nodes) <= max_hops + 1)
    ]
    net = from_links(links, dict.fromkeys(NODES, 0.0) | flags)
    found = top_paths(net, "A", k, through=through, avoiding=avoiding, max_hops=max_hops)
    assert [(path.score, path.nodes) for path in found] == expected[:k]
    assert found.truncated == (len(expected) > k)


@given(st.dictionaries(PAIRS, st.floats(0.01, 1.0), max_size=14), FLAGS)
def test_contributions_of_all_paths_sum_to_the_score_without_cycles(
    pairs: dict[tuple[str, str], float], flags: dict[str, float]
) -> None:
    downward = [(a, b, p) for (a, b), p in pairs.items() if a > b]
    total = {b: sum(p for _, d, p in downward if d == b) for b in NODES}
    links = [(a, b, p / max(1.0, total[b])) for a, b, p in downward]
    net = from_links(links, {"A": 0.0, **flags})
    parts = sum(path.contribution for path in top_paths(net, "A", k=10_000))
    assert parts == pytest.approx(traced_share(net)["A"] - flags.get("A", 0.0), abs=1e-12)

"""Best exposure paths: acceptance numbers, order, ties, cycles and parallel links."""

from __future__ import annotations

from typing import Any

import pytest

from graph_core import SupplyNetwork, top_paths, traced_share
from graph_core.errors import InputError, NotFoundError
from graph_core.paths import strongest
from tests import oracles
from tests.unit.test_network import from_links

C = [("F", "A", 0.9), ("A", "X", 0.9), ("F", "X", 0.8), ("F", "B", 0.5), ("B", "X", 0.5), ("A", "B", 1.0)]


def test_c_four_paths_in_their_order() -> None:
    found = top_paths(from_links(C, {"F": 1.0}), "X", k=10)
    assert [path.nodes for path in found] == [("F", "A", "X"), ("F", "X"), ("F", "A", "B", "X"), ("F", "B", "X")]
    assert [path.score for path in found] == pytest.approx([0.81, 0.80, 0.45, 0.25])
    assert not found.truncated


@pytest.mark.parametrize("k", [1, 2, 3])
def test_c_cut_off_is_said(k: int) -> None:
    found = top_paths(from_links(C, {"F": 1.0}), "X", k=k)
    assert len(found) == k
    assert found.truncated


def test_c_with_a_flag_of_a_half_halves_all() -> None:
    found = top_paths(from_links(C, {"F": 0.5}), "X", k=10)
    assert [path.score for path in found] == pytest.approx([0.405, 0.40, 0.225, 0.125])


def test_contributions_of_a2b_count_what_each_flag_leaves() -> None:
    links = [("F", "A", 0.5), ("F", "B", 0.2), ("G", "B", 0.3), ("A", "X", 0.4), ("B", "X", 0.6)]
    net = from_links(links, {"F": 1.0, "G": 0.5, "A": 0.5})
    found = {path.nodes: path for path in top_paths(net, "X")}
    assert found["F", "A", "X"].score == pytest.approx(0.2)
    assert found["F", "A", "X"].contribution == pytest.approx(0.1)
    assert found["A", "X"].contribution == pytest.approx(0.2)
    assert sum(path.contribution for path in found.values()) == pytest.approx(traced_share(net)["X"])


def test_equal_scores_come_by_their_nodes() -> None:
    links = [("F", m, 0.5) for m in "EDCBA"] + [(m, "X", 0.2) for m in "CABED"]
    found = top_paths(from_links(links, {"F": 1.0}), "X", k=10)
    assert [path.nodes for path in found] == [("F", m, "X") for m in "ABCDE"]
    assert [path.nodes[1] for path in top_paths(from_links(links, {"F": 1.0}), "X", k=2)] == ["A", "B"]


def test_equal_scores_of_different_lengths_come_by_their_nodes_from_the_buyer_on() -> None:
    links = [("F", "X", 0.25), ("F", "A", 0.5), ("A", "X", 0.5), ("B", "X", 0.25)]
    found = top_paths(from_links(links, {"F": 1.0, "B": 1.0}), "X", k=10)
    assert [path.nodes for path in found] == [("F", "A", "X"), ("B", "X"), ("F", "X")]


def test_paths_are_simple_and_cycles_end_nowhere() -> None:
    links = [("F", "A", 0.5), ("B", "A", 0.4), ("A", "B", 0.9), ("B", "X", 0.9), ("X", "B", 0.1)]
    found = top_paths(from_links(links, {"F": 1.0}), "X", k=50)
    assert [path.nodes for path in found] == [("F", "A", "B", "X")]
    assert found[0].score == pytest.approx(0.405)


def test_a_closed_cycle_without_a_flag_ends() -> None:
    assert top_paths(from_links([("A", "B", 1.0), ("B", "A", 1.0), ("B", "X", 1.0)], {}), "X") == []


def test_a_share_of_one_and_a_self_loop() -> None:
    found = top_paths(from_links([("F", "A", 1.0), ("A", "A", 0.0), ("A", "X", 1.0), ("X", "X", 0.0)], {"F": 1.0}), "X")
    assert [(path.nodes, path.score) for path in found] == [(("F", "A", "X"), 1.0)]


def test_zero_shares_and_zero_flags_make_no_path() -> None:
    links = [("F", "X", 0.0), ("G", "X", 0.5), ("H", "X", 0.5)]
    assert [p.nodes for p in top_paths(from_links(links, {"F": 1.0, "G": 0.0, "H": 0.1}), "X")] == [("H", "X")]


def test_the_buyer_s_own_flag_is_no_path() -> None:
    found = top_paths(from_links([("F", "X", 0.5)], {"F": 1.0, "X": 0.5}), "X")
    assert [(path.nodes, path.score, path.contribution) for path in found] == [(("F", "X"), 0.5, 0.25)]


def test_parallel_links_are_one_hop() -> None:
    found = top_paths(from_links([("F", "X", 0.2), ("F", "X", 0.3)], {"F": 1.0}), "X")
    assert [(path.nodes, path.score) for path in found] == [(("F", "X"), pytest.approx(0.5))]


def test_parallel_links_over_one_keep_scores_in_their_range_and_order() -> None:
    """Sums over 1 are allowed for paths; no path is more than certain."""
    links = [("F", "A", 0.8), ("F", "A", 0.8), ("A", "X", 0.5), ("G", "X", 0.7)]
    found = top_paths(from_links(links, {"F": 1.0, "G": 1.0}), "X")
    assert [path.nodes for path in found] == [("G", "X"), ("F", "A", "X")]
    assert [path.score for path in found] == [0.7, 0.5]


def test_a_flagged_site_behind_a_flagged_site_has_a_path_of_its_own() -> None:
    found = top_paths(from_links([("F", "A", 0.5), ("A", "X", 0.5)], {"F": 1.0, "A": 1.0}), "X")
    assert [path.nodes for path in found] == [("A", "X"), ("F", "A", "X")]
    assert [path.contribution for path in found] == pytest.approx([0.5, 0.0])


def test_a_wide_network_is_searched_from_the_best_on() -> None:
    """Ten layers of ten sites hold 10^10 paths; five come out at once."""
    links = [("F", f"0.{i}", 0.9) for i in range(10)]
    links += [(f"{t}.{i}", f"{t + 1}.{j}", 0.05 + 0.004 * i) for t in range(9) for i in range(10) for j in range(10)]
    links += [(f"9.{i}", "X", 0.1) for i in range(10)]
    found = top_paths(from_links(links, {"F": 1.0}), "X", k=5)
    assert found.truncated
    best = 0.9 * 0.086**9 * 0.1
    assert found[0].score == pytest.approx(best)
    assert [path.score for path in found] == sorted((path.score for path in found), reverse=True)


def test_c_with_conditions() -> None:
    net = from_links(C, {"F": 1.0})
    assert [path.nodes for path in top_paths(net, "X", through="B")] == [("F", "A", "B", "X"), ("F", "B", "X")]
    assert [path.nodes for path in top_paths(net, "X", avoiding="A")] == [("F", "X"), ("F", "B", "X")]
    assert [path.nodes for path in top_paths(net, "X", max_hops=1)] == [("F", "X")]
    assert [path.nodes for path in top_paths(net, "X", through="B", max_hops=2)] == [("F", "B", "X")]
    assert [path.nodes for path in top_paths(net, "X", through="B", avoiding=["A"])] == [("F", "B", "X")]
    assert len(top_paths(net, "X", through="F")) == len(top_paths(net, "X", through="X")) == 4
    assert top_paths(net, "X", avoiding=["F"]) == []
    assert top_paths(net, "X")[0].nodes == ("F", "A", "X")


def test_a_flagged_node_on_the_way_is_met_and_may_be_the_end() -> None:
    net = from_links([("F", "A", 0.5), ("A", "X", 0.5), ("F", "X", 0.5)], {"F": 1.0, "A": 0.5})
    assert [path.nodes for path in top_paths(net, "X", through="A")] == [("A", "X"), ("F", "A", "X")]
    assert [path.nodes for path in top_paths(net, "X", through="A", max_hops=1)] == [("A", "X")]


def test_conditions_keep_a_wide_network_from_being_walked_through() -> None:
    """Of 10^10 paths those through one site and of few hops come out at once; none is that short."""
    links = [("F", f"0.{i}", 0.9) for i in range(10)] + [("F", "9.3", 1e-9)]
    links += [(f"{t}.{i}", f"{t + 1}.{j}", 0.05 + 0.004 * i) for t in range(9) for i in range(10) for j in range(10)]
    links += [(f"9.{i}", "X", 0.1) for i in range(10)]
    net = from_links(links, {"F": 1.0})
    assert [path.nodes for path in top_paths(net, "X", max_hops=10)] == [("F", "9.3", "X")]
    found = top_paths(net, "X", k=3, through="4.0", avoiding=["3.9", "5.9"], max_hops=11)
    assert found.truncated
    assert all(path.nodes[5] == "4.0" and not {"3.9", "5.9"} & set(path.nodes) for path in found)
    assert found[0].score == pytest.approx(0.9 * 0.086**6 * 0.082**2 * 0.05 * 0.1)


def test_what_cannot_be_asked() -> None:
    net = from_links(C, {"F": 1.0})
    with pytest.raises(InputError, match="max_hops is 0"):
        top_paths(net, "X", max_hops=0)
    with pytest.raises(InputError, match="'A' is to be on the paths and to be avoided"):
        top_paths(net, "X", through="A", avoiding=["A"])
    with pytest.raises(InputError, match="'X'"):
        top_paths(net, "X", avoiding="X")
    with pytest.raises(NotFoundError, match="'Z'"):
        top_paths(net, "X", through="Z")
    with pytest.raises(InputError, match="k is 0"):
        top_paths(net, "X", k=0)
    with pytest.raises(NotFoundError, match="'Z'"):
        top_paths(net, "Z")


def test_the_oracle_agrees_on_c() -> None:
    assert [row[2] for row in oracles.all_paths(C, {"F": 1.0}, "X")] == [
        path.nodes for path in top_paths(from_links(C, {"F": 1.0}), "X")
    ]


def test_flags_asked_for_at_the_same_time_do_not_mix() -> None:
    """Two readers of one network with other flags: the second asks while the first is at work."""
    net = SupplyNetwork.from_arrays(["F", "A", "X"], [0, 1], [1, 2], [0.5, 0.5], {"F": 1.0})
    half = net.with_strength([0.5, 0.0, 0.0])
    waiting = [half]

    class Interrupted(dict[str, Any]):
        """Lets the second reader in as soon as the first has put something down."""

        def __setitem__(self, key: str, value: Any) -> None:
            super().__setitem__(key, value)
            if waiting and key.startswith("strongest"):
                strongest(waiting.pop())

    cache = Interrupted()
    for one in (net, half):
        object.__setattr__(one, "_cache", cache)
    assert [strongest(net)[2] for _ in range(2)] == pytest.approx([0.25, 0.25])
    assert strongest(half)[2] == pytest.approx(0.125)

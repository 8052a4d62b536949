"""The supply network: what it takes, what it refuses, and how it adds up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from graph_core import SupplyNetwork, kernels, top_paths, traced_share
from graph_core.errors import InputError, NotFoundError
from tests import oracles


def from_links(links: Sequence[oracles.Triple], flags: dict[str, float] | None = None) -> SupplyNetwork:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for supplier, buyer, share in links:
        graph.add_edge(supplier, buyer, share=share)
    graph.add_nodes_from(flags or {})
    return SupplyNetwork.from_networkx(graph, flags)


@pytest.mark.parametrize("share", [math.nan, -0.1, -1e-300, 1.0000001, 2.0, math.inf, -math.inf])
def test_a_share_outside_0_to_1_names_its_link(share: float) -> None:
    with pytest.raises(InputError, match=r"F -> A") as error:
        from_links([("F", "A", share), ("A", "X", 0.5)])
    assert str(share) in str(error.value)
    with pytest.raises(InputError, match=r"F -> A"):
        SupplyNetwork.from_arrays(["F", "A"], [0], [1], [share])


def test_an_edge_without_share_names_its_link() -> None:
    graph = nx.DiGraph([("F", "A")])
    with pytest.raises(InputError, match="F -> A"):
        SupplyNetwork.from_networkx(graph)


@pytest.mark.parametrize("strength", [math.nan, -0.1, 1.1, math.inf])
def test_a_strength_outside_0_to_1_names_its_node(strength: float) -> None:
    with pytest.raises(InputError, match="'F'"):
        SupplyNetwork.from_arrays(["F", "A"], [0], [1], [0.5], {"F": strength})


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(NotFoundError, match="'Z'"):
        SupplyNetwork.from_arrays(["F", "A"], [0], [1], [0.5], {"Z": 1.0})
    with pytest.raises(InputError, match="twice"):
        SupplyNetwork.from_arrays(["F", "F"], [0], [1], [0.5])
    with pytest.raises(InputError, match=r"buyer.*0\.\.1"):
        SupplyNetwork.from_arrays(["F", "A"], [0], [2], [0.5])
    with pytest.raises(InputError, match="supplier"):
        SupplyNetwork.from_arrays(["F", "A"], [-1], [1], [0.5])
    with pytest.raises(InputError, match="2, 1 and 1"):
        SupplyNetwork.from_arrays(["F", "A"], [0, 0], [1], [0.5])
    with pytest.raises(NotFoundError, match="'Z'"):
        SupplyNetwork.from_arrays(["F"], [], [], []).number("Z")


def test_sums_over_one_are_refused_by_the_traced_share_and_allowed_for_paths() -> None:
    net = from_links([("F", "X", 0.8), ("G", "X", 0.5)], {"F": 1.0})
    with pytest.raises(InputError, match=r"'X' sum to 1\.3.*F 0\.8.*G 0\.5"):
        traced_share(net)
    assert top_paths(net, "X")[0].score == pytest.approx(0.8)


def test_a_sum_of_one_with_rounding_is_no_fault() -> None:
    net = from_links([(f"S{i}", "X", 0.1) for i in range(10)] + [("T", "X", 5e-10)], {"S0": 1.0})
    assert traced_share(net)["X"] == pytest.approx(0.1)
    with pytest.raises(InputError):
        traced_share(from_links([("S", "X", 1.0), ("T", "X", 2e-9)]))


def test_parallel_links_add_up() -> None:
    net = from_links([("F", "X", 0.2), ("F", "X", 0.3)], {"F": 1.0})
    assert traced_share(net)["X"] == pytest.approx(0.5)
    assert net.mapped[net.number("X")] == pytest.approx(0.5)
    assert net.inputs.toarray()[net.number("X"), net.number("F")] == pytest.approx(0.5)


def test_networkx_and_arrays_give_the_same_network() -> None:
    links = [("F", "A", 0.5), ("F", "B", 0.2), ("G", "B", 0.3), ("A", "X", 0.4), ("B", "X", 0.6)]
    first = from_links(links, {"F": 1.0})
    second = SupplyNetwork.from_arrays(first.ids, first.supplier, first.buyer, first.share, {"F": 1.0})
    back = SupplyNetwork.from_networkx(first.to_networkx(), {"F": 1.0})
    assert len(first) == 5
    for other in (second, back):
        assert other.ids == first.ids
        assert np.array_equal(other.inputs.toarray(), first.inputs.toarray())
        assert np.array_equal(other.strength, first.strength)


def test_an_empty_network_and_a_lone_node() -> None:
    empty = SupplyNetwork.from_arrays([], [], [], [])
    assert traced_share(empty).scores.tolist() == []
    lone = SupplyNetwork.from_networkx(nx.DiGraph({"A": []}), {"A": 0.25})
    assert traced_share(lone)["A"] == 0.25
    assert traced_share(lone).attribution("A") == {"A": 0.25}
    assert traced_share(lone).leverage("A") == {}
    assert top_paths(lone, "A") == []


def test_other_flags_on_the_same_links() -> None:
    net = from_links([("F", "A", 0.5), ("G", "A", 0.5)], {"F": 1.0})
    before = traced_share(net)
    other = net.with_strength([0.0 if name != "G" else 0.5 for name in net.ids])
    assert traced_share(other)["A"] == pytest.approx(0.25)
    assert top_paths(other, "A")[0].nodes == ("G", "A")
    assert top_paths(net, "A")[0].nodes == ("F", "A")
    assert before["A"] == pytest.approx(0.5)
    assert before.attribution("A") == pytest.approx({"F": 0.5})


def test_a_saved_network_is_the_same_again(tmp_path: Path) -> None:
    net = SupplyNetwork.from_arrays(["F", "Ä µ", "", "工厂"], [0, 1, 0], [1, 3, 3], [0.5, 0.25, 0.125], {"F": 0.75})
    for _ in range(2):  # the second time over the first
        net.save(tmp_path / "net")
    back = SupplyNetwork.open(tmp_path / "net")
    assert back.ids == net.ids
    for name in ("supplier", "buyer", "share", "strength"):
        assert (getattr(back, name) == getattr(net, name)).all()
        assert not getattr(back, name).flags.writeable
    assert traced_share(back).scores == pytest.approx(traced_share(net).scores)
    if kernels.installed():
        kernels.load("tracing")
        again = SupplyNetwork.open(tmp_path / "net")
        assert traced_share(again).scores == pytest.approx(traced_share(net).scores)
    assert [path.name for path in tmp_path.iterdir()] == ["net"]


def test_what_is_no_saved_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no saved network"):
        SupplyNetwork.open(tmp_path / "nowhere")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    net = SupplyNetwork.from_arrays(["F", "A"], [0], [1], [0.5])
    with pytest.raises(InputError, match="no saved network; name another"):
        net.save(tmp_path / "mine")
    assert (tmp_path / "mine" / "notes.txt").exists()
    net.save(tmp_path / "net")
    np.save(tmp_path / "net" / "share.npy", np.array([0.5, 0.5]))
    with pytest.raises(InputError, match="no whole network"):
        SupplyNetwork.open(tmp_path / "net")
    (tmp_path / "net" / "share.npy").write_bytes(b"not an array")
    with pytest.raises(InputError, match="no saved network"):
        SupplyNetwork.open(tmp_path / "net")

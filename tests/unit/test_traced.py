"""Traced exposure share: the acceptance numbers, and the corners of the mathematics."""

from __future__ import annotations

import math

import numpy as np
import pytest

from graph_core import SupplyNetwork, traced_share
from graph_core.errors import ConvergenceError, InputError, NotFoundError
from graph_core.exposure.components import DENSE
from tests import oracles

A2 = [("F", "A", 0.5), ("F", "B", 0.2), ("G", "B", 0.3), ("A", "X", 0.4), ("B", "X", 0.6)]
A3 = [("F", "A", 0.5), ("B", "A", 0.4), ("A", "B", 0.9), ("B", "X", 1.0)]


def network(links: list[oracles.Triple], flags: dict[str, float]) -> SupplyNetwork:
    ids = sorted({name for a, b, _ in links for name in (a, b)} | set(flags))
    number = {name: i for i, name in enumerate(ids)}
    return SupplyNetwork.from_arrays(
        ids, [number[a] for a, _, _ in links], [number[b] for _, b, _ in links], [p for *_, p in links], flags
    )


def dense(net: SupplyNetwork) -> oracles.Floats:
    links = zip(net.supplier.tolist(), net.buyer.tolist(), net.share.tolist(), strict=True)
    return oracles.matrix(len(net), links)


# --- acceptance numbers ----------------------------------------------------------------------------------------


def test_a1_leontief_inverse_by_the_oracle() -> None:
    """The quantity model behind the score, as published; its matrix has an entry of 40, which is no share."""
    inverse = np.linalg.inv(np.eye(2) - np.array([[0.1, 40.0], [0.01, 0.0]]))
    assert inverse == pytest.approx(np.array([[2.0, 80.0], [0.02, 1.8]]))
    assert inverse @ [50.0, 2.0] == pytest.approx([260.0, 4.6])


def test_a1_leontief_inverse_by_the_solver() -> None:
    """Good 2 in units fifty times as large makes shares of A1; L in these units, with flags that take nothing."""
    units = np.array([1.0, 50.0])
    shares = np.array([[0.1, 40.0], [0.01, 0.0]]) * units[:, None] / units[None, :]
    assert shares.sum(axis=0) == pytest.approx([0.6, 0.8])
    net = network([("1", "1", 0.1), ("1", "2", 0.8), ("2", "1", 0.5)], {"1": 1e-14, "2": 1e-14})
    assert dense(net) == pytest.approx(shares)
    e = traced_share(net)
    inverse = np.column_stack([e.passing("1"), e.passing("2")]) * units[None, :] / units[:, None]
    assert inverse == pytest.approx(np.array([[2.0, 80.0], [0.02, 1.8]]))
    assert inverse @ [50.0, 2.0] == pytest.approx([260.0, 4.6])


def test_a2_diamond() -> None:
    e = traced_share(network(A2, {"F": 1.0, "G": 0.5}))
    assert [e["A"], e["B"], e["X"]] == pytest.approx([0.5, 0.35, 0.41], abs=1e-15)
    assert e.attribution("X") == pytest.approx({"F": 0.32, "G": 0.09})
    assert list(e.attribution("X")) == ["F", "G"]
    assert e.leverage("X") == pytest.approx({"F": 0.32, "B": 0.21, "A": 0.20, "G": 0.09})
    assert list(e.leverage("X")) == ["F", "B", "A", "G"]
    assert e.leverage("X", k=2) == pytest.approx({"F": 0.32, "B": 0.21})


def test_a2b_shadowing() -> None:
    e = traced_share(network(A2, {"F": 1.0, "G": 0.5, "A": 0.5}))
    assert [e["A"], e["X"]] == pytest.approx([0.75, 0.51])
    assert e.attribution("X") == pytest.approx({"F": 0.22, "G": 0.09, "A": 0.20})
    assert e.leverage("X")["A"] == pytest.approx(0.30)
    flag_off = traced_share(network(A2, {"F": 1.0, "G": 0.5}))
    assert e["X"] - flag_off["X"] == pytest.approx(0.10)


def test_a3_cycle() -> None:
    e = traced_share(network(A3, {"F": 1.0}))
    assert e["A"] == pytest.approx(25 / 32, abs=1e-15)
    assert [e["B"], e["X"]] == pytest.approx([0.703125, 0.703125], abs=1e-15)
    a = e.network.number("A")
    assert e.passing("A")[a] == pytest.approx(1.5625)
    assert e.leverage("X") == pytest.approx({"A": 0.703125, "B": 0.703125, "F": 0.703125})
    assert e.attribution("X") == pytest.approx({"F": 0.703125})


# --- cycles ----------------------------------------------------------------------------------------------------


def test_a_closed_cycle_without_a_flag_is_zero() -> None:
    e = traced_share(network([("A", "B", 1.0), ("B", "A", 1.0), ("B", "X", 0.5), ("F", "X", 0.5)], {"F": 1.0}))
    assert [e["A"], e["B"]] == [0.0, 0.0]
    assert e["X"] == 0.5
    assert e.attribution("X") == {"F": 0.5}
    assert e.leverage("X") == {"F": 0.5}
    assert e.attribution("A") == {}


def test_a_closed_self_loop_is_zero_and_a_fed_one_is_not() -> None:
    assert traced_share(network([("A", "A", 1.0), ("A", "X", 1.0)], {}))["X"] == 0.0
    e = traced_share(network([("A", "A", 0.5), ("F", "A", 0.25), ("A", "X", 1.0)], {"F": 1.0}))
    assert e["A"] == pytest.approx(0.5)
    assert e.leverage("X")["A"] == pytest.approx(0.5)


def test_a_flag_on_a_closed_cycle_takes_all_of_it() -> None:
    e = traced_share(network([("A", "B", 1.0), ("B", "A", 1.0), ("B", "X", 1.0)], {"A": 0.5}))
    assert e.scores == pytest.approx([1.0, 1.0, 1.0])
    assert e.attribution("X") == pytest.approx({"A": 1.0})


def test_rounding_in_a_full_cycle_never_ends_in_a_foreign_error() -> None:
    """Shares may exceed 1 by 1e-9; a self-loop of 1 beside a crumb of a flagged supplier has no finite solution."""
    try:
        score = traced_share(network([("A", "A", 1.0), ("F", "A", 5e-10)], {"F": 1.0}))["A"]
    except ConvergenceError:
        return
    assert 0 <= score <= 1


def test_a_chain_of_cycles() -> None:
    links = [("F", "a0", 0.5)]
    for i in range(60):
        links += [(f"a{i}", f"b{i}", 0.9), (f"b{i}", f"a{i}", 0.3), (f"b{i}", f"a{i + 1}", 0.6)]
    links += [("a60", "X", 1.0)]
    net = network(links, {"F": 1.0, "b7": 0.2})
    e = traced_share(net)
    expected = oracles.traced(dense(net), net.strength)
    assert e.scores == pytest.approx(expected, abs=1e-12)
    assert sum(e.attribution("X").values()) == pytest.approx(e["X"], rel=1e-9)
    for node in ("a0", "b7", "a33", "F"):
        fall = oracles.removal(dense(net), net.strength, net.number("X"), net.number(node))
        assert e.leverage("X", k=1000)[node] == pytest.approx(fall, abs=1e-12)


def large_cycle(size: int) -> SupplyNetwork:
    """One component of `size` nodes with extra links inside, fed by flagged and clean sites, and a brand."""
    rng = np.random.default_rng(7)
    ids = [f"n{i}" for i in range(size)] + ["F", "G", "X"]
    ring = np.arange(size)
    more = rng.integers(0, size, (3, 2 * size))
    supplier = np.concatenate([ring, more[0], rng.integers(size, size + 2, size // 5), [0, 5]])
    buyer = np.concatenate([(ring + 1) % size, more[1], rng.integers(0, size, size // 5), [size + 2] * 2])
    share = rng.random(len(supplier))
    total = np.bincount(buyer, weights=share, minlength=size + 3)
    share *= (rng.random(size + 3) * 0.2 + 0.8)[buyer] / total[buyer]
    return SupplyNetwork.from_arrays(ids, supplier, buyer, share, {"F": 1.0, "G": 0.3, "n17": 0.4})


@pytest.mark.parametrize("size", [DENSE - 3, DENSE + 1, 900])
def test_a_large_component_on_both_sides_of_the_dense_limit(size: int) -> None:
    net = large_cycle(size)
    e = traced_share(net)
    assert e.scores == pytest.approx(oracles.traced(dense(net), net.strength), abs=1e-11)
    row = oracles.passing(dense(net), net.strength)[net.number("X")]
    assert e.passing("X") == pytest.approx(row, abs=1e-9)
    assert sum(e.attribution("X").values()) == pytest.approx(e["X"], abs=1e-10)
    best = e.leverage("X", k=3)
    for node, value in best.items():
        fall = oracles.removal(dense(net), net.strength, net.number("X"), net.number(node))
        assert value == pytest.approx(fall, abs=1e-10)


# --- corners ---------------------------------------------------------------------------------------------------


def test_disconnected_parts_do_not_touch() -> None:
    e = traced_share(network([("F", "A", 1.0), ("C", "D", 1.0)], {"F": 1.0}))
    assert [e["A"], e["C"], e["D"]] == [1.0, 0.0, 0.0]
    assert e.attribution("D") == {}
    assert e.leverage("D") == {}


def test_zero_shares_carry_nothing() -> None:
    e = traced_share(network([("F", "A", 0.0), ("A", "X", 1.0)], {"F": 1.0}))
    assert e["X"] == 0.0
    assert e.attribution("X") == {}


def test_a_full_flag_stops_the_trace_and_an_empty_one_changes_nothing() -> None:
    e = traced_share(network([("F", "A", 1.0), ("A", "X", 0.5)], {"F": 1.0, "A": 1.0, "X": 0.0}))
    assert e["X"] == 0.5
    assert e.attribution("X") == {"A": 0.5}
    assert traced_share(network([("F", "A", 1.0)], {"F": 0.0}))["A"] == 0.0


def test_a_flag_on_the_buyer_itself() -> None:
    e = traced_share(network([("F", "X", 0.5)], {"F": 1.0, "X": 0.2}))
    assert e["X"] == pytest.approx(0.2 + 0.8 * 0.5)
    assert e.attribution("X") == pytest.approx({"F": 0.4, "X": 0.2})
    assert e.leverage("X") == pytest.approx({"F": 0.4})


def test_decay_takes_its_part_at_every_hop() -> None:
    net = network([("F", "A", 1.0), ("A", "B", 1.0), ("B", "X", 0.5)], {"F": 1.0})
    assert traced_share(net, decay=0.5)["X"] == pytest.approx(0.5**3 * 0.5)
    assert traced_share(net, decay=0.0)["X"] == 0.0
    assert traced_share(net, decay=0.0)["F"] == 1.0


def test_a_chain_of_many_tiers() -> None:
    size = 5000
    ids = [str(i) for i in range(size)]
    net = SupplyNetwork.from_arrays(ids, range(size - 1), range(1, size), np.full(size - 1, 0.999), {"0": 1.0})
    e = traced_share(net)
    assert e[str(size - 1)] == pytest.approx(0.999 ** (size - 1), rel=1e-9)
    assert sum(e.attribution(str(size - 1)).values()) == pytest.approx(e[str(size - 1)], rel=1e-9)


@pytest.mark.parametrize("decay", [-0.1, 1.1, math.nan])
def test_a_decay_outside_0_to_1_is_refused(decay: float) -> None:
    with pytest.raises(InputError, match="decay"):
        traced_share(network(A2, {}), decay=decay)


@pytest.mark.parametrize("tolerance", [0.0, -1.0, math.nan])
def test_a_tolerance_that_is_none_is_refused(tolerance: float) -> None:
    with pytest.raises(InputError, match="tolerance"):
        traced_share(network(A2, {}), tolerance=tolerance)


def test_a_tolerance_that_cannot_be_met_is_said() -> None:
    net = large_cycle(300)
    with pytest.raises(ConvergenceError) as error:
        traced_share(net, tolerance=1e-300)
    assert 0 < error.value.residual < 1e-12


def test_questions_that_make_no_sense_are_refused() -> None:
    e = traced_share(network(A2, {"F": 1.0}))
    with pytest.raises(InputError, match="k is 0"):
        e.leverage("X", k=0)
    with pytest.raises(NotFoundError):
        e.attribution("Z")

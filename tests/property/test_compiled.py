"""Compiled kernels against the plain way and dense oracles: the same figures; intervals hold the exact ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_core import SupplyNetwork, kernels, traced_share
from graph_core.day import Day, Parameters
from graph_core.errors import InputError
from graph_core.exposure.ordering import Ordering, ordering
from graph_core.exposure.plain import PlainOrdering
from graph_core.exposure.traced import TracedShare
from graph_core.network import Ints
from tests import oracles
from tests.networks import dense, networks

pytest.importorskip("numba")


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    """Load the kernels before a test is timed; from then on networks of any size take them."""
    kernels.load("tracing")


def compiled(net: SupplyNetwork) -> Ordering:
    """Elimination order by kernels."""
    order = ordering(net)
    assert type(order).__name__ == "CompiledOrdering"
    return order


def scale_of(net: SupplyNetwork, decay: float = 1.0) -> oracles.Floats:
    return decay * (1 - net.strength)


@st.composite
def tangled(draw: st.DrawFn) -> SupplyNetwork:
    """A cycle through everybody with links across: components larger than elimination in a kernel takes."""
    size = draw(st.integers(49, 120))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    across = rng.integers(0, size, (2, draw(st.integers(0, 3 * size))))
    ring = np.arange(size)
    supplier, buyer = np.concatenate([ring, across[0]]), np.concatenate([(ring + 1) % size, across[1]])
    weight = rng.exponential(size=len(buyer)) * (rng.random(len(buyer)) < 0.9) + 1e-3
    closed = draw(st.sampled_from([1.0, 0.9, 0.5]))
    share = closed * weight / np.bincount(buyer, weights=weight, minlength=size)[buyer]
    flagged = rng.random(size) < draw(st.sampled_from([0.02, 0.3]))
    flagged[0] = True
    flags = {f"n{i}": float(rng.choice([0.1, 0.5, 1.0])) for i in np.flatnonzero(flagged)}
    return SupplyNetwork.from_arrays([f"n{i}" for i in range(size)], supplier, buyer, share, flags)


@given(st.one_of(networks(), tangled()), st.sampled_from([1.0, 0.7, 0.0]))
def test_scores_are_those_of_the_plain_way(net: SupplyNetwork, decay: float) -> None:
    scale = scale_of(net, decay)
    ours, residual = compiled(net).solve_checked(net.strength, scale)
    plain, _ = PlainOrdering(net.inputs).solve_checked(net.strength, scale)
    assert residual <= 1e-12
    assert ours == pytest.approx(plain, abs=1e-12, rel=1e-9)


@given(st.one_of(networks(), tangled()))
def test_order_puts_suppliers_first(net: SupplyNetwork) -> None:
    order = compiled(net)
    plain = PlainOrdering(net.inputs)
    same = order.component[:, None] == order.component[None, :]
    assert (same == (plain.component[:, None] == plain.component[None, :])).all()
    assert (order.cyclic == plain.cyclic).all()
    assert order.largest == plain.largest
    place = order.place  # type: ignore[attr-defined]
    used = net.share > 0
    supplier, buyer = net.supplier[used], net.buyer[used]
    apart = ~same[supplier, buyer]
    assert (place[supplier[apart]] < place[buyer[apart]]).all()


@given(st.one_of(networks(), tangled()), st.data())
def test_what_passes_through_is_that_of_the_plain_way(net: SupplyNetwork, data: st.DataObject) -> None:
    scores = traced_share(net).scores
    node = data.draw(st.integers(0, len(net) - 1))
    exact = oracles.passing(dense(net), net.strength)[node] * (scores[node] > 0)
    for order in (compiled(net), PlainOrdering(net.inputs)):
        found = order.upstream(scale_of(net), scores).passage(node)
        assert found.missing == 0
        passed = np.zeros(len(net))
        passed[found.nodes] = found.mass
        assert passed == pytest.approx(exact, abs=1e-9)


@given(st.one_of(networks(), tangled()), st.sampled_from([0.5, 0.1, 0.01, 1e-4]), st.data())
def test_a_part_left_out_is_as_large_as_stated(net: SupplyNetwork, missing: float, data: st.DataObject) -> None:
    compiled(net)
    e = traced_share(net)
    name = data.draw(st.sampled_from(net.ids))
    parts, exact = e.attribution(name, missing), e.attribution(name)
    assert 0 <= parts.missing <= missing * e[name]
    assert sum(parts.values()) + parts.missing == pytest.approx(e[name], abs=1e-9)
    assert all(share <= exact[site] + 1e-9 for site, share in parts.items())


@given(st.one_of(networks(), tangled()), st.sampled_from([0.0, 0.05]))
def test_many_attributions_are_the_single_ones(net: SupplyNetwork, missing: float) -> None:
    compiled(net)
    e = traced_share(net)
    some = net.ids[:10]
    found = e.attributions(some, missing)
    sums = np.asarray(found.shares.sum(axis=1)).ravel()
    assert sums + found.missing == pytest.approx(e.scores[:10], abs=1e-9)
    for row, name in enumerate(some[:3]):
        single = e.attribution(name, missing)
        entries = found.shares[[row], :].tocoo()
        several = {net.ids[i]: v for i, v in zip(entries.coords[1].tolist(), entries.data.tolist(), strict=True)}
        assert {site: v for site, v in several.items() if v > 0} == pytest.approx(single, abs=1e-12)


@given(st.one_of(networks(), tangled()), st.data())
@settings(max_examples=50)
def test_intervals_of_leverage_hold_the_fall(net: SupplyNetwork, data: st.DataObject) -> None:
    compiled(net)
    e = traced_share(net)
    name = data.draw(st.sampled_from(net.ids))
    p, b = dense(net), net.number(name)
    with pytest.MonkeyPatch.context() as patch:
        if data.draw(st.booleans()):  # every cycle counts as a large one
            patch.setattr("graph_core.exposure.compiled.LARGE", 1)
            patch.setattr("graph_core.exposure.traced.LARGE", 1)
        found = e.leverage(name, k=5)
    for node, low in found.items():
        fall = oracles.removal(p, net.strength, b, net.number(node))
        assert low - 1e-9 <= fall <= low + found.gap[node] + 1e-9
    for node in sorted(set(net.ids) - set(found) - {name})[:5]:
        fall = oracles.removal(p, net.strength, b, net.number(node))
        assert fall <= found.others + 1e-9


def ring(size: int, flag: float, name: str = "n") -> tuple[list[str], Ints, Ints, dict[str, float]]:
    """Parties that have all their inputs from each other, one of them flagged; all of it ends there."""
    ids = [f"{name}{i}" for i in range(size)]
    return ids, np.arange(size), (np.arange(size) + 1) % size, {ids[0]: flag}


def test_what_goes_round_a_million_times_is_not_walked() -> None:
    ids, supplier, buyer, flags = ring(60, 1e-7)
    net = SupplyNetwork.from_arrays(ids, supplier, buyer, np.ones(60), flags)
    compiled(net)
    e = traced_share(net)
    parts = e.attribution("n5", 0.02)
    assert parts.missing == 0
    assert parts == pytest.approx({"n0": 1.0}, abs=1e-6)


@pytest.mark.parametrize("missing", [-0.1, 1.1, float("nan")])
def test_a_part_to_leave_out_is_a_share(missing: float) -> None:
    net = SupplyNetwork.from_arrays(["F", "A"], [0], [1], [0.5], {"F": 1.0})
    e = traced_share(net)
    for ask in (
        lambda: e.attribution("A", missing),
        lambda: e.attributions(["A"], missing),
        lambda: e.leverage("A", missing=missing),
    ):
        with pytest.raises(InputError, match="missing"):
            ask()


def test_leverage_is_told_where_walks_on_a_large_cycle_hardly_end() -> None:
    """One ring keeps nearly all that enters it, the other nothing: half of the score runs through each."""
    size = 2_100
    (ids, supplier, buyer, flags), (more, *_, others) = ring(size, 1e-3), ring(size, 1.0, "m")
    net = SupplyNetwork.from_arrays(
        [*ids, *more, "X"],
        np.concatenate([supplier, supplier + size, [5, size + 5]]),
        np.concatenate([buyer, buyer + size, [2 * size, 2 * size]]),
        np.concatenate([np.ones(2 * size), [0.5, 0.5]]),
        flags | others,
    )
    compiled(net)
    found = traced_share(net).leverage("X", k=5)
    assert len(found) == 5
    for node, low in found.items():
        assert low <= 0.5 + 1e-9
        assert low + found.gap[node] >= 0.5 - 1e-9
    assert found.others >= 0.5 - 1e-9  # every party of both rings has the same


def test_wide_component_is_bounded_closely() -> None:
    rng = np.random.default_rng(3)
    size = 3_000
    supplier, buyer = rng.integers(0, size, (2, 4 * size))
    ring = np.arange(size)
    supplier, buyer = np.concatenate([ring, supplier]), np.concatenate([(ring + 1) % size, buyer])
    weight = rng.exponential(size=len(buyer))
    share = 0.9 * weight / np.bincount(buyer, weights=weight, minlength=size)[buyer]
    flags = {f"n{i}": 0.5 for i in range(0, size, 100)}
    net = SupplyNetwork.from_arrays([f"n{i}" for i in range(size)], supplier, buyer, share, flags)
    assert compiled(net).largest == size
    e = traced_share(net)
    assert isinstance(e, TracedShare)
    found = e.leverage("n7", k=20)
    assert 0 < found.missing <= 0.01 * e["n7"]
    p, b = dense(net), net.number("n7")
    scale = scale_of(net)
    inverse = np.linalg.inv(np.eye(size) - scale[:, None] * p.T)
    for node, low in found.items():
        x = net.number(node)
        fall = inverse[b, x] * e.scores[x] / inverse[x, x]
        assert low - 1e-9 <= fall <= low + found.gap[node] + 1e-9
        assert found.gap[node] <= 0.03 * e["n7"]


def test_a_day_says_what_of_a_score_is_not_attributed(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    size = 60
    sites = [oracles.operates("C", f"s{i}") for i in range(size)]
    pairs = {(f"s{i}", f"s{(i + 1) % size}") for i in range(size)}
    pairs |= {(f"s{a}", f"s{b}") for a, b in rng.integers(0, size, (90, 2)).tolist() if a != b}
    links = [oracles.link(a, b, volume=float(rng.integers(1, 9)), unit="t") for a, b in sorted(pairs)]
    links += [oracles.link(f"s{i}", "X", volume=1.0, unit="t") for i in (3, 30)]
    tables = {
        "organizations": [oracles.brand("X")],
        "facilities": [dict(site, operator_id=None) for site in sites],
        "links": links,
        "findings": [oracles.finding(f"s{i}", 0.6) for i in range(0, size, 2)],
    }
    graph = oracles.believed(**tables)
    whole = Day(graph, Parameters("2021-01-01")).exposures(["X"])[0]
    assert "unattributed" not in whole
    monkeypatch.setattr("graph_core.exposure.traced.LARGE", 20)
    part = Day(graph, Parameters("2021-01-01")).exposures(["X"])[0]
    assert 0 < part["unattributed"] <= 0.01 * part["score"]
    assert sum(one["share"] for one in part["attribution"]) + part["unattributed"] == pytest.approx(part["score"])
    assert part["composition"] == pytest.approx(whole["composition"], abs=1e-12)
    assert part["score"] == pytest.approx(whole["score"], abs=1e-12)

"""Properties of the traced share on random networks with cycles, and whole days against a second implementation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from graph_core import SupplyNetwork, kernels, traced_share
from graph_core.day import Day, Parameters
from tests import oracles
from tests.days import DAYS, WHOLE_DAYS, days, maybe, usable
from tests.networks import dense, networks


@pytest.fixture(scope="module", autouse=True, params=["plain", "compiled"])
def way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Everything holds by scipy and by compiled kernels."""
    if request.param == "compiled":
        pytest.importorskip("numba")
        kernels.load("tracing")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "usable", lambda _links, _module: request.param == "compiled")
        yield


def test_rounding_does_not_lift_a_score_above_1() -> None:
    share = np.array([0.1, 0.3, 0.5, 1.0, 0.3]) / np.add.reduce([0.1, 0.3, 0.5, 1.0, 0.3])
    net = SupplyNetwork.from_arrays(["n"], [0] * 5, [0] * 5, share, {"n": 0.25})
    assert traced_share(net)["n"] <= 1.0


@given(networks(), st.sampled_from([1.0, 1.0, 0.7, 0.0]))
def test_scores_are_bounded_and_solve_the_definition(net: SupplyNetwork, decay: float) -> None:
    e = traced_share(net, decay=decay).scores
    assert ((e >= 0) & (e <= 1)).all()
    assert e == pytest.approx(oracles.traced(dense(net), net.strength, decay), abs=1e-9)


@given(networks(), st.data())
def test_scores_rise_with_flags(net: SupplyNetwork, data: st.DataObject) -> None:
    more = np.array([s + (1 - s) * data.draw(st.sampled_from([0.0, 0.1, 0.5, 1.0])) for s in net.strength])
    assert (traced_share(net.with_strength(more)).scores >= traced_share(net).scores - 1e-9).all()


@given(networks(), st.floats(0, 1), st.floats(0, 1))
def test_scores_rise_with_decay(net: SupplyNetwork, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert (traced_share(net, decay=high).scores >= traced_share(net, decay=low).scores - 1e-9).all()


@given(networks(), st.randoms(use_true_random=False))
def test_names_and_order_do_not_matter(net: SupplyNetwork, random: Any) -> None:
    number = list(range(len(net)))
    random.shuffle(number)
    rows = list(range(len(net.supplier)))
    random.shuffle(rows)
    place = np.argsort(number)
    other = SupplyNetwork.from_arrays(
        [net.ids[i] for i in number],
        place[net.supplier[rows]],
        place[net.buyer[rows]],
        net.share[rows],
        dict(zip(net.ids, net.strength.tolist(), strict=True)),
    )
    first, second = traced_share(net), traced_share(other)
    for name in net.ids:
        assert first[name] == pytest.approx(second[name], abs=1e-9)
        assert first.attribution(name) == pytest.approx(second.attribution(name), abs=1e-9)


@given(networks())
def test_without_a_path_from_a_flag_the_score_is_zero(net: SupplyNetwork) -> None:
    reach = (dense(net).T > 0).astype(int) + np.eye(len(net), dtype=int)
    for _ in range(len(net)):
        reach = ((reach @ reach) > 0).astype(int)
    flagged = (reach @ (net.strength > 0)) > 0
    e = traced_share(net).scores
    assert (e[~flagged] == 0).all()


@given(networks())
def test_attribution_sums_to_the_score(net: SupplyNetwork) -> None:
    e = traced_share(net)
    rows = oracles.passing(dense(net), net.strength)
    for b, name in enumerate(net.ids):
        parts = e.attribution(name)
        assert sum(parts.values()) == pytest.approx(e[name], rel=1e-9, abs=1e-12)
        assert all(net.strength[net.number(site)] > 0 for site in parts)
        expected = {net.ids[i]: v for i, v in enumerate(rows[b] * net.strength) if v > 1e-13}
        assert {site: v for site, v in parts.items() if v > 1e-13} == pytest.approx(expected, rel=1e-6, abs=1e-10)
        assert list(parts.values()) == sorted(parts.values(), reverse=True)


@given(networks())
def test_sweeps_from_zero_rise_to_the_solution(net: SupplyNetwork) -> None:
    e = traced_share(net).scores
    last = np.zeros(len(net))
    for x in oracles.jacobi(dense(net), net.strength, 1 - net.strength, 400):
        assert (x >= last - 1e-15).all()
        last = x
    assert (last <= e + 1e-9).all()
    for x in oracles.jacobi(dense(net), net.strength, 0.9 * (1 - net.strength), 400):
        last = x
    assert traced_share(net, decay=0.9).scores == pytest.approx(last, abs=1e-9)


@given(networks(), st.sampled_from([1.0, 0.8]))
def test_leverage_is_the_fall_after_removal(net: SupplyNetwork, decay: float) -> None:
    e = traced_share(net, decay=decay)
    for b, name in enumerate(net.ids):
        leverage = e.leverage(name)
        for x, node in enumerate(net.ids):
            if x != b:
                fall = oracles.removal(dense(net), net.strength, b, x, decay)
                assert leverage.get(node, 0.0) == pytest.approx(fall, abs=1e-9)


@given(networks(), st.data())
def test_two_half_share_clones_of_a_supplier_change_nobody_else(net: SupplyNetwork, data: st.DataObject) -> None:
    """The clone has the inputs and the flag of the supplier; each of its links is shared by the two."""
    x = data.draw(st.integers(0, len(net) - 1))
    size, out, into = len(net), net.supplier == x, net.buyer == x
    half = np.where(out, net.share / 2, net.share)
    supplier = np.concatenate([net.supplier, np.full(out.sum(), size)])
    buyer = np.concatenate([net.buyer, net.buyer[out]])
    share = np.concatenate([half, half[out]])
    # Inputs of the clone are those of the supplier, halves to both included.
    inputs = buyer == x
    supplier = np.concatenate([supplier, supplier[inputs]])
    share = np.concatenate([share, share[inputs]])
    buyer = np.concatenate([buyer, np.full(inputs.sum(), size)])
    ids = [*net.ids, "clone"]
    other = SupplyNetwork(ids, supplier, buyer, share, np.append(net.strength, net.strength[x]))
    assert into.sum() <= len(net.buyer)
    assert traced_share(other).scores[:size] == pytest.approx(traced_share(net).scores, abs=1e-9)


@given(networks(), st.integers(1, 4))
def test_parallel_links_sum(net: SupplyNetwork, parts: int) -> None:
    other = SupplyNetwork(
        net.ids,
        np.repeat(net.supplier, parts),
        np.repeat(net.buyer, parts),
        np.repeat(net.share / parts, parts),
        net.strength,
    )
    assert traced_share(other).scores == pytest.approx(traced_share(net).scores, abs=1e-9)


@given(networks())
def test_solving_again_changes_nothing(net: SupplyNetwork) -> None:
    first = traced_share(net)
    first.leverage(net.ids[0])
    assert np.array_equal(traced_share(net).scores, first.scores)
    fresh = SupplyNetwork(net.ids, net.supplier, net.buyer, net.share, net.strength)
    assert np.array_equal(traced_share(fresh).scores, first.scores)
    absorbed = net.with_strength(first.scores)
    assert (traced_share(absorbed).scores >= first.scores - 1e-12).all()


# --- whole days --------------------------------------------------------------------------------------------------

FIGURES = [
    *("score", "lower", "upper", "unmapped", "coverage", "assumed_share", "unstated_share", "documented_only"),
    *("suppliers", "flagged_suppliers"),
]


def check_day(tables: dict[str, oracles.Rows], day: str, **filters: Any) -> None:
    assume(usable(tables, day))
    expected = oracles.day_figures(tables, day, "X", **filters)
    found = Day(oracles.believed(**tables), Parameters(day, **filters)).exposures(["X"])[0]
    if not any(row["buyer_id"] == "X" and oracles.holds(row, day) for row in tables["links"]):
        assert [found[key] for key in FIGURES] == [None] * 8 + [0, 0]
        return
    if not any(oracles.scored(row) for row in tables["findings"]):
        assert found["score"] is None
        assert set(found["classes"].values()) == {None}
        return
    assert {key: found[key] for key in FIGURES} == pytest.approx({key: expected[key] for key in FIGURES}, abs=1e-9)
    classes = {kind: found["classes"][kind] for kind in ("named", "ownership")}
    assert classes == pytest.approx(expected["classes"], abs=1e-9)
    parts = {part["id"]: part["share"] for part in found["attribution"] if part["share"] > 1e-12}
    assert parts == pytest.approx({k: v for k, v in expected["attribution"].items() if v > 1e-12}, abs=1e-9)
    assert {p["id"]: p["class"] for p in found["attribution"] if p["share"] > 1e-12} == {
        k: expected["attribution_class"][k] for k in parts
    }
    assert sum(p["share"] for p in found["attribution"]) == pytest.approx(found["score"], abs=1e-9)


@WHOLE_DAYS
@given(days(), st.sampled_from([*DAYS, "2021-12-31", "2019-12-31"]))
def test_a_day_is_what_the_formulas_say(tables: dict[str, oracles.Rows], day: str) -> None:
    check_day(tables, day)


@WHOLE_DAYS
@given(days(), st.booleans(), st.sampled_from([0.0, 0.5]))
def test_a_filtered_day_is_what_the_formulas_say(
    tables: dict[str, oracles.Rows], documented_only: bool, min_confidence: float
) -> None:
    check_day(tables, "2021-06-30", documented_only=documented_only, min_confidence=min_confidence)


@WHOLE_DAYS
@given(days(), st.data())
def test_a_finding_limited_to_a_good_reaches_that_good_alone(
    tables: dict[str, oracles.Rows], data: st.DataObject
) -> None:
    """Limits are drawn among the goods that a party delivers, so that every limit can be checked."""
    for row in tables["findings"]:
        goods = sorted({x["product"] for x in tables["links"] if x["supplier_id"] == row["subject_id"]})
        if goods:
            row["scope_commodity"] = data.draw(maybe(st.sampled_from(goods)))
            row["includes_subsidiaries"] = False
    check_day(tables, "2021-06-30")

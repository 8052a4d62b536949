"""Properties of the scores beside the traced share, on random networks, against brute force and plain loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from scipy.stats import binomtest

from graph_core import (
    Need,
    SupplyNetwork,
    cascade,
    debtrank,
    esri,
    hops,
    kernels,
    noisy_or,
    strongest_path,
    traced_share,
    within_hops,
)
from graph_core.errors import ConvergenceError
from graph_core.exposure import chance
from tests import oracles
from tests.networks import dense, loose_networks, networks

WORLDS = 500


@given(loose_networks())
def test_strongest_below_cascade_below_noisy_or_below_linear(net: SupplyNetwork) -> None:
    shares = dense(net)
    exact = oracles.exact_cascade(shares, net.strength)
    bound = noisy_or(net).scores
    assert (strongest_path(net).scores <= exact + 1e-12).all()
    assert (exact <= bound + 1e-12).all()
    assert (bound <= oracles.linear_sum(shares, net.strength) + 1e-9).all()
    assert ((bound >= 0) & (bound <= 1)).all()


@given(loose_networks())
def test_noisy_or_is_the_least_fixpoint(net: SupplyNetwork) -> None:
    found = noisy_or(net)
    assert found.scores == pytest.approx(oracles.noisy_or(dense(net), net.strength), abs=1e-9)
    assert found.convergence.residual <= 1e-12


@given(loose_networks(), st.integers(0, 2**40))
def test_sampled_worlds_agree_with_all_worlds(net: SupplyNetwork, seed: int) -> None:
    exact = oracles.exact_cascade(dense(net), net.strength)
    found = cascade(net, worlds=WORLDS, seed=seed)
    for q, sampled in zip(exact.tolist(), found.scores.tolist(), strict=True):
        if 1e-12 < q < 1 - 1e-12:
            # As far out as five standard errors; small counts are not normal.
            assert binomtest(round(sampled * WORLDS), WORLDS, q).pvalue > 5e-7
        else:
            assert sampled == round(q)
    q = found.scores
    assert found.standard_error == pytest.approx(np.sqrt(q * (1 - q) / WORLDS))


@given(st.one_of(networks(), loose_networks()), st.integers(1, 200))
def test_kernels_and_the_plain_way_hit_the_same_worlds(net: SupplyNetwork, worlds: int) -> None:
    if not kernels.installed():
        pytest.skip("numba is not installed")
    arrays = chance._Sampler.of(net, worlds, 7).arguments()
    assert np.array_equal(chance.hits(*arrays), kernels.load("worlds").hits(*arrays))


@given(loose_networks(), st.data())
def test_scores_rise_with_flags(net: SupplyNetwork, data: st.DataObject) -> None:
    more = net.with_strength([s + (1 - s) * data.draw(st.sampled_from([0.0, 0.1, 1.0])) for s in net.strength])
    for score in (strongest_path, noisy_or, debtrank):
        assert (score(more).scores >= score(net).scores - 1e-9).all(), score
    assert (cascade(more, worlds=200).scores >= cascade(net, worlds=200).scores).all()
    assert (hops(more).scores <= hops(net).scores).all()


@given(loose_networks(), st.data())
def test_sampled_scores_never_rise_when_links_are_taken_out(net: SupplyNetwork, data: st.DataObject) -> None:
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=len(net.share), max_size=len(net.share))), dtype=bool)
    fewer = SupplyNetwork(net.ids, net.supplier[keep], net.buyer[keep], net.share[keep], net.strength)
    assert (cascade(fewer, worlds=200).scores <= cascade(net, worlds=200).scores).all()


@given(loose_networks(), st.randoms(use_true_random=False))
def test_names_and_order_do_not_matter(net: SupplyNetwork, random: Any) -> None:
    number, rows = list(range(len(net))), list(range(len(net.supplier)))
    random.shuffle(number)
    random.shuffle(rows)
    place = np.argsort(number)
    flags = dict(zip(net.ids, net.strength.tolist(), strict=True))
    ids = [net.ids[i] for i in number]
    other = SupplyNetwork.from_arrays(ids, place[net.supplier[rows]], place[net.buyer[rows]], net.share[rows], flags)
    for score in (strongest_path, noisy_or, hops, debtrank):
        assert score(other).scores == pytest.approx(score(net).scores[number], abs=1e-9), score


@given(networks(), st.integers(0, 12), st.sampled_from([1.0, 0.5]))
def test_within_hops_is_the_series_up_to_there(net: SupplyNetwork, horizon: int, decay: float) -> None:
    *_, expected = oracles.jacobi(dense(net), net.strength, decay * (1 - net.strength), horizon + 1)
    found = within_hops(net, horizon, decay).scores
    assert found == pytest.approx(expected, abs=1e-12)
    assert (found <= traced_share(net, decay).scores + 1e-9).all()


@given(loose_networks())
def test_hops_are_the_shortest_paths(net: SupplyNetwork) -> None:
    reach = np.where(net.strength > 0, 0.0, np.inf)
    for _ in range(len(net)):
        for i, j in np.argwhere(dense(net) > 0).tolist():
            reach[j] = min(reach[j], reach[i] + 1)
    assert np.array_equal(hops(net).scores, reach)


@given(loose_networks(), st.sampled_from(["2012", "linear"]))
def test_debtrank_is_what_the_steps_say(net: SupplyNetwork, variant: str) -> None:
    found = debtrank(net, variant=variant)
    assert found.scores == pytest.approx(oracles.debtrank(dense(net), net.strength, variant), abs=1e-9)
    assert found.total == pytest.approx(float((found.scores - net.strength).mean()))


@given(loose_networks(), st.data())
def test_esri_is_what_the_loops_say(net: SupplyNetwork, data: st.DataObject) -> None:
    size = len(net)
    flows = dense(net)
    sector = data.draw(st.lists(st.integers(0, 2), min_size=size, max_size=size))
    need = np.array(
        data.draw(st.lists(st.sampled_from(list(Need)), min_size=size * size, max_size=size * size))
    ).reshape(size, size)
    failing = data.draw(st.integers(0, size - 1))
    if not flows.any():
        assert esri(flows, sector, need).scores.tolist() == [0.0] * size
        return
    try:
        found = esri(flows, sector, need)
    except ConvergenceError:  # where room shrinks with the loss, sweeps near the end as 1/n: it says so
        reject()
    figures = [float(values[failing]) for values in (found.scores, found.downstream, found.upstream)]
    assert figures == pytest.approx(list(oracles.esri(flows, sector, need, failing)), abs=1e-9)

"""Leverage over a site and engagements: followed by hand, and the cheapest set among all sets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_core import SupplyNetwork, kernels, traced_share
from graph_core.day import Day, Parameters
from graph_core.engagements import cheapest, falls
from graph_core.exposure.incremental import what_if
from graph_core.leverage import Deliveries
from tests import oracles
from tests.days import WHOLE_DAYS
from tests.networks import dense, networks


class Parties:
    """Which party each node of a plain network stands for, as a day tells it."""

    def __init__(self, net: SupplyNetwork, several: bool) -> None:
        self.ids = net.ids
        parties = [name if not several or i < 2 else f"p{i // 2}" for i, name in enumerate(net.ids)]
        self.owner = np.array(parties, dtype=object)

    def nodes(self, parties: Iterable[str]) -> list[str]:
        return [name for name, party in zip(self.ids, self.owner, strict=True) if party in parties]


def score(net: SupplyNetwork, clean: Iterable[str], brand: int) -> float:
    is_clean = np.isin(net.ids, list(clean))
    s = np.where(is_clean, 0.0, net.strength)
    return float(oracles.least_fixpoint(dense(net), s, np.where(is_clean, 0.0, 1 - s))[brand])


def sets(parties: list[str]) -> Iterator[tuple[str, ...]]:
    for size in range(len(parties) + 1):
        yield from combinations(parties, size)


@pytest.fixture(params=["exact", "intervals"])
def large(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether cycles count as too large for exact figures, with wide intervals."""
    if request.param == "intervals":
        pytest.importorskip("numba")
        kernels.load("tracing")
        for name, value in (("compiled.LARGE", 1), ("traced.LARGE", 1), ("compiled._GAP", 0.5)):
            monkeypatch.setattr(f"graph_core.exposure.{name}", value)
    return bool(request.param == "intervals")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(networks(), st.booleans())
def test_falls_are_those_of_a_clean_party(large: bool, net: SupplyNetwork, several: bool) -> None:
    day, traced = Parties(net, several), traced_share(net)
    found = falls(day, traced, net.ids[0])
    for party in set(day.owner) - {net.ids[0]}:
        fall = score(net, (), 0) - score(net, day.nodes([party]), 0)
        least, gap = found.get(party, 0.0), found.gap.get(party, 0.0)
        assert least - 1e-9 <= fall <= least + gap + 1e-9
        assert large or gap <= 1e-9
    assert list(found.values()) == sorted(found.values(), reverse=True)


@given(networks(), st.data())
def test_the_fall_is_monotone_and_submodular(net: SupplyNetwork, data: st.DataObject) -> None:
    """Each party adds no less to a set than to a larger one."""
    others = net.ids[1:] or net.ids
    small = data.draw(st.sets(st.sampled_from(others)))
    large = small | data.draw(st.sets(st.sampled_from(others)))
    one = data.draw(st.sampled_from(others))
    e = {key: score(net, clean, 0) for key, clean in (("s", small), ("l", large))}
    with_one = {key: score(net, {*clean, one}, 0) for key, clean in (("s", small), ("l", large))}
    assert e["l"] <= e["s"] + 1e-9
    assert e["s"] - with_one["s"] >= e["l"] - with_one["l"] - 1e-9


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(networks(), st.data(), st.booleans(), st.sampled_from([0.0, 0.05, 0.2, 0.5]))
def test_engagements_are_near_the_cheapest(
    large: bool, net: SupplyNetwork, data: st.DataObject, several: bool, threshold: float
) -> None:
    day, traced, brand = Parties(net, several), traced_share(net), net.ids[0]
    parties = sorted(set(day.owner) - {brand})
    cost = {party: data.draw(st.sampled_from([1.0, 1.0, 2.0, 0.5])) for party in parties}
    found = cheapest(day, traced, brand, threshold, lambda party: cost[party])
    enough = [s for s in sets(parties) if score(net, day.nodes(s), 0) <= threshold + 1e-10]
    assert found.reached == bool(enough)
    if not enough:
        assert found.after == pytest.approx(score(net, day.nodes(parties), 0), abs=1e-9)
        assert found.at_least is None
        return
    chosen = [party for party, _ in found.chosen]
    after = [score(net, day.nodes(chosen[: number + 1]), 0) for number in range(len(chosen))]
    assert [value for _, value in found.chosen] == pytest.approx(after, abs=1e-9)
    assert found.after <= threshold + 1e-9
    best = min(sum(cost[party] for party in s) for s in enough)
    assert found.cost == pytest.approx(sum(cost[party] for party in chosen))
    assert best <= found.cost + 1e-9
    assert found.at_least is not None
    assert found.at_least <= best + 1e-9
    assert found.cost <= found.greedy_bound * best + 1e-9
    for party in chosen:
        assert score(net, day.nodes(set(chosen) - {party}), 0) > threshold - 1e-9
    assert what_if(traced, clean=day.nodes(chosen))[brand] == pytest.approx(found.after, abs=1e-9)


@pytest.mark.parametrize("tried", [1, 100])
@given(seed=st.integers(0, 10_000), threshold=st.sampled_from([0.05, 0.2, 0.4]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_set_costs_holds_where_leverage_is_an_interval(
    monkeypatch: pytest.MonkeyPatch, tried: int, seed: int, threshold: float
) -> None:
    pytest.importorskip("numba")
    kernels.load("tracing")
    for name, value in (("compiled.LARGE", 1), ("traced.LARGE", 1), ("compiled._GAP", 0.5)):
        monkeypatch.setattr(f"graph_core.exposure.{name}", value)
    monkeypatch.setattr("graph_core.engagements._TRIED", tried)
    rng = np.random.default_rng(seed)
    size = int(rng.integers(4, 7))
    across, ring = rng.integers(0, size, (2, size)), np.arange(size)
    supplier, buyer = np.concatenate([ring, across[0]]), np.concatenate([(ring + 1) % size, across[1]])
    weight = rng.random(len(buyer)) + 0.01
    share = weight / np.bincount(buyer, weights=weight, minlength=size)[buyer]
    flags = {"n1": float(rng.choice([0.3, 1.0])), "n2": 0.2}
    net = SupplyNetwork.from_arrays([f"n{i}" for i in range(size)], supplier, buyer, share, flags)
    found = cheapest(Parties(net, several=False), traced_share(net), "n0", threshold)
    best = min(len(s) for s in sets(net.ids[1:]) if score(net, s, 0) <= threshold + 1e-10)
    assert found.at_least is not None
    assert found.at_least <= best <= found.cost <= found.greedy_bound * best + 1e-9


def test_a_party_upstream_of_an_engaged_one_can_be_the_next() -> None:
    links = [(0, 2, 0.5), (0, 3, 0.2), (1, 3, 0.3), (2, 4, 0.4), (3, 4, 0.6)]
    supplier, buyer, share = zip(*links, strict=True)
    net = SupplyNetwork.from_arrays(list("FGABX"), supplier, buyer, share, {"F": 1.0, "G": 0.5})
    day, cost = Parties(net, several=False), {"F": 3.0, "G": 1.0, "A": 9.0, "B": 1.0}
    found = cheapest(day, traced_share(net), "X", 0.0, lambda party: cost[party])
    assert [party for party, _ in found.chosen] == ["B", "F"]
    # All of B and five eighths of F would add up to the need: 1 + 1.875, and costs are whole.
    assert (found.cost, found.at_least) == (4.0, 3.0)


# --- deliveries ------------------------------------------------------------------------------------------------

PARTIES = [f"p{i}" for i in range(5)]
BRANDS = ["X", "Y"]


@st.composite
def deliveries(draw: st.DrawFn) -> oracles.Rows:
    pairs = draw(
        st.lists(st.tuples(st.sampled_from([*PARTIES, *BRANDS]), st.sampled_from([*PARTIES, *BRANDS])), max_size=14)
    )
    figure = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 3.0]))
    return [
        oracles.link(
            a,
            b,
            product=f"good {i}",
            volume=draw(figure),
            unit=draw(st.sampled_from(["t", "t", "t", "kg"])),
            value=draw(st.one_of(st.none(), st.none(), st.just(2.0))),
            currency="EUR",
        )
        for i, (a, b) in enumerate(pairs)
    ]


def onward(links: oracles.Rows) -> tuple[dict[str, dict[str, float]], dict[str, tuple[int, int]]]:
    """Part of each party's deliveries by buyer, where known; how many deliveries it has, and how many with figures."""
    parts: dict[str, dict[str, float]] = {}
    counts: dict[str, tuple[int, int]] = {}
    for party in {row["supplier_id"] for row in links}:
        own = [row for row in links if row["supplier_id"] == party and row["buyer_id"] != party]
        buyers = {row["buyer_id"] for row in own}
        if not own:
            continue
        by: dict[tuple[str, str], oracles.Rows] = {}
        for row in own:
            for measure in oracles.measure_of(row):
                by.setdefault(measure, []).append(row)
        by = {measure: rows for measure, rows in by.items() if sum(row[measure[0]] for row in rows) > 0}
        best = max(by, key=lambda measure: (len(by[measure]), measure)) if by else None
        counts[party] = (len(own), 0)
        if len(buyers) == 1:
            parts[party], counts[party] = dict.fromkeys(buyers, 1.0), (len(own), len(own))
        elif best is not None and 2 * len(by[best]) > len(own):
            total = sum(row[best[0]] for row in by[best])
            counts[party] = (len(own), len(by[best]))
            parts[party] = {b: sum(r[best[0]] for r in by[best] if r["buyer_id"] == b) / total for b in buyers}
    return parts, counts


@WHOLE_DAYS
@given(deliveries())
def test_deliveries_are_followed_to_the_brands(links: oracles.Rows) -> None:
    tables = {
        "organizations": [oracles.brand(name) for name in BRANDS],
        "facilities": [{"id": party, "name": party} for party in PARTIES],
        "links": links,
    }
    day = Day(oracles.believed(**tables), Parameters("2021-06-30"))
    found = Deliveries(day.table.day, BRANDS)
    parts, counts = onward(links)
    for site in [*PARTIES, *BRANDS]:
        buyers = found.of(site)
        assert (buyers.links, buyers.with_figures) == counts.get(site, (0, 0))
        assert (buyers.reason is None) == (site in parts)
        if site not in parts:
            assert buyers.brands == {}
            assert buyers.untold is None
            continue
        # A thousand steps: what still goes round then goes round for ever.
        at, ends = {site: 1.0}, dict.fromkeys([*BRANDS, "untold"], 0.0)
        for number in range(1000):
            step: dict[str, float] = {}
            for party, mass in at.items():
                if party in BRANDS and number:  # what a brand itself delivers begins there
                    ends[party] += mass
                elif party in parts:
                    for buyer, part in parts[party].items():
                        step[buyer] = step.get(buyer, 0.0) + mass * part
                elif party in counts:
                    ends["untold"] += mass
            at = step
        expected = {brand: ends[brand] for brand in BRANDS if ends[brand] > 1e-12}
        assert buyers.brands == pytest.approx(expected, abs=1e-9)
        assert buyers.untold == pytest.approx(ends["untold"], abs=1e-9)
        assert buyers.elsewhere == pytest.approx(1 - sum(ends.values()), abs=1e-9)
        assert set(buyers.brands) <= set(buyers.reached)
        for brand in BRANDS:
            least, most = found.share(brand, [site])[site]
            assert least == pytest.approx(ends[brand], abs=1e-9)
            assert most == pytest.approx(min(1.0, ends[brand] + ends["untold"]), abs=1e-9)


@WHOLE_DAYS
@given(deliveries(), st.sampled_from([0.2, 0.5, 1.0]))
def test_the_fewest_brands_are_the_fewest(links: oracles.Rows, part: float) -> None:
    tables = {"organizations": [oracles.brand(name) for name in BRANDS], "links": links}
    day = Day(oracles.believed(**tables), Parameters("2021-06-30"))
    for site in PARTIES:
        buyers = day.deliveries.of(site)
        enough = [s for s in sets(BRANDS) if sum(buyers.brands.get(one, 0.0) for one in s) >= part - 1e-12]
        few = buyers.together(part)
        assert len(few) == (min(map(len, enough)) if enough else 0)
        assert not few or math.fsum(buyers.brands[one] for one in few) >= part - 1e-9

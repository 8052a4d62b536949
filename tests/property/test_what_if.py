"""Scenarios on random networks and days: incremental equals full, and both equal the formulas written anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import sparse

from graph_core import SupplyNetwork, traced_share
from graph_core.day import Day, Parameters
from graph_core.exposure.changes import changed_brands
from graph_core.exposure.incremental import downstream, solve_again, what_if
from graph_core.scenario import Clean, Drop, Flag, Replace, Scenario, Verify
from graph_core.shares import SLACK
from tests import oracles
from tests.days import WHOLE_DAYS
from tests.networks import STRENGTH, dense, networks

#: Everything is solved anew, some of it, or as little as there is.
LARGE = st.sampled_from([0.0, 0.5, 1.0])


@given(networks(), st.data(), LARGE)
def test_solving_again_downstream_of_a_change_is_a_full_solve(
    net: SupplyNetwork, data: st.DataObject, large: float
) -> None:
    """Flags and inputs of some nodes change."""
    before = traced_share(net).scores
    changed = np.array(sorted(data.draw(st.sets(st.integers(0, len(net) - 1), max_size=3))), dtype=np.int64)
    strength = net.strength.copy()
    strength[changed] = [data.draw(STRENGTH) for _ in changed]
    shares = dense(net)
    inputs = None
    if data.draw(st.booleans()):
        factor = data.draw(st.sampled_from([0.0, 0.5]))
        other = np.roll(shares, 1, axis=0)  # other suppliers, the same sums
        shares[:, changed] = factor * other[:, changed]
        inputs = sparse.csr_array(shares.T[changed])
    after, _ = solve_again(net, before, strength, 1 - strength, changed, inputs, large)
    i, j = np.nonzero(shares)
    full = traced_share(SupplyNetwork(net.ids, i, j, shares[i, j], strength)).scores
    assert np.abs(after - full).max() <= 1e-12
    assert after == pytest.approx(oracles.traced(shares, strength), abs=1e-9)


@given(networks(), st.data(), st.sampled_from([1.0, 0.8]))
def test_flags_and_clean_nodes_are_what_the_formulas_say(net: SupplyNetwork, data: st.DataObject, decay: float) -> None:
    nodes = st.sampled_from(net.ids)
    flags = data.draw(st.dictionaries(nodes, STRENGTH, max_size=2))
    clean = data.draw(st.sets(nodes, max_size=2))
    after = what_if(traced_share(net, decay=decay), flags, clean)
    strength = np.array([flags.get(name, s) for name, s in zip(net.ids, net.strength.tolist(), strict=True)])
    is_clean = np.array([name in clean for name in net.ids])
    strength[is_clean] = 0.0
    scale = decay * np.where(is_clean, 0.0, 1 - strength)
    assert after.scores == pytest.approx(oracles.least_fixpoint(dense(net), strength, scale), abs=1e-9)
    for buyer in net.ids:
        parts = after.attribution(buyer)
        assert sum(parts.values()) == pytest.approx(after[buyer], abs=1e-9)
        assert not clean & set(parts)


@given(networks(), st.data())
def test_one_change_after_another_is_all_at_once(net: SupplyNetwork, data: st.DataObject) -> None:
    """What is clean stays clean, unless a later change flags it."""
    order = data.draw(st.permutations(net.ids))
    clean, then, flagged = set(order[:2]), set(order[2:4]), dict.fromkeys(order[:1], 0.5)
    first = what_if(traced_share(net), clean=clean)
    both = what_if(first, clean=then)
    assert both.scores == pytest.approx(what_if(traced_share(net), clean=clean | then).scores, abs=1e-9)
    again = what_if(both, flagged)
    at_once = what_if(traced_share(net), flagged, clean=(clean | then) - set(flagged))
    assert again.scores == pytest.approx(at_once.scores, abs=1e-9)
    for node in order[1:4]:
        assert again[node] == 0


@given(networks(), st.integers(0, 7), st.integers(0, 8))
def test_downstream_is_what_can_be_reached(net: SupplyNetwork, start: int, most: int) -> None:
    assume(start < len(net))
    reach = np.linalg.matrix_power((dense(net) > 0) + np.eye(len(net)), len(net))[start] > 0
    found = downstream(net, np.array([start]), most)
    if reach.sum() > most:
        assert found is None
    else:
        assert found is not None
        assert found.tolist() == np.flatnonzero(reach).tolist()


# --- days ------------------------------------------------------------------------------------------------------

PARTIES = [f"p{i}" for i in range(6)]
Tables = dict[str, oracles.Rows]


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tables, Scenario]:
    """A day of stated shares, and a scenario that is well made but need not be possible."""
    pairs = draw(
        st.lists(
            st.tuples(st.sampled_from(PARTIES), st.sampled_from([*PARTIES, "X"])), min_size=2, max_size=12, unique=True
        )
    )
    stated = draw(st.booleans())
    links = [
        oracles.link(
            a,
            b,
            draw(st.sampled_from([0.0, 0.1, 0.2])) if stated else None,
            evidence=draw(st.sampled_from(["documented", "documented", "inferred"])),
            confidence=draw(st.sampled_from([1.0, 1.0, 0.4])),
        )
        for a, b in pairs
    ]
    flags = draw(st.dictionaries(st.sampled_from(PARTIES), st.sampled_from([0.25, 0.5, 1.0]), min_size=1, max_size=3))
    tables = {
        "organizations": [oracles.brand("X")],
        "facilities": [{"id": p, "name": p} for p in PARTIES],
        "links": links,
        "findings": [oracles.finding(party, s) for party, s in flags.items()],
        "coverage": draw(st.sampled_from([[], [{"buyer_id": "X", "coverage": 0.9}]])) if not stated else [],
    }
    used = sorted({p for pair in pairs for p in pair} - {"X"})
    pair = st.sampled_from(sorted(pairs))
    share = st.sampled_from([0.0, 0.05, 0.3, 0.8])
    changes = draw(
        st.lists(
            st.one_of(
                st.builds(Clean, st.sampled_from(used)),
                st.builds(Flag, st.sampled_from(used), st.sampled_from([0.0, 0.5, 1.0])),
                st.builds(lambda ends: Drop(ends[0], ends[1]), pair),
                st.builds(lambda ends, p: Verify(ends[0], ends[1], p), pair, share),
                st.builds(Replace, st.sampled_from([a for a, _ in pairs]), st.just("p9")),
            ),
            max_size=4,
            unique_by=lambda change: change.about,
        )
    )
    tables["facilities"].append({"id": "p9", "name": "p9"})
    return tables, Scenario(tuple(changes))


@dataclass
class Supposed:
    """Links of a day after a scenario, written from what each change says that it does."""

    links: oracles.Rows
    given: list[float]
    share: list[float]
    verified: set[int]
    ended: set[int]

    @classmethod
    def of(cls, tables: Tables, scenario: Scenario) -> Supposed:
        coverage = {row["buyer_id"]: row["coverage"] for row in tables["coverage"]}
        given, _, _ = oracles.shares(tables["links"], coverage)
        out = cls(tables["links"], given, list(given), set(), set())
        for k, row in enumerate(tables["links"]):
            for change in scenario.of("verify") + scenario.of("drop"):
                if (change.supplier, change.buyer) == (row["supplier_id"], row["buyer_id"]):
                    (out.ended if isinstance(change, Drop) else out.verified).add(k)
                    out.share[k] = getattr(change, "share", given[k])
        return out

    def of_buyer(self, buyer: str) -> list[int]:
        """Links of a buyer that did not end."""
        return [k for k, row in enumerate(self.links) if row["buyer_id"] == buyer and k not in self.ended]

    def possible(self, scenario: Scenario) -> bool:
        buyers = {change.buyer for change in scenario.of("verify")}
        return all(sum(self.share[k] for k in self.of_buyer(buyer)) <= 1 + SLACK for buyer in buyers)

    def says(self, tables: Tables) -> set[str]:
        """Buyers whose coverage is stated."""
        coverage = {row["buyer_id"]: row["coverage"] for row in tables["coverage"]}
        _, _, known = oracles.shares(self.links, coverage)
        shown = {
            buyer
            for buyer in {self.links[k]["buyer_id"] for k in self.verified}
            if all(k in self.verified or self.links[k]["share"] is not None for k in self.of_buyer(buyer))
        }
        return {*known, *coverage, *shown}

    def used(self, k: int, least: float, documented_only: bool) -> bool:
        """Whether a link is left in."""
        row = self.links[k]
        sure = row["confidence"] >= least and not (documented_only and row["evidence"] == "inferred")
        return k not in self.ended and (sure or k in self.verified)


def expected(tables: Tables, scenario: Scenario, least: float, documented_only: bool) -> dict[str, float] | None:
    """Score and unmapped share of X; None: the scenario is refused."""
    supposed = Supposed.of(tables, scenario)
    if not supposed.possible(scenario):
        return None
    others: dict[str, str] = {change.supplier: change.by for change in scenario.of("replace")}
    names = ["X", *PARTIES, "p9"]
    number = {name: i for i, name in enumerate(names)}
    s = np.zeros(len(names))
    for row in tables["findings"]:
        s[number[row["subject_id"]]] = row["severity"]
    for change in scenario.of("flag"):
        s[number[change.party]] = change.strength
    says = supposed.says(tables)
    p, gap = np.zeros((len(names), len(names))), np.array([1.0 if name in says else 0.0 for name in names])
    for k, row in enumerate(supposed.links):
        buyer = number[row["buyer_id"]]
        gap[buyer] += 0.0 if row["buyer_id"] in says else supposed.given[k]
        if supposed.used(k, least, documented_only):
            supplier = str(row["supplier_id"])
            p[number[others.get(supplier, supplier)], buyer] += supposed.share[k]
            gap[buyer] -= supposed.share[k]
    gap = np.where(np.abs(gap) < 1e-12, 0.0, np.clip(gap, 0, 1))
    clean = np.isin(names, [change.party for change in scenario.of("clean")])
    e = oracles.least_fixpoint(p, np.where(clean, 0.0, s), np.where(clean, 0.0, 1 - s))
    return {"score": float(e[0]), "unmapped": float(oracles.unmapped(p, s, gap)[0])}


@WHOLE_DAYS
@given(cases(), st.sampled_from([0.0, 0.5]), st.booleans())
def test_a_supposed_day_is_what_the_changes_say(
    case: tuple[Tables, Scenario], least: float, documented_only: bool
) -> None:
    tables, scenario = case
    assume(any(row["buyer_id"] == "X" for row in tables["links"]))
    filters = Parameters("2021-06-30", documented_only=documented_only, min_confidence=least)
    day = Day(oracles.believed(**tables), filters)
    figures = expected(tables, scenario, least, documented_only)
    if figures is None:
        with pytest.raises(ValueError, match="more than 1"):
            day.supposing(scenario).exposures(["X"])
        return
    after = day.supposing(scenario)
    (found,) = after.exposures(["X"])
    assert found["score"] == pytest.approx(figures["score"], abs=1e-9)
    assert found["composition"]["unmapped"] == pytest.approx(figures["unmapped"], abs=1e-9)
    assert sum(part["share"] for part in found["attribution"]) == pytest.approx(found["score"], abs=1e-9)
    assert 0 <= found["composition"]["unflagged"] <= 1
    if found["upper"] is not None:
        assert found["upper"] <= 1 + 1e-12
        assert found["lower"] == found["score"]
    paths = after.paths("X", 5)
    assert sum(path["contribution"] for path in paths) <= found["score"] + 1e-9
    differs = abs(figures["score"] - day.exposures(["X"])[0]["score"]) > 1e-9
    assert differs <= any(row["brand"]["id"] == "X" for row in changed_brands(day.table, after.table))

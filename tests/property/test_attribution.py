"""What is attributed sums to the score, and what flows into a party flows out of it, on random days with cycles."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import assume, given

from graph_core.attribution import KINDS
from graph_core.day import Day, Parameters
from tests import oracles
from tests.days import WHOLE_DAYS, days, usable

DAY = "2021-06-30"


@WHOLE_DAYS
@given(days())
def test_every_kind_but_links_sums_to_the_score(tables: dict[str, oracles.Rows]) -> None:
    assume(usable(tables, DAY))
    day = Day(oracles.believed(**tables), Parameters(DAY))
    score = day.exposures(["X"])[0]["score"] or 0.0
    for kind in KINDS:
        rows = day.attribution("X", by=kind)
        values = [row["share"] for row in rows]
        assert values == sorted(values, reverse=True)
        assert all(value > 0 for value in values)
        if kind != "link":
            assert sum(values) == pytest.approx(score, abs=1e-9)
            assert len({row["id"] for row in rows}) == len(rows)


@WHOLE_DAYS
@given(days())
def test_what_flows_into_a_party_with_its_own_flag_flows_out_of_it(tables: dict[str, oracles.Rows]) -> None:
    assume(usable(tables, DAY))
    day = Day(oracles.believed(**tables), Parameters(DAY))
    into: dict[str, float] = defaultdict(float)
    out: dict[str, float] = defaultdict(float)
    for row in day.attribution("X", by="link"):
        out[row["supplier"]["id"]] += row["share"]
        into[row["buyer"]["id"]] += row["share"]
    own = {row["id"]: row["share"] for row in day.attribution("X", by="site")}
    score = day.exposures(["X"])[0]["score"] or 0.0
    for party in {*into, *out, *own} - {"X"}:
        assert into[party] + own.get(party, 0.0) == pytest.approx(out[party], abs=1e-9)
    assert into["X"] + own.get("X", 0.0) - out["X"] == pytest.approx(score, abs=1e-9)

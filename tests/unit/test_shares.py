"""From what is known to shares, sentence by sentence, against a plain second implementation."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_core.day import Day, Parameters
from graph_core.errors import InputError
from graph_core.shares import Shares, shares_of
from tests import oracles
from tests.oracles import link


def shares(rows: oracles.Rows, **coverage: float) -> Shares:
    frame = oracles.frame_of("links", rows).rename(columns={"supplier_id": "start", "buyer_id": "end"})
    return shares_of(frame, pd.Series(coverage, dtype="float64"))


def known(found: Shares) -> dict[str, float]:
    return {str(buyer): float(value) for buyer, value in found.coverage.items()}


def test_explicit_shares_stay_and_state_a_coverage() -> None:
    found = shares([link("A", "X", 0.3), link("B", "X", 0.2)])
    assert found.share.tolist() == [0.3, 0.2]
    assert found.basis.tolist() == ["stated", "stated"]
    assert known(found) == {"X": 0.5}
    assert found.warnings == []


def test_links_without_figures_share_what_is_left_equally() -> None:
    found = shares([link("A", "X", 0.4), link("B", "X"), link("C", "X")])
    assert found.share == pytest.approx([0.4, 0.3, 0.3])
    assert found.basis.tolist() == ["stated", "assumed_equal", "assumed_equal"]
    assert known(found) == {}


def test_comparable_figures_share_in_proportion() -> None:
    found = shares([link("A", "X", volume=30.0, unit="t"), link("B", "X", volume=10.0, unit="t")])
    assert found.share == pytest.approx([0.75, 0.25])
    assert found.basis.tolist() == ["volume", "volume"]
    assert known(found) == {}


def test_n_without_get_an_nth_each_and_m_with_share_the_rest() -> None:
    rows = [link("A", "X", volume=3.0, unit="t"), link("B", "X", volume=1.0, unit="t"), link("C", "X"), link("D", "X")]
    found = shares(rows, X=0.8)
    assert found.share == pytest.approx([0.3, 0.1, 0.2, 0.2])
    assert found.basis.tolist() == ["volume", "volume", "assumed_equal", "assumed_equal"]
    assert known(found) == {"X": 0.8}


def test_the_measure_that_most_links_have_is_compared() -> None:
    rows = [
        link("A", "X", volume=1.0, unit="t", value=30.0, currency="EUR"),
        link("B", "X", value=10.0, currency="EUR"),
        link("C", "X", volume=9.0, unit="kg"),
    ]
    found = shares(rows)
    assert found.share == pytest.approx([0.5, 1 / 6, 1 / 3])
    assert found.basis.tolist() == ["value", "value", "assumed_equal"]


def test_units_and_currencies_are_not_compared_with_each_other() -> None:
    rows = [
        link("A", "X", volume=1.0, unit="t"),
        link("B", "X", volume=900.0, unit="kg"),
        link("C", "X", volume=3, unit="t"),
    ]
    found = shares(rows)
    assert found.share == pytest.approx([2 / 3 / 4, 1 / 3, 2 / 3 * 3 / 4])
    assert found.basis.tolist() == ["volume", "assumed_equal", "volume"]


def test_a_measure_of_zeros_compares_nothing() -> None:
    found = shares([link("A", "X", volume=0.0, unit="t"), link("B", "X", volume=0.0, unit="t")])
    assert found.share == pytest.approx([0.5, 0.5])
    assert found.basis.tolist() == ["assumed_equal", "assumed_equal"]
    found = shares([link("A", "X", volume=0.0, unit="t"), link("B", "X", volume=2.0, unit="t")])
    assert found.share == pytest.approx([0.0, 1.0])


def test_explicit_shares_below_the_stated_coverage_warn_and_stand() -> None:
    found = shares([link("A", "X", 0.3)], X=0.9)
    assert known(found) == {"X": 0.3}
    assert len(found.warnings) == 1
    assert "X" in found.warnings[0]
    assert "0.3" in found.warnings[0]
    assert "0.9" in found.warnings[0]


def test_explicit_shares_above_the_stated_coverage_are_bad_input() -> None:
    with pytest.raises(InputError, match=r"'X' sum to 0\.7.*0\.6.*A 0\.3.*B 0\.4"):
        shares([link("A", "X", 0.3), link("B", "X", 0.4), link("C", "X")], X=0.6)


def test_explicit_shares_above_one_are_bad_input_with_their_links() -> None:
    with pytest.raises(InputError, match=r"'X' sum to 1\.2.*A 0\.6.*B 0\.6"):
        shares([link("A", "X", 0.6), link("B", "X", 0.6), link("A", "Y", 0.5)])
    with pytest.raises(InputError):
        shares([link("A", "X", 1.0), link("B", "X", 3e-9)])
    assert shares([link("A", "X", 1.0), link("B", "X", 5e-10)]).share.sum() == pytest.approx(1)


def test_explicit_shares_that_leave_nothing_leave_zero() -> None:
    found = shares([link("A", "X", 1.0), link("B", "X"), link("C", "X", volume=2.0, unit="t")])
    assert found.share == pytest.approx([1.0, 0.0, 0.0])
    assert known(found) == {}


def test_buyers_do_not_touch_each_other() -> None:
    found = shares(
        [link("A", "X", 0.3), link("A", "Y"), link("B", "Y"), link("A", "Z", value=5.0, currency="EUR")], Y=0.5
    )
    assert found.share == pytest.approx([0.3, 0.25, 0.25, 1.0])
    assert known(found) == {"X": 0.3, "Y": 0.5}


def test_no_links_no_shares() -> None:
    found = shares([], X=0.5)
    assert found.share.tolist() == []
    assert known(found) == {}


def test_a_day_refuses_contradicting_shares_and_says_which() -> None:
    graph = oracles.believed(organizations=[oracles.brand("X")], links=[link("A", "X", 0.8), link("B", "X", 0.7)])
    with pytest.raises(InputError, match=r"A 0\.8"):
        Day(graph, Parameters("2021-01-01")).exposures()


ROW: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    supplier_id=st.sampled_from("ABCDE"),
    buyer_id=st.sampled_from("XYZ"),
    share=st.one_of(st.none(), st.none(), st.sampled_from([0.0, 0.05, 0.1])),
    volume=st.one_of(st.none(), st.sampled_from([0.0, 1.0, 7.0, 1e6])),
    unit=st.sampled_from([None, "t", "kg"]),
    value=st.one_of(st.none(), st.sampled_from([0.0, 2.0, 1e9])),
    currency=st.sampled_from([None, "EUR", "USD"]),
)


@settings(deadline=None)
@given(st.lists(ROW, max_size=9), st.dictionaries(st.sampled_from("XYZ"), st.floats(0.9, 1.0)))
def test_any_links(rows: list[dict[str, Any]], coverage: dict[str, float]) -> None:
    found = shares(rows, **coverage)
    share, basis, stated = oracles.shares(rows, coverage)
    assert found.share == pytest.approx(share)
    assert found.basis.tolist() == basis
    assert known(found) == pytest.approx(stated)
    for buyer in {row["buyer_id"] for row in rows}:
        total = math.fsum(s for s, row in zip(found.share, rows, strict=True) if row["buyer_id"] == buyer)
        if any(row["share"] is None for row in rows if row["buyer_id"] == buyer):
            assert total == pytest.approx(coverage.get(buyer, 1.0))

"""Candidates: no true pair is lost, and few others are kept."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.matching import made
from graph_core.resolve.blocking import candidates, within
from graph_core.resolve.learn import own_pairs, registry_pairs
from graph_core.resolve.score import score_pairs

DATA = Path(__file__).parents[2].parent / "shared" / "data"
LEI = "LEI:5493001KJTIIGC8Y1R12"


def found(left: dict[str, object], right: dict[str, object]) -> bool:
    return len(candidates(pd.DataFrame([left]), pd.DataFrame([right]))) == 1


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"name": "Zorvex Ltd", "country": "CN"}, {"name": "ZORVEX TEXTILE", "country": "CN"}),
        ({"name": "Zorvex Ltd", "country": "CN"}, {"name": "Zorvex", "country": ""}),
        ({"name": "Zorvexandra", "country": "CN"}, {"name": "Zorvxandra", "country": "CN"}),
        ({"name": "Heng Duo Garment"}, {"name": "Hengduo Garments"}),
        ({"name": "m e r c u r y appar e l"}, {"name": "Mercury Apparel"}),
        ({"name": "浙江洛清纺织有限公司", "country": "CN"}, {"name": "Zhejiang Luoqing Textile", "country": "CN"}),
        ({"name": "Волдарин"}, {"name": "Voldarin LLC"}),
        ({"name": "A", "aliases": ["Zorvex"]}, {"name": "B", "aliases": ["Mulvari", "Zorvex"]}),
        ({"name": "A", "identifiers": [LEI], "country": "CN"}, {"name": "B", "identifiers": [LEI], "country": "US"}),
        ({"name": "A", "lat": 30.0199, "lon": 120.0}, {"name": "B", "lat": 30.0201, "lon": 119.9999}),
        ({"name": "A", "lat": 10.0, "lon": 179.9999}, {"name": "B", "lat": 10.0, "lon": -179.9999}),
        (
            {"name": "A", "address": "14 Luoqing Road, Keqiao", "country": "CN"},
            {"name": "B", "address": "Luoqing Rd 14, Keqiao", "country": "CN"},
        ),
    ],
)
def test_a_shared_key_makes_a_candidate(left: dict[str, object], right: dict[str, object]) -> None:
    assert found(left, right)
    assert found(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"name": "Zorvex"}, {"name": "Mulvari"}),
        ({"name": "Zorvex Textile Factory"}, {"name": "Mulvari Textile Factory"}),
        ({"name": ""}, {"name": ""}),
        ({"lat": 0, "lon": 0}, {"lat": 0, "lon": 0}),
        ({"name": "A", "lat": 30.0, "lon": 120.0}, {"name": "B", "lat": 30.1, "lon": 120.0}),
        ({"name": "Air Products"}, {"name": "Lop County Meixin Hair Products"}),
    ],
)
def test_without_a_shared_key_there_is_none(left: dict[str, object], right: dict[str, object]) -> None:
    assert not found(left, right)


def test_empty_frames_have_no_candidates() -> None:
    none = pd.DataFrame({"name": []})
    assert candidates(none, none).empty
    assert candidates(pd.DataFrame({"name": ["Zorvex"]}), none).empty
    assert list(candidates(none, pd.DataFrame({"name": ["Zorvex"]})).columns) == ["left", "right"]


def test_duplicates_within_a_frame_come_once() -> None:
    frame = pd.DataFrame({"name": ["Zorvex Ltd", "Mulvari", "ZORVEX LIMITED", "Zorvex"], "country": "CN"})
    assert within(frame).to_numpy().tolist() == [[0, 2], [0, 3], [2, 3]]


NAMES = st.lists(
    st.sampled_from(["Zorvex Ltd", "Zorvex Textile", "Mulvari", "中泰化学", "Textile Factory", "", "Zor vex"])
    | st.text(max_size=12),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(NAMES, NAMES)
def test_candidates_are_valid_sorted_unique_and_hold_every_accepted_pair(left, right) -> None:
    ours, theirs = pd.DataFrame({"name": left, "country": "CN"}), pd.DataFrame({"name": right, "country": "CN"})
    pairs = [tuple(row) for row in candidates(ours, theirs).to_numpy().tolist()]
    assert pairs == sorted(set(pairs))
    assert all(0 <= a < len(left) and 0 <= b < len(right) for a, b in pairs)
    turned = {(b, a) for a, b in candidates(theirs, ours).to_numpy().tolist()}
    assert turned == set(pairs)
    every = [(a, b) for a in range(len(left)) for b in range(len(right))]
    if every:
        scored = score_pairs(ours.iloc[[a for a, _ in every]], theirs.iloc[[b for _, b in every]])
        accepted = {pair for pair, outcome in zip(every, scored["outcome"], strict=True) if outcome == "accepted"}
        assert accepted <= set(pairs)


def test_made_lists_lose_no_more_than_one_in_a_hundred_and_compare_a_hundredth() -> None:
    left, right, true = made(5_000, 1_000)
    pairs = candidates(left, right)
    assert len(true.merge(pairs)) >= 0.99 * len(true)
    assert len(left) * len(right) > 100 * len(pairs)


def test_self_made_matches_are_candidates() -> None:
    pairs = own_pairs()
    kept = set(map(tuple, candidates(pairs.left, pairs.right).to_numpy().tolist()))
    lost = [place for place in np.flatnonzero(pairs.match) if (place, place) not in kept]
    assert len(lost) <= 2, "names of two languages that share no sound"


@pytest.mark.data
def test_no_match_of_the_registry_is_lost() -> None:
    path = DATA / "open_supply_hub" / "oar_dedupe_training.json"
    if not path.exists():
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail(f"the real data sets are required and {path} is absent")
        pytest.skip(f"needs {path}")
    pairs = registry_pairs(path)
    kept = set(map(tuple, candidates(pairs.left, pairs.right).to_numpy().tolist()))
    assert [place for place in np.flatnonzero(pairs.match) if (place, place) not in kept] == []

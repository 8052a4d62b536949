"""Pairs that wait: what they could change, against computing each decision whole; and parties with one identifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest

from graph_core.candidates import FINDING, PARTY, findings_waiting, item_of, parties_waiting, stakes, supposed
from graph_core.day import Day, Parameters
from graph_core.derive import derive
from graph_core.graph import Graph
from graph_core.model import Verdict
from graph_core.resolve.judgements import SOURCE_ID, Judgement, frame, standing
from loaders.base import Options, silent
from loaders.registry import get

DAY = "2021-06-30"
TABLES = {
    "organizations": "id,name,country,lei,roles\n"
    "B1,Northfold,,,brand\nB2,Clearwater,,,brand\nT,Zorvex Trading,SG,,trader\n"
    "O1,Mulvari Weaving Ltd,IN,5493001KJTIIGC8Y1R12,\nO2,Mulvari Weaving Limited,IN,5493001KJTIIGC8Y1R12,\n",
    "facilities": "id,name,address,country\n"
    "F1,Zorvex Mulvari Spinning (Pvt.) Ltd,1 Mill Road,BD\nF2,Quellan Garments,2 Mill Road,BD\n",
    "links": "supplier_id,buyer_id,share,valid_from\nF1,T,0.5,2020-01-01\nF2,T,0.5,2020-01-01\n"
    "T,B1,0.4,2020-01-01\nF1,B1,0.1,2020-01-01\nF2,B2,1,2020-01-01\n",
    "findings": "id,subject_name,subject_country,category,kind,valid_from,authority,severity\n"
    "X1,Zorvex Mulvari Spinning Ltd,BD,forced_labour,order,2020-06-01,Customs,0.5\n"
    "X2,Quellan Garments,,forced_labour,order,2020-06-01,Customs,1\n"
    "X3,Quellan Garments,,forced_labour,order,2031-01-01,Customs,1\n",
}


@dataclass
class Said:
    source: dict[str, Any]
    seq: int
    frames: dict[str, Any]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[Said]:
    folder = tmp_path_factory.mktemp("network")
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text)
    return [Said(dict(r.source), n, r.records) for n, r in enumerate(get("tables").read(folder, Options(), silent), 1)]


@pytest.fixture(scope="module")
def graph(said: list[Said]) -> Graph:
    return derive(said)


@pytest.fixture(scope="module")
def pairs(graph: Graph) -> pd.DataFrame:
    return findings_waiting(graph)


def test_what_waits_has_both_sides_its_chance_and_reasons(pairs: pd.DataFrame) -> None:
    assert set(zip(pairs["left"], pairs["right"], strict=True)) == {("X1", "F1"), ("X2", "F2"), ("X3", "F2")}
    assert set(pairs["kind"]) == {FINDING}
    assert pairs["probability"].between(0, 1).all()
    assert all(any("Never accepted" in text for text in reasons) for reasons in pairs["reasons"])
    assert pairs["item"].is_unique


def test_the_stake_of_a_pair_is_what_it_adds_to_all_brands(graph: Graph, pairs: pd.DataFrame) -> None:
    """By hand: F1 reaches B1 by .4*.5 + .1 = .3, F2 reaches B1 by .2 and B2 by 1; X1 is half as grave."""
    found = dict(zip(pairs["left"], stakes(Day(graph, Parameters(DAY)).table, pairs), strict=True))
    assert found == pytest.approx({"X1": 0.15, "X2": 1.2, "X3": 0.0})


def test_the_stake_is_what_a_decision_alone_would_change(said: list[Said], graph: Graph, pairs: pd.DataFrame) -> None:
    day = Day(graph, Parameters(DAY))
    parts = stakes(day.table, pairs)
    for row, stake in zip(pairs.to_dict("records"), parts, strict=True):
        changed = supposed(day, said, frame([]), row["left"], row["right"], Verdict.POSITIVE)
        rises = sum(r["after"]["score"] - r["before"]["score"] for r in changed if "score" in r["before"])
        assert rises == pytest.approx(stake)


def test_rejecting_changes_no_score(said: list[Said], graph: Graph) -> None:
    changed = supposed(Day(graph, Parameters(DAY)), said, frame([]), "X2", "F2", Verdict.NEGATIVE)
    assert all(set(row["before"]) == {"waiting_reviews"} for row in changed)
    assert changed


def test_nothing_waits_in_an_empty_graph() -> None:
    assert findings_waiting(Graph()).empty
    assert parties_waiting(Graph(), frame([])).empty
    assert stakes(Day(Graph(), Parameters(DAY)).table, findings_waiting(Graph())).empty


def test_parties_that_may_be_one_and_what_both_have(said: list[Said]) -> None:
    apart = Said({"id": SOURCE_ID}, 99, {"judgements": frame([Judgement("O1", "O2", Verdict.NEGATIVE, "me", "2021")])})
    undone = frame([Judgement("O1", "O2", Verdict.UNSURE, "ada", "2022-01-01T00:00:00+00:00")])
    graph = derive([*said, apart])
    found = parties_waiting(graph, standing(undone))
    row = next(row for row in found.to_dict("records") if {row["left"], row["right"]} == {"O1", "O2"})
    assert row["item"] == item_of("O2", "O1")
    assert row["identical"] == ("LEI:5493001KJTIIGC8Y1R12",)
    assert row["judged_by"] == "ada"
    assert row["kind"] == PARTY
    rejected = parties_waiting(graph, standing(apart.frames["judgements"]))
    assert "O1" not in {*rejected["left"], *rejected["right"]}

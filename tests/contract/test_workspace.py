"""A workspace that stays open while somebody else changes the store, on both servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from graph_core.day import Day, Parameters
from graph_core.flags import CLASSES
from graph_core.settings import Settings
from graph_core.workspace import Workspace
from tests.commands import Commands

DAY = Parameters("2021-06-30")
FILES = {
    "organizations.csv": "id,name,country,roles\nX,Brand X,GB,brand\nC,Company,MY,\n",
    "facilities.csv": "id,name,country,operator_id\nA,Site A,MY,C\nB,Site B,MY,\nD,Site D,MY,\n",
    "links.csv": (
        "supplier_id,buyer_id,share,evidence,valid_from\n"
        "A,X,0.5,documented,2020-01-01\nB,X,0.25,inferred,2020-01-01\nD,B,0.5,documented,2020-01-01\n"
    ),
    "findings.csv": "id,subject_id,category\nf,C,forced_labour\ng,B,forced_labour\n",
}


@pytest.fixture
def tiertrace(
    store_settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Commands:
    commands = Commands(store_settings, capsys, monkeypatch)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    assert commands("load", "tables", str(tmp_path)).code == 0
    return commands


@pytest.fixture
def space(tiertrace: Commands) -> Iterator[Workspace]:
    with closing(Workspace(tiertrace.settings)) as opened:
        yield opened


def score(space: Workspace, parameters: Parameters = DAY) -> float:
    return float(space.day(parameters, held=True).exposures(["X"])[0]["score"])


def test_readers_keep_what_they_have_until_the_newer_graph_is_ready(
    tiertrace: Commands, space: Workspace, tmp_path: Path
) -> None:
    assert not space.behind()
    assert score(space) == pytest.approx(0.75)
    more = tmp_path / "more"
    more.mkdir()
    (more / "findings.csv").write_text("id,subject_id,category,valid_to\ng,B,forced_labour,2021-01-01\n")
    assert tiertrace("load", "tables", str(more)).code == 0
    assert space.behind()
    assert score(space) == pytest.approx(0.75)
    told = []
    space.renew(lambda stage, done, total: told.append((stage, done, total)))
    assert not space.behind()
    assert score(space) == pytest.approx(0.5)
    assert ("computing figures", 0, 1) in told  # the day that was asked for, before anybody asks again


def test_a_filtered_day_is_the_day_computed_from_the_start(space: Workspace) -> None:
    cases = [
        replace(DAY, documented_only=True),
        replace(DAY, classes=("named",)),
        replace(DAY, classes=("ownership",), documented_only=True),
        replace(DAY, score_name="noisy_or"),
        replace(DAY, score_name="within_hops", horizon=1, classes=tuple(reversed(CLASSES))),
    ]
    for parameters in cases:
        assert space.day(parameters).exposures() == Day(space.graph(), parameters).exposures()
    found = {parameters.classes: score(space, parameters) for parameters in cases[:3]}
    assert found == {CLASSES: pytest.approx(0.5), ("named",): pytest.approx(0.25), ("ownership",): pytest.approx(0.5)}

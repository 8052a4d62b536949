"""kill -9 of the loader and of the store at random points: the finished graph is that of an undisturbed load."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_core.settings import Settings
from tests.kills import disturbed, engine_killer, kill_loader, write_lists

RUNS = 20


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    return [write_lists(tmp_path / f"version {version}", version) for version in (1, 2)]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_loader_that_is_killed(store_settings: Settings, folders: list[Path]) -> None:
    assert disturbed(store_settings, folders, RUNS, 41, kill_loader) == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_an_engine_that_is_killed(own_engine: Settings, folders: list[Path]) -> None:
    assert disturbed(own_engine, folders, RUNS, 43, engine_killer(own_engine)) == []

"""kill -9 of the loader and of the store at random points: the finished graph is that of an undisturbed load."""

from __future__ import annotations

from contextlib import suppress
from multiprocessing.context import ForkServerProcess as Process
from pathlib import Path

import psutil
import pytest

from graph_core.settings import Settings
from graph_core.store import embedded
from tests.kills import disturbed, kill_loader, write_lists

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
    def kill_engine(process: Process) -> None:
        pid = embedded.status(own_engine).pid
        if pid is not None:
            with suppress(psutil.NoSuchProcess):
                engine = psutil.Process(pid)
                engine.kill()
                engine.wait(30)
        process.join(60)
        process.kill()

    assert disturbed(own_engine, folders, RUNS, 43, kill_engine) == []

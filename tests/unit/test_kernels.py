"""When compiled kernels answer, and that nothing needs them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from graph_core import SupplyNetwork, kernels, traced_share
from graph_core.exposure.ordering import ordering


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process in which nothing was asked yet."""
    monkeypatch.setattr(kernels, "_state", kernels._State())


def test_a_small_call_does_not_wait_for_kernels(fresh: None) -> None:
    assert not kernels.usable(kernels.WORTHWHILE - 1, "tracing")


@pytest.mark.parametrize("there", [True, False])
def test_a_large_call_waits_where_there_are_any(fresh: None, there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "installed", lambda: there)
    assert kernels.usable(kernels.WORTHWHILE, "tracing") is there


def test_once_loaded_they_answer_small_calls_too(fresh: None) -> None:
    pytest.importorskip("numba")
    kernels.load("tracing")
    assert kernels.usable(1, "tracing")
    assert not kernels.usable(1, "worlds")


def test_the_app_is_answered_without_them_until_they_are_there(fresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    asked: list[str] = []
    real = kernels.load

    def slow(module: str) -> object:
        asked.append(module)
        assert not kernels.usable(10 * kernels.WORTHWHILE, module)
        return real(module)

    monkeypatch.setattr(kernels, "load", slow)
    thread = kernels.load_in_background()
    assert thread is not None
    thread.join()
    assert tuple(asked) == kernels.MODULES
    assert all(kernels.usable(1, module) for module in kernels.MODULES)


def test_without_numba_there_is_nothing_to_load(fresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "installed", lambda: False)
    assert kernels.load_in_background() is None
    net = SupplyNetwork.from_arrays(["F", "A"], [0], [1], [0.5], {"F": 1.0})
    assert traced_share(net)["A"] == 0.5
    assert type(ordering(net)).__name__ == "PlainOrdering"


def test_a_second_process_reads_what_the_first_compiled() -> None:
    """A cache that is never hit would make every first click wait."""
    pytest.importorskip("numba")
    script = (
        "from graph_core import kernels\n"
        "missed = [f'{module}.{name}' for module in kernels.MODULES\n"
        "          for name, one in vars(kernels.load(module)).items()\n"
        "          if hasattr(one, 'stats') and (one.stats.cache_misses or not one.stats.cache_hits)]\n"
        "print(*missed)"
    )
    run = [sys.executable, "-c", script]
    subprocess.run(run, check=True, capture_output=True)
    assert subprocess.run(run, check=True, capture_output=True, text=True).stdout.strip() == ""

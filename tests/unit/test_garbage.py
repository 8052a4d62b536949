"""Looking for cycles seldom: within, and as before afterwards."""

from __future__ import annotations

import gc
import threading

import pytest

from graph_core.garbage import collected_seldom


def test_thresholds_are_raised_within_and_put_back_after() -> None:
    before = gc.get_threshold()
    with collected_seldom():
        assert gc.get_threshold()[0] > before[0]
        assert gc.get_freeze_count() > 0
        with collected_seldom():
            assert gc.get_threshold()[0] > before[0]
        assert gc.get_threshold()[0] > before[0]
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)


def test_they_are_put_back_after_an_error() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="x"), collected_seldom():
        raise ValueError("x")
    assert gc.get_threshold() == before


def test_the_one_who_leaves_last_puts_them_back() -> None:
    before = gc.get_threshold()
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with collected_seldom():
            inside.set()
            leave.wait(10)

    with collected_seldom():
        thread = threading.Thread(target=other)
        thread.start()
        assert inside.wait(10)
    assert gc.get_threshold() != before  # the other is still in it
    leave.set()
    thread.join()
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)

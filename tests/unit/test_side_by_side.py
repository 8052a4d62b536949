"""Threads that nobody has to wait for."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from graph_core.side_by_side import each


def test_results_come_in_order_and_only_so_many_are_under_way() -> None:
    lock, meeting = threading.Lock(), threading.Barrier(3, timeout=20)
    under_way, most = 0, 0

    def work(item: int) -> int:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        if item < 3:
            meeting.wait()  # three are under way at once, or this fails
        time.sleep(0.002 * (item % 3))
        with lock:
            under_way -= 1
        return item * item

    assert list(each(work, range(30), 3)) == [item * item for item in range(30)]
    assert most == 3


def test_nothing_is_begun_after_an_error_and_it_is_raised_where_its_result_is_wanted() -> None:
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        if item == 2:
            raise ValueError("the third")
        if item > 2:
            time.sleep(0.01)
        return item

    results = each(work, range(1_000), 1)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="the third"):
        next(results)
    time.sleep(0.1)
    assert len(begun) < 1_000


def test_who_leaves_waits_for_nothing() -> None:
    held, begun = threading.Event(), []

    def work(item: int) -> int:
        begun.append(item)
        if item:
            held.wait(20)
        return item

    results = each(work, range(10), 2)
    assert next(results) == 0
    before = time.monotonic()
    results.close()
    assert time.monotonic() - before < 5
    held.set()
    time.sleep(0.1)
    assert len(begun) <= 3


def test_a_program_ends_while_work_is_under_way() -> None:
    told = (
        "import time\n"
        "from graph_core.side_by_side import each\n"
        "results = each(lambda item: time.sleep(60 * item), range(5), 2)\n"
        "next(results)\n"
        "raise KeyboardInterrupt\n"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, check=False, timeout=30)
    assert b"KeyboardInterrupt" in done.stderr


def test_no_items_are_no_results() -> None:
    assert list(each(str, [], 2)) == []

"""Threads that nobody has to wait for."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator

import pytest

from graph_core.side_by_side import ahead, each


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


def _lanes_end() -> bool:
    for _ in range(200):
        if not any(thread.name == "side by side" for thread in threading.enumerate()):
            return True
        time.sleep(0.02)
    return False


def test_an_item_is_taken_when_a_lane_is_free_and_nobody_waits_for_the_next() -> None:
    taken: list[int] = []
    go_on, more = threading.Event(), threading.Event()

    def items() -> Iterator[int]:
        for number in range(5):
            if number == 3:
                assert more.wait(20)
            taken.append(number)
            yield number

    def work(item: int) -> int:
        assert go_on.wait(20)
        return item

    results = each(work, items(), 2)
    first = threading.Thread(target=lambda: taken.append(-next(results)))
    first.start()
    time.sleep(0.1)
    assert taken == [0, 1]
    go_on.set()
    first.join(20)
    assert [next(results), next(results)] == [1, 2], "before there is a fourth"
    more.set()
    assert list(results) == [3, 4]
    assert _lanes_end()


def test_an_error_of_the_items_comes_after_the_results_before_it() -> None:
    def items() -> Iterator[int]:
        yield from range(6)
        raise ValueError("no seventh")

    def work(item: int) -> int:
        time.sleep(0.01 * (6 - item))
        return item

    results = each(work, items(), 2)
    assert [next(results) for _ in range(6)] == list(range(6))
    with pytest.raises(ValueError, match="no seventh"):
        next(results)
    assert _lanes_end()


def test_who_leaves_ends_lanes_that_wait_for_an_item() -> None:
    closed = threading.Event()

    def numbers() -> Generator[int, None, None]:
        try:
            yield 0
            assert go_on.wait(20)
            yield 1
        finally:
            closed.set()

    def work(item: int) -> int:
        done.append(item)
        return item

    go_on, done = threading.Event(), list[int]()
    with ahead(numbers()) as pieces:
        results = each(work, pieces, 2)
        assert next(results) == 0
        results.close()
    assert _lanes_end()
    go_on.set()
    assert closed.wait(10)
    assert done == [0]


# --- ahead -------------------------------------------------------------------------------------------------------


def test_pieces_come_in_their_order() -> None:
    with ahead(number for number in range(100)) as pieces:
        assert list(pieces) == list(range(100))


def test_no_pieces() -> None:
    nothing: list[int] = []
    with ahead(number for number in nothing) as pieces:
        assert list(pieces) == []


@pytest.mark.parametrize("most", [1, 3])
def test_it_begins_at_once_and_makes_no_more_than_it_must(most: int) -> None:
    begun = threading.Event()
    made: list[int] = []

    def numbers() -> Generator[int, None, None]:
        begun.set()
        for number in range(10):
            made.append(number)
            yield number

    with ahead(numbers(), most) as pieces:
        assert begun.wait(10)
        assert next(pieces) == 0
        for _ in range(100):
            if len(made) == 1 + most:
                break
            threading.Event().wait(0.01)
        threading.Event().wait(0.05)
        assert made == list(range(1 + most))


@pytest.mark.parametrize("error", [ValueError("line 3"), KeyboardInterrupt()])
def test_an_error_is_raised_after_the_last_good_piece(error: BaseException) -> None:
    def numbers() -> Generator[int, None, None]:
        yield from (1, 2)
        raise error

    with ahead(numbers()) as pieces:
        assert [next(pieces), next(pieces)] == [1, 2]
        with pytest.raises(type(error)):
            next(pieces)


def test_who_leaves_early_closes_what_makes_pieces() -> None:
    closed = threading.Event()

    def numbers() -> Generator[int, None, None]:
        try:
            yield from range(1_000_000)
        finally:
            closed.set()

    with ahead(numbers()) as pieces:
        assert next(pieces) == 0
    assert closed.wait(10)

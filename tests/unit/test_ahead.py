"""Reading ahead: the same pieces in the same order, errors where they belong, and an end when nobody wants more."""

from __future__ import annotations

import threading
from collections.abc import Generator

import pytest

from loaders.ahead import ahead


def test_pieces_come_in_their_order() -> None:
    with ahead(number for number in range(100)) as pieces:
        assert list(pieces) == list(range(100))


def test_nothing_to_read() -> None:
    nothing: list[int] = []
    with ahead(number for number in nothing) as pieces:
        assert list(pieces) == []


def test_it_begins_at_once_and_reads_no_more_than_it_must() -> None:
    begun = threading.Event()
    read: list[int] = []

    def numbers() -> Generator[int, None, None]:
        begun.set()
        for number in range(10):
            read.append(number)
            yield number

    with ahead(numbers()) as pieces:
        assert begun.wait(10)
        assert next(pieces) == 0
        for _ in range(100):
            if len(read) == 2:
                break
            threading.Event().wait(0.01)
        threading.Event().wait(0.05)
        assert read == [0, 1]


@pytest.mark.parametrize("error", [ValueError("line 3"), KeyboardInterrupt()])
def test_an_error_is_raised_after_the_last_good_piece(error: BaseException) -> None:
    def numbers() -> Generator[int, None, None]:
        yield from (1, 2)
        raise error

    with ahead(numbers()) as pieces:
        assert [next(pieces), next(pieces)] == [1, 2]
        with pytest.raises(type(error)):
            next(pieces)


def test_who_leaves_early_closes_the_file() -> None:
    closed = threading.Event()

    def numbers() -> Generator[int, None, None]:
        try:
            yield from range(1_000_000)
        finally:
            closed.set()

    with ahead(numbers()) as pieces:
        assert next(pieces) == 0
    assert closed.wait(10)

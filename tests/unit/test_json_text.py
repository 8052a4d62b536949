"""JSON read and written: always what Python's own module says, which is the oracle."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loaders.files.json_text import decoded, encoded

TEXTS = (
    b'{"a": [1, 2.5, -3e10, true, false, null, "\\u00e9\\n\\/\\ud83d\\ude00"], "b": {"c": {}}}',
    b"[0.1, 1E5, 1e-5, -0.0, -0, 123456789012345678901, 99999999999999999999999.5, 0.1234567890123456789]",
    '{"é": "日本 \u2028", "\\u0061": 1, "a": 2}'.encode(),
)
ODD = (
    *(b"NaN", b"-Infinity", b"1e999", b'"\\ud800"', b'"\xed\xa0\x80"', b'"\xff"', b'"\t"', b'"\x00"', b'"\\u0000"'),
    *(b"\xef\xbb\xbf1", b"01", b".5", b"1.", b"+1", b"", b" ", b"'a'", b"[1,]", b"1 2", b"/**/1", b"\\u", b"}", b"-"),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def outcome(read: object, text: bytes) -> str:
    try:
        return repr(read(text))  # type: ignore[operator]
    except ValueError as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("text", [*TEXTS, *ODD, *(odd.decode("latin-1").encode("utf-16") for odd in ODD)])
def test_a_text_has_the_value_or_the_fault_that_python_gives(text: bytes) -> None:
    assert outcome(decoded, text) == outcome(json.loads, text)


def test_so_has_every_damaged_text() -> None:
    draw = random.Random(3)
    read = 0
    for _ in range(20_000):
        text = bytearray(draw.choice(TEXTS))
        for _ in range(draw.randrange(1, 3)):
            place = draw.randrange(len(text))
            text[place : place + draw.randrange(3)] = draw.choice([bytes([draw.randrange(256)]), *ODD])
        told = outcome(decoded, bytes(text))
        assert told == outcome(json.loads, bytes(text))
        read += not told.startswith(("JSONDecodeError", "UnicodeDecodeError"))
    assert read > 1_000


def test_deep_nesting_is_told() -> None:
    with pytest.raises(RecursionError):
        decoded(b"[" * 100_000 + b"]" * 100_000)
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(RecursionError):
        encoded(value)


@given(VALUES)
@example([float("nan"), float("inf"), 2**80, -0.0])
@example({"null": None, "b": "null", "a": "\ud800"})
def test_a_value_is_read_back_as_it_was(value: object) -> None:
    assert repr(json.loads(encoded(value))) == repr(json.loads(json.dumps(value, sort_keys=True)))


def test_the_order_of_names_does_not_matter() -> None:
    assert encoded({"b": {"d": 1.5, "c": "é"}, "a": 2}) == encoded({"a": 2, "b": {"c": "é", "d": 1.5}})
    assert encoded({"b": 1, "a": None}) == '{"a":null,"b":1}'

"""Texts as arrays of letters, against plain loops over the same texts."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from graph_core.letters import Letters

#: Few letters, so that texts are alike; one outside the basic plane has its own test.
SOME = st.text(alphabet="abc д纺", max_size=7)
TEXTS = st.lists(SOME, max_size=12)
WANTED = st.text(alphabet="abc д纺", min_size=1, max_size=6)


def told(letters: Letters, rows: slice) -> list[str]:
    return letters.texts[rows]


@given(TEXTS, WANTED)
def test_equal_beginning_and_holding(texts, wanted):
    letters = Letters(texts)
    kept = sorted(set(texts))
    assert letters.texts == kept
    assert letters.lengths.tolist() == [len(text) for text in kept]
    assert told(letters, letters.equal(wanted)) == [text for text in kept if text == wanted]
    assert told(letters, letters.beginning(wanted)) == [text for text in kept if text.startswith(wanted)]
    assert letters.holding(wanted).tolist() == [row for row, text in enumerate(kept) if wanted in text]


@given(TEXTS, WANTED, st.integers(0, 3))
@example(["ab"], "ba", 1)
@example(["abc"], "b", 1)
@example([""], "a", 1)
@example([], "a", 1)
def test_nearly_beginning_is_the_least_distance_to_any_beginning(texts, wanted, most):
    letters = Letters(texts)
    rows, distances = letters.nearly_beginning(wanted, most)
    expected = {}
    for row, text in enumerate(letters.texts):
        least = min(OSA.distance(wanted, text[:end]) for end in range(len(text) + 1))
        if least <= most:
            expected[row] = least
    assert dict(zip(rows.tolist(), distances.tolist(), strict=True)) == expected


def test_a_letter_outside_the_basic_plane_is_found():
    letters = Letters(["𠮷野家", "吉野家"])
    assert told(letters, letters.beginning("𠮷")) == ["𠮷野家"]
    assert letters.holding("𠮷野").tolist() == [letters.texts.index("𠮷野家")]

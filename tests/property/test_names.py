"""Properties of match keys, on any text."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from graph_core.resolve.names import core, distinctive, fold, form, normalise

SAMPLES = """
Pan Brothers Sime Darby Işık Tekstil Bình Minh Вектор Фабрика ООО 美欣 新疆 纺织 有限公司 (株) النيل
Co Ltd Limited Pvt PT Tbk Sdn Bhd Berhad S.A. A.Ş. GmbH & 2 A No.
"""
WORDS = st.sampled_from(SAMPLES.split())
NAMES = st.one_of(st.text(max_size=40), st.lists(WORDS, max_size=7).map(" ".join))


@given(NAMES)
def test_a_key_is_its_own_key(name: str) -> None:
    assert fold(fold(name)) == fold(name)
    assert normalise(normalise(name)) == normalise(name)


@given(NAMES)
def test_a_key_is_the_core_with_the_form(name: str) -> None:
    assert normalise(name).split() == [*core(name).split(), *form(name).split()]


@given(st.lists(WORDS, max_size=7).map(" ".join))
def test_normal_form_and_white_space_change_nothing(name: str) -> None:
    for spelling in (
        unicodedata.normalize("NFD", name),
        unicodedata.normalize("NFC", name),
        f"\t {name.replace(' ', '   ')} \n",
    ):
        assert normalise(spelling) == normalise(name)


@given(st.lists(WORDS, max_size=7).map(" ".join))
def test_case_changes_nothing(name: str) -> None:
    assert normalise(name.upper()) == normalise(name) == normalise(name.lower())


@given(NAMES)
def test_a_form_behind_it_never_makes_a_name_distinctive(name: str) -> None:
    assert distinctive(f"{name} Berhad") == distinctive(name) or form(name) != form(f"{name} Berhad")
    assert not distinctive(name) or core(name)


@given(
    st.lists(
        st.sampled_from(
            ["Textile", "Factory", "No.", "3", "B", "Xinjiang", "Johor", "Co.", "Ltd", "纺织", "厂", "山东"]
        )
    )
)
def test_empty_words_never_add_up_to_a_name(words: list[str]) -> None:
    assert not distinctive(" ".join(words))

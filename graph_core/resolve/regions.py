"""Which addresses lie in a region that a list names, such as cotton of Xinjiang.

Read from the address alone, and from words of ``region_words.csv``: the name of a company says nothing about where it
is. An address that names none of the words, or that is not known, is in no region; that is no statement that the site
lies elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import numpy as np
import numpy.typing as npt

from graph_core.resolve.names import fold
from graph_core.resolve.records import data_rows


def in_region(addresses: Iterable[object], region: str, country: str) -> npt.NDArray[np.bool_]:
    """Which addresses name a place of a region.

    Parameters
    ----------
    addresses : iterable
        Texts; anything else is no address.
    region : str
        As the list writes it, such as ``Xinjiang Uyghur Autonomous Region (XUAR)``. One that ``region_words.csv`` does
        not know is looked for as it stands.
    country : str
        ISO alpha-2 code of its country; the addresses have to be of that country.

    Examples
    --------
    >>> in_region(["12 Road, Shihezi", "Xinjiang Road, Shanghai", None], "XUAR", "CN").tolist()
    [True, False, False]
    """
    pattern = _pattern(region, country)
    return np.array([isinstance(text, str) and bool(pattern.search(fold(text))) for text in addresses], dtype=np.bool_)


@cache
def _pattern(region: str, country: str) -> re.Pattern[str]:
    return re.compile("|".join(map(_alone, _words(region, country))))


def _words(region: str, country: str) -> list[str]:
    """Folded words of the region that the text means."""
    known: dict[str, list[str]] = {}
    for row in data_rows("region_words.csv"):
        if row["country"] == country:
            known.setdefault(row["region"], []).append(fold(row["word"]))
    said = fold(region)
    for words in known.values():
        if any(re.search(_alone(word), said) for word in words):
            return words
    return [said]


def _alone(word: str) -> str:
    """Pattern of a word; one in Latin letters stands alone, and is not the name of a street."""
    if not word.isascii():
        return re.escape(word)
    return rf"\b{re.escape(word)}\b(?! (?:road|rd|street|st|avenue|ave|lu|jie)\b)"

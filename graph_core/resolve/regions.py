"""Which addresses lie in a region that a list names, such as cotton of Xinjiang.

Read from the address alone, and from words of ``region_words.csv``: the name of a company says nothing about where it
is, and streets are called after other places. An address that names none of the words, or that is not known, is in no
region; that is no statement that the site lies elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from graph_core.resolve.names import fold
from graph_core.resolve.records import data_rows

_KINDS: Final = ("name", "place", "elsewhere", "homonym")
#: A pattern that is found nowhere.
_NOTHING: Final = r"(?!)"
_SIDE: Final = r"(?:(?:n|s|e|w|north|south|east|west|middle|central|dong|xi|nan|bei|zhong) )?"
#: What makes a name that of a street.
_LATIN_STREET: Final = rf"{_SIDE}(?:road|rd|street|st|avenue|ave|boulevard|lane|highway|lu|jie|dajie|dadao)\b"
_STREET: Final = "[东南西北中一二三四五]*(?:路|街|大道|大街|巷|弄|道)"


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
    name, place, elsewhere, homonym = _patterns(region, country)
    found = []
    for text in addresses:
        said = homonym.sub(" ", fold(text)) if isinstance(text, str) else ""
        found.append(bool(name.search(said) or (place.search(said) and not elsewhere.search(said))))
    return np.array(found, dtype=np.bool_)


@cache
def known_regions() -> tuple[tuple[str, str], ...]:
    """Regions of ``region_words.csv``, each with the code of its country."""
    return tuple(sorted({(row["region"], row["country"]) for row in data_rows("region_words.csv")}))


@cache
def _patterns(region: str, country: str) -> tuple[re.Pattern[str], ...]:
    """Patterns of words, one of each of `_KINDS`."""
    words = _words(region, country)
    return tuple(re.compile(_any(words.get(kind, []))) for kind in _KINDS)


def _words(region: str, country: str) -> dict[str, list[str]]:
    """Folded words of the region that the text means, by kind."""
    known: dict[str, dict[str, list[str]]] = {}
    for row in data_rows("region_words.csv"):
        if row["country"] == country:
            known.setdefault(row["region"], {}).setdefault(row["kind"], []).append(fold(row["word"]))
    said = fold(region)
    for words in known.values():
        if re.search(_any([*words.get("name", []), *words.get("place", [])]), said):
            return words
    # A list that names a region we do not know means what it writes.
    return {"name": [said]} if any(letter.isalpha() for letter in said) else {}


def _any(words: list[str]) -> str:
    return "|".join(map(_alone, words)) or _NOTHING


def _alone(word: str) -> str:
    """Pattern of a word that is not the name of a street; one in Latin letters stands alone."""
    if not word.isascii():
        return rf"{re.escape(word)}(?!{_STREET})"
    return rf"\b{re.escape(word)}\b(?! {_LATIN_STREET})"

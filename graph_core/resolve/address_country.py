"""Which country an address names at its end.

An address ends in a country more often than not, and what looks like one is often none: ``Jordan Road``, ``Turkey
Creek``, ``Tbilisi Street``, ``Atlanta, Georgia``, ``Paris, TX``. So only the last part of the address is read (behind
the last comma, without post codes), and only three things count there:

- the whole part is a country's name, or that of a province that only one country has;
- the part ends in a country's name, and no word of a street (``Avenida Brasil``) stands before it;
- the address is written in Chinese and begins with the country.

Codes of two letters are no names (``Athens, GA`` is not in Gabon), but for ``US``, ``UK`` and ``HK``. The longest name
wins: ``Papua New Guinea`` is not ``Guinea``, ``Inner Mongolia`` not ``Mongolia``, ``Port of Spain`` not ``Spain``. The
words are data: ``country_words.csv`` beside this module, and the names of `country_converter`.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from graph_core.countries import country_names
from graph_core.resolve.names import fold

_BREAK = re.compile(r"[,;|、，；()\n\r\t]+")
_NUMBER = re.compile(r"\w*\d\w*")
_KIND_OF_REGION = re.compile(r" (?:province|provincr|prov|state|pradesh state|city|municipality)$")


class Named(NamedTuple):
    """What the end of an address names: the words as written, and the countries that they can mean."""

    words: str
    countries: frozenset[str]
    homonym: frozenset[str]


NOTHING = Named("", frozenset(), frozenset())


@dataclass(frozen=True)
class _Words:
    """The words of ``country_words.csv`` by kind, folded; names and places by their countries."""

    names: dict[str, frozenset[str]]
    regions: dict[str, frozenset[str]]
    starts: dict[str, frozenset[str]]
    before: frozenset[str]
    homonyms: dict[str, frozenset[str]]
    longest: int
    first: frozenset[str]


def _official() -> dict[str, frozenset[str]]:
    """Short and official names of every country of today (`country_converter`)."""
    text = files("country_converter").joinpath("country_data.tsv").read_text("utf-8")
    short = {name: code for code, name in country_names().items()}
    found = {}
    for row in csv.DictReader(text.splitlines(), delimiter="\t"):
        if code := short.get(row["name_short"]):
            for name in (row["name_short"], row["name_official"]):
                found[fold(re.sub(r"\(.*\)", "", name))] = frozenset((code,))
    return found


@cache
def _words() -> _Words:
    text = files("graph_core.resolve").joinpath("country_words.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if line and not line.startswith("#")))
    kinds: dict[str, dict[str, frozenset[str]]] = {"name": _official(), "region": {}, "start": {}, "before": {}}
    kinds["place"] = kinds["name"]
    homonyms = {}
    for row in rows:
        word = row["word"] if row["kind"] == "start" else fold(row["word"])
        kinds[row["kind"]][word] = frozenset(row["countries"].split("|"))
        if row["homonym"]:
            homonyms[word] = frozenset(row["homonym"].split("|"))
    names = kinds["name"]
    longest = max(len(name.split()) for name in names)
    first = frozenset(start[0] for start in kinds["start"])
    return _Words(names, kinds["region"], kinds["start"], frozenset(kinds["before"]), homonyms, longest, first)


def named(address: str) -> Named:
    """Return the country that the end of an address names.

    Parameters
    ----------
    address : str
        As a source writes it, in one text.

    Returns
    -------
    Named
        ``words``: the name as it stands in the address, folded. ``countries``: codes that it can mean. ``homonym``:
        countries that have a place of that name, too. All are empty where the address does not end in a country.

    Examples
    --------
    >>> sorted(named("12 Jordan Road, Dhaka 1341, Bangladesh").countries), named("Athens, GA").words
    (['BD'], '')
    """
    words = _words()
    if address[:1] in words.first:
        for start, codes in words.starts.items():
            if address.startswith(start):
                return Named(start, codes, frozenset())
    part, alone = _last(address)
    found = _whole(part) or ("" if alone and " " not in part else _tail(part))
    return Named(found, _meant(found), words.homonyms.get(found, frozenset())) if found else NOTHING


def all_named(address: str) -> frozenset[str]:
    """Return codes of all countries that a whole part of an address names, wherever it stands."""
    found = (_whole(part) for text in _BREAK.split(address) if (part := _plain(text)))
    return frozenset().union(*(_meant(name) for name in found if name))


@lru_cache(maxsize=2**16)  # the ends of addresses are few
def _plain(text: str) -> str:
    """A part of an address, folded and without numbers."""
    return " ".join(_NUMBER.sub(" ", fold(text)).split())


def _last(address: str) -> tuple[str, bool]:
    """Return the last part that holds a word, and whether none stands before it."""
    texts = _BREAK.split(address)
    for position in range(len(texts) - 1, -1, -1):
        if part := _plain(texts[position]):
            return part, position == 0
    return "", True


def _meant(name: str) -> frozenset[str]:
    words = _words()
    return words.names.get(name) or words.regions.get(name) or frozenset()


@lru_cache(maxsize=2**16)
def _whole(part: str) -> str:
    """Return the name or region that a part of an address consists of."""
    words = _words()
    if part in words.names or part in words.regions:
        return part
    bare = _KIND_OF_REGION.sub("", part)
    return bare if bare in words.regions else ""


@lru_cache(maxsize=2**16)
def _tail(part: str) -> str:
    """Return the longest name in which a part of an address ends, unless the word before it makes it a street."""
    words, given = _words(), part.split()
    for count in range(min(words.longest, len(given) - 1), 0, -1):
        tail = " ".join(given[-count:])
        if tail in words.names:
            return "" if given[-count - 1] in words.before or tail in words.homonyms else tail
    return ""

"""Who stands as shipper or consignee on a bill of lading: a company, a forwarder, nobody, or "to order".

Words decide, never parts of words: ``HAIR PRODUCTS`` is no air freight. The words are data, beside this module:
``bol_forwarders.csv`` and ``bol_no_party.csv``. They are compared after case, punctuation and Latin diacritics are
folded (`graph_core.resolve.names.fold`).

* A ``word`` of the list anywhere in a name makes it a forwarder or carrier, a ``name`` only at its beginning.
  ``other`` words are read first and say nothing of the kind (``Harbor Freight Tools``, ``Logistics Equipment``).
* Where one name holds a forwarder and another, joined by ``behalf`` words (``DHL O/B ACME MILLS``) or ``care`` words
  (``ACME MILLS C/O DHL``), the other is the party.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from graph_core.resolve.names import fold, normalise
from loaders.data import grouped

_Phrases = dict[str, list[tuple[str, ...]]]


class Standing(IntEnum):
    """What a name on a bill names."""

    PARTY = 0
    FORWARDER = 1
    NOBODY = 2
    ORDER = 3


@dataclass(frozen=True)
class Named:
    """What a cell says of a shipper or consignee.

    Attributes
    ----------
    name : str
        The party, as written, with single spaces.
    key : str
        What two spellings of one name have in common.
    standing : Standing
        What it is.
    """

    name: str
    key: str
    standing: Standing


def named(cell: str) -> Named:
    """Read a cell that names a shipper or consignee.

    Parameters
    ----------
    cell : str
        As a bill has it.

    Returns
    -------
    Named
        Who it is.
    """
    name = " ".join(cell.split())
    name = _principal(name) or name
    return Named(name, normalise(name) or name, _standing(name))


def is_forwarder(roles: str) -> bool | None:
    """Say what the stated trade roles of a party make of it.

    Parameters
    ----------
    roles : str
        Such as ``Manufacturer`` or ``Freight Forwarder, Carrier``; several are split by a comma, semicolon or bar.

    Returns
    -------
    bool or None
        ``None`` where no role is stated, or roles of both kinds are.
    """
    said = {_holds(fold(role).split(), _words("role")) for role in re.split("[,;|]", roles) if role.strip()}
    return said.pop() if len(said) == 1 else None


def _standing(name: str) -> Standing:
    words = fold(name).split()
    if not words or " ".join(words) in _nobody():
        return Standing.NOBODY
    if any(words == list(p) or (len(p) > 1 and words[: len(p)] == list(p)) for p in _words("order").get(words[0], ())):
        return Standing.ORDER
    taken = {at + step for at, phrase in _found(words, _words("other")) for step in range(len(phrase))}
    left = ["" if at in taken else word for at, word in enumerate(words)]
    known = any(at == 0 for at, _ in _found(left, _words("name")))
    return Standing.FORWARDER if known or _holds(left, _words("word")) else Standing.PARTY


def _principal(name: str) -> str:
    """Of a forwarder and another party in one name the other; empty where one name does not hold just these."""
    for kind, own in (("behalf", 2), ("care", 0)):
        parts = [part.strip(" ,;:-") for part in _splitter(kind).split(name, maxsplit=1)]
        if len(parts) == 3 and _standing(parts[2 - own]) is Standing.FORWARDER:
            return parts[own] if _standing(parts[own]) is Standing.PARTY else ""
    return ""


def _found(words: list[str], phrases: _Phrases) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Places at which a phrase stands, and the phrase."""
    for at, word in enumerate(words):
        for phrase in phrases.get(word, ()):
            if tuple(words[at : at + len(phrase)]) == phrase:
                yield at, phrase


def _holds(words: list[str], phrases: _Phrases) -> bool:
    return next(_found(words, phrases), None) is not None


# --- the words -------------------------------------------------------------------------------------------------


def _written(table: str, kind: str) -> list[str]:
    return grouped(table, "kind", "words").get(kind, [])


@cache
def _words(kind: str) -> _Phrases:
    """Phrases of a kind, by their first word."""
    phrases: _Phrases = {}
    for words in _written("bol_no_party" if kind == "order" else "bol_forwarders", kind):
        phrase = tuple(fold(words).split())
        phrases.setdefault(phrase[0], []).append(phrase)
    return phrases


@cache
def _nobody() -> frozenset[str]:
    return frozenset(fold(words) for words in _written("bol_no_party", "nobody"))


@cache
def _splitter(kind: str) -> re.Pattern[str]:
    phrases = _written("bol_forwarders", kind)
    longest = sorted(phrases, key=lambda words: (-len(words), words))
    either = "|".join(re.escape(words).replace(r"\ ", r"\s+") for words in longest)
    return re.compile(rf"(?<!\w)({either})(?!\w)", re.IGNORECASE)

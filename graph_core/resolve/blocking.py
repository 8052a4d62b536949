"""Which pairs are worth comparing: those that share a rare key, a small part of all pairs.

====================  ===============================================================================================
key                   two parties are candidates where they share ...
====================  ===============================================================================================
identifier            a valid identifier, wherever they are
whole name            the whole name without spaces or order of words
word                  a distinctive word of the name, one that differs in a letter or behind the fifth, or two words
                      written as one
two words             two words of the name, where each alone is too common
cell                  a cell of the map or one of its neighbours (about 2 km wide)
address               two of these: a word of the address and a number in it, two words of it one after another
====================  ===============================================================================================

Keys of names and addresses hold the country too; a party without a country is a candidate in every country, and a key
so rare that few pairs share it counts across countries. A key that more pairs share than its limit says nothing and is
left out: the limits are in ``thresholds.csv``. Names in other scripts are read in Latin letters.

A pair that shares a word or two of its names and nothing else stays a candidate only where the distinctive words of
one name stand in the other, or those of both are alike (``block_alike``), and where the addresses do not contradict
each other by word and number; a pair that is less has no chance of review.

Texts are split and coded in columns (`pyarrow`); no key costs a loop of Python over parties.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from anyascii import anyascii

from graph_core.resolve import records
from graph_core.resolve.compare import settings, similarity
from graph_core.resolve.names import fold
from graph_core.resolve.records import Codes, Flags

_WORD: Final = re.compile(r"[a-z]+|[0-9]+")
#: Width of a cell in degrees.
_CELL: Final = 0.02
#: First letters of a word that make a key.
_PREFIX: Final = 5
#: Words with fewer letters are not joined to others that differ in a letter.
_FEWEST: Final = 4
#: Words that may be two parts of one word have no more letters each.
_SHORT: Final = 15
#: How far apart two words of a name may stand to make a key together.
_REACH: Final = 4
#: Countries are numbered below this.
_NATIONS: Final = 1000


def candidates(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Find pairs that are worth comparing.

    Parameters
    ----------
    left, right : DataFrame
        Parties; columns as for `graph_core.resolve.compare.compare`.

    Returns
    -------
    DataFrame
        Columns ``left`` and ``right``: positions in the two frames, in rising order, each pair once.
    """
    size = max(1, len(right))
    nations, places = _nations(left, right), _places(left, right)
    found = [
        first * size + second
        for blocks in (
            _by_name(left, right, nations, places),
            _by_identifier(left, right),
            _by_cell(left, right),
            _by_address(places, nations),
        )
        for first, second in blocks
    ]
    packed = np.unique(np.concatenate(found))
    return pd.DataFrame({"left": packed // size, "right": packed % size})


def within(frame: pd.DataFrame) -> pd.DataFrame:
    """Find pairs of one frame that are worth comparing; columns as of `candidates`, with ``left`` below ``right``."""
    found = candidates(frame, frame)
    return found[found["left"] < found["right"]].reset_index(drop=True)


# --- words in columns ------------------------------------------------------------------------------------------------


class _Words(NamedTuple):
    """Words of texts, one after another: the text in which each stands, and its code in a table."""

    rows: Codes
    codes: Codes
    table: list[str]

    def flags(self, holds: Callable[[str], bool]) -> Flags:
        """Whether something holds for each word; asked once for each in the table."""
        known = np.fromiter(map(holds, self.table), dtype=np.bool_, count=len(self.table))
        return np.asarray(known[self.codes]) if len(known) else np.zeros(0, dtype=np.bool_)

    def where(self, kept: Flags) -> _Words:
        """Some of the words."""
        return _Words(self.rows[kept], self.codes[kept], self.table)


def _split(texts: Sequence[str]) -> _Words:
    """Words and numbers of Latin texts in small letters."""
    column: Any = pa.array(texts, type=pa.string())
    apart: Any = pc.replace_substring_regex(column, "([0-9]+)", " \\1 ")
    lists = pc.ascii_split_whitespace(pc.ascii_trim_whitespace(pc.replace_substring_regex(apart, "[^a-z0-9]+", " ")))
    words = lists.flatten().dictionary_encode()
    rows = np.repeat(np.arange(len(texts), dtype=np.int64), pc.list_value_length(lists).to_numpy())
    codes = words.indices.to_numpy().astype(np.int64)
    table = words.dictionary.to_pylist()
    filled = np.array([word != "" for word in table], dtype=np.bool_)[codes] if table else np.zeros(0, dtype=np.bool_)
    return _Words(rows[filled], codes[filled], table)


@cache
def _common() -> frozenset[str]:
    """Words that never make a key alone."""
    rows = (row["word"] for file in ("generic_words.csv", "place_words.csv") for row in records.data_rows(file))
    return frozenset(word for text in rows for word in fold(text).split()) | _forms()


@cache
def _forms() -> frozenset[str]:
    rows = records.data_rows("legal_forms.csv")
    return frozenset(word for row in rows for word in _WORD.findall(fold(row["variant"])))


@cache
def _ordinary() -> frozenset[str]:
    """Words that most addresses hold."""
    return frozenset(fold(row["word"]) for row in records.data_rows("address_words.csv"))


def _plain_name(text: str) -> str:
    """A name in Latin letters; one in another script without what does not tell it from others."""
    if text.isascii():
        return text.lower()
    plain = fold(text)
    return plain if plain.isascii() else " ".join(records.read_name(text).words)


def _plain_address(text: str) -> str:
    if text.isascii():
        return text.lower()
    plain = fold(text)
    return plain if plain.isascii() else anyascii(plain).lower()


# --- joining ---------------------------------------------------------------------------------------------------------


class _Side(NamedTuple):
    """Keys of one side: which row has which, and the row's country (0 where none is stated)."""

    rows: Codes
    codes: Codes
    nations: Codes

    def where(self, kept: Flags) -> _Side:
        """Some of the keys."""
        return _Side(self.rows[kept], self.codes[kept], self.nations[kept])


class _Sides(NamedTuple):
    """Rows of the two sides as one: the first `split` are the left ones; and the country of each."""

    split: int
    nations: Codes

    def join(self, rows: Codes, codes: Codes, limit: float) -> tuple[Codes, Codes]:
        """Pairs of a left and a right row that share a key."""
        ours = rows < self.split
        left = _Side(rows[ours], codes[ours], self.nations[rows[ours]])
        right = _Side(rows[~ours] - self.split, codes[~ours], self.nations[rows[~ours]])
        return _in_country(left, right, limit)


def _nations(left: pd.DataFrame, right: pd.DataFrame) -> Codes:
    """Number of the country of every party of both sides, 0 where none is stated."""
    both = np.concatenate([records.countries(left), records.countries(right)])
    codes, known = pd.factorize(both)
    empty = np.array([text == "" for text in known], dtype=np.bool_)
    return np.asarray(np.where(empty[codes], 0, codes + 1) if len(known) else codes, dtype=np.int64)


def _in_country(left: _Side, right: _Side, limit: float) -> tuple[Codes, Codes]:
    """Pairs that share a key and a country; where one has no country, or the key is rare, the key alone."""
    both = np.intersect1d(left.codes, right.codes)
    left, right = (side.where(np.isin(side.codes, both)) for side in (left, right))
    left, right = (_Side(side.rows, np.searchsorted(both, side.codes), side.nations) for side in (left, right))
    load = np.bincount(left.codes, minlength=len(both)) * np.bincount(right.codes, minlength=len(both))
    rare = load <= settings()["block_rare"]
    found = [_pairs(left.where(rare[left.codes]), right.where(rare[right.codes]), limit, by_country=False)]
    left, right = left.where(~rare[left.codes]), right.where(~rare[right.codes])
    found += [
        _pairs(left.where(left.nations > 0), right.where(right.nations > 0), limit, by_country=True),
        _pairs(left.where(left.nations == 0), right, limit, by_country=False),
        _pairs(left.where(left.nations > 0), right.where(right.nations == 0), limit, by_country=False),
    ]
    return np.concatenate([one for one, _ in found]), np.concatenate([other for _, other in found])


def _pairs(left: _Side, right: _Side, limit: float, *, by_country: bool) -> tuple[Codes, Codes]:
    """All pairs of rows that share a key, without keys that more than `limit` pairs share."""
    one = left.codes * _NATIONS + left.nations if by_country else left.codes
    other = right.codes * _NATIONS + right.nations if by_country else right.codes
    order, back = np.argsort(one, kind="stable"), np.argsort(other, kind="stable")
    one, other = one[order], other[back]
    keys, first, count = np.unique(one, return_index=True, return_counts=True)
    begin = np.asarray(np.searchsorted(other, keys, side="left"))
    total = np.asarray(np.searchsorted(other, keys, side="right") - begin)
    kept = (total > 0) & (count * total <= limit)
    first, count, begin, total = first[kept], count[kept], begin[kept], total[kept]
    product = count * total
    block = np.repeat(np.arange(len(product)), product)
    inside = np.arange(int(product.sum())) - np.repeat(np.cumsum(product) - product, product)
    width = total[block]
    return left.rows[order][first[block] + inside // width], right.rows[back][begin[block] + inside % width]


# --- names -----------------------------------------------------------------------------------------------------------


def _by_name(left: pd.DataFrame, right: pd.DataFrame, nations: Codes, places: _Places) -> Iterator[tuple[Codes, Codes]]:
    """Pairs that share keys of their names; each name of a party stands for it."""
    known: dict[str, int] = {}
    ours, theirs = records.variants(left, known), records.variants(right, known)
    owners = np.concatenate(
        [np.repeat(np.arange(len(left)), ours.number), np.repeat(np.arange(len(right)), theirs.number)]
    )
    split = len(ours.codes)
    plain = [_plain_name(text) for text in known]
    codes = np.concatenate([ours.codes, theirs.codes])
    sides = _Sides(split, np.concatenate([np.repeat(nations[: len(left)], ours.number),
                                          np.repeat(nations[len(left) :], theirs.number)]))  # fmt: skip
    words = _split(plain)
    limits = settings()

    def joined(keys: tuple[Codes, Codes], limit: str) -> tuple[Codes, Codes]:
        return sides.join(*_spread(keys, codes, len(plain)), limits[limit])

    sure = [joined(keys, "block_equal") for keys in _whole_keys(words, plain, list(known))]
    maybe = [joined(_word_keys(words, plain), "block_word"), joined(_two_keys(words), "block_words")]
    one, other = _distinct(maybe, len(theirs.codes))
    kept = ~places.contradict(owners[one], owners[split + other])
    one, other = one[kept], other[kept]
    kept = _alike(words, plain, ours.codes[one], theirs.codes[other])
    for first, second in (*sure, (one[kept], other[kept])):
        yield owners[first], owners[split + second]


def _spread(keys: tuple[Codes, Codes], codes: Codes, size: int) -> tuple[Codes, Codes]:
    """Keys of distinct texts as keys of all rows that have these texts."""
    text, key = keys
    order = np.argsort(text, kind="stable")
    text, key = text[order], key[order]
    count = np.bincount(text, minlength=size)
    begin = np.cumsum(count) - count
    own = count[codes]
    inside = np.arange(int(own.sum())) - np.repeat(np.cumsum(own) - own, own)
    return np.repeat(np.arange(len(codes)), own), key[np.repeat(begin[codes], own) + inside]


def _distinct(blocks: Sequence[tuple[Codes, Codes]], size: int) -> tuple[Codes, Codes]:
    size = max(1, size)
    packed = np.unique(np.concatenate([one * size + other for one, other in blocks]))
    return packed // size, packed % size


def _whole_keys(words: _Words, plain: Sequence[str], names: Sequence[str]) -> Iterator[tuple[Codes, Codes]]:
    """Whole names: the words without legal forms in any order; their sound without spaces; all letters without spaces.

    A name in another script has no spaces that could be compared: only the sound of all of it finds the same name in
    Latin letters.
    """
    forms = _forms()
    told = words.where(words.flags(lambda word: word not in forms))
    draw = np.random.default_rng(0).integers(1, 2**62, size=len(words.table), dtype=np.int64)
    total = np.zeros(len(plain), dtype=np.int64)
    np.add.at(total, told.rows, draw[told.codes])  # the sum of numbers drawn for the words is the same in any order
    filled = np.flatnonzero(total)
    yield filled, total[filled]
    apart = [_WORD.findall(text) for text in plain]
    yield _glued(
        [
            "".join(word for word in split if word not in forms) if name.isascii() else records.read_name(name).sound
            for split, name in zip(apart, names, strict=True)
        ]
    )
    yield _glued(["".join(split) for split in apart])


def _glued(texts: list[str]) -> tuple[Codes, Codes]:
    """Keys of whole texts, empty ones left out."""
    filled = np.flatnonzero(np.array([text != "" for text in texts], dtype=np.bool_))
    return filled, np.asarray(pd.factorize(np.array(texts, dtype=object))[0][filled], dtype=np.int64)


def _telling(words: _Words) -> _Words:
    common = _common()
    return words.where(words.flags(lambda word: len(word) > 1 and word not in common and not word.isdigit()))


def _word_keys(words: _Words, plain: Sequence[str]) -> tuple[Codes, Codes]:
    """Distinctive words, their first letters, what is left of them without a letter, and two words written as one."""
    told = _telling(words)
    known = {word: code for code, word in enumerate(words.table)}
    starts: dict[str, int] = {}
    begin = len(known)
    prefix = np.array(
        [
            begin + starts.setdefault(word[:_PREFIX], len(starts)) if len(word) >= _PREFIX else -1
            for word in words.table
        ],
        dtype=np.int64,
    )
    long = prefix[told.codes] >= 0 if len(told.codes) else np.zeros(0, dtype=np.bool_)
    rows, codes = [told.rows, told.rows[long]], [told.codes, prefix[told.codes[long]]]
    lost = _letter_lost(words.table, np.unique(told.codes))
    rows.append(np.repeat(told.rows, lost.number[told.codes]))
    codes.append(begin + len(starts) + lost.of(told.codes))
    # Two words are a key where the other name may hold them as one.
    short = words.flags(lambda word: len(word) <= _SHORT and not word.isdigit())
    place = np.flatnonzero(short[:-1] & short[1:] & (words.rows[:-1] == words.rows[1:]))
    size = max(1, len(words.table))
    both, back = np.unique(words.codes[place] * size + words.codes[place + 1], return_inverse=True)
    one = np.array(
        [known.get(words.table[code // size] + words.table[code % size], -1) for code in both.tolist()], dtype=np.int64
    )
    if len(place):
        held = one[back] >= 0
        rows.append(words.rows[place][held])
        codes.append(one[back][held])
    # Letters apart: the first of them together.
    counts = np.bincount(words.rows, minlength=len(plain))
    apart = [row for row in np.flatnonzero(counts >= 5).tolist() if len(plain[row]) < 4 * counts[row]]
    first = [(row, starts.get("".join(_WORD.findall(plain[row]))[:_PREFIX])) for row in apart]
    rows.append(np.array([row for row, code in first if code is not None], dtype=np.int64))
    codes.append(np.array([begin + code for _, code in first if code is not None], dtype=np.int64))
    return np.concatenate(rows), np.concatenate(codes)


class _Lost(NamedTuple):
    """What words become when a letter is lost: the codes of word w are ``codes[first[w] :][: number[w]]``."""

    codes: Codes
    first: Codes
    number: Codes

    def of(self, words: Codes) -> Codes:
        """Codes of all these words, one word after another."""
        own = self.number[words]
        inside = np.arange(int(own.sum())) - np.repeat(np.cumsum(own) - own, own)
        return np.asarray(self.codes[np.repeat(self.first[words], own) + inside])


def _letter_lost(table: Sequence[str], wanted: Codes) -> _Lost:
    """Words from which a letter is lost, where two different words become one by it.

    Two words that differ by one letter, lost or another, are joined by what is left of them (as SymSpell does).
    """
    seen: dict[str, int] = {}
    shared: dict[str, int] = {}
    long = [code for code in wanted.tolist() if len(table[code]) >= _FEWEST]
    left = {
        code: {table[code][:place] + table[code][place + 1 :] for place in range(len(table[code]))} for code in long
    }
    for code, found in left.items():
        found.add(table[code])
        for text in found:
            if seen.setdefault(text, code) != code:
                shared.setdefault(text, len(shared))
    count = np.zeros(len(table), dtype=np.int64)
    codes: list[int] = []
    first = np.zeros(len(table), dtype=np.int64)
    for code, found in left.items():
        own = sorted(shared[text] for text in found if text in shared)
        first[code], count[code] = len(codes), len(own)
        codes.extend(own)
    return _Lost(np.array(codes, dtype=np.int64), first, count)


def _two_keys(words: _Words) -> tuple[Codes, Codes]:
    """Two words of a name that stand near each other, of which one at least is distinctive."""
    forms, common = _forms(), _common()
    told = words.where(words.flags(lambda word: len(word) > 1 and word not in forms))
    tells = told.flags(lambda word: word not in common and not word.isdigit())
    size = max(1, len(words.table))
    rows, codes = [], []
    for reach in range(1, _REACH + 1):
        near = (told.rows[:-reach] == told.rows[reach:]) & (tells[:-reach] | tells[reach:])
        one, other = told.codes[:-reach][near], told.codes[reach:][near]
        rows.append(told.rows[:-reach][near])
        codes.append(np.minimum(one, other) * size + np.maximum(one, other))
    return np.concatenate(rows), np.concatenate(codes)


def _alike(words: _Words, plain: Sequence[str], first: Codes, second: Codes) -> Flags:
    """Whether the distinctive words of one name stand in the other, or are like those of the other, or all letters.

    Names whose letters stand apart have no words that could be read; they always stay.
    """
    told = _telling(words)
    counts = np.bincount(told.rows, minlength=len(plain))
    all_words = np.bincount(words.rows, minlength=len(plain))
    apart = np.array([len(text) for text in plain], dtype=np.int64) < 4 * all_words
    apart &= all_words >= 5
    stems = records.texts_of(told.rows, [told.table[code] for code in told.codes.tolist()], len(plain))
    kept = np.asarray(apart[first] | apart[second])
    rest = np.flatnonzero(~kept)
    one, other = first[rest], second[rest]
    kept[rest] = similarity(stems[one], stems[other]) >= settings()["block_alike"]
    rest = rest[~kept[rest]]
    held = records.members(told.rows, told.codes, len(plain), len(words.table))
    one, other = first[rest], second[rest]
    least = np.minimum(counts[one], counts[other])
    kept[rest] = (held.shared(one, other) >= least - 0.5) & (least > 0)
    rest = rest[~kept[rest]]
    forms = _forms()
    named = words.where(words.flags(lambda word: word not in forms))
    glued = records.texts_of(named.rows, [named.table[code] for code in named.codes.tolist()], len(plain))
    kept[rest] = similarity(glued[first[rest]], glued[second[rest]]) >= settings()["name_close"]
    return kept


# --- identifiers, places, addresses ----------------------------------------------------------------------------------


def _by_identifier(left: pd.DataFrame, right: pd.DataFrame) -> Iterator[tuple[Codes, Codes]]:
    """Pairs that share a valid identifier, wherever they are."""
    known: dict[tuple[str, str], int] = {}
    cells = [*records.identifiers(left), *records.identifiers(right)]
    rows = [(row, known.setdefault(number, len(known))) for row, cell in enumerate(cells) for number in cell]
    both = np.array(rows, dtype=np.int64).reshape(-1, 2)
    yield _Sides(len(left), np.zeros(len(cells), dtype=np.int64)).join(
        both[:, 0], both[:, 1], settings()["block_equal"]
    )


def _by_cell(left: pd.DataFrame, right: pd.DataFrame) -> Iterator[tuple[Codes, Codes]]:
    """Pairs whose points are in one cell of the map, or in two that touch."""
    ours, theirs = records.points(left, {"": 1.0}), records.points(right, {"": 1.0})
    here, there = np.flatnonzero(~np.isnan(ours.lat)), np.flatnonzero(~np.isnan(theirs.lat))
    if not len(here) or not len(there):
        return
    across = round(360 / _CELL)
    row, column = (np.floor(values[here] / _CELL).astype(np.int64) for values in (ours.lat, ours.lon))
    own = np.floor(theirs.lat[there] / _CELL).astype(np.int64) * across
    own += np.floor(theirs.lon[there] / _CELL).astype(np.int64) % across
    limit = settings()["block_cell"]
    for up in (-1, 0, 1):
        for aside in (-1, 0, 1):
            cell = (row + up) * across + (column + aside) % across
            yield _pairs(_Side(here, cell, here), _Side(there, own, there), limit, by_country=False)


class _Places(NamedTuple):
    """Addresses of both sides, the left ones first.

    Attributes
    ----------
    split : int
        Number of left ones.
    told, numbers : _Words
        Words that tell one address from another, and house numbers.
    words_held, numbers_held : Bags
        The same as sets.
    """

    split: int
    told: _Words
    numbers: _Words
    words_held: records.Bags
    numbers_held: records.Bags

    def contradict(self, first: Codes, second: Codes) -> Flags:
        """Whether two addresses share no word and no number, and both have words and numbers.

        Such a pair is not even reviewed on account of its names.
        """
        second = second + self.split
        told = np.ones(len(first), dtype=np.bool_)
        for held in (self.words_held, self.numbers_held):
            told &= (held.total[first] > 0) & (held.total[second] > 0)
        places = np.flatnonzero(told)
        for held in (self.words_held, self.numbers_held):
            told[places] &= held.shared(first[places], second[places]) < 0.5
        return told


def _places(left: pd.DataFrame, right: pd.DataFrame) -> _Places:
    ours, theirs = records.texts(left, "address"), records.texts(right, "address")
    plain = [_plain_address(text) for text in (*ours, *theirs)]
    if not any(ours) or not any(theirs):
        plain = [""] * len(plain)
    words = _split(plain)
    ordinary = _ordinary()
    digits = words.flags(str.isdigit)
    told = words.where(words.flags(lambda word: len(word) > 3 and word not in ordinary) & ~digits)
    numbers = words.where(digits & words.flags(lambda word: len(word) < 5))
    known: dict[str, int] = {}
    same = np.array([known.setdefault(word.lstrip("0"), len(known)) for word in words.table], dtype=np.int64)
    numbers = numbers._replace(codes=same[numbers.codes] if len(same) else numbers.codes, table=list(known))
    size = len(plain)
    return _Places(
        len(ours),
        told,
        numbers,
        records.members(told.rows, told.codes, size, len(told.table)),
        records.members(numbers.rows, numbers.codes, size, len(numbers.table)),
    )


def _by_address(places: _Places, nations: Codes) -> Iterator[tuple[Codes, Codes]]:
    """Pairs that share two of these: a word of their addresses and a number in them, two words one after another."""
    told, numbers = (_on_both_sides(words, places.split) for words in (places.told, places.numbers))
    size = max(1, len(places.told.table), len(places.numbers.table))
    sides, limit = _Sides(places.split, nations), settings()["block_address"]
    one, other = _within_rows(told.rows, numbers.rows, len(nations))
    near = np.flatnonzero(told.rows[:-1] == told.rows[1:])
    both = (
        sides.join(told.rows[one], told.codes[one] * size + numbers.codes[other], limit),
        sides.join(told.rows[near], told.codes[near] * size + told.codes[near + 1], limit),
    )
    height = max(1, len(nations))
    packed, count = np.unique(np.concatenate([a * height + b for a, b in both]), return_counts=True)
    yield packed[count > 1] // height, packed[count > 1] % height


def _on_both_sides(words: _Words, split: int) -> _Words:
    """Words that both sides have; the others are shared by nobody."""
    ours = words.rows < split
    size = len(words.table)
    both = (np.bincount(words.codes[ours], minlength=size) > 0) & (np.bincount(words.codes[~ours], minlength=size) > 0)
    return words.where(both[words.codes])


def _within_rows(first: Codes, second: Codes, size: int) -> tuple[Codes, Codes]:
    """Places of all pairs of an element of `first` and one of `second` that stand in the same row; both are sorted."""
    count = np.bincount(second, minlength=size)
    begin = np.cumsum(count) - count
    own = count[first]
    inside = np.arange(int(own.sum())) - np.repeat(np.cumsum(own) - own, own)
    return np.repeat(np.arange(len(first)), own), np.repeat(begin[first], own) + inside

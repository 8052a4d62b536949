"""What speaks for and against two parties being one: the level of every part of a pair.

A *part* is one question (the names, their legal forms, the addresses, ...), a *level* one of its possible answers.
``weights.csv`` lists the levels of each part from the one that speaks most for a pair to the one that speaks most
against it, with the words for a person and the learned weight. A part about which nothing is known has the level of
weight 0: silence says nothing.

Names are compared in all pairs of what the two sides are called, and the pair of names that speaks most for the two
being one counts. Levels depend on the pair alone, never on what else is compared in the same call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz import fuzz, process

from graph_core.errors import InputError
from graph_core.resolve import records
from graph_core.resolve.records import Codes, Flags, Reals, Texts

#: Code of a level: its place in its part, 0 for the one that speaks most for a pair.
Levels = npt.NDArray[np.int64]
#: Parts of a pair, in the order in which reasons name them.
PARTS: Final = ("name", "form", "number", "telling", "address", "house", "country", "distance", "identifiers")
#: More levels than any part has: how the levels of a pair of names are packed into one number.
_PACK: Final = 16


@dataclass(frozen=True)
class Part:
    """One part of a pair.

    Attributes
    ----------
    levels : tuple of str
        From the one that speaks most for a pair to the one that speaks most against it.
    weights : float array
        What each adds to the log odds.
    words : tuple of str
        What each says to a person; empty where nothing is to be said.
    silent : int
        Place of the level that says that nothing is known.
    """

    levels: tuple[str, ...]
    weights: Reals
    words: tuple[str, ...]
    silent: int

    def code(self, level: str) -> int:
        """Place of a level."""
        return self.levels.index(level)


@cache
def model() -> dict[str, Part]:
    """All parts with their levels, from ``weights.csv``."""
    rows = list(records.data_rows("weights.csv"))
    found = {}
    for part in PARTS:
        own = [row for row in rows if row["part"] == part]
        found[part] = Part(
            tuple(row["level"] for row in own),
            np.array([float(row["weight"]) for row in own]),
            tuple(row["words"] for row in own),
            [row["silent"] for row in own].index("yes"),
        )
    return found


@cache
def settings() -> dict[str, float]:
    """Borders between levels and outcomes, from ``thresholds.csv``."""
    return {row["name"]: float(row["value"]) for row in records.data_rows("thresholds.csv")}


def compare(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Find the level of every part of every pair.

    Parameters
    ----------
    left, right : DataFrame
        The two sides of each pair, aligned by position. Columns ``name``, ``aliases`` (lists), ``address``,
        ``country`` (ISO alpha-2), ``lat``, ``lon`` (degrees), ``precision`` and ``identifiers`` (lists of
        ``SCHEME:number``); any may be missing, and any cell empty.

    Returns
    -------
    DataFrame
        One row a pair and one column a part (`PARTS`), each a code of a level: a position in
        ``model()[part].levels``.

    Raises
    ------
    InputError
        If the two sides have not the same number of rows.
    """
    if len(left) != len(right):
        raise InputError(f"pairs have two sides each: there are {len(left)} rows on the left, {len(right)} right")
    found: dict[str, Levels] = {
        **_names(left, right),
        **_addresses(left, right),
        "country": _countries(left, right),
        "distance": _distances(left, right),
        "identifiers": _identifiers(left, right),
    }
    return pd.DataFrame({part: found[part] for part in PARTS})


def _choose(part: str, size: int, rules: Sequence[tuple[str, Flags]], otherwise: str) -> Levels:
    """Level of each pair: the first rule that holds, else the last argument."""
    known = model()[part]
    conditions = [holds for _, holds in rules]
    codes = [np.full(size, known.code(level)) for level, _ in rules]
    return np.select(conditions, codes, default=known.code(otherwise)).astype(np.int64)


# --- names -----------------------------------------------------------------------------------------------------------


def _names(left: pd.DataFrame, right: pd.DataFrame) -> dict[str, Levels]:
    """Levels of the parts that names decide, by the best pair of names of each pair."""
    known: dict[str, int] = {}
    ours, theirs = records.variants(left, known), records.variants(right, known)
    table = _NameTable([records.read_name(text) for text in known])
    pairs, first, second = _all_names(ours, theirs)
    both = first * max(1, len(known)) + second
    distinct, back = np.unique(both, return_inverse=True)
    packed = table.levels(distinct // max(1, len(known)), distinct % max(1, len(known)))
    best = np.minimum.reduceat(packed[back], np.flatnonzero(np.diff(pairs, prepend=-1))) if len(pairs) else packed
    return {
        "name": best // _PACK**3 % _PACK,
        "form": best // _PACK**2 % _PACK,
        "number": best // _PACK % _PACK,
        "telling": best % _PACK,
    }


def _all_names(ours: records.Variants, theirs: records.Variants) -> tuple[Codes, Codes, Codes]:
    """Every name of the left with every name of the right: pair, name, name; in the order of the pairs."""
    size = ours.number * theirs.number
    pairs = np.repeat(np.arange(len(size), dtype=np.int64), size)
    within = np.arange(len(pairs), dtype=np.int64) - np.repeat(np.cumsum(size) - size, size)
    first = ours.codes[ours.first[pairs] + within // theirs.number[pairs]]
    second = theirs.codes[theirs.first[pairs] + within % theirs.number[pairs]]
    return pairs, first, second


def _coded(values: Sequence[str]) -> Codes:
    """Equal texts get equal numbers; the empty one gets -1."""
    codes, distinct = pd.factorize(np.array(values, dtype=object))
    found = codes.astype(np.int64)
    empty = np.flatnonzero(distinct == "")
    return np.where(found == empty[0], -1, found) if len(empty) else found


def _equal(column: Codes, first: Codes, second: Codes) -> Flags:
    """Whether both have the same text, and one at all."""
    one = column[first]
    return np.asarray((one == column[second]) & (one >= 0))


def _objects(values: Sequence[str]) -> Texts:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def similarity(first: Texts, second: Texts, *, words: bool = False) -> Reals:
    """Likeness of texts in 0..1, pair by pair: what is left equal by insertions and deletions (`rapidfuzz`).

    Parameters
    ----------
    first, second : array of str
        Aligned by position.
    words : bool
        Compare the words in alphabetical order.
    """
    if not len(first):
        return np.zeros(0)
    scorer: Any = fuzz.token_sort_ratio if words else fuzz.ratio
    found = process.cpdist(first.tolist(), second.tolist(), scorer=scorer, dtype=np.float32)
    return np.asarray(found, dtype=np.float64) / 100.0


class _NameTable:
    """Distinct names by column, and the levels of pairs of them."""

    def __init__(self, names: Sequence[records.Name]) -> None:
        self.core = _coded([name.core for name in names])
        self.glued = _coded([name.glued for name in names])
        self.all = _coded([name.whole for name in names])
        self.ordered = _coded([name.ordered for name in names])
        self.sound = _coded([name.sound for name in names])
        # Initials are compared with whole names, so that both need the same numbers.
        both = _coded([name.initials for name in names] + [name.glued for name in names])
        self.short, self.whole = both[: len(names)], both[len(names) :]
        self.stem = _coded(["".join(sorted(name.words)) for name in names])
        self.own_stem = _coded(["".join(sorted(name.own)) for name in names])
        self.numbers = _coded([name.numbers for name in names])
        self.form = _coded([name.form for name in names])
        self.forms = records.bags([[(word, 1.0) for word in name.form.split()] for name in names])
        self.count = np.array([len(set(name.words)) for name in names], dtype=np.int64)
        self.scattered = np.array([name.scattered for name in names], dtype=np.bool_)
        self.latin = np.array([name.latin for name in names], dtype=np.bool_)
        self.text = _objects([name.glued for name in names])
        self.full = _objects([name.whole for name in names])
        self.sounds = _objects([name.sound for name in names])
        self.words = _objects([name.ordered for name in names])
        self.stems = _objects(["".join(name.words) for name in names])
        self.own_stems = _objects(["".join(name.own) for name in names])
        self.bags = records.bags([[(word, 1.0) for word in name.words] for name in names])
        self.own_bags = records.bags([[(word, 1.0) for word in name.own] for name in names])

    def levels(self, first: Codes, second: Codes) -> Levels:
        """Levels of pairs of names, packed into one number: the smaller, the more the two look like one name."""
        number, form, telling = self._number(first, second), self._form(first, second), self._telling(first, second)
        return ((self._name(first, second) * _PACK + form) * _PACK + number) * _PACK + telling

    def _name(self, first: Codes, second: Codes) -> Levels:
        across = self.latin[first] != self.latin[second]
        unread = self.scattered[first] | self.scattered[second]
        # Different characters often sound alike: two names in another script are compared as they stand.
        native = ~self.latin[first] & ~self.latin[second]
        stem = _equal(self.stem, first, second) & ~unread
        stem &= ~native | _equal(self.own_stem, first, second)
        least = np.minimum(self.count[first], self.count[second])
        shared = self.bags.shared(first, second)
        shared[native] = self.own_bags.shared(first[native], second[native])
        held = (shared >= least - 0.5) & (least > 0) & ~unread
        short = (self.short[first] == self.whole[second]) & (self.short[first] >= 0)
        short |= (self.short[second] == self.whole[first]) & (self.short[second] >= 0)
        spelling = _equal(self.glued, first, second) | _equal(self.ordered, first, second)
        spelling |= _equal(self.all, first, second)
        equal = _equal(self.core, first, second)
        sure = equal | spelling
        alike = np.zeros(len(first))
        alike[~sure] = self._alike(first[~sure], second[~sure], across[~sure])
        borders = settings()
        return _choose(
            "name",
            len(first),
            (
                ("absent", (self.core[first] < 0) | (self.core[second] < 0)),
                ("equal", equal),
                ("spelling", spelling),
                ("sound", across & _equal(self.sound, first, second)),
                ("close", alike >= borders["name_close"]),
                ("stem", stem),
                ("held", held & (least > 1)),
                ("word", held),
                ("alike", alike >= np.where(unread, borders["name_scattered"], borders["name_alike"])),
                ("initials", short),
            ),
            "different",
        )

    def _alike(self, first: Codes, second: Codes, across: Flags) -> Reals:
        """Likeness of the whole names, and no more than that of their distinctive words.

        Names of one trade in one town differ in one word; what they share says nothing.
        """
        unread = self.scattered[first] | self.scattered[second]
        one = np.where(across, self.sounds[first], np.where(unread, self.full[first], self.text[first]))
        other = np.where(across, self.sounds[second], np.where(unread, self.full[second], self.text[second]))
        whole = np.maximum(
            similarity(one, other), np.where(across, 0.0, similarity(self.words[first], self.words[second], words=True))
        )
        native = ~self.latin[first] & ~self.latin[second]
        stems = similarity(
            np.where(native, self.own_stems[first], self.stems[first]),
            np.where(native, self.own_stems[second], self.stems[second]),
        )
        tell = (self.count[first] > 0) & (self.count[second] > 0) & ~unread
        return np.where(tell, np.minimum(whole, stems), whole)

    def _number(self, first: Codes, second: Codes) -> Levels:
        one, other = self.numbers[first], self.numbers[second]
        return _choose(
            "number",
            len(first),
            (
                ("none", (one < 0) & (other < 0)),
                ("one_side", (one < 0) | (other < 0)),
                ("same", one == other),
            ),
            "differ",
        )

    def _form(self, first: Codes, second: Codes) -> Levels:
        one, other = self.form[first], self.form[second]
        less = np.minimum(self.forms.total[first], self.forms.total[second])
        within = self.forms.shared(first, second) >= less - 0.5
        # A form is rendered freely in another language: 株式会社 is written K.K., Co., Ltd. or Inc.
        across = self.latin[first] != self.latin[second]
        return _choose(
            "form",
            len(first),
            (
                ("none", (one < 0) & (other < 0)),
                ("same", one == other),
                ("one_side", (one < 0) | (other < 0)),
                ("narrower", within | across),
            ),
            "differ",
        )

    def _telling(self, first: Codes, second: Codes) -> Levels:
        one = np.where(self.scattered[first], self.count[second], self.count[first])
        other = np.where(self.scattered[second], self.count[first], self.count[second])
        least = np.minimum(one, other)
        return _choose("telling", len(first), (("none", least == 0), ("one", least == 1)), "several")


# --- addresses -------------------------------------------------------------------------------------------------------


def _addresses(left: pd.DataFrame, right: pd.DataFrame) -> dict[str, Levels]:
    """Levels of the words and of the numbers of the addresses; each distinct pair of addresses is compared once.

    An address whose other side has none is not read.
    """
    known: dict[str, int] = {"": 0}
    ours, theirs = records.texts(left, "address"), records.texts(right, "address")
    pairs = [
        (known.setdefault(a, len(known)), known.setdefault(b, len(known))) if a and b else (0, 0)
        for a, b in zip(ours, theirs, strict=True)
    ]
    both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    read = [records.read_address(text) for text in known]
    distinct, back = np.unique(both[:, 0] * len(known) + both[:, 1], return_inverse=True)
    first, second = distinct // len(known), distinct % len(known)
    grams = records.address_bags(read)
    numbers = records.bags([[(number, 1.0) for number in address.numbers] for address in read])
    return {
        "address": _address_words(grams, first, second)[back],
        "house": _house_numbers(numbers, first, second)[back],
    }


def _address_words(grams: records.Bags, first: Codes, second: Codes) -> Levels:
    borders = settings()
    less = np.minimum(grams.total[first], grams.total[second])
    told = less >= borders["address_least"]
    share = np.zeros(len(first))
    share[told] = grams.shared(first[told], second[told]) / less[told]
    return _choose(
        "address",
        len(first),
        (
            ("absent", ~told),
            ("same", share >= borders["address_same"]),
            ("close", share >= borders["address_close"]),
            ("partly", share >= borders["address_partly"]),
        ),
        "different",
    )


def _house_numbers(numbers: records.Bags, first: Codes, second: Codes) -> Levels:
    less = np.minimum(numbers.total[first], numbers.total[second])
    shared = np.zeros(len(first))
    told = less > 0.5
    shared[told] = numbers.shared(first[told], second[told])
    return _choose(
        "house",
        len(first),
        (("absent", ~told), ("same", shared >= less - 0.5), ("some", shared > 0.5)),
        "contradict",
    )


# --- country, place, identifiers -------------------------------------------------------------------------------------


def _countries(left: pd.DataFrame, right: pd.DataFrame) -> Levels:
    one, other = records.countries(left), records.countries(right)
    absent = np.asarray((one == "") | (other == ""), dtype=np.bool_)
    same = np.asarray(one == other, dtype=np.bool_)
    return _choose("country", len(one), (("absent", absent), ("same", same)), "different")


@cache
def _radii() -> dict[str, float]:
    """Kilometres within which a site lies, by the precision of its point; a point of a country says nothing."""
    known = settings()
    prefix = "radius_"
    radii = {name.removeprefix(prefix): value for name, value in known.items() if name.startswith(prefix)}
    return {**radii, "": radii.pop("unstated"), "country": np.nan}


def _distances(left: pd.DataFrame, right: pd.DataFrame) -> Levels:
    """How far apart the points are, against how exact they are."""
    one, other = records.points(left, _radii()), records.points(right, _radii())
    away, within = records.distance_km(one, other), one.radius + other.radius
    borders = settings()
    return _choose(
        "distance",
        len(away),
        (
            ("absent", np.isnan(away) | np.isnan(within)),
            ("same", (away <= within) & (within <= borders["exact_km"])),
            ("near", away <= within),
            ("apart", away <= within * borders["far_factor"]),
        ),
        "far",
    )


def _identifiers(left: pd.DataFrame, right: pd.DataFrame) -> Levels:
    """Whether the two share a valid identifier, or have different ones of one scheme."""
    one, other = records.identifiers(left), records.identifiers(right)
    size = len(one)
    equal, differ = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
    told = np.array([bool(a and b) for a, b in zip(one, other, strict=True)], dtype=np.bool_)
    rows = np.flatnonzero(told)
    if len(rows):
        here = np.arange(len(rows), dtype=np.int64)
        cells = [one[row] for row in rows] + [other[row] for row in rows]
        for scheme in records.schemes():
            found = records.bags([[(number, 1.0) for kind, number in cell if kind == scheme] for cell in cells])
            shared = found.shared(here, here + len(rows)) > 0.5
            both = (found.total[: len(rows)] > 0.5) & (found.total[len(rows) :] > 0.5)
            equal[rows] |= shared
            differ[rows] |= both & ~shared
    return _choose("identifiers", size, (("differ", differ), ("equal", equal)), "absent")

"""How likely two parties are one, whether that is enough, and why.

The log odds of a pair are the sum of the weights of its levels (`graph_core.resolve.compare`), after Fellegi and
Sunter (1969, doi:10.1080/01621459.1969.10501049), and the weights are fitted together, so that parts which say the
same thing are not counted twice. Three outcomes follow:

=========  ==========================================================================================================
outcome    meaning
=========  ==========================================================================================================
accepted   the probability reaches ``accept`` of ``thresholds.csv``, and no rule below forbids it
review     it reaches ``review``, or ``accept`` and a rule forbids it: a person decides
none       it reaches neither
=========  ==========================================================================================================

A false allegation is the worst failure, so that no probability is high enough for some pairs. A pair is never accepted

- if the countries differ, or one of the two has none and they share no valid identifier;
- if they have two different valid identifiers of one scheme;
- if the name of one of them has no distinctive word (`graph_core.resolve.names`), or one has no name; where nothing
  but such a name speaks for the pair, or nothing but one word of a longer name, it is none, and nobody is asked;
- if the numbers in the names differ, as those of two units of one company do;
- if the legal forms are of two kinds and they share no valid identifier;
- if the names are different, as such or in all but their initials;
- if the addresses are different, or share some words and no number, or the points are far apart (an equal identifier
  or one place settles the addresses, not the points);
- if one name has words that the other lacks, as names of a group and its site do, and the addresses share no number,
  the points are not one place and no identifier is shared;
- if nothing but the names speaks for them, and these are not equal with their legal forms.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from graph_core.resolve.compare import PARTS, compare, model, settings

ACCEPTED: Final = "accepted"
REVIEW: Final = "review"
NONE: Final = "none"
#: How sentences begin that say what forbids that a pair is accepted.
NEVER: Final = "Never accepted by itself: "


@dataclass(frozen=True)
class Rule:
    """What forbids that a pair is accepted, whatever its probability.

    Attributes
    ----------
    words : str
        Why, for a person.
    levels : tuple of (str, tuple of str)
        Parts and their levels; the rule holds where *every* part has one of its levels.
    review : bool
        Whether a person may still be asked; else the pair is none.
    """

    words: str
    levels: tuple[tuple[str, tuple[str, ...]], ...]
    review: bool = True

    def holds(self, found: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Whether the rule holds for each row of levels."""
        held = np.ones(len(found), dtype=np.bool_)
        for part, levels in self.levels:
            held &= np.isin(found[part].to_numpy(), [model()[part].code(level) for level in levels])
        return held


_NO_SHARED = ("identifiers", ("absent", "differ"))
_NOT_SAME_PLACE = ("distance", ("near", "absent", "apart", "far"))
_NO_ADDRESS = ("address", ("partly", "absent", "different"))
RULES: Final = (
    Rule("parties in two countries", (("country", ("different",)),)),
    Rule("a country is not known", (("country", ("absent",)), _NO_SHARED)),
    Rule("two valid identifiers of one scheme contradict each other", (("identifiers", ("differ",)),)),
    Rule("a name has no distinctive word", (("telling", ("none",)),)),
    Rule(
        "nothing but a name without a distinctive word speaks for it",
        (("telling", ("none",)), _NO_SHARED, _NOT_SAME_PLACE, _NO_ADDRESS),
        review=False,
    ),
    Rule(
        "nothing but one word of a longer name speaks for it",
        (("name", ("word",)), _NO_SHARED, _NOT_SAME_PLACE, _NO_ADDRESS),
        review=False,
    ),
    Rule("the numbers in the names differ", (("number", ("differ",)),)),
    Rule("the legal forms differ", (("form", ("differ",)), _NO_SHARED)),
    Rule("the names are not alike enough", (("name", ("absent", "initials", "different")),)),
    Rule("the addresses are different", (("address", ("different",)), _NO_SHARED)),
    Rule(
        "the addresses share some words only, and no number",
        (("address", ("partly",)), ("house", ("some", "absent", "contradict")), _NO_SHARED, _NOT_SAME_PLACE),
    ),
    Rule(
        "one name has words that the other lacks, and no number in the addresses agrees",
        (
            ("name", ("stem", "held", "word", "alike")),
            ("house", ("some", "absent", "contradict")),
            _NO_SHARED,
            _NOT_SAME_PLACE,
        ),
    ),
    Rule("the points are far apart", (("distance", ("far",)),)),
    Rule(
        "nothing but the name speaks for it, and the names are not equal",
        (
            _NO_SHARED,
            _NOT_SAME_PLACE,
            _NO_ADDRESS,
            ("name", ("spelling", "sound", "close", "stem", "held", "word", "alike")),
        ),
    ),
    Rule(
        "nothing but the name speaks for it, and the legal forms are not the same",
        (_NO_SHARED, _NOT_SAME_PLACE, _NO_ADDRESS, ("form", ("one_side", "narrower"))),
    ),
    Rule(
        "nothing but the name speaks for it, and only one name holds a number",
        (_NO_SHARED, _NOT_SAME_PLACE, _NO_ADDRESS, ("number", ("one_side",))),
    ),
)


def score_pairs(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Score pairs of parties.

    Parameters
    ----------
    left, right : DataFrame
        The two sides of each pair, aligned by position; columns as for `graph_core.resolve.compare.compare`.

    Returns
    -------
    DataFrame
        One row a pair, in the order of the input, with the columns

        ``probability`` : float
            That the two are one, 0..1, among pairs of the kind that candidates are.
        ``outcome`` : str
            ``accepted``, ``review`` or ``none``.
        ``reasons`` : tuple of str
            Sentences for a person: what speaks for and against the pair, the strongest first, and then what forbids
            that it is accepted.

    Raises
    ------
    InputError
        If the two sides have not the same number of rows.

    Examples
    --------
    >>> ours = pd.DataFrame({"name": ["Zorvex Mulvari Berhad", "Textile Factory"], "country": ["MY", "CN"]})
    >>> listed = pd.DataFrame({"name": ["ZORVEX MULVARI BHD.", "Textile Factory"], "country": ["MY", "CN"]})
    >>> score_pairs(ours, listed)["outcome"].tolist()
    ['accepted', 'none']
    """
    return scored(compare(left, right))


def scored(found: pd.DataFrame) -> pd.DataFrame:
    """Score pairs whose levels are known; columns and results as of `score_pairs`.

    Pairs with the same levels have the same result, so that each combination of levels is scored once.
    """
    sizes = [len(model()[part].levels) for part in PARTS]
    packed = np.zeros(len(found), dtype=np.int64)
    for part, size in zip(PARTS, sizes, strict=True):
        packed = packed * size + found[part].to_numpy(dtype=np.int64)
    _, first, back = np.unique(packed, return_index=True, return_inverse=True)
    kinds = found.iloc[first].reset_index(drop=True)
    chance = probability(kinds)
    forbidden = np.column_stack([rule.holds(kinds) for rule in RULES])
    outcome = outcomes(chance, kinds)
    why = np.empty(len(kinds), dtype=object)
    why[:] = [_reasons(row, forbids) for row, forbids in zip(kinds[list(PARTS)].to_numpy(), forbidden, strict=True)]
    return pd.DataFrame({"probability": chance[back], "outcome": outcome[back], "reasons": why[back]})


def probability(found: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Probability that each pair is one party, 0..1, from its levels."""
    odds = np.full(len(found), settings()["bias"])
    for part in PARTS:
        odds += model()[part].weights[found[part].to_numpy(dtype=np.int64)]
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def outcomes(chance: npt.NDArray[np.float64], found: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Outcome of each pair by its probability and what the rules forbid at its levels."""
    borders = settings()
    held = np.full(len(chance), NONE, dtype=object)
    held[chance >= borders["review"]] = REVIEW
    held[chance >= borders["accept"]] = ACCEPTED
    for rule in RULES:
        holds = rule.holds(found)
        if rule.review:
            held[holds & (held == ACCEPTED)] = REVIEW
        else:
            held[holds] = NONE
    return held


@cache
def _order() -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(map(float, np.abs(model()[part].weights))) for part in PARTS)


def _reasons(row: npt.NDArray[np.int64], forbids: npt.NDArray[np.bool_]) -> tuple[str, ...]:
    """Sentences of one combination of levels."""
    strength = [_order()[place][code] for place, code in enumerate(row)]
    ranked = sorted(range(len(PARTS)), key=lambda place: -strength[place])
    said = [model()[PARTS[place]].words[row[place]] for place in ranked]
    kept = [f"{NEVER}{rule.words}" for rule, holds in zip(RULES, forbids, strict=True) if holds]
    return (*filter(None, said), *kept)

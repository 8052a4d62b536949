"""Names of companies and sites: the key by which two spellings are equal, and whether a name says who it is.

A *match key* (`normalise`) folds what differs between spellings of one name and keeps what differs between companies:

- Unicode NFKC, case, width, punctuation and white space are folded; ``&`` is ``and``; dotted and spaced initials
  are joined (``P.T.``, ``S. A.``); apostrophes vanish.
- Diacritics are folded on *Latin* letters only (``Bình`` = ``Binh``, Turkish ``ı`` = ``i``). Letters of other scripts
  stay as they are: nothing is transliterated, simplified and traditional Chinese are two spellings, and so are
  ``ü`` and ``ue``.
- Legal forms are unified and kept: ``X Berhad`` = ``X Bhd``, and neither is ``X Sdn Bhd`` or ``X``. They are read at
  the ends of a name only, and written behind it.

A name is *distinctive* when something is left once legal forms, generic words (``textile``, ``factory``), places
(``Xinjiang``), numbers and single letters are off. Only distinctive names may be matched.

The words are data: ``legal_forms.csv``, ``generic_words.csv`` and ``place_words.csv`` beside this module.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

#: Scripts written without spaces: Chinese, Japanese, Thai, Lao, Burmese, Khmer.
_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    r"\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNSPACED_RUN = re.compile(f"[{_UNSPACED}]+")
_GAP = re.compile(f"(?<=[{_UNSPACED}]) (?=[{_UNSPACED}])")
_BORDER = re.compile(f"(?<=[{_UNSPACED}])(?=[^ {_UNSPACED}])|(?<=[^ {_UNSPACED}])(?=[{_UNSPACED}])")
#: Two or more single letters with a dot behind each, all apart (``P. T.``) or none (``S.p.A``); the last dot may lack.
_INITIALS = re.compile(r"(?<![^\W_])(?:(?:[^\W\d_]\.)+|(?:[^\W\d_]\. )+)[^\W\d_](?![^\W_])\.?")
_APOSTROPHES = dict.fromkeys(map(ord, "'\u2019\u2018\u02bc\u02bb`\u00b4\u2032"))
_MARKS = dict.fromkeys(map(ord, "™®©℠\u0640"))
_LATIN_LETTERS = str.maketrans(
    {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h", "ŧ": "t", "ŋ": "n"}
)
_ROMAN = frozenset({"ii", "iii", "iv", "vi", "vii", "viii", "ix", "xi", "xii", "xiii", "xiv", "xv"})
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")


class Parts(NamedTuple):
    """A folded name without its legal form, and the legal form (unified; empty where none was read)."""

    core: str
    form: str


class _Letters(dict[int, str | int | None]):
    """Translation that keeps letters, digits and marks, drops format characters and makes a space of all else."""

    def __missing__(self, code: int) -> str | int | None:
        category = unicodedata.category(chr(code))
        value: str | int | None = " "
        if category[0] in "LNM":
            value = code
        elif category == "Cf":
            value = None
        self[code] = value
        return value


_LETTERS = _Letters()


@cache
def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN ")


def _fold_latin(text: str) -> str:
    """Take the diacritics off Latin letters, and leave every other script alone."""
    kept: list[str] = []
    after_latin = False
    for character in unicodedata.normalize("NFD", text):
        if unicodedata.combining(character):
            if after_latin:
                continue
        else:
            after_latin = _is_latin(character)
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept)).translate(_LATIN_LETTERS)


def _fold_letters(name: str) -> str:
    """Fold what ASCII does not have: width, marks, bracketed legal forms, diacritics."""
    text = unicodedata.normalize("NFKC", name.translate(_MARKS)).translate(_MARKS)
    for bracketed, written in _legal().bracketed:
        text = text.replace(bracketed, f" {written} ")
    text = unicodedata.normalize("NFKC", text.casefold())
    return text if text.isascii() else _fold_latin(text)


def fold(name: str) -> str:
    """Fold case, width, punctuation, white space and Latin diacritics; legal forms stay where they are.

    Returns
    -------
    str
        Words in their own script with one space between them. Scripts written without spaces are kept without, and
        a space stands where they border on another script.
    """
    text = name.lower() if name.isascii() else _fold_letters(name)
    text = _INITIALS.sub(lambda found: re.sub("[. ]", "", found[0]) + " ", " ".join(text.split()))
    text = text.replace("&", " and ").translate(_APOSTROPHES).translate(_LETTERS)
    text = " ".join(text.split())
    if text.isascii():
        return text
    return _BORDER.sub(" ", _GAP.sub("", text))


# --- the words -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _LegalForms:
    """Legal forms by position; spaced ones by their words, unspaced ones as they stand, longest first.

    ``first_words`` and ``last_words`` tell most words at an end of a name from a form by one look: of prefixes the
    first, of suffixes the last word.
    """

    bracketed: tuple[tuple[str, str], ...]
    prefixes: dict[tuple[str, ...], str]
    suffixes: dict[tuple[str, ...], str]
    glued_prefixes: tuple[tuple[str, str], ...]
    glued_suffixes: tuple[tuple[str, str], ...]
    first_words: frozenset[str]
    last_words: frozenset[str]
    longest: int


def _rows(file: str) -> Iterator[dict[str, str]]:
    text = files("graph_core.resolve").joinpath(file).read_text(encoding="utf-8")
    yield from csv.DictReader(line for line in text.splitlines() if line and not line.startswith("#"))


@cache
def _legal() -> _LegalForms:
    rows = list(_rows("legal_forms.csv"))
    bracketed = tuple((row["variant"], row["class"]) for row in rows if row["position"] == "bracket")
    prefixes: dict[tuple[str, ...], str] = {}
    suffixes: dict[tuple[str, ...], str] = {}
    for row in rows:
        if row["position"] == "bracket":
            continue
        words = tuple(_fold_words(row["variant"]).split())
        if row["position"] in ("prefix", "both"):
            prefixes[words] = row["class"]
        if row["position"] in ("suffix", "both"):
            suffixes[words] = row["class"]
    for forms in (prefixes, suffixes):
        for words, unified in list(forms.items()):
            if len(words) > 1 and all(len(word) == 1 for word in words):
                forms.setdefault(("".join(words),), unified)  # initials with dots are joined by `fold`
    # The unified form is written behind the name; reading a key again must give the same key.
    for row in rows:
        suffixes.setdefault(tuple(_fold_words(row["class"]).split()), row["class"])
    return _LegalForms(
        bracketed,
        prefixes,
        suffixes,
        _glued(prefixes),
        _glued(suffixes),
        frozenset(words[0] for words in prefixes),
        frozenset(words[-1] for words in suffixes),
        max(map(len, [*prefixes, *suffixes])),
    )


def _fold_words(text: str) -> str:
    """`fold` for the word lists, which hold no bracketed forms."""
    folded = _fold_latin(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()))
    return " ".join(folded.translate(_APOSTROPHES).translate(_LETTERS).split())


def _glued(forms: dict[tuple[str, ...], str]) -> tuple[tuple[str, str], ...]:
    glued = [(words[0], form) for words, form in forms.items() if len(words) == 1 and _UNSPACED_RUN.fullmatch(words[0])]
    return tuple(sorted(glued, key=lambda pair: (-len(pair[0]), pair[0])))


@dataclass(frozen=True)
class _Empty:
    """Words and phrases that do not tell one company from another."""

    words: frozenset[str]
    phrases: dict[str, tuple[tuple[str, ...], ...]]
    unspaced: re.Pattern[str]


@cache
def _empty() -> _Empty:
    legal = _legal()
    words: set[str] = {form[0] for form in (*legal.prefixes, *legal.suffixes) if len(form) == 1}
    phrases: dict[str, set[tuple[str, ...]]] = {}
    for file in ("generic_words.csv", "place_words.csv"):
        for row in _rows(file):
            folded = tuple(_fold_words(row["word"]).split())
            if len(folded) == 1:
                words.add(folded[0])
            elif folded:
                phrases.setdefault(folded[0], set()).add(folded)
    unspaced = sorted((word for word in words if _UNSPACED_RUN.fullmatch(word)), key=lambda word: (-len(word), word))
    return _Empty(
        frozenset(words),
        {first: tuple(sorted(found, key=lambda p: (-len(p), p))) for first, found in phrases.items()},
        re.compile("|".join(map(re.escape, unspaced))),
    )


# --- taking a name apart ---------------------------------------------------------------------------------------------


def _strip_glued(word: str, legal: _LegalForms) -> tuple[str, str] | None:
    if word.isascii():
        return None  # glued forms are of scripts without spaces
    for variant, form in legal.glued_suffixes:
        if word.endswith(variant):
            return word[: -len(variant)], form
    return None


def _strip_glued_prefix(word: str, legal: _LegalForms) -> tuple[str, str] | None:
    if word.isascii():
        return None
    for variant, form in legal.glued_prefixes:
        if word.startswith(variant):
            return word[len(variant) :], form
    return None


def _strip_end(words: list[str], legal: _LegalForms) -> str | None:
    """Take the longest legal form off the end of the words, in place; its class, or None where there is none."""
    longest = legal.longest if words and words[-1] in legal.last_words else 0
    for size in range(min(longest, len(words)), 0, -1):
        form = legal.suffixes.get(tuple(words[-size:]))
        if form is not None:
            del words[-size:]
            return form
    found = _strip_glued(words[-1], legal) if words else None
    if found is None:
        return None
    words[-1:] = [found[0]] if found[0] else []
    return found[1]


def _strip_start(words: list[str], legal: _LegalForms) -> str | None:
    """Take the longest legal form off the start of the words, in place."""
    longest = legal.longest if words and words[0] in legal.first_words else 0
    for size in range(min(longest, len(words)), 0, -1):
        form = legal.prefixes.get(tuple(words[:size]))
        if form is not None:
            del words[:size]
            return form
    found = _strip_glued_prefix(words[0], legal) if words else None
    if found is None:
        return None
    words[:1] = [found[0]] if found[0] else []
    return found[1]


@lru_cache(maxsize=500_000)
def parts(name: str) -> Parts:
    """Take a name apart into its core and its unified legal form.

    Several forms (``PT X Tbk``) are one form of their own: their classes in alphabetical order. A bare ``company``
    beside another form says nothing and is dropped.
    """
    words = fold(name).split()
    while True:
        found = _take_apart(words.copy())
        key = [*found.core.split(), *found.form.split()]
        if key == words:
            return found
        words = key  # the end of the core and the form may be one form together, as in "Sdn Ltd Bhd"


def _take_apart(words: list[str]) -> Parts:
    legal = _legal()
    forms: set[str] = set()
    while (form := _strip_end(words, legal)) is not None or (form := _strip_start(words, legal)) is not None:
        forms.add(form)
    if len(forms) > 1:
        forms.discard("co")
    return Parts(" ".join(words), " ".join(sorted(forms)))


def normalise(name: str) -> str:
    """Return the match key of a name: two names are *equal* where their keys are.

    Parameters
    ----------
    name : str
        A name in any script.

    Returns
    -------
    str
        The folded name in its own script with its unified legal form behind it; empty for a name without a letter
        or digit.

    Examples
    --------
    >>> normalise("FGV HOLDINGS BHD.") == normalise("FGV Holdings Berhad")
    True
    >>> normalise("Kulim Sdn. Bhd.") == normalise("Kulim Bhd")
    False
    """
    core_, form_ = parts(name)
    return f"{core_} {form_}".strip()


def core(name: str) -> str:
    """Return the folded name without its legal form."""
    return parts(name).core


def form(name: str) -> str:
    """Return the unified legal form of a name, such as ``sdn bhd``; empty where the name has none."""
    return parts(name).form


def normalise_all(names: Sequence[str]) -> list[str]:
    """Return the match keys of many names, each distinct name read once."""
    keys = {name: normalise(name) for name in set(names)}
    return [keys[name] for name in names]


# --- does a name say who it is? --------------------------------------------------------------------------------------


def _without_phrases(words: list[str], empty: _Empty) -> Iterator[str]:
    position = 0
    while position < len(words):
        for phrase in empty.phrases.get(words[position], ()):
            if tuple(words[position : position + len(phrase)]) == phrase:
                position += len(phrase)
                break
        else:
            yield words[position]
            position += 1


def _tells(word: str, empty: _Empty) -> bool:
    """Whether a word of a spaced script tells one company from another."""
    if word in empty.words or word in _ROMAN or _ORDINAL.fullmatch(word):
        return False
    letters = "".join(character for character in word if unicodedata.category(character)[0] == "L")
    return len(letters) > 1 and letters not in empty.words


def _unspaced_left(words: Iterable[str], empty: _Empty) -> int:
    """Count the characters of unspaced scripts that are left once empty words are off."""
    left = (empty.unspaced.sub("", word) for word in words)
    return sum(unicodedata.category(character)[0] == "L" for word in left for character in word)


@lru_cache(maxsize=200_000)
def _left_of(word: str) -> str:
    """What of a word tells one company from another; empty for a word that says nothing."""
    empty = _empty()
    if _UNSPACED_RUN.search(word):
        return empty.unspaced.sub("", word)
    return word if _tells(word, empty) else ""


@lru_cache(maxsize=500_000)
def telling(name: str) -> tuple[str, ...]:
    """Return the words of a name that tell it from others, in its own script and order.

    What is left of the core once generic and place words, numbers and single letters are off; empty for a name that
    says nothing. Of a run without spaces what is left is one word.

    Examples
    --------
    >>> telling("Xinjiang Zorvex Cotton Textile Co., Ltd."), telling("Textile Factory No. 2")
    (('zorvex',), ())
    """
    words = map(_left_of, _without_phrases(parts(name).core.split(), _empty()))
    return tuple(word for word in words if word)


@lru_cache(maxsize=500_000)
def distinctive(name: str) -> bool:
    """Say whether a name still holds a distinctive token once legal, generic and place words are off.

    Numbers, ordinals, single letters and numbered units (``2A``) are never distinctive. In scripts written without
    spaces at least two characters have to be left.

    Examples
    --------
    >>> distinctive("Textile Factory No. 2"), distinctive("Xinjiang Cotton Co., Ltd."), distinctive("Pan Brothers")
    (False, False, True)
    """
    empty = _empty()
    words = list(_without_phrases(parts(name).core.split(), empty))
    unspaced = [word for word in words if _UNSPACED_RUN.search(word)]
    if _unspaced_left(unspaced, empty) >= 2:
        return True
    return any(_tells(word, empty) for word in words if not _UNSPACED_RUN.search(word))

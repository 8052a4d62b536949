"""What is read once from each party before pairs of parties are compared: names, addresses, places, identifiers.

Every distinct name and every distinct address is read once, however many pairs it stands in. What two sides share is
then found by codes and sparse matrices, so that no pair costs a loop of Python.

Transliteration is `anyascii`: one table for all scripts, wheels without a compiler, and it gives every Chinese
character its own syllable. It serves only names of which one is in Latin letters; two names in one other script are
compared as they stand, since different Chinese characters often sound alike.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from anyascii import anyascii
from scipy import sparse
from stdnum.cn import uscc

from graph_core.resolve.identifiers import valid_lei, valid_os_id
from graph_core.resolve.names import fold, parts, telling

Codes = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]
Flags = npt.NDArray[np.bool_]
Reals = npt.NDArray[np.float64]

#: Columns of a frame of parties; each may be missing, and every cell of it empty.
COLUMNS: Final = ("name", "aliases", "address", "country", "lat", "lon", "precision", "identifiers")
_ROMAN: Final = {"ii": 2, "iii": 3, "iv": 4, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "xi": 11, "xii": 12, "xiii": 13}
_NUMBER = re.compile(r"\d+")
_NO_LATIN = re.compile(r"[^a-z0-9]+")
#: Numbers with so many digits or more are postal codes, and no house numbers.
_POSTAL_DIGITS: Final = 5
_POSTAL_WEIGHT: Final = 2.0
_ADDRESS_WORD: Final = re.compile(r"\d+|[^\W\d]+")


def data_rows(file: str) -> Iterator[dict[str, str]]:
    """Rows of a data file beside this module; lines that begin with ``#`` are comments."""
    text = files("graph_core.resolve").joinpath(file).read_text(encoding="utf-8")
    yield from csv.DictReader(line for line in text.splitlines() if line and not line.startswith("#"))


# --- cells -----------------------------------------------------------------------------------------------------------


def texts(frame: pd.DataFrame, column: str) -> list[str]:
    """A column as texts, empty where it is missing or has no value."""
    if column not in frame.columns:
        return [""] * len(frame)
    return [cell.strip() if isinstance(cell, str) else "" for cell in frame[column].tolist()]


def lists(frame: pd.DataFrame, column: str) -> list[tuple[str, ...]]:
    """A column of lists, empty where it is missing; a text stands for a list of one, or several by ``|``."""
    if column not in frame.columns:
        return [()] * len(frame)
    return [_listed(cell) for cell in frame[column].tolist()]


def _listed(cell: object) -> tuple[str, ...]:
    if isinstance(cell, str):
        cell = cell.split("|")
    if not isinstance(cell, (list, tuple, np.ndarray)):
        return ()
    return tuple(text.strip() for text in cell if isinstance(text, str) and text.strip())


def _numbers(frame: pd.DataFrame, column: str) -> Reals:
    if column not in frame.columns:
        return np.full(len(frame), np.nan)
    return np.asarray(pd.to_numeric(frame[column], errors="coerce").astype("float64"))


# --- names -----------------------------------------------------------------------------------------------------------


class Name(NamedTuple):
    """One name, taken apart.

    Attributes
    ----------
    core, form : str
        Of the match key (`graph_core.resolve.names`).
    glued : str
        The core without spaces.
    whole : str
        The whole folded name without spaces, legal form and all.
    ordered : str
        The words of the core in alphabetical order.
    sound : str
        The core in Latin letters without spaces.
    words, own : tuple of str
        Distinctive words in Latin letters, and in their own script.
    initials : str
        First letters of the core's words; empty where it has fewer than three.
    numbers : str
        Numbers in the core, such as that of a unit, in rising order.
    latin : bool
        Whether the core is in Latin letters.
    scattered : bool
        Whether the letters stand apart, as some extractions from PDF leave them: then its words cannot be read.
    """

    core: str
    form: str
    glued: str
    whole: str
    ordered: str
    sound: str
    words: tuple[str, ...]
    own: tuple[str, ...]
    initials: str
    numbers: str
    latin: bool
    scattered: bool


def latin(text: str) -> str:
    """A folded text in Latin letters and digits, without spaces.

    Examples
    --------
    >>> latin("хлопок сервис"), latin("中泰")
    ('khlopokservis', 'zhongtai')
    """
    return _NO_LATIN.sub("", (text if text.isascii() else anyascii(text)).lower())


@lru_cache(maxsize=500_000)
def read_name(text: str) -> Name:
    """Take a name apart, once."""
    core, form = parts(text)
    words = core.split()
    plain = core.isascii()
    glued = core.replace(" ", "")
    told = telling(text)
    found = {int(number) for number in _NUMBER.findall(core)} | {_ROMAN[word] for word in words if word in _ROMAN}
    return Name(
        core,
        form,
        glued,
        _NO_LATIN.sub("", text.lower()) if text.isascii() else fold(text).replace(" ", ""),
        " ".join(sorted(words)),
        glued if plain else latin(core),
        told if plain else tuple(filter(None, map(latin, told))),
        told,
        "".join(word[0] for word in words) if len(words) > 2 else "",
        " ".join(map(str, sorted(found))),
        plain,
        _scattered(words),
    )


def _scattered(words: Sequence[str]) -> bool:
    """Whether most words are of one or two letters: ``m e r c u r y appar e l``."""
    return len(words) >= 5 and sum(len(word) <= 2 for word in words) >= 0.6 * len(words)


class Variants(NamedTuple):
    """All names of all records, as positions in a table of distinct names.

    ``codes[first[i] : first[i] + number[i]]`` are the names of record i; one without a name has one that is empty.
    """

    codes: Codes
    first: Codes
    number: Codes


def variants(frame: pd.DataFrame, known: dict[str, int]) -> Variants:
    """Names and aliases of a frame; new names are added to the table of known ones."""
    names = texts(frame, "name")
    if "aliases" not in frame.columns:
        alone = np.array([known.setdefault(name, len(known)) for name in names], dtype=np.int64)
        return Variants(alone, np.arange(len(names), dtype=np.int64), np.ones(len(names), dtype=np.int64))
    codes: list[int] = []
    count = np.empty(len(frame), dtype=np.int64)
    for row, (name, aliases) in enumerate(zip(names, lists(frame, "aliases"), strict=True)):
        said = [text for text in dict.fromkeys((name, *aliases)) if text] or [""]
        codes.extend(known.setdefault(text, len(known)) for text in said)
        count[row] = len(said)
    return Variants(np.asarray(codes, dtype=np.int64), (np.cumsum(count) - count).astype(np.int64), count)


# --- what two sides share --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bags:
    """Weighted sets of tokens, one a record, as rows of a sparse matrix.

    Attributes
    ----------
    matrix : csr_array
        Square roots of the weights, so that a product of two rows is the weight of what they share.
    total : float array
        Weight of each row.
    """

    matrix: sparse.csr_array
    total: Reals

    def shared(self, left: Codes, right: Codes, chunk: int = 50_000) -> Reals:
        """Weight of what row ``left[i]`` and row ``right[i]`` share, for every i."""
        found = np.zeros(len(left))
        for begin in range(0, len(left), chunk):
            some = slice(begin, begin + chunk)
            both = self.matrix[left[some]].multiply(self.matrix[right[some]])
            found[some] = np.asarray(both.sum(axis=1)).ravel()
        return found


def bags(rows: Sequence[Iterable[tuple[str, float]]]) -> Bags:
    """Make sets of tokens; a token that comes twice in a row counts once, with its larger weight."""
    vocabulary: dict[str, int] = {}
    indices: list[int] = []
    weights: list[float] = []
    ends = [0]
    for row in rows:
        kept: dict[int, float] = {}
        for token, weight in row:
            code = vocabulary.setdefault(token, len(vocabulary))
            kept[code] = max(weight, kept.get(code, 0.0))
        indices.extend(kept)
        weights.extend(kept.values())
        ends.append(len(indices))
    shape = (len(rows), max(1, len(vocabulary)))
    matrix: Any = sparse.csr_array((np.sqrt(weights), indices, ends), shape=shape, dtype=np.float64)
    return Bags(matrix, np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())


def members(rows: Codes, codes: Codes, height: int, width: int) -> Bags:
    """Sets of tokens that have codes already: row ``rows[i]`` holds token ``codes[i]``, each with the weight 1."""
    matrix: Any = sparse.coo_array((np.ones(len(rows)), (rows, codes)), shape=(height, max(1, width))).tocsr()
    matrix.data[:] = 1.0
    return Bags(matrix, np.asarray(matrix.sum(axis=1)).ravel())


def texts_of(rows: Codes, words: Sequence[str], size: int) -> Texts:
    """Words of each row as one text without spaces; rows are in rising order."""
    found = np.full(size, "", dtype=object)
    ends = np.flatnonzero(np.diff(rows, append=-1))
    begin = 0
    for end in (ends + 1).tolist():
        found[rows[begin]] = words[begin] if end == begin + 1 else "".join(words[begin:end])
        begin = end
    return found


# --- addresses -------------------------------------------------------------------------------------------------------


class Address(NamedTuple):
    """Words of one address in its own script, postal codes among them, and its house numbers."""

    words: tuple[str, ...]
    numbers: tuple[str, ...]


@cache
def _address_words() -> dict[str, float]:
    """Weight of words that many addresses hold; every other word weighs 1."""
    weights = {fold(row["word"]): 0.5 for row in data_rows("place_words.csv")}
    weights |= {fold(row["word"]): float(row["weight"]) for row in data_rows("address_words.csv")}
    return weights


@lru_cache(maxsize=200_000)
def _grams(word: str) -> tuple[str, ...]:
    plain = latin(word)
    if len(plain) < 4:
        return (plain,) if plain else ()
    return tuple({plain[start : start + 3] for start in range(len(plain) - 2)})


@lru_cache(maxsize=500_000)
def read_address(text: str) -> Address:
    """Read an address."""
    words, numbers = [], []
    for word in _ADDRESS_WORD.findall(fold(text)):
        if not word.isdigit() or len(word) >= _POSTAL_DIGITS:
            words.append(word)
        else:
            numbers.append(str(int(word)))
    return Address(tuple(words), tuple(numbers))


def address_bags(addresses: Sequence[Address]) -> Bags:
    """Groups of three letters of the words of addresses, each with the weight of its word.

    Groups bear typing errors and words that were run together, which lists are full of; words that every address
    holds (street, industrial, zone) weigh little, so that the rare ones decide. A postal code is one group.
    """
    known: dict[str, int] = {}
    cells = [(row, known.setdefault(word, len(known))) for row, read in enumerate(addresses) for word in read.words]
    common = _address_words()
    grams: dict[str, int] = {}
    entries: list[tuple[int, int, float]] = []
    for word, code in known.items():
        postal = word.isdigit()
        weight = _POSTAL_WEIGHT if postal else common.get(word, 1.0)
        if weight:
            entries.extend((code, grams.setdefault(gram, len(grams)), weight)
                           for gram in ((word,) if postal else _grams(word)))  # fmt: skip
    rows, codes = np.array(cells, dtype=np.int64).reshape(-1, 2).T
    held = members(rows, codes, len(addresses), len(known)).matrix
    columns = np.array(entries, dtype=np.float64).reshape(-1, 3).T
    shape = (max(1, len(known)), max(1, len(grams)))
    places = (columns[0].astype(np.int64), columns[1].astype(np.int64))
    weights: Any = sparse.coo_array((columns[2], places), shape=shape).tocsr()
    matrix: Any = (held @ weights).tocsr()
    total = np.asarray(matrix.sum(axis=1)).ravel()
    matrix.data = np.sqrt(matrix.data)
    return Bags(matrix, total)


# --- countries and identifiers ---------------------------------------------------------------------------------------


def countries(frame: pd.DataFrame) -> Texts:
    """ISO alpha-2 codes in capitals, empty where none is stated."""
    return np.array([text.upper() for text in texts(frame, "country")], dtype=object)


def _valid_uscc(number: str) -> str | None:
    return uscc.compact(number) if uscc.is_valid(number) else None


def _valid_duns(number: str) -> str | None:
    plain = re.sub(r"[\s-]", "", number)
    return plain if re.fullmatch(r"\d{9}", plain) and len(set(plain)) > 1 else None


#: Check of each kind that `identifier_schemes.csv` names: the plain number, or None for one that cannot be right.
_CHECKS: Final[dict[str, Callable[[str], str | None]]] = {
    "lei": valid_lei,
    "uscc": _valid_uscc,
    "os_id": valid_os_id,
    "duns": _valid_duns,
}


@cache
def _schemes() -> dict[str, tuple[str, str]]:
    return {row["written"]: (row["scheme"], row["check"]) for row in data_rows("identifier_schemes.csv")}


@lru_cache(maxsize=500_000)
def read_identifier(text: str) -> tuple[str, str] | None:
    """Scheme and plain number of an identifier written as ``SCHEME:number``; None where it says nothing.

    Only schemes of `identifier_schemes.csv` count, and only numbers that pass the check of their scheme.

    Examples
    --------
    >>> read_identifier("LEI:5493001KJTIIGC8Y1R12"), read_identifier("LEI:5493001KJTIIGC8Y1R13")
    (('lei', '5493001KJTIIGC8Y1R12'), None)
    """
    written, mark, number = text.partition(":")
    scheme, check = _schemes().get(re.sub(r"[\W_]+", "", written).lower(), ("", ""))
    plain = _CHECKS[check](number.strip()) if mark and scheme else None
    return (scheme, plain) if plain else None


def schemes() -> tuple[str, ...]:
    """Schemes of identifiers that are compared, in alphabetical order."""
    return tuple(sorted({scheme for scheme, _ in _schemes().values()}))


def identifiers(frame: pd.DataFrame) -> list[tuple[tuple[str, str], ...]]:
    """Valid identifiers of every record."""
    return [
        tuple(dict.fromkeys(filter(None, map(read_identifier, cell)))) if cell else ()
        for cell in lists(frame, "identifiers")
    ]


# --- places ----------------------------------------------------------------------------------------------------------


class Points(NamedTuple):
    """Coordinates in degrees; NaN where there are none, where they are 0, 0 or outside the Earth's ranges."""

    lat: Reals
    lon: Reals
    radius: Reals  #: kilometres within which the site lies; NaN where the point says nothing


def points(frame: pd.DataFrame, radii: dict[str, float]) -> Points:
    """Coordinates and how exact they are; `radii` gives kilometres by precision, under "" where none is stated."""
    lat, lon = _numbers(frame, "lat"), _numbers(frame, "lon")
    wrong = ~((np.abs(lat) <= 90) & (np.abs(lon) <= 180)) | ((np.abs(lat) < 1e-9) & (np.abs(lon) < 1e-9))
    said = [radii.get(text.lower(), radii[""]) for text in texts(frame, "precision")]
    return Points(np.where(wrong, np.nan, lat), np.where(wrong, np.nan, lon), np.asarray(said, dtype=np.float64))


def distance_km(left: Points, right: Points) -> Reals:
    """Great-circle distance in kilometres (haversine, radius 6,371 km); NaN where a point is missing."""
    a, b = np.radians(left.lat), np.radians(right.lat)
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(right.lon - left.lon) / 2) ** 2
    return np.asarray(12742.0 * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))

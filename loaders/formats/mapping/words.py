"""Words by which the columns, days and names of a table that nobody described can be told.

The words are data: ``loaders/data/header_aliases.csv`` says what columns are called, in several languages, and holds
names of months and words that are part of no name.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from loaders.data import table_rows
from loaders.files.rawtable import header_key

#: Roles whose one-word names also say what a longer header is: ``Country (of production)``.
_INSIDE = frozenset(
    "country city address workers product lat lon postcode state parent percent currency statistic contact".split()  # noqa: SIM905
)
#: Words of the data file that are no names of columns.
_NO_COLUMNS = ("generic", "placeholder", "tier_direct", "tier_indirect")
_HAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def words(text: str) -> str:
    """Fold a header or name: case, accents and punctuation off, ``%`` and ``#`` kept, one space between words."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    plain = unicodedata.normalize("NFC", plain)
    return " ".join(re.findall(r"[^\W_]+|[%#]", plain))


def _named() -> list[tuple[str, str]]:
    return [(row["role"], row["alias"]) for row in table_rows("header_aliases")]


@cache
def _aliases() -> dict[str, str]:
    """Folded name of a column -> role."""
    found: dict[str, str] = {}
    for role, alias in _named():
        if role not in _NO_COLUMNS and not role.startswith("month:"):
            found.setdefault(words(alias), role)
    return found


@cache
def _months() -> dict[str, str]:
    return {words(alias): role[6:] for role, alias in _named() if role.startswith("month:")}


@cache
def _plain_words(role: str) -> frozenset[str]:
    return frozenset(words(alias) or alias for known, alias in _named() if known == role)


@cache
def known_headers() -> tuple[str, ...]:
    """All names of columns that are known, as `loaders.files.rawtable.header_key` folds them."""
    roles = set(_aliases().values())
    return tuple({header_key(alias) for role, alias in _named() if role in roles})


# --- columns ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Guess:
    """What a column may be.

    Attributes
    ----------
    role : str
        As in ``header_aliases.csv``.
    score : float
        3 where the header is a known name, less where it only holds one.
    """

    role: str
    score: float


def role_of(header: str) -> Guess | None:
    """What a column is by its header.

    Returns
    -------
    Guess or None
        ``None`` where nothing in the header is known.
    """
    aliases = _aliases()
    whole = words(header)
    if role := aliases.get(whole):
        return Guess(role, 3)
    parts = [re.sub(r"\(.*?\)|\[.*?\]", " ", header), *re.split(r"[\n/|()\[\]]|\s[-–—]\s", header)]
    parts += re.split(
        f"(?<={_HAN.pattern})(?=[^{_HAN.pattern[1:-1]}])|(?<=[^{_HAN.pattern[1:-1]}])(?={_HAN.pattern})", header
    )
    for part in parts:
        if role := aliases.get(words(part)):
            return Guess(role, 2.5)
    tokens = whole.split()
    for size in range(len(tokens) - 1, 0, -1):
        for start in range(len(tokens) - size + 1):
            role = aliases.get(" ".join(tokens[start : start + size]))
            if role and (size > 1 or role in _INSIDE):
                return Guess(role, 1 + size / 10)
    text = whole.replace(" ", "")
    inside = [alias for alias in aliases if len(alias) > 1 and _HAN.search(alias) and alias in text]
    # In these languages what a thing is stands last: 工厂所在国家 is a country (of a factory).
    last = max(inside, key=lambda alias: (text.rfind(alias) + len(alias), len(alias)), default=None)
    return Guess(aliases[last], 1.5) if last else None


# --- cells -----------------------------------------------------------------------------------------------------


def is_placeholder(cell: str) -> bool:
    """Whether a cell says that there is nothing to say: ``n/a``, ``NO GROUP (EQ)``."""
    text = words(cell)
    known = _plain_words("placeholder")
    return cell.strip().casefold() in known or text in known or text.startswith(("no group", "no parent"))


def is_direct(cell: str) -> bool:
    """Whether the cell of a tier says that nobody stands between the site and the brand."""
    text = words(cell)
    return text in _plain_words("tier_direct") or text.startswith("tier 1 ") or text.endswith(" tier 1")


def is_indirect(cell: str) -> bool:
    """Whether a kind of site is one that others stand behind: a mill, a tannery, a subcontractor."""
    known = _plain_words("tier_indirect")
    text = words(cell)
    return not known.isdisjoint(text.split()) or any(_HAN.search(word) and word in text for word in known)


# --- days ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Day:
    """A day that a text names.

    Attributes
    ----------
    day : str
        YYYY-MM-DD; the first one of the month or year where no more is said.
    written : str
        As the text has it.
    exact : int
        3 for a day, 2 for a month, 1 for a year; halves where day and month may be the other way round.
    """

    day: str
    written: str
    exact: float


def day_in(text: str) -> Day | None:
    """The most exact day that a text names.

    Returns
    -------
    Day or None
        ``None`` where no year is in it.
    """
    found = [day for day in _days(text) if day is not None]
    return max(found, key=lambda day: day.exact, default=None)


def _days(text: str) -> Iterable[Day | None]:
    months = "|".join(sorted(map(re.escape, _months()), key=len, reverse=True))
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    year, gap = r"((?:19|20)\d\d)", r"[\s._/,-]*"
    begin, end = r"(?<![^\W_])", r"(?!\d)"
    for match in re.finditer(rf"(?<!\d){year}[-._/年]?([01]?\d)[-._/月]?([0-3]\d|\d(?=日))(?!\d)日?", plain):
        yield _day(match[1], match[2], match[3], match[0], 3)
    for match in re.finditer(rf"(?<!\d)([0-3]?\d)[.](\s?)([01]?\d)[.]\s?{year}{end}", plain):
        yield _day(match[4], match[3], match[1], match[0], 3)
    for match in re.finditer(rf"(?<!\d)([0-3]?\d)[/-]([0-3]?\d)[/-]{year}{end}", plain):
        first, second = int(match[1]), int(match[2])
        if second > 12:
            yield _day(match[3], match[1], match[2], match[0], 3)
        else:
            yield _day(match[3], match[2], match[1], match[0], 3 if first > 12 or first == second else 2.5)
    for match in re.finditer(
        rf"(?<!\d)([0-3]?\d)(?:st|nd|rd|th|er|\.)?{gap}(?:de\s+|of\s+)?({months}){gap}(?:de\s+)?{year}{end}", plain
    ):
        yield _day(match[3], _months()[match[2]], match[1], match[0], 3)
    for match in re.finditer(rf"{begin}({months})\.?\s+([0-3]?\d)(?:st|nd|rd|th)?,?\s+{year}{end}", plain):
        yield _day(match[3], _months()[match[1]], match[2], match[0], 3)
    for match in re.finditer(rf"{begin}({months}){gap}(?:de\s+)?{year}{end}", plain):
        yield _day(match[2], _months()[match[1]], "1", match[0], 2)
    for match in re.finditer(rf"(?<!\d){year}[-._/年]?(0[1-9]|1[0-2]|[1-9](?=月))(?!\d)", plain):
        yield _day(match[1], match[2], "1", match[0], 2)
    for match in re.finditer(rf"(?<!\d)(0?[1-9]|1[0-2])[-._/]{year}{end}", plain):
        yield _day(match[2], match[1], "1", match[0], 2)
    for match in re.finditer(rf"{begin}([qh])([1-4]){gap}{year}{end}|{year}{gap}([qh])([1-4])(?!\d)", plain):
        kind, number, of = (match[1], match[2], match[3]) if match[1] else (match[5], match[6], match[4])
        yield _day(of, str((int(number) - 1) * (3 if kind == "q" else 6) + 1), "1", match[0], 1.5)
    for match in re.finditer(rf"(?<!\d){year}{end}", plain):
        yield _day(match[1], "1", "1", match[0], 1)


def _day(year: str, month: str, day: str, written: str, exact: float) -> Day | None:
    try:
        return Day(dt.date(int(year), int(month), int(day)).isoformat(), " ".join(written.split()), exact)
    except ValueError:
        return None


def without_days(text: str) -> str:
    """A text without the days, months and years that it names."""
    for day in sorted(filter(None, _days(text)), key=lambda day: -len(day.written)):
        loose = re.escape(day.written).replace(r"\ ", r"\s+")
        while match := re.search(loose, _unaccented(text), flags=re.IGNORECASE):
            text = text[: match.start()] + " " + text[match.end() :]
    return text


def _unaccented(text: str) -> str:
    """Text whose accents are off where that keeps its length."""
    return "".join(unicodedata.normalize("NFKD", c)[0] if unicodedata.category(c)[0] == "L" else c for c in text)


# --- names -----------------------------------------------------------------------------------------------------


def name_in(text: str, *, capitals: bool) -> str:
    """The name that is left of a title or file name when days and common words are off.

    Parameters
    ----------
    text : str
        Such as ``ACME Group Global Supplier List 2024``.
    capitals : bool
        Words of the name begin with a capital letter.

    Returns
    -------
    str
        The first run of words that may be a name; empty where there is none.
    """
    for part in re.split(r"\s[-–—|]\s|[:;()\n]|\s{3,}", without_days(text)):
        run: list[str] = []
        for word in part.split():
            bare = word.strip("\"'“”„,.*")
            folded = words(bare)
            common = not folded or folded in _plain_words("generic") or folded in _months() or folded.isdigit()
            if not common and (not capitals or not bare[:1].islower()):
                run.append(bare)
            elif run:
                break
        if run and any(len(word) > 1 for word in run):
            return " ".join(run)
    return ""

"""Countries as people write them -> ISO 3166-1 alpha-2.

Codes are taken as codes, and a country's own name as that; any other is looked up with country_converter, which also
knows the names of the US Department of Labor ("Burma", "Congo, Democratic Republic of the", "Korea, South"). It takes
0.1 s to start and a millisecond a name, so it is only asked where nothing else knows.

Its patterns fit any text in which a country's name occurs ("Inner Mongolia", "Niger Delta", "Atlanta, Georgia"). So
what it finds counts only where every word of the text is one of that country's names or a general one such as
"republic": a place or a street that is called after a country is no country.
"""

from __future__ import annotations

import csv
import logging
import re
import unicodedata
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from loaders.data import table_rows

if TYPE_CHECKING:
    from country_converter import CountryConverter

#: Usual short forms that are neither a code nor a name.
_SHORT = {
    "DRC": "CD",
    "PRC": "CN",
    "UAE": "AE",
    "ROK": "KR",
    "DPRK": "KP",
    "HOLLAND": "NL",
}
_NOT_FOUND = "not found"
#: What a pattern of country_converter looks for beside a name, and what stands for other letters in it.
_AROUND = re.compile(r"\(\?[=!](?:[^()]|\([^()]*\))*\)|\\b|[\^$]|\.\*")
_STOPS = re.compile(r"(?<=\b\w)\.(?=\w\b)")


@cache
def _table() -> dict[str, dict[str, str]]:
    """Rows of country_converter by alpha-2; only countries that exist today."""
    text = resources.files("country_converter").joinpath("country_data.tsv").read_text("utf-8")
    rows = [row for row in csv.DictReader(text.splitlines(), delimiter="\t") if not row["obsolete"]]
    return {own[0]: row for row in rows if (own := re.findall("[A-Z]{2}", row["ISO2"]))}


@cache
def _codes() -> dict[str, str]:
    """Map alpha-2 and alpha-3 codes to alpha-2."""
    codes: dict[str, str] = {}
    for code, row in _table().items():
        # "^GB$|^UK$": the code, and others in use for it.
        codes |= dict.fromkeys([*re.findall("[A-Z]{2}", row["ISO2"]), row["ISO3"]], code)
    return codes


@cache
def _other_languages() -> dict[str, str]:
    """Names in other languages: looked up first, since patterns of English names also fit some of them, wrongly."""
    return {_letters(row["name"]): row["country"] for row in table_rows("country_names")}


@cache
def _names() -> dict[str, str]:
    """Short and official names, which need no pattern."""
    return {_letters(row[kind]): code for code, row in _table().items() for kind in ("name_short", "name_official")}


def _folded(name: str) -> str:
    """A name without case and accents."""
    return unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFKD", name.casefold())))


def _letters(name: str) -> str:
    """A name without case, accents, punctuation and spaces."""
    return re.sub(r"[\W_]+", "", _folded(name))


def _words(name: str) -> list[str]:
    """Words of a name without case and accents; an abbreviation with full stops is one word."""
    return re.findall(r"[^\W_]+", _STOPS.sub("", _folded(name)))


@cache
def _general_words() -> frozenset[str]:
    return frozenset(row["word"] for row in table_rows("country_generic_words"))


@cache
def _own_words(code: str) -> frozenset[str]:
    """Words of the names of a country, and its codes."""
    row = _table()[code]
    own = [name for table in ("country_names", "country_own_words") for name in _said(table, code)]
    names = [row["name_short"], row["name_official"], row["ISO3"], *_plain_names(row["regex"]), *own]
    codes = [short for known in (_codes(), _SHORT) for short, country in known.items() if country == code]
    return frozenset(word for name in (*names, *codes) for word in _words(name))


def _said(table: str, code: str) -> list[str]:
    return [row["name" if "name" in row else "words"] for row in table_rows(table) if row["country"] == code]


def _plain_names(pattern: str) -> list[str]:
    """Those alternatives of a pattern that are words: "burma" of "myanmar|burma", "sri lanka" of "sri.?lanka"."""
    parts = (part.replace(".?", " ").strip() for part in _AROUND.sub("", pattern).split("|"))
    return [part for part in parts if re.fullmatch(r"[^\W\d_]+(?: [^\W\d_]+)*", part)]


@cache
def _converter() -> CountryConverter:
    import pandas as pd  # noqa: PLC0415  both are only needed for names
    from country_converter import CountryConverter  # noqa: PLC0415

    logging.getLogger("country_converter").setLevel(logging.CRITICAL)
    # Handed its own table, read without missing values: its own reading takes "NA" (Namibia) for one under pandas 3.
    with resources.files("country_converter").joinpath("country_data.tsv").open(encoding="utf-8") as file:
        table: Any = pd.read_csv(file, sep="\t", dtype=str, keep_default_na=False)
    keep = table[["ISO2", "regex"]]
    return CountryConverter(country_data=table.mask(table == "").assign(ISO2=keep["ISO2"], regex=keep["regex"]))


@cache
def alpha2(text: str) -> str | None:
    """Country code of what somebody wrote.

    Parameters
    ----------
    text : str
        ISO alpha-2, alpha-3 or a name, in any case.

    Returns
    -------
    str or None
        ISO alpha-2; ``None`` where it is no country, or several, or where other words stand beside its name.
    """
    short = text.strip().upper()
    if code := _codes().get(short) or _SHORT.get(short.replace(".", "")):
        return code
    letters = _letters(text)
    if len(short) > 1 and (code := _other_languages().get(letters)):
        return code
    if len(short) <= 3 or not re.fullmatch(r"[^\d;|/]{4,60}", short):
        return None
    return _names().get(letters) or _by_pattern(text)


def _by_pattern(text: str) -> str | None:
    """Country of a text that says no more than its name, by the patterns of the library."""
    found = _converter().convert(text, src="regex", to="ISO2", not_found=_NOT_FOUND)
    code = _codes().get(found) if isinstance(found, str) else None
    return code if code and _general_words().union(_own_words(code)).issuperset(_words(text)) else None

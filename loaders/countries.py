"""Countries as people write them -> ISO 3166-1 alpha-2.

Codes are taken as codes; a name is looked up with country_converter, which also knows the names of the US Department of
Labor ("Burma", "Congo, Democratic Republic of the", "Korea, South"). It takes 0.1 s to start, so it is only started
for the first name that is no code.
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


@cache
def _codes() -> dict[str, str]:
    """Map alpha-2 and alpha-3 codes to alpha-2; only countries that exist today."""
    text = resources.files("country_converter").joinpath("country_data.tsv").read_text("utf-8")
    codes: dict[str, str] = {}
    for row in csv.DictReader(text.splitlines(), delimiter="\t"):
        if row["obsolete"]:
            continue
        # "^GB$|^UK$": the code, and others in use for it.
        if own := re.findall("[A-Z]{2}", row["ISO2"]):
            codes |= dict.fromkeys([*own, row["ISO3"]], own[0])
    return codes


@cache
def _other_languages() -> dict[str, str]:
    """Names in other languages: looked up first, since patterns of English names also fit some of them, wrongly."""
    return {_letters(row["name"]): row["country"] for row in table_rows("country_names")}


def _letters(name: str) -> str:
    """A name without case, accents, punctuation and spaces."""
    plain = unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFKD", name.casefold())))
    return re.sub(r"[\W_]+", "", plain)


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
        ISO alpha-2; ``None`` where it is no country, or several.
    """
    short = text.strip().upper()
    if code := _codes().get(short) or _SHORT.get(short.replace(".", "")):
        return code
    if len(short) > 1 and (code := _other_languages().get(_letters(text))):
        return code
    if len(short) <= 3 or not re.fullmatch(r"[^\d;|/]{4,60}", short):
        return None
    found = _converter().convert(text, src="regex", to="ISO2", not_found=_NOT_FOUND)
    return _codes().get(found) if isinstance(found, str) else None

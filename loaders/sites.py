"""Sites as facility lists name them: ids for sites that a list gives none, and rows about one site as one row.

The functions of this module make ids. What they give for a text must never change, so they depend on nothing that may
(not on the matching of names, and not on its word lists).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Collection

import pandas as pd


def folded(text: str) -> str:
    """Fold what differs between two spellings of one text: case, accents, punctuation and white space.

    Returns
    -------
    str
        Letters and digits of any script in lower case, with one space between words; ``&`` is ``and``.
    """
    plain = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
    if not plain.isascii():
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", plain)).split())


def site_id(country: str | None, name: str, *place: str) -> str:
    """Id of a site for which its list has none.

    Parameters
    ----------
    country : str or None
        ISO alpha-2.
    name : str
        Name of the site.
    *place : str
        What tells it from others of the same name: address, city.

    Returns
    -------
    str
        ``site:<country>:<name>:<10 hexadecimal digits>``: the same for texts that are equal but for case, accents,
        punctuation and white space, and for no others. Empty where there is no name.
    """
    words = folded(name)
    if not words:
        return ""
    parts = [country or "", words, *map(folded, place)]
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:10]
    return f"site:{country or ''}:{words.replace(' ', '-')}:{digest}"


def by_value(cells: pd.Series, change: Callable[[str], str]) -> pd.Series:
    """Change every distinct text of a column once.

    Parameters
    ----------
    cells : Series
        Text.
    change : callable
        What becomes of a text.

    Returns
    -------
    Series
        Text, in the same order.
    """
    return cells.map({cell: change(cell) for cell in cells.unique().tolist()}).astype("str")


def distinct(cell: str) -> str:
    """Values split by ``|``, without empty and repeated ones."""
    return "|".join(dict.fromkeys(part.strip() for part in cell.split("|") if part.strip()))


def one_row_a_site(rows: pd.DataFrame, gathered: Collection[str]) -> pd.DataFrame:
    """Make one row of all rows about one site.

    Parameters
    ----------
    rows : DataFrame
        Text, with ``id``, ``name`` and ``aliases``.
    gathered : collection of str
        Columns of which all values are kept, split by ``|``; of every other the first that is not empty counts.

    Returns
    -------
    DataFrame
        The same columns, in the order in which the sites come first. A name that is not the first is an alias.
    """
    again = rows.duplicated("id", keep=False)
    if not again.any():
        return rows
    groups = rows[again].replace("", None).groupby("id", sort=False)
    merged = groups.first()
    for column in [name for name in gathered if name in rows]:
        merged[column] = groups[column].agg(lambda cells: distinct("|".join(cells.dropna())))
    names = groups["name"].agg(lambda cells: "|".join(name.replace("|", "/") for name in cells.dropna()))
    others = (merged["aliases"].fillna("") + "|" + names).combine(merged["name"], _without)
    merged = merged.assign(aliases=others).reset_index().reindex(columns=rows.columns)
    merged[list(rows.columns.drop("line"))] = merged[list(rows.columns.drop("line"))].fillna("")
    return pd.concat([rows[~again], merged]).sort_values("line", kind="stable", ignore_index=True)


def _without(names: str, shown: str) -> str:
    return "|".join(name for name in distinct(names).split("|") if name != shown.replace("|", "/"))

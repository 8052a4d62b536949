"""Names of goods: lists and suppliers call one good by several names."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files


@cache
def _table() -> list[dict[str, str]]:
    text = files("graph_core").joinpath("commodities.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _aliases() -> dict[str, str]:
    return {_fold(row["alias"]): row["commodity"] for row in _table()}


@cache
def raw_goods() -> frozenset[str]:
    """Ids of goods that are no product of another good.

    Two different ones of them are certainly two goods. Of any other two names nobody can say so: garments may be of
    cotton, and one list's silica-based products are another's silicon metal.
    """
    return frozenset(row["commodity"] for row in _table() if row["raw"] == "yes")


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())


def commodity_id(name: str) -> str:
    """Id of the good that a name stands for.

    Parameters
    ----------
    name : str
        As a list, a supplier or a finding writes it.

    Returns
    -------
    str
        The name folded to lower case with single spaces; a known alias gives the good that it stands for, so that
        ``Palm Fruit`` and ``Oil (Palm)`` are both ``palm oil``.
    """
    folded = _fold(name)
    return _aliases().get(folded, folded)


def commodity_ids(names: str) -> list[str]:
    """Ids of several goods in one cell, split by ``|``."""
    return [commodity_id(part) for part in names.split("|") if part.strip()]

"""What narrows a table of brands: groups of options with the number of brands that each would leave.

Within a group a brand has to have one of the chosen options, and it has to pass every group. Beside each option stands
how many brands have it among those that pass all *other* groups: what choosing it would leave, alone in its group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph_core.flags import CLASSES
from graph_core.viz.colours import LABEL
from graph_core.viz.exposure_bar import no_list
from graph_core.viz.text import clean

Exposure = Mapping[str, Any]
Mask = npt.NDArray[np.bool_]

#: Names of the groups in the address.
KEYS = ("country", "flag", "coverage", "age", "reviews", "product")
NOT_STATED = "not stated"
_YEAR = 365
#: For a person, and for a country or good to become known.
_WAITING = ("waiting", "for data")


@dataclass(frozen=True)
class Facet:
    """One group of options.

    Attributes
    ----------
    key : str
        Its name in the address.
    title : str
        What a reader calls it.
    of_brands : tuple of tuple of str
        Options that every brand has, in the order of the brands.
    order : tuple of str
        Options in their order; those not named come behind, the most frequent first.
    """

    key: str
    title: str
    of_brands: tuple[tuple[str, ...], ...]
    order: tuple[str, ...] = ()


def brand_facets(rows: Sequence[Exposure], countries: Mapping[str, str]) -> list[Facet]:
    """Give the groups by which brands are narrowed.

    Parameters
    ----------
    rows : sequence of mappings
        Exposures, as `exposure --format json` prints them.
    countries : mapping
        Name of the country of a brand by its id, where one is stated.
    """
    ages = ("up to 1 year", "1 to 2 years", "over 2 years", "not dated", "no list in force")
    coverage = ("stated", NOT_STATED, "no list in force")
    flags = (*(LABEL[kind] for kind in CLASSES), "none traced", "no figure")
    return [
        Facet("country", "Country of the brand", tuple((countries.get(_id(row), NOT_STATED),) for row in rows)),
        Facet("flag", "Evidence class present", tuple(map(_flags, rows)), flags),
        Facet("coverage", "Coverage", tuple((_coverage(row),) for row in rows), coverage),
        Facet("age", "Age of the newest list", tuple((_age(row),) for row in rows), ages),
        Facet("reviews", "What waits and could change it", tuple(map(_waiting, rows)), (*_WAITING, "none")),
        Facet("product", "Product", tuple(map(_products, rows))),
    ]


def _id(row: Exposure) -> str:
    return str(row["brand"]["id"])


def _flags(row: Exposure) -> tuple[str, ...]:
    classes: Mapping[str, float | None] = row["classes"]
    if all(share is None for share in classes.values()):
        return ("no figure",)
    return tuple(LABEL[kind] for kind in CLASSES if classes.get(kind)) or ("none traced",)


def _coverage(row: Exposure) -> str:
    if no_list(row):
        return "no list in force"
    return NOT_STATED if row["coverage"] is None else "stated"


def _age(row: Exposure) -> str:
    days = row["stale_days"]
    if no_list(row):
        return "no list in force"
    if days is None:
        return "not dated"
    return "up to 1 year" if days <= _YEAR else "1 to 2 years" if days <= 2 * _YEAR else "over 2 years"


def _waiting(row: Exposure) -> tuple[str, ...]:
    data = row["waiting_data"]
    numbers = (row["waiting_reviews"] - data, data)
    return tuple(word for word, number in zip(_WAITING, numbers, strict=True) if number) or ("none",)


def _products(row: Exposure) -> tuple[str, ...]:
    return tuple(clean(item["product"]) if item["product"] else NOT_STATED for item in row["by_product"])


@dataclass(frozen=True)
class Narrowed:
    """Which brands are left, and what could narrow further.

    Attributes
    ----------
    kept : array of bool
        Whether each brand is left.
    groups : list of dict
        Data of the component: of every facet ``key``, ``title`` and ``options``, each with ``value``, ``count`` (brands
        that it would leave), ``text`` (that count) and ``chosen``.
    """

    kept: Mask
    groups: list[dict[str, Any]]


def narrow(facets: Sequence[Facet], chosen: Mapping[str, Sequence[str]], among: Mask) -> Narrowed:
    """Narrow brands and count.

    Parameters
    ----------
    facets : sequence of Facet
        Groups of options.
    chosen : mapping
        Chosen options by key of the group; options that no brand has are kept, and nothing passes them.
    among : array of bool
        Which brands something else leaves, such as the text filter.
    """
    tables = [_table(facet, chosen.get(facet.key, ())) for facet in facets]
    passed = [_passed(options, held, chosen.get(facet.key, ()), len(among)) for facet, (options, held) in
              zip(facets, tables, strict=True)]  # fmt: skip
    misses = np.sum([~one for one in passed], axis=0) if passed else np.zeros(len(among), dtype=np.int64)
    groups = []
    for facet, (options, held), own in zip(facets, tables, passed, strict=True):
        others = among & (misses - ~own == 0)
        counts = held[others].sum(axis=0)
        groups.append(_group(facet, options, counts.tolist(), set(chosen.get(facet.key, ()))))
    return Narrowed(among & (misses == 0), groups)


def _table(facet: Facet, wanted: Sequence[str]) -> tuple[list[str], Mask]:
    """Options of a facet, and which brand has which."""
    options = sorted({value for values in facet.of_brands for value in values} | set(wanted))
    place = {option: number for number, option in enumerate(options)}
    held = np.zeros((len(facet.of_brands), len(options)), dtype=np.bool_)
    row = np.repeat(np.arange(len(facet.of_brands)), [len(values) for values in facet.of_brands])
    held[row, [place[value] for values in facet.of_brands for value in values]] = True
    return options, held


def _passed(options: Sequence[str], held: Mask, wanted: Sequence[str], size: int) -> Mask:
    if not wanted:
        return np.ones(size, dtype=np.bool_)
    return np.asarray(held[:, [option in wanted for option in options]].any(axis=1), dtype=np.bool_)


def _group(facet: Facet, options: Sequence[str], counts: Sequence[int], wanted: set[str]) -> dict[str, Any]:
    rank = {option: number for number, option in enumerate(facet.order)}
    rows: list[dict[str, Any]] = [
        {"value": option, "count": count, "text": f"{count:,}", "chosen": option in wanted}
        for option, count in zip(options, counts, strict=True)
    ]
    rows.sort(key=lambda row: (rank.get(row["value"], len(rank)), -row["count"], row["value"]))
    return {"key": facet.key, "title": facet.title, "options": rows}

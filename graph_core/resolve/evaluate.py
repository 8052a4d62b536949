"""Labelled pairs through the scoring: a user's file, and the measures of what comes out.

Precision is the share of the accepted pairs that are matches, recall the share of the matches that are accepted. Both
are estimates from a sample; the lower end of the 95 % interval says what the sample can prove.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from graph_core.errors import InputError
from graph_core.resolve.score import ACCEPTED, NONE, REVIEW, score_pairs

MATCH: Final = "match"
DISTINCT: Final = "distinct"
COLUMNS: Final = (
    "left_name",
    "left_address",
    "left_country",
    "right_name",
    "right_address",
    "right_country",
    "label",
)
#: Columns that a file may have beside these.
OPTIONAL: Final = tuple(
    f"{side}_{column}" for side in ("left", "right") for column in ("lat", "lon", "precision", "identifiers", "aliases")
)
#: Quantile of the normal distribution for a two-sided interval of 95 %.
_Z: Final = 1.959963984540054


@dataclass(frozen=True)
class Labelled:
    """Pairs with what they are.

    Attributes
    ----------
    left, right : DataFrame
        The two sides, aligned by position; columns as for `graph_core.resolve.compare.compare`.
    match : bool array
        Whether each pair is a match.
    """

    left: pd.DataFrame
    right: pd.DataFrame
    match: npt.NDArray[np.bool_]


def read(path: Path, country: Callable[[str], str | None]) -> Labelled:
    """Read labelled pairs.

    Parameters
    ----------
    path : Path
        CSV in UTF-8 with the columns `COLUMNS`, in any order, and any of `OPTIONAL`. Names, addresses and countries
        may be empty; a label is ``match`` or ``distinct``. Lists are split by ``|``.
    country : callable
        ISO alpha-2 code of what a country cell says, or None.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or a cell is not usable; with line, column and value.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as a CSV file in UTF-8: {error}") from None
    rows = list(_rows(text, str(path)))
    for line, row in rows:
        _check(row, f"{path}, line {line}", country)
    sides = [
        pd.DataFrame(
            {column.removeprefix(side): [row[column] for _, row in rows] for column in (*COLUMNS, *OPTIONAL)
             if column.startswith(side)},
            dtype="object",
        )
        for side in ("left_", "right_")
    ]  # fmt: skip
    labels = np.array([row["label"] == MATCH for _, row in rows], dtype=np.bool_)
    return Labelled(sides[0], sides[1], labels)


def _rows(text: str, path: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows by column with the line on which each ends."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        missing = [column for column in COLUMNS if column not in header]
        if missing:
            raise InputError(f"{path}, line 1: no column {', '.join(missing)}; needed are {', '.join(COLUMNS)}")
        for column in (*COLUMNS, *OPTIONAL):
            if header.count(column) > 1:
                raise InputError(f"{path}, line 1: the column {column} stands there twice")
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise InputError(
                    f"{path}, line {reader.line_num}: {len(cells)} cells under {len(header)} headers; "
                    "a cell that holds a comma or a quotation mark stands in quotation marks"
                )
            said = dict(zip(header, (cell.strip() for cell in cells), strict=True))
            yield reader.line_num, {column: said.get(column, "") for column in (*COLUMNS, *OPTIONAL)}
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: not readable as CSV: {error}") from None


def _check(row: dict[str, str], where: str, country: Callable[[str], str | None]) -> None:
    """Refuse cells that cannot be used; countries become codes in place."""
    label = row["label"].lower()
    if label not in (MATCH, DISTINCT):
        raise InputError(f"{where}, column label: {row['label']!r} is neither {MATCH!r} nor {DISTINCT!r}")
    row["label"] = label
    for column in ("left_country", "right_country"):
        code = country(row[column]) if row[column] else ""
        if code is None:
            raise InputError(f"{where}, column {column}: {row[column]!r} is no country; use a code or an English name")
        row[column] = code
    for column in ("left_lat", "left_lon", "right_lat", "right_lon"):
        if row[column] and not _number(row[column]):
            raise InputError(f"{where}, column {column}: {row[column]!r} is no number of degrees")


def _number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927, doi:10.1080/01621459.1927.10502953).

    Parameters
    ----------
    hits, total : int
        ``hits`` of ``total`` trials; ``total`` above 0.

    Examples
    --------
    >>> [round(end, 4) for end in wilson(47, 47)]
    [0.9244, 1.0]
    """
    share, square = hits / total, _Z * _Z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = _Z / (1 + square / total) * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    return (middle - half if hits else 0.0), (middle + half if hits < total else 1.0)


def measures(outcome: pd.Series, match: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Count outcomes and measure what was accepted.

    Parameters
    ----------
    outcome : Series of str
        ``accepted``, ``review`` or ``none`` of each pair.
    match : bool array
        Whether each pair is a match.

    Returns
    -------
    dict
        ``pairs``, ``accepted``, ``review``, ``none`` (counts), ``precision`` and ``precision_low`` (0..1, the lower
        end of its 95 % interval; None where nothing was accepted) and ``recall`` (0..1; None without a match).
    """
    accepted = (outcome == ACCEPTED).to_numpy(dtype=np.bool_)
    total, right, true = int(accepted.sum()), int((accepted & match).sum()), int(match.sum())
    return {
        "pairs": len(match),
        "accepted": total,
        "review": int((outcome == REVIEW).sum()),
        "none": int((outcome == NONE).sum()),
        "precision": right / total if total else None,
        "precision_low": wilson(right, total)[0] if total else None,
        "recall": right / true if true else None,
    }


def evaluate(pairs: Labelled) -> dict[str, Any]:
    """Score labelled pairs.

    Returns
    -------
    dict
        What `measures` gives, and ``rows``: ``probability``, ``outcome`` and ``reasons`` of each pair, in order.
    """
    scored = score_pairs(pairs.left, pairs.right)
    rows = [
        {"probability": round(float(chance), 6), "outcome": str(outcome), "reasons": list(reasons)}
        for chance, outcome, reasons in zip(scored["probability"], scored["outcome"], scored["reasons"], strict=True)
    ]
    return {**measures(scored["outcome"], pairs.match), "rows": rows}

"""Places for the nodes of a network picture: tiers in columns, raw material left, brand right.

Order within a column by barycentres (Sugiyama, Tagawa and Toda 1981): each party stands near the mean of its
neighbours, in sweeps to and fro, and the order with the fewest crossings is kept; groups stand below. Same input, same
picture.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graph_core.neighbourhood import GROUP

#: Room that a node with its name takes, and one that is a mark alone, in the picture's own units.
CELL_WIDTH, CELL_HEIGHT = 178.0, 50.0
MARK_WIDTH, MARK_HEIGHT = 62.0, 36.0
_GAP = 0.16 * CELL_WIDTH
_SWEEPS = 8
_COUNTED = 400


@dataclass(frozen=True)
class Column:
    """The band of one tier: which, its middle, its top, how many nodes, and whether its tiers are minimums."""

    number: int
    x: float
    top: float
    nodes: int
    minimum: bool


@dataclass(frozen=True)
class Layout:
    """Positions by id, the bands of the tiers, and the size of the whole."""

    positions: dict[str, tuple[float, float]]
    columns: tuple[Column, ...]
    width: float
    height: float


def tier_columns(nodes: pd.DataFrame, links: pd.DataFrame, aspect: float = 1.35, marks: Collection[str] = ()) -> Layout:
    """Place the nodes of a neighbourhood.

    Parameters
    ----------
    nodes : DataFrame
        Columns ``id``, ``column`` (0 is the brand, 1 left of it), ``tier_is_minimum``.
    links : DataFrame
        Columns ``supplier``, ``buyer``.
    aspect : float
        Width of the picture over its height. A tier with many nodes gets several columns, as many as let the whole
        fill such a picture best.
    marks : collection of str
        Ids of nodes that are drawn as marks without room for a name; they stand left of the others of their tier.

    Returns
    -------
    Layout
    """
    order = _ordered(nodes, [(str(a), str(b)) for a, b in zip(links["supplier"], links["buyer"], strict=True)])
    bands = {
        number: (
            sorted((one for one in ids if one not in marks), key=lambda one: one.startswith(GROUP)),
            [one for one in ids if one in marks],
        )
        for number, ids in order.items()
    }
    height = _height([(len(named), len(small)) for named, small in bands.values()], aspect)
    minimum = dict(zip(nodes["id"], nodes["tier_is_minimum"], strict=True))
    positions: dict[str, tuple[float, float]] = {}
    columns: list[Column] = []
    right = 0.0
    for number, (named, small) in bands.items():
        left = _place(positions, named, right, height, CELL_WIDTH, CELL_HEIGHT)
        left = _place(positions, small, left, height, MARK_WIDTH, MARK_HEIGHT)
        ids = named + small
        least = any(bool(minimum[node]) for node in ids)
        top = min(positions[node][1] for node in ids)
        columns.append(Column(number, (left + right) / 2, top, len(ids), least))
        right = left - _GAP
    return Layout(positions, tuple(columns), -right, height + CELL_HEIGHT)


def _place(
    positions: dict[str, tuple[float, float]], ids: Sequence[str], right: float, height: float, wide: float, high: float
) -> float:
    """Put nodes row by row into a block; gives its left edge."""
    if not ids:
        return right
    across = math.ceil(len(ids) / max(1, int(height // high)))
    rows = math.ceil(len(ids) / across)
    for place, node in enumerate(ids):
        row, column = divmod(place, across)
        in_row = min(across, len(ids) - row * across)
        x = right - (column + 0.5 + (across - in_row) / 2) * wide
        positions[node] = (x, (row - (rows - 1) / 2) * high)
    return right - across * wide


def _height(sizes: list[tuple[int, int]], aspect: float) -> float:
    """Choose how high the columns may be, so that the picture can be drawn largest."""
    most = max((named + math.ceil(small * MARK_HEIGHT / CELL_HEIGHT) for named, small in sizes), default=1)

    def scale(rows: int) -> float:
        small_rows = max(1, int(rows * CELL_HEIGHT // MARK_HEIGHT))
        wide = sum(
            math.ceil(named / rows) * CELL_WIDTH + math.ceil(small / small_rows) * MARK_WIDTH + _GAP
            for named, small in sizes
        )
        return min(aspect / max(wide, 1.0), 1 / ((min(rows, most) + 1) * CELL_HEIGHT))

    return CELL_HEIGHT * max(range(1, most + 1), key=lambda rows: (round(scale(rows), 9), -rows), default=1)


def _ordered(nodes: pd.DataFrame, links: list[tuple[str, str]]) -> dict[int, list[str]]:
    tiers: dict[int, list[str]] = defaultdict(list)
    tier_of = {str(node): int(tier) for node, tier in zip(nodes["id"], nodes["column"], strict=True)}
    for node, tier in tier_of.items():
        tiers[tier].append(node)
    order = {tier: sorted(tiers[tier]) for tier in sorted(tiers)}
    near: dict[str, list[str]] = defaultdict(list)
    for supplier, buyer in links:
        if supplier in tier_of and buyer in tier_of and tier_of[supplier] != tier_of[buyer]:
            near[supplier].append(buyer)
            near[buyer].append(supplier)
    best, fewest = order, crossings(order, links)
    for sweep in range(_SWEEPS):
        order = _sweep(order, near, tier_of, outward=sweep % 2 == 0)
        found = crossings(order, links)
        if found < fewest:
            best, fewest = order, found
    return best


def _sweep(
    order: dict[int, list[str]], near: dict[str, list[str]], tier_of: dict[str, int], *, outward: bool
) -> dict[int, list[str]]:
    result = dict(order)
    height = _heights(result)
    for tier in sorted(result, reverse=not outward):

        def pull(node: str, tier: int = tier) -> float:
            side = [height[other] for other in near[node] if (tier_of[other] < tier) == outward]
            return sum(side) / len(side) if side else height[node]

        result[tier] = sorted(result[tier], key=lambda node: (pull(node), height[node]))
        height.update(_heights({tier: result[tier]}))
    return result


def _heights(order: dict[int, list[str]]) -> dict[str, float]:
    return {node: place - (len(ids) - 1) / 2 for ids in order.values() for place, node in enumerate(ids)}


def crossings(order: dict[int, list[str]], links: list[tuple[str, str]]) -> int:
    """Count the crossings between links of the same two tiers (the first 400 links; enough to compare orders)."""
    place = {node: (tier, index) for tier, ids in order.items() for index, node in enumerate(ids)}
    drawn = [(*place[a], *place[b]) for a, b in links[:_COUNTED] if a in place and b in place]
    tier_a, a, tier_b, b = np.array(drawn, dtype=np.int64).reshape(-1, 4).T

    def beside(values: np.ndarray) -> np.ndarray:
        difference: np.ndarray = np.subtract.outer(values, values)
        return difference

    alike = (beside(tier_a) == 0) & (beside(tier_b) == 0) & (tier_a != tier_b)
    return int((alike & (beside(a) * beside(b) < 0)).sum()) // 2

"""Places for the nodes of a network picture: tiers in columns, raw material left, brand right.

Order within a column by barycentres (Sugiyama, Tagawa and Toda 1981): each party stands near the mean of its
neighbours, in sweeps to and fro, and the order with the fewest crossings is kept. Same input, same picture.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

#: Room that one node takes, in the picture's own units.
CELL_WIDTH, CELL_HEIGHT = 178.0, 50.0
_GAP = 0.16
_SWEEPS = 8
_COUNTED = 400


@dataclass(frozen=True)
class Column:
    """The band of one tier: its middle, its top, and whether its tiers are minimums."""

    tier: int
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


def tier_columns(nodes: pd.DataFrame, links: pd.DataFrame, aspect: float = 1.35) -> Layout:
    """Place the nodes of a neighbourhood.

    Parameters
    ----------
    nodes : DataFrame
        Columns ``id``, ``tier`` (0 is the brand), ``tier_is_minimum``.
    links : DataFrame
        Columns ``supplier``, ``buyer``.
    aspect : float
        Width of the picture over its height. A tier with many nodes gets several columns, as many as let the whole
        fill such a picture best.

    Returns
    -------
    Layout
    """
    tiers = _ordered(nodes, [(str(a), str(b)) for a, b in zip(links["supplier"], links["buyer"], strict=True)])
    rows = _rows([len(ids) for ids in tiers.values()], aspect)
    minimum = dict(zip(nodes["id"], nodes["tier_is_minimum"], strict=True))
    positions: dict[str, tuple[float, float]] = {}
    columns: list[Column] = []
    right = 0.0
    for tier, ids in tiers.items():
        wide = math.ceil(len(ids) / rows)
        high = math.ceil(len(ids) / wide)
        for place, node in enumerate(ids):
            row, column = divmod(place, wide)
            in_row = min(wide, len(ids) - row * wide)
            x = right - (column + (wide - in_row) / 2) * CELL_WIDTH
            positions[node] = (x, (row - (high - 1) / 2) * CELL_HEIGHT)
        middle = right - (wide - 1) / 2 * CELL_WIDTH
        least = any(bool(minimum[node]) for node in ids)
        columns.append(Column(tier, middle, -(high - 1) / 2 * CELL_HEIGHT, len(ids), least))
        right -= wide * CELL_WIDTH + _GAP * CELL_WIDTH
    return Layout(positions, tuple(columns), -right, (rows + 1) * CELL_HEIGHT)


def _rows(sizes: list[int], aspect: float) -> int:
    """Choose how many rows a column may have, so that the picture can be drawn largest."""

    def scale(rows: int) -> float:
        wide = sum(math.ceil(size / rows) + _GAP for size in sizes) * CELL_WIDTH
        return min(aspect / wide, 1 / ((min(rows, max(sizes)) + 1) * CELL_HEIGHT))

    return max(range(1, max(sizes, default=1) + 1), key=lambda rows: (round(scale(rows), 9), -rows), default=1)


def _ordered(nodes: pd.DataFrame, links: list[tuple[str, str]]) -> dict[int, list[str]]:
    tiers: dict[int, list[str]] = defaultdict(list)
    tier_of = {str(node): int(tier) for node, tier in zip(nodes["id"], nodes["tier"], strict=True)}
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
    drawn = [(place[a], place[b]) for a, b in links[:_COUNTED] if a in place and b in place]
    return sum(
        (a[1] - c[1]) * (b[1] - d[1]) < 0
        for (a, b), (c, d) in combinations(drawn, 2)
        if a[0] == c[0] and b[0] == d[0] and a[0] != b[0]
    )

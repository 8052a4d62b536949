"""Who buys what a party delivers: every brand it reaches at any tier, how much runs through it, and the best way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from graph_core.exposure.table import ExposureTable
from graph_core.exposure.traced import solve
from graph_core.network import Floats, Ints
from graph_core.paths import best_ways
from graph_core.routes import Hops

#: Columns of what is reached.
COLUMNS = ["id", "name", "share", "route", "route_share", "links", "inferred", "indirect"]
#: A share below this is rounding of a solve, and no inputs.
_NOTHING = 1e-12


class Reach:
    """The brands that a party reaches on a day, by the links that the day's filters leave in.

    Flags do not matter here: what runs through a site is the same whoever is flagged on the way.

    Parameters
    ----------
    table : ExposureTable
        Figures of the day.
    party : str
        Id of an organization or facility.
    brands : sequence of str
        Ids of all brands.

    Attributes
    ----------
    rows : DataFrame
        One row a brand other than the party, largest share first. Columns `COLUMNS`: ``share``, the part of the brand's
        inputs, 0..1, that runs through the party over all known ways, each input counted once; ``route``, ids from the
        party to the brand on the way along which the product of shares is largest; ``route_share``, that product;
        ``links`` on it; and whether one of these is inferred, or hides traders (``indirect``).
    """

    def __init__(self, table: ExposureTable, party: str, brands: Sequence[str]) -> None:
        self.table = table
        day = table.day
        begin = (day.owner == party).astype(np.float64)
        self._share: Floats = solve(day.network, begin, 1.0 - begin)
        self._best, self._before = best_ways(day.network, begin)
        numbers = np.array([table.number[brand] for brand in brands if brand != party], dtype=np.int64)
        numbers = numbers[self._share[numbers] > _NOTHING]
        self._number = {str(day.owner[number]): number for number in numbers.tolist()}
        self.rows = self._rows(numbers)

    def _rows(self, numbers: Ints) -> pd.DataFrame:
        day = self.table.day
        routes = [self._nodes(number) for number in numbers.tolist()]
        names = [self.table.names.get(brand, brand) for brand in self._number]
        found = pd.DataFrame(
            {
                "id": list(self._number),
                "name": names,
                "share": self._share[numbers],
                "route": pd.Series([[str(day.owner[node]) for node in route] for route in routes], dtype=object),
                "route_share": self._best[numbers],
                "links": np.array([len(route) - 1 for route in routes], dtype=np.int64),
                **self._marks(routes),
            },
            columns=COLUMNS,
        )
        return found.sort_values(["share", "name", "id"], ascending=[False, True, True], ignore_index=True)

    def _nodes(self, number: int) -> list[int]:
        """Numbers of the nodes on the best way to one, the party first."""
        return list(self._back(number))[::-1]

    def _back(self, number: int) -> Iterator[int]:
        while number >= 0:
            yield number
            number = int(self._before[number])

    def _marks(self, routes: Sequence[Sequence[int]]) -> Mapping[str, np.ndarray]:
        """Whether each route has a link that is inferred, or that hides traders."""
        day, size = self.table.day, len(self.table.day.ids)
        hops = pd.DataFrame(
            [(place, a * size + b) for place, route in enumerate(routes) for a, b in pairwise(route)],
            columns=["route", "pair"],
            dtype=np.int64,
        )
        pairs = day.supplier * size + day.buyer
        marks = {}
        for name, marked in (("inferred", ~day.documented), ("indirect", day.indirect)):
            on = hops["pair"].isin(pairs[marked & day.kept])
            marks[name] = np.isin(np.arange(len(routes)), hops.loc[on, "route"])
        return marks

    def route(self, brand: str) -> dict[str, Any]:
        """The best way to a brand with the evidence of every hop, in the shape of a row of `paths --format json`.

        Raises
        ------
        KeyError
            The brand is not among ``rows``.
        """
        nodes = self._nodes(self._number[brand])
        hops = Hops(self.table, nodes)
        product = float(self._best[self._number[brand]])
        return {
            "score": product,
            "contribution": product,
            "nodes": [hops.node(node) for node in nodes],
            "links": [hops.link(a, b) for a, b in pairwise(nodes)],
        }

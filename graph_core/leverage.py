"""Leverage over a site: what part of its known deliveries ends at which brand, directly or through others.

This is the traced share run the other way. A site's deliveries are followed downstream in proportion to their figures,
a brand takes up what reaches it, and the parts sum to what reaches any brand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from graph_core.day_network import DayNetwork
from graph_core.errors import InputError
from graph_core.exposure.traced import TracedShare, solve, traced_share
from graph_core.graph import among
from graph_core.network import Floats, Ints, SupplyNetwork

#: After a brand's id in the id of the node from which its own deliveries start.
_SELLING = "\x1f\x1fselling"


@dataclass(frozen=True)
class Buyers:
    """Who buys what a site delivers, as far as it is known.

    Attributes
    ----------
    site : str
        Id of the site.
    links, with_figures : int
        Its known deliveries of the day, and how many of them have figures in one measure.
    reason : str or None
        Why no parts can be given; then ``brands`` is empty and the other figures are ``None``.
    reached : list of str
        All brands to which it delivers, directly or through others, whether parts are known or not.
    brands : dict of str to float
        Brand to part of the known deliveries that ends at it, 0..1, largest first.
    untold : float or None
        Part that reaches a party of which nobody knows how much it delivers to whom.
    elsewhere : float or None
        Part that ends at a party without a known buyer, or goes round in a circle.
    """

    site: str
    links: int
    with_figures: int
    reason: str | None
    reached: list[str]
    brands: dict[str, float]
    untold: float | None
    elsewhere: float | None

    def together(self, part: float) -> list[str]:
        """The fewest brands that buy a part of the known deliveries together; empty where all do not.

        Parts of brands do not overlap and add up, so those with the largest parts are the fewest.

        Parameters
        ----------
        part : float
            0..1, more than 0.

        Raises
        ------
        InputError
            ``part`` is out of range.
        """
        if not 0 < part <= 1:
            raise InputError(f"a part of {part:g} of the deliveries is none; it lies above 0 and is 1 at most")
        total = np.cumsum(list(self.brands.values()))
        enough = np.flatnonzero(total >= part - 1e-12)
        return list(self.brands)[: int(enough[0]) + 1] if len(enough) else []


class Deliveries:
    """Deliveries of a day, followed from every party to the brands.

    ``q[x, j]`` is the part of x's known deliveries that goes to j: all of it where j is the only known buyer, else by
    the figures in the measure (volume in one unit or value in one currency) that most of its deliveries have. Where
    not more than half of them have one, nothing is said about x. What a party buys is taken to be in all that it
    delivers alike. A brand is an end buyer: what reaches it is not followed on. What it delivers itself begins at a
    node of its own, so that it can be asked for like any other party.

    Parameters
    ----------
    day : DayNetwork
        Links of the day; those that its filters leave out do not count.
    brands : sequence of str
        Ids of the brands.
    """

    def __init__(self, day: DayNetwork, brands: Sequence[str]) -> None:
        kept = day.kept[: len(day.links)]  # nodes for single goods come after the links themselves
        links = day.links[kept]
        links = links[links["start"] != links["end"]]
        ids = pd.Index(pd.concat([links["start"], links["end"], pd.Series(list(brands), dtype="str")])).unique()
        self._number = pd.Series(np.arange(len(ids)), index=ids)
        sold = pd.Index(list(brands), dtype="str")
        selling = ids[among(ids, sold) & among(ids, links["start"])]
        #: Number by party of the node from which its deliveries start.
        self._start = self._number.copy()
        self._start[selling] = len(ids) + np.arange(len(selling))
        size = len(ids) + len(selling)
        self._of = links.groupby("start").agg(links=("end", "size"), buyers=("end", "nunique"))
        parts = _parts(links, self._of)
        self._of["told"] = parts.groupby("start")["links"].sum().reindex(self._of.index, fill_value=0)
        self._known = set(parts["start"])
        self._brands = self._number[among(ids, sold)].to_numpy(dtype=np.int64)
        self._onward = sparse.coo_array((np.ones(len(links)), self._ends(links)), shape=(size, size)).tocsr()
        start, end = self._ends(parts)
        is_brand = np.zeros(size)
        is_brand[self._brands] = 1.0
        names = [*(str(one) for one in ids), *(f"{one}{_SELLING}" for one in selling)]
        #: Runs against the goods: a party's "inputs" are its deliveries, and brands are what is looked for.
        self._network = SupplyNetwork(names, end, start, parts["part"].to_numpy(), is_brand)

    def _ends(self, links: pd.DataFrame) -> tuple[Ints, Ints]:
        """Node numbers of the ends of some deliveries."""
        start, end = self._start[links["start"]], self._number[links["end"]]
        return start.to_numpy(dtype=np.int64), end.to_numpy(dtype=np.int64)

    @cached_property
    def _traced(self) -> TracedShare:
        return traced_share(self._network)

    @cached_property
    def _untold(self) -> Floats:
        """Part of every party's deliveries that reaches one of which it is not known how much goes where."""
        strength = self._network.strength
        silent = np.zeros(len(strength), dtype=bool)
        silent[self._start[self._of.index.difference(list(self._known))].to_numpy(dtype=np.int64)] = True
        return solve(self._network, np.where(silent, 1 - strength, 0.0), 1 - strength)

    def of(self, site: str) -> Buyers:
        """Who buys what a site delivers."""
        if site not in self._of.index:
            return Buyers(site, 0, 0, "no delivery of it is known on this day", [], {}, None, None)
        links, told = (int(self._of[column][site]) for column in ("links", "told"))
        if site not in self._known:
            reason = (
                f"{told} of its {links} known deliveries have figures in one measure"
                if told
                else (f"none of its {links} known deliveries has a volume or a value")
            )
            return Buyers(site, links, told, reason, self._reached(site), {}, None, None)
        number = int(self._start[site])
        brands = self._traced.attribution(self._network.ids[number])
        untold = float(self._untold[number])
        rest = max(0.0, 1.0 - sum(brands.values()) - untold)
        return Buyers(site, links, told, None, self._reached(site), brands, untold, rest)

    def _reached(self, site: str) -> list[str]:
        number = int(self._start[site])
        found = csgraph.breadth_first_order(self._onward, number, directed=True, return_predecessors=False)
        numbers = np.intersect1d(found, self._brands)
        return sorted(self._network.ids[brand] for brand in numbers)

    def share(self, brand: str, sites: Iterable[str]) -> dict[str, tuple[float, float]]:
        """Part of the known deliveries of some parties that ends at a brand: at least and at most, 0..1.

        They differ by what reaches a party of which it is not known how much goes where. Parties without figures of
        their own are absent.
        """
        only = np.zeros(len(self._network))
        only[int(self._number[brand])] = 1.0
        scores = traced_share(self._network.with_strength(only)).scores
        numbers = {site: int(self._start[site]) for site in sites if site in self._known}
        most = np.minimum(scores + self._untold, 1.0)
        return {site: (float(scores[number]), float(most[number])) for site, number in numbers.items()}


def _parts(links: pd.DataFrame, of: pd.DataFrame) -> pd.DataFrame:
    """Part of a party's known deliveries that goes to each buyer: columns start, end, part, links (with a figure)."""
    kinds = {"volume": "unit", "value": "currency"}
    told = pd.concat(
        links[["start", "end"]].assign(measure=kind + " " + links[unit].fillna("").astype(object), figure=links[kind])
        for kind, unit in kinds.items()
    ).dropna(subset=["figure"])
    measures = told.groupby(["start", "measure"])["figure"].agg(["size", "sum"]).reset_index()
    measures = measures[measures["sum"] > 0].sort_values(
        ["start", "size", "measure"], ascending=[True, False, False], kind="stable"
    )
    best = measures.drop_duplicates("start")
    best = best[best["size"] * 2 > of["links"].reindex(best["start"]).to_numpy()]
    chosen = told.merge(best, on=["start", "measure"])
    by_figure = chosen.groupby(["start", "end"]).agg(figure=("figure", "sum"), links=("figure", "size")).reset_index()
    by_figure["part"] = by_figure["figure"] / best.set_index("start")["sum"].reindex(by_figure["start"]).to_numpy()
    # Of a party with one known buyer all known deliveries go there, whatever they amount to.
    single = of.index[of["buyers"] == 1]
    alone = links[among(links["start"], single)].groupby(["start", "end"]).size().rename("links").reset_index()
    rest = by_figure[~among(by_figure["start"], single)]
    return pd.concat([rest[["start", "end", "part", "links"]], alone.assign(part=1.0)], ignore_index=True)

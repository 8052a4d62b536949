"""What is known behind a brand: suppliers a tier, where the map ends, how old and how sure the links are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from graph_core.day import Day

_BASES = ("stated", "volume", "value", "assumed_equal")


def coverage_rows(day: Day, exposures: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What is known behind each brand.

    Parameters
    ----------
    day : Day
        Graph as of a day; its filters hold here too.
    exposures : sequence of mappings
        Figures of the brands, as `Day.exposures` gives them.

    Returns
    -------
    list of dict
        brand, suppliers (direct), reached (sites and companies at any tier), tiers, links, coverage (0..1 or None),
        unmapped, assumed_share, unstated_share, upstream_buyers, lists with their age in days, stale_days,
        waiting_reviews. ``tiers``: for each tier its suppliers, of how many the tier is a minimum (``at_least``:
        traders that nobody names stand in between), how many have no known supplier (``map_ends``), are named by a
        list and described by none (``placeholders``), or have no country.
    """
    map_ = _Map(day)
    return [_row(map_, exposure) for exposure in exposures]


class _Map:
    """The links of a day between parties, and what is known of the parties."""

    def __init__(self, day: Day) -> None:
        network = day.table.day
        self.as_of = day.parameters.as_of
        self.codes, names = pd.factorize(network.owner)
        self.number = {str(name): i for i, name in enumerate(names)}
        self.supplier = self.codes[network.supplier[network.kept]]
        self.buyer = self.codes[network.buyer[network.kept]]
        self.row = network.row[network.kept]
        self.links = network.links
        self.basis = network.shares.basis
        self.indirect = (network.links["disclosure"] == "indirect").to_numpy()[self.row]
        columns = ["id", "country", "placeholder"]
        parties = pd.concat([day.graph[label][columns] for label in ("Organization", "Facility")])
        parties = parties.set_index("id").reindex(names)
        self.placeholder = parties["placeholder"].fillna(False).to_numpy(dtype=bool)
        self.without_country = parties["country"].isna().to_numpy()
        self.is_buyer = np.zeros(len(names), dtype=bool)
        self.is_buyer[self.buyer] = True
        self.is_stated = np.zeros(len(names), dtype=bool)
        self.is_stated[self.codes[network.is_stated]] = True

    def hops(self, brand: int, keep: np.ndarray) -> np.ndarray:
        """Hops from a brand upstream over some of the links; infinite where none leads."""
        size = len(self.number)
        ends = self.buyer[keep], self.supplier[keep]
        graph = sparse.csr_array((np.ones(int(keep.sum())), ends), shape=(size, size))
        result: np.ndarray = csgraph.dijkstra(graph, directed=True, indices=[brand], unweighted=True)[0]
        return result


def _row(map_: _Map, exposure: Mapping[str, Any]) -> dict[str, Any]:
    brand = map_.number[exposure["brand"]["id"]]
    tier = map_.hops(brand, np.ones(len(map_.row), dtype=bool))
    named = map_.hops(brand, ~map_.indirect)
    upstream = np.isfinite(tier)
    upstream[brand] = False
    buyers = upstream & map_.is_buyer
    return {
        "brand": exposure["brand"],
        "suppliers": exposure["suppliers"],
        "reached": int(upstream.sum()),
        "tiers": [_tier(map_, int(n), upstream & (tier == n), named > n) for n in sorted(set(tier[upstream]))],
        "links": _links(map_, np.isfinite(tier)),
        "upstream_buyers": {"all": int(buyers.sum()), "coverage_stated": int((buyers & map_.is_stated).sum())},
        "lists": [{**entry, "age_days": _age(map_.as_of, entry["valid_from"])} for entry in exposure["lists"]],
        **{
            key: exposure[key]
            for key in ("coverage", "unmapped", "assumed_share", "unstated_share", "stale_days", "waiting_reviews")
        },
    }


def _tier(map_: _Map, tier: int, here: np.ndarray, at_least: np.ndarray) -> dict[str, int]:
    return {
        "tier": tier,
        "suppliers": int(here.sum()),
        "at_least": int((here & at_least).sum()),
        "map_ends": int((here & ~map_.is_buyer).sum()),
        "placeholders": int((here & map_.placeholder).sum()),
        "without_country": int((here & map_.without_country).sum()),
    }


def _links(map_: _Map, reached: np.ndarray) -> dict[str, int]:
    rows = np.unique(map_.row[reached[map_.buyer]])
    links, basis = map_.links.iloc[rows], map_.basis[rows]
    inferred = int((links["evidence"] == "inferred").sum())
    return {
        "all": len(rows),
        "documented": len(rows) - inferred,
        "inferred": inferred,
        "indirect": int((links["disclosure"] == "indirect").sum()),
        "without_date": int(links[["valid_from", "last_seen"]].isna().all(axis=1).sum()),
        **{f"share_{name}": int((basis == name).sum()) for name in _BASES},
    }


def _age(as_of: str, begun: str | None) -> int | None:
    return None if begun is None or pd.isna(begun) else (date.fromisoformat(as_of) - date.fromisoformat(begun)).days

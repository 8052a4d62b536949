"""Tiers of a day, with names: who stands how far behind a brand, and what of its inputs ends or goes on where."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from graph_core.exposure.table import ExposureTable
from graph_core.exposure.traced import solve, traced_share
from graph_core.network import Floats, Ints, Marks, SupplyNetwork, totals
from graph_core.routes import party_column
from graph_core.tiers import HORIZON, Tiers, arriving, hops, tiers_of

#: Kinds of parties at which a map ends, in the order in which they are shown.
END_KINDS = ("site", "trader", "company", "placeholder")
Row = dict[str, Any]


def tier_profile(table: ExposureTable, brand: str, horizon: int = HORIZON) -> Row:
    """Tiers of a brand, as `tiertrace tiers --format json` prints them.

    Parameters
    ----------
    table : ExposureTable
        Figures of the day.
    brand : str
        Id of the brand.
    horizon : int
        Longest routes to follow, 1..62.

    Returns
    -------
    dict
        ``brand``, ``as_of``, ``horizon``; ``profile``: a row a tier, the brand's own 0 first, with ``tier``,
        ``parties`` (that have it, among others), ``at_least`` (others that have it only over a link that hides
        traders: they are there or further away), and of both ``nearest`` (whose least tier it is) and ``flagged``;
        ``share`` of the brand's inputs that arrives there, and of it what came over ``hidden`` traders, over
        ``documented`` links alone, ``ends`` there, is ``unmapped`` there, or is at parties whose coverage is
        ``unstated``; ``parties``: of every party upstream ``id``, ``name``, ``country``, ``kind``,
        ``class``, ``tier``, ``tier_is_minimum``, ``tiers``, ``tiers_at_least``, ``more`` (other tiers are possible)
        and ``ends`` (share of the brand's inputs for which the map ends there; null where it goes on);
        ``dead_ends``: of every kind of `END_KINDS` ``parties`` and ``share``; ``hidden``: ``links`` upstream that
        hide traders, and ``share`` of the brand's inputs that comes over one.

    Raises
    ------
    InputError
        The horizon is out of range.
    """
    return _Profile(table, brand, horizon).told()


class _Profile:
    """Everything of one brand that the parts of the profile share."""

    def __init__(self, table: ExposureTable, brand: str, horizon: int) -> None:
        self.table, self.brand, self.horizon = table, brand, horizon
        day = self.day = table.day
        # Links as stated: nodes for single goods have the inputs of their site once more.
        stated = np.arange(len(day.links))
        self.kept = day.kept[stated]
        self.indirect = day.indirect[stated]
        self.documented = day.documented[stated]
        self.ends = day.home[day.supplier[stated]], day.buyer[stated]
        self.share = day.share[stated]

    def network(self, kept: Marks) -> SupplyNetwork:
        """Parties and some of the links between them."""
        supplier, buyer = self.ends
        return SupplyNetwork(self.day.ids, supplier[kept], buyer[kept], self.share[kept], self.day.evidenced)

    def told(self) -> Row:
        head = {
            "brand": {"id": self.brand, "name": self.table.names.get(self.brand, self.brand)},
            "as_of": self.day.parameters.as_of,
            "horizon": self.horizon,
        }
        if self.brand not in self.table.number:
            nothing = {"links": 0, "share": 0.0}
            return {**head, "profile": [], "parties": [], "dead_ends": [], "hidden": nothing}
        network, direct = self.network(self.kept), self.network(self.kept & ~self.indirect)
        found, sure = (tiers_of(links, self.brand, self.horizon) for links in (network, direct))
        fewest, fewest_sure = hops(network, self.brand), hops(direct, self.brand)
        own = self.table.number[self.brand]
        upstream = np.flatnonzero(np.isfinite(fewest))
        upstream = upstream[upstream != own]
        ends, dead = self._ends(network)
        kinds = self._kinds(upstream)
        countries = party_column(self.table, "country")
        parties = [
            {
                "id": (party := network.ids[i]),
                "name": self.table.names.get(party, party),
                "country": countries.get(party),
                "kind": kind,
                "class": str(self.day.node_class[i]) or None,
                "tier": int(fewest[i]),
                "tier_is_minimum": bool(fewest[i] < fewest_sure[i]),
                "tiers": list(sure.of(party)),
                "tiers_at_least": sorted(set(found.of(party)) - set(sure.of(party))),
                "more": bool(found.more[i]),
                "ends": float(ends[i]) if dead[i] else None,
            }
            for i, kind in zip(upstream.tolist(), kinds, strict=True)
        ]
        return {
            **head,
            "profile": self._rows(network, found, sure),
            "parties": sorted(parties, key=lambda p: (p["tier"], p["name"], p["id"])),
            "dead_ends": _by_kind(parties),
            "hidden": self._hidden(direct, np.isfinite(fewest)),
        }

    def _rows(self, network: SupplyNetwork, found: Tiers, sure: Tiers) -> list[Row]:
        flagged, least = self.day.evidenced > 0, found.least
        buys = np.zeros(len(network), dtype=np.bool_)
        buys[self.ends[1][self.kept]] = True
        unstated = buys & ~self.day.is_stated
        unmapped, (_, dead) = self._unmapped(), self._ends(network)
        documented = self.network(self.kept & self.documented)
        fronts = (arriving(links, self.brand, self.horizon) for links in (network, sure.network, documented))
        rows = []
        for tier, (front, open_front, named) in enumerate(zip(*fronts, strict=True)):
            has, certain = found.has(tier), sure.has(tier)
            if not has.any() and not front.any():
                break
            rows.append(
                {
                    "tier": tier,
                    "parties": int(certain.sum()),
                    "at_least": int((has & ~certain).sum()),
                    "nearest": int((least == tier).sum()),
                    "flagged": int((has & flagged).sum()),
                    "share": float(front.sum()),
                    "hidden": max(0.0, float(front.sum() - open_front.sum())),
                    "documented": float(named.sum()),
                    "ends": float(front @ np.where(dead, 1 - unmapped, 0.0)),
                    "unmapped": float(front @ unmapped),
                    "unstated": float(front @ unstated),
                }
            )
        return rows

    def _unmapped(self) -> Floats:
        """Unmapped share of the inputs of every party, with what the filters took out."""
        return np.clip(self.day.gap + self.table.removed, 0.0, 1.0)

    def _ends(self, network: SupplyNetwork) -> tuple[Floats, Marks]:
        """Share of the brand's inputs for which the map ends at each party, and where it ends at all."""
        unmapped = self._unmapped()
        dead: Marks = (np.diff(network.inputs.indptr) == 0) & (unmapped < 1)
        ended = traced_share(network.with_strength(np.where(dead, 1 - unmapped, 0.0))).attribution(self.brand)
        ends = np.zeros(len(network))
        ends[[network.positions[party] for party in ended]] = list(ended.values())
        return ends, dead

    def _kinds(self, numbers: Ints) -> list[str]:
        """Which of `END_KINDS` each of some parties is."""
        graph = self.day.graph
        organizations, sites = graph["Organization"], graph["Facility"]
        kinds = dict.fromkeys(organizations["id"], "company")
        trade = organizations["roles"].map(lambda roles: "trader" in roles)
        kinds |= dict.fromkeys(organizations.loc[trade, "id"], "trader")
        kinds |= dict.fromkeys(sites["id"], "site")
        for parties in (organizations, sites):
            kinds |= dict.fromkeys(parties.loc[parties["placeholder"].fillna(False), "id"], "placeholder")
        return [kinds.get(self.day.ids[i], "placeholder") for i in numbers]

    def _hidden(self, direct: SupplyNetwork, upstream: Marks) -> Row:
        """Links upstream that hide traders, and the share of the brand's inputs that comes over at least one."""
        hides = self.kept & self.indirect
        supplier, buyer = self.ends
        constant = totals(buyer[hides], self.share[hides], len(direct))
        over = solve(direct, constant, np.ones(len(direct)))
        pairs = np.column_stack([supplier, buyer])[hides & upstream[buyer]]
        return {"links": len(np.unique(pairs, axis=0)), "share": float(over[self.table.number[self.brand]])}


def _by_kind(parties: list[Row]) -> list[Row]:
    frame = pd.DataFrame([p for p in parties if p["ends"] is not None], columns=["kind", "ends"])
    found = frame.groupby("kind")["ends"].agg(["size", "sum"]).reindex(END_KINDS, fill_value=0)
    return [
        {"kind": kind, "parties": int(count), "share": float(share)}
        for kind, count, share in zip(END_KINDS, found["size"], found["sum"], strict=True)
        if count
    ]

"""Tiers of a day, with names: who stands how far behind a brand, and what of its inputs ends or goes on where."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from graph_core.exposure.table import ExposureTable
from graph_core.exposure.traced import solve, traced_share
from graph_core.graph import among
from graph_core.graph import rows as rows_of
from graph_core.network import Floats, Marks, SupplyNetwork, reached_from, totals
from graph_core.tiers import HORIZON, arriving, disclosed, fewest_links, tiers_of

#: Kinds of parties at which a map ends, in the order in which they are shown.
END_KINDS = ("site", "trader", "company", "placeholder")
Row = dict[str, Any]


def tier_profile(table: ExposureTable, brand: str, horizon: int = HORIZON, *, each: bool = True) -> Row:
    """Tiers of a brand, as `tiertrace tiers --format json` prints them.

    Parameters
    ----------
    table : ExposureTable
        Figures of the day.
    brand : str
        Id of the brand.
    horizon : int
        Longest routes to follow, 1..62.
    each : bool
        Whether to tell of every party too; without, ``parties`` and ``dead_ends`` are left out, and 30,000 parties take
        a tenth of the time.

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
    head = {
        "brand": {"id": brand, "name": table.names.get(brand, brand)},
        "as_of": table.day.parameters.as_of,
        "horizon": horizon,
    }
    if brand not in table.number:
        return {**head, "profile": [], "parties": [], "dead_ends": [], "hidden": {"links": 0, "share": 0.0}}
    behind = _Behind(table, brand, horizon)
    found = {**head, "profile": behind.profile()}
    if each:
        parties = behind.parties()
        found |= {"parties": parties, "dead_ends": _by_kind(parties)}
    return {**found, "hidden": behind.hidden()}


class _Behind:
    """All parties behind a brand, the brand included, and the links between them: nothing else is looked at."""

    def __init__(self, table: ExposureTable, brand: str, horizon: int) -> None:
        day = table.day
        self.table, self.brand, self.horizon = table, brand, horizon
        self.numbers = np.unique(day.home[reached_from(disclosed(day.network), [table.number[brand]])])
        self.ids = [day.ids[i] for i in self.numbers]
        place = np.full(len(day.ids), -1)
        place[self.numbers] = np.arange(len(self.numbers))
        # Links as stated: nodes for single goods have the inputs of their site once more.
        links = np.flatnonzero(day.kept[: len(day.links)] & (place[day.buyer[: len(day.links)]] >= 0))
        self.ends = place[day.home[day.supplier[links]]], place[day.buyer[links]]
        self.share = day.share[links]
        self.indirect, self.documented = day.indirect[links], day.documented[links]
        self.flagged = day.evidenced[self.numbers] > 0
        #: Unmapped share of the inputs of every party, with what the filters took out.
        self.unmapped: Floats = np.clip(day.gap + table.removed, 0.0, 1.0)[self.numbers]
        self.network = self._network(np.ones(len(links), dtype=np.bool_))
        self.direct = self._network(~self.indirect)
        #: Parties at which the map ends: no supplier, and not all unmapped.
        self.dead: Marks = (np.diff(self.network.inputs.indptr) == 0) & (self.unmapped < 1)
        self.found, self.sure = (tiers_of(network, brand, horizon) for network in (self.network, self.direct))

    def _network(self, kept: Marks) -> SupplyNetwork:
        supplier, buyer = self.ends
        flags = self.table.day.evidenced[self.numbers]
        return SupplyNetwork(self.ids, supplier[kept], buyer[kept], self.share[kept], flags)

    def parties(self) -> list[Row]:
        """A row for every party but the brand, by tier, then by name."""
        least, surely = (fewest_links(links, self.brand) for links in (self.network, self.direct))
        ended = traced_share(self.network.with_strength(np.where(self.dead, 1 - self.unmapped, 0.0)))
        ends = ended.attribution(self.brand)
        facts = self._facts()
        classes = self.table.day.node_class[self.numbers]
        rows = [
            {
                "id": party,
                "name": self.table.names.get(party, party),
                **facts.get(party, {"country": None, "kind": "placeholder"}),
                "class": str(classes[i]) or None,
                "tier": int(least[i]),
                "tier_is_minimum": bool(least[i] < surely[i]),
                "tiers": list(self.sure.of(party)),
                "tiers_at_least": sorted(set(self.found.of(party)) - set(self.sure.of(party))),
                "more": bool(self.found.more[i]),
                "ends": ends.get(party, 0.0) if self.dead[i] else None,
            }
            for i, party in enumerate(self.ids)
            if party != self.brand
        ]
        return sorted(rows, key=lambda row: (row["tier"], row["name"], row["id"]))

    def _facts(self) -> dict[str, Row]:
        """Country and kind (of `END_KINDS`) of the parties that are known as one."""
        graph = self.table.day.graph
        tables = [graph["Organization"].assign(site=False), graph["Facility"].assign(site=True)]
        known = [rows[among(rows["id"], pd.Index(self.ids))] for rows in tables]
        parties = pd.concat([rows[["id", "country", "placeholder", "site"]] for rows in known], ignore_index=True)
        trades = [*known[0]["roles"].map(lambda roles: "trader" in roles), *[False] * len(known[1])]
        kind = np.where(parties["site"], "site", np.where(trades, "trader", "company"))
        kind = np.where(parties["placeholder"].fillna(False), "placeholder", kind)
        facts = parties[["id", "country"]].assign(kind=kind)
        return {row["id"]: {"country": row["country"], "kind": row["kind"]} for row in rows_of(facts)}

    def profile(self) -> list[Row]:
        """A row a tier, from the brand's own on, until nobody has it and nothing arrives."""
        buys = np.zeros(len(self.network), dtype=np.bool_)
        buys[self.ends[1]] = True
        unstated = buys & ~self.table.day.is_stated[self.numbers]
        networks = self.network, self.direct, self._network(self.documented)
        fronts = (arriving(links, self.brand, self.horizon) for links in networks)
        rows = []
        for tier, (front, unhidden, documented) in enumerate(zip(*fronts, strict=True)):
            has, certain = self.found.has(tier), self.sure.has(tier)
            if not has.any() and not front.any():
                break
            rows.append(
                {
                    "tier": tier,
                    "parties": int(certain.sum()),
                    "at_least": int((has & ~certain).sum()),
                    "nearest": int((self.found.least == tier).sum()),
                    "flagged": int((has & self.flagged).sum()),
                    "share": float(front.sum()),
                    "hidden": max(0.0, float(front.sum() - unhidden.sum())),
                    "documented": float(documented.sum()),
                    "ends": float(front @ np.where(self.dead, 1 - self.unmapped, 0.0)),
                    "unmapped": float(front @ self.unmapped),
                    "unstated": float(front @ unstated),
                }
            )
        return rows

    def hidden(self) -> Row:
        """Links that hide traders, and the share of the brand's inputs that comes over at least one."""
        supplier, buyer = (ends[self.indirect] for ends in self.ends)
        first = totals(buyer, self.share[self.indirect], len(self.network))
        over = solve(self.direct, first, np.ones(len(self.direct)))
        pairs = np.unique(np.column_stack([supplier, buyer]), axis=0)
        return {"links": len(pairs), "share": float(over[self.direct.number(self.brand)])}


def _by_kind(parties: list[Row]) -> list[Row]:
    frame = pd.DataFrame([p for p in parties if p["ends"] is not None], columns=["kind", "ends"])
    found = frame.groupby("kind")["ends"].agg(["size", "sum"]).reindex(END_KINDS, fill_value=0)
    return [
        {"kind": kind, "parties": int(count), "share": float(share)}
        for kind, count, share in zip(END_KINDS, found["size"], found["sum"], strict=True)
        if count
    ]

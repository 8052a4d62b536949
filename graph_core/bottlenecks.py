"""Chokepoints of a day, with names: for each finding, good or region, which parties no route to a brand avoids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from graph_core.chokepoints import Cut, Dominators, dominators, engagement_costs, minimum_cut
from graph_core.commodities import commodity_ids
from graph_core.countries import country_names
from graph_core.errors import InputError, NotFoundError
from graph_core.exposure.table import ExposureTable
from graph_core.exposure.traced import solve
from graph_core.flags import EVIDENCED, party_countries, party_goods
from graph_core.network import Floats, Ints, Marks, SupplyNetwork, reached_from, totals
from graph_core.resolve.regions import in_region, known_regions

#: By what flags are put together.
KINDS = ("finding", "good", "region", "all")
_UNKNOWN = {"good": "good not stated", "region": "country not stated"}
Row = dict[str, Any]


@dataclass(frozen=True)
class _Group:
    """Flags that are looked at together.

    Attributes
    ----------
    id, name
        Finding, good or region; no id where it is not known.
    nodes : array of int
        Nodes that carry the flags.
    begins : array of int
        Links of the day's network by which routes begin.
    whole : bool
        Whether those are all links that leave the nodes.
    """

    id: str | None
    name: str
    nodes: Ints
    begins: Ints
    whole: bool


def chokepoint_rows(
    table: ExposureTable,
    brands: Sequence[str],
    by: str = "finding",
    *,
    cut: bool = False,
    costs: Mapping[str, float] | None = None,
    engage_sites: bool = True,
) -> list[Row]:
    """Chokepoints of brands, as `tiertrace chokepoints --format json` prints them.

    Parameters
    ----------
    table : ExposureTable
        Figures of the day.
    brands : sequence of str
        Ids of brands.
    by : str
        ``finding``, ``good`` (that the flagged sites deliver), ``region`` (country of the flagged sites, and regions
        that lists name) or ``all`` flags at once.
    cut : bool
        Whether the cheapest set of parties on all routes is looked for too.
    costs : mapping of str to float, optional
        Cost of engaging a party by id; of others `graph_core.chokepoints.engagement_costs`.
    engage_sites : bool
        Whether flagged sites may be in that set.

    Returns
    -------
    list of dict
        One row for each brand and group of flags with a known route to it, in the order of the brands, then by falling
        exposure. Keys: ``brand``, ``as_of``, ``by``, ``group`` (id and name), ``flagged_sites`` (with a route),
        ``exposure`` (share of the brand's inputs that is traced to their flags, all of it through each chokepoint),
        ``chokepoints`` from the sites to the brand, with ``flagged_site`` and ``brands`` (how many have it for the
        group), ``hidden_traders`` (a link on a route is indirect), ``cut`` (null where not asked for).

    Raises
    ------
    InputError
        ``by`` is none of `KINDS`, or a cost is not a number greater than 0.
    NotFoundError
        A cost is for an id that no party has.
    """
    if by not in KINDS:
        raise InputError(f"by is {by!r}; it is one of {', '.join(KINDS)}")
    view = _View(table, dict(costs or {}))
    found = []
    for group in view.groups(by):
        routes = _Routes(view, group)
        found += [
            {"brand": view.named(brand), "as_of": table.day.parameters.as_of, "by": by, **row}
            for brand in brands
            if (row := routes.row(brand, cut=cut, engage_sites=engage_sites)) is not None
        ]
    order = {brand: place for place, brand in enumerate(brands)}
    return sorted(found, key=lambda r: (order[r["brand"]["id"]], -r["exposure"], r["group"]["name"]))


class _View:
    """What all groups of a day share."""

    def __init__(self, table: ExposureTable, costs: dict[str, float]) -> None:
        self.table = table
        self.day = table.day
        self.countries = table.countries
        self.stated = {table.day.graph.merged.get(party, party): cost for party, cost in costs.items()}
        for party, cost in self.stated.items():
            if party not in table.names and party not in table.number:
                raise NotFoundError(f"a cost is given for {party!r}, which no party has as its id")
            if not 0 < cost < np.inf:
                raise InputError(f"the cost of {party!r} is {cost:g}; it has to be a number greater than 0")
        organizations = self.day.graph["Organization"]
        chosen = organizations.loc[organizations["brand"].fillna(False), "id"]
        self.brands = [brand for brand in chosen if brand in table.number]
        self.links = np.flatnonzero(self.day.kept)
        self._upstream: dict[str, Marks] = {}

    def named(self, party: str) -> Row:
        return {"id": party, "name": self.table.names.get(party, party)}

    def described(self, party: str) -> Row:
        node = str(self.day.node_class[self.table.number[party]])
        return {**self.named(party), "country": self.countries.get(party), "class": node or None}

    def upstream(self, brand: str) -> Marks:
        """Nodes with a route to a brand, the brand included."""
        if brand not in self._upstream:
            self._upstream[brand] = reached_from(self.day.network.inputs, [self.table.number[brand]])
        return self._upstream[brand]

    @cached_property
    def undivided(self) -> bool:
        """Whether no site has nodes for single goods."""
        return bool((self.day.home == np.arange(len(self.day.home))).all())

    @cached_property
    def indirect(self) -> Ints:
        """Links of the day's network that hide traders."""
        return np.flatnonzero(self.day.indirect[self.links])

    @cached_property
    def parties(self) -> SupplyNetwork:
        """The network in which a site is one node, whatever goods are traced apart."""
        network, home = self.day.network, self.day.home
        return SupplyNetwork(network.ids, home[network.supplier], home[network.buyer], network.share, network.strength)

    def costs(self, brand: str) -> Floats:
        costs = engagement_costs(self.parties, brand)
        for party, cost in self.stated.items():
            if party in self.table.number:
                costs[self.table.number[party]] = cost
        return costs

    # --- groups ------------------------------------------------------------------------------------------------

    def groups(self, by: str) -> Iterator[_Group]:
        """Evidenced flags that count, put together."""
        counted = self.day.counted
        placed = self.day.placed(counted[counted["class"].isin(EVIDENCED)])
        keyed = getattr(self, f"_by_{by}")(placed)
        for key, rows in keyed.groupby("key", sort=True):
            nodes = np.unique(rows["number"].to_numpy(dtype=np.int64))
            leaves = np.flatnonzero(_marked(nodes, len(self.day.ids))[self.day.network.supplier])
            begins = leaves[self._delivers(str(key), leaves)] if by == "good" and key else leaves
            yield _Group(key or None, rows["name"].iloc[0], nodes, begins, len(begins) == len(leaves))

    def _by_all(self, placed: pd.DataFrame) -> pd.DataFrame:
        return placed.assign(key="", name="all flags")

    def _by_finding(self, placed: pd.DataFrame) -> pd.DataFrame:
        findings = self.day.graph["Finding"]
        titles = dict(zip(findings["id"], findings["source_title"].fillna(findings["id"]), strict=True))
        return placed.assign(key=placed["finding"], name=placed["finding"].map(titles))

    def _by_good(self, placed: pd.DataFrame) -> pd.DataFrame:
        """The good of the node, else the one that the finding is limited to, else all that the party delivers."""
        about = placed["good"].fillna(placed["commodity"])
        made = party_goods(self.day.graph, self.day.links).rename(columns={"commodity": "makes"})
        rows = placed.assign(about=about).merge(made, on="node", how="left")
        rows["key"] = rows["about"].fillna(rows["makes"]).fillna("")
        return rows.assign(name=rows["key"].replace("", _UNKNOWN["good"])).drop_duplicates(["number", "key"])

    def _by_region(self, placed: pd.DataFrame) -> pd.DataFrame:
        names = country_names()
        rows = placed.merge(party_countries(self.day.graph), on="node", how="left")
        rows["key"] = rows["country"].fillna("")
        rows["name"] = rows["key"].map(lambda code: names.get(code, code) or _UNKNOWN["region"])
        address = rows["node"].map(self.table.day.graph.of_parties("address"))
        parts = [rows]
        for region, country in known_regions():
            there = rows[(rows["key"] == country) & in_region(address, region, country)]
            parts.append(there.assign(key=f"{country}/{region}", name=f"{region} ({names.get(country, country)})"))
        return pd.concat(parts, ignore_index=True)

    def _delivers(self, good: str, links: Ints) -> Marks:
        """Which of some links are of a good, or do not state theirs."""
        products = self.day.links["product"].iloc[self.day.row[self.links[links]]]
        cells = {cell for cell in products.dropna().unique() if good in commodity_ids(cell)}
        delivers: Marks = (products.isna() | products.isin(cells)).to_numpy()
        return delivers


def _marked(numbers: Ints, size: int) -> Marks:
    marks = np.zeros(size, dtype=np.bool_)
    marks[numbers] = True
    return marks


class _Routes:
    """All known routes from the flags of one group."""

    def __init__(self, view: _View, group: _Group) -> None:
        self.view, self.group = view, group
        network = view.day.network
        self.begins = group.begins[network.share[group.begins] > 0]
        self.sites = {network.ids[i] for i in np.unique(view.day.home[network.supplier[self.begins]])}

    @cached_property
    def live(self) -> Marks:
        """Links on a route: those by which one begins, and those behind them."""
        network = self.view.day.network
        onward = reached_from(network.outputs, np.unique(network.buyer[self.begins]))
        live: Marks = onward[network.supplier] & (network.share > 0)
        live[self.begins] = True
        return live

    @cached_property
    def parties(self) -> SupplyNetwork:
        """The network in which a site is one node, as far as routes from the flags need it.

        A node for one good of a flagged site is on a route only where an input from another one leads to it; so links
        that are not live are left out before its nodes become one.
        """
        network, home = self.view.day.network, self.view.day.home
        if self.group.whole and self.view.undivided:
            return network
        ends = home[network.supplier[self.live]], home[network.buyer[self.live]]
        return SupplyNetwork(network.ids, *ends, network.share[self.live], network.strength)

    def row(self, brand: str, *, cut: bool, engage_sites: bool) -> Row | None:
        """What there is to say of one brand; None where no route is known."""
        if brand not in self.view.table.number:
            return None
        view, network = self.view, self.view.day.network
        upstream = view.upstream(brand)
        leading = self.begins[upstream[network.buyer[self.begins]]]
        chain = self._chain(brand) if len(leading) else None
        if chain is None:
            return None
        own = view.table.number[brand]
        sites = np.unique(view.day.home[network.supplier[leading]])
        indirect = view.indirect[upstream[network.buyer[view.indirect]]]
        found = None
        if cut:
            costs = view.costs(brand)
            found = self._told(minimum_cut(self.parties, self.sites, brand, costs, engage_sites=engage_sites))
        return {
            "group": {"id": self.group.id, "name": self.group.name},
            "flagged_sites": int((sites != own).sum()),
            "exposure": float(self.exposure[own]),
            "chokepoints": [
                {**view.described(party), "flagged_site": party in self.sites, "brands": self.brands.get(party, 0)}
                for party in chain
            ],
            "hidden_traders": bool(len(indirect) and self.live[indirect].any()),
            "cut": found,
        }

    def _told(self, cut: Cut) -> Row:
        stated = self.view.stated
        return {
            "cost": cut.cost,
            "parties": [
                {
                    **self.view.described(party),
                    "flagged_site": party in self.sites,
                    "cost": cost,
                    "cost_basis": "stated" if party in stated else "known_buyers",
                }
                for party, cost in cut.parties.items()
            ],
            "direct": [self.view.named(site) for site in cut.direct],
        }

    @cached_property
    def found(self) -> Dominators:
        return dominators(self.parties, self.sites)

    def _chain(self, brand: str) -> tuple[str, ...] | None:
        """Parties on every route to a brand, None without a route; the brand's own flag is no route."""
        found = dominators(self.parties, self.sites - {brand}) if brand in self.sites else self.found
        return found.chain(brand) if found.reaches(brand) else None

    @cached_property
    def brands(self) -> dict[str, int]:
        """How many brands have each party on all of their routes."""
        counted: dict[str, int] = {}
        for brand in self.view.brands:
            for party in self._chain(brand) or ():
                counted[party] = counted.get(party, 0) + 1
        return counted

    @cached_property
    def exposure(self) -> Floats:
        """Share of the inputs of every node that is traced to the flags of the group, over its own first links."""
        network = self.view.day.network
        strength = np.where(_marked(self.group.nodes, len(network)), network.strength, 0.0)
        begins = self.begins
        taken = totals(network.buyer[begins], network.share[begins] * strength[network.supplier[begins]], len(network))
        absorbed = 1 - network.strength
        return solve(network, absorbed * taken, absorbed)

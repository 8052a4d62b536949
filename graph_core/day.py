"""One day of the graph as readers use it: exposures, paths, flows, neighbourhoods and parties."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from typing import Any

import pandas as pd

from graph_core.attribution import attribution
from graph_core.bottlenecks import chokepoint_rows
from graph_core.change_days import Course
from graph_core.day_network import DayNetwork, Parameters
from graph_core.engagements import Engagements, cheapest, falls, nodes_of
from graph_core.errors import InputError, NotFoundError
from graph_core.exposure.changes import changed_brands
from graph_core.exposure.table import BAR, Exposure, ExposureTable
from graph_core.flags import waiting
from graph_core.graph import Graph, rows
from graph_core.heat import heat
from graph_core.leverage import Deliveries
from graph_core.neighbourhood import BUDGET, Around, Expansion, Neighbourhood, neighbourhood
from graph_core.party import party
from graph_core.places_shown import places
from graph_core.reach import Reach
from graph_core.reasons import reasons
from graph_core.routes import cycle_rows, flows, path_rows
from graph_core.scenario import Scenario
from graph_core.supposed import SupposedTable, side_by_side, stated_links
from graph_core.tier_profile import tier_profile
from graph_core.tiers import HORIZON

__all__ = ["Day", "Parameters"]

#: Parties whose surroundings are kept with a day.
_KEEP_AROUND = 8
#: Days as they would be that are kept.
_KEEP_SUPPOSED = 8


class Day:
    """What can be read of a graph as of a day.

    Parameters
    ----------
    graph : Graph
        What is believed.
    parameters : Parameters
        Day and filters.
    network : DayNetwork, optional
        Of the same graph and parameters, where it is known already.
    """

    def __init__(self, graph: Graph, parameters: Parameters, network: DayNetwork | None = None) -> None:
        self.graph = graph
        self.parameters = parameters
        self._network = network
        self._supposed: dict[Scenario, SupposedDay] = {}
        self._lock = threading.RLock()

    @property
    def table(self) -> ExposureTable:
        """The figures, computed on first use; once, however many ask at the same time."""
        with self._lock:
            return self._table

    @cached_property
    def _table(self) -> ExposureTable:
        return ExposureTable(self._network or DayNetwork(self.graph, self.parameters))

    @property
    def fictional(self) -> bool:
        """Whether a source says that what it holds is invented, as the sample does."""
        return self.graph.fictional

    @cached_property
    def brands(self) -> list[dict[str, str]]:
        """All brands, id and name, by name."""
        organizations = self.graph["Organization"]
        return rows(organizations[organizations["brand"].fillna(False)].sort_values(["name", "id"])[["id", "name"]])

    def find_brand(self, text: str) -> str:
        """Id of the brand with this id or name, upper and lower case alike.

        Raises
        ------
        NotFoundError
            No brand has it; the nearest names are suggested.
        InputError
            Several brands have the name.
        """
        if any(brand["id"] == self.graph.merged.get(text, text) for brand in self.brands):
            return self.graph.merged.get(text, text)
        folded = text.casefold().strip()
        found = [b["id"] for b in self.brands if folded in (b["name"].casefold(), b["id"].casefold())]
        if len(found) > 1:
            raise InputError(f"{len(found)} brands are called {text!r}; name one by its id: {', '.join(found)}")
        if found:
            return found[0]
        names = {brand["name"].casefold(): brand["name"] for brand in self.brands}
        near = [names[name] for name in difflib.get_close_matches(folded, names, n=3, cutoff=0.5)]
        hint = f"; did you mean {', '.join(near)}?" if near else "; `tiertrace exposure` lists all brands"
        raise NotFoundError(f"no brand has the id or name {text!r}{hint}")

    @cached_property
    def documented(self) -> Day:
        """The same day over documented links alone; the day itself where no link is inferred."""
        return self if self._all_documented else self.over_documented()

    @property
    def _all_documented(self) -> bool:
        day = self.table.day
        return self.parameters.documented_only or bool(day.documented[day.kept].all())

    def over_documented(self) -> Day:
        """The same over documented links alone."""
        alone = self.table.day.over_documented()
        return Day(self.graph, alone.parameters, alone)

    def exposures(self, brands: Sequence[str] | None = None) -> list[Exposure]:
        """Figures of the brands with these ids, of all by default; shape as in `exposure --format json`.

        The key ``documented`` holds score, bounds and composition over documented links alone: what every view draws
        as the bar, with the score of all links in a lane below.
        """
        found = self.table.exposures(brands)
        if self.documented is self:
            return [{**row, "documented": {key: row[key] for key in BAR}} for row in found]
        return [{**row, "documented": self.documented.table.composed(row["brand"]["id"])} for row in found]

    @cached_property
    def waiting(self) -> tuple[int, int]:
        """What waits and could change a figure of the day, each match counted once.

        Returns
        -------
        reviews : int
            Matches that wait for a person's judgement.
        data : int
            Accepted ones whose finding waits for a country or good to become known.
        """
        return waiting(self.table.day.flags)

    def paths(
        self,
        brand: str,
        top: int = 10,
        *,
        through: str | None = None,
        avoiding: Sequence[str] = (),
        max_hops: int | None = None,
    ) -> list[dict[str, Any]]:
        """Best exposure paths of a brand; shape as in `paths --format json`.

        Parameters
        ----------
        brand : str
            Id of the brand.
        top : int
            How many, at least 1.
        through : str, optional
            Id of a party that has to be on them.
        avoiding : sequence of str
            Ids of parties that must not be on them.
        max_hops : int, optional
            Most links of a path, at least 1.

        Raises
        ------
        NotFoundError
            A party to go through or to avoid is not known.
        InputError
            ``top`` or ``max_hops`` is below 1, or a party is both to be met and to be avoided.
        """
        through = None if through is None else self._known(through)
        avoiding = [self._known(one) for one in avoiding]
        return path_rows(self.table, brand, top, through=through, avoiding=avoiding, max_hops=max_hops)

    def attribution(self, brand: str, by: str = "site") -> list[dict[str, Any]]:
        """What contributes to a brand's score, by a kind of `graph_core.attribution.KINDS`."""
        return attribution(self.table, brand, by)

    def heat(self, brand: str, of: str = "supplier") -> list[dict[str, Any]]:
        """A brand's inputs by good and country, of its suppliers or of the flagged sites, see `graph_core.heat`."""
        return heat(self.table, brand, of)

    def course(self, brand: str) -> Course:
        """A brand's figure over time, by the same filters."""
        return Course(self.graph, self.parameters, brand)

    def reasons(self, brand: str) -> dict[str, Any]:
        """What a brand's figure rests on, see `graph_core.reasons.reasons`; `graph_core.viz.sentences` tells it."""
        return reasons(self.table, self.exposures([brand])[0])

    def cycles(self, brand: str) -> list[dict[str, Any]]:
        """Cycles upstream of a brand and what of its score runs through them, see `graph_core.routes.cycle_rows`."""
        return cycle_rows(self.table, brand)

    def _known(self, party_id: str) -> str:
        """Id of a party as it is believed to be."""
        identity = self.graph.merged.get(party_id, party_id)
        if identity not in self.table.names:
            raise NotFoundError(f"no organization or facility has the id {party_id!r}")
        return identity

    def flows(self, brand: str, limit: int = 60) -> pd.DataFrame:
        """Exposure over each link on the way to a brand, see `graph_core.routes.flows`."""
        return flows(self.table, brand, limit)

    def chokepoints(
        self,
        brand: str | None = None,
        by: str = "finding",
        *,
        cut: bool = False,
        costs: Mapping[str, float] | None = None,
        engage_sites: bool = True,
    ) -> list[dict[str, Any]]:
        """Parties on every known route from the flags of a finding, good or region to a brand, or to all brands.

        With `cut` also the cheapest set of parties that stands on every route. Shape as in
        `chokepoints --format json`, see `graph_core.bottlenecks.chokepoint_rows`.
        """
        brands = [one["id"] for one in self.brands] if brand is None else [brand]
        return chokepoint_rows(self.table, brands, by, cut=cut, costs=costs, engage_sites=engage_sites)

    def tiers(self, brand: str, horizon: int = HORIZON, *, each: bool = True) -> dict[str, Any]:
        """Tiers behind a brand, with every party or without; shape as in `tiers --format json`."""
        return tier_profile(self.table, brand, horizon, each=each)

    def around(self, centre: str, *, with_buyers: bool = False) -> Around:
        """All that is up of a party, and down of it where that is asked for; the last few are kept."""
        return self._around(self.graph.merged.get(centre, centre), with_buyers)

    @cached_property
    def _around(self) -> Callable[[str, bool], Around]:
        return lru_cache(maxsize=_KEEP_AROUND)(partial(Around, self.table))

    def neighbourhood(
        self,
        centre: str,
        budget: int = BUDGET,
        expanded: Sequence[Expansion] = (),
        kept: Sequence[str] = (),
        *,
        with_buyers: bool = False,
    ) -> Neighbourhood:
        """The part of the network around a party that can be shown, see `graph_core.neighbourhood.neighbourhood`."""
        merged = self.graph.merged
        kept = [merged.get(one, one) for one in kept]
        expanded = [replace(one, of=merged.get(one.of, one.of)) for one in expanded]
        return neighbourhood(self.around(centre, with_buyers=with_buyers), budget, expanded, kept)

    def party(self, party_id: str) -> dict[str, Any]:
        """All that is known of a site or company on the day."""
        return party(self.table, self.graph.merged.get(party_id, party_id))

    @cached_property
    def places(self) -> pd.DataFrame:
        """Where all sites are, as exactly as anybody said, with their flags; see `graph_core.places_shown.places`."""
        return places(self.table.day)

    def reach(self, party_id: str) -> Reach:
        """All brands that a site or company reaches, with what of their inputs runs through it."""
        return Reach(self.table, self._known(party_id), [brand["id"] for brand in self.brands])

    @cached_property
    def deliveries(self) -> Deliveries:
        """Deliveries of the day, followed from every party to the brands."""
        return Deliveries(self.table.day, [brand["id"] for brand in self.brands])

    def leverage(self, brand: str, top: int = 20) -> list[dict[str, Any]]:
        """Parties through which a brand's figure can be lowered most, and what the brand can ask of each.

        Parameters
        ----------
        brand : str
            Id of the brand.
        top : int
            How many parties, at least 1.

        Returns
        -------
        list of dict
            ``id``, ``name``, ``class`` and ``strength`` of its own flag (``None`` and 0 without one), ``leverage``:
            the fall of the score if it became clean with all that is traced through it, at least, and
            ``leverage_at_most``, which differ behind a cycle of thousands of parties only, ``deliveries``: part of its
            known deliveries that ends at the brand, at least, and ``deliveries_at_most``, or both ``None``, and
            ``reason``: why they are ``None``. All 0..1.

        Raises
        ------
        InputError
            ``top`` is below 1.
        """
        if top < 1:
            raise InputError(f"top is {top}; ask for at least 1 party")
        if brand not in self.table.number:
            return []
        network = self.table.day
        lowered = falls(network, self.table.traced, brand)
        found = dict(list(lowered.items())[:top])
        parts = self.deliveries.share(brand, found)
        return [
            {
                **self._own_flag(one),
                "leverage": fall,
                "leverage_at_most": fall + lowered.gap[one],
                "deliveries": parts[one][0] if one in parts else None,
                "deliveries_at_most": parts[one][1] if one in parts else None,
                "reason": None if one in parts else self.deliveries.of(one).reason,
            }
            for one, fall in found.items()
        ]

    def buyers(self, site: str, part: float) -> dict[str, Any]:
        """Who buys what a site delivers, across tiers: those with whom it can be asked together.

        Parameters
        ----------
        site : str
            Id of a site or company.
        part : float
            Part of its known deliveries that brands are to buy together, 0..1, more than 0.

        Returns
        -------
        dict
            ``site``, ``as_of``, what `graph_core.leverage.Buyers` says of it, its brands with id, name and ``share``,
            and ``together``: ``part``, the fewest ``brands`` that buy it (ids), their ``share``, and whether they do.

        Raises
        ------
        InputError
            ``part`` is out of range.
        """
        found = self.deliveries.of(site)
        few, names = found.together(part), self.table.names
        return {
            "site": {"id": site, "name": names.get(site, site)},
            "as_of": self.parameters.as_of,
            "links": found.links,
            "with_figures": found.with_figures,
            "reason": found.reason,
            "reached": [{"id": one, "name": names.get(one, one)} for one in found.reached],
            "brands": [{"id": one, "name": names.get(one, one), "share": share} for one, share in found.brands.items()],
            "untold": found.untold,
            "elsewhere": found.elsewhere,
            "together": {
                "part": part,
                "brands": few,
                "share": sum(found.brands[one] for one in few) if few else None,
                "reached": bool(few),
            },
        }

    def _own_flag(self, identity: str) -> dict[str, Any]:
        """A party of the network with the strongest flag of its nodes."""
        network = self.table.day
        flagged = max(
            (self.table.number[node] for node in nodes_of(network, identity)),
            key=lambda number: float(network.evidenced[number]),
        )
        return {
            "id": identity,
            "name": self.table.names.get(identity, identity),
            "class": str(network.node_class[flagged]) or None,
            "strength": float(network.evidenced[flagged]),
        }

    def engagements(self, brand: str, threshold: float, costs: Mapping[str, float]) -> Engagements:
        """The parties to engage with so that a brand's score comes to a threshold; those without a cost cost 1."""
        if brand not in self.table.number:
            raise NotFoundError(f"{brand!r} has no link on {self.parameters.as_of}: nothing is traced to it")
        return cheapest(self.table.day, self.table.traced, brand, threshold, lambda party: costs.get(party, 1.0))

    def supposing(self, scenario: Scenario) -> SupposedDay:
        """The day as it would be; the last few are kept with their figures."""
        found = self._supposed.pop(scenario, None) or SupposedDay(self, scenario)
        self._supposed[scenario] = found
        while len(self._supposed) > _KEEP_SUPPOSED:
            self._supposed.pop(next(iter(self._supposed)), None)
        return found

    def upstream(self, brand: str) -> pd.DataFrame:
        """Links behind a brand that a scenario can change, see `graph_core.supposed.stated_links`."""
        return stated_links(self.table.day, brand)

    def what_if(self, brand: str, scenario: Scenario) -> dict[str, Any]:
        """What a scenario changes, for a brand and for all others.

        Returns
        -------
        dict
            ``scenario`` (name and changes as plain values), ``before``, ``after`` and ``difference`` of the brand
            (`graph_core.supposed.side_by_side`), ``changed``: all brands whose figures change
            (`graph_core.exposure.changes.changed_brands`), ``warning``: what has to stand beside it, or ``None``,
            ``run``: what identifies the figures.

        Raises
        ------
        NotFoundError, InputError
            The scenario cannot be applied to this day.
        """
        after = self.supposing(scenario)
        rows = [day.table.exposure(brand) for day in (self, after)]
        return {
            "brand": rows[0]["brand"],
            "as_of": self.parameters.as_of,
            "scenario": {"name": scenario.name or None, "changes": scenario.plain()},
            **side_by_side(*rows),
            "changed": changed_brands(self.table, after.table),
            "warning": scenario.warning,
            "run": rows[1]["run"],
        }


class SupposedDay(Day):
    """A day of the graph as it would be in a scenario, with all that can be read of a day.

    Parameters
    ----------
    before : Day
        The day as it is.
    scenario : Scenario
        What is different.
    """

    def __init__(self, before: Day, scenario: Scenario) -> None:
        super().__init__(before.graph, before.parameters)
        self.before, self.scenario = before, scenario

    @cached_property
    def _table(self) -> ExposureTable:
        return SupposedTable(self.before.table, self.scenario)

    def over_documented(self) -> Day:
        """The same over documented links alone, before and after."""
        before = self.before.documented
        return SupposedDay(before if before is not self.before else before.over_documented(), self.scenario)

"""A day as it would be: a scenario applied to the network of a day, and the figures that follow.

What a scenario takes out of a buyer's inputs becomes unmapped, as with a filter; what was unmapped before is fixed
before any change. Figures are solved again downstream of what changed, and are equal to a full computation.
"""

from __future__ import annotations

import difflib
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from graph_core.day_network import DayNetwork, with_sites_behind
from graph_core.errors import InputError, NotFoundError
from graph_core.exposure.incremental import solve_again
from graph_core.exposure.scores import Convergence
from graph_core.exposure.table import Exposure, ExposureTable, run_of
from graph_core.exposure.traced import TracedShare
from graph_core.flags import CLASSES, EVIDENCED, flags_on, strongest_class
from graph_core.graph import Graph, in_force
from graph_core.network import Floats, Ints, SupplyNetwork, reached_from, totals
from graph_core.scenario import Clean, Cover, Drop, Flag, Replace, Scenario, Verify
from graph_core.shares import SLACK, shares_of

#: Figures of a brand that are set side by side.
COMPARED = ("score", "lower", "upper", "unmapped", "coverage", "assumed_share", "documented_only")
Problem = tuple[Floats, Floats]


def known_party(graph: Graph, text: str) -> str:
    """Id of the organization or facility with this id, or with this name where one alone has it.

    Raises
    ------
    NotFoundError
        There is none; ids and names that are near are named.
    InputError
        Several have the name.
    """
    identity = graph.merged.get(text, text)
    if identity in graph.party_ids:
        return identity
    parties = pd.concat([graph[label][["id", "name"]] for label in ("Organization", "Facility")])
    folded = text.casefold().strip()
    called = sorted(parties.loc[parties["name"].str.casefold() == folded, "id"])
    if len(called) > 1:
        raise InputError(f"{len(called)} parties are called {text!r}; name one by its id: {', '.join(called[:10])}")
    if called:
        return str(called[0])
    words = {str(one).casefold(): f"{one} ({name})" for one, name in zip(parties["id"], parties["name"], strict=True)}
    words |= {str(name).casefold(): f"{one} ({name})" for one, name in zip(parties["id"], parties["name"], strict=True)}
    near = dict.fromkeys(words[match] for match in difflib.get_close_matches(folded, words, n=3, cutoff=0.6))
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    raise NotFoundError(f"no organization or facility has the id or name {text!r}{hint}")


def stated_links(day: DayNetwork, brand: str) -> pd.DataFrame:
    """Who is stated to deliver to whom behind a brand: the links that a scenario can change.

    Returns
    -------
    DataFrame
        ``supplier`` and ``buyer`` (ids), once each, and the ``share`` of the buyer's inputs, 0..1; those of the brand
        first, then by buyer, larger shares first.
    """
    own = np.flatnonzero(day.owner == brand)
    if not len(own):
        return pd.DataFrame({"supplier": [], "buyer": [], "share": []})
    reached = reached_from(day.network.inputs, own)
    rows = np.unique(day.row[day.kept & ~day.behind & reached[day.buyer]])
    links = day.links.iloc[rows][["start", "end"]].set_axis(["supplier", "buyer"], axis=1)
    summed = links.assign(share=day.shares.share[rows]).groupby(["supplier", "buyer"]).agg(share=("share", "sum"))
    found = summed.reset_index()
    order = np.lexsort((found["supplier"], -found["share"], found["buyer"], found["buyer"] != brand))
    return found.iloc[order].reset_index(drop=True)


class SupposedNetwork(DayNetwork):
    """The supply network of a day in which some things are different.

    Parameters
    ----------
    before : DayNetwork
        The day as it is, with its filters.
    scenario : Scenario
        What is different. A link that a filter leaves out can be changed like any other; a verified one counts as
        documented and sure.

    Raises
    ------
    NotFoundError
        An id that is not there, a party without a link on the day, a link that nobody states.
    InputError
        Shares of a buyer would sum to more than 1; a coverage that its stated shares contradict.
    """

    def __init__(self, before: DayNetwork, scenario: Scenario) -> None:
        self.before, self.scenario = before, scenario
        self.graph, self.parameters, self.flags = before.graph, before.parameters, before.flags
        self.links, self.shares, self.stated = before.links, before.shares, before.stated
        for cover in scenario.of("cover"):
            self._cover(cover)
        #: Shares of the links before the scenario touches a link; they fix what is unmapped from the start.
        self._given = self.shares.share
        self._ended = np.zeros(len(self.links), dtype=bool)
        for drop in scenario.of("drop"):
            self._ended |= self._between(drop)
        for verify in scenario.of("verify"):
            self._verify(verify)
        for verify in scenario.of("verify"):
            self._check_sum(self._party(verify.buyer))
        if scenario.of("replace"):
            self._replace(scenario.of("replace"))
        else:
            self.ids, self.owner, self.row = before.ids, before.owner, before.row
            self.supplier, self.buyer = before.supplier, before.buyer
            self.share, self.strengths = self.shares.share[self.row], dict(before.strengths)
        self._flag(scenario)

    # --- links -------------------------------------------------------------------------------------------------

    def _party(self, text: str) -> str:
        return known_party(self.graph, text)

    def _cover(self, change: Cover) -> None:
        buyer = self._party(change.buyer)
        rows = ((self.links["end"] == buyer) & ~self.links["behind"]).to_numpy(dtype=bool)
        if not rows.any():
            raise NotFoundError(f"{buyer!r} has no link on {self.parameters.as_of} that could cover its inputs")
        found = shares_of(self.links[rows], pd.Series({buyer: change.coverage}))
        if abs(found.coverage[buyer] - change.coverage) > SLACK:
            raise InputError(
                f"the links of {buyer!r} state their shares, {found.coverage[buyer]:g} together, and no other link "
                f"could fill a coverage of {change.coverage:g}; verify one of them instead"
            )
        self._set_shares(rows, found.share, found.basis)
        self.stated = pd.concat([self.stated.drop(buyer, errors="ignore"), found.coverage])
        self._state(buyer, change.coverage)

    def _verify(self, change: Verify) -> None:
        rows, buyer = self._between(change), self._party(change.buyer)
        held = self.shares.share[rows]
        parts = held / held.sum() if held.sum() > 0 else np.full(len(held), 1 / len(held))
        self._set_shares(rows, change.share * parts, np.full(len(held), "stated", dtype=object))
        self.links = self.links.assign(
            evidence=self.links["evidence"].mask(rows, "documented"),
            confidence=self.links["confidence"].mask(rows, 1.0),
        )
        own = (self.links["end"] == buyer).to_numpy(dtype=bool)
        if (self.shares.basis[own & ~self._ended] == "stated").all() and buyer not in self.shares.coverage:
            self._state(buyer, float(self._given[own].sum()))

    def _set_shares(self, rows: np.ndarray, share: Floats, basis: np.ndarray) -> None:
        shares, bases = self.shares.share.copy(), self.shares.basis.astype(object)
        shares[rows], bases[rows] = share, basis
        self.shares = replace(self.shares, share=shares, basis=bases)

    def _state(self, buyer: str, coverage: float) -> None:
        kept = self.shares.coverage.drop(buyer, errors="ignore")
        self.shares = replace(self.shares, coverage=pd.concat([kept, pd.Series({buyer: coverage})]))

    def _between(self, change: Drop | Verify) -> np.ndarray:
        """Which links lead from the one to the other."""
        supplier, buyer = self._party(change.supplier), self._party(change.buyer)
        bought = ((self.links["end"] == buyer) & ~self.links["behind"]).to_numpy(dtype=bool)
        rows: np.ndarray = bought & (self.links["start"] == supplier).to_numpy(dtype=bool)
        if rows.any():
            return rows
        suppliers = sorted(set(self.links.loc[bought, "start"]))
        near = difflib.get_close_matches(supplier, suppliers, n=3, cutoff=0.5)
        few = f": {', '.join(suppliers)}" if 0 < len(suppliers) <= 5 else ""
        hint = f"; did you mean {', '.join(near)}?" if near else f"; it has {len(suppliers)} suppliers that day{few}"
        raise NotFoundError(f"no source says that {supplier!r} delivers to {buyer!r} on {self.parameters.as_of}{hint}")

    def _check_sum(self, buyer: str) -> None:
        rows = (self.links["end"] == buyer).to_numpy(dtype=bool) & ~self._ended
        total = float(self.shares.share[rows].sum())
        if total > 1 + SLACK:
            raise InputError(
                f"with that the shares of {buyer!r} sum to {total:.6g}, more than 1; verify a smaller share of another "
                "supplier too, or drop one"
            )

    def _replace(self, changes: list[Replace]) -> None:
        """Give the links of some suppliers to others, and number the nodes anew: the others may be new to the day."""
        others = {self._party(change.supplier): self._party(change.by) for change in changes}
        stated = ~self.links["behind"].to_numpy(dtype=bool)
        named = self.links[stated].drop(columns="behind")
        by = named["start"].map(others)
        moved = by.notna() & (by != named["end"])
        for supplier in others:
            if not (moved & (named["start"] == supplier)).any():
                raise NotFoundError(f"{supplier!r} delivers nothing to others on {self.parameters.as_of}")
        named = named.assign(start=by.where(moved, named["start"]))
        # Who stated the old link says nothing about the new one.
        named["sources"] = [[] if new else old for new, old in zip(moved, named["sources"], strict=True)]
        self.links = with_sites_behind(named, in_force(self.graph["OPERATES"], self.parameters.as_of))
        behind = shares_of(self.links.iloc[len(named) :], self.stated)
        kept = self.shares.coverage
        kept = kept[kept.index.isin(named["end"])]
        self.shares = replace(
            self.shares,
            share=np.concatenate([self.shares.share[stated], behind.share]),
            basis=np.concatenate([self.shares.basis[stated].astype(object), behind.basis]),
            coverage=pd.concat([kept, behind.coverage]) if len(behind.coverage) else kept,
        )
        self._given = np.concatenate([self._given[stated], behind.share])
        self._ended = np.concatenate([self._ended[stated], np.zeros(len(behind.share), dtype=bool)])
        day, least, policy = self.parameters.as_of, self.parameters.min_confidence, self.parameters.policy
        self.flags = flags_on(self.graph, day, least, self.links, policy)
        self._build()

    # --- flags -------------------------------------------------------------------------------------------------

    def _flag(self, scenario: Scenario) -> None:
        self._into_clean = np.zeros(len(self.supplier), dtype=bool)
        for flag in scenario.of("flag"):
            self._set_flag(flag)
        for clean in scenario.of("clean"):
            nodes = self._nodes(clean)
            for kind in CLASSES:
                self._set_strength(kind, nodes, np.zeros(len(nodes)))
            self._into_clean |= np.isin(self.buyer, nodes)

    def _set_flag(self, change: Flag) -> None:
        nodes = self._nodes(change)
        own = strongest_class({kind: values[nodes] for kind, values in self.strengths.items()})
        for kind in EVIDENCED:
            at_most = np.minimum(self.strengths[kind][nodes], change.strength)
            is_its = (own == kind) | ((own == "") & (kind == EVIDENCED[0]))
            self._set_strength(kind, nodes, np.where(is_its, change.strength, at_most))

    def _set_strength(self, kind: str, nodes: Ints, values: Floats) -> None:
        strength = self.strengths[kind].copy()
        strength[nodes] = values
        self.strengths[kind] = strength

    def _nodes(self, change: Flag | Clean) -> Ints:
        """All nodes that stand for a party."""
        party = self._party(change.party)
        nodes = np.flatnonzero(self.owner == party).astype(np.int64)
        if len(nodes) or (self.before.owner == party).any():  # it may have been replaced altogether
            return nodes
        operates = in_force(self.graph["OPERATES"], self.parameters.as_of)
        sites = sorted({*operates.loc[operates["start"] == party, "end"]} & {*self.owner})
        few = ", ".join(sites[:5]) + (", ..." if len(sites) > 5 else "")
        hint = f"; sites of it that have one: {few}" if sites else ""
        raise NotFoundError(f"{party!r} has no link on {self.parameters.as_of}{hint}")

    # --- the network -------------------------------------------------------------------------------------------

    @cached_property
    def kept(self) -> np.ndarray:
        """Which links are left in by the filters and by the scenario."""
        kept: np.ndarray = super().kept & ~self._ended[self.row] & ~self._into_clean
        return kept

    @cached_property
    def mapped(self) -> Floats:
        """Sum of the shares of the inputs of every node, before the scenario touches a link."""
        return totals(self.buyer, self._given[self.row], len(self.ids))

    @cached_property
    def relinked(self) -> np.ndarray:
        """Which nodes have other inputs than before; all where nodes were numbered anew."""
        if self.renumbered:
            return np.ones(len(self.ids), dtype=bool)
        shares = (np.where(day.kept, day.share, 0.0) for day in (self.before, self))
        found = np.zeros(len(self.ids), dtype=bool)
        found[self.buyer[np.not_equal(*shares)]] = True
        return found

    @property
    def renumbered(self) -> bool:
        """Whether nodes have other numbers than before."""
        return self.ids is not self.before.ids

    @cached_property
    def network(self) -> SupplyNetwork:
        """The network that the score is computed on; with the elimination order of before where its links stay."""
        # A link of share 0 that comes or goes moves no figure, but there is one link more or less.
        if self.relinked.any() or not np.array_equal(self.kept, self.before.kept):
            return self.network_of(self.kept)
        return self.before.network.with_strength(self.evidenced)

    def over_documented(self) -> SupposedNetwork:
        """The same over documented links alone, before and after."""
        return SupposedNetwork(self.before.over_documented(), self.scenario)

    def removed(self, keep: np.ndarray) -> Floats:
        """Share of every node's inputs that filters and scenario take out; negative where a larger one was shown."""
        # A clean party keeps its inputs: they are taken out of the network only because nothing is traced through it.
        counted = ~self.behind & ~self._into_clean
        less = self._given[self.row] - np.where(keep, self.share, 0.0)
        return totals(self.buyer[counted], less[counted], len(self.ids))


class SupposedTable(ExposureTable):
    """All figures of a day as it would be.

    Parameters
    ----------
    before : ExposureTable
        Figures of the day as it is.
    scenario : Scenario
        What is different.

    Raises
    ------
    InputError
        The figures are not those of the traced share without decay, or the scenario does not fit the day.
    """

    day: SupposedNetwork

    def __init__(self, before: ExposureTable, scenario: Scenario) -> None:
        if not before.is_bounded:
            name = before.day.parameters.score_name
            raise InputError(f"what would be different is worked out for traced_share without decay, not for {name}")
        self.is_traced = self.is_bounded = True
        self.before, self.scenario = before, scenario
        self.day = SupposedNetwork(before.day, scenario)
        self.number = {name: i for i, name in enumerate(self.day.ids)} if self.day.renumbered else before.number

    @cached_property
    def traced(self) -> TracedShare:
        """The evidenced score."""
        scores, residual = self._solved(
            self.before.traced.scores, _traced(self.before.day.evidenced), _traced(self.day.evidenced)
        )
        return TracedShare(self.day.network, self.before.traced.parameters, scores, Convergence(0, residual))

    @cached_property
    def is_scored(self) -> bool:
        """Whether there is anything that could flag a party; a supposed flag is such a thing."""
        return super().is_scored or bool(self.scenario.of("flag"))

    @cached_property
    def classes(self) -> dict[str, Floats | None]:
        """Each class as a solve of its own; a supposed flag is a finding, where no list of any was loaded too."""
        none = np.zeros(len(self.before.day.ids)) if self.scenario.of("flag") else None
        known = {kind: none if v is None and kind in EVIDENCED else v for kind, v in self.before.classes.items()}
        before, after = self.before.day.strengths, self.day.strengths
        return {
            kind: None if v is None else self._solved(v, _traced(before[kind]), _traced(after[kind]))[0]
            for kind, v in known.items()
        }

    @cached_property
    def unmapped(self) -> Floats:
        """Unmapped mass of every node; what is said to be clean changes nothing about it."""
        if self.scenario.of("clean"):
            return self._with_the_unclean.unmapped
        return self._solved(self.before.unmapped, self.before.unmapped_problem, self.unmapped_problem)[0]

    @cached_property
    def unstated(self) -> Floats:
        """Share of the inputs that passes through buyers without a stated coverage; not changed by what is clean."""
        return self._with_the_unclean.unstated if self.scenario.of("clean") else super().unstated

    @cached_property
    def _with_the_unclean(self) -> SupposedTable:
        return SupposedTable(self.before, self.scenario.without("clean"))

    def _solved(self, values: Floats, before: Problem, after: Problem) -> tuple[Floats, float]:
        """Solve a problem over the day's network again, from what its solution was before."""
        day = self.day
        if day.renumbered:
            none, everything = np.zeros(len(day.ids)), np.arange(len(day.ids))
            return solve_again(day.network, none, *after, everything)
        changed = np.flatnonzero((before[0] != after[0]) | (before[1] != after[1]) | day.relinked)
        inputs = _inputs(day.network, changed) if day.relinked.any() else None
        return solve_again(day.before.network, values, *after, changed, inputs)

    @cached_property
    def run(self) -> dict[str, Any]:
        """What identifies the figures: those of the day, and the changes."""
        return run_of(self.day.graph, self.day.parameters.as_dict() | {"scenario": self.scenario.plain()})


def _traced(strength: Floats) -> Problem:
    return strength, 1 - strength


def _inputs(network: SupplyNetwork, nodes: Ints) -> sparse.csr_array:
    """Shares of the inputs of some nodes, a row a node."""
    place = np.full(len(network), -1, dtype=np.int64)
    place[nodes] = np.arange(len(nodes))
    rows = place[network.buyer]
    links = rows >= 0
    entries = network.share[links], (rows[links], network.supplier[links])
    return sparse.coo_array(entries, shape=(len(nodes), len(network))).tocsr()


def side_by_side(before: Exposure, after: Exposure) -> dict[str, dict[str, Any]]:
    """Figures of a brand before and after, and the differences.

    Returns
    -------
    dict
        ``before``, ``after``, ``difference``: each of `COMPARED` and ``composition``, of which the parts sum to 1;
        0..1, ``None`` where it is not known or one of both is not.
    """
    old, new = ({**{key: row[key] for key in COMPARED}, "composition": row["composition"]} for row in (before, after))
    return {"before": old, "after": new, "difference": _difference(old, new)}


def _difference(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in new.items():
        if value is None or old[key] is None:
            found[key] = None
        else:
            found[key] = _difference(old[key], value) if isinstance(value, dict) else value - old[key]
    return found

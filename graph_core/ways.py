"""Chains of holdings from a company to what it holds, the best first, with what keeps each from being control."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from graph_core.graph import Graph, among, in_force, rows
from graph_core.model import NO_CONTROL
from graph_core.policy import Policy

#: A hop that is no control weighs more than any chain of hops that are.
_FAULT = 1_000_000
#: A holding weighs more than a site that the company operates itself.
_HOLDING = 1_000


@dataclass(frozen=True)
class Hop:
    """One holding, or a site and who operates it.

    Attributes
    ----------
    start, end : str
        Ids.
    text : str
        What it is, such as ``owns 60 %``.
    fault : str
        What keeps it from being control on the day; empty where nothing does.
    holding : bool
        Whether one owns the other; else one operates it.
    sources : tuple of str
        Who says so.
    """

    start: str
    end: str
    text: str
    fault: str
    holding: bool
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Way:
    """A chain of hops, with what keeps it from carrying a finding."""

    hops: tuple[Hop, ...]
    faults: tuple[str, ...]

    @property
    def sources(self) -> list[str]:
        """Sources of all hops."""
        return sorted({source for hop in self.hops for source in hop.sources})

    def text(self, name: Callable[[str], str]) -> str:
        """The chain in words, parties by their names."""
        return name(self.hops[0].start) + "".join(f" -- {hop.text} --> {name(hop.end)}" for hop in self.hops)


def upstream(graph: Graph, party: str) -> set[str]:
    """A party and all that hold or operate it, at any depth, on whatever day and with whatever percentage."""
    held = pd.concat([graph["OWNS"][["start", "end"]], graph["OPERATES"][["start", "end"]]])
    found, fresh = {party}, {party}
    while fresh:
        fresh = set(held.loc[among(held["end"], pd.Index(list(fresh))), "start"]) - found
        found |= fresh
    return found


class Ways:
    """Holdings among some parties, and the best chains through them."""

    def __init__(self, hops: Iterable[Hop]) -> None:
        self._by_start: dict[str, list[Hop]] = {}
        for hop in hops:
            self._by_start.setdefault(hop.start, []).append(hop)
        self._known: dict[tuple[str, bool], dict[str, Way]] = {}

    @classmethod
    def to(cls, graph: Graph, day: str, policy: Policy, parties: Collection[str]) -> Ways:
        """All holdings among some parties, those that are no control too."""
        inside = pd.Index(list(parties))
        owns, operates = graph["OWNS"], graph["OPERATES"]
        owns = owns[among(owns["start"], inside) & among(owns["end"], inside)]
        operates = operates[among(operates["start"], inside) & among(operates["end"], inside)]
        return cls(_hops(owns, operates, day, policy))

    @classmethod
    def from_(cls, graph: Graph, day: str, policy: Policy, companies: Iterable[str]) -> Ways:
        """What some companies hold and operate on the day, at any depth."""
        owns, operates = in_force(graph["OWNS"], day), in_force(graph["OPERATES"], day)
        owns = owns[policy.control(owns) & ~owns["kind"].isin(NO_CONTROL)]
        found = set(companies)
        fresh = found
        while fresh:
            fresh = set(owns.loc[among(owns["start"], pd.Index(list(fresh))), "end"]) - found
            found = found | fresh
        inside = pd.Index(list(found))
        return cls(_hops(owns[among(owns["start"], inside)], operates[among(operates["start"], inside)], day, policy))

    def way(self, start: str, end: str, *, subsidiaries: bool) -> Way | None:
        """The chain with the fewest faults, then the fewest holdings; ``None`` where there is none.

        Parameters
        ----------
        start, end : str
            Company, and what is looked for.
        subsidiaries : bool
            Whether a holding carries the finding; if not, only a site that the company operates itself is reached.
        """
        if (start, subsidiaries) not in self._known:
            self._known[start, subsidiaries] = self._all(start, subsidiaries=subsidiaries)
        return self._known[start, subsidiaries].get(end)

    def _all(self, start: str, *, subsidiaries: bool) -> dict[str, Way]:
        import networkx as nx  # noqa: PLC0415 - only here, and slow to import

        net: nx.DiGraph[Any] = nx.DiGraph()
        net.add_node((start, False))
        for hop in (hop for hops in self._by_start.values() for hop in hops):
            weight = 1 + _HOLDING * hop.holding + _FAULT * bool(hop.fault or (hop.holding and not subsidiaries))
            # A site that is operated passes nothing on: it is an end of its own.
            ends = ((hop.start, False), (hop.end, not hop.holding))
            if not net.has_edge(*ends) or net.edges[ends]["weight"] > weight:
                net.add_edge(*ends, weight=weight, hop=hop)
        both: tuple[Any, Any] = nx.single_source_dijkstra(net, (start, False), weight="weight")
        length, found = both
        ways: dict[str, Way] = {}
        for (end, _), nodes in sorted(found.items(), key=lambda pair: (length[pair[0]], pair[0])):
            if end == start or end in ways:
                continue
            hops = tuple(net.edges[pair]["hop"] for pair in pairwise(nodes))
            faults = [f"{hop.text}: {hop.fault}" for hop in hops if hop.fault]
            if not subsidiaries and any(hop.holding for hop in hops):
                faults.append("only sites that the company operates itself are reached")
            ways[end] = Way(hops, tuple(faults))
        return ways


def _hops(owns: pd.DataFrame, operates: pd.DataFrame, day: str, policy: Policy) -> list[Hop]:
    holdings = [
        Hop(row["start"], row["end"], _words(row), _fault(row, day, policy), True, tuple(row["sources"]))
        for row in rows(owns)
    ]
    here = set(in_force(operates, day)["id"])
    return holdings + [
        Hop(
            row["start"],
            row["end"],
            "operates",
            "" if row["id"] in here else f"not on {day}",
            False,
            tuple(row["sources"]),
        )
        for row in rows(operates)
    ]


def _words(row: dict[str, Any]) -> str:
    size = "an unknown share" if row["percent"] is None else f"{row['percent']:g} %"
    kind = f", {row['kind'].replace('_', ' ')}" if row["kind"] else ""
    since = f", from {row['valid_from']}" if row["valid_from"] else ""
    until = f", until {row['valid_to']}" if row["valid_to"] else ""
    return f"owns {size}{kind}{since}{until}"


def _fault(row: dict[str, Any], day: str, policy: Policy) -> str:
    if (row["valid_from"] and row["valid_from"] > day) or (row["valid_to"] and row["valid_to"] <= day):
        return f"not on {day}"
    if row["kind"] in NO_CONTROL:
        return "a holding of this kind is no control"
    if row["percent"] is None:
        return "" if policy.unknown_counts else "the policy counts no holding of unknown size"
    return "" if row["percent"] >= policy.threshold else f"control begins at {policy.threshold:g} %"

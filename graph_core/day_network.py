"""One day of the graph: the links in force, their shares, the flags, and the networks that scores run on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from graph_core.commodities import commodity_id
from graph_core.errors import InputError
from graph_core.flags import CLASSES, EVIDENCED, flags_on, strongest_class
from graph_core.graph import Graph, among, in_force
from graph_core.network import Floats, SupplyNetwork, totals
from graph_core.policy import Policy, default_policy
from graph_core.shares import Shares, shares_of

#: Between a node's id and the good in the id of a node that stands for one good of a site (see `DayNetwork`).
GOOD_MARK = "\x1f\x1fgood\x1f\x1f"


@dataclass(frozen=True)
class Parameters:
    """What a figure depends on besides the graph; part of every run.

    Attributes
    ----------
    as_of : str
        Day, YYYY-MM-DD.
    score_name : str
        ``traced_share``.
    documented_only : bool
        Take inferred links out, after shares are fixed; what they carried becomes unmapped.
    unreviewed : str
        ``exclude`` or ``include`` matches that wait for a judgement.
    min_confidence : float
        Links and findings below do not count, 0..1.
    policy : Policy
        Which findings count, how strong they are and how far they reach.

    Raises
    ------
    InputError
        A value that is not allowed; the message says which.
    """

    as_of: str
    score_name: str = "traced_share"
    documented_only: bool = False
    unreviewed: str = "exclude"
    min_confidence: float = 0.0
    policy: Policy = field(default_factory=default_policy)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", self.as_of):
            raise InputError(f"as-of day {self.as_of!r} is not a date; write it as YYYY-MM-DD")
        try:
            date.fromisoformat(self.as_of)
        except ValueError as error:
            raise InputError(f"as-of day {self.as_of!r} is not a date: {error}") from None
        if self.score_name != "traced_share":
            raise InputError(f"score {self.score_name!r} is not known; there is: traced_share")
        if self.unreviewed not in ("exclude", "include"):
            raise InputError(f"unreviewed is {self.unreviewed!r}; it is exclude or include")
        if not 0 <= self.min_confidence <= 1:
            raise InputError(f"min_confidence is {self.min_confidence}; it has to lie in 0..1")

    def as_dict(self) -> dict[str, Any]:
        """Plain values, in a fixed order; of the policy its version and its hash."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        return plain | {"policy": {"version": self.policy.version, "hash": self.policy.hash}}


def with_sites_behind(links: pd.DataFrame, operates: pd.DataFrame) -> pd.DataFrame:
    """Put the sites of a company behind it where a link names the company and not a site.

    A company that delivers and has no supplier of its own gets links from the sites that it operates: *inferred*, in
    equal split, because no source says which of them made the goods.

    Parameters
    ----------
    links : DataFrame
        Links in force, columns as `SUPPLIES`.
    operates : DataFrame
        Who operates which site on the day.

    Returns
    -------
    DataFrame
        The links, the added ones last.
    """
    without_inputs = among(links["start"], operates["start"]) & ~among(links["start"], links["end"])
    companies = set(links.loc[without_inputs, "start"])
    behind = operates[operates["start"].isin(companies) & (operates["start"] != operates["end"])]
    added = pd.DataFrame(
        {
            "id": behind["id"],
            "start": behind["end"],
            "end": behind["start"],
            "share_basis": "none",
            "disclosure": "direct",
            "evidence": "inferred",
            "confidence": 1.0,
            "sources": behind["sources"],
            "behind": True,
        }
    )
    return pd.concat([links.assign(behind=False), added], ignore_index=True)


class DayNetwork:
    """The supply network of a day with everything a score needs to know about its nodes.

    A flag that is limited to one good must not spread with the other goods of the same site. A good of such a site
    gets a node of its own, with the inputs of the site and only the flags that are about it, wherever the site has
    a limited flag that is not; all of them have the site as ``owner``.

    Parameters
    ----------
    graph : Graph
        What is believed.
    parameters : Parameters
        Day and filters.

    Raises
    ------
    InputError
        Stated shares of a buyer contradict each other.
    """

    def __init__(self, graph: Graph, parameters: Parameters) -> None:
        self.graph = graph
        self.parameters = parameters
        day = parameters.as_of
        self.links = with_sites_behind(in_force(graph["SUPPLIES"], day), in_force(graph["OPERATES"], day))
        statements = in_force(graph["CoverageStatement"], day)
        self.stated = statements.set_index("buyer_id")["coverage"]
        self.shares: Shares = shares_of(self.links, self.stated)
        self.flags = flags_on(graph, day, parameters.min_confidence, self.links, parameters.policy)
        self._build()

    # --- nodes and links ---------------------------------------------------------------------------------------

    def _build(self) -> None:
        links = self.links
        counted = self.flags if self.parameters.unreviewed == "include" else self.flags[~self.flags["waiting"]]
        origin = self._origins(counted)
        brands = self.graph["Organization"].loc[self.graph["Organization"]["brand"].fillna(False), "id"]
        parties = pd.unique(pd.concat([links["start"], links["end"], brands, pd.Series(self.stated.index)]))
        parts = pd.unique(origin[origin.str.contains(GOOD_MARK, regex=False)])
        self.ids: list[str] = [*parties, *parts]
        number = pd.Series(np.arange(len(self.ids)), index=self.ids)
        split = pd.DataFrame([part.split(GOOD_MARK) for part in parts], columns=["node", "good"])
        split["number"] = number.reindex(parts).to_numpy()
        #: Id of the party that a node stands for.
        self.owner = np.array([*parties, *split["node"]], dtype=object)
        supplier = number.reindex(origin).to_numpy(dtype=np.int64)
        buyer = number.reindex(links["end"]).to_numpy(dtype=np.int64)
        # A node that stands for one good of a site has the inputs of the site.
        again = pd.DataFrame({"buyer": buyer, "row": np.arange(len(links))}).merge(
            pd.DataFrame({"buyer": number.reindex(split["node"]).to_numpy(), "part": split["number"].to_numpy()})
        )
        rows = again["row"].to_numpy(dtype=np.int64)
        self.row = np.concatenate([np.arange(len(links)), rows])
        self.supplier = np.concatenate([supplier, supplier[rows]])
        self.buyer = np.concatenate([buyer, again["part"].to_numpy(dtype=np.int64)])
        self.share = self.shares.share[self.row]
        self.strengths = {kind: self._strength(counted[counted["class"] == kind], number, split) for kind in CLASSES}

    def _origins(self, flags: pd.DataFrame) -> pd.Series:
        """Node that every link starts from: its supplier, or the supplier's node for the good that it delivers."""
        links = self.links
        origin = links["start"].astype("str")
        limited = flags[["node", "commodity"]].dropna().drop_duplicates()
        one_good = links["product"].notna() & ~links["product"].fillna("").str.contains("|", regex=False)
        apart = among(links["start"], limited["node"]) & one_good
        if not apart.any():
            return origin
        part = pd.DataFrame(
            {"node": links.loc[apart, "start"], "commodity": links.loc[apart, "product"].map(commodity_id)}
        )
        every = part["node"].map(limited["node"].value_counts()).to_numpy()
        about = part.merge(limited.assign(hit=1), how="left")["hit"].fillna(0).to_numpy()
        # The site's own node carries every flag: right for a good only if every limited flag is about it.
        part = part[every > about]
        origin.loc[part.index] = part["node"] + GOOD_MARK + part["commodity"]
        return origin

    def _strength(self, flags: pd.DataFrame, number: pd.Series, split: pd.DataFrame) -> Floats:
        """Strength of the strongest of some flags on every node; a node for one good has only those about it."""
        strength = np.zeros(len(self.ids))
        sites = flags[among(flags["node"], number.index)]
        parts = split.merge(flags, on="node")
        parts = parts[parts["commodity"].isna() | (parts["commodity"] == parts["good"])]
        for places, values in ((number[sites["node"]], sites["strength"]), (parts["number"], parts["strength"])):
            np.maximum.at(strength, places.to_numpy(dtype=np.int64), values.to_numpy(dtype=np.float64))
        return strength

    # --- networks ----------------------------------------------------------------------------------------------

    @cached_property
    def evidenced(self) -> Floats:
        """Strength of the strongest named or ownership flag of every node, 0..1."""
        return np.maximum(*(self.strengths[kind] for kind in EVIDENCED))

    @cached_property
    def node_class(self) -> np.ndarray:
        """Class of every node's strongest evidenced flag: named on ties, empty where there is none."""
        return strongest_class(self.strengths)

    @cached_property
    def kept(self) -> np.ndarray:
        """Which links the filters leave in."""
        kept: np.ndarray = self.links["confidence"].fillna(1.0).to_numpy()[self.row] >= self.parameters.min_confidence
        return kept & self.documented if self.parameters.documented_only else kept

    @cached_property
    def documented(self) -> np.ndarray:
        """Which links a document names."""
        result: np.ndarray = (self.links["evidence"] != "inferred").to_numpy()[self.row]
        return result

    @cached_property
    def behind(self) -> np.ndarray:
        """Which links no source states: from a company's sites to the company that a source names instead."""
        result: np.ndarray = self.links["behind"].to_numpy(dtype=bool)[self.row]
        return result

    @cached_property
    def assumed(self) -> np.ndarray:
        """Which links have an assumed equal share."""
        result: np.ndarray = (self.shares.basis == "assumed_equal")[self.row]
        return result

    @cached_property
    def network(self) -> SupplyNetwork:
        """The network that the score is computed on: filters applied, evidenced flags."""
        return self.network_of(self.kept)

    def network_of(self, keep: np.ndarray) -> SupplyNetwork:
        """The network of some of the links, with evidenced flags."""
        return SupplyNetwork(self.ids, self.supplier[keep], self.buyer[keep], self.share[keep], self.evidenced)

    @cached_property
    def coverage(self) -> Floats:
        """Mapped share of the inputs of every node, NaN where nobody stated it."""
        return self.shares.coverage.reindex(self.owner).to_numpy(dtype=np.float64)

    @cached_property
    def gap(self) -> Floats:
        """Unmapped share of the inputs of every node, before any filter: 1 - coverage; 0 where nobody stated it."""
        return np.where(self.is_stated, np.clip(1.0 - self.mapped, 0.0, 1.0), 0.0)

    @cached_property
    def mapped(self) -> Floats:
        """Sum of the shares of the inputs of every node, before any filter."""
        return totals(self.buyer, self.share, len(self.ids))

    @cached_property
    def is_stated(self) -> np.ndarray:
        """Whether the coverage of a node is stated, in a document or by explicit shares alone."""
        return ~np.isnan(self.coverage) | np.isin(self.owner, self.stated.index)

    def removed(self, keep: np.ndarray) -> Floats:
        """Share of every node's inputs that a filter takes out; it becomes unmapped."""
        # Sites put behind a company are ours, not a source's: without them the map ends at the company.
        gone = ~keep & ~self.behind
        return totals(self.buyer[gone], self.share[gone], len(self.ids))

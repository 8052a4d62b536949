"""One day of the graph: the links in force, their shares, the flags, and the networks that scores run on."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from graph_core.commodities import commodity_id
from graph_core.errors import InputError
from graph_core.flags import CLASSES, EVIDENCED, Known, flags_on, strongest_class
from graph_core.graph import Graph, among, in_force
from graph_core.network import Floats, Ints, SupplyNetwork, totals
from graph_core.policy import Policy, default_policy
from graph_core.score_parameters import ScoreParameters, parameters_on_a_day
from graph_core.shares import Shares, shares_of

#: Between a node's id and the good in the id of a node that stands for one good of a site (see `DayNetwork`).
GOOD_MARK = "\x1f\x1fgood\x1f\x1f"

#: What a network has before any filter.
_FIXED = {"graph", "parameters", "links", "stated", "shares", "known", "flags"}
#: Parameters that some scores take and others do not.
_SCORING = ("decay", "worlds", "seed", "horizon")


@dataclass(frozen=True)
class Parameters:
    """What a figure depends on besides the graph; part of every run.

    Attributes
    ----------
    as_of : str
        Day, YYYY-MM-DD.
    score_name : str
        One of `graph_core.score_parameters.DAY_SCORES`.
    documented_only : bool
        Take inferred links out, after shares are fixed; what they carried becomes unmapped.
    unreviewed : str
        ``exclude`` or ``include`` matches that wait for a judgement.
    min_confidence : float
        Links and findings below do not count, 0..1.
    policy : Policy
        Which findings count, how strong they are and how far they reach.
    classes : tuple of str
        Evidence classes whose flags count, of `graph_core.flags.CLASSES`; the others are as if nobody had looked.
    decay, worlds, seed, horizon : float or int, optional
        What the score depends on (`ScoreParameters`); None is the score's own default.

    Raises
    ------
    InputError
        A value that is not allowed, or one that the score does not depend on; the message says which.
    """

    as_of: str
    score_name: str = "traced_share"
    documented_only: bool = False
    unreviewed: str = "exclude"
    min_confidence: float = 0.0
    policy: Policy = field(default_factory=default_policy)
    classes: tuple[str, ...] = CLASSES
    decay: float | None = None
    worlds: int | None = None
    seed: int | None = None
    horizon: int | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", self.as_of):
            raise InputError(f"as-of day {self.as_of!r} is not a date; write it as YYYY-MM-DD")
        try:
            date.fromisoformat(self.as_of)
        except ValueError as error:
            raise InputError(f"as-of day {self.as_of!r} is not a date: {error}") from None
        _ = self.scoring  # refuses what the score does not take
        if self.unreviewed not in ("exclude", "include"):
            raise InputError(f"unreviewed is {self.unreviewed!r}; it is exclude or include")
        if unknown := set(self.classes) - set(CLASSES):
            raise InputError(f"evidence class {min(unknown)!r} is not known; there is: {', '.join(CLASSES)}")
        if not 0 <= self.min_confidence <= 1:
            raise InputError(f"min_confidence is {self.min_confidence}; it has to lie in 0..1")

    @cached_property
    def scoring(self) -> ScoreParameters:
        """What the score depends on besides the network."""
        return parameters_on_a_day(self.score_name, {name: getattr(self, name) for name in _SCORING})

    @property
    def unfiltered(self) -> Parameters:
        """The same for the score of the bars, with all classes and links; see `DayNetwork.under`."""
        return Parameters(
            self.as_of, unreviewed=self.unreviewed, min_confidence=self.min_confidence, policy=self.policy
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values, in a fixed order: of the policy its version and its hash, of the rest what the score takes."""
        plain = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in _SCORING}
        wanted = plain.pop("classes")
        chosen = [kind for kind in CLASSES if kind in wanted]
        scoring = self.scoring.as_dict()
        if scoring.get("decay") == 1:
            del scoring["decay"]  # no decay is none to speak of
        left_out = {} if len(chosen) == len(CLASSES) else {"classes": chosen}
        policy = {"version": self.policy.version, "hash": self.policy.hash}
        return plain | {"policy": policy} | left_out | scoring


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
    if behind.empty:
        return links.assign(behind=False)
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
        #: What its parties make or deliver and where they are.
        self.known = Known.of(graph, self.links)
        self.flags = flags_on(graph, day, parameters.min_confidence, self.links, parameters.policy, self.known)
        self._build()

    # --- nodes and links ---------------------------------------------------------------------------------------

    def _build(self) -> None:
        links = self.links
        brands = self.graph["Organization"].loc[self.graph["Organization"]["brand"].fillna(False), "id"]
        ends = [links["start"], links["end"], brands, pd.Series(self.stated.index, dtype="str")]
        codes, parties = pd.factorize(pd.concat(ends, ignore_index=True))
        supplier, buyer = codes[: len(links)], codes[len(links) : 2 * len(links)]
        apart = self._apart(self.counted)
        goods, parts = pd.factorize(apart)
        supplier[apart.index] = len(parties) + goods
        self.ids: list[str] = [*parties, *parts]
        number = pd.Series(np.arange(len(self.ids)), index=pd.Index(self.ids, dtype="str"))
        split = pd.DataFrame([part.split(GOOD_MARK) for part in parts], columns=["node", "good"])
        split["number"] = number.reindex(parts).to_numpy()
        self._number, self._split = number, split
        #: Id of the party that a node stands for.
        self.owner = np.array([*parties, *split["node"]], dtype=object)
        #: Number of the node that stands for the party as a whole.
        self.home: Ints = number.reindex(self.owner).to_numpy(dtype=np.int64)
        # A node that stands for one good of a site has the inputs of the site.
        again = pd.DataFrame({"buyer": buyer, "row": np.arange(len(links))}).merge(
            pd.DataFrame({"buyer": number.reindex(split["node"]).to_numpy(), "part": split["number"].to_numpy()})
        )
        rows = again["row"].to_numpy(dtype=np.int64)
        self.row = np.concatenate([np.arange(len(links)), rows])
        self.supplier = np.concatenate([supplier, supplier[rows]])
        self.buyer = np.concatenate([buyer, again["part"].to_numpy(dtype=np.int64)])
        self.share = self.shares.share[self.row]
        placed = self.placed(self.counted)
        self.strengths = {kind: self._strength(placed[placed["class"] == kind]) for kind in CLASSES}

    @cached_property
    def counted(self) -> pd.DataFrame:
        """The flags that count: of the chosen classes, all or those that wait for nobody."""
        flags = self.flags[self.flags["class"].isin(self.parameters.classes)]
        return flags if self.parameters.unreviewed == "include" else flags[~flags["waiting"]]

    def placed(self, flags: pd.DataFrame) -> pd.DataFrame:
        """Some of the flags by node number: a node that stands for one good has only those about it.

        Parameters
        ----------
        flags : DataFrame
            Rows of `flags`.

        Returns
        -------
        DataFrame
            A row for every flag and node that carries it: columns of `flags`, ``good`` (of a node that stands for one,
            else absent) and ``number``.
        """
        sites = flags[among(flags["node"], self._number.index)]
        sites = sites.assign(number=self._number[sites["node"]].to_numpy())
        parts = self._split.merge(flags, on="node")
        parts = parts[parts["commodity"].isna() | (parts["commodity"] == parts["good"])]
        return pd.concat([sites, parts], ignore_index=True).reindex(columns=[*flags.columns, "good", "number"])

    def _apart(self, flags: pd.DataFrame) -> pd.Series:
        """Node that links start from which are not to start from their supplier: its node for the good they carry."""
        links = self.links
        limited = flags[["node", "commodity"]].dropna().drop_duplicates()
        if limited.empty:
            return pd.Series([], index=pd.RangeIndex(0), dtype="str")
        one_good = links["product"].notna() & ~links["product"].fillna("").str.contains("|", regex=False)
        rows = np.flatnonzero(among(links["start"], limited["node"]) & one_good.to_numpy())
        part = pd.DataFrame(
            {"node": links["start"].iloc[rows].to_numpy(), "commodity": links["product"].iloc[rows].map(commodity_id)}
        ).set_axis(rows)
        every = part["node"].map(limited["node"].value_counts()).to_numpy()
        about = part.merge(limited.assign(hit=1), how="left")["hit"].fillna(0).to_numpy()
        # The site's own node carries every flag: right for a good only if every limited flag is about it.
        part = part[every > about]
        return (part["node"] + GOOD_MARK + part["commodity"]).astype("str")

    def _strength(self, placed: pd.DataFrame) -> Floats:
        """Strength of the strongest of some flags on every node."""
        strength = np.zeros(len(self.ids))
        np.maximum.at(
            strength, placed["number"].to_numpy(dtype=np.int64), placed["strength"].to_numpy(dtype=np.float64)
        )
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

    def over_documented(self) -> DayNetwork:
        """The same day over documented links alone."""
        return self.under(replace(self.parameters, documented_only=True))

    def under(self, parameters: Parameters) -> DayNetwork:
        """The same day with other links or classes taken out, or for another score.

        Shares and flags are fixed before those filters, so that they are not worked out again.

        Parameters
        ----------
        parameters : Parameters
            They differ from the network's own in `documented_only`, `classes` and what a score depends on alone.
        """
        other = copy(self)
        other.parameters = parameters
        if parameters.classes == self.parameters.classes:
            for depends in ("kept", "network", "direct"):
                other.__dict__.pop(depends, None)
        else:
            for depends in vars(self).keys() - _FIXED:
                del other.__dict__[depends]
            other._build()  # noqa: SLF001 - of this class
        return other

    def rows_of(self, buyer: int) -> np.ndarray:
        """Numbers of the links of a buyer, whatever the filters."""
        ordered, begins = self._by_buyer
        return ordered[begins[buyer] : begins[buyer + 1]]

    @cached_property
    def _by_buyer(self) -> tuple[Ints, Ints]:
        """Links ordered by buyer, and where those of every node begin; one more entry than nodes."""
        begins = np.zeros(len(self.ids) + 1, dtype=np.int64)
        np.cumsum(np.bincount(self.buyer, minlength=len(self.ids)), out=begins[1:])
        return np.argsort(self.buyer, kind="stable"), begins

    @cached_property
    def documented(self) -> np.ndarray:
        """Which links a document names."""
        result: np.ndarray = (self.links["evidence"] != "inferred").to_numpy()[self.row]
        return result

    @cached_property
    def indirect(self) -> np.ndarray:
        """Which links hide traders in between."""
        result: np.ndarray = (self.links["disclosure"] == "indirect").to_numpy()[self.row]
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

    @cached_property
    def direct(self) -> SupplyNetwork:
        """The same network without links that hide traders in between."""
        return self.network_of(self.kept & ~self.indirect)

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

"""A brand's figure over time: the days on which something behind it changed, what that was, and the figure since.

Between two such days nothing that a figure rests on begins or ends, so that the figure of the first holds until the
next. Only what can reach the brand counts: links that ever led to it, findings on parties behind it and on companies
that ever held one, and what is stated of their coverage.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from graph_core.day_network import DayNetwork, Parameters
from graph_core.exposure.table import ExposureTable
from graph_core.flags import EVIDENCED, judged
from graph_core.graph import Graph, among
from graph_core.model import INDICATORS
from graph_core.network import reached_from

#: Kinds of change, the first ones kept longest where there are too many days.
KINDS = ("list", "finding", "coverage", "supplier", "holding", "upstream")
#: Days that are told, where nobody says how many.
MOST = 60
#: Changes of one kind and day that are named; the rest is counted.
_NAMED = 3


@dataclass(frozen=True)
class Change:
    """Things of one kind that begin, end or get other figures on one day.

    Attributes
    ----------
    kind : str
        One of `KINDS`: the brand's own ``list``, a ``finding``, a statement of ``coverage``, a ``supplier`` of the
        brand itself, a ``holding``, or a link further ``upstream``.
    what : str
        ``begins``, ``ends``, or ``changes`` where one link gives way to another between the same two parties.
    count : int
        How many.
    names : tuple of str
        Some of them, where they have names.
    """

    kind: str
    what: str
    count: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChangeDay:
    """A day, ``YYYY-MM-DD``, and what changes on it, in the order of `KINDS`."""

    day: str
    changes: tuple[Change, ...]


class Course:
    """A brand's figure over time.

    Parameters
    ----------
    graph : Graph
        What is believed.
    parameters : Parameters
        Filters; the day in it and the name of the score are not looked at: it is the traced share of every day.
    brand : str
        Id of the brand.
    """

    def __init__(self, graph: Graph, parameters: Parameters, brand: str) -> None:
        self.brand = brand
        self.parameters = replace(
            parameters, score_name="traced_share", decay=None, worlds=None, seed=None, horizon=None
        )
        self._graph = graph

    def days(self, most: int = MOST) -> tuple[list[ChangeDay], int]:
        """Days on which something behind the brand changes.

        Parameters
        ----------
        most : int
            How many days at most. Days of the brand's own lists, of findings and of stated coverage are kept before
            those of its suppliers, and these before days on which only holdings or links further upstream change; among
            equals those with most changes, then the newest.

        Returns
        -------
        list of ChangeDay
            By day.
        int
            Days left out.
        """
        events = self._events
        rank = events["kind"].map({kind: place for place, kind in enumerate(KINDS)})
        ranked = events.assign(rank=rank).groupby("day").agg(rank=("rank", "min"), size=("rank", "size"))
        ranked = ranked.reset_index().sort_values(["rank", "size", "day"], ascending=[True, False, False])
        kept = events[events["day"].isin(ranked["day"].head(most))]
        return [ChangeDay(str(day), _changes(rows)) for day, rows in kept.groupby("day")], max(0, len(ranked) - most)

    def figure(self, day: str) -> dict[str, Any]:
        """The brand's figure on a day.

        Parameters
        ----------
        day : str
            ``YYYY-MM-DD``.

        Returns
        -------
        dict
            ``day``; ``score``, over the links that the filters leave in, and ``documented``, over documented links
            alone; of the latter ``named`` and ``ownership``, which sum to it, ``unmapped`` and ``upper``. Shares of the
            brand's inputs, 0..1; all ``None`` where no list is in force or nothing could flag a party, the last two
            also where coverage is not stated.
        """
        network = DayNetwork(self._behind, replace(self.parameters, as_of=day))
        table = ExposureTable(network)
        all_documented = bool(network.documented[network.kept].all())
        alone = table if all_documented else ExposureTable(network.over_documented())
        score, bar = table.score(self.brand), alone.composed(self.brand)
        parts = bar["composition"] if score is not None else None
        return {
            "day": day,
            "score": score,
            "documented": bar["score"] if score is not None else None,
            **{key: parts[key] if parts else None for key in EVIDENCED},
            "unmapped": parts["unmapped"] if parts and bar["upper"] is not None else None,
            "upper": bar["upper"],
        }

    # --- what is behind the brand ------------------------------------------------------------------------------

    @cached_property
    def _parties(self) -> pd.Index:
        """Parties from which goods ever reached the brand, it included."""
        links, operates = self._graph["SUPPLIES"], self._graph["OPERATES"]
        # A company that a list names in place of its sites has them behind it.
        sellers = pd.concat([links["start"], operates["end"]], ignore_index=True)
        buyers = pd.concat([links["end"], operates["start"]], ignore_index=True)
        return _leading_to(sellers, buyers, [self.brand])

    @cached_property
    def _behind(self) -> Graph:
        """The graph with what is behind the brand only: the same figure of the brand, sooner.

        A party's other deliveries stay, since they say what goods it makes, and a holder's other sites, since they say
        where it is.
        """
        graph, holders = self._graph, self._holders
        links = graph["SUPPLIES"]
        holdings = {
            name: graph[name][among(graph[name]["start"], holders) | among(graph[name]["end"], holders)]
            for name in ("OPERATES", "OWNS")
        }
        near = pd.concat([holdings["OPERATES"]["end"], holdings["OWNS"]["end"], pd.Series(holders)])
        parties = {name: graph[name][among(graph[name]["id"], near)] for name in ("Facility", "Organization")}
        kept = {"SUPPLIES": links[among(links["start"], self._parties)], **holdings, **parties}
        return Graph({**graph.tables, **{name: rows.reset_index(drop=True) for name, rows in kept.items()}})

    @cached_property
    def _events(self) -> pd.DataFrame:
        """What begins or ends: day, kind, what, name (absent for links and holdings)."""
        graph, brand = self._graph, pd.Index([self.brand])
        links = graph["SUPPLIES"]
        links = links[among(links["end"], self._parties)]
        own = (links["end"] == self.brand).to_numpy()
        lists, coverage = graph["DisclosureList"], graph["CoverageStatement"]
        covered = coverage[among(coverage["buyer_id"], self._parties)]
        holdings = pd.concat([graph[name][["start", "end", "valid_from", "valid_to"]] for name in ("OPERATES", "OWNS")])
        parts = [
            _begun_and_ended(lists[among(lists["buyer_id"], brand)], "list", "title"),
            _begun_and_ended(self._findings(), "finding", "source_title"),
            _exchanged(covered.rename(columns={"buyer_id": "start"}).assign(end=""), "coverage"),
            _exchanged(links[own], "supplier"),
            _exchanged(holdings[among(holdings["end"], self._holders)], "holding"),
            _exchanged(links[~own], "upstream"),
        ]
        return pd.concat(parts, ignore_index=True)

    @cached_property
    def _holders(self) -> pd.Index:
        """The parties behind the brand and all that ever held one of them, through others too."""
        held = pd.concat([self._graph[name][["start", "end"]] for name in ("OPERATES", "OWNS")], ignore_index=True)
        return _leading_to(held["start"], held["end"], self._parties)

    def _findings(self) -> pd.DataFrame:
        """Findings that count and are about such a party; indicators about goods enter no score."""
        about = [self._graph["ABOUT"]]
        about += [self._graph["MAY_BE_ABOUT"]] if self.parameters.unreviewed == "include" else []
        named = pd.concat([one[["start", "end"]] for one in about])
        named = named[among(named["end"], self._holders)]
        found = judged(self._graph, self.parameters.as_of, self.parameters.min_confidence, self.parameters.policy)
        found = found[found["counts"] & ~found["kind"].isin(list(INDICATORS)) & among(found["id"], named["start"])]
        return found.assign(source_title=found["source_title"].fillna(found["id"]))


def _leading_to(sellers: pd.Series, buyers: pd.Series, ends: Iterable[str]) -> pd.Index:
    """Parties from which a chain of pairs leads to one of the ends, those included."""
    ends = pd.Series(list(ends), dtype="str")
    codes, parties = pd.factorize(pd.concat([sellers, buyers, ends], ignore_index=True))
    seller, buyer = codes[: len(sellers)], codes[len(sellers) : 2 * len(sellers)]
    size = len(parties)
    pairs = sparse.coo_array((np.ones(len(seller)), (buyer, seller)), shape=(size, size)).tocsr()
    found: pd.Index = parties[reached_from(pairs, np.unique(codes[2 * len(sellers) :]))]
    return found


def _begun_and_ended(rows: pd.DataFrame, kind: str, name: str) -> pd.DataFrame:
    """Events of things that have a name of their own."""
    parts = [
        rows[[column, name]].set_axis(["day", "name"], axis=1).dropna(subset=["day"]).assign(kind=kind, what=what)
        for column, what in (("valid_from", "begins"), ("valid_to", "ends"))
    ]
    return pd.concat(parts, ignore_index=True)


def _exchanged(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Events of pairs of parties: what ends and begins on one day between the same two gives way to another."""
    pair = pd.factorize(rows["start"] + "\x1f" + rows["end"])[0]
    begun, ended = (
        pd.DataFrame({"pair": pair, "day": rows[column].to_numpy()}).dropna().drop_duplicates()
        for column in ("valid_from", "valid_to")
    )
    both = begun.merge(ended, how="outer", on=["pair", "day"], indicator="what")
    what = both["what"].astype("str").map({"left_only": "begins", "right_only": "ends", "both": "changes"})
    return pd.DataFrame({"day": both["day"].astype("str"), "name": None, "kind": kind, "what": what})


def _changes(rows: pd.DataFrame) -> tuple[Change, ...]:
    found = {
        key: Change(str(key[0]), str(key[1]), len(group), tuple(group["name"].dropna().astype(str).head(_NAMED)))
        for key, group in rows.groupby(["kind", "what"], sort=True)
    }
    return tuple(sorted(found.values(), key=lambda change: (KINDS.index(change.kind), change.what)))

"""From findings to flags: which nodes start propagation on a day, in which class, how strongly.

Evidence classes stay apart: ``named`` is a finding on the supplying node itself; ``ownership`` a finding on a company
that reaches its sites through OPERATES and OWNS; ``good_country`` an indicator about a good in a country, never an
allegation against a site.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from graph_core.commodities import commodity_id, commodity_ids, raw_goods
from graph_core.graph import Graph, among, in_force
from graph_core.model import GOOD_COUNTRY, NO_CONTROL, SCORED_CATEGORIES, Status

#: Evidence classes in the order in which they are shown. `region` is kept for lists that name a region.
CLASSES = ("named", "ownership", "good_country", "region")
#: Classes that make up the evidenced score.
EVIDENCED = ("named", "ownership")
#: From this percentage on a holding is control; an unknown percentage counts as control too.
CONTROL_PERCENT = 50.0
_COLUMNS = ["node", "class", "strength", "finding", "party", "commodity", "waiting"]


def standing(findings: pd.DataFrame, day: str) -> pd.DataFrame:
    """Findings that stand on a day: dates alone decide, only retracted ones never count."""
    rows = in_force(findings, day)
    return rows[rows["status"].fillna("") != Status.RETRACTED]


@dataclass(frozen=True)
class Reach:
    """Which sites a company's findings reach on a day."""

    operates: pd.DataFrame
    owns: pd.DataFrame

    @classmethod
    def on(cls, graph: Graph, day: str) -> Reach:
        """Holdings in force on a day; a minority holding of known size, or of a kind that is no control, is none."""
        owns = in_force(graph["OWNS"], day)
        control = owns["percent"].isna() | (owns["percent"] >= CONTROL_PERCENT)
        control &= ~owns["kind"].isin(NO_CONTROL)
        return cls(in_force(graph["OPERATES"], day)[["start", "end"]], owns.loc[control, ["start", "end"]])

    def own(self, companies: pd.DataFrame) -> pd.DataFrame:
        """Sites that the companies (columns finding, party, node) operate themselves."""
        return self._step(companies, self.operates)

    def group(self, companies: pd.DataFrame) -> pd.DataFrame:
        """All that the companies control, at any depth, and what those operate."""
        found = fresh = companies
        while len(fresh):
            onward = self._step(fresh, self.owns)
            fresh = _without(onward, found)
            found = pd.concat([found, fresh], ignore_index=True)
        return pd.concat([found, self._step(found, self.operates)], ignore_index=True).drop_duplicates()

    @staticmethod
    def _step(companies: pd.DataFrame, holdings: pd.DataFrame) -> pd.DataFrame:
        onward = companies.merge(holdings, left_on="node", right_on="start")
        return onward[["finding", "party", "end"]].rename(columns={"end": "node"}).drop_duplicates()


def _without(rows: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Rows whose finding and node are not among the others."""
    pairs = others[["finding", "node"]].drop_duplicates()
    left = rows.merge(pairs, on=["finding", "node"], how="left", indicator=True)["_merge"] == "left_only"
    return rows[left.to_numpy()]


def flags_on(graph: Graph, day: str, min_confidence: float, links: pd.DataFrame) -> pd.DataFrame:
    """All flags of a day, waiting ones marked.

    Parameters
    ----------
    graph : Graph
        What is believed.
    day : str
        As-of day, ISO.
    min_confidence : float
        Findings below do not count, 0..1.
    links : DataFrame
        Links in force (start, product): what a node delivers decides whether a finding's commodity applies to it.

    Returns
    -------
    DataFrame
        node, class, strength (severity x confidence, 0..1), finding, party (whom the finding was matched to; absent
        for indicators), commodity (absent: all that the node delivers)
        and waiting (the match is not judged yet, or the scope of the finding cannot be checked for want of data).
    """
    findings = standing(graph["Finding"], day)
    findings = findings[findings["category"].isin(SCORED_CATEGORIES) & (findings["confidence"] >= min_confidence)]
    findings = findings.assign(strength=findings["severity"] * findings["confidence"])
    findings = findings[findings["strength"] > 0]
    goods = _goods(graph, links)
    countries = _party_countries(graph)
    # An indicator about a good in a country is no allegation, even where it names a party.
    allegations = findings[findings["kind"] != GOOD_COUNTRY]
    party = pd.concat(
        [
            _on_parties(allegations, graph["ABOUT"], Reach.on(graph, day)).assign(waiting=False),
            _on_parties(allegations, graph["MAY_BE_ABOUT"], Reach.on(graph, day)).assign(waiting=True),
        ],
        ignore_index=True,
    )
    indicator = _on_goods(findings[findings["kind"] == GOOD_COUNTRY], graph, goods)
    flags = pd.concat([_scoped(party, goods, countries), indicator], ignore_index=True)
    return flags[_COLUMNS].drop_duplicates(ignore_index=True)


def _on_parties(findings: pd.DataFrame, about: pd.DataFrame, reach: Reach) -> pd.DataFrame:
    """Named and ownership flags before the scope of the finding is applied."""
    direct = about[["start", "end"]].rename(columns={"start": "finding", "end": "node"})
    direct = direct[among(direct["finding"], findings["id"])].assign(party=lambda rows: rows["node"])
    wide = among(direct["finding"], findings.loc[findings["includes_subsidiaries"].fillna(False), "id"])
    reached = pd.concat([reach.own(direct[~wide]), reach.group(direct[wide])], ignore_index=True)
    flags = pd.concat([direct.assign(**{"class": "named"}), _without(reached, direct).assign(**{"class": "ownership"})])
    facts = findings[["id", "strength", "scope_commodity", "scope_country"]].rename(columns={"id": "finding"})
    return flags.merge(facts, on="finding")


def _scoped(flags: pd.DataFrame, goods: pd.DataFrame, countries: pd.DataFrame) -> pd.DataFrame:
    """Apply commodity and country limits; where data is missing to check a limit, the flag waits."""
    if flags.empty:
        return flags.reindex(columns=_COLUMNS)
    # The type is stated: a column without any limit would else become one of numbers.
    flags = flags.assign(commodity=flags["scope_commodity"].map(commodity_id, na_action="ignore").astype("str"))
    inside, unknown = _country_scope(flags, countries)
    makes, unstated = _commodity_scope(flags, goods)
    keep = (inside | unknown) & (makes | unstated)
    waiting = flags["waiting"] | unknown | unstated
    return flags.assign(waiting=waiting)[keep]


def _country_scope(flags: pd.DataFrame, countries: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    limited = flags["scope_country"].notna()
    pairs = flags[["node", "scope_country"]].merge(
        countries, left_on=["node", "scope_country"], right_on=["node", "country"], how="left"
    )
    hit = pd.Series(pairs["country"].notna().to_numpy(), index=flags.index)
    # A company that only its sites place in several countries: which of them delivers is not known.
    several = flags["node"].map(countries["node"].value_counts()).fillna(0) > 1
    return ~limited | (hit & ~several), limited & (~among(flags["node"], countries["node"]) | (hit & several))


def _commodity_scope(flags: pd.DataFrame, goods: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Which flags apply to a good of their node, and of which nobody can say so by the names of the goods."""
    limited = flags["commodity"].notna()
    pairs = flags[["node", "commodity"]].merge(goods.assign(makes=True), on=["node", "commodity"], how="left")
    makes = ~limited | pd.Series(pairs["makes"].notna().to_numpy(), index=flags.index)
    not_raw = goods.loc[~goods["commodity"].isin(raw_goods()), "node"]
    told_apart = flags["commodity"].isin(raw_goods()) & among(flags["node"], goods["node"])
    told_apart &= ~among(flags["node"], not_raw)
    return makes, limited & ~makes & ~told_apart


def _on_goods(indicators: pd.DataFrame, graph: Graph, goods: pd.DataFrame) -> pd.DataFrame:
    """Good x country indicators on the sites that make the good in the country."""
    sites = pd.concat([graph["Facility"][["id", "country"]], graph["Organization"][["id", "country"]]])
    sites = sites.dropna().rename(columns={"id": "node", "country": "scope_country"})
    wanted = indicators[["id", "strength", "scope_commodity", "scope_country"]].dropna()
    wanted = wanted.assign(commodity=wanted["scope_commodity"].map(commodity_id)).rename(columns={"id": "finding"})
    flags = goods.merge(sites, on="node").merge(wanted, on=["commodity", "scope_country"])
    flags["class"] = "good_country"
    flags["waiting"] = False
    return flags


def _goods(graph: Graph, links: pd.DataFrame) -> pd.DataFrame:
    """What every node makes or delivers: distinct pairs of node and commodity."""
    made = graph["Facility"][["id", "product"]].rename(columns={"id": "node"})
    delivered = links[["start", "product"]].rename(columns={"start": "node"}).drop_duplicates()
    pairs = pd.concat([made, delivered], ignore_index=True).dropna()
    distinct = {cell: commodity_ids(cell) for cell in pairs["product"].unique()}
    pairs = pairs.assign(commodity=pairs["product"].map(distinct)).explode("commodity")
    return pairs[["node", "commodity"]].dropna().drop_duplicates(ignore_index=True)


def _party_countries(graph: Graph) -> pd.DataFrame:
    """Countries of every party: its own, for a company without one those of its sites."""
    facilities = graph["Facility"][["id", "country"]].rename(columns={"id": "node"}).dropna()
    companies = graph["Organization"][["id", "country"]].rename(columns={"id": "node"})
    held = pd.concat([graph["OPERATES"][["start", "end"]], graph["OWNS"][["start", "end"]]])
    held = held.merge(facilities, left_on="end", right_on="node")[["start", "country"]]
    held = held.rename(columns={"start": "node"})
    without = companies.loc[companies["country"].isna(), "node"]
    return pd.concat([facilities, companies.dropna(), held[among(held["node"], without)]]).drop_duplicates(
        ignore_index=True
    )


def strongest_class(strengths: dict[str, np.ndarray]) -> np.ndarray:
    """Class of every node's strongest evidenced flag: ``named`` on ties, empty where there is none."""
    named, ownership = strengths["named"], strengths["ownership"]
    return np.where((named == 0) & (ownership == 0), "", np.where(named >= ownership, "named", "ownership"))

"""From findings to flags: which nodes start propagation on a day, in which class, how strongly.

Evidence classes stay apart: ``named`` is a finding on the supplying node itself; ``ownership`` a finding on a company
that reaches its sites through OPERATES and OWNS; ``good_country`` an indicator about a good in a country, and
``region`` one about a good in a part of it, never an allegation against a site.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graph_core.commodities import commodity_id, commodity_ids, raw_goods
from graph_core.graph import Graph, among, in_force
from graph_core.model import GOOD_REGION, INDICATORS, NO_CONTROL, Status
from graph_core.policy import Policy, default_policy
from graph_core.resolve.regions import in_region

#: Evidence classes in the order in which they are shown.
CLASSES = ("named", "ownership", "good_country", "region")
#: Classes that make up the evidenced score.
EVIDENCED = ("named", "ownership")
_COLUMNS = ["node", "class", "strength", "finding", "party", "commodity", "waiting", "unjudged"]
#: What `candidates` says beside them.
_REASONS = ["steps", "in_country", "country_known", "makes_good", "good_known"]


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
    def on(cls, graph: Graph, day: str, policy: Policy | None = None) -> Reach:
        """Holdings in force on a day that are control: large enough by the policy, and of a kind that can be."""
        owns = in_force(graph["OWNS"], day)
        control = (policy or default_policy()).control(owns) & ~owns["kind"].isin(NO_CONTROL)
        return cls(in_force(graph["OPERATES"], day)[["start", "end"]], owns.loc[control, ["start", "end"]])

    def own(self, companies: pd.DataFrame) -> pd.DataFrame:
        """Sites that the companies (columns finding, party, node, steps) operate themselves."""
        return self._step(companies, self.operates, 0)

    def group(self, companies: pd.DataFrame) -> pd.DataFrame:
        """All that the companies control, at any depth, and what those operate, each by its fewest holdings."""
        found = fresh = companies
        while len(fresh):
            onward = self._step(fresh, self.owns, 1)
            fresh = _without(onward, found)
            found = pd.concat([found, fresh], ignore_index=True)
        reached = pd.concat([found, self._step(found, self.operates, 0)], ignore_index=True)
        nearest = reached.sort_values("steps", kind="stable", ignore_index=True)
        return nearest.drop_duplicates(["finding", "party", "node"])

    @staticmethod
    def _step(companies: pd.DataFrame, holdings: pd.DataFrame, holding: int) -> pd.DataFrame:
        onward = companies.merge(holdings, left_on="node", right_on="start").assign(
            steps=lambda rows: rows["steps"] + holding
        )
        return onward[["finding", "party", "end", "steps"]].rename(columns={"end": "node"}).drop_duplicates()


def _without(rows: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Rows whose finding and node are not among the others."""
    pairs = others[["finding", "node"]].drop_duplicates()
    left = rows.merge(pairs, on=["finding", "node"], how="left", indicator=True)["_merge"] == "left_only"
    return rows[left.to_numpy()]


def flags_on(
    graph: Graph,
    day: str,
    min_confidence: float,
    links: pd.DataFrame,
    policy: Policy | None = None,
    known: Known | None = None,
) -> pd.DataFrame:
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
    policy : Policy, optional
        Which findings count, how strong they are and how far they reach; the default one where none is given.
    known : Known, optional
        What is known of all nodes, where that was found before.

    Returns
    -------
    DataFrame
        node, class, strength (severity x confidence, less with every holding where the policy says so, 0..1), finding,
        party (whom the finding was matched to; absent for indicators), commodity (absent: all that the node delivers),
        waiting (the match is not judged yet, or the scope of the finding cannot be checked for want of data) and
        unjudged (the former: a person can do something about it).
    """
    policy = policy or default_policy()
    findings = judged(graph, day, min_confidence, policy)
    found = candidates(graph, day, links, policy, findings[findings["stands"] & findings["counts"]], known)
    return found.loc[found["applies"] & (found["strength"] > 0), _COLUMNS].drop_duplicates(ignore_index=True)


def waiting(flags: pd.DataFrame) -> tuple[int, int]:
    """Count the matches of some of the flags that wait: for a person to judge them, and for data alone."""
    matches = flags.loc[flags["waiting"].astype(bool), ["finding", "party", "unjudged"]].drop_duplicates()
    unjudged = int(matches["unjudged"].sum())
    return unjudged, len(matches) - unjudged


def judged(graph: Graph, day: str, min_confidence: float, policy: Policy) -> pd.DataFrame:
    """All findings as the policy sees them.

    Returns
    -------
    DataFrame
        Table ``Finding`` with the columns of `graph_core.policy.Policy.judge` in place of what sources state, and
        ``stands``: whether it stands on the day.
    """
    findings = graph["Finding"]
    found = policy.judge(findings, graph["Source"], min_confidence)
    return findings.assign(
        stands=findings.index.isin(standing(findings, day).index), **{str(c): found[c] for c in found.columns}
    )


@dataclass(frozen=True)
class Known:
    """What nodes make or deliver and where they are: `party_goods` and `party_countries`, or some of their rows."""

    goods: pd.DataFrame
    countries: pd.DataFrame

    @classmethod
    def of(cls, graph: Graph, links: pd.DataFrame) -> Known:
        """Of all nodes."""
        return cls(party_goods(graph, links), party_countries(graph))

    def about(self, nodes: Collection[str]) -> Known:
        """Of some nodes."""
        wanted = pd.Index(sorted(nodes), dtype="str")
        return Known(*(frame[among(frame["node"], wanted)] for frame in (self.goods, self.countries)))


def candidates(
    graph: Graph,
    day: str,
    links: pd.DataFrame,
    policy: Policy,
    findings: pd.DataFrame,
    known: Known | None = None,
) -> pd.DataFrame:
    """Every party that a finding reaches on the day, whether it applies to it or not.

    Parameters
    ----------
    graph, day, links, policy
        As for `flags_on`.
    findings : DataFrame
        Some rows of `judged`; whether they count is not looked at.
    known : Known, optional
        What is known of the nodes that are asked about, where that was found before; what is said of others is void.

    Returns
    -------
    DataFrame
        Columns as of `flags_on`; ``steps``, holdings between the party that was matched and the node; ``in_country``,
        ``country_known``, ``makes_good`` and ``good_known``, what was found out about the scope; and ``applies``, false
        where the finding's scope is known to leave the node out.
    """
    known = known or Known.of(graph, links)
    reach = Reach.on(graph, day, policy)
    # An indicator about a good is no allegation, even where it names a party.
    allegations = findings[~findings["kind"].isin(list(INDICATORS))]
    party = pd.concat(
        [
            _on_parties(allegations, graph["ABOUT"], reach).assign(waiting=False, unjudged=False),
            _on_parties(allegations, graph["MAY_BE_ABOUT"], reach).assign(waiting=True, unjudged=True),
        ],
        ignore_index=True,
    )
    party["strength"] *= policy.decay ** party["steps"]
    shown = [kind for kind, switch in INDICATORS.items() if getattr(policy, switch)]
    indicator = _on_goods(findings[findings["kind"].isin(shown)], graph, known.goods).assign(applies=True)
    scoped = _scoped(party, known.goods, known.countries)
    return pd.concat([scoped, indicator], ignore_index=True).reindex(columns=[*_COLUMNS, *_REASONS, "applies"])


def _on_parties(findings: pd.DataFrame, about: pd.DataFrame, reach: Reach) -> pd.DataFrame:
    """Named and ownership flags before the scope of the finding is applied."""
    direct = about[["start", "end"]].rename(columns={"start": "finding", "end": "node"})
    direct = direct[among(direct["finding"], findings["id"])].assign(party=lambda rows: rows["node"], steps=0)
    wide = among(direct["finding"], findings.loc[findings["includes_subsidiaries"].fillna(False), "id"])
    reached = pd.concat([reach.own(direct[~wide]), reach.group(direct[wide])], ignore_index=True)
    flags = pd.concat([direct.assign(**{"class": "named"}), _without(reached, direct).assign(**{"class": "ownership"})])
    facts = findings[["id", "strength", "scope_commodity", "scope_country"]].rename(columns={"id": "finding"})
    return flags.merge(facts, on="finding")


def _scoped(flags: pd.DataFrame, goods: pd.DataFrame, countries: pd.DataFrame) -> pd.DataFrame:
    """Apply commodity and country limits; where data is missing to check a limit, the flag waits."""
    if flags.empty:
        return flags.reindex(columns=[*_COLUMNS, *_REASONS]).assign(applies=True)
    # The type is stated: a column without any limit would else become one of numbers.
    flags = flags.assign(commodity=flags["scope_commodity"].map(commodity_id, na_action="ignore").astype("str"))
    inside, unknown = _country_scope(flags, countries)
    makes, unstated = _commodity_scope(flags, goods)
    return flags.assign(
        waiting=flags["waiting"] | unknown | unstated,
        in_country=inside,
        country_known=~unknown,
        makes_good=makes,
        good_known=~unstated,
        applies=(inside | unknown) & (makes | unstated),
    )


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
    """Indicators on the sites that make the good in the country, or in the region of it that the list names."""
    sites = pd.concat([graph[label][["id", "country", "address"]] for label in ("Facility", "Organization")])
    sites = sites.dropna(subset=["country"]).rename(columns={"id": "node", "country": "scope_country"})
    scope = ["scope_commodity", "scope_country"]
    wanted = indicators[["id", "kind", "strength", *scope, "scope_region"]].dropna(subset=scope)
    wanted = wanted.assign(commodity=wanted["scope_commodity"].map(commodity_id)).rename(columns={"id": "finding"})
    flags = goods.merge(sites, on="node").merge(wanted, on=["commodity", "scope_country"])
    flags = flags[(flags["kind"] != GOOD_REGION) | _in_their_region(flags)]
    return flags.assign(**{"class": flags["kind"].map(INDICATORS).astype("str")}, waiting=False, unjudged=False)


def _in_their_region(flags: pd.DataFrame) -> pd.Series:
    """Which rows have an address (``address``) in the region that the finding names (``scope_region``)."""
    inside = pd.Series(False, index=flags.index)
    regional = flags[flags["scope_region"].notna()]
    for (region, country), rows in regional.groupby(["scope_region", "scope_country"], sort=False):
        inside.loc[rows.index] = in_region(rows["address"], str(region), str(country))
    return inside


def party_goods(graph: Graph, links: pd.DataFrame) -> pd.DataFrame:
    """What every node makes or delivers: distinct pairs of node and commodity."""
    made = graph["Facility"][["id", "product"]].set_axis(["node", "cell"], axis=1)
    pairs = pd.concat([made, links[["start", "product"]].set_axis(["node", "cell"], axis=1)], ignore_index=True)
    # Numbers in place of strings: there are few goods and many links.
    (nodes, node), (cells, cell) = (pd.factorize(pairs[column])[::-1] for column in ("node", "cell"))
    goods = pd.Series([commodity_ids(text) for text in cells], dtype=object).explode().dropna()
    codes, commodities = pd.factorize(goods)
    named = pd.DataFrame({"cell": goods.index.to_numpy(dtype=np.int64), "good": codes})
    distinct = pd.unique(node[cell >= 0] * np.int64(len(cells)) + cell[cell >= 0])
    found = pd.DataFrame({"node": distinct // max(len(cells), 1), "cell": distinct % max(len(cells), 1)}).merge(named)
    found = found[["node", "good"]].drop_duplicates()
    return pd.DataFrame(
        {
            "node": pd.Series(nodes.take(found["node"].to_numpy()), dtype="str"),
            "commodity": pd.Series(commodities.take(found["good"].to_numpy()), dtype="str"),
        }
    )


def party_countries(graph: Graph) -> pd.DataFrame:
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

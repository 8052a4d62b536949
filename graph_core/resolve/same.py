"""Which ids are one party: by judgement, or by an identifier that two records share.

One party keeps the smallest of its ids; the others become its ``merged_ids``, and every record that names one of them
is read as naming it. Records themselves never change, so that a judgement that is undone gives back every statement
and link.

Rules, each undone by a NEGATIVE judgement:

===============  ===================================================================================================
rule             two ids are one where
===============  ===================================================================================================
judged           a person said so
lei              two companies state the same Legal Entity Identifier with right check digits
os_id            two sites state the same OS ID with a right check character
os_id_redirect   one site is told by another id of the Open Supply Hub that the other site lists as its former one
===============  ===================================================================================================

What contradicts itself is left apart and reported, never resolved in silence: two ids that are one by a chain of
judgements and different by another, a company and a site, and ids of one identifier in two countries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

import networkx as nx
import pandas as pd

from graph_core.model import PARTY_COLUMNS, Verdict
from graph_core.resolve.identifiers import valid_lei, valid_os_id

Frames = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Same:
    """Which ids are one.

    Attributes
    ----------
    kept : dict of str to str
        Id -> id of the party, for ids that are not shown.
    rules : dict of str to str
        The same ids -> rule.
    conflicts : DataFrame
        Columns ``left``, ``right``, ``reason``: pairs that are left apart because what is known of them contradicts
        itself.
    """

    kept: dict[str, str] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    conflicts: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["left", "right", "reason"], dtype="str")
    )

    def others(self) -> pd.Series:
        """Ids that are not shown, a sorted list a party."""
        pairs = pd.DataFrame({"other": list(self.kept), "id": list(self.kept.values())}, dtype="str")
        return pairs.sort_values(["id", "other"]).groupby("id")["other"].agg(list)

    def shown(self, ids: pd.Series) -> pd.Series:
        """Ids under which parties are shown."""
        return ids.map(self.kept).astype("str").fillna(ids) if self.kept else ids

    def renamed(self, said: Frames) -> Frames:
        """Records with every party under its own id; what a party delivers to itself by that is left out."""
        if not self.kept:
            return said
        out = dict(said)
        for name, columns in PARTY_COLUMNS.items():
            out[name] = said[name].assign(**{column: self.shown(said[name][column]) for column in columns})
        out["links"] = out["links"][out["links"]["supplier_id"] != out["links"]["buyer_id"]]
        out["ownership"] = out["ownership"][out["ownership"]["owner_id"] != out["ownership"]["owned_id"]]
        return out


def same_parties(
    organizations: pd.DataFrame, facilities: pd.DataFrame, judged: pd.DataFrame, findings: Collection[str] = ()
) -> Same:
    """Decide which ids are one party.

    Parameters
    ----------
    organizations, facilities : DataFrame
        Records of all sources.
    judged : DataFrame
        Standing judgements (`graph_core.resolve.judgements.standing`).
    findings : collection of str
        Ids of findings: judgements about them say nothing about who is who.

    Returns
    -------
    Same
        Empty where no two are.
    """
    kinds = dict.fromkeys(facilities["id"], "facility") | dict.fromkeys(organizations["id"], "organization")
    if not kinds and judged.empty:
        return Same()
    if len(judged):
        judged = judged[~judged["left"].isin(findings) & ~judged["right"].isin(findings)]
    world = _World(kinds, _countries(organizations, facilities), judged)
    for left, right in world.positive:
        world.graph.add_edge(left, right, rule="judged")
    conflicts = list(world.part_conflicts())
    for rule, ids in _shared(organizations, facilities):
        if (reason := world.hindrance(rule, ids)) is not None:
            conflicts.append((ids[0], ids[-1], reason))
        else:
            nx.add_path(world.graph, ids, rule=rule)
    kept: dict[str, str] = {}
    for together in nx.connected_components(world.graph):
        first = min(together)
        kept |= {other: first for other in together if other != first}
    rules = {other: min(data["rule"] for _, _, data in world.graph.edges(other, data=True)) for other in kept}
    return Same(kept, rules, pd.DataFrame(conflicts, columns=["left", "right", "reason"], dtype="str"))


class _World:
    """What is known about ids while they are put together."""

    def __init__(self, kinds: Mapping[str, str], countries: Mapping[str, set[str]], judged: pd.DataFrame) -> None:
        self.kinds, self.countries = kinds, countries
        self.graph: nx.Graph[str] = nx.Graph()
        pairs = [] if judged.empty else list(zip(judged["left"], judged["right"], judged["verdict"], strict=True))
        self.positive = [(left, right) for left, right, verdict in pairs if verdict == Verdict.POSITIVE]
        self.negative = [(left, right) for left, right, verdict in pairs if verdict == Verdict.NEGATIVE]

    def part_conflicts(self) -> Iterator[tuple[str, str, str]]:
        """Take apart what judgements put together and also keep apart."""
        for ids in list(nx.connected_components(self.graph)):
            apart = [(left, right) for left, right in self.negative if left in ids and right in ids]
            mixed = {self.kinds[one] for one in ids if one in self.kinds}  # what no record defines may be either
            if not apart and len(mixed) <= 1:
                continue
            for left, right in apart:
                chain = " = ".join(nx.shortest_path(self.graph, left, right))
                yield left, right, f"judged different, and one by other judgements: {chain}"
            if len(mixed) > 1:
                site = min(one for one in ids if self.kinds.get(one) == "facility")
                company = min(one for one in ids if self.kinds.get(one) == "organization")
                yield site, company, "judged one, but the first is a site and the second a company"
            self.graph.remove_nodes_from(ids)

    def hindrance(self, rule: str, ids: list[str]) -> str | None:
        """Why a rule must not put ids together; ``None`` where nothing speaks against it."""
        group = set(ids)
        for one in ids:
            if one in self.graph:
                group |= nx.node_connected_component(self.graph, one)
        for left, right in self.negative:
            if left in group and right in group:
                return f"rule {rule} makes {', '.join(ids)} one, but {left} and {right} were judged different"
        countries = sorted({country for one in group for country in self.countries.get(one, ())})
        if len(countries) > 1:
            return (
                f"rule {rule} makes {', '.join(ids)} one, but they are in different countries: {', '.join(countries)}"
            )
        return None


def _countries(*tables: pd.DataFrame) -> dict[str, set[str]]:
    both = pd.concat([table[["id", "country"]] for table in tables]).dropna().drop_duplicates()
    found: dict[str, set[str]] = {}
    for one, country in zip(both["id"].tolist(), both["country"].tolist(), strict=True):
        found.setdefault(one, set()).add(country)
    return found


def _shared(organizations: pd.DataFrame, facilities: pd.DataFrame) -> Iterator[tuple[str, list[str]]]:
    """Ids that share an identifier: rule and sorted ids."""
    yield from _groups("lei", organizations, organizations["lei"].map(valid_lei, na_action="ignore").astype("str"))
    numbers = facilities["os_id"].map(valid_os_id, na_action="ignore").astype("str")
    yield from _groups("os_id", facilities, numbers)
    yield from _redirects(facilities, numbers)


def _groups(rule: str, table: pd.DataFrame, numbers: pd.Series) -> Iterator[tuple[str, list[str]]]:
    pairs = pd.DataFrame({"id": table["id"], "number": numbers}).dropna().drop_duplicates()
    several = pairs[pairs.groupby("number")["id"].transform("nunique") > 1]
    for _, ids in several.groupby("number")["id"]:
        yield rule, sorted(ids)


def _redirects(facilities: pd.DataFrame, numbers: pd.Series) -> Iterator[tuple[str, list[str]]]:
    """Sites that another site lists as its former id in the Open Supply Hub."""
    listed = facilities[["id", "identifiers"]].dropna()
    listed = listed.assign(former=listed["identifiers"].str.split("|")).explode("former")
    listed = listed[listed["former"].str.startswith("OSID:")]
    if listed.empty:
        return
    former = listed["former"].str.removeprefix("OSID:")
    by_number = pd.concat(
        [
            pd.DataFrame({"other": facilities["id"], "former": numbers}),
            pd.DataFrame({"other": facilities["id"], "former": facilities["id"]}),
        ]
    ).dropna()
    pairs = listed.assign(former=former)[["id", "former"]].merge(by_number.drop_duplicates(), on="former")
    pairs = pairs[pairs["id"] != pairs["other"]].drop_duplicates(["id", "other"])
    for left, right in zip(pairs["id"], pairs["other"], strict=True):
        yield "os_id_redirect", sorted((left, right))

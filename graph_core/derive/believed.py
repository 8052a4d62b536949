"""The believed graph, put together from what each part of the records says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from graph_core.derive.edges import edges_of
from graph_core.derive.findings import derive_findings, derive_indicators
from graph_core.derive.holdings import derive_holdings, derive_operators
from graph_core.derive.links import derive_coverage, derive_links, derive_lists, with_suppliers
from graph_core.derive.matches import derive_about
from graph_core.derive.order import Frames, Said, dataset_of, deliveries_of, in_order, unread_sources
from graph_core.derive.parties import derive_locations, derive_parties, with_contradictions
from graph_core.derive.records import gather
from graph_core.derive.references import derive_commodities, derive_countries, derive_products, derive_sources
from graph_core.graph import Graph
from graph_core.model import TABLES
from graph_core.resolve.judgements import SOURCE_ID as JUDGEMENTS
from graph_core.resolve.judgements import standing
from graph_core.resolve.same import Same, same_parties


@dataclass(frozen=True)
class Identified:
    """Who there is, and all that was said of them.

    Attributes
    ----------
    parties : dict of str to DataFrame
        Tables ``Organization`` and ``Facility`` of the graph.
    record_sets : sequence
        What each source said, in the order in which it counts.
    said : dict of str to DataFrame
        All records but those of organizations, with every party under one id.
    judged : DataFrame
        Judgements that stand, about parties as they are shown.
    """

    parties: Frames
    record_sets: Sequence[Said]
    said: Frames
    judged: pd.DataFrame

    def unmatched(self) -> Unmatched:
        """All that needs no names to be compared."""
        graph = Graph({**self.parties, **_what_they_do(self.parties, self.record_sets, self.said)})
        return Unmatched(graph, {str(s.source["id"]): dataset_of(s.source) for s in self.record_sets}, self.judged)


@dataclass(frozen=True)
class Unmatched:
    """The believed graph, but for which parties its findings are about.

    Attributes
    ----------
    graph : Graph
        All tables; those of `REMATCHED` are empty.
    datasets : dict of str to str
        Source -> the one that it belongs to, where it brings changes or corrected rows.
    judged : DataFrame
        Judgements that stand, about parties as they are shown.
    """

    graph: Graph
    datasets: dict[str, str]
    judged: pd.DataFrame

    def matched(self) -> Graph:
        """The whole graph: names are compared, which takes most of deriving where there are many of both."""
        return self.graph.having(derive_about(self.graph.tables, self.datasets, self.judged))


def derive(record_sets: Sequence[Said]) -> Graph:
    """Build the believed graph from records.

    Parameters
    ----------
    record_sets : sequence
        What each source said, in any order.

    Returns
    -------
    Graph
        Tables as in `graph_core.schema`. Ids that a record names and none defines become placeholders.
    """
    return derive_who(record_sets).unmatched().matched()


def derive_who(record_sets: Sequence[Said]) -> Identified:
    """Build the tables of parties that `derive` gives, from which the rest follows; parameters as there."""
    record_sets = in_order(record_sets)
    said, judged, same = _who_is_who(record_sets)
    organizations, facilities = derive_parties(said, same.others())
    facilities = with_contradictions(facilities, said["facilities"])
    parties = {"Organization": organizations, "Facility": facilities}
    rest = {name: frame for name, frame in said.items() if name != "organizations"}  # nothing more is asked of these
    return Identified(parties, record_sets, rest, judged.assign(right=same.shown(judged["right"])))


def _what_they_do(parties: Frames, record_sets: Sequence[Said], said: Frames) -> Frames:
    """All other tables but those of `REMATCHED`."""
    organizations, facilities = parties["Organization"], parties["Facility"]
    sources = derive_sources([s for s in record_sets if s.source["id"] != JUDGEMENTS], said)
    lists = derive_lists(said["lists"], unread_sources(record_sets))
    links = derive_links(said["links"], lists, sources)
    operates = derive_operators(said["facilities"])
    deliveries = deliveries_of(record_sets)
    owns = derive_holdings(said["ownership"], deliveries)
    findings = derive_findings(said["findings"], deliveries)
    coverage = derive_coverage(said["coverage"])
    commodities = derive_commodities(facilities, findings)
    return {
        "Source": sources,
        "Finding": findings,
        "Commodity": commodities,
        "Country": derive_countries(organizations, facilities, findings, said["countries"]),
        "DisclosureList": with_suppliers(lists, said["links"]),
        "CoverageStatement": coverage,
        "SUPPLIES": links,
        "OPERATES": operates,
        "OWNS": owns,
        **derive_indicators(findings),
        "PRODUCES": derive_products(facilities),
        "LOCATED_IN": derive_locations(organizations, facilities),
        "DISCLOSED": edges_of("DISCLOSED", lists["buyer_id"], lists["id"]),
        "STATED": edges_of("STATED", coverage["buyer_id"], coverage["id"]),
    }


def derive_shares(record_sets: Sequence[Said]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Derive only what stated shares depend on.

    Returns
    -------
    tuple of DataFrame
        ``SUPPLIES`` and ``CoverageStatement`` of the graph that `derive` would give.
    """
    record_sets = in_order(record_sets)
    said, _, _ = _who_is_who(record_sets)
    lists = derive_lists(said["lists"], unread_sources(record_sets))
    links = derive_links(said["links"], lists, derive_sources(record_sets, said))
    return links, derive_coverage(said["coverage"])


def identities(record_sets: Sequence[Said]) -> Same:
    """Which ids are one party, and what contradicts itself there.

    Parameters
    ----------
    record_sets : sequence
        What each source said, judgements included, in any order.

    Returns
    -------
    Same
        As `derive` applies it.
    """
    return _who_is_who(in_order(record_sets))[2]


def _who_is_who(record_sets: Sequence[Said]) -> tuple[Frames, pd.DataFrame, Same]:
    """All records with every party under one id, the judgements that stand, and which ids are one."""
    said = {name: gather(name, record_sets) for name in TABLES}
    judged = standing(said["judgements"])
    same = same_parties(said["organizations"], said["facilities"], judged, set(said["findings"]["id"]))
    return same.renamed(said), judged, same

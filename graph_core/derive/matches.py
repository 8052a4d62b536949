"""Which parties findings are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from graph_core.derive.edges import edges_of
from graph_core.derive.order import Frames, dataset_of
from graph_core.graph import Graph, table
from graph_core.model import NO_CONTROL, Verdict
from graph_core.policy import default_policy
from graph_core.resolve.alike import Around, propose
from graph_core.resolve.judgements import apply, standing
from graph_core.resolve.match import doubtful, match_findings

#: Relationships that decisions about findings and parties change.
REMATCHED = ("ABOUT", "MAY_BE_ABOUT")


def rematch(graph: Graph, sources: Sequence[Mapping[str, Any]], judgements: pd.DataFrame) -> Graph:
    """Derive only what decisions about findings and parties change: which parties the findings are about.

    Parameters
    ----------
    graph : Graph
        What `derive` gave for the same records before the decisions.
    sources : sequence of mapping
        The sources of all record sets.
    judgements : DataFrame
        All judgements, columns as in `graph_core.model.JUDGEMENTS`. What they say of two parties is as it was.

    Returns
    -------
    Graph
        The one that `derive` would give.
    """
    judged = standing(judgements)
    merged = graph.merged
    judged = judged.assign(right=[merged.get(one, one) for one in judged["right"]])
    whole = {str(source["id"]): dataset_of(source) for source in sources}
    return graph.having(derive_about(graph.tables, whole, judged))


def derive_about(tables: Mapping[str, pd.DataFrame], whole: dict[str, str], judged: pd.DataFrame) -> Frames:
    """Relationships between findings and parties: matches that count, and those that wait for a person."""
    if tables["Finding"].empty or all(tables[name].empty for name in ("Organization", "Facility")):
        return {kind: table(kind) for kind in REMATCHED}
    matches = _matches(tables, whole, judged)
    out = {}
    for kind, outcome, judgement in zip(REMATCHED, ("accepted", "review"), ("POSITIVE", "UNSURE"), strict=True):
        rows = matches[matches["outcome"] == outcome]
        said = {name: rows[name] for name in ("rule", "reason", "judged_by")}
        out[kind] = edges_of(kind, rows["finding"], rows["party"], judgement=judgement, **said)
    return out


def _matches(tables: Mapping[str, pd.DataFrame], whole: dict[str, str], judged: pd.DataFrame) -> pd.DataFrame:
    """Which parties the findings are about, by the rules and by what people decided."""
    findings, organizations, facilities = (
        _as_one(tables[name], whole) for name in ("Finding", "Organization", "Facility")
    )
    around = _around(tables, judged)
    found = doubtful(match_findings(findings, organizations, facilities, around.site_countries), facilities)
    found = propose(findings, organizations, facilities, found, around)
    return apply(found, judged, findings["id"], [*organizations["id"], *facilities["id"]])


def _around(tables: Mapping[str, pd.DataFrame], judged: pd.DataFrame) -> Around:
    operates, owns = tables["OPERATES"], tables["OWNS"]
    control = owns["valid_to"].isna() & ~owns["kind"].isin(NO_CONTROL) & default_policy().control(owns)
    runs = operates[operates["valid_to"].isna()]
    against = judged[judged["verdict"] == Verdict.NEGATIVE]
    ends = [tables[name][end] for name in ("SUPPLIES", "OPERATES", "OWNS") for end in ("start", "end")]
    return Around(
        site_countries=site_countries(tables),
        holds=pd.concat(
            [frame[["start", "end"]].assign(owns=held) for frame, held in ((runs, False), (owns[control], True))]
        ),
        linked=pd.Index(pd.concat(ends).unique()),
        rejected=pd.DataFrame({"finding": against["left"], "party": against["right"]}),
    )


def site_countries(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Country of every site of each organization, one row a site: those that it operates or has in its group.

    Parameters
    ----------
    tables : mapping
        ``OPERATES``, ``OWNS`` and ``Facility`` of a graph.

    Returns
    -------
    DataFrame
        Columns ``party`` (organization) and ``country``.
    """
    held = pd.concat([tables[name][["start", "end"]] for name in ("OPERATES", "OWNS")])
    held = held.merge(tables["Facility"][["id", "country"]], left_on="end", right_on="id").dropna(subset=["country"])
    held = held.drop_duplicates(["start", "end"]).sort_values(["start", "country", "end"], ignore_index=True)
    return held[["start", "country"]].rename(columns={"start": "party"})


def _as_one(frame: pd.DataFrame, whole: dict[str, str]) -> pd.DataFrame:
    """Changes, corrected rows and what they are about are one source, where it matters whose entry a party is."""
    return frame.assign(sources=frame["sources"].map(lambda ids: [whole.get(i, i) for i in ids], na_action="ignore"))

"""All that is known of one site or company on a day."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from graph_core.errors import NotFoundError
from graph_core.exposure.table import ExposureTable
from graph_core.flags import standing
from graph_core.graph import in_force, rows
from graph_core.model import INDICATORS, NO_CONTROL
from graph_core.places_shown import known_how, strongest

#: What is told of a party as its sources have it; absent where none says so.
TOLD = (
    "name", "country", "address", "product", "lei", "os_id", "identifiers", "roles", "website", "sector",
    "facility_type", "workers", "closed", "lat", "lon", "precision", "contradictions", "note",
)  # fmt: skip

#: What a finding comes to for a party: a flag of it counts; nobody judged the match yet; it cannot be checked whether
#: its limits leave the party out; the day is not among its days; its category is not scored; the policy does not count
#: it; its limits leave the party out; its class was not asked for; or it is about a good, and no allegation.
COUNTS, UNJUDGED, UNKNOWN, OVER, CONTEXT, POLICY, ELSEWHERE, LEFT_OUT, INDICATOR = OUTCOMES = (
    "counts", "unjudged", "unknown", "over", "context", "policy", "elsewhere", "left out", "indicator",
)  # fmt: skip


def party(table: ExposureTable, party_id: str) -> dict[str, Any]:
    """Names, place, findings, buyers and sources of a party.

    Parameters
    ----------
    table : ExposureTable
        Figures of the day.
    party_id : str
        Id of an organization or facility.

    Returns
    -------
    dict
        id, label, name, aliases, country, address, product, what else is told of it (`TOLD`), merged_ids, placeholder,
        known (how its place is known, see `graph_core.places_shown`; absent for a company), class (of the strongest
        flag that counts, an evidenced one before an indicator; absent without any), findings (each with its dates,
        whether it stands on the day, how it came to this party, and one of `OUTCOMES`), buyers (direct, with share) and
        sources.

    Raises
    ------
    NotFoundError
        No party has this id.
    """
    graph = table.day.graph
    for label in ("Organization", "Facility"):
        found = graph[label][graph[label]["id"] == party_id]
        if len(found):
            row = rows(found)[0]
            break
    else:
        raise NotFoundError(f"no organization or facility has the id {party_id!r}")
    plain = {key: row.get(key) for key in TOLD}
    counted = table.day.counted
    flag = strongest(counted[counted["node"] == party_id])
    known = known_how(found.head(1)).iloc[0] if label == "Facility" else None
    return {
        "id": party_id,
        "label": label,
        **plain,
        "known": known,
        "aliases": list(row["aliases"]),
        "merged_ids": list(row["merged_ids"]),
        "placeholder": bool(row["placeholder"]),
        "class": flag["class"].iloc[0] if len(flag) else None,
        "findings": _findings(table, party_id),
        "buyers": _buyers(table, party_id),
        "sources": _sources(table, list(row["sources"])),
    }


def _findings(table: ExposureTable, party_id: str) -> list[dict[str, Any]]:
    graph, parameters = table.day.graph, table.day.parameters
    flags, counted = table.day.flags, table.day.counted
    own = flags[flags["node"] == party_id].assign(counts=lambda rows: rows.index.isin(counted.index))
    own = own[["finding", "class", "waiting", "unjudged", "counts"]].drop_duplicates()
    about = pd.concat([graph["ABOUT"].assign(open=False), graph["MAY_BE_ABOUT"].assign(open=True)])
    about = about[about["end"] == party_id][["start", "rule", "reason", "open"]].rename(columns={"start": "finding"})
    linked = about.merge(own, on="finding", how="outer").merge(graph["Finding"], left_on="finding", right_on="id")
    linked = linked.assign(stands=linked.index.isin(standing(linked, parameters.as_of).index))
    judged = parameters.policy.judge(linked, graph["Source"], parameters.min_confidence)
    linked = linked.assign(scored=judged["scored"], allowed=judged["counts"])
    fields = (
        "category", "authority", "status", "valid_from", "valid_to", "rule", "reason", "class", "note", "severity",
        "confidence",
    )  # fmt: skip
    return [
        {
            "id": row["finding"],
            "title": row["source_title"] or row["finding"],
            "url": row["source_url"],
            "subject": row["subject_name"],
            "scope_commodity": row["scope_commodity"],
            "scope_country": row["scope_country"],
            **{field: row[field] for field in fields},
            "standing": row["stands"],
            "waiting": bool(row["open"] if row["class"] is None else row["waiting"]),
            "outcome": _outcome(row),
        }
        for row in rows(linked.sort_values(["valid_from", "finding"]))
    ]


def _outcome(row: dict[str, Any]) -> str:
    """What a finding comes to, one of `OUTCOMES`; only a flag that is there can count."""
    flagged = row["class"] is not None
    if flagged and row["kind"] in INDICATORS:
        return INDICATOR
    if flagged and row["counts"]:
        return COUNTS
    if row["unjudged"] if flagged else row["open"]:
        return UNJUDGED
    if flagged:
        return UNKNOWN if row["waiting"] else LEFT_OUT
    if not row["stands"]:
        return OVER
    if not row["scored"]:
        return CONTEXT
    return ELSEWHERE if row["allowed"] else POLICY


def _buyers(table: ExposureTable, party_id: str) -> list[dict[str, Any]]:
    day = table.day
    own = (day.owner[day.supplier] == party_id) & day.kept
    shares = pd.Series(day.share[own]).groupby(pd.Series(day.owner[day.buyer[own]])).sum()
    brands = set(day.graph["Organization"].loc[day.graph["Organization"]["brand"].fillna(False), "id"])
    found = [
        {
            "id": str(buyer),
            "name": table.names.get(str(buyer), str(buyer)),
            "share": float(share),
            "brand": buyer in brands,
        }
        for buyer, share in shares.items()
    ]
    return sorted(found, key=lambda b: (-b["share"], b["id"]))


def _sources(table: ExposureTable, ids: list[str]) -> list[dict[str, Any]]:
    sources = table.day.graph["Source"]
    return rows(sources[sources["id"].isin(ids)])


#: Columns of `deliveries`.
DELIVERIES = [
    "id", "name", "country", "product", "share", "basis", "evidence", "disclosure", "valid_from", "last_seen",
    "sources",
]  # fmt: skip
#: Columns of `holdings`.
HOLDINGS = [
    "relation", "id", "name", "country", "percent", "kind", "valid_from", "valid_to", "in_force", "control", "sources",
]  # fmt: skip
OWNER, OWNED, OPERATOR, OPERATED = "owner", "owned", "operator", "operated"


def deliveries(table: ExposureTable, party_id: str, *, to_buyers: bool) -> pd.DataFrame:
    """Links of a party in force on the day, those that the filters leave in.

    Parameters
    ----------
    table : ExposureTable
        Figures of the day.
    party_id : str
        Id of an organization or facility.
    to_buyers : bool
        What it delivers; else what is delivered to it.

    Returns
    -------
    DataFrame
        One row a link, largest share first, columns `DELIVERIES`: id, name and country of the other party; ``share`` of
        the buyer's inputs, 0..1; ``basis`` of that share; the rest as in the graph.
    """
    day = table.day
    here, there = ("start", "end") if to_buyers else ("end", "start")
    own = np.flatnonzero((day.links[here] == party_id).to_numpy() & day.kept[: len(day.links)])
    links = day.links.iloc[own]
    found = links.assign(id=links[there], share=day.shares.share[own], basis=day.shares.basis[own])
    return _described(found, table).sort_values(["share", "id"], ascending=[False, True], ignore_index=True)[DELIVERIES]


def upstream(table: ExposureTable, party_id: str) -> tuple[float, float]:
    """Say what of a party's inputs is traced to flagged sites.

    Returns
    -------
    share : float
        Part of its inputs, 0..1, that ends at flagged sites upstream; a flag of its own is not in it.
    own : float
        Strength of its own evidenced flag, 0..1.
    """
    number = table.number[party_id]
    return float((table.day.network.inputs[[number]] @ table.traced.scores)[0]), float(table.day.evidenced[number])


def holdings(table: ExposureTable, party_id: str) -> pd.DataFrame:
    """Who owns or operates a party, and what it owns or operates, on any day.

    Returns
    -------
    DataFrame
        One row a statement, columns `HOLDINGS`: ``relation``, what the other party is to this one (owner, owned,
        operator, operated); ``percent``, absent where unknown; whether it is ``in_force`` on the day; and whether it is
        ``control`` by the policy, which findings on an owner pass through. In force and largest first.
    """
    graph, parameters = table.day.graph, table.day.parameters
    owns, operates = (_of(graph[name], party_id) for name in ("OWNS", "OPERATES"))
    owns = owns.assign(control=(parameters.policy.control(owns) & ~owns["kind"].isin(NO_CONTROL)).astype(bool))
    operates = operates.assign(control=True, percent=None, kind=None)
    parts = []
    for links, above, below in ((owns, OWNER, OWNED), (operates, OPERATOR, OPERATED)):
        now = set(in_force(links, parameters.as_of)["id"])
        for relation, here, there in ((above, "end", "start"), (below, "start", "end")):
            own = links[links[here] == party_id]
            parts.append(own.assign(relation=relation, in_force=own["id"].isin(now), id=own[there]).astype(object))
    found = pd.concat(parts, ignore_index=True)
    found = _described(found, table)
    order = found.assign(last=found["in_force"].map({True: 0, False: 1}), most=-found["percent"].astype("float64"))
    return order.sort_values(["relation", "last", "most", "id"], ignore_index=True)[HOLDINGS]


def _of(links: pd.DataFrame, party_id: str) -> pd.DataFrame:
    return links[(links["start"] == party_id) | (links["end"] == party_id)]


def _described(found: pd.DataFrame, table: ExposureTable) -> pd.DataFrame:
    """Rows with name and country of the party of their id."""
    ids = found["id"].tolist()
    columns = {"name": table.names, "country": table.countries}
    return found.assign(
        **{
            name: pd.Series([values.get(one) for one in ids], index=found.index, dtype="str")
            for name, values in columns.items()
        }
    )

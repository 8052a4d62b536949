"""All that is known of one site or company on a day."""

from __future__ import annotations

from typing import Any

import pandas as pd

from graph_core.errors import NotFoundError
from graph_core.exposure.table import ExposureTable
from graph_core.flags import standing
from graph_core.graph import rows


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
        id, label, name, aliases, country, address, product, placeholder, findings (each with its dates, whether it
        stands on the day, how it came to this party), buyers (direct, with share) and sources.

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
    plain = {key: row.get(key) for key in ("name", "country", "address", "product", "lei", "os_id", "lat", "lon")}
    return {
        "id": party_id,
        "label": label,
        **plain,
        "aliases": list(row["aliases"]),
        "placeholder": bool(row["placeholder"]),
        "findings": _findings(table, party_id),
        "buyers": _buyers(table, party_id),
        "sources": _sources(table, list(row["sources"])),
    }


def _findings(table: ExposureTable, party_id: str) -> list[dict[str, Any]]:
    graph, day = table.day.graph, table.day.parameters.as_of
    flags = table.day.flags
    own = flags[flags["node"] == party_id][["finding", "class", "waiting"]].drop_duplicates()
    about = pd.concat([graph["ABOUT"], graph["MAY_BE_ABOUT"]])
    about = about[about["end"] == party_id][["start", "rule", "reason"]].rename(columns={"start": "finding"})
    linked = about.merge(own, on="finding", how="outer").merge(graph["Finding"], left_on="finding", right_on="id")
    stand = set(standing(graph["Finding"], day)["id"])
    fields = ("category", "authority", "status", "valid_from", "valid_to", "rule", "reason", "class", "note")
    return [
        {
            "id": row["finding"],
            "title": row["source_title"] or row["finding"],
            "url": row["source_url"],
            "subject": row["subject_name"],
            "scope_commodity": row["scope_commodity"],
            "scope_country": row["scope_country"],
            **{field: row[field] for field in fields},
            "standing": row["finding"] in stand,
            "waiting": bool(row["waiting"] or False),
        }
        for row in rows(linked.sort_values(["valid_from", "finding"]))
    ]


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

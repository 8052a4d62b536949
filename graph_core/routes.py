"""How exposure reaches a brand: paths with the evidence of every hop, and flows for a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from graph_core.exposure.ordering import ordering
from graph_core.exposure.table import ExposureTable
from graph_core.flags import EVIDENCED
from graph_core.network import Floats
from graph_core.paths import top_paths


def path_rows(table: ExposureTable, brand: str, top: int) -> list[dict[str, Any]]:
    """Best exposure paths of a brand, as `tiertrace paths --format json` prints them.

    Parameters
    ----------
    table : ExposureTable
        Figures of the day.
    brand : str
        Id of the brand.
    top : int
        How many paths, at least 1.
    """
    if brand not in table.number:
        return []
    found = top_paths(table.day.network, brand, top)
    hops = _Hops(table)
    return [
        {
            "rank": rank,
            "score": path.score,
            "contribution": path.contribution,
            "nodes": [hops.node(node) for node in path.nodes],
            "links": [hops.link(a, b) for a, b in zip(path.nodes, path.nodes[1:], strict=False)],
            "truncated": found.truncated,
        }
        for rank, path in enumerate(found, start=1)
    ]


class _Hops:
    """Looks up what is known of the nodes and links of a path."""

    def __init__(self, table: ExposureTable) -> None:
        self.table = table
        day = table.day
        self.rows = pd.DataFrame({"supplier": day.supplier, "buyer": day.buyer, "row": day.row, "share": day.share})
        self.rows = self.rows[day.kept].set_index(["supplier", "buyer"]).sort_index()
        self.countries = party_column(table, "country")

    def node(self, name: str) -> dict[str, Any]:
        number = self.table.number[name]
        site = str(self.table.day.owner[number])
        return {
            "id": site,
            "name": self.table.names.get(site, site),
            "country": self.countries.get(site),
            "class": str(self.table.day.node_class[number]) or None,
        }

    def link(self, supplier: str, buyer: str) -> dict[str, Any]:
        day = self.table.day
        ends = self.table.number[supplier], self.table.number[buyer]
        found = self.rows.loc[[ends]]
        links = day.links.iloc[found["row"].to_numpy()]
        basis = day.shares.basis[found["row"].to_numpy()]
        return {
            "supplier": str(day.owner[ends[0]]),
            "buyer": str(day.owner[ends[1]]),
            "share": float(found["share"].sum()),
            # Parallel links make one hop: it is as sure as the least sure of them.
            "share_basis": "assumed_equal" if (basis == "assumed_equal").any() else str(basis[0]),
            "disclosure": str(links["disclosure"].max()),
            "evidence": str(links["evidence"].max()),
            "sources": sorted({source for sources in links["sources"] for source in sources}),
            "product": _joined(links["product"]),
            "confidence": float(links["confidence"].min()),
            "valid_from": _first(links["valid_from"].min()),
            "last_seen": _first(links["last_seen"].max()),
        }


def _joined(values: pd.Series) -> str | None:
    return ", ".join(sorted(set(values.dropna()))) or None


def _first(value: object) -> str | None:
    return None if pd.isna(value) else str(value)  # type: ignore[call-overload]


def party_column(table: ExposureTable, column: str) -> dict[str, str]:
    """One column of all parties by id; absent values are left out."""
    parties = pd.concat([table.day.graph[label][["id", column]] for label in ("Organization", "Facility")])
    parties = parties.dropna()
    return dict(zip(parties["id"], parties[column], strict=True))


def flows(table: ExposureTable, brand: str, limit: int = 60) -> pd.DataFrame:
    """Exposure that reaches a brand over each link, by class: ``R[b, j] M[j, i] e_class[i]``.

    Parameters
    ----------
    table : ExposureTable
        Figures of the day.
    brand : str
        Id of the brand.
    limit : int
        Most links to give, those that carry most.

    Returns
    -------
    DataFrame
        supplier, buyer, class, value (share of the brand's inputs, 0..1), evidence, disclosure; without cycles.
        ``attrs``: ``cycle_links`` left out because they close a cycle, ``hidden_links`` beyond the limit, ``shown``
        the part of the score that enters the brand over the links given.
    """
    empty = pd.DataFrame(columns=["supplier", "buyer", "class", "value", "evidence", "disclosure"])
    empty.attrs = {"cycle_links": 0, "hidden_links": 0, "shown": 0.0}
    if brand not in table.number:
        return empty
    links = _flow_links(table, brand)
    if links.empty:
        return empty
    ranked = links.groupby(["supplier", "buyer"])["value"].sum().sort_values(ascending=False, kind="stable")
    kept, cycles = _acyclic(ranked.index.tolist(), brand)
    chosen = kept[:limit]
    out = links.set_index(["supplier", "buyer"]).loc[chosen].reset_index()
    out.attrs = {
        "cycle_links": cycles,
        "hidden_links": len(kept) - len(chosen),
        "shown": float(out.loc[out["buyer"] == brand, "value"].sum()),
    }
    return out


def _flow_links(table: ExposureTable, brand: str) -> pd.DataFrame:
    day, traced = table.day, table.traced
    network = day.network
    through: Floats = traced.passing(brand) * traced.scale
    rows = np.flatnonzero(day.kept)
    carried = through[network.buyer] * network.share
    parts = []
    for kind in EVIDENCED:
        score = ordering(network).solve(np.where(day.node_class == kind, day.evidenced, 0.0), traced.scale)
        value = carried * score[network.supplier]
        used = value > 1e-12
        links = day.links.iloc[day.row[rows[used]]]
        parts.append(
            pd.DataFrame(
                {
                    "supplier": day.owner[network.supplier[used]],
                    "buyer": day.owner[network.buyer[used]],
                    "class": kind,
                    "value": value[used],
                    "evidence": links["evidence"].to_numpy(),
                    "disclosure": links["disclosure"].to_numpy(),
                }
            )
        )
    keys = ["supplier", "buyer", "class"]
    return (
        pd.concat(parts)
        .groupby(keys, sort=True)
        .agg(value=("value", "sum"), evidence=("evidence", "max"), disclosure=("disclosure", "max"))
        .reset_index()
    )


def _acyclic(pairs: list[tuple[str, str]], brand: str) -> tuple[list[tuple[str, str]], int]:
    """Links in their order without those that would close a cycle (the weakest of a cycle goes)."""
    import networkx as nx  # noqa: PLC0415  only pictures need it, and figures should not wait for it

    graph: nx.DiGraph[str] = nx.DiGraph(pairs)
    if nx.is_directed_acyclic_graph(graph):
        return pairs, 0
    shown: nx.DiGraph[str] = nx.DiGraph()
    kept = []
    for supplier, buyer in pairs:
        closes = supplier in (buyer, brand)
        if not closes and shown.has_node(supplier) and shown.has_node(buyer):
            closes = nx.has_path(shown, buyer, supplier)
        if not closes:
            shown.add_edge(supplier, buyer)
            kept.append((supplier, buyer))
    return kept, len(pairs) - len(kept)

"""How exposure reaches a brand: paths with the evidence of every hop, and flows for a picture."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from graph_core.exposure.cycles import cycles
from graph_core.exposure.table import ExposureTable
from graph_core.flags import EVIDENCED
from graph_core.graph import rows as rows_of
from graph_core.network import Floats
from graph_core.paths import top_paths

#: What is told of every hop, beside its share.
_SAID = [
    "disclosure", "evidence", "sources", "product", "confidence", "valid_from", "valid_to", "first_seen", "last_seen",
]  # fmt: skip


def path_rows(
    table: ExposureTable,
    brand: str,
    top: int,
    *,
    through: str | None = None,
    avoiding: Sequence[str] = (),
    max_hops: int | None = None,
) -> list[dict[str, Any]]:
    """Best exposure paths of a brand, as `tiertrace paths --format json` prints them.

    Parameters
    ----------
    table : ExposureTable
        Figures of the day.
    brand : str
        Id of the brand.
    top : int
        How many paths, at least 1.
    through : str, optional
        Only paths on which this party is.
    avoiding : sequence of str
        Only paths on which none of these parties is.
    max_hops : int, optional
        Only paths of at most so many links.

    Returns
    -------
    list of dict
        One row a path. ``not_shown`` is the same in all: what of the score is on none of them, such as other chains,
        walks around a cycle, and the brand's own flag.
    """
    if brand not in table.number:
        return []
    passed = [] if through is None else _nodes_of(table, through)
    if through is not None and not passed:
        return []
    avoided = [node for party in avoiding for node in _nodes_of(table, party)]
    found = top_paths(table.day.network, brand, top, through=passed, avoiding=avoided, max_hops=max_hops)
    hops = Hops(table, [table.number[node] for path in found for node in path.nodes])
    not_shown = max(0.0, table.traced[brand] - sum(path.contribution for path in found))
    return [
        {
            "rank": rank,
            "score": path.score,
            "contribution": path.contribution,
            "nodes": [hops.node(table.number[node]) for node in path.nodes],
            "links": [hops.link(table.number[a], table.number[b]) for a, b in pairwise(path.nodes)],
            "truncated": found.truncated,
            "not_shown": not_shown,
        }
        for rank, path in enumerate(found, start=1)
    ]


def _nodes_of(table: ExposureTable, party: str) -> list[str]:
    """Nodes that stand for a party: its own and those for single goods; none where it is not in the network."""
    return [table.day.ids[i] for i in np.flatnonzero(table.day.owner == party).tolist()]


class Hops:
    """Looks up what is known of some nodes and of the links among them."""

    def __init__(self, table: ExposureTable, nodes: Sequence[int]) -> None:
        self.table, day = table, table.day
        among = np.zeros(len(day.ids), dtype=bool)
        among[list(nodes)] = True
        rows = np.flatnonzero(among[day.buyer])
        rows = rows[among[day.supplier[rows]] & day.kept[rows]]
        said = day.links[_SAID].iloc[day.row[rows]]
        said = said.assign(share=day.share[rows], basis=day.shares.basis[day.row[rows]])
        ends = zip(day.supplier[rows].tolist(), day.buyer[rows].tolist(), strict=True)
        self.links: dict[tuple[int, int], list[dict[str, Any]]] = {}
        for pair, row in zip(ends, rows_of(said), strict=True):
            self.links.setdefault(pair, []).append(row)

    def node(self, number: int) -> dict[str, Any]:
        """Say which party a node stands for."""
        site = str(self.table.day.owner[number])
        return {
            "id": site,
            "name": self.table.names.get(site, site),
            "country": self.table.countries.get(site),
            "class": str(self.table.day.node_class[number]) or None,
        }

    def link(self, supplier: int, buyer: int) -> dict[str, Any]:
        """Say what is known of all links between two of the nodes, as one hop."""
        owner, links = self.table.day.owner, self.links[supplier, buyer]

        def stated(column: str) -> list[Any]:
            return [row[column] for row in links if row[column] is not None]

        basis, ends = [row["basis"] for row in links], stated("valid_to")
        return {
            "supplier": str(owner[supplier]),
            "buyer": str(owner[buyer]),
            "share": sum(row["share"] for row in links),
            # Parallel links make one hop: it is as sure as the least sure of them.
            "share_basis": "assumed_equal" if "assumed_equal" in basis else basis[0],
            "disclosure": max(stated("disclosure")),
            "evidence": max(stated("evidence")),
            "sources": sorted({source for row in links for source in row["sources"]}),
            "product": ", ".join(sorted(set(stated("product")))) or None,
            "confidence": min(stated("confidence"), default=1.0),
            "valid_from": min(stated("valid_from"), default=None),
            "valid_to": max(ends) if len(ends) == len(links) else None,
            "first_seen": min(stated("first_seen"), default=None),
            "last_seen": max(stated("last_seen"), default=None),
        }


def cycle_rows(table: ExposureTable, brand: str) -> list[dict[str, Any]]:
    """Cycles upstream of a brand, those through which most of its score runs first.

    Parameters
    ----------
    table : ExposureTable
        Figures of the day.
    brand : str
        Id of the brand.

    Returns
    -------
    list of dict
        ``parties`` (id and name, by id), ``links`` among them (supplier, buyer, share), ``through`` and ``around``
        (shares of the brand's inputs, 0..1, see `graph_core.exposure.cycles.Cycle`).
    """
    if brand not in table.number:
        return []
    day = table.day
    rows = []
    for cycle in cycles(table.traced, brand):
        parties = sorted({str(party) for party in day.owner[cycle.nodes]})
        inside = np.zeros(len(day.ids), dtype=bool)
        inside[cycle.nodes] = True
        links = np.flatnonzero(inside[day.supplier] & inside[day.buyer] & day.kept)
        # A link stands once for each node of its buyer.
        links = links[np.unique(day.row[links], return_index=True)[1]]
        ends = pd.DataFrame({"supplier": day.owner[day.supplier[links]], "buyer": day.owner[day.buyer[links]]})
        total = ends.assign(share=day.share[links]).groupby(["supplier", "buyer"], as_index=False)["share"].sum()
        rows.append(
            {
                "parties": [{"id": party, "name": table.names.get(party, party)} for party in parties],
                "links": rows_of(total[total["share"] > 0]),
                "through": cycle.through,
                "around": cycle.around,
            }
        )
    return rows


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


def carried(table: ExposureTable, brand: str) -> Floats:
    """Share of a brand's inputs, 0..1 off cycles, that passes over every link of the network: ``R[b, j] M[j, i]``.

    Followed only at nodes with exposure; on a cycle it counts as often as it comes around.
    """
    network = table.day.network
    through: Floats = table.traced.passing(brand) * table.traced.scale
    return through[network.buyer] * network.share


def _flow_links(table: ExposureTable, brand: str) -> pd.DataFrame:
    day, network = table.day, table.day.network
    rows = np.flatnonzero(day.kept)
    over = carried(table, brand)
    parts = []
    for kind in EVIDENCED:
        value = over * table.parts[kind][network.supplier]
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

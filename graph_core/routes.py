"""How exposure reaches a brand: paths with the evidence of every hop, and flows for a picture."""

from __future__ import annotations

import heapq
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
        Most links to give. They are taken from the brand outwards, each time the one that carries most into what was
        taken already, so that all of them lead to the brand.

    Returns
    -------
    DataFrame
        supplier, buyer, class, value (share of the brand's inputs, 0..1), evidence, disclosure; without cycles.
        ``attrs``: ``cycle_links`` left out because they close a cycle, ``hidden_links`` beyond the limit; of the score,
        ``shown``, what enters the brand over the links given, ``rest``, by class, over ``rest_links`` others, at least
        as sure as ``rest_evidence``, and ``own``, by class, the brand's own flag. They sum to the score, but for a
        brand that is on a cycle: there what comes around enters it again.
    """
    empty = pd.DataFrame(columns=["supplier", "buyer", "class", "value", "evidence", "disclosure"])
    empty.attrs = {"cycle_links": 0, "hidden_links": 0, "shown": 0.0, "own": {}}
    empty.attrs |= {"rest": {}, "rest_links": 0, "rest_evidence": None}
    if brand not in table.number:
        return empty
    number = table.number[brand]
    own = {str(table.day.node_class[number]): float(table.day.evidenced[number])}
    empty.attrs["own"] = {kind: strength for kind, strength in own.items() if strength > 0}
    links = _flow_links(table, brand)
    if links.empty:
        return empty
    ranked = links.groupby(["supplier", "buyer"])["value"].sum().sort_values(ascending=False, kind="stable")
    chosen, cycles = _grown(ranked, brand, limit)
    out = links.set_index(["supplier", "buyer"]).loc[chosen].reset_index()
    into = links[links["buyer"] == brand]
    rest = into[~into["supplier"].isin({supplier for supplier, buyer in chosen if buyer == brand})]
    out.attrs = {
        "cycle_links": cycles,
        "hidden_links": len(ranked) - len(chosen) - cycles,
        "shown": float(out.loc[out["buyer"] == brand, "value"].sum()),
        "rest": rest.groupby("class")["value"].sum().to_dict(),
        "rest_links": rest["supplier"].nunique(),
        "rest_evidence": None if rest.empty else rest["evidence"].max(),
        "own": empty.attrs["own"],
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


def _grown(ranked: pd.Series, brand: str, limit: int) -> tuple[list[tuple[str, str]], int]:
    """The links that carry most, from the brand outwards, and how many were met that would close a cycle.

    The links of each buyer wait in their order; the largest of those that wait first is taken, and its supplier's own
    begin to wait. A supplier that is met for the first time has no inputs yet and closes no cycle.
    """
    suppliers, buyers = (ranked.index.get_level_values(end).to_numpy(dtype=object) for end in ("supplier", "buyer"))
    codes, names = pd.factorize(buyers)
    order = np.argsort(codes, kind="stable")
    suppliers, values = suppliers[order], ranked.to_numpy()[order]
    ends = np.cumsum(np.bincount(codes))
    inputs = dict(zip(names, zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True), strict=True))
    taken: list[tuple[str, str]] = []
    buyers_of: dict[str, list[str]] = {brand: []}
    waiting: list[tuple[float, str, str, int]] = []
    cycles = 0

    def wait(buyer: str, place: int) -> None:
        if place < inputs.get(buyer, (0, 0))[1]:
            heapq.heappush(waiting, (-values[place], buyer, suppliers[place], place))

    def begin(buyer: str) -> None:
        wait(buyer, inputs.get(buyer, (0, 0))[0])

    begin(brand)
    while waiting and len(taken) < limit:
        _, buyer, supplier, place = heapq.heappop(waiting)
        wait(buyer, place + 1)
        if supplier in buyers_of and _leads(buyers_of, buyer, supplier):
            cycles += 1
            continue
        taken.append((supplier, buyer))
        if supplier not in buyers_of:
            buyers_of[supplier] = []
            begin(supplier)
        buyers_of[supplier].append(buyer)
    return taken, cycles


def _leads(buyers_of: dict[str, list[str]], start: str, end: str) -> bool:
    """Whether the links taken lead from a party to another one, or it is the same."""
    seen, left = {start}, [start]
    while left:
        party = left.pop()
        if party == end:
            return True
        fresh = [buyer for buyer in buyers_of[party] if buyer not in seen]
        seen.update(fresh)
        left += fresh
    return False

"""The part of the network around a brand that can be shown: tiers, what each site carries, and how much is hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graph_core.day_network import DayNetwork
from graph_core.exposure.table import ExposureTable
from graph_core.graph import among
from graph_core.model import INDICATORS
from graph_core.network import Floats, Ints, totals
from graph_core.tiers import fewest_links


@dataclass(frozen=True)
class Neighbourhood:
    """Nodes and links around a brand.

    Attributes
    ----------
    nodes : DataFrame
        id, name, country, label, tier (hops from the brand, 0 = the brand), tier_is_minimum (an indirect link is on
        every shortest way: shown as "at least n"), class, carries (share of the brand's inputs that is flagged and
        passes through it), exposure (own score), coverage (absent: not stated).
    links : DataFrame
        supplier, buyer, share, basis, evidence, disclosure, product, class, valid_from, sources.
    hidden : int
        Suppliers of the brand, at any tier, that are not among the nodes.
    """

    nodes: pd.DataFrame
    links: pd.DataFrame
    hidden: int


def neighbourhood(table: ExposureTable, brand: str, budget: int, expanded: Sequence[str] = ()) -> Neighbourhood:
    """The suppliers of a brand that carry most, and the links between them.

    Parameters
    ----------
    table : ExposureTable
        Figures of the day.
    brand : str
        Id of the brand.
    budget : int
        Most nodes, the brand included; suppliers of `expanded` nodes come on top.
    expanded : sequence of str
        Shown nodes whose direct suppliers are all shown too.
    """
    day = table.day
    if brand not in table.number:
        return Neighbourhood(pd.DataFrame(), pd.DataFrame(), 0)
    home = day.home
    tiers, direct = (_nearest(fewest_links(network, brand), home) for network in (day.network, day.direct))
    carried, mass = (totals(home, values, len(home)) for values in _carried(table, brand))
    # Places where several sums are equal keep the order of the nodes.
    order = np.lexsort((-mass, -carried))
    order = order[np.isfinite(tiers[order])]
    sites = pd.unique(np.concatenate([[table.number[brand]], home[order]]))
    shown = sites[:budget]
    opened = shown[np.isin(shown, [table.number[site] for site in expanded if site in table.number])]
    keep = pd.unique(np.concatenate([shown, _suppliers_of(day, opened)]))
    ids = [day.ids[number] for number in keep.tolist()]
    nodes = pd.DataFrame({"id": ids})
    nodes["name"] = [table.names.get(site, site) for site in ids]
    nodes["country"] = nodes["id"].map(table.countries)
    nodes["label"] = np.where(among(nodes["id"], day.graph["Organization"]["id"]), "Organization", "Facility")
    nodes["tier"] = tiers[keep].astype(int)
    nodes["tier_is_minimum"] = tiers[keep] < direct[keep]
    nodes["class"] = [str(kind) or None for kind in day.node_class[keep]]
    nodes["indicator"] = [next((k for k in INDICATORS.values() if day.strengths[k][n] > 0), None) for n in keep]
    nodes["carries"] = carried[keep]
    nodes["exposure"] = table.traced.scores[keep]
    nodes["coverage"] = day.coverage[keep]
    return Neighbourhood(nodes, _links(table, keep), len(sites) - int(np.isin(sites, keep).sum()))


def _nearest(fewest: Floats, home: Ints) -> Floats:
    """Hops to every site: the fewest to any of the nodes that stand for its goods."""
    nearest = np.full(len(fewest), np.inf)
    np.minimum.at(nearest, home, fewest)
    return nearest


def _carried(table: ExposureTable, brand: str) -> tuple[Floats, Floats]:
    """Flagged share of the brand's inputs that passes through every node, and all of its inputs that do."""
    network = table.day.network
    carried = table.traced.passing(brand) * table.traced.scores
    # Mass is followed a few hops only: closed cycles without a flag would keep it for ever.
    mass = np.zeros(len(network))
    front: Floats = np.zeros(len(network))
    front[table.number[brand]] = 1.0
    for _ in range(6):
        mass += front
        front = np.asarray(network.outputs @ front)
    return carried, mass


def _suppliers_of(day: DayNetwork, parties: Ints) -> Ints:
    """Parties that deliver to some others over links that the filters leave in."""
    wanted = np.zeros(len(day.ids), dtype=bool)
    wanted[parties] = True
    suppliers: Ints = pd.unique(day.home[day.supplier[wanted[day.home[day.buyer]] & day.kept]])
    return suppliers


def _links(table: ExposureTable, keep: Ints) -> pd.DataFrame:
    day = table.day
    among_them = np.zeros(len(day.ids), dtype=bool)
    among_them[keep] = True
    ends = day.home[day.supplier], day.home[day.buyer]
    shown = among_them[ends[0]] & among_them[ends[1]] & day.kept
    rows = day.row[shown]
    links = day.links.iloc[rows]
    scores = table.traced.scores[day.supplier[shown]]
    # Colour of a link: class of the flags behind it that carry most.
    classes = {
        kind: table.classes[kind][day.supplier[shown]]  # type: ignore[index]
        for kind in ("named", "ownership")
        if table.classes[kind] is not None
    }
    lead = np.array([""] * len(rows), dtype=object)
    if classes:
        names, values = list(classes), np.vstack(list(classes.values()))
        lead = np.where(scores > 0, np.array(names, dtype=object)[values.argmax(axis=0)], "")
    frame = pd.DataFrame(
        {
            "supplier": day.owner[day.supplier[shown]],
            "buyer": day.owner[day.buyer[shown]],
            "share": day.share[shown],
            "basis": day.shares.basis[rows],
            "evidence": links["evidence"].to_numpy(),
            "disclosure": links["disclosure"].to_numpy(),
            "product": links["product"].to_numpy(),
            "class": [kind or None for kind in lead],
            "valid_from": links["valid_from"].to_numpy(),
            "sources": links["sources"].to_numpy(),
        }
    )
    return frame.sort_values(["supplier", "buyer", "product"], ignore_index=True)

"""Where the sites of a day are, as exactly as anybody said, and what is known against them: the data of a map.

A site becomes a point only where a source gives one for it. The middle of a region or a country is no place of a site,
and a point that contradicts the country of its site is a mistake of which nobody knows the right value: such sites are
counted with their country instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.sparse import csgraph

from graph_core.day_network import DayNetwork
from graph_core.exposure.table import ExposureTable
from graph_core.flags import CLASSES, EVIDENCED
from graph_core.graph import among, rows
from graph_core.model import Precision
from graph_core.network import Floats
from graph_core.resolve.boundaries import middle
from graph_core.resolve.places import about_point

#: How the place of a site is known, the most exact first: by a point of its own; by that of its town; by an address, a
#: region or a country and no point; by a point that cannot be right; or not at all.
POINT, TOWN, ADDRESS, REGION, COUNTRY, WRONG, NOWHERE = KNOWN = (
    "point", "town", "address", "region", "country", "wrong", "nowhere",
)  # fmt: skip
#: Ways of being known that are drawn where their coordinates are.
DRAWN: Final = (POINT, TOWN)
#: What coordinates of each precision are of; where none is stated, a source gives them for the site.
_OF: Final = {
    Precision.SITE: POINT,
    Precision.STREET: POINT,
    Precision.CITY: TOWN,
    Precision.REGION: REGION,
    Precision.COUNTRY: COUNTRY,
}
COLUMNS: Final = ["id", "name", "country", "lat", "lon", "precision", "known", "class", "strength"]


def known_how(facilities: pd.DataFrame) -> pd.Series:
    """Say how the place of each facility is known, one of `KNOWN`.

    Parameters
    ----------
    facilities : DataFrame
        Rows of the table ``Facility``.

    Returns
    -------
    Series of str
        ``point`` and ``town`` have coordinates on earth; all others must not be drawn as points.
    """
    tried = facilities["lat"].notna() & facilities["lon"].notna()
    on_earth = facilities["lat"].between(-90, 90) & facilities["lon"].between(-180, 180)
    contradicted = facilities["contradictions"].map(lambda reasons: any(map(about_point, reasons))).astype(bool)
    of = facilities["precision"].map(_OF).fillna(POINT)
    without = np.where(facilities["address"].fillna("") != "", ADDRESS, COUNTRY)
    found = np.where(~tried | (of == COUNTRY), without, of)
    found = np.where(tried & (contradicted | ~on_earth), WRONG, found)
    placed = (facilities["country"].fillna("") != "") | np.isin(found, DRAWN)
    return pd.Series(np.where(placed, found, NOWHERE), index=facilities.index, dtype="str")


def places(day: DayNetwork) -> pd.DataFrame:
    """All sites of a day with place and strongest flag.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, a row a facility. ``known``: one of `KNOWN`; ``class``: of its strongest flag that counts on
        the day, an evidenced one before an indicator, empty without any; ``strength``: of that flag, 0..1.
    """
    sites = day.graph["Facility"]
    flags = strongest(day.counted)
    kind, strength = flags["class"].reindex(sites["id"]), flags["strength"].reindex(sites["id"])
    found = sites[["id", "name", "country", "lat", "lon", "precision"]].assign(
        known=known_how(sites), strength=strength.fillna(0.0).to_numpy(), **{"class": kind.fillna("").to_numpy()}
    )
    return found[COLUMNS]


def strongest(flags: pd.DataFrame) -> pd.DataFrame:
    """The flag of each party that is shown: columns class and strength, index its id.

    An evidenced flag goes before an indicator, however strong; among evidenced ones the stronger, named on ties.
    """
    order = {kind: place for place, kind in enumerate(CLASSES)}
    ranked = flags[["node", "class", "strength"]].assign(
        apart=~flags["class"].isin(list(EVIDENCED)), order=flags["class"].map(order)
    )
    ranked = ranked.sort_values(["apart", "strength", "order"], ascending=[True, False, True], kind="stable")
    return ranked.drop_duplicates("node").set_index("node")[["class", "strength"]]


def behind(table: ExposureTable, brand: str) -> pd.Index:
    """Ids of all parties from which a brand's inputs come, at any tier, by the links that the filters leave in."""
    if brand not in table.number:
        return pd.Index([], dtype="str")
    inputs = table.day.network.inputs
    reached = csgraph.breadth_first_order(inputs, table.number[brand], directed=True, return_predecessors=False)
    parties: pd.Index = pd.Index(table.day.owner[reached[1:]]).unique()
    return parties


# --- clusters ----------------------------------------------------------------------------------------------------


#: Latitudes beyond this are not on the map: no site lies there, and Mercator's has no end.
HIGHEST: Final = 84.0


def across(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Place of points on the map: 0..1 from west to east, and from 84 degrees of Mercator's north southwards."""
    up = np.radians(np.clip(lat, -HIGHEST, HIGHEST))
    return (lon + 180) / 360, 0.5 - np.log(np.tan(np.pi / 4 + up / 2)) / (2 * np.pi)


def clusters(sites: pd.DataFrame, cells: float) -> pd.DataFrame:
    """Join sites of one class that lie near each other.

    Parameters
    ----------
    sites : DataFrame
        From `places`; those without a point of their own or of their town are left out.
    cells : float
        Cells of the grid from the west to the east of the world; sites in one cell are one cluster.

    Returns
    -------
    DataFrame
        A row a cluster: ``key`` (cell and class, the same for the same grid), ``class``, ``sites`` (how many),
        ``towns`` (how many of them are known by their town only), ``lat`` and ``lon`` (their mean, or the point of a
        single one), ``strength`` (largest), ``id`` and ``name`` of a single one (absent for several). The counts sum to
        the number of sites that are drawn.
    """
    drawn = sites[sites["known"].isin(list(DRAWN))]
    key = cluster_keys(drawn, cells)
    found = (
        drawn.assign(key=key, town=drawn["known"] == TOWN)
        .groupby("key", sort=True)
        .agg(
            **{"class": ("class", "first")},
            sites=("id", "size"),
            towns=("town", "sum"),
            lat=("lat", "mean"),
            lon=("lon", "mean"),
            strength=("strength", "max"),
            id=("id", "first"),
            name=("name", "first"),
        )
        .reset_index()
    )
    several = found["sites"] > 1
    found.loc[several, ["id", "name"]] = None
    return found


def cluster_keys(drawn: pd.DataFrame, cells: float) -> pd.Series:
    """Key of the cluster in which each site is."""
    x, y = across(drawn["lon"].to_numpy(), drawn["lat"].to_numpy())
    code = np.floor(x * cells).astype(np.int64) * 1_000_000 + np.floor(y * cells).astype(np.int64)
    return pd.Series(code, index=drawn.index).astype("str") + ":" + drawn["class"]


def by_country(sites: pd.DataFrame) -> pd.DataFrame:
    """Count the sites that are no points, by country.

    Returns
    -------
    DataFrame
        A row a country: ``country``; ``sites``; how many of them are known in each such way (``address``, ``region``,
        ``country_only``, ``wrong``); how many have their strongest flag in each class (``class_named`` and so on).
    """
    unplaced = sites[~sites["known"].isin([*DRAWN, NOWHERE])]
    ways = {ADDRESS: ADDRESS, REGION: REGION, "country_only": COUNTRY, WRONG: WRONG}
    counted = {name: unplaced["known"] == way for name, way in ways.items()}
    # A class and a way of being known are both called region: the class is counted under its own name.
    counted |= {f"class_{kind}": unplaced["class"] == kind for kind in CLASSES}
    totals = {name: (name, "sum") for name in counted}
    return unplaced.assign(**counted).groupby("country", sort=True).agg(sites=("id", "size"), **totals).reset_index()


# --- routes ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Routes:
    """Paths as lines on a map.

    Attributes
    ----------
    hops : DataFrame
        A row a link, each once: ``supplier``, ``buyer`` (ids), ``from_lon, from_lat, to_lon, to_lat``, ``share`` of the
        buyer's inputs, 0..1, ``class`` of the flag where the best path over it begins, ``inferred``, ``vague`` (an end
        is no point of its own), ``words`` (both names).
    stops : DataFrame
        Ends of hops of which no point is known: ``id``, ``name``, ``country`` (absent where none is known either),
        ``lon``, ``lat`` of the label at which the lines end, which is no place.
    """

    hops: pd.DataFrame
    stops: pd.DataFrame


def routes(
    paths: Sequence[Mapping[str, Any]], sites: pd.DataFrame, edge: Callable[[int], tuple[float, float]]
) -> Routes:
    """Lay paths over a map.

    Parameters
    ----------
    paths : sequence of mapping
        From `graph_core.day.Day.paths`, best first.
    sites : DataFrame
        From `places`.
    edge : callable
        Longitude and latitude of the label of the n-th party of which not even a country is known.
    """
    nodes = {node["id"]: node for path in paths for node in path["nodes"]}
    drawn = sites[sites["known"].isin(list(DRAWN))]
    on = among(drawn["id"], pd.Index(list(nodes), dtype="str"))
    at = {row["id"]: (row["lon"], row["lat"]) for row in rows(drawn.loc[on, ["id", "lon", "lat"]])}
    points, stops, lost = set(at), [], 0
    for identity, node in nodes.items():
        if identity not in points:
            label = middle(node["country"] or "")
            at[identity] = label or edge(lost)
            lost += label is None
            stops.append({key: node[key] for key in ("id", "name", "country")} | _ends("", at[identity]))
    hops: dict[tuple[str, str], dict[str, Any]] = {}
    for path in paths:
        for link in path["links"]:
            pair = (link["supplier"], link["buyer"])
            hops.setdefault(
                pair,
                {
                    "supplier": pair[0], "buyer": pair[1], "share": link["share"],
                    "class": path["nodes"][0]["class"] or "", "inferred": link["evidence"] == "inferred",
                    "vague": not points.issuperset(pair),
                    "words": " → ".join(nodes[one]["name"] for one in pair),
                } | _ends("from_", at[pair[0]]) | _ends("to_", at[pair[1]]),
            )  # fmt: skip
    return Routes(pd.DataFrame(list(hops.values())), pd.DataFrame(stops))


def _ends(prefix: str, place: tuple[float, float]) -> dict[str, float]:
    return {f"{prefix}lon": place[0], f"{prefix}lat": place[1]}

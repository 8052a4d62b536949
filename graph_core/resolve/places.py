"""Facilities whose point, address and stated country contradict each other.

A facility that is marked here may still be what it says: the marks keep it out of automatic acceptance, so that a
person looks. Nothing is corrected.

================  ====================================================================================================
rule              the facility is marked because
================  ====================================================================================================
point_zero        its point is 0, 0, which is what a missing point becomes
point_off_earth   a coordinate is out of range
point_swapped     the point is far outside the stated country, and within it once latitude and longitude are swapped
point_outside     the point is farther outside the stated country than its precision allows
address_country   the end of its address names another country
two_countries     sources state two countries
================  ====================================================================================================

What two sources may call differently without either being wrong is no contradiction but a note (`notes`):

================  ====================================================================================================
rule              the note says that
================  ====================================================================================================
territory         one of the two is a territory of the other, or claims it: Hong Kong and CN, Puerto Rico and US
disputed          the point lies in an area that the stated country claims and another one holds
address_both      the address names the stated country too, but ends in another
================  ====================================================================================================

Names are not read: "India Textiles" may well stand in Bangladesh. The tolerances and the two lists of what may be
called differently are data, in ``boundaries/``; how they were chosen is in docs/places.md.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Final

import numpy as np
import pandas as pd

from graph_core.countries import country_names
from graph_core.resolve import boundaries
from graph_core.resolve.address_country import all_named, named

#: Columns of the result.
COLUMNS: Final = ["id", "rule", "reason"]
CONTRADICTIONS: Final = (
    "point_zero",
    "point_off_earth",
    "point_swapped",
    "point_outside",
    "address_country",
    "two_countries",
)
NOTES: Final = ("territory", "disputed", "address_both")

#: A point this near to 0, 0, in degrees (about 1 km), is none.
_ZERO: Final = 0.01
#: How every sentence about a point begins.
_THE_POINT: Final = "the point "
_TEXTS: Final = ("id", "country", "address", "precision")


def contradictions(facilities: pd.DataFrame) -> pd.DataFrame:
    """Mark the facilities whose point, address and countries contradict each other.

    Parameters
    ----------
    facilities : DataFrame
        Columns ``id`` and ``country`` (ISO 3166-1 alpha-2); where present, ``address``, ``lat`` and ``lon`` (decimal
        degrees), ``precision`` (`graph_core.model.Precision`) and ``other_countries`` (list of codes that other sources
        state). An id may stand in several rows, one a source. What is missing contradicts nothing.

    Returns
    -------
    DataFrame
        Columns ``id``, ``rule`` (`CONTRADICTIONS`) and ``reason``, one sentence with the values; one row a facility,
        rule and reason, in the order of the facilities.

    Examples
    --------
    >>> sites = pd.DataFrame({"id": ["M"], "country": ["IN"], "lat": [-2.6], "lon": [104.37]})
    >>> contradictions(sites)["reason"].item()
    'the point -2.6, 104.37 lies in Indonesia (ID), 1,564 km outside India (IN), the stated country'
    """
    return _of(facilities, CONTRADICTIONS)


def notes(facilities: pd.DataFrame) -> pd.DataFrame:
    """Say where two countries are meant for one facility and neither is wrong; parameters as in `contradictions`.

    Returns
    -------
    DataFrame
        Columns ``id``, ``rule`` (`NOTES`) and ``reason``.
    """
    return _of(facilities, NOTES)


def about_point(reason: str) -> bool:
    """Whether a contradiction is one of the point itself (``point_...``): then nobody knows where the site is."""
    return reason.startswith(_THE_POINT)


def _of(facilities: pd.DataFrame, rules: tuple[str, ...]) -> pd.DataFrame:
    if facilities.empty:
        return pd.DataFrame(columns=COLUMNS, dtype="str")
    sites = _sites(facilities)
    found = pd.concat([_points(sites), _addresses(sites), _countries(sites)])
    found = found[found["rule"].isin(rules)]
    found = found.assign(place=found["rule"].map({rule: place for place, rule in enumerate(rules)}))
    found = found.rename_axis("site").sort_values(["site", "place"], kind="stable")
    return found[COLUMNS].drop_duplicates(ignore_index=True)


def _sites(facilities: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that are read, with empty texts for what is missing."""
    columns: dict[str, object] = {}
    for name in _TEXTS:
        given = facilities[name] if name in facilities else pd.Series("", index=facilities.index)
        columns[name] = given.astype("object").where(given.notna(), "").to_numpy()
    for name in ("lat", "lon"):
        given = facilities[name] if name in facilities else pd.Series(np.nan, index=facilities.index)
        columns[name] = pd.to_numeric(given).to_numpy("float64", na_value=np.nan)
    others = facilities["other_countries"].tolist() if "other_countries" in facilities else [()] * len(facilities)
    columns["others"] = pd.Series([tuple(o) if isinstance(o, (list, tuple)) else () for o in others], dtype="object")
    return pd.DataFrame(columns)


def _marked(sites: pd.DataFrame, rule: str, reasons: Iterable[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {"id": sites["id"], "rule": rule, "reason": pd.Series(list(reasons), index=sites.index, dtype="str")}
    )


def _rows(sites: pd.DataFrame) -> list[dict[Hashable, object]]:
    return sites.to_dict("records")


def _country(code: object) -> str:
    name = country_names().get(str(code))
    return f"{name} ({code})" if name else str(code)


def _either(codes: Iterable[str]) -> str:
    return " or ".join(map(_country, sorted(codes)))


def _both(codes: Iterable[str]) -> str:
    return " and ".join(map(_country, sorted(codes)))


def _point(site: dict[Hashable, object]) -> str:
    return f"{_degrees(site['lat'])}, {_degrees(site['lon'])}"


def _degrees(value: object) -> str:
    """A coordinate to about a metre."""
    return f"{float(str(value)):.5f}".rstrip("0").rstrip(".")


def _one_state(left: str, right: str) -> bool:
    return left == right or frozenset((left, right)) in boundaries.one_state()


# --- points ------------------------------------------------------------------------------------------------------


def _points(sites: pd.DataFrame) -> pd.DataFrame:
    given = sites[sites["lat"].notna() & sites["lon"].notna()]
    if given.empty:
        return _marked(given, "", [])
    zero = (given["lat"].abs() < _ZERO) & (given["lon"].abs() < _ZERO)
    off_earth = (given["lat"].abs() > 90) | (given["lon"].abs() > 180)
    # A code without a shape is no country that a point could lie outside of.
    asked = given[~zero & boundaries.known(given["country"])]
    asked = asked.assign(away=boundaries.distance_km(asked["country"], asked["lat"], asked["lon"]))
    outside = _too_far(asked[~(asked["away"] == 0)])
    # Swapped points that fall into the stated country, or as near to it as its coasts are drawn.
    near = boundaries.tolerances()["km"].min()
    swapped = outside[boundaries.distance_km(outside["country"], outside["lon"], outside["lat"], near) <= near]
    off_earth &= ~given.index.isin(swapped.index)
    rest = outside[~outside.index.isin(swapped.index) & outside["away"].notna()]
    return pd.concat(
        [
            _marked(given[zero], "point_zero", (f"{_THE_POINT}{_point(s)} is no place" for s in _rows(given[zero]))),
            _marked(given[off_earth], "point_off_earth", map(_off_earth, _rows(given[off_earth]))),
            _marked(swapped, "point_swapped", map(_swap, _rows(swapped))),
            _outside(rest),
            _disputed(asked[asked["away"] == 0]),
        ]
    )


def _too_far(outside: pd.DataFrame) -> pd.DataFrame:
    """Sites farther outside their country than their precision allows, with where they are and what would be allowed.

    A point that is none on earth has no distance, and is too far.
    """
    at = boundaries.country_at(outside["lat"], outside["lon"])
    allowed = boundaries.tolerances()
    precision = outside["precision"].where(outside["precision"].isin(allowed.index), "")
    limit = np.where(at == "", precision.map(allowed["km_at_sea"]), precision.map(allowed["km"]))
    return outside.assign(at=at, limit=limit)[~(outside["away"].to_numpy() <= limit)]


def _off_earth(site: dict[Hashable, object]) -> str:
    return f"{_THE_POINT}{_point(site)} is none: latitudes go from -90 to 90, longitudes from -180 to 180"


def _swap(site: dict[Hashable, object]) -> str:
    turned = f"{_degrees(site['lon'])}, {_degrees(site['lat'])}"
    return (
        f"{_THE_POINT}{_point(site)} lies outside {_country(site['country'])}, the stated country, and {turned} "
        "within: latitude and longitude look swapped"
    )


def _outside(outside: pd.DataFrame) -> pd.DataFrame:
    """Contradictions, and notes where the point is in a territory of the same state."""
    related = outside["country"].map(_related()).explode().dropna()
    pairs = outside.loc[related.index, ["lat", "lon", "limit"]].assign(related=related)
    away = boundaries.distance_km(pairs["related"], pairs["lat"], pairs["lon"], pairs["limit"].max())
    near = pairs.assign(away=away)[away <= pairs["limit"].to_numpy()].sort_values("away", kind="stable")["related"]
    near = near[~near.index.duplicated()]
    noted = outside[outside.index.isin(near.index)]
    noted = noted.assign(at=near.reindex(noted.index))
    wrong = outside[~outside.index.isin(near.index)]
    wrong = wrong.assign(area=boundaries.disputed_at(wrong["lat"], wrong["lon"]))
    return pd.concat(
        [_marked(wrong, "point_outside", map(_far, _rows(wrong))), _marked(noted, "territory", map(_far, _rows(noted)))]
    )


def _related() -> dict[str, list[str]]:
    """Codes that may stand for the same site, by code."""
    found: dict[str, list[str]] = {}
    for pair in boundaries.one_state():
        for code in pair:
            found.setdefault(code, []).extend(sorted(pair - {code}))
    return found


def _far(site: dict[Hashable, object]) -> str:
    where = f"in {_country(site['at'])}" if site["at"] else "in no country"
    if area := site.get("area"):
        where = f"in {_claimed(area)}"
    away, stated = site["away"], _country(site["country"])
    return f"{_THE_POINT}{_point(site)} lies {where}, {away:,.0f} km outside {stated}, the stated country"


def _claimed(area: object) -> str:
    return f"{area} (held or claimed by {_both(boundaries.claims()[str(area)])})"


def _disputed(within: pd.DataFrame) -> pd.DataFrame:
    """Notes on points in an area that the stated country claims, and that is drawn with another one."""
    area = boundaries.disputed_at(within["lat"], within["lon"])
    claimed = within.assign(area=area)[area != ""]
    claimed = claimed[boundaries.country_at(claimed["lat"], claimed["lon"]) != claimed["country"]]
    reasons = (f"{_THE_POINT}{_point(s)} lies in {_claimed(s['area'])}" for s in _rows(claimed))
    return _marked(claimed, "disputed", reasons)


# --- addresses ---------------------------------------------------------------------------------------------------


def _addresses(sites: pd.DataFrame) -> pd.DataFrame:
    given = sites[(sites["address"] != "") & (sites["country"] != "")]
    ends = {address: named(address) for address in given["address"].unique()}
    other = [
        bool(codes := ends[address].countries) and country not in codes and country not in ends[address].homonym
        for address, country in zip(given["address"], given["country"], strict=True)
    ]
    differing = given[np.array(other, dtype=bool)]
    rows = _rows(differing)
    rules = [_address_rule(str(s["country"]), str(s["address"]), ends[s["address"]].countries) for s in rows]
    reasons = [
        f"the address ends in '{ends[s['address']].words}', which is {_either(ends[s['address']].countries)}, "
        f"and {_country(s['country'])} is stated"
        for s in rows
    ]
    return pd.DataFrame({"id": differing["id"], "rule": rules, "reason": reasons}, index=differing.index)


def _address_rule(country: str, address: str, codes: frozenset[str]) -> str:
    if any(_one_state(country, code) for code in codes):
        return "territory"
    return "address_both" if country in all_named(address) else "address_country"


# --- countries ---------------------------------------------------------------------------------------------------


def _countries(sites: pd.DataFrame) -> pd.DataFrame:
    """Facilities for which several countries are stated, in one row or in several."""
    own = sites.loc[sites["country"] != "", ["id", "country"]]
    others = sites.loc[sites["others"].map(len) > 0, ["id", "others"]].explode("others")
    stated = pd.concat([own, others.rename(columns={"others": "country"})]).rename_axis("site").reset_index()
    stated = stated[stated["country"].notna() & (stated["country"] != "")].drop_duplicates(["id", "country"])
    several = stated[stated.duplicated("id", keep=False)]
    found = [_stated(group) for _, group in several.groupby("id", sort=False)]
    index = pd.Index([site for site, *_ in found], dtype="int64")
    return pd.DataFrame([row for _, *row in found], columns=COLUMNS, index=index)


def _stated(group: pd.DataFrame) -> tuple[int, object, str, str]:
    codes = sorted(group["country"])
    apart = any(not _one_state(left, right) for left in codes for right in codes)
    reason = f"{len(codes)} countries are stated: {_both(codes)}"
    return int(group["site"].min()), group["id"].iloc[0], "two_countries" if apart else "territory", reason

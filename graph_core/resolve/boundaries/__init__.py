"""Where a point lies: in which country, how far outside one, and in which area that several countries claim.

The shapes are Natural Earth's at 1:10 million, thinned to about half a kilometre (README.md says how they were made).
A country is its own shape and every area that it claims (``disputed_areas.csv``): who is right is not decided here.
All functions take arrays, so that a hundred thousand points are a few calls.

>>> inside(["MY", "IN"], [1.73, 1.73], [103.54, 103.54]).tolist()
[True, False]
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from scipy.spatial import KDTree

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Coordinates in the files are whole numbers of this many a degree.
_STEPS: Final = 1000
#: Mean radius of the earth in km (IUGG).
_EARTH_KM: Final = 6371.0088
#: Longest piece of a border between two points that distances are taken to, in degrees (2.2 km): a distance is too
#: long by at most half of that, and by less than 0.13 km where it is 5 km or more.
_PIECE: Final = 0.02
#: What ``outline.parquet`` loses of a border, in degrees.
COARSE: Final = 0.1


@dataclass(frozen=True)
class _Shapes:
    """Shapes by key, ready to be asked for points."""

    shapes: Mapping[str, Any]
    bounds: Mapping[str, tuple[float, float, float, float]]

    def covers(self, key: str, lat: Floats, lon: Floats) -> Bools:
        """Whether each point lies in the shape; False for an unknown key."""
        found = np.zeros(len(lat), dtype=bool)
        if key not in self.shapes:
            return found
        west, south, east, north = self.bounds[key]
        near = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        found[near] = shapely.intersects_xy(self.shapes[key], lon[near], lat[near])
        return found


def _read(name: str) -> _Shapes:
    """Read shapes that are kept as nested lists of whole numbers: polygons, rings, points."""
    table = pq.read_table(BytesIO(files("graph_core.resolve.boundaries").joinpath(name).read_bytes()))
    nested: pa.Array = table["polygons"].combine_chunks()
    offsets = []
    while isinstance(nested, pa.ListArray):
        offsets.append(nested.offsets.to_numpy())
        nested = nested.values  # noqa: PD011  # pyarrow's, not pandas'
    points = np.column_stack([nested.field(axis).to_numpy() for axis in ("lon", "lat")]) / _STEPS
    shapes = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, points, tuple(reversed(offsets)))
    shapely.prepare(shapes)
    keys = table["key"].to_pylist()
    bounds = dict(zip(keys, map(tuple, shapely.bounds(shapes).tolist()), strict=True))
    return _Shapes(dict(zip(keys, shapes, strict=True)), bounds)


@cache
def _countries() -> _Shapes:
    return _read("countries.parquet")


@cache
def _outline() -> _Shapes:
    return _read("outline.parquet")


@cache
def _disputed() -> _Shapes:
    return _read("disputed.parquet")


def _rows(name: str) -> list[dict[str, str]]:
    text = files("graph_core.resolve.boundaries").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def claims() -> dict[str, frozenset[str]]:
    """Countries that claim or hold each disputed area, by the area's name."""
    return {row["area"]: frozenset(row["countries"].split("|")) for row in _rows("disputed_areas.csv")}


def shapes() -> dict[str, Any]:
    """Shapes of all countries by code, as shapely geometries in degrees."""
    return dict(_countries().shapes)


def outlines(window: tuple[float, float, float, float], tolerance: float, *, disputed: bool = False) -> dict[str, Any]:
    """Shapes to be drawn: what of them lies in a window, no finer than can be seen.

    Parameters
    ----------
    window : tuple of float
        West, south, east and north in degrees; -180..180 and -90..90.
    tolerance : float
        What may be lost of a border, in degrees.
    disputed : bool
        Disputed areas by name in place of countries by code.

    Returns
    -------
    dict of str to geometry
        Polygons; shapes outside of the window are absent.
    """
    source = _disputed() if disputed else _outline() if tolerance >= COARSE else _countries()
    west, south, east, north = window
    near = [
        key
        for key, (left, low, right, high) in source.bounds.items()
        if left <= east and right >= west and low <= north and high >= south
    ]
    if not near:
        return {}
    clipped = shapely.clip_by_rect(np.array([source.shapes[key] for key in near]), *window)
    thin = shapely.simplify(clipped, tolerance)
    return {key: shape for key, shape in zip(near, thin, strict=True) if not shapely.is_empty(shape)}


@cache
def middle(country: str) -> tuple[float, float] | None:
    """Longitude and latitude well inside the largest part of a country, where its label can stand.

    It is no place of anything in the country. ``None`` where there is no shape.
    """
    if country not in _outline().shapes:
        return None
    parts = shapely.get_parts(_outline().shapes[country])
    point = shapely.get_coordinates(shapely.maximum_inscribed_circle(parts[shapely.area(parts).argmax()]))[0]
    return float(point[0]), float(point[1])


@cache
def tolerances() -> pd.DataFrame:
    """Kilometres that a point may lie outside its country, by how exact it is; ``""`` where that is not stated.

    Returns
    -------
    DataFrame
        Index: precision (`graph_core.model.Precision`). Columns ``km`` for a point in another country, ``km_at_sea``
        for one in none: small islands are missing from the map, towns at a border are not.
    """
    rows = pd.DataFrame(_rows("tolerances.csv")).set_index("precision")
    return rows[["km", "km_at_sea"]].astype("float64")


@cache
def one_state() -> frozenset[frozenset[str]]:
    """Pairs of codes of which a source may use either for one site: a territory and its state, or two claimants."""
    return frozenset(frozenset((row["country"], row["with"])) for row in _rows("compatible_countries.csv"))


def known(country: ArrayLike) -> Bools:
    """Whether there is a shape for each country code."""
    codes = np.asarray(country, dtype=object)
    return np.array([code in _countries().shapes for code in codes], dtype=bool)


def _by_country(country: ArrayLike) -> Iterator[tuple[str, NDArray[np.intp]]]:
    """Every country code there is a shape for, with the positions at which it stands."""
    codes = pd.Series(np.asarray(country, dtype=object))
    for code, positions in codes.groupby(codes, sort=False).indices.items():
        if code in _countries().shapes:
            yield str(code), np.asarray(positions, dtype=np.intp)


def _points(lat: ArrayLike, lon: ArrayLike) -> tuple[Floats, Floats]:
    return np.asarray(lat, dtype="float64"), np.asarray(lon, dtype="float64")


@cache
def _claimed(country: str) -> tuple[str, ...]:
    return tuple(area for area, claimants in claims().items() if country in claimants)


def inside(country: ArrayLike, lat: ArrayLike, lon: ArrayLike) -> Bools:
    """Whether each point lies in the country beside it, or in an area that this country claims.

    Parameters
    ----------
    country : array of str
        ISO 3166-1 alpha-2 codes.
    lat, lon : array of float
        Decimal degrees.

    Returns
    -------
    array of bool
        False where the country is unknown or a coordinate is missing. Islands of less than about 100 m and coasts that
        the map draws more than half a kilometre off are outside: ask `distance_km`.
    """
    lats, lons = _points(lat, lon)
    found = np.zeros(len(lats), dtype=bool)
    for code, at in _by_country(country):
        here = _countries().covers(code, lats[at], lons[at])
        for area in _claimed(code):
            here |= _disputed().covers(area, lats[at], lons[at])
        found[at] = here
    return found


def distance_km(country: ArrayLike, lat: ArrayLike, lon: ArrayLike, up_to: float = math.inf) -> Floats:
    """How far outside the country beside it each point lies, along the surface of the earth.

    Parameters
    ----------
    country : array of str
        ISO 3166-1 alpha-2 codes.
    lat, lon : array of float
        Decimal degrees.
    up_to : float
        Kilometres beyond which nobody asks how far it is; then infinite. Far points take longest.

    Returns
    -------
    array of float
        Kilometres; 0 inside the country and in areas that it claims, NaN where the country is unknown or a coordinate
        is missing or no place on earth.
    """
    lats, lons = _points(lat, lon)
    found = np.full(len(lats), np.nan)
    on_earth = (np.abs(lats) <= 90) & (np.abs(lons) <= 180)
    within = inside(country, lats, lons)
    # A little more than asked for, since the search takes only what is nearer than its bound.
    farthest = 2 * math.sin(up_to / _EARTH_KM / 2) * 1.001 if up_to < _EARTH_KM else np.inf
    for code, at in _by_country(country):
        found[at[within[at]]] = 0
        outside = at[~within[at] & on_earth[at]]
        if len(outside):
            chord, _ = _border(code).query(_on_sphere(lats[outside], lons[outside]), distance_upper_bound=farthest)
            found[outside] = np.where(chord == np.inf, np.inf, 2 * _EARTH_KM * np.arcsin(np.minimum(chord / 2, 1)))
    return found


@cache
def _border(country: str) -> KDTree:
    """Points along all borders and coasts of a country and of what it claims, at most `_PIECE` apart."""
    from scipy.spatial import KDTree  # noqa: PLC0415  # only what lies outside asks for distances

    shapes = [_countries().shapes[country], *(_disputed().shapes[area] for area in _claimed(country))]
    lon, lat = shapely.get_coordinates(shapely.segmentize(shapes, _PIECE)).T
    return KDTree(_on_sphere(lat, lon))


def _on_sphere(lat: Floats, lon: Floats) -> Floats:
    """Points on the unit sphere: the straight line between two orders them by distance, at the poles and 180° too."""
    up, around = np.radians(lat), np.radians(lon)
    return np.column_stack([np.cos(up) * np.cos(around), np.cos(up) * np.sin(around), np.sin(up)])


def country_at(lat: ArrayLike, lon: ArrayLike) -> NDArray[np.object_]:
    """Code of the country in which each point lies, as Natural Earth draws it; empty at sea and in no man's land."""
    return _first(_countries(), lat, lon)


def disputed_at(lat: ArrayLike, lon: ArrayLike) -> NDArray[np.object_]:
    """Name of a disputed area in which each point lies; empty where nobody disputes it."""
    return _first(_disputed(), lat, lon)


def _first(shapes: _Shapes, lat: ArrayLike, lon: ArrayLike) -> NDArray[np.object_]:
    lats, lons = _points(lat, lon)
    found = np.full(len(lats), "", dtype=object)
    for key in shapes.shapes:
        found[(found == "") & shapes.covers(key, lats, lons)] = key
    return found

"""Sites on a map of the world: tables in, a Vega-Lite specification out, without a tile or a request.

A filled mark is a point that a source gives; a hollow one stands for a town; a dashed pill at the name of a country
counts the sites there of which no point is known, and is no place. Shape and colour say the class, fullness says how
strong the flag is, size how many sites there are.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from graph_core.countries import country_names
from graph_core.places_shown import HIGHEST
from graph_core.resolve import boundaries
from graph_core.viz.colours import LABEL, MARK, NO_FLAG, PALETTE, Theme
from graph_core.viz.text import clean, count, percent, shorten

#: Cells of the grid from the west to the east of what is seen: about the size of a mark at 800 pixels.
CELLS: Final = 20
#: Names of the selections: a cluster or site, and a country.
PICK, PICK_COUNTRY = "pick", "pick_country"
#: Height of the map against its width, at most: a phone.
_TALL: Final = 1.4
_SHAPES: Final = {
    "": "circle",
    "named": "square",
    "ownership": "diamond",
    "good_country": "circle",
    "region": "triangle-up",
}
#: What is drawn last lies on top.
_ORDER: Final = ("", "good_country", "region", "ownership", "named")
_PILL: Final = "M-0.7,-0.42H0.7A0.42,0.42,0,0,1,0.7,0.42H-0.7A0.42,0.42,0,0,1,-0.7,-0.42Z"
_FONT: Final = "Inter, sans-serif"
#: Marks and figures are smaller on a phone.
_SCALED: Final = {"calculate": "datum.size * clamp(width / 800, 0.4, 1)", "as": "seen"}
_SMALL: Final = {"expr": "width < 500 ? 8 : 10"}
#: Said wherever a border is drawn.
BORDERS: Final = (
    "Borders: Natural Earth (public domain), as held on the ground; no view on any claim is meant. Dashed lines"
    " surround areas that several states hold or claim."
)

Width = int | Literal["container"]


@dataclass(frozen=True)
class Window:
    """What part of the world is seen.

    Attributes
    ----------
    lon, lat : float
        Its middle, in degrees.
    zoom : int
        0: the whole world across; each step halves what is seen.
    """

    lon: float = 12.0
    lat: float = 24.0
    zoom: int = 0

    #: Steps of the zoom.
    LEAST, MOST = 0, 9

    @classmethod
    def read(cls, text: str) -> Window | None:
        """Read ``lon,lat,zoom`` as it stands in an address; ``None`` where it is no window."""
        try:
            lon, lat, zoom = (float(part) for part in text.split(","))
        except ValueError:
            return None
        if not (abs(lon) <= 180 and abs(lat) <= HIGHEST and cls.LEAST <= zoom <= cls.MOST):
            return None
        return cls(lon, lat, int(zoom))

    @classmethod
    def around(cls, lon: npt.ArrayLike, lat: npt.ArrayLike, most: int = 6) -> Window:
        """The closest window that holds some points; the whole world without any."""
        lons, lats = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        if not len(lons):
            return cls()
        west, east, south, north = lons.min(), lons.max(), lats.min(), lats.max()
        # Maps are about twice as wide as high.
        span = max(east - west, 2 * (north - south), 1e-3) * 1.25
        zoom = min(most, max(cls.LEAST, math.floor(math.log2(360 / span))))
        lat = float(south + north) / 2 if zoom else cls.lat  # the whole world leaves no room above and below
        return cls(round(float(west + east) / 2, 3), round(lat, 3), zoom)

    @property
    def text(self) -> str:
        """The window as it stands in an address."""
        return f"{self.lon:g},{self.lat:g},{self.zoom}"

    @property
    def cells(self) -> float:
        """Cells of the grid around the whole world, see `graph_core.places_shown.clusters`."""
        return float(CELLS * 2**self.zoom)

    @property
    def span(self) -> float:
        """Degrees of longitude that are seen."""
        return 360 / float(2**self.zoom)

    def zoomed(self, by: int) -> Window:
        """The same middle, closer or farther."""
        return Window(self.lon, self.lat, min(self.MOST, max(self.LEAST, self.zoom + by)))

    def moved(self, east: float, north: float) -> Window:
        """Moved by parts of what is seen."""
        lon = (self.lon + east * self.span + 180) % 360 - 180
        lat = min(75.0, max(-55.0, self.lat + north * self.span / 2))
        return Window(round(lon, 3), round(lat, 3), self.zoom)

    def edge(self, place: int) -> tuple[float, float]:
        """Where the label of something without a place stands: near the upper edge, the first ones in its middle."""
        beside = (place + 1) // 2 * (1 if place % 2 else -1)
        up = math.asinh(math.tan(math.radians(self.lat))) + math.radians(self.span) * 0.2
        lon = (self.lon + beside * self.span / 5 + 180) % 360 - 180
        return lon, min(HIGHEST - 2, math.degrees(math.atan(math.sinh(up))))

    def sees(self, rows: pd.DataFrame) -> pd.Series:
        """Which rows (columns lon and lat) may be seen at any shape of the map."""
        away = (rows["lon"] - self.lon + 180) % 360 - 180
        _, south, _, north = self.bounds
        return (away.abs() <= self.span * 0.6) & rows["lat"].between(south, north)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north of all that may be seen at any shape of the map, with a margin."""
        half = self.span * 0.6
        west, east = self.lon - half, self.lon + half
        if west < -180 or east > 180 or self.zoom <= 1:
            west, east = -180.0, 180.0
        middle = math.asinh(math.tan(math.radians(self.lat)))
        reach = math.radians(self.span) * 0.6 * _TALL
        south, north = (math.degrees(math.atan(math.sinh(middle + way * reach))) for way in (-1, 1))
        return west, max(-60.0, south), east, min(HIGHEST, north)


@dataclass(frozen=True)
class Drawn:
    """What is drawn on the map.

    Attributes
    ----------
    clusters : DataFrame
        From `graph_core.places_shown.clusters`.
    countries : DataFrame
        From `graph_core.places_shown.by_country`.
    hops : DataFrame
        Links of routes: ``from_lon, from_lat, to_lon, to_lat, share, class, inferred, vague`` (an end is no point of
        its own) and ``words``.
    stops : DataFrame
        Ends of hops that are no sites with a point: ``lon, lat, name, country``.
    """

    clusters: pd.DataFrame
    countries: pd.DataFrame
    hops: pd.DataFrame = field(default_factory=pd.DataFrame)
    stops: pd.DataFrame = field(default_factory=pd.DataFrame)


def world_map(
    drawn: Drawn,
    window: Window,
    theme: Theme = "light",
    *,
    picked: str | None = None,
    width: Width = "container",
    height: int = 480,
) -> dict[str, Any]:
    """Draw sites on a map.

    Parameters
    ----------
    drawn : Drawn
        What is drawn.
    window : Window
        What part of the world is seen.
    theme : {"light", "dark"}
        Colours.
    picked : str, optional
        Key of the cluster, or code of the country, with a ring around it.
    width, height : int
        Pixels; ``container``: as wide as there is room.

    Returns
    -------
    dict
        A Vega-Lite specification. Its selections `PICK` and `PICK_COUNTRY` give ``key``.
    """
    colour = PALETTE[theme]
    marks = _spread(drawn.clusters[window.sees(drawn.clusters)], window)
    layers = [
        *_land(window, colour),
        *_routes(drawn.hops, drawn.stops, colour),
        *_countries(drawn.countries, marks, window, colour, picked),
        *_sites(marks, colour, picked),
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": width,
        "height": height,
        "background": colour["background"],
        "projection": _projection(window),
        "layer": layers,
        "config": {"font": _FONT, "view": {"stroke": colour["line"]}, "text": {"color": colour["text"]}},
        # Drawn as SVG, so that it can be taken as one.
        "usermeta": {"embedOptions": {"renderer": "svg"}},
    }


def legend_words() -> str:
    """Say in one line what the marks mean."""
    marks = [f"{MARK[kind]} {LABEL[kind]}" for kind in reversed(_ORDER) if kind]
    return "   ".join(
        [*marks, f"● {NO_FLAG}", "○ hollow: town only", "( n ) dashed: no point known, counted by country"]
    )


def _projection(window: Window) -> dict[str, Any]:
    return {
        "type": "mercator",
        "rotate": [-window.lon, 0, 0],
        "center": [0, window.lat],
        "scale": {"expr": f"max(width, height) / (2 * PI) * {2**window.zoom}"},
        "translate": {"expr": "[width / 2, height / 2]"},
    }


# --- land --------------------------------------------------------------------------------------------------------


def _land(window: Window, colour: Mapping[str, str]) -> list[dict[str, Any]]:
    tolerance = max(window.span / 1800, 0.01)
    line = {"type": "geoshape", "strokeWidth": 0.6, "tooltip": None, "aria": False}
    return [
        {
            "data": {"values": _features(window.bounds, tolerance, disputed=False)},
            "mark": line | {"fill": colour["panel"], "stroke": colour["line"]},
        },
        {
            "data": {"values": _features(window.bounds, tolerance, disputed=True)},
            "mark": line | {"fill": None, "stroke": colour["hatch"], "strokeDash": [3, 3]},
        },
    ]


@lru_cache(maxsize=32)
def _features(bounds: tuple[float, float, float, float], tolerance: float, *, disputed: bool) -> list[dict[str, Any]]:
    """Outlines as GeoJSON features; what is smaller than can be seen is left out."""
    found = []
    for shape in boundaries.outlines(bounds, tolerance, disputed=disputed).values():
        parts = shapely.get_parts(shape)
        seen = parts[
            (shapely.area(parts) > tolerance**2) & (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON)
        ]
        if len(seen):
            # The projection takes what lies right of a ring for its inside.
            turned = shapely.orient_polygons(shapely.multipolygons(seen), exterior_cw=True)
            rounded = shapely.transform(turned, lambda points: np.round(points, 3))
            found.append({"type": "Feature", "geometry": json.loads(shapely.to_geojson(rounded))})
    return found


# --- sites -------------------------------------------------------------------------------------------------------


def _spread(clusters: pd.DataFrame, window: Window) -> pd.DataFrame:
    """Put the marks of several sites of one cell side by side, one a class; a single site stays on its point."""
    cell = clusters["key"].str.split(":").str[0]
    beside = clusters.groupby(cell).cumcount() - (cell.map(cell.value_counts()) - 1) / 2
    moved = clusters["lon"] + beside * 0.7 * window.span / CELLS
    return clusters.assign(lon=clusters["lon"].where(clusters["sites"] == 1, moved))


def _sites(clusters: pd.DataFrame, colour: Mapping[str, str], picked: str | None) -> list[dict[str, Any]]:
    order = {kind: place for place, kind in enumerate(_ORDER)}
    ranked = clusters.assign(order=clusters["class"].map(order)).sort_values(["order", "sites"], kind="stable")
    values = [_site(row, colour) for row in ranked.to_dict("records")]
    place = {
        "longitude": {"field": "lon", "type": "quantitative"},
        "latitude": {"field": "lat", "type": "quantitative"},
    }
    own = {name: {"field": name, "type": "nominal", "scale": None} for name in ("shape", "fill", "stroke")}
    sizes = {
        channel: {"field": name, "type": "quantitative", "scale": None}
        for channel, name in (("size", "seen"), ("fillOpacity", "fillOpacity"))
    }
    return [
        {
            "data": {"values": values},
            "params": [{"name": PICK, "select": {"type": "point", "fields": ["key"], "toggle": False}}],
            "transform": [_SCALED],
            "mark": {"type": "point", "filled": True, "opacity": 1, "strokeWidth": 1.4, "cursor": "pointer"},
            "encoding": {
                **place,
                **own,
                **sizes,
                "tooltip": _tooltip("what", "flag", "place"),
                "description": {"field": "words"},
            },
        },
        _ring([row for row in values if row["key"] == picked], colour),
        {
            "data": {"values": [row for row in values if row["sites"] > 1]},
            "mark": {"type": "text", "fontSize": _SMALL, "fontWeight": 600, "tooltip": None, "aria": False},
            "encoding": {
                **place,
                "text": {"field": "label"},
                "color": {"field": "ink", "type": "nominal", "scale": None},
            },
        },
    ]


def _ring(values: Sequence[Mapping[str, Any]], colour: Mapping[str, str], *, pill: bool = False) -> dict[str, Any]:
    """What was picked, ringed."""
    shape = {"shape": _PILL} if pill else {}
    return {
        "data": {
            "values": [
                {"lon": row["lon"], "lat": row["lat"], "size": 1.5 * row["size"] if pill else 2.2 * row["size"] + 260}
                for row in values
            ]
        },
        "mark": {
            "type": "point",
            **shape,
            "filled": False,
            "stroke": colour["accent"],
            "strokeWidth": 2.5,
            "tooltip": None,
            "aria": False,
        },
        "encoding": {
            "longitude": {"field": "lon", "type": "quantitative"},
            "latitude": {"field": "lat", "type": "quantitative"},
            "size": {"field": "size", "type": "quantitative", "scale": None},
        },
    }


def _tooltip(*fields: str) -> list[dict[str, str]]:
    return [{"field": name, "title": name.capitalize(), "type": "nominal"} for name in fields]


def _site(row: Mapping[Any, Any], colour: Mapping[str, str]) -> dict[str, Any]:
    kind, number, towns = str(row["class"]), int(row["sites"]), int(row["towns"])
    strength = float(row["strength"])
    fill = colour[kind or "unflagged"]
    hollow = towns == number
    opacity = 0.0 if hollow else 0.4 + 0.6 * strength if kind else 0.85
    edge = colour["muted"] if kind == "good_country" else fill
    words = {
        "what": clean(row["name"]) if number == 1 else count(number, "site"),
        "flag": flag_words(kind, strength, several=number > 1),
        "place": _place_words(number, towns),
    }
    return {
        "key": str(row["key"]),
        **words,
        "words": "; ".join(words.values()),
        "lon": round(float(row["lon"]), 4),
        "lat": round(float(row["lat"]), 4),
        "sites": number,
        "label": f"{number:,}",
        "shape": _SHAPES[kind],
        "size": 70 + 110 * math.log2(number) if number > 1 else 70,
        "fill": fill if not hollow else colour["background"],
        "fillOpacity": 1.0 if hollow else opacity,
        "stroke": edge,
        "ink": _ink(colour["background"] if hollow else fill, 1.0 if hollow else opacity, colour),
    }


def flag_words(kind: str, strength: float, *, several: bool = False) -> str:
    """Say what is known against a site."""
    if not kind:
        return NO_FLAG
    most = "at most " if several else ""
    return f"{LABEL[kind]}, severity × confidence {most}{strength:.2g}"


def _place_words(number: int, towns: int) -> str:
    if number == 1:
        return "town only: the point is that of the town" if towns else "point given"
    return "points given" if not towns else f"{towns:,} of {number:,} known by town only"


def _ink(fill: str, opacity: float, colour: Mapping[str, str]) -> str:
    """Black or white, whichever reads better on a fill over the background."""
    over = [opacity * a + (1 - opacity) * b for a, b in zip(_rgb(fill), _rgb(colour["background"]), strict=True)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in over]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) else "#FFFFFF"


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _countries(
    countries: pd.DataFrame, marks: pd.DataFrame, window: Window, colour: Mapping[str, str], picked: str | None
) -> list[dict[str, Any]]:
    """Pills that count the sites of a country that are no points."""
    values = [pill for row in countries.to_dict("records") if (pill := _pill(row, colour))]
    _make_room(values, marks, window)
    place = {
        "longitude": {"field": "lon", "type": "quantitative"},
        "latitude": {"field": "lat", "type": "quantitative"},
    }
    return [
        _leaders([row for row in values if (row["lon"], row["lat"]) != row["middle"]], colour),
        _ring([row for row in values if row["key"] == picked], colour, pill=True),
        {
            "data": {"values": values},
            "params": [{"name": PICK_COUNTRY, "select": {"type": "point", "fields": ["key"], "toggle": False}}],
            "mark": {
                "type": "point",
                "shape": _PILL,
                "filled": True,
                "fill": colour["background"],
                "fillOpacity": 0.85,
                "strokeDash": [3, 2],
                "strokeWidth": 1.2,
                "cursor": "pointer",
                **({} if values else {"aria": False}),  # nothing to speak of
            },
            "encoding": {
                **place,
                "size": {"field": "size", "type": "quantitative", "scale": None},
                "stroke": {"field": "stroke", "type": "nominal", "scale": None},
                "tooltip": _tooltip("what", "flag", "place"),
                "description": {"field": "words"},
            },
        },
        {
            "data": {"values": values},
            "mark": {"type": "text", "fontSize": 10, "tooltip": None, "aria": False},
            "encoding": {**place, "text": {"field": "label"}},
        },
    ]


def _leaders(moved: list[dict[str, Any]], colour: Mapping[str, str]) -> dict[str, Any]:
    """Lines from the middle of a country to its pill, where that had to make room."""
    values = [
        {"lon": row["lon"], "lat": row["lat"], "to_lon": row["middle"][0], "to_lat": row["middle"][1]} for row in moved
    ]
    ends = {"longitude": "lon", "latitude": "lat", "longitude2": "to_lon", "latitude2": "to_lat"}
    return {
        "data": {"values": values},
        "mark": {"type": "rule", "stroke": colour["hatch"], "strokeDash": [2, 2], "tooltip": None, "aria": False},
        "encoding": {
            channel: {"field": field, **({} if channel.endswith("2") else {"type": "quantitative"})}
            for channel, field in ends.items()
        },
    }


def _pill(row: Mapping[Any, Any], colour: Mapping[str, str]) -> dict[str, Any] | None:
    code = str(row["country"])
    middle = boundaries.middle(code)
    if middle is None:
        return None
    flagged = {kind: int(row[f"class_{kind}"]) for kind in MARK if row[f"class_{kind}"]}
    worst = next(iter(flagged), None)
    label = " ".join(
        [f"{code} {int(row['sites']):,}", *(f"{MARK[kind]}{number:,}" for kind, number in flagged.items())]
    )
    said = ", ".join(f"{number:,} {LABEL[kind].lower()}" for kind, number in flagged.items())
    lon, lat = round(middle[0], 3), round(middle[1], 3)
    words = {
        "what": f"{country_names().get(code, code)}: {count(int(row['sites']), 'site')} without a point",
        "flag": said or NO_FLAG,
        "place": without_point_words(row),
    }
    return {
        "key": code,
        **words,
        "words": "; ".join(words.values()),
        "lon": lon,
        "lat": lat,
        "middle": (lon, lat),
        "label": label,
        "size": (8 * len(label) + 16) ** 2 / 2.2,
        "stroke": colour[worst] if worst else colour["hatch"],
    }


def _make_room(pills: Sequence[dict[str, Any]], marks: pd.DataFrame, window: Window) -> None:
    """Move pills where they would lie on a mark or on each other; a line leads to the middle of the country."""
    wide, high = 0.075 * window.span, 0.035 * window.span
    taken = marks[["lon", "lat"]].to_numpy(dtype=np.float64)
    for pill in pills:
        for east, north in ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (0, 2), (0, -2)):
            lon, lat = pill["lon"] + east * wide, pill["lat"] + north * high
            if not ((np.abs(taken[:, 0] - lon) < wide * 0.8) & (np.abs(taken[:, 1] - lat) < high * 0.9)).any():
                pill["lon"], pill["lat"] = round(lon, 3), round(lat, 3)
                break
        taken = np.vstack([taken, [pill["lon"], pill["lat"]]])


def without_point_words(row: Mapping[Any, Any]) -> str:
    """Say how the sites of a country that are no points are known."""
    ways = {
        "address": "by address only",
        "region": "by region only",
        "country_only": "by country only",
        "wrong": "with a point that contradicts the country",
    }
    return ", ".join(f"{int(row[name]):,} {words}" for name, words in ways.items() if row[name])


# --- routes ------------------------------------------------------------------------------------------------------


def _routes(hops: pd.DataFrame, stops: pd.DataFrame, colour: Mapping[str, str]) -> list[dict[str, Any]]:
    """Great circles from supplier to buyer; dashed where a link is inferred or an end is no point."""
    if hops.empty:
        return []
    values = [
        {
            "type": "Feature",
            "geometry": {
                "type": "LineString",
                "coordinates": [[hop["from_lon"], hop["from_lat"]], [hop["to_lon"], hop["to_lat"]]],
            },
            "words": clean(hop["words"]),
            "share": percent(hop["share"]),
            "stroke": colour[hop["class"] or "accent"],
            "width": 1.2 + 4 * float(hop["share"]),
            "dashed": bool(hop["inferred"] or hop["vague"]),
        }
        for hop in hops.to_dict("records")
    ]
    names = [
        {
            "lon": stop["lon"],
            "lat": stop["lat"],
            "label": shorten(stop["name"], 24) + (f" ({stop['country']})" if stop["country"] else ": place not known"),
        }
        for stop in stops.to_dict("records")
    ]
    line = {"type": "geoshape", "fill": None, "strokeOpacity": 0.75}
    encoding = {
        "stroke": {"field": "stroke", "type": "nominal", "scale": None},
        "strokeWidth": {"field": "width", "type": "quantitative", "scale": None},
        "tooltip": [{"field": "words", "title": "Link"}, {"field": "share", "title": "Share of the buyer's inputs"}],
    }
    ways = {None: [v for v in values if not v["dashed"]], (5, 4): [v for v in values if v["dashed"]]}
    place = {
        "longitude": {"field": "lon", "type": "quantitative"},
        "latitude": {"field": "lat", "type": "quantitative"},
    }
    return [
        *(
            {"data": {"values": some}, "mark": line | {"strokeDash": dash}, "encoding": encoding}
            for dash, some in ways.items()
            if some
        ),
        {
            "data": {"values": names},
            "mark": {
                "type": "text",
                "align": "left",
                "dx": 8,
                "dy": -10,
                "fontSize": 11,
                "tooltip": None,
                "aria": False,
            },
            "encoding": {**place, "text": {"field": "label"}},
        },
        {
            "data": {"values": names},
            "mark": {
                "type": "point",
                "filled": False,
                "stroke": colour["text"],
                "size": 50,
                "tooltip": None,
                "aria": False,
            },
            "encoding": place,
        },
    ]

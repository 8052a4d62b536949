"""Make ``countries.parquet`` and ``disputed.parquet`` from Natural Earth (README.md beside this file says how).

::

    python -m graph_core.resolve.boundaries.make_boundaries COUNTRIES DISPUTED

COUNTRIES is ``countries-10m.json`` of the npm package world-atlas 2.0.2, DISPUTED the layer
``ne_10m_admin_0_disputed_areas`` as GeoJSON. Both are Natural Earth, public domain.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

_HERE: Final = Path(__file__).parent
#: What may be lost of a border, in degrees; about half a kilometre, less than the source itself is off.
TOLERANCE: Final = 0.005
#: Coordinates are kept as whole numbers of this many a degree.
STEPS: Final = 1000


def rows(name: str) -> list[dict[str, str]]:
    """Rows of a table beside this file."""
    with (_HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _alpha2() -> dict[int, str]:
    """Alpha-2 code by ISO 3166-1 numeric code."""
    text = resources.files("country_converter").joinpath("country_data.tsv").read_text("utf-8")
    table = csv.DictReader(text.splitlines(), delimiter="\t")
    # "^GB$|^UK$": the code, and another in use for it.
    return {int(r["ISOnumeric"]): r["ISO2"].strip("^$")[:2] for r in table if r["ISOnumeric"] and not r["obsolete"]}


def _arcs(topology: dict[str, Any]) -> list[np.ndarray]:
    """Arcs of a TopoJSON file in degrees, thinned; borders that two countries share stay one line."""
    scale, shift = np.array(topology["transform"]["scale"]), np.array(topology["transform"]["translate"])
    lines = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]
    return [_thinned(line) for line in lines]


def _thinned(line: np.ndarray) -> np.ndarray:
    thin = shapely.get_coordinates(shapely.simplify(shapely.linestrings(line), TOLERANCE))
    closed = np.array_equal(line[0], line[-1])
    return thin if len(thin) >= (4 if closed else 2) else line


def _ring(numbers: list[int], arcs: list[np.ndarray]) -> np.ndarray:
    """Join arcs; a number below zero is the arc read backwards."""
    parts = [arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


def _polygons(geometry: dict[str, Any], arcs: list[np.ndarray]) -> Iterator[shapely.Geometry]:
    shapes = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    for rings in shapes:
        outer, *holes = [_area(_ring(ring, arcs)) for ring in rings]
        yield from _pieces(shapely.difference(outer, shapely.union_all(holes)) if holes else outer)


def _area(ring: np.ndarray) -> shapely.Geometry:
    """What a ring encloses, cut at 180 degrees: the source joins what the antimeridian parts."""
    if len(ring) < 4:  # smaller than the source's own grid
        return _box_around(shapely.linestrings(ring))
    lon, lat = ring.T
    lon = lon - 360 * np.concatenate([[0], np.cumsum(np.rint(np.diff(lon) / 360))])
    if abs(lon[-1] - lon[0]) > 180:  # once around the earth: what it encloses holds a pole
        pole = np.copysign(90, lat.mean())
        lon, lat = np.append(lon, [lon[-1], lon[0], lon[0]]), np.append(lat, [pole, pole, lat[0]])
    whole = shapely.make_valid(shapely.Polygon(np.column_stack([lon, lat])))
    turned = [shapely.transform(whole, lambda points, by=by: np.add(points, (by, 0))) for by in (-360, 0, 360)]
    return shapely.union_all(shapely.intersection(turned, shapely.box(-180, -90, 180, 90)))


def _pieces(shape: shapely.Geometry) -> Any:
    """Polygons of a repaired shape: lines and points are dropped, collections taken apart."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]


def _box_around(shape: shapely.Geometry) -> shapely.Geometry:
    west, south, east, north = shapely.bounds(shape)
    margin = 2 / STEPS
    return shapely.box(west - margin, south - margin, east + margin, north + margin)


def _whole(shapes: list[shapely.Geometry]) -> shapely.Geometry:
    """One multipolygon on the grid of what is kept; what is smaller than the grid becomes the box around it."""
    joined = shapely.union_all(shapes)
    gridded = shapely.set_precision(joined, 1 / STEPS)
    if shapely.is_empty(gridded):
        gridded = shapely.set_precision(_box_around(joined), 1 / STEPS)
    return shapely.multipolygons(sorted(_pieces(gridded), key=lambda part: part.bounds))


def countries(path: Path) -> dict[str, shapely.Geometry]:
    """Shapes of all countries by alpha-2 code."""
    topology = json.loads(path.read_text(encoding="utf-8"))
    arcs, named = _arcs(topology), {row["feature"]: row["country"] for row in rows("features.csv")}
    found: dict[str, list[shapely.Geometry]] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        name = geometry["properties"]["name"]
        code = named[name] if name in named or "id" not in geometry else _alpha2()[int(geometry["id"])]
        if code:
            found.setdefault(code, []).extend(_polygons(geometry, arcs))
    return {code: _whole(shapes) for code, shapes in sorted(_cut_out(found).items())}


def _cut_out(found: dict[str, list[shapely.Geometry]]) -> dict[str, list[shapely.Geometry]]:
    """Give territories with a code of their own their islands, which the source draws with another country."""
    for row in rows("cut_out.csv"):
        box = shapely.box(*(float(row[side]) for side in ("west", "south", "east", "north")))
        whole = found[row["from"]]
        taken = [shape for shape in whole if shapely.contains(box, shape)]
        if not taken:
            message = f"nothing of {row['from']} lies in the box of {row['country']}"
            raise ValueError(message)
        found[row["from"]] = [shape for shape in whole if not shapely.contains(box, shape)]
        found.setdefault(row["country"], []).extend(taken)
    return found


def disputed(path: Path) -> dict[str, shapely.Geometry]:
    """Shapes of the areas of ``disputed_areas.csv`` by name."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    drawn: dict[str, list[shapely.Geometry]] = {}
    for feature in features:
        shape = shapely.simplify(shapely.from_geojson(json.dumps(feature["geometry"])), TOLERANCE)
        drawn.setdefault(feature["properties"]["BRK_NAME"], []).append(shapely.make_valid(shape))
    found = {}
    for row in rows("disputed_areas.csv"):
        shapes = [shape for name in row["features"].split("|") if name for shape in drawn[name]]
        found[row["area"]] = _whole(shapes or [shapely.from_wkt(row["outline"])])
    return dict(sorted(found.items()))


def write(shapes: dict[str, shapely.Geometry], path: Path) -> None:
    """Write shapes as nested lists of whole numbers (polygons, rings, points), the layout of GeoArrow."""
    _, points, offsets = shapely.to_ragged_array(list(shapes.values()))
    whole = pa.StructArray.from_arrays(
        [pa.array(np.rint(points[:, axis] * STEPS).astype("int32")) for axis in (0, 1)], ["lon", "lat"]
    )
    nested: pa.Array = whole
    for bounds in offsets:
        nested = pa.ListArray.from_arrays(pa.array(bounds.astype("int32")), nested)
    table = pa.table({"key": pa.array(list(shapes)), "polygons": nested})
    leaf = "polygons.list.element.list.element.list.element"
    encoding = dict.fromkeys([f"{leaf}.lon", f"{leaf}.lat"], "DELTA_BINARY_PACKED")
    pq.write_table(
        table, path, compression="zstd", compression_level=19, use_dictionary=["key"], column_encoding=encoding
    )


def main(arguments: list[str]) -> None:
    """Make both files from the two paths given."""
    countries_path, disputed_path = map(Path, arguments)
    write(countries(countries_path), _HERE / "countries.parquet")
    write(disputed(disputed_path), _HERE / "disputed.parquet")


if __name__ == "__main__":
    main(sys.argv[1:])

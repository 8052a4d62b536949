"""Make ``outline.parquet``, the coarse shapes for maps, from ``countries.parquet`` beside it.

::

    python -m graph_core.resolve.boundaries.make_outline
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from graph_core.resolve import boundaries
from graph_core.resolve.boundaries.make_boundaries import write

#: What may be lost of a border, in degrees: a pixel where 1,000 of them hold 36 degrees.
TOLERANCE: Final = boundaries.COARSE
#: Islands smaller than this many square degrees (about 25 by 25 km) are left out where their country has a larger one.
SMALLEST: Final = 0.05


def outline(shapes: dict[str, Any]) -> dict[str, Any]:
    """Thin the shapes of all countries; borders that two share stay one line, and no country is lost."""
    whole = np.array(list(shapes.values()))
    thin = shapely.coverage_simplify(whole, TOLERANCE)
    return {code: _seen(shape) for code, shape in zip(shapes, thin, strict=True)}


def _seen(shape: Any) -> Any:
    parts = shapely.get_parts(shape)
    areas = shapely.area(parts)
    return shapely.multipolygons(parts[(areas >= SMALLEST) | (areas == areas.max())])


if __name__ == "__main__":
    write(outline(boundaries.shapes()), Path(__file__).parent / "outline.parquet")

"""Format ``countries``: a table of ISO country codes, and a table of points in the middle of countries.

A folder with ``country-codes.csv`` and ``centroids.csv``, or one of the two alone; their columns tell which is which,
whatever they are called. Each is a source of its own and gives rows of the record table ``countries``; the derivation
puts them together by the code, on the countries that something is in.

* ``NA`` is Namibia. Cells that hold a space only are empty.
* A row without an alpha-2 code, or with one that no country of today has, is rejected.
* The name is the short one that people use (``CLDR display name``): "Bolivia", not "Bolivia (Plurinational State of)".
  Where that is an abbreviation ("UK") the official name stands instead.
* A country may have several points, one for each of its parts (Spain and the Canary Islands). A point under a name
  that is not the country's own is rejected: it would put the country in the wrong place.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from graph_core.errors import InputError
from graph_core.model import COUNTRIES
from loaders.base import Options, Reading, Report, source_row
from loaders.countries import alpha2
from loaders.files.rawtable import RawTable, Unread
from loaders.files.tablefile import SUFFIXES, read_table
from loaders.validate import check_frame

_CODE = "iso3166_1_alpha_2"
#: Columns that tell what a file is.
_CODES = (_CODE, "iso3166_1_alpha_3")
_POINTS = ("iso", "longitude", "latitude")
_NAMES = ("cldr_display_name", "official_name_en", "name")


class Countries:
    """Loader of the format ``countries``."""

    name = "countries"
    title = "Country codes and centroids"
    summary = "a folder with country-codes.csv and centroids.csv, or one of them"

    def read(self, path: Path, options: Options, report: Report) -> Iterator[Reading]:
        """Read both tables, or one.

        Yields
        ------
        Reading
            ``countries:codes`` and ``countries:centroids``.

        Raises
        ------
        InputError
            No file is there that holds either table.
        """
        tables = _find(path)
        for done, raw in enumerate(tables):
            report("reading " + raw.file, done, len(tables))
            yield from self.transform(raw, options)
        report("reading", len(tables), len(tables))

    def transform(self, raw: RawTable, options: Options) -> Iterator[Reading]:  # noqa: ARG002
        """Say what rows of either table mean; the columns tell which one it is.

        Yields
        ------
        Reading
            One.
        """
        yield _codes(raw) if set(_CODES) <= set(raw.headers) else _points(raw)


LOADER = Countries()


def _find(path: Path) -> list[RawTable]:
    if not path.is_dir():
        raw = read_table(path, known=[*_CODES, *_POINTS])
        if not _known(raw):
            raise InputError(
                f"{path.name} is no table of countries: it has neither the columns ISO3166-1-Alpha-2 and "
                "ISO3166-1-Alpha-3 nor the columns ISO, longitude and latitude"
            )
        return [raw]
    files = sorted(entry for entry in path.iterdir() if entry.name.casefold().removesuffix(".gz").endswith(SUFFIXES))
    tables = [raw for file in files if _known(raw := read_table(file, known=[*_CODES, *_POINTS]))]
    if not tables:
        raise InputError(f"{path} holds neither a table of country codes nor one of centroids")
    return tables


def _known(raw: RawTable) -> bool:
    return any(set(columns) <= set(raw.headers) for columns in (_CODES, _POINTS))


def _codes(raw: RawTable) -> Reading:
    names = [raw.column(column) for column in _NAMES]
    short = names[0].where(~names[0].str.fullmatch(r"[A-Z.]{1,4}"), "")
    name = short.where(short != "", names[1].where(names[1] != "", names[2]))
    region = raw.column("sub_region_name")
    checked = check_frame(
        pd.DataFrame(
            {
                "id": raw.frame[_CODE],
                "name": name,
                "alpha3": raw.frame["iso3166_1_alpha_3"],
                "region": region.where(region != "", raw.column("region_name")),
                "line": raw.frame["line"],
            }
        ),
        COUNTRIES,
        raw.file,
        raw.rejects,
        raw.notes,
        {"id": raw.headers[_CODE], "alpha3": raw.headers["iso3166_1_alpha_3"]},
    )
    source = source_row(
        "countries:codes",
        "Country codes (ISO 3166-1)",
        "countries",
        raw.sha256,
        publisher="Datopian",
        url="https://github.com/datasets/country-codes",
        licence="ODC Public Domain Dedication and Licence (PDDL) 1.0",
    )
    return Reading(source, True, {"countries": checked.frame}, checked.rejects, [checked.tally], checked.notes, raw)


def _points(raw: RawTable) -> Reading:
    kept, parts = _without_parts(raw)
    checked = check_frame(
        pd.DataFrame({"id": kept["iso"], "lat": kept["latitude"], "lon": kept["longitude"], "line": kept["line"]}),
        COUNTRIES,
        raw.file,
        [*raw.rejects, *parts],
        raw.notes,
        {"id": raw.headers["iso"], "lat": raw.headers["latitude"], "lon": raw.headers["longitude"]},
    )
    source = source_row(
        "countries:centroids",
        "Centroids of countries",
        "countries",
        raw.sha256,
        publisher="Gavin Rehkemper",
        url="https://github.com/gavinr/world-countries-centroids",
        licence="MIT",
    )
    return Reading(source, True, {"countries": checked.frame}, checked.rejects, [checked.tally], checked.notes, raw)


def _without_parts(raw: RawTable) -> tuple[pd.DataFrame, list[Unread]]:
    """Rows without those that are about a part of a country, and these with the reason."""
    rows, name = raw.frame, raw.column("country")
    code = rows["iso"].map(alpha2)
    part = (name != "") & code.notna() & (name.map(alpha2) != code)
    unread = [
        (int(line), text, f"is no name of {iso}: the point of a part of a country is not that of the country")
        for line, text, iso in zip(rows.loc[part, "line"], name[part], code[part], strict=True)
    ]
    return rows[~part], unread

"""Words and lists of the map: plain values, made from the sites of a day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from graph_core import places_shown
from graph_core.countries import country_names
from graph_core.places_shown import DRAWN, NOWHERE, TOWN, Routes
from graph_core.viz.colours import EVIDENCED, INDICATORS, LABEL, NO_FLAG
from graph_core.viz.map import Window, flag_words, without_point_words
from graph_core.viz.sentences import in_classes, over_links
from graph_core.viz.text import clean, count, shorten

Block = dict[str, Any]
#: Choices of the facet: a class, or no flag at all, which stands in the address as ``none``.
NONE: Final = "none"
FLAGS: Final = {kind: LABEL[kind] for kind in (*EVIDENCED, *INDICATORS)} | {NONE: NO_FLAG}
#: Keys of the address that mean something on the map only.
KEYS: Final = ["pick", "at", "flag", "country", "sites"]
#: Sites of a mark that are listed.
_LISTED: Final = 40
#: How the place of a site is known, in words.
PLACE: Final = {
    "point": "point given",
    "town": "town only: the point is that of the town",
    "address": "address only, no point",
    "region": "region only: the coordinates are the middle of a region",
    "country": "country only",
    "wrong": "its point contradicts its country: where it is, nobody knows",
    "nowhere": "not known",
}


def with_flags(sites: pd.DataFrame, flags: list[str]) -> pd.DataFrame:
    """Those whose strongest flag is of some classes; all where none is named."""
    return sites[sites["class"].replace("", NONE).isin(flags)] if flags else sites


def flag_counts(sites: pd.DataFrame) -> dict[str, int]:
    """Sites by the class of their strongest flag."""
    counts = sites["class"].replace("", NONE).value_counts()
    return {kind: int(counts.get(kind, 0)) for kind in FLAGS}


def country_counts(sites: pd.DataFrame) -> dict[str, int]:
    """Sites by country, most first; those of an unknown one are left out."""
    counts = sites.loc[sites["country"].notna(), "country"].value_counts()
    return {
        str(code): int(number) for code, number in sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    }


def sentence(sites: pd.DataFrame, as_of: str, evidence: str, brand: str) -> str:
    """Say what the map shows and what it cannot show."""
    drawn = int(sites["known"].isin(list(DRAWN)).sum())
    towns = int((sites["known"] == TOWN).sum())
    nowhere = int((sites["known"] == NOWHERE).sum())
    counted = len(sites) - drawn - nowhere
    parts = [f"{count(len(sites), 'site')}{f' behind {clean(brand)}' if brand else ''}, as of {as_of}, {evidence}"]
    parts.append(f"{drawn:,} drawn where a source puts them" + (f" ({towns:,} by their town only)" if towns else ""))
    if counted:
        parts.append(f"{counted:,} without a point, counted by country")
    if nowhere:
        parts.append(f"{nowhere:,} of which no place is known, not on the map")
    return "; ".join(parts) + "."


def picked_key(sites: pd.DataFrame, window: Window, pick: str, site: str) -> str | None:
    """Key of the mark to be ringed: the one picked, or the one that stands for the site of the address."""
    if pick:
        return pick
    one = sites[(sites["id"] == site) & sites["known"].isin(list(DRAWN))]
    return str(places_shown.cluster_keys(one, window.cells).iloc[0]) if len(one) else None


def picked_sites(sites: pd.DataFrame, window: Window, picked: str | None, site: str) -> pd.DataFrame:
    """Sites for which the picked mark stands; the site of the address where no mark was picked; else none."""
    if site and (sites["id"] == site).any():
        return sites[sites["id"] == site]
    if not picked:
        return sites[:0]
    if ":" not in picked:
        return sites[(sites["country"] == picked) & ~sites["known"].isin([*DRAWN, NOWHERE])]
    drawn = sites[sites["known"].isin(list(DRAWN))]
    return drawn[places_shown.cluster_keys(drawn, window.cells) == picked]


def several(rows: pd.DataFrame) -> list[Block]:
    """List the sites of a mark, the strongest flag first."""
    ranked = rows.sort_values(["strength", "name"], ascending=[False, True], kind="stable")
    countries = sorted({country_names().get(code, code) for code in rows["country"].dropna()})
    ways = set(rows["known"])
    same = [PLACE[next(iter(ways))]] if len(ways) == 1 else []
    blocks: list[Block] = [
        {"tag": "h2", "text": [count(len(rows), "site")]},
        {"tag": "small", "text": ["; ".join([", ".join(countries), *same])]},
        {"tag": "ul", "items": [_item(row, say_place=not same) for row in ranked.head(_LISTED).to_dict("records")]},
    ]
    if len(rows) > _LISTED:
        blocks.append({"tag": "small", "text": [f"and {len(rows) - _LISTED:,} more: go closer, or narrow above"]})
    return blocks


def nothing(countries: pd.DataFrame) -> list[Block]:
    """Say how to pick, and list what cannot be picked as a point."""
    blocks: list[Block] = [
        {"tag": "h2", "text": ["Nothing picked"]},
        {"tag": "small", "text": ["Click a mark to read which sites it stands for, and a site to read its findings."]},
    ]
    if len(countries):
        blocks.append({"tag": "h3", "text": ["Sites without a point"]})
        ranked = countries.sort_values(["sites", "country"], ascending=[False, True])
        blocks.append({"tag": "ul", "items": [_country(row) for row in ranked.head(_LISTED).to_dict("records")]})
        if len(countries) > _LISTED:
            blocks.append({"tag": "small", "text": [f"and {len(countries) - _LISTED} more countries"]})
    return blocks


def _country(row: dict[Any, Any]) -> list[Any]:
    code = str(row["country"])
    name = country_names().get(code, code)
    link = {"page": "map", "set": {"pick": code}, "drop": ["site"], "text": name}
    return [link, f": {without_point_words(row)}"]


def _item(row: dict[Any, Any], *, say_place: bool) -> list[Any]:
    link = {"page": "map", "set": {"site": row["id"]}, "drop": ["pick"], "text": shorten(row["name"], 60)}
    kind = row["class"]
    mark: list[Any] = [{"mark": kind, "label": LABEL[kind]}, " "] if kind else []
    words = [flag_words(kind, row["strength"])] if kind else []
    if say_place and row["known"] != places_shown.POINT:
        words.append(PLACE[row["known"]])
    return [*mark, link, f" ({'; '.join(words)})" if words else ""]


def legend(routes: Routes, lines: bool, parameters: Mapping[str, Any]) -> list[Block]:
    """Say what the marks mean; ``parameters`` are those of the day."""
    marks = [(kind, LABEL[kind]) for kind in (*EVIDENCED, *INDICATORS)]
    marks += [
        ("place_point", NO_FLAG),
        ("place_town", "hollow: known by its town only"),
        ("place_counted", "dashed: sites without a point, counted at their country's label"),
    ]
    runs: list[Any] = []
    for mark, words in marks:
        runs += [{"mark": mark}, f" {words}\u2003"]
    runs.append(
        "Fuller: a stronger flag (severity × confidence). A mark with a number stands near the middle of its sites."
    )
    blocks: list[Block] = [{"tag": "small", "text": runs}]
    if lines:
        blocks.append({"tag": "small", "text": [_lines_words(routes, parameters)]})
    return blocks


def _lines_words(routes: Routes, parameters: Mapping[str, Any]) -> str:
    if not len(routes.hops):
        over, of = over_links(parameters), in_classes(parameters)
        return f"No path of the brand{over} begins at a flagged site{of} on this day."
    return (
        "Lines are the links of the brand's best paths from flagged sites; dashed where a link is inferred or no point"
        " of one end is known. Such a line ends at a label: that of its country, or one at the edge where no country is"
        " known."
    )

"""Data of the comparison of figures: of a scenario with the day as it is, of two scenarios, of two snapshots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from graph_core.viz.colours import LABEL
from graph_core.viz.comparison import FIGURES, UNSTATED, comparison_table, figure
from graph_core.viz.exposure_bar import SIDE, bar, bar_data, marks_legend
from graph_core.viz.text import clean, percent, points, shorten

Row = Mapping[str, Any]
#: A difference below is rounding.
_ROUNDING = 1e-12
#: How each figure comes about, in one sentence.
HELP = {
    "score": "Share of inputs traced to flagged sites over all links that are looked at: a site's own flag, and of the"
    " rest the sum of each supplier's share times its figure.",
    "lower": "The figure if nothing that is unmapped were flagged.",
    "upper": "The figure if all that is unmapped were flagged.",
    "composition.unmapped": "Share of inputs that no link covers, here and further upstream. Unknown, not clean.",
    "composition.unflagged": "Share of inputs at which the map ends without a flag. Nobody has called it clean.",
    "coverage": "Share of its inputs that the brand's own links are said to cover.",
    "assumed_share": "Share of inputs that passes a buyer whose suppliers were given equal shares for want of volumes.",
    "documented_only": "The same figure over documented links alone: what the bars show.",
}


def scenarios(exposures: Sequence[Row], found: Sequence[Row], titles: Sequence[str]) -> dict[str, Any]:
    """Give the data of the day as it is beside one scenario or more.

    Parameters
    ----------
    exposures : sequence of mapping
        Of the brand: as it is, then of each scenario.
    found : sequence of mapping
        As `graph_core.day.Day.what_if` gives it, of each scenario.
    titles : sequence of str
        What each scenario is called.
    """
    heads = ["After"] if len(found) == 1 else [shorten(title, 24) for title in titles]
    columns = ["Share of disclosed inputs", "Before", *(text for head in heads for text in (head, "Change"))]
    rows = [
        _row(words, HELP[key], [(figure(one["before"], key), None) for one in found[:1]] + _after(found, key), key)
        for key, words in FIGURES.items()
    ]
    rows += _classes(exposures)
    return {
        "label": f"Figures of {clean(exposures[0]['brand']['name'])} before and after",
        "bars": [_bar(title, row) for title, row in zip(("As it is", *titles), exposures, strict=True)],
        "legend": marks_legend([bar(row) for row in exposures]),
        "columns": columns,
        "rows": rows,
    }


def snapshots(exposures: Sequence[Row], found: Row, titles: Sequence[str]) -> dict[str, Any]:
    """Give the data of a brand in two snapshots.

    Parameters
    ----------
    exposures : sequence of mapping
        Of the brand, on both sides.
    found : mapping
        Its row of `graph_core.snapshot.compare.compare`.
    titles : sequence of str
        What each side is called.
    """
    rows = [
        _row(words, HELP[key], [(figures["before"], None), (figures["after"], figures["difference"])], key)
        for key, words in FIGURES.items()
        for figures in (found["figures"][key],)
    ]
    return {
        "label": f"Figures of {clean(exposures[0]['brand']['name'])} on both sides",
        "bars": [_bar(title, row) for title, row in zip(titles, exposures, strict=True)],
        "legend": marks_legend([bar(row) for row in exposures]),
        "columns": ["Share of disclosed inputs", *titles, "Change"],
        "rows": rows,
    }


def _after(found: Sequence[Row], key: str) -> list[tuple[float | None, float | None]]:
    return [(figure(one["after"], key), figure(one["difference"], key)) for one in found]


def _row(name: str, words: str, values: Sequence[tuple[float | None, float | None]], key: str = "") -> dict[str, Any]:
    """One line: the first value stands alone, each other one has its change beside it."""
    nothing = "not stated" if key in UNSTATED else "no figure"
    cells = []
    for place, (value, difference) in enumerate(values):
        cells.append({"text": percent(value, nothing), "kind": "absent" if value is None else ""})
        if place:
            cells.append({"text": points(difference, "–"), "kind": "change" if _moved(difference) else "absent"})
    moved = any(_moved(difference) for _, difference in values)
    gone = len({value is None for value, _ in values}) > 1
    return {"name": name, "help": words, "cells": cells, "same": not (moved or gone)}


def _moved(difference: float | None) -> bool:
    return difference is not None and abs(difference) > _ROUNDING


def _classes(exposures: Sequence[Row]) -> list[dict[str, Any]]:
    """Evidence classes, each a solve of its own, where any side has it."""
    rows = []
    for kind in exposures[0]["classes"]:
        before, *after = (row["classes"][kind] for row in exposures)
        if before is None and not any(after):
            continue
        values = [(before, None), *((one, None if None in (one, before) else one - before) for one in after)]
        rows.append(_row(f"{LABEL[kind]}, by itself", "A calculation of its own; classes are never added.", values))
    return rows


def _bar(title: str, exposure: Row) -> dict[str, Any]:
    drawn = bar(exposure)
    said = f"{percent(exposure['documented']['score'])} flagged" if drawn.segments else ""
    return {"title": shorten(title, 60), "figure": said, "bar": bar_data(drawn, SIDE)}


def as_table(found: Sequence[Row]) -> pd.DataFrame:
    """Figures before and after as a table to be taken elsewhere."""
    columns, rows = comparison_table(found)
    return pd.DataFrame(rows, columns=pd.Index(columns))


def snapshot_table(found: Row) -> pd.DataFrame:
    """Every figure of `graph_core.snapshot.compare.compare` as a table to be taken elsewhere."""
    return pd.DataFrame(
        [
            {"brand_id": row["brand"]["id"], "brand": row["brand"]["name"], "figure": key, **figures}
            for row in found["brands"]
            for key, figures in row["figures"].items()
        ]
    )


def others(found: Sequence[Row], brand: str, titles: Sequence[str]) -> dict[str, Any] | None:
    """Give the table of the other brands whose score changes in any of some scenarios; ``None`` where none does."""
    changed = [{row["brand"]["id"]: row for row in one["changed"] if "score" in row["before"]} for one in found]
    known = {key: row for rows in reversed(changed) for key, row in rows.items() if key != brand}
    if not known:
        return None
    heads = ["After"] if len(found) == 1 else [shorten(title, 20) for title in titles]
    columns: list[dict[str, Any]] = [{"label": "Brand"}, {"label": "Before", "numeric": True}]
    for head in heads:
        columns += [{"label": head, "numeric": True}, {"label": "Change", "numeric": True}]
    rows = []
    for key, row in known.items():
        name, before = clean(row["brand"]["name"]), row["before"]["score"]
        cells: list[dict[str, Any]] = [
            {"text": shorten(name, 40), "title": name, "page": "what-if", "set": {"brand": key}, "drop": ["site"]},
            {"text": percent(before, "no figure")},
        ]
        for one in changed:
            after = one[key]["after"]["score"] if key in one else before
            difference = None if after is None or before is None else after - before
            cells += [{"text": percent(after, "no figure")}, {"text": points(difference, "–")}]
        rows.append({"key": key, "cells": cells})
    return {"label": "Other brands whose figure changes", "columns": columns, "rows": rows}

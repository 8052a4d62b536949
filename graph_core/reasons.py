"""What a brand's figure rests on, gathered for a reader: first suppliers, sites with their findings, and cycles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graph_core.attribution import attribution
from graph_core.exposure.table import Exposure, ExposureTable
from graph_core.flags import EVIDENCED
from graph_core.graph import rows
from graph_core.routes import cycle_rows

#: Sites whose findings are looked up, those to which most of the score traces.
_SITES = 3


def reasons(table: ExposureTable, exposure: Exposure) -> dict[str, Any]:
    """Gather what a brand's figure rests on.

    Parameters
    ----------
    table : ExposureTable
        Figures of the day.
    exposure : dict
        The brand's row, as `graph_core.day.Day.exposures` gives it.

    Returns
    -------
    dict
        ``exposure``, as it came; ``suppliers``, the attribution by direct supplier; ``findings``, by the id of each of
        the first sites of the attribution: ``title``, ``authority`` and ``valid_from`` (None where not stated) of its
        strongest finding that counts; ``cycles``, as `graph_core.routes.cycle_rows` gives them.
    """
    brand = exposure["brand"]["id"]
    scored = exposure["score"] is not None
    return {
        "exposure": exposure,
        "suppliers": attribution(table, brand, by="supplier") if scored else [],
        "findings": _findings(table, [site["id"] for site in exposure["attribution"][:_SITES]]),
        "cycles": cycle_rows(table, brand) if scored else [],
    }


def _findings(table: ExposureTable, sites: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The strongest finding that counts on each of some sites; named ones first among equals, then by id."""
    flags, parameters = table.day.flags, table.day.parameters
    flags = flags[flags["node"].isin(sites) & flags["class"].isin(EVIDENCED)]
    if parameters.unreviewed == "exclude":
        flags = flags[~flags["waiting"]]
    flags = flags.sort_values(["strength", "class", "finding"], ascending=[False, True, True], kind="stable")
    flags = flags.drop_duplicates("node")
    about = table.day.graph["Finding"]
    known = {row["id"]: row for row in rows(about[about["id"].isin(flags["finding"])])}
    return {
        flag["node"]: {
            "title": known[flag["finding"]]["source_title"] or flag["finding"],
            "authority": known[flag["finding"]]["authority"],
            "valid_from": known[flag["finding"]]["valid_from"],
        }
        for flag in rows(flags)
    }

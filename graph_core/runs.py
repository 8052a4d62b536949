"""Results written back to the store, so that Cypher sees the same figures as the app and the report."""

from __future__ import annotations

import json
from typing import Any

from graph_core.exposure.table import Exposure
from graph_core.queries import statement
from graph_core.workspace import Workspace

_FIGURES = (
    "score", "lower", "upper", "unmapped", "coverage", "assumed_share", "unstated_share", "documented_only",
)  # fmt: skip


def write_back(workspace: Workspace, exposures: list[Exposure]) -> None:
    """Keep a run and what it found of each brand; a run that is already there is not written twice.

    Parameters
    ----------
    workspace : Workspace
        Where to; the version of its store does not change.
    exposures : list of dict
        Rows of one run, as `graph_core.day.Day.exposures` gives them.
    """
    first = exposures[0]
    run = {
        "id": first["run"]["id"],
        "as_of": first["as_of"],
        "score_name": first["score_name"],
        "parameters": json.dumps(first["run"]["parameters"], sort_keys=True),
        "input_hash": first["run"]["input_hash"],
        "code_version": first["run"]["code_version"],
    }
    known = workspace.store.read(statement("results/brands_of_run"), {"id": run["id"]}, timeout=30, max_rows=1_000_000)
    written = {row[0] for row in known.rows}
    missing = [row for row in exposures if row["brand"]["id"] not in written]
    if missing:
        with workspace.writing() as store:
            store.write_run(run, [_result(row) for row in missing])


def _result(row: Exposure) -> dict[str, Any]:
    return {
        "brand": row["brand"]["id"],
        **{name: row[name] for name in _FIGURES},
        **row["classes"],
        "suppliers": row["suppliers"],
        "flagged_suppliers": row["flagged_suppliers"],
        "attribution_ids": [part["id"] for part in row["attribution"]],
        "attribution_shares": [part["share"] for part in row["attribution"]],
    }

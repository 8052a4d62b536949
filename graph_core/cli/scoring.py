"""`tiertrace scores`, and the table of a score that has no exposure bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from graph_core.cli import common
from graph_core.cli.common import Format, FormatOption, percent

if TYPE_CHECKING:
    from graph_core.exposure.scores import Score
    from graph_core.exposure.table import Exposure

_INDICATORS = {"good_country": "Good x country", "region": "Good x region"}


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("scores")(scores)


def scores(output: FormatOption = Format.TABLE) -> None:
    """List the scores: what each says, and what it must not be read as."""
    from graph_core.exposure import SCORES
    from graph_core.score_parameters import DAY_SCORES, DISRUPTION

    columns = ["name", "kind", "sentence", "pitfall"]
    if output is not Format.TABLE:
        columns += ["unit", "formula", "reference"]
    rows = [[str(getattr(one, column)) for column in columns] for one in map(SCORES.get, (*DAY_SCORES, *DISRUPTION))]
    common.print_rows(columns, rows, output)


def print_scores(found: list[Exposure]) -> None:
    """Print values of a score with what they say and do not say, the brands nearest to a flag first."""
    from graph_core.exposure import SCORES
    from graph_core.viz.sentences import score_value
    from graph_core.viz.text import NO_BREAK

    def written(row: Exposure, kind: str = "score") -> str:
        return score_value(row, kind).replace(NO_BREAK, " ")

    score = SCORES[found[0]["score_name"]]
    ranked = sorted(found, key=lambda row: (_rank(row, score), row["brand"]["name"]))
    console = common.console()
    columns = {"Brand": [common.cell(row["brand"]["name"]) for row in ranked]}
    columns[score.name] = [written(row) for row in ranked]
    if any("standard_error" in row for row in ranked):
        columns["Standard error"] = [percent(row.get("standard_error")) for row in ranked]
    if any(row["score"] != row["documented"]["score"] for row in ranked):
        columns["Documented only"] = [written(row, "documented_only") for row in ranked]
    for kind, header in _INDICATORS.items():
        if any(row["classes"][kind] is not None for row in ranked):
            columns[header] = [written(row, kind) for row in ranked]
    columns["Coverage"] = [percent(row["coverage"], "not stated") for row in ranked]
    columns["Suppliers"] = [f"{row['suppliers']:,}" for row in ranked]
    columns["Reviews"] = [str(row["waiting_reviews"]) for row in ranked]
    table = common.new_table(*((header, "left" if header == "Brand" else "right") for header in columns))
    for cells in zip(*columns.values(), strict=True):
        table.add_row(*cells)
    console.print(table)
    console.print(f"{score.name}: {score.sentence}")
    console.print(f"Pitfall: {score.pitfall}")
    run = found[0]["run"]
    settings = "".join(
        f", {name} {run['parameters'][name]:,}"
        for name in ("decay", "worlds", "seed", "horizon")
        if name in run["parameters"]
    )
    console.print(
        f"As of {found[0]['as_of']}, run {run['id']}{settings}. A low figure is not a clean one: it says what the "
        "disclosed part shows. Bounds and composition are those of traced_share without decay only."
    )
    for header in columns:
        if header in _INDICATORS.values():
            console.print(f"{header} is an inferred indicator, never an allegation against a site.")


def _rank(row: Exposure, score: Score) -> float:
    """Sort key: a high score or a short distance first, what is not there last."""
    if row["score"] is None:
        return float("inf")
    return float(row["score"]) if score.kind == "distance" else -float(row["score"])

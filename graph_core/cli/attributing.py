"""`tiertrace attribution`: what a brand's score comes from, or passes through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from graph_core.cli import common
from graph_core.cli.common import (
    AsOfOption,
    ConfidenceOption,
    DocumentedOption,
    Format,
    FormatOption,
    HomeOption,
    UnreviewedOption,
    percent,
)
from graph_core.cli.figures import PolicyOption, say_nothing, traced_on

if TYPE_CHECKING:
    from graph_core.exposure.table import Exposure

#: Rows of a table for a person.
_ROWS = 20
_UNKNOWN = {"country": "country not stated", "good": "good not stated"}


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("attribution")(attribution)


def attribution(
    brand: Annotated[str, typer.Argument(metavar="BRAND", help="Id or name.")],
    by: Annotated[str, typer.Option("--by", help="site, link, country, good or supplier.", metavar="WHAT")] = "site",
    top: Annotated[
        int | None, typer.Option("--top", help="How many rows; default 20, all for programs.", metavar="N", min=1)
    ] = None,
    as_of: AsOfOption = None,
    documented_only: DocumentedOption = False,
    unreviewed: UnreviewedOption = "exclude",
    min_confidence: ConfidenceOption = 0.0,
    policy: PolicyOption = None,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Show what a BRAND's score comes from, or which links and first known suppliers it passes through."""
    parameters = traced_on(as_of, documented_only, unreviewed, min_confidence, policy)
    with common.reading_day(parameters, home, output) as day:
        identity = day.find_brand(brand)
        found = day.attribution(identity, by)
        figures = day.table.exposure(identity)
    if output is Format.JSON:
        common.print_json(found[:top])
    elif output is Format.CSV:
        columns = ["supplier", "buyer", "share", "evidence"] if by == "link" else ["id", "name", "share"]
        common.print_csv(columns, [[_plain(row[column]) for column in columns] for row in found[:top]])
    else:
        _print_table(found, by, top or _ROWS, figures)


def _plain(value: Any) -> Any:
    return value["id"] if isinstance(value, dict) else value


def _print_table(found: list[dict[str, Any]], by: str, top: int, figures: Exposure) -> None:
    if not found:
        say_nothing(figures, "No known part of this brand's inputs traces to a flag on this day.")
        return
    score = figures["score"]
    table = common.new_table((by.capitalize(), "left"), ("Of the inputs", "right"), ("Of the score", "right"))
    for row in found[:top]:
        of_score = percent(row["share"] / score) if score else "-"
        table.add_row(_words(row, by), percent(row["share"]), of_score)
    console = common.console()
    console.print(table)
    rest = found[top:]
    if by == "link":
        console.print(
            f"The score is {percent(score)}. The same share passes over each link of its way: these do not add up."
        )
    else:
        more = f"{len(rest):,} more: {percent(sum(row['share'] for row in rest))}. " if rest else ""
        console.print(f"{more}All together are the score, {percent(score)}.")


def _words(row: dict[str, Any], by: str) -> str:
    if by == "link":
        arrow = "-->" if row["evidence"] == "documented" else "- ->"
        return f"{common.cell(row['supplier']['name'])} {arrow} {common.cell(row['buyer']['name'])}"
    if row["id"] is None:
        return _UNKNOWN[by]
    return common.cell(row["name"]) if by == "good" else f"{common.cell(row['name'])} ({common.cell(row['id'])})"

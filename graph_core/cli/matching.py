"""`tiertrace match`: how the scoring does on pairs that a person labelled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graph_core.cli import common
from graph_core.cli.common import Format, FormatOption

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Columns of the pairs in tables and CSV.
_COLUMNS = ("pair", "probability", "outcome", "reasons")
_MEASURES = ("pairs", "accepted", "review", "none")
_SHARES = ("precision", "precision_low", "recall")


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("match")(match)


def match(
    evaluate: Annotated[
        Path | None,
        typer.Option("--evaluate", metavar="FILE", help="CSV of labelled pairs: see docs/identity.md for its columns."),
    ] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Score labelled pairs and say how often the scoring is right."""
    from graph_core.errors import UsageError
    from graph_core.resolve import evaluate as evaluation
    from loaders.countries import alpha2

    if evaluate is None:
        raise UsageError("match: name a file of labelled pairs with --evaluate FILE")
    found = evaluation.evaluate(evaluation.read(evaluate, alpha2))
    if output is Format.JSON:
        common.print_json(found)
        return
    rows = [
        [number, row["probability"], row["outcome"], "; ".join(row["reasons"])]
        for number, row in enumerate(found["rows"], start=1)
    ]
    common.print_rows(_COLUMNS, rows, output)
    _summary(found, output)


def _summary(found: Mapping[str, Any], output: Format) -> None:
    """Print the measures under the table; beside a CSV they go to stderr."""
    counts = ", ".join(f"{found[key]} {key}" for key in _MEASURES)
    shares = ", ".join(f"{key.replace('_', ' ')} {common.percent(found[key])}" for key in _SHARES)
    message = f"{counts}; {shares} (precision low: lower end of its 95 % interval)"
    if output is Format.TABLE:
        print(message)
    else:
        common.say(message)

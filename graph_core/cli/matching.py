"""`tiertrace match`: what was compared and how near it came, and how the scoring does on pairs that were labelled."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graph_core.cli import common
from graph_core.cli.common import Format, FormatOption, HomeOption

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

#: Pairs that are shown where nobody says how many.
_NEAREST = 20
#: Columns of labelled pairs in tables and CSV.
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
    parties: Annotated[bool, typer.Option("--parties", help="Parties that may be one, instead of findings.")] = False,
    authority: Annotated[
        str | None, typer.Option("--authority", metavar="TEXT", help="Findings of authorities whose name holds TEXT.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Most pairs to show; 0: all.", metavar="N")] = _NEAREST,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Show which findings were compared with which parties, what came of it, and why; or score labelled pairs."""
    from graph_core.errors import UsageError

    if evaluate is None:
        _compared(parties, authority, limit, output, home)
    elif parties or authority is not None:
        raise UsageError("match --evaluate reads a file alone; leave --parties and --authority out")
    else:
        _evaluated(evaluate, output)


def _compared(parties: bool, authority: str | None, limit: int, output: Format, home: Path | None) -> None:
    import pandas as pd

    from graph_core import matching
    from graph_core.errors import UsageError
    from graph_core.resolve.judgements import standing
    from graph_core.review import history
    from graph_core.workspace import Workspace

    if parties and authority is not None:
        raise UsageError("match --parties compares no findings; leave --authority out")
    with closing(Workspace(common.settings(home))) as space:
        graph, judged = space.graph(), standing(history(space.store.read_records()))
    found = matching.duplicates(graph, judged) if parties else matching.compared(graph, judged)
    if authority is not None:
        said = found["authority"].astype("str").fillna("").str.casefold()
        found = found[said.str.contains(authority.casefold(), regex=False)]
    shown = found.head(limit) if limit else found
    plain = shown.astype(object).where(shown.notna(), None)  # the reasons are tuples, never absent
    if output is Format.TABLE:
        for row in plain.to_dict("records"):
            _print_pair(row, ("left", "right") if parties else ("finding", "party"))
    else:
        rounded = [None if value is None else round(value, 6) for value in plain["probability"]]
        plain["probability"] = pd.Series(rounded, index=plain.index, dtype=object)
        plain["reasons"] = [list(value) if output is Format.JSON else "; ".join(value) for value in plain["reasons"]]
        common.print_rows([str(column) for column in plain.columns], plain.to_numpy(dtype=object).tolist(), output)
    _counted(found, len(shown), parties=parties, output=output)


def _print_pair(row: Mapping[Hashable, Any], sides: tuple[str, str]) -> None:
    """Print one pair over several lines: reasons are too long for a column."""
    chance = "" if row["probability"] is None else f", probability {row['probability']:.2f}"
    print(f"{row['outcome']}{chance}" + (f", rule {rule}" if (rule := row.get("rule")) else ""))
    for side in sides:
        name = row["subject"] if side == "finding" else row[f"{side}_name"]
        country = row["subject_country"] if side == "finding" else row[f"{side}_country"]
        where = ", ".join(filter(None, (country, row.get("authority") if side == "finding" else None)))
        print(f"  {common.cell(name)} ({common.cell(where or 'no country')})  {common.cell(row[side])}")
    for reason in row["reasons"]:
        print(f"    - {reason}")
    print()


def _counted(found: pd.DataFrame, shown: int, *, parties: bool, output: Format) -> None:
    """Say what came of all pairs, and how many of them are shown."""
    counts = found["outcome"].value_counts()
    words = ", ".join(f"{number:,} {outcome}" for outcome, number in counts.items()) or "none"
    kind = "pairs of parties that may be one" if parties else "pairs of a finding and a party that share a rare key"
    message = f"{len(found):,} {kind}: {words}; {shown:,} shown"
    if output is Format.TABLE:
        print(message)
    else:
        common.say(message)


def _evaluated(path: Path, output: Format) -> None:
    from graph_core.resolve import evaluate as evaluation
    from loaders.countries import alpha2

    found = evaluation.evaluate(evaluation.read(path, alpha2))
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

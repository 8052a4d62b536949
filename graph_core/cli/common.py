"""What all verbs share: options, settings, progress, and printing rows."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from graph_core.day import Day, Parameters
    from graph_core.settings import Settings

Report = Callable[[str, int, int], None]


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Folder of the store, snapshots and rejects; default TIERTRACE_HOME.", metavar="DIR"),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How rows are printed.")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="Day, YYYY-MM-DD; default today.", metavar="DATE")]
DocumentedOption = Annotated[
    bool, typer.Option("--documented-only", help="Take inferred links out; what they carried becomes unmapped.")
]
UnreviewedOption = Annotated[
    str, typer.Option("--unreviewed", help="exclude or include matches that wait for review.", metavar="WHAT")
]
ConfidenceOption = Annotated[
    float, typer.Option("--min-confidence", help="Links and findings below do not count, 0..1.", metavar="X")
]

#: Stands above everything that is shown of the sample.
FICTIONAL = "Fictional network: no company or site in it is real."
#: Width of tables where no terminal tells one.
_PLAIN_WIDTH = 160


def settings(home: Path | None) -> Settings:
    """Settings from the environment and `--home`; a wrong value is named."""
    from pydantic import ValidationError

    from graph_core.errors import UsageError
    from graph_core.settings import Settings

    try:
        return Settings(home=home.expanduser().resolve()) if home else Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "TIERTRACE_" + str(first["loc"][0]).upper()
        raise UsageError(f"{name}: {first['msg']} (it is {first['input']!r})") from None


def today() -> str:
    """Today as an ISO date."""
    from datetime import UTC, datetime

    return datetime.now(UTC).astimezone().date().isoformat()


def acting(verb: str) -> AbstractContextManager[Any]:
    """Let the audit trail know that all that follows is done by a command, by whoever is logged in here."""
    from graph_core import audit

    return audit.acting(audit.Act(audit.login(), "admin", audit.COMMAND_LINE, verb))


def say(message: str) -> None:
    """Print a message for a person, to stderr; names in it cannot steer the terminal."""
    from graph_core.text import printable

    print("\n".join(printable(line) for line in message.splitlines()), file=sys.stderr)


def say_fictional(form: Format) -> None:
    """Mark what follows as invented: beside the table for a person, on stderr for a program."""
    print(FICTIONAL, file=sys.stdout if form is Format.TABLE else sys.stderr)


def console() -> Console:
    """Console on stdout; wide and plain where no terminal is."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH, highlight=False, markup=False, emoji=False)


def new_table(*columns: tuple[str, str]) -> Table:
    """Make an empty table; each column is a header and ``left`` or ``right``."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for header, side in columns:
        table.add_column(header, justify="right" if side == "right" else "left", overflow="fold")
    return table


def print_json(value: object) -> None:
    """Print JSON to stdout, with text in its own script and no NaN."""
    import json

    print(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]], form: Format) -> None:
    """Print rows as asked for."""
    if form is Format.JSON:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif form is Format.CSV:
        print_csv(columns, rows)
    else:
        table = new_table(*((column, _side(rows, i)) for i, column in enumerate(columns)))
        for row in rows:
            table.add_row(*(cell(value) for value in row))
        console().print(table)


def print_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print CSV; text that a spreadsheet would run as a formula is quoted off."""
    import csv

    from graph_core.text import csv_cell

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[csv_cell(value) for value in row] for row in rows])


def _side(rows: Sequence[Sequence[Any]], column: int) -> str:
    values = [row[column] for row in rows if row[column] is not None]
    return (
        "right" if values and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values) else "left"
    )


def cell(value: object) -> str:
    """A value as text for a person; control characters are shown, never sent to the terminal."""
    from graph_core.text import printable

    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple)):
        return printable(", ".join(str(v) for v in value))
    return printable(str(value))


def sentence(text: str) -> str:
    """Words as every view has them, for the terminal: names in them cannot steer it, and lines break at any blank."""
    from graph_core.viz.text import NO_BREAK

    return cell(text).replace(NO_BREAK, " ")


def percent(value: float | None, none: str = "-") -> str:
    """A share as percent with one decimal; one above zero is never written as 0."""
    from graph_core.viz import text

    return text.percent(value, none).replace(text.NO_BREAK, " ")


def points(value: float | None) -> str:
    """A difference of two shares in percentage points; one that is there is never written as none."""
    from graph_core.viz import text

    return text.points(value, "-").replace(text.NO_BREAK, " ")


@contextmanager
def progress() -> Iterator[Report]:
    """Progress with rate and time left on a terminal; silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    class Rate(TransferSpeedColumn):
        """Rows a second."""

        def render(self, task: Any) -> Any:
            from rich.text import Text

            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{speed:,.0f}/s", style="progress.data.speed")

    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total or None)
            bars.update(tasks[stage], completed=done, total=total or None)

        yield report


@contextmanager
def reading_day(parameters: Parameters, home: Path | None, output: Format) -> Iterator[Day]:
    """A day, while its store is open; what follows is marked where the data is invented."""
    from graph_core.workspace import Workspace

    with progress() as report, closing(Workspace(settings(home), report)) as workspace:
        day = workspace.day(parameters)
        yield day
        fictional = day.fictional
    if fictional:
        say_fictional(output)

"""`tiertrace review`: what waits for a person, deciding it, and taking it back."""

from __future__ import annotations

import getpass
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graph_core.audit import moment
from graph_core.cli import common
from graph_core.cli.changes import print_changed
from graph_core.cli.common import Format, FormatOption, HomeOption

if TYPE_CHECKING:
    from graph_core.model import Verdict
    from graph_core.resolve.judgements import Judgement
    from graph_core.review import Decided

review = typer.Typer(
    help="Decide which matches are right: a match by name is a hypothesis until somebody judged it.",
    no_args_is_help=True,
)
ByOption = Annotated[str | None, typer.Option("--by", help="Who decides; default: your user name.", metavar="NAME")]
WhyOption = Annotated[str | None, typer.Option("--why", help="Reason, for whoever reads it later.", metavar="TEXT")]
PairArgument = Annotated[
    list[str],
    typer.Argument(metavar="ITEM | ID ID", help="A waiting match as `review list` names it, or the ids of both sides."),
]
#: Columns of the file for a colleague: what waits, and two to fill in.
_FILL_IN = ["verdict", "why"]


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.add_typer(review, name="review")


@review.command("list")
def listed(
    judged: Annotated[bool, typer.Option("--judged", help="What was decided, newest last.")] = False,
    conflicts: Annotated[bool, typer.Option("--conflicts", help="Identities that contradict themselves.")] = False,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """List the matches that wait for a person."""
    from graph_core import review as queue
    from graph_core.derive import identities
    from graph_core.workspace import Workspace

    with closing(Workspace(common.settings(home))) as space:
        if conflicts:
            found = identities(space.store.read_records()).conflicts
        elif judged:
            found = queue.history(space.store.read_records()).drop(columns="line")
        else:
            found = queue.waiting(space.graph())
            if output is Format.TABLE:
                found = found[
                    ["item", "subject", "subject_country", "authority", "party_name", "party_country", "reason"]
                ]
    plain = found.astype(object).where(found.notna(), None)
    common.print_rows([str(column) for column in plain.columns], plain.to_numpy().tolist(), output)


@review.command("show")
def show(
    pair: PairArgument,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Show both sides of a match, with all that any source said about them."""
    from graph_core.graph import rows
    from graph_core.provenance import statements
    from graph_core.workspace import Workspace

    with closing(Workspace(common.settings(home))) as space:
        graph, record_sets = space.graph(), space.store.read_records()
        found = {one: rows(statements(record_sets, graph, one)) for one in _pair(graph, pair)}
    if output is Format.JSON:
        common.print_json(found)
        return
    columns = ["of", "property", "value", "original", "sources", "first_seen", "last_seen", "shown"]
    lines = [[one, *(row[name] for name in columns[1:])] for one, said in found.items() for row in said]
    common.print_rows(
        columns, [["yes" if c is True else "no" if c is False else c for c in line] for line in lines], output
    )


@review.command("accept")
def accept(pair: PairArgument, by: ByOption = None, why: WhyOption = None, home: HomeOption = None) -> None:
    """Say that a finding is about a party, or that two ids are one party."""
    _decide(pair, "accept", by, why, home)


@review.command("reject")
def reject(pair: PairArgument, by: ByOption = None, why: WhyOption = None, home: HomeOption = None) -> None:
    """Say that a finding is not about a party, or that two ids are two parties."""
    _decide(pair, "reject", by, why, home)


@review.command("unsure")
def unsure(pair: PairArgument, by: ByOption = None, why: WhyOption = None, home: HomeOption = None) -> None:
    """Say that it cannot be told: the match goes on waiting."""
    _decide(pair, "unsure", by, why, home)


@review.command("undo")
def undo(
    pair: Annotated[list[str] | None, typer.Argument(metavar="ID ID", help="The ids of both sides.")] = None,
    batch: Annotated[str | None, typer.Option("--batch", help="All that was decided together.", metavar="NAME")] = None,
    by: ByOption = None,
    why: WhyOption = None,
    home: HomeOption = None,
) -> None:
    """Take a decision back, or all decisions of one batch; everything is then as it was before them."""
    from graph_core import review as queue
    from graph_core.errors import UsageError
    from graph_core.workspace import Workspace

    if (batch is None) == (not pair) or (pair and len(pair) != 2):
        raise UsageError("name the two ids of one decision, or --batch NAME")
    who, when = by or getpass.getuser(), moment()
    with closing(Workspace(common.settings(home))) as space:
        record_sets = space.store.read_records()
        if batch is not None:
            judgements = queue.undoing(record_sets, batch, who, when, why)
        else:
            decided = queue.decision_on(record_sets, *(pair or ()))
            judgements = [queue.taken_back(decided["left"], decided["right"], who, when, why)]
    _write(judgements, home)


@review.command("export")
def export(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="CSV file to write.")],
    home: HomeOption = None,
) -> None:
    """Write what waits to a CSV FILE that a colleague can fill in and you can import."""
    import csv

    from graph_core import review as queue
    from graph_core.text import csv_cell
    from graph_core.workspace import Workspace

    with closing(Workspace(common.settings(home))) as space:
        found = queue.waiting(space.graph())
    plain = found.astype(object).where(found.notna(), "")
    with _opened(path, "w") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*plain.columns, *_FILL_IN])
        writer.writerows([[*map(csv_cell, row), "", ""] for row in plain.to_numpy().tolist()])
    common.say(f"{len(found):,} matches written to {path}; fill in `verdict` (accept, reject, unsure) and `why`")


@review.command("import")
def imported(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="CSV file of `review export`, filled in.")],
    by: ByOption = None,
    home: HomeOption = None,
) -> None:
    """Take over the decisions of a filled-in FILE; rows without a verdict stay as they are."""
    import csv

    from graph_core import review as queue
    from graph_core.errors import InputError, TiertraceError
    from graph_core.workspace import Workspace

    with _opened(path, "r") as file:
        reader = csv.DictReader(file)
        missing = [name for name in ("finding", "party", "verdict") if name not in (reader.fieldnames or ())]
        if missing:
            raise InputError(f"{path.name} is no file of `review export`: the columns {', '.join(missing)} are missing")
        rows = [(reader.line_num, row) for row in reader]
    who, when, batch = by or getpass.getuser(), moment(), queue.new_batch()
    judgements, faults = [], []
    with closing(Workspace(common.settings(home))) as space:
        graph = space.graph()
        for line, row in rows:
            try:
                verdict = queue.verdict_of(row["verdict"] or "")
                if verdict is not None:
                    left, right = queue.known_pair(graph, _plain(row["finding"]), _plain(row["party"]))
                    judgements.append(_judgement(left, right, verdict, who, when, row.get("why"), batch))
            except TiertraceError as error:
                faults.append(f"{path.name} line {line}: {error}")
    if faults:
        raise InputError("; ".join(faults[:5]) + (f"; and {len(faults) - 5} more" if len(faults) > 5 else ""))
    _write(judgements, home)


def _plain(cell: str | None) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from running it."""
    text = cell or ""
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@", "\t", "\r") else text


def _opened(path: Path, mode: str) -> Any:
    from graph_core.errors import InputError

    try:
        return path.open(mode, encoding="utf-8-sig" if mode == "r" else "utf-8", newline="")
    except OSError as error:
        raise InputError(f"{path} cannot be opened: {error.strerror}") from error


def _judgement(left: str, right: str, verdict: Verdict, by: str, at: str, why: str | None, batch: str) -> Judgement:
    from graph_core.resolve.judgements import Judgement

    return Judgement(left, right, verdict, by, at, why or None, batch)


def _pair(graph: Any, named: list[str]) -> tuple[str, str]:
    from graph_core import review as queue
    from graph_core.errors import UsageError

    if len(named) == 1:
        return queue.pair_of(graph, named[0])
    if len(named) == 2:
        return queue.known_pair(graph, *named)
    raise UsageError("name one waiting match, or the ids of both sides")


def _decide(named: list[str], word: str, by: str | None, why: str | None, home: Path | None) -> None:
    from graph_core import review as queue
    from graph_core.workspace import Workspace

    with closing(Workspace(common.settings(home))) as space:
        left, right = _pair(space.graph(), named)
    verdict = queue.verdict_of(word)
    assert verdict is not None
    _write([_judgement(left, right, verdict, by or getpass.getuser(), moment(), why, queue.new_batch())], home)


def _write(judgements: list[Judgement], home: Path | None) -> None:
    from graph_core import review as queue
    from graph_core.day import Parameters
    from graph_core.exposure.changes import changed_brands
    from graph_core.store.open import open_store
    from graph_core.workspace import Workspace

    if not judgements:
        common.say("nothing was decided")
        return
    settings = common.settings(home)
    parameters = Parameters(common.today())
    with closing(Workspace(settings)) as space, common.progress() as report:
        before = space.day(parameters).table
        with closing(open_store(settings, write=True)) as store, queue.noted(judgements):
            done = queue.decide(store, judgements, report, space.graph())
        space.take(done.graph)
        changed = changed_brands(before, space.day(parameters).table)
    _tell(judgements, done)
    if changed:
        print_changed(changed, Format.TABLE)
    else:
        common.say(f"no brand's figures of {parameters.as_of} changed")


def _tell(judgements: list[Judgement], done: Decided) -> None:
    for one in judgements[:20]:
        print(f"{one.verdict}  {common.cell(one.left)}  {common.cell(one.right)}")
    if len(judgements) > 20:
        print(f"... and {len(judgements) - 20:,} more")
    batch = judgements[0].batch
    if all(one.batch == batch for one in judgements):
        common.say(f"decided together as {batch}; `tiertrace review undo --batch {batch}` takes it back")
    for row in done.conflicts.to_dict("records"):
        common.say(f"left apart: {row['left']} and {row['right']}: {row['reason']}")

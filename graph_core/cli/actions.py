"""`tiertrace action`: who does what by when, what it is expected to change, and what changed since."""

from __future__ import annotations

import getpass
import uuid
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graph_core.audit import moment
from graph_core.cli import common
from graph_core.cli.common import AsOfOption, Format, FormatOption, HomeOption, percent
from graph_core.model import ActionStatus

if TYPE_CHECKING:
    from graph_core.day import Day
    from graph_core.plans import Action
    from graph_core.workspace import Workspace

Row = dict[str, Any]
OwnerOption = Annotated[str | None, typer.Option("--owner", metavar="NAME", help="Who does it.")]
DueOption = Annotated[str | None, typer.Option("--due", metavar="DATE", help="Day by which it is to be done.")]
NoteOption = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="Anything a reader should know.")]
ByOption = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who writes this down; default your login.")]
StatusOption = Annotated[ActionStatus | None, typer.Option("--status", help="How far it is.")]
ActionArgument = Annotated[str, typer.Argument(metavar="ID", help="Its id, or at least its first four characters.")]


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    action = typer.Typer(no_args_is_help=True, help="What people are to do, and what it is expected to change.")
    action.command("add")(add)
    action.command("list")(show_all)
    action.command("update")(update)
    app.add_typer(action, name="action")


def add(
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What is to be done.")],
    owner: Annotated[str, typer.Option("--owner", metavar="NAME", help="Who does it.")],
    due: DueOption = None,
    brand: Annotated[
        list[str] | None,
        typer.Option("--brand", metavar="BRAND", help="Whose figure it is about; default those the scenario changes."),
    ] = None,
    scenario: Annotated[
        str | None, typer.Option("--scenario", metavar="NAME", help="Kept scenario that it is to bring about.")
    ] = None,
    note: NoteOption = None,
    by: ByOption = None,
    as_of: AsOfOption = None,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Write down an action with its owner; the figures of its brands are kept with it, to be compared later."""
    from graph_core import plans
    from graph_core.day import Parameters
    from graph_core.snapshot.actions import baseline
    from graph_core.workspace import Workspace

    with common.progress() as report, closing(Workspace(common.settings(home), report)) as workspace:
        day = workspace.day(Parameters(as_of or common.today()))
        brands = tuple(dict.fromkeys(day.find_brand(one) for one in brand or ()))
        action = plans.Action(
            uuid.uuid4().hex[:12], title.strip(), owner.strip(), by or getpass.getuser(), moment(),
            due=plans.due_day(due), brands=brands, note=note,
        )  # fmt: skip
        action = _expecting(workspace, day, action, scenario)
        action = replace(action, baseline=baseline(workspace.settings.home, day, action.brands))
        _keep(workspace, action)
        _print([action], day, output)
    if output is Format.TABLE:
        common.say(f"`tiertrace action update {action.id} --status doing` says how far it is")


def update(
    identity: ActionArgument,
    status: StatusOption = None,
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT", help="What is to be done.")] = None,
    owner: OwnerOption = None,
    due: DueOption = None,
    scenario: Annotated[
        str | None, typer.Option("--scenario", metavar="NAME", help="Kept scenario that it is to bring about.")
    ] = None,
    note: NoteOption = None,
    by: ByOption = None,
    as_of: AsOfOption = None,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Write down how an action stands now; what was written before stays on record."""
    from graph_core import plans
    from graph_core.day import Parameters
    from graph_core.errors import UsageError
    from graph_core.snapshot.actions import baseline
    from graph_core.workspace import Workspace

    said: Row = {"status": status, "title": title, "owner": owner, "due": plans.due_day(due), "note": note}
    new = {key: value for key, value in said.items() if value is not None}
    if not new and scenario is None:
        raise UsageError("say what is new: --status, --title, --owner, --due, --scenario or --note")
    with common.progress() as report, closing(Workspace(common.settings(home), report)) as workspace:
        day = workspace.day(Parameters(as_of or common.today()))
        before = plans.action_called(plans.recorded(workspace.store), identity)
        action = replace(before, **new, kept_by=by or getpass.getuser(), kept_at=moment())
        if scenario is not None:
            action = _expecting(workspace, day, action, scenario)
        if action.baseline is None:
            action = replace(action, baseline=baseline(workspace.settings.home, day, action.brands))
        _keep(workspace, action)
        _print([action], day, output)


def show_all(
    status: StatusOption = None,
    as_of: AsOfOption = None,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """List actions with what they are expected to change and what the figures did; those overdue are marked."""
    from graph_core import plans
    from graph_core.day import Parameters
    from graph_core.workspace import Workspace

    with common.progress() as report, closing(Workspace(common.settings(home), report)) as workspace:
        found = plans.actions(plans.recorded(workspace.store))
        chosen = [action for action in found if status is None or action.status == status]
        _print(chosen, workspace.day(Parameters(as_of or common.today())), output)


def _expecting(workspace: Workspace, day: Day, action: Action, name: str | None) -> Action:
    """The action with what a kept scenario is expected to change on the day."""
    from graph_core import plans

    if name is None:
        return action
    return plans.expecting(action, day, plans.scenario_named(plans.recorded(workspace.store), name))


def _keep(workspace: Workspace, action: Action) -> None:
    from graph_core import audit, plans

    with workspace.writing() as store, audit.about(action.id, f"{action.title} ({action.status})"):
        versions = plans.keep_action(store, action)
    workspace.stays(*versions)


def _print(found: list[Action], day: Day, output: Format) -> None:
    from graph_core.snapshot.actions import action_rows
    from graph_core.snapshot.canon import plain

    rows = action_rows(day, found, common.today())
    if day.fictional:
        common.say_fictional(output)
    if output is Format.JSON:
        common.print_json(plain(rows))
        return
    if not rows and output is Format.TABLE:
        common.say("No action is written down: `tiertrace action add TITLE --owner NAME` writes one.")
        return
    columns = ["id", "action", "owner", "due", "status", "brand", "expected", "recorded", "now", "change"]
    cells = [_cells(row, figures, output) for row in rows for figures in row["figures"] or [None]]
    common.print_rows(columns, cells, output)
    for warning in dict.fromkeys(row["warning"] for row in rows if row["warning"]):
        common.say(f"warning: {warning}")
    if output is Format.TABLE:
        common.say(
            f"Figures as of {day.parameters.as_of}. A change is one of the figure since the action was recorded, not "
            "proof that the action brought it about."
        )


def _cells(row: Row, figures: Row | None, output: Format) -> list[Any]:
    due = f"{row['due']}, overdue" if row["overdue"] and output is Format.TABLE else row["due"]
    head = [row["id"], row["title"], row["owner"], due, row["status"]]
    if figures is None:
        return [*head, *[None] * 5]
    numbers = [figures[key] for key in ("expected_change", "recorded", "now", "change")]
    if output is Format.TABLE:
        expected, recorded, now, change = numbers
        numbers = [common.points(expected), percent(recorded), percent(now), common.points(change)]
    return [*head, figures["brand"]["name"], *numbers]

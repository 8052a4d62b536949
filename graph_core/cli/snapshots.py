"""`tiertrace snapshot`: frozen, dated, reproducible figures for the leader."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
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
)
from graph_core.cli.figures import PolicyOption, policy_of

if TYPE_CHECKING:
    from graph_core.snapshot.verify import SnapshotManifest

SnapshotArgument = Annotated[
    str, typer.Argument(metavar="SNAPSHOT", help="Its folder, or its id or the first digits of it.")
]


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    snapshot = typer.Typer(no_args_is_help=True, help="Freeze the figures of a day as files; list, show, verify them.")
    snapshot.command("build")(build)
    snapshot.command("list")(show_all)
    snapshot.command("show")(show)
    snapshot.command("verify")(verify)
    app.add_typer(snapshot, name="snapshot")


def build(
    as_of: AsOfOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of the snapshot; default in the home.")
    ] = None,
    preparer: Annotated[str | None, typer.Option("--preparer", metavar="NAME", help="Who prepares it.")] = None,
    documented_only: DocumentedOption = False,
    unreviewed: UnreviewedOption = "exclude",
    min_confidence: ConfidenceOption = 0.0,
    policy: PolicyOption = None,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Freeze figures, paths, coverage, findings and sources of a day, with one page to read and print."""
    from graph_core import audit, plans
    from graph_core.belief import require_content
    from graph_core.day import Parameters
    from graph_core.snapshot.build import freeze, write
    from graph_core.workspace import Workspace

    parameters = Parameters(
        as_of or common.today(),
        documented_only=documented_only,
        unreviewed=unreviewed,
        min_confidence=min_confidence,
        policy=policy_of(policy),
    )
    settings = common.settings(home)
    with common.progress() as report, closing(Workspace(settings, report)) as workspace:
        require_content(workspace.graph())
        actions = plans.actions(plans.recorded(workspace.store))
        frozen = freeze(workspace.day(parameters), workspace.sources(), (preparer or "").strip() or None, actions)
        folder = out.expanduser() if out else settings.home / "snapshots" / frozen.name
        with workspace.writing() as store, audit.about(frozen.name, what="snapshot"), store.noted():
            written = write(frozen, folder)
    _print_rows([written], output)
    if written.body["fictional"]:
        common.say("This snapshot is fictional: no company or site in it is real.")
    common.say(f"page: {folder / 'index.html'}")


def show_all(output: FormatOption = Format.TABLE, home: HomeOption = None) -> None:
    """List the snapshots of this home."""
    from graph_core.snapshot.verify import snapshots

    found, broken = snapshots(common.settings(home).home)
    _print_rows(found, output)
    for name in broken:
        common.say(f"warning: snapshots/{name} is no snapshot, or was changed; `tiertrace snapshot verify` says more")


def show(snapshot: SnapshotArgument, output: FormatOption = Format.TABLE, home: HomeOption = None) -> None:
    """Show the frame and the exposure table of a SNAPSHOT as it was frozen."""
    from graph_core.cli.figures import print_exposures
    from graph_core.snapshot.verify import find_snapshot
    from graph_core.snapshot.verify import verify as check

    found = check(find_snapshot(common.settings(home).home, snapshot))
    exposures = found.document("exposure")
    if output is Format.TABLE:
        common.print_rows(["frame", "value"], _frame(found.body), output)
    print_exposures(exposures, output)


def verify(
    snapshot: SnapshotArgument,
    expected: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Id that was noted when it was built; or its beginning.")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Check that not one byte of a SNAPSHOT was changed, taken away or added; exit code 3 names what was."""
    from graph_core.snapshot.verify import find_snapshot
    from graph_core.snapshot.verify import verify as check

    found = check(find_snapshot(common.settings(home).home, snapshot), expected)
    print(f"{found.id}  unchanged: {len(found.body['files']) + 1} files, as of {found.as_of}")


def _print_rows(found: list[SnapshotManifest], output: Format) -> None:
    columns = ["id", "as_of", "brands", "data_cut_off", "run", "code_version", "preparer", "folder"]
    rows: list[list[Any]] = [
        [
            s.id if output is not Format.TABLE else s.id[:12],
            s.as_of,
            len(s.body["entities"]),
            s.body["data_cut_off"]["day"],
            s.body["run_id"],
            s.body["code_version"],
            s.body.get("preparer"),
            str(s.folder),
        ]
        for s in found
    ]
    if output is Format.TABLE and not rows:
        common.say("No snapshots yet: `tiertrace snapshot build --as-of DATE` makes one.")
        return
    common.print_rows(columns, rows, output)


def _frame(body: dict[str, Any]) -> list[list[Any]]:
    left_out = [row["what"] for row in body["exclusions"]]
    rows = [
        ["title", body["title"]],
        ["id", body["id"]],
        ["data cut-off", body["data_cut_off"]["day"]],
        ["parameters", [f"{key} {value}" for key, value in body["parameters"].items()]],
        ["input", body["input_hash"]],
        ["run", body["run_id"]],
        ["code version", body["code_version"]],
        ["prepared by", body.get("preparer")],
        ["left out", left_out or None],
    ]
    return rows + ([["fictional", "no company or site in it is real"]] if body["fictional"] else [])

"""`tiertrace what-if`: figures as they would be, and scenarios kept under a name."""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from contextlib import closing
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
from graph_core.cli.figures import PolicyOption, traced_on

if TYPE_CHECKING:
    from graph_core.exposure.table import Exposure
    from graph_core.graph import Graph
    from graph_core.scenario import Scenario
    from graph_core.workspace import Workspace

Row = dict[str, Any]
#: Most brands that are listed for a person.
_MOST = 20


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("what-if")(what_if)


def what_if(
    brand: Annotated[str | None, typer.Argument(metavar="BRAND", help="Id or name.")] = None,
    clean: Annotated[
        list[str] | None, typer.Option("--clean", metavar="ID", help="No exposure at it or through it.")
    ] = None,
    flag: Annotated[
        list[str] | None, typer.Option("--flag", metavar="ID=S", help="Its own flag has strength S, 0..1; 0 takes it.")
    ] = None,
    drop: Annotated[
        list[str] | None,
        typer.Option("--drop", metavar="SUPPLIER:BUYER", help="The buyer leaves it; its share becomes unmapped."),
    ] = None,
    swap: Annotated[
        list[str] | None, typer.Option("--replace", metavar="A:B", help="B takes over what A delivers.")
    ] = None,
    verify: Annotated[
        list[str] | None,
        typer.Option("--verify", metavar="SUPPLIER:BUYER=SHARE", help="A document shows this share, 0..1."),
    ] = None,
    cover: Annotated[
        list[str] | None,
        typer.Option("--cover", metavar="BUYER=C", help="Its links are said to cover this share of its inputs, 0..1."),
    ] = None,
    scenario: Annotated[
        list[str] | None, typer.Option("--scenario", metavar="NAME", help="A kept scenario; again for more, at once.")
    ] = None,
    save: Annotated[str | None, typer.Option("--save", metavar="NAME", help="Keep all of it under a name.")] = None,
    show_all: Annotated[bool, typer.Option("--list", help="List the kept scenarios.")] = False,
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option("--compare", metavar="NAME NAME", help="Set two kept scenarios side by side."),
    ] = None,
    as_of: AsOfOption = None,
    documented_only: DocumentedOption = False,
    unreviewed: UnreviewedOption = "exclude",
    min_confidence: ConfidenceOption = 0.0,
    policy: PolicyOption = None,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Show what would change for a BRAND, and which other brands would change, if some things were different."""
    from graph_core import plans
    from graph_core.errors import UsageError
    from graph_core.scenario import combined
    from graph_core.workspace import Workspace

    parameters = traced_on(as_of, documented_only, unreviewed, min_confidence, policy)
    if show_all and (brand, clean, flag, drop, swap, verify, cover, scenario, save, compare) != (None,) * 10:
        raise UsageError("--list shows what is kept, and takes no BRAND and no change")
    with common.progress() as report, closing(Workspace(common.settings(home), report)) as workspace:
        if show_all:
            _print_kept(workspace, output)
            return
        if brand is None:
            raise UsageError("name the BRAND whose figures are wanted, or --list for the kept scenarios")
        day = workspace.day(parameters)
        identity = day.find_brand(brand)
        kept = plans.recorded(workspace.store) if scenario or compare else None
        options = {"clean": clean, "flag": flag, "drop": drop, "replace": swap, "verify": verify, "cover": cover}
        said = _changes(day.graph, options)
        if compare:
            if said.changes or scenario or save:
                raise UsageError("--compare takes two kept scenarios and no other change")
            chosen = [plans.scenario_named(kept, name) for name in compare]
        else:
            chosen = [combined([*(plans.scenario_named(kept, name) for name in scenario or ()), said])]
            if not chosen[0].changes:
                raise UsageError("nothing changes; name a change, such as --clean ID, or a kept --scenario NAME")
        found = [day.what_if(identity, one) for one in chosen]
        names, figures = day.table.names, day.table.exposure(identity)
        fictional = day.fictional
        if save is not None:
            _save(workspace, chosen[0], save)
    if fictional:
        common.say_fictional(output)
    _print(found, names, figures, output, side_by_side=compare is not None)


# --- reading changes -------------------------------------------------------------------------------------------


def _changes(graph: Graph, said: Mapping[str, list[str] | None]) -> Scenario:
    """The scenario that options say, by the kind of the change."""
    from graph_core.scenario import Scenario
    from graph_core.scenario_text import read_change

    changes = (read_change(kind, text, graph, before="--") for kind, texts in said.items() for text in texts or ())
    return Scenario(tuple(changes))


# --- kept scenarios --------------------------------------------------------------------------------------------


def _save(workspace: Workspace, scenario: Scenario, name: str) -> None:
    from dataclasses import replace

    from graph_core import audit, plans

    kept = replace(scenario, name=name)
    with workspace.writing() as store, audit.about(name, what="scenario"):
        versions = plans.keep_scenario(store, kept, getpass.getuser(), audit.moment())
    workspace.stays(*versions)
    common.say(f"kept as {name}; `tiertrace what-if BRAND --scenario {name!r}` applies it again")


def _print_kept(workspace: Workspace, output: Format) -> None:
    from graph_core import plans

    kept = plans.scenarios(plans.recorded(workspace.store))
    if output is Format.JSON:
        common.print_json([{"name": name, "changes": one.plain()} for name, one in kept.items()])
    elif not kept and output is Format.TABLE:
        common.say("No scenario is kept yet: `tiertrace what-if BRAND --clean ID --save NAME` keeps one.")
    else:
        rows = [[name, "; ".join(change.words() for change in one.changes)] for name, one in kept.items()]
        common.print_rows(["scenario", "changes"], rows, output)


# --- printing --------------------------------------------------------------------------------------------------


def _print(found: list[Row], names: dict[str, str], figures: Exposure, output: Format, *, side_by_side: bool) -> None:
    from graph_core.viz.comparison import comparison_table

    if output is Format.JSON:
        common.print_json(found if side_by_side else found[0])
    elif output is Format.CSV:
        common.print_csv(*comparison_table(found))
        _warn(found)
    else:
        _print_table(found, names, figures, side_by_side=side_by_side)
        _warn(found)


def _warn(found: list[Row]) -> None:
    for warning in dict.fromkeys(one["warning"] for one in found if one["warning"]):
        common.say(f"warning: {warning}")


def _print_table(found: list[Row], names: dict[str, str], figures: Exposure, *, side_by_side: bool) -> None:
    from graph_core.viz.comparison import FIGURES, UNSTATED, figure
    from graph_core.viz.sentences import NOT_CLEAN, no_figure

    console = common.console()
    for one in found:
        title = f"{common.cell(one['scenario']['name'])}: " if one["scenario"]["name"] else ""
        console.print(f"{title or 'Supposed: '}{_said(one['scenario']['changes'], names)}.")
    heads = [common.cell(one["scenario"]["name"]) if side_by_side else "After" for one in found]
    columns = [(head, "right") for name in heads for head in (name, "Difference")]
    table = common.new_table((common.cell(found[0]["brand"]["name"]), "left"), ("Before", "right"), *columns)
    for key, words in FIGURES.items():
        none = "not stated" if key in UNSTATED else "-"
        cells = [percent(figure(found[0]["before"], key), none)]
        for one in found:
            cells += [percent(figure(one["after"], key), none), common.points(figure(one["difference"], key))]
        table.add_row(words, *cells)
    console.print(table)
    if no_figure(figures):
        console.print(f"{no_figure(figures)} {NOT_CLEAN}")
    elif any(one[side]["coverage"] is None for one in found for side in ("before", "after")):
        console.print("Coverage not stated: figures are shares of the disclosed inputs, and have no bounds.")
    _print_others(found, console, heads)
    console.print(
        f"As of {found[0]['as_of']}, run {', '.join(one['run']['id'] for one in found)}. What would follow from the "
        "changes alone, all else as it is; no forecast."
    )


def _print_others(found: list[Row], console: Any, heads: Sequence[str]) -> None:
    """Scores of all brands that change in any of the scenarios."""
    scores = [{row["brand"]["id"]: row for row in one["changed"] if "score" in row["before"]} for one in found]
    changed = {brand: row for of_one in reversed(scores) for brand, row in of_one.items()}
    if not changed:
        console.print("No brand's score changes.")
        return
    table = common.new_table(("Brand whose score changes", "left"), ("Before", "right"), *((h, "right") for h in heads))
    for brand, row in list(changed.items())[:_MOST]:
        before = row["before"]["score"]
        after = [percent(of_one[brand]["after"]["score"] if brand in of_one else before) for of_one in scores]
        table.add_row(common.cell(row["brand"]["name"]), percent(before), *after)
    console.print(table)
    if len(changed) > _MOST:
        console.print(f"... and {len(changed) - _MOST:,} more brands.")


def _said(changes: list[Row], names: dict[str, str]) -> str:
    """Changes in words, parties by name and id."""
    from graph_core.scenario import Scenario

    def name(party: str) -> str:
        return f"{names[party]} ({party})" if names.get(party, party) != party else party

    return common.cell("; ".join(change.words(name) for change in Scenario.of_plain(changes).changes))

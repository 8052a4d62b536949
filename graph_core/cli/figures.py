"""`tiertrace exposure` and `tiertrace paths`: the figures and how they come about."""

from __future__ import annotations

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

if TYPE_CHECKING:
    from graph_core.exposure.table import Exposure

_FIGURES = ("score", "lower", "upper", "unmapped", "coverage", "assumed_share", "unstated_share", "documented_only")
_BAR_WIDTH = 28
_COUNTS = ("suppliers", "flagged_suppliers", "waiting_reviews", "stale_days")


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("exposure")(exposure)
    app.command("paths")(paths)


def exposure(
    brands: Annotated[list[str] | None, typer.Argument(metavar="BRAND...", help="Ids or names; default all.")] = None,
    as_of: AsOfOption = None,
    score: Annotated[str, typer.Option("--score", help="Which score.", metavar="NAME")] = "traced_share",
    documented_only: DocumentedOption = False,
    unreviewed: UnreviewedOption = "exclude",
    min_confidence: ConfidenceOption = 0.0,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Show what part of each brand's disclosed inputs traces to flagged sites on a day, and how sure that is."""
    from graph_core.day import Parameters
    from graph_core.runs import write_back
    from graph_core.workspace import Workspace

    parameters = Parameters(as_of or common.today(), score, documented_only, unreviewed, min_confidence)
    with common.progress() as report, closing(Workspace(common.settings(home), report)) as workspace:
        day = workspace.day(parameters)
        chosen = [day.find_brand(brand) for brand in brands] if brands else None
        found = day.exposures(chosen)
        fictional = day.fictional
        _say_warnings(day.table.day.shares.warnings)
        if found:
            write_back(workspace, found)
    if fictional:
        common.say_fictional(output)
    print_exposures(found, output)


def _say_warnings(warnings: list[str]) -> None:
    for warning in warnings[:5]:
        common.say(f"warning: {warning}")
    if len(warnings) > 5:
        common.say(f"warning: {len(warnings) - 5} more of this kind")


def print_exposures(found: list[Exposure], output: Format) -> None:
    """Print exposures as asked for: JSON and CSV whole, for a person a table with the exposure bar."""
    if output is Format.JSON:
        common.print_json(found)
    elif output is Format.CSV:
        columns = ["brand_id", "brand", "as_of", *_FIGURES, "named", "ownership", "good_country", "region", *_COUNTS]
        common.print_csv(columns, [_flat(row) for row in found])
    elif not found:
        common.say(
            "No brands: load something first, such as `tiertrace load tables DIR`, and give the end buyers the role "
            "brand in organizations.csv."
        )
    else:
        _print_table(found)


def _flat(row: Exposure) -> list[Any]:
    classes = [row["classes"][kind] for kind in ("named", "ownership", "good_country", "region")]
    head = [row["brand"]["id"], row["brand"]["name"], row["as_of"]]
    return [*head, *(row[key] for key in _FIGURES), *classes, *(row[key] for key in _COUNTS)]


def _print_table(found: list[Exposure]) -> None:
    from graph_core.viz.exposure_bar import bar_legend, bar_text

    both = any(_differs(row) for row in found)
    indicator = any(row["classes"]["good_country"] is not None for row in found)
    columns = [("Brand", "left"), ("Share of disclosed inputs", "left"), ("Flagged", "right")]
    columns += [("With inferred", "right")] if both else []
    columns += [("Bounds", "right"), ("Coverage", "right")]
    columns += [("Good x country", "right")] if indicator else []
    columns += [("Suppliers", "right"), ("List age", "right"), ("Reviews", "right")]
    table = common.new_table(*columns)
    table.columns[1].no_wrap = True
    for row in sorted(found, key=lambda r: (-(r["documented"]["score"] or 0.0), r["brand"]["name"])):
        name = common.cell(row["brand"]["name"])
        if row["composition"] is None:
            table.add_row(name, "no list in force", *["-"] * (len(columns) - 2))
            continue
        shown = row["documented"]
        cells = [name, bar_text(row, _BAR_WIDTH), percent(shown["score"])]
        cells += [percent(row["score"]) if _differs(row) else "same"] if both else []
        bounds = "not stated" if shown["lower"] is None else f"{percent(shown['lower'])} - {percent(shown['upper'])}"
        cells += [bounds, percent(row["coverage"], "not stated")]
        cells += [percent(row["classes"]["good_country"], "not loaded")] if indicator else []
        age = "-" if row["stale_days"] is None else f"{row['stale_days']:,} d"
        table.add_row(*cells, f"{row['suppliers']:,}", age, str(row["waiting_reviews"]))
    console = common.console()
    console.print(table)
    console.print(bar_legend())
    console.print(
        f"As of {found[0]['as_of']}, run {found[0]['run']['id']}. A low figure is not a clean one: it says what the "
        "disclosed part shows."
    )
    if indicator:
        console.print(
            "Good x country is an inferred indicator, never an allegation against a site; it is not in the bar."
        )


def _differs(row: Exposure) -> bool:
    """Whether inferred links change the score."""
    alone = row["documented"]["score"]
    return row["score"] is not None and alone is not None and abs(row["score"] - alone) > 5e-5


def paths(
    brand: Annotated[str, typer.Argument(metavar="BRAND", help="Id or name.")],
    top: Annotated[int, typer.Option("--top", help="How many paths.", metavar="N")] = 10,
    as_of: AsOfOption = None,
    documented_only: DocumentedOption = False,
    unreviewed: UnreviewedOption = "exclude",
    min_confidence: ConfidenceOption = 0.0,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Show the best routes from flagged sites to a BRAND, with the evidence of every hop."""
    from graph_core.day import Parameters
    from graph_core.workspace import Workspace

    parameters = Parameters(as_of or common.today(), "traced_share", documented_only, unreviewed, min_confidence)
    with common.progress() as report, closing(Workspace(common.settings(home), report)) as workspace:
        day = workspace.day(parameters)
        identity = day.find_brand(brand)
        found = day.paths(identity, top)
        score = day.exposures([identity])[0]["score"]
        fictional = day.fictional
    if fictional:
        common.say_fictional(output)
    if output is Format.JSON:
        common.print_json(found)
        return
    if output is Format.CSV:
        columns = ["rank", "score", "contribution", "nodes", "names"]
        rows = [
            [p["rank"], p["score"], p["contribution"], [n["id"] for n in p["nodes"]], [n["name"] for n in p["nodes"]]]
            for p in found
        ]
        common.print_csv(columns, rows)
        return
    _print_paths(found, score)


def _print_paths(found: list[dict[str, Any]], score: float | None) -> None:
    if not found:
        common.say(
            "No path from a flagged site reaches this brand on this day. That is not a statement that it is clean."
        )
        return
    table = common.new_table(("", "right"), ("Score", "right"), ("Contributes", "right"), ("Path", "left"))
    for path in found:
        steps = [common.cell(path["nodes"][0]["name"])]
        for link, node in zip(path["links"], path["nodes"][1:], strict=True):
            arrow = "-->" if link["evidence"] == "documented" else "- ->"
            hidden = ", traders not named" if link["disclosure"] == "indirect" else ""
            basis = link["share_basis"].replace("_", " ")
            steps.append(f"{arrow} {percent(link['share'])} ({basis}{hidden}) {common.cell(node['name'])}")
        table.add_row(str(path["rank"]), percent(path["score"]), percent(path["contribution"]), " ".join(steps))
    console = common.console()
    console.print(table)
    shown = sum(path["contribution"] for path in found)
    rest = max(0.0, (score or 0.0) - shown)
    more = "More paths exist. " if found[0]["truncated"] else ""
    console.print(f"{more}Shown: {percent(shown)} of the score {percent(score)}; not shown: {percent(rest)}.")

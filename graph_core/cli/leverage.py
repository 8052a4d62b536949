"""`tiertrace leverage`: where a brand's figure can be lowered, who can ask for it, and whom to engage with."""

from __future__ import annotations

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
    percent,
)
from graph_core.cli.costs import read_costs
from graph_core.cli.figures import PolicyOption, say_nothing, traced_on

if TYPE_CHECKING:
    from graph_core.day import Day
    from graph_core.exposure.table import Exposure

Row = dict[str, Any]
#: Parties that are listed, and percent of a site's deliveries that brands are to buy together, where none is asked for.
_TOP, _TOGETHER = 20, 50.0


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("leverage")(leverage)


def leverage(
    brand: Annotated[str, typer.Argument(metavar="BRAND", help="Id or name.")],
    top: Annotated[int | None, typer.Option("--top", metavar="N", help=f"How many parties; default {_TOP}.")] = None,
    site: Annotated[
        str | None, typer.Option("--site", metavar="ID", help="Who buys what this site delivers, across tiers.")
    ] = None,
    together: Annotated[
        float | None,
        typer.Option(
            "--together",
            metavar="PERCENT",
            help=f"With --site: the fewest brands that buy so much; default {_TOGETHER:g}.",
        ),
    ] = None,
    under: Annotated[
        float | None,
        typer.Option("--under", metavar="PERCENT", help="Whom to engage with so that the figure comes to this."),
    ] = None,
    costs: Annotated[
        Path | None,
        typer.Option("--costs", metavar="FILE", help="With --under: CSV id,cost; others cost 1."),
    ] = None,
    as_of: AsOfOption = None,
    documented_only: DocumentedOption = False,
    unreviewed: UnreviewedOption = "exclude",
    min_confidence: ConfidenceOption = 0.0,
    policy: PolicyOption = None,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Show through whom a BRAND's figure can be lowered most, and what part of their deliveries it buys."""
    from graph_core.supposed import known_party

    _check_options(top, site, together, under, costs)
    parameters = traced_on(as_of, documented_only, unreviewed, min_confidence, policy)
    with common.reading_day(parameters, home, output) as day:
        identity = day.find_brand(brand)
        figures = day.table.exposure(identity)
        if site is not None:
            part = _share("--together", _TOGETHER if together is None else together)
            found: Any = {"brand": identity, **day.buyers(known_party(day.graph, site), part)}
        elif under is not None:
            found = _engagements(day, figures, _share("--under", under), costs)
        else:
            found = day.leverage(identity, _TOP if top is None else top)
    if site is not None:
        _print_site(found, output)
    elif under is not None:
        _print_engagements(found, output)
    else:
        _print_parties(found, figures, output)


def _check_options(
    top: int | None, site: str | None, together: float | None, under: float | None, costs: Path | None
) -> None:
    """Refuse options of different questions, rather than leave one unheard."""
    from graph_core.errors import UsageError

    if site is not None and under is not None:
        raise UsageError("--site and --under are two questions; ask one at a time")
    if costs is not None and under is None:
        raise UsageError("--costs goes with --under PERCENT")
    if together is not None and site is None:
        raise UsageError("--together goes with --site ID")
    if top is not None and (site is not None or under is not None):
        raise UsageError("--top says how many parties are listed; it goes with neither --site nor --under")


def _share(option: str, value: float) -> float:
    """A percentage as a share."""
    from graph_core.errors import InputError

    if not 0 <= value <= 100 or (option == "--together" and value == 0):
        least = "above 0" if option == "--together" else "from 0"
        raise InputError(f"{option} is {value:g}; it is a percentage {least} to 100")
    return value / 100


def _print_parties(found: list[Row], figures: Exposure, output: Format) -> None:
    from graph_core.viz.leverage import between

    if output is Format.JSON:
        common.print_json(found)
        return
    if output is Format.CSV:
        columns = [
            "id",
            "name",
            "class",
            "strength",
            "leverage",
            "deliveries",
            "deliveries_at_most",
            "reason",
            "leverage_at_most",
        ]
        common.print_csv(columns, [[row[column] for column in columns] for row in found])
        return
    if not found:
        say_nothing(figures, "Through no party that is known to supply this brand can its figure be lowered.")
        return
    heads = ("Lowers the figure by", "right"), ("Own flag", "left"), ("Part of its known deliveries", "right")
    table = common.new_table(("Party", "left"), ("Id", "left"), *heads)
    for row in found:
        flag = f"{row['class']} {row['strength']:g}" if row["class"] else "-"
        fall, part = (
            common.sentence(between(row[what], row[f"{what}_at_most"])) for what in ("leverage", "deliveries")
        )
        table.add_row(common.cell(row["name"]), common.cell(row["id"]), fall, flag, part)
    console = common.console()
    console.print(table)
    console.print(
        f"{common.cell(figures['brand']['name'])}: {percent(figures['score'])} as of {figures['as_of']}. Each line is "
        "the effect of a remedy there, with all that is traced through it; lines overlap and do not add up."
    )
    console.print(
        "What part of its known deliveries ends at the brand is known only where volumes or values are, or where one "
        "buyer alone is known. Deliveries that nobody disclosed are not in it."
    )


# --- a site ----------------------------------------------------------------------------------------------------


def _print_site(found: Row, output: Format) -> None:
    from graph_core.viz.leverage import all_buyers, part_words, together_sentence

    if output is Format.JSON:
        common.print_json(found)
        return
    site = f"{common.cell(found['site']['name'])} ({common.cell(found['site']['id'])})"
    silent = f"What part of the deliveries of {site} each brand buys is not known: {found['reason']}."
    rows = all_buyers(found)
    few = found["together"]["brands"]
    if output is Format.CSV:
        columns = ["brand_id", "brand", "share", "together"]
        common.print_csv(columns, [[row["id"], row["name"], row["share"], row["id"] in few] for row in rows])
        if found["reason"]:
            common.say(silent)
        return
    console = common.console()
    if found["reason"]:
        console.print(silent)
        reached = ", ".join(common.cell(row["name"]) for row in rows) or "no brand that is known"
        console.print(f"It reaches, directly or through others: {reached}.")
        return
    table = common.new_table(
        (f"Brand that buys of {site}", "left"), ("Part of its known deliveries", "right"), ("", "left")
    )
    for row in rows:
        marks = ["asked for"] * (row["id"] == found["brand"]) + ["among the fewest"] * (row["id"] in few)
        table.add_row(common.cell(row["name"]), common.sentence(part_words(found, row)), ", ".join(marks))
    table.add_row("not known where it goes", percent(found["untold"]), "")
    table.add_row("ends at others", percent(found["elsewhere"]), "")
    console.print(table)
    console.print(common.sentence(together_sentence(found)))
    console.print(
        f"As of {found['as_of']}, by {found['with_figures']} of {found['links']} known deliveries. Deliveries that "
        "nobody disclosed are not in it, and what a party buys is taken to be in all that it delivers alike."
    )


# --- engagements -----------------------------------------------------------------------------------------------


def _engagements(day: Day, figures: Exposure, threshold: float, costs: Path | None) -> Row:
    from graph_core.errors import InputError
    from graph_core.viz.sentences import no_figure

    if no_figure(figures):
        raise InputError(f"{no_figure(figures)} Nothing can be said of a threshold")
    stated = {} if costs is None else read_costs(costs, day.graph)
    found = day.engagements(figures["brand"]["id"], threshold, stated)
    return {"brand": figures["brand"], "as_of": figures["as_of"], **found.as_row(day.table.names)}


def _print_engagements(found: Row, output: Format) -> None:
    from graph_core.viz.leverage import engagement_sentences

    if output is Format.JSON:
        common.print_json(found)
        return
    said = [common.sentence(one) for one in engagement_sentences(found)]
    if output is Format.CSV:
        common.print_csv(["id", "name", "after"], [[row["id"], row["name"], row["after"]] for row in found["chosen"]])
        if not found["reached"]:
            common.say(said[0])
        return
    console = common.console()
    if found["chosen"]:
        name = common.cell(found["brand"]["name"])
        table = common.new_table(("Engage with", "left"), ("Id", "left"), (f"{name} is then at", "right"))
        for row in found["chosen"]:
            table.add_row(common.cell(row["name"]), common.cell(row["id"]), percent(row["after"]))
        console.print(table)
    for sentence in said:
        console.print(sentence)

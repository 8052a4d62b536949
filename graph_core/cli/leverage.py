"""`tiertrace leverage`: where a brand's figure can be lowered, who can ask for it, and whom to engage with."""

from __future__ import annotations

from dataclasses import asdict
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
from graph_core.cli.figures import PolicyOption, traced_on

if TYPE_CHECKING:
    from graph_core.day import Day

Row = dict[str, Any]


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("leverage")(leverage)


def leverage(
    brand: Annotated[str, typer.Argument(metavar="BRAND", help="Id or name.")],
    top: Annotated[int, typer.Option("--top", metavar="N", help="How many parties.")] = 20,
    site: Annotated[
        str | None, typer.Option("--site", metavar="ID", help="Who buys what this site delivers, across tiers.")
    ] = None,
    together: Annotated[
        float, typer.Option("--together", metavar="PERCENT", help="With --site: the fewest brands that buy so much.")
    ] = 50.0,
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
    from graph_core.errors import UsageError

    if site is not None and under is not None:
        raise UsageError("--site and --under are two questions; ask one at a time")
    if costs is not None and under is None:
        raise UsageError("--costs goes with --under PERCENT")
    parameters = traced_on(as_of, documented_only, unreviewed, min_confidence, policy)
    with common.reading_day(parameters, home, output) as day:
        identity = day.find_brand(brand)
        if site is not None:
            _print_site(_site(day, identity, site, together / 100), output)
        elif under is not None:
            _print_engagements(_engagements(day, identity, under / 100, costs), output)
        else:
            _print_parties(day, identity, day.leverage(identity, top), output)


def _print_parties(day: Day, brand: str, found: list[Row], output: Format) -> None:
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
        common.say(
            "Nothing that is traced to this brand on this day ends at a flagged site. That is not a clean result."
        )
        return
    heads = ("Lowers the figure by", "right"), ("Own flag", "left"), ("Part of its deliveries", "right")
    table = common.new_table(("Party", "left"), ("Id", "left"), *heads)
    for row in found:
        flag = f"{row['class']} {row['strength']:g}" if row["class"] else "-"
        fall, part = (_range(row[what], row[f"{what}_at_most"]) for what in ("leverage", "deliveries"))
        table.add_row(common.cell(row["name"]), common.cell(row["id"]), fall, flag, part)
    console = common.console()
    console.print(table)
    score = percent(day.table.exposure(brand)["score"])
    console.print(
        f"{common.cell(day.table.names.get(brand, brand))}: {score} as of {day.parameters.as_of}. Each line is the "
        "effect of a remedy there, with all that is traced through it; lines overlap and do not add up."
    )
    if any(row["deliveries"] is None or row["deliveries"] < row["deliveries_at_most"] for row in found):
        console.print("What part of its deliveries ends at the brand is known only where volumes or values are.")


def _range(least: float | None, most: float | None) -> str:
    """What lies between two shares; nothing is known where that is all."""
    if least is None or most is None or most - least > 1 - 5e-4:
        return "not known"
    return percent(least) if most - least < 5e-4 else f"{percent(least)} - {percent(most)}"


# --- a site ----------------------------------------------------------------------------------------------------


def _site(day: Day, brand: str, text: str, part: float) -> Row:
    from graph_core.supposed import known_party

    site = known_party(day.graph, text)
    found = day.deliveries.of(site)
    few = found.together(part)
    names = day.table.names
    return {
        "site": {"id": site, "name": names.get(site, site)},
        "as_of": day.parameters.as_of,
        "brand": brand,
        "links": found.links,
        "with_figures": found.with_figures,
        "reason": found.reason,
        "reached": [{"id": one, "name": names.get(one, one)} for one in found.reached],
        "brands": [{"id": one, "name": names.get(one, one), "share": share} for one, share in found.brands.items()],
        "untold": found.untold,
        "elsewhere": found.elsewhere,
        "together": {
            "part": part,
            "brands": few,
            "share": sum(found.brands[one] for one in few) if few else None,
            "reached": bool(few),
        },
    }


def _print_site(found: Row, output: Format) -> None:
    if output is Format.JSON:
        common.print_json(found)
        return
    few = found["together"]["brands"]
    if output is Format.CSV:
        rows = [[row["id"], row["name"], row["share"], row["id"] in few] for row in found["brands"]]
        common.print_csv(["brand_id", "brand", "share", "together"], rows)
        return
    console = common.console()
    site = f"{common.cell(found['site']['name'])} ({common.cell(found['site']['id'])})"
    if found["reason"]:
        console.print(f"What part of the deliveries of {site} each brand buys is not known: {found['reason']}.")
        reached = ", ".join(common.cell(row["name"]) for row in found["reached"]) or "no brand that is known"
        console.print(f"It reaches, directly or through others: {reached}.")
        return
    table = common.new_table(
        (f"Brand that buys of {site}", "left"), ("Part of its known deliveries", "right"), ("", "left")
    )
    for row in found["brands"]:
        marks = ["asked for"] * (row["id"] == found["brand"]) + ["among the fewest"] * (row["id"] in few)
        table.add_row(common.cell(row["name"]), percent(row["share"]), ", ".join(marks))
    table.add_row("not known where it goes", percent(found["untold"]), "")
    table.add_row("ends at others", percent(found["elsewhere"]), "")
    console.print(table)
    part = percent(found["together"]["part"])
    if few:
        share = percent(found["together"]["share"])
        console.print(f"The fewest that buy {part} of them together: {len(few)}, with {share}.")
    else:
        console.print(f"All of them together buy less than {part}.")
    console.print(
        f"As of {found['as_of']}, by {found['with_figures']} of {found['links']} known deliveries. Deliveries that "
        "nobody disclosed are not in it, and what a party buys is taken to be in all that it delivers alike."
    )


# --- engagements -----------------------------------------------------------------------------------------------


def _engagements(day: Day, brand: str, threshold: float, costs: Path | None) -> Row:
    found = day.engagements(brand, threshold, {} if costs is None else read_costs(costs, day.graph))
    names = day.table.names
    return {
        "brand": {"id": brand, "name": names.get(brand, brand)},
        "as_of": day.parameters.as_of,
        **asdict(found),
        "chosen": [{"id": party, "name": names.get(party, party), "after": after} for party, after in found.chosen],
    }


def _print_engagements(found: Row, output: Format) -> None:
    if output is Format.JSON:
        common.print_json(found)
        return
    if output is Format.CSV:
        common.print_csv(["id", "name", "after"], [[row["id"], row["name"], row["after"]] for row in found["chosen"]])
        return
    console = common.console()
    name, threshold = common.cell(found["brand"]["name"]), percent(found["threshold"])
    if found["reached"] and not found["chosen"]:
        console.print(
            f"{name} is at {percent(found['before'])}, which is {threshold} or less already. Not a clean result."
        )
        return
    table = common.new_table(("Engage with", "left"), ("Id", "left"), (f"{name} is then at", "right"))
    for row in found["chosen"]:
        table.add_row(common.cell(row["name"]), common.cell(row["id"]), percent(row["after"]))
    console.print(table)
    if not found["reached"]:
        console.print(
            f"No set of parties brings {name} to {threshold}: its own flag alone is {percent(found['after'])}."
        )
        return
    from graph_core.viz.text import count

    number = count(len(found["chosen"]), "engagement")
    console.print(
        f"{name}: from {percent(found['before'])} to {percent(found['after'])} with {number}, cost {found['cost']:g}; "
        f"no set that comes to {threshold} costs less than {found['at_least']:g}."
    )
    console.print("It counts a party as clean with all that is traced through it; whether it becomes so, nobody knows.")

"""`tiertrace chokepoints` and `tiers`: parties that no route avoids, and who stands how far behind a brand."""

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
    cell,
    percent,
)
from graph_core.cli.costs import read_costs
from graph_core.cli.figures import PolicyOption, say_nothing, traced_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph_core.exposure.table import Exposure

Row = dict[str, Any]

_GROUPS = {"finding": "Finding", "good": "Good", "region": "Region", "all": "Flags"}
_CHOKEPOINT_COLUMNS = (
    "brand_id", "brand", "as_of", "by", "group_id", "group", "flagged_sites", "exposure", "role", "id", "name",
    "country", "class", "flagged_site", "brands", "cost", "cost_basis",
)  # fmt: skip
_TIER_COLUMNS = (
    "id", "name", "country", "kind", "class", "tier", "tier_is_minimum", "tiers", "tiers_at_least", "more", "ends",
)  # fmt: skip
#: Columns of a profile, with their headers for people.
_PROFILE = {
    "tier": "Tier",
    "parties": "Parties",
    "at_least": "At least",
    "nearest": "Nearest",
    "flagged": "Flagged",
    "share": "Inputs that\narrive",
    "hidden": "Over hidden\ntraders",
    "documented": "By\ndocuments",
    "ends": "Map\nends",
    "unmapped": "Unmapped",
    "unstated": "Coverage\nnot stated",
}
_KINDS = {
    "site": "sites",
    "trader": "traders",
    "company": "companies",
    "placeholder": "parties that a record names and none defines",
}


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("chokepoints")(chokepoints)
    app.command("tiers")(tiers)


# --- chokepoints -----------------------------------------------------------------------------------------------


def chokepoints(
    brand: Annotated[str | None, typer.Argument(metavar="BRAND", help="Id or name; default all brands.")] = None,
    by: Annotated[
        str, typer.Option("--by", help="Flags put together by finding, good, region, or all at once.", metavar="WHAT")
    ] = "finding",
    cut: Annotated[
        bool, typer.Option("--cut", help="Also the cheapest set of parties that stands on every route; needs a BRAND.")
    ] = False,
    costs: Annotated[
        Path | None, typer.Option("--costs", help="Costs of engaging parties: CSV with id,cost.", metavar="FILE")
    ] = None,
    engage_sites: Annotated[
        bool, typer.Option("--engage-sites/--no-engage-sites", help="Whether flagged sites may be in that set.")
    ] = True,
    as_of: AsOfOption = None,
    documented_only: DocumentedOption = False,
    unreviewed: UnreviewedOption = "exclude",
    min_confidence: ConfidenceOption = 0.0,
    policy: PolicyOption = None,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Show the parties through which every known route from flagged sites to a BRAND passes, one finding at a time."""
    from graph_core.errors import UsageError

    if cut and brand is None:
        raise UsageError("--cut needs a BRAND: what a party costs to engage depends on who engages it")
    if not cut and (costs is not None or not engage_sites):
        raise UsageError("--costs and --no-engage-sites say what a cut may be; add --cut")
    if by not in _GROUPS:
        raise UsageError(f"--by is {by!r}; it is one of {', '.join(_GROUPS)}")
    parameters = traced_on(as_of, documented_only, unreviewed, min_confidence, policy)
    with common.reading_day(parameters, home, output) as day:
        identity = None if brand is None else day.find_brand(brand)
        stated = None if costs is None else read_costs(costs, day.graph)
        figures = None if identity is None else day.table.exposure(identity)
        found = day.chokepoints(identity, by, cut=cut, costs=stated, engage_sites=engage_sites)
    if output is Format.JSON:
        common.print_json(found)
    elif output is Format.CSV:
        common.print_csv(_CHOKEPOINT_COLUMNS, [line for row in found for line in _chokepoint_lines(row)])
    else:
        _print_chokepoints(found, by, parameters.as_of, figures)


def _chokepoint_lines(row: Row) -> Iterator[list[Any]]:
    """A line for every party; one without a party where there is none, so that nothing is left out."""
    head = [
        row["brand"]["id"], row["brand"]["name"], row["as_of"], row["by"], row["group"]["id"], row["group"]["name"],
        row["flagged_sites"], row["exposure"],
    ]  # fmt: skip
    cut = row["cut"] or {"parties": [], "direct": []}
    parts = {"chokepoint": row["chokepoints"], "cut": cut["parties"], "direct": cut["direct"]}
    if not row["chokepoints"]:
        yield [*head, "no chokepoint", *[None] * 8]
    for role, parties in parts.items():
        for party in parties:
            yield [*head, role, *(party.get(column) for column in _CHOKEPOINT_COLUMNS[9:])]


def _print_chokepoints(found: list[Row], by: str, as_of: str, figures: Exposure | None) -> None:
    if not found and figures is not None:
        say_nothing(figures, f"No known route leads from a flagged site to this brand on {as_of}.")
        return
    if not found:
        common.say(
            f"No known route leads from a flagged site to any brand on {as_of}. That is not a statement that they are "
            "clean."
        )
        return
    table = common.new_table(
        ("Brand", "left"), (_GROUPS[by], "left"), ("Flagged sites", "right"), ("Exposure", "right"),
        ("On every known route, from the sites on", "left"),
    )  # fmt: skip
    for row in found:
        chain = " --> ".join(_chokepoint(party) for party in row["chokepoints"])
        hidden = " (traders not named)" if row["hidden_traders"] else ""
        cells = (cell(row["brand"]["name"]), cell(row["group"]["name"]), f"{row['flagged_sites']:,}")
        table.add_row(*cells, percent(row["exposure"]), (chain or "no party: routes have none in common") + hidden)
    console = common.console()
    console.print(table)
    for row in found:
        if row["cut"] is not None:
            _print_cut(row)
    console.print(
        f"As of {as_of}. Routes are those that are known: inputs that are not mapped, and traders that are not named, "
        "can go round a chokepoint. Exposure is what is traced to these sites; all of it passes each party shown."
    )


def _chokepoint(party: Row) -> str:
    marks = ["flagged"] * party["flagged_site"] + [f"{party['brands']} brands"] * (party["brands"] > 1)
    return cell(party["name"]) + (f" [{', '.join(marks)}]" if marks else "")


def _print_cut(row: Row) -> None:
    cut = row["cut"]
    console = common.console()
    count = len(cut["parties"])
    about = f"{cell(row['group']['name'])}, {cell(row['brand']['name'])}"
    if count:
        which = "this party" if count == 1 else f"at least one of these {count:,} parties"
        rest = "other known route" if cut["direct"] else "known route"
        console.print(f"{about}: every {rest} passes {which}; cost {cut['cost']:.4g} in all.")
        table = common.new_table(("Engage", "left"), ("Country", "left"), ("Cost", "right"), ("From", "left"))
        for party in cut["parties"]:
            name = cell(party["name"]) + " [flagged]" * party["flagged_site"]
            table.add_row(name, cell(party["country"]), f"{party['cost']:.4g}", party["cost_basis"].replace("_", " "))
        console.print(table)
    if cut["direct"]:
        names = ", ".join(cell(site["name"]) for site in cut["direct"])
        console.print(
            f"{about}: no other party stands between the brand and these, which deliver to it directly: {names}"
        )


# --- tiers -----------------------------------------------------------------------------------------------------


def tiers(
    brand: Annotated[str, typer.Argument(metavar="BRAND", help="Id or name.")],
    horizon: Annotated[int, typer.Option("--horizon", help="Longest routes to follow, 1..62.", metavar="N")] = 10,
    parties: Annotated[bool, typer.Option("--parties", help="A row a party, not a row a tier.")] = False,
    as_of: AsOfOption = None,
    documented_only: DocumentedOption = False,
    unreviewed: UnreviewedOption = "exclude",
    min_confidence: ConfidenceOption = 0.0,
    policy: PolicyOption = None,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Show how many parties stand how far behind a BRAND, what of its inputs arrives there, and where the map ends."""
    with common.reading_day(traced_on(as_of, documented_only, unreviewed, min_confidence, policy), home, output) as day:
        found = day.tiers(day.find_brand(brand), horizon)
    if output is Format.JSON:
        common.print_json(found)
    elif output is Format.CSV:
        rows, columns = (found["parties"], _TIER_COLUMNS) if parties else (found["profile"], tuple(_PROFILE))
        common.print_csv(columns, [[row[column] for column in columns] for row in rows])
    elif not found["parties"]:
        common.say(
            f"No list of this brand is in force on {found['as_of']}: nothing is known of its tiers. "
            "That is not a statement that it is clean."
        )
    elif parties:
        _print_parties(found)
    else:
        _print_profile(found)


def _print_profile(found: Row) -> None:
    profile = found["profile"]
    nothing_new = {"hidden": all(row["hidden"] == 0 for row in profile)}
    nothing_new["documented"] = all(row["documented"] == row["share"] for row in profile)
    columns = [column for column in _PROFILE if not nothing_new.get(column)]
    table = common.new_table(*((_PROFILE[column], "right") for column in columns))
    for row in profile:
        shown = {key: f"{value:,}" if isinstance(value, int) else percent(value) for key, value in row.items()}
        shown["tier"] = "brand" if row["tier"] == 0 else str(row["tier"])
        table.add_row(*(shown[column] for column in columns))
    console = common.console()
    console.print(f"{cell(found['brand']['name'])}, {len(found['parties']):,} known parties upstream.")
    console.print(table)
    console.print(
        "Parties have the tier, among others; at least: only over links that hide traders, so that they are at this "
        "tier or further away; nearest: of both, those that are at no lower one."
    )
    if any(row["share"] > 0 and not row["parties"] + row["at_least"] for row in profile):
        console.print("Tiers without parties: inputs that are traced round a circle of parties who supply each other.")
    for kind in found["dead_ends"]:
        kinds = f"{_KINDS[kind['kind']]} ({kind['parties']:,})"
        console.print(f"The map ends at {kinds}: {percent(kind['share'])} of the inputs.")
    hidden = found["hidden"]
    if hidden["links"]:
        share = percent(hidden["share"])
        console.print(f"{share} of the inputs come over links that hide traders ({hidden['links']:,}).")
    _print_limits(found)
    console.print(f"As of {found['as_of']}. Where the map ends, nothing more is known; that is not clean.")


def _print_parties(found: Row) -> None:
    table = common.new_table(
        ("Tier", "left"), ("Other tiers", "left"), ("Party", "left"), ("Country", "left"), ("Kind", "left"),
        ("Flag", "left"), ("Map ends", "right"),
    )  # fmt: skip
    for row in found["parties"]:
        others = [str(t) for t in row["tiers"] if t != row["tier"]]
        others += [f"at least {t}" for t in row["tiers_at_least"] if t != row["tier"]] + ["more"] * row["more"]
        tier = f"at least {row['tier']}" if row["tier_is_minimum"] else str(row["tier"])
        ends = "" if row["ends"] is None else percent(row["ends"])
        table.add_row(
            tier, ", ".join(others), cell(row["name"]), cell(row["country"]), row["kind"], row["class"] or "", ends
        )
    common.console().print(table)
    _print_limits(found)


def _print_limits(found: Row) -> None:
    """What the listed tiers leave out."""
    beyond = sum(row["tier"] > found["horizon"] for row in found["parties"])
    if beyond:
        common.say(
            f"{beyond:,} parties are further away than {found['horizon']} links; --horizon follows longer routes"
        )
    more = sum(row["more"] for row in found["parties"])
    if more:
        common.say(
            f"{more:,} parties are in or behind a large circle of parties who supply each other; they can have more "
            "tiers than are listed"
        )

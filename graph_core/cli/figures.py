"""`tiertrace exposure` and `tiertrace paths`: the figures and how they come about."""

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
    percent,
)
from graph_core.cli.scoring import print_scores

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from graph_core.day import Parameters
    from graph_core.exposure.table import Exposure
    from graph_core.policy import Policy

PolicyOption = Annotated[
    Path | None,
    typer.Option("--policy", help="Flag policy that counts; default as `tiertrace policy show`.", metavar="FILE"),
]
_FIGURES = ("score", "lower", "upper", "unmapped", "coverage", "assumed_share", "unstated_share", "documented_only")
_BAR_WIDTH = 28
_COLUMNS = (
    "Brand",
    "Share of disclosed inputs",
    "Flagged",
    "With inferred",
    "Bounds",
    "Coverage",
    "Good x country",
    "Good x region",
    "Suppliers",
    "List age",
    "Reviews",
)
#: Columns of indicators -> their evidence class.
_INDICATORS = {"Good x country": "good_country", "Good x region": "region"}
#: Columns that a narrow terminal has no room for, the least needed first.
_SPARE = ("List age", "Coverage", "Suppliers", "Bounds", "Reviews")
_CLASSES = ("named", "ownership", "good_country", "region")
_SPLIT = ("split_low", "split_high")
_COUNTS = ("suppliers", "flagged_suppliers", "waiting_reviews", "stale_days")


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("exposure")(exposure)
    app.command("paths")(paths)


def policy_of(path: Path | None) -> Policy:
    """Policy of a file, the default one where none is named."""
    from graph_core.policy import default_policy, read_policy

    return default_policy() if path is None else read_policy(path.expanduser())


def traced_on(
    as_of: str | None, documented_only: bool, unreviewed: str, min_confidence: float, policy: Path | None
) -> Parameters:
    """Parameters of the traced share, as the options of a command say them."""
    from graph_core.day import Parameters

    return Parameters(
        as_of or common.today(), "traced_share", documented_only, unreviewed, min_confidence, policy_of(policy)
    )


def say_nothing(exposure: Exposure, otherwise: str) -> None:
    """Say why a command has nothing to show of a brand: there is no figure, or what is said otherwise."""
    from graph_core.viz.sentences import NOT_CLEAN, no_figure

    common.say(f"{no_figure(exposure) or otherwise} {NOT_CLEAN}")


def exposure(
    brands: Annotated[list[str] | None, typer.Argument(metavar="BRAND...", help="Ids or names; default all.")] = None,
    as_of: AsOfOption = None,
    score: Annotated[
        str, typer.Option("--score", help="Which score; `tiertrace scores` lists them.", metavar="NAME")
    ] = "traced_share",
    decay: Annotated[float | None, typer.Option("--decay", help="Factor a hop, 0..1; default 1.", metavar="D")] = None,
    worlds: Annotated[
        int | None, typer.Option("--worlds", help="Sampled worlds of cascade; default 10000.", metavar="K")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of cascade; default 1.", metavar="N")] = None,
    horizon: Annotated[
        int | None, typer.Option("--hops", help="Horizon of within_hops; default 3.", metavar="H")
    ] = None,
    documented_only: DocumentedOption = False,
    unreviewed: UnreviewedOption = "exclude",
    min_confidence: ConfidenceOption = 0.0,
    policy: PolicyOption = None,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Show what part of each brand's disclosed inputs traces to flagged sites on a day, and how sure that is."""
    from graph_core.day import Parameters
    from graph_core.exposure.scores import SCORES, Kind
    from graph_core.runs import write_back
    from graph_core.workspace import Workspace

    parameters = Parameters(
        as_of or common.today(),
        score,
        documented_only,
        unreviewed,
        min_confidence,
        policy_of(policy),
        decay=decay,
        worlds=worlds,
        seed=seed,
        horizon=horizon,
    )
    with common.progress() as report, closing(Workspace(common.settings(home), report)) as workspace:
        day = workspace.day(parameters)
        chosen = [day.find_brand(brand) for brand in brands] if brands else None
        found = day.exposures(chosen)
        fictional = day.fictional
        _say_warnings(day.table.day.shares.warnings)
        if found and SCORES[score].kind is Kind.RISK:  # what is kept beside a run lies in 0..1
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
        more = [key for key in ("unit", "standard_error") if any(key in row for row in found)]
        columns = ["brand_id", "brand", "as_of", *_FIGURES, *_CLASSES, *_COUNTS, *_SPLIT, *more]
        common.print_csv(columns, [[*_flat(row), *(row.get(key) for key in more)] for row in found])
    elif not found:
        common.say(
            "No brands: load something first, such as `tiertrace load tables DIR`, and give the end buyers the role "
            "brand in organizations.csv."
        )
    elif found[0]["score_name"] == "traced_share" and "decay" not in found[0]["run"]["parameters"]:
        _print_table(found)
    else:
        print_scores(found)


def _flat(row: Exposure) -> list[Any]:
    classes = [row["classes"][kind] for kind in _CLASSES]
    head = [row["brand"]["id"], row["brand"]["name"], row["as_of"]]
    return [*head, *(row[key] for key in _FIGURES), *classes, *(row[key] for key in (*_COUNTS, *_SPLIT))]


def _print_table(found: list[Exposure]) -> None:
    from graph_core.viz.exposure_bar import bar_legend

    absent_kinds = {
        column for column, kind in _INDICATORS.items() if all(row["classes"][kind] is None for row in found)
    }
    console = common.console()
    absent = set() if any(_differs(row) for row in found) else {"With inferred"}
    absent |= absent_kinds
    ranked = sorted(found, key=lambda r: (-(r["documented"]["score"] or 0.0), _name(r)))
    table, left_out = _fitting(ranked, absent, console)
    console.print(table)
    console.print(bar_legend())
    console.print(
        f"As of {found[0]['as_of']}, run {found[0]['run']['id']}. A low figure is not a clean one: it says what the "
        "disclosed part shows."
    )
    if len(found) == 1:
        _print_split(found[0], console)
    for column in _INDICATORS:
        if column not in absent_kinds:
            console.print(
                f"{column} is an inferred indicator, never an allegation against a site; it is not in the bar."
            )
    if left_out:
        console.print(f"Not shown in so narrow a terminal: {', '.join(left_out).lower()}.")


def _print_split(row: Exposure, console: Console) -> None:
    """Bounds by the split of assumed shares, and whom to ask."""
    if not row["ask_first"]:
        return
    asked = "; ".join(f"{common.cell(ask['name'])} ({percent(ask['width'])})" for ask in row["ask_first"])
    console.print(
        f"Were the assumed equal shares split in another way, the score could lie between {percent(row['split_low'])} "
        f"and {percent(row['split_high'])}. To ask first for the volumes of their own suppliers, with how far the "
        f"split of each alone moves the score: {asked}."
    )


def _fitting(rows: list[Exposure], absent: set[str], console: Console) -> tuple[Table, list[str]]:
    """The fullest table that the terminal has room for, and the columns that it lacks."""
    roomy = console.options.update(width=10_000)
    left_out: list[str] = []
    table = _table([_cells(row, _BAR_WIDTH) for row in rows], absent, narrow=False)
    for column in ("", *_SPARE):
        if console.measure(table, options=roomy).maximum <= console.width:
            break
        left_out += [column] if column and column not in absent else []
        table = _table([_cells(row, _BAR_WIDTH // 2) for row in rows], absent | set(left_out), narrow=True)
    return table, left_out


def _table(rows: list[dict[str, str]], hidden: set[str], *, narrow: bool) -> Table:
    """Rows as a table; in a narrow one long headers take two lines."""
    shown = [column for column in _COLUMNS if column not in hidden]
    headers = ["\n".join(column.rsplit(" ", 1)) if narrow else column for column in shown]
    table = common.new_table(*((header, "left" if i < 2 else "right") for i, header in enumerate(headers)))
    for cells in rows:
        table.add_row(*(cells[column] for column in shown))
    return table


def _name(row: Exposure) -> str:
    return common.cell(row["brand"]["name"])


def _cells(row: Exposure, width: int) -> dict[str, str]:
    """All cells of a brand's row by column."""
    from graph_core.viz.exposure_bar import bar_text

    if row["composition"] is None:
        return dict.fromkeys(_COLUMNS, "-") | {"Brand": _name(row), _COLUMNS[1]: "no list in force"[:width]}
    shown = row["documented"]
    age = row["stale_days"]
    values = (
        _name(row),
        bar_text(row, width),
        percent(shown["score"]),
        percent(row["score"]) if _differs(row) else "same",
        "not stated" if shown["lower"] is None else f"{percent(shown['lower'])} - {percent(shown['upper'])}",
        percent(row["coverage"], "not stated"),
        *(percent(row["classes"][kind], "none that count") for kind in _INDICATORS.values()),
        f"{row['suppliers']:,}",
        "-" if age is None else f"{age:,} d",
        str(row["waiting_reviews"]),
    )
    return dict(zip(_COLUMNS, values, strict=True))


def _differs(row: Exposure) -> bool:
    """Whether inferred links change the score."""
    alone = row["documented"]["score"]
    return row["score"] is not None and alone is not None and abs(row["score"] - alone) > 5e-5


def paths(
    brand: Annotated[str, typer.Argument(metavar="BRAND", help="Id or name.")],
    top: Annotated[int, typer.Option("--top", help="How many paths.", metavar="N")] = 10,
    through: Annotated[
        str | None, typer.Option("--through", help="Only paths on which this party is.", metavar="ID")
    ] = None,
    avoiding: Annotated[
        list[str] | None, typer.Option("--avoiding", help="Only paths without this party; repeatable.", metavar="ID")
    ] = None,
    max_hops: Annotated[int | None, typer.Option("--max-hops", help="Most links of a path.", metavar="N")] = None,
    as_of: AsOfOption = None,
    documented_only: DocumentedOption = False,
    unreviewed: UnreviewedOption = "exclude",
    min_confidence: ConfidenceOption = 0.0,
    policy: PolicyOption = None,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Show the best routes from flagged sites to a BRAND, with the evidence of every hop."""
    parameters = traced_on(as_of, documented_only, unreviewed, min_confidence, policy)
    with common.reading_day(parameters, home, output) as day:
        identity = day.find_brand(brand)
        found = day.paths(identity, top, through=through, avoiding=avoiding or (), max_hops=max_hops)
        figures = day.table.exposure(identity)
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
    _print_paths(found, figures, limited=bool(through or avoiding or max_hops))


def _print_paths(found: list[dict[str, Any]], figures: Exposure, *, limited: bool) -> None:
    if not found:
        such = "such path" if limited else "known path"
        say_nothing(figures, f"No {such} from a flagged site reaches this brand on this day.")
        return
    table = common.new_table(("", "right"), ("Score", "right"), ("Contributes", "right"), ("Path", "left"))
    for path in found:
        steps = [common.cell(path["nodes"][0]["name"])]
        for link, node in zip(path["links"], path["nodes"][1:], strict=True):
            arrow = "-->" if link["evidence"] == "documented" else "- ->"
            steps.append(f"{arrow} {percent(link['share'])} ({_said_of(link)}) {common.cell(node['name'])}")
        table.add_row(str(path["rank"]), percent(path["score"]), percent(path["contribution"]), " ".join(steps))
    console = common.console()
    console.print(table)
    shown = sum(path["contribution"] for path in found)
    more = f"More {'such ' if limited else ''}paths exist. " if found[0]["truncated"] else ""
    rest = percent(found[0]["not_shown"])
    console.print(f"{more}Shown: {percent(shown)} of the score {percent(figures['score'])}; not shown: {rest}.")


def _said_of(link: dict[str, Any]) -> str:
    """What is known of a hop, in short: basis of its share, what is hidden, dates, and confidence where it is not 1."""
    dates = link["valid_from"], link["last_seen"]
    words = [
        link["share_basis"].replace("_", " "),
        "traders not named" if link["disclosure"] == "indirect" else "",
        f"from {dates[0]}" if dates[0] else "",
        f"last seen {dates[1]}" if dates[1] else "",
        f"confidence {link['confidence']:g}" if link["confidence"] < 1 else "",
    ]
    return ", ".join(word for word in words if word)

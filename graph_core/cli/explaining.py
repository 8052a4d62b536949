"""`tiertrace explain`, `policy` and `finding`: why something is flagged, by which rules, and own findings."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graph_core.cli import common
from graph_core.cli.changes import print_changed
from graph_core.cli.common import AsOfOption, ConfidenceOption, Format, FormatOption, HomeOption, UnreviewedOption
from graph_core.cli.figures import PolicyOption, policy_of

if TYPE_CHECKING:
    import pandas as pd

    from graph_core.day import Day
    from graph_core.workspace import Workspace

_MARKS = {"yes": "yes", "no": "NO", "waits": "waits", "told": ""}
#: Cycles of a brand that are named, and parties of each.
_CYCLES, _PARTIES = 5, 8
#: Parties of a finding that are told one by one; the rest are a table.
_IN_FULL = 1


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("explain")(explain)
    policies = typer.Typer(no_args_is_help=True, help="The flag policy: what a finding has to be to start a flag.")
    policies.command("show")(show_policy)
    policies.command("check")(check_policy)
    app.add_typer(policies, name="policy")
    findings = typer.Typer(no_args_is_help=True, help="The team's own findings.")
    findings.command("add")(add_finding)
    app.add_typer(findings, name="finding")


# --- explain ---------------------------------------------------------------------------------------------------


def explain(
    identity: Annotated[str, typer.Argument(metavar="ID", help="Site, company or finding; a brand also by name.")],
    as_of: AsOfOption = None,
    policy: PolicyOption = None,
    unreviewed: UnreviewedOption = "exclude",
    min_confidence: ConfidenceOption = 0.0,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Say in plain words why an ID is flagged on a day, or is not, and of a brand also what its figure rests on."""
    from graph_core.day import Parameters
    from graph_core.explain import explain as explained
    from graph_core.workspace import Workspace

    parameters = Parameters(
        as_of or common.today(), unreviewed=unreviewed, min_confidence=min_confidence, policy=policy_of(policy)
    )
    with common.progress() as report, closing(Workspace(common.settings(home), report)) as workspace:
        day = workspace.day(parameters)
        brand = _brand(day, identity)
        found = explained(workspace.graph(), parameters, brand or identity, _judgements(workspace))
        if brand:
            found["figure"] = _figure(day, brand)
        fictional = day.fictional
    if fictional:
        common.say_fictional(output)
    if output is Format.JSON:
        common.print_json(found)
    elif output is Format.CSV:
        common.print_csv(_STEP_COLUMNS, _step_rows(found["findings"]))
        if "figure" in found:
            common.say(" ".join(found["figure"]["sentences"]))
    else:
        _print_explained(found)


def _brand(day: Day, text: str) -> str | None:
    """Id of the brand with this id or name; ``None`` where it is something else. An id goes before a name."""
    identity = day.graph.merged.get(text, text)
    if any(one["id"] == identity for one in day.brands):
        return identity
    known = any((day.graph[label]["id"] == identity).any() for label in ("Facility", "Organization", "Finding"))
    named = any(one["name"].casefold() == text.casefold().strip() for one in day.brands)
    return day.find_brand(text) if named and not known else None


def _figure(day: Day, brand: str) -> dict[str, Any]:
    """What a brand's figure rests on, in words and as rows."""
    from graph_core.viz.sentences import figure_sentences

    reasons = day.reasons(brand)
    rows = {key: reasons[key] for key in ("suppliers", "findings", "cycles")}
    return {"sentences": figure_sentences(reasons), **rows}


_STEP_COLUMNS = (
    "finding", "party", "node", "result", "class", "strength", "step", "outcome", "text", "sources",
)  # fmt: skip


def _step_rows(entries: Sequence[dict[str, Any]]) -> list[list[Any]]:
    head = _STEP_COLUMNS[:6]
    return [
        [*(entry[key] for key in head), step["step"], step["outcome"], step["text"], ", ".join(step["sources"])]
        for entry in entries
        for step in entry["steps"]
    ]


def _judgements(workspace: Workspace) -> pd.DataFrame:
    """Judgements that stand."""
    from graph_core.resolve.judgements import SOURCE_ID
    from graph_core.review import decisions

    return decisions(workspace.records(SOURCE_ID))


def _print_explained(found: dict[str, Any]) -> None:
    console = common.console()
    policy = found["policy"]
    console.print(f"{common.cell(found['name'])} ({common.cell(found['id'])}), {found['label'].lower()}")
    if "figure" in found:
        console.print(" ".join(found["figure"]["sentences"]))
        _print_cycles(found["figure"]["cycles"])
        console.print()
    console.print(f"{found['summary']} Policy {common.cell(policy['version'])} ({policy['hash'][:12]}).")
    for note in found["notes"]:
        console.print(note)
    entries = found["findings"]
    several = found["label"] == "Finding" and len(entries) > _IN_FULL
    for entry in entries[:_IN_FULL] if several else entries:
        about = f" on {common.cell(entry['node_name'])}" if found["label"] == "Finding" else ""
        console.print(f"\n{common.cell(entry['title'])} [{common.cell(entry['finding'])}]{about}: {entry['result']}")
        table = common.new_table(("Decision", "left"), ("", "left"), ("In words", "left"), ("Said by", "left"))
        for step in entry["steps"]:
            said_by = common.cell(step["sources"])
            table.add_row(step["step"], _MARKS[step["outcome"]], common.cell(step["text"]), said_by)
        console.print(table)
    if several:
        _print_parties(entries)
    brands = ", ".join(common.cell(brand["name"]) for brand in found["brands"])
    if brands:
        what = "It supplies" if found["label"] != "Finding" else "What it flags supplies"
        console.print(f"\n{what}, directly or through others on {found['as_of']}: {brands}.")


def _print_cycles(cycles: Sequence[dict[str, Any]]) -> None:
    for cycle in cycles[:_CYCLES]:
        names = [common.cell(party["name"]) for party in cycle["parties"]]
        more = f" and {len(names) - _PARTIES:,} more" if len(names) > _PARTIES else ""
        around = "" if cycle["around"] is None else f", {common.percent(cycle['around'])} come around"
        through = common.percent(cycle["through"])
        common.console().print(f"Cycle: {', '.join(names[:_PARTIES])}{more}: {through} run through it{around}.")
    if len(cycles) > _CYCLES:
        common.console().print(f"{len(cycles) - _CYCLES:,} more cycles; `--format json` lists all.")


def _print_parties(entries: Sequence[dict[str, Any]]) -> None:
    table = common.new_table(
        ("Party", "left"), ("Result", "left"), ("Class", "left"), ("Strength", "right"), ("By", "left"), ("Way", "left")
    )
    for entry in entries:
        way = next((step["text"] for step in entry["steps"] if step["step"] == "ownership"), "")
        by = entry["decided_by"] or ""
        cells = (entry["node_name"], entry["result"], entry["class"], entry["strength"], by, way)
        table.add_row(*(common.cell(value) for value in cells))
    common.console().print(table)


# --- policy ----------------------------------------------------------------------------------------------------


def show_policy() -> None:
    """Print the default flag policy, with what every key means; a copy of it is where your own begins."""
    from graph_core.policy import default_text

    print(default_text(), end="")


def check_policy(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Flag policy, YAML.")],
    output: FormatOption = Format.TABLE,
) -> None:
    """Check a flag policy FILE, and say in what it differs from the default."""
    from graph_core.policy import default_policy, read_policy

    found = read_policy(path.expanduser())
    differs = _differences(default_policy().as_dict(), found.as_dict())
    if output is Format.JSON:
        rows = [{"key": key, "default": old, "policy": new} for key, old, new in differs]
        common.print_json({"version": found.version, "hash": found.hash, "differs": rows})
        return
    common.print_rows(["key", "default", "policy"], [[key, _plain(a), _plain(b)] for key, a, b in differs], output)
    common.say(f"policy {found.version}, hash {found.hash[:12]}: valid")


def _differences(base: Any, other: Any, key: str = "") -> list[tuple[str, Any, Any]]:
    """Keys of which the values differ."""
    if isinstance(base, dict) and isinstance(other, dict):
        return [row for name in base for row in _differences(base[name], other[name], f"{key}.{name}".lstrip("."))]
    return [] if base == other else [(key, base, other)]


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{len(value)} lines" if isinstance(value, list) else value


# --- changed brands --------------------------------------------------------------------------------------------


# --- the team's own findings -----------------------------------------------------------------------------------


def add_finding(
    author: Annotated[str, typer.Option("--author", help="Who says so.", metavar="NAME")],
    subject: Annotated[str | None, typer.Option("--subject", help="Party that it is about.", metavar="ID")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Its name, where no id is known.", metavar="NAME")] = None,
    country: Annotated[str | None, typer.Option("--country", help="Country of the party.", metavar="CC")] = None,
    category: Annotated[str | None, typer.Option("--category", help="forced_labour, child_labour, ...")] = None,
    severity: Annotated[float | None, typer.Option("--severity", help="How grave, 0..1; empty: 1.")] = None,
    confidence: Annotated[float | None, typer.Option("--confidence", help="How sure, 0..1; empty: 1.")] = None,
    begin: Annotated[str | None, typer.Option("--from", help="First day on which it holds.", metavar="DATE")] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="First day on which it no longer holds.", metavar="DATE")
    ] = None,
    source: Annotated[str | None, typer.Option("--source", help="Where it stands.", metavar="TITLE|URL")] = None,
    note: Annotated[str | None, typer.Option("--note", help="What a reader should know.", metavar="TEXT")] = None,
    commodity: Annotated[str | None, typer.Option("--commodity", help="Limits it to this good.")] = None,
    only_country: Annotated[str | None, typer.Option("--only-country", help="Limits it to sites there.")] = None,
    subsidiaries: Annotated[
        bool | None, typer.Option("--subsidiaries/--no-subsidiaries", help="Names them too.")
    ] = None,
    identity: Annotated[str | None, typer.Option("--id", help="Id; that of an earlier one corrects it.")] = None,
    status: Annotated[str | None, typer.Option("--status", help="standing, contested, retracted, ...")] = None,
    as_of: AsOfOption = None,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Write a finding of the team's own, or correct or retract one by its id; names the brands that it changes."""
    from graph_core.team_findings import add
    from graph_core.workspace import Workspace

    url = source if source and source.casefold().startswith(("http://", "https://")) else None
    row = {
        "id": identity, "subject_id": subject, "subject_name": name, "subject_country": country, "category": category,
        "severity": severity, "confidence": confidence, "authority": author, "status": status, "valid_from": begin,
        "valid_to": end, "scope_commodity": commodity, "scope_country": only_country,
        "includes_subsidiaries": subsidiaries, "source_title": None if url else source, "source_url": url, "note": note,
    }  # fmt: skip
    with common.progress() as report, closing(Workspace(common.settings(home), report)) as workspace:
        done = add(workspace, row, common.today(), as_of)
    if output is Format.JSON:
        common.print_json(done)
        return
    if not done["changed"]:
        common.say(f"nothing new: {done['finding']} says this already")
        return
    common.say(f"{done['finding']} is kept as {done['source']}; `tiertrace forget {done['source']}` takes it back")
    for text in (done["summary"], *done["notes"]):
        common.say(text)
    if done["brands"]:
        print_changed(done["brands"], output)
    else:
        common.say(f"no brand's figures changed on {done['as_of']}")

"""What a snapshot holds, as plain values: figures, paths, findings, sources and the frame around them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from graph_core.day import Day
from graph_core.flags import EVIDENCED, judged, standing, waiting
from graph_core.model import INDICATORS, Status
from graph_core.paths import top_paths
from graph_core.plans import Action
from graph_core.policy import default_policy
from graph_core.snapshot.actions import action_rows
from graph_core.snapshot.canon import DECIMALS, plain
from graph_core.snapshot.coverage import coverage_rows
from graph_core.store.base import Report, silent
from graph_core.text import csv_cell
from graph_core.viz.text import count

Row = dict[str, Any]

#: More paths than these are not counted: the snapshot then says "at least".
MOST_ALTERNATIVES = 100
_FIGURES = ("score", "lower", "upper", "unmapped", "coverage", "assumed_share", "unstated_share", "documented_only")
_CLASSES = ("named", "ownership", "good_country", "region")
_COUNTS = ("suppliers", "flagged_suppliers", "waiting_reviews", "stale_days")
_FINDING = (
    "id", "kind", "category", "severity", "confidence", "authority", "status", "valid_from", "valid_to",
    "scope_commodity", "scope_country", "includes_subsidiaries", "source_title", "source_url", "note", "sources",
)  # fmt: skip
_SOURCE = ("id", "title", "publisher", "url", "licence", "retrieved_at", "sha256", "format")


def contents(
    day: Day, sources: Sequence[Mapping[str, Any]], actions: Sequence[Action] = (), report: Report = silent
) -> dict[str, Any]:
    """All documents of a snapshot by file name without ending.

    Parameters
    ----------
    day : Day
        What is frozen.
    sources : sequence of mappings
        Sources that the graph rests on, as `Workspace.sources` gives them, in any order.
    actions : sequence of Action
        What people are to do, as of now.
    report : callable
        Told about progress.

    Returns
    -------
    dict
        ``exposure``, ``paths``, ``coverage``, ``findings``, ``sources``, and ``actions`` where there are any: plain
        values, ready to be written.
    """
    report("figures", 0, 0)
    findings = finding_rows(day)
    exposures = exposure_rows(day, findings)
    _add_brands(findings, exposures)
    return {
        "exposure": plain(exposures),
        "paths": plain(_best_paths(day, exposures, report)),
        "coverage": plain(coverage_rows(day, exposures)),
        "findings": plain(findings),
        "sources": plain(source_rows(sources)),
        **({"actions": plain(action_rows(day, actions, day.parameters.as_of))} if actions else {}),
    }


def source_rows(sources: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Sources by id, each with whether it says of itself that it is fictional."""
    rows = [{key: source.get(key) for key in _SOURCE} for source in sources]
    for row in rows:
        words = f"{row['title'] or ''} {row['publisher'] or ''}"
        row["fictional"] = "fictional" in words.casefold()
    return sorted(rows, key=lambda row: str(row["id"]))


# --- findings and exposures ------------------------------------------------------------------------------------


def finding_rows(day: Day) -> list[Row]:
    """Findings that stand on the day, and which sites each flags.

    An indicator about a good in a country lists no site, only how many it concerns: it is no allegation against any.
    """
    graph, flags = day.graph, day.table.day.flags
    rows = standing(graph["Finding"], day.parameters.as_of).sort_values("id")
    by_finding = dict(iter(flags.groupby("finding")))
    countries = pd.concat([graph[label].set_index("id")["country"] for label in ("Organization", "Facility")])
    known_countries = countries.dropna().to_dict()
    none = flags.iloc[:0]
    out = []
    for row in rows.to_dict("records"):
        own = by_finding.get(row["id"], none)
        indicator = row["kind"] in INDICATORS
        sites = [] if indicator else _sites(day, own, known_countries)
        out.append(
            {
                **{key: row[key] for key in _FINDING},
                "subject": {key: row[f"subject_{key}"] for key in ("id", "name", "country")},
                "scored": row["category"] in day.parameters.policy.scored,
                "evidenced": not indicator,
                "sites": sites,
                "sites_concerned": int(own["node"].nunique()),
            }
        )
    return out


def _sites(day: Day, flags: pd.DataFrame, countries: Mapping[str, str]) -> list[Row]:
    rows = flags[flags["class"].isin(EVIDENCED)].sort_values(["node", "class"]).drop_duplicates(["node", "class"])
    return [
        {
            "id": row["node"],
            "name": day.table.names.get(row["node"], row["node"]),
            "country": countries.get(row["node"]),
            "class": row["class"],
            "waiting": bool(row["waiting"]),
        }
        for row in rows.to_dict("records")
    ]


def exposure_rows(day: Day, findings: Sequence[Row]) -> list[Row]:
    """Figures of all brands, the gravest first: by severity of the findings behind them, only then by likelihood.

    Severity (how grave what was found is) and share (how much of the inputs traces to it) stay two columns.
    ``salience`` holds the gravest severity, the highest confidence at that severity, and the findings; None where
    nothing is traced.
    """
    counted = day.parameters.unreviewed == "include"
    by_site: dict[str, list[Row]] = {}
    for finding in findings:
        for site in finding["sites"]:
            if finding["scored"] and (counted or not site["waiting"]):
                by_site.setdefault(site["id"], []).append(finding)
    rows = [{**row, "salience": _salience(row, by_site)} for row in day.exposures()]
    return sorted(rows, key=_gravest_first)


def _salience(exposure: Row, by_site: Mapping[str, list[Row]]) -> Row | None:
    behind = {f["id"]: f for part in exposure["attribution"] for f in by_site.get(part["id"], [])}
    if not behind:
        return None
    severity = max(finding["severity"] for finding in behind.values())
    return {
        "severity": severity,
        "confidence": max(f["confidence"] for f in behind.values() if f["severity"] == severity),
        "findings": sorted(behind),
    }


def _gravest_first(row: Row) -> tuple[bool, float, float, float, str, str]:
    severity = row["salience"]["severity"] if row["salience"] else 0.0
    score = round(row["documented"]["score"] or 0.0, DECIMALS)
    return (
        row["score"] is None,
        -severity,
        -score,
        -round(row["score"] or 0.0, DECIMALS),
        row["brand"]["name"],
        row["brand"]["id"],
    )


def _add_brands(findings: list[Row], exposures: Sequence[Row]) -> None:
    behind: dict[str, list[str]] = {}
    for row in exposures:
        for finding in (row["salience"] or {"findings": []})["findings"]:
            behind.setdefault(finding, []).append(row["brand"]["id"])
    for finding in findings:
        finding["brands"] = sorted(behind.get(finding["id"], []))


def exposure_csv(exposures: Sequence[Row]) -> bytes:
    """Figures as CSV with the columns of `tiertrace exposure --format csv`; absent figures are empty cells."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["brand_id", "brand", "as_of", *_FIGURES, *_CLASSES, *_COUNTS])
    for row in exposures:
        head = [row["brand"]["id"], row["brand"]["name"], row["as_of"]]
        figures = [*(row[k] for k in _FIGURES), *(row["classes"][k] for k in _CLASSES), *(row[k] for k in _COUNTS)]
        writer.writerow([csv_cell(value) for value in [*head, *figures]])
    return out.getvalue().encode("utf-8")


# --- paths -----------------------------------------------------------------------------------------------------


def _best_paths(day: Day, exposures: Sequence[Row], report: Report) -> list[Row]:
    found = []
    for number, exposure in enumerate(exposures):
        report("paths of brands", number, len(exposures))
        found.append(_best_path(day, exposure))
    return found


def _best_path(day: Day, exposure: Row) -> Row:
    """The best path of a brand with its evidence, the best documented one where that differs, and how many more."""
    brand = exposure["brand"]["id"]
    best = next(iter(day.paths(brand, 1)), None)
    found = top_paths(day.table.day.network, brand, MOST_ALTERNATIVES + 1)
    inferred = best is not None and any(link["evidence"] == "inferred" for link in best["links"])
    documented = next(iter(day.documented.paths(brand, 1)), None) if inferred else None
    return {
        "brand": exposure["brand"],
        "score": exposure["score"],
        "alternatives": max(0, len(found) - 1),
        "more_alternatives": found.truncated,
        "path": _path(best),
        "documented_path": _path(documented),
    }


def _path(path: Row | None) -> Row | None:
    return None if path is None else {k: path[k] for k in ("score", "contribution", "nodes", "links")}


# --- frame -----------------------------------------------------------------------------------------------------


def frame(day: Day, documents: Mapping[str, Any], preparer: str | None) -> Row:
    """What a reader has to know before the first figure.

    Parameters
    ----------
    day : Day
        What is frozen.
    documents : mapping
        What `contents` gave.
    preparer : str or None
        Who prepared the snapshot; left out where nobody is named.
    """
    run = day.table.run
    row = {
        "title": f"Exposure snapshot, as of {day.parameters.as_of}",
        "as_of": day.parameters.as_of,
        "entities": [brand["brand"] for brand in documents["exposure"]],
        "data_cut_off": _cut_off(day, documents["sources"]),
        "parameters": run["parameters"],
        "input_hash": run["input_hash"],
        "run_id": run["id"],
        "code_version": run["code_version"],
        "fictional": any(source["fictional"] for source in documents["sources"]),
        "exclusions": exclusions(day, documents),
        "warnings": sorted(day.table.day.shares.warnings),
    }
    return row | ({"preparer": preparer} if preparer else {})


def _cut_off(day: Day, sources: Sequence[Row]) -> Row:
    """Newest date on which anything that went in was published or retrieved."""
    retrieved = [source["retrieved_at"] for source in sources if source["retrieved_at"]]
    lists = day.graph["DisclosureList"]["valid_from"].dropna().tolist()
    findings = standing(day.graph["Finding"], day.parameters.as_of)["valid_from"].dropna().tolist()
    return {
        "day": max(retrieved + lists, default=None),
        "newest_retrieval": max(retrieved, default=None),
        "newest_list": max(lists, default=None),
        "newest_standing_finding": max(findings, default=None),
    }


def exclusions(day: Day, documents: Mapping[str, Any]) -> list[Row]:
    """What does not enter the score, each with how many and why; empty kinds are left out."""
    network, parameters = day.table.day, day.parameters
    findings = documents["findings"]
    unjudged, unknown = waiting(network.flags) if parameters.unreviewed == "exclude" else (0, 0)
    retracted = (day.graph["Finding"]["status"].fillna("") == Status.RETRACTED).sum()
    weak = (network.links["confidence"].fillna(1.0) < parameters.min_confidence).sum()
    seen = judged(day.graph, parameters.as_of, parameters.min_confidence, parameters.policy)
    weak_findings = (seen["stands"] & seen["scored"] & seen["listed"] & ~seen["sure"]).sum()
    unlisted = (seen["stands"] & ~seen["listed"]).sum()
    inferred = (network.links["evidence"] == "inferred").sum()
    apart = sum(not finding["evidenced"] and finding["scored"] for finding in findings)
    other = sum(not finding["scored"] for finding in findings)
    usual = parameters.policy.scored == default_policy().scored
    rows = [
        (unjudged, "finding whose match waits for review", "findings whose match waits for review",
         "a name match is a hypothesis until a person has judged it"),
        (unknown, "finding that waits for a country or good", "findings that wait for a country or good",
         "whether it applies cannot be told before they are known"),
        (apart, "indicator about a good in a country or region", "indicators about a good in a country or region",
         "shown apart, no allegation against a site"),
        (other, "finding of another category", "findings of other categories",
         "only forced labour, with forced child labour, enters the score" if usual else "the flag policy"),
        (unlisted, "finding of a list that is left out", "findings of lists that are left out", "the flag policy"),
        (retracted, "retracted finding", "retracted findings", "a retracted finding never counts"),
        (weak, "link below the least confidence", "links below the least confidence", "parameter min_confidence"),
        (weak_findings, "finding below the least confidence", "findings below the least confidence",
         "parameter min_confidence" if not parameters.policy.minimum_confidence else "the flag policy"),
        (inferred if parameters.documented_only else 0, "inferred link", "inferred links", "parameter documented_only"),
    ]  # fmt: skip
    return [
        {"count": int(number), "what": count(int(number), one, many), "why": why}
        for number, one, many, why in rows
        if number
    ]

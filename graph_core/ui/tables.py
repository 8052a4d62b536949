"""Data of the components, made from exposures, paths and parties: plain values, texts ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from graph_core import party as parties
from graph_core.change_days import ChangeDay
from graph_core.exposure.scores import SCORES
from graph_core.snapshot.since import Since
from graph_core.ui.words import ABOUT_GOODS, BASIS, CATEGORY, age, formula, lists_words, newest_day
from graph_core.viz.colours import LABEL, NO_FLAG
from graph_core.viz.course_chart import change_words
from graph_core.viz.exposure_bar import PAGE, PARTS, Bar, bar, bar_data, marks_legend, no_list
from graph_core.viz.scene import Figures, Scene
from graph_core.viz.sentences import score_value
from graph_core.viz.text import clean, count, percent, points, shorten

Exposure = Mapping[str, Any]
Sources = Mapping[str, Mapping[str, Any]]


def _column(key: str, label: str, kind: str = "", help_text: str = "", **more: Any) -> dict[str, Any]:
    return {"key": key, "label": label, "kind": kind, "help": help_text, "numeric": False, "minor": False, **more}


COLUMNS = (
    _column("name", "Brand", "link"),
    _column(
        "bar", "Exposure, share of disclosed inputs", "bar", "Sorts by the flagged share", numeric=True, width="34%"
    ),
    _column("score", "Flagged", "opens", "Share of inputs traced to flagged sites; opens its formula", numeric=True),
    _column("change", "Change", "", "Flagged share now less the one of the snapshot below", numeric=True, minor=True),
    _column(
        "unmapped", "Unmapped", "", "Share of inputs that no link covers: unknown, not clean", numeric=True, minor=True
    ),
    _column(
        "coverage", "Coverage", "", "Share of inputs that the brand's links are said to cover", numeric=True, minor=True
    ),
    _column("suppliers", "Suppliers", "", "Disclosed suppliers on that day; no tier claimed", numeric=True, minor=True),
    _column("lists", "List", "", "Newest list or statement in force, and its age", numeric=True, minor=True),
    _column(
        "waiting",
        "Reviews",
        "",
        "Matches not yet judged that could change the figure; for data: a country or good has to become known",
        numeric=True,
        minor=True,
    ),
)


def overview(
    rows: Sequence[Exposure],
    caption: str,
    since: Since | None = None,
    scored: Sequence[Exposure] | None = None,
) -> dict[str, Any]:
    """Give the data of the table of brands.

    Parameters
    ----------
    rows : sequence of mappings
        Exposures by the traced share.
    caption : str
        What the table shows.
    since : Since, optional
        Snapshot that changes are counted from; without one that can be compared there is no such column.
    scored : sequence of mappings, optional
        The same brands in the same order by another score, which gets a column of its own.
    """
    compared = since if since is not None and not since.differs else None
    bars = [bar(row) for row in rows]
    table = [_overview_row(row, drawn, compared) for row, drawn in zip(rows, bars, strict=True)]
    columns = [column for column in COLUMNS if column["key"] != "change" or compared]
    if scored is not None:
        for row, other in zip(table, scored, strict=True):
            row["cells"]["other"] = _cell(score_value(other), other["score"], _documented_value(other))
        columns.insert(3, _score_column(scored))
    return {"rows": table, "columns": columns, "sort": "score", "caption": caption, "legend": marks_legend(bars)}


def _score_column(scored: Sequence[Exposure]) -> dict[str, Any]:
    score = SCORES[scored[0]["score_name"]] if scored else None
    label = score.name.replace("_", " ").capitalize() if score else ""
    return _column("other", label, "", score.sentence if score else "", numeric=True)


def _documented_value(row: Exposure) -> str:
    """The value over documented links alone, where it is another."""
    if row["score"] == row["documented_only"] or "flag_upstream" not in row:
        return ""
    return f"{score_value(row, 'documented_only')} documented"


def overview_csv(rows: Sequence[Exposure], since: Since | None, scored: Sequence[Exposure] | None) -> pd.DataFrame:
    """Give every figure of the brands as a table, a row a brand, with the formula of each and the run behind it."""
    figures = ("score", "lower", "upper", "unmapped", "coverage", "assumed_share", "unstated_share", "documented_only")
    counts = ("suppliers", "flagged_suppliers", "waiting_reviews", "stale_days")
    compared = since if since is not None and not since.differs else None
    found = []
    for place, row in enumerate(rows):
        line = {"brand_id": row["brand"]["id"], "brand": row["brand"]["name"], "as_of": row["as_of"]}
        line |= {key: row[key] for key in figures} | {f"class_{kind}": v for kind, v in row["classes"].items()}
        line |= {key: row[key] for key in counts} | {"newest_list": newest_day(row) or None}
        if compared:
            line |= {"snapshot": compared.id, "snapshot_as_of": compared.as_of}
            line["change"] = compared.change(row["brand"]["id"], row["documented_only"])
        if scored is not None:
            line |= {"other_score": scored[place]["score_name"], "other_value": scored[place]["score"]}
        found.append(line | {"run": row["run"]["id"], "formula": formula(row)})
    return pd.DataFrame(found)


def _change(row: Exposure, since: Since | None) -> dict[str, Any]:
    if since is None:
        return _cell("", None)
    brand = row["brand"]["id"]
    change = since.change(brand, row["documented_only"])
    return _cell(points(change, "not known" if brand in since.scores else "not in it"), change)


def _cell(text: str, sort: float | str | None, note: str = "") -> dict[str, Any]:
    return {"text": text, "sort": sort, "note": note, "absent": sort is None}


def _overview_row(row: Exposure, drawn: Bar, since: Since | None) -> dict[str, Any]:
    name = clean(row["brand"]["name"])
    absent = no_list(row)
    shown, beside = _scores(row)
    coverage = row["coverage"]
    unmapped = None if absent or coverage is None else row["documented"]["composition"]["unmapped"]
    lists = "none in force" if absent else shorten(lists_words(row), 28) or newest_day(row) or "not dated"
    nothing = "–" if absent else "not stated"
    return {
        "id": row["brand"]["id"],
        "bar": bar_data(drawn),
        "formula": formula(row),
        "cells": {
            "name": _cell(name, name.casefold()),
            "bar": _cell("", shown),
            "score": _cell(percent(shown, "–" if absent else "not known"), shown, beside),
            "change": _change(row, since),
            "unmapped": _cell(percent(unmapped, nothing), unmapped),
            "coverage": _cell(percent(coverage, nothing), coverage),
            "suppliers": _cell("–" if absent else f"{row['suppliers']:,}", None if absent else row["suppliers"]),
            "lists": _cell(lists, newest_day(row) or None, age(row["stale_days"])),
            "waiting": _waiting(row),
        },
    }


def _waiting(row: Exposure) -> dict[str, Any]:
    """Matches that a person can judge, and beside them what only data can settle."""
    data = row["waiting_data"]
    return _cell(f"{row['waiting_reviews'] - data:,}", row["waiting_reviews"], f"{data:,} for data" if data else "")


def _scores(row: Exposure) -> tuple[float | None, str]:
    """Score as the bar shows it, and the other one beside it where they differ."""
    score, documented = row["score"], row["documented_only"]
    if score is None or documented is None:
        return score, ""
    return documented, f"{percent(score)} with inferred" if percent(score) != percent(documented) else ""


def bar_figures(row: Exposure) -> dict[str, Any]:
    """Give the data of the large bar: geometry, and the figures of its parts."""
    drawn = bar(row)
    shown = row["documented"]
    composition = shown["composition"] or {}
    evidenced: list[dict[str, Any]] = []
    if drawn.segments:
        for kind in PARTS:
            value = composition.get(kind) or 0.0
            if kind == "unmapped" and drawn.open_end and not value:
                continue  # nobody said how much is mapped: a zero here would say that all is
            evidenced.append(_figure(kind, LABEL[kind], percent(value)))
        if drawn.open_end:
            evidenced.append(_figure("open", "Coverage", "not stated", absent=True))
        if shown["lower"] is not None:
            bounds = f"{percent(shown['lower'])} to {percent(shown['upper'])}"
            evidenced.append(_figure("bounds", "Bounds", bounds))
    inferred = [_figure(lane.kind, LABEL[lane.kind], percent(lane.share)) for lane in drawn.lanes]
    return {"bar": bar_data(drawn, PAGE), "evidenced": evidenced, "inferred": inferred}


def _figure(kind: str, label: str, text: str, *, absent: bool = False) -> dict[str, Any]:
    return {"kind": kind, "label": label, "text": text, "absent": absent}


def paths(found: Sequence[Mapping[str, Any]], sources: Sources) -> list[dict[str, Any]]:
    """Give the data of the path strips; the brand at the end of each stands in the heading and is left out.

    ``sources`` are those of the store by id, for their titles and addresses.
    """
    return [
        {
            "key": "|".join(str(node["id"]) for node in path["nodes"]),
            "share": percent(path["contribution"]),
            "nodes": [_path_node(node) for node in path["nodes"][:-1]],
            "hops": [_hop(path, place, sources) for place in range(len(path["links"]))],
            "note": _path_note(path),
        }
        for path in found
    ]


def _path_note(path: Mapping[str, Any]) -> str:
    if any(link["disclosure"] == "indirect" for link in path["links"]):
        return "An indirect link hides traders between its two ends: the tiers on this way are minimums."
    return ""


def _path_node(node: Mapping[str, Any]) -> dict[str, Any]:
    name, kind = clean(node["name"]), node.get("class")
    country = f", {node['country']}" if node.get("country") else ""
    return {
        "name": shorten(name, 32),
        "title": name + country,
        "kind": kind,
        "label": LABEL.get(kind or "", ""),
    }


def _hop(path: Mapping[str, Any], place: int, sources: Sources) -> dict[str, Any]:
    link = path["links"][place]
    ends = [{"text": clean(node["name"]), "site": str(node["id"])} for node in path["nodes"][place : place + 2]]
    return {
        "ends": ends,
        "share": percent(link["share"]),
        "basis": BASIS.get(link["share_basis"], str(link["share_basis"] or "").replace("_", " ")),
        "evidence": link["evidence"],
        "inferred": link["evidence"] == "inferred",
        "disclosure": link["disclosure"],
        "valid_from": link.get("valid_from") or "open",
        "last_seen": link.get("last_seen") or "not stated",
        "sources": [_named_source(str(source), sources) for source in link["sources"]],
    }


def _named_source(source: str, sources: Sources) -> dict[str, str]:
    said = sources.get(source) or {}
    return {"text": clean(said.get("title") or source), "url": str(said.get("url") or "")}


def attribution(items: Sequence[Mapping[str, Any]], by: str = "site", most: int = 12) -> list[dict[str, Any]]:
    """Give the bars of `graph_core.day.Day.attribution`: what the score comes from or passes through."""
    largest = max((item["share"] for item in items), default=1.0)
    return [_attributed(item, by, largest) for item in items[:most]]


def _attributed(item: Mapping[str, Any], by: str, largest: float) -> dict[str, Any]:
    name = clean(item["name"]) if item["name"] else "Not stated"
    kind = item.get("class")
    row = {
        "name": shorten(name, 34),
        "title": name,
        "kind": kind,
        "label": LABEL.get(kind or "", ""),
        "part": item["share"] / largest,
        "text": percent(item["share"]),
    }
    return {**row, "site": item["id"]} if by in ("site", "supplier") else row


def figures(exposure: Exposure) -> pd.DataFrame:
    """Give the figures of one brand as a table of one row, shares 0..1."""
    keys = ("score", "documented_only", "lower", "upper", "unmapped", "coverage", "assumed_share", "unstated_share")
    brand = exposure["brand"]
    row = {"brand_id": brand["id"], "brand": brand["name"], "as_of": exposure["as_of"]}
    row |= {key: exposure[key] for key in keys} | exposure["classes"]
    return pd.DataFrame([{**row, "suppliers": exposure["suppliers"], "run": exposure["run"]["id"]}])


def path_rows(found: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Give paths as a table, a row a hop."""
    rows = [
        {
            "path": path["rank"],
            "contribution": path["contribution"],
            "hop": place,
            "supplier_name": path["nodes"][place - 1]["name"],
            "buyer_name": path["nodes"][place]["name"],
            **link,
        }
        for path in found
        for place, link in enumerate(path["links"], start=1)
    ]
    return pd.DataFrame(rows)


def course_rows(days: Sequence[ChangeDay], figures: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Give a figure over time as a table, shares 0..1."""
    pairs = zip(days, figures, strict=True)
    return pd.DataFrame([{**figure, "what_changed": change_words(one)} for one, figure in pairs])


def picture(scene: Scene, figures: Figures, picks: str = "") -> dict[str, Any]:
    """Give the data of a picture: its marks, its figures as a table, and the key of the address that a click sets."""
    return {"scene": scene.data(), "figures": figures.data(), "picks": picks}


Block = dict[str, Any]


def party_blocks(party: Mapping[str, Any]) -> list[Block]:
    """Describe a site or company, as `graph_core.day.Day.party` gives it, beside a picture."""
    kind = party["class"]
    blocks: list[Block] = [{"tag": "h2", "text": [clean(party["name"])]}]
    if party["aliases"]:
        blocks.append({"tag": "small", "text": ["Also: " + ", ".join(clean(name) for name in party["aliases"])]})
    if kind:
        blocks.append({"tag": "p", "text": [{"pill": [{"mark": kind, "label": ""}, LABEL[kind]], "kind": kind}]})
    else:
        blocks.append({"tag": "p", "text": [{"pill": [f"{NO_FLAG} on this day"]}]})
    blocks.append({"tag": "facts", "items": _facts(party)})
    blocks += _finding_blocks(party["findings"])
    buyers = [[clean(item["name"]), percent(item["share"], "–")] for item in party["buyers"][:12]]
    if buyers:
        blocks.append({"tag": "h3", "text": ["Delivers to"]})
        blocks.append({"tag": "table", "heads": ["Buyer", "Share of its inputs"], "rows": buyers, "numeric": [1]})
        if len(party["buyers"]) > len(buyers):
            blocks.append({"tag": "small", "text": [f"and {len(party['buyers']) - len(buyers)} more"]})
    if party["sources"]:
        blocks.append({"tag": "h3", "text": ["Sources"]})
        blocks.append({"tag": "ul", "items": [_source(item) for item in party["sources"]]})
    return blocks


def _facts(party: Mapping[str, Any]) -> list[list[Any]]:
    rows: list[list[Any]] = [["Id", [str(party["id"])]]]
    for label, key in (("Country", "country"), ("Address", "address"), ("Makes", "product")):
        value = party.get(key)
        if isinstance(value, str) and value:
            rows.append([label, [clean(value)]])
    if party.get("placeholder"):
        rows.append(["Known from", ["links only: no source describes this site"]])
    return rows


#: What a finding comes to, see `graph_core.party.OUTCOMES`.
_OUTCOME = {
    parties.COUNTS: "counts on this day",
    parties.UNJUDGED: "waits for review: not in the figures",
    parties.UNKNOWN: "waits for a country or good to become known: not in the figures",
    parties.OVER: "does not count on this day",
    parties.CONTEXT: "context, not scored",
    parties.POLICY: "does not count by the policy",
    parties.ELSEWHERE: "does not apply to it: limited to another country or good",
    parties.LEFT_OUT: "not in the figures: its class is left out",
    parties.INDICATOR: "never in the score",
}


def _finding_blocks(findings: Sequence[Mapping[str, Any]]) -> list[Block]:
    """Findings on a party, those that may be about another one, and what is about goods alone, each apart."""
    apart = (parties.UNJUDGED, parties.INDICATOR)
    unjudged, indicators = ([found for found in findings if found["outcome"] == one] for one in apart)
    accepted = [found for found in findings if found["outcome"] not in apart]
    blocks = _told(count(len(accepted), "finding"), accepted)
    blocks += _told(f"{count(len(unjudged), 'finding')} that may be about it", unjudged)
    return blocks + _told("Indicators about goods", indicators, ABOUT_GOODS)


def _told(heading: str, findings: Sequence[Mapping[str, Any]], caption: str = "") -> list[Block]:
    """Findings below their heading; nothing where there are none."""
    if not findings:
        return []
    blocks: list[Block] = [{"tag": "h3", "text": [heading]}]
    blocks += [{"tag": "small", "text": [caption]}] if caption else []
    for finding in findings:
        title = clean(finding["title"] or "Finding without a title")
        url = finding.get("url") or ""
        words: list[Any] = [{"url": str(url), "text": title}] if url else [{"strong": title}]
        blocks.append({"tag": "p", "text": words})
        until = f" to {finding['valid_to']}" if finding["valid_to"] else " on"
        parts = [
            clean(finding["authority"] or ""),
            CATEGORY.get(finding["category"], str(finding["category"])),
            f"from {finding['valid_from'] or 'an unstated day'}{until}",
            str(finding["status"] or ""),
            _OUTCOME[finding["outcome"]],
        ]
        blocks.append({"tag": "small", "text": [", ".join(part for part in parts if part)]})
        if finding.get("reason"):
            why = "Why it may be about" if finding["outcome"] == parties.UNJUDGED else "Why it is about"
            blocks.append({"tag": "small", "text": [f"{why} this party: {clean(finding['reason'])}"]})
    return blocks


def _source(item: Mapping[str, Any]) -> list[Any]:
    title = clean(item.get("title") or item["id"])
    more = [str(item.get(key)) for key in ("publisher", "retrieved_at") if item.get(key)]
    words: list[Any] = [{"url": str(item["url"]), "text": title}] if item.get("url") else [title]
    return [*words, f" ({', '.join(clean(part) for part in more)})" if more else ""]


def products(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give the bars of scores by product."""
    return [
        {
            "name": clean(item["product"]),
            "sub": count(item["suppliers"], "supplier"),
            "part": item["score"],
            "text": percent(item["score"]),
            "kind": None,
        }
        for item in items
    ]

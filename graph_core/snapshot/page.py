"""The page of a snapshot: one HTML file that loads nothing, for the screen, the printer and the archive.

Addresses of sources are printed as text, so that the page refers to nothing outside itself; its content security
policy allows its own style sheet, known by its checksum, and nothing else. All text from data is escaped.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from graph_core.flags import CLASSES
from graph_core.policy import default_policy
from graph_core.scenario import Scenario
from graph_core.viz.colours import LABEL, MARK, PALETTE, Theme
from graph_core.viz.exposure_bar import SAME, bar_svg, lanes_text, no_list
from graph_core.viz.sentences import in_classes, over_links
from graph_core.viz.text import clean, count, listing, percent, points

Row = Mapping[str, Any]

_BASIS = {
    "stated": "stated", "volume": "by volume", "value": "by value", "assumed_equal": "assumed: equal split",
}  # fmt: skip
_BAR_WIDTH = 460
#: Flagged sites that a brand's card names; the rest is counted, and stands in exposure.json.
_SITES_SHOWN = 3
#: Columns of tiers in the table of coverage.
_TIERS_SHOWN = 6
#: Colours of the palette that the style sheet uses.
_COLOURS = ("text", "muted", "accent", "background", "panel", "line", "hatch", "hatch_background", *MARK, "unflagged")


def page(head: Row, documents: Row) -> str:
    """Write the page.

    Parameters
    ----------
    head : mapping
        The frame, as in ``manifest.json`` without files and id.
    documents : mapping
        Content of the JSON files by name.

    Returns
    -------
    str
        One HTML document, line feeds only.
    """
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            head=head,
            style=Markup(style),  # noqa: S704  # a file of ours, no data in it
            style_hash=f"sha256-{digest}",
            parameters=parameter_words(head["parameters"]),
            over=over_links(head["parameters"]),
            of=in_classes(head["parameters"]),
            tiers=_tier_names(documents["coverage"]),
            brands=_brands(documents),
            findings=_findings(documents),
            sources=documents["sources"],
            actions=_actions(documents),
            limits=limits(documents),
            legend=_legend(documents),
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("graph_core.snapshot", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "name": clean,
        "percent": percent,
        "words": _words,
        "points": points,
        "digits": "{:,}".format,
    }
    environment.globals |= {"count": count, "basis": _BASIS, "label": LABEL, "mark": MARK}
    return environment


def _words(value: str | None) -> str:
    return clean(value or "").replace("_", " ")


def _style() -> str:
    """The style sheet, with the colours of both themes in front."""

    def colours(theme: Theme) -> str:
        return "".join(f"--{name.replace('_', '-')}:{PALETTE[theme][name]};" for name in _COLOURS)

    sheet = resources.files("graph_core.snapshot").joinpath("templates/page.css").read_text(encoding="utf-8")
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{colours('dark')}}}}}"
    return f":root{{color-scheme:light dark;{colours('light')}}}\n{dark}\n{sheet}"


# --- what the template shows -----------------------------------------------------------------------------------


def _brands(documents: Row) -> list[dict[str, Any]]:
    """Everything about each brand in one place, in the order of the exposures."""
    paths = {row["brand"]["id"]: row for row in documents["paths"]}
    behind = {row["brand"]["id"]: row for row in documents["coverage"]}
    findings = {finding["id"]: finding for finding in documents["findings"]}
    columns = len(_tier_names(documents["coverage"]))
    return [
        {
            **exposure,
            "name": exposure["brand"]["name"],
            "listed": not no_list(exposure),
            "bars": {theme: _bar(exposure, theme) for theme in PALETTE},
            "lanes": lanes_text(exposure),
            "differs": _differs(exposure),
            "known": behind[exposure["brand"]["id"]],
            "tiers": _tiers(behind[exposure["brand"]["id"]]["tiers"], columns),
            "best": _strip(paths[exposure["brand"]["id"]], findings),
            "traced_to": _traced_to(exposure),
        }
        for exposure in documents["exposure"]
    ]


def parameter_words(parameters: Row) -> list[str]:
    """What the figures of a snapshot depend on, as a reader says it; the day stands apart."""
    words = [
        f"score {_words(parameters['score_name'])}",
        "documented links only" if parameters["documented_only"] else "documented and inferred links",
        f"unreviewed matches {'included' if parameters['unreviewed'] == 'include' else 'excluded'}",
    ]
    policy = parameters["policy"]
    if policy["hash"] != default_policy().hash:
        words.append(f"flag policy {clean(policy['version'])} ({policy['hash'][:12]})")
    if (chosen := parameters.get("classes")) is not None:
        words.append(f"without {listing([LABEL[kind].lower() for kind in CLASSES if kind not in chosen])} flags")
    least = parameters["min_confidence"]
    return [*words, f"least confidence {least:g}"] if least else words


def _tier_names(coverage: Sequence[Row]) -> list[str]:
    """Headers of the columns of tiers; what lies beyond the last is added to it."""
    deepest = max((tier["tier"] for row in coverage for tier in row["tiers"]), default=1)
    names = [f"Tier {n}" for n in range(1, min(deepest, _TIERS_SHOWN) + 1)]
    return names if deepest <= _TIERS_SHOWN else [*names[:-1], f"{names[-1]} and on"]


def _tiers(tiers: Sequence[Row], columns: int) -> list[dict[str, int]]:
    keys = ("suppliers", "at_least", "map_ends")
    return [
        {k: sum(t[k] for t in tiers if t["tier"] == n or n == columns < t["tier"]) for k in keys}
        for n in range(1, columns + 1)
    ]


def _bar(exposure: Row, theme: Theme) -> Markup:
    return Markup(bar_svg(exposure, theme, _BAR_WIDTH))  # noqa: S704  # bar_svg escapes every name


def _differs(exposure: Row) -> bool:
    score, documented = exposure["score"], exposure["documented"]["score"]
    return score is not None and documented is not None and abs(score - documented) > SAME


def _traced_to(exposure: Row) -> str:
    parts = exposure["attribution"]
    if not parts:
        return ""
    shown = [f"{clean(p['name'])} ({percent(p['share'])}, {p['class']})" for p in parts[:_SITES_SHOWN]]
    rest = parts[_SITES_SHOWN:]
    if rest:
        shown.append(f"{count(len(rest), 'more site')} ({percent(sum(p['share'] for p in rest))} together)")
    return listing(shown)


def _strip(row: Row, findings: Row) -> dict[str, Any]:
    """The best path with the findings that flag its first site."""

    def steps(path: Row | None) -> dict[str, Any] | None:
        if path is None:
            return None
        ends = zip(path["nodes"], path["nodes"][1:], path["links"], strict=False)
        hidden = sum(link["disclosure"] == "indirect" for link in path["links"])
        flags = [
            (finding, site)
            for finding in findings.values()
            for site in finding["sites"]
            if site["id"] == path["nodes"][0]["id"] and finding["scored"]
        ]
        return {**path, "hops": [{"from": a, "to": b, **link} for a, b, link in ends], "hidden": hidden, "flags": flags}

    return {**row, "path": steps(row["path"]), "documented_path": steps(row["documented_path"])}


def _findings(documents: Row) -> dict[str, Any]:
    """Findings behind an exposure, gravest first, and how many others stand."""
    names = {row["brand"]["id"]: row["brand"]["name"] for row in documents["exposure"]}
    shown = [
        {**finding, "brand_names": [names[brand] for brand in finding["brands"]]}
        for finding in documents["findings"]
        if finding["brands"]
    ]
    shown.sort(key=lambda f: (-(f["severity"] or 0.0), -(f["confidence"] or 0.0), f["id"]))
    apart = [f for f in documents["findings"] if not f["evidenced"] and f["scored"] and f["sites_concerned"]]
    return {"shown": shown, "apart": apart, "others": len(documents["findings"]) - len(shown) - len(apart)}


def _actions(documents: Row) -> list[dict[str, Any]]:
    """Actions with their changes in words."""
    names = {row["brand"]["id"]: row["brand"]["name"] for row in documents["exposure"]}
    return [
        {
            **action,
            "words": [
                change.words(lambda party: clean(names.get(party, party)))
                for change in Scenario.of_plain(action["changes"] or []).changes
            ],
        }
        for action in documents.get("actions", [])
    ]


def _legend(documents: Row) -> list[tuple[str, str]]:
    """Kinds of the bar that occur in this snapshot, in the order in which they are drawn."""
    classes = {kind for row in documents["exposure"] for kind, share in row["classes"].items() if share}
    kinds = ["named", "ownership", "unflagged", "unmapped", *(k for k in ("good_country", "region") if k in classes)]
    return [(kind, LABEL[kind]) for kind in kinds]


def limits(documents: Row) -> list[str]:
    """Say what the figures of this snapshot do not say: what always holds, and what holds here."""
    known = [row for row in documents["exposure"] if not no_list(row)]
    unstated = sum(row["coverage"] is None for row in known)
    assumed = sum(bool(row["assumed_share"]) for row in known)
    waiting = sum(bool(row["waiting_reviews"]) for row in known)
    mixed = sum(row["mixed_products"] for row in known)
    indirect = sum(row["links"]["indirect"] for row in documents["coverage"])
    without = len(documents["exposure"]) - len(known)
    here = [
        (without, f"{count(without, 'brand has', 'brands have')} no list in force on this day and no figure. "
                  "That is not a zero."),
        (unstated, f"For {count(unstated, 'brand')} nobody stated how much of the inputs the list covers: the figures "
                   "are shares of disclosed inputs, and bounds cannot be given."),
        (assumed, f"For {count(assumed, 'brand')} a part of the figure rests on an assumption: where no volumes are "
                  "known, a buyer's suppliers were given equal shares."),
        (mixed, f"For {count(mixed, 'brand')} the figure mixes products without comparable amounts."),
        (waiting, f"For {count(waiting, 'brand')} matches wait for a person to judge, or findings for a country or "
                  "good to become known, and could change the figure."),
        (indirect, "Some disclosed links hide traders that nobody names. Such a site is never a brand's tier 1: its "
                   "tier is “at least” the number shown."),
    ]  # fmt: skip
    return [*_ALWAYS, *(sentence for number, sentence in here if number), *_LAST]


_ALWAYS = (
    "A low figure is not a clean one. What is not mapped, and what nobody has looked into, is unknown, not free of "
    "risk.",
    "A figure says what disclosed lists and public findings say on this day. It does not say what a brand bought, and "
    "it does not say that goods on the way to it were made with forced labour.",
    "Good × country is an indicator about a good from a country, never an allegation against a site. It is shown apart "
    "and is no part of any figure beside it. The classes of evidence are never added.",
    "A part without a flag is where the map ends. Nobody has called it clean.",
    "Whether a company causes, contributes to or is directly linked to harm is for a person to judge, with reasons; "
    "no figure here does.",
)
_LAST = (
    "Leaving a supplier can harm its workers. Leverage and remedy come first.",
    "Right of reply: every company and site named here may contest what is said of it. A contested or lifted finding "
    "shows that status; a retraction recomputes every figure it touched, in a new snapshot. This one stays as it was.",
)

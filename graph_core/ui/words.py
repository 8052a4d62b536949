"""Sentences of the app. Every figure in them comes from the exposure, nothing is computed here but sums of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from graph_core.exposure.scores import SCORES
from graph_core.exposure.table import code_version
from graph_core.flags import CLASSES
from graph_core.plans import Action
from graph_core.snapshot.since import Since
from graph_core.ui.courses import Progress
from graph_core.ui.state import View
from graph_core.viz.colours import LABEL
from graph_core.viz.exposure_bar import missing, no_list, unasked
from graph_core.viz.sentences import in_classes, over_links, score_value, waiting
from graph_core.viz.text import clean, count, listing, percent

Exposure = Mapping[str, Any]

CATEGORY = {
    "forced_labour": "forced labour",
    "forced_child_labour": "forced child labour",
    "child_labour": "child labour",
    "export_control": "export control",
    "sanction": "sanction",
    "other": "other",
}
BASIS = {
    "stated": "stated",
    "explicit": "stated",
    "volume": "by volume",
    "value": "by value",
    "assumed_equal": "assumed equal",
}
#: What indicators on a party are, wherever they are shown.
ABOUT_GOODS = (
    "A good that it makes is on a list for its country or region. No allegation against it; never in the score."
)


def brand_sentence(exposure: Exposure, view: View) -> str:
    """Say what a reader of one brand looks at."""
    name = clean(exposure["brand"]["name"])
    if no_list(exposure):
        return f"{name}, as of {view.as_of}: no list in force on this day, so there is no figure. That is not a zero."
    over = over_links(exposure["run"]["parameters"])
    parts = [
        f"{name}, as of {view.as_of}",
        count(exposure["suppliers"], "disclosed supplier") if exposure["suppliers"] else f"no supplier{over}",
        lists_words(exposure) or newest_words(exposure),
        coverage_words(exposure),
        view.evidence,
    ]
    return ", ".join(part for part in parts if part) + "."


def lists_words(exposure: Exposure) -> str:
    """Name the disclosure lists in force."""
    titles = [clean(item["title"] or f"list of {item['valid_from']}") for item in exposure.get("lists") or []]
    return listing(titles[:2]) + (f" and {len(titles) - 2} more lists" if len(titles) > 2 else "")


def newest_words(exposure: Exposure) -> str:
    """Name the newest day on which a source stated a link, where no dated list does."""
    day = newest_day(exposure)
    return f"newest statement of {day}" if day else ""


def newest_day(exposure: Exposure) -> str:
    """Day of the newest statement about the brand's links; empty where nobody dates them."""
    days = exposure["stale_days"]
    return "" if days is None else str(dt.date.fromisoformat(exposure["as_of"]) - dt.timedelta(days=days))


def coverage_words(exposure: Exposure) -> str:
    """Say which share of the inputs the links cover, or that nobody said."""
    return "coverage not stated" if exposure["coverage"] is None else f"coverage {percent(exposure['coverage'])}"


def age(days: int | None) -> str:
    """Write the age of a list."""
    if days is None:
        return ""
    if days < 60:
        return count(days, "day") + " old"
    return f"{days // 30} months old" if days < 730 else f"{days / 365.25:.1f} years old"


#: Sites that a formula names; the rest are counted.
_NAMED = 3


def formula(exposure: Exposure) -> str:
    """Say what a brand's figure was computed from: the parts that sum to it, what was assumed, coverage and run."""
    run = f"Run {exposure['run']['id']}, input {exposure['run']['input_hash'][:12]}."
    if none := missing(exposure):
        return f"No figure: {none}. {run}"
    said = [_traced(exposure), _ends(exposure), _assumed(exposure), _covered(exposure)]
    said += [f"{part}." for part in waiting(exposure)]
    return " ".join(part for part in [*said, run] if part)


def _traced(exposure: Exposure) -> str:
    score, documented = exposure["score"], exposure["documented_only"]
    direct = f"{exposure['flagged_suppliers']:,} of {count(exposure['suppliers'], 'disclosed supplier')}"
    direct += " flagged directly."
    if percent(score) == percent(documented) or documented is None:
        return f"{percent(score)} of inputs traced to flagged sites; {direct}"
    return (
        f"{percent(documented)} of inputs traced over documented links, {percent(score)} with inferred ones; {direct}"
    )


def _ends(exposure: Exposure) -> str:
    """Sites at which the figure ends; their parts sum to it."""
    sites = exposure["attribution"]
    if not sites:
        return ""
    named = [
        f"{clean(site['name'])} {percent(site['share'])} ({LABEL[site['class']].lower()})" for site in sites[:_NAMED]
    ]
    if rest := sites[_NAMED:]:
        named.append(f"{count(len(rest), 'more site', 'more sites')} {percent(sum(site['share'] for site in rest))}")
    return f"{percent(exposure['score'])} is the sum of {listing(named)}."


def _assumed(exposure: Exposure) -> str:
    if not exposure["assumed_share"]:
        return "No equal split had to be assumed." if exposure["score"] else ""
    low, high = exposure["split_low"], exposure["split_high"]
    between = f"; other splits give {percent(low)} to {percent(high)}" if high is not None and high > low else ""
    return f"Equal split assumed behind {percent(exposure['assumed_share'])} of inputs{between}."


def _covered(exposure: Exposure) -> str:
    said = coverage_words(exposure).capitalize()
    if exposure["lower"] is None:
        return f"{said}, so shares are of disclosed inputs and bounds cannot be given."
    bounds = f"{percent(exposure['lower'])} to {percent(exposure['upper'])}"
    return f"{said}, {percent(exposure['unmapped'])} unmapped: bounds {bounds}."


def since_sentence(found: Since | None, as_of: str) -> str:
    """Say which snapshot figures are compared with, or why with none."""
    if found is None:
        return f"No verified snapshot of {as_of} or before: changes are shown once there is one."
    which = f"snapshot {found.id[:12]}, as of {found.as_of}"
    if found.differs:
        differs = listing(list(found.differs))
        return f"The newest {which}, cannot be compared, made in another way: {differs}. No change is shown."
    return f"Change of the flagged share over documented links since {which}."


def actions_words(actions: Sequence[Action], today: str) -> str:
    """Count what people are to do; empty where nothing is."""
    left = [action for action in actions if not action.ended]
    overdue = sum(action.overdue(today) for action in left)
    if not left:
        return ""
    return count(len(left), "open action") + (f", {overdue:,} overdue" if overdue else "")


def overview_sentence(rows: Sequence[Exposure], view: View, *, of: int | None = None) -> str:
    """Say what a reader of all brands looks at; ``of`` how many, where some were filtered out."""
    known = [row for row in rows if not no_list(row)]
    unstated = sum(row["coverage"] is None for row in known)
    brands = count(len(rows), "brand") if of in (None, len(rows)) else f"{len(rows):,} of {count(of or 0, 'brand')}"
    parts = [f"{brands}, as of {view.as_of}, {view.evidence}"]
    if len(known) < len(rows):
        parts.append(f"{count(len(rows) - len(known), 'brand has', 'brands have')} no list in force on this day")
    if known:
        parts.append(f"coverage not stated for {unstated} of {len(known)}" if unstated else "all state their coverage")
    return "; ".join(parts) + "."


def limits(exposure: Exposure) -> list[str]:
    """Say what the figure of one brand does not say."""
    if missing(exposure):
        return ["No figure does not mean no risk."]
    found = []
    if exposure["coverage"] is None:
        found.append(
            "Nobody stated how much of the brand's inputs the list covers. All shares are of disclosed inputs;"
            " bounds cannot be given."
        )
    elif exposure["upper"] is not None:
        found.append(
            f"{percent(exposure['unmapped'])} of the inputs are not mapped: unknown, not clean. If all of them were"
            f" flagged, the figure would be {percent(exposure['upper'])}."
        )
    if exposure["assumed_share"]:
        found.append(
            f"{percent(exposure['assumed_share'])} of inputs rest on an assumption: no volumes are known there, so a"
            " buyer's suppliers were given equal shares."
        )
    if exposure["unstated_share"]:
        found.append(
            f"{percent(exposure['unstated_share'])} of inputs pass through buyers further upstream who state no"
            " coverage."
        )
    found += [f"{part} and could change this figure." for part in waiting(exposure)]
    if exposure["mixed_products"]:
        found.append("The score mixes products without comparable figures.")
    found.append("A part without a flag is where the map ends. Nobody has called it clean.")
    found.append(
        "What a stop of a supplier would cost others (ESRI, DebtRank) is not given for a stored day: it needs the flows"
        " between all companies, and no record states them. It would be no measure of forced labour."
    )
    return found


def no_figure(exposure: Exposure) -> str:
    """Say why a brand has no figure, and what helps; no name is in it, so that it may stand in Markdown."""
    if no_list(exposure):
        return "This brand has no list in force on this day: choose another day above."
    if unasked(exposure):
        return "Named and ownership flags are left out: choose one of them above."
    return (
        "No findings that count on companies or sites are loaded: load some on the page Data, or with `tiertrace load"
        " uflpa`. Lists of context (export control, sanctions) and what the flag policy leaves out do not count."
    )


def no_route(parameters: Mapping[str, Any]) -> str:
    """Say below the heading of the flows that there are none; ``parameters`` are those of the run."""
    return f"Nothing does{over_links(parameters)}{in_classes(parameters)}, as far as is known on this day."


def no_flow(parameters: Mapping[str, Any]) -> str:
    """Say in the place of a picture of flows why there is none."""
    over, of = over_links(parameters), in_classes(parameters)
    return f"No flagged site{of} is upstream of this brand{over} on this day."


def no_heat(by: str, parameters: Mapping[str, Any]) -> str:
    """Say in the place of the table of goods and countries, of suppliers or of flagged sites, why there is none."""
    over, of = over_links(parameters), in_classes(parameters)
    return (
        f"Nothing traces{over} to a flagged site{of} on this day."
        if by == "site"
        else f"No input is known{over} on this day."
    )


def left_out(view: View) -> str:
    """Say what the choice of evidence classes leaves out; empty where it leaves out nothing."""
    absent = [LABEL[kind].lower() for kind in CLASSES if kind not in view.classes]
    if not absent:
        return ""
    return (
        f"Flags of {listing(absent)} are left out, as if nobody had looked for them. Where figures are lower it"
        " is for that reason alone; nothing is cleaner."
    )


def other_score(row: Exposure) -> list[dict[str, Any]]:
    """Say the value of another score than the traced share, what it means, and what it must not be read as."""
    score = SCORES[row["score_name"]]
    value = score_value(row)
    alone = score_value(row, "documented_only")
    name = score.name.replace("_", " ")
    text: list[Any] = [f"{name.capitalize()}: ", {"strong": value}]
    text += [f" ({alone} over documented links alone)"] if alone != value else []
    text += [f". {score.unit[:1].upper() + score.unit[1:]}."]
    return [
        {"tag": "p", "text": text},
        {"tag": "small", "text": [f"{score.sentence} Not to be read as: {score.pitfall}"]},
    ]


def picture_caption(what: str, view: View, run: str) -> str:
    """Say below a picture that leaves the page what it shows."""
    return f"{what}. As of {view.as_of}, {view.evidence}. Run {run}, tiertrace {code_version()}."


def flow_caption(notes: Mapping[Any, Any], links: int, score: float | None) -> str:
    """Say what the picture of flows shows and leaves out."""
    parts = [f"Flagged sites left, brand right. {count(links, 'flow')}, each with the colour of its evidence class"]
    if notes["rest"]:
        rest = count(notes["rest_links"], "more supplier carries", "more suppliers carry")
        parts.append(
            f"{percent(notes['shown'])} of {percent(score)} shown, {rest} {percent(sum(notes['rest'].values()))}"
        )
    if notes["hidden_links"]:
        parts.append(count(notes["hidden_links"], "smaller link is", "smaller links are") + " not drawn by itself")
    if cycles := notes["cycle_links"]:
        parts.append(f"{count(cycles, 'link that closes a cycle is', 'links that close a cycle are')} left out")
    return "; ".join(parts) + ". Lighter flows are inferred."


def paths_caption(found: Sequence[Mapping[str, Any]], score: float | None) -> str:
    """Say how many paths are shown, and what of the score is on none of them."""
    if not found:
        return "No path fits."
    shown = sum(path["contribution"] for path in found)
    says = (
        f"{count(len(found), 'path')} to the brand, largest first: each figure is the share of inputs that comes this"
        f" way. Together they carry {percent(shown)} of {percent(score)}"
    )
    rest = found[0]["not_shown"]
    if rest > 1e-9:
        others = "more paths, chains" if found[0]["truncated"] else "chains"
        says += f"; {percent(rest)} is on {others} that are not shown here"
    return says + ". Open a line for the evidence at every hop."


def attribution_caption(by: str, rest: Sequence[Mapping[str, Any]], exposure: Exposure) -> str:
    """Say what the bars of attribution add up to, and what is not drawn."""
    says = (
        f"Share of inputs traced to flagged sites, by {by}; together they are the score, {percent(exposure['score'])}."
    )
    if rest:
        says += f" {len(rest):,} more not drawn carry {percent(sum(item['share'] for item in rest))}."
    if left := exposure.get("unattributed"):
        says += f" {percent(left)} could not be attributed: it runs around a cycle of thousands of parties."
    return says


def tier_caption(tiers: Mapping[str, Any]) -> str:
    """Say what the picture of tiers shows."""
    says = (
        "Of 100 % of the brand's inputs, what arrives at each tier over known links: what goes on to its suppliers,"
        " what ends there because nobody names a supplier, and what its parties leave unmapped."
    )
    hidden = tiers["hidden"]
    if hidden["share"]:
        links = count(hidden["links"], "link", "links")
        says += f" {percent(hidden['share'])} comes over {links} that hide traders: those tiers are minimums."
    return says


def course_caption(known: Progress | None) -> str:
    """Say which days the picture of the course shows, and which are left out."""
    says = (
        "The traced share from every day on which a list, a link, a finding or a holding behind it began or ended, over"
        " documented links. Click a day to look at it."
    )
    if known is not None and known.left_out:
        says += f" {count(known.left_out, 'day is', 'days are')} left out, on which least changed."
    return says


def class_rows(exposure: Exposure) -> list[dict[str, Any]]:
    """Give evidence classes each on its own: solves of their own, never added."""
    helps = {
        "named": "finding on the site itself",
        "ownership": "finding on the company behind it",
        "good_country": "inferred: a good from a country on a list",
        "region": "inferred: a region on a list",
    }
    chosen = exposure["run"]["parameters"].get("classes", helps)
    absent = "no figure" if no_list(exposure) else "no list that counts"
    return [
        {
            "name": LABEL[kind],
            "sub": helps[kind],
            "kind": kind,
            "below": True,
            "part": share,
            "inferred": kind in {"good_country", "region"},
            "text": percent(share, absent if kind in chosen else "left out"),
            "absent": share is None,
        }
        for kind, share in exposure["classes"].items()
    ]


def filter_words(names: Mapping[str, str], through: str | None, avoiding: Sequence[str]) -> list[str]:
    """Say through and around whom paths go, where they are filtered."""
    around = listing([clean(names.get(one, one)) for one in avoiding])
    through_it = [f"paths through {clean(names.get(through, through))} alone"] if through else []
    return through_it + ([f"paths around {around}"] if around else [])


def changed_words(changed: Sequence[Mapping[str, Any]]) -> str:
    """Say which brands' scores changed, and to what (`graph_core.exposure.changes.changed_brands`)."""
    scores = [row for row in changed if "score" in row["before"]]
    if not changed:
        return "no brand's figures changed"
    if not scores:
        return f"no brand's score changed, but other figures of {count(len(changed), 'brand')} did"
    told = [f"{clean(row['brand']['name'])} {_from_to(row)}" for row in scores[:5]]
    more = f", and {len(scores) - 5:,} more brands" if len(scores) > 5 else ""
    return ", ".join(told) + more


def _from_to(row: Mapping[str, Any]) -> str:
    before, after = (percent(row[when]["score"], "no figure") for when in ("before", "after"))
    return f"{before} to {after}"

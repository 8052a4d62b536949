"""A brand's figure in plain words: sentences of a template, each figure as the exposure has it, and nothing judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graph_core.exposure.scores import SCORES, Kind
from graph_core.viz.colours import EVIDENCED
from graph_core.viz.exposure_bar import no_list, unasked
from graph_core.viz.text import clean, count, listing, percent

#: Suppliers and sites that are named; the rest are counted.
_NAMED = 3
#: Below this two shares are one to a reader: percent are written with one decimal.
_SAME = 5e-5
_CLASS = {"named": "a finding on the site itself", "ownership": "a finding on a company that operates or owns it"}
NOT_CLEAN = "That is not a statement that it is clean."
_REST_NOT_CLEAN = "That is not a statement that the rest is clean."


def figure_sentences(reasons: Mapping[str, Any]) -> list[str]:
    """Tell a brand's figure and what it rests on.

    Parameters
    ----------
    reasons : dict
        As `graph_core.reasons.reasons` gives it.

    Returns
    -------
    list of str
        Some sentences, in this order: the score and what documents carry of it; the disclosed suppliers by which it
        comes; the sites at which it ends, each with class, authority and date of its finding; coverage and bounds, by
        documents alone too where they differ; the assumed shares with their bounds and whom to ask; cycles; what waits
        and how old the statements are; and that none of this calls anything clean. What does not apply is left out.
    """
    exposure = reasons["exposure"]
    none = no_figure(exposure)
    if none:
        return [none, NOT_CLEAN]
    said = [
        _score(exposure, clean(exposure["brand"]["name"])),
        _suppliers(exposure, reasons["suppliers"]),
        _sites(exposure["attribution"], reasons["findings"]),
        _bounds(exposure),
        _assumed(exposure),
        _cycles(reasons["cycles"]),
        _open(exposure),
        _REST_NOT_CLEAN if exposure["score"] else NOT_CLEAN,
    ]
    return [sentence for sentence in said if sentence]


def over_links(parameters: Mapping[str, Any]) -> str:
    """Say over which links something was looked for, behind what was not found; empty where over all.

    Parameters
    ----------
    parameters : mapping
        Of the run, as `graph_core.day_network.Parameters.as_dict` gives them.
    """
    least = parameters.get("min_confidence")
    documented = "documented " if parameters.get("documented_only") else ""
    sure = f" of confidence {least:g} or more" if least else ""
    return f" over {documented}links{sure}" if documented or sure else ""


def in_classes(parameters: Mapping[str, Any]) -> str:
    """Say that only flags of some classes were looked for, behind those that were not found; empty where all were."""
    return " in the chosen classes" if parameters.get("classes") else ""


def score_value(row: Mapping[str, Any], kind: str = "score") -> str:
    """Write a value of a score other than the traced share; why there is none, where there is none.

    Parameters
    ----------
    row : mapping
        An object of `exposure --format json` by that score.
    kind : str
        ``score``, ``documented_only``, or an evidence class.
    """
    if "flag_upstream" not in row:
        return "no list in force"
    value = row["classes"][kind] if kind in row["classes"] else row[kind]
    upstream = row["flag_upstream"][kind if kind in row["classes"] else "score"]
    if value is None and upstream is None:
        return "left out" if unasked(row, [kind] if kind in row["classes"] else EVIDENCED) else "none that count"
    if value is None:
        return "no flag upstream"
    if SCORES[row["score_name"]].kind is Kind.DISTANCE:
        return f"{value:g} hop{'s' * (value != 1)}"
    # A chance that no sampled world shows is not a chance of 0.
    return "in no world" if not value and "standard_error" in row and upstream else percent(value)


def no_figure(exposure: Mapping[str, Any]) -> str:
    """Say why there is no figure of a brand, an object of `exposure --format json`; empty where there is one."""
    name, day = clean(exposure["brand"]["name"]), exposure["as_of"]
    if no_list(exposure):
        return f"{name} has no list in force on {day}: nothing is known of its suppliers, and there is no figure."
    if exposure["score"] is None and unasked(exposure):
        return f"Named and ownership flags are left out, so that there is no figure for {name} on {day}."
    if exposure["score"] is None:
        return f"No finding that counts on a company or site is loaded: there is no figure for {name} on {day}."
    return ""


def _score(exposure: Mapping[str, Any], name: str) -> str:
    score, documented = exposure["score"], exposure["documented_only"]
    inputs = "disclosed inputs" if exposure["coverage"] is None else "inputs"
    if score == 0:
        over, of = over_links(exposure["run"]["parameters"]), in_classes(exposure["run"]["parameters"])
        return f"On {exposure['as_of']} no known part of the {inputs} of {name} traces{over} to a flagged site{of}."
    says = f"On {exposure['as_of']}, {percent(score)} of the {inputs} of {name} trace to flagged sites"
    if abs(score - documented) < _SAME:
        return f"{says}, all over documented links."
    return f"{says}, {percent(documented)} over documented links alone; the rest needs links that are inferred."


def _suppliers(exposure: Mapping[str, Any], suppliers: Sequence[Mapping[str, Any]]) -> str:
    brand = exposure["brand"]["id"]
    others = [row for row in suppliers if row["id"] != brand]
    ways = _named(others, [f"{clean(row['name'])} ({percent(row['share'])})" for row in others], "supplier")
    ways += [f"the brand's own flag ({percent(row['share'])})" for row in suppliers if row["id"] == brand]
    # Of any disclosure: who is named over a link that hides traders is no direct supplier.
    disclosed = count(exposure["suppliers"], "disclosed supplier")
    return f"It comes by {listing(ways)}; the brand has {disclosed} on this day." if ways else ""


def _sites(sites: Sequence[Mapping[str, Any]], findings: Mapping[str, Mapping[str, Any]]) -> str:
    words = [f"{clean(site['name'])} ({percent(site['share'])}, {_finding(site, findings)})" for site in sites[:_NAMED]]
    ends = _named(sites, words, "site")
    return f"It ends at {listing(ends)}." if ends else ""


def _finding(site: Mapping[str, Any], findings: Mapping[str, Mapping[str, Any]]) -> str:
    found = findings.get(site["id"])
    words = [_CLASS[site["class"]]]
    if found is not None:
        words += [
            f"by {clean(found['authority'])}" if found["authority"] else "authority not stated",
            f"of {found['valid_from']}" if found["valid_from"] else "date not stated",
        ]
    return ", ".join(words)


def _bounds(exposure: Mapping[str, Any]) -> str:
    if exposure["coverage"] is None:
        says = "What part of its inputs the links cover is not stated, so that there are no bounds"
    else:
        says = (
            f"Its links cover {percent(exposure['coverage'])} of its inputs, {percent(exposure['unmapped'])} are "
            f"unmapped here or further upstream, and by that the figure lies between {percent(exposure['lower'])} and "
            f"{percent(exposure['upper'])}"
        )
        alone = exposure["documented"]
        if max(abs(exposure[key] - alone[key]) for key in ("lower", "upper")) >= _SAME:
            says += f", over documented links alone between {percent(alone['lower'])} and {percent(alone['upper'])}"
    if exposure["unstated_share"] > 0:
        says += f"; {percent(exposure['unstated_share'])} pass through suppliers whose own coverage nobody stated"
    return says + "."


def _assumed(exposure: Mapping[str, Any]) -> str:
    low, high = exposure["split_low"], exposure["split_high"]
    if not exposure["ask_first"] and high - low < _SAME:
        return ""
    says = (
        f"Where no amounts are known equal shares are assumed, on which {percent(exposure['assumed_share'])} rest; by "
        f"another split the figure lies between {percent(low)} and {percent(high)}"
    )
    if exposure["ask_first"]:
        first = exposure["ask_first"][0]
        says += (
            f"; ask {clean(first['name'])} first for the volumes of its own suppliers, whose split alone moves it by "
            f"{percent(first['width'])}"
        )
    return says + "."


def _cycles(cycles: Sequence[Mapping[str, Any]]) -> str:
    carrying = [cycle for cycle in cycles if cycle["through"] > 0]
    if not carrying:
        return ""
    first = carrying[0]
    number = len(first["parties"])
    among = f"a cycle of {number:,} parties" if number > 1 else "a party that delivers to itself"
    more = f"; there are {count(len(carrying) - 1, 'more cycle')}" if len(carrying) > 1 else ""
    return f"{percent(first['through'])} run through {among}{more}."


def waiting(exposure: Mapping[str, Any]) -> list[str]:
    """Say what waits and could change a figure: what a person can judge, and what only data can settle."""
    data = exposure.get("waiting_data", 0)
    return waiting_words(exposure["waiting_reviews"] - data, data)


def waiting_words(reviews: int, data: int) -> list[str]:
    """Say how many matches wait for a person, and how many findings for data; empty where nothing does."""
    parts = [
        (reviews, f"{count(reviews, 'match waits', 'matches wait')} for a person to judge"),
        (data, f"{count(data, 'finding waits', 'findings wait')} for a country or good to become known"),
    ]
    return [words for number, words in parts if number]


def _open(exposure: Mapping[str, Any]) -> str:
    parts: list[str] = []
    parts += [f"{part} and could change this" for part in waiting(exposure)]
    if exposure["stale_days"] is not None:
        parts.append(f"the last statement about its suppliers is {count(exposure['stale_days'], 'day')} old")
    says = "; ".join(parts)
    return says[:1].upper() + says[1:] + "." if says else ""


def _named(rows: Sequence[Mapping[str, Any]], words: Sequence[str], noun: str) -> list[str]:
    """The first words, and the rest counted with its sum."""
    rest = rows[_NAMED:]
    more = [f"{count(len(rest), f'more {noun}')} ({percent(sum(row['share'] for row in rest))})"] if rest else []
    return [*words[:_NAMED], *more]

"""Leverage in words: who buys how much of what a site delivers, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph_core.viz.text import clean, count, percent

Row = Mapping[str, Any]

#: Two shares closer than this read as one.
_SAME = 5e-4
NOT_KNOWN = "not known"


def between(least: float | None, most: float | None) -> str:
    """Write what lies between two shares, 0..1; nothing is known where that is all."""
    if least is None or most is None or most - least > 1 - _SAME:
        return NOT_KNOWN
    return percent(least) if most - least < _SAME else f"{percent(least)} - {percent(most)}"


def part_words(found: Row, row: Row) -> str:
    """Say what part of a site's known deliveries ends at one of `all_buyers`."""
    if row["share"] is None:
        return NOT_KNOWN
    return ("at least " if found["untold"] > 0 else "") + percent(row["share"])


def all_buyers(found: Row) -> list[dict[str, Any]]:
    """Brands that buy of a site, those last of which nobody knows how much goes to them.

    Parameters
    ----------
    found : dict
        As `graph_core.day.Day.buyers` gives it.

    Returns
    -------
    list of dict
        ``id``, ``name`` and ``share``, 0..1 or ``None``.
    """
    measured = {row["id"] for row in found["brands"]}
    rest = found["reached"] if found["reason"] or found["untold"] else []
    return [*found["brands"], *({**row, "share": None} for row in rest if row["id"] not in measured)]


def together_sentence(found: Row) -> str:
    """Say which brands buy a part together, that all do not, or that it is not known."""
    few, part = found["together"]["brands"], found["together"]["part"]
    if few:
        share = percent(found["together"]["share"])
        return f"The fewest that are known to buy {percent(part)} of them together: {len(few)}, with {share}."
    known = sum(row["share"] for row in found["brands"])
    if known + found["untold"] < part - 1e-12:
        return f"All of them together buy less than {percent(part)}."
    return (
        f"Whether all of them together buy {percent(part)} is not known: {percent(known)} is known to go to them, and "
        f"{percent(found['untold'])} goes where nobody knows."
    )


def engagement_sentences(found: Row) -> list[str]:
    """Say what engaging with some parties comes to.

    Parameters
    ----------
    found : dict
        Of `graph_core.engagements.Engagements`, with ``brand`` (id and name) and, of each of ``chosen``, name and id.
    """
    name, threshold = clean(found["brand"]["name"]), percent(found["threshold"])
    if not found["reached"]:
        return [f"No set of parties brings {name} to {threshold}: its own flag alone is {percent(found['after'])}."]
    if not found["chosen"]:
        before = percent(found["before"])
        return [f"{name} is at {before}, which is {threshold} or less already. Not a clean result."]
    number = count(len(found["chosen"]), "engagement")
    return [
        f"{name}: from {percent(found['before'])} to {percent(found['after'])} with {number}, cost {found['cost']:g}; "
        f"no set that comes to {threshold} costs less than {found['at_least']:g}.",
        "It counts a party as clean with all that is traced through it; whether it becomes so, nobody knows.",
    ]

"""Findings of OpenSanctions: of a listing with its dates, and of what a party says of itself without one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graph_core.model import Category, Status
from loaders.formats.opensanctions.cells import (
    day_after,
    distinct,
    first_day,
    joined,
    partial,
    takes_in_subsidiaries,
    values,
)
from loaders.formats.opensanctions.keys import NO, Key, has_key, keys, listing_key
from loaders.formats.opensanctions.survey import PUBLISHER, Party, Survey

#: Words of a listing's status that mean that it no longer stands.
_ENDED = frozenset({"inactive", "expired", "ended", "terminated", "removed", "delisted", "revoked", "lifted"})
#: Cells of a listing that its finding shows.
CELLS = ("authority", "program", "programurl", "sourceurl", "reason", "provisions", "status")
#: Datasets at most in a title.
_SHOWN = 8
UNDATED = "it begins on a day that is not given; OpenSanctions saw it first then"


def listed_days(
    start: str, listing: str, end: str, first_seen: str, changed: str, last_seen: str, status: str
) -> tuple[str, str, str]:
    """Days of a listing.

    Parameters
    ----------
    start, listing, end : str
        Cells: day on which it takes effect, day on which it was listed, last day.
    first_seen, changed, last_seen : str
        Days on which OpenSanctions first saw it, last saw a change, last saw it.
    status : str
        Cell; one that says that it ended without a day ends it with the last change of its record.

    Returns
    -------
    first, after : str
        First day, and first day on which it no longer holds; empty: not known.
    how : str
        How they were found where the listing does not say so itself.
    """
    notes = []
    first, after = first_day([start]) or first_day([listing]), day_after([end])
    if partial([start or listing, end]):
        notes.append("of its dates the file gives the year or month alone")
    if not after and ended(status):
        after = day_after([changed or last_seen]) or status
        notes.append("it ended on a day that is not given, by the last change of the record at the latest")
    if not first and first_seen and not (after and after <= first_seen):
        first = first_seen
        notes.append(UNDATED)
    return first, after, "; ".join(notes)


def ended(status: str) -> bool:
    """Whether the status of a listing says that it no longer stands."""
    return any(word.casefold() in _ENDED for word in values(status))


def of_listing(listing: dict[str, Any], survey: Survey) -> Iterator[dict[str, object]]:
    """Findings of a listing, one a party, each in two parts.

    The listing says whom it is about, from when to when and why; its party adds names, country, whether subsidiaries
    are meant, and what the finding is about where the listing does not say so. A change of the listing alone then
    takes back its own part, and leaves that of a party that is not among the changes.

    Parameters
    ----------
    listing : dict
        Checked row: ``id``, ``entity``, ``valid_from``, ``valid_to``, ``datasets``, ``programid``, ``dated``, `CELLS`
        and what it says of its record.
    survey : Survey
        Of the file.

    Yields
    ------
    dict
        Cells of a row of `graph_core.model.FINDINGS`; the part of the party has the origin `by_party` gives.
    """
    cell = {name: values(listing[name]) for name in ("programid", "datasets", *CELLS)}
    key = listing_key(cell["programid"], [*cell["program"], *cell["authority"]], cell["datasets"])
    notes = [
        *cell["reason"],
        *cell["provisions"],
        _noted("program", cell["programid"]),
        _noted("status", cell["status"]),
        _noted("dataset", cell["datasets"]),
        listing["dated"],
    ]
    own = {
        "kind": "listing",
        "authority": "; ".join(cell["authority"]),
        "status": str(Status.LIFTED if ended(listing["status"]) else Status.STANDING),
        "valid_from": listing["valid_from"],
        "valid_to": listing["valid_to"],
        "source_title": "; ".join(cell["program"]) or titled(cell["datasets"]),
        "source_url": next(iter([*cell["sourceurl"], *cell["programurl"]]), ""),
        "note": "; ".join(distinct(notes)),
        **({"category": key.category} if key else {}),
    }
    seen = {name: listing[name] for name in ("line", "first_seen", "last_seen")}
    for number, party in enumerate(values(listing["entity"]), start=1):
        identity = f"opensanctions:{listing['id']}" + (f":{number}" if number > 1 else "")
        yield {"id": identity, "subject_id": party, **own, **seen, "origin": listing["origin"]}
        known = survey.parties.get(party)
        if known or not survey.delta:
            category = key.category if key else survey.by_party(party, cell["datasets"])
            said = _of_party(known, category) | ({} if key else {"category": category})
            if said:
                yield {"id": identity, **said, **seen, "origin": by_party(listing["origin"])}


def by_party(origin: str) -> str:
    """Origin of the part of a listing's finding that its party adds."""
    return f"{origin}#party"


def _of_party(known: Party | None, category: str) -> dict[str, object]:
    if known is None:
        return {}
    return {
        "subject_name": known.name,
        "subject_aliases": joined(known.aliases),
        "subject_country": known.country.replace("?", ""),
        "includes_subsidiaries": _subsidiaries(category, stated=known.subsidiaries),
    }


def conclusion(party: dict[str, Any], category: str, words: list[Key]) -> dict[str, object]:
    """Finding from what a party says of itself.

    Parameters
    ----------
    party : dict
        Checked row of a party, with the cells ``datasets`` and ``notes``.
    category : str
        Category of the finding.
    words : list of Key
        What it is concluded from.

    Returns
    -------
    dict
        Row of `graph_core.model.FINDINGS`.
    """
    because = ", ".join(f"{key.kind} {key.key}" for key in words)
    dated = f"; {UNDATED}" if party["first_seen"] else ""
    stated = takes_in_subsidiaries(party["notes"])
    return {
        "id": f"opensanctions:{party['id']}:{category}",
        "subject_id": party["id"],
        "subject_name": party["name"],
        "subject_aliases": party["aliases"],
        "subject_country": party["country"],
        "kind": "topic" if has_key({category: words}, category, NO) else "listing",
        "category": category,
        "authority": PUBLISHER,
        "valid_from": party["first_seen"],
        "includes_subsidiaries": _subsidiaries(category, stated=stated),
        "source_title": titled(values(party["datasets"])),
        "source_url": f"https://www.opensanctions.org/entities/{party['id']}/",
        "note": f"concluded from {because}; no listing of it is in the file{dated}",
        "origin": f"{party['id']}#{category}",
        **{name: party[name] for name in ("line", "first_seen", "last_seen")},
    }


def categories() -> list[str]:
    """Categories that a party can have by what it says of itself."""
    return distinct([key.category for words in keys().values() for key in words.values()])


def titled(datasets: list[str]) -> str:
    """Titles of datasets, their names where they are not known."""
    known = keys()["dataset"]
    titles = [known[name].title if name in known else f"OpenSanctions: {name}" for name in datasets]
    more = f"; and {len(titles) - _SHOWN} more" if len(titles) > _SHOWN else ""
    return "; ".join(titles[:_SHOWN]) + more


def _subsidiaries(category: str, *, stated: bool) -> str:
    """Whether a finding takes in the subsidiaries; only lists about forced labour write so in the notes of a party."""
    return str(stated and category == Category.FORCED_LABOUR)


def _noted(word: str, texts: list[str]) -> str:
    return f"{word}: {', '.join(texts)}" if texts else ""

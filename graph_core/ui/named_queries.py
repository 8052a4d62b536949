"""Queries of the catalogue that can be asked about one party, and the parties that they answer with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from graph_core import queries
from graph_core.day import Day
from graph_core.errors import TiertraceError
from graph_core.queries import NamedQuery, Parameter
from graph_core.ui import remembered
from graph_core.workspace import Store

#: Longest that a query may take on a page, in seconds, and most rows that are read.
SECONDS, ROWS = 10.0, 1_000
#: Parameter that names a party -> what the party has to be.
_ABOUT = {
    "party_id": ("Facility", "Organization", "Brand"),
    "buyer_id": ("Facility", "Organization", "Brand"),
    "organization_id": ("Organization", "Brand"),
    "brand_id": ("Brand",),
}
_DAY = "as_of"
_PARTIES = re.compile(r"(party|supplier|buyer|brand|site|subject|organization)_ids?")


@dataclass(frozen=True)
class Answer:
    """Parties that a query answered with.

    Attributes
    ----------
    parties : tuple of str
        Their ids, each once, in the order of the rows.
    rows : int
        How many rows were read.
    truncated : bool
        Whether there were more.
    """

    parties: tuple[str, ...]
    rows: int
    truncated: bool


Told = Answer | TiertraceError


@cache
def about_a_party() -> Mapping[str, Parameter]:
    """Queries that need nothing but one party, and maybe a day, and answer with parties; each with that parameter."""
    found = {name: _asked(query) for name, query in queries.analyst_catalogue().items()}
    return {name: parameter for name, parameter in found.items() if parameter is not None}


def _asked(query: NamedQuery) -> Parameter | None:
    parties = [one for one in query.parameters if one.name in _ABOUT]
    others = [one for one in query.parameters if one.required and one.name != _DAY and one not in parties]
    return parties[0] if len(parties) == 1 and not others and _columns(query) else None


def _columns(query: NamedQuery) -> list[str]:
    return [column.name for column in query.returns if _PARTIES.fullmatch(column.name)]


def offered(kind: str) -> dict[str, str]:
    """Title of every query that can be asked about a ``Facility``, an ``Organization`` or a ``Brand``, by its name."""
    catalogue = queries.analyst_catalogue()
    return {name: catalogue[name].title for name, one in about_a_party().items() if kind in _ABOUT[one.name]}


def ask(store: Store, name: str, party: str, as_of: str) -> Answer:
    """Ask a query about a party on a day, on the connection that only reads.

    Parameters
    ----------
    store : Store
        Where to ask.
    name : str
        One of `about_a_party`.
    party : str
        Id of the party.
    as_of : str
        Day, ``YYYY-MM-DD``.

    Raises
    ------
    NotFoundError
        There is no such query.
    RefusedError
        It took longer than `SECONDS`.
    """
    query = queries.find(name)
    raw = {one.name: as_of for one in query.parameters if one.name == _DAY}
    bound = query.bind({**raw, about_a_party()[query.name].name: party})
    found = store.read(query.text, bound, timeout=SECONDS, max_rows=ROWS)
    if not found.rows:  # the embedded engine names no columns then
        return Answer((), 0, truncated=False)
    at = [found.columns.index(column) for column in _columns(query)]
    ids = dict.fromkeys(one for row in found.rows for place in at for one in _each(row[place]) if one != party)
    return Answer(tuple(ids), len(found.rows), found.truncated)


def kept(day: Day, store: Callable[[], Store], opened: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Told]:
    """Answers to several queries, each about one party; each is asked once as long as the day is kept.

    Parameters
    ----------
    day : Day
        What they are asked on, and kept with.
    store : callable
        Gives where to ask.
    opened : iterable of pairs of str
        Name of a query and id of the party; other pairs are left away.

    Returns
    -------
    dict
        Answer by pair; where a query failed, why. A failure is kept too, until `ask_again`.
    """
    found: dict[tuple[str, str], Told] = {}
    for name, party in opened:
        if name in about_a_party():
            asked = partial(_told, store, name, party, day.parameters.as_of)
            found[name, party] = remembered.of_day(day, ("query", name, party), asked)
    return found


def _told(store: Callable[[], Store], name: str, party: str, as_of: str) -> Told:
    try:
        return ask(store(), name, party, as_of)
    except TiertraceError as error:
        return error


def ask_again(day: Day, failed: Iterable[tuple[str, str]]) -> None:
    """Ask queries anew the next time: those that failed."""
    for name, party in failed:
        remembered.forget(day, ("query", name, party))


def _each(value: Any) -> Iterable[str]:
    if isinstance(value, list):
        return (str(one) for one in value)
    return () if value is None else (str(value),)

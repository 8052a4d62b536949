"""What one beneficial ownership statement says: its record details -> a party, or a relationship.

Nothing here knows of files, other statements or days but those that the statement itself names. A statement that cannot
be used says why; what costs only a part of it, such as a jurisdiction that is no country, is a note.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache, lru_cache
from typing import Any, NamedTuple

from stdnum import lei

from graph_core.model import Holding
from loaders.countries import alpha2
from loaders.data import table_rows
from loaders.files.json_text import decoded
from loaders.files.rawtable import cell_text
from loaders.formats.bods.holdings import Interest, percent_of
from loaders.formats.gleif import relationship_kinds

_LEI = re.compile(r"(?:XI-LEI-)?(?=.*[A-Z])([0-9A-Z]{18}[0-9]{2})")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ].*)?")
#: Fields of record details that only a person has.
_OF_PERSONS = ("personType", "birthDate", "names", "nationalities", "taxResidencies", "placeOfBirth")
#: What is kept of a person.
_KEPT_OF_PERSONS = ("personType", "names", "unspecifiedPersonDetails")


class Unusable(Exception):
    """A statement cannot be used; the message says why."""


def as_object(value: Any) -> dict[str, Any]:
    """The value, or an empty object where it is none."""
    return value if isinstance(value, dict) else {}


def as_text(value: Any) -> str:
    """Text of a plain value; empty for a list or an object."""
    if isinstance(value, str):  # nearly all are
        return value.strip()
    return "" if isinstance(value, (list, dict)) else cell_text(value).strip()


def _listed(value: Any) -> list[Any]:
    """The value, or an empty list where it is none."""
    return value if isinstance(value, list) else []


def day_or_none(value: Any) -> str | None:
    """Day of a date or date-time; ``None`` where it is none."""
    return _day_in(as_text(value))


@lru_cache(maxsize=10_000)
def _day_in(text: str) -> str | None:
    match = _DAY.fullmatch(text)
    try:
        return dt.date.fromisoformat(match[1]).isoformat() if match else None
    except ValueError:  # there is no such day
        return None


def _day(value: Any, where: str) -> str | None:
    """Day of a date that may be absent."""
    text = as_text(value)
    if not text and not isinstance(value, (list, dict)):
        return None
    day = _day_in(text)
    if day is None:
        raise Unusable(f"{where} is {cell_text(value)[:40]!r}; write a whole date, YYYY-MM-DD")
    return day


def lei_in(text: str) -> str | None:
    """LEI that an id is or ends in; only digits could be any number."""
    match = _LEI.fullmatch(text)
    return match[1] if match and lei.is_valid(match[1]) else None


def party_id(publisher: str, record: str) -> str:
    """Id of the organization that a record is about."""
    return lei_in(record) or f"bods:{publisher}:{record}"


def _folded(word: str) -> str:
    return re.sub(r"[^a-z]", "", word.casefold())


@cache
def _kinds() -> dict[str, str]:
    return {_folded(row["interest"]): row["kind"] for row in table_rows("bods_interests")}


@cache
def _roles() -> dict[str, str]:
    return {row["entity"]: row["role"] for row in table_rows("bods_entities")}


def without_private(kind: str, details: Any) -> Any:
    """Record details without what is private to a person; a record of no known type may be about one.

    Parameters
    ----------
    kind : str
        Type of the record, as the statement writes it.
    details : any
        Its details, which may be no object.
    """
    if not isinstance(details, dict):
        return None
    if kind.casefold() == "person" or any(name in details for name in _OF_PERSONS):
        return {name: details[name] for name in _KEPT_OF_PERSONS if name in details}
    return details


def statement_in(text: str) -> Any:
    """A statement from its JSON text.

    Raises
    ------
    Unusable
        It is no JSON.
    """
    try:
        return decoded(text)
    except (ValueError, RecursionError) as error:
        raise Unusable(f"statement is no JSON object: {error}") from error


def details_of(kind: str, statement: Any) -> Party | Relation | None:
    """What a statement says.

    Parameters
    ----------
    kind : str
        ``entity``, ``person`` or ``relationship``.
    statement : any
        The statement, which may be no object.

    Returns
    -------
    Party or Relation or None
        ``None`` for another kind.

    Raises
    ------
    Unusable
        It lacks something, or something in it is wrong.
    """
    if not isinstance(statement, dict):
        raise Unusable("statement is no JSON object")
    details = statement.get("recordDetails")
    if not isinstance(details, dict):
        raise Unusable("recordDetails is no object")
    if kind == "relationship":
        return _relation(details)
    return {"entity": _entity, "person": _person}[kind](details) if kind in ("entity", "person") else None


# --- parties ---------------------------------------------------------------------------------------------------


class Party(NamedTuple):
    """What a statement says of an entity or a person.

    Attributes
    ----------
    name : str
        Name, or the reason why there is none.
    aliases : tuple of str
        Other names of an entity.
    country, lei, role, address : str
        As in `graph_core.model.ORGANIZATIONS`.
    identifiers : tuple of str
        Each as SCHEME:number.
    notes : tuple of str
        What a user should know.
    """

    name: str
    aliases: tuple[str, ...] = ()
    country: str = ""
    lei: str = ""
    role: str = "person"
    address: str = ""
    identifiers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def _unspecified(kind: str, details: dict[str, Any], of: str) -> str:
    """Name of somebody who is not named: ``unknown person: subjectUnableToConfirm...``."""
    word = "anonymous" if kind.startswith("anonymous") else "unknown"
    reason = as_text(as_object(details.get(f"unspecified{of.capitalize()}Details")).get("reason"))
    return f"{word} {of}" + (f": {reason}" if reason else "")


def _person(details: dict[str, Any]) -> Party:
    names = [name for name in _listed(details.get("names")) if isinstance(name, dict)]
    names.sort(key=lambda name: as_text(name.get("type")) not in ("legal", "individual"))
    for name in names:
        parts = (as_text(name.get(part)) for part in ("givenName", "patronymicName", "familyName"))
        if full := as_text(name.get("fullName")) or " ".join(filter(None, parts)):
            return Party(full)
    kind = as_text(details.get("personType"))
    if kind in ("anonymousPerson", "unknownPerson"):
        return Party(_unspecified(kind, details, "person"))
    raise Unusable("recordDetails.names gives no name; only an anonymousPerson or unknownPerson needs none")


def _entity(details: dict[str, Any]) -> Party:
    kind = as_text(as_object(details.get("entityType")).get("type"))
    others = [as_text(name) for name in _listed(details.get("alternateNames"))]
    name = as_text(details.get("name"))
    if not name and kind in ("anonymousEntity", "unknownEntity"):
        name = _unspecified(kind, details, "entity")
    if not name:
        raise Unusable("recordDetails.name is empty; only an anonymousEntity or unknownEntity needs none")
    place = as_object(details.get("jurisdiction"))
    stated = as_text(place.get("code")) or as_text(place.get("name"))
    country = alpha2(as_text(place.get("code")).split("-")[0]) or alpha2(as_text(place.get("name"))) or ""
    numbers = [as_object(number) for number in _listed(details.get("identifiers"))]
    leis, identifiers, notes = _identifiers(numbers)
    if stated and not country:
        notes.append(f"the jurisdiction {stated!r} is no country: the country is left empty")
    return Party(
        name,
        tuple(filter(None, others)),
        country,
        leis[0] if leis else "",
        _roles().get(kind, ""),
        _address(details),
        tuple(identifiers),
        tuple(notes),
    )


def _identifiers(numbers: list[dict[str, Any]]) -> tuple[list[str], list[str], list[str]]:
    """Valid LEIs, other identifiers as SCHEME:number, and notes."""
    leis, others, notes = [], [], []
    for number in numbers:
        value = as_text(number.get("id"))
        scheme = as_text(number.get("scheme")) or as_text(number.get("schemeName"))
        if scheme.upper() in ("XI-LEI", "LEI") or "Legal Entity Identifier" in scheme:
            if (code := value.upper()) and lei.is_valid(code):
                leis.append(code)
                continue
            notes.append(f"the LEI {value!r} has wrong check digits: it is kept among the identifiers only")
        if value:
            others.append(f"{scheme}:{value}".removeprefix(":"))
    return leis, others, notes


def _address(details: dict[str, Any]) -> str:
    """The registered address, else the one of the business, else the first."""
    addresses = [as_object(address) for address in _listed(details.get("addresses"))]
    wanted = ("registered", "business")
    ranks = {kind: rank for rank, kind in enumerate(wanted)}
    addresses.sort(key=lambda address: ranks.get(as_text(address.get("type")), len(wanted)))
    for address in addresses:
        country = as_object(address.get("country"))
        parts = [as_text(address.get("address")), as_text(address.get("postCode"))]
        parts.append(as_text(country.get("name")) or as_text(country.get("code")))
        if any(parts[:2]):
            return ", ".join(part.strip(" ,") for part in parts if part)
    return ""


# --- relationships ---------------------------------------------------------------------------------------------


class Relation(NamedTuple):
    """What a statement says of a relationship.

    Attributes
    ----------
    parties : tuple of str or None
        Record ids of the interested party and the subject; ``None`` where one of them is only a reason.
    interests : tuple of Interest
        What is held; empty without parties.
    notes : tuple of str
        What a user should know.
    """

    parties: tuple[str, str] | None
    interests: tuple[Interest, ...]
    notes: tuple[str, ...] = ()


def _relation(details: dict[str, Any]) -> Relation:
    notes = []
    parties = []
    for role in ("interestedParty", "subject"):
        value = details.get(role)
        record = as_text(value)
        reason = as_text(as_object(value).get("reason"))
        if not record and not reason:
            raise Unusable(f"recordDetails.{role} names no record and gives no reason")
        parties.append(record)
        if not record:
            notes.append(f"the {role} is nobody ({reason}): no holding is made of it")
    found = [_interest(value) for value in _listed(details.get("interests"))]
    notes += [note for _, more in found for note in more]
    known = (parties[0], parties[1]) if all(parties) else None
    if known and not found:
        notes.append("no interest is stated: no holding is made of it")
    return Relation(known, tuple(interest for interest, _ in found) if known else (), tuple(notes))


def _interest(value: Any) -> tuple[Interest, list[str]]:
    if not isinstance(value, dict):
        raise Unusable(f"an interest is no object but {cell_text(value)[:40]!r}")
    name = as_text(value.get("type"))
    try:
        percent = percent_of(as_object(value.get("share")))
    except ValueError as error:
        raise Unusable(f"the share of the interest {name!r} {error}") from error
    start, end = (_day(value.get(part), f"{part} of the interest {name!r}") for part in ("startDate", "endDate"))
    if start and end and end < start:
        raise Unusable(f"the interest {name!r} ends on {end}, before it begins on {start}")
    kind, notes = _kind(name, percent, as_text(value.get("details")))
    return Interest(name, kind, percent, start, end), notes


def _kind(name: str, percent: float | None, details: str) -> tuple[str, list[str]]:
    """Kind of holding that an interest is."""
    for code in re.findall(r"\bIS_[A-Z_-]+", details):
        if code in relationship_kinds():
            return relationship_kinds()[code], []
    kind = _kinds().get(_folded(name))
    if kind is None and name:
        return Holding.OTHER, [f"the interest type {name!r} is not known: it counts as no control"]
    if kind:
        return kind, []
    if percent is not None:
        return "", []
    return Holding.OTHER, ["neither type nor share of an interest is stated: it counts as no control"]

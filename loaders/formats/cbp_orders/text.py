"""What the free text of an order of US Customs says: parties, goods, and what was taken out of it.

Rules read what can be read safely; what no rule can make stands in ``loaders/data/cbp_readings.csv`` under the exact
text of the order, with the reason. A text that names goods and that nobody has read is not guessed at.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from graph_core.model import GOOD_COUNTRY, GOOD_REGION
from loaders.countries import alpha2
from loaders.data import table_rows
from loaders.files.rawtable import plain

#: `Subject.kind` of a party; the other two are the kinds of findings about a good.
PARTY = "party"
#: `Subject.country` where the order does not say it: never that of the order.
UNKNOWN = "unknown"

_LEGAL = (
    r"(?:Ltd|Limited|Inc|Incorporated|Corp|Corporation|L\.?L\.?C|Co|Company|Bhd|Berhad|Pvt|GmbH|PLC"
    r"|S\.?A|C\.V|S\.?R\.?L|D\.?O\.?O)\.?"
)
#: After a legal form, "and" or a comma begins the next name, unless another legal form follows.
_NEXT = re.compile(rf"(\b{_LEGAL})(?:,?\s+and\s+|,\s+(?!{_LEGAL}(?:\W|$)))(?=[A-Z0-9])")
_GROUP = re.compile(
    r",?\s+and\s+(?:all\s+(?:of\s+)?)?(?:(?:its|their)\s+)?(?:(?P<count>two|three|four|five|six|seven|eight|nine|ten|\d+)\s+)?"
    r"(?:subsidiar(?:y|ies)|subordinates?|subordinate entities|affiliates?)"
    r"(?:,?\s+and\s+(?:joint ventures|affiliates|subsidiaries))*"
    r"(?P<rest>\W.*)?$",
    re.IGNORECASE | re.DOTALL,
)
_NAMED = re.compile(r"(?:,|:|\b(?:which include|including|namely)\b:?)\s*(?P<names>[A-Z].*)$", re.DOTALL)
_ALIAS = re.compile(
    r",?\s*\(?\b(?:[afd]/[kb]/a|[afd]\.[kb]\.a\.?|also known as|formerly known as):?,?\s+", re.IGNORECASE
)
_PLACE = re.compile(r"\s*\(of\s+(?P<place>[^()]*)\)\s*$", re.IGNORECASE)
_TOGETHER = re.compile(r"\s*\(collectively,?\s+(?:the\s+)?[\"“]?(?P<name>[^()\"”]*)[\"”]?\)\s*\.?$", re.IGNORECASE)
_EITHER = re.compile(r"\b(?P<one>\w+)\s+\(or\s+(?P<other>[^()]+)\)", re.IGNORECASE)
_SHORT = re.compile(r"^(?P<name>.+\S)\s+\((?P<short>[A-Z]{3,9})\)$")
_VESSEL = re.compile(r"^fishing vessels?\s*:\s*(?P<name>.+)$", re.IGNORECASE)
_OWNER = re.compile(r"^fishing vessels? owned by\s+(?P<name>.+)$", re.IGNORECASE)
#: A text with one of these words names goods, not a party.
_GOODS = re.compile(r"^all\b|\b(?:produced|harvested|mined|grown|manufactured|containing)\b", re.IGNORECASE)

_DAY = r"\d{1,2}/\d{1,2}/\d{4}"
_REMOVED = re.compile(
    r"(?:\b(?:was|were|has been|have been)\s+)?\bremoved from the order,?(?:\s*by [^,]*,)?"
    rf"\s*(?P<day>{_DAY})",
    re.IGNORECASE,
)
_ENDED = re.compile(
    rf"\b(?:revoked|removed|rescinded|terminated|lifted|inactive|inactivated|modified)\b[^0-9]{{0,60}}(?P<day>{_DAY})",
    re.IGNORECASE,
)
#: Words that an acronym leaves out.
_SMALL = frozenset({"and", "of", "the", "for", "de", "y"})


@dataclass(frozen=True)
class Subject:
    """What an order is about.

    Attributes
    ----------
    kind : str
        `PARTY`, or the kind of a finding about a good: `graph_core.model.GOOD_COUNTRY`, `GOOD_REGION`.
    name : str
        The party as written, without what follows; empty where none is meant.
    aliases : tuple of str
        Other names of the same party.
    country : str
        What the text itself says of its country: empty, a country, or `UNKNOWN`.
    region : str
        Region that alone is meant.
    subsidiaries : bool
        The order extends to subsidiaries that it does not name.
    note : str
        What a reader should know.
    """

    kind: str
    name: str = ""
    aliases: tuple[str, ...] = ()
    country: str = ""
    region: str = ""
    subsidiaries: bool = False
    note: str = ""


@dataclass(frozen=True)
class Removal:
    """What the remarks say was taken out of an order, and the first day without it (ISO)."""

    what: str
    day: str


def us_day(text: str) -> str:
    """Day of a date such as ``7/23/2021``, month first, as the United States write it.

    Returns
    -------
    str
        ``YYYY-MM-DD``; the text itself where it is no such date, so that validation can say so.
    """
    match = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text.strip())
    if match is None:
        return text
    try:
        return dt.date(int(match[3]), int(match[1]), int(match[2])).isoformat()
    except ValueError:
        return text


# --- parties ---------------------------------------------------------------------------------------------------


@cache
def _readings() -> dict[str, list[Subject]]:
    known: dict[str, list[Subject]] = {}
    for row in table_rows("cbp_readings"):
        assert row["kind"] in (PARTY, GOOD_COUNTRY, GOOD_REGION), row
        known.setdefault(plain(row["entity"]), []).extend(
            Subject(row["kind"], name, country=row["country"], region=row["region"], note=row["note"])
            for name in row["names"].split("|")
        )
    return known


def subjects(entity: str) -> list[Subject]:
    """Read the text that says what an order is about.

    Parameters
    ----------
    entity : str
        As published, aliases behind ``a/k/a``.

    Returns
    -------
    list of Subject
        Distinct by name; empty where the text names goods and no reading of it is known.
    """
    entity = plain(entity)
    if known := _readings().get(entity):
        return known
    if vessel := _VESSEL.match(entity):
        found = [Subject(PARTY, *_names(vessel["name"]), country=UNKNOWN, note="a fishing vessel")]
    elif owner := _OWNER.match(entity):
        note = "the order is on the fishing vessels that it owns"
        found = [replace(one, country=UNKNOWN, subsidiaries=True, note=note) for one in _parties(owner["name"])]
    elif _GOODS.search(entity):
        return []
    else:
        found = [one for part in _parts(entity) for one in _parties(part)]
    return list({one.name: one for one in reversed(found) if one.name}.values())[::-1]


def _parts(text: str) -> list[str]:
    """Split at semicolons outside brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == ";" and depth <= 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def _parties(text: str) -> list[Subject]:
    """Parties of a text without semicolons; subsidiaries that it names are parties of their own."""
    together = _TOGETHER.search(text)
    text = text[: together.start()] if together else text
    group = _GROUP.search(text)
    rest = (group["rest"] or "") if group else ""
    named = _NAMED.search(rest)
    # Subsidiaries that are counted and all named are a closed list: no other is meant.
    extends = group is not None and not (group["count"] and named)
    found = [_party(name, extends) for name in _split(text[: group.start()] if group else text)]
    if named:
        note = f"named as a subsidiary of {found[0].name}"
        found += [replace(_party(name, False), note=note) for name in _split(named["names"])]
    if together:
        found.append(Subject(PARTY, plain(together["name"]), note="a name of the other parties of the order together"))
    return found


def _split(text: str) -> list[str]:
    return [name.strip(" ,") for name in _NEXT.sub("\\1\x1f", text).split("\x1f") if name.strip(" ,")]


def _party(text: str, extends: bool) -> Subject:
    place = _PLACE.search(text)
    name, aliases = _names(text[: place.start()] if place else text)
    if place is None:
        return Subject(PARTY, name, aliases, subsidiaries=extends)
    where = plain(place["place"])
    country = alpha2(where.rsplit(",", 1)[-1].strip()) or UNKNOWN
    return Subject(PARTY, name, aliases, country, subsidiaries=extends, note=f"of {where}")


def _names(text: str) -> tuple[str, tuple[str, ...]]:
    """Name and aliases, with the spellings that brackets hold."""
    said = [_tidy(part) for part in _ALIAS.split(text)]
    name, *aliases = [part for part in said if part] or [""]
    if short := _SHORT.match(name):
        # Letters that stand for a part of the name only are a general word, not a name of the party.
        aliases.append(short["short"] if short["short"] == _initials(short["name"]) else name)
        name = short["name"]
    aliases += [spelling for one in (name, *aliases) for spelling in _spellings(one)]
    return name, tuple(dict.fromkeys(alias for alias in aliases if alias != name))


def _tidy(name: str) -> str:
    """The name without a full stop that ends the sentence; the stop of an abbreviation stays."""
    name = re.sub(r"\.\.+$", ".", plain(name).strip(" ,;"))
    return re.sub(r"(?<=[a-z]{4})\.$", "", name)


def _initials(name: str) -> str:
    return "".join(word[0].upper() for word in re.findall(r"\w+", name) if word.casefold() not in _SMALL)


def _spellings(name: str) -> list[str]:
    """Spellings of ``Wulin (or Wuling) Works``; and the name without a bracket that repeats what stands before it."""
    found = []
    if _EITHER.search(name):
        found = [_EITHER.sub(r"\g<one>", name), _EITHER.sub(r"\g<other>", name)]
    for row in table_rows("cbp_brackets"):
        found += [plain(one.replace(f"({row['text']})", " ")) for one in (name, *found) if f"({row['text']})" in one]
    return found


# --- goods and remarks -----------------------------------------------------------------------------------------


@cache
def _goods() -> dict[str, tuple[str, ...]]:
    return {
        plain(row["merchandise"]).casefold(): tuple(good for good in row["goods"].split("|") if good)
        for row in table_rows("cbp_goods")
    }


def goods(merchandise: str) -> tuple[str, ...] | None:
    """Goods to which an order is limited.

    Parameters
    ----------
    merchandise : str
        As the order writes it.

    Returns
    -------
    tuple of str or None
        Names of goods; empty where there is no limit; ``None`` where the text is in no table.
    """
    merchandise = plain(merchandise)
    return _goods().get(merchandise.casefold()) if merchandise else ()


def removals(remarks: str) -> list[Removal]:
    """Find what was taken out of an order, and when.

    Parameters
    ----------
    remarks : str
        Such as ``... by the following: A removed from the order, 7/23/2021B; and C removed from the order, 10/6/1998``.

    Returns
    -------
    list of Removal
        In the order of the text.
    """
    found, start = [], 0
    for match in _REMOVED.finditer(remarks):
        what = plain(remarks[start : match.start()].rsplit(":", 1)[-1]).strip(" ,;.")
        start = match.end()
        if day := _iso(match["day"]):
            found.append(Removal(what, day))
    return found


def ended_on(remarks: str) -> str:
    """Last day that the remarks name as the end of an order, ISO; empty where they name none."""
    return max((_iso(match["day"]) for match in _ENDED.finditer(remarks)), default="")


def _iso(text: str) -> str:
    """The day as ISO; empty where the calendar has no such day."""
    day = us_day(text)
    return day if day != text else ""


def parties_in(what: str, parties: list[Subject]) -> list[Subject]:
    """Find the parties of an order that a text names, by any of their names as whole words.

    Parameters
    ----------
    what : str
        What was taken out of the order.
    parties : list of Subject
        Parties of the order.

    Returns
    -------
    list of Subject
        In the order given. Where the name of one is a part of the longer name of another, only the longer one counts
        at that place: "Hero Vast Group" does not name "Hero Vast".
    """
    places = [(place, party) for party in parties for place in _places(what, party)]
    whole = [
        party
        for (start, end), party in places
        if not any(a <= start and end <= b and b - a > end - start for (a, b), _ in places)
    ]
    return [party for party in parties if party in whole]


def _places(what: str, subject: Subject) -> list[tuple[int, int]]:
    """Where a text has a name of a party, in characters of the folded text."""
    text = f" {_folded(what)} "
    names = {folded for name in (subject.name, *subject.aliases) if (folded := _folded(name))}
    return [span for name in names for span in _spans(name, text)]


def _spans(name: str, text: str) -> Iterator[tuple[int, int]]:
    """Where a text has a name between spaces; the space behind it may be the one before the next."""
    begin = text.find(f" {name} ") + 1
    while begin:
        end = begin + len(name)
        yield begin, end
        begin = text.find(f" {name} ", end) + 1


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))

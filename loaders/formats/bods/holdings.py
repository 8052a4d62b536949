"""Beneficial ownership statements about one relationship, in their order -> holdings with their days and percentages.

A relationship is a record with several statements: it begins as ``new``, is ``updated``, and ends as ``closed``. Each
statement gives all interests as they are on its day, with the day on which each began and, perhaps, ended. So a later
statement says when an earlier state ended:

* An interest that the next statement lacks ended on the day of that statement, and all of them on the day of the
  statement that closes the record, unless their own end is stated.
* An interest that the next statement gives a later first day ended on that day, and began anew.
* A share that changes while the first day stays ("50 %, since 2019", then "100 %, since 2019") changed on the day of
  the statement that says so. What was said before keeps its share: it would else be wrong for all the days before.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, NamedTuple

#: From this percentage on a holding is control (`graph_core.flags`).
_CONTROL = 50.0
_OPEN = "9999-12-31"
_BOUNDS = ("exact", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")


class Interest(NamedTuple):
    """One interest of a statement.

    Attributes
    ----------
    name : str
        Its type, as the statement writes it.
    kind : str
        Kind of holding (`graph_core.model.Holding`), empty where the type is not said.
    percent : float or None
        Share that is held at least, 0..100.
    start, end : str or None
        First day on which it holds, and first day on which it no longer does.
    """

    name: str
    kind: str
    percent: float | None
    start: str | None
    end: str | None


class Version(NamedTuple):
    """One statement about a relationship.

    Attributes
    ----------
    record : str
        Id of the record that it is about.
    day : str
        Day of the statement.
    closed : bool
        It closes the record.
    until : str or None
        Day of the next statement about the record, whether or not that can be used.
    line : int
        Where it stands in its file.
    owner, owned : str
        The interested party and the subject.
    interests : tuple of Interest
        All that is held on the day.
    """

    record: str
    day: str
    closed: bool
    until: str | None
    line: int
    owner: str
    owned: str
    interests: tuple[Interest, ...]


@dataclass
class Span:
    """An interest over the days on which it holds; ``end`` is the first day after them, ``None`` open.

    ``again`` says that another share or another beginning of the same interest went before it.
    """

    version: Version
    name: str
    kind: str
    percent: float | None
    begin: str
    end: str | None
    again: bool

    def until(self, day: str) -> None:
        """End it on a day, unless it ended before."""
        self.end = day if self.end is None else min(self.end, day)

    @property
    def holds(self) -> bool:
        """Whether there is any day on which it holds."""
        return self.end is None or self.begin < self.end


class Holding(NamedTuple):
    """A row of `graph_core.model.OWNERSHIP`, the record that it comes from and where that stands."""

    owner_id: str
    owned_id: str
    kind: str
    percent: float | None
    valid_from: str
    valid_to: str | None
    record: str
    line: int


def percent_of(share: dict[str, Any]) -> float | None:
    """Percentage of a share that may be a range.

    An exact share counts as it is, of a range its lower end: "25 to 50 %" must never count as control. A share of which
    only the upper end is known is that, where it is below control; else nothing is known of it.

    Parameters
    ----------
    share : dict
        ``exact``, ``minimum``, ``maximum``, ``exclusiveMinimum``, ``exclusiveMaximum``; any of them may be absent.

    Returns
    -------
    float or None
        0..100.

    Raises
    ------
    ValueError
        A bound is no percentage, or they contradict each other.
    """
    # In older versions of the standard the exclusive bounds were true or false.
    said = ((name, share.get(name)) for name in _BOUNDS)
    stated = {name: _number(name, value) for name, value in said if not (value is None or isinstance(value, bool))}
    if "exact" in stated:
        return stated["exact"]
    low = max((stated[name] for name in ("minimum", "exclusiveMinimum") if name in stated), default=None)
    tops = [stated["maximum"]] if "maximum" in stated else []
    if "exclusiveMaximum" in stated:
        tops.append(math.nextafter(stated["exclusiveMaximum"], 0.0))
    high = min(tops, default=None)
    if low is not None and high is not None and low > high:
        raise ValueError(f"has a minimum of {low:g} above its maximum of {high:g}")
    if low is not None:
        return low
    return high if high is not None and high < _CONTROL else None


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not 0 <= number <= 100:
        raise ValueError(f"has {name} {str(value)[:40]!r}, which is no percentage from 0 to 100")
    return number


# --- one record over time --------------------------------------------------------------------------------------


def spans(versions: Iterable[Version]) -> list[Span]:
    """Interests of one record over the days on which they hold.

    Parameters
    ----------
    versions : iterable of Version
        Statements about one record, oldest first.

    Returns
    -------
    list of Span
        Some may hold on no day.
    """
    found: list[Span] = []
    current: dict[tuple[str, ...], Span] = {}
    until: str | None = None
    for version in versions:
        if until is not None and until < version.day:  # a statement in between could not be used
            _end_all(current, until)
        stated = _by_key(version)
        for key in [key for key in current if key not in stated]:
            current.pop(key).until(version.day)
        for key, interest in stated.items():
            span = _continued(current.get(key), interest, version)
            if span is not current.get(key):
                found.append(span)
                current[key] = span
        if version.closed:
            for key, span in current.items():
                span.end = stated[key].end or min(span.end or version.day, version.day)
            current = {}
        until = version.until
    if until is not None:
        _end_all(current, until)
    return found


def _end_all(current: dict[tuple[str, ...], Span], day: str) -> None:
    for span in current.values():
        span.until(day)
    current.clear()


def _by_key(version: Version) -> dict[tuple[str, ...], Interest]:
    """Interests by what makes one the same in the next statement: parties, type, and which of its type it is."""
    stated: dict[tuple[str, ...], Interest] = {}
    for interest in version.interests:
        number = sum(key[2] == interest.name for key in stated)
        stated[version.owner, version.owned, interest.name, str(number)] = interest
    return stated


def _continued(span: Span | None, interest: Interest, version: Version) -> Span:
    """The same span where the statement repeats it, else a new one; the old one is ended."""

    def begun(day: str) -> Span:
        return Span(version, interest.name, interest.kind, interest.percent, day, interest.end, span is not None)

    if span is None:
        return begun(interest.start or version.day)
    if interest.start is not None and interest.start > span.begin:
        span.until(interest.start)
        return begun(interest.start)
    if (interest.percent, interest.kind) == (span.percent, span.kind):
        if interest.start is not None and not span.again:  # a first day that is found out later
            span.begin = min(span.begin, interest.start)
        # A statement that lists it without an end says that it holds; one that closes the record takes nothing back.
        span.end = interest.end or (span.end if version.closed else None)
        return span
    if interest.end is not None and interest.end <= version.day:  # it is over: the share that counted was the old one
        span.end = interest.end
        return span
    span.until(version.day)
    return begun(version.day)


# --- all of them as rows ---------------------------------------------------------------------------------------


def holdings(all_spans: Iterable[Span]) -> Iterator[Holding]:
    """Rows of the table of holdings, of which no two are about one pair, kind and first day.

    Several interests of one kind are one holding: the largest share of one type counts; shares are not added up,
    because an indirect share may hold the direct one.

    Yields
    ------
    Holding
        In the order of pairs and days.
    """

    def pair(span: Span) -> tuple[str, str, str]:
        return span.version.owner, span.version.owned, span.kind

    for _, group in groupby(sorted(filter(lambda span: span.holds, all_spans), key=pair), key=pair):
        together = list(group)
        rows = []
        for record in dict.fromkeys(span.version.record for span in together):
            rows += _swept([span for span in together if span.version.record == record])
        if len({row.valid_from for row in rows}) < len(rows):
            rows = _swept(together)
        yield from sorted(rows, key=lambda row: row.valid_from)


def _swept(group: list[Span]) -> list[Holding]:
    """The timeline of one pair and kind, cut where a span begins or ends, equal neighbours joined again."""
    cuts = sorted({span.begin for span in group} | {span.end or _OPEN for span in group})
    pieces: list[Holding] = []
    for begin, end in pairwise(cuts):
        holding = [span for span in group if span.begin <= begin and end <= (span.end or _OPEN)]
        if not holding:
            continue
        last = max(holding, key=lambda span: (span.version.day, span.version.line))
        piece = Holding(
            last.version.owner,
            last.version.owned,
            last.kind,
            _strongest(holding),
            begin,
            None if end == _OPEN else end,
            last.version.record,
            last.version.line,
        )
        before = pieces[-1] if pieces else None
        if before is not None and before.valid_to == begin and before.percent == piece.percent:
            pieces[-1] = before._replace(valid_to=piece.valid_to)
        else:
            pieces.append(piece)
    return pieces


def _strongest(group: list[Span]) -> float | None:
    """Percentage of several interests: of one type the largest known, of several the one that is most control."""
    by_type: dict[str, float | None] = {}
    for span in group:
        known = by_type.get(span.name)
        by_type[span.name] = known if span.percent is None else max(span.percent, known or 0.0)
    values = list(by_type.values())
    stated = [value for value in values if value is not None]
    largest = max(stated, default=None)
    if None in values and (largest is None or largest < _CONTROL):
        return None
    return largest

"""Which record sets count, in which order: deliveries of one list by their days, changes, corrected rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from graph_core.model import PLANS

Frames = dict[str, pd.DataFrame]


class Said(Protocol):
    """What `derive` needs to know of a stored record set."""

    @property
    def source(self) -> dict[str, str | None]:
        """The source: id, title, publisher and so on."""

    @property
    def seq(self) -> int:
        """Load counter: a later one corrects an earlier one."""

    @property
    def frames(self) -> Frames:
        """Record tables, columns as in `graph_core.model`."""


@dataclass(frozen=True)
class _Placed:
    """A record set at the place where it counts, which is not always the one at which it was loaded."""

    source: dict[str, str | None]
    seq: int
    frames: Frames


def in_order(record_sets: Sequence[Said]) -> list[Said]:
    """Record sets as they count: deliveries of one list by their days, changes applied to what they amend.

    Deliveries of a list, and a dataset and its changes, share out the places at which they were loaded, the latest
    day last, so that loading an old one late corrects nothing. Where a day is not known they keep their places.
    """
    record_sets = [s for s in record_sets if s.source["id"] != PLANS and not _replaced(s, record_sets)]
    streams: dict[str, list[Said]] = {}
    for record_set in record_sets:
        streams.setdefault(str(record_set.source.get("series") or dataset_of(record_set.source)), []).append(record_set)
    placed: list[Said] = []
    for sets in streams.values():
        dated = all(s.source.get("retrieved_at") for s in sets)
        by_day = sorted(sets, key=lambda s: (str(s.source["retrieved_at"]) if dated else "", s.seq))
        places = sorted(s.seq for s in sets)
        placed += [_Placed(s.source, seq, s.frames) for s, seq in zip(by_day, places, strict=True)]
    left = [s for s in placed if not _superseded(s, placed)]
    kept = [_Placed(s.source, _place(s, left), _still_said(s, left)) for s in left]
    return sorted(kept, key=lambda s: (s.seq, bool(s.source.get("corrects"))))


def _place(record_set: Said, others: Sequence[Said]) -> int:
    """Where it counts; corrected rows count with the file that they correct."""
    base = record_set.source.get("corrects")
    return next((s.seq for s in others if base and s.source["id"] == base), record_set.seq)


def _replaced(record_set: Said, others: Sequence[Said]) -> bool:
    """Whether it was loaded before what takes its place.

    A delivery without a day gives way to later ones of its list that have one: it would stand beside them for ever.
    Corrected rows go with the file that they correct.
    """
    source = record_set.source
    return any(
        other.seq > record_set.seq
        and (other.source.get("series") == source["id"] or other.source["id"] == source.get("corrects"))
        for other in others
    )


def dataset_of(source: Mapping[str, Any]) -> str:
    """Id of the source that a delivery of changes amends, or of which rows were corrected; else its own."""
    return str(source.get("amends") or source.get("corrects") or source["id"])


def _superseded(record_set: Said, others: Sequence[Said]) -> bool:
    """Whether it delivers changes of a source that was delivered in full after it."""
    dataset = record_set.source.get("amends")
    return bool(dataset) and any(s.source["id"] == dataset and s.seq > record_set.seq for s in others)


def _still_said(record_set: Said, others: Sequence[Said]) -> Frames:
    """Records of a set without those that a later delivery of changes took back."""
    dataset = dataset_of(record_set.source)
    later = [
        other.frames["withdrawn"]["origin"]
        for other in others
        if other.source.get("amends") == dataset and other.seq > record_set.seq and "withdrawn" in other.frames
    ]
    if not later:
        return record_set.frames
    gone = pd.concat(later)
    return {
        name: frame[~frame["origin"].isin(gone)] if "origin" in frame and name != "withdrawn" else frame
        for name, frame in record_set.frames.items()
    }


def deliveries_of(record_sets: Sequence[Said]) -> pd.DataFrame:
    """Deliveries of lists that are published again and again, whole: columns set, series, day and the next day.

    The next day is that of the next delivery that was read to its last row: what a row that could not be read says is
    not known, so that a delivery with such rows ends nothing.
    """
    unread = unread_sources(record_sets)
    rows = [
        (s.source["id"], s.source["series"], s.source["retrieved_at"], dataset_of(s.source) in unread)
        for s in record_sets
        if s.source.get("series") and not s.source.get("amends")
    ]
    frame = pd.DataFrame(rows, columns=["set", "series", "day", "unread"]).drop_duplicates()
    frame = frame.astype({"set": "str", "series": "str", "day": "str", "unread": "bool"})
    days = frame.groupby(["series", "day"])["unread"].any().reset_index().sort_values(["series", "day"])
    days["next"] = days["day"].where(~days["unread"]).groupby(days["series"]).bfill().groupby(days["series"]).shift(-1)
    return frame.drop(columns="unread").merge(days.drop(columns="unread"), on=["series", "day"])


def unread_sources(record_sets: Sequence[Said]) -> set[str]:
    """Ids of sources of which rows were rejected that nobody corrected yet."""
    mended: dict[str, int] = {}
    for s in record_sets:
        if base := s.source.get("corrects"):
            lines = {line for frame in s.frames.values() if "line" in frame for line in frame["line"]}
            mended[base] = mended.get(base, 0) + len(lines - {0})
    return {
        str(s.source["id"])
        for s in record_sets
        if int(s.source.get("rejected") or 0) > mended.get(str(s.source["id"]), 0)
    }

"""From what sources said to what we believe: records in, graph out.

Deriving is a pure function of the records: the same records give the same graph, whatever the order in which they
were loaded, unless two of them say different things about one key; then the later load corrects the earlier one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import pandas as pd

from graph_core.commodities import commodity_id, commodity_ids
from graph_core.countries import country_names
from graph_core.graph import Graph, table
from graph_core.intervals import merge_disclosures
from graph_core.model import GOOD_COUNTRY, NO_CONTROL, PLANS, TABLES, Kind, Status, Verdict
from graph_core.policy import default_policy
from graph_core.resolve.alike import Around, propose
from graph_core.resolve.judgements import SOURCE_ID as JUDGEMENTS
from graph_core.resolve.judgements import apply, standing
from graph_core.resolve.match import doubtful, match_findings
from graph_core.resolve.names import normalise_all
from graph_core.resolve.places import contradictions
from graph_core.resolve.same import Same, same_parties

Frames = dict[str, pd.DataFrame]
#: Relationships that decisions about findings and parties change.
REMATCHED = ("ABOUT", "MAY_BE_ABOUT")


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


def derive(record_sets: Sequence[Said]) -> Graph:
    """Build the believed graph from records.

    Parameters
    ----------
    record_sets : sequence
        What each source said, in any order.

    Returns
    -------
    Graph
        Tables as in `graph_core.schema`. Ids that a record names and none defines become placeholders.
    """
    record_sets = _in_order(record_sets)
    said, judged, same = _who_is_who(record_sets)
    sources = _sources([s for s in record_sets if s.source["id"] != JUDGEMENTS], said)
    organizations, facilities = _parties(said, same.others())
    facilities["contradictions"] = facilities["id"].map(_contradictions(said["facilities"])).map(_listed)
    lists = _lists(said["lists"], _unread(record_sets))
    links = _supplies(said["links"], lists, sources)
    operates = _operates(said["facilities"])
    deliveries = _deliveries(record_sets)
    owns = _owns(said["ownership"], deliveries)
    findings = _findings(said["findings"], deliveries)
    coverage = _coverage(said["coverage"])
    commodities = _commodities(facilities, findings)
    tables = {
        "Organization": organizations,
        "Facility": facilities,
        "Source": sources,
        "Finding": findings,
        "Commodity": commodities,
        "Country": _countries(organizations, facilities, findings, said["countries"]),
        "DisclosureList": _with_suppliers(lists, said["links"]),
        "CoverageStatement": coverage,
        "SUPPLIES": links,
        "OPERATES": operates,
        "OWNS": owns,
        **_indicators(findings),
        "PRODUCES": _produces(facilities),
        "LOCATED_IN": _located(organizations, facilities),
        "DISCLOSED": _edges("DISCLOSED", lists["buyer_id"], lists["id"]),
        "STATED": _edges("STATED", coverage["buyer_id"], coverage["id"]),
    }
    believed = {name: table(name, frame) for name, frame in tables.items()}
    judged = judged.assign(right=same.shown(judged["right"]))
    whole = {str(s.source["id"]): _dataset(s.source) for s in record_sets}
    return Graph({**believed, **_about(_matches(believed, whole, judged))})


def rematch(graph: Graph, sources: Sequence[Mapping[str, Any]], judgements: pd.DataFrame) -> Graph:
    """Derive only what decisions about findings and parties change: which parties the findings are about.

    Parameters
    ----------
    graph : Graph
        What `derive` gave for the same records before the decisions.
    sources : sequence of mapping
        The sources of all record sets.
    judgements : DataFrame
        All judgements, columns as in `graph_core.model.JUDGEMENTS`. What they say of two parties is as it was.

    Returns
    -------
    Graph
        The one that `derive` would give.
    """
    judged = standing(judgements)
    merged = graph.merged
    judged = judged.assign(right=[merged.get(one, one) for one in judged["right"]])
    whole = {str(source["id"]): _dataset(source) for source in sources}
    return Graph({**graph.tables, **_about(_matches(graph.tables, whole, judged))})


def _matches(tables: Mapping[str, pd.DataFrame], whole: dict[str, str], judged: pd.DataFrame) -> pd.DataFrame:
    """Which parties the findings are about, by the rules and by what people decided."""
    findings, organizations, facilities = (
        _as_one(tables[name], whole) for name in ("Finding", "Organization", "Facility")
    )
    around = _around(tables, judged)
    found = doubtful(match_findings(findings, organizations, facilities, around.site_countries), facilities)
    found = propose(findings, organizations, facilities, found, around)
    return apply(found, judged, findings["id"], [*organizations["id"], *facilities["id"]])


def _around(tables: Mapping[str, pd.DataFrame], judged: pd.DataFrame) -> Around:
    operates, owns = tables["OPERATES"], tables["OWNS"]
    control = owns["valid_to"].isna() & ~owns["kind"].isin(NO_CONTROL) & default_policy().control(owns)
    runs = operates[operates["valid_to"].isna()]
    against = judged[judged["verdict"] == Verdict.NEGATIVE]
    ends = [tables[name][end] for name in ("SUPPLIES", "OPERATES", "OWNS") for end in ("start", "end")]
    return Around(
        site_countries=site_countries(tables),
        holds=pd.concat(
            [frame[["start", "end"]].assign(owns=held) for frame, held in ((runs, False), (owns[control], True))]
        ),
        linked=pd.Index(pd.concat(ends).unique()),
        rejected=pd.DataFrame({"finding": against["left"], "party": against["right"]}),
    )


def derive_shares(record_sets: Sequence[Said]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Derive only what stated shares depend on.

    Returns
    -------
    tuple of DataFrame
        ``SUPPLIES`` and ``CoverageStatement`` of the graph that `derive` would give.
    """
    record_sets = _in_order(record_sets)
    said, _, _ = _who_is_who(record_sets)
    lists = _lists(said["lists"], _unread(record_sets))
    links = _supplies(said["links"], lists, _sources(record_sets, said))
    return table("SUPPLIES", links), _coverage(said["coverage"])


def identities(record_sets: Sequence[Said]) -> Same:
    """Which ids are one party, and what contradicts itself there.

    Parameters
    ----------
    record_sets : sequence
        What each source said, judgements included, in any order.

    Returns
    -------
    Same
        As `derive` applies it.
    """
    return _who_is_who(_in_order(record_sets))[2]


def _who_is_who(record_sets: Sequence[Said]) -> tuple[Frames, pd.DataFrame, Same]:
    """All records with every party under one id, the judgements that stand, and which ids are one."""
    said = {name: _gather(name, record_sets) for name in TABLES}
    judged = standing(said["judgements"])
    same = same_parties(said["organizations"], said["facilities"], judged, set(said["findings"]["id"]))
    return same.renamed(said), judged, same


# --- gathering -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Placed:
    """A record set at the place where it counts, which is not always the one at which it was loaded."""

    source: dict[str, str | None]
    seq: int
    frames: Frames


def _in_order(record_sets: Sequence[Said]) -> list[Said]:
    """Record sets as they count: deliveries of one list by their days, changes applied to what they amend.

    Deliveries of a list, and a dataset and its changes, share out the places at which they were loaded, the latest
    day last, so that loading an old one late corrects nothing. Where a day is not known they keep their places.
    """
    record_sets = [s for s in record_sets if s.source["id"] != PLANS and not _replaced(s, record_sets)]
    streams: dict[str, list[Said]] = {}
    for record_set in record_sets:
        streams.setdefault(str(record_set.source.get("series") or _dataset(record_set.source)), []).append(record_set)
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


def _dataset(source: Mapping[str, Any]) -> str:
    """Id of the source that a delivery of changes amends, or of which rows were corrected; else its own."""
    return str(source.get("amends") or source.get("corrects") or source["id"])


def _superseded(record_set: Said, others: Sequence[Said]) -> bool:
    """Whether it delivers changes of a source that was delivered in full after it."""
    dataset = record_set.source.get("amends")
    return bool(dataset) and any(s.source["id"] == dataset and s.seq > record_set.seq for s in others)


def _still_said(record_set: Said, others: Sequence[Said]) -> Frames:
    """Records of a set without those that a later delivery of changes took back."""
    dataset = _dataset(record_set.source)
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


def _deliveries(record_sets: Sequence[Said]) -> pd.DataFrame:
    """Deliveries of lists that are published again and again, whole: columns set, series, day and the next day.

    The next day is that of the next delivery that was read to its last row: what a row that could not be read says is
    not known, so that a delivery with such rows ends nothing.
    """
    unread = _unread(record_sets)
    rows = [
        (s.source["id"], s.source["series"], s.source["retrieved_at"], _dataset(s.source) in unread)
        for s in record_sets
        if s.source.get("series") and not s.source.get("amends")
    ]
    frame = pd.DataFrame(rows, columns=["set", "series", "day", "unread"]).drop_duplicates()
    frame = frame.astype({"set": "str", "series": "str", "day": "str", "unread": "bool"})
    days = frame.groupby(["series", "day"])["unread"].any().reset_index().sort_values(["series", "day"])
    days["next"] = days["day"].where(~days["unread"]).groupby(days["series"]).bfill().groupby(days["series"]).shift(-1)
    return frame.drop(columns="unread").merge(days.drop(columns="unread"), on=["series", "day"])


def _unread(record_sets: Sequence[Said]) -> set[str]:
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


#: What is added to the note of a finding that the next delivery of its list lacks, before the day of that.
_NOT_LISTED = "not on the list of "
#: What every record is told with: its record set, when that was loaded, the dataset that it tells a part of, the file
#: (for corrected rows the one that they correct), and whether a person corrected it.
_OF_SET = ("set", "seq", "adds", "file", "corrected")


def _gather(name: str, record_sets: Sequence[Said]) -> pd.DataFrame:
    """All records of one table, oldest load first, with the record set's own id as ``set``."""
    parts = [
        frame.assign(
            set=record_set.source["id"],
            seq=record_set.seq,
            adds=record_set.source.get("adds"),
            file=record_set.source.get("corrects") or record_set.source["id"],
            corrected=bool(record_set.source.get("corrects")),
        )
        for record_set in record_sets
        if (frame := record_set.frames.get(name)) is not None and len(frame)
    ]
    columns = [*TABLES[name].names, "line", "first_seen", "last_seen", "records", *_OF_SET]
    if not parts:
        named = ["said_by", "told_by"] if "source" in columns else []
        return pd.DataFrame({column: pd.Series(dtype="str") for column in [*columns, *named]})
    frame = pd.concat(parts, ignore_index=True).reindex(columns=columns)
    frame = frame.astype({"first_seen": "str", "last_seen": "str", "records": "float64"})
    # A correction is decided by load order; rows of one load by their place in the file.
    frame = frame.sort_values(["seq", "corrected", "set", "line"], kind="stable", ignore_index=True)
    if "source" in frame:
        # A row that names no source is said by its file; another file that says otherwise corrects it.
        # Files that each tell a part, such as bills of lading month by month, correct nothing of each other.
        frame["said_by"] = frame["source"].fillna("").where(frame["adds"].isna(), frame["file"])
        frame["source"] = frame["source"].fillna(frame["file"])
        frame["told_by"] = frame["source"].where(frame["adds"].isna(), frame["file"])
    return frame


def _filled(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Put in what an empty cell means; last of all, so that a load that lacks a column corrects nothing by it."""
    known = {column.name: column.default for column in TABLES[name].columns if column.default is not None}
    return frame.fillna({column: value for column, value in known.items() if frame[column].isna().any()})


def _key(name: str) -> list[str]:
    """Columns that say which thing a row is about, its source by who says it."""
    return ["said_by" if column == "source" else column for column in TABLES[name].key]


def _latest(frame: pd.DataFrame, key: str = "id") -> pd.DataFrame:
    """One row a key: of each column the latest value that is not empty."""
    if frame.empty:
        return frame
    return frame.groupby(key, sort=True, as_index=False).last()


def _lists_of(frame: pd.DataFrame, column: str, key: str = "id") -> pd.Series:
    """Sorted distinct values of a column, as a list a key."""
    known = frame[[key, column]].dropna().drop_duplicates().sort_values([key, column])
    # Cut at the first row of every key: ten times as fast as making a list of each group.
    first = np.flatnonzero(~known[key].duplicated().to_numpy())
    values = known[column].tolist()
    lists = [values[begin:end] for begin, end in pairwise([*first.tolist(), len(values)])]
    return pd.Series(lists, index=known[key].iloc[first], dtype=object)


def _split(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """One row a value for a column that holds several values split by ``|``."""
    part = frame[["id", column]].dropna()
    part = part.assign(**{column: part[column].str.split("|")}).explode(column)
    part[column] = part[column].str.strip()
    return part[part[column] != ""]


def _row_ids(*columns: pd.Series) -> pd.Series:
    """Id of a relationship: a fingerprint of what makes it one, the same in every home."""
    frame = pd.concat([column.reset_index(drop=True).astype("str") for column in columns], axis=1)
    values = pd.util.hash_pandas_object(frame, index=False) if len(frame) else pd.Series(dtype="uint64")
    return pd.Series([f"{value:016x}" for value in values], index=columns[0].index, dtype="str")


def _edges(kind: str, start: pd.Series, end: pd.Series, **properties: pd.Series) -> pd.DataFrame:
    data = pd.DataFrame({"start": start, "end": end, **properties}).dropna(subset=["start", "end"])
    data = data.drop_duplicates(["start", "end"])
    return data.assign(id=_row_ids(data["start"] + "\x1f" + kind, data["end"]))


# --- parties ---------------------------------------------------------------------------------------------------


def _aliases(frame: pd.DataFrame, shown: pd.DataFrame) -> pd.Series:
    """All names of a party but the one that is shown: stated aliases, and names that a later load replaced."""
    names = pd.concat(
        [_split(frame, "aliases").rename(columns={"aliases": "name"}), frame[["id", "name"]]], ignore_index=True
    )
    names = names.merge(shown[["id", "name"]].rename(columns={"name": "shown"}), on="id")
    return _lists_of(names[names["name"] != names["shown"]], "name")


def _defined(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Organizations or facilities that a source defines, with aliases, keys and sources."""
    shown = _latest(frame)
    shown["aliases"] = shown["id"].map(_aliases(frame, shown)) if len(shown) else None
    shown["sources"] = shown["id"].map(_lists_of(frame.rename(columns={"set": "from"}), "from"))
    shown["placeholder"] = False
    for column in TABLES[name].columns:
        if column.kind is Kind.TEXTS and column.name != "aliases":
            shown[column.name] = shown["id"].map(_lists_of(_split(frame, column.name), column.name))
    return shown


def _parties(said: Frames, others: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    organizations, facilities = (_defined(name, said[name]) for name in ("organizations", "facilities"))
    # One id is one party. An id defined as both is a company: a site claim alone must not attract site rules.
    facilities = facilities[~facilities["id"].isin(organizations["id"])]
    roles = _split(said["organizations"], "roles")
    brands = set(roles.loc[roles["roles"].str.casefold() == "brand", "id"]) | set(said["lists"]["buyer_id"])
    organizations["brand"] = organizations["id"].isin(brands)

    known = {*organizations["id"], *facilities["id"]}
    companies = _undefined(
        known,
        (said["ownership"], "owner_id"),
        (said["facilities"], "operator_id"),
        (said["lists"], "buyer_id"),
        (said["coverage"], "buyer_id"),
    )
    known |= set(companies["id"])
    sites = _undefined(
        known, (said["links"], "supplier_id"), (said["links"], "buyer_id"), (said["ownership"], "owned_id")
    )
    organizations = pd.concat([organizations, companies.assign(brand=companies["id"].isin(brands))])
    facilities = pd.concat([facilities, sites])
    organizations, facilities = (t.assign(merged_ids=t["id"].map(others)) for t in (organizations, facilities))
    return _keyed("Organization", organizations), _keyed("Facility", facilities)


def _contradictions(said: pd.DataFrame) -> pd.Series:
    """What the countries, addresses and points that sources state of a site say against each other, a list a site."""
    told = said[["id", "country", "address", "lat", "lon", "precision"]].drop_duplicates()
    found = contradictions(told.astype({"lat": "float64", "lon": "float64"}))
    return _lists_of(found, "reason")


def _listed(value: object) -> list[str]:
    return value if isinstance(value, list) else []


def _undefined(known: set[str], *mentions: tuple[pd.DataFrame, str]) -> pd.DataFrame:
    """Placeholders for ids that a record mentions and none defines."""
    rows = pd.concat(
        [frame[[column, "set"]].rename(columns={column: "id"}) for frame, column in mentions], ignore_index=True
    ).dropna()
    rows = rows[~rows["id"].isin(known)].drop_duplicates()
    ids = rows["id"].drop_duplicates().sort_values()
    return pd.DataFrame(
        {"id": ids, "name": ids, "placeholder": True, "sources": ids.map(_lists_of(rows, "set"))}
    ).reset_index(drop=True)


def _keyed(label: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Bring to schema and add the normalised names by which findings are matched."""
    frame = table(label, frame)
    own = normalise_all(frame["name"].tolist())
    others = [normalise_all(aliases) for aliases in frame["aliases"]]
    frame["keys"] = pd.Series(
        [sorted({key, *more} - {""}) for key, more in zip(own, others, strict=True)], dtype=object
    )
    return frame


# --- links and lists -------------------------------------------------------------------------------------------


def _lists(frame: pd.DataFrame, unread: set[str]) -> pd.DataFrame:
    """Lists with the interval in which they stand: until the first day of the buyer's next list of the series.

    ``ends`` is the day by which what a list names has ended where later ones lack it: that of the next list of which
    no row was rejected.
    """
    lists = _latest(frame)
    if lists.empty:
        return pd.DataFrame(
            {c: pd.Series(dtype="str") for c in ("id", "buyer_id", "series", "title", "valid_from", "valid_to")}
        ).assign(rank=pd.Series(dtype="int64"), sources=None, ends=pd.Series(dtype="str"))
    lists = lists.rename(columns={"date": "valid_from"}).assign(unread=lists["file"].isin(unread))
    key = ["buyer_id", "series"]
    dates = lists.groupby([*key, "valid_from"])["unread"].any().reset_index().sort_values([*key, "valid_from"])
    groups = dates.groupby(key)
    dates["valid_to"] = groups["valid_from"].shift(-1)
    dates["rank"] = groups.cumcount()
    dates["ends"] = dates["valid_from"].where(~dates["unread"])
    dates["ends"] = dates.groupby(key)["ends"].bfill()
    dates["ends"] = dates.groupby(key)["ends"].shift(-1)
    lists, dates = lists.drop(columns="unread"), dates.drop(columns="unread")
    lists = lists.merge(dates, on=["buyer_id", "series", "valid_from"])
    lists["sources"] = lists["source"].map(lambda source: [source])
    return lists


def _with_suppliers(lists: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    counts = links.dropna(subset=["list_id"]).groupby("list_id")["supplier_id"].nunique()
    return lists.assign(suppliers=lists["id"].map(counts).fillna(0).astype("int64"))


def _supplies(links: pd.DataFrame, lists: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """One row a supplier, buyer, product and unbroken interval."""
    if links.empty:
        return links
    links = _corrected(links)
    retrieved = sources.set_index("id")["retrieved_at"]
    listed = links["list_id"].notna()
    stated = links[~listed].assign(seen=links.loc[~listed, "source"].map(retrieved))
    rows = pd.concat([stated, _list_intervals(links[listed], lists)], ignore_index=True)
    rows["first_seen"] = rows["first_seen"].fillna(rows["seen"])
    rows["last_seen"] = rows["last_seen"].fillna(rows["seen"])
    merged = merge_disclosures(rows)
    merged["id"] = _row_ids(*(merged[c].fillna("") for c in ("supplier_id", "buyer_id", "product", "hs", "valid_from")))
    basis = np.select(
        [merged["share"].notna(), merged["volume"].notna(), merged["value"].notna()],
        ["stated", "volume", "value"],
        default="none",
    )
    return merged.rename(columns={"supplier_id": "start", "buyer_id": "end"}).assign(share_basis=basis)


def _corrected(links: pd.DataFrame) -> pd.DataFrame:
    """Within one load, rows that differ in figures alone add up; of several loads of one key the latest counts."""
    links = _filled("links", links)
    key = _key("links")
    apart = [*key, "valid_to", "unit", "currency", "disclosure", "evidence", "confidence", "seq", "file"]
    alike = links.groupby(apart, sort=False, dropna=False).ngroup()
    groups = links.groupby(alike)
    summed = links.assign(alike=alike).drop_duplicates("alike", keep="last").set_index("alike")
    links["records"] = links["records"].astype("float64").fillna(1.0)
    summed = summed.assign(
        **groups[["volume", "value", "share"]].sum(min_count=1),
        records=links.groupby(alike)["records"].sum().astype("int64"),
        first_seen=groups["first_seen"].min(),
        last_seen=groups["last_seen"].max(),
    )
    newest = summed.groupby([summed[column].fillna("") for column in key])["seq"].transform("max")
    return summed[summed["seq"] == newest].reset_index(drop=True)


def _list_intervals(links: pd.DataFrame, lists: pd.DataFrame) -> pd.DataFrame:
    """Links of dated lists: consecutive lists that repeat a link with the same figures make one interval."""
    rows = links.drop(columns=["valid_from", "valid_to"]).merge(
        lists[["id", "series", "valid_from", "ends", "rank"]].rename(columns={"id": "list_id"}), on="list_id"
    )
    same = ["supplier_id", "buyer_id", "product", "hs", "series"]
    state = ["volume", "unit", "value", "currency", "share", "disclosure", "evidence", "confidence", "source"]
    rows = rows.sort_values([*same, "rank"], kind="stable", ignore_index=True)
    filled = rows[same + state].astype(object).fillna("")
    before = filled.shift(1)
    new = (filled != before).any(axis=1) | (rows["rank"] != rows["rank"].shift(1) + 1)
    rows["run"] = new.cumsum()
    groups = rows.groupby("run", sort=False)
    out = groups.first()
    out["valid_to"] = _until_named_again(out, rows.drop_duplicates("run", keep="last")["ends"], same)
    out["first_seen"] = groups["valid_from"].min()
    out["last_seen"] = groups["valid_from"].max()
    out["records"] = groups["records"].sum()
    return out.reset_index(drop=True)


def _until_named_again(runs: pd.DataFrame, last: pd.Series, same: list[str]) -> pd.Series:
    """Last day of each run of lists: where the link is named again, with other figures, before it ended, until then."""
    again = runs["valid_from"].shift(-1).where((runs[same].fillna("") == runs[same].fillna("").shift(-1)).all(axis=1))
    ends = pd.Series(last.to_numpy(), index=runs.index, dtype="str")
    return ends.mask(again.notna() & (ends.isna() | (again < ends)), again)


# --- ownership, findings, coverage -----------------------------------------------------------------------------


def _operates(facilities: pd.DataFrame) -> pd.DataFrame:
    known = facilities.dropna(subset=["operator_id"])
    latest = _latest(known)
    sources = _lists_of(known.rename(columns={"set": "from"}), "from")
    return _edges("OPERATES", latest["operator_id"], latest["id"], sources=latest["id"].map(sources))


def _owns(ownership: pd.DataFrame, deliveries: pd.DataFrame) -> pd.DataFrame:
    # What a list says is not corrected by the next list, which says it for another day.
    delivered = ownership["set"].isin(deliveries["set"])
    ownership = ownership.assign(said_by=ownership["said_by"].where(~delivered, ownership["set"]))
    latest = _as_listed(ownership.drop_duplicates(_key("ownership"), keep="last"), deliveries)
    key = [latest[c].fillna("") for c in ("owner_id", "owned_id", "kind", "valid_from", "valid_to")]
    rows = latest.assign(id=_row_ids(*key), percent=latest["percent"].astype("float64"))
    rows["sources"] = rows["id"].map(_lists_of(rows, "source"))
    # Two sources that state one holding: the larger percentage keeps a control that one of them documents.
    rows = rows.sort_values(["id", "percent"], na_position="first").drop_duplicates("id", keep="last")
    return rows.rename(columns={"owner_id": "start", "owned_id": "end"})


def _as_listed(ownership: pd.DataFrame, deliveries: pd.DataFrame) -> pd.DataFrame:
    """Holdings without days of their own, by the lists that name them.

    A list that names another owner or percentage ends the holding by its day, and begins the other. A list that no
    longer names what is owned says nothing about its owner.
    """
    listed = ownership[ownership["valid_from"].isna() & ownership["valid_to"].isna()]
    listed = listed.reset_index(names="row").merge(deliveries[["set", "series", "day"]], on="set")
    if listed.empty:
        return ownership
    owned = ["series", "owned_id", "kind"]
    listed["kind"] = listed["kind"].fillna("")
    listed = listed.sort_values([*owned, "day"], kind="stable", ignore_index=True)
    groups = listed.groupby(owned)["day"]
    listed["nth"] = groups.rank("dense").astype("int64")
    days = listed.drop_duplicates([*owned, "day"])[[*owned, "day"]]
    days["next"] = days.groupby(owned)["day"].shift(-1)
    holding = [*owned, "owner_id", "percent"]
    listed = listed.merge(days, on=[*owned, "day"]).sort_values([*holding, "nth"], ignore_index=True)
    same = listed.groupby(holding, dropna=False)["nth"]
    listed["run"] = (listed["nth"] != same.shift() + 1).cumsum()
    first = listed.drop_duplicates("run").set_index("run")
    last = listed.drop_duplicates("run", keep="last").set_index("run")
    begin, end = first["day"].where(first["nth"] > 1), last["next"]
    run = listed.set_index("row")["run"]
    return ownership.assign(
        valid_from=ownership["valid_from"].fillna(run.map(begin).astype("str")),
        valid_to=ownership["valid_to"].fillna(run.map(end).astype("str")),
    )


def _findings(frame: pd.DataFrame, deliveries: pd.DataFrame) -> pd.DataFrame:
    findings = _filled("findings", _latest(_last_told(frame, deliveries)))
    aliases = _split(frame, "subject_aliases")
    findings["subject_aliases"] = findings["id"].map(_lists_of(aliases, "subject_aliases")) if len(findings) else None
    findings["sources"] = findings["id"].map(_lists_of(frame.rename(columns={"set": "from"}), "from"))
    return table("Finding", _as_delivered(findings, frame, deliveries))


def _last_told(frame: pd.DataFrame, deliveries: pd.DataFrame) -> pd.DataFrame:
    """Records without those that a later delivery of the same list tells anew: it may take back an end, too."""
    days = frame[["id", "set"]].reset_index(names="row").merge(deliveries[["set", "series", "day"]], on="set")
    last = days.groupby(["id", "series"])["day"].transform("max")
    earlier = days.loc[days["day"] < last, "row"]
    return frame[~frame.index.isin(earlier)]


def _as_delivered(findings: pd.DataFrame, frame: pd.DataFrame, deliveries: pd.DataFrame) -> pd.DataFrame:
    """When a finding was seen, and its end where the next delivery of its list no longer held it."""
    if findings.empty:
        return findings
    held = frame[["id", "set", "first_seen", "last_seen"]].merge(deliveries, on="set", how="left")
    held["first_seen"], held["last_seen"] = (
        held["first_seen"].fillna(held["day"]),
        held["last_seen"].fillna(held["day"]),
    )
    groups = held.groupby("id")
    findings = findings.assign(
        first_seen=findings["id"].map(groups["first_seen"].min()),
        last_seen=findings["id"].map(groups["last_seen"].max()),
    )
    # A finding that any source holds without a later delivery that lacks it stands on.
    last = held.sort_values("day").drop_duplicates(["id", "series"], keep="last")
    still_held = last["next"].isna().groupby(last["id"]).any()
    ended = findings["id"].map(last.groupby("id")["next"].max().where(~still_held))
    ended = ended.where(ended.notna() & findings["valid_to"].isna())
    gone = ended.notna()
    note = findings["note"].fillna("") + (f"; {_NOT_LISTED}" + ended[gone]).reindex(findings.index).fillna("")
    return findings.assign(
        valid_to=findings["valid_to"].fillna(ended),
        status=findings["status"].where(~gone, str(Status.LIFTED)),
        note=note.str.removeprefix("; ").where(note != "", None),
    )


def ended_by_lists(findings: pd.DataFrame) -> dict[str, int]:
    """Day of a delivery -> findings that ended because it lacks them."""
    days = findings["note"].str.extract(f"{_NOT_LISTED}(.{{10}})$", expand=False).dropna()
    return {str(day): int(number) for day, number in days.value_counts().sort_index().items()}


def _coverage(frame: pd.DataFrame) -> pd.DataFrame:
    """Statements with the interval in which they stand: until the buyer's next one."""
    rows = frame.sort_values(["buyer_id", "valid_from", "seq", "source"], na_position="first", kind="stable")
    rows = rows.drop_duplicates(["buyer_id", "valid_from"], keep="last")
    rows = rows.assign(
        valid_to=rows.groupby("buyer_id")["valid_from"].shift(-1),
        sources=rows["source"].map(lambda source: [source]),
        id=_row_ids(rows["buyer_id"], rows["valid_from"].fillna("")),
    )
    return table("CoverageStatement", rows)


def site_countries(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Country of every site of each organization, one row a site: those that it operates or has in its group.

    Parameters
    ----------
    tables : mapping
        ``OPERATES``, ``OWNS`` and ``Facility`` of a graph.

    Returns
    -------
    DataFrame
        Columns ``party`` (organization) and ``country``.
    """
    held = pd.concat([tables[name][["start", "end"]] for name in ("OPERATES", "OWNS")])
    held = held.merge(tables["Facility"][["id", "country"]], left_on="end", right_on="id").dropna(subset=["country"])
    held = held.drop_duplicates(["start", "end"]).sort_values(["start", "country", "end"], ignore_index=True)
    return held[["start", "country"]].rename(columns={"start": "party"})


def _as_one(frame: pd.DataFrame, whole: dict[str, str]) -> pd.DataFrame:
    """Changes, corrected rows and what they are about are one source, where it matters whose entry a party is."""
    return frame.assign(sources=frame["sources"].map(lambda ids: [whole.get(i, i) for i in ids], na_action="ignore"))


def _about(matches: pd.DataFrame) -> Frames:
    out = {}
    for kind, outcome, judgement in zip(REMATCHED, ("accepted", "review"), ("POSITIVE", "UNSURE"), strict=True):
        rows = matches[matches["outcome"] == outcome]
        edges = _edges(kind, rows["finding"], rows["party"], rule=rows["rule"], reason=rows["reason"])
        out[kind] = table(kind, edges.assign(judgement=judgement, judged_by=rows["judged_by"]))
    return out


def _indicators(findings: pd.DataFrame) -> Frames:
    rows = findings[findings["kind"] == GOOD_COUNTRY]
    goods = rows["scope_commodity"].dropna().map(commodity_id)
    return {
        "ABOUT_COMMODITY": _edges("ABOUT_COMMODITY", rows["id"], goods),
        "ABOUT_COUNTRY": _edges("ABOUT_COUNTRY", rows["id"], rows["scope_country"]),
    }


# --- goods, countries, sources ---------------------------------------------------------------------------------


def _goods(frame: pd.DataFrame) -> pd.DataFrame:
    part = frame[["id", "product"]].dropna()
    part = part.assign(commodity=part["product"].map(commodity_ids)).explode("commodity")
    return part.dropna(subset=["commodity"])


def _produces(facilities: pd.DataFrame) -> pd.DataFrame:
    goods = _goods(facilities)
    return _edges("PRODUCES", goods["id"], goods["commodity"])


def _commodities(facilities: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    written = pd.concat(
        [
            _goods(facilities)[["commodity"]].assign(alias=None),
            pd.DataFrame({"alias": findings["scope_commodity"].dropna()}).assign(
                commodity=lambda rows: rows["alias"].map(commodity_id)
            ),
        ],
        ignore_index=True,
    ).rename(columns={"commodity": "id"})
    ids = pd.Series(sorted(set(written["id"])), dtype="str")
    others = written.dropna()
    others = others[others["alias"] != others["id"]]
    return pd.DataFrame({"id": ids, "name": ids, "aliases": ids.map(_lists_of(others, "alias"))})


def _located(organizations: pd.DataFrame, facilities: pd.DataFrame) -> pd.DataFrame:
    parties = pd.concat([organizations[["id", "country"]], facilities[["id", "country"]]], ignore_index=True)
    return _edges("LOCATED_IN", parties["id"], parties["country"])


def _countries(
    organizations: pd.DataFrame, facilities: pd.DataFrame, findings: pd.DataFrame, described: pd.DataFrame
) -> pd.DataFrame:
    """Countries that something is in or about, as a table of countries describes them, where one is loaded."""
    codes = pd.concat([organizations["country"], facilities["country"], findings["scope_country"]]).dropna()
    ids = pd.Series(sorted(set(codes)), dtype="str")
    named = pd.DataFrame({"id": ids, "name": ids.map(country_names()).fillna(ids)})
    facts = _latest(described)[["id", "alpha3", "region", "lat", "lon"]]
    return named.merge(facts, on="id", how="left").astype({"lat": "float64", "lon": "float64"})


def _sources(record_sets: Sequence[Said], said: Frames) -> pd.DataFrame:
    """Files and datasets that were read, and the documents that their rows name."""
    read = pd.DataFrame([record_set.source for record_set in record_sets])
    named = [said[name]["source"] for name in ("ownership", "links", "coverage", "lists")]
    ids = pd.Series(sorted(set(pd.concat(named, ignore_index=True).dropna())), dtype="str")
    rows = pd.concat([pd.DataFrame({"id": ids, "title": ids}), said["sources"], read], ignore_index=True)
    return table("Source", _latest(rows))

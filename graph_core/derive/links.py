"""Links between parties, dated lists of suppliers, and what buyers state of their coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graph_core.derive.edges import row_ids
from graph_core.derive.records import filled, key_of, latest_of
from graph_core.graph import table
from graph_core.intervals import merge_disclosures


def derive_lists(frame: pd.DataFrame, unread: set[str]) -> pd.DataFrame:
    """Lists with the interval in which they stand: until the first day of the buyer's next list of the series.

    ``ends`` is the day by which what a list names has ended where later ones lack it: that of the next list of which
    no row was rejected.
    """
    lists = latest_of(frame)
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


def with_suppliers(lists: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Lists with the number of suppliers that each names."""
    counts = links.dropna(subset=["list_id"]).groupby("list_id")["supplier_id"].nunique()
    return table("DisclosureList", lists.assign(suppliers=lists["id"].map(counts).fillna(0).astype("int64")))


def derive_links(links: pd.DataFrame, lists: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """One row a supplier, buyer, product and unbroken interval."""
    if links.empty:
        return table("SUPPLIES")
    links = _corrected(links)
    retrieved = sources.set_index("id")["retrieved_at"]
    listed = links["list_id"].notna()
    stated = links[~listed].assign(seen=links.loc[~listed, "source"].map(retrieved))
    rows = pd.concat([stated, _list_intervals(links[listed], lists)], ignore_index=True)
    rows["first_seen"] = rows["first_seen"].fillna(rows["seen"])
    rows["last_seen"] = rows["last_seen"].fillna(rows["seen"])
    merged = merge_disclosures(rows)
    merged["id"] = row_ids(*(merged[c].fillna("") for c in ("supplier_id", "buyer_id", "product", "hs", "valid_from")))
    basis = np.select(
        [merged["share"].notna(), merged["volume"].notna(), merged["value"].notna()],
        ["stated", "volume", "value"],
        default="none",
    )
    merged = merged.rename(columns={"supplier_id": "start", "buyer_id": "end"})
    return table("SUPPLIES", merged.assign(share_basis=basis))


def _corrected(links: pd.DataFrame) -> pd.DataFrame:
    """Within one load, rows that differ in figures alone add up; of several loads of one key the latest counts."""
    links = filled("links", links)
    key = key_of("links")
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


def derive_coverage(frame: pd.DataFrame) -> pd.DataFrame:
    """Statements with the interval in which they stand: until the buyer's next one."""
    if frame.empty:
        return table("CoverageStatement")
    rows = frame.sort_values(["buyer_id", "valid_from", "seq", "source"], na_position="first", kind="stable")
    rows = rows.drop_duplicates(["buyer_id", "valid_from"], keep="last")
    rows = rows.assign(
        valid_to=rows.groupby("buyer_id")["valid_from"].shift(-1),
        sources=rows["source"].map(lambda source: [source]),
        id=row_ids(rows["buyer_id"], rows["valid_from"].fillna("")),
    )
    return table("CoverageStatement", rows)

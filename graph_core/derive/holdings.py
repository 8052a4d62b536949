"""Who operates and who owns whom, and when."""

from __future__ import annotations

import pandas as pd

from graph_core.derive.edges import edges_of, row_ids
from graph_core.derive.records import key_of, latest_of, lists_of
from graph_core.graph import table


def derive_operators(facilities: pd.DataFrame) -> pd.DataFrame:
    """Who operates a site, as it was said last."""
    known = facilities.dropna(subset=["operator_id"])
    if known.empty:
        return table("OPERATES")
    latest = latest_of(known)
    sources = lists_of(known.rename(columns={"set": "from"}), "from")
    return edges_of("OPERATES", latest["operator_id"], latest["id"], sources=latest["id"].map(sources))


def derive_holdings(ownership: pd.DataFrame, deliveries: pd.DataFrame) -> pd.DataFrame:
    """Who owns or controls what, from when to when, one row a holding and interval."""
    if ownership.empty:
        return table("OWNS")
    # What a list says is not corrected by the next list, which says it for another day.
    delivered = ownership["set"].isin(deliveries["set"])
    ownership = ownership.assign(said_by=ownership["said_by"].where(~delivered, ownership["set"]))
    latest = _as_listed(ownership.drop_duplicates(key_of("ownership"), keep="last"), deliveries)
    key = [latest[c].fillna("") for c in ("owner_id", "owned_id", "kind", "valid_from", "valid_to")]
    rows = latest.assign(id=row_ids(*key), percent=latest["percent"].astype("float64"))
    rows["sources"] = rows["id"].map(lists_of(rows, "source"))
    # Two sources that state one holding: the larger percentage keeps a control that one of them documents.
    rows = rows.sort_values(["id", "percent"], na_position="first").drop_duplicates("id", keep="last")
    return table("OWNS", rows.rename(columns={"owner_id": "start", "owned_id": "end"}))


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

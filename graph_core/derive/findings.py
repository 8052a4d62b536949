"""Findings as their lists last told them, and what they say of goods and countries."""

from __future__ import annotations

import pandas as pd

from graph_core.commodities import commodity_id
from graph_core.derive.edges import edges_of
from graph_core.derive.order import Frames
from graph_core.derive.records import filled, latest_of, lists_of, split_values
from graph_core.graph import table
from graph_core.model import GOOD_COUNTRY, Status

#: What is added to the note of a finding that the next delivery of its list lacks, before the day of that.
_NOT_LISTED = "not on the list of "


def derive_findings(frame: pd.DataFrame, deliveries: pd.DataFrame) -> pd.DataFrame:
    """One row a finding: what is known of it last, who said it, when it was seen and whether its list dropped it."""
    findings = filled("findings", latest_of(_last_told(frame, deliveries)))
    aliases = split_values(frame, "subject_aliases")
    findings["subject_aliases"] = findings["id"].map(lists_of(aliases, "subject_aliases")) if len(findings) else None
    findings["sources"] = findings["id"].map(lists_of(frame.rename(columns={"set": "from"}), "from"))
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


def derive_indicators(findings: pd.DataFrame) -> Frames:
    """Which good and country the findings about goods of a country name."""
    rows = findings[findings["kind"] == GOOD_COUNTRY]
    goods = rows["scope_commodity"].dropna().map(commodity_id)
    return {
        "ABOUT_COMMODITY": edges_of("ABOUT_COMMODITY", rows["id"], goods),
        "ABOUT_COUNTRY": edges_of("ABOUT_COUNTRY", rows["id"], rows["scope_country"]),
    }

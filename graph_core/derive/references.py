"""What parties and findings refer to: goods, countries and sources."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from graph_core.commodities import commodity_id, commodity_ids
from graph_core.countries import country_names
from graph_core.derive.edges import edges_of
from graph_core.derive.order import Frames, Said
from graph_core.derive.records import latest_of, lists_of
from graph_core.graph import table


def _goods(frame: pd.DataFrame) -> pd.DataFrame:
    part = frame[["id", "product"]].dropna()
    part = part.assign(commodity=part["product"].map(commodity_ids)).explode("commodity")
    return part.dropna(subset=["commodity"])


def derive_products(facilities: pd.DataFrame) -> pd.DataFrame:
    """Which goods each site makes."""
    goods = _goods(facilities)
    return edges_of("PRODUCES", goods["id"], goods["commodity"])


def derive_commodities(facilities: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """Goods that sites make or findings are about, with the words that findings use for them."""
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
    return table("Commodity", {"id": ids, "name": ids, "aliases": ids.map(lists_of(others, "alias"))})


def derive_countries(
    organizations: pd.DataFrame, facilities: pd.DataFrame, findings: pd.DataFrame, described: pd.DataFrame
) -> pd.DataFrame:
    """Countries that something is in or about, as a table of countries describes them, where one is loaded."""
    codes = pd.concat([organizations["country"], facilities["country"], findings["scope_country"]]).dropna()
    ids = pd.Series(sorted(set(codes)), dtype="str")
    named = pd.DataFrame({"id": ids, "name": ids.map(country_names()).fillna(ids)})
    facts = latest_of(described)[["id", "alpha3", "region", "lat", "lon"]]
    return table("Country", named.merge(facts, on="id", how="left"))


def derive_sources(record_sets: Sequence[Said], said: Frames) -> pd.DataFrame:
    """Files and datasets that were read, and the documents that their rows name."""
    read = pd.DataFrame([record_set.source for record_set in record_sets])
    named = [said[name]["source"] for name in ("ownership", "links", "coverage", "lists")]
    ids = pd.Series(sorted(set(pd.concat(named, ignore_index=True).dropna())), dtype="str")
    rows = pd.concat([pd.DataFrame({"id": ids, "title": ids}), said["sources"], read], ignore_index=True)
    return table("Source", latest_of(rows))

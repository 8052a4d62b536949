"""Organizations and facilities: names, keys, sources, contradictions, placeholders, and where they are."""

from __future__ import annotations

import pandas as pd

from graph_core.derive.edges import edges_of
from graph_core.derive.order import Frames
from graph_core.derive.records import latest_of, lists_of, split_values
from graph_core.graph import among, table
from graph_core.model import TABLES, Kind
from graph_core.resolve.names import normalise_all
from graph_core.resolve.places import contradictions


def derive_parties(said: Frames, others: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Organizations and facilities that sources define, and placeholders for ids that they only name."""
    organizations, facilities = (_defined(name, said[name]) for name in ("organizations", "facilities"))
    # One id is one party. An id defined as both is a company: a site claim alone must not attract site rules.
    facilities = facilities[~among(facilities["id"], organizations["id"])]
    roles = split_values(said["organizations"], "roles")
    brands = pd.concat([roles.loc[roles["roles"].str.casefold() == "brand", "id"], said["lists"]["buyer_id"]])
    organizations["brand"] = among(organizations["id"], brands)

    known = pd.concat([organizations["id"], facilities["id"]])
    companies = _undefined(
        known,
        (said["ownership"], "owner_id"),
        (said["facilities"], "operator_id"),
        (said["lists"], "buyer_id"),
        (said["coverage"], "buyer_id"),
    )
    sites = _undefined(
        pd.concat([known, companies["id"]]),
        (said["links"], "supplier_id"),
        (said["links"], "buyer_id"),
        (said["ownership"], "owned_id"),
    )
    organizations = pd.concat([organizations, companies.assign(brand=among(companies["id"], brands))])
    facilities = pd.concat([facilities, sites])
    organizations, facilities = (t.assign(merged_ids=t["id"].map(others)) for t in (organizations, facilities))
    return _keyed("Organization", organizations), _keyed("Facility", facilities)


def _defined(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Organizations or facilities that a source defines, with aliases, keys and sources."""
    shown = latest_of(frame)
    shown["aliases"] = shown["id"].map(_aliases(frame, shown)) if len(shown) else None
    shown["sources"] = shown["id"].map(lists_of(frame.rename(columns={"set": "from"}), "from"))
    shown["placeholder"] = False
    for column in TABLES[name].columns:
        if column.kind is Kind.TEXTS and column.name != "aliases":
            shown[column.name] = shown["id"].map(lists_of(split_values(frame, column.name), column.name))
    return shown


def _aliases(frame: pd.DataFrame, shown: pd.DataFrame) -> pd.Series:
    """All names of a party but the one that is shown: stated aliases, and names that a later load replaced."""
    names = pd.concat(
        [split_values(frame, "aliases").rename(columns={"aliases": "name"}), frame[["id", "name"]]], ignore_index=True
    )
    names = names.merge(shown[["id", "name"]].rename(columns={"name": "shown"}), on="id")
    return lists_of(names[names["name"] != names["shown"]], "name")


def with_contradictions(facilities: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    """Sites with what the countries, addresses and points that sources state of them say against each other."""
    told = said[["id", "country", "address", "lat", "lon", "precision"]].drop_duplicates()
    found = contradictions(told.astype({"lat": "float64", "lon": "float64"}))
    reasons = facilities["id"].map(lists_of(found, "reason"))
    return facilities.assign(contradictions=reasons.map(_listed))


def _listed(value: object) -> list[str]:
    return value if isinstance(value, list) else []


def _undefined(known: pd.Series, *mentions: tuple[pd.DataFrame, str]) -> pd.DataFrame:
    """Placeholders for ids that a record mentions and none defines."""
    rows = pd.concat(
        [frame[[column, "set"]].rename(columns={column: "id"}) for frame, column in mentions], ignore_index=True
    ).dropna()
    rows = rows[~among(rows["id"], known)].drop_duplicates()
    ids = rows["id"].drop_duplicates().sort_values()
    return pd.DataFrame(
        {"id": ids, "name": ids, "placeholder": True, "sources": ids.map(lists_of(rows, "set"))}
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


def derive_locations(organizations: pd.DataFrame, facilities: pd.DataFrame) -> pd.DataFrame:
    """In which country each party is."""
    parties = pd.concat([organizations[["id", "country"]], facilities[["id", "country"]]], ignore_index=True)
    return edges_of("LOCATED_IN", parties["id"], parties["country"])

"""What every site, link, country, good or first supplier contributes to a brand's score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from graph_core.countries import country_names
from graph_core.errors import InputError
from graph_core.exposure.table import ExposureTable
from graph_core.routes import carried

Rows = list[dict[str, Any]]


def attribution(table: ExposureTable, brand: str, by: str = "site") -> Rows:
    """Attribute a brand's score to what it comes from or passes through.

    Parameters
    ----------
    table : ExposureTable
        Figures of the day.
    brand : str
        Id of the brand.
    by : str
        One of `KINDS`.

        ``site``, ``country``, ``good``: where the traced share ends: at which flagged site, in which country that is,
        and which good it delivers to the next buyer (where the link states none, the one that it is said to make).
        Shares sum to the score.

        ``supplier``: by which direct supplier it reaches the brand; a row of the brand's own id is its own flag.
        Shares sum to the score.

        ``link``: the flow over every link on the way. The same share passes over several links, so flows do not sum to
        the score; what flows into a party and its own flag's part is what flows out of it, and at the brand, off
        cycles, the score.

    Returns
    -------
    list of dict
        Largest ``share`` (of the brand's inputs, 0..1) first, zeros left out. ``id`` and ``name``, both None where the
        country or good is not stated; for links ``supplier`` and ``buyer``, each with id and name, and ``evidence``.

    Raises
    ------
    InputError
        ``by`` is not a kind.
    """
    if by not in KINDS:
        raise InputError(f"attribution by {by!r} is not known; there is: {', '.join(KINDS)}")
    if brand not in table.number:
        return []
    return KINDS[by](table, brand)


def _by_country(table: ExposureTable, brand: str) -> Rows:
    sites, names = table.attribution(brand), country_names()
    countries = [table.countries.get(site["id"]) for site in sites]
    return _summed(countries, [site["share"] for site in sites], lambda code: names.get(code, code))


def _by_good(table: ExposureTable, brand: str) -> Rows:
    day, network = table.day, table.day.network
    share = carried(table, brand) * network.strength[network.supplier]
    used = np.flatnonzero(share > 0)
    links = day.links.iloc[day.row[np.flatnonzero(day.kept)[used]]]
    makes = day.graph["Facility"].set_index("id")["product"]
    goods = links["product"].fillna(links["start"].map(makes))
    # The brand's own flag ends its inputs before any good is delivered.
    own = float(network.strength[table.number[brand]])
    return _summed([*goods, None], [*share[used], own], str)


def _by_supplier(table: ExposureTable, brand: str) -> Rows:
    network, b = table.day.network, table.number[brand]
    links = np.flatnonzero(network.buyer == b)
    suppliers = network.supplier[links]
    share = table.traced.scale[b] * network.share[links] * table.traced.scores[suppliers]
    own = float(network.strength[b])
    parties = [*table.day.owner[suppliers], brand]
    return _summed(parties, [*share, own], lambda party: table.names.get(party, party))


def _by_link(table: ExposureTable, brand: str) -> Rows:
    day, network = table.day, table.day.network
    share = carried(table, brand) * table.traced.scores[network.supplier]
    used = np.flatnonzero(share > 0)
    links = day.links.iloc[day.row[np.flatnonzero(day.kept)[used]]]
    ends = {"supplier": day.owner[network.supplier[used]], "buyer": day.owner[network.buyer[used]]}
    flows = pd.DataFrame({**ends, "share": share[used], "evidence": links["evidence"].to_numpy()})
    flows = flows.groupby(["supplier", "buyer"], as_index=False).agg({"share": "sum", "evidence": "max"})
    flows = flows.sort_values(["share", "supplier", "buyer"], ascending=[False, True, True])

    def party(identity: str) -> dict[str, str]:
        return {"id": identity, "name": table.names.get(identity, identity)}

    rows = zip(flows["supplier"], flows["buyer"], flows["share"], flows["evidence"], strict=True)
    return [{"supplier": party(a), "buyer": party(b), "share": value, "evidence": how} for a, b, value, how in rows]


def _summed(keys: Sequence[str | None], shares: Sequence[float], name: Callable[[str], str]) -> Rows:
    """Sum of the shares by key, largest first; what has no key is last among equals."""
    total = pd.Series(shares, dtype=float).groupby(pd.Series(pd.array(list(keys), dtype="str")).fillna("")).sum()
    rows: Rows = [
        {"id": key or None, "name": name(key) if key else None, "share": share}
        for key, share in zip(total.index.tolist(), total.tolist(), strict=True)
        if share > 0
    ]
    return sorted(rows, key=lambda row: (-row["share"], row["id"] is None, row["id"] or ""))


#: What a score can be attributed to.
KINDS: dict[str, Callable[[ExposureTable, str], Rows]] = {
    "site": ExposureTable.attribution,
    "link": _by_link,
    "country": _by_country,
    "good": _by_good,
    "supplier": _by_supplier,
}

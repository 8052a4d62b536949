"""A brand's inputs by good and country: what its suppliers deliver from where, and where what is traced ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from graph_core.countries import country_names
from graph_core.errors import InputError
from graph_core.exposure.table import ExposureTable
from graph_core.graph import among
from graph_core.routes import carried

#: Whose country and whose good is looked at.
OF = ("supplier", "site")


def heat(table: ExposureTable, brand: str, of: str = "supplier") -> list[dict[str, Any]]:
    """Split a brand's inputs by good and country.

    Parameters
    ----------
    table : ExposureTable
        Figures of the day.
    brand : str
        Id of the brand.
    of : str
        One of `OF`.

        ``supplier``: every link that names a supplier of the brand, by the country of that supplier and the good of the
        link (where it states none, the one that the supplier is said to make). ``share`` sums to the mapped inputs,
        ``traced`` to the score less the brand's own flag.

        ``site``: where the traced share ends: by the country of the flagged site and the good that it delivers to its
        next buyer, as `graph_core.attribution` has it. ``share`` and ``traced`` are the same and sum to the score less
        the brand's own flag.

    Returns
    -------
    list of dict
        ``good``, ``country`` (ISO alpha-2) and ``country_name``, each ``None`` where it is not known, and never left
        out; ``share`` and ``traced`` of the brand's inputs, 0..1; ``parties``, how many suppliers or sites. Largest
        share first.

    Raises
    ------
    InputError
        ``of`` is neither.
    """
    if of not in OF:
        raise InputError(f"heat of {of!r} is not known; there is: {', '.join(OF)}")
    if brand not in table.number:
        return []
    network = table.day.network
    if of == "site":
        share = carried(table, brand) * network.strength[network.supplier]
        traced = share
    else:
        own = network.buyer == table.number[brand]
        share = np.where(own, network.share, 0.0)
        traced = share * table.traced.scale[table.number[brand]] * table.traced.scores[network.supplier]
    used = np.flatnonzero(share > 0)
    return _cells(table, used, share[used], traced[used])


def _cells(table: ExposureTable, used: np.ndarray, share: np.ndarray, traced: np.ndarray) -> list[dict[str, Any]]:
    """Sums over some links of the network by the good of the link and the country of its supplier."""
    day, names = table.day, country_names()
    links = day.links.iloc[day.row[np.flatnonzero(day.kept)[used]]]
    sites = day.graph["Facility"]
    makes = sites[among(sites["id"], links["start"])].set_index("id")["product"]
    party = pd.Series(day.owner[day.network.supplier[used]], index=links.index, dtype="str")
    rows = pd.DataFrame(
        {
            "good": links["product"].fillna(links["start"].map(makes)).fillna("").astype("str"),
            "country": party.map(table.countries).fillna("").astype("str"),
            "party": party,
            "share": share,
            "traced": traced,
        }
    )
    sums = rows.groupby(["good", "country"], as_index=False).agg(
        share=("share", "sum"), traced=("traced", "sum"), parties=("party", "nunique")
    )
    sums = sums.sort_values(["share", "good", "country"], ascending=[False, True, True])
    return [
        {
            "good": good or None,
            "country": country or None,
            "country_name": names.get(country, country) or None,
            "share": part,
            "traced": to_flags,
            "parties": parties,
        }
        for good, country, part, to_flags, parties in sums.itertuples(index=False, name=None)
    ]

"""A fictional network small enough to work out every answer of the catalogue by hand.

On 2024-06-30 (all links deliver to the right)::

    F4 --> T1 ----.3----> BR2        F1 ==indirect==> BR2   (lists of 2022 and 2024)
    F1 --.5--> F2 --10 t--> F3 --.6--> BR1                   P9 --> BR2 (nothing defines P9)
               F2 <--> F6 (cycle)    F5 --> BR1 until 2023-01-01;  F5 --> BR2 only on the list of 2022

    G1 owns 60 % of G2 and 30 % of G3; G2 operates F1 and F6; G3 operates F4
    N1: order on F1 since 2021; N2: order on G1 and its subsidiaries in MY, 2022-01-01 to 2024-01-01
    N5: finding on G2 since 2023-05-01 (not its subsidiaries); N3: export control on T1
    N4: names "Heron Sewing" without a country: waits for review; N6: retracted, on F3
    GC: cotton from MY, an indicator about a good in a country
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from graph_core.derive import derive
from graph_core.graph import Graph
from graph_core.model import TABLES, Kind

AS_OF = "2024-06-30"

_ROWS: dict[str, list[dict[str, Any]]] = {
    "organizations": [
        {"id": "BR1", "name": "Alder Wear", "country": "US", "roles": "brand"},
        {"id": "BR2", "name": "Birch Home", "country": "DE", "roles": "brand"},
        {"id": "T1", "name": "Cedar Trading", "country": "SG", "roles": "trader"},
        {"id": "G1", "name": "Dunlin Group", "country": "MY"},
        {"id": "G2", "name": "Egret Mills", "country": "MY"},
        {"id": "G3", "name": "Fulmar Fibres"},
    ],
    "facilities": [
        {"id": "F1", "name": "Finch Spinning", "country": "MY", "operator_id": "G2", "product": "Cotton"},
        {"id": "F2", "name": "Gull Weaving", "country": "VN", "product": "Fabric", "aliases": "Dệt Hải Âu"},
        {"id": "F3", "name": "Heron Sewing", "country": "BD", "product": "Shirts"},
        {"id": "F4", "name": "Ibis Ginning", "operator_id": "G3", "product": "Cotton"},
        {"id": "F5", "name": "Heron Sewing", "country": "IN", "product": "Shirts"},
        {"id": "F6", "name": "Jay Dyeing", "country": "MY", "operator_id": "G2"},
    ],
    "ownership": [
        {"owner_id": "G1", "owned_id": "G2", "percent": 60.0, "valid_from": "2019-01-01"},
        {"owner_id": "G1", "owned_id": "G3", "percent": 30.0},
    ],
    "lists": [
        {"id": "L22", "buyer_id": "BR2", "series": "sites", "date": "2022-01-01", "title": "list of 2022"},
        {"id": "L24", "buyer_id": "BR2", "series": "sites", "date": "2024-02-01", "title": "list of 2024"},
    ],
    "links": [
        {"supplier_id": "F1", "buyer_id": "F2", "product": "yarn", "share": 0.5, "valid_from": "2020-01-01"},
        {"supplier_id": "F2", "buyer_id": "F3", "product": "fabric", "volume": 10.0, "unit": "t"},
        {"supplier_id": "F3", "buyer_id": "BR1", "product": "shirts", "share": 0.6},
        {"supplier_id": "F5", "buyer_id": "BR1", "valid_from": "2020-01-01", "valid_to": "2023-01-01"},
        {"supplier_id": "F4", "buyer_id": "T1", "product": "cotton", "evidence": "inferred"},
        {"supplier_id": "T1", "buyer_id": "BR2", "product": "yarn", "share": 0.3},
        {"supplier_id": "F2", "buyer_id": "F6"},
        {"supplier_id": "F6", "buyer_id": "F2"},
        {"supplier_id": "F1", "buyer_id": "BR2", "list_id": "L22", "disclosure": "indirect"},
        {"supplier_id": "P9", "buyer_id": "BR2", "list_id": "L22"},
        {"supplier_id": "F5", "buyer_id": "BR2", "list_id": "L22"},
        {"supplier_id": "F1", "buyer_id": "BR2", "list_id": "L24", "disclosure": "indirect"},
        {"supplier_id": "P9", "buyer_id": "BR2", "list_id": "L24"},
    ],
    "findings": [
        {"id": "N1", "subject_id": "F1", "kind": "order", "valid_from": "2021-01-01", "confidence": 0.9},
        {
            "id": "N2",
            "subject_id": "G1",
            "kind": "order",
            "valid_from": "2022-01-01",
            "valid_to": "2024-01-01",
            "scope_country": "MY",
            "includes_subsidiaries": True,
            "status": "lifted",
        },
        {"id": "N3", "subject_id": "T1", "kind": "listing", "category": "export_control"},
        {"id": "N4", "subject_name": "Heron Sewing", "kind": "listing", "valid_from": "2024-03-01"},
        {"id": "N5", "subject_id": "G2", "kind": "finding", "valid_from": "2023-05-01", "severity": 0.5},
        {"id": "N6", "subject_id": "F3", "kind": "report", "valid_from": "2020-01-01", "status": "retracted"},
        {
            "id": "GC",
            "kind": "good_country",
            "scope_commodity": "Cotton",
            "scope_country": "MY",
            "valid_from": "2022-09-28",
        },
    ],
    "coverage": [{"buyer_id": "BR1", "coverage": 0.9, "valid_from": "2021-01-01"}],
}

_RUN = {"parameters": "{}", "input_hash": "0", "code_version": "0"}
#: An exposure run as the program writes it back: the run, and one row a brand.
RUNS: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
    (
        {"id": "run-1", "as_of": "2023-06-30", "score_name": "traced_share", **_RUN},
        [
            {
                "brand": "BR1",
                "score": 0.5,
                "lower": 0.5,
                "upper": 0.6,
                "unmapped": 0.1,
                "coverage": 0.9,
                "documented_only": 0.5,
                "attribution_ids": ["F1"],
                "attribution_shares": [0.5],
            }
        ],
    ),
    (
        {"id": "run-2", "as_of": "2024-06-30", "score_name": "traced_share", **_RUN},
        [
            {
                "brand": "BR1",
                "score": 0.45,
                "lower": 0.45,
                "upper": 0.55,
                "unmapped": 0.1,
                "coverage": 0.9,
                "attribution_ids": ["F1", "F6"],
                "attribution_shares": [0.25, 0.2],
            },
            {
                "brand": "BR2",
                "score": 0.35,
                "attribution_ids": ["F1"],
                "attribution_shares": [0.35],
            },
        ],
    ),
]

_DEFAULTS: dict[str, dict[str, Any]] = {
    "links": {"disclosure": "direct", "evidence": "documented", "confidence": 1.0},
    "findings": {
        "category": "forced_labour",
        "severity": 1.0,
        "confidence": 1.0,
        "status": "standing",
        "includes_subsidiaries": False,
        "authority": "A public body",
        "source_title": "A notice",
        "source_url": "https://example.org/notice",
    },
}


_DTYPES = {Kind.NUMBER: "float64", Kind.FLAG: "boolean"}


@dataclass(frozen=True)
class Said:
    """A record set, as a store gives it back."""

    source: dict[str, str | None]
    seq: int
    frames: dict[str, pd.DataFrame]


def frames() -> dict[str, pd.DataFrame]:
    """Record tables, columns as in `graph_core.model`."""
    tables = {}
    for name, rows in _ROWS.items():
        filled = [_DEFAULTS.get(name, {}) | row for row in rows]
        frame = pd.DataFrame(filled).reindex(columns=TABLES[name].names)
        frame = frame.astype({column.name: _DTYPES.get(column.kind, "str") for column in TABLES[name].columns})
        tables[name] = frame.assign(line=range(2, len(frame) + 2))
    return tables


SOURCE: dict[str, str | None] = {
    "id": "tables:small",
    "title": "Small fictional network",
    "publisher": None,
    "url": None,
    "retrieved_at": "2024-05-01",
    "licence": None,
    "sha256": None,
    "format": "tables",
}


def graph() -> Graph:
    """The believed graph of the small network."""
    return derive([Said(SOURCE, 1, frames())])

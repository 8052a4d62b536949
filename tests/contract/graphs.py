"""Small graphs and records for the tests of the stores."""

from __future__ import annotations

import random

import pandas as pd

from graph_core.graph import Graph, table

PALM = {"id": "palm-oil:mills", "title": "Mills", "format": "palm-oil", "sha256": "ab12"}


def graph(*, facilities: int = 60, organizations: int = 12, links: int = 200, seed: int = 1) -> Graph:
    """A graph with absent values, lists, other scripts, findings and every kind of property type."""
    draw = random.Random(seed)
    sites = [f"F{i:05d}" for i in range(facilities)]
    firms = [f"O{i:05d}" for i in range(organizations)]
    parties = sites + firms
    tables = {
        "Facility": pd.DataFrame(
            {
                "id": sites,
                "name": [f"Mühle 纺织厂 {i}" for i in range(facilities)],
                "aliases": [["Mill", "工厂"][: i % 3] for i in range(facilities)],
                "country": [draw.choice(["ID", "MY", None]) for _ in sites],
                "lat": [None if i % 3 else float(i % 90) for i in range(facilities)],
                "placeholder": [i % 5 == 0 for i in range(facilities)],
                "sources": [["s1", "s2"]] * facilities,
            }
        ),
        "Organization": pd.DataFrame(
            {
                "id": firms,
                "name": [f"Firm {i}" for i in range(organizations)],
                "brand": [i < 3 for i in range(organizations)],
                "roles": [["brand"] if i < 3 else [] for i in range(organizations)],
            }
        ),
        "Finding": pd.DataFrame(
            {
                "id": ["X1", "X2"],
                "subject_id": [sites[0], None],
                "category": "forced_labour",
                "severity": [1.0, 0.5],
                "includes_subsidiaries": [True, None],
            }
        ),
        "DisclosureList": pd.DataFrame({"id": ["D1"], "buyer_id": [firms[0]], "suppliers": [7]}),
        "SUPPLIES": pd.DataFrame(
            {
                "id": [f"L{i:05d}" for i in range(links)],
                "start": [draw.choice(parties) for _ in range(links)],
                "end": [draw.choice(parties) for _ in range(links)],
                "product": [draw.choice(["palm oil", None]) for _ in range(links)],
                "volume": [draw.choice([None, 1.0, 0.1, -0.0]) for _ in range(links)],
                "records": [draw.choice([None, 1, 2]) for _ in range(links)],
                "sources": [["s1"] if i % 2 else [] for i in range(links)],
            }
        ),
        "ABOUT": pd.DataFrame({"id": ["A1"], "start": ["X1"], "end": [sites[0]], "rule": ["id"]}),
        "DISCLOSED": pd.DataFrame({"id": ["C1"], "start": [firms[0]], "end": ["D1"]}),
    }
    return Graph({name: table(name, data) for name, data in tables.items()})


def changed(before: Graph, **tables: pd.DataFrame) -> Graph:
    """The same graph with other tables."""
    return Graph({**before.tables, **{name: table(name, data) for name, data in tables.items()}})


def records(rows: int = 3) -> dict[str, pd.DataFrame]:
    """Record tables with absent values and lists."""
    return {
        "facilities": pd.DataFrame(
            {
                "id": [f"F{i}" for i in range(rows)],
                "name": [f"纺织厂 {i}" for i in range(rows)],
                "aliases": [["a", "b"][: i % 3] for i in range(rows)],
                "lat": [None if i % 2 else 1.5 for i in range(rows)],
                "country": ["ID" if i % 2 else None for i in range(rows)],
                "line": range(2, rows + 2),
            }
        ),
        "links": pd.DataFrame({"supplier_id": ["F0"], "buyer_id": ["F1"], "flag": [None], "line": [2]}),
    }

"""Results of computations, written back for Cypher."""

from __future__ import annotations

import json
import math
from typing import Any

from neo4j import ManagedTransaction

from graph_core.queries import statement
from graph_core.schema import RESULT_NODES, RESULT_RELATIONSHIPS, Type
from graph_core.store import columns
from graph_core.store.lease import Lease

_FOUND = RESULT_RELATIONSHIPS[0]


def _value(row: dict[str, Any], name: str, kind: Type) -> Any:
    """A value as the store types it: whole figures as floats, no nulls in lists."""
    value = row.get(name)
    if kind is Type.FLOAT:
        return None if value is None or math.isnan(value) else float(value)
    if kind is Type.FLOATS:
        return [float(v) for v in value or []]
    return [str(v) for v in value or []]


def write_run(lease: Lease, run: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """Keep the result of an exposure run.

    Parameters
    ----------
    lease : Lease
        Right to write.
    run : dict
        ``id`` and the properties of `ExposureRun`; ``parameters`` may be a dict.
    rows : list of dict
        ``brand`` (id of an organization) and the properties of ``FOUND``; absent ones stay absent.
    """
    properties = {p.name: run[p.name] for p in RESULT_NODES[0].properties}
    if not isinstance(properties["parameters"], str):
        properties["parameters"] = json.dumps(properties["parameters"], sort_keys=True, ensure_ascii=False)
    found = [
        [row["brand"], f"{run['id']}|{row['brand']}", *(_value(row, p.name, p.type) for p in _FOUND.properties)]
        for row in rows
    ]

    def work(tx: ManagedTransaction) -> None:
        tx.run(statement("store/put_run"), {"id": run["id"], **properties}).consume()
        for batch in columns.batches(found):
            tx.run(statement("store/put_found"), run=run["id"], rows=batch).consume()

    with lease.held():
        lease.transaction(work)

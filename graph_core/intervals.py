"""Links that several sources state, merged: one row a supplier, buyer, product and unbroken interval.

Within one source figures of the same link and time add up. Between sources the latest statement that has figures
counts, and the sources of all of them are kept. A changed figure starts a new interval.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pandas as pd

from graph_core.graph import rows as rows_of

LINK = ["supplier_id", "buyer_id", "product", "hs"]
FIGURES = ["volume", "unit", "value", "currency", "share"]
_OPEN = "9999-12-31"


def merge_disclosures(rows: pd.DataFrame) -> pd.DataFrame:
    """Merge statements of the same link.

    Parameters
    ----------
    rows : DataFrame
        Statements with ``LINK``, ``FIGURES``, disclosure, evidence, confidence, valid_from, valid_to, first_seen,
        last_seen, records and source.

    Returns
    -------
    DataFrame
        The same columns with ``sources`` (sorted lists); the intervals of one link do not overlap.
    """
    rows = rows.assign(**{column: rows[column].fillna("") for column in LINK})
    rows = rows.assign(_from=rows["valid_from"].fillna(""), _to=rows["valid_to"].fillna(_OPEN))
    rows = rows.sort_values([*LINK, "_from", "_to", "source"], kind="stable", ignore_index=True)
    # Most links are stated once at a time: only those whose statements touch in time need the careful merge.
    same = (rows[LINK] == rows[LINK].shift(1)).all(axis=1)
    touching = same & (rows["_from"] <= rows["_to"].shift(1))
    group = (~same).cumsum()
    careful = group.isin(group[touching])
    alone = rows[~careful].assign(sources=rows.loc[~careful, "source"].map(lambda source: [source]))
    merged = [
        piece for _, statements in rows[careful].groupby(group[careful], sort=False) for piece in _sweep(statements)
    ]
    out = pd.concat([alone, pd.DataFrame(merged)], ignore_index=True) if merged else alone
    for column in LINK[2:]:
        out[column] = out[column].where(out[column] != "", None)
    return out.drop(columns=["_from", "_to"], errors="ignore")


def _sweep(statements: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The timeline of one link, cut where a statement begins or ends, equal neighbours joined again."""
    records = rows_of(statements)
    cuts = sorted({r["_from"] for r in records} | {r["_to"] for r in records})
    current: dict[str, Any] | None = None
    for begin, end in pairwise(cuts):
        holding = [r for r in records if r["_from"] <= begin and end <= r["_to"]]
        if not holding:
            if current:
                yield current
            current = None
            continue
        piece = _believe(holding) | {"valid_from": begin or None, "valid_to": None if end == _OPEN else end}
        if current and _state(current) == _state(piece):
            current = _joined(current, piece)
        else:
            if current:
                yield current
            current = piece
    if current:
        yield current


def _believe(holding: list[dict[str, Any]]) -> dict[str, Any]:
    """What several statements about the same time come to."""
    by_source: dict[str, list[dict[str, Any]]] = {}
    for record in holding:
        by_source.setdefault(record["source"], []).append(record)
    stated = [records for records in by_source.values() if any(_known(r[f]) for r in records for f in FIGURES)]
    latest = max(stated, key=lambda records: max(_age(r) for r in records), default=[])
    figures = {f: _total([r[f] for r in latest]) for f in FIGURES}
    return {
        **{column: holding[0][column] for column in LINK},
        **figures,
        # One source that saw no trader in between, or a document, is enough; the others are kept as sources.
        "disclosure": min(r["disclosure"] for r in holding),
        "evidence": min(r["evidence"] for r in holding),
        "confidence": max(r["confidence"] for r in holding),
        "first_seen": min((r["first_seen"] for r in holding if _known(r["first_seen"])), default=None),
        "last_seen": max((r["last_seen"] for r in holding if _known(r["last_seen"])), default=None),
        "records": sum(r["records"] for r in holding),
        "sources": sorted(by_source),
    }


def _age(record: dict[str, Any]) -> tuple[str, str, str]:
    return (
        record["_from"],
        record["last_seen"] if _known(record["last_seen"]) else "",
        record["source"],
    )


def _known(value: object) -> bool:
    return value is not None


def _total(values: list[Any]) -> Any:
    known = [value for value in values if _known(value)]
    if not known:
        return None
    return known[0] if isinstance(known[0], str) else float(sum(known))


def _state(piece: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(piece[f] for f in (*FIGURES, "disclosure", "evidence", "confidence"))


def _joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    seen = [v for v in (first["first_seen"], second["first_seen"]) if v]
    last = [v for v in (first["last_seen"], second["last_seen"]) if v]
    return first | {
        "valid_to": second["valid_to"],
        "first_seen": min(seen, default=None),
        "last_seen": max(last, default=None),
        "records": max(first["records"], second["records"]),
        "sources": sorted({*first["sources"], *second["sources"]}),
    }

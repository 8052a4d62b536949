"""Links that several sources state, merged: one row a supplier, buyer, product and unbroken interval.

Within one source figures of the same link and time add up. Between sources the latest statement that has figures
counts, and the sources of all of them are kept. A changed figure starts a new interval.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

import pandas as pd

from graph_core.graph import rows as rows_of

LINK = ["supplier_id", "buyer_id", "product", "hs"]
FIGURES = ["volume", "unit", "value", "currency", "share"]
#: Figures and the columns that say their units.
_MEASURES = {"volume": "unit", "value": "currency", "share": None}
_OPEN = "9999-12-31"


def merge_disclosures(rows: pd.DataFrame) -> pd.DataFrame:
    """Merge statements of the same link.

    Parameters
    ----------
    rows : DataFrame
        Statements with ``LINK``, ``FIGURES``, disclosure, evidence, confidence, valid_from, valid_to, first_seen,
        last_seen, records, source, and ``told_by``: the file, where several files tell one source part by part.

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
    alone = rows[~careful].assign(sources=rows.loc[~careful, "told_by"].map(lambda source: [source]))
    together = groupby(rows_of(rows[careful].assign(_group=group[careful])), key=itemgetter("_group"))
    merged = [piece for _, statements in together for piece in _sweep(list(statements))]
    out = pd.concat([alone, pd.DataFrame(merged)], ignore_index=True) if merged else alone
    for column in LINK[2:]:
        out[column] = out[column].where(out[column] != "", None)
    return out.drop(columns=["_from", "_to"], errors="ignore")


def _sweep(records: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The timeline of one link, cut where a statement begins or ends, equal neighbours joined again."""
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
    stated = [records for records in by_source.values() if any(_known(r[f]) for r in records for f in _MEASURES)]
    latest = max(stated, key=lambda records: max(_age(r) for r in records), default=[])
    return {
        **{column: holding[0][column] for column in LINK},
        **_figures(latest),
        # Of the statements whose figures count, one that saw no trader in between, or a document, is enough.
        "disclosure": min(r["disclosure"] for r in latest or holding),
        "evidence": min(r["evidence"] for r in latest or holding),
        "confidence": max(r["confidence"] for r in latest or holding),
        "first_seen": min((r["first_seen"] for r in holding if _known(r["first_seen"])), default=None),
        "last_seen": max((r["last_seen"] for r in holding if _known(r["last_seen"])), default=None),
        "records": sum(r["records"] for r in holding),
        "sources": sorted({r["told_by"] for r in holding}),
    }


def _figures(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Sums of the figures of one source; what is stated in several units has no sum and counts as not stated."""
    out: dict[str, Any] = {}
    for figure, unit in _MEASURES.items():
        stated = [r for r in records if _known(r[figure])]
        one = len({r[unit] for r in stated}) == 1 if unit else bool(stated)
        out[figure] = float(sum(r[figure] for r in stated)) if one else None
        if unit:
            out[unit] = stated[0][unit] if one else None
    return out


def _age(record: dict[str, Any]) -> tuple[str, str, int, str]:
    # A file without a source of its own is corrected by loading its next version; its name is a mere checksum.
    load = int(record["seq"]) if record["source"] == record["set"] else 0
    return record["_from"], record["last_seen"] if _known(record["last_seen"]) else "", load, record["source"]


def _known(value: object) -> bool:
    return value is not None


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

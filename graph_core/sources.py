"""What was loaded: each source with its age, its records, and what became of the rows of its last load."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from graph_core.store.base import Held, Load, Store

_KNOWN = ("id", "title", "publisher", "url", "licence", "retrieved_at", "sha256", "format", "series", "amends")


def listed(store: Store, today: str) -> list[dict[str, Any]]:
    """Tell what is held of each source, in the order of loading.

    Parameters
    ----------
    store : Store
        Open for reading.
    today : str
        Day from which ages are counted, ISO.

    Returns
    -------
    list of dict
        What the source says of itself (id, title, publisher, url, licence, retrieved_at, sha256, format, series,
        amends), ``age_days`` since it was retrieved (``None``: not known), ``records`` (record table -> number), and
        ``load``: ``loaded_at``, ``paths``, ``tables`` (read, loaded, merged, rejected of the whole load, which may hold
        several sources) and ``rejects`` (path or ``None``); ``None`` where the log does not know it.
    """
    last = {source: entry for entry in store.loads() for source in entry.sources}
    return [_row(held, last.get(str(held.source["id"])), date.fromisoformat(today)) for held in store.held()]


def _row(held: Held, load: Load | None, today: date) -> dict[str, Any]:
    retrieved = held.source.get("retrieved_at")
    return {
        **{key: held.source.get(key) for key in _KNOWN},
        "age_days": None if not retrieved else (today - date.fromisoformat(retrieved)).days,
        "records": held.rows,
        "load": load and {"loaded_at": load.loaded_at, "paths": load.paths, **reported(load)},
    }


def reported(load: Load) -> dict[str, Any]:
    """What a load said when it was done: ``tables`` and ``rejects``."""
    said = json.loads(load.report)
    return {"tables": said["tables"], "rejects": said["rejects"]}

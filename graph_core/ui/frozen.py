"""Data of the page of snapshots, made from manifests and frozen figures: plain values, texts ready to be shown."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from graph_core.snapshot.page import parameter_words
from graph_core.snapshot.since import parameter_name
from graph_core.snapshot.verify import MANIFEST, SnapshotManifest
from graph_core.viz.colours import LABEL
from graph_core.viz.text import clean, count, percent, points, shorten

Row = Mapping[str, Any]
_FIRST = (1980, 1, 1, 0, 0, 0)
_INDICATORS = ("good_country", "region")


def told(one: SnapshotManifest) -> bool:
    """Whether a manifest says all that a list needs; one that somebody wrote may not."""
    body = one.body
    known = isinstance(body.get("entities"), list) and isinstance(body.get("data_cut_off"), dict)
    return known and {"title", "parameters", "exclusions", "warnings", "fictional", "run_id"} <= body.keys()


def stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of every file of a folder; another stamp means that it has to be checked again."""
    found = []
    for path in sorted(folder.iterdir()):
        state = path.lstat()
        found.append((path.name, state.st_size, state.st_mtime_ns))
    return tuple(found)


def archive(snapshot: SnapshotManifest) -> bytes:
    """The files of a snapshot as a ZIP, the same bytes for the same snapshot; links are not followed."""
    out = io.BytesIO()
    names = sorted([MANIFEST, *(str(file["name"]) for file in snapshot.body["files"])])
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in names:
            path = snapshot.folder / name
            if path.is_file() and not path.is_symlink():
                entry = zipfile.ZipInfo(f"{snapshot.as_of}-{snapshot.id[:12]}/{name}", _FIRST)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                packed.writestr(entry, path.read_bytes())
    return out.getvalue()


def list_rows(
    found: Sequence[SnapshotManifest], faults: Mapping[str, str], shown: str | None, beside: str | None
) -> dict[str, Any]:
    """Give the table of snapshots, the newest day first, and a line for the figures of now."""
    columns = [
        {"label": "As of"},
        {"label": "Brands", "numeric": True, "minor": True},
        {"label": "Data up to", "minor": True},
        {"label": "Prepared by", "minor": True},
        {"label": "Built here", "minor": True},
        {"label": "Checked"},
    ]
    is_open = any(shown and one.id.startswith(shown) for one in found)
    rows = [_snapshot_row(one, faults[one.id], shown, beside, is_open=is_open) for one in reversed(found)]
    if is_open:
        rows.append(
            {
                "key": "now",
                "picked": beside == "now",
                "cells": [{"text": "Figures of now"}, *({"text": ""} for _ in columns[1:])],
                "actions": [_compare_button("now", beside)],
            }
        )
    return {"label": "Snapshots", "columns": columns, "rows": rows}


def _snapshot_row(
    one: SnapshotManifest, fault: str, shown: str | None, beside: str | None, *, is_open: bool
) -> dict[str, Any]:
    body, this = one.body, bool(shown and one.id.startswith(shown))
    built = dt.datetime.fromtimestamp((one.folder / MANIFEST).stat().st_mtime, tz=dt.UTC)
    actions: list[dict[str, Any]] = [{"name": "open", "label": "Open", "pressed": this}]
    if is_open and not this and not fault:
        actions.append(_compare_button(one.id, beside))
    return {
        "key": one.id,
        "picked": this or bool(beside and one.id.startswith(beside)),
        "cells": [
            {"text": one.as_of, "note": one.id[:12], "title": one.id},
            {"text": f"{len(body['entities']):,}"},
            {"text": str(body["data_cut_off"]["day"] or "not dated")},
            {"text": shorten(str(body.get("preparer") or "not named"), 24), "muted": not body.get("preparer")},
            {"text": built.isoformat(sep=" ", timespec="minutes")[:16]},
            {"text": "changed" if fault else "unchanged", "title": clean(fault), "muted": not fault},
        ],
        "actions": actions,
    }


def _compare_button(identity: str, beside: str | None) -> dict[str, Any]:
    pressed = bool(beside and identity.startswith(beside))
    return {"name": "compare", "label": "Do not compare" if pressed else "Compare", "pressed": pressed}


def frame_rows(body: Row) -> list[list[Any]]:
    """Give the frame of a snapshot as facts."""
    cut_off = body["data_cut_off"]
    names = [clean(one["name"]) for one in body["entities"]]
    entities = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    left_out = [[f"{row['what']}: {row['why']}"] for row in body["exclusions"]]
    rows = [
        ["Entities", [entities or "none"]],
        ["As of", [str(body["as_of"])]],
        ["Data up to", [str(cut_off["day"] or "not dated")]],
        ["Parameters", ["; ".join(parameter_words(body["parameters"]))]],
        ["Prepared by", [clean(str(body.get("preparer") or "not named"))]],
        ["Id", [str(body["id"])]],
        ["Input", [str(body["input_hash"])]],
        ["Run", [str(body["run_id"])]],
        ["Code version", [str(body["code_version"])]],
    ]
    rows += [["Left out", [clean(line) for line in parts]] for parts in left_out]
    return rows + [["Warning", [clean(str(line))]] for line in body["warnings"]]


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return f"{value.get('version')} ({str(value.get('hash'))[:12]})"
    if isinstance(value, (list, tuple)):
        return ", ".join(LABEL.get(str(one), str(one)).lower() for one in value)
    return "not set" if value is None else str(value).replace("_", " ")


def coverage_rows(rows: Sequence[Row]) -> dict[str, Any]:
    """Give the table of what is known behind each brand."""
    columns = [
        {"label": "Brand"},
        {"label": "Suppliers", "numeric": True, "help": "Disclosed by the brand's own lists"},
        {"label": "Known at any tier", "numeric": True, "minor": True},
        {"label": "Deepest tier", "numeric": True, "minor": True},
        {"label": "Map ends at", "numeric": True, "minor": True, "help": "Parties without a known supplier"},
        {"label": "Coverage", "numeric": True},
        {"label": "Unmapped", "numeric": True},
        {"label": "Newest statement", "numeric": True, "minor": True, "help": "Age on the day of the snapshot"},
    ]
    return {"label": "Coverage", "columns": columns, "rows": [_coverage_row(row) for row in rows]}


def coverage_csv(rows: Sequence[Row]) -> pd.DataFrame:
    """Give the same as a table to be taken elsewhere; what is not known is empty."""
    keys = ("suppliers", "reached", "coverage", "unmapped", "stale_days")
    found = []
    for row in rows:
        deepest, ends = _tiers(row)
        named = {"brand_id": row["brand"]["id"], "brand": row["brand"]["name"]}
        found.append(named | {key: row[key] for key in keys} | {"deepest_tier": deepest, "map_ends": ends})
    return pd.DataFrame(found)


def _tiers(row: Row) -> tuple[int | None, int]:
    """The deepest tier, and at how many parties the map ends."""
    deepest = max((tier["tier"] for tier in row["tiers"]), default=None)
    return deepest, sum(tier["map_ends"] for tier in row["tiers"])


def _coverage_row(row: Row) -> dict[str, Any]:
    deepest, ends = _tiers(row)
    known = bool(row["suppliers"])
    cells = [
        _name(row["brand"]),
        {"text": f"{row['suppliers']:,}" if known else "–"},
        {"text": f"{row['reached']:,}" if known else "–"},
        {"text": "–" if deepest is None else str(deepest)},
        {"text": f"{ends:,}" if known else "–"},
        {"text": percent(row["coverage"]), "muted": row["coverage"] is None},
        {"text": percent(row["unmapped"], "–")},
        {"text": "not dated" if row["stale_days"] is None else count(row["stale_days"], "day")},
    ]
    return {"key": row["brand"]["id"], "cells": cells}


def _name(brand: Row) -> dict[str, Any]:
    name = clean(brand["name"])
    return {"text": shorten(name, 36), "title": name}


def brand_rows(exposures: Sequence[Row]) -> dict[str, Any]:
    """Give the table of frozen figures; a name shows the bar of that brand."""
    columns = [
        {"label": "Brand"},
        {"label": "Severity", "numeric": True, "minor": True, "help": "Of the gravest finding behind it, 0..1"},
        {"label": "Flagged by documents", "numeric": True},
        {"label": "With inferred", "numeric": True},
        {"label": "Bounds", "numeric": True, "minor": True},
        *({"label": LABEL[kind], "numeric": True, "minor": True, "help": "Apart; never added"} for kind in _INDICATORS),
    ]
    return {"label": "Frozen figures", "columns": columns, "rows": [_exposure_row(row) for row in exposures]}


def _exposure_row(row: Row) -> dict[str, Any]:
    nothing = "no figure"
    bounds = f"{percent(row['lower'])} to {percent(row['upper'])}" if row["lower"] is not None else "not stated"
    severity = row["salience"]["severity"] if row["salience"] else None
    cells = [
        {**_name(row["brand"]), "page": "snapshots", "set": {"brand": row["brand"]["id"]}},
        {"text": "–" if severity is None else f"{severity:g}"},
        {"text": percent(row["documented"]["score"], nothing), "muted": row["score"] is None},
        {"text": percent(row["score"], nothing), "muted": row["score"] is None},
        {"text": bounds, "muted": row["lower"] is None},
        *({"text": percent(row["classes"][kind], "none that count")} for kind in _INDICATORS),
    ]
    return {"key": row["brand"]["id"], "cells": cells}


# --- two sides -------------------------------------------------------------------------------------------------


def what_differs(found: Row) -> list[str]:
    """Say what has to be known before two sides are compared."""
    lines = []
    for row in found["differ"]:
        what = parameter_name(str(row["what"]))
        lines.append(f"Made in another way: {what} is {_plain(row['before'])} and {_plain(row['after'])}.")
    if found["differ"]:
        kept = "Only figures over documented links alone are compared." if found["comparable"] else (
            "No change is shown: figures made in other ways answer other questions."
        )  # fmt: skip
        lines.append(kept)
    lines.append("Both rest on the same data." if found["same_input"] else "They rest on different data.")
    if not found["same_code"]:
        lines.append("They were computed by different versions of the code.")
    for key, side in (("only_before", "first"), ("only_after", "second")):
        if found[key]:
            names = ", ".join(clean(one["name"]) for one in found[key][:5])
            rest = f" and {len(found[key]) - 5} more" if len(found[key]) > 5 else ""
            lines.append(f"On the {side} side alone: {names}{rest}.")
    lines.append("What brought a change about is not told here.")
    return lines


def changes_table(found: Row) -> dict[str, Any]:
    """Give the table of brands on both sides, the largest change first."""
    titles = [f"{found[side]['as_of']}" for side in ("before", "after")]
    if titles[0] == titles[1]:
        titles = [str(found[side]["title"]) for side in ("before", "after")]
    columns: list[dict[str, Any]] = [{"label": "Brand"}]
    # Where one side leaves inferred links out, only what documents carry is one figure on both.
    alone = found["comparable"] == ["documented_only"]
    first = ("documented_only", "Flagged, documents") if alone else ("score", "Flagged")
    for number, label in enumerate((first[1], "Unmapped")):
        minor = number > 0
        columns += [{"label": f"{label}, {title}", "numeric": True, "minor": minor} for title in titles]
        columns.append({"label": "Change", "numeric": True, "minor": minor})
    keys = (first[0], "composition.unmapped")
    rows = []
    for row in found["brands"]:
        cells = [{**_name(row["brand"]), "page": "snapshots", "set": {"brand": row["brand"]["id"]}}]
        for key in keys:
            figures = row["figures"][key]
            cells += [{"text": percent(figures[side], "no figure")} for side in ("before", "after")]
            cells.append({"text": points(figures["difference"], "–")})
        rows.append({"key": row["brand"]["id"], "cells": cells})
    return {"label": "Figures on both sides", "columns": columns, "rows": rows}

"""What the programming interface of Open Supply Hub answers, as rows: pages of facilities or of production locations.

An answer is a GeoJSON ``FeatureCollection`` or ``Feature`` (``/api/facilities/``), an object with ``data`` or
``results``, a list, or one production location (``/api/v1/production-locations/``); the answer to a download request
(``results`` with ``headers`` and ``rows``) too. Of a record only the columns of ``data/os_hub_columns.csv`` are kept,
so that nothing that is not read (names and addresses of contact persons among them) gets any further.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from graph_core.errors import InputError
from loaders.data import grouped
from loaders.files.opening import FileKind, kind_of
from loaders.files.rawtable import RawTable, Unread, cell_text, header_key
from loaders.files.tablefile import json_line_chunks, json_value

#: Deepest nesting that becomes columns.
_DEPTH = 6
#: Records with the number of each, and what is none.
_Numbered = list[tuple[int, dict[str, Any]]]


def columns() -> dict[str, list[str]]:
    """Field -> headers in which it stands, folded, the first of them first."""
    return grouped("os_hub_columns", "field", "header")


@cache
def known_headers() -> frozenset[str]:
    """All headers that are read, folded."""
    return frozenset(header for headers in columns().values() for header in headers)


def is_json(path: Path) -> bool:
    """Whether a file holds JSON."""
    return kind_of(path) in (FileKind.JSON, FileKind.JSON_LINES)


def content_sha256(paths: Iterable[Path]) -> str:
    """Checksum of the records of all pages: of what they say, in whatever order, on whichever page and how often.

    Raises
    ------
    InputError
        A file is no answer of the interface.
    """
    digests = set()
    for path in paths:
        for records, _ in _pieces(path):
            for _, record in records:
                text = json.dumps(_cells(record), sort_keys=True, ensure_ascii=False)
                digests.add(hashlib.sha256(text.encode()).digest())
    return hashlib.sha256(b"".join(sorted(digests))).hexdigest()


def read_pages(path: Path, checksum: str) -> Iterator[RawTable]:
    """Read one page.

    Parameters
    ----------
    path : Path
        The file.
    checksum : str
        Of the whole source.

    Yields
    ------
    RawTable
        Its records as rows; ``line`` is the number of the record, or its line in a file of JSON lines.

    Raises
    ------
    InputError
        It is no answer of the interface.
    """
    for records, unread in _pieces(path):
        rows: list[dict[str, str]] = []
        headers: dict[str, str] = {}
        left = list[str]()
        bad, lines = list(unread), []
        for number, record in records:
            cells = _cells(record, left)
            if any("\x00" in cell or (cell[:1] == "[" and "\\u0000" in cell) for cell in cells.values()):
                bad.append((number, json.dumps(cells)[:200], "holds a NUL byte"))
                continue
            rows.append({header_key(name): cell for name, cell in cells.items()})
            lines.append(number)
            headers |= {header_key(name): name for name in cells if header_key(name) not in headers}
        table = {key: pd.Series([row.get(key, "") for row in rows], dtype="str") for key in headers}
        frame = pd.DataFrame(table, index=range(len(rows))).assign(line=pd.Series(lines, dtype="int64"))
        yield RawTable(path.name, frame, headers, sorted(bad), checksum, _not_read(path.name, left))


def _not_read(file: str, names: list[str]) -> list[str]:
    if not names:
        return []
    shown = list(dict.fromkeys(names))
    more = f" and {len(shown) - 12} more" if len(shown) > 12 else ""
    return [f"{file}: not read: {', '.join(shown[:12])}{more}"]


def _pieces(path: Path) -> Iterator[tuple[_Numbered, list[Unread]]]:
    """Records of a file, in pieces where it holds one on each line."""
    if kind_of(path) is not FileKind.JSON_LINES:
        members = _members(json_value(path))
        if members is None:
            raise InputError(
                f"{path.name} is no answer of Open Supply Hub: it holds neither features nor production locations"
            )
        yield _objects(enumerate(members, start=1))
        return
    for lines, unread in json_line_chunks(path):
        records, bad = list[tuple[int, Any]](), list(unread)
        for number, value in lines:
            members = _members(value)
            if members is None or len(members) != 1:
                bad.append(
                    (number, json.dumps(value)[:200], "is not one facility; keep a page of several in its own file")
                )
            else:
                records.append((number, members[0]))
        found, others = _objects(records)
        yield found, [*bad, *others]


def _objects(members: Iterable[tuple[int, Any]]) -> tuple[_Numbered, list[Unread]]:
    records, unread = _Numbered(), list[Unread]()
    for number, member in members:
        if isinstance(member, dict):
            records.append((number, member))
        else:
            unread.append((number, _text(member)[:200].replace("\x00", "\\x00"), "is no JSON object"))
    return records, unread


def _members(value: Any) -> list[Any] | None:
    """Records of an answer; ``None`` where it is none."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return None
    if value.get("type") == "Feature" or "os_id" in value:
        return [value]
    for key in ("features", "data", "results"):
        inner = value.get(key)
        if isinstance(inner, list):
            return inner
        if isinstance(inner, dict) and isinstance(inner.get("headers"), list) and isinstance(inner.get("rows"), list):
            return [_row(inner["headers"], row) for row in inner["rows"]]
    return None


def _row(headers: list[Any], row: Any) -> Any:
    """A row of a download as an object."""
    return dict(zip(map(str, headers), row, strict=False)) if isinstance(row, list) else row


def _cells(record: dict[str, Any], left: list[str] | None = None) -> dict[str, str]:
    """Cells of a record that are read, by the path to each; what is left out is added to a list."""
    found = {name: text for name, value in _flat(record, "", 0, left) if (text := _text(value).strip())}
    own = record.get("id")
    if record.get("type") == "Feature" and isinstance(own, str) and "properties.os_id" not in found:
        found["properties.os_id"] = own.strip()
    return found


def _flat(value: dict[str, Any], prefix: str, depth: int, left: list[str] | None) -> Iterator[tuple[str, Any]]:
    for name, inner in value.items():
        path = f"{prefix}{name}"
        key = header_key(path)
        if (
            isinstance(inner, dict)
            and depth < _DEPTH
            and any(header.startswith(f"{key}.") for header in known_headers())
        ):
            yield from _flat(inner, f"{path}.", depth + 1, left)
        elif key in known_headers():
            yield path, inner
        elif left is not None and inner not in (None, "", [], {}) and path not in ("type", "id", "geometry.type"):
            left.append(path)


def _text(value: Any) -> str:
    """A cell as text: a list of plain values split by ``|``, a list of objects as JSON."""
    nested = isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value)
    text = json.dumps(value, ensure_ascii=False) if nested else cell_text(value)
    return text.encode("utf-8", errors="replace").decode()  # JSON can hold halves of characters


# --- cells that hold JSON --------------------------------------------------------------------------------------


def _entries(cell: str) -> list[dict[str, Any]] | None:
    """Objects that a cell holds as JSON; ``None`` where it holds plain text."""
    if not cell.startswith(("[", "{")):
        return None
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    members = value if isinstance(value, list) else [value]
    return [member for member in members if isinstance(member, dict)]


def values(cell: str) -> str:
    """Values that a cell states, split by ``|``: plain ones, or those of contributions, each an object with a value.

    Returns
    -------
    str
        Without what only says who contributed them.
    """
    entries = _entries(cell)
    if entries is None:
        return cell
    return "|".join(text for entry in entries for text in _stated(entry) if text)


def _stated(entry: dict[str, Any]) -> list[str]:
    value = entry["values"] if "values" in entry else entry.get("value")
    if not isinstance(value, dict):
        return [cell_text(value).strip()]
    matched = value.get("matched_values")
    if isinstance(matched, list) and matched:
        kinds = [item for match in matched if isinstance(match, list) for item in match[2:]]
        if names := [item.strip() for item in kinds if isinstance(item, str)]:
            return names
    if "max" in value or "min" in value:
        return [band(cell_text(value.get("min")), cell_text(value.get("max")))]
    for key in ("contributor_name", "name", "raw_values", "raw_value"):
        if value.get(key):
            return [cell_text(value[key]).strip()]
    return []


def band(fewest: str, most: str) -> str:
    """A number of workers, or a band of it such as ``101-500``."""
    return fewest or most if fewest == most or not (fewest and most) else f"{fewest}-{most}"


def brands(cell: str, types: frozenset[str]) -> tuple[list[str], int]:
    """Brands among the contributors of a facility.

    Parameters
    ----------
    cell : str
        Contributors as JSON: objects with ``contributor_type`` and ``contributor_name``.
    types : frozenset of str
        Types that buy, in lower case without spaces.

    Returns
    -------
    names : list of str
        Contributors of such a type that are named, sorted.
    masked : int
        How many of such a type are not.
    """
    names: set[str] = set()
    masked = 0
    for entry in _entries(cell) or []:
        if "".join(cell_text(entry.get("contributor_type")).casefold().split()) not in types:
            continue
        said = entry.get("contributor_name")
        name = " ".join(said.removesuffix("[Public List]").split()) if isinstance(said, str) else ""
        if name and name != "[Unknown Contributor]":
            names.add(name)
        else:
            count = entry.get("count")
            masked += count if isinstance(count, int) and count > 0 else 1
    return sorted(names), masked

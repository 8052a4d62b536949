"""Format ``tables``: the project's own tables, any subset of them, as CSV or any other kind of file that holds a table.

A folder with ``organizations.csv``, ``facilities.csv``, ``ownership.csv``, ``links.csv``, ``findings.csv``,
``coverage.csv``, ``sources.csv``, or single files. A single file of another name is recognised by its columns.

* Loading adds and corrects by id, and ends nothing: a corrected file is a new source, and the newest source counts.
* Within one file an id may be said once. A second row that says something else of it is rejected with the line of the
  first. Rows of ``links.csv`` are all kept: figures of one link add up.
* Stated shares of one buyer that add up to more than 1 on a day are refused: every row that adds to the sum is
  rejected. (What adds up only over several files or sources is seen when a day is computed.)
* An id that nothing defines is no fault: another file or an earlier load may define it, else it becomes a placeholder.
* Of several files, one that cannot be used at all is rejected with its rows and the others are loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from graph_core.errors import InputError
from graph_core.model import TABLES, Table
from loaders.base import Options, Reading, Report, Tally, source_row
from loaders.files.rawtable import RawTable, header_key, rejects_frame
from loaders.files.tablefile import SUFFIXES, joined, read_chunks
from loaders.validate import Checked, Seen, check

#: Tables that a user can write, by name.
FILES: dict[str, Table] = {name: table for name, table in TABLES.items() if not table.internal}
#: Columns that only loaders of other formats fill.
_INTERNAL = ("list_id",)
#: Other spellings of a header.
_SPELLINGS = {
    "license": "licence",
    "latitude": "lat",
    "longitude": "lon",
    "lng": "lon",
}
#: How far stated shares may exceed 1 by rounding.
_TOLERANCE = 1e-9


class Tables:
    """Loader of the format ``tables``."""

    name = "tables"
    title = "The project's own tables"
    summary = "a folder with organizations.csv, facilities.csv, ownership.csv, links.csv, findings.csv, coverage.csv"

    def read(self, path: Path, options: Options, report: Report) -> Iterator[Reading]:  # noqa: ARG002
        """Read a folder of tables, or one.

        Yields
        ------
        Reading
            One a file; its source id holds the checksum of the bytes, not the path.

        Raises
        ------
        InputError
            No table is there, or the only one cannot be used.
        """
        files = _find(path)
        for done, (file, table) in enumerate(files):
            report("reading " + file.name, done, len(files))
            try:
                yield from _read(file, table)
            except InputError as error:
                if len(files) == 1:
                    raise
                yield _unusable(file, table, str(error))
        report("reading", len(files), len(files))

    def transform(self, raw: RawTable, options: Options) -> Iterator[Reading]:  # noqa: ARG002
        """Say what rows of a table mean; its name or its columns tell which one it is.

        Yields
        ------
        Reading
            One.
        """
        raw = raw.renamed(_SPELLINGS)
        yield _reading(raw, FILES.get(_stem(raw.file)) or _recognised(raw), Seen())


LOADER = Tables()


def _find(path: Path) -> list[tuple[Path, Table]]:
    """Files and their tables, in the order of the model."""
    if not path.is_dir():
        return [(path, FILES.get(_stem(path.name)) or _recognise(path))]
    try:
        entries = sorted(
            entry for entry in path.iterdir() if entry.name.casefold().removesuffix(".gz").endswith(SUFFIXES)
        )
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    found: dict[str, list[Path]] = {}
    for entry in entries:
        found.setdefault(_stem(entry.name), []).append(entry)
    files = [(entry, FILES[name]) for name in FILES for entry in found.get(name, [])]
    if not files:
        seen = f"; it has {', '.join(entry.name for entry in entries[:5])}: name such a file itself" if entries else ""
        raise InputError(f"{path} holds no table ({', '.join(name + '.csv' for name in FILES)}){seen}")
    return files


def _stem(name: str) -> str:
    return header_key(name.split(".", maxsplit=1)[0])


def _columns(table: Table) -> list[str]:
    return [name for name in table.names if name not in _INTERNAL and name != "sha256"]


def _recognise(path: Path) -> Table:
    """Tell from its columns which table a file is."""
    return _recognised(next(read_chunks(path, size=100)).renamed(_SPELLINGS))


def _recognised(raw: RawTable) -> Table:
    headers = set(raw.headers)
    fits = {
        name: len(headers & set(_columns(table)))
        for name, table in FILES.items()
        if all(column.name in headers for column in table.columns if column.required)
    }
    best = [name for name, fit in fits.items() if fit == max(fits.values())]
    if len(best) != 1:
        names = ", ".join(f"{name}.csv" for name in FILES)
        raise InputError(
            f"{raw.file}: its columns ({', '.join(sorted(headers)[:12])}) do not tell which table it is; "
            f"call it one of {names}"
        )
    return FILES[best[0]]


def _chunks(path: Path, table: Table) -> Iterator[RawTable]:
    required = [column.name for column in table.columns if column.required]
    for raw in read_chunks(path, required, _columns(table)):
        yield raw.renamed(_SPELLINGS)


def _read(path: Path, table: Table) -> Iterator[Reading]:
    """A file in pieces; whole where its rows have to be added up."""
    chunks = _chunks(path, table)
    first = next(chunks)
    if table.name == "links" and "share" in first.headers:
        first = joined([first, *chunks])
    seen = Seen()
    yield _reading(first, table, seen)
    for raw in chunks:
        yield _reading(raw, table, seen)


def _reading(raw: RawTable, table: Table, seen: Seen) -> Reading:
    checked = check(raw, table, seen, hidden=_INTERNAL)
    if table.name == "links" and "share" in raw.headers:
        checked = _refuse_shares(checked, raw.file)
    notes = list(checked.notes)
    if table.name == "findings":
        notes += _without_subject(checked.frame, raw.file)
    source = source_row(f"tables:{table.name}.csv:{raw.sha256[:12]}", f"{table.name}.csv", "tables", raw.sha256)
    return Reading(source, False, {table.name: checked.frame}, checked.rejects, [checked.tally], notes, raw)


def _unusable(path: Path, table: Table, reason: str) -> Reading:
    """Reject all rows of a file that cannot be used as a whole; at least one entry says why."""
    lines, checksum = [1], ""
    try:
        raw = joined(list(_chunks(path, table)))
        lines = [*raw.frame["line"], *(row[0] for row in raw.rejects)] or [1]
        checksum = raw.sha256
    except InputError:
        pass  # its rows cannot even be counted: one entry stands for the file
    rejects = rejects_frame(table.name, path.name, [(int(line), "", "", reason) for line in lines])
    tally = Tally(table.name, read=len(rejects), rejected=len(rejects))
    source = source_row(f"tables:{table.name}.csv:{checksum[:12]}", f"{table.name}.csv", "tables", checksum)
    return Reading(source, False, {}, rejects, [tally], [reason])


def _without_subject(frame: pd.DataFrame, file: str) -> list[str]:
    empty = frame["subject_id"].isna() & frame["subject_name"].isna() & frame["scope_commodity"].isna()
    if not empty.any():
        return []
    lines = ", ".join(map(str, frame.loc[empty, "line"].head(5)))
    return [f"{file}: {int(empty.sum())} findings name no subject and reach nobody (lines {lines})"]


def _refuse_shares(checked: Checked, file: str) -> Checked:
    """Reject rows whose stated shares of a buyer add up to more than 1 on a day."""
    shared = checked.frame[checked.frame["share"].notna()]
    # Statements of different sources do not add up: the latest counts, which only the derivation can tell.
    group = shared["buyer_id"] + "\x1f" + shared["source"].fillna("")
    faults: dict[int, tuple[int, str, str, str]] = {}
    for _, rows in shared[group.isin(_over_somewhere(shared, group))].groupby(group, sort=False):
        for day, sum_, over in _days_over(rows):
            lines = ", ".join(map(str, over["line"].head(8))) + (", ..." if len(over) > 8 else "")
            buyer = over["buyer_id"].iloc[0]
            reason = f"stated shares of {buyer} add up to {sum_:g} on {day} (lines {lines}); at most 1 is possible"
            for line, share in zip(over["line"], over["share"], strict=True):
                faults.setdefault(int(line), (int(line), "share", f"{share:g}", reason))
    if not faults:
        return checked
    frame = checked.frame[~checked.frame["line"].isin(list(faults))].reset_index(drop=True)
    fresh = rejects_frame("links", file, faults.values())
    rejects = pd.concat([checked.rejects, fresh]).sort_values("line", ignore_index=True)
    tally = Tally("links", checked.tally.read, len(frame), checked.tally.merged, len(rejects))
    tally.check()
    return Checked(frame, rejects, tally, checked.notes)


def _over_somewhere(shared: pd.DataFrame, group: pd.Series) -> list[str]:
    """Groups whose shares exceed 1 on some day: a running sum over the days on which one begins or ends."""
    begins = pd.DataFrame({"group": group, "day": shared["valid_from"].fillna(""), "change": shared["share"]})
    ends = pd.DataFrame({"group": group, "day": shared["valid_to"].fillna("9999"), "change": -shared["share"]})
    changes = pd.concat([ends, begins]).groupby(["group", "day"], sort=True)["change"].sum()
    running = changes.groupby(level="group").cumsum()
    return running.index.get_level_values("group")[running > 1 + _TOLERANCE / 2].unique().tolist()


def _days_over(rows: pd.DataFrame) -> Iterator[tuple[str, float, pd.DataFrame]]:
    """Yield the days on which the sum exceeds 1, with the sum and the rows that hold on that day."""
    start = rows["valid_from"].fillna("0000-00-00").to_numpy()
    end = rows["valid_to"].fillna("9999-99-99").to_numpy()
    share = rows["share"].to_numpy(dtype=float)
    for day in np.unique(start):
        holds = (start <= day) & (day < end)
        if share[holds].sum() > 1 + _TOLERANCE:
            yield ("every day" if day == "0000-00-00" else str(day)), float(share[holds].sum()), rows[holds]

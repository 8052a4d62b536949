"""The file of rejected rows: one CSV a load, in the user's home, safe to open in a spreadsheet.

A row that a person corrects in this file can be loaded alone (``tiertrace load --rejects FILE``): either the cell
``value``, which is the cell of ``column`` as it was read, or any cell of ``row``, the whole row as JSON.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import pandas as pd

from graph_core.errors import InputError
from loaders.base import Options
from loaders.files.rawtable import REJECT_COLUMNS, SHOWN_VALUE, RawTable, header_key

#: Columns of the file: the reject, then what it takes to load the row alone.
FILE_COLUMNS = [*REJECT_COLUMNS, "format", "options", "sha256", "row"]
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def neutralise(cell: str) -> str:
    """Keep a spreadsheet from running a cell as a formula.

    Returns
    -------
    str
        The cell, with an apostrophe before it where it begins with ``= + - @``, a tab or a line break and is no
        number.
    """
    return "'" + cell if cell[:1] in _FORMULA and cell[:1] and not _NUMBER.fullmatch(cell) else cell


def plain(cell: str) -> str:
    """Undo `neutralise`."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA and cell[1:2] else cell


class Writer:
    """Writes rejected rows as they come; the file is made with the first of them, and named when all are there.

    Parameters
    ----------
    home : Path
        The user's home; the file goes to its folder ``rejects`` and only its user can read it.
    format_name : str
        Format that reads the rows.
    options : Options
        What the user said about the files.
    """

    def __init__(self, home: Path, format_name: str, options: Options) -> None:
        self._folder = home / "rejects"
        self._home = home
        self._said = json.dumps({k: str(v) for k, v in vars(options).items() if v is not None}, sort_keys=True)
        self._format = format_name
        self._file: TextIO | None = None
        self._part = self._folder / f".{os.getpid()}.part"

    def add(self, rejects: pd.DataFrame, raw: RawTable | None) -> None:
        """Write rejected rows, with their cells where the rows they come from are given.

        Raises
        ------
        InputError
            The file cannot be written.
        """
        if rejects.empty:
            return
        cells = _cells(rejects, raw)
        try:
            writer = csv.writer(self._opened(), lineterminator="\n")
            rows = zip(rejects[REJECT_COLUMNS].itertuples(index=False), cells, strict=True)
            for reject, row in rows:
                known = [neutralise("" if pd.isna(cell) else str(cell)) for cell in reject]
                writer.writerow([*known, self._format, self._said, "" if raw is None else raw.sha256, row])
        except OSError as error:
            raise self._cannot(error) from error

    def _opened(self) -> TextIO:
        if self._file is None:
            self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self._file = os.fdopen(handle, "w", encoding="utf-8", newline="")
            csv.writer(self._file, lineterminator="\n").writerow(FILE_COLUMNS)
        return self._file

    def finish(self, name: str) -> Path | None:
        """Name the file; the same rows of the same files go to the same file.

        Parameters
        ----------
        name : str
            Name without ``.csv``.

        Returns
        -------
        Path or None
            The file, if any row was rejected.
        """
        if self._file is None:
            return None
        target = self._folder / (re.sub(r"[^\w.-]+", "_", name) + ".csv")
        try:
            self._file.close()
            self._part.replace(target)
        except OSError as error:
            raise self._cannot(error) from error
        self._file = None
        return target

    def drop(self) -> None:
        """Give up what was written so far, if it was not named."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
                self._part.unlink()
            self._file = None

    def _cannot(self, error: OSError) -> InputError:
        return InputError(f"the rejected rows cannot be written to {self._folder}: {error.strerror}")


def _cells(rejects: pd.DataFrame, raw: RawTable | None) -> list[str]:
    """Each rejected row whole, as JSON of header and cell; empty where it is not known."""
    if raw is None:
        return [""] * len(rejects)
    wanted = raw.frame[raw.frame["line"].isin(rejects["line"])].drop_duplicates("line")
    names = [raw.headers.get(str(key), str(key)) for key in wanted.columns if key != "line"]
    text = wanted.drop(columns="line").astype("str").fillna("").to_numpy().tolist()
    known = {
        int(line): json.dumps(dict(zip(names, cells, strict=True)), ensure_ascii=False)
        for line, cells in zip(wanted["line"], text, strict=True)
    }
    return [known.get(int(line), "") for line in rejects["line"]]


@dataclass(frozen=True)
class Corrected:
    """Rows of one file of one load that a person may have corrected."""

    format: str
    options: Options
    raw: RawTable


def read(path: Path, raw: RawTable) -> Iterator[Corrected]:
    """Read a file of rejected rows back.

    Parameters
    ----------
    path : Path
        The file, for messages.
    raw : RawTable
        Its rows.

    Yields
    ------
    Corrected
        One a format, file and set of options; the order, the line numbers and the checksum are those of the file that
        held the rows, so that they are known as rows of it.

    Raises
    ------
    InputError
        It is no file of rejected rows, or a row of it is damaged.
    """
    missing = [name for name in FILE_COLUMNS if header_key(name) not in raw.headers]
    if missing:
        raise InputError(f"{path.name} is no file of rejected rows: the columns {', '.join(missing)} are missing")
    for (name, said, file, sha256), rows in raw.frame.groupby(["format", "options", "file", "sha256"], sort=False):
        cells, headers = [], dict[str, str]()
        for number, reject in zip(rows["line"].tolist(), rows.to_dict("records"), strict=True):
            row = _corrected(path, int(number), {str(k): str(v) for k, v in reject.items()})
            headers |= {header_key(header): header for header in row}
            cells.append({header_key(header): cell for header, cell in row.items()})
        frame = pd.DataFrame({key: pd.Series([row.get(key, "") for row in cells], dtype="str") for key in headers})
        frame["line"] = pd.Series(_lines(rows), dtype="int64")
        yield Corrected(str(name), _options(path, str(said)), RawTable(str(file), frame, headers, [], str(sha256)))


def _lines(rows: pd.DataFrame) -> list[int]:
    """Lines of the first file; the own column ``line`` of a file of rejects is read under another name."""
    return [int(value) if str(value).isdigit() else 0 for value in rows["line_"]]


def _corrected(path: Path, line: int, reject: dict[str, str]) -> dict[str, str]:
    """Cells of a row: those of ``row``, and ``value`` in the cell of ``column``."""
    try:
        row: Any = json.loads(reject["row"] or "{}")
    except ValueError as error:
        raise InputError(f"{path.name} line {line}: row {reject['row'][:80]!r} is no valid JSON: {error}") from error
    if not isinstance(row, dict) or not row:
        raise InputError(
            f"{path.name} line {line}: the row was not kept whole ({reject['reason']}); correct it in {reject['file']} "
            "and load that file again"
        )
    cells = {str(key): "" if value is None else str(value) for key, value in row.items()}
    wanted, value = header_key(reject["column"]), plain(reject["value"])
    for header, cell in cells.items():
        # A value is shown up to a length: as long as nobody changed it, the whole cell counts.
        if header_key(header) == wanted and not (len(value) >= SHOWN_VALUE and cell.startswith(value)):
            cells[header] = value
    return cells


def _options(path: Path, said: str) -> Options:
    try:
        known = json.loads(said or "{}")
        mapping = known.pop("mapping", None)
        return Options(**known, mapping=None if mapping is None else Path(mapping))
    except (ValueError, TypeError) as error:
        raise InputError(f"{path.name}: the cell options {said[:80]!r} is damaged: {error}") from error

"""Workbooks, as tables of text.

They are read by openpyxl and xlrd, which are slow and harmless: a faster library took all memory of the machine for a
damaged .xls file of 233 kB.
"""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import xlrd

from graph_core.errors import InputError
from loaders.files.delimited import MAX_BANNER
from loaders.files.opening import MAX_WORKBOOK, FileKind, check_workbook, read_bytes
from loaders.files.rawtable import RawTable, Unread, cell_text, columns_of, distinct_headers, header_key

# Where defusedxml is installed openpyxl reads with its parser, which is in Python and takes most of the time. It guards
# against what `check_workbook` refuses. openpyxl asks for this once, when it is imported.
_SAID = "OPENPYXL_DEFUSEDXML" in os.environ
os.environ.setdefault("OPENPYXL_DEFUSEDXML", "False")
from openpyxl import Workbook, load_workbook  # noqa: E402 - after what it asks for was said

if not _SAID:
    del os.environ["OPENPYXL_DEFUSEDXML"]

__all__ = ["MAX_CELLS", "Workbook", "open_workbook", "read_workbook"]

#: Most cells of a workbook that is read.
MAX_CELLS = 20_000_000


def open_workbook(data: bytes, name: str, *, read_only: bool = False) -> Workbook:
    """Open an .xlsx file, with values in place of formulas.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        Its name, for messages.
    read_only : bool
        Whether rows are to be read as they are asked for, without what stands behind their cells.

    Raises
    ------
    InputError
        It is damaged, unpacks to too much, or declares entities. What openpyxl raises for other damage passes through.
    """
    check_workbook(data, name)
    return load_workbook(io.BytesIO(data), read_only=read_only, data_only=True)


def read_workbook(path: Path, kind: FileKind, required: list[str], known: list[str], checksum: str) -> RawTable:
    """Read the sheet whose header fits best; parameters, and what is raised, as in `loaders.files.tablefile`."""
    data = read_bytes(path, MAX_WORKBOOK)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that nobody reads
            sheets = _new_sheets(data, path.name) if kind is FileKind.EXCEL else _old_sheets(data)
    except InputError:
        raise
    except Exception as error:  # a damaged workbook makes the libraries fail in any way
        raise InputError(f"{path.name} cannot be read as a workbook: {str(error) or type(error).__name__}") from error
    found = [(_sheet_header(rows, required, known), name, rows) for name, rows in sheets if any(map(any, rows))]
    if not found:
        raise InputError(f"{path.name} has no sheet with content")
    (_merit, place), name, rows = max(found, key=lambda sheet: sheet[0][0])
    header = [cell_text(cell).strip() for cell in rows[place]]
    keys = distinct_headers(path.name, header)
    width = len(keys)
    good, lines, unread, blank = [], [], list[Unread](), 0
    for number, row in enumerate(rows[place + 1 :], start=place + 2):
        cells = [cell_text(cell) for cell in row]
        if not any(cell.strip() for cell in cells):
            blank += 1
        elif any("\x00" in cell for cell in cells):
            unread.append((number, " ".join(cells)[:200].replace("\x00", "\\x00"), "holds a NUL byte"))
        else:
            good.append((cells + [""] * width)[:width])
            lines.append(number)
    banner = tuple(" ".join(filter(None, map(cell_text, row))) for row in rows[:place] if any(map(cell_text, row)))
    notes = [f"{path.name}: {blank} rows without content were left out"] if blank else []
    others = [other for _, other, _ in found if other != name]
    if others:
        notes.append(f"{path.name}: the sheet {name!r} was read, and not {', '.join(map(repr, others))}")
    frame = columns_of(list(keys), good).assign(line=pd.Series(lines, dtype="int64"))
    return RawTable(path.name, frame, keys, unread, checksum, notes, banner)


def _new_sheets(data: bytes, name: str) -> list[tuple[str, list[list[Any]]]]:
    """Sheets of an .xlsx file. Rows are as long as they are: the size that a sheet states may be a lie."""
    book = open_workbook(data, name, read_only=True)
    sheets, cells = [], 0
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        rows: list[list[Any]] = []
        for row in sheet.iter_rows(values_only=True):
            cells += len(row) + 1
            if cells > MAX_CELLS:
                raise InputError(f"{name} has more than {MAX_CELLS:,} cells; save its table as CSV (UTF-8)")
            rows.append(list(row))
        sheets.append((sheet.title, rows))
    return sheets


def _old_sheets(data: bytes) -> list[tuple[str, list[list[Any]]]]:
    """Sheets of an .xls file, which cannot have more than 65,536 rows of 256 cells each."""
    book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), ragged_rows=True)

    def value(cell: Any) -> Any:
        if cell.ctype == xlrd.XL_CELL_DATE:
            return xlrd.xldate_as_datetime(cell.value, book.datemode)
        if cell.ctype == xlrd.XL_CELL_BOOLEAN:
            return bool(cell.value)
        if cell.ctype == xlrd.XL_CELL_ERROR:
            return xlrd.error_text_from_code.get(cell.value, "#ERROR!")
        return cell.value

    return [
        (sheet.name, [[value(cell) for cell in sheet.row(number)] for number in range(sheet.nrows)])
        for sheet in book.sheets()
    ]


def _sheet_header(rows: list[list[Any]], required: list[str], known: list[str]) -> tuple[tuple[int, int, int], int]:
    """How well the best header of a sheet fits, and its row."""
    needed, expected = set(required), {*required, *known}
    best, place = (-1, -1, -1), 0
    for number, row in enumerate(rows[: MAX_BANNER * 2]):
        cells = [cell_text(cell).strip() for cell in row]
        keys = {header_key(cell) for cell in cells if cell}
        if keys:
            # Without known columns, a header is the first row with several cells: a banner has one.
            merit = (int(bool(needed) and needed <= keys), len(expected & keys), min(len(keys), 2))
            if merit > best:
                best, place = merit, number
    return best, place

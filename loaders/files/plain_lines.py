"""Delimited text of which every line is one row, split by Arrow: ten times as fast as the ``csv`` module.

Arrow is more forgiving than `loaders.files.delimited` wants to be, so it is only given text about which there is no
doubt: every quote opens a cell or closes one, no cell holds a line break, no line is empty, and all have the same
number of cells. Of such text both make the same cells.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from pyarrow import csv

_QUOTE, _BREAK = ord('"'), ord("\n")


def plain_columns(text: str, separator: str, width: int) -> list[pa.Array] | None:
    """Split lines into cells.

    Parameters
    ----------
    text : str
        Lines, with a line feed between them.
    separator : str
        Character between two cells.
    width : int
        Cells of a row.

    Returns
    -------
    list of large string arrays or None
        A column each; ``None`` where there is any doubt.
    """
    data = text.encode()
    if not data or data[0] == _BREAK or data[-1] == _BREAK or b"\n\n" in data or b"\r" in data:
        return None
    if b'"' in data and not _quotes_are_plain(np.frombuffer(data, dtype=np.uint8), ord(separator)):
        return None
    names = [str(number) for number in range(width)]
    try:
        table = csv.read_csv(
            pa.py_buffer(data),
            csv.ReadOptions(use_threads=False, column_names=names, block_size=len(data) + 1),
            csv.ParseOptions(delimiter=separator, ignore_empty_lines=False),
            csv.ConvertOptions(
                check_utf8=False, column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:  # a line with cells too many or too few
        return None
    if table.num_rows != data.count(b"\n") + 1:
        return None
    return [column.combine_chunks() for column in table.columns]


def _quotes_are_plain(data: np.ndarray, separator: int) -> bool:
    """Whether every quote opens a cell at its beginning, closes it at its end, or is written twice inside it."""
    quotes = np.flatnonzero(data == _QUOTE)
    if len(quotes) % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    ends = np.concatenate([[_BREAK], data, [_BREAK]])  # so that data[i] stands between ends[i] and ends[i + 2]
    before, after = ends[opening], ends[closing + 2]
    starts = (before == separator) | (before == _BREAK)
    stops = (after == separator) | (after == _BREAK)
    twice = closing[:-1] + 1 == opening[1:]
    starts[1:] |= twice
    stops[:-1] |= twice
    if not (starts.all() and stops.all()):
        return False
    breaks = np.flatnonzero(data == _BREAK)
    return bool((np.searchsorted(breaks, opening) == np.searchsorted(breaks, closing)).all())

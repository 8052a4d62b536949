"""The file of rejected rows: one CSV a load, in the user's home, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import os
import re
from contextlib import suppress
from pathlib import Path

import pandas as pd

from graph_core.errors import InputError
from loaders.base import REJECT_COLUMNS

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def neutralise(cell: str) -> str:
    """Keep a spreadsheet from running a cell as a formula.

    Returns
    -------
    str
        The cell, with an apostrophe before it where it begins with ``= + - @``, a tab or a line break and is no
        number.
    """
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") and not _NUMBER.fullmatch(cell) else cell


def to_csv(rejects: pd.DataFrame) -> str:
    """Rejected rows as CSV text with a header."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(REJECT_COLUMNS)
    for row in rejects[REJECT_COLUMNS].itertuples(index=False):
        writer.writerow([neutralise("" if pd.isna(cell) else str(cell)) for cell in row])
    return out.getvalue()


def write(rejects: pd.DataFrame, home: Path, name: str) -> Path:
    """Write the rejected rows of a load; the same rows of the same files go to the same file.

    Parameters
    ----------
    rejects : DataFrame
        Rejected rows.
    home : Path
        The user's home; the file goes to its folder ``rejects``.
    name : str
        Name of the file without ``.csv``.

    Returns
    -------
    Path
        The file; only its user can read it.

    Raises
    ------
    InputError
        It cannot be written.
    """
    target = home / "rejects" / (re.sub(r"[^\w.-]+", "_", name) + ".csv")
    part = target.with_suffix(f".{os.getpid()}.part")
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(to_csv(rejects))
        part.replace(target)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise InputError(f"the rejected rows cannot be written to {target}: {error.strerror}") from error
    return target

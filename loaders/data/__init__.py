"""Words of the formats as tables: headers, units, statuses, and what stands where no name is known."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources


@cache
def table_rows(name: str) -> tuple[dict[str, str], ...]:
    """Read a table of this folder.

    Parameters
    ----------
    name
        Name of the file, without ``.csv``.

    Returns
    -------
    tuple of dict
        Its rows by column, in the order of the file.
    """
    text = resources.files(__name__).joinpath(f"{name}.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def grouped(name: str, key: str, value: str) -> dict[str, list[str]]:
    """Values of one column of a table by another: by field, for example, the headers in which it stands.

    The order of the file is kept: the better header stands first.
    """
    found: dict[str, list[str]] = {}
    for row in table_rows(name):
        found.setdefault(row[key], []).append(row[value])
    return found


def columns(table: str, headers: dict[str, str]) -> dict[str, str]:
    """Which columns of a file are meant, by a table of headers (column, header; the better header first).

    Parameters
    ----------
    table : str
        Name of a table of this folder.
    headers : dict of str to str
        Folded headers of the file.

    Returns
    -------
    dict
        Folded header -> column; each column once.
    """
    found: dict[str, str] = {}
    for row in table_rows(table):
        if row["header"] in headers and row["column"] not in found.values():
            found[row["header"]] = row["column"]
    return found

# ruff: noqa: INP001 - a script beside the documents, no package
"""Writes ``docs/tables.md``, the columns of the project's own tables, from `graph_core.model`.

``python docs/make_tables.py`` writes the file, ``--check`` only says whether it is up to date.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from graph_core.model import TABLES, Column, Kind, Table

FILE = Path(__file__).with_name("tables.md")
_KINDS = {
    Kind.TEXT: "text",
    Kind.ID: "id",
    Kind.TEXTS: "texts, split by `\\|`",
    Kind.COUNTRY: "country",
    Kind.DATE: "date",
    Kind.NUMBER: "number",
    Kind.FLAG: "true or false",
}


def own_tables() -> list[Table]:
    """Tables that a user can write."""
    return [table for table in TABLES.values() if not table.internal]


def own_columns(table: Table) -> list[Column]:
    """Columns that a user can fill; a list belongs to the formats that know dated lists."""
    return [column for column in table.columns if column.name != "list_id"]


def _values(column: Column) -> str:
    if column.choices:
        return ", ".join(str(choice) for choice in column.choices)
    kind = _KINDS[column.kind]
    if column.low is not None and column.high is not None:
        kind += f", {column.low:g} to {column.high:g}"
    elif column.low is not None:
        kind += f", {column.low:g} or more"
    return kind


def _meaning(column: Column) -> str:
    unit = f" Unit: {column.unit}." if column.unit and column.unit != "0..1" else ""
    default = "" if column.default is None else f" Empty: {str(column.default).lower()}."
    return f"{column.description}{unit}{default}"


def _section(table: Table) -> Iterator[str]:
    yield f"## {table.name}.csv"
    yield ""
    yield table.description
    yield ""
    yield "| column | values | meaning |"
    yield "|---|---|---|"
    for column in own_columns(table):
        yield f"| `{column.name}`{' (required)' if column.required else ''} | {_values(column)} | {_meaning(column)} |"
    yield ""


def document() -> str:
    """Text of ``docs/tables.md``."""
    lines = [
        "# The project's own tables",
        "",
        "Generated from `graph_core/model.py` by `python docs/make_tables.py`; do not edit.",
        "",
        "`tiertrace load tables DIR` reads any subset of these files: CSV, UTF-8, one header row. Ids are verbatim.",
        "A link may name an id that another file or an earlier load defines; one that nothing defines is kept as a",
        "placeholder and counted. Countries are ISO alpha-2, alpha-3 or names; dates are YYYY-MM-DD. All intervals are",
        "[valid_from, valid_to): `valid_to` is the first day on which it no longer holds. Loading adds and corrects by",
        "id and ends nothing. An empty cell says nothing: it leaves what an earlier file said, so that an end once",
        "given is only taken back by `tiertrace forget` of the file that gave it. `loaders/sample/` is a complete,",
        "fictional example.",
        "",
    ]
    for table in own_tables():
        lines += _section(table)
    return "\n".join(lines)


def main() -> int:
    """Write the file, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the file is not up to date")
    if not parser.parse_args().check:
        FILE.write_text(document(), encoding="utf-8")
        return 0
    if FILE.exists() and FILE.read_text(encoding="utf-8") == document():
        return 0
    sys.stderr.write("docs/tables.md is not up to date: run python docs/make_tables.py\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())

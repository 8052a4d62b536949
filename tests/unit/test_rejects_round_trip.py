"""Rows that went through a file of rejects mean what they meant in their own file, in every format.

Such a file keeps a row as JSON of header and cell, and names the columns anew by their headers: no loader may rest on
columns that it named itself.
"""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pytest

from loaders import quarantine, registry
from loaders.base import Options, Reading, silent
from loaders.files.rawtable import REJECT_COLUMNS, RawTable, header_key
from loaders.files.tablefile import read_table
from tests.unit.test_format_pages import page

#: Formats whose rows alone say less than they say in their file, with the reason: they are compared as rows alone.
RESTS_ON_THE_FILE = {
    "bills-of-lading": "keeps only the rows that it rejects, and a link is made of many",
    "wikirate": "the file says which page it is, and of which day",
}


def given(name: str, folder: Path) -> list[tuple[Path, Options]]:
    """Files of the page of a format, and what its commands say of them."""
    shown = page(name)
    for file, body in shown.files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(body, encoding="utf-8")
    inputs = []
    for command, _ in shown.commands:
        text = shlex.join(command)
        if "--suggest" in command:
            continue
        said = dict(re.findall(r"--(brand|list-date|series) ('[^']*'|\S+)", text))
        words = shlex.split(re.sub(r" --(brand|list-date|series) ('[^']*'|\S+)", "", text))[3:]
        options = {key.replace("-", "_"): value.strip("'") for key, value in said.items()}
        mapping = folder / words.pop(0) if name == "mapping" else None
        paths = [folder / word for word in words] or [folder / "suppliers.csv"]
        inputs += [(path, Options(**options, mapping=mapping)) for path in paths]
    return inputs


def tables_of(name: str, path: Path, options: Options) -> Iterable[tuple[RawTable, list[Reading]]]:
    """Tables of a file with all their rows, and what these say."""
    loader = registry.get(name)
    if name in RESTS_ON_THE_FILE:
        tables = [read_table(path)] if name == "bills-of-lading" else _rows(loader.read(path, options, silent))
        return [(raw, list(loader.transform(raw, options))) for raw in tables]
    readings = [reading for reading in loader.read(path, options, silent) if reading.rows is not None]
    return list(zip(_rows(readings), ([reading] for reading in readings), strict=True))


def _rows(readings: Iterable[Reading]) -> list[RawTable]:
    return [reading.rows for reading in readings if reading.rows is not None]


def as_rejected(raw: RawTable, options: Options, format_name: str, home: Path) -> Iterable[quarantine.Corrected]:
    """All rows of a table through a real file of rejects, none of them corrected."""
    rejects = pd.DataFrame({"line": raw.frame["line"].drop_duplicates()}).assign(
        table="links", file=raw.file, column="none of them", value="", reason="for this test"
    )
    writer = quarantine.Writer(home, format_name, options)
    writer.add(rejects[REJECT_COLUMNS], raw)
    file = writer.finish("all")
    assert file is not None
    return quarantine.read(file, read_table(file, map(header_key, quarantine.FILE_COLUMNS)))


def records(readings: Iterable[Reading]) -> dict[tuple[str, str], list[str]]:
    """Records by source and table, each as text, in no order: where they stand is not what they say."""
    said: dict[tuple[str, str], list[str]] = defaultdict(list)
    for reading in readings:
        for table, frame in reading.records.items():
            rows = frame.astype("object").where(frame.notna(), None).to_dict("records")
            said[str(reading.source["id"]), table] += [repr(sorted(row.items())) for row in rows]
    return {key: sorted(rows) for key, rows in said.items() if rows}


@pytest.mark.parametrize("name", registry.names())
def test_rows_of_a_file_of_rejects_say_what_they_said_before(name: str, tmp_path: Path) -> None:
    loader = registry.get(name)
    (tmp_path / "in").mkdir()
    for path, options in given(name, tmp_path / "in"):
        for raw, before in tables_of(name, path, options):
            assert records(before)
            (rows,) = as_rejected(raw, options, name, tmp_path / "home")
            assert rows.format == name
            again = list(loader.transform(rows.raw, rows.options))
            assert records(again) == records(before)
            assert sum(len(one.rejects) for one in again) == sum(len(one.rejects) for one in before)

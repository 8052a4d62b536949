"""Format ``mapping``: any table, with a YAML file that says what its columns mean.

The YAML file (`loaders.formats.mapping.file`; form: ``loaders/data/mapping_schema.json``) is checked before a row is
read. A row of the table then becomes records: companies, sites, holdings, links, findings, statements of coverage.
`loaders.formats.mapping.suggest` drafts the YAML for a table that nobody has described yet.

How the traps are decided:

* A row counts once, in the first of links, findings, coverage, facilities, ownership, organizations that it makes. It
  is rejected once, with all reasons, and then none of its records is kept. What a row may lack beside that (a parent
  company) makes no record where it is empty.
* With ``list`` the table is a disclosure list: each row's site (else company) supplies the brand. With a day it is a
  dated list of a series; without, the links are open.
* An id that the mapping does not name is made: ``company:<name>`` (with its country, where the table has one:
  equal names in two countries are two companies), ``brand:<name>``, and for a site a fingerprint of name, address and
  country. A site without an address gets the brand or the title in it too: the name of a factory alone never makes two
  lists speak of one site.
* Rows may repeat a party and say more of it; all they say is kept. A second *country* for one id is a contradiction,
  and rejects the row. So does a second row about one id of the mapping's own in a table that is about just that.
* Two rows that differ anywhere in the file are two deliveries, also where the columns that the mapping reads are equal:
  their figures add up. Only an exact repeat is merged.
* A source is one file read through one mapping: ``mapping:<title>:<file>``, with brand and day of a list. The same
  again takes the place of the earlier one, whatever its content; the next list of a series is another source.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from graph_core.errors import InputError
from loaders.base import Options, Reading, Report
from loaders.files.rawtable import RawTable
from loaders.files.tablefile import SUFFIXES, read_chunks
from loaders.formats.mapping.file import Mapping, read_mapping
from loaders.formats.mapping.rows import FORMAT, Transformation


class MappedTable:
    """Loader of the format ``mapping``."""

    name = FORMAT
    title = "Any table, with a mapping"
    summary = "a YAML file that says what the columns of a table mean, and the table; --suggest FILE drafts the YAML"

    def read(self, path: Path, options: Options, report: Report) -> Iterator[Reading]:
        """Read a table through a mapping.

        Parameters
        ----------
        path : Path
            The mapping, whose own files are read then; or a table, with the mapping in ``options``.
        options : Options
            What the user said.
        report : callable
            Told of the progress.

        Yields
        ------
        Reading
            One a piece of a file.

        Raises
        ------
        InputError
            The mapping or a file cannot be used.
        """
        if options.mapping is None or path == options.mapping:
            _check_is_mapping(path)
            mapping = read_mapping(path, options)
            files = mapping.data_files(path.parent)
        else:
            mapping, files = read_mapping(options.mapping, options), [path]
        for file in files:
            report(f"reading {file.name}", 0, 0)
            yield from _with_notes(_file(file, mapping, options, report))

    def transform(self, raw: RawTable, options: Options) -> Iterator[Reading]:
        """Say what rows of a table mean.

        Yields
        ------
        Reading
            One; several where lines repeat, as they may in corrected rows.

        Raises
        ------
        InputError
            There is no mapping, or the rows lack a column of it.
        """
        if options.mapping is None:
            raise InputError(f"{raw.file}: name the mapping that says what its columns mean (--mapping FILE)")
        mapping = read_mapping(options.mapping, options)
        mapping.check_columns(raw)
        yield from _with_notes(_once_a_line(raw, Transformation(mapping, options, raw.file)))


LOADER = MappedTable()


def data_files(path: Path) -> list[Path]:
    """The tables that a mapping names.

    Parameters
    ----------
    path : Path
        The YAML file.

    Raises
    ------
    InputError
        It cannot be used, or names none.
    """
    _check_is_mapping(path)
    return read_mapping(path).data_files(path.parent)


def _check_is_mapping(path: Path) -> None:
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(SUFFIXES):
        raise InputError(
            f"{path.name} is a table, not a mapping; name its mapping with --mapping FILE, or draft one with "
            f"`tiertrace load mapping --suggest {path.name}`"
        )


def _file(path: Path, mapping: Mapping, options: Options, report: Report) -> Iterator[tuple[Transformation, Reading]]:
    """Read one file in pieces."""
    transformation = Transformation(mapping, options, path.name)
    first: RawTable | None = None
    rows = 0
    for raw in read_chunks(path, mapping.columns):
        if first is None:
            first = raw
            mapping.check_columns(raw)
        rows += raw.read
        yield from _once_a_line(_padded(raw, first), transformation)
        report(f"reading {path.name}", rows, 0)


def _padded(raw: RawTable, first: RawTable) -> RawTable:
    """A later piece of JSON lines may lack what the first one had."""
    lacking = {key: header for key, header in first.headers.items() if key not in raw.headers}
    if not lacking:
        return raw
    return replace(raw, frame=raw.frame.assign(**dict.fromkeys(lacking, "")), headers={**raw.headers, **lacking})


def _once_a_line(raw: RawTable, transformation: Transformation) -> Iterator[tuple[Transformation, Reading]]:
    """Rows by their lines, each line once: the line says which row is meant."""
    turns = raw.frame.groupby("line").cumcount().to_numpy()
    for turn in range(int(turns.max()) + 1 if len(turns) else 1):
        part = raw if not turns.any() else replace(raw, frame=raw.frame[turns == turn].reset_index(drop=True))
        yield transformation, transformation.piece(part if not turn else replace(part, rejects=[], notes=[]))


def _with_notes(pieces: Iterator[tuple[Transformation, Reading]]) -> Iterator[Reading]:
    """Readings, the last one with what is to be said of all of them."""
    held: tuple[Transformation, Reading] | None = None
    for piece in pieces:
        if held is not None:
            yield held[1]
        held = piece
    if held is not None:
        held[1].notes.extend(held[0].notes())
        yield held[1]

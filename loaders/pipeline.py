"""Loading: read -> check -> keep records -> derive again -> clean up.

What is read is kept piece by piece under a mark that nothing counts yet; when all of it is read and within the limit
on rejects, one transaction makes it count, and the graph is derived once. So memory does not grow with the file, and a
limit, a bad file, Ctrl-C or kill -9 leave the store as it was. A load that was killed after that transaction is mended
by the next command, which finds the derived graph older than the records and derives it again.

An input that was loaded before, byte for byte, with the same options and the same code, is not even read.
"""

from __future__ import annotations

import hashlib
import json
import re
import signal
import sys
import threading
from collections import Counter
from collections.abc import Generator, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from graph_core.belief import Rebuilt, bring, deriving, rebuild, refuse_contradictions
from graph_core.errors import InputError, TooManyRejectsError, UsageError
from graph_core.garbage import collected_seldom
from graph_core.side_by_side import ahead
from graph_core.store.base import Draft, Drafts, RecordSet, finishing
from loaders import quarantine, schemas
from loaders.base import Loader, Options, Reading, Report, Tally, silent
from loaders.files.opening import sha256_of
from loaders.files.rawtable import REJECT_COLUMNS, RawTable, header_key

if TYPE_CHECKING:
    from graph_core.store.base import Store

#: Rejected rows that are kept in memory for the report; all of them are in the file.
SHOWN_REJECTS = 1_000


@dataclass(frozen=True)
class Limit:
    """How many rejected rows a user allows.

    Attributes
    ----------
    value : float
        Rows, or percent of the rows read.
    percent : bool
        Which of the two.
    """

    value: float
    percent: bool

    @classmethod
    def parse(cls, text: str) -> Limit:
        """Read ``--max-rejects``.

        Parameters
        ----------
        text : str
            ``"20"`` for rows, ``"2.5%"`` for percent of the rows read.

        Raises
        ------
        UsageError
            It is neither.
        """
        match = re.fullmatch(r"\s*([0-9]+)\s*|\s*([0-9]+(?:\.[0-9]+)?)\s*%\s*", text)
        if match is None or (match[2] and float(match[2]) > 100):
            raise UsageError(f"--max-rejects {text!r}: write a number of rows such as 20, or a percentage such as 2.5%")
        return cls(float(match[1] or match[2]), match[1] is None)

    def exceeded(self, rejected: int, read: int) -> bool:
        """Whether so many rejects of so many rows are too many."""
        return rejected * 100 > self.value * read if self.percent else rejected > self.value

    def __str__(self) -> str:
        return f"{self.value:g}%" if self.percent else f"{self.value:g}"


@dataclass(frozen=True)
class LoadReport:
    """What a load did.

    Attributes
    ----------
    format : str
        Name of the format.
    sources : list of str
        Ids of the sources that were read.
    tables : list of Tally
        What became of the rows, table by table.
    rejects : Path or None
        File of rejected rows.
    records : dict of str to int
        Records said by the sources, made ones such as lists included, table by table.
    changed : bool
        Whether the store was changed; False too in a dry run.
    dry_run : bool
        Whether nothing was to be written.
    notes : list of str
        What a user should know and that cost no row.
    reject_rows : DataFrame
        The first `SHOWN_REJECTS` rejected rows.
    """

    format: str
    sources: list[str]
    tables: list[Tally]
    rejects: Path | None
    records: dict[str, int]
    changed: bool
    dry_run: bool
    notes: list[str]
    reject_rows: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=REJECT_COLUMNS), repr=False)

    def to_json(self) -> dict[str, object]:
        """Make what ``load --format json`` prints.

        Returns
        -------
        dict
            ``format``, ``source``, ``tables`` and ``rejects`` as documented; beyond them ``sources``, ``records``,
            ``changed``, ``dry_run`` and ``notes``.
        """
        return {
            "format": self.format,
            "source": ", ".join(self.sources),
            "tables": [
                {"table": t.table, "read": t.read, "loaded": t.loaded, "merged": t.merged, "rejected": t.rejected}
                for t in self.tables
            ],
            "rejects": None if self.rejects is None else str(self.rejects),
            "sources": self.sources,
            "records": self.records,
            "changed": self.changed,
            "dry_run": self.dry_run,
            "notes": self.notes,
        }


def load(
    store: Store | None,
    loader: Loader,
    paths: Iterable[Path],
    options: Options | None = None,
    *,
    dry_run: bool = False,
    max_rejects: str | None = None,
    home: Path,
    report: Report = silent,
) -> LoadReport:
    """Load files of one format into the store.

    Parameters
    ----------
    store : Store or None
        Where to; ``None`` only in a dry run.
    loader : Loader
        The format.
    paths : iterable of Path
        Files or folders that the user named.
    options : Options, optional
        What the user said about them.
    dry_run : bool
        Read, check and count; write nothing, neither to the store nor to the home.
    max_rejects : str, optional
        Rows, or percent of the rows read, such as ``"20"`` or ``"2.5%"``.
    home : Path
        The user's home, for the file of rejected rows and the graph as files.
    report : callable
        Told of the progress.

    Returns
    -------
    LoadReport
        What was done.

    Raises
    ------
    UsageError
        No path, or a limit that is none.
    InputError
        A file cannot be used, or not one of the rows could be.
    TooManyRejectsError
        More rejects than allowed; the store is as it was.
    StoreError
        The store cannot be written to.
    """
    limit = Limit.parse(max_rejects) if max_rejects is not None else None
    options = options or Options()
    named = list(paths)
    if not named:
        raise UsageError(f"load {loader.name} needs a path: {loader.summary}")

    def readings() -> Generator[Reading, None, None]:
        if (together := getattr(loader, "read_all", None)) is not None:  # several paths can be one source
            yield from together(named, options, report)
            return
        for path in named:
            yield from loader.read(path, options, report)

    if dry_run:
        return _Run(loader.name, options, limit, home, None).dry(readings())
    if store is None:
        raise UsageError("a load that is no dry run needs a store")
    fingerprint = input_fingerprint(loader.name, options, named, report)
    if (known := _loaded_before(store, fingerprint, report)) is not None:
        return known
    run = _Run(loader.name, options, limit, home, store)
    return run.load(readings(), fingerprint, [str(path.resolve()) for path in named], report)


def load_corrected(
    store: Store | None,
    path: Path,
    *,
    dry_run: bool = False,
    max_rejects: str | None = None,
    home: Path,
    report: Report = silent,
) -> list[LoadReport]:
    """Load rows that were rejected before and are corrected now, beside what their files said.

    A file may be corrected step by step and loaded after each: what was said of a line before is replaced.

    Parameters
    ----------
    store : Store or None
        Where to; ``None`` only in a dry run.
    path : Path
        A file of rejected rows (`loaders.quarantine`).
    dry_run, max_rejects, home, report
        As in `load`.

    Returns
    -------
    list of LoadReport
        One a format, file and set of options; what is still wrong is in their own files of rejects.

    Raises
    ------
    InputError
        It is no such file, or not one of its rows can be used.
    StoreError
        The store cannot be written to.
    """
    from loaders import registry  # noqa: PLC0415 - the registry knows loaders, and they need not know this
    from loaders.files.tablefile import read_table  # noqa: PLC0415

    limit = Limit.parse(max_rejects) if max_rejects is not None else None
    done = []
    for rows in quarantine.read(path, read_table(path, map(header_key, quarantine.FILE_COLUMNS))):
        loader = registry.get(rows.format)
        run = _Run(loader.name, rows.options, limit, home, store)
        if dry_run:
            done.append(run.dry(loader.transform(rows.raw, rows.options)))
            continue
        if store is None:
            raise UsageError("a load that is no dry run needs a store")
        readings = _beside(loader.transform(rows.raw, rows.options), rows.raw, store.read_records())
        told = f"{sha256_of(path)}\n{rows.format}\n{rows.raw.file}\n{rows.raw.sha256}"
        fingerprint = hashlib.sha256(told.encode()).hexdigest()
        done.append(run.load(readings, fingerprint, [str(path.resolve())], report))
    return done


def _beside(readings: Iterable[Reading], raw: RawTable, held: Iterable[RecordSet]) -> Generator[Reading, None, None]:
    """Corrected rows as a source beside their file, in place of what was said of the same lines before."""
    before = {s.source["id"]: s.frames for s in held if s.source.get("corrects")}
    lines = set(raw.frame["line"])
    sources: dict[str, dict[str, Any]] = {}
    told: dict[str, dict[str, list[pd.DataFrame]]] = {}
    for reading in readings:
        name = f"{reading.source['id']}:corrected"
        title = f"{reading.source['title']}, corrected rows"
        sources[name] = {**reading.source, "id": name, "title": title, "corrects": reading.source["id"]}
        frames = told.setdefault(name, {})
        for table, frame in reading.records.items():
            frames.setdefault(table, []).append(frame)
        yield Reading(sources[name], False, {}, reading.rejects, reading.tallies, reading.notes, reading.rows)
    for name, frames in told.items():
        for table, frame in before.get(name, {}).items():
            frames.setdefault(table, []).insert(0, frame[~frame["line"].isin(lines)])
        # Rows that stand for no line, such as those of lists, are the same each time.
        records = {table: pd.concat(parts, ignore_index=True).drop_duplicates() for table, parts in frames.items()}
        none = pd.DataFrame(columns=REJECT_COLUMNS)
        yield Reading(sources[name], True, records, none, [])


# --- what was loaded before ------------------------------------------------------------------------------------


def input_fingerprint(format_name: str, options: Options, paths: list[Path], report: Report = silent) -> str:
    """Fingerprint of all that decides what a load says: the bytes, the options and the code that reads them.

    Parameters
    ----------
    format_name : str
        The format.
    options : Options
        What the user said.
    paths : list of Path
        Files and folders; of a folder all files in it count, whatever is read of them.
    report : callable
        Told of the progress.

    Raises
    ------
    InputError
        A path cannot be read.
    """
    total = hashlib.sha256(f"{format_name}\n{code_fingerprint()}\n".encode())
    said = {key: value for key, value in vars(options).items() if key != "mapping"}
    total.update(json.dumps(said, sort_keys=True).encode())
    files = [file for path in [*paths, *filter(None, [options.mapping])] for file in _files(path)]
    for done, file in enumerate(files):
        report("compare with earlier loads", done, len(files))
        total.update(f"{file.name}\n{sha256_of(file)}\n".encode())
    report("compare with earlier loads", len(files), len(files))
    return total.hexdigest()


def _files(path: Path) -> list[Path]:
    return sorted(entry for entry in path.rglob("*") if entry.is_file()) if path.is_dir() else [path]


@cache
def code_fingerprint() -> str:
    """Fingerprint of the loaders and the record tables: a changed loader reads everything again."""
    total = hashlib.sha256()
    core = resources.files("graph_core")
    for entry in (
        *map(core.joinpath, ("model.py", "commodities.csv", "yaml_file.py")),
        *_code(resources.files("loaders")),
    ):
        total.update(entry.read_bytes())
    return total.hexdigest()


def _code(folder: Traversable) -> Iterator[Traversable]:
    """Code and words of the loaders; not what fetches lists or makes the sample, which changes nothing that is read."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and entry.name not in ("fetch", "sample"):
            yield from _code(entry)
        elif entry.is_file() and entry.name.endswith((".py", ".csv", ".json")):
            yield entry


def _loaded_before(store: Store, fingerprint: str, report: Report) -> LoadReport | None:
    """The report of the same input, where all that it said stands and its file of rejects is still there."""
    known = next((entry for entry in store.loads() if entry.id == fingerprint and entry.current), None)
    if known is None:
        return None
    said = json.loads(known.report)
    rejects = None if said["rejects"] is None else Path(said["rejects"])
    if rejects is not None and not rejects.exists():
        return None
    version = store.version()
    if version.derived != version.records:  # that load was killed before its end
        with store.writer():
            rebuild(store, report)
    return LoadReport(
        format=known.format,
        sources=said["sources"],
        tables=[Tally(**row) for row in said["tables"]],
        rejects=rejects,
        records=said["records"],
        changed=False,
        dry_run=False,
        notes=said["notes"],
    )


# --- one load --------------------------------------------------------------------------------------------------


class _Run:
    """One load: takes readings as they come, counts, and hands on what is kept."""

    def __init__(
        self, format_name: str, options: Options, limit: Limit | None, home: Path, store: Store | None
    ) -> None:
        self._format, self._limit, self._home, self._store = format_name, limit, home, store
        self._quarantine = quarantine.Writer(home, format_name, options)
        self._tallies: dict[str, Tally] = {}
        self._sources: dict[str, dict[str, Any]] = {}
        self._records: dict[str, int] = {}
        self._notes: dict[str, None] = {}
        self._shown: list[pd.DataFrame] = []
        self._shares = False

    def dry(self, readings: Iterable[Reading]) -> LoadReport:
        """Count, and write nothing."""
        with collected_seldom():
            for reading in readings:
                self._count(reading)
        self._refuse(None)
        return self._report(None, changed=False, dry_run=True)

    def load(
        self, readings: Generator[Reading, None, None], fingerprint: str, paths: list[str], report: Report
    ) -> LoadReport:
        """Keep what is read, and derive the graph where it is older than the records."""
        store = self._store
        if store is None:
            raise UsageError("a load that is no dry run needs a store")
        with collected_seldom(), ahead(readings) as pieces, store.writer():
            drafts = store.drafts(finishing(report))  # cancelled between two pieces that are read, and never later
            try:
                self._keep(self._dated(pieces, store), drafts)
                file = self._quarantine.finish(f"{self._format}-{fingerprint[:12]}")
                self._refuse(file)
                said = drafts.said()
                if self._shares and said is not None:
                    refuse_contradictions(said)
            except BaseException:
                self._quarantine.drop()
                drafts.drop()
                raise
            log = self._log(self._report(file, changed=True, dry_run=False), fingerprint, paths)
            with _finishing():
                self._make_count(store, drafts, log, said, report)
        return self._report(file, changed=said is not None, dry_run=False)

    def _make_count(
        self, store: Store, drafts: Drafts, log: dict[str, Any], said: list[RecordSet] | None, report: Report
    ) -> None:
        """Let what was read count, and bring the graph to it; ``said`` is None where the store holds it already."""
        if said is None:
            drafts.keep(log)
            version = store.version()
            if version.derived != version.records:
                self._note(rebuild(store, report))
            return
        with deriving(said) as derived:
            drafts.keep(log)
            self._note(bring(store, derived, report, self._home))

    @staticmethod
    def _dated(readings: Iterable[Reading], store: Store) -> Iterator[Reading]:
        """Refuse a delivery without a day of a list that is held by its days: it would stand beside them for ever."""
        held = {entry.source.get("series") for entry in store.held()}
        for reading in readings:
            if reading.source["id"] in held:
                raise InputError(
                    f"{reading.source['title']} is held by its days; say of which day this one is: --list-date DATE"
                )
            yield reading

    def _keep(self, readings: Iterable[Reading], drafts: Drafts) -> None:
        """Put records into drafts; readings of one source belong together."""
        known: dict[tuple[str | None, bool], Draft] = {}
        rejected: Counter[str | None] = Counter()
        dated: set[str | None] = set()
        for reading in readings:
            self._count(reading)
            self._quarantine.add(reading.rejects, reading.rows)
            rejected[reading.source["id"]] += len(reading.rejects)
            if "lists" in reading.records or reading.source.get("series"):
                dated.add(reading.source["id"])
            if not (reading.replace or any(len(frame) for frame in reading.records.values())):
                continue
            key = (reading.source["id"], reading.replace)
            if key not in known:
                known[key] = drafts.open(reading.source, replace=reading.replace)
            known[key].add(reading.records)
            self._shares = self._shares or _states_shares(reading)
        for (source, _), draft in known.items():
            if rejected[source]:  # what these rows say is not known: nothing that the file lacks has ended by it
                draft.source = {**draft.source, "rejected": rejected[source]}
        if short := [str(source) for source in dated if rejected[source]]:
            self._notes[
                f"rows of {', '.join(sorted(short))} were rejected, so nothing that an earlier list holds and this one "
                "lacks is taken to have ended; correct the rows (`tiertrace load --rejects FILE`) and it is"
            ] = None

    def _count(self, reading: Reading) -> None:
        schemas.check(reading.records)
        for tally in reading.tallies:
            total = self._tallies.setdefault(tally.table, Tally(tally.table))
            total.read += tally.read
            total.loaded += tally.loaded
            total.merged += tally.merged
            total.rejected += tally.rejected
            total.check()
        if reading.records:
            self._sources[str(reading.source["id"])] = reading.source
        for name, frame in reading.records.items():
            self._records[name] = self._records.get(name, 0) + len(frame)
        self._notes |= dict.fromkeys(reading.notes)
        if len(reading.rejects) and sum(map(len, self._shown)) < SHOWN_REJECTS:
            self._shown.append(reading.rejects.head(SHOWN_REJECTS))

    def _refuse(self, file: Path | None) -> None:
        """Refuse a load of which nothing is usable, or with too many rejects."""
        tables = self._tallies.values()
        read, rejected = sum(t.read for t in tables), sum(t.rejected for t in tables)
        if not rejected:
            return
        first = "; ".join(_described(row) for row in self._rejects().head(3).astype(str).to_dict("records"))
        more = f" ... and {rejected - 3:,} more" if rejected > 3 else ""
        where = f"; all of them are in {file}" if file else ""
        if self._limit is not None and self._limit.exceeded(rejected, read):
            raise TooManyRejectsError(
                f"{rejected:,} of {read:,} rows are rejected, more than --max-rejects {self._limit}; nothing was "
                f"loaded: {first}{more}{where}"
            )
        if rejected == read:
            raise InputError(f"none of the {read:,} rows can be used: {first}{more}{where}")

    def _rejects(self) -> pd.DataFrame:
        if not self._shown:
            return pd.DataFrame(columns=REJECT_COLUMNS)
        return pd.concat(self._shown, ignore_index=True)[REJECT_COLUMNS].head(SHOWN_REJECTS)

    def _log(self, done: LoadReport, fingerprint: str, paths: list[str]) -> dict[str, Any]:
        return {
            "id": fingerprint,
            "format": self._format,
            "loaded_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "paths": paths,
            "sources": done.sources,
            "report": json.dumps(done.to_json(), ensure_ascii=False),
        }

    def _note(self, done: Rebuilt) -> None:
        """Tell what a user should know of the graph."""
        for source in self._sources.values():
            if source.get("series") and (ended := done.ended.get(str(source["retrieved_at"]))):
                self._notes[
                    f"not on {source['title']}, and ended by then: {ended:,} of the findings of earlier deliveries; if "
                    f"the file is not whole, take it back: `tiertrace forget {source['id']}`"
                ] = None
        if done.placeholders:
            self._notes[
                f"{done.placeholders:,} parties in the store are named by a record and defined by none; they stand in "
                "as placeholders (`tiertrace query placeholders` lists them)"
            ] = None

    def _report(self, file: Path | None, *, changed: bool, dry_run: bool) -> LoadReport:
        return LoadReport(
            format=self._format,
            sources=list(self._sources),
            tables=list(self._tallies.values()),
            rejects=file,
            records=dict(self._records),
            changed=changed,
            dry_run=dry_run,
            notes=list(self._notes),
            reject_rows=self._rejects(),
        )


def _described(row: Mapping[Hashable, str]) -> str:
    cell = f" {row['column']} {row['value']!r}" if row["column"] else ""
    return f"{row['file']} line {row['line']}:{cell} {row['reason']}"


def _states_shares(reading: Reading) -> bool:
    """Whether a reading says anything that can contradict stated shares."""
    links = reading.records.get("links")
    return bool(len(reading.records.get("coverage", ()))) or (links is not None and bool(links["share"].notna().any()))


@contextmanager
def _finishing() -> Iterator[None]:
    """Let the first Ctrl-C wait until the graph is whole; the second ends at once, and the next command mends it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def ask(_number: int, _frame: object) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        sys.stderr.write("finishing the graph first; press Ctrl-C again to stop at once\n")

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if asked:
        raise KeyboardInterrupt

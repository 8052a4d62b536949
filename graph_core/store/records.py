"""What sources said, kept in the store as blocks of compressed Parquet.

Blocks of new sets are written first, one to a transaction; then one transaction switches the heads to them, raises the
version, notes the load and who did it, and removes the blocks that were replaced. A load that was killed before that
leaves blocks that no head names; the next load removes them.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import uuid
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from neo4j import ManagedTransaction, Record

from graph_core.errors import StoreError
from graph_core.queries import statement
from graph_core.store import trail
from graph_core.store.base import Held, Load, RecordSet, Report
from graph_core.store.bolt import FAT, Bolt
from graph_core.store.lease import Lease

#: Largest block in bytes; messages above 16 MiB hang.
MAX_BLOCK = 8 << 20
#: Bytes of blocks that a draft holds back before it writes them.
HELD_BACK = 32 << 20
_READ_ATTEMPTS = 5
#: Load counter of what is about to be kept: above all that a store gives.
_NEWEST = 1 << 62
_BLOCKS_LOST = "Blocks of records are missing from the store. Load the sources again."


def _pack(frame: pd.DataFrame) -> list[tuple[int, bytes]]:
    """Blocks of a table: rows in each, and its bytes."""
    data = _bytes(frame)
    if len(data) <= MAX_BLOCK:
        return [(len(frame), data)]
    if len(frame) == 1:
        raise StoreError(f"One row takes {len(data)} bytes compressed; the store takes {MAX_BLOCK} at most.")
    pieces = min(len(frame), math.ceil(len(data) / MAX_BLOCK) + 1)
    cuts = np.linspace(0, len(frame), pieces + 1).astype(int)
    return [block for low, high in pairwise(cuts) for block in _pack(frame.iloc[low:high])]


def _bytes(frame: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    arrow = pa.Table.from_pandas(frame.reset_index(drop=True), preserve_index=False)
    pq.write_table(arrow, sink, compression="zstd", compression_level=3)
    return sink.getvalue()


def _unpack(blocks: list[bytes]) -> pd.DataFrame:
    frame: pd.DataFrame = pa.concat_tables([pq.read_table(io.BytesIO(data)) for data in blocks]).to_pandas()
    for column in frame.columns:
        if frame[column].dtype == object:  # lists come back as arrays
            values = [v.tolist() if isinstance(v, np.ndarray) else v for v in frame[column]]
            frame[column] = pd.Series(values, dtype=object)
    return frame


def _covered(heads: list[Record], head: Record, *, replace: bool) -> bool:
    """Whether loading the same content again would change nothing.

    A dataset snapshot that is held is held. Tables that are loaded again count anew: they are on top already unless
    a later set speaks about the same tables.
    """
    if replace:
        return True
    return not any(h["seq"] > head["seq"] and set(h["tables"]) & set(head["tables"]) for h in heads)


class Draft:
    """What one source said, on its way into the store; counts only once it is kept.

    Blocks are held back up to `HELD_BACK` bytes, so that content which the store holds already is never written.
    """

    def __init__(self, lease: Lease, source: dict[str, Any], replace: bool, report: Report) -> None:
        self.source, self.replace = source, replace
        self.tag = uuid.uuid4().hex
        self.blocks: list[str] = []
        self.rows = 0
        self._lease, self._report = lease, report
        self._held: list[dict[str, Any]] = []
        self._hashes: dict[str, Any] = {}

    @property
    def tables(self) -> list[str]:
        """Record tables that it speaks about."""
        return sorted(self._hashes)

    @property
    def held_back(self) -> dict[str, dict[str, Any]]:
        """Blocks that are not written yet, by their ids."""
        return {block["id"]: block for block in self._held}

    @property
    def checksum(self) -> str:
        """Checksum of the content."""
        total = hashlib.sha256(json.dumps(self.source, sort_keys=True, ensure_ascii=False, default=str).encode())
        for table in self.tables:
            total.update(table.encode() + self._hashes[table].digest())
        return total.hexdigest()

    def add(self, frames: dict[str, pd.DataFrame]) -> None:
        """Add rows."""
        for table, frame in frames.items():
            for number, data in _pack(frame) if len(frame) else ():
                self._hashes.setdefault(table, hashlib.sha256()).update(data)
                block = f"{self.tag}/{table}/{len(self.blocks)}"
                self._held.append({"id": block, "table": table, "part": len(self.blocks), "rows": number, "data": data})
                self.blocks.append(block)
                self.rows += number
        if sum(len(block["data"]) for block in self._held) > HELD_BACK:
            self.flush()
        else:
            self._lease.renew()

    def flush(self) -> None:
        """Write what was held back."""
        done = self.rows - sum(block["rows"] for block in self._held)
        for block in self._held:
            self._lease.write("store/put_block", tag=self.tag, source_id=self.source["id"], **block)
            done += block["rows"]
            self._report("keep records", done, self.rows)
        self._held = []


class Drafts:
    """Record sets that one load writes; all of them count from one moment on, or none.

    Parameters
    ----------
    bolt, lease
        Connection, and the right to write, which the caller holds.
    report : callable
        Told about progress.
    """

    def __init__(self, bolt: Bolt, lease: Lease, report: Report) -> None:
        self._bolt, self._lease, self._report = bolt, lease, report
        self._drafts: list[Draft] = []
        self._heads = bolt.read("store/read_record_sets")
        _clean(bolt, lease, [h["tag"] for h in self._heads])

    def open(self, source: dict[str, Any], *, replace: bool) -> Draft:
        """Begin a record set.

        Parameters
        ----------
        source : dict
            Row of `graph_core.model.SOURCES`, and ``format``.
        replace : bool
            It takes the place of what the same source said before; else it stands beside it.
        """
        self._drafts.append(Draft(self._lease, source, replace, self._report))
        return self._drafts[-1]

    def keep(self, log: dict[str, Any] | None = None) -> bool:
        """Make everything count, in one transaction.

        Parameters
        ----------
        log : dict, optional
            Entry of the load log (see `graph_core.store.base.Store.loads`).

        Returns
        -------
        bool
            False where the store held just that already.
        """
        heads, fresh = self._heads_of_drafts()
        for draft, head in fresh:
            if head["tag"] == draft.tag:
                draft.flush()
        changed = {head["id"] for _, head in fresh}
        tags = [h["tag"] for h in self._heads if h["id"] not in changed] + [head["tag"] for _, head in fresh]
        if fresh or log is not None:
            entry = None if log is None else {**log, "tags": [head["tag"] for head in heads]}
            written = {h["tag"] for h in self._heads} | {draft.tag for draft in self._drafts}
            _switch(self._lease, [head for _, head in fresh], tags, entry, clean=written > set(tags))
        return bool(fresh)

    def said(self) -> list[RecordSet] | None:
        """Give all record sets as they count once these are kept; None where the store holds just that already."""
        _, fresh = self._heads_of_drafts()
        if not fresh:
            return None
        new = {head["id"]: {**head, "seq": _NEWEST + place} for place, (_, head) in enumerate(fresh)}
        at_hand = {name: block for draft, _ in fresh for name, block in draft.held_back.items()}
        found = _sets(self._bolt, [*(h for h in self._heads if h["id"] not in new), *new.values()], at_hand)
        if found is None:
            raise StoreError(_BLOCKS_LOST)
        return found

    def _heads_of_drafts(self) -> tuple[list[dict[str, Any]], list[tuple[Draft, dict[str, Any]]]]:
        """Heads of all drafts, and the drafts with heads that the store does not hold as they are."""
        heads = [self._head(draft) for draft in self._drafts]
        return heads, [(d, h) for d, h in zip(self._drafts, heads, strict=True) if not h.get("held")]

    def _head(self, draft: Draft) -> dict[str, Any]:
        """Head of a draft; ``held`` where the store has it already and it counts."""
        checksum = draft.checksum
        head_id = draft.source["id"] if draft.replace else f"{draft.source['id']}@{checksum[:12]}"
        same = next((h for h in self._heads if h["id"] == head_id and h["sha256"] == checksum), None)
        head: dict[str, Any] = {
            "id": head_id,
            "tag": draft.tag if same is None else same["tag"],
            "sha256": checksum,
            "source": json.dumps(draft.source, ensure_ascii=False, default=str),
            "blocks": draft.blocks if same is None else same["blocks"],
            "tables": draft.tables,
        }
        if same is not None and _covered(self._heads, same, replace=draft.replace):
            head["held"] = True
        return head

    def drop(self) -> None:
        """Give up: nothing of it stays."""
        _clean(self._bolt, self._lease, [h["tag"] for h in self._heads])


def _clean(bolt: Bolt, lease: Lease, tags: list[str]) -> None:
    """Remove blocks that no head names: of loads that were killed."""
    if bolt.read("store/count_blocks", tags=tags)[0]["number"]:
        lease.write("store/delete_blocks", tags=tags)


def _switch(
    lease: Lease, heads: list[dict[str, Any]], kept: list[str], log: dict[str, Any] | None, *, clean: bool
) -> None:
    """Make complete sets count, raise the version and remove what they replace, if anything, all or nothing."""

    def work(tx: ManagedTransaction) -> None:
        for head in heads:
            counted = tx.run(statement("store/bump_records")).single()
            if counted is None:
                raise StoreError("The store lost its state. Stop tiertrace and check the data folder.")
            tx.run(statement("store/put_record_set"), {**head, "seq": counted["seq"]}).consume()
        if clean:
            tx.run(statement("store/delete_blocks"), tags=kept).consume()
        if log is not None:
            tx.run(statement("store/put_load"), log).consume()
        trail.put(tx, ", ".join(said))

    said = dict.fromkeys(json.loads(head["source"])["id"] for head in heads) or (log or {}).get("sources", [])
    lease.transaction(work)


def forget(bolt: Bolt, lease: Lease, source_id: str) -> bool:
    """Remove all that a source said; see `graph_core.store.base.Store.forget`."""
    heads = bolt.read("store/read_record_sets")
    gone = [h["id"] for h in heads if json.loads(h["source"])["id"] == source_id]
    if not gone:
        return False
    kept = [h["tag"] for h in heads if h["id"] not in gone]

    def work(tx: ManagedTransaction) -> None:
        tx.run(statement("store/bump_records")).consume()
        tx.run(statement("store/delete_record_sets"), ids=gone).consume()
        tx.run(statement("store/delete_blocks"), tags=kept).consume()
        trail.put(tx, source_id)

    lease.transaction(work)
    return True


def held(bolt: Bolt) -> list[Held]:
    """Give what is held of each source; see `graph_core.store.base.Store.held`."""
    counted: dict[str, dict[str, int]] = {}
    for row in bolt.read("store/count_rows"):
        counted.setdefault(row["tag"], {})[row["table"]] = row["number"]
    heads = bolt.read("store/read_record_sets")
    return [Held(json.loads(h["source"]), h["seq"], dict(sorted(counted.get(h["tag"], {}).items()))) for h in heads]


def loads(bolt: Bolt) -> list[Load]:
    """Give the load log; see `graph_core.store.base.Store.loads`."""
    heads = bolt.read("store/read_record_sets")
    by_tag = {h["tag"]: h for h in heads}
    found = []
    for row in bolt.read("store/read_loads"):
        held = [by_tag.get(tag) for tag in row["tags"]]
        current = bool(held) and all(
            h is not None and _covered(heads, h, replace=h["id"] == json.loads(h["source"])["id"]) for h in held
        )
        found.append(
            Load(row["id"], row["format"], row["loaded_at"], row["paths"], row["sources"], row["report"], current)
        )
    return found


def read(bolt: Bolt, source: str | None = None) -> list[RecordSet]:
    """Give back everything that was said, or all that one source said, in the order in which it was loaded."""
    for _ in range(_READ_ATTEMPTS):  # a load that ends meanwhile takes away blocks that it replaced
        heads = bolt.read("store/read_record_sets")
        heads = [h for h in heads if source is None or json.loads(h["source"])["id"] == source]
        found = _sets(bolt, heads, {})
        if found is not None:
            return found
    raise StoreError(_BLOCKS_LOST)


def _sets(
    bolt: Bolt, heads: Sequence[Mapping[str, Any]], at_hand: Mapping[str, Mapping[str, Any]]
) -> list[RecordSet] | None:
    """Record sets of some heads, from blocks that are at hand and those of the store; None where one is not there."""
    ids = [block for head in heads for block in head["blocks"] if block not in at_hand]
    found = {r["id"]: r for r in bolt.read("store/read_blocks", ids=ids, fetch_size=FAT)} if ids else {}
    return None if len(found) < len(ids) else [_record_set(head, {**found, **at_hand}) for head in heads]


def _record_set(head: Mapping[str, Any], blocks: Mapping[str, Mapping[str, Any]]) -> RecordSet:
    parts: dict[str, list[bytes]] = {}
    for block in head["blocks"]:
        parts.setdefault(blocks[block]["table"], []).append(bytes(blocks[block]["data"]))
    frames = {table: _unpack(data) for table, data in parts.items()}
    return RecordSet(json.loads(head["source"]), head["seq"], frames)

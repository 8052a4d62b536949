"""What sources said, kept in the store as blocks of compressed Parquet.

Blocks of a new set are written first, a few to a transaction; then one transaction switches the head to them, raises
the version and removes the blocks that were replaced. A load that was killed before that leaves blocks that no head
names; the next load removes them.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import uuid
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from neo4j import ManagedTransaction, Record

from graph_core.errors import StoreError
from graph_core.queries import statement
from graph_core.store.base import RecordSet, Report
from graph_core.store.bolt import FAT, Bolt
from graph_core.store.lease import Lease

#: Largest block in bytes; messages above 16 MiB hang.
MAX_BLOCK = 8 << 20
_READ_ATTEMPTS = 5


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


def _checksum(source: dict[str, Any], packed: dict[str, list[tuple[int, bytes]]]) -> str:
    total = hashlib.sha256(json.dumps(source, sort_keys=True, ensure_ascii=False, default=str).encode())
    for table in sorted(packed):
        total.update(table.encode())
        for _, data in packed[table]:
            total.update(data)
    return total.hexdigest()


def _covered(heads: list[Record], head: Record, *, replace: bool) -> bool:
    """Whether loading the same content again would change nothing.

    A dataset snapshot that is held is held. Tables that are loaded again count anew: they are on top already unless
    a later set speaks about the same tables.
    """
    if replace:
        return True
    return not any(h["seq"] > head["seq"] and set(h["tables"]) & set(head["tables"]) for h in heads)


def put(
    bolt: Bolt,
    lease: Lease,
    source: dict[str, Any],
    frames: dict[str, pd.DataFrame],
    *,
    replace: bool,
    report: Report,
) -> bool:
    """Keep what a source said; see `graph_core.store.base.Store.put_records`."""
    packed = {name: _pack(frame) for name, frame in frames.items() if len(frame)}
    checksum = _checksum(source, packed)
    head_id = source["id"] if replace else f"{source['id']}@{checksum[:12]}"
    with lease.held():
        heads = bolt.read("store/read_record_sets")
        _clean(bolt, lease, heads)
        same = next((h for h in heads if h["id"] == head_id and h["sha256"] == checksum), None)
        if same is not None and _covered(heads, same, replace=replace):
            return False
        tag = same["tag"] if same is not None else uuid.uuid4().hex
        head: dict[str, Any] = {
            "id": head_id,
            "tag": tag,
            "sha256": checksum,
            "source": json.dumps(source, ensure_ascii=False, default=str),
            "tables": sorted(packed),
        }
        if same is not None:
            head["blocks"] = same["blocks"]
        else:
            head["blocks"] = _write_blocks(lease, source["id"], tag, packed, report)
        kept = [h["tag"] for h in heads if h["id"] != head_id]
        _switch(lease, head, [*kept, tag])
    return True


def _clean(bolt: Bolt, lease: Lease, heads: list[Record]) -> None:
    tags = [h["tag"] for h in heads]
    if bolt.read("store/count_blocks", tags=tags)[0]["number"]:
        lease.write("store/delete_blocks", tags=tags)


def _write_blocks(
    lease: Lease, source_id: str, tag: str, packed: dict[str, list[tuple[int, bytes]]], report: Report
) -> list[str]:
    ids = []
    total, done = sum(n for blocks in packed.values() for n, _ in blocks), 0
    for table, blocks in packed.items():
        for part, (number, data) in enumerate(blocks):
            block = f"{tag}/{table}/{part}"
            lease.write(
                "store/put_block",
                id=block,
                tag=tag,
                source_id=source_id,
                table=table,
                part=part,
                rows=number,
                data=data,
            )
            ids.append(block)
            done += number
            report("keep records", done, total)
    return ids


def _switch(lease: Lease, head: dict[str, Any], kept: list[str]) -> None:
    """Make a complete set count, raise the version and remove what it replaces, all or nothing."""

    def work(tx: ManagedTransaction) -> None:
        counted = tx.run(statement("store/bump_records")).single()
        if counted is None:
            raise StoreError("The store lost its state. Stop tiertrace and check the data folder.")
        tx.run(statement("store/put_record_set"), {**head, "seq": counted["seq"]}).consume()
        tx.run(statement("store/delete_blocks"), tags=kept).consume()

    lease.transaction(work)


def read(bolt: Bolt) -> list[RecordSet]:
    """Give back everything that was said, in the order in which it was loaded."""
    for _ in range(_READ_ATTEMPTS):
        heads = bolt.read("store/read_record_sets")
        ids = [block for head in heads for block in head["blocks"]]
        found = {r["id"]: r for r in bolt.read("store/read_blocks", ids=ids, fetch_size=FAT)} if ids else {}
        if len(found) == len(ids):
            return [_record_set(head, found) for head in heads]
    raise StoreError("Blocks of records are missing from the store. Load the sources again.")


def _record_set(head: Record, found: dict[str, Record]) -> RecordSet:
    parts: dict[str, list[bytes]] = {}
    for block in head["blocks"]:
        parts.setdefault(found[block]["table"], []).append(bytes(found[block]["data"]))
    frames = {table: _unpack(blocks) for table, blocks in parts.items()}
    return RecordSet(json.loads(head["source"]), head["seq"], frames)

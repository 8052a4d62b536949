"""What sources said: kept, replaced, ordered, never half."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from graph_core.queries import statement
from graph_core.store import records as blocks
from graph_core.store.open import BoltStore
from tests.contract.graphs import PALM, records


def as_lists(frame: pd.DataFrame) -> dict[str, list[Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return {str(name): plain[name].tolist() for name in plain}


def test_what_was_said_comes_back_as_it_was_said(store: BoltStore) -> None:
    said = records(50)
    assert store.put_records(PALM, said, True)
    (kept,) = store.read_records()
    assert kept.source == PALM
    assert kept.frames.keys() == said.keys()
    for name, frame in said.items():
        assert as_lists(kept.frames[name]) == as_lists(frame), name
        if name == "facilities":
            assert kept.frames[name].dtypes.to_dict() == frame.dtypes.to_dict()


def test_an_empty_store_has_no_records_and_version_0(store: BoltStore) -> None:
    assert store.read_records() == []
    assert (store.version().records, store.version().derived) == (0, 0)
    assert store.version().uuid


def test_the_same_content_again_changes_nothing(store: BoltStore) -> None:
    assert store.put_records(PALM, records(), True)
    before = store.version()
    assert not store.put_records(PALM, records(), True)
    assert store.version() == before


def test_every_change_raises_the_version(store: BoltStore) -> None:
    store.put_records(PALM, records(3), True)
    first = store.version().records
    assert store.put_records(PALM, records(4), True)
    assert store.version().records == first + 1


def test_a_dataset_replaces_its_earlier_records(store: BoltStore) -> None:
    store.put_records(PALM, records(9), True)
    store.put_records(PALM, {"facilities": records(4)["facilities"]}, True)
    (kept,) = store.read_records()
    assert list(kept.frames) == ["facilities"]
    assert len(kept.frames["facilities"]) == 4


def test_tables_add_up_and_later_ones_come_last(store: BoltStore) -> None:
    first, second = {**PALM, "id": "tables:a"}, {**PALM, "id": "tables:b"}
    store.put_records(first, records(3), False)
    store.put_records(second, records(5), False)
    assert [r.source["id"] for r in store.read_records()] == ["tables:a", "tables:b"]
    assert store.put_records(first, records(3), False), "loaded again after others: it counts last now"
    assert [r.source["id"] for r in store.read_records()] == ["tables:b", "tables:a"]
    assert not store.put_records(first, records(3), False)


def test_tables_about_other_things_do_not_push_each_other(store: BoltStore) -> None:
    facilities, links = ({name: records(3)[name]} for name in ("facilities", "links"))
    store.put_records({**PALM, "id": "tables:f"}, facilities, False)
    store.put_records({**PALM, "id": "tables:l"}, links, False)
    before = store.version()
    assert not store.put_records({**PALM, "id": "tables:f"}, facilities, False)
    assert not store.put_records({**PALM, "id": "tables:l"}, links, False)
    assert store.version() == before


def test_a_large_table_is_kept_in_several_blocks(store: BoltStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MAX_BLOCK", 4_000)
    said = pd.DataFrame({"id": [f"{i * 7919 % 10007:05d}" for i in range(6_000)], "line": range(6_000)})
    store.put_records(PALM, {"facilities": said}, True)
    heads = store._bolt.read("store/read_record_sets")
    assert len(heads[0]["blocks"]) > 3
    (kept,) = store.read_records()
    assert as_lists(kept.frames["facilities"]) == as_lists(said)


def test_a_block_of_the_largest_size_travels(store: BoltStore) -> None:
    data = bytes(range(256)) * (blocks.MAX_BLOCK // 256)
    with store.writer():
        store._lease.write("store/put_block", id="big", tag="t", source_id="s", table="x", part=0, rows=1, data=data)
    assert bytes(store._bolt.read("store/read_blocks", ids=["big"])[0]["data"]) == data


def test_a_load_cut_short_leaves_the_old_records_and_is_cleaned_up(
    store: BoltStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put_records(PALM, records(3), True)
    before = store.version()

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(blocks, "_switch", die)
        with pytest.raises(KeyboardInterrupt):
            store.put_records(PALM, records(30), True)
    assert store.version() == before
    assert len(store.read_records()[0].frames["facilities"]) == 3
    assert store._bolt.read("store/count_blocks", tags=["-"])[0]["number"] == 4
    assert store.put_records(PALM, records(30), True)
    assert len(store.read_records()[0].frames["facilities"]) == 30
    assert store._bolt.read("store/count_blocks", tags=["-"])[0]["number"] == 2


def test_blocks_are_looked_through_only_where_some_may_be_left(
    store: BoltStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def watched(name: str) -> Any:
        asked.append(name)
        return statement(name)

    monkeypatch.setattr(blocks, "statement", watched)
    monkeypatch.setattr(blocks, "HELD_BACK", 0)
    other = {**PALM, "id": "other"}
    for source, size, cleaned in ((PALM, 9, 0), (other, 9, 0), (PALM, 12, 1)):
        asked.clear()
        assert store.put_records(source, records(size), True)
        assert asked.count("store/delete_blocks") == cleaned
    assert not store.put_records(other, records(9), True)  # its blocks were written, and nothing names them
    store.put_records(PALM, records(13), True)
    assert store._bolt.read("store/count_blocks", tags=["-"])[0]["number"] == 4


def test_progress_is_told_in_rows(store: BoltStore) -> None:
    told: list[tuple[str, int, int]] = []
    store.put_records(PALM, records(10), True, lambda *step: told.append(step))
    assert told[-1][1:] == (11, 11)


@pytest.mark.parametrize("held_back", [0, 32 << 20])
@pytest.mark.parametrize("replace", [True, False])
def test_what_drafts_say_is_what_counts_once_they_are_kept(
    store: BoltStore, monkeypatch: pytest.MonkeyPatch, held_back: int, replace: bool
) -> None:
    monkeypatch.setattr(blocks, "HELD_BACK", held_back)
    other = {**PALM, "id": "other"}
    store.put_records(PALM, records(9), replace)
    store.put_records(other, records(2), replace)
    with store.writer():
        drafts = store.drafts()
        draft = drafts.open(PALM, replace=replace)
        for number in (4, 5):
            draft.add(records(number))
        said = drafts.said()
        assert said is not None
        assert [s.source["id"] for s in store.read_records()] == [PALM["id"], "other"]
        assert drafts.keep()
    kept = store.read_records()
    assert [s.source for s in kept] == [s.source for s in said]
    for before, after in zip(said, kept, strict=True):
        assert {name: as_lists(frame) for name, frame in before.frames.items()} == {
            name: as_lists(frame) for name, frame in after.frames.items()
        }


def test_drafts_of_what_is_held_say_nothing(store: BoltStore) -> None:
    store.put_records(PALM, records(), True)
    with store.writer():
        drafts = store.drafts()
        drafts.open(PALM, replace=True).add(records())
        assert drafts.said() is None
        assert not drafts.keep()

"""The chain of the audit trail, without a store."""

from __future__ import annotations

import getpass
import hashlib
import json
from dataclasses import asdict, replace

import pytest

from graph_core import audit
from graph_core.audit import Act, Entry, State, Trail, about, acting, current, entry, verify
from graph_core.errors import VerificationError

ACT = Act("Ana", "analyst", audit.APP, "match accepted", "o / A", "same address")


def chain(length: int) -> Trail:
    entries: list[Entry] = []
    for seq in range(1, length + 1):
        previous = entries[-1].hash if entries else "store-1"
        entries.append(entry(replace(ACT, subject=f"s{seq}"), State.DONE, seq=seq, records=seq, previous=previous))
    return Trail("store-1", length, entries[-1].hash if entries else "store-1", entries)


def test_a_hash_covers_all_that_an_entry_says() -> None:
    made = entry(ACT, State.DONE, seq=1, records=4, previous="store-1")
    said = {key: value for key, value in asdict(made).items() if key != "hash"}
    assert made.hash == hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    for name, value in said.items():
        other = replace(made, **{name: value + 1 if isinstance(value, int) else value + "x"})
        assert other.hashed() != made.hash, name


@pytest.mark.parametrize("length", [0, 1, 5])
def test_a_whole_chain_verifies(length: int) -> None:
    trail = chain(length)
    verify(trail)
    if length:
        verify(trail, trail.entries[0].hash[:12])


def without(trail: Trail, *, at: int) -> Trail:
    return replace(trail, entries=trail.entries[:at] + trail.entries[at + 1 :])


def renamed(trail: Trail, *, hashed: bool) -> Trail:
    other = replace(trail.entries[1], name="Eve")
    other = replace(other, hash=other.hashed()) if hashed else other
    return replace(trail, entries=[trail.entries[0], other, *trail.entries[2:]])


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (without(chain(4), at=0), "entry 1 .* is missing"),
        (without(chain(4), at=2), "entry 3 .* is missing"),
        (without(chain(4), at=3), "ends at entry 3, and the store remembers 4"),
        (replace(chain(4), entries=[]), "ends at entry 0"),
        (renamed(chain(4), hashed=False), "entry 2 .* was changed"),
        (renamed(chain(4), hashed=True), "entry 3 .* does not follow"),
        (replace(chain(4), store="store-2"), "entry 1 .* does not follow"),
        (replace(chain(4), head="0"), "ends at entry 4"),
    ],
)
def test_what_was_done_to_a_chain_shows(broken: Trail, message: str) -> None:
    with pytest.raises(VerificationError, match=message):
        verify(broken)


def test_a_chain_written_anew_shows_by_a_hash_noted_elsewhere() -> None:
    noted = chain(3).head
    anew = chain(2)
    verify(anew)
    with pytest.raises(VerificationError, match="written anew"):
        verify(anew, noted)


def test_texts_are_printable_and_short() -> None:
    made = entry(replace(ACT, name="A\x1b[31m\n b", detail="x" * 9_999), State.DONE, seq=1, records=0, previous="s")
    assert made.name == "A\\u001b[31m b"
    assert made.detail.endswith(" …")
    assert len(made.detail) <= 600


def test_who_acts_is_said_for_a_block_and_a_thread() -> None:
    assert current().act == Act(audit.login(), "", audit.PYTHON, "change")
    with acting(ACT) as outer:
        with about("s", "d") as inner:
            assert current() is inner
            assert inner.act == replace(ACT, subject="s", detail="d")
        assert current() is outer
    assert current().act.via == audit.PYTHON


def test_a_process_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise OSError("no name")

    monkeypatch.setattr(getpass, "getuser", none)
    assert audit.login() == "unknown"

"""The audit trail on both servers: an entry an act, in the transaction of what it tells of, kept for ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from graph_core import audit
from graph_core.audit import Act, State, Trail, acting
from graph_core.errors import StoreBusyError, StoreError, VerificationError
from graph_core.settings import Settings
from graph_core.store import trail as trails
from graph_core.store.open import BoltStore, open_store
from tests.commands import Commands, environment
from tests.contract.graphs import PALM, graph, records

FILES = {
    "organizations.csv": "id,name,country,roles\nX,Brand,,brand\n",
    "facilities.csv": "id,name,country,product\nA,Haolin Hair Works,CN,hair\nB,Haolin Hair Works LLC,CN,hair\n",
    "links.csv": "supplier_id,buyer_id\nA,X\nB,X\n",
    "findings.csv": "id,subject_name,subject_country,kind,category\n"
    "o,Haolin Hair Works Co. Ltd.,CN,order,forced_labour\n",
}
ANA = Act("Ana", "analyst", audit.APP, "match accepted", "o / A", "same address")


@pytest.fixture
def commands(store_settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Commands:
    return Commands(store_settings, capsys, monkeypatch)


def trail_of(settings: Settings) -> Trail:
    with closing(open_store(settings, write=False)) as store:
        return store.trail()


def test_every_writing_command_leaves_an_entry(commands: Commands, tmp_path: Path) -> None:
    folder = tmp_path / "secret place"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    assert commands("load", "tables", str(folder)).code == 0
    source = trail_of(commands.settings).entries[0].subject.split(", ")[-1]
    for arguments in (
        ("review", "accept", "o", "A", "--by", "Ana"),
        ("review", "undo", "o", "A"),
        ("what-if", "X", "--clean", "A", "--save", "A is clean"),
        ("action", "add", "Ask A", "--owner", "Ana"),
        ("finding", "add", "--subject", "A", "--category", "forced_labour", "--from", "2020-01-01",
         "--author", "Ana", "--source", "visit"),
        ("snapshot", "build", "--as-of", "2021-06-30"),
        ("forget", source),
    ):  # fmt: skip
        done = commands(*arguments)
        assert done.code == 0, (arguments, done.err)
    trail = trail_of(commands.settings)
    audit.verify(trail)
    assert [(one.what, one.state) for one in trail.entries] == [
        ("load", "done"),
        ("review POSITIVE", "done"),
        ("review UNDONE", "done"),
        ("scenario", "done"),
        ("action", "done"),
        ("team finding", "done"),
        ("snapshot", "begun"),
        ("snapshot", "done"),
        ("forget", "done"),
    ]
    assert {(one.name, one.role, one.via) for one in trail.entries} == {(audit.login(), "admin", audit.COMMAND_LINE)}
    assert [one.subject for one in trail.entries[1:4]] == ["o / A", "o / A", "A is clean"]
    assert "secret place" in trail.entries[0].detail, "the name of what was loaded"
    assert str(tmp_path) not in str(trail.entries), "and no path"
    assert [one.at for one in trail.entries] == sorted(one.at for one in trail.entries)
    version = [one.records for one in trail.entries]
    assert version == sorted(version)


def test_reading_leaves_none(commands: Commands, tmp_path: Path) -> None:
    (tmp_path / "organizations.csv").write_text(FILES["organizations.csv"])
    assert commands("load", "tables", str(tmp_path)).code == 0
    before = trail_of(commands.settings)
    for arguments in (
        ("exposure",), ("query",), ("cypher", "RETURN 1"), ("status",), ("review", "list"), ("audit",),
        ("load", "tables", str(tmp_path)), ("load", "tables", str(tmp_path), "--dry-run"),
    ):  # fmt: skip
        assert commands(*arguments).code == 0, arguments
    assert trail_of(commands.settings) == before


def test_the_command_shows_and_verifies(commands: Commands, store_settings: Settings, tmp_path: Path) -> None:
    assert commands("audit", "--format", "json").json() == []
    assert commands("audit", "--verify", "--format", "json").json() == {"entries": 0, "hash": None}
    (tmp_path / "organizations.csv").write_text(FILES["organizations.csv"])
    commands("load", "tables", str(tmp_path))
    (row,) = commands("audit", "--format", "json").json()
    assert (row["what"], row["name"], row["hash"]) == ("load", audit.login(), trail_of(store_settings).head)
    assert "hash" not in commands("audit").out
    assert commands("audit", "--format", "csv").out.startswith(
        "seq,at,name,role,via,what,subject,detail,state,records,"
    )
    assert commands("audit", "--verify", "--format", "json").json() == {"entries": 1, "hash": row["hash"]}
    assert commands("audit", "--verify", "--hash", row["hash"][:10]).code == 0
    assert commands("audit", "--verify", "--hash", "beef").code == 3
    assert commands("audit", "--hash", "beef").code == 2
    with open_store(store_settings, write=True) as store:
        store._bolt.transaction(lambda tx: tx.run("MATCH (a:AuditEntry) SET a.name = 'Eve'").consume())
    done = commands("audit", "--verify")
    assert done.code == 3
    assert "entry 1 of the audit trail was changed" in done.err


@pytest.mark.parametrize(
    ("tampering", "message"),
    [
        ("MATCH (a:AuditEntry {seq: 2}) DELETE a", "entry 2 .* is missing"),
        ("MATCH (a:AuditEntry {seq: 3}) DELETE a", "remembers 3 entries"),
        ("MATCH (a:AuditEntry {seq: 2}) SET a.at = '2020-01-01T00:00:00+00:00'", "entry 2 .* was changed"),
    ],
)
def test_tampering_in_the_store_shows(store: BoltStore, tampering: str, message: str) -> None:
    for rows in (1, 2, 3):
        store.put_records(PALM, records(rows), True)
    audit.verify(store.trail())
    store._bolt.transaction(lambda tx: tx.run(tampering).consume())
    with pytest.raises(VerificationError, match=message):
        audit.verify(store.trail())


def test_nothing_takes_entries_away(store: BoltStore, store_settings: Settings) -> None:
    with acting(ANA):
        store.put_records(PALM, records(3), True)
        store.put_records(PALM, records(4), True)
        store.forget(str(PALM["id"]))
    store.sync([graph().tables], store.version().records)
    with open_store(store_settings, write=True) as again:  # prepared anew
        trail = again.trail()
    assert [(one.name, one.what, one.records) for one in trail.entries] == [
        ("Ana", "match accepted", n) for n in (1, 2, 3)
    ]
    audit.verify(trail)


def test_an_entry_changes_no_version_and_no_figure(store: BoltStore, store_settings: Settings) -> None:
    store.sync([graph().tables], 1)
    before = store.version(), store.read_graph().hash
    with acting(ANA):
        store.note()
    assert (store.version(), store.read_graph().hash) == before
    assert [one.subject for one in store.trail().entries] == ["o / A"]
    assert store.trail_head() == store.trail().entries[-1].hash


def test_where_nobody_said_who_acts_it_is_whoever_runs_the_program(store: BoltStore) -> None:
    store.put_records(PALM, records(3), True)
    (one,) = store.trail().entries
    assert (one.name, one.role, one.via, one.subject) == (audit.login(), "", audit.PYTHON, PALM["id"])


def test_without_its_entry_nothing_is_changed(store: BoltStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put_records(PALM, records(3), True)
    before = store.version(), store.trail()

    def fails(*_: object) -> None:
        raise StoreError("no entry")

    monkeypatch.setattr(trails, "put", fails)
    with pytest.raises(StoreError, match="no entry"):
        store.put_records(PALM, records(4), True)
    with pytest.raises(StoreError, match="no entry"):
        store.forget(str(PALM["id"]))
    monkeypatch.undo()
    assert (store.version(), store.trail()) == before
    assert len(store.read_records()[0].frames["facilities"]) == 3


_KILLED = """
import os, signal, sys
from graph_core.settings import Settings
from graph_core.store import trail
from graph_core.store.open import open_store
from tests.contract.graphs import PALM, records
put = trail.put
def dies(tx, *a, **k):
    if sys.argv[1] == "after": put(tx, *a, **k)
    os.kill(os.getpid(), signal.SIGKILL)
trail.put = dies
with open_store(Settings(), write=True) as store:
    store.put_records(PALM, records(4), True)
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_between_act_and_entry_neither_is_kept(store: BoltStore, store_settings: Settings, moment: str) -> None:
    store.put_records(PALM, records(3), True)
    before = store.version(), store.trail()
    root = str(Path(__file__).parents[2])
    child = subprocess.run(
        [sys.executable, "-c", _KILLED, moment],
        env=os.environ | environment(store_settings) | {"PYTHONPATH": root},
        check=False,
    )
    assert child.returncode == -signal.SIGKILL
    with open_store(store_settings, write=True) as again:
        assert (again.version(), again.trail()) == before
        assert again.put_records(PALM, records(4), True)
        assert len(again.trail().entries) == 2
        audit.verify(again.trail())


def test_what_happens_outside_the_store_is_noted_before_and_after(store: BoltStore) -> None:
    with acting(ANA), store.noted():
        assert [one.state for one in store.trail().entries] == [State.BEGUN]
    with acting(ANA), pytest.raises(ZeroDivisionError), store.noted():
        raise ZeroDivisionError
    assert [one.state for one in store.trail().entries] == [State.BEGUN, State.DONE, State.BEGUN, State.FAILED]
    audit.verify(store.trail())


def test_two_writers_make_one_chain(store: BoltStore, store_settings: Settings) -> None:
    with open_store(store_settings, write=True) as other:
        for number in range(4):
            (store, other)[number % 2].note()
        with store.writer(), pytest.raises(StoreBusyError):
            other.note()
    audit.verify(store.trail())
    assert store.trail().last == 4


def test_a_store_that_was_never_written_has_an_empty_trail(store_settings: Settings) -> None:
    with open_store(store_settings, write=False) as reader:
        trail = reader.trail()
    assert trail.entries == []
    audit.verify(trail)

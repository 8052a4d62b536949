"""The embedded engine as a process: started once, private, shared, stopped, and back after a crash."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from neo4j import GraphDatabase

from graph_core.errors import StoreError
from graph_core.settings import Settings
from graph_core.store import bolt
from graph_core.store.embedded import ensure_running, status, stop
from graph_core.store.engine import CONNECTION_FILE
from graph_core.store.open import open_store
from tests import servers
from tests.contract.graphs import PALM, graph, records

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and file modes of POSIX")


def ports_of(process: psutil.Process) -> list[tuple[str, int]]:
    return [(c.laddr.ip, c.laddr.port) for c in process.net_connections(kind="inet") if c.status == psutil.CONN_LISTEN]


def engine(settings: Settings) -> psutil.Process:
    pid = status(settings).pid
    assert pid is not None
    return psutil.Process(pid)


def test_life_of_an_engine(own_engine: Settings) -> None:
    assert not status(own_engine).running
    assert not stop(own_engine), "nothing to stop"
    first = ensure_running(own_engine)
    assert ensure_running(own_engine) == first, "found, not started again"
    process = engine(own_engine)

    # private
    for path in [own_engine.home, *own_engine.home.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o077 == 0, f"{path} is {mode:o}"
    assert stat.S_IMODE((own_engine.home / CONNECTION_FILE).stat().st_mode) == 0o600
    secrets = [first.admin[1], first.reader[1]]
    shown = " ".join([*process.cmdline(), *process.environ().values()])
    logs = "".join(p.read_text(errors="replace") for p in own_engine.home.rglob("*log*") if p.is_file())
    assert logs
    assert not [s for s in secrets if s in shown or s in logs]

    # one port, loopback, Bolt, and nothing to be had without a login
    (listening,) = ports_of(process)
    assert listening[0].removeprefix("::ffff:") == "127.0.0.1"
    assert first.uri == f"bolt://127.0.0.1:{listening[1]}"
    with socket.create_connection(("127.0.0.1", listening[1]), timeout=5) as client:
        client.sendall(b"GET /api/v1/server HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.settimeout(2)
        try:
            answer = client.recv(1000)
        except TimeoutError:
            answer = b""
    assert b"arcade" not in answer.lower()
    assert not answer.startswith(b"HTTP/1.1 200")
    with GraphDatabase.driver(first.uri) as nobody, pytest.raises(Exception, match=r"(?i)auth"):
        nobody.execute_query("RETURN 1", database_="neo4j")

    # stopped, and gone when stop returns; data and identity stay, logins do not
    with open_store(own_engine, write=True) as store:
        store.put_records(PALM, records(), True)
        before = store.version()
    assert stop(own_engine)
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    assert not (own_engine.home / CONNECTION_FILE).exists()
    with open_store(own_engine, write=True) as store:
        assert store.version() == before
        assert len(store.read_records()) == 1
    assert ensure_running(own_engine).admin != first.admin


def test_many_commands_at_once_share_one_engine(own_engine: Settings) -> None:
    script = (
        "import sys; from pathlib import Path; from graph_core.settings import Settings; "
        "from graph_core.store.embedded import ensure_running; "
        "print(ensure_running(Settings(home=Path(sys.argv[1]), heap='256m')).process.pid)"
    )
    command = [sys.executable, "-c", script, str(own_engine.home)]
    root = str(Path(__file__).parents[2])
    children = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": root})
        for _ in range(3)
    ]
    pids = {child.communicate(timeout=100)[0].strip() for child in children}
    assert len(pids) == 1, "the engine outlives the command that started it"
    assert status(own_engine).pid == int(pids.pop())


def test_an_engine_killed_during_a_load_comes_back_with_what_was_acknowledged(
    own_engine: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(bolt.DRIVER_OPTIONS, "max_transaction_retry_time", 1.0)
    wanted = graph(facilities=4_000, links=15_000)
    with open_store(own_engine, write=True) as store:
        store.put_records(PALM, records(500), True)
        store.sync([graph().tables], 1)
        process = engine(own_engine)

        def kill(stage: str, done: int, _: int) -> None:
            if stage == "write SUPPLIES" and done >= 5_000:
                process.kill()
                process.wait(30)

        with pytest.raises(StoreError, match="The embedded store ended while it was used"):
            store.sync([wanted.tables], 1, kill)
    assert (own_engine.home / CONNECTION_FILE).exists(), "it had no time to clean up"
    with open_store(own_engine, write=True) as store:
        assert engine(own_engine).pid != process.pid
        assert len(store.read_records()[0].frames["facilities"]) == 500
        counts = store.sync([wanted.tables], 1)
        assert 0 < counts.created < 15_000, "what was acknowledged was still there"
        assert store.read_graph().hash == wanted.hash


def test_an_engine_that_is_gone_is_asked_nothing_more(own_engine: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(bolt.Bolt(ensure_running(own_engine))) as asked:
        process = engine(own_engine)
        process.kill()
        process.wait(30)
        for driver in (asked.reader, asked.admin):  # each question would wait for it to come back
            monkeypatch.setattr(driver, "session", lambda **_: pytest.fail("it was asked"))
        with pytest.raises(StoreError, match="ended while it was used"):
            asked.read("store/read_state")
        with pytest.raises(StoreError, match="ended while it was used"):
            asked.write("store/set_derived", derived=1)


def test_a_loader_killed_during_a_load_leaves_nothing_in_the_way(own_engine: Settings) -> None:
    ensure_running(own_engine)
    script = (
        "import sys, os, signal; from pathlib import Path; from graph_core.settings import Settings; "
        "from graph_core.store.open import open_store; from tests.contract.graphs import graph; "
        "die = lambda stage, done, total: stage == 'write SUPPLIES' and os.kill(os.getpid(), signal.SIGKILL); "
        "open_store(Settings(home=Path(sys.argv[1])), write=True).sync([graph(links=9000).tables], 1, die)"
    )
    root = str(Path(__file__).parents[2])
    child = subprocess.run(
        [sys.executable, "-c", script, str(own_engine.home)], env={**os.environ, "PYTHONPATH": root}, check=False
    )
    assert child.returncode == -signal.SIGKILL
    with open_store(own_engine, write=True) as store:
        store.sync([graph(links=9000).tables], 1)
        assert store.read_graph().hash == graph(links=9000).hash


@pytest.mark.parametrize("content", ["dead", "reused", "broken", "taken"])
def test_a_stale_connection_file_is_no_hindrance(own_engine: Settings, content: str) -> None:
    own_engine.home.mkdir(mode=0o700)
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        said = {"pid": 2**22 - 1, "started": 1.0, "port": servers.free_port(), "admin": "a", "reader": "b"}
        if content == "reused":
            said["pid"] = os.getpid()
        if content == "taken":
            said["port"] = stranger.getsockname()[1]
        text = "{not json" if content == "broken" else json.dumps(said)
        (own_engine.home / CONNECTION_FILE).write_text(text)
        assert not status(own_engine).running
        assert not stop(own_engine), "a process that is not ours is never stopped"
        if content != "taken":
            return
        connection = ensure_running(own_engine)
        assert connection.uri != f"bolt://127.0.0.1:{said['port']}"


def test_it_stops_when_no_one_was_there_for_the_idle_time(own_engine: Settings) -> None:
    settings = own_engine.model_copy(update={"idle_minutes": 2 / 60})
    with open_store(settings, write=True) as store:
        process = engine(settings)
        time.sleep(4)
        assert process.is_running(), "a client that only waits is a client"
        assert store.version().records == 0
    process.wait(30)
    assert not status(settings).running
    with open_store(settings, write=True) as store:
        assert store.version().uuid


def test_an_engine_that_cannot_start_says_why(own_engine: Settings) -> None:
    settings = own_engine.model_copy(update={"heap": "1m"})
    with pytest.raises(StoreError, match=r"did not start[\s\S]*heap") as caught:
        ensure_running(settings)
    assert str(settings.home / "store" / "engine.log") in str(caught.value)
    assert not status(settings).running


def test_a_home_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="TIERTRACE_HOME"):
        ensure_running(Settings(home=tmp_path / "file" / "home"))


def test_a_machine_without_the_engine_is_pointed_to_neo4j(
    own_engine: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(StoreError, match="TIERTRACE_NEO4J_URI"):
        ensure_running(own_engine)


def test_two_homes_do_not_touch(own_engine: Settings, embedded_settings: Settings) -> None:
    assert ensure_running(own_engine).uri != ensure_running(embedded_settings).uri
    with open_store(own_engine, write=True) as store:
        store.put_records(PALM, records(), True)
    stop(own_engine)
    assert status(embedded_settings).running


def test_stop_waits_for_a_start_that_is_under_way(own_engine: Settings) -> None:
    starting = threading.Thread(target=ensure_running, args=(own_engine,))
    starting.start()
    while not (own_engine.home / "launcher.lock").exists():
        time.sleep(0.01)
    time.sleep(0.1)
    assert stop(own_engine)
    starting.join()
    assert not status(own_engine).running


@pytest.mark.skipif(sys.platform != "linux", reason="limits the engine's files as a full disk would")
def test_a_disk_that_is_full_during_a_load(own_engine: Settings) -> None:
    wanted = graph(facilities=4_000, links=15_000)
    with open_store(own_engine, write=True) as store:
        process = engine(own_engine)
        process.rlimit(psutil.RLIMIT_FSIZE, (300_000, psutil.RLIM_INFINITY))
        with pytest.raises(StoreError, match="could not write"):
            store.sync([wanted.tables], 1)
        process.rlimit(psutil.RLIMIT_FSIZE, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY))
    with open_store(own_engine, write=True) as store:
        store.sync([wanted.tables], 1)
        assert store.read_graph().hash == wanted.hash

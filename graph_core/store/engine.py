"""The embedded engine as a process of its own: ``python -m graph_core.store.engine --home DIR``.

Started by `graph_core.store.embedded`; it outlives the command that started it, listens on loopback only, and ends on
SIGTERM or when no client has been connected for the idle time. Logins are made anew at every start and live only in
the connection file of the home, which only its owner can read.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from graph_core.store import java_options
from graph_core.store.process import file_lock

#: The database has the name that Neo4j gives its own.
DATABASE = "neo4j"
CONNECTION_FILE = "engine.json"
_POLL_SECONDS = 0.25
_RECORD = ["createRecord", "readRecord", "updateRecord", "deleteRecord"]


def _group(access: list[str], records: list[str]) -> dict[str, Any]:
    return {"resultSetLimit": -1, "readTimeout": -1, "access": access, "types": {"*": {"access": records}}}


#: What each login may do; the engine itself keeps the reader from writing.
GROUPS: dict[str, Any] = {
    "admin": _group(["updateSecurity", "updateSchema", "updateDatabaseSettings"], _RECORD),
    "reader": _group([], ["readRecord"]),
    "*": _group([], []),
}


def _prepare(root: Path) -> dict[str, str]:
    """Lay out the folder and make new logins."""
    config = root / "config"
    config.mkdir(parents=True, exist_ok=True)
    groups = {"version": 2, "databases": {"*": {"groups": GROUPS}}}
    (config / "server-groups.json").write_text(json.dumps(groups), encoding="utf-8")
    (config / "server-users.jsonl").unlink(missing_ok=True)  # the engine makes both logins again from what we say
    return {"admin": secrets.token_urlsafe(24), "reader": secrets.token_urlsafe(24)}


def _start(root: Path, logins: dict[str, str], heap: str, query_timeout: float) -> Any:
    """Start the engine and close its HTTP port again: only Bolt is used."""
    import arcadedb_embedded
    from arcadedb_embedded.jvm import start_jvm

    start_jvm(
        heap_size=heap,
        jvm_args=[
            f"-Darcadedb.command.timeout={int(query_timeout * 1000)}",  # the configuration key has no effect
            "-Darcadedb.opencypher.loadCsv.allowFileUrls=false",
            "-Darcadedb.opencypher.loadCsv.allowRemoteUrls=false",
            "-Darcadedb.txWalFlush=1",  # a committed batch survives a power cut
            "-Darcadedb.polyglotEngineEnabled=false",
            "-Darcadedb.server.httpWorkerThreads=4",
            *java_options.options(),
        ],
    )
    server = arcadedb_embedded.create_server(
        root_path=str(root),
        root_password=logins["admin"],
        config={
            "host": "127.0.0.1",
            "http_port": "0",
            "mode": "development",  # `production` hides why a statement failed
            "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "bolt_host": "127.0.0.1",
            "bolt_port": 0,  # the system gives a free one; no race for a port
            "bolt_defaultDatabase": DATABASE,
            "server_defaultDatabases": f"{DATABASE}[reader:{logins['reader']}:reader]",
        },
    )
    server.start()
    server._java_server.getHttpServer().stopService()
    return server


def _listening(process: psutil.Process) -> list[tuple[str, int]]:
    """Addresses on which this process listens."""
    listening = [c for c in process.net_connections(kind="tcp") if c.status == psutil.CONN_LISTEN]
    return [(c.laddr.ip, c.laddr.port) for c in listening]


def _bolt_port(process: psutil.Process) -> int:
    """Find the port that the system gave to Bolt: the only one that still listens and speaks Bolt."""
    for _, port in _listening(process):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as client:
                client.sendall(bytes.fromhex("6060b01700000404000000000000000000000000"))
                if client.recv(4)[3:4] == b"\x04":
                    return port
        except OSError:
            continue
    raise RuntimeError(f"no Bolt port among {_listening(process)}")


def _clients(process: psutil.Process, port: int) -> int:
    """Count the clients that are connected to Bolt."""
    return sum(
        c.status == psutil.CONN_ESTABLISHED and c.laddr.port == port for c in process.net_connections(kind="tcp")
    )


def _write_private(path: Path, content: dict[str, Any]) -> None:
    """Write a file that only its owner can read, in one step."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file)
    temporary.replace(path)


def _serve(process: psutil.Process, port: int, idle_seconds: float, stop: threading.Event) -> None:
    """Wait until told to stop or until no client has been there for the idle time."""
    last_seen = last_look = time.monotonic()
    while not stop.wait(_POLL_SECONDS):
        now = time.monotonic()
        if now - last_look < min(5.0, idle_seconds / 4):
            continue
        last_look = now
        if _clients(process, port):
            last_seen = now
        elif now - last_seen > idle_seconds:
            sys.stdout.write("no client for the idle time, stopping\n")
            return


def main(arguments: list[str] | None = None) -> int:
    """Run the engine until it is told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--heap", required=True)
    parser.add_argument("--idle-minutes", type=float, required=True)
    parser.add_argument("--query-timeout", type=float, required=True)
    options = parser.parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if os.name == "posix":
        os.umask(0o077)
    root = options.home / "store"
    os.chdir(root)  # the engine writes its own log relative to where it runs
    with file_lock(root / "engine.lock", timeout=60):  # the one before may still be closing its files
        _run(options, root, stop)
    return 0


def _run(options: argparse.Namespace, root: Path, stop: threading.Event) -> None:
    """Start, tell where, serve, close."""
    process = psutil.Process()
    logins = _prepare(root)
    server = _start(root, logins, options.heap, options.query_timeout)
    connection = options.home / CONNECTION_FILE
    try:
        port = _bolt_port(process)
        _write_private(connection, {"pid": process.pid, "started": process.create_time(), "port": port, **logins})
        _serve(process, port, options.idle_minutes * 60, stop)
    finally:
        connection.unlink(missing_ok=True)
        server.stop()


if __name__ == "__main__":
    sys.exit(main())

"""Servers for tests: a real Neo4j from Maven Central as a child process, and ways to empty a store quickly.

``TIERTRACE_TEST_NEO4J=required`` makes a missing server a failure; unset, its tests are skipped with the reason.
``TIERTRACE_TEST_NEO4J_URI`` (with ``_USER``, ``_PASSWORD``, ``_DATABASE``) names a running server; it gets emptied.
The jars are fetched at test time into ``~/.cache/tiertrace-tests`` (``TIERTRACE_TEST_CACHE``), never kept here.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from neo4j import Driver, GraphDatabase, ManagedTransaction
from neo4j.exceptions import DriverError, Neo4jError
from pydantic import SecretStr

from graph_core.settings import Settings
from graph_core.store.process import file_lock

VERSION = "5.26.31"
PASSWORD = "test-password-1"  # at least eight characters
_POM = Path(__file__).with_name("neo4j") / "pom.xml"
_FETCH_PAUSES = (0, 10, 30, 60)
_JAVA_VERSIONS = (17, 21)
_ENTRY_POINT = "org.neo4j.server.CommunityEntryPoint"
_JVM = (
    "-Xms256m",
    "-Xmx768m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # many small statements, none for long
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "-Dlog4j2.disable.jmx=true",
    "-Djava.awt.headless=true",
    "-Dfile.encoding=UTF-8",
)


class Unavailable(RuntimeError):
    """There is no server to test with; the message says why."""


def cache_folder() -> Path:
    """Where the jars are kept between runs."""
    named = os.environ.get("TIERTRACE_TEST_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "tiertrace-tests"


def fetch() -> Path:
    """Folder of the server's jars, fetched with Maven where it is empty."""
    target = cache_folder() / f"neo4j-{VERSION}"
    done = target / ".complete"
    target.mkdir(parents=True, exist_ok=True)
    with file_lock(target / ".lock", timeout=600):  # several test processes, one download
        if done.exists():
            return target / "lib"
        maven = shutil.which("mvn")
        if maven is None:
            raise Unavailable("no Maven to fetch Neo4j with (Debian: apt install maven openjdk-17-jre-headless)")
        command = [maven, "-B", "-ntp", "-q", "-f", str(_POM), f"-Dneo4j.version={VERSION}", f"-Ddist={target}"]
        said = ""
        for pause in _FETCH_PAUSES:
            time.sleep(pause)  # Maven Central answers 429 under bursts
            result = subprocess.run([*command, "generate-resources"], capture_output=True, text=True, check=False)
            if result.returncode == 0:
                done.touch()
                return target / "lib"
            said = (result.stdout + result.stderr)[-800:]
        raise Unavailable(f"Maven could not fetch Neo4j {VERSION}: {said}")


def find_java() -> str:
    """A Java that this Neo4j runs on."""
    homes = [Path(os.environ["JAVA_HOME"])] if "JAVA_HOME" in os.environ else []
    candidates = [str(home / "bin" / "java") for home in [*homes, *sorted(Path("/usr/lib/jvm").glob("*"))]]
    for java in [*candidates, shutil.which("java") or ""]:
        if java and os.access(java, os.X_OK):
            said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
            version = re.search(r'version "(\d+)', said)
            if version and int(version.group(1)) in _JAVA_VERSIONS:
                return java
    raise Unavailable("no Java 17 or 21 to run Neo4j with (Debian: apt install openjdk-17-jre-headless)")


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end_with_parent() -> None:
    """In the child: no server stays behind a killed test run (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


@dataclass
class Neo4jServer:
    """A real Neo4j Community server of our own, as a child process."""

    home: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """Its Bolt address."""
        return f"bolt://127.0.0.1:{self.port}"

    @property
    def auth(self) -> tuple[str, str]:
        """Its login."""
        return ("neo4j", PASSWORD)

    def _configuration(self) -> str:
        address = f"127.0.0.1:{self.port}"
        return "\n".join(
            (
                "server.default_listen_address=127.0.0.1",
                f"server.bolt.listen_address={address}",
                f"server.bolt.advertised_address={address}",
                "server.http.enabled=false",
                "server.https.enabled=false",
                "server.memory.pagecache.size=64m",
                "db.tx_log.preallocate=false",
                "dbms.usage_report.enabled=false",
            )
        )

    def _run(self, lib: Path, *command: str) -> list[str]:
        return [find_java(), *_JVM, "-cp", f"{lib}/*", *command]

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("NEO4J_") and k != "JAVA_TOOL_OPTIONS"}
        return kept | {"NEO4J_HOME": str(self.home), "NEO4J_CONF": str(self.home / "conf")}

    def start(self, timeout: float = 120) -> Neo4jServer:
        """Start it and wait until it answers."""
        lib = fetch()
        for name in ("conf", "data", "logs", "run", "import"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        (self.home / "conf" / "neo4j.conf").write_text(self._configuration())
        if not (self.home / "data" / "databases").exists():
            command = self._run(lib, "org.neo4j.cli.AdminTool", "dbms", "set-initial-password", PASSWORD)
            subprocess.run(command, env=self._environment(), cwd=self.home, check=True, capture_output=True)
        command = self._run(
            lib, _ENTRY_POINT, f"--home-dir={self.home}", f"--config-dir={self.home}/conf", "--console-mode"
        )
        with (self.home / "logs" / "console.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env=self._environment(),
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - no threads matter before the tests run
            )
        self._wait(timeout)
        return self

    def _wait(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                with GraphDatabase.driver(self.uri, auth=self.auth, max_transaction_retry_time=0) as driver:
                    driver.verify_connectivity()
                    driver.execute_query("RETURN 1", database_="neo4j")
                    return
            except (OSError, DriverError, Neo4jError):
                time.sleep(0.2)
        log = (self.home / "logs" / "console.log").read_text(errors="replace")
        self.kill()
        raise Unavailable(f"Neo4j did not start:\n{log[-3000:]}")

    def stop(self) -> None:
        """Stop it cleanly."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process = None

    def kill(self) -> None:
        """Kill it, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = None


def required() -> bool:
    """Whether a missing Neo4j is a failure."""
    return os.environ.get("TIERTRACE_TEST_NEO4J") == "required"


def named_server(home: Path) -> Settings | None:
    """Settings of the running server that the environment names."""
    uri = os.environ.get("TIERTRACE_TEST_NEO4J_URI")
    if not uri:
        return None
    return Settings(
        home=home,
        neo4j_uri=uri,
        neo4j_user=os.environ.get("TIERTRACE_TEST_NEO4J_USER", "neo4j"),
        neo4j_password=SecretStr(os.environ.get("TIERTRACE_TEST_NEO4J_PASSWORD", "")),
        neo4j_database=os.environ.get("TIERTRACE_TEST_NEO4J_DATABASE", "neo4j"),
    )


def _count(tx: ManagedTransaction, text: str) -> int:
    return int(tx.run(text).single(strict=True)["n"])


def empty(driver: Driver, database: str) -> None:
    """Delete everything but constraints, indexes and the note of the migrations that made them."""
    with driver.session(database=database) as session:
        for text in (
            "MATCH (n)-[r]->() WITH r LIMIT 20000 DELETE r RETURN count(*) AS n",
            "MATCH (n) WHERE NOT n:Migration WITH n LIMIT 5000 DETACH DELETE n RETURN count(*) AS n",
        ):
            while session.execute_write(_count, text):
                pass


@contextlib.contextmanager
def environment_without_store() -> Iterator[None]:
    """Keep the user's own settings and home away from the tests: one that names no home of its own fails."""
    held = {k: os.environ.pop(k) for k in list(os.environ) if re.fullmatch(r"TIERTRACE_(?!TEST_).*", k)}
    os.environ["TIERTRACE_HOME"] = f"{os.devnull}/no home"
    try:
        yield
    finally:
        del os.environ["TIERTRACE_HOME"]
        os.environ.update(held)

"""What the engine's Java machine keeps for a faster start: recorded once, used by all engines, refused if broken."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from graph_core import start_up
from graph_core.settings import Settings
from graph_core.store import java_options
from graph_core.store.embedded import ensure_running, status

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what a process has mapped is known on Linux only")

#: Runs an engine that finds what was recorded in another folder, and ends when nobody came for three seconds.
_ENGINE = """
import sys
from pathlib import Path
from graph_core.store import java_options
java_options.FOLDER = Path(sys.argv[1])
assert java_options.options()
from graph_core.store import engine
engine.main(["--home", sys.argv[2], "--heap", "512m", "--idle-minutes", "0.05", "--query-timeout", "60"])
"""


@pytest.fixture(autouse=True)
def no_options(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in java_options.GIVEN:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def file() -> Path:
    """What set-up recorded."""
    found = java_options.recorded()
    if found is None and os.environ.get("CI") != "true":
        pytest.skip("nothing was recorded on this machine")
    assert found is not None, "set-up recorded nothing"
    return found


def test_an_engine_begins_with_what_was_recorded(file: Path, own_engine: Settings) -> None:
    ensure_running(own_engine)
    assert str(file) in {mapped.path for mapped in psutil.Process(status(own_engine).pid).memory_maps()}


def test_recording_leaves_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java_options, "FOLDER", tmp_path / "share")
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "engine-of-before.aot").write_text("of an engine that is gone", encoding="utf-8")
    (tmp_path / "share" / ".recording-killed" / "home").mkdir(parents=True)
    made = start_up.record()
    assert {p.name for p in (tmp_path / "share").rglob("*")} == {made.name, "recording.lock"}
    assert java_options.recorded() == made == start_up.record(), "it is not made anew"
    assert made.stat().st_size > 10_000_000
    assert not [p for p in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(p.info["cmdline"] or ())]


def test_an_installation_that_cannot_be_written_to_goes_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(java_options, "FOLDER", tmp_path / "file" / "share")
    assert start_up.main() == 1
    assert "which works without it" in capsys.readouterr().err


@pytest.mark.parametrize("name", ['quo"te', "co:lon", "com,ma", "per%pcent"])
def test_a_folder_that_a_java_machine_misreads_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(java_options, "FOLDER", tmp_path / name)
    with pytest.raises(RuntimeError, match="in its name"):
        start_up.record()
    assert not (tmp_path / name).exists()


def test_a_folder_that_nobody_may_read_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> object:
        raise PermissionError

    monkeypatch.setattr(Path, "stat", denied)
    assert java_options.recorded() is None
    assert java_options.options() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("JAVA_TOOL_OPTIONS", "-Xshare:auto"), ("_JAVA_OPTIONS", "-Xshare:off"), ("ARCADEDB_JVM_ARGS", "-Xshare:auto")],
)
def test_options_of_a_user_stop_no_engine(
    name: str, value: str, file: Path, own_engine: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert java_options.options()
    monkeypatch.setenv(name, value)  # a Java machine refuses to start with this and what was recorded
    ensure_running(own_engine)
    assert str(file) not in {mapped.path for mapped in psutil.Process(status(own_engine).pid).memory_maps()}


def _cut(content: bytearray) -> bytearray:
    return content[: len(content) // 2]


def _flipped(content: bytearray) -> bytearray:
    for place in random.Random(7).sample(range(len(content) // 2, len(content)), 2_000):
        content[place] ^= 0xFF
    return content


@pytest.mark.parametrize("breaks", [_cut, _flipped])
def test_a_broken_file_stops_no_engine(breaks: Callable[[bytearray], bytearray], file: Path, tmp_path: Path) -> None:
    (tmp_path / file.name).write_bytes(breaks(bytearray(file.read_bytes())))
    (tmp_path / "home" / "store").mkdir(parents=True)
    command = [sys.executable, "-c", _ENGINE, str(tmp_path), str(tmp_path / "home")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Unable to map shared spaces" in done.stdout, "it was looked at"
    assert "no client for the idle time" in done.stdout

"""The demo from start to end, as `make demo` runs it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.slow


def processes_of(folder: Path) -> list[str]:
    """Command lines that name a folder."""
    lines = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    return [line for line in lines if str(folder) in line]


@pytest.fixture
def user_environment(tmp_path: Path) -> dict[str, str]:
    """Environment of a user with a home and a server of their own, which the demo must leave alone."""
    server = {"TIERTRACE_NEO4J_URI": "bolt://127.0.0.1:9", "TIERTRACE_HOME": str(tmp_path / "users-own")}
    return os.environ | server | {"PYTHONUNBUFFERED": "1"}


@pytest.fixture
def demo(tmp_path: Path, user_environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "graph_core.demo"],
        cwd=tmp_path,
        env=user_environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        yield process
        process.send_signal(signal.SIGTERM)


def test_without_serving_it_prints_the_table_and_leaves_nothing(
    tmp_path: Path, user_environment: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "graph_core.demo", "--no-serve"],
        cwd=tmp_path,
        env=user_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "fictional" in done.stdout
    assert len(re.findall(r"\d+\.\d %", done.stdout)) >= 10
    assert processes_of(tmp_path) == []
    assert not (tmp_path / "users-own").exists()
    assert (tmp_path / ".demo").stat().st_mode & 0o777 == 0o700


def test_ctrl_c_ends_the_app_and_the_store(tmp_path: Path, demo: subprocess.Popen[str]) -> None:
    assert demo.stdout
    address = next((found[0] for line in demo.stdout if (found := re.search(r"http://\S+", line))), None)
    assert address, "the demo ended without an address"
    with urllib.request.urlopen(address, timeout=30) as answer:
        assert answer.status == 200

    second = subprocess.run(
        [sys.executable, "-m", "graph_core.demo", "--no-serve"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode != 0
    assert "Another demo is running" in second.stderr

    demo.send_signal(signal.SIGINT)
    assert demo.wait(60) == 0
    assert processes_of(tmp_path) == []

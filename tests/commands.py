"""Running the command line inside the test process, on the store of some settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from graph_core.cli import main
from graph_core.settings import Settings


@dataclass(frozen=True)
class Done:
    """What a command did."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Parse what went to stdout."""
        return json.loads(self.out)


def environment(settings: Settings) -> dict[str, str]:
    """Variables that point a command at the store of some settings."""
    return {
        "TIERTRACE_HOME": str(settings.home),
        "TIERTRACE_NEO4J_URI": settings.neo4j_uri,
        "TIERTRACE_NEO4J_USER": settings.neo4j_user,
        "TIERTRACE_NEO4J_PASSWORD": settings.neo4j_password.get_secret_value(),
    }


def run_apart(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `tiertrace` with arguments in a process of its own."""
    command = [sys.executable, "-c", "from graph_core.cli import main; main()", *arguments]
    return subprocess.run(
        command, env=os.environ | environment(settings), capture_output=True, text=True, check=False, timeout=280
    )


@dataclass
class Commands:
    """Runs commands against one store."""

    settings: Settings
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def __call__(self, *arguments: str) -> Done:
        """Run `tiertrace` with arguments."""
        for name, value in environment(self.settings).items():
            self.monkeypatch.setenv(name, value)
        self.monkeypatch.setattr(sys, "argv", ["tiertrace", *arguments])
        self.capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
        said = self.capsys.readouterr()
        return Done(code, said.out, said.err)

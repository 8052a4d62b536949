"""Who is let in by `tiertrace app`, before anything is served."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from graph_core import serve
from graph_core.errors import UsageError
from graph_core.settings import Settings
from tests.unit.test_roles import PEOPLE, SECRETS


class Child:
    """What stands for the served app: it ends at once."""

    begun: dict[str, Any]

    def __init__(self, command: list[str], **more: Any) -> None:
        Child.begun = {"command": command, **more}

    def wait(self) -> int:
        return 0

    def poll(self) -> int:
        return 0


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> type[Child]:
    monkeypatch.setattr(subprocess, "Popen", Child)
    Child.begun = {}
    return Child


@pytest.fixture
def signing_in(tmp_path: Path) -> Settings:
    (tmp_path / "people.toml").write_text(PEOPLE)
    (tmp_path / "secrets.toml").write_text(SECRETS)
    (tmp_path / "secrets.toml").chmod(0o600)
    return Settings(home=tmp_path)


def options(begun: type[Child], name: str) -> list[str]:
    return [part.partition("=")[2] for part in begun.begun["command"] if part.startswith(f"--{name}=")]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_nobody_else_is_let_in_without_a_sign_in(host: str, tmp_path: Path, begun: type[Child]) -> None:
    with pytest.raises(UsageError, match="--without-sign-in") as told:
        serve.serve_app(Settings(home=tmp_path), host=host, port=None, browser=False)
    assert told.value.exit_code == 2
    assert begun.begun == {}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_this_machine_needs_none(host: str, tmp_path: Path, begun: type[Child], capsys: Any) -> None:
    assert serve.serve_app(Settings(home=tmp_path), host=host, port=None, browser=False) == 0
    assert "only this machine reaches the app" in capsys.readouterr().err
    assert "TIERTRACE_READ_ONLY" not in begun.begun["env"]
    assert options(begun, "server.address") == [host]
    assert {"localhost", "127.0.0.1", host} <= set(options(begun, "server.allowedHosts"))
    assert "*" not in options(begun, "server.allowedHosts")


def test_others_may_look_where_that_is_asked_for(tmp_path: Path, begun: type[Child], capsys: Any) -> None:
    serve.serve_app(Settings(home=tmp_path), host="0.0.0.0", port=None, browser=False, without_sign_in=True)
    assert begun.begun["env"]["TIERTRACE_READ_ONLY"] == "1"
    assert "nobody can change it" in capsys.readouterr().err
    names = options(begun, "server.allowedHosts")
    assert "127.0.0.1" in names
    assert "*" not in names


def test_a_sign_in_lets_others_in_by_the_name_that_it_comes_back_to(
    signing_in: Settings, begun: type[Child], capsys: Any
) -> None:
    serve.serve_app(signing_in, host="0.0.0.0", port=None, browser=False)
    assert "tiertrace.example.org" in options(begun, "server.allowedHosts")
    assert options(begun, "secrets.files") == [str(signing_in.home / "secrets.toml")]
    said = capsys.readouterr()
    assert "People sign in" in said.err
    for secret in ("s3cret-of-the-client", "0123456789abcdef"):
        assert secret not in f"{begun.begun}{said.out}{said.err}"


def test_a_sign_in_of_another_program_is_not_taken_for_ours(tmp_path: Path, begun: type[Child]) -> None:
    serve.serve_app(Settings(home=tmp_path), host="127.0.0.1", port=None, browser=False)
    (path,) = options(begun, "secrets.files")
    assert not Path(path).exists()

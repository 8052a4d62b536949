"""How the command line ends: a message of one line and an exit code for what goes wrong outside the program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from graph_core import cli
from graph_core.errors import InputError


def ends(monkeypatch: pytest.MonkeyPatch, app: Callable[[], None]) -> object:
    monkeypatch.setattr(cli, "app", app)
    monkeypatch.delenv("TIERTRACE_DEBUG", raising=False)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


def test_a_file_that_cannot_be_used_is_no_fault_of_the_program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    name = tmp_path / ("a" * 300)
    assert ends(monkeypatch, lambda: name.write_text("x") and None) == InputError.exit_code
    said = capsys.readouterr().err
    assert "File name too long; check the path" in said
    assert "fault of the program" not in said


@pytest.mark.parametrize("error", [ZeroDivisionError("of ours"), OSError("nothing is known of it")])
def test_a_fault_of_the_program_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    def fail() -> None:
        raise error

    assert ends(monkeypatch, fail) == 1
    assert f"a fault of the program: {type(error).__name__}: {error}" in capsys.readouterr().err
    monkeypatch.setenv("TIERTRACE_DEBUG", "1")
    with pytest.raises(type(error)):
        cli.main()

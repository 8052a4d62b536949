"""Settings from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_core.settings import Settings


def test_an_empty_home_is_the_user_s_and_never_the_folder_of_the_moment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TIERTRACE_HOME", raising=False)
    usual = Settings().home
    assert usual.is_absolute()
    monkeypatch.setenv("TIERTRACE_HOME", "")
    assert Settings().home == usual
    for said in (str(tmp_path), "here"):
        monkeypatch.setenv("TIERTRACE_HOME", said)
        assert Settings().home == Path(said)

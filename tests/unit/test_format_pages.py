"""Every format has its page in ``docs/formats``, and the example on it gives the table that the page shows."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

from graph_core.errors import TiertraceError
from loaders import registry
from tests.commands import Commands, Done

PAGES = Path(__file__).parents[2] / "docs" / "formats"
_BLOCK = re.compile(
    r"(?:^File `(?P<file>[^`\n]+)`:\n\n)?^```(?P<kind>\w*)\n(?P<body>.*?)^```", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class Page:
    files: dict[str, str]
    commands: list[tuple[list[str], list[str]]]


def page(name: str) -> Page:
    files: dict[str, str] = {}
    commands: list[tuple[list[str], list[str]]] = []
    for block in _BLOCK.finditer((PAGES / f"{name}.md").read_text(encoding="utf-8")):
        if block["file"]:
            files[block["file"]] = block["body"]
        elif block["kind"] == "console":
            for entry in re.split(r"^\$ ", block["body"], flags=re.MULTILINE)[1:]:
                command, _, printed = entry.partition("\n")
                commands.append((shlex.split(command), lines(printed)))
    return Page(files, commands)


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def test_every_format_has_a_page() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} >= set(registry.names())


@pytest.mark.parametrize("name", registry.names())
def test_the_example_of_the_page_gives_what_it_shows(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = page(name)
    assert shown.files
    assert shown.commands
    for file, body in shown.files.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(body, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIERTRACE_HOME", str(tmp_path / "home"))
    for command, expected in shown.commands:
        assert command[:2] == ["tiertrace", "load"]
        done = run(command[1:], capsys, monkeypatch)
        assert done.code == 0, done.err
        assert lines(done.out) == expected, f"`{shlex.join(command)}` on the page {name}.md"
    assert not (tmp_path / "home").exists(), "a dry run writes nothing"


def run(arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Done:
    from graph_core.settings import Settings

    extra = [] if "--suggest" in arguments else ["--dry-run"]
    try:
        return Commands(Settings(), capsys, monkeypatch)(*arguments, *extra)
    except TiertraceError as error:  # pragma: no cover - main() turns these into an exit code
        raise AssertionError(str(error)) from error

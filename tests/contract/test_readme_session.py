"""The terminal session of the README: each command is run in a home of its own, and its output compared.

After a change that is wanted, ``python tests/contract/test_readme_session.py`` writes the session anew.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DATA = ROOT.parent / "shared" / "data"
#: What is run where the README has no session yet.
COMMANDS = (
    "tiertrace load palm-oil ../shared/data/palm_oil",
    "tiertrace load tables ../shared/data/findings/palm_oil_orders.csv",
    "tiertrace exposure --as-of 2021-06-30",
    "tiertrace paths Unilever --as-of 2021-06-30 --top 3",
    "tiertrace stop",
)
_BLOCK = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)


def masked(text: str) -> str:
    """Lines without trailing space, and the id of a run, which changes with the version of the code, masked."""
    lines = [re.sub(r"\brun [0-9a-f]{16}\b", "run " + "0" * 16, line.rstrip()) for line in text.splitlines()]
    return "\n".join(lines).strip("\n")


def session(text: str) -> list[tuple[str, str]]:
    """Commands of the README with the output that it prints for them."""
    found = _BLOCK.search(text)
    parts = re.split(r"^\$ (.*)$", found[0] if found else "", flags=re.MULTILINE)
    return [(command, masked(output)) for command, output in zip(parts[1::2], parts[2::2], strict=True)]


def run(command: str, home: Path) -> tuple[int, str]:
    """Exit code and output of one command, in a home of its own."""
    program, *arguments = shlex.split(command)
    assert program == "tiertrace"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIERTRACE_")}
    done = subprocess.run(
        [str(Path(sys.executable).with_name("tiertrace")), *arguments],
        cwd=ROOT,
        env=kept | {"TIERTRACE_HOME": str(home), "PYTHONUNBUFFERED": "1", "COLUMNS": "160"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.data
@pytest.mark.slow
def test_the_session_of_the_readme_prints_what_it_says(tmp_path: Path) -> None:
    if not DATA.is_dir():
        message = f"the real data is not at {DATA}"
        pytest.fail(message) if os.environ.get("TIERTRACE_TEST_DATA") == "required" else pytest.skip(message)
    expected = session(README.read_text(encoding="utf-8"))
    assert [command.split()[1] for command, _ in expected] == ["load", "load", "exposure", "paths", "stop"]
    try:
        found = [(command, *run(command, tmp_path / "home")) for command, _ in expected]
    finally:
        run("tiertrace stop", tmp_path / "home")
    for (command, printed), (_, code, output) in zip(expected, found, strict=True):
        assert code == 0, f"{command}: {output}"
        assert masked(output) == printed, f"{command} prints something else than the README says"


def rewrite() -> None:
    """Write the session of the README anew."""
    text = README.read_text(encoding="utf-8")
    commands = [command for command, _ in session(text)] or list(COMMANDS)
    with tempfile.TemporaryDirectory() as folder:
        try:
            outputs = [run(command, Path(folder) / "home") for command in commands]
        finally:
            run("tiertrace stop", Path(folder) / "home")
    parts = []
    for command, (code, output) in zip(commands, outputs, strict=True):
        if code:
            sys.exit(f"{command} ended with {code}: {output}")
        lines = [line.rstrip() for line in output.splitlines()]
        parts.append("\n".join([f"$ {command}", *"\n".join(lines).strip("\n").splitlines()]))
    block = "\n\n".join(parts) + "\n"
    README.write_text(_BLOCK.sub(lambda _: block, text, count=1), encoding="utf-8")


if __name__ == "__main__":
    rewrite()

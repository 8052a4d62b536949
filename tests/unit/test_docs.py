"""The documents: their examples run, their links lead somewhere, and what they list is what the code has."""

from __future__ import annotations

import doctest
import importlib.util
import re
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType

import pytest

from graph_core.cli import app
from graph_core.day import Day, Parameters
from graph_core.settings import Settings
from tests import oracles

ROOT = Path(__file__).parents[2]
WRITTEN = (
    "README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/exposure.md", "docs/identity.md", "docs/places.md",
    "docs/policy.md", "docs/people.md",
)  # fmt: skip
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    return [body for kind, body in _FENCE.findall(text_of(name)) if kind == language]


def prose(name: str) -> str:
    """A document without its code."""
    return re.sub(r"^    .*$", "", _FENCE.sub("", text_of(name)), flags=re.MULTILINE)


@pytest.fixture(scope="module")
def tables() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_tables", ROOT / "docs" / "make_tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["README.md", "docs/exposure.md"])
def test_python_examples_give_what_they_print(name: str) -> None:
    source = "\n".join(blocks(name, "python"))
    example = doctest.DocTestParser().get_doctest(source, {}, name, name, 0)
    assert len(example.examples) >= 4
    said: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(example, out=said.append)
    assert result.failed == 0, "".join(said)


def test_the_bar_and_bounds_of_the_worked_example_are_those_of_the_program() -> None:
    shares = {("F", "A"): 0.5, ("F", "B"): 0.2, ("G", "B"): 0.3, ("A", "X"): 0.4, ("B", "X"): 0.6}
    graph = oracles.believed(
        organizations=[{"id": "X", "name": "X", "roles": "brand"}],
        facilities=[{"id": name, "name": name} for name in "ABFG"],
        links=[{"supplier_id": i, "buyer_id": j, "share": share} for (i, j), share in shares.items()],
        findings=[
            {"id": f"on {site}", "subject_id": site, "category": "forced_labour", "severity": severity}
            for site, severity in (("F", 1.0), ("G", 0.5))
        ],
    )
    row = Day(graph, Parameters("2021-06-30")).exposures(["X"])[0]
    assert row["composition"] == pytest.approx({"named": 0.41, "ownership": 0.0, "unmapped": 0.5, "unflagged": 0.09})
    assert [row[key] for key in ("lower", "upper", "coverage")] == pytest.approx([0.41, 0.91, 1.0])
    assert (row["assumed_share"], row["unstated_share"]) == pytest.approx((0.0, 0.0))
    assert "bounds are .41 and .91" in " ".join(text_of("docs/exposure.md").split())


@pytest.mark.parametrize("name", WRITTEN)
def test_links_lead_to_files_and_headings_that_are_there(name: str) -> None:
    folder = (ROOT / name).parent
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(name)):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        file = folder / path if path else ROOT / name
        assert file.exists(), f"{name} links to {target}, which is not there"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in slugs, f"{name} links to {target}, a heading that is not there"


@pytest.mark.parametrize("name", WRITTEN)
def test_files_that_a_document_names_are_there(name: str) -> None:
    paths = re.findall(r"`((?:graph_core|loaders|cypher|docs|tests|benchmarks)/[\w./-]+)`", text_of(name))
    missing = [path for path in paths if not (ROOT / path).exists()]
    assert not missing, f"{name} names {missing}"


def test_files_and_names_that_the_code_of_the_loaders_speaks_of_are_there() -> None:
    missing = []
    for file in sorted(ROOT.glob("loaders/**/*.py")):
        text = file.read_text(encoding="utf-8")
        missing += [
            f"{file.name}: {path}"
            for path in re.findall(r"(?<![\w/.-])((?:graph_core|loaders|data)/[\w/]+\.\w+)", text)
            if not ((ROOT / path).exists() or (ROOT / "loaders" / path).exists())
        ]
        missing += [f"{file.name}: {name}" for name in re.findall(r"`(loaders(?:\.\w+)+)`", text) if not is_there(name)]
    assert not missing


def is_there(name: str) -> bool:
    """Whether a dotted name is a module, or something in one."""
    module, _, last = name.rpartition(".")
    try:
        return importlib.util.find_spec(name) is not None or hasattr(importlib.import_module(module), last)
    except ModuleNotFoundError:  # what stands before the last name is no package
        return hasattr(importlib.import_module(module), last) if is_there(module) else False


def test_files_that_the_build_speaks_of_are_there() -> None:
    text = text_of("Makefile")
    named = [name.replace(".", "/") for name in re.findall(r"python -m ((?:graph_core|loaders)[.\w]*)", text)]
    named += [path.removesuffix(".py") for path in re.findall(r"-f ([\w/]+\.py)", text)]
    missing = [name for name in named if not ((ROOT / f"{name}.py").exists() or (ROOT / name / "__main__.py").exists())]
    build = tomllib.loads(text_of("pyproject.toml"))["tool"]["hatch"]["build"]["targets"]
    missing += [path for path in build.get("sdist", {}).get("exclude", []) if not (ROOT / path.strip("/")).exists()]
    assert not missing


def test_the_first_commands_of_the_readme_are_make_demo_and_make_test() -> None:
    lines = text_of("README.md").splitlines()
    commands = [line.strip() for line in lines if re.match(r"    \S|\$ ", line)]
    assert commands[:2] == ["make demo", "make test"]


def test_the_readme_shows_every_command_and_setting() -> None:
    readme = text_of("README.md")
    commands = {c.name or getattr(c.callback, "__name__", "") for c in app.registered_commands}
    commands |= {str(group.name) for group in app.registered_groups}
    for command in commands - {"everywhere"}:
        assert f"tiertrace {command}" in readme or f"`{command}`" in readme, f"README lacks {command}"
    for field in Settings.model_fields:
        shown = f"TIERTRACE_{field.upper()}"
        short = "`_" + field.upper().removeprefix("NEO4J_") + "`"
        assert shown in readme or short in readme, f"README lacks {shown}"


def test_the_tables_of_the_readme_are_those_of_the_model(tables: ModuleType) -> None:
    (shown,) = blocks("README.md", "text")
    found = {}
    for entry in re.split(r"\n(?=\S)", shown.strip()):
        file, columns = entry.split(None, 1)
        found[file] = [column.strip() for column in columns.replace("\n", "").split(",")]
    assert found == {f"{t.name}.csv": [c.name for c in tables.own_columns(t)] for t in tables.own_tables()}


def test_the_document_of_the_tables_is_up_to_date(tables: ModuleType) -> None:
    assert text_of("docs/tables.md") == tables.document(), "run python docs/make_tables.py"


def test_the_picture_is_well_formed_and_asks_for_nothing_from_elsewhere() -> None:
    text = text_of("docs/way-of-the-data.svg")
    ET.fromstring(text)
    assert "prefers-color-scheme: dark" in text
    assert not re.search(r"<script|<image|href=|@import|url\((?!#)", text)


def test_every_module_has_its_room_in_the_architecture() -> None:
    page = text_of("docs/architecture.md")
    rooms = {path.stem for path in (ROOT / "graph_core").glob("*.py")} - {"__init__"}
    rooms |= {path.parent.name for path in (ROOT / "graph_core").glob("*/__init__.py")}
    missing = sorted(room for room in rooms if not re.search(rf"`(?:\w+/)?{room}(?:\.py|/)?`", page))
    assert not missing, f"docs/architecture.md lacks {missing}"

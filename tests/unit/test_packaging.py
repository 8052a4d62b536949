"""What is declared, pinned and packed is what the code uses."""

from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from graph_core.bundle import bundled, sample

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
#: Used through another library, which imports it by itself or is chosen by name: why each is declared all the same.
INDIRECT: dict[str, str] = {}


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(text).name) for text in requirements}


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert all(len(pair) == 2 for pair in pairs), "each line is name==version"
    return {canonicalize_name(name): version for name, version in pairs}


def imported() -> set[str]:
    """Top-level modules that the program itself imports, wherever in a file."""
    found = set()
    files = [*ROOT.glob("graph_core/**/*.py"), *ROOT.glob("loaders/**/*.py"), ROOT / "app.py"]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {"graph_core", "loaders"}


def distributions(modules: set[str]) -> set[str]:
    owners = metadata.packages_distributions()
    return {canonicalize_name(owners[module][0]) for module in modules if module in owners}


def test_every_import_is_declared() -> None:
    declared = names(PROJECT["dependencies"]) | names(EXTRAS["fast"])
    unknown = {module for module in imported() if module not in metadata.packages_distributions()}
    assert unknown == set()
    assert distributions(imported()) - declared == set()


def test_every_declared_dependency_is_imported() -> None:
    assert names(PROJECT["dependencies"]) - distributions(imported()) == set(INDIRECT)


def closure(requirements: list[str]) -> Iterator[Requirement]:
    """Every requirement that holds on this machine, with those of what it brings along."""
    waiting, seen = [Requirement(text) for text in requirements], set()
    while waiting:
        one = waiting.pop()
        if one.marker and not any(one.marker.evaluate({"extra": extra}) for extra in (*one.extras, "")):
            continue
        yield one
        name = canonicalize_name(one.name)
        if (name, frozenset(one.extras)) in seen:
            continue
        seen.add((name, frozenset(one.extras)))
        for text in metadata.requires(name) or []:
            further = Requirement(text)
            if not further.marker or any(further.marker.evaluate({"extra": e}) for e in (*one.extras, "")):
                further.marker = None
                waiting.append(further)


@pytest.mark.parametrize("extra", ["", *EXTRAS])
def test_every_dependency_is_pinned_to_a_version_that_its_bounds_allow(extra: str) -> None:
    pinned = pins()
    wrong = [
        f"{one} is pinned to {pinned.get(canonicalize_name(one.name))}"
        for one in closure(EXTRAS[extra] if extra else PROJECT["dependencies"])
        if not one.specifier.contains(pinned.get(canonicalize_name(one.name), "0"), prereleases=True)
    ]
    assert wrong == []


def test_constraints_name_no_address() -> None:
    assert not re.search(r"://|@|--", (ROOT / "constraints.txt").read_text(encoding="utf-8"))


def test_the_command_is_there() -> None:
    module, function = PROJECT["scripts"]["tiertrace"].split(":")
    assert callable(getattr(importlib.import_module(module), function))


def test_in_the_source_tree_files_are_found_where_they_stand() -> None:
    assert bundled() == ROOT
    assert bundled("cypher") == ROOT / "cypher"
    assert sample() == ROOT / "loaders" / "sample"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    (packed,) = folder.glob("*.whl")
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.mark.parametrize("folder", ["cypher", "static"])
def test_the_wheel_holds_the_files_that_are_no_python(wheel: Path, folder: str) -> None:
    packed = wheel / "graph_core" / "_bundle" / folder
    expected = {file.relative_to(ROOT / folder) for file in (ROOT / folder).rglob("*") if file.is_file()}
    assert {file.relative_to(packed) for file in packed.rglob("*") if file.is_file()} == expected
    assert expected


def test_the_wheel_holds_code_and_data_of_the_packages_and_nothing_else(wheel: Path) -> None:
    assert {entry.name for entry in wheel.iterdir() if not entry.name.endswith(".dist-info")} == {
        "graph_core",
        "loaders",
    }
    for package in ("graph_core", "loaders"):
        expected = {
            file.relative_to(ROOT)
            for file in (ROOT / package).rglob("*")
            if file.is_file() and "__pycache__" not in file.parts and file.suffix not in {".nbi", ".nbc"}
        }
        packed = {file.relative_to(wheel) for file in (wheel / package).rglob("*") if file.is_file()}
        assert {file for file in packed if "_bundle" not in file.parts} == expected


def test_an_installed_wheel_finds_its_files_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    script = "from graph_core.bundle import bundled, sample; print(bundled('app.py'), bundled('cypher'), sample())"
    printed = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(wheel)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert [Path(path).relative_to(wheel).as_posix() for path in printed] == [
        "graph_core/_bundle/app.py",
        "graph_core/_bundle/cypher",
        "loaders/sample",
    ]
    assert all(Path(path).exists() for path in printed)

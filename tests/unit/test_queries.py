"""Headers of Cypher files, the catalogue, and parameters given as text."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from graph_core import queries, queries_docs, schema
from graph_core.bundle import bundled
from graph_core.errors import InputError, NotFoundError
from graph_core.tokens import TokenKind, tokenise

HEADER = """\
// title: Sites of a country
// summary: Every site.
// summary: In one country.
// param: country STRING required, example "VN"
// param: as_of DATE default 2024-06-30
// returns: id STRING;
// returns: share FLOAT 0..1
// mode: read
// engine: neo4j>=5, embedded
"""
BODY = """\
MATCH (n:Facility {country: $country})
// $nothing in a comment counts, nor '$this'
WHERE n.valid_from <= $as_of AND n.name <> '$that'
RETURN n.id AS id, n.share AS share;
"""


def test_header_is_read() -> None:
    query = queries.parse(HEADER + BODY, "explore", "sites_of_country")
    assert (query.name, query.family, query.mode) == ("sites_of_country", "explore", "read")
    assert query.title == "Sites of a country"
    assert query.summary == "Every site. In one country."
    assert query.engines == ("neo4j>=5", "embedded")
    assert query.parameters == (
        queries.Parameter("country", "STRING", required=True, example="VN"),
        queries.Parameter("as_of", "DATE", required=False, default="2024-06-30"),
    )
    assert query.returns == (queries.Column("id", "STRING"), queries.Column("share", "FLOAT", "0..1"))
    assert query.text.startswith("MATCH (n:Facility")
    assert query.text.endswith("AS share")
    assert query.source == HEADER + BODY


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("// title: Sites of a country\n", "", "line 1: the header lacks '// title"),
        ("// title:", "// titel:", "line 1: .*titel.* is no header line"),
        ("// mode: read", "// mode: look", "line 8: mode 'look' is none of read, write, schema"),
        ("// mode: read", "// mode: read\n// mode: read", "line 9: mode is given twice"),
        ("neo4j>=5, embedded", "oracle", "line 9: engine 'oracle' is unknown"),
        ("share FLOAT 0..1", "share REAL 0..1", "line 6: 'share REAL 0..1' is no column"),
        ("country STRING required", "country TEXT required", "line 4: type 'TEXT' is unknown"),
        ("country STRING required", "country STRING wanted", "line 4: .* is no parameter"),
        ("DATE default 2024-06-30", "DATE default 2024-13-30", "line 5: the default 2024-13-30 is not of type DATE"),
        ("// summary: In one", "// summary: a\n// summary: In one", "one or two lines '// summary"),
        ("$country}", "'VN'}", "line 4: the parameter country is declared but never used"),
        ("n.share AS", "$shares AS", r"line 13: \$shares is used but not declared"),
        ("AS share;", "AS share", "line 13: the statement does not end with a semicolon"),
        ("AS share;", "AS share; RETURN 1;", "line 13: .*one statement"),
        ("RETURN n.id AS id", "SET n.x = 1 RETURN n.id AS id", "'SET' at line 4, column 1"),
        ("// mode: read", "// mode: write", "only reads; its mode is read"),
        ("// param: as_of", "// param: country STRING default x\n// param: as_of", "country is declared twice"),
    ],
)
def test_a_wrong_file_is_named_with_its_line(old: str, new: str, said: str) -> None:
    assert old in HEADER + BODY
    with pytest.raises(InputError, match=f"explore/sites.cypher.*{said}"):
        queries.parse((HEADER + BODY).replace(old, new, 1), "explore", "sites")


@pytest.mark.parametrize("name", ["Sites", "sites-of", "sites__of", "1sites", "sites_"])
def test_file_names_are_snake_case(name: str) -> None:
    with pytest.raises(InputError, match="snake_case"):
        queries.parse(HEADER + BODY, "explore", name)


def test_names_are_unique_over_families(tmp_path: Path) -> None:
    for family in ("explore", "quality"):
        (tmp_path / family).mkdir()
        (tmp_path / family / "sites.cypher").write_text(HEADER + BODY)
    (tmp_path / "quality" / "V0001__not_a_query.cypher").write_text("CREATE INDEX x FOR (n:A) ON (n.b);")
    with pytest.raises(InputError, match=r"quality/sites.cypher: the name is taken by explore/"):
        queries.load(tmp_path)


def test_a_folder_without_files_is_a_broken_installation(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="installation"):
        queries.load(tmp_path)


TYPES = """\
// title: Types
// summary: One of each.
// param: s STRING required, example "x"
// param: i INTEGER default 7
// param: f FLOAT default 0.5
// param: b BOOLEAN default false
// param: d DATE default null
// param: l LIST<STRING> default a|b
// returns: x ANY
// mode: read
// engine: embedded
RETURN [$s, $i, $f, $b, $d, $l] AS x;
"""


def test_text_becomes_the_declared_types() -> None:
    query = queries.parse(TYPES, "explore", "types")
    assert query.bind({"s": "1"}) == {"s": "1", "i": 7, "f": 0.5, "b": False, "d": None, "l": ["a", "b"]}
    raw = {"s": "", "i": "-3", "f": "1e-3", "b": "True", "d": "2024-02-29", "l": "x|y z|"}
    assert query.bind(raw) == {"s": "", "i": -3, "f": 0.001, "b": True, "d": "2024-02-29", "l": ["x", "y z"]}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({}, r"needs the parameter s \(STRING\). Example: -p s=x"),
        ({"s": "x", "dd": "1"}, "no parameter 'dd'. Did you mean d"),
        ({"s": "x", "unlike": "1"}, "no parameter 'unlike'. Known are: b, d, f, i, l, s"),
        ({"s": "x", "i": "1.5"}, "'1.5', which is no INTEGER"),
        ({"s": "x", "f": "nan"}, "'nan', which is no FLOAT"),
        ({"s": "x", "b": "maybe"}, "'maybe', which is no BOOLEAN"),
        ({"s": "x", "d": "2023-02-29"}, "'2023-02-29', which is no DATE"),
        ({"s": "x", "d": "20240101"}, "'20240101', which is no DATE"),
    ],
)
def test_wrong_parameters_are_named(raw: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        queries.parse(TYPES, "explore", "types").bind(raw)


def test_catalogue_holds_queries_for_people_and_statements_of_the_program() -> None:
    people = queries.analyst_catalogue()
    assert len(people) >= 16
    assert all(query.mode == "read" and query.engines == ("neo4j>=5.23", "embedded") for query in people.values())
    assert set(people) < set(queries.catalogue())
    assert queries.statement("exposure/flagged_sites") == queries.statement("flagged_sites")
    assert queries.statement("store/put_block")


def test_a_wrong_name_suggests_the_nearest() -> None:
    with pytest.raises(NotFoundError, match="Did you mean flagged_sites"):
        queries.find("flaged_sites")
    with pytest.raises(NotFoundError):
        queries.find("quality/flagged_sites")
    with pytest.raises(NotFoundError):  # not for people
        queries.find("put_block")
    with pytest.raises(NotFoundError):
        queries.statement("store/no_such_thing")


def test_queries_for_people_use_only_what_the_schema_has() -> None:
    kinds = [*schema.NODES, *schema.RESULT_NODES]
    links = [*schema.RELATIONSHIPS, *schema.RESULT_RELATIONSHIPS]
    labels = {"Brand", *(n.label for n in kinds), *(e for n in kinds for e in n.extra), *(r.type for r in links)}
    properties = {"id", *(p.name for n in kinds for p in n.properties), *(p.name for r in links for p in r.properties)}
    own = {"exact", "hops", "inDays", "days", "run"}  # keys of maps, functions, durations
    for name, query in queries.analyst_catalogue().items():
        tokens = tokenise(query.text)
        for before, token in pairwise(tokens):
            if token.kind is TokenKind.WORD and before.text == "." and before.kind is TokenKind.SYMBOL:
                assert token.text in properties | own, f"{name}: {token.text}"
            # Types and labels are capitalised; keys of maps follow a brace or comma and are small.
            if token.text[0].isupper() and before.text in (":", "|") and token.kind is TokenKind.WORD:
                assert token.text in labels, f"{name}: {token.text}"


def test_page_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert queries_docs.main(["--check"]) == 0, capsys.readouterr().err
    assert all(f"### {name}\n" in queries_docs.page() for name in queries.analyst_catalogue())


def test_an_outdated_page_is_found(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(queries_docs, "page", lambda: "something else")
    assert queries_docs.main(["--check"]) == 1
    assert "not up to date" in capsys.readouterr().err


def lint(*words: str) -> subprocess.CompletedProcess[str]:
    root = bundled()
    if shutil.which("node") is None or not (root / "node_modules" / "@neo4j-cypher").is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("node or node_modules is missing; run: bash .ci/lint-cypher")
        pytest.skip("node or node_modules is missing; run: bash .ci/lint-cypher")
    command = ["node", "tests/cypher/lint/lint.mjs", *words]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_lint_fails_on_each_broken_file_and_says_where(tmp_path: Path) -> None:
    folder = bundled("tests", "cypher", "lint", "broken")
    done = lint(str(folder))
    assert done.returncode == 1
    for path in folder.glob("*.cypher"):
        assert re.search(rf"{path.name}:\d+:\d+: \S", done.stderr), path.name
    (tmp_path / "right.cypher").write_text("MATCH (n)\nRETURN n.id AS id;\n")
    assert lint(str(tmp_path)).returncode == 0
    assert lint("--each-is-wrong", str(tmp_path)).returncode == 1


def test_lint_without_any_file_fails(tmp_path: Path) -> None:
    assert lint(str(tmp_path)).returncode == 1


def test_lint_is_pinned_and_its_lock_names_no_address() -> None:
    package = json.loads(bundled("package.json").read_text(encoding="utf-8"))
    for version in package["devDependencies"].values():
        assert re.fullmatch(r"\d+\.\d+\.\d+(-[\w.]+)?", version)
    lock = bundled("package-lock.json").read_text(encoding="utf-8")
    assert "http" not in lock
    assert "resolved" not in lock

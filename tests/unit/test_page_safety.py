"""What pages may not do with text that could come from data; found in their source, whatever a page shows today."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_core.bundle import bundled
from graph_core.text import csv_cell
from graph_core.ui import copying
from tests.hostile import FORMULAS, TEXTS

UI = Path(copying.__file__).parent
SOURCES = sorted(UI.rglob("*.py"))
#: Calls that take Markdown or markup: what they are given has to stand in the source.
MARKUP = {"markdown", "html", "write", "caption", "title", "header", "subheader", "info", "success", "warning", "error"}
MARKUP |= {"toast", "badge", "metric", "latex", "iframe", "link_button", "popover", "expander", "tabs", "spinner"}
#: Functions whose result is no text from data: numbers, words of the program, or text of which no sign is left.
PLAIN_CALLS = {"count", "percent", "points", "in_label", "listing", "len", "round", "str_of"}
#: Sentences of `graph_core.ui.words` about the choices of the top bar: no name is in them.
PLAIN_CALLS |= {"no_figure", "no_heat"}
#: Values that are numbers or words of the program; ``warning`` is its sentence on the harm of leaving a
#: supplier, ``missing`` names fields, ``again`` says what to do next.
PLAIN_NAMES = {"view.as_of", "shown.as_of", "person.role", "people.hours", "warning", "missing", "again"}


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, node


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(UI)))
def test_nothing_turns_markup_of_data_on(source: Path) -> None:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    for name, call in calls(tree):
        switched = [one for one in call.keywords if one.arg in ("unsafe_allow_html", "unsafe_allow_javascript")]
        assert not switched, f"{source.name}:{call.lineno}: {name} with markup turned on"
        is_streamlit = isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "st"
        assert not (is_streamlit and name in ("html", "iframe", "write")), f"{source.name}:{call.lineno}: st.{name}"


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(UI)))
def test_markdown_is_given_texts_of_the_source_alone(source: Path) -> None:
    """`st.markdown(name)` would make a name Markdown; numbers and words of the program may stand in it."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    faults = [
        f"{source.name}:{call.lineno}: st.{name}({ast.unparse(call.args[0])[:90]})"
        for name, call in calls(tree)
        if name in MARKUP and ast.unparse(call.func) == f"st.{name}" and call.args and not literal(call.args[0], tree)
    ]
    assert faults == []


def literal(node: ast.expr, tree: ast.AST) -> bool:
    """Whether a text stands in the source; a variable, where all that it is ever given does."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.JoinedStr):
        return all(isinstance(part, ast.Constant) or number(part, tree) for part in node.values)
    if isinstance(node, ast.IfExp):
        return literal(node.body, tree) and literal(node.orelse, tree)
    if isinstance(node, ast.BinOp):
        return literal(node.left, tree) and literal(node.right, tree)
    if isinstance(node, ast.Subscript):  # a table of words of the program
        return ast.unparse(node.value).rpartition(".")[2].lstrip("_").isupper()
    if isinstance(node, ast.Call):
        function = ast.unparse(node.func).rpartition(".")[2]
        return function in PLAIN_CALLS or (function == "join" and literal(node.args[0], tree))
    if isinstance(node, ast.Name):
        if node.id.lstrip("_").isupper() or node.id in PLAIN_NAMES:
            return True
        given = [one for one in ast.walk(tree) if isinstance(one, ast.Assign | ast.AugAssign)]
        values = [one.value for one in given if node.id in {ast.unparse(to) for to in targets(one)}]
        return bool(values) and all(literal(value, tree) for value in values)
    return False


def targets(node: ast.Assign | ast.AugAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def number(part: ast.expr, tree: ast.AST) -> bool:
    """A formatted number such as ``{n:,}``, words of the program, or the result of a function that gives no data."""
    if not isinstance(part, ast.FormattedValue):
        return False
    value = part.value
    if part.format_spec is not None or (isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub)):
        return True
    return ast.unparse(value) in PLAIN_NAMES or literal(value, tree)


@pytest.mark.parametrize("script", sorted(UI.rglob("*.js")), ids=lambda path: path.name)
def test_components_make_no_markup_of_text(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc"):
        assert word not in text, f"{script.name} uses {word}"


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(UI)))
def test_no_page_runs_a_statement_but_through_the_question(source: Path) -> None:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    if source.name in ("asking.py", "named_queries.py"):  # the latter runs queries of the catalogue alone
        return
    for name, call in calls(tree):
        of_store = isinstance(call.func, ast.Attribute) and "store" in ast.unparse(call.func.value)
        assert not (of_store and name in ("read", "plan")), f"{source.name}:{call.lineno} runs a statement"


@pytest.mark.parametrize("text", TEXTS)
def test_no_cell_of_a_csv_is_a_formula(text: str) -> None:
    cell = str(csv_cell(text))
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    if text in FORMULAS:
        assert cell == f"'{text}"


def test_only_this_machine_is_listened_to_and_other_names_are_refused() -> None:
    import tomllib

    server = tomllib.loads(bundled(".streamlit", "config.toml").read_text(encoding="utf-8"))["server"]
    assert server["address"] == "127.0.0.1"
    assert server["allowedHosts"] == ["localhost", "127.0.0.1", "::1"]
    assert server["enableCORS"] is True
    assert server["enableXsrfProtection"] is True
    assert server["maxUploadSize"] <= 512

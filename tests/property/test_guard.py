"""Properties of the read guard, over random spelling, comments and nesting."""

from __future__ import annotations

import contextlib
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graph_core import guard
from graph_core.errors import RefusedError
from graph_core.tokens import tokenise, without_semicolon

_GAPS = [" ", "\n", "\t\r\n", " /* CREATE (n) */ ", " // ' DELETE\n", "/**/ ", ' /* ` " */ ']
_CLAUSES = st.sampled_from(
    [
        "CREATE (n)",
        "MERGE (n:A {id: 1})",
        "SET n.x = 1",
        "REMOVE n.x",
        "DELETE n",
        "DETACH DELETE n",
        "FOREACH (x IN [1] | CREATE (m))",
        "LOAD CSV FROM 'x' AS row",
        "DROP INDEX x",
        "INSERT (n)",
        "FINISH",
        "USE other",
        "CALL dbms.listConfig()",
        "SOMETHINGNEW (n)",
    ]
)
_READS = st.sampled_from(
    [
        "MATCH (n)",
        "MATCH (n:A)-[r:B*1..3]->(m {x: $p})",
        "OPTIONAL MATCH (n)",
        "MATCH (n) WHERE n.x > 1 AND n.y IS NOT NULL",
        "MATCH p = ((a)-->(b))+",
        "UNWIND [1, 2] AS x",
        "WITH *",
        "WITH 1 AS a, 'b' AS b",
        "WITH 1 AS a ORDER BY a DESC LIMIT 3",
        "WITH CASE WHEN true THEN 1 ELSE 2 END AS c",
        "CALL db.labels() YIELD label",
        "CALL { MATCH (q) RETURN q }",
    ]
)
_FRAMES = st.lists(
    st.sampled_from(
        [
            "{}",
            "CALL {{ {} }}",
            "MATCH (a) CALL (a) {{ {} }}",
            "RETURN EXISTS {{ {} }}",
            "RETURN [x IN [COUNT {{ {} }}] | x]",
            "MATCH (k {{v: COLLECT {{ {} }}}}) RETURN k",
            "RETURN 1 AS one UNION {}",
            "MATCH (a) WHERE (NOT EXISTS {{ {} }}) RETURN a",
        ]
    ),
    max_size=3,
)
_NAMES = st.sampled_from(["create", "set", "delete", "merge", "remove", "foreach", "load", "call", "drop", "Detach"])


def respelt(statement: str, random: Random) -> str:
    """The same statement in other capitals, with comments and white space between its words."""
    letters = [random.choice([c.upper(), c.lower()]) if c.isascii() else c for c in statement]
    return "".join(random.choice(_GAPS) if c == " " else c for c in letters)


@example(Random(0), [], "FINISH", ["RETURN EXISTS {{ {} }}"])
@given(st.randoms(use_true_random=False), st.lists(_READS, max_size=3), _CLAUSES, _FRAMES)
def test_a_clause_that_is_not_listed_is_refused_wherever_it_stands(
    random: Random, reads: list[str], clause: str, frames: list[str]
) -> None:
    statement = " ".join([*reads, clause])
    for frame in frames:
        statement = frame.format(statement)
    with pytest.raises(RefusedError):
        guard.check(respelt(statement, random))


@given(st.randoms(use_true_random=False), st.lists(_READS, min_size=1, max_size=3), _FRAMES)
def test_reading_statements_pass_however_they_are_spelt(random: Random, reads: list[str], frames: list[str]) -> None:
    statement = " ".join([*reads, "RETURN 1 AS one"])
    for frame in frames:
        statement = frame.format(statement)
    guard.check(respelt(statement, random))


@given(st.randoms(use_true_random=False), _NAMES)
def test_the_same_words_pass_as_names(random: Random, name: str) -> None:
    statement = (
        f"MATCH (n:{name} {{{name}: '{name}(n)'}})-[:{name}]->(`{name}`) WHERE n.{name} = ${name} "
        f"RETURN n.{name} AS {name}, {{{name}: 1}} AS m, n {{.{name}}} AS k ORDER BY {name} DESC"
    )
    guard.check(respelt(statement, random))


@given(st.text(), st.sampled_from(["'", '"']))
def test_whatever_stands_in_a_string_is_no_clause(text: str, quote: str) -> None:
    inside = text.replace("\\", "").replace(quote, "")
    guard.check(f"RETURN {quote}{inside} CREATE (n){quote} AS x")


@given(_CLAUSES, st.integers(0, 20), st.integers(1, 3))
def test_escaped_letters_do_not_hide_a_clause(clause: str, place: int, us: int) -> None:
    place %= len(clause)
    escaped = f"{clause[:place]}\\{'u' * us}{ord(clause[place]):04x}{clause[place + 1 :]}"
    with pytest.raises(RefusedError):
        guard.check(f"MATCH (n) {escaped}")


@given(st.text(alphabet=st.sampled_from("(){}[]'\"`/*\\;.:$|&!%+-<>= \n1aM\u00e9\u2028"), max_size=40))
def test_any_text_passes_or_is_refused_and_nothing_else(text: str) -> None:
    with contextlib.suppress(RefusedError):
        guard.check(text)
    with contextlib.suppress(RefusedError):
        guard.check(f"MATCH (n) RETURN n {text}")


@given(st.sampled_from(_GAPS), st.booleans())
def test_the_final_semicolon_comes_off(gap: str, ended: bool) -> None:
    statement = f"RETURN ';' AS x{';' if ended else ''}{gap}"
    left = without_semicolon(statement)
    assert [token.text for token in tokenise(left)] == ["RETURN", "';'", "AS", "x"]

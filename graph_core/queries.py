"""The catalogue of Cypher: every statement that the program runs, and the queries that an analyst starts with.

Each statement is a file ``cypher/<family>/<name>.cypher`` with a header::

    // title: Exposure paths from a facility
    // summary: one or two lines
    // param: facility_id STRING required, example "CN2019067X1K87E"
    // param: max_rows INTEGER default 100
    // returns: path LIST<STRING>; hops INTEGER; exposure FLOAT 0..1
    // mode: read
    // engine: neo4j>=5, embedded

Files are read and checked once. What a header says must be what the statement does: parameters declared are those
used, a statement in mode ``read`` passes the read guard, the name is the name of the file.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from graph_core import guard
from graph_core.bundle import bundled
from graph_core.errors import InputError, NotFoundError, RefusedError
from graph_core.tokens import Token, TokenKind, parameters_of, tokenise

#: Families whose queries are meant for people; the others are the program's own statements.
ANALYST_FAMILIES: tuple[str, ...] = ("explore", "exposure", "quality")
MODES: tuple[str, ...] = ("read", "write", "schema")
#: What `NamedQuery.bind` can make from text.
TEXT_TYPES: tuple[str, ...] = ("STRING", "INTEGER", "FLOAT", "BOOLEAN", "DATE", "LIST<STRING>")
#: Types that only the program itself passes.
PROGRAM_TYPES: tuple[str, ...] = ("MAP", "BYTES", "LIST<MAP>", "LIST<INTEGER>", "LIST<FLOAT>", "LIST<BYTES>", "ANY")

_FIELDS = ("title", "summary", "param", "returns", "mode", "engine")
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_MIGRATION = re.compile(r"V\d{4}__[a-z0-9_]+")
_ENGINE = re.compile(r"(neo4j>=\d+(\.\d+)?|embedded)")
_COLUMN = re.compile(r"(?P<name>\w+) (?P<type>[A-Z]+(<[A-Z]+>)?)( (?P<note>.+))?")
_PARAMETER = re.compile(
    r"(?P<name>\w+) (?P<type>[A-Z]+(<[A-Z]+>)?) "
    r'(required(, example (?P<example>"[^"]*"|\S+))?|default (?P<default>"[^"]*"|\S+))'
)
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")

Value = str | int | float | bool | list[str] | None


@dataclass(frozen=True)
class Parameter:
    """One parameter of a named query.

    Attributes
    ----------
    name, type : str
        As declared; a DATE travels as an ISO string ``YYYY-MM-DD``.
    required : bool
        Whether a value has to be given.
    default : str, int, float, bool, list of str or None
        Value where none is given.
    example : str
        An example for the reader; empty where none is declared.
    """

    name: str
    type: str
    required: bool
    default: Value = None
    example: str = ""


@dataclass(frozen=True)
class Column:
    """One column that a named query returns: name, type, and its unit or range."""

    name: str
    type: str
    note: str = ""


@dataclass(frozen=True)
class NamedQuery:
    """One statement with its header.

    Attributes
    ----------
    name, family : str
        Name of the file without ``.cypher``, and of its folder.
    title, summary : str
        What it answers, for people.
    parameters : tuple of Parameter
        In the order of the header.
    returns : tuple of Column
        In the order of the result; empty where it returns nothing.
    mode : str
        ``read``, ``write`` or ``schema``.
    engines : tuple of str
        Servers that run it, such as ``neo4j>=5`` and ``embedded``.
    text : str
        The statement without header and final ``;``.
    source : str
        The whole file.
    """

    name: str
    family: str
    title: str
    summary: str
    parameters: tuple[Parameter, ...]
    returns: tuple[Column, ...]
    mode: str
    engines: tuple[str, ...]
    text: str
    source: str

    def bind(self, raw: Mapping[str, str]) -> dict[str, Value]:
        """Turn values given as text into the parameters of the statement.

        Parameters
        ----------
        raw : mapping of str to str
            Values by parameter name. A LIST<STRING> is split at ``|``.

        Returns
        -------
        dict
            A value of the declared type for every parameter.

        Raises
        ------
        InputError
            For a parameter that the query does not have (the nearest is named), one that is missing, or a value that
            is not of the declared type.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in raw:
            if name not in known:
                raise InputError(f"Query {self.name} has no parameter {name!r}. {_suggest(name, known)}")
        bound: dict[str, Value] = {}
        for parameter in self.parameters:
            if parameter.name in raw:
                bound[parameter.name] = _convert(self.name, parameter, raw[parameter.name])
            elif parameter.required:
                hint = f" Example: -p {parameter.name}={parameter.example}" if parameter.example else ""
                raise InputError(f"Query {self.name} needs the parameter {parameter.name} ({parameter.type}).{hint}")
            else:
                bound[parameter.name] = parameter.default
        return bound


def cypher_root() -> Path:
    """Folder of the Cypher files, in a checkout as in an installed wheel."""
    return bundled("cypher")


@cache
def catalogue() -> dict[str, NamedQuery]:
    """All statements by name, read and checked once.

    Raises
    ------
    InputError
        For a file whose header or statement is wrong; file and line are named.
    """
    return load(cypher_root())


def analyst_catalogue() -> dict[str, NamedQuery]:
    """The queries that are meant for people, by name."""
    return {name: query for name, query in catalogue().items() if query.family in ANALYST_FAMILIES}


def find(name: str) -> NamedQuery:
    """One query for people by its name, or by ``family/name``.

    Raises
    ------
    NotFoundError
        Where there is none; the nearest is named.
    """
    return _find(name, analyst_catalogue())


@cache
def statement(name: str) -> str:
    """Text of one statement by ``family/name`` or name, ready to be sent.

    Given with its family, that file alone is read and checked: a command that sends three statements does not wait
    for all of them.

    Raises
    ------
    NotFoundError
        Where there is none.
    """
    family, _, plain = name.rpartition("/")
    path = cypher_root() / family / f"{plain}.cypher"
    if family and path.is_file():
        return parse(path.read_text(encoding="utf-8"), family, plain).text
    return _find(name, catalogue()).text


def _find(name: str, known: Mapping[str, NamedQuery]) -> NamedQuery:
    family, _, plain = name.rpartition("/")
    query = known.get(plain)
    if query is None or family not in ("", query.family):
        raise NotFoundError(f"There is no query {name!r}. {_suggest(plain, known)}")
    return query


def load(root: Path) -> dict[str, NamedQuery]:
    """Read and check all Cypher files below a folder; migrations (``V0001__name.cypher``) are left out.

    Raises
    ------
    InputError
        For the first file that is wrong.
    """
    queries: dict[str, NamedQuery] = {}
    for path in sorted(root.glob("*/*.cypher")):
        if _MIGRATION.fullmatch(path.stem):
            continue
        query = parse(path.read_text(encoding="utf-8"), path.parent.name, path.stem)
        if query.name in queries:
            other = queries[query.name].family
            raise InputError(f"{query.family}/{query.name}.cypher: the name is taken by {other}/; rename one of them.")
        queries[query.name] = query
    if not queries:
        raise InputError(f"No Cypher files in {root}: the installation is incomplete; install tiertrace again.")
    return queries


def parse(source: str, family: str, name: str) -> NamedQuery:
    """Read one file and check it.

    Parameters
    ----------
    source : str
        Text of the file.
    family, name : str
        Its folder, and its name without ``.cypher``.

    Raises
    ------
    InputError
        Naming file and line, for a wrong header or a statement that does not do what the header says.
    """
    file = f"{family}/{name}.cypher"
    if not _NAME.fullmatch(name):
        raise InputError(f"{file}: the name is not snake_case (small letters, digits, single underscores).")
    header, body = _split(source, file)
    mode = _one(header, "mode", file, "read")
    if mode not in MODES:
        raise InputError(f"{_line(header, 'mode', file)}: mode {mode!r} is none of {', '.join(MODES)}.")
    query = NamedQuery(
        name=name,
        family=family,
        title=_one(header, "title", file),
        summary=_summary(header, file),
        parameters=tuple(_parameter(text, f"{file}, line {number}") for number, text in header.get("param", [])),
        returns=_returns(header, file, mode),
        mode=mode,
        engines=_engines(header, file),
        text=body,
        source=source,
    )
    _check_statement(query, file)
    return query


Header = dict[str, list[tuple[int, str]]]


def _split(source: str, file: str) -> tuple[Header, str]:
    """Fields of the header with their line numbers, and the statement without its final ``;``."""
    header: Header = {}
    lines = source.splitlines()
    count = 0
    for number, line in enumerate(lines, 1):
        if not line.startswith("//"):
            break
        field, colon, text = line[2:].strip().partition(":")
        if not colon or field not in _FIELDS:
            raise InputError(
                f"{file}, line {number}: {line!r} is no header line; it begins with one of "
                f"{', '.join(_FIELDS)} and a colon. Comments belong below the first line of the statement."
            )
        header.setdefault(field, []).append((number, text.strip()))
        count = number
    body = "\n".join(lines[count:]).strip()
    if not body.endswith(";"):
        raise InputError(f"{file}, line {len(lines)}: the statement does not end with a semicolon.")
    return header, body[:-1].rstrip()


def _one(header: Header, field: str, file: str, example: str = "...") -> str:
    found = header.get(field, [])
    if not found or not found[0][1]:
        raise InputError(f"{file}, line 1: the header lacks '// {field}: {example}'.")
    if len(found) > 1:
        raise InputError(f"{file}, line {found[1][0]}: {field} is given twice.")
    return found[0][1]


def _line(header: Header, field: str, file: str) -> str:
    return f"{file}, line {header[field][0][0]}"


def _summary(header: Header, file: str) -> str:
    found = header.get("summary", [])
    if not 1 <= len(found) <= 2 or not all(text for _, text in found):
        raise InputError(f"{file}, line 1: the header needs one or two lines '// summary: ...'.")
    return " ".join(text for _, text in found)


def _engines(header: Header, file: str) -> tuple[str, ...]:
    engines = tuple(part.strip() for part in _one(header, "engine", file, "neo4j>=5, embedded").split(","))
    for engine in engines:
        if not _ENGINE.fullmatch(engine):
            raise InputError(
                f"{_line(header, 'engine', file)}: engine {engine!r} is unknown; write neo4j>=5, embedded, or one."
            )
    return engines


def _returns(header: Header, file: str, mode: str) -> tuple[Column, ...]:
    found = header.get("returns", [])
    if not found and mode == "read":
        raise InputError(f"{file}, line 1: the header lacks '// returns: name STRING; share FLOAT 0..1'.")
    text = " ".join(text for _, text in found)
    if text in ("", "nothing"):
        return ()
    columns = []
    for part in text.split(";"):
        match = _COLUMN.fullmatch(part.strip())
        if not match or match["type"] not in (*TEXT_TYPES, *PROGRAM_TYPES):
            raise InputError(
                f"{_line(header, 'returns', file)}: {part.strip()!r} is no column; write 'name TYPE unit', several "
                "split by ';', or 'nothing'."
            )
        columns.append(Column(match["name"], match["type"], match["note"] or ""))
    return tuple(columns)


def _parameter(text: str, where: str) -> Parameter:
    match = _PARAMETER.fullmatch(text)
    if not match:
        raise InputError(
            f"{where}: {text!r} is no parameter; write 'name TYPE required, example \"...\"' or "
            "'name TYPE default ...'."
        )
    name, kind = match["name"], match["type"]
    if kind not in (*TEXT_TYPES, *PROGRAM_TYPES):
        raise InputError(f"{where}: type {kind!r} is unknown; use {', '.join((*TEXT_TYPES, *PROGRAM_TYPES))}.")
    if match["default"] is None:
        return Parameter(name, kind, required=True, example=(match["example"] or "").strip('"'))
    parameter = Parameter(name, kind, required=False)
    try:
        default = None if match["default"] == "null" else _convert("", parameter, match["default"].strip('"'))
    except InputError as error:
        raise InputError(f"{where}: the default {match['default']} is not of type {kind}.") from error
    return Parameter(name, kind, required=False, default=default)


def _check_statement(query: NamedQuery, file: str) -> None:
    first = query.source[: query.source.rfind(query.text)].count("\n")
    try:
        tokens = tokenise(query.text)
        _check_single(query, tokens, first, file)
        if query.mode == "read":
            guard.check(query.text)
    except RefusedError as error:
        raise InputError(f"{file} (mode {query.mode}), counted from line {first + 1}: {error}") from error
    if query.mode != "read" and _only_reads(query.text):
        raise InputError(f"{file}: the statement only reads; its mode is read, not {query.mode}.")
    _check_parameters(query, tokens, file)


def _check_single(query: NamedQuery, tokens: list[Token], first: int, file: str) -> None:
    for token in tokens:
        if token.text == ";" and token.kind is TokenKind.SYMBOL:
            line = first + query.text[: token.offset].count("\n") + 1
            raise InputError(f"{file}, line {line}: a file holds one statement, with one semicolon at its end.")


def _check_parameters(query: NamedQuery, tokens: list[Token], file: str) -> None:
    declared = [parameter.name for parameter in query.parameters]
    used = parameters_of(tokens)
    for name in declared:
        if declared.count(name) > 1:
            raise InputError(f"{file}: the parameter {name} is declared twice.")
        if name not in used:
            line = 1 + query.source[: query.source.find(f"// param: {name} ")].count("\n")
            raise InputError(f"{file}, line {line}: the parameter {name} is declared but never used.")
    for name in used:
        if name not in declared:
            line = 1 + query.source[: query.source.rfind(f"${name}")].count("\n")
            raise InputError(f"{file}, line {line}: ${name} is used but not declared ('// param: {name} ...').")


def _only_reads(text: str) -> bool:
    try:
        guard.check(text)
    except RefusedError:
        return False
    return True


def _suggest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if near:
        return f"Did you mean {near[0]}?"
    return f"Known are: {', '.join(names)}." if names else "There are none."


def _convert(query: str, parameter: Parameter, text: str) -> Value:
    """Value of a parameter from text; InputError where the text is not of its type."""
    try:
        return _CONVERTERS[parameter.type](text)
    except KeyError:
        raise InputError(
            f"Parameter {parameter.name} of query {query} is a {parameter.type}, which only the program can pass."
        ) from None
    except ValueError as error:
        raise InputError(
            f"Parameter {parameter.name} of query {query} is {text!r}, which is no {parameter.type}"
            f"{_FORMS.get(parameter.type, '')}."
        ) from error


def _boolean(text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise ValueError(text)


def _day(text: str) -> str:
    if len(text) != len("2021-06-30"):
        raise ValueError(text)
    return date.fromisoformat(text).isoformat()


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


_CONVERTERS: dict[str, Callable[[str], Value]] = {
    "STRING": str,
    "INTEGER": int,
    "FLOAT": _float,
    "BOOLEAN": _boolean,
    "DATE": _day,
    "LIST<STRING>": lambda text: [part for part in text.split("|") if part],
}
_FORMS = {
    "DATE": " (YYYY-MM-DD)",
    "BOOLEAN": " (true or false)",
    "INTEGER": " (a whole number)",
    "FLOAT": " (a number)",
}

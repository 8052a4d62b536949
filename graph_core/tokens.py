r"""Splits Cypher text into tokens, so that words inside comments, strings and quoted names are never taken for clauses.

It is stricter than the servers: a text that two servers could split differently is refused. Neo4j 5 replaces
``\uXXXX`` everywhere before it reads a statement, later versions and other servers only inside strings; such an
escape is therefore allowed only inside strings, comments and quoted names, and only where it cannot end them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from graph_core.errors import RefusedError


class TokenKind(StrEnum):
    """What a token is."""

    WORD = "word"
    QUOTED = "quoted name"
    STRING = "string"
    NUMBER = "number"
    SYMBOL = "symbol"


@dataclass(frozen=True)
class Token:
    """One token of a statement.

    Attributes
    ----------
    kind : TokenKind
        What it is.
    text : str
        As written; quoted names without their backticks.
    offset : int
        Place in the statement, in characters from 0.
    """

    kind: TokenKind
    text: str
    offset: int

    @property
    def word(self) -> str:
        """The bare word in capitals; empty for every other kind of token."""
        return self.text.upper() if self.kind is TokenKind.WORD else ""


_LEXICON = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>//[^\r\n]*|/\*.*?\*/)
  | (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
  | (?P<quoted>`(?:[^`]|``)*`)
  | (?P<number>0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?[fFdD]?)
  | (?P<word>[^\W\d]\w*)
  | (?P<symbol><>|<=|>=|=~|\.\.|::|\|\||[-+*/%^=<>.,:;|&!$()\[\]{}])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\u+([0-9a-fA-F]{4})")
#: Characters that could end a string, a quoted name or a comment once an escape is replaced by them.
_STRUCTURAL = frozenset("'\"`\\/*")
_OTHER_LINE_ENDS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
_UNENDED = {"'": "string", '"': "string", "`": "quoted name", "/": "comment"}


def place(statement: str, offset: int) -> str:
    """Where an offset is, for people: ``line 2, column 7``, both from 1."""
    before = statement[:offset]
    return f"line {before.count(chr(10)) + 1}, column {offset - before.rfind(chr(10))}"


def tokenise(statement: str) -> list[Token]:
    """Split a statement into its tokens, without white space and comments.

    Parameters
    ----------
    statement : str
        Cypher text.

    Returns
    -------
    list of Token
        In the order of the text.

    Raises
    ------
    RefusedError
        For a string, quoted name or comment that does not end, a character that has no meaning in Cypher, a number
        that runs into a word, and for Unicode escapes that servers read differently.
    """
    _refuse_structural_escapes(statement)
    tokens: list[Token] = []
    offset = 0
    while offset < len(statement):
        match = _LEXICON.match(statement, offset)
        if match is None or (match.lastgroup == "symbol" and statement.startswith("/*", offset)):
            raise RefusedError(_unreadable(statement, offset))
        kind, text = str(match.lastgroup), match.group()
        if kind == "comment":
            _refuse_hidden_line_end(statement, text, offset)
        elif kind == "number":
            _refuse_ragged_number(statement, match.end())
            tokens.append(Token(TokenKind.NUMBER, text, offset))
        elif kind == "quoted":
            tokens.append(Token(TokenKind.QUOTED, text[1:-1].replace("``", "`"), offset))
        elif kind != "space":
            tokens.append(Token(TokenKind(kind), text, offset))
        offset = match.end()
    return tokens


def without_semicolon(statement: str) -> str:
    """The statement up to its final ``;``, which the embedded engine takes only where nothing at all follows it.

    Raises
    ------
    RefusedError
        Where the statement cannot be split into tokens.
    """
    tokens = tokenise(statement)
    if tokens and tokens[-1].kind is TokenKind.SYMBOL and tokens[-1].text == ";":
        return statement[: tokens[-1].offset].rstrip()
    return statement


def parameters_of(tokens: list[Token]) -> list[str]:
    """Names of the parameters in a statement, each once, in the order of their first use."""
    names = [
        after.text
        for token, after in pairwise(tokens)
        if token.text == "$" and token.kind is TokenKind.SYMBOL and after.kind is not TokenKind.SYMBOL
    ]
    return list(dict.fromkeys(names))


def _refuse_structural_escapes(statement: str) -> None:
    for match in _ESCAPE.finditer(statement):
        character = chr(int(match.group(1), 16))
        if character in _STRUCTURAL or not character.isprintable():
            raise RefusedError(
                f"The escape {match.group()} at {place(statement, match.start())} stands for a character that ends "
                "strings, comments or lines, and servers read it differently. Write the character itself, or use a "
                "parameter."
            )


def _refuse_hidden_line_end(statement: str, comment: str, offset: int) -> None:
    hidden = _OTHER_LINE_ENDS.search(comment)
    if hidden and comment.startswith("//"):
        raise RefusedError(
            f"The comment at {place(statement, offset)} holds the unusual line end U+{ord(hidden.group()):04X}; "
            "end the line with an ordinary one."
        )


def _refuse_ragged_number(statement: str, end: int) -> None:
    after = statement[end : end + 2]
    if after[:1].isalnum() or after[:1] == "_" or (after[:1] == "." and after != ".."):
        raise RefusedError(
            f"The number before {place(statement, end)} runs into {after[:1]!r}; put a space after the number."
        )


def _unreadable(statement: str, offset: int) -> str:
    character, where = statement[offset], place(statement, offset)
    if character in _UNENDED:
        return f"The {_UNENDED[character]} that begins at {where} does not end; close it."
    if character == "\\":
        return (
            f"A backslash stands outside a string at {where}. Unicode escapes are not accepted there: some servers "
            "read them as keywords. Write the character itself."
        )
    return f"The character {character!r} (U+{ord(character):04X}) at {where} has no meaning in Cypher; take it out."

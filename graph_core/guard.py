"""The read guard: a statement that a user typed may only read.

It stands beside the server's own refusal (a reader login on the embedded engine, READ mode on Neo4j). The statement is
split into tokens, and its clauses are followed from the first to the last, also after UNION and inside subqueries. A
bare word at a place where a clause can begin has to be one of those named below; every other word there is refused,
whether or not it is a keyword of today's Cypher. Words elsewhere (strings, properties, labels, aliases, map keys) are
free.

How a place for a clause is found: at the level of a query, brackets taken as one unit, two values never stand side by
side. So a bare word after a value is an operator, or it begins a clause. Within ``()`` and ``[]`` no clause can begin,
within ``{}`` only where a subquery is introduced.
"""

from __future__ import annotations

from collections.abc import Iterable

from graph_core.errors import RefusedError
from graph_core.tokens import TokenKind, place, tokenise

#: Procedures that only read and that both servers have, in small letters.
PROCEDURES: tuple[str, ...] = (
    "db.labels",
    "db.relationshiptypes",
    "db.propertykeys",
    "db.schema.visualization",
    "dbms.components",
)
CLAUSES: tuple[str, ...] = ("MATCH", "OPTIONAL", "WITH", "UNWIND", "RETURN", "CALL", "UNION")
#: What may be said instead, for messages.
ALLOWED = (
    "MATCH, OPTIONAL MATCH, WITH, UNWIND, RETURN, UNION, CALL { ... } and CALL of "
    "db.labels, db.relationshipTypes, db.propertyKeys, db.schema.visualization or dbms.components; or "
    "SHOW INDEXES and SHOW CONSTRAINTS on their own"
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DEEPEST = 60
_SHOWN = ("INDEXES", "CONSTRAINTS")
_SUBQUERIES = ("EXISTS", "COUNT", "COLLECT")
#: Between two values: the next token is a value.
_INFIX = _words("AND OR XOR IN CONTAINS WHERE SKIP OFFSET LIMIT YIELD")
_CASE_PARTS = _words("WHEN THEN ELSE")
_DIRECTIONS = _words("ASC ASCENDING DESC DESCENDING")
#: Before a value. Not accepted as names: a variable of this name would let a clause pass for a value.
_PREFIX = _words("NOT DISTINCT CASE")
#: Not accepted as bare variable names at the level of a query, where they could be mistaken (a second barrier).
_CONFUSING = _words("CREATE INSERT MERGE SET DELETE DETACH NODETACH REMOVE FOREACH LOAD DROP CALL USE")
_SELECTORS = _words(
    "SHORTEST ALL ANY PATH PATHS GROUP GROUPS WALK TRAIL ACYCLIC SIMPLE REPEATABLE DIFFERENT ELEMENT ELEMENTS "
    "RELATIONSHIP RELATIONSHIPS BINDINGS"
)
_HINTS = _words("TEXT RANGE POINT INDEX SCAN JOIN SEEK ON")
_TYPE_WORDS = _words(
    "NULL NOTHING BOOL BOOLEAN STRING VARCHAR INT INTEGER SIGNED INT8 INT16 INT32 INT64 INTEGER8 INTEGER16 "
    "INTEGER32 INTEGER64 FLOAT DATE LOCAL ZONED TIME DATETIME TIMESTAMP WITHOUT WITH TIMEZONE DURATION POINT "
    "NODE VERTEX RELATIONSHIP EDGE MAP LIST ARRAY PATH PROPERTY VALUE ANY NOT NFC NFD NFKC NFKD NORMALIZED "
    "LABELED LABELLED"
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_PATTERN_SYMBOLS = frozenset(["-", "<", ">", "+", "*", ","])
_NAME_KINDS = (TokenKind.WORD, TokenKind.QUOTED)


def check(statement: str) -> None:
    """Refuse a statement that could do anything but read.

    Parameters
    ----------
    statement : str
        One Cypher statement, with or without a final ``;``.

    Raises
    ------
    RefusedError
        Naming the word, its line and column, and what is allowed.
    """
    _Guard(statement).run()


class _Guard:
    """Follows the clauses of one statement."""

    def __init__(self, statement: str) -> None:
        self.statement = statement
        self.tokens = tokenise(statement)
        if self.tokens and self._symbol(len(self.tokens) - 1, ";"):
            self.tokens.pop()
        self.end = len(self.tokens)
        self.close = self._match_brackets()

    def run(self) -> None:
        if not self.tokens:
            raise RefusedError(f"The statement is empty. It may use {ALLOWED}.")
        start = 1 if self.tokens[0].word in ("EXPLAIN", "PROFILE") else 0
        if self._word(start) == "SHOW":
            self._show(start + 1)
        else:
            self._query(start, self.end)

    # Clauses ----------------------------------------------------------------------------------------------------

    def _query(self, i: int, end: int) -> None:
        """Check the clauses of one level, ``tokens[i:end]``."""
        if i >= end:
            raise self._breaks_off(i)
        self._clauses(i, end)

    def _clauses(self, i: int, end: int) -> None:
        while i < end:
            i = self._clause(i, end)

    def _subquery(self, i: int, end: int) -> None:
        """Check the inside of EXISTS, COUNT or COLLECT: a query, or a pattern alone."""
        if self._word(i) in CLAUSES and not self._symbol(i + 1, "="):
            self._query(i, end)
        else:
            self._clauses(self._pattern(i, end), end)

    def _clause(self, i: int, end: int) -> int:
        word = self._word(i)
        if word == "MATCH":
            return self._pattern(i + 1, end)
        if word == "OPTIONAL":
            if self._word(i + 1) not in ("MATCH", "CALL"):
                raise self._refusal(i + 1)
            return self._clause(i + 1, end)
        if word == "CALL":
            return self._call(i + 1, end)
        if word == "UNION":
            after = i + 2 if self._word(i + 1) in ("ALL", "DISTINCT") else i + 1
            if after >= end:
                raise self._breaks_off(after)
            return after
        if word in CLAUSES:
            return self._expression(i + 1, end)
        raise self._refusal(i)

    def _show(self, i: int) -> None:
        if self._word(i) not in _SHOWN:
            raise self._refusal(i, "after SHOW")
        i += 1
        while i < self.end:
            if self._word(i) not in ("YIELD", "WHERE", "RETURN"):
                raise self._refusal(i, "after SHOW")
            i = self._expression(i + 1, self.end)

    def _call(self, i: int, end: int) -> int:
        if self._symbol(i, "("):
            self._group(i)
            i = self.close[i] + 1
            if not self._symbol(i, "{"):
                raise self._refusal(i)
        if self._symbol(i, "{"):
            self._query(i + 1, self.close[i])
            return self.close[i] + 1
        first, name = i, self._name(i)
        i += 1
        while self._symbol(i, "."):
            name += "." + self._name(i + 1)
            i += 2
        if name.lower() not in PROCEDURES:
            raise self._refusal(first, "as a procedure", name)
        if self._symbol(i, "("):
            self._group(i)
            i = self.close[i] + 1
        return self._expression(i + 1, end) if self._word(i) == "YIELD" else i

    def _pattern(self, i: int, end: int) -> int:
        """Follow what stands after MATCH; returns where the next clause begins."""
        named = True  # a path may be given a name here
        while i < end:
            token, word = self.tokens[i], self._word(i)
            if named and token.kind in _NAME_KINDS and self._symbol(i + 1, "="):
                i, named = i + 2, False
            elif word in _SELECTORS or (word in ("SHORTESTPATH", "ALLSHORTESTPATHS") and self._symbol(i + 1, "(")):
                i += 1
            elif word == "WHERE":
                return self._expression(i + 1, end)
            elif word == "USING":
                i += 1
                while self._word(i) in _HINTS:
                    i += 1
                return self._expression(i, end)
            elif word in CLAUSES:
                return i
            elif token.kind is TokenKind.NUMBER:
                i += 1
            elif self._symbol(i, "$"):
                i = self._parameter(i)
            elif token.kind is TokenKind.SYMBOL and token.text in _CLOSING:
                i = self._bracket(i)
                named = False
            elif token.kind is TokenKind.SYMBOL and token.text in _PATTERN_SYMBOLS:
                named = token.text == ","
                i += 1
            else:
                raise self._refusal(i)
        return i

    # Expressions ------------------------------------------------------------------------------------------------

    def _expression(self, i: int, end: int) -> int:
        """Follow values and operators; returns where the next clause begins."""
        value, cases = False, 0  # whether a value has just ended; how many CASE are open
        while i < end:
            word = self._word(i)
            if word and value:
                if word in CLAUSES:
                    return i
                if word in _CASE_PARTS and cases:
                    i, value = i + 1, False
                elif word == "END" and cases:
                    i, cases = i + 1, cases - 1
                else:
                    i, value = self._operator(i)
            elif word in _PREFIX:
                self._refuse_prefix_as_name(i)
                cases += word == "CASE"
                i += 2 if word == "CASE" and self._word(i + 1) == "WHEN" else 1
            elif word in _INFIX or (word in _CONFUSING and not self._only_a_name(i, end)):
                raise self._refusal(i, "as a value; a name of that kind has to be quoted with backticks")
            elif word:
                i, value = i + 1, True
                if self._symbol(i, "{"):
                    i = self._bracket(i)
            elif self.tokens[i].kind is TokenKind.SYMBOL:
                i, value = self._symbol_in_expression(i, value=value)
            else:
                i, value = i + 1, True
        return i

    def _only_a_name(self, i: int, end: int) -> bool:
        """Whether what follows a word shows that it begins no clause, as in ``ORDER BY create DESC``."""
        return i + 1 >= end or self._any_symbol(i + 1, (",", ".")) or self._word(i + 1) in _DIRECTIONS

    def _operator(self, i: int) -> tuple[int, bool]:
        """Step over a word after a value; returns the next place and whether a value has just ended."""
        word, after = self._word(i), self._word(i + 1)
        if word in _INFIX:
            return i + 1, False
        if word in _DIRECTIONS:
            return i + 1, True
        if (word, after) in (("STARTS", "WITH"), ("ENDS", "WITH"), ("ORDER", "BY")):
            return i + 2, False
        if word == "AS":
            self._name(i + 1)
            if after in _PREFIX:
                raise self._refusal(i + 1, "as a name; choose another, or quote it with backticks")
            return i + 2, True
        if word == "IS":
            return self._type(i + 1), True
        raise self._refusal(i)

    def _symbol_in_expression(self, i: int, *, value: bool) -> tuple[int, bool]:
        text = self.tokens[i].text
        after, ended = i + 1, False
        if text in _CLOSING:
            after, ended = self._bracket(i), True
        elif text == "$":
            after, ended = self._parameter(i), True
        elif text == "." and i + 1 < self.end:
            if self.tokens[i + 1].kind is not TokenKind.NUMBER:
                self._name(i + 1)
            after, ended = i + 2, True
        elif text == ":" and value:
            after, ended = self._labels(i + 1), True
        elif text == "::" and value:
            after, ended = self._type(i), True
        elif text in ("*", "%") and not value:
            ended = True
        return after, ended

    def _labels(self, i: int) -> int:
        """Step over a label expression such as ``!A&(B|C)``."""
        while i < self.end:
            while self._symbol(i, "!"):
                i += 1
            if self._symbol(i, "$"):
                i += 1
            if self._symbol(i, "("):
                i = self._bracket(i)
            elif self._symbol(i, "%"):
                i += 1
            else:
                self._name(i)
                i += 1
            if not any(self._symbol(i, joint) for joint in "&|:"):
                return i
            i += 2 if self._symbol(i, "|") and self._symbol(i + 1, ":") else 1
        return i

    def _type(self, i: int) -> int:
        """Step over what stands after IS: NOT NULL, :: INTEGER, TYPED LIST<STRING>, NFC NORMALIZED."""
        start = i
        while i < self.end and (
            self._word(i) in _TYPE_WORDS or self._word(i) == "TYPED" or self._any_symbol(i, ("::", "<", ">", "|"))
        ):
            if self._word(i) == "WITH" and self._word(i + 1) != "TIMEZONE":
                break
            if self._any_symbol(i, ("<", ">")) and "LIST" not in self._words_between(start, i):
                break
            i += 1
        if i == start:
            raise self._refusal(i)
        return i

    # Brackets ---------------------------------------------------------------------------------------------------

    def _bracket(self, i: int) -> int:
        """Check the bracket that opens at i; returns the place after it."""
        if self._symbol(i, "{"):
            self._brace(i)
        else:
            self._group(i)
        return self.close[i] + 1

    def _group(self, opening: int) -> None:
        """Check the inside of a bracket in which no clause can begin."""
        i = opening + 1
        while i < self.close[opening]:
            token = self.tokens[i]
            if token.kind is TokenKind.SYMBOL and token.text in _CLOSING:
                i = self._bracket(i)
                continue
            key = self._symbol(opening, "{") and self._any_symbol(i - 1, ("{", ",")) and self._symbol(i + 1, ":")
            if token.word in _PREFIX and not key and not self._names_something(i):
                self._refuse_prefix_as_name(i)
            i += 1

    def _brace(self, opening: int) -> None:
        """A map, projection or quantifier by its shape; else a subquery, if it is introduced as one."""
        first, closing = opening + 1, self.close[opening]
        name = first < closing and self.tokens[first].kind in _NAME_KINDS
        introduced = self._word(opening - 1) in _SUBQUERIES
        alone = first + 1 == closing and not introduced  # else it could be a clause without anything behind it
        if (
            first == closing
            or (name and (self._any_symbol(first + 1, (":", ",")) or alone))
            or self._any_symbol(first, (".", ","))
            or self.tokens[first].kind is TokenKind.NUMBER
        ):
            self._group(opening)
        elif introduced:
            self._subquery(first, closing)
        else:
            raise self._refusal(first, "after this brace")

    def _match_brackets(self) -> dict[int, int]:
        """Place of the closing bracket for each opening one."""
        close: dict[int, int] = {}
        opened: list[int] = []
        for i, token in enumerate(self.tokens):
            if token.kind is not TokenKind.SYMBOL:
                continue
            if token.text == ";":
                raise RefusedError(
                    f"More follows after the semicolon at {self._where(i)}; run one statement at a time."
                )
            if token.text in _CLOSING:
                opened.append(i)
                if len(opened) > _DEEPEST:
                    raise RefusedError(f"More than {_DEEPEST} brackets are nested at {self._where(i)}; simplify it.")
            elif token.text in _CLOSING.values():
                if not opened or _CLOSING[self.tokens[opened[-1]].text] != token.text:
                    raise RefusedError(f"The bracket {token.text!r} at {self._where(i)} closes nothing; take it out.")
                close[opened.pop()] = i
        if opened:
            last = opened[-1]
            raise RefusedError(
                f"The bracket {self.tokens[last].text!r} at {self._where(last)} is not closed; close it."
            )
        return close

    # Single tokens ----------------------------------------------------------------------------------------------

    def _word(self, i: int) -> str:
        return self.tokens[i].word if 0 <= i < self.end else ""

    def _words_between(self, start: int, end: int) -> list[str]:
        return [self._word(i) for i in range(start, end)]

    def _symbol(self, i: int, text: str) -> bool:
        return 0 <= i < len(self.tokens) and self.tokens[i].kind is TokenKind.SYMBOL and self.tokens[i].text == text

    def _any_symbol(self, i: int, texts: Iterable[str]) -> bool:
        return any(self._symbol(i, text) for text in texts)

    def _names_something(self, i: int) -> bool:
        """Whether the word at i is the name of a property, label, type or parameter."""
        return self._any_symbol(i - 1, (".", ":", "&", "|", "!", "$")) and not (
            self._symbol(i - 1, "|") and not self._in_label(i - 1)
        )

    def _in_label(self, i: int) -> bool:
        """Whether the bar at i joins labels or types, not the parts of a comprehension."""
        while i > 0 and (self.tokens[i].kind in _NAME_KINDS or self._any_symbol(i, ("&", "|", "!", "%"))):
            i -= 1
        return self._symbol(i, ":")

    def _name(self, i: int) -> str:
        if i >= self.end:
            raise self._breaks_off(i)
        if self.tokens[i].kind not in _NAME_KINDS:
            raise self._refusal(i, "as a name")
        return self.tokens[i].text

    def _parameter(self, i: int) -> int:
        """Step over ``$name``; returns the place after it."""
        if i + 1 >= self.end:
            raise self._breaks_off(i + 1)
        if self.tokens[i + 1].kind not in (*_NAME_KINDS, TokenKind.NUMBER):
            raise self._refusal(i + 1, "as the name of a parameter")
        return i + 2

    def _refuse_prefix_as_name(self, i: int) -> None:
        """NOT, DISTINCT and CASE stand before a value; anything else makes them the name of a variable."""
        following = self.tokens[i + 1] if i + 1 < self.end else None
        if (
            following is None
            or following.word in _INFIX
            or following.word in ("AS", "IS", "STARTS", "ENDS")
            or (following.kind is TokenKind.SYMBOL and following.text not in ("(", "[", "-", "+", "$", "*"))
        ):
            raise self._refusal(i, "as a name; choose another, or quote it with backticks")

    # Refusals ---------------------------------------------------------------------------------------------------

    def _where(self, i: int) -> str:
        return place(self.statement, self.tokens[i].offset)

    def _refusal(self, i: int, role: str = "here", name: str = "") -> RefusedError:
        if i >= self.end:
            return self._breaks_off(i)
        text = name or self.tokens[i].text
        return RefusedError(
            f"{text!r} at {self._where(i)} is not allowed {role}. A statement may only read: it may use {ALLOWED}."
        )

    def _breaks_off(self, i: int) -> RefusedError:
        return RefusedError(
            f"The statement breaks off after {self._where(min(i, self.end) - 1)}. It may use {ALLOWED}."
        )

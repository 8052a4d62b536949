"""Changes of a scenario as people write them, in options and in addresses: ``clean`` ID, ``drop`` SUPPLIER:BUYER.

Ids may hold any character, the colon and the equals sign too. What is typed is therefore read against the parties that
there are; what `written` gives has those characters escaped, so that it is read back as it was for any id.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from graph_core.errors import InputError, NotFoundError, UsageError
from graph_core.graph import Graph
from graph_core.scenario import Change, Clean, Cover, Drop, Flag, Replace, Verify
from graph_core.supposed import known_party

#: Kind of a change -> how it is written after its kind.
FORMS = {
    "clean": "ID",
    "flag": "ID=S",
    "drop": "SUPPLIER:BUYER",
    "replace": "A:B",
    "verify": "SUPPLIER:BUYER=SHARE",
    "cover": "BUYER=C",
}
_STEERING = re.compile("[%:=]")


def read_change(kind: str, text: str, graph: Graph, *, escaped: bool = False, before: str = "") -> Change:
    """Read a change.

    Parameters
    ----------
    kind : str
        A key of `FORMS`.
    text : str
        What is written in that form; a party by its id, or by its name where one alone has it.
    graph : Graph
        Which parties there are.
    escaped : bool
        Whether the parts are escaped as `written` does it.
    before : str
        What stands before the kind where it is written, such as the dashes of an option.

    Raises
    ------
    UsageError
        The text is not of that form.
    NotFoundError, InputError
        A party is not known, or it is not clear which one is meant; a number is out of range.
    """

    def party(name: str) -> str:
        return known_party(graph, unquote(name) if escaped else name)

    return _READ[kind](text, party, f"{before}{kind} {FORMS[kind]}")


def written(change: Change) -> str:
    """A change as `read_change` reads it with ``escaped``, without its kind."""
    return _WRITTEN[change.kind](change)


_Party = Callable[[str], str]


def _clean(text: str, party: _Party, _: str) -> Change:
    return Clean(party(text))


def _flag(text: str, party: _Party, form: str) -> Change:
    who, strength = _number(text, form)
    return Flag(party(who), strength)


def _drop(text: str, party: _Party, form: str) -> Change:
    return Drop(*_pair(text, party, form))


def _replace(text: str, party: _Party, form: str) -> Change:
    return Replace(*_pair(text, party, form))


def _verify(text: str, party: _Party, form: str) -> Change:
    link, share = _number(text, form)
    return Verify(*_pair(link, party, form), share)


def _cover(text: str, party: _Party, form: str) -> Change:
    buyer, share = _number(text, form)
    return Cover(party(buyer), share)


_READ = {"clean": _clean, "flag": _flag, "drop": _drop, "replace": _replace, "verify": _verify, "cover": _cover}


def _number(text: str, form: str) -> tuple[str, float]:
    what, _, number = text.rpartition("=")
    try:
        return what, float(number)
    except ValueError:
        raise UsageError(f"{text!r} is not what is meant by {form}; the last part is a number in 0..1") from None


def _pair(text: str, party: _Party, form: str) -> tuple[str, str]:
    """Two parties around a colon, which their ids may hold themselves."""
    cuts = [i for i, sign in enumerate(text) if sign == ":" and 0 < i < len(text) - 1]
    if not cuts:
        raise UsageError(f"{text!r} is not what is meant by {form}; write two ids with a colon between them")
    found, faults = [], []
    for cut in cuts:
        try:
            found.append((party(text[:cut]), party(text[cut + 1 :])))
        except NotFoundError as fault:
            faults.append(fault)
    if len(set(found)) > 1:
        raise InputError(f"{text!r} can be read as {len(found)} pairs of parties; write ids instead of names")
    if not found:
        raise faults[0]
    return found[0]


def _escaped(text: str) -> str:
    return _STEERING.sub(lambda sign: f"%{ord(sign[0]):02X}", text)


_WRITTEN: dict[str, Callable[..., str]] = {
    "clean": lambda change: _escaped(change.party),
    "flag": lambda change: f"{_escaped(change.party)}={change.strength!r}",
    "drop": lambda change: f"{_escaped(change.supplier)}:{_escaped(change.buyer)}",
    "replace": lambda change: f"{_escaped(change.supplier)}:{_escaped(change.by)}",
    "verify": lambda change: f"{_escaped(change.supplier)}:{_escaped(change.buyer)}={change.share!r}",
    "cover": lambda change: f"{_escaped(change.buyer)}={change.coverage!r}",
}

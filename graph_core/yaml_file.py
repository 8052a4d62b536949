"""Small YAML files that users write: plain texts, lists and dicts with the line of each, checked against their form.

Such a file has no anchors, aliases or tags, and no key twice, so that nothing is built from it but what stands there.
All plain values are texts as they were written: ``No``, ``2021`` or ``1.10`` are just that. Where the form asks for
numbers or yes and no, `typed` reads them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from graph_core.errors import InputError

if TYPE_CHECKING:
    from jsonschema import ValidationError

#: Largest file, in bytes.
MAX_BYTES = 256 << 10
#: Most keys and values, and deepest nesting, of a file.
MAX_NODES = 20_000
MAX_DEPTH = 8
#: Faults that are shown at a time.
MAX_SHOWN = 10

#: Keys and places in lists that lead to a value.
KeyPath = tuple[str | int, ...]

_QUOTES = "; put texts that begin with a sign, or hold a colon or #, in quotes; indent with spaces, not tabs"
_YES_NO = {"yes": True, "no": False, "true": True, "false": False, "on": True, "off": False}
_KINDS = {
    "object": "a group of keys",
    "array": "a list",
    "string": "a text",
    "number": "a number",
    "boolean": "yes or no",
}


def raise_faults(file: str, faults: Iterable[tuple[int, str]]) -> None:
    """Raise all faults as one error, if there are any.

    Parameters
    ----------
    file : str
        Name of the file.
    faults : iterable of tuple
        Line and what is wrong on it.

    Raises
    ------
    InputError
        There are some.
    """
    lines = [f"{file} line {line}: {text}" for line, text in sorted(dict.fromkeys(faults))]
    if len(lines) > MAX_SHOWN:
        lines = [*lines[:MAX_SHOWN], f"... and {len(lines) - MAX_SHOWN} more"]
    if lines:
        raise InputError("\n".join(lines))


@dataclass
class Document:
    """Content of a YAML file.

    Attributes
    ----------
    file : str
        Its name.
    content : dict
        Texts, lists and dicts.
    lines : dict of tuple to int
        Line on which each key or entry stands.
    """

    file: str
    content: dict[str, Any] = field(default_factory=dict)
    lines: dict[KeyPath, int] = field(default_factory=dict)

    def line(self, path: Iterable[str | int]) -> int:
        """Line on which something stands, or on which the nearest thing around it does."""
        place = tuple(path)
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_document(text: str, file: str, form: Mapping[str, Any], what: str) -> Document:
    """Read YAML and check its form.

    Parameters
    ----------
    text, file : str
        The text and its name.
    form : mapping
        JSON Schema of the content.
    what : str
        What the file is, in a word, for messages.

    Raises
    ------
    InputError
        It is no YAML, or does not have the form; each fault is named with its line.
    """
    # Takes longer to import than all else here, and most commands read no such file.
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    document = read_unchecked(text, file, form, what)
    errors = Draft202012Validator(form).iter_errors(document.content)
    raise_faults(file, [fault for error in errors for fault in _explained(error, document)])
    return document


def read_unchecked(text: str, file: str, form: Mapping[str, Any], what: str) -> Document:
    """Read YAML of our own, whose form the tests check; see `read_document`."""
    document = Document(file)
    try:
        _check_events(text, file, what)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        hint = _QUOTES if isinstance(error, yaml.scanner.ScannerError) else ""
        said = error.problem or error.context
        raise InputError(f"{file} line {mark.line + 1 if mark else 1}: is no valid YAML: {said}{hint}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError(f"{file} is no valid YAML: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(node, yaml.MappingNode):
        raise InputError(f"{file} is no {what}: it has to begin with a key such as `version: 1`")
    faults: list[tuple[int, str]] = []
    document.content = typed(_value(node, (), document, faults), form)
    raise_faults(file, faults)
    return document


def read_text(path: Path, what: str) -> str:
    """Text of a small file.

    Parameters
    ----------
    path : Path
        The file.
    what : str
        What it is, in a word, for messages.

    Raises
    ------
    InputError
        It cannot be read, is too large, or is no UTF-8.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise InputError(f"{path.name} has more than {MAX_BYTES:,} bytes; is it a {what}?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8; save it as such") from error


def typed(value: Any, rule: Mapping[str, Any]) -> Any:
    """Texts of a document as the numbers, and yes or no, that its form asks for; what does not fit stays a text.

    Parameters
    ----------
    value : str, list or dict
        As read.
    rule : mapping
        Its JSON Schema; of it, ``type``, ``properties`` and ``items`` are followed.

    Returns
    -------
    object
        The same with floats and booleans.
    """
    if isinstance(value, dict):
        known, other = rule.get("properties", {}), rule.get("additionalProperties")
        return {
            key: typed(item, known.get(key) or (other if isinstance(other, dict) else {}))
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [typed(item, rule.get("items", {})) for item in value]
    if rule.get("type") == "number" and re.fullmatch(r"[-+]?\d+(\.\d*)?", value):
        return float(value)
    if rule.get("type") == "boolean":
        return _YES_NO.get(value.casefold(), value)
    return value


def _check_events(text: str, file: str, what: str) -> None:
    """Refuse what such a file does not need and what can be misused, before anything is built."""
    depth = documents = 0
    for number, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        mark = event.start_mark
        line = f"{file} line {mark.line + 1 if mark else 1}"
        if number > MAX_NODES:
            raise InputError(f"{line}: there are more than {MAX_NODES:,} keys and values; is it a {what}?")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise InputError(f"{line}: anchors (&) and aliases (*) are not allowed; write the value out, in quotes")
        if tag := getattr(event, "tag", None):
            raise InputError(f"{line}: tags such as {str(tag)[:60]!r} are not allowed; leave the tag out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > MAX_DEPTH:
            raise InputError(f"{line}: is nested more than {MAX_DEPTH} deep; is it a {what}?")
        if documents > 1:
            raise InputError(f"{line}: a second document begins (---); a {what} is one")


def _value(node: yaml.Node, path: KeyPath, document: Document, faults: list[tuple[int, str]]) -> Any:
    """Texts, lists and dicts of a node."""
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, number), document, faults) for number, item in enumerate(node.value)]
    content: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            faults.append((line, "a key has to be a plain text, not a list or a group of keys"))
        elif key.value in content:
            first = document.lines[(*path, key.value)]
            faults.append((line, f"the key {key.value!r} stands on line {first} already; keep one of the two"))
        else:
            document.lines[(*path, key.value)] = line
            content[key.value] = _value(value, (*path, key.value), document, faults)
    return content


# --- the form --------------------------------------------------------------------------------------------------


def where_text(path: Iterable[str | int]) -> str:
    """Keys that lead to a value, for a message: ``facilities.address.join: ``."""
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") + ": " if text else ""


def _explained(error: ValidationError, document: Document) -> Iterator[tuple[int, str]]:
    """A fault of the form in words: line, key, value and what is allowed."""
    path = list(error.absolute_path)
    if error.validator != "additionalProperties":
        yield document.line(path), where_text(path) + _fault(error)
        return
    allowed = list(_rule(error)["properties"])
    content: Any = error.instance
    for key in content:
        if key not in allowed:
            close = difflib.get_close_matches(str(key).casefold(), allowed, n=1, cutoff=0.6)
            hint = f"did you mean {close[0]!r}? " if close else ""
            text = f"there is no such key; {hint}(allowed: {', '.join(allowed)})"
            yield document.line([*path, key]), where_text([*path, key]) + text


def _rule(error: ValidationError) -> dict[str, Any]:
    """The part of the schema that is not met."""
    return error.schema if isinstance(error.schema, dict) else {}


def _fault(error: ValidationError) -> str:
    """What is wrong with one value."""
    value: Any = error.instance
    rule: Any = error.validator_value
    about = str(_rule(error).get("description", ""))
    shown = repr(value)[:80]
    match error.validator:
        case "required":
            return "the key " + ", ".join(repr(key) for key in rule if key not in value) + " is missing"
        case "anyOf" if about:
            return about
        case "const" if isinstance(rule, bool):
            return f"{'yes' if value else 'no'} cannot be used: {about}"
        case "oneOf":
            names = ", ".join(option["required"][0] for option in rule)
            return f"needs one of the keys {names}, and only one of them"
        case "dependentRequired":
            key, needs = next((k, v[0]) for k, v in rule.items() if k in value and v[0] not in value)
            return f"{key!r} is only of use with {needs!r}"
        case "type":
            wanted = [rule] if isinstance(rule, str) else rule
            return f"{shown} has to be {_KINDS.get(wanted[0], wanted[0])}" + (f": {about}" if about else "")
        case "enum" | "const":
            options = rule if error.validator == "enum" else [rule]
            return f"{shown} is none of {', '.join(dict.fromkeys(map(str, options)))}"
        case "minLength" | "minItems" | "minProperties":
            return ("has too few entries" if value else "is empty") + (f": {about}" if about else "")
        case "uniqueItems":
            return f"{shown} has the same entry twice"
        case _:
            return f"{shown} cannot be used: {about or error.message[:200]}"

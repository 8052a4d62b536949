"""A mapping in the making, and its YAML."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

#: Longest entry that is written on one line.
_WIDE = 100
#: Texts that need no quotes.
_PLAIN = re.compile(r"[^\W\d_](?:[\w ()/.&+-]*[\w().])?|\d{4}-\d\d-\d\d|\d+(?:\.\d+)?")
_WORDS_OF_YAML = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
#: Blocks in the order in which a reader wants them.
_BLOCKS = ("list", "organizations", "facilities", "ownership", "links")


@dataclass
class Draft:
    """A mapping in the making.

    Attributes
    ----------
    file : str
        Name of the table.
    top : dict
        Content of the mapping.
    checks : dict
        Label and key -> what a person should look at.
    remarks : list of str
        What a person should know beside that.
    """

    file: str
    top: dict[str, Any] = field(default_factory=dict)
    checks: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def stem(self) -> str:
        """Name of the table without its kind."""
        return re.sub(r"(?i)(\.\w{2,7})?(\.gz)?$", "", self.file) or self.file

    def put(self, block: str, key: str, value: Any) -> None:
        """Add a key to a block that occurs once."""
        self.top.setdefault(block, {})[key] = value

    def add_party(self, block: str, label: str, content: dict[str, Any]) -> None:
        """Add a kind of party."""
        self.top.setdefault(block, []).append({"as": label, **content})

    def check(self, label: str, key: str, text: str) -> None:
        """Ask a person to look at something."""
        self.checks.setdefault((label, key), []).append(text)

    def remark(self, text: str) -> None:
        """Tell a person something."""
        self.remarks.append(text)

    def text(self, unused: list[str]) -> str:
        """The mapping as YAML."""
        lines = [f"# check: {one_line(remark)}" for remark in self.remarks]
        if unused:
            lines.append(f"# Columns that are not used: {one_line(', '.join(unused))}")
        lines += [
            "",
            "version: 1",
            f"title: {_quoted(self.top.pop('title', self.stem))}",
            f"file: {_quoted(self.file)}",
        ]
        for block in _BLOCKS:
            content = self.top.get(block)
            if isinstance(content, list) and len(content) == 1 and content[0]["as"] == "facility":
                content = {key: value for key, value in content[0].items() if key != "as"}
                lines += ["", f"{block}:", *self._block(content, "facility", "  ")]
            elif isinstance(content, list):
                lines += ["", f"{block}:"]
                for one in content:
                    first, *more = self._block(one, one["as"], "    ")
                    lines += ["  - " + first.lstrip(), *more]
            elif content:
                lines += ["", f"{block}:", *self._block(content, block, "  ")]
        return "\n".join(lines) + "\n"

    def _block(self, content: dict[str, Any], label: str, indent: str) -> list[str]:
        lines = []
        for key, value in content.items():
            lines += [f"{indent}# check: {one_line(check)}" for check in self.checks.get((label, key), [])]
            lines += _entry(key, value, indent)
        return lines


def _entry(key: str, value: Any, indent: str) -> list[str]:
    """A key and its value, on one line where it fits."""
    flow = f"{indent}{_quoted(key)}: {_flow(value)}"
    if not isinstance(value, (dict, list)) or len(flow) <= _WIDE:
        return [flow]
    lines = [f"{indent}{_quoted(key)}:"]
    if isinstance(value, list):
        return lines + [f"{indent}  - {_flow(item)}" for item in value]
    for name, item in value.items():
        lines += _entry(name, item, indent + "  ")
    return lines


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _quoted(value)


def _quoted(value: Any) -> str:
    """A text as YAML has it, in quotes where it could be taken for something else."""
    text = str(value)
    if _PLAIN.fullmatch(text) and text.casefold() not in _WORDS_OF_YAML:
        return text
    return yaml.safe_dump(text, default_style='"', allow_unicode=True, width=float("inf")).strip()


def one_line(text: str) -> str:
    """Text that can stand in a comment."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())

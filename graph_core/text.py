"""Text from data, made safe for the places where it is shown."""

from __future__ import annotations

import unicodedata

#: First characters that make a spreadsheet read a cell as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def printable(text: str) -> str:
    """Show control and direction-changing characters as escapes, so that a name cannot steer a terminal."""
    return "".join(
        character if unicodedata.category(character) not in ("Cc", "Cf", "Cs") else f"\\u{ord(character):04x}"
        for character in text
    )


def csv_cell(value: object) -> object:
    """A value for a CSV cell: text that a spreadsheet would run as a formula gets an apostrophe in front."""
    if isinstance(value, (list, tuple)):
        value = "|".join(str(part) for part in value)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value

"""Figures and names as a reader sees them: one way to write each, for the app, the command line and reports."""

from __future__ import annotations

import math
import unicodedata

#: Keeps a figure and its sign on one line.
NO_BREAK = "\u00a0"
ELLIPSIS = "…"
#: Shares below this would be written as 0.0 %.
_LEAST = 0.0005
#: Differences below this are rounding.
_ROUNDING = 1e-12
_JOINERS = "\u200c\u200d"


def percent(share: float | None, missing: str = "not stated") -> str:
    """Write a share as percent with one decimal.

    Parameters
    ----------
    share : float or None
        0..1; ``None`` where it is not known.
    missing : str
        What to write for ``None``: never a zero.

    Returns
    -------
    str
        Such as ``9.1 %``. A share that is above zero and would round to zero is ``< 0.1 %``.
    """
    if share is None or math.isnan(share):
        return missing
    if 0 < share < _LEAST:
        return f"<{NO_BREAK}0.1{NO_BREAK}%"
    return f"{100 * share:.1f}{NO_BREAK}%"


def points(difference: float | None, missing: str = "not known") -> str:
    """Write the difference of two shares in percentage points with one decimal.

    Parameters
    ----------
    difference : float or None
        -1..1; ``None`` where it is not known.
    missing : str
        What to write for ``None``.

    Returns
    -------
    str
        Such as ``-9.1 points``; ``same`` where there is none but for rounding. One that would round to zero is
        ``< 0.1 points``, ``up`` or ``down``.
    """
    if difference is None:
        return missing
    if abs(difference) < _ROUNDING:
        return "same"
    if abs(difference) < _LEAST:
        return f"<{NO_BREAK}0.1{NO_BREAK}points{NO_BREAK}{'up' if difference > 0 else 'down'}"
    return f"{100 * difference:+.1f}{NO_BREAK}points"


def count(number: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun: ``1 supplier``, ``1,185 suppliers``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def width(text: str) -> int:
    """Columns that a text takes in a fixed-width font: wide East Asian characters take two, marks none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
        if c.isprintable()
    )


def shorten(text: str, limit: int) -> str:
    """Shorten a long name in its middle, where names of sites differ least.

    Parameters
    ----------
    text : str
        Any name.
    limit : int
        Columns that it may take, at least 3.
    """
    text = clean(text)
    if width(text) <= limit:
        return text
    head, tail = "", ""
    for c in text:
        if width(head + c) > (limit - 1) * 3 // 5:
            break
        head += c
    for c in reversed(text):
        if width(head) + 1 + width(c + tail) > limit:
            break
        tail = c + tail
    return head.rstrip() + ELLIPSIS + tail.lstrip()


def two_lines(text: str, limit: int) -> str:
    """Break a name into at most two lines of ``limit`` columns; what does not fit is cut in the middle."""
    text = clean(text)
    if width(text) <= limit:
        return text
    words = text.split(" ")
    first = words[0]
    used = 1
    while used < len(words) and width(first) + 1 + width(words[used]) <= limit:
        first += " " + words[used]
        used += 1
    if used == len(words) or width(first) > limit:
        return shorten(text, limit)
    return first + "\n" + shorten(" ".join(words[used:]), limit)


def clean(text: str) -> str:
    """Take out of a name what steers how text is shown, and nothing else.

    Control characters and line breaks become spaces; marks that change the direction of the text around them are
    dropped. The joiners of Persian and Indic scripts stay: they are part of a word.
    """
    text = str(text)
    if text.isascii() and text.isprintable():  # as most are
        return " ".join(text.split())
    kept = (c for c in text if unicodedata.category(c) != "Cf" or c in _JOINERS)
    return " ".join("".join(c if c.isprintable() or c in _JOINERS else " " for c in kept).split())


def listing(parts: list[str]) -> str:
    """Join words as a sentence does: ``a, b and c``."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1] if parts else ""

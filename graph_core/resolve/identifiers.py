"""Numbers by which registers name a party, and whether they can be right."""

from __future__ import annotations

import re
from functools import cache

from stdnum import lei

#: Digits of base 32 as Crockford writes them; the last characters of an OS ID are of them.
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_OS_ID = re.compile(f"[A-Z]{{2}}[0-9]{{7}}[{_DIGITS}]{{6}}")
_OS_ID_LENGTH = 15


def plain_os_id(text: str) -> str:
    """An OS ID without the hyphens and spaces with which it is sometimes written, in capitals."""
    return re.sub(r"[\s-]+", "", text).upper()


def os_id_fault(os_id: str) -> str | None:
    """Say why a text is no OS ID.

    Parameters
    ----------
    os_id : str
        As `plain_os_id` gives it.

    Returns
    -------
    str or None
        The reason, and what to do; ``None`` for an OS ID: two letters of a country, four digits of a year, three of a
        day in it, five of base 32 and a check character.
    """
    if len(os_id) != _OS_ID_LENGTH:
        return f"is no OS ID: it has {len(os_id)} characters and not {_OS_ID_LENGTH}; copy the OS ID of the site again"
    if not _OS_ID.fullmatch(os_id):
        return "is no OS ID: it is not a country code, a year, a day and six characters; copy the OS ID again"
    total = sum(map(ord, os_id[:2])) + sum(map(_DIGITS.index, os_id[2:-1]))
    if _DIGITS[total % len(_DIGITS)] != os_id[-1]:
        return "is no OS ID: its last character does not fit the others, so one of them is wrong; copy it again"
    return None


@cache
def valid_os_id(text: str) -> str | None:
    """An OS ID in its plain form; ``None`` where the text is none."""
    number = plain_os_id(text)
    return number if os_id_fault(number) is None else None


@cache
def valid_lei(text: str) -> str | None:
    """A Legal Entity Identifier in its plain form; ``None`` where its check digits are wrong."""
    return lei.compact(text) if lei.is_valid(text) else None

"""One way to write a value as bytes, so that the same content has the same checksum everywhere."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

#: Decimals of every figure. Sums differ in the last of 16 digits between processors; twelve are the same on all.
DECIMALS = 12


def plain(value: object) -> Any:
    """Bring a value to what JSON knows: no types of numpy or pandas, no NaN, figures rounded to twelve decimals.

    Parameters
    ----------
    value : object
        Mappings, sequences and sets of text, numbers, booleans and absent values; NaN and NA become ``None``.

    Raises
    ------
    TypeError
        Something else: it has no form that would be the same everywhere.
    """
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(plain(part) for part in value)
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(part) for part in value]
    return _number(value)


def _number(value: object) -> bool | int | float | None:
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        figure = float(value)
        return round(figure, DECIMALS) + 0.0 if math.isfinite(figure) else None  # + 0.0: -0.0 is 0.0
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    raise TypeError(f"a {type(value).__name__} has no form in a snapshot: {value!r}")


def canonical(value: object) -> bytes:
    """Write a value as canonical JSON: sorted keys, two blanks of indent, UTF-8, one line feed at the end."""
    text = json.dumps(plain(value), ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False)
    return text.encode("utf-8") + b"\n"


def checksum(data: bytes) -> str:
    """SHA-256 of bytes, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()

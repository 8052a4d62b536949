"""JSON text and its value, as Python's own module gives it, in half the time or less.

The values are the same in every case: what msgspec refuses (NaN, half characters, numbers out of range, texts in
UTF-16, and all that is no JSON) is left to Python's module, which accepts it or says what is wrong.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

_DECODER = msgspec.json.Decoder()
_ENCODER = msgspec.json.Encoder(order="deterministic")


def decoded(text: bytes | str) -> Any:
    """Value of a JSON text; of a name that an object holds twice the last value counts.

    Raises
    ------
    ValueError
        It is no JSON.
    RecursionError
        It is nested too deeply.
    """
    try:
        return _DECODER.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return json.loads(text)


def encoded(value: Any) -> str:
    """JSON text of a decoded value, its names in order; the same for the same value.

    Raises
    ------
    RecursionError
        It is nested too deeply.
    """
    try:
        text = _ENCODER.encode(value).decode()
    except (msgspec.MsgspecError, ValueError, RecursionError):
        text = "null"
    # It writes NaN and infinity as null too, which would be read back as nothing.
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")) if "null" in text else text

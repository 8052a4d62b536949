"""What a page that ran without a browser shows: the data of its components, and all its text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from streamlit.testing.v1 import AppTest


def component(app: AppTest, name: str) -> dict[str, Any]:
    """Data that a component was given, by its key."""
    for element in _components(app, name):
        return dict(json.loads(element.proto.json))
    raise AssertionError(f"no component {name} on the page")


def has(app: AppTest, name: str) -> bool:
    """Whether a component of a key is on the page."""
    return next(_components(app, name), None) is not None


def _components(app: AppTest, name: str) -> Iterator[Any]:
    for element in app.get("bidi_component"):
        if f"-{name}-" in element.proto.id or element.proto.id.endswith(f"-{name}"):
            yield element


def everything(app: AppTest) -> str:
    """All text and component data of the page as one text."""
    parts = [element.proto.json for element in app.get("bidi_component")]
    return "\n".join(parts + [text.value for text in app.text] + [mark.value for mark in app.markdown])

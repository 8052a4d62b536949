"""YAML of a mapping: read by `graph_core.yaml_file`, checked against the form of a mapping."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from graph_core import yaml_file
from graph_core.yaml_file import MAX_BYTES, Document, KeyPath, raise_faults, where_text

__all__ = ["MAX_BYTES", "Document", "KeyPath", "raise_faults", "read_document", "schema", "where_text"]


def read_document(text: str, file: str) -> Document:
    """Read YAML and check its form.

    Parameters
    ----------
    text, file : str
        The text and its name.

    Raises
    ------
    InputError
        It is no YAML, or does not have the form of a mapping; each fault is named with its line.
    """
    return yaml_file.read_document(text, file, schema(), "mapping")


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of a mapping."""
    text = resources.files("loaders.data").joinpath("mapping_schema.json").read_text("utf-8")
    form: dict[str, Any] = json.loads(text)
    return form

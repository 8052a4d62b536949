"""Names of statement files."""

from __future__ import annotations

import re


def file_name(label: str) -> str:
    """File name part of a label or relationship type: ``DisclosureList`` is ``disclosure_list``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", label).lower()

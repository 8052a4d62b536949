"""Names of countries by their ISO 3166-1 alpha-2 code."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib import resources


@cache
def country_names() -> dict[str, str]:
    """Short English name of every country of today, by alpha-2 code (table of `country_converter`)."""
    text = resources.files("country_converter").joinpath("country_data.tsv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t")
    return {re.sub("[^A-Z]", "", row["ISO2"].split("|")[0]): row["name_short"] for row in rows if not row["obsolete"]}

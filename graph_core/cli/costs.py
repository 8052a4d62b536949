"""Costs of engaging parties, as users state them in a file."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING

from graph_core.errors import InputError

if TYPE_CHECKING:
    from graph_core.graph import Graph


def read_costs(path: Path, graph: Graph) -> dict[str, float]:
    """Costs by id of the party.

    Parameters
    ----------
    path : Path
        CSV with the columns id (or name, where one party alone has it) and cost.
    graph : Graph
        Which parties there are.

    Raises
    ------
    InputError
        The file cannot be read or lacks a column; a party is not known or has two costs, a cost is no number greater
        than 0. The message names file and line.
    """
    from graph_core.supposed import known_party

    found: dict[str, float] = {}
    try:
        with path.expanduser().open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if not {"id", "cost"} <= set(reader.fieldnames or ()):
                raise InputError(f"{path.name} has the columns {reader.fieldnames}; it needs id and cost")
            for row in reader:
                party, cost = ((row[column] or "").strip() for column in ("id", "cost"))
                try:
                    _add(found, known_party(graph, party), cost)
                except InputError as error:
                    raise InputError(f"{path.name} line {reader.line_num}: {error}") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    return found


def _add(found: dict[str, float], party: str, cost: str) -> None:
    if party in found:
        raise InputError(f"{party!r} has a cost already")
    try:
        found[party] = float(cost)
    except ValueError:
        raise InputError(f"the cost {cost!r} is not a number") from None
    if not 0 < found[party] < math.inf:
        raise InputError(f"the cost of {party!r} is {cost}; it has to be a number greater than 0")

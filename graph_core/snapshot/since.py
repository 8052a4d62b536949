"""What a frozen snapshot says of the figures that are shown now, and whether the two can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph_core.errors import InputError
from graph_core.snapshot.compare import differences
from graph_core.snapshot.verify import MANIFEST, SnapshotManifest, snapshots, verify

#: Names of parameters as a reader knows them.
_WORDS = {
    "documented_only": "documented links only",
    "unreviewed": "unreviewed matches",
    "min_confidence": "least confidence",
    "policy": "flag policy",
    "score_name": "score",
    "classes": "evidence classes",
}


@dataclass(frozen=True)
class Since:
    """The snapshot that figures are compared with.

    Attributes
    ----------
    id, as_of : str
        Which one it is, and the day that it describes.
    differs : tuple of str
        Parameters in which it differs from what is shown; not empty: figures cannot be compared.
    code_version : str
        Version of the program that made it.
    scores : dict
        Score over documented links by brand, 0..1; ``None`` where it was not known. Empty where figures cannot be
        compared.
    """

    id: str
    as_of: str
    differs: tuple[str, ...]
    code_version: str
    scores: dict[str, float | None]

    def change(self, brand: str, now: float | None) -> float | None:
        """By how much the score over documented links changed, -1..1; ``None`` where one of the two is not known."""
        before = self.scores.get(brand)
        return None if before is None or now is None else now - before


def verified(home: Path) -> list[SnapshotManifest]:
    """Snapshots of a home of which every byte is as it was frozen, by day and, of one day, in the order they were made.

    Reads all files of all of them; `fingerprint` says when that has to be done again.
    """
    found = []
    for one in snapshots(home)[0]:
        try:
            found.append(verify(one.folder))
        except InputError:
            continue
    return sorted(found, key=lambda one: (one.as_of, (one.folder / MANIFEST).stat().st_mtime_ns, one.id))


def fingerprint(home: Path) -> tuple[tuple[str, int, int], ...]:
    """Names, sizes and times of all files of the snapshots of a home: unlike it was before where anything changed."""
    found = []
    for path in sorted((home / "snapshots").glob("[!.]*/*")):
        try:
            said = path.stat()
        except OSError:
            continue
        found.append((str(path), said.st_size, said.st_mtime_ns))
    return tuple(found)


def since(found: list[SnapshotManifest], as_of: str, parameters: Mapping[str, Any]) -> Since | None:
    """Choose the snapshot that figures are compared with.

    The newest one of that day or before with the same parameters; where there is none such, the newest one of that day
    or before, with what differs.

    Parameters
    ----------
    found : list of SnapshotManifest
        As `verified` gives them.
    as_of : str
        Day that is shown, YYYY-MM-DD.
    parameters : mapping
        Parameters of the figures that are shown (`graph_core.day.Parameters.as_dict`).

    Returns
    -------
    Since or None
        ``None`` where there is no snapshot of that day or before.
    """
    before = [(one, differing(one.body["parameters"], parameters)) for one in found if one.as_of <= as_of]
    alike = [pair for pair in before if not pair[1]]
    if not before:
        return None
    chosen, differs = (alike or before)[-1]
    scores = {} if differs else {row["brand"]["id"]: row["documented_only"] for row in chosen.document("exposure")}
    return Since(chosen.id, chosen.as_of, differs, str(chosen.body["code_version"]), scores)


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
    """Parameters, in words, in which two figures differ; the day is none of them."""
    return tuple(parameter_name(str(row["what"])) for row in differences(one, other))


def parameter_name(key: str) -> str:
    """What a parameter is called by a reader."""
    return _WORDS.get(key, key.replace("_", " "))

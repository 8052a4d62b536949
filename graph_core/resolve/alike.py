"""Parties that a finding may be about because the two look alike: always for a person to decide.

The rules of `graph_core.resolve.match` know equal names only. A list that writes a name in another way, in another
script or with a word left out would find nobody, and nobody would be told: a false "clean". So every finding is also
scored against the parties that share a rare key with it (`graph_core.resolve.blocking`, `graph_core.resolve.score`),
and what reaches the border ``propose`` waits for a person. However high the probability is, it is never accepted here:
lists say little more than a name and a country, and the weights were learned from pairs with addresses.
"""

from __future__ import annotations

from typing import Final

import pandas as pd

from graph_core.resolve.blocking import candidates
from graph_core.resolve.compare import settings
from graph_core.resolve.match import ACCEPTED, COLUMNS, REVIEW, named, own_entries
from graph_core.resolve.records import lists
from graph_core.resolve.score import NONE, score_pairs

#: Name of the rule.
RULE: Final = "alike"
_PARTY: Final = ["id", "name", "aliases", "address", "country", "lat", "lon", "precision", "identifiers"]
#: Reasons that a match carries; the rest is read with `tiertrace match`.
_REASONS: Final = 4


def parties_of(organizations: pd.DataFrame, facilities: pd.DataFrame) -> pd.DataFrame:
    """Both kinds of parties as `graph_core.resolve.compare.compare` reads them, with ``id``; no placeholders."""
    frames = (organizations, facilities)
    known = [frame[~frame["placeholder"].astype("boolean").fillna(False)] for frame in frames]
    return pd.concat([frame.reindex(columns=_PARTY) for frame in known], ignore_index=True)


def subjects_of(findings: pd.DataFrame) -> pd.DataFrame:
    """Whom findings name, as `graph_core.resolve.compare.compare` reads them, with ``id``."""
    said = {"id": "id", "subject_name": "name", "subject_aliases": "aliases", "subject_country": "country"}
    return findings[list(said)].rename(columns=said).reset_index(drop=True)


def scored_pairs(subjects: pd.DataFrame, parties: pd.DataFrame) -> pd.DataFrame:
    """Score every finding against the parties that share a rare key with it.

    Parameters
    ----------
    subjects, parties : DataFrame
        As `subjects_of` and `parties_of` give them.

    Returns
    -------
    DataFrame
        Columns ``finding``, ``party`` (ids), ``said``, ``written`` (names, and how many others were compared too),
        ``probability`` (0..1), ``outcome`` (``accepted``, ``review``, ``none``) and ``reasons`` (tuple of sentences).
    """
    pairs = candidates(subjects, parties)
    left = subjects.iloc[pairs["left"]].reset_index(drop=True)
    right = parties.iloc[pairs["right"]].reset_index(drop=True)
    ids = {"finding": left["id"], "party": right["id"], "said": _titled(left), "written": _titled(right)}
    return pd.concat([pd.DataFrame(ids), score_pairs(left, right)], axis=1)


def _titled(frame: pd.DataFrame) -> list[str]:
    """Names as a reader sees them; the best pair of all names counts, so that others are mentioned."""
    others = [len(names) for names in lists(frame, "aliases")]
    return [
        f"'{name}'"
        + (f" (or one of its {count} other names)" if count > 1 else " (or its other name)" if count else "")
        for name, count in zip(frame["name"], others, strict=True)
    ]


def propose(
    findings: pd.DataFrame,
    organizations: pd.DataFrame,
    facilities: pd.DataFrame,
    matches: pd.DataFrame,
    holds: pd.DataFrame,
) -> pd.DataFrame:
    """Add to the matches what looks alike.

    Parameters
    ----------
    findings, organizations, facilities : DataFrame
        As for `graph_core.resolve.match.match_findings`.
    matches : DataFrame
        What that found; it stays as it is.
    holds : DataFrame
        Columns ``start`` (organization) and ``end``: who runs or owns whom. Nobody is asked about what the party of a
        finding runs or owns, nor about the operator or owner of it.

    Returns
    -------
    DataFrame
        Columns `graph_core.resolve.match.COLUMNS`, ordered by finding, then party.
    """
    wanted = findings[named(findings, organizations, facilities)]
    if wanted.empty:
        return matches
    parties = parties_of(organizations, facilities)
    # Entries of lists look like each other, and are about themselves.
    parties = parties[~parties["id"].isin(own_entries(findings, organizations, facilities)["subject_id"])]
    found = scored_pairs(subjects_of(wanted), parties.reset_index(drop=True))
    found = found[(found["outcome"] != NONE) & (found["probability"] >= settings()["propose"])]
    settled = pd.concat([matches[["finding", "party"]], _beside(matches, holds)])
    found = found[~pd.MultiIndex.from_frame(found[["finding", "party"]]).isin(pd.MultiIndex.from_frame(settled))]
    if found.empty:
        return matches
    words = zip(found["said"], found["written"], found["probability"], found["reasons"], strict=True)
    added = found.assign(outcome=REVIEW, rule=RULE, reason=[_reason(*told) for told in words])[COLUMNS]
    both = pd.concat([matches, added.astype("str")], ignore_index=True)
    return both.sort_values(["finding", "party"], kind="stable", ignore_index=True)


def _beside(matches: pd.DataFrame, holds: pd.DataFrame) -> pd.DataFrame:
    """Findings with all that the parties that they are about run or own, and with who runs or owns these."""
    sure = matches.loc[matches["outcome"] == ACCEPTED, ["finding", "party"]]
    above = _step(sure, holds, "end", "start")
    below = [sure.iloc[:0]]
    reached = new = sure
    while len(new):
        new = pd.concat([reached, _step(new, holds, "start", "end")]).drop_duplicates().iloc[len(reached) :]
        below.append(new)
        reached = pd.concat([reached, new])
    return pd.concat([above, *below])


def _step(pairs: pd.DataFrame, holds: pd.DataFrame, here: str, there: str) -> pd.DataFrame:
    found = pairs.merge(holds[["start", "end"]], left_on="party", right_on=here)
    return found[["finding", there]].set_axis(["finding", "party"], axis=1)


def _reason(said: str, written: str, probability: float, reasons: tuple[str, ...]) -> str:
    spoken = [reason for reason in reasons if not reason.startswith("Never accepted")][:_REASONS]
    return f"{said} and {written} look alike (probability {probability:.2f}): {'; '.join(spoken)}"

"""Parties that a finding may be about because the two look alike: always for a person to decide.

The rules of `graph_core.resolve.match` know equal names only. A list that writes a name in another way, in another
script or with a word left out would find nobody, and nobody would be told: a false "clean". So every finding is also
scored against the parties that share a rare key with it (`graph_core.resolve.blocking`, `graph_core.resolve.score`),
and what reaches the border ``propose`` waits for a person. However high the probability is, it is never accepted here:
lists say little more than a name and a country, and the weights were learned from pairs with addresses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from graph_core.graph import among
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


def parties_of(organizations: pd.DataFrame, facilities: pd.DataFrame, site_countries: pd.DataFrame) -> pd.DataFrame:
    """Both kinds of parties as `graph_core.resolve.compare.compare` reads them, with ``id``; no placeholders.

    A company without a country has that of its sites (columns ``party`` and ``country``), where all are in one.
    """
    frames = (organizations, facilities)
    known = [frame[~frame["placeholder"].astype("boolean").fillna(False)] for frame in frames]
    parties = pd.concat([frame.reindex(columns=_PARTY) for frame in known], ignore_index=True)
    one = site_countries.drop_duplicates(["party", "country"])
    one = one[~one["party"].duplicated(keep=False)]
    where = dict(zip(one["party"], one["country"], strict=True))
    return parties.assign(country=parties["country"].fillna(parties["id"].map(where).astype("str")))


def subjects_of(findings: pd.DataFrame) -> pd.DataFrame:
    """Whom findings name, as `graph_core.resolve.compare.compare` reads them, with ``id``."""
    said = {"id": "id", "subject_name": "name", "subject_aliases": "aliases", "subject_country": "country"}
    subjects = findings[list(said)].rename(columns=said).reset_index(drop=True)
    first = [names[0] if names else "" for names in lists(subjects, "aliases")]
    return subjects.assign(name=subjects["name"].fillna(pd.Series(first, dtype="str")))


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


@dataclass(frozen=True)
class Around:
    """What is known of the parties beside their names.

    Attributes
    ----------
    site_countries : DataFrame
        As for `graph_core.resolve.match.match_findings`.
    holds : DataFrame
        Columns ``start`` (organization), ``end`` and ``owns``: who runs, or controls (``owns``), whom.
    linked : Index
        Ids of all parties that buy, deliver, run or own.
    rejected : DataFrame
        Columns ``finding`` and ``party``: pairs that a person rejected.
    """

    site_countries: pd.DataFrame
    holds: pd.DataFrame
    linked: pd.Index
    rejected: pd.DataFrame


def propose(
    findings: pd.DataFrame,
    organizations: pd.DataFrame,
    facilities: pd.DataFrame,
    matches: pd.DataFrame,
    around: Around,
) -> pd.DataFrame:
    """Add to the matches what looks alike.

    Nobody is asked about sites that the finding reaches already, through a party that it is about. Nor is anybody
    asked whether an entry of a list is another entry of it, or about entries that play no part in any supply chain.

    Parameters
    ----------
    findings, organizations, facilities : DataFrame
        As for `graph_core.resolve.match.match_findings`.
    matches : DataFrame
        What that found; it stays as it is.
    around : Around
        What else is known.

    Returns
    -------
    DataFrame
        Columns `graph_core.resolve.match.COLUMNS`, ordered by finding, then party.
    """
    wanted = findings[named(findings, organizations, facilities)]
    if wanted.empty:
        return matches
    own = own_entries(findings, organizations, facilities)
    parties = parties_of(organizations, facilities, around.site_countries)
    idle = among(parties["id"], own["subject_id"]) & ~among(parties["id"], around.linked)
    found = scored_pairs(subjects_of(wanted), parties[~idle].reset_index(drop=True))
    found = found[(found["outcome"] != NONE) & (found["probability"] >= settings()["propose"])]
    found = found[~(among(found["finding"], own["id"]) & among(found["party"], own["subject_id"]))]
    settled = pd.concat([matches[["finding", "party"]], _reached(matches, findings, around)])
    found = found[~_pairs(found).isin(_pairs(settled))]
    if found.empty:
        return matches
    words = zip(found["said"], found["written"], found["probability"], found["reasons"], strict=True)
    added = found.assign(outcome=REVIEW, rule=RULE, reason=[_reason(*told) for told in words])[COLUMNS]
    both: pd.DataFrame = pd.concat([matches, added.astype("str")], ignore_index=True)
    return both.sort_values(["finding", "party"], kind="stable", ignore_index=True)


def _pairs(frame: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(frame[["finding", "party"]])


def _reached(matches: pd.DataFrame, findings: pd.DataFrame, around: Around) -> pd.DataFrame:
    """Findings with the sites that they reach today through parties that they are about.

    One on a company reaches the sites that it runs itself; one that includes subsidiaries all that it controls too.
    """
    sure = matches.loc[matches["outcome"] == ACCEPTED, ["finding", "party"]]
    sure = sure[~_pairs(sure).isin(_pairs(around.rejected))]
    runs = around.holds[~around.holds["owns"]]
    wide = sure["finding"].isin(findings.loc[findings["includes_subsidiaries"].astype("boolean").fillna(False), "id"])
    reached = new = sure[wide]
    while len(new):
        new = pd.concat([reached, _step(new, around.holds)]).drop_duplicates().iloc[len(reached) :]
        reached = pd.concat([reached, new])
    return pd.concat([reached, _step(sure[~wide], runs)])


def _step(pairs: pd.DataFrame, holds: pd.DataFrame) -> pd.DataFrame:
    found = pairs.merge(holds[["start", "end"]], left_on="party", right_on="start")
    return found[["finding", "end"]].set_axis(["finding", "party"], axis=1)


def _reason(said: str, written: str, probability: float, reasons: tuple[str, ...]) -> str:
    spoken = [reason for reason in reasons if not reason.startswith("Never accepted")][:_REASONS]
    return f"{said} and {written} look alike (probability {probability:.2f}): {'; '.join(spoken)}"

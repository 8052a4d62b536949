"""Pairs that were compared, with what came of each: those that count, those that wait, and the nearest of the rest.

A list that matches nobody is only worth something if one can see how near it came and why that was not enough.
"""

from __future__ import annotations

from typing import Final

import pandas as pd

from graph_core.derive import site_countries
from graph_core.graph import Graph
from graph_core.model import Verdict
from graph_core.resolve.alike import parties_of, scored_pairs, subjects_of
from graph_core.resolve.blocking import within
from graph_core.resolve.match import ACCEPTED, REVIEW, named
from graph_core.resolve.score import NONE, score_pairs

#: Columns of what was compared.
COLUMNS: Final = [
    "outcome", "probability", "finding", "subject", "subject_country", "authority", "party", "party_name",
    "party_country", "rule", "reasons",
]  # fmt: skip
#: Columns of parties that may be one.
DUPLICATES: Final = [
    "outcome", "probability", "left", "left_name", "left_country", "right", "right_name", "right_country", "reasons",
]  # fmt: skip
#: What a person rejected.
REJECTED: Final = "rejected"
_PLACES: Final = {ACCEPTED: 0, REVIEW: 1, REJECTED: 2, NONE: 3}


def compared(graph: Graph, judged: pd.DataFrame) -> pd.DataFrame:
    """Findings with the parties that they were compared with.

    Parameters
    ----------
    graph : Graph
        What is believed.
    judged : DataFrame
        Decisions that stand (`graph_core.resolve.judgements.standing`).

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, a row a pair. ``outcome`` is what counts now: ``accepted``, ``review``, ``rejected`` (by a
        person) or ``none``; ``rule`` what decided it, absent where none did. ``probability`` (0..1) and ``reasons``
        (tuple of sentences) are those of the scoring, whatever decided; NaN and none for a placeholder, of which only
        the id is known. First what counts, then what waits, each by falling probability.
    """
    parties = parties_of(graph["Organization"], graph["Facility"], site_countries(graph.tables))
    findings = graph["Finding"]
    subjects = subjects_of(findings[named(findings, graph["Organization"], graph["Facility"])])
    scored = scored_pairs(subjects, parties)
    decided = _decided(graph, judged)
    missing = decided.merge(scored[["finding", "party"]], on=["finding", "party"], how="left", indicator=True)
    scored = pd.concat([scored, _scored(missing[missing["_merge"] == "left_only"], findings, parties)])
    found = scored.drop(columns="outcome").merge(decided, on=["finding", "party"], how="outer")
    found["reasons"] = [told if isinstance(told, tuple) else () for told in found["reasons"]]
    found["outcome"] = found["outcome"].fillna(NONE)
    names = {"id": "finding", "subject_name": "subject", "subject_country": "subject_country", "authority": "authority"}
    found = found.merge(findings[list(names)].rename(columns=names), on="finding")
    everyone = pd.concat([graph[label][["id", "name", "country"]] for label in ("Organization", "Facility")])
    found = found.merge(_sides(everyone, "party"), on="party")
    return _ordered(found, ["finding", "party"])[COLUMNS]


def duplicates(graph: Graph, judged: pd.DataFrame) -> pd.DataFrame:
    """Parties that may be one; nothing is made one by a score, a person decides.

    Parameters
    ----------
    graph, judged
        As for `compared`.

    Returns
    -------
    DataFrame
        Columns `DUPLICATES`, a row a pair; ``outcome`` is ``review``, or ``rejected`` where a person said that they
        are two.
    """
    # A company and a site are never one party, however alike their names.
    parties = parties_of(graph["Organization"], graph["Facility"], site_countries(graph.tables))
    company = parties["id"].isin(graph["Organization"]["id"])
    kinds = (parties[company], parties[~company])
    found = pd.concat([_alike(kind.reset_index(drop=True)) for kind in kinds], ignore_index=True)
    against = _shown(graph, judged)
    against = against.loc[against["verdict"] == Verdict.NEGATIVE, ["left", "right"]]
    both = pd.concat([against, against.rename(columns={"left": "right", "right": "left"})])
    apart = pd.MultiIndex.from_frame(found[["left", "right"]]).isin(pd.MultiIndex.from_frame(both[["left", "right"]]))
    found.loc[apart, "outcome"] = REJECTED
    return _ordered(found, ["left", "right"])[DUPLICATES]


def _alike(parties: pd.DataFrame) -> pd.DataFrame:
    """Pairs of parties of one kind that may be one."""
    pairs = within(parties)
    left, right = (parties.iloc[pairs[side]].reset_index(drop=True) for side in ("left", "right"))
    found = score_pairs(left, right).assign(left=left["id"], right=right["id"])
    found = found[found["outcome"] != NONE].assign(outcome=REVIEW)
    for side in ("left", "right"):
        found = found.merge(_sides(parties, side), on=side)
    return found


def _shown(graph: Graph, judged: pd.DataFrame) -> pd.DataFrame:
    """Decisions on the ids under which parties are shown now."""
    merged = graph.merged
    return judged.assign(**{side: [merged.get(one, one) for one in judged[side]] for side in ("left", "right")})


def _decided(graph: Graph, judged: pd.DataFrame) -> pd.DataFrame:
    """Pairs of which something was decided: columns finding, party, outcome, rule."""
    parts = [
        graph[kind][["start", "end", "rule"]].set_axis(["finding", "party", "rule"], axis=1).assign(outcome=outcome)
        for kind, outcome in (("ABOUT", ACCEPTED), ("MAY_BE_ABOUT", REVIEW))
    ]
    judged = _shown(graph, judged)
    against = judged[judged["left"].isin(graph["Finding"]["id"]) & (judged["verdict"] == Verdict.NEGATIVE)]
    against = against[["left", "right"]].set_axis(["finding", "party"], axis=1)
    both = pd.concat([*parts, against.assign(outcome=REJECTED, rule="judged")], ignore_index=True)
    return both.drop_duplicates(["finding", "party"], ignore_index=True)


def _scored(pairs: pd.DataFrame, findings: pd.DataFrame, parties: pd.DataFrame) -> pd.DataFrame:
    """Scores of pairs that share no rare key, such as those by id; pairs of what is unknown are left out."""
    subjects = subjects_of(findings).set_index("id", drop=False)
    known = parties.set_index("id", drop=False)
    pairs = pairs[pairs["finding"].isin(subjects.index) & pairs["party"].isin(known.index)]
    sides = (subjects.loc[pairs["finding"]], known.loc[pairs["party"]])
    left, right = (side.reset_index(drop=True) for side in sides)
    return pd.concat([pairs[["finding", "party"]].reset_index(drop=True), score_pairs(left, right)], axis=1)


def _sides(parties: pd.DataFrame, side: str) -> pd.DataFrame:
    names = {"id": side, "name": f"{side}_name", "country": f"{side}_country"}
    return parties[list(names)].rename(columns=names)


def _ordered(found: pd.DataFrame, ids: list[str]) -> pd.DataFrame:
    """What counts first, then what waits, then the nearest."""
    found = found.assign(place=found["outcome"].map(_PLACES), away=-found["probability"])
    return found.sort_values(["place", "away", *ids], kind="stable", ignore_index=True)

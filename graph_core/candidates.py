"""Pairs that wait for a person, with what decides their order: how much they could change, and how likely they are.

Two kinds of pairs wait: a finding and the party that it may be about, and two parties that may be one.

How much a pair could change is measured cheaply, in one solve for all of them: were every pair that waits accepted,
each would add a part to the score of each brand, and its *stake* is the sum of these parts over all brands. What one
decision really does to the figures takes a day of its own and is computed for one pair at a time (`supposed`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from graph_core.day import Day
from graph_core.derive import Said, derive, rematch, site_countries
from graph_core.exposure.changes import changed_brands
from graph_core.exposure.ordering import ordering
from graph_core.exposure.table import ExposureTable
from graph_core.exposure.traced import traced_share
from graph_core.flags import EVIDENCED
from graph_core.graph import Graph, among
from graph_core.matching import duplicates
from graph_core.model import Verdict
from graph_core.resolve.alike import parties_of, subjects_of
from graph_core.resolve.judgements import SOURCE_ID, Judgement, frame
from graph_core.resolve.match import REVIEW
from graph_core.resolve.score import score_pairs

#: Kinds of pairs: a finding and a party, or two parties.
FINDING: Final = "finding"
PARTY: Final = "party"
#: Columns of pairs that wait.
COLUMNS: Final = [
    "item", "kind", "left", "left_name", "left_country", "right", "right_name", "right_country", "authority",
    "category", "rule", "reason", "judged_by", "probability", "reasons", "identical",
]  # fmt: skip


def findings_waiting(graph: Graph) -> pd.DataFrame:
    """Findings with the parties that they may be about, for a person to decide.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, a row a pair; ``left`` is the finding, ``right`` the party. ``item`` names the pair;
        ``reason`` says why it did not count by itself, or who could not tell; ``probability`` (0..1) and ``reasons``
        (tuple of sentences) are those of the scoring, absent and empty for a placeholder; ``identical`` (tuple of
        ``SCHEME:number``) is empty: findings have no identifiers.
    """
    about = graph["MAY_BE_ABOUT"].rename(columns={"id": "item", "start": "left", "end": "right"})
    findings = graph["Finding"][["id", "subject_name", "subject_country", "authority", "category"]]
    found = about.merge(findings.set_axis(["left", "left_name", "left_country", "authority", "category"], axis=1))
    found = found.merge(_everyone(graph).set_axis(["right", "right_name", "right_country"], axis=1))
    parties = _parties(graph, found["right"])
    subjects = subjects_of(graph["Finding"][among(graph["Finding"]["id"], found["left"])])
    none = pd.Series([()] * len(found), index=found.index, dtype=object)
    return found.assign(kind=FINDING, identical=none, **_scored(found, subjects, parties))[COLUMNS]


def parties_waiting(graph: Graph, judged: pd.DataFrame) -> pd.DataFrame:
    """Parties that may be one, for a person to decide; takes a while on a large graph.

    Parameters
    ----------
    graph : Graph
        What is believed.
    judged : DataFrame
        Decisions that stand (`graph_core.resolve.judgements.standing`).

    Returns
    -------
    DataFrame
        As `findings_waiting`, but that both sides are parties; ``identical`` holds the identifiers that both have.
    """
    pairs = duplicates(graph, judged)
    pairs = pairs[pairs["outcome"] == REVIEW]
    numbers = _identifiers(graph, pd.concat([pairs["left"], pairs["right"]]))
    sides = list(zip(pairs["left"], pairs["right"], strict=True))
    identical = [tuple(sorted(numbers.get(one, set()) & numbers.get(other, set()))) for one, other in sides]
    pairs = pairs.assign(
        item=[item_of(*pair) for pair in sides],
        kind=PARTY,
        identical=pd.Series(identical, index=pairs.index, dtype=object),
        reason="two parties are never taken for one by their names alone",
        rule="alike",
        judged_by=_unsure(graph, judged, sides),
    )
    return pairs.reindex(columns=COLUMNS).reset_index(drop=True)


def _unsure(graph: Graph, judged: pd.DataFrame, sides: list[tuple[str, str]]) -> list[str]:
    """Who could not tell, pair by pair; ``rule`` where nobody looked."""
    merged = graph.merged
    rows = judged[judged["verdict"] == Verdict.UNSURE]
    looked = {
        frozenset((merged.get(one, one), merged.get(other, other))): who
        for one, other, who in zip(rows["left"], rows["right"], rows["judged_by"], strict=True)
    }
    return [looked.get(frozenset(pair), "rule") for pair in sides]


def item_of(left: str, right: str) -> str:
    """Name of a pair of parties, whichever is named first."""
    return hashlib.sha256("\x1f".join(sorted((left, right))).encode()).hexdigest()[:16]


def stakes(table: ExposureTable, pairs: pd.DataFrame) -> pd.Series:
    """How much each pair could change, for their order.

    Parameters
    ----------
    table : ExposureTable
        Figures of a day.
    pairs : DataFrame
        Pairs of both kinds, columns `COLUMNS`.

    Returns
    -------
    Series
        In the order of the pairs: the sum over all brands of what the pair would add to their traced shares if all
        pairs were accepted, each share 0..1. 0 where no flag stands on the day, or it reaches no brand.
    """
    day = table.day
    touched = pd.concat([_by_findings(table, pairs), _by_parties(table, pairs)], ignore_index=True)
    if touched.empty:
        return pd.Series(0.0, index=pairs.index)
    strength = day.evidenced.copy()
    np.maximum.at(strength, touched["node"], touched["strength"])
    supposed = traced_share(day.network.with_strength(strength))
    brands = day.graph["Organization"].loc[day.graph["Organization"]["brand"].fillna(False), "id"]
    weights = np.zeros(len(day.ids))
    weights[[table.number[brand] for brand in brands if brand in table.number]] = 1.0
    # Nothing passes through what leads to no flag: such a cycle would keep all that enters it.
    live = np.where(supposed.scores > 0, supposed.scale, 0.0)
    passed = ordering(supposed.network).solve_transposed(weights, live)
    parts = pd.Series(passed[touched["node"]] * touched["strength"]).groupby(touched["item"]).sum()
    return pairs["item"].map(parts).fillna(0.0).astype("float64")


def _by_findings(table: ExposureTable, pairs: pd.DataFrame) -> pd.DataFrame:
    """Nodes that a finding would flag if it were about the party: columns item, node, strength."""
    flags = table.day.flags
    flags = flags[flags["waiting"] & flags["class"].isin(EVIDENCED)]
    ids = {"left": "finding", "right": "party"}
    wanted = pairs.loc[pairs["kind"] == FINDING, ["item", *ids]].rename(columns=ids)
    found = wanted.merge(flags[["finding", "party", "node", "strength"]])
    return _numbered(table, found.groupby(["item", "node"], as_index=False).agg({"strength": "max"}))


def _by_parties(table: ExposureTable, pairs: pd.DataFrame) -> pd.DataFrame:
    """Parties without a flag that would be one with a flagged one: columns item, node, strength."""
    wanted = pairs.loc[pairs["kind"] == PARTY, ["item", "left", "right"]]
    own = {name: table.day.evidenced[number] for name, number in table.number.items()}
    rows = []
    for one, other in (("left", "right"), ("right", "left")):
        strength = wanted[other].map(own).fillna(0.0)
        free = wanted[one].map(own).fillna(0.0) == 0
        rows.append(wanted.assign(node=wanted[one], strength=strength)[free & (strength > 0)])
    return _numbered(table, pd.concat(rows))


def _numbered(table: ExposureTable, rows: pd.DataFrame) -> pd.DataFrame:
    number = rows["node"].map(table.number)
    known = number.notna()
    return rows[known].assign(node=number[known].astype("int64"))[["item", "node", "strength"]]


def supposed(
    before: Day, said: Sequence[Said], judgements: pd.DataFrame, left: str, right: str, verdict: Verdict
) -> list[dict[str, Any]]:
    """Which brands' figures a decision would change, and to what.

    Parameters
    ----------
    before : Day
        The day as it is.
    said : sequence
        All that was said; of its frames only judgements are read where a finding is decided about.
    judgements : DataFrame
        All decisions so far (`graph_core.review.history`).
    left, right : str
        A finding and a party, or two parties.
    verdict : Verdict
        What would be decided.

    Returns
    -------
    list of dict
        As of `graph_core.exposure.changes.changed_brands`.
    """
    decision = Judgement(left, right, verdict, "nobody", "9999-12-31T00:00:00+00:00")
    both = pd.concat([judgements, frame([decision])], ignore_index=True)
    both["line"] = range(1, len(both) + 1)
    if left in set(before.graph["Finding"]["id"]):
        graph = rematch(before.graph, [one.source for one in said], both)
    else:
        others = [one for one in said if one.source["id"] != SOURCE_ID]
        graph = derive([*others, _Decisions({"id": SOURCE_ID}, 1 << 62, {"judgements": both})])
    return changed_brands(before.table, Day(graph, before.parameters).table)


class _Decisions:
    """What people would have decided, as one more source."""

    def __init__(self, source: dict[str, Any], seq: int, frames: dict[str, pd.DataFrame]) -> None:
        self.source, self.seq, self.frames = source, seq, frames


# --- sides -----------------------------------------------------------------------------------------------------


def _everyone(graph: Graph) -> pd.DataFrame:
    return pd.concat([graph[label][["id", "name", "country"]] for label in ("Organization", "Facility")])


def _parties(graph: Graph, ids: pd.Series) -> pd.DataFrame:
    """Parties as they are compared, of some ids only: comparing a few of many costs as much as few."""
    some = [graph[label][among(graph[label]["id"], ids)] for label in ("Organization", "Facility")]
    return parties_of(some[0], some[1], site_countries(graph.tables))


def _scored(pairs: pd.DataFrame, subjects: pd.DataFrame, parties: pd.DataFrame) -> Mapping[str, list[Any]]:
    """Probability and reasons of every pair of which both sides are known."""
    place = {name: row for row, name in enumerate(parties["id"])}
    first = {name: row for row, name in enumerate(subjects["id"])}
    known = (pairs["left"].isin(list(first)) & pairs["right"].isin(list(place))).to_numpy()
    some = pairs[known]
    left = subjects.iloc[[first[one] for one in some["left"]]].reset_index(drop=True)
    right = parties.iloc[[place[one] for one in some["right"]]].reset_index(drop=True)
    found = iter(score_pairs(left, right)[["probability", "reasons"]].itertuples(index=False, name=None))
    told: list[tuple[float, tuple[str, ...]]] = [next(found) if one else (float("nan"), ()) for one in known]
    return {"probability": [chance for chance, _ in told], "reasons": [reasons for _, reasons in told]}


def _identifiers(graph: Graph, ids: pd.Series) -> dict[str, set[str]]:
    """Identifiers of some parties, LEI and OS ID among them, as ``SCHEME:number``."""
    found: dict[str, set[str]] = {}
    for label, column, scheme in (("Organization", "lei", "LEI"), ("Facility", "os_id", "OS-ID")):
        rows = graph[label][among(graph[label]["id"], ids)]
        for one, number, others in zip(rows["id"], rows[column], rows["identifiers"], strict=True):
            own = {f"{scheme}:{number}"} if isinstance(number, str) and number else set()
            found[one] = own | {text for text in others if ":" in text}
    return found

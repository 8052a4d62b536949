"""The review queue: what waits for a person, what people decided, and deciding.

A decision is a record (`graph_core.resolve.judgements`): it wins over every rule, outlives new deliveries of a list,
and is undone by another decision. What follows from it is derived like all else.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pandas as pd

from graph_core.audit import about
from graph_core.belief import rebuild, refuse_contradictions, rejudge
from graph_core.derive import identities
from graph_core.errors import InputError, NotFoundError
from graph_core.graph import Graph
from graph_core.model import Verdict
from graph_core.resolve.judgements import SOURCE_ID, Judgement, frame, standing
from graph_core.store.base import RecordSet, Report, Store, SyncCounts, silent

#: Columns of what waits.
COLUMNS = [
    "item", "finding", "subject", "subject_country", "authority", "category", "party", "party_name", "party_country",
    "party_address", "rule", "reason", "judged_by",
]  # fmt: skip
#: Pairs that the audit trail names; the batch in the trail finds the others.
_NOTED = 5
#: Shortest part of an item that names it.
_SHORTEST = 4
#: Later than whatever was loaded.
_NEWEST = 1 << 62
_SOURCE = {"id": SOURCE_ID, "title": "Judgements of reviewers", "format": "review"}
#: Words for a verdict, as people write them.
_VERDICTS = {
    "positive": Verdict.POSITIVE, "accept": Verdict.POSITIVE, "yes": Verdict.POSITIVE,
    "negative": Verdict.NEGATIVE, "reject": Verdict.NEGATIVE, "no": Verdict.NEGATIVE,
    "unsure": Verdict.UNSURE,
}  # fmt: skip


def waiting(graph: Graph) -> pd.DataFrame:
    """Matches of findings that wait for a person.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, a row a match: ``item`` names it in commands; both sides with name and country; the rule that
        proposed it, and why it did not count by itself. Ordered by authority, subject and party.
    """
    about = graph["MAY_BE_ABOUT"].rename(columns={"id": "item", "start": "finding", "end": "party"})
    findings = graph["Finding"][["id", "subject_name", "subject_country", "authority", "category"]].rename(
        columns={"id": "finding", "subject_name": "subject"}
    )
    sides = pd.concat([graph[label][["id", "name", "country", "address"]] for label in ("Organization", "Facility")])
    sides = sides.rename(
        columns={"id": "party", "name": "party_name", "country": "party_country", "address": "party_address"}
    )
    rows = about.merge(findings, on="finding").merge(sides, on="party")[COLUMNS]
    return rows.sort_values(["authority", "subject", "party", "finding"], kind="stable", ignore_index=True)


def pair_of(graph: Graph, item: str) -> tuple[str, str]:
    """Finding and party of a waiting match.

    Raises
    ------
    NotFoundError, InputError
        No match is called so, or several are.
    """
    about = graph["MAY_BE_ABOUT"]
    found = about[about["id"].str.startswith(item)] if len(item) >= _SHORTEST else about.iloc[:0]
    if found.empty:
        raise NotFoundError(f"nothing that waits is called {item!r}; `tiertrace review list` shows what does")
    if len(found) > 1:
        raise InputError(f"{len(found)} matches begin with {item!r}; write more of it: {', '.join(found['id'])}")
    return str(found["start"].iloc[0]), str(found["end"].iloc[0])


def known_pair(graph: Graph, left: str, right: str) -> tuple[str, str]:
    """Check that two ids can be judged: a finding and a party, or two parties; the finding comes first.

    Raises
    ------
    NotFoundError
        One of them is not in the store.
    InputError
        Both are findings, or both are the same.
    """
    findings, parties = set(graph["Finding"]["id"]), _party_ids(graph)
    for one in (left, right):
        if one not in findings and one not in parties:
            raise NotFoundError(f"no finding, organization or facility has the id {one!r}")
    if right in findings:
        left, right = right, left
    if right in findings:
        raise InputError("two findings cannot be judged; name a finding and a party, or two parties")
    if left == right:
        raise InputError(f"{left!r} is named twice; name two ids")
    return left, right


def _party_ids(graph: Graph) -> set[str]:
    """All ids of parties, those included under which they are not shown."""
    ids: set[str] = set()
    for label in ("Organization", "Facility"):
        ids |= set(graph[label]["id"]) | {other for others in graph[label]["merged_ids"] for other in others}
    return ids


def verdict_of(text: str) -> Verdict | None:
    """Read a verdict as a person writes it; ``None`` for an empty cell.

    Raises
    ------
    InputError
        It is none.
    """
    if not text.strip():
        return None
    if (found := _VERDICTS.get(text.strip().casefold())) is None:
        raise InputError(f"verdict {text!r} is none; write accept, reject or unsure, or leave it empty")
    return found


# --- deciding --------------------------------------------------------------------------------------------------


def new_batch() -> str:
    """Name for decisions that are made together."""
    return uuid.uuid4().hex[:12]


@dataclass(frozen=True)
class Decided:
    """What decisions came to.

    Attributes
    ----------
    counts : SyncCounts
        Nodes and relationships that changed.
    conflicts : DataFrame
        Columns left, right, reason: ids that are left apart because what is known of them contradicts itself. Empty
        where nothing was decided about two parties.
    graph : Graph
        What is believed now.
    """

    counts: SyncCounts
    conflicts: pd.DataFrame
    graph: Graph


def history(record_sets: Sequence[RecordSet]) -> pd.DataFrame:
    """All decisions ever made, in their order, columns as in `graph_core.model.JUDGEMENTS`."""
    kept = [s.frames["judgements"] for s in record_sets if s.source["id"] == SOURCE_ID and "judgements" in s.frames]
    return kept[0] if kept else frame([])


def decisions(record_sets: Sequence[RecordSet]) -> pd.DataFrame:
    """Decisions that count now, columns as in `graph_core.model.JUDGEMENTS`."""
    return standing(history(record_sets))


def noted(judgements: Sequence[Judgement]) -> AbstractContextManager[object]:
    """Tell the audit trail which decisions are being kept."""
    verdicts = dict.fromkeys(str(one.verdict) for one in judgements)
    pairs = [f"{one.left} / {one.right}" for one in judgements]
    batch = f"{len(pairs)} in batch {judgements[0].batch}"
    return about("; ".join(pairs[:_NOTED]), batch, f"review {', '.join(verdicts)}")


def decide(
    store: Store, judgements: Sequence[Judgement], report: Report = silent, graph: Graph | None = None
) -> Decided:
    """Keep decisions, and derive again what follows from them.

    Parameters
    ----------
    store : Store
        Open for writing.
    judgements : sequence of Judgement
        In their order.
    report : callable
        Told about progress.
    graph : Graph, optional
        What the caller knows to be believed before. Where it is still that, decisions about findings and parties cost
        a fraction of deriving everything.

    Returns
    -------
    Decided
        What changed, and what contradicts itself now.

    Raises
    ------
    InputError
        Parties that would be one state shares that contradict each other; nothing was decided.
    """
    with store.writer():
        version = store.version()
        both = pd.concat([history(store.read_records(SOURCE_ID)), frame(judgements)], ignore_index=True)
        both["line"] = range(1, len(both) + 1)
        findings = set() if graph is None else set(graph["Finding"]["id"])
        others = [one for one in judgements if one.left not in findings]
        if any(one.verdict == Verdict.POSITIVE for one in others):
            # Parties made one may have stated shares that contradict each other: then no figure could be shown.
            others_said = [held for held in store.read_records() if held.source["id"] != SOURCE_ID]
            refuse_contradictions([*others_said, RecordSet(dict(_SOURCE), _NEWEST, {"judgements": both})])
        store.put_records(dict(_SOURCE), {"judgements": both}, replace=True)
        if graph is not None and not others and version.records == version.derived == graph.version:
            after, counts = rejudge(store, graph, both, report)
            return Decided(counts, pd.DataFrame(columns=["left", "right", "reason"]), after)
        rebuilt = rebuild(store, report)
        return Decided(rebuilt.counts, identities(store.read_records()).conflicts, rebuilt.graph)


def undoing(record_sets: Sequence[RecordSet], batch: str, by: str, at: str, why: str | None) -> list[Judgement]:
    """Decisions that take back all that still stands of a batch.

    Raises
    ------
    NotFoundError
        Nothing of such a batch stands.
    """
    stands = standing(history(record_sets))
    of_it = stands[stands["batch"] == batch]
    if of_it.empty:
        raise NotFoundError(f"nothing that stands was decided in {batch!r}; `tiertrace review list --judged` shows it")
    return [taken_back(left, right, by, at, why) for left, right in zip(of_it["left"], of_it["right"], strict=True)]


def taken_back(left: str, right: str, by: str, at: str, why: str | None) -> Judgement:
    """The decision that undoes the one on a pair."""
    return Judgement(left, right, Verdict.UNDONE, by, at, why, new_batch())


def decision_on(record_sets: Sequence[RecordSet], left: str, right: str) -> dict[str, Any]:
    """The decision that stands on a pair.

    Raises
    ------
    NotFoundError
        None does.
    """
    stands = standing(history(record_sets))
    for row in stands.to_dict("records"):
        if {row["left"], row["right"]} == {left, right}:
            return {str(key): value for key, value in row.items()}
    raise NotFoundError(f"nothing that stands was decided on {left!r} and {right!r}")

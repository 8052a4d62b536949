"""Decisions of people on who is who: kept for ever, the latest of each pair counts, and each can be undone.

A judgement is about a pair: a finding and a party (is it about it?), or two parties (are they one?). It is kept as a
record like any other, so that it outlives every new delivery of a list, and it wins over every rule. Undoing is a
judgement too: the earlier one stays to be read, and what is derived is what it was before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from graph_core.model import JUDGEMENTS, Verdict

#: Id of the source that holds all judgements.
SOURCE_ID = "judgements"
_TOLD = ("judged_by", "verdict", "judged_at", "why")


@dataclass(frozen=True)
class Judgement:
    """One decision, as `graph_core.model.JUDGEMENTS` describes it."""

    left: str
    right: str
    verdict: Verdict
    judged_by: str
    judged_at: str
    why: str | None = None
    batch: str | None = None


def frame(judgements: Sequence[Judgement]) -> pd.DataFrame:
    """Make records of judgements, in the order given."""
    rows = [{**vars(judgement), "verdict": str(judgement.verdict)} for judgement in judgements]
    data = pd.DataFrame(rows, columns=JUDGEMENTS.names, dtype="str")
    return data.assign(line=pd.Series(range(1, len(data) + 1), dtype="int64"))


def standing(judgements: pd.DataFrame) -> pd.DataFrame:
    """Judgements that count: the latest of each pair, without those undone.

    Parameters
    ----------
    judgements : DataFrame
        Records, in the order in which they were made.

    Returns
    -------
    DataFrame
        The same columns, ordered by left and right. A pair is the same whichever of the two is named first.
    """
    if judgements.empty:
        return judgements
    first = judgements["left"].where(judgements["left"] <= judgements["right"], judgements["right"])
    second = judgements["right"].where(judgements["left"] <= judgements["right"], judgements["left"])
    latest = ~pd.DataFrame({"first": first, "second": second}).duplicated(keep="last")
    kept = judgements[latest & (judgements["verdict"] != Verdict.UNDONE)]
    return kept.sort_values(["left", "right"], kind="stable", ignore_index=True)


def apply(matches: pd.DataFrame, judged: pd.DataFrame, findings: Iterable[str], parties: Iterable[str]) -> pd.DataFrame:
    """Matches of findings, with what people decided about them.

    Parameters
    ----------
    matches : DataFrame
        As `graph_core.resolve.match.match_findings` gives them.
    judged : DataFrame
        Standing judgements, parties under the ids that they have now.
    findings, parties : iterable of str
        Ids that exist; a judgement about another one waits until it comes back.

    Returns
    -------
    DataFrame
        The same columns and ``judged_by``: ``rule`` where no person decided. POSITIVE is accepted, UNSURE waits, and
        a pair that is NEGATIVE is not there.
    """
    matches = matches.assign(judged_by="rule")
    known = judged[judged["left"].isin(set(findings)) & judged["right"].isin(set(parties))] if len(judged) else judged
    if known.empty:
        return matches
    pairs = known[["left", "right"]].rename(columns={"left": "finding", "right": "party"})
    by_rule = matches.merge(pairs.drop_duplicates(), on=["finding", "party"], how="left", indicator=True)
    kept = matches[(by_rule["_merge"] == "left_only").to_numpy()]
    told = known[known["verdict"] != Verdict.NEGATIVE]
    decided = pd.DataFrame(
        {
            "finding": told["left"],
            "party": told["right"],
            "outcome": told["verdict"].map({Verdict.POSITIVE: "accepted", Verdict.UNSURE: "review"}),
            "rule": "judged",
            "reason": [_words(*cells) for cells in zip(*(told[c] for c in _TOLD), strict=True)],
            "judged_by": told["judged_by"],
        }
    )
    both = pd.concat([kept, decided], ignore_index=True).drop_duplicates(["finding", "party"], keep="last")
    return both.sort_values(["finding", "party"], kind="stable", ignore_index=True).astype("str")


def _words(who: str, verdict: str, when: str, why: object) -> str:
    decided = "decided that it is" if verdict == Verdict.POSITIVE else "could not tell"
    return f"{who} {decided} ({when[:10]}): {why if isinstance(why, str) and why else 'no reason given'}"

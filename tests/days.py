"""Random days for property tests: rows of all tables about a few parties, as a strategy of hypothesis."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st

from tests import oracles

#: A day takes a tenth of a second; to shrink a failing one would take minutes.
WHOLE_DAYS = settings(
    deadline=None,
    max_examples=int(os.environ.get("TIERTRACE_TEST_EXAMPLES", "25")),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
DAYS = ["2020-01-01", "2021-01-01", "2022-01-01"]
DATES = st.sampled_from([None, *DAYS])
FRACTION = st.sampled_from([0.0, 0.05, 0.1, 0.2, 0.3])
PARTIES = [f"p{i}" for i in range(6)]
GOODS = ["palm oil", "rubber"]


def maybe(value: Any) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), value)


@st.composite
def days(draw: st.DrawFn) -> dict[str, oracles.Rows]:
    """Rows of all tables about six parties, two companies and a brand."""
    pairs = draw(
        st.lists(
            st.tuples(st.sampled_from(PARTIES), st.sampled_from([*PARTIES, "X"]), st.sampled_from(GOODS)),
            max_size=14,
            unique=True,
        )
    )
    links = [
        oracles.link(
            a,
            b,
            draw(maybe(FRACTION)),
            product=good,
            volume=draw(maybe(st.sampled_from([0.0, 1.0, 5.0]))),
            unit=draw(st.sampled_from(["t", "t", "kg"])),
            value=draw(maybe(st.sampled_from([1.0, 3.0]))),
            currency="EUR",
            evidence=draw(st.sampled_from(["documented", "documented", "inferred"])),
            confidence=draw(st.sampled_from([1.0, 1.0, 0.4])),
            valid_from=draw(st.sampled_from([None, None, DAYS[0], DAYS[1]])),
            valid_to=draw(st.sampled_from([None, None, DAYS[2]])),
        )
        for a, b, good in pairs
    ]
    statements = draw(
        st.dictionaries(
            st.tuples(st.sampled_from([*PARTIES, "X"]), DATES), st.sampled_from([0.6, 0.9, 1.0]), max_size=3
        )
    )
    coverage = [{"buyer_id": b, "valid_from": day, "coverage": c} for (b, day), c in statements.items()]
    facilities = [
        {
            "id": p,
            "name": p,
            "country": draw(st.sampled_from(["MY", "ID"])),
            "operator_id": draw(maybe(st.sampled_from(["C", "D"]))),
        }
        for p in PARTIES
    ]
    ownership = [
        oracles.owns(a, b, draw(st.sampled_from([None, 49.9, 50.0, 100.0])), valid_from=draw(DATES))
        for a, b in draw(
            st.lists(st.tuples(st.sampled_from("CD"), st.sampled_from(["C", "D", *PARTIES])), max_size=4, unique=True)
        )
    ]
    findings = [
        oracles.finding(
            subject,
            draw(st.sampled_from([0.25, 0.5, 1.0])),
            id=f"f{i}",
            confidence=draw(st.sampled_from([1.0, 0.4])),
            category=draw(st.sampled_from(["forced_labour", "forced_labour", "child_labour"])),
            status=draw(st.sampled_from(["standing", "lifted", "retracted"])),
            valid_from=draw(st.sampled_from([None, DAYS[0], DAYS[1]])),
            valid_to=draw(st.sampled_from([None, None, DAYS[2]])),
            includes_subsidiaries=draw(st.booleans()),
            scope_country=draw(maybe(st.sampled_from(["MY", "ID"]))) if subject not in "CD" else None,
        )
        for i, subject in enumerate(draw(st.lists(st.sampled_from(["C", "D", *PARTIES]), max_size=4)))
    ]
    return {
        "organizations": [oracles.brand("X"), {"id": "C", "name": "C"}, {"id": "D", "name": "D"}],
        "facilities": facilities,
        "links": links,
        "ownership": ownership,
        "findings": findings,
        "coverage": coverage,
    }


def usable(tables: dict[str, oracles.Rows], day: str) -> bool:
    """Stated shares of every buyer fit into 1, or into its stated coverage."""
    stated = oracles.stated_coverage(tables["coverage"], day)
    total: dict[str, float] = {}
    for row in tables["links"]:
        if oracles.holds(row, day) and row["share"] is not None:
            total[row["buyer_id"]] = total.get(row["buyer_id"], 0.0) + row["share"]
    return all(given_ <= stated.get(buyer, 1.0) for buyer, given_ in total.items())

"""Deriving is a function of the records, not of their order."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from graph_core.derive import derive
from tests import oracles
from tests.oracles import Said, link, said

YEARS = ("2018", "2019", "2020", "2021")
#: Deriving takes a tenth of a second; to shrink a failing case would take minutes.
CHEAP = settings(deadline=None, max_examples=15, phases=(Phase.explicit, Phase.reuse, Phase.generate))


def shuffled(one: Said, seq: int, random: Any) -> Said:
    """The same rows in another order; `line` keeps the place in the file."""
    frames = {name: frame.sample(frac=1, random_state=random.randrange(10**6)) for name, frame in one.frames.items()}
    return Said(one.source, seq, frames)


@st.composite
def record_sets(draw: st.DrawFn) -> list[Said]:
    """Three sources that name one world: ids are defined once, links by all of them."""
    links = st.builds(
        link,
        st.sampled_from("ABC"),
        st.sampled_from("XY"),
        product=st.sampled_from([None, "palm oil"]),
        volume=st.sampled_from([None, 1.0, 2.0]),
        unit=st.just("t"),
        valid_from=st.sampled_from([None, "2018-01-01", "2020-01-01"]),
        valid_to=st.sampled_from([None, "2021-01-01"]),
        source=st.sampled_from(["p", "q"]),
    )
    held = st.builds(
        lambda supplier, year: link(supplier, "X", list_id=f"X:{year}"), st.sampled_from("ABC"), st.sampled_from(YEARS)
    )
    lists = [{"id": f"X:{y}", "buyer_id": "X", "series": "s", "date": f"{y}-01-01"} for y in YEARS]
    parties = said(
        "parties",
        1,
        organizations=[oracles.brand("X"), {"id": "C1", "name": "C1", "aliases": "b|a"}],
        facilities=[oracles.operates("C1", "A", country="MY", aliases="n|m"), {"id": "B", "name": "B"}],
        findings=[oracles.finding("A"), oracles.finding("C1", includes_subsidiaries=True)],
        ownership=[oracles.owns("C1", "B", 51.0)],
    )
    return [
        parties,
        said("tables", 2, links=draw(st.lists(links, max_size=8))),
        said("lists", 3, lists=lists, links=draw(st.lists(held, max_size=8))),
    ]


@CHEAP
@given(record_sets(), st.randoms(use_true_random=False))
def test_the_order_of_loads_and_rows_does_not_matter(sets: list[Said], random: Any) -> None:
    order = [1, 2, 3]
    random.shuffle(order)
    other = [shuffled(one, seq, random) for one, seq in zip(sets, order, strict=True)]
    random.shuffle(other)
    assert derive(other).hash == derive(sets).hash


@CHEAP
@given(record_sets())
def test_the_same_records_under_the_next_load_number_change_nothing(sets: list[Said]) -> None:
    assert derive([Said(one.source, one.seq + 10, one.frames) for one in sets]).hash == derive(sets).hash


@CHEAP
@given(record_sets())
def test_intervals_of_one_link_do_not_overlap(sets: list[Said]) -> None:
    links = derive(sets)["SUPPLIES"]
    assert links["id"].is_unique
    keys = [links[c].fillna("") for c in ("start", "end", "product", "hs")]
    for _, rows in links.groupby(keys):
        spans = sorted(zip(rows["valid_from"].fillna(""), rows["valid_to"].fillna("9999"), strict=True))
        assert all(begin < end for begin, end in spans)
        assert all(first[1] <= second[0] for first, second in pairwise(spans))


@CHEAP
@given(
    record_sets(), st.sampled_from(["2017-12-31", "2018-01-01", "2019-06-30", "2020-12-31", "2021-01-01", "2025-01-01"])
)
def test_a_day_has_the_links_that_some_statement_holds_on(sets: list[Said], day: str) -> None:
    expected = set()
    for one in sets[1:]:
        rows = one.frames["links"].astype(object).where(lambda f: f.notna(), None).to_dict("records")
        for row in rows:
            begin, end = row["valid_from"], row["valid_to"]
            if row["list_id"]:
                begin = f"{row['list_id'][-4:]}-01-01"
                end = {y: f"{int(y) + 1}-01-01" for y in YEARS[:-1]}.get(row["list_id"][-4:])
            if oracles.holds({"valid_from": begin, "valid_to": end}, day):
                expected.add((row["supplier_id"], row["buyer_id"], row["product"]))
    links = derive(sets)["SUPPLIES"]
    plain = links.astype(object).where(links.notna(), None).to_dict("records")
    rows = [row for row in plain if oracles.holds(row, day)]
    assert {(row["start"], row["end"], row["product"]) for row in rows} == expected
    assert len(rows) == len(expected)

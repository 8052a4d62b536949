"""Finding parties by name, alias and identifier in any script, and with typos."""

from __future__ import annotations

import random
import string

import pandas as pd
import pytest
from rapidfuzz.distance import Levenshtein

from graph_core.graph import Graph, table
from graph_core.search import Grade, Hit, SearchIndex, findings_on, folded, index_of

FACILITIES = [
    {"id": "mill:PO1", "name": "Orsk Spinning Mill", "country": "RU", "os_id": "RU2020123ABCDE7",
     "aliases": ["Орская прядильная фабрика", "奥尔斯克纺纱厂"], "merged_ids": ["old:77"]},
    {"id": "mill:PO2", "name": "Árvíztűrő Fonó", "country": "HU", "aliases": []},
    {"id": "mill:PO3", "name": "مصنع النسيج القاهرة", "country": "EG", "aliases": ["Cairo Weaving"]},
    {"id": "mill:PO4", "name": "Northfold Gin No. 3", "country": "US", "aliases": []},
    {"id": "mill:PO5", "name": "100% Cotton (.*)", "aliases": ["A", "B & C"]},
    {"id": "mill:PO6", "name": "Алёнушка", "aliases": []},
    {"id": "mill:PO7", "name": "Northfold Gin No. 3 of the South", "aliases": []},
]  # fmt: skip
ORGANIZATIONS = [
    {"id": "B1", "name": "Northfold", "brand": True, "country": "GB", "lei": "5493001KJTIIGC8Y1R12",
     "identifiers": ["DUNS:150483782"]},
    {"id": "B2", "name": "Great Northfold", "brand": True},
    {"id": "C1", "name": "FGV Holdings Berhad", "country": "MY"},
    {"id": "C2", "name": "Northfold", "brand": False},
]  # fmt: skip


def graph_of(organizations=ORGANIZATIONS, facilities=FACILITIES, **more) -> Graph:
    tables = {"Organization": pd.DataFrame(organizations), "Facility": pd.DataFrame(facilities), **more}
    return Graph({name: table(name, frame) for name, frame in tables.items()})


@pytest.fixture(scope="module")
def index() -> SearchIndex:
    return SearchIndex(graph_of())


def found(index: SearchIndex, typed: str) -> list[str]:
    return [hit.id for hit in index.find(typed)]


@pytest.mark.parametrize(
    ("typed", "party", "what", "grade"),
    [
        ("B1", "B1", "id", Grade.IDENTIFIER),
        ("mill:po1", "mill:PO1", "id", Grade.IDENTIFIER),
        ("PO1", "mill:PO1", "id", Grade.IDENTIFIER),
        ("5493001kjtiigc8y1r12", "B1", "LEI", Grade.IDENTIFIER),
        ("5493 001K JTII GC8Y 1R12", "B1", "LEI", Grade.IDENTIFIER),
        ("RU-2020-123-ABCDE7", "mill:PO1", "OS ID", Grade.IDENTIFIER),
        ("old:77", "mill:PO1", "id of a merged party", Grade.IDENTIFIER),
        ("15-048-3782", "B1", "DUNS", Grade.IDENTIFIER),
        ("549300", "B1", "LEI", Grade.PART_OF_IDENTIFIER),
        ("ORSK spinning  mill", "mill:PO1", "name", Grade.NAME),
        ("орская прядильная ФАБРИКА", "mill:PO1", "alias", Grade.NAME),
        ("奥尔斯克", "mill:PO1", "alias", Grade.BEGINS),
        ("纺纱", "mill:PO1", "alias", Grade.WITHIN),
        ("orskaya", "mill:PO1", "sound of an alias", Grade.BEGINS),
        ("النسيج", "mill:PO3", "name", Grade.BEGINS),
        ("arvizturo", "mill:PO2", "name", Grade.BEGINS),
        ("árvíztűrő fonó", "mill:PO2", "name", Grade.NAME),
        ("аленушка", "mill:PO6", "name", Grade.NAME),
        ("mill orsk", "mill:PO1", "name", Grade.BEGINS),
        ("psinning", "mill:PO1", "name", Grade.TYPO),
        ("orskspinning mill", "mill:PO1", "name", Grade.TYPO),
        ("прядилная", "mill:PO1", "alias", Grade.TYPO),
        ("FGV Holdings Bhd", "C1", "name", Grade.BEGINS),
        ("b&c", "mill:PO5", "alias", Grade.NAME),
    ],
)
def test_is_found_by(index, typed, party, what, grade):
    hit = index.find(typed)[0]
    assert (hit.id, hit.what, hit.grade) == (party, what, grade)


def test_a_hit_says_who_it_is_and_what_matched(index):
    assert index.find("орская")[0] == Hit(
        "mill:PO1", "Orsk Spinning Mill", "site", "RU", "Орская прядильная фабрика", "alias", Grade.BEGINS
    )
    assert index.find("fgv")[0].kind == "company"
    assert index.find("B1")[0].country == "GB"
    assert index.find("B2")[0].country is None


def test_exact_comes_before_beginning_and_brands_before_others(index):
    # equal names: the brand, then the company; then beginnings: a brand by its second word, then sites, shorter first
    assert found(index, "northfold") == ["B1", "C2", "B2", "mill:PO4", "mill:PO7"]


@pytest.mark.parametrize("typed", ["", " ", "***", ".*", "(", "%", "\n", "zzzzzz", "\ud800"])
def test_finds_nothing(index, typed):
    assert found(index, typed) == []


def test_nothing_is_a_pattern(index):
    assert found(index, "100%") == ["mill:PO5"]
    assert found(index, "100.") == ["mill:PO5"]  # punctuation is folded, not read
    assert {hit.grade for hit in index.find("n.rthf.ld")} == {Grade.TYPO}  # two spaces where letters should be
    assert found(index, "n.*d") == []


def test_short_texts_find_beginnings(index):
    assert found(index, "a")[0] == "mill:PO5"
    assert set(found(index, "n")) >= {"B1", "B2", "C2", "mill:PO4"}
    assert "mill:PO1" in found(index, "厂")


def test_each_party_is_there_once_and_the_limit_holds(index):
    hits = found(index, "or")
    assert len(hits) == len(set(hits))
    assert len(index.find("n", limit=2)) == 2


def test_an_empty_graph_finds_nothing():
    assert SearchIndex(Graph()).find("anything") == []


# --- typos, against all names one by one -----------------------------------------------------------------------------


def made_names(size: int, seed: int) -> list[str]:
    random_ = random.Random(seed)
    syllables = ["ka", "zor", "ven", "tal", "mi", "hu", "пря", "纺", "dra", "é"]
    return [
        "".join(random_.choices(syllables, k=3)) + " " + "".join(random_.choices(syllables, k=2)) for _ in range(size)
    ]


def with_typo(name: str, random_: random.Random) -> str:
    place, letter = random_.randrange(len(name)), random_.choice(string.ascii_lowercase)
    return random_.choice(
        [
            name[:place] + name[place + 1 :],
            name[:place] + letter + name[place:],
            name[:place] + letter + name[place + 1 :],
        ]
    )


def test_one_typo_finds_what_comparing_with_every_name_finds():
    names = made_names(3_000, 1)
    index = SearchIndex(graph_of([], [{"id": f"F{i:05}", "name": name} for i, name in enumerate(names)]))
    random_ = random.Random(2)
    compared = 0
    for name in random_.sample(names, 300):
        typed = with_typo(name, random_)
        distances = [Levenshtein.distance(folded(typed), folded(other)) for other in names]
        if min(distances) != 1 or len(folded(typed)) < 4:
            continue
        best = {f"F{i:05}" for i, distance in enumerate(distances) if distance == 1}
        hits = index.find(typed, limit=200)
        better = {hit.id for hit in hits if hit.grade < Grade.TYPO}
        forgiven = [hit.id for hit in hits if hit.grade is Grade.TYPO]
        assert best <= better | set(forgiven[: len(best)]), (typed, name)
        compared += 1
    assert compared > 200


def test_of_equal_typos_the_nearest_whole_word_comes_first():
    rows = [{"id": f"F{place}", "name": name} for place, name in enumerate(["Kulai", "Batang Kulim", "Kulmar Estate"])]
    index = SearchIndex(graph_of([], rows))
    assert [hit.name for hit in index.find("kulm")] == ["Kulmar Estate", "Batang Kulim", "Kulai"]


def test_the_same_text_gives_the_same_list_in_any_order_of_the_graph():
    names = made_names(400, 3)
    rows = [{"id": f"F{i:05}", "name": name} for i, name in enumerate(names)]
    one, other = SearchIndex(graph_of([], rows)), SearchIndex(graph_of([], rows[::-1]))
    for typed in ("ka", "zorven", "zorvne tal", "纺", "mi hu"):
        assert one.find(typed) == other.find(typed)


# --- the index of a graph, and findings of a day ---------------------------------------------------------------------


def test_an_index_is_built_once_a_graph():
    graph, other = graph_of(), graph_of()
    built = index_of(graph, patience=60)
    assert built is not None
    assert index_of(graph, patience=60) is built
    assert index_of(other, patience=60) is not built


def test_findings_stand_on_their_days_and_only_on_parties():
    findings = [
        {
            "id": "f1",
            "kind": "order",
            "category": "forced_labour",
            "valid_from": "2020-01-01",
            "valid_to": "2021-01-01",
        },
        {"id": "f2", "kind": "listing", "category": "sanction", "valid_from": "2020-06-01"},
        {"id": "f3", "kind": "order", "category": "forced_labour", "status": "retracted"},
        {"id": "f4", "kind": "good_country", "category": "forced_labour"},
    ]
    about = [
        {"id": f"e{place}", "start": f"f{place}", "end": party} for place, party in enumerate(("F", "F", "G", "H"), 1)
    ]
    graph = graph_of(Finding=findings, ABOUT=about)
    assert findings_on(graph, "2020-07-01") == {"F": ("forced_labour", "sanction")}
    assert findings_on(graph, "2021-01-01") == {"F": ("sanction",)}
    assert findings_on(graph, "2019-01-01") == {}

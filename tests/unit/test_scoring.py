"""Scoring of pairs: traps that must not be accepted, spellings that must, and what holds for every pair."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_core.errors import InputError
from graph_core.resolve import records
from graph_core.resolve.compare import PARTS, compare, model
from graph_core.resolve.compare import settings as borders
from graph_core.resolve.learn import cross_validated, fit, own_pairs, registry_pairs, report, write
from graph_core.resolve.score import score_pairs
from loaders import registry
from loaders.base import Options, silent

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
OAR = ("open_supply_hub", "oar_dedupe_training.json")


def real(*parts: str) -> Path:
    path = DATA.joinpath(*parts)
    if not path.exists():
        message = f"the real data set {'/'.join(parts)} is not beside the checkout"
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail(message)
        pytest.skip(message)
    return path


def one(left, right):
    return score_pairs(pd.DataFrame([left]), pd.DataFrame([right])).iloc[0]


def outcome(left: str, right: str, country: str = "CN", other: str | None = None, **cells: object) -> str:
    """Of two names, the same country unless said otherwise; further cells stand on both sides."""
    ours = {"name": left, "country": country, **cells}
    theirs = {"name": right, "country": country if other is None else other, **cells}
    return str(one(ours, theirs)["outcome"])


def level(part: str, left: dict[str, object], right: dict[str, object]) -> str:
    found = compare(pd.DataFrame([left]), pd.DataFrame([right]))
    return model()[part].levels[int(found[part].iloc[0])]


# --- what must never be accepted -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "country"),
    [
        ("Air Products", "Lop County Meixin Hair Products Co., Ltd.", "CN"),
        ("Xinjiang Tianhao Textile Co., Ltd.", "Xinjiang Fulmera Textile Co., Ltd.", "CN"),
        ("Textile Factory", "Textile Factory", "CN"),
        ("No. 1 Factory", "No. 1 Factory", "CN"),
        ("No. 1 Factory", "No. 2 Factory", "CN"),
        ("Xinjiang", "Xinjiang", "CN"),
        ("纺织厂", "纺织厂", "CN"),
        ("Xinjiang Cotton Co., Ltd.", "新疆棉花有限公司", "CN"),
        ("中泽纺织有限公司", "众泽纺织有限公司", "CN"),  # the same sound, another company
        ("Kulim (Malaysia) Sdn. Bhd.", "Kulim (Malaysia) Berhad", "MY"),
        ("Zorvex Ltd Unit 10", "Zorvex Ltd Unit 6", "PK"),
        ("Zorvex Garments", "Zorvek Garments", "BD"),
        ("Golden Mulvari Footwear", "Golden Footwear", "VN"),
        ("", "", "CN"),
    ],
)
def test_these_are_never_accepted_by_name(left: str, right: str, country: str) -> None:
    assert outcome(left, right, country) != "accepted"
    assert outcome(right, left, country) != "accepted"


def test_one_word_of_a_longer_name_alone_is_none_and_at_most_review_with_an_address() -> None:
    assert outcome("Zorvex Textile", "Zorvex Mulvari Textile") == "none"
    assert outcome("Zorvex Textile", "Zorvex Mulvari Textile", address="14 Luoqing Road, Keqiao") != "none"


def test_a_name_that_says_nothing_is_none_by_name_and_at_most_review_with_an_address() -> None:
    assert outcome("Textile Factory", "Textile Factory") == "none"
    assert outcome("Textile Factory", "Textile Factory", address="14 Luoqing Road, Keqiao") == "review"


def test_two_countries_and_an_unknown_country_are_never_accepted() -> None:
    name, place = "Zorvex Mulvari Ltd", {"address": "14 Luoqing Road, Keqiao"}
    assert outcome(name, name, "CN", **place) == "accepted"
    assert outcome(name, name, "CN", "VN", **place) == "review"
    assert outcome(name, name, "CN", "", **place) == "review"
    assert outcome(name, name, "", "", **place) == "review"


LEI, OTHER_LEI = "LEI:5493001KJTIIGC8Y1R12", "LEI:213800WAVVOPS85N2205"
USCC = "USCC:91110000600037341L"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (LEI, LEI, "equal"),
        (LEI, "lei_code: 5493 001KJTIIGC8Y1R12", "equal"),
        (LEI, OTHER_LEI, "differ"),
        (LEI, "LEI:213800WAVVOPS85N2206", "absent"),  # wrong check digits say nothing
        (LEI, USCC, "absent"),
        (USCC, USCC, "equal"),
        ("DUNS:15-048-3782", "DUNS:150483782", "equal"),
        ("DUNS:150483782", "DUNS:150483783", "differ"),
        ("DUNS:1504", "DUNS:1504", "absent"),
        ("OSID:CN2021250D1DTN7", "OSID:CN2021250D1DTN7", "equal"),
        ("Wikirate:12", "Wikirate:12", "absent"),
    ],
)
def test_identifiers_count_where_they_can_be_right(left: str, right: str, expected: str) -> None:
    assert level("identifiers", {"identifiers": [left]}, {"identifiers": [right]}) == expected


def test_contradicting_identifiers_are_never_accepted_and_equal_ones_are_strong() -> None:
    name = "Zorvex Mulvari Ltd"
    apart = one(
        {"name": name, "country": "GB", "address": "14 Luoqing Road", "identifiers": [LEI]},
        {"name": name, "country": "GB", "address": "14 Luoqing Road", "identifiers": [OTHER_LEI]},
    )
    assert apart["outcome"] != "accepted"
    assert any("contradict" in reason for reason in apart["reasons"])
    assert outcome("Zorvex Mulvari Ltd", "ZORVEX MULVARI LIMITED", "GB", identifiers=[LEI]) == "accepted"


# --- spellings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "country"),
    [
        ("PT. Pan Brothers", "Pan Brothers, PT", "ID"),
        ("PT. Pan Brothers Tbk", "Pan Brothers Tbk PT", "ID"),
        ("Zorvex Mulvari Pvt. Ltd.", "ZORVEX MULVARI PRIVATE LIMITED", "IN"),
        ("Kelvarra Bhd", "Kelvarra Berhad", "MY"),
        ("Kelvarra Sdn. Bhd.", "KELVARRA SENDIRIAN BERHAD", "MY"),
        ("Zorvex Textile Co., Ltd.", "Zorvex Textile Company Limited", "CN"),
        ("塔美拉棉业有限公司", "塔美拉棉业有限公司", "CN"),
        ("ООО «Волдарин Текстиль»", "Волдарин Текстиль ООО", "RU"),
        ("Çağrıbey Tekstil San. ve Tic. A.Ş.", "CAGRIBEY TEKSTIL SANAYI VE TICARET AS", "TR"),
        ("Công ty TNHH Việt Kha Phong", "Cong ty TNHH Viet Kha Phong", "VN"),
    ],
)
def test_one_name_in_two_spellings_is_accepted_in_one_country(left: str, right: str, country: str) -> None:
    assert outcome(left, right, country) == "accepted"


@pytest.mark.parametrize(
    ("left", "right", "country"),
    [
        ("PT. Pan Brothers", "Pan Brothers Tbk PT", "ID"),
        ("ООО Волдарин Текстиль", "Voldarin Tekstil LLC", "RU"),
        ("浙江洛清纺织有限公司", "Zhejiang Luoqing Textile Co., Ltd.", "CN"),
        ("Zorvex Mulvari", "Zorvex Mulvari Ltd", "BD"),
        ("Sang Woo (Cambodia) Co Ltd", "Sangwoo Cambodia Co Ltd", "KH"),
    ],
)
def test_what_may_be_one_waits_for_a_person_and_an_address_settles_it(left: str, right: str, country: str) -> None:
    assert outcome(left, right, country) == "review"
    assert outcome(left, right, country, address="No. 88 Fengtai Road, Keqiao District 312030") in {
        "accepted",
        "review",
    }


def test_an_address_settles_what_a_name_alone_does_not() -> None:
    name = ("Sang Woo (Cambodia) Co Ltd", "Sangwoo Cambodia Co Ltd", "KH")
    assert outcome(*name, address="Phum Tapangveng 14, Samroungtong") == "accepted"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("Zorvex Mulvari Ltd", "ZORVEX MULVARI LIMITED", "equal"),
        ("Mulvari Zorvex", "Zorvex Mulvari", "spelling"),
        ("m e r c u r y appar e l", "mercury apparel", "spelling"),
        ("Волдарин", "Voldarin", "sound"),
        ("Zorvexandra Garments", "Zorvexandra Garment", "close"),
        ("Zorvex Textile", "Zorvex Footwear Export", "stem"),
        ("Zorvex Mulvari Textile", "Zorvex Bexandro Mulvari Textile", "held"),
        ("Zorvex Textile", "Zorvex Mulvari Textile", "word"),
        ("Vardhan Tirumala Knit", "VTK", "initials"),
        ("Zorvex", "Mulvari", "different"),
        ("中泰化学", "众泰化学", "different"),
        ("", "Zorvex", "absent"),
    ],
)
def test_levels_of_names(left: str, right: str, expected: str) -> None:
    assert level("name", {"name": left}, {"name": right}) == expected
    assert level("name", {"name": right}, {"name": left}) == expected


def test_an_alias_in_any_script_counts() -> None:
    ours = {"name": "Luoqing Textile Co., Ltd.", "aliases": ["浙江洛清纺织有限公司"], "country": "CN"}
    theirs = {"name": "浙江洛清纺织有限公司", "country": "CN"}
    assert one(ours, theirs)["outcome"] == "accepted"
    assert one(theirs, ours)["outcome"] == "accepted"


# --- addresses and places --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "address", "house"),
    [
        ("14 Luoqing Road, Keqiao", "No. 14, Luoqing Rd., Keqiao", "same", "same"),
        ("14 Luoqing Road, Keqiao", "Luoqing Roadkeqiao 19", "same", "contradict"),
        ("14 Luoqing Road, Keqiao", "7 Harbour Street, Dongguan", "different", "contradict"),
        ("14 Luoqing Road, Keqiao", "", "absent", "absent"),
        ("Industrial Zone", "Industrial Zone", "absent", "absent"),
    ],
)
def test_levels_of_addresses(left: str, right: str, address: str, house: str) -> None:
    assert level("address", {"address": left}, {"address": right}) == address
    assert level("house", {"address": left}, {"address": right}) == house


@pytest.mark.parametrize(
    ("away", "precision", "expected"),
    [(0.001, "site", "same"), (0.05, "city", "near"), (0.03, "site", "apart"), (3.0, "site", "far"),
     (3.0, "country", "absent"), (0.001, "", "near")],
)  # fmt: skip
def test_distance_against_precision(away: float, precision: str, expected: str) -> None:
    here = {"lat": 30.0, "lon": 120.0, "precision": precision}
    assert level("distance", here, {**here, "lat": 30.0 + away}) == expected


def test_a_point_at_zero_zero_says_nothing() -> None:
    assert level("distance", {"lat": 0, "lon": 0}, {"lat": 0, "lon": 0}) == "absent"


def test_distance_is_that_of_the_great_circle() -> None:
    one_degree = records.Points(np.array([0.5]), np.array([10.0]), np.array([1.0]))
    other = records.Points(np.array([0.5]), np.array([11.0]), np.array([1.0]))
    assert records.distance_km(one_degree, other)[0] == pytest.approx(111.19 * np.cos(np.radians(0.5)), abs=0.05)


def test_sides_of_different_length_are_refused() -> None:
    with pytest.raises(InputError, match="2 rows on the left, 1 right"):
        score_pairs(pd.DataFrame({"name": ["a", "b"]}), pd.DataFrame({"name": ["a"]}))


def test_no_pairs_and_no_columns_are_no_fault() -> None:
    assert score_pairs(pd.DataFrame({"name": []}), pd.DataFrame({"name": []})).empty
    assert score_pairs(pd.DataFrame(index=range(2)), pd.DataFrame(index=range(2)))["outcome"].tolist() == ["none"] * 2


# --- for every pair --------------------------------------------------------------------------------------------------

PARTIES = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Zorvex Ltd", "Zorvex", "ZORVEX Textile Unit 2", "Textile Factory", "中泰", ""])
        | st.text(max_size=25),
        "address": st.sampled_from(["14 Luoqing Road, Keqiao", "Luoqing 9", ""]) | st.text(max_size=30),
        "country": st.sampled_from(["CN", "VN", ""]),
        "lat": st.sampled_from([30.0, 30.001, None]),
        "lon": st.just(120.0),
        "identifiers": st.sampled_from([[], [LEI], [OTHER_LEI]]),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(PARTIES, PARTIES), min_size=1, max_size=6))
def test_a_pair_means_the_same_alone_in_company_and_the_other_way_round(pairs) -> None:
    left, right = pd.DataFrame([a for a, _ in pairs]), pd.DataFrame([b for _, b in pairs])
    together, turned = score_pairs(left, right), score_pairs(right, left)
    pd.testing.assert_frame_equal(together, turned)
    assert together["probability"].between(0, 1).all()
    for place, (a, b) in enumerate(pairs):
        alone = one(a, b)
        assert alone["outcome"] == together["outcome"][place]
        assert alone["reasons"] == together["reasons"][place]
        different = bool(a["country"] and b["country"] and a["country"] != b["country"])
        assert not (different and alone["outcome"] == "accepted")


@pytest.mark.data
def test_no_name_of_the_nike_lists_is_accepted_against_the_uflpa_list() -> None:
    def names(format_name: str, *files: tuple[str, str]) -> pd.DataFrame:
        frames = [
            frame
            for file in files
            for reading in registry.get(format_name).read(real(*file), Options(), silent)
            for frame in reading.records.values()
        ]
        columns = ("name", "subject_name", "subject_aliases", "aliases")
        found = {str(t) for frame in frames for c in columns if c in frame for cell in frame[c].dropna()
                 for t in ([cell] if isinstance(cell, str) else cell)}  # fmt: skip
        return pd.DataFrame({"name": sorted(found), "country": "CN"})  # the worst case: every factory in China

    disclosed = names("nike", ("nike", "nike_imap_2021-02.xls"), ("nike", "nike_imap_2023-08.xls"))
    listed = names("uflpa", ("us_lists", "uflpa_entity_list_2026-07-09.html"))
    assert len(disclosed) > 600
    assert len(listed) >= 140
    rows, columns = np.repeat(np.arange(len(disclosed)), len(listed)), np.tile(np.arange(len(listed)), len(disclosed))
    scored = score_pairs(disclosed.iloc[rows], listed.iloc[columns])
    accepted = np.flatnonzero(scored["outcome"] == "accepted")
    assert [(disclosed["name"].iloc[rows[i]], listed["name"].iloc[columns[i]]) for i in accepted] == []


# --- the data files and what they were learned from ------------------------------------------------------------------


def test_every_part_has_one_silent_level_of_weight_zero_and_weights_that_fall() -> None:
    assert set(PARTS) == set(model())
    for part in model().values():
        assert part.weights[part.silent] == 0
        assert (np.diff(part.weights) <= 0).all()


def test_the_page_shows_the_weights_and_borders_of_the_data() -> None:
    page = (ROOT / "docs" / "identity.md").read_text(encoding="utf-8")
    for name, part in model().items():
        for place, weight in enumerate(part.weights):
            said = part.words[place] or "-"
            assert f"| {name} | {part.levels[place]} | {weight:.2f} | {said} |" in page
    for name, value in borders().items():
        assert f"| `{name}` | {value:g} |" in page


def test_self_made_pairs_are_a_table_of_invented_names_with_valid_identifiers() -> None:
    with (ROOT / "graph_core" / "resolve" / "pairs.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    assert {row["label"] for row in rows} == {"match", "distinct"}
    numbers = [row[f"{side}_identifiers"] for row in rows for side in ("left", "right") if row[f"{side}_identifiers"]]
    assert len(numbers) > 50
    assert all(records.read_identifier(number) for number in numbers)


def test_learning_gives_weights_that_sort_the_self_made_pairs() -> None:
    pairs = own_pairs()
    found = compare(pairs.left, pairs.right)
    chance = cross_validated(found, pairs, folds=3)
    assert chance[pairs.match].mean() > 0.7
    assert chance[~pairs.match].mean() < 0.2
    fitted = fit(found, pairs.match)
    assert all((np.diff(weights) <= 1e-9).all() for weights in fitted.weights.values())


def test_learning_writes_only_weights_and_bias(tmp_path: Path) -> None:
    source = ROOT / "graph_core" / "resolve"
    for name in ("weights.csv", "thresholds.csv"):
        (tmp_path / name).write_text((source / name).read_text(encoding="utf-8"), encoding="utf-8")
    pairs = own_pairs()
    write(fit(compare(pairs.left, pairs.right), pairs.match), tmp_path)
    for name in ("weights.csv", "thresholds.csv"):
        before, after = ((folder / name).read_text(encoding="utf-8").splitlines() for folder in (source, tmp_path))
        changed = [old for old, new in zip(before, after, strict=True) if old != new]
        assert all(old.startswith("bias,") or old.split(",")[0] in PARTS for old in changed)
        assert len(changed) == (1 if name == "thresholds.csv" else len(changed))


@pytest.mark.data
def test_the_weights_are_those_that_the_labelled_pairs_give() -> None:
    first, second = registry_pairs(real(*OAR)), own_pairs()
    assert (int(first.match.sum()), int((~first.match).sum())) == (47, 65)
    left, right = pd.concat([first.left, second.left]), pd.concat([first.right, second.right])
    fitted = fit(compare(left, right), np.concatenate([first.match, second.match]))
    assert fitted.bias == pytest.approx(borders()["bias"], abs=0.02)
    for name, weights in fitted.weights.items():
        np.testing.assert_allclose(weights, model()[name].weights, atol=0.02)


@pytest.mark.data
def test_the_page_shows_what_cross_validation_gives() -> None:
    first, second = registry_pairs(real(*OAR)), own_pairs()
    from graph_core.resolve.evaluate import Labelled

    both = Labelled(
        pd.concat([first.left, second.left], ignore_index=True),
        pd.concat([first.right, second.right], ignore_index=True),
        np.concatenate([first.match, second.match]),
    )
    found = compare(both.left, both.right)
    split = len(first.match)
    sources = {"registry": slice(0, split), "self-made": slice(split, None), "all": slice(None)}
    page = (ROOT / "docs" / "identity.md").read_text(encoding="utf-8")
    for line in report(cross_validated(found, both), found, both, sources).splitlines():
        assert line in page

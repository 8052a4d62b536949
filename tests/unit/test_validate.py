"""Checking rows against the record tables."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from graph_core.errors import InputError
from graph_core.model import COVERAGE, FACILITIES, FINDINGS, LINKS, ORGANIZATIONS, OWNERSHIP, Column, Kind, Table
from loaders.countries import alpha2
from loaders.files.tablefile import read_table
from loaders.validate import Checked, check, check_frame


def checked(table: Table, **columns: list[str]) -> Checked:
    size = len(next(iter(columns.values())))
    frame = pd.DataFrame({name: pd.Series(values, dtype="str") for name, values in columns.items()})
    return check_frame(frame.assign(line=range(2, size + 2)), table, "t.csv")


def one(kind: Kind, value: str, **more: Any) -> Any:
    """Value that a single cell becomes, or the reason why it is rejected."""
    table = Table("t", ("id",), (Column("id", Kind.ID, ""), Column("x", kind, "", **more)), "")
    result = checked(table, id=["A"], x=[value])
    return result.rejects["reason"][0] if len(result.rejects) else result.frame["x"][0]


@pytest.mark.parametrize(
    ("text", "value"),
    [("2021-06-30", "2021-06-30"), ("2020-02-29", "2020-02-29"), ("2021-06-30T12:00:00Z", "2021-06-30")],
)
def test_dates(text: str, value: object) -> None:
    assert one(Kind.DATE, text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2021-13-01", "there is no month 13"),
        ("2021-02-30", "2021-02 has no day 30"),
        ("2021", "is no full date; write the day too, such as 2021-01-01"),
        ("2021-06", "is no full date; write the day too, such as 2021-06-01"),
        ("30/06/2021", "is no date; write YYYY-MM-DD"),
        ("20210630", "is no date"),
        ("soon", "is no date"),
        ("٢٠٢١-٠٦-٣٠", "is no date"),
        ("0000-01-01", "is no date"),
    ],
)
def test_dates_that_are_none(text: str, reason: str) -> None:
    assert reason in one(Kind.DATE, text)


@pytest.mark.parametrize(("text", "value"), [("0.1", 0.1), (".5", 0.5), ("1e-3", 0.001), ("+1", 1.0), ("-0", 0.0)])
def test_numbers(text: str, value: object) -> None:
    assert one(Kind.NUMBER, text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1.2", "is out of range: 0 to 1 (0..1)"),
        ("-0.1", "is out of range"),
        ("0,5", "decimal comma"),
        ("50%", "has a percent sign; write 0.5"),
        ("1.000,5", "separator"),
        ("nan", "is no number"),
        ("inf", "is no number"),
        ("1e999", "too large"),
        ("1_000", "is no number"),
        ("0x1", "is no number"),
        ("n/a", "is no number"),
    ],
)
def test_numbers_that_are_none(text: str, reason: str) -> None:
    assert reason in one(Kind.NUMBER, text, low=0, high=1, unit="0..1")


@pytest.mark.parametrize("text", ["true", "TRUE", "Yes", "y", "1"])
def test_flags_true(text: str) -> None:
    assert one(Kind.FLAG, text) is True or bool(one(Kind.FLAG, text))


@pytest.mark.parametrize("text", ["false", "No", "0"])
def test_flags_false(text: str) -> None:
    assert not one(Kind.FLAG, text)


def test_flag_that_is_none() -> None:
    assert one(Kind.FLAG, "maybe") == "is neither true nor false"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("MY", "MY"),
        ("mys", "MY"),
        ("Malaysia", "MY"),
        ("NA", "NA"),
        ("Namibia", "NA"),
        ("Burma", "MM"),
        ("Congo, Democratic Republic of the", "CD"),
        ("Congo, Republic of the", "CG"),
        ("Korea, South", "KR"),
        ("North Korea", "KP"),
        ("Côte d'Ivoire", "CI"),
        ("Turkey (Türkiye)", "TR"),
        ("Kyrgyz Republic", "KG"),
        ("Eswatini", "SZ"),
        ("Taiwan", "TW"),
        ("UK", "GB"),
        ("U.K.", "GB"),
        ("SL", "SL"),
        ("Bangladesch", "BD"),
        ("République dominicaine", "DO"),
        ("Republique Dominicaine", "DO"),
        ("越南", "VN"),
        ("P.R. China", "CN"),
        ("China (Mainland)", "CN"),
        ("Hong Kong SAR, China", "HK"),
        ("Macao SAR, China", "MO"),
        ("Taiwan, Province of China", "TW"),
        ("Republic of China", "TW"),
        ("U.S.A.", "US"),
        ("Virgin Islands (U.S.)", "VI"),
        ("Congo, Dem. Rep.", "CD"),
        ("Korea (the Democratic People's Republic of)", "KP"),
        ("Palestinian Territory, Occupied", "PS"),
        ("Macedonia, the former Yugoslav Republic of", "MK"),
        ("Ivory Coast", "CI"),
        ("Lao PDR", "LA"),
        ("Viet-Nam", "VN"),
        ("Vietnam - VN", "VN"),
        ("China 中国", "CN"),
        ("Burma (Myanmar)", "MM"),
        ("la République du Niger", "NE"),
        ("Guinea Ecuatorial", "GQ"),
        ("Luxemburgo", "LU"),
    ],
)
def test_countries(text: str, code: str) -> None:
    assert one(Kind.COUNTRY, text) == code


@pytest.mark.parametrize("text", ["Atlantis", "ZZ", "China; Vietnam", "China|Vietnam", "Mal", "156", "Unknown", "N/A"])
def test_no_countries(text: str) -> None:
    assert "is no country" in one(Kind.COUNTRY, text)


@pytest.mark.parametrize(
    "text",
    [
        "Non-China", "Inner Mongolia", "Mongolia, Inner", "Niger Delta", "Niger State", "Jersey City",
        "Atlanta, Georgia", "Georgia, United States", "Oman Street", "Vietnamm Xx", "Vietnamm", "Luxembourg Province",
        "Lebanon, Tennessee", "Chad Smith", "South China", "Cuba Libre Ltd", "Xinjiang, China", "Made in China",
    ],
)  # fmt: skip
def test_a_text_that_contains_the_name_of_a_country_is_none(text: str) -> None:
    """A place, a street or a person that is called like a country, and a name with a word beside it."""
    assert alpha2(text) is None


@pytest.mark.data
def test_every_english_name_of_the_united_nations_is_its_country() -> None:
    """Independent oracle: names and codes side by side in the published table of country codes."""
    path = Path(__file__).parents[2].parent / "shared" / "data" / "countries" / "country-codes.csv"
    if not path.exists():
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail("the table of country codes is not beside the checkout")
        pytest.skip("the table of country codes is not beside the checkout")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = ("official_name_en", "UNTERM English Short", "UNTERM English Formal", "CLDR display name")
    said = {(row[name].strip(), row["ISO3166-1-Alpha-2"]) for row in rows for name in columns if row[name].strip()}
    wrong = {name: (alpha2(name), code) for name, code in said if alpha2(name) not in (code, None)}
    assert not wrong
    unknown = {name for name, code in said if code and alpha2(name) is None}
    assert len(unknown) <= 0.02 * len(said), sorted(unknown)


def test_every_code_is_its_own_country() -> None:
    """Independent oracle: the codes of ISO 3166-1 in use, by alphabet."""
    used = [a + b for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if alpha2(a + b)]
    assert {code: alpha2(code) for code in used if alpha2(code) != code} == {"UK": "GB", "EL": "GR"}
    assert 249 <= len(used) <= 253


def test_ids_are_kept_but_for_outer_space() -> None:
    ids = ["007", "1e5", "NA", "null", "a b", "Ä/ö?#", "=x", "  padded  ", "𝔘|x"]
    result = checked(ORGANIZATIONS, id=ids, name=["n"] * len(ids))
    assert result.frame["id"].tolist() == [*ids[:7], "padded", "𝔘|x"]


def test_empty_cells_take_the_default_and_nothing_else() -> None:
    links = {"disclosure": [""], "evidence": [""], "confidence": [""]}
    row = checked(LINKS, supplier_id=["S"], buyer_id=["B"], **links).frame.iloc[0]
    assert (row["disclosure"], row["evidence"], row["confidence"]) == ("direct", "documented", 1.0)
    assert row[["share", "valid_from", "volume", "source"]].isna().all()
    empty = {"category": [""], "severity": [""], "confidence": [""], "includes_subsidiaries": [""]}
    finding = checked(FINDINGS, id=["F"], **empty).frame.iloc[0]
    assert (finding["category"], finding["severity"], finding["confidence"]) == ("other", 1.0, 1.0)
    assert not finding["includes_subsidiaries"]


def test_a_column_that_is_not_there_says_nothing_not_even_its_default() -> None:
    finding = checked(FINDINGS, id=["F"]).frame.iloc[0]
    assert finding[["category", "severity", "confidence", "includes_subsidiaries", "status"]].isna().all()


def test_columns_are_those_of_the_model() -> None:
    for table, row in ((LINKS, {"supplier_id": ["S"], "buyer_id": ["B"]}), (FINDINGS, {"id": ["F"]})):
        assert list(checked(table, **row).frame.columns) == [*table.names, "line", "original"]


def test_choices_in_any_case() -> None:
    result = checked(FINDINGS, id=list("ABC"), category=["Forced Labor", "child-labour", "slavery"])
    assert result.frame["category"].tolist() == ["forced_labour", "child_labour"]
    assert "is none of forced_labour" in result.rejects["reason"][0]


def test_required_cells() -> None:
    result = checked(FACILITIES, id=["", "B"], name=["x", ""])
    assert result.rejects[["line", "column", "reason"]].to_numpy().tolist() == [
        [2, "id", "is empty, and has to be given"],
        [3, "name", "is empty, and has to be given"],
    ]


def test_any_text_is_taken_but_for_blanks_around_it_and_nul_bytes() -> None:
    texts = ["\u3000a b\x1f", "\u200b", "a\x00b", " \x00 ", "日本\n", "\t"]
    table = Table("t", ("id",), (Column("id", Kind.ID, "", required=True), Column("text", Kind.TEXT, "")), "")
    found = checked(table, id=["1", "2", "3", "4", "5", "6"], text=texts)
    assert found.frame["text"].fillna("-").tolist() == ["a b", "\u200b", "日本", "-"]
    assert found.frame["original"].isna().all()
    assert found.rejects[["line", "value", "reason"]].to_numpy().tolist() == [
        [4, "a\x00b", "holds a NUL byte"],
        [5, " \x00 ", "holds a NUL byte"],
    ]
    ids = checked(table, id=["x\x00", " ", "y "], text=["", "", ""])
    assert ids.frame["id"].tolist() == ["y"]
    assert ids.rejects["reason"].tolist() == ["holds a NUL byte", "is empty, and has to be given"]


def test_intervals_must_not_be_empty() -> None:
    result = checked(
        OWNERSHIP,
        owner_id=["A"] * 3,
        owned_id=["B", "C", "D"],
        valid_from=["2021-01-01"] * 3,
        valid_to=["2021-01-01", "2020-01-01", "2021-01-02"],
    )
    assert result.frame["owned_id"].tolist() == ["D"]
    assert result.rejects["column"].tolist() == ["valid_to", "valid_to"]
    assert result.rejects["reason"].str.contains("ends on or before the day it begins").all()


def test_one_reject_a_row_with_all_its_reasons() -> None:
    result = checked(FACILITIES, id=["A"], name=["x"], lat=["91"], country=["Atlantis"])
    assert len(result.rejects) == 1
    assert (result.rejects["column"][0], result.rejects["value"][0]) == ("country", "Atlantis")
    assert "also lat: is out of range: -90 to 90" in result.rejects["reason"][0]


def test_exact_duplicates_merge_whatever_their_spelling() -> None:
    result = checked(COVERAGE, buyer_id=["B", "B", "B"], coverage=["0.5", "0.50", ".5"])
    assert (result.tally.read, result.tally.loaded, result.tally.merged, result.tally.rejected) == (3, 1, 2, 0)


def test_a_key_with_two_values_rejects_the_second_and_names_the_first() -> None:
    result = checked(ORGANIZATIONS, id=["A", "B", "A"], name=["x", "y", "z"])
    assert result.frame["name"].tolist() == ["x", "y"]
    assert result.rejects[["line", "column", "value"]].to_numpy().tolist() == [[4, "id", "A"]]
    assert "line 2 already says something else" in result.rejects["reason"][0]


def test_a_key_of_several_columns_may_be_partly_empty() -> None:
    result = checked(COVERAGE, buyer_id=["B", "B"], coverage=["0.5", "0.6"])
    assert "line 2 already says something else" in result.rejects["reason"][0]


def test_links_with_one_key_are_all_kept_for_their_figures_add_up() -> None:
    result = checked(LINKS, supplier_id=["S", "S"], buyer_id=["B", "B"], volume=["1", "2"])
    assert result.frame["volume"].tolist() == [1.0, 2.0]


def test_missing_column_is_named_with_the_nearest_header(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.write_text("Suplier ID,buyer_id\nS,B\n")
    with pytest.raises(InputError, match=r"links\.csv: the column 'supplier_id' .* nearest header is 'Suplier ID'"):
        check(read_table(path), LINKS)


def test_unknown_columns_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text("id,name,Colour\nA,x,red\n")
    assert (
        "columns that organizations does not have were not read: Colour"
        in check(read_table(path), ORGANIZATIONS).notes[0]
    )


def test_several_values_in_a_cell() -> None:
    result = checked(ORGANIZATIONS, id=list("AB"), name=["x", "y"], aliases=[" a || b|a ", "|"])
    assert result.frame["aliases"][0] == "a|b"
    assert result.frame["aliases"].isna()[1]

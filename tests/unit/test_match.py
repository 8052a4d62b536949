"""Findings to parties: accepted only on an equal, distinctive name in the same country, and every match says why."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import pytest
import xlrd

from graph_core.graph import table
from graph_core.resolve.match import COLUMNS, match_findings

DATA = Path(__file__).parents[3] / "shared" / "data"


def findings(*rows: Mapping[str, object]) -> pd.DataFrame:
    return table("Finding", pd.DataFrame([{"kind": "order", **row} for row in rows]))


def organizations(*rows: Mapping[str, object]) -> pd.DataFrame:
    return table("Organization", pd.DataFrame(list(rows)))


def facilities(*rows: Mapping[str, object]) -> pd.DataFrame:
    return table("Facility", pd.DataFrame([{"placeholder": False, **row} for row in rows]))


def sites(*pairs: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(list(pairs), columns=["party", "country"]).astype("str")


def outcome(found: pd.DataFrame) -> dict[tuple[str, str], tuple[str, str]]:
    pairs = zip(found["finding"], found["party"], strict=True)
    return dict(zip(pairs, zip(found["outcome"], found["rule"], strict=True), strict=True))


def match_one(
    said: str,
    written: str,
    said_country: str | None = "MY",
    country: str | None = "MY",
    where: Callable[..., pd.DataFrame] = facilities,
) -> pd.DataFrame:
    one = where({"id": "P", "name": written, "country": country})
    none = table("Organization") if where is facilities else table("Facility")
    both = (none, one) if where is facilities else (one, none)
    return match_findings(findings({"id": "F", "subject_name": said, "subject_country": said_country}), *both, sites())


def test_nothing_gives_an_empty_table_of_the_same_shape() -> None:
    found = match_findings(table("Finding"), table("Organization"), table("Facility"), sites())
    assert list(found.columns) == COLUMNS
    assert found.empty


def test_a_known_id_decides_alone_and_an_unknown_one_leaves_it_to_the_name() -> None:
    found = match_findings(
        findings(
            {"id": "F1", "subject_id": "S1", "subject_name": "Pan Brothers", "subject_country": "ID"},
            {"id": "F2", "subject_id": "gone", "subject_name": "Pan Brothers", "subject_country": "ID"},
        ),
        organizations({"id": "O1", "name": "Pan Brothers", "country": "ID"}),
        facilities({"id": "S1", "name": "Textile Factory", "country": "XK"}),
        sites(),
    )
    assert outcome(found) == {("F1", "S1"): ("accepted", "id"), ("F2", "O1"): ("accepted", "equal_name")}


def test_a_placeholder_organization_is_no_candidate_by_name() -> None:
    waiting = organizations({"id": "ZORVEX BERHAD", "name": "ZORVEX BERHAD", "country": None, "placeholder": True})
    said = findings({"id": "F", "subject_name": "Zorvex Bhd", "subject_country": "MY"})
    assert match_findings(said, waiting, table("Facility"), sites()).empty


def test_an_id_may_be_a_placeholder() -> None:
    found = match_findings(
        findings({"id": "F", "subject_id": "S"}),
        table("Organization"),
        facilities({"id": "S", "name": "S", "placeholder": True}),
        sites(),
    )
    assert outcome(found) == {("F", "S"): ("accepted", "id")}


def test_a_placeholder_never_matches_by_name() -> None:
    found = match_findings(
        findings({"id": "F", "subject_name": "Pan Brothers", "subject_country": "ID"}),
        table("Organization"),
        facilities({"id": "S", "name": "Pan Brothers", "placeholder": True}),
        sites(),
    )
    assert found.empty


def test_a_good_in_a_country_is_about_no_party() -> None:
    found = match_findings(
        findings({"id": "F", "kind": "good_country", "subject_name": "Pan Brothers", "subject_country": "ID"}),
        organizations({"id": "O", "name": "Pan Brothers", "country": "ID"}),
        table("Facility"),
        sites(),
    )
    assert found.empty


@pytest.mark.parametrize("where", [organizations, facilities])
def test_an_equal_name_in_the_same_country_is_accepted_with_its_reason(where: Callable[..., pd.DataFrame]) -> None:
    found = match_one("FGV Holdings Berhad", "FGV HOLDINGS BHD", where=where)
    assert outcome(found) == {("F", "P"): ("accepted", "equal_name")}
    assert found["reason"][0] == (
        "equal name 'FGV HOLDINGS BHD' after unifying spelling and legal forms, same country MY"
    )


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("Lop County Meixin Hair Products Co., Ltd.", "Air Products"),
        ("Air Products", "Lop County Meixin Hair Products"),
        ("Sime Darby Plantation Berhad", "SIME DARBY"),
        ("Textile Factory", "Textile Factory"),
        ("Xinjiang Cotton Co., Ltd.", "Xinjiang Cotton Co., Ltd."),
        ("新疆纺织有限公司", "新疆纺织有限公司"),
        ("UNKNOWN", "UNKNOWN"),
    ],
)
@pytest.mark.parametrize("country", ["MY", None])
def test_no_candidate_at_all(said: str, written: str, country: str | None) -> None:
    assert match_one(said, written, country, country).empty


def test_another_country_is_no_candidate() -> None:
    assert match_one("Pan Brothers", "Pan Brothers", "ID", "VN").empty


@pytest.mark.parametrize(
    ("said", "country", "lacking"), [(None, "ID", "the finding"), ("ID", None, "the party"), (None, None, "both")]
)
def test_a_name_without_a_country_waits(said: str | None, country: str | None, lacking: str) -> None:
    found = match_one("PT. Pan Brothers", "PT Pan Brothers", said, country)
    assert outcome(found) == {("F", "P"): ("review", "equal_name_no_country")}
    assert found["reason"][0].endswith(f"no country is stated for {lacking}")


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("Kulim Sdn Bhd", "Kulim Bhd"),
        ("Muster Ltd", "Muster LLC"),
        ("Muster Ltd", "Muster"),
        ("PT Pan Brothers", "PT Pan Brothers Tbk"),
    ],
)
def test_another_legal_form_waits(said: str, written: str) -> None:
    found = match_one(said, written)
    assert outcome(found) == {("F", "P"): ("review", "equal_core_other_form")}
    assert "legal form" in found["reason"][0]


def test_another_legal_form_waits_where_a_country_is_missing_too() -> None:
    found = match_one("Muster Ltd", "Muster", said_country=None)
    assert outcome(found) == {("F", "P"): ("review", "equal_core_other_form")}
    assert "no country is stated for the finding" in found["reason"][0]
    assert match_one("Muster Ltd", "Muster", said_country="MY", country="ID").empty


def test_a_finding_matches_by_any_of_its_names_and_the_strongest_rule_stays() -> None:
    found = match_findings(
        findings(
            {
                "id": "F",
                "subject_name": "Luopu Meixin Co., Ltd.",
                "subject_aliases": ["洛浦县美欣发制品有限公司", "Meixin Wigs Ltd", "Textile Factory"],
                "subject_country": "CN",
            }
        ),
        table("Organization"),
        facilities(
            {"id": "A", "name": "Meixin", "aliases": ["洛浦县美欣 发制品 有限公司"], "country": "CN"},
            {"id": "B", "name": "Textile Factory", "country": "CN"},
            {"id": "C", "name": "MEIXIN WIGS", "aliases": ["Meixin Wigs Limited"], "country": "CN"},
        ),
        sites(),
    )
    assert outcome(found) == {("F", "A"): ("accepted", "equal_name"), ("F", "C"): ("accepted", "equal_name")}


def test_a_company_without_a_country_has_those_of_its_sites() -> None:
    found = match_findings(
        findings({"id": "F", "subject_name": "Sime Darby Plantation Berhad", "subject_country": "MY"}),
        organizations(
            {"id": "parent", "name": "SIME DARBY PLANTATION BHD"},
            {"id": "group", "name": "SIME DARBY PLANTATION BHD."},
            {"id": "short", "name": "SIME DARBY"},
            {"id": "stated", "name": "Sime Darby Plantation Bhd", "country": "PG"},
        ),
        table("Facility"),
        sites(*[("parent", "MY")] * 38, ("parent", "ID"), ("group", "PG"), ("short", "MY"), ("stated", "MY")),
    )
    assert outcome(found) == {("F", "parent"): ("accepted", "equal_name")}
    assert "same country MY (that of 38 of its 39 sites)" in found["reason"][0]


def test_sites_whose_country_is_unknown_are_no_country() -> None:
    organization = organizations({"id": "O", "name": "Pan Brothers"})
    finding = findings({"id": "F", "subject_name": "Pan Brothers", "subject_country": "ID"})
    unknown = pd.DataFrame({"party": ["O"], "country": [None]}, dtype="str")
    found = match_findings(finding, organization, table("Facility"), unknown)
    assert outcome(found) == {("F", "O"): ("review", "equal_name_no_country")}


def test_two_sites_of_one_name_in_one_country_wait() -> None:
    found = match_findings(
        findings({"id": "F", "subject_name": "Pan Brothers", "subject_country": "ID"}),
        table("Organization"),
        facilities(
            {"id": "A", "name": "Pan Brothers", "country": "ID"},
            {"id": "B", "name": "PAN BROTHERS", "country": "ID"},
            {"id": "C", "name": "Pan Brothers", "country": "VN"},
        ),
        sites(),
    )
    assert outcome(found) == {
        ("F", "A"): ("review", "equal_name_several"),
        ("F", "B"): ("review", "equal_name_several"),
    }
    assert found["reason"].str.contains("but 2 facilities there have it").all()


def test_a_company_and_its_own_site_of_one_name_are_both_meant() -> None:
    found = match_findings(
        findings({"id": "F", "subject_name": "Pan Brothers", "subject_country": "ID"}),
        organizations({"id": "O", "name": "Pan Brothers", "country": "ID"}),
        facilities({"id": "S", "name": "Pan Brothers", "country": "ID"}),
        sites(("O", "ID")),
    )
    assert outcome(found) == {("F", "O"): ("accepted", "equal_name"), ("F", "S"): ("accepted", "equal_name")}


@pytest.mark.parametrize(("name", "expected"), [("Pan Brothers", "review"), ("PT Pan Brothers", "accepted")])
def test_companies_of_one_name_are_one_only_with_a_legal_form(name: str, expected: str) -> None:
    found = match_findings(
        findings({"id": "F", "subject_name": name, "subject_country": "ID"}),
        organizations({"id": "O1", "name": name, "country": "ID"}, {"id": "O2", "name": name, "country": "ID"}),
        table("Facility"),
        sites(),
    )
    assert list(found["outcome"]) == [expected, expected]


def test_the_order_of_the_input_changes_nothing() -> None:
    said = [{"id": f"F{i}", "subject_name": f"Alvo {i % 3} Pan", "subject_country": "ID"} for i in range(9)]
    parties = [{"id": f"S{i}", "name": f"ALVO {i % 5} PAN", "country": "ID"} for i in range(9)]
    there = match_findings(findings(*said), table("Organization"), facilities(*parties), sites())
    back = match_findings(findings(*said).iloc[::-1], table("Organization"), facilities(*parties).iloc[::-1], sites())
    assert len(there) > 9
    pd.testing.assert_frame_equal(there, back)


@pytest.mark.data
def test_no_factory_of_the_real_disclosures_is_on_the_uflpa_list() -> None:
    if not DATA.is_dir():
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail(f"the real data sets are required and {DATA} is absent")
        pytest.skip(f"needs the real data sets in {DATA}")
    entities = json.loads((DATA / "us_lists" / "dhs_uflpa.json").read_text(encoding="utf-8"))["entities"]
    listed = findings(
        *(
            {"id": f"F{i}", "subject_name": e["name"], "subject_aliases": e["aliases"], "subject_country": "CN"}
            for i, e in enumerate(entities)
        )
    )
    names = set()
    for path in sorted((DATA / "nike").glob("*.xls")):
        sheet = xlrd.open_workbook(path).sheet_by_index(0)
        rows = [sheet.row_values(number) for number in range(sheet.nrows)]
        header = next(row for row in rows if "Factory Name" in row)
        wanted = [header.index(title) for title in ("Factory Name", "Supplier Group")]
        names |= {str(row[column]) for row in rows[rows.index(header) + 1 :] for column in wanted}
    assert len(names) > 600
    # In the worst case, every factory in China and every one in no stated country.
    for country in ("CN", None):
        disclosed = facilities(
            *({"id": f"S{i}", "name": name, "country": country} for i, name in enumerate(sorted(names)))
        )
        found = match_findings(listed, table("Organization"), disclosed, sites())
        assert found.empty, found.to_string()


ZORVEX = "Zorvex Textile Co., Ltd."


def test_an_entry_of_a_list_is_itself_and_whoever_bears_its_name() -> None:
    listed = findings(
        {"id": "F", "subject_id": "NK-1", "subject_name": "Zorvex Textile Co., Ltd.", "subject_country": "CN"}
    )
    entry = {"id": "NK-1", "name": "Zorvex Textile Co., Ltd.", "country": "CN", "sources": ["list"]}
    companies = table("Organization", pd.DataFrame([entry]))
    supplier = facilities({"id": "S", "name": "ZORVEX TEXTILE CO LTD", "country": "CN", "sources": ["disclosures"]})
    own = match_findings(listed.assign(sources=pd.Series([["list"]])), companies, supplier, sites())
    assert own[["party", "rule", "outcome"]].to_numpy().tolist() == [
        ["NK-1", "id", "accepted"],
        ["S", "equal_name", "accepted"],
    ]
    given = match_findings(listed.assign(sources=pd.Series([["the team"]])), companies, supplier, sites())
    assert given["party"].tolist() == ["NK-1"], "an id that a person gave speaks of that party alone"

"""Bills of lading: every trap on small files, sums against a plain count, and what the links mean in the graph."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmarks import bills
from graph_core.day import Day, Parameters
from graph_core.derive import derive
from graph_core.errors import InputError
from graph_core.graph import Graph, in_force
from graph_core.store.base import RecordSet
from loaders import quarantine, schemas
from loaders.base import Options, Reading, silent
from loaders.files.tablefile import read_table
from loaders.formats.bills_of_lading import loader as bills_of_lading
from loaders.formats.bills_of_lading import shipments
from loaders.formats.bills_of_lading.cells import hs_codes, kilograms
from loaders.formats.bills_of_lading.loader import LOADER
from loaders.formats.bills_of_lading.parties import Standing, is_forwarder, named

PANJIVA = {
    "Bill of Lading Number": "",
    "Arrival Date": "2021-03-01",
    "Consignee": "Buyer Inc",
    "Consignee Full Address": "1 Road, Houston",
    "Consignee Ultimate Parent": "",
    "Shipper": "Maker Ltd",
    "Shipper Country": "China",
    "Notify Party": "",
    "Shipment Origin": "China",
    "Port of Lading": "Shanghai",
    "Port of Unlading": "Houston",
    "FROB": "false",
    "HS Code": "6109.10",
    "Goods Shipped": "120 CTNS T-SHIRTS PO 77",
    "Weight (kg)": "100",
    "Value of Goods (USD)": "1000",
    "Volume (TEU)": "1",
}
AMS = {
    "identifier": "2021030112345",
    "trade_update_date": "2021-03-05",
    "vessel_name": "EVER",
    "port_of_unlading": "Houston",
    "estimated_arrival_date": "2021-03-01",
    "actual_arrival_date": "2021-03-01",
    "consignee_name": "Buyer Inc",
    "consignee_address": "1 Road, Houston",
    "shipper_party_name": "Maker Ltd",
    "shipper_address": "5 Lane, Ningbo",
    "container_number": "C1",
    "description_text": "T-SHIRTS",
    "harmonized_number": "610910",
    "harmonized_value": "1000",
    "harmonized_weight": "100",
    "harmonized_weight_unit": "Kilograms",
}
FORWARDED = "the shipper is a freight forwarder: who made the goods is not named"


def text(base: dict[str, str], *rows: dict[str, str]) -> str:
    """A CSV file of rows that differ from the base; bills are numbered."""
    out = io.StringIO()
    writer = csv.DictWriter(out, base, lineterminator="\n")
    writer.writeheader()
    number = next(iter(base))
    for count, row in enumerate(rows, start=1):
        writer.writerow({**base, number: base[number] or f"B{count}", **row})
    return out.getvalue()


class Read:
    """All readings of a file together."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        self.readings = list(readings)
        self.source = self.readings[0].source
        for reading in self.readings:
            schemas.check(reading.records)
            assert reading.source == self.source
        names = {name for reading in self.readings for name in reading.records}
        self.records = {
            name: pd.concat([r.records[name] for r in self.readings if name in r.records]) for name in names
        }
        self.rejects = pd.concat([reading.rejects for reading in self.readings], ignore_index=True)
        self.notes = [note for reading in self.readings for note in reading.notes]
        tallies = [tally for reading in self.readings for tally in reading.tallies]
        self.counts = tuple(sum(getattr(t, name) for t in tallies) for name in ("read", "loaded", "merged", "rejected"))

    @property
    def links(self) -> list[dict[str, Any]]:
        frame = self.records.get("links", pd.DataFrame())
        return [{str(k): None if pd.isna(v) else v for k, v in row.items()} for row in frame.to_dict("records")]

    @property
    def link(self) -> dict[str, Any]:
        (link,) = self.links
        return link

    @property
    def companies(self) -> dict[str, Any]:
        return {row["name"]: row for row in self.records["organizations"].to_dict("records")}

    @property
    def reasons(self) -> dict[int, str]:
        return dict(zip(self.rejects["line"], self.rejects["reason"], strict=True))


def read(tmp_path: Path, content: str | bytes, name: str = "bills.csv", **options: str) -> Read:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Read(LOADER.read(path, Options(**options), silent))


def panjiva(tmp_path: Path, *rows: dict[str, str], **options: str) -> Read:
    return read(tmp_path, text(PANJIVA, *rows), **options)


def ams(tmp_path: Path, *rows: dict[str, str], **options: str) -> Read:
    return read(tmp_path, text(AMS, *rows), **options)


# --- one link


def test_many_bills_make_one_link(tmp_path: Path) -> None:
    found = panjiva(
        tmp_path,
        {"Arrival Date": "2021-03-09", "Weight (kg)": "1,234.5", "Value of Goods (USD)": "$2,000"},
        {"Arrival Date": "2021-01-05"},
        {"Arrival Date": "2021-06-30", "Weight (kg)": "", "Value of Goods (USD)": ""},
    )
    link = found.link
    assert (link["supplier_id"], link["buyer_id"]) == ("company:Maker Ltd", "company:Buyer Inc")
    assert (link["volume"], link["unit"], link["value"], link["currency"]) == (1334.5, "kg", 3000.0, "USD")
    assert (link["valid_from"], link["valid_to"]) == ("2021-01-05", "2022-06-30")
    assert (link["first_seen"], link["last_seen"], link["records"]) == ("2021-01-05", "2021-06-30", 3)
    assert (link["hs"], link["product"], link["line"]) == ("610910", None, 2)
    assert (link["disclosure"], link["evidence"], link["confidence"]) == ("direct", "documented", 1.0)
    assert json.loads(link["original"]) == {"product": "120 CTNS T-SHIRTS PO 77", "hs": "6109.10"}
    assert found.counts == (3, 3, 0, 0)
    maker, buyer = found.companies["Maker Ltd"], found.companies["Buyer Inc"]
    assert (maker["country"], buyer["address"]) == ("CN", "1 Road, Houston")
    assert pd.isna(maker["roles"])
    assert pd.isna(buyer["roles"])
    assert found.source["id"] == f"bills-of-lading:{str(found.source['sha256'])[:12]}"
    assert found.readings[0].replace


def test_another_good_is_another_link(tmp_path: Path) -> None:
    found = panjiva(tmp_path, {}, {"HS Code": "6110.20"}, {"HS Code": ""})
    assert [link["hs"] for link in found.links] == ["610910", "611020", None]


def test_a_good_that_is_known_by_name_is_the_product(tmp_path: Path) -> None:
    found = panjiva(tmp_path, {"Goods Shipped": "Crude Palm Oil"}, {"Goods Shipped": "PALM OIL FREE SOAP"})
    assert [link["product"] for link in found.links] == ["crude palm oil", None]


@pytest.mark.parametrize(
    ("days", "intervals"),
    [
        (["2020-01-01", "2020-12-31"], [("2020-01-01", "2021-12-31")]),  # 365 days
        (["2020-01-01", "2021-01-01"], [("2020-01-01", "2020-12-31"), ("2021-01-01", "2022-01-01")]),  # 366 days
        (["2021-05-01", "2018-05-01"], [("2021-05-01", "2022-05-01"), ("2018-05-01", "2019-05-01")]),
        (["2020-02-28"], [("2020-02-28", "2021-02-27")]),
    ],
)
def test_a_year_without_arrivals_ends_a_link(tmp_path: Path, days: list[str], intervals: list[tuple[str, str]]) -> None:
    found = panjiva(tmp_path, *({"Arrival Date": day} for day in days))
    assert [(link["valid_from"], link["valid_to"]) for link in found.links] == intervals


def test_the_year_is_one_constant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipments, "STANDS", 40)
    found = panjiva(tmp_path, {"Arrival Date": "2020-01-01"}, {"Arrival Date": "2020-02-11"})
    assert [link["valid_to"] for link in found.links] == ["2020-02-10", "2020-03-22"]


# --- AMS: units, containers, days


def test_lines_of_one_bill_add_up_and_it_counts_once(tmp_path: Path) -> None:
    found = ams(
        tmp_path,
        {"container_number": "C1", "harmonized_weight": "100"},
        {"container_number": "C2", "harmonized_weight": "100"},
        {"container_number": "C2", "harmonized_number": "611020", "harmonized_weight": "7"},
    )
    shirts, jerseys = found.links
    assert (shirts["volume"], shirts["value"], shirts["records"]) == (200.0, 2000.0, 1)
    assert (jerseys["volume"], jerseys["records"]) == (7.0, 1)
    assert pd.isna(found.companies["Maker Ltd"]["country"])
    assert found.companies["Maker Ltd"]["address"] == "5 Lane, Ningbo"


def test_units_of_weight_become_kilograms(tmp_path: Path) -> None:
    found = ams(
        tmp_path,
        {"identifier": "1", "harmonized_weight_unit": "KG"},
        {"identifier": "2", "harmonized_weight_unit": "LBS"},
        {"identifier": "3", "harmonized_weight_unit": "T"},
        {"identifier": "4", "harmonized_weight_unit": "Pounds"},
    )
    assert found.link["volume"] == pytest.approx(100 + 2 * 45.359237 + 100_000)
    assert (found.link["unit"], found.link["records"]) == ("kg", 4)


def test_a_unit_that_is_none_of_weight_stays_apart(tmp_path: Path) -> None:
    found = ams(tmp_path, {"identifier": "1"}, {"identifier": "2", "harmonized_weight_unit": "CBM"})
    assert [(link["volume"], link["unit"]) for link in found.links] == [(100.0, "kg"), (100.0, "CBM")]
    assert len({link["valid_to"] for link in found.links}) == 1
    assert kilograms("CBM") is None


def test_a_weight_without_a_unit_is_not_used(tmp_path: Path) -> None:
    found = ams(tmp_path, {"identifier": "1"}, {"identifier": "2", "harmonized_weight_unit": ""})
    assert (found.link["volume"], found.link["records"]) == (100.0, 2)
    assert any("1 rows give a weight without a unit" in note for note in found.notes)


def test_the_actual_arrival_counts_before_the_estimated(tmp_path: Path) -> None:
    found = ams(
        tmp_path,
        {"identifier": "1", "estimated_arrival_date": "2021-01-01", "actual_arrival_date": "2021-01-09"},
        {"identifier": "2", "estimated_arrival_date": "2021-02-01", "actual_arrival_date": ""},
        {"identifier": "3", "estimated_arrival_date": "", "actual_arrival_date": ""},
        {"identifier": "4", "estimated_arrival_date": "soon", "actual_arrival_date": ""},
    )
    assert (found.link["first_seen"], found.link["last_seen"]) == ("2021-01-09", "2021-02-01")
    assert found.rejects["column"].tolist() == ["actual_arrival_date", "estimated_arrival_date"]
    assert found.rejects["value"].tolist() == ["", "soon"]


def test_a_file_may_have_estimated_arrivals_alone(tmp_path: Path) -> None:
    base = {key: value for key, value in AMS.items() if key != "actual_arrival_date"}
    found = read(tmp_path, text(base, {}, {"estimated_arrival_date": ""}))
    assert found.counts == (2, 1, 0, 1)
    assert found.rejects["column"].tolist() == ["estimated_arrival_date"]


def test_a_bill_that_was_taken_back_is_no_import(tmp_path: Path) -> None:
    base = {**AMS, "record_status_indicator": "New"}
    found = read(tmp_path, text(base, {}, {"identifier": "2", "record_status_indicator": "Deleted"}))
    assert found.counts == (2, 1, 0, 1)
    assert "is a bill that was taken back" in found.reasons[3]


# --- forwarders


@pytest.mark.parametrize(
    "name",
    [
        *("DHL Global Forwarding (China) Co., Ltd.", "ABC FREIGHT FORWARDING LTD", "Pacific Logistics Inc"),
        *("C.H. Robinson International", "Kühne & Nagel Ltd", "KUEHNE + NAGEL INC", "Maersk Line A/S"),
        *(
            "Expeditors Int'l",
            "XYZ Shipping Co",
            "Ocean NVOCC Ltd",
            "TRANSLOGIC CUSTOMS BROKERS",
            "MSC MEDITERRANEAN SA",
        ),
    ],
)
def test_forwarders_are_known_by_words(name: str) -> None:
    assert named(name).standing is Standing.FORWARDER


@pytest.mark.parametrize(
    "name",
    [
        *("Lop County Meixin Hair Products", "Harbor Freight Tools USA", "Shippingport Mills", "Biologistics Labs"),
        *(
            "Cargotec Oyj",
            "Freightliner Trucks",
            "Zhejiang Logistics Equipment Co",
            "The DHLA Company",
            "Forwardia Ltd",
        ),
        *("Carl Kühne KG", "MSC Industrial Direct", "Express LLC", "Ceva Animal Health", "Navigator Textiles"),
    ],
)
def test_parts_of_words_make_no_forwarder(name: str) -> None:
    assert named(name).standing is Standing.PARTY


def test_a_bill_of_a_forwarder_makes_no_link(tmp_path: Path) -> None:
    found = panjiva(tmp_path, {}, {"Shipper": "Blue Logistics Ltd"}, {"Consignee": "DHL Global Forwarding"})
    assert found.link["records"] == 1
    assert found.counts == (3, 1, 0, 2)
    assert found.rejects[["column", "value"]].to_numpy().tolist() == [
        ["Shipper", "Blue Logistics Ltd"],
        ["Consignee", "DHL Global Forwarding"],
    ]
    assert found.reasons[3].startswith(FORWARDED)
    assert "who buys the goods is not named" in found.reasons[4]
    companies = found.companies
    assert companies["Blue Logistics Ltd"]["roles"] == companies["DHL Global Forwarding"]["roles"] == "forwarder"
    assert any("1 rows have a freight forwarder as shipper" in note for note in found.notes)


def test_a_file_of_forwarders_alone_still_says_who_they_are(tmp_path: Path) -> None:
    found = panjiva(tmp_path, {"Shipper": "Blue Logistics Ltd"})
    assert "links" not in found.records
    assert list(found.companies) == ["Blue Logistics Ltd"]


@pytest.mark.parametrize(
    ("name", "party"),
    [
        ("DHL O/B ACME MILLS LTD", "ACME MILLS LTD"),
        ("Blue Logistics on behalf of Acme Mills", "Acme Mills"),
        ("ACME MILLS C/O EXPEDITORS INTL", "ACME MILLS"),
        ("Acme Mills c/o Warehouse 9", "Acme Mills c/o Warehouse 9"),  # no forwarder: the name is what it is
    ],
)
def test_a_party_beside_a_forwarder_is_the_party(name: str, party: str) -> None:
    assert (named(name).name, named(name).standing) == (party, Standing.PARTY)


def test_two_forwarders_in_one_name_are_none_the_less_forwarders() -> None:
    assert named("DHL O/B BLUE LOGISTICS").standing is Standing.FORWARDER


def test_a_stated_role_overrules_the_name(tmp_path: Path) -> None:
    base = {**PANJIVA, "Shipper Trade Roles": ""}
    found = read(
        tmp_path,
        text(
            base,
            {"Shipper": "Blue Logistics Ltd", "Shipper Trade Roles": "Manufacturer"},
            {"Shipper": "Acme Mills", "Shipper Trade Roles": "Freight Forwarder"},
            {"Shipper": "Red Logistics Ltd", "Shipper Trade Roles": "Manufacturer, Logistics"},
        ),
    )
    assert found.link["supplier_id"] == "company:Blue Logistics Ltd"
    assert found.rejects["value"].tolist() == ["Acme Mills", "Red Logistics Ltd"]
    assert is_forwarder("") is None


# --- what is no import, and nobody


@pytest.mark.parametrize("value", ["true", "Yes", "1", "Y", "T"])
def test_freight_remaining_on_board_is_no_import(tmp_path: Path, value: str) -> None:
    found = panjiva(tmp_path, {}, {"FROB": value}, {"FROB": ""}, {"FROB": "No"})
    assert found.counts == (4, 3, 0, 1)
    assert "freight remaining on board" in found.reasons[3]
    assert any("1 rows are freight remaining on board" in note for note in found.notes)


def test_a_mark_that_is_neither_is_refused(tmp_path: Path) -> None:
    found = panjiva(tmp_path, {}, {"FROB": "perhaps"})
    assert found.reasons[3] == "is neither true nor false"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "is not named"),
        ("N/A", "is not named"),
        ("n.a.", "is not named"),
        ("---", "is not named"),
        ("Unknown", "is not named"),
        ("TO ORDER", "is left to order"),
        ("To the order of Bank of Z", "is left to order"),
        ("ORDER OF SHIPPER", "is left to order"),
        ("ORDER", "is left to order"),
    ],
)
def test_a_consignee_that_is_nobody(tmp_path: Path, value: str, reason: str) -> None:
    found = panjiva(tmp_path, {}, {"Consignee": value})
    assert found.counts == (2, 1, 0, 1)
    assert reason in found.reasons[3]
    assert found.rejects["column"].tolist() == ["Consignee"]
    assert set(found.companies) == {"Maker Ltd", "Buyer Inc"}


def test_a_shipper_that_is_nobody(tmp_path: Path) -> None:
    found = panjiva(tmp_path, {}, {"Shipper": "Not available"})
    assert found.reasons[3] == "the shipper is not named; write the maker"


@pytest.mark.parametrize("value", ["ORDER DESK INC", "Made to Order LLC", "Unknown Pleasures Ltd"])
def test_a_company_that_only_sounds_like_nobody(value: str) -> None:
    assert named(value).standing is Standing.PARTY


def test_a_shipment_to_itself_names_no_supplier(tmp_path: Path) -> None:
    found = panjiva(tmp_path, {}, {"Shipper": "BUYER, INC."})
    assert "ships to itself" in found.reasons[3]


def test_several_reasons_are_one_reject(tmp_path: Path) -> None:
    found = panjiva(tmp_path, {}, {"FROB": "1", "Shipper": "", "Weight (kg)": "-5"})
    assert found.counts == (2, 1, 0, 1)
    assert found.rejects["column"].tolist() == ["FROB"]
    assert "; also Shipper: " in found.reasons[3]
    assert "; also Weight (kg): is negative" in found.reasons[3]


# --- days


@pytest.mark.parametrize(
    "value",
    [
        *("2021-03-09", "2021-03-09T10:20:30Z", "2021-03-09 00:00:00.000", "2021/3/9", "20210309", "09-MAR-2021"),
        *("9 March 2021", "Mar 9, 2021", "09Mar2021", "09/03/2021", "9.3.2021", "09-03-2021 11:30"),
    ],
)
def test_days_in_several_shapes(tmp_path: Path, value: str) -> None:
    found = panjiva(tmp_path, {"Arrival Date": value}, {"Arrival Date": "31/03/2021"})
    assert found.counts[1] == 2, found.rejects
    assert found.link["first_seen"] == "2021-03-09"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "is empty"),
        ("soon", "is no date"),
        ("2021-02-30", "is no date"),
        ("13/13/2021", "is no date"),
        ("2021-3", "is no date"),
        ("2021113", "is no date"),
        ("03/25/21", "year of two digits"),
        ("25-MAR-21", "year of two digits"),
        ("1021-03-09", "is not between 1980 and 2099"),
        ("09-XYZ-2021", "is no date"),
    ],
)
def test_days_that_are_none(tmp_path: Path, value: str, reason: str) -> None:
    found = panjiva(tmp_path, {}, {"Arrival Date": value})
    assert reason in found.reasons[3]
    assert found.rejects[["column", "value"]].to_numpy().tolist() == [["Arrival Date", value]]


@pytest.mark.parametrize(
    ("others", "day"),
    [(["12/25/2021"], "2021-03-04"), (["25/12/2021"], "2021-04-03"), (["04.05.2021", "25.12.2021"], "2021-04-03")],
)
def test_the_whole_column_tells_day_from_month(tmp_path: Path, others: list[str], day: str) -> None:
    found = panjiva(tmp_path, {"Arrival Date": "03/04/2021"}, *({"Arrival Date": other} for other in others))
    assert found.link["first_seen"] == day
    assert any("dates such as 03/04/2021 were read with" in note for note in found.notes)


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        (["12/25/2021", "25/12/2021"], "since the column has dates of both orders"),
        (["05/06/2021"], "since no date here has a day after the 12th"),
        (["2021-12-25"], "since no date here has a day after the 12th"),
    ],
)
def test_a_day_that_nothing_tells_is_refused(tmp_path: Path, others: list[str], reason: str) -> None:
    rows = [{"Arrival Date": day} for day in ("03/04/2021", *others, "07/07/2021")]
    found = panjiva(tmp_path, *rows)
    assert reason in found.reasons[2]
    assert max(link["last_seen"] for link in found.links) >= "2021-07-07"  # day and month are the same
    assert not any("were read with" in note for note in found.notes)


def test_a_later_piece_decides_for_an_earlier_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bills_of_lading, "PIECE", 2)
    days = ["03/04/2021", "05/06/2021", "07/08/2021", "2021-01-01", "25/12/2021"]
    found = panjiva(tmp_path, *({"Arrival Date": day} for day in days))
    assert (found.link["records"], found.link["first_seen"]) == (5, "2021-01-01")
    assert found.link["last_seen"] == "2021-12-25"
    found = panjiva(tmp_path, *({"Arrival Date": day} for day in [*days, "12/25/2021"]))
    assert sorted(found.reasons) == [2, 3, 4]


# --- amounts


@pytest.mark.parametrize(
    ("value", "kg"),
    [("1,234.5", 1234.5), ("1,234,567", 1_234_567.0), ("12.50 KG", 12.5), ("1e3", 1000.0), ("0", None), ("", None)],
)
def test_amounts(tmp_path: Path, value: str, kg: float | None) -> None:
    assert panjiva(tmp_path, {"Weight (kg)": value}).link["volume"] == kg


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("-5", "is negative"),
        ("-1,200", "is negative"),
        ("(12)", "is negative"),
        ("1.234,5", "has a decimal comma"),
        ("12,5", "has a decimal comma"),
        ("heavy", "is no number"),
        ("nan", "is no number"),
        ("inf", "is more than any ship carries"),
        ("1e12", "is more than any ship carries (1,000,000,000 kg)"),
        ("12 CBM", "is no number"),
    ],
)
def test_amounts_that_are_none(tmp_path: Path, value: str, reason: str) -> None:
    found = panjiva(tmp_path, {}, {"Weight (kg)": value}, {"Value of Goods (USD)": "-1"})
    assert reason in found.reasons[3]
    assert found.rejects["column"].tolist() == ["Weight (kg)", "Value of Goods (USD)"]


# --- rows of one bill


def test_a_row_that_repeats_its_bill_is_merged(tmp_path: Path) -> None:
    one = {"Bill of Lading Number": "X1"}
    found = panjiva(tmp_path, one, {}, one, {**one, "Weight (kg)": "50"})
    assert found.counts == (4, 3, 1, 0)
    assert (found.link["volume"], found.link["records"]) == (250.0, 2)


def test_the_day_of_publication_makes_no_other_row(tmp_path: Path) -> None:
    found = ams(tmp_path, {}, {"trade_update_date": "2021-04-01"})
    assert found.counts == (2, 1, 1, 0)


def test_repeats_are_found_over_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bills_of_lading, "PIECE", 2)
    one = {"Bill of Lading Number": "X1"}
    found = panjiva(tmp_path, one, {}, {}, one, {}, one)
    assert found.counts == (6, 4, 2, 0)


def test_rows_without_a_bill_number_count_each(tmp_path: Path) -> None:
    found = panjiva(tmp_path, {"Bill of Lading Number": "-"}, *[{"Bill of Lading Number": ""}] * 3)
    assert (found.link["volume"], found.link["records"]) == (400.0, 4)
    assert any("3 rows have no bill number" in note for note in found.notes)
    base = {key: value for key, value in PANJIVA.items() if key != "Bill of Lading Number"}
    assert read(tmp_path, text({"x": "", **base}, {"x": "1"}, {"x": "1"})).link["records"] == 2


def test_the_weight_of_a_whole_bill_counts_once(tmp_path: Path) -> None:
    """Panjiva states weight and value of the bill; a row a code repeats them."""
    one = {"Bill of Lading Number": "X1"}
    found = panjiva(tmp_path, one, {**one, "HS Code": "6110.20"}, {**one, "HS Code": "6110.30"})
    assert [(link["hs"], link["volume"], link["value"], link["records"]) for link in found.links] == [
        ("610910", 100.0, 1000.0, 1),
        ("611020", None, None, 1),
        ("611030", None, None, 1),
    ]
    assert any("2 rows repeat the weight and value of their bill" in note for note in found.notes)


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("6109.10", "610910"),
        ("6109.10.0012", "6109100012"),
        ("HS 6109.10 T-shirts, 100 cotton", "610910"),
        ("6110.20; 6109.10;6110.20", "610910|611020"),
        ("6109.10, 6110.20", "610910|611020"),
        ("6109.10 | 6110.20 jerseys", "610910|611020"),
        ("801.11", "080111"),
        ("80111", "080111"),
        ("6109", "6109"),
        ("100", ""),
        ("0000", ""),
        ("6100", ""),
        ("T-SHIRTS", ""),
        ("6109.10.00.12.34", ""),
        ("", ""),
    ],
)
def test_codes_of_goods(cell: str, codes: str) -> None:
    assert hs_codes(cell) == codes


def test_several_codes_of_one_bill_are_one_good(tmp_path: Path) -> None:
    found = panjiva(tmp_path, {"HS Code": "6110.20; 6109.10"}, {"HS Code": "6109.10; 6110.20"})
    assert (found.link["hs"], found.link["volume"]) == ("610910|611020", 200.0)


# --- companies


def test_the_ultimate_parent_owns_the_consignee(tmp_path: Path) -> None:
    found = panjiva(
        tmp_path,
        {"Consignee Ultimate Parent": "Parent Corp"},
        {"Consignee": "Other Inc", "Consignee Ultimate Parent": "OTHER, INC."},
        {"Consignee": "Third Inc", "Consignee Ultimate Parent": "N/A"},
        {"Consignee": "Fourth Inc", "Consignee Ultimate Parent": "Parent Corp"},
        {"Shipper": "Blue Logistics", "Consignee Ultimate Parent": "No Corp"},
    )
    rows = found.records["ownership"]
    assert rows[["owner_id", "owned_id", "kind"]].to_numpy().tolist() == [
        ["company:Parent Corp", "company:Buyer Inc", "control"],
        ["company:Parent Corp", "company:Fourth Inc", "control"],
    ]
    assert rows["percent"].isna().all()
    assert "Parent Corp" in found.companies
    assert "No Corp" not in found.companies
    assert found.records["organizations"]["id"].is_unique


@pytest.mark.parametrize(
    ("brand", "brands"),
    [("BUYER INC.", {"Buyer Inc"}), ("Parent Corp", {"Buyer Inc"}), ("Maker Ltd", set()), ("Buyer", set())],
)
def test_only_the_user_makes_a_brand(tmp_path: Path, brand: str, brands: set[str]) -> None:
    found = panjiva(tmp_path, {"Consignee Ultimate Parent": "Parent Corp"}, {"Consignee": "Other Inc"}, brand=brand)
    assert {name for name, row in found.companies.items() if row["roles"] == "brand"} == brands
    assert any("no consignee, and no ultimate parent" in note for note in found.notes) != bool(brands)


def test_spellings_are_companies_of_their_own(tmp_path: Path) -> None:
    found = panjiva(tmp_path, {"Shipper": "Maker  Ltd"}, {"Shipper": "MAKER LTD"})
    assert [link["supplier_id"] for link in found.links] == ["company:Maker Ltd", "company:MAKER LTD"]


def test_a_name_in_several_countries_has_none(tmp_path: Path) -> None:
    found = panjiva(
        tmp_path,
        {"Shipper Country": ""},
        {},
        {"Shipper Country": "Viet Nam"},
        {},
        {"Shipper": "Other Ltd", "Shipper Country": "Atlantis"},
    )
    assert pd.isna(found.companies["Maker Ltd"]["country"])
    assert any("1 companies stand with several countries" in note and "Maker Ltd" in note for note in found.notes)
    assert any("these are no countries and were left out: Atlantis" in note for note in found.notes)
    assert found.counts == (5, 5, 0, 0)


# --- files


def test_headers_in_other_words(tmp_path: Path) -> None:
    found = read(tmp_path, "B/L No.;Date of arrival;Shipper Name;CONSIGNEE\n1;2021-03-01;A Ltd;B Ltd\n")
    assert (found.link["supplier_id"], found.link["volume"], found.link["unit"]) == ("company:A Ltd", None, None)


def test_a_column_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no column holds the shipper .*the nearest header is 'Shippers'"):
        read(tmp_path, "Shippers,Consignee,Arrival Date\nA,B,2021-01-01\n")
    with pytest.raises(InputError, match=r"the day of arrival \(such as 'arrival_date' or 'actual_arrival_date'\)"):
        read(tmp_path, "a,b\n1,2\n")


@pytest.mark.parametrize("kind", ["gzip", "jsonl", "parquet"])
def test_other_kinds_of_file(tmp_path: Path, kind: str) -> None:
    content = text(PANJIVA, {}, {"Shipper": "Other Ltd"})
    rows = list(csv.DictReader(content.splitlines()))
    if kind == "gzip":
        found = read(tmp_path, gzip.compress(content.encode()), "bills.csv.gz")
    elif kind == "jsonl":
        found = read(tmp_path, "\n".join(map(json.dumps, rows)), "bills.jsonl")
    else:
        path = tmp_path / "bills.parquet"
        pd.DataFrame(rows).to_parquet(path)
        found = Read(LOADER.read(path, Options(), silent))
    assert [link["supplier_id"] for link in found.links] == ["company:Maker Ltd", "company:Other Ltd"]


def test_a_row_that_cannot_be_read_is_counted(tmp_path: Path) -> None:
    found = read(tmp_path, text(PANJIVA, {}, {}) + "one,cell,too,few\n")
    assert found.counts == (3, 2, 0, 1)
    assert found.reasons[4] == "has 4 cells where the header has 17"


def test_a_file_without_rows(tmp_path: Path) -> None:
    assert panjiva(tmp_path).counts == (0, 0, 0, 0)


# --- a large file, against a plain count


def plain_count(path: Path) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Links of the generated bills by a loop over the rows; they leave no gap of a year."""
    links: dict[tuple[str, str, str], dict[str, Any]] = {}
    seen = set()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if "Logistics" in row["Shipper"] or row["Consignee"].startswith("To order") or tuple(row.values()) in seen:
                continue
            seen.add(tuple(row.values()))
            key = (row["Shipper"], row["Consignee"], row["HS Code"].replace(".", ""))
            link = links.setdefault(key, defaultdict(float))
            link["volume"] += float(row["Weight (kg)"])
            link["value"] += float(row["Value of Goods (USD)"])
            link["records"] += 1
            link["first"] = min(link["first"] or "9999", row["Arrival Date"])
            link["last"] = max(link["last"] or "", row["Arrival Date"])
    return links


@pytest.mark.parametrize("piece", [700, 100_000])
def test_sums_of_a_large_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(bills_of_lading, "PIECE", piece)
    monkeypatch.setattr(shipments, "_BUFFER", piece)
    monkeypatch.setattr(bills_of_lading, "_OUT", 900)
    path = bills.write(tmp_path / "bills.csv", 6_000)
    found = Read(LOADER.read(path, Options(), silent))
    wanted = plain_count(path)
    assert found.counts == (6_000, 5_790, 30, 180)
    assert len(found.links) == len(wanted)
    for link in found.links:
        row = wanted[link["supplier_id"][8:], link["buyer_id"][8:], link["hs"]]
        assert link["volume"] == pytest.approx(row["volume"], abs=1e-6)
        assert link["value"] == pytest.approx(row["value"], abs=1e-6)
        assert link["records"] == row["records"]
        assert (link["first_seen"], link["last_seen"]) == (row["first"], row["last"])
        ends = date.fromisoformat(row["last"]) + timedelta(days=365)
        assert (link["valid_from"], link["valid_to"]) == (row["first"], ends.isoformat())


def test_the_size_of_the_pieces_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = bills.write(tmp_path / "bills.csv", 1_500)
    whole = Read(LOADER.read(path, Options(), silent))
    monkeypatch.setattr(bills_of_lading, "PIECE", 97)
    monkeypatch.setattr(shipments, "_BUFFER", 200)
    pieces = Read(LOADER.read(path, Options(), silent))
    assert len(pieces.readings) > 10
    assert pieces.rejects.equals(whole.rejects)
    assert sorted(pieces.notes) == sorted(whole.notes)
    for name, frame in whole.records.items():
        pd.testing.assert_frame_equal(pieces.records[name].reset_index(drop=True), frame, check_exact=False)


# --- corrected rows


def corrected(tmp_path: Path, found: Read, **cells: str) -> Read:
    """The rejected rows, each with some cells changed, loaded alone."""
    writer = quarantine.Writer(tmp_path / "home", "bills-of-lading", Options())
    for reading in found.readings:
        writer.add(reading.rejects, reading.rows)
    path = writer.finish("bills")
    assert path is not None
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    for row in rows:
        row["row"] = json.dumps(json.loads(row["row"]) | cells)
        row["value"] = cells.get(row["column"], row["value"])
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, rows[0])
        out.writeheader()
        out.writerows(rows)
    readings: list[Reading] = []
    for part in quarantine.read(path, read_table(path)):
        readings += LOADER.transform(part.raw, part.options)
    return Read(readings)


def test_a_corrected_shipper_makes_the_link(tmp_path: Path) -> None:
    found = panjiva(
        tmp_path,
        {"Shipper": "Blue Logistics", "Arrival Date": "03/04/2021"},
        {"Arrival Date": "25/04/2021"},
        {"Shipper": "Red Freight", "Arrival Date": "03/05/2021"},
    )
    mended = corrected(tmp_path, found, Shipper="Acme Mills")
    assert mended.link["supplier_id"] == "company:Acme Mills"
    # The whole file showed that the day stands first; the kept rows say so where the corrected ones alone could not.
    assert (mended.link["first_seen"], mended.link["last_seen"], mended.link["line"]) == ("2021-04-03", "2021-05-03", 2)


def test_a_person_can_say_that_it_is_no_forwarder(tmp_path: Path) -> None:
    found = panjiva(tmp_path, {}, {"Shipper": "Blue Logistics"})
    mended = corrected(tmp_path, found, **{"Shipper Trade Roles": "Manufacturer"})
    assert mended.link["supplier_id"] == "company:Blue Logistics"
    assert pd.isna(mended.companies["Blue Logistics"]["roles"])


def test_corrected_rows_alone_show_no_order(tmp_path: Path) -> None:
    found = panjiva(
        tmp_path, *({"Arrival Date": day} for day in ("03/04/2021", "12/25/2021", "25/12/2021", "13/13/2021"))
    )
    mended = corrected(tmp_path, found)
    assert mended.counts == (2, 0, 0, 2)
    assert corrected(tmp_path, found, **{"Arrival Date": "2021-04-03"}).link["records"] == 2


# --- what it means


def graph(tmp_path: Path, *files: list[dict[str, str]], **options: str) -> Graph:
    sets: list[RecordSet] = []
    for number, rows in enumerate(files):
        found = read(tmp_path, text(PANJIVA, *rows), f"{number}.csv", **options)
        sets += [RecordSet(reading.source, number + 1, reading.records) for reading in found.readings]
    return derive(sets)


def supplies(found: Graph, day: str) -> dict[str, tuple[float, int]]:
    rows = in_force(found["SUPPLIES"], day)
    return {row["start"][8:]: (row["volume"], row["records"]) for row in rows.to_dict("records")}


MONTHS = [
    [{"Arrival Date": "2021-01-04"}, {"Arrival Date": "2021-01-28", "Shipper": "Other Ltd", "Weight (kg)": "40"}],
    [{"Arrival Date": "2021-02-02", "Weight (kg)": "70", "Bill of Lading Number": "F1"}],
    [{"Arrival Date": "2021-03-03", "Weight (kg)": "30", "Bill of Lading Number": "M1"}],
]


def test_monthly_files_add_up_to_the_same_as_one(tmp_path: Path) -> None:
    apart = graph(tmp_path, *MONTHS)
    together = graph(tmp_path, [row for rows in MONTHS for row in rows])
    day = "2021-06-30"
    assert supplies(apart, day) == supplies(together, day) == {"Maker Ltd": (200.0, 3), "Other Ltd": (40.0, 1)}
    assert supplies(graph(tmp_path, *reversed(MONTHS)), day) == supplies(apart, day)
    # Each file stands for a year after its own last arrival, so the figure is that of about the last twelve months.
    assert supplies(apart, "2022-01-20")["Maker Ltd"] == (100.0, 2)
    assert supplies(apart, "2021-01-20") == {"Maker Ltd": (100.0, 1)}
    assert "Maker Ltd" not in supplies(apart, "2022-03-03")
    (maker,) = (
        row for row in in_force(apart["SUPPLIES"], day).to_dict("records") if row["start"].endswith("Maker Ltd")
    )
    assert (maker["first_seen"], maker["last_seen"], maker["unit"]) == ("2021-01-04", "2021-03-03", "kg")


def test_files_with_the_same_first_day_add_up_too(tmp_path: Path) -> None:
    ports = [[{"Weight (kg)": "100"}], [{"Weight (kg)": "50", "Bill of Lading Number": "Z"}]]
    assert supplies(graph(tmp_path, *ports), "2021-06-30") == {"Maker Ltd": (150.0, 2)}


def test_a_flagged_shipper_exposes_its_consignee_while_it_delivers(tmp_path: Path) -> None:
    rows = [
        {"Shipper": "Zorvex Textile Co Ltd", "Weight (kg)": "300"},
        {"Shipper": "Quibble Mills Co Ltd", "Weight (kg)": "100"},
        {"Shipper": "Zorvex Logistics Ltd", "Weight (kg)": "900"},
    ]
    order = tmp_path / "findings.csv"
    order.write_text(
        "id,subject_name,subject_country,category\n"
        "f,Zorvex Textile Co Ltd,CN,forced_labour\ng,Zorvex Logistics Ltd,CN,forced_labour\n"
    )
    from loaders.registry import get

    sets = [
        RecordSet(reading.source, seq, reading.records)
        for seq, reading in enumerate(
            [
                *read(tmp_path, text(PANJIVA, *rows), brand="Buyer Inc").readings,
                *get("tables").read(order, Options(), silent),
            ],
            start=1,
        )
    ]
    found = derive(sets)
    exposure = Day(found, Parameters("2021-06-30")).exposures()[0]
    assert (exposure["brand"]["name"], exposure["score"]) == ("Buyer Inc", pytest.approx(0.75))
    assert exposure["suppliers"] == 2
    later = Day(found, Parameters("2022-03-01")).exposures()[0]
    assert (later["suppliers"], later["score"]) == (0, None)


def test_rejects_carry_their_rows(tmp_path: Path) -> None:
    for reading in LOADER.read(bills.write(tmp_path / "bills.csv", 50), Options(), silent):
        assert reading.rows is not None
        assert set(reading.rows.frame["line"]) >= set(reading.rejects["line"])

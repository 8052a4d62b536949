"""Bills of lading as large as one likes, over the same companies: for benchmarks and tests."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

HEADERS = [
    "Bill of Lading Number",
    "Arrival Date",
    "Consignee",
    "Consignee Full Address",
    "Consignee Ultimate Parent",
    "Shipper",
    "Shipper Country",
    "Notify Party",
    "Shipment Origin",
    "Port of Lading",
    "Port of Unlading",
    "FROB",
    "HS Code",
    "Goods Shipped",
    "Weight (kg)",
    "Value of Goods (USD)",
    "Volume (TEU)",
]
#: Companies and pairs of them, however long the file is.
SHIPPERS, CONSIGNEES, PAIRS = 2_000, 400, 4_000
FIRST, DAYS = date(2021, 1, 1), 365
_COUNTRIES = ("China", "Vietnam", "India", "Bangladesh", "Indonesia", "Malaysia", "Turkey", "Mexico")
_MAKERS = ("Textile", "Garment", "Furniture", "Electronics", "Foods", "Plastics", "Metal Works", "Footwear")
_CODES = [f"{chapter}{heading:02d}.{sub}0" for chapter in (15, 39, 52, 61, 62, 64, 85, 94) for heading, sub in
          ((3, 1), (4, 9), (9, 2), (11, 1))]  # fmt: skip


def rows(count: int, seed: int = 1) -> Iterator[list[str]]:
    """Rows of a Panjiva export.

    Parameters
    ----------
    count : int
        How many; from 4,000 on all of them name the same pairs.
    seed : int
        The same seed gives the same rows.

    Yields
    ------
    list of str
        Cells under `HEADERS`. One in 50 has a freight forwarder as shipper, one in 100 goes to order, one in 200
        repeats the row before it.
    """
    random = Random(seed)
    pairs = [
        (n % SHIPPERS, random.randrange(CONSIGNEES), random.choice(_CODES), _COUNTRIES[n % SHIPPERS % 8])
        for n in range(PAIRS)
    ]
    days = [(FIRST + timedelta(days=day)).isoformat() for day in range(DAYS)]
    row: list[str] = []
    for number in range(count):
        kind = number % 200
        if kind == 199:
            yield row
            continue
        shipper, consignee, code, country = pairs[number % PAIRS if number < PAIRS else random.randrange(PAIRS)]
        who = f"{_MAKERS[shipper % 8]} Works No. {shipper} Co., Ltd."
        buyer = f"Importer {consignee} Inc."
        row = [
            f"MAEU{number:010d}",
            days[random.randrange(DAYS)],
            "To order of shipper" if kind in (50, 150) else buyer,
            f"{consignee} Harbor Street, Suite {consignee % 90}, Houston, Texas, 77012, United States",
            f"Holding {consignee % 40} Corp",
            f"Swift {shipper % 30} Logistics Ltd" if kind in (10, 60, 110, 160) else who,
            country,
            f"{buyer} Import Department",
            country,
            f"Port {shipper % 40}",
            "Houston, Texas",
            "false",
            code,
            f"{random.randrange(1, 900)} CTNS {_MAKERS[shipper % 8].upper()} PO {random.randrange(10**6)}",
            f"{random.randrange(100, 2_000_000) / 100:.2f}",
            str(random.randrange(1_000, 300_000)),
            f"{random.randrange(1, 60) / 10}",
        ]
        yield row


def write(path: Path, count: int, seed: int = 1) -> Path:
    """Write `rows` as a CSV file.

    Returns
    -------
    Path
        The file.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADERS)
        writer.writerows(rows(count, seed))
    return path

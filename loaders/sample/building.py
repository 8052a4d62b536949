"""What the sample network is built from: its layers, its brands, its random choices, and its tables while they grow."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Final

from graph_core.model import TABLES
from loaders.sample.invented_names import Names

SEED: Final = 20250630
PUBLISHER: Final = "tiertrace (fictional)"
TITLE: Final = "Fictional sample network, no real company"

Row = dict[str, object]

#: Layer: good as the site states it, HS heading, unit price in USD a tonne.
GOODS: Final = {
    "farm": ("cotton", "5201", 900),
    "gin": ("cotton", "5201", 1_700),
    "spinner": ("cotton yarn", "5205", 3_100),
    "fabric": ("cotton fabric", "5208", 6_200),
    "garment": ("cotton garments", "6109", 17_000),
    "estate": ("palm fruit", "1207", 160),
    "mill": ("palm oil", "1511", 850),
    "refinery": ("refined palm oil", "1511", 980),
    "oleo": ("soap noodles", "3401", 1_300),
    "soap": ("soap", "3401", 2_900),
}
#: Background sites a layer and country.
LAYERS: Final = {
    "farm": {"UZ": 5, "IN": 9, "EG": 3, "TM": 3, "KZ": 3, "TR": 5},
    "gin": {"UZ": 5, "IN": 9, "EG": 3, "TM": 5, "KZ": 4, "TR": 6},
    "spinner": {"IN": 12, "CN": 12, "TR": 8, "UZ": 3, "PK": 6, "VN": 5},
    "fabric": {"CN": 19, "TR": 11, "IN": 10, "VN": 9, "BD": 6, "PT": 4},
    "garment": {"BD": 27, "VN": 15, "TR": 6, "KH": 14, "CN": 14, "IN": 9, "PT": 6, "EG": 3},
    "estate": {"MY": 10, "ID": 12, "TH": 2},
    "mill": {"MY": 13, "ID": 15, "TH": 4, "PG": 2},
    "refinery": {"MY": 4, "ID": 4, "CN": 2},
    "oleo": {"MY": 4, "ID": 4, "CN": 2, "TR": 2},
    "soap": {"TR": 2, "MY": 4, "VN": 3, "CN": 3, "PT": 3, "EG": 3},
}
#: Layer upstream, greatest number of suppliers, and how many sites of the layer name none.
UPSTREAM: Final = {
    "garment": ("fabric", 4, 0.08),
    "fabric": ("spinner", 3, 0.12),
    "spinner": ("gin", 3, 0.2),
    "gin": ("farm", 2, 0.3),
    "soap": ("oleo", 3, 0.0),
    "oleo": ("refinery", 3, 0.0),
    "refinery": ("mill", 7, 0.0),
    "mill": ("estate", 3, 0.25),
}
#: Inland points, decimal degrees; sites are scattered around them.
POINTS: Final = {
    "BD": ((24.0, 90.4), (24.7, 89.4)),
    "CN": ((30.6, 114.3), (34.3, 113.6), (36.4, 118.0), (27.8, 113.1)),
    "EG": ((30.8, 31.0), (27.2, 31.2)),
    "ID": ((-1.6, 103.0), (-1.8, 112.4), (0.6, 101.4)),
    "IN": ((11.1, 77.3), (23.2, 72.6), (21.1, 78.5)),
    "KG": ((42.8, 74.5),),
    "KH": ((11.5, 104.6),),
    "KZ": ((42.6, 69.0),),
    "MY": ((2.4, 102.9), (4.6, 101.2), (5.2, 117.2)),
    "PG": ((-6.1, 145.6),),
    "PK": ((31.4, 73.0),),
    "PT": ((41.3, -8.3),),
    "TH": ((8.6, 99.4),),
    "TM": ((37.6, 61.8),),
    "TR": ((38.6, 35.3), (37.4, 37.0), (38.4, 28.6)),
    "UZ": ((39.9, 66.3), (40.6, 71.5)),
    "VN": ((20.8, 106.2), (11.2, 106.6)),
}
#: Brand: name, country, coverage, basis of its figures, earlier list, list in force, direct garment and soap makers.
BRANDS: Final[dict[str, tuple[str, str, float | None, str, str, str, int, int]]] = {
    "brand-quillmarrow": ("Quillmarrow", "GB", 0.82, "volume", "2023-03-01", "2024-09-01", 21, 0),
    "brand-tannerwick": ("Tannerwick & Pell", "US", 0.9, "share", "2023-06-01", "2025-01-15", 15, 0),
    "brand-velbrace": ("Velbrace", "DE", 0.7, "", "2022-10-01", "2024-11-01", 26, 0),
    "brand-ostrelune": ("Ostrelune", "FR", 0.95, "value", "2023-01-15", "2025-02-01", 9, 0),
    "brand-brackenspool": ("Brackenspool", "US", 0.6, "volume", "2023-09-01", "2024-09-15", 14, 0),
    "brand-lindqvorn": ("Lindqvorn", "SE", 0.62, "volume", "2023-05-01", "2025-03-01", 18, 0),
    "brand-harrowmint": ("Harrowmint", "GB", None, "", "2022-04-01", "2023-11-01", 3, 0),
    "brand-solvandra": ("Solvandra", "NL", 0.88, "volume", "2023-02-01", "2024-12-01", 0, 7),
    "brand-puddlewright": ("Puddlewright", "US", 0.55, "value", "2023-08-01", "2024-10-01", 0, 6),
    "brand-mirabolt": ("Mirabolt Home", "IT", None, "", "2022-12-01", "2024-03-01", 6, 3),
}


class Draw:
    """Random choices from `random.Random.random` alone, whose sequence Python keeps the same in all versions."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, count: int) -> int:
        """Return an integer in 0..count-1."""
        return int(self._random.random() * count)

    def between(self, low: float, high: float) -> float:
        """Return a number in low..high."""
        return low + (high - low) * self._random.random()

    def chance(self, probability: float) -> bool:
        """Return true with a probability."""
        return self._random.random() < probability

    def some(self, pool: list[str], count: int) -> list[str]:
        """Return distinct members; the front of the pool is drawn more often, so that it holds the hubs."""
        left = list(pool)
        return [left.pop(int(len(left) * self._random.random() ** 1.6)) for _ in range(min(count, len(pool)))]

    def day(self, first: str, last: str) -> str:
        """Return a day in first..last, the first of a month."""
        start = date.fromisoformat(first)
        days = (date.fromisoformat(last) - start).days
        return (start + timedelta(days=self.below(days + 1))).replace(day=1).isoformat()


class Sample:
    """The tables while they grow."""

    def __init__(self) -> None:
        self.draw = Draw(SEED)
        self.names = Names()
        self.rows: dict[str, list[Row]] = {name: [] for name in TABLES if not TABLES[name].internal}
        self.layer: dict[str, list[str]] = {}
        self._sites = 0

    def add(self, table: str, **cells: object) -> None:
        """Add one row."""
        self.rows[table].append(cells)

    def organization(self, identity: str, name: str, country: str, roles: str, aliases: str = "") -> str:
        """Add a company."""
        slug = identity.split("-", 1)[1]
        website = f"https://{slug}.example/" if roles == "brand" else ""
        self.add(
            "organizations", id=identity, name=name, aliases=aliases, country=country, roles=roles, website=website
        )
        return identity

    def site(
        self, kind: str, country: str, identity: str = "", name: str = "", aliases: str = "", operator: str = ""
    ) -> str:
        """Add a site; without a name it gets an invented one."""
        self._sites += 1
        if not name:
            name, aliases = self.names.site(kind, country)
        points = POINTS[country]
        lat, lon = points[self.draw.below(len(points))]
        north, east = self.draw.between(-0.35, 0.35), self.draw.between(-0.35, 0.35)
        placed = identity != "" or self.draw.chance(0.85)
        identity = identity or f"site-{self._sites:04d}"
        self.add(
            "facilities",
            id=identity,
            name=name,
            aliases=aliases,
            address=f"{1 + self.draw.below(180)} Invented Road, Sample Zone {1 + self.draw.below(9)}",
            country=country,
            lat=f"{lat + north:.3f}" if placed else "",
            lon=f"{lon + east:.3f}" if placed else "",
            operator_id=operator,
            product=GOODS[kind][0],
        )
        return identity

    def link(self, kind: str, supplier: str, buyer: str, **cells: object) -> None:
        """Add a link that carries the good of a layer."""
        good, hs, _ = GOODS[kind]
        filled: Row = {"valid_from": self.draw.day("2021-02-01", "2024-06-01"), "source": "src-mapping"} | cells
        self.add("links", supplier_id=supplier, buyer_id=buyer, product=good, hs=hs, **filled)

    def links(
        self, kind: str, suppliers: list[str], buyer: str, basis: str, left: float = 1.0, **cells: object
    ) -> None:
        """Add links of one buyer with one basis: ``volume``, ``value``, ``share`` (of what is left) or none."""
        if not suppliers:
            return
        weights = [self.draw.between(0.4, 1.0) ** 2 for _ in suppliers]
        thousandths = [int(left * 1000 * weight / sum(weights)) for weight in weights]
        thousandths[0] += round(left * 1000) - sum(thousandths)
        for supplier, weight, share in zip(suppliers, weights, thousandths, strict=True):
            figures: Row = {}
            if basis == "volume":
                figures = {"volume": round(900 * weight), "unit": "t"}
            elif basis == "value":
                figures = {"value": round(900 * weight * GOODS[kind][2], -3), "currency": "USD"}
            elif basis == "share":
                figures = {"share": share / 1000}
            self.link(kind, supplier, buyer, **figures, **cells)

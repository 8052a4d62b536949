"""Make the fictional sample network: ``python -m loaders.sample.make_sample`` writes the CSV files beside this module.

The same script gives the same bytes. Most of the network is background, drawn with a fixed seed and without any
finding; the sites with findings and the few links that carry exposure are written out in `loaders.sample.stories`, so
that the stories in ``README.md`` hold by construction. No company, site, person or finding in it is real.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from graph_core.model import TABLES
from loaders.sample.building import BRANDS, LAYERS, PUBLISHER, TITLE, UPSTREAM, Row, Sample
from loaders.sample.stories import STORIES


def _background(sample: Sample) -> None:
    """Sites of all layers and the links between the layers; none of them has a finding."""
    draw = sample.draw
    for kind, countries in LAYERS.items():
        mixed = [country for country, count in countries.items() for _ in range(count)]
        order = draw.some(mixed, len(mixed))
        sample.layer[kind] = [sample.site(kind, country) for country in order]
    for kind, (upstream, most, unknown) in UPSTREAM.items():
        for place, buyer in enumerate(sample.layer[kind]):
            if place > 2 and draw.chance(unknown):
                continue
            suppliers = draw.some(sample.layer[upstream], 1 + draw.below(most))
            basis = ("", "", "volume", "volume", "value", "share")[draw.below(6)]
            sample.links(upstream, suppliers, buyer, basis, left=draw.between(0.7, 1.0))
            if basis != "share" and draw.chance(0.15):
                stated = round(draw.between(0.55, 0.95), 2)
                sample.add("coverage", buyer_id=buyer, coverage=stated, valid_from="2021-01-01", source="src-mapping")


def _operators(sample: Sample) -> None:
    """Companies that run the background sites: one for one to four sites of a country and layer."""
    waiting: dict[tuple[str, str], tuple[str, int]] = {}
    for row in sample.rows["facilities"]:
        if row["operator_id"] or sample.draw.chance(0.55):
            continue
        place = (str(row["country"]), str(row["product"]))
        operator, room = waiting.get(place, ("", 0))
        if not room:
            stem = sample.names.stem()
            operator = sample.organization(f"org-{stem.lower()}", f"{stem} Group", place[0], "manufacturer")
            room = 1 + sample.draw.below(4)
        row["operator_id"] = operator
        waiting[place] = (operator, room - 1)


def _brands(sample: Sample) -> None:
    """Brands, their two dated lists and their coverage; direct suppliers are slices of a layer, so that few overlap."""
    start = {"garment": 0, "soap": 0}
    for brand, (name, country, coverage, _, earlier, _, *counts) in BRANDS.items():
        sample.organization(brand, name, country, "brand")
        source = f"src-{brand}"
        sample.add("sources", id=source, title=f"{TITLE}: supplier list of {name}", publisher=PUBLISHER)
        if coverage is not None:
            sample.add("coverage", buyer_id=brand, coverage=coverage, valid_from=earlier, source=source)
        for kind, count in zip(start, counts, strict=True):
            pool = sample.layer[kind]
            _two_lists(sample, brand, kind, [pool[(start[kind] + place) % len(pool)] for place in range(count)])
            start[kind] += max(count - 3, 0)


def _two_lists(sample: Sample, brand: str, kind: str, direct: list[str]) -> None:
    """Put suppliers on a brand's lists: the first seventh on the earlier only, the last sixth on the latest only."""
    _, _, _, basis, earlier, latest, _, _ = BRANDS[brand]
    source = f"src-{brand}"
    gone, fresh = len(direct) // 7, max(len(direct) // 6, 1)
    old, kept, new = direct[:gone], direct[gone:-fresh], direct[-fresh:]
    if basis == "share":  # stated shares are stated anew with each list; the rest is for the stories
        sample.links(kind, old + kept, brand, basis, 0.5, valid_from=earlier, valid_to=latest, source=source)
        sample.links(kind, kept + new, brand, basis, 0.5, valid_from=latest, source=source)
        return
    sample.links(kind, old, brand, basis, valid_from=earlier, valid_to=latest, source=source)
    sample.links(kind, kept, brand, basis, valid_from=earlier, source=source)
    sample.links(kind, new, brand, basis, valid_from=latest, source=source)


def _sources(sample: Sample) -> None:
    for identity, title in (
        ("src-mapping", "supplier mapping"),
        ("src-audit", "audit reports"),
        ("src-group", "annual report of a group"),
        ("src-shipping", "shipping papers"),
    ):
        sample.add("sources", id=identity, title=f"{TITLE}: {title}", publisher=PUBLISHER)
    for row in sample.rows["sources"]:
        row |= {"url": f"https://sample.example/{row['id']}", "retrieved_at": "2025-06-02", "licence": "Apache-2.0"}


def make() -> dict[str, str]:
    """Make the tables.

    Returns
    -------
    dict
        Text of each CSV file by its name.
    """
    sample = Sample()
    _background(sample)
    _brands(sample)
    for story in STORIES:
        story(sample)
    _operators(sample)
    _sources(sample)
    return {f"{name}.csv": _csv(name, rows) for name, rows in sample.rows.items()}


def _csv(name: str, rows: list[Row]) -> str:
    columns = [column for column in TABLES[name].names if column not in ("list_id", "sha256")]
    used = {column for row in rows for column in row}
    if not used <= set(columns):
        raise ValueError(f"{name}: {sorted(used - set(columns))} are no columns of the table")
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def main() -> None:
    """Write the files beside this module."""
    for file, text in make().items():
        Path(__file__).with_name(file).write_text(text, encoding="utf-8", newline="")


if __name__ == "__main__":
    main()

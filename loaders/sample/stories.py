"""The sites with findings and the links that carry exposure: the stories of ``README.md``, by construction."""

from __future__ import annotations

from loaders.sample.building import BRANDS, GOODS, TITLE, UPSTREAM, Row, Sample


def _finding(sample: Sample, identity: str, **cells: object) -> None:
    filled: Row = {
        "kind": "order",
        "category": "forced_labour",
        "severity": 1,
        "confidence": 1,
        "authority": "Fictional Customs Authority",
        "status": "standing",
        "source_title": f"{TITLE}: {identity}",
        "source_url": f"https://sample.example/findings/{identity}",
    }
    sample.add("findings", id=identity, **(filled | {"note": "Invented for the sample."} | cells))


def _chain(sample: Sample, kind: str, country: str, identity: str, feeds: dict[str, float]) -> str:
    """Add a background-like site between a story's supplier (with its share) and its buyers."""
    site = sample.site(kind, country, identity)
    upstream, most, _ = UPSTREAM[kind]
    for supplier, share in feeds.items():
        sample.link(upstream, supplier, site, share=share)
    sample.links(upstream, sample.draw.some(sample.layer[upstream], most), site, "volume")
    return site


def _list(sample: Sample, brand: str, kind: str, supplier: str, weight: int = 0, **cells: object) -> None:
    """Put a site on a brand's list with a figure (tonnes) in the brand's own measure."""
    basis, earlier = BRANDS[brand][3], BRANDS[brand][4]
    known: Row = {"valid_from": earlier, "source": f"src-{brand}"}
    if basis == "volume":
        known |= {"volume": weight, "unit": "t"}
    elif basis == "value":
        known |= {"value": weight * GOODS[kind][2], "currency": "USD"}
    sample.link(kind, supplier, brand, **(known | cells))


def _tier_three(sample: Sample) -> None:
    """Quillmarrow: no direct supplier has a finding, a spinning mill at tier 3 has."""
    flagged = sample.site(
        "spinner", "CN", "site-grey-heron-ridge", "灰鹭岭棉纺有限公司", "Grey Heron Ridge Cotton Spinning Co., Ltd."
    )
    sample.links("gin", sample.draw.some(sample.layer["gin"], 3), flagged, "volume")
    _finding(
        sample,
        "find-grey-heron",
        subject_name="Grey Heron Ridge Cotton Spinning Company Limited",
        subject_aliases="灰鹭岭 棉纺 有限公司",
        subject_country="CN",
        kind="listing",
        authority="Fictional Entity Registry",
        valid_from="2024-02-01",
    )
    first = _chain(sample, "fabric", "CN", "site-story-fabric-1", {flagged: 0.55})
    second = _chain(sample, "fabric", "VN", "site-story-fabric-2", {flagged: 0.35})
    for place, (country, mill, share) in enumerate(
        [("VN", first, 0.7), ("BD", first, 0.5), ("KH", second, 0.6), ("BD", second, 0.8)], 1
    ):
        maker = _chain(sample, "garment", country, f"site-story-garment-{place}", {mill: share})
        _list(sample, "brand-quillmarrow", "garment", maker, weight=(2600, 2100, 1500, 1400)[place - 1])


def _chokepoint(sample: Sample) -> None:
    """Four brands reach a gin under an order, all through one spinning mill that has no finding itself."""
    gin = sample.site(
        "gin", "UZ", "site-talver-gin", "ООО «Тальверград Хлопок»", "OOO Talvergrad Khlopok|Talvergrad Ginning"
    )
    sample.links("farm", sample.draw.some(sample.layer["farm"], 3), gin, "")
    _finding(
        sample, "find-talvergrad", subject_id=gin, subject_name="Talvergrad Ginning", subject_country="UZ",
        valid_from="2023-05-20", scope_commodity="cotton",
    )  # fmt: skip
    mill = sample.site(
        "spinner", "TR", "site-ruzgarli-iplik", "Rüzgârlıkapı İplik San. ve Tic. A.Ş.", "Ruzgarlikapi Iplik AS"
    )
    sample.link("gin", gin, mill, share=0.62)
    sample.links("gin", sample.draw.some(sample.layer["gin"], 3), mill, "volume")
    fabrics = [
        _chain(sample, "fabric", country, f"site-story-fabric-{place}", {mill: share})
        for place, (country, share) in enumerate([("TR", 0.7), ("TR", 0.45), ("IN", 0.5), ("BD", 0.35)], 3)
    ]
    makers = [
        _chain(sample, "garment", country, f"site-story-garment-{place}", {fabrics[which]: share})
        for place, (country, which, share) in enumerate(
            [("TR", 0, 0.8), ("TR", 0, 0.6), ("BD", 1, 0.7), ("IN", 2, 0.9), ("BD", 3, 0.6), ("PT", 2, 0.5)], 5
        )
    ]
    _list(sample, "brand-tannerwick", "garment", makers[0], share=0.27)
    _list(sample, "brand-tannerwick", "garment", makers[2], share=0.08)
    _list(sample, "brand-tannerwick", "garment", makers[5], share=0.05)
    for maker in (makers[1], makers[3], makers[4]):
        _list(sample, "brand-velbrace", "garment", maker)
    _list(sample, "brand-ostrelune", "garment", makers[3], weight=2200)
    _list(sample, "brand-harrowmint", "garment", makers[0])
    _cycle(sample, fabrics[0])


def _cycle(sample: Sample, fabric: str) -> None:
    """Three sewing shops pass orders of Ostrelune to each other in a ring; one of them buys from the chokepoint."""
    ring = [
        _chain(sample, "garment", country, f"site-ring-{letter}", feeds)
        for letter, country, feeds in (("a", "KH", {fabric: 0.4}), ("b", "KH", {}), ("c", "VN", {}))
    ]
    for place, share in enumerate((0.3, 0.45, 0.25)):
        sample.link("garment", ring[place], ring[(place + 1) % 3], share=share, source="src-audit")
    _list(sample, "brand-ostrelune", "garment", ring[1], weight=1800)
    _list(sample, "brand-ostrelune", "garment", ring[2], weight=1200)


def _namesake(sample: Sample) -> None:
    """One name in two countries: only the site in the country of the order is meant."""
    flagged = sample.site("spinner", "CN", "site-morrowfen-cn", "Morrowfen Spinning Co., Ltd.", "莫罗汾棉纺有限公司")
    spared = sample.site(
        "spinner", "VN", "site-morrowfen-vn", "MORROWFEN SPINNING CO LTD", "Công ty TNHH Sợi Morrowfen"
    )
    for site in (flagged, spared):
        sample.links("gin", sample.draw.some(sample.layer["gin"], 2), site, "volume")
    _finding(
        sample,
        "find-morrowfen",
        subject_name="Morrowfen Spinning Company Limited",
        subject_country="CN",
        valid_from="2022-11-10",
    )
    exposed = _chain(sample, "fabric", "CN", "site-story-fabric-7", {flagged: 0.6})
    clean = _chain(sample, "fabric", "VN", "site-story-fabric-8", {spared: 0.6})
    maker = _chain(sample, "garment", "CN", "site-story-garment-11", {exposed: 0.5})
    other = _chain(sample, "garment", "VN", "site-story-garment-12", {clean: 0.7})
    _list(sample, "brand-harrowmint", "garment", maker)
    _list(sample, "brand-lindqvorn", "garment", other, weight=1500)
    # The hidden trader: yarn of the flagged mill reaches the brand through traders that nobody names.
    _list(sample, "brand-brackenspool", "spinner", flagged, weight=1100, disclosure="indirect")
    _list(sample, "brand-brackenspool", "spinner", spared, weight=260, disclosure="indirect")
    for supplier in sample.draw.some(sample.layer["spinner"], 3):
        _list(sample, "brand-brackenspool", "spinner", supplier, weight=300, disclosure="indirect")


def _direct(sample: Sample) -> None:
    """Harrowmint buys directly from a site with a contested finding, and from two more routes."""
    shop = sample.site("garment", "BD", "site-saltwick", "Saltwickham Apparel Ltd.")
    sample.links("fabric", sample.draw.some(sample.layer["fabric"], 3), shop, "")
    _finding(
        sample, "find-saltwick", subject_id=shop, subject_name="Saltwickham Apparel Ltd.", subject_country="BD",
        kind="report", severity=0.9, confidence=0.8, authority="Fictional Labour Watch", status="contested",
        valid_from="2024-08-12", note="Invented for the sample. The company disputes it.",
    )  # fmt: skip
    sewing = _chain(sample, "garment", "BD", "site-story-garment-13", {shop: 0.5})
    _list(sample, "brand-harrowmint", "garment", shop)
    _list(sample, "brand-harrowmint", "garment", sewing)
    second = sample.site("garment", "KH", "site-duskharbour", "Duskharbourne Garments Co., Ltd.")
    sample.links("fabric", sample.draw.some(sample.layer["fabric"], 2), second, "")
    _finding(
        sample, "find-duskharbour", subject_id=second, subject_country="KH", category="forced_child_labour",
        kind="finding", valid_from="2025-02-03",
    )  # fmt: skip
    _list(sample, "brand-harrowmint", "garment", second)
    third = sample.site("garment", "IN", "site-emberlathe", "Emberlathe Apparel Pvt. Ltd.")
    _finding(sample, "find-emberlathe", subject_id=third, subject_country="IN", valid_from="2023-09-18")
    _list(sample, "brand-harrowmint", "garment", third)
    _list(sample, "brand-velbrace", "garment", third, valid_from=BRANDS["brand-velbrace"][5])


def _group(sample: Sample) -> None:
    """An order on a palm oil group with its subsidiaries, inside one country: the class `ownership`."""
    parent = sample.organization("org-graymoss", "GRAYMOSS PLANTATIONS BHD", "MY", "producer")
    milling = sample.organization("org-graymoss-milling", "Graymoss Milling Sdn. Bhd.", "MY", "producer")
    abroad = sample.organization("org-graymoss-java", "PT Graymoss Java", "ID", "producer")
    minority = sample.organization("org-fernhallow", "Fernhallow Estates Sdn. Bhd.", "MY", "producer")
    for owned, percent in ((milling, 100), (abroad, 80), (minority, 30)):
        sample.add(
            "ownership", owner_id=parent, owned_id=owned, percent=percent, valid_from="2015-01-01", source="src-group"
        )
    _finding(
        sample, "find-graymoss", subject_name="Graymoss Plantations Berhad", subject_country="MY",
        valid_from="2023-12-05", scope_commodity="palm oil", scope_country="MY", includes_subsidiaries="true",
        note="Invented for the sample. Names the company and its subsidiaries; palm oil produced in Malaysia.",
    )  # fmt: skip
    sites = {
        "site-graymoss-1": ("MY", milling, "Graymoss Mill One"),
        "site-graymoss-2": ("MY", milling, "Graymoss Mill Two"),
        "site-graymoss-3": ("MY", parent, "Graymoss Mill Three"),
        "site-graymoss-java": ("ID", abroad, "Graymoss Java Mill"),
        "site-fernhallow": ("MY", minority, "Fernhallow Mill"),
    }
    mills = [
        sample.site("mill", country, identity, name, operator=operator)
        for identity, (country, operator, name) in sites.items()
    ]
    for mill in mills:
        sample.links("estate", sample.draw.some(sample.layer["estate"], 2), mill, "")
    trader = sample.organization("org-harbourglass", "Harbourglass Commodities Pte Ltd", "SG", "trader")
    sample.links("mill", [mills[0], *sample.draw.some(sample.layer["mill"], 4)], trader, "volume")
    refinery = _chain(
        sample,
        "refinery",
        "MY",
        "site-story-refinery-1",
        {mills[1]: 0.4, mills[2]: 0.25, mills[3]: 0.15, mills[4]: 0.05},
    )
    second = _chain(sample, "refinery", "ID", "site-story-refinery-2", {mills[3]: 0.4})
    sample.link("refinery", trader, second, share=0.35)
    noodles = [
        _chain(sample, "oleo", "MY", "site-story-noodles-1", {refinery: 0.8}),
        _chain(sample, "oleo", "CN", "site-story-noodles-2", {second: 0.7}),
    ]
    makers = [
        _chain(sample, "soap", "MY", "site-story-soap-1", {noodles[0]: 0.9}),
        _chain(sample, "soap", "TR", "site-story-soap-2", {noodles[0]: 0.6}),
        _chain(sample, "soap", "CN", "site-story-soap-3", {noodles[1]: 0.8}),
    ]
    for maker, weight in zip(makers, (2600, 1500, 900), strict=True):
        _list(sample, "brand-solvandra", "soap", maker, weight=weight)
    # Mills that the soap-noodle maker discloses; the refiners and traders in between are not named.
    for mill in (mills[0], mills[3]):
        sample.link("mill", mill, noodles[1], disclosure="indirect", source="src-audit", valid_from="2024-01-01")
    _list(sample, "brand-mirabolt", "soap", makers[1])
    # Seen in shipping papers, stated by nobody: an inferred link.
    inferred = _chain(sample, "soap", "PT", "site-story-soap-4", {})
    sample.link(
        "oleo", noodles[0], inferred, share=0.7, evidence="inferred", confidence=0.6, source="src-shipping",
        valid_from="2024-05-01",
    )  # fmt: skip
    _list(sample, "brand-mirabolt", "soap", inferred)


def _lifted(sample: Sample) -> None:
    """Puddlewright: the order on a mill behind it was lifted before the sample's own day."""
    mill = sample.site("mill", "ID", "site-tidelantern", "PT Tidelantern Palm Oil Mill")
    sample.links("estate", sample.draw.some(sample.layer["estate"], 3), mill, "")
    _finding(
        sample, "find-tidelantern", subject_id=mill, subject_country="ID", status="lifted", valid_from="2023-04-03",
        valid_to="2025-04-15", scope_commodity="palm oil", note="Invented for the sample. Lifted after remediation.",
    )  # fmt: skip
    refinery = _chain(sample, "refinery", "ID", "site-story-refinery-3", {mill: 0.5})
    noodles = _chain(sample, "oleo", "ID", "site-story-noodles-3", {refinery: 0.75})
    maker = _chain(sample, "soap", "VN", "site-story-soap-5", {noodles: 0.8})
    _list(sample, "brand-puddlewright", "soap", maker, weight=1600)


def _waiting(sample: Sample) -> None:
    """Findings by name that a person has to judge, and findings that never count."""
    knit = sample.site("garment", "BD", "site-caldermoss", "Caldermoss Knitwear (Pvt.) Ltd.")
    sample.links("fabric", sample.draw.some(sample.layer["fabric"], 3), knit, "volume")
    _list(sample, "brand-velbrace", "garment", knit)
    _finding(
        sample, "find-caldermoss", subject_name="Caldermoss Knitwear Ltd", subject_country="BD", valid_from="2024-06-10"
    )
    spinner = sample.site("spinner", "IN", "site-ombelquay", "Ombelquay Spinning Mills")
    fabric = _chain(sample, "fabric", "IN", "site-story-fabric-9", {spinner: 0.5})
    maker = _chain(sample, "garment", "IN", "site-story-garment-14", {fabric: 0.6})
    _list(sample, "brand-lindqvorn", "garment", maker, weight=700)
    _finding(sample, "find-ombelquay", subject_name="OMBELQUAY SPINNING MILLS", valid_from="2024-10-21", kind="report")
    _finding(
        sample, "find-retracted", subject_id=fabric, subject_country="IN", status="retracted", valid_from="2024-01-15",
        kind="report", authority="Fictional Labour Watch", note="Invented for the sample. Withdrawn by its authors.",
    )  # fmt: skip
    _finding(
        sample, "find-export-control", subject_id=maker, subject_country="IN", category="export_control",
        kind="listing", authority="Fictional Trade Ministry", valid_from="2023-01-01",
        note="Invented for the sample. Context, never a finding of forced labour.",
    )  # fmt: skip
    _finding(
        sample, "find-cotton-tm", kind="good_country", authority="Fictional Labour Office", valid_from="2024-09-05",
        scope_commodity="cotton", scope_country="TM",
        note="Invented for the sample. An indicator about a good in a country, not about any site.",
    )  # fmt: skip


#: All stories, in the order in which they are told; the order is part of what makes the bytes.
STORIES = (_tier_three, _chokepoint, _namesake, _direct, _group, _lifted, _waiting)

"""Answers of the catalogue on the small network, worked out by hand: query, parameters, rows."""

from __future__ import annotations

from typing import Any

DAY = "2024-06-30"
_NOTICE = ("A public body", "https://example.org/notice")
_REASON = "identical name 'Heron Sewing', but no country is stated for the finding"
_SMALL = ["tables:small"]
_BY = ("A public body", "forced_labour")
_NO_FIGURES = (None, None, None, None)  # volume, unit, value, currency
_F1 = (["named", "ownership"], ["N1", "N5"])
_WAY = ["Finch Spinning", "Gull Weaving", "Heron Sewing", "Alder Wear"]

ANSWERS: list[tuple[str, dict[str, str], list[list[Any]]]] = [
    ("brands", {"as_of": DAY}, [["BR1", "Alder Wear", "US", 1, 0, 0.9], ["BR2", "Birch Home", "DE", 3, 1, None]]),
    # No list of BR2 stood yet, no coverage was stated; T1 delivers since ever, F5 delivered to BR1.
    (
        "brands",
        {"as_of": "2020-06-30"},
        [["BR1", "Alder Wear", "US", 2, 0, None], ["BR2", "Birch Home", "DE", 1, 0, None]],
    ),
    (
        "buyers_of_party",
        {"party_id": "F1", "as_of": DAY},
        [["BR2", "Birch Home", "DE", 1, "at least 1"], ["BR1", "Alder Wear", "US", 3, "3"]],
    ),
    ("buyers_of_party", {"party_id": "F1", "as_of": "2019-12-31"}, []),
    (
        "direct_suppliers",
        {"buyer_id": "BR1", "as_of": DAY},
        [
            [
                "F3",
                "Heron Sewing",
                "BD",
                "shirts",
                0.6,
                None,
                None,
                None,
                None,
                "direct",
                "documented",
                1.0,
                "2024-05-01",
                _SMALL,
            ]
        ],
    ),
    (
        "find_party",
        {"text": "hErOn"},
        [
            ["F3", "Heron Sewing", "facility", "BD", [], False],
            ["F5", "Heron Sewing", "facility", "IN", [], False],
        ],
    ),
    ("find_party", {"text": "hải âu"}, [["F2", "Gull Weaving", "facility", "VN", ["Dệt Hải Âu"], False]]),
    ("find_party", {"text": "br1"}, [["BR1", "Alder Wear", "organisation", "US", [], True]]),
    (
        "hidden_intermediaries",
        {"as_of": DAY},
        [["F1", "Finch Spinning", "BR2", "Birch Home", None, "2022-01-01", "2024-02-01", _SMALL]],
    ),
    ("hidden_intermediaries", {"as_of": DAY, "buyer_id": "BR1"}, []),
    # F5 -> BR1 ended too, on 2023-01-01, but not through a list.
    (
        "links_ended_by_list",
        {"since": "2022-01-01", "until": "2025-01-01"},
        [["BR2", "Birch Home", "list of 2024", "2024-02-01", "F5", "Heron Sewing", None, "2022-01-01"]],
    ),
    ("links_ended_by_list", {"since": "2022-01-01", "until": "2024-02-01"}, []),
    (
        "sites_and_places",
        {},
        [
            ["F3", "Heron Sewing", "BD", None, None, None, None, []],
            ["F5", "Heron Sewing", "IN", None, None, None, None, []],
            ["F1", "Finch Spinning", "MY", None, None, None, None, []],
            ["F6", "Jay Dyeing", "MY", None, None, None, None, []],
            ["F2", "Gull Weaving", "VN", None, None, None, None, []],
            ["F4", "Ibis Ginning", None, None, None, None, None, []],
            ["P9", "P9", None, None, None, None, None, []],
        ],
    ),
    # F5 delivered to BR2 on an older list; the names of equals stand by id.
    (
        "links_between",
        {"party_ids": "G2|F1|F6|F2|BR2|F5", "as_of": DAY},
        [
            ["G2", "Egret Mills", "OPERATES", "F1", "Finch Spinning", *(None,) * 5, _SMALL],
            ["G2", "Egret Mills", "OPERATES", "F6", "Jay Dyeing", *(None,) * 5, _SMALL],
            [
                "F1",
                "Finch Spinning",
                "SUPPLIES",
                "BR2",
                "Birch Home",
                None,
                None,
                "documented",
                "indirect",
                "2022-01-01",
                _SMALL,
            ],
            [
                "F1",
                "Finch Spinning",
                "SUPPLIES",
                "F2",
                "Gull Weaving",
                "yarn",
                0.5,
                "documented",
                "direct",
                "2020-01-01",
                _SMALL,
            ],
            ["F2", "Gull Weaving", "SUPPLIES", "F6", "Jay Dyeing", None, None, "documented", "direct", None, _SMALL],
            ["F6", "Jay Dyeing", "SUPPLIES", "F2", "Gull Weaving", None, None, "documented", "direct", None, _SMALL],
        ],
    ),
    ("links_between", {"party_ids": "F3", "as_of": DAY}, []),
    # G3 is held to 30 percent only.
    (
        "sites_of_group",
        {"organization_id": "G1", "as_of": DAY},
        [
            ["F1", "Finch Spinning", "MY", "Cotton", 2, ["Egret Mills"]],
            ["F6", "Jay Dyeing", "MY", None, 2, ["Egret Mills"]],
        ],
    ),
    ("sites_of_group", {"organization_id": "G1", "as_of": "2018-12-31"}, []),
    (
        "suppliers_by_tier",
        {"brand_id": "BR1", "as_of": DAY},
        [
            ["F3", "Heron Sewing", "BD", 1, "1"],
            ["F2", "Gull Weaving", "VN", 2, "2"],
            ["F1", "Finch Spinning", "MY", 3, "3"],
            ["F6", "Jay Dyeing", "MY", 3, "3"],
        ],
    ),
    (
        "suppliers_by_tier",
        {"brand_id": "BR2", "as_of": DAY},
        [
            ["T1", "Cedar Trading", "SG", 1, "1"],
            ["F1", "Finch Spinning", "MY", 1, "at least 1"],
            ["P9", "P9", None, 1, "1"],
            ["F4", "Ibis Ginning", None, 2, "2"],
        ],
    ),
    (
        "exposure_paths",
        {"brand_id": "BR1", "as_of": DAY},
        # The walk around the cycle F2, F6, F2 is no path.
        [
            ["F1", "Finch Spinning", *_F1, 3, "3", _WAY, None, True],
            ["F6", "Jay Dyeing", ["ownership"], ["N5"], 3, "3", ["Jay Dyeing", *_WAY[1:]], None, True],
        ],
    ),
    (
        "exposure_paths",
        {"brand_id": "BR2", "as_of": DAY},
        [["F1", "Finch Spinning", *_F1, 1, "at least 1", ["Finch Spinning", "Birch Home"], None, True]],
    ),
    ("exposure_paths", {"brand_id": "BR1", "as_of": "2020-12-31"}, []),
    (
        "findings_ended",
        {"since": "2024-01-01", "until": "2024-12-31"},
        [["N2", "A public body", "lifted", "2022-01-01", "2024-01-01", "G1", "Dunlin Group", []]],
    ),
    ("findings_ended", {"since": "2023-01-01", "until": "2024-01-01"}, []),
    (
        "flagged_sites",
        {"as_of": DAY},
        [
            ["G2", "Egret Mills", "MY", "named", "N5", _NOTICE[0], "2023-05-01", "G2", "Egret Mills", None, 0.5],
            ["F1", "Finch Spinning", "MY", "named", "N1", _NOTICE[0], "2021-01-01", "F1", "Finch Spinning", None, 0.9],
            ["F1", "Finch Spinning", "MY", "ownership", "N5", _NOTICE[0], "2023-05-01", "G2", "Egret Mills", None, 0.5],
            ["F6", "Jay Dyeing", "MY", "ownership", "N5", _NOTICE[0], "2023-05-01", "G2", "Egret Mills", None, 0.5],
        ],
    ),
    # The order on G1 reached its subsidiaries in MY; the last day on which it stood was the day before valid_to.
    (
        "flagged_sites",
        {"as_of": "2023-04-30"},
        [
            ["G1", "Dunlin Group", "MY", "named", "N2", _NOTICE[0], "2022-01-01", "G1", "Dunlin Group", None, 1.0],
            ["G2", "Egret Mills", "MY", "ownership", "N2", _NOTICE[0], "2022-01-01", "G1", "Dunlin Group", None, 1.0],
            ["F1", "Finch Spinning", "MY", "named", "N1", _NOTICE[0], "2021-01-01", "F1", "Finch Spinning", None, 0.9],
            [
                "F1",
                "Finch Spinning",
                "MY",
                "ownership",
                "N2",
                _NOTICE[0],
                "2022-01-01",
                "G1",
                "Dunlin Group",
                None,
                1.0,
            ],
            ["F6", "Jay Dyeing", "MY", "ownership", "N2", _NOTICE[0], "2022-01-01", "G1", "Dunlin Group", None, 1.0],
        ],
    ),
    (
        "flagged_sites_of_group",
        {"organization_id": "G1", "as_of": DAY},
        [
            ["F1", "Finch Spinning", "MY", "named", "N1", "F1", "Finch Spinning", None],
            ["F1", "Finch Spinning", "MY", "ownership", "N5", "G2", "Egret Mills", None],
            ["F6", "Jay Dyeing", "MY", "ownership", "N5", "G2", "Egret Mills", None],
        ],
    ),
    (
        "goods_with_indicators",
        {"as_of": DAY},
        [["cotton", "MY", "GC", "A public body", "forced_labour", "2022-09-28", 1, ["F1"]]],
    ),
    ("goods_with_indicators", {"as_of": "2022-09-27"}, []),
    (
        "last_runs",
        {},
        [
            ["BR1", "Alder Wear", "run-2", "2024-06-30", 0.45, 0.45, 0.55, 0.1, 0.9, None, "{}"],
            ["BR2", "Birch Home", "run-2", "2024-06-30", 0.35, None, None, None, None, None, "{}"],
        ],
    ),
    (
        "run_attribution",
        {"run_id": "run-2"},
        [
            ["BR1", "Alder Wear", 0.45, "F1", "Finch Spinning", "MY", 0.25],
            ["BR1", "Alder Wear", 0.45, "F6", "Jay Dyeing", "MY", 0.2],
            ["BR2", "Birch Home", 0.35, "F1", "Finch Spinning", "MY", 0.35],
        ],
    ),
    (
        "run_attribution",
        {"run_id": "run-1", "brand_id": "BR1"},
        [["BR1", "Alder Wear", 0.5, "F1", "Finch Spinning", "MY", 0.5]],
    ),
    ("shared_flagged_sites", {"as_of": DAY}, [["F1", "Finch Spinning", "MY", *_F1, ["BR1", "BR2"], 2]]),
    ("shared_flagged_sites", {"as_of": "2021-12-31"}, []),
    # N2 has ended, N6 is retracted, GC is about a good in a country.
    (
        "standing_findings",
        {"as_of": DAY, "category": "forced_labour"},
        [
            [
                "N1",
                _NOTICE[0],
                "forced_labour",
                "order",
                "standing",
                "2021-01-01",
                None,
                1.0,
                0.9,
                "F1",
                "Finch Spinning",
                "MY",
                "id",
                _NOTICE[1],
            ],
            [
                "N4",
                _NOTICE[0],
                "forced_labour",
                "listing",
                "standing",
                "2024-03-01",
                None,
                1.0,
                1.0,
                None,
                "Heron Sewing",
                None,
                None,
                _NOTICE[1],
            ],
            [
                "N5",
                _NOTICE[0],
                "forced_labour",
                "finding",
                "standing",
                "2023-05-01",
                None,
                0.5,
                1.0,
                "G2",
                "Egret Mills",
                "MY",
                "id",
                _NOTICE[1],
            ],
        ],
    ),
    ("brands_without_coverage", {"as_of": DAY}, [["BR2", "Birch Home", 3, 0.3]]),
    (
        "links_without_figures",
        {"as_of": DAY},
        [
            ["BR2", "Birch Home", 3, 2, 2 / 3],
            ["T1", "Cedar Trading", 1, 1, 1.0],
            ["F2", "Gull Weaving", 2, 1, 0.5],
            ["F6", "Jay Dyeing", 1, 1, 1.0],
        ],
    ),
    (
        "matches_waiting",
        {},
        [
            ["N4", "Heron Sewing", None, _NOTICE[0], "F3", "Heron Sewing", "BD", "equal_name_no_country", _REASON],
            ["N4", "Heron Sewing", None, _NOTICE[0], "F5", "Heron Sewing", "IN", "equal_name_no_country", _REASON],
        ],
    ),
    ("placeholders", {}, [["P9", "facility", 1, ["BR2"], _SMALL]]),
    ("same_name_in_countries", {}, [["heron sewing", ["BD", "IN"], ["F3", "F5"], ["Heron Sewing"]]]),
    (
        "sites_without_country",
        {},
        [["F4", "Ibis Ginning", None, False, 1, _SMALL], ["P9", "P9", None, True, 1, _SMALL]],
    ),
    (
        "stale_lists",
        {"as_of": "2025-02-01"},
        [["BR2", "Birch Home", "sites", "list of 2024", "2024-02-01", 366, 2]],
    ),
    ("stale_lists", {"as_of": "2025-02-01", "min_days": "367"}, []),
]

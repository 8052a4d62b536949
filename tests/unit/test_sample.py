"""The sample network tells its stories: figures by a plain computation of its own, on plain networkx."""

from __future__ import annotations

import csv
import json
import os
import re
import tomllib
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import networkx as nx
import pandas as pd
import pytest

from graph_core.graph import table
from graph_core.model import TABLES
from graph_core.resolve.match import match_findings
from graph_core.resolve.names import distinctive, normalise, normalise_all
from loaders.sample import make_sample

HERE = Path(make_sample.__file__).parent
DATA = Path(__file__).parents[3] / "shared" / "data"
TODAY = "2025-06-30"
Row = dict[str, str]

#: What each standing finding flags, written down by hand from README.md: site or company -> finding.
FLAGGED = {
    "site-grey-heron-ridge": "find-grey-heron",
    "site-talver-gin": "find-talvergrad",
    "site-morrowfen-cn": "find-morrowfen",
    "site-saltwick": "find-saltwick",
    "site-duskharbour": "find-duskharbour",
    "site-emberlathe": "find-emberlathe",
    "site-tidelantern": "find-tidelantern",
    "org-graymoss": "find-graymoss",
    "site-graymoss-1": "find-graymoss",
    "site-graymoss-2": "find-graymoss",
    "site-graymoss-3": "find-graymoss",
}


@cache
def read(name: str) -> list[Row]:
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_id(name: str) -> dict[str, Row]:
    return {row["id"]: row for row in read(name)}


def stands(row: Row, day: str) -> bool:
    return row["valid_from"] <= day and not (row["valid_to"] and row["valid_to"] <= day)


def brands() -> list[str]:
    return [row["id"] for row in read("organizations") if row["roles"] == "brand"]


def brand(short: str) -> str:
    return f"brand-{short}"


def coverage(day: str) -> dict[str, float]:
    rows = sorted(read("coverage"), key=lambda row: row["valid_from"])
    return {row["buyer_id"]: float(row["coverage"]) for row in rows if row["valid_from"] <= day}


@cache
def network(day: str, *, documented_only: bool = False) -> nx.DiGraph[str]:
    """Links of a day, supplier -> buyer, with the share that the shares rule gives them."""
    stated = coverage(day)
    inputs: dict[str, list[Row]] = defaultdict(list)
    for link in read("links"):
        if stands(link, day):
            inputs[link["buyer_id"]].append(link)
    net: nx.DiGraph[str] = nx.DiGraph()
    for buyer, links in inputs.items():
        left = stated.get(buyer, 1.0) - sum(float(link["share"] or 0) for link in links)
        assert left > -1e-9, f"{buyer}: explicit shares exceed the coverage"
        without_share = [link for link in links if not link["share"]]
        measured = Counter(m for link in without_share for m in ("volume", "value") if link[m])
        assert len(measured) <= 1, f"{buyer}: figures in two measures"
        measure = next(iter(measured), "")
        known = [link for link in without_share if measure and link[measure]]
        total = sum(float(link[measure]) for link in known)
        for link in links:
            share = left / len(without_share) if without_share else 0.0
            if link["share"]:
                share = float(link["share"])
            elif link in known:
                share = share * len(known) * float(link[measure]) / total
            if documented_only and link["evidence"] == "inferred":
                continue
            before = net.get_edge_data(link["supplier_id"], buyer, {"share": 0.0})["share"]
            net.add_edge(link["supplier_id"], buyer, share=before + share)
    return net


def flags(day: str) -> dict[str, float]:
    findings = by_id("findings")
    return {
        party: float(findings[finding]["severity"]) * float(findings[finding]["confidence"])
        for party, finding in FLAGGED.items()
        if stands(findings[finding], day)
    }


def traced(net: nx.DiGraph[str], strength: dict[str, float]) -> dict[str, float]:
    """Least fixpoint of e = s + (1 - s) P^T e, from 0."""
    exposure = dict.fromkeys(net, 0.0)
    for _ in range(1000):
        fresh = {
            node: strength.get(node, 0.0)
            + (1 - strength.get(node, 0.0)) * sum(net[s][node]["share"] * exposure[s] for s in net.predecessors(node))
            for node in net
        }
        if max(abs(fresh[node] - exposure[node]) for node in net) < 1e-14:
            return fresh
        exposure = fresh
    raise AssertionError("no fixpoint")


def score(day: str = TODAY) -> dict[str, float]:
    return traced(network(day), flags(day))


def tiers(net: nx.DiGraph[str], of: str) -> dict[str, int]:
    lengths: dict[str, int] = nx.single_source_shortest_path_length(net.reverse(), of)
    return lengths


# --- the files -------------------------------------------------------------------------------------------------------


def test_the_script_makes_the_same_bytes() -> None:
    made = make_sample.make()
    assert sorted(made) == sorted(path.name for path in HERE.glob("*.csv"))
    for name, text in made.items():
        assert (HERE / name).read_bytes() == text.encode(), f"{name}: run python -m loaders.sample.make_sample"


def test_columns_are_those_of_the_tables() -> None:
    for name, definition in TABLES.items():
        if not definition.internal:
            assert set(read(name)[0]) <= set(definition.names)


def test_every_id_is_defined_once_and_every_reference_is_defined() -> None:
    parties = [row["id"] for name in ("organizations", "facilities") for row in read(name)]
    assert len(parties) == len(set(parties))
    named = {row[end] for row in read("links") for end in ("supplier_id", "buyer_id")}
    named |= {row["operator_id"] for row in read("facilities")} | {row["buyer_id"] for row in read("coverage")}
    named |= {row[end] for row in read("ownership") for end in ("owner_id", "owned_id")}
    named |= {row["subject_id"] for row in read("findings")}
    assert named - {""} <= set(parties)
    assert {row["source"] for row in read("links")} <= set(by_id("sources"))


def test_it_says_everywhere_that_it_is_fictional() -> None:
    about = tomllib.loads((HERE / "sample.toml").read_text(encoding="utf-8"))
    assert about["as_of"] == TODAY
    assert about["fictional"] is True
    assert "fictional" in about["title"].casefold()
    assert all("Fictional" in row["title"] and "fictional" in row["publisher"] for row in read("sources"))
    assert all(row["authority"].startswith("Fictional") for row in read("findings"))
    assert all("nvented" in row["note"] for row in read("findings"))
    urls = [row[key] for name, key in (("findings", "source_url"), ("sources", "url")) for row in read(name)]
    assert all(re.match(r"https://sample\.example/", url) for url in urls)


def test_its_size() -> None:
    assert len(brands()) == 10
    assert 380 <= len(read("facilities")) <= 430
    assert 800 <= len(read("links")) <= 1000
    for one in brands():
        assert max(tiers(network(TODAY), one).values()) in (4, 5, 6)


@pytest.mark.parametrize(
    ("script", "block"),
    [
        ("Chinese", "[\u4e00-\u9fff]"),
        ("Cyrillic", "[\u0400-\u04ff]"),
        ("Turkish", "[ışğİ]"),
        ("Vietnamese", "[\u1ea0-\u1eff]"),
        ("Arabic", "[\u0600-\u06ff]"),
    ],
)
def test_names_stand_in_their_own_script_with_a_latin_alias(script: str, block: str) -> None:
    own = [row for row in read("facilities") if re.search(block, row["name"])]
    assert len(own) >= 8, script
    assert all(row["aliases"] and not re.search(block, row["aliases"]) for row in own)


def test_no_two_sites_of_a_country_share_a_name() -> None:
    keys = Counter((row["country"], normalise(row["name"])) for row in read("facilities"))
    assert max(keys.values()) == 1


# --- the stories -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2025-04-14", TODAY])
def test_the_figures_of_the_readme(day: str) -> None:
    text = (HERE / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(brand-\w+)` \| ([\d.]+) \| ([\d.]+) \|$", text, re.MULTILINE)
    said = {name: figures[0 if day == "2025-04-14" else 1] for name, *figures in rows}
    computed = score(day)
    assert said == {one: f"{computed[one] * 100:.1f}" for one in brands()}


def test_exposures_spread_from_nothing_to_two_fifths() -> None:
    found = sorted(score()[one] for one in brands())
    assert found[0] == found[1] == 0.0
    assert 0.35 < found[-1] < 0.45
    assert len({round(value, 2) for value in found}) >= 7


def test_exposed_at_tier_three_without_a_flagged_direct_supplier() -> None:
    distance = tiers(network(TODAY), brand("quillmarrow"))
    flagged = {party: distance[party] for party in flags(TODAY) if party in distance}
    assert flagged == {"site-grey-heron-ridge": 3}
    assert score()[brand("quillmarrow")] > 0.1


def test_a_chokepoint_behind_four_brands() -> None:
    net, only = network(TODAY), {"site-talver-gin": 1.0}
    behind = {one for one in brands() if traced(net, only)[one] > 0}
    assert behind == {brand(short) for short in ("tannerwick", "velbrace", "ostrelune", "harrowmint")}
    assert "site-ruzgarli-iplik" not in FLAGGED
    without = net.subgraph(set(net) - {"site-ruzgarli-iplik"})
    assert all(traced(without, only)[one] == 0 for one in behind)


def test_a_cycle_of_subcontractors_that_carries_exposure() -> None:
    rings = [ring for ring in nx.strongly_connected_components(network(TODAY)) if len(ring) > 1]
    assert rings == [{"site-ring-a", "site-ring-b", "site-ring-c"}]
    assert all(score()[site] > 0 for site in rings[0])
    assert {"site-ring-b", "site-ring-c"} <= set(network(TODAY).predecessors(brand("ostrelune")))


def test_hidden_traders() -> None:
    indirect = {(row["supplier_id"], row["buyer_id"]) for row in read("links") if row["disclosure"] == "indirect"}
    assert ("site-morrowfen-cn", brand("brackenspool")) in indirect
    assert sum(buyer == brand("brackenspool") for _, buyer in indirect) == 5
    assert ("site-graymoss-1", "site-story-noodles-2") in indirect
    assert network(TODAY).has_edge("site-graymoss-1", "org-harbourglass")


def test_an_order_that_was_lifted() -> None:
    finding = by_id("findings")["find-tidelantern"]
    assert (finding["status"], finding["valid_to"]) == ("lifted", "2025-04-15")
    assert score("2025-04-14")[brand("puddlewright")] > 0.05
    assert score("2025-04-15")[brand("puddlewright")] == 0.0
    assert "site-tidelantern" in tiers(network(TODAY), brand("puddlewright"))


def test_a_good_in_a_country_is_an_indicator_of_its_own() -> None:
    (indicator,) = [row for row in read("findings") if row["kind"] == "good_country"]
    assert indicator["subject_id"] == indicator["subject_name"] == ""
    made = {
        row["id"]: 1.0
        for row in read("facilities")
        if (row["product"], row["country"]) == (indicator["scope_commodity"], indicator["scope_country"])
    }
    assert not set(made) & set(FLAGGED)
    assert traced(network(TODAY), made)[brand("lindqvorn")] > 0.03
    assert score()[brand("lindqvorn")] == 0.0


def test_the_same_name_in_another_country() -> None:
    sites = by_id("facilities")
    flagged, spared = sites["site-morrowfen-cn"], sites["site-morrowfen-vn"]
    assert normalise(flagged["name"]) == normalise(spared["name"])
    assert (flagged["country"], spared["country"]) == ("CN", "VN")
    assert score()[spared["id"]] == 0.0
    assert spared["id"] in tiers(network(TODAY), brand("lindqvorn"))


def test_an_order_on_a_group_reaches_its_sites_inside_its_country() -> None:
    held = {row["owned_id"]: float(row["percent"]) for row in read("ownership") if row["owner_id"] == "org-graymoss"}
    group = {"org-graymoss"} | {owned for owned, percent in held.items() if percent >= 50}
    reached = {row["id"] for row in read("facilities") if row["operator_id"] in group and row["country"] == "MY"}
    assert reached == {"site-graymoss-1", "site-graymoss-2", "site-graymoss-3"}
    outside = {row["id"] for row in read("facilities") if row["operator_id"] in {"org-graymoss-java", "org-fernhallow"}}
    assert outside == {"site-graymoss-java", "site-fernhallow"}
    found = score()
    assert all(found[site] == 0.0 for site in outside)
    assert found[brand("solvandra")] > 0.15


def test_an_inferred_link_raises_the_score() -> None:
    documented = traced(network(TODAY, documented_only=True), flags(TODAY))
    inferred = {one for one in brands() if documented[one] < score()[one] - 1e-9}
    assert inferred == {brand("mirabolt")}
    assert documented[brand("mirabolt")] > 0


def test_a_score_of_nothing_is_not_clean() -> None:
    stated = coverage(TODAY)
    zero = {one: stated[one] for one in brands() if score()[one] == 0.0}
    assert zero == {brand("lindqvorn"): 0.62, brand("puddlewright"): 0.55}
    assert {one for one in brands() if one not in stated} == {brand("harrowmint"), brand("mirabolt")}
    for one in brands():
        mapped = sum(network(TODAY)[supplier][one]["share"] for supplier in network(TODAY).predecessors(one))
        assert mapped == pytest.approx(stated.get(one, 1.0), abs=1e-9)


def test_links_without_figures_and_with_each_kind() -> None:
    kinds = Counter(next((kind for kind in ("share", "volume", "value") if row[kind]), "none") for row in read("links"))
    assert min(kinds[kind] for kind in ("share", "volume", "value", "none")) > 50


def test_two_goods() -> None:
    delivered = {row["product"] for row in read("links") if row["buyer_id"] == brand("mirabolt")}
    assert delivered == {"cotton garments", "soap"}


def test_findings_by_name_match_as_the_stories_say() -> None:
    organizations, facilities, findings = (pd.DataFrame(read(n)) for n in ("organizations", "facilities", "findings"))
    for frame, column in ((organizations, "aliases"), (facilities, "aliases"), (findings, "subject_aliases")):
        frame[column] = [[name for name in cell.split("|") if name] for cell in frame[column]]
    numbers = ["lat", "lon", "severity", "confidence", "includes_subsidiaries"]
    found = match_findings(
        table("Finding", findings.drop(columns=numbers[2:]).replace("", None)),
        table("Organization", organizations.replace("", None)),
        table("Facility", facilities.drop(columns=numbers[:2]).replace("", None)),
        facilities[["operator_id", "country"]].rename(columns={"operator_id": "party"}),
    )
    by_name = found[found["rule"] != "id"]
    assert set(zip(by_name["finding"], by_name["party"], by_name["rule"], strict=True)) == {
        ("find-grey-heron", "site-grey-heron-ridge", "equal_name"),
        ("find-morrowfen", "site-morrowfen-cn", "equal_name"),
        ("find-graymoss", "org-graymoss", "equal_name"),
        ("find-caldermoss", "site-caldermoss", "equal_core_other_form"),
        ("find-ombelquay", "site-ombelquay", "equal_name_no_country"),
    }
    accepted = set(found.loc[found["outcome"] == "accepted", "party"])
    never = {"site-story-fabric-9", "site-story-garment-14"}  # retracted, export control
    owned = {"site-graymoss-1", "site-graymoss-2", "site-graymoss-3"}
    assert accepted == (set(FLAGGED) - owned) | never


def test_waiting_and_uncounted_findings_lie_behind_brands() -> None:
    assert "site-caldermoss" in tiers(network(TODAY), brand("velbrace"))
    behind = tiers(network(TODAY), brand("lindqvorn"))
    assert {"site-ombelquay", "site-story-fabric-9", "site-story-garment-14"} <= set(behind)
    findings = by_id("findings")
    assert findings["find-retracted"]["status"] == "retracted"
    assert findings["find-export-control"]["category"] == "export_control"


def test_lists_are_dated() -> None:
    for one in brands():
        dates = {row["valid_from"] for row in read("links") if row["buyer_id"] == one}
        assert len(dates) >= 2
        assert max(dates) <= TODAY
    assert any(row["valid_to"] for row in read("links"))


@pytest.mark.data
def test_no_invented_name_is_a_real_one_of_the_public_lists() -> None:
    if not DATA.is_dir():
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail(f"the real data sets are required and {DATA} is absent")
        pytest.skip(f"needs the real data sets in {DATA}")
    real: set[str] = set()
    for file in sorted((DATA / "us_lists").glob("*.json")):
        entities = json.loads(file.read_text(encoding="utf-8"))["entities"]
        real |= {str(name) for entity in entities for name in (entity["name"], *(entity.get("aliases") or []))}
    mills = pd.read_csv(DATA / "palm_oil" / "mills.csv", keep_default_na=False)
    disclosed = pd.read_csv(DATA / "palm_oil" / "brand_mill_disclosures.csv", keep_default_na=False)
    for column in (mills["Group Name"], mills["Parent Company"], mills["Mill Name"], disclosed["consumer_brand"]):
        real |= set(column)
    invented = [
        name
        for rows in ("organizations", "facilities")
        for row in read(rows)
        for name in (row["name"], *row["aliases"].split("|"))
        if name
    ]
    assert all(distinctive(name) for name in invented)
    assert not set(normalise_all(invented)) & set(normalise_all(sorted(real)))

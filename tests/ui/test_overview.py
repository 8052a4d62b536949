"""The overview: facets and their counts, formulas, the change since a snapshot, what waits, and the copy menu."""

from __future__ import annotations

import io
import json
import random
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graph_core.day import Day, Parameters
from graph_core.model import ACTIONS, PLANS
from graph_core.snapshot import since as comparing
from graph_core.snapshot.build import build
from graph_core.ui import copying, facets, tables, words
from graph_core.ui.facets import Facet, narrow
from tests import oracles
from tests.ui.conftest import Said
from tests.ui.shown import component
from tests.ui.test_pages import DAY, open_app  # noqa: F401 - a fixture

PARAMETERS = Parameters(DAY.isoformat())


@pytest.fixture
def rows(graph) -> list[dict[str, Any]]:
    return Day(graph, PARAMETERS).exposures()


# --- facets ----------------------------------------------------------------------------------------------------------


def made_facets(size: int, random_: random.Random) -> list[Facet]:
    def values(options: str, most: int) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(random_.sample(options, random_.randrange(most + 1))) for _ in range(size))

    return [Facet("a", "A", values("xyz", 1)), Facet("b", "B", values("pqrs", 3)), Facet("c", "C", values("u", 1))]


@pytest.mark.parametrize("seed", range(20))
def test_counts_are_what_choosing_an_option_alone_in_its_group_leaves(seed):
    random_ = random.Random(seed)
    groups = made_facets(30, random_)
    among = np.array([random_.random() < 0.8 for _ in range(30)])
    chosen = {g.key: random_.sample(["x", "y", "p", "q", "u", "gone"], random_.randrange(3)) for g in groups}

    def passing(wanted: dict[str, list[str]]) -> list[int]:
        kept = [row for row in range(30) if among[row]]
        for group in groups:
            if own := set(wanted[group.key]):
                kept = [row for row in kept if own & set(group.of_brands[row])]
        return kept

    found = narrow(groups, chosen, among)
    assert np.flatnonzero(found.kept).tolist() == passing(chosen)
    for group in found.groups:
        for option in group["options"]:
            assert option["count"] == len(passing({**chosen, group["key"]: [option["value"]]}))
            assert option["chosen"] == (option["value"] in chosen[group["key"]])
        assert {option["value"] for option in group["options"]} >= set(chosen[group["key"]])


def test_options_of_brands(rows):
    found = {facet.key: facet.of_brands for facet in facets.brand_facets(rows, {"B1": "Germany"})}
    assert set(found) == set(facets.KEYS)
    of = {row["brand"]["id"]: place for place, row in enumerate(rows)}
    assert found["country"][of["B1"]] == ("Germany",)
    assert found["country"][of["B2"]] == ("not stated",)
    assert found["coverage"][of["B1"]] == ("stated",)
    assert found["coverage"][of["B4"]] == ("not stated",)
    for key in ("coverage", "age"):
        assert found[key][of["B3"]] == ("no list in force",)
    assert found["flag"][of["B3"]] == ("no figure",)
    assert "Named entity" in found["flag"][of["B1"]]


def test_facets_of_the_address_narrow_the_table_and_say_so(open_app):  # noqa: F811
    app = open_app(coverage="not stated")
    ids = {row["id"] for row in component(app, "brands")["rows"]}
    assert ids == {"B2", "B4"}
    assert app.text[0].value.startswith("2 of 4 brands")
    groups = {group["key"]: group["options"] for group in component(app, "facets")["facets"]}
    counts = {option["value"]: (option["count"], option["chosen"]) for option in groups["coverage"]}
    assert counts == {"stated": (1, False), "not stated": (2, True), "no list in force": (1, False)}
    assert sum(option["count"] for option in groups["age"]) == 2


def test_an_option_that_nobody_has_leaves_nothing_and_says_what_to_do(open_app):  # noqa: F811
    app = open_app(country="Nowhere <b>")
    assert "None of the 4 brands passes these filters" in app.info[0].value
    groups = {group["key"]: group["options"] for group in component(app, "facets")["facets"]}
    assert [o["value"] for o in groups["country"] if o["chosen"]] == ["Nowhere <b>"]


# --- formulas --------------------------------------------------------------------------------------------------------


def test_a_formula_sums_to_its_figure_and_names_its_run(rows):
    (row,) = (row for row in rows if row["brand"]["id"] == "B1")
    said = words.formula(row).replace("\u00a0", " ")
    assert "26.0 % of inputs traced over documented links, 36.0 % with inferred ones" in said
    assert f"{row['flagged_suppliers']} of 3 disclosed suppliers flagged directly" in said
    assert f"Run {row['run']['id']}, input {row['run']['input_hash'][:12]}." in said
    assert f"coverage 70.0 %, {100 * row['unmapped']:.1f} % unmapped" in said.replace("Coverage", "coverage")
    told = said.split("36.0 % is the sum of ")[1].split("Equal split")[0]
    assert sum(map(float, re.findall(r"(\d+\.\d) %", told))) == pytest.approx(36.0, abs=0.2)


def test_no_figure_has_a_formula_that_says_why(rows):
    (row,) = (row for row in rows if row["brand"]["id"] == "B3")
    assert words.formula(row).startswith("No figure: no list in force on this day.")


def test_every_row_of_the_table_has_a_formula(open_app):  # noqa: F811
    assert all(row["formula"] for row in component(open_app(), "brands")["rows"])


# --- change since a snapshot -----------------------------------------------------------------------------------------


def frozen(graph, home, day: str = DAY.isoformat(), **parameters: Any):
    said = Day(graph, Parameters(day, **parameters))
    return build(said, [], home / "snapshots" / f"{day}-{len(parameters)}")


def test_without_a_snapshot_there_is_no_column(open_app):  # noqa: F811
    app = open_app()
    assert "change" not in [column["key"] for column in component(app, "brands")["columns"]]
    assert "No verified snapshot of 2021-06-30 or before" in json.dumps(component(app, "notes"))


def test_change_is_the_figure_now_less_the_one_frozen(open_app, graph, workspace):  # noqa: F811
    made = frozen(graph, workspace.settings.home, "2020-03-01")
    app = open_app()
    assert f"snapshot {made.id[:12]}, as of 2020-03-01" in json.dumps(component(app, "notes"))
    then = {row["brand"]["id"]: row["documented_only"] for row in Day(graph, Parameters("2020-03-01")).exposures()}
    now = {row["brand"]["id"]: row["documented_only"] for row in Day(graph, PARAMETERS).exposures()}
    table = {row["id"]: row["cells"]["change"] for row in component(app, "brands")["rows"]}
    assert table["B1"]["sort"] == pytest.approx(now["B1"] - then["B1"], abs=1e-9)
    assert table["B1"]["sort"] != 0
    assert table["B3"] == {"text": "not known", "sort": None, "note": "", "absent": True}


def test_a_later_snapshot_is_no_past(open_app, graph, workspace):  # noqa: F811
    frozen(graph, workspace.settings.home, "2022-01-01")
    assert "change" not in [column["key"] for column in component(open_app(), "brands")["columns"]]


def test_other_parameters_cannot_be_compared(open_app, graph, workspace):  # noqa: F811
    frozen(graph, workspace.settings.home, min_confidence=0.5)
    app = open_app()
    assert "change" not in [column["key"] for column in component(app, "brands")["columns"]]
    assert "cannot be compared, made in another way: least confidence." in json.dumps(component(app, "notes"))
    alike = frozen(graph, workspace.settings.home, "2020-03-01")
    assert alike.id[:12] in json.dumps(component(open_app(), "notes"))


def test_a_changed_snapshot_does_not_count(graph, tmp_path):
    made = frozen(graph, tmp_path)
    before = comparing.fingerprint(tmp_path)
    assert [one.id for one in comparing.verified(tmp_path)] == [made.id]
    file = made.folder / "exposure.json"
    file.write_bytes(file.read_bytes() + b" ")
    assert comparing.fingerprint(tmp_path) != before
    assert comparing.verified(tmp_path) == []


# --- what waits, another score, copying ------------------------------------------------------------------------------


def test_waiting_matches_and_actions_lead_to_their_pages(open_app, workspace, graph):  # noqa: F811
    day = Day(graph, PARAMETERS)
    # The newspaper's name is that of two sites; whether Order 8 on cotton concerns its subject itself, no data says.
    assert set(zip(graph["MAY_BE_ABOUT"]["start"], graph["MAY_BE_ABOUT"]["end"], strict=True)) == {
        ("N3", "G2"), ("N3", "G3"),
    }  # fmt: skip
    assert day.waiting == (2, 1)
    common = {"owner": "A", "kept_by": "A", "kept_at": "2021-01-01", "status": "open", "brands": []}
    empty = dict.fromkeys(("scenario", "changes", "expected", "baseline", "note"))
    said = [
        {**common, **empty, "id": "a1", "title": "Ask", "due": "2000-01-01"},
        {**common, **empty, "id": "a2", "title": "Visit", "due": None},
        {**common, **empty, "id": "a3", "title": "Done", "due": "2000-01-01", "status": "done"},
    ]
    workspace.store.sets[PLANS] = Said({}, 1, {ACTIONS.name: pd.DataFrame(said)})
    (block,) = component(open_app(), "worklist")["blocks"]
    links = {part["page"]: part["text"] for part in block["text"] if isinstance(part, dict)}
    assert links == {"what-if": "2 open actions, 1 overdue", "review": "2 matches wait for a person to judge"}
    assert [part for part in block["text"] if isinstance(part, str)] == [
        " · ", "1 finding waits for a country or good to become known", " · "
    ]  # fmt: skip


def test_what_only_data_can_settle_is_no_review() -> None:
    row = {**oracles.finding("S"), "scope_country": "CN"}
    graph = oracles.graph_of(organizations=[oracles.brand("X")], links=[oracles.link("S", "X", 0.5)], findings=[row])
    (shown,) = Day(graph, PARAMETERS).exposures(["X"])
    assert (shown["waiting_reviews"], shown["waiting_data"]) == (1, 1)
    data = "1 finding waits for a country or good to become known"
    assert f"{data} and could change this figure." in words.limits(shown)
    assert f" {data}. " in words.formula(shown)
    for said in (words.limits(shown), [words.formula(shown)]):
        assert not any("judge" in line for line in said)
    (cells,) = (line["cells"] for line in tables.overview([shown], "")["rows"])
    assert (cells["waiting"]["text"], cells["waiting"]["note"]) == ("0", "1 for data")
    (facet,) = (one for one in facets.brand_facets([shown], {}) if one.key == "reviews")
    assert facet.of_brands == (("for data",),)


def test_another_score_has_a_column_its_sentence_and_its_pitfall(open_app):  # noqa: F811
    app = open_app(score="hops")
    table = component(app, "brands")
    assert [column["label"] for column in table["columns"]][3] == "Hops"
    cells = {row["id"]: row["cells"]["other"]["text"] for row in table["rows"]}
    assert cells["B1"] == "1 hop"
    assert cells["B3"] == "no list in force"
    assert "It says nothing of volume" in json.dumps(component(app, "notes"))


def test_csv_holds_every_figure_and_no_formula(rows):
    hostile = [{**rows[0], "brand": {"id": "=1+1", "name": "@SUM(A1)"}}]
    text = copying.as_csv(tables.overview_csv([*hostile, *rows], None, None))
    read = pd.read_csv(io.StringIO(text))
    assert read["brand_id"][0] == "'=1+1"
    assert read["brand"][0] == "'@SUM(A1)"
    for key in ("score", "documented_only", "coverage", "class_named", "suppliers"):
        assert key in read.columns
    own = read[read["brand_id"] == "B1"].iloc[0]
    exposure = next(row for row in rows if row["brand"]["id"] == "B1")
    assert own["score"] == pytest.approx(exposure["score"])
    assert own["run"] == exposure["run"]["id"]

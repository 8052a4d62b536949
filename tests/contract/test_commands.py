"""The commands as a user runs them, on both servers: figures, repetition, refusals and exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_core.bundle import sample
from graph_core.settings import Settings
from graph_core.store.embedded import stop
from graph_core.store.open import BoltStore
from tests.commands import Commands, run_apart
from tests.conftest import emptied

DATA = Path(__file__).parents[3] / "shared" / "data"
ENDLESS = "UNWIND range(1, 100000000) AS i UNWIND range(1, 1000) AS j"
SAMPLE_DAY = "2025-06-30"
#: Flagged mills / mills in the list in force, from the README of the findings.
PALM = {
    "2021-06-30": {
        "Colgate-Palmolive": (74, 1185), "Ferrero": (17, 572), "FrieslandCampina": (71, 911),
        "General Mills": (109, 1730), "Hershey": (78, 1391), "Johnson & Johnson": (77, 749), "Kellogg": (103, 1602),
        "L'ORÉAL": (77, 1117), "Mars": (2, 82), "Mondelez": (94, 1572), "Nestle": (101, 1608),
        "PepsiCo": (97, 1621), "Procter & Gamble": (34, 1241), "Reckitt Benckiser (RB)": (105, 1614),
        "Unilever": (34, 1392),
    },
    "2024-06-30": {
        "Colgate-Palmolive": (47, 1185), "Ferrero": (0, 572), "FrieslandCampina": (37, 911),
        "General Mills": (74, 1730), "Hershey": (45, 1391), "Johnson & Johnson": (50, 749), "Kellogg": (68, 1602),
        "L'ORÉAL": (47, 1117), "Mars": (0, 82), "Mondelez": (62, 1572), "Nestle": (69, 1608),
        "PepsiCo": (66, 1621), "Procter & Gamble": (2, 1241), "Reckitt Benckiser (RB)": (71, 1614),
        "Unilever": (0, 1392),
    },
}  # fmt: skip
PATH_KEYS = {"rank", "score", "contribution", "nodes", "links", "truncated"}
LINK_KEYS = {"supplier", "buyer", "share", "share_basis", "disclosure", "evidence", "sources"}
EXPOSURE_KEYS = {
    "brand", "as_of", "score_name", "classes", "score", "lower", "upper", "unmapped", "coverage", "assumed_share",
    "unstated_share", "documented_only", "suppliers", "flagged_suppliers", "attribution", "by_product",
    "mixed_products", "waiting_reviews", "stale_days", "run",
}  # fmt: skip


@pytest.fixture
def tiertrace(
    store_settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Commands:
    return Commands(store_settings, capsys, monkeypatch)


def need_data() -> None:
    if not DATA.is_dir():
        message = f"the real data is not at {DATA}"
        pytest.fail(message) if os.environ.get("TIERTRACE_TEST_DATA") == "required" else pytest.skip(message)


@pytest.fixture(scope="module", params=["embedded", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def palm_settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A store with the palm-oil disclosures and the orders on producers, loaded by the commands."""
    need_data()
    own = tmp_path_factory.mktemp("palm")
    if request.param == "embedded":  # an engine of its own: emptying a graph of this size takes it longer
        settings = Settings(home=own / "home", heap="512m")
    else:
        settings = emptied(request.getfixturevalue("neo4j_settings"))
    (own / "orders").mkdir()
    shutil.copy(DATA / "findings" / "palm_oil_orders.csv", own / "orders" / "findings.csv")
    for form, path in (("palm-oil", DATA / "palm_oil"), ("tables", own / "orders")):
        done = run_apart(settings, "load", form, str(path), "--format", "json")
        assert done.returncode == 0, done.stderr
        tables = {table["table"]: table for table in json.loads(done.stdout)["tables"]}
        assert all(t["read"] == t["loaded"] + t["merged"] + t["rejected"] for t in tables.values())
        if form == "palm-oil":
            assert "49 parties" in done.stderr
            assert [tables["links"][key] for key in ("read", "merged", "rejected")] == [57_253, 7_178, 0]
    yield settings
    if settings.embedded:
        stop(settings)


@pytest.fixture
def palm(palm_settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Commands:
    return Commands(palm_settings, capsys, monkeypatch)


@pytest.mark.data
def test_palm_oil_gives_the_published_figures(palm: Commands) -> None:
    for day, brands in PALM.items():
        found = {row["brand"]["name"]: row for row in palm("exposure", "--as-of", day, "--format", "json").json()}
        assert set(found) == set(brands)
        for name, (flagged, mills) in brands.items():
            row = found[name]
            assert (row["flagged_suppliers"], row["suppliers"]) == (flagged, mills), name
            assert row["classes"]["ownership"] == pytest.approx(flagged / mills, abs=1e-12)
            assert row["score"] == pytest.approx(flagged / mills, abs=1e-12)
            assert row["classes"]["named"] == 0
            assert sum(part["share"] for part in row["attribution"]) == pytest.approx(row["score"], abs=1e-12)


@pytest.mark.data
def test_goods_by_country_stand_apart(palm: Commands) -> None:
    before = palm("exposure", "--as-of", "2026-06-30", "--format", "json").json()
    assert {row["classes"]["good_country"] for row in before} == {None}
    assert palm("load", "dol-goods", str(DATA / "dol_goods" / "goods_2021.xml")).code == 0
    after = palm("exposure", "--as-of", "2026-06-30", "--format", "json").json()
    assert [row["score"] for row in before] == [row["score"] for row in after] == [0.0] * 15
    shares = [row["classes"]["good_country"] for row in after]
    assert min(shares) > 0.05
    assert max(shares) < 0.55


def test_both_servers_print_the_same(
    both_stores: tuple[BoltStore, BoltStore],
    embedded_settings: Settings,
    neo4j_settings: Settings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    del both_stores  # empties both
    printed = []
    for settings in (embedded_settings, neo4j_settings):
        tiertrace = Commands(settings, capsys, monkeypatch)
        assert tiertrace("load", "tables", str(sample())).code == 0
        printed.append(
            [tiertrace("exposure", "--as-of", SAMPLE_DAY, "--format", form).out for form in ("json", "csv", "table")]
            + [tiertrace("paths", "Quillmarrow", "--as-of", SAMPLE_DAY, "--format", "json").out]
        )
        assert (
            tiertrace("snapshot", "build", "--as-of", SAMPLE_DAY, "--out", str(tmp_path / str(len(printed)))).code == 0
        )
    assert printed[0] == printed[1]
    assert len(json.loads(printed[0][0])) == 10
    frozen = [{file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} for name in ("1", "2")]
    assert frozen[0] == frozen[1]
    assert {"manifest.json", "exposure.json", "index.html"} <= set(frozen[0])


def test_shapes_that_scripts_rely_on(tiertrace: Commands) -> None:
    tiertrace("load", "tables", str(sample()))
    rows = tiertrace("exposure", "--as-of", SAMPLE_DAY, "--format", "json").json()
    assert all(set(row) >= EXPOSURE_KEYS for row in rows)
    assert set(rows[0]["run"]) >= {"id", "code_version", "input_hash", "parameters"}
    one = tiertrace("exposure", "quillmarrow", "--as-of", SAMPLE_DAY, "--format", "json").json()
    assert [row["brand"]["name"] for row in one] == ["Quillmarrow"]
    paths = tiertrace("paths", "brand-quillmarrow", "--top", "2", "--as-of", SAMPLE_DAY, "--format", "json").json()
    assert [path["rank"] for path in paths] == [1, 2]
    assert all(set(path) >= PATH_KEYS and path["truncated"] for path in paths)
    assert all(set(link) >= LINK_KEYS for path in paths for link in path["links"])
    assert paths[0]["nodes"][-1]["id"] == "brand-quillmarrow"
    table = list(csv.DictReader(io.StringIO(tiertrace("exposure", "--as-of", SAMPLE_DAY, "--format", "csv").out)))
    assert [float(row["score"]) for row in table] == [row["score"] for row in rows]


def test_brands_by_another_score(tiertrace: Commands) -> None:
    tiertrace("load", "tables", str(sample()))
    traced = tiertrace("exposure", "--as-of", SAMPLE_DAY, "--format", "json").json()
    asked = ("exposure", "--as-of", SAMPLE_DAY, "--score", "cascade", "--worlds", "500", "--seed", "2")
    rows = tiertrace(*asked, "--format", "json").json()
    assert all(set(row) >= EXPOSURE_KEYS for row in rows)
    assert all(row["standard_error"] >= 0 and row["composition"] is None for row in rows)
    assert rows[0]["run"]["parameters"].items() >= {"score_name": "cascade", "worlds": 500, "seed": 2}.items()
    assert [row["suppliers"] for row in rows] == [row["suppliers"] for row in traced]
    assert tiertrace(*asked, "--format", "json").json() == rows
    shown = tiertrace(*asked)
    assert "Standard error" in shown.out
    assert "Pitfall: " in shown.out
    assert "seed 2" in shown.out
    found = tiertrace("query", "last_runs", "-p", "score_name=cascade", "--format", "json").json()
    assert {row["brand_id"]: row["score"] for row in found} == {row["brand"]["id"]: row["score"] for row in rows}
    csv_rows = list(csv.DictReader(io.StringIO(tiertrace(*asked, "--format", "csv").out)))
    assert [float(row["standard_error"]) for row in csv_rows] == [row["standard_error"] for row in rows]


def test_the_distance_of_a_flag_is_shown_and_not_kept_as_a_result(tiertrace: Commands) -> None:
    tiertrace("load", "tables", str(sample()))
    shown = tiertrace("exposure", "--as-of", SAMPLE_DAY, "--score", "hops").out
    assert "3 hops" in shown
    assert "1 hop " in shown
    assert "no flag upstream" in shown
    assert tiertrace("query", "last_runs", "-p", "score_name=hops", "--format", "json").json() == []


def test_a_decay_leaves_the_bar_out(tiertrace: Commands) -> None:
    tiertrace("load", "tables", str(sample()))
    shown = tiertrace("exposure", "--as-of", SAMPLE_DAY, "--decay", "0.5").out
    assert "decay 0.5" in shown
    assert "map ends" not in shown


def test_scores_say_what_they_mean(tiertrace: Commands) -> None:
    rows = tiertrace("scores", "--format", "json").json()
    assert rows[0]["name"] == "traced_share"
    assert {row["kind"] for row in rows} == {"risk", "distance", "disruption"}
    assert all(row["sentence"] and row["pitfall"] and row["formula"] and row["reference"] for row in rows)
    assert "not complicity" in tiertrace("scores").out


def test_the_same_files_again_change_nothing(tiertrace: Commands) -> None:
    tiertrace("load", "tables", str(sample()))
    first = tiertrace("exposure", "--as-of", SAMPLE_DAY, "--format", "json").out
    version = tiertrace("status", "--format", "json").json()["version"]
    again = tiertrace("load", "tables", str(sample()))
    assert again.code == 0
    assert "nothing new" in again.err
    assert tiertrace("status", "--format", "json").json()["version"] == version
    assert tiertrace("exposure", "--as-of", SAMPLE_DAY, "--format", "json").out == first


def test_a_second_exposure_reads_no_graph_and_writes_nothing(
    tiertrace: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiertrace("load", "tables", str(sample()))
    first = tiertrace("exposure", "--as-of", SAMPLE_DAY, "--format", "json")
    for work in ("read_graph", "read_records", "write_run", "sync"):
        monkeypatch.setattr(BoltStore, work, lambda *_, work=work, **__: pytest.fail(f"{work} was called"))
    assert tiertrace("exposure", "--as-of", SAMPLE_DAY, "--format", "json").out == first.out


def test_results_are_written_back_for_cypher(tiertrace: Commands) -> None:
    tiertrace("load", "tables", str(sample()))
    rows = tiertrace("exposure", "--as-of", SAMPLE_DAY, "--format", "json").json()
    found = tiertrace(
        "cypher",
        "MATCH (r:ExposureRun)-[f:FOUND]->(b:Brand) RETURN r.id AS run, r.as_of AS day, b.id AS id, f.score AS score",
        "--format",
        "json",
    ).json()
    assert {(r["run"], r["day"]) for r in found} == {(rows[0]["run"]["id"], SAMPLE_DAY)}
    assert {r["id"]: r["score"] for r in found} == pytest.approx({r["brand"]["id"]: r["score"] for r in rows})
    named = tiertrace("query", "last_runs", "--format", "json").json()
    assert len(named) == len(rows)


def test_an_empty_store_is_no_fault(tiertrace: Commands) -> None:
    assert (tiertrace("exposure", "--format", "json").code, tiertrace("exposure", "--format", "json").json()) == (0, [])
    table = tiertrace("exposure")
    assert table.code == 0
    assert "load" in table.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("exposure", "--as-of", "2021-02-30"), 3, "2021-02-30"),
        (("exposure", "--as-of", "yesterday"), 3, "YYYY-MM-DD"),
        (("exposure", "No Such Brand"), 3, "No Such Brand"),
        (("exposure", "--unreviewed", "maybe"), 3, "exclude or include"),
        (("exposure", "--min-confidence", "2"), 3, "0..1"),
        (("exposure", "--score", "magic"), 3, "traced_share"),
        (("exposure", "--score", "esri"), 3, "what a stop would cost"),
        (("exposure", "--worlds", "5"), 3, "cascade"),
        (("exposure", "--score", "cascade", "--worlds", "0"), 3, "worlds is 0"),
        (("exposure", "--frmat", "json"), 2, "--frmat"),
        (("load", "tables", "/no/such/folder"), 3, "/no/such/folder"),
        (("load", "no-such-format", "x"), 2, "no-such-format"),
        (("load", "nike", "x"), 3, "x does not exist"),
        (("load",), 2, "FORMAT"),
        (("query", "no_such_query"), 3, "no_such_query"),
        (("query", "brands", "-p", "as_of"), 2, "KEY=VALUE"),
        (("cypher", "MATCH (n) DELETE n"), 3, "DELETE"),
        (("cypher", "CREATE (n:X) RETURN n"), 3, "CREATE"),
        (("cypher", "MATCH (n RETURN n"), 3, ""),
        (("cypher", f"{ENDLESS} RETURN count(*)", "--timeout", "1"), 3, ""),
    ],
)  # fmt: skip
def test_mistakes_get_a_message_and_their_code(
    tiertrace: Commands, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = tiertrace(*arguments)
    assert done.code == code, done
    assert words in done.err
    assert done.err.strip()
    assert "Traceback" not in done.err
    assert not done.out


def test_rows_beyond_the_cap_are_said(tiertrace: Commands) -> None:
    done = tiertrace(
        "cypher", "UNWIND range(1, 50) AS i RETURN i;  // all of them", "--max-rows", "5", "--format", "json"
    )
    assert (done.code, len(done.json())) == (0, 5)
    assert "5" in done.err


def test_too_many_rejects_leave_the_store_as_it_was(tiertrace: Commands, tmp_path: Path) -> None:
    (tmp_path / "organizations.csv").write_text("id,name,roles\nb,Brand,brand\n")
    (tmp_path / "links.csv").write_text("supplier_id,buyer_id,share\ns1,b,0.5\ns2,b,1.5\n")
    refused = tiertrace("load", "tables", str(tmp_path), "--max-rejects", "0")
    assert refused.code == 3
    assert "1.5" in refused.err
    assert tiertrace("exposure", "--format", "json").json() == []
    loaded = tiertrace("load", "tables", str(tmp_path), "--format", "json")
    assert loaded.code == 0
    rejects = list(csv.DictReader(Path(loaded.json()["rejects"]).read_text(encoding="utf-8").splitlines()))
    assert [(row["table"], row["line"], row["column"], row["value"]) for row in rejects] == [
        ("links", "3", "share", "1.5")
    ]
    row = tiertrace("exposure", "--format", "json").json()[0]
    assert (row["suppliers"], row["coverage"]) == (1, 0.5)


def test_shares_that_sum_to_more_than_one_are_rejected_in_one_file(tiertrace: Commands, tmp_path: Path) -> None:
    (tmp_path / "organizations.csv").write_text("id,name,roles\nb,Brand,brand\n")
    (tmp_path / "links.csv").write_text("supplier_id,buyer_id,share\ns1,b,0.6\ns2,b,0.6\n")
    loaded = tiertrace("load", "tables", str(tmp_path), "--format", "json")
    assert (loaded.code, loaded.json()["tables"][-1]["rejected"]) == (0, 2)
    assert tiertrace("exposure", "--format", "json").json()[0]["suppliers"] == 0


def test_shares_that_sum_to_more_than_one_over_loads_are_refused(tiertrace: Commands, tmp_path: Path) -> None:
    (tmp_path / "organizations.csv").write_text("id,name,roles\nb,Brand,brand\n")
    (tmp_path / "links.csv").write_text("supplier_id,buyer_id,share\ns1,b,0.6\n")
    assert tiertrace("load", "tables", str(tmp_path)).code == 0
    before = tiertrace("exposure", "--format", "json").out
    for name, text in {
        "links.csv": "supplier_id,buyer_id,share\ns2,b,0.6\n",
        "coverage.csv": "buyer_id,coverage\nb,0.5\n",
    }.items():
        later = tmp_path / name.removesuffix(".csv")
        later.mkdir()
        (later / name).write_text(text)
        refused = tiertrace("load", "tables", str(later))
        assert refused.code == 3
        assert all(word in refused.err for word in ("'b'", "s1", "0.6"))
        assert tiertrace("exposure", "--format", "json").out == before


def test_a_dry_run_writes_nothing(tiertrace: Commands) -> None:
    files = set(tiertrace.settings.home.rglob("rejects/*"))
    done = tiertrace("load", "tables", str(sample()), "--dry-run", "--format", "json")
    assert done.code == 0
    assert done.json()["dry_run"]
    assert tiertrace("exposure", "--format", "json").json() == []
    assert set(tiertrace.settings.home.rglob("rejects/*")) == files


def test_no_server_and_a_wrong_password(
    neo4j_settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = Settings(home=tmp_path, neo4j_uri="bolt://127.0.0.1:9", neo4j_password="x")
    done = Commands(nowhere, capsys, monkeypatch)("exposure")
    assert done.code == 4
    assert "127.0.0.1:9" in done.err
    wrong = neo4j_settings.model_copy(update={"neo4j_password": nowhere.neo4j_password})
    done = Commands(wrong, capsys, monkeypatch)("exposure")
    assert done.code == 4
    assert "password" in done.err


def test_doctor_and_status(tiertrace: Commands) -> None:
    report = tiertrace("doctor", "--format", "json")
    assert report.code == 0, report
    results = {row["check"]: row["result"] for row in report.json()}
    assert set(results.values()) == {"ok"}
    assert "read-only login" in results
    assert tiertrace("status").code == 0

"""The scores behind one interface: acceptance numbers, what each says of itself, and what it refuses."""

from __future__ import annotations

import inspect
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from graph_core import (
    SCORES,
    Need,
    SupplyNetwork,
    cascade,
    debtrank,
    esri,
    hops,
    kernels,
    noisy_or,
    strongest_path,
    traced_share,
    within_hops,
)
from graph_core.day import Day, Parameters
from graph_core.errors import ConvergenceError, InputError, NotFoundError
from graph_core.exposure.components import DENSE
from graph_core.exposure.scores import Kind, Scored
from graph_core.score_parameters import DAY_SCORES, DISRUPTION, ScoreParameters
from tests import oracles

DOCUMENT = Path(__file__).parents[2] / "docs" / "exposure.md"
A2 = [("F", "A", 0.5), ("F", "B", 0.2), ("G", "B", 0.3), ("A", "X", 0.4), ("B", "X", 0.6)]


def network(links: list[oracles.Triple], flags: dict[str, float]) -> SupplyNetwork:
    ids = sorted({name for a, b, _ in links for name in (a, b)} | set(flags))
    number = {name: i for i, name in enumerate(ids)}
    return SupplyNetwork.from_arrays(
        ids, [number[a] for a, _, _ in links], [number[b] for _, b, _ in links], [p for *_, p in links], flags
    )


def ring(size: int, share: float, flag: float) -> SupplyNetwork:
    """A cycle with a flagged supplier of its first member."""
    ids = [*(f"n{i}" for i in range(size)), "F"]
    supplier, buyer = [*range(size), size], [*((i + 1) % size for i in range(size)), 0]
    return SupplyNetwork.from_arrays(ids, supplier, buyer, [share] * size + [1.0], {"F": flag})


# --- acceptance numbers B --------------------------------------------------------------------------------------

DIAMOND = [("F", "A", 0.5), ("F", "B", 0.5), ("A", "X", 0.5), ("B", "X", 0.5)]
TRUNK = [("F", "T", 0.5), ("T", "A", 0.8), ("T", "B", 0.8), ("A", "X", 0.8), ("B", "X", 0.8)]
CYCLE = [("F", "A", 0.5), ("A", "B", 0.9), ("B", "A", 0.9)]
BRIDGE = [*DIAMOND, ("A", "B", 0.5)]


@pytest.mark.parametrize(
    ("links", "strength", "at", "strongest", "exact", "bound"),
    [
        (DIAMOND, 1.0, "X", 0.25, 0.4375, 0.4375),
        (DIAMOND, 0.5, "X", 0.125, 0.21875, 0.234375),
        (TRUNK, 1.0, "X", 0.32, 0.4352, 0.5376),
        (CYCLE, 1.0, "A", 0.5, 0.5, 0.840336),
        (BRIDGE, 1.0, "X", 0.25, 0.46875, 0.484375),
    ],
    ids=["diamond", "half a flag", "shared trunk", "cycle", "bridge"],
)
def test_b_strongest_cascade_noisy_or(
    links: list[oracles.Triple], strength: float, at: str, strongest: float, exact: float, bound: float
) -> None:
    net = network(links, {"F": strength})
    assert strongest_path(net)[at] == pytest.approx(strongest, abs=1e-12)
    assert noisy_or(net)[at] == pytest.approx(bound, abs=5e-7)
    sampled = cascade(net)
    error = sampled.standard_error
    assert error is not None
    assert abs(sampled[at] - exact) <= 5 * error[net.number(at)]
    assert error[net.number(at)] == pytest.approx(math.sqrt(exact * (1 - exact) / 10_000), rel=0.05)
    shares = oracles.matrix(len(net), zip(net.supplier.tolist(), net.buyer.tolist(), net.share.tolist(), strict=True))
    assert oracles.exact_cascade(shares, net.strength)[net.number(at)] == pytest.approx(exact, abs=1e-12)


# --- hops ------------------------------------------------------------------------------------------------------


def test_hops_count_links_from_the_nearest_flag() -> None:
    net = network([*A2, ("X", "Y", 0.01), ("N", "Y", 0.9), ("Z", "Y", 0.0)], {"F": 1.0, "G": 0.5})
    found = hops(net)
    assert {name: found[name] for name in "FGABXYNZ"} == {
        "F": 0, "G": 0, "A": 1, "B": 1, "X": 2, "Y": 3, "N": math.inf, "Z": math.inf,
    }  # fmt: skip


def test_hops_without_a_flag_are_infinite() -> None:
    assert np.isinf(hops(network(A2, {})).scores).all()


def test_within_hops_grows_to_the_traced_share() -> None:
    net = network(A2, {"F": 1.0, "G": 0.5})
    assert [within_hops(net, horizon=h)["X"] for h in range(4)] == pytest.approx([0.0, 0.0, 0.41, 0.41])
    assert within_hops(net, horizon=2, decay=0.5)["X"] == pytest.approx(0.41 / 4)
    around = network([("F", "A", 0.5), ("B", "A", 0.4), ("A", "B", 0.9), ("B", "X", 1.0)], {"F": 1.0})
    assert within_hops(around, horizon=200).scores == pytest.approx(traced_share(around).scores, abs=1e-12)


# --- noisy-or --------------------------------------------------------------------------------------------------


def test_noisy_or_of_a_cycle_that_all_but_keeps_everything() -> None:
    """Plain sweeps would creep: each turn around the cycle adds a thousandth of what is missing."""
    found = noisy_or(ring(3, 1.0, 1e-3))
    assert found.scores[:3] == pytest.approx([1.0, 1.0, 1.0], abs=1e-9)
    assert found.convergence.sweeps < 50
    assert found.convergence.residual <= 1e-12


def test_noisy_or_of_a_closed_cycle_without_a_flag_is_zero() -> None:
    net = network([("A", "B", 1.0), ("B", "A", 1.0), ("B", "X", 1.0), ("C", "C", 1.0)], {"F": 1.0})
    assert noisy_or(net).scores.tolist() == [0.0, 0.0, 0.0, 1.0, 0.0]
    assert not np.signbit(noisy_or(net).scores).any()


@pytest.mark.parametrize("size", [5, 40, DENSE + 5])
def test_noisy_or_of_cycles_of_any_size(size: int) -> None:
    """Around a ring with share p: e[0] = 1 - (1 - f)(1 - p^n e[0]) with the flag f of its supplier."""
    found = noisy_or(ring(size, 0.99, 0.5))
    first = 0.5 / (1 - 0.5 * 0.99**size)
    assert found["n0"] == pytest.approx(first, abs=1e-10)
    assert found[f"n{size - 1}"] == pytest.approx(first * 0.99 ** (size - 1), abs=1e-10)


def test_noisy_or_says_when_it_does_not_settle() -> None:
    with pytest.raises(ConvergenceError, match="3 sweeps") as failure:
        noisy_or(ring(DENSE + 5, 0.99, 0.5), max_sweeps=3)
    assert 0 < failure.value.residual < 1


# --- cascade ---------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_worlds() -> None:
    net = network(BRIDGE, {"F": 0.7})
    first = cascade(net, worlds=1000, seed=5)
    assert np.array_equal(first.scores, cascade(net, worlds=1000, seed=5).scores)
    assert not np.array_equal(first.scores, cascade(net, worlds=1000, seed=6).scores)
    assert first.parameters == ScoreParameters(worlds=1000, seed=5)


@pytest.mark.parametrize("worlds", [1, 63, 64, 65, 1000])
def test_every_world_counts_once(worlds: int) -> None:
    net = network([("F", "A", 1.0), ("A", "B", 1.0), ("N", "C", 1.0)], {"F": 1.0})
    assert cascade(net, worlds=worlds).scores.tolist() == [1.0, 1.0, 0.0, 1.0, 0.0]
    half = cascade(network([("F", "A", 0.5)], {"F": 1.0}), worlds=worlds)["A"] * worlds
    assert half == int(half) <= worlds


def test_kernels_sample_the_same_worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    if not kernels.installed():
        pytest.skip("numba is not installed")
    net = ring(200, 0.97, 0.5)
    monkeypatch.setattr(kernels, "usable", lambda *_: False)
    plain = cascade(net, worlds=500)
    monkeypatch.setattr(kernels, "usable", lambda *_: True)
    assert np.array_equal(cascade(net, worlds=500).scores, plain.scores)


def test_worlds_in_pieces_are_worlds_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "usable", lambda *_: False)
    whole = cascade(ring(20, 0.9, 0.5), worlds=1000).scores
    monkeypatch.setattr("graph_core.exposure.chance._AT_ONCE", 3 * 21)
    assert np.array_equal(cascade(ring(20, 0.9, 0.5), worlds=1000).scores, whole)


def test_parallel_links_are_one_chance() -> None:
    net = network([("F", "A", 0.25), ("F", "A", 0.25), ("F", "B", 0.7), ("F", "B", 0.7)], {"F": 1.0})
    assert noisy_or(net)["A"] == 0.5
    assert noisy_or(net)["B"] == strongest_path(net)["B"] == cascade(net, worlds=100)["B"] == 1.0


# --- disruption ------------------------------------------------------------------------------------------------

FIRMS = "ABCDEFGHIJKLX"
D1 = {
    Need.ESSENTIAL: [("A", "X"), ("B", "X"), ("C", "X"), ("D", "X"), ("X", "I"), ("X", "K"), ("K", "L")],
    Need.PARTIAL: [("E", "X"), ("F", "X"), ("G", "X"), ("X", "J")],
    Need.NONE: [("H", "X")],
}
SECTOR = {**dict.fromkeys("AXI", 1), **dict.fromkeys("BCDL", 2), **dict.fromkeys("EFJ", 3), "K": 4, "G": 5, "H": 99}
D1_RESULT = {
    "A": 0.416667, "X": 1.0, **dict.fromkeys("BCD", 0.136905), **dict.fromkeys("EFG", 0.123204), "H": 0.083333,
    **dict.fromkeys("IJ", 0.305556), **dict.fromkeys("KL", 0.388889),
}  # fmt: skip


def test_d1_esri() -> None:
    flows, need = np.zeros((13, 13)), np.zeros((13, 13), dtype=int)
    for kind, links in D1.items():
        for a, b in links:
            flows[FIRMS.index(a), FIRMS.index(b)] = 1.0
            need[FIRMS.index(a), FIRMS.index(b)] = kind
    found = esri(flows, [SECTOR[firm] for firm in FIRMS], need, ids=list(FIRMS))
    assert {firm: found[firm] for firm in FIRMS} == pytest.approx(D1_RESULT, abs=5e-7)
    assert found["H"] == pytest.approx(1 / 12, abs=1e-12)
    assert found.convergence.residual <= 1e-12


def test_d1_esri_by_sector_and_from_a_network() -> None:
    """What an input is needed for can be said by the sectors of both ends."""
    links = [(a, b) for pairs in D1.values() for a, b in pairs]
    net = network([(a, b, 1.0) for a, b in links], {})
    need = {(SECTOR[a], SECTOR[b]): kind for kind, pairs in D1.items() for a, b in pairs if kind != Need.PARTIAL}
    found = esri(net, [SECTOR[firm] for firm in net.ids], need)
    assert {firm: found[firm] for firm in FIRMS} == pytest.approx(D1_RESULT, abs=5e-7)


def test_d1b_esri() -> None:
    found = esri([[1, 1], [0, 1]], ["same", "same"], Need.ESSENTIAL)
    assert found["0"] == pytest.approx(1.0, abs=1e-11)
    assert found.upstream[0] == pytest.approx(2 / 3, abs=1e-11)


def test_esri_where_nothing_flows() -> None:
    assert esri(np.zeros((0, 0)), [], Need.PARTIAL).scores.shape == (0,)
    assert esri(np.zeros((2, 2)), [1, 2], {}).scores.tolist() == [0.0, 0.0]


def test_esri_of_a_party_that_keeps_all_is_zero() -> None:
    assert esri([[0, 1], [0, 0]], [1, 2], Need.ESSENTIAL, remaining=1.0).scores.tolist() == [0.0, 0.0]
    assert esri([[0, 1], [0, 0]], [1, 2], Need.ESSENTIAL, remaining=0.25)["0"] == pytest.approx(0.75)


def test_esri_in_pieces_is_esri_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    flows = sparse.random_array((30, 30), density=0.1, rng=rng)
    sector = rng.integers(0, 4, 30).tolist()
    whole = esri(flows, sector, {(0, 1): Need.ESSENTIAL, (2, 2): Need.NONE})
    monkeypatch.setattr("graph_core.exposure.disruption._AT_ONCE", 7 * 30)
    assert esri(flows, sector, {(0, 1): Need.ESSENTIAL, (2, 2): Need.NONE}).scores == pytest.approx(whole.scores)


def test_d2_debtrank() -> None:
    chain = [[0, 0.5, 0], [0, 0, 0.5], [0, 0, 0]]
    for variant in ("2012", "linear"):
        found = debtrank(chain, [1, 0, 0], variant=variant)
        assert found.scores == pytest.approx([1.0, 0.5, 0.25])
        assert found.total == pytest.approx(0.25)
    loop = [[0, 0.5], [0.5, 0]]
    assert debtrank(loop, [0.2, 0], variant="2012").scores == pytest.approx([0.25, 0.1])
    assert debtrank(loop, [0.2, 0], variant="linear").scores == pytest.approx([0.266667, 0.133333], abs=5e-7)


def test_debtrank_weighs_parties_and_starts_from_flags() -> None:
    found = debtrank(network([("F", "A", 0.5)], {"F": 0.5}), weights=[1, 3])
    assert found.network.ids == ["A", "F"]
    assert found.scores == pytest.approx([0.25, 0.5])
    assert found.total == pytest.approx(0.25 / 4)


def test_debtrank_is_capped_and_says_when_it_does_not_settle() -> None:
    assert debtrank([[0, 2], [0, 0]], [1, 0]).scores.tolist() == [1.0, 1.0]
    with pytest.raises(ConvergenceError, match="10 sweeps") as failure:
        debtrank([[0, 0.99], [0.99, 0]], [0.01, 0], max_sweeps=10)
    assert failure.value.residual > 0


# --- one interface ---------------------------------------------------------------------------------------------

NET = network(A2, {"F": 1.0, "G": 0.5})
RESULTS: list[Scored] = [
    traced_share(NET), strongest_path(NET), noisy_or(NET), cascade(NET, worlds=128), within_hops(NET), hops(NET),
    esri(NET, [1] * 5, Need.PARTIAL), debtrank(NET),
]  # fmt: skip


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: result.name)
def test_every_result_says_what_it_is(result: Scored) -> None:
    assert result.network is NET
    assert result.name in SCORES
    assert result.scores.shape == (len(NET),)
    assert result["X"] == result.scores[NET.number("X")]
    with pytest.raises(NotFoundError):
        result["nobody"]
    assert result.convergence.residual <= 1e-12
    assert (result.standard_error is not None) == (result.name == "cascade")
    function = inspect.signature(SCORES[result.name].function)
    taken = {name for name in function.parameters if name in ScoreParameters.__dataclass_fields__}
    assert set(result.parameters.as_dict()) == taken
    with pytest.raises(AttributeError):
        result.parameters.seed = 2  # type: ignore[misc]


@pytest.mark.parametrize("score", SCORES.values(), ids=SCORES)
def test_every_score_says_what_it_means(score: Any) -> None:
    assert score.formula
    assert score.unit
    assert len(score.reference) > 20
    for text in (score.sentence, score.pitfall):
        assert text.endswith(".")
        assert "\n" not in text


@pytest.mark.parametrize("score", SCORES.values(), ids=SCORES)
def test_the_document_says_the_same(score: Any) -> None:
    page = " ".join(re.sub(r"[`*]", "", DOCUMENT.read_text(encoding="utf-8")).split())
    assert f"Sentence. {score.sentence}" in page
    assert f"Pitfall. {score.pitfall}" in page
    assert " ".join(score.formula.split()) in page


def test_scores_of_a_day_are_registered_with_their_defaults() -> None:
    assert set(SCORES) == {*DAY_SCORES, *DISRUPTION}
    assert {name for name, score in SCORES.items() if score.kind is Kind.DISRUPTION} == set(DISRUPTION)
    assert SCORES["hops"].kind is Kind.DISTANCE
    for name, settable in DAY_SCORES.items():
        parameters = inspect.signature(SCORES[name].function).parameters
        assert {key: parameters[key].default for key in settable} == settable


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cascade(NET, worlds=0), "worlds is 0"),
        (lambda: cascade(NET, worlds=1.5), "worlds is 1.5"),
        (lambda: cascade(NET, seed=-1), "seed is -1"),
        (lambda: noisy_or(NET, tolerance=0), "tolerance is 0"),
        (lambda: noisy_or(NET, max_sweeps=0), "max_sweeps is 0"),
        (lambda: within_hops(NET, horizon=-1), "horizon is -1"),
        (lambda: within_hops(NET, decay=math.nan), "decay is nan"),
        (lambda: within_hops(network([("A", "X", 0.7), ("B", "X", 0.7)], {})), "'X' sum to 1.4"),
        (lambda: esri([[0, -1], [0, 0]], [1, 1], Need.PARTIAL), "flow 0 -> 1 is -1"),
        (lambda: esri([[0, math.inf], [0, 0]], [1, 1], Need.PARTIAL), "flow 0 -> 1 is inf"),
        (lambda: esri([[0, 1, 0], [0, 0, 0]], [1, 1], Need.PARTIAL), "square"),
        (lambda: esri([[0, 1], [0, 0]], [1], Need.PARTIAL), "sector has 1"),
        (lambda: esri([[0, 1], [0, 0]], [1, 1], 7), "need 7"),
        (lambda: esri([[0, 1], [0, 0]], [1, 1], [1, 2]), "need has shape"),
        (lambda: esri([[0, 1], [0, 0]], [1, 1], Need.PARTIAL, remaining=2), "remaining is 2"),
        (lambda: esri([[0, 1], [0, 0]], [1, 1], Need.PARTIAL, ids=["a"]), "ids has 1"),
        (lambda: debtrank(NET, variant="2013"), "2012 or linear"),
        (lambda: debtrank(NET, [1.0]), "stress has shape"),
        (lambda: debtrank(NET, [0, 2, 0, 0, 0]), "'B' is 2"),
        (lambda: debtrank(NET, [0, math.nan, 0, 0, 0]), "stress has to be"),
        (lambda: debtrank(NET, weights=[0] * 5), "weights are 0"),
    ],
)
def test_bad_input_is_named(call: Any, words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        call()


@pytest.mark.parametrize("score", [strongest_path, noisy_or, cascade, hops, within_hops, traced_share, debtrank])
def test_networks_without_links_or_nodes(score: Any) -> None:
    lonely = score(SupplyNetwork.from_arrays(["A", "B"], [], [], [], {"A": 1.0}))
    assert lonely["A"] == (0 if score is hops else 1)
    assert score(SupplyNetwork.from_arrays([], [], [], [])).scores.shape == (0,)


# --- on a day --------------------------------------------------------------------------------------------------


def day(**settings: Any) -> Day:
    return Day(
        oracles.believed(
            organizations=[oracles.brand("X"), oracles.brand("Y"), oracles.brand("Z")],
            facilities=[{"id": name, "name": name} for name in "ABFGN"],
            links=[
                *(oracles.link(*row) for row in A2),
                oracles.link("N", "Y", 0.5),
                oracles.link("F", "Y", 0.25, evidence="inferred"),
            ],
            findings=[oracles.finding("F"), oracles.finding("G", 0.5)],
        ),
        Parameters("2021-06-30", **settings),
    )


UNDEFINED = ("lower", "upper", "unmapped", "assumed_share", "unstated_share", "composition")


@pytest.mark.parametrize(
    ("settings", "score"),
    [
        ({"score_name": "strongest_path"}, strongest_path(NET)["X"]),
        ({"score_name": "noisy_or"}, noisy_or(NET)["X"]),
        ({"score_name": "within_hops", "horizon": 1}, 0.0),
        ({"score_name": "within_hops", "horizon": 2, "decay": 0.5}, 0.41 / 4),
        ({"score_name": "hops"}, 2.0),
    ],
)
def test_a_day_by_another_score(settings: dict[str, Any], score: float) -> None:
    found = day(**settings).exposures(["X"])[0]
    assert found["score_name"] == settings["score_name"]
    assert found["score"] == found["classes"]["named"] == found["documented_only"] == pytest.approx(score)
    assert [found[key] for key in UNDEFINED] == [None] * len(UNDEFINED)
    assert found["attribution"] == found["by_product"] == []
    assert (found["coverage"], found["suppliers"]) == (1.0, 2)
    assert found["unit"] == SCORES[settings["score_name"]].unit
    assert "standard_error" not in found


def test_a_day_by_sampled_worlds() -> None:
    found = {row["brand"]["id"]: row for row in day(score_name="cascade", worlds=2000, seed=3).exposures()}
    exact = 1 - (1 - 0.5 * 0.4) * (1 - 0.2 * 0.6) * (1 - 0.5 * 0.3 * 0.6)
    assert found["X"]["score"] == pytest.approx(exact, abs=5 * found["X"]["standard_error"])
    assert found["X"]["run"]["parameters"].items() >= {"worlds": 2000, "seed": 3}.items()
    assert found["Y"]["documented_only"] == 0 < found["Y"]["score"]
    assert found["Z"]["score"] is None
    assert "unit" not in found["Z"]


def test_a_distance_that_is_not_there_is_told_from_one_that_is_not_known() -> None:
    found = day(score_name="hops", documented_only=True).exposures(["Y"])[0]
    assert found["score"] is None
    assert found["flag_upstream"] == {
        "score": False, "named": False, "ownership": False, "good_country": None, "region": None,
    }  # fmt: skip


def test_a_day_with_decay_has_no_bounds() -> None:
    found = day(decay=0.5).exposures(["X"])[0]
    assert found["score"] == pytest.approx(0.41 / 4)
    assert sum(part["share"] for part in found["attribution"]) == pytest.approx(found["score"])
    assert [found[key] for key in ("lower", "upper", "unmapped", "composition")] == [None] * 4
    assert [part["score"] for part in found["by_product"]] == pytest.approx([found["score"]])


def test_parameters_of_a_run_are_those_that_the_score_takes() -> None:
    plain = Parameters("2021-06-30").as_dict()
    assert set(plain) == {"as_of", "score_name", "documented_only", "unreviewed", "min_confidence", "policy"}
    assert Parameters("2021-06-30", decay=1.0).as_dict() == plain
    assert Parameters("2021-06-30", decay=0.5).as_dict() == plain | {"decay": 0.5}
    assert Parameters("2021-06-30", "cascade").as_dict() == plain | {
        "score_name": "cascade",
        "worlds": 10_000,
        "seed": 1,
    }


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"score_name": "magic"}, "there is: traced_share, strongest_path"),
        ({"score_name": "esri"}, "not who is tied to forced labour"),
        ({"score_name": "debtrank"}, "graph_core.debtrank"),
        ({"worlds": 5}, "does not depend on worlds, a parameter of cascade"),
        ({"score_name": "cascade", "decay": 0.5}, "traced_share, within_hops"),
        ({"score_name": "cascade", "worlds": 0}, "worlds is 0"),
        ({"decay": 2.0}, "decay is 2"),
    ],
)
def test_a_day_refuses_what_a_score_does_not_take(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        Parameters("2021-06-30", **settings)

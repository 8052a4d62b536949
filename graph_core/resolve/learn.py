"""Learn the weights from labelled pairs, and say how good they are.

``python -m graph_core.resolve.learn oar_dedupe_training.json`` fits ``weights.csv`` and the bias of ``thresholds.csv``
to the pairs of that file (the labelled pairs of the Open Apparel Registry, as the library `dedupe` keeps them) and the
self-made ``pairs.csv``, and reports precision, recall and calibration by cross-validation; ``--write`` writes the
weights. Levels, rules and borders are given; only the weights of levels and the bias are learned.

Method: logistic regression on the levels, that is log odds as a sum of one weight a part, with two restraints that so
few pairs need. A level that speaks more for a pair never weighs less than the next (weights are sums of steps of at
least 0 away from the silent level), and a square penalty keeps what few pairs show near 0. Pairs that share a name are
left out together, so that no pair is judged by weights that saw its party.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, sparse

from graph_core.errors import InputError
from graph_core.resolve.compare import PARTS, compare, model, settings
from graph_core.resolve.evaluate import MATCH, Labelled, measures, wilson
from graph_core.resolve.names import normalise
from graph_core.resolve.records import data_rows
from graph_core.resolve.score import outcomes

Reals = npt.NDArray[np.float64]
#: Strength of the square penalty on each step of a weight.
RIDGE: Final = 0.15
FOLDS: Final = 10
#: Borders of the bins of the calibration table.
BINS: Final = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Fitted:
    """Bias and weights of all levels, by part."""

    bias: float
    weights: dict[str, Reals]

    def probability(self, found: pd.DataFrame) -> Reals:
        """Probability of each row of levels, 0..1."""
        odds = np.full(len(found), self.bias)
        for part in PARTS:
            odds += self.weights[part][found[part].to_numpy(dtype=np.int64)]
        return np.asarray(1.0 / (1.0 + np.exp(-odds)))


# --- pairs -----------------------------------------------------------------------------------------------------------


def registry_pairs(path: Path) -> Labelled:
    """Read labelled pairs of the Open Apparel Registry: ``match`` and ``distinct``, lists of pairs of records.

    Raises
    ------
    InputError
        If the file is not of that kind.
    """
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        pairs = [(label, *_two(pair)) for label in ("match", "distinct") for pair in held[label]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not the labelled pairs of dedupe ({error})") from None
    left, right = ([pair[side] for pair in pairs] for side in (1, 2))
    return Labelled(pd.DataFrame(left), pd.DataFrame(right), np.array([pair[0] == MATCH for pair in pairs]))


def _two(pair: Any) -> tuple[dict[str, str], dict[str, str]]:
    first, second = pair["__value__"] if isinstance(pair, dict) else pair
    return first, second


def own_pairs() -> Labelled:
    """Self-made pairs (``pairs.csv``)."""
    rows = list(data_rows("pairs.csv"))
    sides = [
        pd.DataFrame(
            {column.removeprefix(side): [row[column] for row in rows] for column in rows[0] if column.startswith(side)}
        )
        for side in ("left_", "right_")
    ]
    return Labelled(sides[0], sides[1], np.array([row["label"] == MATCH for row in rows]))


def _joined(*groups: Labelled) -> Labelled:
    return Labelled(
        pd.concat([group.left for group in groups], ignore_index=True),
        pd.concat([group.right for group in groups], ignore_index=True),
        np.concatenate([group.match for group in groups]),
    )


def _families(pairs: Labelled) -> npt.NDArray[np.int64]:
    """Number of the family of each pair; pairs that share a name, through others too, are of one family."""
    names = [normalise(name) for frame in (pairs.left, pairs.right) for name in frame["name"]]
    codes = pd.factorize(np.array(names, dtype=object))[0].astype(np.int64)
    left, right = codes[: len(pairs.match)], codes[len(pairs.match) :]
    size = int(codes.max()) + 1
    links: Any = sparse.coo_array((np.ones(len(left)), (left, right)), shape=(size, size)).tocsr()
    labels = np.asarray(sparse.csgraph.connected_components(links, directed=False)[1])
    return np.asarray(labels[left], dtype=np.int64)


# --- fitting ---------------------------------------------------------------------------------------------------------


def _steps() -> tuple[dict[str, npt.NDArray[np.float64]], int]:
    """What each step adds to the weight of each level: a matrix a part (levels, all steps), and the number of steps."""
    total = sum(len(model()[part].levels) - 1 for part in PARTS)
    matrices, begin = {}, 0
    for part in PARTS:
        known = model()[part]
        size = len(known.levels)
        matrix = np.zeros((size, total))
        for level in range(size):
            if level < known.silent:
                matrix[level, begin + level : begin + known.silent] = 1.0
            else:
                matrix[level, begin + known.silent : begin + level] = -1.0
        matrices[part] = matrix
        begin += size - 1
    return matrices, total


def fit(found: pd.DataFrame, match: npt.NDArray[np.bool_], ridge: float = RIDGE) -> Fitted:
    """Fit bias and weights.

    Parameters
    ----------
    found : DataFrame
        Levels of pairs, as `graph_core.resolve.compare.compare` gives them.
    match : bool array
        Whether each pair is a match.
    ridge : float
        Strength of the square penalty on each step.
    """
    matrices, total = _steps()
    design = sum(matrices[part][found[part].to_numpy(dtype=np.int64)] for part in PARTS)
    design = np.column_stack([np.ones(len(found)), np.asarray(design)])
    penalty = np.full(total + 1, ridge)
    penalty[0] = 0.0
    sign = np.where(match, 1.0, -1.0)

    def loss(values: Reals) -> tuple[float, Reals]:
        margin = sign * (design @ values)
        wrong = 1.0 / (1.0 + np.exp(np.clip(margin, -500, 500)))
        slope = -(design.T @ (sign * wrong)) + 2 * penalty * values
        return float(np.logaddexp(0.0, -margin).sum() + (penalty * values**2).sum()), slope

    bounds = [(None, None), *[(0.0, None)] * total]
    start = np.concatenate([[0.0], np.full(total, 0.5)])
    best = optimize.minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 5000})
    values = np.asarray(best.x)
    return Fitted(float(values[0]), {part: matrices[part] @ values[1:] for part in PARTS})


def cross_validated(found: pd.DataFrame, pairs: Labelled, folds: int = FOLDS, seed: int = 1) -> Reals:
    """Probability of each pair by weights that were learned without its family."""
    family = _families(pairs)
    order = np.random.default_rng(seed).permutation(int(family.max()) + 1)
    fold = order[family] % folds
    chance = np.zeros(len(found))
    for number in range(folds):
        out = fold == number
        chance[out] = fit(found[~out], pairs.match[~out]).probability(found[out])
    return chance


# --- report ----------------------------------------------------------------------------------------------------------


def calibration(chance: Reals, match: npt.NDArray[np.bool_]) -> Iterator[dict[str, Any]]:
    """Bins of the probability with the number of pairs, its mean, the share of matches and the interval of that."""
    place = np.clip(np.searchsorted(BINS, chance, side="right") - 1, 0, len(BINS) - 2)
    for number in range(len(BINS) - 1):
        here = place == number
        total, hits = int(here.sum()), int(match[here].sum())
        if total:
            low, high = wilson(hits, total)
            said = float(chance[here].mean())
            yield {
                "from": BINS[number], "to": BINS[number + 1], "pairs": total, "said": said, "found": hits / total,
                "low": low, "high": high,
            }  # fmt: skip


def report(chance: Reals, found: pd.DataFrame, pairs: Labelled, sources: dict[str, slice]) -> str:
    """Measures of each source and the calibration table, as Markdown."""
    outcome = pd.Series(outcomes(chance, found), dtype="str")
    lines = [
        "| pairs | matches | distinct | accepted | wrong | precision | 95 % interval | recall | review | none |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, rows in sources.items():
        lines.append(_measured(name, outcome[rows].reset_index(drop=True), pairs.match[rows]))
    lines += ["", "| probability | pairs | mean | matches | 95 % interval |", "|---|---|---|---|---|"]
    lines += [
        f"| {b['from']:g} to {b['to']:g} | {b['pairs']} | {b['said']:.3f} | {b['found']:.3f} "
        f"| {b['low']:.3f} to {b['high']:.3f} |"
        for b in calibration(chance, pairs.match)
    ]
    return "\n".join(lines)


def _measured(name: str, outcome: pd.Series, match: npt.NDArray[np.bool_]) -> str:
    found = measures(outcome, match)
    taken, true = found["accepted"], int(match.sum())
    right = round((found["precision"] or 0.0) * taken)
    low, high = wilson(right, taken) if taken else (0.0, 1.0)
    return (
        f"| {name} | {true} | {len(match) - true} | {taken} | {taken - right} | {right / max(1, taken):.3f} "
        f"| {low:.3f} to {high:.3f} | {found['recall'] or 0.0:.3f} | {found['review']} | {found['none']} |"
    )


def write(fitted: Fitted, folder: Path = _HERE) -> None:
    """Write the weights and the bias into the data files, and leave all else there as it is."""
    table = folder / "weights.csv"
    lines = []
    for line in table.read_text(encoding="utf-8").splitlines():
        part, _, rest = line.partition(",")
        if part in PARTS:
            level, _, words = rest.split(",", 2)
            known = model()[part]
            line = f"{part},{level},{fitted.weights[part][known.code(level)] + 0.0:.2f},{words}"  # noqa: PLW2901
        lines.append(line)
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    borders = folder / "thresholds.csv"
    lines = [
        f"bias,{fitted.bias:.2f},{line.split(',', 2)[2]}" if line.startswith("bias,") else line
        for line in borders.read_text(encoding="utf-8").splitlines()
    ]
    borders.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Learn, report, and write where asked to."""
    parser = argparse.ArgumentParser(prog="python -m graph_core.resolve.learn", description=__doc__.splitlines()[0])
    parser.add_argument("registry", type=Path, help="oar_dedupe_training.json")
    parser.add_argument("--write", action="store_true", help="write weights.csv and the bias of thresholds.csv")
    options = parser.parse_args(arguments)
    first, second = registry_pairs(options.registry), own_pairs()
    pairs = _joined(first, second)
    found = compare(pairs.left, pairs.right)
    split = len(first.match)
    sources = {"registry": slice(0, split), "self-made": slice(split, None), "all": slice(None)}
    print(report(cross_validated(found, pairs), found, pairs, sources))  # noqa: T201
    fitted = fit(found, pairs.match)
    print(f"\nbias {fitted.bias:.2f}; accept {settings()['accept']:g}, review {settings()['review']:g}")  # noqa: T201
    if options.write:
        write(fitted)
    return 0


if __name__ == "__main__":
    sys.exit(main())

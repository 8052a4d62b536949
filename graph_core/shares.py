"""From what is known of a buyer's links to shares of its inputs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from graph_core.errors import InputError
from graph_core.graph import in_force
from graph_core.network import Floats, Ints, totals

#: Room for rounding in shares that a source states.
SLACK = 1e-9


@dataclass(frozen=True)
class Shares:
    """Shares of the links of a day, and what is known about how much of a buyer's inputs they cover.

    Attributes
    ----------
    share : array of float
        Share of the buyer's inputs, 0..1, of every link.
    basis : array of str
        ``stated``, ``volume``, ``value`` or ``assumed_equal``.
    coverage : Series
        Mapped share of a buyer's inputs, by buyer id: stated, or implied by explicit shares alone; other buyers are
        absent.
    warnings : list of str
        What a reader should know, such as explicit shares below a stated coverage.
    """

    share: Floats
    basis: np.ndarray
    coverage: pd.Series
    warnings: list[str] = field(default_factory=list)


def shares_of(links: pd.DataFrame, stated: pd.Series) -> Shares:
    """Give every link of a day a share of its buyer's inputs.

    Explicit shares stay. Of n links without and m with comparable figures (the measure that most links have), each of
    the n gets 1/(n+m) of what is left, an assumption marked ``assumed_equal``; the m share the rest in proportion.
    What is left is the stated coverage, else 1 of the disclosed inputs, less the explicit shares.

    Parameters
    ----------
    links : DataFrame
        Links in force: start, end, volume, unit, value, currency, share.
    stated : Series
        Stated coverage, 0..1, by buyer id.

    Returns
    -------
    Shares
        In the order of ``links``.

    Raises
    ------
    InputError
        Explicit shares of a buyer sum to more than 1, or to more than its stated coverage; the links are named.
    """
    buyers, names = pd.factorize(links["end"])
    count = len(names)
    explicit = links["share"].to_numpy(dtype=np.float64)
    known = ~np.isnan(explicit)
    given = totals(buyers, np.where(known, explicit, 0.0), count)
    limit = stated.reindex(names).to_numpy(dtype=np.float64)
    _check(links, names, buyers, given, limit)

    open_links = ~known
    figure, measure = _figures(links, buyers, open_links)
    measured = measure != ""
    left = np.clip(np.where(np.isnan(limit), 1.0, limit) - given, 0.0, None)
    total = totals(buyers[open_links], np.ones(int(open_links.sum())), count)
    comparable = totals(buyers[measured], np.ones(int(measured.sum())), count)
    amount = totals(buyers, np.where(measured, figure, 0.0), count)
    with np.errstate(divide="ignore", invalid="ignore"):
        equal = left / total
        pool = left * comparable / total
        proportional = figure * (pool / amount)[buyers]
    share = np.where(known, explicit, np.where(measured, proportional, equal[buyers]))
    basis = np.where(known, "stated", np.where(measured, measure, "assumed_equal"))
    coverage, warnings = _coverage(pd.Index(names), given, limit, total)
    return Shares(share, basis, coverage, warnings)


def check_stated(links: pd.DataFrame, statements: pd.DataFrame) -> None:
    """Check stated shares on every day on which something about them changes.

    Parameters
    ----------
    links : DataFrame
        `SUPPLIES` of a graph.
    statements : DataFrame
        `CoverageStatement` of a graph.

    Raises
    ------
    InputError
        On some day the stated shares of a buyer sum to more than 1, or than its stated coverage.
    """
    stated = links[links["share"].notna()]
    own = statements[statements["buyer_id"].isin(stated["end"])]
    days = sorted({*stated["valid_from"].dropna(), *own["valid_from"].dropna(), "0001-01-01"})
    for day in days:
        now = in_force(stated, day)
        buyers, names = pd.factorize(now["end"])
        given = totals(buyers, now["share"].to_numpy(dtype=np.float64), len(names))
        limit = in_force(own, day).set_index("buyer_id")["coverage"].reindex(names).to_numpy(dtype=np.float64)
        _check(now, pd.Index(names), buyers, given, limit)


def _figures(links: pd.DataFrame, buyers: np.ndarray, open_links: np.ndarray) -> tuple[Floats, np.ndarray]:
    """Comparable figures, and what they measure, of the links without explicit shares; "" for links without.

    The measure is the one that most of a buyer's links have.
    """
    link, code, amount, names = _measured(links, open_links)
    # One group a buyer and measure; a measure in which every figure is 0 compares nothing.
    groups, group, size = np.unique(buyers[link] * len(names) + code, return_inverse=True, return_counts=True)
    total = totals(group, amount, len(groups))
    buyer, measure = groups // max(len(names), 1), groups % max(len(names), 1)
    order = np.lexsort((-measure, -size, buyer))
    order = order[total[order] > 0]
    chosen = np.zeros(len(groups), dtype=bool)
    chosen[order[np.unique(buyer[order], return_index=True)[1]]] = True
    used = chosen[group]
    figure = np.zeros(len(links))
    kind = np.full(len(links), "", dtype=object)
    figure[link[used]] = amount[used]
    kind[link[used]] = np.array([name.split(" ")[0] for name in names], dtype=object)[code[used]]
    return figure, kind


def _measured(links: pd.DataFrame, open_links: np.ndarray) -> tuple[Ints, Ints, Floats, list[str]]:
    """Figures of links without explicit shares: number of the link, measure, figure; and the measures by name."""
    found = []
    for kind, unit in (("volume", "unit"), ("value", "currency")):
        amount = links[kind].to_numpy(dtype=np.float64)
        known = np.flatnonzero(open_links & ~np.isnan(amount))
        codes, units = pd.factorize(links[unit].iloc[known].fillna(""))
        found.append((known, codes, [f"{kind} {one}" for one in units], amount[known]))
    names = sorted({name for _, _, own, _ in found for name in own})
    place = {name: i for i, name in enumerate(names)}
    code = [np.array([place[name] for name in own], dtype=np.int64)[codes] for _, codes, own, _ in found]
    link, figure = (np.concatenate([part[i] for part in found]) for i in (0, 3))
    return link, np.concatenate(code), figure, names


def _coverage(names: pd.Index, given: Floats, limit: Floats, without: np.ndarray) -> tuple[pd.Series, list[str]]:
    only_explicit = without == 0
    coverage = pd.Series(np.where(only_explicit, given, limit), index=names).dropna()
    short = np.flatnonzero(only_explicit & (given < limit - SLACK)).tolist()
    warnings = [
        f"buyer {names[i]}: explicit shares sum to {given[i]:g}, the stated coverage is {limit[i]:g} and no other link "
        f"fills the gap; {given[i]:g} is used"
        for i in short
    ]
    return coverage, warnings


def _check(links: pd.DataFrame, names: pd.Index, buyers: np.ndarray, given: Floats, limit: Floats) -> None:
    allowed = np.where(np.isnan(limit), 1.0, limit)
    over = np.flatnonzero(given > allowed + SLACK).tolist()
    if not over:
        return
    rows = links[(buyers == over[0]) & links["share"].notna().to_numpy()]
    named = ", ".join(f"{s} {p:g}" for s, p in zip(rows["start"].head(10), rows["share"].head(10), strict=True))
    what = "1" if np.isnan(limit[over[0]]) else f"its stated coverage {limit[over[0]]:g}"
    raise InputError(
        f"the stated shares of buyer {names[over[0]]!r} sum to {given[over[0]]:.6g}, more than {what} "
        f"({named}); correct the shares or their dates"
    )

"""Names of suppliers against lists: blocking and scoring against all pairs of rapidfuzz, and what blocking loses.

The names are made up: one or two invented words (some much more common than others, as in real lists), a trade, often
a place, a legal form. One list entry in ten is a supplier written otherwise: other legal form, capitals, a letter lost,
words in another order, letters run together, an address in other words or none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from benchmarks.common import Row, at_least
from graph_core.resolve.blocking import candidates, within
from graph_core.resolve.score import ACCEPTED, score_pairs

_COUNTRIES = ("CN", "IN", "VN", "BD", "TR", "ID", "PK", "KH", "LK", "IT", "MX", "TH")
_SHARES = (34, 14, 10, 9, 8, 6, 5, 4, 3, 3, 2, 2)
_SYLLABLES = ("ka", "zor", "ven", "tal", "mi", "hu", "shen", "dra", "pol", "ri", "gan", "bes", "lo", "fen", "qi", "sta",
              "vo", "ner", "lu", "xa", "tem", "bri", "jo", "wen")  # fmt: skip
_TRADES = ("Garment", "Textile", "Knitting", "Spinning", "Footwear", "Dyeing", "Denim", "Leather", "Apparel", "Fabrics")
_FORMS = (("Co., Ltd.", "CO LTD"), ("Ltd", "Limited"), ("Pvt. Ltd.", "Private Limited"), ("Sdn. Bhd.", "SDN BHD"),
          ("A.S.", "AS"), ("", ""))  # fmt: skip
_STREETS = ("Harbour", "Station", "Market", "Canal", "Temple", "Mill", "River", "Garden")
#: Entries of the list that are compared with every supplier of their country, to see that none is lost.
_WHOLE = 60


def made(suppliers: int, entries: int, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Suppliers, a list, and the true pairs (``left``, ``right``: positions)."""
    random = Random(seed)
    words = ["".join(random.choice(_SYLLABLES) for _ in range(random.choice((2, 3, 3, 4)))) for _ in range(60_000)]
    cities = ["".join(random.choice(_SYLLABLES) for _ in range(3)).capitalize() for _ in range(400)]

    def party() -> dict[str, Any]:
        own = [words[int(len(words) * random.random() ** 2)] for _ in range(random.choice((1, 1, 2)))]
        return {
            "words": [word.capitalize() for word in own],
            "trade": random.choice(_TRADES),
            "form": random.choice(_FORMS),
            "city": random.choice(cities),
            "placed": random.random() < 0.3,
            "country": random.choices(_COUNTRIES, _SHARES)[0],
            "house": random.randrange(1, 900),
            "street": f"{random.choice(_STREETS)} {random.choice(words).capitalize()}",
        }

    ours = [party() for _ in range(suppliers)]
    same = random.sample(range(suppliers), entries // 10)
    theirs = [ours[place] for place in same] + [party() for _ in range(entries - len(same))]
    left = pd.DataFrame([_written(one, random, 0) for one in ours])
    right = pd.DataFrame([_written(one, random, int(place < len(same))) for place, one in enumerate(theirs)])
    return left, right, pd.DataFrame({"left": same, "right": range(len(same))})


def _written(party: dict[str, Any], random: Random, other: int) -> dict[str, str]:
    """A party as a list writes it; `other` than the first time."""
    words, trade = list(party["words"]), party["trade"]
    how = random.randrange(6) if other else 0
    if how == 1:
        place = random.randrange(1, len(words[0]))
        words[0] = words[0][:place] + words[0][place + 1 :]
    if how == 2 and len(words) > 1:
        words.reverse()
    core = " ".join([*words, trade, *([party["city"]] if party["placed"] else [])])
    core = core.upper() if how == 3 else core.replace(" ", "", 1) if how == 4 else core
    name = f"{core} {party['form'][other if how != 5 else 0]}".strip()
    address = f"No. {party['house']} {party['street']} Road, {party['city']}"
    if other:
        address = random.choice((f"{party['house']} {party['street']} Rd {party['city']}", address, ""))
    return {"name": name, "address": address, "country": party["country"]}


def rows(suppliers: int = 100_000, entries: int = 10_000, slice_size: int = 200) -> Iterator[Row]:
    """Lines of the table.

    Parameters
    ----------
    suppliers, entries : int
        Names on the two sides.
    slice_size : int
        Entries that ``cdist`` compares with all suppliers; its time for all of them is in proportion.
    """
    left, right, true = made(suppliers, entries)
    begun = time.perf_counter()
    pairs = candidates(left, right)
    blocked = time.perf_counter() - begun
    first, second = left.iloc[pairs["left"].to_numpy()], right.iloc[pairs["right"].to_numpy()]
    scored = score_pairs(first, second)
    ours = time.perf_counter() - begun
    least, plain = _all_pairs(left, right, slice_size)
    what = f"{suppliers:,} names against {entries:,} list entries: candidates and scores"
    yield at_least(
        f"{what}, against rapidfuzz cdist of all pairs by the likenesses that find the same names "
        f"(ratio, token sort, token set; measured on {slice_size} entries, the rest in proportion)",
        f"{ours:.1f} s, of it blocking {blocked:.1f} s; cdist {plain:,.0f} s",
        plain / ours,
        20,
    )
    yield Row(
        "the same, against ratio and token sort alone, which miss a name that another holds",
        f"cdist {least:.0f} s",
        f"{least / ours:.2f}x",
    )
    fewer = suppliers * entries / max(1, len(pairs))
    yield at_least("the same: comparisons against all pairs", f"{len(pairs):,} candidates", fewer, 100)
    lost = 1 - len(true.merge(pairs)) / len(true)
    yield Row("true pairs that blocking loses", f"{100 * lost:.2f} %", "", "< 1 %", lost < 0.01)
    gone = _accepted_and_lost(left, right, pairs)
    yield Row(f"accepted pairs lost ({min(_WHOLE, entries)} entries against all of their country)", f"{gone}", "", "0",
              gone == 0)  # fmt: skip
    yield _scores(pairs, scored, true)
    yield _speed(left, right)
    begun = time.perf_counter()
    found = within(left)
    taken = time.perf_counter() - begun
    ratio = suppliers * (suppliers - 1) / 2 / max(1, len(found))
    yield at_least(f"duplicates among {suppliers:,} names: comparisons", f"{len(found):,} in {taken:.1f} s", ratio, 100)


def _all_pairs(left: pd.DataFrame, right: pd.DataFrame, size: int) -> tuple[float, float]:
    """Seconds that ``cdist`` takes for all pairs by two likenesses, and by three.

    ``ratio`` and ``token_sort_ratio`` are those of `graph_core.resolve.compare.similarity`. That all words of one name
    stand in another, of which they say nothing, is what ``token_set_ratio`` finds.
    """
    some = right["name"].str.lower().tolist()[:size]
    everyone = left["name"].str.lower().tolist()
    times = []
    for scorer in (fuzz.ratio, fuzz.token_sort_ratio, fuzz.token_set_ratio):
        part = some[: size // 4] if scorer is fuzz.token_set_ratio else some
        begun = time.perf_counter()
        process.cdist(part, everyone, scorer=scorer, workers=-1, dtype=np.uint8)
        times.append((time.perf_counter() - begun) * len(right) / len(part))
    return sum(times[:2]), sum(times)


def _accepted_and_lost(left: pd.DataFrame, right: pd.DataFrame, pairs: pd.DataFrame) -> int:
    """Pairs that would be accepted and are no candidates; parties of two countries never are."""
    some = right.iloc[:_WHOLE].assign(right=range(min(_WHOLE, len(right))))[["country", "right"]]
    everyone = left.assign(left=range(len(left)))[["country", "left"]].merge(some, on="country")
    outcome = score_pairs(left.iloc[everyone["left"].to_numpy()], right.iloc[everyone["right"].to_numpy()])["outcome"]
    accepted = everyone.loc[(outcome == ACCEPTED).to_numpy(), ["left", "right"]]
    return len(accepted) - len(accepted.merge(pairs))


def _scores(pairs: pd.DataFrame, scored: pd.DataFrame, true: pd.DataFrame) -> Row:
    accepted = pairs[(scored["outcome"] == ACCEPTED).to_numpy()]
    right = len(accepted.merge(true))
    said = f"{len(accepted):,}, of them {right:,} true ({100 * right / max(1, len(accepted)):.1f} %), "
    return Row("accepted", said + f"recall {100 * right / len(true):.1f} %")


def _speed(left: pd.DataFrame, right: pd.DataFrame, size: int = 500) -> Row:
    """Pairs a second where names recur, as they do among candidates of one list."""
    one, other = left.iloc[:size], right.iloc[:size]
    first, second = (
        one.iloc[np.repeat(np.arange(len(one)), len(other))],
        other.iloc[np.tile(np.arange(len(other)), len(one))],
    )
    begun = time.perf_counter()
    score_pairs(first, second)
    rate = len(first) / (time.perf_counter() - begun)
    what = f"pairs scored a second, each of {len(one)} with each of {len(other)}"
    return Row(what, f"{rate:,.0f}/s", "", ">= 100,000/s", rate >= 100_000)

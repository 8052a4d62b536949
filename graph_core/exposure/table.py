"""The exposure table: every figure of a brand on a day, with what it rests on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csgraph

from graph_core.day_network import DayNetwork
from graph_core.exposure.chains import hops
from graph_core.exposure.ignorance import Ignorance
from graph_core.exposure.scores import SCORES, Scored
from graph_core.exposure.traced import TracedShare, solve, traced_share
from graph_core.flags import CLASSES, EVIDENCED, waiting
from graph_core.graph import Graph, among, in_force
from graph_core.graph import rows as rows_of
from graph_core.model import INDICATORS
from graph_core.network import Floats, SupplyNetwork

Exposure = dict[str, Any]

#: What a bar is drawn of.
BAR = ("score", "lower", "upper", "composition")
#: Parties that are named to be asked for their volumes first.
_ASKED = 5
#: Below this a figure is rounding.
_NOTHING = 1e-12


def code_version() -> str:
    """Version of the installed code, part of every run."""
    try:
        return version("tiertrace")
    except PackageNotFoundError:
        return "0+source"


def run_of(graph: Graph, parameters: dict[str, Any]) -> dict[str, Any]:
    """What identifies a run over a graph with some parameters: id, code_version, input_hash and parameters."""
    said = json.dumps([graph.hash, parameters, code_version()], sort_keys=True)
    return {
        "id": hashlib.sha256(said.encode()).hexdigest()[:16],
        "code_version": code_version(),
        "input_hash": graph.hash,
        "parameters": parameters,
    }


class ExposureTable:
    """All figures of a day, computed once for all brands.

    Parameters
    ----------
    day : DayNetwork
        Links, shares and flags of the day.

    Notes
    -----
    By another score than the traced share, `score`, `classes` and `documented_only` are values of that score. What is
    defined for the traced share only (bounds, composition, attribution, parts by assumption and by product) is null or
    empty then; bounds and composition are so with a decay, too.
    """

    def __init__(self, day: DayNetwork) -> None:
        self.day = day
        self.number = {name: i for i, name in enumerate(day.ids)}
        self.is_traced = day.parameters.score_name == "traced_share"
        #: Whether bounds and composition are defined.
        self.is_bounded = self.is_traced and day.parameters.scoring.decay == 1

    # --- vectors over all nodes --------------------------------------------------------------------------------

    @cached_property
    def traced(self) -> TracedShare:
        """The traced share of named and ownership flags in one solve, whatever the score."""
        decay = self.day.parameters.scoring.decay if self.is_traced else None
        return traced_share(self.day.network, 1.0 if decay is None else decay)

    @cached_property
    def scored(self) -> Scored:
        """The evidenced score: named and ownership flags together."""
        return self.traced if self.is_traced else self._scored(self.day.network)

    def _scored(self, network: SupplyNetwork) -> Scored:
        parameters = self.day.parameters
        return SCORES[parameters.score_name].function(network, **parameters.scoring.as_dict())

    @cached_property
    def classes(self) -> dict[str, Floats | None]:
        """Each class as a solve of its own; None where no list that could say so was loaded."""
        return {
            kind: self._scored(self.day.network.with_strength(self.day.strengths[kind])).scores
            if self._could_say[kind]
            else None
            for kind in CLASSES
        }

    @cached_property
    def upstream(self) -> dict[str, npt.NDArray[np.bool_] | None]:
        """Whether a flag is upstream of every node, for the score and for each class; None where nothing could say."""
        strengths = {"score": self.day.evidenced, **self.day.strengths}
        could_say = {**self._could_say, "score": any(self._could_say[kind] for kind in EVIDENCED)}
        network = self.day.network
        return {
            kind: np.isfinite(hops(network.with_strength(strength)).scores) if could_say[kind] else None
            for kind, strength in strengths.items()
        }

    @cached_property
    def _could_say(self) -> dict[str, bool]:
        """Whether any list could say so of each class: where none could, there is no figure, not one of 0."""
        graph, policy = self.day.graph, self.day.parameters.policy
        judged = policy.judge(graph["Finding"], graph["Source"])
        # A list that the policy leaves out says nothing.
        listed = judged["listed"] if policy.scored else False
        kinds = graph["Finding"]["kind"].fillna("")
        # One of context, such as export control, cannot say forced labour of anybody: what it lacks is no all-clear.
        parties = bool((~kinds.isin(list(INDICATORS)) & listed & judged["scored"]).any())
        indicators = {
            switch: bool(((kinds == kind) & listed).any()) and bool(getattr(policy, switch))
            for kind, switch in INDICATORS.items()
        }
        could_say = {"named": parties, "ownership": parties, **indicators}
        return {kind: known and kind in self.day.parameters.classes for kind, known in could_say.items()}

    @cached_property
    def documented_only(self) -> Floats:
        """The score over documented links alone."""
        keep = self.day.kept & self.day.documented
        return self.scored.scores if keep.sum() == self.day.kept.sum() else self._score_of(keep)

    @cached_property
    def without_assumed(self) -> Floats:
        """The score with every assumed equal share set to 0."""
        return self._score_of(self.day.kept & ~self.day.assumed)

    @cached_property
    def ignorance(self) -> Ignorance:
        """The score under the worst and the best split of assumed equal shares."""
        return Ignorance(self.traced, self.day.assumed[self.day.kept])

    def _score_of(self, keep: np.ndarray) -> Floats:
        return self._scored(self.day.network_of(keep)).scores

    @cached_property
    def unmapped(self) -> Floats:
        """Unmapped mass ``u = (1-s) g + (1-s) P^T u``; what the filters took out is part of g."""
        return solve(self.day.network, *self.unmapped_problem)

    @cached_property
    def unmapped_problem(self) -> tuple[Floats, Floats]:
        """Constant and factor of the unmapped mass of every node."""
        scale = 1 - self.day.evidenced
        return scale * np.clip(self.day.gap + self.removed, 0.0, 1.0), scale

    @cached_property
    def unstated(self) -> Floats:
        """``sum_i P[i, b] q[i]``: how much of the traced mass passes through buyers without a stated coverage."""
        network = self.day.network
        open_share = 1 - self.day.evidenced
        buys = np.zeros(len(network), dtype=bool)
        buys[self.day.buyer[self.day.kept & ~self.day.behind]] = True
        ends = buys & ~self.day.is_stated
        q = solve(network, np.where(ends, open_share, 0.0), np.where(buys & ~ends, open_share, 0.0))
        result: Floats = network.inputs @ q
        return result

    # --- one brand ---------------------------------------------------------------------------------------------

    def exposure(self, brand: str) -> Exposure:
        """Every figure of one brand, as `tiertrace exposure --format json` prints it."""
        head = {
            "brand": {"id": brand, "name": self.names.get(brand, brand)},
            "as_of": self.day.parameters.as_of,
            "score_name": self.day.parameters.score_name,
        }
        rows = self._rows(brand)
        figures = self._figures(brand, rows) if self._supplied(brand) else _no_figures()
        reviews, data = self.waiting(brand)
        return {
            **head,
            **figures,
            "waiting_reviews": reviews + data,
            "waiting_data": data,
            "stale_days": self._stale_days(brand, rows),
            "lists": self._lists(brand),
            "run": self.run,
        }

    def composed(self, brand: str) -> Exposure:
        """Score, bounds and composition alone: what a bar is drawn of."""
        if not self._supplied(brand):
            return dict.fromkeys(BAR)
        b, scored = self.number[brand], self.is_scored
        found = {**_no_figures(), "score": _plain(self.scored.scores[b]) if scored else None}
        found |= self._bounds(b, scored=scored) if self.is_bounded else {}
        return {key: found[key] for key in BAR}

    def score(self, brand: str) -> float | None:
        """Score of a brand alone; None without a link that day, or where nothing loaded could flag a party."""
        return _plain(self.scored[brand]) if self._supplied(brand) and self.is_scored else None

    def _supplied(self, brand: str) -> bool:
        # What a filter takes out is unmapped, also a brand's last link; null is for a brand without a link that day.
        return brand in self.number and len(self.day.rows_of(self.number[brand])) > 0

    @cached_property
    def is_scored(self) -> bool:
        """Whether anything could flag a party at all: without it no score is known, which is not a score of 0."""
        return any(self._could_say[kind] for kind in EVIDENCED)

    def _figures(self, brand: str, rows: np.ndarray) -> Exposure:
        b = self.number[brand]
        classes = {kind: None if v is None else _plain(v[b]) for kind, v in self.classes.items()}
        scored = self.is_scored
        suppliers = self.day.supplier[rows]
        return {
            **_no_figures(),
            "classes": classes,
            "score": _plain(self.scored.scores[b]) if scored else None,
            "coverage": self._coverage(b),
            "documented_only": _plain(self.documented_only[b]) if scored else None,
            "suppliers": len(pd.unique(self.day.owner[suppliers])),
            "flagged_suppliers": len(pd.unique(self.day.owner[suppliers[self.day.evidenced[suppliers] > 0]])),
            "mixed_products": self._mixed(rows),
            **(self._of_traced(brand, rows, scored=scored) if self.is_traced else {}),
            **({} if self.is_bounded else self._beside(b, scored=scored)),
        }

    def _of_traced(self, brand: str, rows: np.ndarray, *, scored: bool) -> Exposure:
        """What is said of the traced share only."""
        b = self.number[brand]
        score = float(self.traced.scores[b])
        return {
            "assumed_share": max(0.0, score - float(self.without_assumed[b])) if scored else None,
            "unstated_share": float(self.unstated[b]),
            "attribution": self.attribution(brand),
            **({"unattributed": left} if (left := self.unattributed(brand)) else {}),
            "by_product": self._by_product(brand, rows, scored=scored),
            **(self._of_bounded(brand, scored=scored) if self.is_bounded else {}),
        }

    def _of_bounded(self, brand: str, *, scored: bool) -> Exposure:
        """What is said of the traced share without decay only."""
        b = self.number[brand]
        score = float(self.traced.scores[b])
        return {
            **self._bounds(b, scored=scored),
            # Rounding must not put the score outside its own bounds.
            "split_low": min(score, float(self.ignorance.low[b])) if scored else None,
            "split_high": max(score, float(self.ignorance.high[b])) if scored else None,
            "ask_first": self.ask_first(brand) if scored else [],
        }

    def _bounds(self, b: int, *, scored: bool) -> Exposure:
        score = float(self.traced.scores[b])
        unmapped = None if self._coverage(b) is None else float(self.unmapped[b])
        by_class = {kind: float(values[b]) for kind, values in self.parts.items()}
        return {
            "lower": None if unmapped is None or not scored else score,
            "upper": None if unmapped is None or not scored else min(1.0, score + unmapped),
            "unmapped": unmapped,
            "composition": {
                **by_class,
                "unflagged": max(0.0, 1.0 - score - float(self.unmapped[b])),
                "unmapped": float(self.unmapped[b]),
            },
        }

    def _beside(self, b: int, *, scored: bool) -> Exposure:
        """What stands beside a score without bounds: its unit, its error, and whether any flag is upstream at all."""
        error = self.scored.standard_error
        return {
            "unit": SCORES[self.scored.name].unit,
            "flag_upstream": {kind: None if v is None else bool(v[b]) for kind, v in self.upstream.items()},
            **({} if error is None else {"standard_error": float(error[b]) if scored else None}),
        }

    def _coverage(self, b: int) -> float | None:
        """Mapped share of a brand's inputs, less what the filters took out; None where nobody stated it."""
        if np.isnan(self.day.coverage[b]):
            return None
        return max(0.0, float(self.day.coverage[b] - self.removed[b]))

    @cached_property
    def removed(self) -> Floats:
        """Share of the inputs of every node that the filters took out."""
        return self.day.removed(self.day.kept)

    def attribution(self, brand: str) -> list[dict[str, Any]]:
        """What every flagged site contributes to a brand's score, largest first; the shares sum to the score.

        Where one cycle joins thousands of parties a part of the score may be left out, see `unattributed`.
        """
        total: dict[str, float] = {}
        best: dict[str, tuple[float, str]] = {}
        for node, share in self.traced.attribution(brand, self.traced.left_out).items():
            number = self.number[node]
            site = str(self.day.owner[number])
            total[site] = total.get(site, 0.0) + share
            strength = float(self.day.evidenced[number])
            best[site] = max(best.get(site, (0.0, "")), (strength, str(self.day.node_class[number])))
        ranked = sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))
        return [
            {"id": site, "name": self.names.get(site, site), "class": best[site][1], "share": share}
            for site, share in ranked
        ]

    def unattributed(self, brand: str) -> float:
        """Part of a brand's score, 0..1, that `attribution` leaves out."""
        return self.traced.passage(brand, self.traced.left_out).missing

    @cached_property
    def parts(self) -> dict[str, Floats]:
        """What of the score of every node ends at sites of each evidenced class; the parts sum to the score."""
        flagged = ((kind, np.where(self.day.node_class == kind, self.day.evidenced, 0.0)) for kind in EVIDENCED)
        return {kind: solve(self.day.network, strength, self.traced.scale) for kind, strength in flagged}

    def ask_first(self, brand: str) -> list[dict[str, Any]]:
        """Parties whose own volumes would settle most: how far each one's split alone can move a brand's score."""
        total: dict[str, float] = {}
        # A site's nodes for single goods have one list of suppliers and stand side by side: their widths add.
        for node, width in self.ignorance.widths(brand, 4 * _ASKED).items():
            party = str(self.day.owner[self.number[node]])
            total[party] = total.get(party, 0.0) + width
        ranked = sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))
        return [
            {"id": party, "name": self.names.get(party, party), "width": width}
            for party, width in ranked[:_ASKED]
            if width > _NOTHING
        ]

    def waiting(self, brand: str) -> tuple[int, int]:
        """What waits and could change a brand's figure, because it concerns a node upstream of it.

        Returns
        -------
        reviews : int
            Matches that wait for a person's judgement.
        data : int
            Accepted ones whose finding waits for a country or good to become known.
        """
        open_flags = self._open_flags
        if open_flags.empty or brand not in self.number:
            return 0, 0
        reached = csgraph.breadth_first_order(
            self.day.network.inputs, self.number[brand], directed=True, return_predecessors=False
        )
        upstream = among(open_flags["node"], pd.Index(self.day.owner[reached]))
        return waiting(open_flags[upstream])

    @cached_property
    def _open_flags(self) -> pd.DataFrame:
        return self.day.flags[self.day.flags["waiting"]]

    def _rows(self, brand: str) -> np.ndarray:
        """Numbers of the brand's own links that the filters leave in."""
        if brand not in self.number:
            return np.array([], dtype=np.int64)
        own = self.day.rows_of(self.number[brand])
        kept: np.ndarray = own[self.day.kept[own]]
        return kept

    def _products(self, rows: np.ndarray) -> np.ndarray:
        products: np.ndarray = self.day.links["product"].iloc[self.day.row[rows]].fillna("").to_numpy(dtype=object)
        return products

    def _by_product(self, brand: str, rows: np.ndarray, *, scored: bool) -> list[dict[str, Any]]:
        products = self._products(rows)
        own = float(self.day.evidenced[self.number[brand]])
        out = []
        for product in sorted(set(products)):
            links = rows[products == product]
            share = self.day.share[links]
            upstream = self.traced.scores[self.day.supplier[links]]
            mean = float(share @ upstream / share.sum()) if share.sum() > 0 else 0.0
            suppliers = len(pd.unique(self.day.owner[self.day.supplier[links]]))
            score = own + self.traced.decay * (1 - own) * mean if scored else None
            out.append({"product": product or None, "suppliers": suppliers, "score": score})
        return out

    def _mixed(self, rows: np.ndarray) -> bool:
        return len(set(self._products(rows))) > 1 and bool(self.day.assumed[rows].any())

    def _lists(self, brand: str) -> list[dict[str, Any]]:
        return self.lists.get(brand, [])

    @cached_property
    def lists(self) -> dict[str, list[dict[str, Any]]]:
        """Lists in force by buyer, oldest first."""
        found: dict[str, list[dict[str, Any]]] = {}
        lists = in_force(self.day.graph["DisclosureList"], self.day.parameters.as_of)
        for row in rows_of(lists.sort_values(["valid_from", "id"])):
            found.setdefault(row["buyer_id"], []).append({"title": row["title"], "valid_from": row["valid_from"]})
        return found

    def _stale_days(self, brand: str, rows: np.ndarray) -> int | None:
        """Days since the newest date on which a source, by that day, stated the brand's links in force."""
        if not len(rows):
            return None
        dates = [entry["valid_from"] for entry in self._lists(brand)]
        dates += [stated] if (stated := self._newest[self.number[brand]]) else []
        return (date.fromisoformat(self.day.parameters.as_of) - date.fromisoformat(max(dates))).days if dates else None

    @cached_property
    def _newest(self) -> list[str]:
        """Newest date, by the day, on which a source stated a link of every buyer; empty where none is dated."""
        links, kept = self.day.links, self.day.kept
        dates = pd.concat([links[column] for column in ("first_seen", "last_seen", "valid_from")], ignore_index=True)
        dates = dates.where(dates <= self.day.parameters.as_of)
        codes, known = pd.factorize(dates, sort=True)  # ISO dates sort as dates
        newest = codes.reshape(3, len(links)).max(axis=0)[self.day.row[kept]]
        of_buyer = np.full(len(self.day.ids), -1)
        np.maximum.at(of_buyer, self.day.buyer[kept], newest)
        words = [*known.tolist(), ""]
        return [words[code] for code in of_buyer.tolist()]

    @property
    def names(self) -> dict[str, str]:
        """Name by party id."""
        return self.day.graph.names

    @property
    def countries(self) -> dict[str, str]:
        """Country by party id, where one is stated."""
        return self.day.graph.countries

    @cached_property
    def run(self) -> dict[str, Any]:
        """What identifies a run: the same input, parameters and code give the same id."""
        return run_of(self.day.graph, self.day.parameters.as_dict())

    def exposures(self, brands: Sequence[str] | None = None) -> list[Exposure]:
        """Figures of some or all brands, in the order given, else by name."""
        if brands is None:
            organizations = self.day.graph["Organization"]
            chosen = organizations[organizations["brand"].fillna(False)].sort_values(["name", "id"])
            brands = chosen["id"].tolist()
        return [self.exposure(brand) for brand in brands]


def _plain(value: float) -> float | None:
    """A value for rows; an infinite distance is none (``flag_upstream`` tells it from what is not known)."""
    return float(value) if np.isfinite(value) else None


def _no_figures() -> Exposure:
    """A brand with no link in force: nothing is known, and nothing is said."""
    return {
        "classes": dict.fromkeys(CLASSES),
        **dict.fromkeys(
            (
                *("score", "lower", "upper", "unmapped", "coverage", "assumed_share", "unstated_share"),
                *("documented_only", "split_low", "split_high"),
            )
        ),
        "ask_first": [],
        "suppliers": 0,
        "flagged_suppliers": 0,
        "attribution": [],
        "by_product": [],
        "mixed_products": False,
        "composition": None,
    }

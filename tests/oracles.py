"""Slow and plain second implementations, and a helper that builds a graph from rows written in a test.

Nothing here uses the code under test but `derive`, by which rows become a graph. The mathematics is written from the
formulas in ``docs/exposure.md``, densely and without care for speed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd

from graph_core.derive import derive
from graph_core.graph import Graph, table
from graph_core.model import RECORD, TABLES, Kind

Floats = npt.NDArray[np.float64]
Row = dict[str, Any]
Rows = list[Row]
Triple = tuple[str, str, float]


# --- rows to graphs --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """A record set as `derive` takes it."""

    source: dict[str, str | None]
    seq: int
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)


def frame_of(name: str, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows of one record table with the types and defaults that loaders give them."""
    columns = TABLES[name].columns
    filled = []
    own = {"line", *TABLES[name].names}
    extra = [c for c in RECORD if c.name not in own and any(c.name in row for row in rows)]
    for line, row in enumerate(rows, start=2):
        unknown = set(row) - {*TABLES[name].names, *(c.name for c in RECORD)}
        assert not unknown, f"{name} has no column {unknown}"
        values = {c.name: c.default if row.get(c.name) is None else row[c.name] for c in (*columns, *extra)}
        filled.append({**values, "line": row.get("line", line)})
    frame = pd.DataFrame(filled, columns=[*TABLES[name].names, "line", *(c.name for c in extra)])
    kinds = {Kind.NUMBER: "float64", Kind.FLAG: "boolean"}
    return frame.astype({c.name: kinds.get(c.kind, "str") for c in (*columns, *extra)} | {"line": "int64"})


def said(
    source: str,
    seq: int = 1,
    *,
    retrieved_at: str | None = None,
    about: Mapping[str, str] | None = None,
    **tables: Rows,
) -> Said:
    """One record set: what one source said in one load; ``about`` is what else is known of the source."""
    facts = dict.fromkeys(("title", "publisher", "url", "licence", "sha256", "format"))
    frames = {name: frame_of(name, list(rows)) for name, rows in tables.items()}
    return Said({"id": source, **facts, "retrieved_at": retrieved_at, **(about or {})}, seq, frames)


def graph_of(**tables: Rows) -> Graph:
    """Graph of what one source said."""
    return derive([said("test", **tables)])


def believed(**tables: Rows) -> Graph:
    """Graph of rows that need no derivation (each link once, subjects by id); much faster than `graph_of`."""
    rows = {name: frame_of(name, tables.get(name, [])) for name in TABLES}
    ends = {"supplier_id": "start", "buyer_id": "end", "owner_id": "start", "owned_id": "end"}

    def edges(name: str) -> pd.DataFrame:
        return rows[name].rename(columns=ends).assign(id=[f"{name}{i}" for i in range(len(rows[name]))])

    organizations = rows["organizations"].assign(brand=rows["organizations"]["roles"].fillna("").eq("brand"))
    sites, findings = rows["facilities"], rows["findings"]
    statements = sorted(tables.get("coverage", []), key=lambda row: (row["buyer_id"], row.get("valid_from") or ""))
    ended = [
        {
            "id": f"c{i}",
            **row,
            "valid_to": later.get("valid_from") if later and later["buyer_id"] == row["buyer_id"] else None,
        }
        for i, (row, later) in enumerate(zip(statements, [*statements[1:], None], strict=False))
    ]
    run = sites.dropna(subset=["operator_id"])
    data = {
        "Organization": organizations,
        "Facility": sites,
        "Finding": findings,
        "CoverageStatement": pd.DataFrame(ended, columns=["id", "buyer_id", "coverage", "valid_from", "valid_to"]),
        "SUPPLIES": edges("links"),
        "OWNS": edges("ownership"),
        "OPERATES": pd.DataFrame({"id": "o" + run["id"], "start": run["operator_id"], "end": run["id"]}),
        "ABOUT": pd.DataFrame({"id": "a" + findings["id"], "start": findings["id"], "end": findings["subject_id"]}),
    }
    return Graph({name: table(name, frame) for name, frame in data.items()})


def brand(name: str) -> Row:
    """An organization in the role of brand."""
    return {"id": name, "name": name, "roles": "brand"}


def link(supplier: str, buyer: str, share: float | None = None, **more: Any) -> Row:
    """A link, with a stated share where one is given."""
    return {"supplier_id": supplier, "buyer_id": buyer, "share": share, **more}


def finding(subject: str, strength: float = 1.0, **more: Any) -> Row:
    """A scored finding on a party that is named by its id."""
    row = {"id": f"f:{subject}", "subject_id": subject, "kind": "order", "category": "forced_labour"}
    return {**row, "severity": strength, **more}


def operates(company: str, site: str, **more: Any) -> Row:
    """A site and who runs it."""
    return {"id": site, "name": site, "operator_id": company, **more}


def owns(owner: str, owned: str, percent: float | None = None, **more: Any) -> Row:
    """A holding."""
    return {"owner_id": owner, "owned_id": owned, "percent": percent, **more}


# --- exposure --------------------------------------------------------------------------------------------------


def matrix(size: int, links: Iterable[tuple[int, int, float]]) -> Floats:
    """``P[i, j]``: share of buyer j's inputs that come from i; parallel links add up."""
    shares = np.zeros((size, size))
    for supplier, buyer, share in links:
        shares[supplier, buyer] += share
    return shares


def least_fixpoint(shares: Floats, constant: Floats, scale: Floats) -> Floats:
    """``x = constant + scale (P^T x)``, least solution: nodes that no constant reaches stay 0, the rest is solved."""
    live = constant > 0
    passes = (shares.T > 0) & (scale[:, None] > 0)
    while (more := live | (passes & live[None, :]).any(axis=1)).sum() > live.sum():
        live = more
    x = np.zeros(len(live))
    some = np.flatnonzero(live)
    onward = scale[some, None] * shares.T[np.ix_(some, some)]
    x[some] = np.linalg.solve(np.eye(len(some)) - onward, constant[some])
    return x


def jacobi(shares: Floats, constant: Floats, scale: Floats, sweeps: int) -> Iterator[Floats]:
    """Sweeps of the fixpoint from 0."""
    x = np.zeros(len(constant))
    for _ in range(sweeps):
        x = constant + scale * (shares.T @ x)
        yield x


def traced(shares: Floats, s: Floats, decay: float = 1.0) -> Floats:
    """Traced exposure share of every node."""
    return least_fixpoint(shares, s, decay * (1 - s))


def passing(shares: Floats, s: Floats, decay: float = 1.0) -> Floats:
    """``R = (I - M)^-1`` among the nodes with exposure; 0 elsewhere."""
    live = np.flatnonzero(traced(shares, s, decay) > 0)
    onward = decay * (1 - s)[live, None] * shares.T[np.ix_(live, live)]
    out = np.zeros_like(shares)
    out[np.ix_(live, live)] = np.linalg.inv(np.eye(len(live)) - onward)
    return out


def removal(shares: Floats, s: Floats, buyer: int, node: int, decay: float = 1.0) -> float:
    """Fall of a buyer's score when a node's own equation becomes ``e = 0``."""
    scale = decay * (1 - s)
    scale[node] = 0.0
    without = least_fixpoint(shares, np.where(np.arange(len(s)) == node, 0.0, s), scale)
    return float(traced(shares, s, decay)[buyer] - without[buyer])


def unmapped(shares: Floats, s: Floats, gap: Floats) -> Floats:
    """``u = (1-s) g + (1-s) P^T u``."""
    return least_fixpoint(shares, (1 - s) * gap, 1 - s)


# --- other scores ----------------------------------------------------------------------------------------------


def noisy_or(shares: Floats, s: Floats) -> Floats:
    """``e = 1 - (1-s) product(1 - p e)`` by sweeps from 0 over plain loops."""
    p = np.minimum(shares, 1.0)
    e = np.zeros(len(s))
    for _ in range(100_000):
        following = np.array(
            [1 - (1 - s[j]) * np.prod([1 - p[i, j] * e[i] for i in range(len(s))]) for j in range(len(s))]
        )
        if np.abs(following - e).max() < 1e-15:
            break
        e = following
    return e


def exact_cascade(shares: Floats, s: Floats) -> Floats:
    """Probability that a live flag reaches each node over live links: every set of live links and flags is tried."""
    p = np.minimum(shares, 1.0)
    size = len(s)
    items = [*((i, j, p[i, j]) for i in range(size) for j in range(size)), *((-1, j, s[j]) for j in range(size))]
    open_ = [item for item in items if 0 < item[2] < 1]
    q = np.zeros(size)
    for number in range(2 ** len(open_)):
        live = [item for item in items if item[2] == 1]
        weight = 1.0
        for place, item in enumerate(open_):
            is_live = number >> place & 1
            weight *= item[2] if is_live else 1 - item[2]
            live += [item] if is_live else []
        hit = {j for i, j, _ in live if i < 0}
        while more := {j for i, j, _ in live if i in hit} - hit:
            hit |= more
        q[list(hit)] += weight
    return q


def linear_sum(shares: Floats, s: Floats) -> Floats:
    """``x = s + P^T x`` by many sweeps from 0, cut at 1000: what grows without end is beyond every other score."""
    x = np.zeros(len(s))
    for _ in range(5000):
        x = np.minimum(s + np.minimum(shares, 1.0).T @ x, 1000.0)
    return x


def esri(
    weights: Floats, sector: Sequence[Any], need: npt.NDArray[np.int64], failing: int
) -> tuple[float, float, float]:
    """ESRI of one party, and by inputs and orders alone; loops after the paper. Need 0 none, 1 partial, 2 essential."""
    size = len(weights)
    out, bought = weights.sum(axis=1), weights.sum(axis=0)
    psi = np.array([0.0 if i == failing else 1.0 for i in range(size)])
    down, up = np.ones(size), np.ones(size)
    for _ in range(2000):
        room = [sum(out[k] * down[k] for k in range(size) if sector[k] == sector[i]) for i in range(size)]
        sigma = [1.0 if room[i] <= out[i] else out[i] / room[i] for i in range(size)]
        next_down, next_up = down.copy(), up.copy()
        for j in range(size):
            ways = [psi[j]]
            partial = [i for i in range(size) if weights[i, j] and need[i, j] == 1]
            ways.append(1 - sum(sigma[i] * weights[i, j] / bought[j] * (1 - down[i]) for i in partial))
            for k in set(sector):
                of = [i for i in range(size) if weights[i, j] and need[i, j] == 2 and sector[i] == k]
                total = sum(weights[i, j] for i in of)
                ways.append(1 - sum(sigma[i] * weights[i, j] / total * (1 - down[i]) for i in of))
            next_down[j] = max(0.0, min(ways))
            sold = sum(weights[j, b] / out[j] * up[b] for b in range(size)) if out[j] else 1.0
            next_up[j] = min(psi[j], sold)
        change = max(np.abs(next_down - down).max(), np.abs(next_up - up).max())
        down, up = next_down, next_up
        if change < 1e-14:
            break
    lost = [float(out @ (1 - h) / out.sum()) for h in (np.minimum(down, up), down, up)]
    return lost[0], lost[1], lost[2]


def debtrank(impact: Floats, stress: Floats, variant: str) -> Floats:
    """Stress of every node; row = who fails."""
    size = len(stress)
    h, before, state = list(stress), [0.0] * size, ["D" if x > 0 else "U" for x in stress]
    for _ in range(20_000):
        if variant == "linear":
            pushes = [h[i] - before[i] for i in range(size)]
        else:
            pushes = [h[i] if state[i] == "D" else 0.0 for i in range(size)]
        following = [min(1.0, h[j] + sum(impact[i, j] * pushes[i] for i in range(size))) for j in range(size)]
        state = ["I" if x in "DI" else "D" if following[j] > 0 else "U" for j, x in enumerate(state)]
        h, before = following, h
        if not any(pushes):
            break
    return np.array(h)


# --- paths -----------------------------------------------------------------------------------------------------


def simple_graph(triples: Iterable[Triple]) -> nx.DiGraph[str]:
    """Directed graph, parallel links added up."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for supplier, buyer, share in triples:
        before = graph.get_edge_data(supplier, buyer, {"share": 0.0})["share"]
        graph.add_edge(supplier, buyer, share=before + share)
    return graph


def all_paths(
    triples: Sequence[Triple], flags: Mapping[str, float], buyer: str
) -> list[tuple[float, float, tuple[str, ...]]]:
    """Score, contribution and nodes of every simple path, best first, equal ones by their nodes from the buyer on."""
    graph = simple_graph(triples)
    graph.add_nodes_from([buyer, *flags])
    found = []
    for site, strength in flags.items():
        if site == buyer or strength == 0:
            continue
        for nodes in nx.all_simple_paths(graph, site, buyer):
            score = contribution = strength
            for a, b in reversed(list(pairwise(nodes))):
                score *= graph[a][b]["share"]
                contribution *= graph[a][b]["share"] * (1 - flags.get(b, 0.0))
            if score > 0:
                found.append((score, contribution, tuple(nodes)))
    return sorted(found, key=lambda row: (-row[0], row[2][::-1]))


# --- a whole day -----------------------------------------------------------------------------------------------


def holds(row: Row, day: str) -> bool:
    """Whether a dated row holds on a day: [valid_from, valid_to)."""
    begin, end = row.get("valid_from"), row.get("valid_to")
    return (begin is None or begin <= day) and (end is None or day < end)


def stated_coverage(statements: Rows, day: str) -> dict[str, float]:
    """Coverage by buyer: the newest statement that has begun."""
    begun = [row for row in statements if (row.get("valid_from") or "") <= day]
    return {row["buyer_id"]: row["coverage"] for row in sorted(begun, key=lambda row: row.get("valid_from") or "")}


def measure_of(row: Row) -> list[tuple[str, str]]:
    """Measures in which a link has a figure."""
    kinds = (("volume", "unit"), ("value", "currency"))
    return [(kind, row.get(unit) or "") for kind, unit in kinds if row.get(kind) is not None]


def shares(links: Rows, coverage: Mapping[str, float]) -> tuple[list[float], list[str], dict[str, float]]:
    """Share and basis of every link, and the coverage of the buyers that have one."""
    share, basis = [0.0] * len(links), [""] * len(links)
    known: dict[str, float] = {}
    for buyer in {row["buyer_id"] for row in links}:
        mine = [i for i, row in enumerate(links) if row["buyer_id"] == buyer]
        explicit = [i for i in mine if links[i].get("share") is not None]
        open_ = [i for i in mine if i not in explicit]
        given = sum(links[i]["share"] for i in explicit)
        for i in explicit:
            share[i], basis[i] = links[i]["share"], "stated"
        left = max(0.0, coverage.get(buyer, 1.0) - given)
        votes: dict[tuple[str, str], list[int]] = {}
        for i in open_:
            for measure in measure_of(links[i]):
                votes.setdefault(measure, []).append(i)
        votes = {m: who for m, who in votes.items() if sum(links[i][m[0]] for i in who) > 0}
        best = max(votes, key=lambda m: (len(votes[m]), m)) if votes else None
        compared = votes[best] if best else []
        for i in open_:
            if i not in compared:
                share[i], basis[i] = left / len(open_), "assumed_equal"
        if best:
            total = sum(links[i][best[0]] for i in compared)
            for i in compared:
                share[i] = left * len(compared) / len(open_) * links[i][best[0]] / total
                basis[i] = best[0]
        if not open_:
            known[buyer] = given
        elif buyer in coverage:
            known[buyer] = coverage[buyer]
    return share, basis, known


def controlled(company: str, holdings: Rows, day: str) -> set[str]:
    """All that a company controls at any depth: 50 % or more, or an unknown percentage."""
    found, fresh = set[str](), {company}
    while fresh:
        step = {
            row["owned_id"]
            for row in holdings
            if row["owner_id"] in fresh and holds(row, day) and (row.get("percent") is None or row["percent"] >= 50)
        }
        fresh = step - found - {company}
        found |= fresh
    return found


@dataclass(frozen=True)
class FlagOn:
    """A flag on a party: class, strength, and the good that it is limited to."""

    party: str
    kind: str
    strength: float
    good: str | None


def scored(finding: Row) -> bool:
    """Whether the category of a finding enters the score by the default policy."""
    return finding.get("category") in ("forced_labour", "forced_child_labour")


def flags(tables: Mapping[str, Rows], day: str, min_confidence: float = 0.0) -> list[FlagOn]:
    """Flags of findings that name their subject by id; countries and goods of all parties are known."""
    country = {row["id"]: row.get("country") for row in tables.get("facilities", [])}
    runs = [(row.get("operator_id"), row["id"]) for row in tables.get("facilities", [])]
    out = []
    for row in tables.get("findings", []):
        strength = row.get("severity", 1.0) * row.get("confidence", 1.0)
        counts = scored(row) and row.get("status") != "retracted"
        if not counts or not holds(row, day) or strength == 0 or row.get("confidence", 1.0) < min_confidence:
            continue
        subject = row["subject_id"]
        group = controlled(subject, tables.get("ownership", []), day) if row.get("includes_subsidiaries") else set()
        reached = group | {site for company, site in runs if company in {subject, *group}}
        classes = {**dict.fromkeys(reached, "ownership"), subject: "named"}
        limit = row.get("scope_country")
        out += [
            FlagOn(party, kind, strength, row.get("scope_commodity"))
            for party, kind in classes.items()
            if limit is None or country.get(party) == limit
        ]
    return out


def day_figures(
    tables: Mapping[str, Rows],
    day: str,
    buyer: str,
    *,
    documented_only: bool = False,
    min_confidence: float = 0.0,
) -> Row:
    """Every figure of a brand. A site is one node for each good it delivers, and one for itself."""
    links = [row for row in tables.get("links", []) if holds(row, day)]
    stated = stated_coverage(tables.get("coverage", []), day)
    share, basis, known = shares(links, stated)
    keep = [
        row.get("confidence", 1.0) >= min_confidence
        and not (documented_only and row.get("evidence", "documented") == "inferred")
        for row in links
    ]
    flagged = flags(tables, day, min_confidence)
    parties = {row["buyer_id"] for row in links} | {row["supplier_id"] for row in links} | {buyer} | set(stated)
    nodes = sorted({(p, "") for p in parties} | {(row["supplier_id"], row.get("product") or "") for row in links})
    number = {node: i for i, node in enumerate(nodes)}

    def strength_of(kinds: tuple[str, ...]) -> Floats:
        s = np.zeros(len(nodes))
        for flag in flagged:
            for (party, good), i in number.items():
                if party == flag.party and flag.kind in kinds and flag.good in (None, good):
                    s[i] = max(s[i], flag.strength)
        return s

    def network(use: Sequence[bool]) -> Floats:
        # Every node of a buyer has the inputs of the buyer.
        return matrix(
            len(nodes),
            [
                (number[row["supplier_id"], row.get("product") or ""], i, share[k])
                for k, row in enumerate(links)
                if use[k]
                for (party, _), i in number.items()
                if party == row["buyer_id"]
            ],
        )

    p, s, b = network(keep), strength_of(("named", "ownership")), number[buyer, ""]
    everything = network([True] * len(links))
    says = np.array([party in known or party in stated for party, _ in nodes])
    gap = np.where(says, 1 - everything.sum(axis=0), 0.0) + (everything - p).sum(axis=0)
    gap = np.where(np.abs(gap) < 1e-15, 0.0, np.clip(gap, 0.0, 1.0))
    e, u = traced(p, s), unmapped(p, s, gap)
    buys = p.sum(axis=0) > 0
    buys = np.array([any(keep[k] and row["buyer_id"] == party for k, row in enumerate(links)) for party, _ in nodes])
    ends = buys & ~says
    q = least_fixpoint(p, np.where(ends, 1 - s, 0.0), np.where(buys & ~ends, 1 - s, 0.0))
    a = passing(p, s)[b] * s
    named = strength_of(("named",))
    best: dict[str, tuple[float, bool]] = {}
    attribution: dict[str, float] = {}
    for (party, _), i in number.items():
        if a[i] > 0:
            attribution[party] = attribution.get(party, 0.0) + float(a[i])
            best[party] = max(best.get(party, (0.0, False)), (float(s[i]), bool(named[i] == s[i])))
    without = network([k and c != "assumed_equal" for k, c in zip(keep, basis, strict=True)])
    documented = network([k and row.get("evidence") != "inferred" for k, row in zip(keep, links, strict=True)])
    own = [k for k, row in enumerate(links) if row["buyer_id"] == buyer and keep[k]]
    coverage = float(p[:, b].sum()) if buyer in known else None
    return {
        "classes": {kind: float(traced(p, strength_of((kind,)))[b]) for kind in ("named", "ownership")},
        "score": float(e[b]),
        "unmapped": None if coverage is None else float(u[b]),
        "lower": None if coverage is None else float(e[b]),
        "upper": None if coverage is None else float(e[b] + u[b]),
        "coverage": coverage,
        "assumed_share": float(e[b] - traced(without, s)[b]),
        "unstated_share": float(p[:, b] @ q),
        "documented_only": float(traced(documented, s)[b]),
        "suppliers": len({links[k]["supplier_id"] for k in own}),
        "flagged_suppliers": len(
            {
                links[k]["supplier_id"]
                for k in own
                if s[number[links[k]["supplier_id"], links[k].get("product") or ""]] > 0
            }
        ),
        "attribution": attribution,
        "attribution_class": {party: "named" if is_named else "ownership" for party, (_, is_named) in best.items()},
        "u": float(u[b]),
    }

"""The part of the network around a party that can be shown, and exactly how much of it is not shown one by one.

A picture has a budget. The parties that carry most are shown by themselves, the others as groups, one a tier and
country; what a reader opened or pinned comes on top, up to a limit. Every party upstream is shown, in a group, or
counted as hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from graph_core.day_network import DayNetwork
from graph_core.exposure.table import ExposureTable
from graph_core.flags import EVIDENCED
from graph_core.graph import among, in_force
from graph_core.model import INDICATORS
from graph_core.network import Floats, Ints, Marks, totals
from graph_core.surroundings import Side, buyers_of, suppliers_of

#: Parties and groups shown at first, where nothing else is asked for; nodes that a picture has at most.
BUDGET, MOST = 60, 300
#: Parties that one expansion adds at most, and links that are drawn at most.
STEP, MOST_LINKS = 40, 1_500
#: Most groups of one side, and the part of a budget that they may take.
_GROUPS, _PART = 20, 3
#: Ids of groups begin with this; a control character is in no party's id.
GROUP = "\x1fgroup:"
#: Key of the countries of a tier that have no group of their own.
OTHERS = "*"
#: Ways to expand a party that need no query.
SUPPLIERS, BUYERS, OWNERS, GROUPED = "suppliers", "buyers", "owners", "group"
#: What a party can be marked as, the gravest first; one mark each.
MARKS = (*EVIDENCED, *INDICATORS.values(), "unflagged")


@dataclass(frozen=True)
class Expansion:
    """Something that a reader opened.

    Attributes
    ----------
    kind : str
        ``suppliers``, ``buyers`` or ``owners`` (owners and operators, and what the party owns and operates) of a
        party, ``group``, or the name of a query.
    of : str
        Id of the party, or key of the group.
    found : tuple of str
        Ids that a query gave, in its order.
    """

    kind: str
    of: str
    found: tuple[str, ...] = ()


@dataclass(frozen=True)
class Added:
    """What came of an expansion: how many parties it found, and how many of them are not shown for want of room."""

    expansion: Expansion
    found: int
    left: int


@dataclass(frozen=True)
class Counts:
    """Parties on one side of the centre, and how they are shown: shown + grouped + hidden = total."""

    total: int = 0
    shown: int = 0
    grouped: int = 0
    hidden: int = 0


@dataclass(frozen=True)
class Neighbourhood:
    """Nodes and links around a party.

    Attributes
    ----------
    nodes : DataFrame
        id (of a group `GROUP` and its key), name, country, label (``Organization``, ``Facility``, absent for groups),
        parties (1, or how many are in a group), tier (hops from the centre, 0 = the centre, below 0: buyers, absent:
        neither), tier_is_minimum (an indirect link is on every shortest way: shown as "at least n"), column (where it
        stands: its tier, or beside all tiers), class, indicator, marks (class or indicator that is shown, ``unflagged``
        for none -> number of parties with it), carries (flagged share that passes through it, see
        `graph_core.surroundings.Side`), inputs (the same for all inputs), exposure (own score), coverage (absent: not
        stated).
    links : DataFrame
        supplier, buyer, kind (``delivers``, ``operates``, ``owns``), links (how many it stands for), documented and
        indirect (how many of them are), share (of the buyer's inputs; absent for a group of buyers), basis, evidence
        and disclosure (``both`` where several links differ), product, class, valid_from, sources. Links between groups
        of one tier are left away.
    suppliers, buyers : Counts
        How the parties on the two sides are shown.
    added : tuple of Added
        What came of each expansion.
    links_left : int
        Links between what is shown that are not drawn, those with the smallest shares.
    missing : float
        Part of the centre's score, 0..1, that was not followed.
    """

    nodes: pd.DataFrame
    links: pd.DataFrame
    suppliers: Counts = Counts()
    buyers: Counts = Counts()
    added: tuple[Added, ...] = ()
    links_left: int = 0
    missing: float = 0.0


@dataclass(eq=False)
class Around:
    """A party with all that is up and down of it; made once, for all pictures of it.

    Parameters
    ----------
    table : ExposureTable
        Figures of the day.
    centre : str
        Id of the party.
    with_buyers : bool
        Whether buyers are looked at too.
    """

    table: ExposureTable
    centre: str
    with_buyers: bool = False
    _groups: dict[int, _Groups] = field(default_factory=dict)

    @cached_property
    def sides(self) -> list[Side]:
        """Suppliers, then buyers; empty where the party has no link that day."""
        if self.centre not in self.table.number:
            return []
        found = [suppliers_of(self.table, self.centre)]
        return [*found, buyers_of(self.table, self.centre)] if self.with_buyers else found

    @cached_property
    def ends(self) -> tuple[Ints, Ints]:
        """Party numbers of the supplier and the buyer of every link that a source states or that stands behind one."""
        day = self.table.day
        stated = len(day.links)  # those after them repeat the inputs of a site for its nodes for single goods
        return day.home[day.supplier[:stated]], day.home[day.buyer[:stated]]

    @cached_property
    def country(self) -> tuple[Ints, list[str]]:
        """Number of the country of every node, and the countries; the first one stands for a country not stated."""
        owners = pd.Series(self.table.day.owner)
        codes, names = pd.factorize(owners.map(self.table.countries))
        return codes + 1, ["", *names.tolist()]

    def groups(self, budget: int) -> _Groups:
        """How parties are shown by a budget, before anything is opened."""
        if budget not in self._groups:
            self._groups[budget] = _grouped(self, budget)
        return self._groups[budget]

    def members(self, key: str, budget: int = BUDGET, shown: Sequence[str] = ()) -> pd.DataFrame:
        """Parties of a group that are not shown by themselves, those that carry most first.

        Parameters
        ----------
        key : str
            ``tier:country`` of the group.
        budget : int
            Budget of the picture.
        shown : sequence of str
            Ids of parties that are shown.

        Returns
        -------
        DataFrame
            Columns id, name, country, class, carries, inputs; empty for an unknown key.
        """
        groups = self.groups(budget)
        found = groups.members(key) if key in groups.number else np.empty(0, dtype=np.int64)
        found = found[~np.isin(found, _numbers(self.table, shown))]
        return _described(self, found)

    def place(self, parties: Ints) -> pd.DataFrame:
        """Tier, whether it is a minimum, and what is carried, of some parties; absent where they are on no side."""
        columns = {name: np.full(len(parties), np.nan) for name in ("tier", "carries", "inputs")}
        least = np.zeros(len(parties), dtype=bool)
        for side, sign in reversed(list(zip(self.sides, (1, -1), strict=False))):
            on = np.isfinite(side.tier[parties])
            at = parties[on]
            columns["tier"][on], least[on] = sign * side.tier[at], side.least[at]
            columns["carries"][on], columns["inputs"][on] = side.carried[at], side.inputs[at]
        return pd.DataFrame({**columns, "tier_is_minimum": least})


def neighbourhood(
    around: Around, budget: int = BUDGET, expanded: Sequence[Expansion] = (), kept: Sequence[str] = ()
) -> Neighbourhood:
    """Choose what of the network around a party is shown.

    Parameters
    ----------
    around : Around
        The party and its surroundings.
    budget : int
        Most parties and groups of each side before anything is opened, the party included.
    expanded : sequence of Expansion
        What was opened, in this order; each adds at most `STEP` parties, and all of them nothing above `MOST` nodes.
    kept : sequence of str
        Parties that are shown in any case; those that no link of the day names too.
    """
    table = around.table
    groups = around.groups(budget)
    shown = groups.shown
    wanted = [one for one in dict.fromkeys(kept) if one != around.centre and one in table.names][:MOST]
    shown = _joined(shown, _numbers(table, wanted))
    unlinked = [one for one in wanted if one not in table.number]
    if around.centre not in table.number and around.centre in table.names:
        unlinked.insert(0, around.centre)
    added = []
    for expansion in expanded:
        found, without = _found(around, groups, expansion)
        fresh = found[~np.isin(found, shown)]
        strangers = [one for one in without if one not in unlinked]
        room = min(STEP, max(0, MOST - groups.size - len(shown) - len(unlinked)))
        shown = _joined(shown, fresh[:room])
        unlinked += strangers[: max(0, room - len(fresh))]
        added.append(Added(expansion, len(found) + len(without), max(0, len(fresh) + len(strangers) - room)))
    return _pictured(around, groups, shown, unlinked, tuple(added))


def _found(around: Around, groups: _Groups, expansion: Expansion) -> tuple[Ints, list[str]]:
    """Parties of an expansion, the first first, and ids of those that no link of the day names."""
    table, kind = around.table, expansion.kind
    if kind == GROUPED:
        return groups.members(expansion.of) if expansion.of in groups.number else np.empty(0, dtype=np.int64), []
    if kind in (SUPPLIERS, BUYERS):
        number = table.number.get(expansion.of)
        return np.empty(0, dtype=np.int64) if number is None else _next_to(around, number, kind), []
    ids = _holdings_of(table.day, expansion.of) if kind == OWNERS else list(dict.fromkeys(expansion.found))
    ids = [one for one in ids if one in table.names and one != expansion.of]
    return _numbers(table, ids), [one for one in ids if one not in table.number]


def _next_to(around: Around, number: int, kind: str) -> Ints:
    """Direct suppliers or buyers of a party: those that carry most of what the centre gets, then by their shares."""
    day = around.table.day
    supplier, buyer = around.ends
    own, other = (buyer, supplier) if kind == SUPPLIERS else (supplier, buyer)
    at = np.flatnonzero((own == number) & day.kept[: len(own)])
    parties, place = np.unique(other[at], return_inverse=True)
    share = totals(place, day.share[at], len(parties))
    carried = around.sides[0].carried[parties] if around.sides else np.zeros(len(parties))
    keep = parties != number
    order = np.lexsort((-share[keep], -carried[keep]))
    found: Ints = parties[keep][order]
    return found


def _holdings_of(day: DayNetwork, party: str) -> list[str]:
    """Owners and operators of a party and what it owns and operates, by id."""
    found = _holdings(day)
    return sorted({*found.loc[found["end"] == party, "start"], *found.loc[found["start"] == party, "end"]})


def _holdings(day: DayNetwork) -> pd.DataFrame:
    """Who owns and who operates what on the day: start, end, kind, valid_from, sources."""
    tables = [
        in_force(day.graph[name], day.parameters.as_of)[["start", "end", "valid_from", "sources"]].assign(kind=kind)
        for name, kind in (("OPERATES", "operates"), ("OWNS", "owns"))
    ]
    return pd.concat(tables, ignore_index=True)


def _numbers(table: ExposureTable, ids: Sequence[str]) -> Ints:
    return np.array([table.number[one] for one in ids if one in table.number], dtype=np.int64)


def _joined(first: Ints, more: Ints) -> Ints:
    """Numbers in their order, each once."""
    return pd.unique(np.concatenate([first, more]))


# --- groups ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Groups:
    """Parties by tier and country, as far as they are not shown by themselves.

    Attributes
    ----------
    shown : array of int
        Parties shown by themselves, the centre first.
    keys : list of str
        ``tier:country`` of every group; tiers of buyers are negative.
    of : array of int
        Group of every node, -1 for those that are shown, and for those that are hidden.
    hidden : list of array of int
        Parties of each side for which there is no group.
    parties : array of int
        Parties of both sides, in their order.
    """

    shown: Ints
    keys: list[str]
    of: Ints
    hidden: list[Ints]
    parties: Ints

    @property
    def size(self) -> int:
        """How many groups there are."""
        return len(self.keys)

    @cached_property
    def number(self) -> dict[str, int]:
        """Number of a group by its key."""
        return {key: number for number, key in enumerate(self.keys)}

    def members(self, key: str) -> Ints:
        """Parties of a group in their order."""
        found: Ints = self.parties[self.of[self.parties] == self.number[key]]
        return found


def _grouped(around: Around, budget: int) -> _Groups:
    size = len(around.table.day.ids)
    of = np.full(size, -1, dtype=np.int64)
    centre = _numbers(around.table, [around.centre])
    shown, hidden = [centre], []
    keys: list[str] = []
    for side, sign in zip(around.sides, (1, -1), strict=False):
        parties = side.parties
        # One place is the centre's; where not all have room, groups take a part of the places.
        fits = len(parties) <= budget - 1
        most = 0 if fits else min(_GROUPS, budget // _PART)
        taken = parties[: max(0, budget - 1 - most)]
        rest = parties[len(taken) :]
        own, codes = _by_tier_and_country(around, side, rest, max(1, most), sign)
        members = np.bincount(codes[codes >= 0], minlength=len(own))
        alone = (codes >= 0) & (members[codes] == 1)  # takes the place of a group that it would be alone in
        shown += [taken, rest[alone]]
        inside = (codes >= 0) & ~alone
        number = np.cumsum(members > 1) - 1
        of[rest[inside]] = number[codes[inside]] + len(keys)
        hidden.append(rest[codes < 0])
        keys += [key for key, many in zip(own, members.tolist(), strict=True) if many > 1]
    every = np.concatenate([np.empty(0, dtype=np.int64), *(side.parties for side in around.sides)])
    return _Groups(pd.unique(np.concatenate(shown)), keys, of, hidden, every)


def _by_tier_and_country(around: Around, side: Side, parties: Ints, most: int, sign: int) -> tuple[list[str], Ints]:
    """Keys of at most some groups, and the group of every party, -1 where there is none."""
    if not len(parties):
        return [], np.empty(0, dtype=np.int64)
    numbers, countries = around.country
    tier = side.tier[parties].astype(np.int64)
    pairs, code = np.unique(tier * len(countries) + numbers[parties], return_inverse=True)
    weight = np.bincount(code, weights=side.carried[parties]), np.bincount(code)
    ranked = np.lexsort((pairs, -weight[1], -weight[0]))
    tiers = np.unique(tier)
    # The last places are for what is left of each tier; tiers without a place are hidden.
    single = ranked if len(pairs) <= most else ranked[: max(0, most - len(tiers))]
    keys = [f"{sign * (pair // len(countries))}:{countries[pair % len(countries)]}" for pair in pairs[single].tolist()]
    number = np.full(len(pairs), -1, dtype=np.int64)
    number[single] = np.arange(len(single))
    left = np.setdiff1d(pairs[number < 0] // len(countries), [])[: most - len(single)]
    for place, one in enumerate(left.tolist(), start=len(single)):
        number[(number < 0) & (pairs // len(countries) == one)] = place
        keys.append(f"{sign * one}:{OTHERS}")
    return keys, number[code]


# --- what is drawn ---------------------------------------------------------------------------------------------


def _pictured(
    around: Around, groups: _Groups, shown: Ints, unlinked: list[str], added: tuple[Added, ...]
) -> Neighbourhood:
    table = around.table
    place = np.full(len(table.day.ids), -1, dtype=np.int64)
    grouped = groups.parties[groups.of[groups.parties] >= 0]
    place[grouped] = len(shown) + groups.of[grouped]
    place[shown] = np.arange(len(shown))
    counts = [
        Counts(
            len(side.parties),
            int((place[side.parties] < len(shown)).sum() - (place[side.parties] < 0).sum()),
            int((place[side.parties] >= len(shown)).sum()),
            int((place[hidden] < 0).sum()),
        )
        for side, hidden in zip(around.sides, groups.hidden, strict=True)
    ]
    ids = [*_ids(table, shown), *(GROUP + key for key in groups.keys)]
    links, left = _links(around, place, ids, len(shown))
    parties = [_described(around, shown), _unlinked(table, unlinked)]
    parties.append(_group_rows(around, groups, place, len(shown)))
    nodes = pd.concat([frame for frame in parties if len(frame)] or parties[:1])
    nodes = nodes.assign(column=_columns(nodes, links)).reset_index(drop=True) if len(nodes) else nodes
    links = pd.concat([frame for frame in (links, _owned(table.day, nodes)) if len(frame)] or [links])
    return Neighbourhood(
        nodes,
        links.reset_index(drop=True),
        counts[0] if counts else Counts(),
        counts[1] if len(counts) > 1 else Counts(),
        added,
        left,
        around.sides[0].missing if around.sides else 0.0,
    )


def _ids(table: ExposureTable, parties: Ints) -> list[str]:
    return [table.day.ids[number] for number in parties.tolist()]


def _described(around: Around, parties: Ints) -> pd.DataFrame:
    """Rows of parties that are nodes of the network."""
    table, day = around.table, around.table.day
    found = _named(table, _ids(table, parties)).join(around.place(parties))
    found["class"] = [str(kind) or None for kind in day.node_class[parties]]
    codes = _marks(day)[parties]
    found["indicator"] = [MARKS[code] if MARKS[code] in INDICATORS.values() else None for code in codes]
    found["marks"] = pd.Series([{MARKS[code]: 1} for code in codes], dtype=object)
    found["exposure"] = table.traced.scores[parties]
    found["coverage"] = day.coverage[parties]
    return found


def _named(table: ExposureTable, ids: list[str]) -> pd.DataFrame:
    """What is known of parties whatever the day: id, name, country, label, and that each is one."""
    found = pd.DataFrame({"id": pd.Series(ids, dtype="str")})
    found["name"] = [table.names.get(one, one) for one in ids]
    found["country"] = [table.countries.get(one) for one in ids]
    found["label"] = np.where(among(found["id"], table.day.graph["Organization"]["id"]), "Organization", "Facility")
    found["parties"] = 1
    return found


def _marks(day: DayNetwork) -> Ints:
    """Mark of every node as its place in `MARKS`: its class, else an indicator, else none."""
    kinds = [day.node_class == kind for kind in EVIDENCED] + [day.strengths[kind] > 0 for kind in INDICATORS.values()]
    return np.where(np.any(kinds, axis=0), np.argmax(kinds, axis=0), len(kinds))


def _unlinked(table: ExposureTable, ids: list[str]) -> pd.DataFrame:
    """Rows of parties that no link of the day names: their flags count, figures there are none."""
    found = _named(table, ids)
    flags = table.day.counted[table.day.counted["node"].isin(ids)]
    kinds = {node: set(of["class"]) for node, of in flags.groupby("node")}
    marks = [next((mark for mark in MARKS if mark in kinds.get(one, ())), MARKS[-1]) for one in ids]
    found["class"] = [mark if mark in EVIDENCED else None for mark in marks]
    found["indicator"] = [mark if mark in INDICATORS.values() else None for mark in marks]
    found["marks"] = pd.Series([{mark: 1} for mark in marks], dtype=object)
    return found.assign(
        tier=np.nan, carries=np.nan, inputs=np.nan, tier_is_minimum=False, exposure=np.nan, coverage=np.nan
    )


def _group_rows(around: Around, groups: _Groups, place: Ints, first: int) -> pd.DataFrame:
    """Rows of the groups that still have members which are not shown by themselves."""
    group = np.where(place >= first, place - first, -1)
    of = group[groups.parties]
    members, size = groups.parties[of >= 0], groups.size
    of = of[of >= 0]
    if not len(members):
        return pd.DataFrame()
    each = np.bincount(of, minlength=size)
    marks = _marks(around.table.day)[members]
    by_mark = np.bincount(of * len(MARKS) + marks, minlength=size * len(MARKS)).reshape(size, -1)
    carried = [side.gathered(around.table, group, size) for side in around.sides[:1]]
    rows = []
    for number in np.flatnonzero(each).tolist():
        tier, _, country = groups.keys[number].partition(":")
        own = {mark: int(count) for mark, count in zip(MARKS, by_mark[number], strict=True) if count}
        lead = next(iter(own))
        upstream = int(tier) > 0
        rows.append(
            {
                "id": GROUP + groups.keys[number],
                "name": groups.keys[number],
                "country": country or None,
                "label": None,
                "parties": int(each[number]),
                "tier": float(tier),
                "carries": float(carried[0][0][number]) if upstream else np.nan,
                "inputs": float(carried[0][1][number]) if upstream else np.nan,
                "tier_is_minimum": bool(around.sides[0 if upstream else 1].least[members[of == number]].any()),
                "class": lead if lead in EVIDENCED else None,
                "indicator": lead if lead in INDICATORS.values() else None,
                "marks": own,
                "exposure": np.nan,
                "coverage": np.nan,
            }
        )
    return pd.DataFrame(rows)


def _columns(nodes: pd.DataFrame, links: pd.DataFrame) -> list[int]:
    """Where each node stands: at its tier; without one right of all where it buys of somebody shown, else left."""
    known = nodes["tier"].dropna()
    left, right = int(known.max() if len(known) else 0) + 1, int(min(0, known.min() if len(known) else 0)) - 1
    buys = set(links.loc[links["supplier"] != links["buyer"], "buyer"])
    return [
        int(tier) if tier == tier else right if node in buys else left  # noqa: PLR0124  absent is no number
        for node, tier in zip(nodes["id"], nodes["tier"], strict=True)
    ]


# --- links -----------------------------------------------------------------------------------------------------


def _links(around: Around, place: Ints, ids: list[str], shown: int) -> tuple[pd.DataFrame, int]:
    """Deliveries between what is shown, those that carry flags and the largest first, and how many are left out."""
    day = around.table.day
    ends = [place[end] for end in around.ends]
    both = (ends[0] >= 0) & (ends[1] >= 0) & (ends[0] != ends[1]) & day.kept[: len(day.links)]
    alone = (ends[0] < shown) & (ends[1] < shown)
    frames = [_single(around, np.flatnonzero(both & alone)), _several(around, np.flatnonzero(both & ~alone), ends, ids)]
    found = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
    if len(found) > MOST_LINKS:
        order = np.lexsort((-found["share"].fillna(0.0), found["class"].isna()))
        found = found.iloc[np.sort(order[:MOST_LINKS])]
    return found.sort_values(["supplier", "buyer", "product"], ignore_index=True), sum(map(len, frames)) - len(found)


def _lead(table: ExposureTable, at: Ints) -> Ints:
    """Class of the flags that lead over some links, by what their suppliers carry: its place, -1 where none do."""
    supplier = table.day.supplier[at]
    values = [table.classes[kind] for kind in EVIDENCED]
    known = np.vstack([np.zeros(len(at)) if own is None else own[supplier] for own in values])
    return np.where(table.traced.scores[supplier] > 0, known.argmax(axis=0), -1)


def _single(around: Around, at: Ints) -> pd.DataFrame:
    """Links as they are stated."""
    day = around.table.day
    links = day.links.iloc[at]
    return pd.DataFrame(
        {
            "supplier": day.owner[day.supplier[at]].astype("str"),
            "buyer": day.owner[day.buyer[at]].astype("str"),
            "kind": "delivers",
            "links": 1,
            "documented": day.documented[at].astype(np.int64),
            "indirect": day.indirect[at].astype(np.int64),
            "share": day.share[at],
            "basis": day.shares.basis[at],
            "evidence": links["evidence"].to_numpy(),
            "disclosure": links["disclosure"].to_numpy(),
            "product": links["product"].to_numpy(),
            "class": [EVIDENCED[code] if code >= 0 else None for code in _lead(around.table, at).tolist()],
            "valid_from": links["valid_from"].to_numpy(),
            "sources": links["sources"].to_numpy(),
        }
    )


def _several(around: Around, at: Ints, ends: list[Ints], ids: list[str]) -> pd.DataFrame:
    """Links from or to a group, taken together by what they join."""
    table, day, size = around.table, around.table.day, len(ids)
    tiers = np.array([one.partition(":")[2].partition(":")[0] if one.startswith(GROUP) else one for one in ids])
    at = at[tiers[ends[0][at]] != tiers[ends[1][at]]]
    pair = ends[0][at] * size + ends[1][at]
    links = np.bincount(pair, minlength=size * size)
    pairs = np.flatnonzero(links)

    def part(weights: Floats | Marks) -> Floats:
        return totals(pair, weights.astype(np.float64), size * size)[pairs]

    documented, indirect = part(day.documented[at]), part(day.indirect[at])
    share = day.share[at]
    lead = _lead(table, at)
    carried = share * table.traced.scores[day.supplier[at]]
    classes = np.vstack([part(np.where(lead == code, carried, 0.0)) for code in range(len(EVIDENCED))])
    leading = np.where(classes.sum(axis=0) > 0, classes.argmax(axis=0), -1)
    supplier, buyer = np.divmod(pairs, size)
    to_group = np.array([ids[one].startswith(GROUP) for one in buyer.tolist()], dtype=bool)
    return pd.DataFrame(
        {
            "supplier": [ids[one] for one in supplier.tolist()],
            "buyer": [ids[one] for one in buyer.tolist()],
            "kind": "delivers",
            "links": links[pairs],
            "documented": documented.astype(np.int64),
            "indirect": indirect.astype(np.int64),
            "share": np.where(to_group, np.nan, np.minimum(part(share), 1.0)),
            "basis": None,
            "evidence": _all_or("documented", "inferred", documented, links[pairs]),
            "disclosure": _all_or("indirect", "direct", indirect, links[pairs]),
            "product": None,
            "class": [EVIDENCED[code] if code >= 0 else None for code in leading.tolist()],
            "valid_from": None,
            "sources": [[] for _ in pairs],
        }
    )


def _all_or(one: str, other: str, some: Floats, every: Ints) -> np.ndarray:
    """A word for each bundle of links: all are the one, none is, or ``both``."""
    return np.where(some == every, one, np.where(some == 0, other, "both"))


def _owned(day: DayNetwork, nodes: pd.DataFrame) -> pd.DataFrame:
    """Who owns and operates whom among the parties shown."""
    if not len(nodes):
        return pd.DataFrame()
    held = _holdings(day)
    held = held[among(held["start"], nodes["id"]) & among(held["end"], nodes["id"]) & (held["start"] != held["end"])]
    found = held.rename(columns={"start": "supplier", "end": "buyer"}).assign(
        links=1, documented=0, indirect=0, share=np.nan
    )
    for absent in ("basis", "evidence", "disclosure", "product", "class"):
        found[absent] = None
    ordered: pd.DataFrame = found.sort_values(["supplier", "buyer", "kind"])
    return ordered

"""Saying a change by hand: its kind, and parties out of the brand's own upstream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, partial

import pandas as pd
import streamlit as st

from graph_core.day import Day
from graph_core.errors import TiertraceError
from graph_core.scenario import HARM, Change, Clean, Cover, Drop, Flag, Replace, Verify
from graph_core.supposed import known_party
from graph_core.ui import components, solving
from graph_core.ui.scenario import address
from graph_core.viz.text import clean, percent, shorten

#: Parties that a list offers at most; beyond it a part of the name narrows.
_OFFERED = 500
#: Kinds of changes as they are called here.
KINDS = {
    "clean": "Becomes clean",
    "flag": "Own flag gets a strength",
    "drop": "A buyer leaves a supplier",
    "replace": "Another takes its place",
    "verify": "A share is verified",
    "cover": "A coverage is stated",
}
_CAPTIONS = {
    "clean": "The party has no exposure any more, nor has what is traced through it. What is unmapped stays unmapped.",
    "flag": "The party's own flag gets a strength for all its goods; 0 takes it away. What is traced through it stays.",
    "drop": "The buyer leaves the supplier. Its share becomes unmapped, and is never shared out among the others.",
    "replace": "Another party takes over all that the supplier delivers, with the same shares.",
    "verify": "A document shows what share the supplier has: the link counts as documented and stated.",
    "cover": "The buyer states what share of its inputs its links cover; the rest is unmapped.",
}


class Offered:
    """What is behind a brand: links, and names of those on them.

    Parameters
    ----------
    brand : str
        Id of the brand.
    links : DataFrame
        As `graph_core.day.Day.upstream` gives them.
    names : dict of str to str
        What parties are called by their ids.
    """

    def __init__(self, brand: str, links: pd.DataFrame, names: dict[str, str]) -> None:
        self.brand, self.links, self.names = brand, links, names
        self._labels: dict[str, str] = {}

    @cached_property
    def suppliers(self) -> list[str]:
        """Everybody who delivers, by name."""
        return self._by_name(self.links["supplier"].unique().tolist())

    @cached_property
    def buyers(self) -> list[str]:
        """Everybody who buys, the brand first."""
        rest = set(self.links["buyer"].unique().tolist()) - {self.brand}
        return [self.brand, *self._by_name(rest)]

    @cached_property
    def everyone(self) -> list[str]:
        """Everybody but the brand, by name."""
        return self._by_name({*self.suppliers, *self.buyers} - {self.brand})

    def _by_name(self, ids: Iterable[str]) -> list[str]:
        return sorted(ids, key=lambda party: ((self.names.get(party) or party).casefold(), party))

    def label(self, party: str) -> str:
        """Name and id, so that equal names can be told apart."""
        if party not in self._labels:
            name = clean(self.names.get(party, party))
            said = name if name == party else f"{shorten(name, 48)} ({shorten(party, 24)})"
            self._labels[party] = said
        return self._labels[party]

    @cached_property
    def _folded(self) -> dict[str, str]:
        """Names and ids as they are searched."""
        return {one: f"{self.names.get(one, one)}\n{one}".casefold() for one in [self.brand, *self.everyone]}

    def matching(self, ids: list[str], text: str) -> list[str]:
        """Those whose name or id holds a text."""
        told = text.casefold().strip()
        return [one for one in ids if told in self._folded[one]] if told else ids


def show(day: Day, brand: str, there: Sequence[address.Said]) -> None:
    """Let a reader say a change."""
    make = partial(_offered, day, brand)
    offered = solving.solved(day, ("offered", brand), "Parties behind the brand", make)
    if offered is None:
        return
    left, right = st.columns([2, 3], gap="large")
    with left:
        kind = st.radio(
            "What changes",
            list(KINDS),
            format_func=KINDS.__getitem__,
            key="change_kind",
            captions=[_CAPTIONS[kind] for kind in KINDS],
        )
    with right:
        if kind in ("drop", "replace"):
            st.warning(HARM, icon=":material/warning:")
        with components.section(KINDS[kind], "Parties behind this brand on the day above.", "by_hand"):
            change = _FORMS[kind](day, offered)
        asked = st.button("Suppose this", disabled=change is None, key="suppose_this")
    if asked and change is not None:
        address.add([change], there)
        st.rerun()


def _offered(day: Day, brand: str) -> Offered:
    return Offered(brand, day.upstream(brand), day.table.names)


def _clean(_: Day, offered: Offered) -> Change | None:
    party = _party("Party", offered, offered.everyone, "clean_party")
    return Clean(party) if party else None


def _flag(_: Day, offered: Offered) -> Change | None:
    party = _party("Party", offered, offered.everyone, "flag_party")
    strength = st.slider("Strength of its own flag", 0.0, 1.0, 0.0, 0.05, key="flag_strength")
    return Flag(party, strength) if party else None


def _drop(_: Day, offered: Offered) -> Change | None:
    pair = _link(offered, "drop")
    return Drop(*pair) if pair else None


def _verify(_: Day, offered: Offered) -> Change | None:
    pair = _link(offered, "verify")
    share = st.number_input("Share that is shown, % of the buyer's inputs", 0.0, 100.0, 10.0, 1.0, key="verify_share")
    return Verify(*pair, share / 100) if pair else None


def _cover(_: Day, offered: Offered) -> Change | None:
    buyer = _party("Buyer", offered, offered.buyers, "cover_buyer", chosen=True)
    share = st.number_input("Coverage, % of its inputs", 0.0, 100.0, 80.0, 1.0, key="cover_share")
    return Cover(buyer, share / 100) if buyer else None


def _replace(day: Day, offered: Offered) -> Change | None:
    old = _party("Supplier that is left", offered, offered.suppliers, "replace_old")
    told = st.text_input(
        "Who takes its place",
        key="replace_new",
        placeholder="Id or name of any company or site",
        icon=":material/search:",
    ).strip()
    if not (old and told):
        return None
    try:
        new = known_party(day.graph, told)
        if new == old:
            st.text("A supplier cannot be replaced by itself.")
            return None
    except TiertraceError as error:
        st.text(str(error))
        return None
    st.text(f"Takes its place: {offered.label(new)}")
    return Replace(old, new)


_FORMS: dict[str, Callable[[Day, Offered], Change | None]] = {
    "clean": _clean, "flag": _flag, "drop": _drop, "replace": _replace, "verify": _verify, "cover": _cover,
}  # fmt: skip


def _link(offered: Offered, kind: str) -> tuple[str, str] | None:
    """Supplier and buyer of a link that somebody states."""
    buyer = _party("Buyer", offered, offered.buyers, f"{kind}_buyer", chosen=True)
    if buyer is None:
        return None
    own = offered.links[offered.links["buyer"] == buyer]
    shares = dict(zip(own["supplier"], own["share"], strict=True))
    supplier = _party("Supplier", offered, list(shares), f"{kind}_supplier", shares)
    return (supplier, buyer) if supplier else None


def _party(
    label: str,
    offered: Offered,
    ids: list[str],
    key: str,
    shares: dict[str, float] | None = None,
    *,
    chosen: bool = False,
) -> str | None:
    """Choose a party, the first being ``chosen``; where there are very many, a part of the name comes first."""
    if len(ids) > _OFFERED:
        hint = f"{len(ids):,} parties; type to narrow"
        typed = st.text_input(f"{label}: part of its name or id", key=f"{key}_part", placeholder=hint) or ""
        ids = offered.matching(ids, typed)
        label = f"{label}, {min(len(ids), _OFFERED):,} of {len(ids):,} that match"

    def words(party: str) -> str:
        return offered.label(party) + (f", {percent(shares[party])} of its inputs" if shares else "")

    return st.selectbox(
        label, ids[:_OFFERED], index=0 if chosen and ids else None, format_func=words, key=key, placeholder="Choose one"
    )

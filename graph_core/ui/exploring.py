"""What the Explore page shows, as plain values: choices in the URL, the legend, the picture as a table, captions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pyvis.network import Network

from graph_core.errors import TiertraceError
from graph_core.graph import rows
from graph_core.neighbourhood import (
    BUYERS,
    GROUP,
    GROUPED,
    MARKS,
    MOST,
    OWNERS,
    STEP,
    SUPPLIERS,
    Added,
    Counts,
    Expansion,
    Neighbourhood,
)
from graph_core.ui import named_queries
from graph_core.ui.named_queries import Answer, Told
from graph_core.ui.words import BASIS
from graph_core.viz.colours import LABEL, MARK, NO_FLAG
from graph_core.viz.layout import Layout
from graph_core.viz.network import HEADING, column_words, group_words, link_words, mark_of, tier_words
from graph_core.viz.network_html import options
from graph_core.viz.text import clean, count, listing, percent

#: What a link can be filtered by: dimension, value -> words. A link is shown where no dimension of it is filtered out.
EVIDENCE = {"documented": "Documented", "inferred": "Inferred"}
KINDS = {"direct": "Deliveries", "indirect": "Hiding traders", "holdings": "Owners and operators"}
#: Usual width of the picture in pixels, and its heights.
WIDTH, LOWEST, HIGHEST = 830, 420, 760
_WAYS = {SUPPLIERS: "suppliers of", BUYERS: "buyers of", OWNERS: "owners and sites of", GROUPED: ""}


@dataclass(frozen=True)
class Choices:
    """What the URL says of the picture.

    Attributes
    ----------
    picked, group : str
        Id of the party, or key of the group, whose details stand beside; empty for none.
    opened : tuple of pairs of str
        What was opened, in this order: a way to expand and the party or group.
    pinned : tuple of str
        Parties that are always shown.

    Notes
    -----
    What the legend filters out (``hide``) and whether the table is shown (``look``) change nothing here: the component
    reads them itself.
    """

    picked: str = ""
    group: str = ""
    opened: tuple[tuple[str, str], ...] = ()
    pinned: tuple[str, ...] = ()

    @classmethod
    def of(cls, said: Mapping[str, Sequence[str]]) -> Choices:
        """Read them from the parameters of the URL; what is not understood is left away."""
        known = {*_WAYS, *named_queries.about_a_party()}
        parts = [one.partition(":") for one in said.get("open", ())]
        return cls(
            _last(said, "site"),
            _last(said, "group"),
            tuple(dict.fromkeys((kind, of) for kind, _, of in parts if kind in known and of)),
            tuple(dict.fromkeys(one for one in said.get("pin", ()) if one)),
        )

    @property
    def kept(self) -> list[str]:
        """Parties that are shown in any case."""
        return [*self.pinned, *([self.picked] if self.picked else [])]

    def opening(self, kind: str, of: str) -> list[str]:
        """Values of ``open`` with something more opened."""
        return [f"{way}:{one}" for way, one in dict.fromkeys((*self.opened, (kind, of)))]

    def pinning(self, party: str) -> list[str]:
        """Values of ``pin`` with a party pinned, or no longer."""
        return [one for one in self.pinned if one != party] if party in self.pinned else [*self.pinned, party]


def _last(said: Mapping[str, Sequence[str]], name: str) -> str:
    values = said.get(name) or [""]
    return values[-1]


def expansions(choices: Choices, answers: Mapping[tuple[str, str], Told]) -> list[Expansion]:
    """Give what was opened, with the parties that queries answered with."""
    found = {pair: answer.parties for pair, answer in answers.items() if isinstance(answer, Answer)}
    return [Expansion(*pair, found.get(pair, ())) for pair in choices.opened]


def picture(
    shown: Neighbourhood, net: Network, layout: Layout, centre: str, choices: Choices, around: bool
) -> dict[str, Any]:
    """Give the data of the network component.

    Parameters
    ----------
    shown : Neighbourhood
        What is drawn.
    net : Network
        How it is drawn.
    layout : Layout
        Where everything stands.
    centre : str
        Id of the party in the middle.
    choices : Choices
        What the URL says.
    around : bool
        Whether the picture is around a party instead of a brand: then a click keeps that party in the middle.
    """
    facets = {row["id"]: list(row["marks"]) for row in shown.nodes[["id", "marks"]].to_dict("records")}
    return {
        # The library's own titles are not shown: ours stand in the legend, the table and beside the picture.
        "nodes": [_untitled(node) for node in net.nodes],
        "edges": [{**_untitled(edge), "id": number} for number, edge in enumerate(net.edges)],
        "options": options(net),
        "fixed": [f"{HEADING}{column.number}" for column in layout.columns],
        "facets": facets,
        "edge_facets": [_link_facets(link) for link in shown.links.to_dict("records")],
        "rows": _table(shown, centre),
        "legend": legend(shown, centre),
        "centre": centre,
        "around": centre if around else "",
        "selected": f"{GROUP}{choices.group}" if choices.group else choices.picked,
        "group_mark": GROUP,
        "pinned": list(choices.pinned),
        "label": label(shown),
    }


def _untitled(drawn: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in drawn.items() if key != "title"}


def height(layout: Layout) -> int:
    """Height of a picture in pixels, as its content needs it at the usual width."""
    return max(LOWEST, min(HIGHEST, round(layout.height * WIDTH / max(layout.width, WIDTH)) + 60))


def legend(shown: Neighbourhood, centre: str) -> list[dict[str, Any]]:
    """Marks, evidence and kinds of links with how many there are: parties beside the one in the middle, and links."""
    parties = dict.fromkeys(MARKS, 0)
    for marks in shown.nodes.loc[shown.nodes["id"] != centre, "marks"] if len(shown.nodes) else ():
        for mark, number in marks.items():
            parties[mark] += number
    found: list[dict[str, Any]] = [
        {"value": mark, "mark": mark, "label": LABEL[mark] if mark != MARKS[-1] else NO_FLAG, "count": number}
        for mark, number in parties.items()
        if number
    ]
    deliveries = shown.links[shown.links["kind"] == "delivers"]
    every, documented, indirect = (int(deliveries[column].sum()) for column in ("links", "documented", "indirect"))
    numbers = (documented, every - documented, every - indirect, indirect, len(shown.links) - len(deliveries))
    return found + [
        {"value": value, "line": value, "label": word, "count": number}
        for (value, word), number in zip({**EVIDENCE, **KINDS}.items(), numbers, strict=True)
        if number
    ]


def _link_facets(link: Mapping[Any, Any]) -> list[list[str]]:
    """What a link is in each dimension; it is shown where each has something that is not filtered out."""
    if link["kind"] != "delivers":
        return [["holdings"]]
    both = {"evidence": list(EVIDENCE), "disclosure": ["direct", "indirect"]}
    return [values if link[column] == "both" else [link[column]] for column, values in both.items()]


def _table(shown: Neighbourhood, centre: str) -> dict[str, list[dict[str, Any]]]:
    """The picture as rows: parties and groups, and links, each with its name in full."""
    minimum = shown.nodes.groupby("column")["tier_is_minimum"].any().to_dict() if len(shown.nodes) else {}
    heads = {n: column_words(int(str(n)), shown, centre, minimum=bool(least)) for n, least in minimum.items()}
    nodes = [
        {
            "id": node["id"],
            "name": name_of(node),
            "mark": mark_of(node),
            "mark_label": LABEL.get(mark_of(node), "") if mark_of(node) != MARKS[-1] else NO_FLAG,
            "country": "" if node["id"].startswith(GROUP) else node["country"] or "",
            "tier": heads[node["column"]],
            "carries": percent(node["carries"], "–"),
            "inputs": percent(node["inputs"], "–"),
        }
        for node in rows(shown.nodes)
    ]
    names = {node["id"]: node["name"] for node in nodes}
    links = [
        {
            "supplier": names.get(link["supplier"], link["supplier"]),
            "buyer": names.get(link["buyer"], link["buyer"]),
            "words": link_words({**link, "basis": BASIS.get(link["basis"] or "", link["basis"])}),
            "product": clean(link["product"] or ""),
        }
        for link in rows(shown.links)
    ]
    return {"nodes": nodes, "links": links}


def name_of(node: Mapping[str, Any]) -> str:
    """Name of a party or group in full."""
    return group_words(node) if node["id"].startswith(GROUP) else clean(node["name"])


def label(shown: Neighbourhood) -> str:
    """Say what the picture shows, for those who do not see it."""
    sides = [_side(counts, word) for counts, word in ((shown.suppliers, "supplier"), (shown.buyers, "buyer"))]
    said = "; ".join(side for side in sides if side) or "no supplier and no buyer shown"
    return f"Network in tier columns, raw material left: {said}. The table holds the same."


def _side(counts: Counts, word: str) -> str:
    """Say how the parties of one side are shown; all numbers sum to the first."""
    if not counts.total:
        return ""
    parts = [f"{counts.shown:,} shown"]
    parts += [f"{counts.grouped:,} in groups by tier and country"] if counts.grouped else []
    parts += [f"{counts.hidden:,} hidden"] if counts.hidden else ["none hidden"]
    return f"{count(counts.total, word)} at any tier: {listing(parts)}"


def caption(shown: Neighbourhood, budget: int) -> list[str]:
    """Say what is shown, what is not, and how to read and use the picture."""
    sides = [_side(counts, word) for counts, word in ((shown.suppliers, "supplier"), (shown.buyers, "buyer"))]
    said = [side[0].upper() + side[1:] + "." for side in sides if side]
    if shown.suppliers.grouped or shown.buyers.grouped:
        said.append(
            f"At first those that carry most, up to {budget} parties and groups of a side. What passes from one member"
            " of a group to another is counted once."
        )
    if shown.links_left:
        said.append(f"{count(shown.links_left, 'link')} with the smallest shares not drawn.")
    if shown.missing:
        said.append(f"Up to {percent(shown.missing)} of inputs go round in large circles and were not followed.")
    said.append(
        "Coloured lines carry flagged inputs, dashed ones are inferred, dotted ones say who owns or operates whom."
        " Click for details, double-click to open, drag and scroll to move."
    )
    return said


def opened(added: Iterable[Added], names: Mapping[str, str], answers: Mapping[tuple[str, str], Told]) -> list[str]:
    """Say of everything that was opened what it found and what is not shown of it, or why a query failed."""
    return [_opened(one, names, answers.get((one.expansion.kind, one.expansion.of))) for one in added]


def _opened(one: Added, names: Mapping[str, str], answer: Told | None) -> str:
    kind, of = one.expansion.kind, one.expansion.of
    name = clean(names.get(of, of))
    if kind == GROUPED:
        what = f"Group {of.replace(':', ', ')}"
    elif kind in _WAYS:
        what = f"{_WAYS[kind].capitalize()} {name}"
    else:
        what = f"Query {kind} about {name}"
    if isinstance(answer, TiertraceError):
        return f"{what}: {answer}"
    found = f"{count(one.found, 'party', 'parties')} found"
    left = (
        f", {one.left:,} of them not shown: at most {STEP} at a time and {MOST} in all" if one.left else ", all shown"
    )
    more = f"; only the first {answer.rows:,} rows were read" if answer and answer.truncated else ""
    return f"{what}: {found}{left if one.found else ''}{more}."


def csv_nodes(shown: Neighbourhood, centre: str) -> pd.DataFrame:
    """Nodes and links of the picture as one table: what each row is stands in its first column."""
    nodes = shown.nodes.assign(what=["group" if one.startswith(GROUP) else "party" for one in shown.nodes["id"]])
    nodes = nodes.assign(
        id=nodes["id"].str.removeprefix(GROUP),
        name=[name_of(node) for node in rows(shown.nodes)],
        mark=[mark_of(node) for node in rows(shown.nodes)],
        centre=nodes["id"] == centre,
    )
    links = shown.links.assign(what="link", sources=["|".join(map(str, own)) for own in shown.links["sources"]])
    links = links.assign(**{end: links[end].str.removeprefix(GROUP) for end in ("supplier", "buyer")})
    of_nodes = ("id", "name", "country", "parties", "tier", "tier_is_minimum", "mark", "carries", "inputs", "centre")
    of_links = ("supplier", "buyer", "kind", "links", "share", "basis", "evidence", "disclosure", "product",
                "valid_from", "sources")  # fmt: skip
    return pd.concat([nodes[["what", *of_nodes]], links[["what", *of_links]]], ignore_index=True)


def members(found: pd.DataFrame) -> pd.DataFrame:
    """Members of a group as the table beside the picture shows them."""
    marks = [mark_of(row) for row in rows(found[["class", "indicator"]])]
    return pd.DataFrame(
        {
            "Name": [clean(name) for name in found["name"]],
            "Carries": 100 * found["carries"],
            "Of inputs": 100 * found["inputs"],
            "Country": found["country"],
            "Flag": [f"{MARK[mark]} {LABEL[mark]}" if mark in MARK else "" for mark in marks],
        }
    )


def ways_on(party: str, brand: str | None) -> dict[str, Any]:
    """Links from a party to the pages that say more of it."""
    own = ("around", "group", "open", "pin", "hide", "look", "show")
    links: list[dict[str, Any]] = [{"page": "site", "set": {"site": party}, "drop": list(own), "text": "Its own page"}]
    if brand:
        for page, key, text in (
            ("brand", "through", "Paths through it"),
            ("what-if", "clean", "What if it were clean"),
        ):
            here = {"brand": brand, key: party}
            links.append({"page": page, "set": here, "drop": [*own, "site"], "text": text})
    middle = {"around": party, "site": party}
    links.append({"page": "explore", "set": middle, "drop": ["open", "group"], "text": "Put it in the middle"})
    runs: list[Any] = []
    for link in links:
        runs += [link, " · "]
    return {"tag": "p", "text": runs[:-1]}


def place_blocks(node: Mapping[str, Any] | None, brand: str | None) -> list[dict[str, Any]]:
    """Say where a party stands to what is in the middle, and what passes through it."""
    if node is None or pd.isna(node["tier"]):
        return [{"tag": "small", "text": ["Not among the suppliers or buyers that are traced on this day."]}]
    tier, least = int(node["tier"]), bool(node["tier_is_minimum"])
    if not tier:
        return []
    facts = [["Tier", [tier_words(tier, minimum=least).capitalize()]]]
    if tier > 0:
        whose = "the brand's inputs" if brand else "inputs of what is in the middle"
        facts.append(["Carries", [f"{percent(node['carries'])} of {whose}: flagged, and through it"]])
        facts.append(["In all", [f"{percent(node['inputs'])} of {whose} pass through it"]])
    else:
        facts.append(["Gets", [f"{percent(node['inputs'])} of its inputs through what is in the middle"]])
    return [{"tag": "facts", "items": facts}]


def group_blocks(title: str, node: Mapping[str, Any] | None, of_brand: bool) -> list[dict[str, Any]]:
    """Describe a group beside the picture."""
    blocks: list[dict[str, Any]] = [{"tag": "h2", "text": [title]}]
    if node is None:
        why = "All of its members are shown by themselves, or there are none on this day."
        return [*blocks, {"tag": "small", "text": [why]}]
    pills = [_pill(mark, number) for mark, number in node["marks"].items()]
    whose = "the brand's" if of_brand else "its"
    facts = [
        ["Carries", [f"{percent(node['carries'], 'not known')} of {whose} inputs: flagged, and through the group"]],
        ["In all", [f"{percent(node['inputs'], 'not known')} of {whose} inputs pass through it"]],
    ]
    return [*blocks, {"tag": "p", "text": pills}, {"tag": "facts", "items": facts}]


def _pill(mark: str, number: int) -> dict[str, Any]:
    if mark == MARKS[-1]:
        return {"pill": [f"{number:,} without a counted flag"]}
    return {"pill": [{"mark": mark, "label": ""}, f"{number:,} {LABEL[mark]}"], "kind": mark}

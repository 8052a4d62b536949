"""What the page of a site or company tells, as blocks and tables: plain values, made from what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from graph_core.countries import country_names
from graph_core.explain import FLAGGED, NO, WAITING, WAITS, YES
from graph_core.party import OPERATED, OPERATOR, OWNED, OWNER
from graph_core.ui.map_parts import PLACE
from graph_core.ui.words import ABOUT_GOODS, BASIS, CATEGORY
from graph_core.viz.colours import EVIDENCED, LABEL
from graph_core.viz.sentences import in_classes, over_links
from graph_core.viz.text import clean, count, listing, percent

Block = dict[str, Any]
Row = Mapping[str, Any]
#: Findings that do not count, and names, that are told one by one.
_TOLD: Final = 25
_NONE: Final = "No finding that was loaded concerns it, by id, by name or through ownership."
_NONE_BUT: Final = "No finding is known to concern it but for what waits, below."
#: What is said before how a finding came to a party, by whether it is about it.
_CAME: Final = {
    YES: "How it came to this party",
    WAITS: "How it may have to do with this party",
    NO: "Why it is not about this party",
}
#: Headings of findings that do not count, by whether they are about it.
_WITHOUT: Final = {
    YES: "on it or its owners without a flag on {day}",
    WAITS: "that may be about it, and that would not count on {day}",
    NO: "about another party, as a person decided",
}
#: Decisions that wait for data where they wait.
_DATA: Final = ("country", "good")
_RELATIONS: Final = {
    OWNER: "owns it",
    OPERATOR: "operates it",
    OWNED: "is owned by it",
    OPERATED: "is operated by it",
}


def kind_words(party: Row) -> str:
    """What it is, and where."""
    kind = "Site" if party["label"] == "Facility" else "Brand" if "brand" in (party["roles"] or ()) else "Company"
    country = party["country"]
    return f"{kind} in {country_names().get(country, country)}" if country else f"{kind}, country not stated"


def heading(party: Row, asked: str) -> list[Block]:
    """Name, and whether the id that was asked for is another one of the same party."""
    blocks: list[Block] = [{"tag": "h1", "text": [clean(party["name"])]}]
    if asked != party["id"]:
        blocks.append(
            {
                "tag": "p",
                "text": [
                    f"You asked for {clean(asked)}. It was found to be one and the same as {clean(party['id'])}, by a"
                    " shared identifier or by a person's judgement; all that is known of both is shown here."
                ],
            }
        )
    if party["placeholder"]:
        text = "No source describes it: links or findings name its id, and nothing more is known of it."
        blocks.append({"tag": "p", "text": [text]})
    return blocks


def links_from(party: Row) -> list[Block]:
    """Where to go from here."""
    runs: list[Any] = []
    if "brand" in (party["roles"] or ()):
        runs += [
            {"page": "brand", "set": {"brand": party["id"]}, "drop": ["site"], "text": "Its page as a brand"},
            "\u2003",
        ]
    runs += [{"page": "explore", "text": "In the network"}, "\u2003"]
    if party["known"] in ("point", "town"):
        at = f"{party['lon']:.4f},{party['lat']:.4f},5"
        runs.append({"page": "map", "set": {"at": at}, "text": "On the map"})
    return [{"tag": "small", "text": runs}]


# --- who it is ---------------------------------------------------------------------------------------------------


def names(party: Row, statements: pd.DataFrame | None, titles: Mapping[str, str]) -> list[Block]:
    """All names in all scripts, each with who says so as far as that is known without reading everything."""
    said = _sayers(party, statements, titles)
    every = [party["name"], *party["aliases"]]
    rows = [[[clean(name)], [said.get(name) or said[""]]] for name in every[:_TOLD]]
    blocks: list[Block] = [
        {"tag": "h2", "text": ["Names"]},
        {"tag": "table", "heads": ["Name", "Said by"], "rows": rows},
    ]
    if len(every) > _TOLD:
        blocks.append({"tag": "small", "text": [f"and {len(every) - _TOLD} more, in the statements below"]})
    return blocks


def _sayers(party: Row, statements: pd.DataFrame | None, titles: Mapping[str, str]) -> dict[str, str]:
    """Sources by name; by the empty text what to say of all others."""
    sources = [titles[str(source["id"])] for source in party["sources"]]
    if statements is not None:
        told = statements[statements["property"].isin(["name", "aliases"])]
        by_name = {
            str(name): "; ".join(sorted({titles.get(one, one) for ids in group for one in ids}))
            for name, group in told.groupby("value")["sources"]
        }
        return {"": "a source under another id"} | by_name
    if len(sources) == 1:
        return {"": sources[0]}
    return {
        "": f"one or more of: {'; '.join(sources)}. Open the statements below to see which" if sources else "nobody"
    }


def facts(party: Row, holdings: pd.DataFrame) -> list[Block]:
    """Identifiers, who runs it on this day, and what sources say of it."""
    items: list[list[Any]] = [["Id", [clean(party["id"])]]]
    if party["merged_ids"]:
        items.append(["Also under", [", ".join(clean(one) for one in party["merged_ids"])]])
    for label, key in (("LEI", "lei"), ("OS id", "os_id")):
        if party[key]:
            items.append([label, [clean(party[key])]])
    if party["identifiers"]:
        items.append(["Registers", [", ".join(clean(one) for one in party["identifiers"])]])
    for label, key in (("Roles", "roles"), ("Makes", "product"), ("Sector", "sector"), ("Kind", "facility_type")):
        value = party[key]
        if value:
            items.append([label, [clean(", ".join(value) if isinstance(value, list) else value)]])
    operators = holdings[(holdings["relation"] == OPERATOR) & holdings["in_force"].astype(bool)]
    if len(operators):
        named = zip(operators["id"], _named(operators), strict=True)
        links = [{"page": "site", "set": {"site": one}, "text": name} for one, name in named]
        items.append(["Operator", [run for link in links for run in (link, " ")]])
    if party["workers"]:
        items.append(["Workers", [clean(party["workers"])]])
    if party["closed"]:
        items.append(["Closed", ["a source says that it is closed"]])
    if party["website"]:
        items.append(["Website", [{"url": str(party["website"]), "text": clean(party["website"])}]])
    if party["note"]:
        items.append(["Note", [clean(party["note"])]])
    return [{"tag": "h2", "text": ["Identifiers and facts"]}, {"tag": "facts", "items": items}]


def place(party: Row) -> list[Block]:
    """Where it is, as exactly as anybody said."""
    country = party["country"]
    items = [["Country", [f"{country_names().get(country, country)} ({country})" if country else "not stated"]]]
    items.append(["Address", [clean(party["address"] or "not stated")]])
    if party["known"]:
        items.append(["Known", [PLACE[party["known"]]]])
        if party["lat"] is not None and party["lon"] is not None:
            precision = party["precision"] or "how exact is not stated"
            items.append(["Coordinates", [f"{party['lat']:.5f}, {party['lon']:.5f} ({precision})"]])
    blocks: list[Block] = [{"tag": "h2", "text": ["Place"]}, {"tag": "facts", "items": items}]
    contradictions = party["contradictions"] or []
    if contradictions:
        blocks.append({"tag": "p", "text": [{"strong": "What is said of its place contradicts itself"}]})
        blocks.append({"tag": "ul", "items": [[clean(reason)] for reason in contradictions]})
    return blocks


# --- findings ----------------------------------------------------------------------------------------------------


def findings(told: Row, details: Mapping[str, Row], titles: Mapping[str, str]) -> list[Block]:
    """Findings that concern it: those that count, then those that do not and why; no indicators, none that waits.

    Apart from them those of which it is not known, or was decided against, that they are about it.

    Parameters
    ----------
    told : mapping
        From `graph_core.explain.explain`.
    details : mapping
        Rows of the table ``Finding`` by id.
    titles : mapping
        Titles of sources by id.
    """
    entries = [entry for entry in told["findings"] if entry["class"] in EVIDENCED and entry["result"] != WAITING]
    counting = [entry for entry in entries if entry["result"] == FLAGGED]
    others = {
        match: [entry for entry in entries if entry["result"] != FLAGGED and _match(entry) == match]
        for match in (YES, WAITS, NO)
    }
    blocks: list[Block] = [{"tag": "h2", "text": ["Findings"]}]
    if not counting and not others[YES]:
        waits = others[WAITS] or any(entry["result"] == WAITING for entry in told["findings"])
        blocks.append({"tag": "p", "text": [_NONE_BUT if waits else _NONE]})
        blocks.append({"tag": "small", "text": ["That is not a statement that it is clean."]})
    for entry in counting:
        blocks += finding(entry, details[entry["finding"]], told, titles)
    for match, words in _WITHOUT.items():
        if others[match]:
            heading = f"{count(len(others[match]), 'finding')} {words.format(day=told['as_of'])}"
            blocks += [{"tag": "h3", "text": [heading]}, *_first(others[match], details, told, titles)]
    return blocks


def _match(entry: Row) -> str:
    """Whether the finding was found to be about the party that brings it here: yes, no, or that waits for a person."""
    return next((str(step["outcome"]) for step in entry["steps"] if step["step"] == "match"), YES)


def _first(entries: Sequence[Row], details: Mapping[str, Row], told: Row, titles: Mapping[str, str]) -> list[Block]:
    """The first findings, and how many more there are."""
    blocks = [block for one in entries[:_TOLD] for block in finding(one, details[one["finding"]], told, titles)]
    if len(entries) > _TOLD:
        more = f"and {len(entries) - _TOLD:,} more; `tiertrace explain` tells all"
        blocks.append({"tag": "small", "text": [more]})
    return blocks


def waiting(told: Row, details: Mapping[str, Row], titles: Mapping[str, str]) -> list[Block]:
    """Findings that wait for a person or for data; empty where none does."""
    entries = [entry for entry in told["findings"] if entry["result"] == WAITING]
    if not entries:
        return []
    says: list[Any] = []
    if any(_match(entry) == WAITS for entry in entries):
        says.append("A person has to judge whether the finding is about it: ")
        says += [{"page": "review", "drop": ["site", "brand"], "text": "go to the review"}, ". "]
    if any(step["outcome"] == WAITS for entry in entries for step in entry["steps"] if step["step"] in _DATA):
        says.append("A country or good has to become known. ")
    return [
        {"tag": "h2", "text": [f"Waiting: {count(len(entries), 'finding')} not in the figures"]},
        {"tag": "small", "text": [*says, "Until then: no flag."]},
        *_first(entries, details, told, titles),
    ]


def indicators(told: Row, details: Mapping[str, Row]) -> list[Block]:
    """Goods that it makes and that a list names for its country or region: no allegation against it."""
    entries = [entry for entry in told["findings"] if entry["class"] not in EVIDENCED and entry["result"] == FLAGGED]
    if not entries:
        return []
    items = []
    for entry in entries[:_TOLD]:
        row = details[entry["finding"]]
        where = row["scope_region"] or row["scope_country"]
        good = clean(f"{row['scope_commodity'] or ''} of {where or ''}")
        items.append(
            [
                {"mark": entry["class"], "label": LABEL[entry["class"]]},
                " ",
                *_titled(row),
                f": {good}, {_interval(row)}",
            ]
        )
    return [
        {"tag": "h2", "text": ["Indicators about goods"]},
        {"tag": "small", "text": [ABOUT_GOODS]},
        {"tag": "ul", "items": items},
    ]


def finding(entry: Row, row: Row, told: Row, titles: Mapping[str, str]) -> list[Block]:
    """One finding: what it says, whether it counts and why, how it came to this party, and the reply to it."""
    kind = entry["class"]
    stated = [
        clean(row["authority"] or "authority not stated"),
        CATEGORY.get(row["category"], str(row["category"])),
        _interval(row),
        f"status {row['status'] or 'not stated'}",
        f"severity {row['severity']:g} × confidence {row['confidence']:g}" if row["severity"] is not None else "",
    ]
    # No class before it is known that the finding is about the party.
    flag = entry["result"] == FLAGGED
    pill: list[Any] = [{"mark": kind, "label": ""}, LABEL[kind]] if flag else [LABEL[kind]]
    head = [{"pill": pill, "kind": kind if flag else ""}] if _match(entry) == YES else []
    blocks: list[Block] = [
        {"tag": "p", "text": [*head, *_titled(row)]},
        {"tag": "small", "text": [", ".join(part for part in stated if part)]},
        {"tag": "p", "text": [{"strong": _result(entry, told["as_of"])}, f": {_why(entry)}" if _why(entry) else ""]},
        {"tag": "p", "text": [f"{_CAME[_match(entry)]}: {_came(entry)}"]},
        {"tag": "p", "text": [_reply(row)]},
    ]
    if row["note"]:
        blocks.append({"tag": "small", "text": [f"Note of the source: {clean(row['note'])}"]})
    blocks.append(
        {
            "tag": "details",
            "text": ["Every decision in its order"],
            "items": [_step(step, titles) for step in entry["steps"]],
        }
    )
    return blocks


def _titled(row: Row) -> list[Any]:
    title = clean(row["source_title"] or row["id"])
    return [{"url": str(row["source_url"]), "text": title}] if row["source_url"] else [{"strong": title}]


def _interval(row: Row) -> str:
    begin = f"from {row['valid_from']}" if row["valid_from"] else "first day not stated"
    return f"{begin} until {row['valid_to']}" if row["valid_to"] else f"{begin}, no end stated"


def _result(entry: Row, day: str) -> str:
    if entry["result"] == FLAGGED:
        return f"Counts on {day}, strength {entry['strength']:g}"
    return "Waits, counts nowhere" if entry["result"] == WAITING else f"Does not count on {day}"


def _why(entry: Row) -> str:
    """Why it does not count, or waits: the decisions that speak against it."""
    against = [step["text"] for step in entry["steps"] if step["outcome"] in (NO, WAITS) and step["step"] != "result"]
    return _plain("; ".join(against))


def _came(entry: Row) -> str:
    told = {step["step"]: step["text"] for step in entry["steps"] if step["step"] in ("match", "ownership")}
    words = [told.get("match", "by its goods and its country")]
    if entry["class"] == "ownership" and "ownership" in told:
        words.append(told["ownership"])
    return _plain("; ".join(words))


def _plain(text: str) -> str:
    """A chain of holdings as the command line writes it, with arrows for a page."""
    return clean(text).replace(" -- ", " ").replace(" -> ", " → ")


def _reply(row: Row) -> str:
    """What the data holds of the other side: the status alone, and no text of a reply."""
    contested = row["status"] == "contested"
    return (
        "Reply: the finding is contested; what was answered is not recorded." if contested else "No reply is recorded."
    )


def _step(step: Row, titles: Mapping[str, str]) -> list[Any]:
    words = {"yes": "yes", "no": "NO", "waits": "waits", "told": ""}[step["outcome"]]
    sources = "; ".join(clean(titles.get(one, one)) for one in step["sources"])
    said = f" ({sources})" if sources else ""
    return [{"strong": f"{step['step']}{': ' + words if words else ''}"}, f" {_plain(step['text'])}{said}"]


# --- tables ------------------------------------------------------------------------------------------------------


def reached(rows: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """Brands that it reaches, as a table."""
    way = [" → ".join(clean(labels.get(one, one)) for one in route[1:-1]) or "directly" for route in rows["route"]]
    return pd.DataFrame(
        {
            "Brand": [clean(name) for name in rows["name"]],
            "Share of its inputs": rows["share"],
            "Best route, by way of": way,
            "Share along it": rows["route_share"],
            "Links": rows["links"],
            "Rests on": [
                listing([word for word, on in (("an inferred link", a), ("an indirect link", b)) if on])
                or "documented, direct links"
                for a, b in zip(rows["inferred"], rows["indirect"], strict=True)
            ],
        }
    )


def links_table(rows: pd.DataFrame, titles: Mapping[str, str], other: str, share: str) -> pd.DataFrame:
    """Direct links, as a table."""
    return pd.DataFrame(
        {
            other: _named(rows),
            "Country": rows["country"].fillna(""),
            share: rows["share"],
            "Basis": [BASIS.get(basis, str(basis)) for basis in rows["basis"]],
            "Product": [clean(product) if isinstance(product, str) else "" for product in rows["product"]],
            "Evidence": rows["evidence"],
            "Disclosure": rows["disclosure"],
            "Since": rows["valid_from"].fillna("open"),
            "Last seen": rows["last_seen"].fillna("not stated"),
            "Sources": _sources(rows, titles),
        }
    )


def holdings_table(rows: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Owners and operators, and what it owns and operates, as a table."""
    return pd.DataFrame(
        {
            "Party": _named(rows),
            "Relation": [_RELATIONS[relation] for relation in rows["relation"]],
            "Country": rows["country"].fillna(""),
            "Percent": [
                "" if relation in (OPERATOR, OPERATED) else "unknown" if pd.isna(held) else f"{held:g} %"
                for relation, held in zip(rows["relation"], rows["percent"], strict=True)
            ],
            "Kind": [str(kind).replace("_", " ") if isinstance(kind, str) else "" for kind in rows["kind"]],
            "From": rows["valid_from"].fillna("open"),
            "Until": rows["valid_to"].fillna("open"),
            "On this day": [
                ("in force, control" if control else "in force, no control") if now else "not in force"
                for now, control in zip(rows["in_force"], rows["control"], strict=True)
            ],
            "Sources": _sources(rows, titles),
        }
    )


def statements_table(rows: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Everything that any source said, as a table."""
    return pd.DataFrame(
        {
            "About": rows["subject"],
            "Says": rows["property"],
            "Value": [clean(value) for value in rows["value"]],
            "As written": [clean(text) if isinstance(text, str) else "" for text in rows["original"]],
            "First seen": rows["first_seen"].fillna("not stated"),
            "Last seen": rows["last_seen"].fillna("not stated"),
            "Shown": ["yes" if shown else "no, kept" for shown in rows["shown"]],
            "Sources": _sources(rows, titles),
            "Lines": [", ".join(map(str, lines[:5])) + (" …" if len(lines) > 5 else "") for lines in rows["lines"]],
        }
    )


def _named(rows: pd.DataFrame) -> list[str]:
    pairs = zip(rows["name"], rows["id"], strict=True)
    return [clean(name if isinstance(name, str) else identity) for name, identity in pairs]


def _sources(rows: pd.DataFrame, titles: Mapping[str, str]) -> list[str]:
    return ["; ".join(clean(titles.get(one, one)) for one in ids) or "not stated" for ids in rows["sources"]]


def reached_words(rows: pd.DataFrame, brands: int, buyers: int, parameters: Row) -> str:
    """Say what the table of brands shows; ``parameters`` are those of the day."""
    over = over_links(parameters)
    if not buyers:
        return f"No delivery of it is known{over} on this day. That does not say that nobody buys from it."
    direct = f"{count(buyers, 'direct buyer')} known"
    if not len(rows):
        return f"{direct}; no brand is known at the end of any route{over}."
    return (
        f"{direct}; it reaches {len(rows):,} of {count(brands, 'brand')}, directly or through others. Each share is the"
        " part of the brand's inputs that runs through it, over all known routes, whoever is flagged on the way. Pick a"
        " row to see its best route."
    )


def own_words(exposure: Row, share: float, own: float) -> str:
    """Say what of its inputs is traced to flagged sites, and that its own flag is not in that."""
    parameters = exposure["run"]["parameters"]
    over, of = over_links(parameters), in_classes(parameters)
    if not exposure["suppliers"]:
        return f"No supplier of it is known{over} on this day: here the map ends, which is not clean."
    suppliers = count(exposure["suppliers"], "known supplier")
    if exposure["score"] is None:
        return f"{suppliers}; no findings on parties count, so that nothing is known of flags upstream."
    aside = " Its own flag is not in this figure." if own else ""
    return f"{suppliers}; {percent(share)} of its known inputs are traced{over} to flagged sites{of} upstream.{aside}"


def flagged(sites: pd.DataFrame, parameters: Row) -> list[Block]:
    """Where to begin: the sites with evidenced flags, the strongest first; ``parameters`` are those of the day."""
    rows = sites[sites["class"].isin(list(EVIDENCED))]
    ranked = rows.sort_values(["strength", "name"], ascending=[False, True], kind="stable")
    if not len(ranked):
        none = f"No site has a flag{in_classes(parameters)} on this day. That is not a statement that they are clean."
        return [{"tag": "p", "text": [none]}]
    items = [
        [
            {"mark": row["class"], "label": LABEL[row["class"]]}, " ",
            {"page": "site", "set": {"site": row["id"]}, "text": clean(row["name"])},
            f", {row['country']}" if isinstance(row["country"], str) else "",
        ]
        for row in ranked.head(_TOLD).to_dict("records")
    ]  # fmt: skip
    more = f"The first {_TOLD} of {len(ranked):,}, the strongest flags first; the map shows all."
    blocks: list[Block] = [{"tag": "h2", "text": ["Flagged sites on this day"]}, {"tag": "ul", "items": items}]
    return blocks + ([{"tag": "small", "text": [more]}] if len(ranked) > _TOLD else [])


def titles(sources: Sequence[Row]) -> dict[str, str]:
    """Title of each source by id."""
    return {str(source["id"]): clean(source["title"] or source["id"]) for source in sources}

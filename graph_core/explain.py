"""Why a site, a company or a finding is flagged on a day, or is not: every decision in its order, in plain words.

What is said here comes from the same columns that make the flags (`graph_core.flags`); only what a finding would have
reached, had its holdings been control, is looked up beside them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from graph_core.day_network import DayNetwork, Parameters, with_sites_behind
from graph_core.errors import NotFoundError
from graph_core.flags import EVIDENCED, Known, candidates, judged
from graph_core.graph import Graph, among, in_force, rows
from graph_core.model import GOOD_REGION, INDICATORS, Status
from graph_core.ways import Way, Ways, upstream

#: Decisions in the order in which they are told.
STEPS = ("finding", "day", "match", "ownership", "country", "good", "policy", "strength", "result")
#: What a decision came to: it speaks for the flag, against it, or waits for a person or for data; or it only tells.
YES, NO, WAITS, TOLD = "yes", "no", "waits", "told"
FLAGGED, WAITING, NOT_FLAGGED = "flagged", "waiting", "not flagged"
_NOT_CLEAN = "That is not a statement that it is clean."
Row = dict[str, Any]


def explain(
    graph: Graph,
    parameters: Parameters,
    identity: str,
    judgements: pd.DataFrame | None = None,
    network: DayNetwork | None = None,
) -> Row:
    """Explain the flags of a site or company, or what a finding flags.

    Parameters
    ----------
    graph : Graph
        What is believed.
    parameters : Parameters
        Day, policy and filters.
    identity : str
        Id of an organization, facility or finding.
    judgements : DataFrame, optional
        Judgements of people that stand (columns as of `graph_core.model.JUDGEMENTS`), so that matches which they
        rejected are told too.
    network : DayNetwork, optional
        Of the same graph and parameters, where it is known already.

    Returns
    -------
    dict
        ``id``, ``name``, ``label``, ``as_of``, ``policy``; ``flagged`` and ``waiting`` (an evidenced flag counts, or
        waits); ``classes``: strength of the strongest flag by class; ``summary``; ``notes``; ``brands`` that are
        supplied by what is flagged, at any tier; and ``findings``: one entry a finding, matched party and node, with
        ``result`` (flagged, waiting, not flagged), ``class``, ``strength`` and ``steps``, each with its name of
        `STEPS`, ``outcome``, ``text`` and ``sources``.

    Raises
    ------
    NotFoundError
        Nothing has this id.
    """
    identity = graph.merged.get(identity, identity)
    of_day = _Day(graph, parameters, judgements, network)
    label = of_day.label(identity)
    entries = of_day.of_finding(identity) if label == "Finding" else of_day.of_party(identity)
    counted = [entry for entry in entries if entry["result"] == FLAGGED]
    classes: dict[str, float] = {}
    for entry in counted:
        classes[entry["class"]] = max(classes.get(entry["class"], 0.0), entry["strength"])
    flagged = any(kind in EVIDENCED for kind in classes)
    return {
        "id": identity,
        "name": of_day.name(identity),
        "label": label,
        "as_of": parameters.as_of,
        "policy": parameters.as_dict()["policy"],
        "flagged": flagged,
        "waiting": any(entry["result"] == WAITING for entry in entries),
        "classes": classes,
        "summary": _summary(label, parameters.as_of, entries, classes),
        "notes": [] if label == "Finding" else of_day.notes(identity),
        "brands": of_day.brands({identity} if label != "Finding" else {entry["node"] for entry in counted}),
        "findings": entries,
    }


def _summary(label: str, day: str, entries: Sequence[Row], classes: Mapping[str, float]) -> str:
    evidenced = {kind: strength for kind, strength in classes.items() if kind in EVIDENCED}
    waiting = sum(entry["result"] == WAITING for entry in entries)
    more = f" {waiting} more {'waits' if waiting == 1 else 'wait'} for review or data." if waiting else ""
    if label == "Finding":
        number = len({entry["node"] for entry in entries if entry["result"] == FLAGGED})
        if set(classes) & set(INDICATORS.values()):
            return f"An indicator about a good that {number} parties make on {day}; no allegation against any of them."
        says = f"It flags {number} {'party' if number == 1 else 'parties'} on {day}." if number else ""
        return (says or f"It flags nobody on {day}.") + more
    if evidenced:
        kinds = ", ".join(f"{kind} {strength:g}" for kind, strength in evidenced.items())
        return f"Flagged on {day}: {kinds}." + more
    if not entries:
        return f"No finding concerns it, by id, by name or through ownership. {_NOT_CLEAN}"
    listed = " A good that it makes is on a list for its country or region, which is no allegation against it."
    indicator = listed if classes else ""
    return f"Not flagged on {day}.{indicator}{more} {_NOT_CLEAN}"


# --- one day ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Match:
    """A finding and a party that it is, may be, or is not about, and the node that is asked about."""

    finding: str
    party: str
    state: str
    text: str
    node: str


class _Day:
    """What is looked up to explain flags of one day."""

    def __init__(
        self, graph: Graph, parameters: Parameters, judgements: pd.DataFrame | None, network: DayNetwork | None
    ) -> None:
        self.graph, self.parameters, self.day = graph, parameters, parameters.as_of
        self._network = network
        self.findings = judged(graph, self.day, parameters.min_confidence, parameters.policy)
        self._judgements = judgements
        self._names: dict[str, str] = {}
        self._of_nodes: dict[str, Known] = {}

    # --- names and places --------------------------------------------------------------------------------------

    def label(self, identity: str) -> str:
        """Kind of thing that has an id."""
        for label in ("Facility", "Organization", "Finding"):
            if (self.graph[label]["id"] == identity).any():
                return label
        known = [*self.graph["Facility"]["id"], *self.graph["Organization"]["id"], *self.graph["Finding"]["id"]]
        close = difflib.get_close_matches(identity, known, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise NotFoundError(f"no organization, facility or finding has the id {identity!r}{hint}")

    def name(self, identity: str) -> str:
        """Name of a party, title of a finding."""
        if identity not in self._names:
            self._names[identity] = self._named(identity)
        return self._names[identity]

    def _named(self, identity: str) -> str:
        for label in ("Organization", "Facility"):
            parties = self.graph[label]
            names = parties.loc[parties["id"] == identity, "name"]
            if len(names):
                return str(names.iloc[0])
        found = self.findings[self.findings["id"] == identity]
        return str(_or(found["source_title"].iloc[0], identity)) if len(found) else identity

    def _called(self, identity: str) -> str:
        name = self.name(identity)
        return identity if name == identity else f"{name} ({identity})"

    @cached_property
    def links(self) -> pd.DataFrame:
        """Links in force."""
        if self._network is not None:
            return self._network.links
        return with_sites_behind(in_force(self.graph["SUPPLIES"], self.day), in_force(self.graph["OPERATES"], self.day))

    @cached_property
    def _known(self) -> Known:
        return self._network.known if self._network is not None else Known.of(self.graph, self.links)

    def _countries(self, node: str) -> list[str]:
        return sorted(self._about_node(node).countries["country"])

    def _goods(self, node: str) -> list[str]:
        return sorted(self._about_node(node).goods["commodity"])

    def _about_node(self, node: str) -> Known:
        if node not in self._of_nodes:
            self._of_nodes[node] = self._known.about([node])
        return self._of_nodes[node]

    # --- which findings and parties ----------------------------------------------------------------------------

    def _about(self, finding: str | None, parties: Iterable[str] | None) -> list[_Match]:
        """Matches of one finding, or of some parties; the node is not known yet."""
        found = []
        for table, state in (("ABOUT", YES), ("MAY_BE_ABOUT", WAITS)):
            about = self.graph[table]
            about = about[about["start"] == finding] if parties is None else about[about["end"].isin(list(parties))]
            word = "accepted" if state == YES else "waits for review"
            found += [
                _Match(row["start"], row["end"], state, f"{word}: {row['reason'] or 'no reason is kept'}", "")
                for row in rows(about)
            ]
        return found + self._rejected(finding, parties)

    def _rejected(self, finding: str | None, parties: Iterable[str] | None) -> list[_Match]:
        if self._judgements is None or self._judgements.empty:
            return []
        against = self._judgements[self._judgements["verdict"] == "NEGATIVE"]
        found = []
        for row in rows(against):
            left, right = row["left"], self.graph.merged.get(row["right"], row["right"])
            asked = left == finding if parties is None else right in set(parties)
            if asked and (self.findings["id"] == left).any():
                why = row["why"] or "no reason given"
                text = f"rejected: {row['judged_by']} decided that it is another party ({row['judged_at'][:10]}): {why}"
                found.append(_Match(left, right, NO, text, ""))
        return found

    def of_party(self, party: str) -> list[Row]:
        """Entries of all findings on a party, on those that hold it at whatever percentage, and of indicators."""
        above = upstream(self.graph, party)
        matches = [replace(match, node=party) for match in self._about(None, above)]
        ways = Ways.to(self.graph, self.day, self.parameters.policy, above)
        return self._told(matches, ways) + self._indicators(self._of_country(party), party)

    def of_finding(self, finding: str) -> list[Row]:
        """Entries of all parties that a finding reaches, and of those that it was matched to."""
        one = self.findings[self.findings["id"] == finding]
        if one["kind"].iloc[0] in INDICATORS:
            return self._indicators(one, None)
        direct = self._about(finding, None)
        reached = candidates(self.graph, self.day, self.links, self.parameters.policy, one, self._known)
        nodes = reached.groupby("party")["node"].agg(sorted).to_dict() if len(reached) else {}
        matches = [
            replace(match, node=node)
            for match in direct
            for node in dict.fromkeys([match.party, *(nodes.get(match.party, []) if match.state != NO else [])])
        ]
        return self._told(matches, Ways.from_(self.graph, self.day, self.parameters.policy, [m.party for m in direct]))

    def _of_country(self, party: str) -> pd.DataFrame:
        """Indicators about goods in the country of a party."""
        here = self.findings["scope_country"].isin(self._countries(party))
        return self.findings[self.findings["kind"].isin(list(INDICATORS)) & here]

    # --- decisions ---------------------------------------------------------------------------------------------

    def _told(self, matches: Sequence[_Match], ways: Ways) -> list[Row]:
        """One entry a match, those that count first."""
        concerned = self.findings[self.findings["id"].isin({match.finding for match in matches})]
        concerned = concerned[~concerned["kind"].isin(list(INDICATORS))]
        nodes = {match.node for match in matches}
        known = self._known.about(nodes)
        found = candidates(self.graph, self.day, self.links, self.parameters.policy, concerned, known)
        asked = found[found["node"].isin(nodes)]
        reached = {(row["finding"], row["party"], row["node"]): row for row in rows(asked)}
        ids = {row["id"]: row for row in rows(concerned)}
        entries = [
            self._entry(match, ids[match.finding], reached.get((match.finding, match.party, match.node)), ways)
            for match in matches
            if match.finding in ids
        ]
        rank = {FLAGGED: 0, WAITING: 1, NOT_FLAGGED: 2}
        return sorted(entries, key=lambda e: (rank[e["result"]], -e["strength"], e["finding"], e["party"], e["node"]))

    def _entry(self, match: _Match, finding: Row, flag: Row | None, ways: Ways) -> Row:
        subsidiaries = bool(finding["includes_subsidiaries"])
        way = ways.way(match.party, match.node, subsidiaries=subsidiaries)
        steps = [
            *self._stated(finding),
            _step("match", match.state, f"{self._called(match.party)}: {match.text}"),
            self._ownership(match, way, flag, subsidiaries),
        ]
        if flag is not None:
            steps += [self._country(match.node, finding, flag), self._good(match.node, finding, flag)]
        steps += self._policy(finding)
        decay = self.parameters.policy.decay ** (flag["steps"] if flag is not None else 0)
        steps.append(_strength(finding, decay, flag["steps"] if flag is not None else 0))
        kind = "named" if match.party == match.node else "ownership"
        return self._ended(match, finding, steps, kind, finding["strength"] * decay)

    def _ended(self, match: _Match, finding: Row, steps: list[Row], kind: str, strength: float) -> Row:
        """Add what all decisions come to."""
        against = [step["step"] for step in steps if step["outcome"] == NO]
        waits = [step["step"] for step in steps if step["outcome"] == WAITS]
        included = bool(waits) and self.parameters.unreviewed == "include"
        if against:
            result, text = NOT_FLAGGED, f"no flag, because of: {', '.join(against)}"
        elif waits and not included:
            result, text = (
                WAITING,
                f"no flag yet, waits for: {', '.join(waits)}; it counts only with --unreviewed include",
            )
        else:
            about = (
                "" if kind in EVIDENCED else ": an indicator, shown beside the score, no allegation against the site"
            )
            result, text = FLAGGED, f"flag of the class {kind} with strength {strength:g}{about}"
            text += " (what waits is included)" if included else ""
        outcome = {FLAGGED: YES, WAITING: WAITS, NOT_FLAGGED: NO}[result]
        return {
            "finding": match.finding,
            "title": _or(finding["source_title"], match.finding),
            "party": match.party or None,
            "node": match.node,
            "node_name": self.name(match.node),
            "result": result,
            "class": kind,
            "strength": strength if result != NOT_FLAGGED else 0.0,
            "decided_by": (against or waits or [None])[0],
            "steps": [*steps, _step("result", outcome, text)],
        }

    def _stated(self, finding: Row) -> list[Row]:
        """What was found by whom, and whether it stands."""
        subject = finding["subject_name"] or finding["subject_id"]
        words = [
            _or(finding["source_title"], finding["id"]) + f": {_or(finding['authority'], 'authority not stated')}",
            f"{_or(finding['kind'], 'kind not stated')} on {subject}" if subject else _or(finding["kind"], ""),
            str(finding["category"]).replace("_", " "),
            f"status {finding['status']}",
        ]
        return [
            _step("finding", TOLD, ", ".join(word for word in words if word), finding["sources"]),
            _on_the_day(finding, self.day),
        ]

    def _ownership(self, match: _Match, way: Way | None, flag: Row | None, subsidiaries: bool) -> Row:
        if match.party == match.node:
            return _step("ownership", YES, "the match is on this party itself, no ownership is needed")
        if way is None:
            return _step("ownership", NO, f"no chain of holdings leads from {self._called(match.party)} to this party")
        text, sources = way.text(self.name), way.sources
        if way.faults:
            alone = "; the finding does not include subsidiaries" if not subsidiaries else ""
            return _step("ownership", NO, f"{text}: {'; '.join(way.faults)}{alone}", sources)
        if flag is None and match.state != NO:
            return _step(
                "ownership", NO, f"{text}: counted already through a nearer match of the same finding", sources
            )
        return _step("ownership", YES, text, sources)

    def _country(self, node: str, finding: Row, flag: Row) -> Row:
        limit, known = finding["scope_country"], self._countries(node)
        if not limit:
            return _step("country", YES, "the finding is not limited to a country")
        where = f"limited to {limit}; this party is in {' and '.join(known) if known else 'a country not stated'}"
        if not flag["country_known"]:
            return _step("country", WAITS, where + ": that cannot be told apart")
        return _step("country", YES if flag["in_country"] else NO, where)

    def _good(self, node: str, finding: Row, flag: Row) -> Row:
        limit, known = finding["scope_commodity"], self._goods(node)
        if not limit:
            return _step("good", YES, "the finding is not limited to a good")
        where = f"limited to {limit}; this party makes or delivers {', '.join(known) if known else 'goods not stated'}"
        if not flag["good_known"]:
            return _step("good", WAITS, where + ": whether that is the good cannot be told by its name")
        only = "; its other goods are not flagged by this" if flag["makes_good"] and len(known) > 1 else ""
        return _step("good", YES if flag["makes_good"] else NO, where + only)

    def _policy(self, finding: Row) -> list[Row]:
        """Which rules of the policy let it count, or not."""
        policy, rule = self.parameters.policy, finding["rule"]
        line = f"line {rule + 1} of lists fits ({policy.lists[rule]})" if rule >= 0 else "no line of lists fits"
        said = [
            _step("policy", YES, f"{line}: its list counts")
            if finding["listed"]
            else _step("policy", NO, f"{line}: its list does not count")
        ]
        category = str(finding["category"]).replace("_", " ")
        enters = "enters the score" if finding["scored"] else "is shown as context and not scored"
        said.append(_step("policy", YES if finding["scored"] else NO, f"{category} {enters}"))
        least = max(policy.minimum_confidence, self.parameters.min_confidence)
        if least > 0:
            text = f"confidence {finding['confidence']:g}, at least {least:g} is asked for"
            said.append(_step("policy", YES if finding["sure"] else NO, text))
        return said

    # --- indicators and the rest -------------------------------------------------------------------------------

    def _indicators(self, findings: pd.DataFrame, party: str | None) -> list[Row]:
        """Entries of indicators about a good in a place: of one party, or of all that make the good there."""
        shown = replace(self.parameters.policy, good_country=True, region=True)
        known = self._known if party is None else self._about_node(party)
        found = candidates(self.graph, self.day, self.links, shown, findings, known)
        ids = {row["id"]: row for row in rows(findings)}
        nodes = found if party is None else found[found["node"] == party]
        told = []
        for row in rows(nodes[["finding", "node"]].drop_duplicates().sort_values(["node", "finding"])):
            finding = ids[row["finding"]]
            steps = [
                *self._stated(finding),
                _place(finding),
                _step("good", YES, f"this party makes or delivers {', '.join(self._goods(row['node']))}"),
                *self._policy(finding),
            ]
            kind = INDICATORS[finding["kind"]]
            if not getattr(self.parameters.policy, kind):
                where = "region" if finding["kind"] == GOOD_REGION else "country"
                steps.append(_step("policy", NO, f"the policy shows no indicators about goods in a {where}"))
            steps.append(_strength(finding, 1.0, 0))
            match = _Match(row["finding"], "", YES, "", row["node"])
            told.append(self._ended(match, finding, steps, kind, finding["strength"]))
        return told

    def notes(self, party: str) -> list[str]:
        """What keeps decisions from being made."""
        notes = []
        if not self._countries(party):
            notes.append("No country of it is known: findings limited to a country wait.")
        if not self._goods(party):
            here = len(self._of_country(party))
            more = f", and {here} indicators about goods of its country cannot be compared" if here else ""
            notes.append(f"No good of it is known: findings limited to a good wait{more}.")
        return notes

    def brands(self, nodes: set[str]) -> list[dict[str, str]]:
        """Other brands that buy from some parties on the day, directly or through others, by name."""
        kept = self.links["confidence"].fillna(1.0) >= self.parameters.min_confidence
        if self.parameters.documented_only:
            kept &= self.links["evidence"] != "inferred"
        start, end = self.links.loc[kept, "start"], self.links.loc[kept, "end"]
        found, fresh = set(nodes), set(nodes)
        while fresh:
            fresh = set(end[among(start, pd.Index(sorted(fresh), dtype="str"))]) - found
            found |= fresh
        found -= nodes
        organizations = self.graph["Organization"]
        chosen = organizations[organizations["brand"].fillna(False) & organizations["id"].isin(found)]
        return rows(chosen.sort_values(["name", "id"])[["id", "name"]])


def _on_the_day(finding: Row, day: str) -> Row:
    """Whether a finding stands on the day, and why not."""
    begin, end = finding["valid_from"], finding["valid_to"]
    if finding["status"] == Status.RETRACTED:
        return _step("day", NO, "retracted: it counts on no day")
    interval = (f"from {begin}" if begin else "without a stated first day") + (
        f" until {end}" if end else ", no end stated"
    )
    if begin and begin > day:
        return _step("day", NO, f"{interval}: not yet on {day}")
    if end and end <= day:
        return _step("day", NO, f"{interval}: no longer on {day}")
    contested = "; it is contested, which the dates outlast" * (finding["status"] == Status.CONTESTED)
    return _step("day", YES, f"{interval}: it stands on {day}{contested}")


def _strength(finding: Row, decay: float, holdings: int) -> Row:
    strength = finding["strength"] * decay
    less = (
        f" x {decay:g} for {holdings:g} {'holding' if holdings == 1 else 'holdings'} in between" if decay != 1 else ""
    )
    text = f"severity {finding['severity']:g} x confidence {finding['confidence']:g}{less} = {strength:g}"
    return _step("strength", YES if strength > 0 else NO, text)


def _place(finding: Row) -> Row:
    """Where an indicator applies, and that the party is there."""
    good, country = finding["scope_commodity"], finding["scope_country"]
    if finding["kind"] == GOOD_REGION:
        region = finding["scope_region"]
        return _step("country", YES, f"the list names {good} of {region} ({country}), and its address is there")
    return _step("country", YES, f"the list names {good} of {country}, and this party is there")


def _step(step: str, outcome: str, text: str, sources: Sequence[str] = ()) -> Row:
    return {"step": step, "outcome": outcome, "text": text, "sources": list(sources)}


def _or(value: object, other: str) -> str:
    return value if isinstance(value, str) and value else other

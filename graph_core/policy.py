"""The flag policy: which findings count, how strong they are, and how far they reach.

It is a file of the user, or the default one beside this module.

A policy never makes a finding stronger than its source states it: all its numbers are factors of at most 1. It decides
nothing about days (`graph_core.flags.standing`) and nothing about who is who (`graph_core.resolve`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import translate
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from graph_core.model import Status
from graph_core.yaml_file import read_document, read_text, read_unchecked

_WHAT = "flag policy"
#: What a line of `lists` can ask for, and the column of a finding in which it stands.
_FITS = {"formats": "format", "sources": "source", "authorities": "authority", "kinds": "kind"}


@dataclass(frozen=True)
class ListRule:
    """One line of ``lists``: what it fits, and what follows for the findings that it fits first.

    Attributes
    ----------
    formats, sources, authorities, kinds : tuple of str
        Texts in which ``*`` stands for anything, upper and lower case alike; empty: not asked for.
    counts : bool
        Whether the findings count at all.
    severity, confidence : float
        Factors, 0..1.
    because : str
        The reason, for a reader.
    """

    formats: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    counts: bool = True
    severity: float = 1.0
    confidence: float = 1.0
    because: str = ""

    def __str__(self) -> str:
        asked = ", ".join(f"{key} {' or '.join(texts)}" for key in _FITS if (texts := getattr(self, key)))
        return asked + (f" ({self.because})" if self.because else "")

    def fits(self, said: pd.DataFrame) -> np.ndarray:
        """Which rows (columns format, source, authority, kind) it fits."""
        found = np.ones(len(said), dtype=bool)
        for key, column in _FITS.items():
            if texts := getattr(self, key):
                found &= _alike(said[column], texts)
        return found


def _alike(column: pd.Series, texts: Iterable[str]) -> np.ndarray:
    """Which cells are one of some texts with wildcards; absent ones are none."""
    pattern = re.compile("|".join(translate(_folded(text).replace("[", "[[]").replace("?", "[?]")) for text in texts))
    fitting = [text for text in column.dropna().unique() if pattern.fullmatch(_folded(text))]
    found: np.ndarray = column.isin(fitting).to_numpy(dtype=bool)
    return found


def _factor(column: pd.Series, factors: Iterable[tuple[str, float]]) -> pd.Series:
    """Factor of each cell; 1 where none is given."""
    found: pd.Series = column.map(dict(factors)).astype("float64").fillna(1.0)
    return found


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


@dataclass(frozen=True)
class Policy:
    """What a finding has to be to start a flag, and how strong it is.

    Attributes
    ----------
    version : str
        Name and version, for readers.
    lists : tuple of ListRule
        The first that fits decides; a finding that none fits counts as it is.
    scored : tuple of str
        Categories that enter the score.
    severities : tuple of (str, float)
        Factor on the severity by category, 0..1.
    confidences : tuple of (str, float)
        Factor on the confidence by status, 0..1.
    minimum_confidence : float
        Findings below do not count, 0..1.
    threshold : float
        Percentage from which on a holding is control, above 0 and at most 100.
    unknown_counts : bool
        Whether a holding of unknown size is control.
    decay : float
        Factor on the strength for every holding between the company named and the site, 0..1.
    good_country, region : bool
        Whether indicators about a good in a country, or a region, are shown.
    """

    version: str
    lists: tuple[ListRule, ...]
    scored: tuple[str, ...]
    severities: tuple[tuple[str, float], ...]
    confidences: tuple[tuple[str, float], ...]
    minimum_confidence: float
    threshold: float
    unknown_counts: bool
    decay: float
    good_country: bool
    region: bool
    _content: str = field(repr=False, compare=False)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of all that the policy says, not of its version, comments, order or spelling: 64 hex digits."""
        said = {key: value for key, value in asdict(self).items() if key not in ("version", "_content")}
        said["lists"] = [{k: v for k, v in rule.items() if k != "because"} for rule in said["lists"]]
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """All keys of the file with their values, those that it leaves out too."""
        content: dict[str, Any] = json.loads(self._content)
        return content

    def control(self, owns: pd.DataFrame) -> pd.Series:
        """Which holdings (column percent, 0..100 or absent) are large enough for control."""
        large = owns["percent"] >= self.threshold
        return large | owns["percent"].isna() if self.unknown_counts else large

    def judge(self, findings: pd.DataFrame, sources: pd.DataFrame, minimum_confidence: float = 0.0) -> pd.DataFrame:
        """Say of findings whether they count, whatever the day, and how strong they are.

        Parameters
        ----------
        findings, sources : DataFrame
            Tables ``Finding`` and ``Source`` of a graph.
        minimum_confidence : float
            What the user asks for beside the policy; the higher of the two counts, 0..1.

        Returns
        -------
        DataFrame
            One row a finding, in the same order and with the same index: ``listed`` (its list counts), ``scored`` (its
            category enters the score), ``severity``, ``confidence`` and ``strength``, their product, all 0..1; ``sure``
            (the confidence is not below the least); ``counts`` (all of that, and a strength above 0); ``rule`` (number
            of the line of ``lists`` that decided, -1 where none fits).
        """
        rule = self._rules(findings, sources)
        line = [*self.lists, ListRule()]  # the last, at -1, is for findings that no line fits
        factors = pd.DataFrame(
            {
                "listed": np.array([one.counts for one in line])[rule],
                "severity": np.array([one.severity for one in line])[rule],
                "confidence": np.array([one.confidence for one in line])[rule],
            },
            index=findings.index,
        )
        severity = findings["severity"].fillna(1.0) * _factor(findings["category"], self.severities)
        confidence = findings["confidence"].fillna(1.0) * _factor(findings["status"], self.confidences)
        judged = factors.assign(
            scored=findings["category"].isin(self.scored),
            severity=severity * factors["severity"],
            confidence=confidence * factors["confidence"],
            rule=rule,
        )
        judged["strength"] = judged["severity"] * judged["confidence"]
        judged["sure"] = judged["confidence"] >= max(minimum_confidence, self.minimum_confidence)
        retracted = findings["status"].fillna("") == Status.RETRACTED
        judged["counts"] = judged["listed"] & judged["scored"] & judged["sure"] & (judged["strength"] > 0) & ~retracted
        return judged

    def _rules(self, findings: pd.DataFrame, sources: pd.DataFrame) -> np.ndarray:
        """Line of ``lists`` by which each finding is judged; of several sources the one that lets it count most."""
        if not self.lists or findings.empty:
            return np.full(len(findings), -1)
        said = findings[["authority", "kind"]].assign(row=np.arange(len(findings)), source=findings["sources"])
        said = said.explode("source", ignore_index=True)
        said["format"] = said["source"].map(sources.set_index("id")["format"])
        # A finding by whose records no source is known is judged by its authority and kind.
        said = said.astype({"source": "str", "format": "str", "authority": "str", "kind": "str"})
        said["rule"] = np.select([rule.fits(said) for rule in self.lists], [*range(len(self.lists))], default=-1)
        line = [*self.lists, ListRule()]
        said["weight"] = np.array([one.counts * (1 + one.severity * one.confidence) for one in line])[said["rule"]]
        best = said.sort_values(["row", "weight", "rule"], ascending=[True, False, True], kind="stable")
        result: np.ndarray = best.drop_duplicates("row")["rule"].to_numpy(dtype=np.int64)
        return result


def read_policy(path: Path) -> Policy:
    """Read a policy and check it; keys that it leaves out are those of the default policy.

    Parameters
    ----------
    path : Path
        YAML file.

    Raises
    ------
    InputError
        It cannot be read, or does not have the form of a policy; each fault with its line, key and value.
    """
    return parse_policy(read_text(path, _WHAT), path.name)


def parse_policy(text: str, file: str) -> Policy:
    """Read a policy from a text; see `read_policy`."""
    return _policy(_over(_default(), read_document(text, file, schema(), _WHAT).content))


@cache
def default_policy() -> Policy:
    """The policy that counts where no other is named (``graph_core/policy.yaml``)."""
    return _policy(_default())


def default_text() -> str:
    """The file of the default policy, with its comments."""
    return resources.files("graph_core").joinpath("policy.yaml").read_text("utf-8")


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of a policy."""
    form: dict[str, Any] = json.loads(resources.files("graph_core").joinpath("policy_schema.json").read_text("utf-8"))
    return form


@cache
def _default() -> dict[str, Any]:
    return read_unchecked(default_text(), "policy.yaml", schema(), _WHAT).content


def _over(base: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """What is said over what stands without it, key by key; lists are taken whole."""
    both = dict(base)
    for key, value in said.items():
        group = isinstance(value, Mapping) and isinstance(base.get(key), Mapping)
        both[key] = _over(base[key], value) if group else value
    return both


def _policy(content: Mapping[str, Any]) -> Policy:
    categories, statuses, ownership = content["categories"], content["statuses"], content["ownership"]
    return Policy(
        version=content["version"],
        lists=tuple(_rule(line) for line in content["lists"]),
        scored=tuple(sorted(name for name, one in categories.items() if one["scored"])),
        severities=tuple(sorted((name, one["severity"]) for name, one in categories.items())),
        confidences=tuple(sorted((name, one["confidence"]) for name, one in statuses.items())),
        minimum_confidence=content["minimum_confidence"],
        threshold=ownership["threshold"],
        unknown_counts=ownership["unknown_counts"],
        decay=ownership["decay"],
        **content["indicators"],
        _content=json.dumps(content, ensure_ascii=False),
    )


def _rule(line: Mapping[str, Any]) -> ListRule:
    asked: dict[str, Any] = {key: tuple(value) for key, value in line.items() if key in _FITS}
    return ListRule(**asked, **{key: value for key, value in line.items() if key not in _FITS})

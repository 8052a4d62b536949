"""One interface of all scores: what a result holds, and a registry that says what each score means.

A score is a function of a network that is marked with `score`. Its docstring has, besides the usual sections of
numpydoc, ``Formula``, ``Sentence`` (what a reader may say), ``Pitfall`` (what it must not be read as) and
``References``; they are data here, for commands and documents to show.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol, TypeVar

from graph_core.network import Floats, SupplyNetwork
from graph_core.score_parameters import ScoreParameters

F = TypeVar("F", bound=Callable[..., Any])


class Kind(StrEnum):
    """What a score may be used for."""

    #: Ranks parties by their ties to flagged ones.
    RISK = "risk"
    #: Says how far a flag is, not how much comes from there.
    DISTANCE = "distance"
    #: What a stop would cost others; shown on its own and never part of a risk score.
    DISRUPTION = "disruption"


@dataclass(frozen=True)
class Convergence:
    """How exactly a definition was met.

    Attributes
    ----------
    sweeps : int
        Sweeps that the slowest part took; 0 where nothing is iterated.
    residual : float
        Largest difference of the two sides of the definition at any node.
    """

    sweeps: int
    residual: float


#: Nothing is iterated, and nothing is left.
EXACT = Convergence(0, 0.0)


class Scored(Protocol):
    """What every score gives."""

    @property
    def network(self) -> SupplyNetwork:
        """What was scored."""

    @property
    def name(self) -> str:
        """Name of the score in `SCORES`."""

    @property
    def parameters(self) -> ScoreParameters:
        """What it depends on besides the network."""

    @property
    def scores(self) -> Floats:
        """Value of every node in the order of ``network.ids``."""

    @property
    def convergence(self) -> Convergence:
        """How exactly the definition was met."""

    @property
    def standard_error(self) -> Floats | None:
        """Standard error of every value; None where nothing is sampled."""

    def __getitem__(self, node: str) -> float: ...


@dataclass(frozen=True, eq=False)
class NodeScores:
    """Values of one score for every node of a network.

    Attributes
    ----------
    network : SupplyNetwork
        What was scored.
    name : str
        Name of the score in `SCORES`.
    parameters : ScoreParameters
        What it depends on besides the network.
    scores : array of float
        Value of every node in the order of ``network.ids``; its unit is ``SCORES[name].unit``.
    convergence : Convergence
        How exactly the definition was met.
    standard_error : array of float, optional
        Standard error of every value where worlds are sampled, else None.
    """

    network: SupplyNetwork
    name: str
    parameters: ScoreParameters
    scores: Floats
    convergence: Convergence = EXACT
    standard_error: Floats | None = None

    def __getitem__(self, node: str) -> float:
        return float(self.scores[self.network.number(node)])


@dataclass(frozen=True)
class Score:
    """What a score means.

    Attributes
    ----------
    name : str
        Name of its function.
    function : callable
        Network and parameters to a result.
    kind : Kind
        What it may be used for.
    unit : str
        Unit and range of its values.
    """

    name: str
    function: Callable[..., Scored]
    kind: Kind
    unit: str

    @property
    def formula(self) -> str:
        """The definition, as written in its docstring."""
        return self._sections["Formula"]

    @property
    def sentence(self) -> str:
        """What a reader may say of a value."""
        return _one_line(self._sections["Sentence"])

    @property
    def pitfall(self) -> str:
        """What a value must not be read as."""
        return _one_line(self._sections["Pitfall"])

    @property
    def reference(self) -> str:
        """Where the definition comes from."""
        return _one_line(self._sections["References"])

    @cached_property
    def _sections(self) -> dict[str, str]:
        text = inspect.getdoc(self.function) or ""
        parts = re.split(r"^(\w[\w ]*)\n-{3,}\n", text, flags=re.MULTILINE)
        return dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))


#: Every score by its name.
SCORES: dict[str, Score] = {}


def score(kind: Kind, unit: str) -> Callable[[F], F]:
    """Enter a function into `SCORES`; it stays as it is."""

    def enter(function: F) -> F:
        SCORES[function.__name__] = Score(function.__name__, function, kind, unit)
        return function

    return enter


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("``", "")

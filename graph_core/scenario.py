"""Scenarios as data: what would have to be different, to be applied to any day (`graph_core.supposed`).

A scenario is a set of changes; their order means nothing. They are applied in one fixed order: coverage, verified
shares, links that end, suppliers that take another's place, flags, and parties that become clean. Two changes of one
thing contradict each other and are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, TypeAlias

from graph_core.errors import InputError

Name: TypeAlias = Callable[[str], str]

#: Stands beside every figure of a scenario in which a supplier is left.
HARM = (
    "Leaving a supplier can harm its workers, and moves what is wrong out of sight instead of ending it. Leverage and "
    "remedy come first; where leaving is the last resort, do it responsibly and together with those concerned."
)


@dataclass(frozen=True)
class Clean:
    """A party without exposure: its own flags and all that is traced through it, ``e[party] = 0``.

    What is unmapped behind it stays unmapped: that something known was remedied says nothing about the unknown.
    """

    kind: ClassVar[str] = "clean"
    leaves: ClassVar[bool] = False
    party: str

    @property
    def about(self) -> tuple[str, ...]:
        """What is changed."""
        return "party", self.party

    def words(self, name: Name = str) -> str:
        """The change in words; ``name`` gives what a party is called by its id."""
        return f"{name(self.party)} becomes clean, with all that is traced through it"


@dataclass(frozen=True)
class Flag:
    """The own flag of a party gets a strength, for all its goods; what is traced through it stays.

    It keeps the class that it has; where there was none it counts as named. Strength 0 takes the flag away.
    """

    kind: ClassVar[str] = "flag"
    leaves: ClassVar[bool] = False
    party: str
    strength: float

    def __post_init__(self) -> None:
        _within("strength", self.strength)

    @property
    def about(self) -> tuple[str, ...]:
        """What is changed."""
        return "party", self.party

    def words(self, name: Name = str) -> str:
        """The change in words; ``name`` gives what a party is called by its id."""
        return f"the own flag of {name(self.party)} has strength {self.strength:g}"


@dataclass(frozen=True)
class Drop:
    """A buyer leaves a supplier: the share becomes unmapped, and is never shared out among the others.

    Nobody knows who would deliver instead: the share is added to the gap of the buyer.
    """

    kind: ClassVar[str] = "drop"
    leaves: ClassVar[bool] = True
    supplier: str
    buyer: str

    @property
    def about(self) -> tuple[str, ...]:
        """What is changed."""
        return "link", self.supplier, self.buyer

    def words(self, name: Name = str) -> str:
        """The change in words; ``name`` gives what a party is called by its id."""
        return f"{name(self.buyer)} leaves {name(self.supplier)}, and the share becomes unmapped"


@dataclass(frozen=True)
class Replace:
    """Another party takes over all that a supplier delivers, with the same shares.

    What the other one itself buys from the supplier stays: nobody supplies itself. All replacements are made at once:
    with A:B and B:C, C has what B had and B has what A had.
    """

    kind: ClassVar[str] = "replace"
    leaves: ClassVar[bool] = True
    supplier: str
    by: str

    def __post_init__(self) -> None:
        if self.supplier == self.by:
            raise InputError(f"{self.supplier!r} cannot be replaced by itself; name another party")

    @property
    def about(self) -> tuple[str, ...]:
        """What is changed."""
        return "supplier", self.supplier

    def words(self, name: Name = str) -> str:
        """The change in words; ``name`` gives what a party is called by its id."""
        return f"{name(self.by)} takes over what {name(self.supplier)} delivers"


@dataclass(frozen=True)
class Verify:
    """A document shows what share a supplier has: the link counts as documented and stated.

    The shares of the buyer's other suppliers stay. What a smaller share leaves is unmapped; a larger one takes from
    what is unmapped, and is refused where the shares of the buyer would sum to more than 1. Where all links of the
    buyer then state their shares, their sum is its coverage.
    """

    kind: ClassVar[str] = "verify"
    leaves: ClassVar[bool] = False
    supplier: str
    buyer: str
    share: float

    def __post_init__(self) -> None:
        _within("share", self.share)

    @property
    def about(self) -> tuple[str, ...]:
        """What is changed."""
        return "link", self.supplier, self.buyer

    def words(self, name: Name = str) -> str:
        """The change in words; ``name`` gives what a party is called by its id."""
        return f"{name(self.supplier)} is shown to deliver {self.share:g} of the inputs of {name(self.buyer)}"


@dataclass(frozen=True)
class Cover:
    """A buyer states what share of its inputs its links cover.

    The shares of its links follow from that as they do from any stated coverage; the rest is unmapped.
    """

    kind: ClassVar[str] = "cover"
    leaves: ClassVar[bool] = False
    buyer: str
    coverage: float

    def __post_init__(self) -> None:
        _within("coverage", self.coverage)

    @property
    def about(self) -> tuple[str, ...]:
        """What is changed."""
        return "coverage", self.buyer

    def words(self, name: Name = str) -> str:
        """The change in words; ``name`` gives what a party is called by its id."""
        return f"the links of {name(self.buyer)} are said to cover {self.coverage:g} of its inputs"


Change: TypeAlias = Clean | Flag | Drop | Replace | Verify | Cover
_KINDS: dict[str, type[Change]] = {one.kind: one for one in (Clean, Flag, Drop, Replace, Verify, Cover)}


@dataclass(frozen=True)
class Scenario:
    """What would be different.

    Attributes
    ----------
    changes : tuple
        Changes of any kind; equal ones count once.
    name : str
        What a reader calls it; empty where it has no name.

    Raises
    ------
    InputError
        Two changes contradict each other.
    """

    changes: tuple[Change, ...]
    name: str = ""

    def __post_init__(self) -> None:
        unique = tuple(dict.fromkeys(self.changes))
        object.__setattr__(self, "changes", unique)
        about: dict[tuple[str, ...], Change] = {}
        for change in unique:
            if (other := about.setdefault(change.about, change)) is not change:
                raise InputError(
                    f"two changes contradict each other: {other.words()}; {change.words()}. Leave one of them out"
                )

    def of(self, kind: str) -> list[Any]:
        """Changes of one kind, such as ``drop``."""
        return [change for change in self.changes if change.kind == kind]

    def without(self, kind: str) -> Scenario:
        """The scenario without the changes of one kind."""
        return Scenario(tuple(change for change in self.changes if change.kind != kind), self.name)

    def __add__(self, other: Scenario) -> Scenario:
        """Both at once.

        Raises
        ------
        InputError
            A change of one contradicts a change of the other.
        """
        names = [one.name for one in (self, other) if one.name]
        return Scenario((*self.changes, *other.changes), " + ".join(names))

    @property
    def warning(self) -> str | None:
        """What has to stand beside its figures: leaving a supplier can do harm. None where nobody is left."""
        return HARM if any(change.leaves for change in self.changes) else None

    def plain(self) -> list[dict[str, Any]]:
        """The changes as plain values, as `of_plain` reads them, ordered so that equal scenarios are equal."""
        rows = [{"kind": change.kind, **asdict(change)} for change in self.changes]
        return sorted(rows, key=lambda row: [str(value) for value in row.values()])

    @classmethod
    def of_plain(cls, rows: Sequence[Mapping[str, Any]], name: str = "") -> Scenario:
        """Read what `plain` gave.

        Raises
        ------
        InputError
            A change is of no known kind, lacks something, has too much, or a value that cannot be.
        """
        return cls(tuple(_change(row) for row in rows), name)


def _change(row: Mapping[str, Any]) -> Change:
    kind = _KINDS.get(str(row.get("kind")))
    if kind is None:
        raise InputError(f"there is no change of kind {row.get('kind')!r}; there are {', '.join(_KINDS)}")
    wanted = {one.name: one.type for one in fields(kind)}
    given = {key: value for key, value in row.items() if key != "kind"}
    if set(given) != set(wanted):
        raise InputError(f"a change of kind {kind.kind} says {', '.join(wanted)}; this one says {', '.join(given)}")
    for key, value in given.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not (number if wanted[key] == "float" else isinstance(value, str)):
            raise InputError(f"{key} of a change of kind {kind.kind} is {value!r}, which it cannot be")
    return kind(**given)


def combined(scenarios: Iterable[Scenario]) -> Scenario:
    """All of some scenarios at once; of none, the scenario in which nothing changes."""
    total = Scenario(())
    for scenario in scenarios:
        total += scenario
    return total


def _within(what: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise InputError(f"{what} {value:g} of a change has to lie in 0..1")

"""What a score depends on besides the network: one frozen, checked object that every result carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from numbers import Integral

from graph_core.errors import InputError

#: Scores that a stored day can be given, each with what a reader can set and what counts where nothing is said.
DAY_SCORES: Mapping[str, Mapping[str, float]] = {
    "traced_share": {"decay": 1.0},
    "strongest_path": {},
    "noisy_or": {},
    "cascade": {"worlds": 10_000, "seed": 1},
    "within_hops": {"horizon": 3, "decay": 1.0},
    "hops": {},
}
#: Scores of what a stop would cost others. They need flows that no record of a day states.
DISRUPTION = ("esri", "debtrank")


@dataclass(frozen=True)
class ScoreParameters:
    """What a score depends on; None stands where a score does not depend on it.

    Attributes
    ----------
    decay : float, optional
        Factor a hop, 0..1.
    tolerance : float, optional
        Largest residual that is accepted; greater than 0.
    max_sweeps : int, optional
        Sweeps after which a solver gives up; at least 1.
    worlds : int, optional
        How many worlds are sampled; at least 1.
    seed : int, optional
        The same seed gives the same worlds; 0 or more.
    horizon : int, optional
        Hops that are followed; 0 or more.
    variant : str, optional
        Which of several definitions.
    remaining : float, optional
        Part of its output that a party that fails keeps, 0..1.

    Raises
    ------
    InputError
        A value that is not allowed; the message says which.
    """

    decay: float | None = None
    tolerance: float | None = None
    max_sweeps: int | None = None
    worlds: int | None = None
    seed: int | None = None
    horizon: int | None = None
    variant: str | None = None
    remaining: float | None = None

    def __post_init__(self) -> None:
        for name in ("decay", "remaining"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise InputError(f"{name} is {value}; it has to lie in 0..1")
        if self.tolerance is not None and not self.tolerance > 0:
            raise InputError(f"tolerance is {self.tolerance}; it has to be greater than 0")
        for name, least in (("max_sweeps", 1), ("worlds", 1), ("seed", 0), ("horizon", 0)):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, Integral) and int(value) >= least):
                raise InputError(f"{name} is {value}; it has to be a whole number, {least} or more")

    def as_dict(self) -> dict[str, float | int | str]:
        """What the score depends on, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def parameters_on_a_day(score: str, given: Mapping[str, float | None]) -> ScoreParameters:
    """Parameters of a score of a stored day: what is given, else what counts where nothing is said.

    Parameters
    ----------
    score : str
        One of `DAY_SCORES`.
    given : mapping of str to float
        Values by name, None where nothing was said.

    Raises
    ------
    InputError
        An unknown score, one that a stored day cannot have, a parameter that the score does not depend on, or a value
        that is not allowed.
    """
    if score in DISRUPTION:
        raise InputError(
            f"{score} says what a stop would cost others, not who is tied to forced labour, and needs flows, which a "
            f"stored day lacks; from Python there is graph_core.{score}"
        )
    if score not in DAY_SCORES:
        raise InputError(f"score {score!r} is not known; there is: {', '.join(DAY_SCORES)}")
    settable = DAY_SCORES[score]
    said = {name: value for name, value in given.items() if value is not None}
    foreign = [name for name in said if name not in settable]
    if foreign:
        those = ", ".join(name for name, own in DAY_SCORES.items() if foreign[0] in own)
        raise InputError(f"{score} does not depend on {foreign[0]}, a parameter of {those}; leave it out")
    return ScoreParameters(**{**settable, **said})  # type: ignore[arg-type]

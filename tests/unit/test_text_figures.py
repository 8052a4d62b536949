"""Shares and differences as a reader sees them: what is there is never written as nothing."""

from __future__ import annotations

import pytest

from graph_core.cli import common
from graph_core.viz import text


@pytest.mark.parametrize(
    ("share", "shown"),
    [(None, "-"), (0.0, "0.0 %"), (0.0004, "< 0.1 %"), (1e-9, "< 0.1 %"), (0.0005, "0.1 %"), (0.25, "25.0 %"),
     (1.0, "100.0 %")],
)  # fmt: skip
def test_the_command_line_writes_a_share_as_every_other_view_does(share: float | None, shown: str) -> None:
    assert common.percent(share) == shown == text.percent(share, "-").replace(text.NO_BREAK, " ")


@pytest.mark.parametrize(
    ("difference", "shown"),
    [(None, "-"), (0.0, "same"), (1e-16, "same"), (3e-5, "< 0.1 points up"), (-0.0004, "< 0.1 points down"),
     (-0.2, "-20.0 points"), (0.0126, "+1.3 points")],
)  # fmt: skip
def test_a_small_difference_is_not_none(difference: float | None, shown: str) -> None:
    assert text.points(difference, "-").replace(text.NO_BREAK, " ") == shown == common.points(difference)

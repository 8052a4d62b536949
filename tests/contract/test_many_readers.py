"""Ten people at the app at once: each sees what they asked for, and nobody an error."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.browser.serving import ROOT, served
from tests.session import reader

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DAYS = [f"{year}-06-30" for year in range(2017, 2027)]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("many") / "home", ROOT / "tests" / "ui" / "network") as address:
        yield address


def test_ten_readers_with_ten_days_see_their_own(app: str) -> None:
    def walk(day: str) -> list[tuple[str, str, list[str]]]:
        with reader(app) as session:
            asked = [("", {}), ("brand", {"brand": "B1"}), ("explore", {"brand": "B1"}), ("", {})]
            answers = [session.open(page, asof=day, **query) for page, query in asked]
        return [(day, answer.said, answer.faults) for answer in answers]

    with ThreadPoolExecutor(len(DAYS)) as pool:
        for pages in pool.map(walk, DAYS):
            for day, said, faults in pages:
                assert not faults
                assert f"as of {day}" in said
                assert not [other for other in DAYS if other != day and f"as of {other}" in said]

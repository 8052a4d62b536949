"""Many texts as one array of letters: which of them begin with a text, hold it, or nearly begin with it.

Every question is answered for all texts at once by steps over whole arrays, so that a hundred thousand names take
milliseconds; nothing in a text is ever read as a pattern. Letters are UTF-16 units: one outside the basic plane counts
as two.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
Distances = npt.NDArray[np.uint8]

_END = "\n"
_FAR = np.uint8(99)
_LAST = "\U0010ffff"


def _units(text: str) -> npt.NDArray[np.uint16]:
    return np.frombuffer(text.encode("utf-16-le"), dtype=np.uint16)


class Letters:
    """Distinct texts in the order of their code points.

    Parameters
    ----------
    texts : iterable of str
        Any texts without line breaks; they are sorted and each is kept once.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = sorted(set(texts))
        #: All texts one behind another, a line break behind each.
        self._units = _units("".join(text + _END for text in self.texts))
        self._ends = np.flatnonzero(self._units == ord(_END))
        self._starts = np.concatenate([[0], self._ends[:-1] + 1]).astype(np.int64)[: len(self.texts)]
        self._often = np.bincount(self._units, minlength=1 << 16)

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def lengths(self) -> Rows:
        """Number of letters of every text."""
        lengths: Rows = self._ends - self._starts
        return lengths

    def equal(self, text: str) -> slice:
        """The row that is this text; empty where there is none."""
        return slice(bisect_left(self.texts, text), bisect_right(self.texts, text))

    def beginning(self, text: str) -> slice:
        """Rows that begin with a text; they stand side by side."""
        return slice(bisect_left(self.texts, text), bisect_right(self.texts, text + _LAST))

    def holding(self, text: str) -> Rows:
        """Rows in which a text stands anywhere, ascending; ``text`` is not empty."""
        wanted = _units(text)
        rarest = int(np.argmin(self._often[wanted]))
        places = np.flatnonzero(self._units == wanted[rarest]) - rarest
        places = places[(places >= 0) & (places + len(wanted) <= len(self._units))]
        for step, unit in enumerate(wanted):
            places = places[self._units[places + step] == unit]
        return np.unique(np.searchsorted(self._ends, places))

    def nearly_beginning(self, text: str, most: int) -> tuple[Rows, Distances]:
        """Rows whose beginning is a text but for a few typing errors.

        Parameters
        ----------
        text : str
            What was typed; not empty.
        most : int
            Typing errors that are allowed: a letter too many, too few or wrong, or two neighbours exchanged.

        Returns
        -------
        rows : array of int
            Ascending.
        distances : array of int
            Fewest errors between the text and any beginning of the row.

        Notes
        -----
        The table of the optimal string alignment distance, a band of ``2 * most + 1`` columns of it, for all rows at
        once; a row leaves as soon as its whole band is above ``most``, which most rows do after a few letters.
        """
        wanted = _units(text)
        band = _Band(self, most)
        for place in range(len(wanted)):
            band.step(wanted, place)
        best = band.best()
        near = best <= most
        return band.rows[near], best[near]


class _Band:
    """The columns of the distance table that can still hold few errors, for the rows that are left.

    ``columns[j]`` holds the distance between what was read of the text and the first ``j`` letters of every row.
    """

    def __init__(self, letters: Letters, most: int) -> None:
        self.most = most
        self._of = letters
        self.rows: Rows = np.arange(len(letters), dtype=np.int64)
        self._read: dict[int, npt.NDArray[np.uint16]] = {}
        zero = np.zeros(len(letters), dtype=np.uint8)
        self._columns: dict[int, Distances] = {j: zero + np.uint8(j) for j in range(most + 1)}
        self._before: dict[int, Distances] = {}

    def step(self, wanted: npt.NDArray[np.uint16], place: int) -> None:
        """Read the letter at a place of the text."""
        done = place + 1
        fresh: dict[int, Distances] = {}
        for j in range(max(0, done - self.most), done + self.most + 1):
            fresh[j] = self._cell(wanted, place, j, fresh)
        self._before, self._columns = self._columns, fresh
        alive = self.best() <= self.most
        if alive.sum() * 2 < len(alive):
            self._leave(alive)

    def best(self) -> Distances:
        """Fewest errors of every row over the columns."""
        return np.asarray(np.min(list(self._columns.values()), axis=0), dtype=np.uint8)

    def _cell(self, wanted: npt.NDArray[np.uint16], place: int, j: int, fresh: dict[int, Distances]) -> Distances:
        done = place + 1
        if j == 0:
            return np.full(len(self.rows), done, dtype=np.uint8)
        letter = self._letter(j - 1)
        cell = self._columns[j - 1] + (letter != wanted[place])
        if j in self._columns:
            np.minimum(cell, self._columns[j] + np.uint8(1), out=cell)
        if j - 1 in fresh:
            np.minimum(cell, fresh[j - 1] + np.uint8(1), out=cell)
        if place and j > 1 and j - 2 in self._before:
            exchanged = (letter == wanted[place - 1]) & (self._letter(j - 2) == wanted[place])
            np.minimum(cell, np.where(exchanged, self._before[j - 2] + np.uint8(1), _FAR), out=cell)
        return np.asarray(cell, dtype=np.uint8)

    def _letter(self, j: int) -> npt.NDArray[np.uint16]:
        """Letter of every row at a place; a line break behind its end, which no text holds."""
        if j not in self._read:
            places = np.minimum(self._of._starts[self.rows] + j, self._of._ends[self.rows])  # noqa: SLF001
            self._read[j] = self._of._units[places]  # noqa: SLF001
        return self._read[j]

    def _leave(self, alive: npt.NDArray[np.bool_]) -> None:
        self.rows = self.rows[alive]
        for kept in (self._columns, self._before, self._read):
            for j in kept:
                kept[j] = kept[j][alive]  # type: ignore[assignment]

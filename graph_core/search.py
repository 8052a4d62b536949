"""Finding brands, companies and sites by what somebody types: a name in any script, an identifier, with a typo.

What is typed is compared with every name and alias in its own script, with how names in other scripts than Latin
sound, and with every identifier that the graph holds. Case, accents, width and punctuation are folded as
`graph_core.resolve.names` folds them; nothing is read as a pattern. The best grade of agreement comes first (`Grade`);
among equals brands come before companies and sites, then the beginning of a name before that of a word in it, then
names before aliases, then shorter names.
"""

from __future__ import annotations

import threading
import unicodedata
import weakref
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import pandas as pd
from anyascii import anyascii
from rapidfuzz import process
from rapidfuzz.distance import OSA

from graph_core.flags import standing
from graph_core.graph import Graph
from graph_core.letters import Letters, Rows
from graph_core.model import INDICATORS
from graph_core.resolve.names import core, fold

#: Kinds of parties in the order in which they come among equals.
KINDS = ("brand", "company", "site")
#: Longer texts are cut.
_LONGEST = 200
#: Letters from which one typo is forgiven, and two.
_ONE_TYPO, _TWO_TYPOS = 4, 8
#: Letters from which an identifier is found by its beginning.
_PART_OF_ID = 3
_FAR = 255
_UNKNOWN = np.uint8(99)
_NONE = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint8)


class Grade(IntEnum):
    """How what was typed agrees with what is known of a party, the best first."""

    IDENTIFIER = 0
    NAME = 1
    BEGINS = 2
    WITHIN = 3
    PART_OF_IDENTIFIER = 4
    TYPO = 5


@dataclass(frozen=True)
class Hit:
    """One party that was found.

    Attributes
    ----------
    id, name : str
        As shown everywhere.
    kind : str
        One of `KINDS`.
    country : str or None
        ISO alpha-2, where stated.
    matched : str
        What agreed, as the source writes it: the name, an alias, an identifier.
    what : str
        What ``matched`` is: ``name``, ``alias``, ``id``, ``id of a merged party``, ``LEI``, ``OS ID``, or the scheme of
        another identifier; ``sound of the name`` or ``of an alias`` where only its Latin transcription agrees.
    grade : Grade
        How it agrees.
    """

    id: str
    name: str
    kind: str
    country: str | None
    matched: str
    what: str
    grade: Grade


class _Spelled(NamedTuple):
    """One text by which a party can be found: as compared, of which party (row), what it is, and as it is said."""

    text: str
    party: int
    what: str
    said: str


class SearchIndex:
    """Names and identifiers of all parties of a graph.

    Parameters
    ----------
    graph : Graph
        What is believed.

    Notes
    -----
    Building costs some seconds of a processor for 100,000 parties with aliases, nearly all of it for folding names
    (`index_of` does it in the background); searching costs milliseconds, see ``benchmarks/search.py``.
    """

    def __init__(self, graph: Graph) -> None:
        parties = _parties(graph)
        columns = ("id", "name", "country", "kind")
        self._shown = list(zip(*(parties[column].tolist() for column in columns), strict=True))
        kinds = np.array([KINDS.index(kind) for kind in parties["kind"]], dtype=np.int64)
        self._names = _Texts(_names(parties), kinds)
        self._identifiers = _Texts(_identifiers(parties), kinds)
        self._words = _Words(self._names.letters)

    def find(self, typed: str, limit: int = 12) -> list[Hit]:
        """Find parties.

        Parameters
        ----------
        typed : str
            Anything; text without a letter or digit finds nothing.
        limit : int
            How many parties at most, at least 1.

        Returns
        -------
        list of Hit
            Each party once, by what agrees best. The same graph and text give the same list.
        """
        typed = typed[:_LONGEST]
        name, identifier = folded(typed), _plain(typed)
        found = _Found(limit)
        if not name:
            return []
        found.take(self._identifiers, *_graded(self._identifiers.letters.equal(identifier), Grade.IDENTIFIER))
        self._begin(found, name)
        if not found.full:
            found.take(self._names, *_graded(self._names.letters.holding(name), Grade.WITHIN))
            if len(identifier) >= _PART_OF_ID:
                rows = self._identifiers.letters.beginning(identifier)
                found.take(self._identifiers, *_graded(rows, Grade.PART_OF_IDENTIFIER))
        if not found.best and (without_form := folded(core(typed))) not in ("", name):
            self._begin(found, without_form)
        if not found.full:
            self._nearly(found, name)
        return [self._hit(*one) for one in found.ranked()]

    def _begin(self, found: _Found, name: str) -> None:
        """Take what is called so, or what begins so, itself or in its words."""
        letters = self._names.letters
        found.take(self._names, *_graded(letters.equal(name), Grade.NAME))
        found.take(self._names, *_graded(letters.beginning(name), Grade.BEGINS))
        found.take(self._names, *_graded(self._words.beginning(name.split()), Grade.BEGINS, inside=1))

    def _nearly(self, found: _Found, name: str) -> None:
        """Take what would agree with fewest typing errors; two are forgiven only where nothing else was found."""
        most = min(_forgiven(name), 1 if found.best else 2)
        if not most:
            return
        letters = self._names.letters
        rows, typos = letters.nearly_beginning(name, most)
        other, others = self._words.nearly_beginning(name.split(), most)
        inside = np.repeat([0, 1], [len(rows), len(other)])
        rows, typos = np.concatenate([rows, other]), np.concatenate([typos, others])
        wrong = typos > 0
        if not wrong.any():
            return
        kept = typos == typos[wrong].min()
        rows, typos, inside = rows[kept], typos[kept], inside[kept]
        texts = [letters.texts[row] for row in rows.tolist()]
        far = np.where(inside, _far_words(name.split(), texts), _far([name], texts)[0])
        found.take(self._names, rows, _agreement(Grade.TYPO, typos, np.minimum(far, _FAR)), inside)

    def _hit(self, texts: _Texts, entry: int, grade: Grade) -> Hit:
        identity, name, country, kind = self._shown[texts.party[entry]]
        stated = country if isinstance(country, str) else None
        return Hit(identity, name, kind, stated, texts.said[entry], texts.what[entry], grade)


# --- what is compared ------------------------------------------------------------------------------------------------


def folded(text: str) -> str:
    """Fold a name, or what was typed; marks on the letters of every script go, since few people type them."""
    plain = fold(text)
    if plain.isascii():
        return plain
    letters = (c for c in unicodedata.normalize("NFD", plain) if unicodedata.category(c) != "Mn")
    return unicodedata.normalize("NFC", "".join(letters))


def _plain(identifier: str) -> str:
    """An identifier without what is left out or written otherwise: case, hyphens and white space."""
    return "".join(identifier.casefold().replace("-", " ").split())


def _parties(graph: Graph) -> pd.DataFrame:
    companies, sites = graph["Organization"], graph["Facility"]
    brands = companies["brand"].fillna(False).to_numpy(dtype=bool)
    columns = ["id", "name", "aliases", "country", "lei", "os_id", "identifiers", "merged_ids", "kind"]
    both = [
        companies.assign(kind=np.where(brands, "brand", "company"), os_id=None),
        sites.assign(kind="site", lei=None),
    ]
    return pd.concat([frame.reindex(columns=columns).astype(object) for frame in both], ignore_index=True)


def _names(parties: pd.DataFrame) -> Iterator[_Spelled]:
    for party, name, aliases in zip(range(len(parties)), parties["name"], parties["aliases"], strict=True):
        for place, said in enumerate([name, *aliases]):
            if not isinstance(said, str):
                continue
            text = folded(said)
            yield _Spelled(text, party, "alias" if place else "name", said)
            if not text.isascii():
                what = "sound of an alias" if place else "sound of the name"
                yield _Spelled(fold(anyascii(said)), party, what, said)


def _identifiers(parties: pd.DataFrame) -> Iterator[_Spelled]:
    columns = ("id", "merged_ids", "lei", "os_id", "identifiers")
    values = zip(range(len(parties)), *(parties[column] for column in columns), strict=True)
    for party, identity, merged, lei, os_id, others in values:
        yield from _with_number(party, "id", identity)
        for one in merged:
            yield from _with_number(party, "id of a merged party", one)
        for what, number in (("LEI", lei), ("OS ID", os_id)):
            if isinstance(number, str):
                yield _Spelled(_plain(number), party, what, number)
        for one in others:
            yield from _with_number(party, one.partition(":")[0], one)


def _with_number(party: int, what: str, said: str) -> Iterator[_Spelled]:
    """An identifier as a whole, and what stands behind its first colon."""
    for text in {said, said.partition(":")[2]} - {""}:
        yield _Spelled(_plain(text), party, what, said)


class _Texts:
    """Texts of parties, each with what it is; ``entries`` of one text stand side by side."""

    def __init__(self, spelled: Iterable[_Spelled], kinds: Rows) -> None:
        entries = [one for one in spelled if one.text]
        self.letters = Letters(one.text for one in entries)
        rows = {text: row for row, text in enumerate(self.letters.texts)}
        row = np.array([rows[one.text] for one in entries], dtype=np.int64)
        order = np.argsort(row, kind="stable")
        entries = [entries[place] for place in order.tolist()]
        self.first = np.searchsorted(row[order], np.arange(len(self.letters) + 1))
        self.party = np.array([one.party for one in entries], dtype=np.int64)
        self.what = [one.what for one in entries]
        self.said = [one.said for one in entries]
        self.kind = kinds[self.party]
        length = self.letters.lengths[row[order]]
        other = np.array([one.what != "name" for one in entries], dtype=np.bool_)
        self.place = np.empty(len(entries), dtype=np.int64)
        self.place[np.lexsort((np.arange(len(entries)), length, other))] = np.arange(len(entries))

    def entries(self, rows: Rows) -> tuple[Rows, Rows]:
        """Entries of these texts, and of each the position of its text in ``rows``."""
        return _runs(self.first, rows)


class _Words:
    """Words of texts, and in which texts each stands."""

    def __init__(self, texts: Letters) -> None:
        self._size = len(texts)
        split = [text.split(" ") for text in texts.texts]
        self._letters = Letters(word for words in split for word in words)
        code = {word: place for place, word in enumerate(self._letters.texts)}
        words = np.array([code[word] for part in split for word in part], dtype=np.int64)
        rows = np.repeat(np.arange(len(split)), [len(part) for part in split])
        order = np.argsort(words, kind="stable")
        self._rows = rows[order]
        self._first = np.searchsorted(words[order], np.arange(len(self._letters) + 1))

    def beginning(self, wanted: list[str]) -> Rows:
        """Texts in which some word begins with each of the words."""
        hit = np.ones(self._size, dtype=np.bool_)
        for word in wanted:
            own = np.zeros(self._size, dtype=np.bool_)
            own[self._in(self._letters.beginning(word))] = True
            hit &= own
        return np.flatnonzero(hit)

    def nearly_beginning(self, wanted: list[str], most: int) -> tuple[Rows, Rows]:
        """Texts in which some word begins with each of the words but for typing errors, and how many in all."""
        total = np.zeros(self._size, dtype=np.uint8)
        for word in sorted(wanted, key=len, reverse=True):  # a long word leaves fewest texts
            own = np.full(self._size, _UNKNOWN)
            forgiven = min(most, _forgiven(word))
            words, typos = self._letters.nearly_beginning(word, forgiven) if forgiven else _NONE
            for errors in range(forgiven, 0, -1):
                own[self._rows[_runs(self._first, words[typos == errors])[0]]] = errors
            own[self._in(self._letters.beginning(word))] = 0
            total = np.minimum(total + own, _UNKNOWN)
            if not (total <= most).any():
                break
        rows = np.flatnonzero(total <= most)
        return rows, total[rows].astype(np.int64)

    def _in(self, words: slice) -> Rows:
        return self._rows[self._first[words.start] : self._first[words.stop]]


def _runs(first: Rows, rows: Rows) -> tuple[Rows, Rows]:
    """Everything in the runs ``first[row] .. first[row + 1]`` of some rows, and of each the position of its row."""
    count = first[rows + 1] - first[rows]
    of = np.repeat(np.arange(len(rows)), count)
    inside = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    return first[rows][of] + inside, of


def _forgiven(text: str) -> int:
    return 0 if len(text) < _ONE_TYPO else 1 if len(text) < _TWO_TYPOS else 2


def _far(wanted: list[str], texts: list[str]) -> Rows:
    """Typing errors between each of the wanted and each of the texts as wholes."""
    return np.asarray(process.cdist(wanted, texts, scorer=OSA.distance), dtype=np.int64)


def _far_words(wanted: list[str], texts: list[str]) -> Rows:
    """Typing errors between each of the wanted words and the word of a text that is nearest to it, added up."""
    words = [text.split(" ") for text in texts]
    starts = np.cumsum([0, *(len(own) for own in words)])[:-1]
    each = _far(wanted, [word for own in words for word in own])
    return np.asarray(np.minimum.reduceat(each, starts, axis=1).sum(axis=0), dtype=np.int64)


# --- the best of what agrees -----------------------------------------------------------------------------------------


def _agreement(grade: Grade, typos: Rows | int = 0, far: Rows | int = 0) -> Rows:
    """One number for how well a text agrees, smaller is better: grade, typing errors, distance of the whole text."""
    return np.asarray((int(grade) * 4 + np.asarray(typos, dtype=np.int64)) * (_FAR + 1) + far, dtype=np.int64)


def _graded(rows: Rows | slice, grade: Grade, inside: int = 0) -> tuple[Rows, Rows, Rows]:
    """Rows with their agreement, and whether they agree at the beginning (0) or at a word inside (1)."""
    numbers = np.arange(rows.start, rows.stop, dtype=np.int64) if isinstance(rows, slice) else rows
    return numbers, np.full(len(numbers), _agreement(grade)), np.full(len(numbers), inside, dtype=np.int64)


class _Found:
    """The best entries so far, each party by the best of its own."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.best: dict[int, tuple[int, _Texts, int]] = {}

    @property
    def full(self) -> bool:
        """Whether nothing that agrees less can come in."""
        return len(self.best) >= self._limit

    def take(self, texts: _Texts, rows: Rows, agreement: Rows, inside: Rows) -> None:
        """Take texts that agree; rows with their agreement and place, see `_graded`."""
        entries, of = texts.entries(rows)
        keys = ((agreement[of] * len(KINDS) + texts.kind[entries]) * 2 + inside[of]) * 2**33 + texts.place[entries]
        order = np.argsort(keys)
        first = np.sort(np.unique(texts.party[entries[order]], return_index=True)[1])
        for place in order[first[: self._limit]].tolist():
            party, key = int(texts.party[entries[place]]), int(keys[place])
            if party not in self.best or key < self.best[party][0]:
                self.best[party] = (key, texts, int(entries[place]))

    def ranked(self) -> list[tuple[_Texts, int, Grade]]:
        """The best entries in their order."""
        ordered = sorted(self.best.items(), key=lambda item: (item[1][0], item[0]))[: self._limit]
        unit = 4 * (_FAR + 1) * len(KINDS) * 2 * 2**33
        return [(texts, entry, Grade(key // unit)) for _, (key, texts, entry) in ordered]


# --- one index a graph -----------------------------------------------------------------------------------------------

_LOCK = threading.Lock()
#: Tables of the parties that are known by it, and the index.
_NEWEST: tuple[list[weakref.ref[pd.DataFrame]], Future[SearchIndex]] | None = None


def index_of(graph: Graph, patience: float = 0.0) -> SearchIndex | None:
    """Give the index of a graph; the first call begins to build it in the background.

    Parameters
    ----------
    graph : Graph
        What is believed. The index of one graph is kept, the last one asked for; it is that of any other with the same
        tables of parties too.
    patience : float
        Seconds to wait for it.

    Returns
    -------
    SearchIndex or None
        ``None`` while it is being built.
    """
    global _NEWEST  # noqa: PLW0603 - one index for all readers of the process
    parties = [graph[label] for label in ("Organization", "Facility")]
    with _LOCK:
        if _NEWEST is None or any(of() is not one for of, one in zip(_NEWEST[0], parties, strict=True)):
            building: Future[SearchIndex] = Future()
            threading.Thread(target=_build, args=(graph, building), daemon=True, name="search-index").start()
            _NEWEST = ([weakref.ref(one) for one in parties], building)
        waited = _NEWEST[1]
    try:
        return waited.result(timeout=patience)
    except TimeoutError:
        return None


def _build(graph: Graph, building: Future[SearchIndex]) -> None:
    try:
        building.set_result(SearchIndex(graph))
    except Exception as error:  # noqa: BLE001 - whoever asks for the index is told
        building.set_exception(error)


def findings_on(graph: Graph, day: str) -> dict[str, tuple[str, ...]]:
    """Categories of the findings that stand on a day and are about a party itself, by its id.

    An indicator about a good in a country is no finding on a party, and a match that waits for review is none either.
    """
    stand = standing(graph["Finding"], day)
    stand = stand[~stand["kind"].isin(list(INDICATORS))][["id", "category"]]
    about = graph["ABOUT"][["start", "end"]].merge(stand, left_on="start", right_on="id")
    found = about[["end", "category"]].dropna().drop_duplicates().sort_values(["end", "category"])
    return {str(party): tuple(own) for party, own in found.groupby("end")["category"]}

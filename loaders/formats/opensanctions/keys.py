"""What the words of OpenSanctions mean here: categories of findings, kinds of entities, schemes of numbers.

All of it is data: ``loaders/data/opensanctions_keys.csv`` says which program, dataset or topic is which category of
finding and why, ``opensanctions_schemata.csv`` which entities are kept and as what, ``opensanctions_identifiers.csv``
which properties are numbers in registers. What is not in a file is not concluded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from graph_core.model import Category
from loaders.data import table_rows

#: `Key.listed`: every record that bears the key is listed; only those with a Sanction entity are; nobody lists them.
ALWAYS, ACTIVE, NO = "always", "active", "no"


@dataclass(frozen=True)
class Key:
    """A word of OpenSanctions by which the category of a finding is told.

    Attributes
    ----------
    kind : str
        ``program`` (id of a program), ``text`` (part of a program's name), ``dataset`` or ``topic``.
    key : str
        The word.
    title : str
        Title of a dataset, as ``targets.simple.csv`` writes it in place of its name.
    category : str
        Category of the finding.
    listed : str
        `ALWAYS`, `ACTIVE` or `NO`.
    plain : bool
        Listings of the dataset name neither program nor reason.
    rank : int
        Place in the file: where several keys fit one listing, the first counts.
    """

    kind: str
    key: str
    title: str
    category: str
    listed: str
    plain: bool
    rank: int


@dataclass(frozen=True)
class Schema:
    """What an entity of a schema becomes.

    Attributes
    ----------
    record : str
        ``party``, ``edge`` or ``listing``.
    role : str
        Role of a party.
    start, end : str
        Properties that name the two ends of an edge; ``start`` names the party of a listing.
    kind : str
        Kind of the holding that an edge becomes (`graph_core.model.Holding`).
    """

    record: str
    role: str
    start: str
    end: str
    kind: str


@cache
def keys() -> dict[str, dict[str, Key]]:
    """Keys by kind and word; words are in lower case."""
    found: dict[str, dict[str, Key]] = {"program": {}, "text": {}, "dataset": {}, "topic": {}}
    for rank, row in enumerate(table_rows("opensanctions_keys")):
        key = Key(row["kind"], row["key"], row["title"], row["category"], row["listed"], bool(row["plain"]), rank)
        found[key.kind][key.key.casefold()] = key
    return found


@cache
def titles() -> dict[str, str]:
    """Name of a dataset by its title in lower case."""
    return {key.title.casefold(): key.key for key in keys()["dataset"].values() if key.title}


@cache
def schemata() -> dict[str, Schema]:
    """What is kept, by the name of the schema."""
    return {
        r["schema"]: Schema(r["record"], r["role"], r["start"], r["end"], r["kind"])
        for r in table_rows("opensanctions_schemata")
    }


@cache
def schemes() -> dict[str, str]:
    """Scheme of the numbers in a property."""
    return {row["property"]: row["scheme"] for row in table_rows("opensanctions_identifiers")}


@cache
def collections() -> frozenset[str]:
    """Names of collections of datasets."""
    return frozenset(row["name"] for row in table_rows("opensanctions_collections"))


def listing_key(programs: Iterable[str], texts: Iterable[str], datasets: Iterable[str]) -> Key | None:
    """The first key that fits one listing.

    Parameters
    ----------
    programs, texts, datasets : iterable of str
        Ids of its programs, their names, and the datasets that hold it.

    Returns
    -------
    Key or None
        ``None`` where the listing itself does not say what it is about.
    """
    known = keys()
    fitting = [known["program"][p.casefold()] for p in programs if p.casefold() in known["program"]]
    folded = [text.casefold() for text in texts]
    fitting += [key for word, key in known["text"].items() if any(word in text for text in folded)]
    fitting += [known["dataset"][d] for d in datasets if d in known["dataset"]]
    return min(fitting, key=lambda key: key.rank, default=None)


def implied(topics: Collection[str], programs: Iterable[str], datasets: Collection[str]) -> dict[str, list[Key]]:
    """What is said of a party by its own topics, programs and datasets, without any listing.

    Parameters
    ----------
    topics, programs, datasets : iterable of str
        As the party has them.

    Returns
    -------
    dict
        Category -> the keys that say so. A dataset says so only of a party with the topic ``sanction``: companies near
        the listed ones stand in it too; and one that also holds listings which have ended only of a party that is in no
        other dataset. That topic is no sanction by itself where all datasets of the party have a category of their
        own: lists about forced labour carry it too.
    """
    known = keys()
    found = [known["topic"][t] for t in topics if t in known["topic"]]
    found += [known["program"][p.casefold()] for p in programs if p.casefold() in known["program"]]
    lists = [known["dataset"][d] for d in datasets if d in known["dataset"]]
    if "sanction" in topics:
        found += [key for key in lists if key.listed == ALWAYS or len(datasets) == 1]
    if datasets and len(lists) == len(datasets):
        found = [key for key in found if (key.kind, key.key) != ("topic", "sanction")] or found
    out: dict[str, list[Key]] = {}
    for key in sorted(found, key=lambda key: key.rank):
        out.setdefault(key.category, []).append(key)
    return out


def category_by_subject(datasets: Collection[str], topics: Collection[str] | None, origin: Collection[str]) -> str:
    """Category of a listing that does not say itself what it is about.

    Parameters
    ----------
    datasets : collection of str
        Datasets that hold the listing.
    topics : collection of str or None
        Topics of its party; ``None`` where the party is not in the file.
    origin : collection of str
        Datasets that hold the party.

    Returns
    -------
    str
        Forced labour only where party and listing come from one and the same dataset, so that the topic cannot be
        that of another list; else what the party's other topics say first.
    """
    if topics is None:
        return Category.SANCTION
    found = sorted((keys()["topic"][t] for t in topics if t in keys()["topic"]), key=lambda key: key.rank)
    forced = [key for key in found if key.category == Category.FORCED_LABOUR]
    if forced and len(datasets) == 1 and set(datasets) == set(origin):
        return Category.FORCED_LABOUR
    others = [key for key in found if key.category != Category.FORCED_LABOUR]
    return others[0].category if others else Category.OTHER


def has_key(categories: Mapping[str, list[Key]], category: str, listed: str) -> bool:
    """Whether one of the keys of a category has this `Key.listed`."""
    return any(key.listed == listed for key in categories.get(category, []))

"""The audit trail: who changed what, when and from where, as a chain that shows where an entry is missing or changed.

Whatever changes what a store holds is noted in the transaction that changes it, so that neither stands without the
other. Each entry holds the hash of the one before it, and the store knows the last one. This shows accidents and
tampering with single entries. It is no proof against whoever owns the server: they can write the whole chain anew. A
hash that was noted elsewhere shows that too (`verify`).
"""

from __future__ import annotations

import getpass
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from graph_core.errors import VerificationError
from graph_core.text import printable

#: Where an act came from.
COMMAND_LINE, APP, APP_STATED, PYTHON = "command line", "app", "app, name stated", "Python"
#: Columns of the trail for people, as `Entry` has them.
COLUMNS = ("seq", "at", "name", "role", "via", "what", "subject", "detail", "state", "records", "previous", "hash")
_LONGEST = {"name": 200, "role": 20, "via": 40, "what": 100, "subject": 400, "detail": 600}


class State(StrEnum):
    """How far an act was when it was noted."""

    DONE = "done"
    #: What happens outside the store is noted before and after; a beginning without an end was cut short.
    BEGUN = "begun"
    FAILED = "failed"


@dataclass(frozen=True)
class Act:
    """What somebody does.

    Attributes
    ----------
    name, role : str
        Who: the name of the sign-in, the one that was stated, or the login; and what they may do here.
    via : str
        From where: ``COMMAND_LINE``, ``APP`` (signed in), ``APP_STATED``, or ``PYTHON``.
    what : str
        In a few words, such as ``load``.
    subject : str
        Ids or names of what it is done to; empty: the sources that it writes.
    detail : str
        Anything that whoever reads the trail should know; neither secrets nor paths.
    """

    name: str
    role: str
    via: str
    what: str
    subject: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Entry:
    """One link of the chain.

    Attributes
    ----------
    seq : int
        Its number, from 1 without gaps.
    at : str
        When, by the clock of the machine that acted (ISO, UTC).
    name, role, via, what, subject, detail : str
        As in `Act`, made printable and shortened.
    state : str
        A value of `State`.
    records : int
        Version of the records (`graph_core.store.base.StoreVersion`) after it.
    previous : str
        Hash of the entry before; of the first one, the id of the store.
    hash : str
        SHA-256 of all of the above.
    """

    seq: int
    at: str
    name: str
    role: str
    via: str
    what: str
    subject: str
    detail: str
    state: str
    records: int
    previous: str
    hash: str = ""

    def hashed(self) -> str:
        """The hash that belongs to what it says."""
        said = {key: value for key, value in asdict(self).items() if key != "hash"}
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Trail:
    """The whole trail of a store.

    Attributes
    ----------
    store : str
        Id of the store.
    last, head : int, str
        Number and hash of the last entry, as the store remembers them; 0 and the id of the store where there is none.
    entries : list of Entry
        Oldest first.
    """

    store: str
    last: int
    head: str
    entries: list[Entry]


class Noting:
    """An act on its way, and how many entries it has made."""

    def __init__(self, act: Act) -> None:
        self.act = act
        self.entries = 0


_NOW: ContextVar[Noting | None] = ContextVar("tiertrace_act", default=None)


def login() -> str:
    """Login of whoever runs this program."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a process without a name, as in some containers
        return "unknown"


@contextmanager
def acting(act: Act) -> Iterator[Noting]:
    """Say who does what: all that this thread writes within the block is noted as that."""
    noting = Noting(act)
    token = _NOW.set(noting)
    try:
        yield noting
    finally:
        _NOW.reset(token)


@contextmanager
def about(subject: str, detail: str = "", what: str = "") -> Iterator[Noting]:
    """Say more of what is being done: its subject, and if wanted a detail and a better word for it."""
    act = current().act
    with acting(replace(act, subject=subject, detail=detail or act.detail, what=what or act.what)) as noting:
        yield noting


def current() -> Noting:
    """What is being done; where nobody said, a change by whoever runs the program."""
    return _NOW.get() or Noting(Act(login(), "", PYTHON, "change"))


def entry(act: Act, state: State, *, seq: int, records: int, previous: str, subject: str = "") -> Entry:
    """Make the next entry of a chain.

    Parameters
    ----------
    act : Act
        Who does what.
    state : State
        How far it is.
    seq, records, previous
        As in `Entry`.
    subject : str
        Where the act names none.
    """
    said = asdict(act) | ({} if act.subject else {"subject": subject})
    texts = {key: _short(value, _LONGEST[key]) for key, value in said.items()}
    made = Entry(seq=seq, at=moment(), state=str(state), records=records, previous=previous, **texts)
    return replace(made, hash=made.hashed())


def moment() -> str:
    """Now, ISO with the offset from UTC, as all that people do is dated."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _short(text: str, longest: int) -> str:
    text = printable(" ".join(text.split()))
    return text if len(text) <= longest else text[: longest - 2] + " …"


def verify(trail: Trail, expected: str = "") -> None:
    """Check that no entry was changed, removed, added or moved.

    Parameters
    ----------
    trail : Trail
        As the store gives it.
    expected : str
        Hash of an entry that was noted elsewhere, or its beginning: one of that hash has to be there.

    Raises
    ------
    VerificationError
        Naming the first entry that does not fit.
    """
    previous = trail.store
    for number, one in enumerate(trail.entries, start=1):
        if one.seq != number:
            raise VerificationError(
                f"entry {number} of the audit trail is missing; the next that is there is {one.seq}"
            )
        if one.hash != one.hashed():
            raise VerificationError(f"entry {number} of the audit trail was changed: it is not what its hash says")
        if one.previous != previous:
            raise VerificationError(
                f"entry {number} of the audit trail does not follow the one before it: one of them was replaced"
            )
        previous = one.hash
    if (len(trail.entries), previous) != (trail.last, trail.head):
        raise VerificationError(
            f"the audit trail ends at entry {len(trail.entries)}, and the store remembers {trail.last} entries: "
            "its end was removed or replaced"
        )
    if expected and not any(one.hash.startswith(expected) for one in trail.entries):
        raise VerificationError(
            f"no entry of the audit trail has the hash {expected!r}: the trail was written anew since it was noted, or "
            "it belongs to another store"
        )

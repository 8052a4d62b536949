"""Who uses the app, what they may do, and what they did.

With a sign-in (``secrets.toml`` and ``people.toml`` in the home, `graph_core.roles`) name and role come from there.
Without one the app is for the one person at this machine, who states a name; whoever else reaches it may only look.
Every change goes through `writing`, which checks the role on the server and notes the act in the audit trail.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from graph_core import audit
from graph_core.errors import RefusedError, StoreBusyError
from graph_core.roles import PEOPLE, People, Role, read_people
from graph_core.serve import loopback
from graph_core.settings import Settings
from graph_core.ui import state
from graph_core.workspace import Store, Workspace

_LONGEST_NAME = 80
#: Seconds that one waits for another person's act to end.
_PATIENCE = 20.0
_WRITING = threading.RLock()
#: What is being done just now, for the message to who waits.
_DOING: list[audit.Act] = []
_MAY = {
    Role.VIEWER: "You may look at everything and change nothing.",
    Role.ANALYST: "You may load, judge, plan and build snapshots.",
    Role.ADMIN: "You may change everything, and read the audit trail.",
}
#: Headers that a proxy leaves: whoever asks sits elsewhere.
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via")


@dataclass(frozen=True)
class Person:
    """Who is looking at the page.

    Attributes
    ----------
    name : str
        From the sign-in, else as stated.
    role : {"viewer", "analyst", "admin"}
        A viewer reads, an analyst also writes, an admin also reads who did what.
    """

    name: str
    role: Role


def me() -> Person:
    """The person of this session.

    Raises
    ------
    RefusedError
        Nobody is signed in where one has to be, or nobody gave this person a role.
    InputError
        The file of roles cannot be used.
    """
    claims = _claims()
    if claims is None:
        stated = st.session_state.get("person_name", "")
        name = stated if _usable(stated) else audit.login()
        return Person(name, Role.ADMIN if _at_this_machine() and not Settings().read_only else Role.VIEWER)
    people = _people()
    if not claims.get("is_logged_in") or people.expired(claims):
        raise RefusedError("sign in first")
    role = people.role_of(claims)
    if role is None:
        raise RefusedError(f"{_name(claims)} is signed in and has no role here; ask an admin to add you to {PEOPLE}")
    return Person(_name(claims), Role.VIEWER if Settings().read_only else role)


def stay() -> None:
    """Run the whole page anew where the person may no longer look; called by parts that run by themselves."""
    try:
        me()
    except RefusedError:
        st.rerun()


def may_write() -> bool:
    """Whether the person may change anything."""
    return me().role is not Role.VIEWER


def writing(what: str, subject: str, detail: str = "") -> AbstractContextManager[Store]:
    """Open the store for writing, for one act of the person; it is noted in the audit trail.

    Who acts is settled by the call; the block may run in another thread, as a job does. Two acts never run at once.

    Parameters
    ----------
    what : str
        What is done, such as ``match accepted``.
    subject : str
        Id or name of what it is done to.
    detail : str
        Anything that whoever reads the audit trail should know; no secrets, no paths.

    Raises
    ------
    RefusedError
        The person may only read.
    StoreBusyError
        What somebody else does takes longer than one can wait (raised by the block).
    """
    person = me()
    if person.role is Role.VIEWER:
        act = " ".join(part for part in (what, subject, detail) if part)
        raise RefusedError(
            f"{person.name} may look at everything here and change nothing ({act}); ask an admin for rights"
        )
    via = audit.APP_STATED if _claims() is None else audit.APP
    return _written(audit.Act(person.name, str(person.role), via, what, subject, detail), state.workspace())


@contextmanager
def _written(act: audit.Act, workspace: Workspace) -> Iterator[Store]:
    if not _WRITING.acquire(timeout=_PATIENCE):
        doing = next((f"{one.name} ({one.what})" for one in _DOING[-1:]), "somebody else")
        raise StoreBusyError(f"{doing} is changing the store just now; try again when that is done")
    try:
        _DOING.append(act)
        with audit.acting(act) as noting, workspace.writing() as store:
            yield store
            if not noting.entries:  # nothing in the store changed: it was done beside it
                store.note()
    finally:
        _DOING.remove(act)
        _WRITING.release()


# --- who is it ----------------------------------------------------------------------------------------------------


def _claims() -> Mapping[str, Any] | None:
    """What the sign-in says of the person; ``None`` where the app has none."""
    claims = dict(st.user.to_dict())
    return claims if "is_logged_in" in claims else None


def _name(claims: Mapping[str, Any]) -> str:
    """Name and address: two people may be called the same."""
    name, email = (str(claims.get(key) or "").strip() for key in ("name", "email"))
    return f"{name} <{email}>" if name and email else name or email or str(claims.get("sub") or "unknown")


def _people() -> People:
    path = Settings().home / PEOPLE
    changed = path.stat().st_mtime_ns if path.exists() else 0
    return _read(path, changed)


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> People:
    return read_people(path)


def _usable(name: str) -> bool:
    return bool(name.strip()) and name.isprintable() and len(name) <= _LONGEST_NAME


def _at_this_machine() -> bool:
    """Whether the app listens to this machine alone and was asked from it, through nobody else."""
    elsewhere = [st.context.ip_address, *(st.context.headers.get(name) for name in _FORWARDED)]
    # Streamlit gives no address where the app was asked from this machine.
    return loopback(str(st.get_option("server.address") or "")) and not any(isinstance(one, str) for one in elsewhere)


# --- what is shown of it ------------------------------------------------------------------------------------------


def admitted() -> bool:
    """Let the person in, or show how to get in; nothing else may be shown then."""
    claims = _claims()
    if claims is None:
        return True
    people = _people()
    if claims.get("is_logged_in") and not people.expired(claims):
        if people.role_of(claims) is not None:
            return True
        st.subheader("You have no role here", anchor=False)
        st.text(f"You are signed in as {_name(claims)}. An admin can add your address or one of your groups.")
        st.button("Sign out", icon=":material/logout:", on_click=st.logout)
        return False
    again = bool(claims.get("is_logged_in"))
    st.subheader("Sign in again" if again else "Sign in", anchor=False)
    st.text(
        f"Your sign-in is older than {people.hours:g} hours." if again else "What is shown here is not for everyone."
    )
    st.button("Sign in", icon=":material/login:", on_click=st.login)
    return False


def corner() -> None:
    """Show name and role in the top bar, and below them how to change who one is."""
    person, claims = me(), _claims()
    label = f"{in_label(person.name)} · {person.role}"
    with st.popover(label, icon=":material/account_circle:", key="person_menu", width="content"):
        st.caption(_MAY[person.role])
        if claims is not None:
            st.text(person.name)
            st.button("Sign out", icon=":material/logout:", on_click=st.logout)
            return
        st.text_input(
            "Your name",
            placeholder=audit.login(),
            key="person_name",
            max_chars=_LONGEST_NAME,
            help="Stands beside what you do in the audit trail, as a name that was stated.",
        )
        if person.role is Role.ADMIN:
            st.caption("There is no sign-in: only this machine reaches the app, and whoever sits here may do all.")
        else:
            st.caption("There is no sign-in: everyone may look, nobody may change. Changes need the command line.")


def in_label(name: str) -> str:
    """A name for a label, in which Markdown is live: no sign of it stays."""
    short = name.partition(" <")[0] or name
    return "".join(sign if sign.isalnum() or sign in " .,'-" else "·" for sign in short)[:30]

"""Who uses the app, and what they may do."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from graph_core.errors import RefusedError
from graph_core.ui import state
from graph_core.workspace import Store

Role = Literal["viewer", "analyst", "admin"]


@dataclass(frozen=True)
class Person:
    """Who is looking at the page.

    Attributes
    ----------
    name : str
        From the sign-in, else as stated.
    role : {"viewer", "analyst", "admin"}
        A viewer reads, an analyst also writes, an admin also decides who may.
    """

    name: str
    role: Role


def me() -> Person:
    """The person of this session."""
    return Person(st.session_state.get("person_name") or getpass.getuser(), "admin")


def may_write() -> bool:
    """Whether the person may change anything."""
    return me().role != "viewer"


@contextmanager
def writing(what: str, subject: str, detail: str = "") -> Iterator[Store]:
    """Open the store for writing, for one act of the person.

    Parameters
    ----------
    what : str
        What is done, such as ``match accepted``.
    subject : str
        Id or name of what it is done to.
    detail : str
        Anything that whoever reads the audit trail should know; no secrets.

    Raises
    ------
    RefusedError
        The person may only read.
    """
    if not may_write():
        act = " ".join(part for part in (what, subject, detail) if part)
        raise RefusedError(
            f"{me().name} may look at everything here and change nothing ({act}); ask an admin for rights"
        )
    with state.workspace().writing() as store:
        yield store

"""Who may do what in the app: roles, and the file that gives them to e-mail addresses and groups of a sign-in.

``people.toml`` in the home::

    groups_claim = "groups"  # claim of the sign-in that lists groups; this is the default
    hours = 12  # after which people sign in again; this is the default
    everyone = "viewer"  # role of who is signed in and named nowhere; without it they see nothing

    [admin]
    emails = ["ana@example.org"]

    [analyst]
    groups = ["due-diligence"]

The sign-in itself stands in ``secrets.toml`` beside it, as Streamlit reads it. Neither holds a password of a person.
"""

from __future__ import annotations

import re
import stat
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from graph_core.errors import InputError, UsageError

#: Names of the two files in the home.
PEOPLE, SECRETS = "people.toml", "secrets.toml"
_SETTINGS = ("groups_claim", "hours", "everyone")
_LISTS = ("emails", "groups")
#: What Streamlit needs to send somebody to a sign-in and back.
_NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
#: Libraries of the extra, which Streamlit imports.
_PARTS = ("authlib", "httpx")
#: Shortest secret that signs cookies.
_SHORTEST_SECRET = 32


class Role(StrEnum):
    """What a person may do; each may also do what those before may."""

    #: Look at everything on the pages, and run the queries of the catalogue.
    VIEWER = "viewer"
    #: Load, judge, plan, build snapshots, and run Cypher of their own.
    ANALYST = "analyst"
    #: Read the audit trail.
    ADMIN = "admin"


@dataclass(frozen=True)
class People:
    """What a ``people.toml`` says.

    Attributes
    ----------
    emails, groups : mapping of str to Role
        In small letters; the highest role where several are given.
    groups_claim : str
        Name of the claim that lists groups.
    hours : float
        After so many hours a sign-in counts no longer.
    everyone : Role or None
        Role of who is signed in and named nowhere.
    """

    emails: Mapping[str, Role]
    groups: Mapping[str, Role]
    groups_claim: str = "groups"
    hours: float = 12.0
    everyone: Role | None = None

    def role_of(self, claims: Mapping[str, Any]) -> Role | None:
        """Role of whoever has these claims; ``None`` for nobody we know.

        An address that the sign-in itself calls unverified gives no role, since people may write there what they like.
        """
        found = [self.everyone]
        email = claims.get("email")
        if isinstance(email, str) and claims.get("email_verified") is not False:
            found.append(self.emails.get(email.casefold()))
        groups = claims.get(self.groups_claim)
        listed = [groups] if isinstance(groups, str) else groups if isinstance(groups, (list, tuple)) else []
        found += [self.groups.get(str(group).casefold()) for group in listed]
        return max((role for role in found if role is not None), key=list(Role).index, default=None)

    def expired(self, claims: Mapping[str, Any], now: datetime | None = None) -> bool:
        """Whether a sign-in is too old; one that does not say when it was (claim ``iat``) is."""
        begun = claims.get("iat")
        if isinstance(begun, bool) or not isinstance(begun, (int, float)):
            return True
        return (now or datetime.now(UTC)).timestamp() - begun > self.hours * 3600


def read_people(path: Path) -> People:
    """Read a ``people.toml``.

    Raises
    ------
    InputError
        It cannot be read, or something in it is not as it should be; file and line are named.
    """
    text, found = _toml(path)
    reading = _Reading(path, text)
    for key, value in found.items():
        if key not in (*_SETTINGS, *Role):
            raise reading.fault(key, f"{key!r} is unknown; write {', '.join((*_SETTINGS, *Role))}")
        if key in list(Role) and not isinstance(value, dict):
            raise reading.fault(key, f"{key} is a section: write [{key}], and below it emails or groups")
    lists: dict[str, dict[str, Role]] = {name: {} for name in _LISTS}
    for role in Role:  # the highest last: it wins
        for name, values in found.get(role, {}).items():
            for value in reading.texts(role, name, values):
                lists[name][value.casefold()] = role
    everyone = found.get("everyone")
    if everyone is not None and everyone not in list(Role):
        raise reading.fault("everyone", f"everyone = {everyone!r} is no role; write {', '.join(Role)}")
    hours = found.get("hours", 12)
    if isinstance(hours, bool) or not isinstance(hours, (int, float)) or not 0 < hours <= 24 * 30:
        raise reading.fault("hours", f"hours = {hours!r} is no number of hours up to 720")
    claim = found.get("groups_claim", "groups")
    if not isinstance(claim, str) or not claim:
        raise reading.fault("groups_claim", f"groups_claim = {claim!r} is no name of a claim")
    if everyone is None and not any(lists.values()):
        raise InputError(f"{path} gives nobody a role; name e-mail addresses or groups below [admin] or [analyst]")
    return People(lists["emails"], lists["groups"], claim, float(hours), Role(everyone) if everyone else None)


class _Reading:
    """A file that is being read, for messages with the line."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._lines = path, text.splitlines()

    def fault(self, key: str, message: str, section: str = "") -> InputError:
        begin = 0
        if section:
            begin = next((i for i, line in enumerate(self._lines) if line.strip().startswith(f"[{section}]")), 0)
        wanted = re.compile(rf"\s*\[?\s*[\"']?{re.escape(key)}[\"']?\s*[\]=.]")
        line = next((i for i, text in enumerate(self._lines) if i >= begin and wanted.match(text)), begin)
        return InputError(f"{self._path}, line {line + 1}: {message}")

    def texts(self, role: str, name: str, values: Any) -> list[str]:
        if name not in _LISTS:
            raise self.fault(name, f"{name!r} is unknown below [{role}]; write emails or groups", role)
        if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
            raise self.fault(name, f'{name} is a list of texts, such as ["..."]', role)
        for value in values:
            if name == "emails" and not re.fullmatch(r"[^@\s]+@[^@\s]+", value.strip()):
                raise self.fault(name, f"{value!r} is no e-mail address", role)
        return [value.strip() for value in values]


@dataclass(frozen=True)
class SignIn:
    """What may be known of a sign-in: the address to which people come back from it."""

    redirect_uri: str


def sign_in(home: Path) -> SignIn | None:
    """Settings of the sign-in of a home, checked; ``None`` where there is none.

    Raises
    ------
    InputError
        A file cannot be used, or lets others read its secrets.
    UsageError
        The parts of the program that a sign-in needs are not installed.
    """
    path = home / SECRETS
    if not path.exists():
        if (home / PEOPLE).exists():
            raise InputError(f"{home / PEOPLE} gives roles, but {path} with the sign-in is missing")
        return None
    _, found = _toml(path)
    auth = found.get("auth")
    if not isinstance(auth, dict):
        raise InputError(f"{path} has no section [auth]; the sign-in stands there")
    if missing := [key for key in _NEEDED if not isinstance(auth.get(key), str) or not auth[key]]:
        raise InputError(f"{path}: [auth] lacks {', '.join(missing)}")
    if len(auth["cookie_secret"]) < _SHORTEST_SECRET:
        raise InputError(
            f"{path}: cookie_secret is shorter than {_SHORTEST_SECRET} characters; make one with "
            '`python -c "import secrets; print(secrets.token_hex(32))"`'
        )
    if not auth["redirect_uri"].endswith("/oauth2callback"):
        raise InputError(f"{path}: redirect_uri ends with /oauth2callback, at the address people use")
    if sys.platform != "win32" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise InputError(f"{path} holds secrets and others on this machine may read it; run `chmod 600 {path}`")
    if not all(map(find_spec, _PARTS)):
        raise UsageError("a sign-in needs the extra `sign-in`: pip install 'tiertrace[sign-in]'")
    read_people(home / PEOPLE)
    return SignIn(auth["redirect_uri"])


def _toml(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except FileNotFoundError:
        raise InputError(f"{path} is missing; it says who may do what (docs/people.md)") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: {error}") from None  # it names line and column, and no value

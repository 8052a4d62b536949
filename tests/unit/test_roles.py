"""Who gets which role, and what is said of a file that does not say it."""

from __future__ import annotations

import stat
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from graph_core import roles
from graph_core.errors import InputError, UsageError
from graph_core.roles import People, Role, read_people, sign_in

PEOPLE = """
hours = 8
groups_claim = "teams"

[viewer]
groups = ["everyone"]

[analyst]
emails = ["Ana@Example.org", "both@example.org"]
groups = ["Due Diligence"]

[admin]
emails = ["both@example.org"]
groups = ["owners"]
"""
SECRETS = """
[auth]
redirect_uri = "https://tiertrace.example.org/oauth2callback"
cookie_secret = "0123456789abcdef0123456789abcdef"
client_id = "tiertrace"
client_secret = "s3cret-of-the-client"
server_metadata_url = "https://login.example.org/.well-known/openid-configuration"
"""


@pytest.fixture
def people(tmp_path: Path) -> People:
    (tmp_path / "people.toml").write_text(PEOPLE)
    return read_people(tmp_path / "people.toml")


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"email": "ana@example.org"}, Role.ANALYST),
        ({"email": "ANA@EXAMPLE.ORG", "email_verified": True}, Role.ANALYST),
        ({"email": "ana@example.org", "email_verified": False}, None),
        ({"email": "both@example.org"}, Role.ADMIN),
        ({"email": "ana@example.org.evil.test"}, None),
        ({"email": "eve@example.org"}, None),
        ({"email": ["ana@example.org"]}, None),
        ({"teams": ["due diligence", "x"]}, Role.ANALYST),
        ({"teams": "owners"}, Role.ADMIN),
        ({"teams": ["everyone", "owners"], "email": "ana@example.org"}, Role.ADMIN),
        ({"teams": {"owners": True}}, None),
        ({"groups": ["owners"]}, None),
        ({}, None),
    ],
)
def test_a_role_comes_from_address_and_groups(people: People, claims: dict[str, object], role: Role | None) -> None:
    assert people.role_of(claims) == role


def test_everyone_who_is_signed_in_can_be_given_a_role(tmp_path: Path) -> None:
    (tmp_path / "people.toml").write_text('everyone = "viewer"\n[admin]\nemails = ["a@b"]\n')
    people = read_people(tmp_path / "people.toml")
    assert people.role_of({"email": "x@y"}) is Role.VIEWER
    assert people.role_of({"email": "a@b"}) is Role.ADMIN


@pytest.mark.parametrize(
    ("begun", "expired"),
    [(1_000_000, False), (1_000_001 - 8 * 3600, False), (999_999 - 8 * 3600, True), (None, True), ("x", True)],
)
def test_a_sign_in_grows_old(people: People, begun: object, expired: bool) -> None:
    assert people.expired({"iat": begun}, datetime.fromtimestamp(1_000_000, UTC)) is expired


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('[admin]\nemails = ["a@b"]\n\n[boss]\n', 4, "'boss' is unknown"),
        ('[admin]\nemails = ["a@b"]\n[analyst]\nemails = "c@d"\n', 4, "emails is a list of texts"),
        ('[admin]\nemails = ["a@b", "nobody"]\n', 2, "'nobody' is no e-mail address"),
        ('[admin]\nmail = ["a@b"]\n', 2, "'mail' is unknown below [admin]"),
        ('hours = 0\n[admin]\nemails = ["a@b"]\n', 1, "hours = 0"),
        ('hours = true\n[admin]\nemails = ["a@b"]\n', 1, "hours = True"),
        ('\neveryone = "king"\n', 2, "'king' is no role"),
        ('admin = ["a@b"]\n', 1, "admin is a section"),
        ('groups_claim = ""\n[admin]\nemails = ["a@b"]\n', 1, "no name of a claim"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    path = tmp_path / "people.toml"
    path.write_text(text)
    with pytest.raises(InputError) as told:
        read_people(path)
    assert str(told.value).startswith(f"{path}, line {line}: ")
    assert message in str(told.value)


def test_broken_and_missing_files_are_told(tmp_path: Path) -> None:
    path = tmp_path / "people.toml"
    with pytest.raises(InputError, match="is missing"):
        read_people(path)
    path.write_text("[admin\n")
    with pytest.raises(InputError, match="line 1"):
        read_people(path)
    path.write_text("[admin]\n")
    with pytest.raises(InputError, match="gives nobody a role"):
        read_people(path)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "people.toml").write_text(PEOPLE)
    (tmp_path / "secrets.toml").write_text(SECRETS)
    (tmp_path / "secrets.toml").chmod(0o600)
    return tmp_path


def test_a_sign_in_is_found_and_tells_no_secret(home: Path) -> None:
    found = sign_in(home)
    assert found is not None
    assert found.redirect_uri == "https://tiertrace.example.org/oauth2callback"
    assert "s3cret" not in repr(found)


def test_without_files_there_is_none(tmp_path: Path) -> None:
    assert sign_in(tmp_path) is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[auth]", "[other]", r"no section \[auth\]"),
        ('client_id = "tiertrace"\n', "", "lacks client_id"),
        ("0123456789abcdef0123456789abcdef", "short", "cookie_secret is shorter"),
        ("/oauth2callback", "/", "ends with /oauth2callback"),
        ("client_secret = ", "client_secret = [", "secrets.toml: "),
    ],
)
def test_a_sign_in_that_cannot_work_is_refused_and_no_secret_told(home: Path, old: str, new: str, message: str) -> None:
    path = home / "secrets.toml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InputError, match=message) as told:
        sign_in(home)
    assert "s3cret" not in str(told.value)


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files")
def test_secrets_that_others_may_read_are_refused(home: Path) -> None:
    (home / "secrets.toml").chmod(0o640)
    with pytest.raises(InputError, match="chmod 600"):
        sign_in(home)
    assert stat.S_IMODE((home / "secrets.toml").stat().st_mode) == 0o640


def test_roles_without_a_sign_in_and_a_sign_in_without_roles_are_refused(home: Path) -> None:
    (home / "secrets.toml").rename(home / "elsewhere")
    with pytest.raises(InputError, match=r"secrets\.toml with the sign-in is missing"):
        sign_in(home)
    (home / "elsewhere").rename(home / "secrets.toml")
    (home / "people.toml").unlink()
    with pytest.raises(InputError, match=r"people\.toml is missing"):
        sign_in(home)


def test_a_sign_in_without_its_libraries_names_the_extra(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roles, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match="sign-in"):
        sign_in(home)

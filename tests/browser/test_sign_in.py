"""Signing in and out in a real browser, with a provider on this machine; nothing secret is written anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.oidc import CLIENT, SECRET, Provider, provider
from tests.browser.serving import ROOT, free_port, served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]
COOKIE_SECRET = "a secret that signs the cookies of this test"


@pytest.fixture(scope="module")
def signing_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Provider, Path]]:
    """Address of an app that asks for a sign-in, who gives it, and what the app wrote to where it was started."""
    folder = tmp_path_factory.mktemp("signing in")
    home, log, port = folder / "home", folder / "log", free_port()
    home.mkdir(mode=0o700)
    with provider() as one:
        (home / "secrets.toml").write_text(
            f'[auth]\nredirect_uri = "http://localhost:{port}/oauth2callback"\ncookie_secret = "{COOKIE_SECRET}"\n'
            f'client_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n'
            f'server_metadata_url = "{one.issuer}/.well-known/openid-configuration"\n'
        )
        (home / "secrets.toml").chmod(0o600)
        (home / "people.toml").write_text(
            '[admin]\ngroups = ["owners"]\n[analyst]\nemails = ["ana@example.org"]\n'
            '[viewer]\nemails = ["vic@example.org"]\n'
        )
        with served(home, ROOT / "tests" / "ui" / "network", port=port, log=log):
            yield f"http://localhost:{port}", one, log


def sign_in(page, address: str, one: Provider, **claims: object) -> None:
    one.claims = claims
    page.goto(f"{address}/cypher")
    page.get_by_role("heading", name="Sign in").wait_for()
    assert page.get_by_text("Fictional").count() == 0, "nothing is shown before"
    page.get_by_role("button", name="Sign in").click()


def test_an_analyst_signs_in_and_out(new_page, signing_in) -> None:
    address, one, log = signing_in
    page = new_page()
    sign_in(page, address, one, name="Ana", email="ana@example.org")
    page.get_by_text("Ana · analyst").wait_for()
    page.goto(f"{address}/cypher?ask=own+statement")
    page.get_by_label("One reading statement").wait_for()
    page.get_by_text("Ana · analyst").click()
    page.get_by_text("Ana <ana@example.org>").wait_for()
    page.get_by_text("Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    written = log.read_text()
    assert "People sign in" in written
    for secret in (SECRET, COOKIE_SECRET):
        assert secret not in written


def test_a_viewer_writes_no_statement_and_a_hostile_name_stays_text(new_page, signing_in) -> None:
    address, one, _ = signing_in
    page = new_page()
    sign_in(page, address, one, name="<img src=x onerror=window.hacked=1>", email="vic@example.org")
    page.get_by_text("· viewer").wait_for()
    page.goto(f"{address}/cypher?ask=own+statement")
    page.get_by_text("need the role analyst").wait_for()
    assert page.get_by_label("One reading statement").count() == 0
    assert page.evaluate("window.hacked") is None


def test_a_group_makes_an_admin(new_page, signing_in) -> None:
    address, one, _ = signing_in
    page = new_page()
    sign_in(page, address, one, name="Olga", email="olga@example.org", groups=["owners"])
    page.get_by_text("Olga · admin").wait_for()


@pytest.mark.parametrize(
    "claims", [{"email": "eve@example.org"}, {"email": "ana@example.org", "email_verified": False}]
)
def test_who_has_no_role_sees_nothing(new_page, signing_in, claims) -> None:
    address, one, _ = signing_in
    page = new_page()
    sign_in(page, address, one, name="Eve", **claims)
    page.get_by_role("heading", name="You have no role here").wait_for()
    assert page.get_by_text("Fictional").count() == 0


def test_a_cookie_that_somebody_made_up_lets_nobody_in(new_page, signing_in) -> None:
    address, _, _ = signing_in
    page = new_page()
    page.context.add_cookies(
        [{"name": "_streamlit_user", "value": '{"is_logged_in":true,"email":"ana@example.org"}', "url": address}]
    )
    page.goto(address)
    page.get_by_role("heading", name="Sign in").wait_for()

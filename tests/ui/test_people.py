"""Who may do what in the app: by a sign-in, without one, and refused on the server whatever a page shows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from graph_core import audit
from graph_core.audit import Act, State, Trail, current, entry
from graph_core.errors import RefusedError, StoreBusyError
from graph_core.roles import Role
from graph_core.ui import people
from tests.hostile import TEXTS
from tests.ui.real_store import counting

ROOT = Path(__file__).parents[2]
NOW = 1_700_000_000
ANA = {"is_logged_in": True, "name": "Ana", "email": "ana@example.org", "iat": 4_000_000_000}
PEOPLE = """
[analyst]
emails = ["ana@example.org"]
[viewer]
emails = ["vic@example.org"]
[admin]
groups = ["owners"]
"""


class FakeStore:
    """A store that keeps a trail and nothing else."""

    def __init__(self) -> None:
        self.entries: list[audit.Entry] = []

    def note(self, state: State = State.DONE) -> None:
        noting = current()
        previous = self.entries[-1].hash if self.entries else "store-1"
        self.entries.append(entry(noting.act, state, seq=len(self.entries) + 1, records=0, previous=previous))
        noting.entries += 1

    def trail(self) -> Trail:
        head = self.entries[-1].hash if self.entries else "store-1"
        return Trail("store-1", len(self.entries), head, list(self.entries))

    def trail_head(self) -> str:
        return self.trail().head


@pytest.fixture
def store(workspace) -> FakeStore:
    store = FakeStore()
    workspace.store = store

    @contextmanager
    def writing() -> Iterator[FakeStore]:
        yield store

    workspace.writing = writing
    return store


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Let somebody be signed in."""
    (tmp_path / "people.toml").write_text(PEOPLE)
    monkeypatch.setenv("TIERTRACE_HOME", str(tmp_path))

    def become(**claims: Any) -> None:
        monkeypatch.setattr(type(st.user), "to_dict", lambda _: claims)

    return become


def test_without_a_sign_in_whoever_sits_here_is_admin_by_login_or_stated_name(store) -> None:
    assert people.me() == people.Person(audit.login(), Role.ADMIN)
    with people.writing("note kept", "s", "d"):
        pass
    (one,) = store.entries
    assert (one.name, one.role, one.via) == (audit.login(), "admin", audit.APP_STATED)
    assert (one.what, one.subject, one.detail) == ("note kept", "s", "d")


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        (ANA, Role.ANALYST),
        (ANA | {"groups": ["owners"]}, Role.ADMIN),
        (ANA | {"email": "vic@example.org"}, Role.VIEWER),
    ],
)
def test_a_sign_in_gives_the_role(signed, claims, role) -> None:
    signed(**claims)
    assert people.me() == people.Person(f"Ana <{claims['email']}>", role)
    assert people.may_write() == (role is not Role.VIEWER)


@pytest.mark.parametrize(
    "claims",
    [
        {"is_logged_in": False},
        ANA | {"email": "eve@example.org"},
        ANA | {"email_verified": False},
        ANA | {"iat": NOW},
        {key: value for key, value in ANA.items() if key != "iat"},
    ],
)
def test_nobody_without_a_role_writes(signed, store, claims) -> None:
    signed(**claims)
    with pytest.raises(RefusedError):
        people.writing("x", "y")
    assert store.entries == []


def test_a_viewer_is_refused_on_the_server_by_the_call_itself(signed, store) -> None:
    signed(**ANA | {"email": "vic@example.org"})
    with pytest.raises(RefusedError, match=r"Ana <vic@example\.org> may look at everything here and change nothing"):
        people.writing("match accepted", "o / A")
    assert store.entries == []


def test_a_role_that_was_taken_away_is_gone_at_once(signed, store, tmp_path: Path) -> None:
    signed(**ANA)
    assert people.may_write()
    (tmp_path / "people.toml").write_text(PEOPLE.replace("ana@example.org", "other@example.org"))
    with pytest.raises(RefusedError):
        people.may_write()


def test_read_only_makes_everyone_a_viewer(signed, store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIERTRACE_READ_ONLY", "true")
    assert people.me().role is Role.VIEWER
    signed(**ANA | {"groups": ["owners"]})
    assert people.me().role is Role.VIEWER


@pytest.mark.parametrize(
    ("address", "ip", "headers", "role"),
    [
        ("127.0.0.1", None, {}, Role.ADMIN),
        ("localhost", None, {}, Role.ADMIN),
        ("::1", None, {}, Role.ADMIN),
        ("0.0.0.0", None, {}, Role.VIEWER),
        ("", None, {}, Role.VIEWER),
        ("127.0.0.1", "192.0.2.7", {}, Role.VIEWER),
        ("127.0.0.1", None, {"X-Forwarded-For": "192.0.2.7"}, Role.VIEWER),
        ("127.0.0.1", None, {"Forwarded": "for=192.0.2.7"}, Role.VIEWER),
    ],
)
def test_without_a_sign_in_others_may_only_look(monkeypatch, workspace, address, ip, headers, role) -> None:
    monkeypatch.setattr(st, "get_option", lambda _: address)
    monkeypatch.setattr(st, "context", SimpleNamespace(ip_address=ip, headers=headers))
    assert people.me().role is role


def test_an_act_can_be_done_in_another_thread_by_who_asked_for_it(signed, store) -> None:
    signed(**ANA)
    act = people.writing("file loaded", "tables")
    signed(is_logged_in=False)

    def work() -> None:
        with act as opened:
            opened.note()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    (one,) = store.entries
    assert (one.name, one.via, one.what) == ("Ana <ana@example.org>", audit.APP, "file loaded")


def test_what_fails_and_changed_nothing_leaves_no_entry(store) -> None:
    with pytest.raises(ZeroDivisionError), people.writing("x", "y"):
        raise ZeroDivisionError
    assert store.entries == []


def test_two_acts_never_run_at_once_and_who_waits_too_long_is_told(store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "_PATIENCE", 0.2)
    begun, end = threading.Event(), threading.Event()

    def work() -> None:
        with people.writing("file loaded", "tables"):
            begun.set()
            end.wait(10)

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(5)
    with pytest.raises(StoreBusyError, match=r"\(file loaded\) is changing the store"), people.writing("x", "y"):
        pass
    end.set()
    thread.join()
    with people.writing("x", "y"):
        pass
    assert [one.what for one in store.entries] == ["file loaded", "x"]


# --- what is shown ------------------------------------------------------------------------------------------------


def opened(**state: Any) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in state.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return app


def texts(app: AppTest) -> list[str]:
    return [one.value for one in [*app.text, *app.subheader, *app.caption]]


def components_of(app: AppTest) -> int:
    return len(app.get("bidi_component"))


def test_who_is_not_signed_in_sees_the_sign_in_and_no_data(signed, store) -> None:
    signed(is_logged_in=False)
    app = opened()
    assert "Sign in" in texts(app)
    assert [one.label for one in app.button] == ["Sign in"]
    assert components_of(app) == 0
    signed(**ANA | {"iat": NOW})
    assert "Sign in again" in texts(opened())


def test_who_has_no_role_sees_why_and_no_data(signed, store) -> None:
    signed(**ANA | {"email": "eve@example.org"})
    app = opened()
    assert "You have no role here" in texts(app)
    assert any("Ana <eve@example.org>" in text for text in texts(app))
    assert components_of(app) == 0


def test_a_broken_file_of_roles_lets_nobody_in(signed, store, tmp_path: Path) -> None:
    (tmp_path / "people.toml").write_text("[admin\n")
    signed(**ANA)
    app = opened()
    assert components_of(app) <= 2, "the theme and the history alone"
    assert any("people.toml" in text for text in texts(app))


def test_who_may_look_sees_the_pages(signed, store) -> None:
    signed(**ANA | {"email": "vic@example.org"})
    app = opened()
    assert components_of(app) > 1
    assert "You may look at everything and change nothing." in texts(app)


@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_name_is_no_markdown_in_the_corner(name: str) -> None:
    assert not set(people.in_label(name)) & set("<>[]()!*_`$:\\{}#|~/@")


def page() -> None:
    from graph_core.ui.data import trail

    trail.show()


def test_the_audit_trail_is_shown_to_admins_newest_first(store) -> None:
    for what in ("first", "=HYPERLINK(1)"):
        with people.writing(what, "s"):
            pass
    app = AppTest.from_function(page).run()
    assert not app.exception
    assert app.dataframe[0].value["what"].tolist() == ["=HYPERLINK(1)", "first"]
    assert any("none changed or removed" in one.value for one in app.caption)


def test_the_audit_trail_is_read_again_where_it_has_another_end(store, monkeypatch: pytest.MonkeyPatch) -> None:
    done = counting(monkeypatch, (store, "trail"))
    monkeypatch.setattr(store, "trail_head", lambda: store.entries[-1].hash)
    with people.writing("first", "s"):
        pass
    app = AppTest.from_function(page).run()
    app.run()
    assert done == ["trail"]
    with people.writing("second", "s"):
        pass
    app.run()
    assert app.dataframe[0].value["what"].tolist() == ["second", "first"]


def test_a_broken_trail_is_told(store) -> None:
    for what in ("first", "second"):
        with people.writing(what, "s"):
            pass
    del store.entries[0]
    app = AppTest.from_function(page).run()
    (told,) = [one.proto.json for one in app.get("bidi_component") if "audit_state" in one.proto.id]
    assert "entry 1 of the audit trail is missing" in told


def test_the_audit_trail_is_hidden_from_others(signed, store) -> None:
    with people.writing("first", "s"):
        pass
    signed(**ANA)
    app = AppTest.from_function(page).run()
    assert not app.dataframe
    assert "shown to admins" in app.caption[0].value


def test_the_act_is_known_to_whatever_writes_within(store) -> None:
    seen: list[Act] = []
    with people.writing("x", "y"):
        seen.append(current().act)
        store.note()
    assert seen[0].what == "x"
    assert len(store.entries) == 1, "it was noted once"


# --- parts that run by themselves ---------------------------------------------------------------------------------


def parted() -> None:
    import streamlit as st

    from graph_core.ui import frame, search_box

    frame.part(lambda: st.text("figures of the store"))()
    search_box.search_box()


@pytest.mark.parametrize(
    "claims", [ANA, ANA | {"iat": NOW}, ANA | {"email": "eve@example.org"}, {"is_logged_in": False}]
)
def test_a_part_that_runs_by_itself_shows_nothing_to_who_may_no_longer_look(
    signed, store, workspace, monkeypatch: pytest.MonkeyPatch, claims
) -> None:
    again: list[str] = []

    def rerun() -> None:
        again.append("whole page")
        st.stop()

    monkeypatch.setattr(st, "rerun", rerun)
    signed(**claims)
    app = AppTest.from_function(parted).run()
    assert not app.exception
    if claims is ANA:
        assert texts(app) == ["figures of the store"]
        assert components_of(app) == 1
        assert not again
    else:
        assert texts(app) == []
        assert components_of(app) == 0
        assert again


def test_an_act_that_fails_is_told_on_the_page_that_comes_next(signed, store, monkeypatch: pytest.MonkeyPatch) -> None:
    from graph_core.ui import frame

    told: dict[str, str] = {}
    monkeypatch.setattr(st, "session_state", told)

    @frame.acting
    def act(error: Exception) -> None:
        raise error

    act(RefusedError("ana may look at everything here and change nothing"))
    app = opened(not_done=told["not_done"])
    assert "This was not done." in [one.value for one in app.error]
    assert "ana may look at everything here and change nothing" in texts(app)
    app.run()
    assert not app.error
    act(ZeroDivisionError("secret"))
    assert "secret" not in told["not_done"]

"""`tiertrace fetch` into a store, on both servers: what is loaded, when, and what is left alone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from graph_core.settings import Settings
from loaders.files.opening import sha256
from tests.commands import Commands

ROW = "<tr><td>{}</td><td>June 21, 2022</td></tr>"
TODAY = dt.datetime.now(dt.UTC).date().isoformat()
EARLIER = "2024-02-29"
#: Sources as the store has them, and until when the findings of each party stand.
SOURCES = "MATCH (s:Source) RETURN s.id AS id, s.retrieved_at AS day, s.sha256 AS sha256, s.url AS url ORDER BY id"
FINDINGS = "MATCH (f:Finding) RETURN f.subject_name AS name, f.valid_to AS until ORDER BY name"


@pytest.fixture
def tiertrace(
    store_settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Commands:
    for entry in (store_settings.home / "fetched").glob("uflpa/*"):  # other tests share this home
        entry.unlink()
    return Commands(store_settings, capsys, monkeypatch)


def page(folder: Path, *names: str) -> bytes:
    body = (
        "<html><body><h2>Section 2(d)(2)(B)(i)</h2><table><tr><th>Name of Entity</th><th>Effective Date</th></tr>"
        + "".join(map(ROW.format, names))
        + "</table></body></html>"
    ).encode()
    folder.mkdir(exist_ok=True)
    (folder / "uflpa.html").write_bytes(body)
    return body


def test_a_list_is_fetched_loaded_and_followed(tiertrace: Commands, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"

    def fetch(*more: str) -> dict[str, object]:
        done = tiertrace("fetch", "uflpa", "--from", str(mirror), "--format", "json", *more)
        assert done.code == 0, done.err
        (row,) = done.json()
        return {key: row[key] for key in ("changed", "loaded")}

    def asked(statement: str) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = tiertrace("cypher", statement, "--format", "json").json()
        return rows

    first = page(mirror, "Velmora Cotton Co., Ltd.", "Ostrevan Textile Co., Ltd.")
    assert fetch("--list-date", EARLIER, "--dry-run") == {"changed": True, "loaded": False}
    assert fetch("--list-date", EARLIER, "--no-load") == {"changed": True, "loaded": False}
    assert asked(SOURCES) == []
    assert fetch("--list-date", EARLIER) == {"changed": False, "loaded": True}, "it is kept, and not yet loaded"
    url = "https://www.dhs.gov/uflpa-entity-list"
    delivered = {"id": f"uflpa:{EARLIER}", "day": EARLIER, "sha256": sha256(first), "url": url}
    assert asked(SOURCES) == [delivered]
    assert [row["until"] for row in asked(FINDINGS)] == [None, None]
    assert fetch("--list-date", EARLIER) == {"changed": False, "loaded": False}
    assert fetch() == {"changed": False, "loaded": False}, "the same bytes are no new delivery"

    second = page(mirror, "Velmora Cotton Co., Ltd.")
    assert fetch() == {"changed": True, "loaded": True}
    assert asked(SOURCES) == [
        delivered,
        {"id": f"uflpa:{TODAY}", "day": TODAY, "sha256": sha256(second), "url": url},
    ]
    assert {str(row["name"]).split()[0]: row["until"] is None for row in asked(FINDINGS)} == {
        "Ostrevan": False,
        "Velmora": True,
    }

    (mirror / "uflpa.html").write_text("<html><body>Access denied</body></html>")
    done = tiertrace("fetch", "uflpa", "--from", str(mirror))
    assert done.code == 3
    assert "it counts no longer" in done.err
    assert len(asked(SOURCES)) == 2
    listed = tiertrace("fetch", "--list", "--format", "json").json()[0]
    assert listed["retrieved_at"] is not None
    (mirror / "uflpa.html").write_bytes(second)
    assert fetch() == {"changed": False, "loaded": False}, "the last list that could be used is still the last one"

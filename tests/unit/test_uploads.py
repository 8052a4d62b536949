"""Files that somebody gave: harmless names, bounded archives, private folders."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from graph_core.errors import InputError
from loaders import uploads
from loaders.uploads import harmless, keep

TABLE = b"id,name\nA,x\n"


def packed(**members: bytes) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    file.seek(0)
    return file


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mills.csv", "mills.csv"),
        ("uflpa_entity_list_2026-07-09.html", "uflpa_entity_list_2026-07-09.html"),
        ("entities.ftm.json", "entities.ftm.json"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\x.csv", "x.csv"),
        ("/absolute/x.csv", "x.csv"),
        (".hidden.csv", "hidden.csv"),
        ("-rf.csv", "rf.csv"),
        ("a b\n\x00'\";$(x).csv", "a_b_x_.csv"),
        ("<img src=x onerror=alert(1)>.csv", "_img_src_x_onerror_alert_1_.csv"),
        ("工厂 名单.xlsx", "工厂_名单.xlsx"),
        ("nul.csv", "_nul.csv"),
        ("\u202egnp.csv", "_gnp.csv"),
        ("..", "file"),
        ("", "file"),
    ],
)
def test_names(name: str, expected: str) -> None:
    assert harmless(name) == expected


def test_a_long_name_keeps_its_ending() -> None:
    kept = harmless("x" * 500 + ".csv.gz")
    assert len(kept) == 120
    assert kept.endswith("x.csv.gz")


def test_files_are_kept_privately_and_named_apart(tmp_path: Path) -> None:
    done = keep(tmp_path / "home", [("a/list.csv", io.BytesIO(TABLE)), ("b/LIST.csv", io.BytesIO(TABLE + b"B,y\n"))])
    assert [file.name for file in done.files] == ["list.csv", "LIST_2.csv"]
    assert [file.read_bytes() for file in done.files] == [TABLE, TABLE + b"B,y\n"]
    for folder in (tmp_path / "home", done.folder.parent, done.folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in done.files)
    assert keep(tmp_path / "home", [("list.csv", io.BytesIO(TABLE))]).folder != done.folder
    done.drop()
    assert not done.folder.exists()


def test_the_same_upload_is_kept_once(tmp_path: Path) -> None:
    folders = {keep(tmp_path, [("list.csv", io.BytesIO(TABLE))]).folder for _ in range(2)}
    assert len(folders) == 1
    assert [p.name for p in (tmp_path / "uploads").iterdir()] == [next(iter(folders)).name]


def test_an_archive_is_unpacked_and_what_is_no_table_is_named(tmp_path: Path) -> None:
    members = {
        "palm/mills.csv": TABLE,
        "palm/readme.pdf": b"%PDF",
        "__MACOSX/palm/._mills.csv": b"x",
        "../../evil.csv": TABLE,
        "inner.zip": b"PK",
    }
    done = keep(tmp_path, [("palm.zip", packed(**members))])
    assert [file.name for file in done.files] == ["mills.csv", "evil.csv"]
    assert all(file.parent == done.folder for file in done.files)
    assert len(done.notes) == 3
    assert not (tmp_path.parent / "evil.csv").exists()


def test_a_link_in_an_archive_is_not_followed(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        link = zipfile.ZipInfo("x.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match=r"no table; x\.csv in a\.zip"):
        keep(tmp_path, [("a.zip", file)])


def test_a_bomb_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_BYTES", 1 << 20)
    with pytest.raises(InputError, match="more than 1 MB, unpacked"):
        keep(tmp_path, [("a.zip", packed(**{"x.csv": b"a\n" * (2 << 20)}))])
    assert list((tmp_path / "uploads").iterdir()) == []


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_FILES", 2)
    with pytest.raises(InputError, match="more than 2 files"):
        keep(tmp_path, [("a.zip", packed(**{f"{n}.csv": TABLE for n in range(3)}))])


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("x.csv", b"%PDF-1.7", r"^x\.csv is no table: it looks like a PDF"),
        ("x.csv", b"\x89PNG\r\n", r"^x\.csv is no table: it looks like an image"),
        ("x.csv", b" \n", r"^x\.csv is empty"),
        ("x.zip", b"PK\x03\x04rubbish", "damaged archive"),
    ],
)
def test_what_is_no_table_is_refused_and_nothing_stays(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        keep(tmp_path, [(name, io.BytesIO(data))])
    assert list((tmp_path / "uploads").iterdir()) == []


def test_nothing_given(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="choose a file"):
        keep(tmp_path, [])

"""Files written whole or not at all."""

import os
from pathlib import Path

import pytest

from app import files
from app.problems import UserError


def test_a_link_stays_a_link_and_its_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    files.replace(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_a_pipe_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    files.check_place(pipe)
    files.replace(pipe, b"heard")
    assert os.read(reader, 100) == b"heard"
    os.close(reader)
    assert not pipe.is_file()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kept.json"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match=r"kept\.json: cannot be written: No space"):
        files.replace(path, b"new")
    assert [(item.name, item.read_bytes()) for item in tmp_path.iterdir()] == [("kept.json", b"old")]


def test_what_is_put_in_place_of_another_is_on_the_disk_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a power cut may leave the name with nothing behind it, and the file before is gone."""
    (tmp_path / "old").write_bytes(b"old")
    (tmp_path / "new").write_bytes(b"new")
    kept, inode = tmp_path / "old", (tmp_path / "new").stat().st_ino
    synced: list[tuple[int, bytes]] = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append((os.fstat(handle).st_ino, kept.read_bytes())))
    files.settle(tmp_path / "new", kept)
    assert synced[0] == (inode, b"old")
    assert [item.read_bytes() for item in tmp_path.iterdir()] == [b"new"]

"""Bringing in a folder of strangers' effects: what is good is copied whole, what is not stays out and is told."""

import errno
import os
import shutil
from pathlib import Path

import moderngl
import pytest

from app import paths
from app.problems import UserError
from app.render import effect_import
from app.render.effect_import import Importer, Row
from app.render.library import Library

IMAGE = '/*{"INPUTS": [{"NAME": "inputImage", "TYPE": "image"}]%s}*/\n'
GOOD = "void main() { gl_FragColor = IMG_THIS_PIXEL(inputImage); }"


def brought(ctx: moderngl.Context, path: Path) -> dict[str, Row]:
    importer = Importer(ctx)
    importer.begin(path)
    while importer.running:
        importer.step()
    return {row.name: row for row in importer.rows}


def test_a_folder_comes_in_with_a_report(ctx: moderngl.Context, tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    (below / "deep.fs").write_text(IMAGE % "" + GOOD)
    (below / "deep.vs").write_text("void main() { isf_vertShaderInit(); }")
    (tmp_path / "noise.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "picture.fs").write_text(IMAGE % ', "IMPORTED": {"noise": {"PATH": "noise.png"}}' + GOOD)
    (tmp_path / "broken.fs").write_text(IMAGE % "" + "void main() {\n gl_FragColor = nothing; }")
    (tmp_path / "headless.fs").write_text("void main() {}")
    (tmp_path / "bloom.fs").write_text(IMAGE % "" + GOOD)
    (tmp_path / "notes.txt").write_text("no effect")
    rows = brought(ctx, tmp_path)
    assert {name: not row.trouble for name, row in rows.items()} == {
        "bloom": False, "broken": False, "deep": True, "headless": False, "picture": True,
    }  # fmt: skip
    assert rows["deep"].kind == "filter"
    assert rows["broken"].trouble.startswith("broken.fs:3: ")
    assert "no ISF header" in rows["headless"].trouble
    assert "already" in rows["bloom"].trouble, "it would hide one that ships"
    own = sorted(path.name for path in paths.own("effects").iterdir())
    assert own == ["deep.fs", "deep.vs", "noise.png", "picture.fs"]


def test_nothing_is_written_over(ctx: moderngl.Context, tmp_path: Path) -> None:
    mine = paths.own("effects") / "mine.fs"
    mine.write_text(IMAGE % "" + GOOD)
    (tmp_path / "mine.fs").write_text(IMAGE % "" + GOOD)
    assert brought(ctx, tmp_path / "mine.fs")["mine"].trouble == "", "the very same is no trouble"
    (tmp_path / "mine.fs").write_text(IMAGE % "" + GOOD + "\n")
    assert "already" in brought(ctx, tmp_path)["mine"].trouble
    assert mine.read_text() == IMAGE % "" + GOOD


def test_what_is_no_folder_of_effects_is_told(ctx: moderngl.Context, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"neither a folder nor an \.fs file"):
        Importer(ctx).begin(tmp_path / "gone")
    (row,) = brought(ctx, tmp_path).values()
    assert "no .fs files" in row.trouble


RENAME = "its name is no text, so no library would have it; rename it"


def test_links_and_shouted_names_come_in_like_others(ctx: moderngl.Context, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.txt").write_text("void main() { isf_vertShaderInit(); }")
    given = tmp_path / "given"
    given.mkdir()
    (given / "a.fs").write_text(IMAGE % "" + GOOD)
    (given / "a.vs").symlink_to(tmp_path / "elsewhere.txt")
    (given / "B.FS").write_text(IMAGE % "" + GOOD)
    (given / os.fsdecode(b"caf\xe9.fs")).write_text(IMAGE % "" + GOOD)
    assert {name: row.trouble for name, row in brought(ctx, given).items()} == {"a": "", "B": "", "caf?": RENAME}
    (tmp_path / "c.fs").symlink_to(given / "a.fs")
    assert brought(ctx, tmp_path / "c.fs")["c"].trouble == ""
    assert list(Library([paths.own("effects")]).entries) == ["B", "a", "c"]
    assert (paths.own("effects") / "a.vs").read_text() == (tmp_path / "elsewhere.txt").read_text()


def test_only_files_are_counted(ctx: moderngl.Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effect_import, "MOST_FILES", 2)
    for name in "abcd":
        (tmp_path / name).mkdir()
    for name in "yz":
        (tmp_path / f"{name}.fs").write_text(IMAGE % "" + GOOD)
    assert [row.trouble for row in brought(ctx, tmp_path).values()] == ["", ""]
    (tmp_path / "zz.fs").write_text(IMAGE % "" + GOOD)
    assert "more than 2 files" in brought(ctx, tmp_path)[tmp_path.name].trouble


def test_of_what_a_full_disk_takes_half_nothing_is_left(
    ctx: moderngl.Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "e.fs").write_text(IMAGE % "" + GOOD)
    (tmp_path / "f.fs").write_text(IMAGE % "" + GOOD)

    def half(part: Path, place: Path) -> None:
        place.write_bytes(part.read_bytes()[:9])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(shutil, "copyfile", half)
        rows = brought(ctx, tmp_path)
    assert ["No space left" in row.trouble for row in rows.values()] == [True, True]
    assert [path.name for path in paths.own("effects").iterdir()] == []
    assert brought(ctx, tmp_path)["e"].trouble == ""


def test_what_is_at_hand_and_cannot_be_read_does_not_end_the_import(
    ctx: moderngl.Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ef":
        (tmp_path / f"{name}.fs").write_text(IMAGE % "" + GOOD)
    (paths.own("effects") / "e.fs").write_text("mine")
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.read_text() == "mine":
            raise PermissionError(errno.EACCES, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    rows = brought(ctx, tmp_path)
    assert "Permission denied" in rows["e"].trouble and rows["f"].trouble == ""

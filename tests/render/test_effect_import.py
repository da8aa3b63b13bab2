"""Bringing in a folder of strangers' effects: what is good is copied whole, what is not stays out and is told."""

from pathlib import Path

import moderngl
import pytest

from app import paths
from app.problems import UserError
from app.render.effect_import import Importer, Row

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

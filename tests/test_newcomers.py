"""A look or a style that is dropped on the window comes in, and nothing of one's own goes for it."""

from pathlib import Path

import pytest

from app import newcomers, paths
from app import preset as presets
from app import style as styles
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.problems import UserError


@pytest.fixture
def elsewhere(home: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    styles.save(random_style(1, Arch(width=8, depth=1)), folder / "fresh.safetensors")
    (folder / "Furnace.yaml").write_text("style: fresh\n")
    return folder


def test_a_style_and_then_its_look_come_in_once(elsewhere: Path) -> None:
    with pytest.raises(UserError, match="unknown style 'fresh'"):
        newcomers.look(elsewhere / "Furnace.yaml", {})
    assert not [*paths.data("presets").iterdir()], "a look that cannot be drawn is not kept"
    for _ in range(2):
        assert newcomers.style(elsewhere / "fresh.safetensors") == "fresh"
        assert newcomers.look(elsewhere / "Furnace.yaml", {}) == "furnace-2", "one called so ships"
    assert presets.load(presets.find("furnace-2")).style == "fresh"
    assert presets.load(presets.find("furnace")).style != "fresh"
    assert [file.name for file in paths.data("presets").iterdir()] == ["furnace-2.yaml"]


def test_what_is_broken_is_refused_and_not_kept(elsewhere: Path) -> None:
    whole = (elsewhere / "fresh.safetensors").read_bytes()
    (elsewhere / "half.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match=r"half\.safetensors"):
        newcomers.style(elsewhere / "half.safetensors")
    (elsewhere / "odd.yaml").write_text("style: fresh\neffects:\n- effect: nowhere\n")
    with pytest.raises(UserError, match=r"odd\.yaml:3: .*unknown effect 'nowhere'"):
        newcomers.look(elsewhere / "odd.yaml", {})
    assert not [*paths.data("styles").iterdir(), *paths.data("presets").iterdir()]

"""Looks are rehearsed once each, when the show has begun and a frame has time left."""

from collections.abc import Iterable
from pathlib import Path
from typing import cast

from app import preset as presets
from app.looks import Looks
from app.preset import Preset, PresetEntry
from app.rehearsal import BEGIN_SECONDS, LEAST_SECONDS, Rehearsal
from app.render.picture import Picture
from app.style import Style


class FakePicture:
    """Notes what it is asked to prepare; each look takes two askings."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def prepared(self, look: Preset, cast: Iterable[Style]) -> bool:
        assert not list(cast)
        self.asked.append(look.name)
        return self.asked.count(look.name) == 2


def test_each_look_is_rehearsed_once_and_a_broken_one_is_left(tmp_path: Path) -> None:
    for name in ("one", "two"):
        presets.save(Preset(name=name), tmp_path / f"{name}.yaml")
    (tmp_path / "broken.yaml").write_text("effects: 3")
    looks = Looks(Preset())
    looks.entries = [PresetEntry(name, tmp_path / f"{name}.yaml", False) for name in ("one", "broken", "two")]
    picture = FakePicture()
    rehearsal = Rehearsal(cast(Picture, picture))
    for seconds, spare in ((0.0, 1.0), (BEGIN_SECONDS, LEAST_SECONDS / 2)):
        rehearsal.step(seconds, spare, looks, {})
    assert picture.asked == []
    for _ in range(12):
        rehearsal.step(BEGIN_SECONDS, 1.0, looks, {})
    assert picture.asked == ["one", "one", "two", "two"]

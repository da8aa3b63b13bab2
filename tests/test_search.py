"""Search by meaning: what is near comes first, what the guide does not know is searched by words, no frame waits."""

import time
from pathlib import Path

import numpy as np
import pytest

from app import paths
from app import preset as presets
from app import style as styles
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.preset import Preset
from app.search import FEWEST, Found, Kind, Pixels, Search, Shelf, _Ask
from app.style import Header, Style

WEIGHTS = paths.shipped("assets", "judges", "guide.safetensors")
PROMPTS = {
    "abyss": ("dark blue ocean waves",),
    "hearth": ("red and orange flames on black",),
    "meadow": ("calm green organic clouds",),
    "bands": ("black and white stripes",),
    "shift": ("soft white fog", "burning orange fire"),
}


@pytest.fixture
def library(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Five looks of five styles, nothing else; "hidden" has no style that can be told."""
    empty = home / "nothing"
    monkeypatch.setitem(paths._SHIPPED, "presets", (str(empty),))
    monkeypatch.setitem(paths._SHIPPED, "styles", (str(empty),))
    plain = random_style(1, Arch(width=16, depth=2))
    for name, prompts in PROMPTS.items():
        style = Style(name, plain.arch, plain.layers, Header(prompts=prompts, tags=("mood of " + name,)))
        styles.save(style, paths.data("styles") / f"{name}.safetensors")
        presets.save(Preset(name=f"look_{name}", style=name), paths.data("presets") / f"look_{name}.yaml")
    (paths.data("presets") / "hidden.yaml").write_text("name: hidden\n")
    return [*(f"look_{name}" for name in PROMPTS), "hidden"]


def ask(text: str, names: list[str], pictures: dict[str, Pixels] | None = None, kind: Kind = "look") -> Found:
    return Shelf(WEIGHTS).find(_Ask(kind, text, tuple((name, (pictures or {}).get(name)) for name in names)))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("ocean at night", "abyss"),
        ("something calm and green", "meadow"), ("red flames", "hearth"), ("zebra", "bands"),
    ],
)  # fmt: skip
def test_what_is_meant_comes_first(library: list[str], text: str, first: str) -> None:
    found = ask(text, library)
    assert found.names[0] == f"look_{first}"
    assert not found.by_words
    assert FEWEST <= len(found.names) < len(library), "what is far off is not listed"
    assert ask(text, list(PROMPTS), kind="style").names[0] == first


def test_a_style_of_two_prompts_is_found_by_either(library: list[str]) -> None:
    assert "look_shift" in ask("white fog", library).names[:2]
    assert "look_shift" in ask("burning", library).names[:2]


def test_a_picture_counts_more_than_the_prompt(library: list[str]) -> None:
    blue = np.full((54, 96, 4), 255, np.uint8)
    blue[..., :3] = (10, 40, 200)
    green = np.full((54, 96, 4), 255, np.uint8)
    green[..., :3] = (20, 160, 40)
    swapped = {"look_abyss": green, "look_meadow": blue}
    names = ["look_abyss", "look_meadow"]
    assert ask("green", names).names[0] == "look_meadow"
    assert ask("green", names, swapped).names[0] == "look_abyss"


def test_unknown_words_are_told_and_searched_as_words(library: list[str]) -> None:
    assert ask("blorple ocean", library).unknown == ("blorple",)
    found = ask("blorple", library)
    assert (found.names, found.by_words) == ((), True)
    assert ask("hearth", library).names == ("look_hearth",), "by its style's name"
    assert ask("organi", library).names == ("look_meadow",), "half a word, as it is typed"
    assert ask("the with", library).by_words, "words that say nothing about a picture mean nothing"


def test_without_the_guide_words_remain(library: list[str], tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "missing.safetensors")
    found = shelf.find(_Ask("look", "flames", tuple((name, None) for name in library)))
    assert found == Found(("look_hearth",), (), True)


def test_a_question_is_answered_beside_the_frames(library: list[str]) -> None:
    search = Search(WEIGHTS, lambda kind, name: None)
    assert search.find("look", "red flames", library) is None, "no frame waits for it"
    patience = time.monotonic() + 20
    while (found := search.find("look", "red flames", library)) is None and time.monotonic() < patience:
        time.sleep(0.002)
    assert found is not None
    assert found.names[0] == "look_hearth"
    assert search.find("look", " red  flames ", library) is found
    assert search.find("look", "ocean", library) is None, "an answer to another question is none"


def test_a_picture_is_looked_at_once(library: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Pixels] = []

    def see(_: object, picture: Pixels) -> np.ndarray:
        looked.append(picture)
        return np.ones(128, np.float32) / 128

    monkeypatch.setattr("app.search.SlimGuide.see", see)
    shelf, picture = Shelf(WEIGHTS), np.zeros((54, 96, 4), np.uint8)
    for _ in range(3):
        shelf.find(_Ask("look", "fire", (("look_abyss", picture),)))
    shelf.find(_Ask("look", "fire", (("look_abyss", picture.copy()),)))
    assert len(looked) == 2

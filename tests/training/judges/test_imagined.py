"""From words to a scene: what a text names is drawn, what it leaves open is chosen, and nothing else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.training.judges.builtin import vocabulary as v
from app.training.judges.builtin.captions import caption
from app.training.judges.builtin.imagined import scene_of
from app.training.judges.builtin.scene import Scene, sample


def imagine(text: str, seed: int = 1) -> Scene | None:
    return scene_of(text, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("text", "form", "colours"),
    [
        ("green dots", "dots", ("green",)),
        ("a crimson and ivory chessboard", "checks", ("red", "white")),
        ("zebra", "stripes", ("black", "white")),
        ("blue spirals, no red", "spiral", ("blue",)),
        ("flowing organic teal patterns", "marble", ("teal",)),
        ("the night sky, purple", "nebula", ("purple",)),
        ("rainbow rings", "rings", v.RAINBOW),
    ],
)
def test_form_and_colours_are_those_of_the_words(text: str, form: str, colours: tuple[str, ...]) -> None:
    scene = imagine(text)
    assert scene is not None
    assert (scene.form, scene.colours) == (form, colours)


def test_a_text_without_a_form_is_no_scene() -> None:
    assert [imagine(text) for text in ("", "beautiful", "red and blue", "Lovecraft", "no dots")] == [None] * 5


def test_moods_ground_and_attributes_come_along() -> None:
    scene = imagine("dark symmetric magenta grid on black, fine")
    assert scene is not None
    assert (scene.modifier, scene.ground, set(scene.attributes)) == ("dark", "black", {"symmetric", "fine"})


def test_fire_has_its_own_colours_where_none_are_named() -> None:
    scene = imagine("flames")
    assert scene is not None
    assert scene.theme == "natural" and scene.colours in v.FORMS["fire"].palettes


@given(st.integers(0, 10_000))
def test_a_caption_of_a_scene_leads_back_to_its_form(seed: int) -> None:
    scene = sample(np.random.default_rng(seed))
    text = caption(scene, np.random.default_rng(seed))
    found = imagine(text, seed)
    if found is not None and any(noun in text for noun in v.FORMS[scene.form].nouns):
        assert found.form == scene.form


@given(st.text(max_size=80), st.integers(0, 9))
def test_any_text_is_nothing_or_a_scene_that_can_be_drawn(text: str, seed: int) -> None:
    scene = imagine(text, seed)
    if scene is not None:
        assert scene.form in v.FORMS and scene.colours and set(scene.colours) <= set(v.COLOURS)
        assert scene.ground in ("", "black") and scene.ground not in scene.colours

"""The words of the built-in judges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.training.judges.builtin import captions, scene
from app.training.judges.builtin.lexicon import READ_AS, content, known_words, read, unknown_words
from app.training.rivals import rivals_of


def test_the_words_people_will_try_first_are_known() -> None:
    for text in ("flowing organic blue patterns", "geometric cyberpunk neon", "soft pastel watercolor abstract",
                 "cosmic nebula space", "glitch art digital corruption", "deep red fire on black"):  # fmt: skip
        assert unknown_words(text) == ()


def test_strange_words_are_told_as_they_were_written() -> None:
    assert unknown_words("Lovecraft at a blue Birthday Party") == ("Lovecraft", "Birthday", "Party")
    assert unknown_words("синие волны 青い波") == ("синие", "волны", "青い波")


@pytest.mark.parametrize(("text", "words"), [
    ("neons", ("neon",)), ("spirals", ("spiral",)), ("stripy", ()), ("crackled", ()),
    ("flame", ("flames",)), ("Wave", ("waves",)), ("starry", ("starry",)),
    ("Blue-Green", ("blue", "green")), ("zebra", ("black", "and", "white", "stripes")),
])  # fmt: skip
def test_endings_and_everyday_words(text: str, words: tuple[str, ...]) -> None:
    assert read(text).words == words


def test_negated_words_are_avoided_up_to_the_next_and() -> None:
    reading = read("blue waves, no red and soft clouds without deep black")
    assert reading.words == ("blue", "waves", "and", "soft", "clouds")
    assert reading.avoided == ("red", "deep", "black")


def test_every_replacement_is_made_of_known_words() -> None:
    known = set(known_words())
    for word, meaning in READ_AS.items():
        assert set(meaning.split()) <= known, word


def test_every_caption_is_understood() -> None:
    import numpy as np

    rng = np.random.default_rng(5)
    for _ in range(300):
        shown = scene.sample(rng)
        for text in (captions.caption(shown, rng), captions.full(shown)):
            assert unknown_words(text) == (), text


@given(st.text(max_size=3000))
def test_any_text_is_read(text: str) -> None:
    reading = read(text)
    assert set(reading.words) | set(reading.avoided) <= set(known_words())
    assert set(content(reading.words)) <= set(reading.words)


def test_rivals_keep_the_colours_and_change_the_form() -> None:
    rivals = rivals_of("flowing organic blue patterns")
    assert all("blue" in text for text in rivals)
    assert "blue patterns spiral" in rivals
    assert not {"blue patterns waves", "blue patterns marble"} & set(rivals), "both may be meant"


def test_a_text_without_a_form_has_no_rivals() -> None:
    assert rivals_of("bright yellow and pink") == ()


def test_night_alone_is_dark_and_a_night_sky_stays_one() -> None:
    assert read("ocean at night").words == ("ocean", "at", "midnight")
    assert read("a Night Sky").words[-2:] == ("night", "sky")

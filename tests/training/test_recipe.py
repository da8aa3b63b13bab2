"""From a prompt to an experiment's YAML, whatever was typed."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app import paths
from app.problems import UserError
from app.training import shelf
from app.training.experiment_file import read_experiment
from app.training.expressions import scope
from app.training.judges.builtin.lexicon import unknown_words
from app.training.recipe import MAX_NAME, MAX_PROMPT, RECIPES, name_of, recipe_text


def test_a_prompt_becomes_targets() -> None:
    document = yaml.safe_load(recipe_text("blue water", avoid="red", width=64, seed=3, epochs=40, name="water"))
    assert (document["epochs"], document["seed"]) == (40, 3)
    assert document["style"] == {"name": "water", "width": 64, "depth": 4, "activation": "sin"}
    for target in document["targets"]:
        assert "when" not in target
        assert [feature["text"] for feature in target["features"]] == ["blue water", "red"]


def test_two_prompts_share_the_music() -> None:
    document = yaml.safe_load(recipe_text("still water", loud="storm"))
    said = {(target["when"], target["features"][0]["text"]) for target in document["targets"]}
    assert said == {("calm", "still water"), ("loud", "storm")}


@pytest.mark.parametrize(("height", "share"), [(128, 0.9), (256, 0.9), (512, 0.45)])
def test_a_part_of_a_larger_picture_is_a_smaller_part(height: int, share: float) -> None:
    part = read_experiment(recipe_text("blue water"), "recipe", Path()).targets[1].transforms[0]
    assert part.numbers(scope(0, 100, (height * 16 // 9, height)))["size"] == (share * height,) * 2


@pytest.mark.parametrize("mood", RECIPES)
def test_every_mood_speaks_the_builtin_judges_words(mood: str) -> None:
    recipe = RECIPES[mood]
    assert unknown_words(f"{recipe.prompt} {recipe.loud} {recipe.avoid}") == ()
    document = yaml.safe_load(recipe_text(recipe.prompt, loud=recipe.loud, avoid=recipe.avoid, mood=mood))
    assert document["style"]["tags"] == [mood]
    assert document["style"]["frequency"] == recipe.frequency


@given(st.text(max_size=300), st.text(max_size=50), st.text(max_size=50))
def test_whatever_is_typed_is_only_text(prompt: str, avoid: str, loud: str) -> None:
    try:
        text = recipe_text(prompt, avoid=avoid, loud=loud)
    except UserError:
        assert not prompt.strip() or any(not c.isprintable() for c in prompt)
        return
    document = yaml.safe_load(text)
    for target in document["targets"]:
        assert all(isinstance(feature["text"], str) for feature in target["features"])


@pytest.mark.parametrize("prompt", ["", "  \n\t ", "\x00\x07"])
def test_nothing_said_is_refused(prompt: str) -> None:
    with pytest.raises(UserError, match="prompt is empty"):
        recipe_text(prompt)


def test_too_much_and_unknown_moods_are_refused() -> None:
    with pytest.raises(UserError, match=f"10000 characters; keep it below {MAX_PROMPT}"):
        recipe_text("a" * 10_000)
    with pytest.raises(UserError, match="did you mean 'cosmic'"):
        recipe_text("stars", mood="cosmik")


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("Flowing organic, BLUE patterns!", "flowing_organic_blue_patterns"),
        ("../../etc/passwd", "etc_passwd"),
        ("🌊🌊", "style"),
        ("", "style"),
        ("синяя вода", "синяя_вода"),
        ("x" * 200, "x" * MAX_NAME),
    ],
)
def test_a_prompt_gives_a_name(prompt: str, name: str) -> None:
    assert name_of(prompt) == name


# ------------------------------------------------------------------ the shelf


def test_an_experiment_is_kept_and_found(home: None) -> None:
    path = shelf.save("../Night: moss", "epochs: 3\n")
    assert path.parent == paths.data("experiments")
    assert shelf.read(path.stem) == "epochs: 3\n"
    assert path.stem in shelf.listing()


def test_what_cannot_be_opened_is_told(home: None) -> None:
    shelf.save("moss", "epochs: 3\n")
    with pytest.raises(UserError, match="did you mean 'moss'"):
        shelf.read("mos")
    path = shelf.save("big", "#" * (shelf.MAX_BYTES + 1))
    with pytest.raises(UserError, match="not an experiment"):
        shelf.read(path.stem)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="cannot be read"):
        shelf.read(path.stem)

"""Recipes: from a prompt to the YAML text of an experiment. Pure and torch-free; any thread.

What a person types becomes the same kind of document that they could write by hand, so that the window, the command
line and the editor have one way to ask for a style.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from app.problems import UserError, nearest

MAX_PROMPT = 500
"""Characters of a prompt."""
MAX_NAME = 48
EPOCHS = 120
AVOID_WEIGHT = -0.4
PART = "min(height, 256) * (0.9 - 0.3 * t)"
"""Side of a view of a part, in pixels of the picture: of one with more than 256 lines it shows less, and so asks for
finer forms. That is what a resolution that grows over the run does to a network, which has no pixels."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A mood: words that suit it, and how its network is built and answers.

    `frequency` is w0: 6–12 draws large soft forms, 20–30 fine ones. `speed` is that of the style's time;
    `reaction` the band of dAudio/std that training holds.
    """

    prompt: str
    loud: str = ""
    avoid: str = ""
    frequency: float = 10.0
    speed: float = 0.25
    reaction: tuple[float, float] = (0.12, 0.35)


RECIPES: dict[str, Recipe] = {
    "organic": Recipe("flowing organic blue patterns", avoid="hard edged", frequency=10.0),
    "neon": Recipe("cyberpunk neon grid, magenta and cyan on black", frequency=24.0, speed=0.35, reaction=(0.2, 0.4)),
    "pastel": Recipe("pastel watercolor, soft pink and teal", avoid="dark", frequency=8.0, speed=0.18),
    "cosmic": Recipe("cosmic nebula, purple and blue, stars", frequency=16.0, speed=0.15),
    "glitch": Recipe("glitch art, magenta cyan green", avoid="soft", frequency=28.0, speed=0.5, reaction=(0.25, 0.4)),
    "fire": Recipe("flames of red and orange", avoid="blue", frequency=18.0, speed=0.5, reaction=(0.2, 0.4)),
    "crystal": Recipe("white and cyan crystals", avoid="soft", frequency=20.0, speed=0.15),
    "hypnotic": Recipe("hypnotic gold spiral", frequency=14.0, speed=0.4),
    "still to storm": Recipe("calm still water, blue", loud="raging storm, white lightning", frequency=16.0),
    "fog to fire": Recipe("grey fog", loud="blazing orange inferno", frequency=14.0, reaction=(0.2, 0.4)),
}
"""Mood → recipe; a style carries its mood as its first tag."""


def recipe_text(
    prompt: str,
    *,
    avoid: str = "",
    loud: str = "",
    image: Path | None = None,
    judge: str = "builtin",
    held_out: str = "builtin-witness",
    weights: Path | None = None,
    width: int = 128,
    depth: int = 4,
    activation: str = "sin",
    epochs: int = EPOCHS,
    seed: int = 0,
    name: str = "",
    mood: str = "",
) -> str:
    """Return an experiment as YAML. `loud` makes a style of two prompts: `prompt` when calm, `loud` when loud.

    `image` asks for the look of a picture beside the words, or instead of them. `weights` is a file for `judge`.

    `mood` is a key of `RECIPES` or "" for none. `UserError` for a prompt that is empty or longer than 500 characters,
    or a mood that does not exist.
    """
    if mood and mood not in RECIPES:
        raise UserError(f"unknown recipe '{mood}'{nearest(mood, RECIPES)}")
    recipe = RECIPES.get(mood, Recipe(""))
    said = checked(prompt, "prompt")
    if not said and image is None:
        raise UserError("the prompt is empty; say what it should look like, such as 'flowing organic blue patterns'")
    moments = [("always", said)] if not loud.strip() else [("calm", said), ("loud", checked(loud, "loud prompt"))]
    avoided = checked(avoid, "list of what to avoid")
    document: dict[str, Any] = {
        "epochs": epochs,
        "seed": seed,
        "resolution": "455 256",
        "augment": 0.7,
        "judges": judge,
        "held_out": held_out,
        **({"judge_weights": str(weights)} if weights is not None else {}),
        "style": _style(name, width, depth, activation, recipe, mood),
        "sound": {"reaction": "{:g} {:g}".format(*recipe.reaction)},
        "targets": [target for when, text in moments for target in _targets(when, text, avoided, image)],
    }
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=200))


def _style(name: str, width: int, depth: int, activation: str, recipe: Recipe, mood: str) -> dict[str, Any]:
    network = {"width": width, "depth": depth, "activation": activation}
    character = {"frequency": recipe.frequency, "speed": recipe.speed} if mood else {}
    return ({"name": name} if name else {}) | network | character | ({"tags": [mood]} if mood else {})


def _targets(when: str, text: str, avoided: str, image: Path | None) -> list[dict[str, Any]]:
    """Return what the whole picture should show, and what its parts should: parts get smaller as the run goes on.

    Views of both keep the network from one big blur, and from saying the same thing everywhere. The whole is seen from
    near the middle: of a spiral seen from its side nobody can tell that it is not rings.
    """
    features: list[dict[str, Any]] = [{"text": text}] if text else []
    features += [{"image": str(image)}] if image else []
    features += [{"text": avoided, "weight": AVOID_WEIGHT}] if avoided else []
    suffix = "" if when == "always" else f" {when}"
    moment = {} if when == "always" else {"when": when}
    whole = {
        "name": f"whole{suffix}", **moment, "batch_size": 5, "features": features,
        "transforms": [
            {"center_crop": ["min(width, height * 1.3)", "height"]},
            {"random_crop": ["height", "height"]},
        ],
        "constraints": [{"std": {"above": 0.15, "weight": 30}}, {"mean": {"above": 0.15, "weight": 30}}],
    }  # fmt: skip
    parts = {
        "name": f"parts{suffix}", **moment, "batch_size": 4, "features": [dict(part) for part in features],
        "transforms": [{"random_crop": [PART, PART]}],
    }  # fmt: skip
    return [whole, parts]


def checked(text: str, what: str) -> str:
    """Return words as one clean line; `UserError` if there are too many."""
    plain = " ".join("".join(c if unicodedata.category(c) != "Cc" else " " for c in text).split())
    if len(plain) > MAX_PROMPT:
        raise UserError(f"the {what} has {len(plain)} characters; keep it below {MAX_PROMPT}")
    return plain


def name_of(prompt: str) -> str:
    """Return a style's name for a prompt: its words joined by '_', cut at a word."""
    words = re.findall(r"[^\W_]+", prompt.lower(), re.UNICODE)
    name = ""
    for word in words:
        if name and len(name) + 1 + len(word) > MAX_NAME:
            break
        name = f"{name}_{word}" if name else word[:MAX_NAME]
    return name or "style"

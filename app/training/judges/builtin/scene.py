"""A scene: what one practice picture shows, as data. The two drawers draw it, captions tell it. Pure.

Some pairs of form and main colour are held back from every lesson, so that an exam can ask for what was never seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.training.judges.builtin.vocabulary import COLD, COLOURS, FORMS, MODIFIERS, RAINBOW, WARM

Rng = np.random.Generator
_FORMS = tuple(FORMS)
_COLOURS = tuple(COLOURS)
_PAIRS = (("fine", "coarse"), ("soft", "sharp"), ("contrasty", "faint"), ("chaotic", "calm"))
"""Attributes that exclude each other."""
_CHANCE = (0.25, 0.25, 0.1, 0.12)
"""How often either side of each pair is asked for."""


@dataclass(frozen=True, slots=True)
class Scene:
    """`colours`: main colour first, all names of `COLOURS`. `ground` is "black", "white" or "" (none of its own).

    `theme` is a name of `THEMES`, "natural" where the colours are the form's own, or "". `modifier` is a name of
    `MODIFIERS` or ""; `attributes` are names of `ATTRIBUTES`.
    """

    form: str
    colours: tuple[str, ...]
    theme: str = ""
    modifier: str = ""
    ground: str = ""
    attributes: tuple[str, ...] = ()


def held_back(scene: Scene) -> bool:
    """Whether this pair of form and main colour is kept out of lessons (one pair in eight)."""
    named = scene.theme == "" and scene.colours[0] in _COLOURS
    return named and (_FORMS.index(scene.form) * 5 + _COLOURS.index(scene.colours[0]) * 3) % 8 == 0


def sample(rng: Rng, held: bool = False, form: str = "") -> Scene:
    """Return a random scene, one that `held_back` says `held` of; of the given form if one is named."""
    while True:
        scene = _any(rng, form or _FORMS[rng.integers(len(_FORMS))])
        if held_back(scene) == held:
            return scene


def _any(rng: Rng, form: str) -> Scene:
    theme, colours = _palette(rng, form)
    ground = "" if theme in ("rainbow", "mono") else _ground(rng, form)
    modifier = "" if theme == "mono" or rng.random() < 0.55 else _pick(rng, tuple(MODIFIERS))
    return Scene(form, colours, theme, modifier, "" if ground in colours else ground, _attributes(rng))


def _palette(rng: Rng, form: str) -> tuple[str, tuple[str, ...]]:
    own = FORMS[form].palettes
    if own and rng.random() < 0.25:
        return "natural", own[rng.integers(len(own))]
    count = int(rng.choice([1, 2, 3], p=[0.42, 0.42, 0.16]))
    theme = str(rng.choice(["", "warm", "cold", "rainbow", "mono"], p=[0.8, 0.06, 0.06, 0.04, 0.04]))
    if theme == "rainbow":
        return theme, RAINBOW
    if theme == "mono":
        return theme, ("black", "white") if rng.random() < 0.5 else ("white", "black")
    names = {"warm": WARM, "cold": COLD}.get(theme, _COLOURS)
    return theme, _some(rng, names, max(2, count) if theme else count)


def _ground(rng: Rng, form: str) -> str:
    if rng.random() < FORMS[form].on_black:
        return "black"
    return "white" if rng.random() < 0.12 else ""


def _attributes(rng: Rng) -> tuple[str, ...]:
    chosen = [_pick(rng, pair) for pair, chance in zip(_PAIRS, _CHANCE, strict=True) if rng.random() < chance]
    return tuple(chosen + (["symmetric"] if rng.random() < 0.08 else []))


def _pick(rng: Rng, names: Sequence[str]) -> str:
    return names[int(rng.integers(len(names)))]


def _some(rng: Rng, names: Sequence[str], count: int) -> tuple[str, ...]:
    return tuple(str(name) for name in rng.choice(names, count, replace=False))

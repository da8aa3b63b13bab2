"""Captions: the many ways of telling a scene. Pure; random choices come from the generator handed in."""

from collections.abc import Sequence

import numpy as np

from app.training.judges.builtin import vocabulary as v
from app.training.judges.builtin.scene import Scene

Rng = np.random.Generator
_TAILS = ("", "", "", "", "abstract", "art", "pattern", "patterns", "texture", "abstract art", "background")
_STARTS = ("", "", "", "a ", "an abstract image of ", "a picture of ")


def full(scene: Scene, form: str = "", colour: str = "") -> str:
    """Return the caption that names everything by its first word; `form`, `colour` (main) may be swapped."""
    words = [v.ATTRIBUTES[name][0] for name in scene.attributes]
    words += [v.MODIFIERS[scene.modifier][0]] if scene.modifier else []
    words += [v.COLOUR_WORDS[name][0] for name in (colour or scene.colours[0], *scene.colours[1:3])]
    words.append(v.FORMS[form or scene.form].nouns[0])
    return " ".join(words + (["on", scene.ground] if scene.ground else []))


def caption(scene: Scene, rng: Rng) -> str:
    """Return one caption as a person could write it: synonyms, other orders, some things left out."""
    noun = _pick(rng, v.FORMS[scene.form].nouns) if rng.random() < 0.88 else ""
    adjective = _pick(rng, v.FORMS[scene.form].adjectives) if not noun or rng.random() < 0.4 else ""
    colours = _colours(scene, rng)
    modifier = _pick(rng, v.MODIFIERS[scene.modifier]) if scene.modifier and rng.random() < 0.85 else ""
    named = [_pick(rng, v.ATTRIBUTES[name]) for name in scene.attributes if rng.random() < 0.65]
    attributes = " ".join(named[:2])
    ground = f"on {scene.ground}" if scene.ground and rng.random() < 0.5 else ""
    parts = _order(rng, noun, adjective, modifier, colours, attributes)
    tail = "" if ground else _pick(rng, _TAILS)
    return " ".join(f"{_pick(rng, _STARTS)}{parts} {ground} {tail}".split())


def _order(rng: Rng, noun: str, adjective: str, modifier: str, colours: str, attributes: str) -> str:
    kind = rng.random()
    if kind < 0.45:
        return f"{attributes} {adjective} {modifier} {colours} {noun}"
    if kind < 0.65:
        return f"{modifier} {colours} {attributes} {adjective} {noun}"
    if kind < 0.85 and noun and colours:
        return f"{attributes} {adjective} {noun} in {modifier} {colours}"
    return f"{adjective} {attributes} {noun} {modifier} {colours}"


def _colours(scene: Scene, rng: Rng) -> str:
    words = [_pick(rng, v.COLOUR_WORDS[name]) for name in scene.colours[:3]]
    if scene.theme == "natural":
        return "" if rng.random() < 0.6 else " and ".join(words[:2])
    if scene.theme in ("rainbow", "mono") or (scene.theme and rng.random() < 0.6):
        return _pick(rng, v.THEMES[scene.theme])
    return _pick(rng, (" and ", " ")).join(words)


def _pick(rng: Rng, words: Sequence[str]) -> str:
    return words[int(rng.integers(len(words)))]

"""From words to a scene: what a text asks to have drawn. Pure; any thread.

The other way round from captions: a text that names a form becomes a scene that the guide's drawers can draw.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from app.training.judges.builtin import vocabulary as v
from app.training.judges.builtin.lexicon import read
from app.training.judges.builtin.scene import Scene

NOUN = 3
"""Each word of a noun says so much more about the form than an adjective, which several forms share."""

DARK = 0.5
"""Share of scenes on black where nothing speaks against it: what is shown is light."""
PALE = ("pastel", "muted")


def scene_of(text: str, rng: np.random.Generator) -> Scene | None:
    """Return a scene that shows what `text` says, None if it names no form; `rng` chooses what it leaves open."""
    words = read(text).words
    form = _form(words, rng)
    if not form:
        return None
    named = colours_of(words)
    ground = ground_of(words, form, rng)
    colours = tuple(name for name in named if name != ground) or named
    theme = _first(words, v.THEMES)
    if not colours:
        theme, colours = _unnamed(form, theme, rng)
    attributes = tuple(name for name, same in v.ATTRIBUTES.items() if _says(words, same))
    ground = "" if ground in colours else ground
    return Scene(form, colours, theme, modifier_of(words), ground, attributes)


def colours_of(words: Sequence[str]) -> tuple[str, ...]:
    """Return the colours that known words name, in their order."""
    return tuple(dict.fromkeys(name for word in words for name, same in v.COLOUR_WORDS.items() if word in same))


def modifier_of(words: Sequence[str]) -> str:
    """Return the first of `MODIFIERS` that known words speak of, "" if they speak of none."""
    return _first(words, v.MODIFIERS)


def ground_of(words: Sequence[str], form: str, rng: np.random.Generator) -> str:
    """Return "black" where a text says so after another colour, often where it leaves it open; else ""."""
    named = colours_of(words)
    left_open = "black" not in named and modifier_of(words) not in PALE
    dark = left_open and rng.random() < max(v.FORMS[form].on_black, DARK)
    return "black" if "black" in named[1:] or dark else ""


def _form(words: Sequence[str], rng: np.random.Generator) -> str:
    """Return the form that most of the words speak for, one of the best by chance, or ""."""
    votes = {
        name: sum(NOUN * len(noun.split()) for noun in form.nouns if _says(words, (noun,)))
        + sum(adjective in words for adjective in form.adjectives)
        for name, form in v.FORMS.items()
    }
    most = max(votes.values())
    return str(rng.choice([name for name, count in votes.items() if count == most])) if most else ""


def _unnamed(form: str, theme: str, rng: np.random.Generator) -> tuple[str, tuple[str, ...]]:
    """Return theme and colours for a text that names no colour: the theme's, the form's own by nature, or any."""
    own = v.FORMS[form].palettes
    if theme == "rainbow":
        return theme, v.RAINBOW
    if theme == "mono":
        return theme, ("black", "white")
    if own and not theme:
        return "natural", own[rng.integers(len(own))]
    among = {"warm": v.WARM, "cold": v.COLD}.get(theme, tuple(v.COLOURS))
    return theme, tuple(str(name) for name in rng.choice(among, 2, replace=False))


def _first(words: Sequence[str], table: Mapping[str, Sequence[str]]) -> str:
    return next((name for name, same in table.items() if _says(words, same)), "")


def _says(words: Sequence[str], phrases: Sequence[str]) -> bool:
    """Whether one of these phrases stands in a text's known words."""
    text = f" {' '.join(words)} "
    return any(f" {phrase} " in text for phrase in phrases)

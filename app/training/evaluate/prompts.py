"""Prompt lists: what a style is ranked among. Reads text files; draws and judges nothing.

A palette-fixed list holds colours still and asks for the form alone: on a mixed one colour gives the answer away.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app import paths
from app.problems import UserError
from app.training.judges.builtin.vocabulary import COLOUR_WORDS, FORMS, MODIFIERS, THEMES

LONGEST, MOST = 300, 1000
MAX_BYTES = 1 << 20
FORM_WORDS: dict[str, str] = {
    name: {"waves": "waves", "clouds": "fog", "cells": "crystal", "checks": "checkerboard", "rays": "sunburst"}.get(
        name, form.nouns[0]
    )
    for name, form in FORMS.items()
}
"""The one noun that stands for each of the 22 forms."""


@dataclass(frozen=True, slots=True)
class PromptList:
    """`texts`, of which any of `wanted` (indices) is right."""

    texts: tuple[str, ...]
    wanted: tuple[int, ...]

    @property
    def chance(self) -> float:
        """How often a guess would be right."""
        return len(self.wanted) / len(self.texts)


def shipped(name: str) -> tuple[str, ...]:
    """Return a list that ships: "mixed", "palette_fixed" (palettes only) or "artefacts"."""
    return read(paths.shipped("assets", "prompts", f"{name}.txt"))


def read(path: Path) -> tuple[str, ...]:
    """Read one prompt a line, "#" begins a comment line. `UserError` names the line that can't be used."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1).decode("utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{path}: is no text file; write one prompt a line, UTF-8") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    prompts = {line: number for number, line in reversed(lines) if line and not line.startswith("#")}
    for line, number in prompts.items():
        if len(line) > LONGEST:
            raise UserError(f"{path}:{number}: a prompt of {len(line)} characters; keep it under {LONGEST}")
    if not 2 <= len(prompts) <= MOST:
        raise UserError(f"{path}: holds {len(prompts)} prompts; 2 to {MOST} are needed to rank among")
    return tuple(sorted(prompts, key=lambda line: prompts[line]))


def mixed(prompt: str, texts: Iterable[str]) -> PromptList:
    """Return `texts` with `prompt` first."""
    others = [text for text in texts if text.casefold() != prompt.casefold()]
    return PromptList((prompt, *others), (0,))


def palette_fixed(prompt: str) -> PromptList | None:
    """Return the 22 forms in the prompt's own colours; None for a prompt that names no form that is known.

    Right are the forms that its nouns name ("blue spiral"), or its adjectives where there is no noun ("flowing").
    Without colour words the colours are those that the form has by nature.
    """
    forms = forms_of(prompt)
    if not forms:
        return None
    palette = palette_of(prompt) or _natural(forms[0])
    names = list(FORM_WORDS)
    texts = tuple(f"{palette} {word}".strip() for word in FORM_WORDS.values())
    return PromptList(texts, tuple(names.index(form) for form in forms))


def forms_of(prompt: str) -> tuple[str, ...]:
    """Return the forms that a prompt names, by nouns if it has any, else by adjectives."""
    nouns = {name: form.nouns for name, form in FORMS.items()}
    adjectives = {name: form.adjectives for name, form in FORMS.items()}
    named = _said(prompt, nouns) or _said(prompt, adjectives)
    return tuple(name for name in FORMS if any(name in words for _, words in named))


def palette_of(prompt: str) -> str:
    """Return the words of a prompt that speak of colour, in their order, "" for none."""
    return " ".join(word for word, _ in _said(prompt, {**COLOUR_WORDS, **THEMES, **MODIFIERS}))


def _natural(form: str) -> str:
    palettes = FORMS[form].palettes
    return " ".join(palettes[0]) if palettes else ""


def _said(prompt: str, table: Mapping[str, tuple[str, ...]]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the words of a table that a prompt holds, the longest at each place, with the names each stands for."""
    names: dict[str, tuple[str, ...]] = {}
    for name, words in table.items():
        for word in words:
            names[word] = (*names.get(word, ()), name)
    longest_first = "|".join(re.escape(word) for word in sorted(names, key=len, reverse=True))
    found = re.finditer(rf"\b({longest_first})(?:s|es)?\b", prompt.casefold())
    return [(match[1], names[match[1]]) for match in found]

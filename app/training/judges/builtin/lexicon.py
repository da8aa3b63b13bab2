"""The parser in front of the built-in judges: words to known words, negation, unknown ones. Pure, torch-free.

Plural and other endings are taken off; some everyday words are read as several known ones ("zebra": black and white
stripes). Everything else is unknown and is said to be, never guessed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from app.training.judges.builtin import vocabulary as v

READ_AS = {
    "aurora": "glowing green teal waves",
    "northern": "",
    "borealis": "",
    "forest": "green organic labyrinth",
    "jungle": "green living labyrinth",
    "desert": "gold dunes",
    "volcano": "burning lava",
    "magma": "lava",
    "snow": "white ice",
    "frozen": "icy crystals",
    "frost": "icy white crystals",
    "rain": "grey blue threads",
    "tiger": "orange black stripes",
    "zebra": "black and white stripes",
    "leopard": "gold black spots",
    "chess": "black and white chessboard",
    "zen": "calm",
    "rave": "neon techno",
    "disco": "colorful dots",
    "candy": "bright pink",
    "underwater": "teal water",
    "deep-sea": "dark blue water",
    "lake": "calm water",
    "underworld": "dark fire",
    "hell": "red inferno",
    "heaven": "white clouds",
    "sunrise": "dawn",
    "dusk": "dark sunset",
    "moon": "white glow",
    "planet": "cosmic",
    "milky": "starry",
    "supernova": "bright cosmic explosion",
    "vaporwave": "pink cyan synthwave",
    "retrowave": "synthwave",
    "steampunk": "brass geometric",
    "organism": "organic",
    "plasma": "electric glowing",
    "laser": "neon beams",
    "tunnel": "concentric rings",
    "flower": "symmetric pink rays",
    "petals": "symmetric pink",
    "honeycomb": "gold cells",
    "web": "net",
    "lace": "fine white net",
    "feather": "soft threads",
    "velvet": "soft dark",
    "chrome": "silver liquid metal",
    "mercury": "silver liquid metal",
    "diamond": "white crystals",
    "opal": "pastel iridescent marble",
    "amethyst": "purple crystals",
    "emeralds": "emerald crystals",
    "rust": "brown",
    "blood": "crimson",
    "honey": "gold liquid",
    "hallucination": "psychedelic",
    "trippy": "psychedelic",
    "acid": "psychedelic",
    "dream": "dreamy",
    "nightmare": "dark chaotic",
    "joyful": "bright",
    "angry": "intense chaotic",
    "furious": "intense chaotic",
    "sad": "muted",
    "quiet": "calm",
    "loud": "intense",
    "tranquil": "calm",
    "tornado": "dark chaotic vortex",
    "hurricane": "turbulent vortex",
    "blizzard": "white chaotic",
}
"""Everyday words in the judge's own. Not practised in any lesson."""
ALONE = {"night": "midnight"}
"""What words mean that the judge only practised as the beginning of a phrase ("night sky"), where they stand alone."""
_ENDINGS = (
    ("", "s"),
    ("ies", "y"),
    ("es", ""),
    ("s", ""),
    ("ing", ""),
    ("ing", "e"),
    ("ed", ""),
    ("ed", "e"),
    ("y", ""),
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", re.UNICODE)
_STOPS_NEGATION = frozenset({"and", "but", "with", "in", "on", "just", "only"})
_NEGATED_WORDS = 2
MAX_TEXT = 1000
"""Characters that are read of a text."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the judges make of a text. `words` are known ones in order; `avoided` were negated ("no red").

    `read_as` tells which words were replaced, `unknown` which mean nothing, as they were written.
    """

    words: tuple[str, ...]
    avoided: tuple[str, ...]
    unknown: tuple[str, ...]
    read_as: tuple[tuple[str, str], ...]


@cache
def known_words() -> tuple[str, ...]:
    """Return every single word the judges practised, sorted: their place is their token number less one."""
    return tuple(sorted({part for phrase in _phrases() for part in phrase.split()}))


@cache
def _phrases() -> frozenset[str]:
    """Return all that was practised, of one word or more."""
    return frozenset([*v.FILLERS, *(word for table in _tables() for words in table for word in words)])


def _tables() -> Iterator[Iterator[tuple[str, ...]]]:
    yield (form.nouns + form.adjectives for form in v.FORMS.values())
    for table in (v.COLOUR_WORDS, v.THEMES, v.MODIFIERS, v.ATTRIBUTES):
        yield iter(table.values())


def read(text: str) -> Reading:
    """Return what the judges make of `text`; only its first 1000 characters count."""
    words: list[str] = []
    avoided: list[str] = []
    unknown: list[str] = []
    read_as: list[tuple[str, str]] = []
    negated = 0
    found = _WORD.findall(text[:MAX_TEXT])
    for written, after in zip(found, [*found[1:], ""], strict=False):
        word = written.lower()
        if word in ALONE and f"{word} {after.lower()}" not in _phrases():
            word = ALONE[word]
        if word in v.NEGATIONS:
            negated = _NEGATED_WORDS
            continue
        if word in _STOPS_NEGATION:
            negated = 0
        meant = _meaning(word)
        if meant is None:
            unknown.append(written)
            continue
        if meant != (word,) and word in READ_AS:
            read_as.append((written, " ".join(meant)))
        (avoided if negated else words).extend(meant)
        negated = max(0, negated - 1)
    return Reading(tuple(words), tuple(avoided), tuple(unknown), tuple(read_as))


def unknown_words(text: str) -> tuple[str, ...]:
    """Return the words of `text` that mean nothing to the built-in judges, as written."""
    return read(text).unknown


def content(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words that say something about form, colour or mood."""
    return tuple(word for word in words if word not in v.FILLERS)


@cache
def _known() -> frozenset[str]:
    return frozenset(known_words())


def _meaning(word: str) -> tuple[str, ...] | None:
    known = _known()
    if word in known and word not in READ_AS:
        return (word,)
    if word in READ_AS:
        return tuple(READ_AS[word].split())
    if "-" in word or "'" in word or "’" in word:
        parts = [_meaning(part) for part in re.split(r"['’-]", word) if part != "s"]
        return tuple(w for part in parts if part for w in part) if all(part is not None for part in parts) else None
    for ending, instead in _ENDINGS:
        stem = word.removesuffix(ending) + instead
        if stem != word and word.endswith(ending) and len(stem) > 2 and (stem in known or stem in READ_AS):
            return _meaning(stem)
    return None

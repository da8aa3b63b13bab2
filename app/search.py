"""Search by meaning: which looks or styles a text means, told by the built-in guide, and by words where it knows none.

Main thread, which only asks and takes; an errand reads texts and looks at thumbnails (`Library`), in NumPy, so that
neither a frame nor torch is needed for it.
"""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app import preset as presets
from app import style as styles
from app.audio.errand import Errand
from app.problems import UserError
from app.training.judges.builtin.lexicon import content, read, unknown_words
from app.training.judges.builtin.slim import SlimGuide

Kind = Literal["look", "style"]
Pixels = NDArray[np.uint8]
Vector = NDArray[np.float32]
PICTURE_SHARE = 0.6
"""What a thing looks like counts so much; the rest is what its style was asked for: effects and colours may differ."""
NEAR = 0.4
"""How much of the best score another one must have to be listed."""
FEWEST, MOST = 3, 12
AGAIN_SECONDS = 1.0
"""Thumbnails that came since, and files that were saved, count after this time."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a text means, best first. `unknown` are its words that mean nothing to the guide.

    `by_words`: the guide knew none of them; these have them in their prompt, mood or style's name.
    """

    names: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    by_words: bool = False


_STYLE_LINE = re.compile(r"""^style:\s*['"]?([^'"#\n]+)""", re.MULTILINE)
"""All that is wanted of a preset: to read one whole takes 2 ms of Python, and frames would feel a large library's."""
MOST_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class _Ask:
    kind: Kind
    text: str
    pictures: tuple[tuple[str, Pixels | None], ...]


class Search:
    """One question at a time, the newest; `pixels` returns a thumbnail (height, width, 4) or None."""

    def __init__(self, weights: Path, pixels: Callable[[Kind, str], Pixels | None]) -> None:
        self._shelf, self._pixels = Shelf(weights), pixels
        self._errand: Errand[tuple[tuple[Kind, str], Found]] = Errand(lambda _: None)
        self._answers: dict[tuple[Kind, str], Found] = {}
        self._asked: tuple[Kind, str] | None = None
        self._asked_seconds = 0.0

    def find(self, kind: Kind, text: str, names: Iterable[str]) -> Found | None:
        """Return what of `names` a text means, None while that is not known yet. Ask in every frame."""
        question = kind, " ".join(text.split())
        answer = self._errand.take()
        if answer is not None:
            self._answers = dict([answer])
        now = time.monotonic()
        if not self._errand.running and (question != self._asked or now - self._asked_seconds > AGAIN_SECONDS):
            self._asked, self._asked_seconds = question, now
            ask = _Ask(*question, tuple((name, self._pixels(kind, name)) for name in names))
            self._errand.start(lambda: (question, self._shelf.find(ask)))
        return self._answers.get(question)


class Shelf:
    """What the guide makes of the library, remembered; used by one errand at a time."""

    def __init__(self, weights: Path) -> None:
        self._weights = weights
        self._guide: SlimGuide | None = None
        self._seen: dict[tuple[Kind, str], tuple[Pixels, Vector]] = {}
        self._read: dict[str, Vector | None] = {}
        self._styles: dict[Path, tuple[int, str]] = {}

    def find(self, ask: _Ask) -> Found:
        """Answer one question. Where the guide can't be read or knows none of the words, words decide."""
        headers = {entry.name: entry.header for entry in styles.listing()}
        style_of = self._style_of(ask)
        told = {name: headers[own].prompts if own in headers else () for name, own in style_of.items()}
        try:
            self._guide = self._guide or SlimGuide(self._weights)
            wanted = self._guide.read(ask.text) if content(read(ask.text).words) else None
        except UserError:
            wanted = None
        if wanted is None or self._guide is None:
            moods = {name: headers[own].tags if own in headers else () for name, own in style_of.items()}
            text_of = {name: " ".join((own, *told[name], *moods[name])) for name, own in style_of.items()}
            return Found(_with_words(ask.text, text_of), unknown_words(ask.text), True)
        scores = {name: self._score(self._guide, wanted, (ask.kind, name), picture, told[name])
                  for name, picture in ask.pictures}  # fmt: skip
        return Found(_nearest(scores), unknown_words(ask.text))

    def _score(self, guide: SlimGuide, wanted: Vector, thing: tuple[Kind, str], picture: Pixels | None,
               prompts: Iterable[str]) -> float:  # fmt: skip
        """Return how near a thing is; what has no picture or no prompt yet is judged by the other alone."""
        worded = [float(vector @ wanted) for prompt in prompts if (vector := self._reading(guide, prompt)) is not None]
        shown = float(self._sight(guide, thing, picture) @ wanted) if picture is not None else None
        if shown is None:
            return max(worded, default=-1.0)
        return PICTURE_SHARE * shown + (1 - PICTURE_SHARE) * max(worded) if worded else shown

    def _reading(self, guide: SlimGuide, prompt: str) -> Vector | None:
        if prompt not in self._read:
            self._read[prompt] = guide.read(prompt)
        return self._read[prompt]

    def _sight(self, guide: SlimGuide, thing: tuple[Kind, str], picture: Pixels) -> Vector:
        known = self._seen.get(thing)
        if known is None or known[0] is not picture:
            known = self._seen[thing] = picture, guide.see(picture)
        return known[1]

    def _style_of(self, ask: _Ask) -> dict[str, str]:
        """Return thing → the style it is drawn with; a preset whose style can't be told has none."""
        if ask.kind == "style":
            return {name: name for name, _ in ask.pictures}
        places = {entry.name: entry.path for entry in presets.listing()}
        return {name: self._style_in(places[name]) if name in places else "" for name, _ in ask.pictures}

    def _style_in(self, path: Path) -> str:
        try:
            stamp = path.stat().st_mtime_ns
            if path not in self._styles or self._styles[path][0] != stamp:
                line = _STYLE_LINE.search(path.read_text("utf-8")[:MOST_TEXT])
                self._styles[path] = stamp, line[1].strip() if line else ""
        except (OSError, UnicodeDecodeError):
            return ""
        return self._styles[path][1]


def _nearest(scores: dict[str, float]) -> tuple[str, ...]:
    ranked = sorted(scores, key=lambda name: -scores[name])
    best = scores[ranked[0]] if ranked else 0.0
    return tuple(name for i, name in enumerate(ranked[:MOST]) if i < FEWEST or scores[name] >= max(NEAR * best, 0.0))


def _with_words(text: str, text_of: dict[str, str]) -> tuple[str, ...]:
    """Return the things whose texts have any of the words, those with most of them first."""
    words = set(re.findall(r"\w+", text.lower()))
    hits = {name: sum(word in own.lower() for word in words) for name, own in text_of.items()}
    return tuple(sorted((name for name, count in hits.items() if count), key=lambda name: -hits[name]))[:MOST]

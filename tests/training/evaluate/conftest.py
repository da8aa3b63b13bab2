"""A judge that needs no weights, styles small enough to draw in no time, and a track without a file."""

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch

from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.style import Header, Style
from app.training.evaluate.tracks import FPS, Track
from app.training.judges.builtin.vocabulary import COLOUR_WORDS
from app.training.judges.judge import JudgeInfo

HUES = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1), "white": (1, 1, 1), "black": (0, 0, 0)}
KNOWN = frozenset(word for words in COLOUR_WORDS.values() for phrase in words for word in phrase.split())


class ColourJudge:
    """Knows three things of a picture: its mean red, green and blue; and of a text its colour words and a hash."""

    def __init__(self, name: str = "fake", stranger: str = "lovecraft") -> None:
        self.info = JudgeInfo(name, "fake family", "0" * 64, "MIT", 32)
        self.stranger = stranger

    def embed_text(self, texts: Sequence[str]) -> Any:
        return torch.stack([self._text(text) for text in texts])

    def _text(self, text: str) -> Any:
        colours = [HUES[word] for word in text.casefold().split() if word in HUES]
        noise = np.random.default_rng(zlib.crc32(text.encode())).normal(0, 1, 4)
        vector = torch.tensor([*np.sum(colours or [(0, 0, 0)], axis=0) - 0.3, *noise * 0.1], dtype=torch.float32)
        return vector / vector.norm()

    def embed_image(self, batch: Any) -> Any:
        means = batch.mean(dim=(2, 3)) - 0.3
        vectors = torch.cat([means, torch.zeros(len(batch), 4)], dim=1)
        return vectors / vectors.norm(dim=1, keepdim=True).clamp_min(1e-6)

    def unknown_words(self, text: str) -> tuple[str, ...]:
        return tuple(word for word in text.split() if word == self.stranger)


@pytest.fixture
def judge() -> ColourJudge:
    return ColourJudge()


def small_style(seed: int = 1, name: str = "small", prompts: tuple[str, ...] = ("blue waves",), **header: Any) -> Style:
    return random_style(seed, Arch(width=8, depth=2), header=Header(prompts=prompts, **header), name=name)


def painted(rgb: tuple[float, float, float], name: str, prompts: tuple[str, ...]) -> Style:
    """Return a style of one colour that never moves."""
    style = small_style(name=name, prompts=prompts)
    logits = np.log(np.clip(rgb, 0.02, 0.98) / (1 - np.clip(rgb, 0.02, 0.98))).astype(np.float32)
    return Style(name, style.arch, (*style.layers[:-1], (np.zeros((3, 8), np.float32), logits)), style.header)


def noise_style(name: str = "noise") -> Style:
    """Return a style that is another white noise in every picture."""
    style = small_style(name=name)
    weights = np.random.default_rng(1).uniform(-1, 1, (8, 12)).astype(np.float32)
    weights[:, :2] *= 3e3
    weights[:, 2] *= 3e3
    last = style.layers[-1][0] * 0 + np.random.default_rng(2).normal(0, 2, (3, 8)).astype(np.float32)
    return Style(
        name,
        style.arch,
        ((weights, style.layers[0][1]), *style.layers[1:-1], (last, np.zeros(3, np.float32))),
        style.header,
    )


@pytest.fixture
def track() -> Track:
    """Half a second in which everything swells."""
    count = FPS // 2
    heard = np.linspace(0.1, 0.9, count)[:, None] * np.ones((1, 9))
    return Track("swell", 3.0, heard, np.zeros((24_000, 1), np.float32), 48_000)

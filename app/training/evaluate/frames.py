"""Frames: pictures of a style at given moments, drawn as live ones are. No GL; the painter's threads only.

Always the same painter for the same style on one machine (never whichever won a race), so that a measurement repeats.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from app.audio.features import FEATURES
from app.cppn.inputs import View, fold, pixel_to_plane
from app.cppn.llvm_jit import Refused
from app.cppn.painter import Painter, thread_count
from app.render.cpu_kernel import CompiledPainter
from app.render.painters import TilePainter
from app.style import Style
from app.training.evaluate.tracks import FPS, Track

Picture = NDArray[np.uint8]
"""Shape (height, width, 3), top row first."""
Film = NDArray[np.uint8]
"""Shape (frames, height, width, 3), top row first."""
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""BT.601, as most SSIM figures use."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a picture is drawn with: the show's time, and the nine sound inputs in the order of `FEATURES`."""

    seconds: float
    heard: tuple[float, ...]

    @property
    def loudness(self) -> float:
        """How loud it is, 0..1."""
        return self.heard[FEATURES.index("loudness")]


class Brush:
    """Draws one style after another. Use it as a context: its threads end with it."""

    def __init__(self, style: Style) -> None:
        self._painter = _painter(style)

    def __enter__(self) -> "Brush":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._painter.release()

    def take(self, style: Style) -> None:
        """Draw `style` from now on."""
        try:
            self._painter.take(style)
        except Refused:
            self._painter.release()
            self._painter = _painter(style)

    def draw(self, moment: Moment, size_px: tuple[int, int]) -> Picture:
        """Return one picture, (width, height) pixels large."""
        canvas = np.empty((size_px[1], size_px[0], 4), np.uint8)
        bias = fold(self._painter.style, moment.seconds, moment.heard)
        self._painter.paint(bias, pixel_to_plane(*size_px, View()), canvas)
        return canvas[::-1, :, :3]

    def film(self, moments: Sequence[Moment], size_px: tuple[int, int]) -> Film:
        """Return one picture for each moment."""
        return np.stack([self.draw(moment, size_px) for moment in moments])


def _painter(style: Style) -> TilePainter:
    try:
        return CompiledPainter(style, thread_count())
    except Refused:
        return Painter(style, thread_count())


def draw(style: Style, moments: Sequence[Moment], size_px: tuple[int, int]) -> Film:
    """Return one picture of `style` for each moment."""
    with Brush(style) as brush:
        return brush.film(moments, size_px)


def moments(track: Track, step: int = 1) -> tuple[Moment, ...]:
    """Return the moments of every `step`-th picture of a track, in the show's time from the excerpt's start on."""
    return tuple(
        Moment(track.start_seconds + k / FPS, tuple(track.heard[k].tolist())) for k in range(0, len(track.heard), step)
    )


def spread(tracks: Sequence[Track], count: int) -> tuple[Moment, ...]:
    """Return about `count` moments, evenly spread over all tracks; at least one of each."""
    return tuple(moment for track in tracks for moment in _some(moments(track), max(1, count // len(tracks))))


def _some(every: Sequence[Moment], count: int) -> Iterator[Moment]:
    for k in range(count):
        yield every[int((k + 0.5) / count * len(every))]


def luma(film: Film) -> NDArray[np.float32]:
    """Return brightness 0..1, shape without the last axis."""
    return np.asarray(film, np.float32) @ LUMA / np.float32(255)


def greyscale(film: Film) -> Film:
    """Return the same pictures without colour."""
    grey = np.rint(luma(film) * 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)

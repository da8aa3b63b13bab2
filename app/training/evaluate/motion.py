"""Motion: how a style moves with time and music. Main thread; flashes are counted on a GL context of its own.

All from the pictures that live drawing would show at 60 a second.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from app.audio.features import FEATURES
from app.clock import Frame
from app.render.flash_limiter import FlashLimiter
from app.render.surface import HeadlessSurface
from app.render.target import Target
from app.training.evaluate.frames import Film, Moment, Picture, luma
from app.training.evaluate.looks import colour_histogram, overlap
from app.training.evaluate.ssim import consecutive, ssim
from app.training.evaluate.tracks import FPS

STEP = 0.5
"""How far one sound input is moved to see what it does; the result is per unit."""
LEAST_STD = 0.05 * 255
"""A flatter picture counts as this uneven."""
JITTER_SECONDS = 1 / FPS

Draw = Callable[[Moment], Picture]


@dataclass(frozen=True, slots=True)
class Motion:
    """A style on one track. `ssim`: mean SSIM(t, t + 1) at 60 fps, and the lowest of them.

    `flashing`: share of pictures in which more than three flashes a second go over a quarter of the field (WCAG
    2.3.1, as the flash limiter counts them): 0 is what may be shown.
    """

    track: str
    pictures: int
    ssim: float
    ssim_lowest: float
    flashing: float


@dataclass(frozen=True, slots=True)
class Reaction:
    """dAudio/std: RMS change of the picture for one unit of each sound input, over the picture's own std.

    As training holds it: the input moved by half a unit, the std over all pixels and channels.

    `inputs` by name; `mean` and `largest` over those that the style listens to.
    """

    inputs: dict[str, float]
    mean: float
    largest: float


@dataclass(frozen=True, slots=True)
class AcrossTracks:
    """Same look, other motion: the least alike pair of tracks. `colours`: overlap of colour histograms, 0..1;
    `ssim`: mean SSIM of pictures of the same moment."""

    colours: float
    ssim: float


def motion(track: str, film: Film) -> Motion:
    """Measure a film of one track at 60 fps; `UserError` where there is no OpenGL at all."""
    alike = consecutive(luma(film)) if len(film) > 1 else np.ones(1)
    return Motion(track, len(film), float(alike.mean()), float(alike.min()), flashing(film))


def flashing(film: Film) -> float:
    """Return the share of pictures, shown at 60 a second, that the flash limiter would not let pass."""
    size_px = (film.shape[2], film.shape[1])
    surface = HeadlessSurface(size_px)
    image, limiter = Target(surface.ctx, size_px), FlashLimiter(surface.ctx, size_px)
    over = 0
    try:
        for index, picture in enumerate(film):
            opaque = np.dstack([picture[::-1], np.full(picture.shape[:2], 255, np.uint8)])
            image.texture.write(opaque.tobytes())
            limiter.apply(image, Frame(index, index / FPS, 1 / FPS), forced=True)
            over += limiter.flashing
    finally:
        image.release()
        limiter.release()
        surface.release()
    return over / len(film)


def flicker(draw: Draw, moments: Sequence[Moment], seed: int = 0) -> float:
    """Return 1 - mean SSIM between pictures and the same ones up to a frame earlier or later, sound held still."""
    rng = np.random.default_rng(seed)
    moved = [replace(m, seconds=m.seconds + float(rng.uniform(-1, 1)) * JITTER_SECONDS) for m in moments]
    pairs = [np.stack([draw(one), draw(other)]) for one, other in zip(moments, moved, strict=True)]
    return 1.0 - float(np.mean([ssim(luma(pair[:1]), luma(pair[1:])).mean() for pair in pairs]))


def reaction(draw: Draw, moments: Sequence[Moment], listens: Sequence[str]) -> Reaction:
    """Measure what each sound input does; `listens` names the inputs of the style."""
    inputs = {}
    for index, name in enumerate(FEATURES):
        if name in listens:
            inputs[name] = float(np.mean([_per_unit(draw, moment, index) for moment in moments]))
    values = list(inputs.values()) or [0.0]
    return Reaction(inputs, float(np.mean(values)), max(values))


def _per_unit(draw: Draw, moment: Moment, index: int) -> float:
    middle = min(max(moment.heard[index], STEP / 2), 1 - STEP / 2)
    low, high = (
        draw(replace(moment, heard=(*moment.heard[:index], middle + side * STEP / 2, *moment.heard[index + 1 :])))
        for side in (-1, 1)
    )
    change = np.sqrt(np.mean((high.astype(np.float64) - low) ** 2)) / STEP
    return float(change / max(float(low.std()), LEAST_STD))


def across(films: Sequence[Film]) -> AcrossTracks | None:
    """Compare one style's films of several tracks; None for fewer than two."""
    if len(films) < 2:
        return None
    histograms = [colour_histogram(film) for film in films]
    colours = [overlap(one, other) for one, other in combinations(histograms, 2)]
    alike = [_alike(one, other) for one, other in combinations(films, 2)]
    return AcrossTracks(min(colours), max(alike))


def _alike(one: Film, other: Film) -> float:
    count = min(len(one), len(other))
    picked = np.linspace(0, count - 1, min(count, 24)).astype(int)
    return float(ssim(luma(one[picked]), luma(other[picked])).mean())

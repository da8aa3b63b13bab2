"""What a finished style's header tells of its motion: the measures of an evaluation, on little of the demo track.

Runs where training ends, in a second or two; makes an OpenGL context of its own for the flashes.
"""

from dataclasses import replace
from functools import partial

import numpy as np

from app.audio.demo import TRACK
from app.audio.features import FEATURES
from app.style import Style
from app.training.evaluate.frames import Brush, luma, moments, spread
from app.training.evaluate.motion import flashing, reaction
from app.training.evaluate.ssim import ssim
from app.training.evaluate.tracks import Track, hear

SECONDS = 4.0
FILM_PX, PAIR_PX = (64, 36), (160, 90)
"""The flash limiter looks at 32 × 18 cells; SSIM depends on the size, so it is that of an evaluation."""
PAIRS, MOMENTS = 12, 4
TRIES = 4
LIVELIEST = 0.4
"""Of dAudio/std: beyond it a style jumps with the music instead of moving with it. Loudness that leads from one prompt
to another is not held back while it is learnt, so such styles may end there."""


def measured(style: Style) -> Style:
    """Return the style with `flash_score`, and `reaction` and `ssim` among its scores.

    One that answers the music too much comes back with what it hears turned down; the score that its words got is
    that of before. `UserError` where there is no OpenGL at all.
    """
    track = hear(TRACK, SECONDS)
    style = _turned_down(style, track)
    with Brush(style) as brush:
        every = moments(track)
        film = brush.film(every, FILM_PX)
        now, later = (brush.film(every[first :: len(every) // PAIRS][:PAIRS], PAIR_PX) for first in (0, 1))
    motion = {
        "reaction": round(_answer(style, track), 3),
        "ssim": round(float(np.mean(ssim(luma(now), luma(later)))), 4),
    }
    header = replace(style.header, scores=style.header.scores | motion, flash_score=round(flashing(film), 4))
    return replace(style, header=header)


def quieter(style: Style, share: float) -> Style:
    """Return the style with `share` of what each heard feature does, and the same picture where all are 0.5."""
    weights, biases = (part.copy() for part in style.layers[0])
    heard = [i for i, name in enumerate(style.arch.inputs) if name in FEATURES]
    biases += 0.5 * (1.0 - share) * weights[:, heard].sum(axis=1)
    weights[:, heard] *= share
    return replace(style, layers=((weights, biases), *style.layers[1:]))


def _turned_down(style: Style, track: Track) -> Style:
    for _ in range(TRIES):
        answer = _answer(style, track)
        if answer <= LIVELIEST:
            break
        style = quieter(style, 0.95 * LIVELIEST / answer)
    return style


def _answer(style: Style, track: Track) -> float:
    with Brush(style) as brush:
        return reaction(partial(brush.draw, size_px=FILM_PX), spread([track], MOMENTS), style.arch.inputs).mean

"""What a finished style's header tells of its motion: the measures of an evaluation, on little of the demo track.

Runs where training ends, in a second or two; makes an OpenGL context of its own for the flashes.
"""

from dataclasses import replace
from functools import partial

import numpy as np

from app.audio.demo import TRACK
from app.style import Style
from app.training.evaluate.frames import Brush, luma, moments, spread
from app.training.evaluate.motion import flashing, reaction
from app.training.evaluate.ssim import ssim
from app.training.evaluate.tracks import hear

SECONDS = 4.0
FILM_PX, PAIR_PX = (64, 36), (160, 90)
"""The flash limiter looks at 32 × 18 cells; SSIM depends on the size, so it is that of an evaluation."""
PAIRS, MOMENTS = 12, 4


def measured(style: Style) -> Style:
    """Return the style with `flash_score`, and `reaction` and `ssim` among its scores.

    `UserError` where there is no OpenGL at all.
    """
    track = hear(TRACK, SECONDS)
    with Brush(style) as brush:
        every = moments(track)
        film = brush.film(every, FILM_PX)
        now, later = (brush.film(every[first :: len(every) // PAIRS][:PAIRS], PAIR_PX) for first in (0, 1))
        answer = reaction(partial(brush.draw, size_px=FILM_PX), spread([track], MOMENTS), style.arch.inputs)
    motion = {"reaction": round(answer.mean, 3), "ssim": round(float(np.mean(ssim(luma(now), luma(later)))), 4)}
    header = replace(style.header, scores=style.header.scores | motion, flash_score=round(flashing(film), 4))
    return replace(style, header=header)

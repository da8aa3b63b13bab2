"""Still pictures for setting up displays: the test pattern and the card that tells a display's name. Any thread."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.output.displays import Display

Picture = NDArray[np.uint8]
"""Shape (height, width, 3), top row first."""
BARS = ((191, 191, 191), (191, 191, 0), (0, 191, 191), (0, 191, 0), (191, 0, 191), (191, 0, 0), (0, 0, 191))
"""Colour bars at 75 %."""
GREYS = 17
WHITE, GREY, INK, AMBER = (255, 255, 255), (70, 70, 70), (12, 12, 14), (255, 178, 64)
CARD_SHARE = 0.4
"""Of a display's sides."""


def figures(display: Display) -> str:
    """Return size and rate as a person reads them."""
    return f"{display.size_px[0]} x {display.size_px[1]}   {display.rate_hz} Hz"


def pattern(display: Display) -> Picture:
    """Draw the test pattern, pixel for pixel: a line around the very edge, a round circle, bars, greys, a grid."""
    image, pen = _canvas(display.size_px, (0, 0, 0))
    width, height = display.size_px
    _grid(pen, width, height)
    for i, colour in enumerate(BARS):
        pen.rectangle(_box(width, height, 0.25 + i / 14, 0.14, 0.25 + (i + 1) / 14, 0.30), fill=colour)
    for i in range(GREYS):
        grey = (round(i * 255 / (GREYS - 1)),) * 3
        left, right = (0.25 + n / (2 * GREYS) for n in (i, i + 1))
        pen.rectangle(_box(width, height, left, 0.70, right, 0.86), fill=grey)
    radius = min(width, height) * 0.48
    middle = (width / 2, height / 2)
    pen.ellipse(
        (middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius), outline=WHITE, width=2
    )
    pen.rectangle((0, 0, width - 1, height - 1), outline=WHITE)
    _words(pen, display, middle, height / 12, box=True)
    return np.asarray(image)


def name_card(display: Display) -> Picture:
    """Draw a card with a display's name, `CARD_SHARE` of its sides large."""
    width, height = (max(64, round(side * CARD_SHARE)) for side in display.size_px)
    image, pen = _canvas((width, height), INK)
    pen.rectangle((0, 0, width - 1, height - 1), outline=AMBER, width=max(2, height // 60))
    _words(pen, display, (width / 2, height / 2), height / 5)
    return np.asarray(image)


def _canvas(size_px: tuple[int, int], colour: tuple[int, int, int]) -> tuple[Any, Any]:
    from PIL import Image, ImageDraw

    image = Image.new("RGB", size_px, colour)
    return image, ImageDraw.Draw(image)


def _box(width: int, height: int, *shares: float) -> tuple[int, ...]:
    left, top, right, bottom = shares
    return round(left * width), round(top * height), round(right * width) - 1, round(bottom * height) - 1


def _grid(pen: Any, width: int, height: int) -> None:
    """Draw squares, eight of them to the height, from the middle outwards; and both diagonals."""
    step = height / 8
    for i in range(-int(width / 2 / step), int(width / 2 / step) + 1):
        x = round(width / 2 + i * step)
        pen.line((x, 0, x, height), fill=GREY)
    for i in range(-4, 5):
        y = round(height / 2 + i * step)
        pen.line((0, y, width, y), fill=GREY)
    pen.line((0, 0, width - 1, height - 1), fill=GREY)
    pen.line((0, height - 1, width - 1, 0), fill=GREY)


def _words(pen: Any, display: Display, middle: tuple[float, float], size_px: float, box: bool = False) -> None:
    """Write name and figures around a point, smaller where the name is long."""
    from PIL import ImageFont

    room = min(display.size_px[0] * CARD_SHARE, middle[0] * 2) * 0.9
    large = ImageFont.load_default(max(8.0, size_px))
    wide = pen.textlength(display.name, font=large)
    large = ImageFont.load_default(max(8.0, size_px * min(1.0, room / max(wide, 1.0))))
    small = ImageFont.load_default(max(8.0, size_px * 0.4))
    if box:
        pen.rectangle((middle[0] - room * 0.6, middle[1] - size_px, middle[0] + room * 0.6, middle[1] + size_px), INK)
    pen.text((middle[0], middle[1] - size_px * 0.25), display.name, WHITE, font=large, anchor="mm")
    pen.text((middle[0], middle[1] + size_px * 0.6), figures(display), AMBER, font=small, anchor="mm")

"""Draws the sheet of looks in the README: every shipped preset, two seconds after it came on air.

Usage: python scripts/draw_looks.py docs/looks.png
"""

import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app import preset as presets
from app.audio.source import SourceChoice
from app.live import Session
from app.output import png
from app.settings import Settings

TILE_PX = (320, 180)
COLUMNS = 3
FPS = 15
HEARD_SECONDS, DRAWN_SECONDS = 31, 2


def look(name: str) -> NDArray[np.uint8]:
    """Return one look's picture (height, width, 3) at a loud moment of the demo track."""
    settings = Settings(
        source=SourceChoice(live=False), preset=name, fps=FPS, picture_px=TILE_PX, headless=True, offline=True
    )
    with ExitStack() as stack:
        session = Session(settings, stack)
        for _ in range(HEARD_SECONDS * FPS):
            session.skip()
        for _ in range(DRAWN_SECONDS * FPS):
            session.step()
        return session.picture.shown.read()[..., :3]


def sheet(names: list[str]) -> NDArray[np.uint8]:
    """Return all looks as tiles, the last row centred on black."""
    rows = []
    for start in range(0, len(names), COLUMNS):
        row = np.hstack([look(name) for name in names[start : start + COLUMNS]])
        missing = TILE_PX[0] * COLUMNS - row.shape[1]
        rows.append(np.pad(row, ((0, 0), (missing // 2, missing - missing // 2), (0, 0))))
    return np.vstack(rows)


if __name__ == "__main__":
    shipped = [entry.name for entry in presets.listing() if entry.shipped]
    png.write(Path(sys.argv[1]), sheet(shipped))

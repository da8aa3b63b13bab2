"""Draws the thumbnails of everything that ships into assets/thumbnails, so that a first start need not.

Usage: python scripts/draw_thumbnails.py. A test says when it is due again: after a style, preset or effect changed.
"""

import os
import shutil
import tempfile
from pathlib import Path

from app import paths
from app import preset as presets
from app import style as styles
from app.render.cpu_backend import CpuBackend
from app.render.library import Library
from app.render.surface import HeadlessSurface
from app.render.thumbnails import Thumbnails


def draw() -> None:
    """Draw every shipped style and look with an empty cache, and keep the cache."""
    surface = HeadlessSurface((64, 64))
    thumbnails = Thumbnails(surface.ctx, lambda: CpuBackend(surface.ctx), Library())
    names = [entry.name for entry in styles.listing()]
    looks = [entry.name for entry in presets.listing()]
    while not all([*map(thumbnails.style, names), *map(thumbnails.look, looks)]):
        thumbnails.step(1.0)
    thumbnails.release()


if __name__ == "__main__":
    shipped = paths.shipped("assets", "thumbnails")
    with tempfile.TemporaryDirectory() as home:
        os.environ["CLAVILUX_HOME"] = home
        shutil.rmtree(shipped, ignore_errors=True)
        draw()
        shutil.copytree(Path(home) / "cache" / "thumbnails", shipped)

"""Draws the moving picture in the README: a few shipped looks on the demo track, each for some seconds.

Usage: python scripts/draw_motion.py docs/motion.webp
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from PIL import Image

from app.audio.source import SourceChoice
from app.live import Session
from app.settings import Settings

LOOKS = ("first_light", "paper_clouds", "jade_temple", "lava_lounge", "furnace", "neon_vespers")
SIZE_PX = (400, 224)
FPS, EVERY = 25, 2
"""Of so many pictures a second every second one is kept."""
HEARD_SECONDS, LOOK_SECONDS, FADE_SECONDS = 31, 2.4, 0.6
QUALITY = 50


def pictures() -> Iterator[Image.Image]:
    """Yield what is kept of a show that passes through the looks and back to the first."""
    source = SourceChoice(live=False)
    settings = Settings(source=source, preset=LOOKS[0], fps=FPS, picture_px=SIZE_PX, headless=True, offline=True)
    with ExitStack() as stack:
        session = Session(settings, stack)
        for _ in range(HEARD_SECONDS * FPS):
            session.skip()
        session.controls.change_time.choose_seconds(FADE_SECONDS)
        session.step()
        for name in (*LOOKS[1:], LOOKS[0]):
            for number in range(round(LOOK_SECONDS * FPS)):
                session.step()
                if number % EVERY == 0:
                    yield Image.fromarray(session.picture.shown.read()[..., :3])
            session.controls.choose_look(name)


if __name__ == "__main__":
    first, *rest = pictures()
    duration_ms = round(1000 * EVERY / FPS)
    first.save(sys.argv[1], save_all=True, append_images=rest, duration=duration_ms, loop=0, quality=QUALITY, method=6)
    print(f"{sys.argv[1]}: {len(rest) + 1} pictures, {Path(sys.argv[1]).stat().st_size / 1e6:.1f} MB")

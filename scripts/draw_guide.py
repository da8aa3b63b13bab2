"""Draws the pictures of docs/performing.md: the window with one panel in front each, cut to what is told of.

Usage, with a display or under xvfb-run -s "-screen 0 1280x720x24": python scripts/draw_guide.py docs
"""

import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from PIL import Image

from app.audio.source import SourceChoice
from app.control.bindings import Binding
from app.live import Session
from app.settings import Settings

WINDOW_PX = (1280, 720)
Box = tuple[int, int, int, int]
LEFT, LOWER_LEFT = (0, 80, 292, 455), (0, 458, 292, 690)
RIGHT, BOTTOM = (937, 80, 1280, 690), (294, 448, 934, 690)
"""Where the panels lie in the first layout, as left, top, right, bottom."""
QUEUED = ("deep_sea", "furnace", "ice_cave", "neon_city", "far_field", "jade_temple")
WARM_FRAMES, SETTLED_FRAMES = 90, 12


def queued(session: Session) -> None:
    """Put a few looks that ship on air and into the queue."""
    there = [name for name in session.controls.looks.names if name in QUEUED]
    for name in there[:2]:
        session.controls.choose_look(name)
        for _ in range(WARM_FRAMES):
            session.step()
    for name in there[2:]:
        session.controls.looks.enqueue(name)


def learning(session: Session) -> None:
    """Bind two macros and begin learn mode."""
    hub = session.controls.control
    hub.add(Binding(source="midi:nanoKONTROL2:cc:1:0", target="param:macro1"))
    hub.add(Binding(source="key:Ctrl+K", target="param:macro4", mode="momentary"))
    hub.map(True)


def nothing(session: Session) -> None:
    """Leave the show as it is."""


PICTURES: dict[str, tuple[str, Box, Callable[[Session], None]]] = {
    "guide-sound": ("Sound", LEFT, nothing),
    "guide-output": ("Output", LOWER_LEFT, nothing),
    "guide-displays": ("Displays", LOWER_LEFT, nothing),
    "guide-decks": ("Decks", LOWER_LEFT, nothing),
    "guide-look": ("Look", RIGHT, nothing),
    "guide-effects": ("Effects", RIGHT, nothing),
    "guide-control": ("Control", RIGHT, nothing),
    "guide-train": ("Train", RIGHT, nothing),
    "guide-queue": ("Queue", BOTTOM, queued),
    "guide-macros": ("Macros", BOTTOM, nothing),
    "guide-learn": ("Macros", BOTTOM, learning),
}
"""File name → (panel, part of the window, what to do before)."""


def draw(folder: Path) -> None:
    """Write all pictures into `folder`."""
    from imgui_bundle import imgui

    settings = Settings(source=SourceChoice(), window_px=WINDOW_PX, preset="first_light")
    with ExitStack() as stack:
        session = Session(settings, stack)
        for _ in range(WARM_FRAMES):
            session.step()
        for name, (panel, box, prepare) in PICTURES.items():
            prepare(session)
            imgui.set_window_focus(panel)
            for _ in range(SETTLED_FRAMES):
                session.step()
            path = folder / f"{name}.png"
            session.screenshot(path)
            Image.open(path).crop(box).save(path, optimize=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ["CLAVILUX_HOME"] = home
        draw(Path(sys.argv[1]))

"""Displays that a chaotic soak moves: the clean output is opened, closed, sent on, and its displays come and go.

Once each change has settled, what is really on the displays is held against what was drawn. Main thread; xrandr is
never waited for. Where there are no virtual displays the soak has no window, and the report says so.
"""

import random
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np
from imgui_bundle import imgui
from numpy.typing import NDArray
from PIL import Image, ImageGrab

from app.clock import Frame
from app.commands.virtual_displays import Area, VirtualDisplays
from app.live import Session
from app.output.window import fitted
from app.render.surface import WindowSurface
from app.render.target import Target

Picture = NDArray[np.uint8]
"""(height, width, 3), top row first."""
CONTROL, *OUTPUTS = ("DUMMY0", "DUMMY1", "DUMMY2")
SIZES_PX = ((800, 600), (800, 600), (640, 360))
WINDOW_PX = (640, 360)
ON_A_CARD = "virtual displays are drawn without the graphics card; LIBGL_ALWAYS_SOFTWARE=1 tries them"
ASK = """
import sys
from app.render.software import is_software
from app.render.surface import HeadlessSurface
sys.exit(is_software(HeadlessSurface((16, 16)).ctx))
"""
ROOT = Path(__file__).resolve().parents[2]
SETTLED_SECONDS, SETTLED_FRAMES = 1.0, 10
LOOK_SECONDS = 3.0
"""How often the displays are looked at while nothing changes."""
PICTURES = 3
"""The screen may be a frame or two behind."""
COARSE_PX = (32, 18)
ALIKE = 1.0
"""Mean difference of coarse pictures, of 255: the right one was within .01, most of those a frame beside it 2 to 20."""
MOST_FAILURES = 8


def open_displays(folder: Path) -> VirtualDisplays:
    """Return virtual displays, or none (and why) where there is no server for them, or a graphics card to soak."""
    displays = VirtualDisplays(folder, SIZES_PX)
    if displays.name and _on_a_card():
        displays.close()
        displays.missing = ON_A_CARD
    return displays


def _on_a_card() -> bool:
    """Return whether a show without a window is drawn by a graphics card. Asked of a process of its own: where an EGL
    context was current once, no window opens."""
    asked = subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, stderr=subprocess.DEVNULL, check=False)
    return asked.returncode == 0


class Stage:
    """An output of the show, beside the clean one that it watches. `failures` are what was seen and must not be."""

    def __init__(self, session: Session, displays: VirtualDisplays, chance: random.Random) -> None:
        assert isinstance(session.surface, WindowSurface) and session.controls.outlets.display is not None
        self._surface, self._displays, self._chance = session.surface, displays, chance
        self._outlets, self._output = session.controls.outlets, session.controls.outlets.display
        self._wanted = self._output.wanted
        self._plugged = {CONTROL, *OUTPUTS}
        self._order: subprocess.Popen[bytes] | None = None
        self._quiet_frames, self._look_at = 0, time.monotonic() + SETTLED_SECONDS
        self._sent: deque[Picture] = deque(maxlen=PICTURES)
        self.counts: Counter[str] = Counter()
        self.failures: list[str] = []
        session.outputs.append(self)
        _hide_panels()

    # ------------------------------------------------------------------ what is done

    def acts(self) -> dict[str, Callable[[], object]]:
        """Return what may be done at any time."""
        return {"output": self.open_or_close, "next display": self.go_on, "display": self.toggle_display}

    def open_or_close(self) -> None:
        """Open the clean output on any display but the control window's, there or not, or close it."""
        name = "" if self._wanted and self._chance.random() < 0.4 else self._chance.choice(OUTPUTS)
        self._output.choose(name)
        self._wanted = name
        self._changed("opened" if name else "closed")

    def go_on(self) -> None:
        """Send it to the next display, as Ctrl+M does."""
        self._outlets.next_display()
        if self._output.wanted != self._wanted:
            self._wanted = self._output.wanted
            self._changed("moved")

    def toggle_display(self) -> None:
        """Plug out the display that the output belongs to, or plug in again what was plugged out."""
        if self._order is not None:
            return
        away = sorted({*OUTPUTS} - self._plugged)
        name = self._chance.choice(away) if away else self._wanted or self._chance.choice(OUTPUTS)
        self._order = (self._displays.plug if away else self._displays.unplug)(name)
        self._plugged ^= {name}
        self._changed("plugged" if away else "unplugged")

    def _changed(self, done: str) -> None:
        self.counts[done] += 1
        self._outlets.blackout = False  # in the dark nothing could be judged
        self._unsettle()

    def _unsettle(self) -> None:
        """Look when everything has had its time."""
        self._quiet_frames, self._look_at = 0, time.monotonic() + SETTLED_SECONDS
        self._sent.clear()

    # ------------------------------------------------------------------ what is seen

    def send(self, image: Target, frame: Frame) -> None:  # noqa: ARG002 - the protocol's shape
        """Keep the last pictures before a look at the displays."""
        if self._order is None and self._quiet_frames >= SETTLED_FRAMES and time.monotonic() >= self._look_at:
            self._sent.append(image.read()[..., :3])

    def step(self) -> None:
        """Once a frame, after it: follow xrandr, and look at the displays when it is time to."""
        self._quiet_frames += 1
        if self._order is not None and self._order.poll() is not None:
            if self._order.returncode:
                self._fail("xrandr failed")
            self._order = None
            self._unsettle()
        if len(self._sent) >= PICTURES:
            self._look()
            self._unsettle()
            self._look_at += LOOK_SECONDS - SETTLED_SECONDS

    def _look(self) -> None:
        screen = np.asarray(ImageGrab.grab(xdisplay=self._displays.name).convert("RGB"))
        there = self._wanted if self._wanted in self._plugged else ""
        self.counts["looked at"] += 1
        self.counts["pictures seen"] += bool(there) and not is_black(self._sent[-1])
        self.counts["seen parked"] += bool(self._wanted) and not there
        areas = {name: self._displays.areas[name] for name in OUTPUTS}
        for text in (self._wrong_state(there), wrong_picture(screen, areas, there, self._sent)):
            if text:
                self._fail(text)

    def _wrong_state(self, there: str) -> str:
        output = self._output
        if output.wanted != self._wanted:
            return f"the output belongs to '{output.wanted}', not to '{self._wanted}'"
        if (output.on.name if output.on is not None else "") != there:
            return f"the output is on {output.on}, not on '{there}'"
        visible = any(window.visible for window in self._surface.companions)
        return "" if visible == bool(there) else f"the output's window is {'seen' if visible else 'hidden'}"

    def _fail(self, text: str) -> None:
        self.counts["failures"] += 1
        if len(self.failures) < MOST_FAILURES:
            self.failures.append(f"displays: {text}")

    def report(self) -> dict[str, Any]:
        """Return what came of it."""
        return {"there": True, **self.counts, "failures": self.failures}

    def close(self) -> None:
        """The server is not ours."""
        if self._order is not None:
            self._order.wait(10)


def _hide_panels() -> None:
    """Press Esc in the control window: small pictures that panels draw by and by would count as growth."""
    for down in (True, False):
        imgui.get_io().add_key_event(imgui.Key.escape, down)


def left_out(why: str) -> dict[str, Any]:
    """Return the report where there are no displays."""
    return {"there": False, "left_out": why, "failures": []}


# ------------------------------------------------------------------ pictures


def wrong_picture(screen: Picture, areas: dict[str, Area], there: str, sent: Collection[Picture]) -> str:
    """Return what is wrong on the displays, "" if nothing is: `there` shows one of `sent`, all others are black."""
    for name, area in areas.items():
        part = _part(screen, area)
        if name != there and not is_black(part):
            return f"{name} shows something, and the output belongs to '{there}'"
        if name == there and not any(shows(part, picture) for picture in sent):
            return f"{name} does not show the picture" + (", it is black" if is_black(part) else "")
    return ""


def _part(picture: Picture, area: Area) -> Picture:
    x, y, width, height = area
    return picture[y : y + height, x : x + width]


def is_black(picture: Picture) -> bool:
    """Return whether nothing can be seen; so of nothing at all."""
    return int(picture.max(initial=0)) < 3


def shows(part: Picture, picture: Picture) -> bool:
    """Return whether a display shows this picture as large as it fits, with black around."""
    size = (part.shape[1], part.shape[0])
    if not part.size:
        return False  # the desktop does not reach so far
    x, y, width, height = fitted((picture.shape[1], picture.shape[0]), (0, 0, *size))
    area = (x, size[1] - y - height, width, height)  # which was counted from the lower left
    around = part.copy()
    _part(around, area)[:] = 0
    enlarged = Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR)
    difference = np.abs(_coarse(Image.fromarray(_part(part, area))) - _coarse(enlarged))
    return is_black(around) and bool(difference.mean() <= ALIKE)


def _coarse(picture: Image.Image) -> NDArray[np.float64]:
    return np.asarray(picture.resize(COARSE_PX, Image.Resampling.BOX), np.float64)

"""The displays that glfw knows of, looked at without cost in every frame. Main thread, after glfw has begun."""

import time
from typing import Any

from app.output.displays import Display, Roster
from app.render.clean_window import handle_of

LOOK_SECONDS = 1.0
"""A change of mode or place, which glfw does not tell, is noticed within this time; a plug or unplug at once."""


class Monitors:
    """Keeps the list; `displays` is the newest, from left to right."""

    def __init__(self, glfw: Any) -> None:
        self._glfw = glfw
        self._roster = Roster()
        self._keys: tuple[int, ...] = ()
        self._next_seconds = 0.0
        self.displays: list[Display] = []

    def look(self) -> list[Display]:
        """Return what is connected now."""
        monitors = self._glfw.get_monitors()
        keys = tuple(handle_of(monitor) for monitor in monitors)
        now = time.monotonic()
        if keys != self._keys or now >= self._next_seconds:
            self._keys, self._next_seconds = keys, now + LOOK_SECONDS
            self.displays = self._roster.name([self._read(monitor) for monitor in monitors])
        return self.displays

    def _read(self, monitor: Any) -> Display:
        glfw = self._glfw
        mode = glfw.get_video_mode(monitor)
        name = glfw.get_monitor_name(monitor) or b"display"
        return Display(
            name.decode("utf-8", "replace").strip() or "display",
            handle_of(monitor),
            tuple(glfw.get_monitor_pos(monitor)),
            (mode.size.width, mode.size.height),
            mode.refresh_rate,
            tuple(glfw.get_monitor_physical_size(monitor)),
        )

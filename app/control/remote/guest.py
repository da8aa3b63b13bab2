"""A guest: one browser that is connected, what it was told and what it waits for. Main thread."""

import json
from dataclasses import dataclass, field
from typing import Any

from app.control.remote import sight
from app.control.remote.wire import Wire

CALM_BYTES = 16 << 10
"""While more than this waits to be taken, a guest is told nothing new: later, the newest."""
MOST_WANTED = 256
_DEVICES = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "CrOS": "Chromebook", "Windows": "Windows",
    "Macintosh": "Mac", "Linux": "Linux",
}  # fmt: skip


@dataclass(eq=False)
class Guest:
    """`token` is empty until it has given the PIN; `since_seconds` is when it came."""

    wire: Wire
    address: str
    since_seconds: float
    device: str = "browser"
    token: str = ""
    wanted: dict[str, None] = field(default_factory=dict)
    """Looks whose pictures it waits for."""
    _layout: dict[str, Any] = field(default_factory=dict)
    _state: dict[str, Any] = field(default_factory=dict)

    def tell(self, layout: dict[str, Any], state: dict[str, Any]) -> None:
        """Send what changed since it was last told."""
        if self.wire.waiting_bytes > CALM_BYTES:
            return
        if layout != self._layout:
            self._layout = layout
            self.say(layout=layout)
        changes = sight.changes(self._state, state)
        self._state = state
        if changes:
            self.say(state=changes)

    def say(self, **parts: Any) -> None:
        """Send one message."""
        self.wire.send(json.dumps(parts, separators=(",", ":"), allow_nan=False))

    def want(self, look: str) -> None:
        """Ask for a picture; what nobody could look at is not noted."""
        if len(self.wanted) < MOST_WANTED:
            self.wanted[look] = None


def device_of(user_agent: str) -> str:
    """Return what kind of computer a browser says it runs on: one of a few words, never its own."""
    return next((name for mark, name in _DEVICES.items() if mark in user_agent), "browser")

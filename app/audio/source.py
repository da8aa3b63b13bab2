"""Where sound comes from: the protocol of a source and the table of them.

A source writes what is *heard now* into the ring when pumped, on the main thread. It never raises out of `pump`
for a lost device: it says so in `status` and keeps time with silence.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from app.audio.ring import Ring
from app.clock import Frame


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """Which source to open, and how.

    `live=False` (offline render, headless fixed step) touches no sound device: `pump` writes exactly the samples up to
    round(frame.seconds * rate). `device` is a name or a part of it, with `whole` all of it, and "" the default input,
    whichever that is at the time. `channels` are the device's inputs to listen to, counted from 0: (0, 1) a pair, (2,)
    a single one, () the first two. `gain_db` is for devices. `audible=False` plays a file silently.
    """

    kind: Literal["demo", "device", "file"] = "demo"
    file: Path | None = None
    device: str = ""
    live: bool = True
    loop: bool = False
    audible: bool = True
    channels: tuple[int, ...] = ()
    gain_db: float = 0.0
    whole: bool = False


class Source(Protocol):
    """A maker of samples."""

    @property
    def label(self) -> str:
        """The name a performer knows it by: device name, file name, "demo"."""
        ...

    @property
    def status(self) -> str:
        """One short line for the panel: "listening", "waiting for NAME", "paused", …."""
        ...

    @property
    def waiting(self) -> bool:
        """Whether a device that it needs is away; `status` names it."""
        ...

    @property
    def latency_seconds(self) -> float:
        """How old the newest sample in the ring is when pumped (0 for a file: it follows the heard sound)."""
        ...

    @property
    def dropped_blocks(self) -> int:
        """Blocks lost before they reached the ring."""
        ...

    def start(self, ring: Ring) -> None:
        """Configure the ring and begin; `UserError` when it cannot."""
        ...

    def pump(self, frame: Frame) -> None:
        """Write every sample due by `frame` into the ring. Never blocks."""
        ...

    def stop(self) -> None:
        """Release the device or file. Safe to call twice; any thread, once nobody pumps any more."""
        ...


@runtime_checkable
class Found(Protocol):
    """A source that learns the whole name of what it was asked for."""

    @property
    def found(self) -> str:
        """The name; "" while it is not known."""
        ...


SOURCES: dict[str, str] = {
    "demo": "app.audio.demo:open_source",
    "device": "app.audio.device:open_source",
    "file": "app.audio.file:open_source",
}
"""Name → factory taking a `SourceChoice` and returning a `Source`, not yet started.

A factory may take long (decode a file, open a device) and is called in any thread; `start` is quick after it.
"""

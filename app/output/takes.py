"""Takes: the recordings of a show, one at a time, each finished in the background. Main thread.

An output that passes pictures on to the running recorder. A take that fails never touches the show.
"""

from pathlib import Path

import moderngl

from app.audio.ring import Ring
from app.clock import Frame
from app.output.recorder import Recorder
from app.problems import Problems
from app.render.target import Target


class Takes:
    """Starts and stops recorders; keeps those that are still being finished."""

    def __init__(self, ctx: moderngl.Context, ring: Ring, problems: Problems, *, live: bool) -> None:
        self._ctx = ctx
        self._ring = ring
        self._problems = problems
        self._live = live
        self._finishing: list[Recorder] = []
        self.running: Recorder | None = None

    def start(self, path: Path, size_px: tuple[int, int], fps: float) -> None:
        """Begin a take; `UserError` when the file cannot be made."""
        self.stop()
        self.running = Recorder(
            self._ctx, path, size_px, fps, self._ring.reader(), live=self._live, problems=self._problems
        )

    def stop(self) -> None:
        """End the running take; its file is completed in the background."""
        if self.running is not None:
            self.running.stop()
            self._finishing.append(self.running)
            self.running = None

    def send(self, image: Target, frame: Frame) -> None:
        """Record one picture if a take is running."""
        if self.running is not None:
            self.running.send(image, frame)
            if self.running.stopped:  # by itself: it failed, or its disk hangs
                self.stop()
        for take in [take for take in self._finishing if take.state.finished]:
            take.close()
            self._finishing.remove(take)

    def close(self) -> None:
        """End the running take and wait until every file is complete."""
        self.stop()
        for take in self._finishing:
            take.close()
        self._finishing.clear()

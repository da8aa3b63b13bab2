"""The flash limiter: the last step of the picture, so that nothing shown flashes more than WCAG 2.3.1 lets it.

Main thread, GL context current. It counts flashes per cell of a grid and decides on the GPU, within the same frame,
and never waits for it. It lowers a risk; it guarantees nothing.

What counts (WCAG 2.x, "general flash and red flash thresholds"): a transition is a change of relative luminance of
0.1 or more against the last peak or valley where the darker side is below 0.8; or of (R - G - B) · 320, negative
values as 0, by more than 20 where either side has R / (R + G + B) of 0.8 or more (R, G, B linear). Two opposing
transitions are a flash. At most three a second may happen in over a quarter of any 10° field, 341 × 256 of 1024 ×
768 pixels. Here an area is made of cells, each counted by itself, and a cell is its mean colour: patterns finer than
a cell are none, as WCAG excepts fine balanced ones.

Two counts per cell, of the input and of what was shown. What is shown: `shown = before + share · (picture - before)`
in linear light, `share` one number for the whole picture. It is 1, and the picture bit for bit itself, until a field's
allowance is used up; then it is as small as it must be for no further transition (0, the picture before, always is).
While the input goes on flashing it is also that of a slow moving average, let go of smoothly later.
"""

from dataclasses import dataclass
from typing import Any, Literal

import moderngl

from app.clock import Frame
from app.render.late_figures import LateFigures
from app.render.screen_pass import ScreenPass
from app.render.target import Target

FlashMode = Literal["off", "standard", "wall"]
CELLS = (32, 18)
SLOTS = 13
"""Texels a cell keeps, see flash_state.frag."""
STEPS = (0.1, 20 / 320)
"""Change that is a transition: of relative luminance, of R - G - B."""
SMALL_PX = 480
"""Longest width of the small copy that is averaged over time."""
AVERAGE_SECONDS, RELEASE_SECONDS = 0.8, 1.0
PASSES = ("small", "cells", "bounds", "windows", "verdict", "state")


@dataclass(frozen=True, slots=True)
class Limit:
    """What flashes in over a quarter of a `field` of cells, anywhere, may flash `flashes` times a second."""

    flashes: int
    field: tuple[int, int]

    @property
    def places(self) -> tuple[int, int]:
        """How many places the field can have, across and up."""
        return CELLS[0] - self.field[0] + 1, CELLS[1] - self.field[1] + 1


LIMITS: dict[FlashMode, Limit] = {
    "standard": Limit(3, (11, 8)),  # a screen of 1024 × 576: 341 × 256 pixels of it
    "wall": Limit(3, (6, 4)),  # a wall that fills 55° of the view: 10° are a fifth of it
}


class Turns:
    """Two targets in turn: `now` is drawn from `before`."""

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int], dtype: str) -> None:
        self.now, self.before = (Target(ctx, size_px, dtype) for _ in range(2))

    def swap(self) -> None:
        """Begin a frame: what was drawn last becomes `before`."""
        self.now, self.before = self.before, self.now

    def release(self) -> None:
        """Free both."""
        self.now.release()
        self.before.release()


class FlashLimiter:
    """Keeps what it knows on the GPU; `mode` may change at any time, "off" passes everything."""

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int], mode: FlashMode = "standard") -> None:
        self._ctx = ctx
        self.mode: FlashMode = mode
        self._passes = {name: ScreenPass(ctx, f"flash_{name}.frag") for name in PASSES}
        self._passes |= {name: ScreenPass(ctx, f"flash_{name}.frag", "flash_show.vert") for name in ("copy", "mix")}
        self._cells = Target(ctx, CELLS, "f4")
        self._bounds = Target(ctx, (CELLS[0], CELLS[1] * 2), "f4")
        places = {mode: limit.places for mode, limit in LIMITS.items()}
        self._windows = {mode: Target(ctx, (across, up * 2), "f4") for mode, (across, up) in places.items()}
        self._state = Turns(ctx, (CELLS[0], CELLS[1] * SLOTS), "f4")
        self._verdict = Turns(ctx, (1, 1), "f4")
        self._figures = LateFigures(ctx)
        self._seconds: float | None = None
        self._allocate(size_px)

    def _allocate(self, size_px: tuple[int, int]) -> None:
        self.size_px = size_px
        self._taps = max(1, -(-size_px[0] // (SMALL_PX * 2)))
        width, height = (max(1, side // (2 * self._taps)) for side in size_px)
        self._small = Target(self._ctx, (width, height), "f2")
        self._shown = Turns(self._ctx, (width, height), "f2")
        self._out = Target(self._ctx, size_px)
        self._has_shown = False

    @property
    def acting(self) -> float:
        """How much it holds back, 0..1, as it was a few frames ago."""
        return 0.0 if self.mode == "off" else self._figures.values[2]

    @property
    def flashing(self) -> bool:
        """Whether the newest input is above the limit. Waits for the GPU: for measuring, not for shows."""
        texel = self._verdict.now.framebuffer.read((0, 0, 1, 1), components=4, dtype="f4")
        return memoryview(texel).cast("f")[1] == 1.0  # what holds is exactly 1 while it flashes, and sinks after that

    def apply(self, image: Target, frame: Frame, *, forced: bool = False) -> Target:
        """Return what may be shown of `image`, which has this size; `forced` shows all of it, but counts (blackout)."""
        if self.mode == "off":
            self._seconds = None
            return image
        fresh = self._seconds is None
        dt = 0.0 if self._seconds is None else max(frame.seconds - self._seconds, 0.0)
        self._seconds = frame.seconds
        for turns in (self._state, self._verdict, self._shown):
            turns.swap()
        self._ctx.disable(moderngl.BLEND | moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        self._measure(image)
        self._judge(LIMITS[self.mode], dt, fresh, forced or fresh or not self._has_shown)
        self._show(image)
        self._figures.ask(self._verdict.now)
        return self._out

    def _measure(self, image: Target) -> None:
        """Get the picture small, in linear light, then the mean colours of its cells."""
        self._draw("small", self._small, {"image": image}, taps=self._taps)
        self._draw("cells", self._cells, {"small_image": self._small}, cells=CELLS)

    def _judge(self, limit: Limit, dt: float, fresh: bool, forced: bool) -> None:
        """Decide from what was shown so far, then count what will be shown."""
        known = {"grid": self._cells, "state": self._state.before}
        windows = self._windows[self.mode]
        self._draw("bounds", self._bounds, known, dt=dt, allowed=2 * limit.flashes, steps=STEPS)
        self._draw(
            "windows", windows, {"bounds": self._bounds}, window=limit.field, places_high=limit.places[1], rows=CELLS[1]
        )
        judged = {"windows": windows, "before": self._verdict.before}
        seconds = (AVERAGE_SECONDS, RELEASE_SECONDS)
        self._draw("verdict", self._verdict.now, judged, dt=dt, seconds=seconds, forced=forced, fresh=fresh)
        self._draw("state", self._state.now, known | {"verdict": self._verdict.now}, dt=dt, steps=STEPS, fresh=fresh)

    def _show(self, image: Target) -> None:
        """Draw what is shown, and its small copy that the next frame starts from."""
        verdict, before = {"verdict": self._verdict.now}, {"before": self._shown.before}
        for into, picture in ((self._out, image), (self._shown.now, self._small)):
            self._draw("copy", into, {"image": picture} | verdict, mixing=False)
            small = into is self._shown.now
            self._draw("mix", into, {"image": picture} | verdict | before, mixing=True, small_copy=small)
        self._has_shown = True

    def _draw(self, name: str, into: Target, images: dict[str, Target], **uniforms: Any) -> None:
        into.use()
        for unit, image in enumerate(images.values()):
            image.texture.use(unit)
        self._passes[name].draw(**{image: unit for unit, image in enumerate(images)}, **uniforms)

    def resize(self, size_px: tuple[int, int]) -> None:
        """Take pictures of another size; the counts stay, the first one is shown as it is."""
        self._release_pictures()
        self._allocate(size_px)

    def _release_pictures(self) -> None:
        self._small.release()
        self._shown.release()
        self._out.release()

    def release(self) -> None:
        """Free the GL objects."""
        self._release_pictures()
        for target in (self._cells, self._bounds, *self._windows.values()):
            target.release()
        for turns in (self._state, self._verdict):
            turns.release()
        for screen_pass in self._passes.values():
            screen_pass.release()
        self._figures.release()

"""Buffers of one effect in the chain: a target per TARGET of its passes, twin where a pass may read what it writes.

Main thread, GL context current. Persistent ones keep their picture from frame to frame, also through a new size;
what a stranger's file may ask for is bounded.
"""

import math
from collections.abc import Mapping

import moderngl

from app.problems import UserError
from app.render.copier import Copier
from app.render.isf import EffectFile, Pass
from app.render.target import Target

MAX_SIDE_PX = 8192
MAX_BYTES = 1 << 30
_BYTES_PER_PIXEL = {"f1": 4, "f4": 16}


class Buffer:
    """One TARGET. `front` holds what was drawn last; drawing goes to the back and then they change places."""

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int], dtype: str, twin: bool) -> None:
        self.dtype, self.twin = dtype, twin
        self.front = self._back = Target(ctx, size_px, dtype)
        if twin:
            try:
                self._back = Target(ctx, size_px, dtype)
            except moderngl.Error:
                self.front.release()
                raise

    def target(self) -> Target:
        """Return what to draw into."""
        return self._back

    def swap(self) -> None:
        """Make what was drawn readable."""
        self.front, self._back = self._back, self.front

    def release(self) -> None:
        """Free the GL objects."""
        self.front.release()
        if self._back is not self.front:
            self._back.release()


class Buffers:
    """The buffers of one place in the chain, by name."""

    def __init__(self, ctx: moderngl.Context, copier: Copier) -> None:
        self._ctx, self._copier = ctx, copier
        self.by_name: dict[str, Buffer] = {}

    def prepare(self, effect: EffectFile, size_px: tuple[int, int], values: Mapping[str, float]) -> None:
        """Bring every buffer to the size its pass asks for.

        `UserError` if they would take too much memory, `moderngl.Error` if the driver has not so much.
        """
        wanted = _wanted(effect, size_px, values)
        for name in self.by_name.keys() - wanted.keys():
            self.by_name.pop(name).release()
        for name, (size, dtype, twin) in wanted.items():
            self._fit(name, size, dtype, twin)

    def _fit(self, name: str, size_px: tuple[int, int], dtype: str, twin: bool) -> None:
        old = self.by_name.get(name)
        if old is not None and (old.front.size_px, old.dtype, old.twin) == (size_px, dtype, twin):
            return
        self.by_name[name] = fresh = Buffer(self._ctx, size_px, dtype, twin)
        if old is not None:
            self._copier.copy(old.front.texture, fresh.front)
            old.release()

    def release(self) -> None:
        """Free the GL objects."""
        for buffer in self.by_name.values():
            buffer.release()
        self.by_name.clear()


def _wanted(
    effect: EffectFile, size_px: tuple[int, int], values: Mapping[str, float]
) -> dict[str, tuple[tuple[int, int], str, bool]]:
    """Return (size, dtype, twin) by name; a TARGET of several passes takes its settings from any of them."""
    names = {**values, "WIDTH": float(size_px[0]), "HEIGHT": float(size_px[1])}
    wanted = {}
    for name in effect.targets:
        passes = [step for step in effect.passes if step.target == name]
        size = _size(next((step for step in passes if step.width or step.height), passes[0]), size_px, names)
        dtype = "f4" if any(step.floating for step in passes) else "f1"
        wanted[name] = (size, dtype, len(passes) > 1 or passes[0].persistent)
    used = sum(w * h * _BYTES_PER_PIXEL[dtype] * (1 + twin) for (w, h), dtype, twin in wanted.values())
    if used > MAX_BYTES:
        raise UserError(f"{effect.path.name}: its buffers need {used >> 20} MB; at most {MAX_BYTES >> 20} are allowed")
    return wanted


def _size(step: Pass, size_px: tuple[int, int], names: Mapping[str, float]) -> tuple[int, int]:
    width = step.width.evaluate(names) if step.width else size_px[0]
    height = step.height.evaluate(names) if step.height else size_px[1]
    return _side(width), _side(height)


def _side(length: float) -> int:
    return 1 if math.isnan(length) else int(min(max(length, 1.0), MAX_SIDE_PX))

"""Keepsakes: a small picture of each look at the moment it went off air, for the history. Main thread, GL current.

They stay on the graphics card; a look whose keepsake is gone, or that comes from an earlier run, simply has none.
"""

from collections.abc import Sequence

import moderngl

from app.preset import Preset
from app.render.copier import Copier
from app.render.target import Target

SIZE_PX = (96, 54)


class Keepsakes:
    """Follows a list of looks, the newest last."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._copier = Copier(ctx)
        self._kept: dict[int, tuple[Preset, Target]] = {}
        self._newest: Preset | None = None

    def step(self, before: Sequence[Preset], image: Target) -> None:
        """Keep `image`, the picture shown last, for the newest of `before` if it is new; forget those not in it."""
        newest = before[-1] if before else None
        if newest is self._newest:
            return
        self._newest = newest
        alive = {id(look) for look in before}
        for gone in [key for key in self._kept if key not in alive]:
            self._kept.pop(gone)[1].release()
        if newest is not None and id(newest) not in self._kept:
            target = Target(self._ctx, SIZE_PX)
            self._ctx.enable_only(moderngl.NOTHING)  # panels leave blending on
            self._copier.copy(image.texture, target)
            self._kept[id(newest)] = newest, target

    def picture(self, look: Preset) -> int:
        """Return the GL texture of a look's last picture, 0 where none was kept."""
        kept = self._kept.get(id(look))
        return int(kept[1].texture.glo) if kept is not None else 0

    def release(self) -> None:
        """Free the pictures. Safe to call twice."""
        for _, target in self._kept.values():
            target.release()
        self._kept.clear()
        self._copier.release()

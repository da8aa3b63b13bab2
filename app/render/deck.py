"""A deck: one style, the one it comes from while it changes, developed to a picture, with the deck's own effects.

Main thread, GL context current. A look has one deck or two; what blends them is `decks`.
"""

from app.preset import Side
from app.render.crossfade import Change, Crossfade
from app.render.develop import Developer
from app.render.passage import Passage
from app.render.saving import Saving
from app.render.scene import Scene, Tools
from app.render.target import Target


class Deck:
    """Draws what its crossfade has on air, and turns it into a picture of `size_px`."""

    def __init__(self, tools: Tools, size_px: tuple[int, int], side: Side) -> None:
        self._side = side
        self.crossfade = Crossfade(tools.ctx, tools.make_backend, size_px, live=tools.live)
        self._now, self._before = Developer(tools.ctx, size_px), Developer(tools.ctx, size_px)
        self._passage = Passage(tools, size_px)
        self._passing: Change | None = None
        self.chain = tools.chain(size_px)
        self._drawn: tuple[Target, Target | None] | None = None

    def draw(self, scene: Scene, region_px: tuple[int, int], saving: Saving = "off") -> None:
        """Draw the networks."""
        mixes = scene.preset.transition == "fade"
        self._drawn = self.crossfade.draw(scene.values, scene.frame, region_px, saving, mixes=mixes)

    def develop(self, scene: Scene) -> Target:
        """Return the picture of the networks drawn last: enlarged, coloured, with the deck's own effects."""
        return scene.through(self.chain, self._side, self._developed(scene))

    def _developed(self, scene: Scene) -> Target:
        if self._drawn is None:
            raise RuntimeError("draw comes before develop")
        (now, before), kind = self._drawn, scene.preset.transition
        params = scene.values.params
        if before is None or kind == "fade":
            return self._now.draw(now, before, self.crossfade.fade, params)
        if self._passing is not self.crossfade.change:
            self._passing = self.crossfade.change
            self._passage.begin()
        old = self._before.draw(before, None, 1.0, params)
        return self._passage.draw(old, self._now.draw(now, None, 1.0, params), self.crossfade.progress, kind, scene)

    def release(self) -> None:
        """Free everything it made."""
        for part in (self.crossfade, self._now, self._before, self._passage, self.chain):
            part.release()

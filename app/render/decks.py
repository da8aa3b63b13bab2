"""The decks of a look: A, and B where the look has a second style; blended by the fader. Main thread, GL current.

A deck that nothing is seen of is not drawn. A second deck comes and goes as gently as a style does.
"""

from app.clock import Frame
from app.modulation.values import Values
from app.render.blender import Blender
from app.render.crossfade import Change
from app.render.deck import Deck
from app.render.saving import Saving
from app.render.scene import Scene, Tools
from app.render.target import Target
from app.style import Style


class Decks:
    """Owns one deck, and a second one from the first time that it is needed."""

    def __init__(self, tools: Tools, size_px: tuple[int, int]) -> None:
        self._tools, self._size_px = tools, size_px
        self.a = Deck(tools, size_px, "a")
        self._b: Deck | None = None
        self._blender: Blender | None = None
        self._wanted = False
        self._presence = 0.0
        self._seconds = 0.0
        self._fader = 0.0
        self._passed_b: Change | None = None
        self.change_b: Change | None = None
        """The newest change of deck B, as it was shown; without a style the deck was taken away."""

    @property
    def style_b(self) -> Style | None:
        """The style on deck B, or None where there is none."""
        return self._b.crossfade.wanted if self._b is not None and self._wanted else None

    @property
    def alone(self) -> bool:
        """True when the last picture was drawn from one network, deck A's."""
        return self._fader <= 0 and self.a.crossfade.before is None

    def show_b(self, style: Style | None, seconds: float) -> None:
        """Bring a style on deck B, or take the deck away, over `seconds`; `UserError` changes nothing."""
        if style is not None:
            if self._b is None:
                self._b, self._blender = Deck(self._tools, self._size_px, "b"), Blender(self._tools.ctx, self._size_px)
            self._b.crossfade.show(style, seconds if self._presence > 0 else 0.0)
        if style is None or self._presence <= 0:
            self.change_b = Change(style, seconds)
            self._passed_b = self._b.crossfade.change if self._b is not None else None
        self._wanted, self._seconds = style is not None, seconds

    def cast(self, style: Style, style_b: Style | None) -> None:
        """Begin another look: these styles and no others, at once, and no effect remembers an earlier one."""
        self.a.crossfade.show(style, 0.0)
        self.a.chain.clear()
        self._presence = 0.0
        if self._b is not None:
            self._b.chain.clear()
        self.show_b(style_b, 0.0)
        self._presence = float(self._wanted)

    @property
    def waiting(self) -> list[str]:
        """The places of the decks' own effects that are still being compiled."""
        return [key for deck in (self.a, self._b) if deck is not None for key in deck.chain.waiting]

    def draw(self, scene: Scene, region_px: tuple[int, int], saving: Saving = "off") -> None:
        """Draw the networks that are seen."""
        self._fader = self._moved(scene.values, scene.frame)
        for deck, seen in ((self.a, self._fader < 1), (self._b, self._fader > 0)):
            if deck is not None and seen:
                deck.draw(scene, region_px, saving)
            elif deck is not None:
                deck.crossfade.pass_time(scene.frame.dt_seconds)
        if self._b is not None and self._b.crossfade.change is not self._passed_b:
            self._passed_b = self.change_b = self._b.crossfade.change

    def _moved(self, values: Values, frame: Frame) -> float:
        """Let deck B come or go; return where the fader is, as far as B is there."""
        step = frame.dt_seconds / self._seconds if self._seconds > 0 else 1.0
        self._presence = min(max(self._presence + (step if self._wanted else -step), 0.0), 1.0)
        return values.params.get("fader", 0.0) * self._presence if self._b is not None else 0.0

    def develop(self, scene: Scene) -> Target:
        """Return one picture of what `draw` drew."""
        if self._b is None or self._blender is None or self._fader <= 0:
            return self.a.develop(scene)
        if self._fader >= 1:
            return self._b.develop(scene)
        return self._blender.draw(self.a.develop(scene), self._b.develop(scene), self._fader, scene.preset.blend)

    def release(self) -> None:
        """Free everything it made."""
        for part in (self.a, self._b, self._blender):
            if part is not None:
                part.release()

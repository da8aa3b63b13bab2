"""The handover from one look to the next: the look that leaves goes on being drawn until the other one is all there.

Main thread, GL context current. Each look is drawn whole (decks and effects); what leads from one picture to the other
is `passage`. Routes go on moving a look that leaves: its values come along with those of the look on air.
"""

from dataclasses import dataclass

from app.clock import Frame
from app.modulation.values import Values
from app.preset import Preset
from app.render.copier import Copier
from app.render.decks import Decks
from app.render.passage import Passage
from app.render.saving import Saving
from app.render.scene import Scene, Tools
from app.render.target import Target
from app.style import Style


class Tableau:
    """One look: its decks, and the effects that act on both."""

    def __init__(self, tools: Tools, size_px: tuple[int, int]) -> None:
        self.decks = Decks(tools, size_px)
        self._chain = tools.chain(size_px)

    @property
    def waiting(self) -> list[str]:
        """The places of effects that are still being compiled."""
        return [*self.decks.waiting, *self._chain.waiting]

    def cast(self, style: Style, style_b: Style | None) -> None:
        """Begin another look."""
        self.decks.cast(style, style_b)
        self._chain.clear()

    def develop(self, scene: Scene) -> Target:
        """Return the picture of the networks drawn last, with all effects."""
        return scene.through(self._chain, "both", self.decks.develop(scene))

    def release(self) -> None:
        """Free everything it made."""
        self.decks.release()
        self._chain.release()


@dataclass(frozen=True, slots=True)
class Handed:
    """A look that gave way to another, and the seconds it takes."""

    seconds: float


@dataclass(slots=True)
class _Leaving:
    """The look that leaves; `tableau` None: a picture of it stands for it."""

    tableau: Tableau | None
    preset: Preset
    values: Values
    seconds: float
    elapsed_seconds: float = 0.0

    def scene(self, now: Scene) -> Scene:
        """Return what it is drawn from: its own values, where they are known, else its last with the time of now."""
        if now.values.leaving is not None:
            return now._replace(preset=self.preset, values=now.values.leaving)
        turn = self.values.turn_degrees + self.values.params.get("spin", 0.0) * self.elapsed_seconds
        values = Values(self.values.params, now.values.heard, now.values.style_seconds, turn)
        return Scene(self.preset, values, now.frame, now.features, now.sound)


class Handover:
    """Owns the look on air and, while it comes, the one before."""

    def __init__(self, tools: Tools, size_px: tuple[int, int]) -> None:
        self._tools, self._size_px = tools, size_px
        self.on_air = Tableau(tools, size_px)
        self._spare: Tableau | None = None
        self._leaving: _Leaving | None = None
        self._passage: Passage | None = None
        self._still: Target | None = None
        self._copier = Copier(tools.ctx)
        self._last: tuple[Preset, Values, Target] | None = None
        self.handed: Handed | None = None
        """The newest handover."""

    @property
    def progress(self) -> float:
        """0 = all the look before, 1 = all the one on air."""
        return min(self._leaving.elapsed_seconds / self._leaving.seconds, 1.0) if self._leaving is not None else 1.0

    @property
    def leaving(self) -> Preset | None:
        """The look before, while it is drawn."""
        return None if self._leaving is None or self._leaving.tableau is None else self._leaving.preset

    @property
    def alone(self) -> bool:
        """True while one look is drawn."""
        return self._leaving is None or self._leaving.tableau is None

    def begin(self, style: Style, style_b: Style | None, seconds: float) -> None:
        """Another look comes over `seconds`, with these styles. What is seen of two looks leaves as a still picture."""
        if self._last is None or seconds <= 0:
            self.settle()
            self.on_air.cast(style, style_b)
            return
        preset, values, picture = self._last
        if self._leaving is None:
            coming = self._spare = self._spare or Tableau(self._tools, self._size_px)  # kept if a style is refused
            coming.cast(style, style_b)
            self.on_air.decks.a.crossfade.give_ready(coming.decks.a.crossfade)
            leaving, self._spare = self.on_air, None
            self.on_air, self._leaving = coming, _Leaving(leaving, preset, values, seconds)
        else:
            self._still = self._still or Target(self._tools.ctx, self._size_px)
            self._copier.copy(picture.texture, self._still)
            self.settle()
            self._leaving = _Leaving(None, preset, values, seconds)
            self.on_air.cast(style, style_b)
        self._passage = self._passage or Passage(self._tools, self._size_px)
        self._passage.begin()
        self.handed = Handed(seconds)

    def settle(self) -> None:
        """Be at the look on air, at once."""
        if self._leaving is not None and self._leaving.tableau is not None:
            self._spare = self._leaving.tableau
        if self._leaving is not None:
            self.handed = Handed(0.0)
        self._leaving = None

    def draw(self, scene: Scene, region_px: tuple[int, int], saving: Saving = "off") -> None:
        """Draw the networks that are seen."""
        self.on_air.decks.draw(scene, region_px, saving)
        leaving = self._leaving
        if leaving is None:
            return
        self._pass_time(leaving, scene.frame)
        if self._leaving is not None and leaving.tableau is not None:
            leaving.tableau.decks.draw(leaving.scene(scene), region_px, saving)

    def _pass_time(self, leaving: _Leaving, frame: Frame) -> None:
        leaving.elapsed_seconds += frame.dt_seconds
        if leaving.elapsed_seconds >= leaving.seconds:
            self._spare = leaving.tableau or self._spare
            self._leaving = None

    def develop(self, scene: Scene) -> Target:
        """Return the finished picture of what `draw` drew."""
        picture = self.on_air.develop(scene)
        leaving = self._leaving
        if leaving is not None and self._passage is not None:
            old = leaving.tableau.develop(leaving.scene(scene)) if leaving.tableau is not None else self._still
            if old is not None:
                picture = self._passage.draw(old, picture, self.progress, scene.preset.transition, scene)
        self._last = scene.preset.model_copy(), scene.values, picture
        return picture

    def release(self) -> None:
        """Free everything it made."""
        self.settle()
        for part in (self.on_air, self._spare, self._passage, self._still, self._copier):
            if part is not None:
                part.release()

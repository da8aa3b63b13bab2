"""The passage from one finished picture to another: a morph, a plain mean, or any ISF transition.

Main thread, GL context current. What passes, and when, is the business of decks and of the handover between looks. A
transition that cannot be drawn, or is not compiled yet, is a morph.
"""

from app.modulation.values import Values
from app.params import input_name
from app.preset import PROGRESS, TRANSITION, TRANSITIONS, EffectUse
from app.render.blender import Blender
from app.render.chain import Chain
from app.render.crossfade import eased
from app.render.isf import EffectFile
from app.render.scene import Scene, Tools
from app.render.target import Target


class Passage:
    """Owns the picture on the way."""

    def __init__(self, tools: Tools, size_px: tuple[int, int]) -> None:
        self._tools, self._size_px = tools, size_px
        self._blender = Blender(tools.ctx, size_px)
        self._chain: Chain | None = None
        self._refused = ""

    def begin(self) -> None:
        """Another passage: what a transition remembers of an earlier one is forgotten."""
        if self._chain is not None:
            self._chain.clear()

    def draw(self, old: Target, new: Target, progress: float, kind: str, scene: Scene) -> Target:
        """Return the picture at `progress` 0..1 from `old` to `new`; `kind` is built in or the name of a transition.

        What is built in begins and ends slowly; a transition goes as its author drew it.
        """
        if kind not in TRANSITIONS:
            picture = self._transition(old, new, progress, kind, scene)
            if picture is not old:
                return picture
        return self._blender.draw(old, new, eased(progress), "mix" if kind == "fade" else "morph")

    def _transition(self, old: Target, new: Target, progress: float, kind: str, scene: Scene) -> Target:
        entry = self._tools.library.find(kind)
        if isinstance(entry, EffectFile) and entry.kind != "transition":
            if kind != self._refused:
                self._tools.problems.report(
                    f"{entry.path.name}: no transition (it needs startImage, endImage, progress)"
                )
            self._refused = kind
            return old
        self._chain = self._chain or self._tools.chain(self._size_px)
        params = scene.values.params.items()
        own = {f"{kind}.{input_name(name)}": value for name, value in params if name.startswith(f"{TRANSITION}.")}
        values = Values({**own, f"{kind}.{PROGRESS}": progress}, scene.values.heard, scene.values.style_seconds)
        sounds = scene.frame, scene.features, scene.sound
        return self._chain.apply(old, [EffectUse(effect=kind)], [kind], values, *sounds, end=new)

    def release(self) -> None:
        """Free everything it made."""
        self._blender.release()
        if self._chain is not None:
            self._chain.release()

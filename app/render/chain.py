"""The chain: the preset's effects in order, each drawing the picture anew.

Main thread, GL context current. Nothing a stranger's shader does may stop the show: an effect that cannot be read,
compiled or given its memory is reported once and left out until its file changes.
"""

from datetime import datetime

import moderngl
import numpy as np
from numpy.typing import NDArray

from app.audio.features import Features
from app.clock import Frame
from app.modulation.values import Values
from app.preset import EffectUse
from app.problems import Problems, UserError
from app.render.copier import Copier
from app.render.effect import Moment, Place
from app.render.effect_program import Program
from app.render.effect_textures import SharedTextures
from app.render.isf_glsl import Sources, translate
from app.render.library import Entry, Library
from app.render.target import Target

_INTERMEDIATE = "nu2"
"""16 bits a channel, held to 0..1: effects expect clamped pictures, and a NaN cannot pass."""


class _Slot:
    """A place in the chain and what was found for it: `entry` is what it was built from, `program` None if in vain."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.entry: Entry | None = None
        self.sources: Sources | None = None
        self.trouble = ""


class Chain:
    """Applies effects to pictures of one size. `began` is the date and time of the show's second 0 (for DATE)."""

    def __init__(
        self,
        ctx: moderngl.Context,
        size_px: tuple[int, int],
        library: Library,
        problems: Problems,
        began: datetime = datetime(2000, 1, 1),
    ) -> None:
        self._ctx, self._size_px, self._library, self._problems, self._began = ctx, size_px, library, problems, began
        self._copier = Copier(ctx)
        self._shared = SharedTextures(ctx)
        self._programs: dict[Sources, Program] = {}
        self._slots: dict[str, _Slot] = {}
        self._targets: dict[str, Target] = {}

    def apply(
        self,
        image: Target,
        uses: list[EffectUse],
        keys: list[str],
        values: Values,
        frame: Frame,
        features: Features,
        waveform: NDArray[np.float32] | None = None,
    ) -> Target:
        """Return `image` with every enabled effect applied in order: `image` itself if there is none.

        `keys` are `Preset.effect_keys()`, the places' names in `values`. The result belongs to the chain and lasts
        until the next `apply`. `waveform`: (channels, samples) in -1..1 for audio inputs.
        """
        self._library.refresh(frame.seconds)
        self._forget(keys)
        if not any(use.enabled for use in uses):
            return image
        self._ctx.enable_only(moderngl.NOTHING)  # panels leave blending on
        moment = Moment(frame, values, self._began)
        ready = [
            place
            for use, key in zip(uses, keys, strict=True)
            if use.enabled and (place := self._ready(use, key, moment))
        ]
        if not ready:
            return image
        self._shared.hear(features.spectrum, waveform)
        return self._draw(ready, image)

    def _draw(self, ready: list[Place], image: Target) -> Target:
        current = self._fitted(image)
        for index, place in enumerate(ready):
            last = index == len(ready) - 1
            target = self._target("final", "f1") if last else self._target(f"step {index % 2}", _INTERMEDIATE)
            place.draw(current.texture, target, last)
            current = target
        return current

    def _fitted(self, image: Target) -> Target:
        """Return `image` at the chain's size; effects count in whole pixels of it."""
        if image.region_px == image.size_px == self._size_px:
            return image
        fitted = self._target("fitted", _INTERMEDIATE)
        part = (image.region_px[0] / image.size_px[0], image.region_px[1] / image.size_px[1])
        self._copier.copy(image.texture, fitted, part)
        return fitted

    def _target(self, name: str, dtype: str) -> Target:
        if name not in self._targets:
            self._targets[name] = Target(self._ctx, self._size_px, dtype)
        return self._targets[name]

    def _ready(self, use: EffectUse, key: str, moment: Moment) -> Place | None:
        slot = self._slots.get(key)
        if slot is None:
            slot = self._slots[key] = _Slot(Place(self._ctx, self._copier, self._shared, key))
        entry = self._library.find(use.effect)
        try:
            if entry is not slot.entry:
                self._load(slot, entry)
            if slot.sources is None:
                return None
            slot.place.prepare(self._size_px, use.images, moment, self._problems)
        except UserError as error:
            if str(error) != slot.trouble:  # the same one again would only count frames
                self._problems.report(str(error))
            slot.trouble = str(error)
            return None
        slot.trouble = ""
        return slot.place

    def _load(self, slot: _Slot, entry: Entry) -> None:
        slot.entry, slot.sources = entry, None
        if isinstance(entry, UserError):
            raise entry
        sources = translate(entry)
        if sources not in self._programs:
            self._programs[sources] = Program(self._ctx, sources)
        slot.place.load(entry, self._programs[sources])
        slot.sources = sources
        self._prune()

    def _forget(self, keys: list[str]) -> None:
        """Release the places that are no longer in the chain; a bypassed one is still in it."""
        gone = self._slots.keys() - set(keys)
        for key in gone:
            self._slots.pop(key).place.release()
        if gone:
            self._prune()

    def _prune(self) -> None:
        used = {slot.sources for slot in self._slots.values()}
        for sources in [sources for sources in self._programs if sources not in used]:
            self._programs.pop(sources).release()

    def resize(self, size_px: tuple[int, int]) -> None:
        """Draw at another size from now on; persistent buffers keep their pictures, scaled."""
        if size_px != self._size_px:
            self._size_px = size_px
            self._release_targets()

    def _release_targets(self) -> None:
        for target in self._targets.values():
            target.release()
        self._targets.clear()

    def release(self) -> None:
        """Free everything. Safe to call twice."""
        self._forget([])
        self._release_targets()
        self._shared.release()
        self._copier.release()

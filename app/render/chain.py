"""The chain: the preset's effects in order, each drawing the picture anew.

Main thread, GL context current. Nothing a stranger's shader does may stop the show: an effect that cannot be read,
compiled or given its memory is reported once and left out until its file changes. A live chain never compiles: what is
not ready yet is left out, and an effect that was saved anew is drawn as it was meanwhile.
"""

from datetime import datetime

import moderngl
import numpy as np
from numpy.typing import NDArray

from app.audio.features import Features
from app.clock import Frame
from app.modulation.values import Values
from app.params import WET
from app.preset import EffectUse
from app.problems import Problems, UserError
from app.render import effect_workshop
from app.render.copier import Copier
from app.render.effect import Moment, Place
from app.render.effect_program import Program
from app.render.effect_textures import SharedTextures
from app.render.isf import EffectFile
from app.render.isf_glsl import translate
from app.render.library import Entry, Library
from app.render.screen_pass import ScreenPass
from app.render.target import Target

_INTERMEDIATE = "nu2"
"""16 bits a channel, held to 0..1: effects expect clamped pictures, and a NaN cannot pass."""


class _Slot:
    """A place in the chain and what was found for it: `entry` is what it was built from, `program` None if in vain."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.entry: Entry | None = None
        self.program: Program | None = None
        self.trouble = ""
        self.wet = 1.0

    @property
    def lies_over(self) -> bool:
        """Whether it draws a picture of its own, a layer over the one so far."""
        return isinstance(self.entry, EffectFile) and self.entry.kind == "generator"


class Chain:
    """Applies effects to pictures of one size. `began` is the date and time of the show's second 0 (for DATE)."""

    def __init__(
        self,
        ctx: moderngl.Context,
        size_px: tuple[int, int],
        library: Library,
        problems: Problems,
        began: datetime = datetime(2000, 1, 1),
        *,
        live: bool = False,
    ) -> None:
        self._ctx, self._size_px, self._library, self._problems, self._began = ctx, size_px, library, problems, began
        self._live = live
        self._workshop = effect_workshop.of(ctx)
        self._copier = Copier(ctx)
        self._mix = ScreenPass(ctx, "wet.frag")
        self._shared = SharedTextures(ctx)
        self._slots: dict[str, _Slot] = {}
        self._targets: dict[str, Target] = {}
        self.waiting: list[str] = []
        """The places that were left out of the newest picture because they are still being compiled."""

    def apply(
        self,
        image: Target,
        uses: list[EffectUse],
        keys: list[str],
        values: Values,
        frame: Frame,
        features: Features,
        waveform: NDArray[np.float32] | None = None,
        end: Target | None = None,
    ) -> Target:
        """Return `image` with every enabled effect applied in order: `image` itself if there is none.

        `keys` are `Preset.effect_keys()`, the places' names in `values`. The result belongs to the chain and lasts
        until the next `apply`. `waveform`: (channels, samples) in -1..1 for audio inputs. `end`: what transitions
        lead to.
        """
        self._library.refresh(frame.seconds)
        self._forget(keys)
        self.waiting = []
        if not any(use.enabled for use in uses):
            return image
        self._ctx.enable_only(moderngl.NOTHING)  # panels leave blending on
        moment = Moment(frame, values, self._began)
        ready = [
            slot for use, key in zip(uses, keys, strict=True) if use.enabled and (slot := self._ready(use, key, moment))
        ]
        if not ready:
            return image
        self._shared.hear(features.spectrum, waveform)
        return self._draw(ready, image, end.texture if end is not None else None)

    def _draw(self, ready: list[_Slot], image: Target, end: moderngl.Texture | None) -> Target:
        current = self._fitted(image)
        for index, slot in enumerate(ready):
            last = index == len(ready) - 1
            target = self._target("final", "f1") if last else self._target(f"step {index % 2}", _INTERMEDIATE)
            if slot.wet >= 1.0 and not slot.lies_over:
                slot.place.draw(current.texture, target, last, end)
            else:
                self._mixed(slot, current, target, last)
            current = target
        return current

    def _mixed(self, slot: _Slot, current: Target, target: Target, last: bool) -> None:
        """Draw an effect apart and lead from the picture so far to it, by its wet share."""
        apart = self._target("apart", _INTERMEDIATE)
        slot.place.draw(current.texture, apart, last=False)
        current.texture.use(0)
        apart.texture.use(1)
        target.use()
        self._mix.draw(dry_image=0, wet_image=1, wet=slot.wet, lies_over=slot.lies_over, flat_over_black=last)

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

    def _ready(self, use: EffectUse, key: str, moment: Moment) -> _Slot | None:
        slot = self._slots.get(key)
        if slot is None:
            slot = self._slots[key] = _Slot(Place(self._ctx, self._copier, self._shared, key))
        entry = self._library.find(use.effect)
        try:
            if entry is not slot.entry:
                self._load(slot, entry, key)
            if slot.program is None:
                return None
            slot.place.prepare(self._size_px, use.images, moment, self._problems)
        except UserError as error:
            if str(error) != slot.trouble:  # the same one again would only count frames
                self._problems.report(str(error))
            slot.trouble = str(error)
            return None
        except moderngl.Error as error:  # asking again in every frame would only slow the driver down
            self._drop(slot)
            slot.place.release()
            self._problems.report(f"{use.effect}.fs: the graphics driver has no room for its buffers: {error}")
            return None
        slot.trouble, slot.wet = "", moment.values.params.get(f"{key}.{WET}", 1.0)
        return slot

    def _load(self, slot: _Slot, entry: Entry, key: str) -> None:
        """Take what the file says now; a live chain goes on with what it said until that is compiled."""
        try:
            if isinstance(entry, UserError):
                raise UserError(str(entry))  # `entry` itself is kept, and with it the frames it had passed
            sources = translate(entry)
            if self._live and not self._workshop.prepared([sources]):
                if slot.program is None:
                    self.waiting.append(key)
                return
            program = self._workshop.borrow(sources)
        except UserError:
            self._drop(slot)
            slot.entry = entry
            raise
        self._drop(slot)
        slot.entry, slot.program = entry, program
        slot.place.load(entry, program)

    def _drop(self, slot: _Slot) -> None:
        if slot.program is not None:
            self._workshop.give_back(slot.program)
            slot.program = None

    def _forget(self, keys: list[str]) -> None:
        """Release the places that are no longer in the chain; a bypassed one is still in it."""
        for key in self._slots.keys() - set(keys):
            slot = self._slots.pop(key)
            self._drop(slot)
            slot.place.release()

    def clear(self) -> None:
        """Forget all places, with all that they remember of earlier pictures."""
        self._forget([])

    def release(self) -> None:
        """Free everything. Safe to call twice."""
        self.clear()
        for target in self._targets.values():
            target.release()
        self._targets.clear()
        self._mix.release()
        self._shared.release()
        self._copier.release()

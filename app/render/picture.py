"""The picture: from values to the finished image (decks, effects, flash limiter).

Main thread, GL current. Owns every drawing part and the scale that holds the frame rate. Knows no clock, sound
or window.
"""

import time
from collections.abc import Callable, Iterable
from datetime import datetime

import moderngl

from app.audio.features import Features
from app.audio.ring import Samples
from app.clock import Frame
from app.modulation.values import Values
from app.preset import Preset
from app.problems import Problems
from app.render import effect_workshop
from app.render.backend import Backend
from app.render.copier import Copier
from app.render.crossfade import Change, eased
from app.render.decks import Decks
from app.render.flash_limiter import FlashLimiter
from app.render.floor import flops_per_pixel
from app.render.gpu_timer import GpuTimer
from app.render.handover import Handed, Handover
from app.render.library import Library, needed
from app.render.resolution import Resolution
from app.render.saving import Saving, half_of
from app.render.scene import Scene, Tools
from app.render.screen_pass import ScreenPass
from app.render.target import Target
from app.style import Style


class Picture:
    """Draws a look at `size_px`; with a `resolution` the network is drawn at the scale that keeps up.

    `live`: no picture waits for a style's program. Otherwise a style is on air in the very next picture.
    `began` is the date and time of the show's second 0, for effects that ask.
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        size_px: tuple[int, int],
        make_backend: Callable[[], Backend],
        library: Library,
        problems: Problems,
        resolution: Resolution | None = None,
        began: datetime = datetime(2000, 1, 1),
        *,
        live: bool = False,
    ) -> None:
        self._ctx = ctx
        self._tools = Tools(ctx, make_backend, library, problems, began, live)
        self.resolution = resolution
        self.saving: Saving = "off"
        """How the network is evaluated for fewer pixels; nothing but a person's choice turns it on."""
        self.began = began
        self._network_timer, self._rest_timer = GpuTimer(ctx), GpuTimer(ctx)
        self.network_seconds = 0.0
        """What drawing the network took last, processor or GPU, whichever was longer."""
        self.tflops = 0.0
        """The network's arithmetic a second, in millions of millions."""
        self.limiter = FlashLimiter(ctx, size_px)
        self.level = 1.0
        """The master's light on all that is handed out, 0..1."""
        self._dim = ScreenPass(ctx, "dim.frag")
        self._allocate(size_px)

    def _allocate(self, size_px: tuple[int, int]) -> None:
        self.size_px = size_px
        self._looks = Handover(self._tools, size_px)
        self._black, self._dimmed = Target(self._ctx, size_px), Target(self._ctx, size_px)
        self._drawn: Target = self._black
        self._still: Target | None = None
        self.shown: Target = self._black
        """The image handed out last."""

    @property
    def scale(self) -> float:
        """Side of the network's picture relative to the finished one."""
        scale = self.resolution.scale if self.resolution else 1.0
        return min(scale, 0.5) if self.saving == "half" else scale

    @property
    def drawn(self) -> float:
        """For how many of the finished picture's pixels the network of deck A was evaluated, 0..1."""
        region = self._region()
        return self._decks.a.crossfade.drawn * region[0] * region[1] / (self.size_px[0] * self.size_px[1])

    def _region(self) -> tuple[int, int]:
        """Return the size at which networks are drawn."""
        region = self.resolution.region(self.size_px) if self.resolution else self.size_px
        half = half_of(self.size_px)
        return (min(region[0], half[0]), min(region[1], half[1])) if self.saving == "half" else region

    @property
    def _decks(self) -> Decks:
        return self._looks.on_air.decks

    @property
    def fade(self) -> float:
        """Progress of a running crossfade; 1 when none runs."""
        return min(eased(self._looks.progress), self._decks.a.crossfade.fade)

    @property
    def leaving(self) -> Preset | None:
        """The look before, while it is still drawn beside the one on air."""
        return self._looks.leaving

    @property
    def style(self) -> Style | None:
        """The style on air."""
        return self._decks.a.crossfade.style

    @property
    def changes(self) -> tuple[Change | None, Change | None, Handed | None]:
        """The newest change of deck A's style, of deck B's, and of the look as a whole, as they were shown."""
        return self._decks.a.crossfade.change, self._decks.change_b, self._looks.handed

    @property
    def backend_detail(self) -> str:
        """What the backend on air says about itself."""
        return self._decks.a.crossfade.on_air.detail

    @property
    def waiting(self) -> list[str]:
        """The places of effects that the newest picture lacks because they are still being compiled."""
        return self._looks.on_air.waiting

    def show_style(self, style: Style, seconds: float) -> None:
        """Crossfade to a style; `UserError` keeps the one on air. At 0 seconds nothing of an earlier look stays."""
        if seconds <= 0:
            self._looks.settle()
        self._decks.a.crossfade.show(style, seconds)

    def show_style_b(self, style: Style | None, seconds: float) -> None:
        """Bring a style on deck B, or take that deck away; `UserError` changes nothing."""
        self._decks.show_b(style, seconds)

    def show_look(self, style: Style, style_b: Style | None, seconds: float) -> None:
        """Lead from the look drawn last to another one, with these styles, over `seconds`; `UserError` for a style."""
        self._looks.begin(style, style_b, seconds)

    def settle(self) -> None:
        """Be at the look on air, at once."""
        self._looks.settle()

    def prepared(self, look: Preset, cast: Iterable[Style]) -> bool:
        """Return whether a look with these styles can be drawn without a picture that waits for a program.

        If not, what is missing is being made beside the show: ask again. Always true for what is not live.
        """
        if not self._tools.live:
            return True
        backend = self._decks.a.crossfade.on_air
        drawable = [backend.prepare(style) for style in cast]
        return effect_workshop.of(self._ctx).prepared(needed(look, self._tools.library)) and all(drawable)

    def keep_ready(self, style: Style) -> None:
        """Prepare a style so that showing it in 0 seconds takes no time; costs as much now. `UserError` keeps none."""
        self._decks.a.crossfade.keep_ready(style)

    @property
    def ready(self) -> Style | None:
        """The style that is prepared."""
        return self._decks.a.crossfade.ready_style

    def draw(
        self, preset: Preset, values: Values, frame: Frame, features: Features, waveform: Samples | None = None
    ) -> Target:
        """Return the finished image of this frame. `waveform`: the newest sound, (samples, channels)."""
        scene = Scene(preset, values, frame, features, None if waveform is None else waveform.T)
        self._draw_networks(scene)
        with self._rest_timer.measure():
            self._drawn = self._looks.develop(scene)
            return self._limited(self._drawn, frame)

    def _limited(self, image: Target, frame: Frame, *, forced: bool = False) -> Target:
        self.shown = self.limiter.apply(self._lit(image), frame, forced=forced)
        return self.shown

    def _lit(self, image: Target) -> Target:
        """Return the image under the master's light."""
        if self.level >= 1.0:
            return image
        self._ctx.disable(moderngl.BLEND | moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        self._dimmed.use()
        image.texture.use(0)
        self._dim.draw(image=0, level=self.level)
        return self._dimmed

    @property
    def gpu_seconds(self) -> float:
        """What the GPU took for a whole picture, a few frames ago."""
        return self._network_timer.seconds + self._rest_timer.seconds

    def _draw_networks(self, scene: Scene) -> None:
        region = self._region()
        started = time.perf_counter()
        with self._network_timer.measure():
            self._looks.draw(scene, region, self.saving)
        self.network_seconds = max(time.perf_counter() - started, self._network_timer.seconds)
        if self._looks.alone and self._decks.alone and self.style is not None:  # two networks would need two counts
            flops = flops_per_pixel(self.style.arch) * self.drawn * self.size_px[0] * self.size_px[1]
            self.tflops = flops / max(self.network_seconds, 1e-6) / 1e12

    def last(self, frame: Frame) -> Target:
        """Return the image of the last drawn frame (the picture is frozen)."""
        return self._limited(self._drawn, frame)

    def black(self, frame: Frame) -> Target:
        """Return a black image, at once; coming back from it counts as a flash like any other."""
        return self._limited(self._black, frame, forced=True)

    def resize(self, size_px: tuple[int, int]) -> None:
        """Change the size of the finished image; the style on air stays, effects start afresh."""
        style, style_b = self._decks.a.crossfade.wanted, self._decks.style_b
        still = self._fitted(size_px)
        self._release_parts()
        self._allocate(size_px)
        self._drawn = self._still = still  # a frozen picture stays
        self.limiter.resize(size_px)
        if style is not None:
            self.show_style(style, 0.0)
        if style_b is not None:
            self.show_style_b(style_b, 0.0)

    def _fitted(self, size_px: tuple[int, int]) -> Target:
        """Return the image of the last drawn frame in another size."""
        still, copier = Target(self._ctx, size_px), Copier(self._ctx)
        self._ctx.disable(moderngl.BLEND | moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        copier.copy(self._drawn.texture, still)
        copier.release()
        return still

    def _release_parts(self) -> None:
        if self._still is not None:
            self._still.release()
        self._looks.release()
        self._black.release()
        self._dimmed.release()

    def release(self) -> None:
        """Free everything it made."""
        self._release_parts()
        self._dim.release()
        self.limiter.release()

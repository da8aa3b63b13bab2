"""The picture: from values to the finished image (decks, effects, flash limiter).

Main thread, GL current. Owns every drawing part and the scale that holds the frame rate. Knows no clock, sound
or window.
"""

import time
from collections.abc import Callable
from datetime import datetime

import moderngl

from app.audio.features import Features
from app.audio.ring import Samples
from app.clock import Frame
from app.modulation.values import Values
from app.preset import Preset
from app.problems import Problems
from app.render.backend import Backend
from app.render.copier import Copier
from app.render.crossfade import Change
from app.render.deck import Scene, Tools
from app.render.decks import Decks
from app.render.flash_limiter import FlashLimiter
from app.render.floor import flops_per_pixel
from app.render.gpu_timer import GpuTimer
from app.render.library import Library
from app.render.resolution import Resolution
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
        self._decks = Decks(self._tools, size_px)
        self._chain = self._tools.chain(size_px)
        self._black, self._dimmed = Target(self._ctx, size_px), Target(self._ctx, size_px)
        self._drawn: Target = self._black
        self._still: Target | None = None
        self.shown: Target = self._black
        """The image handed out last."""

    @property
    def scale(self) -> float:
        """Side of the network's picture relative to the finished one."""
        return self.resolution.scale if self.resolution else 1.0

    @property
    def fade(self) -> float:
        """Progress of a running crossfade; 1 when none runs."""
        return self._decks.a.crossfade.fade

    @property
    def style(self) -> Style | None:
        """The style on air."""
        return self._decks.a.crossfade.style

    @property
    def change(self) -> Change | None:
        """The newest change of style, as it was shown."""
        return self._decks.a.crossfade.change

    @property
    def backend_detail(self) -> str:
        """What the backend on air says about itself."""
        return self._decks.a.crossfade.on_air.detail

    def show_style(self, style: Style, seconds: float) -> None:
        """Crossfade to a style; `UserError` keeps the one on air."""
        self._decks.a.crossfade.show(style, seconds)

    def show_style_b(self, style: Style | None, seconds: float) -> None:
        """Bring a style on deck B, or take that deck away; `UserError` changes nothing."""
        self._decks.show_b(style, seconds)

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
        self._draw_networks(values, frame)
        scene = Scene(preset, values, frame, features, None if waveform is None else waveform.T)
        with self._rest_timer.measure():
            self._drawn = scene.through(self._chain, "both", self._decks.develop(scene))
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

    def _draw_networks(self, values: Values, frame: Frame) -> None:
        region = self.resolution.region(self.size_px) if self.resolution else self.size_px
        started = time.perf_counter()
        with self._network_timer.measure():
            self._decks.draw(values, frame, region)
        self.network_seconds = max(time.perf_counter() - started, self._network_timer.seconds)
        if self._decks.alone and self.style is not None:  # two networks would need two counts
            flops = flops_per_pixel(self.style.arch) * region[0] * region[1]
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
        self._decks.release()
        self._chain.release()
        self._black.release()
        self._dimmed.release()

    def release(self) -> None:
        """Free everything it made."""
        self._release_parts()
        self._dim.release()
        self.limiter.release()

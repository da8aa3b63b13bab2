"""What is drawn beside the show for the panels, in time that frames leave: small pictures of looks and styles, the
preview of training, the history's pictures. Main thread, the show's own context; nothing here may cost a frame.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import moderngl

from app import paths
from app.audio.features import Features
from app.clock import Frame
from app.controls import Controls
from app.preset import Preset
from app.problems import Problems
from app.render.backend import Backend
from app.render.effect_import import Importer
from app.render.keepsakes import Keepsakes
from app.render.library import Library
from app.render.preview import Preview
from app.render.target import Target
from app.render.thumbnails import Thumbnails
from app.search import Search


class Sideshow:
    """Gives `controls` all that panels show pictures of, and draws it bit by bit."""

    def __init__(
        self,
        ctx: moderngl.Context,
        make_backend: Callable[[], Backend],
        library: Library,
        controls: Controls,
        problems: Problems,
        stack: ExitStack,
    ) -> None:
        self._controls, self._problems = controls, problems
        self._thumbnails = controls.thumbnails = Thumbnails(ctx, make_backend, library)
        stack.callback(self._thumbnails.release)
        controls.control.find_pixels = self._thumbnails.pixels
        self._keepsakes = controls.keepsakes = Keepsakes(ctx)
        stack.callback(self._keepsakes.release)
        self._preview = controls.preview = Preview(ctx, make_backend)
        stack.callback(self._preview.release)
        self._importer = controls.importer = Importer(ctx)
        weights = paths.shipped("assets", "judges", "guide.safetensors")
        controls.search = Search(weights, lambda kind, name: self._thumbnails.pixels(name, kind))

    def keep(self, before: Sequence[Preset], shown: Target) -> None:
        """Keep a small picture of a look that went off air."""
        with self._problems.guard("history"):
            self._keepsakes.step(before, shown)

    def step(self, seconds: float, features: Features, frame: Frame, visible: bool) -> None:
        """Draw a piece of what panels show, if the frame left `seconds` for it."""
        began, controls = time.perf_counter(), self._controls
        with self._problems.guard("effects"):
            self._importer.step()
        if visible or controls.control.watched:
            with self._problems.guard("thumbnails"):
                self._thumbnails.step(seconds)
        if visible:
            with self._problems.guard("preview"):
                self._preview.step(seconds - (time.perf_counter() - began), features, frame)
            with self._problems.guard("thumbnails"):
                left_seconds = seconds - (time.perf_counter() - began)
                self._thumbnails.move(left_seconds, features, frame, controls.tempo.beat)

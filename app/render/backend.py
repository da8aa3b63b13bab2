"""Backends: the protocol of what draws a style, and the table of them.

Main thread, GL context current. One backend instance holds one style; a crossfade uses two instances.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.clock import Frame
from app.modulation.values import Values
from app.render.marks import Marks
from app.render.target import Target
from app.style import Style


class Drawer(Protocol):
    """Fills targets."""

    def draw(self, values: Values, frame: Frame, target: Target) -> None:
        """Fill the target's region with what it draws at this moment."""
        ...

    @property
    def redraws(self) -> bool:
        """Whether it can draw single cells of a picture."""
        ...

    def redraw(self, values: Values, target: Target, marks: Marks) -> None:
        """Fill the marked cells of the target's region; what it leaves in the others doesn't matter."""
        ...


class Backend(Drawer, Protocol):
    """Draws one style into a target."""

    @property
    def detail(self) -> str:
        """One line for the Stats panel: what it runs on and at which precision."""
        ...

    def prepare(self, style: Style) -> bool:
        """Begin what `set_style` would have to wait for, beside the show; True once nothing is to be waited for.

        Never waits, never fails. `set_style` need not be preceded by it.
        """
        ...

    def set_style(self, style: Style) -> None:
        """Take another style; the next `draw` shows it. `UserError` keeps the style it had."""
        ...

    def over(self, before: "Backend", share: float) -> Drawer | None:
        """Return what draws `share` of this style over that of `before` in one go, None where it takes two pictures.

        Good for this frame.
        """
        ...

    def joins(self, other: "Backend") -> bool:
        """Return whether `draw_all` draws the other's style and this one's in one go. Good for this frame."""
        ...

    def draw_all(self, shots: Sequence["Shot"]) -> None:
        """Fill several targets, each from its shot's backend: in one go if this one joins them all."""
        ...

    def release(self) -> None:
        """Free everything it made. Safe to call twice."""
        ...


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture that is wanted: a backend's style at one moment, and where it goes."""

    backend: Backend
    values: Values
    frame: Frame
    target: Target

    def draw(self) -> None:
        """Fill the target, by itself."""
        self.backend.draw(self.values, self.frame, self.target)


def draw_one_by_one(shots: Sequence[Shot]) -> None:
    """Fill several targets where nothing draws them in one go."""
    for shot in shots:
        shot.draw()


class Apart:
    """What a backend answers that draws each picture by itself."""

    def over(self, before: Backend, share: float) -> None:
        """Nothing: two styles are two pictures."""

    def joins(self, other: Backend) -> bool:  # noqa: ARG002 - every backend is asked alike
        """False."""
        return False

    def draw_all(self, shots: Sequence[Shot]) -> None:
        """Fill several targets, one after the other."""
        draw_one_by_one(shots)


BACKENDS: dict[str, str] = {
    "cpu": "app.render.cpu_backend:CpuBackend",
    "cuda": "app.render.cuda_backend:CudaBackend",
    "glsl": "app.render.glsl_backend:GlslBackend",
}
"""Name → class constructed with the moderngl context."""

"""Crossfade: the style on air and, while it fades, the one before it; each drawn by its own backend.

Main thread, GL context current. A style that cannot be shown leaves the one on air untouched; one that has to be
compiled first comes on air when that is done, while the old one goes on.
"""

from collections.abc import Callable
from dataclasses import dataclass

import moderngl

from app.clock import Frame
from app.modulation.values import Values
from app.render.backend import Backend
from app.render.saving import Saving
from app.render.sheet import Sheet
from app.render.target import Target
from app.style import Style


@dataclass(frozen=True, slots=True)
class Change:
    """A style that came on air (None: deck B went), and the seconds it took; two changes to one are two objects."""

    style: Style | None
    seconds: float


@dataclass(frozen=True, slots=True)
class _Coming:
    """A style whose program is being compiled."""

    style: Style
    seconds: float
    backend: Backend


def eased(progress: float) -> float:
    """Return `progress` 0..1 slowed down at both ends."""
    return progress * progress * (3.0 - 2.0 * progress)


class Crossfade:
    """Two backends and two targets; they change places at each change of style.

    `live`: nothing is compiled while a picture waits. Otherwise a style is on air in the very next picture.
    """

    def __init__(
        self, ctx: moderngl.Context, make: Callable[[], Backend], size_px: tuple[int, int], *, live: bool = False
    ) -> None:
        self._make = make
        self._live = live
        self._coming: _Coming | None = None
        self._spare: Backend | None = None
        self.on_air = make()
        self.before: Backend | None = None
        self.style: Style | None = None
        self.change: Change | None = None
        """The newest change, made by the picture that first showed it: what was seen, not what was asked for."""
        self._ready: Backend | None = None
        self.ready_style: Style | None = None
        """The style that waits, prepared."""
        self._sheets = [Sheet(ctx, size_px), Sheet(ctx, size_px)]
        self._style_before: Style | None = None
        self._seconds = 0.0
        self._elapsed_seconds = 0.0

    @property
    def fade(self) -> float:
        """0 = all the style before, 1 = all the style on air, eased at both ends."""
        return eased(self.progress)

    @property
    def progress(self) -> float:
        """The share of its time that is over, 1 when nothing fades."""
        if self.before is None or self._seconds <= 0:
            return 1.0
        return min(self._elapsed_seconds / self._seconds, 1.0)

    @property
    def preparing(self) -> bool:
        """Whether a program is being made."""
        return self._coming is not None

    @property
    def wanted(self) -> Style | None:
        """The style asked for last: on air, or about to be."""
        return self._coming.style if self._coming else self.style

    def show(self, style: Style, seconds: float) -> None:
        """Bring a style on air over `seconds`, live as soon as its program is there; `UserError` changes nothing."""
        self._coming = None
        if seconds <= 0 and self._ready is not None and self.ready_style is style:
            self._end()
            self.on_air, self._ready = self._ready, self.on_air
            self.style, self.ready_style = style, None
            self.change = Change(style, 0.0)
        elif self.style is None or seconds <= 0:
            self._begin(_Coming(style, 0.0, self.on_air), at_once=self.style is None)
        else:
            self._spare = self._spare or self._make()
            self._begin(_Coming(style, seconds, self._spare), at_once=False)

    def _begin(self, coming: _Coming, *, at_once: bool) -> None:
        """Take a style now, or, where its program is only being made, later; the first one both now and better."""
        ready = not self._live or coming.backend.prepare(coming.style)
        if ready or at_once:
            self._take(coming)
        if not ready:
            self._coming = coming

    def _take(self, coming: _Coming) -> None:
        self._coming = None
        coming.backend.set_style(coming.style)
        if coming.backend is self.on_air:
            self._end()
        else:
            self._end_to(coming.backend)
            self._seconds, self._elapsed_seconds = coming.seconds, 0.0
        self.style = coming.style
        self.change = Change(coming.style, coming.seconds)

    def keep_ready(self, style: Style) -> None:
        """Prepare a style for a cut that costs nothing then; live, ask again until it is `ready_style`.

        `UserError` leaves none prepared.
        """
        self._ready, self.ready_style = self._ready or self._make(), None
        if not self._live or self._ready.prepare(style):
            self._ready.set_style(style)
            self.ready_style = style

    def give_ready(self, other: "Crossfade") -> None:
        """Hand what is prepared to another one, which from now on is on air."""
        self._ready, other._ready = other._ready, self._ready
        self.ready_style, other.ready_style = None, self.ready_style

    def _end_to(self, incoming: Backend) -> None:
        """Make `incoming` the one on air; the one that was becomes `before`, an older one becomes spare."""
        self._spare = self.before
        self.before, self.on_air = self.on_air, incoming
        self._style_before = self.style
        self._sheets.reverse()

    def _end(self) -> None:
        before, self.before = self.before, None
        if before is not None and self._spare is not None:  # the spare one is being prepared
            before.release()
        elif before is not None:
            self._spare = before

    def pass_time(self, seconds: float) -> None:
        """Go on fading, and bring on air what has become ready."""
        if self._coming is not None and self._coming.backend.prepare(self._coming.style):
            self._take(self._coming)
        self._elapsed_seconds += seconds
        if self.before is not None and self._elapsed_seconds >= self._seconds:
            self._end()

    @property
    def drawn(self) -> float:
        """For how much of the newest picture of the style on air its network was evaluated, 0..1."""
        return self._sheets[0].drawn

    def draw(
        self, values: Values, frame: Frame, region_px: tuple[int, int], saving: Saving = "off", *, mixes: bool = False
    ) -> tuple[Target, Target | None]:
        """Draw what is visible; return (on air, before or None).

        `mixes`: a plain mean of both will do; where the backend makes it at once, it is returned as the one on air.
        """
        if self.style is None:
            raise RuntimeError("show comes before draw")
        self.pass_time(frame.dt_seconds)
        sheet, sheet_before = self._sheets
        both = self.on_air.over(self.before, self.fade) if mixes and self.before is not None else None
        now = sheet.draw(both or self.on_air, self.style, values, frame, region_px, saving)
        if both is not None or self.before is None or self._style_before is None:
            return now, None
        return now, sheet_before.draw(self.before, self._style_before, values, frame, region_px, saving)

    def release(self) -> None:
        """Free backends and targets."""
        for backend in (self.on_air, self.before, self._spare, self._ready):
            if backend is not None:
                backend.release()
        for sheet in self._sheets:
            sheet.release()

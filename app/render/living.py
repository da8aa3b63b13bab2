"""Living thumbnails: those in view move to the music, drawn with what a frame has left. Main thread, GL current.

A few ms of a frame, none when frames are missed: a slower machine sees fewer pictures, not a slower show. The one
under the mouse comes first; where OpenGL runs on the processor it is the only one, once the mouse has rested on it.
"""

import contextlib
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Literal

import moderngl

from app.audio.features import Features
from app.clock import Frame
from app.preset import Preset
from app.problems import UserError
from app.render.copier import Copier
from app.render.software import is_software
from app.render.target import Target
from app.render.thumbnail_painter import Painter
from app.style import Style
from app.tempo.beat import Beat

Kind = Literal["style", "look"]
Item = tuple[Kind, str]
MOST = 24
"""More than this many do not move; each has a painter of its own, so that effects with a memory keep theirs."""
POINTED_SECONDS, OTHERS_SECONDS = 1 / 20, 1 / 5
"""A new picture at most this often."""
REST_SECONDS = 0.6
"""On a processor a mouse that only passes starts nothing: taking a style compiles."""
FRAME_SECONDS, PIECES = 0.003, 8
"""Of a frame's spare time no more than this, and no more pieces of work."""
PIECE_SECONDS = 0.002
"""Below so much spare time nothing is begun: a piece may take longer than the one before."""
TOGETHER = 8
"""No more networks are drawn in one go: each is still to be developed, and nobody else's turn comes meanwhile."""
SHARE = 0.05
"""After a piece that took too long there is a pause, so that all take no more of the time than this."""


@dataclass(slots=True)
class Scene:
    """Where one thumbnail is shown; `key` changes with the files it is made from."""

    key: str
    target: Target


@dataclass(slots=True)
class _Mover:
    painter: Painter
    key: str
    frame: Frame
    drawn_seconds: float = field(default_factory=time.monotonic)
    drawable: bool = True
    shown: bool = False

    def moment(self, frame: Frame) -> Frame:
        """Return the moment of its next picture: time has passed since its last."""
        self.frame = Frame(frame.index, frame.seconds, max(frame.seconds - self.frame.seconds, 0.0))
        return self.frame


class Living:
    """`scene` returns where an item is shown, None while it has no still picture; `described` what it draws.

    `rest` shows its still picture again.
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        make_painter: Callable[[], Painter],
        scene: Callable[[Item], Scene | None],
        described: Callable[[Item], tuple[Preset, Style]],
        rest: Callable[[Item], None],
    ) -> None:
        self._ctx, self._make_painter, self._scene, self._described = ctx, make_painter, scene, described
        self._rest = rest
        self._alone = is_software(ctx)
        self._copier: Copier | None = None
        self._movers: dict[Item, _Mover] = {}
        self._seen: dict[Item, None] = {}
        self._pointed: Item | None = None
        self._rested: tuple[Item | None, float] = (None, 0.0)
        self._work: Iterator[None] | None = None
        self._drawn_last: Item | None = None
        self._next_seconds = 0.0

    def see(self, item: Item) -> None:
        """In this frame it is in view."""
        self._seen[item] = None

    def point(self, item: Item) -> None:
        """In this frame the mouse is over it."""
        self._pointed = item

    def step(self, budget_seconds: float, features: Features, frame: Frame, beat: Beat) -> None:
        """Do what the frame has time left for, at most `FRAME_SECONDS`; call once a frame, after the panels."""
        began = time.monotonic()
        wanted, left = self._wanted(began), min(budget_seconds, FRAME_SECONDS)
        now, piece_seconds = began, PIECE_SECONDS
        for _ in range(PIECES):
            if now < self._next_seconds or now - began + piece_seconds > left:
                return
            if not self._piece(wanted, now, features, frame, beat):
                return
            ended = time.monotonic()
            now, piece_seconds = ended, ended - now
            if piece_seconds > FRAME_SECONDS:
                self._next_seconds = ended + piece_seconds / SHARE

    def _piece(self, wanted: list[Item], now: float, features: Features, frame: Frame, beat: Beat) -> bool:
        """Do one piece of work; return whether there was one."""
        if self._work is None and (item := self._due(wanted, now)) is not None:
            self._drawn_last = item
            self._work = self._draw(item, self._soon(wanted, item, now), features, frame, beat)
        if self._work is None:
            return False
        work, self._work = self._work, None  # one that fails is over
        if next(work, self) is not self:
            self._work = work
        return True

    def _wanted(self, now: float) -> list[Item]:
        """Return what is in view, the pointed one first, and forget it: it must be said in every frame."""
        seen, self._seen = self._seen, {}
        pointed, self._pointed = self._pointed, None
        if pointed != self._rested[0]:
            self._rested = pointed, now
        first = [pointed] if pointed is not None else []
        if self._alone:
            self._stand_still(pointed)
            return first if now - self._rested[1] >= REST_SECONDS else []
        return [*first, *(item for item in seen if item != pointed)][:MOST]

    def _stand_still(self, pointed: Item | None) -> None:
        """Where only the pointed one moves, the one before shows its still picture again."""
        for item, mover in self._movers.items():
            if mover.shown and item != pointed:
                mover.shown = False
                self._rest(item)

    def _due(self, wanted: list[Item], now: float) -> Item | None:
        """Return whose turn it is: every other time the pointed one's, else who waited longest."""
        waited = {item: now - self._movers[item].drawn_seconds if item in self._movers else 1e9 for item in wanted}
        pointed = self._rested[0]
        others = max((item for item in waited if item != pointed), key=lambda item: waited[item], default=None)
        other_due = others is not None and waited[others] >= OTHERS_SECONDS
        if pointed in waited and waited[pointed] >= POINTED_SECONDS and (self._drawn_last != pointed or not other_due):
            return pointed
        return others if other_due else None

    def _soon(self, wanted: list[Item], item: Item, now: float) -> list[Item]:
        """Return the others whose turn comes soon: drawn in one go, they keep in step. The pointed one has its own."""
        pointed = self._rested[0]
        movers = ((other, self._movers.get(other)) for other in wanted if pointed not in (item, other))
        return [other for other, own in movers if own is not None and now - own.drawn_seconds >= OTHERS_SECONDS / 2]

    def _draw(
        self, item: Item, soon: list[Item], features: Features, frame: Frame, beat: Beat
    ) -> Generator[None, None, None]:
        """Draw one picture of a thumbnail, in pieces, and of those `soon` due whose networks one go draws with its."""
        scene = self._scene(item)
        if scene is None:
            return
        mover = self._movers.get(item)
        if mover is None or mover.key != scene.key:
            mover = yield from self._taken(item, scene.key, frame)
        mover.drawn_seconds = time.monotonic()
        if not mover.drawable:
            return
        company = self._company(mover, soon)
        if not company:
            picture = yield from mover.painter.draw(mover.moment(frame), features, beat)
            self._show(mover, picture, scene)
            return
        parts = [(mover, scene), *company]
        shots = [own.painter.shot(own.moment(frame), features, beat) for own, _ in parts]
        mover.painter.backend.draw_all(shots)
        for (own, place), shot in zip(parts, shots, strict=True):
            own.drawn_seconds = mover.drawn_seconds
            yield
            picture = yield from own.painter.develop(shot, features)
            self._show(own, picture, place)

    def _taken(self, item: Item, key: str, frame: Frame) -> Generator[None, None, _Mover]:
        """Return a painter that has taken an item, in pieces."""
        mover = self._hire(item, key, frame)
        mover.drawable = False
        with contextlib.suppress(UserError):  # such a one keeps its still picture
            yield from mover.painter.take(*self._described(item))
            mover.drawable = True
        yield
        return mover

    def _company(self, mover: _Mover, soon: list[Item]) -> list[tuple[_Mover, Scene]]:
        """Return who of those soon due is drawn in one go with this one, and where they are shown."""
        found = [(self._movers.get(item), self._scene(item)) for item in soon]
        ready = [(own, scene) for own, scene in found if own and scene and own.drawable and own.key == scene.key]
        joins = mover.painter.backend.joins
        return [(own, scene) for own, scene in ready if own is not mover and joins(own.painter.backend)][: TOGETHER - 1]

    def _show(self, mover: _Mover, picture: Target, scene: Scene) -> None:
        self._copier = self._copier or Copier(self._ctx)
        self._copier.copy(picture.texture, scene.target)
        mover.shown = True

    def _hire(self, item: Item, key: str, frame: Frame) -> _Mover:
        """Return a painter for an item; who was drawn least lately makes room."""
        self._let_go(item)
        if len(self._movers) >= (1 if self._alone else MOST):
            self._let_go(min(self._movers, key=lambda own: self._movers[own].drawn_seconds))
        mover = self._movers[item] = _Mover(self._make_painter(), key, frame)
        return mover

    def _let_go(self, item: Item) -> None:
        mover = self._movers.pop(item, None)
        if mover is not None:
            mover.painter.release()

    def release(self) -> None:
        """Free every painter. Safe to call twice."""
        self._work = None
        for item in list(self._movers):
            self._let_go(item)
        if self._copier is not None:
            self._copier.release()
            self._copier = None

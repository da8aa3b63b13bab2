"""The preview: a network in training, drawn small and seldom beside the show. Main thread, GL context current.

It hears and moves with the show but is never on air. It costs nothing unless a panel asks for the picture in the very
frame, and then at most a small share of the time: a slower machine sees fewer pictures, not a slower show.
"""

import time
from collections.abc import Callable, Iterator

import moderngl

from app.audio.features import Features
from app.clock import Frame
from app.modulation.values import Values
from app.render.backend import Backend
from app.render.sketch import Sketch
from app.render.target import Target
from app.style import Style

SIZE_PX = (128, 72)
PICTURE_SECONDS = 0.2
"""A new picture at most this often."""
STYLE_SECONDS = 1.0
"""The network's newest weights at most this often: checking their precision costs more than a picture."""
SHARE = 0.03
"""All work together takes no more of the time than this: below 1 ms of a frame at 30 fps."""
LONGEST_REST_SECONDS = 4.0
"""What happens once, as compiling, must not stop the pictures for longer."""
PATIENCE_SECONDS = 0.1
"""Where no frame has time left, one piece is done this often all the same."""


class Preview:
    """One picture of one style at a time."""

    def __init__(self, ctx: moderngl.Context, make_backend: Callable[[], Backend]) -> None:
        self._ctx = ctx
        self._make_backend = make_backend
        self._sketch: Sketch | None = None
        self._shown: Target | None = None
        self._next: Target | None = None
        self._wanted: Style | None = None
        self._asked = False
        self._taken: Style | None = None
        self._drawable = False
        self._name = ""
        self._work: Iterator[None] | None = None
        self._spent_seconds = self._piece_seconds = 0.0
        self._worked_seconds = self._next_seconds = self._taken_seconds = 0.0

    def picture(self, style: Style) -> int:
        """Return the GL texture of this network as it was drawn last, 0 while there is none. Ask in every frame."""
        self._wanted, self._asked = style, True
        return self._shown.texture.glo if self._shown is not None and self._name == style.name else 0

    def step(self, budget_seconds: float, features: Features, frame: Frame) -> None:
        """Do one piece of work if somebody looks and the frame has time left; call once a frame, after the panels.

        `UserError` once for a network that can't be drawn here.
        """
        asked, self._asked = self._asked, False
        now = time.monotonic()
        if not asked or now < self._next_seconds:
            return
        if self._piece_seconds > budget_seconds and now - self._worked_seconds < PATIENCE_SECONDS:
            return
        if self._work is None:
            self._work = self._paint(features, frame)
        try:
            ended = next(self._work, self) is self
        finally:
            self._worked_seconds = time.monotonic()
            self._piece_seconds = self._worked_seconds - now
            self._spent_seconds += self._piece_seconds
        if ended:
            self._rest()

    def _rest(self) -> None:
        self._work = None
        rest_seconds = min(max(PICTURE_SECONDS, self._spent_seconds / SHARE), LONGEST_REST_SECONDS)
        self._next_seconds = self._worked_seconds + rest_seconds
        self._spent_seconds = 0.0

    def _paint(self, features: Features, frame: Frame) -> Iterator[None]:
        """Draw one picture into the hidden target, then show it."""
        style = self._wanted
        if style is None:
            return
        self._sketch = self._sketch or Sketch(self._ctx, self._make_backend())
        if self._is_due(style):
            self._taken, self._taken_seconds, self._drawable = style, time.monotonic(), False
            while not self._sketch.ready(style):
                yield
            self._sketch.take(style)
            self._drawable = True
            yield
        if not self._drawable:
            return
        hidden = self._next or Target(self._ctx, SIZE_PX)
        self._next = hidden
        yield from self._sketch.draw(Values({}, features.heard, frame.seconds), frame, hidden)
        self._shown, self._next = hidden, self._shown
        self._name = style.name

    def _is_due(self, style: Style) -> bool:
        if self._taken is None or self._taken.name != style.name:
            return True
        return style is not self._taken and time.monotonic() - self._taken_seconds >= STYLE_SECONDS

    def release(self) -> None:
        """Free everything it made. Safe to call twice."""
        for target in (self._shown, self._next):
            if target is not None:
                target.release()
        if self._sketch is not None:
            self._sketch.release()
        self._shown = self._next = self._sketch = self._work = self._taken = None

"""How long the GPU took for a stretch of drawing, known a few frames later so that asking never waits."""

from collections.abc import Iterator
from contextlib import contextmanager

import moderngl

FRAMES_LATER = 4


class GpuTimer:
    """A rotation of timer queries; stretches must not overlap those of another timer."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._queries = [ctx.query(time=True) for _ in range(FRAMES_LATER)]
        self._count = 0
        self.seconds = 0.0
        """The newest known duration."""

    @contextmanager
    def measure(self) -> Iterator[None]:
        """Time what is drawn inside; the answer arrives in `seconds` a few frames later."""
        query = self._queries[self._count % FRAMES_LATER]
        if self._count >= FRAMES_LATER:
            self.seconds = query.elapsed / 1e9
        self._count += 1
        with query:
            yield

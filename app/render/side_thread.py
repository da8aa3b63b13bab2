"""One thread at a time that works in the context beside the show's: compiling there keeps no picture waiting.

Asked by the main thread, which never waits. What was made reaches the show through the folder of kept programs, so a
driver that keeps none has no such thread. Networks' and effects' workshops share it.
"""

import threading
from collections.abc import Callable
from weakref import WeakKeyDictionary

import moderngl

from app.render import gl_calls, side_context

Work = Callable[[bool], None]
"""What is to be done; it is told whether the other context is current."""


class SideThread:
    """Belongs to one context."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._side = side_context.beside(ctx) if gl_calls.of(ctx).binaries else None
        self._thread: threading.Thread | None = None

    @property
    def possible(self) -> bool:
        """Whether anything can be done beside the show here."""
        return self._side is not None

    @property
    def busy(self) -> bool:
        """Whether something is being done; then nothing else can begin."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self, work: Work) -> None:
        """Do `work` in the other context; the thread must be free."""
        self._thread = threading.Thread(target=self._run, args=(work,), name="shader workshop", daemon=True)
        self._thread.start()

    def _run(self, work: Work) -> None:
        assert self._side is not None
        if not self._side.enter():
            work(False)
            return
        try:
            work(True)
        finally:
            self._side.leave()

    def close(self) -> None:
        """Wait for the thread, then free its context."""
        if self._thread is not None:
            self._thread.join()
        side_context.release(self._ctx)


_threads: "WeakKeyDictionary[moderngl.Context, SideThread]" = WeakKeyDictionary()


def of(ctx: moderngl.Context) -> SideThread:
    """Return the thread of a context that is current now."""
    if ctx not in _threads:
        _threads[ctx] = SideThread(ctx)
    return _threads[ctx]


def close(ctx: moderngl.Context) -> None:
    """End the thread of a context about to go."""
    thread = _threads.pop(ctx, None)
    if thread is not None:
        thread.close()

"""A slow call (to the sound system, MIDI, a disk), made in a short-lived thread so that the picture never waits for it.

Opening a device takes a millisecond or, with a hung server, for ever. The thread makes one call, hands back one result
and ends; it touches nothing else. Started and polled on the main thread.
"""

import contextlib
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from app.problems import UserError

T = TypeVar("T")
_here = threading.local()


def wanted() -> bool:
    """Return whether somebody still waits for the errand that runs in this thread; in any other thread, True.

    A call that takes long, and much memory, asks now and then: whoever clicks through files wants the last one only.
    """
    asked: Callable[[], bool] | None = getattr(_here, "wanted", None)
    return asked is None or asked()


class Errand(Generic[T]):
    """One call at a time. `discard` receives a result that came too late, to release it."""

    def __init__(self, discard: Callable[[T], None]) -> None:
        self._discard = discard
        self._lock = threading.Lock()
        self._result: T | None = None
        self._number = 0
        self._running = False

    @property
    def running(self) -> bool:
        """A call is under way."""
        return self._running

    def start(self, call: Callable[[], T]) -> None:
        """Make the call in a thread; a `UserError` or `OSError` from it counts as "no result"."""
        self._running = True
        threading.Thread(target=self._run, args=(call, self._number), name="errand", daemon=True).start()

    def take(self) -> T | None:
        """Return the result once it is there; never waits."""
        with self._lock:
            result, self._result = self._result, None
            return result

    def cancel(self) -> None:
        """Want no result any more. Never waits: one that is there already is released in a thread, too."""
        with self._lock:
            self._number += 1
            self._running = False
            late, self._result = self._result, None
        if late is not None:
            threading.Thread(target=self._discard, args=(late,), name="errand's end", daemon=True).start()

    def _run(self, call: Callable[[], T], number: int) -> None:
        result = None
        _here.wanted = lambda: number == self._number
        try:
            with contextlib.suppress(UserError, OSError):
                result = call()
        finally:  # whatever else it raised, no call is under way any more
            with self._lock:
                wanted = number == self._number
                if wanted:
                    self._running = False
                    self._result = result
        if not wanted and result is not None:
            self._discard(result)


class Retry(Generic[T]):
    """Makes an errand again and again, with growing pauses, until it brings a result."""

    def __init__(self, call: Callable[[], T], discard: Callable[[T], None], pauses_seconds: Sequence[float]) -> None:
        """`pauses_seconds` between tries; the last one stays."""
        self._call = call
        self._pauses_seconds = pauses_seconds
        self._errand: Errand[T] = Errand(discard)
        self._tries = 0
        self._next_seconds = 0.0

    def poll(self, now_seconds: float) -> T | None:
        """Start a try when one is due; return the result of one that worked (then it begins again from no pause)."""
        result = self._errand.take()
        if result is not None:
            self._tries = 0
            return result
        if not self._errand.running and now_seconds >= self._next_seconds:
            pause_seconds = self._pauses_seconds[min(self._tries, len(self._pauses_seconds) - 1)]
            self._tries += 1
            self._next_seconds = now_seconds + pause_seconds
            self._errand.start(self._call)
        return None

    def cancel(self) -> None:
        """Stop trying."""
        self._errand.cancel()
        self._tries = 0
        self._next_seconds = 0.0

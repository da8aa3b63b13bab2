"""The inbox: what came since the last frame, merged so that a flood costs no more than a trickle.

Pure, main thread. Per sender's key only the last two messages are kept: the newest value wins, and a press that is
followed by its release within one frame is still seen as a press. Keys that are `sure` always have room.
"""

from collections import deque
from collections.abc import Container, Iterator
from typing import Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")
KEPT_PER_KEY = 2
MOST_KEYS = 256


class Inbox(Generic[K, T]):
    """Messages by key, in the order in which keys first came."""

    def __init__(self) -> None:
        self._waiting: dict[K, deque[T]] = {}
        self.sure: Container[K] = ()
        self.dropped = 0
        """Messages of more different keys than one frame may hold."""

    def put(self, key: K, message: T) -> None:
        """Add one message."""
        kept = self._waiting.get(key)
        if kept is None:
            if len(self._waiting) >= MOST_KEYS and key not in self.sure:
                self.dropped += 1
                return
            kept = self._waiting[key] = deque(maxlen=KEPT_PER_KEY)
        kept.append(message)

    def take(self) -> Iterator[tuple[K, T]]:
        """Yield and forget all messages."""
        waiting, self._waiting = self._waiting, {}
        for key, messages in waiting.items():
            for message in messages:
                yield key, message

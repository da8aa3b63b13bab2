"""The writer of a set log: appends records to one file from a thread of its own, so that no disk holds the picture.

The main thread hands over finished payloads and never waits; the thread packs, writes and flushes each at once. What
ends the writing (disk full, gone, or hanging for so long that nothing more may wait) is left in `trouble`.
"""

import contextlib
import os
import threading
import time
from collections import deque
from pathlib import Path

from app.show import set_format

MOST_BYTES = 1 << 30
MOST_WAITING, MOST_WAITING_BYTES = 2000, 192 << 20
"""Payloads that may wait for a disk: half an hour of frames, or two of the largest styles."""
SYNC_SECONDS = 5.0
"""What a power cut may cost; a killed program loses nothing that was handed over a moment before."""
PATIENCE_SECONDS = 3.0


class SetWriter:
    """One file; `bytes` is its size so far, `trouble` one line once it is not written any more, else ""."""

    def __init__(self, path: Path) -> None:
        """Make the file; `OSError` when it cannot be made."""
        self._file = path.open("xb")
        self.bytes = self._file.write(set_format.MAGIC)
        self.trouble = ""
        self._waiting: deque[tuple[bytes, bytes]] = deque()
        self._waiting_bytes = 0
        self._ending = False
        self._changed = threading.Condition()
        self._synced_seconds = 0.0
        self._thread = threading.Thread(target=self._run, name="set log", daemon=True)
        self._thread.start()

    def append(self, kind: bytes, payload: bytes) -> None:
        """Hand over a record; never waits."""
        with self._changed:
            if self.trouble:
                return
            self._waiting_bytes += len(payload)
            self._waiting.append((kind, payload))
            if len(self._waiting) > MOST_WAITING or self._waiting_bytes > MOST_WAITING_BYTES:
                self._stop("the disk does not answer; the set goes on unlogged")
            self._changed.notify()

    def close(self) -> None:
        """Let the rest be written; a disk that hangs is not waited for long. Safe to call twice."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self._thread.join(PATIENCE_SECONDS)

    def _stop(self, why: str) -> None:
        with self._changed:
            self.trouble = why
            self._waiting.clear()

    # ------------------------------------------------------------------ the thread

    def _run(self) -> None:
        while record := self._next():
            try:
                self._write(*record)
            except OSError as error:
                self._stop(f"the set is not logged any more: {error.strerror or error}")
            if self.bytes > MOST_BYTES:
                self._stop(f"the set log is full ({MOST_BYTES >> 20} MB); the set goes on unlogged")
        with contextlib.suppress(OSError):
            self._file.close()

    def _next(self) -> tuple[bytes, bytes] | None:
        """Wait for a record; None when there will be no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ending or self.trouble)
            if not self._waiting:
                return None
            record = self._waiting.popleft()
            self._waiting_bytes -= len(record[1])
            return record

    def _write(self, kind: bytes, payload: bytes) -> None:
        self.bytes += set_format.write_record(self._file, kind, payload)
        self._file.flush()
        if time.monotonic() - self._synced_seconds >= SYNC_SECONDS:
            os.fsync(self._file.fileno())
            self._synced_seconds = time.monotonic()

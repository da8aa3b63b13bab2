"""What C code prints on stderr: muted where it says nothing, strained where it may print the same line for ever.

Strained when a stream of PortAudio's stalls or hangs, by a thread that runs to the end of the program. From then on
stderr's descriptor is a pipe that is read slowly, so whoever prints without end waits most of the time instead of
taking a core and filling a disk. Python's own messages go past it.
"""

import contextlib
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

PART_BYTES = 16384
PAUSE_SECONDS = 0.1
ENDLESS = re.compile(rb"^Expression '.*' failed in '")
"""PortAudio's debug lines."""
_lock = threading.Lock()
_strained = False
_kept: list[int] = []
"""Where stderr leads after each `muted` under way: the first of them is the real one."""


@contextmanager
def muted() -> Iterator[None]:
    """Send what C code prints on stderr nowhere; in one thread at a time, which may nest it."""
    with _lock:
        try:
            kept = os.dup(2)
        except OSError:  # no stderr at all, as under pythonw
            kept = -1
        else:
            _flush()
            _kept.append(kept)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 2)
            os.close(nowhere)
    try:
        yield
    finally:
        with _lock:
            if kept >= 0:
                _kept.remove(kept)
                os.dup2(kept, 2)
                os.close(kept)


def _flush() -> None:
    if sys.stderr is not None:
        with contextlib.suppress(OSError):  # it takes nothing any more
            sys.stderr.flush()


def strain() -> None:
    """Put the strainer in front of stderr, once, muted or not; without a stderr nothing happens. Any thread."""
    global _strained
    with _lock:
        if _strained:
            return
        stderr = _kept[0] if _kept else 2
        try:
            real = os.dup(stderr)
        except OSError:  # no stderr at all, as under pythonw
            return
        _strained = True
        if sys.stderr is not None:
            _flush()
            sys.stderr = os.fdopen(os.dup(real), "w", buffering=1, encoding="utf-8", errors="backslashreplace")
        outlet, inlet = os.pipe()
        os.dup2(inlet, stderr)
        os.close(inlet)
        threading.Thread(target=_read, args=(outlet, real), name="stderr", daemon=True).start()


def _read(outlet: int, real: int) -> None:
    """Pass on what is no endless line, a few kilobytes at a time."""
    rest = b""
    while part := os.read(outlet, PART_BYTES):
        *lines, rest = (rest + part).split(b"\n")
        kept = [line for line in lines if not ENDLESS.match(line)]
        if kept:
            with contextlib.suppress(OSError):  # a full disk, a terminal that is gone: the pipe must still be read
                os.write(real, b"\n".join([*kept, b""]))
        rest = rest[-PART_BYTES:]
        time.sleep(PAUSE_SECONDS)

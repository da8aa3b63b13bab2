"""What C code prints on stderr, strained: a PortAudio thread that hangs may print the same line for ever.

Called when a stream stalls or hangs; its own thread runs to the end of the program. From then on stderr's descriptor
is a pipe that is read slowly, so whoever prints without end waits most of the time instead of taking a core and filling
a disk. Python's own messages go past it.
"""

import contextlib
import os
import re
import sys
import threading
import time

PART_BYTES = 16384
PAUSE_SECONDS = 0.1
ENDLESS = re.compile(rb"^Expression '.*' failed in '")
"""PortAudio's debug lines."""
_lock = threading.Lock()
_strained = False


def strain() -> None:
    """Put the strainer in front of stderr, once; without a stderr nothing happens. Any thread."""
    global _strained
    with _lock:
        if _strained:
            return
        try:
            real = os.dup(2)
        except OSError:  # no stderr at all, as under pythonw
            return
        _strained = True
        if sys.stderr is not None:
            sys.stderr.flush()
            sys.stderr = os.fdopen(os.dup(real), "w", buffering=1, encoding="utf-8", errors="backslashreplace")
        outlet, inlet = os.pipe()
        os.dup2(inlet, 2)
        os.close(inlet)
        threading.Thread(target=_read, args=(outlet, real), name="stderr", daemon=True).start()


def _read(outlet: int, real: int) -> None:
    """Pass on what is no endless line, a few kilobytes at a time."""
    rest = b""
    while part := os.read(outlet, PART_BYTES):
        *lines, rest = (rest + part).split(b"\n")
        kept = [line for line in lines if not ENDLESS.match(line)]
        if kept:
            with contextlib.suppress(
                OSError
            ):  # a disk that is full, a terminal that is gone: a pipe must still be read
                os.write(real, b"\n".join([*kept, b""]))
        rest = rest[-PART_BYTES:]
        time.sleep(PAUSE_SECONDS)

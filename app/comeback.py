"""The comeback: the same program again in place of this one, for when the graphics driver was reset. Any thread.

A new process, for neither OpenGL nor CUDA are to be trusted in the old one. What was on air has been written down, and
the old windows stay on the screen, with the last they showed, until the new program has drawn its first picture.
"""

import contextlib
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from app.show.sentinel import is_alive

LONGEST_FAREWELL_SECONDS = 2.0
"""Releasing what a lost driver held may hang; then the program begins again without it."""
LONGEST_START_SECONDS = 20.0
"""Whoever needs longer for a first picture begins on an empty screen."""
LOOK_SECONDS = 0.02
MOST_FILES = 4096
AWAITED = "CLAVILUX_AWAITED"
"""In the environment: the file that lies there until the new program's first picture is on the screen."""
WINDOW_SYSTEMS = (b"X11-unix", b"wayland")
"""In the addresses that programs with windows are connected to."""
_begun = threading.Lock()


def at_the_latest() -> None:
    """Begin again soon, whatever else happens until then."""
    timer = threading.Timer(LONGEST_FAREWELL_SECONDS, now)
    timer.daemon = True
    timer.start()


def now() -> NoReturn:
    """Begin again with the command line this program was started with."""
    _begun.acquire()  # by whoever comes first, for good
    command = [sys.executable, *sys.orig_argv[1:]]
    sys.stdout.flush()
    sys.stderr.flush()
    with contextlib.suppress(OSError):  # where it was strained, the pipe that is descriptor 2 ends with this program
        os.dup2(sys.stderr.fileno(), 2)
    awaited = _awaited()
    if os.name == "nt":  # whose exec quotes nothing and leaves the console
        program = subprocess.Popen(command)
        _wait(awaited, lambda: program.poll() is None)
        os._exit(0)
    if sys.platform != "darwin":  # whose windows go with their program
        _leave_the_windows(awaited)
    for number in range(3, MOST_FILES):  # what a library forgot to close: sockets, devices
        with contextlib.suppress(OSError):
            os.set_inheritable(number, False)
    os.execv(command[0], command)


def arrived() -> None:
    """The first picture is on the screen: the windows from before it may go. Of no effect in any other program."""
    if awaited := os.environ.pop(AWAITED, ""):
        with contextlib.suppress(OSError):
            Path(awaited).unlink()


def _awaited() -> Path:
    handle, name = tempfile.mkstemp(prefix="clavilux-awaited-")
    os.close(handle)
    os.environ[AWAITED] = name
    return Path(name)


def _wait(awaited: Path, still_there: Callable[[], bool]) -> None:
    """Wait until the new program has its first picture on the screen, or is gone, or takes too long."""
    until = time.monotonic() + LONGEST_START_SECONDS
    while awaited.exists() and still_there() and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
    with contextlib.suppress(OSError):
        awaited.unlink(missing_ok=True)


def _leave_the_windows(awaited: Path) -> None:
    """Leave a copy of this process behind that does nothing but hold the connection to the window system.

    Windows go with their connection, and that goes with the last process that holds it. The copy's parent ends at
    once, so the new program, which has this process's number, has no child that it doesn't know.
    """
    program = os.getpid()
    if child := os.fork():
        os.waitpid(child, 0)
        return
    if os.fork() == 0:
        _close_the_rest()
        _wait(awaited, lambda: is_alive(program))
    os._exit(0)


def _close_the_rest() -> None:
    """Close all files but connections to the window system: ports and sound devices are for the new program."""
    for number in range(MOST_FILES):
        with contextlib.suppress(OSError):
            if not _is_window_system(number):
                os.close(number)


def _is_window_system(number: int) -> bool:
    if not stat.S_ISSOCK(os.fstat(number).st_mode):
        return False
    with socket.socket(fileno=os.dup(number)) as own:
        try:
            address = own.getpeername()
        except OSError:
            return False
    name = address if isinstance(address, bytes) else str(address).encode()
    return any(system in name for system in WINDOW_SYSTEMS)

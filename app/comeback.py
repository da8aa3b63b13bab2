"""The comeback: the same program again in place of this one, for when the graphics driver was reset. Any thread.

A new process, for neither OpenGL nor CUDA are to be trusted in the old one. What was on air has been written down.
"""

import contextlib
import os
import subprocess
import sys
import threading
from typing import NoReturn

LONGEST_FAREWELL_SECONDS = 2.0
"""Releasing what a lost driver held may hang; then the program begins again without it."""
MOST_FILES = 4096


def at_the_latest() -> None:
    """Begin again soon, whatever else happens until then."""
    timer = threading.Timer(LONGEST_FAREWELL_SECONDS, now)
    timer.daemon = True
    timer.start()


def now() -> NoReturn:
    """Begin again with the command line this program was started with."""
    command = [sys.executable, *sys.orig_argv[1:]]
    sys.stdout.flush()
    sys.stderr.flush()
    with contextlib.suppress(OSError):  # where it was strained, the pipe that is descriptor 2 ends with this program
        os.dup2(sys.stderr.fileno(), 2)
    if os.name == "nt":  # whose exec quotes nothing and leaves the console
        subprocess.Popen(command)
        os._exit(0)
    for number in range(3, MOST_FILES):  # what a library forgot to close: sockets, devices
        with contextlib.suppress(OSError):
            os.set_inheritable(number, False)
    os.execv(command[0], command)

"""The end of the program, when all is written and released. Main thread; the last call of all."""

import contextlib
import logging
import os
import sys
import threading
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """End with this exit status; at once, where threads are still at work that nobody waits for.

    Python would take the interpreter from under them. One that decodes a long file then crashes the program, and one
    that a dead sound server holds may keep it for ever.
    """
    if threading.active_count() > 1:
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):  # it takes nothing any more
                    stream.flush()
        os._exit(code)
    sys.exit(code)

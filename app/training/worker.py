"""The training process: lowest priority, few threads, gone when the window is gone. Its main thread trains, one other
thread takes in orders.

Importing this costs little: torch comes in with the judges and the loop, after the number of threads is set.
"""

import contextlib
import os
import signal
import threading
import time
from multiprocessing.connection import Connection
from typing import Any

from app.training.mailbox import Mailbox
from app.training.messages import Leave, Parts, Told
from app.training.progress import Job
from app.training.run import run_job

ORPHAN_SECONDS = 10.0
"""So long a worker without a window may take to leave its checkpoint."""
PATIENCE_SECONDS = 3600.0
NICENESS = 19
"""The lowest priority: then the worker runs only when nobody else wants to, where the system knows such a class."""
MANY_CORES = 6
GPU_PERCENT = "30"


def main(connection: "Connection[Any, Any]", job: Job, parts: Parts, niceness: int = NICENESS) -> None:
    """Train `job` and tell of it through `connection`, until it ends or the other side is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal reaches everyone; the window decides
    give_way(niceness)
    mailbox = Mailbox()
    threading.Thread(target=_take_orders, args=(connection, mailbox), name="orders", daemon=True).start()

    def send(told: Told) -> None:
        try:
            connection.send(told)
        except OSError:
            mailbox.put(Leave())

    send(run_job(job, send, mailbox.take, parts, PATIENCE_SECONDS))


def give_way(niceness: int) -> None:
    """Take only what the show leaves: low priority, one thread (two on many cores), first to die for memory."""
    threads = str(2 if (os.cpu_count() or 1) >= MANY_CORES else 1)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = threads
    # Where a multi-process service shares the card, training gets this much of it; elsewhere this means nothing.
    os.environ.setdefault("CUDA_MPS_ACTIVE_THREAD_PERCENTAGE", GPU_PERCENT)
    with contextlib.suppress(OSError, AttributeError):  # what a system lacks is left out
        os.nice(niceness)
    with contextlib.suppress(OSError, AttributeError):
        if niceness == NICENESS:
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:  # noqa: PTH123
        file.write("800")


def _take_orders(connection: "Connection[Any, Any]", mailbox: Mailbox) -> None:
    with contextlib.suppress(EOFError, OSError):
        while True:
            mailbox.put(connection.recv())
    mailbox.put(Leave())
    time.sleep(ORPHAN_SECONDS)
    os._exit(1)

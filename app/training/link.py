"""The window's end of one training process. A thread of its own starts the process and waits on its pipe.

Starting a process and sending to one that hangs can take long; the main thread only leaves orders and takes news.
"""

import contextlib
import multiprocessing
import threading
import time
from collections import deque
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from queue import Empty, SimpleQueue
from typing import Any

from app.training import store, worker
from app.training.messages import Cancel, Ended, Leave, Order, Parts, Told
from app.training.progress import Job, Progress

TICK_SECONDS = 0.05
LEAVE_SECONDS = 1.8
"""So long a worker may take to obey `Leave` or `Cancel` before it is killed."""
KEPT = 64
"""News kept for a window that does not take them; older progress is dropped."""


class Link:
    """One process, from its start to its end."""

    def __init__(self, job: Job, parts: Parts, niceness: int) -> None:
        self.job = job
        self.pid = 0
        """Process id once it is started."""
        self._parts = parts
        self._niceness = niceness
        self._orders: SimpleQueue[Order] = SimpleQueue()
        self._lock = threading.Lock()
        self._news: deque[Told] = deque()
        self._last_order: Leave | Cancel | None = None
        self._ended: Ended | None = None
        self._deadline_seconds = float("inf")
        self._thread = threading.Thread(target=self._run, name="training link", daemon=True)
        self._thread.start()

    def tell(self, order: Order) -> None:
        """Leave an order for the worker; never waits."""
        self._orders.put(order)

    def take(self) -> list[Told]:
        """Return what came since the last call, oldest first; the last of all is `Ended`, after the process is gone."""
        if not self._news:
            return []
        with self._lock:
            news = list(self._news)
            self._news.clear()
        return news

    def close(self) -> None:
        """Ask the worker to leave a checkpoint and wait for its end, about two seconds at most."""
        self.tell(Leave())
        self._thread.join(LEAVE_SECONDS + 1.0)

    # ------------------------------------------------------------------ the thread

    def _run(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        ours, theirs = spawn.Pipe()
        process = spawn.Process(
            target=worker.main,
            args=(theirs, self.job, self._parts, self._niceness),
            name="clavilux training",
            daemon=True,
        )
        try:
            process.start()
        except OSError as error:
            self._news.append(Ended("waiting", f"training cannot be started: {error.strerror}; close other programs"))
            return
        finally:
            theirs.close()
        self.pid = process.pid or 0
        with ours:
            self._converse(ours, process)
        process.join(LEAVE_SECONDS)
        process.kill()
        process.join()
        self._news.append(self._ended or self._lost(process.exitcode))
        process.close()

    def _converse(self, ours: "Connection[Any, Any]", process: SpawnProcess) -> None:
        with contextlib.suppress(EOFError, OSError):  # the other side is gone
            while self._ended is None:
                self._forward(ours)
                if wait([ours], TICK_SECONDS):
                    self._note(ours.recv())
                if time.monotonic() > self._deadline_seconds:
                    process.kill()

    def _forward(self, ours: "Connection[Any, Any]") -> None:
        with contextlib.suppress(Empty):
            while True:
                order = self._orders.get_nowait()
                if isinstance(order, Leave | Cancel):
                    self._last_order = order
                    self._deadline_seconds = time.monotonic() + LEAVE_SECONDS
                ours.send(order)

    def _note(self, told: Told) -> None:
        """Keep what the worker told: its end for after the process is gone, and not more progress than anyone reads."""
        if isinstance(told, Ended):
            self._ended = told
            return
        with self._lock:
            self._news.append(told)
            if len(self._news) > KEPT:
                del self._news[next((i for i, own in enumerate(self._news) if isinstance(own, Progress)), 0)]

    def _lost(self, exit_code: int | None) -> Ended:
        """Say how a worker ended that did not say it itself."""
        if isinstance(self._last_order, Cancel):
            store.forget(self.job)
            return Ended("cancelled")
        if isinstance(self._last_order, Leave):
            return Ended("waiting")
        how = f"killed by signal {-exit_code}" if exit_code and exit_code < 0 else f"exit code {exit_code}"
        hint = "out of memory, perhaps; it can be continued from its last checkpoint"
        return Ended("waiting", f"training of '{self.job.name}' stopped dead ({how}): {hint}")

"""Training that a chaotic soak switches on and off: tiny jobs in the real training process, which is also killed.

Main thread; asks the show's own trainer, as the Train panel does.
"""

import contextlib
import os
import random
import signal
from collections import Counter

from app.problems import UserError
from app.training.trainer import BUSY, Trainer
from app.training.worker import NICENESS

PROMPTS = ("blue fog", "red waves", "gold mosaic", "green forest")
MOST_JOBS = 24
"""Jobs listed stay listed; more would count as growth."""
TINY = """
epochs: 40
resolution: 48 32
device: cpu
style: {{width: 8, depth: 1}}
targets:
- batch_size: 1
  features:
  - text: {words}
"""


class Apprentice:
    """`counts` says how often what was done, and how jobs ended."""

    def __init__(self, trainer: Trainer, chance: random.Random) -> None:
        self._trainer, self._chance = trainer, chance
        self.counts: Counter[str] = Counter()

    def act(self) -> None:
        """Begin a job, pause or resume it, cancel it, or kill its process."""
        busy = next((status for status in self._trainer.statuses if status.state in BUSY), None)
        with contextlib.suppress(UserError):
            if busy is None:
                self._begin()
                return
            way = self._chance.choice(("pause", "resume", "cancel", "kill", "let", "let"))
            self.counts[way] += 1
            if way == "kill" and self._trainer.pid:
                os.kill(self._trainer.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
            elif way not in ("kill", "let"):
                getattr(self._trainer, way)(busy.job.id)

    def _begin(self) -> None:
        if len(self._trainer.statuses) < MOST_JOBS:
            words = self._chance.choice(PROMPTS)
            self._trainer.submit(self._trainer.free_name(words), TINY.format(words=words))
            self.counts["begun"] += 1

    def report(self) -> dict[str, object]:
        """Return what came of it."""
        ends = Counter(status.state for status in self._trainer.statuses)
        steps = sum(status.progress.step for status in self._trainer.statuses if status.progress is not None)
        return {"orders": dict(self.counts), "jobs": dict(ends), "steps": steps, "niceness": NICENESS}

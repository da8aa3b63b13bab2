"""A training run in numbers: a random walk of a small network. Imported by the training process, too.

The experiment's text is `key: value` lines: steps, seed, judge, prompt, pause (seconds a step), fault (what goes
wrong), at (which step).
"""

import os
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.problems import UserError
from app.style import Style
from app.training.experiment import Experiment, Feature, Target
from app.training.judges.judge import JudgeInfo
from app.training.messages import Parts
from app.training.progress import Checkpoint, Progress, Row

ARCH = Arch(width=8, depth=1)
EVERY = 5
UNMEASURABLE = 404


def read(text: str, where: str, base: Path) -> Experiment:
    fields = dict(line.split(": ") for line in text.splitlines())
    unknown = set(fields) - {"steps", "seed", "pause", "fault", "at", "judge", "prompt"}
    if unknown:
        raise UserError(f"{where}: unknown key '{unknown.pop()}'")
    return Experiment(
        targets=(Target((Feature(fields["prompt"]),)),) if "prompt" in fields else (),
        epochs=int(fields.get("steps", "50")),
        seed=int(fields.get("seed", "0")),
        snapshot_interval=float(fields.get("pause", "0")),
        output=fields.get("fault", ""),
        start_epoch=int(fields.get("at", "20")),
        judges=(fields["judge"],) if "judge" in fields else (),
        held_out="",
    )


class FakeJudge:
    def __init__(self, name: str) -> None:
        self.name = name
        self.info = JudgeInfo(name, "test", name.encode().hex().ljust(64, "0"), "MIT", 16)

    def unknown_words(self, text: str) -> tuple[str, ...]:
        return tuple(word for word in text.split() if word not in {"blue", "fog"})


def open_judge(name: str, weights: Path | None) -> FakeJudge:
    return FakeJudge(name)


def measured(style: Style) -> Style:
    if style.header.seed == UNMEASURABLE:
        raise UserError("no OpenGL here")
    return replace(style, header=replace(style.header, flash_score=0.25))


class FakeTraining:
    def __init__(self, experiment: Experiment, judges: Mapping[str, Any], checkpoint: Checkpoint | None = None) -> None:
        self.experiment, self.judges = experiment, judges
        self.style = random_style(experiment.seed, ARCH)
        self.rng = np.random.Generator(np.random.PCG64(experiment.seed))
        self.step, self.best = 0, -np.inf
        self.on_gpu = experiment.output == "gpu"
        self.between_steps: Callable[[], None] = lambda: None
        self.history: tuple[Row, ...] = ()
        if checkpoint is not None:
            self._restore(checkpoint)

    def _restore(self, checkpoint: Checkpoint) -> None:
        arrays: dict[str, Any] = dict(checkpoint.arrays)
        self.step, self.best, self.history = checkpoint.step, checkpoint.numbers["best"], checkpoint.history
        _, *rest = self.style.layers
        self.style = replace(self.style, layers=((arrays["w"], arrays["b"]), *rest))
        state: dict[str, Any] = dict(self.rng.bit_generator.state)
        words = [int(word) for word in arrays["rng"]]
        state["state"] = {"state": words[0] << 64 | words[1], "inc": words[2] << 64 | words[3]}
        self.rng.bit_generator.state = state

    def steps(self) -> Generator[Progress]:
        while self.step < self.experiment.epochs:
            self._step()
            if self.step % EVERY == 0 or self.step == self.experiment.epochs:
                yield self._progress()

    def _step(self) -> None:
        self.step += 1
        time.sleep(self.experiment.snapshot_interval)
        (w, b), *rest = self.style.layers
        w = (w + self.rng.normal(0, 0.1, w.shape)).astype(np.float32)
        self.style = replace(self.style, layers=((w, b), *rest))
        self.between_steps()
        if self.step == self.experiment.start_epoch:
            self._go_wrong(self.experiment.output)

    def _go_wrong(self, fault: str) -> None:
        if fault == "crash":
            raise ZeroDivisionError("the loop has a bug\nin two lines")
        if fault == "memory":
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 TB")
        if fault == "number":
            raise UserError("a.yaml:3: targets[0].weight: expression '1/sim': column 1: division by zero")
        if fault == "die":
            os.kill(os.getpid(), 9)
        if fault == "hang":
            time.sleep(60)

    def _progress(self) -> Progress:
        guide = float(self.style.layers[0][0].mean())
        best, self.best = guide > self.best, max(guide, self.best)
        self.history = (*self.history, Row(self.step, guide, None, -guide))
        seed = int(self.experiment.seed)
        style = replace(self.style, header=replace(self.style.header, seed=seed, steps=self.step))
        return Progress(self.step, self.experiment.epochs, 1.0, "train", guide, None, -guide, 0.2, style, best)

    def update(self, experiment: Experiment) -> None:
        if experiment.judges:
            assert self.judges[experiment.judges[0]].name == experiment.judges[0]
        self.experiment = experiment

    def checkpoint(self) -> Checkpoint:
        state = self.rng.bit_generator.state["state"]
        words = [part >> shift & (1 << 64) - 1 for part in (state["state"], state["inc"]) for shift in (64, 0)]
        w, b = self.style.layers[0]
        arrays: dict[str, object] = {"w": w, "b": b, "rng": np.array(words, np.uint64)}
        return Checkpoint(self.experiment, self.step, arrays, {"best": self.best}, self.history)


_HERE = "tests.training.fake_training"
FAKE = Parts(f"{_HERE}:FakeTraining", f"{_HERE}:read", f"{_HERE}:open_judge", f"{_HERE}:measured")

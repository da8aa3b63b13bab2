"""Claim: a thousand random changes of look show no black or white picture, are on time, and take no memory.

On time: 99 of 100 frames within 1.5 times their due. Memory: the same within 5 %.

A live show without a window, 160 × 90 at 30 fps of its own time; every picture is looked at. Looks follow one another
at random, a third of them as a cut, the others by any transition, often before the one before is all there. A frame's
time is told on the clock and as processor time of the main thread and of all threads, which a loaded machine changes
less; on a virtual machine, frames during which its host took no time away are told apart. Ctrl+C ends it early, with
the figures so far. Writes benchmarks/results/swaps.md.
Run: python -m benchmarks.swaps [SWAPS, 1000 by default]
"""

import contextlib
import os
import random
import signal
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from app.audio.source import SourceChoice
from app.clock import StepClock
from app.commands.soak_show import gl_objects, memory_mb
from app.live import Session
from app.preset import TRANSITIONS
from app.render.target import Target
from app.settings import Settings

RESULT = Path(__file__).parent / "results" / "swaps.md"
SWAPS, FPS, PICTURE_PX = 1000, 30.0, (160, 90)
LATE, FLAT = 1.5, 0.05
LINUX = sys.platform == "linux"
FIRST, AGAIN, PASSING, ALONE = "first picture of a new look", "of a look seen before", "two looks on air", "one look"
BLACK, WHITE = 3, 252


class Watch:
    """An output that looks at every picture."""

    def __init__(self) -> None:
        self.looked = self.black = self.white = 0

    def send(self, image: Target, frame: object) -> None:  # noqa: ARG002 - the shape of an output
        """Count pictures that are black or white all over."""
        picture = image.read()[..., :3]
        self.looked += 1
        self.black += bool(picture.max() < BLACK)
        self.white += bool(picture.min() > WHITE)

    def close(self) -> None:
        """Nothing is held."""


@dataclass
class Frames:
    """What frames of one kind took, in ms."""

    clock: list[float] = field(default_factory=list)
    main: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)


class Swaps:
    """One run."""

    def __init__(self, session: Session, seed: int) -> None:
        self._session, self._dice = session, random.Random(seed)
        self.watch = Watch()
        session.outputs.append(self.watch)
        session.surface.ctx.gc_mode = "context_gc"  # what Python drops without a release is kept, and counted
        self.undisturbed: list[float] = []
        self.frames = {kind: Frames() for kind in (FIRST, AGAIN, PASSING, ALONE)}
        self.memory: list[float] = []
        self.objects: list[int] = []
        self._known: set[str] = set()
        self._changes = self.swaps = 0

    def run(self, swaps: int) -> None:
        """Change looks so often; memory is looked at 40 times on the way."""
        for count in range(swaps):
            self.swaps = count
            if count % max(swaps // 40, 1) == 0:
                self.memory.append(memory_mb())
                self.objects.append(gl_objects(self._session.surface.ctx))
            self._swap()
            for _ in range(self._dice.choice((0, 1, 2, 3, 6))):
                self._step()
        self.swaps = swaps

    def _swap(self) -> None:
        """Ask for another look and wait until it is on air."""
        controls, dice = self._session.controls, self._dice
        looks = controls.looks
        names = [name for name in looks.names if name != looks.on_air.name]
        before = looks.changes
        controls.choose_look(dice.choice(names))
        while looks.changes == before:
            self._step()
        self._step()

    def _step(self) -> None:
        session = self._session
        before = session.controls.looks.changes
        if before != self._changes:
            self._landed()
        stolen = stolen_ticks()
        clock, main, whole = time.perf_counter(), time.thread_time(), time.process_time()
        session.step()
        took = [(now - then) * 1000 for now, then in (
            (time.perf_counter(), clock), (time.thread_time(), main), (time.process_time(), whole))]  # fmt: skip
        if LINUX and stolen_ticks() == stolen:
            self.undisturbed.append(took[0])
        kind = self._kind()
        frames = self.frames[kind]
        for kept, figure in zip((frames.clock, frames.main, frames.whole), took, strict=True):
            kept.append(figure)

    def _landed(self) -> None:
        """A look came on air before this picture: choose how it comes."""
        dice, preset = self._dice, self._session.preset
        cut = dice.random() < 1 / 3
        preset.crossfade_seconds = 0.0 if cut else dice.choice((0.1, 0.3, 1.0))
        preset.crossfade_beats = 0.0
        preset.transition = dice.choice([*TRANSITIONS, *self._session.controls.transitions])

    def _kind(self) -> str:
        looks = self._session.controls.looks
        if looks.changes != self._changes:
            self._changes = looks.changes
            name = looks.on_air.name
            kind = AGAIN if name in self._known else FIRST
            self._known.add(name)
            return kind
        return PASSING if self._session.picture.fade < 1 else ALONE


def table(run: Swaps) -> list[str]:
    """Return the lines of the table of frame times."""
    lines = ["| frames | count | p50 | p99 | max | main thread p50 | p99 | max | all threads p50 | p99 |",
             "|---|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    everything = Frames(*([x for f in run.frames.values() for x in getattr(f, name)]
                          for name in ("clock", "main", "whole")))  # fmt: skip
    for kind, frames in (*run.frames.items(), ("all", everything)):
        if frames.clock:
            cells = [*np.percentile(frames.clock, [50, 99, 100]), *np.percentile(frames.main, [50, 99, 100]),
                     *np.percentile(frames.whole, [50, 99])]  # fmt: skip
            lines.append(f"| {kind} | {len(frames.clock)} | " + " | ".join(f"{cell:.1f}" for cell in cells) + " |")
    return lines


def stolen_ticks() -> int:
    """Return how much of its processors' time a virtual machine's host has kept for others (Linux; else 0)."""
    return int(Path("/proc/stat").read_text("ascii").split(maxsplit=9)[8]) if LINUX else 0


def undisturbed(run: Swaps) -> list[str]:
    """Return a line about the frames during which a virtual machine had all of its processors, if that is known."""
    if not run.undisturbed:
        return []
    count, total = len(run.undisturbed), sum(len(frames.clock) for frames in run.frames.values())
    p99, most = np.percentile(run.undisturbed, [99, 100])
    return [f"- {count} of {total} frames had no processor time taken away by the host: p99 {p99:.1f}, max {most:.1f}"]


def told(run: Swaps, session: Session) -> str:
    """Return the page of results."""
    later = run.memory[len(run.memory) // 4 :]
    grown = (later[-1] - later[0]) / later[0]
    load = os.getloadavg()[0]
    problems = [f"{problem.text} ({problem.count})" for problem in session.problems]
    return "\n".join([
        "# A thousand changes of look", "",
        f"`python -m benchmarks.swaps`, {run.swaps} changes: {session.controls.backend_name}, "
        f"{session.controls.renderer}, {PICTURE_PX[0]} × {PICTURE_PX[1]} at {FPS:g} fps (budget {1000 / FPS:.1f} ms, "
        f"{LATE:g} times that is {LATE * 1000 / FPS:.0f} ms), {os.cpu_count()} cores, **load average {load:.1f}**.", "",
        *table(run), "",
        "Milliseconds. On the clock a frame includes its wait for the next one's due.", "",
        *undisturbed(run),
        f"- {run.watch.looked} pictures looked at: {run.watch.black} black, {run.watch.white} white",
        f"- memory {run.memory[0]:.0f} MB at the start, {later[0]:.0f} MB after a quarter, {later[-1]:.0f} MB at the "
        f"end: {grown:+.1%} since the quarter; GL objects {run.objects[len(run.objects) // 4]} → {run.objects[-1]}",
        f"- messages: {problems or 'none'}", "",
    ])  # fmt: skip


def main() -> int:
    """Print and write the figures; return 1 where pictures were empty or memory grew."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # shells take it from what runs in the background
    swaps = int(sys.argv[1]) if len(sys.argv) > 1 else SWAPS
    settings = Settings(
        source=SourceChoice(audible=False, loop=True), fps=FPS, picture_px=PICTURE_PX, headless=True, seed=1
    )
    with ExitStack() as stack:
        session = Session(settings, stack)
        run = Swaps(session, seed=1)
        session.clock = StepClock(FPS)  # a crossfade has its pictures however slow the machine is
        with contextlib.suppress(KeyboardInterrupt):
            run.run(swaps)
        page = told(run, session)
    print(page)
    RESULT.write_text(page, "utf-8")
    later = run.memory[len(run.memory) // 4 :]
    return int(bool(run.watch.black or run.watch.white or abs(later[-1] - later[0]) > FLAT * later[0]))


if __name__ == "__main__":
    sys.exit(main())

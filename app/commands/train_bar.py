"""What `clavilux train` shows while it trains: a progress bar, remarks, previews as PNG files. Main thread."""

import time
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from app import memory
from app.problems import UserError
from app.style import Style
from app.training.messages import Ended, Remark, Told
from app.training.progress import Progress as Step

PREVIEW_PX = (240, 135)
PREVIEWS = "previews"
SCALE = "guide, held out and matches are cosine × 100; reaction is in standard deviations of the picture"
SECONDS_SHOWN, HEARD = 3.0, (0.5,) * 9
"""The moment that previews show, always the same: what changes is the network."""


class Bar:
    """Shows one run. `verbose` 0 says nothing, 1 how it goes, 2 what each feature came to as well.

    `interval` is how often a preview is written: a float is seconds, an int is steps, 0 is never.
    """

    def __init__(self, folder: Path, name: str, verbose: int, interval: int | float) -> None:
        self._folder, self._name = folder, name
        self._verbose, self._interval = verbose, interval
        self._steps: list[Step] = []
        self._sizes: list[tuple[int, tuple[int, int]]] = []
        self._started = time.monotonic()
        self._pictured: float | None = 0.0 if isinstance(interval, int) else None
        columns = (
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[scores]}"), TimeRemainingColumn(),
        )  # fmt: skip
        console = Console(stderr=True)
        self._live = bool(verbose) and console.is_terminal  # a file or pipe gets lines, not a bar that moves
        self._bar = Progress(*columns, console=console, disable=not self._live)
        self._task = self._bar.add_task(name, scores="")

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def take(self, told: Told) -> None:
        """Show one message."""
        if isinstance(told, Remark) and self._verbose:
            self._bar.console.print(told.text, soft_wrap=True, markup=False)
        if isinstance(told, Step):
            self._steps.append(replace(told, style=None))  # networks of a long run would fill the memory
            if not self._sizes or self._sizes[-1][1] != told.size:
                self._sizes.append((told.step, told.size))
                if len(self._sizes) > 1 and self._verbose:
                    self._bar.console.print("step {}: a picture of {} × {}".format(told.step, *told.size))
            self._show(told)
            if told.style is not None and (told.stage == "done" or self._due(told)):
                self._picture(told.style, told.step)

    def report(self, name: str, ended: Ended) -> dict[str, object]:
        """Return what --report writes."""
        from app.training.device import threads  # torch is there by now: it trained

        last = self._steps[-1]
        return {
            "name": name, "style": str(ended.result), "scale": SCALE,
            "seconds": round(time.monotonic() - self._started, 2),
            "steps": last.step, "guide": last.guide, "held_out": last.held_out, "reaction": last.reaction,
            "peak_rss_bytes": memory.most_bytes(), "threads": threads(),
            "curve": [[s.step, round(s.seconds, 2), round(s.guide, 3), s.held_out] for s in self._steps],
            "sizes": [[step, *size] for step, size in self._sizes],
            "matches": [asdict(match) for match in last.matches],
        }  # fmt: skip

    def _show(self, step: Step) -> None:
        if self._verbose and len(self._steps) == 1:
            self._bar.console.print(SCALE, soft_wrap=True)
        self._bar.start()  # not before there is something to show: a mistake stays one line
        held = f"  held out {step.held_out:.1f}" if step.held_out is not None else ""
        scores = f"guide {step.guide:.1f}{held}  reaction {step.reaction:.2f}"
        self._bar.update(self._task, description=step.stage, completed=step.step, total=step.steps, scores=scores)
        if step.stage == "done" and self._verbose and not self._live:
            self._bar.console.print(f"done after {step.step} steps: {scores}", soft_wrap=True)
        if step.stage == "done" and self._verbose > 1:
            for match in step.matches:
                seen = f"{match.similarity:6.1f}  {match.share:4.0%} of views, {match.total} in all"
                line = f"{seen}  weight {match.weight:g}  {match.feature}"
                self._bar.console.print(line, soft_wrap=True, markup=False, highlight=False)

    def _due(self, step: Step) -> bool:
        """Whether it is time for a preview, and note it."""
        if not self._interval or step.stage.startswith(("search", "sketch")):
            return False
        steps = isinstance(self._interval, int)
        now = step.step // self._interval * self._interval if steps else time.monotonic()
        if self._pictured is not None and now - self._pictured < self._interval:
            return False
        self._pictured = now
        return True

    def _picture(self, style: Style, step: int) -> None:
        """Write a preview beside the style; a disk that doesn't take it costs the preview, not the run."""
        from app.cppn.reference import render
        from app.output import png

        if not self._interval:
            return
        picture = render(style, *PREVIEW_PX, SECONDS_SHOWN, HEARD)
        path = self._folder / PREVIEWS / f"{self._name}-{step:04}.png"
        try:
            png.write(path, (picture * 255.0).round().astype("uint8"))
        except UserError as error:
            self._bar.console.print(str(error), soft_wrap=True, markup=False)

"""Claim: in a flood of OSC, 10,000 messages a second of which a third is damaged, no frame works twice its budget.

A live show without a window as `clavilux soak` plays it (320 × 180, 30 fps; looks, styles and effects shown once
before, for at most 20 s), and the soak's own floods of three seconds: once as they are (changes of look come by damage
only), once with every message pressing, so that looks change as fast as they may. What a frame works is processor time
of all threads of the show; the sender is a process of its own, which only the clock sees.
Run: python -m benchmarks.floods [FLOODS of each kind, 5 by default]. Writes benchmarks/results/floods.md.
"""

import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from app.audio.source import SourceChoice
from app.commands import soak_warm_up
from app.commands.chaos import Flood
from app.commands.soak_show import PICTURE_PX, free_port
from app.live import Session
from app.settings import Settings

RESULT = Path(__file__).parent / "results" / "floods.md"
FLOODS, WARM_UP_SECONDS, QUIET_FRAMES, FPS = 5, 20.0, 90, 30.0
TWICE_MS = 2 * 1000 / FPS
KINDS = {"a flood": 0.5, "a flood that presses all": 1.0}
COLUMNS = (
    "",
    "frames",
    "clock p50",
    "p99",
    "work p50",
    "p99",
    "most",
    "over twice the budget",
    "control mean",
    "most",
)
Row = tuple[float, float, float]
"""Milliseconds of one frame: on the clock, of work, of work of the control poll."""


class Floods:
    """One run; `rows` are the frames by what they went through."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.rows: dict[str, list[Row]] = {}
        self._control_ms = 0.0
        self._poll = session.controls.control.step
        session.controls.control.step = self._polled  # type: ignore[method-assign]

    def _polled(self, stage: object) -> None:
        began = time.thread_time()
        self._poll(stage)  # type: ignore[arg-type]
        self._control_ms = (time.thread_time() - began) * 1000

    def run(self, floods: int) -> None:
        """Play, with and without floods."""
        soak_warm_up.show_everything(self._session, WARM_UP_SECONDS)
        self._rest()
        for kind, argument in KINDS.items():
            flood = Flood(self._session.settings.osc_port, argument)
            for _ in range(floods):
                flood.burst()
                while flood.running:
                    self._step(kind)
                self._rest()
            flood.close()

    def _rest(self) -> None:
        for _ in range(QUIET_FRAMES):
            self._step("no flood")

    def _step(self, kind: str) -> None:
        looks = self._session.controls.looks
        clock, work, changes = time.perf_counter(), time.process_time(), looks.changes
        self._session.step()
        clock, work = time.perf_counter() - clock, time.process_time() - work
        name = f"{kind}, another look" if looks.changes > changes else kind
        self.rows.setdefault(name, []).append((clock * 1000, work * 1000, self._control_ms))


def told(run: Floods, session: Session, floods: int) -> str:
    """Return the page of results."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
    for name, rows in run.rows.items():
        clock, work, control = np.array(rows).T
        cells = [*np.percentile(clock, [50, 99]), *np.percentile(work, [50, 99, 100])]
        ends = f"{(work > TWICE_MS).mean():.1%} | {control.mean():.1f} | {control.max():.1f}"
        lines.append(f"| {name} | {len(rows)} | {' | '.join(f'{cell:.1f}' for cell in cells)} | {ends} |")
    hub = session.controls.control
    osc = hub.osc
    assert osc is not None
    return "\n".join([
        "# Floods of OSC", "",
        f"`python -m benchmarks.floods`, {floods} floods of each kind, 30,000 messages in each: "
        f"{session.controls.backend_name}, {session.controls.renderer}, {PICTURE_PX[0]} × {PICTURE_PX[1]} at "
        f"{FPS:g} fps (twice the budget is {TWICE_MS:.1f} ms), {os.cpu_count()} cores, load "
        f"average {os.getloadavg()[0]:.1f}.", "",
        *lines, "",
        "Milliseconds; work is processor time of all the show's threads. "
        f"{osc.received} packets came in, {osc.malformed} were malformed, {hub.refused} meant nothing.", "",
    ])  # fmt: skip


def main() -> int:
    """Print and write the figures; return 1 where a frame worked twice its budget."""
    floods = int(sys.argv[1]) if len(sys.argv) > 1 else FLOODS
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home, ExitStack() as stack:
        os.environ["CLAVILUX_HOME"] = home
        source = SourceChoice(audible=False, loop=True)
        settings = Settings(
            source=source, fps=FPS, picture_px=PICTURE_PX, headless=True, keeps=True, osc_port=free_port(), seed=1
        )
        session = Session(settings, stack)
        run = Floods(session)
        run.run(floods)
        page = told(run, session, floods)
        session.end()
    print(page)
    RESULT.write_text(page, "utf-8")
    return int(any(work > TWICE_MS for rows in run.rows.values() for _, work, _ in rows))


if __name__ == "__main__":
    sys.exit(main())

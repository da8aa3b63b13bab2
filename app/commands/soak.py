"""`clavilux soak`: lets a show play in a process of its own and watches it, so that its death is a figure like others.

Works in a temporary folder; nothing of the user's is touched. Main thread; no OpenGL, sound or show in this process.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from app import files
from app.commands.soak_report import FIGURES, LAST, STACK, WARM_UP_SHARE
from app.problems import UserError

PATIENCE_SECONDS = 120.0
"""A show that is so much later than asked for hangs: starting, warming up and ending take less."""
STACK_LINES = 40
SHOW = "import sys; from app.commands import soak_show; soak_show.play_watched(*sys.argv[1:])"


def soak(minutes: float, chaos: bool, seed: int, report: Path | None) -> int:
    """Run it; return 0 when all is well, 1 when not."""
    files.check_place(report)
    with tempfile.TemporaryDirectory(prefix="clavilux-soak-", ignore_cleanup_errors=True) as folder:
        figures = watch(Path(folder), 60 * minutes, chaos, seed)
    figures |= {"seed": seed, "chaos": chaos, "passed": not figures["failures"]}
    if report is not None:
        files.write_json(report, figures)
    _tell(figures)
    return 0 if figures["passed"] else 1


def watch(home: Path, seconds: float, chaos: bool, seed: int) -> dict[str, Any]:
    """Let a show play in a process of its own; return its figures, or how it died."""
    began = time.monotonic()
    show = subprocess.Popen(
        [sys.executable, "-c", SHOW, str(seconds), "chaos" if chaos else "", str(seed), str(home)],
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ | {"CLAVILUX_HOME": str(home)},
        start_new_session=True,  # so that what it leaves behind when it dies can be ended with it
    )
    with _passing_on(show):
        hung = _wait(show, seconds * (1 + WARM_UP_SHARE) + PATIENCE_SECONDS)
    figures = json.loads(_read(home / FIGURES) or "{}")
    if "refused" in figures:
        raise UserError(figures["refused"])
    if show.returncode == 0:
        return {"crashes": 0, **figures}
    _end_the_rest(show.pid)
    return _obituary(home, figures, "hung" if hung else _cause(show.returncode), time.monotonic() - began)


def _wait(show: "subprocess.Popen[bytes]", most_seconds: float) -> bool:
    """Wait until it ends; one that hangs is told to say where it stands, and ended. Return whether it hung."""
    try:
        show.wait(most_seconds)
        return False
    except subprocess.TimeoutExpired:
        show.send_signal(signal.SIGABRT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            show.wait(5.0)
        show.kill()
        show.wait()
        return True


@contextlib.contextmanager
def _passing_on(show: "subprocess.Popen[bytes]") -> Iterator[None]:
    """While it plays, Ctrl+C and a polite kill are for the show: it ends and writes its figures."""

    def tell(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signal module's shape
        with contextlib.suppress(ProcessLookupError):
            show.terminate()

    before = {number: signal.signal(number, tell) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_the_rest(group: int) -> None:
    """End the sound server, displays and other programs that a show left behind."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def _obituary(home: Path, figures: dict[str, Any], cause: str, seconds: float) -> dict[str, Any]:
    """Return what is known of a show that died; its figures too, if it did so after it had written them."""
    last, stack = _read(home / LAST) or "nothing yet", _read(home / STACK).splitlines()
    line = f"the show {cause} after {seconds:.0f} s; the last it did: {last}"
    failures = [line, *figures.get("failures", [])]
    return {"crashes": 1, "seconds": round(seconds, 1), **figures, "failures": failures, "stack": stack[:STACK_LINES]}


def _cause(code: int) -> str:
    if code >= 0:
        return f"ended with exit status {code}"
    return f"died of {signal.Signals(-code).name}"


def _read(path: Path) -> str:
    return path.read_text("utf-8", "replace").strip() if path.exists() else ""


def _tell(figures: dict[str, Any]) -> None:
    print(f"{'passed' if figures['passed'] else 'FAILED'}: {_summary(figures)}")
    for line in figures["failures"]:
        print(f"  {line}")
    if left_out := figures.get("displays", {}).get("left_out"):
        print(f"  left out: displays that come and go: {left_out}")


def _summary(figures: dict[str, Any]) -> str:
    if "frames" not in figures:
        return "1 crash"
    frames, grown = figures["frames"], figures["memory"]["slope"]
    counts = f"{frames['frames']} frames, {sum(figures['acts'].values())} changes, {len(figures['problems'])} messages"
    bounds = f"{grown['mb_per_minute']:+.2f} MB a minute ({grown['low']:+.2f} to {grown['high']:+.2f})"
    return f"{counts}, {figures['crashes'] or 'no'} crash, memory {bounds}"

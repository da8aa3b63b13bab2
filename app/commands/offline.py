"""Offline shows: every frame drawn at its exact time, as fast as the machine allows, with a progress bar."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.problems import UserError

if TYPE_CHECKING:
    from app.live import Session


@contextmanager
def progress(label: str, total: int, done: int = 0) -> Iterator[Callable[[], None]]:
    """Show a bar with ETA on stderr; yields the function that advances it by one frame."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, refresh_per_second=5) as bar:
        task = bar.add_task(label, total=total, completed=done)
        try:
            yield lambda: bar.advance(task)
        except UserError:
            # What went wrong is one line, and the only one.
            bar.live.transient, console.quiet = True, not console.is_terminal
            raise


def draw(session: "Session", label: str, first: int, last: int) -> int:
    """Draw frames `first`..`last`-1 of a show whose next frame is `first`; return the frame that comes next.

    Stops early when the session was asked to end (Ctrl+C). The sound of the last frame is heard to its end, and the
    outputs are complete afterwards.
    """
    reached = first
    with progress(label, last, first) as advance:
        while reached < last and not session.controls.quitting:
            session.step()
            reached += 1
            advance()
        session.skip()
        for output in session.outputs:
            output.close()
    return reached

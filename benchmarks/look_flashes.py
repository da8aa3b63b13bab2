"""Claim: on the demo track no look that ships flashes more than WCAG 2.3.1 allows, effects on, without the limiter.

Counts in the finished pictures, at 60 a second, as the flash limiter counts; the limiter itself holds nothing back
here. Without arguments two parts of the demo track are heard, else the beginning of each sound file that is named.
Run: python -m benchmarks.look_flashes [--look NAME …] [SOUND …]
"""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app import preset as presets
from app.audio.source import SourceChoice
from app.clock import Frame
from app.live import Session
from app.render.target import Target
from app.settings import Settings

SIZE_PX, FPS = (128, 72), 60
DEMO_SECONDS = (46.0, 0.0)
"""Where the demo track is listened to: from the build into the drop, and a first start."""
HEARD_SECONDS, DRAWN_SECONDS = 3, 8


def watched(session: Session) -> list[bool]:
    """Let the limiter of a session count and show everything; return the list that its verdicts go to."""
    limiter, verdicts = session.picture.limiter, list[bool]()
    apply = limiter.apply

    def count(image: Target, frame: Frame, **_: bool) -> Target:
        shown = apply(image, frame, forced=True)
        verdicts.append(limiter.flashing)
        return shown

    limiter.apply = count  # type: ignore[method-assign]
    return verdicts


def flashing(look: str, sound: Path | None, skipped_seconds: float) -> float:
    """Return the share of a look's pictures that are above the limit."""
    source = SourceChoice("file" if sound else "demo", file=sound, live=False)
    settings = Settings(source=source, preset=look, fps=FPS, picture_px=SIZE_PX, headless=True, offline=True)
    with ExitStack() as stack:
        session = Session(settings, stack)
        for _ in range(round(skipped_seconds * FPS)):
            session.skip()
        verdicts = watched(session)
        for _ in range(DRAWN_SECONDS * FPS):
            session.step()
        return sum(verdicts) / len(verdicts)


def main() -> int:
    """Print the shares; return 1 if any is not 0."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--look", action="append", help="only this one; may be repeated")
    parser.add_argument("sounds", nargs="*", type=Path)
    asked = parser.parse_args()
    heard = [(path.stem, path, float(HEARD_SECONDS)) for path in asked.sounds]
    heard = heard or [(f"demo from {seconds:.0f} s", None, seconds) for seconds in DEMO_SECONDS]
    table, failed = Table("look", *(name for name, _, _ in heard)), False
    for look in asked.look or [entry.name for entry in presets.listing() if entry.shipped]:
        shares = [flashing(look, path, seconds) for _, path, seconds in heard]
        failed |= any(shares)
        table.add_row(look, *(f"{share:.1%}" for share in shares))
    Console().print(table)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

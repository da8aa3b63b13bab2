"""How far recorded pictures stray from their sound when the sound card's clock is wrong.

Simulates a live show (no GL, no encoder: the arithmetic that places pictures) and prints the worst distance in frames,
beside what pictures placed by the wall clock would show. Claim: less than one frame after an hour at 200 ppm.
"""

import sys

from app.output.timing import Timeline

RATE_HZ = 48_000
SHOW_HZ = 60.0
FPS = 30.0


def worst_offsets(seconds: float, block: int, ppm: float) -> tuple[float, float]:
    """Return the worst distance, in frames, of pictures from their sound: placed by sound, placed by the wall clock."""
    timeline = Timeline(FPS, live=True)
    heard = 0
    by_sound = by_wall = 0.0
    for index in range(int(seconds * SHOW_HZ)):
        wall_seconds = index / SHOW_HZ
        sounded_seconds = wall_seconds * (1 + ppm * 1e-6)
        ready = int(sounded_seconds * RATE_HZ) // block * block
        slot = timeline.step(wall_seconds, (ready - heard) / RATE_HZ).slot
        heard = ready
        if slot is not None:
            by_sound = max(by_sound, abs(slot - sounded_seconds * FPS))
            by_wall = max(by_wall, abs(wall_seconds - sounded_seconds) * FPS)
    return by_sound, by_wall


def main() -> int:
    """Print a table; exit code 1 when the claim does not hold."""
    held = True
    print(f"{'minutes':>8} {'ppm':>6} {'block':>6} {'by sound':>9} {'by wall clock':>14}   frames off at {FPS:g} fps")
    for minutes in (10, 60):
        for ppm in (-200.0, 50.0, 200.0):
            for block in (256, 1024):
                by_sound, by_wall = worst_offsets(minutes * 60.0, block, ppm)
                print(f"{minutes:>8} {ppm:>6g} {block:>6} {by_sound:>9.2f} {by_wall:>14.2f}")
                held = held and by_sound < 1.0
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())

"""The beat lamp: four squares that go round with the one beat; the first is the one of the bar. Main thread."""

from app.tempo.beat import Beat
from app.ui import widgets

GLOW_SECONDS = 0.45


def glow(beat: Beat) -> float:
    """Return how bright the lamp is, 0..1: it fades after each beat, and stays dark while no tempo is known."""
    return max(0.0, 1 - beat.phase * 60 / beat.bpm / GLOW_SECONDS) if beat.known else 0.0


def draw(beat: Beat, side: float) -> None:
    """Draw the four squares."""
    widgets.lamps(beat.place, glow(beat), side)

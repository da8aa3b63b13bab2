"""Lamps: what pads and knobs of controllers show, sent only when it changed. Main thread."""

from collections.abc import Iterable

from app.control.follower import Follower
from app.control.midi import Midi
from app.control.stage import Stage

EVERY_SECONDS = 0.05


class Lamps:
    """Remembers what each control shows."""

    def __init__(self) -> None:
        self._shown: dict[str, float] = {}
        self._next_seconds = 0.0

    def step(self, stage: Stage, followers: Iterable[Follower], midi: Midi) -> None:
        """Show on pads what is on, and on knobs that can show it where the value is."""
        if stage.frame.seconds < self._next_seconds:
            return
        self._next_seconds = stage.frame.seconds + EVERY_SECONDS
        heard = [follower for follower in followers if follower.binding.device in midi.names]
        lamps = {own.binding.source: shown for own in heard if (shown := own.lamp(stage)) is not None}
        for source, shown in lamps.items():
            if self._shown.get(source) != shown:
                midi.send(source, shown)
        self._shown = lamps

    def forget(self) -> None:
        """Show everything anew."""
        self._shown.clear()

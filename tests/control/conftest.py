"""A stage that notes what is asked of it, and a MIDI system with ports that can be plugged in and out."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.clock import Frame
from app.control.hub import Hub
from app.control.osc import Osc
from app.params import Param
from app.preset import EffectParams, EffectUse, Preset
from app.problems import UserError
from tests.pretended import PretendedShow

EFFECTS: EffectParams = {
    "bloom": (Param("bloom.amount", 0.5, 0.0, 2.0), Param("bloom.soft", 1, 0, 1, kind="bool")),
    "kaleido": (Param("kaleido.sides", 6, 2, 12, kind="long"), Param("kaleido.kick", 0, 0, 1, kind="event")),
    "iris": (Param("iris.progress", 0.5, 0, 1), Param("iris.softness", 0.25, 0, 1)),
}


def dawn() -> Preset:
    """A look with one effect, and another that stands in the chain twice."""
    uses = [EffectUse(effect=name) for name in ("bloom", "kaleido", "kaleido")]
    return Preset(name="dawn", style="silk", effects=uses)


@dataclass
class FakeStage(PretendedShow):
    preset: Preset = field(default_factory=dawn)
    effects: EffectParams = field(default_factory=lambda: EFFECTS)
    look_names: Sequence[str] = ("dawn", "deep_sea")

    def toggle_record(self) -> None:
        super().toggle_record()
        self.recording = None if self.recording else "take"

    def step(self, hub: Hub, seconds: float = 0.125) -> None:
        """Let one frame pass."""
        hub.step(self)
        self.frame = Frame(self.frame.index + 1, self.frame.seconds + seconds, seconds)


class FakePort:
    def __init__(self) -> None:
        self.waiting: list[Sequence[int]] = []
        self.sent: list[tuple[int, ...]] = []
        self.closed = False

    def poll(self) -> Sequence[int] | None:
        return self.waiting.pop(0) if self.waiting else None

    def send(self, message: Sequence[int]) -> None:
        self.sent.append(tuple(message))

    def close(self) -> None:
        self.closed = True


class FakeSystem:
    """`plugged` are the names of controllers; `ports` every port that was ever opened."""

    def __init__(self, *plugged: str) -> None:
        self.plugged = list(plugged)
        self.ports: list[tuple[str, FakePort]] = []
        self.number = 0
        self.problem = ""

    def names(self) -> list[str]:
        if self.problem:
            raise UserError(self.problem)
        return list(self.plugged)

    def open(self, name: str) -> FakePort:
        self.ports.append((name, FakePort()))
        return self.ports[-1][1]

    def stamp(self) -> int:
        return self.number

    def port(self, name: str) -> FakePort:
        """Return the newest port of a controller."""
        return next(port for own, port in reversed(self.ports) if own == name)


def settle(stage: Any, hub: Hub) -> None:
    """Let the next look at the system happen and be heeded."""
    stage.frame = Frame(stage.frame.index + 1, stage.frame.seconds + 3, 3)
    hub.step(stage)
    for _ in range(20_000):
        if hub.midi is None or not hub.midi._errand.running:
            break
        time.sleep(0.002)
    hub.step(stage)


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage()


@pytest.fixture
def hub(stage: FakeStage) -> Iterator[Hub]:
    """A hub that hears OSC on a free port, already stepped once. Tests of other ways in have one of their own."""
    hub = Hub(osc=Osc(0))
    hub.step(stage)
    yield hub
    hub.close()

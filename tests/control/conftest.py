"""A stage that notes what is asked of it, and a MIDI system with ports that can be plugged in and out."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.clock import Frame
from app.control.hub import Hub
from app.looks import Looks
from app.mixer import Mixer
from app.outlets import Outlets
from app.params import Param
from app.preset import EffectUse, Preset, PresetEntry, route_targets
from app.problems import Problems, UserError
from app.show.marks import Mark
from app.show.undo import Undo
from app.tempo.launch import Launch
from app.tempo.tempo import Tempo

EFFECTS = {
    "bloom": (Param("bloom.amount", 0.5, 0.0, 2.0), Param("bloom.soft", 1, 0, 1, kind="bool")),
    "kaleido": (Param("kaleido.sides", 6, 2, 12, kind="long"), Param("kaleido.kick", 0, 0, 1, kind="event")),
    "iris": (Param("iris.progress", 0.5, 0, 1), Param("iris.softness", 0.25, 0, 1)),
}


@dataclass
class FakeStage:
    preset: Preset = field(
        default_factory=lambda: Preset(
            name="dawn",
            style="silk",
            effects=[EffectUse(effect="bloom"), EffectUse(effect="kaleido"), EffectUse(effect="kaleido")],
        )
    )
    calls: list[tuple[object, ...]] = field(default_factory=list)
    frozen: bool = False
    outlets: Outlets = field(default_factory=Outlets)
    recording: object | None = None
    style_names: list[str] = field(default_factory=lambda: ["silk", "moss"])
    transitions: list[str] = field(default_factory=lambda: ["iris"])
    trainer: Any = None

    def __post_init__(self) -> None:
        self.problems = Problems()
        self.tempo = Tempo()
        self.launch = Launch()
        self.looks = Looks(self.preset)
        self.mixer = Mixer(self.looks, lambda: EFFECTS)
        self.undo = Undo(self.preset)
        self.looks.entries = [PresetEntry(name, Path(f"{name}.yaml"), True) for name in ("dawn", "deep_sea")]
        self.frame = Frame(0, 0.0, 0.0)

    @property
    def targets(self) -> dict[str, Param]:
        return route_targets(self.preset, EFFECTS)

    @property
    def blackout(self) -> bool:
        return self.outlets.blackout

    @blackout.setter
    def blackout(self, on: bool) -> None:
        self.outlets.blackout = on

    def choose_look(self, name: str) -> None:
        self.calls.append(("choose_look", name))

    def choose_style(self, name: str) -> None:
        self.calls.append(("choose_style", name))

    def step_look(self, count: int) -> None:
        self.calls.append(("step_look", count))

    def random_look(self) -> None:
        self.calls.append(("random_look",))

    def look_before(self) -> None:
        self.calls.append(("look_before",))

    def mark(self, look: str, **changes: Any) -> None:
        self.calls.append(("mark", look, changes))
        self.looks.marks.looks[look] = Mark.model_validate(self.looks.marks.seen(look).model_dump() | changes)

    def toggle_record(self) -> None:
        self.calls.append(("toggle_record",))
        self.recording = None if self.recording else "take"

    def toggle_fullscreen(self) -> None:
        self.calls.append(("toggle_fullscreen",))

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
    for _ in range(500):
        if hub.midi is None or not hub.midi._errand.running:
            break
        time.sleep(0.002)
    hub.step(stage)


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage()

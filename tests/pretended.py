"""A show that is only pretended: real preset, looks, tempo and undo, and verbs that note what is asked of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.change_time import ChangeTime
from app.clock import Frame
from app.looks import Looks
from app.mixer import Mixer
from app.outlets import Outlets
from app.params import Param
from app.preset import EffectParams, Preset, PresetEntry, route_targets
from app.problems import Problems
from app.show.marks import Mark
from app.show.undo import Undo
from app.tempo.launch import Launch
from app.tempo.tempo import Tempo


@dataclass
class PretendedShow:
    """What controllers and panels both ask of a show; `calls` holds the verbs in the order they came."""

    preset: Preset
    effects: EffectParams
    look_names: Sequence[str]
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    frozen: bool = False
    outlets: Outlets = field(default_factory=Outlets)
    recording: Any = None
    style_names: list[str] = field(default_factory=lambda: ["silk", "moss"])
    transitions: list[str] = field(default_factory=lambda: ["iris"])
    trainer: Any = None

    def __post_init__(self) -> None:
        self.problems = Problems()
        self.tempo = Tempo()
        self.launch = Launch()
        self.change_time = ChangeTime()
        self.looks = Looks(self.preset)
        self.looks.entries = [PresetEntry(name, Path(f"{name}.yaml"), True) for name in self.look_names]
        self.mixer = Mixer(self.looks, lambda: self.effects, seed=1)
        self.undo = Undo(self.preset)
        self.frame = Frame(0, 0.0, 0.0)

    @property
    def targets(self) -> dict[str, Param]:
        return route_targets(self.preset, self.effects)

    @property
    def blackout(self) -> bool:
        return self.outlets.blackout

    @blackout.setter
    def blackout(self, on: bool) -> None:
        self.outlets.blackout = on

    def choose_look(self, name: str, *, cut: bool = False) -> None:
        self.calls.append(("choose_look", name, *["cut"] * cut))

    def choose_style(self, name: str) -> None:
        self.calls.append(("choose_style", name))

    def step_look(self, count: int, *, cut: bool = False) -> None:
        self.calls.append(("step_look", count, *["cut"] * cut))

    def random_look(self, *, cut: bool = False) -> None:
        self.calls.append(("random_look", *["cut"] * cut))

    def look_before(self) -> None:
        self.calls.append(("look_before",))

    def mark(self, look: str, **changes: Any) -> None:
        self.calls.append(("mark", look, changes))
        self.looks.marks.looks[look] = Mark.model_validate(self.looks.marks.seen(look).model_dump() | changes)

    def toggle_record(self) -> None:
        self.calls.append(("toggle_record",))

    def toggle_fullscreen(self) -> None:
        self.calls.append(("toggle_fullscreen",))

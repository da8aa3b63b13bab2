"""Undo and redo: any sequence of edits can be walked back and forth."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from app.preset import Band, EffectUse, Preset, Route
from app.show.undo import STEPS, Undo


class Time:
    """Lets frames pass over one document."""

    def __init__(self) -> None:
        self.preset = Preset(name="a", style="x")
        self.undo = Undo(self.preset)
        self.seconds = 0.0
        self.changes = 0

    def pass_by(self, seconds: float = 1.0) -> None:
        for _ in range(2):
            self.seconds += seconds / 2
            self.undo.step(self.seconds, self.changes)

    def zoom(self, value: float) -> None:
        self.preset.params["zoom"] = value
        self.pass_by()


@given(st.lists(st.floats(0.25, 4.0), min_size=1, max_size=12))
def test_every_edit_can_be_taken_back_and_made_again(values: list[float]) -> None:
    time = Time()
    states = [time.preset.model_dump()]
    for value in values:
        time.zoom(value)
        if time.preset.model_dump() != states[-1]:
            states.append(time.preset.model_dump())
    for state in reversed(states[:-1]):
        time.undo.undo()
        assert time.preset.model_dump() == state
    assert not time.undo.can_undo
    for state in states[1:]:
        time.undo.redo()
        assert time.preset.model_dump() == state
    assert not time.undo.can_redo


def test_a_slider_that_is_dragged_is_one_edit() -> None:
    time = Time()
    for step in range(30):
        time.preset.params["zoom"] = 1 + step / 30
        time.pass_by(0.03)
    time.undo.undo()
    assert time.preset.params == {}


def test_an_edit_after_undo_forgets_what_was_undone() -> None:
    time = Time()
    time.zoom(2.0)
    time.zoom(3.0)
    time.undo.undo()
    time.preset.effects.append(EffectUse(effect="bloom"))
    time.pass_by()
    assert not time.undo.can_redo
    time.undo.undo()
    assert (time.preset.params, time.preset.effects) == ({"zoom": 2.0}, [])


def test_another_look_begins_afresh_and_memory_is_bounded() -> None:
    time = Time()
    for i in range(STEPS + 50):
        time.zoom(1 + i / 1000)
    assert len(time.undo._past) == STEPS
    time.changes += 1
    time.pass_by()
    assert not time.undo.can_undo
    time.undo.undo()
    assert time.preset.params["zoom"] > 1


def test_bands_limits_and_learned_controls_are_edits_like_any_other() -> None:
    time = Time()
    time.preset.routes = [Route(source="bass", param="zoom")]
    time.pass_by()
    states = [time.preset.model_dump()]
    edits: tuple[Callable[[], object], ...] = (
        lambda: time.preset.bands.update(kick=Band(low_hz=40, high_hz=90)),
        lambda: setattr(time.preset.bands["kick"], "high_hz", 120.0),
        lambda: setattr(time.preset.routes[0], "source", "midi:Knobs:cc:1:7"),
        lambda: setattr(time.preset.routes[0], "max", 2.0),
    )
    for edit in edits:
        edit()
        time.pass_by()
        states.append(time.preset.model_dump())
    for state in reversed(states[:-1]):
        time.undo.undo()
        assert time.preset.model_dump() == state
    for state in states[1:]:
        time.undo.redo()
        assert time.preset.model_dump() == state

"""One binding at work: modes, ranges, soft take-over."""

from typing import Any

import pytest

from app.control.actions import Trigger
from app.control.bindings import Binding
from app.control.follower import Follower

Stage = Any


def follower(target: str, **fields: Any) -> Any:
    """Return a Follower."""
    return Follower(Binding(source="midi:Knobs:cc:1:7", target=target, **fields))


def feed(own: Any, stage: Stage, *values: float) -> list[str]:
    pressed: list[str] = []

    def press(trigger: Trigger) -> None:
        pressed.append(trigger.name)

    for value in values:
        own.follow(value, stage, press)
    return pressed


def test_a_value_follows_within_its_range(stage: Stage) -> None:
    own = follower("param:saturation", min=0.5, takeover=False)
    feed(own, stage, 0.0)
    assert stage.preset.params["saturation"] == 1.0
    feed(own, stage, 1.0)
    assert stage.preset.params["saturation"] == 2.0
    feed(follower("param:saturation", invert=True, takeover=False), stage, 1.0)
    assert stage.preset.params["saturation"] == 0.0


def test_effects_in_the_chain_are_reached_one_by_one(stage: Stage) -> None:
    feed(follower("param:bloom.amount", takeover=False), stage, 0.25)
    feed(follower("param:kaleido#2.sides", takeover=False), stage, 0.52)
    feed(follower("param:bloom.soft"), stage, 0.0)
    feed(follower("effect:kaleido"), stage, 0.0)
    bloom, first, second = stage.preset.effects
    assert bloom.values == {"amount": 0.5, "soft": 0.0}
    assert (first.values, first.enabled) == ({}, False)
    assert (second.values, second.enabled) == ({"sides": 7.0}, True)


def test_what_is_not_in_the_look_is_left_alone(stage: Stage) -> None:
    before = stage.preset.model_copy(deep=True)
    assert feed(follower("param:blur.amount"), stage, 0.0, 1.0) == []
    assert feed(follower("effect:blur"), stage, 0.0, 1.0) == []
    assert stage.preset == before


def test_a_knob_takes_over_where_the_value_is(stage: Stage) -> None:
    own = follower("param:saturation")  # stands at the middle of 0..2
    feed(own, stage, 0.9, 0.7, 0.6)
    assert "saturation" not in stage.preset.params
    assert own.waiting
    feed(own, stage, 0.51)
    assert stage.preset.params["saturation"] == pytest.approx(1.02)
    assert not own.waiting
    feed(own, stage, 0.9)
    assert stage.preset.params["saturation"] == pytest.approx(1.8)


def test_a_fast_knob_takes_over_as_it_passes_the_value(stage: Stage) -> None:
    own = follower("param:saturation")
    feed(own, stage, 0.9, 0.1)
    assert stage.preset.params["saturation"] == pytest.approx(0.2)


def test_after_a_new_look_the_knob_waits_again(stage: Stage) -> None:
    own = follower("param:saturation")
    feed(own, stage, 0.5, 0.8)
    stage.preset.params = {"saturation": 0.2}
    feed(own, stage, 0.82, 0.85)
    assert stage.preset.params == {"saturation": 0.2}
    feed(own, stage, 0.5, 0.1)
    assert stage.preset.params["saturation"] == pytest.approx(0.2)


def test_a_knob_whose_range_does_not_reach_the_value_takes_over_at_its_near_end(stage: Stage) -> None:
    own = follower("param:saturation", min=0.75)
    feed(own, stage, 0.5)
    assert "saturation" not in stage.preset.params
    feed(own, stage, 0.0)
    assert stage.preset.params["saturation"] == pytest.approx(1.5)


def test_a_toggle_flips_at_each_press_past_the_threshold(stage: Stage) -> None:
    own = follower("blackout", mode="toggle", threshold=0.8)
    feed(own, stage, 0.5, 0.79)
    assert not stage.blackout
    feed(own, stage, 0.9, 1.0, 0.85)
    assert stage.blackout
    feed(own, stage, 0.0)
    assert stage.blackout
    feed(own, stage, 1.0)
    assert not stage.blackout


def test_an_absolute_or_held_switch_is_on_above_the_threshold(stage: Stage) -> None:
    for mode in ("absolute", "momentary"):
        own = follower("freeze", mode=mode)
        feed(own, stage, 1.0)
        assert stage.frozen
        feed(own, stage, 0.9)
        stage.frozen = False  # by key, while the pad is held
        feed(own, stage, 1.0)
        assert not stage.frozen
        feed(own, stage, 0.0, 1.0)
        assert stage.frozen
        feed(own, stage, 0.0)
        assert not stage.frozen


def test_a_pad_on_a_value_goes_between_its_ends(stage: Stage) -> None:
    held, flipped = follower("param:hue", mode="momentary", min=0.25, max=0.75), follower("param:zoom", mode="toggle")
    feed(held, stage, 1.0)
    assert stage.preset.params["hue"] == 90
    feed(held, stage, 0.0)
    assert stage.preset.params["hue"] == -90
    feed(flipped, stage, 1.0, 0.0)
    assert stage.preset.params["zoom"] == 4
    feed(flipped, stage, 1.0)
    assert stage.preset.params["zoom"] == 0.25


def test_a_trigger_heeds_presses_only(stage: Stage) -> None:
    assert feed(follower("next"), stage, 0.2, 1.0, 0.8, 0.0, 0.6) == ["next", "next"]
    assert feed(follower("next", invert=True), stage, 1.0, 0.0) == ["next"]


def test_a_switch_that_records_starts_and_stops_once(stage: Stage) -> None:
    own = follower("record")
    feed(own, stage, 1.0, 1.0, 0.0, 0.0)
    assert stage.calls == [("toggle_record",), ("toggle_record",)]


def turned(own: Any, stage: Stage, *raw: int) -> list[str]:
    pressed: list[str] = []
    own.turn(raw, stage, lambda trigger: pressed.append(trigger.name))
    return pressed


@pytest.mark.parametrize(
    ("mode", "right", "left"),
    [("relative", 1, 127), ("relative_offset", 65, 63), ("relative_sign", 1, 65)],
)
def test_an_endless_knob_moves_a_value_from_where_it_is(stage: Stage, mode: str, right: int, left: int) -> None:
    own = follower("param:saturation", mode=mode, max=0.75)
    stage.preset.params["saturation"] = 1.0
    turned(own, stage, right, right, right, left)
    assert stage.preset.params["saturation"] == pytest.approx(1.0 + 2 * 0.75 * 2 / 127)
    turned(own, stage, *[right] * 500)
    assert stage.preset.params["saturation"] == pytest.approx(1.5), "no further than to"
    turned(own, stage, *[left] * 500)
    assert stage.preset.params["saturation"] == 0.0
    turned(follower("param:saturation", mode=mode, invert=True), stage, *[left] * 500)
    assert stage.preset.params["saturation"] == 2.0


def test_faster_turns_are_more_steps(stage: Stage) -> None:
    stage.preset.params["saturation"] = 0.0
    turned(follower("param:saturation", mode="relative"), stage, 5, 126)
    assert stage.preset.params["saturation"] == pytest.approx(2 * 3 / 127)


def test_an_endless_knob_goes_through_whole_numbers_one_by_one(stage: Stage) -> None:
    own, (_, _, second) = follower("param:kaleido#2.sides", mode="relative"), stage.preset.effects
    turned(own, stage, 1)
    before = second.values["sides"]
    turned(own, stage, 1)
    assert second.values["sides"] == before + 1


def test_an_endless_knob_on_a_switch_and_a_trigger(stage: Stage) -> None:
    own = follower("blackout", mode="relative")
    turned(own, stage, 1)
    assert stage.blackout
    turned(own, stage, 127, 1)
    assert stage.blackout, "there and back is nothing"
    turned(own, stage, 127)
    assert not stage.blackout
    assert turned(follower("next", mode="relative"), stage, 1, 1) == ["next"]
    assert turned(follower("next", mode="relative"), stage, 127) == []
    assert feed(follower("next", mode="relative"), stage, 0.0, 1.0) == [], "not as an absolute one besides"

import math

import pytest

from app.audio.features import Features
from app.clock import Frame
from app.modulation.routes import Modulator
from app.modulation.signals import CURVE_FUNCTIONS, Follower
from app.params import PARAMS, Param
from app.preset import CURVES, EffectUse, Preset, Route

FRAME = Frame(1, 0.1, 0.1)


def values_of(preset: Preset, features: Features, **effect_params: Param) -> dict[str, float]:
    return dict(Modulator().step(preset, features, FRAME, PARAMS | effect_params).params)


def test_a_route_adds_its_share_of_the_range_and_leaves_the_preset_alone() -> None:
    preset = Preset(params={"zoom": 1.0}, routes=[Route(source="bass", param="zoom", amount=0.4)])
    before = preset.model_copy(deep=True)
    zoom = PARAMS["zoom"]
    assert values_of(preset, Features(bass=0.5))["zoom"] == pytest.approx(1.0 + 0.4 * (zoom.high - zoom.low) * 0.5)
    assert preset == before


def test_routes_to_one_parameter_add_up_and_are_held_to_its_range() -> None:
    routes = [Route(source="bass", param="hue", amount=0.2), Route(source="mid", param="hue", amount=0.2)]
    assert values_of(Preset(routes=routes), Features(bass=0.5, mid=0.5))["hue"] == pytest.approx(72.0)
    loud = Preset(routes=[Route(source="bass", param="hue", amount=1.0)] * 3)
    assert values_of(loud, Features(bass=1.0))["hue"] == PARAMS["hue"].high


def test_a_route_reaches_an_effects_input_and_waits_while_the_effect_is_away() -> None:
    preset = Preset(
        routes=[Route(source="onset", param="bloom.amount", amount=1.0)],
        effects=[EffectUse(effect="bloom", values={"amount": 0.25})],
    )
    param = Param("bloom.amount", 0.5, 0.0, 2.0)
    assert values_of(preset, Features(onset=0.5), **{"bloom.amount": param})["bloom.amount"] == pytest.approx(1.25)
    assert "bloom.amount" not in values_of(preset, Features(onset=0.5))


@pytest.mark.parametrize("fps", [30, 60, 144])
def test_smoothing_does_not_depend_on_the_frame_rate(fps: int) -> None:
    follower = Follower()
    for _ in range(fps):
        follower.step(1.0, 1 / fps, 0.5, 0.1)
    assert follower.value == pytest.approx(1 - math.exp(-2), abs=1e-9)


def test_every_curve_maps_the_unit_range_onto_itself() -> None:
    assert set(CURVE_FUNCTIONS) == set(CURVES)
    for curve in CURVE_FUNCTIONS.values():
        assert {round(curve(0.0), 9), round(curve(1.0), 9)} == {0.0, 1.0}
        assert all(0 <= curve(i / 20) <= 1 for i in range(21))


def test_reactivity_zero_is_deaf_and_one_is_as_heard() -> None:
    heard = Features(loudness=0.8, bass=0.6, chroma1=0.9)
    deaf = Modulator().step(Preset(params={"reactivity": 0}), heard, FRAME).heard
    assert deaf == Modulator().step(Preset(params={"reactivity": 0}), Features(), FRAME).heard
    assert Modulator().step(Preset(), heard, FRAME).heard == pytest.approx(heard.heard)


def test_changing_speed_never_jumps_in_time() -> None:
    modulator = Modulator()
    slow = modulator.step(Preset(params={"speed": 0.5}), Features(), FRAME).style_seconds
    fast = modulator.step(Preset(params={"speed": 4.0}), Features(), FRAME).style_seconds
    assert [slow, fast] == pytest.approx([0.05, 0.45])


def test_spin_turns_on_from_where_it_is() -> None:
    modulator = Modulator()
    preset = Preset(params={"spin": 60, "rotation": 10})
    turns = [modulator.step(preset, Features(), FRAME).turn_degrees for _ in range(3)]
    assert turns == pytest.approx([16, 22, 28])

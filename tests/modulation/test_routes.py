import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def test_a_route_stops_at_its_limits_and_leaves_what_was_set_beyond_them() -> None:
    def zoom_with(base: float, bass: float, **changes: float) -> float:
        routes = [Route(source="bass", param="zoom", **{"amount": 1.0, **changes})]
        return values_of(Preset(params={"zoom": base}, routes=routes), Features(bass=bass))["zoom"]

    assert zoom_with(1.0, 1.0, max=1.5) == pytest.approx(1.5)
    assert zoom_with(1.0, 0.1, max=1.5) == pytest.approx(1.375)
    assert zoom_with(1.0, 1.0, amount=-1.0, min=0.8) == pytest.approx(0.8)
    assert zoom_with(2.0, 1.0, max=1.5) == 2.0, "it was set higher by hand"
    assert zoom_with(2.0, 0.2, amount=-1.0, max=1.5) == pytest.approx(1.25), "down it may"
    assert zoom_with(0.5, 0.0, min=0.8, max=1.5) == 0.5, "a limit moves nothing"


@settings(max_examples=40)
@given(
    st.lists(
        st.builds(
            Route,
            source=st.sampled_from(["bass", "mid", "loudness"]),
            param=st.sampled_from(["hue", "zoom", "macro1"]),
            amount=st.floats(-1, 1),
            min=st.none() | st.floats(0.3, 1),
            max=st.none() | st.floats(1, 3),
        ),
        max_size=6,
    ),
    st.floats(0, 1),
)
def test_what_routes_add_is_what_a_value_differs_by(routes: list[Route], heard: float) -> None:
    base = {"hue": 0.9, "zoom": 1.0, "macro1": 0.5}
    values = Modulator().step(Preset(params=base, routes=routes), Features(heard, heard, 1 - heard, 0.5), FRAME)
    for name, value in base.items():
        mine = [i for i, route in enumerate(routes) if route.param == name]
        free = sum(values.added[i] for i in mine if routes[i].min is None and routes[i].max is None)
        total = PARAMS[name].clamp(value + free)
        total += sum(values.added[i] for i in mine if routes[i].min is not None or routes[i].max is not None)
        assert values.params[name] == pytest.approx(PARAMS[name].clamp(total))


def test_several_limited_routes_share_one_parameter() -> None:
    routes = [
        Route(source="bass", param="hue", amount=0.5, max=60.0),
        Route(source="mid", param="hue", amount=-0.25, min=-30.0),
        Route(source="treble", param="hue", amount=0.1),
    ]
    values = Modulator().step(Preset(routes=routes), Features(bass=1.0, mid=1.0, treble=0.5), FRAME)
    assert values.added == pytest.approx((42.0, -90.0, 18.0))
    assert values.params["hue"] == pytest.approx(-30.0)

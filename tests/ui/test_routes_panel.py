"""Routes and own bands in the Look panel by hand: limits, sources that are away, learning, bands on the spectrum."""

from dataclasses import replace
from typing import Any

import pytest

from app.params import PARAMS
from app.preset import Band, Route
from app.ui.panels import bands

Hands = Any
"""The class in conftest."""
KNOB = "midi:nanoKONTROL2:cc:1:21"


@pytest.fixture
def look(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> Hands:
    """The Look panel with one route, unfolded, and no bands; its parameters are out of the way."""
    monkeypatch.setattr("app.ui.panels.look.ELSEWHERE", tuple(PARAMS))
    hands.desk.preset.effects.clear()
    hands.desk.preset.routes[:] = [Route(source="bass", param="zoom")]
    hands.frames(2)
    hands.click("Look", "##unfold")
    hands.frames(2)
    return hands


def texts(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is written in quiet letters in the next frame."""
    written: list[str] = []
    monkeypatch.setattr("app.ui.widgets.quiet", written.append)
    hands.frames()
    return written


def test_looking_at_a_route_changes_nothing(look: Hands) -> None:
    look.desk.preset.routes[:] = [Route(source="bass", param="zoom", min=0.25, max=4.0, attack_seconds=5.0)]
    look.desk.preset.bands["a"] = Band(low_hz=25.123, high_hz=25.2, gain_db=1.23456)
    before = look.desk.preset.model_dump()
    look.frames(3)
    assert look.desk.preset.model_dump() == before


def test_limits_are_set_kept_in_order_and_taken_away(look: Hands) -> None:
    (route,) = look.desk.preset.routes
    zoom = PARAMS["zoom"]
    look.drag("Look", "##max", 0, 0.5)
    assert route.max == pytest.approx((zoom.low + zoom.high) / 2, abs=0.05)
    look.drag("Look", "##min", 0, 0.9)
    assert route.min == route.max, "never past the other"
    look.drag("Look", "##min", 0, -0.1)
    assert route.min is None
    look.drag("Look", "##max", 0, 1.1)
    assert route.max is None
    route.max = 2.0
    look.click("Look", "##param")
    look.click("##Combo", "hue")
    assert (route.param, route.max) == ("hue", None), "another parameter, another range"


def test_one_route_is_unfolded_at_a_time(look: Hands) -> None:
    look.desk.preset.routes.append(Route(source="mid", param="hue"))
    look.frames(2)
    look.click("Look", "##unfold", nth=1)
    assert sum("##amount" in item.label for item in look.items) == 1
    look.click("Look", "##unfold", nth=1)
    assert sum("##amount" in item.label for item in look.items) == 0


def test_a_route_that_is_added_is_seen_whole(hands: Hands) -> None:
    hands.desk.preset.routes[:] = [Route(source="bass", param="zoom") for _ in range(12)]
    hands.frames(2)
    hands.io.add_mouse_pos_event(1100, 400)
    for _ in range(40):
        hands.io.add_mouse_wheel_event(0, -5)
        hands.frames()
    hands.click("Look", "Add a route")
    hands.frames(3)
    assert 80 < hands.find("Look", "##max").y < 700


def test_a_source_that_is_away_says_so(look: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    look.desk.preset.routes[:] = [
        Route(source=KNOB, param="zoom"),
        Route(source="osc:/fader/1", param="zoom"),
        Route(source="band:kick", param="zoom"),
        Route(source="bass", param="bloom.amount"),
    ]
    written = texts(look, monkeypatch)
    wanted = ["cc 21: away", "/fader/1: OSC is off", "kick: not in this look", "its effect is not in this look"]
    assert [text for text in written if text in wanted] == wanted


def test_a_route_learns_its_source_and_may_give_up(look: Hands) -> None:
    look.click("Look", "##source")
    look.click("##Combo", "Learn a knob or pad")
    assert look.desk.control.learning == "route:0"
    look.frames(2)
    look.click("Look", "move a knob")
    assert look.desk.control.learning == ""
    look.click("Look", "##source")
    look.click("##Combo", "Learn a knob or pad")
    look.frames(2)
    look.click("Look", "##remove")
    assert look.desk.control.learning == ""


def test_a_knob_that_was_moved_is_in_the_list(look: Hands) -> None:
    look.desk.control.positions.put(KNOB, 0.5)
    look.click("Look", "##source")
    look.click("##Combo", "Controller")
    look.click("Controller", "cc 21")
    assert look.desk.preset.routes[0].source == KNOB


def test_a_band_is_added_shaped_renamed_used_and_removed(look: Hands) -> None:
    preset = look.desk.preset
    look.click("Look", "##band")
    look.click("##Combo", "kick")
    look.frames(2)
    assert preset.ranges() == {"kick": (40, 100, 0)}
    look.drag("Look", "##high_hz", 0, 0.5)
    assert preset.bands["kick"].high_hz == pytest.approx((20 * 20_000) ** 0.5, rel=0.06)
    look.drag("Look", "##low_hz", 0, 0.9)
    assert preset.bands["kick"].low_hz < preset.bands["kick"].high_hz
    look.drag("Look", "##gain", 0, 0.75)
    assert preset.bands["kick"].gain_db == pytest.approx(12, abs=1)
    look.click("Look", "##source")
    look.click("##Combo", "kick")
    assert preset.routes[0].source == "band:kick"
    bands.rename(preset, "kick", "deep kick")
    assert (list(preset.bands), preset.routes[0].source) == (["deep kick"], "band:deep kick")
    for name in ("a:b", "", "deep kick"):
        bands.rename(preset, "deep kick", name)
    assert list(preset.bands) == ["deep kick"]
    bands.add(preset, "kick")
    bands.add(preset, "kick")
    assert list(preset.bands) == ["deep kick", "kick", "kick 2"]
    look.frames(2)
    look.click("Look", "##remove", nth=0)
    assert (list(preset.bands), preset.routes) == (["kick", "kick 2"], [])


def test_the_edges_of_a_band_are_dragged_on_the_spectrum(look: Hands) -> None:
    look.desk.preset.bands["kick"] = Band(low_hz=100, high_hz=1000)
    look.desk.features = replace(look.desk.features, bands={"kick": 0.5})
    look.frames(2)
    item = look.find("Look", "##bands")

    def x_of(hz: float) -> float:
        return float(item.x + (bands.place_of(hz) - 0.5) * item.width)

    look.point(x_of(1000) + 3, item.y)
    look.press()
    look.point(x_of(4000), item.y)
    look.let_go()
    band = look.desk.preset.bands["kick"]
    assert (band.low_hz, band.high_hz) == (100, pytest.approx(4000, rel=0.02))
    look.point(x_of(600), item.y)
    look.press()
    look.point(x_of(300), item.y)
    look.let_go()
    assert (band.low_hz, band.high_hz) == (100, pytest.approx(4000, rel=0.02)), "there is no edge there"


def test_places_on_the_spectrum_and_frequencies_are_each_others_way_back() -> None:
    for hz in (30.0, 440.0, 16_000.0):
        assert bands.hz_of(bands.place_of(hz)) == pytest.approx(hz)
    assert (bands.place_of(10.0), bands.place_of(20_000.0)) == (0.0, 1.0)

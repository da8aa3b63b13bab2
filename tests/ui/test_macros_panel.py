"""The Macros panel and the remote's part of the Control panel by hand."""

from typing import Any

import pytest
from imgui_bundle import imgui

from app.control.remote.server import Remote
from app.preset import Route
from app.ui.panels.guests import _modules

Hands = Any
"""The class in conftest."""


@pytest.fixture
def macros(hands: Hands) -> Hands:
    hands.show("Macros")
    return hands


def turn(hands: Hands, nth: int, up_px: float) -> None:
    item = hands.find("Macros", f"knob##macro{nth}")
    hands.point(item.x, item.y)
    hands.press()
    hands.point(item.x, item.y - up_px)
    hands.let_go()


def test_eight_knobs_are_turned_up_and_down(macros: Hands) -> None:
    params = macros.desk.preset.params
    for nth in range(1, 9):
        turn(macros, nth, 80)
        assert params[f"macro{nth}"] == pytest.approx(0.5, abs=0.05)
    turn(macros, 1, -40)
    assert params["macro1"] == pytest.approx(0.25, abs=0.05)
    turn(macros, 2, 500)
    assert params["macro2"] == 1
    macros.io.add_key_event(imgui.Key.mod_shift, True)
    turn(macros, 3, -80)
    macros.io.add_key_event(imgui.Key.mod_shift, False)
    assert params["macro3"] == pytest.approx(0.45, abs=0.02)


def test_a_double_click_goes_back_to_zero(macros: Hands) -> None:
    macros.desk.preset.params["macro4"] = 0.8
    item = macros.find("Macros", "knob##macro4")
    macros.point(item.x, item.y)
    for _ in range(2):
        macros.press()
        macros.let_go()
    assert macros.desk.preset.params["macro4"] == 0


def test_a_knob_is_learned_named_and_reset_from_its_menu(macros: Hands) -> None:
    macros.desk.preset.params["macro2"] = 0.7
    macros.click("Macros", "knob##macro2", button=1)
    macros.click("##Popup", "Learn a knob, pad or key")
    assert macros.desk.control.learning == "param:macro2"
    macros.click("Macros", "knob##macro2", button=1)
    macros.click("##Popup", "##title")
    macros.type("Energy")
    assert macros.desk.preset.macros == {"macro2": "Energy"}
    macros.click("##Popup", "Reset to 0")
    assert macros.desk.preset.params["macro2"] == 0


def test_what_a_knob_moves_is_ticked_in_its_menu(macros: Hands) -> None:
    routes = macros.desk.preset.routes
    assert len(routes) == 2
    macros.click("Macros", "knob##macro1", button=1)
    macros.click("##Popup", "Moves")
    macros.click("Moves###Menu", "bloom: Amount")
    assert routes[2:] == [Route(source="macro1", param="bloom.amount", amount=0.5)]


def test_a_knob_turns_up_a_route_from_its_menu(macros: Hands) -> None:
    macros.click("Macros", "knob##macro6", button=1)
    macros.click("##Popup", "Turns up a route")
    macros.click("Turns up", "##0")
    assert macros.desk.preset.routes[0].macro == "macro6"


# ------------------------------------------------------------------ the remote


def test_the_remote_is_switched_on_shown_and_off(hands: Hands) -> None:
    hands.show("Control")
    hands.click("Control", "Web remote on port")
    remote = hands.desk.control.remote
    assert isinstance(remote, Remote)
    assert remote.port == 8080
    hands.click("Control", "Show code")
    hands.frames(2)
    hands.click("Control", "Web remote on port")
    hands.click("Control", "Web remote on port")
    assert hands.desk.control.remote is None


def test_the_code_is_square_with_three_finders() -> None:
    rows = _modules("http://192.168.1.20:8080/#123456")
    assert len(rows) == len(rows[0])
    finder = [True] * 7
    assert list(rows[0][:7]) == list(rows[0][-7:]) == list(rows[-1][:7]) == finder

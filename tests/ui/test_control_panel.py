"""The Control panel by hand: learning, shaping and removing bindings, the OSC switch, a slider's menu."""

from typing import Any

import pytest

from app.control.bindings import Binding

Hands = Any
"""The class in conftest."""
KNOB = Binding(source="midi:Knobs:cc:1:7", target="param:zoom")
PAD = Binding(source="midi:Pads:note:10:36", target="blackout", mode="toggle")


@pytest.fixture
def control(hands: Hands) -> Hands:
    for binding in (KNOB, PAD):
        hands.desk.control.add(binding)
    hands.show("Control")
    return hands


def bindings(hands: Hands) -> list[Binding]:
    return [follower.binding for follower in hands.desk.control.followers]


def test_what_is_chosen_is_learned_or_not_after_all(control: Hands) -> None:
    control.click("Control", "##learn")
    control.type("next")
    control.click("##Combo", "next##next")
    assert control.desk.control.learning == "next"
    control.click("Control", "next: move a knob")
    assert control.desk.control.learning == ""


def test_a_slider_is_learned_from_its_menu(hands: Hands) -> None:
    hands.click("Look", "##value", 0, button=1)
    hands.click("##Popup", "Learn a knob, pad or key")
    assert hands.desk.control.learning == "param:speed"


def test_a_binding_is_removed(control: Hands) -> None:
    control.click("Control", "##remove", 0)
    assert bindings(control) == [PAD]


def test_a_binding_is_shaped(control: Hands) -> None:
    control.drag("Control", "##max", 0, 0.5)
    control.click("Control", "invert", 0)
    control.click("Control", "take over", 0)
    knob, pad = bindings(control)
    assert knob.max == pytest.approx(0.5, abs=0.05)
    assert (knob.invert, knob.takeover, pad) == (True, False, PAD)
    control.click("Control", "##mode", 1)
    control.click("##Combo", "momentary")
    assert bindings(control)[1].mode == "momentary"


def test_osc_is_switched_on_and_off(control: Hands) -> None:
    control.click("Control", "OSC on port")
    osc = control.desk.control.osc
    assert osc is not None
    assert (osc.port, osc.bind) == (9000, "127.0.0.1")
    control.click("Control", "OSC on port")
    assert control.desk.control.osc is None

"""Learn mode by hand: every control that can be bound is chosen by a click, which does nothing else."""

from typing import Any

import pytest
from imgui_bundle import imgui

from app.control.bindings import Binding

Hands = Any
"""The class in conftest."""


@pytest.fixture
def learning(hands: Hands) -> Hands:
    hands.key(imgui.Key.l, imgui.Key.mod_ctrl)
    assert hands.desk.control.mapping
    return hands


CONTROLS = [
    ("##strip", "HOLD", "hold"),
    ("##strip", "FREEZE", "freeze"),
    ("##strip", "BLACK", "blackout"),
    ("##strip", "REC", "record"),
    ("##tempo", "TAP", "tap"),
    ("##tempo", "##quantise", "quantise"),
    ("##tempo", "##bpm", "bpm"),
    ("Output", "##master", "master"),
    ("Output", "##fade", "fade"),
    ("Look", "##value", "param:speed"),
    ("Look", "Back", "back"),
    ("Effects", "##value", "param:bloom.amount"),
    ("Effects", "##enabled", "effect:bloom"),
    ("Macros", "knob##macro2", "param:macro2"),
    ("Decks", "Mutate", "mutate"),
    ("Displays", "Full screen", "fullscreen"),
    ("Styles", "deep_sea", "look:deep_sea"),
    ("Styles", "next", "next"),
    ("Styles", "favourite", "favourite"),
]


@pytest.mark.parametrize(("window", "label", "target"), CONTROLS)
def test_a_click_chooses_what_is_learned_and_does_nothing_else(
    learning: Hands, window: str, label: str, target: str
) -> None:
    desk = learning.desk
    if not window.startswith("##"):
        learning.show(window)
    before = desk.preset.model_dump(), desk.frozen, desk.blackout, desk.looks.held, desk.launch.quantise
    learning.click(window, label)
    assert desk.control.learning == target
    assert (desk.preset.model_dump(), desk.frozen, desk.blackout, desk.looks.held, desk.launch.quantise) == before
    assert desk.calls == []
    learning.key(imgui.Key.k)
    assert [f.binding.target for f in desk.control.followers] == [target]
    assert (desk.control.learning, desk.control.mapping) == ("", True)


def test_escape_ends_learning_and_clicks_act_again(learning: Hands) -> None:
    learning.click("##strip", "HOLD")
    learning.key(imgui.Key.escape)
    control = learning.desk.control
    assert (control.mapping, control.learning, learning.board.view.visible) == (False, "", True)
    learning.click("##strip", "HOLD")
    assert learning.desk.looks.held


def test_the_panel_begins_and_ends_learning(hands: Hands) -> None:
    hands.show("Control")
    hands.click("Control", "Learn  (Ctrl+L)")
    assert hands.desk.control.mapping
    hands.click("##messages", "LEARN")
    assert not hands.desk.control.mapping


def test_a_key_learned_anew_replaces_unless_shift_is_held(learning: Hands) -> None:
    control = learning.desk.control
    control.add(Binding(source="key:K", target="freeze", mode="toggle"))
    learning.click("##strip", "HOLD")
    learning.key(imgui.Key.k)
    assert [f.binding.target for f in control.followers] == ["hold"]
    assert learning.desk.problems.said == "K is hold now, no longer freeze"
    learning.io.add_key_event(imgui.Key.mod_shift, True)
    learning.click("##strip", "BLACK")
    learning.io.add_key_event(imgui.Key.mod_shift, False)
    learning.frames()
    learning.key(imgui.Key.k)
    assert [f.binding.target for f in control.followers] == ["hold", "blackout"]
    assert learning.desk.problems.said == "K is blackout now, and still hold"

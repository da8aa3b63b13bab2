"""What a performer reads in the dark: nothing is cut off in the default window, every control says what it does."""

from collections.abc import Callable
from typing import Any

import pytest
from imgui_bundle import imgui

from app.preset import Route
from app.ui import keys, theme
from app.ui.panels import PANELS, key_card, macros

Hands = Any
"""The class in conftest."""
SPEAK_FOR_THEMSELVES = {"##value", "##colour", "Save", "dawn", "deep_sea", "night_drive"}
"""Sliders beside their label, and pictures with their name."""
WRITERS = ("text_unformatted", "button", "checkbox")


@pytest.fixture
def reading(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> tuple[Hands, set[tuple[float, float]], list[str]]:
    """Return hands, where tooltips were given in this frame, and what reached over the edge of its panel."""
    told: set[tuple[float, float]] = set()
    over: list[str] = []

    def middle() -> tuple[float, float]:
        low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        return (low.x + high.x) / 2, (low.y + high.y) / 2

    def tip(text: str, real: Callable[[str], None] = imgui.set_item_tooltip) -> None:
        told.add(middle())
        real(text)

    def writer(real: Callable[..., Any]) -> Callable[..., Any]:
        def write(label: str, *rest: Any) -> Any:
            answer = real(label, *rest)
            window = imgui.internal.get_current_window()
            if not window.skip_items and imgui.get_item_rect_max().x > window.inner_clip_rect.max.x + 2:
                over.append(f"{window.name}: {label}")
            return answer

        return write

    monkeypatch.setattr(imgui, "set_item_tooltip", tip)
    for name in WRITERS:
        monkeypatch.setattr(imgui, name, writer(getattr(imgui, name)))
    return hands, told, over


@pytest.mark.parametrize("title", [place.title for place in PANELS])
def test_every_control_says_what_it_does_and_nothing_is_cut_off(
    reading: tuple[Hands, set[tuple[float, float]], list[str]], title: str
) -> None:
    hands, told, over = reading
    hands.show(title)
    told.clear()
    hands.frames()
    items = [item for item in hands.items if item.window.startswith((title, "##strip", "##tempo"))]
    assert items
    silent = {item.label for item in items if (item.x, item.y) not in told}
    assert silent - SPEAK_FOR_THEMSELVES == set()
    assert over == []


def test_what_a_knob_moves_is_told_in_whole_words(imgui_frame: Any) -> None:
    for text, lines in (
        ("Hue", ["Hue"]),
        ("Speed, Reactivity, Contrast", ["Speed,", "Reactivity,", "Contrast"]),
        (f"sine {theme.TO} Pan X, Pan Y", [f"sine\u00a0{theme.TO}", "Pan\u00a0X,", "Pan\u00a0Y"]),
        ("one two three four five six seven eight", ["one two", "three four", "five six seven eight"]),
        ("", [""]),
    ):
        imgui.new_frame()
        assert macros.broken(text, 72.0) == lines
        imgui.end_frame()


def test_routes_of_one_source_that_a_knob_turns_up_are_told_together(hands: Hands) -> None:
    hands.desk.preset.routes = [
        Route(source="macro1", param="zoom"),
        Route(source="sine", param="pan_x", macro="macro1"),
        Route(source="sine", param="pan_y", macro="macro1"),
        Route(source="bass", param="hue"),
    ]
    assert macros.moves_of(hands.desk, "macro1") == f"Zoom, sine {theme.TO} Pan X, Pan Y"


def test_the_key_card_is_seen_whole(hands: Hands) -> None:
    hands.board.view.toggle_key_card()
    hands.frames(3)
    card = imgui.internal.find_window_by_name("Keys")
    assert card.scroll_max.y == 0
    for key in keys.KEYS:
        assert imgui.calc_text_size(key.name).x < key_card.NAME_PX - 16
        assert imgui.calc_text_size(key.help).x <= key_card.COLUMN_PX - key_card.NAME_PX

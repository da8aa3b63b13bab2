"""Each panel used by hand: what a click or a drag does to the preset and the desk."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from imgui_bundle import imgui

from app.audio.source import SourceChoice
from app.control import output_actions
from app.output.displays import Display
from app.output.feeds import FeedEntry
from app.params import PARAMS, Param
from app.preset import CURVES, Preset, Route
from app.render.effect_import import Row
from app.rescue import Rescue
from app.stats import Series
from app.training.progress import Job, JobStatus
from app.ui import widgets
from app.ui.board import Board
from app.ui.panels import PANELS, badges
from app.ui.panels.effects import errors
from app.ui.panels.stats import figures
from app.ui.panels.styles import matching
from app.ui.widgets import number_format

Hands = Any
"""The class in conftest."""
NTH = {name: i for i, name in enumerate(PARAMS)}


def almost(value: float) -> Any:
    """About where a mouse can put a slider."""
    return pytest.approx(value, abs=0.03 * max(1.0, abs(value)))


def test_every_panel_draws_and_lies_in_the_window(hands: Hands) -> None:
    for place in PANELS:
        hands.show(place.title)
        window = imgui.internal.find_window_by_name(place.title)
        assert window.pos.x >= 0
        assert window.pos.y >= 0
        assert window.pos.x + window.size.x <= 1280
        assert window.pos.y + window.size.y <= 720


def test_the_picture_keeps_the_middle(hands: Hands) -> None:
    assert hands.board.free is not None
    x, y, width, height = hands.board.free
    assert width > 1280 * 0.45
    assert height > 720 * 0.5
    assert x > 200
    assert y > 30


# ------------------------------------------------------------------ Decks


def test_a_second_deck_is_chosen_blended_and_taken_away(hands: Hands) -> None:
    preset = hands.desk.preset
    hands.show("Decks")
    hands.click("Decks", "##deck B")
    hands.click("##Combo", "moss")
    assert preset.style_b == "moss"
    hands.click("Decks", "##blend")
    hands.click("##Combo", "screen")
    assert preset.blend == "screen"
    hands.drag("Decks", "##value", 0, 0.25)
    assert preset.params["fader"] == almost(0.25)
    hands.click("Decks", "Cut")
    assert preset.params["fader"] == 1.0
    hands.click("Decks", "Take")
    assert hands.desk.mixer.taking
    hands.click("Decks", "##deck B")
    hands.click("##Combo", "off")
    assert preset.style_b == ""
    hands.click("Decks", "##deck A")
    hands.click("##Combo", "iron rain")
    assert hands.last_call() == ("choose_style", "iron_rain")


def test_without_a_second_deck_the_fader_is_still(hands: Hands) -> None:
    hands.show("Decks")
    hands.click("Decks", "Cut")
    assert "fader" not in hands.desk.preset.params


def test_how_looks_and_styles_change(hands: Hands) -> None:
    hands.show("Decks")
    for name in ("fade", "iris", "morph"):
        hands.click("Decks", "##transition")
        hands.click("##Combo", name)
        assert hands.desk.preset.transition == name


def test_a_transition_is_set_below_its_name(hands: Hands) -> None:
    hands.desk.effects = {"iris": tuple(Param(f"iris.{name}", 0.5, 0, 1) for name in ("progress", "softness", "wet"))}
    hands.desk.preset.effects, hands.desk.preset.transition = [], "iris"
    hands.show("Decks")
    hands.drag("Decks", "##value", 1, 0.8)
    assert hands.desk.preset.transition_values == {"softness": almost(0.8)}
    hands.click("Decks", "##transition")
    hands.click("##Combo", "fade")
    assert hands.desk.preset.transition_values == {}


def test_chance_and_the_way_back(hands: Hands) -> None:
    start = hands.desk.preset.model_dump()
    hands.show("Decks")
    hands.click("Decks", "Mutate")
    mutated = hands.desk.preset.model_dump()
    assert mutated != start
    hands.click("Decks", "Compare")
    assert hands.desk.preset.model_dump() == start
    hands.click("Decks", "Randomise")
    assert hands.desk.preset.model_dump() not in (start, mutated)
    hands.desk.looks.back()
    assert hands.desk.preset.model_dump() == start


def test_an_effect_acts_on_one_deck(hands: Hands) -> None:
    hands.desk.preset.style_b = "moss"
    hands.show("Effects")
    hands.click("Effects", "B##side")
    assert [use.deck for use in hands.desk.preset.effects] == ["b", "both", "both"]


# ------------------------------------------------------------------ Look


def test_the_wheel_moves_a_slider_with_ctrl_and_scrolls_without(hands: Hands) -> None:
    hands.show("Look")
    item = hands.find("Look", "##value", 2)
    params, zoom = hands.desk.preset.params, PARAMS["zoom"]
    before = params["zoom"]
    hands.point(item.x, item.y)
    hands.io.add_key_event(imgui.Key.mod_ctrl, True)
    hands.io.add_mouse_wheel_event(0.0, 2.0)
    hands.frames(4)
    assert params["zoom"] == pytest.approx(before + 0.02 * (zoom.high - zoom.low))
    hands.io.add_key_event(imgui.Key.mod_shift, True)
    hands.io.add_mouse_wheel_event(0.0, -1.0)
    hands.frames(4)
    assert params["zoom"] == pytest.approx(before + 0.019 * (zoom.high - zoom.low))
    assert hands.find("Look", "##value", 2).y == item.y, "the panel stays where it is"
    for modifier in (imgui.Key.mod_ctrl, imgui.Key.mod_shift):
        hands.io.add_key_event(modifier, False)
    moved = dict(params)
    hands.io.add_mouse_wheel_event(0.0, -3.0)
    hands.frames(4)
    assert params == moved
    assert hands.find("Look", "##value", 2).y < item.y


def test_dragging_a_slider_sets_the_parameter(hands: Hands) -> None:
    hands.drag("Look", "##value", NTH["speed"], 0.75)
    assert hands.desk.preset.params["speed"] == almost(3.0)


def test_ctrl_click_types_a_value(hands: Hands) -> None:
    item = hands.find("Look", "##value", NTH["contrast"])
    hands.point(item.x, item.y)
    hands.io.add_key_event(imgui.Key.mod_ctrl, True)
    hands.frames()
    hands.press()
    hands.let_go()
    hands.io.add_key_event(imgui.Key.mod_ctrl, False)
    hands.frames(2)
    hands.type("1.25")
    hands.key(imgui.Key.enter)
    assert hands.desk.preset.params["contrast"] == pytest.approx(1.25)
    assert hands.desk.calls == []


def test_a_typed_value_outside_the_range_is_held_to_it(hands: Hands) -> None:
    item = hands.find("Look", "##value", NTH["contrast"])
    hands.point(item.x, item.y)
    hands.io.add_key_event(imgui.Key.mod_ctrl, True)
    hands.press()
    hands.let_go()
    hands.io.add_key_event(imgui.Key.mod_ctrl, False)
    hands.type("99")
    hands.key(imgui.Key.enter)
    assert hands.desk.preset.params["contrast"] == PARAMS["contrast"].high


def test_double_click_gives_the_default_back(hands: Hands) -> None:
    item = hands.find("Look", "##value", NTH["zoom"])
    hands.point(item.x + item.width * 0.3, item.y)
    for _ in range(2):
        hands.press()
        hands.let_go()
    assert hands.desk.preset.params["zoom"] == PARAMS["zoom"].default


def test_shift_moves_finely(hands: Hands) -> None:
    item = hands.find("Look", "##value", NTH["saturation"])
    hands.point(item.x, item.y)
    hands.io.add_key_event(imgui.Key.mod_shift, True)
    hands.frames()
    hands.press()
    hands.point(item.x + item.width * 0.25, item.y)
    hands.let_go()
    hands.io.add_key_event(imgui.Key.mod_shift, False)
    assert hands.desk.preset.params["saturation"] == pytest.approx(1.05, abs=0.02)


def test_right_click_resets_or_adds_a_route(hands: Hands) -> None:
    hands.click("Look", "##value", NTH["zoom"], button=1)
    hands.click("##Popup", "Reset to 1")
    assert hands.desk.preset.params["zoom"] == 1.0
    hands.click("Look", "##value", NTH["hue"], button=1)
    menu = hands.find("##Popup", "Let music move it")
    hands.point(menu.x, menu.y)
    hands.frames(30)
    hands.click("Let music move it", "onset")
    assert (hands.desk.preset.routes[-1].source, hands.desk.preset.routes[-1].param) == ("onset", "hue")


def test_reset_back_and_save(hands: Hands) -> None:
    hands.click("Look", "Reset")
    assert hands.desk.preset.params == {}
    hands.click("Look", "Back")
    hands.click("Look", "Save")
    assert hands.desk.calls == [("look_before",), ("save_look", "dawn")]


def test_save_as_takes_another_name(hands: Hands) -> None:
    hands.click("Look", "Save as")
    hands.frames(2)
    hands.type("dusk")
    hands.key(imgui.Key.enter)
    assert hands.last_call() == ("save_look", "dusk")


def test_routes_are_added_changed_and_removed(hands: Hands) -> None:
    hands.desk.preset.routes.clear()
    hands.frames()
    hands.click("Look", "Add a route")
    (route,) = hands.desk.preset.routes
    hands.frames(4)  # the new route is scrolled into view
    hands.click("Look", "##source")
    hands.click("##Combo", "onset")
    hands.click("Look", "##curve")
    hands.click("##Combo", CURVES[1])
    hands.drag("Look", "##amount", 0, 0.25)
    hands.drag("Look", "##release", 0, 0.5)
    assert route.source == "onset"
    assert route.curve == CURVES[1]
    assert route.amount == almost(-0.5)
    assert route.release_seconds == almost(1.0)
    hands.click("Look", "##remove")
    assert hands.desk.preset.routes == []


def test_a_route_from_an_lfo_has_a_period_and_a_phase(hands: Hands) -> None:
    hands.desk.preset.routes[:] = [Route(source="bass", param="zoom")]
    hands.frames(2)
    hands.click("Look", "##unfold")
    assert not [item for item in hands.items if "##period" in item.label]
    hands.click("Look", "##source")
    hands.click("##Combo", "LFO")
    hands.click("LFO", "decay")
    (route,) = hands.desk.preset.routes
    assert (route.source, route.beats, route.hz) == ("decay", 4.0, 0.0)
    hands.click("Look", "##period")
    hands.click("##Combo", "2 bars")
    hands.drag("Look", "##phase", 0, 0.5)
    assert route.beats == 8.0
    assert route.phase == almost(0.5)
    hands.click("Look", "##period")
    hands.click("##Combo", "Hz")
    assert route.hz > 0
    hands.drag("Look", "##hz", 0, 0.5)
    assert route.hz == almost(5.0)


# ------------------------------------------------------------------ Styles


def test_a_click_on_a_picture_puts_a_look_on_air(hands: Hands) -> None:
    hands.click("Styles", "deep_sea")
    assert hands.last_call() == ("choose_look", "deep_sea")


def test_styles_are_one_click_away(hands: Hands) -> None:
    hands.click("Styles", "Styles")
    hands.click("Styles/", "iron_rain")
    assert hands.last_call() == ("choose_style", "iron_rain")


def test_styles_lie_on_a_board_by_mood(hands: Hands) -> None:
    hands.click("Styles", "Moods")
    tiles = {item.label: item for item in hands.items if item.window.startswith("Styles/")}
    assert list(tiles) == ["silk", "iron_rain", "moss"], "calm, storm, then those without a mood"
    assert tiles["silk"].y < tiles["iron_rain"].y < tiles["moss"].y
    hands.click("Styles/", "iron_rain")
    assert hands.last_call() == ("choose_style", "iron_rain")


def test_search_narrows_the_grid(hands: Hands) -> None:
    hands.key(imgui.Key.slash)
    hands.frames(2)
    hands.type("drive")
    tiles = [item.label for item in hands.items if item.window.startswith("Styles/")]
    assert tiles == ["night_drive"]
    hands.key(imgui.Key.enter)
    assert hands.desk.calls == [("choose_look", "night_drive")]


@pytest.mark.parametrize(
    ("search", "found"), [("", 2), ("SEA", 1), ("deep sea", 1), ("sea deep", 1), ("a_", 0), ("p_s", 1)]
)
def test_matching(search: str, found: int) -> None:
    assert len(matching(["deep_sea", "night_drive"], search)) == found


def test_crossfade_and_steps(hands: Hands) -> None:
    hands.drag("Styles", "##crossfade", 0, 0.5)
    ruling = hands.desk.change_time
    assert (ruling.unit, ruling.seconds) == ("seconds", almost(10.0)), "a hand on the slider rules"
    hands.click("Styles", "##next")
    hands.click("Styles", "##random")
    assert hands.desk.calls == [("step_look", 1), ("random_look",)]
    hands.click("Styles", "##advance")
    hands.click("##Combo", "30 s")
    assert hands.desk.looks.advance_seconds == 30.0


def test_the_length_of_changes_is_each_looks_own_or_seconds_or_whole_beats(hands: Hands) -> None:
    ruling, preset = hands.desk.change_time, hands.desk.preset
    assert ruling.unit == "own"
    hands.click("Styles", "##unit")
    assert (ruling.unit, ruling.take(preset, 120.0)) == ("seconds", 2.0)
    hands.click("Styles", "##unit")
    assert (ruling.unit, ruling.take(preset, 120.0)) == ("bars", 2.0)
    hands.drag("Styles", "##crossfade", 0, 0.5)
    assert ruling.beats == pytest.approx(32, abs=3)
    assert ruling.beats == round(ruling.beats)
    hands.click("Styles", "##unit")
    assert (ruling.unit, preset.crossfade_beats, preset.crossfade_seconds) == ("own", 0.0, 2.0)


def test_a_looks_own_crossfade_is_in_the_decks_panel(hands: Hands) -> None:
    preset = hands.desk.preset
    hands.show("Decks")
    hands.drag("Decks", "##own crossfade", 0, 0.5)
    assert preset.crossfade_seconds == almost(10.0)
    hands.click("Decks", "##own unit")
    assert preset.crossfade_beats == 4.0
    assert hands.desk.change_time.unit == "own"


def test_a_click_with_shift_cuts(hands: Hands) -> None:
    hands.io.add_key_event(imgui.Key.mod_shift, True)
    hands.click("Styles", "deep_sea")
    hands.io.add_key_event(imgui.Key.mod_shift, False)
    assert hands.last_call() == ("choose_look", "deep_sea", "cut")


def test_looks_advance_by_bars_or_seconds(hands: Hands) -> None:
    hands.click("Styles", "##advance")
    hands.click("##Combo", "4 bars")
    assert (hands.desk.looks.advance_seconds, hands.desk.looks.advance_beats) == (0, 16)
    hands.click("Styles", "##advance")
    hands.click("##Combo", "15 s")
    assert (hands.desk.looks.advance_seconds, hands.desk.looks.advance_beats) == (15, 0)


# ------------------------------------------------------------------ Tempo


def test_the_tempo_is_typed_doubled_locked_and_set_to_one(hands: Hands) -> None:
    tempo = hands.desk.tempo
    item = hands.find("##tempo", "##bpm")
    hands.point(item.x, item.y)
    for _ in range(2):
        hands.press()
        hands.let_go()
    hands.key(imgui.Key.a, imgui.Key.mod_ctrl)
    hands.type("97.5")
    hands.key(imgui.Key.enter)
    assert (tempo.source, tempo.bpm) == ("tap", 97.5)
    assert hands.desk.calls == []
    hands.click("##tempo", "double")
    assert tempo.bpm == 195.0
    hands.click("##tempo", "half")
    hands.click("##tempo", "lock tempo")
    assert tempo.locked
    hands.frames(40)
    hands.click("##tempo", "resync")
    assert tempo.beat.position < 0.3
    hands.click("##tempo", "tempo source")
    hands.click("##Combo", "MIDI")
    assert tempo.source == "midi"


def test_tapping_with_the_mouse(hands: Hands) -> None:
    item = hands.find("##tempo", "TAP")
    hands.point(item.x, item.y)
    for _ in range(6):
        hands.press()
        hands.let_go()
        hands.frames(27)
    assert hands.desk.tempo.bpm == pytest.approx(120.0, abs=2.0)


def test_what_waits_for_the_bar_is_shown_and_can_be_dropped(hands: Hands) -> None:
    desk = hands.desk
    hands.click("##tempo", "quantise")
    hands.click("##Combo", "4 bars")
    assert desk.launch.quantise == "4 bars"
    desk.tempo.set_bpm(60.0)
    hands.frames(2)
    desk.launch.step(desk.tempo.beat)
    desk.launch.ask("deep_sea", lambda: desk.calls.append(("shown",)))
    hands.frames(2)
    assert hands.find("##tempo", "deep sea in")
    hands.click("##tempo", "waiting")
    assert (desk.launch.waiting, desk.calls) == ("", [])


def test_the_delay_is_dragged(hands: Hands) -> None:
    hands.drag("##tempo", "##delay", 0, 0.4)
    assert hands.desk.tempo.delay_seconds == almost(0.2)


def test_the_tempo_bar_fits_a_small_window(hands: Hands) -> None:
    hands.io.display_size = imgui.ImVec2(960, 600)
    hands.frames(4)
    for item in hands.items:
        if item.window.startswith(("##tempo", "##strip")):
            assert item.x + item.width / 2 <= 960, item.label


def test_a_link_that_is_not_there_is_a_message(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "link", None)
    hands.click("##tempo", "tempo source")
    hands.click("##Combo", "Link")
    assert any("clavilux[link]" in problem.text for problem in hands.desk.problems)
    assert hands.desk.tempo.source == "heard"


# ------------------------------------------------------------------ Effects


@dataclass
class FakeImport:
    rows: list[Row] = field(default_factory=list)
    running: bool = False
    told: str = "1 of 2 effects came in"
    path: Path | None = None

    def begin(self, path: Path) -> None:
        self.path = path


def test_the_chain_is_edited(hands: Hands) -> None:
    hands.show("Effects")
    hands.click("Effects", "##enabled", 0)
    assert hands.desk.preset.effects[0].enabled is False
    hands.click("Effects", "##down", 0)
    assert [use.effect for use in hands.desk.preset.effects] == ["kaleido", "bloom", "tint"]
    hands.click("Effects", "##up", 2)
    assert [use.effect for use in hands.desk.preset.effects] == ["kaleido", "tint", "bloom"]
    hands.click("Effects", "##remove", 1)
    assert [use.effect for use in hands.desk.preset.effects] == ["kaleido", "bloom"]


def test_the_chain_is_reordered_by_drag(hands: Hands) -> None:
    hands.show("Effects")
    start, end = hands.find("Effects", "tint###open"), hands.find("Effects", "bloom###open")
    hands.point(start.x, start.y)
    hands.press()
    hands.point(start.x, start.y - 12)
    hands.point(end.x, end.y)
    hands.let_go()
    assert [use.effect for use in hands.desk.preset.effects] == ["tint", "bloom", "kaleido"]


def test_the_routes_into_an_effect_stand_with_it(hands: Hands) -> None:
    hands.show("Effects")
    assert len(hands.desk.preset.routes) == 2
    hands.click("Effects", "##unroute")
    assert [route.param for route in hands.desk.preset.routes] == ["zoom"]


def test_effects_are_brought_in_and_the_report_is_read(hands: Hands) -> None:
    importer = FakeImport()
    hands.desk.importer = importer
    hands.show("Effects")
    hands.click("Effects", "Import")
    hands.type("/my/effects")
    hands.click("##Popup", "Bring in")
    assert importer.path == Path("/my/effects")
    importer.rows = [Row("good", "filter"), Row("bad", "", "bad.fs:1: no ISF header")]
    hands.frames(2)
    hands.click("Effects", "##read")
    assert importer.rows == []


def test_an_effect_is_added_by_search(hands: Hands) -> None:
    hands.show("Effects")
    hands.click("Effects", "##add")
    hands.frames(2)
    hands.type("tin")
    assert [i.label for i in hands.items if i.window.startswith("##Combo") and i.label in hands.desk.effects] == [
        "tint"
    ]
    hands.click("##Combo", "tint")
    assert [use.effect for use in hands.desk.preset.effects][-1] == "tint"
    assert len(hands.desk.preset.effects) == 4


def test_enter_adds_the_first_effect_that_is_found(hands: Hands) -> None:
    hands.show("Effects")
    hands.click("Effects", "##add")
    hands.frames(2)
    hands.type("tin")
    hands.key(imgui.Key.enter)
    assert [use.effect for use in hands.desk.preset.effects][3:] == ["tint"]
    assert not any(item.window.startswith("##Combo") for item in hands.items), "the list is closed"


def test_each_kind_of_input_has_its_control(hands: Hands) -> None:
    hands.show("Effects")
    bloom, kaleido = hands.desk.preset.effects[:2]
    hands.drag("Effects", "##value", 0, 0.9)
    assert bloom.values["amount"] == almost(0.9)
    hands.click("Effects", "##value", 1)
    assert bloom.values["soft"] == 0.0
    hands.drag("Effects", "##value", 2, 1.0)
    assert kaleido.values["sides"] == 24
    hands.click("Effects", "##value", 3)
    hands.click("##Combo", "turn")
    assert kaleido.values["mode"] == 1_234_567.0, "to the last digit"


def test_an_event_lasts_one_frame(hands: Hands) -> None:
    hands.show("Effects")
    kaleido = hands.desk.preset.effects[1]
    item = hands.find("Effects", "Trigger")
    hands.point(item.x, item.y)
    hands.press()
    hands.io.add_mouse_button_event(0, False)
    seen = []
    for _ in range(4):
        hands.frames()
        seen.append(kaleido.values.get("kick", 0.0))
    assert seen.count(1.0) == 1
    assert seen[-1] == 0.0


def test_a_picture_input_takes_a_path(hands: Hands) -> None:
    hands.desk.images = {"bloom": ("mask",)}
    hands.show("Effects")
    hands.click("Effects", "##mask")
    hands.type("mask.png")
    hands.key(imgui.Key.enter)
    assert hands.desk.preset.effects[0].images == {"mask": "mask.png"}


def test_an_effects_errors_stand_beside_it(hands: Hands) -> None:
    hands.desk.problems.report("bloom.fs:12: 'x': undeclared identifier")
    assert errors(hands.desk, "bloom") == ["bloom.fs:12: 'x': undeclared identifier"]
    assert errors(hands.desk, "kaleido") == errors(hands.desk, "oom") == []
    hands.desk.problems.report("soft_bloom.fs: mask: no such file")
    assert len(errors(hands.desk, "bloom")) == 1, "it is another's"


# ------------------------------------------------------------------ Sound


def test_a_sound_whose_name_is_no_text_is_listed_all_the_same(hands: Hands) -> None:
    hands.desk.source_choice = SourceChoice(kind="file", file=Path(os.fsdecode(b"caf\xe9.ogg")))
    hands.frames(2)
    hands.click("Sound", "##source")
    hands.find("##Combo", "caf?.ogg")


def test_transport(hands: Hands) -> None:
    playback: Any = hands.desk.playback
    hands.click("Sound", "##play")
    assert playback.paused is True
    hands.click("Sound", "##loop")
    assert playback.loop is True
    hands.drag("Sound", "##seek", 0, 0.5)
    assert playback.position_seconds == almost(45.0)


def test_devices_are_listed_when_the_list_opens_not_each_frame(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def list_devices() -> list[Any]:
        asked.append(1)
        kinds = (("Scarlett", "input", 4), ("Speakers", "monitor", 2), ("Headphones", "output", 2))
        return [SimpleNamespace(name=n, kind=k, channels=c, default=False) for n, k, c in kinds]

    monkeypatch.setattr("app.audio.devices.list_devices", list_devices)
    hands.frames(5)
    assert asked == []
    hands.click("Sound", "##source")
    for _ in range(500):  # another thread asks
        hands.frames(1)
        if any("Scarlett" in item.label for item in hands.items):
            break
        time.sleep(0.002)
    hands.frames(10)
    assert len(asked) == 1
    assert not [item for item in hands.items if "Headphones" in item.label]
    hands.click("##Combo", "Scarlett")
    assert hands.desk.source_choice == SourceChoice(kind="device", device="Scarlett", whole=True)
    hands.click("Sound", "##channels")
    hands.click("##Combo", "3 + 4")
    assert hands.desk.source_choice.channels == (2, 3)
    hands.drag("Sound", "##gain", 0, 0.75)
    assert hands.last_call() == ("choose_gain", almost(12.0))


def test_a_file_is_opened_by_path_and_remembered(hands: Hands) -> None:
    hands.click("Sound", "##path")
    hands.type("/music/set one.flac")
    hands.key(imgui.Key.enter)
    choice = hands.desk.source_choice
    assert (choice.kind, choice.file and choice.file.name) == ("file", "set one.flac")
    hands.click("Sound", "##source")
    hands.frames(2)
    hands.click("##Combo", "Demo track")
    assert hands.desk.source_choice.kind == "demo"
    hands.click("Sound", "##source")
    hands.frames(2)
    hands.click("##Combo", "set one.flac")
    assert hands.desk.source_choice.kind == "file"


# ------------------------------------------------------------------ Output, strip, stats, messages


def test_output(hands: Hands) -> None:
    hands.show("Output")
    hands.click("Output", "Freeze")
    hands.click("Output", "Blackout")
    assert hands.desk.frozen
    assert hands.desk.blackout
    hands.click("Output", "Record")
    hands.click("Output", "##size")
    hands.click("##Combo", "1080p")
    hands.click("Output", "##fps")
    hands.click("##Combo", "30 fps")
    assert hands.desk.calls == [
        ("toggle_record",), ("choose_picture", (1920, 1080)), ("choose_fps", 30.0)
    ]  # fmt: skip


def test_the_master_and_panic(hands: Hands) -> None:
    outlets = hands.desk.outlets
    outlets.rescue = Rescue(Preset(name="safe", style="moss"))
    hands.show("Output")
    hands.drag("Output", "##master", 0, 0.25)
    assert outlets.master.fader == pytest.approx(0.25, abs=0.03)
    output_actions.panic(hands.desk)
    assert (outlets.master.fader, hands.desk.preset.name) == (1.0, "safe")


@dataclass
class FakeDisplay:
    """A clean output on the second of two displays."""

    displays: list[Display] = field(
        default_factory=lambda: [Display("eDP-1", 1, (0, 0), (1920, 1200)), Display("EPSON", 2, (1920, 0), (1280, 800))]
    )
    wanted: str = "EPSON"
    test_pattern: bool = False
    away: bool = False
    identified: int = 0

    @property
    def on(self) -> Display | None:
        return None if self.away or not self.wanted else self.displays[1]

    @property
    def waiting(self) -> bool:
        return self.away

    def choose(self, name: str) -> None:
        self.wanted = name

    def identify(self) -> None:
        self.identified += 1


def test_displays_are_chosen_found_and_waited_for(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    display: Any = FakeDisplay()
    hands.desk.outlets.display = display
    hands.show("Displays")
    hands.click("Displays", "Identify")
    hands.click("Displays", "Test pattern")
    hands.click("Displays", "Full screen")
    assert hands.last_call() == ("toggle_fullscreen",)
    assert (display.identified, display.test_pattern) == (1, True)
    said: list[str] = []
    monkeypatch.setattr(imgui, "text_wrapped", said.append)
    display.away = True
    hands.frames()
    assert any("waiting for EPSON" in text for text in said)
    hands.click("Displays", "##display")
    hands.click("##Combo", "eDP-1")
    assert display.wanted == "eDP-1"
    display.away = False
    hands.show("Output")
    display.wanted = "EPSON"
    hands.frames(2)
    hands.click("Output", "##size")
    hands.click("##Combo", "display")
    assert hands.last_call() == ("choose_picture", (1280, 800))


def test_feeds_are_switched_or_greyed_with_what_they_need(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    toggled: list[str] = []
    entries = [FeedEntry("ndi", "NDI"), FeedEntry("spout", "Spout", "only on Windows")]
    feeds: Any = SimpleNamespace(entries=entries, where=lambda name: None, toggle=toggled.append)
    hands.desk.outlets.feeds = feeds
    said: list[str] = []
    monkeypatch.setattr(widgets, "line", lambda text, _: said.append(text))
    hands.show("Displays")
    hands.click("Displays", "NDI")
    hands.click("Displays", "Spout")
    assert toggled == ["ndi"]
    assert "only on Windows" in said


def test_the_flash_limit_is_chosen_and_its_absence_warned_of(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(imgui, "text_wrapped", said.append)
    hands.show("Output")
    hands.click("Output", "##flashes")
    hands.click("##Combo", "large wall")
    assert hands.desk.flash_mode == "wall"
    assert not said
    hands.click("Output", "##flashes")
    hands.click("##Combo", "not limited")
    hands.frames()
    assert hands.desk.flash_mode == "off"
    assert any("seizures" in text for text in said)


def test_the_figures_tell_the_latencys_tail_and_the_cards_memory(hands: Hands) -> None:
    stats = hands.desk.stats
    stats.latency_ms = Series()
    for milliseconds in range(101):
        stats.latency_ms.add(milliseconds)
    told = dict(figures(hands.desk))
    assert "memory" not in told
    assert told["latency"] == "50 ms from sound to picture, p95 95 ms"
    stats.gpu_memory = lambda: "2.0 of 8.0 GB in use"
    assert dict(figures(hands.desk))["memory"] == "2.0 of 8.0 GB in use on the graphics card"


def test_cheaper_pixels_are_chosen_and_labelled(hands: Hands) -> None:
    hands.show("Output")
    hands.click("Output", "##saving")
    hands.click("##Combo", "every other row, in turn")
    assert hands.desk.saving == "rows"
    assert dict(figures(hands.desk))["pixels"] == hands.desk.pixels


def dark(desk: Any) -> None:
    desk.outlets.master.fader = 0.0


def dim(desk: Any) -> None:
    desk.outlets.master.fader = 0.4


def unlit(desk: Any) -> None:
    desk.preset.params["brightness"] = 0.0


def free(desk: Any) -> None:
    desk.flash_mode = "off"


def patterned(desk: Any) -> None:
    desk.outlets.display = SimpleNamespace(displays=[], wanted="A", on=Display("A", 1, (0, 0), (9, 9)), waiting=False,
                                           test_pattern=True)  # fmt: skip


@pytest.mark.parametrize(
    ("why", "badge"),
    [(dark, "MASTER 0%"), (dim, "MASTER 40%"), (unlit, "BRIGHTNESS 0"), (free, "FLASHES FREE"),
     (patterned, "TEST PATTERN")],
)  # fmt: skip
def test_the_strip_says_why_it_is_dark_or_not_as_it_should_be(
    hands: Hands, monkeypatch: pytest.MonkeyPatch, why: Callable[[Any], None], badge: str
) -> None:
    said: list[str] = []
    monkeypatch.setattr(badges, "_one", lambda badge: said.append(badge.text))
    hands.frames()
    assert said == []
    why(hands.desk)
    hands.frames()
    assert said == [badge]


def test_badges_without_room_are_counted_in_the_last(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    draw = badges._one

    def heard(badge: badges.Badge) -> None:
        draw(badge)
        said.append(badge.text)
        assert imgui.get_item_rect_max().x <= hands.io.display_size.x

    monkeypatch.setattr(badges, "_one", heard)
    for why in (dark, unlit, free, patterned):
        why(hands.desk)
    hands.frames()
    assert said == ["MASTER 0%", "TEST PATTERN", "FLASHES FREE", "BRIGHTNESS 0"], "figures give way"
    assert not [item for item in hands.items if item.window == "##strip" and "F1" in item.label]
    hands.io.display_size = imgui.ImVec2(800, 600)
    said.clear()
    hands.frames()
    assert said[0].startswith("MASTER 0%")
    assert said[-1].endswith(f"+{4 - len(said)}")


def test_the_strip_says_that_flashes_are_held_back(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    write = imgui.text_unformatted

    def heard(text: str) -> None:
        said.append(text)
        write(text)

    monkeypatch.setattr(imgui, "text_unformatted", heard)
    hands.frames()
    assert not any("FLASH" in text for text in said)
    hands.desk.flash_acting = 0.6
    hands.frames()
    assert any("FLASH" in text for text in said)


def test_size_and_rate_rest_while_recording(hands: Hands) -> None:
    hands.desk.recording = SimpleNamespace(path=Path("night.mkv"), seconds=61.5, duplicated=2, error="")
    hands.show("Output")
    hands.click("Output", "##size")
    assert not [item for item in hands.items if item.window.startswith("##Combo")]


def test_the_strip_switches(hands: Hands) -> None:
    hands.click("##strip", "HOLD")
    hands.click("##strip", "FREEZE")
    hands.click("##strip", "BLACK")
    hands.click("##strip", "REC")
    hands.click("##strip", "F1")
    assert hands.desk.looks.held
    assert hands.desk.frozen
    assert hands.desk.blackout
    assert hands.desk.calls == [("toggle_record",)]
    assert hands.board.view.key_card


def test_stats_tell_everything(hands: Hands) -> None:
    hands.show("Stats")
    told = dict(figures(hands.desk))
    assert told["frames"] == "60.0 of 60 fps"
    assert told["latency"].startswith("20 ms")
    assert told["dropped"].startswith("3 ")
    assert told["picture"] == "1280 × 720, drawn at 50%"
    assert "glsl" in told["backend"]
    assert told["speed"].startswith("50 GFLOP")
    assert "trainer" not in told
    job = JobStatus(Job("1", "blue", "", Path(), Path()), "running")
    for status, text in ((job, "running"), (replace(job, eased=True), "waiting for the show")):
        hands.desk.trainer.statuses = (replace(job, state="done"), status)
        assert dict(figures(hands.desk))["trainer"] == text


def test_messages_are_read_and_cleared(hands: Hands) -> None:
    hands.desk.problems.report("waiting for Scarlett")
    hands.desk.problems.report("waiting for Scarlett")
    hands.frames()
    hands.click("##messages", "1##messages")
    hands.key(imgui.Key.escape)
    assert hands.board.view.visible
    hands.click("##messages", "Clear")
    assert len(hands.desk.problems) == 0


def test_a_panel_that_fails_is_told_and_spares_the_others(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def draw(self, desk: Any, view: Any) -> None:
            imgui.begin_child("never ended")
            imgui.push_id("never popped")
            raise RuntimeError("a bug")

    monkeypatch.setitem(hands.board.panels, "Sound", Broken())
    hands.frames(3)
    assert [(p.text, p.count) for p in hands.desk.problems] == [("panel Sound: a bug", 3)]
    hands.click("Styles", "deep_sea")
    assert hands.last_call() == ("choose_look", "deep_sea")
    hands.desk.problems.clear()


def test_double_click_on_the_picture_covers_the_monitor(hands: Hands) -> None:
    hands.point(600, 250)
    for _ in range(2):
        hands.press()
        hands.let_go()
    assert hands.desk.calls == [("toggle_fullscreen",)]


def test_first_panels_are_in_front_at_first_and_after_a_reset(hands: Hands) -> None:
    def in_front() -> set[str]:
        return {item.window.partition("/")[0] for item in hands.items} - {"##strip", "##tempo", "##messages"}

    assert in_front() == {"Sound", "Output", "Styles", "Look"}
    hands.show("Effects")
    hands.show("Stats")
    assert in_front() == {"Sound", "Styles", "Effects"}
    hands.board.view.reset_layout = True
    hands.frames(8)
    assert in_front() == {"Sound", "Output", "Styles", "Look"}


def test_a_panel_that_a_remembered_layout_does_not_know_joins_those_of_its_place(
    imgui_frame: Any,
    desk: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def draw(board: Board) -> None:
        for _ in range(6):
            imgui.new_frame()
            board.draw(desk)
            imgui.render()

    with monkeypatch.context() as before:
        before.setattr("app.ui.board.PANELS", tuple(place for place in PANELS if place.title != "Train"))
        before.setattr("app.ui.board._PLACES", [(p.title, p.place) for p in PANELS if p.title != "Train"])
        draw(Board())
    draw(Board())
    train, look = (imgui.internal.find_window_by_name(name) for name in ("Train", "Look"))
    assert train.dock_id == look.dock_id != 0


def test_a_moved_panel_is_remembered_and_can_be_put_back(hands: Hands) -> None:
    hands.frames(3)
    saved = imgui.save_ini_settings_to_memory()
    assert "[Window][Look]" in saved
    assert "DockSpace" in saved
    node = imgui.internal.find_window_by_name("Look").dock_id
    hands.board.view.reset_layout = True
    hands.frames(3)
    assert imgui.internal.find_window_by_name("Look").dock_id != 0
    assert node != 0


@pytest.mark.parametrize(
    ("name", "text"), [("speed", "%.2f ×"), ("rotation", "%.0f°"), ("spin", "%.0f °/s"), ("pan_x", "%.2f")]
)
def test_units_are_shown(name: str, text: str) -> None:
    assert number_format(PARAMS[name]) == text


def test_a_look_is_ticked_tagged_and_put_into_a_playlist(hands: Hands) -> None:
    hands.show("Styles")
    hands.click("Styles", "tick")
    assert hands.last_call() == ("mark", "dawn", {"ticked": True})
    hands.click("Styles", "shuffle")
    assert hands.desk.looks.order == "bag"
    hands.click("Styles", "##tag")
    hands.type("calm")
    hands.key(imgui.Key.enter)
    assert hands.last_call() == ("mark", "dawn", {"tags": ["calm"]})
    for tags in (["calm", "x" * 40], ["calm"]):
        hands.click("Styles", "##tag")
        hands.type("x" * 44)
        hands.key(imgui.Key.enter)
        assert hands.last_call() == ("mark", "dawn", {"tags": tags})
    hands.click("Styles", "##tag")
    hands.type("+late")
    hands.key(imgui.Key.enter)
    assert hands.desk.playlists.looks_of("late") == ["dawn"]
    assert hands.last_call() == ("kept",)
    hands.desk.looks.pool = "ticked"
    hands.frames(2)
    tiles = {item.label for item in hands.items if item.window.startswith("Styles")}
    assert not any("night_drive" in label for label in tiles)

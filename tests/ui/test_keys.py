"""The table of keys against the desk's verbs, with a real keyboard's events."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from imgui_bundle import imgui

from app.control import key_names
from app.control.actions import ACTIONS
from app.control.bindings import Binding
from app.preset import Preset, PresetEntry
from app.rescue import Rescue
from app.ui import keyboard
from app.ui.keys import KEYS, QUIT
from app.ui.panels.key_card import NONE, line_of, page

Hands = Any
"""The class in conftest."""

EXPECTED = {
    "N": ("step_look", 1),
    "P": ("step_look", -1),
    "R": ("random_look",),
    "Shift+N": ("step_look", 1, "cut"),
    "Shift+P": ("step_look", -1, "cut"),
    "Shift+R": ("random_look", "cut"),
    "Backspace": ("look_before",),
    "F9": ("toggle_record",),
    "F11  or  F  or  Alt+Enter": ("toggle_fullscreen",),
    "Ctrl+Q": ("quit",),
}
STATES = {"Space": "held", ".": "frozen", "B": "blackout", "Ctrl+T": "locked"}
MARKS = {"0 … 5", "Ctrl+D", "Ctrl+Z", "Ctrl+Y", "E", "Shift+E"}
TIME = {"T", "Shift+T", "[", "]", "-", "=", "Q"}
MIXER = {"X", "Shift+X", "G", "Shift+G", "C"}
OUTLETS = {"Home  or  Shift+Backspace", "Ctrl+M"}
VIEW = {"Esc", "F1", "Ctrl+L", "/  or  Ctrl+F", "Arrows", "Enter", "Shift+Enter"}
CHORDS = [(key.name, chord) for key in KEYS for chord in key.chords]


def test_every_key_is_tested_once() -> None:
    expected = set(EXPECTED) | set(STATES) | MARKS | TIME | MIXER | OUTLETS | VIEW
    assert {key.name for key in KEYS} == expected
    chords = [chord for key in KEYS for chord in key.chords]
    assert len(set(chords)) == len(chords)


@pytest.mark.parametrize(("name", "chord"), [c for c in CHORDS if c[0] in EXPECTED])
def test_a_key_asks_the_desk(hands: Hands, name: str, chord: int) -> None:
    hands.chord(chord)
    assert hands.desk.calls == [EXPECTED[name]]


@pytest.mark.parametrize("shift", [False, True])
def test_the_fader_of_a_look_without_a_deck_b_stays(hands: Hands, shift: bool) -> None:
    desk = hands.desk
    desk.preset.style_b = ""
    hands.key(imgui.Key.x, *[imgui.Key.mod_shift] * shift)
    assert not desk.mixer.taking and "fader" not in desk.preset.params
    assert "deck B" in desk.problems.said


@pytest.mark.parametrize(("name", "chord"), [c for c in CHORDS if c[0] in STATES])
def test_a_key_switches_on_and_off(hands: Hands, name: str, chord: int) -> None:
    owner: Any = {"Space": hands.desk.looks, "Ctrl+T": hands.desk.tempo}.get(name, hands.desk)
    hands.desk.tempo.set_bpm(100.0)
    hands.chord(chord)
    assert getattr(owner, STATES[name]) is True
    hands.chord(chord)
    assert getattr(owner, STATES[name]) is False


def test_a_blackout_key_that_is_held_lasts_as_long_as_it_is_held(hands: Hands) -> None:
    hands.io.add_key_event(imgui.Key.b, True)
    hands.frames()
    assert hands.desk.blackout
    hands.frames(40)
    assert hands.desk.blackout
    hands.io.add_key_event(imgui.Key.b, False)
    hands.frames(2)
    assert not hands.desk.blackout


@pytest.mark.parametrize("chord", [chord for name, chord in CHORDS if name.startswith("Home")])
def test_panic_brings_all_light_back_and_a_look_that_works(hands: Hands, chord: int) -> None:
    desk = hands.desk
    desk.outlets.rescue = Rescue(Preset(name="safe", style="moss"))
    desk.launch.waiting, desk.frozen, desk.outlets.master.fader = "dawn", True, 0.2
    desk.blackout = True
    hands.chord(chord)
    assert (desk.launch.waiting, desk.frozen, desk.blackout, desk.outlets.master.level) == ("", False, False, 1.0)
    assert (desk.preset.name, desk.preset.style, desk.preset.effects, desk.looks.held) == ("safe", "moss", [], True)
    desk.looks.back()
    assert desk.preset.name == "dawn"


def test_a_key_moves_the_clean_output_on(hands: Hands) -> None:
    moves: list[str] = []
    nowhere: dict[str, Any] = {"displays": [], "wanted": "", "on": None, "waiting": False, "test_pattern": False}
    hands.desk.outlets.display = SimpleNamespace(next=lambda: moves.append("next"), **nowhere)
    hands.key(imgui.Key.m, imgui.Key.mod_ctrl)
    assert moves == ["next"]


def test_a_chord_is_one_even_if_its_modifier_is_let_go_in_the_same_frame(hands: Hands) -> None:
    def change(key: Any, down: bool) -> None:
        if key == imgui.Key.mod_ctrl:
            keyboard.fence()
        hands.io.add_key_event(key, down)

    change(imgui.Key.mod_ctrl, True)
    hands.frames(2)
    for key, down in ((imgui.Key.f, True), (imgui.Key.mod_ctrl, False), (imgui.Key.f, False)):
        change(key, down)
    hands.frames(4)
    assert hands.desk.calls == [], "F would be full screen"
    assert hands.io.want_text_input, "Ctrl+F is for searching"


def test_stars_and_favourites_by_key(hands: Hands) -> None:
    name = hands.desk.preset.name
    hands.key(imgui.Key._4)
    hands.key(imgui.Key.d, imgui.Key.mod_ctrl)
    mark = hands.desk.looks.marks.seen(name)
    assert (mark.stars, mark.favourite) == (4, True)
    hands.key(imgui.Key._0)
    hands.key(imgui.Key.d, imgui.Key.mod_ctrl)
    mark = hands.desk.looks.marks.seen(name)
    assert (mark.stars, mark.favourite) == (0, False)


def test_the_look_under_the_mouse_is_queued_by_key(hands: Hands) -> None:
    queue = hands.desk.looks.queue
    hands.key(imgui.Key.e)
    assert queue == [], "the mouse is nowhere"
    tile = hands.find("Styles", "deep_sea")
    hands.point(tile.x, tile.y)
    hands.key(imgui.Key.e)
    hands.key(imgui.Key.e)
    assert queue == ["deep_sea", "deep_sea"]
    hands.key(imgui.Key.e, imgui.Key.mod_shift)
    assert queue == []


def test_arrows_choose_a_look_and_enter_puts_it_on_air(hands: Hands) -> None:
    hands.key(imgui.Key.enter)
    hands.key(imgui.Key.enter, imgui.Key.mod_shift)
    assert (hands.desk.calls, hands.desk.looks.queue) == ([], []), "nothing is chosen yet"
    hands.key(imgui.Key.right_arrow)
    hands.key(imgui.Key.enter)
    assert hands.last_call() == ("choose_look", "deep_sea"), "the one right of the look on air"
    hands.key(imgui.Key.right_arrow)
    hands.key(imgui.Key.right_arrow)
    hands.key(imgui.Key.enter, imgui.Key.mod_shift)
    hands.key(imgui.Key.e)
    assert hands.desk.looks.queue == ["night_drive", "night_drive"]
    hands.key(imgui.Key.left_arrow)
    hands.key(imgui.Key.keypad_enter)
    assert hands.last_call() == ("choose_look", "deep_sea")
    count = len(hands.desk.calls)
    hands.frames(700)
    hands.key(imgui.Key.enter)
    assert len(hands.desk.calls) == count, "left alone, it went away"


def test_arrows_go_from_row_to_row(hands: Hands) -> None:
    names = [f"look_{i:02}" for i in range(12)]
    hands.desk.looks.entries = [PresetEntry(name, Path(f"{name}.yaml"), True) for name in names]
    hands.desk.preset.name = "look_01"
    hands.frames(2)
    tiles = {name: hands.find("Styles", name) for name in names}
    below = next(name for name in names if tiles[name].y > tiles["look_01"].y and tiles[name].x == tiles["look_01"].x)
    hands.show("Queue")
    hands.key(imgui.Key.down_arrow)
    hands.frames(2)
    hands.key(imgui.Key.enter)
    assert hands.last_call() == ("choose_look", below)
    hands.key(imgui.Key.up_arrow)
    hands.key(imgui.Key.up_arrow)
    hands.key(imgui.Key.enter)
    assert hands.last_call() == ("choose_look", "look_01"), "there is no row above"


def test_undo_and_redo_by_key(hands: Hands) -> None:
    before = hands.desk.preset.params.copy()
    hands.desk.preset.params["zoom"] = 3.25
    for seconds in (1.0, 2.0):
        hands.desk.undo.step(seconds, 0)
    hands.key(imgui.Key.z, imgui.Key.mod_ctrl)
    assert hands.desk.preset.params == before
    assert hands.desk.problems.said == "undone: zoom"
    hands.key(imgui.Key.y, imgui.Key.mod_ctrl)
    assert hands.desk.preset.params["zoom"] == 3.25


def test_keys_lead_the_tempo(hands: Hands) -> None:
    tempo = hands.desk.tempo
    for _ in range(5):
        hands.key(imgui.Key.t)
        hands.frames(27)  # with the frames of the key itself: half a second
    assert tempo.source == "tap"
    assert tempo.bpm == pytest.approx(120.0, abs=2.0)
    tempo.set_bpm(100.0)
    hands.key(imgui.Key.right_bracket)
    assert tempo.bpm == 200.0
    hands.key(imgui.Key.left_bracket)
    hands.key(imgui.Key.left_bracket)
    assert tempo.bpm == 50.0
    before = tempo.beat.position
    hands.key(imgui.Key.t, imgui.Key.mod_shift)
    assert tempo.beat.position < 0.1 < before
    hands.key(imgui.Key.q)
    assert hands.desk.launch.quantise == "beat"


def test_keys_lead_the_fader(hands: Hands) -> None:
    hands.desk.preset.style_b = "moss"
    params, mixer = hands.desk.preset.params, hands.desk.mixer
    hands.key(imgui.Key.x, imgui.Key.mod_shift)
    assert params["fader"] == 1.0
    hands.key(imgui.Key.x)
    assert mixer.taking
    mixer.step(0.5, 2.0)
    assert params["fader"] == 0.75


def test_keys_change_the_look_by_chance_and_compare(hands: Hands) -> None:
    preset, start = hands.desk.preset, hands.desk.preset.model_dump()
    hands.key(imgui.Key.g)
    mutated = preset.model_dump()
    assert mutated != start
    hands.key(imgui.Key.c)
    assert preset.model_dump() == start
    hands.key(imgui.Key.c)
    assert preset.model_dump() == mutated
    hands.key(imgui.Key.g, imgui.Key.mod_shift)
    assert preset.routes


@pytest.mark.parametrize(("key", "way"), [(imgui.Key.minus, -1), (imgui.Key.equal, 1)])
def test_keys_nudge_the_beat(hands: Hands, key: Any, way: int) -> None:
    tempo = hands.desk.tempo
    tempo.set_bpm(120.0)
    hands.frames()
    start, began = tempo.beat.position, hands.desk.frame.seconds
    hands.key(key)
    hands.frames(60)
    passed = (hands.desk.frame.seconds - began) * 2
    assert tempo.beat.position - start - passed == pytest.approx(way / 32, abs=1e-6)


def test_escape_hides_everything_and_keys_still_work(hands: Hands) -> None:
    hands.key(imgui.Key.escape)
    assert not hands.board.view.visible
    assert imgui.get_draw_data().total_vtx_count == 0
    hands.key(imgui.Key.n)
    assert hands.last_call() == ("step_look", 1)
    hands.key(imgui.Key.escape)
    assert imgui.get_draw_data().total_vtx_count > 0


def test_the_card_shows_every_key_and_escape_closes_it_first(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    write = imgui.text_unformatted

    def note(text: str) -> None:
        written.append(text)
        write(text)

    monkeypatch.setattr(imgui, "text_unformatted", note)
    hands.key(imgui.Key.f1)
    assert {key.name for key in KEYS} <= set(written)
    assert {key.help for key in KEYS} <= set(written)
    card = imgui.internal.find_window_by_name("Keys")
    assert card.scroll_max.y == 0, "all of it is seen at once in a small window"
    hands.key(imgui.Key.escape)
    assert not hands.board.view.key_card
    assert hands.board.view.visible


@pytest.mark.parametrize(("answer", "ended"), [(imgui.Key.enter, True), (imgui.Key.escape, False)])
def test_a_show_at_stake_is_ended_by_a_second_word(hands: Hands, answer: Any, ended: bool) -> None:
    hands.desk.at_stake.append("the recording ends")
    hands.key(imgui.Key.escape)
    hands.key(imgui.Key.q, imgui.Key.mod_ctrl)
    assert hands.desk.calls == []
    assert imgui.get_draw_data().total_vtx_count > 0, "asked even while panels are hidden"
    hands.key(answer)
    assert hands.desk.calls == ([("quit",)] if ended else [])
    assert hands.desk.farewell.asks == ()
    assert not hands.board.view.visible, "the panels are as they were"
    if not ended:
        hands.key(imgui.Key.q, imgui.Key.mod_ctrl)
        hands.key(imgui.Key.q, imgui.Key.mod_ctrl)
        assert hands.desk.calls == [("quit",)], "Ctrl+Q again is yes"


def test_the_question_has_buttons(hands: Hands) -> None:
    hands.desk.at_stake.append("the recording ends")
    for label, calls in (("Go on", []), ("End it", [("quit",)])):
        hands.key(imgui.Key.q, imgui.Key.mod_ctrl)
        hands.click("End the show?", label)
        assert hands.desk.calls == calls


def test_the_document_is_the_card() -> None:
    document = Path(__file__).parents[2] / "docs" / "keys.md"
    assert document.read_text("utf-8") == page(), "run python -m scripts.write_keys"


def test_the_card_brings_hidden_panels_back(hands: Hands) -> None:
    hands.key(imgui.Key.escape)
    hands.key(imgui.Key.f1)
    assert hands.board.view.visible
    assert hands.board.view.key_card


@pytest.mark.parametrize("opener", [c for name, c in CHORDS if name == "/  or  Ctrl+F"])
def test_no_key_acts_while_typing(hands: Hands, opener: int) -> None:
    hands.chord(opener)
    hands.frames(3)
    for key in (imgui.Key.n, imgui.Key.b, imgui.Key.space, imgui.Key.period, imgui.Key.backspace, imgui.Key.f):
        hands.key(key)
    assert hands.desk.calls == []
    assert not (hands.desk.blackout or hands.desk.frozen or hands.desk.looks.held)


def bind(hands: Hands, chord: str, target: str, mode: str = "toggle") -> None:
    hands.desk.control.add(Binding.model_validate({"source": f"key:{chord}", "target": target, "mode": mode}))


def test_names_of_keys_and_codes_are_one_to_one() -> None:
    for name in (*key_names.KEYS, "Ctrl+B", "Ctrl+Shift+Alt+Num -"):
        assert keyboard.name_of(keyboard.chord_of(name)) == name
    helps = (QUIT, "this card", "hide or show the panels", ACTIONS["panic"].help)
    kept = {keyboard.name_of(chord) for key in KEYS for chord in key.chords if key.help in helps}
    assert kept == set(key_names.KEPT) - {"Ctrl+L"}


def test_a_bound_key_does_what_it_is_bound_to_and_no_more_what_it_did(hands: Hands) -> None:
    bind(hands, "N", "look:night_drive")
    bind(hands, "Ctrl+Shift+F5", "freeze")
    bind(hands, "F", "param:zoom")
    hands.key(imgui.Key.n)
    assert hands.desk.calls == [("choose_look", "night_drive")]
    hands.key(imgui.Key.f5)
    assert not hands.desk.frozen
    hands.key(imgui.Key.f5, imgui.Key.mod_ctrl, imgui.Key.mod_shift)
    assert hands.desk.frozen
    hands.key(imgui.Key.f)
    assert hands.desk.preset.params["zoom"] == 4.0
    hands.key(imgui.Key.f)
    assert hands.desk.preset.params["zoom"] == 0.25
    hands.key(imgui.Key.f11)
    assert hands.last_call() == ("toggle_fullscreen",)


def test_a_bound_key_holds_as_long_as_it_is_down_even_into_a_text_field(hands: Hands) -> None:
    bind(hands, "Ctrl+K", "blackout", "momentary")
    for key in (imgui.Key.mod_ctrl, imgui.Key.k):
        hands.io.add_key_event(key, True)
    hands.frames()
    assert hands.desk.blackout
    hands.io.add_key_event(imgui.Key.mod_ctrl, False)
    hands.board.view.search()
    hands.frames(3)
    assert hands.desk.blackout
    hands.io.add_key_event(imgui.Key.k, False)
    hands.frames(2)
    assert not hands.desk.blackout
    hands.key(imgui.Key.k, imgui.Key.mod_ctrl)
    assert not hands.desk.blackout, "a text field has the keyboard"


def test_a_key_is_learned_and_says_what_it_does_no_longer(hands: Hands) -> None:
    control = hands.desk.control
    control.learn("look:deep_sea")
    hands.key(imgui.Key.n)
    assert [f.binding for f in control.followers] == [
        Binding(source="key:N", target="look:deep_sea", mode="toggle", takeover=False)
    ]
    assert hands.desk.problems.said == "N is look deep sea now, no longer: next look"
    assert hands.desk.calls == [], "learning is no pressing"
    hands.key(imgui.Key.n)
    assert hands.last_call() == ("choose_look", "deep_sea")


def test_a_route_is_no_place_for_a_key(hands: Hands) -> None:
    bind(hands, "K", "freeze")
    hands.desk.control.learn("route:0")
    hands.key(imgui.Key.k)
    assert (hands.desk.control.learning, hands.desk.frozen) == ("route:0", True)
    assert hands.desk.preset.routes[0].source == "bass"
    hands.key(imgui.Key.escape)
    assert hands.desk.control.learning == ""


def test_panic_and_the_way_out_cannot_be_learned_away(hands: Hands) -> None:
    desk = hands.desk
    desk.outlets.rescue = Rescue(Preset(name="safe", style="moss"))
    desk.control.learn("freeze")
    hands.key(imgui.Key.home)
    assert (desk.control.learning, desk.control.followers, desk.preset.name) == ("freeze", [], "safe")
    assert desk.problems.said == "Home is kept for panic"
    hands.key(imgui.Key.escape)
    assert (desk.control.learning, hands.board.view.visible) == ("", True)


def test_the_card_shows_what_is_bound(hands: Hands) -> None:
    names = {key.help: line_of(key, {"F": ["freeze"], "3": ["next"], "B": ["freeze"]})[0] for key in KEYS}
    assert names["full screen"] == "F11  or  Alt+Enter"
    assert names["stars for this look"] == "0  or  1  or  2  or  4  or  5"
    assert names["blackout, and back; held: as long as it is held"] == NONE
    assert names["next look"] == "N"

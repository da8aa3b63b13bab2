"""Keys, declared once: what they do, what they are called, and the card that F1 shows follow from this table.

Main thread. No key acts while a person types into a field. A chord that is bound (`control/bindings.py`) does what it
is bound to, and not what it does here.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass

from imgui_bundle import imgui

from app.control import key_names
from app.control.actions import ACTIONS, Value
from app.ui import keyboard
from app.ui.desk import Desk
from app.ui.view import View

Verb = Callable[[Desk, View], None]


@dataclass(frozen=True, slots=True)
class Key:
    """One key (or several that do the same): ImGui chords, the name on the card, what it does, how."""

    chords: tuple[int, ...]
    name: str
    help: str
    verb: Verb
    group: str
    let_go: Verb | None = None
    """What letting go does, if it was held for `HELD_SECONDS`."""


HELD_SECONDS = 0.4


def _chord(key: imgui.Key, ctrl: bool = False, shift: bool = False, alt: bool = False) -> int:
    held = ((ctrl, imgui.Key.mod_ctrl), (shift, imgui.Key.mod_shift), (alt, imgui.Key.mod_alt))
    return int(key) | sum(int(modifier) for down, modifier in held if down)


def _action(name: str, label: str, group: str, *chords: int) -> Key:
    """Return the key for an action that MIDI and OSC reach as well."""
    action = ACTIONS[name]
    assert not isinstance(action, Value)
    return Key(chords, label, action.help, lambda desk, _: action.press(desk), group)


def _escape(desk: Desk, view: View) -> None:
    """Close what lies on top: the question at the end, a list or menu, learning, the key card, then the panels."""
    if desk.farewell.asks:
        desk.farewell.stay()
    elif imgui.is_popup_open("", imgui.PopupFlags_.any_popup):
        imgui.internal.close_popup_to_level(0, False)
    elif desk.control.learning or desk.control.mapping:
        desk.control.map(False)
    else:
        view.toggle_panels()


def _blackout(desk: Desk, _: View) -> None:
    desk.blackout = not desk.blackout


def _light(desk: Desk, _: View) -> None:
    desk.blackout = False


def _queue(desk: Desk, view: View) -> None:
    if view.pointed:
        desk.looks.enqueue(view.pointed)


def _learn(desk: Desk, view: View) -> None:
    """Begin or end learn mode; what can be learned has to be seen."""
    desk.control.map(not desk.control.mapping)
    view.visible = True


def _steer(_: Desk, view: View) -> None:
    if view.visible:
        view.steer = next(way for key, way in _ARROWS.items() if imgui.is_key_pressed(key))


def _enter(desk: Desk, view: View) -> None:
    """Say yes to the question at the end, else play the tile chosen by the arrows."""
    if desk.farewell.asks:
        desk.farewell.leave()
    else:
        view.entered = "play"


def _enqueue(_: Desk, view: View) -> None:
    view.entered = "queue"


def _was_held(chord: int) -> bool:
    """Return whether a key without modifiers was let go just now after having been held."""
    key = imgui.Key(chord)
    return imgui.is_key_released(key) and imgui.internal.get_key_data(key).down_duration_prev >= HELD_SECONDS


def _rate(desk: Desk, _: View) -> None:
    for stars, key in enumerate(_STARS):
        if imgui.is_key_pressed(key):
            desk.mark(desk.preset.name, stars=stars)


_K = imgui.Key
_STARS = (_K._0, _K._1, _K._2, _K._3, _K._4, _K._5)
_ARROWS = {_K.left_arrow: (-1, 0), _K.right_arrow: (1, 0), _K.up_arrow: (0, -1), _K.down_arrow: (0, 1)}
_ENTERS = (_K.enter, _K.keypad_enter)
LOOKS, TIME, PICTURE, PANELS = "Looks", "Time", "Picture", "Window"

QUIT = "end the show, at once or after a question"

KEYS: tuple[Key, ...] = (
    _action("next", "N", LOOKS, _chord(_K.n)),
    _action("previous", "P", LOOKS, _chord(_K.p)),
    _action("random", "R", LOOKS, _chord(_K.r)),
    _action("next_cut", "Shift+N", LOOKS, _chord(_K.n, shift=True)),
    _action("previous_cut", "Shift+P", LOOKS, _chord(_K.p, shift=True)),
    _action("random_cut", "Shift+R", LOOKS, _chord(_K.r, shift=True)),
    _action("back", "Backspace", LOOKS, _chord(_K.backspace)),
    _action("mutate", "G", LOOKS, _chord(_K.g)),
    _action("randomise", "Shift+G", LOOKS, _chord(_K.g, shift=True)),
    _action("compare", "C", LOOKS, _chord(_K.c)),
    _action("deck_take", "X", LOOKS, _chord(_K.x)),
    _action("deck_cut", "Shift+X", LOOKS, _chord(_K.x, shift=True)),
    _action("hold", "Space", LOOKS, _chord(_K.space)),
    _action("undo", "Ctrl+Z", LOOKS, _chord(_K.z, ctrl=True)),
    _action("redo", "Ctrl+Y", LOOKS, _chord(_K.y, ctrl=True)),
    _action("favourite", "Ctrl+D", LOOKS, _chord(_K.d, ctrl=True)),
    Key(tuple(_chord(key) for key in _ARROWS), "Arrows", "choose a tile of the grid", _steer, LOOKS),
    Key(tuple(_chord(key) for key in _ENTERS), "Enter", "put the tile so chosen on air", _enter, LOOKS),
    Key(tuple(_chord(key, shift=True) for key in _ENTERS), "Shift+Enter", "queue it", _enqueue, LOOKS),
    Key((_chord(_K.e),), "E", "queue the look under the mouse or so chosen", _queue, LOOKS),
    _action("queue_clear", "Shift+E", LOOKS, _chord(_K.e, shift=True)),
    Key(tuple(_chord(key) for key in _STARS), "0 … 5", "stars for this look", _rate, LOOKS),
    Key((_chord(_K.slash), _chord(_K.f, ctrl=True)), "/  or  Ctrl+F", "search looks", lambda _, v: v.search(), LOOKS),
    _action("tap", "T", TIME, _chord(_K.t)),
    _action("resync", "Shift+T", TIME, _chord(_K.t, shift=True)),
    _action("tempo_half", "[", TIME, _chord(_K.left_bracket)),
    _action("tempo_double", "]", TIME, _chord(_K.right_bracket)),
    _action("nudge_back", "-", TIME, _chord(_K.minus)),
    _action("nudge_forward", "=", TIME, _chord(_K.equal)),
    _action("tempo_lock", "Ctrl+T", TIME, _chord(_K.t, ctrl=True)),
    _action("quantise_next", "Q", TIME, _chord(_K.q)),
    Key((_chord(_K.b),), "B", "blackout, and back; held: as long as it is held", _blackout, PICTURE, _light),
    _action("freeze", ".", PICTURE, _chord(_K.period)),
    _action("record", "F9", PICTURE, _chord(_K.f9)),
    _action("panic", "Home  or  Shift+Backspace", PICTURE, _chord(_K.home), _chord(_K.backspace, shift=True)),
    _action(
        "fullscreen", "F11  or  F  or  Alt+Enter", PICTURE, _chord(_K.f11), _chord(_K.f), _chord(_K.enter, alt=True)
    ),
    _action("next_display", "Ctrl+M", PICTURE, _chord(_K.m, ctrl=True)),
    Key((_chord(_K.escape),), "Esc", "hide or show the panels", _escape, PANELS),
    Key((_chord(_K.l, ctrl=True),), "Ctrl+L", "learn knobs, pads and keys, and stop", _learn, PANELS),
    Key((_chord(_K.f1),), "F1", "this card", lambda _, view: view.toggle_key_card(), PANELS),
    Key((_chord(_K.q, ctrl=True),), "Ctrl+Q", QUIT, lambda desk, _: desk.farewell.ask(), PANELS),
)


def handle(desk: Desk, view: View) -> None:
    """Act on the keys pressed since the last frame."""
    hub = desk.control
    for name in tuple(hub.held_keys):
        if not keyboard.is_down(name):
            hub.key(desk, name, False)
    if imgui.get_io().want_text_input or _learned(desk):
        return
    bound = hub.bound_keys
    for name in filter(keyboard.is_pressed, bound):
        hub.key(desk, name, True)
    for key in KEYS:
        chords = own(key, bound)
        if any(imgui.is_key_chord_pressed(chord) for chord in chords):
            with desk.problems.guard(f"key {key.name}"):
                key.verb(desk, view)
        elif key.let_go is not None and any(_was_held(chord) for chord in chords):
            key.let_go(desk, view)


def own(key: Key, bound: Container[str]) -> list[int]:
    """Return those of a key's chords that are not bound to something else."""
    return [chord for chord in key.chords if keyboard.name_of(chord) not in bound]


def _learned(desk: Desk) -> bool:
    """Bind the chord that was pressed to what waits for a control; return whether one was."""
    hub = desk.control
    name = keyboard.pressed() if hub.learns_keys and not desk.farewell.asks else ""
    if name in key_names.KEPT and name != "Esc":
        desk.problems.say(key_names.trouble(name))
    if not name or name in key_names.KEPT:
        return False
    lost = [key.help for key in KEYS if any(keyboard.name_of(chord) == name for chord in key.chords)]
    known = name in hub.bound_keys
    hub.key(desk, name, True)
    if lost and not known:
        desk.problems.say(f"{desk.problems.said}, no longer: {lost[0]}")
    return True
